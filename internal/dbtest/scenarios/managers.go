package scenarios

import (
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// managers are the stories of main managers: who follows them, and when there are none (rule D6).
func managers() []Scenario {
	return []Scenario{
		{"D6_TheSuccessorHoldsEverythingAndThePredecessorKeepsTheirsAsGrants", handedOver},
		{"D6_ASuccessorWhoCouldNotActIsRefused", handOverRefused},
		{"D6_AnInactiveStructureIsHandedOverToo", handOverInactive},
		{"D6_OnlyTheMainManagerHandsOver", handOverByWhom},
		{"D6_AHandOverAndBackLeavesEverybodyWithEverything", handOverBack},
		{"D6_TheMainManagerCannotGoNorBeSentAway", managerStays},
		{"D6_WhoIsInvitedOrSuspendedKeepsAStructureFromBeingLeftVacant", notAlone},
		{"D6_RequestsToAVacantStructureWaitAndSupportIsTold", vacantWaits},
		{"D6_SupportAppointsInAVacantStructure", appointedVacant},
		{"D6_SupportReplacesAManagerWhoIsBlocked", appointedBlocked},
		{"D6_SupportReplacesAManagerWhomNobodyReaches", appointedUnreachable},
		{"D6_SupportDoesNotReplaceAManagerWhoActs", notAppointed},
	}
}

// status makes a structure inactive, or active again.
func (w *World) status(id structure.ID, who string, s structure.Status) {
	w.T.Helper()

	_, err := w.Portal.SetStatus(w.Ctx, by(who), id, s)
	require.NoError(w.T, err)
	w.Deliver()
}

func handedOver(w *World) {
	id := w.team("alice", "bob", "carole")
	w.services(id, "alice", "A")
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing...)})
	w.done(id, attachment.RequestProfiles{By: by("bob"), Profiles: profiles(billing[0]), Comment: "S'il vous plaît"})
	w.Deliver()
	w.Wait(hour)

	w.done(id, attachment.HandOver{By: by("alice"), To: app("bob")})
	w.leads(id, "bob")
	w.holds("bob", id, "", ofDeciders...)
	w.holds("alice", id, "", ofUsers...)
	w.holds("carole", id, "", ofUsers...)

	row := w.place(id, at("alice"))
	require.Len(w.T, row.Grants, len(ofUsers))

	for _, g := range row.Grants {
		assert.Equal(w.T, by("alice"), g.By)
		assert.Equal(w.T, w.Clock, g.At)
	}

	assert.Empty(w.T, w.place(id, at("bob")).Grants, "they come with the role")
	assert.False(w.T, w.place(id, at("bob")).Wish.Open(), "there is nothing left to wish for")

	sent := w.told("handed over to alice", "took over to bob")
	assert.Contains(w.T, w.One(sent, "alice", mail.HandedOver).Text, "Prénom bob Nom bob")
	assert.Contains(w.T, w.One(sent, "bob", mail.TookOver).Text, "Prénom alice Nom alice")
	assert.Subset(w.T, w.Actions(id), []string{
		"manager relieved attached→attached", "profiles withdrawn attached→attached", "manager named managed→managed",
	})

	// What the role brought goes with it; what was granted goes on: an application opened later is the successor's only.
	form := formOf(w.Stored(Siret(0)))
	form.Applications = append(form.Applications, "annuaire")
	_, err := w.Portal.ChangeStructure(w.Ctx, by("bob"), id, form)
	require.NoError(w.T, err)
	w.denied("alice", id, "", "annuaire/consultation", habilitation.ErrNotGranted)
	require.NoError(w.T, w.May(app("bob"), habilitation.Scope{Structure: id}, "annuaire", habilitation.Modification))
	w.refused(id, attachment.Suspend{By: by("alice"), Account: app("carole")}, attachment.ErrNotDecider)
	w.done(id, attachment.Detach{By: by("bob"), Account: app("alice")})
	w.holds("alice", id, "")
}

