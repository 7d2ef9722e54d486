package attachment_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/structure"
)

// shares is the login of the registration r2 and of the account a1.
const shares = "second@potier.fr"

// What the account a1 may have in a structure that is managed, and what may have become of the registration r2.
var (
	mine = map[string]func(w *world){
		"nothing": func(*world) {},
		"refused": func(w *world) {
			w.request("a1", "")
			w.do(attachment.Refuse{By: account.By("r1"), Account: "a1"})
		},
		"open":     func(w *world) { w.request("a1", "") },
		"attached": func(w *world) { w.attach("a1", "") },
		"suspended": func(w *world) {
			w.attach("a1", "")
			w.suspend("a1", "")
		},
		"a service":      func(w *world) { w.attach("a1", "compta") },
		"a service open": func(w *world) { w.request("a1", "compta") },
		"a service suspended": func(w *world) {
			w.attach("a1", "compta")
			w.suspend("a1", "compta")
		},
	}

	theirs = map[string]func(w *world){
		"requested": func(*world) {},
		"approved":  func(w *world) { w.do(attachment.Approve{By: account.By("r1"), Account: "r2"}) },
		"refused":   func(w *world) { w.do(attachment.Refuse{By: account.By("r1"), Account: "r2"}) },
		"withdrawn": func(w *world) { w.do(attachment.Withdraw{By: account.By("r2")}) },
		"lapsed": func(w *world) {
			w.now = w.row("r2", "").Due
			w.do(settle("r2"))
		},
		"over": func(w *world) { w.now = w.row("r2", "").Due },
	}
)

// Every thing that an account may have with every thing that may have become of a registration with its login: the
// actions that follow, or why none do.
func TestB14_AnAccountAdoptsWhatCameOfARegistrationWithItsLogin(t *testing.T) {
	type follows []string

	newcomer := follows{"request withdrawn"} // the account has one there already

	want := map[string]map[string]any{
		"requested": {
			"nothing": follows{"request withdrawn", "request adopted"}, "refused": follows{"request withdrawn", "request adopted"},
			"open": newcomer, "attached": newcomer, "suspended": newcomer,
			"a service":           follows{"request withdrawn", "request adopted"},
			"a service open":      follows{"request withdrawn", "request adopted"},
			"a service suspended": follows{"request withdrawn", "request adopted"}, // it is refused when it is approved (D3)
		},
		"approved": {
			"nothing": follows{"request withdrawn", "user attached"}, "refused": follows{"request withdrawn", "user attached"},
			"open": newcomer, "attached": newcomer, "suspended": newcomer,
			"a service":           follows{"request withdrawn", "user detached", "user attached"},
			"a service open":      follows{"request withdrawn", "request withdrawn", "user attached"},
			"a service suspended": attachment.ErrSuspendedThere,
		},
	}

	for has, prepare := range mine {
		for became, happen := range theirs {
			for _, separate := range []bool{false, true} {
				w := managed(t)
				w.owner("a1", shares)

				if separate {
					w.separately(shares)
				} else {
					w.register(shares)
				}

				prepare(w)
				happen(w)

				expected, open := want[became][has]

				switch {
				case open:
				case separate && (became == "refused" || became == "withdrawn"): // only the registration is left to adopt
					expected = follows(nil)
				default:
					expected = attachment.ErrNotRegistrant
				}

				name := became + ", the account has " + has
				adopt := attachment.Adopt{By: account.By("a1"), From: "r2"}
				others := w.row("r1", "")

				if why, refused := expected.(error); refused {
					w.refused(adopt, why)
					continue
				}

				changes := w.do(adopt)
				assert.Equal(t, []string(expected.(follows)), actions(changes), name)
				assert.Equal(t, account.Withdrawn, w.facts.Registrations["r2"].State, name)
				assert.False(t, w.row("r2", "").State.Open(), name)
				assert.Equal(t, others, w.row("r1", ""), name)

				if len(changes) > 0 {
					assert.Equal(t, attachment.RequestWithdrawn{Key: key("r2"), At: w.now, Adopted: "a1"}, changes[0], name)
				}

				w.refused(adopt, attachment.ErrNotRegistrant) // once
			}
		}
	}
}

