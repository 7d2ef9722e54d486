package storagetest

import (
	"context"
	"fmt"

	"github.com/guichet-pro/guichet/storage"
)

// settled writes the world, each row twice and each roster three times, so that versions differ from those of new rows,
// and returns the model of it.
func settled(ctx context.Context, s storage.Store, world storage.Batch) (model, error) {
	again := versioned(world, 1)
	again.Journal = nil
	heads := storage.Batch{Rosters: versioned(world, 2).Rosters}

	var m model

	for _, b := range []storage.Batch{world, again, heads} {
		if err := given(ctx, s, b); err != nil {
			return m, err
		}

		m = m.after(b)
	}

	return m, none("the world that the case begins with", m.holds(ctx, s, m.Batch))
}

// step is a batch that a case writes, and the answer that it must get.
type step struct {
	what  string
	batch storage.Batch
	want  error
}

// play writes batches one after another. After each the store must hold what the model says; after one that is
// refused, what it held before.
func play(ctx context.Context, s storage.Store, m model, all ...step) error {
	known := m

	for _, step := range all {
		err := write(ctx, s, step.batch)

		if step.want != nil {
			err = is("Update", err, step.want)
		} else if err == nil {
			m = m.after(step.batch)
		}

		known = m.with(written(step.batch)).with(known) // also what the batch brought, and what is no more

		if err == nil {
			err = m.holds(ctx, s, known.Batch)
		}

		if err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}

	return nil
}

// written are the rows that a batch brings.
func written(b storage.Batch) model {
	b = versionedUp(b)
	b.Guards, b.Operations = nil, nil

	return model{b}
}

// with returns the rows of both, and those of other where both have them.
func (m model) with(other model) model {
	m.Batch = clone(m.Batch)
	m.put(other.Batch)

	return m
}