func handOverRefused(w *World) {
	id := w.team("alice", "suspendue", "partie", "bloquee", "detachee")
	w.services(id, "alice", "A")
	w.inService(id, "alice", "servie", "A")
	w.Loner("inconnue")
	w.Loner("demande")
	w.wants(id, "demande", "")
	w.done(id, attachment.Suspend{By: by("alice"), Account: app("suspendue")})
	w.done(id, attachment.Detach{By: by("alice"), Account: app("detachee")})
	w.deactivate(app("partie"))

	_, err := w.Portal.Block(w.Ctx, helpdesk, app("bloquee"), "")
	require.NoError(w.T, err)

	for name, why := range map[string]error{
		"suspendue": attachment.ErrSuspendedThere, "servie": attachment.ErrNotAttached, "inconnue": attachment.ErrNotAttached,
		"demande": attachment.ErrNotAttached, "detachee": attachment.ErrNotAttached, "personne": attachment.ErrNotAttached,
		"partie": attachment.ErrAccountInactive, "bloquee": attachment.ErrAccountInactive, "alice": attachment.ErrIsManager,
	} {
		refusal := w.refused(id, attachment.HandOver{By: by("alice"), To: app(name)}, why)
		assert.Equal(w.T, app(name), refusal.Account)
	}

	w.leads(id, "alice")
	w.holds("alice", id, "", ofDeciders...)
}

func handOverInactive(w *World) {
	id := w.team("alice", "bob")
	w.status(id, "alice", structure.Inactive)

	w.done(id, attachment.HandOver{By: by("alice"), To: app("bob")})
	w.leads(id, "bob")
	w.told("handed over to alice", "took over to bob")
	w.denied("bob", id, "", "factures-emises/modification", habilitation.ErrStructureInactive)
	w.status(id, "bob", structure.Active)
	w.holds("bob", id, "", ofDeciders...)
	w.holds("alice", id, "", ofUsers...)
}

func handOverByWhom(w *World) {
	id := w.team("alice", "bob", "carole")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles("organisation/modification")})
	w.Loner("zoe")

	w.refused(id, attachment.HandOver{By: by("bob"), To: app("bob")}, attachment.ErrNotManager)
	w.refused(id, attachment.HandOver{By: by("bob"), To: app("carole")}, attachment.ErrNotManager)
	w.refused(id, attachment.HandOver{By: by("carole"), To: app("carole")}, attachment.ErrNotDecider)
	w.refused(id, attachment.HandOver{By: by("zoe"), To: app("zoe")}, attachment.ErrNotDecider)
	w.refused(id, attachment.HandOver{By: account.System(), To: app("carole")}, attachment.ErrNotDecider)
	w.refused(id, attachment.HandOver{By: helpdesk, To: app("carole")}, attachment.ErrNotDecider)

	// Nobody can act: it is for support to appoint, not to hand over in somebody's name.
	for _, name := range []string{"alice", "bob"} {
		_, err := w.Portal.Block(w.Ctx, helpdesk, app(name), "")
		require.NoError(w.T, err)
	}

	w.refused(id, attachment.HandOver{By: helpdesk, To: app("carole")}, attachment.ErrNotManager)
	w.refused(id, attachment.HandOver{By: by("alice"), To: app("carole")}, attachment.ErrNotDecider)
	w.leads(id, "alice")
}

func handOverBack(w *World) {
	id := w.team("alice", "bob")
	w.done(id, attachment.HandOver{By: by("alice"), To: app("bob")})
	w.done(id, attachment.HandOver{By: by("bob"), To: app("alice")})
	w.leads(id, "alice")
	w.holds("alice", id, "", ofDeciders...)
	w.holds("bob", id, "", ofUsers...)
	assert.Equal(w.T, 2, w.sound(id).Attached)
}

