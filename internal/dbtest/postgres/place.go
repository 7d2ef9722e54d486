package postgres

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// Driver is the name by which [sql.Open] knows the driver that a [Place]'s DSN is for.
const Driver = "pgx"

// patience is how long a place may take to be made or dropped. A drop waits for those who still have tables of the place
// in use, say a child process that was just killed.
const patience = time.Minute

// Isolation is what transactions of a place run at when they ask for nothing, as PostgreSQL calls it.
type Isolation string

// What applications set: the first is PostgreSQL's own default, the second what SQLite always does.
const (
	ReadCommitted Isolation = "read committed"
	Serializable  Isolation = "serializable"
)

// Place is a schema of its own, empty at first. All connections see it, and what the server itself provides, without
// naming it; they do not see other places, nor public.
type Place struct {
	// DB is a pool of connections, closed when the test ends.
	DB *sql.DB

	// DSN opens further pools of the same place, here and in child processes of the same user (or of root), which need
	// nothing besides: sql.Open(Driver, DSN). It is good until the test ends.
	DSN string
}

// Open returns a new place, which is dropped, with all that is in it, when the test ends. It skips the test when there
// is no PostgreSQL, and fails it when there has to be one, or when one that is there cannot be used.
func Open(tb testing.TB, isolation Isolation) Place {
	tb.Helper()

	server := connect(tb)
	schema := "guichet_test_" + strings.ToLower(rand.Text()) // test processes may share a server

	if err := execute(server, "CREATE SCHEMA "+schema); err != nil {
		tb.Fatalf("postgres: making a place for the test: %v", err)
	}

	tb.Cleanup(func() {
		if err := execute(server, "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			tb.Errorf("postgres: dropping the place of the test: %v", err)
		}
	})

	dsn := with(server, "search_path", schema)
	dsn = with(dsn, "default_transaction_isolation", string(isolation))

	db, err := sql.Open(Driver, dsn)
	if err != nil {
		tb.Fatalf("postgres: opening the place of the test: %v", err)
	}

	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("postgres: closing the place of the test: %v", err)
		}
	})

	return Place{DB: db, DSN: dsn}
}

// execute runs one statement on a connection of its own: places are few, and nothing then outlasts the tests.
func execute(dsn, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	db, err := sql.Open(Driver, dsn)
	if err != nil {
		return err
	}

	defer func() { _ = db.Close() }() // the statement has been answered

	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}

	return nil
}
