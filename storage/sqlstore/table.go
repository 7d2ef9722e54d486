package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/guichet-pro/guichet/storage"
)

// table says where the rows of one type are kept. Everything that is read and written goes by it.
type table[T any] struct {
	from    string   // the name, with the default prefix; or a query in brackets, for what is only read
	key     []string // primary key
	taken   error    // the answer to an insert whose key exists
	unique  []unique
	columns func(row *T) []column
}

// unique is another key of a table, and the answer when it exists.
type unique struct {
	columns []string
	err     error
}

// view reads and writes rows, on the pool or on one connection.
type view struct {
	store *Store
	on    interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
	tx *transaction // nil outside an Update
}

// context returns the context for statements: those of an Update do not see that their caller went away, since
// interrupting them would end the transaction under its feet.
func (v view) context(ctx context.Context) context.Context {
	if v.tx != nil {
		return context.WithoutCancel(ctx)
	}

	return ctx
}

// fault is an error of the engine.
func (v view) fault(ctx context.Context, err error) error {
	if v.tx != nil {
		v.tx.broken.Store(true)
	}

	return v.store.wrap(ctx, err)
}

// wrap says which of the contract's errors an error of the engine is.
func (s *Store) wrap(ctx context.Context, err error) error {
	switch ended := ctx.Err(); {
	case ended != nil && !errors.Is(err, ended):
		return fmt.Errorf("sqlstore: %w: %w", ended, err)
	case s.dialect.lost(err):
		return fmt.Errorf("%w: %w", storage.ErrConflict, err)
	default:
		return fmt.Errorf("sqlstore: %w", err)
	}
}

// exec runs a statement and returns how many rows it touched.
func (v view) exec(ctx context.Context, text string, args ...any) (int64, error) {
	ctx = v.context(ctx)

	result, err := v.on.ExecContext(ctx, v.store.sentence(text), args...)
	if err != nil {
		return 0, v.fault(ctx, err)
	}

	n, err := result.RowsAffected()
	if err != nil {
		return 0, v.fault(ctx, err)
	}

	return n, nil
}

// query reads all rows of a statement; into says where a row's columns go.
func query[T any](ctx context.Context, v view, text string, args []any, into func(row *T) []any) ([]T, error) {
	ctx = v.context(ctx)

	rows, err := v.on.QueryContext(ctx, v.store.sentence(text), args...)
	if err != nil {
		return nil, v.fault(ctx, err)
	}
	defer rows.Close()

	var out []T

	for rows.Next() {
		var row T
		if err := rows.Scan(into(&row)...); err != nil {
			return nil, fmt.Errorf("sqlstore: %w", err)
		}

		out = append(out, row)
	}

	if err := rows.Err(); err != nil {
		return nil, v.fault(ctx, err)
	}

	return out, nil
}

// load reads rows of a table, which the tail ("WHERE …") calls t.
func load[T any](ctx context.Context, v view, t table[T], tail string, args ...any) ([]T, error) {
	var shape T

	columns := t.columns(&shape)
	exprs := make([]string, len(columns))

	for i, c := range columns {
		exprs[i] = "t." + c.name
		if c.read != "" {
			exprs[i] = c.read
		}
	}

	text := "SELECT " + strings.Join(exprs, ", ") + " FROM " + t.from + " AS t " + tail

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

// pointers returns where the values of columns are: arguments for writing, destinations for reading.
func pointers(columns []column) []any {
	out := make([]any, len(columns))
	for i, c := range columns {
		out[i] = c.at
	}

	return out
}

// pick returns the columns of those names, in the order of the names.
func pick(columns []column, names []string) []column {
	out := make([]column, 0, len(names))

	for _, name := range names {
		for _, c := range columns {
			if c.name == name {
				out = append(out, c)
			}
		}
	}

	return out
}

// equal returns "(a, b) = (?, ?)", for the columns named.
func equal(names []string) string {
	return "(" + strings.Join(names, ", ") + ") = " + tuples(1, len(names))
}

// in returns "name IN (?, ?)" for n values, and "name = ?" for one, which an index serves in order.
func in(name string, n int) string {
	if n == 1 {
		return name + " = ?"
	}

	return name + " IN " + tuples(1, n)
}

// tuples returns "(?, ?), (?, ?)": rows of placeholders.
func tuples(rows, columns int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", columns), ", ") + ")"

	return strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ")
}

// anys returns values as arguments of a statement.
func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}

	return out
}
