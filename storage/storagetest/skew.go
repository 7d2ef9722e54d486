package storagetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/guichet-pro/guichet/storage"
)

// ring is some batches of which each guards the row that the next one writes. Not all of them can be right.
type ring struct {
	batches []storage.Batch
	rows    []storage.Batch // what each writes, as it was before
	notes   []storage.Batch // the message that each comes with
}

// rings returns rings of two and of three whose rows are of these kinds, in turn. No two rings have a row in common.
func rings(kinds []guard, count int) (made []ring, before storage.Batch) {
	var rows []storage.Batch

	for i, n := 0, 0; i < count; i++ {
		size := 2 + i/len(kinds)%2 // each kind begins a ring of either size

		var r ring

		for j := range size {
			this, next := kinds[(i+j)%len(kinds)], kinds[(i+(j+1)%size)%len(kinds)]
			row := this.row(n+j, 0)
			message := storage.Batch{Messages: []storage.Message{note(fmt.Sprintf("ring-%d-%d", i, j), at(0))}}
			rows = append(rows, row)
			r.rows, r.notes = append(r.rows, row), append(r.notes, message)
			r.batches = append(r.batches, beside(
				versioned(row, 1), message, storage.Batch{Guards: []storage.Guard{next.of(n+(j+1)%size, 1)}},
			))
		}

		n += size
		made = append(made, r)
	}

	return made, beside(rows...)
}

// skewed runs rings one after the other, and then many of them at once.
func skewed(ctx context.Context, s bench, kinds []guard) error {
	const alone = 40

	crowd := max(2, s.options.Goroutines/3)
	all, rows := rings(kinds, alone+crowd)

	if err := given(ctx, s, beside(ground(3*len(all)), rows)); err != nil {
		return err
	}

	// Who is started first often comes first: each begins in its turn.
	run := func(r ring, turn int) []error {
		n := len(r.batches)
		answers := make([]error, n)

		together(n, func(i int) error {
			i = (i + turn) % n
			answers[i] = errEnded
			answers[i] = write(ctx, yielding{s}, r.batches[i])

			return nil
		})

		return answers
	}

	for i, r := range all[:alone] {
		if err := r.settled(ctx, s, run(r, i/len(kinds)/2)); err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
	}

	answers := make([][]error, crowd)

	together(crowd, func(i int) error {
		answers[i] = run(all[alone+i], i/len(kinds)/2)

		return nil
	})

	for i, r := range all[alone:] {
		if err := r.settled(ctx, s, answers[i]); err != nil {
			return fmt.Errorf("ring %d of many at once: %w", i, err)
		}
	}

	return nil
}

// settled looks at what a ring left behind.
func (r ring) settled(ctx context.Context, s bench, answers []error) error {
	won := 0

	for i, err := range answers {
		if err == nil {
			won++

			if err := steps(
				func() error { return stored(ctx, s, r.rows[i], 2) },
				func() error { return stored(ctx, s, r.notes[i], 1) },
			); err != nil {
				return fmt.Errorf("one who won: %w", err)
			}

			continue
		}

		if !errors.Is(err, storage.ErrConflict) {
			return fmt.Errorf("one who lost: got %w, want %w", err, storage.ErrConflict)
		}

		if err := steps(
			func() error { return stored(ctx, s, r.rows[i], 1) },
			func() error { return absent(ctx, s, r.notes[i]) },
		); err != nil {
			return fmt.Errorf("one who lost: %w", err)
		}
	}

	if won == len(answers) {
		return fmt.Errorf("all %d were applied, and each rests on what another changed", won)
	}

	if won == 0 { // each may have lost to another; alone nobody does
		return none("all lost, and then one alone", write(ctx, s, r.batches[0]))
	}

	return nil
}
