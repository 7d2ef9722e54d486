package account

import (
	"errors"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/internal/wording"
)

// Field names a field of the registration form.
type Field string

// The fields, in the order of the guide's screens.
const (
	FieldLogin      Field = "login"
	FieldLoginAgain Field = "login_again"
	FieldFirstName  Field = "first_name"
	FieldLastName   Field = "last_name"
	FieldPhone      Field = "phone"
	FieldContact    Field = "contact"
	FieldTerms      Field = "terms"
	FieldIdentifier Field = "identifier"
	FieldPassword   Field = "password"
	FieldQuestion   Field = "question"
	FieldAnswer     Field = "answer"
)

// The faults of a field.
var (
	ErrRequired     = errors.New("account: required")
	ErrTooLong      = errors.New("account: too long")
	ErrCharacters   = errors.New("account: forbidden characters")
	ErrAddress      = errors.New("account: not an e-mail address")
	ErrLoginsDiffer = errors.New("account: the two addresses differ")
)

// Why a link cannot be used (rule B7).
var (
	ErrLinkUnknown  = errors.New("account: unknown link")
	ErrLinkUsed     = errors.New("account: link already used")
	ErrLinkReplaced = errors.New("account: a newer link was sent")
	ErrLinkExpired  = errors.New("account: link expired")
)

// Why a registration does not take an event (rule B11).
var (
	ErrNotApproved     = errors.New("account: registration not approved yet")
	ErrAlreadyApproved = errors.New("account: registration already approved")
	ErrEnded           = errors.New("account: registration ended")
)

// ErrTokenSize is returned by [NewToken] for anything but [TokenSize] bytes.
var ErrTokenSize = errors.New("account: a token is made of 44 random bytes")

var codes = wording.Codes{
	{Err: ErrRequired, Code: "account.required"},
	{Err: ErrTooLong, Code: "account.too_long"},
	{Err: ErrCharacters, Code: "account.characters"},
	{Err: ErrAddress, Code: "account.address"},
	{Err: ErrLoginsDiffer, Code: "account.logins_differ"},
	{Err: ErrLinkUnknown, Code: "account.link_unknown"},
	{Err: ErrLinkUsed, Code: "account.link_used"},
	{Err: ErrLinkReplaced, Code: "account.link_replaced"},
	{Err: ErrLinkExpired, Code: "account.link_expired"},
	{Err: ErrNotApproved, Code: "account.not_approved"},
	{Err: ErrAlreadyApproved, Code: "account.already_approved"},
	{Err: ErrEnded, Code: "account.ended"},
}

// codeOf returns the code of the sentinel that err wraps.
func codeOf(err error) string { return codes.Of(err, "account.invalid") }

// explained is an error that brings its own code and texts, such as [identifier.ParseError].
type explained interface {
	Code() string
	Text(lang language.Tag) string
}

// FieldError is one fault of a form: which field, and why. Where the reason is an error that explains itself, such
// as an [identifier.ParseError], code and text are that error's.
type FieldError struct {
	Field Field
	Limit int   // the longest value allowed, in characters, for ErrTooLong
	Err   error // a sentinel of this package, or an error that explains itself
}

// Error returns the English text.
func (e *FieldError) Error() string { return e.Text(language.English) }

// Unwrap returns the reason.
func (e *FieldError) Unwrap() error { return e.Err }

// Name returns the name of the field, as a form would use it.
func (e *FieldError) Name() string { return string(e.Field) }

// Code returns the stable code of the fault, such as "account.required".
func (e *FieldError) Code() string {
	var own explained
	if errors.As(e.Err, &own) {
		return own.Code()
	}

	return codeOf(e.Err)
}

// Rule returns the number of the rule that the value broke: "B1", "B2", "B3", "B8", or the identifier's own.
func (e *FieldError) Rule() string {
	if id, ok := errors.AsType[*identifier.ParseError](e.Err); ok {
		return id.Rule
	}

	switch {
	case e.Field == FieldTerms:
		return "B3"
	case e.Field == FieldPassword, e.Field == FieldQuestion, e.Field == FieldAnswer:
		return "B8"
	case errors.Is(e.Err, ErrAddress):
		return "B2"
	default:
		return "B1"
	}
}

// Text returns the fault in words, in French or English.
func (e *FieldError) Text(lang language.Tag) string {
	label := texts.Text(lang, "field."+string(e.Field))

	var own explained
	if errors.As(e.Err, &own) {
		return texts.Text(lang, "account.explained", label, own.Text(lang))
	}

	return texts.Text(lang, e.Code(), label, strconv.Itoa(e.Limit))
}

