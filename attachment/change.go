package attachment

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// Change is one thing that a decision brought about. The set is sealed: what becomes of requests, claims and the standing is
// here; of users and their profiles in [UserInvited], [UserSuspended], [UserResumed], [UserArrived], [RequestReminded],
// [RequestEscalated], [ProfilesGranted], [ProfilesRevoked], [ProfilesRequested], [ProfilesApproved], [ProfilesRefused] and
// [ProfilesWithdrawn]; of main managers in [ManagerRelieved], [StandingContested], [StandingFrozen], [ContestEnded],
// [ReviewBegan], [AttachmentConfirmed] and [ProofAwaited].
//
//sumtype:decl
type Change interface {
	// Subject returns the row that changed. For a change of the standing alone it is the holder's.
	Subject() Key
	// Action returns the stable name of the change, as the journal writes it.
	Action() string

	change()
}

// ClaimBegan designates a registration main manager, until it activates or its term is over (rule D1).
type ClaimBegan struct {
	Account   account.ID
	Order     int64
	Requested time.Time // when it was registered: At, or earlier for one that succeeded
	At        time.Time
	Until     time.Time // the longest the claim lasts; its mail's lease may shorten it
	Succeeded bool      // it waited in the queue before
	Details   *structure.Details
}

// RequestMade is a new open request.
type RequestMade struct {
	Key

	Order   int64
	At      time.Time
	Due     time.Time // zero = never
	Comment string
	Repeat  bool
	Details *structure.Details
	Remind  time.Time // when deciders are reminded of it; zero = never
}

// RequestApproved is a registration's request that a decider approved: it waits for its activation until Due. An
// account's approved request is a [UserAttached].
type RequestApproved struct {
	Key

	By      account.Actor
	At      time.Time
	Due     time.Time
	Invited string // the login that a decider typed who did not answer the request, but attached its author (rule D7); "" otherwise
}

// RequestRefused is a request that a decider refused, or a claim that support or the application's verifier refused.
type RequestRefused struct {
	Key

	By     account.Actor
	At     time.Time
	Reason string
	Proof  bool // it is a claim, and the proof for it was refused (rule D12)
}

// RequestWithdrawn is a request or claim that its author withdrew, or that a wider attachment made pointless; or an approval
// that a decider took back before it was activated.
type RequestWithdrawn struct {
	Key

	At       time.Time
	By       account.Actor // the decider who took it back; zero otherwise
	Absorbed bool          // by an attachment at structure level (rule D3)
	Adopted  account.ID    // the account that takes it over, or has one there already (rule B14); "" = none
}

// RequestAdopted is a registration's open request that goes on as an account's: its place in the queue stays (rule B14).
type RequestAdopted struct {
	Key

	From      account.ID
	Order     int64
	Requested time.Time
	At        time.Time
	Comment   string
	Repeat    bool
	Details   *structure.Details
	Remind    time.Time
	Reminded  int
	Escalated bool
}

// RequestKept is a registration's open request whose author is an account now, before anybody decided (rule B6).
type RequestKept struct {
	Key

	At time.Time
}

// TimeOver is a claim, a request or an approval whose time is over.
type TimeOver struct {
	Key

	At  time.Time
	Was State
}

// UserAttached is a new attachment with the profiles it starts from.
type UserAttached struct {
	Key

	By       account.Actor // the decider who approved, or whoever activated
	At       time.Time
	Approved bool   // a decider approved it just now; otherwise it was an activation, a succession or an appointment
	Unasked  bool   // nobody had asked for it (rule D7)
	Invited  string // the login that the decider typed; "" = they named an account
	Grants   []Grant
}

// UserDetached is an attachment that ended.
type UserDetached struct {
	Key

	By       account.Actor
	At       time.Time
	Absorbed bool // by an attachment at structure level (rule D3)
	Left     bool // by themselves
}

// ManagerNamed makes an account the main manager. Details are the structure's data from now on, when nobody knew the
// structure before.
type ManagerNamed struct {
	Account account.ID
	By      account.Actor // whoever activated, hands over or appoints; the system for a succession
	At      time.Time
	From    account.ID // whom they follow (rule D6); "" = nobody
	Details *structure.Details
	Waiting bool // others wait for a decision
}

// ManagerLeft makes a structure vacant: its main manager was alone in it, and went (rule D6).
type ManagerLeft struct {
	Account account.ID
	At      time.Time
}

// ClaimMailed starts the term of a claim.
type ClaimMailed struct {
	Account account.ID
	At      time.Time
	Until   time.Time
}

// NobodyLeft makes a structure unclaimed again: its claim ended and nobody waits.
type NobodyLeft struct {
	Account account.ID // whose claim it was
	At      time.Time
}

