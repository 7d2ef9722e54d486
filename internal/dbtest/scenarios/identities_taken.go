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

// takenIdentities are about a new identifier that somebody has named before.
func takenIdentities() []Scenario {
	return []Scenario{
		{"C9_NothingIsMergedAndEverybodyIsOfferedARequest", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			user := w.User("utilisateur", Siret(0), manager.ID)
			clerk := w.Loner("comptable")
			other := w.Manager("ailleurs", Siret(1))
			id, taken := w.ID(Siret(0)), w.ID(Siret(1))
			w.Service(manager.ID, id, "COMPTA")
			require.NoError(w.T, w.Ask(clerk.ID, id, "COMPTA"))
			w.Approve(manager.ID, "comptable")
			w.Register("patiente", Siret(0))
			w.Deliver()

			before := w.state(id, taken)
			_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), id, Siret(1))
			assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(err))
			assert.Equal(w.T, "identifier taken", w.Last(id).Action)
			before.Journal[0]++
			before.Messages++
			assert.Equal(w.T, before, w.state(id, taken), "but for the journal and the offer")

			told := w.Deliver()
			assert.Equal(w.T, []string{
				"identifier taken to comptable@exemple.fr", "identifier taken to gestionnaire@exemple.fr",
				"identifier taken to utilisateur@exemple.fr",
			}, Mails(told), "everybody attached, at whatever level")

			for _, m := range told {
				assert.Contains(w.T, m.Text, Siret(1).Display())
				assert.Contains(w.T, m.Text, "Société de gestionnaire", "the reader's own")
				assert.NotContains(w.T, m.Text, "Société de ailleurs", "nothing of the other but that it is there")
			}

			// Whoever tries again does not tell them again.
			w.Untouched(func() {
				_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), id, Siret(1))
				assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(err))
			}, id, taken)

			// The offer is taken up.
			found, err := w.Portal.StructureID(w.Ctx, Siret(1))
			require.NoError(w.T, err)
			require.NoError(w.T, w.Ask(user.ID, found, ""))
			w.Approve(other.ID, "utilisateur")
			require.NoError(w.T, w.May(user.ID, habilitation.Scope{Structure: taken}, "factures-emises", habilitation.Modification))
			require.NoError(w.T, w.May(user.ID, habilitation.Scope{Structure: id}, "factures-emises", habilitation.Modification))
			w.Deliver()

			// Another one is offered anew.
			w.Manager("troisieme", Siret(2))
			_, err = w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), id, Siret(2))
			assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(err))
			assert.Len(w.T, w.Deliver(), 3)
		}},
		{"C9_AVacantStructureHasItsIdentifier", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			w.Create(manager.ID, Siret(1))
			require.NoError(w.T, w.Leave(manager.ID, w.ID(Siret(1))))
			_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), w.ID(Siret(0)), Siret(1))
			assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(err))
		}},
		{"C9_AFormerIdentifierOfAnotherIsTaken", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			other := w.Manager("ailleurs", Siret(1))
			w.Rename(other.ID, Siret(1), Siret(2))
			w.Deliver()

			_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), w.ID(Siret(0)), Siret(1))
			assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(err))
			w.One(w.Deliver(), "gestionnaire", mail.IdentifierTaken)
		}},
		{"C11_NobodyIsToldThatAnIndividualIsPresent", func(w *World) {
			one := identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL1")
			other := identifier.MustParse(identifier.Individual, "2850175123DURANDANNE1")
			daniel := w.individual("daniel", one)
			_, err := w.Portal.Register(w.Ctx, individualForm("anne", other))
			require.NoError(w.T, err)

			link := w.Token(w.One(w.Deliver(), "anne", mail.ActivationLink))
			refused := func() {
				w.Untouched(func() {
					_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(daniel), w.ID(one), other)
					assert.Equal(w.T, []string{"identifier structure.not_yours"}, faultsIn(err))

					_, err = w.Portal.ChangeIdentifier(w.Ctx, account.By(daniel), w.ID(one),
						identifier.MustParse(identifier.Individual, "1850175123PERSONNE1"))
					assert.Equal(w.T, []string{"identifier structure.not_yours"}, faultsIn(err), "nobody is there")

					_, err = w.Portal.ChangeIdentifier(w.Ctx, helpdesk, w.ID(one), other)
					assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(err))
				}, w.ID(one), w.ID(other))
			}

			refused() // only claimed
			w.Activate(link)
			refused()
		}},
		{"C9_WhileSomebodyRegistersItTheIdentifierIsTheirs", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			w.Register("premier", Siret(1))
			link := w.Token(w.One(w.Deliver(), "premier", mail.ActivationLink))
			id, claimed := w.ID(Siret(0)), w.ID(Siret(1))

			w.Untouched(func() {
				_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), id, Siret(1))
				require.ErrorIs(w.T, err, attachment.ErrClaimed)
			}, id, claimed)

			w.Activate(link)

			_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), id, Siret(1))
			assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(err))
			w.One(w.Deliver(), "gestionnaire", mail.IdentifierTaken)
		}},
		{"C9_ALapsedClaimDoesNotKeepAnIdentifier", func(w *World) {
			for n, advanced := range []bool{true, false} {
				from, to := Siret(2*n), Siret(2*n+1)
				manager := w.Manager(fmt.Sprint("gestionnaire", n), from)
				w.Register("passant", to)
				link := w.Token(w.One(w.Deliver(), "passant", mail.ActivationLink))
				ghost := w.ID(to)

				w.Wait(time.Hour)

				if advanced {
					w.Advance()
				}

				after := w.Rename(manager.ID, from, to)
				assert.Equal(w.T, after.ID, w.ID(to))

				// What is left of the other one leads nowhere, and nobody is in it.
				left, err := w.Store.Structure(w.Ctx, ghost)
				require.NoError(w.T, err)
				assert.Equal(w.T, identifier.Registering, left.Identity.Kind())
				assert.Empty(w.T, left.Successor)
				assert.Equal(w.T, []string{
					"claim began →claimed", "claim mailed claimed→claimed", "time over claimed→lapsed", "nobody left lapsed→lapsed",
				}, w.Actions(ghost))

				_, err = w.Portal.Activate(w.Ctx, link, Secrets())
				require.ErrorIs(w.T, err, account.ErrLinkExpired)

				assert.Equal(w.T, []string{
					"claim lapsed to passant@exemple.fr", fmt.Sprintf("identifier changed to gestionnaire%d@exemple.fr", n),
				}, Mails(w.Deliver()))

				// Registering again leads to whoever has it now.
				assert.Equal(w.T, guichet.NextApproval, w.Register("passant", to).Next)
				assert.Len(w.T, w.Requests(manager.ID), 1)
				w.Deliver()
			}
		}},
		{"C9_WhoeverSucceedsToALapsedClaimKeepsTheIdentifier", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			w.Register("premier", Siret(1))
			w.Register("deuxieme", Siret(1))
			w.Deliver()
			w.Wait(time.Hour)

			w.Untouched(func() {
				_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), w.ID(Siret(0)), Siret(1))
				require.ErrorIs(w.T, err, attachment.ErrClaimed)
			}, w.ID(Siret(0)), w.ID(Siret(1)))

			w.Advance()
			w.Activate(w.Token(w.One(w.Deliver(), "deuxieme", mail.ActivationLink)))
		}},
		{"C9_AnAccountThatWaitsAloneKeepsTheIdentifier", func(w *World) {
			manager, loner := w.Manager("gestionnaire", Siret(0)), w.Loner("seule")
			w.Register("premier", Siret(1))
			w.Deliver()
			require.NoError(w.T, w.Ask(loner.ID, w.ID(Siret(1)), ""))
			_, err := w.Portal.Block(w.Ctx, helpdesk, loner.ID, "")
			require.NoError(w.T, err)
			w.Wait(time.Hour)
			w.Advance()
			assert.Equal(w.T, attachment.Unclaimed, w.Roster(Siret(1)).Roster.Standing)

			_, err = w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), w.ID(Siret(0)), Siret(1))
			require.ErrorIs(w.T, err, attachment.ErrClaimed)

			_, err = w.Portal.Unblock(w.Ctx, helpdesk, loner.ID)
			require.NoError(w.T, err)
			assert.Equal(w.T, loner.ID, w.Roster(Siret(1)).Roster.Holder)
		}},
	}
}

