package guichet_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

// flaky is a store whose commits may lose their answer.
type flaky struct {
	storage.Store

	script []fate
	late   func() // a commit on its way
	lost   func() // is run when an answer is lost
}

// fate is what becomes of one Update.
type fate uint8

const (
	fine      fate = iota
	answered       // committed, and the answer is lost
	forgotten      // not committed, and the answer is lost
	delayed        // the answer is lost, and the commit arrives once the next try has read
	conflict
)

func (f *flaky) next() fate {
	if len(f.script) == 0 {
		return fine
	}

	first := f.script[0]
	f.script = f.script[1:]

	return first
}

func (f *flaky) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	outcome := f.next()

	if f.lost != nil && outcome != fine && outcome != conflict {
		defer f.lost()
	}

	switch outcome {
	case answered:
		if err := f.Store.Update(ctx, fn); err != nil {
			return err
		}

		return storage.ErrUncertain
	case forgotten:
		_, err := f.lose(ctx, fn)

		return err
	case delayed:
		batch, err := f.lose(ctx, fn)
		f.late = func() {
			_ = f.Store.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) { return batch, nil })
		}

		return err
	case conflict:
		return storage.ErrConflict
	case fine:
	}

	return f.Store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		batch, err := fn(ctx, r)

		if f.late != nil {
			f.late()
			f.late = nil
		}

		return batch, err
	})
}

// lose runs fn, commits nothing, and loses the answer.
func (f *flaky) lose(
	ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error),
) (storage.Batch, error) {
	var batch storage.Batch

	err := f.Store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		b, err := fn(ctx, r)
		batch = b

		return storage.Batch{}, err
	})
	if err != nil {
		return storage.Batch{}, err
	}

	return batch, storage.ErrUncertain
}

func TestUncertain_ACommitWhoseAnswerIsLostIsToldAsTheSuccessItWas(t *testing.T) {
	store := &flaky{Store: memory.New(), script: []fate{answered}}
	w := newWorldOn(t, store, nil)

	receipt := w.register("daniel")
	assert.Equal(t, guichet.NextActivation, receipt.Next)
	assert.EqualValues(t, 1, w.roster().Roster.Version, "registered once")
	assert.Len(t, w.deliver(), 1)
}

func TestUncertain_ACommitThatDidNotHappenIsTriedAgain(t *testing.T) {
	store := &flaky{Store: memory.New(), script: []fate{forgotten, forgotten, fine}}
	w := newWorldOn(t, store, nil)

	w.register("daniel")
	assert.EqualValues(t, 1, w.roster().Roster.Version)
}

func TestUncertain_ADecisionWhoseAnswerIsLostIsNotRefusedAsDecidedAlready(t *testing.T) {
	store := &flaky{Store: memory.New()}
	w := newWorldOn(t, store, nil)
	daniel := w.manager("daniel")
	w.register("eloise")

	store.script = []fate{answered}
	require.NoError(t, w.approve(daniel.ID, "eloise"))

	slice := w.roster()
	assert.Equal(t, attachment.Managed, slice.Roster.Standing)
	assert.Empty(t, w.requests(daniel.ID))
}

func TestUncertain_ACommitThatArrivesDuringTheRetryIsFound(t *testing.T) {
	store := &flaky{Store: memory.New()}
	w := newWorldOn(t, store, nil)

	store.script = []fate{delayed}
	assert.Equal(t, guichet.NextActivation, w.register("daniel").Next)
	assert.EqualValues(t, 1, w.roster().Roster.Version, "registered once")

	daniel := w.activate(w.token(w.deliver()[0]))
	w.register("eloise")

	store.script = []fate{delayed}
	require.NoError(t, w.approve(daniel.ID, "eloise"), "not: decided already, by yourself")
	w.deliver()

	assert.Equal(t, []string{"request approved requested→approved"}, filter(w.actions(), "request approved"))
}

func filter(lines []string, start string) []string {
	return slices.DeleteFunc(lines, func(s string) bool { return !strings.HasPrefix(s, start) })
}

func TestUncertain_AfterSeveralTheCallerIsTold(t *testing.T) {
	store := &flaky{Store: memory.New(), script: slices.Repeat([]fate{forgotten}, 60)}
	w := newWorldOn(t, store, nil)

	_, err := w.portal.Register(w.ctx, form("daniel", siret))
	require.ErrorIs(t, err, storage.ErrUncertain)

	assert.Equal(t, guichet.NextActivation, w.register("daniel").Next, "trying again is safe")
}

func TestUncertain_ACallerWhoLeavesIsToldThatNobodyKnows(t *testing.T) {
	store := &flaky{Store: memory.New(), script: []fate{answered}}
	w := newWorldOn(t, store, nil)

	ctx, cancel := context.WithCancel(w.ctx)
	store.lost = cancel

	_, err := w.portal.Register(ctx, form("daniel", siret))
	require.ErrorIs(t, err, storage.ErrUncertain)
	require.ErrorIs(t, err, context.Canceled)
}

func TestUncertain_ARefusalIsNotToldWhileTheCommitMayStillArrive(t *testing.T) {
	store := &flaky{Store: memory.New()}
	w := newWorldOn(t, store, nil)
	w.register("daniel")
	token := w.token(w.deliver()[0])

	// The commit of the activation is on its way, the claim's time runs out, and only then does the commit arrive.
	var arrive func()

	store.script = []fate{delayed}
	store.lost = func() {
		arrive, store.late = store.late, nil
		w.clock = w.clock.Add(2 * time.Hour)
	}

	_, err := w.portal.Activate(w.ctx, token, secrets())
	require.ErrorIs(t, err, account.ErrLinkExpired)
	arrive()
	assert.NotEqual(t, attachment.Managed, w.roster().Roster.Standing, "the caller was told that the link is expired")
}

func TestConflict_IsRetriedUntilTheContextEnds(t *testing.T) {
	store := &flaky{Store: memory.New(), script: []fate{conflict, conflict, conflict, fine}}
	w := newWorldOn(t, store, nil)
	w.register("daniel")

	ctx, cancel := context.WithCancel(w.ctx)

	var tries atomic.Int32

	stuck := newWorldOn(t, &racing{Store: store, lost: func() {
		if tries.Add(1) == 5 {
			cancel()
		}
	}}, nil)
	_, err := stuck.portal.Register(ctx, form("eloise", siret))
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualValues(t, 5, tries.Load())
}

// racing is a store that loses every race.
type racing struct {
	storage.Store

	lost func()
}

func (r *racing) Update(context.Context, func(context.Context, storage.Reader) (storage.Batch, error)) error {
	r.lost()

	return storage.ErrConflict
}
