package habilitation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

func TestE6_RightsPastTheirAgeAnswerNothing(t *testing.T) {
	scope := habilitation.Scope{Structure: "s1"}
	r := rights(habilitation.Holding{Structure: acme(), MainManager: true})

	for name, c := range map[string]struct {
		maxAge time.Duration
		at     time.Time
		stale  bool
	}{
		"no age":              {0, noon.AddDate(1000, 0, 0), false},
		"when they were read": {time.Minute, noon, false},
		"before":              {time.Minute, noon.Add(-time.Hour), false},
		"at the end":          {time.Minute, noon.Add(time.Minute), false},
		"past the end":        {time.Minute, noon.Add(time.Minute + 1), true},
		"an age below zero":   {-time.Minute, noon, true},
	} {
		r.MaxAge = c.maxAge
		assert.Equal(t, c.stale, r.Stale(c.at), name)

		if !c.stale {
			require.NoError(t, r.Check(c.at, scope, read), name)
			assert.Len(t, r.Rows(c.at), 4, name)
			assert.Equal(t, []structure.ID{"s1"}, r.Managed(c.at), name)

			continue
		}

		from, err := r.Explain(c.at, scope, read)
		denied(t, err, habilitation.ErrStale, scope, read)
		assert.Equal(t, habilitation.Holding{}, from, name)
		denied(t, r.Check(c.at, scope, read), habilitation.ErrStale, scope, read)
		assert.Empty(t, r.Rows(c.at), name)
		assert.Empty(t, r.Managed(c.at), name)
	}
}

// What stale rights say of the account may be wrong as well: it may have come back.
func TestE6_OfStaleRightsNothingElseIsTold(t *testing.T) {
	r := rights()
	r.State, r.MaxAge = account.Blocked, time.Minute
	scope := habilitation.Scope{Structure: "s1"}

	denied(t, r.Check(noon, scope, read), habilitation.ErrAccountInactive, scope, read)
	denied(t, r.Check(noon.Add(time.Hour), scope, read), habilitation.ErrStale, scope, read)

	timeless := habilitation.Rights{MaxAge: time.Minute, State: account.Active}
	require.ErrorIs(t, timeless.Check(noon, scope, read), habilitation.ErrStale, "without AsOf they are of no time")
}

func TestE6_SeveralQuestionsAreAnsweredInTheirOrder(t *testing.T) {
	r := rights(habilitation.Holding{Structure: acme(), Profiles: []profile{read}})
	here, there := habilitation.Scope{Structure: "s1"}, habilitation.Scope{Structure: "s2"}

	got := r.CheckAll(noon, []habilitation.Question{{here, write}, {here, read}, {there, read}, {here, read}})
	require.Len(t, got, 4)
	denied(t, got[0], habilitation.ErrNotGranted, here, write)
	require.NoError(t, got[1])
	denied(t, got[2], habilitation.ErrNotAttached, there, read)
	require.NoError(t, got[3])

	r.MaxAge = 1
	for i, err := range r.CheckAll(noon.Add(2), []habilitation.Question{{here, read}, {there, write}}) {
		require.ErrorIs(t, err, habilitation.ErrStale, i)
	}

	assert.Empty(t, r.CheckAll(noon, nil))
}

// The main manager holds every profile by role, but only of levels that there are.
func TestE1_WhatIsNoLevelIsHeldByNobody(t *testing.T) {
	scope := habilitation.Scope{Structure: "s1"}

	for _, level := range []habilitation.Level{0, 3, 255} {
		odd := profile{"factures-emises", level}

		for _, h := range []habilitation.Holding{
			{Structure: acme(), MainManager: true}, {Structure: acme(), Profiles: []profile{odd}},
		} {
			denied(t, rights(h).Check(noon, scope, odd), habilitation.ErrNotGranted, scope, odd)
		}
	}
}

func TestE7_TwoAttachmentsThatGiveTheSameAreOneRow(t *testing.T) {
	h := habilitation.Holding{Structure: acme(), Profiles: []profile{read, read}}
	assert.Len(t, rights(h, h).Rows(noon), 1)
}
