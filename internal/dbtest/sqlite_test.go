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
func file(t *testing.T) string {
	t.Helper()

	return filepath.Join(t.TempDir(), "portal.db")
}

// open opens a file.
func open(t *testing.T, path string) *sql.DB {
	t.Helper()

	db, err := sql.Open("sqlite", dsn(path))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })

	return db
}

// migrated returns a store whose tables are there.
func migrated(t *testing.T, db *sql.DB, opts *sqlstore.Options) *sqlstore.Store {
	t.Helper()

	store, err := sqlstore.New(db, opts)
	require.NoError(t, err)
	require.NoError(t, store.Migrate(t.Context()))

	return store
}

// fresh returns a store in a new file.
func fresh(t *testing.T) *sqlstore.Store {
	t.Helper()

	return migrated(t, open(t, file(t)), nil)
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
