package postgres

import (
	"fmt"
	"os"
	"testing"
)

// Main runs the tests, then stops the cluster that they started, if they did, and removes its folder. It returns the
// code to exit with, and is for TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(postgres.Main(m)) }
//
// A package without it leaves no cluster behind either, but the end of its tests is then not awaited by the cluster's.
func Main(m *testing.M) int {
	code := m.Run()

	shared.Lock()
	defer shared.Unlock()

	if shared.cluster == nil {
		return code
	}

	if err := shared.cluster.stop(); err != nil {
		fmt.Fprintf(os.Stderr, "postgres: stopping the cluster of the tests: %v\n", err)

		return max(code, 1)
	}

	return code
}