func (ClaimBegan) change()       {}
func (RequestMade) change()      {}
func (RequestApproved) change()  {}
func (RequestRefused) change()   {}
func (RequestWithdrawn) change() {}
func (RequestAdopted) change()   {}
func (RequestKept) change()      {}
func (ManagerLeft) change()      {}
func (TimeOver) change()         {}
func (UserAttached) change()     {}
func (UserDetached) change()     {}
func (ManagerNamed) change()     {}
func (ClaimMailed) change()      {}
func (NobodyLeft) change()       {}

// Subject returns the key itself.
func (k Key) Subject() Key { return k }

// Subject returns the claimant's key.
func (c ClaimBegan) Subject() Key { return Key{Account: c.Account} }

// Subject returns the manager's key.
func (c ManagerNamed) Subject() Key { return Key{Account: c.Account} }

// Subject returns the former manager's key.
func (c ManagerLeft) Subject() Key { return Key{Account: c.Account} }

// Subject returns the claimant's key.
func (c ClaimMailed) Subject() Key { return Key{Account: c.Account} }

// Subject returns the former claimant's key.
func (c NobodyLeft) Subject() Key { return Key{Account: c.Account} }

// Action returns "claim began".
func (ClaimBegan) Action() string { return "claim began" }

// Action returns "request made".
func (RequestMade) Action() string { return "request made" }

// Action returns "request approved".
func (RequestApproved) Action() string { return "request approved" }

// Action returns "request refused".
func (RequestRefused) Action() string { return "request refused" }

// Action returns "request withdrawn".
func (RequestWithdrawn) Action() string { return "request withdrawn" }

// Action returns "request adopted".
func (RequestAdopted) Action() string { return "request adopted" }

// Action returns "request kept".
func (RequestKept) Action() string { return "request kept" }

// Action returns "manager left".
func (ManagerLeft) Action() string { return "manager left" }

// Action returns "time over".
func (TimeOver) Action() string { return "time over" }

// Action returns "user attached".
func (UserAttached) Action() string { return "user attached" }

// Action returns "user detached".
func (UserDetached) Action() string { return "user detached" }

// Action returns "manager named".
func (ManagerNamed) Action() string { return "manager named" }

// Action returns "claim mailed".
func (ClaimMailed) Action() string { return "claim mailed" }

// Action returns "nobody left".
func (NobodyLeft) Action() string { return "nobody left" }

// Apply returns the roster after a change; r itself stays as it was.
func (r Roster) Apply(c Change) Roster {
	r = r.Clone()
	r.apply(c)

	return r
}

