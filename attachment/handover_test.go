package attachment_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// keeps are the grants that a main manager keeps who is one no longer.
func keeps(w *world, by account.Actor) []attachment.Grant {
	var out []attachment.Grant

	for _, p := range habilitation.All(w.facts.Structure.Applications) {
		if p != habilitation.Manage {
			out = append(out, attachment.Grant{Profile: p, By: by, At: w.now})
		}
	}

	return out
}

func TestD6_HandOverMakesAUserMainManagerAndThePredecessorAUser(t *testing.T) {
	t.Parallel()

	w := team(t)
	wishing(w)
	w.open("annuaire", "signature", habilitation.Organisation)
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{
		attachment.ManagerRelieved{Account: "r1", By: manager, At: w.now, Grants: keeps(w, manager), To: "user"},
		attachment.ProfilesWithdrawn{Key: key("user"), At: w.now},
		attachment.ManagerNamed{Account: "user", By: manager, At: w.now, From: "r1", Waiting: true},
	}, w.do(attachment.HandOver{By: manager, To: "user"}))

	w.standing(attachment.Managed, "user")
	assert.Equal(t, 5, w.roster.Attached)
	assert.Equal(t, keeps(w, manager), w.row("r1", "").Grants)
	assert.Equal(t, noon, w.row("r1", "").Since, "attached since then, as before")
	assert.Empty(t, w.row("user", "").Grants, "everything comes with the role")
	assert.Equal(t, attachment.Wish{}, w.row("user", "").Wish)

	scope := habilitation.Scope{Structure: "s1"}
	require.NoError(t, w.roster.Rights(w.facts, "user", w.now).Check(w.now, scope, closed))
	require.NoError(t, w.roster.Rights(w.facts, "user", w.now).Check(w.now, scope, habilitation.Manage))
	require.NoError(t, w.roster.Rights(w.facts, "r1", w.now).Check(w.now, scope, closed))
	require.ErrorIs(t, w.roster.Rights(w.facts, "r1", w.now).Check(w.now, scope, habilitation.Manage), habilitation.ErrNotGranted)

	// And back; who waits is not told of where nobody does.
	w.do(attachment.Withdraw{By: account.By("asker")})
	w.do(attachment.Withdraw{By: account.By("r2")})
	assert.Equal(t, []attachment.Change{
		attachment.ManagerRelieved{Account: "user", By: account.By("user"), At: w.now, Grants: keeps(w, account.By("user")), To: "r1"},
		attachment.ManagerNamed{Account: "r1", By: account.By("user"), At: w.now, From: "user"},
	}, w.do(attachment.HandOver{By: account.By("user"), To: "r1"}))
}

// A contest that is not frozen does not hold the hand-over, and goes on about whom it was about.
func TestD12_AContestStaysAboutTheManagerWhoHandsOver(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.contest("asker")
	w.do(attachment.HandOver{By: manager, To: "user"})
	assert.Equal(t, attachment.Contest{Since: noon, By: "asker", Of: "r1"}, w.roster.Contest)

	// Who is invited, and has not signed in, may be handed over to: they are no longer only a login.
	w.do(attachment.Attach{By: account.By("user"), Account: "stranger", Login: "typed"})
	w.do(attachment.HandOver{By: account.By("user"), To: "stranger"})
	assert.Empty(t, w.row("stranger", "").Invited)
}

func TestD6_SupportAppointsWhereTheManagerCannotActOrIsContested(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		given       func(w *world)
		unreachable bool
		before      []attachment.Change // of the contest
	}{
		"unreachable": {func(*world) {}, true, nil},
		"blocked":     {blocked("r1"), false, nil},
		"deactivated": {func(w *world) { w.become("r1", account.Deactivated) }, false, nil},
		"contested": {contestedOnly, false, []attachment.Change{
			attachment.ReviewBegan{Account: "r1", At: noon},
			attachment.ContestEnded{Account: "r1", By: support, At: noon},
		}},
		"frozen": {frozen, false, []attachment.Change{
			attachment.ReviewBegan{Account: "r1", At: noon},
			attachment.ContestEnded{Account: "r1", By: support, At: noon},
		}},
	} {
		w := team(t)
		c.given(w)

		want := c.before
		want = append(want,
			attachment.ManagerRelieved{Account: "r1", By: support, At: noon, Grants: keeps(w, support), To: "user"},
			attachment.ManagerNamed{Account: "user", By: support, At: noon, From: "r1", Waiting: true},
		)
		assert.Equal(t, want, w.do(attachment.Appoint{By: support, Account: "user", Unreachable: c.unreachable}), name)
		w.standing(attachment.Managed, "user")
		assert.Equal(t, attachment.Contest{}, w.roster.Contest, name)

		if c.before != nil {
			assert.Equal(t, attachment.Review{Of: "r1", Until: noon}, w.roster.Review, name)
		} else {
			assert.Equal(t, attachment.Review{}, w.roster.Review, name)
		}
	}
}

