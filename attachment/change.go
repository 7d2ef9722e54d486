package attachment

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// Change is one thing that a decision brought about. The set is sealed: [ClaimBegan], [RequestMade],
// [RequestApproved], [RequestRefused], [RequestWithdrawn], [RequestAdopted], [RequestKept], [TimeOver], [UserAttached],
// [UserDetached], [ManagerNamed], [ManagerLeft], [ClaimMailed] and [NobodyLeft].
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
}

// RequestApproved is a registration's request that a decider approved: it waits for its activation until Due. An
// account's approved request is a [UserAttached].
type RequestApproved struct {
	Key

	By  account.Actor
	At  time.Time
	Due time.Time
}

// RequestRefused is a request that a decider refused, or a claim that support refused.
type RequestRefused struct {
	Key

	By     account.Actor
	At     time.Time
	Reason string
}

// RequestWithdrawn is a request or claim that its author withdrew, or that a wider attachment made pointless.
type RequestWithdrawn struct {
	Key

	At       time.Time
	Absorbed bool       // by an attachment at structure level (rule D3)
	Adopted  account.ID // the account that takes it over, or has one there already (rule B14); "" = none
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
	Approved bool // a decider approved it just now; otherwise it was an activation or a succession
	Grants   []Grant
}

// UserDetached is an attachment that ended.
type UserDetached struct {
	Key

	By       account.Actor
	At       time.Time
	Absorbed bool // by an attachment at structure level (rule D3)
}

// ManagerNamed makes an account the main manager. Details are the structure's data from now on, when nobody knew the
// structure before.
type ManagerNamed struct {
	Account account.ID
	By      account.Actor // whoever activated; the system for a succession
	At      time.Time
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
	switch c := change.(type) {
	case ClaimBegan:
		row, _ := r.Row(c.Subject())
		row.Order, row.RequestedAt, row.Due, row.Details = c.Order, c.Requested, time.Time{}, c.Details
		r.put(row, Claimed, c.At)
		r.Standing, r.Holder = InClaim, c.Account
		r.Claim = Claim{Designated: c.At, Term: c.Until}
	case RequestMade:
		row, _ := r.Row(c.Key)
		row.Order, row.RequestedAt, row.Due, row.Details = c.Order, c.At, c.Due, c.Details
		row.Comment, row.Repeat = c.Comment, c.Repeat
		r.put(row, Requested, c.At)
	case RequestApproved:
		row, _ := r.Row(c.Key)
		row.Due, row.Details, row.Decision = c.Due, nil, Decision{By: c.By, At: c.At, Approved: true}
		r.put(row, Approved, c.At)
	case RequestRefused:
		row, _ := r.Row(c.Key)
		row.Decision = Decision{By: c.By, At: c.At, Reason: c.Reason}
		r.end(row, Refused, c.At)
	case RequestWithdrawn:
		row, _ := r.Row(c.Key)
		r.end(row, Withdrawn, c.At)
	case RequestAdopted:
		row, _ := r.Row(c.Key)
		row.Order, row.RequestedAt, row.Due, row.Details = c.Order, c.Requested, time.Time{}, c.Details
		row.Comment, row.Repeat = c.Comment, c.Repeat
		r.put(row, Requested, c.At)
	case RequestKept:
		row, _ := r.Row(c.Key)
		row.Due = time.Time{}
		r.put(row, Requested, row.Since)
	case ManagerLeft:
		r.Standing, r.Holder = Vacant, ""
	case TimeOver:
		row, _ := r.Row(c.Key)
		r.end(row, Lapsed, c.At)
	case UserAttached:
		row, _ := r.Row(c.Key)
		row.Due, row.Details, row.Grants = time.Time{}, nil, slices.Clone(c.Grants)

		if c.Approved {
			row.Decision = Decision{By: c.By, At: c.At, Approved: true}
		}

		r.put(row, Attached, c.At)
		r.Attached++
	case UserDetached:
		row, _ := r.Row(c.Key)
		r.end(row, Detached, c.At)
		r.Attached--
	case ManagerNamed:
		r.Standing, r.Holder, r.Claim = Managed, c.Account, Claim{}
	case ClaimMailed:
		r.Claim.Leased, r.Claim.Term = c.At, c.Until
	case NobodyLeft:
		r.Standing, r.Holder, r.Claim = Unclaimed, "", Claim{}
	}
}

// end puts a row into a state in which nothing is left of what its author typed but the comment, which is history.
func (r *Roster) end(row Attachment, s State, at time.Time) {
	row.Due, row.Details, row.Grants = time.Time{}, nil, nil
	r.put(row, s, at)
}

func (r *Roster) put(row Attachment, s State, at time.Time) {
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
