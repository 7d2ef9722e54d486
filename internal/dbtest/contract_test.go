package dbtest

import (
	"testing"
	"time"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

func TestSQLiteKeepsTheContract(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storage.Store {
		t.Helper()

		return fresh(t)
	}, &storagetest.Options{Patience: 5 * time.Minute}) // the race detector slows an engine written in Go down
}
