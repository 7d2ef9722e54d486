package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/sqlstore"
	"github.com/guichet-pro/guichet/structure"
)

func TestTwoHandlesShareOneFile(t *testing.T) {
	t.Parallel()

	const each = 40

	path := file(t)
	one, two := migrated(t, open(t, path), nil), migrated(t, open(t, path), nil)
	put(t, one, storage.Batch{Structures: []structure.Structure{house(1)}})

	var group sync.WaitGroup

	for _, store := range []storage.Store{one, two} {
		group.Go(func() {
			for range each {
				for err := storage.ErrConflict; errors.Is(err, storage.ErrConflict); {
					err = store.Update(t.Context(), func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
						s, err := r.Structure(ctx, "house-1")

						return storage.Batch{Structures: []structure.Structure{s}}, err
					})
					if !errors.Is(err, storage.ErrConflict) {
						assert.NoError(t, err)
					}
				}
			}
		})
	}

	group.Wait()

	s, err := one.Structure(t.Context(), "house-1")
	require.NoError(t, err)
	assert.EqualValues(t, 1+2*each, s.Version)
}

func TestAnotherProcessWithTheLockIsAConflictOrTheEndOfTheContext(t *testing.T) {
	t.Parallel()

	path := file(t)
	db := open(t, path)
	migrated(t, db, nil)

	hasty, err := sql.Open("sqlite", strings.Replace(dsn(path), "10000", "1", 1))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, hasty.Close()) })

	impatient, err := sqlstore.New(hasty, nil)
	require.NoError(t, err)
	patient, err := sqlstore.New(open(t, path), nil)
	require.NoError(t, err)

	other, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)
	require.ErrorIs(t, write(t.Context(), impatient, full(1)), storage.ErrConflict)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()

	start := time.Now()
	require.ErrorIs(t, write(ctx, patient, full(1)), context.DeadlineExceeded)
	require.Less(t, time.Since(start), 5*time.Second, "the lock was waited for, not the context")

	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, other.Close())
	put(t, impatient, full(1))
	put(t, patient, full(2))
}

var errOfFn = errors.New("fn's own")

func TestFnThatEndsBadlyWritesNothingAndReleasesTheWriter(t *testing.T) {
	t.Parallel()

	ends := map[string]func(){
		"error":  nil,
		"panic":  func() { panic("fn's own") },
		"goexit": runtime.Goexit,
	}

	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			store := fresh(t)
			done := make(chan any)

			go func() {
				var found any = "goexit"

				defer func() {
					if p := recover(); p != nil {
						found = p
					}

					done <- found
				}()

				found = store.Update(t.Context(), func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
					_, err := r.Structure(ctx, "house-1")
					assert.ErrorIs(t, err, storage.ErrNotFound)

					if end != nil {
						end()
					}

					return full(1), errOfFn
				})
			}()

			switch found := <-done; name {
			case "error":
				assert.Equal(t, errOfFn, found)
			case "panic":
				assert.Equal(t, "fn's own", found)
			default:
				assert.NotNil(t, found)
			}

			_, err := store.Structure(t.Context(), "house-1")
			require.ErrorIs(t, err, storage.ErrNotFound)
			put(t, store, full(1))
		})
	}
}

func TestNestedUseIsRefused(t *testing.T) {
	t.Parallel()

	db := open(t, file(t))
	db.SetMaxOpenConns(1)

	store := migrated(t, db, nil)
	elsewhere := fresh(t)

	require.NoError(t, store.Update(t.Context(), func(ctx context.Context, _ storage.Reader) (storage.Batch, error) {
		return storage.Batch{}, elsewhere.Update(ctx, func(ctx context.Context, _ storage.Reader) (storage.Batch, error) {
			_, err := store.Account(ctx, "a")
			assert.ErrorIs(t, err, storage.ErrNested)
			_, err = store.Roster(ctx, storage.RosterQuery{})
			assert.ErrorIs(t, err, storage.ErrNested)
			assert.ErrorIs(t, write(ctx, store, full(1)), storage.ErrNested)
			assert.ErrorIs(t, store.Migrate(ctx), storage.ErrNested)

			return storage.Batch{}, nil
		})
	}))
}

