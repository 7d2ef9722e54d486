package attachment_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// crowded is a managed structure with everybody who may have to do with it: r1 manages, deputy holds
// Organisation/modification by grant, and so do suspended and blocked; clerk is attached to a service only; user has
// the default profiles, asker an open request, waiting is a registration, stranger an account without anything here.
func crowded(t tb) *world {
	w := managed(t)

	for _, id := range []account.ID{"deputy", "user", "suspended", "blocked"} {
		w.attach(id, "")
	}

	w.attach("clerk", "compta")

	for _, id := range []account.ID{"deputy", "suspended", "blocked"} {
		w.grant(id, "", habilitation.Manage)
	}

	w.suspend("suspended", "")
	w.become("blocked", account.Blocked)
	w.outsider("stranger")
	w.request("asker", "")
	w.register("waiting@potier.fr") // r2

	return w
}

// deciding are the worlds of the table, and actors its rows.
var (
	deciding = map[string]func(t tb) *world{
		"unclaimed": newWorld,
		"claimed": func(t tb) *world {
			w := newWorld(t)
			w.register("first@potier.fr")

			return w
		},
		"managed": crowded,
		"managed by one": func(t tb) *world {
			w := crowded(t)
			w.suspend("deputy", "")

			return w
		},
		"left": func(t tb) *world { // by a manager who cannot act
			w := crowded(t)
			w.become("r1", account.Blocked)

			return w
		},
		"left by all": func(t tb) *world {
			w := crowded(t)
			w.become("r1", account.Blocked)
			w.become("deputy", account.Blocked)

			return w
		},
		"vacant": func(t tb) *world { // whoever else is attached stays: what no command leads to, and a copy may
			w := crowded(t)
			w.roster.Standing, w.roster.Holder = attachment.Vacant, ""

			return w
		},
		"vacant, with nobody who can": func(t tb) *world {
			w := crowded(t)
			w.suspend("deputy", "")
			w.roster.Standing, w.roster.Holder = attachment.Vacant, ""

			return w
		},
	}

	actors = map[string]account.Actor{
		"r1": account.By("r1"), "deputy": account.By("deputy"), "user": account.By("user"), "clerk": account.By("clerk"),
		"suspended": account.By("suspended"), "blocked": account.By("blocked"), "asker": account.By("asker"),
		"r2": account.By("r2"), "stranger": account.By("stranger"), "unknown": account.By("unknown"),
		"support": account.Support("Anne"), "the system": account.System(), "nobody": {},
		"support of an id": {Kind: account.ActorSupport, ID: "r1"},
	}
)

// Every act by every kind of actor in every standing and status, written down a second time.
func TestC7_WhoMayDoWhatInTheNameOfAStructure(t *testing.T) {
	const (
		yes       = ""
		not       = "attachment.not_decider"
		noManager = "attachment.no_manager"
		blocked   = not + " habilitation.account_inactive"
		elsewhere = not + " habilitation.not_attached"
		suspended = not + " habilitation.suspended"
		granted   = not + " habilitation.not_granted"
		inactive  = "attachment.inactive habilitation.structure_inactive"
	)

	acts := []attachment.Act{
		attachment.ActApprove, attachment.ActRefuse, attachment.ActDescribe, attachment.ActChange, attachment.ActActivate,
		attachment.ActAttach, attachment.ActDetach, attachment.ActSuspend, attachment.ActGrant, attachment.ActHandOver,
	}
	assert.Equal(t, acts, attachment.Acts())

	type answers [10]string // in the order of acts

	all := func(answer string) (out answers) {
		for i := range out {
			out[i] = answer
		}

		return out
	}

	// What an actor is answered in an active and in an inactive structure, where refusing, activating, detaching and
	// handing over stay (C8).
	type row struct{ active, inactive answers }

	same := func(answer string) row { return row{all(answer), all(answer)} }
	decider := row{all(yes), answers{inactive, yes, inactive, inactive, yes, inactive, yes, inactive, inactive, yes}}
	able := same(not) // support while somebody can decide may describe, and nothing else
	able.active[2], able.inactive[2] = yes, yes
	unable := decider
	unable.inactive[2] = yes

	known := map[string]row{
		"r1": decider, "deputy": decider, "user": same(granted), "clerk": same(elsewhere), "suspended": same(suspended),
		"blocked": same(blocked), "asker": same(elsewhere), "r2": same(blocked), "stranger": same(elsewhere),
		"unknown": same(blocked), "support": able, "support of an id": able, "the system": same(not), "nobody": same(not),
	}
	but := func(base, other map[string]row) map[string]row {
		out := maps.Clone(base)
		maps.Copy(out, other)

		return out
	}
	nobody := map[string]row{}

	for who, by := range actors {
		nobody[who] = same(noManager)
		if by.Kind != account.ActorAccount && by.Kind != account.ActorSupport {
			nobody[who] = same(not)
		}
	}

	want := map[string]map[string]row{
		"unclaimed": nobody, "claimed": nobody, "managed": known,
		"managed by one": but(known, map[string]row{"deputy": same(suspended)}),
		"left":           but(known, map[string]row{"r1": same(blocked)}), // deputy can
		"left by all": but(known, map[string]row{
			"r1": same(blocked), "deputy": same(blocked), "support": unable, "support of an id": unable,
		}),
		// No longer the main manager, r1 has no profile: those came with the role.
		"vacant": but(known, map[string]row{"r1": same(granted)}),
		"vacant, with nobody who can": but(known, map[string]row{
			"r1": same(granted), "deputy": same(suspended), "support": unable, "support of an id": unable,
		}),
	}

	for standing, world := range deciding {
		start := world(t)

		for who, by := range actors {
			require.Contains(t, want[standing], who)

			for i, act := range acts {
				for _, status := range []structure.Status{structure.Active, structure.Inactive} {
					answer := want[standing][who].active[i]
					if status == structure.Inactive {
						answer = want[standing][who].inactive[i]
					}

					w := start.clone()
					w.facts.Structure.Status = status
					name := standing + " and " + status.String() + ": " + act.String() + " by " + who

					err := w.roster.Manages(w.known(), by, act, w.now)
					assert.Equal(t, status, w.facts.Structure.Status, "untouched")

					if answer == yes {
						require.NoError(t, err, name)
						require.NoError(t, w.roster.MayManage(w.known(), by, act, w.now), name)

						continue
					}

					if assert.Error(t, err, name) {
						assert.Equal(t, answer, codes(t, err), name)

						var told *attachment.Error

						require.ErrorAs(t, err, &told)
						assert.Equal(t, key(by.ID), told.Key, name)
						assert.Equal(t, w.roster.MayManage(w.known(), by, act, w.now), told.Cause, name)
					}
				}
			}
		}
	}
}

