package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/go-multierror"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Invitation is what a link is for, to show on the page that it opens.
type Invitation struct {
	Purpose   account.Purpose
	Person    account.Person
	Login     account.Login
	Structure structure.Summary
	Manager   bool      // activating makes the person the structure's main manager
	Expires   time.Time // the end of the link's life
}

// Inspect tells what a link is for. It consumes nothing: mail scanners open links (rule B7).
//
// Errors: [*account.LinkError] for a link that is unknown, used, replaced or expired; [*Error] around [ErrLoginBound]
// when the login got an account by another registration meanwhile.
func (p *Portal) Inspect(ctx context.Context, token account.Token) (Invitation, error) {
	opened, err := p.open(ctx, p.store, token, p.at())
	if err != nil {
		return Invitation{}, err
	}

	row, _ := opened.slice.Roster.Row(attachment.Key{Account: opened.registration.ID})
	stored := opened.slice.Facts.Structure

	return Invitation{
		Purpose: opened.link.Purpose, Person: opened.registration.Person, Login: opened.registration.Login,
		Structure: summary(opened.slice, stored.Identity, row.Details),
		Manager:   row.State == attachment.Claimed,
		Expires:   opened.link.Expires(),
	}, nil
}

// opened is a link that may be used, with what it opens.
type opened struct {
	link         account.Link
	registration account.Registration
	slice        storage.Slice
}

// open checks a token and reads what it is for.
func (p *Portal) open(ctx context.Context, r storage.Reader, token account.Token, at time.Time) (opened, error) {
	link, err := r.Link(ctx, token.Selector())
	if errors.Is(err, storage.ErrNotFound) {
		return opened{}, &account.LinkError{Err: account.ErrLinkUnknown}
	} else if err != nil {
		return opened{}, err
	}

	if link.Purpose != account.PurposeActivation {
		return opened{}, &account.LinkError{Err: account.ErrLinkUnknown}
	}

	reg, err := r.Registration(ctx, link.Account)

	switch present, err := found(err); {
	case err != nil:
		return opened{}, err
	case !present && !link.UsedAt.IsZero(): // kept for as long as it had to be, and deleted since
		return opened{}, &account.LinkError{Err: account.ErrLinkUsed, At: link.UsedAt}
	case !present:
		return opened{}, &account.LinkError{Err: account.ErrLinkExpired, At: link.Expires()}
	}

	slice, err := r.Roster(ctx, storage.RosterQuery{Structure: reg.Structure, Accounts: []account.ID{reg.ID}, At: at})
	if err != nil {
		return opened{}, err
	}

	links, err := r.Links(ctx, link.Account, link.Purpose)
	if err != nil {
		return opened{}, err
	}

	if err := link.Check(token, links, at); err != nil {
		return opened{}, err
	}

	// The registration as the roster's snapshot has it: the roster was read first, the rest is covered by its version.
	reg = slice.Facts.Registrations[reg.ID]

	switch {
	case reg.State == account.Activated: // by this link, a moment ago
		return opened{}, &account.LinkError{Err: account.ErrLinkUsed, At: reg.EndedAt}
	case !reg.Open():
		return opened{}, &account.LinkError{Err: account.ErrLinkExpired, At: reg.EndedAt}
	}

	owner, err := r.AccountByLogin(ctx, reg.Login.Key())

	switch bound, err := found(err); {
	case err != nil:
		return opened{}, err
	case bound && owner.ID == reg.ID: // the same link, used a moment ago
		return opened{}, &account.LinkError{Err: account.ErrLinkUsed, At: owner.CreatedAt}
	case bound:
		return opened{}, &Error{Err: ErrLoginBound}
	}

	return opened{link: link, registration: reg, slice: p.known(slice)}, nil
}

// Activate uses a link: it sets the password, the secret question and its answer, and makes the registration an
// account (rules B7, B8 and D1). The author of a claim becomes the structure's main manager, and what they typed
// becomes the structure's data; whoever was approved becomes attached, with the default profiles.
//
// The secrets are hashed before the transaction begins, and only for a link that opens. Of several simultaneous uses
// of one link one succeeds.
//
// Errors: those of [Portal.Inspect]; a [*multierror.Error] of [*account.FieldError] for secrets that do not fit.
func (p *Portal) Activate(ctx context.Context, token account.Token, c account.Credentials) (account.Account, error) {
	opened, err := p.open(ctx, p.store, token, p.at())
	if err != nil {
		return account.Account{}, err
	}

	hashed, err := p.hash(opened.registration, c)
	if err != nil {
		return account.Account{}, err
	}

	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, account.Account, error) {
		return p.activate(ctx, r, token, hashed)
	})
}

func (p *Portal) activate(
	ctx context.Context, r storage.Reader, token account.Token, hashed account.Credential,
) (storage.Batch, account.Account, error) {
	at := p.at()

	opened, err := p.open(ctx, r, token, at)
	if err != nil {
		return storage.Batch{}, account.Account{}, err
	}

	id := opened.registration.ID

	changes, err := attachment.Decide(opened.slice.Roster, opened.slice.Facts, attachment.Activate{By: account.By(id)}, at)
	if err != nil {
		// Its time is over, and nobody has applied that yet: the link says so.
		if errors.Is(err, attachment.ErrNoRequest) {
			err = &account.LinkError{Err: account.ErrLinkExpired, At: opened.link.Expires()}
		}

		return storage.Batch{}, account.Account{}, err
	}

	e := p.effects(r, opened.slice, account.By(id), at)
	if err := e.apply(ctx, changes); err != nil {
		return storage.Batch{}, account.Account{}, err
	}

	if err := e.step(id, account.Activate); err != nil {
		return storage.Batch{}, account.Account{}, err
	}

	acc := opened.registration.Account(at)
	link := opened.link
	link.UsedAt = at

	batch := e.finish()
	batch.Accounts = append(batch.Accounts, acc)
	batch.Credentials = append(batch.Credentials, hashed)
	batch.Links = append(batch.Links, link)
	batch.Journal = append(batch.Journal, storage.Entry{
		At: at, Actor: account.By(id), Action: "account activated", Structure: opened.slice.Roster.Structure,
		Version: opened.slice.Roster.Version + 1, Account: id, Before: opened.registration.State.String(), After: account.Activated.String(),
	})

	acc.Version = 1

	return batch, acc, nil
}

// hash checks and hashes what a person chose (rule B8). All faults come at once.
func (p *Portal) hash(reg account.Registration, c account.Credentials) (account.Credential, error) {
	var faults *multierror.Error

	add := func(field account.Field, err error) {
		for _, fault := range Faults(err) {
			faults = multierror.Append(faults, &account.FieldError{Field: field, Err: fault})
		}
	}

	add(account.FieldPassword, credential.CheckPassword(
		c.Password, reg.Login.String(), reg.Person.FirstName, reg.Person.LastName))

	question, err := credential.NormalizeQuestion(c.Question)
	add(account.FieldQuestion, err)

	answer, err := credential.NormalizeAnswer(c.Answer)
	add(account.FieldAnswer, err)

	if err := faults.ErrorOrNil(); err != nil {
		return account.Credential{}, err
	}

	password, err := credential.Hash(credential.NormalizePassword(c.Password), p.random.bytes(credential.SaltLen), p.hashing)
	if err != nil {
		return account.Credential{}, err
	}

	hashedAnswer, err := credential.Hash(answer, p.random.bytes(credential.SaltLen), p.hashing)
	if err != nil {
		return account.Credential{}, err
	}

	return account.Credential{Account: reg.ID, Password: password, Question: question, Answer: hashedAnswer}, nil
}
