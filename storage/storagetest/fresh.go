package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// freshCases are about what reads see of what was committed before them.
func freshCases() []Case {
	return []Case{
		{
			Name:     "S7_ReadsSeeWhatWasCommitted",
			Sentence: snapshotSentence,
			Explanation: "Rows of every kind are read by every method before they are there and before each change, and again at " +
				"once when Update returned nil: by the same caller, and by another transaction. A cache, or a replica that lags " +
				"behind, shows people what they have just changed as it was.",
			test: func(ctx context.Context, s bench) error { return readsSeeWhatWasCommitted(ctx, s, 0) },
		},
		{
			Name:     "S7_OthersSeeWhatWasCommittedUnderRace",
			Sentence: snapshotSentence,
			Explanation: "Rows of every kind are read by many callers at once, by every method, before each change and as soon as " +
				"Update returned nil. Whoever is told of a change looks, and must find it.",
			test: func(ctx context.Context, s bench) error { return readsSeeWhatWasCommitted(ctx, s, 4) },
		},
		{
			Name:     "S2_RefusalsAreNotRemembered",
			Sentence: "ErrConflict and ErrExists mean: nothing was committed.",
			Explanation: "A batch is refused for a guard, a version, each unique key, or a holder without a row. Once the cause " +
				"is gone the very same batch is taken. A store that remembers a refusal shuts out who did everything right.",
			test: refusalsAreNotRemembered,
		},
		{
			Name:     "S3_LoserReadsTheWinner",
			Sentence: "Whoever calls Update retries on ErrConflict.",
			Explanation: "Two read one row and one of them writes; the other is told that a race was lost, reads again in a " +
				"transaction of its own, and must see what the first wrote. Otherwise it loses for ever.",
			test: loserReadsTheWinner,
		},
	}
}

func readsSeeWhatWasCommitted(ctx context.Context, s bench, readers int) error {
	absence := func() error { return absent(ctx, s, full(1, 0)) }

	if err := steps(absence, func() error { return notFound(ctx, s) }, absence); err != nil {
		return err
	}

	for round := range byte(3) {
		b := versioned(full(1, round), int64(round))
		warm(ctx, s, b)

		if err := write(ctx, s, b); err != nil {
			return none("writing", err)
		}

		look := func(r storage.Reader) error { return sees(ctx, r, b, int64(round)+1) }
		if err := errors.Join(together(readers, func(int) error { return look(s) })...); err != nil {
			return fmt.Errorf("change %d, by others: %w", round, err)
		}

		if err := look(s); err != nil {
			return fmt.Errorf("change %d, by who wrote it: %w", round, err)
		}

		err := s.Update(ctx, func(_ context.Context, r storage.Reader) (storage.Batch, error) {
			return storage.Batch{}, look(r)
		})
		if err != nil {
			return fmt.Errorf("change %d, by another transaction: %w", round, err)
		}
	}

	return nil
}

// warm reads by every key of a batch before it is written, whatever the answers are.
func warm(ctx context.Context, r storage.Reader, b storage.Batch) {
	_, _ = readBack(ctx, r, b)
	_, _ = everything(ctx, r, b)

	for _, row := range b.Accounts {
		_, _ = r.AccountByLogin(ctx, row.Login.Key())
	}

	for _, row := range b.Registrations {
		_, _ = r.Page(ctx, storage.RegistrationsOf{Login: row.Login.Key()})
		_, _ = r.Page(ctx, storage.MessagesOf{Account: row.ID})
	}
}

// sees tells whether a reader shows a batch of full in its rows and in all its lists.
func sees(ctx context.Context, r storage.Reader, b storage.Batch, version int64) error {
	rows := versioned(b, version)
	claimed, managed := rows.Rosters[0], rows.Rosters[1]
	manager, member := rows.Accounts[0], rows.Accounts[1]

	return steps(
		func() error { return stored(ctx, r, b, version) },
		func() error {
			got, err := r.Memberships(ctx, member.ID)
			if err == nil && len(got.Rows) != 1 {
				err = fmt.Errorf("%d rows", len(got.Rows))
			}

			return steps(
				func() error { return none("Memberships", err) },
				func() error { return same("Memberships: account", member, got.Account) },
				func() error { return same("Memberships: row", managed.Rows[1], got.Rows[0].Attachment) },
				func() error { return same("Memberships: structure", rows.Structures[1], got.Rows[0].Structure) },
				func() error { return same("Memberships: service", rows.Services[0], got.Rows[0].Service) },
			)
		},
		func() error {
			got, err := r.Links(ctx, rows.Links[0].Account, rows.Links[0].Purpose)

			return steps(
				func() error { return none("Links", err) },
				func() error { return same("Links", rows.Links, got) },
			)
		},
		func() error {
			return listed(ctx, r, storage.OpenRequests{Structures: []structure.ID{claimed.Structure}}, func(row storage.OpenRequest) any {
				return []any{row.Attachment, row.Login, row.Structure}
			}, []any{claimed.Rows[1], rows.Registrations[1].Login, rows.Structures[0]})
		},
		func() error {
			return listed(ctx, r, storage.DueMessages{At: at(1_000_000)}, func(m storage.Message) any { return m },
				withoutLinks(rows.Messages[0]))
		},
		func() error {
			return listed(ctx, r, storage.DueRows{At: at(1_000_000)}, func(d storage.DueRow) any { return d },
				storage.DueRow{Structure: claimed.Structure, Account: claimed.Holder, Due: claimed.Claim.Term},
				storage.DueRow{Structure: claimed.Structure, Account: claimed.Rows[1].Account, Due: claimed.Rows[1].Due})
		},
		func() error {
			return listed(ctx, r, storage.RegistrationsOf{Login: rows.Registrations[1].Login.Key()},
				func(g account.Registration) any { return g }, rows.Registrations[1])
		},
		func() error {
			return listed(ctx, r, storage.Deciders{Structure: managed.Structure},
				func(a account.Account) any { return a }, manager)
		},
		func() error { return seesByPerson(ctx, r, rows) },
		func() error { return seesByStructure(ctx, r, rows) },
	)
}

