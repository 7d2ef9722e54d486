package main

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

// text is what the demo itself says, in French and English. Receipts, mails, faults and profiles bring their own.
type text struct{ FR, EN string }

// say returns a text in one of the two languages.
func say(lang language.Tag, key string, args ...any) string {
	t, ok := texts[key]
	if !ok {
		panic("no text for " + key)
	}

	s := t.FR
	if lang == language.English {
		s = t.EN
	}

	if len(args) == 0 {
		return s
	}

	return fmt.Sprintf(s, args...)
}

// languageOf reads the name of a language that there are texts in.
func languageOf(name string) (language.Tag, bool) {
	switch name {
	case "fr":
		return language.French, true
	case "en":
		return language.English, true
	default:
		return language.Und, false
	}
}

// words returns the headings of a table.
func words(lang language.Tag, key string) []string { return strings.Split(say(lang, key), "|") }

var texts = map[string]text{
	"opening.title":  {FR: "Guichet · démonstration", EN: "Guichet · demonstration"},
	"opening.people": {FR: "Les personnes sont inventées, et aucun courriel ne part : ils s'affichent ici. Le vrai portail n'est jamais contacté.", EN: "The people are invented, and no mail leaves: they are shown here. The real portal is never contacted."},
	"opening.db":     {FR: "Base SQLite : %s", EN: "SQLite database: %s"},
	"opening.csv":    {FR: "Demandes    : %s", EN: "Registrations:   %s"},
	"opening.own":    {FR: "registrations.csv, fourni avec le programme", EN: "registrations.csv, which comes with the program"},
	"step":           {FR: "%d · %s", EN: "%d · %s"},
	"results":        {FR: "  Résultats 0 - %d sur %d", EN: "  Results 0 - %d of %d"},

	"register.title":    {FR: "Demandes de création de compte", EN: "Registrations"},
	"register.received": {FR: "✓ ligne %d · %s · %s · %s", EN: "✓ line %d · %s · %s · %s"},
	"register.first":    {FR: "  Première personne à nommer cette structure : gestionnaire principal, une fois le compte activé.", EN: "  First to name this structure: its main manager, once the account is activated."},
	"register.waits":    {FR: "  Structure déjà demandée : la demande attend une approbation.", EN: "  Somebody named this structure before: the registration waits for approval."},
	"register.again":    {FR: "  Envoyée une seconde fois : le reçu est le même, et aucune seconde demande n'est créée.", EN: "  Sent a second time: the receipt is the same, and there is no second request."},
	"register.refused":  {FR: "✗ ligne %d · %s · %s : refusée, rien n'est enregistré", EN: "✗ line %d · %s · %s: refused, nothing is stored"},
	"register.fault.at": {FR: "  champ %s (colonne %d), règle %s, position %d : %s", EN: "  field %s (column %d), rule %s, position %d: %s"},
	"register.fault":    {FR: "  champ %s (colonne %d), règle %s : %s", EN: "  field %s (column %d), rule %s: %s"},
	"register.text":     {FR: "    %s", EN: "    %s"},
	"receipt.title":     {FR: "Reçu affiché", EN: "Receipt shown"},

	"activate.title":    {FR: "Courriels et premières activations", EN: "Mails, and the first activations"},
	"mail.title":        {FR: "Courriel %d", EN: "Mail %d"},
	"mail.head":         {FR: "De :    %s\nÀ :     %s\nObjet : %s", EN: "From:    %s\nTo:      %s\nSubject: %s"},
	"mail.same":         {FR: "[même modèle que le courriel %d]", EN: "[the same template as mail %d]"},
	"activate.opens":    {FR: "→ %s ouvre le lien, valable jusqu'au %s.\n  La page annonce : %s.", EN: "→ %s opens the link, valid until %s.\n  The page says: %s."},
	"activate.manager":  {FR: "gestionnaire principal, %s", EN: "main manager, %s"},
	"activate.user":     {FR: "utilisateur simple, %s", EN: "user, %s"},
	"activate.closes":   {FR: "  %s referme la page sans la valider : le lien n'est pas consommé, mais le temps passe.", EN: "  %s closes the page without submitting it: the link is not used up, but time passes."},
	"activate.done":     {FR: "  %s choisit un mot de passe et une question secrète : le compte est actif.", EN: "  %s chooses a password and a secret question: the account is active."},
	"activate.bound":    {FR: "→ %s ouvre le lien : %s", EN: "→ %s opens the link: %s"},
	"activate.adopt":    {FR: "→ %s pourrait se connecter par ce lien pour reprendre l'autre demande.", EN: "→ %s could sign in through this link to take the other registration over."},
	"activate.question": {FR: "Quel était le nom de votre premier animal ?", EN: "What was the name of your first pet?"},

	"decide.title":    {FR: "Approbations", EN: "Approvals"},
	"decide.approves": {FR: "→ %s approuve : %s", EN: "→ %s approves: %s"},
	"decide.refuses":  {FR: "→ %s refuse : %s", EN: "→ %s refuses: %s"},
	"decide.reason":   {FR: "Cette personne ne travaille pas ici.", EN: "This person does not work here."},
	"approvals.of":    {FR: "Approbations · %s, gestionnaire principal, %s", EN: "Approvals · %s, main manager, %s"},
	"approvals.head":  {FR: "Demandeur|Adresse de connexion|Structure|Raison Sociale|Demandée le", EN: "Requester|Login address|Structure|Legal name|Requested"},

	"lapse.title":    {FR: "Un compte n'est pas activé à temps : le suivant prend le relais", EN: "An account is not activated in time: the next in line takes over"},
	"lapse.none":     {FR: "Dans ce fichier, personne n'attend derrière un premier demandeur qui pourrait manquer l'heure.", EN: "In this file nobody waits behind a first comer who could miss the hour."},
	"lapse.later":    {FR: "%d minutes plus tard (sur l'horloge de la démonstration)…", EN: "%d minutes later (by the demonstration's clock)…"},
	"lapse.advanced": {FR: "Délais appliqués : %d demande(s) échue(s), %d succession(s).", EN: "What was due is applied: %d lapsed, %d succeeded."},

	"links.title":   {FR: "Liens qui n'ouvrent plus rien", EN: "Links that open nothing"},
	"links.used":    {FR: "→ %s ouvre une seconde fois le lien déjà utilisé :", EN: "→ %s opens the used link once more:"},
	"links.expired": {FR: "→ %s ouvre, trop tard, le lien laissé de côté :", EN: "→ %s opens, too late, the link that was left alone:"},
	"links.unknown": {FR: "→ Quelqu'un ouvre un lien inventé :%s", EN: "→ Somebody opens an invented link:%s"},
	"links.answer":  {FR: "  %s : %s", EN: "  %s: %s"},

	"history.title": {FR: "Historique d'une structure", EN: "History of a structure"},
	"history.of":    {FR: "Journal · %s, %s, du plus récent au plus ancien", EN: "Journal · %s, %s, newest first"},
	"history.head":  {FR: "Heure|Par|Fait|Concerne|Avant|Après", EN: "Time|By|What|Whom|Before|After"},

	"lookup.title":   {FR: "Recherche par identifiant", EN: "Look-up by identifier"},
	"lookup.present": {FR: "✓ %s : cette structure est déjà présente (%s, %s %s)", EN: "✓ %s: this structure is present already (%s, %s %s)"},
	"lookup.absent":  {FR: "✗ %s : %s, %s", EN: "✗ %s: %s, %s"},

	"habilitations.title":   {FR: "Mes habilitations", EN: "My habilitations"},
	"habilitations.of":      {FR: "Mes habilitations · %s, %s", EN: "My habilitations · %s, %s"},
	"habilitations.manager": {FR: "gestionnaire principal", EN: "main manager"},
	"habilitations.user":    {FR: "utilisateur simple", EN: "user"},
	"habilitations.head":    {FR: "Structure|Raison Sociale|Code service|Libellé service|Profils", EN: "Structure|Legal name|Service code|Service label|Profiles"},

	"reopen.title": {FR: "Le fichier est fermé, puis rouvert", EN: "The file is closed, and opened again"},
	"reopen.same":  {FR: "Les %d tableaux sont identiques à ceux d'avant la fermeture.", EN: "The %d tables are the same as before."},

	"closing.title": {FR: "Résumé", EN: "Summary"},
	"closing.head":  {FR: "Quoi|Combien", EN: "What|How many"},
	"closing.rows":  {FR: "Lignes lues|Demandes reçues|dont envoyées deux fois|Lignes refusées, sans trace|Structures nommées|Structures gérées|Comptes actifs|Courriels affichés|Comparaisons avec la base, toutes justes", EN: "Lines read|Registrations received|of which sent twice|Lines refused, without trace|Structures named|Structures managed|Active accounts|Mails shown|Comparisons with the database, all right"},
	"closing.kept":  {FR: "Base conservée : %s", EN: "Database kept: %s"},

	"input.usage":           {FR: "option non valable : %v (quickstart -h les explique)", EN: "unusable flag: %v (quickstart -h explains them)"},
	"input.csv_unreadable":  {FR: "%s ne peut pas être lu : %v", EN: "%s cannot be read: %v"},
	"input.csv_encoding":    {FR: "%s n'est pas un texte en UTF-8", EN: "%s is not a text in UTF-8"},
	"input.csv_empty":       {FR: "%s ne contient aucune demande", EN: "%s holds no registration"},
	"input.csv_missing":     {FR: "%s : il manque des colonnes, séparées par des virgules : %s", EN: "%s: columns are missing, separated by commas: %s"},
	"input.csv_unknown":     {FR: "%s : colonnes inconnues ou en double : %s", EN: "%s: columns that are unknown, or there twice: %s"},
	"input.csv_value":       {FR: "%s, ligne %d, colonne %s : valeur %q non prévue", EN: "%s, line %d, column %s: unexpected value %q"},
	"input.database_path":   {FR: "%s ne peut pas servir de base : %v", EN: "%s cannot be made a database: %v"},
	"input.database_kind":   {FR: "%s n'est pas un fichier ordinaire", EN: "%s is no regular file"},
	"input.database_format": {FR: "%s existe et n'est pas une base SQLite ; le fichier n'a pas été touché", EN: "%s exists and is no SQLite database; the file was left alone"},
	"input.database_used":   {FR: "%s est déjà une base ; indiquez un nouveau fichier, celui-ci n'a pas été touché", EN: "%s is a database already; name a new file, this one was left alone"},
	"check.failed":          {FR: "la base ne dit pas ce qui a été affiché : %s", EN: "the database does not say what was shown: %s"},
}
