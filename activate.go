package guichet

import (
	"context"
	"errors"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// Activate uses a link: it sets the password, the secret question and its answer, and makes the registration an
// account (rules B7, B8 and D1). The author of a claim becomes the structure's main manager, and what they typed
// becomes the structure's data; whoever was approved becomes attached, with the default profiles. Under the policy
// account.Immediate a request that still waits goes on as the account's (rule B6). Whoever was invited tells their name and
// accepts the conditions besides (rule D7).
//
// The secrets are hashed before the transaction begins, and only for a link that opens. Of several simultaneous uses
// of one link one succeeds. About a claim a [ClaimVerifier] is asked before that; while it awaits a proof, the link stays as it is.
//
// Errors: those of [Portal.Inspect]; [*Error] around [ErrProof], and [ErrWithin], see [ClaimVerifier]; [ErrWithin], too, where
// [Passwords] are kept, which are told once the account is committed; a [*multierror.Error] of
// [*account.FieldError] for secrets, or what an invitation asks for, that do not fit.
func (p *Portal) Activate(ctx context.Context, token account.Token, c account.Credentials) (account.Account, error) {
	if p.joined && p.passwords != nil {
		return account.Account{}, ErrWithin
	}

	var reg account.Registration

	acc, err := proving(func() (question, error) {
		opened, err := p.unbound(ctx, p.store, token, p.at())
		if err != nil {
			return question{}, err
		}

		reg = opened.registration

		return p.prove(ctx, opened.slice, attachment.Activate{By: account.By(reg.ID)}, false)
	}, func(proved question) (account.Account, error) {
		return p.activateProved(ctx, token, c, reg, proved)
	})
	if err != nil {
		return account.Account{}, err
	}

	return acc, p.keep(ctx, acc.ID, c.Password)
}

// activateProved activates a registration, about which a verifier said yes to a question if it has a say.
func (p *Portal) activateProved(
	ctx context.Context, token account.Token, c account.Credentials, reg account.Registration, proved question,
) (account.Account, error) {
	named, wrong := p.introduced(reg, c, p.at())

	hashed, err := p.hash(ctx, named, c)
	if err := together(wrong, err); err != nil {
		return account.Account{}, err
	}

	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, account.Account, error) {
		return p.activate(ctx, r, token, c, hashed, proved)
	})
}

// introduced returns a registration that was made by an invitation with what its author tells of themselves (rule D7); any
// other as it is.
func (p *Portal) introduced(
	reg account.Registration, c account.Credentials, at time.Time,
) (account.Registration, error) {
	if !reg.Invited {
		return reg, nil
	}

	form := c.Person
	if form.Language == (language.Tag{}) {
		form.Language = reg.Person.Language
	}

	person, wrong := form.Check(reg.Login)
	reg.Person = person

	if c.AcceptsTerms {
		reg.Terms = account.Consent{Version: p.policy.TermsVersion, At: at}
	} else {
		wrong = together(wrong, &account.FieldError{Field: account.FieldTerms, Err: account.ErrRequired})
	}

	if c.AcceptsSurvey {
		reg.Survey = account.Consent{Version: p.policy.SurveyVersion, At: at}
	}

	return reg, wrong
}

