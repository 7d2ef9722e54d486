package scenarios

import (
	"errors"
	"fmt"
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

// applications are about what a structure has opened, and whose structures there are at all.
func applications() []Scenario {
	return []Scenario{
		{"C10_TheCreatorSelectsTheApplications", func(w *World) {
			form := Form("gestionnaire", Siret(0))
			form.Structure.Applications = []structure.Application{"signature", "annuaire", "signature"}
			_, err := w.Portal.Register(w.Ctx, form)
			require.NoError(w.T, err)
			w.Activate(w.Token(w.One(w.Deliver(), "gestionnaire", mail.ActivationLink)))
			assert.Equal(w.T, []structure.Application{"annuaire", "organisation", "signature"}, w.Stored(Siret(0)).Applications)

			w.Manager("autre", Siret(1))
			assert.Equal(w.T, []structure.Application{
				"factures-a-valider", "factures-de-travaux", "factures-emises", "organisation",
			}, w.Stored(Siret(1)).Applications, "the default")
		}},
		{"E3_AnApplicationThatIsOpenedLaterGivesOthersNothing", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			user := w.User("utilisateur", Siret(0), manager.ID)
			id := w.ID(Siret(0))
			in := habilitation.Scope{Structure: id}

			w.open(manager.ID, Siret(0), "signature", "factures-emises")
			require.NoError(w.T, w.May(manager.ID, in, "signature", habilitation.Modification))
			require.ErrorIs(w.T, w.May(user.ID, in, "signature", habilitation.Consultation), habilitation.ErrNotGranted)

			// What was closed with it is suspended, not lost.
			require.ErrorIs(w.T, w.May(user.ID, in, "factures-a-valider", habilitation.Consultation), habilitation.ErrApplicationClosed)
			require.ErrorIs(w.T, w.May(manager.ID, in, "factures-a-valider", habilitation.Consultation), habilitation.ErrApplicationClosed)
			require.NoError(w.T, w.May(user.ID, in, "factures-emises", habilitation.Modification))

			w.open(manager.ID, Siret(0), "factures-a-valider")
			require.NoError(w.T, w.May(user.ID, in, "factures-a-valider", habilitation.Modification))
			require.ErrorIs(w.T, w.May(user.ID, in, "factures-emises", habilitation.Consultation), habilitation.ErrApplicationClosed)

			// Whoever comes now starts with what is open now.
			late := w.User("tardif", Siret(0), manager.ID)
			w.open(manager.ID, Siret(0), "factures-a-valider", "factures-emises")
			require.ErrorIs(w.T, w.May(late.ID, in, "factures-emises", habilitation.Consultation), habilitation.ErrNotGranted)
			require.NoError(w.T, w.May(user.ID, in, "factures-emises", habilitation.Consultation))
		}},
		{"C10_OrganisationIsAlwaysOpen", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			w.open(manager.ID, Siret(0))
			assert.Equal(w.T, []structure.Application{"organisation"}, w.Stored(Siret(0)).Applications)
			w.open(manager.ID, Siret(0), "factures-emises")
		}},
		{"C10_WhatTheSectorMayNotOpenIsRefused", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			stored := w.Stored(Siret(0))
			form := formOf(stored)
			form.Applications = append(form.Applications, "factures-recues")

			w.Untouched(func() {
				_, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), stored.ID, form)
				assert.Equal(w.T, []string{"applications structure.application"}, faultsIn(err))
			}, stored.ID)

			registering := Form("autre", Siret(1))
			registering.Structure.Applications = []structure.Application{"factures-recues"}
			_, err := w.Portal.Register(w.Ctx, registering)
			assert.Equal(w.T, []string{"applications structure.application"}, faultsIn(err))
			w.Unnamed(Siret(1))
		}},
		{"C4_APublicStructureIsNotCreatedByAPerson", func(w *World) {
			loner := w.Loner("maire")
			form := Form("gestionnaire", Siret(0))
			form.Structure.Sector = structure.Public
			enrolment := Enrolment("agent")
			enrolment.Identity, enrolment.Structure = Siret(0), form.Structure
			creation := guichet.Creation{By: loner.ID, Identity: Siret(0), Structure: form.Structure}

			w.Untouched(func() {
				_, err := w.Portal.Register(w.Ctx, form)
				assert.Equal(w.T, []string{"sector structure.public"}, faultsIn(err))
				_, err = w.Portal.CreateStructure(w.Ctx, creation)
				assert.Equal(w.T, []string{"sector structure.public"}, faultsIn(err))
				_, err = w.Portal.Enrol(w.Ctx, enrolment)
				assert.Equal(w.T, []string{"sector structure.public"}, faultsIn(err))
			})
			w.Unnamed(Siret(0))

			// One that is there takes requests like any other.
			report, err := w.Portal.Import(w.Ctx, guichet.Import{Structures: []guichet.ImportedStructure{
				{Identity: Siret(1), Form: form.Structure, Users: []guichet.ImportedUser{{Account: loner.ID}}, Manager: loner.ID},
			}})
			require.NoError(w.T, err)
			assert.Equal(w.T, guichet.ImportReport{Structures: 1}, report)
			assert.Equal(w.T, guichet.NextApproval, w.Register("agent", Siret(1)).Next)

			// And the policy may say otherwise.
			w.Reopen(func(o *guichet.Options) { o.Policy.PublicByForm = true })
			_, err = w.Portal.CreateStructure(w.Ctx, creation)
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.Public, w.Stored(Siret(0)).Sector)
		}},
	}
}

