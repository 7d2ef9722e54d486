package attachment

import (
	"errors"

	"github.com/guichet-pro/guichet/account"
)

func (d *decision) approve(c Approve) error {
	key := Key{Account: c.Account, Service: c.Service}

	if c.Wish {
		return d.approveWish(c, key)
	}

	row, err := d.decidable(c.By, key, c.Order, EventApprove)
	if err != nil {
		return err
	}

	if d.facts.gone(row.Account, d.at) {
		return d.refusal(key, ErrNoRequest)
	}

	if d.facts.waiting(row.Account, d.at) {
		d.emit(RequestApproved{Key: key, By: c.By, At: d.at, Due: d.at.Add(d.facts.Policy.ActivationLife)})

		return nil
	}

	if err := d.unsuspended(key); err != nil {
		return err
	}

	d.attach(key, UserAttached{By: c.By, Approved: true})

	return nil
}

func (d *decision) refuse(c Refuse) error {
	key := Key{Account: c.Account, Service: c.Service}

	if c.Wish {
		return d.refuseWish(c, key)
	}

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

	if by.Kind == account.ActorSupport {
		if !standing.Known() && e == EventApprove || standing == InClaim && row.State == Requested {
			return ErrNoManager
		}

		// A claim is support's to refuse, and so is a request that is left over in an unclaimed structure.
		if !standing.Known() {
			return nil
		}
	}

	act := ActApprove
	if e == EventRefuse {
		act = ActRefuse
	}

	return d.roster.MayManage(d.facts, by, act, d.at)
}

// errNotDecider is the sentinel that a decider's refusal is told under.
func errNotDecider(cause error) error {
	for _, known := range []error{ErrNoManager, ErrReplaced} { // not the decider's affair
		if errors.Is(cause, known) {
			return known
		}
	}

	return ErrNotDecider
}
