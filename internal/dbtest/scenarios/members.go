package scenarios

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// members are the stories of users who come, are suspended, and go.
func members() []Scenario {
	return []Scenario{
		{"D7_ADeciderAttachesAnAccountWithoutARequest", attachedUnasked},
		{"D7_AUserLeaves", userLeaves},
		{"D8_ASuspensionTakesTheRightsAtOnceAndAResumptionGivesThemBack", suspendedAndResumed},
		{"D8_WhoIsDetachedStartsFromTheDefaultsAgain", detachedForGood},
		{"D8_AnApprovalThatWasNotUsedYetIsTakenBack", approvalTakenBack},
		{"D9_AnAttachmentReachesTheServicesAndThatToAServiceNothingElse", reach},
		{"C8_InAnInactiveStructureConsultationRefusingDetachingAndHandingOverStay", inactiveStays},
		{"D11_EveryCommandLeavesAnEntry", everyEntry},
	}
}

func attachedUnasked(w *World) {
	id := w.team("alice")
	w.services(id, "alice", "A", "B")

	for _, name := range []string{"bob", "carole", "denis"} {
		w.Loner(name)
	}

	w.done(id, attachment.Attach{By: by("alice"), Account: app("bob")})
	w.holds("bob", id, "", ofUsers...)
	w.done(id, attachment.Attach{By: by("alice"), Account: app("carole"), Service: "A"})
	w.done(id, attachment.Attach{By: by("alice"), Account: app("carole"), Service: "B"})
	w.holds("carole", id, "A", billing...)
	w.holds("carole", id, "B", billing...)
	w.holds("carole", id, "")

	sent := w.told("attached to bob", "attached to carole", "attached to carole")
	assert.Contains(w.T, sent[1].Text, "Service A")

	for _, key := range []attachment.Key{at("bob"), in("carole", "A")} {
		row := w.place(id, key)
		assert.Equal(w.T, attachment.Decision{By: by("alice"), At: w.Clock, Approved: true}, row.Decision)
		assert.Empty(w.T, row.Invited)

		for _, g := range row.Grants {
			assert.Equal(w.T, by("alice"), g.By)
		}
	}

	// Whom a decider names by their id, they may see: what is in the way is told.
	w.refused(id, attachment.Attach{By: by("alice"), Account: app("bob"), Service: "A"}, attachment.ErrAttached)
	w.refused(id, attachment.Attach{By: by("alice"), Account: app("carole"), Service: "A"}, attachment.ErrAttached)
	w.refused(id, attachment.Attach{By: by("alice"), Account: app("denis"), Service: "Z"}, attachment.ErrServiceUnknown)
	w.refused(id, attachment.Attach{By: by("bob"), Account: app("denis")}, attachment.ErrNotDecider)
	w.refused(id, attachment.Attach{By: by("denis"), Account: app("denis")}, attachment.ErrNotDecider)

	// A request that waits is answered by it.
	w.wants(id, "denis", "")
	w.Deliver()
	w.done(id, attachment.Attach{By: by("alice"), Account: app("denis")})
	assert.Empty(w.T, w.waits("alice"))
	w.told("attachment granted to denis")
	assert.Equal(w.T, 5, w.sound(id).Attached, "carole has two")

	w.close(app("denis"), false)
	w.refused(id, attachment.Attach{By: by("alice"), Account: app("denis")}, attachment.ErrAccountUnknown)
}

func userLeaves(w *World) {
	id := w.team("alice", "bob")
	w.services(id, "alice", "A", "B")
	w.inService(id, "alice", "carole", "A")
	w.done(id, attachment.Attach{By: by("alice"), Account: app("carole"), Service: "B"})
	w.Deliver()

	w.done(id, attachment.Leave{By: by("carole"), Service: "A"})
	w.is(id, in("carole", "A"), attachment.Detached)
	w.holds("carole", id, "A")
	w.holds("carole", id, "B", billing...)
	w.done(id, attachment.Leave{By: by("bob")})
	w.holds("bob", id, "")
	assert.Equal(w.T, 2, w.sound(id).Attached)

	sent := w.told("left to alice", "left to alice")
	text := sent[0].Text + sent[1].Text
	assert.Contains(w.T, text, "Prénom carole Nom carole")
	assert.Contains(w.T, text, "Service A")
	assert.Contains(w.T, text, Login("bob"))

	w.refused(id, attachment.Leave{By: by("bob")}, attachment.ErrNotAttached)
	w.refused(id, attachment.Leave{By: by("carole")}, attachment.ErrNotAttached)
	w.refused(id, attachment.Leave{By: helpdesk}, attachment.ErrAccountInactive)

	// Even who is suspended may go; not who is not there to say so.
	w.done(id, attachment.Suspend{By: by("alice"), Account: app("carole"), Service: "B"})
	w.deactivate(app("carole"))
	w.refused(id, attachment.Leave{By: by("carole"), Service: "B"}, attachment.ErrAccountInactive)
	w.comeBack("carole")
	w.done(id, attachment.Leave{By: by("carole"), Service: "B"})
	assert.Equal(w.T, 1, w.sound(id).Attached)
}

