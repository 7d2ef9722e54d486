package attachment

import (
	"fmt"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// Command is what somebody wants of a roster. The set is sealed: what registrants and requesters do, deciders' answers, and time
// are here; [Attach], [Detach], [Leave], [Suspend], [Resume], [Arrive] and [Remind] are about users; [HandOver], [Appoint],
// [ContestStanding], [Freeze], [Release] and [Confirm] about main managers, [AwaitProof] and [RefuseProof] about who is to be one;
// [GrantProfiles], [RevokeProfiles], [CopyProfiles], [RequestProfiles] and [DropProfiles] about profiles.
//
//sumtype:decl
type Command interface {
	// Actor returns who gives the command.
	Actor() account.Actor
	// Accounts returns the accounts and registrations whose rows the decision needs.
	Accounts() []account.ID
	// String returns the command in words, with ids and codes only, for logs and failing tests.
	String() string

	command()
}

// Register is a registration that names the structure: it becomes its claim if nobody has named it, or waits for
// approval (rule B5). The actor is the registration itself, once. Errors: [ErrNotRegistrant], [ErrReplaced], [ErrDetails],
// [ErrOpen] when it, or the earlier registration, is open still (rule B14).
type Register struct {
	By      account.Actor
	Earlier account.ID         // the same login's newest registration here; "" = none
	Details *structure.Details // required while the structure is not known (rule B1)
	Repeat  bool               // comes back soon after a refusal (rule B6)
}

// Create is an active account that names a structure which nobody has named, and is its main manager at once (rule C5).
// Errors: [ErrAccountInactive], [ErrReplaced], [ErrDetails], [ErrPresent], [ErrClaimed].
type Create struct {
	By      account.Actor
	Details *structure.Details
}

// Adopt takes a registration's claim, request or approval over into the account that has its login: what comes of it
// comes to the account, and the registration's row ends (rule B14). If the account has a request or an attachment at
// structure level already, the registration's is withdrawn. Errors: [ErrAccountInactive], [ErrNotRegistrant],
// [ErrSuspendedThere].
type Adopt struct {
	By   account.Actor
	From account.ID // the registration
}

// Request is an active account that asks to be attached: at structure level, to a service, or to several services at once,
// which are as many requests, made together or not at all, and decided one by one (rule D4). Errors: [ErrAccountInactive], [ErrComment],
// [ErrReplaced], [ErrUnclaimed], [ErrDetails], [ErrServiceUnknown], [ErrServiceInactive], [ErrOpen], [ErrAttached].
type Request struct {
	By      account.Actor
	Service structure.Code
	More    []structure.Code   // further services; Service is one then
	Comment string             // 1 to 1000 characters once trimmed
	New     bool               // the account is created with it, like by a registration: it needs no comment
	Details *structure.Details // required while the structure is not known
}

// Withdraw ends one's own open request or claim (rules D1 and D4), or one's wish for profiles (rule E5). Errors: [ErrNoRequest],
// [ErrAccountInactive].
type Withdraw struct {
	By      account.Actor
	Service structure.Code
	Wish    bool // the wish for profiles
}

// Approve is a decider's yes to a request, or to a wish for profiles (rules D5 and E5). Of a wish, what cannot be held there any
// more is left out. Errors: [ErrNotDecider], [ErrNoManager], [ErrReplaced], [ErrOwnRequest], [ErrNoRequest], [ErrDecided],
// [ErrSuspendedThere]; for a wish [ErrProfile], [ErrSole] and [ErrFrozen] too.
type Approve struct {
	By      account.Actor
	Account account.ID
	Service structure.Code
	Wish    bool  // the wish for profiles
	Order   int64 // of the request that the decider saw; 0 = whichever is open
}

// Refuse is a decider's no to a request, or to a wish for profiles (rules D5 and E5). Errors: [ErrNotDecider], [ErrNoManager],
// [ErrOwnRequest], [ErrNoRequest], [ErrDecided], [ErrComment].
type Refuse struct {
	By      account.Actor
	Account account.ID
	Service structure.Code
	Wish    bool   // the wish for profiles
	Order   int64  // of the request that the decider saw; 0 = whichever is open
	Reason  string // optional, at most 1000 characters
}

// Depart ends everything that an account has or wants in the structure: open requests are withdrawn, attachments end.
// A main manager hands over first, or, if nobody else is attached, may leave the structure vacant (rules B12 and D6).
// Only the account itself may, if it is active; and support, as a part of closing the account. While the structure is frozen
// nobody leaves it vacant but by closing. Errors: [ErrNotYours], [ErrAccountInactive], [ErrNotAttached], [ErrMainManager],
// [ErrNotAlone], [ErrFrozen].
type Depart struct {
	By      account.Actor
	Account account.ID
	Vacant  bool // a main manager who is alone leaves the structure vacant
	Asked   bool // by itself, and not as a part of deactivating or closing the account
}

// Activate is a registration's author who opened their link and chose a password: a claim becomes the main manager,
// an approved request an attachment (rules B8 and D1). Where the activation does not wait for the structure's answer, a
// request that is still open stays so, and one that has ended changes nothing (rule B6). Errors: [ErrNotRegistrant], [ErrNotApproved], [ErrNoRequest].
type Activate struct {
	By account.Actor
}

// Mailed says that the mail with the claim's link was leased for sending, which starts the claim's term (rule D1). It
// has no effect on what is no claim, or on a term that has started, as it also has when a proof is awaited.
type Mailed struct {
	By      account.Actor // the system
	Account account.ID
}

// Settle does nothing but what is due for the structure's claim and one account (rules B11 and D1).
type Settle struct {
	By      account.Actor // the system
	Account account.ID    // "" = the claim only
}

func (Register) command() {}
func (Create) command()   {}
func (Adopt) command()    {}
func (Request) command()  {}
func (Withdraw) command() {}
func (Approve) command()  {}
func (Refuse) command()   {}
func (Depart) command()   {}
func (Activate) command() {}
func (Mailed) command()   {}
func (Settle) command()   {}

// Actor returns who gives the command.
func (c Register) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Create) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Adopt) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Depart) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Request) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Withdraw) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Approve) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Refuse) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Activate) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Mailed) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Settle) Actor() account.Actor { return c.By }

