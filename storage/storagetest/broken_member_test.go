package storagetest_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// rosterFields are the fields of heads and rows of rosters.
func rosterFields() []field {
	heads := func(b *storage.Batch) []attachment.Roster { return b.Rosters }

	return []field{
		{"since when a standing is contested", loses(heads, func(r *attachment.Roster) *time.Time { return &r.Contest.Since })},
		{"who contested a standing", loses(heads, func(r *attachment.Roster) *account.ID { return &r.Contest.By })},
		{"whose standing is contested", loses(heads, func(r *attachment.Roster) *account.ID { return &r.Contest.Of })},
		{"that support froze a structure", loses(heads, func(r *attachment.Roster) *bool { return &r.Contest.Frozen })},
		{"whose approvals are looked through", loses(heads, func(r *attachment.Roster) *account.ID { return &r.Review.Of })},
		{"until when approvals are looked through", loses(heads, func(r *attachment.Roster) *time.Time { return &r.Review.Until })},
		{"what is wished for", ofRows(func(a *attachment.Attachment) *[]habilitation.Profile { return &a.Wish.Profiles })},
		{"a wish's comment", ofRows(func(a *attachment.Attachment) *string { return &a.Wish.Comment })},
		{"when a wish was made", ofRows(func(a *attachment.Attachment) *time.Time { return &a.Wish.At })},
		{"a wish's order", ofRows(func(a *attachment.Attachment) *int64 { return &a.Wish.Order })},
		{"who decided on a wish", ofRows(func(a *attachment.Attachment) *account.Actor { return &a.Wish.Decision.By })},
		{"when a wish was decided", ofRows(func(a *attachment.Attachment) *time.Time { return &a.Wish.Decision.At })},
		{"that a wish was approved", ofRows(func(a *attachment.Attachment) *bool { return &a.Wish.Decision.Approved })},
		{"why a wish was refused", ofRows(func(a *attachment.Attachment) *string { return &a.Wish.Decision.Reason })},
		{"whom a decider invited", ofRows(func(a *attachment.Attachment) *string { return &a.Invited })},
		{"when deciders are reminded", ofRows(func(a *attachment.Attachment) *time.Time { return &a.Remind })},
		{"how often deciders were reminded", ofRows(func(a *attachment.Attachment) *int { return &a.Reminded })},
		{"that support was told", ofRows(func(a *attachment.Attachment) *bool { return &a.Escalated })},
		{"when an author contested", ofRows(func(a *attachment.Attachment) *time.Time { return &a.Contested })},
	}
}

// ofRows makes the field that at points to, in each row of the rosters, what it is in other rows of the same keys.
func ofRows[F any](at func(*attachment.Attachment) *F) func(b, other *storage.Batch) {
	return func(b, other *storage.Batch) {
		for i, r := range b.Rosters {
			for j, row := range r.Rows {
				if was, ok := other.Rosters[i].Row(row.Key); ok {
					*at(&r.Rows[j]) = *at(&was)
				}
			}
		}
	}
}

// rostersBefore are rosters as they are stored; those that are new as they come.
func rostersBefore(ctx context.Context, r storage.Reader, rosters []attachment.Roster) []attachment.Roster {
	return was(rosters, func(to attachment.Roster) (attachment.Roster, error) {
		q := storage.RosterQuery{Structure: to.Structure}
		for _, row := range to.Rows {
			q.Accounts = append(q.Accounts, row.Account)
		}

		slice, err := r.Roster(ctx, q)
		if err != nil || slice.Roster.Version == 0 {
			return attachment.Roster{}, cmp.Or(err, storage.ErrNotFound)
		}

		return slice.Roster, nil
	})
}

// rostersNever are as many rosters of the same keys, with nothing in them.
func rostersNever(rosters []attachment.Roster) []attachment.Roster {
	out := make([]attachment.Roster, len(rosters))

	for i, r := range rosters {
		for _, row := range r.Rows {
			out[i].Rows = append(out[i].Rows, attachment.Attachment{Key: row.Key})
		}
	}

	return out
}

