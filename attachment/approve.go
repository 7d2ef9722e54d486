package attachment

import (
	"errors"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

func (d *decision) approve(c Approve) error {
	key := Key{Account: c.Account, Service: c.Service}

	row, err := d.decidable(c.By, key, c.Order, EventApprove)
	if err != nil {
		return err
	}

	if d.facts.waiting(row.Account) {
		d.emit(RequestApproved{Key: key, By: c.By, At: d.at, Due: d.at.Add(d.facts.Policy.ActivationLife)})

		return nil
	}

	if err := d.unsuspended(key); err != nil {
		return err
	}

	d.attach(key, c.By, true)

	return nil
}

func (d *decision) refuse(c Refuse) error {
	key := Key{Account: c.Account, Service: c.Service}

	if _, err := d.decidable(c.By, key, c.Order, EventRefuse); err != nil {
		return err
	}

	reason, fine := Comment(c.Reason)
	if !fine {
		return d.refusal(key, ErrComment)
	}

	claim := d.holdsClaim(c.Account)

	d.emit(RequestRefused{Key: key, By: c.By, At: d.at, Reason: reason})

	if claim {
		d.succeed(c.Account)
	}

	return nil
}

// decidable checks, in this order, that the actor may decide here (rule D5), that the request is not their own, and
// that there is one that has not been decided: only deciders learn what became of a request.
func (d *decision) decidable(by account.Actor, key Key, order int64, e Event) (Attachment, error) {
	row, _ := d.roster.Row(key)

	if err := d.decider(by, row, e); err != nil {
		return Attachment{}, &Error{Key: key, Err: errNotDecider(err), Cause: err}
	}

	if by.Is(key.Account) {
		return Attachment{}, d.refusal(key, ErrOwnRequest)
	}

	// The request that the decider saw is gone, and the same person has asked again since.
	if order != 0 && row.State == Requested && row.Order != order {
		if row.Decision.At.IsZero() {
			return Attachment{}, d.refusal(key, ErrNoRequest)
		}

		return Attachment{}, &Error{Key: key, Err: ErrDecided, By: row.Decision.By, At: row.Decision.At}
	}

	return row, d.possible(key, e)
}

// decider tells whether the actor may decide on a request: whoever holds Organisation/modification here, and support
// while nobody can (rules D5 and D6). While there is only a claim nobody decides on what queues, and support may refuse
// the claim (rule D1). In an inactive structure refusing stays possible (rule C8); approvals wait (rule D4).
func (d *decision) decider(by account.Actor, row Attachment, e Event) error {
	standing := d.roster.Standing
	scope := habilitation.Scope{Structure: d.roster.Structure}

	switch by.Kind {
	case account.ActorSupport:
		manager := d.facts.Accounts[d.roster.Holder].State
		if standing == Managed && manager == account.Active {
			return ErrNotDecider
		}

		if !standing.Known() && e == EventApprove || standing == InClaim && row.State == Requested {
			return ErrNoManager
		}

		if e == EventApprove && d.facts.Structure.Status != structure.Active {
			return &habilitation.Denied{Scope: scope, Profile: habilitation.Manage, Err: habilitation.ErrStructureInactive}
		}

		return nil
	case account.ActorAccount:
		if !standing.Known() {
			return ErrNoManager
		}

		facts := d.facts
		if e == EventRefuse {
			facts.Structure.Status = structure.Active
		}

		return d.roster.Rights(facts, by.ID, d.at).Check(d.at, scope, habilitation.Manage)
	case account.ActorSystem:
		return ErrNotDecider
	default:
		return ErrNotDecider
	}
}

// errNotDecider is the sentinel that a decider's refusal is told under.
func errNotDecider(cause error) error {
	if errors.Is(cause, ErrNoManager) {
		return ErrNoManager
	}

	return ErrNotDecider
}
