package guichet_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

// severed is a store that is asked for transactions, and may fail them before they begin.
type severed struct {
	storage.Store

	updates atomic.Int64
	before  func(n int64) error // the nth transaction, from 1 on
}

func (s *severed) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	n := s.updates.Add(1)

	if s.before != nil {
		if err := s.before(n); err != nil {
			return err
		}
	}

	return s.Store.Update(ctx, fn)
}

// fails has the transactions of one call fail that are chosen by their number.
func (s *severed) fails(chosen func(n int64) bool, err error, during func() error) error {
	s.updates.Store(0)

	s.before = func(n int64) error {
		if chosen(n) {
			return err
		}

		return nil
	}
	defer func() { s.before = nil }()

	return during()
}

var errSevered = errors.New("the store is out of reach")

func TestB10_ARightPasswordWhoseRequestIsCutCountsForNothing(t *testing.T) {
	store := &severed{Store: memory.New()}
	w := newWorldOn(t, store, nil)
	w.manager("alice")

	for range 2 * 5 { // first the try is reserved, then, once the password was found to be right, it is let in
		require.ErrorIs(t, store.fails(func(n int64) bool { return n == 2 }, errSevered,
			func() error { return w.signIn("alice", secrets().Password) }), errSevered)
	}

	require.NoError(t, w.signIn("alice", secrets().Password), "at once")
	w.clock = w.clock.Add(time.Minute)
	require.NoError(t, w.signIn("alice", secrets().Password), "nor once such a try would count as wrong")
}

func TestF2_ALockByTriesThatToldNoOutcomeIsToldToo(t *testing.T) {
	store := &severed{Store: memory.New()}
	w := newWorldOn(t, store, nil)
	w.manager("alice")
	w.deliver()

	for range 5 { // each time the process dies before it can tell
		require.ErrorIs(t, store.fails(func(n int64) bool { return n >= 2 }, errSevered,
			func() error { return w.signIn("alice", somethingElse) }), errSevered)
	}

	w.clock = w.clock.Add(time.Minute)
	require.ErrorIs(t, w.signIn("alice", secrets().Password), guichet.ErrLocked)

	sent := w.deliver()
	require.Len(t, sent, 1)
	assert.Equal(t, mail.AccountLocked, sent[0].Kind)
	assert.Equal(t, "alice@exemple.fr", sent[0].To)
}

// A crowd at one login waits for itself: it does not ask the store again and again for what it cannot have yet.
func TestB10_ACrowdAtOneLoginTakesNoMoreTransactionsThanItHasTries(t *testing.T) {
	const many = 200

	for name, c := range map[string]struct {
		password string
		want     map[string]int
	}{
		"right": {secrets().Password, map[string]int{"done": many}},
		"wrong": {somethingElse, map[string]int{guichet.ErrCredentials.Error(): 5, guichet.ErrLocked.Error(): many - 5}},
	} {
		t.Run(name, func(t *testing.T) {
			store := &severed{Store: memory.New()}
			w := newWorldOn(t, store, func(o *guichet.Options) {
				o.Passwords = &keeper{} // nothing is hashed: nobody waits for more than a moment
			})
			w.manager("alice")
			store.updates.Store(0)

			errs := together(many, func(int) error { return w.signIn("alice", c.password) })
			assert.Equal(t, c.want, outcomes(errs, guichet.ErrCredentials, guichet.ErrLocked, guichet.ErrBusy))

			// Two or three each, and what a conflict repeats: at most five are under way.
			assert.Less(t, store.updates.Load(), int64(8*many))
		})
	}
}

// An application that rolls back would have given a password to somebody who has no account.
func TestF1_NoPasswordIsHandedOverBeforeTheAccountIsCommitted(t *testing.T) {
	k := &keeper{}
	w := newWorldOn(t, joinable{memory.New()}, func(o *guichet.Options) { o.Passwords = k })
	w.register("daniel")
	token := w.linkIn("daniel")

	within, err := w.portal.Within(nil)
	require.NoError(t, err)

	_, err = within.Activate(w.ctx, token, secrets())
	require.ErrorIs(t, err, guichet.ErrWithin)
	assert.Nil(t, k.right.Load())

	acc, err := w.portal.Activate(w.ctx, token, secrets())
	require.NoError(t, err)
	assert.Equal(t, account.Active, acc.State)
	assert.Equal(t, secrets().Password, *k.right.Load())
}