// LinkError says why a link cannot be used.
type LinkError struct {
	At  time.Time // when it was used, or expired; zero otherwise
	Err error     // ErrLinkUnknown, ErrLinkUsed, ErrLinkReplaced or ErrLinkExpired
}

// Error returns the English text.
func (e *LinkError) Error() string { return e.Text(language.English) }

// Unwrap returns the sentinel.
func (e *LinkError) Unwrap() error { return e.Err }

// Code returns the stable code, such as "account.link_expired".
func (e *LinkError) Code() string { return codeOf(e.Err) }

// Text returns the reason in words, in French or English, and what to do.
func (e *LinkError) Text(lang language.Tag) string { return texts.Text(lang, e.Code()) }

// StateError says that an event is not possible in a state.
type StateError struct {
	State RegistrationState
	Event RegistrationEvent
	Err   error // ErrNotApproved, ErrAlreadyApproved or ErrEnded
}

// Error returns the English text.
func (e *StateError) Error() string { return e.Text(language.English) }

// Unwrap returns the sentinel.
func (e *StateError) Unwrap() error { return e.Err }

// Code returns the stable code, such as "account.not_approved".
func (e *StateError) Code() string { return codeOf(e.Err) }

// Text returns the reason in words, in French or English.
func (e *StateError) Text(lang language.Tag) string { return texts.Text(lang, e.Code()) }

// texts are the wordings of this package: the field labels are the guide's.
var texts = wording.Table{
	"account.required":         {FR: "%[1]s : ce champ est obligatoire.", EN: "%[1]s: this field is required."},
	"account.too_long":         {FR: "%[1]s : %[2]s caractères au plus.", EN: "%[1]s: %[2]s characters at the most."},
	"account.characters":       {FR: "%[1]s : saut de ligne, caractère de contrôle ou caractère illisible interdit.", EN: "%[1]s: line breaks, control characters and unreadable characters are not allowed."},
	"account.address":          {FR: "%[1]s : ce n'est pas une adresse électronique, par exemple prenom.nom@exemple.fr.", EN: "%[1]s: not an e-mail address, such as first.last@example.com."},
	"account.logins_differ":    {FR: "%[1]s : les deux adresses diffèrent.", EN: "%[1]s: the two addresses differ."},
	"account.explained":        {FR: "%[1]s : %[2]s", EN: "%[1]s: %[2]s"},
	"account.invalid":          {FR: "%[1]s : valeur refusée.", EN: "%[1]s: value refused."},
	"account.link_unknown":     {FR: "Ce lien n'est pas valable. Copiez-le en entier depuis le courriel, ou demandez-en un autre.", EN: "This link is not valid. Copy the whole of it from the mail, or ask for another."},
	"account.link_used":        {FR: "Ce lien a déjà servi. Connectez-vous, ou demandez un autre lien.", EN: "This link has been used. Sign in, or ask for another link."},
	"account.link_replaced":    {FR: "Un lien plus récent vous a été envoyé : seul le dernier est valable.", EN: "A newer link was sent to you: only the last one is valid."},
	"account.link_expired":     {FR: "Ce lien a expiré. Demandez-en un autre.", EN: "This link has expired. Ask for another."},
	"account.not_approved":     {FR: "Votre demande n'a pas encore été approuvée.", EN: "The registration has not been approved yet."},
	"account.already_approved": {FR: "Cette demande est déjà approuvée.", EN: "The registration is already approved."},
	"account.ended":            {FR: "Cette demande de création de compte est terminée.", EN: "The registration has ended."},

	"field.login":       {FR: "Adresse électronique de connexion", EN: "Login address"},
	"field.login_again": {FR: "Ressaisissez votre adresse électronique de connexion", EN: "Login address, again"},
	"field.first_name":  {FR: "Prénom", EN: "First name"},
	"field.last_name":   {FR: "Nom", EN: "Last name"},
	"field.phone":       {FR: "Téléphone", EN: "Phone"},
	"field.contact":     {FR: "E-mail du contact", EN: "Contact address"},
	"field.terms":       {FR: "J'accepte les conditions", EN: "Acceptance of the conditions"},
	"field.identifier":  {FR: "Identifiant", EN: "Identifier"},
	"field.password":    {FR: "Mot de passe", EN: "Password"},
	"field.question":    {FR: "Question secrète", EN: "Secret question"},
	"field.answer":      {FR: "Réponse à la question secrète", EN: "Answer to the secret question"},
}
