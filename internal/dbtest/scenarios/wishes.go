package scenarios

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
)

// wishful is a team of which bob has little, and wishes for more.
func (w *World) wishful(wish ...string) attachment.RequestProfiles {
	return attachment.RequestProfiles{By: by("bob"), Profiles: profiles(wish...), Comment: "Pour les factures"}
}

func wishApproved(w *World) {
	id := w.team("alice", "bob")
	w.services(id, "alice", "A")
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing...)})
	w.Deliver()

	w.done(id, w.wishful(billing[0], "organisation/consultation", billing[1], billing[0]))
	assert.Equal(w.T, profiles(billing[:2]...), w.place(id, at("bob")).Wish.Profiles, "each once, and what is not held yet")
	assert.Equal(w.T, []string{"bob"}, w.waits("alice"))
	w.holds("bob", id, "", "organisation/consultation")

	told := w.told("profiles requested to alice")[0]
	assert.Contains(w.T, told.Text, "Factures à valider modification")
	assert.Contains(w.T, told.Text, "Pour les factures")

	order := w.place(id, at("bob")).Wish.Order
	w.refused(id, attachment.Approve{By: by("alice"), Account: app("bob")}, attachment.ErrDecided)
	w.done(id, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true, Order: order})
	w.holds("bob", id, "", billing[0], billing[1], "organisation/consultation")
	assert.Equal(w.T, by("alice"), w.place(id, at("bob")).Grants[0].By)
	assert.Empty(w.T, w.waits("alice"))
	assert.Contains(w.T, w.told("profiles changed to bob")[0].Text, "Factures à valider modification")

	refusal := w.refused(id, attachment.Refuse{By: by("alice"), Account: app("bob"), Wish: true, Order: order}, attachment.ErrDecided)
	assert.Equal(w.T, by("alice"), refusal.By)
	assert.Equal(w.T, w.Clock, refusal.At)

	// In a service, too.
	w.inService(id, "alice", "carole", "A")
	w.done(id, attachment.DropProfiles{By: by("carole"), Service: "A", Profiles: profiles(billing[0])})
	w.done(id, attachment.RequestProfiles{By: by("carole"), Service: "A", Profiles: profiles(billing[0]), Comment: "Si"})
	assert.Equal(w.T, []string{"carole A"}, w.waits("alice"))
	w.done(id, attachment.Approve{By: by("alice"), Account: app("carole"), Service: "A", Wish: true})
	w.holds("carole", id, "A", billing...)
}

func wishRefused(w *World) {
	id := w.team("alice", "bob")
	w.done(id, w.wishful("organisation/modification"))
	w.Deliver()

	w.done(id, attachment.Refuse{By: by("alice"), Account: app("bob"), Wish: true, Reason: "Pas vous"})
	w.holds("bob", id, "", ofUsers...)
	assert.Empty(w.T, w.waits("alice"))

	told := w.told("profiles refused to bob")[0]
	assert.Contains(w.T, told.Text, "Pas vous")

	w.done(id, w.wishful("organisation/modification"))
	assert.Equal(w.T, []string{"bob"}, w.waits("alice"))
	w.told("profiles requested to alice")
	w.done(id, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true})
	w.holds("bob", id, "", ofDeciders...)
}

func wishWithdrawn(w *World) {
	id := w.team("alice", "bob")
	w.done(id, w.wishful("organisation/modification"))
	w.refused(id, w.wishful("organisation/modification"), attachment.ErrOpen)
	w.refused(id, attachment.Withdraw{By: by("bob")}, attachment.ErrNoRequest)
	w.done(id, attachment.Withdraw{By: by("bob"), Wish: true})
	assert.Empty(w.T, w.waits("alice"))
	assert.Empty(w.T, of(w.Deliver(), mail.ProfilesRequested), "there is nothing to decide any more")

	w.refused(id, attachment.Withdraw{By: by("bob"), Wish: true}, attachment.ErrNoRequest)
	w.refused(id, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true}, attachment.ErrNoRequest)
	w.holds("bob", id, "", ofUsers...)
}

