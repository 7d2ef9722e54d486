package attachment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// row makes a row in a state.
func row(id account.ID, service structure.Code, state attachment.State) attachment.Attachment {
	return attachment.Attachment{Key: attachment.Key{Account: id, Service: service}, State: state}
}

func TestRowsAreFoundByTheirNaturalKey(t *testing.T) {
	r := attachment.Roster{Rows: []attachment.Attachment{
		row("b", "", attachment.Attached), row("a", "rh", attachment.Requested), row("a", "", attachment.Refused),
		row("a", "compta", attachment.Attached),
	}}

	found, ok := r.Row(attachment.Key{Account: "a", Service: "compta"})
	assert.True(t, ok)
	assert.Equal(t, row("a", "compta", attachment.Attached), found)

	none, ok := r.Row(attachment.Key{Account: "b", Service: "compta"})
	assert.False(t, ok)
	assert.Equal(t, row("b", "compta", 0), none)

	assert.Equal(t, []attachment.Attachment{
		row("a", "", attachment.Refused), row("a", "compta", attachment.Attached), row("a", "rh", attachment.Requested),
	}, r.RowsOf("a"))
	assert.Empty(t, r.RowsOf("c"))

	only := r.Only(map[attachment.Key]bool{{Account: "a", Service: "rh"}: true, {Account: "c"}: true})
	assert.Equal(t, []attachment.Attachment{row("a", "rh", attachment.Requested)}, only.Rows)
	assert.Len(t, r.Rows, 4, "a copy")
}

func TestD3_WhoBelongsToAStructureIsAttachedOrSuspendedThere(t *testing.T) {
	for _, service := range []structure.Code{"", "compta"} {
		for _, state := range append(attachment.States(), 0) {
			r := attachment.Roster{Rows: []attachment.Attachment{row("b", "", attachment.Attached), row("a", service, state)}}
			want := state == attachment.Attached || state == attachment.Suspended
			assert.Equal(t, want, r.Belongs("a"), "%s at %q", state, service)
		}
	}

	// One row is enough, whatever the others are.
	r := attachment.Roster{Rows: []attachment.Attachment{
		row("a", "", attachment.Refused), row("a", "rh", attachment.Suspended), row("b", "", attachment.Requested),
	}}
	assert.True(t, r.Belongs("a"))
	assert.False(t, r.Belongs("b"))
	assert.False(t, r.Belongs("c"), "another's row")
	assert.False(t, r.Belongs(""))
	assert.False(t, attachment.Roster{}.Belongs("a"))
}

func TestKeysAreOrderedByAccountThenService(t *testing.T) {
	ordered := []attachment.Key{{Account: "a"}, {Account: "a", Service: "rh"}, {Account: "b"}, {Account: "b", Service: "compta"}}

	for i, a := range ordered {
		for j, b := range ordered {
			assert.Equal(t, map[bool]int{true: -1}[i < j]+map[bool]int{true: 1}[i > j], a.Compare(b))
		}
	}
}

func TestARostersCloneSharesNoMemory(t *testing.T) {
	full := row("a", "", attachment.Attached)
	full.Details = details("a")
	full.Grants = []attachment.Grant{{Profile: habilitation.Manage}}
	r := attachment.Roster{Queue: []account.ID{"a", "b"}, Rows: []attachment.Attachment{full}}

	before := snapshot(t, r, attachment.Facts{})
	clone := r.Clone()
	assert.Equal(t, r, clone)

	clone.Queue[0] = "x"
	clone.Rows[0].State = attachment.Detached
	clone.Rows[0].Grants[0].By = account.System()
	clone.Rows[0].Details.Data.Town = "x"
	clone.Rows[0].Details.Applications[0] = "x"
	assert.Equal(t, before, snapshot(t, r, attachment.Facts{}))
}

