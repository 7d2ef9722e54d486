package guichet

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
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

// Why a message is dropped instead of sent.
const (
	dropEnded   = "the registration has ended"
	dropNobody  = "nobody may decide"
	dropDecided = "the request is not open any more"
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

// lease is a message that this process may send for a while, or what became of it instead.
type lease struct {
	message  storage.Message // ID "" = it is not to be had
	until    time.Time       // the end of its link's life
	expanded bool
	dropped  bool
}

// lease takes a message for this process.
func (p *Portal) lease(
	ctx context.Context, r storage.Reader, id string, before time.Time,
) (storage.Batch, lease, error) {
	at := p.at()

	m, err := r.Message(ctx, id)
	if present, err := found(err); !present || err != nil {
		return storage.Batch{}, lease{}, err
	}

	switch {
	case m.State != storage.Queued || m.NotBefore.After(at):
		return storage.Batch{}, lease{}, nil
	case m.To == "":
		return p.expand(ctx, r, m, at, before)
	case m.Kind.NeedsLink():
		return p.leaseLink(ctx, r, m, at)
	default:
		m = taken(m, at)

		return storage.Batch{Messages: []storage.Message{m}}, lease{message: stored(m)}, nil
	}
}

// taken returns the message as it is while it is leased.
func taken(m storage.Message, at time.Time) storage.Message {
	m.Tries++
	m.NotBefore = at.Add(leaseTime)

	return m
}

// stored returns the message as the store has it after a batch.
func stored(m storage.Message) storage.Message {
	m.Version++

	return m
}

func dropped(m storage.Message, why string, at time.Time) storage.Message {
	m.State, m.Sealed, m.DoneAt, m.LastError = storage.Dropped, nil, at, why

	return m
}

// leaseLink takes a message that carries a link, and starts the link's life, and with it the claim's term. If the link
// has ended since the message was written, it gets a new one; if there is nothing left to activate, it is dropped;
// if the login has an account by now, the mail says to sign in instead (rule B14).
func (p *Portal) leaseLink(
	ctx context.Context, r storage.Reader, m storage.Message, at time.Time,
) (storage.Batch, lease, error) {
	command := attachment.Mailed{By: account.System(), Account: m.Account}

	slice, err := r.Roster(ctx, storage.RosterQuery{Structure: m.Structure, Accounts: command.Accounts(), At: at})
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	slice = p.known(slice)

	changes, err := attachment.Decide(slice.Roster, slice.Facts, command, at)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	e := p.effects(r, slice, command.By, at)
	if err := e.apply(ctx, changes); err != nil {
		return storage.Batch{}, lease{}, err
	}

	reg := e.registration(m.Account)
	row, _ := e.roster.Row(attachment.Key{Account: m.Account})

	if reg.State != account.AwaitingActivation || !row.State.Open() {
		batch := e.finish()
		batch.Messages = append(batch.Messages, dropped(m, dropEnded, at))

		return batch, lease{dropped: true}, nil
	}

	owner, err := r.AccountByLogin(ctx, reg.Login.Key())
	if bound, err := found(err); err != nil {
		return storage.Batch{}, lease{}, err
	} else if bound {
		m = toOwner(taken(m, at), owner)

		batch := e.finish()
		batch.Messages = append(batch.Messages, m)

		return batch, lease{message: stored(m)}, nil
	}

	m = taken(m, at)

	link, err := p.leasedLink(ctx, r, &m, at, end(e.roster, row))
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	batch := e.finish()
	batch.Messages = append(batch.Messages, m)
	batch.Links = append(batch.Links, link)

	return batch, lease{message: stored(m), until: link.Expires()}, nil
}

// toOwner returns the message as the owner of an account gets it whose login a registration bears: nothing of what its
// author typed is in it.
func toOwner(m storage.Message, owner account.Account) storage.Message {
	m.Kind, m.Selector, m.Sealed = mail.AddressUsed, "", nil
	m.To, m.Language = owner.Login.String(), owner.Person.Language
	m.Content = mail.Content{Recipient: owner.Person.Name(), Identifier: m.Content.Identifier}

	return m
}

// end is when what a registration's row waits for is over, whatever links are sent.
func end(r attachment.Roster, row attachment.Attachment) time.Time {
	if row.State == attachment.Claimed {
		return r.Claim.Term
	}

	return row.Due
}

// leasedLink returns the message's link with its life begun, or a new one sealed into the message if that link has
// been replaced or is over.
func (p *Portal) leasedLink(
	ctx context.Context, r storage.Reader, m *storage.Message, at, notAfter time.Time,
) (account.Link, error) {
	links, err := r.Links(ctx, m.Account, account.PurposeActivation)
	if err != nil {
		return account.Link{}, err
	}

	link, err := r.Link(ctx, m.Selector)
	if err != nil {
		return account.Link{}, err
	}

	// A claim's term may have moved nearer since the link was issued; it never moves away.
	if !notAfter.IsZero() && (link.NotAfter.IsZero() || notAfter.Before(link.NotAfter)) {
		link.NotAfter = notAfter
	}

	if current, ok := account.Current(links); link.Over(at) || ok && current.Seq > link.Seq {
		link = p.mint(m, link.Purpose, links, link.Life, notAfter)
	}

	return link.Leased(at), nil
}

// expand replaces a message to the deciders by one message for each of them, due at once.
func (p *Portal) expand(
	ctx context.Context, r storage.Reader, m storage.Message, at, before time.Time,
) (storage.Batch, lease, error) {
	slice, err := r.Roster(ctx, storage.RosterQuery{Structure: m.Structure, Accounts: []account.ID{m.Account}, At: at})
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	waits := false

	for _, row := range slice.Roster.RowsOf(m.Account) {
		waits = waits || row.State == attachment.Requested
	}

	if !waits {
		return storage.Batch{Messages: []storage.Message{dropped(m, dropDecided, at)}}, lease{dropped: true}, nil
	}

	var batch storage.Batch

	query := storage.Deciders{Structure: m.Structure, Window: storage.Window{Limit: storage.MaxLimit}}

	for {
		page, err := storage.List(ctx, r, query)
		if err != nil {
			return storage.Batch{}, lease{}, err
		}

		for _, decider := range page.Rows {
			batch.Messages = append(batch.Messages, addressed(m, decider, before))
		}

		if query.After = page.Next; page.Next == "" {
			break
		}
	}

	if len(batch.Messages) == 0 {
		return storage.Batch{Messages: []storage.Message{dropped(m, dropNobody, at)}}, lease{dropped: true}, nil
	}

	m.State, m.DoneAt = storage.Expanded, at
	batch.Messages = append(batch.Messages, m)

	return batch, lease{expanded: true}, nil
}

// addressed is a message to the deciders as one of them gets it. Its id follows from both, so that it is the same
// message however often the expansion is tried.
func addressed(m storage.Message, to account.Account, due time.Time) storage.Message {
	m.ID, m.Version = m.ID+"."+string(to.ID), 0
	m.To, m.Language, m.Content.Recipient = to.Login.String(), to.Person.Language, to.Person.Name()
	m.NotBefore = due

	return m
}
