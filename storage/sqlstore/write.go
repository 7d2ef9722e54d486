package sqlstore

import (
	"context"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/storage"
)

// put writes rows that have versions. Those that are stored come before those that are not, and first they give up
// their unique keys, so that one row may take what another of the batch leaves.
func put[T any](ctx context.Context, v view, t table[T], rows []T) error {
	var added, changed []T

	for _, row := range rows {
		if *version(t.columns(&row)) == 0 {
			added = append(added, row)
		} else {
			changed = append(changed, row)
		}
	}

	if len(rows) > 1 {
		for _, row := range changed {
			if err := release(ctx, v, t, row); err != nil {
				return err
			}
		}
	}

	for _, row := range changed {
		if err := update(ctx, v, t, row); err != nil {
			return err
		}
	}

	for _, row := range added {
		if err := insert(ctx, v, t, row); err != nil {
			return err
		}
	}

	return nil
}

// release empties a stored row's unique keys that may be NULL, which are those of one column.
func release[T any](ctx context.Context, v view, t table[T], row T) error {
	for _, u := range t.unique {
		if len(u.columns) > 1 {
			continue
		}

		_, err := v.exec(ctx, "UPDATE "+t.from+" SET "+u.columns[0]+" = NULL WHERE "+equal(t.key),
			pointers(pick(t.columns(&row), t.key))...)
		if err != nil {
			return err
		}
	}

	return nil
}

// update compares and swaps one row.
func update[T any](ctx context.Context, v view, t table[T], row T) error {
	columns := written(t.columns(&row))
	key := pointers(pick(columns, t.key))
	at := version(columns)
	before := *at
	*at++

	where := append(make([]string, 0, 2+len(t.unique)), equal(t.key), "version = ?")
	args := slices.Concat(pointers(columns), key, []any{before})

	for _, u := range t.unique {
		where = append(where, "NOT EXISTS ("+others(t, u)+")")
		args = slices.Concat(args, pointers(pick(columns, u.columns)), key)
	}

	n, err := v.exec(ctx, "UPDATE "+t.from+" SET "+list(columns, " = ?")+" WHERE "+strings.Join(where, " AND "), args...)
	if err != nil || n == 1 {
		return err
	}

	return clash(ctx, v, t, columns)
}

// insert adds one row.
func insert[T any](ctx context.Context, v view, t table[T], row T) error {
	columns := written(t.columns(&row))
	*version(columns) = 1

	n, err := insertAll(ctx, v, t, []T{row})
	if err != nil || n == 1 {
		return err
	}

	key := pointers(pick(columns, t.key))

	found, err := query(ctx, v, "SELECT 1 FROM "+t.from+" WHERE "+equal(t.key), key, one)

	switch {
	case err != nil:
		return err
	case len(found) > 0:
		return t.taken
	default:
		return clash(ctx, v, t, columns)
	}
}

// insertLength is how many rows one statement inserts, so that it stays below the engines' limits of arguments.
const insertLength = 200

// insertAll adds rows as they are and returns how many it added: those whose keys exist it leaves out.
func insertAll[T any](ctx context.Context, v view, t table[T], rows []T) (added int, err error) {
	for chunk := range slices.Chunk(rows, insertLength) {
		columns := written(t.columns(&chunk[0]))
		args := make([]any, 0, len(chunk)*len(columns))

		for i := range chunk {
			args = append(args, pointers(written(t.columns(&chunk[i])))...)
		}

		n, err := v.exec(ctx, "INSERT INTO "+t.from+" ("+list(columns, "")+") VALUES "+
			tuples(len(chunk), len(columns))+" ON CONFLICT DO NOTHING", args...)
		if err != nil {
			return added, err
		}

		added += int(n)
	}

	return added, nil
}

// replace adds one row or replaces the one that has its key.
func replace[T any](ctx context.Context, v view, t table[T], row T) error {
	columns := written(t.columns(&row))
	sets := make([]string, len(columns))

	for i, c := range columns {
		sets[i] = c.name + " = excluded." + c.name
	}

	_, err := v.exec(ctx, "INSERT INTO "+t.from+" ("+list(columns, "")+") VALUES "+tuples(1, len(columns))+
		" ON CONFLICT ("+strings.Join(t.key, ", ")+") DO UPDATE SET "+strings.Join(sets, ", "), pointers(columns)...)

	return err
}

// clash says why a row was not written: it returns the answer for the first unique key that another row has, else
// storage.ErrConflict.
func clash[T any](ctx context.Context, v view, t table[T], columns []column) error {
	for _, u := range t.unique {
		args := append(pointers(pick(columns, u.columns)), pointers(pick(columns, t.key))...)

		found, err := query(ctx, v, others(t, u), args, one)
		if err != nil {
			return err
		}

		if len(found) > 0 {
			return u.err
		}
	}

	return storage.ErrConflict
}

// others is the query for a row with the same unique key and another primary key.
func others[T any](t table[T], u unique) string {
	return "SELECT 1 FROM " + t.from + " WHERE " + equal(u.columns) + " AND NOT " + equal(t.key)
}

// same guards a row's version, 0 for none.
func same[T any](ctx context.Context, v view, t table[T], want int64, key ...any) error {
	found, err := query(ctx, v, "SELECT version FROM "+t.from+" WHERE "+equal(t.key), key,
		func(at *int64) []any { return []any{at} })
	if err != nil {
		return err
	}

	if len(found) == 0 && want == 0 || len(found) == 1 && found[0] == want && want != 0 {
		return nil
	}

	return storage.ErrConflict
}

// one reads the 1 of a query that asks whether there is a row.
func one(at *int) []any { return []any{at} }

// version returns where the version of a row is. Tables without one are not put, but inserted or replaced.
func version(columns []column) *int64 {
	at, ok := pick(columns, []string{"version"})[0].at.(*int64)
	if !ok {
		panic("sqlstore: a version is an int64")
	}

	return at
}

// written returns the columns that the table itself has.
func written(columns []column) []column {
	return slices.DeleteFunc(columns, func(c column) bool { return c.read != "" })
}

// list returns the names of columns, each followed by the suffix.
func list(columns []column, suffix string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name + suffix
	}

	return strings.Join(names, ", ")
}
