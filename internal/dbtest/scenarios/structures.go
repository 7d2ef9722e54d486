package scenarios

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

func structures() []Scenario {
	return slices.Concat(descriptions(), managing(), serviceStories(), inactive(), applications(), creations(), interleaved())
}

// descriptions are about what is known of a structure, and who may say it.
func descriptions() []Scenario {
	return []Scenario{
		{"C2_ADeciderChangesWhatTheStructureSays", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			before := w.Stored(Siret(0))
			entries := len(w.Entries(before.ID))

			form := formOf(before)
			form.LegalName, form.Label, form.Town = " Société  nouvelle ", "Atelier", "Lyon"
			form.Complement1, form.Complement2 = "Bâtiment B", "BP 12"

			w.Wait(time.Hour)
			after, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), before.ID, form)
			require.NoError(w.T, err)

			want := before
			want.Version++
			want.Data.LegalName, want.Data.Label, want.Data.Town = "Société nouvelle", "Atelier", "Lyon"
			want.Data.Complement1, want.Data.Complement2 = "Bâtiment B", "BP 12"
			assert.Equal(w.T, want, after)
			assert.Equal(w.T, want, w.Stored(Siret(0)), "what is returned is what is stored")

			require.Len(w.T, w.Entries(before.ID), entries+1)
			last := w.Last(before.ID)
			assert.Equal(w.T, "structure changed", last.Action)
			assert.Equal(w.T, account.By(manager.ID), last.Actor)
			assert.Equal(w.T, w.Clock, last.At)
			assert.Empty(w.T, w.Deliver(), "nobody is mailed about it")

			// Again, from what is stored now.
			form.Label = ""
			_, err = w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), before.ID, form)
			require.NoError(w.T, err)
			assert.Empty(w.T, w.Stored(Siret(0)).Data.Label, "the whole form counts")
		}},
		{"C2_TheSectorIsSupportsToSay", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			stored := w.Stored(Siret(0))
			form := formOf(stored)
			form.Sector = structure.Public

			w.Untouched(func() {
				_, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), stored.ID, form)
				assert.Equal(w.T, []string{"sector structure.not_yours"}, faultsIn(err))
			}, stored.ID)

			after, err := w.Portal.ChangeStructure(w.Ctx, helpdesk, stored.ID, form)
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.Public, after.Sector)
			assert.Equal(w.T, helpdesk, w.Last(stored.ID).Actor)

			// The manager's form says what is so by now.
			form = formOf(w.Stored(Siret(0)))
			form.Label = "Mairie"
			_, err = w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), stored.ID, form)
			require.NoError(w.T, err)
		}},
		{"C2_ADeciderSetsNonDiffusibleAndSupportAloneClearsIt", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			stored := w.Stored(Siret(0))
			form := formOf(stored)

			form.NonDiffusible = true
			_, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), stored.ID, form)
			require.NoError(w.T, err)

			form.NonDiffusible, form.Label = false, "Atelier"

			w.Untouched(func() {
				_, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), stored.ID, form)
				assert.Equal(w.T, []string{"non_diffusible structure.non_diffusible"}, faultsIn(err))
			}, stored.ID)

			after, err := w.Portal.ChangeStructure(w.Ctx, helpdesk, stored.ID, form)
			require.NoError(w.T, err)
			assert.False(w.T, after.Data.NonDiffusible)
			assert.Equal(w.T, "Atelier", w.Stored(Siret(0)).Data.Label)
		}},
		{"C2_EveryFaultOfAChangeIsToldAtOnce", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			stored := w.Stored(Siret(0))
			form := formOf(stored)
			form.LegalName, form.Country, form.Town = "", "Frankreich", "[ND]"
			form.Sector = structure.Public
			form.Applications = []structure.Application{"remboursement-de-taxes"}

			w.Untouched(func() {
				_, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), stored.ID, form)
				assert.Equal(w.T, []string{
					"applications structure.application", "country structure.country", "legal_name structure.required",
					"sector structure.not_yours", "town structure.masked",
				}, faultsIn(err))
			}, stored.ID)
		}},
		{"C2_SayingTheSameAgainWritesNothing", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			stored := w.Stored(Siret(0))

			w.Untouched(func() {
				after, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), stored.ID, formOf(stored))
				require.NoError(w.T, err)
				assert.Equal(w.T, stored, after)
			}, stored.ID)
		}},
		{"C2_AnIndividualHasAName", func(w *World) {
			id := identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL1")
			manager := w.individual("daniel", id)
			stored := w.Stored(id)
			form := formOf(stored)
			form.LegalName, form.LastName = "Société", ""

			w.Untouched(func() {
				_, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager), stored.ID, form)
				assert.Equal(w.T, []string{"structure_last_name structure.required"}, faultsIn(err))
			}, stored.ID)

			form.LastName = "Potier-Martin"
			after, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager), stored.ID, form)
			require.NoError(w.T, err)
			assert.Equal(w.T, "Daniel Potier-Martin", after.Data.Name())
			assert.Empty(w.T, after.Data.LegalName, "an individual has none")
		}},
	}
}