// seesByPerson tells whether a reader shows a batch of full in the lists of its people.
func seesByPerson(ctx context.Context, r storage.Reader, rows storage.Batch) error {
	claimed, managed := rows.Rosters[0], rows.Rosters[1]

	rowsOf := func(id account.ID, n int, row attachment.Attachment) func() error {
		return func() error {
			return listed(ctx, r, storage.RowsOf{Account: id}, func(row storage.RosterRow) any { return row },
				storage.RosterRow{Structure: rows.Structures[n], Attachment: row})
		}
	}
	newest := func(id account.ID) func() error {
		return func() error {
			return listed(ctx, r, storage.JournalOf{Window: storage.Window{Limit: 1}, Account: id},
				func(e storage.Entry) any { return e }, rows.Journal[0])
		}
	}
	mailOf := func(id account.ID, m storage.Message) func() error {
		return func() error {
			return listed(ctx, r, storage.MessagesOf{Account: id}, func(m storage.Message) any { return m }, withoutLinks(m))
		}
	}

	return steps(
		rowsOf(claimed.Rows[0].Account, 0, claimed.Rows[0]),
		rowsOf(claimed.Rows[1].Account, 0, claimed.Rows[1]),
		rowsOf(managed.Rows[1].Account, 1, managed.Rows[1]),
		rowsOf(managed.Rows[2].Account, 1, managed.Rows[2]),
		newest(managed.Rows[2].Account), // on whom
		newest(managed.Holder),          // by whom
		mailOf(claimed.Holder, rows.Messages[0]),
		mailOf(managed.Rows[1].Account, rows.Messages[1]),
		func() error {
			return listed(ctx, r, storage.DueRegistrations{At: at(1_000_000)}, func(g account.Registration) any { return g },
				rows.Registrations[0], rows.Registrations[1])
		},
		func() error {
			return listed(ctx, r, storage.ParkedMessages{}, func(m storage.Message) any { return m }, rows.Messages[1])
		},
		func() error {
			want := each(factorsOf(rows.Credentials), func(c account.Credential) any { return c })

			return listed(ctx, r, storage.Factors{}, func(c account.Credential) any { return c }, want...)
		},
	)
}

// seesByStructure tells whether a reader shows a batch of full in the lists of its structures. The one that is managed has
// a successor in every second round.
func seesByStructure(ctx context.Context, r storage.Reader, rows storage.Batch) error {
	managed := rows.Structures[1]

	var public, unverified, individuals []any

	if claimed := rows.Structures[0]; claimed.Identity.Kind() == identifier.Individual {
		individuals = []any{claimed}
	}

	if managed.Successor == "" {
		public = []any{managed}
	}

	if managed.Successor == "" && managed.Verification == structure.Unverified {
		unverified = []any{managed}
	}

	return steps(
		func() error {
			return listed(ctx, r, storage.UsersOf{Structure: managed.ID}, func(a account.Account) any { return a },
				rows.Accounts[0], rows.Accounts[1])
		},
		func() error {
			return listed(ctx, r, storage.ServicesOf{Structure: managed.ID}, func(s structure.Service) any { return s },
				rows.Services[0], rows.Services[1])
		},
		func() error {
			return listed(ctx, r, storage.PublicStructures{Name: managed.SearchName()},
				func(s structure.Structure) any { return s }, public...)
		},
		func() error {
			return listed(ctx, r, storage.Unverified{At: at(1_000_000)}, func(s structure.Structure) any { return s },
				unverified...)
		},
		func() error {
			return listed(ctx, r, storage.Individuals{}, func(s structure.Structure) any { return s }, individuals...)
		},
	)
}

func withoutLinks(m storage.Message) storage.Message {
	m.Content.Link = ""

	return m
}

