package scenarios

import (
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// profileStories are about profiles: what people start with, are given, and wish for.
func profileStories() []Scenario {
	return []Scenario{
		{"E3_ThePolicyWithholdsMoreFromTheDefaults", withheld},
		{"E3_AnApplicationThatIsOpenedGivesOthersNothingAndOneThatIsClosedSuspendsItsGrants", openedAndClosed},
		{"E4_DecidersGrantAndRevoke", grantedAndRevoked},
		{"E4_ProfilesThatCannotBeHeldThereAreNotGranted", ungrantable},
		{"E4_TheProfilesOfOneUserAreCopiedToAnother", copied},
		{"E4_ASoleDeciderGivesOrganisationModificationToNobody", soleDecider},
		{"E4_OnlyDecidersGrant", grantedByWhom},
		{"E5_AWishIsApproved", wishApproved},
		{"E5_AWishIsRefusedAndMadeAgain", wishRefused},
		{"E5_AWishIsWithdrawn", wishWithdrawn},
		{"E5_AWishThatIsNoneIsRefused", wishFaults},
		{"E5_WhatCannotBeHeldAnyMoreIsLeftOutOfAnApproval", wishShrunk},
		{"E5_AUserDropsTheirOwnProfiles", droppedProfiles},
		{"E5_AWishInAStructureThatNobodyManagesIsToldToSupport", wishUnattended},
	}
}

// opens sets which applications a structure has open, besides Organisation.
func (w *World) opens(id structure.ID, who string, applications ...structure.Application) {
	w.T.Helper()

	s, err := w.Store.Structure(w.Ctx, id)
	require.NoError(w.T, err)

	form := formOf(s)
	form.Applications = applications
	_, err = w.Portal.ChangeStructure(w.Ctx, by(who), id, form)
	require.NoError(w.T, err)
}

func withheld(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Withhold = profiles(billing[1], "organisation/consultation") })

	id := w.team("alice", "bob")
	w.services(id, "alice", "A")
	w.inService(id, "alice", "carole", "A")

	without := slices.Delete(slices.Clone(billing), 1, 2)
	w.holds("alice", id, "", ofDeciders...)
	w.holds("bob", id, "", without...)
	w.holds("carole", id, "A", without...)

	w.Register("denis", Siret(0))
	w.Approve(app("alice"), "denis")
	denis := w.Activate(w.Token(w.One(w.Deliver(), "denis", mail.Approved)))
	assert.Len(w.T, w.place(id, attachment.Key{Account: denis.ID}).Grants, len(without))

	// What nobody starts with may be given.
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing[1])})
	w.holds("bob", id, "", billing...)
}

func openedAndClosed(w *World) {
	id := w.team("alice", "bob")
	w.opens(id, "alice", "factures-emises", "annuaire")
	w.holds("alice", id, "",
		"annuaire/consultation", "annuaire/modification", "factures-emises/consultation", "factures-emises/modification",
		"organisation/consultation", "organisation/modification")
	w.holds("bob", id, "", "factures-emises/consultation", "factures-emises/modification", "organisation/consultation")
	w.denied("bob", id, "", "factures-a-valider/consultation", habilitation.ErrApplicationClosed)
	w.denied("bob", id, "", "annuaire/consultation", habilitation.ErrNotGranted)
	assert.Len(w.T, w.place(id, at("bob")).Grants, len(ofUsers), "they are suspended, not gone")

	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles("annuaire/consultation")})
	w.opens(id, "alice", "factures-emises", "factures-a-valider", "factures-de-travaux")
	w.holds("bob", id, "", ofUsers...)
	w.opens(id, "alice", "annuaire")
	w.holds("bob", id, "", "annuaire/consultation", "organisation/consultation")

	// Whoever comes now starts from what is open now.
	w.Loner("carole")
	w.done(id, attachment.Attach{By: by("alice"), Account: app("carole")})
	w.opens(id, "alice", "annuaire", "factures-emises")
	w.holds("carole", id, "", "annuaire/consultation", "annuaire/modification", "organisation/consultation")
}

