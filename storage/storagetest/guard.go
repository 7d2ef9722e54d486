package storagetest

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const guardSentence = "A Guard compares like a swap and writes nothing; what it found holds until the batch is committed. A " +
	"guard of version 0, or of a row that is not there, is a lost race too."

// guard is a kind of guard, with the rows that it guards: a number is a row.
type guard struct {
	kind string
	of   func(n int, version int64) storage.Guard
	row  func(n int, version int64) storage.Batch
}

func guards() []guard {
	ground := func(n int) structure.ID { return name[structure.ID]("ground", n) }

	return []guard{
		{
			"Account",
			func(n int, v int64) storage.Guard {
				return storage.AccountAt{ID: name[account.ID]("guarded", n), Version: v}
			},
			func(n int, v int64) storage.Batch {
				row := person(name[account.ID]("guarded", n))
				row.Version = v

				return storage.Batch{Accounts: []account.Account{row}}
			},
		},
		{
			"Structure",
			func(n int, v int64) storage.Guard {
				return storage.StructureAt{ID: name[structure.ID]("guarded", n), Version: v}
			},
			func(n int, v int64) storage.Batch {
				row := structure.New(name[structure.ID]("guarded", n), siret(2000+n), at(0))
				row.Version = v

				return storage.Batch{Structures: []structure.Structure{row}}
			},
		},
		{
			"Service",
			func(n int, v int64) storage.Guard {
				return storage.ServiceAt{Structure: ground(n), Code: "SRV", Version: v}
			},
			func(n int, v int64) storage.Batch {
				return storage.Batch{Services: []structure.Service{{Structure: ground(n), Code: "SRV", Version: v}}}
			},
		},
		{
			"Roster",
			func(n int, v int64) storage.Guard { return storage.RosterAt{Structure: ground(n), Version: v} },
			func(n int, v int64) storage.Batch {
				row := head(ground(n))
				row.Version, row.Rows = v, []attachment.Attachment{asks("jean", 1)}

				return storage.Batch{Rosters: []attachment.Roster{row}}
			},
		},
	}
}

// ground is what the first rows of every kind hang on.
func ground(rows int) storage.Batch {
	b := base()

	for n := range rows {
		b.Structures = append(b.Structures, structure.New(name[structure.ID]("ground", n), siret(5000+n), at(0)))
	}

	return b
}

// guardCases are about guards.
func guardCases() []Case {
	var out []Case

	for _, g := range guards() {
		out = append(out, Case{
			Name:     "S4_Guard" + g.kind,
			Sentence: guardSentence,
			Explanation: "A guard of each version, of a row that is there and of one that is not: alone, beside rows of every " +
				"kind, and before and after guards that hold. What a decision relied on must still hold when it is written.",
			test: func(ctx context.Context, s bench) error { return guarded(ctx, s, g) },
		}, Case{
			Name:     "S4_Guard" + g.kind + "HoldsUnderRace",
			Sentence: guardSentence,
			Explanation: "Of two batches at once, each guards the row that the other writes; of three, each the next one's. A " +
				"guard that is looked at before the commit begins lets all of them through, and each rests on what is no more.",
			test: func(ctx context.Context, s bench) error { return skewed(ctx, s, []guard{g}) },
		})
	}

	return append(out, Case{
		Name:     "S4_GuardsHoldUnderRace",
		Sentence: guardSentence,
		Explanation: "Of two batches at once, each guards the row that the other writes, of another kind. If both are " +
			"applied, a manager hands over to an account that was deactivated in the same moment, and the structure has no " +
			"manager.",
		test: func(ctx context.Context, s bench) error { return skewed(ctx, s, guards()) },
	}, Case{
		Name:     "S4_ManyGuards",
		Sentence: guardSentence,
		Explanation: "A batch rests on more than a thousand guards of every kind, of which one, at every place in its turn, " +
			"does not hold. Each of them was relied on.",
		test: manyGuards,
	})
}