func suspendedAndResumed(w *World) {
	id := w.team("alice", "bob")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles("organisation/modification")})
	w.Loner("carole")
	w.wants(id, "carole", "")
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing[0])})
	grants := w.place(id, at("bob")).Grants
	w.Deliver()

	w.done(id, attachment.Suspend{By: by("alice"), Account: app("bob")})
	w.is(id, at("bob"), attachment.Suspended)
	w.holds("bob", id, "")
	w.denied("bob", id, "", "factures-emises/consultation", habilitation.ErrSuspended)
	w.refused(id, attachment.Approve{By: by("bob"), Account: app("carole")}, attachment.ErrNotDecider)
	assert.Empty(w.T, w.waits("bob"))
	assert.Equal(w.T, 2, w.sound(id).Attached, "they belong there still")
	w.told("suspended to bob")

	w.refused(id, attachment.Suspend{By: by("alice"), Account: app("bob")}, attachment.ErrSuspendedThere)
	w.refused(id, attachment.Resume{By: by("bob"), Account: app("bob")}, attachment.ErrNotDecider)
	w.refused(id, attachment.Suspend{By: by("alice"), Account: app("carole")}, attachment.ErrNotAttached)
	w.refused(id, attachment.Resume{By: by("alice"), Account: app("carole")}, attachment.ErrNotAttached)
	w.refused(id, attachment.RequestProfiles{By: by("bob"), Profiles: profiles(billing[0]), Comment: "x"}, attachment.ErrSuspendedThere)
	w.refused(id, attachment.Request{By: by("bob"), Comment: "x"}, attachment.ErrAttached)

	w.done(id, attachment.Resume{By: by("alice"), Account: app("bob")})
	assert.Equal(w.T, grants, w.place(id, at("bob")).Grants, "nothing more, and nothing less")
	w.holds("bob", id, "", ofDeciders[1:]...)
	w.told("resumed to bob")
	w.refused(id, attachment.Resume{By: by("alice"), Account: app("bob")}, attachment.ErrNotSuspended)
	w.done(id, attachment.Approve{By: by("bob"), Account: app("carole")})
}

func detachedForGood(w *World) {
	id := w.team("alice", "bob")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles("organisation/modification")})
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing[0])})
	w.done(id, attachment.RequestProfiles{By: by("bob"), Profiles: profiles(billing[0]), Comment: "x"})
	w.Deliver()

	w.done(id, attachment.Detach{By: by("alice"), Account: app("bob")})
	w.is(id, at("bob"), attachment.Detached)
	w.holds("bob", id, "")
	w.denied("bob", id, "", "factures-emises/consultation", habilitation.ErrNotAttached)
	assert.Empty(w.T, w.waits("alice"), "nor does what they wished for wait")
	w.told("detached to bob")
	w.refused(id, attachment.Detach{By: by("alice"), Account: app("bob")}, attachment.ErrNotAttached)
	w.refused(id, attachment.Suspend{By: by("alice"), Account: app("bob")}, attachment.ErrNotAttached)
	w.refused(id, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true}, attachment.ErrNoRequest)

	w.wants(id, "bob", "")
	w.done(id, attachment.Approve{By: by("alice"), Account: app("bob")})
	w.holds("bob", id, "", ofUsers...)
}