func TestB14_AnAdoptedRequestKeepsItsPlaceAndNeverLapses(t *testing.T) {
	w := managed(t)
	w.owner("a1", shares)
	c := w.registration(shares)
	c.Repeat = true
	w.do(c)
	w.request("a2", "")
	before := w.row("r2", "")
	w.now = noon.Add(hour)

	w.do(attachment.Adopt{By: account.By("a1"), From: "r2"})
	assert.Equal(t, attachment.Attachment{
		Key: key("a1"), State: attachment.Requested, Order: before.Order, RequestedAt: noon, Since: w.now, Repeat: true,
	}, w.row("a1", ""), "listed as a repeat, as it was")
	assert.Equal(t, attachment.Withdrawn, w.row("r2", "").State)
	assert.Equal(t, []account.ID{"a1", "a2"}, w.roster.Line(w.facts, w.now))

	// What a decider saw before is still what they decide on, under the account's name.
	w.refused(attachment.Approve{By: account.By("r1"), Account: "r2", Order: before.Order}, attachment.ErrNoRequest)
	w.do(attachment.Approve{By: account.By("r1"), Account: "a1", Order: before.Order})
	assert.Equal(t, defaults(w, "", account.By("r1")), w.row("a1", "").Grants)
}

func TestB14_AnAdoptedRequestKeepsWhatItsAuthorTyped(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.register(shares)
	w.owner("a1", shares)
	w.do(attachment.Adopt{By: account.By("a1"), From: "r2"})
	assert.Equal(t, details("r2"), w.row("a1", "").Details)

	// Nobody else activates: the account leads, with what the registration said of the structure.
	w.do(attachment.Withdraw{By: account.By("r1")})
	w.standing(attachment.Managed, "a1")
	assert.Equal(t, "ACME, says r2", w.facts.Structure.Data.LegalName)
}

func TestB14_AnAdoptedApprovalIsTheDeciders(t *testing.T) {
	w := managed(t)
	w.register(shares)
	w.do(attachment.Approve{By: account.By("r1"), Account: "r2"})
	w.owner("a1", shares)
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{
		attachment.RequestWithdrawn{Key: key("r2"), At: w.now, Adopted: "a1"},
		attachment.UserAttached{Key: key("a1"), By: account.By("r1"), At: w.now, Grants: defaults(w, "", account.By("r1"))},
	}, w.do(attachment.Adopt{By: account.By("a1"), From: "r2"}))
	assert.Equal(t, 2, w.roster.Attached)
}

func TestB14_AnAdoptedClaimLeadsAtOnce(t *testing.T) {
	for _, separate := range []bool{false, true} {
		for _, again := range []bool{false, true} { // had asked before, and taken it back
			w := newWorld(t)

			if separate {
				w.separately(shares)
			} else {
				w.register(shares)
			}

			w.owner("a1", shares)

			if again {
				w.request("a1", "")
				w.do(attachment.Withdraw{By: account.By("a1")})
			}

			w.request("a2", "")
			w.now = noon.Add(minute)

			assert.Equal(t, []attachment.Change{
				attachment.RequestWithdrawn{Key: key("r1"), At: w.now, Adopted: "a1"},
				attachment.UserAttached{Key: key("a1"), By: account.By("a1"), At: w.now},
				attachment.ManagerNamed{Account: "a1", By: account.By("a1"), At: w.now, Details: details("r1"), Waiting: true},
			}, w.do(attachment.Adopt{By: account.By("a1"), From: "r1"}))

			w.standing(attachment.Managed, "a1")
			assert.Equal(t, attachment.Claim{}, w.roster.Claim)
			assert.Equal(t, attachment.Requested, w.row("a2", "").State)
		}
	}
}

// The account waits there already: the newcomer's claim ends, and the oldest request succeeds, be it the account's or not.
func TestB14_AClaimWhoseAccountWaitsAlreadyIsWithdrawn(t *testing.T) {
	w := newWorld(t)
	w.register(shares)
	w.owner("a1", shares)
	w.request("a1", "")
	w.register("third@potier.fr")

	assert.Equal(t, []attachment.Change{
		attachment.RequestWithdrawn{Key: key("r1"), At: noon, Adopted: "a1"},
		attachment.UserAttached{Key: key("a1"), By: account.System(), At: noon},
		attachment.ManagerNamed{Account: "a1", By: account.System(), At: noon, Details: details("a1"), Waiting: true},
	}, w.do(attachment.Adopt{By: account.By("a1"), From: "r1"}))

	w = newWorld(t)
	w.register(shares)
	w.owner("a1", shares)
	w.register("third@potier.fr")
	w.request("a1", "")
	assert.Equal(t, []string{"request withdrawn", "claim began"}, actions(w.do(attachment.Adopt{By: account.By("a1"), From: "r1"})))
	w.standing(attachment.InClaim, "r2")
	assert.Equal(t, attachment.Requested, w.row("a1", "").State, "its own place stays")
}