func grantedAndRevoked(w *World) {
	id := w.team("alice", "bob", "carole")
	manage := profiles("organisation/modification")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: manage})
	w.holds("bob", id, "", ofDeciders...)
	told := w.told("profiles changed to bob")[0]
	assert.Contains(w.T, told.Text, "Organisation modification")
	assert.Contains(w.T, told.Text, "Factures émises consultation", "all that they hold now")

	// Who may decide now, decides: about other deciders, too.
	w.done(id, attachment.GrantProfiles{By: by("bob"), Account: app("carole"), Profiles: manage})
	w.done(id, attachment.RevokeProfiles{By: by("carole"), Account: app("bob"), Profiles: profiles("organisation/modification", billing[0])})
	w.holds("bob", id, "", ofUsers[1:]...)
	w.holds("carole", id, "", ofDeciders...)
	told = w.One(w.told("profiles changed to bob", "profiles changed to carole"), "bob", mail.ProfilesChanged)
	assert.NotContains(w.T, told.Text, "Organisation modification")

	// A decider's own, too: but for the main manager's, nobody is needed.
	w.done(id, attachment.RevokeProfiles{By: by("carole"), Account: app("carole"), Profiles: manage})
	w.refused(id, attachment.GrantProfiles{By: by("carole"), Account: app("carole"), Profiles: manage}, attachment.ErrNotDecider)
	w.Deliver()

	// What changes nothing writes nothing.
	w.nothing(id, attachment.GrantProfiles{By: by("alice"), Account: app("carole"), Profiles: profiles(ofUsers...)})
	w.nothing(id, attachment.RevokeProfiles{By: by("alice"), Account: app("carole"), Profiles: manage})
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing...)})
	w.holds("bob", id, "", ofUsers...)
	assert.Len(w.T, w.place(id, at("bob")).Grants, len(ofUsers), "each once")

	// Who is suspended keeps them for later.
	w.done(id, attachment.Suspend{By: by("alice"), Account: app("bob")})
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: manage})
	w.holds("bob", id, "")
	w.done(id, attachment.Resume{By: by("alice"), Account: app("bob")})
	w.holds("bob", id, "", ofDeciders...)
}

func ungrantable(w *World) {
	id := w.team("alice", "bob")
	w.services(id, "alice", "A")
	w.inService(id, "alice", "carole", "A")

	for _, set := range [][]habilitation.Profile{
		nil, profiles("annuaire/consultation"), profiles(billing[0], "passation/modification"),
		{{Application: "factures-emises"}},
		{{}},
		{{Application: "factures-emises", Level: 7}},
		profiles("nulle-part/consultation"),
	} {
		w.refused(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: set}, attachment.ErrProfile)
		w.refused(id, attachment.RequestProfiles{By: by("bob"), Profiles: set, Comment: "x"}, attachment.ErrProfile)
	}

	for _, p := range []string{"organisation/consultation", "organisation/modification"} {
		w.refused(id, attachment.GrantProfiles{
			By: by("alice"), Account: app("carole"), Service: "A", Profiles: profiles(p),
		}, attachment.ErrProfile)
	}

	w.refused(id, attachment.GrantProfiles{By: by("alice"), Account: app("carole"), Profiles: profiles(billing[0])}, attachment.ErrNotAttached)
	w.refused(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob")}, attachment.ErrProfile)
}

