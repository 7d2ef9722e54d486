package guichet_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// reseal reseals everything.
func (w *world) reseal(limit int) guichet.Resealed {
	w.t.Helper()

	done, err := w.portal.Reseal(w.ctx, limit)
	require.NoError(w.t, err)

	return done
}

func TestG1_CodesFromBeforeTheSealerAreFoundAndSealed(t *testing.T) {
	before := newWorld(t)
	raw := before.store.(*memory.Store)
	acc := before.individual("heloise", nirCode)
	put(t, raw, plain("belgian", in(t, heloise(), "BE")))
	require.True(t, tells(raw))

	w := rekey(t, raw, "a")
	w.clock = before.clock

	// Before it is sealed, it is found: who registers asks to be attached.
	receipt, err := w.portal.Register(w.ctx, kindForm("daniel", identifier.Individual, nirCode))
	require.NoError(t, err)
	assert.Equal(t, guichet.NextApproval, receipt.Next)
	assert.Len(t, individuals(t, raw), 2, "C1: no second structure")

	assert.Equal(t, guichet.Resealed{Sealed: 2}, w.reseal(0))
	assert.False(t, tells(raw))
	assert.Equal(t, guichet.Resealed{Kept: 2}, w.reseal(0))

	receipt, err = w.portal.Register(w.ctx, kindForm("zoe", identifier.Individual, nirCode))
	require.NoError(t, err)
	assert.Equal(t, guichet.NextApproval, receipt.Next)
	assert.Len(t, individuals(t, raw), 2)
	assert.Len(t, w.requests(acc.ID), 2)

	belgian, err := w.store.StructureByIdentity(w.ctx, in(t, heloise(), "BE"))
	require.NoError(t, err)
	assert.Equal(t, structure.ID("belgian"), belgian.ID)
}

func TestG1_ACodeIsSealedWhenItsStructureIsWritten(t *testing.T) {
	before := newWorld(t)
	raw := before.store.(*memory.Store)
	acc := before.individual("heloise", nirCode)

	w := rekey(t, raw, "a")
	w.clock = before.clock
	_, err := w.portal.SetStatus(w.ctx, account.By(acc.ID), individuals(t, raw)[0].ID, structure.Inactive)
	require.NoError(t, err)
	assert.False(t, tells(raw))
}

func TestG1_AKeyIsChangedAndTheOldOneDropped(t *testing.T) {
	old, raw := newSealedWorld(t, "old")
	old.individual("heloise", nirCode)
	sealed := individuals(t, raw)[0]

	both := rekey(t, raw, "new", "old")
	both.clock = old.clock
	got, err := both.store.StructureByIdentity(both.ctx, heloise())
	require.NoError(t, err)
	assert.Equal(t, heloise(), got.Identity, "the old key opens")

	put(t, both.store, plain("later", in(t, heloise(), "BE")))
	assert.Equal(t, guichet.Resealed{Resealed: 1, Kept: 1}, both.reseal(0))
	assert.Equal(t, guichet.Resealed{Kept: 2}, both.reseal(0))

	var now structure.Structure

	for _, row := range individuals(t, raw) {
		if row.ID == sealed.ID {
			now = row
		}
	}

	assert.Equal(t, sealed.Identity, now.Identity, "the hash stays")
	assert.NotEqual(t, sealed.Sealed, now.Sealed)

	alone := rekey(t, raw, "new")
	assert.Equal(t, guichet.Resealed{Kept: 2}, alone.reseal(0), "nothing needs the old key any more")
	got, err = alone.store.StructureByIdentity(alone.ctx, heloise())
	require.NoError(t, err)
	assert.Equal(t, sealed.ID, got.ID)

	// Who drops it too early is told what is left.
	tooEarly := rekey(t, raw, "later")
	done := tooEarly.reseal(0)
	require.Len(t, done.Left, 2)

	for _, left := range done.Left {
		require.ErrorIs(t, left.Err, guichet.ErrSealed)
		assert.NotEmpty(t, left.Structure)
	}

	assert.Zero(t, done.Sealed+done.Resealed+done.Kept)
}

func TestG1_ResealDoesAsMuchAsItIsTold(t *testing.T) {
	raw := memory.New()
	for i := range 7 {
		put(t, raw, plain(structure.ID(fmt.Sprint("s", i)), identifier.MustParse(identifier.Individual, fmt.Sprint(nirCode, i))))
	}

	w := rekey(t, raw, "a")
	assert.Equal(t, guichet.Resealed{Sealed: 3, More: true}, w.reseal(3))
	assert.Equal(t, guichet.Resealed{Sealed: 3, Kept: 3, More: true}, w.reseal(3))
	assert.Equal(t, guichet.Resealed{Sealed: 1, Kept: 6}, w.reseal(3))
	assert.Equal(t, guichet.Resealed{Kept: 7}, w.reseal(3))
}

