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

// asking are the stories of requests to be attached, and of who decides on them.
func asking() []Scenario {
	return []Scenario{
		{"D3_WhoIsAttachedAtStructureLevelIsInNoServiceAnyMore", absorbed},
		{"D3_WhoWasSuspendedInAServiceIsNotAttachedAtStructureLevel", suspendedInTheWay},
		{"D4_SeveralServicesAreAskedForTogetherAndDecidedOneByOne", linked},
		{"D4_OneOfSeveralLinkedRequestsIsWithdrawn", linkedWithdrawn},
		{"D4_LinkedRequestsAreMadeTogetherOrNotAtAll", linkedRefused},
		{"D5_ManyAtOnceHaveAnOutcomeEach", bulk},
		{"D5_TheSecondDecisionIsToldWhoDecidedAndWhen", secondDecision},
		{"D5_NobodyDecidesOnTheirOwnRequest", ownRequest},
		{"D5_SupportDecidesOnlyWhileNobodyElseCan", supportDecides},
		{"D10_DecidersAreRemindedAndThenSupportIsTold", reminded},
		{"D10_WhoTakesOverDecidesOnWhatWaited", inherited},
		{"D10_NobodyIsRemindedOfWhatWasDecided", remindedNoMore},
		{"D10_NobodyIsRemindedByDefault", remindedNever},
	}
}

// wants has somebody ask to be attached at several places.
func (w *World) wants(id structure.ID, name string, service structure.Code, more ...structure.Code) guichet.Outcome {
	w.T.Helper()

	return w.done(id, attachment.Request{By: by(name), Service: service, More: more, Comment: "Je suis " + name})
}

func absorbed(w *World) {
	id := w.team("alice")
	w.services(id, "alice", "A", "B", "C")
	w.inService(id, "alice", "bob", "A")
	w.wants(id, "bob", "B")
	w.wants(id, "bob", "C")
	w.done(id, attachment.GrantProfiles{ // what they were given there is not what they start with here
		By: by("alice"), Account: app("bob"), Service: "A", Profiles: profiles("factures-emises/modification"),
	})
	w.holds("bob", id, "A", billing...)
	w.holds("bob", id, "")
	w.wants(id, "bob", "")
	w.told("request to approve to alice", "request to approve to alice", "request to approve to alice")

	w.done(id, attachment.Approve{By: by("alice"), Account: app("bob")})
	w.is(id, at("bob"), attachment.Attached)
	w.is(id, in("bob", "A"), attachment.Detached)
	w.is(id, in("bob", "B"), attachment.Withdrawn)
	w.is(id, in("bob", "C"), attachment.Withdrawn)
	w.holds("bob", id, "", ofUsers...)
	w.denied("bob", id, "A", "organisation/modification", habilitation.ErrNotGranted)
	assert.Equal(w.T, 2, w.sound(id).Attached)
	assert.Empty(w.T, w.waits("alice"))
	w.told("attachment granted to bob") // not that anything ended: it did not, for them

	// D9: what is held in the structure is held in its services, and nothing can be asked for there.
	for _, service := range []structure.Code{"A", "B", "C"} {
		require.NoError(w.T, w.May(app("bob"), habilitation.Scope{Structure: id, Service: service}, "factures-emises", habilitation.Modification))
		w.refused(id, attachment.Request{By: by("bob"), Service: service, Comment: "x"}, attachment.ErrAttached)
	}
}

func suspendedInTheWay(w *World) {
	id := w.team("alice")
	w.services(id, "alice", "A")
	w.inService(id, "alice", "bob", "A")
	w.done(id, attachment.Suspend{By: by("alice"), Account: app("bob"), Service: "A"})
	w.wants(id, "bob", "")

	w.refused(id, attachment.Approve{By: by("alice"), Account: app("bob")}, attachment.ErrSuspendedThere)
	w.refused(id, attachment.Attach{By: by("alice"), Account: app("bob")}, attachment.ErrSuspendedThere)
	assert.Equal(w.T, []string{"bob"}, w.waits("alice"), "the request goes on")

	w.done(id, attachment.Resume{By: by("alice"), Account: app("bob"), Service: "A"})
	w.done(id, attachment.Attach{By: by("alice"), Account: app("bob")})
	w.is(id, at("bob"), attachment.Attached)
	w.is(id, in("bob", "A"), attachment.Detached)
	w.told("suspended to bob", "resumed to bob", "attachment granted to bob")
}

