package guichet

import (
	"errors"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
)

// Errors of the programmer or the operator.
var (
	ErrNoStore = errors.New("guichet: no store")
	ErrNoKeys  = errors.New("guichet: no keys")
	ErrKeys    = errors.New("guichet: unusable key")
	ErrNoSite  = errors.New("guichet: Options.Site is not set, so that links lead nowhere")
	ErrSealed  = errors.New("guichet: sealed value cannot be opened")
	ErrCommand = errors.New("guichet: the command has a use case of its own")
	ErrTooMany = errors.New("guichet: too many orders at once")
)

// Errors of the caller. They come as an [*Error].
var (
	ErrUnknownStructure = errors.New("guichet: structure not present")
	ErrLoginBound       = errors.New("guichet: an account with this login exists")
)

// Fault is an error that people may see: every error of the rules is one.
type Fault interface {
	error

	// Code is stable: programs may compare it.
	Code() string
	// Text is for people, in French or English.
	Text(lang language.Tag) string
}

// FieldFault is a [Fault] of one field of a form.
type FieldFault interface {
	Fault

	// Name is the name of the field.
	Name() string
	// Rule is the number of the rule that the value broke, as in docs/rules.md.
	Rule() string
}

// Faults takes an error apart into what people may see: one fault, or the several of a form. It returns nil for an
// error that holds none, such as a lost connection.
func Faults(err error) []Fault {
	if several, ok := errors.AsType[*multierror.Error](err); ok {
		out := make([]Fault, 0, len(several.Errors))
		for _, e := range several.Errors {
			out = append(out, Faults(e)...)
		}

		return out
	}

	if one, ok := errors.AsType[Fault](err); ok {
		return []Fault{one}
	}

	return nil
}

// Error is a refusal of a use case.
type Error struct {
	Err error // ErrUnknownStructure or ErrLoginBound
}

// Error returns the English text.
func (e *Error) Error() string { return e.Text(language.English) }

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// Code returns the stable code, such as "portal.login_bound".
func (e *Error) Code() string { return codes.Of(e.Err, "portal.refused") }

// Text returns the refusal in words, in French or English.
func (e *Error) Text(lang language.Tag) string { return texts.Text(lang, e.Code()) }

var codes = wording.Codes{
	{Err: ErrUnknownStructure, Code: "portal.unknown_structure"},
	{Err: ErrLoginBound, Code: "portal.login_bound"},
}

var texts = wording.Table{
	"portal.refused":           {FR: "Refusé.", EN: "Refused."},
	"portal.unknown_structure": {FR: "Cette structure n'est pas présente.", EN: "This structure is not present."},
	"portal.login_bound":       {FR: "Un compte existe déjà avec cette adresse : connectez-vous pour reprendre cette demande.", EN: "An account with this address exists already: sign in to take this registration over."},

	"receipt.title":      {FR: "Dernière étape avant la validation de votre compte", EN: "Last step before your account is validated"},
	"receipt.first":      {FR: "%[1]s, votre demande de création de compte vient d'être envoyée avec succès. Nous vous en remercions.", EN: "%[1]s, your registration has been sent. Thank you."},
	"receipt.waits":      {FR: "%[1]s, votre demande de création de compte rattaché à une structure existante vient d'être envoyée avec succès. Nous vous en remercions.", EN: "%[1]s, your registration with an existing structure has been sent. Thank you."},
	"receipt.first.1":    {FR: "1 - Vous êtes la première personne à demander la création de cette structure. Vous en serez donc le gestionnaire principal. Si d'autres utilisateurs souhaitent s'y rattacher, vous aurez la possibilité de valider ou de rejeter leur demande.", EN: "1 - You are the first to name this structure. You will therefore be its main manager: if others wish to be attached to it, you can approve or refuse their requests."},
	"receipt.waits.1":    {FR: "1 - La finalisation de votre inscription nécessite préalablement une approbation de la part du gestionnaire de la structure. Dès que cette approbation sera effectuée, vous recevrez une notification par mail à l'adresse %[1]s", EN: "1 - Your registration needs the approval of the structure's manager. As soon as it is given, you will be told by mail to %[1]s"},
	"receipt.first.to":   {FR: "Vous avez demandé la création de la structure suivante :", EN: "You asked for this structure to be created:"},
	"receipt.waits.to":   {FR: "Vous avez demandé à être rattaché à la structure suivante :", EN: "You asked to be attached to this structure:"},
	"receipt.first.2":    {FR: "2 - Pour vous connecter, nous vous invitons à activer votre compte en cliquant sur le lien d'activation que vous allez recevoir à l'adresse %[1]s", EN: "2 - To sign in, activate your account by following the activation link that you will receive at %[1]s"},
	"receipt.waits.2":    {FR: "2 - Pour vous connecter, nous vous invitons à activer votre compte en cliquant sur le lien d'activation que vous recevrez après l'approbation de votre inscription à l'adresse %[1]s", EN: "2 - To sign in, activate your account by following the activation link that you will receive at %[1]s after your registration is approved"},
	"receipt.name":       {FR: "Nom de la structure : %[1]s", EN: "Name of the structure: %[1]s"},
	"receipt.identifier": {FR: "Identifiant : %[1]s", EN: "Identifier: %[1]s"},
	"receipt.sector":     {FR: "Type société : %[1]s", EN: "Sector: %[1]s"},
	"receipt.address":    {FR: "Adresse : %[1]s", EN: "Address: %[1]s"},
	"receipt.postal":     {FR: "Code postal : %[1]s", EN: "Postal code: %[1]s"},
	"receipt.town":       {FR: "Ville : %[1]s", EN: "Town: %[1]s"},
	"receipt.country":    {FR: "Pays : %[1]s", EN: "Country: %[1]s"},
	"sector.private":     {FR: "Privée", EN: "Private"},
	"sector.public":      {FR: "Publique", EN: "Public"},
}
