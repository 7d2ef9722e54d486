package attachment

import (
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// Attach is a decider who attaches somebody without a request (rule D7): an account at once, with the default profiles; a
// registration that was made by an invitation once it is activated. A request that waits is thereby approved. Login is what
// the decider typed, where they named a login and not an account: until its owner next signs in, that is all that is shown of
// them. Errors: [ErrNotDecider], [ErrNoManager], [ErrReplaced], [ErrAccountUnknown], [ErrAttached], [ErrOpen],
// [ErrServiceUnknown], [ErrServiceInactive], [ErrSuspendedThere].
type Attach struct {
	By      account.Actor
	Account account.ID
	Service structure.Code
	Login   string
}

// Detach is a decider who ends somebody's attachment, or takes an approval back that is not activated yet. The rights end at
// once and for good (rule D8). It stays possible in an inactive structure (rule C8). Errors: [ErrNotDecider], [ErrNoManager],
// [ErrReplaced], [ErrNotAttached], [ErrMainManager], [ErrFrozen].
type Detach struct {
	By      account.Actor
	Account account.ID
	Service structure.Code
}

// Leave is a user who ends one of their own attachments (rule D7). Whoever leaves the whole structure, or leaves it vacant,
// departs: see [Depart]. Errors: [ErrAccountInactive], [ErrNotAttached], [ErrMainManager].
type Leave struct {
	By      account.Actor
	Service structure.Code
}

// Suspend is a decider who takes the rights of one attachment away until it is resumed (rule D8). Errors: [ErrNotDecider],
// [ErrNoManager], [ErrReplaced], [ErrNotAttached], [ErrSuspendedThere], [ErrMainManager].
type Suspend struct {
	By      account.Actor
	Account account.ID
	Service structure.Code
}

// Resume is a decider who ends a suspension. Errors: [ErrNotDecider], [ErrNoManager], [ErrReplaced], [ErrNotAttached],
// [ErrNotSuspended].
type Resume struct {
	By      account.Actor
	Account account.ID
	Service structure.Code
}

// Arrive says that somebody signed in: whom a decider had invited is shown like any other user from now on (rule D7). It has
// no effect on who was not invited. Errors: [ErrAccountInactive].
type Arrive struct {
	By account.Actor
}

// Remind says that a request, or a wish for profiles, has waited as long as the policy allows: deciders are reminded of it, or
// support is told (rule D10). It has no effect before its time.
type Remind struct {
	By      account.Actor // the system
	Account account.ID
	Service structure.Code
}

func (Attach) command()  {}
func (Detach) command()  {}
func (Leave) command()   {}
func (Suspend) command() {}
func (Resume) command()  {}
func (Arrive) command()  {}
func (Remind) command()  {}

// Actor returns who gives the command.
func (c Attach) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Detach) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Leave) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Suspend) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Resume) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Arrive) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c Remind) Actor() account.Actor { return c.By }

// Accounts returns the decider and whom they attach.
func (c Attach) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the decider and whom they detach.
func (c Detach) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns who leaves.
func (c Leave) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns the decider and whom they suspend.
func (c Suspend) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the decider and whose attachment is resumed.
func (c Resume) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns who arrives.
func (c Arrive) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns who waits.
func (c Remind) Accounts() []account.ID { return ids(c.By, c.Account) }

func (c Attach) String() string {
	return fmt.Sprintf("attach %s%s by %s", c.Account, at(c.Service), c.By)
}

func (c Detach) String() string {
	return fmt.Sprintf("detach %s%s by %s", c.Account, at(c.Service), c.By)
}

func (c Leave) String() string { return fmt.Sprintf("leave%s by %s", at(c.Service), c.By) }

func (c Suspend) String() string {
	return fmt.Sprintf("suspend %s%s by %s", c.Account, at(c.Service), c.By)
}

func (c Resume) String() string {
	return fmt.Sprintf("resume %s%s by %s", c.Account, at(c.Service), c.By)
}

func (c Arrive) String() string { return fmt.Sprintf("arrive by %s", c.By) }

func (c Remind) String() string {
	return fmt.Sprintf("remind of %s%s by %s", c.Account, at(c.Service), c.By)
}
