package storagetest_test

import (
	"context"
	"errors"
	"slices"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

// joins is a double whose joined store writes in another way.
func joins(update func(ctx context.Context, j *joined, f fn) error) func() storage.Store {
	return func() storage.Store {
		return newDouble(seams{joined: func(j *joined) storage.Store { return wrongly{j, update} }})
	}
}

type wrongly struct {
	*joined

	update func(ctx context.Context, j *joined, f fn) error
}

func (w wrongly) Update(ctx context.Context, f fn) error { return w.update(ctx, w.joined, f) }

// unless is a joined store that does something when a batch is refused.
func unless(refused func(ctx context.Context, j *joined, b storage.Batch, err error) error) func() storage.Store {
	return joins(func(ctx context.Context, j *joined, f fn) error {
		var b storage.Batch

		err := j.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			brought, err := f(ctx, r)
			if err == nil {
				b = copyOf(brought)
			}

			return brought, err
		})
		if err == nil {
			return nil
		}

		return refused(ctx, j, b, err)
	})
}

func brokenJoiners() []defect {
	return []defect{
		{
			"a joined store commits at once",
			joins(func(ctx context.Context, j *joined, f fn) error {
				before := len(j.tx.batches)
				if err := j.Update(ctx, f); err != nil {
					return err
				}

				for _, b := range j.tx.batches[before:] {
					j.tx.engine.write([]*waiting{{batch: b}})
				}

				j.tx.batches = j.tx.batches[:before]

				return nil
			}),
			[]string{"S20_WrittenNotCommitted", "S20_RollbackLeavesNothing", "S22_Joined_S1_ErrorRollsBack"},
		},
		{
			"a joined store reads past the transaction",
			func() storage.Store {
				return newDouble(seams{joined: func(j *joined) storage.Store {
					j.Reader = j.tx.engine.mem

					return j
				}})
			},
			[]string{"S20_ReadsSeeTheTransaction", "S22_Joined_S2_NilMeansCommitted"},
		},
		{
			"fn of a joined store reads past the transaction",
			joins(func(ctx context.Context, j *joined, f fn) error {
				return j.Update(ctx, func(ctx context.Context, _ storage.Reader) (storage.Batch, error) {
					return f(ctx, j.tx.engine.mem)
				})
			}),
			[]string{"S20_ReadsSeeTheTransaction"},
		},
		{
			"each joined store sees its own writes only",
			func() storage.Store {
				return newDouble(seams{joined: func(j *joined) storage.Store {
					e := j.tx.engine
					j.tx = &transaction{engine: e, rows: e.replay(e.newRows(), len(e.log)), failed: errors.New("forgotten")}
					j.Reader = j.tx.rows

					return j
				}})
			},
			[]string{"S20_ReadsSeeTheTransaction"},
		},
		{
			"a refused batch undoes the whole transaction",
			unless(func(_ context.Context, j *joined, _ storage.Batch, err error) error {
				e := j.tx.engine
				j.tx.batches, j.tx.rows = nil, e.replay(memory.New(), len(e.log))
				j.Reader = j.tx.rows

				return err
			}),
			[]string{"S21_RefusedBatchLeavesTheTransaction", "S21_FnThatFailsLeavesTheTransaction"},
		},
		{
			"a joined store has no savepoints",
			unless(func(ctx context.Context, j *joined, b storage.Batch, err error) error {
				_ = j.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
					return storage.Batch{Structures: b.Structures}, nil
				})

				return err
			}),
			[]string{"S21_RefusedBatchLeavesTheTransaction", "S22_Joined_S2_LastRowConflicts"},
		},
		{
			"after a refused batch the transaction is of no use",
			unless(func(_ context.Context, j *joined, _ storage.Batch, err error) error {
				j.tx.rows = refusing{j.tx.rows}

				return err
			}),
			[]string{"S21_RefusedBatchLeavesTheTransaction", "S21_FnThatFailsLeavesTheTransaction", "S21_ClashIsALostRace"},
		},
		{
			"after a panic of fn the transaction is of no use",
			joins(func(ctx context.Context, j *joined, f fn) error {
				rows := j.tx.rows
				j.tx.rows = refusing{rows}
				err := (&joined{Reader: j.Reader, tx: &transaction{engine: j.tx.engine, rows: rows}}).Update(ctx, f)
				j.tx.rows = rows

				if err != nil {
					return err
				}

				return nil
			}),
			[]string{"S21_FnThatFailsLeavesTheTransaction", "S22_Joined_S1_PanicRollsBack"},
		},
		{
			"a clash with a committed row is no lost race in a transaction",
			unless(func(_ context.Context, _ *joined, _ storage.Batch, err error) error {
				if errors.Is(err, storage.ErrConflict) {
					return errors.New("could not serialise access")
				}

				return err
			}),
			append(joinedNames(swapsOf("Structure", "Account", "Roster")), "S21_ClashIsALostRace"),
		},
		{
			"the holder's row is looked at when the application commits",
			unless(func(ctx context.Context, j *joined, b storage.Batch, err error) error {
				if !errors.Is(err, memory.ErrBatch) {
					return err
				}

				for i := range b.Rosters {
					b.Rosters[i].Holder = ""
				}

				j.tx.failed = err

				return j.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) { return b, nil })
			}),
			[]string{"S22_HolderIsLookedAtBeforeUpdateReturns", "S22_Joined_S6_D2_HolderHasARow"},
		},
	}
}

// refusing is a store that writes nothing.
type refusing struct{ storage.Store }

func (refusing) Update(context.Context, fn) error {
	return errors.New("current transaction is aborted")
}

// inTransaction is how the names of the ordinary cases begin that are tried on a joined store.
const inTransaction = "S22_Joined_"

// joinedDefects are the ordinary defects, of a joined store.
func joinedDefects(ordinary []defect) []defect {
	var cases []string
	for _, c := range storagetest.Cases() {
		cases = append(cases, c.Name)
	}

	var out []defect

	for _, d := range ordinary {
		// Some cases need several callers at once, and are not for a joined store.
		caught := slices.DeleteFunc(joinedNames(d.caught), func(name string) bool { return !slices.Contains(cases, name) })
		if len(caught) == 0 {
			continue
		}

		newStore := func() storage.Store { return newDouble(seams{newRows: d.newStore}) }
		out = append(out, defect{"in a transaction: " + d.name, newStore, caught})
	}

	return out
}

func joinedNames(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = inTransaction + name
	}

	return out
}
