package guichet_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

// together calls do n times at once and returns what came of each.
func together(n int, do func(i int) error) []error {
	var (
		all  sync.WaitGroup
		gate = make(chan struct{})
		errs = make([]error, n)
	)

	for i := range errs {
		all.Go(func() {
			<-gate

			errs[i] = do(i)
		})
	}

	close(gate)
	all.Wait()

	return errs
}

// outcomes counts errors by the sentinel that they are about; nil is "done".
func outcomes(errs []error, sentinels ...error) map[string]int {
	out := map[string]int{}

next:
	for _, err := range errs {
		if err == nil {
			out["done"]++

			continue
		}

		for _, s := range sentinels {
			if errors.Is(err, s) {
				out[s.Error()]++

				continue next
			}
		}

		out["other: "+err.Error()]++
	}

	return out
}

// keeper is an application's own passwords: one password of everybody, and a count of how often it was asked.
type keeper struct {
	asked atomic.Int64
	right atomic.Pointer[string]
}

func (k *keeper) Verify(_ context.Context, _ account.ID, password string) (bool, error) {
	k.asked.Add(1)

	return password == *k.right.Load(), nil
}

func (k *keeper) Set(_ context.Context, _ account.ID, password string) error {
	k.right.Store(&password)

	return nil
}

func TestB10_WhoGuessesAtOnceHasFiveGuesses(t *testing.T) {
	const guesses = 64

	k := &keeper{}
	w := newWorldOn(t, memory.New(), func(o *guichet.Options) { o.Passwords = k })
	w.manager("alice")

	// None is right. All of them are compared, so that time tells nothing, but what came of it counts for five.
	wrong := together(guesses, func(i int) error { return w.signIn("alice", fmt.Sprintf("essai numéro %d", i)) })
	assert.Equal(t, map[string]int{guichet.ErrCredentials.Error(): 5, guichet.ErrLocked.Error(): guesses - 5},
		outcomes(wrong, guichet.ErrCredentials, guichet.ErrLocked))
	assert.EqualValues(t, guesses, k.asked.Load())

	// All of them are right, and locked out.
	assert.Equal(t, map[string]int{guichet.ErrLocked.Error(): guesses},
		outcomes(together(guesses, func(int) error { return w.signIn("alice", secrets().Password) }), guichet.ErrLocked))

	w.clock = w.clock.Add(15 * time.Minute)
	require.NoError(t, w.signIn("alice", secrets().Password))
}

// anyLink is a link of whatever mail.
var anyLink = regexp.MustCompile(`https://portal\.example/[\w-]+\?lien=([\w-]+)`)

// linkIn returns the token of the link in the one mail to a person.
func (w *world) linkIn(name string) account.Token {
	w.t.Helper()

	for _, m := range w.deliver() {
		if match := anyLink.FindStringSubmatch(m.Text); match != nil && m.To == name+"@exemple.fr" {
			token, err := account.ParseToken(match[1])
			require.NoError(w.t, err)

			return token
		}
	}

	require.Fail(w.t, "no link", "to %s", name)

	return account.Token{}
}

// usage is a link, and what it is for.
type usage struct {
	name string
	link func(w *world) account.Token
	use  func(w *world, token account.Token) error
}

func usages() []usage {
	discard := func(_ account.Account, err error) error { return err }

	return []usage{
		{
			"activation",
			func(w *world) account.Token { w.register("daniel"); return w.linkIn("daniel") },
			func(w *world, token account.Token) error { return discard(w.portal.Activate(w.ctx, token, secrets())) },
		},
		{
			"reset",
			func(w *world) account.Token {
				w.manager("daniel")
				require.NoError(w.t, w.portal.ForgotPassword(w.ctx, "daniel@exemple.fr"))

				return w.linkIn("daniel")
			},
			func(w *world, token account.Token) error {
				return discard(w.portal.ResetPassword(w.ctx, token, guichet.Reset{Answer: "felix", Password: "girafe meuble soleil trombone"}))
			},
		},
		{
			"reactivation",
			func(w *world) account.Token {
				id := w.loner("daniel").ID
				_, err := w.portal.Deactivate(w.ctx, guichet.Departure{By: account.By(id), Account: id})
				require.NoError(w.t, err)
				require.NoError(w.t, w.portal.SendReactivation(w.ctx, "daniel@exemple.fr"))

				return w.linkIn("daniel")
			},
			func(w *world, token account.Token) error { return discard(w.portal.Reactivate(w.ctx, token)) },
		},
		{
			"login",
			func(w *world) account.Token {
				id := w.manager("daniel").ID
				require.NoError(w.t, w.portal.ChangeLogin(w.ctx, id, secrets().Password, "dani@exemple.fr"))

				return w.linkIn("dani")
			},
			func(w *world, token account.Token) error { return discard(w.portal.ConfirmLogin(w.ctx, token)) },
		},
		{
			"second factor",
			func(w *world) account.Token {
				_, codes := w.protect(w.loner("daniel").ID)
				w.code = codes[0].Reveal()
				in, err := w.portal.SignIn(w.ctx, guichet.SignIn{Login: "daniel@exemple.fr", Password: secrets().Password})
				require.NoError(w.t, err)
				require.Equal(w.t, guichet.FactorApp, in.Factor)

				return in.Challenge
			},
			func(w *world, token account.Token) error {
				_, err := w.portal.SecondFactor(w.ctx, token, w.code)

				return err
			},
		},
	}
}

