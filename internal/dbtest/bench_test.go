package dbtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/internal/dbtest/postgres"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/sqlstore"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

func BenchmarkSQLite(b *testing.B) {
	storagetest.Bench(b, func(b *testing.B) storage.Store {
		b.Helper()

		return fresh(b)
	})
}

func BenchmarkPostgreSQL(b *testing.B) {
	storagetest.Bench(b, func(b *testing.B) storage.Store {
		b.Helper()

		db := postgres.Open(b, postgres.ReadCommitted).DB
		db.SetMaxOpenConns(16)
		db.SetMaxIdleConns(16)

		store, err := sqlstore.New(db, onPostgres())
		require.NoError(b, err)
		require.NoError(b, store.Migrate(b.Context()))

		return store
	})
}
