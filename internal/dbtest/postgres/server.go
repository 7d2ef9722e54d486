package postgres

import (
	"os"
	"sync"
	"testing"
)

// missing says what somebody can do who wants the skipped tests to run.
const missing = "no PostgreSQL to test on: neither is GUICHET_POSTGRES set, nor are initdb, pg_ctl and postgres in one " +
	"folder of pg_config, PATH or /usr/lib/postgresql; install the server (Debian: apt-get install postgresql), or set " +
	"GUICHET_POSTGRES to the connection string of one"

// source is where the PostgreSQL of a test process comes from.
type source int

const (
	absent  source = iota // nowhere, and the test is skipped
	needed                // nowhere, and the test fails
	given                 // the environment names it
	started               // its programs are here
)

// decide takes the values of GUICHET_POSTGRES and GUICHET_REQUIRE_POSTGRES, and the folder of the programs, if any.
func decide(dsn, require, bin string) source {
	switch {
	case dsn != "":
		return given
	case bin != "":
		return started
	case require != "" && require != "0": // whoever writes "yes" wants no skipped tests either
		return needed
	default:
		return absent
	}
}

// shared is the cluster of this process.
//
//nolint:gochecknoglobals // starting a cluster costs a second or two, so all tests of a process share one
var shared struct {
	sync.Mutex

	tried   bool
	cluster *cluster
	err     error
}

// connect returns the connection string of the server, which is started if it has to be.
func connect(tb testing.TB) string {
	tb.Helper()

	dsn, bin := os.Getenv("GUICHET_POSTGRES"), ""
	if dsn == "" {
		bin = installed()
	}

	switch decide(dsn, os.Getenv("GUICHET_REQUIRE_POSTGRES"), bin) {
	case given:
		return dsn
	case started:
		return running(tb, bin).dsn
	case needed:
		tb.Fatal("postgres: GUICHET_REQUIRE_POSTGRES is set, but there is " + missing)
	case absent:
		tb.Skip("postgres: " + missing)
	}

	return ""
}

// running returns the cluster of this process. One that could not be started is not tried again: the next test would
// only wait for the same end.
func running(tb testing.TB, bin string) *cluster {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()

	if !shared.tried {
		shared.tried = true
		shared.cluster, shared.err = start(bin)
	}

	if shared.err != nil {
		tb.Fatalf("postgres: starting a cluster with the programs of %s: %v", bin, shared.err)
	}

	return shared.cluster
}
