package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/storage"
)

// listing says which rows a list has, and in which order.
type listing[T any] struct {
	name   string // of storage.ListOf
	rows   table[T]
	where  string
	args   []any
	order  []string // columns that together are unique
	down   bool     // the order is descending
	behind []any    // the place, in a list that goes up, behind which it begins; nil = at its start
	beside []sheet  // what is shown with the rows, which these call page
}

// read reads one page: the rows, and the page without them. It is one statement.
func (l listing[T]) read(ctx context.Context, v view, w storage.Window) ([]T, storage.Page, error) {
	var (
		rows []T
		page storage.Page
	)

	after, err := l.after(w)
	if err != nil {
		return nil, page, err
	}

	whole, args := l.tail(l.behind)
	count := sheet{
		cells: "COUNT(*)",
		from:  "FROM (SELECT 1 FROM " + l.rows.from + " AS t " + whole + " LIMIT ?) AS c",
		args:  slices.Concat(args, []any{storage.CountCap}),
		add:   func(cells []any) error { return assign(&page.Count, cells[0]) },
	}

	tail, args := l.tail(after)
	tail += " ORDER BY t." + strings.Join(l.order, l.pick("", " DESC")+", t.") + l.pick("", " DESC") + " LIMIT ?"
	args = slices.Concat(args, []any{w.Limit + 1})

	var shape T

	with := "WITH page AS MATERIALIZED (SELECT " + list(written(l.rows.columns(&shape)), "") + " FROM " + l.rows.from +
		" AS t " + tail + ")\n"
	shown := l.rows
	shown.from = "page"
	sheets := slices.Concat([]sheet{of(shown, func(row T) { rows = append(rows, row) }, "")}, l.beside)

	if w.Counted {
		sheets = append(sheets, count)
	}

	if err := v.gather(ctx, with, args, sheets...); err != nil {
		return nil, page, err
	}

	if err := l.sort(rows); err != nil || len(rows) <= w.Limit {
		return rows, page, err
	}

	rows = rows[:w.Limit]
	next, err := l.place(rows[w.Limit-1])
	page.Next = encode(append([]any{l.name}, next...))

	return rows, page, err
}

// after returns the place behind which a page begins: the window's, or the list's own if that is further on.
func (l listing[T]) after(w storage.Window) ([]any, error) {
	if w.After == "" {
		return l.behind, nil
	}

	after, err := l.decode(w.After)
	if err == nil && slices.CompareFunc(after, l.behind, compare) < 0 {
		after = l.behind
	}

	return after, err
}

// tail says which rows are behind a place. It is one bound for both of the list's own and the page's: of two, engines may
// take either to begin at.
func (l listing[T]) tail(place []any) (string, []any) {
	if place == nil {
		return "WHERE " + l.where, l.args
	}

	return "WHERE " + l.where + " AND (t." + strings.Join(l.order, ", t.") + ")" + l.pick(" > ", " < ") +
		tuples(1, len(l.order)), slices.Concat(l.args, place)
}

// sort puts rows into the list's order: a statement of several selects promises none.
func (l listing[T]) sort(rows []T) error {
	places := make(map[int][]any, len(rows))
	sorted := make([]int, len(rows))

	for i, row := range rows {
		at, err := l.place(row)
		if err != nil {
			return err
		}

		places[i], sorted[i] = at, i
	}

	slices.SortFunc(sorted, func(a, b int) int {
		order := slices.CompareFunc(places[a], places[b], compare)
		if l.down {
			order = -order
		}

		return order
	})

	unsorted := slices.Clone(rows)
	for i, at := range sorted {
		rows[i] = unsorted[at]
	}

	return nil
}

// compare orders integers and texts as the engines do.
func compare(a, b any) int {
	if x, ok := a.(int64); ok {
		y, _ := b.(int64)

		return cmp.Compare(x, y)
	}

	x, _ := a.(string)
	y, _ := b.(string)

	return cmp.Compare(x, y)
}

// place returns where a row stands in the list.
func (l listing[T]) place(row T) ([]any, error) {
	return values(pointers(pick(l.rows.columns(&row), l.order)))
}

// pick returns the word for the list's direction.
func (l listing[T]) pick(up, down string) string {
	if l.down {
		return down
	}

	return up
}

// page reads a page of a list whose rows are what is stored.
func (l listing[T]) page(ctx context.Context, v view, w storage.Window) (storage.Page, error) {
	rows, page, err := l.read(ctx, v, w)
	if err != nil {
		return storage.Page{}, err
	}

	page.Rows = anys(rows)

	return page, nil
}

// encode writes the place of a row in its list.
func encode(place []any) string {
	encoded, err := json.Marshal(place)
	if err != nil {
		panic(err) // integers and texts
	}

	return base64.RawURLEncoding.EncodeToString(encoded)
}

// decode reads what encode wrote: the name of the list, and the place of a row. Clients hold it meanwhile, and may give
// back anything. Error: storage.ErrAfter.
func (l listing[T]) decode(after string) ([]any, error) {
	var values []any

	encoded, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil {
		return nil, storage.ErrAfter
	}

	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()

	if err := decoder.Decode(&values); err != nil || decoder.More() || len(values) == 0 || values[0] != l.name {
		return nil, storage.ErrAfter
	}

	var row T

	shape, err := l.place(row)
	if err != nil || len(shape) != len(values)-1 {
		return nil, storage.ErrAfter
	}

	for i, value := range values[1:] {
		if shape[i], err = like(shape[i], value); err != nil {
			return nil, err
		}
	}

	return shape, nil
}

// like returns a value that is of the kind of another, and that every engine can hold.
func like(shape, value any) (any, error) {
	switch value := value.(type) {
	case string:
		if _, ok := shape.(string); ok && !strings.Contains(value, "\x00") {
			return value, nil
		}
	case json.Number:
		if n, err := value.Int64(); err == nil {
			if _, ok := shape.(int64); ok {
				return n, nil
			}
		}
	}

	return nil, storage.ErrAfter
}