// ordered is a store that lists rows of one type in another order.
func ordered[Q storage.Of[T], T any](compare func(a, b T) int) func() storage.Store {
	return shows(func(_ context.Context, _ storage.Reader, _ Q, rows []any) []any {
		slices.SortStableFunc(rows, func(a, b any) int { return compare(a.(T), b.(T)) })

		return rows
	})
}

// memberList is a store that takes others for the users whom a search means.
func memberList(is func(q storage.MembersOf, m storage.Member) bool) func() storage.Store {
	return shows(func(ctx context.Context, r storage.Reader, q storage.MembersOf, _ []any) []any {
		var rows []any

		page, _ := storage.List(ctx, r, storage.MembersOf{Structure: q.Structure, Window: storage.Window{Limit: storage.MaxLimit}})
		for _, m := range page.Rows {
			if is(q, m) {
				rows = append(rows, m)
			}
		}

		return rows
	})
}

// meant tells whether a user is one whom a search means: text is what is searched.
func meant(q storage.MembersOf, m storage.Member, text string) bool {
	approved := m.Attachment.Decision.Approved && m.Attachment.Decision.By.Is(q.Approver)

	return strings.Contains(text, q.Search) && (q.Service == "" || m.Attachment.Service == q.Service) &&
		(q.Approver == "" || approved)
}

