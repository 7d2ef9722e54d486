package scenarios

import (
	"bytes"
	"strings"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Sealer returns the default sealer with keys of these names, of which the first seals.
func (w *World) Sealer(ids ...string) guichet.Sealer {
	w.T.Helper()

	var keys guichet.Keys
	for _, id := range ids {
		keys = append(keys, guichet.Key{ID: id, Secret: bytes.Repeat([]byte(id[:1]), guichet.KeySize)})
	}

	sealer, err := guichet.NewSealer(keys, bytes.Repeat([]byte{5}, guichet.HashKeySize))
	require.NoError(w.T, err)

	return sealer
}

// Seal goes on with a sealer, and returns the store as it is without.
func (w *World) Seal(raw storage.Store, ids ...string) {
	w.T.Helper()

	w.Store = raw
	w.Reopen(func(o *guichet.Options) { o.Sealer = w.Sealer(ids...) })
	w.Store = guichet.Sealed(raw, w.Sealer(ids...), nil)
}

// individuals returns the structures of individuals in a store.
func (w *World) individuals(s storage.Store) map[structure.ID]structure.Structure {
	w.T.Helper()

	page, err := storage.List(w.Ctx, s, storage.Individuals{Window: storage.Window{Limit: storage.MaxLimit}})
	require.NoError(w.T, err)

	out := map[structure.ID]structure.Structure{}
	for _, s := range page.Rows {
		out[s.ID] = s
	}

	return out
}

// secret asserts that a store tells no individual's code, and keeps n of them.
func (w *World) secret(raw storage.Store, n int) {
	w.T.Helper()

	rows := w.individuals(raw)
	assert.Len(w.T, rows, n)

	for _, s := range rows {
		assert.NotEmpty(w.T, s.Sealed)
		assert.NotContains(w.T, string(s.Sealed), person().Code()[:10])
		assert.True(w.T, strings.HasPrefix(s.Identity.Code(), "S1."))
	}
}

// reseal seals what is left to seal.
func (w *World) reseal() guichet.Resealed {
	w.T.Helper()

	done, err := w.Portal.Reseal(w.Ctx, 0)
	require.NoError(w.T, err)

	return done
}

// sealing are about individuals whose codes are secret in the store.
func sealing() []Scenario {
	return []Scenario{
		{"G1_AnIndividualsCodeIsSealedAndFound", func(w *World) {
			raw := w.Store
			w.Seal(raw, "a")

			heloise := w.heloise()
			w.secret(raw, 1)

			_, err := raw.StructureByIdentity(w.Ctx, person())
			require.ErrorIs(w.T, err, storage.ErrNotFound)

			form := personForm("daniel")
			form.Code = strings.ToLower(form.Code)
			receipt, err := w.Portal.Register(w.Ctx, form)
			require.NoError(w.T, err)
			assert.Equal(w.T, guichet.NextApproval, receipt.Next, "C1: one structure for one code, however it is typed")

			requests := w.Requests(heloise.ID)
			assert.Equal(w.T, person(), requests[Login("daniel")].Structure.Identity)
			w.Approve(heloise.ID, "daniel")

			mine, err := w.Portal.Habilitations(w.Ctx, heloise.ID)
			require.NoError(w.T, err)
			assert.Equal(w.T, person(), mine[0].Structure.Identity, "A7: whole for whoever is attached")
			w.secret(raw, 1)
		}},
		{"G1_TheCountryIsPartOfASealedCode", func(w *World) {
			raw := w.Store
			w.Seal(raw, "a")
			w.heloise()

			belgian := personForm("claire")
			belgian.Country = "BE"
			_, err := w.Portal.Register(w.Ctx, belgian)
			require.NoError(w.T, err)
			w.secret(raw, 2)

			id, err := person().In("BE")
			require.NoError(w.T, err)
			assert.NotEqual(w.T, w.ID(person()), w.ID(id))
			assert.Equal(w.T, "BE", w.individuals(raw)[w.ID(id)].Identity.Country(), "A10: the country stays readable")
		}},
		{"G1_RegistrationsAtOnceMakeOneSealedStructure", func(w *World) {
			const many = 8

			raw := w.Store
			w.Seal(raw, "a")

			var (
				wait sync.WaitGroup
				mu   sync.Mutex
				next = map[guichet.Next]int{}
			)

			for i := range many {
				wait.Go(func() {
					receipt, err := w.Portal.Register(w.Ctx, personForm("n"+string(rune('a'+i))))
					assert.NoError(w.T, err)

					mu.Lock()
					defer mu.Unlock()

					next[receipt.Next]++
				})
			}

			wait.Wait()
			assert.Equal(w.T, map[guichet.Next]int{guichet.NextActivation: 1, guichet.NextApproval: many - 1}, next)
			w.secret(raw, 1)
		}},
		{"G1_BothSidesOfAChangeAreSealed", func(w *World) {
			raw := w.Store
			w.Seal(raw, "a")

			heloise := w.heloise()
			from, to := w.ID(person()), identifier.MustParse(identifier.Individual, person().Code()+"2")
			after, err := w.Portal.ChangeIdentifier(w.Ctx, account.Support("Léa"), from, to)
			require.NoError(w.T, err)
			w.secret(raw, 2)

			assert.Equal(w.T, to, w.Stored(to).Identity)
			assert.Equal(w.T, after.ID, w.Stored(person()).Successor, "C9: the old code leads to the new structure")

			receipt, err := w.Portal.Register(w.Ctx, personForm("daniel"))
			require.NoError(w.T, err)
			assert.Equal(w.T, guichet.NextApproval, receipt.Next)
			assert.Equal(w.T, after.ID, w.Requests(heloise.ID)[Login("daniel")].Structure.ID)

			_, err = w.Portal.ChangeIdentifier(w.Ctx, account.Support("Léa"), after.ID, person())
			require.ErrorIs(w.T, err, structure.ErrFormer)
		}},
		{"G1_WhoClosesLeavesNothingSealed", func(w *World) {
			raw := w.Store
			w.Seal(raw, "a")

			heloise := w.heloise()
			id := w.ID(person())
			w.close(heloise.ID, true)
			w.forgotten(id)
			w.secret(raw, 0)

			s, err := raw.Structure(w.Ctx, id)
			require.NoError(w.T, err)
			assert.Empty(w.T, s.Sealed)

			w.Deliver()
			w.heloise()
			assert.NotEqual(w.T, id, w.ID(person()), "the code is free again")
			w.secret(raw, 1)
		}},
		{"G1_CodesFromBeforeAreFoundAndSealedLater", func(w *World) {
			raw := w.Store
			heloise := w.heloise()
			id := w.ID(person())

			w.Seal(raw, "a")
			_, err := w.Portal.Register(w.Ctx, personForm("daniel"))
			require.NoError(w.T, err)
			assert.Equal(w.T, id, w.Requests(heloise.ID)[Login("daniel")].Structure.ID)

			version := w.Stored(person()).Version
			assert.Equal(w.T, guichet.Resealed{Sealed: 1}, w.reseal())
			w.secret(raw, 1)

			now := w.Stored(person())
			assert.Equal(w.T, []any{id, version + 1}, []any{now.ID, now.Version})
			assert.Equal(w.T, attachment.Managed, w.Roster(person()).Roster.Standing)
			assert.Equal(w.T, guichet.Resealed{Kept: 1}, w.reseal())
		}},
		{"G1_AnOldKeyIsDroppedAfterReseal", func(w *World) {
			raw := w.Store
			w.Seal(raw, "old")
			w.heloise()
			before := w.individuals(raw)[w.ID(person())]

			w.Seal(raw, "new", "old")
			assert.Equal(w.T, person(), w.Stored(person()).Identity, "the old key opens")
			assert.Equal(w.T, guichet.Resealed{Resealed: 1}, w.reseal())

			w.Seal(raw, "new")
			assert.Equal(w.T, guichet.Resealed{Kept: 1}, w.reseal())

			after := w.individuals(raw)[w.ID(person())]
			assert.Equal(w.T, before.Identity, after.Identity)
			assert.NotEqual(w.T, before.Sealed, after.Sealed)
			w.secret(raw, 1)
		}},
		{"G1_ResealByManyAtOnceSealsEachOnce", resealAtOnce},
	}
}

// resealAtOnce has several processes seal what was stored before, while people register.
func resealAtOnce(w *World) {
	const people, processes = 12, 3

	raw := w.Store
	form := func(i int, name string) account.Form {
		form := personForm(name)
		form.Code += string(rune('A' + i))

		return form
	}

	for i := range people {
		_, err := w.Portal.Register(w.Ctx, form(i, "premier"+string(rune('a'+i))))
		require.NoError(w.T, err)
	}

	w.Seal(raw, "a")

	var (
		wait sync.WaitGroup
		mu   sync.Mutex
		sum  int
	)

	for range processes {
		wait.Go(func() {
			done, err := w.Portal.Reseal(w.Ctx, 0)
			assert.NoError(w.T, err)
			assert.Empty(w.T, done.Left)

			mu.Lock()
			defer mu.Unlock()

			sum += done.Sealed
		})
	}

	wait.Go(func() {
		for i := range people {
			receipt, err := w.Portal.Register(w.Ctx, form(i, "second"+string(rune('a'+i))))
			assert.NoError(w.T, err)
			assert.Equal(w.T, guichet.NextApproval, receipt.Next, "C1: found, sealed or not")
		}
	})

	wait.Wait()
	w.secret(raw, people)
	assert.LessOrEqual(w.T, sum, people, "each is sealed once, or was when somebody wrote it")
	assert.Equal(w.T, guichet.Resealed{Kept: people}, w.reseal())
}
