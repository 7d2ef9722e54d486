package sqlstore

import (
	"context"
	"database/sql"
	"strings"
)

// Dialect is a database engine's way of speaking SQL.
type Dialect uint8

// The dialects.
const (
	SQLite Dialect = iota + 1 // 3.44 or newer
)

// String returns the name of the dialect.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "sqlite"
	default:
		return "invalid"
	}
}

// dialect is everything in which engines differ, but for their migrations.
type dialect struct {
	migrations string // folder
	beginRead  string // begins a transaction that reads one snapshot
	beginWrite string // begins a transaction that writes

	// check tells whether a connection is fit for writing.
	check func(ctx context.Context, conn *sql.Conn) error
	// lost tells whether an error says that others had the lock for too long: trying again may help.
	lost func(err error) bool
}

// dialects returns the engine's differences; ok is false for an unknown one.
func (d Dialect) dialect() (out dialect, ok bool) {
	switch d {
	case SQLite:
		return dialect{
			migrations: "migrations/sqlite",
			beginRead:  "BEGIN DEFERRED",
			beginWrite: "BEGIN IMMEDIATE", // deferred, a transaction that read first could not write after another had
			check:      foreignKeysOn,
			lost:       locked,
		}, true
	default:
		return dialect{}, false
	}
}

// foreignKeysOn looks at a connection's setting: SQLite's default is off, and it is the connection string's to say.
func foreignKeysOn(ctx context.Context, conn *sql.Conn) error {
	var on bool
	if err := conn.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&on); err != nil {
		return err
	}

	if !on {
		return ErrForeignKeys
	}

	return nil
}

// locked recognises SQLITE_BUSY and SQLITE_LOCKED by the engine's own words, which every driver passes on; the codes
// come in types of the driver's.
func locked(err error) bool { return err != nil && strings.Contains(err.Error(), "is locked") }

// sentence puts the store's prefix and the engine's placeholders into a statement. Statements are written with the
// default prefix and "?".
func (s *Store) sentence(text string) string {
	return strings.ReplaceAll(text, defaultPrefix, s.prefix)
}
