package storagetest_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// brokenPurges purge wrongly.
func brokenPurges() []defect {
	every := []string{registered, mailed, linked, tried, journaled}
	// other is a store whose purges are others than those it was given.
	other := func(change func(*storage.Purge)) func() storage.Store {
		return asks(func(_ context.Context, _ storage.Reader, op storage.Operation) []storage.Operation {
			if p, ok := op.(storage.Purge); ok {
				change(&p)
				op = p
			}

			return []storage.Operation{op}
		})
	}
	later := func(by time.Duration) func(*storage.Purge) {
		return func(p *storage.Purge) {
			for _, at := range []*time.Time{&p.Registrations, &p.Messages, &p.Links, &p.Attempts, &p.Journal} {
				if !at.IsZero() {
					*at = at.Add(by)
				}
			}
		}
	}

	return []defect{
		{"what ended at the time goes too", other(later(time.Microsecond)), every},
		{"times are compared by the second", other(later(time.Second)), every},
		{"a purge takes a row less", other(later(-time.Microsecond)), every},
		{"a limit is none", other(func(p *storage.Purge) { p.Limit = storage.MaxLimit }), every},
		{
			"no limit is the limit of a page",
			other(func(p *storage.Purge) {
				if p.Limit == 0 {
					p.Limit = storage.DefaultLimit
				}
			}),
			[]string{bounded},
		},
		{
			"a limit may be as large as one likes",
			asks(func(_ context.Context, _ storage.Reader, op storage.Operation) []storage.Operation {
				if p, ok := op.(storage.Purge); ok && p.Limit > storage.MaxLimit {
					return []storage.Operation{p, p}
				}

				return []storage.Operation{op}
			}),
			[]string{bounded},
		},
		{"the newest go first", reordered(func(a, b ended) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.key, b.key)) }), every},
		{"ties are ordered backwards", reordered(func(a, b ended) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(b.key, a.key)) }), every},
		{"ties are ordered without case", reordered(func(a, b ended) int {
			return cmp.Or(a.at.Compare(b.at), cmp.Compare(strings.ToLower(a.key), strings.ToLower(b.key)))
		}), every},
		{
			"a time that never was is long ago",
			onPurge(func(op storage.Purge, o *outcome) {
				o.after.Messages = slices.DeleteFunc(o.after.Messages, func(m storage.Message) bool {
					return !op.Messages.IsZero() && m.State != storage.Queued && m.DoneAt.IsZero()
				})
				o.after.Links = slices.DeleteFunc(o.after.Links, func(l account.Link) bool {
					return !op.Links.IsZero() && l.NotAfter.IsZero()
				})
				o.after.Attempts = slices.DeleteFunc(o.after.Attempts, func(a account.Attempts) bool {
					return !op.Attempts.IsZero() && a.Over.IsZero()
				})
				o.after.Journal = slices.DeleteFunc(o.after.Journal, func(e storage.Entry) bool {
					return !op.Journal.IsZero() && e.At.IsZero()
				})
				o.after.Registrations = slices.DeleteFunc(o.after.Registrations, func(r account.Registration) bool {
					return !op.Registrations.IsZero() && !r.Open() && r.EndedAt.IsZero()
				})
			}),
			every,
		},
		{
			"open registrations go",
			onPurge(func(op storage.Purge, o *outcome) {
				o.after.Registrations = slices.DeleteFunc(o.after.Registrations, func(r account.Registration) bool {
					return r.Open() && !r.EndedAt.IsZero() && r.EndedAt.Before(op.Registrations)
				})
			}),
			[]string{registered},
		},
		{
			"queued messages that have a time go",
			onPurge(func(op storage.Purge, o *outcome) {
				o.after.Messages = slices.DeleteFunc(o.after.Messages, func(m storage.Message) bool {
					return m.State == storage.Queued && !m.DoneAt.IsZero() && m.DoneAt.Before(op.Messages)
				})
			}),
			[]string{mailed},
		},
		{"rows of registrations stay", onPurge(func(_ storage.Purge, o *outcome) { o.after.Rosters = o.mid.Rosters }), []string{registered}},
		{
			"rows of registrations that became accounts go",
			onPurge(goes(func(row attachment.Attachment, _ bool) bool { return over(row) })),
			[]string{registered},
		},
		{
			"rows of registrations go whatever their state",
			onPurge(goes(func(row attachment.Attachment, became bool) bool { return !became && row.State != attachment.Claimed })),
			[]string{registered},
		},
		{
			"rows at services stay",
			onPurge(func(_ storage.Purge, o *outcome) {
				for i, r := range o.after.Rosters {
					for _, row := range of(o.mid.Rosters, r, rosterKey).Rows {
						if row.Service != "" && !has(r.Rows, row, rowKey) {
							o.after.Rosters[i].Rows = append(o.after.Rosters[i].Rows, row)
						}
					}
				}
			}),
			[]string{registered},
		},
		{
			"rows of a registration go in its own structure only",
			onPurge(func(_ storage.Purge, o *outcome) {
				for i, r := range o.after.Rosters {
					for _, row := range of(o.mid.Rosters, r, rosterKey).Rows {
						who := of(o.mid.Registrations, account.Registration{ID: row.Account}, registrationKey)
						if who.Structure != r.Structure && !has(r.Rows, row, rowKey) {
							o.after.Rosters[i].Rows = append(o.after.Rosters[i].Rows, row)
						}
					}
				}
			}),
			[]string{registered},
		},
		{
			"notes about registrations stay",
			onPurge(func(_ storage.Purge, o *outcome) {
				for i, e := range o.after.Journal {
					o.after.Journal[i].Note = of(o.mid.Journal, e, entryKey).Note
				}
			}),
			[]string{registered},
		},
		{
			"notes about registrations that became accounts go",
			onPurge(func(_ storage.Purge, o *outcome) {
				for i, e := range o.after.Journal {
					if gone(o, e.Account) {
						o.after.Journal[i].Note = ""
					}
				}
			}),
			[]string{registered},
		},
		{
			"journal entries about registrations go",
			onPurge(func(_ storage.Purge, o *outcome) {
				o.after.Journal = slices.DeleteFunc(o.after.Journal, func(e storage.Entry) bool { return gone(o, e.Account) })
			}),
			[]string{registered},
		},
		{
			"journal entries lose their notes and stay",
			onPurge(func(_ storage.Purge, o *outcome) {
				for _, e := range o.mid.Journal {
					if !has(o.after.Journal, e, entryKey) {
						e.Note = ""
						o.after.Journal = append(o.after.Journal, e)
					}
				}
			}),
			[]string{journaled},
		},
		{
			"journal entries go with their whole operation",
			onPurge(func(_ storage.Purge, o *outcome) {
				after := slices.Clone(o.after.Journal)
				o.after.Journal = slices.DeleteFunc(o.after.Journal, func(e storage.Entry) bool {
					return slices.ContainsFunc(o.mid.Journal, func(other storage.Entry) bool {
						return other.Operation == e.Operation && !has(after, other, entryKey)
					})
				})
			}),
			[]string{journaled},
		},
		{
			"attempts stay",
			onPurge(func(_ storage.Purge, o *outcome) { o.after.Attempts = o.mid.Attempts }),
			[]string{tried, seesTheBatch},
		},
		{
			"attempts go when they are locked no more",
			onPurge(func(op storage.Purge, o *outcome) {
				o.after.Attempts = slices.DeleteFunc(o.after.Attempts, func(a account.Attempts) bool {
					return !op.Attempts.IsZero() && a.Password.Until.Before(op.Attempts)
				})
			}),
			[]string{tried},
		},
		{
			"messages go with their registration",
			onPurge(func(_ storage.Purge, o *outcome) {
				if len(o.after.Registrations) < len(o.mid.Registrations) {
					o.after.Messages = slices.DeleteFunc(o.after.Messages, func(m storage.Message) bool { return m.Structure == "old" })
				}
			}),
			[]string{registered},
		},
	}
}

