package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// alternating gives every other caller the other store.
func alternating(s, other bench, i int) bench {
	if i%2 == 1 {
		return other
	}

	return s
}

func versionsOverTwoHandles(ctx context.Context, s bench) error {
	other, err := s.again()
	if err != nil {
		return err
	}

	rows := storage.Batch{Structures: []structure.Structure{house(1)}}
	tries := make([][]try, s.options.Goroutines)

	for i := range tries {
		rows.Accounts = append(rows.Accounts, person(name[account.ID]("p", i)))
	}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	answers := together(len(tries), func(i int) error {
		for attempt := 0; ; attempt++ {
			t, err := raise(ctx, yielding{alternating(s, other, i)}, i, fmt.Sprintf("%d-%d", i, attempt))
			tries[i] = append(tries[i], t)

			if !errors.Is(err, storage.ErrConflict) || ctx.Err() != nil {
				return err
			}
		}
	})

	for i, err := range answers {
		if err != nil {
			return fmt.Errorf("caller %d: %w", i, err)
		}
	}

	return steps(
		func() error { return none("one store", checkTries(ctx, s, slices.Concat(tries...))) },
		func() error { return none("the other store", checkTries(ctx, other, slices.Concat(tries...))) },
	)
}

func oneRowOverTwoHandles(ctx context.Context, s bench) error {
	other, err := s.again()
	if err != nil {
		return err
	}

	of := func(i int) storage.Batch {
		where := structure.New(name[structure.ID]("house", i), siret(1), at(0))

		return storage.Batch{
			Structures: []structure.Structure{where}, Messages: []storage.Message{note(fmt.Sprint("m-", i), at(0))},
		}
	}

	answers := together(s.options.Goroutines, func(i int) error {
		for {
			// An engine that serialises may tell of a lost race before it looks at the key.
			err := write(ctx, alternating(s, other, i), of(i))
			if !errors.Is(err, storage.ErrConflict) || ctx.Err() != nil {
				return err
			}
		}
	})

	winners := 0

	for i, answer := range answers {
		left := storage.Batch{Messages: of(i).Messages}

		if answer == nil {
			winners++
			err = stored(ctx, s, of(i), 1)
		} else {
			err = steps(
				func() error { return exists("who came later", answer, storage.KeyIdentity) },
				func() error { return absent(ctx, s, left) },
			)
		}

		if err != nil {
			return fmt.Errorf("caller %d: %w", i, err)
		}
	}

	return same("callers who inserted the structure", 1, winners)
}

func pagesOverTwoHandles(ctx context.Context, s bench) error {
	const rows = 7

	other, err := s.again()
	if err != nil {
		return err
	}

	var want, got []storage.Message

	for i := range rows {
		want = append(want, note(name[string]("m", i), at(i)))
	}

	if err := given(ctx, s, storage.Batch{Messages: want}); err != nil {
		return err
	}

	w := storage.Window{Limit: 2}

	for page := 0; page == 0 || w.After != "" && page <= rows; page++ {
		next, err := storage.List(ctx, alternating(s, other, page), storage.DueMessages{Window: w, At: at(rows)})
		if err != nil {
			return fmt.Errorf("page %d: %w", page, err)
		}

		got = append(got, next.Rows...)
		w.After = next.Next
	}

	return same("the list", versioned(storage.Batch{Messages: want}, 1).Messages, got)
}
