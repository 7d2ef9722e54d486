package storagetest_test

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

// tells is a double that says something else of a commit that went wrong.
func tells(tell func(e *engine, how storagetest.Sabotage, w *waiting, at int) error) func() storage.Store {
	return func() storage.Store { return newDouble(seams{tell: tell}) }
}

// shares is a double that commits a group in another way.
func shares(share func(e *engine, group []*waiting) []error) func() storage.Store {
	return func() storage.Store { return newDouble(seams{share: share}) }
}

// trusting writes a group as a whole, and none of it if one of it is refused.
func trusting(answers func(each []error) []error) func() storage.Store {
	return shares(func(e *engine, group []*waiting) []error {
		rows := e.replay(memory.New(), len(e.log))
		each := make([]error, len(group))

		for i, w := range group {
			each[i] = insert(e.disk, rows, w.batch)
		}

		if err := errors.Join(each...); err != nil && len(group) > 1 {
			return answers(each)
		}

		return e.write(group)
	})
}

// honest is what a right store says of a commit that went wrong.
func honest(how storagetest.Sabotage) error {
	if how == storagetest.Refused {
		return errEngine
	}

	return storage.ErrUncertain
}

func brokenCommits() []defect {
	return []defect{
		{
			"the error of a commit is swallowed",
			tells(func(*engine, storagetest.Sabotage, *waiting, int) error { return nil }),
			[]string{"S2_RefusedCommit", "S2_LostCommit", "S2_NeighboursOfALostCommit", "S2_D1_LostRegistration", "S2_D5_LostDecision"},
		},
		{
			"a commit that was lost is told as a lost race",
			tells(func(_ *engine, how storagetest.Sabotage, _ *waiting, _ int) error {
				if how == storagetest.Refused {
					return errEngine
				}

				return storage.ErrConflict
			}),
			[]string{"S2_LostCommit", "S2_NeighboursOfALostCommit", "S2_D5_LostDecision"},
		},
		{
			"a commit that was lost is told as one that failed",
			tells(func(*engine, storagetest.Sabotage, *waiting, int) error { return errEngine }),
			[]string{"S2_LostCommit", "S2_NeighboursOfALostCommit", "S2_D1_LostRegistration", "S2_CallerGoesAwayDuringALostCommit"},
		},
		{
			"a batch that was lost is written again, and loses against itself",
			tells(func(e *engine, how storagetest.Sabotage, w *waiting, _ int) error {
				if how == storagetest.Refused {
					return errEngine
				}

				return e.write([]*waiting{w})[0]
			}),
			[]string{"S2_LostCommit"},
		},
		{
			"a lost commit leaves half a batch",
			func() storage.Store {
				return newDouble(seams{half: func(b storage.Batch) storage.Batch {
					return storage.Batch{Messages: b.Messages[:min(1, len(b.Messages))]}
				}})
			},
			[]string{"S2_LostCommit", "S2_NeighboursOfALostCommit"},
		},
		{
			"of those who share a commit only the first is told that it went wrong",
			tells(func(_ *engine, how storagetest.Sabotage, _ *waiting, at int) error {
				if at > 0 {
					return nil
				}

				return honest(how)
			}),
			[]string{"S2_NeighboursOfALostCommit"},
		},
		{
			"after one lost commit nothing is certain any more",
			shares(func(e *engine, group []*waiting) []error {
				answers := e.write(group)

				for i := range answers {
					if e.lost {
						answers[i] = storage.ErrUncertain
					}
				}

				return answers
			}),
			[]string{"S2_LostCommit", "S2_RefusedCommit", "S2_D1_LostRegistration"},
		},
		{
			"a refused batch takes its neighbours along, who are told nil",
			trusting(func(each []error) []error { return each }),
			[]string{"S2_NeighboursOfARefusedBatch"},
		},
		{
			"a refused batch takes its neighbours along, who are told the same",
			trusting(func(each []error) []error {
				for _, err := range each {
					if err != nil {
						for i := range each {
							each[i] = err
						}

						break
					}
				}

				return each
			}),
			[]string{"S2_NeighboursOfARefusedBatch"},
		},
	}
}

// reopens is a double whose rows are opened again in another way.
func reopens(again func(d *double) storage.Store) func() storage.Store {
	return func() storage.Store { return newDouble(seams{again: again}) }
}

func brokenHandles() []defect {
	return []defect{
		{
			"the last commit is lost when the rows are opened again",
			reopens(func(d *double) storage.Store { return d.replay(memory.New(), max(0, len(d.log)-1)) }),
			[]string{"S2_StillThereWhenReopened"},
		},
		{
			"one kind of row is lost when the rows are opened again",
			reopens(func(d *double) storage.Store {
				out := memory.New()

				for _, b := range d.log {
					b = copyOf(b)
					b.Credentials = nil

					if err := insert(d.disk, out, b); err != nil {
						panic(err)
					}
				}

				return out
			}),
			[]string{"S2_StillThereWhenReopened"},
		},
		{
			"a store knows what it wrote itself, and what was there when it was opened",
			reopens(func(d *double) storage.Store {
				own := d.replay(memory.New(), len(d.log))

				return &remembering{double: &double{Reader: own, engine: d.engine}, own: own}
			}),
			[]string{"S14_HandlesSeeEachOther"},
		},
		{
			"each store has rows of its own",
			reopens(func(*double) storage.Store { return newDouble(seams{}) }),
			[]string{
				"S14_HandlesSeeEachOther", "S14_KeysAcrossHandles", "S14_VersionsOverTwoHandles", "S14_C1_OneRowOverTwoHandles",
				"S13_S14_PagesOverTwoHandles",
			},
		},
		{
			"only the store that gave a cursor knows it",
			func() storage.Store {
				d := newDouble(seams{again: func(d *double) storage.Store {
					return &double{Reader: newCursors(d.mem), engine: d.engine}
				}})
				d.Reader = newCursors(d.mem)

				return d
			},
			[]string{"S13_S14_PagesOverTwoHandles"},
		},
	}
}

// remembering is a store that reads what it remembers, and writes rightly.
type remembering struct {
	*double

	own storage.Store
}

func (r *remembering) Update(ctx context.Context, f fn) error {
	b, err := deciding(ctx, r.mem, f)
	if err != nil {
		return err
	}

	if err := r.commit(ctx, b); err != nil {
		return err
	}

	_ = insert(ctx, r.own, b)

	return nil
}

// cursors are a reader's cursors, which it keeps.
type cursors struct {
	storage.Reader

	mu    *sync.Mutex
	after map[string]string
}

func newCursors(r storage.Reader) cursors { return cursors{r, new(sync.Mutex), map[string]string{}} }

func (c cursors) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	w := q.Bounds()

	if w.After != "" {
		after, ok := c.after[w.After]
		if !ok {
			return storage.Page{}, storage.ErrAfter
		}

		w.After = after
		q = within(q, w)
	}

	page, err := c.Reader.Page(ctx, q)
	if page.Next != "" {
		key := strconv.Itoa(len(c.after))
		c.after[key], page.Next = page.Next, key
	}

	return page, err
}
