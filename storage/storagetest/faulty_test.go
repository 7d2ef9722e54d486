package storagetest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
	"github.com/guichet-pro/guichet/structure"
)

// atStep plans one fault at one step, and ends a context when somebody hangs there.
func atStep(n int, fault storagetest.Fault, stop func()) func(storagetest.Step) storagetest.Fault {
	return func(s storagetest.Step) storagetest.Fault {
		if s.N != n {
			return storagetest.None
		}

		if fault == storagetest.Hang {
			stop()
		}

		return fault
	}
}

// aMail is a batch with one message.
func aMail(id string) storage.Batch {
	return storage.Batch{Messages: []storage.Message{{ID: id, State: storage.Queued, Kind: mail.Refused}}}
}

// writing returns a function for Update that returns a batch, and counts its runs.
func writing(b storage.Batch, runs *int) fn {
	return func(context.Context, storage.Reader) (storage.Batch, error) {
		*runs++

		return b, nil
	}
}

func isStored(t *testing.T, s storage.Store, id string) bool {
	t.Helper()

	_, err := s.Message(t.Context(), id)
	if !errors.Is(err, storage.ErrNotFound) {
		require.NoError(t, err)
	}

	return err == nil
}

func TestFaulty_KeepsTheContractWhenNothingGoesWrong(t *testing.T) {
	for _, f := range storagetest.Check(func() storage.Store {
		return storagetest.NewFaulty(memory.New(), nil)
	}, &storagetest.Options{Goroutines: 16}).Broken {
		t.Error(f)
	}
}

func TestFaulty_HasNoPowersOfTheStoreInIt(t *testing.T) {
	f := storagetest.NewFaulty(memory.New(), nil)

	_, wraps := any(f).(interface{ Unwrap() storage.Store })
	assert.False(t, wraps)

	_, joins := storage.As[storage.Joiner](f)
	assert.False(t, joins)
}

func TestFaulty_TellsStepsApart(t *testing.T) {
	var steps []storagetest.Step

	f := storagetest.NewFaulty(memory.New(), func(s storagetest.Step) storagetest.Fault {
		steps = append(steps, s)

		return storagetest.None
	})

	_, err := f.Structure(t.Context(), "x")
	require.ErrorIs(t, err, storage.ErrNotFound)

	for _, b := range []storage.Batch{aMail("m"), {}} {
		require.NoError(t, f.Update(t.Context(), func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			_, err := r.Links(ctx, "x", account.PurposeActivation)

			return b, err
		}))
	}

	assert.Equal(t, []storagetest.Step{
		{N: 1, Kind: "Structure"},
		{N: 2, Kind: storagetest.StepDecide, Update: 1},
		{N: 3, Kind: "Links", Update: 1},
		{N: 4, Kind: storagetest.StepCommit, Update: 1},
		{N: 5, Kind: storagetest.StepDecide, Update: 2},
		{N: 6, Kind: "Links", Update: 2},
	}, steps, "an empty batch has nothing to commit")
	assert.Equal(t, 6, f.Steps())
}

func TestFaulty_EveryFaultAtACommit(t *testing.T) {
	for _, c := range []struct {
		fault   storagetest.Fault
		answer  error
		at      bool    // the batch is stored when Update returns
		next    bool    // once the next commit is made
		arrived []error // what came late was answered
		clashes bool    // the next commit, of the same row, comes too late
	}{
		{fault: storagetest.None, at: true, next: true, clashes: true},
		{fault: storagetest.Fail, answer: storagetest.ErrFault},
		{fault: storagetest.Hang, answer: context.Canceled},
		{fault: storagetest.DropBefore, answer: storage.ErrUncertain},
		{fault: storagetest.DropAfter, answer: storage.ErrUncertain, at: true, next: true, clashes: true},
		{fault: storagetest.DropLate, answer: storage.ErrUncertain, next: true, arrived: []error{nil}, clashes: true},
		{fault: storagetest.DropLater, answer: storage.ErrUncertain, next: true, arrived: []error{nil}},
		{fault: storagetest.Double, at: true, next: true, arrived: []error{storage.ErrConflict}, clashes: true},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			runs := 0
			run := func(b storage.Batch) (*storagetest.Faulty, error) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()

				f := storagetest.NewFaulty(memory.New(), atStep(2, c.fault, cancel))

				return f, f.Update(ctx, writing(b, &runs))
			}

			f, err := run(aMail("m"))
			require.ErrorIs(t, err, c.answer)
			assert.Equal(t, 1, runs)
			assert.Equal(t, c.at, isStored(t, f, "m"))
			require.NoError(t, f.Update(t.Context(), writing(aMail("other"), &runs)))
			assert.Equal(t, c.next, isStored(t, f, "m"), "after the next commit")
			assert.True(t, isStored(t, f, "other"))
			require.Len(t, f.Arrivals(), len(c.arrived))

			for i, want := range c.arrived {
				require.ErrorIs(t, f.Arrivals()[i], want)
			}

			f, _ = run(aMail("m"))
			f.Settle()
			assert.Equal(t, c.next, isStored(t, f, "m"), "settled")
			assert.Len(t, f.Arrivals(), len(c.arrived))

			f, _ = run(aMail("m"))
			again := f.Update(t.Context(), writing(aMail("m"), &runs))
			assert.Equal(t, c.clashes, errors.Is(again, storage.ErrConflict), "the same once more: %v", again)
		})
	}
}

