package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

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
