package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Bench measures what the portal asks of a store most, each as a sub-benchmark on a store of its own from newStore, which
// must return an empty one. Run it with -cpu to see more callers at once.
//
//   - Change: one change to a roster, read, decided and written with its row, account, message and journal entry. Alone;
//     Parallel on a structure for each caller; Contended on one structure, where whoever loses a race tries again, with
//     the races lost for each change as races/op.
//   - Roster: reading a slice, in a roster of 3 and of 10,000. The latter reports how many times the former it costs as
//     times-3: about 1, by sentence 8 of the contract.
//   - Memberships of an account in 10 structures; a page of OpenRequests among 10,000; a page of DueMessages among 10,000.
func Bench(b *testing.B, newStore func(b *testing.B) storage.Store) {
	b.Helper()

	for _, bm := range benches() {
		b.Run(bm.name, func(b *testing.B) { bm.run(b, newStore(b)) })
	}
}

// many is how many rows there are where there are many.
const many = 10_000

// benchmark is one sub-benchmark.
type benchmark struct {
	name string
	run  func(b *testing.B, s storage.Store)
}

func benches() []benchmark {
	ofThree := 0.0 // nanoseconds for a slice of a roster of 3; 0 = not measured

	return []benchmark{
		{"Change/Alone", benchAlone},
		{"Change/Parallel", benchParallel},
		{"Change/Contended", benchContended},
		{"Roster/Of3", func(b *testing.B, s storage.Store) {
			b.Helper()

			ofThree = benchRoster(b, s, attachment.QueueLength)
		}},
		{"Roster/Of10000", func(b *testing.B, s storage.Store) {
			b.Helper()

			if each := benchRoster(b, s, many); ofThree > 0 {
				b.ReportMetric(each/ofThree, "times-3")
			}
		}},
		{"Memberships/Of10", benchMemberships},
		{"Page/OpenRequests", benchRequests},
		{"Page/DueMessages", benchMessages},
	}
}

// prepare writes what a benchmark begins with.
func prepare(b *testing.B, s storage.Store, rows storage.Batch) {
	b.Helper()

	if err := given(b.Context(), s, rows); err != nil {
		b.Fatal(err)
	}
}

// estate is the n-th structure with a manager of its own.
func estate(n int) storage.Batch {
	manager := person(name[account.ID]("manager", n))
	r := head(house(n).ID)
	r.Standing, r.Holder, r.Attached = attachment.Managed, manager.ID, 1
	r.Rows = []attachment.Attachment{belongs(manager.ID, "", look(), act())}

	return storage.Batch{
		Structures: []structure.Structure{house(n)}, Accounts: []account.Account{manager}, Rosters: []attachment.Roster{r},
	}
}

// change makes one change to the n-th estate, as a use case does: it reads, decides, and writes one batch. id is used
// once.
func change(ctx context.Context, s storage.Store, n int, id string) error {
	where, who := house(n).ID, name[account.ID]("manager", n)

	return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		slice, err := r.Roster(ctx, storage.RosterQuery{Structure: where, Accounts: []account.ID{who}, At: at(0)})
		if err != nil {
			return storage.Batch{}, err
		}

		next := slice.Roster
		row, _ := next.Row(attachment.Key{Account: who})
		row.Order, next.Rows = next.Version+1, nil
		next.Rows = append(next.Rows, row)

		m := note("m-"+id, at(0))
		m.Account, m.Structure = who, where

		return storage.Batch{
			Guards:   []storage.Guard{storage.StructureAt{ID: where, Version: slice.Facts.Structure.Version}},
			Accounts: []account.Account{slice.Facts.Accounts[who]},
			Rosters:  []attachment.Roster{next},
			Messages: []storage.Message{m},
			Journal: []storage.Entry{{
				Operation: "o-" + id, Try: 1, At: at(0), Actor: account.By(who), Action: "request made", Structure: where,
				Version: next.Version + 1, Account: who,
			}},
		}, nil
	})
}

func benchAlone(b *testing.B, s storage.Store) {
	b.Helper()
	prepare(b, s, estate(0))

	for n := 0; b.Loop(); n++ {
		if err := change(b.Context(), s, 0, strconv.Itoa(n)); err != nil {
			b.Fatal(err)
		}
	}
}

// benchParallel gives every caller a structure of its own, so that nobody loses a race.
func benchParallel(b *testing.B, s storage.Store) {
	b.Helper()

	const most = 512 // callers; GOMAXPROCS at the most

	for n := range most {
		prepare(b, s, estate(n))
	}

	var callers atomic.Int64

	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		mine := int(callers.Add(1)-1) % most

		for n := 0; pb.Next(); n++ {
			if err := change(b.Context(), s, mine, fmt.Sprint(mine, "-", n)); err != nil {
				b.Error(err)

				return
			}
		}
	})
}

