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
	dropEnded   = "the registration has ended"
	dropNobody  = "nobody may decide"
	dropDecided = "the request is not open any more"
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
