package guichet

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// record writes what became of a leased message. If the lease was lost meanwhile, whoever took it over records.
func (d *delivering) record(ctx context.Context, m storage.Message, failure error) error {
	p, at := d.p, d.p.at()

	after := settled(m, failure, at)

	switch after.State { //nolint:exhaustive // a try ends in one of these
	case storage.Sent:
		d.done.Sent++
	case storage.Dropped:
		d.done.Dropped++
	case storage.Parked:
		d.done.Parked++
	default:
		d.done.Failed++
	}

	// Under WithoutCancel: the mail is out, and that should be written down even if the caller has gone.
	ctx = context.WithoutCancel(ctx)

	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		now, err := r.Message(ctx, m.ID)
		if present, err := found(err); !present || err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		if now.State != storage.Queued || now.Tries != m.Tries {
			return storage.Batch{}, struct{}{}, nil
		}

		// It may have moved meanwhile, or be about the account that took the registration over.
		after.Version, after.Structure, after.Account = now.Version, now.Structure, now.Account
		if after.State == storage.Queued {
			after.Content = now.Content
		}

		to, err := p.addressee(ctx, r, after)
		if err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		batch := storage.Batch{Messages: []storage.Message{after}}

		switch {
		case after.State == storage.Queued:
		case to.State == account.Closed: // while it went out
			batch.Messages[0].To, batch.Messages[0].Content = "", mail.Content{}
		default:
			err = p.consequences(ctx, r, after, to, &batch)
		}

		return batch, struct{}{}, err
	})
	if err != nil {
		p.log.WarnContext(ctx, "guichet: the outcome of a mail is not recorded, it may be sent twice", "message", m.ID)
	}

	return err
}

// addressee returns the account that a message is to, or about; zero if it is none's.
func (p *Portal) addressee(ctx context.Context, r storage.Reader, m storage.Message) (account.Account, error) {
	id := m.Recipient
	if id == "" {
		id = m.Account
	}

	acc, err := r.Account(ctx, id)
	_, err = found(err)

	return acc, err
}

// consequences writes what follows from a mail that is out, or given up (rule F4): an address where mail was given up is
// flagged until one arrives there; a request that no decider may have heard of goes to support; a question is cleared a day
// after its owner was told (rule B9).
func (p *Portal) consequences(
	ctx context.Context, r storage.Reader, m storage.Message, to account.Account, batch *storage.Batch,
) error {
	given := m.State == storage.Parked

	flagged := to.Reached(m.To, m.DoneAt)
	if given {
		flagged = to.Missed(m.To, m.DoneAt)
	}

	if flagged != to && to.ID != "" {
		batch.Accounts = append(batch.Accounts, flagged)
	}

	switch {
	case !given && m.Kind == mail.QuestionCleared:
		kept, err := r.Credential(ctx, m.Account)
		if present, err := found(err); !present || !kept.ClearedAt.IsZero() || err != nil {
			return err
		}

		kept.ClearedAt = m.DoneAt.Add(p.policy.ClearAfter)
		batch.Credentials = append(batch.Credentials, kept)

		return nil
	case given && asksDeciders(m.Kind):
		return p.unheard(ctx, r, m, batch)
	default:
		return nil
	}
}

// asksDeciders tells the kinds that wait for somebody to decide.
func asksDeciders(k mail.Kind) bool {
	return k == mail.RequestToApprove || k == mail.RequestsToApprove || k == mail.ProfilesRequested || k == mail.Reminder
}

// unheard tells support of a request of which no decider can be told, once.
func (p *Portal) unheard(ctx context.Context, r storage.Reader, m storage.Message, batch *storage.Batch) error {
	if p.support == "" {
		return nil
	}

	heard := false

	err := each(ctx, r, func(w storage.Window) storage.Of[account.Account] {
		return storage.Deciders{Window: w, Structure: m.Structure}
	}, func(acc account.Account) { heard = heard || acc.Reachable() && !sameAddress(acc, m.To) })
	if err != nil || heard {
		return err
	}

	told := false

	err = each(ctx, r, func(w storage.Window) storage.Of[storage.Message] {
		return storage.MessagesOf{Window: w, Account: m.Account}
	}, func(other storage.Message) {
		told = told || other.Kind == mail.MailUndeliverable && other.Structure == m.Structure
	})
	if err != nil || told {
		return err
	}

	next := m
	next.ID, next.Version, next.State, next.Tries, next.LastError = p.newID(), 0, storage.Queued, 0, ""
	next.Kind, next.To, next.Recipient, next.Language = mail.MailUndeliverable, p.support, "", language.French
	next.NotBefore, next.CreatedAt, next.DoneAt, next.Content.Recipient = m.DoneAt, m.DoneAt, time.Time{}, ""
	batch.Messages = append(batch.Messages, next)

	return nil
}

// sameAddress tells whether that is where an account's notices go.
func sameAddress(acc account.Account, to string) bool { return acc.NoticeAddress() == to }

// settled returns the message as it is after a try.
func settled(m storage.Message, failure error, at time.Time) storage.Message {
	switch {
	case failure == nil && isAsk(m):
		m.State, m.To, m.DoneAt, m.LastError = storage.Dropped, "", at, dropAnswered
	case failure == nil: // what it said is with whoever got it
		m.State, m.Sealed, m.Content, m.DoneAt, m.LastError = storage.Sent, nil, mail.Content{}, at, ""
	case m.Tries >= maxTries || pointless(failure):
		m.State, m.Sealed, m.DoneAt, m.LastError = storage.Parked, nil, at, shortened(failure)
	default:
		m.NotBefore, m.LastError = at.Add(retryAfter(m.Tries)), shortened(failure)
	}

	// The last mail to somebody who is erased outlives that only until it is out (rule B12).
	if m.Kind == mail.AccountClosed && m.State != storage.Queued {
		m.To, m.Content, m.LastError = "", mail.Content{}, ""
	}

	return m
}

// pointless tells whether the mailer knows that another try would fail the same.
func pointless(failure error) bool {
	said, ok := errors.AsType[mail.Permanent](failure)

	return ok && said.Permanent()
}

// retryAfter is the pause before the next try: it doubles, and varies by a fifth, so that failures do not come in step.
func retryAfter(tries int) time.Duration {
	d := longestRetry
	if shift := tries - 1; shift < 9 { // 1 min · 2^9 is above the longest
		d = min(d, firstRetry<<shift)
	}

	return d - d/10 + rand.N(d/5)
}

func shortened(err error) string {
	runes := []rune(err.Error())
	if len(runes) > maxError {
		return string(runes[:maxError]) + "…"
	}

	return string(runes)
}
