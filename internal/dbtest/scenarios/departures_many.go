package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
)

// Accounts with very many structures, and departures while something else happens.
func manyDepartures() []Scenario {
	return []Scenario{
		{"B12_AnAccountWithMoreThan100StructuresIsClosedWhole", closeMany},
		{"B12_AManagerOfMoreThan100StructuresIsRefusedOrLeavesThemAll", closeManyManaged},
		{"B12_AnInterruptedClosingIsResumed", closeInterrupted},
		{"D6_DeactivatingRacesASuccessionAndNobodyInactiveManages", deactivateRaces},
		{"D6_ClosingRacesASuccessionAndNobodyInactiveManages", closeRaces},
	}
}

// many is more structures than one transaction leaves.
const many = 103

// asksMany has somebody ask to be attached to many structures.
func (w *World) asksMany() (account.Account, []identifier.ID) {
	w.T.Helper()
	w.Reopen(func(o *guichet.Options) { o.Policy.ClaimsPerDay = 2 * many })

	daniel, alice := w.enrol("daniel"), w.enrol("alice")

	out := make([]identifier.ID, 0, many)

	for i := range many {
		id := identifier.MustParse(identifier.Registering, fmt.Sprintf("DOSSIER %d", i))
		w.create("daniel", daniel.ID, id)
		w.ask("alice", alice.ID, id)
		out = append(out, id)
	}

	return alice, out
}

// openRows counts what somebody still has or wants anywhere.
func (w *World) openRows(id account.ID) int {
	w.T.Helper()

	n := 0

	for _, row := range list(w, storage.RowsOf{Account: id, Window: all}) {
		if row.Attachment.State.Open() || row.Attachment.State == attachment.Attached {
			n++
		}
	}

	return n
}

func closeMany(w *World) {
	alice, where := w.asksMany()
	require.Equal(w.T, many, w.openRows(alice.ID))
	w.close(alice.ID, false)
	assert.Zero(w.T, w.openRows(alice.ID))
	assert.Contains(w.T, w.Actions(w.ID(where[many-1])), "request withdrawn requested→withdrawn")
	require.ErrorIs(w.T, w.leave(alice.ID, false), account.ErrClosed)
}

func closeManyManaged(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Policy.ClaimsPerDay = many })

	daniel := w.enrol("daniel")
	for i := range many {
		w.create("daniel", daniel.ID, identifier.MustParse(identifier.Registering, fmt.Sprintf("DOSSIER %d", i)))
	}

	var refused *guichet.Error
	require.ErrorAs(w.T, w.leave(daniel.ID, false), &refused)
	assert.Len(w.T, refused.Structures, many)
	assert.Equal(w.T, many, w.openRows(daniel.ID))

	w.close(daniel.ID, true)
	assert.Zero(w.T, w.openRows(daniel.ID))
}

// failing is a store that breaks down after some transactions.
type failing struct {
	storage.Store

	left int
}

var errDown = errors.New("the store is down")

// Update implements [storage.Store].
func (f *failing) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	if f.left--; f.left < 0 {
		return errDown
	}

	return f.Store.Update(ctx, fn)
}

func closeInterrupted(w *World) {
	alice, _ := w.asksMany()
	whole := w.Store
	w.Store = &failing{Store: whole, left: 2}
	w.Reopen(nil)
	require.ErrorIs(w.T, w.leave(alice.ID, false), errDown)

	w.Store = whole
	w.Reopen(nil)
	assert.Equal(w.T, many-101, w.openRows(alice.ID), "the first hundred with the closing, and one more")

	acc, err := w.Portal.Account(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Closed, acc.State)
	assert.True(w.T, acc.Login.IsZero(), "what is personal went first")

	require.ErrorIs(w.T, w.leave(alice.ID, false), account.ErrClosed)
	assert.Zero(w.T, w.openRows(alice.ID))
}

func deactivateRaces(w *World) {
	race(w, func(id account.ID) error {
		_, err := w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(id), Account: id})

		return err
	})
}

func closeRaces(w *World) {
	race(w, func(id account.ID) error { return w.leave(id, false) })
}

// race lets somebody go while the claim that they wait behind is over: they are main manager or gone, never both.
func race(w *World, leave func(account.ID) error) {
	for i := range 8 {
		claude, name := fmt.Sprintf("claude%d", i), fmt.Sprintf("alice%d", i)
		w.Register(claude, Siret(i))
		w.Deliver()

		alice := w.enrol(name)
		w.ask(name, alice.ID, Siret(i))
		w.Wait(hour)

		var (
			all           sync.WaitGroup
			left, settled error
		)

		all.Go(func() { left = leave(alice.ID) })
		all.Go(func() { _, settled = w.Portal.Advance(w.Ctx, 0) })
		all.Wait()
		require.NoError(w.T, settled)

		acc, err := w.Portal.Account(w.Ctx, alice.ID)
		require.NoError(w.T, err)

		if left != nil {
			require.ErrorIs(w.T, left, guichet.ErrManages)
			assert.Equal(w.T, account.Active, acc.State)
			w.standing(Siret(i), attachment.Managed, alice.ID)
		} else {
			assert.NotEqual(w.T, account.Active, acc.State)
			w.standing(Siret(i), attachment.Unclaimed, "")
		}
	}
}
