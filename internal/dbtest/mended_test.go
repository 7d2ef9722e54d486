package dbtest

import (
	"context"
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/internal/dbtest/postgres"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/sqlstore"
	"github.com/guichet-pro/guichet/structure"
)

// stores are a new store on each engine.
func stores(t *testing.T) map[string]*sqlstore.Store {
	t.Helper()

	return map[string]*sqlstore.Store{
		"SQLite":     fresh(t),
		"PostgreSQL": migrated(t, postgres.Open(t, postgres.ReadCommitted).DB, onPostgres()),
	}
}

func TestAPoolOfDeadConnectionsIsNoReasonToFail(t *testing.T) {
	t.Parallel()

	s, store := spiedPostgres(t, postgres.ReadCommitted)

	dead := 0

	s.fail(func(text string) error {
		if text == "BEGIN" && dead < 8 {
			dead++

			return driver.ErrBadConn
		}

		return nil
	}, nil)
	put(t, store, full(1))
	assert.Equal(t, 8, dead)
}

func TestAfterSchemaByHandMigrateOnlyReads(t *testing.T) {
	t.Parallel()

	place := postgres.Open(t, postgres.ReadCommitted)

	store, err := sqlstore.New(place.DB, onPostgres())
	require.NoError(t, err)

	for text := range strings.SplitSeq(store.Schema(), ";\n") {
		_, err := place.DB.ExecContext(t.Context(), text)
		require.NoError(t, err, text)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	require.NoError(t, store.Migrate(ctx))
	put(t, store, full(1))
}

func TestMigrateOnlyReadsOnceTheTablesAreThere(t *testing.T) {
	t.Parallel()

	s, store := spiedPostgres(t, postgres.ReadCommitted)
	for _, one := range s.watch(func() { require.NoError(t, store.Migrate(t.Context())) }) {
		assert.True(t, strings.HasPrefix(one.text, "SELECT"), one.text)
	}
}

func TestMigrateSaysWhatIsInItsWay(t *testing.T) {
	t.Parallel()

	place := postgres.Open(t, postgres.ReadCommitted)
	_, err := place.DB.ExecContext(t.Context(), "CREATE TABLE guichet_accounts (id INT)")
	require.NoError(t, err)

	store, err := sqlstore.New(place.DB, onPostgres())
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	require.ErrorContains(t, store.Migrate(ctx), "already exists")
	require.NoError(t, ctx.Err())
}

func TestAJoinedUpdateThatFailsLeavesTheTransactionUsable(t *testing.T) {
	t.Parallel()

	place := postgres.Open(t, postgres.ReadCommitted)
	store := migrated(t, place.DB, onPostgres())
	put(t, store, full(1))

	tx, err := place.DB.BeginTx(t.Context(), nil)
	require.NoError(t, err)

	joined, err := store.Join(tx)
	require.NoError(t, err)

	// A read that the engine refuses.
	_, err = tx.ExecContext(t.Context(), "SET LOCAL statement_timeout = '200ms'")
	require.NoError(t, err)

	other, err := place.DB.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = other.ExecContext(t.Context(), "LOCK TABLE guichet_accounts IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)

	require.Error(t, joined.Update(t.Context(), func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		_, err := r.Account(ctx, "a")

		return storage.Batch{}, err
	}))
	require.NoError(t, other.Rollback())
	put(t, joined, full(2))

	// A caller who leaves while a statement waits.
	other, err = place.DB.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = other.ExecContext(t.Context(), "SELECT 1 FROM guichet_structures WHERE id = 'house-1' FOR UPDATE")
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	changed := storage.Batch{Structures: full(1).Structures}
	changed.Structures[0].Version = 1

	require.Error(t, joined.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
		time.AfterFunc(50*time.Millisecond, cancel)

		return changed, nil
	}))
	require.NoError(t, other.Rollback())

	put(t, joined, full(3))
	require.NoError(t, tx.Commit())
	holds(t, store, full(2), 1)
	holds(t, store, full(3), 1)
}

