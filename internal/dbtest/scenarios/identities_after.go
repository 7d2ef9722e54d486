package scenarios

import (
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

// afterChanges are about what was under way when the identifier changed, and about leaving afterwards.
func afterChanges() []Scenario {
	return []Scenario{
		{"C9_MailsThatWaitAreAboutTheNewStructure", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			w.Register("approuvee", Siret(0))
			w.Approve(manager.ID, "approuvee")
			w.Register("patiente", Siret(0))
			w.Rename(manager.ID, Siret(0), Siret(1))

			sent := w.Deliver()
			assert.Equal(w.T, []string{
				"approved to approuvee@exemple.fr", "identifier changed to gestionnaire@exemple.fr",
				"request to approve to gestionnaire@exemple.fr",
			}, Mails(sent))
			joined := w.Activate(w.Token(w.One(sent, "approuvee", mail.Approved)))
			require.NoError(w.T, w.May(joined.ID, habilitation.Scope{Structure: w.ID(Siret(1))}, "factures-emises",
				habilitation.Modification))
		}},
		{"C9_AnApprovalThatLapsesDoesSoInTheNewStructure", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			w.Register("approuvee", Siret(0))
			w.Approve(manager.ID, "approuvee")
			w.Rename(manager.ID, Siret(0), Siret(1))
			w.Deliver()
			w.Wait(30 * aDay)
			assert.Equal(w.T, guichet.Advanced{Lapsed: 1}, w.Advance())
			w.One(w.Deliver(), "approuvee", mail.RequestLapsed)
			assert.Equal(w.T, guichet.NextApproval, w.Register("approuvee", Siret(0)).Next)
		}},
		{"C9_AnAdoptionGoesOnInTheNewStructure", func(w *World) {
			manager, loner := w.Manager("gestionnaire", Siret(0)), w.Loner("seule")
			w.Register("seule", Siret(0))
			link := w.Token(w.One(w.Deliver(), "seule", mail.AddressUsed))
			w.Rename(manager.ID, Siret(0), Siret(1))

			_, err := w.Portal.Adopt(w.Ctx, link, loner.ID)
			require.NoError(w.T, err)
			assert.Equal(w.T, attachment.Requested, w.Row(Siret(1), loner.ID).State)
			w.Approve(manager.ID, "seule")
		}},
		{"B12_ClosingAfterAChangeLeavesBothStructures", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			user := w.User("utilisateur", Siret(0), manager.ID)
			old := w.ID(Siret(0))
			after := w.Rename(manager.ID, Siret(0), Siret(1))

			w.Untouched(func() {
				err := w.Portal.Close(w.Ctx, guichet.Departure{By: account.By(manager.ID), Account: manager.ID, LeaveVacant: true})
				require.ErrorIs(w.T, err, guichet.ErrManages)

				var refusal *guichet.Error
				require.ErrorAs(w.T, err, &refusal)
				assert.Equal(w.T, []structure.ID{after.ID}, refusal.Structures, "nobody is needed in the old one")
			}, old, after.ID)

			// A user goes from both.
			require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: account.By(user.ID), Account: user.ID}))

			for _, id := range []identifier.ID{Siret(0), Siret(1)} {
				assert.Equal(w.T, attachment.Detached, w.Row(id, user.ID).State)
				assert.Equal(w.T, 1, w.Roster(id).Roster.Attached)
			}

			// And so does the manager, who is alone now.
			require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{
				By: account.By(manager.ID), Account: manager.ID, LeaveVacant: true,
			}))

			for _, id := range []identifier.ID{Siret(0), Siret(1)} {
				assert.Equal(w.T, attachment.Vacant, w.Roster(id).Roster.Standing)
				assert.Equal(w.T, structure.Inactive, w.Stored(id).Status)
			}

			found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.Equal(w.T, Siret(1), found.Identity, "the old one leads there still")
			assert.Equal(w.T, guichet.NextApproval, w.Register("nouveau", Siret(0)).Next)
		}},
		{"B12_AManagerWhoWasLeftBehindMayClose", func(w *World) {
			who := w.Deciders(Siret(0), "gestionnaire", "adjoint")
			after := w.Rename(who[0], Siret(0), Siret(1))

			// Two are attached to the old structure, and nobody has to be there.
			require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: account.By(who[1]), Account: who[1]}))
			require.NoError(w.T, w.Leave(who[0], after.ID))
			_, err := w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(who[0]), Account: who[0]})
			require.NoError(w.T, err)
			require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: account.By(who[0]), Account: who[0]}))
			assert.Equal(w.T, attachment.Vacant, w.Roster(Siret(0)).Roster.Standing)
		}},
		{"B12_DeactivatingAfterAChangeNeedsTheNewStructureOnly", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			after := w.Rename(manager.ID, Siret(0), Siret(1))

			_, err := w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(manager.ID), Account: manager.ID})
			var refusal *guichet.Error
			require.ErrorAs(w.T, err, &refusal)
			assert.Equal(w.T, []structure.ID{after.ID}, refusal.Structures)

			_, err = w.Portal.Deactivate(w.Ctx, guichet.Departure{
				By: account.By(manager.ID), Account: manager.ID, LeaveVacant: true,
			})
			require.NoError(w.T, err)
			assert.Equal(w.T, attachment.Vacant, w.Roster(Siret(1)).Roster.Standing)
		}},
	}
}
