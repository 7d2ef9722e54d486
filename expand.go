package guichet

import (
	"context"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// expandPage is how many recipients one transaction writes to.
const expandPage = 500

// expand replaces a message to several people of a structure by one for each of them, due at once. Where there are many, it
// goes on in the next delivery behind the last whom it has reached.
func (l *leasing) expand(ctx context.Context) (storage.Batch, lease, error) {
	slice, err := l.roster(ctx)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	if l.decided(slice.Roster) {
		return l.drop(storage.Batch{}, dropDecided)
	}

	people, more, err := l.audience(ctx)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	if len(people) == 0 && l.m.Recipient == "" {
		return l.drop(storage.Batch{}, dropNobody)
	}

	// The roster as it was: whoever joins or leaves meanwhile is in or out.
	batch := storage.Batch{Guards: []storage.Guard{
		storage.RosterAt{Structure: slice.Roster.Structure, Version: slice.Roster.Version},
	}}

	m := l.m

	for _, to := range people {
		m.Recipient = to.ID

		if to.State == account.Active {
			batch.Messages = append(batch.Messages, l.addressed(to))
		}
	}

	if !more {
		m.State, m.Content, m.DoneAt = storage.Expanded, mail.Content{}, l.at
	}

	batch.Messages = append(batch.Messages, m)

	return batch, lease{expanded: true, more: more}, nil
}

// audience returns the next of those whom the message is for.
func (l *leasing) audience(ctx context.Context) (people []account.Account, more bool, err error) {
	window := storage.Window{Limit: expandPage}

	var page storage.PageOf[account.Account]

	switch l.m.Kind.Audience() {
	case mail.ToAttached:
		page, err = storage.List(ctx, l.r, storage.UsersOf{Window: window, Structure: l.m.Structure, Past: l.m.Recipient})
	case mail.ToDeciders, mail.OnePerson:
		page, err = storage.List(ctx, l.r, storage.Deciders{Window: window, Structure: l.m.Structure, Past: l.m.Recipient})
	}

	return page.Rows, page.Next != "", err
}

// addressed is the message as one of several gets it. Its id follows from both, so that it is the same message however
// often the expansion is tried.
func (l *leasing) addressed(to account.Account) storage.Message {
	m := l.m
	m.ID, m.Version, m.Recipient = m.ID+"."+string(to.ID), 0, to.ID
	m.To, m.Language, m.Content.Recipient = addressOf(to, m.Kind), to.Person.Language, to.Person.Name()
	m.NotBefore = l.before

	return m
}

// tellAll writes one message to several people of the structure: it is expanded when it is delivered, so that who they are
// then is who is told.
func (e *effects) tellAll(kind mail.Kind, about account.ID, content mail.Content) {
	m := e.message(kind, about, content)
	m.To, m.Content.Recipient = "", ""

	e.batch.Messages = append(e.batch.Messages, m)
}
