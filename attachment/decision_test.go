package attachment_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

func TestD5_AnApprovedRegistrationWaitsForItsActivation(t *testing.T) {
	w := managed(t)
	w.register("second@potier.fr")
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{attachment.RequestApproved{
		Key: key("r2"), By: account.By("r1"), At: w.now, Due: w.now.Add(30 * day),
	}}, w.do(attachment.Approve{By: account.By("r1"), Account: "r2"}))

	row := w.row("r2", "")
	assert.Equal(t, attachment.Approved, row.State)
	assert.Equal(t, attachment.Decision{By: account.By("r1"), At: w.now, Approved: true}, row.Decision)
	assert.Equal(t, 1, w.roster.Attached, "not attached yet")

	// Activating attaches with the default profiles, given by whoever approved.
	approved := w.now
	w.now = noon.Add(2 * day)
	assert.Equal(t, []attachment.Change{attachment.UserAttached{
		Key: key("r2"), By: account.By("r1"), At: w.now, Grants: defaults(w, "", account.By("r1")),
	}}, w.do(attachment.Activate{By: account.By("r2")}))

	row = w.row("r2", "")
	assert.Equal(t, attachment.Attached, row.State)
	assert.Equal(t, w.now, row.Since)
	assert.Equal(t, attachment.Decision{By: account.By("r1"), At: approved, Approved: true}, row.Decision)
	assert.Equal(t, 2, w.roster.Attached)
	w.standing(attachment.Managed, "r1")
}

func TestE3_AnApprovedAccountIsAttachedWithTheDefaultProfiles(t *testing.T) {
	for _, service := range []structure.Code{"", "compta"} {
		w := managed(t)
		w.request("a1", service)
		w.now = noon.Add(hour)
		k := attachment.Key{Account: "a1", Service: service}

		want := defaults(w, service, account.By("r1"))
		assert.Len(t, want, map[structure.Code]int{"": 5, "compta": 4}[service])
		assert.Equal(t, []attachment.Change{attachment.UserAttached{
			Key: k, By: account.By("r1"), At: w.now, Approved: true, Grants: want,
		}}, w.do(attachment.Approve{By: account.By("r1"), Account: "a1", Service: service}))

		assert.Equal(t, attachment.Attachment{
			Key: k, State: attachment.Attached, Order: 3, RequestedAt: noon, Since: w.now, Comment: "s'il vous plaît",
			Decision: attachment.Decision{By: account.By("r1"), At: w.now, Approved: true}, Grants: want,
		}, w.row("a1", service))

		rights := w.roster.Rights(w.facts, "a1", w.now)
		assert.Len(t, rights.Rows(w.now), len(want))
		scope := habilitation.Scope{Structure: "s1", Service: service}
		require.ErrorIs(t, rights.Check(w.now, scope, habilitation.Manage), habilitation.ErrNotGranted)
	}
}

func TestD5_ARefusalKeepsItsReasonAndEndsTheRequest(t *testing.T) {
	w := managed(t)
	w.register("second@potier.fr")
	w.request("a1", "compta")
	w.now = noon.Add(hour)

	for _, k := range []attachment.Key{key("r2"), {Account: "a1", Service: "compta"}} {
		assert.Equal(t, []attachment.Change{attachment.RequestRefused{
			Key: k, By: account.By("r1"), At: w.now, Reason: "Inconnu.\nDésolé",
		}}, w.do(attachment.Refuse{
			By: account.By("r1"), Account: k.Account, Service: k.Service, Reason: " Inconnu.\r\nDésolé ",
		}))

		row := w.row(k.Account, k.Service)
		assert.Equal(t, attachment.Refused, row.State)
		assert.Equal(t, attachment.Decision{By: account.By("r1"), At: w.now, Reason: "Inconnu.\nDésolé"}, row.Decision)
		assert.True(t, row.Due.IsZero())
	}

	assert.Equal(t, account.Refused, w.facts.Registrations["r2"].State)
}

func TestD5_AReasonIsOptionalAndAtMost1000Characters(t *testing.T) {
	w := managed(t)
	w.request("a1", "")

	for _, reason := range []string{strings.Repeat("x", 1001), "a\x00b", "\xff"} {
		w.refused(attachment.Refuse{By: account.By("r1"), Account: "a1", Reason: reason}, attachment.ErrComment)
	}

	for _, reason := range []string{"", " ", strings.Repeat("é", 1000)} {
		_, err := w.decide(attachment.Refuse{By: account.By("r1"), Account: "a1", Reason: reason})
		require.NoError(t, err)
	}
}

func TestD1_SupportRefusesAClaimAndNothingElseWhileThereIsOne(t *testing.T) {
	w := queued(t)
	refuse := attachment.Refuse{By: account.Support("Anne"), Account: "r1", Reason: "usurpation"}

	for _, id := range []account.ID{"r2", "a1", "r3"} {
		w.refused(attachment.Refuse{By: account.Support("Anne"), Account: id}, attachment.ErrNoManager)
	}

	w.refused(attachment.Approve{By: account.Support("Anne"), Account: "r1"}, attachment.ErrNoManager)
	w.do(refuse)
	w.standing(attachment.InClaim, "r2")

	// The second of two at once is told who refused, and when.
	told := w.refused(refuse, attachment.ErrDecided)
	assert.Equal(t, account.Support("Anne"), told.By)
	assert.Equal(t, noon, told.At)
}

