package scenarios

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// contests are the stories of who doubts that the main manager speaks for the structure (rule D12).
func contests() []Scenario {
	return []Scenario{
		{"D12_WhoWaitsOrWasRefusedContestsAndBothSidesAreTold", contested},
		{"D12_ARegistrationContestsThroughALinkOnce", contestedByRegistration},
		{"D12_ALinkToContestIsAnsweredAlikeForAnybody", contestAlike},
		{"D12_AClaimIsContestedAndTheDoubtStaysWithTheManager", contestedClaim},
		{"D12_WhatIsFrozenIsHeld", frozen},
		{"D12_SupportReleasesAndEverythingGoesOn", released},
		{"D12_SupportReplacesTheManagerAndTheirApprovalsAreReviewed", replacedAndReviewed},
		{"D12_OnlySupportFreezesAndReleases", contestByWhom},
		{"D12_WhoeverHandsOverLeavesTheDoubtBehind", contestedHandedOver},
	}
}

// doubt has somebody new ask to be attached, and contest the main manager.
func (w *World) doubt(id structure.ID, name string) {
	w.T.Helper()

	w.Loner(name)
	w.wants(id, name, "")
	w.Deliver()
	w.done(id, attachment.ContestStanding{By: by(name), Reason: "Elle n'est pas la gérante"})
}

func contested(w *World) {
	w.Reopen(supported)

	id := w.team("alice", "bob")
	w.doubt(id, "carole")
	assert.Equal(w.T, attachment.Contest{Since: w.Clock, By: app("carole"), Of: app("alice")}, w.sound(id).Contest)

	sent := w.told("contested to alice", "contested to support to assistance")
	toManager := w.One(sent, "alice", mail.Contested)
	assert.Contains(w.T, toManager.Text, "Elle n'est pas la gérante")
	assert.NotContains(w.T, toManager.Text, "carole", "who it was is for support")
	assert.Contains(w.T, of(sent, mail.ContestedToSupport)[0].Text, Login("carole"))

	w.refused(id, attachment.ContestStanding{By: by("carole"), Reason: "Encore"}, attachment.ErrContested)
	w.is(id, at("carole"), attachment.Requested)
	w.holds("alice", id, "", ofDeciders...)

	// Who was refused, too; and only those.
	w.Loner("denis")
	w.wants(id, "denis", "")
	w.done(id, attachment.Refuse{By: by("alice"), Account: app("denis")})
	w.Deliver()
	w.done(id, attachment.ContestStanding{By: by("denis"), Reason: "Moi aussi"})
	assert.Equal(w.T, app("carole"), w.sound(id).Contest.By, "the first is who is told")
	w.told("contested to alice", "contested to support to assistance")

	w.Loner("zoe")
	w.refused(id, attachment.ContestStanding{By: by("zoe"), Reason: "x"}, attachment.ErrNoRequest)
	w.refused(id, attachment.ContestStanding{By: by("bob"), Reason: "x"}, attachment.ErrNoRequest)
	w.refused(id, attachment.ContestStanding{By: by("alice"), Reason: "x"}, attachment.ErrNoRequest)
	w.refused(id, attachment.ContestStanding{By: helpdesk, Reason: "x"}, attachment.ErrAccountInactive)
	w.wants(id, "zoe", "")

	for _, reason := range []string{"", " ", "\x07"} {
		w.refused(id, attachment.ContestStanding{By: by("zoe"), Reason: reason}, attachment.ErrComment)
	}

	w.deactivate(app("zoe"))
	w.refused(id, attachment.ContestStanding{By: by("zoe"), Reason: "x"}, attachment.ErrAccountInactive)
}

func contestedByRegistration(w *World) {
	w.Reopen(supported)

	id := w.team("alice")
	w.Register("bob", Siret(0))
	w.Deliver()
	require.NoError(w.T, w.Portal.SendContest(w.Ctx, Login("bob"), Siret(0)))

	first := w.Token(w.told("contest link to bob")[0])
	require.NoError(w.T, w.Portal.SendContest(w.Ctx, Login("bob"), Siret(0)))
	w.told() // too soon
	w.Wait(hour)
	require.NoError(w.T, w.Portal.SendContest(w.Ctx, Login("bob"), Siret(0)))
	token := w.Token(w.told("contest link to bob")[0])

	shown, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.PurposeContest, shown.Purpose)

	w.Untouched(func() {
		require.ErrorIs(w.T, w.Portal.Contest(w.Ctx, first, "Moi"), account.ErrLinkReplaced)
		require.ErrorIs(w.T, w.Portal.Contest(w.Ctx, token, " "), attachment.ErrComment)

		_, err := w.Portal.Activate(w.Ctx, token, Secrets())
		require.ErrorIs(w.T, err, account.ErrLinkUnknown, "it is no link to activate")
	}, id)

	require.NoError(w.T, w.Portal.Contest(w.Ctx, token, "C'est moi le gérant"))
	reg := w.registration("bob").ID
	assert.Equal(w.T, reg, w.sound(id).Contest.By)
	assert.Equal(w.T, account.By(reg), w.Last(id).Actor)
	assert.Equal(w.T, "C'est moi le gérant", w.Last(id).Note)
	w.told("contested to alice", "contested to support to assistance")

	w.Untouched(func() {
		err := w.Portal.Contest(w.Ctx, token, "Encore")
		var wrong *account.LinkError

		require.ErrorAs(w.T, err, &wrong)
		require.ErrorIs(w.T, err, account.ErrLinkUsed)
	}, id)

	require.NoError(w.T, w.Portal.SendContest(w.Ctx, Login("bob"), Siret(0)))
	assert.Empty(w.T, w.Deliver(), "once for each request")

	w.done(id, attachment.Release{By: helpdesk})
	w.told("released to alice", "released to bob")
	w.Approve(app("alice"), "bob") // it waits still
	w.Activate(w.Token(w.One(w.Deliver(), "bob", mail.Approved)))
}