func TestD1_TheLineIsTheOpenRequestsAtStructureLevelThatCanSucceedOldestFirst(t *testing.T) {
	at := func(id account.ID, service structure.Code, state attachment.State, order int64, due time.Time) attachment.Attachment {
		out := row(id, service, state)
		out.Order, out.Due = order, due

		return out
	}

	r := attachment.Roster{Rows: []attachment.Attachment{
		at("third", "", attachment.Requested, 7, time.Time{}),
		at("first", "", attachment.Requested, 2, noon.Add(1)),
		at("tied-b", "", attachment.Requested, 5, time.Time{}), // of one version, as after a copy: by account
		at("tied-a", "", attachment.Requested, 5, time.Time{}),
		at("over", "", attachment.Requested, 1, noon),
		at("service", "compta", attachment.Requested, 1, time.Time{}),
		at("blocked", "", attachment.Requested, 1, time.Time{}),
		at("ended", "", attachment.Requested, 1, time.Time{}),
		at("nobody", "", attachment.Requested, 1, time.Time{}),
		at("claimed", "", attachment.Claimed, 1, time.Time{}),
		at("approved", "", attachment.Approved, 1, time.Time{}),
		at("attached", "", attachment.Attached, 1, time.Time{}),
		at("refused", "", attachment.Refused, 1, time.Time{}),
	}}
	f := attachment.Facts{
		Registrations: map[account.ID]account.Registration{
			"first": {State: account.AwaitingApproval}, "over": {State: account.AwaitingApproval},
			"ended": {State: account.Lapsed}, "blocked": {State: account.AwaitingApproval}, "third": {State: account.Activated},
			"claimed": {State: account.AwaitingActivation}, "approved": {State: account.AwaitingActivation},
		},
		Accounts: map[account.ID]account.Account{
			"third": {State: account.Active}, "tied-a": {State: account.Active}, "tied-b": {State: account.Active},
			"service": {State: account.Active}, "blocked": {State: account.Blocked}, "attached": {State: account.Active},
			"refused": {State: account.Active},
		},
	}

	assert.Equal(t, []account.ID{"first", "tied-a", "tied-b", "third"}, r.Line(f, noon))
	assert.Equal(t, []account.ID{"tied-a", "tied-b", "third"}, r.Line(f, noon.Add(1)))
	assert.Empty(t, attachment.Roster{}.Line(f, noon))
}

func TestE6_RightsComeFromTheRowsThatAreAttachments(t *testing.T) {
	for _, state := range append(attachment.States(), 0) {
		r := row("a", "", state)
		r.Grants = []attachment.Grant{{Profile: habilitation.Manage}}
		h, ok := r.Holding(structure.Structure{ID: "s1"}, structure.Service{}, false)

		if state != attachment.Attached && state != attachment.Suspended {
			assert.False(t, ok, state)
			assert.Equal(t, habilitation.Holding{}, h)
			continue
		}

		assert.True(t, ok, state)
		assert.Equal(t, habilitation.Holding{
			Structure: structure.Structure{ID: "s1"}, Suspended: state == attachment.Suspended,
			Profiles: []habilitation.Profile{habilitation.Manage},
		}, h)
	}

	// The main manager is that at structure level only (D3).
	h, _ := row("a", "", attachment.Attached).Holding(structure.Structure{}, structure.Service{}, true)
	assert.True(t, h.MainManager)
	h, _ = row("a", "compta", attachment.Attached).Holding(structure.Structure{}, structure.Service{Code: "compta"}, true)
	assert.False(t, h.MainManager)
}

func TestE6_ARostersRightsAreThoseOfOneAccount(t *testing.T) {
	w := managed(t)
	w.facts.Services["rh"] = structure.Service{Code: "rh"}
	w.attach("a1", "rh")
	w.attach("a1", "compta")
	w.attach("a2", "")

	rights := w.roster.Rights(w.facts, "a1", w.now)
	assert.Equal(t, account.ID("a1"), rights.Account)
	assert.Equal(t, account.Active, rights.State)
	assert.Equal(t, w.now, rights.AsOf)
	require.Len(t, rights.Holdings, 2)
	assert.Equal(t, w.facts.Services["compta"], rights.Holdings[0].Service)
	assert.Equal(t, w.facts.Structure, rights.Holdings[0].Structure)
	assert.Equal(t, structure.Code("rh"), rights.Holdings[1].Service.Code)
	assert.Len(t, rights.Holdings[0].Profiles, 4)

	rights = w.roster.Rights(w.facts, "r1", w.now)
	require.Len(t, rights.Holdings, 1)
	assert.True(t, rights.Holdings[0].MainManager)

	// A service that the facts do not hold is not the structure itself.
	delete(w.facts.Services, "rh")
	scope := habilitation.Scope{Structure: "s1"}
	p := habilitation.Profile{Application: "annuaire", Level: habilitation.Consultation}
	require.ErrorIs(t, w.roster.Rights(w.facts, "a1", w.now).Check(w.now, scope, p), habilitation.ErrNotAttached)

	// Without a manager, whoever was it last is nobody.
	w = managed(t)
	w.roster.Standing = attachment.Vacant
	assert.False(t, w.roster.Rights(w.facts, "r1", w.now).Holdings[0].MainManager)

	rights = w.roster.Rights(w.facts, "nobody", w.now)
	assert.Empty(t, rights.Holdings)
	assert.Zero(t, rights.State)
}

