package scenarios

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// serviceStories are about the services of a structure.
func serviceStories() []Scenario {
	return []Scenario{
		{"C6_AServiceIsCreatedAndChanged", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			id := w.ID(Siret(0))
			by := account.By(manager.ID)

			w.Service(manager.ID, w.createdBy(manager.ID, 1), "COMPTA") // of another structure: not in the way

			created, err := w.Portal.PutService(w.Ctx, by, id, structure.ServiceForm{
				Code: " COMPTA ", Label: "  Service  comptable ",
			})
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.Service{
				Structure: id, Code: "COMPTA", Version: 1, Label: "Service comptable",
			}, created)
			assert.Equal(w.T, "service created", w.Last(id).Action)
			assert.Equal(w.T, structure.Code("COMPTA"), w.Last(id).Service)

			form := created.Form()
			form.Label, form.Until = "Comptabilité", w.Clock.Add(time.Hour)
			changed, err := w.Portal.PutService(w.Ctx, by, id, form)
			require.NoError(w.T, err)

			created.Version, created.Label, created.Until = 2, "Comptabilité", w.Clock.Add(time.Hour)
			assert.Equal(w.T, created, changed)
			assert.Equal(w.T, []structure.Service{changed}, w.Services(id))
			assert.Equal(w.T, "service changed", w.Last(id).Action)

			w.Untouched(func() {
				again, err := w.Portal.PutService(w.Ctx, by, id, form)
				require.NoError(w.T, err)
				assert.Equal(w.T, changed, again, "nothing to do")
			}, id)

			assert.Empty(w.T, w.Deliver(), "nobody is mailed about it")

			_, err = w.Portal.PutService(w.Ctx, by, id, structure.ServiceForm{Code: "compta", Label: "Autre"})
			require.NoError(w.T, err)
			assert.Len(w.T, w.Services(id), 2, "case counts")
		}},
		{"C6_TheFaultsOfAServiceAreToldAtOnce", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			id := w.ID(Siret(0))

			w.Untouched(func() {
				_, err := w.Portal.PutService(w.Ctx, account.By(manager.ID), id, structure.ServiceForm{
					Code: "un code", From: w.Clock, Until: w.Clock.Add(-time.Hour),
				})
				assert.Equal(w.T, []string{
					"service_code structure.service_code", "service_label structure.required", "service_until structure.validity",
				}, faultsIn(err))
			}, id)
			assert.Empty(w.T, w.Services(id))
		}},
		{"C6_OnlyActiveServicesCanBeAskedFor", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			asker := w.Loner("demandeuse")
			id := w.ID(Siret(0))

			for _, form := range []structure.ServiceForm{
				{Code: "OUVERT", Label: "Ouvert"},
				{Code: "ARRETE", Label: "Arrêté", Inactive: true},
				{Code: "DEMAIN", Label: "Pas encore", From: w.Clock.Add(aDay)},
				{Code: "FINI", Label: "Fini", Until: w.Clock},
			} {
				_, err := w.Portal.PutService(w.Ctx, account.By(manager.ID), id, form)
				require.NoError(w.T, err)
			}

			w.Untouched(func() {
				for _, code := range []structure.Code{"ARRETE", "DEMAIN", "FINI"} {
					require.ErrorIs(w.T, w.Ask(asker.ID, id, code), attachment.ErrServiceInactive, code)
				}

				require.ErrorIs(w.T, w.Ask(asker.ID, id, "ouvert"), attachment.ErrServiceUnknown)
			}, id)

			require.NoError(w.T, w.Ask(asker.ID, id, "OUVERT"))
			w.Wait(aDay)
			require.NoError(w.T, w.Ask(asker.ID, id, "DEMAIN"), "it has begun")

			_, err := w.Portal.Do(w.Ctx, id, attachment.Approve{
				By: account.By(manager.ID), Account: asker.ID, Service: "DEMAIN",
			})
			require.NoError(w.T, err)

			in := habilitation.Scope{Structure: id, Service: "DEMAIN"}
			require.NoError(w.T, w.May(asker.ID, in, "factures-emises", habilitation.Modification))
			require.ErrorIs(w.T, w.May(asker.ID, habilitation.Scope{Structure: id, Service: "OUVERT"}, "factures-emises",
				habilitation.Consultation), habilitation.ErrNotAttached)
		}},
		{"C6_WhoeverIsAttachedToAServiceThatEndsHasNoRightsThere", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			user := w.Loner("comptable")
			id := w.ID(Siret(0))
			w.Service(manager.ID, id, "COMPTA")
			require.NoError(w.T, w.Ask(user.ID, id, "COMPTA"))
			w.Approve(manager.ID, "comptable")

			in := habilitation.Scope{Structure: id, Service: "COMPTA"}
			require.NoError(w.T, w.May(user.ID, in, "factures-emises", habilitation.Modification))

			form := w.Services(id)[0].Form()
			form.Inactive = true
			_, err := w.Portal.PutService(w.Ctx, account.By(manager.ID), id, form)
			require.NoError(w.T, err)
			require.ErrorIs(w.T, w.May(user.ID, in, "factures-emises", habilitation.Consultation), habilitation.ErrServiceInactive)

			rows, err := w.Portal.Habilitations(w.Ctx, user.ID)
			require.NoError(w.T, err)
			assert.Empty(w.T, rows)

			// It comes back with the service, unasked.
			form.Inactive, form.Until = false, w.Clock.Add(time.Hour)
			_, err = w.Portal.PutService(w.Ctx, account.By(manager.ID), id, form)
			require.NoError(w.T, err)
			require.NoError(w.T, w.May(user.ID, in, "factures-emises", habilitation.Modification))

			w.Wait(time.Hour)
			require.ErrorIs(w.T, w.May(user.ID, in, "factures-emises", habilitation.Consultation), habilitation.ErrServiceInactive)
		}},
		{"C6_AServiceThatEndsAtTheSameMomentIsNotAskedFor", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			asker := w.Loner("demandeuse")
			id := w.ID(Siret(0))

			for n := range 8 {
				code := string(rune('A' + n))
				w.Service(manager.ID, id, code)

				errs := AtOnce(
					func() error { return w.Ask(asker.ID, id, structure.Code(code)) },
					func() error {
						_, err := w.Portal.PutService(w.Ctx, account.By(manager.ID), id, structure.ServiceForm{
							Code: code, Label: "Fini", Inactive: true,
						})

						return err
					},
				)
				require.NoError(w.T, errs[1])

				row, asked := w.Roster(Siret(0), asker.ID).Roster.Row(attachment.Key{Account: asker.ID, Service: structure.Code(code)})
				if errs[0] == nil {
					assert.Equal(w.T, attachment.Requested, row.State)
				} else {
					require.ErrorIs(w.T, errs[0], attachment.ErrServiceInactive)
					assert.False(w.T, asked)
				}
			}
		}},
		{"C6_ServicesAreListedByCodeInPages", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			id := w.ID(Siret(0))

			for _, code := range []string{"C", "A", "B"} {
				w.Service(manager.ID, id, code)
			}

			first, err := w.Portal.Services(w.Ctx, id, storage.Window{Limit: 2, Counted: true})
			require.NoError(w.T, err)
			require.Len(w.T, first.Rows, 2)
			assert.Equal(w.T, 3, first.Count)
			assert.Equal(w.T, structure.Code("A"), first.Rows[0].Code)

			rest, err := w.Portal.Services(w.Ctx, id, storage.Window{Limit: 2, After: first.Next})
			require.NoError(w.T, err)
			require.Len(w.T, rest.Rows, 1)
			assert.Equal(w.T, structure.Code("C"), rest.Rows[0].Code)
			assert.Empty(w.T, rest.Next)
		}},
	}
}

