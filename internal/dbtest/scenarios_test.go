package dbtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/guichet-pro/guichet/internal/dbtest/postgres"
	"github.com/guichet-pro/guichet/internal/dbtest/scenarios"
	"github.com/guichet-pro/guichet/storage"
)

// TestScenariosOnSQLite tells the portal's stories on SQLite.
func TestScenariosOnSQLite(t *testing.T) {
	t.Parallel()
	slowUnderRace(t)

	scenarios.Run(t, func(t *testing.T) storage.Store {
		t.Helper()

		return fresh(t)
	})
}

// TestScenariosOnPostgreSQL tells them on PostgreSQL.
func TestScenariosOnPostgreSQL(t *testing.T) {
	t.Parallel()

	r, store := onPostgresRig(t)

	scenarios.Run(t, func(t *testing.T) storage.Store {
		t.Helper()
		t.Cleanup(func() { r.empty(t, store) })

		return store
	})
}

// onPostgresRig returns one store on PostgreSQL, for tests that empty it and join its transactions.
func onPostgresRig(t *testing.T) (*rigs, storage.Store) {
	t.Helper()

	r := &rigs{begin: "BEGIN", options: onPostgres()}

	return r, r.open(t, &spy{driver: stdlib.GetDefaultDriver(), dsn: postgres.Open(t, postgres.ReadCommitted).DSN})
}

// TestJoinedScenarios tells the stories of use cases in a transaction of the application's.
func TestJoinedScenarios(t *testing.T) {
	t.Parallel()

	sqlite := &rigs{begin: "BEGIN IMMEDIATE"}
	onPG, pg := onPostgresRig(t)

	for name, rig := range map[string]struct {
		rigs  *rigs
		store storage.Store
	}{
		"SQLite":     {sqlite, sqlite.open(t, &spy{dsn: dsn(file(t))})},
		"PostgreSQL": {onPG, pg},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenarios.Joined(t, rig.store, func(ctx context.Context) (scenarios.Tx, error) {
				return rig.rigs.join(ctx, rig.store)
			})
		})
	}
}

// slowUnderRace leaves out what an engine written in Go takes many minutes for: the same stories and the same walk run under the
// race detector over package memory, and the stories on PostgreSQL.
func slowUnderRace(t *testing.T) {
	t.Helper()

	if raced {
		t.Skip("SQLite in Go is too slow under the race detector: `make test` runs this without, and the race run has the same on " +
			"memory and on PostgreSQL")
	}
}
