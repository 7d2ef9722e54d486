package attachment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
)

// Where the activation does not wait for the structure's answer (policy Immediate), a registration becomes an account
// whatever has become of its request: each state of it, and what follows.
func TestB6_ASeparateRegistrationActivatesWhateverBecameOfItsRequest(t *testing.T) {
	for name, c := range map[string]struct {
		happen  func(w *world)
		follows []string
		state   attachment.State
	}{
		"requested": {func(*world) {}, []string{"request kept"}, attachment.Requested},
		"approved": {
			func(w *world) { w.do(attachment.Approve{By: account.By("r1"), Account: "r2"}) },
			[]string{"user attached"},
			attachment.Attached,
		},
		"refused": {
			func(w *world) { w.do(attachment.Refuse{By: account.By("r1"), Account: "r2"}) },
			nil, attachment.Refused,
		},
		"withdrawn": {func(w *world) { w.do(attachment.Withdraw{By: account.By("r2")}) }, nil, attachment.Withdrawn},
		"lapsed": { // as somebody might whose own time was set apart from it
			func(w *world) {
				w.edit("r2", "", func(row *attachment.Attachment) { row.Due = w.now })
				w.do(settle("r2"))
			},
			nil, attachment.Lapsed,
		},
		"over, and not settled": {
			func(w *world) { w.edit("r2", "", func(row *attachment.Attachment) { row.Due = w.now }) },
			[]string{"time over"},
			attachment.Lapsed,
		},
	} {
		w := managed(t)
		w.separately("second@potier.fr")
		w.now = noon.Add(hour)
		c.happen(w)
		before := w.row("r2", "")

		assert.Equal(t, c.follows, actions(w.do(attachment.Activate{By: account.By("r2")})), name)
		assert.Equal(t, account.Active, w.facts.Accounts["r2"].State, name)
		assert.Equal(t, account.Activated, w.facts.Registrations["r2"].State, name)

		after := w.row("r2", "")
		assert.Equal(t, c.state, after.State, name)
		assert.True(t, after.Due.IsZero(), "%s: an account's request never lapses", name)

		if c.state == attachment.Requested {
			before.Due = time.Time{}
			assert.Equal(t, before, after, "the same request, since the same time, in the same place")
		}

		w.standing(attachment.Managed, "r1")
		w.refused(attachment.Activate{By: account.By("r2")}, attachment.ErrNotRegistrant)
	}
}

func TestB6_ASeparateClaimLeadsOnceItIsActivated(t *testing.T) {
	w := newWorld(t)
	w.separately("first@potier.fr")
	w.standing(attachment.InClaim, "r1")
	assert.Equal(t, []string{"user attached", "manager named"}, actions(w.do(attachment.Activate{By: account.By("r1")})))
	w.standing(attachment.Managed, "r1")
}

// A claim that lapses leaves a separate registration alone: it becomes an account that has nothing there.
func TestB6_ALapsedClaimLeavesASeparateRegistrationAlone(t *testing.T) {
	for _, settled := range []bool{false, true} {
		w := newWorld(t)
		w.separately("first@potier.fr")
		w.register("second@potier.fr")
		w.now = noon.Add(24 * hour)

		if settled {
			w.do(settle(""))
		}

		w.do(attachment.Activate{By: account.By("r1")})
		w.standing(attachment.InClaim, "r2")
		assert.Equal(t, attachment.Lapsed, w.row("r1", "").State)
		assert.Equal(t, account.Active, w.facts.Accounts["r1"].State)
		assert.Empty(t, w.roster.Rights(w.facts, "r1", w.now).Holdings)

		// As an account it asks like any other.
		w.do(attachment.Request{By: account.By("r1"), Comment: "x", Details: details("r1")})
	}
}

func TestB6_ASeparateRegistrationWithoutRequestActivatesWithoutChange(t *testing.T) {
	w := managed(t)
	id := w.alone("second@potier.fr")
	assert.Empty(t, w.do(attachment.Activate{By: account.By(id)}))
	assert.Equal(t, account.Active, w.facts.Accounts[id].State)
}

func TestB6_ASeparateRegistrationIsNobodyOnceItIsOver(t *testing.T) {
	w := managed(t)
	w.separately("second@potier.fr")
	w.now = noon.Add(30 * day)
	w.refused(attachment.Activate{By: account.By("r2")}, attachment.ErrNotRegistrant)
	w.refused(attachment.Approve{By: account.By("r1"), Account: "r2"}, attachment.ErrNoRequest)
	assert.Empty(t, w.roster.Line(w.facts, w.now))

	c := w.registration("third@potier.fr")
	w.detach(c.By.ID)
	w.now = noon.Add(60 * day)
	w.refused(c, attachment.ErrNotRegistrant)
}

func TestB11_ASeparateRegistrationsRequestLapsesWithIt(t *testing.T) {
	w := managed(t)
	w.separately("second@potier.fr")
	due := w.facts.Registrations["r2"].Due
	assert.Equal(t, noon.Add(30*day), due)
	assert.Equal(t, due, w.row("r2", "").Due, "and not after 180 days")

	w.now = due.Add(-1)
	assert.Empty(t, w.do(settle("r2")))

	w.now = due
	assert.Equal(t, []attachment.Change{
		attachment.TimeOver{Key: key("r2"), At: due, Was: attachment.Requested},
	}, w.do(settle("r2")))
	assert.Equal(t, account.Lapsed, w.facts.Registrations["r2"].State)
}

