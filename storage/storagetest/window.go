package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// windowCases are about pages, whatever the list.
func windowCases() []Case {
	var out []Case

	for _, l := range everyList() {
		out = append(out, Case{
			Name:     "S13_" + l.name + "WhileRowsChange",
			Sentence: listSentence,
			Explanation: "Between two pages rows come in at the front, at the cursor on either side, and behind, and the row that " +
				"the cursor points to leaves the list. Nothing that stayed may be passed over or come twice: a mail that is " +
				"passed over is never sent.",
			test: func(ctx context.Context, s bench) error { return pagesWhileRowsChange(ctx, s, l) },
		}, Case{
			Name:     "S13_" + l.name + "LimitsAndCounts",
			Sentence: "if asked for: how many rows the whole list has, at most CountCap",
			Explanation: "A list of 0, 1, 50, 51, 1,000, 1,001 and 1,002 rows: the default page, a page of all, the largest page and " +
				"what is left behind it, and the count, whatever page it comes with.",
			test: func(ctx context.Context, s bench) error { return limitsAndCounts(ctx, s, l) },
		})
	}

	return append(out, Case{
		Name: "S13_OtherAfterIsRefused",
		Sentence: "It goes with the list (ListOf); At, Structures and Past may differ from page to page. Any other After is " +
			"ErrAfter.",
		Explanation: "Each list is given its own cursor at another moment, or past an account; that of each other list, of its " +
			"like of another structure, account or login, or of another kind, town or name; and what never was a cursor. A " +
			"list that begins anew, or somewhere, shows people the same rows for ever, or hides some.",
		test: otherAfter,
	})
}

// numbersOn reads one page, as the ids of its rows.
func numbersOn(ctx context.Context, s storage.Reader, l list, w storage.Window) (ids []string, page storage.Page, err error) {
	page, err = s.Page(ctx, l.query(w))
	if err != nil {
		return nil, page, fmt.Errorf("a page of %s: %w", l.name, err)
	}

	for _, row := range page.Rows {
		ids = append(ids, l.id(row))
	}

	return ids, page, nil
}

func ids(numbers ...int) []string {
	out := make([]string, 0, len(numbers))
	for _, n := range numbers {
		out = append(out, numbered(n))
	}

	return out
}

func pagesWhileRowsChange(ctx context.Context, s bench, l list) error {
	if err := steps(
		func() error { return given(ctx, s, storage.Batch{Structures: []structure.Structure{house(1)}}) },
		func() error { return given(ctx, s, l.of([]int{10, 20, 30, 40, 50, 60, 70}, 0)) },
	); err != nil {
		return err
	}

	got, page, err := numbersOn(ctx, s, l, storage.Window{Limit: 3})
	if err != nil {
		return err
	}

	first := page.Next
	version := int64(1)
	change := func(b storage.Batch) error {
		version++

		return given(ctx, s, b)
	}
	rest := func(what string, after string, want []string) func() error {
		return func() error {
			var got []string

			for reads := 0; after != "" && reads < 20; reads++ {
				more, page, err := numbersOn(ctx, s, l, storage.Window{Limit: 2, After: after})
				if err != nil {
					return none(what, err)
				}

				got, after = append(got, more...), page.Next
			}

			return same(what, want, got)
		}
	}

	return steps(
		func() error { return same("the first page", ids(10, 20, 30), got) },
		func() error { return change(l.of([]int{5, 15, 25, 29, 31, 45, 75}, version)) },
		rest("after rows came in", first, ids(31, 40, 45, 50, 60, 70, 75)),
		func() error {
			if l.out == nil {
				return nil
			}

			return steps(
				func() error { return change(l.out(30, version)) },
				rest("after the cursor's row left", first, ids(31, 40, 45, 50, 60, 70, 75)),
				func() error { return change(l.out(31, version)) },
				rest("after the one behind it left too", first, ids(40, 45, 50, 60, 70, 75)),
				func() error {
					for _, n := range []int{40, 45, 50, 60, 70, 75} {
						if err := change(l.out(n, version)); err != nil {
							return err
						}
					}

					return nil
				},
				func() error {
					left, page, err := numbersOn(ctx, s, l, storage.Window{Limit: 3, After: first})

					return steps(
						func() error { return none("when all behind it have left", err) },
						func() error { return same("when all behind it have left", []string(nil), left) },
						func() error { return same("when all behind it have left: next", "", page.Next) },
					)
				},
			)
		},
	)
}

func limitsAndCounts(ctx context.Context, s bench, l list) error {
	if err := given(ctx, s, storage.Batch{Structures: []structure.Structure{house(1)}}); err != nil {
		return err
	}

	written, version := 0, int64(0)

	for _, size := range []int{
		0, 1, storage.DefaultLimit, storage.DefaultLimit + 1, storage.MaxLimit, storage.MaxLimit + 1, storage.MaxLimit + 2,
	} {
		var more []int
		for ; written < size; written++ {
			more = append(more, written)
		}

		if len(more) > 0 {
			if err := given(ctx, s, l.of(more, version)); err != nil {
				return err
			}

			version++
		}

		if err := windowsOf(ctx, s, l, size); err != nil {
			return fmt.Errorf("a list of %d: %w", size, err)
		}
	}

	return nil
}

