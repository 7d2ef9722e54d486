package storagetest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
	"github.com/guichet-pro/guichet/structure"
)

const (
	seesTheBatch = "S16_OperationsSeeTheBatch"
	inOrder      = "S16_OperationsInOrder"
	leavesNone   = "S16_RefusedOperationLeavesNothing"
	copyRace     = "S16_CopyMissesNoRow"
	eraseRace    = "S16_ErasureMissesNoRow"
	copied       = "S17_C9_CopyStructure"
	copiedVacant = "S17_C9_CopyOfAVacantStructure"
	noCopy       = "S17_CopyIsRefused"
	erased       = "S18_B12_EraseAccount"
	erasedAgain  = "S18_ErasingTwiceDoesNoHarm"
	noErasure    = "S18_ErasureIsRefused"
	registered   = "S19_G3_PurgeRegistrations"
	mailed       = "S19_G3_PurgeMessages"
	linked       = "S19_G3_PurgeLinks"
	tried        = "S19_G3_PurgeAttempts"
	journaled    = "S19_G3_PurgeJournal"
	bounded      = "S19_PurgeIsBounded"
	purgedAll    = "S19_PurgeOfAllKinds"
)

// Only the cases that a defect is named for are run on it: there are many of both. That each case catches something is
// looked at here too.
func TestEveryBrokenOperationIsCaughtByName(t *testing.T) {
	t.Parallel()

	if raced {
		t.Skip("races of stores that are wrong on purpose show nothing, and take minutes: run it without -race, as `make test` does")
	}

	caught := map[string]bool{}

	for _, d := range brokenOperations() {
		for _, name := range d.caught {
			caught[name] = true
		}

		t.Run(d.name, func(t *testing.T) {
			t.Parallel()

			for _, name := range d.caught {
				if len(storagetest.CheckOne(name, d.newStore, nil).Broken) == 0 {
					t.Errorf("%s did not catch it", name)
				}
			}
		})
	}

	for _, name := range aboutOperations() {
		if !caught[name] {
			t.Errorf("no defect is caught by %s", name)
		}
	}
}

// aboutOperations are the names of the cases about sentences 16 to 19.
func aboutOperations() []string {
	var out []string

	for _, c := range storagetest.Cases() {
		if sentence, _, _ := strings.Cut(c.Name, "_"); slices.Contains([]string{"S16", "S17", "S18", "S19"}, sentence) {
			out = append(out, c.Name)
		}
	}

	return out
}

// A bungler that bungles nothing is a right store: what the defects are caught by is what they do.
func TestARightBunglerHasNoFailures(t *testing.T) {
	for _, name := range aboutOperations() {
		for _, f := range storagetest.CheckOne(name, bungles(func(*outcome) {}), nil).Broken {
			t.Error(f)
		}
	}
}

// brokenOperations are stores that apply operations wrongly.
func brokenOperations() []defect {
	return slices.Concat(brokenBatches(), brokenVersions(), brokenCopies(), brokenErasures(), brokenPurges())
}

// asks is a store whose operations are others than those it was given.
func asks(other func(ctx context.Context, r storage.Reader, op storage.Operation) []storage.Operation) func() storage.Store {
	return tampers(func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
		var ops []storage.Operation
		for _, op := range b.Operations {
			ops = append(ops, other(ctx, r, op)...)
		}

		b.Operations = ops

		return b
	})
}

