package sqlstore

import (
	"fmt"
	"slices"
	"strings"
)

// part is one statement of a batch. Parts of one batch touch different rows and read nothing that another writes, so
// that they can be sent in any order, or as one.
type part struct {
	text  string
	args  []any
	key   string // of the stored row that it guards or changes; "" = it inserts
	rows  int    // that it must touch or find, or the batch is not applied; anyNumber
	guard bool   // finds rows, and writes nothing
}

const anyNumber = -1

// insertLength is how many rows one part inserts, so that it stays below the engines' limits of arguments.
const insertLength = 200

// put writes rows that have versions: those with version 0 are inserted, the others compared and swapped.
func put[T any](t table[T], rows []T) []part {
	var (
		added []T
		parts []part
	)

	for _, row := range rows {
		columns := written(t.columns(&row))
		at := version(columns)
		before := *at
		*at++

		if before == 0 {
			added = append(added, row)

			continue
		}

		key := pick(columns, t.key)
		parts = append(parts, part{
			text: "UPDATE " + t.from + " SET " + list(columns, " = ?") + " WHERE " + equal(t.key) + " AND version = ?",
			args: slices.Concat(pointers(columns), pointers(key), []any{before}),
			key:  keyOf(pointers(key)),
			rows: 1,
		})
	}

	return append(parts, insert(t, added)...)
}

// insert adds rows as they are. Those whose keys exist are left out, which makes the part touch too few.
func insert[T any](t table[T], rows []T) []part {
	var parts []part

	for chunk := range slices.Chunk(rows, insertLength) {
		text, args := insertion(t, chunk)
		parts = append(parts, part{text: text + " ON CONFLICT DO NOTHING", args: args, rows: len(chunk)})
	}

	return parts
}

// replace adds rows, or replaces those that have their keys.
func replace[T any](t table[T], rows []T) []part {
	var parts []part

	for chunk := range slices.Chunk(rows, insertLength) {
		text, args := insertion(t, chunk)

		var sets []string

		for _, c := range written(t.columns(&chunk[0])) {
			if !slices.Contains(t.key, c.name) {
				sets = append(sets, c.name+" = excluded."+c.name)
			}
		}

		text += " ON CONFLICT (" + strings.Join(t.key, ", ") + ") DO "
		if len(sets) == 0 {
			text += "NOTHING"
		} else {
			text += "UPDATE SET " + strings.Join(sets, ", ")
		}

		parts = append(parts, part{text: text, args: args, rows: anyNumber})
	}

	return parts
}

func insertion[T any](t table[T], rows []T) (text string, args []any) {
	columns := written(t.columns(&rows[0]))

	for i := range rows {
		args = append(args, pointers(written(t.columns(&rows[i])))...)
	}

	return "INSERT INTO " + t.from + " (" + list(columns, "") + ") VALUES " + tuples(len(rows), len(columns)), args
}

// belong makes rows the only ones that belong to their owners, which the first columns of the key name: others are
// deleted, and none of the rows that it deletes is one that it writes.
func belong[T any](t table[T], owner []string, owners [][]any, rows []T) []part {
	if len(owners) == 0 {
		return nil
	}

	text := "DELETE FROM " + t.from + " WHERE (" + strings.Join(owner, ", ") + ") IN (VALUES " +
		tuples(len(owners), len(owner)) + ")"
	args := slices.Concat(owners...)

	if len(rows) > 0 {
		text += " AND (" + strings.Join(t.key, ", ") + ") NOT IN (VALUES " + tuples(len(rows), len(t.key)) + ")"

		for i := range rows {
			args = append(args, pointers(pick(t.columns(&rows[i]), t.key))...)
		}
	}

	return append([]part{{text: text, args: args, rows: anyNumber}}, replace(t, rows)...)
}

// guarded finds a row at its version, and keeps others from changing it until the transaction ends.
func guarded[T any](t table[T], at int64, key ...any) part {
	return part{
		text:  "SELECT 1 FROM " + t.from + " WHERE " + equal(t.key) + " AND version = ?",
		args:  append(key, at),
		key:   keyOf(key),
		rows:  1,
		guard: true,
	}
}

// keyOf writes a key as one text, for sorting.
func keyOf(key []any) string {
	at, err := values(key)
	if err != nil {
		panic(err) // keys are texts and numbers
	}

	return fmt.Sprintf("%q", at)
}

// released gives up the unique keys of stored rows, so that one row of a batch may take what another leaves: a key of one
// column may be NULL, and of several the last is a number, which is positive otherwise.
func released[T any](t table[T], rows []T) []part {
	var parts []part

	for _, u := range t.unique {
		last := u.columns[len(u.columns)-1]
		given := last + " = NULL"

		if len(u.columns) > 1 {
			given = last + " = -1 - " + last
		}

		for _, row := range rows {
			if columns := t.columns(&row); *version(columns) > 0 {
				parts = append(parts, change("UPDATE "+t.from+" SET "+given+" WHERE "+equal(t.key),
					pointers(pick(columns, t.key))...))
			}
		}
	}

	return parts
}

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

func join(names []string) string { return strings.Join(names, ", ") }

// list returns the names of columns, each followed by the suffix.
func list(columns []column, suffix string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name + suffix
	}

	return join(names)
}
