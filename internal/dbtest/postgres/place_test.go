package postgres

import (
	"database/sql"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answer runs a query of one value.
func answer(t *testing.T, db *sql.DB, query string) string {
	t.Helper()

	var value string
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&value), query)

	return value
}

// again opens a place a second time, as another process would.
func again(t *testing.T, dsn string) *sql.DB {
	t.Helper()

	db, err := sql.Open(Driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })

	return db
}

func run(t *testing.T, db *sql.DB, statement string) {
	t.Helper()

	_, err := db.ExecContext(t.Context(), statement)
	require.NoError(t, err, statement)
}

func TestPlaceHasTheIsolationAskedFor(t *testing.T) {
	t.Parallel()

	for _, isolation := range []Isolation{ReadCommitted, Serializable} {
		t.Run(string(isolation), func(t *testing.T) {
			t.Parallel()

			place := Open(t, isolation)
			for _, db := range []*sql.DB{place.DB, again(t, place.DSN)} {
				tx, err := db.BeginTx(t.Context(), nil)
				require.NoError(t, err)

				var level string
				require.NoError(t, tx.QueryRowContext(t.Context(), "SHOW transaction_isolation").Scan(&level))
				assert.Equal(t, string(isolation), level)
				require.NoError(t, tx.Rollback())
			}
		})
	}
}

func TestPlacesDoNotSeeEachOther(t *testing.T) {
	t.Parallel()

	one, two := Open(t, ReadCommitted), Open(t, ReadCommitted)
	for _, place := range []Place{one, two} {
		run(t, place.DB, "CREATE TABLE things (name text)")
	}

	run(t, one.DB, "INSERT INTO things VALUES ('a')")
	assert.Equal(t, "1", answer(t, one.DB, "SELECT count(*) FROM things"))
	assert.Equal(t, "1", answer(t, again(t, one.DSN), "SELECT count(*) FROM things"))
	assert.Equal(t, "0", answer(t, two.DB, "SELECT count(*) FROM things"))
}

func TestPlaceIsGoneAfterItsTest(t *testing.T) {
	db := Open(t, ReadCommitted).DB

	var schemas string

	t.Run("inner", func(t *testing.T) {
		inner := Open(t, ReadCommitted).DB
		run(t, inner, "CREATE TABLE things (name text)")
		schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = '" + answer(t, inner, "SELECT current_schema()") + "'"
		assert.Equal(t, "1", answer(t, db, schemas))
	})

	assert.Equal(t, "0", answer(t, db, schemas))
}

func TestClusterWritesInEarnest(t *testing.T) {
	t.Parallel()

	if os.Getenv("GUICHET_POSTGRES") != "" {
		t.Skip("says nothing of a server that GUICHET_POSTGRES names")
	}

	db := Open(t, ReadCommitted).DB
	for setting, want := range map[string]string{
		"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "listen_addresses": "",
		"server_encoding": "UTF8", "lc_collate": "C", "max_connections": "300",
	} {
		assert.Equal(t, want, answer(t, db, "SELECT current_setting('"+setting+"')"), setting)
	}
}
