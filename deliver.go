package guichet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// How mail is tried: a lease keeps other processes away from a message while it is being sent; failures are retried
// with growing pauses, several of them within the life of a link, then the message is parked (rule F4).
const (
	leaseTime    = 5 * time.Minute
	sendTime     = leaseTime - 30*time.Second
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

		switch {
		case run.asked: // what was asked for is written by now, and due
			run.asked, run.begun = false, p.at()
		case len(run.seen) == before:
			return run.done, errors.Join(run.faults...)
		}
	}
}

// delivering is one call of Deliver.
type delivering struct {
	p      *Portal
	mailer mail.Mailer
	begun  time.Time
	asked  bool            // something that was asked for has been answered in this pass
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

			err := d.deliver(ctx, m)
			if d.p.progress != nil {
				d.p.progress(d.done)
			}

			if errors.Is(err, ErrNoSite) || ctx.Err() != nil {
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
	case leased.parked:
		d.done.Parked++

		return nil
	case leased.dropped:
		d.done.Dropped++

		return nil
	case leased.message.ID == "": // another process has it
		return nil
	}

	if isAsk(leased.message) {
		return d.answer(ctx, leased.message)
	}

	failure := p.send(ctx, d.mailer, leased)
	if failure != nil && ctx.Err() != nil {
		return ctx.Err() // the lease ends by itself
	}

	return d.record(ctx, leased.message, failure)
}

// answer deals with what somebody asked for with an address, and ends the message that said so.
func (d *delivering) answer(ctx context.Context, m storage.Message) error {
	failure := d.p.answered(ctx, m)
	if failure != nil && ctx.Err() != nil {
		return ctx.Err()
	}

	if failure == nil {
		d.asked = true
	}

	return d.record(ctx, m, failure)
}

// send opens the link, renders the message and hands it over.
func (p *Portal) send(ctx context.Context, mailer mail.Mailer, l lease) error {
	m := l.message
	content := m.Content
	content.Since, content.Until = content.Since.In(p.location), content.Until.In(p.location)

	var secret string

	if m.Selector != "" {
		var err error
		if secret, err = p.seals.open(m.Sealed, m.ID); err != nil {
			return err
		}

		content.Until = l.until.In(p.location)

		if m.Kind == mail.FactorCode {
			content.Code = secret
		} else {
			content.Link = p.link(m.Kind, secret)
		}
	}

	parts, err := mail.Render(m.Kind, m.Language, content)
	if err != nil {
		return err
	}

	// A mailer that hangs fails this message, and holds up neither the others nor the lease.
	sending, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()

	err = mailer.Send(sending, mail.Message{
		ID: m.ID, Kind: m.Kind, From: p.sender, To: m.To,
		Subject: parts.Subject, Text: parts.Text, HTML: parts.HTML, Language: m.Language,
	})
	if err != nil && secret != "" && strings.Contains(err.Error(), secret) { // an answer that quotes the mail
		return scrubbed{text: strings.ReplaceAll(err.Error(), secret, "…"), permanent: pointless(err)}
	}

	return err
}

// scrubbed is a mailer's error without the secret that it quoted.
type scrubbed struct {
	text      string
	permanent bool
}

// Error returns the text.
func (s scrubbed) Error() string { return s.text }

// Permanent tells whether another try would fail the same, see [mail.Permanent].
func (s scrubbed) Permanent() bool { return s.permanent }

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
	case mail.PasswordReset:
		page = "mot-de-passe"
	case mail.LoginToConfirm:
		page = "adresse"
	}

	return strings.TrimSuffix(p.site, "/") + "/" + page + "?lien=" + token
}