// listed reads one page of a list and compares what it shows.
func listed[T any](ctx context.Context, r storage.Reader, q storage.Of[T], show func(T) any, want ...any) error {
	page, err := storage.List(ctx, r, q)

	return steps(
		func() error { return none(fmt.Sprintf("%T", q), err) },
		func() error {
			got := make([]any, 0, len(page.Rows))
			for _, row := range page.Rows {
				got = append(got, show(row))
			}

			return same(fmt.Sprintf("%T", q), want, got)
		},
	)
}

// refusal is a batch that is refused, and what makes it right.
type refusal struct {
	what   string
	batch  storage.Batch
	want   error // nil = any
	repair storage.Batch
}

func refusals(b storage.Batch) []refusal {
	message := func(id string) storage.Batch { return storage.Batch{Messages: []storage.Message{note(id, at(0))}} }

	moved := versioned(storage.Batch{
		Structures: []structure.Structure{house(1)}, Accounts: []account.Account{person("anne")},
	}, 1)
	moved.Structures[0].Identity, moved.Accounts[0].Login = siret(50), login("moved@example.fr")

	second := storage.Batch{
		Structures: []structure.Structure{structure.New("second", house(1).Identity, at(0))},
		Accounts:   []account.Account{person("second")},
	}
	second.Accounts[0].Login = person("anne").Login

	r := head(house(2).ID)
	r.Standing, r.Holder, r.Attached = attachment.Managed, "anne", 1

	holder := head(house(2).ID)
	holder.Rows = []attachment.Attachment{belongs("anne", "")}
	holding := r
	holding.Version = 1

	var out []refusal

	for _, g := range guards() {
		out = append(out, refusal{
			"a guard of " + g.kind, beside(message("guard of "+g.kind), storage.Batch{Guards: []storage.Guard{g.of(0, 2)}}),
			storage.ErrConflict, g.row(0, 1),
		})
	}

	for i, kind := range versionsIn(&b) {
		one := only(b, i)
		out = append(out, refusal{
			"a version to come of a " + kind.kind, beside(message(kind.kind), versioned(one, 2)), storage.ErrConflict,
			versioned(one, 1),
		})
	}

	return append(
		out,
		refusal{
			"an identity",
			storage.Batch{Structures: second.Structures},
			storage.ErrExists,
			storage.Batch{Structures: moved.Structures},
		},
		refusal{
			"a login", storage.Batch{Accounts: second.Accounts}, storage.ErrExists, storage.Batch{Accounts: moved.Accounts},
		},
		refusal{
			"a holder without a row", beside(message("holder"), storage.Batch{Rosters: []attachment.Roster{holding}}), nil,
			storage.Batch{Rosters: []attachment.Roster{holder}},
		},
	)
}

// only returns the rows of one kind, counted as by versionsIn.
func only(b storage.Batch, kind int) storage.Batch {
	return []storage.Batch{
		{Structures: b.Structures},
		{Services: b.Services},
		{Registrations: b.Registrations},
		{Accounts: b.Accounts},
		{Credentials: b.Credentials},
		{Attempts: b.Attempts},
		{Links: b.Links},
		{Rosters: b.Rosters},
		{Messages: b.Messages},
	}[kind]
}

func refusalsAreNotRemembered(ctx context.Context, s bench) error {
	b := full(1, 0)
	rows := beside(ground(1), storage.Batch{Structures: []structure.Structure{house(2)}}, b)

	for _, g := range guards() {
		rows = beside(rows, g.row(0, 0))
	}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	for _, r := range refusals(withoutJournal(b)) {
		err := write(ctx, s, r.batch)

		if err := steps(
			func() error {
				switch {
				case r.want != nil:
					return is(r.what, err, r.want)
				case err == nil:
					return fmt.Errorf("%s was written", r.what)
				default:
					return nil
				}
			},
			func() error { return none("what makes "+r.what+" right", write(ctx, s, r.repair)) },
			func() error { return none(r.what+", once it is right", write(ctx, s, r.batch)) },
			func() error { return stored(ctx, s, storage.Batch{Messages: notes(r.batch)}, 1) },
		); err != nil {
			return err
		}
	}

	return nil
}

// notes are the messages of a batch that were not there before.
func notes(b storage.Batch) []storage.Message {
	return slices.DeleteFunc(slices.Clone(b.Messages), func(m storage.Message) bool { return m.Version > 0 })
}

func loserReadsTheWinner(ctx context.Context, s bench) error {
	if err := given(ctx, s, base()); err != nil {
		return err
	}

	for _, row := range versionedRows() {
		if err := steps(
			func() error { return given(ctx, s, row.of(0, 1)) },
			func() error { return stored(ctx, s, row.of(0, 1), 1) },
			func() error { return none("the first "+row.kind, write(ctx, s, row.of(1, 2))) },
			func() error { return is("the second "+row.kind, write(ctx, s, row.of(1, 3)), storage.ErrConflict) },
			func() error {
				err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
					return row.of(2, 3), stored(ctx, r, row.of(1, 2), 2)
				})

				return none("reading "+row.kind+" again, and writing it", err)
			},
			func() error { return stored(ctx, s, row.of(2, 3), 3) },
		); err != nil {
			return err
		}
	}

	return nil
}
