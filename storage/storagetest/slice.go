package storagetest

import (
	"context"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func emptyRoster(ctx context.Context, s bench) error {
	rows := base()
	rows.Services = []structure.Service{{Structure: house(1).ID, Code: "SRV", Label: "Service"}}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	written := versioned(rows, 1)

	want := storage.Slice{Roster: head(house(1).ID)}
	want.Facts.Structure = written.Structures[0]
	want.Facts.Accounts = map[account.ID]account.Account{"anne": written.Accounts[0]}
	want.Facts.Registrations = map[account.ID]account.Registration{"jean": written.Registrations[0]}
	want.Facts.Services = map[structure.Code]structure.Service{"SRV": written.Services[0]}

	got, err := slice(ctx, s, storage.RosterQuery{
		Structure: house(1).ID, Accounts: []account.ID{"anne", "jean", "nobody"},
		Services: []structure.Code{"", "SRV", "none"}, At: at(0),
	})

	return steps(
		func() error { return none("Roster", err) },
		func() error { return same("slice", want, got) },
	)
}

// crowd is a managed roster of many: more people in the queue than a slice shows, each with rows at services, and
// bystanders.
func crowd() storage.Batch {
	b := storage.Batch{Structures: []structure.Structure{house(1), house(2)}}
	r := head(house(1).ID)
	r.Standing, r.Holder, r.Attached = attachment.Managed, "holder", 2

	for _, code := range []structure.Code{"S1", "S2", "S3", "S4"} {
		b.Services = append(b.Services, structure.Service{Structure: house(1).ID, Code: code, Label: "here"})
	}

	// The same codes mean something else in another structure.
	b.Services = append(b.Services, structure.Service{Structure: house(2).ID, Code: "S4", Label: "elsewhere"})

	b.Accounts = []account.Account{person("asked"), person("holder"), person("bystander")}
	other := belongs("holder", "S1", look())
	other.State = attachment.Detached
	other.Grants = nil
	r.Rows = append(r.Rows, belongs("holder", "", look()), other, belongs("bystander", "S3", act()))

	for i := range attachment.QueueLength + 1 {
		id := name[account.ID]("queued", i)
		b.Registrations = append(b.Registrations, applicant(id, house(1).ID))

		withdrawn := asks(id, 1)
		withdrawn.Service, withdrawn.State = "S2", attachment.Withdrawn
		r.Rows = append(r.Rows, asks(id, int64(10+i)), withdrawn)
	}

	lapsed := asks("asked", 2)
	lapsed.State = attachment.Lapsed
	r.Rows = append(r.Rows, lapsed)

	// The login asked for has registered here once, and withdrew.
	withdrawn := applicant("newest", house(1).ID)
	withdrawn.State = account.Withdrawn
	b.Registrations = append(b.Registrations, withdrawn)
	row := asks("newest", 3)
	row.State = attachment.Withdrawn
	r.Rows = append(r.Rows, row)

	// The accounts have rows in another structure, which are none of this one's business.
	elsewhere := head(house(2).ID)
	elsewhere.Rows = []attachment.Attachment{asks("asked", 1), asks("holder", 2), belongs("queued-0", "S4", look())}
	b.Rosters = []attachment.Roster{r, elsewhere}

	return b
}

func sliceOfARoster(ctx context.Context, s bench) error {
	b := crowd()
	if err := given(ctx, s, b); err != nil {
		return err
	}

	written := versioned(b, 1)
	want := storage.Slice{Roster: written.Rosters[0].Clone(), Newest: "newest"}

	for i := range attachment.QueueLength {
		want.Roster.Queue = append(want.Roster.Queue, name[account.ID]("queued", i))
	}

	wanted := slices.Concat([]account.ID{"asked", "holder", "newest"}, want.Roster.Queue)
	want.Roster.Rows = slices.DeleteFunc(want.Roster.Rows, func(row attachment.Attachment) bool {
		return !slices.Contains(wanted, row.Account)
	})
	sortRows(want.Roster.Rows)

	want.Facts.Structure = written.Structures[0]
	want.Facts.Services = map[structure.Code]structure.Service{
		"S1": written.Services[0], "S2": written.Services[1], "S4": written.Services[3],
	}
	want.Facts.Registrations = map[account.ID]account.Registration{}
	want.Facts.Accounts = map[account.ID]account.Account{"asked": written.Accounts[0], "holder": written.Accounts[1]}

	for _, reg := range written.Registrations {
		if slices.Contains(wanted, reg.ID) {
			want.Facts.Registrations[reg.ID] = reg
		}
	}

	got, err := slice(ctx, s, storage.RosterQuery{
		Structure: house(1).ID, Accounts: []account.ID{"asked", "asked"}, Login: login("newest@example.fr").Key(),
		Services: []structure.Code{"S4", "S9"}, At: at(0),
	})

	return steps(
		func() error { return none("Roster", err) },
		func() error { return same("slice", want, got) },
	)
}

func queueOfARoster(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1)}}
	r := head(house(1).ID)

	ask := func(id account.ID, order int64, due int, state account.RegistrationState, holder account.State) {
		row := asks(id, order)
		if due > 0 {
			row.Due = at(due)
		}

		r.Rows = append(r.Rows, row)

		if state != 0 {
			reg := applicant(id, house(1).ID)
			reg.State = state
			b.Registrations = append(b.Registrations, reg)
		}

		if holder != 0 {
			a := person(id)
			a.State = holder
			b.Accounts = append(b.Accounts, a)
		}
	}

	const now = 100

	ask("overdue", 1, now, account.AwaitingApproval, 0) // its time is over at that very moment
	ask("blocked", 2, 0, 0, account.Blocked)
	ask("ended", 3, now+1, account.Withdrawn, 0)
	ask("deactivated", 4, 0, account.Activated, account.Deactivated)
	ask("closed", 5, 0, 0, account.Closed)
	ask("z-first", 7, now+1, account.AwaitingApproval, 0)
	ask("a-second", 8, 0, account.Activated, account.Active) // was a registration, and is an account
	ask("tie-b", 20, 0, 0, account.Active)
	ask("tie-a", 20, 0, 0, account.Active)
	ask("last", 100, 0, account.AwaitingApproval, 0) // an order of more digits is later, not earlier

	// The time of a separate registration is over although that of its request is not.
	ask("lapsed", 6, now+50, account.AwaitingActivation, 0)
	lapsed := &b.Registrations[len(b.Registrations)-1]
	lapsed.Separate, lapsed.Due = true, at(now)

	service := asks("service", 6)
	service.Service = "SRV"
	r.Rows = append(r.Rows, service)
	b.Accounts = append(b.Accounts, person("service"))
	b.Services = []structure.Service{{Structure: house(1).ID, Code: "SRV"}}

	approved := asks("approved", 6)
	approved.State = attachment.Approved
	r.Rows = append(r.Rows, approved)
	b.Registrations = append(b.Registrations, applicant("approved", house(1).ID))
	b.Rosters = []attachment.Roster{r}

	if err := given(ctx, s, b); err != nil {
		return err
	}

	queue := func(minute int, line ...account.ID) error {
		want := line[:min(len(line), attachment.QueueLength)]

		got, err := s.Roster(ctx, storage.RosterQuery{Structure: house(1).ID, At: at(minute)})
		if err != nil {
			return none("Roster", err)
		}

		return same(fmt.Sprintf("queue at minute %d", minute), want, got.Roster.Queue)
	}

	// Each step takes the first of the queue out of it, by a decision, and so lets in who comes after.
	version := int64(1)
	refuse := func(id account.ID) error {
		row, _ := r.Row(attachment.Key{Account: id})
		row.State = attachment.Refused
		changed := head(house(1).ID)
		changed.Version, changed.Rows = version, []attachment.Attachment{row}
		version++

		return none("refusing "+string(id), write(ctx, s, storage.Batch{Rosters: []attachment.Roster{changed}}))
	}

	return steps(
		func() error {
			return queue(now-1, "overdue", "lapsed", "z-first", "a-second", "tie-a", "tie-b", "last")
		},
		func() error { return queue(now, "z-first", "a-second", "tie-a", "tie-b", "last") },
		func() error { return queue(now+1, "a-second", "tie-a", "tie-b", "last") },
		func() error { return refuse("a-second") },
		func() error { return queue(now, "z-first", "tie-a", "tie-b", "last") },
		func() error { return refuse("z-first") },
		func() error { return queue(now, "tie-a", "tie-b", "last") },
		func() error { return refuse("tie-b") },
		func() error { return queue(now, "tie-a", "last") },
		func() error { return refuse("tie-a") },
		func() error { return queue(now, "last") },
		func() error { return refuse("last") },
		func() error { return queue(now) },
	)
}