func TestD6_WhomSupportAppointsIsAttachedAtStructureLevel(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.request("clerk", "rh")
	w.now = noon.Add(hour)
	assert.Equal(t, []attachment.Change{
		attachment.UserDetached{Key: keyAt("clerk", "compta"), By: support, At: w.now, Absorbed: true},
		attachment.RequestWithdrawn{Key: keyAt("clerk", "rh"), At: w.now, Absorbed: true},
		attachment.UserAttached{Key: key("clerk"), By: support, At: w.now},
		attachment.ManagerRelieved{Account: "r1", By: support, At: w.now, Grants: keeps(w, support), To: "clerk"},
		attachment.ManagerNamed{Account: "clerk", By: support, At: w.now, From: "r1", Waiting: true},
	}, w.do(attachment.Appoint{By: support, Account: "clerk", Unreachable: true}))

	// Who waits is the main manager at once, and nobody else waits but r2.
	w = team(t)
	w.do(attachment.Withdraw{By: account.By("r2")})
	assert.Equal(t, []string{"user attached", "manager relieved", "manager named"},
		actions(w.do(attachment.Appoint{By: support, Account: "asker", Unreachable: true})))
	w.standing(attachment.Managed, "asker")
	assert.Equal(t, attachment.Attached, w.row("asker", "").State)
	assert.Empty(t, w.roster.Line(w.facts, w.now))
}

func TestD6_SupportAppointsInAVacantStructure(t *testing.T) {
	t.Parallel()

	for _, id := range []account.ID{"a1", "r1"} { // who asked, and the former main manager
		w := vacated(t)
		w.now = noon.Add(hour)
		assert.Equal(t, []attachment.Change{
			attachment.UserAttached{Key: key(id), By: support, At: w.now},
			attachment.ManagerNamed{Account: id, By: support, At: w.now, Waiting: true},
		}, w.do(attachment.Appoint{By: support, Account: id}))
		w.standing(attachment.Managed, id)
		assert.Equal(t, structure.Inactive, w.facts.Structure.Status)
		require.NoError(t, w.roster.MayManage(w.known(), account.By(id), attachment.ActActivate, w.now))
	}

	// A contest goes on when the manager leaves: then it is about them, whoever is appointed.
	w := managed(t)
	w.request("a1", "")
	w.contest("a1")
	w.do(attachment.Depart{By: manager, Account: "r1", Vacant: true})
	w.refused(attachment.Freeze{By: support}, attachment.ErrNoManager)
	w.outsider("a2")
	assert.Equal(t, []string{"review began", "contest ended", "user attached", "manager named"},
		actions(w.do(attachment.Appoint{By: support, Account: "a2"})))
	assert.Equal(t, attachment.Review{Of: "r1", Until: noon}, w.roster.Review)
}

func TestD12_WhoeverWaitsOrWasRefusedContests(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.do(attachment.Refuse{By: manager, Account: "r2"})
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{attachment.StandingContested{Key: key("asker"), At: w.now, Reason: "Ce n'est pas lui."}},
		w.do(attachment.ContestStanding{By: account.By("asker"), Reason: " Ce n'est pas lui. "}))
	assert.Equal(t, attachment.Contest{Since: w.now, By: "asker", Of: "r1"}, w.roster.Contest)
	assert.Equal(t, w.now, w.row("asker", "").Contested)
	assert.Equal(t, attachment.Requested, w.row("asker", "").State)
	assert.Equal(t, noon, w.row("asker", "").Since)

	// A registration, refused: the contest stays that of the first.
	w.now = noon.Add(2 * hour)
	w.contest("r2")
	assert.Equal(t, noon.Add(hour), w.roster.Contest.Since)
	assert.Equal(t, account.ID("asker"), w.roster.Contest.By)
	assert.Equal(t, w.now, w.row("r2", "").Contested)

	// By an open request before one that was refused; another request is another occasion.
	w.request("stranger", "compta")
	w.do(attachment.Refuse{By: manager, Account: "stranger", Service: "compta"})
	w.contest("stranger")
	w.request("stranger", "rh")
	w.contest("stranger")
	assert.Equal(t, w.now, w.row("stranger", "rh").Contested)
	w.request("stranger", "compta")
	assert.True(t, w.row("stranger", "compta").Contested.IsZero())
}

