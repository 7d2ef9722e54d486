package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/mail"
)

// Reset is what somebody types who opened a link to choose another password. Printing the value shows none of it.
type Reset struct {
	redacted

	Answer   string // to the question that [Portal.Inspect] showed; ignored if it showed none
	Password string

	Question  string // a new secret question; needed if [Portal.Inspect] says SetAnswer
	NewAnswer string // and its answer
}

// ResetPassword uses a link that [Portal.ForgotPassword] mailed: with the answer to the secret question, where there is one,
// another password is chosen (rule B9). Older sessions end (rule B15), and so does a lock on signing in; the second factor stays
// what it is. Five wrong answers in a row lock answering, and signing in, for fifteen minutes; they do not use up the link.
// Faults of the new password are told before the answer is looked at. The owner is told by mail.
//
// Errors: [*account.LinkError]; [*Error] around [ErrAnswer], [ErrLocked], [ErrBusy]; a [*multierror.Error] of
// [*account.FieldError] for secrets that do not fit; [ErrWithin].
func (p *Portal) ResetPassword(ctx context.Context, token account.Token, c Reset) (account.Account, error) {
	if p.joined {
		return account.Account{}, ErrWithin
	}

	opened, err := p.open(ctx, p.store, token, p.at(), account.PurposeReset)
	if err != nil {
		return account.Account{}, err
	}

	who := opened.owner

	kept, err := p.credential(ctx, p.store, who.ID)
	if err != nil {
		return account.Account{}, err
	}

	reset := &resetting{p: p, token: token, who: who, kept: kept, asks: p.asksAnswer(kept, p.at()), try: p.newID()}
	if err := reset.check(c); err != nil {
		return account.Account{}, err
	}

	if reset.asks {
		leave, err := reset.answered(ctx, c.Answer)
		if err != nil {
			return account.Account{}, err
		}
		defer leave()
	}

	after, err := reset.carryOut(ctx, c)
	if err != nil {
		if reset.asks {
			err = also(err, p.conclude(ctx, p.answerGate(who.ID), reset.try, forgone, account.Login{}))
		}

		return account.Account{}, err
	}

	return p.replaced(ctx, after, c.Password)
}

// resetting is one password that is being chosen anew.
type resetting struct {
	p     *Portal
	token account.Token
	who   account.Account
	kept  account.Credential
	asks  bool   // for the answer
	sets  bool   // a new question
	try   string // the answer's
}

// check looks for the faults of what was typed, but for the answer.
func (r *resetting) check(c Reset) error {
	faults := r.p.fits(r.who.Login, r.who.Person, c.Password)

	if r.sets = r.p.keepsQuestion() && (!r.asks || c.Question != ""); r.sets {
		if _, err := credential.NormalizeQuestion(c.Question); err != nil {
			faults = together(faults, &account.FieldError{Field: account.FieldQuestion, Err: err})
		}

		if _, err := credential.NormalizeAnswer(c.NewAnswer); err != nil {
			faults = together(faults, &account.FieldError{Field: account.FieldAnswer, Err: err})
		}
	}

	return faults
}

// answered counts the try, and compares the answer. Whoever was right leaves once the try is settled.
func (r *resetting) answered(ctx context.Context, answer string) (leave func(), err error) {
	g := r.p.answerGate(r.who.ID)

	said, leave, err := r.p.enter(ctx, g, r.try)
	if err != nil {
		return nil, err
	}

	if said.verdict == account.Allowed {
		err = r.compare(ctx, g, answer)
	} else {
		err = said.refusal()
	}

	if err != nil {
		leave()

		return nil, err
	}

	return leave, nil
}

// compare compares the answer, and settles the try if it was not right.
func (r *resetting) compare(ctx context.Context, g gate, answer string) error {
	ok := false

	normal, err := credential.NormalizeAnswer(answer)
	if err == nil {
		ok, err = r.p.matches(ctx, normal, r.kept.Answer)
	} else {
		err = nil // what cannot be an answer is a wrong one
	}

	return r.p.tried(ctx, g, r.try, ok, err, r.who.Login, ErrAnswer)
}

// carryOut hashes the new secrets and writes them.
func (r *resetting) carryOut(ctx context.Context, c Reset) (account.Account, error) {
	hashed, err := r.p.hashedPassword(ctx, c.Password)
	if err != nil {
		return account.Account{}, err
	}

	var question, answer string
	if r.sets {
		if question, answer, err = r.p.hashedAnswer(ctx, c.Question, c.NewAnswer); err != nil {
			return account.Account{}, err
		}
	}

	return r.p.use(ctx, r.token, account.PurposeReset,
		func(ctx context.Context, e *effects, acc account.Account) (account.Account, error) {
			now, err := r.p.credential(ctx, e.r, acc.ID)
			if err != nil {
				return acc, err
			}

			if now.Answer != r.kept.Answer { // the question was changed: the answer was to another, or was not asked for
				return acc, &Error{Err: ErrAnswer}
			}

			if err := e.unclear(ctx, acc.ID); err != nil {
				return acc, err
			}

			if hashed != "" {
				now.Account, now.Password = acc.ID, hashed
			}

			if now.ClearedAt = (time.Time{}); r.sets {
				now.Question, now.Answer = question, answer
			}

			if r.p.passwords == nil {
				e.batch.Credentials = append(e.batch.Credentials, now)
			}

			if err := r.unlock(ctx, e); err != nil {
				return acc, err
			}

			e.told(acc, mail.PasswordChanged, "password reset")
			acc.Epoch++

			return acc, nil
		})
}

// unlock settles the answer's try, and has signing in begin anew: but for the codes of a second factor, which who has the
// mailbox must not try without end.
func (r *resetting) unlock(ctx context.Context, e *effects) error {
	g := r.p.answerGate(r.who.ID)

	own, err := attempts(ctx, e.r, g.key)
	if err != nil {
		return err
	}

	signIn, err := attempts(ctx, e.r, r.p.attemptsOfLogin(r.who.Login))
	if err != nil {
		return err
	}

	if r.asks {
		own = g.settled(own, r.try, right, e.at)
	}

	own.Password = account.Gate{Pending: own.Password.Pending}
	signIn.Password = account.Gate{Pending: signIn.Password.Pending}
	e.batch.Attempts = append(e.batch.Attempts, own.Kept(r.p.policy, e.at), signIn.Kept(r.p.policy, e.at))

	return nil
}
