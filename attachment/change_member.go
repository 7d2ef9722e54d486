package attachment

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
)

// UserInvited is a registration that a decider invited: its attachment waits for its activation until Due (rule D7).
type UserInvited struct {
	Key

	By    account.Actor
	At    time.Time
	Due   time.Time
	Login string // as the decider typed it
}

// UserSuspended is an attachment whose rights a decider took away until it is resumed (rule D8).
type UserSuspended struct {
	Key

	By account.Actor
	At time.Time
}

// UserResumed is an attachment whose suspension ended.
type UserResumed struct {
	Key

	By account.Actor
	At time.Time
}

// UserArrived is somebody invited who signed in (rule D7).
type UserArrived struct {
	Key

	At time.Time
}

// RequestReminded is a request, or a wish, that deciders are reminded of (rule D10).
type RequestReminded struct {
	Key

	At      time.Time
	Next    time.Time // when somebody is told again; zero = never
	Skipped bool      // there is nobody to remind at the moment
}

// RequestEscalated is a request, or a wish, that support is told of (rule D10).
type RequestEscalated struct {
	Key

	At   time.Time
	Next time.Time // when deciders are reminded again; zero = never
}

// ProfilesGranted are profiles that a user was given (rule E4).
type ProfilesGranted struct {
	Key

	By       account.Actor
	At       time.Time
	Profiles []habilitation.Profile // sorted; none of them was held
}

// ProfilesRevoked are profiles that a user lost (rules E4 and E5).
type ProfilesRevoked struct {
	Key

	By       account.Actor
	At       time.Time
	Profiles []habilitation.Profile // sorted; all of them were held
	Dropped  bool                   // by the user
}

// ProfilesRequested is a wish for profiles (rule E5).
type ProfilesRequested struct {
	Key

	Order    int64
	At       time.Time
	Comment  string
	Profiles []habilitation.Profile // sorted
	Remind   time.Time
}

// ProfilesApproved is a wish that a decider approved. The profiles come as [ProfilesGranted].
type ProfilesApproved struct {
	Key

	By account.Actor
	At time.Time
}

// ProfilesRefused is a wish that a decider refused.
type ProfilesRefused struct {
	Key

	By     account.Actor
	At     time.Time
	Reason string
}

// ProfilesWithdrawn is a wish that its author withdrew, or that has become pointless.
type ProfilesWithdrawn struct {
	Key

	At time.Time
}

func (UserInvited) change()       {}
func (UserSuspended) change()     {}
func (UserResumed) change()       {}
func (UserArrived) change()       {}
func (RequestReminded) change()   {}
func (RequestEscalated) change()  {}
func (ProfilesGranted) change()   {}
func (ProfilesRevoked) change()   {}
func (ProfilesRequested) change() {}
func (ProfilesApproved) change()  {}
func (ProfilesRefused) change()   {}
func (ProfilesWithdrawn) change() {}

// Action returns "user invited".
func (UserInvited) Action() string { return "user invited" }

// Action returns "user suspended".
func (UserSuspended) Action() string { return "user suspended" }

// Action returns "user resumed".
func (UserResumed) Action() string { return "user resumed" }

// Action returns "user arrived".
func (UserArrived) Action() string { return "user arrived" }

// Action returns "request reminded".
func (RequestReminded) Action() string { return "request reminded" }

// Action returns "request escalated".
func (RequestEscalated) Action() string { return "request escalated" }

// Action returns "profiles granted".
func (ProfilesGranted) Action() string { return "profiles granted" }

// Action returns "profiles revoked".
func (ProfilesRevoked) Action() string { return "profiles revoked" }

// Action returns "profiles requested".
func (ProfilesRequested) Action() string { return "profiles requested" }

// Action returns "profiles approved".
func (ProfilesApproved) Action() string { return "profiles approved" }

// Action returns "profiles refused".
func (ProfilesRefused) Action() string { return "profiles refused" }

// Action returns "profiles withdrawn".
func (ProfilesWithdrawn) Action() string { return "profiles withdrawn" }

// given returns the grants with some more.
func given(grants []Grant, profiles []habilitation.Profile, by account.Actor, at time.Time) []Grant {
	out := slices.Clone(grants)
	for _, p := range profiles {
		out = append(out, Grant{Profile: p, By: by, At: at})
	}

	slices.SortFunc(out, func(a, b Grant) int { return a.Profile.Compare(b.Profile) })

	return out
}

// taken returns the grants without some.
func taken(grants []Grant, profiles []habilitation.Profile) []Grant {
	return slices.DeleteFunc(slices.Clone(grants), func(g Grant) bool { return slices.Contains(profiles, g.Profile) })
}