// individual registers and activates somebody who is the structure themselves.
func (w *World) individual(name string, id identifier.ID) account.ID {
	w.T.Helper()

	_, err := w.Portal.Register(w.Ctx, individualForm(name, id))
	require.NoError(w.T, err)

	return w.Activate(w.Token(w.One(w.Deliver(), name, mail.ActivationLink))).ID
}

func individualForm(name string, id identifier.ID) account.Form {
	form := Form(name, id)
	form.Structure.LegalName, form.Structure.FirstName, form.Structure.LastName = "", "Daniel", "Potier"

	return form
}

// managing are about who acts for a structure.
func managing() []Scenario {
	return []Scenario{
		{"C7_OnlyDecidersChangeAStructureAndItsServices", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			user := w.User("utilisateur", Siret(0), manager.ID)
			stranger := w.Manager("ailleurs", Siret(1))
			id := w.ID(Siret(0))
			form := formOf(w.Stored(Siret(0)))
			form.Label = "Atelier"

			w.Deliver()

			for who, by := range map[string]account.Actor{
				"a user": account.By(user.ID), "a manager of another": account.By(stranger.ID), "nobody": account.By("personne"),
				"the system": account.System(),
			} {
				w.refusedToManage(who, by, id, form)
			}

			// Support describes, and does nothing else while the manager can.
			w.Untouched(func() {
				_, err := w.Portal.SetStatus(w.Ctx, helpdesk, id, structure.Inactive)
				require.ErrorIs(w.T, err, attachment.ErrNotDecider)
				_, err = w.Portal.PutService(w.Ctx, helpdesk, id, structure.ServiceForm{Code: "A", Label: "A"})
				require.ErrorIs(w.T, err, attachment.ErrNotDecider)
			}, id)

			_, err := w.Portal.Block(w.Ctx, helpdesk, manager.ID, "")
			require.NoError(w.T, err)
			_, err = w.Portal.PutService(w.Ctx, helpdesk, id, structure.ServiceForm{Code: "A", Label: "A"})
			require.NoError(w.T, err, "the manager is blocked")
			w.refusedToManage("the blocked manager", account.By(manager.ID), id, form)
		}},
		{"C7_WhatIsNotThereIsNobodysToChange", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			_, err := w.Portal.SetStatus(w.Ctx, account.By(manager.ID), "nulle part", structure.Inactive)
			require.ErrorIs(w.T, err, guichet.ErrUnknownStructure)

			// What is only claimed has nobody who could.
			w.Register("premier", Siret(1))
			id := w.ID(Siret(1))

			for _, by := range []account.Actor{account.By(manager.ID), helpdesk} {
				w.Untouched(func() {
					_, err := w.Portal.ChangeStructure(w.Ctx, by, id, Typed("x"))
					require.ErrorIs(w.T, err, attachment.ErrNoManager)
				}, id)
			}

			_, err = w.Portal.SetStatus(w.Ctx, account.By(manager.ID), w.ID(Siret(0)), 7)
			assert.Equal(w.T, []string{"status structure.status"}, faultsIn(err))
		}},
		{"C7_AnyDeciderChangesAStructure", func(w *World) {
			who := w.Deciders(Siret(0), "gestionnaire", "adjoint")
			form := formOf(w.Stored(Siret(0)))
			form.Label = "Atelier"
			_, err := w.Portal.ChangeStructure(w.Ctx, account.By(who[1]), w.ID(Siret(0)), form)
			require.NoError(w.T, err)
		}},
		{"C7_AFormerDeciderAtTheSameMomentChangesNothing", func(w *World) {
			for n := range 8 {
				who := w.Deciders(Siret(n), "gestionnaire", "adjoint")
				id := w.ID(Siret(n))
				form := formOf(w.Stored(Siret(n)))
				form.Label = "Atelier"

				errs := AtOnce(
					func() error {
						_, err := w.Portal.Do(w.Ctx, id, attachment.Depart{By: account.By(who[1]), Account: who[1]})

						return err
					},
					func() error {
						_, err := w.Portal.ChangeStructure(w.Ctx, account.By(who[1]), id, form)

						return err
					},
					func() error {
						_, err := w.Portal.PutService(w.Ctx, account.By(who[1]), id, structure.ServiceForm{Code: "A", Label: "A"})

						return err
					},
				)
				require.NoError(w.T, errs[0])

				var done []string
				for _, e := range w.Entries(id) {
					done = append(done, e.Action)
				}

				for i, action := range map[int]string{1: "structure changed", 2: "service created"} {
					if errs[i] != nil {
						require.ErrorIs(w.T, errs[i], attachment.ErrNotDecider)
						assert.NotContains(w.T, done, action)

						continue
					}

					assert.Less(w.T, slices.Index(done, action), slices.Index(done, "user detached"), "%s: %v", action, done)
				}
			}
		}},
		{"C7_AnAccountThatIsBlockedAtTheSameMomentChangesNothing", func(w *World) {
			for n := range 8 {
				manager := w.Loner(fmt.Sprint("gestionnaire", n))
				id := w.Create(manager.ID, Siret(n)).Structure
				form := formOf(w.Stored(Siret(n)))
				form.Label = "Atelier"

				errs := AtOnce(
					func() error {
						_, err := w.Portal.Block(w.Ctx, helpdesk, manager.ID, "")

						return err
					},
					func() error {
						_, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), id, form)

						return err
					},
				)
				require.NoError(w.T, errs[0])

				if errs[1] == nil {
					assert.Equal(w.T, "Atelier", w.Stored(Siret(n)).Data.Label)
				} else {
					require.ErrorIs(w.T, errs[1], habilitation.ErrAccountInactive)
					assert.Empty(w.T, w.Stored(Siret(n)).Data.Label)
				}
			}
		}},
		{"C7_ChangesAtOnceAreAllMade", func(w *World) {
			who := w.Deciders(Siret(0), "gestionnaire", "adjoint")
			id := w.ID(Siret(0))
			one, other := formOf(w.Stored(Siret(0))), formOf(w.Stored(Siret(0)))
			one.Label, other.Label = "Un", "Deux"

			for _, err := range AtOnce(
				func() error { _, err := w.Portal.ChangeStructure(w.Ctx, account.By(who[0]), id, one); return err },
				func() error { _, err := w.Portal.ChangeStructure(w.Ctx, account.By(who[1]), id, other); return err },
				func() error {
					_, err := w.Portal.PutService(w.Ctx, account.By(who[0]), id, structure.ServiceForm{Code: "A", Label: "A"})
					return err
				},
				func() error {
					_, err := w.Portal.PutService(w.Ctx, account.By(who[1]), id, structure.ServiceForm{Code: "B", Label: "B"})
					return err
				},
			) {
				require.NoError(w.T, err)
			}

			actions := w.Actions(id)
			slices.Sort(actions)
			assert.Equal(w.T, []string{
				"service created →", "service created →", "structure changed →", "structure changed →",
				"structure imported unclaimed→managed",
			}, actions)
			assert.Contains(w.T, []string{"Un", "Deux"}, w.Stored(Siret(0)).Data.Label)
			assert.Len(w.T, w.Services(id), 2)
		}},
	}
}

// refusedToManage asserts that somebody changes nothing of a structure.
func (w *World) refusedToManage(who string, by account.Actor, id structure.ID, form structure.Form) {
	w.T.Helper()

	w.Untouched(func() {
		_, err := w.Portal.ChangeStructure(w.Ctx, by, id, form)
		require.ErrorIs(w.T, err, attachment.ErrNotDecider, who)
		_, err = w.Portal.SetStatus(w.Ctx, by, id, structure.Inactive)
		require.ErrorIs(w.T, err, attachment.ErrNotDecider, who)
		_, err = w.Portal.SetStatus(w.Ctx, by, id, structure.Active)
		require.ErrorIs(w.T, err, attachment.ErrNotDecider, who)
		_, err = w.Portal.PutService(w.Ctx, by, id, structure.ServiceForm{Code: "B", Label: "B"})
		require.ErrorIs(w.T, err, attachment.ErrNotDecider, who)
		_, err = w.Portal.ChangeIdentifier(w.Ctx, by, id, Siret(9))
		require.ErrorIs(w.T, err, attachment.ErrNotDecider, who)
	}, id)
}
