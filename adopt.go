package guichet

import (
	"context"
	"errors"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// Adopt takes a registration with the login of an account over into that account, through the link that was mailed to its
// owner, once the application has signed them in (rule B14): its claim makes the account main manager, its approved request
// an attachment, its open request goes on as the account's, at its place in the queue. If the account has one there
// already, the registration is withdrawn. Nothing that was typed changes the account, and it is erased.
//
// A link to activate the registration does as well, for whoever was sent one before the account was there. Of a claim, and of a
// request behind one, a [ClaimVerifier] is asked first.
//
// Errors: [*account.LinkError]; [*attachment.Error] around [attachment.ErrNotRegistrant] for an account with another login,
// [attachment.ErrAccountInactive], [attachment.ErrSuspendedThere]; [*account.AccountError] around [account.ErrCreated] for a
// claim beyond the policy's number on one day; [*Error] around [ErrProof]; [ErrWithin], see [ClaimVerifier].
func (p *Portal) Adopt(ctx context.Context, token account.Token, id account.ID) (Outcome, error) {
	return proving(func() (question, error) {
		if p.verifier == nil {
			return question{}, nil
		}

		opened, slice, err := p.adoptable(ctx, p.store, token, id)
		if err != nil {
			return question{}, err
		}

		return p.prove(ctx, slice, attachment.Adopt{By: account.By(id), From: opened.registration.ID}, false)
	}, func(proved question) (Outcome, error) {
		return p.adoptProved(ctx, token, id, proved)
	})
}

// adoptable opens a link to adopt a registration by, and reads the roster that both belong to.
func (p *Portal) adoptable(
	ctx context.Context, r storage.Reader, token account.Token, id account.ID,
) (opened, storage.Slice, error) {
	opened, err := p.open(ctx, r, token, p.at(), account.PurposeAdoption, account.PurposeActivation)
	if err != nil {
		return opened, storage.Slice{}, err
	}

	slice, err := p.beside(ctx, r, opened, id)

	return opened, slice, err
}

// adoptProved adopts a registration, about which a verifier said yes to a question if it has a say.
func (p *Portal) adoptProved(
	ctx context.Context, token account.Token, id account.ID, proved question,
) (Outcome, error) {
	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, Outcome, error) {
		at := p.at()

		opened, slice, err := p.adoptable(ctx, r, token, id)
		if err != nil {
			return storage.Batch{}, Outcome{}, err
		}

		command := attachment.Adopt{By: account.By(id), From: opened.registration.ID}

		changes, err := p.decide(ctx, r, slice, command, at)
		if err != nil {
			if opened.registration.Login.Same(slice.Facts.Accounts[id].Login) && errors.Is(err, attachment.ErrNotRegistrant) {
				err = attachment.ErrNoRequest // it was one when the link was looked at
			}

			return storage.Batch{}, Outcome{}, late(err, opened)
		}

		if err := p.asked(slice, changes, false, proved); err != nil {
			return storage.Batch{}, Outcome{}, err
		}

		e := p.effects(r, slice, command.By, at)
		if err := e.apply(ctx, changes); err != nil {
			return storage.Batch{}, Outcome{}, err
		}

		// A structure that comes with it counts like one that the account creates (rule C5).
		if e.roster.Holder == id && e.before.Holder != id {
			if e.facts.Accounts[id], err = e.facts.Accounts[id].Claim(p.policy, at); err != nil {
				return storage.Batch{}, Outcome{}, err
			}
		}

		outcome, err := e.withdrawn(opened, changes)

		return e.finish(), outcome, err
	})
}

// beside reads the roster of a registration's structure with the rows of an account besides.
func (p *Portal) beside(ctx context.Context, r storage.Reader, o opened, id account.ID) (storage.Slice, error) {
	slice := o.slice

	if o.registration.Structure != "" {
		again, err := r.Roster(ctx, storage.RosterQuery{
			Structure: o.registration.Structure, Accounts: []account.ID{o.registration.ID, id}, At: p.at(),
		})
		if err != nil {
			return storage.Slice{}, err
		}

		if again.Roster.Version != slice.Roster.Version { // it moved between two reads
			return storage.Slice{}, storage.ErrConflict
		}

		slice = p.known(again)
	}

	if _, read := slice.Facts.Accounts[id]; read {
		return slice, nil
	}

	acc, err := r.Account(ctx, id)
	if present, err := found(err); !present || err != nil {
		return slice, err // nobody of that id is active
	}

	slice.Facts.Accounts[id] = acc

	return slice, nil
}

// late tells that the time of what a link opens was over, which nobody has applied yet, as the end of the link.
func late(err error, o opened) error {
	if errors.Is(err, attachment.ErrNoRequest) {
		return &account.LinkError{Err: account.ErrLinkExpired, At: o.link.Expires()}
	}

	return err
}

// withdrawn ends an opened registration, and with it its link and what was typed in it.
func (e *effects) withdrawn(o opened, changes []attachment.Change) (Outcome, error) {
	reg := e.registration(o.registration.ID)

	if reg.Open() { // a separate one does not follow its request
		ended, err := reg.Handle(account.Withdraw, e.at)
		if err != nil {
			return Outcome{}, err
		}

		e.note("registration withdrawn", reg.ID, reg.State.String(), ended.State.String())
		reg = ended
	}

	e.registrations[reg.ID] = reg.Erase()

	o.link.UsedAt = e.at
	e.batch.Links = append(e.batch.Links, o.link)

	// Whoever takes it over must still be who they were.
	if acc, ok := e.facts.Accounts[e.by.ID]; ok && len(e.keys) == 0 {
		e.batch.Guards = append(e.batch.Guards, storage.AccountAt{ID: acc.ID, Version: acc.Version})
	}

	return e.outcome(changes), nil
}

// Decline ends a registration through the link that was mailed for it, by its author, or by whoever got the link because
// somebody else typed their address (rules B11 and D1): a claim makes place for the next in the queue. What was typed is
// erased. It takes the links of activations and adoptions.
//
// Errors: [*account.LinkError].
func (p *Portal) Decline(ctx context.Context, token account.Token) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, Outcome, error) {
		at := p.at()

		opened, err := p.open(ctx, r, token, at, account.PurposeAdoption, account.PurposeActivation)
		if err != nil {
			return storage.Batch{}, Outcome{}, err
		}

		by := account.By(opened.registration.ID)

		changes, err := p.decide(ctx, r, opened.slice, attachment.Withdraw{By: by, Service: opened.row.Service}, at)
		if ended := errors.Is(err, attachment.ErrNoRequest) && opened.registration.Separate; err != nil && !ended {
			return storage.Batch{}, Outcome{}, late(err, opened)
		} else if ended { // its request is over, which somebody has yet to apply
			settle := attachment.Settle{By: account.System(), Account: by.ID}
			if changes, err = p.decide(ctx, r, opened.slice, settle, at); err != nil {
				return storage.Batch{}, Outcome{}, err
			}
		}

		e := p.effects(r, opened.slice, by, at)
		if err := e.apply(ctx, changes); err != nil {
			return storage.Batch{}, Outcome{}, err
		}

		outcome, err := e.withdrawn(opened, changes)

		return e.finish(), outcome, err
	})

	return err
}
