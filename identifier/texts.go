package identifier

import "github.com/guichet-pro/guichet/internal/wording"

// texts are all that the package says to people. The arguments of a refusal
// are those listed in [ParseError.Text].
var texts = wording.Texts("identifier").With(wording.Table{
	"lang": {FR: "fr", EN: "en"},
	"or":   {FR: " ou ", EN: " or "},

	"kind.SIRET":          {FR: "SIRET", EN: "SIRET"},
	"kind.UE_HORS_FRANCE": {FR: "Structure européenne hors France", EN: "European structure outside France"},
	"kind.HORS_UE":        {FR: "Structure hors Union européenne", EN: "Non-EU structure"},
	"kind.RIDET":          {FR: "RIDET", EN: "RIDET"},
	"kind.TAHITI":         {FR: "Numéro Tahiti", EN: "Tahiti number"},
	"kind.PARTICULIER":    {FR: "Particulier", EN: "Private individual"},
	"kind.AUTRE":          {FR: "En cours d'immatriculation", EN: "Being registered"},

	// How VAT numbers are written.
	"form.digits": {FR: "%[1]s suivi de %[2]s chiffres", EN: "%[1]s followed by %[2]s digits"},
	"form.to":     {FR: " à ", EN: " to "},
	"form.and":    {FR: " ; ", EN: "; "},
	"form.9":      {FR: "9 = un chiffre", EN: "9 = a digit"},
	"form.L":      {FR: "L = une lettre", EN: "L = a letter"},
	"form.W":      {FR: "L = une lettre de A à W", EN: "L = a letter from A to W"},
	"form.I":      {FR: "M = une lettre de A à I, ou W", EN: "M = a letter from A to I, or W"},
	"form.K":      {FR: "X = un chiffre ou une lettre, mais ni I ni O", EN: "X = a digit or a letter, but not I or O"},
	"form.X":      {FR: "X = un chiffre ou une lettre", EN: "X = a digit or a letter"},
	"form.S":      {FR: "X = un chiffre, une lettre, + ou *", EN: "X = a digit, a letter, + or *"},

	// What a number's first digit is, where it cannot be any; of numbers of
	// one length among several.
	"form.first.1":    {FR: "le premier de 1 à 9", EN: "the first from 1 to 9"},
	"form.first.of.1": {FR: "le premier de 1 à 9 s'il y en a %[1]d", EN: "the first from 1 to 9 if there are %[1]d"},
	"form.first.of.b": {FR: "le premier 0 ou 1 s'il y en a %[1]d", EN: "the first 0 or 1 if there are %[1]d"},

	// Characters that cannot be seen, and how the others are quoted.
	"char":           {FR: "«\u00a0%[1]s\u00a0»", EN: "“%[1]s”"},
	"char.tab":       {FR: "une tabulation", EN: "a tab"},
	"char.newline":   {FR: "un saut de ligne", EN: "a line break"},
	"char.space":     {FR: "une espace inhabituelle (%[1]s)", EN: "an unusual space (%[1]s)"},
	"char.invisible": {FR: "un caractère invisible (%[1]s)", EN: "an invisible character (%[1]s)"},
	"char.broken":    {FR: "un octet illisible (%[1]s)", EN: "an unreadable byte (%[1]s)"},

	"state.XI": {FR: "Irlande du Nord", EN: "Northern Ireland"},

	// What was asked for, after "un", "le" or "a", "the".
	"a.SIRET":       {FR: "SIRET", EN: "SIRET"},
	"a.SIREN":       {FR: "SIREN", EN: "SIREN"},
	"a.NIC":         {FR: "NIC", EN: "NIC"},
	"a.VAT":         {FR: "numéro de TVA", EN: "VAT number"},
	"a.NonEU":       {FR: "code d'une structure hors Union européenne", EN: "code of a non-EU structure"},
	"a.RIDET":       {FR: "RIDET", EN: "RIDET"},
	"a.Tahiti":      {FR: "numéro Tahiti", EN: "Tahiti number"},
	"a.Individual":  {FR: "code d'un particulier", EN: "code of a private individual"},
	"a.Registering": {FR: "code d'une structure en cours d'immatriculation", EN: "code of a structure being registered"},
	"a.code":        {FR: "code", EN: "code"},

	"empty": {
		FR: "il manque le %[1]s : %[2]s chiffres",
		EN: "the %[1]s is missing: %[2]s digits",
	},
	"empty.text": {FR: "il manque le %[1]s", EN: "the %[1]s is missing"},
	"empty.name": {FR: "il manque la raison sociale", EN: "the legal name is missing"},
	"length.siren": {
		FR: "ceci est un SIREN (9 chiffres) : ajoutez le NIC de 5 chiffres",
		EN: "this is a SIREN (9 digits): add the NIC of 5 digits",
	},
	"length.siret": {
		FR: "ceci est un SIRET (14 chiffres) : le SIREN est fait des 9 premiers",
		EN: "this is a SIRET (14 digits): the SIREN is the first 9",
	},
	"length.rid": {
		FR: "ceci est un RID (7 chiffres), qui désigne l'entreprise : ajoutez les 3 chiffres de l'établissement",
		EN: "this is a RID (7 digits), which names the company: add the 3 digits of the establishment",
	},
	"length.tahiti": {
		FR: "numéro incomplet : ces 6 caractères désignent l'entreprise, ajoutez les 3 chiffres de l'établissement",
		EN: "incomplete number: these 6 characters name the company, add the 3 digits of the establishment",
	},
	"length.tahiti.short": {
		FR: "un numéro Tahiti compte %[2]s caractères, on n'en lit ici que %[3]d : la suite manque en position %[4]d",
		EN: "a Tahiti number has %[2]s characters, only %[3]d are here: the rest is missing at position %[4]d",
	},
	"length.tahiti.long": {
		FR: "un numéro Tahiti compte %[2]s caractères : retirez ce qui est en trop à partir de la position %[4]d",
		EN: "a Tahiti number has %[2]s characters: remove what is too much from position %[4]d on",
	},
	"length.short": {
		FR: "un %[1]s compte %[2]s chiffres, on n'en lit ici que %[3]d : la suite manque en position %[4]d",
		EN: "a %[1]s has %[2]s digits, only %[3]d are here: the rest is missing at position %[4]d",
	},
	"length.long": {
		FR: "un %[1]s compte %[2]s chiffres : retirez ce qui est en trop à partir de la position %[4]d",
		EN: "a %[1]s has %[2]s digits: remove what is too much from position %[4]d on",
	},
	"length.text.short": {
		FR: "le %[1]s compte au moins %[2]s caractères",
		EN: "the %[1]s has at least %[2]s characters",
	},
	"length.text.long": {
		FR: "le %[1]s compte au plus %[2]s caractères : retirez ce qui est en trop à partir de la position %[4]d",
		EN: "the %[1]s has at most %[2]s characters: remove what is too much from position %[4]d on",
	},
	"length.vat": {
		FR: "un numéro de TVA de ce pays (%[6]s) s'écrit %[7]s : on lit ici %[3]d caractères, préfixe compris",
		EN: "a VAT number of this country (%[6]s) is written %[7]s: here are %[3]d characters, prefix included",
	},
	"length.name": {
		FR: "après le pays, il manque le début de la raison sociale",
		EN: "after the country, the start of the legal name is missing",
	},

	"charset.digit": {
		FR: "en position %[4]d, %[5]s n'est pas un chiffre ; un %[1]s ne contient que des chiffres",
		EN: "at position %[4]d, %[5]s is not a digit; a %[1]s holds digits only",
	},
	"charset.tahiti": {
		FR: "en position %[4]d, %[5]s n'a pas sa place ; un numéro Tahiti est fait d'une lettre ou d'un chiffre, puis de 8 chiffres",
		EN: "at position %[4]d, %[5]s is out of place; a Tahiti number is a letter or a digit, then 8 digits",
	},
	"charset.character": {
		FR: "en position %[4]d, %[5]s n'a pas sa place dans un %[1]s",
		EN: "at position %[4]d, %[5]s is out of place in a %[1]s",
	},
	"charset.vat": {
		FR: "en position %[4]d, %[5]s n'a pas sa place ; un numéro de TVA de ce pays (%[6]s) s'écrit %[7]s",
		EN: "at position %[4]d, %[5]s is out of place; a VAT number of this country (%[6]s) is written %[7]s",
	},
	"charset.text": {
		FR: "un caractère qui ne s'imprime pas est en position %[4]d : retirez-le",
		EN: "a character that does not print is at position %[4]d: remove it",
	},

	"checksum.siren": {
		FR: "la clé du SIREN, en position %[4]d, ne correspond pas aux autres chiffres : avec eux, ce serait %[2]s",
		EN: "the check digit of the SIREN, at position %[4]d, does not fit the other digits: with them, it would be %[2]s",
	},
	"checksum.siret": {
		FR: "la clé du SIRET, en position %[4]d, ne correspond pas aux autres chiffres : avec eux, ce serait %[2]s",
		EN: "the check digit of the SIRET, at position %[4]d, does not fit the other digits: with them, it would be %[2]s",
	},
	"checksum.laposte": {
		FR: "la somme des chiffres d'un SIRET de La Poste est un multiple de 5 : en position %[4]d, ce serait %[2]s",
		EN: "the digits of a SIRET of La Poste add up to a multiple of 5: at position %[4]d, it would be %[2]s",
	},
	"checksum.vat": {
		FR: "la clé de ce numéro de TVA (%[6]s), en position %[4]d, ne correspond pas au reste : avec lui, ce serait %[2]s",
		EN: "the check digit of this VAT number (%[6]s), at position %[4]d, does not fit the rest: with it, it would be %[2]s",
	},
	"checksum.vat.two": {
		FR: "la clé de ce numéro de TVA (%[6]s), en positions %[4]d et %[11]d, ne correspond pas au reste : avec lui, ce serait %[2]s",
		EN: "the check digits of this VAT number (%[6]s), at positions %[4]d and %[11]d, do not fit the rest: with it, they would be %[2]s",
	},
	"checksum.vat.none": {
		FR: "ce numéro de TVA (%[6]s) contient une erreur : aucune clé ne correspond à ses autres chiffres",
		EN: "there is a mistake in this VAT number (%[6]s): no check digit fits its other digits",
	},
	"checksum.vat.fr": {
		FR: "la clé de ce numéro de TVA français, en positions %[4]d et %[11]d, ne correspond pas au SIREN qui la suit : avec lui, ce serait %[2]s",
		EN: "the key of this French VAT number, at positions %[4]d and %[11]d, does not fit the SIREN behind it: with it, it would be %[2]s",
	},
	"checksum.vat.siren": {
		FR: "après «\u00a0FR\u00a0» et la clé viennent les 9 chiffres du SIREN ; le dernier, en position %[4]d, ne correspond pas aux autres : avec eux, ce serait %[2]s",
		EN: "after “FR” and the key come the 9 digits of the SIREN; the last, at position %[4]d, does not fit the others: with them, it would be %[2]s",
	},

	"component.siren": {
		FR: "un SIREN ne commence jamais par huit zéros",
		EN: "no SIREN begins with eight zeros",
	},
	"component.vat": {
		FR: "en position %[4]d, ce numéro de TVA (%[6]s) contient une valeur qui n'est jamais attribuée",
		EN: "at position %[4]d, this VAT number (%[6]s) holds a value that is never given out",
	},
	"component.vat.want": {
		FR: "dans un numéro de TVA de ce pays (%[6]s), le caractère en position %[4]d est toujours %[2]s",
		EN: "in a VAT number of this country (%[6]s), the character at position %[4]d is always %[2]s",
	},
	"component.vat.two": {
		FR: "dans un numéro de TVA de ce pays (%[6]s), les caractères en positions %[4]d et %[11]d sont toujours %[2]s",
		EN: "in a VAT number of this country (%[6]s), the characters at positions %[4]d and %[11]d are always %[2]s",
	},
	"component.zeros": {
		FR: "ce numéro de TVA (%[6]s) ne contient que des zéros",
		EN: "there is nothing but zeros in this VAT number (%[6]s)",
	},
	"component.birth": {
		FR: "ce numéro de TVA (%[6]s) commence par une date de naissance qui n'existe pas",
		EN: "this VAT number (%[6]s) begins with a date of birth that does not exist",
	},

	"country": {
		FR: "le pays ne correspond pas à cet identifiant : ce serait %[2]s",
		EN: "the country does not agree with this identifier: it would be %[2]s",
	},
	"country.form": {
		FR: "un pays s'écrit par les deux lettres majuscules de la norme ISO 3166-1",
		EN: "a country is written as the two capital letters of ISO 3166-1",
	},
	"country.french": {
		FR: "une structure française se désigne par son SIRET, non par son numéro de TVA : choisissez le type SIRET",
		EN: "a French structure is named by its SIRET, not by its VAT number: choose the type SIRET",
	},
	"country.greek": {
		FR: "un numéro de TVA grec commence par EL, non par GR",
		EN: "a Greek VAT number begins with EL, not with GR",
	},
	"country.british": {
		FR: "le Royaume-Uni n'est plus dans l'Union européenne : choisissez le type «\u00a0hors Union européenne\u00a0» ; seule l'Irlande du Nord a un numéro de TVA européen, qui commence par XI",
		EN: "the United Kingdom has left the European Union: choose the type “non-EU”; Northern Ireland alone has a European VAT number, which begins with XI",
	},
	"country.prefix": {
		FR: "un numéro de TVA européen commence par les deux lettres d'un État membre, comme DE pour l'Allemagne ou EL pour la Grèce",
		EN: "a European VAT number begins with the two letters of a member state, as DE for Germany or EL for Greece",
	},
	"country.oss": {
		FR: "un numéro qui commence par %[9]s vient du guichet unique de TVA (OSS ou IOSS) et ne désigne pas une structure : donnez le numéro de TVA attribué par l'État membre, ou choisissez le type «\u00a0hors Union européenne\u00a0»",
		EN: "a number that begins with %[9]s comes from the VAT one-stop shop (OSS or IOSS) and does not name a structure: give the VAT number that the member state gave out, or choose the type “non-EU”",
	},
	"country.outside": {
		FR: "ce pays (%[10]s) n'est pas un État membre de l'Union européenne : choisissez le type «\u00a0hors Union européenne\u00a0»",
		EN: "this country (%[10]s) is no member state of the European Union: choose the type “non-EU”",
	},
	"country.france": {
		FR: "une structure établie en France, outre-mer compris, se désigne par son SIRET",
		EN: "a structure in France, its overseas départements included, is named by its SIRET",
	},
	"country.ridet": {
		FR: "une structure de Nouvelle-Calédonie se désigne par son RIDET",
		EN: "a structure in New Caledonia is named by its RIDET",
	},
	"country.tahiti": {
		FR: "une structure de Polynésie française se désigne par son numéro Tahiti",
		EN: "a structure in French Polynesia is named by its Tahiti number",
	},
	"country.union": {
		FR: "ce pays (%[10]s) est un État membre de l'Union européenne : la structure se désigne par son numéro de TVA",
		EN: "this country (%[10]s) is a member state of the European Union: the structure is named by its VAT number",
	},
	"country.none": {
		FR: "le code d'une structure hors Union européenne commence par les deux lettres d'un pays (norme ISO 3166-1), comme US ou CH",
		EN: "the code of a non-EU structure begins with the two letters of a country (ISO 3166-1), as US or CH",
	},

	"kind.unknown": {
		FR: "type d'identifiant inconnu : %[8]s",
		EN: "unknown type of identifier: %[8]s",
	},
	"kind.scheme": {
		FR: "ce code ne désigne aucun type d'identifiant d'une structure : %[8]s",
		EN: "this code stands for no type of identifier of a structure: %[8]s",
	},

	"other": {FR: "identifiant refusé", EN: "identifier refused"},
})
