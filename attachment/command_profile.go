package attachment

import (
	"fmt"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// GrantProfiles is a decider who gives profiles to a user (rule E4). What the user holds already is left as it is. Errors:
// [ErrNotDecider], [ErrNoManager], [ErrReplaced], [ErrNotAttached], [ErrMainManager], [ErrProfile], [ErrSole], [ErrFrozen].
type GrantProfiles struct {
	By       account.Actor
	Account  account.ID
	Service  structure.Code
	Profiles []habilitation.Profile
}

// RevokeProfiles is a decider who takes profiles from a user (rule E4), but none from the main manager. What the user does not hold
// is left out. Errors: [ErrNotDecider], [ErrNoManager], [ErrReplaced], [ErrNotAttached], [ErrMainManager], [ErrProfile].
type RevokeProfiles struct {
	By       account.Actor
	Account  account.ID
	Service  structure.Code
	Profiles []habilitation.Profile
}

// CopyProfiles is a decider who gives one user the very profiles of another, as far as they can be held where the one is
// attached (rule E4): what the other does not hold is taken away. Organisation/modification is copied like any other. Errors:
// [ErrNotDecider], [ErrNoManager], [ErrReplaced], [ErrNotAttached] of either user, [ErrMainManager], [ErrFrozen].
type CopyProfiles struct {
	By       account.Actor
	From, To Key
}

// RequestProfiles is a user who wishes for more profiles, which deciders approve or refuse like a request to be attached
// (rule E5). Errors: [ErrAccountInactive], [ErrNotAttached], [ErrSuspendedThere], [ErrReplaced], [ErrMainManager],
// [ErrComment], [ErrOpen], [ErrProfile], [ErrSole].
type RequestProfiles struct {
	By       account.Actor
	Service  structure.Code
	Profiles []habilitation.Profile // at least one that the user does not hold
	Comment  string                 // 1 to 1000 characters once trimmed
}

// DropProfiles is a user who gives profiles of their own up (rule E5). Errors: [ErrAccountInactive], [ErrNotAttached],
// [ErrMainManager], [ErrProfile].
type DropProfiles struct {
	By       account.Actor
	Service  structure.Code
	Profiles []habilitation.Profile
}

func (GrantProfiles) command()   {}
func (RevokeProfiles) command()  {}
func (CopyProfiles) command()    {}
func (RequestProfiles) command() {}
func (DropProfiles) command()    {}

// Actor returns who gives the command.
func (c GrantProfiles) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c RevokeProfiles) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c CopyProfiles) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c RequestProfiles) Actor() account.Actor { return c.By }

// Actor returns who gives the command.
func (c DropProfiles) Actor() account.Actor { return c.By }

// Accounts returns the decider and the user.
func (c GrantProfiles) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the decider and the user.
func (c RevokeProfiles) Accounts() []account.ID { return ids(c.By, c.Account) }

// Accounts returns the decider and both users.
func (c CopyProfiles) Accounts() []account.ID {
	out := ids(c.By, c.From.Account)
	if c.To.Account != c.From.Account && c.To.Account != c.By.ID {
		out = append(out, c.To.Account)
	}

	return out
}

// Accounts returns the user.
func (c RequestProfiles) Accounts() []account.ID { return ids(c.By, "") }

// Accounts returns the user.
func (c DropProfiles) Accounts() []account.ID { return ids(c.By, "") }

func (c GrantProfiles) String() string {
	return fmt.Sprintf("grant %s%s %s by %s", c.Account, at(c.Service), list(c.Profiles), c.By)
}

func (c RevokeProfiles) String() string {
	return fmt.Sprintf("revoke %s from %s%s by %s", list(c.Profiles), c.Account, at(c.Service), c.By)
}

func (c CopyProfiles) String() string {
	return fmt.Sprintf("copy profiles of %s%s to %s%s by %s",
		c.From.Account, at(c.From.Service), c.To.Account, at(c.To.Service), c.By)
}

func (c RequestProfiles) String() string {
	return fmt.Sprintf("request %s%s by %s", list(c.Profiles), at(c.Service), c.By)
}

func (c DropProfiles) String() string {
	return fmt.Sprintf("drop %s%s by %s", list(c.Profiles), at(c.Service), c.By)
}

// list is profiles in words.
func list(profiles []habilitation.Profile) string {
	words := make([]string, len(profiles))
	for i, p := range profiles {
		words[i] = p.String()
	}

	return strings.Join(words, ",")
}
