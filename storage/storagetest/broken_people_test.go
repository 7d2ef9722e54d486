package storagetest_test

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// shows is a store that shows other rows in the lists of one type.
func shows[Q storage.Query](change func(ctx context.Context, r storage.Reader, q Q, rows []any) []any) func() storage.Store {
	return pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
		of, ok := q.(Q)
		if !ok {
			return r.Page(ctx, q)
		}

		l := lister{Reader: r, cap: storage.CountCap, change: func(q storage.Query, rows []any) (storage.Query, []any) {
			return q, change(ctx, r, of, rows)
		}}

		return l.Page(ctx, q)
	})
}

// hides is a store that leaves rows out of the lists of one type.
func hides[Q storage.Of[T], T any](hidden func(q Q, row T) bool) func() storage.Store {
	return shows(func(_ context.Context, _ storage.Reader, q Q, rows []any) []any {
		return slices.DeleteFunc(rows, func(row any) bool { return hidden(q, row.(T)) })
	})
}

// asksFor is a store that reads other lists than it is asked for, of one type.
func asksFor[Q storage.Query](change func(q *Q)) func() storage.Store {
	return unfiltered(func(q storage.Query) storage.Query {
		if of, ok := q.(Q); ok {
			change(&of)

			return of
		}

		return q
	})
}

// adds is a store that shows more rows in the lists of one type, if they are there.
func adds[Q storage.Query, T any](more func(ctx context.Context, r storage.Reader, q Q) (T, error)) func() storage.Store {
	return shows(func(ctx context.Context, r storage.Reader, q Q, rows []any) []any {
		if row, err := more(ctx, r, q); err == nil {
			rows = append(rows, row)
		}

		return rows
	})
}

// alsoOf are the entries of another account that end a list.
func alsoOf(other func(account.ID) account.ID, which func(storage.Entry) bool) func() storage.Store {
	return shows(func(ctx context.Context, r storage.Reader, q storage.JournalOf, rows []any) []any {
		page, _ := storage.List(ctx, r, storage.JournalOf{Account: other(q.Account)})

		for _, e := range page.Rows {
			if which(e) && !slices.Contains(rows, any(e)) {
				rows = append(rows, e)
			}
		}

		return rows
	})
}

func peopleDefects() []defect {
	return slices.Concat(journalDefects(), userDefects(), []defect{
		{
			"registrations that are over lapse",
			adds(func(ctx context.Context, r storage.Reader, _ storage.DueRegistrations) (account.Registration, error) {
				return r.Registration(ctx, "over-4")
			}),
			[]string{"S13_DueRegistrations"},
		},
		{
			"a registration lapses after its moment",
			hides(func(q storage.DueRegistrations, row account.Registration) bool { return row.Due.Equal(q.At) }),
			[]string{"S13_DueRegistrations"},
		},
		{
			"a registration without a time lapses at once",
			adds(func(ctx context.Context, r storage.Reader, _ storage.DueRegistrations) (account.Registration, error) {
				return r.Registration(ctx, "never")
			}),
			[]string{"S13_DueRegistrations"},
		},
		{
			"registrations for no structure never lapse",
			hides(func(_ storage.DueRegistrations, row account.Registration) bool { return row.Structure == "" }),
			[]string{"S13_DueRegistrations"},
		},
		{
			"only rows that are attached are an account's",
			hides(func(_ storage.RowsOf, row storage.RosterRow) bool { return row.Attachment.State != attachment.Attached }),
			[]string{"S13_RowsOf", "S7_ReadsSeeWhatWasCommitted", "S18_B12_EraseAccount"},
		},
		{
			"rows that are over are not an account's",
			hides(func(_ storage.RowsOf, row storage.RosterRow) bool { return over(row.Attachment) }),
			[]string{"S13_RowsOf"},
		},
		{
			"rows at services are not an account's",
			hides(func(_ storage.RowsOf, row storage.RosterRow) bool { return row.Attachment.Service != "" }),
			[]string{"S13_RowsOf", "S13_RowsOfKeyByKey"},
		},
		{
			"a registration has no rows",
			shows(func(ctx context.Context, r storage.Reader, q storage.RowsOf, rows []any) []any {
				if _, err := r.Account(ctx, q.Account); errors.Is(err, storage.ErrNotFound) {
					return nil
				}

				return rows
			}),
			[]string{"S13_RowsOf", "S7_ReadsSeeWhatWasCommitted"},
		},
		{
			"rows come without their structure",
			shows(func(_ context.Context, _ storage.Reader, _ storage.RowsOf, rows []any) []any {
				for i, row := range rows {
					of := row.(storage.RosterRow)
					of.Structure = structure.Structure{ID: of.Structure.ID}
					rows[i] = of
				}

				return rows
			}),
			[]string{"S13_RowsOf"},
		},
		{
			"messages that were sent are not an account's",
			hides(func(_ storage.MessagesOf, m storage.Message) bool { return m.State == storage.Sent }),
			[]string{"S13_MessagesOf"},
		},
		{
			"messages to the address of an account are its own",
			adds(func(ctx context.Context, r storage.Reader, _ storage.MessagesOf) (storage.Message, error) {
				return r.Message(ctx, "other-3")
			}),
			[]string{"S13_MessagesOf"},
		},
		{
			"messages are ordered by when they are due",
			shows(func(_ context.Context, _ storage.Reader, _ storage.MessagesOf, rows []any) []any {
				slices.SortStableFunc(rows, func(a, b any) int {
					return a.(storage.Message).NotBefore.Compare(b.(storage.Message).NotBefore)
				})

				return rows
			}),
			[]string{"S13_MessagesOf", "S13_MessagesOfKeyByKey"},
		},
	})
}

