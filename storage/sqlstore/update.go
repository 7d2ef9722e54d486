package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/storage"
)

// Update runs fn once with a Reader, then applies the Batch that fn returned, all or nothing.
//
// fn reads on connections of the pool, outside the transaction that writes its batch: guards and versions say whether
// what it read still holds. Nothing of the database is held while fn runs, neither a lock nor a connection. Callers of
// one process who race for one roster take turns at it.
//
// Errors: fn's; those of the storage contract; [storage.ErrNested], [ErrForeignKeys], [ErrHolder]. An error of the engine
// that is none of these means that nothing was written. storage.ErrConflict is also the answer when another process keeps
// a lock for longer than the connection waits.
func (s *Store) Update(
	ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error),
) (err error) {
	var batch storage.Batch

	own := &turn{turns: &s.turns}

	defer func() { own.over(batch, err) }() // fn may panic

	batch, err = s.decide(ctx, own, fn)
	if err != nil || batch.Empty() {
		return err
	}

	if s.shared {
		return s.share(ctx, batch)
	}

	return s.commit(ctx, batch)
}

// ready tells whether fn may run.
func (v view) ready(ctx context.Context) error {
	if ctx.Value(within{v.engine}) != nil {
		return storage.ErrNested
	}

	return ctx.Err()
}

// decide runs fn, in its turn.
func (v view) decide(
	ctx context.Context, own *turn, fn func(context.Context, storage.Reader) (storage.Batch, error),
) (storage.Batch, error) {
	if err := v.ready(ctx); err != nil {
		return storage.Batch{}, err
	}

	reader := v
	reader.inside, reader.turn = true, own

	batch, err := fn(context.WithValue(ctx, within{v.engine}, true), reader)
	if err != nil {
		return storage.Batch{}, err
	}

	return batch, ctx.Err()
}

// commit writes a batch in a transaction of its own.
func (s *Store) commit(ctx context.Context, b storage.Batch) error {
	return s.twice(ctx, b, func(release bool) error {
		return s.alone(ctx, func(v view) error {
			_, err := v.apply(ctx, b, release)

			return err
		})
	})
}

// alone runs do in a transaction of its own, and commits it unless do fails.
func (s *Store) alone(ctx context.Context, do func(view) error) error {
	conn, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it says only that it is closed already

	ended := false

	defer func() { // a panic, too, ends the transaction
		if !ended {
			s.rollback(ctx, conn)
		}
	}()

	if err := do(s.during(conn)); err != nil {
		return err
	}

	if err := ctx.Err(); err != nil { // the last moment at which leaving means that nothing is written
		return err
	}

	ended = true

	return s.end(ctx, conn)
}

// beginAgain is how many connections of the pool are tried: after a restart of the server it holds dead ones, which show
// only when they are used.
const beginAgain = 16

// during returns the view of a transaction on a connection. Where callers share it, no caller's leaving interrupts it.
func (s *Store) during(conn *sql.Conn) view {
	return view{engine: s.engine, on: conn, tx: true, calm: s.shared}
}

// begin begins a transaction on a connection from the pool.
func (s *Store) begin(ctx context.Context) (conn *sql.Conn, err error) {
	for range beginAgain {
		conn, err = s.beginOnce(ctx)
		if err == nil || ctx.Err() != nil || errors.Is(err, storage.ErrConflict) || !errors.Is(err, errBegin) {
			break
		}
	}

	return conn, err
}

// errBegin means that a connection was there, and nothing could be begun on it.
var errBegin = errors.New("no transaction begun")

func (s *Store) beginOnce(ctx context.Context) (*sql.Conn, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, s.wrap(ctx, err)
	}

	if err := s.check(ctx, conn); err != nil {
		_ = conn.Close()

		return nil, s.wrap(ctx, err)
	}

	// Where another process has the lock, waiting for it is queueing too, and ends with ctx.
	if _, err := conn.ExecContext(ctx, s.dialect.begin); err != nil {
		discard(conn) // it may have begun all the same

		return nil, fmt.Errorf("%w: %w", errBegin, s.wrap(ctx, err))
	}

	return conn, nil
}

// commitPatience is how long a commit may take before nobody waits for its answer any more. That its caller leaves does
// not interrupt it: that would only make its outcome unknown.
const commitPatience = time.Minute

// end commits the transaction on a connection. Whether it is committed is certain if the engine says so, or if it
// refused, and either says why in a way that leaves no doubt or still has the transaction to roll back. Of a
// transaction that is gone nobody can tell.
func (s *Store) end(ctx context.Context, conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitPatience)
	defer cancel()

	_, err := conn.ExecContext(ctx, "COMMIT")

	switch {
	case err == nil:
		return nil
	case s.refused(s.state(err)):
		discard(conn)
	case !s.shared || !s.rollback(ctx, conn):
		discard(conn)

		return errors.Join(storage.ErrUncertain, err)
	}

	return fmt.Errorf("the commit was refused: %w", s.wrap(ctx, err))
}

// rollback ends a transaction and tells whether there was one to roll back. A connection of which that is not sure
// does not go back to the pool.
func (s *Store) rollback(ctx context.Context, conn *sql.Conn) bool {
	_, err := conn.ExecContext(ctx, "ROLLBACK")
	if err != nil {
		discard(conn)
	}

	return err == nil
}

// discard closes the connection instead of giving it back to the pool.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}
