package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// gate is where a try is counted (rule B10).
type gate struct {
	key  string // of the attempts
	of   func(a *account.Attempts) *account.Gate
	lock account.Lock
}

func passwordGate(a *account.Attempts) *account.Gate { return &a.Password }
func answerGate(a *account.Attempts) *account.Gate   { return &a.Answer }
func codeGate(a *account.Attempts) *account.Gate     { return &a.Code }

// attemptsOfLogin is the key of what is counted for a login, whoever has it.
func (p *Portal) attemptsOfLogin(login account.Login) string {
	return p.hashed("attempts of a login", login.Key())
}

// attemptsOf is the key of what is counted for an account: strangers cannot reach it, since they would have to have signed in
// or to have been mailed a link first.
func (p *Portal) attemptsOf(id account.ID) string {
	return p.hashed("attempts of an account", string(id))
}

// signInGate counts the passwords that are typed to sign in with a login.
func (p *Portal) signInGate(login account.Login) gate {
	return gate{p.attemptsOfLogin(login), passwordGate, p.policy.Lock()}
}

// ownGate counts the passwords that are typed by who has signed in.
func (p *Portal) ownGate(id account.ID) gate {
	return gate{p.attemptsOf(id), passwordGate, p.policy.Lock()}
}

// answerGate counts the answers to an account's secret question.
func (p *Portal) answerGate(id account.ID) gate {
	return gate{p.attemptsOf(id), answerGate, p.policy.Lock()}
}

// codeGate counts the codes of an account's second factor.
func (p *Portal) codeGate(id account.ID) gate {
	return gate{p.attemptsOf(id), codeGate, p.policy.CodeLock()}
}

// attempts reads what is kept under a key; nothing is there for most.
func attempts(ctx context.Context, r storage.Reader, key string) (account.Attempts, error) {
	row, err := r.Attempts(ctx, key)
	if _, err := found(err); err != nil {
		return row, err
	}

	row.Key = key

	return row, nil
}

// permit is what a gate said to a try.
type permit struct {
	verdict account.Verdict
	until   time.Time
}

// refusal is the error of who may not try.
func (t permit) refusal() error {
	if t.verdict == account.Locked {
		return &Error{Err: ErrLocked, Until: t.until}
	}

	return &Error{Err: ErrBusy}
}

// How long a try waits, and how often it asks again, while as many as may be wrong are being looked at.
const (
	crowdedPause = 20 * time.Millisecond
	crowdedWait  = 5 * time.Second
)

// enter asks a gate for a try, which must be settled afterwards. The row is written whatever the gate says, so that the time
// it takes tells nothing.
func (p *Portal) enter(ctx context.Context, g gate, try string) (permit, error) {
	for waited := time.Duration(0); ; waited += crowdedPause {
		out, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, permit, error) {
			at := p.at()

			row, err := attempts(ctx, r, g.key)
			if err != nil {
				return storage.Batch{}, permit{}, err
			}

			counted := g.of(&row)

			var said permit

			*counted, said.verdict = counted.Enter(g.lock, try, at)
			said.until = counted.Until

			return storage.Batch{Attempts: []account.Attempts{row.Kept(p.policy, at)}}, said, nil
		})
		if err != nil || out.verdict != account.Crowded || waited >= crowdedWait {
			return out, err
		}

		timer := time.NewTimer(crowdedPause)

		select {
		case <-ctx.Done():
			timer.Stop()

			return out, context.Cause(ctx)
		case <-timer.C:
		}
	}
}

// verdict is what came of a try.
type verdict uint8

const (
	forgone verdict = iota // its secret was not looked at
	wrong
	right
)

// settled returns the attempts after a try.
func (g gate) settled(row account.Attempts, try string, v verdict, at time.Time) account.Attempts {
	counted := g.of(&row)

	switch v {
	case right:
		*counted = counted.Right(try)
	case wrong:
		*counted = counted.Wrong(g.lock, try, at)
	case forgone:
		*counted = counted.Forgo(try)
	}

	return row
}

// conclude tells a gate what came of a try that was not right. A wrong answer counts as a wrong password of the login, too. When
// signing in is locked by it, whoever owns the login is told, if anybody does: what is written is the same.
func (p *Portal) conclude(ctx context.Context, g gate, try string, v verdict, login account.Login) error {
	// Whoever leaves must not leave a try behind that counts as wrong, nor take a wrong one back.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.policy.TryTime)
	defer cancel()

	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		at := p.at()

		row, err := attempts(ctx, r, g.key)
		if err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		counts := v == wrong && len(g.of(&row).Pending) > len(g.of(new(g.settled(row, try, v, at))).Pending)
		before := row
		row = g.settled(row, try, v, at)

		var batch storage.Batch

		if key := p.attemptsOfLogin(login); !login.IsZero() {
			signIn := &row

			if key != g.key {
				other, err := attempts(ctx, r, key)
				if err != nil {
					return storage.Batch{}, struct{}{}, err
				}

				before, signIn = other, &other
				if counts {
					other.Password = other.Password.Fail(p.policy.Lock(), at)
				}
			}

			if signIn.Password.Closed > before.Password.Closed {
				var granted bool
				if signIn.Told, granted = signIn.Told.Grant(p.policy.Seldom(), at); granted {
					batch.Messages = append(batch.Messages, p.asking(mail.AccountLocked, login, at))
				}
			}

			if key != g.key {
				batch.Attempts = append(batch.Attempts, signIn.Kept(p.policy, at))
			}
		}

		batch.Attempts = append(batch.Attempts, row.Kept(p.policy, at))

		return batch, struct{}{}, nil
	})

	return err
}

// also adds an error that came of dealing with another.
func also(err, more error) error {
	if more == nil {
		return err
	}

	return errors.Join(err, more)
}

// tried wraps what was found out in a try: it settles the try unless it was right, which the transaction that uses it does.
func (p *Portal) tried(ctx context.Context, g gate, try string, ok bool, looked error, login account.Login, otherwise error) error {
	switch {
	case looked != nil:
		return also(looked, p.conclude(ctx, g, try, forgone, account.Login{}))
	case !ok:
		if err := p.conclude(ctx, g, try, wrong, login); err != nil {
			return err
		}

		return &Error{Err: otherwise}
	default:
		return nil
	}
}