// changesAtOnce are about a change of identifier and something else at the same moment.
func changesAtOnce() []Scenario {
	rename := func(w *World, by account.ID, from structure.ID, to identifier.ID) func() error {
		return func() error {
			_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(by), from, to)

			return err
		}
	}

	return []Scenario{
		{"C9_OfTwoChangesAtOnceOneIsMade", func(w *World) {
			for n := range 4 {
				from, one, other := Siret(3*n), Siret(3*n+1), Siret(3*n+2)
				who := w.Deciders(from, fmt.Sprint("gestionnaire", n), fmt.Sprint("adjoint", n))
				id := w.ID(from)

				errs := AtOnce(rename(w, who[0], id, one), rename(w, who[1], id, other))
				won, lost := one, other

				if errs[0] != nil {
					won, lost, errs[1] = other, one, errs[0]
				}

				require.ErrorIs(w.T, errs[1], attachment.ErrReplaced)
				assert.Equal(w.T, w.Stored(from).Successor, w.ID(won))
				w.Unnamed(lost)
				assert.Equal(w.T, []string{
					"structure imported unclaimed→managed", fmt.Sprintf("identifier changed %s→%s", id, w.ID(won)),
				}, w.Actions(id))
			}
		}},
		{"C9_OfTwoStructuresOneGetsTheIdentifier", func(w *World) {
			for n := range 4 {
				one, other, to := Siret(3*n), Siret(3*n+1), Siret(3*n+2)
				who := []account.ID{
					w.Manager(fmt.Sprint("une", n), one).ID, w.Manager(fmt.Sprint("autre", n), other).ID,
				}

				errs := AtOnce(rename(w, who[0], w.ID(one), to), rename(w, who[1], w.ID(other), to))
				if errs[0] != nil {
					errs[1] = errs[0]
				}

				assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(errs[1]))
				assert.Contains(w.T, who, w.Roster(to).Roster.Holder)
			}
		}},
		{"C9_AChangeAndARegistrationAtOnceMakeOneStructure", func(w *World) {
			for n := range 6 {
				from, to := Siret(2*n), Siret(2*n+1)
				manager := w.Manager(fmt.Sprint("gestionnaire", n), from)
				id := w.ID(from)

				if n%2 == 0 { // somebody named it before
					w.Register("passant", to)
					w.Deliver()
					w.Wait(time.Hour)
					w.Advance()
				}

				errs := AtOnce(rename(w, manager.ID, id, to), func() error {
					_, err := w.Portal.Register(w.Ctx, Form("nouveau", to))

					return err
				})
				require.NoError(w.T, errs[1])

				w.Deliver()

				if errs[0] == nil {
					assert.Equal(w.T, manager.ID, w.Roster(to).Roster.Holder)
					assert.Contains(w.T, w.Requests(manager.ID), Login("nouveau"))
				} else {
					require.ErrorIs(w.T, errs[0], attachment.ErrClaimed)
					assert.Equal(w.T, attachment.InClaim, w.Roster(to).Roster.Standing)
					assert.Empty(w.T, w.Stored(from).Successor)
				}
			}
		}},
		{"C9_AChangeAndTheTargetsActivationAtOnce", func(w *World) {
			for n := range 4 {
				from, to := Siret(2*n), Siret(2*n+1)
				manager := w.Manager(fmt.Sprint("gestionnaire", n), from)
				name := fmt.Sprint("premier", n)
				w.Register(name, to)
				link := w.Token(w.One(w.Deliver(), name, mail.ActivationLink))

				errs := AtOnce(rename(w, manager.ID, w.ID(from), to), func() error {
					_, err := w.Portal.Activate(w.Ctx, link, Secrets())

					return err
				})
				require.NoError(w.T, errs[1])
				require.Error(w.T, errs[0])

				if !errors.Is(errs[0], attachment.ErrClaimed) {
					assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(errs[0]))
				}

				assert.Equal(w.T, attachment.Managed, w.Roster(to).Roster.Standing)
				assert.NotEqual(w.T, manager.ID, w.Roster(to).Roster.Holder)
			}
		}},
		{"C9_WhatIsDecidedAtTheSameMomentIsNotLost", func(w *World) {
			for n := range 6 {
				from, to := Siret(2*n), Siret(2*n+1)
				name := fmt.Sprint("nouveau", n)
				who := w.Deciders(from, fmt.Sprint("gestionnaire", n), fmt.Sprint("adjoint", n))
				loner := w.Loner(name)
				id := w.ID(from)
				require.NoError(w.T, w.Ask(loner.ID, id, ""))

				errs := AtOnce(rename(w, who[0], id, to), func() error {
					_, err := w.Portal.Do(w.Ctx, id, attachment.Approve{By: account.By(who[1]), Account: loner.ID})

					return err
				}, func() error {
					_, err := w.Portal.PutService(w.Ctx, account.By(who[1]), id, structure.ServiceForm{Code: "A", Label: "A"})

					return err
				})
				require.NoError(w.T, errs[0])

				if errs[1] == nil {
					assert.Equal(w.T, attachment.Attached, w.Row(to, loner.ID).State)
				} else {
					require.ErrorIs(w.T, errs[1], attachment.ErrReplaced)
					assert.Equal(w.T, attachment.Requested, w.Row(to, loner.ID).State)
					w.Approve(who[1], name)
				}

				if errs[2] == nil {
					assert.Len(w.T, w.Services(w.ID(to)), 1)
				} else {
					require.ErrorIs(w.T, errs[2], attachment.ErrReplaced)
					assert.Empty(w.T, w.Services(w.ID(to)))
				}
			}
		}},
	}
}
