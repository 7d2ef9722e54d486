package sqlstore

import (
	"strings"
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

// read returns the expressions that select a row's columns; the table is called t.
func (t table[T]) read() []string {
	var shape T

	columns := t.columns(&shape)
	out := make([]string, len(columns))

	for i, c := range columns {
		out[i] = "t." + c.name
		if c.read != "" {
			out[i] = c.read
		}
	}

	return out
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

// instead returns the columns with another place for the one of that name.
func instead(columns []column, name string, at any) []column {
	for i := range columns {
		if columns[i].name == name {
			columns[i].at = at
		}
	}

	return columns
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

// tuples returns "(?, ?), (?, ?)": rows of arguments.
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
