package attachment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
)

// queued has a claim by r1 and, in this order, the requests of the registration r2, the account a1 and the
// registration r3.
func queued(t tb) *world {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.register("second@potier.fr")
	w.request("a1", "")
	w.register("third@potier.fr")

	return w
}

func mailed(id account.ID) attachment.Command {
	return attachment.Mailed{By: account.System(), Account: id}
}

func settle(id account.ID) attachment.Command {
	return attachment.Settle{By: account.System(), Account: id}
}

func TestD1_TheClaimsTermIs60MinutesFromTheFirstLeaseAtMost24HoursFromDesignation(t *testing.T) {
	for name, c := range map[string]struct{ leased, term time.Duration }{
		"at once":                  {0, hour},
		"later":                    {5 * hour, 6 * hour},
		"just in time for an hour": {23 * hour, 24 * hour},
		"with less than an hour":   {23*hour + 30*minute, 24 * hour},
		"at the last moment":       {24*hour - time.Microsecond, 24 * hour},
	} {
		w := newWorld(t)
		w.register("first@potier.fr")
		w.now = noon.Add(c.leased)

		assert.Equal(t, []attachment.Change{attachment.ClaimMailed{Account: "r1", At: w.now, Until: noon.Add(c.term)}},
			w.do(mailed("r1")), name)
		assert.Equal(t, attachment.Claim{Designated: noon, Leased: w.now, Term: noon.Add(c.term)}, w.roster.Claim, name)

		w.now = noon.Add(c.term - time.Microsecond)
		assert.Empty(t, w.do(settle("")), name)

		w.now = noon.Add(c.term)
		assert.Equal(t, []attachment.Change{
			attachment.TimeOver{Key: key("r1"), At: w.now, Was: attachment.Claimed},
			attachment.NobodyLeft{Account: "r1", At: w.now},
		}, w.do(settle("")), name)
		w.standing(attachment.Unclaimed, "")
	}
}

func TestD1_ALinkSentAgainNeverExtendsTheTerm(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.do(mailed("r1"))

	for _, after := range []time.Duration{0, minute, 59 * minute} {
		w.now = noon.Add(after)
		assert.Empty(t, w.do(mailed("r1")))
		assert.Equal(t, noon.Add(hour), w.roster.Claim.Term)
	}

	assert.Equal(t, int64(2), w.roster.Version, "nothing was written")
}

func TestD1_MailedHasNoEffectOnWhatIsNoClaim(t *testing.T) {
	w := queued(t)

	for _, id := range []account.ID{"r2", "a1", "nobody"} {
		assert.Empty(t, w.do(mailed(id)), id)
	}

	w.do(attachment.Activate{By: account.By("r1")})
	assert.Empty(t, w.do(mailed("r1")))
	w.do(attachment.Approve{By: account.By("r1"), Account: "r2"})
	assert.Empty(t, w.do(mailed("r2")), "an approval has no term but its due")
	assert.Equal(t, attachment.Claim{}, w.roster.Claim)
}

func TestD1_TheFirstActivationMakesTheMainManager(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.now = noon.Add(10 * minute)

	assert.Equal(t, []attachment.Change{
		attachment.UserAttached{Key: key("r1"), By: account.By("r1"), At: w.now},
		attachment.ManagerNamed{Account: "r1", By: account.By("r1"), At: w.now, Details: details("r1")},
	}, w.do(attachment.Activate{By: account.By("r1")}))

	w.standing(attachment.Managed, "r1")
	assert.Equal(t, attachment.Claim{}, w.roster.Claim)
	assert.Equal(t, 1, w.roster.Attached)
	assert.Equal(t, attachment.Attachment{
		Key: key("r1"), State: attachment.Attached, Order: 1, RequestedAt: noon, Since: w.now,
	}, w.row("r1", ""), "without request, without decision; profiles come with the role")
	assert.Len(t, w.roster.Rights(w.facts, "r1", w.now).Rows(w.now), 6, "every profile of the open applications (E3)")
}