// Accounts returns the registration and the earlier one.
func (c Register) Accounts() []account.ID { return ids(c.By, c.Earlier) }

// Accounts returns the account.
func (c Create) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns the account and the registration.
func (c Adopt) Accounts() []account.ID { return ids(c.By, c.From) }

// Accounts returns who goes.
func (c Depart) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the account.
func (c Request) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns the account.
func (c Withdraw) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns the decider and the requester.
func (c Approve) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the decider and the requester.
func (c Refuse) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the registration.
func (c Activate) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns the claimant.
func (c Mailed) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the account, if there is one.
func (c Settle) Accounts() []account.ID { return ids(c.By, c.Account) }

func ids(by account.Actor, other account.ID) []account.ID {
	var out []account.ID

	if by.Kind == account.ActorAccount {
		out = append(out, by.ID)
	}

	if other != "" && other != by.ID {
		out = append(out, other)
	}

	return out
}

func (c Register) String() string { return fmt.Sprintf("register by %s", c.By) }
func (c Create) String() string   { return fmt.Sprintf("create by %s", c.By) }
func (c Adopt) String() string    { return fmt.Sprintf("adopt %s by %s", c.From, c.By) }
func (c Depart) String() string   { return fmt.Sprintf("depart %s by %s", c.Account, c.By) }
func (c Withdraw) String() string {
	return fmt.Sprintf("withdraw%s%s by %s", wish(c.Wish), at(c.Service), c.By)
}

func (c Request) String() string {
	var words strings.Builder
	for _, code := range append([]structure.Code{c.Service}, c.More...) {
		words.WriteString(at(code))
	}

	return fmt.Sprintf("request%s by %s", words.String(), c.By)
}

func (c Approve) String() string {
	return fmt.Sprintf("approve%s %s%s by %s", wish(c.Wish), c.Account, at(c.Service), c.By)
}

func (c Refuse) String() string {
	return fmt.Sprintf("refuse%s %s%s by %s", wish(c.Wish), c.Account, at(c.Service), c.By)
}

func wish(is bool) string {
	if is {
		return " the wish of"
	}

	return ""
}
func (c Activate) String() string { return fmt.Sprintf("activate by %s", c.By) }
func (c Mailed) String() string   { return fmt.Sprintf("mailed %s by %s", c.Account, c.By) }
func (c Settle) String() string   { return fmt.Sprintf("settle %s by %s", c.Account, c.By) }

func at(service structure.Code) string {
	if service == "" {
		return ""
	}

	return " at service " + string(service)
}
