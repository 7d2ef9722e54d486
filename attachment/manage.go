package attachment

import (
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// Act is what is done in the name of a structure (rules C7 and D5).
type Act uint8

// The acts. The zero Act is invalid.
const (
	ActApprove  Act = iota + 1 // of requests
	ActRefuse                  // of requests
	ActDescribe                // change the structure's data
	ActChange                  // change its services, applications, status, identifier
	ActActivate                // make it active again
	ActAttach                  // attach and invite users (rule D7)
	ActDetach                  // detach them
	ActSuspend                 // suspend them, and resume them
	ActGrant                   // give them profiles, and take them away (rule E4)
	ActHandOver                // make somebody else main manager (rule D6)
)

// Acts lists the acts in order.
func Acts() []Act {
	return []Act{
		ActApprove, ActRefuse, ActDescribe, ActChange, ActActivate, ActAttach, ActDetach, ActSuspend, ActGrant, ActHandOver,
	}
}

// String returns the stable name of the act.
func (a Act) String() string {
	names := [...]string{
		"invalid", "approve", "refuse", "describe", "change", "activate", "attach", "detach", "suspend",
		"grant", "hand over",
	}
	if int(a) >= len(names) {
		return names[0]
	}

	return names[a]
}

// stays tells whether the act stays possible in an inactive structure (rule C8).
func (a Act) stays() bool {
	return a == ActRefuse || a == ActActivate || a == ActDetach || a == ActHandOver
}

// MayManage tells whether an actor may do something in the name of the structure: whoever holds Organisation/modification
// at structure level, and support while nobody can (rules C7 and D5): neither the main manager nor Facts.Decider is active. Support may describe a structure at any time, ours:
// a sector, and that a structure is diffusible after all, nobody else can set. In an inactive structure only refusing,
// activating, detaching and handing over stay possible (rule C8).
//
// The roster must hold the actor's rows. Errors: [ErrReplaced] once another identifier has taken the place of the
// structure's (rule C9), [ErrNoManager] while nobody has activated, [ErrNotDecider], or the [*habilitation.Denied] that says
// which condition failed.
func (r Roster) MayManage(f Facts, by account.Actor, act Act, at time.Time) error {
	scope := habilitation.Scope{Structure: r.Structure}

	if f.Structure.Successor != "" && act != ActRefuse {
		return ErrReplaced
	}

	switch by.Kind {
	case account.ActorSupport:
		able := r.Standing == Managed && f.Accounts[r.Holder].State == account.Active || f.Decider != ""

		switch {
		case !r.Standing.Known():
			return ErrNoManager
		case act == ActDescribe:
			return nil
		case able:
			return ErrNotDecider
		case !act.stays() && f.Structure.Status != structure.Active:
			return &habilitation.Denied{Scope: scope, Profile: habilitation.Manage, Err: habilitation.ErrStructureInactive}
		default:
			return nil
		}
	case account.ActorAccount:
		if !r.Standing.Known() {
			return ErrNoManager
		}

		if act.stays() {
			f.Structure.Status = structure.Active
		}

		return r.Rights(f, by.ID, at).Check(at, scope, habilitation.Manage)
	case account.ActorSystem:
		return ErrNotDecider
	default:
		return ErrNotDecider
	}
}

// Manages is [Roster.MayManage] with its answer as a command's refusal is: an [*Error] that bears the cause.
func (r Roster) Manages(f Facts, by account.Actor, act Act, at time.Time) error {
	if err := r.MayManage(f, by, act, at); err != nil {
		return &Error{Key: Key{Account: by.ID}, Err: errNotDecider(err), Cause: err}
	}

	return nil
}
