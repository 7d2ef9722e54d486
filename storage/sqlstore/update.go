package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/guichet-pro/guichet/storage"
)

// Update runs fn once with a Reader, then applies the Batch that fn returned, all or nothing.
//
// Writers queue. A caller whose ctx ends in the queue, or before fn has returned, gets the context's error, and
// nothing was written; nothing that others do is disturbed by it: statements do not see that ctx ends.
//
// Errors: fn's; those of the storage contract; [storage.ErrNested], [ErrForeignKeys]. An error of the engine that is none of
// these means that nothing was written. storage.ErrConflict is also the answer when another process keeps the
// database locked for longer than the connection waits.
func (s *Store) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	return s.write(ctx, func(ctx context.Context, v view) (bool, error) {
		batch, err := fn(ctx, v)
		if err != nil {
			return false, err
		}

		if err := ctx.Err(); err != nil {
			return false, err
		}

		if batch.Empty() {
			return false, nil
		}

		return true, v.apply(ctx, batch)
	})
}

// write runs do in a transaction and commits it if do says so. Whatever ends do, a panic and runtime.Goexit included,
// the transaction has ended and the next writer goes on.
func (s *Store) write(ctx context.Context, do func(context.Context, view) (commit bool, err error)) error {
	if s.nested(ctx) {
		return storage.ErrNested
	}

	if err := ctx.Err(); err != nil {
		return err
	}

	select {
	case s.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.writer }()

	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.wrap(ctx, err)
	}
	defer conn.Close() //nolint:errcheck // it says only that it is closed already

	calm := context.WithoutCancel(ctx)

	if err := s.dialect.check(calm, conn); err != nil {
		return s.wrap(calm, err)
	}

	// Another process may have the lock: waiting for it is queueing too, and ends with ctx.
	if _, err := conn.ExecContext(ctx, s.dialect.beginWrite); err != nil {
		discard(conn) // it may have begun all the same

		return s.wrap(ctx, err)
	}

	tx := new(transaction)

	defer func() {
		if !tx.ended.Swap(true) {
			rollback(calm, conn)
		}
	}()

	commit, err := do(context.WithValue(ctx, inside{s}, tx), view{store: s, on: conn, tx: tx})
	if err != nil || !commit {
		return err
	}

	if tx.broken.Load() {
		return errBroken
	}

	tx.ended.Store(true)

	return s.commit(calm, conn)
}

// commit ends the transaction. When the engine refuses, it keeps the transaction open: that it could be rolled back
// then proves that nothing was committed. Of a transaction that is gone nobody can tell.
func (s *Store) commit(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "COMMIT")
	if err == nil {
		return nil
	}

	if rollback(ctx, conn) {
		return fmt.Errorf("the commit was refused and rolled back: %w", s.wrap(ctx, err))
	}

	return errors.Join(storage.ErrUncertain, err)
}

// transaction is the state of an Update under way.
type transaction struct {
	broken atomic.Bool // a statement failed, after which the engine may have ended the transaction by itself
	ended  atomic.Bool // it is committed or rolled back, or about to be
}

var errBroken = errors.New("sqlstore: a statement failed in this transaction")

// apply writes a batch.
func (v view) apply(ctx context.Context, b storage.Batch) error {
	steps := []func() error{
		func() error { return v.guard(ctx, b.Guards) },
		func() error { return v.putStructures(ctx, b.Structures) },
		func() error { return put(ctx, v, services(), b.Services) },
		func() error { return put(ctx, v, registrations(), b.Registrations) },
		func() error { return put(ctx, v, accounts(), b.Accounts) },
		func() error { return put(ctx, v, credentials(), b.Credentials) },
		func() error { return put(ctx, v, links(), b.Links) },
		func() error { return v.putRosters(ctx, b.Rosters) },
		func() error { return put(ctx, v, messages(), b.Messages) },
		func() error { return v.putJournal(ctx, b.Journal) },
	}

	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}

	return nil
}

// guard compares versions.
func (v view) guard(ctx context.Context, guards []storage.Guard) error {
	for _, guard := range guards {
		var err error

		switch g := guard.(type) {
		case storage.AccountAt:
			err = same(ctx, v, accounts(), g.Version, g.ID)
		case storage.StructureAt:
			err = same(ctx, v, structures(), g.Version, g.ID)
		case storage.ServiceAt:
			err = same(ctx, v, services(), g.Version, g.Structure, g.Code)
		case storage.RosterAt:
			err = same(ctx, v, rosters(), g.Version, g.Structure)
		default:
			err = fmt.Errorf("sqlstore: unknown guard %T", guard)
		}

		if err != nil {
			return err
		}
	}

	return nil
}