func contestAlike(w *World) {
	id := w.team("alice", "bob")
	w.Loner("carole")
	w.wants(id, "carole", "") // who has an account, contests by themselves
	w.Deliver()

	for _, name := range []string{"alice", "bob", "carole", "personne"} {
		require.NoError(w.T, w.Portal.SendContest(w.Ctx, Login(name), Siret(0)))
		require.NoError(w.T, w.Portal.SendContest(w.Ctx, Login(name), Siret(7)))
	}

	assert.Empty(w.T, w.Deliver(), "none of them may")
	w.Untouched(func() {
		assert.Equal(w.T, []string{"login account.address"}, faultsIn(w.Portal.SendContest(w.Ctx, "x", Siret(0))))
	}, id)

	// One who registered is not there to contest any more once they are attached.
	w.Register("denis", Siret(0))
	w.Deliver()
	require.NoError(w.T, w.Portal.SendContest(w.Ctx, Login("denis"), Siret(0)))
	token := w.Token(w.told("contest link to denis")[0])
	w.Approve(app("alice"), "denis")
	w.Activate(w.Token(w.One(w.Deliver(), "denis", mail.Approved)))
	w.Untouched(func() {
		require.ErrorIs(w.T, w.Portal.Contest(w.Ctx, token, "x"), account.ErrLinkExpired)
	}, id)
}

func contestedClaim(w *World) {
	w.Reopen(supported)
	w.Register("alice", Siret(0))
	token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	id := w.ID(Siret(0))

	w.Loner("bob")
	require.NoError(w.T, w.Ask(app("bob"), id, ""))
	w.done(id, attachment.ContestStanding{By: by("bob"), Reason: "C'est la mienne"})
	w.told("contested to alice", "contested to support to assistance")
	w.refused(id, attachment.Freeze{By: helpdesk}, attachment.ErrNoManager)

	alice := w.Activate(token)
	assert.Equal(w.T, alice.ID, w.sound(id).Contest.Of)
	w.done(id, attachment.Freeze{By: helpdesk})
	w.done(id, attachment.Appoint{By: helpdesk, Account: app("bob")})
	w.leads(id, "bob")
	assert.Equal(w.T, alice.ID, w.sound(id).Review.Of)
	w.One(w.Deliver(), "alice", mail.Replaced)
}

// frozenTeam is a team whose manager is contested, and what support holds is held.
func (w *World) frozenTeam() structure.ID {
	w.T.Helper()

	id := w.team("alice", "bob", "carole")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("carole"), Profiles: profiles("organisation/modification")})
	w.done(id, w.wishful("organisation/modification"))
	w.doubt(id, "denis")
	w.Deliver()
	w.done(id, attachment.Freeze{By: helpdesk})
	w.told("frozen to alice")

	return id
}

func frozen(w *World) {
	id := w.frozenTeam()
	assert.True(w.T, w.sound(id).Contest.Frozen)
	w.nothing(id, attachment.Freeze{By: helpdesk})

	for _, who := range []string{"alice", "carole"} {
		for _, c := range []attachment.Command{
			attachment.Detach{By: by(who), Account: app("bob")},
			attachment.GrantProfiles{By: by(who), Account: app("bob"), Profiles: profiles("organisation/modification")},
			attachment.CopyProfiles{By: by(who), From: at("carole"), To: at("bob")},
			attachment.Approve{By: by(who), Account: app("bob"), Wish: true},
		} {
			w.refused(id, c, attachment.ErrFrozen)
		}
	}

	w.refused(id, attachment.HandOver{By: by("alice"), To: app("bob")}, attachment.ErrFrozen)
	w.Untouched(func() {
		_, err := w.Portal.ChangeIdentifier(w.Ctx, by("alice"), id, Siret(5))
		require.ErrorIs(w.T, err, attachment.ErrFrozen)
	}, id)

	// The rest goes on: who can be told apart from who takes over.
	w.done(id, attachment.Suspend{By: by("alice"), Account: app("bob")})
	w.done(id, attachment.Resume{By: by("alice"), Account: app("bob")})
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing[0])})
	w.done(id, attachment.Refuse{By: by("alice"), Account: app("bob"), Wish: true})
	w.done(id, attachment.Approve{By: by("alice"), Account: app("denis")})
	w.done(id, attachment.Leave{By: by("bob")})
}

