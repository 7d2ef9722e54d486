package guichet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/storage"
)

// redacted is what a value with secrets in it prints as.
type redacted struct{}

// String hides the secrets.
func (redacted) String() string { return "guichet(redacted)" }

// Format hides the secrets whatever the verb.
func (r redacted) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) }

// LogValue hides the secrets from handlers of structured logs.
func (r redacted) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalJSON hides the secrets from handlers that encode a value which holds them.
func (r redacted) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// SignIn is what somebody types to sign in. Printing the value shows none of it.
type SignIn struct {
	redacted

	Login    string
	Password string
}

// SignedIn is whom [Portal.SignIn] let in, or what it asks for besides.
type SignedIn struct {
	// Account is who has signed in; zero while a second factor is asked for. Keep its ID and Epoch in the session, and ask
	// [Portal.Session] whether it still counts.
	Account account.Account

	Factor    Factor        // what is asked for besides; 0 = nothing
	Challenge account.Token // goes back with the code, see [Portal.SecondFactor]: a secret
}

// Factor is what signing in asks for besides a password.
type Factor uint8

// The second factors.
const (
	FactorApp  Factor = iota + 1 // a code of the app that the account has set up, or a recovery code
	FactorMail                   // the code that was mailed to the login address
)

// String returns "app", "mail" or "none".
func (f Factor) String() string {
	switch f {
	case FactorApp:
		return "app"
	case FactorMail:
		return "mail"
	default:
		return "none"
	}
}

// SignIn lets somebody in who knows an account's login and password (rule B10).
//
// Five wrong passwords in a row lock signing in with that login for fifteen minutes, whether or not anybody has it; a right one
// starts the count anew. Tries are counted before their password is looked at: of any number at once five are. While signing in
// is locked the right password is refused as well. What is told, what is read and written, and how long it takes does not depend
// on whether the login has an account, is locked, or has yet to be activated.
//
// If the policy asks for a second factor the account is not told yet, but a challenge, which [Portal.SecondFactor] takes; while
// codes are locked there is none. A stored hash that was made at another cost is replaced. The application makes the session, under a new id.
//
// Errors: a [*account.FieldError] for what is no address; [*Error] around [ErrCredentials], [ErrLocked] with the end of the lock (for
// the right password also that of codes), [ErrBusy] if too many tries with the login are under way; for the right password only, [*account.AccountError] of an account that is blocked or deactivated; [ErrWithin], since
// an application that rolls back would forget the try; the context's; those of the store.
func (p *Portal) SignIn(ctx context.Context, s SignIn) (SignedIn, error) {
	if p.joined {
		return SignedIn{}, ErrWithin
	}

	login, err := account.ParseLogin(s.Login)
	if err != nil {
		return SignedIn{}, &account.FieldError{Field: account.FieldLogin, Err: err}
	}

	g, try := p.signInGate(login), p.newID()

	said, leave, err := p.enter(ctx, g, try)
	if err != nil {
		return SignedIn{}, err
	}
	defer leave()

	for {
		out, again, err := p.signIn(ctx, g, try, said, login, s.Password)
		if !again {
			return out, err
		}
	}
}

// signIn looks at one password. again says that the account changed meanwhile, so that it has to be looked at again.
func (p *Portal) signIn(
	ctx context.Context, g gate, try string, said permit, login account.Login, password string,
) (out SignedIn, again bool, err error) {
	who, kept, err := p.claimed(ctx, login)
	if err != nil {
		return SignedIn{}, false, p.tried(ctx, g, try, false, err, login, nil)
	}

	// Whoever keeps passwords in the portal's stead is asked as often, but not about somebody whose try does not count.
	asked := who.ID
	if asked == "" || said.verdict != account.Allowed {
		asked = account.ID(p.newID())
	}

	ok, err := p.knows(ctx, asked, kept, password)
	ok = ok && who.ID != ""

	if said.verdict != account.Allowed {
		if errors.Is(err, ErrBusy) || err == nil {
			err = said.refusal()
		}

		// What is locked is written like what is not.
		return SignedIn{}, false, also(err, p.conclude(ctx, g, try, forgone, login))
	}

	if err := p.tried(ctx, g, try, ok, err, login, ErrCredentials); err != nil {
		return SignedIn{}, false, err
	}

	out, again, err = p.let(ctx, g, try, who, kept)
	if err != nil { // what was not written by it is not written at all: a right try must not count as wrong
		return SignedIn{}, false, also(err, p.conclude(ctx, g, try, forgone, login))
	}

	if again {
		return SignedIn{}, true, nil
	}

	p.rehash(ctx, kept, password)

	if out.Factor == 0 {
		p.arrived(ctx, who.ID)
	}

	return out, false, nil
}

// arrived shows deciders whom they invited; that this fails is no reason not to let somebody in.
func (p *Portal) arrived(ctx context.Context, id account.ID) {
	if err := p.SignedIn(ctx, id); err != nil {
		p.log.WarnContext(ctx, "guichet: deciders still see as invited who has signed in", "account", string(id), "err", err)
	}
}