func memberDefects() []defect {
	caught := []string{"S13_E8_MembersOf"}
	text := func(m storage.Member) string { return m.Attachment.SearchText(m.Account) }

	return []defect{
		{
			"an invited person is found by name",
			memberList(func(q storage.MembersOf, m storage.Member) bool {
				return meant(q, m, text(m)) || meant(q, m, m.Account.SearchText())
			}),
			caught,
		},
		{
			"an invited person is ordered by name",
			ordered[storage.MembersOf](func(a, b storage.Member) int {
				return cmp.Compare(a.Account.SearchText(), b.Account.SearchText())
			}),
			[]string{"S13_E8_MembersOf", "S13_E8_MembersOfChange", "S13_MembersOfKeyByKey"},
		},
		{
			"users are ordered by account",
			ordered[storage.MembersOf](func(a, b storage.Member) int { return a.Attachment.Compare(b.Attachment.Key) }),
			[]string{"S13_E8_MembersOf", "S13_E8_MembersOfChange", "S13_MembersOfKeyByKey"},
		},
		{
			"users are ordered by their names as they are written",
			ordered[storage.MembersOf](func(a, b storage.Member) int {
				return cmp.Compare(cmp.Or(a.Attachment.Invited, a.Account.Person.LastName), cmp.Or(b.Attachment.Invited, b.Account.Person.LastName))
			}),
			caught,
		},
		{
			"users are found by how their names begin",
			memberList(func(q storage.MembersOf, m storage.Member) bool {
				return meant(q, m, text(m)) && strings.HasPrefix(text(m), q.Search)
			}),
			caught,
		},
		{
			"users are found by their last names only",
			memberList(func(q storage.MembersOf, m storage.Member) bool {
				return meant(q, m, text(m)) && (m.Attachment.Invited != "" || strings.Contains(structure.Fold(m.Account.Person.LastName), q.Search))
			}),
			[]string{"S13_E8_MembersOf", "S13_E8_MembersOfChange"},
		},
		{
			"what is searched for is a pattern",
			memberList(func(q storage.MembersOf, m storage.Member) bool {
				q.Search, _, _ = strings.Cut(q.Search, "%")

				return meant(q, m, text(m))
			}),
			caught,
		},
		{
			"what is searched for is folded again",
			memberList(func(q storage.MembersOf, m storage.Member) bool {
				q.Search = structure.Fold(q.Search)

				return meant(q, m, text(m))
			}),
			caught,
		},
		{"users are found whatever is searched for", asksFor(func(q *storage.MembersOf) { q.Search = "" }), caught},
		{"users of all services are listed", asksFor(func(q *storage.MembersOf) { q.Service = "" }), caught},
		{"users are listed whoever approved them", asksFor(func(q *storage.MembersOf) { q.Approver = "" }), caught},
		{
			"whom support of the same name approved is listed",
			memberList(func(q storage.MembersOf, m storage.Member) bool {
				if d := m.Attachment.Decision; d.By.Name == string(q.Approver) && d.Approved {
					q.Approver = ""
				}

				return meant(q, m, text(m))
			}),
			caught,
		},
		{
			"whom they did not approve is listed",
			memberList(func(q storage.MembersOf, m storage.Member) bool {
				m.Attachment.Decision.Approved = true

				return meant(q, m, text(m))
			}),
			caught,
		},
		{
			"who is suspended is no user",
			hides(func(_ storage.MembersOf, m storage.Member) bool { return m.Attachment.State == attachment.Suspended }), caught,
		},
		{
			"who was invited is listed once they come",
			hides(func(_ storage.MembersOf, m storage.Member) bool { return m.Attachment.State == attachment.Approved }), caught,
		},
		{
			"whose account is closed is no user",
			hides(func(_ storage.MembersOf, m storage.Member) bool { return m.Account.State == account.Closed }),
			[]string{"S13_E8_MembersOf", "S13_MembersOfKeyByKey"},
		},
		{
			"who was approved is a user before they activate",
			shows(func(ctx context.Context, r storage.Reader, q storage.MembersOf, rows []any) []any {
				slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: q.Structure, Accounts: []account.ID{"past-2"}})

				for _, row := range slice.Roster.Rows {
					if row.State == attachment.Approved && row.Invited == "" && q == (storage.MembersOf{Window: q.Window, Structure: q.Structure}) {
						rows = append(rows, storage.Member{Attachment: row})
					}
				}

				return rows
			}),
			caught,
		},
		{
			"users are listed once each",
			shows(func(_ context.Context, _ storage.Reader, _ storage.MembersOf, rows []any) []any {
				return slices.CompactFunc(rows, func(a, b any) bool {
					return a.(storage.Member).Attachment.Account == b.(storage.Member).Attachment.Account
				})
			}),
			[]string{"S13_E8_MembersOf", "S13_MembersOfKeyByKey"},
		},
		{
			"users come without their service",
			shows(func(_ context.Context, _ storage.Reader, _ storage.MembersOf, rows []any) []any {
				for i, row := range rows {
					m := row.(storage.Member)
					m.Service = structure.Service{}
					rows[i] = m
				}

				return rows
			}),
			caught,
		},
		{
			"a user's name is the one that they had first",
			func() storage.Store {
				first := map[account.ID]string{}

				return ordered[storage.MembersOf](func(a, b storage.Member) int {
					for _, m := range []storage.Member{a, b} {
						if first[m.Account.ID] == "" {
							first[m.Account.ID] = m.Account.SearchText()
						}
					}

					return cmp.Compare(first[a.Account.ID], first[b.Account.ID])
				})()
			},
			[]string{"S13_E8_MembersOfChange"},
		},
		takesCursors("a cursor goes with the users of any search", func(q storage.Query) bool {
			of, ok := q.(storage.MembersOf)

			return ok && of.Search == ""
		}),
		takesCursors("a cursor goes with the users of any service", func(q storage.Query) bool {
			of, ok := q.(storage.MembersOf)

			return ok && of.Service != ""
		}),
		takesCursors("a cursor goes with whomever somebody approved", func(q storage.Query) bool {
			of, ok := q.(storage.MembersOf)

			return ok && of.Approver != ""
		}),
		takesCursors("a cursor goes with the users of another structure, row by row", func(q storage.Query) bool {
			of, ok := q.(storage.MembersOf)

			return ok && of.Structure == "house-2"
		}),
	}
}