func managerStays(w *World) {
	id := w.team("alice", "bob")
	w.services(id, "alice", "A")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles("organisation/modification")})

	manage := profiles("organisation/modification")

	for _, c := range []attachment.Command{
		attachment.Leave{By: by("alice")},
		attachment.Detach{By: by("bob"), Account: app("alice")},
		attachment.Detach{By: by("alice"), Account: app("alice")},
		attachment.Suspend{By: by("bob"), Account: app("alice")},
		attachment.Suspend{By: by("alice"), Account: app("alice")},
		attachment.RevokeProfiles{By: by("bob"), Account: app("alice"), Profiles: manage},
		attachment.RevokeProfiles{By: by("bob"), Account: app("alice"), Profiles: profiles(billing...)},
		attachment.GrantProfiles{By: by("bob"), Account: app("alice"), Profiles: profiles(billing...)},
		attachment.CopyProfiles{By: by("bob"), From: at("bob"), To: at("alice")},
		attachment.DropProfiles{By: by("alice"), Profiles: manage},
		attachment.RequestProfiles{By: by("alice"), Profiles: manage, Comment: "x"},
	} {
		w.refused(id, c, attachment.ErrMainManager)
	}

	w.refused(id, attachment.Depart{By: by("alice"), Account: app("alice")}, attachment.ErrNotAlone)
	w.refused(id, attachment.Depart{By: by("alice"), Account: app("alice"), Vacant: true}, attachment.ErrNotAlone)
	w.refused(id, attachment.Depart{By: by("bob"), Account: app("alice"), Vacant: true}, attachment.ErrNotYours)
	w.refused(id, attachment.Resume{By: by("bob"), Account: app("alice")}, attachment.ErrNotSuspended)
	w.refused(id, attachment.Request{By: by("alice"), Service: "A", Comment: "x"}, attachment.ErrAttached)

	w.Untouched(func() {
		d := guichet.Departure{By: by("alice"), Account: app("alice"), LeaveVacant: true}
		_, err := w.Portal.Deactivate(w.Ctx, d)
		require.ErrorIs(w.T, err, guichet.ErrManages)
		require.ErrorIs(w.T, w.Portal.Close(w.Ctx, d), guichet.ErrManages)
	}, id)
	w.leads(id, "alice")
	w.holds("alice", id, "", ofDeciders...)
	w.told("profiles changed to bob")
}

func notAlone(w *World) {
	id := w.team("alice", "bob")
	depart := attachment.Depart{By: by("alice"), Account: app("alice"), Vacant: true}
	w.done(id, attachment.Suspend{By: by("alice"), Account: app("bob")})
	w.refused(id, depart, attachment.ErrNotAlone)
	w.done(id, attachment.Detach{By: by("alice"), Account: app("bob")})

	w.invite(id, "alice", "inconnue", "")
	w.refused(id, depart, attachment.ErrNotAlone)
	require.NoError(w.T, w.Portal.Dismiss(w.Ctx, by("alice"), id, Login("inconnue")))

	w.refused(id, attachment.Depart{By: by("alice"), Account: app("alice")}, attachment.ErrMainManager)
	w.Deliver()
	w.done(id, depart)
	w.leads(id, "")
	assert.Equal(w.T, structure.Inactive, w.Stored(Siret(0)).Status)
	w.holds("alice", id, "")
	w.told()
}

func vacantWaits(w *World) {
	w.Reopen(supported)

	id := w.team("alice")
	require.NoError(w.T, w.Leave(app("alice"), id))

	assert.Equal(w.T, guichet.NextApproval, w.Register("bob", Siret(0)).Next)
	w.Loner("carole")
	w.wants(id, "carole", "")

	sent := w.told("unattended to assistance", "unattended to assistance")
	assert.Contains(w.T, sent[0].Text+sent[1].Text, "Nom bob")
	assert.Contains(w.T, sent[0].Text+sent[1].Text, "Nom carole")

	// It is inactive: support may refuse, and approves once whoever it appoints has reactivated.
	w.refused(id, attachment.Approve{By: helpdesk, Account: app("carole")}, attachment.ErrNotDecider)
	w.is(id, at("carole"), attachment.Requested)
	w.done(id, attachment.Refuse{By: helpdesk, Account: w.registration("bob").ID})
	w.told("refused to bob")

	w.Loner("denis")
	w.done(id, attachment.Appoint{By: helpdesk, Account: app("denis")})
	w.told("appointed to denis", "requests to approve to denis")
	w.refused(id, attachment.Approve{By: by("denis"), Account: app("carole")}, attachment.ErrNotDecider)
	w.status(id, "denis", structure.Active)
	w.done(id, attachment.Approve{By: by("denis"), Account: app("carole")})
	w.told("attachment granted to carole")
	w.leads(id, "denis")
}