func TestACursorThatSomebodyMadeUpIsRefused(t *testing.T) {
	t.Parallel()

	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			list := storage.ListOf(storage.DueMessages{})
			for _, place := range [][]any{
				{list},
				{list, 1},
				{list, "1", "a"},
				{list, 1, 2},
				{list, 1.5, "a"},
				{list, 1, "\x00"},
				{list, nil, nil},
				{list, 1, "a", "b"},
				{"other", 1, "a"},
				{1, 1, "a"},
			} {
				encoded, err := json.Marshal(place)
				require.NoError(t, err)

				_, err = store.Page(t.Context(), storage.DueMessages{
					At: at(9), Window: storage.Window{After: base64.RawURLEncoding.EncodeToString(encoded)},
				})
				require.ErrorIs(t, err, storage.ErrAfter, "%v", place)
			}
		})
	}
}

func TestAnIdThatNoEngineCanHoldIsNotFound(t *testing.T) {
	t.Parallel()

	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for _, id := range []string{"\x00", "a\x00", "\xff"} {
				_, err := store.Account(t.Context(), account.ID(id))
				require.ErrorIs(t, err, storage.ErrNotFound)
				_, err = store.Roster(t.Context(), storage.RosterQuery{Structure: structure.ID(id)})
				require.ErrorIs(t, err, storage.ErrNotFound)
			}
		})
	}
}

func TestManyGrantsAreWritten(t *testing.T) {
	t.Parallel()

	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			roster := crowd("house-1")

			for i := range 60 {
				row := asks(account.ID(fmt.Sprint("p-", i)), 1, 0)
				for n := range 200 {
					row.Grants = append(row.Grants, attachment.Grant{
						By: account.System(), At: at(0), Profile: habilitation.Profile{
							Application: structure.Application(fmt.Sprintf("a-%03d", n)), Level: habilitation.Consultation,
						},
					})
				}

				roster.Rows = append(roster.Rows, row)
			}

			put(t, store, storage.Batch{Structures: []structure.Structure{house(1)}, Rosters: []attachment.Roster{roster}})

			slice, err := store.Roster(t.Context(), storage.RosterQuery{Structure: "house-1", Accounts: []account.ID{"p-59"}})
			require.NoError(t, err)

			row, _ := slice.Roster.Row(attachment.Key{Account: "p-59"})
			assert.Len(t, row.Grants, 200)
		})
	}
}

func TestTurnsAreGivenBackWhateverReads(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	put(t, store, full(1))
	put(t, store, full(2))

	lose := func(id structure.ID) {
		err := write(t.Context(), store, storage.Batch{Rosters: []attachment.Roster{{Structure: id, Version: 9}}})
		require.ErrorIs(t, err, storage.ErrConflict)
	}

	var kept storage.Reader

	for range 3 {
		lose("house-1")
		lose("house-2")

		require.NoError(t, store.Update(t.Context(), func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			kept = r
			done := make(chan error)

			for _, id := range []structure.ID{"house-1", "house-2"} {
				go func() {
					_, err := r.Roster(ctx, storage.RosterQuery{Structure: id})
					done <- err
				}()
			}

			assert.NoError(t, <-done)
			assert.NoError(t, <-done)

			return storage.Batch{}, nil
		}))

		_, err := kept.Roster(t.Context(), storage.RosterQuery{Structure: "house-1"})
		require.NoError(t, err)
	}

	// Were a turn not given back, each of these would wait for it.
	start := time.Now()

	for range 20 {
		lose("house-1")
		require.NoError(t, store.Update(t.Context(), func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			_, err := r.Roster(ctx, storage.RosterQuery{Structure: "house-1"})

			return storage.Batch{}, err
		}))
	}

	require.Less(t, time.Since(start), 20*time.Second, "twenty waits of a second")
}
