package storagetest

import (
	"context"
	"slices"
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
	// wish is asked for by somebody who belongs there since long before all, or long after.
	wish := func(n int, id account.ID, service structure.Code, minute int, order int64) attachment.Attachment {
		row := wishes(belongs(id, service, look()), minute, order)
		row.RequestedAt, row.Order, row.State = at(-90*(2*n-3)), 1000*int64(2*n-3), attachment.States()[3+n]
		row.Wish.Comment, row.Due = "encore", at(1) // a Due is a request's
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
		line(1, wish(1, "anne", "", 2, 11)),
		line(2, ask(2, "anne", "S1", 2, 1)),
		line(2, wish(2, "Zoe", "S1", 2, 2)),
		line(2, ask(2, "bob", "", 3, 2)),
	}

	// A wish that was decided is none any more, whatever is left of it.
	decided := belongs("decided", "")
	decided.Wish = attachment.Wish{
		Comment: "encore", At: at(2), Order: 9, Decision: attachment.Decision{By: account.By("bob"), At: at(3)},
	}
	rosters[house(1).ID].Rows = append(rosters[house(1).ID].Rows, decided)
	b.Accounts = append(b.Accounts, person("decided"))

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
			alone := []storage.OpenRequest{want[1], want[2], want[3], want[4], want[5]}

			return none("one structure", lists(ctx, s, alone, query(house(1).ID)))
		},
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

func dueReminders(ctx context.Context, s bench) error {
	const now = 100

	b := storage.Batch{
		Structures: []structure.Structure{house(1), house(2)},
		Services:   []structure.Service{{Structure: house(2).ID, Code: "S1"}, {Structure: house(2).ID, Code: "S2"}},
	}
	one, two := head(house(1).ID), head(house(2).ID)

	remind := func(r *attachment.Roster, row attachment.Attachment, when time.Time) storage.DueRow {
		row.Remind = when
		r.Rows = append(r.Rows, row)
		b.Accounts = append(b.Accounts, person(row.Account))

		return storage.DueRow{Structure: r.Structure, Account: row.Account, Service: row.Service, Due: when}
	}
	at2 := func(id account.ID, code structure.Code) attachment.Attachment {
		row := asks(id, 1)
		row.Service, row.Due = code, at(1) // its own end is another thing

		return row
	}

	want := []storage.DueRow{
		remind(&two, at2("b", "S2"), time.Time{}.Add(time.Microsecond)), // was due from the beginning
		remind(&two, at2("g", "S1"), at(20)),
		remind(&two, at2("h", ""), at(20)),
		remind(&one, wishes(belongs("f", ""), 1, 1), at(50)),
		remind(&two, at2("C", ""), at(50)),
		remind(&two, wishes(belongs("a", "S1"), 1, 1), at(50)),
		remind(&one, at2("z", ""), at(now)),
	}

	remind(&one, at2("later", ""), at(now).Add(time.Microsecond))
	remind(&one, at2("never", ""), time.Time{})
	remind(&two, wishes(belongs("never-2", ""), 1, 1), time.Time{})
	slices.Reverse(one.Rows)
	slices.Reverse(two.Rows)
	b.Rosters = []attachment.Roster{one, two}

	reminders := func(what string, want []storage.DueRow) func() error {
		return func() error {
			return none(what, lists(ctx, s, want, func(w storage.Window) storage.Of[storage.DueRow] {
				return storage.DueReminders{Window: w, At: at(now)}
			}))
		}
	}

	// Somebody is reminded of it, and later of it again; and it is decided.
	next, done := one.Clone(), one.Clone()
	next.Version, done.Version = 1, 2
	next.Rows = next.Rows[len(next.Rows)-1:]
	next.Rows[0].Remind, next.Rows[0].Reminded = at(now-1), 1
	done.Rows = []attachment.Attachment{belongs("f", "")}

	again := slices.Clone(want)
	again[3], again[4], again[5] = want[4], want[5], want[3]
	again[5].Due = at(now - 1)

	return steps(
		func() error { return given(ctx, s, b) },
		reminders("at first", want),
		func() error {
			return none("reminding", write(ctx, s, storage.Batch{Rosters: []attachment.Roster{next}}))
		},
		reminders("once more", again),
		func() error {
			return none("deciding", write(ctx, s, storage.Batch{Rosters: []attachment.Roster{done}}))
		},
		reminders("decided", slices.Delete(slices.Clone(again), 5, 6)),
	)
}
