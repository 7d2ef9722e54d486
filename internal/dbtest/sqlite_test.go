package dbtest

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/sqlstore"
)

// dsn is the connection string that sqlstore recommends.
func dsn(path string) string {
	return "file:" + path +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"
}

// file names a database that does not exist yet.
func file(tb testing.TB) string {
	tb.Helper()

	return filepath.Join(tb.TempDir(), "portal.db")
}

// open opens a file.
func open(tb testing.TB, path string) *sql.DB {
	tb.Helper()

	db, err := sql.Open("sqlite", dsn(path))
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })

	return db
}

// migrated returns a store whose tables are there.
func migrated(tb testing.TB, db *sql.DB, opts *sqlstore.Options) *sqlstore.Store {
	tb.Helper()

	store, err := sqlstore.New(db, opts)
	require.NoError(tb, err)
	require.NoError(tb, store.Migrate(tb.Context()))

	return store
}

// fresh returns a store in a new file.
func fresh(tb testing.TB) *sqlstore.Store {
	tb.Helper()

	return migrated(tb, open(tb, file(tb)), nil)
}

// write applies a batch.
func write(ctx context.Context, s storage.Store, b storage.Batch) error {
	return s.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) { return b, nil })
}

// put applies a batch that must succeed.
func put(t *testing.T, s storage.Store, b storage.Batch) {
	t.Helper()
	require.NoError(t, write(t.Context(), s, b))
}