func wishFaults(w *World) {
	id := w.team("alice", "bob")
	w.services(id, "alice", "A")
	w.inService(id, "alice", "carole", "A")
	w.Loner("zoe")

	for _, comment := range []string{"", "  ", "\x00"} {
		w.refused(id, attachment.RequestProfiles{
			By: by("bob"), Profiles: profiles("organisation/modification"), Comment: comment,
		}, attachment.ErrComment)
	}

	w.refused(id, w.wishful(ofUsers...), attachment.ErrProfile)
	w.refused(id, attachment.RequestProfiles{
		By: by("carole"), Service: "A", Profiles: profiles("organisation/modification"), Comment: "x",
	}, attachment.ErrProfile)
	w.refused(id, attachment.RequestProfiles{By: by("carole"), Profiles: profiles(billing[0]), Comment: "x"}, attachment.ErrNotAttached)
	w.refused(id, attachment.RequestProfiles{By: by("zoe"), Profiles: profiles(billing[0]), Comment: "x"}, attachment.ErrNotAttached)
	w.refused(id, attachment.RequestProfiles{By: helpdesk, Profiles: profiles(billing[0]), Comment: "x"}, attachment.ErrAccountInactive)
	w.refused(id, attachment.Approve{By: by("alice"), Account: app("zoe"), Wish: true}, attachment.ErrNoRequest)
}

func wishShrunk(w *World) {
	id := w.team("alice", "bob")
	w.opens(id, "alice", "factures-emises", "annuaire")
	w.done(id, w.wishful("annuaire/consultation", "organisation/modification"))
	w.opens(id, "alice", "factures-emises")
	w.done(id, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true})
	w.holds("bob", id, "", "factures-emises/consultation", "factures-emises/modification", "organisation/consultation", "organisation/modification")

	w.opens(id, "alice", "factures-emises", "annuaire")
	w.denied("bob", id, "", "annuaire/consultation", habilitation.ErrNotGranted)
	w.done(id, w.wishful("annuaire/consultation"))
	w.opens(id, "alice", "factures-emises")
	w.refused(id, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true}, attachment.ErrProfile)
	w.done(id, attachment.Refuse{By: by("alice"), Account: app("bob"), Wish: true})
}

func droppedProfiles(w *World) {
	id := w.team("alice", "bob")
	w.done(id, attachment.DropProfiles{By: by("bob"), Profiles: profiles(billing[0], "organisation/modification")})
	w.holds("bob", id, "", ofUsers[1:]...)
	w.nothing(id, attachment.DropProfiles{By: by("bob"), Profiles: profiles(billing[0])})
	w.refused(id, attachment.DropProfiles{By: by("bob")}, attachment.ErrProfile)
	w.refused(id, attachment.DropProfiles{By: by("alice"), Profiles: profiles(billing[0])}, attachment.ErrMainManager)

	w.Loner("zoe")
	w.refused(id, attachment.DropProfiles{By: by("zoe"), Profiles: profiles(billing[0])}, attachment.ErrNotAttached)
	assert.Contains(w.T, w.Actions(id), "profiles revoked "+billing[0]+"→")
}

// wishUnattended is about a structure that nobody manages although people are attached: one that came from elsewhere so.
func wishUnattended(w *World) {
	w.Reopen(supported)
	w.Loner("bob")

	report, err := w.Portal.Import(w.Ctx, guichet.Import{Structures: []guichet.ImportedStructure{{
		Identity: Siret(0), Form: Typed("suite"), Users: []guichet.ImportedUser{{Account: app("bob")}},
	}}})
	require.NoError(w.T, err)
	require.Empty(w.T, report.Refused)

	id := w.ID(Siret(0))
	w.leads(id, "")
	w.done(id, w.wishful("organisation/modification"))
	assert.Contains(w.T, w.told("unattended to assistance")[0].Text, Login("bob"))

	w.done(id, attachment.Refuse{By: helpdesk, Account: app("bob"), Wish: true})
	w.told("profiles refused to bob")

	// Support may as well have them manage it.
	w.done(id, attachment.Appoint{By: helpdesk, Account: app("bob")})
	w.leads(id, "bob")
	w.told("appointed to bob")
}