func TestD5_NobodyDecidesOnTheirOwnRequest(t *testing.T) {
	w := managed(t)
	w.attach("a1", "compta")
	w.attach("a2", "")

	// a2 holds Organisation/modification, and is asked about.
	w.grant("a2", "", habilitation.Manage)
	w.refused(attachment.Approve{By: account.By("a2"), Account: "a2"}, attachment.ErrOwnRequest)
	w.refused(attachment.Refuse{By: account.By("a2"), Account: "a2", Service: "compta"}, attachment.ErrOwnRequest)
	w.refused(attachment.Approve{By: account.By("r1"), Account: "r1"}, attachment.ErrOwnRequest)

	// Support decides on nothing of its own, whatever id it might bear.
	w.request("a3", "")
	w.become("r1", account.Blocked)
	w.become("a2", account.Blocked)
	_, err := w.decide(attachment.Approve{By: account.Actor{Kind: account.ActorSupport, ID: "a3"}, Account: "a3"})
	require.NoError(t, err)
}

func TestD5_ADecisionIsTakenOnceAndTheSecondIsToldWhoDecidedAndWhen(t *testing.T) {
	for name, c := range map[string]struct {
		decide attachment.Command
		id     account.ID
		state  attachment.State
	}{
		"registration approved": {attachment.Approve{By: account.By("r1"), Account: "r2"}, "r2", attachment.Approved},
		"registration refused":  {attachment.Refuse{By: account.By("r1"), Account: "r2"}, "r2", attachment.Refused},
		"account approved":      {attachment.Approve{By: account.By("r1"), Account: "a1"}, "a1", attachment.Attached},
		"account refused":       {attachment.Refuse{By: account.By("r1"), Account: "a1"}, "a1", attachment.Refused},
	} {
		w := managed(t)
		w.register("second@potier.fr")
		w.request("a1", "")
		w.attach("deputy", "")
		w.grant("deputy", "", habilitation.Manage)

		order := w.row(c.id, "").Order
		w.now = noon.Add(hour)
		w.do(c.decide)
		assert.Equal(t, c.state, w.row(c.id, "").State, name)

		w.now = noon.Add(2 * hour)

		for _, second := range []attachment.Command{
			attachment.Approve{By: account.By("deputy"), Account: c.id},
			attachment.Refuse{By: account.By("deputy"), Account: c.id},
			attachment.Approve{By: account.By("deputy"), Account: c.id, Order: order},
			attachment.Refuse{By: account.By("deputy"), Account: c.id, Order: order},
			c.decide,
		} {
			told := w.refused(second, attachment.ErrDecided)
			assert.Equal(t, key(c.id), told.Key, name)
			assert.Equal(t, account.By("r1"), told.By, name)
			assert.Equal(t, noon.Add(hour), told.At, name)
			assert.Equal(t, "Cette demande est déjà traitée (account:r1, 2026-03-01 13:00:00 UTC).", told.Text(language.French), name)
		}

		// Who is no decider learns nothing.
		w.outsider("stranger")
		told := w.refused(attachment.Approve{By: account.By("stranger"), Account: c.id}, attachment.ErrNotDecider)
		assert.True(t, told.By.IsZero() && told.At.IsZero(), name)
	}
}

func TestD5_ADecisionMeantForAnEarlierRequestDoesNotHitTheNext(t *testing.T) {
	w := managed(t)
	seen := w.request("a1", "")
	w.now = noon.Add(hour)
	w.do(attachment.Refuse{By: account.By("r1"), Account: "a1", Order: seen})
	w.now = noon.Add(2 * hour)
	next := w.request("a1", "")
	assert.Greater(t, next, seen)
	assert.Equal(t, account.By("r1"), w.row("a1", "").Decision.By, "the last decision is kept when the same person asks again")

	for _, c := range []attachment.Command{
		attachment.Approve{By: account.By("r1"), Account: "a1", Order: seen},
		attachment.Refuse{By: account.By("r1"), Account: "a1", Order: seen},
	} {
		told := w.refused(c, attachment.ErrDecided)
		assert.Equal(t, account.By("r1"), told.By)
		assert.Equal(t, noon.Add(hour), told.At)
	}

	w.do(attachment.Approve{By: account.By("r1"), Account: "a1", Order: next})
	assert.Equal(t, attachment.Attached, w.row("a1", "").State)
}

func TestD5_ADecisionMeantForAWithdrawnRequestFindsNone(t *testing.T) {
	w := managed(t)
	seen := w.request("a1", "")
	w.do(attachment.Withdraw{By: account.By("a1")})
	w.request("a1", "")
	w.refused(attachment.Approve{By: account.By("r1"), Account: "a1", Order: seen}, attachment.ErrNoRequest)
}

