package attachment_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
)

func key(id account.ID) attachment.Key { return attachment.Key{Account: id} }

func TestB5_TheFirstRegistrationIsTheClaim(t *testing.T) {
	w := newWorld(t)
	c := w.registration("first@potier.fr")

	assert.Equal(t, []attachment.Change{attachment.ClaimBegan{
		Account: "r1", Order: 1, Requested: noon, At: noon, Until: noon.Add(24 * hour), Details: details("r1"),
	}}, w.do(c))

	w.standing(attachment.InClaim, "r1")
	assert.Equal(t, attachment.Claim{Designated: noon, Term: noon.Add(24 * hour)}, w.roster.Claim)
	assert.Equal(t, attachment.Attachment{
		Key: key("r1"), State: attachment.Claimed, Order: 1, RequestedAt: noon, Since: noon, Details: details("r1"),
	}, w.row("r1", ""))
	assert.Zero(t, w.roster.Attached, "a claim gives no rights")
	assert.Empty(t, w.roster.Rights(w.facts, "r1", noon).Holdings)
}

func TestB5_WhileAClaimIsOpenOthersWaitWithTheirOwnData(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")

	w.now = noon.Add(minute)
	c := w.registration("second@potier.fr")
	assert.Equal(t, []attachment.Change{attachment.RequestMade{
		Key: key("r2"), Order: 2, At: w.now, Due: w.now.Add(180 * day), Details: details("r2"),
	}}, w.do(c))

	w.standing(attachment.InClaim, "r1")
	w.states(map[account.ID]attachment.State{"r1": attachment.Claimed, "r2": attachment.Requested})
}

func TestB1_AKnownStructureKeepsNoTypedData(t *testing.T) {
	for name, w := range map[string]*world{"managed": managed(t), "vacant": managed(t)} {
		if name == "vacant" {
			w.vacate()
		}

		c := w.registration("second@potier.fr")
		c.Details = details("nobody asked")
		assert.Equal(t, []attachment.Change{attachment.RequestMade{
			Key: key("r2"), Order: w.roster.Version + 1, At: noon, Due: noon.Add(180 * day),
		}}, w.do(c), name)
		assert.Equal(t, "ACME, says r1", w.facts.Structure.Data.LegalName, name)
	}
}

func TestB1_AnUnknownStructuresDataAreRequired(t *testing.T) {
	w := newWorld(t)
	c := w.registration("first@potier.fr")
	c.Details = nil
	assert.Equal(t, key("r1"), w.refused(c, attachment.ErrDetails).Key)

	w.register("second@potier.fr")
	c = w.registration("third@potier.fr")
	c.Details = nil
	w.refused(c, attachment.ErrDetails)
}

func TestB5_OnlyAnOpenRegistrationRegisters(t *testing.T) {
	w := newWorld(t)
	w.refused(attachment.Register{By: account.By("nobody"), Details: details("x")}, attachment.ErrNotRegistrant)
	w.refused(attachment.Register{By: w.outsider("a1"), Details: details("x")}, attachment.ErrNotRegistrant)

	c := w.registration("first@potier.fr")
	for _, by := range []account.Actor{{}, account.System(), account.Support("Anne"), {Kind: account.ActorSupport, ID: "r1"}} {
		c.By = by
		w.refused(c, attachment.ErrNotRegistrant)
	}

	c.By = account.By("r1")
	for _, state := range []account.RegistrationState{0, account.Activated, account.Refused, account.Withdrawn, account.Lapsed} {
		w.facts.Registrations["r1"] = account.Registration{ID: "r1", State: state}
		w.refused(c, attachment.ErrNotRegistrant)
	}
}

func TestB14_ARegistrationRegistersOnce(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.register("second@potier.fr")
	w.refused(attachment.Register{By: account.By("r1"), Details: details("x")}, attachment.ErrOpen)
	w.refused(attachment.Register{By: account.By("r2"), Details: details("x")}, attachment.ErrOpen)

	// Neither once its time is over and nobody has applied that yet.
	w.now = noon.Add(200 * day)
	w.refused(attachment.Register{By: account.By("r2"), Details: details("x")}, attachment.ErrNotRegistrant)
	w.refused(attachment.Register{By: account.By("r1"), Details: details("x")}, attachment.ErrNotRegistrant)
}

func TestB14_TheSameLoginMakesNoSecondRequestWhileOneIsOpen(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.register("second@potier.fr")

	for _, login := range []string{"first@potier.fr", "second@potier.fr"} { // claimed, requested
		w.refused(w.registration(login), attachment.ErrOpen)
	}

	w.do(attachment.Activate{By: account.By("r1")})
	w.do(attachment.Approve{By: account.By("r1"), Account: "r2"})
	w.refused(w.registration("second@potier.fr"), attachment.ErrOpen) // approved

	// The first one has an account now: their registration counts like any other.
	c := w.registration("first@potier.fr")
	w.do(c)
	assert.Equal(t, attachment.Requested, w.row(c.By.ID, "").State)
}

func TestB6_TheSameLoginMayRegisterAgainAfterItsRequestEnded(t *testing.T) {
	for name, end := range map[string]func(w *world){
		"refused":   func(w *world) { w.do(attachment.Refuse{By: account.By("r1"), Account: "r2"}) },
		"withdrawn": func(w *world) { w.do(attachment.Withdraw{By: account.By("r2")}) },
		"lapsed": func(w *world) {
			w.now = noon.Add(180 * day)
			w.do(attachment.Settle{By: account.System(), Account: "r2"})
		},
		// The request of 180 days ago is over even if nobody has applied that.
		"over, and not settled": func(w *world) { w.now = noon.Add(180 * day) },
	} {
		w := managed(t)
		w.register("second@potier.fr")
		end(w)

		c := w.registration("second@potier.fr")
		assert.Equal(t, account.ID("r2"), c.Earlier, name)

		c.Repeat = true
		changes := w.do(c)
		assert.Equal(t, attachment.RequestMade{
			Key: key("r3"), Order: w.row("r3", "").Order, At: w.now, Due: w.now.Add(180 * day), Repeat: true,
		}, changes[len(changes)-1], name)
		assert.True(t, w.row("r3", "").Repeat, name)
		assert.False(t, w.row("r2", "").State.Open(), name)
	}
}