func TestG1_ResealGoesThroughManyPages(t *testing.T) {
	raw := memory.New()

	var rows []structure.Structure
	for i := range storage.MaxLimit + 5 {
		rows = append(rows, plain(structure.ID(fmt.Sprint("s", i)), identifier.MustParse(identifier.Individual, fmt.Sprint(nirCode, i))))
	}

	require.NoError(t, apply(t, raw, storage.Batch{Structures: rows}))
	assert.Equal(t, guichet.Resealed{Sealed: len(rows)}, rekey(t, raw, "a").reseal(0))
	assert.False(t, tells(raw))
}

// TestG1_ATwinIsReportedAndTheRestGoesOn is about a process without the sealer that went on beside one that has it.
func TestG1_ATwinIsReportedAndTheRestGoesOn(t *testing.T) {
	raw := memory.New()
	w := rekey(t, raw, "a")
	put(t, w.store, plain("sealed", heloise()))
	put(t, raw, plain("beside", heloise()))
	put(t, raw, plain("zoe", identifier.MustParse(identifier.Individual, "2850175123DURANDZOE1")))

	done := w.reseal(0)
	require.Len(t, done.Left, 1)
	assert.Equal(t, structure.ID("beside"), done.Left[0].Structure)
	require.ErrorIs(t, done.Left[0].Err, storage.ErrExists)
	assert.Equal(t, []int{1, 1}, []int{done.Sealed, done.Kept})
	assert.NotContains(t, done.Left[0].Err.Error(), nirCode)

	found, err := w.store.StructureByIdentity(w.ctx, heloise())
	require.NoError(t, err)
	assert.Equal(t, structure.ID("sealed"), found.ID)
}

func TestG1_ResealSaysWhenTheHashHasChanged(t *testing.T) {
	raw := memory.New()
	put(t, guichet.Sealed(raw, sealer(t, "a"), nil), plain("s", heloise()))

	w := newWorldOn(t, raw, func(o *guichet.Options) {
		other, err := guichet.NewSealer(guichet.Keys{key("a")}, make([]byte, guichet.HashKeySize))
		require.NoError(t, err)

		o.Sealer = other
	})

	done := w.reseal(0)
	require.Len(t, done.Left, 1)
	require.ErrorIs(t, done.Left[0].Err, guichet.ErrKeys)
}

func TestG1_ResealByManyAtOnceSealsEachOnce(t *testing.T) {
	const rows, processes = 40, 4

	raw := memory.New()

	for i := range rows {
		id := structure.ID(fmt.Sprint("s", i))
		identity := identifier.MustParse(identifier.Individual, fmt.Sprint(nirCode, i))

		if i%2 == 0 {
			put(t, raw, plain(id, identity))
		} else {
			put(t, guichet.Sealed(raw, sealer(t, "old"), nil), plain(id, identity))
		}
	}

	var (
		wait sync.WaitGroup
		mu   sync.Mutex
		sum  guichet.Resealed
	)

	for range processes {
		w := rekey(t, raw, "new", "old")

		wait.Go(func() {
			done, err := w.portal.Reseal(t.Context(), 0)
			assert.NoError(t, err)
			assert.Empty(t, done.Left)
			assert.Equal(t, rows, done.Sealed+done.Resealed+done.Kept)

			mu.Lock()
			defer mu.Unlock()

			sum.Sealed, sum.Resealed = sum.Sealed+done.Sealed, sum.Resealed+done.Resealed
		})
	}

	wait.Wait()
	assert.Equal(t, guichet.Resealed{Sealed: rows / 2, Resealed: rows / 2}, sum)

	for _, s := range individuals(t, raw) {
		assert.Equal(t, int64(2), s.Version, "each was written once")
	}

	assert.Equal(t, guichet.Resealed{Kept: rows}, rekey(t, raw, "new").reseal(0))
}

// overtaken is a store in which somebody changes a row between a reading of it and the writing, once.
type overtaken struct {
	storage.Store

	once func()
}

func (r *overtaken) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	return r.Store.Update(ctx, func(ctx context.Context, reader storage.Reader) (storage.Batch, error) {
		batch, err := fn(ctx, reader)

		if once := r.once; once != nil {
			r.once = nil
			once()
		}

		return batch, err
	})
}