func wishDefects() []defect {
	isWish := func(r storage.OpenRequest) bool { return r.Attachment.State != attachment.Requested }
	requests := []string{"S13_OpenRequests", "S13_OpenRequestsKeyByKey"}

	return []defect{
		{"wishes wait for nobody", hides(func(_ storage.OpenRequests, r storage.OpenRequest) bool { return isWish(r) }), requests},
		{
			"approvals are ordered by when people asked to be attached",
			ordered[storage.OpenRequests](func(a, b storage.OpenRequest) int {
				return a.Attachment.RequestedAt.Compare(b.Attachment.RequestedAt)
			}),
			requests,
		},
		{
			"approvals of one moment are ordered by when people asked to be attached",
			ordered[storage.OpenRequests](func(a, b storage.OpenRequest) int {
				one, _, _ := a.Attachment.Asked()
				other, _, _ := b.Attachment.Asked()

				return cmp.Or(one.Compare(other), cmp.Compare(a.Structure.ID, b.Structure.ID), cmp.Compare(a.Attachment.Order, b.Attachment.Order))
			}),
			requests,
		},
		{
			"wishes come behind requests",
			ordered[storage.OpenRequests](func(a, b storage.OpenRequest) int {
				return cmp.Compare(a.Attachment.State, b.Attachment.State)
			}),
			requests,
		},
		{
			"wishes lapse with what their rows were asked for",
			hides(func(q storage.OpenRequests, r storage.OpenRequest) bool {
				return isWish(r) && !q.At.IsZero() && !r.Attachment.Due.IsZero() && !r.Attachment.Due.After(q.At)
			}),
			[]string{"S13_OpenRequests"},
		},
		{
			"who is suspended wishes for nothing",
			hides(func(_ storage.OpenRequests, r storage.OpenRequest) bool {
				return r.Attachment.State == attachment.Suspended
			}),
			[]string{"S13_OpenRequests"},
		},
		{
			"a wish waits once it is decided",
			shows(func(ctx context.Context, r storage.Reader, q storage.OpenRequests, rows []any) []any {
				for _, id := range q.Structures {
					slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: id, Accounts: []account.ID{"decided"}})
					for _, row := range slice.Roster.RowsOf("decided") {
						rows = append(rows, storage.OpenRequest{Structure: slice.Facts.Structure, Attachment: row})
					}
				}

				return rows
			}),
			[]string{"S13_OpenRequests"},
		},
		{
			"reminders are late",
			hides(func(q storage.DueReminders, d storage.DueRow) bool { return !d.Due.Before(q.At) }),
			[]string{"S13_D10_DueReminders"},
		},
		{
			"reminders come a moment early",
			asksFor(func(q *storage.DueReminders) { q.At = q.At.Add(time.Microsecond) }),
			[]string{"S13_D10_DueReminders"},
		},
		{
			"reminders are those of rows that lapse",
			shows(func(ctx context.Context, r storage.Reader, q storage.DueReminders, _ []any) []any {
				page, _ := storage.List(ctx, r, storage.DueRows{At: q.At, Window: storage.Window{Limit: storage.MaxLimit}})

				rows := make([]any, len(page.Rows))
				for i, row := range page.Rows {
					rows[i] = row
				}

				return rows
			}),
			[]string{"S13_D10_DueReminders", "S13_DueRemindersKeyByKey"},
		},
		{
			"nobody is reminded of what is asked for at a service",
			hides(func(_ storage.DueReminders, d storage.DueRow) bool { return d.Service != "" }),
			[]string{"S13_D10_DueReminders", "S13_DueRemindersKeyByKey"},
		},
		{
			"reminders are ordered by structure",
			ordered[storage.DueReminders](func(a, b storage.DueRow) int { return cmp.Compare(a.Structure, b.Structure) }),
			[]string{"S13_D10_DueReminders", "S13_DueRemindersKeyByKey"},
		},
	}
}
