package storagetest_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// rowsInSpiteOfTheHead writes the rows of a roster whose head has another version.
func rowsInSpiteOfTheHead(ctx context.Context, s *memory.Store, f fn) error {
	b, err := decides(ctx, s, f)
	if err != nil {
		return err
	}

	if err = put(ctx, s, b); !errors.Is(err, storage.ErrConflict) {
		return err
	}

	for _, r := range b.Rosters {
		stored, readErr := s.Roster(ctx, storage.RosterQuery{Structure: r.Structure})
		if readErr == nil && stored.Roster.Version > 0 {
			head := stored.Roster
			head.Rows = r.Rows

			_ = put(ctx, s, storage.Batch{Rosters: []attachment.Roster{head}})
		}
	}

	return err
}

// longer is a queue of more than a slice shows.
func longer(ctx context.Context, r storage.Reader, q storage.RosterQuery, s *storage.Slice) {
	page, _ := storage.List(ctx, r, storage.OpenRequests{Structures: []structure.ID{q.Structure}})
	for _, row := range page.Rows {
		id := row.Attachment.Account
		if len(s.Roster.Queue) == attachment.QueueLength && !slices.Contains(s.Roster.Queue, id) {
			s.Roster.Queue = append(s.Roster.Queue, id)
		}
	}
}

// sliced is a store whose slices are read and changed.
func sliced(change func(ctx context.Context, r storage.Reader, q storage.RosterQuery, s *storage.Slice)) func() storage.Store {
	return reads(func(r storage.Reader) storage.Reader { return slicer{r, change} })
}

// thorough reads the whole roster for each slice.
func thorough(ctx context.Context, r storage.Reader, q storage.RosterQuery, _ *storage.Slice) {
	page, _ := storage.List(ctx, r, storage.OpenRequests{
		Structures: []structure.ID{q.Structure}, Window: storage.Window{Limit: storage.MaxLimit},
	})
	for _, row := range page.Rows {
		q.Accounts = append(q.Accounts, row.Attachment.Account)
	}

	_, _ = r.Roster(ctx, q)
}

type slicer struct {
	storage.Reader

	change func(ctx context.Context, r storage.Reader, q storage.RosterQuery, s *storage.Slice)
}

func (s slicer) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	got, err := s.Reader.Roster(ctx, q)
	if err == nil {
		s.change(ctx, s.Reader, q, &got)
	}

	return got, err
}

// newestByTime takes the registration that was made last for the newest.
func newestByTime(ctx context.Context, r storage.Reader, q storage.RosterQuery, s *storage.Slice) {
	page, _ := storage.List(ctx, r, storage.RegistrationsOf{Login: q.Login})

	var last time.Time

	for _, reg := range page.Rows {
		if reg.Structure == q.Structure && !reg.CreatedAt.Before(last) {
			s.Newest, last = reg.ID, reg.CreatedAt
		}
	}
}

// members changes what an account belongs to, and links.
type members struct {
	storage.Reader

	rows  func(ctx context.Context, r storage.Reader, m *storage.Memberships)
	links func([]account.Link) []account.Link
}

func (m members) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	got, err := m.Reader.Memberships(ctx, id)
	if err == nil && m.rows != nil {
		m.rows(ctx, m.Reader, &got)
	}

	return got, err
}

func (m members) Links(ctx context.Context, id account.ID, p account.Purpose) ([]account.Link, error) {
	got, err := m.Reader.Links(ctx, id, p)
	if m.links != nil {
		got = m.links(got)
	}

	return got, err
}

// withRequests takes requests for memberships.
func withRequests(ctx context.Context, r storage.Reader, m *storage.Memberships) {
	page, _ := storage.List(ctx, r, storage.OpenRequests{Structures: []structure.ID{"house-4"}})
	for _, row := range page.Rows {
		if row.Attachment.Account == m.Account.ID {
			m.Rows = append(m.Rows, storage.Membership{Attachment: row.Attachment, Structure: row.Structure, Service: row.Service})
		}
	}
}

