package attachment

import (
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// HandOver is the main manager who makes another user main manager (rule D6). The successor is attached at structure level,
// not suspended, and their account is active; they hold every open profile from then on, and the predecessor keeps theirs, as
// grants, but Organisation/modification. It stays possible in an inactive structure (rule C8). Errors: [ErrNotDecider],
// [ErrNoManager], [ErrNotManager], [ErrReplaced], [ErrNotAttached], [ErrSuspendedThere], [ErrAccountInactive], [ErrIsManager], [ErrFrozen].
type HandOver struct {
	By account.Actor
	To account.ID
}

// Appoint is support who makes an active account the main manager, and attaches it at structure level if it is not: of a
// vacant structure, or of one whose manager is not active, cannot be reached, or is contested (rules D6 and D12). What a
// contested manager had approved is then up for review. Errors: [ErrNotSupport], [ErrUnclaimed], [ErrClaimed], [ErrReplaced],
// [ErrAccountInactive], [ErrIsManager], [ErrManagerActs], [ErrSuspendedThere].
type Appoint struct {
	By          account.Actor
	Account     account.ID
	Unreachable bool // support found that the present manager cannot be reached
}

// ContestStanding is somebody whose registration or request waits, or was refused, and who doubts that the claimant or main manager
// speaks for the structure (rule D12); once for each request. Errors: [ErrAccountInactive], [ErrNoRequest], [ErrComment],
// [ErrContested], [ErrUnclaimed], [ErrReplaced].
type ContestStanding struct {
	By     account.Actor // the account, or the registration
	Reason string        // 1 to 1000 characters once trimmed
}

// Freeze is support who holds hand-over, change of identifier, detaching and granting while it looks into a contest (rule
// D12). Errors: [ErrNotSupport], [ErrNotContested], [ErrNoManager] where nobody manages, [ErrReplaced].
type Freeze struct {
	By account.Actor
}

// Release is support who closes a contest and leaves the main manager in place (rule D12). Errors: [ErrNotSupport],
// [ErrNotContested], [ErrReplaced].
type Release struct {
	By account.Actor
}

// Confirm is a decider who looked at what a replaced manager had approved, and leaves it as it is (rule D12); who does not,
// detaches. Errors: [ErrNotDecider], [ErrNoManager], [ErrReplaced], [ErrOwnRequest], [ErrNoReview].
type Confirm struct {
	By      account.Actor
	Account account.ID
	Service structure.Code
}

// AwaitProof is the application's verifier that waits for a proof before a claim may be activated (rules D1 and D12): the
// claim's term is the date that it gives, at the most the policy's ClaimProofMax after the designation, and never later than
// the end of a registration that is separate. Once the term has been put off, another date may only bring it nearer, so that
// nobody keeps a structure by trying again and again; a date that is not to come changes nothing. Errors: [ErrNotYours] for
// anybody but the system, [ErrNoRequest] where the claim is not, or no longer, the one that the verifier was asked about.
type AwaitProof struct {
	By         account.Actor // the system
	Account    account.ID    // the claimant
	Designated time.Time     // of the claim that the verifier was asked about
	Until      time.Time
}

// RefuseProof is the application's verifier that says no to a claim, which ends: the next in the queue succeeds (rules D1 and
// D12). Support refuses a claim by [Refuse]. Errors: [ErrNotYours] for anybody but the system, [ErrNoRequest] where the claim
// is not, or no longer, the one that the verifier was asked about, [ErrComment].
type RefuseProof struct {
	By         account.Actor // the system
	Account    account.ID    // the claimant
	Designated time.Time     // of the claim that the verifier was asked about
	Reason     string        // optional, at most 1000 characters
}

func (HandOver) command()        {}
func (Appoint) command()         {}
func (ContestStanding) command() {}
func (Freeze) command()          {}
func (Release) command()         {}
func (Confirm) command()         {}
func (AwaitProof) command()      {}
func (RefuseProof) command()     {}

// Actor returns who gives the command.
func (c HandOver) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Appoint) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c ContestStanding) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Freeze) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Release) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Confirm) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c AwaitProof) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c RefuseProof) Actor() account.Actor { return c.By }

// Accounts returns both.
func (c HandOver) Accounts() []account.ID { return ids(c.By, c.To) }

// Accounts returns who is appointed.
func (c Appoint) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns who contests.
func (c ContestStanding) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns nobody: the holder is read with every roster.
func (c Freeze) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns nobody: the holder is read with every roster.
func (c Release) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns the decider and whose attachment it is.
func (c Confirm) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the claimant.
func (c AwaitProof) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the claimant.
func (c RefuseProof) Accounts() []account.ID { return ids(c.By, c.Account) }

func (c HandOver) String() string        { return fmt.Sprintf("hand over to %s by %s", c.To, c.By) }
func (c Appoint) String() string         { return fmt.Sprintf("appoint %s by %s", c.Account, c.By) }
func (c ContestStanding) String() string { return fmt.Sprintf("contest by %s", c.By) }
func (c Freeze) String() string          { return fmt.Sprintf("freeze by %s", c.By) }
func (c Release) String() string         { return fmt.Sprintf("release by %s", c.By) }

func (c Confirm) String() string {
	return fmt.Sprintf("confirm %s%s by %s", c.Account, at(c.Service), c.By)
}

func (c AwaitProof) String() string { return fmt.Sprintf("await a proof of %s by %s", c.Account, c.By) }

func (c RefuseProof) String() string {
	return fmt.Sprintf("refuse the proof of %s by %s", c.Account, c.By)
}
