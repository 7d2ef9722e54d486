package storagetest_test

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func casesOfLists(suffix string) []string {
	var out []string
	for _, list := range []string{
		"OpenRequests", "DueMessages", "DueRows", "DueRegistrations", "History", "JournalOf", "RegistrationsOf", "RowsOf", "MessagesOf",
		"Deciders", "UsersOf", "ServicesOf", "PublicStructures", "Unverified", "DueReminders", "MembersOf",
		"ParkedMessages", "Individuals", "Factors",
	} {
		out = append(out, "S13_"+list+suffix)
	}

	return out
}

// everyMainList are the cases that say what is in a list.
func everyMainList() []string {
	return []string{
		"S13_OpenRequests", "S13_DueMessages", "S13_DueRows", "S13_DueRegistrations", "S13_History", "S13_JournalOf",
		"S13_RegistrationsOf", "S13_RowsOf", "S13_MessagesOf", "S13_D5_Deciders", "S13_UsersOf", "S13_ServicesOf",
		"S13_C11_PublicStructures", "S13_C11_PublicStructuresChange", "S13_C3_Unverified", "S13_Past", "S13_D10_DueReminders",
		"S13_E8_MembersOf", "S13_E8_MembersOfChange", "S13_F4_ParkedMessages", "S13_G1_Individuals", "S13_Factors",
	}
}

// place is what a list is ordered by, but for the last key; "" if there is only one.
func place(q storage.Query, row any) string {
	moment := func(t time.Time) string { return strconv.FormatInt(t.UnixMicro()+1<<55, 10) }

	switch q.(type) {
	case storage.OpenRequests:
		row := row.(storage.OpenRequest)
		at, order, _ := row.Attachment.Asked()

		return moment(at) + string(row.Structure.ID) + strconv.FormatInt(order+1<<40, 10) + string(row.Attachment.Account)
	case storage.MembersOf:
		row := row.(storage.Member)

		return "found " + row.Attachment.SearchText(row.Account) + " " + string(row.Attachment.Account)
	case storage.DueMessages:
		return moment(row.(storage.Message).NotBefore)
	case storage.MessagesOf:
		return moment(row.(storage.Message).CreatedAt)
	case storage.DueRows, storage.DueReminders:
		row := row.(storage.DueRow)

		return moment(row.Due) + string(row.Structure) + string(row.Account)
	case storage.History:
		row := row.(storage.Entry)

		return strconv.FormatInt(row.Version+1<<40, 10) + moment(row.At) + row.Operation
	case storage.JournalOf:
		return moment(row.(storage.Entry).At) + row.(storage.Entry).Operation
	case storage.RegistrationsOf:
		return moment(row.(account.Registration).CreatedAt)
	case storage.DueRegistrations:
		return moment(row.(account.Registration).Due)
	case storage.RowsOf:
		return string(row.(storage.RosterRow).Structure.ID)
	case storage.PublicStructures:
		return "named " + row.(structure.Structure).SearchName()
	case storage.Unverified:
		return moment(row.(structure.Structure).CheckedAt)
	case storage.ParkedMessages:
		return moment(row.(storage.Message).DoneAt)
	case storage.Deciders, storage.UsersOf, storage.ServicesOf, storage.Individuals, storage.Factors:
	}

	return ""
}

// lastKeyTurned lists rows that differ by the last key only in the wrong order.
func lastKeyTurned(q storage.Query, rows []any) []any {
	out := slices.Clone(rows)

	for from := 0; from < len(out); {
		to := from + 1
		for to < len(out) && place(q, out[to]) == place(q, out[from]) {
			to++
		}

		slices.Reverse(out[from:to])
		from = to
	}

	return out
}

// pager reads pages wrongly.
type pager struct {
	storage.Reader

	page func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error)
}

func (p pager) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return p.page(ctx, p.Reader, q)
}

func pages(page func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error)) func() storage.Store {
	return reads(func(r storage.Reader) storage.Reader { return pager{r, page} })
}

// skipsEquals begins a page behind all rows that are equal to the one before it in all keys but the last.
func skipsEquals(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
	page, err := r.Page(ctx, q)
	if err != nil || page.Next == "" || place(q, page.Rows[len(page.Rows)-1]) == "" {
		return page, err
	}

	last := place(q, page.Rows[len(page.Rows)-1])

	for page.Next != "" {
		next, err := r.Page(ctx, within(q, storage.Window{After: page.Next, Limit: 1}))
		if err != nil || len(next.Rows) == 0 || place(q, next.Rows[0]) != last {
			return page, err
		}

		page.Next = next.Next
	}

	return page, nil
}

