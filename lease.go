package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// Why a message is dropped instead of sent.
const (
	dropEnded    = "the registration has ended"
	dropNobody   = "nobody may decide"
	dropDecided  = "the request is not open any more"
	dropNewer    = "a newer link was sent"
	dropReplaced = "another message took its place"
	dropOwner    = "the address has an account, which this is not about"
)

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
		return p.leaseLink(ctx, r, m, at, before)
	}

	strange, err := p.strange(ctx, r, m)

	switch {
	case err != nil:
		return storage.Batch{}, lease{}, err
	case strange:
		return storage.Batch{Messages: []storage.Message{dropped(m, dropOwner, at)}}, lease{dropped: true}, nil
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

// dropped returns the message as it is once there is no point in sending it: what it said is gone.
func dropped(m storage.Message, why string, at time.Time) storage.Message {
	m.State, m.Sealed, m.Content, m.DoneAt, m.LastError = storage.Dropped, nil, mail.Content{}, at, why

	return m
}

// strange tells whether a mail would tell the owner of an account what became of a registration that somebody made with
// their address: they were told to sign in if it is theirs (rule B14), and the rest is not about them.
func (p *Portal) strange(ctx context.Context, r storage.Reader, m storage.Message) (bool, error) {
	if m.Kind != mail.ClaimLapsed && m.Kind != mail.RequestLapsed && m.Kind != mail.Refused {
		return false, nil
	}

	reg, err := r.Registration(ctx, m.Account)
	if registered, err := found(err); !registered || err != nil {
		return false, err
	}

	owner, err := r.AccountByLogin(ctx, reg.Login.Key())
	bound, err := found(err)

	return bound && owner.ID != m.Account, err
}

// leaseLink takes a message that carries a link, and starts the link's life, and with it the claim's term. One id is
// one content: where the mail has to be another by now, another message takes its place. So it is if the link has ended
// since the message was written, and if the login has an account by now: then the mail says to sign in instead (rule
// B14). If there is nothing left to activate, or a newer link is out, the message is dropped.
func (p *Portal) leaseLink(
	ctx context.Context, r storage.Reader, m storage.Message, at, before time.Time,
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

	batch := e.finish()

	if len(batch.Rosters) == 0 { // what is written about a message goes with where its structure's rows are
		batch.Guards = append(batch.Guards, storage.RosterAt{Structure: e.roster.Structure, Version: e.roster.Version})
	}

	owner, err := r.AccountByLogin(ctx, reg.Login.Key())
	if bound, err := found(err); err != nil {
		return storage.Batch{}, lease{}, err
	} else if bound {
		batch.Messages = append(batch.Messages, dropped(m, dropReplaced, at), p.toOwner(m, owner, before))

		return batch, lease{dropped: true}, nil
	}

	links, err := r.Links(ctx, m.Account, account.PurposeActivation)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	link, err := r.Link(ctx, m.Selector)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	link = link.Within(end(e.roster, row))

	current, ok := account.Current(links)

	switch {
	case ok && current.Seq > link.Seq:
		batch.Messages = append(batch.Messages, dropped(m, dropNewer, at))

		return batch, lease{dropped: true}, nil
	case link.Over(at):
		next := p.again(m, before)
		batch.Links = append(batch.Links, p.mint(&next, link.Purpose, links, link.Life, link.NotAfter))
		batch.Messages = append(batch.Messages, dropped(m, dropReplaced, at), next)

		return batch, lease{dropped: true}, nil
	}

	if ok && current.Seq < link.Seq {
		batch.Links = append(batch.Links, current) // it ends: whoever is about to use it has to look again
	}

	m, link = taken(m, at), link.Leased(at)
	batch.Messages = append(batch.Messages, m)
	batch.Links = append(batch.Links, link)

	return batch, lease{message: stored(m), until: link.Expires()}, nil
}

// again returns the message anew, under an id of its own, due at once.
func (p *Portal) again(m storage.Message, due time.Time) storage.Message {
	m.ID, m.Version, m.State, m.Tries, m.LastError = p.newID(), 0, storage.Queued, 0, ""
	m.Selector, m.Sealed, m.NotBefore = "", nil, due

	return m
}

// toOwner returns the message as the owner of an account gets it whose login a registration bears: nothing of what its
// author typed is in it.
func (p *Portal) toOwner(m storage.Message, owner account.Account, due time.Time) storage.Message {
	m = p.again(m, due)
	m.Kind, m.To, m.Language = mail.AddressUsed, owner.Login.String(), owner.Person.Language
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

	m.State, m.Content, m.DoneAt = storage.Expanded, mail.Content{}, at
	batch.Messages = append(batch.Messages, m)
	batch.Guards = append(batch.Guards,
		storage.RosterAt{Structure: slice.Roster.Structure, Version: slice.Roster.Version})

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
