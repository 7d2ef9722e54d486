package dbtest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"
)

// spy is a driver with somebody in between, who sees the statements and may make them fail.
type spy struct {
	driver driver.Driver // SQLite's unless said otherwise
	dsn    string

	mu         sync.Mutex
	statements []statement
	before     func(text string) error // an error keeps the statement from being run
	after      func(text string) error // an error takes the place of the statement's success
}

type statement struct {
	text string
	args []driver.NamedValue
}

// open opens a pool of the spy's connections.
func (s *spy) open(t *testing.T) *sql.DB {
	t.Helper()

	db := sql.OpenDB(s)
	t.Cleanup(func() { require.NoError(t, db.Close()) })

	return db
}

func (s *spy) Connect(context.Context) (driver.Conn, error) {
	conn, err := s.Driver().Open(s.dsn)
	if err != nil {
		return nil, err
	}

	return spied{Conn: conn, spy: s}, nil
}

func (s *spy) Driver() driver.Driver {
	if s.driver != nil {
		return s.driver
	}

	return &sqlite.Driver{}
}

// fail sets what happens to statements from now on; nil for nothing.
func (s *spy) fail(before, after func(text string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.before, s.after = before, after
}

// watch returns the statements that do runs.
func (s *spy) watch(do func()) []statement {
	s.mu.Lock()
	s.statements = nil
	s.mu.Unlock()

	do()

	s.mu.Lock()
	defer s.mu.Unlock()

	return s.statements
}

func (s *spy) see(text string, args []driver.NamedValue) (before, after func(string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.statements = append(s.statements, statement{text, args})

	return orNothing(s.before), orNothing(s.after)
}

func orNothing(fail func(string) error) func(string) error {
	if fail == nil {
		return func(string) error { return nil }
	}

	return fail
}

type spied struct {
	driver.Conn

	spy *spy
}

func (c spied) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	before, after := c.spy.see(text, args)
	if err := before(text); err != nil {
		return nil, err
	}

	result, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
	if err == nil {
		err = after(text)
	}

	return result, err
}

func (c spied) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	before, _ := c.spy.see(text, args)
	if err := before(text); err != nil {
		return nil, err
	}

	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c spied) ResetSession(ctx context.Context) error {
	if resetter, ok := c.Conn.(driver.SessionResetter); ok {
		return resetter.ResetSession(ctx)
	}

	return nil
}

func (c spied) IsValid() bool {
	validator, ok := c.Conn.(driver.Validator)

	return !ok || validator.IsValid()
}
