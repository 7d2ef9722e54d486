package attachment

import (
	"cmp"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// Key is the natural key of an attachment in its structure: whose it is, and to which service.
type Key struct {
	Account account.ID
	Service structure.Code // "" = structure level
}

// Compare orders keys by account, then service.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Account, other.Account), cmp.Compare(k.Service, other.Service))
}

// Grant is one profile that somebody was given (rules E3 and E4). The main manager's profiles come with the role and
// are no grants.
type Grant struct {
	Profile habilitation.Profile
	By      account.Actor
	At      time.Time
}

// Decision is what was decided on a request, by whom and when. The zero Decision means: not decided.
type Decision struct {
	By       account.Actor
	At       time.Time
	Approved bool
	Reason   string // of a refusal; personal data, erasable
}

// Refuses tells whether it was decided, and refused.
func (d Decision) Refuses() bool { return !d.At.IsZero() && !d.Approved }

// repeats tells whether somebody who asks now comes back soon after a refusal (rule B6).
func (d Decision) repeats(p account.Policy, at time.Time) bool {
	return d.Refuses() && at.Before(d.At.Add(p.RepeatWithin))
}

// Wish is a user's request for more profiles (rule E5). It is decided like a request to be attached.
type Wish struct {
	Profiles []habilitation.Profile // sorted; none = no wish is open
	Comment  string                 // personal data, erasable
	At       time.Time
	Order    int64    // the roster's version that the wish made
	Decision Decision // on the last wish; kept when the same person asks again
}

// Open tells whether a wish waits for a decision.
func (w Wish) Open() bool { return len(w.Profiles) > 0 }

// Attachment is one row of a roster: a request, a claim or an attachment, in all its states.
type Attachment struct {
	Key

	State       State
	Order       int64     // the roster's version that the request made: exact order of the queue, earlier is smaller
	RequestedAt time.Time // of the request, or of the claim
	Due         time.Time // when a registration's request, or its approval, lapses; zero = never
	Since       time.Time // when the present state began
	Comment     string    // why the attachment is asked for; personal data, erasable
	Repeat      bool      // comes back soon after a refusal: listed as such, and nobody is mailed (rule B6)
	Details     *structure.Details
	Decision    Decision  // the last one; kept when the same person asks again
	Grants      []Grant   // sorted by profile
	Wish        Wish      // for more profiles; of attachments only (rule E5)
	Invited     string    // the login that a decider typed, until its owner next signs in (rule D7); "" = none; personal data, erasable
	Remind      time.Time // when somebody is told next that the request waits; zero = never (rule D10)
	Reminded    int       // how often deciders were reminded of it
	Escalated   bool      // support was told
	Contested   time.Time // when its author contested who manages the structure; zero = not (rule D12)
}

// Asked returns when what waits for a decision was asked for, and its order: a request to be attached, or a wish. ok is
// false if nothing waits.
func (a Attachment) Asked() (at time.Time, order int64, ok bool) {
	switch {
	case a.State == Requested:
		return a.RequestedAt, a.Order, true
	case a.Wish.Open():
		return a.Wish.At, a.Wish.Order, true
	default:
		return time.Time{}, 0, false
	}
}

// Clone returns a copy that shares no memory with a.
func (a Attachment) Clone() Attachment {
	a.Grants = slices.Clone(a.Grants)
	a.Wish.Profiles = slices.Clone(a.Wish.Profiles)

	if a.Details != nil {
		d := a.Details.Clone()
		a.Details = &d
	}

	return a
}

// Holding returns what the attachment means for its account's rights (rule E6). ok is false while it is none: a
// request, a claim, or ended. main tells whether the account is the structure's main manager.
func (a Attachment) Holding(s structure.Structure, service structure.Service, main bool) (habilitation.Holding, bool) {
	if a.State != Attached && a.State != Suspended {
		return habilitation.Holding{}, false
	}

	h := habilitation.Holding{
		Structure: s, Service: service, MainManager: main && a.Service == "", Suspended: a.State == Suspended,
	}
	for _, g := range a.Grants {
		h.Profiles = append(h.Profiles, g.Profile)
	}

	return h, true
}

// SearchText is the text under which the attachment is found and ordered among the users of its structure (rule E8). Of
// somebody who was invited it tells nothing but what the decider typed.
func (a Attachment) SearchText(acc account.Account) string {
	if a.Invited != "" {
		return structure.Fold(a.Invited)
	}

	return acc.SearchText()
}
