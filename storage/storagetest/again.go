package storagetest

import (
	"context"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
)

const handlesSentence = "A Store may be used by any number of goroutines, and the rows by any number of processes, unless the store says that they are for one."

// againCases are about rows that are opened more than once: by one process after another, and by two at once.
func againCases() []Case {
	return []Case{
		{
			Name:     "S2_StillThereWhenReopened",
			Sentence: "nil from Update means: the whole batch is committed and every later read sees it.",
			Explanation: "Rows of every kind are written and changed, by one caller and by many at once, and read through a store " +
				"that was opened afterwards. What is not there was kept by a process, and not by a store.",
			Needs: Reopening,
			test:  stillThere,
		},
		{
			Name:     "S14_HandlesSeeEachOther",
			Sentence: handlesSentence,
			Explanation: "Two stores on the same rows read and write in turn. Each must see at once what the other committed: whoever " +
				"was detached through the one must have no rights in the other.",
			Needs: Reopening,
			test:  handlesSeeEachOther,
		},
		{
			Name:     "S14_KeysAcrossHandles",
			Sentence: handlesSentence,
			Explanation: "What stands through one store is inserted, changed with an old version and doubled through another: primary " +
				"keys, versions, unique keys and guards hold for the rows, and not for each process.",
			Needs: Reopening,
			test:  keysAcrossHandles,
		},
		{
			Name:     "S14_VersionsOverTwoHandles",
			Sentence: handlesSentence,
			Explanation: "Many callers change one roster at once, half of them through another store on the same rows. The versions " +
				"that they wrote must be 1 to N, each once.",
			Needs: Reopening,
			test:  versionsOverTwoHandles,
		},
		{
			Name:     "S14_C1_OneRowOverTwoHandles",
			Sentence: handlesSentence,
			Explanation: "Many callers insert structures of one identity at once, half of them through another store on the same rows. " +
				"Exactly one may succeed.",
			Needs: Reopening,
			test:  oneRowOverTwoHandles,
		},
		{
			Name:     "S13_S14_PagesOverTwoHandles",
			Sentence: "A page's Next, given back as After, continues behind its last row",
			Explanation: "A list is read page by page, each page through the other of two stores on the same rows: the next page may be " +
				"asked of another process than the one before.",
			Needs: Reopening,
			test:  pagesOverTwoHandles,
		},
	}
}

func stillThere(ctx context.Context, s bench) error {
	changed, kept, refused := versioned(full(1, 1), 1), full(2, 0), full(3, 0)
	refused.Messages[1].Version = 7

	if err := steps(
		func() error { return given(ctx, s, full(1, 0)) },
		func() error { return given(ctx, s, kept) },
		func() error { return given(ctx, s, changed) },
		func() error { return is("a batch that loses a race", write(ctx, s, refused), storage.ErrConflict) },
	); err != nil {
		return err
	}

	many := func(i int) storage.Batch {
		return storage.Batch{Accounts: []account.Account{person(name[account.ID]("many", i))}}
	}

	for i, err := range together(s.options.Goroutines, func(i int) error { return write(ctx, s, many(i)) }) {
		if err != nil {
			return fmt.Errorf("caller %d: %w", i, err)
		}
	}

	other, err := s.again()
	if err != nil {
		return err
	}

	return steps(
		func() error { return none("what was changed", stored(ctx, other, changed, 2)) },
		func() error { return none("what was inserted", stored(ctx, other, kept, 1)) },
		func() error { return none("what was refused", absent(ctx, other, full(3, 0))) },
		func() error {
			for i := range s.options.Goroutines {
				if err := stored(ctx, other, many(i), 1); err != nil {
					return fmt.Errorf("of many at once, caller %d: %w", i, err)
				}
			}

			return nil
		},
		func() error { return usable(ctx, other) },
	)
}

func handlesSeeEachOther(ctx context.Context, s bench) error {
	const rounds = 3

	other, err := s.again()
	if err != nil {
		return err
	}

	for round := range int64(rounds) {
		from, to := s, other
		if round%2 == 1 {
			from, to = other, s
		}

		b := versioned(full(1, byte(round)), round)

		if err := steps(
			func() error { return none("Update", write(ctx, from, b)) },
			func() error { return none("the store that wrote", stored(ctx, from, b, round+1)) },
			func() error { return none("the other store", stored(ctx, to, b, round+1)) },
			func() error {
				return none("fn of the other store", to.Update(ctx,
					func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
						return storage.Batch{}, stored(ctx, r, b, round+1)
					}))
			},
		); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
	}

	return nil
}

func keysAcrossHandles(ctx context.Context, s bench) error {
	other, err := s.again()
	if err != nil {
		return err
	}

	before := full(1, 0)

	if err := steps(
		func() error { return given(ctx, s, base()) },
		func() error { return given(ctx, s, before) },
	); err != nil {
		return err
	}

	for _, row := range versionedRows() {
		if err := steps(
			func() error { return given(ctx, s, row.of(0, 1)) },
			func() error { return is("inserting it again", write(ctx, other, row.of(0, 99)), row.again) },
			func() error { return none("changing it", write(ctx, other, row.of(1, 2))) },
			func() error { return is("changing it as it was", write(ctx, s, row.of(1, 99)), storage.ErrConflict) },
			func() error { return stored(ctx, s, row.of(1, 2), 2) },
		); err != nil {
			return none(row.kind, err)
		}
	}

	for i, c := range spoils(before) {
		if err := c.refused(ctx, other, full(10+i, 0), full(10+i, 0)); err != nil {
			return err
		}
	}

	return none("what stood before", stored(ctx, s, before, 1))
}