// An approval has its own time, which the registration is given as well: it would lapse before it otherwise.
func TestB11_AnApprovedSeparateRegistrationHas30DaysAgain(t *testing.T) {
	w := managed(t)
	w.separately("second@potier.fr")
	w.now = noon.Add(29 * day)
	w.do(attachment.Approve{By: account.By("r1"), Account: "r2"})
	assert.Equal(t, w.now.Add(30*day), w.row("r2", "").Due)
	assert.Equal(t, w.row("r2", "").Due, w.facts.Registrations["r2"].Due)

	w.now = noon.Add(58 * day)
	w.do(attachment.Activate{By: account.By("r2")})
	assert.Equal(t, attachment.Attached, w.row("r2", "").State)
}

// A claim never outlives its registration, however late it succeeded.
func TestD1_ASeparateClaimEndsWithItsRegistration(t *testing.T) {
	w := newWorld(t)
	w.separately("first@potier.fr")
	assert.Equal(t, noon.Add(24*hour), w.roster.Claim.Term, "long before it")

	due := w.facts.Registrations["r1"].Due
	w.now = due.Add(-time.Minute)
	w.register("second@potier.fr") // r1's claim is over, and r2's begins
	w.standing(attachment.InClaim, "r2")

	w = newWorld(t)
	w.register("first@potier.fr")
	w.separately("second@potier.fr")
	w.edit("r1", "", func(*attachment.Attachment) {})
	w.roster.Claim.Term = noon.Add(30 * day) // awaiting proof, as a ClaimVerifier may have it
	w.now = noon.Add(30*day - hour)
	w.do(attachment.Withdraw{By: account.By("r1")})
	w.standing(attachment.InClaim, "r2")
	assert.Equal(t, noon.Add(30*day), w.roster.Claim.Term, "an hour, and not a day")
}

// Whoever is an account before anybody decided goes on waiting as one: approved, it is attached at once, and when a claim
// ends it leads at once.
func TestB6_AKeptRequestIsAnAccounts(t *testing.T) {
	w := managed(t)
	w.separately("second@potier.fr")
	w.do(attachment.Activate{By: account.By("r2")})
	w.now = noon.Add(200 * day)
	assert.Empty(t, w.do(settle("r2")))
	w.do(attachment.Approve{By: account.By("r1"), Account: "r2"})
	assert.Equal(t, attachment.Attached, w.row("r2", "").State)

	w = newWorld(t)
	w.register("first@potier.fr")
	w.separately("second@potier.fr")
	w.do(attachment.Activate{By: account.By("r2")})
	w.do(attachment.Withdraw{By: account.By("r1")})
	w.standing(attachment.Managed, "r2")
	assert.Equal(t, "ACME, says r2", w.facts.Structure.Data.LegalName)
}

// Nobody is left to be attached: neither a closed account nor a registration that came to nothing.
func TestD5_ARequestOfNobodyIsNotApproved(t *testing.T) {
	w := managed(t)
	w.request("a1", "")
	w.become("a1", account.Closed)
	w.refused(attachment.Approve{By: account.By("r1"), Account: "a1"}, attachment.ErrNoRequest)

	for _, state := range []account.State{account.Deactivated, account.Blocked} { // who may come back
		w.become("a1", state)
		_, err := w.decide(attachment.Approve{By: account.By("r1"), Account: "a1"})
		assert.NoError(t, err)
	}

	w.separately("second@potier.fr")
	w.end("r2", account.Withdraw)
	w.refused(attachment.Approve{By: account.By("r1"), Account: "r2"}, attachment.ErrNoRequest)
	w.do(attachment.Refuse{By: account.By("r1"), Account: "r2"})
}

// An account that asks again soon after a refusal is listed as a repeat, like a registration.
func TestB6_AnAccountThatAsksAgainWithin30DaysOfARefusalIsARepeat(t *testing.T) {
	ask := func(w *world) bool {
		changes := w.do(attachment.Request{By: account.By("a1"), Comment: "x"})

		return changes[0].(attachment.RequestMade).Repeat
	}

	for after, repeat := range map[time.Duration]bool{
		0: true, time.Hour: true, 30*day - time.Microsecond: true, 30 * day: false, 365 * day: false,
	} {
		w := managed(t)
		w.request("a1", "")
		w.do(attachment.Refuse{By: account.By("r1"), Account: "a1"})
		w.now = noon.Add(after)
		assert.Equal(t, repeat, ask(w), after)
		assert.Equal(t, repeat, w.row("a1", "").Repeat, after)
	}

	// Nothing was refused: never asked, withdrew, or was attached and left.
	w := managed(t)
	w.outsider("a1")
	assert.False(t, ask(w))
	w.do(attachment.Withdraw{By: account.By("a1")})
	assert.False(t, ask(w))
	w.do(attachment.Approve{By: account.By("r1"), Account: "a1"})
	w.do(attachment.Depart{By: account.By("a1"), Account: "a1"})
	assert.False(t, ask(w))

	// A refusal at a service is not one of the structure.
	w.do(attachment.Withdraw{By: account.By("a1")})
	w.request("a1", "compta")
	w.do(attachment.Refuse{By: account.By("r1"), Account: "a1", Service: "compta"})
	assert.False(t, ask(w))
}
