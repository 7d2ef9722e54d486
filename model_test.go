package guichet_test

import (
	"testing"

	"github.com/guichet-pro/guichet/internal/scenarios"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

// TestModel has the portal and a model of the rules do the same things, at random, over package memory.
func TestModel(t *testing.T) {
	t.Parallel()

	scenarios.Model(t, func(*testing.T) storage.Store { return memory.New() })
}
