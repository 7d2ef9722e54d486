package attachment

import (
	"time"

	"github.com/guichet-pro/guichet/account"
)

// ManagerRelieved is a main manager who is a user like any other from now on: somebody else follows in the same decision
// (rule D6).
type ManagerRelieved struct {
	Account account.ID
	By      account.Actor // the manager, who hands over, or support, who appoints somebody else
	At      time.Time
	Grants  []Grant // what they keep
	To      account.ID
}

// StandingContested is somebody's doubt about the claimant or main manager (rule D12).
type StandingContested struct {
	Key // of who contests

	At     time.Time
	Reason string
}

// StandingFrozen holds what support holds while it looks into a contest.
type StandingFrozen struct {
	Account account.ID // the main manager
	By      account.Actor
	At      time.Time
}

// ContestEnded ends a contest, and what is frozen by it.
type ContestEnded struct {
	Account  account.ID // the claimant or main manager whose standing was contested
	By       account.Actor
	At       time.Time
	Released bool // support leaves them in place
}

// ReviewBegan puts up for review what a replaced manager had approved.
type ReviewBegan struct {
	Account account.ID // the replaced manager
	At      time.Time
}

// AttachmentConfirmed is an attachment that was up for review and stays.
type AttachmentConfirmed struct { //nolint:revive // like every change it names what it is about; [Confirm] is the command
	Key

	By account.Actor
	At time.Time
}

// ProofAwaited gives a claim another term, for a proof to come (rules D1 and D12).
type ProofAwaited struct {
	Account account.ID
	At      time.Time
	Until   time.Time
}

func (ManagerRelieved) change()     {}
func (StandingContested) change()   {}
func (StandingFrozen) change()      {}
func (ContestEnded) change()        {}
func (ReviewBegan) change()         {}
func (AttachmentConfirmed) change() {}
func (ProofAwaited) change()        {}

// Subject returns the former manager's key.
func (c ManagerRelieved) Subject() Key { return Key{Account: c.Account} }

// Subject returns the main manager's key.
func (c StandingFrozen) Subject() Key { return Key{Account: c.Account} }

// Subject returns the key of whose standing was contested.
func (c ContestEnded) Subject() Key { return Key{Account: c.Account} }

// Subject returns the replaced manager's key.
func (c ReviewBegan) Subject() Key { return Key{Account: c.Account} }

// Subject returns the claimant's key.
func (c ProofAwaited) Subject() Key { return Key{Account: c.Account} }

// Action returns "manager relieved".
func (ManagerRelieved) Action() string { return "manager relieved" }

// Action returns "standing contested".
func (StandingContested) Action() string { return "standing contested" }

// Action returns "standing frozen".
func (StandingFrozen) Action() string { return "standing frozen" }

// Action returns "contest ended".
func (ContestEnded) Action() string { return "contest ended" }

// Action returns "review began".
func (ReviewBegan) Action() string { return "review began" }

// Action returns "attachment confirmed".
func (AttachmentConfirmed) Action() string { return "attachment confirmed" }

// Action returns "proof awaited".
func (ProofAwaited) Action() string { return "proof awaited" }