func TestB14_OnlyTheActiveAccountWithThatLoginAdopts(t *testing.T) {
	w := managed(t)
	w.register(shares)
	w.register("third@potier.fr")
	w.owner("a1", shares)
	w.owner("a2", "other@potier.fr")

	adopt := attachment.Adopt{By: account.By("a1"), From: "r2"}
	w.refused(attachment.Adopt{By: account.By("a2"), From: "r2"}, attachment.ErrNotRegistrant)
	w.refused(attachment.Adopt{By: account.By("a1"), From: "r3"}, attachment.ErrNotRegistrant)
	w.refused(attachment.Adopt{By: account.By("a1"), From: "nobody"}, attachment.ErrNotRegistrant)
	w.refused(attachment.Adopt{By: account.By("a1"), From: "r1"}, attachment.ErrNotRegistrant) // an account by now
	w.refused(attachment.Adopt{By: account.By("a1")}, attachment.ErrNotRegistrant)

	for _, state := range []account.State{0, account.Deactivated, account.Blocked, account.Closed} {
		w.become("a1", state)
		w.refused(adopt, attachment.ErrAccountInactive)
	}

	w.become("a1", account.Active)

	for _, by := range []account.Actor{
		{},
		account.System(), account.Support("Anne"), account.By("nobody"), account.By("r2"),
		{Kind: account.ActorSupport, ID: "a1"},
	} {
		w.refused(attachment.Adopt{By: by, From: "r2"}, attachment.ErrAccountInactive)
	}

	// A registration that is open and has no row here.
	w.facts.Registrations["r9"] = account.Registration{ID: "r9", State: account.AwaitingApproval, Login: loginOf(shares)}
	w.refused(attachment.Adopt{By: account.By("a1"), From: "r9"}, attachment.ErrNotRegistrant)
	w.do(adopt)
}

func TestB14_ASeparateRegistrationWithoutStructureIsAdoptedWithoutChange(t *testing.T) {
	w := newWorld(t)
	id := w.alone(shares)
	w.owner("a1", shares)
	assert.Empty(t, w.do(attachment.Adopt{By: account.By("a1"), From: id}))
	assert.Equal(t, account.Withdrawn, w.facts.Registrations[id].State)

	// Past its time there is nothing left of it.
	id = w.alone(shares)
	w.now = noon.Add(30 * day)
	w.refused(attachment.Adopt{By: account.By("a1"), From: id}, attachment.ErrNotRegistrant)
}

// What is due is applied first: the claim of r1 is over, r2 succeeds, and its account leads.
func TestB14_WhoSucceededIsAdoptedAsTheClaim(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.register(shares)
	w.request("a2", "")
	w.owner("a1", shares)
	w.now = noon.Add(24 * hour)

	changes := w.do(attachment.Adopt{By: account.By("a1"), From: "r2"})
	assert.Equal(t, []string{"time over", "claim began", "request withdrawn", "user attached", "manager named"}, actions(changes))
	assert.True(t, changes[4].(attachment.ManagerNamed).Waiting)
	w.standing(attachment.Managed, "a1")
}

func TestC5_AnActiveAccountLeadsAStructureThatNobodyHasNamed(t *testing.T) {
	w := newWorld(t)
	create := attachment.Create{By: w.outsider("a1"), Details: details("a1")}

	assert.Equal(t, []attachment.Change{
		attachment.UserAttached{Key: key("a1"), By: account.By("a1"), At: noon},
		attachment.ManagerNamed{Account: "a1", By: account.By("a1"), At: noon, Details: details("a1")},
	}, w.do(create))
	w.standing(attachment.Managed, "a1")
	assert.Equal(t, attachment.Attachment{
		Key: key("a1"), State: attachment.Attached, Since: noon,
	}, w.row("a1", ""), "without request, without decision; profiles come with the role")

	w.refused(create, attachment.ErrPresent)
}