func journalDefects() []defect {
	return []defect{
		{
			"what an account did is not about it",
			hides(func(q storage.JournalOf, e storage.Entry) bool { return e.Account != q.Account }),
			[]string{"S13_JournalOf", "S7_ReadsSeeWhatWasCommitted", "S18_B12_EraseAccount"},
		},
		{
			"what was done to an account is not about it",
			hides(func(q storage.JournalOf, e storage.Entry) bool { return !e.Actor.Is(q.Account) }),
			[]string{"S13_JournalOf", "S7_ReadsSeeWhatWasCommitted"},
		},
		{
			"what an account did to itself comes twice",
			shows(func(_ context.Context, _ storage.Reader, q storage.JournalOf, rows []any) []any {
				var out []any

				for _, row := range rows {
					out = append(out, row)
					if e := row.(storage.Entry); e.Account == q.Account && e.Actor.Is(q.Account) {
						out = append(out, row)
					}
				}

				return out
			}),
			[]string{"S13_JournalOf"},
		},
		{
			"entries about no structure are nobody's",
			hides(func(_ storage.JournalOf, e storage.Entry) bool { return e.Structure == "" }),
			[]string{"S13_JournalOf"},
		},
		{
			"what support of the same name did is about an account",
			alsoOf(func(account.ID) account.ID { return "jean" }, func(e storage.Entry) bool { return e.Actor.Name == "anne" }),
			[]string{"S13_JournalOf"},
		},
		{
			"actors are compared by how they end",
			alsoOf(func(id account.ID) account.ID { return "account:" + id }, func(e storage.Entry) bool { return !e.Actor.Is("jean") }),
			[]string{"S13_JournalOf"},
		},
		{
			"accounts of a journal are compared by how they begin",
			alsoOf(func(id account.ID) account.ID { return id + "-2" }, func(storage.Entry) bool { return true }),
			[]string{"S13_JournalOf"},
		},
		{
			"the journal of an account is ordered as that of a structure",
			shows(func(_ context.Context, _ storage.Reader, _ storage.JournalOf, rows []any) []any {
				slices.SortStableFunc(rows, func(a, b any) int { return int(b.(storage.Entry).Version - a.(storage.Entry).Version) })

				return rows
			}),
			[]string{"S13_JournalOf", "S13_JournalOfKeyByKey"},
		},
		{
			"the journal of an account shows no notes",
			shows(func(_ context.Context, _ storage.Reader, q storage.JournalOf, rows []any) []any {
				for i, row := range rows {
					e := row.(storage.Entry)
					if e.Account != q.Account {
						e.Note = ""
					}

					rows[i] = e
				}

				return rows
			}),
			[]string{"S13_JournalOf"},
		},
	}
}