func appointedVacant(w *World) {
	w.Reopen(supported)

	id := w.team("alice")
	require.NoError(w.T, w.Leave(app("alice"), id))
	w.Loner("bob")
	w.wants(id, "bob", "")
	w.Deliver()

	_, err := w.Portal.Block(w.Ctx, helpdesk, app("alice"), "")
	require.NoError(w.T, err)
	w.refused(id, attachment.Appoint{By: helpdesk, Account: app("alice")}, attachment.ErrAccountInactive)
	w.refused(id, attachment.Appoint{By: helpdesk, Account: app("personne")}, attachment.ErrAccountInactive)
	w.refused(id, attachment.Appoint{By: by("bob"), Account: app("bob")}, attachment.ErrNotSupport)
	w.refused(id, attachment.Appoint{By: account.System(), Account: app("bob")}, attachment.ErrNotSupport)
	w.Deliver()

	// Whoever waits there is attached by it.
	w.done(id, attachment.Appoint{By: helpdesk, Account: app("bob")})
	w.leads(id, "bob")
	w.is(id, at("bob"), attachment.Attached)
	w.told("appointed to bob")
	w.denied("bob", id, "", "organisation/modification", habilitation.ErrStructureInactive)
	w.status(id, "bob", structure.Active)
	w.holds("bob", id, "", ofDeciders...)
	assert.Equal(w.T, 1, w.sound(id).Attached)
	w.refused(id, attachment.Appoint{By: helpdesk, Account: app("bob"), Unreachable: true}, attachment.ErrIsManager)
}

func appointedBlocked(w *World) {
	id := w.team("alice", "bob")
	w.services(id, "alice", "A", "B")
	w.inService(id, "alice", "carole", "A")

	_, err := w.Portal.Block(w.Ctx, helpdesk, app("alice"), "")
	require.NoError(w.T, err)
	w.Deliver()

	w.done(id, attachment.Suspend{By: helpdesk, Account: app("carole"), Service: "A"})
	w.refused(id, attachment.Appoint{By: helpdesk, Account: app("carole")}, attachment.ErrSuspendedThere)
	w.done(id, attachment.Resume{By: helpdesk, Account: app("carole"), Service: "A"})
	w.Deliver()

	w.done(id, attachment.Appoint{By: helpdesk, Account: app("carole")})
	w.leads(id, "carole")
	w.is(id, in("carole", "A"), attachment.Detached)
	w.holds("carole", id, "", ofDeciders...)
	w.told("replaced to alice", "appointed to carole")

	w.holds("alice", id, "")
	_, err = w.Portal.Unblock(w.Ctx, helpdesk, app("alice"))
	require.NoError(w.T, err)
	w.holds("alice", id, "", ofUsers...)
	assert.Equal(w.T, helpdesk, w.place(id, at("alice")).Grants[0].By)
	assert.True(w.T, slices.Contains(w.Actions(id), "manager relieved attached→attached"))
}

func appointedUnreachable(w *World) {
	id := w.team("alice", "bob")
	w.refused(id, attachment.Appoint{By: helpdesk, Account: app("bob")}, attachment.ErrManagerActs)
	w.done(id, attachment.Appoint{By: helpdesk, Account: app("bob"), Unreachable: true})
	w.leads(id, "bob")
	w.holds("bob", id, "", ofDeciders...)
	w.holds("alice", id, "", ofUsers...)
	w.told("replaced to alice", "appointed to bob")
	assert.Zero(w.T, w.sound(id).Review, "nobody contested: there is nothing to look through")
}

func notAppointed(w *World) {
	id := w.team("alice", "bob")
	w.refused(id, attachment.Appoint{By: helpdesk, Account: app("bob")}, attachment.ErrManagerActs)
	w.Loner("zoe")
	w.refused(id, attachment.Appoint{By: helpdesk, Account: app("zoe")}, attachment.ErrManagerActs)

	w.Register("denis", Siret(1))
	w.Loner("emile")
	w.refused(w.ID(Siret(1)), attachment.Appoint{By: helpdesk, Account: app("emile"), Unreachable: true}, attachment.ErrClaimed)
	w.Deliver()
	w.Wait(2 * hour)
	w.Advance()
	w.refused(w.ID(Siret(1)), attachment.Appoint{By: helpdesk, Account: app("emile"), Unreachable: true}, attachment.ErrUnclaimed)
	w.leads(id, "alice")
}