// Once another identifier has taken its place nothing is done in its name any more but to refuse what still waits.
func TestC9_NothingIsDoneInTheNameOfAReplacedStructureButRefusing(t *testing.T) {
	for standing, world := range deciding {
		start := world(t)

		for who, by := range actors {
			for _, act := range attachment.Acts() {
				w := start.clone()
				w.facts.Structure.Status = structure.Inactive
				before := w.roster.MayManage(w.known(), by, act, w.now)
				w.replace()

				err := w.roster.MayManage(w.known(), by, act, w.now)
				name := standing + ": " + act.String() + " by " + who

				if act == attachment.ActRefuse {
					assert.Equal(t, before, err, name)
					continue
				}

				require.ErrorIs(t, err, attachment.ErrReplaced, name)
				assert.Equal(t, "attachment.replaced", codes(t, w.roster.Manages(w.known(), by, act, w.now)), name)
			}
		}
	}
}

// Approving and refusing by a command asks the same table, wherever there is a request to decide on.
func TestC8_InAnInactiveStructureRequestsAreRefusedAndNotApproved(t *testing.T) {
	starts := map[string]*world{}
	for standing, world := range deciding {
		starts[standing] = world(t)
	}

	for who, by := range actors {
		if by.Is("asker") { // nobody decides on their own (D5)
			continue
		}

		for _, standing := range []string{"managed", "left", "left by all", "vacant", "vacant, with nobody who can"} {
			for _, status := range []structure.Status{structure.Active, structure.Inactive} {
				w := starts[standing].clone()
				w.facts.Structure.Status = status

				for act, command := range map[attachment.Act]attachment.Command{
					attachment.ActApprove: attachment.Approve{By: by, Account: "asker"},
					attachment.ActRefuse:  attachment.Refuse{By: by, Account: "asker"},
				} {
					_, err := w.decide(command)
					may := w.roster.MayManage(w.known(), by, act, w.now)
					assert.Equal(t, may == nil, err == nil, "%s and %s: %s by %s: %v", standing, status, act, who, err)
				}
			}
		}
	}
}

// Consultation stays in an inactive structure, and modification goes, whoever holds it (rule C8).
func TestC8_InAnInactiveStructureConsultationStays(t *testing.T) {
	w := crowded(t)
	scope := habilitation.Scope{Structure: "s1"}
	look := habilitation.Profile{Application: "annuaire", Level: habilitation.Consultation}
	act := habilitation.Profile{Application: "annuaire", Level: habilitation.Modification}

	for _, id := range []account.ID{"r1", "deputy", "user"} {
		w.facts.Structure.Status = structure.Active
		require.NoError(t, w.roster.Rights(w.facts, id, w.now).Check(w.now, scope, act))

		w.facts.Structure.Status = structure.Inactive
		require.NoError(t, w.roster.Rights(w.facts, id, w.now).Check(w.now, scope, look))
		require.ErrorIs(t, w.roster.Rights(w.facts, id, w.now).Check(w.now, scope, act), habilitation.ErrStructureInactive)
	}
}

func TestD11_ActsHaveStableNames(t *testing.T) {
	for act, want := range map[attachment.Act]string{
		0: "invalid", attachment.ActApprove: "approve", attachment.ActRefuse: "refuse", attachment.ActDescribe: "describe",
		attachment.ActChange: "change", attachment.ActActivate: "activate", attachment.ActAttach: "attach",
		attachment.ActDetach: "detach", attachment.ActSuspend: "suspend", attachment.ActGrant: "grant",
		attachment.ActHandOver: "hand over", attachment.ActHandOver + 1: "invalid",
	} {
		assert.Equal(t, want, act.String())
	}
}