func released(w *World) {
	id := w.frozenTeam()
	w.done(id, attachment.Release{By: helpdesk})
	assert.Zero(w.T, w.sound(id).Contest)
	w.told("released to alice", "released to denis")
	w.refused(id, attachment.Release{By: helpdesk}, attachment.ErrNotContested)
	w.refused(id, attachment.Freeze{By: helpdesk}, attachment.ErrNotContested)

	w.done(id, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true})
	w.done(id, attachment.Detach{By: by("alice"), Account: app("carole")})
	w.refused(id, attachment.ContestStanding{By: by("denis"), Reason: "Encore"}, attachment.ErrContested)
	w.done(id, attachment.HandOver{By: by("alice"), To: app("bob")})
	w.leads(id, "bob")
}

func replacedAndReviewed(w *World) {
	w.Reopen(supported)

	id := w.team("alice", "bob", "carole")
	w.services(id, "alice", "A")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("carole"), Profiles: profiles("organisation/modification")})
	w.Loner("emile")
	w.wants(id, "emile", "")
	w.done(id, attachment.Approve{By: by("carole"), Account: app("emile")})
	w.doubt(id, "denis")
	w.Deliver()

	w.done(id, attachment.Appoint{By: helpdesk, Account: app("denis")})
	w.leads(id, "denis")
	w.told("replaced to alice", "appointed to denis")
	assert.Equal(w.T, attachment.Review{Of: app("alice"), Until: w.Clock}, w.sound(id).Review)
	assert.Zero(w.T, w.sound(id).Contest)
	w.holds("alice", id, "", ofUsers...)
	w.holds("bob", id, "", ofUsers...) // nothing ends by itself

	page, err := w.Portal.Users(w.Ctx, by("denis"), id, guichet.UserQuery{Window: all, Review: true})
	require.NoError(w.T, err)

	var up []account.ID
	for _, u := range page.Rows {
		up = append(up, u.Account)
	}

	assert.Equal(w.T, []account.ID{app("bob"), app("carole")}, up, "what alice approved, not what carole did")

	w.done(id, attachment.Confirm{By: by("denis"), Account: app("bob")})
	assert.Equal(w.T, by("denis"), w.place(id, at("bob")).Decision.By)
	w.refused(id, attachment.Confirm{By: by("denis"), Account: app("bob")}, attachment.ErrNoReview)
	w.refused(id, attachment.Confirm{By: by("denis"), Account: app("emile")}, attachment.ErrNoReview)
	w.refused(id, attachment.Confirm{By: by("carole"), Account: app("carole")}, attachment.ErrOwnRequest)
	w.refused(id, attachment.Confirm{By: by("bob"), Account: app("carole")}, attachment.ErrNotDecider)
	w.done(id, attachment.Detach{By: by("denis"), Account: app("carole")})
	w.refused(id, attachment.Confirm{By: by("denis"), Account: app("carole")}, attachment.ErrNoReview)
	w.told("detached to carole")

	page, err = w.Portal.Users(w.Ctx, by("denis"), id, guichet.UserQuery{Window: all, Review: true})
	require.NoError(w.T, err)
	assert.Empty(w.T, page.Rows)
}

func contestByWhom(w *World) {
	id := w.team("alice", "bob")
	w.doubt(id, "carole")

	for _, who := range []account.Actor{by("alice"), by("bob"), by("carole"), account.System()} {
		w.refused(id, attachment.Freeze{By: who}, attachment.ErrNotSupport)
		w.refused(id, attachment.Release{By: who}, attachment.ErrNotSupport)
	}

	w.Loner("zoe")
	other := w.Create(app("zoe"), Siret(1)).Structure
	w.refused(other, attachment.Freeze{By: helpdesk}, attachment.ErrNotContested)
	w.refused(other, attachment.Release{By: helpdesk}, attachment.ErrNotContested)
}

func contestedHandedOver(w *World) {
	id := w.team("alice", "bob")
	w.doubt(id, "carole")
	w.done(id, attachment.HandOver{By: by("alice"), To: app("bob")})
	assert.Equal(w.T, app("alice"), w.sound(id).Contest.Of, "who hands over quickly is doubted still")
	w.Deliver()

	w.done(id, attachment.Freeze{By: helpdesk})
	w.refused(id, attachment.HandOver{By: by("bob"), To: app("alice")}, attachment.ErrFrozen)
	w.done(id, attachment.Appoint{By: helpdesk, Account: app("carole")})
	assert.Equal(w.T, app("alice"), w.sound(id).Review.Of)
	w.done(id, attachment.Confirm{By: by("carole"), Account: app("bob")})
	w.told("frozen to bob", "replaced to bob", "appointed to carole")
}
