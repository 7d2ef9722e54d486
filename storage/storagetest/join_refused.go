package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

func refusedBatchLeaves(ctx context.Context, s bench) error {
	before, earlier, later := full(1, 0), full(2, 0), full(3, 0)
	if err := given(ctx, s, before); err != nil {
		return err
	}

	spoilt := append(spoils(before), spoils(earlier)...) // what they clash with is committed, or the transaction's own

	err := s.joining(ctx, func(tx Tx, joined bench) error {
		if err := write(ctx, joined, earlier); err != nil {
			return none("the first batch", err)
		}

		for i, c := range spoilt {
			if err := c.refused(ctx, joined, full(10+i, 0), full(10+i, 0)); err != nil {
				return err
			}

			if err := stored(ctx, joined, earlier, 1); err != nil {
				return none("after "+c.what+", the batch before", err)
			}
		}

		return steps(
			func() error { return none("a later batch", write(ctx, joined, later)) },
			func() error { return none("Commit", tx.Commit()) },
		)
	})

	return steps(
		func() error { return err },
		func() error { return none("what was there before", stored(ctx, s, before, 1)) },
		func() error { return none("the first batch", stored(ctx, s, earlier, 1)) },
		func() error { return none("the later batch", stored(ctx, s, later, 1)) },
		func() error {
			for i, c := range spoilt {
				if err := absent(ctx, s, full(10+i, 0)); err != nil {
					return none("once it is committed, "+c.what, err)
				}
			}

			return nil
		},
	)
}

// refused spoils a batch, and tells whether it is refused, and nothing of it there.
func (c spoiled) refused(ctx context.Context, s storage.Store, b, unspoilt storage.Batch) error {
	c.spoil(&b)

	err := write(ctx, s, b)

	switch {
	case c.want != nil && !errors.Is(err, c.want):
		return is("Update with "+c.what, err, c.want)
	case err == nil:
		return fmt.Errorf("Update with %s succeeded", c.what)
	}

	return none("after "+c.what, absent(ctx, s, unspoilt))
}

func fnThatFailsLeaves(ctx context.Context, s bench) error {
	earlier, between, failed, later := full(1, 0), full(2, 0), full(3, 0), full(4, 0)
	refused, bug := errors.New("refused by a rule"), errors.New("a bug in fn")

	err := s.joining(ctx, func(tx Tx, joined bench) error {
		return steps(
			func() error { return none("the first batch", write(ctx, joined, earlier)) },
			func() error {
				return is("Update", joined.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
					return failed, refused
				}), refused)
			},
			func() error { return none("after fn's error", absent(ctx, joined, failed)) },
			func() error { return none("a batch after fn's error", write(ctx, joined, between)) },
			func() error {
				return panics(ctx, joined, bug)
			},
			func() error { return none("a batch after a panic", write(ctx, joined, later)) },
			func() error { return none("Commit", tx.Commit()) },
		)
	})

	return steps(
		func() error { return err },
		func() error { return none("the first batch", stored(ctx, s, earlier, 1)) },
		func() error { return none("the batch after fn's error", stored(ctx, s, between, 1)) },
		func() error { return none("the batch after a panic", stored(ctx, s, later, 1)) },
		func() error { return none("fn's error", absent(ctx, s, failed)) },
	)
}

// panics has fn panic after it read, and tells whether the caller gets to know.
func panics(ctx context.Context, s storage.Store, value error) (err error) {
	defer func() {
		if got := recover(); got != any(value) {
			err = fmt.Errorf("the caller recovered %v, want what fn panicked with", got)
		}
	}()

	return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		_, _ = r.Structure(ctx, house(1).ID)

		panic(value)
	})
}

func clashIsALostRace(ctx context.Context, s bench) error {
	if err := given(ctx, s, base()); err != nil {
		return err
	}

	for _, row := range versionedRows() {
		for version := range int64(2) {
			if err := given(ctx, s, row.of(version, int(version))); err != nil {
				return err
			}
		}
	}

	raised := base() // the rows that guards are about
	raised.Accounts, raised.Structures = versioned(raised, 1).Accounts, versioned(raised, 1).Structures
	raised.Registrations = nil

	if err := given(ctx, s, raised); err != nil {
		return err
	}

	err := s.joining(ctx, func(tx Tx, joined bench) error {
		for _, row := range versionedRows() {
			if err := steps(
				func() error { return is("as it was read", write(ctx, joined, row.of(1, 99)), storage.ErrConflict) },
				func() error { return is("inserted again", write(ctx, joined, row.of(0, 99)), row.again) },
				func() error { return none("as it is", write(ctx, joined, row.of(2, 2))) },
				func() error { return is("as it was before", write(ctx, joined, row.of(2, 99)), storage.ErrConflict) },
			); err != nil {
				return none(row.kind, err)
			}
		}

		for _, g := range []storage.Guard{
			storage.AccountAt{ID: "anne", Version: 1},
			storage.StructureAt{ID: house(1).ID, Version: 1},
			storage.ServiceAt{Structure: house(1).ID, Code: "SRV", Version: 2},
			storage.RosterAt{Structure: house(1).ID, Version: 2},
		} {
			guarded := storage.Batch{Guards: []storage.Guard{g}, Messages: []storage.Message{note("guarded", at(0))}}

			if err := is(fmt.Sprintf("%T", g), write(ctx, joined, guarded), storage.ErrConflict); err != nil {
				return err
			}
		}

		return none("Commit", tx.Commit())
	})
	if err != nil {
		return err
	}

	for _, row := range versionedRows() {
		if err := stored(ctx, s, row.of(2, 2), 3); err != nil { //nolint:mnd // inserted, changed outside, changed inside
			return none("once it is committed, "+row.kind, err)
		}
	}

	return absent(ctx, s, storage.Batch{Messages: []storage.Message{note("guarded", at(0))}})
}

func holderIsLookedAt(ctx context.Context, s bench) error {
	if err := given(ctx, s, base()); err != nil {
		return err
	}

	of := func(version int64, holder string, rows ...attachment.Attachment) storage.Batch {
		r := head(house(1).ID)
		r.Version, r.Rows = version, rows

		if holder != "" {
			r.Standing, r.Holder, r.Attached = attachment.Managed, "anne", 1
		}

		return storage.Batch{
			Rosters: []attachment.Roster{r}, Messages: []storage.Message{note(fmt.Sprint("m-", version, holder), at(0))},
		}
	}
	unheld, row, held := of(0, "anne"), of(0, "", belongs("anne", "")), of(1, "anne")

	err := s.joining(ctx, func(tx Tx, joined bench) error {
		return steps(
			func() error {
				if write(ctx, joined, unheld) == nil {
					return errors.New("Update answered nil to a holder without a row")
				}

				return absent(ctx, joined, unheld)
			},
			func() error { return none("a row", write(ctx, joined, row)) },
			func() error { return none("a holder whose row the transaction wrote before", write(ctx, joined, held)) },
			func() error { return none("Commit", tx.Commit()) },
		)
	})

	return steps(
		func() error { return err },
		func() error { return absent(ctx, s, storage.Batch{Messages: unheld.Messages}) },
		func() error {
			return stored(ctx, s, storage.Batch{Messages: slices.Concat(row.Messages, held.Messages)}, 1)
		},
	)
}