func TestD1_TheNewManagerIsToldThatOthersWait(t *testing.T) {
	w := queued(t)
	changes := w.do(attachment.Activate{By: account.By("r1")})
	assert.Equal(t, attachment.ManagerNamed{Account: "r1", By: account.By("r1"), At: noon, Details: details("r1"), Waiting: true}, changes[1])
	w.states(map[account.ID]attachment.State{
		"r1": attachment.Attached, "r2": attachment.Requested, "a1": attachment.Requested, "r3": attachment.Requested,
	})
}

// A claim ends otherwise than by activation in four ways; each time the oldest open request succeeds.
func TestD1_WhenAClaimEndsTheOldestRequestSucceeds(t *testing.T) {
	for name, c := range map[string]struct {
		end   attachment.Command
		after time.Duration
		first attachment.Change
	}{
		"lapse": {
			settle(""), 24 * hour, attachment.TimeOver{Key: key("r1"), At: noon.Add(24 * hour), Was: attachment.Claimed},
		},
		"lapse, applied late": {
			settle(""), 48 * hour, attachment.TimeOver{Key: key("r1"), At: noon.Add(48 * hour), Was: attachment.Claimed},
		},
		"withdrawal": {
			attachment.Withdraw{By: account.By("r1")},
			hour,
			attachment.RequestWithdrawn{Key: key("r1"), At: noon.Add(hour)},
		},
		"refusal by support": {
			attachment.Refuse{By: account.Support("Anne"), Account: "r1", Reason: " usurpation "},
			hour,
			attachment.RequestRefused{Key: key("r1"), By: account.Support("Anne"), At: noon.Add(hour), Reason: "usurpation"},
		},
	} {
		w := queued(t)
		w.now = noon.Add(c.after)

		// r2 is a registration: it becomes the claim, with a term of its own that counts from now.
		assert.Equal(t, []attachment.Change{c.first, attachment.ClaimBegan{
			Account: "r2", Order: 2, Requested: noon, At: w.now, Until: w.now.Add(24 * hour), Succeeded: true,
			Details: details("r2"),
		}}, w.do(c.end), name)

		w.standing(attachment.InClaim, "r2")
		assert.Equal(t, attachment.Claim{Designated: w.now, Term: w.now.Add(24 * hour)}, w.roster.Claim, name)
		assert.Equal(t, attachment.Attachment{
			Key: key("r2"), State: attachment.Claimed, Order: 2, RequestedAt: noon, Since: w.now, Details: details("r2"),
		}, w.row("r2", ""), name)

		// a1 is an active account: it becomes main manager at once, with what it had typed.
		assert.Equal(t, []attachment.Change{
			attachment.RequestWithdrawn{Key: key("r2"), At: w.now},
			attachment.UserAttached{Key: key("a1"), By: account.System(), At: w.now},
			attachment.ManagerNamed{Account: "a1", By: account.System(), At: w.now, Details: details("a1"), Waiting: true},
		}, w.do(attachment.Withdraw{By: account.By("r2")}), name)

		w.standing(attachment.Managed, "a1")
		assert.Equal(t, "ACME, says a1", w.facts.Structure.Data.LegalName, name)
		assert.Equal(t, "s'il vous plaît", w.row("a1", "").Comment, name)
		assert.Empty(t, w.row("a1", "").Grants, "profiles come with the role")
		assert.Equal(t, attachment.Requested, w.row("r3", "").State, "its request is the new manager's to decide (D10)")
	}
}

func TestD1_WithNobodyWaitingTheStructureIsUnclaimedAgain(t *testing.T) {
	for name, end := range map[string]attachment.Command{
		"lapse":      settle("r1"),
		"withdrawal": attachment.Withdraw{By: account.By("r1")},
		"refusal":    attachment.Refuse{By: account.Support(""), Account: "r1"},
	} {
		w := newWorld(t)
		w.register("first@potier.fr")

		if name == "lapse" {
			w.now = noon.Add(24 * hour)
		}

		changes := w.do(end)
		assert.Len(t, changes, 2, name)
		assert.Equal(t, attachment.NobodyLeft{Account: "r1", At: w.now}, changes[1], name)
		w.standing(attachment.Unclaimed, "")
		assert.Equal(t, attachment.Claim{}, w.roster.Claim, name)
		assert.Nil(t, w.row("r1", "").Details, "what an ended claim typed is not kept")

		// It is treated as unknown: the next to register is its claim.
		w.register("second@potier.fr")
		w.standing(attachment.InClaim, "r2")
	}
}