func TestB7_OfManyUsesOfALinkAtOnceOneCounts(t *testing.T) {
	for _, u := range usages() {
		t.Run(u.name, func(t *testing.T) {
			w := newWorldOn(t, memory.New(), func(o *guichet.Options) { o.Policy.SecondFactor = account.OfferedFactor })
			token := u.link(w)

			errs := together(64, func(int) error { return u.use(w, token) })

			var won int

			for _, err := range errs {
				if err == nil {
					won++

					continue
				}

				var refused *account.LinkError

				// One that the answer's gate was too crowded for did not get as far as the link.
				if !errors.Is(err, guichet.ErrBusy) && !errors.Is(err, guichet.ErrLocked) {
					require.ErrorAs(t, err, &refused)
				}
			}

			assert.Equal(t, 1, won, "%v", errs)

			var refused *account.LinkError

			require.ErrorAs(t, u.use(w, token), &refused, "nor does another use later")
		})
	}
}

func TestB7_AnExpiredLinkOpensNothing(t *testing.T) {
	for _, u := range usages() {
		t.Run(u.name, func(t *testing.T) {
			w := newWorldOn(t, memory.New(), func(o *guichet.Options) { o.Policy.SecondFactor = account.OfferedFactor })
			token := u.link(w)
			w.clock = w.clock.Add(time.Hour)

			require.ErrorIs(t, u.use(w, token), account.ErrLinkExpired)
		})
	}
}

func TestB7_WhatOpensOneThingOpensNoOther(t *testing.T) {
	for _, u := range usages() {
		w := newWorldOn(t, memory.New(), func(o *guichet.Options) { o.Policy.SecondFactor = account.OfferedFactor })
		token := u.link(w)

		for _, other := range usages() {
			if other.name != u.name {
				require.ErrorIs(t, other.use(w, token), account.ErrLinkUnknown, "%s for %s", u.name, other.name)
			}
		}

		require.NoError(t, u.use(w, token), "and it is as good as before")
	}
}

func TestB15_AnotherPasswordEndsWhatTheOldOneOpened(t *testing.T) {
	for _, u := range usages() {
		if u.name == "activation" || u.name == "reactivation" { // there is nobody yet who could change a password
			continue
		}

		t.Run(u.name, func(t *testing.T) {
			w := newWorldOn(t, memory.New(), func(o *guichet.Options) { o.Policy.SecondFactor = account.OfferedFactor })
			token := u.link(w)

			acc, err := w.store.AccountByLogin(w.ctx, "daniel@exemple.fr")
			require.NoError(t, err)
			_, err = w.portal.ChangePassword(w.ctx, acc.ID, secrets().Password, "lampe rideau fenêtre cactus")
			require.NoError(t, err)

			require.ErrorIs(t, u.use(w, token), account.ErrLinkExpired)
		})
	}
}

// gauge is a store that notes how much memory is in use whenever it is asked for something.
type gauge struct {
	storage.Store

	peak atomic.Uint64
}

func (g *gauge) Update(ctx context.Context, fn func(ctx context.Context, r storage.Reader) (storage.Batch, error)) error {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)

	for now := sample[0].Value.Uint64(); ; {
		if peak := g.peak.Load(); now <= peak || g.peak.CompareAndSwap(peak, now) {
			return g.Store.Update(ctx, fn)
		}
	}
}

func TestB8_AThousandSignInsAtOnceAreAnsweredInLittleMemory(t *testing.T) {
	const (
		many = 1000
		each = 2 << 20 // bytes for one hash
	)

	store := &gauge{Store: memory.New()}
	w := newWorldOn(t, store, func(o *guichet.Options) {
		o.HashesAtOnce, o.Hashing = 2, credential.Params{Memory: each >> 10, Time: 1, Threads: 1, KeyLen: 16}
		o.Policy.TryTime = time.Hour // whatever machine this is
	})
	w.manager("alice")

	store.peak.Store(0)

	errs := together(many, func(i int) error {
		if i%10 == 0 {
			return w.signIn("alice", secrets().Password)
		}

		return w.signIn(fmt.Sprintf("personne-%d", i), somethingElse)
	})

	answers := outcomes(errs, guichet.ErrCredentials, guichet.ErrBusy)
	assert.Equal(t, many*9/10, answers[guichet.ErrCredentials.Error()])
	assert.Equal(t, many/10, answers["done"]+answers[guichet.ErrBusy.Error()], "%v", answers)
	t.Logf("%v, at most %d MiB in use", answers, store.peak.Load()>>20)

	// All of them at once would be 2,000 MiB; two, with what waits to be collected, and a thousand stacks, are a few dozen.
	assert.Less(t, store.peak.Load(), uint64(300<<20))
}