func grants(all ...habilitation.Profile) []attachment.Grant {
	var out []attachment.Grant
	for _, p := range all {
		out = append(out, attachment.Grant{Profile: p})
	}

	return out
}

func TestD2_CheckFindsEveryBrokenRoster(t *testing.T) {
	good := attachment.Roster{
		Standing: attachment.Managed, Holder: "m", Attached: 3,
		Rows: []attachment.Attachment{
			row("m", "", attachment.Attached), row("a", "compta", attachment.Attached), row("b", "", attachment.Suspended),
			row("c", "", attachment.Requested), row("d", "", attachment.Approved), row("e", "", attachment.Lapsed),
		},
	}
	carrying := good.Clone() // what an attachment may carry
	carrying.Rows[1].Grants, carrying.Rows[2].Grants = grants(look, act), grants(look, act, habilitation.Manage)
	carrying.Rows[1].Wish.Profiles, carrying.Rows[1].Remind, carrying.Rows[3].Remind = profiles{send}, noon, noon
	carrying.Contest = attachment.Contest{Since: noon, By: "c", Of: "m", Frozen: true}

	claimed := attachment.Roster{
		Standing: attachment.InClaim, Holder: "c",
		Rows: []attachment.Attachment{row("c", "", attachment.Claimed), row("d", "", attachment.Requested)},
	}

	for name, r := range map[string]attachment.Roster{
		"nothing":       {},
		"managed":       good,
		"with profiles": carrying,
		"at a service, the manager": {
			Standing: attachment.Managed, Holder: "m", Attached: 1, // of a service row the manager may have had once
			Rows: []attachment.Attachment{row("m", "", attachment.Attached), row("m", "rh", attachment.Detached)},
		},
		"claimed":                   claimed,
		"vacant, with nobody":       {Standing: attachment.Vacant},
		"vacant, with somebody":     {Standing: attachment.Vacant, Attached: 1, Rows: []attachment.Attachment{row("a", "", attachment.Attached)}},
		"unclaimed, with a request": {Rows: []attachment.Attachment{row("a", "", attachment.Requested)}},
	} {
		require.NoError(t, attachment.Check(r), name)
	}

	for name, c := range map[string]struct {
		from  attachment.Roster
		wreck func(*attachment.Roster)
		says  string
	}{
		"two rows of one key": {good, func(r *attachment.Roster) {
			r.Rows = append(r.Rows, row("c", "", attachment.Refused))
		}, `account c has two rows at service ""`},
		"a row without state": {good, func(r *attachment.Roster) { r.Rows[3].State = 0 }, "the row of c has no state"},
		"grants of nobody": {good, func(r *attachment.Roster) {
			r.Rows[3].Grants = []attachment.Grant{{}}
		}, "c has profiles while requested"},
		"a wish of nobody": {good, func(r *attachment.Roster) {
			r.Rows[3].Wish.Profiles = profiles{look}
		}, "c has profiles while requested"},
		"profiles besides the role": {good, func(r *attachment.Roster) {
			r.Rows[0].Grants = grants(look)
		}, "main manager m has profiles besides those of the role"},
		"a wish besides the role": {good, func(r *attachment.Roster) {
			r.Rows[0].Wish.Profiles = profiles{look}
		}, "main manager m has profiles besides those of the role"},
		"a reminder of nothing": {good, func(r *attachment.Roster) {
			r.Rows[1].Remind = noon
		}, "a is reminded of while nothing waits"},
		"a reminder of what ended": {good, func(r *attachment.Roster) {
			r.Rows[5].Remind = noon
		}, "e is reminded of while nothing waits"},
		"Organisation at a service": {good, func(r *attachment.Roster) {
			r.Rows[1].Grants = grants(look, see)
		}, `a has organisation/consultation at service "compta"`},
		"profiles that are not sorted": {good, func(r *attachment.Roster) {
			r.Rows[2].Grants = grants(look, see, act)
		}, "the profiles of b are not sorted"},
		"a profile twice": {good, func(r *attachment.Roster) {
			r.Rows[2].Grants = grants(look, look)
		}, "the profiles of b are not sorted, or one is there twice"},
		"frozen without a contest": {good, func(r *attachment.Roster) {
			r.Contest.Frozen = true
		}, "contest"},
		"a contest of nobody": {good, func(r *attachment.Roster) {
			r.Contest.Since = noon
		}, "contest"},
		"a contest that never was": {good, func(r *attachment.Roster) {
			r.Contest.By = "c"
		}, "contest"},
		"too many attached": {good, func(r *attachment.Roster) { r.Attached++ }, "3 rows are attached, the roster says 4"},
		"too few attached":  {good, func(r *attachment.Roster) { r.Attached = 0 }, "3 rows are attached, the roster says 0"},
		"attached at both levels": {good, func(r *attachment.Roster) {
			r.Rows = append(r.Rows, row("b", "rh", attachment.Attached))
			r.Attached++
		}, "b is attached at structure level and to a service"},
		"no manager": {good, func(r *attachment.Roster) { r.Holder = "" }, `managed with holder ""`},
		"a manager who is not attached": {good, func(r *attachment.Roster) {
			r.Holder = "c"
		}, `main manager c is "requested"`},
		"a manager who is suspended":   {good, func(r *attachment.Roster) { r.Holder = "b" }, `main manager b is "suspended"`},
		"a manager of a service only":  {good, func(r *attachment.Roster) { r.Holder = "a" }, `main manager a is ""`},
		"a manager who does not exist": {good, func(r *attachment.Roster) { r.Holder = "z" }, `main manager z is ""`},
		"a claim beside the manager": {good, func(r *attachment.Roster) {
			r.Rows[3].State = attachment.Claimed
		}, "1 claims although managed"},
		"a vacant one with a manager": {good, func(r *attachment.Roster) {
			r.Standing = attachment.Vacant
		}, `vacant with holder "m"`},
		"attached to what nobody knows": {good, func(r *attachment.Roster) {
			r.Standing, r.Holder = attachment.Unclaimed, ""
		}, "3 attached although unclaimed"},
		"attached while claimed": {claimed, func(r *attachment.Roster) {
			r.Rows[1].State, r.Attached = attachment.Attached, 1
		}, "1 attached although claimed"},
		"two claims": {claimed, func(r *attachment.Roster) { r.Rows[1].State = attachment.Claimed }, "with 2 claims"},
		"no claim": {claimed, func(r *attachment.Roster) {
			r.Rows[0].State = attachment.Lapsed
		}, "claimed by c, with 0 claims"},
		"another's claim":        {claimed, func(r *attachment.Roster) { r.Holder = "d" }, "claimed by d, with 1 claims"},
		"a claim without holder": {claimed, func(r *attachment.Roster) { r.Holder = "" }, `claimed with holder ""`},
		"a claim of nobody": {claimed, func(r *attachment.Roster) {
			r.Standing, r.Holder = attachment.Unclaimed, ""
		}, "1 claims although unclaimed"},
		"an unclaimed one with holder": {claimed, func(r *attachment.Roster) {
			r.Standing, r.Rows[0].State = attachment.Unclaimed, attachment.Lapsed
		}, `unclaimed with holder "c"`},
		"a standing that is not": {good, func(r *attachment.Roster) { r.Standing = 9 }, "standing 9 does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.from.Clone()
			c.wreck(&r)

			err := attachment.Check(r)
			require.ErrorIs(t, err, attachment.ErrBroken)
			assert.Contains(t, err.Error(), c.says)
		})
	}
}