func TestD1_AFormerClaimantMayRegisterAgainLastInTheQueue(t *testing.T) {
	w := queued(t)
	w.now = noon.Add(24 * hour)

	// Nobody has applied that the claim is over: registering again does.
	c := w.registration("first@potier.fr")
	assert.Equal(t, account.ID("r1"), c.Earlier)

	changes := w.do(c)
	assert.Equal(t, []string{"time over", "claim began", "request made"}, actions(changes))
	w.standing(attachment.InClaim, "r2")
	assert.Equal(t, []account.ID{"a1", "r3", "r4"}, w.roster.Line(w.facts, w.now))
}

func TestD1_SuccessionPassesOverWhoeverCannotSucceed(t *testing.T) {
	w := queued(t)
	w.do(attachment.Withdraw{By: account.By("r2")})
	w.become("a1", account.Deactivated)

	changes := w.do(attachment.Withdraw{By: account.By("r1")})
	assert.Equal(t, []string{"request withdrawn", "claim began"}, actions(changes))
	w.standing(attachment.InClaim, "r3")

	// Requests of registrations lapse after 180 days; those of accounts never do.
	w.now = noon.Add(180 * day)
	assert.Equal(t, []string{"time over", "nobody left"}, actions(w.do(settle(""))))
	w.standing(attachment.Unclaimed, "")
	assert.Equal(t, attachment.Requested, w.row("a1", "").State)

	// The account is active again: whatever comes next, it succeeds first.
	w.become("a1", account.Active)
	c := w.registration("fourth@potier.fr")
	assert.Equal(t, []string{"user attached", "manager named", "request made"}, actions(w.do(c)))
	w.standing(attachment.Managed, "a1")
	assert.Nil(t, w.row("r4", "").Details, "the structure is known by now")
}

func TestD1_ASuccessorWhoseRequestIsOverIsPassedOver(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.register("second@potier.fr")
	w.now = noon.Add(time.Microsecond)
	w.register("third@potier.fr")

	// At this moment r2's request is over and r3's is not.
	w.now = noon.Add(180 * day)
	assert.Equal(t, []string{"time over", "claim began"}, actions(w.do(settle(""))))
	w.standing(attachment.InClaim, "r3")
	assert.Equal(t, attachment.Requested, w.row("r2", "").State, "settled when it is its turn")
	assert.Equal(t, []string{"time over"}, actions(w.do(settle("r2"))))
}

// A queue that was read a moment ago may name somebody who cannot succeed any more.
func TestD1_SuccessionLooksAtTheQueueAgain(t *testing.T) {
	w := queued(t)
	w.become("a1", account.Blocked)
	w.now = noon.Add(24 * hour)

	r := w.whole()
	r.Queue = []account.ID{"gone", "r1", "a1", "r3", "r2"}

	changes, err := attachment.Decide(r, w.facts, settle(""), w.now)
	require.NoError(t, err)
	assert.Equal(t, []string{"time over", "claim began"}, actions(changes))
	assert.Equal(t, key("r3"), changes[1].Subject())

	r.Queue = []account.ID{"gone", "a1"}
	changes, err = attachment.Decide(r, w.facts, settle(""), w.now)
	require.NoError(t, err)
	assert.Equal(t, []string{"time over", "nobody left"}, actions(changes))
}

func TestD1_WhoSucceededAndWithdrawsInOneGoHandsOn(t *testing.T) {
	w := queued(t)
	w.request("a2", "")
	w.now = noon.Add(24 * hour)

	// The claim is over: r2 succeeds and withdraws, so that a1 leads, and r3 and a2 still wait.
	changes := w.do(attachment.Withdraw{By: account.By("r2")})
	assert.Equal(t, []string{"time over", "claim began", "request withdrawn", "user attached", "manager named"}, actions(changes))
	assert.True(t, changes[4].(attachment.ManagerNamed).Waiting)
	w.standing(attachment.Managed, "a1")
}

