package storagetest

import (
	"context"
	"fmt"
	"runtime"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// growthCases are about what reading costs.
func growthCases() []Case {
	return []Case{{
		Name: "S8_RosterDoesNotGrow",
		Sentence: "Reader.Roster costs the same in a roster of three and of a million, apart from open requests whose Due is over, " +
			"which somebody has yet to end.",
		Explanation: "The slice of one account is read in a roster of four people and in one of two thousand, and what both " +
			"allocate is compared. A store that reads all rows and then chooses makes every decision in a large structure slow. " +
			"What a server does is not seen here: Bench shows it, and the plans of your statements.",
		test: rosterDoesNotGrow,
	}}
}

func rosterDoesNotGrow(ctx context.Context, s bench) error {
	const (
		few, many = 4, 2000
		reads     = 50
		times     = 4    // a row that must not be read costs several allocations: two thousand, far more than this
		more      = 2000 // allocations
	)

	for n, people := range []int{few, many} {
		roster := head(house(n).ID)
		roster.Attached = people

		for i := range people {
			row := belongs(name[account.ID]("p", i), "", look())
			if i%2 == 1 {
				row = asks(row.Account, int64(i))
			}

			roster.Rows = append(roster.Rows, row)
		}

		b := storage.Batch{Structures: []structure.Structure{house(n)}}
		if n == 0 {
			for i := range few {
				b.Accounts = append(b.Accounts, person(name[account.ID]("p", i)))
			}
		}

		b.Rosters = append(b.Rosters, roster)

		if err := given(ctx, s, b); err != nil {
			return err
		}
	}

	// Others allocate too meanwhile: the least of many reads, taken in turn, is what reading takes.
	var least [2]uint64

	for range reads {
		for n := range least {
			count, err := allocations(func() error {
				_, err := s.Roster(ctx, storage.RosterQuery{Structure: house(n).ID, Accounts: []account.ID{"p-2"}, At: at(0)})

				return err
			})
			if err != nil {
				return none("Roster", err)
			}

			if least[n] == 0 || count < least[n] {
				least[n] = count
			}
		}
	}

	if least[1] > times*least[0]+more {
		return fmt.Errorf("a slice takes %d allocations in a roster of %d, and %d in one of %d", least[0], few, least[1], many)
	}

	return nil
}

// allocations counts what a function allocates.
func allocations(f func() error) (uint64, error) {
	var before, after runtime.MemStats

	runtime.ReadMemStats(&before)

	err := f()

	runtime.ReadMemStats(&after)

	return after.Mallocs - before.Mallocs, err
}
