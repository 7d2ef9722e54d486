package dbtest

import (
	"context"
	"database/sql/driver"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/internal/dbtest/postgres"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/sqlstore"
	"github.com/guichet-pro/guichet/structure"
)

// onPostgres are the options for a store on PostgreSQL.
func onPostgres() *sqlstore.Options { return &sqlstore.Options{Dialect: sqlstore.PostgreSQL} }

// spiedPostgres returns a store on PostgreSQL whose statements the spy sees.
func spiedPostgres(t *testing.T, isolation postgres.Isolation) (*spy, *sqlstore.Store) {
	t.Helper()

	s := &spy{dsn: postgres.Open(t, isolation).DSN, driver: stdlib.GetDefaultDriver()}

	return s, migrated(t, s.open(t), onPostgres())
}

// stateError is an error of PostgreSQL's.
type stateError string

func (e stateError) Error() string    { return "SQLSTATE " + string(e) }
func (e stateError) SQLState() string { return string(e) }

func TestPostgreSQLIsAskedInFewRoundTrips(t *testing.T) {
	t.Parallel()

	s, store := spiedPostgres(t, postgres.ReadCommitted)
	put(t, store, full(1))

	seen := s.watch(func() {
		require.NoError(t, store.Update(t.Context(), func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			slice, err := r.Roster(ctx, storage.RosterQuery{Structure: "house-1", Accounts: []account.ID{"manager-1"}})
			b := full(2)
			b.Guards = []storage.Guard{storage.RosterAt{Structure: "house-1", Version: slice.Roster.Version}}

			return b, err
		}))
	})

	var texts []string
	for _, one := range seen {
		texts = append(texts, one.text[:min(len(one.text), 12)])
	}

	assert.Len(t, seen, 4, "read, BEGIN, write, COMMIT: %q", texts)
}

func TestPostgreSQLCommitsThatFail(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name   string
		answer error
		want   error // nil: an error that says that nothing was written
	}{
		{"serialisation failure", stateError("40001"), storage.ErrConflict},
		{"deadlock", stateError("40P01"), storage.ErrConflict},
		{"a constraint", stateError("23503"), nil},
		{"the engine cannot tell", stateError("40003"), storage.ErrUncertain},
		{"an administrator ended the connection", stateError("57P01"), storage.ErrUncertain},
		{"a broken connection", stateError("08006"), storage.ErrUncertain},
		{"no answer", driver.ErrBadConn, storage.ErrUncertain},
		{"the line", errors.New("connection reset by peer"), storage.ErrUncertain},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			for _, committed := range []bool{false, true} {
				s, store := spiedPostgres(t, postgres.ReadCommitted)
				fail := func(text string) error {
					if text == "COMMIT" {
						return c.answer
					}

					return nil
				}

				if committed {
					s.fail(nil, fail)
				} else {
					s.fail(fail, nil)
				}

				err := write(t.Context(), store, full(1))
				s.fail(nil, nil)
				require.Error(t, err)

				if c.want != nil {
					require.ErrorIs(t, err, c.want)
				}

				if errors.Is(err, storage.ErrUncertain) && committed {
					holds(t, store, full(1), 1)
				} else if !committed {
					put(t, store, full(1))
				}
			}
		})
	}
}

func TestPostgreSQLTerminatedConnectionsAreNeverASuccess(t *testing.T) {
	t.Parallel()

	place := postgres.Open(t, postgres.ReadCommitted)
	s := &spy{dsn: place.DSN, driver: stdlib.GetDefaultDriver()}
	db := s.open(t)
	db.SetMaxOpenConns(1)

	store := migrated(t, db, onPostgres())

	for _, when := range []string{"WITH", "COMMIT"} {
		var pid int
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid))
		s.fail(func(text string) error {
			if strings.HasPrefix(text, when) {
				_, err := place.DB.ExecContext(t.Context(), "SELECT pg_terminate_backend($1, 60000)", pid)

				return err
			}

			return nil
		}, nil)

		err := write(t.Context(), store, full(1))
		s.fail(nil, nil)
		require.Error(t, err, when)

		_, missing := store.Structure(t.Context(), "house-1")
		require.ErrorIs(t, missing, storage.ErrNotFound, when)

		if when == "COMMIT" {
			require.ErrorIs(t, err, storage.ErrUncertain)
		}
	}

	put(t, store, full(1))
}

func TestPostgreSQLSendsStatementsOneByOneIfAsked(t *testing.T) {
	t.Parallel()

	s := &spy{dsn: postgres.Open(t, postgres.ReadCommitted).DSN, driver: stdlib.GetDefaultDriver()}
	store := migrated(t, s.open(t), &sqlstore.Options{Dialect: sqlstore.PostgreSQL, Separate: true})

	seen := s.watch(func() { put(t, store, full(1)) })
	for _, one := range seen {
		assert.NotContains(t, one.text, "WITH")
	}

	assert.Greater(t, len(seen), 10)
	holds(t, store, full(1), 1)

	lost := full(2)
	lost.Messages[0].Version = 4
	require.ErrorIs(t, write(t.Context(), store, lost), storage.ErrConflict)

	_, err := store.Structure(t.Context(), "house-2")
	require.ErrorIs(t, err, storage.ErrNotFound)
}