func approvalTakenBack(w *World) {
	id := w.team("alice")
	w.Register("bob", Siret(0))
	w.Deliver()
	w.Approve(app("alice"), "bob")
	token := w.Token(w.told("approved to bob")[0])
	reg := w.registration("bob")

	w.done(id, attachment.Detach{By: by("alice"), Account: reg.ID})
	w.is(id, attachment.Key{Account: reg.ID}, attachment.Withdrawn)
	w.told("detached to bob")

	_, err := w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkExpired)
	assert.Empty(w.T, w.registrations("bob"))
	w.Register("bob", Siret(0))
	assert.Equal(w.T, []string{"bob"}, w.waits("alice"), "they may ask again")
}

func reach(w *World) {
	id := w.team("alice", "bob")
	w.services(id, "alice", "A", "B")
	w.inService(id, "alice", "carole", "A")

	for name, want := range map[string]map[structure.Code]error{
		"alice":  {"": nil, "A": nil, "B": nil},
		"bob":    {"": nil, "A": nil, "B": nil},
		"carole": {"": habilitation.ErrNotAttached, "A": nil, "B": habilitation.ErrNotAttached},
	} {
		for service, why := range want {
			if why == nil {
				require.NoError(w.T, w.May(app(name), habilitation.Scope{Structure: id, Service: service}, "factures-emises", habilitation.Modification), "%s at %q", name, service)
			} else {
				w.denied(name, id, service, "factures-emises/modification", why)
			}
		}
	}

	_, err := w.Portal.PutService(w.Ctx, by("alice"), id, structure.ServiceForm{Code: "A", Label: "A", Inactive: true})
	require.NoError(w.T, err)
	w.denied("carole", id, "A", "factures-emises/modification", habilitation.ErrServiceInactive)
	w.refused(id, attachment.GrantProfiles{
		By: by("alice"), Account: app("carole"), Service: "A", Profiles: profiles("organisation/consultation"),
	}, attachment.ErrProfile)
}

func inactiveStays(w *World) {
	id := w.team("alice", "bob", "carole", "denis")
	w.Loner("emile")
	w.Loner("fanny")
	w.wants(id, "emile", "")
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing[1], billing[2])})
	w.done(id, attachment.RequestProfiles{By: by("bob"), Profiles: profiles(billing[1]), Comment: "x"})
	w.status(id, "alice", structure.Inactive)

	for name, want := range map[string][]string{"alice": ofDeciders, "carole": ofUsers} {
		var consultation []string

		for _, p := range want {
			if strings.HasSuffix(p, "consultation") {
				consultation = append(consultation, p)
			}
		}

		w.holds(name, id, "", consultation...)
	}

	for _, c := range []attachment.Command{
		attachment.Approve{By: by("alice"), Account: app("emile")},
		attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true},
		attachment.Attach{By: by("alice"), Account: app("fanny")},
		attachment.Suspend{By: by("alice"), Account: app("bob")},
		attachment.Resume{By: by("alice"), Account: app("bob")},
		attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing[1])},
		attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing[0])},
		attachment.CopyProfiles{By: by("alice"), From: at("carole"), To: at("bob")},
	} {
		refusal := w.refused(id, c, attachment.ErrNotDecider)
		require.ErrorIs(w.T, refusal, habilitation.ErrStructureInactive)
		assert.Equal(w.T, "attachment.inactive", refusal.Code(), "they are told why")
	}

	w.wants(id, "fanny", "") // it waits until the structure is active (rule D4)
	assert.ElementsMatch(w.T, []string{"emile", "bob", "fanny"}, w.waits("alice"))
	w.done(id, attachment.Refuse{By: by("alice"), Account: app("emile")})
	w.done(id, attachment.Refuse{By: by("alice"), Account: app("bob"), Wish: true})
	w.done(id, attachment.Detach{By: by("alice"), Account: app("carole")})
	w.done(id, attachment.DropProfiles{By: by("denis"), Profiles: profiles(billing[0])})
	w.done(id, attachment.Leave{By: by("denis")})
	w.done(id, attachment.HandOver{By: by("alice"), To: app("bob")})
	w.status(id, "bob", structure.Active)
	w.done(id, attachment.Approve{By: by("bob"), Account: app("fanny")})
	w.holds("fanny", id, "", ofUsers...)
}