func TestCancelledInTheQueue(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	first := make(chan error)

	go func() {
		first <- store.Update(t.Context(), func(context.Context, storage.Reader) (storage.Batch, error) {
			close(inside)
			<-leave

			return full(1), nil
		})
	}()
	<-inside

	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error)

	go func() {
		second <- store.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
			return full(2), errors.New("ran")
		})
	}()

	cancel()
	require.ErrorIs(t, <-second, context.Canceled)
	close(leave)
	require.NoError(t, <-first)
	holds(t, store, full(1), 1)
}

func TestCancelledDuringFn(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	put(t, store, full(1))

	ctx, cancel := context.WithCancel(t.Context())
	err := store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		cancel()

		_, err := r.Roster(ctx, storage.RosterQuery{Structure: "house-1"})
		assert.ErrorIs(t, err, context.Canceled)

		return full(2), nil
	})
	require.ErrorIs(t, err, context.Canceled)

	_, err = store.Structure(t.Context(), "house-2")
	require.ErrorIs(t, err, storage.ErrNotFound)
	put(t, store, full(2))

	_, err = store.Roster(ctx, storage.RosterQuery{Structure: "house-1"})
	require.ErrorIs(t, err, context.Canceled)
	_, err = store.Account(ctx, "manager-1")
	require.ErrorIs(t, err, context.Canceled)
}

func TestFailedCommitIsNeverASuccess(t *testing.T) {
	t.Parallel()

	errLine := errors.New("the line went dead")
	commit := func(text string) error {
		if text == "COMMIT" {
			return errLine
		}

		return nil
	}
	locked := func(text string) error {
		if text == "COMMIT" {
			return errors.New("database is locked")
		}

		return nil
	}

	t.Run("refused", func(t *testing.T) {
		t.Parallel()

		s := &spy{dsn: dsn(file(t))}
		store := migrated(t, s.open(t), nil)
		s.fail(commit, nil)

		err := write(t.Context(), store, full(1))
		require.ErrorIs(t, err, errLine)
		require.NotErrorIs(t, err, storage.ErrUncertain)
		s.fail(locked, nil)
		require.ErrorIs(t, write(t.Context(), store, full(1)), storage.ErrConflict)
		s.fail(nil, nil)
		put(t, store, full(1))
	})

	t.Run("done, and the answer lost", func(t *testing.T) {
		t.Parallel()

		s := &spy{dsn: dsn(file(t))}
		store := migrated(t, s.open(t), nil)
		s.fail(nil, commit)

		err := write(t.Context(), store, full(1))
		require.ErrorIs(t, err, storage.ErrUncertain)
		require.ErrorIs(t, err, errLine)
		s.fail(nil, nil)
		holds(t, store, full(1), 1)
		put(t, store, full(2))
	})
}

func TestHolderWithoutRowIsRefused(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	roster := attachment.Roster{
		Structure: "house-1", Standing: attachment.Managed, Holder: "manager", Attached: 1,
		Rows: []attachment.Attachment{{
			Key: attachment.Key{Account: "manager", Service: "s"}, State: attachment.Attached,
		}},
	}
	batch := storage.Batch{Structures: []structure.Structure{house(1)}, Rosters: []attachment.Roster{roster}}

	err := write(t.Context(), store, batch)
	require.ErrorIs(t, err, sqlstore.ErrHolder)
	require.NotErrorIs(t, err, storage.ErrUncertain)
	require.NotErrorIs(t, err, storage.ErrConflict)

	_, err = store.Structure(t.Context(), "house-1")
	require.ErrorIs(t, err, storage.ErrNotFound)

	batch.Rosters[0].Rows[0].Service = ""
	put(t, store, batch)
}

func TestEmptyBatchSucceeds(t *testing.T) {
	t.Parallel()
	require.NoError(t, write(t.Context(), fresh(t), storage.Batch{}))
}
