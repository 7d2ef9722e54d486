package scenarios_test

import (
	"testing"

	"github.com/guichet-pro/guichet/internal/dbtest/scenarios"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

// TestScenarios plays the stories that every store has to tell alike over package memory.
func TestScenarios(t *testing.T) {
	t.Parallel()

	scenarios.Run(t, func(*testing.T) storage.Store { return memory.New() })
}