// window is a store that reads another window than it is asked for.
func window(change func(storage.Window) storage.Window) func() storage.Store {
	return pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
		return r.Page(ctx, within(q, change(windowOf(q))))
	})
}

// windowOf is the window that a query was made with.
func windowOf(q storage.Query) storage.Window {
	return reflect.ValueOf(q).FieldByName("Window").Interface().(storage.Window)
}

// paged is a store that changes pages on the way out.
func paged(change func(w storage.Window, page *storage.Page)) func() storage.Store {
	return pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
		page, err := r.Page(ctx, q)
		if err == nil {
			change(windowOf(q), &page)
		}

		return page, err
	})
}

func byTime(q storage.Query, rows []any) []any {
	if _, ok := q.(storage.History); ok {
		slices.SortStableFunc(rows, func(a, b any) int {
			return -a.(storage.Entry).At.Compare(b.(storage.Entry).At)
		})
	}

	return rows
}

// textually orders numbers as texts.
func textually(_ storage.Query, rows []any) []any {
	slices.SortStableFunc(rows, func(a, b any) int {
		switch a := a.(type) {
		case storage.Entry:
			b := b.(storage.Entry)

			return -cmp.Or(cmp.Compare(a.Version, b.Version), a.At.Compare(b.At), cmp.Compare(a.Operation, b.Operation),
				cmp.Compare(strconv.Itoa(a.Seq), strconv.Itoa(b.Seq)))
		case storage.OpenRequest:
			b := b.(storage.OpenRequest)

			one, oneth, _ := a.Attachment.Asked()
			other, otherth, _ := b.Attachment.Asked()

			return cmp.Or(one.Compare(other), cmp.Compare(a.Structure.ID, b.Structure.ID),
				cmp.Compare(strconv.FormatInt(oneth, 10), strconv.FormatInt(otherth, 10)))
		default:
			return 0
		}
	})

	return rows
}

// decider is a store that takes others for deciders.
func decider(change func(ctx context.Context, r storage.Reader, q storage.Deciders, rows []any) []any) func() storage.Store {
	return pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
		of, ok := q.(storage.Deciders)
		l := lister{Reader: r, cap: storage.CountCap, change: func(q storage.Query, rows []any) (storage.Query, []any) {
			return q, change(ctx, r, of, rows)
		}}

		if !ok {
			return r.Page(ctx, q)
		}

		return l.Page(ctx, q)
	})
}

// takesCursors is a store that takes cursors of other lists for its own, for some lists.
func takesCursors(name string, takes func(storage.Query) bool) defect {
	return defect{
		name,
		pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
			page, err := r.Page(ctx, q)
			if errors.Is(err, storage.ErrAfter) && takes(q) {
				return storage.Page{}, nil
			}

			return page, err
		}),
		[]string{"S13_OtherAfterIsRefused"},
	}
}

