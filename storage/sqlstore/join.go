package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/guichet-pro/guichet/storage"
)

// Join returns a store that works in q's transaction, which the application began on this database and commits or rolls
// back. Its Update answers nil when the batch is written; it is committed when the application commits. Each batch is
// written in a savepoint, so that one that is refused leaves the transaction as it was. The store is for one goroutine at a
// time, like the transaction itself.
//
// On SQLite, begin the transaction with BEGIN IMMEDIATE: one that read first cannot write after another process has.
// Errors: [ErrJoin] when q is nil.
func (s *Store) Join(q storage.Querier) (storage.Store, error) {
	if q == nil {
		return nil, ErrJoin
	}

	e := *s.engine // an Update of the store may use the joined one, and the other way round

	return joined{view{engine: &e, on: q, tx: true, calm: true}}, nil
}

// joined is the store in an application's transaction.
type joined struct{ view }

// Update runs fn once with a Reader, then writes the Batch that fn returned into the transaction. Errors: see
// [Store.Update]; never storage.ErrUncertain, since committing is the application's.
func (j joined) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	if err := j.ready(ctx); err != nil {
		return err
	}

	// fn reads in the savepoint too: on some engines a read that fails ends what cannot go back to one.
	return j.saved(ctx, "guichet_update", func() error {
		batch, err := j.decide(ctx, nil, fn)
		if err != nil || batch.Empty() {
			return err
		}

		if err := j.check(ctx, j.on); err != nil {
			return j.wrap(ctx, err)
		}

		return j.write(ctx, batch)
	})
}

// write writes a batch in a transaction that somebody else has a share in, in a savepoint.
func (v view) write(ctx context.Context, b storage.Batch) error {
	return v.twice(ctx, b, func(release bool) error {
		return v.saved(ctx, "guichet_batch", func() error {
			_, err := v.apply(ctx, b, release)

			return err
		})
	})
}

// saved runs do in a savepoint, and undoes what it did if it fails.
func (v view) saved(ctx context.Context, name string, do func() error) (err error) {
	if _, err := v.exec(ctx, "SAVEPOINT "+name); err != nil {
		return err
	}

	done := false

	defer func() {
		if done {
			return
		}

		_, undone := v.exec(context.WithoutCancel(ctx), "ROLLBACK TO SAVEPOINT "+name)
		if undone == nil {
			_, undone = v.exec(context.WithoutCancel(ctx), "RELEASE SAVEPOINT "+name)
		}

		if undone != nil {
			err = errors.Join(err, fmt.Errorf("%w: %w", errLost, undone))
		}
	}()

	if err := do(); err != nil {
		return err
	}

	if _, err := v.exec(ctx, "RELEASE SAVEPOINT "+name); err != nil {
		return err
	}

	done = true

	return nil
}
