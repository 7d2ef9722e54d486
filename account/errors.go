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
	FieldSurvey     Field = "survey"
	FieldCaptcha    Field = "captcha"
	FieldID         Field = "id"
	FieldState      Field = "state"
	FieldDate       Field = "date"
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
	ErrCaptcha      = errors.New("account: captcha not passed")
	ErrID           = errors.New("account: not an id")
	ErrConsent      = errors.New("account: nothing that one consents to")
	ErrState        = errors.New("account: not a state that an account can be imported in")
	ErrDate         = errors.New("account: a date beyond what can be kept")
	ErrSame         = errors.New("account: nothing to change")
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

// Why an account does not take an event (rule B11).
var (
	ErrAlreadyActive = errors.New("account: active already")
	ErrDeactivated   = errors.New("account: deactivated")
	ErrBlocked       = errors.New("account: blocked by support")
	ErrNotBlocked    = errors.New("account: not blocked")
	ErrClosed        = errors.New("account: closed")
	ErrNotYours      = errors.New("account: not for this actor to do")
)

// ErrCreated is returned for one more structure than an account may create on one day (rule C5).
var ErrCreated = errors.New("account: too many structures created today")

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
	{Err: ErrAlreadyActive, Code: "account.already_active"},
	{Err: ErrDeactivated, Code: "account.deactivated"},
	{Err: ErrBlocked, Code: "account.blocked"},
	{Err: ErrNotBlocked, Code: "account.not_blocked"},
	{Err: ErrClosed, Code: "account.closed"},
	{Err: ErrNotYours, Code: "account.not_yours"},
	{Err: ErrCreated, Code: "account.created"},
	{Err: ErrCaptcha, Code: "account.captcha"},
	{Err: ErrSame, Code: "account.same"},
	{Err: ErrID, Code: "account.id"},
	{Err: ErrState, Code: "account.state"},
	{Err: ErrConsent, Code: "account.consent"},
	{Err: ErrDate, Code: "account.date"},
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

	switch e.Field { //nolint:exhaustive // the others break the rule that the fault comes from
	case FieldTerms:
		return "B3"
	case FieldPassword, FieldQuestion, FieldAnswer:
		return "B8"
	default:
		return wording.Rule(e.Code())
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

// AccountError says that an event is not possible in an account's state, or not for this actor to cause.
type AccountError struct { //nolint:revive // beside StateError, which is of registrations
	State State
	Event Event
	Err   error // ErrAlreadyActive, ErrDeactivated, ErrBlocked, ErrNotBlocked, ErrClosed, ErrNotYours or ErrCreated
}

// Error returns the English text.
func (e *AccountError) Error() string { return e.Text(language.English) }

// Unwrap returns the sentinel.
func (e *AccountError) Unwrap() error { return e.Err }

// Code returns the stable code, such as "account.blocked".
func (e *AccountError) Code() string { return codeOf(e.Err) }

// Text returns the reason in words, in French or English.
func (e *AccountError) Text(lang language.Tag) string { return texts.Text(lang, e.Code()) }

// texts are the wordings of this package, from the one catalogue of the library.
var texts = wording.Texts("account")
