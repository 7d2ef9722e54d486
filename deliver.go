package guichet

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// How mail is tried: a lease keeps other processes away from a message while it is being sent; failures are retried
// with growing pauses, several of them within the life of a link, then the message is parked (rule F4).
const (
	leaseTime    = 5 * time.Minute
	firstRetry   = time.Minute
	longestRetry = 6 * time.Hour
	maxTries     = 12
	maxError     = 300
	mailPage     = 100
)

// Delivery counts what [Portal.Deliver] did.
type Delivery struct {
	Sent     int // handed over to the mailer
	Failed   int // will be tried again
	Parked   int // given up
	Dropped  int // pointless by now, see storage.Message.LastError
	Expanded int // addressed to the deciders, replaced by one message for each
}

// Deliver sends the messages that are due, each leased in a transaction of its own, until none is left or ctx ends
// (rule F1). Any number of processes may deliver at once. A message whose outcome cannot be recorded is sent again
// later, with the same id.
//
// The life of a link, and the term of a claim, begin when the message is first leased (rules B7 and D1). Errors:
// [ErrNoSite]; those of the store. A mailer's errors are kept with the message and counted.
func (p *Portal) Deliver(ctx context.Context, mailer mail.Mailer) (Delivery, error) {
	var done Delivery

	query := storage.DueMessages{At: p.at(), Window: storage.Window{Limit: mailPage}}

	for {
		page, err := storage.List(ctx, p.store, query)
		if err != nil {
			return done, err
		}

		for _, m := range page.Rows {
			if err := p.deliver(ctx, mailer, m, query.At, &done); err != nil {
				return done, err
			}
		}

		// What was handled is not due any more. Start over: expanded messages may sort before this page's end.
		if len(page.Rows) == 0 {
			return done, nil
		}
	}
}

// deliver leases one message, sends it, and records the outcome. before is when the delivery began: only what was due
// then is handled, so that it ends.
func (p *Portal) deliver(
	ctx context.Context, mailer mail.Mailer, due storage.Message, before time.Time, done *Delivery,
) error {
	if due.Kind.NeedsLink() && p.site == "" {
		return ErrNoSite
	}

	leased, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, lease, error) {
		return p.lease(ctx, r, due.ID, before)
	})

	switch {
	case err != nil:
		return err
	case leased.expanded:
		done.Expanded++

		return nil
	case leased.dropped:
		done.Dropped++

		return nil
	case leased.message.ID == "": // another process has it
		return nil
	}

	err = p.send(ctx, mailer, leased)
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // the lease ends by itself
	}

	return p.record(ctx, leased.message, err, done)
}

// send opens the link, renders the message and hands it over.
func (p *Portal) send(ctx context.Context, mailer mail.Mailer, l lease) error {
	m := l.message
	content := m.Content

	if m.Kind.NeedsLink() {
		token, err := p.seals.open(m.Sealed, m.ID)
		if err != nil {
			return err
		}

		content.Link, content.Until = p.link(token), l.until.In(p.location)
	}

	subject, text, err := mail.Render(m.Kind, m.Language, content)
	if err != nil {
		return err
	}

	return mailer.Send(ctx, mail.Message{
		ID: m.ID, Kind: m.Kind, From: p.sender, To: m.To, Subject: subject, Text: text, Language: m.Language,
	})
}

// link is the address that opens the page for a token: a query parameter, which an access log can be told to leave out.
func (p *Portal) link(token string) string {
	return strings.TrimSuffix(p.site, "/") + "/activation?lien=" + token
}

// record writes what became of a leased message. If the lease was lost meanwhile, whoever has it now records.
func (p *Portal) record(ctx context.Context, m storage.Message, failure error, done *Delivery) error {
	at := p.at()

	count := &done.Sent

	switch {
	case failure == nil:
		m.State, m.Sealed, m.DoneAt, m.LastError = storage.Sent, nil, at, ""
	case m.Tries >= maxTries:
		count = &done.Parked
		m.State, m.Sealed, m.DoneAt, m.LastError = storage.Parked, nil, at, shortened(failure)
	default:
		count = &done.Failed
		m.NotBefore, m.LastError = at.Add(retryAfter(m.Tries)), shortened(failure)
	}

	// Under WithoutCancel: the mail is out, and that should be written down even if the caller has gone.
	err := p.store.Update(context.WithoutCancel(ctx), func(context.Context, storage.Reader) (storage.Batch, error) {
		return storage.Batch{Messages: []storage.Message{m}}, nil
	})

	switch {
	case errors.Is(err, storage.ErrConflict), errors.Is(err, storage.ErrUncertain):
		p.log.WarnContext(ctx, "guichet: outcome of a mail not recorded, it may be sent twice", "message", m.ID)
	case err != nil:
		return err
	}

	*count++

	return nil
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
