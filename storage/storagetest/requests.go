package storagetest

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// openRequests is the approvals list.
func openRequests(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1), house(2), house(3)}}
	rosters := map[structure.ID]*attachment.Roster{}

	for _, h := range b.Structures {
		r := head(h.ID)
		rosters[h.ID] = &r
	}

	b.Services = []structure.Service{
		{Structure: house(1).ID, Code: "S1", Label: "here"}, {Structure: house(2).ID, Code: "S1", Label: "there"},
	}

	// bob is an account whose registration said something else; the others are one or the other.
	old := applicant("bob", house(1).ID)
	old.Person.FirstName, old.State = "formerly", account.Activated
	b.Accounts = []account.Account{person("anne"), person("bob"), person("Zoe")}
	b.Registrations = []account.Registration{old, applicant("jean", house(1).ID), applicant("éva", house(2).ID)}

	ask := func(n int, id account.ID, service structure.Code, minute int, order int64) attachment.Attachment {
		row := asks(id, order)
		row.Service, row.RequestedAt, row.Comment = service, at(minute), "s'il vous plaît"
		rosters[house(n).ID].Rows = append(rosters[house(n).ID].Rows, row)

		return row
	}
	line := func(n int, row attachment.Attachment) storage.OpenRequest {
		out := storage.OpenRequest{Structure: house(n), Attachment: row}
		out.Structure.Version = 1

		for _, service := range b.Services {
			if service.Structure == house(n).ID && service.Code == row.Service {
				service.Version = 1
				out.Service = service
			}
		}

		for _, reg := range b.Registrations {
			if reg.ID == row.Account {
				out.Login, out.Person = reg.Login, reg.Person
			}
		}

		for _, a := range b.Accounts {
			if a.ID == row.Account {
				out.Login, out.Person = a.Login, a.Person
			}
		}

		return out
	}

	// In the order of the list: by time, structure, order, account, service.
	want := []storage.OpenRequest{
		line(2, ask(2, "éva", "", 1, 50)),
		line(1, ask(1, "jean", "", 2, 9)),
		line(1, ask(1, "Zoe", "", 2, 10)),
		line(1, ask(1, "bob", "", 2, 10)),
		line(1, ask(1, "bob", "S1", 2, 10)),
		line(2, ask(2, "anne", "S1", 2, 1)),
		line(2, ask(2, "bob", "", 3, 2)),
	}

	// The first one lapses; the others, whose Due is zero, never do.
	due := at(60)
	want[0].Attachment.Due, rosters[house(2).ID].Rows[0].Due = due, due

	ask(3, "anne", "", 0, 1) // in a structure that is not asked for

	for i, state := range attachment.States() {
		if state == attachment.Requested || state == attachment.Claimed {
			continue
		}

		row := asks(name[account.ID]("past", i), int64(i))
		row.State = state
		rosters[house(1).ID].Rows = append(rosters[house(1).ID].Rows, row)
		b.Registrations = append(b.Registrations, applicant(row.Account, house(1).ID))
	}

	rosters[house(1).ID].Attached = 2

	for _, h := range b.Structures {
		b.Rosters = append(b.Rosters, *rosters[h.ID])
	}

	if err := given(ctx, s, b); err != nil {
		return err
	}

	query := func(ids ...structure.ID) func(storage.Window) storage.Of[storage.OpenRequest] {
		return func(w storage.Window) storage.Of[storage.OpenRequest] {
			return storage.OpenRequests{Window: w, Structures: ids}
		}
	}

	over := func(when time.Time) func(storage.Window) storage.Of[storage.OpenRequest] {
		return func(w storage.Window) storage.Of[storage.OpenRequest] {
			return storage.OpenRequests{Window: w, Structures: []structure.ID{house(1).ID, house(2).ID}, At: when}
		}
	}

	return steps(
		func() error { return lists(ctx, s, want, query(house(2).ID, house(1).ID)) },
		func() error {
			return none("before the first one's Due", lists(ctx, s, want, over(due.Add(-time.Microsecond))))
		},
		func() error { return none("at the first one's Due", lists(ctx, s, want[1:], over(due))) },
		func() error {
			return none("a structure named twice", lists(ctx, s, want, query(house(1).ID, house(2).ID, house(1).ID)))
		},
		func() error { return none("no structure", lists(ctx, s, nil, query())) },
	)
}