func TestG1_ResealLosesNothingToARace(t *testing.T) {
	raw := memory.New()
	row := put(t, raw, plain("s", heloise()))
	row.Status = structure.Inactive

	store := &overtaken{Store: raw}
	w := rekey(t, store, "a")
	store.once = func() { put(t, raw, row) }

	assert.Equal(t, guichet.Resealed{Sealed: 1}, w.reseal(0))

	now, err := guichet.Sealed(raw, sealer(t, "a"), nil).StructureByIdentity(t.Context(), heloise())
	require.NoError(t, err)
	assert.Equal(t, structure.Inactive, now.Status, "what was written meanwhile")
	assert.Equal(t, int64(3), now.Version)
	assert.False(t, tells(raw))

	// Sealed meanwhile by another process, before the hash is looked for, it is no twin of its own.
	own := put(t, raw, plain("own", in(t, heloise(), "DE")))
	between := &betweenReadings{Store: raw, id: own.ID, once: func() { put(t, guichet.Sealed(raw, sealer(t, "a"), nil), own) }}
	assert.Equal(t, guichet.Resealed{Kept: 2}, rekey(t, between, "a").reseal(0))

	// Forgotten meanwhile, it is no individual any more.
	forgotten := put(t, raw, plain("t", in(t, heloise(), "BE")))
	store.once = func() {
		put(t, raw, forgotten.Forget(identifier.NewRegistering([10]byte{1})))
	}
	assert.Equal(t, guichet.Resealed{Kept: 3}, w.reseal(0))
}

// betweenReadings does something once a transaction has read a structure.
type betweenReadings struct {
	storage.Store

	id   structure.ID
	once func()
}

func (b *betweenReadings) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	return b.Store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		return fn(ctx, betweenReader{r, b})
	})
}

type betweenReader struct {
	storage.Reader

	store *betweenReadings
}

func (r betweenReader) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	s, err := r.Reader.Structure(ctx, id)

	if once := r.store.once; once != nil && id == r.store.id {
		r.store.once = nil
		once()
	}

	return s, err
}

func TestG1_SecondFactorsAreResealed(t *testing.T) {
	old, both, alone := guichet.Keys{key("old")}, guichet.Keys{key("new"), key("old")}, guichet.Keys{key("new")}
	raw := memory.New()

	portal := func(keys guichet.Keys) *guichet.Portal {
		p, err := guichet.New(raw, keys, &guichet.Options{NewID: newIDs()})
		require.NoError(t, err)

		return p
	}
	login, err := account.ParseLogin("anne@exemple.fr")
	require.NoError(t, err)

	first := portal(old)
	factor := account.Factor{Sealed: guichet.SealFactor(first, "anne", "SECRET"), Step: 7, Recovery: []string{"hash"}}
	require.NoError(t, apply(t, raw, storage.Batch{
		Accounts:    []account.Account{{ID: "anne", State: account.Active, Login: login, Epoch: 1}},
		Credentials: []account.Credential{{Account: "anne", Password: "password", Factor: factor}},
	}))

	stored := func() account.Credential {
		c, err := raw.Credential(t.Context(), "anne")
		require.NoError(t, err)

		return c
	}
	reseal := func(keys guichet.Keys) guichet.Resealed {
		done, err := portal(keys).Reseal(t.Context(), 0)
		require.NoError(t, err)

		return done
	}

	assert.Equal(t, guichet.Resealed{Kept: 1}, reseal(old))
	assert.Equal(t, guichet.Resealed{Resealed: 1}, reseal(both))
	assert.Equal(t, guichet.Resealed{Kept: 1}, reseal(both))
	assert.Equal(t, guichet.Resealed{Kept: 1}, reseal(alone), "nothing needs the old key any more")

	now := stored()
	secret, err := guichet.OpenFactor(portal(alone), "anne", now.Factor.Sealed)
	require.NoError(t, err)
	assert.Equal(t, "SECRET", secret)
	assert.Equal(t, int64(2), now.Version)

	now.Factor.Sealed, now.Version = factor.Sealed, 0
	assert.Equal(t, account.Credential{Account: "anne", Password: "password", Factor: factor}, now, "nothing else changed")

	_, err = guichet.OpenFactor(portal(alone), "daniel", stored().Factor.Sealed)
	require.ErrorIs(t, err, guichet.ErrSealed, "it opens as nobody else's")

	done := reseal(old)
	require.Len(t, done.Left, 1)
	assert.Equal(t, account.ID("anne"), done.Left[0].Account)
	require.ErrorIs(t, done.Left[0].Err, guichet.ErrSealed)

	// What is moved to another account is found out under the present key too.
	login, err = account.ParseLogin("zoe@exemple.fr")
	require.NoError(t, err)
	require.NoError(t, apply(t, raw, storage.Batch{
		Accounts:    []account.Account{{ID: "zoe", State: account.Active, Login: login, Epoch: 1}},
		Credentials: []account.Credential{{Account: "zoe", Factor: stored().Factor}},
	}))

	done = reseal(alone)
	require.Len(t, done.Left, 1)
	assert.Equal(t, account.ID("zoe"), done.Left[0].Account)
	assert.Equal(t, 1, done.Kept)
}

