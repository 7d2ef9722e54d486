package dbtest

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/sqlstore"
	"github.com/guichet-pro/guichet/structure"
)

func TestNewRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()

	for _, prefix := range []string{"1st_", "Guichet_", "a b", "x;", "é", "guichet-"} {
		_, err := sqlstore.New(nil, &sqlstore.Options{Prefix: prefix})
		require.ErrorIs(t, err, sqlstore.ErrPrefix, prefix)
	}

	_, err := sqlstore.New(nil, &sqlstore.Options{Dialect: 99})
	require.ErrorIs(t, err, sqlstore.ErrDialect)
}

func TestForeignKeysMustBeOn(t *testing.T) {
	t.Parallel()

	path := file(t)
	put(t, migrated(t, open(t, path), nil), storage.Batch{Structures: []structure.Structure{house(1)}})

	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })

	store, err := sqlstore.New(db, nil)
	require.NoError(t, err)
	require.ErrorIs(t, store.Migrate(t.Context()), sqlstore.ErrForeignKeys)
	require.ErrorIs(t, write(t.Context(), store, storage.Batch{Structures: []structure.Structure{house(2)}}),
		sqlstore.ErrForeignKeys)
}

func TestMigrateManyTimesAtOnce(t *testing.T) {
	t.Parallel()

	path := file(t)
	dbs := []*sql.DB{open(t, path), open(t, path)}

	var group sync.WaitGroup

	for i := range 8 {
		group.Go(func() {
			store, err := sqlstore.New(dbs[i%len(dbs)], nil)
			if assert.NoError(t, err) {
				assert.NoError(t, store.Migrate(t.Context()))
				assert.NoError(t, store.Migrate(t.Context()), "again")
			}
		})
	}

	group.Wait()

	var versions int
	require.NoError(t, dbs[0].QueryRowContext(t.Context(), "SELECT COUNT(*) FROM guichet_schema_migrations WHERE version > 0").Scan(&versions))
	assert.Equal(t, 1, versions)
}

func TestMigrateRefusesNewerTables(t *testing.T) {
	t.Parallel()

	db := open(t, file(t))
	store := migrated(t, db, nil)

	newer := func(version, needs int) {
		_, err := db.ExecContext(t.Context(), "INSERT INTO guichet_schema_migrations (version, needs) VALUES (?, ?)", version, needs)
		require.NoError(t, err)
	}

	newer(98, 1)
	require.NoError(t, store.Migrate(t.Context()), "a migration that only adds lets the older program go on")
	newer(99, 99)
	require.ErrorIs(t, store.Migrate(t.Context()), sqlstore.ErrSchema)
}

func TestMigrateSaysWhyAPathIsOfNoUse(t *testing.T) {
	t.Parallel()

	db, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), "missing", "portal.db")))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })

	store, err := sqlstore.New(db, nil)
	require.NoError(t, err)
	require.ErrorContains(t, store.Migrate(t.Context()), "unable to open database file")
}

func TestPrefixesKeepTwoPortalsApartInOneDatabase(t *testing.T) {
	t.Parallel()

	db := open(t, file(t))
	one := migrated(t, db, nil)
	two := migrated(t, db, &sqlstore.Options{Prefix: "other_"})

	put(t, one, full(1))

	_, err := two.Structure(t.Context(), "house-1")
	require.ErrorIs(t, err, storage.ErrNotFound)

	put(t, two, full(1))

	var foreign int
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM sqlite_master
		WHERE name NOT LIKE 'guichet\_%' ESCAPE '\' AND name NOT LIKE 'other\_%' ESCAPE '\'
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`).Scan(&foreign))
	assert.Zero(t, foreign)
	assert.NotContains(t, two.Schema(), "guichet_")
}

func TestSchemaIsWhatMigrateRuns(t *testing.T) {
	t.Parallel()

	tables := func(db *sql.DB) string {
		var out string
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT group_concat(sql, ';' ORDER BY name) FROM sqlite_master
			WHERE name NOT LIKE '%schema_migrations%'`).Scan(&out))

		return out
	}

	ran, text := open(t, file(t)), open(t, file(t))
	_, err := text.ExecContext(t.Context(), migrated(t, ran, nil).Schema())
	require.NoError(t, err)
	assert.Equal(t, tables(ran), tables(text))
}

func TestReopenedFileHoldsWhatWasWritten(t *testing.T) {
	t.Parallel()

	path := file(t)

	db, err := sql.Open("sqlite", dsn(path))
	require.NoError(t, err)
	put(t, migrated(t, db, nil), full(1))
	require.NoError(t, db.Close())

	holds(t, migrated(t, open(t, path), nil), full(1), 1)
}
