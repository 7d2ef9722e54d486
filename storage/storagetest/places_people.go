package storagetest

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// byMinute are ids at two minutes: those of the second one would come first by themselves.
func byMinute(each func(minute int, id string)) []string {
	want := make([]string, 0, 2*len(bytewise()))

	for _, minute := range []int{1, 2} {
		for _, id := range bytewise() {
			want = append(want, fmt.Sprint(3-minute, id))
			each(minute, want[len(want)-1])
		}
	}

	return want
}

func dueRegistrationsKeyByKey(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1)}}

	want := byMinute(func(minute int, id string) {
		reg := applicant("x", house(1).ID)
		reg.ID, reg.Due, reg.CreatedAt, reg.Separate = account.ID(id), at(minute), at(-len(b.Registrations)), true
		b.Registrations = append(b.Registrations, reg)
	})

	slices.Reverse(b.Registrations)

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[account.Registration] {
		return storage.DueRegistrations{Window: w, At: at(2)}
	}, func(r account.Registration) string { return string(r.ID) })
}

func journalKeyByKey(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1)}}

	for minute := range 2 {
		for _, operation := range []string{"10", "9", "B", "a"} {
			for _, seq := range []int{0, 1, 2, 9, 10, 11} {
				b.Journal = append(b.Journal, storage.Entry{
					Operation: "zy"[minute:][:1] + operation, Seq: seq, Try: 1, At: at(minute), Actor: account.By("anne"), Action: "a",
					Structure: house(1).ID, Version: int64(9 - minute),
				})
			}
		}
	}

	var want []string

	place := func(e storage.Entry) string { return fmt.Sprint(e.At, e.Operation, e.Seq) }
	for _, e := range slices.Backward(b.Journal) {
		want = append(want, place(e))
	}

	slices.SortFunc(b.Journal, func(a, b storage.Entry) int { return a.Seq%4 - b.Seq%4 })

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.Entry] {
		return storage.JournalOf{Window: w, Account: "anne"}
	}, place)
}

func rowsKeyByKey(ctx context.Context, s bench) error {
	var (
		b    = storage.Batch{Accounts: []account.Account{person("anne")}}
		want = make([]string, 0, 128)
	)

	for i, id := range bytewise() {
		where := structure.New(structure.ID(id), siret(100-i), at(-i))
		r := head(where.ID)
		b.Structures = append(b.Structures, where)

		for j, code := range append([]string{""}, bytewise()...) {
			if code != "" {
				b.Services = append(b.Services, structure.Service{Structure: where.ID, Code: structure.Code(code)})
			}

			row := asks("anne", int64(20-j))
			row.Service = structure.Code(code)
			r.Rows = append(r.Rows, row)
			want = append(want, fmt.Sprintf("%q %q", id, code))
		}

		slices.Reverse(r.Rows)
		b.Rosters = append(b.Rosters, r)
	}

	slices.Reverse(b.Rosters)

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.RosterRow] {
		return storage.RowsOf{Window: w, Account: "anne"}
	}, func(r storage.RosterRow) string { return fmt.Sprintf("%q %q", r.Structure.ID, r.Attachment.Service) })
}

func messagesKeyByKey(ctx context.Context, s bench) error {
	var b storage.Batch

	want := byMinute(func(minute int, id string) {
		m := note(id, at(-len(b.Messages)))
		m.CreatedAt, m.Account = at(minute), "anne"
		b.Messages = append(b.Messages, m)
	})

	slices.Reverse(b.Messages)

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.Message] {
		return storage.MessagesOf{Window: w, Account: "anne"}
	}, func(m storage.Message) string { return m.ID })
}

func usersKeyByKey(ctx context.Context, s bench) error {
	return accountsKeyByKey(ctx, s, func(w storage.Window) storage.Of[account.Account] {
		return storage.UsersOf{Window: w, Structure: house(1).ID}
	})
}

func servicesKeyByKey(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1)}}

	for i, code := range bytewise() {
		b.Services = append(b.Services, structure.Service{
			Structure: house(1).ID, Code: structure.Code(code), Label: strconv.Itoa(9 - i), From: at(-i),
		})
	}

	slices.Reverse(b.Services)

	return placed(ctx, s, b, bytewise(), func(w storage.Window) storage.Of[structure.Service] {
		return storage.ServicesOf{Window: w, Structure: house(1).ID}
	}, func(s structure.Service) string { return string(s.Code) })
}

func publicStructuresKeyByKey(ctx context.Context, s bench) error {
	var (
		b    = storage.Batch{Accounts: []account.Account{person("x")}}
		want = make([]string, 0, 128)
	)

	// Names in the order of the forms under which they are found, which is not that of the names; some have one form.
	for i, legalNames := range [][]string{
		{"", "«»"},
		{"«10»"},
		{"9"},
		{"ÉCOLE"},
		{"École 10", "ecole (10)"},
		{"ecole-9"},
		{"école B"},
		{"Écoles"},
		{"Zoo"},
		{"(zoo) 1"},
		{"Ёлка"},
		{"𐐨"},
	} {
		for j, id := range bytewise() {
			want = append(want, fmt.Sprintf("%c %s", 'z'-i, id))
			place := town(structure.ID(want[len(want)-1]), len(want), legalNames[j%len(legalNames)])
			b.Structures = append(b.Structures, place)
			b.Rosters = append(b.Rosters, stands(place.ID, "x"))
		}
	}

	slices.Reverse(b.Structures)

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[structure.Structure] {
		return storage.PublicStructures{Window: w}
	}, func(s structure.Structure) string { return string(s.ID) })
}

func unverifiedKeyByKey(ctx context.Context, s bench) error {
	b := storage.Batch{Accounts: []account.Account{person("x")}}

	want := byMinute(func(minute int, id string) {
		place := town(structure.ID(id), 100-len(b.Structures), "Mairie")
		place.CheckedAt, place.CreatedAt = at(minute), at(-len(b.Structures))
		b.Structures = append(b.Structures, place)
		b.Rosters = append(b.Rosters, stands(place.ID, "x"))
	})

	slices.Reverse(b.Structures)

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[structure.Structure] {
		return storage.Unverified{Window: w, At: at(3)}
	}, func(s structure.Structure) string { return string(s.ID) })
}
