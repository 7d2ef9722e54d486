package attachment

import (
	"errors"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/internal/wording"
)

// ErrBroken is what [Check] returns for a roster that no command can have led to.
var ErrBroken = errors.New("attachment: broken roster")

// Why a command is refused.
var (
	ErrCommand         = errors.New("attachment: no such command")
	ErrNotDecider      = errors.New("attachment: not a decider here")
	ErrNoManager       = errors.New("attachment: nobody decides while there is only a claim")
	ErrOwnRequest      = errors.New("attachment: nobody decides on their own request")
	ErrDecided         = errors.New("attachment: already decided")
	ErrNoRequest       = errors.New("attachment: no open request")
	ErrOpen            = errors.New("attachment: a request is open already")
	ErrAttached        = errors.New("attachment: attached already")
	ErrNotAttached     = errors.New("attachment: not attached")
	ErrNotRegistrant   = errors.New("attachment: not an open registration")
	ErrNotApproved     = errors.New("attachment: not approved yet")
	ErrAccountInactive = errors.New("attachment: account not active")
	ErrComment         = errors.New("attachment: comment missing, too long or with control characters")
	ErrUnclaimed       = errors.New("attachment: nobody has named the structure")
	ErrDetails         = errors.New("attachment: structure data required")
	ErrServiceUnknown  = errors.New("attachment: no such service")
	ErrServiceInactive = errors.New("attachment: service not active")
	ErrSuspendedThere  = errors.New("attachment: an attachment there is suspended")
	ErrPresent         = errors.New("attachment: the structure is present already")
	ErrClaimed         = errors.New("attachment: somebody else is registering the structure")
	ErrMainManager     = errors.New("attachment: the main manager hands over first")
	ErrNotAlone        = errors.New("attachment: others are attached")
	ErrReplaced        = errors.New("attachment: the structure has another identifier now")
	ErrAccountUnknown  = errors.New("attachment: no such account")
	ErrProfile         = errors.New("attachment: a profile that cannot be held there")
	ErrNotYours        = errors.New("attachment: not for this actor to do")
	ErrNotSuspended    = errors.New("attachment: not suspended")
	ErrNotManager      = errors.New("attachment: not the main manager")
	ErrIsManager       = errors.New("attachment: main manager already")
	ErrManagerActs     = errors.New("attachment: the main manager can act")
	ErrNotSupport      = errors.New("attachment: for support to do")
	ErrFrozen          = errors.New("attachment: frozen while support looks into a contest")
	ErrContested       = errors.New("attachment: contested already")
	ErrNotContested    = errors.New("attachment: nobody contests")
	ErrNoReview        = errors.New("attachment: not up for review")
	ErrSole            = errors.New("attachment: only the main manager decides here")
	ErrGuarded         = errors.New("attachment: refused by a rule of the application")
)

// Error says why a command was refused, and about whom.
type Error struct {
	Key

	Err   error         // one of the sentinels above
	By    account.Actor // who decided already, for ErrDecided
	At    time.Time     // and when
	Cause error         // which condition of rule E6 failed, for ErrNotDecider: a [*habilitation.Denied]; a [Guard]'s error
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

// Code returns the stable code, such as "attachment.decided". Whoever manages an inactive structure is told that, and not that
// they are nobody there (rule E6).
func (e *Error) Code() string {
	if errors.Is(e.Cause, habilitation.ErrStructureInactive) {
		return "attachment.inactive"
	}

	return codes.Of(e.Err, "attachment.refused")
}

// Text returns the reason in words, in French or English. For a decision taken already it says by whom and when.
func (e *Error) Text(lang language.Tag) string {
	if errors.Is(e.Err, ErrDecided) && !e.At.IsZero() {
		return texts.Text(lang, "attachment.decided_by", e.By.String(), e.At.Format("2006-01-02 15:04:05 MST"))
	}

	if errors.Is(e.Err, ErrGuarded) {
		if e.Cause == nil { // no guard said why
			return texts.Text(lang, "attachment.refused")
		}

		return texts.Text(lang, e.Code(), e.Cause.Error())
	}

	return texts.Text(lang, e.Code())
}

var codes = wording.Codes{
	{Err: ErrCommand, Code: "attachment.command"},
	{Err: ErrNotDecider, Code: "attachment.not_decider"},
	{Err: ErrNoManager, Code: "attachment.no_manager"},
	{Err: ErrOwnRequest, Code: "attachment.own_request"},
	{Err: ErrDecided, Code: "attachment.decided"},
	{Err: ErrNoRequest, Code: "attachment.no_request"},
	{Err: ErrOpen, Code: "attachment.open"},
	{Err: ErrAttached, Code: "attachment.attached"},
	{Err: ErrNotAttached, Code: "attachment.not_attached"},
	{Err: ErrNotRegistrant, Code: "attachment.not_registrant"},
	{Err: ErrNotApproved, Code: "attachment.not_approved"},
	{Err: ErrAccountInactive, Code: "attachment.account_inactive"},
	{Err: ErrComment, Code: "attachment.comment"},
	{Err: ErrUnclaimed, Code: "attachment.unclaimed"},
	{Err: ErrDetails, Code: "attachment.details"},
	{Err: ErrServiceUnknown, Code: "attachment.service_unknown"},
	{Err: ErrServiceInactive, Code: "attachment.service_inactive"},
	{Err: ErrSuspendedThere, Code: "attachment.suspended_there"},
	{Err: ErrPresent, Code: "attachment.present"},
	{Err: ErrClaimed, Code: "attachment.claimed"},
	{Err: ErrMainManager, Code: "attachment.main_manager"},
	{Err: ErrNotAlone, Code: "attachment.not_alone"},
	{Err: ErrReplaced, Code: "attachment.replaced"},
	{Err: ErrNotYours, Code: "attachment.not_yours"},
	{Err: ErrProfile, Code: "attachment.profile"},
	{Err: ErrAccountUnknown, Code: "attachment.account_unknown"},
	{Err: ErrNotSuspended, Code: "attachment.not_suspended"},
	{Err: ErrNotManager, Code: "attachment.not_manager"},
	{Err: ErrIsManager, Code: "attachment.is_manager"},
	{Err: ErrManagerActs, Code: "attachment.manager_acts"},
	{Err: ErrNotSupport, Code: "attachment.not_support"},
	{Err: ErrFrozen, Code: "attachment.frozen"},
	{Err: ErrContested, Code: "attachment.contested"},
	{Err: ErrNotContested, Code: "attachment.not_contested"},
	{Err: ErrNoReview, Code: "attachment.no_review"},
	{Err: ErrSole, Code: "attachment.sole"},
	{Err: ErrGuarded, Code: "attachment.guarded"},
}

// texts are the wordings of this package, from the one catalogue of the library.
var texts = wording.Texts("attachment")
