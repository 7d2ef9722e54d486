package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Creation is a further structure that a signed-in user names (rule C5).
type Creation struct {
	By        account.ID
	Identity  identifier.ID
	Structure structure.Form
	Comment   string // for whoever decides, if somebody else is registering the structure at the moment; else without meaning
}

// Joined is what naming a structure made of an account.
type Joined struct {
	Structure structure.ID
	Manager   bool  // it is the structure's main manager; otherwise its request waits for one
	Version   int64 // of the structure's roster, after it
}

// CreateStructure creates a structure for a signed-in user, who is its main manager at once (rule C5). While somebody else is
// registering it, the user's request queues behind theirs, which needs a comment (rule D1); so it does behind an individual who
// is present, which is not told (rule C11). A directory is asked as at registration (rule C3), and a [ClaimVerifier] about who is to
// be main manager, or queues to be.
//
// Errors: a [*multierror.Error] of [FieldFault] values; [*attachment.Error] around [attachment.ErrPresent] for a structure that
// is present, to which one asks to be attached, [attachment.ErrAccountInactive], [attachment.ErrComment],
// [attachment.ErrOpen]; [*account.AccountError] around [account.ErrCreated] for more than the policy's number on one day; [*Error]
// around [ErrProof]; [ErrWithin], see [ClaimVerifier].
func (p *Portal) CreateStructure(ctx context.Context, c Creation) (Joined, error) {
	join := &joining{p: p, account: c.By, identity: c.Identity, form: c.Structure, comment: c.Comment, counted: true}
	if err := join.prepare(ctx); err != nil {
		return Joined{}, err
	}

	return proving(func() (question, error) { return join.prove(ctx) }, func(proved question) (Joined, error) {
		join.proved = proved

		return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, Joined, error) {
			acc, err := accountOf(ctx, r, c.By)
			if err != nil {
				return storage.Batch{}, Joined{}, err
			}

			e, joined, err := join.decide(ctx, r, acc)
			if err != nil {
				return storage.Batch{}, Joined{}, err
			}

			return e.finish(), joined, nil
		})
	})
}

// joining is an account that names a structure. The structure's id is made before the first try, in case it is new.
type joining struct {
	p        *Portal
	account  account.ID
	identity identifier.ID
	form     structure.Form
	comment  string
	enrolled bool // the account is created with it, so that the request needs no comment, and a known structure takes one
	counted  bool // against the daily limit

	id      structure.ID
	listing structure.Listing // what the directory said
	wrong   error             // what is wrong with the form, unless the structure is present, which needs none
	proved  question          // what a verifier said yes to; whoever enrols is vouched for
}

// prepare does what is done before the transaction.
func (j *joining) prepare(ctx context.Context) (err error) {
	j.id = structure.ID(j.p.newID())

	if j.identity.IsZero() {
		return together(fault(structure.ErrRequired))
	}

	var present bool
	if j.listing, present, err = j.p.inquire(ctx, j.identity); err == nil && !present {
		_, j.wrong = j.describe()
	}

	return err
}

// describe checks the form, filled in with what the directory knows.
func (j *joining) describe() (structure.Details, error) {
	typed, wrong := j.p.describe(j.form.Fill(j.listing), j.identity.Kind())

	return typed, together(refused(j.listing), wrong)
}

// prove asks the verifier about what the account is to become.
func (j *joining) prove(ctx context.Context) (question, error) {
	if j.p.verifier == nil {
		return question{}, nil
	}

	acc, err := accountOf(ctx, j.p.store, j.account)
	if err != nil {
		return question{}, err
	}

	slice, _, command, err := j.propose(ctx, j.p.store, acc, j.p.at())
	if err != nil {
		return question{}, err
	}

	return j.p.prove(ctx, slice, command, j.individual())
}

// individual tells whether nobody may find out if the structure is present (rule C11).
func (j *joining) individual() bool { return j.identity.Kind() == identifier.Individual }

