package storagetest

import (
	"context"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// versionedRow is a kind of row that has a version.
type versionedRow struct {
	kind string
	// of returns a batch that holds one such row, always of the same key, with a version, and with a content that
	// differs from change to change.
	of func(version int64, change int) storage.Batch
	// again is the answer to inserting what exists.
	again error
}

// base are the rows that the versioned rows hang on.
func base() storage.Batch {
	return storage.Batch{
		Structures:    []structure.Structure{house(1)},
		Accounts:      []account.Account{person("anne")},
		Registrations: []account.Registration{applicant("jean", house(1).ID)},
	}
}

func versionedRows() []versionedRow {
	text := func(change int) string { return fmt.Sprintf("change %d", change) }

	return []versionedRow{
		{"Structure", func(version int64, change int) storage.Batch {
			row := house(2)
			row.Version, row.Data.Label = version, text(change)

			return storage.Batch{Structures: []structure.Structure{row}}
		}, storage.ErrConflict},
		{"Service", func(version int64, change int) storage.Batch {
			return storage.Batch{Services: []structure.Service{
				{Structure: house(1).ID, Code: "SRV", Version: version, Label: text(change)},
			}}
		}, storage.ErrConflict},
		{"Registration", func(version int64, change int) storage.Batch {
			row := applicant("paul", house(1).ID)
			row.Version, row.Person.FirstName = version, text(change)

			return storage.Batch{Registrations: []account.Registration{row}}
		}, storage.ErrConflict},
		{"Account", func(version int64, change int) storage.Batch {
			row := person("zoe")
			row.Version, row.Person.FirstName = version, text(change)

			return storage.Batch{Accounts: []account.Account{row}}
		}, storage.ErrConflict},
		{"Credential", func(version int64, change int) storage.Batch {
			return storage.Batch{Credentials: []account.Credential{
				{Account: "anne", Version: version, Password: "p", Question: text(change), Answer: "a"},
			}}
		}, storage.ErrConflict},
		{"Link", func(version int64, change int) storage.Batch {
			return storage.Batch{Links: []account.Link{{
				Selector: "selector", Version: version, Purpose: account.PurposeActivation, Account: "jean", Seq: 1,
				Hash: []byte(text(change)),
			}}}
		}, storage.ErrExists}, // its key is a unique key of sentence 5
		{"Roster", func(version int64, change int) storage.Batch {
			r := head(house(1).ID)
			r.Version, r.Standing, r.Holder = version, attachment.InClaim, "jean"
			r.Claim.Term = at(change)
			r.Rows = []attachment.Attachment{{
				Key: attachment.Key{Account: "jean"}, State: attachment.Claimed, Comment: text(change),
			}}

			return storage.Batch{Rosters: []attachment.Roster{r}}
		}, storage.ErrConflict},
		{"Message", func(version int64, change int) storage.Batch {
			row := note("message", at(0))
			row.Version, row.LastError = version, text(change)

			return storage.Batch{Messages: []storage.Message{row}}
		}, storage.ErrConflict},
	}
}

// swapCases are about versions and guards.
func swapCases() []Case {
	var out []Case

	for _, row := range versionedRows() {
		out = append(out, Case{
			Name: "S4_CompareAndSwap" + row.kind,
			Sentence: "Version 0 inserts: if the primary key exists the answer is ErrConflict. Any other version " +
				"compares and swaps: if the stored version differs, or the row is gone, the answer is ErrConflict. The " +
				"store writes Version+1.",
			Explanation: "A row is inserted, inserted again, changed, and changed with versions that are past, to come " +
				"and of no row. Without this comparison two people who decide at once both believe that they did.",
			test: func(ctx context.Context, s bench) error { return compareAndSwap(ctx, s, row) },
		})
	}

	for _, g := range guards() {
		out = append(out, Case{
			Name:     "S4_Guard" + g.kind,
			Sentence: "A Guard compares like a swap and writes nothing.",
			Explanation: "A guard is put beside a message: with the row's version, with another, with 0 for a row that " +
				"exists, and for rows that do not. What a decision relied on must still hold when it is written.",
			test: func(ctx context.Context, s bench) error { return guarded(ctx, s, g) },
		})
	}

	return append(out, Case{
		Name:     "S4_GuardsHoldUnderRace",
		Sentence: "Guard lets a batch be applied only while a row that it relied on, and does not write, still has its version.",
		Explanation: "Of two batches at once, each guards the row that the other writes. If both are applied, a manager " +
			"hands over to an account that was deactivated in the same moment, and the structure has no manager.",
		test: guardsHoldUnderRace,
	})
}

func compareAndSwap(ctx context.Context, s bench, row versionedRow) error {
	if err := given(ctx, s, base()); err != nil {
		return err
	}

	first, second := row.of(0, 1), row.of(1, 2)

	lost := func(what string, version int64, want error) func() error {
		return func() error { return is(what, write(ctx, s, row.of(version, 99)), want) }
	}

	return steps(
		lost("changing a row that does not exist", 3, storage.ErrConflict),
		func() error { return absent(ctx, s, first) },
		func() error { return none("inserting", write(ctx, s, first)) },
		func() error { return stored(ctx, s, first, 1) },
		lost("inserting it again", 0, row.again),
		func() error { return stored(ctx, s, first, 1) },
		func() error { return none("changing", write(ctx, s, second)) },
		func() error { return stored(ctx, s, second, 2) },
		lost("changing with the version before", 1, storage.ErrConflict),
		lost("changing with a version to come", 3, storage.ErrConflict),
		func() error { return stored(ctx, s, second, 2) },
	)
}

// guard is a kind of guard.
type guard struct {
	kind    string
	present func(version int64) storage.Guard // of a row of version 1
	missing func(version int64) storage.Guard // of a row that does not exist
}

func guards() []guard {
	id := house(1).ID

	return []guard{
		{
			"Account",
			func(v int64) storage.Guard { return storage.AccountAt{ID: "anne", Version: v} },
			func(v int64) storage.Guard { return storage.AccountAt{ID: "nobody", Version: v} },
		},
		{
			"Structure",
			func(v int64) storage.Guard { return storage.StructureAt{ID: id, Version: v} },
			func(v int64) storage.Guard { return storage.StructureAt{ID: "nowhere", Version: v} },
		},
		{
			"Service",
			func(v int64) storage.Guard { return storage.ServiceAt{Structure: id, Code: "SRV", Version: v} },
			func(v int64) storage.Guard { return storage.ServiceAt{Structure: id, Code: "none", Version: v} },
		},
		{
			"Roster",
			func(v int64) storage.Guard { return storage.RosterAt{Structure: id, Version: v} },
			func(v int64) storage.Guard { return storage.RosterAt{Structure: "nowhere", Version: v} },
		},
	}
}

func guarded(ctx context.Context, s bench, g guard) error {
	rows := base()
	rows.Services = []structure.Service{{Structure: house(1).ID, Code: "SRV"}}
	rows.Rosters = []attachment.Roster{head(house(1).ID)}
	rows.Rosters[0].Rows = []attachment.Attachment{asks("jean", 1)}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	for i, try := range []struct {
		what  string
		guard storage.Guard
		want  error
	}{
		{"the version of a row", g.present(1), nil},
		{"a version to come", g.present(2), storage.ErrConflict},
		{"no version, of a row that exists", g.present(0), storage.ErrConflict},
		{"no version, of a row that does not", g.missing(0), nil},
		{"a version, of a row that does not exist", g.missing(1), storage.ErrConflict},
	} {
		b := storage.Batch{
			Guards:   []storage.Guard{try.guard},
			Messages: []storage.Message{note(fmt.Sprintf("message-%d", i), at(0))},
		}

		err := write(ctx, s, b)
		if try.want == nil {
			if err := steps(
				func() error { return none(try.what, err) },
				func() error { return stored(ctx, s, b, 1) },
			); err != nil {
				return err
			}

			continue
		}

		if err := steps(
			func() error { return is(try.what, err, try.want) },
			func() error { return none(try.what, absent(ctx, s, b)) },
		); err != nil {
			return err
		}
	}

	// A guard alone is a batch too, and no guard has changed a version.
	return steps(
		func() error {
			return is("a guard alone", write(ctx, s, storage.Batch{Guards: []storage.Guard{g.present(2)}}), storage.ErrConflict)
		},
		func() error {
			return none("a guard alone", write(ctx, s, storage.Batch{Guards: []storage.Guard{g.present(1)}}))
		},
		func() error { return stored(ctx, s, rows, 1) },
	)
}

func guardsHoldUnderRace(ctx context.Context, s bench) error {
	const rounds = 100

	for i := range rounds {
		where, who := house(i), person(name[account.ID]("p", i))
		b := storage.Batch{Structures: []structure.Structure{where}, Accounts: []account.Account{who}}

		if err := given(ctx, s, b); err != nil {
			return err
		}

		where.Version, who.Version = 1, 1
		batches := []storage.Batch{
			{Structures: []structure.Structure{where}, Guards: []storage.Guard{storage.AccountAt{ID: who.ID, Version: 1}}},
			{Accounts: []account.Account{who}, Guards: []storage.Guard{storage.StructureAt{ID: where.ID, Version: 1}}},
		}

		answers := together(len(batches), func(i int) error { return write(ctx, s, batches[i]) })

		won := 0

		for _, err := range answers {
			if err == nil {
				won++
			} else if err := is("the one who lost", err, storage.ErrConflict); err != nil {
				return err
			}
		}

		if won > 1 {
			return fmt.Errorf("round %d: both were applied", i)
		}
	}

	return nil
}