// gone tells whether a registration was purged.
func gone(o *outcome, id account.ID) bool {
	who := account.Registration{ID: id}

	return has(o.mid.Registrations, who, registrationKey) && !has(o.after.Registrations, who, registrationKey)
}

// goes takes more rows of the registrations that are purged.
func goes(which func(row attachment.Attachment, became bool) bool) func(storage.Purge, *outcome) {
	return func(_ storage.Purge, o *outcome) {
		for i, r := range o.after.Rosters {
			rows := slices.DeleteFunc(slices.Clone(r.Rows), func(row attachment.Attachment) bool {
				became := has(o.after.Accounts, account.Account{ID: row.Account}, accountKey)

				return gone(o, row.Account) && which(row, became)
			})

			if len(rows) < len(r.Rows) {
				o.after.Rosters[i].Rows = rows
				o.after.Rosters[i].Version = of(o.mid.Rosters, r, rosterKey).Version + 1
			}
		}
	}
}

// ended is a row that may be purged.
type ended struct {
	at  time.Time
	key string
}

// reordered purges as many rows as it should, in another order, and leaves what hangs on registrations.
func reordered(order func(a, b ended) int) func() storage.Store {
	return onPurge(func(op storage.Purge, o *outcome) {
		o.after.Messages = otherwise(o.mid.Messages, op.Messages, op.Limit, order, func(m storage.Message) ended {
			if m.State == storage.Queued {
				return ended{}
			}

			return ended{m.DoneAt, m.ID}
		})
		o.after.Links = otherwise(o.mid.Links, op.Links, op.Limit, order, func(l account.Link) ended {
			return ended{l.NotAfter, string(l.Selector)}
		})
		o.after.Attempts = otherwise(o.mid.Attempts, op.Attempts, op.Limit, order, func(a account.Attempts) ended {
			return ended{a.Over, a.Key}
		})
		o.after.Journal = otherwise(o.mid.Journal, op.Journal, op.Limit, order, func(e storage.Entry) ended {
			return ended{e.At, e.Operation}
		})
		o.after.Registrations = otherwise(o.mid.Registrations, op.Registrations, op.Limit, order,
			func(r account.Registration) ended {
				if r.Open() {
					return ended{}
				}

				return ended{r.EndedAt, string(r.ID)}
			})
	})
}

func otherwise[T any](rows []T, before time.Time, limit int, order func(a, b ended) int, end func(T) ended) []T {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b T) int { return order(end(a), end(b)) })

	return slices.DeleteFunc(rows, func(row T) bool {
		goes := !end(row).at.IsZero() && end(row).at.Before(before) && limit > 0
		if goes {
			limit--
		}

		return goes
	})
}
