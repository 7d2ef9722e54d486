package storagetest

import (
	"context"
	"fmt"

	"github.com/guichet-pro/guichet/storage"
)

func pagesWhileRowsChange(ctx context.Context, s bench) error {
	var b storage.Batch

	for i := range 9 {
		b.Messages = append(b.Messages, note(name[string]("m", i), at(10*i)))
	}

	if err := given(ctx, s, b); err != nil {
		return err
	}

	read := func(w storage.Window) (storage.PageOf[storage.Message], error) {
		return storage.List(ctx, s, storage.DueMessages{Window: w, At: at(1000)})
	}

	page, err := read(storage.Window{Limit: 3})
	if err != nil {
		return none("the first page", err)
	}

	sent := page.Rows[len(page.Rows)-1].Clone()
	sent.State, sent.DoneAt = storage.Sent, at(100)

	change := storage.Batch{Messages: []storage.Message{
		sent, note("before", at(5)), note("before too", at(5)), note("behind", at(35)),
		note("m-2x", at(20)), // at the time of the one that was sent
	}}

	var ids []string

	for _, m := range page.Rows {
		ids = append(ids, m.ID)
	}

	if err := given(ctx, s, change); err != nil {
		return err
	}

	for page.Next != "" {
		if page, err = read(storage.Window{Limit: 3, After: page.Next}); err != nil {
			return none("a later page", err)
		}

		for _, m := range page.Rows {
			ids = append(ids, m.ID)
		}

		if len(ids) > len(b.Messages)+len(change.Messages) {
			break
		}
	}

	want := []string{"m-0", "m-1", "m-2", "m-2x", "m-3", "behind", "m-4", "m-5", "m-6", "m-7", "m-8"}

	return same("the pages", want, ids)
}

func limitsAndCounts(ctx context.Context, s bench) error {
	var b storage.Batch

	const rows = storage.CountCap + 4

	for i := range rows {
		b.Messages = append(b.Messages, note(fmt.Sprintf("m-%04d", i), at(i)))
	}

	if err := given(ctx, s, b); err != nil {
		return err
	}

	read := func(what string, w storage.Window, limit, count int) func() error {
		return func() error {
			page, err := storage.List(ctx, s, storage.DueMessages{Window: w, At: at(rows)})

			return steps(
				func() error { return none(what, err) },
				func() error { return same(what+": rows", limit, len(page.Rows)) },
				func() error { return same(what+": count", count, page.Count) },
			)
		}
	}

	first, err := storage.List(ctx, s, storage.DueMessages{Window: storage.Window{Limit: 2}, At: at(rows)})

	return steps(
		func() error { return none("a page", err) },
		read("the default page", storage.Window{Counted: true}, storage.DefaultLimit, storage.CountCap),
		read("the largest page", storage.Window{Limit: rows, Counted: true}, storage.MaxLimit, storage.CountCap),
		read("a later page", storage.Window{Limit: 7, After: first.Next, Counted: true}, 7, storage.CountCap),
		func() error {
			page, err := storage.List(ctx, s, storage.DueMessages{
				Window: storage.Window{Limit: 1, Counted: true}, At: at(9),
			})

			return steps(
				func() error { return none("a part", err) },
				func() error { return same("the count of a part", 10, page.Count) },
			)
		},
	)
}
