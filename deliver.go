package guichet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
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

// Deliver sends the messages that are due when it begins, each leased in a transaction of its own, until none is left
// or ctx ends (rule F1). Any number of processes may deliver at once. A message whose outcome cannot be recorded is sent
// again later, with the same id.
//
// The life of a link, and the term of a claim, begin when the message is first leased (rules B7 and D1). A message that
// fails does not hold up the others (rule F4): what a mailer answers is kept with the message and counted; what goes
// wrong otherwise is returned at the end, joined. Errors: [ErrNoMailer]; [ErrNoSite]; [ErrWithin]; the
// context's; those of the store.
func (p *Portal) Deliver(ctx context.Context, mailer mail.Mailer) (Delivery, error) {
	switch {
	case p.joined:
		return Delivery{}, ErrWithin
	case mailer == nil:
		return Delivery{}, ErrNoMailer
	}

	run := &delivering{p: p, mailer: mailer, begun: p.at(), seen: map[string]bool{}}

	// A pass may write messages that are due at once, such as one for each decider: pass again until nothing is new.
	for {
		before := len(run.seen)

		if err := run.pass(ctx); err != nil {
			return run.done, errors.Join(append(run.faults, err)...)
		}

		if len(run.seen) == before {
			return run.done, errors.Join(run.faults...)
		}
	}
}

// delivering is one call of Deliver.
type delivering struct {
	p      *Portal
	mailer mail.Mailer
	begun  time.Time
	seen   map[string]bool // ids that this call has dealt with, whatever came of them
	done   Delivery
	faults []error
}

// pass goes once through what is due. Its error ends the delivery.
func (d *delivering) pass(ctx context.Context) error {
	query := storage.DueMessages{At: d.begun, Window: storage.Window{Limit: mailPage}}

	for {
		page, err := storage.List(ctx, d.p.store, query)
		if err != nil {
			return err
		}

		for _, m := range page.Rows {
			if d.seen[m.ID] {
				continue
			}

			d.seen[m.ID] = true

			if err := d.deliver(ctx, m); errors.Is(err, ErrNoSite) || ctx.Err() != nil {
				return err
			} else if err != nil {
				d.faults = append(d.faults, fmt.Errorf("guichet: message %s: %w", m.ID, err))
			}
		}

		if query.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// deliver leases one message, sends it, and records the outcome.
func (d *delivering) deliver(ctx context.Context, due storage.Message) error {
	p := d.p

	if due.Selector != "" && p.site == "" {
		return ErrNoSite
	}

	take := func(ctx context.Context, r storage.Reader) (storage.Batch, lease, error) {
		return p.lease(ctx, r, due.ID, d.begun)
	}

	leased, err := update(ctx, p, p.newID(), take)
	for err == nil && leased.more {
		leased, err = update(ctx, p, p.newID(), take)
	}

	switch {
	case err != nil:
		return err
	case leased.expanded:
		d.done.Expanded++

		return nil
	case leased.dropped:
		d.done.Dropped++

		return nil
	case leased.message.ID == "": // another process has it
		return nil
	}

	failure := p.send(ctx, d.mailer, leased)
	if failure != nil && ctx.Err() != nil {
		return ctx.Err() // the lease ends by itself
	}

	return d.record(ctx, leased.message, failure)
}

// send opens the link, renders the message and hands it over.
func (p *Portal) send(ctx context.Context, mailer mail.Mailer, l lease) error {
	m := l.message
	content := m.Content

	var token string

	if m.Selector != "" {
		var err error
		if token, err = p.seals.open(m.Sealed, m.ID); err != nil {
			return err
		}

		content.Link, content.Until = p.link(m.Kind, token), l.until.In(p.location)
	}

	subject, text, err := mail.Render(m.Kind, m.Language, content)
	if err != nil {
		return err
	}

	err = mailer.Send(ctx, mail.Message{
		ID: m.ID, Kind: m.Kind, From: p.sender, To: m.To, Subject: subject, Text: text, Language: m.Language,
	})
	if err != nil && content.Link != "" && strings.Contains(err.Error(), token) { // an answer that quotes the mail
		return errors.New(strings.ReplaceAll(err.Error(), token, "…"))
	}

	return err
}

// link is the address that opens the page for a token: a query parameter, which an access log can be told to leave out.
func (p *Portal) link(kind mail.Kind, token string) string {
	page := "activation"

	switch kind { //nolint:exhaustive // the others activate
	case mail.AddressUsed:
		page = "reprise"
	case mail.ContactToConfirm:
		page = "contact"
	case mail.ReactivationLink:
		page = "reactivation"
	case mail.ContestLink:
		page = "contestation"
	}

	return strings.TrimSuffix(p.site, "/") + "/" + page + "?lien=" + token
}

// record writes what became of a leased message. If the lease was lost meanwhile, whoever took it over records.
func (d *delivering) record(ctx context.Context, m storage.Message, failure error) error {
	p, at := d.p, d.p.at()

	after := settled(m, failure, at)

	switch after.State { //nolint:exhaustive // a try ends in one of these
	case storage.Sent:
		d.done.Sent++
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

		closed, err := p.gone(ctx, r, after)
		if closed && after.State != storage.Queued { // while it went out
			after.To, after.Content = "", mail.Content{}
		}

		return storage.Batch{Messages: []storage.Message{after}}, struct{}{}, err
	})
	if err != nil {
		p.log.WarnContext(ctx, "guichet: the outcome of a mail is not recorded, it may be sent twice", "message", m.ID)
	}

	return err
}

// gone tells whether the account that a message is to, or about, is closed.
func (p *Portal) gone(ctx context.Context, r storage.Reader, m storage.Message) (bool, error) {
	id := m.Recipient
	if id == "" {
		id = m.Account
	}

	acc, err := r.Account(ctx, id)
	_, err = found(err)

	return acc.State == account.Closed, err
}

// settled returns the message as it is after a try.
func settled(m storage.Message, failure error, at time.Time) storage.Message {
	switch {
	case failure == nil: // what it said is with whoever got it
		m.State, m.Sealed, m.Content, m.DoneAt, m.LastError = storage.Sent, nil, mail.Content{}, at, ""
	case m.Tries >= maxTries:
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