// apply changes the roster, which the caller owns.
func (r *Roster) apply(change Change) {
	row, _ := r.Row(change.Subject())

	switch c := change.(type) {
	case ClaimBegan:
		row.Order, row.RequestedAt, row.Due, row.Details = c.Order, c.Requested, time.Time{}, c.Details
		row = row.unasked()
		r.put(row, Claimed, c.At)
		r.Standing, r.Holder = InClaim, c.Account
		r.Claim = Claim{Designated: c.At, Term: c.Until}
	case RequestMade:
		row.Order, row.RequestedAt, row.Due, row.Details = c.Order, c.At, c.Due, c.Details
		row.Comment, row.Repeat, row.Contested = c.Comment, c.Repeat, time.Time{}
		row = row.unasked()
		row.Remind, row.Invited = c.Remind, "" // whoever asks shows themselves
		r.put(row, Requested, c.At)
	case RequestApproved:
		row.Due, row.Details, row.Decision = c.Due, nil, Decision{By: c.By, At: c.At, Approved: true}
		row.Invited = c.Invited
		r.put(row.unasked(), Approved, c.At)
	case UserInvited:
		row = Attachment{Key: c.Key, Order: r.Version + 1, RequestedAt: c.At, Due: c.Due, Invited: c.Login}
		row.Decision = Decision{By: c.By, At: c.At, Approved: true}
		r.put(row, Approved, c.At)
	case RequestRefused:
		row.Decision = Decision{By: c.By, At: c.At, Reason: c.Reason}
		r.end(row, Refused, c.At)
	case RequestWithdrawn:
		r.end(row, Withdrawn, c.At)
	case RequestAdopted:
		row.Order, row.RequestedAt, row.Due, row.Details = c.Order, c.Requested, time.Time{}, c.Details
		row.Comment, row.Repeat, row.Contested = c.Comment, c.Repeat, time.Time{}
		row.Remind, row.Reminded, row.Escalated = c.Remind, c.Reminded, c.Escalated
		r.put(row, Requested, c.At)
	case RequestKept:
		row.Due = time.Time{}
		r.put(row, Requested, row.Since)
	case TimeOver:
		r.end(row, Lapsed, c.At)
	case UserAttached:
		row.Due, row.Details, row.Grants = time.Time{}, nil, slices.Clone(c.Grants)
		row.Wish, row.Invited, row.Contested = Wish{}, c.Invited, time.Time{}

		if c.Approved {
			row.Decision = Decision{By: c.By, At: c.At, Approved: true}
		}

		if c.Unasked {
			row.Order, row.RequestedAt, row.Comment, row.Repeat = r.Version+1, c.At, "", false
		}

		r.put(row.unasked(), Attached, c.At)
	case UserDetached:
		r.end(row, Detached, c.At)
	case UserSuspended:
		r.put(row, Suspended, c.At)
	case UserResumed:
		r.put(row, Attached, c.At)
	case UserArrived:
		row.Invited = ""
		r.put(row, row.State, row.Since)
	case RequestReminded:
		row.Remind = c.Next
		if !c.Skipped {
			row.Reminded++
		}

		r.put(row, row.State, row.Since)
	case RequestEscalated:
		row.Remind, row.Escalated = c.Next, true
		r.put(row, row.State, row.Since)
	case ProfilesGranted:
		row.Grants = given(row.Grants, c.Profiles, c.By, c.At)
		r.put(row, row.State, row.Since)
	case ProfilesRevoked:
		row.Grants = taken(row.Grants, c.Profiles)
		r.put(row, row.State, row.Since)
	case ProfilesRequested:
		row = row.unasked()
		row.Wish = Wish{
			Profiles: slices.Clone(c.Profiles), Comment: c.Comment, At: c.At, Order: c.Order, Decision: row.Wish.Decision,
		}
		row.Remind = c.Remind
		r.put(row, row.State, row.Since)
	case ProfilesApproved:
		r.put(row.answered(Decision{By: c.By, At: c.At, Approved: true}), row.State, row.Since)
	case ProfilesRefused:
		r.put(row.answered(Decision{By: c.By, At: c.At, Reason: c.Reason}), row.State, row.Since)
	case ProfilesWithdrawn:
		r.put(row.answered(row.Wish.Decision), row.State, row.Since)
	case ManagerLeft:
		r.Standing, r.Holder = Vacant, ""
	case ManagerNamed:
		if r.Standing == InClaim && r.Contest.Of != "" { // whoever takes the claim over takes the doubt over
			r.Contest.Of = c.Account
		}

		r.Standing, r.Holder, r.Claim = Managed, c.Account, Claim{}
		row.Grants, row.Wish, row.Invited = nil, Wish{}, "" // everything comes with the role
		r.put(row.unasked(), row.State, row.Since)
	case ManagerRelieved:
		row.Grants = slices.Clone(c.Grants)
		r.put(row, row.State, row.Since)
	case ClaimMailed:
		r.Claim.Leased, r.Claim.Term = c.At, c.Until
	case ProofAwaited:
		if r.Claim.Term = c.Until; r.Claim.Leased.IsZero() { // a mail that is leased later must not shorten it
			r.Claim.Leased = c.At
		}
	case NobodyLeft:
		r.Standing, r.Holder, r.Claim = Unclaimed, "", Claim{}
	case StandingContested:
		if r.Contest.Since.IsZero() {
			r.Contest = Contest{Since: c.At, By: c.Account, Of: r.Holder}
		}

		row.Contested = c.At
		r.put(row, row.State, row.Since)
	case StandingFrozen:
		r.Contest.Frozen = true
	case ContestEnded:
		r.Contest = Contest{}
	case ReviewBegan:
		r.Review = Review{Of: c.Account, Until: c.At}
	case AttachmentConfirmed:
		row.Decision = Decision{By: c.By, At: c.At, Approved: true}
		r.put(row, row.State, row.Since)
	}
}

// unasked is the row without what reminders count.
func (a Attachment) unasked() Attachment {
	a.Remind, a.Reminded, a.Escalated = time.Time{}, 0, false

	return a
}

// answered is the row once its wish has ended. When it was made stays, by which a decider who comes too late names it.
func (a Attachment) answered(d Decision) Attachment {
	a.Wish = Wish{At: a.Wish.At, Order: a.Wish.Order, Decision: d}

	return a.unasked()
}

// end puts a row into a state in which nothing is left of what its author typed but the comment, which is history.
func (r *Roster) end(row Attachment, s State, at time.Time) {
	row.Due, row.Details, row.Grants, row.Wish = time.Time{}, nil, nil, Wish{}
	r.put(row.unasked(), s, at)
}

func (r *Roster) put(row Attachment, s State, at time.Time) {
	before, _ := r.Row(row.Key)

	switch {
	case s.present() && !before.State.present():
		r.Attached++
	case !s.present() && before.State.present():
		r.Attached--
	}

	row.State, row.Since = s, at

	if i := r.index(row.Key); i >= 0 {
		r.Rows[i] = row
	} else {
		r.Rows = append(r.Rows, row)
	}

	if s != Requested {
		r.Queue = slices.DeleteFunc(r.Queue, func(id account.ID) bool { return row.Service == "" && id == row.Account })
	}
}