func guarded(ctx context.Context, s bench, g guard) error {
	const there, missing, other = 0, 1, 2 // the other one differs in its version, and a service has the same code there

	if err := given(ctx, s, beside(ground(3), g.row(other, 0))); err != nil {
		return err
	}

	var others []storage.Guard // that hold

	for _, kind := range guards() {
		if err := given(ctx, s, kind.row(there, 0)); err != nil {
			return err
		}

		if kind.kind == g.kind {
			if err := given(ctx, s, kind.row(there, 1)); err != nil {
				return err
			}

			continue
		}

		others = append(others, kind.of(there, 1))
	}

	for i, try := range []struct {
		what  string
		guard storage.Guard
		want  error
	}{
		{"the version of the row", g.of(there, 2), nil},
		{"the version before", g.of(there, 1), storage.ErrConflict},
		{"a version to come", g.of(there, 3), storage.ErrConflict},
		{"the last version of all", g.of(there, math.MaxInt64), storage.ErrConflict},
		{"a version below all", g.of(there, -1), storage.ErrConflict},
		{"version 0, of a row that is there", g.of(there, 0), storage.ErrConflict},
		{"version 0, of a row that is not", g.of(missing, 0), storage.ErrConflict},
		{"version 1, of a row that is not there", g.of(missing, 1), storage.ErrConflict},
		{"a version below all, of a row that is not there", g.of(missing, -1), storage.ErrConflict},
		{"the version of the row, of one that is not there", g.of(missing, 2), storage.ErrConflict},
		{"the version of the row, of another one", g.of(other, 2), storage.ErrConflict},
		{"the version of that other one", g.of(other, 1), nil},
	} {
		for j, b := range []storage.Batch{
			{Guards: []storage.Guard{try.guard}},
			beside(full(100+i, 0), storage.Batch{Guards: []storage.Guard{try.guard}}),
			{
				Guards:   slices.Concat([]storage.Guard{try.guard}, others),
				Messages: []storage.Message{note(fmt.Sprintf("first-%d", i), at(0))},
			},
			{
				Guards:   slices.Concat(others, []storage.Guard{try.guard}),
				Messages: []storage.Message{note(fmt.Sprintf("last-%d", i), at(0))},
			},
		} {
			what := try.what + [...]string{", alone", ", beside rows", ", before other guards", ", after other guards"}[j]
			if err := answered(ctx, s, what, b, try.want); err != nil {
				return err
			}
		}
	}

	return none("the row that was guarded", stored(ctx, s, g.row(there, 1), 2))
}

// answered writes a batch of new rows: they are all there if it is taken, and none is if it is not.
func answered(ctx context.Context, s bench, what string, b storage.Batch, want error) error {
	err := write(ctx, s, b)
	if want == nil {
		return steps(
			func() error { return none(what, err) },
			func() error { return none(what, stored(ctx, s, b, 1)) },
		)
	}

	return steps(
		func() error { return is(what, err, want) },
		func() error { return none(what, absent(ctx, s, b)) },
	)
}

func manyGuards(ctx context.Context, s bench) error {
	const rows = 251 // of each of four kinds

	all := append(make([]storage.Batch, 0, 4*rows+1), ground(rows))
	hold := make([]storage.Guard, 0, 4*rows)

	for n := range rows {
		for _, kind := range guards() {
			all = append(all, kind.row(n, 0))
			hold = append(hold, kind.of(n, 1))
		}
	}

	if err := given(ctx, s, beside(all...)); err != nil {
		return err
	}

	for _, place := range []int{0, 1, 2, 3, 199, 200, 201, 255, 256, 499, 500, 999, 1000, len(hold) - 1} {
		b := storage.Batch{Guards: slices.Clone(hold), Messages: []storage.Message{note(name[string]("m", place), at(0))}}
		b.Guards[place] = guards()[place%4].of(place/4, 2)

		if err := answered(ctx, s, fmt.Sprintf("%d guards, of which number %d fails", len(hold), place), b,
			storage.ErrConflict); err != nil {
			return err
		}
	}

	return answered(ctx, s, fmt.Sprintf("%d guards that hold", len(hold)),
		storage.Batch{Guards: hold, Messages: []storage.Message{note("held", at(0))}}, nil)
}