func TestPostgreSQLMigratesManyTimesAtOnce(t *testing.T) {
	t.Parallel()

	place := postgres.Open(t, postgres.ReadCommitted)

	var group sync.WaitGroup

	for range 8 {
		group.Go(func() {
			store, err := sqlstore.New(place.DB, onPostgres())
			if assert.NoError(t, err) {
				assert.NoError(t, store.Migrate(t.Context()))
				assert.NoError(t, store.Migrate(t.Context()), "again")
			}
		})
	}

	group.Wait()

	var versions int
	require.NoError(t, place.DB.QueryRowContext(t.Context(),
		"SELECT COUNT(*) FROM guichet_schema_migrations WHERE version > 0").Scan(&versions))
	assert.Equal(t, 1, versions)
}

func TestPostgreSQLNobodyWaitsInACircle(t *testing.T) {
	t.Parallel()

	const rounds = 50

	// One statement at a time, since it is between two that callers meet.
	store := migrated(t, postgres.Open(t, postgres.ReadCommitted).DB,
		&sqlstore.Options{Dialect: sqlstore.PostgreSQL, Separate: true})
	put(t, store, storage.Batch{Accounts: []account.Account{person("a", account.Active), person("b", account.Active)}})

	for range rounds {
		a, err := store.Account(t.Context(), "a")
		require.NoError(t, err)
		b, err := store.Account(t.Context(), "b")
		require.NoError(t, err)

		// Each changes the row that the other guards.
		batches := []storage.Batch{
			{Guards: []storage.Guard{storage.AccountAt{ID: "b", Version: b.Version}}, Accounts: []account.Account{a}},
			{Guards: []storage.Guard{storage.AccountAt{ID: "a", Version: a.Version}}, Accounts: []account.Account{b}},
		}
		answers := make([]error, len(batches))

		var group sync.WaitGroup

		for i, batch := range batches {
			group.Go(func() { answers[i] = write(t.Context(), store, batch) })
		}

		group.Wait()

		refused := 0

		for _, err := range answers {
			if err != nil {
				require.ErrorIs(t, err, storage.ErrConflict)
				require.NotContains(t, err.Error(), "40P01", "a deadlock, which the engine finds after a second")

				refused++
			}
		}

		require.Positive(t, refused, "both were written")
	}
}

func TestPostgreSQLComparesByteForByteWhateverTheDatabasesLanguage(t *testing.T) {
	t.Parallel()

	place := postgres.Open(t, postgres.ReadCommitted)
	migrated(t, place.DB, onPostgres())

	var other []string

	rows, err := place.DB.QueryContext(t.Context(), `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
			AND table_name <> 'guichet_schema_migrations'`)
	require.NoError(t, err)

	defer rows.Close()

	for rows.Next() {
		var column string
		require.NoError(t, rows.Scan(&column))

		other = append(other, column)
	}

	require.NoError(t, rows.Err())
	assert.Empty(t, other)
}

// definition is a table, index or column that a schema defines.
var definition = regexp.MustCompile(`(?m)^(?:CREATE (?:TABLE|INDEX) \w+|    [a-z_]+ +(?:TEXT|INTEGER|BIGINT|BOOLEAN))`)

func TestBothDialectsDefineTheSameTables(t *testing.T) {
	t.Parallel()

	var defined [2][]string

	for i, dialect := range []sqlstore.Dialect{sqlstore.SQLite, sqlstore.PostgreSQL} {
		store, err := sqlstore.New(nil, &sqlstore.Options{Dialect: dialect})
		require.NoError(t, err)

		for _, line := range definition.FindAllString(store.Schema(), -1) {
			for _, kind := range []string{"INTEGER", "BIGINT", "BOOLEAN"} {
				line = strings.Replace(line, kind, "number", 1)
			}

			defined[i] = append(defined[i], strings.Join(strings.Fields(line), " "))
		}
	}

	assert.NotEmpty(t, defined[0])
	assert.Equal(t, defined[0], defined[1])
}

func TestPostgreSQLJoinedTransactionsOfStrongerIsolationAreRetriedFromTheirBeginning(t *testing.T) {
	t.Parallel()

	place := postgres.Open(t, postgres.Serializable)
	store := migrated(t, place.DB, onPostgres())
	put(t, store, full(1))

	tx, err := place.DB.BeginTx(t.Context(), nil)
	require.NoError(t, err)

	joined, err := store.Join(tx)
	require.NoError(t, err)

	s, err := joined.Structure(t.Context(), "house-1")
	require.NoError(t, err)

	changed := storage.Batch{Structures: full(1).Structures}
	changed.Structures[0].Version = 1
	put(t, store, changed) // by somebody else

	require.ErrorIs(t, write(t.Context(), joined, storage.Batch{Structures: []structure.Structure{s}}),
		storage.ErrConflict)
	require.NoError(t, tx.Rollback())
}