func userDefects() []defect {
	// in tells whether an account has a row of a structure for which is says so.
	in := func(is func(attachment.Attachment) bool) func() storage.Store {
		return shows(func(ctx context.Context, r storage.Reader, q storage.UsersOf, rows []any) []any {
			return slices.DeleteFunc(rows, func(row any) bool {
				id := row.(account.Account).ID
				slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: q.Structure, Accounts: []account.ID{id}})

				return !slices.ContainsFunc(slice.Roster.RowsOf(id), is)
			})
		})
	}

	return []defect{
		{
			"who is suspended is no user",
			in(func(row attachment.Attachment) bool { return row.State == attachment.Attached }),
			[]string{"S13_UsersOf", "S13_UsersOfLimitsAndCounts"},
		},
		{
			"who is attached to a service is no user",
			in(func(row attachment.Attachment) bool { return row.Service == "" }),
			[]string{"S13_UsersOf", "S7_ReadsSeeWhatWasCommitted"},
		},
		{
			"who is attached to two services comes twice",
			shows(func(ctx context.Context, r storage.Reader, q storage.UsersOf, rows []any) []any {
				var out []any

				for _, row := range rows {
					id := row.(account.Account).ID
					slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: q.Structure, Accounts: []account.ID{id}})

					for _, theirs := range slice.Roster.RowsOf(id) {
						if theirs.State == attachment.Attached || theirs.State == attachment.Suspended {
							out = append(out, row)
						}
					}
				}

				return out
			}),
			[]string{"S13_UsersOf"},
		},
		{
			"who asks is a user",
			adds(func(ctx context.Context, r storage.Reader, q storage.UsersOf) (account.Account, error) {
				if q.Structure != "house-1" {
					return account.Account{}, storage.ErrNotFound
				}

				return r.Account(ctx, "is-requested-1")
			}),
			[]string{"S13_UsersOf"},
		},
		{
			"only who is active is a user",
			hides(func(_ storage.UsersOf, a account.Account) bool { return a.State != account.Active }),
			[]string{"S13_UsersOf"},
		},
		{
			"services that are inactive are none",
			hides(func(_ storage.ServicesOf, s structure.Service) bool { return s.Inactive }),
			[]string{"S13_ServicesOf", "S7_ReadsSeeWhatWasCommitted", "S17_C9_CopyStructure"},
		},
		{
			"services whose time is over are none",
			hides(func(_ storage.ServicesOf, s structure.Service) bool { return !s.Until.IsZero() }),
			[]string{"S13_ServicesOf"},
		},
		{
			"services are ordered by their codes without case",
			shows(func(_ context.Context, _ storage.Reader, _ storage.ServicesOf, rows []any) []any {
				slices.SortStableFunc(rows, func(a, b any) int {
					return strings.Compare(strings.ToLower(string(a.(structure.Service).Code)), strings.ToLower(string(b.(structure.Service).Code)))
				})

				return rows
			}),
			[]string{"S13_ServicesOf", "S13_ServicesOfKeyByKey"},
		},
	}
}

// pastDefects look wrongly at whom a list is past.
func pastDefects() []defect {
	caught := []string{"S13_Past"}

	// from shows accounts of a whole list.
	from := func(keep func(id, past account.ID) bool) func() storage.Store {
		all := func(ctx context.Context, r storage.Reader, q storage.Query, past account.ID) []any {
			rows, _ := lister{Reader: r}.everything(ctx, q)

			return slices.DeleteFunc(rows, func(row any) bool { return past != "" && !keep(row.(account.Account).ID, past) })
		}

		return reads(func(r storage.Reader) storage.Reader {
			return lister{Reader: r, cap: storage.CountCap, change: func(q storage.Query, rows []any) (storage.Query, []any) {
				switch of := q.(type) {
				case storage.Deciders:
					return q, all(context.Background(), r, storage.Deciders{Structure: of.Structure}, of.Past)
				case storage.UsersOf:
					return q, all(context.Background(), r, storage.UsersOf{Structure: of.Structure}, of.Past)
				default:
					return q, rows
				}
			}}
		})
	}

	return []defect{
		{"deciders are listed whoever they are past", asksFor(func(q *storage.Deciders) { q.Past = "" }), caught},
		{"users are listed whoever they are past", asksFor(func(q *storage.UsersOf) { q.Past = "" }), caught},
		{"a list past somebody begins with them", from(func(id, past account.ID) bool { return id >= past }), caught},
		{
			"whom a list is past is compared without case",
			from(func(id, past account.ID) bool { return strings.ToLower(string(id)) > strings.ToLower(string(past)) }),
			caught,
		},
		{
			"whom a list is past is compared without trailing spaces",
			from(func(id, past account.ID) bool { return strings.TrimSpace(string(id)) > strings.TrimSpace(string(past)) }),
			caught,
		},
		{
			"a cursor goes with whom a list is past",
			pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
				if of, ok := q.(storage.Deciders); ok && of.After != "" && of.Past != "" {
					return storage.Page{}, storage.ErrAfter
				}

				return r.Page(ctx, q)
			}),
			[]string{"S13_Past", "S13_OtherAfterIsRefused"},
		},
		{
			"the count is of all, whoever a list is past",
			pages(func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
				page, err := r.Page(ctx, q)

				if of, ok := q.(storage.UsersOf); ok && of.Counted && of.Past != "" {
					of.Past = ""
					whole, _ := r.Page(ctx, of)
					page.Count = whole.Count
				}

				return page, err
			}),
			caught,
		},
	}
}