func TestG1_AFactorThatChangesMeanwhileIsReadAgain(t *testing.T) {
	raw := memory.New()
	over := &overtaken{Store: raw}
	portal := func(store storage.Store, ids ...string) *guichet.Portal {
		var keys guichet.Keys
		for _, id := range ids {
			keys = append(keys, key(id))
		}

		p, err := guichet.New(store, keys, &guichet.Options{NewID: newIDs()})
		require.NoError(t, err)

		return p
	}
	login, err := account.ParseLogin("anne@exemple.fr")
	require.NoError(t, err)
	require.NoError(t, apply(t, raw, storage.Batch{
		Accounts: []account.Account{{ID: "anne", State: account.Closed, Login: login, Epoch: 1}},
		Credentials: []account.Credential{{
			Account: "anne", Factor: account.Factor{Sealed: guichet.SealFactor(portal(raw, "a"), "anne", "SECRET")},
		}},
	}))

	over.once = func() {
		done, err := portal(raw, "b", "a").Reseal(t.Context(), 0)
		require.NoError(t, err)
		assert.Equal(t, guichet.Resealed{Resealed: 1}, done)
	}

	done, err := portal(over, "b", "a").Reseal(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, guichet.Resealed{Kept: 1}, done, "another process was first")

	c, err := raw.Credential(t.Context(), "anne")
	require.NoError(t, err)
	assert.Equal(t, int64(2), c.Version)

	over.once = func() {
		c.Factor = account.Factor{}
		require.NoError(t, apply(t, raw, storage.Batch{Credentials: []account.Credential{c}}))
	}

	done, err = portal(over, "c", "b").Reseal(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, guichet.Resealed{Kept: 1}, done, "given up")

	c.Version, c.Factor.Sealed = 3, guichet.SealFactor(portal(raw, "b"), "anne", "SECRET")
	require.NoError(t, apply(t, raw, storage.Batch{Credentials: []account.Credential{c}}))

	over.once = func() {
		require.NoError(t, apply(t, raw, storage.Batch{Operations: []storage.Operation{storage.EraseAccount{Account: "anne"}}}))
	}

	done, err = portal(over, "c", "b").Reseal(t.Context(), 0)
	require.NoError(t, err)
	assert.Equal(t, guichet.Resealed{Kept: 1}, done, "erased")
}

func TestG1_TheLimitIsOfCodesAndFactorsTogether(t *testing.T) {
	raw := memory.New()
	p, err := guichet.New(raw, guichet.Keys{key("old")}, nil)
	require.NoError(t, err)

	for i := range 3 {
		id := account.ID(fmt.Sprint("p", i))
		login, err := account.ParseLogin(string(id) + "@exemple.fr")
		require.NoError(t, err)
		require.NoError(t, apply(t, raw, storage.Batch{
			Structures:  []structure.Structure{plain(structure.ID(fmt.Sprint("s", i)), identifier.MustParse(identifier.Individual, fmt.Sprint(nirCode, i)))},
			Accounts:    []account.Account{{ID: id, State: account.Active, Login: login, Epoch: 1}},
			Credentials: []account.Credential{{Account: id, Factor: account.Factor{Sealed: guichet.SealFactor(p, id, "SECRET")}}},
		}))
	}

	next, err := guichet.New(raw, guichet.Keys{key("new"), key("old")}, &guichet.Options{Sealer: sealer(t, "a")})
	require.NoError(t, err)

	var got []guichet.Resealed

	for range 4 {
		done, err := next.Reseal(t.Context(), 2)
		require.NoError(t, err)

		got = append(got, done)
	}

	assert.Equal(t, []guichet.Resealed{
		{Sealed: 2, More: true},
		{Sealed: 1, Resealed: 1, Kept: 2, More: true},
		{Resealed: 2, Kept: 4},
		{Kept: 6},
	}, got)
}

func TestG1_ResealTellsWhatItDidBeforeItFailed(t *testing.T) {
	raw := memory.New()
	put(t, raw, plain("a", heloise()))
	put(t, raw, plain("b", in(t, heloise(), "BE")))

	ctx, cancel := context.WithCancel(t.Context())
	w := rekey(t, &stopping{Store: raw, stop: cancel}, "a")

	done, err := w.portal.Reseal(ctx, 0)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, guichet.Resealed{Sealed: 1}, done)
}

// stopping stops after the first transaction.
type stopping struct {
	storage.Store

	stop func()
}

func (s *stopping) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	defer s.stop()

	return s.Store.Update(ctx, fn)
}