func rosterDefects() []defect {
	return []defect{
		{
			"rows are written in spite of the head", writes(rowsInSpiteOfTheHead),
			[]string{"S4_S6_LostRosterLeavesNoRow", "S4_CompareAndSwapRoster"},
		},
		{
			"heads are written without their rows",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, r := range b.Rosters {
					if r.Version > 0 {
						b.Rosters[i].Rows = nil
					}
				}

				return b
			}),
			[]string{"S4_CompareAndSwapRoster", "S6_RowsNotNamedStay", "S6_RowsAreReplacedWhole"},
		},
		{"a queue is longer than a slice shows", sliced(longer), []string{"Roster_D1_Queue", "Roster_Slice"}},
		{
			"a queue is shorter than a slice shows",
			slicesWith(func(_ storage.RosterQuery, s *storage.Slice) {
				s.Roster.Queue = s.Roster.Queue[:min(len(s.Roster.Queue), attachment.QueueLength-1)]
			}),
			[]string{"Roster_D1_Queue", "Roster_Slice"},
		},
		{
			"a queue goes by account",
			slicesWith(func(_ storage.RosterQuery, s *storage.Slice) { slices.Sort(s.Roster.Queue) }),
			[]string{"Roster_D1_Queue"},
		},
		{"all rows of a roster are read for a slice", sliced(thorough), []string{"S8_RosterDoesNotGrow"}},
		{
			"the newest of several with one order is any of them",
			sliced(func(ctx context.Context, r storage.Reader, q storage.RosterQuery, s *storage.Slice) {
				page, _ := storage.List(ctx, r, storage.OpenRequests{Structures: []structure.ID{q.Structure}})
				newest, _ := s.Roster.Row(attachment.Key{Account: s.Newest})

				for _, row := range page.Rows {
					if row.Login.Key() == q.Login && row.Attachment.Order == newest.Order && row.Attachment.Account < s.Newest {
						s.Newest = row.Attachment.Account
					}
				}
			}),
			[]string{"Roster_B14_Newest"},
		},
		{
			"a holder without a row is told as a lost race",
			answers(func(_ storage.Batch, err error) error {
				if errors.Is(err, memory.ErrBatch) {
					return storage.ErrConflict
				}

				return err
			}),
			[]string{"S6_D2_HolderHasARow"},
		},
		{"the newest of a login goes by time", sliced(newestByTime), []string{"Roster_B14_Newest"}},
		{
			"the newest of a login has no rows",
			slicesWith(func(_ storage.RosterQuery, s *storage.Slice) {
				s.Roster.Rows = slices.DeleteFunc(s.Roster.Rows, func(row attachment.Attachment) bool {
					return row.Account == s.Newest
				})
			}),
			[]string{"Roster_B14_Newest", "Roster_Slice"},
		},
		{
			"the holder has no rows unless asked for",
			slicesWith(func(q storage.RosterQuery, s *storage.Slice) {
				s.Roster.Rows = slices.DeleteFunc(s.Roster.Rows, func(row attachment.Attachment) bool {
					return row.Account == s.Roster.Holder && !slices.Contains(q.Accounts, row.Account)
				})
			}),
			[]string{"Roster_Slice"},
		},
		{
			"requests are memberships",
			reads(func(r storage.Reader) storage.Reader { return members{Reader: r, rows: withRequests} }),
			[]string{"Memberships_E7"},
		},
		{
			"memberships are in no order",
			reads(func(r storage.Reader) storage.Reader {
				return members{Reader: r, rows: func(_ context.Context, _ storage.Reader, m *storage.Memberships) { slices.Reverse(m.Rows) }}
			}),
			[]string{"Memberships_E7"},
		},
		{
			"links come oldest first",
			reads(func(r storage.Reader) storage.Reader {
				return members{Reader: r, links: func(links []account.Link) []account.Link {
					slices.Reverse(links)

					return links
				}}
			}),
			[]string{"Links_B7_Newest"},
		},
		{
			"there are fewer links than there may be",
			reads(func(r storage.Reader) storage.Reader {
				return members{Reader: r, links: func(links []account.Link) []account.Link {
					return links[:min(len(links), storage.LinksLength-1)]
				}}
			}),
			[]string{"Links_B7_Newest"},
		},
	}
}