func TestD1_WhoeverWithdrawsOrIsRefusedInOneGoWithTheSuccessionLeavesTheRestWaiting(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.register("second@potier.fr")
	w.request("a1", "")
	w.request("a2", "") // the third in the line is the one who waits at the end
	w.now = noon.Add(24 * hour)

	for _, c := range []attachment.Command{
		attachment.Withdraw{By: account.By("r2")},
		attachment.Refuse{By: account.Support("Anne"), Account: "r2"},
	} {
		changes, err := w.decide(c)
		require.NoError(t, err)
		assert.True(t, changes[len(changes)-1].(attachment.ManagerNamed).Waiting, "%s", c)
	}
}

// The claim is over and nobody has applied that: a1 succeeds and decides in one go, and what a1 typed is the structure's.
func TestE3_WhoSucceededAndApprovesInOneGoGivesTheDefaultProfiles(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.request("a1", "")
	w.request("a2", "")
	w.now = noon.Add(24 * hour)

	changes := w.do(attachment.Approve{By: account.By("a1"), Account: "a2"})
	assert.Equal(t, []string{"time over", "user attached", "manager named", "user attached"}, actions(changes))
	assert.Len(t, w.row("a2", "").Grants, 5)
	assert.Equal(t, defaults(w, "", account.By("a1")), w.row("a2", "").Grants)
}

func TestD1_AClaimThatIsOverCannotBeActivated(t *testing.T) {
	w := queued(t)
	w.do(mailed("r1"))
	w.now = noon.Add(hour)

	w.refused(attachment.Activate{By: account.By("r1")}, attachment.ErrNoRequest)
	w.refused(attachment.Withdraw{By: account.By("r1")}, attachment.ErrNoRequest)
	w.standing(attachment.InClaim, "r1") // refused: nothing follows, not even what was due

	w.do(settle(""))
	w.refused(attachment.Activate{By: account.By("r1")}, attachment.ErrNotRegistrant)
	w.do(attachment.Activate{By: account.By("r2")})
	w.standing(attachment.Managed, "r2")
}

func TestD1_OnlyTheRegistrationItselfActivates(t *testing.T) {
	w := queued(t)
	w.refused(attachment.Activate{By: account.By("r2")}, attachment.ErrNotApproved)
	w.refused(attachment.Activate{By: account.By("a1")}, attachment.ErrNotRegistrant)
	w.refused(attachment.Activate{By: account.By("nobody")}, attachment.ErrNotRegistrant)

	for _, by := range []account.Actor{{}, account.System(), account.Support("Anne"), {Kind: account.ActorSystem, ID: "r1"}} {
		w.refused(attachment.Activate{By: by}, attachment.ErrNotRegistrant)
	}

	w.do(attachment.Activate{By: account.By("r1")})
	w.refused(attachment.Activate{By: account.By("r1")}, attachment.ErrNotRegistrant)

	// A registration without a row here.
	w.facts.Registrations["r9"] = account.Registration{ID: "r9", State: account.AwaitingActivation}
	w.refused(attachment.Activate{By: account.By("r9")}, attachment.ErrNoRequest)
}

func actions(changes []attachment.Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, c.Action())
	}

	return out
}

// A queue that was read before somebody's time was over does not lead them to the claim.
func TestD1_WhoseTimeIsOverDoesNotSucceedThoughTheQueueNamesThem(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.register("second@potier.fr")
	w.request("a1", "")
	read := w.whole()
	w.now = w.row("r2", "").Due

	changes, err := attachment.Decide(read, w.known(), settle(""), w.now)
	require.NoError(t, err)
	assert.Equal(t, []string{"time over", "user attached", "manager named"}, actions(changes))
	assert.Equal(t, key("a1"), changes[1].Subject())
}

// A separate registration that never lapses leaves its claim the whole day.
func TestD1_AClaimIsNotShortenedByARegistrationThatNeverLapses(t *testing.T) {
	w := newWorld(t)
	c := w.registration("first@potier.fr")
	w.detach(c.By.ID)

	reg := w.facts.Registrations[c.By.ID]
	reg.Due = time.Time{}
	w.facts.Registrations[c.By.ID] = reg
	w.do(c)
	assert.Equal(t, noon.Add(24*hour), w.roster.Claim.Term)
}