// brokenBatches are wrong in when operations are applied, and in what happens when one is refused.
func brokenBatches() []defect {
	return []defect{
		{
			"operations are ignored",
			asks(func(context.Context, storage.Reader, storage.Operation) []storage.Operation { return nil }),
			[]string{
				seesTheBatch, inOrder, leavesNone, copyRace, eraseRace, copied, copiedVacant, noCopy, erased, erasedAgain,
				noErasure, registered, mailed, linked, tried, journaled, bounded, purgedAll,
			},
		},
		{
			"operations come before the rows",
			writes(inTurn(func(b *storage.Batch) (first storage.Batch) {
				first.Operations, b.Operations = b.Operations, nil

				return first
			})),
			[]string{seesTheBatch},
		},
		{
			"operations are a transaction of their own",
			writes(inTurn(func(b *storage.Batch) (first storage.Batch) {
				first = *b
				first.Operations = nil
				*b = storage.Batch{Operations: b.Operations}

				return first
			})),
			[]string{leavesNone, noCopy, noErasure},
		},
		{
			"operations are applied twice",
			asks(func(_ context.Context, _ storage.Reader, op storage.Operation) []storage.Operation {
				return []storage.Operation{op, op}
			}),
			[]string{copied, copiedVacant, erased, registered, mailed, linked, tried, journaled},
		},
		{
			"only the first operation is applied",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				b.Operations = b.Operations[:min(len(b.Operations), 1)]

				return b
			}),
			[]string{inOrder, leavesNone},
		},
		{
			"operations are applied in the wrong order",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				slices.Reverse(b.Operations)

				return b
			}),
			[]string{inOrder},
		},
		{
			"a refused operation leaves the rows of its batch",
			writes(leavesRows),
			[]string{leavesNone, noCopy, noErasure},
		},
		{
			"a refused operation is told as success",
			mends(isConflict, func(b storage.Batch) storage.Batch { return storage.Batch{} }),
			[]string{leavesNone, noCopy, noErasure},
		},
		{
			"the version of the roster is not compared",
			asks(func(ctx context.Context, r storage.Reader, op storage.Operation) []storage.Operation {
				if c, ok := op.(storage.CopyStructure); ok {
					slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: c.From})
					c.Version = slice.Roster.Version
					op = c
				}

				return []storage.Operation{op}
			}),
			[]string{noCopy},
		},
		{"what hangs on an account or a roster is looked for before they are locked", hesitates(looksTooEarly), []string{copyRace, eraseRace}},
	}
}

func isConflict(err error) bool { return errors.Is(err, storage.ErrConflict) }

// inTurn writes what take takes from a batch with operations, and then what is left of it.
func inTurn(take func(*storage.Batch) storage.Batch) update {
	return func(ctx context.Context, s *memory.Store, f fn) error {
		var rest storage.Batch

		if err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			b, err := f(ctx, r)
			if err != nil || len(b.Operations) == 0 {
				return b, err
			}

			rest = storagetest.Clone(b)

			return take(&rest), nil
		}); err != nil {
			return err
		}

		return put(ctx, s, rest)
	}
}

// leavesRows writes the rows of a batch whose operation was refused.
func leavesRows(ctx context.Context, s *memory.Store, f fn) error {
	var b storage.Batch

	err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		var err error
		b, err = f(ctx, r)

		return b, err
	})
	if len(b.Operations) > 0 && errors.Is(err, storage.ErrConflict) {
		b.Operations = nil
		_ = put(ctx, s, b)
	}

	return err
}

// looksTooEarly misses what was committed after fn returned.
func looksTooEarly(o *outcome) {
	switch op := o.op.(type) {
	case storage.CopyStructure:
		for i, row := range o.after.Messages {
			if row.Structure == op.To && !has(o.early.Messages, row, messageKey) {
				o.after.Messages[i] = of(o.mid.Messages, row, messageKey)
			}
		}
	case storage.EraseAccount:
		id := op.Account

		for i, r := range o.after.Rosters {
			early, mid := of(o.early.Rosters, r, rosterKey), of(o.mid.Rosters, r, rosterKey)
			if len(early.RowsOf(id)) == 0 {
				o.after.Rosters[i] = mid
			}
		}

		for _, row := range o.mid.Links {
			if row.Account == id && !has(o.early.Links, row, linkKey) {
				o.after.Links = append(o.after.Links, row)
			}
		}

		for i, row := range o.after.Journal {
			if !has(o.early.Journal, row, entryKey) {
				o.after.Journal[i] = of(o.mid.Journal, row, entryKey)
			}
		}
	}
}

func messageKey(m storage.Message) any           { return m.ID }
func rosterKey(r attachment.Roster) any          { return r.Structure }
func linkKey(l account.Link) any                 { return l.Selector }
func entryKey(e storage.Entry) any               { return [2]any{e.Operation, e.Seq} }
func accountKey(a account.Account) any           { return a.ID }
func registrationKey(r account.Registration) any { return r.ID }
func serviceKey(s structure.Service) any         { return [2]any{s.Structure, s.Code} }
func rowKey(a attachment.Attachment) any         { return a.Key }

func has[T any](rows []T, row T, key func(T) any) bool {
	return slices.ContainsFunc(rows, func(other T) bool { return key(other) == key(row) })
}

// of returns the row of the same key; the zero row if there is none.
func of[T any](rows []T, row T, key func(T) any) T {
	for _, other := range rows {
		if key(other) == key(row) {
			return other
		}
	}

	var none T

	return none
}