// claimed returns the account that has a login, with its credential: read in this order, so that a credential is never older
// than the epoch that it is taken for. For a login that nobody has as much is read.
func (p *Portal) claimed(ctx context.Context, login account.Login) (account.Account, account.Credential, error) {
	acc, owned, err := whose(ctx, p.store, login)
	if err != nil {
		return acc, account.Credential{}, err
	}

	id := acc.ID
	if !owned {
		id = account.ID(p.newID())
	}

	kept, err := p.credential(ctx, p.store, id)

	return acc, kept, err
}

// credential returns an account's credential; zero if it has none.
func (p *Portal) credential(ctx context.Context, r storage.Reader, id account.ID) (account.Credential, error) {
	kept, err := r.Credential(ctx, id)
	_, err = found(err)

	return kept, err
}

// knows tells whether a password is an account's, at the same cost whether or not there is any. Errors: then it was not looked
// at.
func (p *Portal) knows(ctx context.Context, id account.ID, kept account.Credential, password string) (bool, error) {
	if p.passwords != nil {
		return p.passwords.Verify(ctx, id, password)
	}

	return p.matches(ctx, credential.NormalizePassword(password), kept.Password)
}

// let lets in who knew the password of an account as it was read, if it still is so.
func (p *Portal) let(
	ctx context.Context, g gate, try string, who account.Account, kept account.Credential,
) (out SignedIn, again bool, err error) {
	type result struct {
		out     SignedIn
		again   bool
		refused error
	}

	fresh := p.challenge()

	res, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, result, error) {
		acc, err := accountOf(ctx, r, who.ID)
		if err != nil && !errors.Is(err, ErrUnknownAccount) {
			return storage.Batch{}, result{}, err
		}

		if acc.Epoch != who.Epoch || !acc.Login.Same(who.Login) {
			return storage.Batch{}, result{again: true}, nil
		}

		row, err := attempts(ctx, r, g.key)
		if err != nil {
			return storage.Batch{}, result{}, err
		}

		e := p.personal(r, acc, account.By(acc.ID))
		e.batch.Attempts = []account.Attempts{g.settled(row, try, right, e.at).Kept(p.policy, e.at)}

		if refused := active(acc); refused != nil {
			return e.batch, result{refused: refused}, nil //nolint:nilerr // the try is right, and is written: the refusal comes after
		}

		factor := p.factor(kept)

		switch factor {
		case FactorApp, FactorMail:
			said, err := e.challenge(ctx, acc, factor, fresh)
			if err != nil || said.verdict == account.Locked {
				return e.batch, result{refused: said.refusal()}, err
			}

			return e.relying(acc), result{out: SignedIn{Factor: factor, Challenge: fresh.token}}, nil
		default:
			e.note("signed in", acc.ID, "", "")

			return e.relying(acc), result{out: SignedIn{Account: acc}}, nil
		}
	})
	if err != nil {
		return SignedIn{}, false, err
	}

	return res.out, res.again, res.refused
}

// rehash replaces a hash that was made at another cost than today's (rule B8), now that the password is at hand. That it fails
// is no reason not to let somebody in: the next time does.
func (p *Portal) rehash(ctx context.Context, kept account.Credential, password string) {
	if p.passwords != nil || !credential.NeedsRehash(kept.Password, p.hashing) {
		return
	}

	hashes, err := p.derive(ctx, credential.NormalizePassword(password))
	if err == nil {
		_, err = update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
			now, err := p.credential(ctx, r, kept.Account)
			if err != nil || now.Password != kept.Password { // somebody chose another meanwhile
				return storage.Batch{}, struct{}{}, err
			}

			now.Password = hashes[0]

			return storage.Batch{Credentials: []account.Credential{now}}, struct{}{}, nil
		})
	}

	if err != nil {
		p.log.WarnContext(ctx, "guichet: a password is still kept at its former cost", "account", string(kept.Account), "err", err)
	}
}

// Session tells whether a session that began at a credential epoch still counts (rule B15): not after a change of password,
// login, state or second factor. It costs one query.
//
// Errors: [*Error] around [ErrSessionOver], [ErrUnknownAccount]; [*account.AccountError] of an account that is not active.
func (p *Portal) Session(ctx context.Context, id account.ID, epoch int64) error {
	acc, err := p.Account(ctx, id)
	if err != nil {
		return err
	}

	if err := active(acc); err != nil {
		return err
	}

	if acc.Epoch != epoch {
		return &Error{Err: ErrSessionOver}
	}

	return nil
}

// EndSessions ends all sessions of an account, by its person or by support (rule B15): what [Portal.Session] is asked about
// sessions that began before is answered so. The returned account has the epoch for a session that goes on.
//
// Errors: [*Error] around [ErrUnknownAccount]; [*account.AccountError] unless it is active, or around [account.ErrNotYours].
func (p *Portal) EndSessions(ctx context.Context, by account.Actor, id account.ID) (account.Account, error) {
	return p.change(ctx, by, id, func(_ context.Context, e *effects, acc account.Account) (account.Account, error) {
		if !by.Is(id) && by.Kind != account.ActorSupport {
			return acc, &account.AccountError{State: acc.State, Err: account.ErrNotYours}
		}

		if err := active(acc); err != nil {
			return acc, err
		}

		e.note("sessions ended", id, "", "")
		acc.Epoch++

		return acc, nil
	})
}
