package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/guichet-pro/guichet/storage"
)

// Dialect is a database engine's way of speaking SQL.
type Dialect uint8

// The dialects.
const (
	SQLite     Dialect = iota + 1 // 3.44 or newer
	PostgreSQL                    // 12 or newer, and engines compatible with it
)

// String returns the name of the dialect.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "sqlite"
	case PostgreSQL:
		return "postgresql"
	default:
		return "invalid"
	}
}

// dialect is everything in which engines differ, but for their migrations.
type dialect struct {
	migrations string // folder
	array      string // the function that makes a JSON array of its arguments
	find       string // the function that finds a text in another one: 0 if it is not there
	begin      string // begins a transaction that writes

	numbered bool // arguments are called $1, $2 and not ?
	texts    bool // takes texts only that are valid UTF-8 without U+0000: others are in no row
	packed   bool // several statements that write can be sent as one
	shared   bool // writers queue for one lock anyway, and share commits

	lock string // ends a select that keeps the rows it found from being changed until the transaction ends
	hold string // likewise, and others may hold them too

	// check tells whether a connection is fit for writing.
	check func(ctx context.Context, on storage.Querier) error
	// lost tells whether an error says that others were in the way: trying again may help.
	lost func(err error, state string) bool
	// doubled tells whether an error says that a unique key exists, dangling that a row refers to nothing.
	doubled, dangling func(err error, state string) bool
	// created tells whether an error says that somebody else made a table in the same moment.
	created func(err error, state string) bool
	// refused tells whether an error that answers COMMIT says for certain that nothing was committed.
	refused func(state string) bool
}

// dialects returns the engine's differences; ok is false for an unknown one.
func (d Dialect) dialect() (out dialect, ok bool) {
	switch d {
	case SQLite:
		return dialect{
			migrations: "migrations/sqlite",
			array:      "json_array",
			find:       "instr",
			begin:      "BEGIN IMMEDIATE", // deferred, a transaction that read first could not write after another had
			shared:     true,
			check:      foreignKeysOn,
			lost:       says("is locked"),
			doubled:    says("UNIQUE constraint failed"),
			dangling:   says("FOREIGN KEY constraint failed"),
			created:    func(error, string) bool { return false }, // one writes at a time
			refused:    func(string) bool { return false },
		}, true
	case PostgreSQL:
		return dialect{
			migrations: "migrations/postgresql",
			array:      "json_build_array",
			find:       "strpos",
			begin:      "BEGIN",
			numbered:   true,
			packed:     true,
			lock:       " FOR UPDATE",
			hold:       " FOR SHARE",
			check:      func(context.Context, storage.Querier) error { return nil },
			lost:       has("40001", "40P01", "55P03"), // serialisation failure, deadlock, a lock waited for too long
			doubled:    has("23505"),
			dangling:   has("23503"),
			texts:      true,
			created:    has("23505", "42P07", "42710"), // it, or its type, exists; of its name or type, two at once insert a row
			refused: func(state string) bool {
				class := state[:min(len(state), len(classConflict))]

				return class == classIntegrity || class == classConflict && state != stateUnknown
			},
		}, true
	default:
		return dialect{}, false
	}
}

// SQLSTATEs, of the appendix "PostgreSQL Error Codes" of its manual.
const (
	classIntegrity = "23"
	classConflict  = "40"
	stateUnknown   = "40003" // statement completion unknown
)

// has recognises errors by their SQLSTATE.
func has(states ...string) func(error, string) bool {
	return func(_ error, state string) bool { return slices.Contains(states, state) }
}

// says recognises errors by the engine's own words, which every driver passes on; SQLite's codes come in types of the
// driver's.
func says(words string) func(error, string) bool {
	return func(err error, _ string) bool { return err != nil && strings.Contains(err.Error(), words) }
}

// foreignKeysOn looks at a connection's setting: SQLite's default is off, and it is the connection string's to say.
func foreignKeysOn(ctx context.Context, on storage.Querier) error {
	rows, err := on.QueryContext(ctx, "PRAGMA foreign_keys")
	if err != nil {
		return err
	}
	defer rows.Close()

	var set bool

	for rows.Next() {
		if err := rows.Scan(&set); err != nil {
			return err
		}
	}

	if err := rows.Err(); err != nil {
		return err
	}

	if !set {
		return ErrForeignKeys
	}

	return nil
}

// state returns the SQLSTATE of an error of the engine; "" if it has none.
func (e *engine) state(err error) string {
	var coded interface{ SQLState() string }

	switch {
	case errors.As(err, &coded):
		return coded.SQLState()
	case err != nil && e.classify != nil:
		return e.classify(err)
	default:
		return ""
	}
}

// sentence puts the store's prefix and the engine's words into a statement. Statements are written with the default
// prefix, "?", json_array and instr.
func (e *engine) sentence(text string) string {
	text = strings.ReplaceAll(text, defaultPrefix, e.prefix)
	if !e.numbered {
		return text
	}

	text = strings.ReplaceAll(text, "json_array(", e.array+"(")
	text = strings.ReplaceAll(text, "instr(", e.find+"(")

	var out strings.Builder

	for n := 1; ; n++ {
		before, after, found := strings.Cut(text, "?")
		out.WriteString(before)

		if !found {
			return out.String()
		}

		out.WriteString("$" + strconv.Itoa(n))

		text = after
	}
}

// values returns arguments as the values that every driver takes.
func values(args []any) ([]any, error) {
	out := make([]any, len(args))

	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, err
		}

		out[i] = value
	}

	return out, nil
}
