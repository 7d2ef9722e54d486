package attachment_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// Everybody who might decide on a1's request, in every standing: who may approve, who may refuse, and why not.
func TestD5_OnlyDecidersDecideAndSupportWhileNoneCan(t *testing.T) {
	const (
		yes       = "yes"
		noManager = "attachment.no_manager"
		own       = "attachment.own_request"
		not       = "attachment.not_decider"
		blocked   = not + " habilitation.account_inactive"
		elsewhere = not + " habilitation.not_attached"
		suspended = not + " habilitation.suspended"
		granted   = not + " habilitation.not_granted"
		inactive  = "attachment.inactive habilitation.structure_inactive"
	)

	// In a managed structure: r1 manages, deputy holds Organisation/modification by grant, and so do suspended and blocked;
	// clerk is attached to a service only; user has the default profiles.
	populated := func(t tb) *world {
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
		w.request("a1", "")

		return w
	}

	type answers map[string][2]string // of an actor: approving, refusing

	for name, c := range map[string]struct {
		world func(tb) *world
		want  answers
	}{
		"managed": {populated, answers{
			"r1": {yes, yes}, "deputy": {yes, yes}, "user": {granted, granted}, "clerk": {elsewhere, elsewhere},
			"suspended": {suspended, suspended}, "blocked": {blocked, blocked}, "stranger": {elsewhere, elsewhere},
			"a1": {elsewhere, elsewhere}, "nobody": {blocked, blocked},
			"support": {not, not}, "system": {not, not}, "": {not, not},
		}},
		"managed, the manager blocked": {func(t tb) *world {
			w := populated(t)
			w.become("r1", account.Blocked)

			return w
		}, answers{
			"r1": {blocked, blocked}, "deputy": {yes, yes}, "user": {granted, granted}, "support": {not, not}, "system": {not, not},
		}},
		"managed, all who can blocked": {func(t tb) *world {
			w := populated(t)
			w.become("r1", account.Blocked)
			w.become("deputy", account.Blocked)

			return w
		}, answers{
			"r1": {blocked, blocked}, "deputy": {blocked, blocked}, "user": {granted, granted}, "support": {yes, yes}, "system": {not, not},
		}},
		"inactive": {func(t tb) *world {
			w := populated(t)
			w.facts.Structure.Status = structure.Inactive

			return w
		}, answers{
			"r1": {inactive, yes}, "deputy": {inactive, yes}, "user": {granted, granted}, "clerk": {elsewhere, elsewhere},
			"suspended": {suspended, suspended}, "support": {not, not}, "system": {not, not},
		}},
		"inactive, the manager blocked": {func(t tb) *world {
			w := populated(t)
			w.facts.Structure.Status = structure.Inactive
			w.become("r1", account.Blocked)

			return w
		}, answers{"r1": {blocked, blocked}, "deputy": {inactive, yes}, "support": {not, not}}},
		"inactive, all who can blocked": {func(t tb) *world {
			w := populated(t)
			w.facts.Structure.Status = structure.Inactive
			w.become("r1", account.Blocked)
			w.become("deputy", account.Blocked)

			return w
		}, answers{"r1": {blocked, blocked}, "deputy": {blocked, blocked}, "support": {inactive, yes}}},
		"vacant": {func(t tb) *world {
			w := managed(t)
			w.vacate()
			w.request("a1", "")

			return w
		}, answers{
			"r1": {elsewhere, elsewhere}, "a1": {elsewhere, elsewhere}, "support": {yes, yes}, "system": {not, not}, "": {not, not},
		}},
		"vacant and inactive": {func(t tb) *world {
			w := managed(t)
			w.vacate()
			w.facts.Structure.Status = structure.Inactive
			w.request("a1", "")

			return w
		}, answers{"support": {inactive, yes}}},
		"claimed": {func(t tb) *world {
			w := newWorld(t)
			w.register("first@potier.fr")
			w.request("a1", "")
			w.outsider("stranger")

			return w
		}, answers{
			"r1": {noManager, noManager}, "a1": {noManager, noManager}, "stranger": {noManager, noManager},
			"nobody": {noManager, noManager}, "support": {noManager, noManager}, "system": {not, not}, "": {not, not},
		}},
		"unclaimed, with a request that cannot succeed": {func(t tb) *world {
			w := newWorld(t)
			w.register("first@potier.fr")
			w.request("a1", "")
			w.become("a1", account.Deactivated)
			w.do(attachment.Withdraw{By: account.By("r1")})
			w.standing(attachment.Unclaimed, "")

			return w
		}, answers{
			"r1": {noManager, noManager}, "a1": {noManager, noManager}, "support": {noManager, yes}, "system": {not, not},
		}},
		"managed, deciding on oneself": {func(t tb) *world {
			w := populated(t)
			w.do(attachment.Approve{By: account.By("r1"), Account: "a1"})
			w.grant("a1", "", habilitation.Manage)

			return w
		}, answers{"a1": {own, own}}},
	} {
		for who, want := range c.want {
			t.Run(name+", "+who, func(t *testing.T) {
				by := account.By(account.ID(who))

				switch who {
				case "support":
					by = account.Support("Anne")
				case "system":
					by = account.System()
				case "":
					by = account.Actor{}
				}

				w := c.world(t)
				for i, command := range []attachment.Command{
					attachment.Approve{By: by, Account: "a1"}, attachment.Refuse{By: by, Account: "a1"},
				} {
					changes, err := w.decide(command)
					if want[i] == yes {
						require.NoError(t, err, "%s", command)
						assert.Len(t, changes, 1)
						continue
					}

					assert.Equal(t, want[i], codes(t, err), "%s", command)
				}
			})
		}
	}
}

// codes are those of a refusal and of the condition of rule E6 that failed, if one did.
func codes(t *testing.T, err error) string {
	t.Helper()

	var refused *attachment.Error

	require.ErrorAs(t, err, &refused)

	var denied *habilitation.Denied
	if !errors.As(err, &denied) {
		return refused.Code()
	}

	assert.Equal(t, habilitation.Scope{Structure: "s1"}, denied.Scope)
	assert.Equal(t, habilitation.Manage, denied.Profile)

	return refused.Code() + " " + denied.Code()
}
