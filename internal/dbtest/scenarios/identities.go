package scenarios

import (
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
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func identities() []Scenario {
	return slices.Concat(changes(), takenIdentities(), changesAtOnce(), afterChanges())
}

// Rename changes the identifier of a structure.
func (w *World) Rename(by account.ID, from, to identifier.ID) structure.Structure {
	w.T.Helper()

	after, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(by), w.ID(from), to)
	require.NoError(w.T, err)

	return after
}

// rows returns a whole roster's rows, by account and service.
func (w *World) rows(id identifier.ID, accounts ...account.ID) map[attachment.Key]attachment.Attachment {
	w.T.Helper()

	out := map[attachment.Key]attachment.Attachment{}
	for _, row := range w.Roster(id, accounts...).Roster.Rows {
		out[row.Key] = row
	}

	return out
}

// changes are about what becomes of a structure that gets another identifier.
func changes() []Scenario {
	return []Scenario{
		{"C9_EverythingGoesOnUnderTheNewIdentifier", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			user := w.User("utilisateur", Siret(0), manager.ID)
			clerk := w.Loner("comptable")
			id := w.ID(Siret(0))
			w.open(manager.ID, Siret(0), "factures-emises", "signature")
			w.Service(manager.ID, id, "COMPTA")
			w.Service(manager.ID, id, "ACHATS")
			require.NoError(w.T, w.Ask(clerk.ID, id, "COMPTA"))
			w.Approve(manager.ID, "comptable")
			require.NoError(w.T, w.Ask(clerk.ID, id, "ACHATS"))

			for _, name := range []string{"refusee", "approuvee", "premiere", "deuxieme"} {
				w.Wait(time.Minute)
				w.Register(name, Siret(0))
			}

			w.Refuse(manager.ID, "refusee", "Inconnue")
			w.Approve(manager.ID, "approuvee")
			link := w.Token(w.One(w.Deliver(), "approuvee", mail.Approved))

			waiting := w.Requests(manager.ID)
			people := []account.ID{
				manager.ID, user.ID, clerk.ID, waiting[Login("premiere")].Attachment.Account,
				waiting[Login("deuxieme")].Attachment.Account,
			}
			approved := w.pending("approuvee")
			people = append(people, approved.ID)

			before, rows, roster := w.Stored(Siret(0)), w.rows(Siret(0), people...), w.Roster(Siret(0)).Roster
			entries := len(w.Entries(id))

			w.Wait(time.Hour)
			after := w.Rename(manager.ID, Siret(0), Siret(1))

			// The data, linked both ways.
			want := before
			want.ID, want.Version, want.Identity, want.CreatedAt, want.Predecessor = after.ID, 1, Siret(1), w.Clock, id
			want.Verification, want.CheckedAt = after.Verification, after.CheckedAt
			assert.NotEqual(w.T, id, after.ID)
			assert.Equal(w.T, want, after)
			assert.Equal(w.T, want, w.Stored(Siret(1)))

			left := before
			left.Version, left.Status, left.Successor = before.Version+1, structure.Inactive, after.ID
			assert.Equal(w.T, left, w.Stored(Siret(0)))

			// The services.
			services := w.Services(after.ID)
			require.Len(w.T, services, 2)
			assert.Equal(w.T, structure.Service{Structure: after.ID, Code: "ACHATS", Version: 1, Label: "Service ACHATS"}, services[0])

			// The attachments, the profiles, the open requests and their order.
			assert.Equal(w.T, rows, w.rows(Siret(1), people...))
			now := w.Roster(Siret(1)).Roster
			assert.Equal(w.T, []any{roster.Standing, roster.Holder, roster.Attached, roster.Queue},
				[]any{now.Standing, now.Holder, now.Attached, now.Queue})
			assert.Len(w.T, w.Requests(manager.ID), 3)
			assert.Equal(w.T, after.ID, w.Requests(manager.ID)[Login("premiere")].Structure.ID)

			for _, row := range w.rows(Siret(0), people...) {
				assert.False(w.T, row.State.Open(), "nobody waits for the old one any more")
			}

			in := habilitation.Scope{Structure: after.ID, Service: "COMPTA"}
			require.NoError(w.T, w.May(clerk.ID, in, "factures-emises", habilitation.Modification))
			in.Service = ""
			require.NoError(w.T, w.May(user.ID, in, "factures-emises", habilitation.Modification))
			require.ErrorIs(w.T, w.May(user.ID, in, "signature", habilitation.Consultation), habilitation.ErrNotGranted)
			require.NoError(w.T, w.May(manager.ID, in, "signature", habilitation.Modification))

			// The old one can be looked at.
			in.Structure = id
			require.NoError(w.T, w.May(user.ID, in, "factures-emises", habilitation.Consultation))
			require.ErrorIs(w.T, w.May(user.ID, in, "factures-emises", habilitation.Modification), habilitation.ErrStructureInactive)

			// One entry, and one mail to the deciders.
			require.Len(w.T, w.Entries(id), entries+1)
			last := w.Last(id)
			assert.Equal(w.T, []any{"identifier changed", string(id), string(after.ID), account.By(manager.ID)},
				[]any{last.Action, last.Before, last.After, last.Actor})
			assert.Empty(w.T, w.Entries(after.ID))

			told := w.Deliver()
			assert.Equal(w.T, []string{"identifier changed to gestionnaire@exemple.fr"}, Mails(told))
			assert.Contains(w.T, told[0].Text, "    Identifiant\u00a0: SIRET "+Siret(1).Display())
			assert.Contains(w.T, told[0].Text, "Ancien identifiant\u00a0: SIRET "+Siret(0).Display())

			// Whoever was approved activates with the link that they have.
			joined := w.Activate(link)
			require.NoError(w.T, w.May(joined.ID, habilitation.Scope{Structure: after.ID}, "signature", habilitation.Modification))
			require.ErrorIs(w.T, w.May(joined.ID, in, "factures-emises", habilitation.Consultation), habilitation.ErrNotAttached)

			// And who was refused is remembered.
			w.Register("refusee", Siret(1))
			assert.True(w.T, w.Requests(manager.ID)[Login("refusee")].Attachment.Repeat)

			w.Approve(manager.ID, "premiere")
			w.Activate(w.Token(w.One(w.Deliver(), "premiere", mail.Approved)))
			w.Approve(manager.ID, "comptable")
			require.NoError(w.T, w.May(clerk.ID, habilitation.Scope{Structure: after.ID, Service: "ACHATS"}, "signature",
				habilitation.Consultation))
		}},
		{"C9_TheOldCodeLeadsToTheNewStructure", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			loner, other := w.Loner("seule"), Enrolment("autre")
			id := w.ID(Siret(0))
			after := w.Rename(manager.ID, Siret(0), Siret(1))
			w.Deliver()

			found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.Equal(w.T, after.Summary(), found)

			leads, err := w.Portal.StructureID(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.Equal(w.T, after.ID, leads)

			receipt := w.Register("nouveau", Siret(0))
			assert.Equal(w.T, guichet.NextApproval, receipt.Next)
			assert.Equal(w.T, Siret(1), receipt.Structure.Identity)

			_, err = w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Identity: Siret(0), Structure: Typed("x")})
			require.ErrorIs(w.T, err, attachment.ErrPresent)

			other.Identity = Siret(0)
			enrolled, err := w.Portal.Enrol(w.Ctx, other)
			require.NoError(w.T, err)
			assert.Equal(w.T, after.ID, enrolled.Structure)
			assert.Equal(w.T, []string{
				"request to approve to gestionnaire@exemple.fr", "request to approve to gestionnaire@exemple.fr",
			}, Mails(w.Deliver()))
			assert.Len(w.T, w.Requests(manager.ID), 2)

			// The same login again, by either code, is the same request.
			assert.Equal(w.T, receipt, w.Register("nouveau", Siret(1)))
			assert.Len(w.T, w.Requests(manager.ID), 2)

			// Under its own key the old one takes nothing any more.
			by := account.By(manager.ID)

			w.Untouched(func() {
				require.ErrorIs(w.T, w.Ask(loner.ID, id, ""), attachment.ErrReplaced)
				_, err := w.Portal.ChangeStructure(w.Ctx, by, id, Typed("x"))
				require.ErrorIs(w.T, err, attachment.ErrReplaced)
				_, err = w.Portal.ChangeStructure(w.Ctx, helpdesk, id, Typed("x"))
				require.ErrorIs(w.T, err, attachment.ErrReplaced)
				_, err = w.Portal.SetStatus(w.Ctx, by, id, structure.Active)
				require.ErrorIs(w.T, err, attachment.ErrReplaced)
				_, err = w.Portal.PutService(w.Ctx, by, id, structure.ServiceForm{Code: "A", Label: "A"})
				require.ErrorIs(w.T, err, attachment.ErrReplaced)
				_, err = w.Portal.ChangeIdentifier(w.Ctx, by, id, Siret(2))
				require.ErrorIs(w.T, err, attachment.ErrReplaced)
			}, id, after.ID)
			w.Unnamed(Siret(2))
		}},
		{"A8_ACompanyGetsItsDefinitiveIdentifier", func(w *World) {
			form := Form("fondatrice", identifier.ID{})
			form.Kind = identifier.Registering
			receipt, err := w.Portal.Register(w.Ctx, form)
			require.NoError(w.T, err)

			temporary := receipt.Structure.Identity
			manager := w.Activate(w.Token(w.One(w.Deliver(), "fondatrice", mail.ActivationLink)))
			w.Register("associe", temporary)

			w.Rename(manager.ID, temporary, Siret(0))
			w.Approve(manager.ID, "associe")

			found, err := w.Portal.FindStructure(w.Ctx, temporary)
			require.NoError(w.T, err)
			assert.Equal(w.T, Siret(0), found.Identity)
		}},
		{"C9_AChainOfChangesLeadsToTheNewest", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			user := w.User("utilisateur", Siret(0), manager.ID)
			w.Rename(manager.ID, Siret(0), Siret(1))
			third := w.Rename(manager.ID, Siret(1), Siret(2))
			assert.Equal(w.T, w.ID(Siret(1)), third.Predecessor)

			for n := range 3 {
				id, err := w.Portal.StructureID(w.Ctx, Siret(n))
				require.NoError(w.T, err)
				assert.Equal(w.T, third.ID, id)
				assert.Equal(w.T, Siret(2), w.Register("nouveau", Siret(n)).Structure.Identity)
			}

			require.NoError(w.T, w.May(user.ID, habilitation.Scope{Structure: third.ID}, "factures-emises", habilitation.Modification))
			assert.Len(w.T, w.Requests(manager.ID), 1)

			// It does not go back to a former one.
			for n, want := range []string{"structure.former", "structure.former", "structure.same"} {
				w.Untouched(func() {
					_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), third.ID, Siret(n))
					assert.Equal(w.T, []string{"identifier " + want}, faultsIn(err))
				}, w.ID(Siret(0)), w.ID(Siret(1)), third.ID)
			}
		}},
		{"C9_WhatIsNoOtherIdentifierIsRefused", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			person := identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL1")
			daniel := w.individual("daniel", person)

			w.Untouched(func() {
				for to, want := range map[identifier.ID]string{
					{}: "structure.required", Siret(0): "structure.same", person: "structure.not_yours",
					identifier.NewRegistering([10]byte{}): "structure.kind",
				} {
					_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), w.ID(Siret(0)), to)
					assert.Equal(w.T, []string{"identifier " + want}, faultsIn(err))
				}

				_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By(daniel), w.ID(person), Siret(1))
				assert.Equal(w.T, []string{"identifier structure.kind"}, faultsIn(err))
			}, w.ID(Siret(0)), w.ID(person))

			// An individual's code may be mended, by support.
			mended := identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL2")
			_, err := w.Portal.ChangeIdentifier(w.Ctx, helpdesk, w.ID(person), mended)
			require.NoError(w.T, err)

			for _, m := range w.Deliver() {
				assert.NotContains(w.T, m.Text, "POTIERDANIEL")
			}
		}},
		{"C9_SupportChangesItWhileTheManagerCannot", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			id := w.ID(Siret(0))

			w.Untouched(func() {
				_, err := w.Portal.ChangeIdentifier(w.Ctx, helpdesk, id, Siret(1))
				require.ErrorIs(w.T, err, attachment.ErrNotDecider)
			}, id)

			_, err := w.Portal.Block(w.Ctx, helpdesk, manager.ID, "")
			require.NoError(w.T, err)
			after, err := w.Portal.ChangeIdentifier(w.Ctx, helpdesk, id, Siret(1))
			require.NoError(w.T, err)
			assert.Equal(w.T, helpdesk, w.Last(id).Actor)

			// Unblocked, the manager manages it under the new one.
			_, err = w.Portal.Unblock(w.Ctx, helpdesk, manager.ID)
			require.NoError(w.T, err)
			w.Service(manager.ID, after.ID, "A")
		}},
	}
}

// pending returns the open registration of somebody.
func (w *World) pending(name string) account.Registration {
	w.T.Helper()

	page, err := storage.List(w.Ctx, w.Store, storage.RegistrationsOf{Login: Form(name, identifier.ID{}).Login})
	require.NoError(w.T, err)
	require.Len(w.T, page.Rows, 1)

	return page.Rows[0]
}
