package storagetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

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
		{"Attempts", func(version int64, change int) storage.Batch {
			return storage.Batch{Attempts: []account.Attempts{
				{Key: "key", Version: version, Password: account.Gate{Failed: change}},
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

	out = append(out, Case{
		Name:     "S4_OneWinnerUnderRace",
		Sentence: "if the stored version differs, or the row is gone, the answer is ErrConflict. The store writes Version+1.",
		Explanation: "Many callers insert one row at once, then change it under one version, each kind of row in its turn. " +
			"One may succeed, and what is stored must be all of theirs and nothing of the others'. A version that is " +
			"compared before the lock is taken lets two through.",
		test: oneWinnerUnderRace,
	}, Case{
		Name:     "S4_S6_LostRosterLeavesNoRow",
		Sentence: "each row of Rows replaces the stored row of its key, its grants included, or is inserted",
		Explanation: "A roster of a past version brings a new row, another state and other grants. Its head is refused; so " +
			"must its rows be, or a decision that was never taken counts.",
		test: lostRosterLeavesNoRow,
	})

	return slices.Concat(out, guardCases(), besideCases())
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
		lost("changing a row that does not exist, of the first version", 1, storage.ErrConflict),
		lost("changing a row that does not exist, of a version below all", -1, storage.ErrConflict),
		lost("changing a row that does not exist, of the last version", math.MaxInt64, storage.ErrConflict),
		func() error { return absent(ctx, s, first) },
		func() error { return none("inserting", write(ctx, s, first)) },
		func() error { return stored(ctx, s, first, 1) },
		lost("inserting it again", 0, row.again),
		func() error { return stored(ctx, s, first, 1) },
		func() error { return none("changing", write(ctx, s, second)) },
		func() error { return stored(ctx, s, second, 2) },
		lost("changing with the version before", 1, storage.ErrConflict),
		lost("inserting it again after a change", 0, row.again),
		lost("changing with a version to come", 3, storage.ErrConflict),
		lost("changing with a version below all", -1, storage.ErrConflict),
		lost("changing with the last version", math.MaxInt64, storage.ErrConflict),
		func() error { return stored(ctx, s, second, 2) },
	)
}

// beside puts batches together.
func beside(all ...storage.Batch) storage.Batch {
	var out storage.Batch

	for _, b := range all {
		out.Guards = append(out.Guards, b.Guards...)
		out.Structures = append(out.Structures, b.Structures...)
		out.Services = append(out.Services, b.Services...)
		out.Registrations = append(out.Registrations, b.Registrations...)
		out.Accounts = append(out.Accounts, b.Accounts...)
		out.Credentials = append(out.Credentials, b.Credentials...)
		out.Attempts = append(out.Attempts, b.Attempts...)
		out.Links = append(out.Links, b.Links...)
		out.Rosters = append(out.Rosters, b.Rosters...)
		out.Messages = append(out.Messages, b.Messages...)
		out.Journal = append(out.Journal, b.Journal...)
	}

	return out
}

func oneWinnerUnderRace(ctx context.Context, s bench) error {
	if err := given(ctx, s, base()); err != nil {
		return err
	}

	for _, row := range versionedRows() {
		for version := range int64(4) {
			if err := oneWinner(ctx, s, row, version); err != nil {
				return fmt.Errorf("%s, version %d: %w", row.kind, version, err)
			}
		}
	}

	return nil
}

// oneWinner lets many write one row of that version at once, each with a message.
func oneWinner(ctx context.Context, s bench, row versionedRow, version int64) error {
	message := func(i int) storage.Batch {
		return storage.Batch{Messages: []storage.Message{note(fmt.Sprintf("%s-%d-%d", row.kind, version, i), at(0))}}
	}
	try := func(i int) error { return write(ctx, yielding{s}, beside(row.of(version, i), message(i))) }
	answers := together(s.options.Goroutines, try)
	winner := -1

	for i, err := range answers {
		switch {
		case err == nil && winner >= 0:
			return fmt.Errorf("callers %d and %d both wrote it", winner, i)
		case err == nil:
			winner = i
		case errors.Is(err, storage.ErrConflict), version == 0 && errors.Is(err, storage.ErrExists):
			if err := absent(ctx, s, message(i)); err != nil {
				return fmt.Errorf("caller %d lost: %w", i, err)
			}
		default:
			return fmt.Errorf("caller %d, who lost: got %w, want %w", i, err, storage.ErrConflict)
		}
	}

	if winner < 0 { // each may have lost to another; alone nobody does
		winner = 0
		if err := try(winner); err != nil {
			return fmt.Errorf("nobody wrote it, and then somebody alone: %w", err)
		}
	}

	return steps(
		func() error { return none("the winner's row", stored(ctx, s, row.of(version, winner), version+1)) },
		func() error { return none("the winner's message", stored(ctx, s, message(winner), 1)) },
	)
}

func lostRosterLeavesNoRow(ctx context.Context, s bench) error {
	rows := base()
	rows.Registrations = append(rows.Registrations, applicant("paul", house(1).ID))
	r := head(house(1).ID)
	r.Attached = 1
	r.Rows = []attachment.Attachment{belongs("anne", "", look()), asks("jean", 2)}
	rows.Rosters = []attachment.Roster{r}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	other := head(house(1).ID)
	other.Attached = 3
	other.Rows = []attachment.Attachment{belongs("anne", "", act()), belongs("jean", "", look()), asks("paul", 3)}

	added := head(house(1).ID)
	added.Rows = other.Rows[2:]

	for _, version := range []int64{0, 2, 7} {
		other.Version = version
		what := fmt.Sprintf("a roster of version %d", version)

		if err := steps(
			func() error {
				return is(what, write(ctx, s, storage.Batch{Rosters: []attachment.Roster{other}}), storage.ErrConflict)
			},
			func() error { return none(what, stored(ctx, s, storage.Batch{Rosters: rows.Rosters}, 1)) },
			func() error {
				got, err := s.Roster(ctx, storage.RosterQuery{Structure: house(1).ID, Accounts: []account.ID{"paul"}})
				_, written := got.Roster.Row(added.Rows[0].Key)

				return steps(
					func() error { return none("Roster", err) },
					func() error { return same(what+": its new row is there", false, written) },
				)
			},
		); err != nil {
			return err
		}
	}

	return nil
}
