package attachment_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/structure"
)

// Everybody who may have somebody go, from every place in the structure: what becomes of it, or why nothing does.
func TestD6_TheMainManagerHandsOverOrIsAloneAndLeavesTheStructureVacant(t *testing.T) {
	others := map[string]func(w *world){
		"alone": func(*world) {},
		"with requests only": func(w *world) {
			w.request("a1", "")
			w.register("second@potier.fr")
			w.do(attachment.Approve{By: account.By("r1"), Account: "r2"})
		},
		"with a user":    func(w *world) { w.attach("a1", "") },
		"with a service": func(w *world) { w.attach("a1", "compta") },
		"with a suspended user": func(w *world) {
			w.attach("a1", "compta")
			w.suspend("a1", "compta")
		},
		"with one who has gone": func(w *world) {
			w.attach("a1", "")
			w.do(attachment.Depart{By: account.By("a1"), Account: "a1"})
		},
	}
	alone := map[string]bool{"alone": true, "with requests only": true, "with one who has gone": true}

	for name, with := range others {
		for _, vacant := range []bool{false, true} {
			for _, replaced := range []bool{false, true} {
				for _, by := range []account.Actor{account.By("r1"), account.Support("Anne")} {
					w := managed(t)
					with(w)

					if replaced {
						w.replace()
					}

					w.now = noon.Add(hour)
					leave := attachment.Depart{By: by, Account: "r1", Vacant: vacant}

					switch {
					case replaced: // nobody is needed under a former identifier
					case !alone[name]:
						assert.Equal(t, key("r1"), w.refused(leave, attachment.ErrNotAlone).Key, name)
						continue
					case !vacant:
						w.refused(leave, attachment.ErrMainManager)
						continue
					}

					left := w.roster.Attached - 1
					assert.Equal(t, []attachment.Change{
						attachment.UserDetached{Key: key("r1"), By: by, At: w.now},
						attachment.ManagerLeft{Account: "r1", At: w.now},
					}, w.do(leave), name)
					w.standing(attachment.Vacant, "")
					assert.Equal(t, left, w.roster.Attached, name)
					assert.Equal(t, attachment.Detached, w.row("r1", "").State, name)
					assert.Equal(t, structure.Inactive, w.facts.Structure.Status, name)
				}
			}
		}
	}
}

func TestB12_WhoeverGoesHasNothingLeftInTheStructure(t *testing.T) {
	for name, by := range map[string]account.Actor{"by themselves": account.By("a1"), "by support": account.Support("Anne")} {
		w := managed(t)
		w.facts.Services["rh"], w.facts.Services["paie"] = structure.Service{Code: "rh"}, structure.Service{Code: "paie"}
		w.attach("a1", "compta")
		w.attach("a1", "rh")
		w.suspend("a1", "rh")
		w.request("a1", "paie")
		w.request("a1", "")
		w.attach("a2", "compta")
		w.now = noon.Add(hour)

		service := func(code structure.Code) attachment.Key { return attachment.Key{Account: "a1", Service: code} }
		assert.Equal(t, []attachment.Change{
			attachment.RequestWithdrawn{Key: key("a1"), At: w.now},
			attachment.UserDetached{Key: service("compta"), By: by, At: w.now},
			attachment.RequestWithdrawn{Key: service("paie"), At: w.now},
			attachment.UserDetached{Key: service("rh"), By: by, At: w.now},
		}, w.do(attachment.Depart{By: by, Account: "a1", Vacant: true}), name)

		assert.Empty(t, w.roster.Rights(w.facts, "a1", w.now).Holdings, name)
		assert.Equal(t, attachment.Attached, w.row("a2", "compta").State, name)
		assert.Equal(t, 2, w.roster.Attached, name)
		w.standing(attachment.Managed, "r1")
		assert.Equal(t, structure.Active, w.facts.Structure.Status, "nobody else's going touches the structure")

		// Twice is once.
		w.refused(attachment.Depart{By: by, Account: "a1"}, attachment.ErrNotAttached)
	}
}

func TestB12_OnlyThePersonAndSupportHaveSomebodyGo(t *testing.T) {
	w := managed(t)
	w.attach("a1", "")
	w.outsider("a2")

	for _, by := range []account.Actor{
		{},
		account.System(), account.By("r1"), account.By("a2"), account.By("nobody"),
		{Kind: account.ActorSystem, ID: "a1"},
	} {
		told := w.refused(attachment.Depart{By: by, Account: "a1", Vacant: true}, attachment.ErrNotYours)
		assert.Equal(t, key("a1"), told.Key)
	}

	w.refused(attachment.Depart{By: account.By("a2"), Account: "a2"}, attachment.ErrNotAttached)
	w.refused(attachment.Depart{By: account.Support("Anne"), Account: "nobody"}, attachment.ErrNotAttached)
	w.refused(attachment.Depart{By: account.Support("Anne")}, attachment.ErrNotAttached)
}

func TestB12_AClaimIsNoAttachmentToGoFrom(t *testing.T) {
	w := queued(t)
	w.refused(attachment.Depart{By: account.By("r1"), Account: "r1"}, attachment.ErrNotAttached) // it is withdrawn

	w.do(attachment.Depart{By: account.By("a1"), Account: "a1"})
	assert.Equal(t, attachment.Withdrawn, w.row("a1", "").State)
	w.standing(attachment.InClaim, "r1")
	assert.Equal(t, []account.ID{"r2", "r3"}, w.roster.Line(w.facts, w.now))
}

// The claim is over and a1 has succeeded, though nobody has applied that: they are the main manager who cannot just go.
func TestD6_WhoSucceededIsTheMainManagerWhoGoes(t *testing.T) {
	w := newWorld(t)
	w.register("first@potier.fr")
	w.request("a1", "")
	w.request("a2", "")
	w.now = noon.Add(24 * hour)

	w.refused(attachment.Depart{By: account.By("a1"), Account: "a1"}, attachment.ErrMainManager)
	assert.Equal(t, []string{"time over", "user attached", "manager named", "user detached", "manager left"},
		actions(w.do(attachment.Depart{By: account.By("a1"), Account: "a1", Vacant: true})))
	w.standing(attachment.Vacant, "")
	assert.Equal(t, attachment.Requested, w.row("a2", "").State, "requests to a vacant structure wait")
}

// Support may be asked for a structure that was left: the next who asks waits for it, and is attached by it.
func TestD6_AVacantStructureIsSupportsToDecideOn(t *testing.T) {
	w := managed(t)
	w.do(attachment.Depart{By: account.By("r1"), Account: "r1", Vacant: true})
	w.request("a1", "")
	w.refused(attachment.Approve{By: account.By("r1"), Account: "a1"}, attachment.ErrNotDecider)
	w.refused(attachment.Approve{By: account.Support("Anne"), Account: "a1"}, attachment.ErrNotDecider) // inactive (C8)

	w.facts.Structure.Status = structure.Active
	w.do(attachment.Approve{By: account.Support("Anne"), Account: "a1"})
	w.standing(attachment.Vacant, "")

	// The former main manager may come back, as anybody.
	w.request("r1", "")
	w.do(attachment.Approve{By: account.Support("Anne"), Account: "r1"})
	assert.Equal(t, defaults(w, "", account.Support("Anne")), w.row("r1", "").Grants)
}