// windowsOf reads a list of that size in several windows.
func windowsOf(ctx context.Context, s storage.Reader, l list, size int) error {
	count := min(size, storage.CountCap)

	read := func(what string, w storage.Window, from, rows, count int) func() error {
		return func() error {
			var want []string
			for n := from; n < min(size, from+rows); n++ {
				want = append(want, numbered(n))
			}

			got, page, err := numbersOn(ctx, s, l, w)

			return steps(
				func() error { return none(what, err) },
				func() error { return same(what, want, got) },
				func() error { return same(what+": count", count, page.Count) },
				func() error { return same(what+": there is more", from+len(want) < size, page.Next != "") },
			)
		}
	}

	const all = storage.MaxLimit

	if err := steps(
		read("the default page", storage.Window{}, 0, storage.DefaultLimit, 0),
		read("a negative limit, counted", storage.Window{Limit: -1, Counted: true}, 0, storage.DefaultLimit, count),
		read("one row, counted", storage.Window{Limit: 1, Counted: true}, 0, 1, count),
		read("as many as there may be", storage.Window{Limit: all, Counted: true}, 0, all, count),
		read("more than there may be", storage.Window{Limit: all + 7, Counted: true}, 0, all, count),
		read("as many as there are", storage.Window{Limit: max(1, size)}, 0, min(all, max(1, size)), 0),
	); err != nil {
		return err
	}

	for _, limit := range []int{7, all} {
		_, page, err := numbersOn(ctx, s, l, storage.Window{Limit: limit})
		if err != nil {
			return err
		}

		if page.Next == "" {
			continue
		}

		if err := steps(
			read("a later page", storage.Window{Limit: 7, After: page.Next}, limit, 7, 0),
			read("a later page, counted", storage.Window{Limit: 7, After: page.Next, Counted: true}, limit, 7, count),
		); err != nil {
			return err
		}
	}

	return nil
}

func otherAfter(ctx context.Context, s bench) error {
	lists := everyList()

	if err := given(ctx, s, storage.Batch{Structures: []structure.Structure{house(1)}}); err != nil {
		return err
	}

	// One list of each kind brings rows for all that are like it; those of the roster have rows of their own.
	rows := []int{1, 2, 3}
	all := mixed(rows)

	for _, l := range lists {
		switch l.name {
		case "DueMessages", "DueRegistrations", "JournalOf", "Unverified", "ServicesOf", "ParkedMessages", "Individuals", "Factors":
			all = beside(all, l.of(rows, 0))
		}
	}

	if err := given(ctx, s, all); err != nil {
		return err
	}

	cursors := make([]string, len(lists))

	for i, l := range lists {
		_, page, err := numbersOn(ctx, s, l, storage.Window{Limit: 1})

		if err := steps(
			func() error { return none("the first page", err) },
			func() error { return same(l.name+": there is more", true, page.Next != "") },
		); err != nil {
			return err
		}

		cursors[i] = page.Next
	}

	garbage := []string{
		"0", "1", "-1", "x", " ", "null", "[]", "{}", "\"\"", "bm9uZQ", "W10", "WzFd", "?", "'", "' OR 1=1 --", "\x00", "\xff", "é", numbered(1),
		strings.Repeat("A", 10_000),
	}

	refused := func(l list, w storage.Window) error {
		if _, err := s.Page(ctx, l.query(w)); !errors.Is(err, storage.ErrAfter) {
			return fmt.Errorf("%s after %.40q: got %w, want %w", l.name, w.After, orNone(err), storage.ErrAfter)
		}

		return nil
	}

	for i, l := range lists {
		others := slices.Concat(cursors[:i], cursors[i+1:], garbage)
		for _, after := range others {
			if err := steps(
				func() error { return refused(l, storage.Window{After: after}) },
				func() error { return refused(l, storage.Window{After: after, Limit: 1, Counted: true}) },
			); err != nil {
				return err
			}
		}

		if err := cursorOf(ctx, s, l, cursors[i]); err != nil {
			return err
		}
	}

	return nil
}

// cursorOf gives a list its own cursor, and then the same list at another moment, and one of its type that is another.
func cursorOf(ctx context.Context, s storage.Reader, l list, after string) error {
	w := storage.Window{After: after}

	for _, same := range []func(storage.Window) storage.Query{l.query, l.next} {
		if same == nil {
			continue
		}

		if page, err := s.Page(ctx, same(w)); err != nil || len(page.Rows) == 0 {
			return fmt.Errorf("%s after its own cursor: %d rows, %w", l.name, len(page.Rows), orNone(err))
		}
	}

	for _, other := range l.others {
		if _, err := s.Page(ctx, other(w)); !errors.Is(err, storage.ErrAfter) {
			return fmt.Errorf("%s after the cursor of its like: got %w, want %w", l.name, orNone(err), storage.ErrAfter)
		}
	}

	return nil
}

// mixed are rows of one roster that are requests, have a Due and a Remind, and are deciders.
func mixed(numbers []int) storage.Batch {
	var b storage.Batch

	r := head(house(1).ID)

	for _, n := range numbers {
		request, decider := asks(account.ID(numbered(n)), int64(n)), belongs(name[account.ID]("decider", n), "", habilitation.Manage)
		request.Due, request.Remind = at(n), at(n)
		r.Rows = append(r.Rows, request, decider)
		r.Attached++
		b.Accounts = append(b.Accounts, person(request.Account), person(decider.Account))
	}

	b.Rosters = []attachment.Roster{r}

	return b
}