func newestOfALogin(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1), house(2)}}
	here, there := head(house(1).ID), head(house(2).ID)

	register := func(r *attachment.Roster, id account.ID, address string, order int64, created int) {
		reg := applicant(id, r.Structure)
		reg.Login, reg.CreatedAt = login(address), at(created)
		b.Registrations = append(b.Registrations, reg)
		r.Rows = append(r.Rows, asks(id, order))
	}

	register(&here, "c", "Twice@example.fr", 9, 1)
	register(&here, "a", "twice@example.fr", 10, 0) // the highest order, though it says that it is older
	register(&here, "b", "twice@Example.fr", 2, 5)
	register(&here, "d", "other@example.fr", 11, 6)
	register(&there, "e", "twice@example.fr", 12, 7)

	// One for another structure has a row here, as after a copy.
	register(&there, "g", "copied@example.fr", 3, 8)
	here.Rows = append(here.Rows, asks("g", 30))
	here.Rows[len(here.Rows)-1].State = attachment.Withdrawn
	register(&here, "h", "copied@example.fr", 4, 2)

	// One whose login is corrected below.
	register(&here, "i", "typo@example.fr", 31, 9)
	register(&here, "j", "typo@example.fr", 5, 1)
	register(&here, "k", "right@example.fr", 6, 1)
	corrected := b.Registrations[len(b.Registrations)-3]
	corrected.Version, corrected.Login = 1, login("right@example.fr")

	// One version of the roster may make several requests.
	register(&here, "t-9", "tie@example.fr", 20, 1)
	register(&here, "t-B", "tie@example.fr", 20, 0)
	register(&here, "t-10", "tie@example.fr", 20, 3)

	// Whoever has no row at structure level is none of them.
	reg := applicant("f", house(1).ID)
	reg.Login = login("twice@example.fr")
	b.Registrations = append(b.Registrations, reg)
	row := asks("f", 13)
	row.Service = "SRV"
	here.Rows = append(here.Rows, row)
	b.Services = []structure.Service{{Structure: house(1).ID, Code: "SRV"}}
	b.Rosters = []attachment.Roster{here, there}

	if err := given(ctx, s, b); err != nil {
		return err
	}

	newest := func(where structure.ID, key string, want account.ID) func() error {
		return func() error {
			got, err := s.Roster(ctx, storage.RosterQuery{Structure: where, Login: key, At: at(0)})
			if err != nil {
				return none("Roster", err)
			}

			_, row := got.Roster.Row(attachment.Key{Account: want})
			_, reg := got.Facts.Registrations[want]

			return steps(
				func() error { return same("newest of "+key, want, got.Newest) },
				func() error { return same("its row and registration are there", want != "", row && reg) },
			)
		}
	}

	return steps(
		newest(house(1).ID, "twice@example.fr", "a"),
		newest(house(1).ID, "other@example.fr", "d"),
		newest(house(1).ID, "tie@example.fr", "t-B"),
		newest(house(2).ID, "twice@example.fr", "e"),
		newest(house(2).ID, "other@example.fr", ""),
		newest(house(1).ID, "copied@example.fr", "h"),
		newest(house(2).ID, "copied@example.fr", "g"),
		newest(house(1).ID, "nobody@example.fr", ""),
		newest(house(1).ID, "", ""),
		newest(house(1).ID, "typo@example.fr", "i"),
		newest(house(1).ID, "right@example.fr", "k"),
		func() error {
			return none("correcting a login", write(ctx, s, storage.Batch{Registrations: []account.Registration{corrected}}))
		},
		newest(house(1).ID, "typo@example.fr", "j"),
		newest(house(1).ID, "right@example.fr", "i"),
	)
}