func copied(w *World) {
	id := w.team("alice", "bob", "carole")
	w.services(id, "alice", "A")
	w.inService(id, "alice", "denis", "A")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles("organisation/modification")})
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing[:4]...)})
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("carole"), Profiles: profiles(billing[4:]...)})
	w.Deliver()

	w.done(id, attachment.CopyProfiles{By: by("alice"), From: at("bob"), To: at("carole")})
	w.holds("carole", id, "", append(slices.Clone(billing[4:]), "organisation/consultation", "organisation/modification")...)
	w.told("profiles changed to carole")
	w.nothing(id, attachment.CopyProfiles{By: by("alice"), From: at("bob"), To: at("carole")})

	w.done(id, attachment.CopyProfiles{By: by("alice"), From: at("bob"), To: in("denis", "A")})
	w.holds("denis", id, "A", billing[4:]...)
	w.done(id, attachment.CopyProfiles{By: by("alice"), From: in("denis", "A"), To: at("carole")})
	w.holds("carole", id, "", billing[4:]...)

	// The role is not for copying: what came with it is, but Organisation/modification.
	w.done(id, attachment.CopyProfiles{By: by("alice"), From: at("alice"), To: at("carole")})
	w.holds("carole", id, "", ofUsers...)

	w.refused(id, attachment.CopyProfiles{By: by("alice"), From: at("bob"), To: at("denis")}, attachment.ErrNotAttached)
	w.refused(id, attachment.CopyProfiles{By: by("alice"), From: at("denis"), To: at("bob")}, attachment.ErrNotAttached)
	w.refused(id, attachment.CopyProfiles{By: by("carole"), From: at("bob"), To: at("carole")}, attachment.ErrNotDecider)
	w.nothing(id, attachment.CopyProfiles{By: by("alice"), From: at("bob"), To: at("bob")})
}

func soleDecider(w *World) {
	id := w.team("alice", "bob", "carole")
	manage := profiles("organisation/modification")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: manage})
	w.done(id, attachment.RequestProfiles{By: by("carole"), Profiles: manage, Comment: "x"})

	w.Reopen(func(o *guichet.Options) { o.Policy.SoleDecider = true })

	w.refused(id, attachment.GrantProfiles{By: by("alice"), Account: app("carole"), Profiles: manage}, attachment.ErrSole)
	w.refused(id, attachment.Approve{By: by("alice"), Account: app("carole"), Wish: true}, attachment.ErrSole)
	w.done(id, attachment.Withdraw{By: by("carole"), Wish: true})
	w.refused(id, attachment.RequestProfiles{By: by("carole"), Profiles: manage, Comment: "x"}, attachment.ErrSole)
	w.nothing(id, attachment.CopyProfiles{By: by("alice"), From: at("bob"), To: at("carole")})
	w.holds("carole", id, "", ofUsers...)

	// Whoever has it already keeps it until it is taken away, and a hand-over is no grant.
	w.holds("bob", id, "", ofDeciders...)
	w.done(id, attachment.HandOver{By: by("alice"), To: app("bob")})
	w.holds("alice", id, "", ofUsers...)
}

func grantedByWhom(w *World) {
	id := w.team("alice", "bob", "carole")
	w.Loner("zoe")

	for _, who := range []string{"bob", "carole", "zoe"} {
		w.refused(id, attachment.GrantProfiles{By: by(who), Account: app("bob"), Profiles: profiles("organisation/modification")}, attachment.ErrNotDecider)
		w.refused(id, attachment.RevokeProfiles{By: by(who), Account: app("bob"), Profiles: profiles(billing[0])}, attachment.ErrNotDecider)
		w.refused(id, attachment.CopyProfiles{By: by(who), From: at("alice"), To: at("bob")}, attachment.ErrNotDecider)
	}

	w.refused(id, attachment.GrantProfiles{By: helpdesk, Account: app("bob"), Profiles: profiles(billing[0])}, attachment.ErrNotDecider)

	_, err := w.Portal.Block(w.Ctx, helpdesk, app("alice"), "")
	require.NoError(w.T, err)
	w.done(id, attachment.RevokeProfiles{By: helpdesk, Account: app("bob"), Profiles: profiles(billing[0])})
	w.holds("bob", id, "", ofUsers[1:]...)
}
