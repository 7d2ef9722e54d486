package guichet

import (
	"errors"
	"fmt"
	"time"

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
	ErrCredentials      = errors.New("guichet: no account with this login and this password")
	ErrLocked           = errors.New("guichet: too many wrong tries")
	ErrBusy             = errors.New("guichet: too many sign in at once")
	ErrAnswer           = errors.New("guichet: not the answer to the secret question")
	ErrCode             = errors.New("guichet: not a code that counts now")
	ErrFactorOn         = errors.New("guichet: the account has a second factor")
	ErrFactorOff        = errors.New("guichet: the account has no second factor")
	ErrNoPassword       = errors.New("guichet: the account has no password here")
	ErrSessionOver      = errors.New("guichet: the session is over")
	ErrAsked            = errors.New("guichet: a mail was sent a short while ago")
	ErrNotParked        = errors.New("guichet: not a mail that was given up and can be sent again")

	// ErrProof is what a [ClaimVerifier] keeps from going on: by itself it could not tell, and trying again later may help; the
	// others are ErrProof, too.
	ErrProof        = errors.New("guichet: no proof that the person may claim the structure")
	ErrProofAwaited = fmt.Errorf("%w: it is awaited", ErrProof)
	ErrProofRefused = fmt.Errorf("%w: it was refused", ErrProof)
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
	Until      time.Time      // until when, for ErrLocked and ErrProofAwaited; zero = no date was given
	Reason     string         // why, for ErrProofRefused; personal data
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

// Text returns the refusal in words, in French or English. Of a proof that is awaited it says until when.
func (e *Error) Text(lang language.Tag) string {
	if errors.Is(e.Err, ErrProofAwaited) && !e.Until.IsZero() {
		return texts.Text(lang, "portal.proof_awaited_until", e.Until.Format("2006-01-02 15:04:05 MST"))
	}

	return texts.Text(lang, e.Code())
}

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
	{Err: ErrCredentials, Code: "portal.credentials"},
	{Err: ErrLocked, Code: "portal.locked"},
	{Err: ErrBusy, Code: "portal.busy"},
	{Err: ErrAnswer, Code: "portal.answer"},
	{Err: ErrCode, Code: "portal.code"},
	{Err: ErrFactorOn, Code: "portal.factor_on"},
	{Err: ErrFactorOff, Code: "portal.factor_off"},
	{Err: ErrNoPassword, Code: "portal.no_password"},
	{Err: ErrSessionOver, Code: "portal.session_over"},
	{Err: ErrAsked, Code: "portal.asked"},
	{Err: ErrNotParked, Code: "portal.not_parked"},
	{Err: ErrProofAwaited, Code: "portal.proof_awaited"}, // before what it is, too
	{Err: ErrProofRefused, Code: "portal.proof_refused"},
	{Err: ErrProof, Code: "portal.proof"},
}

// texts are the wordings of this package, from the one catalogue of the library.
var texts = wording.Texts("guichet")
