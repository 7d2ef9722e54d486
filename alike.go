package guichet

import (
	"context"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// Who registers with somebody's address must not learn from the time it takes that the address is known in the structure: that
// somebody registered with it, was refused or was invited there (rules B14 and D7). So where there is nothing to do as much is
// written as for a newcomer.

// blank returns a message that nobody is sent: it is over already.
func (e *effects) blank() storage.Message {
	return storage.Message{
		ID: e.p.newID(), State: storage.Dropped, Kind: mail.AddressUsed, CreatedAt: e.at, NotBefore: e.at, DoneAt: e.at,
		LastError: dropNothing,
	}
}

// mailed adds messages until there are as many as a newcomer's registration has written.
func (e *effects) mailed() {
	mails := 1 // to the author

	if s := e.roster.Standing; s == attachment.Managed || s == attachment.Vacant && e.p.support != "" {
		mails++
	}

	for len(e.batch.Messages) < mails {
		e.batch.Messages = append(e.batch.Messages, e.blank())
	}
}

// unseen returns what a newcomer's registration writes, in place of one that is not made: the row that is there already as it is,
// mails to nobody, and a line in the journal that is in nobody's history. If a link is due to whom asks names, who registered
// before, it is sent as if it had been asked for; the zero Login names nobody.
func (reg *registering) unseen(
	ctx context.Context, r storage.Reader, s storage.Slice, there account.ID, asks account.Login,
) (storage.Batch, error) {
	e := reg.p.effects(r, s, account.By(reg.id), reg.p.at())
	e.keys[attachment.Key{Account: there}] = true

	if _, ok := e.facts.Accounts[there]; !ok {
		e.registrations[there] = e.registration(there)
	}

	if !asks.IsZero() {
		m := reg.p.asking(mail.ActivationLink, asks, e.at)
		m.Structure = e.roster.Structure
		e.batch.Messages = append(e.batch.Messages, m)
	}

	e.mailed()

	if reg.p.policy.Activation == account.Immediate {
		if _, err := r.Links(ctx, reg.id, account.PurposeActivation); err != nil {
			return storage.Batch{}, err
		}
	}

	reg.unsent(e)

	return e.finish(), nil
}

// unsent adds the line in the journal, and the link, of a registration that is not made.
func (reg *registering) unsent(e *effects) {
	e.batch.Journal = append(e.batch.Journal, storage.Entry{At: e.at, Actor: e.by, Action: "registered again"})

	if reg.p.policy.Activation == account.Immediate {
		to := storage.Message{Account: reg.id}
		e.batch.Links = append(e.batch.Links, reg.p.mint(&to, account.PurposeActivation, nil, reg.p.policy.LinkLife, e.at))
	}
}
