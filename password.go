package guichet

import (
	"context"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// Passwords keeps the passwords of an application that has users already, in the portal's stead (rule B8): with one of its own
// the portal stores no password, no secret question and no answer. Its locks, its links and its second factor work the same.
//
// Any number of goroutines may call it.
type Passwords interface {
	// Verify tells whether a password is an account's. For an id that it does not know it answers false, after as long a time
	// as for one that it knows: the portal asks about logins that nobody has, too. An error says that it cannot tell: the try
	// counts for nothing, and the error is returned.
	Verify(ctx context.Context, id account.ID, password string) (bool, error)

	// Set makes a password an account's. The portal calls it once the use case is committed, with a password that fits its
	// policy. On an error, which is returned, the account has no password, or the former one: its owner asks for a link to
	// choose another. The portal ends all sessions once more when Set returns, since the former password may have let somebody in.
	Set(ctx context.Context, id account.ID, password string) error
}

// changingProved is what a use case does to the account of somebody who has typed their password again.
type changingProved func(
	ctx context.Context, e *effects, acc account.Account, kept account.Credential,
) (account.Account, error)

// changeProved carries out a change of an account whose owner types the password again. The tries are counted apart from those
// to sign in: strangers, who can lock these, cannot keep an owner from protecting the account.
func (p *Portal) changeProved(
	ctx context.Context, id account.ID, password string, fn changingProved,
) (account.Account, error) {
	if p.joined {
		return account.Account{}, ErrWithin
	}

	who, err := p.Account(ctx, id)
	if err != nil {
		return account.Account{}, err
	}

	if err := active(who); err != nil {
		return account.Account{}, err
	}

	kept, err := p.credential(ctx, p.store, id)
	if err != nil {
		return account.Account{}, err
	}

	if p.passwords == nil && kept.Password == "" {
		return account.Account{}, &Error{Err: ErrNoPassword}
	}

	g, try := p.ownGate(id), p.newID()

	said, leave, err := p.enter(ctx, g, try)
	if err != nil {
		return account.Account{}, err
	}
	defer leave()

	if said.verdict != account.Allowed {
		return account.Account{}, said.refusal()
	}

	ok, err := p.knows(ctx, id, kept, password)
	if err := p.tried(ctx, g, try, ok, err, account.Login{}, ErrCredentials); err != nil {
		return account.Account{}, err
	}

	after, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, account.Account, error) {
		acc, err := accountOf(ctx, r, id)
		if err != nil {
			return storage.Batch{}, account.Account{}, err
		}

		if acc.Epoch != who.Epoch {
			return storage.Batch{}, account.Account{}, &Error{Err: ErrSessionOver}
		}

		now, err := p.credential(ctx, r, id)
		if err != nil {
			return storage.Batch{}, account.Account{}, err
		}

		row, err := attempts(ctx, r, g.key)
		if err != nil {
			return storage.Batch{}, account.Account{}, err
		}

		now.Account = id
		e := p.personal(r, acc, account.By(id))
		e.batch.Attempts = append(e.batch.Attempts, g.settled(row, try, right, e.at).Kept(p.policy, e.at))

		after, err := fn(ctx, e, acc, now)

		switch {
		case err != nil:
			return storage.Batch{}, account.Account{}, err
		case after == acc:
			return e.relying(acc), acc, nil
		}

		e.batch.Accounts = alone(e.batch.Accounts, after)
		after.Version++

		return e.batch, after, nil
	})
	if err != nil {
		return account.Account{}, also(err, p.conclude(ctx, g, try, forgone, account.Login{}))
	}

	return after, nil
}

// ChangePassword chooses another password for who is signed in and knows the present one (French: changer de mot de passe).
// Older sessions end (rule B15), and so do links to choose another; the returned account has the epoch for the session that goes
// on. The owner is told by mail.
//
// Errors: [*Error] around [ErrUnknownAccount], [ErrCredentials] for the present password, [ErrLocked] after five wrong ones,
// [ErrNoPassword], [ErrBusy], [ErrSessionOver] if the account changed meanwhile; [*account.AccountError] unless it is active; a
// [*multierror.Error] of [*account.FieldError] for a password that does not fit; [ErrWithin].
func (p *Portal) ChangePassword(ctx context.Context, id account.ID, present, password string) (account.Account, error) {
	who, err := p.Account(ctx, id)
	if err != nil {
		return account.Account{}, err
	}

	if err := p.fits(who.Login, who.Person, password); err != nil {
		return account.Account{}, err
	}

	hashed, err := p.hashedPassword(ctx, password)
	if err != nil {
		return account.Account{}, err
	}

	after, err := p.changeProved(ctx, id, present,
		func(_ context.Context, e *effects, acc account.Account, kept account.Credential) (account.Account, error) {
			if hashed != "" {
				kept.Password = hashed
				e.batch.Credentials = append(e.batch.Credentials, kept)
			}

			e.told(acc, mail.PasswordChanged, "password changed")
			acc.Epoch++

			return acc, nil
		})
	if err != nil {
		return account.Account{}, err
	}

	return p.replaced(ctx, after, password)
}

// fits checks a password, with all its faults.
func (p *Portal) fits(login account.Login, person account.Person, password string) error {
	var faults error

	for _, fault := range Faults(credential.CheckPassword(password, login.String(), person.FirstName, person.LastName)) {
		faults = together(faults, &account.FieldError{Field: account.FieldPassword, Err: fault})
	}

	return faults
}

// hashedPassword returns what is stored of a password; "" if the application keeps it.
func (p *Portal) hashedPassword(ctx context.Context, password string) (string, error) {
	if p.passwords != nil {
		return "", nil
	}

	out, err := p.derive(ctx, credential.NormalizePassword(password))
	if err != nil {
		return "", err
	}

	return out[0], nil
}

// keep hands a password to the application that keeps it.
func (p *Portal) keep(ctx context.Context, id account.ID, password string) error {
	if p.passwords == nil {
		return nil
	}

	return p.passwords.Set(ctx, id, password)
}

// replaced hands the password that takes another's place to the application that keeps it. Whoever signed in with the other until
// then has the new epoch: it advances once more.
func (p *Portal) replaced(ctx context.Context, acc account.Account, password string) (account.Account, error) {
	if err := p.keep(ctx, acc.ID, password); p.passwords == nil || err != nil {
		return acc, err
	}

	return p.change(ctx, account.By(acc.ID), acc.ID,
		func(_ context.Context, e *effects, now account.Account) (account.Account, error) {
			e.note("sessions ended", now.ID, "", "")
			now.Epoch++

			return now, nil
		})
}
