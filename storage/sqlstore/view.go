package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/guichet-pro/guichet/storage"
)

// engine is what is known of a database, whoever speaks to it.
type engine struct {
	dialect

	prefix   string
	classify func(error) string
	separate bool // sends the statements of a batch one by one
}

// view runs statements: on the pool, or in a transaction. It reads rows, as a [storage.Reader]; each method is one
// statement, and so one snapshot at every isolation level.
type view struct {
	*engine

	on     storage.Querier
	tx     bool // on is a transaction
	calm   bool // statements do not see that their caller went away: that would end a transaction of others too
	inside bool // this is the Reader of an Update
	turn   *turn
}

var _ storage.Reader = view{}

// within is the key under which the context of an Update names its store.
type within struct{ *engine }

// context returns the context for statements.
func (v view) context(ctx context.Context) context.Context {
	if v.calm {
		return context.WithoutCancel(ctx)
	}

	return ctx
}

// wrap says which of the contract's errors an error of the engine is.
func (e *engine) wrap(ctx context.Context, err error) error {
	switch ended := ctx.Err(); {
	case ended != nil && !errors.Is(err, ended):
		return fmt.Errorf("sqlstore: %w: %w", ended, err)
	case e.lost(err, e.state(err)):
		return fmt.Errorf("%w: %w", storage.ErrConflict, err)
	default:
		return fmt.Errorf("sqlstore: %w", err)
	}
}

// exec runs a statement and returns how many rows it touched.
func (v view) exec(ctx context.Context, text string, args ...any) (int64, error) {
	ctx = v.context(ctx)

	plain, err := values(args)
	if err != nil {
		return 0, fmt.Errorf("sqlstore: %w", err)
	}

	result, err := v.on.ExecContext(ctx, v.sentence(text), plain...)
	if err != nil {
		return 0, v.wrap(ctx, err)
	}

	n, err := result.RowsAffected()
	if err != nil {
		return 0, v.wrap(ctx, err)
	}

	return n, nil
}

// readAgain is how often a read is tried that lost a race: on serialisable engines reads can.
const readAgain = 5

// query reads all rows of a statement; into says where a row's columns go.
func query[T any](ctx context.Context, v view, text string, args []any, into func(row *T) []any) ([]T, error) {
	if !v.inside && ctx.Value(within{v.engine}) != nil {
		return nil, storage.ErrNested
	}

	ctx = v.context(ctx)

	plain, err := values(args)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}

	if v.texts && slices.ContainsFunc(plain, unstorable) {
		return nil, nil
	}

	text = v.sentence(text)

	for try := 1; ; try++ {
		rows, err := v.on.QueryContext(ctx, text, plain...)
		if err == nil {
			var out []T
			if out, err = scan(rows, into); err == nil {
				return out, nil
			}
		}

		if err = v.wrap(ctx, err); v.tx || try == readAgain || !errors.Is(err, storage.ErrConflict) {
			return nil, err
		}
	}
}

// unstorable tells whether a value is a text that no row holds.
func unstorable(value any) bool {
	s, ok := value.(string)

	return ok && (!utf8.ValidString(s) || strings.Contains(s, "\x00"))
}

func scan[T any](rows *sql.Rows, into func(row *T) []any) ([]T, error) {
	defer rows.Close()

	var out []T

	for rows.Next() {
		var row T
		if err := rows.Scan(into(&row)...); err != nil {
			return nil, err
		}

		out = append(out, row)
	}

	return out, rows.Err()
}

// load reads rows of a table, which the tail ("WHERE …") calls t.
func load[T any](ctx context.Context, v view, t table[T], tail string, args ...any) ([]T, error) {
	text := "SELECT " + strings.Join(t.read(), ", ") + " FROM " + t.from + " AS t " + tail

	return query(ctx, v, text, args, func(row *T) []any { return pointers(t.columns(row)) })
}

// find reads the one row that the tail describes. Errors: storage.ErrNotFound.
func find[T any](ctx context.Context, v view, t table[T], tail string, args ...any) (T, error) {
	rows, err := load(ctx, v, t, tail, args...)
	if err != nil || len(rows) == 0 {
		var none T
		if err == nil {
			err = storage.ErrNotFound
		}

		return none, err
	}

	return rows[0], nil
}

// sheet is one of several selects that are read in one statement.
type sheet struct {
	cells string // expressions
	from  string // FROM and what follows
	args  []any
	add   func(cells []any) error // takes one row
}

// of is the sheet of those rows of a table that the tail finds, which go to each.
func of[T any](t table[T], each func(T), tail string, args ...any) sheet {
	return sheet{
		cells: strings.Join(t.read(), ", "),
		from:  "FROM " + t.from + " AS t " + tail,
		args:  args,
		add: func(cells []any) error {
			var row T

			columns := t.columns(&row)
			if len(cells) != len(columns) {
				return fmt.Errorf("a row of %s has %d columns, want %d", t.from, len(cells), len(columns))
			}

			for i, c := range columns {
				if err := assign(c.at, cells[i]); err != nil {
					return fmt.Errorf("%s.%s: %w", t.from, c.name, err)
				}
			}

			each(row)

			return nil
		},
	}
}

// gather reads sheets in one statement: each row comes as the number of its sheet and a JSON array of its columns. with
// defines what several of them name ("WITH …").
func (v view) gather(ctx context.Context, with string, args []any, sheets ...sheet) error {
	selects := make([]string, len(sheets))

	for i, s := range sheets {
		selects[i] = fmt.Sprintf("SELECT %d, CAST(json_array(%s) AS TEXT) %s", i, s.cells, s.from)
		args = append(args, s.args...)
	}

	type line struct {
		sheet int
		cells string
	}

	lines, err := query(ctx, v, with+strings.Join(selects, "\nUNION ALL "), args,
		func(l *line) []any { return []any{&l.sheet, &l.cells} })
	if err != nil {
		return err
	}

	for _, l := range lines {
		decoder := json.NewDecoder(strings.NewReader(l.cells))
		decoder.UseNumber()

		var cells []any
		if err := decoder.Decode(&cells); err != nil {
			return fmt.Errorf("sqlstore: %w", err)
		}

		if err := sheets[l.sheet].add(cells); err != nil {
			return fmt.Errorf("sqlstore: %w", err)
		}
	}

	return nil
}

// assign puts a JSON value where a column's value belongs.
func assign(dest, src any) error {
	if number, ok := src.(json.Number); ok {
		n, err := number.Int64()
		if err != nil {
			return err
		}

		src = n
	}

	if scanner, ok := dest.(sql.Scanner); ok {
		return scanner.Scan(src)
	}

	at := reflect.ValueOf(dest).Elem()

	switch src := src.(type) {
	case string:
		if at.Kind() == reflect.String {
			at.SetString(src)

			return nil
		}
	case bool:
		if at.Kind() == reflect.Bool {
			at.SetBool(src)

			return nil
		}
	case int64:
		switch {
		case at.Kind() == reflect.Bool:
			at.SetBool(src != 0)

			return nil
		case at.CanInt():
			at.SetInt(src)

			return nil
		}
	}

	return fmt.Errorf("a %s cannot hold a %T", at.Type(), src)
}