func (p *Portal) activate(
	ctx context.Context, r storage.Reader, token account.Token, c account.Credentials, hashed account.Credential,
	proved question,
) (storage.Batch, account.Account, error) {
	at := p.at()

	opened, err := p.unbound(ctx, r, token, at)
	if err != nil {
		return storage.Batch{}, account.Account{}, err
	}

	id := opened.registration.ID

	changes, err := p.decide(ctx, r, opened.slice, attachment.Activate{By: account.By(id)}, at)
	if err != nil {
		// Its time is over, and nobody has applied that yet: the link says so.
		if errors.Is(err, attachment.ErrNoRequest) {
			err = &account.LinkError{Err: account.ErrLinkExpired, At: opened.link.Expires()}
		}

		return storage.Batch{}, account.Account{}, err
	}

	if err := p.asked(opened.slice, changes, false, proved); err != nil {
		return storage.Batch{}, account.Account{}, err
	}

	e := p.effects(r, opened.slice, account.By(id), at)
	if err := e.apply(ctx, changes); err != nil {
		return storage.Batch{}, account.Account{}, err
	}

	named, err := p.introduced(e.registration(id), c, at)
	if err != nil {
		return storage.Batch{}, account.Account{}, err
	}

	activated, err := named.Handle(account.Activate, at)
	if err != nil {
		return storage.Batch{}, account.Account{}, err
	}

	e.registrations[id] = activated

	acc := named.Account(at)
	link := opened.link
	link.UsedAt = at

	if err := e.welcome(ctx, acc); err != nil {
		return storage.Batch{}, account.Account{}, err
	}

	e.batch.Journal = append(e.batch.Journal, storage.Entry{
		At: at, Actor: account.By(id), Action: "account activated", Structure: e.roster.Structure,
		Version: e.version(), Account: id, Before: opened.registration.State.String(), After: account.Activated.String(),
	})

	// What became of the request may be nothing: its end is relied on all the same.
	if len(e.keys) == 0 && e.before.Version > 0 {
		e.batch.Guards = append(e.batch.Guards, storage.RosterAt{Structure: e.before.Structure, Version: e.before.Version})
	}

	batch := e.finish()
	batch.Accounts = append(batch.Accounts, acc)

	if hashed.Account != "" {
		batch.Credentials = append(batch.Credentials, hashed)
	}

	batch.Links = append(batch.Links, link)

	acc.Version = 1

	return batch, acc, nil
}

// unbound checks an activation's token; a login that has an account by now is told to sign in.
func (p *Portal) unbound(ctx context.Context, r storage.Reader, token account.Token, at time.Time) (opened, error) {
	opened, err := p.open(ctx, r, token, at, account.PurposeActivation)
	if err == nil && opened.owner.ID != "" {
		err = &Error{Err: ErrLoginBound}
	}

	return opened, err
}

// welcome writes what follows from a new account: its contact address is to be confirmed (rule B2), and whoever registered
// with its login besides is told to sign in (rule B14).
func (e *effects) welcome(ctx context.Context, acc account.Account) error {
	if err := e.confirm(ctx, acc); err != nil {
		return err
	}

	return e.greet(ctx, acc)
}

// greet writes to whoever registered with a login that an account has from now on (rule B14).
func (e *effects) greet(ctx context.Context, acc account.Account) error {
	page, err := storage.List(ctx, e.r, storage.RegistrationsOf{Login: acc.Login.Key()})
	if err != nil {
		return err
	}

	for _, other := range page.Rows {
		if other.ID == acc.ID || other.Structure == "" {
			continue
		}

		m := e.message(mail.AddressUsed, acc.ID, mail.Content{})
		m.Account, m.Structure, m.To, m.Content = other.ID, other.Structure, acc.Login.String(), mail.Content{}
		e.batch.Messages = append(e.batch.Messages, m)
	}

	return nil
}

// hash checks and hashes what a person chose (rule B8). All faults come at once. Where the application keeps passwords, or
// accounts have no question, nothing is stored of them.
func (p *Portal) hash(
	ctx context.Context, reg account.Registration, c account.Credentials,
) (account.Credential, error) {
	out := account.Credential{Account: reg.ID}
	faults := p.fits(reg.Login, reg.Person, c.Password)

	var answer string

	if p.keepsQuestion() {
		var wrong error

		if out.Question, wrong = credential.NormalizeQuestion(c.Question); wrong != nil {
			faults = together(faults, &account.FieldError{Field: account.FieldQuestion, Err: wrong})
		}

		if answer, wrong = credential.NormalizeAnswer(c.Answer); wrong != nil {
			faults = together(faults, &account.FieldError{Field: account.FieldAnswer, Err: wrong})
		}
	}

	if faults != nil || p.passwords != nil {
		return account.Credential{}, faults
	}

	secrets := []string{credential.NormalizePassword(c.Password)}
	if answer != "" {
		secrets = append(secrets, answer)
	}

	hashes, err := p.derive(ctx, secrets...)
	if err != nil {
		return account.Credential{}, err
	}

	if out.Password = hashes[0]; answer != "" {
		out.Answer = hashes[1]
	}

	return out, nil
}
