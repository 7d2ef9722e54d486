package guichet

import (
	"context"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// link takes a message that carries a link, and starts the link's life. One id is one content: where the mail has to be
// another by now, another message takes its place. If a newer link is out, or there is nothing left to open, it is dropped.
func (l *leasing) link(ctx context.Context) (storage.Batch, lease, error) {
	link, err := l.r.Link(ctx, l.m.Selector)

	switch present, err := found(err); {
	case err != nil:
		return storage.Batch{}, lease{}, err
	case !present: // erased with the account that it was for
		return l.drop(storage.Batch{}, dropEnded)
	}

	switch link.Purpose {
	case account.PurposeActivation, account.PurposeAdoption:
		return l.registrationLink(ctx, link)
	case account.PurposeContact, account.PurposeReactivation, account.PurposeReset, account.PurposeLogin:
		return l.accountLink(ctx, link)
	case account.PurposeFactor:
		return l.code(ctx, link)
	case account.PurposeContest:
		return l.contestLink(ctx, link)
	}

	return l.drop(storage.Batch{}, dropEnded)
}

// accountLink takes a message with a link to an account, unless what it is bound to has changed.
func (l *leasing) accountLink(ctx context.Context, link account.Link) (storage.Batch, lease, error) {
	acc, err := l.r.Account(ctx, link.Account)
	if present, err := found(err); err != nil {
		return storage.Batch{}, lease{}, err
	} else if to, _ := boundParts(link); !present || to != bound(acc, link.Purpose) {
		return l.drop(storage.Batch{}, dropEnded)
	}

	return l.start(ctx, storage.Batch{}, link)
}

// code takes a message with the code that goes with a link which the person has already: it is sent while that lasts.
func (l *leasing) code(ctx context.Context, link account.Link) (storage.Batch, lease, error) {
	acc, err := l.r.Account(ctx, link.Account)
	if present, err := found(err); err != nil {
		return storage.Batch{}, lease{}, err
	} else if to, _ := boundParts(link); !present || to != bound(acc, link.Purpose) || link.Over(l.at) || !link.UsedAt.IsZero() {
		return l.drop(storage.Batch{}, dropEnded)
	}

	return l.take(storage.Batch{}, link.Expires())
}

// registrationLink takes a message with a link to a registration, and starts its claim's term. If the login has an account
// by now, the mail says to sign in instead (rule B14).
func (l *leasing) registrationLink(ctx context.Context, link account.Link) (storage.Batch, lease, error) {
	slice, err := l.roster(ctx)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	e, err := l.settle(ctx, slice)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	row := e.roster.Registered(l.m.Account)

	awaited, waiting := e.due(e.registration(l.m.Account), row)
	reg := e.registration(l.m.Account)
	batch := e.finish()

	if !waiting || link.Purpose == account.PurposeActivation && awaited.kind == mail.AddressUsed {
		return l.drop(batch, dropEnded)
	}

	// What is written about a message goes with where its structure's rows are.
	if len(batch.Rosters) == 0 && e.roster.Version > 0 {
		batch.Guards = append(batch.Guards, storage.RosterAt{Structure: e.roster.Structure, Version: e.roster.Version})
	}

	owner, err := l.r.AccountByLogin(ctx, reg.Login.Key())

	switch owned, err := found(err); {
	case err != nil:
		return storage.Batch{}, lease{}, err
	case owned && link.Purpose == account.PurposeActivation:
		// It is never sent, and must not keep another from being issued for as long as it waits.
		batch.Links = append(batch.Links, link.Leased(l.at))

		return l.toOwner(ctx, batch, owner, awaited)
	case !owned && link.Purpose == account.PurposeAdoption:
		return l.drop(batch, dropNobodyOwns)
	default:
		return l.start(ctx, batch, link.Within(awaited.notAfter))
	}
}

// settle starts the term of the claim whose mail this is. A registration without structure has none.
func (l *leasing) settle(ctx context.Context, slice storage.Slice) (*effects, error) {
	command := attachment.Mailed{By: account.System(), Account: l.m.Account}
	e := l.p.effects(l.r, slice, command.By, l.at)

	if l.m.Structure == "" {
		reg, err := l.r.Registration(ctx, l.m.Account)
		if present, err := found(err); !present || err != nil {
			return e, err
		}

		e.facts.Registrations[reg.ID] = reg

		return e, nil
	}

	changes, err := attachment.Decide(slice.Roster, slice.Facts, command, l.at)
	if err != nil {
		return nil, err
	}

	return e, e.apply(ctx, changes)
}

// start leases a message and with it its link, whose life begins. It replaces the one that counted before.
func (l *leasing) start(ctx context.Context, batch storage.Batch, link account.Link) (storage.Batch, lease, error) {
	links, err := l.r.Links(ctx, link.Account, link.Purpose)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	current, ok := account.Current(links)

	// Of several that somebody had written to one contact address before any went out, the newest is sent.
	burst := link.Purpose == account.PurposeContact && slices.ContainsFunc(links, func(other account.Link) bool {
		return other.Seq > link.Seq && other.Bound == link.Bound
	})

	switch {
	case ok && current.Seq > link.Seq || !link.UsedAt.IsZero() || burst:
		return l.drop(batch, dropNewer)
	case link.Over(l.at):
		next := l.again()
		next.Tries = l.m.Tries // or a link that lives for less than the tries take would never be given up
		renewed := l.p.mint(&next, link.Purpose, links, link.Life, link.NotAfter)
		renewed.Bound = link.Bound

		if renewed.Over(l.at) { // its end is not its own: nothing can be done in time any more
			return l.drop(batch, dropEnded)
		}

		batch.Links = append(batch.Links, renewed)

		return l.drop(batch, dropReplaced, next)
	}

	if ok && current.Seq < link.Seq {
		batch.Links = append(batch.Links, current) // it ends: whoever is about to use it has to look again
	}

	link = link.Leased(l.at)
	batch.Links = append(batch.Links, link)

	return l.take(batch, link.Expires())
}

// owner takes a message that tells whoever owns an address that a registration bears it. Nobody owns most.
func (l *leasing) owner(ctx context.Context) (storage.Batch, lease, error) {
	slice, err := l.roster(ctx)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	e := l.p.effects(l.r, slice, account.System(), l.at)
	row := e.roster.Registered(l.m.Account)
	reg := e.registration(l.m.Account)

	awaited, waiting := e.due(reg, row)
	if !waiting {
		return l.drop(storage.Batch{}, dropEnded)
	}

	owner, err := l.r.AccountByLogin(ctx, reg.Login.Key())
	if owned, err := found(err); err != nil {
		return storage.Batch{}, lease{}, err
	} else if !owned {
		return l.drop(storage.Batch{}, dropNobodyOwns)
	}

	var batch storage.Batch
	if e.roster.Version > 0 {
		batch.Guards = append(batch.Guards, storage.RosterAt{Structure: e.roster.Structure, Version: e.roster.Version})
	}

	if identity := e.facts.Structure.Identity; !identity.IsZero() { // its own, not that of whose activation wrote the message
		l.m.Content.Identifier = shown(identity)
	}

	return l.toOwner(ctx, batch, owner, awaited)
}

// toOwner replaces the message by one to the owner of an account whose login a registration bears, with a link to sign in
// through: nothing of what its author typed is in it.
func (l *leasing) toOwner(
	ctx context.Context, batch storage.Batch, owner account.Account, awaited due,
) (storage.Batch, lease, error) {
	earlier, err := l.r.Links(ctx, l.m.Account, account.PurposeAdoption)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	if !account.MayIssue(earlier, l.p.policy, l.at) {
		return l.drop(batch, dropNewer)
	}

	next := l.again()
	next.Kind, next.To, next.Language = mail.AddressUsed, owner.Login.String(), owner.Person.Language
	next.Content = mail.Content{Recipient: owner.Person.Name(), Identifier: l.m.Content.Identifier}

	batch.Links = append(batch.Links,
		l.p.mint(&next, account.PurposeAdoption, earlier, awaited.life, awaited.notAfter))

	return l.drop(batch, dropReplaced, next)
}

// again returns the message anew, under an id of its own, due at once.
func (l *leasing) again() storage.Message {
	m := l.m
	m.ID, m.Version, m.State, m.Tries, m.LastError = l.p.newID(), 0, storage.Queued, 0, ""
	m.Selector, m.Sealed, m.NotBefore = "", nil, l.before

	return m
}
