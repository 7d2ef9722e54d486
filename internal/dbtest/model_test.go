package dbtest

import (
	"flag"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/internal/dbtest/scenarios"
	"github.com/guichet-pro/guichet/storage"
)

// fewWalks has each engine go a few short walks under each policy of activation, unless rapid's flags say otherwise: everything is
// read after each step, and package scenarios goes many long ones over package memory. They go the same ways every time, and
// -rapid.seed=N goes others. No other test of this package reads these flags.
var fewWalks = sync.OnceValue(func() error {
	for name, value := range map[string]string{"rapid.seed": "20261123", "rapid.checks": "3", "rapid.steps": "8"} {
		if f := flag.Lookup(name); f.Value.String() == f.DefValue {
			if err := flag.Set(name, value); err != nil {
				return err
			}
		}
	}

	return nil
})

// TestModelOnSQLite has the portal and the model of the rules do the same things on SQLite.
func TestModelOnSQLite(t *testing.T) {
	t.Parallel()
	slowUnderRace(t)
	require.NoError(t, fewWalks())

	scenarios.Model(t, func(t *testing.T) storage.Store {
		t.Helper()

		return fresh(t)
	})
}

// TestModelOnPostgreSQL has them do the same on PostgreSQL.
func TestModelOnPostgreSQL(t *testing.T) {
	t.Parallel()
	slowUnderRace(t)
	require.NoError(t, fewWalks())

	r, store := onPostgresRig(t)

	scenarios.Model(t, func(t *testing.T) storage.Store {
		t.Helper()
		r.empty(t, store)

		return store
	})
}
