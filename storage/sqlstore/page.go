package sqlstore

import (
	"context"
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/storage"
)

// listing says which rows a list has, and in which order.
type listing[T any] struct {
	rows  table[T]
	where string
	args  []any
	order []string // columns that together are unique
	down  bool     // the order is descending
}

// read reads one page: the rows, and the page without them.
func (l listing[T]) read(ctx context.Context, v view, w storage.Window) ([]T, storage.Page, error) {
	var page storage.Page

	tail, args := "WHERE "+l.where, l.args

	if w.Counted {
		counted := "SELECT COUNT(*) FROM (SELECT 1 FROM " + l.rows.from + " AS t " + tail + " LIMIT ?) AS c"

		n, err := query(ctx, v, counted, slices.Concat(args, []any{storage.CountCap}), one)
		if err != nil {
			return nil, page, err
		}

		page.Count = n[0]
	}

	if w.After != "" {
		after, err := decode(w.After, len(l.order))
		if err != nil {
			return nil, page, err
		}

		tail += " AND (t." + strings.Join(l.order, ", t.") + ")" + l.pick(" > ", " < ") + tuples(1, len(l.order))
		args = slices.Concat(args, after)
	}

	tail += " ORDER BY t." + strings.Join(l.order, l.pick("", " DESC")+", t.") + l.pick("", " DESC") + " LIMIT ?"

	rows, err := load(ctx, v, l.rows, tail, slices.Concat(args, []any{w.Limit + 1})...)
	if err != nil || len(rows) <= w.Limit {
		return rows, page, err
	}

	rows = rows[:w.Limit]
	page.Next, err = encode(pick(l.rows.columns(&rows[w.Limit-1]), l.order))

	return rows, page, err
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
func encode(columns []column) (string, error) {
	values := make([]any, len(columns))

	for i, c := range columns {
		value, err := driver.DefaultParameterConverter.ConvertValue(c.at)
		if err != nil {
			return "", fmt.Errorf("sqlstore: %w", err)
		}

		values[i] = value
	}

	encoded, err := json.Marshal(values)

	return base64.RawURLEncoding.EncodeToString(encoded), err
}

// decode reads what encode wrote: n integers and texts. Error: storage.ErrAfter.
func decode(after string, n int) ([]any, error) {
	encoded, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil {
		return nil, storage.ErrAfter
	}

	var values []any

	decoder := json.NewDecoder(strings.NewReader(string(encoded)))
	decoder.UseNumber()

	if err := decoder.Decode(&values); err != nil || len(values) != n {
		return nil, storage.ErrAfter
	}

	for i, value := range values {
		switch value := value.(type) {
		case string:
		case json.Number:
			if values[i], err = value.Int64(); err != nil {
				return nil, storage.ErrAfter
			}
		default:
			return nil, storage.ErrAfter
		}
	}

	return values, nil
}
