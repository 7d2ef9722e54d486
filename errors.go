package guichet

import (
	"errors"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
	"github.com/guichet-pro/guichet/structure"
)

// Errors of the programmer or the operator.
var (
	ErrNoStore  = errors.New("guichet: no store")
	ErrNoKeys   = errors.New("guichet: no keys")
	ErrKeys     = errors.New("guichet: unusable key")
	ErrNoSite   = errors.New("guichet: Options.Site is not set, so that links lead nowhere")
	ErrSealed   = errors.New("guichet: sealed value cannot be opened")
	ErrCommand  = errors.New("guichet: the command has a use case of its own")
	ErrTooMany  = errors.New("guichet: too many orders at once")
	ErrNoTx     = errors.New("guichet: the store cannot join a transaction")
	ErrActor    = errors.New("guichet: an actor's name is at most 200 bytes of UTF-8 without control characters")
	ErrNoMailer = errors.New("guichet: no mailer")
	ErrWithin   = errors.New("guichet: this use case has transactions of its own")
)

// Errors of the caller. They come as an [*Error].
var (
	ErrUnknownStructure = errors.New("guichet: structure not present")
	ErrLoginBound       = errors.New("guichet: an account with this login exists")
	ErrLoginTaken       = errors.New("guichet: another account has this login")
	ErrIDTaken          = errors.New("guichet: an account or a registration has this id")
	ErrUnknownAccount   = errors.New("guichet: no such account")
	ErrManages          = errors.New("guichet: main manager of a structure")
	ErrUnknownService   = errors.New("guichet: no such service")
	ErrPage             = errors.New("guichet: not a page of this list")
	ErrSearch           = errors.New("guichet: a name or a town to search by")
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
	Err        error          // one of the sentinels above
	Structures []structure.ID // whose main manager the account is, for ErrManages
	Cause      error          // what is in the way there, for ErrManages: an [*attachment.Error]
}

// Error returns the English text.
func (e *Error) Error() string { return e.Text(language.English) }

// Unwrap returns the sentinel and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}

	return []error{e.Err, e.Cause}
}

// Code returns the stable code, such as "portal.login_bound".
func (e *Error) Code() string { return codes.Of(e.Err, "portal.refused") }

// Text returns the refusal in words, in French or English.
func (e *Error) Text(lang language.Tag) string { return texts.Text(lang, e.Code()) }

var codes = wording.Codes{
	{Err: ErrUnknownStructure, Code: "portal.unknown_structure"},
	{Err: ErrLoginBound, Code: "portal.login_bound"},
	{Err: ErrLoginTaken, Code: "portal.login_taken"},
	{Err: ErrIDTaken, Code: "portal.id_taken"},
	{Err: ErrUnknownAccount, Code: "portal.unknown_account"},
	{Err: ErrManages, Code: "portal.manages"},
	{Err: ErrUnknownService, Code: "portal.unknown_service"},
	{Err: ErrSearch, Code: "portal.search"},
	{Err: ErrPage, Code: "portal.page"},
}

// texts are the wordings of this package, from the one catalogue of the library.
var texts = wording.Texts("guichet")