func TestD5_ThereMustBeARequest(t *testing.T) {
	w := managed(t)
	w.request("a1", "compta")
	w.do(attachment.Withdraw{By: account.By("a1"), Service: "compta"})

	for _, k := range []attachment.Key{{Account: "nobody"}, {Account: "a1"}, {Account: "a1", Service: "compta"}, {}} {
		for _, c := range []attachment.Command{
			attachment.Approve{By: account.By("r1"), Account: k.Account, Service: k.Service},
			attachment.Refuse{By: account.By("r1"), Account: k.Account, Service: k.Service},
			attachment.Approve{By: account.By("r1"), Account: k.Account, Service: k.Service, Order: 3},
		} {
			assert.Equal(t, k, w.refused(c, attachment.ErrNoRequest).Key)
		}
	}
}

func TestD3_BecomingAttachedAtStructureLevelAbsorbsTheServices(t *testing.T) {
	w := managed(t)
	w.facts.Services["rh"], w.facts.Services["paie"] = structure.Service{Code: "rh"}, structure.Service{Code: "paie"}
	w.attach("a1", "compta")
	w.request("a1", "rh")
	w.request("a1", "paie")
	w.do(attachment.Refuse{By: account.By("r1"), Account: "a1", Service: "paie"})
	w.attach("a2", "compta")
	w.request("a1", "")
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{
		attachment.UserDetached{Key: attachment.Key{Account: "a1", Service: "compta"}, By: account.By("r1"), At: w.now, Absorbed: true},
		attachment.RequestWithdrawn{Key: attachment.Key{Account: "a1", Service: "rh"}, At: w.now, Absorbed: true},
		attachment.UserAttached{
			Key: key("a1"), By: account.By("r1"), At: w.now, Approved: true, Grants: defaults(w, "", account.By("r1")),
		},
	}, w.do(attachment.Approve{By: account.By("r1"), Account: "a1"}))

	assert.Equal(t, attachment.Detached, w.row("a1", "compta").State)
	assert.Empty(t, w.row("a1", "compta").Grants)
	assert.Equal(t, attachment.Withdrawn, w.row("a1", "rh").State)
	assert.Equal(t, attachment.Refused, w.row("a1", "paie").State)
	assert.Equal(t, attachment.Attached, w.row("a2", "compta").State, "others keep theirs")
	assert.Equal(t, 3, w.roster.Attached)
}

func TestD3_ATransitionToTheStructureIsRefusedWhileAServiceIsSuspended(t *testing.T) {
	w := managed(t)
	w.facts.Services["rh"] = structure.Service{Code: "rh"}
	w.attach("a1", "compta")
	w.request("a1", "rh")
	w.request("a1", "")
	w.suspend("a1", "compta")

	approve := attachment.Approve{By: account.By("r1"), Account: "a1"}
	assert.Equal(t, key("a1"), w.refused(approve, attachment.ErrSuspendedThere).Key)

	// It is not in the way of another service, nor of a refusal, nor of anybody else.
	w.do(attachment.Approve{By: account.By("r1"), Account: "a1", Service: "rh"})
	_, err := w.decide(attachment.Refuse{By: account.By("r1"), Account: "a1"})
	require.NoError(t, err)
	w.attach("a2", "")

	w.do(attachment.Resume{By: account.By("r1"), Account: "a1", Service: "compta"})
	w.do(approve)
	assert.Equal(t, attachment.Attached, w.row("a1", "").State)
}

func TestD8_DetachingEndsTheGrantsForGood(t *testing.T) {
	w := managed(t)
	w.attach("a1", "")
	w.grant("a1", "", habilitation.Manage)
	w.roster = w.roster.Apply(attachment.UserDetached{Key: key("a1"), By: account.By("r1"), At: w.now})
	require.NoError(t, attachment.Check(w.roster))
	assert.Empty(t, w.row("a1", "").Grants)

	w.attach("a1", "")
	assert.Equal(t, defaults(w, "", account.By("r1")), w.row("a1", "").Grants, "a new attachment starts from the defaults")
}

func TestD10_RequestsBelongToTheStructureAndNotToAManager(t *testing.T) {
	w := managed(t)
	w.request("a1", "")
	w.attach("a2", "")

	// a2 takes over, and decides on what was asked of r1.
	w.do(attachment.HandOver{By: account.By("r1"), To: "a2"})
	w.refused(attachment.Approve{By: account.By("r1"), Account: "a1"}, attachment.ErrNotDecider)
	w.do(attachment.Approve{By: account.By("a2"), Account: "a1"})
}

func TestACommandThatDoesNotExistIsRefused(t *testing.T) {
	w := managed(t)
	changes, err := attachment.Decide(w.whole(), w.facts, &attachment.Settle{}, w.now)
	require.ErrorIs(t, err, attachment.ErrCommand, "commands are values")
	assert.Empty(t, changes)
}