func TestC5_WhoCreatesAndWhatHasToBeNew(t *testing.T) {
	w := newWorld(t)
	by := w.outsider("a1")
	w.refused(attachment.Create{By: by}, attachment.ErrDetails)

	for _, state := range []account.State{0, account.Deactivated, account.Blocked, account.Closed} {
		w.become("a1", state)
		w.refused(attachment.Create{By: by, Details: details("a1")}, attachment.ErrAccountInactive)
	}

	w.become("a1", account.Active)
	w.register("first@potier.fr")

	for _, by := range []account.Actor{
		{},
		account.System(), account.Support("Anne"), account.By("nobody"), account.By("r1"),
		{Kind: account.ActorSupport, ID: "a1"},
	} {
		w.refused(attachment.Create{By: by, Details: details("x")}, attachment.ErrAccountInactive)
	}

	w.refused(attachment.Create{By: by, Details: details("a1")}, attachment.ErrClaimed)

	// The claim is over, and nobody else waits: what is due is applied first.
	over := w.clone()
	over.now = noon.Add(24 * hour)
	changes, err := over.decide(attachment.Create{By: by, Details: details("a1")})
	require.NoError(t, err)
	assert.Equal(t, []string{"time over", "nobody left", "user attached", "manager named"}, actions(changes))

	// Somebody else waits, and is there first.
	queue := w.clone()
	queue.request("a2", "")
	queue.now = noon.Add(24 * hour)
	queue.refused(attachment.Create{By: by, Details: details("a1")}, attachment.ErrPresent)

	w.do(attachment.Activate{By: account.By("r1")})
	w.refused(attachment.Create{By: by, Details: details("a1")}, attachment.ErrPresent)
	w.vacate()
	w.refused(attachment.Create{By: by, Details: details("a1")}, attachment.ErrPresent)
	w.replace()
	w.refused(attachment.Create{By: by, Details: details("a1")}, attachment.ErrReplaced)
}

// Whoever had asked for a structure that nobody else waits for, and could not succeed when its claim ended, may create it.
func TestC5_AnEarlierRequestIsNotInTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		state attachment.State
		why   error
	}{
		"refused": {attachment.Refused, nil}, "withdrawn": {attachment.Withdrawn, nil}, "lapsed": {attachment.Lapsed, nil},
		"approved": {attachment.Approved, attachment.ErrOpen}, // of no account, and refused all the same
	} {
		w := newWorld(t)
		w.outsider("a1")
		w.roster.Rows = []attachment.Attachment{row("a1", "", c.state)}
		create := attachment.Create{By: account.By("a1"), Details: details("a1")}

		if c.why != nil {
			w.refused(create, c.why)
			continue
		}

		w.do(create)
		assert.Equal(t, attachment.Attached, w.row("a1", "").State, name)
	}
}

// An identifier that took another's place is the one to be named: the old one takes nobody new (rule C9).
func TestC9_AReplacedStructureTakesNobodyNew(t *testing.T) {
	w := managed(t)
	w.facts.Services["rh"] = structure.Service{Code: "rh"}
	w.register(shares)
	w.request("a2", "")
	w.request("a3", "rh")
	w.attach("a4", "compta")
	w.replace()

	w.refused(w.registration("late@potier.fr"), attachment.ErrReplaced)
	w.refused(attachment.Request{By: w.outsider("a5"), Comment: "x"}, attachment.ErrReplaced)
	w.refused(attachment.Request{By: account.By("a4"), Service: "rh", Comment: "x"}, attachment.ErrReplaced)
	w.refused(attachment.Create{By: account.By("a5"), Details: details("a5")}, attachment.ErrReplaced)

	for _, by := range []account.Actor{account.By("r1"), account.By("a2"), account.Support("Anne")} {
		w.refused(attachment.Approve{By: by, Account: "r2"}, attachment.ErrReplaced)
		w.refused(attachment.Approve{By: by, Account: "a3", Service: "rh"}, attachment.ErrReplaced)
	}

	// Whoever is there may go, and whoever waits may be refused or withdraw.
	w.do(attachment.Refuse{By: account.By("r1"), Account: "r2"})
	w.do(attachment.Withdraw{By: account.By("a2")})
	w.do(attachment.Depart{By: account.By("a3"), Account: "a3"})
	w.do(attachment.Depart{By: account.By("a4"), Account: "a4"})
}