func TestD12_AClaimIsContestedUntilItEnds(t *testing.T) {
	t.Parallel()

	claimed := func() *world {
		w := registering(t)
		w.request("stranger", "")
		w.contest("stranger")

		return w
	}

	w := claimed()
	w.do(attachment.Activate{By: account.By("r1")})
	assert.Equal(t, attachment.Contest{Since: noon, By: "stranger", Of: "r1"}, w.roster.Contest, "it is about the main manager now")

	w = claimed() // the claim is adopted, and so is the doubt
	w.owner("a1", "first@potier.fr")
	w.do(attachment.Adopt{By: account.By("a1"), From: "r1"})
	assert.Equal(t, attachment.Contest{Since: noon, By: "stranger", Of: "a1"}, w.roster.Contest)

	for _, end := range []func(w *world) []attachment.Change{
		func(w *world) []attachment.Change { return w.do(attachment.Withdraw{By: account.By("r1")}) },
		func(w *world) []attachment.Change { return w.do(attachment.Refuse{By: support, Account: "r1"}) },
		func(w *world) []attachment.Change {
			w.now = noon.Add(day)

			return w.do(settle(""))
		},
	} {
		w = claimed()
		changes := end(w)
		require.Len(t, changes, 4)
		assert.Equal(t, attachment.ContestEnded{Account: "r1", By: account.System(), At: w.now}, changes[1])
		assert.Equal(t, attachment.Contest{}, w.roster.Contest)
		w.standing(attachment.Managed, "stranger")
	}
}

func TestD12_SupportFreezesAndReleases(t *testing.T) {
	t.Parallel()

	w := team(t)
	w.contest("asker")
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{attachment.StandingFrozen{Account: "r1", By: support, At: w.now}}, w.do(attachment.Freeze{By: support}))
	assert.True(t, w.roster.Contest.Frozen)
	assert.Empty(t, w.do(attachment.Freeze{By: support}), "once")

	// What is not held goes on.
	for _, c := range []attachment.Command{
		attachment.Suspend{By: manager, Account: "user"},
		attachment.Resume{By: manager, Account: "user"},
		attachment.RevokeProfiles{By: manager, Account: "user", Profiles: profiles{look}},
		attachment.Approve{By: manager, Account: "asker"},
		attachment.Refuse{By: manager, Account: "r2"},
		attachment.Attach{By: manager, Account: "stranger"},
		attachment.DropProfiles{By: account.By("user"), Profiles: profiles{act}},
	} {
		assert.NotEmpty(t, w.do(c), "%s", c)
	}

	assert.Equal(t, []attachment.Change{attachment.ContestEnded{Account: "r1", By: support, At: w.now, Released: true}},
		w.do(attachment.Release{By: support}))
	assert.Equal(t, attachment.Contest{}, w.roster.Contest)
	w.do(attachment.HandOver{By: manager, To: "user"})
}

func TestD12_WhatAReplacedManagerApprovedIsConfirmedOrDetached(t *testing.T) {
	t.Parallel()

	w := team(t)
	reviewed(w)
	w.now = noon.Add(hour)
	assert.Equal(t, attachment.Review{Of: "r1", Until: noon}, w.roster.Review)

	before := w.row("asker", "")
	assert.Equal(t, []attachment.Change{attachment.AttachmentConfirmed{Key: key("asker"), By: account.By("user"), At: w.now}},
		w.do(attachment.Confirm{By: account.By("user"), Account: "asker"}))

	before.Decision = attachment.Decision{By: account.By("user"), At: w.now, Approved: true}
	assert.Equal(t, before, w.row("asker", ""))

	// Whoever manages by grant confirms as well, also of a service, also what is suspended.
	w.suspend("clerk", "compta")
	w.do(attachment.Confirm{By: account.By("deputy"), Account: "clerk", Service: "compta"})
	assert.Equal(t, attachment.Suspended, w.row("clerk", "compta").State)
	w.do(attachment.Detach{By: account.By("user"), Account: "resting"})

	// What was approved at the moment of the replacement is up for review, and what came after is not.
	w = team(t)
	w.do(attachment.Refuse{By: manager, Account: "asker"})
	w.contest("r2")
	w.do(attachment.Appoint{By: support, Account: "user"})
	w.refused(attachment.Confirm{By: account.By("user"), Account: "asker"}, attachment.ErrNoReview)
	w.do(attachment.Attach{By: account.By("user"), Account: "asker"})
	w.refused(attachment.Confirm{By: account.By("deputy"), Account: "asker"}, attachment.ErrNoReview)
}
