package guichet

import (
	"context"
	"time"

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
	// choose another, and signs in by none.
	Set(ctx context.Context, id account.ID, password string) error
}

// Reset is what somebody types who opened a link to choose another password. Printing the value shows none of it.
type Reset struct {
	redacted

	Answer   string // to the question that [Portal.Inspect] showed; ignored if it showed none
	Password string

	Question  string // a new secret question; needed if [Portal.Inspect] says SetAnswer
	NewAnswer string // and its answer
}

// Chosen is what somebody types to choose another secret question. Printing the value shows none of it.
type Chosen struct {
	redacted

	Password string // the present one
	Question string
	Answer   string
}

// keepsQuestion tells whether accounts have a secret question.
func (p *Portal) keepsQuestion() bool { return p.passwords == nil && !p.policy.NoQuestion }

// asksAnswer tells whether another password is only chosen by who knows the answer to the secret question (rule B9).
func (p *Portal) asksAnswer(kept account.Credential, at time.Time) bool {
	return p.keepsQuestion() && kept.Answer != "" && (kept.ClearedAt.IsZero() || at.Before(kept.ClearedAt))
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

	said, err := p.enter(ctx, g, try)
	if err != nil {
		return account.Account{}, err
	}

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

	return after, p.keep(ctx, id, password)
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

// ChangeQuestion chooses another secret question and its answer for who is signed in and knows the password. It also stops what
// [Portal.ClearQuestion] began. The owner is told by mail.
//
// Errors: like [Portal.ChangePassword], and its faults are of the question and the answer; [ErrNoPassword] where accounts have no
// question.
func (p *Portal) ChangeQuestion(ctx context.Context, id account.ID, c Chosen) error {
	if !p.keepsQuestion() {
		return &Error{Err: ErrNoPassword}
	}

	question, hashed, err := p.hashedAnswer(ctx, c.Question, c.Answer)
	if err != nil {
		return err
	}

	_, err = p.changeProved(ctx, id, c.Password,
		func(ctx context.Context, e *effects, acc account.Account, kept account.Credential) (account.Account, error) {
			kept.Question, kept.Answer, kept.ClearedAt = question, hashed, time.Time{}
			e.batch.Credentials = append(e.batch.Credentials, kept)
			e.told(acc, mail.QuestionChanged, "question changed")

			return acc, e.unclear(ctx, id)
		})

	return err
}

// hashedAnswer checks a question and its answer, with all their faults, and returns what is stored of them.
func (p *Portal) hashedAnswer(ctx context.Context, question, answer string) (asked, hashed string, err error) {
	asked, wrongQuestion := credential.NormalizeQuestion(question)
	normal, wrongAnswer := credential.NormalizeAnswer(answer)

	var faults error
	if wrongQuestion != nil {
		faults = together(faults, &account.FieldError{Field: account.FieldQuestion, Err: wrongQuestion})
	}

	if wrongAnswer != nil {
		faults = together(faults, &account.FieldError{Field: account.FieldAnswer, Err: wrongAnswer})
	}

	if faults != nil {
		return "", "", faults
	}

	out, err := p.derive(ctx, normal)
	if err != nil {
		return "", "", err
	}

	return asked, out[0], nil
}

// ClearQuestion has an account's secret question no longer asked, for who has forgotten the answer: support does that (rule B9).
// It takes effect a day after a mail about it goes out to the login address, and not if that mail is given up. Until then the
// owner stops it with [Portal.ChangeQuestion], or by a right answer. Asking again changes nothing.
//
// Errors: [*Error] around [ErrUnknownAccount], [ErrNoPassword] for an account without question; [*account.AccountError] around
// [account.ErrNotYours] for anybody but support, or of an account that is not active.
func (p *Portal) ClearQuestion(ctx context.Context, by account.Actor, id account.ID) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		acc, err := accountOf(ctx, r, id)
		if err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		if by.Kind != account.ActorSupport {
			return storage.Batch{}, struct{}{}, &account.AccountError{State: acc.State, Err: account.ErrNotYours}
		}

		if err := active(acc); err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		kept, err := p.credential(ctx, r, id)

		switch {
		case err != nil:
			return storage.Batch{}, struct{}{}, err
		case kept.Answer == "":
			return storage.Batch{}, struct{}{}, &Error{Err: ErrNoPassword}
		}

		if waits, err := p.clearing(ctx, r, kept); waits || err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		e := p.personal(r, acc, by)
		e.told(acc, mail.QuestionCleared, "question cleared")
		e.batch.Credentials = append(e.batch.Credentials, kept) // whoever changes it at once has to look again

		return e.relying(acc), struct{}{}, nil
	})

	return err
}

// clearing tells whether an account's question is being cleared already, or was.
func (p *Portal) clearing(ctx context.Context, r storage.Reader, kept account.Credential) (bool, error) {
	waits := !kept.ClearedAt.IsZero()

	err := each(ctx, r, func(w storage.Window) storage.Of[storage.Message] {
		return storage.MessagesOf{Window: w, Account: kept.Account}
	}, func(m storage.Message) {
		waits = waits || m.Kind == mail.QuestionCleared && m.State == storage.Queued
	})

	return waits, err
}

// unclear ends what [Portal.ClearQuestion] began as long as its mail is not out: it is not sent any more.
func (e *effects) unclear(ctx context.Context, id account.ID) error {
	return each(ctx, e.r, func(w storage.Window) storage.Of[storage.Message] {
		return storage.MessagesOf{Window: w, Account: id}
	}, func(m storage.Message) {
		if m.Kind == mail.QuestionCleared && m.State == storage.Queued {
			m.State, m.To, m.Content, m.DoneAt, m.LastError = storage.Dropped, "", mail.Content{}, e.at, dropEnded
			e.batch.Messages = append(e.batch.Messages, m)
		}
	})
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
		if err := reset.answered(ctx, c.Answer); err != nil {
			return account.Account{}, err
		}
	}

	after, err := reset.carryOut(ctx, c)
	if err != nil {
		if reset.asks {
			err = also(err, p.conclude(ctx, p.answerGate(who.ID), reset.try, forgone, account.Login{}))
		}

		return account.Account{}, err
	}

	return after, p.keep(ctx, who.ID, c.Password)
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

// answered counts the try, and compares the answer.
func (r *resetting) answered(ctx context.Context, answer string) error {
	g := r.p.answerGate(r.who.ID)

	said, err := r.p.enter(ctx, g, r.try)
	if err != nil {
		return err
	}

	if said.verdict != account.Allowed {
		return said.refusal()
	}

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

			// The question was changed, or is asked again: the answer was to another, or was not asked for.
			if now.Answer != r.kept.Answer || !r.asks && r.p.asksAnswer(now, e.at) {
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
