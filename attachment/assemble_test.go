package attachment_test

import (
	"testing"
	"time"

	"github.com/hashicorp/go-multierror"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// elsewhere is a structure that is known elsewhere, with its people and services, and that nobody has named here.
func elsewhere(t tb) *world {
	w := newWorld(t)
	w.facts.Structure = w.facts.Structure.Describe(*details("elsewhere"))

	for _, id := range []account.ID{"m", "a", "b", "away", "blocked", "closed"} {
		w.outsider(id)
	}

	w.become("away", account.Deactivated)
	w.become("blocked", account.Blocked)
	w.become("closed", account.Closed)

	return w
}

func member(id account.ID, service structure.Code, profiles ...habilitation.Profile) attachment.Member {
	return attachment.Member{Key: attachment.Key{Account: id, Service: service}, Profiles: profiles}
}

func TestD2_AStructureIsTakenOverFromElsewhereWithItsPeople(t *testing.T) {
	w := elsewhere(t)
	w.roster.Version = 4
	look := habilitation.Profile{Application: "annuaire", Level: habilitation.Consultation}
	suspended := member("b", "compta")
	suspended.Suspended, suspended.Since = true, noon.Add(-day)
	bare := member("away", "achats")
	bare.Profiles = []habilitation.Profile{}

	r, err := w.roster.Assemble(w.facts, "m", []attachment.Member{
		member("m", "", habilitation.Manage), // without meaning: the profiles come with the role
		member("a", "", look, habilitation.Manage, look), suspended, bare,
		member("blocked", ""),
	}, account.System(), noon)
	require.NoError(t, err)
	require.NoError(t, attachment.Check(r))

	at := func(id account.ID, service structure.Code, state attachment.State, since time.Time, grants []attachment.Grant) attachment.Attachment {
		return attachment.Attachment{
			Key: attachment.Key{Account: id, Service: service}, State: state, Order: 5, RequestedAt: noon, Since: since, Grants: grants,
		}
	}
	given := defaults(w, "compta", account.System())

	for i := range given {
		given[i].At = noon.Add(-day)
	}

	assert.Equal(t, attachment.Roster{
		Structure: "s1", Version: 4, Standing: attachment.Managed, Holder: "m", Attached: 5,
		Rows: []attachment.Attachment{
			at("m", "", attachment.Attached, noon, nil),
			at("a", "", attachment.Attached, noon, []attachment.Grant{
				{Profile: look, By: account.System(), At: noon}, {Profile: habilitation.Manage, By: account.System(), At: noon},
			}),
			at("b", "compta", attachment.Suspended, noon.Add(-day), given),
			at("away", "achats", attachment.Attached, noon, nil),
			at("blocked", "", attachment.Attached, noon, defaults(w, "", account.System())),
		},
	}, r)

	// Without manager it is vacant, be anybody attached or not.
	for _, members := range [][]attachment.Member{nil, {member("a", ""), member("b", "compta")}} {
		r, err = w.roster.Assemble(w.facts, "", members, account.System(), noon)
		require.NoError(t, err)
		assert.Equal(t, attachment.Vacant, r.Standing)
		assert.Equal(t, len(members), r.Attached)
	}
}

func TestD2_WhatNoCommandsCouldHaveLedToIsNotTakenOver(t *testing.T) {
	away := member("m", "")
	away.Suspended = true

	profile := func(app structure.Application, level habilitation.Level) habilitation.Profile {
		return habilitation.Profile{Application: app, Level: level}
	}

	for name, c := range map[string]struct {
		manager account.ID
		members []attachment.Member
		want    error
		key     attachment.Key
	}{
		"an inactive manager":    {"blocked", []attachment.Member{member("blocked", "")}, attachment.ErrAccountInactive, key("blocked")},
		"a deactivated manager":  {"away", []attachment.Member{member("away", "")}, attachment.ErrAccountInactive, key("away")},
		"an unknown manager":     {"x", nil, attachment.ErrAccountUnknown, key("x")},
		"a manager not attached": {"m", []attachment.Member{member("a", "")}, attachment.ErrNotAttached, key("m")},
		"a manager of a service": {"m", []attachment.Member{member("m", "compta")}, attachment.ErrNotAttached, key("m")},
		"a suspended manager":    {"m", []attachment.Member{away}, attachment.ErrSuspendedThere, key("m")},
		"somebody unknown":       {"", []attachment.Member{member("x", "")}, attachment.ErrAccountUnknown, key("x")},
		"somebody closed":        {"", []attachment.Member{member("closed", "")}, attachment.ErrAccountInactive, key("closed")},
		"an unknown service": {
			"", []attachment.Member{member("a", "chasse")}, attachment.ErrServiceUnknown, attachment.Key{Account: "a", Service: "chasse"},
		},
		"twice": {"", []attachment.Member{member("a", ""), member("a", "")}, attachment.ErrAttached, key("a")},
		"twice to a service": {
			"",
			[]attachment.Member{member("a", "compta"), member("b", ""), member("a", "compta")},
			attachment.ErrAttached,
			attachment.Key{Account: "a", Service: "compta"},
		},
		"at both levels": {
			"", []attachment.Member{member("a", ""), member("a", "compta")}, attachment.ErrAttached, attachment.Key{Account: "a", Service: "compta"},
		},
		"at both levels, the other way round": {
			"", []attachment.Member{member("a", "compta"), member("a", "")}, attachment.ErrAttached, key("a"),
		},
		"an application that is not open": {
			"", []attachment.Member{member("a", "", profile("signature", habilitation.Consultation))}, attachment.ErrProfile, key("a"),
		},
		"a level that is none": {"", []attachment.Member{member("a", "", profile("annuaire", 9))}, attachment.ErrProfile, key("a")},
		"Organisation at a service": {
			"", []attachment.Member{member("a", "compta", habilitation.Manage)}, attachment.ErrProfile, attachment.Key{Account: "a", Service: "compta"},
		},
	} {
		w := elsewhere(t)
		r, err := w.roster.Assemble(w.facts, c.manager, c.members, account.System(), noon)
		require.ErrorIs(t, err, c.want, name)
		assert.Equal(t, w.roster, r, name)

		assert.Equal(t, []refusal{{c.key, c.want}}, refusals(t, err), name)
	}

	// What is wrong with one member hides nothing about the manager.
	w := elsewhere(t)
	_, err := w.roster.Assemble(w.facts, "m", []attachment.Member{member("x", "")}, account.System(), noon)
	assert.Equal(t, []refusal{{key("x"), attachment.ErrAccountUnknown}, {key("m"), attachment.ErrNotAttached}}, refusals(t, err))

	// Two services of one account are two attachments.
	w = elsewhere(t)
	_, err = w.roster.Assemble(w.facts, "", []attachment.Member{member("a", "compta"), member("a", "achats")}, account.System(), noon)
	require.NoError(t, err)
}

// refusal is an [attachment.Error] as far as a test looks at it.
type refusal struct {
	Key attachment.Key
	Err error
}

// refusals unpacks what [attachment.Roster.Assemble] tells at once.
func refusals(t *testing.T, err error) []refusal {
	t.Helper()

	var all *multierror.Error

	require.ErrorAs(t, err, &all)

	var out []refusal

	for _, e := range all.Errors {
		var told *attachment.Error

		require.ErrorAs(t, e, &told)

		out = append(out, refusal{told.Key, told.Err})
	}

	return out
}

func TestD2_EveryFaultOfWhatIsTakenOverIsToldAtOnce(t *testing.T) {
	w := elsewhere(t)
	before := snapshot(t, w.roster, w.facts)
	at := func(id account.ID, service structure.Code) attachment.Key {
		return attachment.Key{Account: id, Service: service}
	}
	away := member("away", "")
	away.Suspended = true

	r, err := w.roster.Assemble(w.facts, "m", []attachment.Member{
		member("b", ""), // without fault
		member("x", ""),
		member("closed", "compta"),
		member("m", "chasse"),
		member("b", "compta"),
		member("a", "compta", habilitation.Manage, habilitation.Profile{Application: "signature"}), // one fault a row
		member("a", "compta"), // and the row counts as named
		away,
		member("x", ""), // unknown each time
	}, account.System(), noon)

	assert.Equal(t, w.roster, r)
	assert.Equal(t, before, snapshot(t, w.roster, w.facts))
	assert.Equal(t, []refusal{
		{key("x"), attachment.ErrAccountUnknown},
		{at("closed", "compta"), attachment.ErrAccountInactive},
		{at("m", "chasse"), attachment.ErrServiceUnknown},
		{at("b", "compta"), attachment.ErrAttached},
		{at("a", "compta"), attachment.ErrProfile},
		{at("a", "compta"), attachment.ErrAttached},
		{key("x"), attachment.ErrAccountUnknown},
	}, refusals(t, err))
}

func TestD2_AStructureThatIsPresentOrClaimedIsNotTakenOver(t *testing.T) {
	vacant := managed(t)
	vacant.vacate()

	for why, worlds := range map[error][]*world{
		attachment.ErrPresent: {managed(t), vacant}, attachment.ErrClaimed: {queued(t)},
	} {
		for _, w := range worlds {
			r, err := w.roster.Assemble(w.facts, "", nil, account.System(), noon)
			assert.Equal(t, []refusal{{Err: why}}, refusals(t, err))
			assert.Equal(t, w.roster, r)
		}
	}
}
