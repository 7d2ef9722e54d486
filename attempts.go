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
	key   string // of the attempts
	of    func(a *account.Attempts) *account.Gate
	lock  account.Lock
	login account.Login // signing in with which it closes; zero = it is not about signing in
	owner account.ID    // else whose it is
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
	return gate{key: p.attemptsOfLogin(login), of: passwordGate, lock: p.policy.Lock(), login: login}
}

// ownGate counts the passwords that are typed by who has signed in.
func (p *Portal) ownGate(id account.ID) gate {
	return gate{key: p.attemptsOf(id), of: passwordGate, lock: p.policy.Lock(), owner: id}
}

// answerGate counts the answers to an account's secret question.
func (p *Portal) answerGate(id account.ID) gate {
	return gate{key: p.attemptsOf(id), of: answerGate, lock: p.policy.Lock(), owner: id}
}

// codeGate counts the codes of an account's second factor.
func (p *Portal) codeGate(id account.ID) gate {
	return gate{key: p.attemptsOf(id), of: codeGate, lock: p.policy.CodeLock(), owner: id}
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

// enter asks a gate for a try, which must be settled afterwards, and then left. Errors: [*Error] around [ErrBusy] of who has
// waited in vain; the context's; those of the store.
func (p *Portal) enter(ctx context.Context, g gate, try string) (said permit, leave func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, crowdedWait)
	defer cancel()

	leave, err = p.crowds.join(waiting, g.key, g.lock.Tries)

	for pause := crowdedPause; err == nil; pause *= 2 {
		if said, err = p.asks(ctx, g, try); err == nil && said.verdict != account.Crowded {
			return said, leave, nil
		}

		if err == nil { // by what another process looks at
			err = rest(waiting, pause)
		}
	}

	if leave != nil {
		leave()
	}

	if waiting.Err() != nil && ctx.Err() == nil {
		err = &Error{Err: ErrBusy}
	}

	return permit{}, nil, err
}

// rest lets some time pass. Error: the context's.
func rest(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// asks puts one try to a gate. The row is written whether or not the gate is closed, so that the time it takes tells nothing.
func (p *Portal) asks(ctx context.Context, g gate, try string) (permit, error) {
	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, permit, error) {
		at := p.at()

		row, err := attempts(ctx, r, g.key)
		if err != nil {
			return storage.Batch{}, permit{}, err
		}

		counted := g.of(&row)
		before := *counted

		var said permit

		*counted, said.verdict = before.Enter(g.lock, try, at)
		said.until = counted.Until

		if said.verdict == account.Crowded {
			return storage.Batch{}, said, nil
		}

		batch, err := p.closed(ctx, r, g, before, &row, at)
		batch.Attempts = append(batch.Attempts, row.Kept(p.policy, at))

		return batch, said, err
	})
}

// closed writes the mail to who is locked out, if a gate closed by what was done to its row. Whether anybody has a login is not
// asked here: what is written is the same.
func (p *Portal) closed(
	ctx context.Context, r storage.Reader, g gate, before account.Gate, row *account.Attempts, at time.Time,
) (storage.Batch, error) {
	after := *g.of(row)

	switch {
	case after.Closed <= before.Closed:
		return storage.Batch{}, nil
	case !g.login.IsZero():
		var batch storage.Batch

		told, granted := row.Told.Grant(p.policy.Seldom(), at)
		if row.Told = told; granted {
			batch.Messages = append(batch.Messages, p.asking(mail.AccountLocked, g.login, at))
		}

		return batch, nil
	default:
		acc, err := accountOf(ctx, r, g.owner)
		if err != nil {
			return storage.Batch{}, err
		}

		e := p.personal(r, acc, account.System())
		e.locked(acc, after)

		return e.batch, nil
	}
}

// locked tells the owner of an account that somebody who had got farther than the login has failed.
func (e *effects) locked(acc account.Account, closed account.Gate) {
	if closed.Tells() {
		e.tell(mail.SecretsLocked, acc.ID, mail.Content{Until: closed.Until.In(e.p.location)})
	}

	e.note("secrets locked", acc.ID, "", "")
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
// a gate is closed by it whoever is locked out is told.
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

		before := *g.of(&row)
		row = g.settled(row, try, v, at)
		counts := v == wrong && len(g.of(&row).Pending) < len(before.Pending)

		var batch storage.Batch

		if !login.IsZero() && g.login.IsZero() {
			if batch, err = p.fails(ctx, r, login, counts, at); err != nil {
				return storage.Batch{}, struct{}{}, err
			}
		}

		if len(batch.Messages) == 0 { // or else it says as much
			told, err := p.closed(ctx, r, g, before, &row, at)
			if err != nil {
				return storage.Batch{}, struct{}{}, err
			}

			batch.Messages, batch.Journal = told.Messages, told.Journal
		}

		batch.Attempts = append(batch.Attempts, row.Kept(p.policy, at))

		return batch, struct{}{}, nil
	})

	return err
}

// fails counts a wrong answer as a wrong password of the login.
func (p *Portal) fails(
	ctx context.Context, r storage.Reader, login account.Login, counts bool, at time.Time,
) (storage.Batch, error) {
	g := p.signInGate(login)

	row, err := attempts(ctx, r, g.key)
	if err != nil {
		return storage.Batch{}, err
	}

	before := row.Password
	if counts {
		row.Password = before.Fail(g.lock, at)
	}

	batch, err := p.closed(ctx, r, g, before, &row, at)
	batch.Attempts = append(batch.Attempts, row.Kept(p.policy, at))

	return batch, err
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