func linked(w *World) {
	id := w.team("alice")
	w.services(id, "alice", "A", "B", "C")
	w.Loner("bob")

	outcome := w.wants(id, "bob", "B", "A", "C", "A")
	assert.Len(w.T, outcome.Changes, 3, "each once")
	assert.ElementsMatch(w.T, []string{"bob A", "bob B", "bob C"}, w.waits("alice"))
	assert.Equal(w.T, w.place(id, in("bob", "A")).Order, w.place(id, in("bob", "C")).Order, "they belong together")
	w.told("request to approve to alice", "request to approve to alice", "request to approve to alice")

	w.done(id, attachment.Approve{By: by("alice"), Account: app("bob"), Service: "A"})
	w.done(id, attachment.Refuse{By: by("alice"), Account: app("bob"), Service: "B", Reason: "Non"})
	w.is(id, in("bob", "A"), attachment.Attached)
	w.is(id, in("bob", "B"), attachment.Refused)
	w.is(id, in("bob", "C"), attachment.Requested)
	w.holds("bob", id, "A", billing...)
	w.holds("bob", id, "B")
	w.holds("bob", id, "C")
	assert.Equal(w.T, []string{"bob C"}, w.waits("alice"))

	sent := w.told("attachment granted to bob", "refused to bob")
	assert.Contains(w.T, w.One(sent, "bob", mail.AttachmentGranted).Text, "Service A")
	assert.Contains(w.T, w.One(sent, "bob", mail.Refused).Text, "Non")
}

func linkedWithdrawn(w *World) {
	id := w.team("alice")
	w.services(id, "alice", "A", "B")
	w.Loner("bob")
	w.wants(id, "bob", "A", "B")
	w.Deliver()

	w.done(id, attachment.Withdraw{By: by("bob"), Service: "A"})
	w.is(id, in("bob", "A"), attachment.Withdrawn)
	w.is(id, in("bob", "B"), attachment.Requested)
	assert.Equal(w.T, []string{"bob B"}, w.waits("alice"))
	assert.Contains(w.T, w.told("request withdrawn to alice")[0].Text, "Service A")

	w.refused(id, attachment.Withdraw{By: by("bob"), Service: "A"}, attachment.ErrNoRequest)
	w.refused(id, attachment.Withdraw{By: by("alice"), Service: "B"}, attachment.ErrNoRequest)
	w.refused(id, attachment.Approve{By: by("alice"), Account: app("bob"), Service: "A"}, attachment.ErrNoRequest)
	w.wants(id, "bob", "A") // they may think better of it
	assert.Equal(w.T, []string{"bob B", "bob A"}, w.waits("alice"))
}

func linkedRefused(w *World) {
	id := w.team("alice")
	w.services(id, "alice", "A", "B", "C")
	w.Loner("bob")
	w.wants(id, "bob", "B")

	_, err := w.Portal.PutService(w.Ctx, by("alice"), id, structure.ServiceForm{Code: "C", Label: "C", Inactive: true})
	require.NoError(w.T, err)

	for name, c := range map[string]struct {
		more []structure.Code
		why  error
	}{
		"open already":        {[]structure.Code{"A", "B"}, attachment.ErrOpen},
		"unknown":             {[]structure.Code{"A", "Z"}, attachment.ErrServiceUnknown},
		"not active":          {[]structure.Code{"A", "C"}, attachment.ErrServiceInactive},
		"a part of the whole": {[]structure.Code{"A", ""}, attachment.ErrServiceUnknown},
	} {
		w.refused(id, attachment.Request{By: by("bob"), Service: "A", More: c.more, Comment: name}, c.why)
	}

	for _, comment := range []string{"", " \n ", string(make([]byte, 5)), string(slices.Repeat([]rune("é"), 1001))} {
		w.refused(id, attachment.Request{By: by("bob"), Service: "A", Comment: comment}, attachment.ErrComment)
	}

	assert.Equal(w.T, []string{"bob B"}, w.waits("alice"))
}

func bulk(w *World) {
	id := w.team("alice")
	w.Loner("zoe")
	other := w.Create(app("zoe"), Siret(1)).Structure

	for _, name := range []string{"bob", "carole", "denis", "emile"} {
		w.Loner(name)
		require.NoError(w.T, w.Ask(app(name), id, ""))
	}

	require.NoError(w.T, w.Ask(app("bob"), other, ""))
	w.done(id, attachment.Withdraw{By: by("emile")})
	w.Deliver()

	approve := func(id structure.ID, name string) guichet.Order {
		return guichet.Order{Structure: id, Command: attachment.Approve{By: by("alice"), Account: app(name)}}
	}
	orders := []guichet.Order{
		approve(id, "bob"),
		{Structure: id, Command: attachment.Refuse{By: by("alice"), Account: app("carole")}},
		approve(other, "bob"), approve(id, "emile"), approve("nowhere", "bob"), approve(id, "bob"), approve(id, "denis"),
	}

	results, err := w.Portal.DoAll(w.Ctx, orders)
	require.NoError(w.T, err)
	require.Len(w.T, results, len(orders))

	for i, why := range []error{
		nil, nil, attachment.ErrNotDecider, attachment.ErrNoRequest, guichet.ErrUnknownStructure, attachment.ErrDecided, nil,
	} {
		assert.Equal(w.T, orders[i], results[i].Order)

		if why == nil {
			require.NoError(w.T, results[i].Err)
			assert.NotEmpty(w.T, results[i].Outcome.Changes)
		} else {
			require.ErrorIs(w.T, results[i].Err, why, "order %d", i)
			assert.Empty(w.T, results[i].Outcome)
		}
	}

	w.is(id, at("bob"), attachment.Attached)
	w.is(id, at("carole"), attachment.Refused)
	w.is(id, at("denis"), attachment.Attached)
	w.is(other, at("bob"), attachment.Requested)
	w.told("attachment granted to bob", "refused to carole", "attachment granted to denis")

	_, err = w.Portal.DoAll(w.Ctx, make([]guichet.Order, guichet.MaxOrders+1))
	require.ErrorIs(w.T, err, guichet.ErrTooMany)
}