// open says which applications a structure has from now on, besides Organisation.
func (w *World) open(by account.ID, id identifier.ID, apps ...structure.Application) {
	w.T.Helper()

	stored := w.Stored(id)
	form := formOf(stored)
	form.Applications = apps
	_, err := w.Portal.ChangeStructure(w.Ctx, account.By(by), stored.ID, form)
	require.NoError(w.T, err)
}

// creations are about the further structures of people who have an account.
func creations() []Scenario {
	return []Scenario{
		{"C5_ASignedInUserCreatesAStructureAndManagesIt", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			form := Typed("suite")
			form.Applications = []structure.Application{"signature"}

			joined, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
				By: manager.ID, Identity: Siret(1), Structure: form,
			})
			require.NoError(w.T, err)

			stored := w.Stored(Siret(1))
			slice := w.Roster(Siret(1), manager.ID)
			assert.Equal(w.T, guichet.Joined{Structure: stored.ID, Manager: true, Version: slice.Roster.Version}, joined)
			assert.Equal(w.T, "Société de suite", stored.Data.LegalName)
			assert.Equal(w.T, []structure.Application{"organisation", "signature"}, stored.Applications)
			assert.Equal(w.T, attachment.Managed, slice.Roster.Standing)
			assert.Equal(w.T, manager.ID, slice.Roster.Holder)
			assert.Equal(w.T, []string{"user attached →attached", "manager named unclaimed→managed"}, w.Actions(stored.ID))
			assert.Empty(w.T, w.Deliver(), "who creates it knows")
			require.NoError(w.T, w.May(manager.ID, habilitation.Scope{Structure: stored.ID}, "signature", habilitation.Modification))

			found, err := w.Portal.FindStructure(w.Ctx, Siret(1))
			require.NoError(w.T, err)
			assert.Equal(w.T, stored.Summary(), found, "present at once")
			assert.Equal(w.T, guichet.NextApproval, w.Register("autre", Siret(1)).Next)
		}},
		{"C5_EveryFaultOfTheFormIsToldAtOnce", func(w *World) {
			loner := w.Loner("seule")

			w.Untouched(func() {
				_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Identity: Siret(0)})
				assert.Equal(w.T, []string{
					"address structure.required", "country structure.required", "legal_name structure.required",
					"postal_code structure.required", "town structure.required",
				}, faultsIn(err))

				_, err = w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Structure: Typed("x")})
				assert.Equal(w.T, []string{"identifier structure.required"}, faultsIn(err))
			})
			w.Unnamed(Siret(0))
		}},
		{"C5_OnlyAnActiveAccountCreates", func(w *World) {
			loner := w.Loner("seule")
			_, err := w.Portal.Block(w.Ctx, helpdesk, loner.ID, "")
			require.NoError(w.T, err)

			w.Register("premier", Siret(1))
			reg := w.Roster(Siret(1)).Roster.Holder

			w.Untouched(func() {
				_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Identity: Siret(0), Structure: Typed("x")})
				require.ErrorIs(w.T, err, attachment.ErrAccountInactive)

				for _, nobody := range []account.ID{"personne", reg, ""} {
					_, err = w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: nobody, Identity: Siret(0), Structure: Typed("x")})
					require.ErrorIs(w.T, err, guichet.ErrUnknownAccount)
				}
			})
			w.Unnamed(Siret(0))
		}},
		{"C5_AStructureThatIsPresentIsAskedForInstead", func(w *World) {
			w.Manager("gestionnaire", Siret(0))
			loner := w.Loner("seule")
			id := w.ID(Siret(0))

			w.Untouched(func() {
				_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Identity: Siret(0), Comment: "Bonjour"})
				require.ErrorIs(w.T, err, attachment.ErrPresent)
			}, id)
			require.NoError(w.T, w.Ask(loner.ID, id, ""))
		}},
		{"C5_BehindAClaimTheUserQueues", func(w *World) {
			loner := w.Loner("seule")
			w.Register("premier", Siret(0))
			w.Deliver()

			id := w.ID(Siret(0))
			creation := guichet.Creation{By: loner.ID, Identity: Siret(0), Structure: Typed("seule")}

			w.Untouched(func() {
				_, err := w.Portal.CreateStructure(w.Ctx, creation)
				require.ErrorIs(w.T, err, attachment.ErrComment)
			}, id)

			creation.Comment = "C'est ma société"
			joined, err := w.Portal.CreateStructure(w.Ctx, creation)
			require.NoError(w.T, err)
			assert.False(w.T, joined.Manager)
			assert.Equal(w.T, attachment.Requested, w.Row(Siret(0), loner.ID).State)
			assert.Empty(w.T, w.Deliver(), "nobody decides while there is only a claim")

			w.Untouched(func() {
				_, err := w.Portal.CreateStructure(w.Ctx, creation)
				require.ErrorIs(w.T, err, attachment.ErrOpen)
			}, id)

			w.Wait(time.Hour)
			w.Advance()
			assert.Equal(w.T, loner.ID, w.Roster(Siret(0)).Roster.Holder)
			assert.Equal(w.T, "Société de seule", w.Stored(Siret(0)).Data.LegalName, "what the successor typed")
			assert.Equal(w.T, []string{"appointed to seule@exemple.fr", "claim lapsed to premier@exemple.fr"}, Mails(w.Deliver()))
		}},
		{"C5_WhatALapsedClaimLeftIsCreatedAnew", func(w *World) {
			for n, before := range []string{"unclaimed", "claimed"} {
				name := fmt.Sprint("seule", n)
				loner := w.Loner(name)
				w.Register("premier", Siret(n))
				w.Deliver()
				w.Wait(time.Hour)

				// Calling Advance seldom changes nothing but when people are told.
				if before == "unclaimed" {
					w.Advance()
				}

				joined, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
					By: loner.ID, Identity: Siret(n), Structure: Typed(name),
				})
				require.NoError(w.T, err)
				assert.True(w.T, joined.Manager)
				assert.Equal(w.T, "Société de "+name, w.Stored(Siret(n)).Data.LegalName)
				assert.Equal(w.T, []string{
					"claim began →claimed", "claim mailed claimed→claimed", "time over claimed→lapsed", "nobody left lapsed→lapsed",
					"user attached →attached", "manager named " + before + "→managed",
				}, w.Actions(joined.Structure))
				assert.Equal(w.T, []string{"claim lapsed to premier@exemple.fr"}, Mails(w.Deliver()))
			}
		}},
		{"C5_WhoWaitedBehindALapsedClaimComesFirst", func(w *World) {
			loner := w.Loner("seule")
			w.Register("premier", Siret(0))
			w.Register("deuxieme", Siret(0))
			w.Deliver()
			w.Wait(time.Hour)

			joined, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
				By: loner.ID, Identity: Siret(0), Structure: Typed("seule"), Comment: "Moi aussi",
			})
			require.NoError(w.T, err)
			assert.False(w.T, joined.Manager)
			assert.Equal(w.T, attachment.InClaim, w.Roster(Siret(0)).Roster.Standing)
			w.Activate(w.Token(w.One(w.Deliver(), "deuxieme", mail.ActivationLink)))
		}},
		{"C5_NoMoreThanTwentyStructuresADay", func(w *World) {
			loner := w.Loner("entrepreneuse")
			w.Clock = w.Clock.Truncate(aDay).Add(23 * time.Hour)

			for n := range 20 {
				w.Create(loner.ID, number(n))
			}

			w.Untouched(func() {
				_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Identity: number(20), Structure: Typed("x")})
				require.ErrorIs(w.T, err, account.ErrCreated)
				assert.Equal(w.T, []string{"account.created"}, faultsIn(err))
			})
			w.Unnamed(number(20))

			// Neither may they queue behind a claim of their own making, nor take one identifier after the other.
			w.Register("premier", Siret(0))
			w.Untouched(func() {
				_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
					By: loner.ID, Identity: Siret(0), Structure: Typed("x"), Comment: "Je patiente",
				})
				require.ErrorIs(w.T, err, account.ErrCreated)

				_, err = w.Portal.ChangeIdentifier(w.Ctx, account.By(loner.ID), w.ID(number(0)), number(20))
				require.ErrorIs(w.T, err, account.ErrCreated)
			}, w.ID(Siret(0)), w.ID(number(0)))

			// Others have their own twenty.
			w.Create(w.Loner("autre").ID, number(20))

			w.Wait(time.Hour) // midnight, in UTC
			w.Create(loner.ID, number(21))

			stored, err := w.Portal.Account(w.Ctx, loner.ID)
			require.NoError(w.T, err)
			assert.Equal(w.T, 1, stored.Claims)
			assert.Equal(w.T, w.Clock, stored.ClaimDay)
		}},
		{"C5_TheLimitHoldsForStructuresAtOnce", func(w *World) {
			w.Reopen(func(o *guichet.Options) { o.Policy.ClaimsPerDay = 2 })
			loner := w.Loner("entrepreneuse")

			var tries []func() error

			for n := range 5 {
				tries = append(tries, func() error {
					_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
						By: loner.ID, Identity: Siret(n), Structure: Typed("x"),
					})

					return err
				})
			}

			created := 0

			for n, err := range AtOnce(tries...) {
				if err == nil {
					created++

					continue
				}

				require.ErrorIs(w.T, err, account.ErrCreated)
				w.Unnamed(Siret(n))
			}

			assert.Equal(w.T, 2, created)
		}},
		{"C5_OfSeveralAtOnceOneCreatesTheStructure", func(w *World) {
			one, other := w.Loner("une"), w.Loner("autre")

			create := func(who account.ID) func() error {
				return func() error {
					_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
						By: who, Identity: Siret(0), Structure: Typed(string(who)),
					})

					return err
				}
			}

			errs := AtOnce(create(one.ID), create(other.ID), create(one.ID))
			won, present := 0, 0

			for _, err := range errs {
				switch {
				case err == nil:
					won++
				case errors.Is(err, attachment.ErrPresent):
					present++
				default:
					require.NoError(w.T, err)
				}
			}

			assert.Equal(w.T, []int{1, 2}, []int{won, present})

			slice := w.Roster(Siret(0), one.ID, other.ID)
			assert.Equal(w.T, attachment.Managed, slice.Roster.Standing)
			assert.Len(w.T, slice.Roster.Rows, 1)
			assert.Equal(w.T, "Société de "+string(slice.Roster.Holder), slice.Facts.Structure.Data.LegalName)
		}},
		{"C5_ACreationAndARegistrationAtOnceMakeOneStructure", func(w *World) {
			for n := range 6 {
				loner := w.Loner(fmt.Sprint("seule", n))
				errs := AtOnce(
					func() error {
						_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
							By: loner.ID, Identity: Siret(n), Structure: Typed("x"), Comment: "Bonjour",
						})

						return err
					},
					func() error {
						_, err := w.Portal.Register(w.Ctx, Form("passant", Siret(n)))

						return err
					},
				)
				require.NoError(w.T, errors.Join(errs...))

				roster := w.Roster(Siret(n), loner.ID).Roster
				if roster.Standing == attachment.Managed {
					assert.Equal(w.T, loner.ID, roster.Holder)
				} else {
					assert.Equal(w.T, attachment.InClaim, roster.Standing)
					assert.Equal(w.T, attachment.Requested, w.Row(Siret(n), loner.ID).State)
				}
			}
		}},
		{"A8_ACompanyThatIsBeingRegisteredIsCreated", func(w *World) {
			loner := w.Loner("fondatrice")
			id := identifier.NewRegistering([10]byte{1, 2, 3})
			joined := w.Create(loner.ID, id)
			assert.True(w.T, joined.Manager)

			found, err := w.Portal.FindStructure(w.Ctx, id)
			require.NoError(w.T, err)
			assert.Equal(w.T, id, found.Identity)
		}},
		{"C11_CreatingDoesNotTellWhetherAnIndividualIsPresent", func(w *World) {
			loner := w.Loner("curieuse")
			claimed := identifier.MustParse(identifier.Individual, "2850175123DURANDANNE1")
			present := identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL1")
			w.individual("daniel", present)
			_, err := w.Portal.Register(w.Ctx, individualForm("anne", claimed))
			require.NoError(w.T, err)

			form := individualForm("x", present).Structure

			for _, id := range []identifier.ID{claimed, present} {
				_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Identity: id})
				assert.Len(w.T, faultsIn(err), 6, "the form is checked either way")

				_, err = w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Identity: id, Structure: form})
				require.ErrorIs(w.T, err, attachment.ErrComment)

				joined, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
					By: loner.ID, Identity: id, Structure: form, Comment: "Bonjour",
				})
				require.NoError(w.T, err)
				assert.False(w.T, joined.Manager)
			}
		}},
	}
}

// number returns the nth of many identifiers.
func number(n int) identifier.ID {
	return identifier.MustParse(identifier.RIDET, fmt.Sprintf("%07d001", 1000+n))
}