// everyEntry says of every command what the journal tells of it: what, on whom, where, before and after, with what was said. Who
// and when is asserted for every command of these stories.
func everyEntry(w *World) {
	id := w.team("alice", "bob")
	w.services(id, "alice", "A")

	for _, name := range []string{"carole", "denis", "emile"} {
		w.Loner(name)
	}

	manage := profiles("organisation/modification")

	for _, step := range []struct {
		c    attachment.Command
		want string
	}{
		{attachment.Request{By: by("carole"), Comment: "Moi"}, "request made carole/ →requested Moi"},
		{attachment.ContestStanding{By: by("carole"), Reason: "Lui ?"}, "standing contested carole/ requested→requested Lui ?"},
		{attachment.Freeze{By: helpdesk}, "standing frozen alice/ attached→attached"},
		{attachment.Release{By: helpdesk}, "contest ended alice/ →"},
		{attachment.Withdraw{By: by("carole")}, "request withdrawn carole/ requested→withdrawn"},
		{attachment.Request{By: by("denis"), Comment: "Moi", Service: "A"}, "request made denis/A →requested Moi"},
		{attachment.Refuse{By: by("alice"), Account: app("denis"), Service: "A", Reason: "Non"}, "request refused denis/A requested→refused Non"},
		{attachment.Request{By: by("denis"), Comment: "Si", Service: "A"}, "request made denis/A refused→requested Si"},
		{attachment.Approve{By: by("alice"), Account: app("denis"), Service: "A"}, "user attached denis/A requested→attached"},
		{attachment.Attach{By: by("alice"), Account: app("emile")}, "user attached emile/ →attached"},
		{attachment.Suspend{By: by("alice"), Account: app("emile")}, "user suspended emile/ attached→suspended"},
		{attachment.Resume{By: by("alice"), Account: app("emile")}, "user resumed emile/ suspended→attached"},
		{attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: manage}, "profiles granted bob/ →organisation/modification"},
		{attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: manage}, "profiles revoked bob/ organisation/modification→"},
		{attachment.DropProfiles{By: by("bob"), Profiles: profiles(billing[0])}, "profiles revoked bob/ " + billing[0] + "→"},
		{attachment.CopyProfiles{By: by("alice"), From: at("emile"), To: at("bob")}, "profiles granted bob/ →" + billing[0]},
		{attachment.RequestProfiles{By: by("bob"), Profiles: manage, Comment: "Moi"}, "profiles requested bob/ attached→organisation/modification Moi"},
		{attachment.Withdraw{By: by("bob"), Wish: true}, "profiles withdrawn bob/ attached→attached"},
		{attachment.RequestProfiles{By: by("bob"), Profiles: manage, Comment: "Si"}, "profiles requested bob/ attached→organisation/modification Si"},
		{attachment.Refuse{By: by("alice"), Account: app("bob"), Wish: true, Reason: "Non"}, "profiles refused bob/ attached→attached Non"},
		{attachment.RequestProfiles{By: by("bob"), Profiles: manage, Comment: "Si"}, "profiles requested bob/ attached→organisation/modification Si"},
		{
			attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true},
			"profiles approved bob/ attached→attached; profiles granted bob/ →organisation/modification",
		},
		{
			attachment.HandOver{By: by("alice"), To: app("bob")},
			"manager relieved alice/ attached→attached; manager named bob/ managed→managed",
		},
		{attachment.Leave{By: by("alice")}, "user detached alice/ attached→detached"},
		{attachment.Detach{By: by("bob"), Account: app("denis"), Service: "A"}, "user detached denis/A attached→detached"},
		{attachment.Depart{By: by("emile"), Account: app("emile")}, "user detached emile/ attached→detached"},
		{
			attachment.Depart{By: by("bob"), Account: app("bob"), Vacant: true},
			"user detached bob/ attached→detached; manager left bob/ managed→vacant",
		},
		{
			attachment.Appoint{By: helpdesk, Account: app("carole")},
			"user attached carole/ withdrawn→attached; manager named carole/ vacant→managed",
		},
	} {
		w.Wait(hour)

		outcome := w.done(id, step.c)

		var told []string

		for _, e := range w.Entries(id) {
			if e.Version == outcome.Version {
				who := strings.TrimPrefix(string(e.Account), "app-")
				told = append(told, strings.TrimSpace(fmt.Sprintf("%s %s/%s %s→%s %s", e.Action, who, e.Service, e.Before, e.After, e.Note)))
			}
		}

		assert.Equal(w.T, step.want, strings.Join(told, "; "), "%s", step.c)
	}
}