func secondDecision(w *World) {
	id := w.team("alice", "bob")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles("organisation/modification")})
	w.Loner("carole")
	w.wants(id, "carole", "")

	decided := w.Clock
	w.done(id, attachment.Refuse{By: by("bob"), Account: app("carole"), Reason: "Inconnue"})
	w.Wait(hour)

	for _, c := range []attachment.Command{
		attachment.Approve{By: by("alice"), Account: app("carole")},
		attachment.Refuse{By: by("alice"), Account: app("carole")},
	} {
		refusal := w.refused(id, c, attachment.ErrDecided)
		assert.Equal(w.T, by("bob"), refusal.By)
		assert.Equal(w.T, decided, refusal.At)
		assert.Equal(w.T, at("carole"), refusal.Key)
	}

	w.is(id, at("carole"), attachment.Refused)

	// The next request is another: who decides on the one they saw is told that it was decided.
	seen := w.place(id, at("carole")).Order
	w.wants(id, "carole", "")
	refusal := w.refused(id, attachment.Approve{By: by("alice"), Account: app("carole"), Order: seen}, attachment.ErrDecided)
	assert.Equal(w.T, by("bob"), refusal.By)
	w.done(id, attachment.Approve{By: by("alice"), Account: app("carole"), Order: w.place(id, at("carole")).Order})

	// Only who decides learns what became of it.
	w.Loner("denis")
	w.refused(id, attachment.Approve{By: by("denis"), Account: app("carole")}, attachment.ErrNotDecider)
	w.refused(id, attachment.Approve{By: by("carole"), Account: app("bob")}, attachment.ErrNotDecider)
	w.refused(id, attachment.Approve{By: account.System(), Account: app("carole")}, attachment.ErrNotDecider)
}

func ownRequest(w *World) {
	id := w.team("alice", "bob")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles("organisation/modification")})

	// Whoever holds Organisation/modification is attached at structure level: what they may wish for is more profiles.
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles(billing...)})
	w.done(id, attachment.RequestProfiles{By: by("bob"), Profiles: profiles(billing...), Comment: "Tout"})
	w.refused(id, attachment.Approve{By: by("bob"), Account: app("bob"), Wish: true}, attachment.ErrOwnRequest)
	w.refused(id, attachment.Refuse{By: by("bob"), Account: app("bob"), Wish: true}, attachment.ErrOwnRequest)
	w.holds("bob", id, "", "organisation/consultation", "organisation/modification")
	w.done(id, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true})
	w.holds("bob", id, "", ofDeciders...)
}

func supportDecides(w *World) {
	id := w.team("alice", "bob")
	w.done(id, attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: profiles("organisation/modification")})
	w.Loner("carole")
	w.Loner("denis")
	w.wants(id, "carole", "")
	w.wants(id, "denis", "")

	approve := attachment.Approve{By: helpdesk, Account: app("carole")}
	refuse := attachment.Refuse{By: helpdesk, Account: app("denis")}

	w.refused(id, approve, attachment.ErrNotDecider)

	_, err := w.Portal.Block(w.Ctx, helpdesk, app("alice"), "")
	require.NoError(w.T, err)
	w.refused(id, approve, attachment.ErrNotDecider)
	w.refused(id, refuse, attachment.ErrNotDecider)

	w.deactivate(app("bob"))
	w.done(id, approve)
	w.is(id, at("carole"), attachment.Attached)
	assert.Equal(w.T, helpdesk, w.place(id, at("carole")).Decision.By)

	_, err = w.Portal.Unblock(w.Ctx, helpdesk, app("alice"))
	require.NoError(w.T, err)
	w.refused(id, refuse, attachment.ErrNotDecider)
	w.done(id, attachment.Refuse{By: by("alice"), Account: app("denis")})
}