// propose reads the structure, and returns its standing, once what is due is applied, and the command that fits it.
func (j *joining) propose(
	ctx context.Context, r storage.Reader, acc account.Account, at time.Time,
) (storage.Slice, attachment.Standing, attachment.Command, error) {
	p := j.p
	fail := func(err error) (storage.Slice, attachment.Standing, attachment.Command, error) {
		return storage.Slice{}, attachment.Unclaimed, nil, err
	}

	slice, present, err := p.named(ctx, r, j.identity, storage.RosterQuery{Accounts: []account.ID{j.account}, At: at})
	if err != nil {
		return fail(err)
	}

	if !present {
		slice = p.known(storage.Slice{
			Roster: attachment.Roster{Structure: j.id},
			Facts:  attachment.Facts{Structure: structure.New(j.id, j.identity, at).Heard(j.listing, at)},
		})
	}

	// What was read in two steps may have moved in between: then all is read again.
	if now, stored := slice.Facts.Accounts[acc.ID]; stored && now.Version != acc.Version {
		return fail(storage.ErrConflict)
	}

	slice.Facts.Accounts[acc.ID] = acc

	standing, err := standingAt(slice, at)
	if err != nil {
		return fail(err)
	}

	// Whether an individual is present is not to be found out: the form is needed either way, and so is the comment.
	known, individual := standing.Known(), j.individual()

	var details *structure.Details

	if !known || individual {
		typed, wrong := j.describe()
		if wrong != nil {
			return fail(wrong)
		}

		details = &typed
	}

	// What a structure was marked with when somebody named it and did not follow it up is not the last word.
	if present && !known && j.listing.Found != structure.NotCovered {
		slice.Facts.Structure = slice.Facts.Structure.Heard(j.listing, at)
	}

	var command attachment.Command = attachment.Create{By: account.By(acc.ID), Details: details}
	if standing == attachment.InClaim || known && (j.enrolled || individual) {
		command = attachment.Request{By: account.By(acc.ID), Comment: j.comment, Details: details, New: j.enrolled}
	}

	return slice, standing, command, nil
}

// decide makes the account the main manager of a structure that nobody has named; else its request waits.
func (j *joining) decide(ctx context.Context, r storage.Reader, acc account.Account) (*effects, Joined, error) {
	p, at := j.p, j.p.at()

	slice, standing, command, err := j.propose(ctx, r, acc, at)
	if err != nil {
		return nil, Joined{}, err
	}

	changes, err := p.decide(ctx, r, slice, command, at)
	if err == nil && !j.enrolled {
		err = p.asked(slice, changes, j.individual(), j.proved)
	}

	if err != nil {
		return nil, Joined{}, err
	}

	e := p.effects(r, slice, account.By(acc.ID), at)
	if err := e.apply(ctx, changes); err != nil {
		return nil, Joined{}, err
	}

	manager := e.roster.Standing == attachment.Managed && e.roster.Holder == acc.ID

	if j.counted && (manager || standing == attachment.InClaim) {
		counted, err := acc.Claim(p.policy, at)
		if err != nil {
			return nil, Joined{}, err
		}

		e.facts.Accounts[acc.ID] = counted
	}

	return e, Joined{Structure: slice.Roster.Structure, Manager: manager, Version: e.version()}, nil
}

// standingAt returns the standing that a structure has once what is due is applied, as every decision does first.
func standingAt(s storage.Slice, at time.Time) (attachment.Standing, error) {
	roster, err := settledRoster(s, "", at)

	return roster.Standing, err
}

// settledRoster returns the roster once what is due is applied, for its claim and for one account.
func settledRoster(s storage.Slice, id account.ID, at time.Time) (attachment.Roster, error) {
	changes, err := attachment.Decide(s.Roster, s.Facts, attachment.Settle{By: account.System(), Account: id}, at)

	roster := s.Roster
	for _, c := range changes {
		roster = roster.Apply(c)
	}

	return roster, err
}