// createdBy creates the nth structure for an account, and returns its key.
func (w *World) createdBy(who account.ID, n int) structure.ID {
	return w.Create(who, Siret(n)).Structure
}

// inactive are about structures that are not active.
func inactive() []Scenario {
	return []Scenario{
		{"C8_AnInactiveStructureKeepsConsultation", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			user := w.User("utilisateur", Siret(0), manager.ID)
			id := w.ID(Siret(0))
			in := habilitation.Scope{Structure: id}

			w.Deliver()

			after, err := w.Portal.SetStatus(w.Ctx, account.By(manager.ID), id, structure.Inactive)
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.Inactive, after.Status)
			assert.Equal(w.T, after, w.Stored(Siret(0)))
			assert.Equal(w.T, "structure deactivated active→inactive", w.Actions(id)[len(w.Actions(id))-1])
			assert.Equal(w.T, []string{"structure deactivated to gestionnaire@exemple.fr"}, Mails(w.Deliver()), "the deciders are told")

			for _, who := range []account.ID{manager.ID, user.ID} {
				require.NoError(w.T, w.May(who, in, "factures-emises", habilitation.Consultation))
				require.ErrorIs(w.T, w.May(who, in, "factures-emises", habilitation.Modification), habilitation.ErrStructureInactive)
			}

			found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.False(w.T, found.Active)

			// Nothing of it can be changed.
			form := formOf(after)
			form.Label = "Atelier"

			w.Untouched(func() {
				_, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), id, form)
				require.ErrorIs(w.T, err, habilitation.ErrStructureInactive)
				_, err = w.Portal.PutService(w.Ctx, account.By(manager.ID), id, structure.ServiceForm{Code: "A", Label: "A"})
				require.ErrorIs(w.T, err, habilitation.ErrStructureInactive)
				_, err = w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), id, Siret(9))
				require.ErrorIs(w.T, err, habilitation.ErrStructureInactive)
				_, err = w.Portal.SetStatus(w.Ctx, account.By(user.ID), id, structure.Active)
				require.ErrorIs(w.T, err, attachment.ErrNotDecider)
			}, id)

			w.Untouched(func() {
				again, err := w.Portal.SetStatus(w.Ctx, account.By(manager.ID), id, structure.Inactive)
				require.NoError(w.T, err, "it is")
				assert.Equal(w.T, after, again)
			}, id)

			// Until a decider activates it again.
			_, err = w.Portal.SetStatus(w.Ctx, account.By(manager.ID), id, structure.Active)
			require.NoError(w.T, err)
			assert.Equal(w.T, []string{"structure activated to gestionnaire@exemple.fr"}, Mails(w.Deliver()))
			require.NoError(w.T, w.May(user.ID, in, "factures-emises", habilitation.Modification))

			w.Untouched(func() {
				_, err := w.Portal.SetStatus(w.Ctx, account.By(manager.ID), id, structure.Active)
				require.NoError(w.T, err, "it is")
			}, id)
		}},
		{"C8_ARequestToAnInactiveStructureWaits", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			id := w.ID(Siret(0))
			_, err := w.Portal.SetStatus(w.Ctx, account.By(manager.ID), id, structure.Inactive)
			require.NoError(w.T, err)
			w.Deliver()

			assert.Equal(w.T, guichet.NextApproval, w.Register("patiente", Siret(0)).Next)
			w.Register("impatient", Siret(0))
			require.Len(w.T, w.Requests(manager.ID), 2)

			patient := w.Requests(manager.ID)[Login("patiente")].Attachment.Account

			w.Untouched(func() {
				_, err := w.Portal.Do(w.Ctx, id, attachment.Approve{By: account.By(manager.ID), Account: patient})
				require.ErrorIs(w.T, err, habilitation.ErrStructureInactive)
			}, id)

			w.Refuse(manager.ID, "impatient", "Pas vous") // stays possible
			w.One(w.Deliver(), "impatient", mail.Refused)

			_, err = w.Portal.SetStatus(w.Ctx, account.By(manager.ID), id, structure.Active)
			require.NoError(w.T, err)
			w.Approve(manager.ID, "patiente")
			w.Activate(w.Token(w.One(w.Deliver(), "patiente", mail.Approved)))
		}},
		{"C8_SupportActivatesAVacantStructure", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			id := w.ID(Siret(0))
			require.NoError(w.T, w.Leave(manager.ID, id))
			assert.Equal(w.T, structure.Inactive, w.Stored(Siret(0)).Status)

			w.refusedToManage("the former manager", account.By(manager.ID), id, Typed("x"))

			w.Untouched(func() {
				_, err := w.Portal.PutService(w.Ctx, helpdesk, id, structure.ServiceForm{Code: "A", Label: "A"})
				require.ErrorIs(w.T, err, habilitation.ErrStructureInactive)
			}, id)

			_, err := w.Portal.SetStatus(w.Ctx, helpdesk, id, structure.Active)
			require.NoError(w.T, err)
			_, err = w.Portal.PutService(w.Ctx, helpdesk, id, structure.ServiceForm{Code: "A", Label: "A"})
			require.NoError(w.T, err)
			assert.Empty(w.T, w.Deliver(), "there is nobody to tell")
		}},
	}
}