func listDefects() []defect {
	keyByKey := casesOfLists("KeyByKey")
	counts := casesOfLists("LimitsAndCounts")

	return []defect{
		{
			"cursors say how many rows came before",
			relist(func(_ storage.Query, rows []any) []any { return rows }), casesOfLists("WhileRowsChange"),
		},
		{"rows that only the last key tells apart are in no order", relist(lastKeyTurned), keyByKey},
		{
			"pages begin behind all that is equal to the cursor but for the last key", pages(skipsEquals),
			slices.DeleteFunc(casesOfLists("KeyByKey"), func(name string) bool { // those with one key
				return slices.Contains([]string{
					"S13_DecidersKeyByKey", "S13_UsersOfKeyByKey", "S13_ServicesOfKeyByKey", "S13_IndividualsKeyByKey",
					"S13_FactorsKeyByKey",
				}, name)
			}),
		},
		{"the journal is ordered by time", relist(byTime), []string{"S13_HistoryKeyByKey", "S13_History"}},
		{
			"numbers are ordered as texts", relist(textually), []string{"S13_HistoryKeyByKey", "S13_OpenRequestsKeyByKey"},
		},
		{
			"a cursor of another list begins anew",
			pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
				page, err := r.Page(ctx, q)
				if errors.Is(err, storage.ErrAfter) {
					w := windowOf(q)
					w.After = ""

					return r.Page(ctx, within(q, w))
				}

				return page, err
			}),
			[]string{"S13_OtherAfterIsRefused"},
		},
		{
			"a cursor goes with any list of its type",
			pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
				page, err := r.Page(ctx, q)
				if h, ok := q.(storage.History); ok && errors.Is(err, storage.ErrAfter) && h.Structure == "house-2" {
					return storage.Page{}, nil
				}

				return page, err
			}),
			[]string{"S13_OtherAfterIsRefused"},
		},
		takesCursors("a cursor goes with the journal of any account", func(q storage.Query) bool {
			of, ok := q.(storage.JournalOf)

			return ok && of.Account == "y"
		}),
		takesCursors("a cursor goes with the rows of any account", func(q storage.Query) bool {
			of, ok := q.(storage.RowsOf)

			return ok && of.Account == "y"
		}),
		takesCursors("a cursor goes with the messages of any account", func(q storage.Query) bool {
			of, ok := q.(storage.MessagesOf)

			return ok && of.Account == "y"
		}),
		takesCursors("a cursor goes with the users of any structure", func(q storage.Query) bool {
			of, ok := q.(storage.UsersOf)

			return ok && of.Structure == "house-2"
		}),
		takesCursors("a cursor goes with the services of any structure", func(q storage.Query) bool {
			of, ok := q.(storage.ServicesOf)

			return ok && of.Structure == "house-2"
		}),
		takesCursors("a cursor goes with public structures of any kind", func(q storage.Query) bool {
			of, ok := q.(storage.PublicStructures)

			return ok && of.Kind != 0
		}),
		takesCursors("a cursor goes with public structures of any town", func(q storage.Query) bool {
			of, ok := q.(storage.PublicStructures)

			return ok && of.Town == "" && of.Name != ""
		}),
		takesCursors("a cursor goes with public structures of any name", func(q storage.Query) bool {
			of, ok := q.(storage.PublicStructures)

			return ok && of.Name == ""
		}),
		{
			"a cursor goes with one moment only",
			pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
				if q, ok := q.(storage.DueMessages); ok && q.After != "" && q.At.Minute()%2 == 1 {
					return storage.Page{}, storage.ErrAfter
				}

				return r.Page(ctx, q)
			}),
			[]string{"S13_OtherAfterIsRefused"},
		},
		{
			"what never was a cursor is the end of a list",
			pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
				page, err := r.Page(ctx, q)
				if errors.Is(err, storage.ErrAfter) {
					return storage.Page{}, nil
				}

				return page, err
			}),
			[]string{"S13_OtherAfterIsRefused"},
		},
		{
			"there is always more",
			paged(func(w storage.Window, page *storage.Page) {
				if len(page.Rows) == w.Bounds().Limit && page.Next == "" {
					page.Next = "more"
				}
			}),
			counts,
		},
		{
			"the count is that of the page",
			paged(func(w storage.Window, page *storage.Page) {
				if w.Counted {
					page.Count = len(page.Rows)
				}
			}),
			counts,
		},
		{
			"lists are counted unasked",
			window(func(w storage.Window) storage.Window {
				w.Counted = true

				return w
			}),
			counts,
		},
		{
			"counting stops at a thousand",
			paged(func(_ storage.Window, page *storage.Page) { page.Count = min(page.Count, storage.MaxLimit) }), counts,
		},
		{
			"a page has at most a hundred rows",
			window(func(w storage.Window) storage.Window {
				w.Limit = min(w.Bounds().Limit, 100)

				return w
			}),
			counts,
		},
		{
			"a main manager without the grant is no decider",
			decider(func(ctx context.Context, r storage.Reader, q storage.Deciders, rows []any) []any {
				slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: q.Structure})

				return slices.DeleteFunc(rows, func(row any) bool {
					own, _ := slice.Roster.Row(attachment.Key{Account: slice.Roster.Holder})

					return row.(account.Account).ID == slice.Roster.Holder && len(own.Grants) == 0
				})
			}),
			[]string{"S13_D5_Deciders", "S13_DecidersKeyByKey"},
		},
		{
			"who is suspended decides",
			decider(func(ctx context.Context, r storage.Reader, _ storage.Deciders, rows []any) []any {
				if suspended, err := r.Account(ctx, "suspended"); err == nil && len(rows) > 0 {
					rows = append(rows, suspended)
				}

				return rows
			}),
			[]string{"S13_D5_Deciders"},
		},
		{
			"who is blocked decides",
			decider(func(ctx context.Context, r storage.Reader, _ storage.Deciders, rows []any) []any {
				if blocked, err := r.Account(ctx, "blocked"); err == nil {
					rows = append(rows, blocked)
				}

				return rows
			}),
			[]string{"S13_D5_Deciders"},
		},
	}
}