func TestFaulty_EveryFaultBeforeFnAndAtARead(t *testing.T) {
	for _, c := range []struct {
		fault storagetest.Fault
		want  error
	}{
		{storagetest.None, nil},
		{storagetest.Fail, storagetest.ErrFault},
		{storagetest.Hang, context.Canceled},
		{storagetest.DropBefore, storagetest.ErrFault},
		{storagetest.DropAfter, storagetest.ErrFault},
		{storagetest.DropLate, storagetest.ErrFault},
		{storagetest.DropLater, storagetest.ErrFault},
		{storagetest.Double, nil},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			for _, step := range []int{1, 2} { // before fn, and at its read
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()

				f := storagetest.NewFaulty(memory.New(), atStep(step, c.fault, cancel))
				runs := 0

				err := f.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
					runs++

					_, err := r.Page(ctx, storage.DueMessages{})

					return aMail("m"), err
				})
				require.ErrorIs(t, err, c.want)
				assert.Equal(t, c.want == nil, isStored(t, f, "m"))
				assert.Equal(t, map[bool]int{true: 0, false: 1}[step == 1 && c.want != nil], runs)
			}
		})
	}
}

func TestFaulty_ABatchThatArrivesLateIsTheOneThatWasSent(t *testing.T) {
	f := storagetest.NewFaulty(memory.New(), atStep(2, storagetest.DropLate, nil))
	b := aMail("m")
	runs := 0

	require.ErrorIs(t, f.Update(t.Context(), writing(b, &runs)), storage.ErrUncertain)

	b.Messages[0].ID = "changed since"

	f.Settle()
	assert.True(t, isStored(t, f, "m"))
}

func TestFaulty_ALateBatchIsRefusedByWhatTheStoreHoldsNow(t *testing.T) {
	f := storagetest.NewFaulty(memory.New(), atStep(2, storagetest.DropLater, nil))
	runs := 0

	require.ErrorIs(t, f.Update(t.Context(), writing(aMail("m"), &runs)), storage.ErrUncertain)
	require.NoError(t, f.Update(t.Context(), writing(aMail("m"), &runs)), "it comes first")
	require.Len(t, f.Arrivals(), 1)
	require.ErrorIs(t, f.Arrivals()[0], storage.ErrConflict)
}

func TestFaulty_AFunctionThatUsesTheStoreIsNested(t *testing.T) {
	f := storagetest.NewFaulty(memory.New(), nil)

	err := f.Update(t.Context(), func(ctx context.Context, _ storage.Reader) (storage.Batch, error) {
		_, err := f.Structure(ctx, "x")

		return storage.Batch{}, err
	})
	require.ErrorIs(t, err, storage.ErrNested)
}

func TestFaulty_TakesAnyNumberOfCallers(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	inner := memory.New()
	f := storagetest.NewFaulty(inner, func(storagetest.Step) storagetest.Fault {
		fault := storagetest.Faults()[draw.IntN(len(storagetest.Faults()))]
		if fault == storagetest.Hang {
			return storagetest.None
		}

		return fault
	})

	done := make(chan error)

	const callers, each = 8, 50

	for i := range callers {
		go func() {
			runs := 0
			for j := range each {
				_ = f.Update(t.Context(), writing(storage.Batch{Structures: []structure.Structure{{
					ID: structure.ID(fmt.Sprint(i, "-", j)),
				}}}, &runs))
				_, _ = f.Structure(t.Context(), "x")
			}
			done <- nil
		}()
	}

	for range callers {
		<-done
	}

	f.Settle()
	assert.NotEmpty(t, f.Arrivals())
	assert.Greater(t, f.Steps(), callers*each)
}
