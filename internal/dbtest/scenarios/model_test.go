package scenarios_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/internal/dbtest/scenarios"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

// TestModel has the portal and a model of the rules do the same things, at random, over package memory. It goes the same ways
// every time, so that what a change breaks is that change's; -rapid.seed=N goes others, and -rapid.checks=1000 more of them.
func TestModel(t *testing.T) {
	if seed := flag.Lookup("rapid.seed"); seed.Value.String() == seed.DefValue {
		require.NoError(t, flag.Set("rapid.seed", "20261123"))
		t.Cleanup(func() { _ = flag.Set("rapid.seed", seed.DefValue) })
	}

	scenarios.Model(t, func(*testing.T) storage.Store { return memory.New() })
}
