package dbtest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/internal/dbtest/postgres"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/sqlstore"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

// rigs are the stores of one run of the suite, with the means to break their commits, to join their transactions and to
// open their rows again.
type rigs struct {
	options *sqlstore.Options
	begin   string // the statement that begins a transaction of the application's
	stores  sync.Map
}

type rig struct {
	t   *testing.T
	spy *spy
	db  *sql.DB
}

// open returns a new store over a spy.
func (r *rigs) open(t *testing.T, s *spy) storage.Store {
	t.Helper()

	db := s.open(t)
	store := migrated(t, db, r.options)
	r.stores.Store(store, rig{t, s, db})

	return store
}

func (r *rigs) of(s storage.Store) (rig, error) {
	found, ok := r.stores.Load(s)
	if !ok {
		return rig{}, errors.New("dbtest: this store is of another run")
	}

	return found.(rig), nil
}

// empty deletes all rows of a store.
func (r *rigs) empty(t *testing.T, s storage.Store) {
	t.Helper()

	rig, err := r.of(s)
	require.NoError(t, err)
	rig.spy.fail(nil, nil)

	tx, err := rig.db.BeginTx(context.WithoutCancel(t.Context()), nil)
	require.NoError(t, err)

	prefix := r.options.Prefix
	if prefix == "" {
		prefix = "guichet_"
	}

	for _, table := range []string{
		"journal_notes", "journal", "messages", "grants", "attachments", "rosters", "links", "attempts", "credentials", "accounts",
		"registrations", "services", "structure_applications", "structures",
	} {
		_, err := tx.ExecContext(context.WithoutCancel(t.Context()), "DELETE FROM "+prefix+table)
		require.NoError(t, err)
	}

	require.NoError(t, tx.Commit())
}

// transaction is one on a connection of its own, begun in the engine's way.
type transaction struct {
	*sql.Conn
}

func (tx transaction) Commit() error   { return tx.end("COMMIT") }
func (tx transaction) Rollback() error { return tx.end("ROLLBACK") }

func (tx transaction) end(how string) error {
	_, err := tx.ExecContext(context.Background(), how)

	return errors.Join(err, tx.Close())
}

// join begins a transaction of the application's.
func (r *rigs) join(ctx context.Context, s storage.Store) (storagetest.Tx, error) {
	rig, err := r.of(s)
	if err != nil {
		return nil, err
	}

	conn, err := rig.db.Conn(ctx)
	if err != nil {
		return nil, err
	}

	if _, err := conn.ExecContext(ctx, r.begin); err != nil {
		return nil, errors.Join(err, conn.Close())
	}

	return transaction{conn}, nil
}

// again opens the rows of a store as another process would.
func (r *rigs) again(s storage.Store) (storage.Store, error) {
	rig, err := r.of(s)
	if err != nil {
		return nil, err
	}

	db := (&spy{driver: rig.spy.driver, dsn: rig.spy.dsn}).open(rig.t)

	return sqlstore.New(db, r.options)
}

// refused is how an engine says that it does not commit.
var errRefused = stateError("40001")

// sabotage breaks the next commit of a store.
func (r *rigs) sabotage(s storage.Store, how storagetest.Sabotage) error {
	rig, err := r.of(s)
	if err != nil {
		return err
	}

	var once sync.Once

	commit := func(answer error) func(string) error {
		return func(text string) (err error) {
			if text == "COMMIT" {
				once.Do(func() { err = answer })
			}

			return err
		}
	}

	switch how {
	case storagetest.Refused:
		rig.spy.fail(commit(errRefused), nil)
	case storagetest.LostBefore:
		rig.spy.fail(commit(driver.ErrBadConn), nil)
	case storagetest.LostAfter:
		rig.spy.fail(nil, commit(driver.ErrBadConn))
	}

	return nil
}

// run runs the suite.
func (r *rigs) run(t *testing.T, newStore func(*testing.T) storage.Store, goroutines int) {
	t.Helper()
	storagetest.Run(t, newStore, &storagetest.Options{
		Goroutines: goroutines,
		Patience:   5 * time.Minute, // the race detector slows an engine written in Go down
		Begin:      r.join,
		Again:      r.again,
		Sabotage:   r.sabotage,
	})
}

func TestSQLiteKeepsTheContract(t *testing.T) {
	t.Parallel()

	if raced {
		t.Skip("an engine written in Go takes many minutes under the race detector: `make test` runs the suite on SQLite without, " +
			"and under it share_test.go and porcupine_test.go race the same code, the suite on PostgreSQL the rest")
	}

	r := &rigs{begin: "BEGIN IMMEDIATE"}
	r.run(t, func(t *testing.T) storage.Store {
		t.Helper()

		return r.open(t, &spy{dsn: dsn(file(t))})
	}, 0)
}

func TestPostgreSQLKeepsTheContract(t *testing.T) {
	t.Parallel()

	// Callers hold a connection each while they write.
	const goroutines = 24

	for name, options := range map[string]*sqlstore.Options{
		"as one statement": {Dialect: sqlstore.PostgreSQL},
		"one by one":       {Dialect: sqlstore.PostgreSQL, Separate: true, Prefix: "portal_"},
	} {
		for _, isolation := range []postgres.Isolation{postgres.ReadCommitted, postgres.Serializable} {
			// The store's own code is the same whatever the isolation, which is what the race detector looks at.
			if isolation == postgres.Serializable && (options.Separate || raced) {
				continue
			}

			t.Run(string(isolation)+", "+name, func(t *testing.T) {
				t.Parallel()

				r := &rigs{begin: "BEGIN", options: options}
				store := r.open(t, &spy{driver: stdlib.GetDefaultDriver(), dsn: postgres.Open(t, isolation).DSN})

				// One case comes after another: each finds the tables empty, which is faster than new ones.
				r.run(t, func(t *testing.T) storage.Store {
					t.Helper()
					t.Cleanup(func() { r.empty(t, store) })

					return store
				}, goroutines)
			})
		}
	}
}