func benchContended(b *testing.B, s storage.Store) {
	b.Helper()
	prepare(b, s, estate(0))

	const callers = 8 // for each of GOMAXPROCS

	var ids, races atomic.Int64

	b.SetParallelism(callers)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := storage.ErrConflict
			for tries := 0; errors.Is(err, storage.ErrConflict); tries++ {
				if tries > 0 {
					races.Add(1)
				}

				err = change(b.Context(), s, 0, strconv.FormatInt(ids.Add(1), 10))
			}

			if err != nil {
				b.Error(err)

				return
			}
		}
	})
	b.ReportMetric(float64(races.Load())/float64(b.N), "races/op")
}

// fullHouse is a structure with n rows and no manager: three requests, and behind them a third that ask, a third that are
// attached, and a third that were refused. A slice of it holds the same rows whatever n is.
func fullHouse(n int) storage.Batch {
	r := head(house(0).ID)
	r.Standing = attachment.Vacant
	rows := storage.Batch{Structures: []structure.Structure{house(0)}}

	for i := range n {
		id := name[account.ID]("p", i)
		row := asks(id, int64(i+1))

		switch {
		case i < attachment.QueueLength || i%3 == 0:
		case i%3 == 1:
			row = belongs(id, "", look())
			r.Attached++
		default:
			row.State = attachment.Refused
		}

		rows.Accounts = append(rows.Accounts, person(id))
		r.Rows = append(r.Rows, row)
	}

	rows.Rosters = []attachment.Roster{r}

	return rows
}

// benchRoster measures a slice, and returns how long one took, in nanoseconds.
func benchRoster(b *testing.B, s storage.Store, n int) float64 {
	b.Helper()
	prepare(b, s, fullHouse(n))

	q := storage.RosterQuery{Structure: house(0).ID, Accounts: []account.ID{"p-0"}, At: at(0)}

	for b.Loop() {
		got, err := s.Roster(b.Context(), q)
		if err != nil || len(got.Roster.Rows) != attachment.QueueLength {
			b.Fatal(len(got.Roster.Rows), err)
		}
	}

	return float64(b.Elapsed().Nanoseconds()) / float64(b.N)
}

func benchMemberships(b *testing.B, s storage.Store) {
	b.Helper()

	const structures = 10

	rows := storage.Batch{Accounts: []account.Account{person("anne")}}

	for n := range structures {
		e := estate(n)
		e.Rosters[0].Attached++
		e.Rosters[0].Rows = append(e.Rosters[0].Rows, belongs("anne", "", look(), act()))
		rows.Structures = append(rows.Structures, e.Structures...)
		rows.Accounts = append(rows.Accounts, e.Accounts...)
		rows.Rosters = append(rows.Rosters, e.Rosters...)
	}

	prepare(b, s, rows)

	for b.Loop() {
		got, err := s.Memberships(b.Context(), "anne")
		if err != nil || len(got.Rows) != structures {
			b.Fatal(len(got.Rows), err)
		}
	}
}

// benchPage measures a default page from the middle of a list, where a store that counts rows from the start is slow.
func benchPage[T any](b *testing.B, s storage.Store, q func(storage.Window) storage.Of[T]) {
	b.Helper()

	before, err := storage.List(b.Context(), s, q(storage.Window{Limit: storage.MaxLimit}))
	if err != nil {
		b.Fatal(err)
	}

	for b.Loop() {
		got, err := storage.List(b.Context(), s, q(storage.Window{After: before.Next}))
		if err != nil || len(got.Rows) != storage.DefaultLimit {
			b.Fatal(len(got.Rows), err)
		}
	}
}

func benchRequests(b *testing.B, s storage.Store) {
	b.Helper()

	rows := estate(0)
	for i := range many {
		id := name[account.ID]("p", i)
		rows.Accounts = append(rows.Accounts, person(id))
		rows.Rosters[0].Rows = append(rows.Rosters[0].Rows, asks(id, int64(i+1)))
	}

	prepare(b, s, rows)
	benchPage(b, s, func(w storage.Window) storage.Of[storage.OpenRequest] {
		return storage.OpenRequests{Window: w, Structures: []structure.ID{house(0).ID}, At: at(0)}
	})
}

func benchMessages(b *testing.B, s storage.Store) {
	b.Helper()

	var rows storage.Batch
	for i := range many {
		rows.Messages = append(rows.Messages, note(fmt.Sprintf("m-%05d", i), at(i)))
	}

	prepare(b, s, rows)
	benchPage(b, s, func(w storage.Window) storage.Of[storage.Message] {
		return storage.DueMessages{Window: w, At: at(many)}
	})
}
