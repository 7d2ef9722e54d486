package storagetest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

func recorded(t *testing.T) storagetest.History {
	t.Helper()

	h, err := storagetest.Record(t.Context(), memory.New(), storagetest.Recording{Seed: 1, Callers: 8, Each: 8})
	require.NoError(t, err)

	return h
}

func TestRecord_TheSameSeedDrawsTheSameCommands(t *testing.T) {
	a, b := recorded(t), recorded(t)
	require.Len(t, a.Calls, 64)

	for i := range a.Calls {
		assert.Equal(t, a.Calls[i].Command, b.Calls[i].Command)
	}
}

func TestRecord_ReachesEveryKindOfAnswer(t *testing.T) {
	h, err := storagetest.Record(t.Context(), memory.New(), storagetest.Recording{Seed: 1, Callers: 32, Each: 20})
	require.NoError(t, err)
	require.NoError(t, storagetest.Linearizable(h))

	actions, refused := map[string]int{}, map[error]int{}

	for _, c := range h.Calls {
		for _, change := range c.Changes {
			actions[change.Action()]++
		}

		if refusal, ok := errors.AsType[*attachment.Error](c.Err); ok {
			refused[refusal.Err]++
		}
	}

	for _, action := range []string{"request made", "request withdrawn", "request refused", "user attached"} {
		assert.NotZero(t, actions[action], action)
	}

	for _, sentinel := range []error{
		attachment.ErrNotDecider, attachment.ErrDecided, attachment.ErrNoRequest, attachment.ErrOpen,
		attachment.ErrAttached, attachment.ErrServiceInactive,
	} {
		assert.NotZero(t, refused[sentinel], sentinel)
	}
}

func TestRecord_SaysWhoseAnswerWasNone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	commits := 0

	store := storagetest.NewFaulty(memory.New(), func(s storagetest.Step) storagetest.Fault {
		if s.Kind == storagetest.StepCommit {
			commits++
		}

		if commits < 5 {
			return storagetest.None
		}

		cancel()

		return storagetest.Hang
	})

	_, err := storagetest.Record(ctx, store, storagetest.Recording{Seed: 1, Callers: 4, Each: 8})
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "the answer is neither a success nor a refusal")
}

// moment is when all calls of the histories below are decided.
var moment = time.Date(2026, time.January, 5, 10, 0, 0, 0, time.UTC)

// quiet is a history of three calls, one after the other: p-0 asks, p-0 asks again and is refused, anne refuses p-0.
func quiet(t *testing.T) storagetest.History {
	t.Helper()

	h := recorded(t)
	anne, p0 := account.By("anne"), account.By("p-0")

	return commanded(t, h,
		attachment.Request{By: p0, Comment: "Bonjour"},
		attachment.Request{By: p0, Comment: "Bonjour"},
		attachment.Refuse{By: anne, Account: "p-0"},
	)
}

// commanded is a history that begins as another one, of commands that came one after the other.
func commanded(t *testing.T, h storagetest.History, commands ...attachment.Command) storagetest.History {
	t.Helper()

	h.Calls, h.End = nil, h.Start.Clone()

	for i, c := range commands {
		changes, err := attachment.Decide(h.End, h.Facts, c, moment)
		for _, change := range changes {
			h.End = h.End.Apply(change)
		}

		call := storagetest.Call{Command: c, At: moment, Start: int64(10*i + 1), End: int64(10*i + 9), Changes: changes, Err: err}

		if err == nil {
			h.End.Version++
			call.Version = h.End.Version
		}

		h.Calls = append(h.Calls, call)
	}

	require.NoError(t, storagetest.Linearizable(h))

	return h
}

func TestLinearizable_SaysWhichCallAndWhy(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(h *storagetest.History)
		reason string
	}{
		{
			"a call ends before it starts",
			func(h *storagetest.History) { h.Calls[0].End = 0 },
			"call 0 (request by account:p-0) starts at 1 and ends at 0: the clock must go on in between",
		},
		{
			"nobody knows whether a call happened",
			func(h *storagetest.History) { h.Calls[1].Err = storage.ErrUncertain },
			"call 1 (request by account:p-0) may have happened or not",
		},
		{
			"a version below the first",
			func(h *storagetest.History) { h.Calls[0].Version = 1 },
			"call 0 (request by account:p-0) says that it produced version 1, and the first to be produced is 2",
		},
		{
			"a version above the last",
			func(h *storagetest.History) { h.End.Version = 2 },
			"call 2 (refuse p-0 by account:anne) says that it produced version 3, and the stored roster has version 2",
		},
		{
			"a version that nobody produced",
			func(h *storagetest.History) { h.End.Version = 4 },
			"the stored roster has version 4, and the last that anybody says they produced is 3",
		},
		{
			"a refusal from later on",
			func(h *storagetest.History) {
				h.Calls[1].Command = attachment.Refuse{By: account.By("anne"), Account: "p-0"}
				h.Calls[1].Err = &attachment.Error{
					Key: attachment.Key{Account: "p-0"}, Err: attachment.ErrDecided, By: account.By("anne"), At: moment,
				}
			},
			"none of the versions 2 to 2 that were current during it answers; version 2 answers 1 changes",
		},
		{
			"a success without changes that there were",
			func(h *storagetest.History) { h.Calls[1].Err, h.Calls[1].Version = nil, 2 },
			`call 1 (request by account:p-0) was answered "nothing to do", which none of the versions 2 to 2`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := quiet(t)
			c.change(&h)
			assert.ErrorContains(t, storagetest.Linearizable(h), c.reason)
		})
	}
}

func TestLinearizable_ReplaysWhoTakesOverAndWhoLeaves(t *testing.T) {
	h := recorded(t)
	p0, p1 := account.By("p-0"), account.By("p-1")

	// One registration has the login of p-0; another one is activated while its request is still open.
	h.Facts.Registrations = map[account.ID]account.Registration{
		"same-login": {ID: "same-login", State: account.AwaitingApproval, Login: h.Facts.Accounts["p-0"].Login},
		"separate": {
			ID: "separate", State: account.AwaitingActivation, Login: h.Facts.Accounts["carl"].Login, Separate: true,
			Due: moment.Add(time.Hour),
		},
	}

	h.Start = h.Start.Clone()
	for i, id := range []account.ID{"same-login", "separate"} {
		h.Start.Rows = append(h.Start.Rows, attachment.Attachment{
			Key: attachment.Key{Account: id}, State: attachment.Requested, Order: int64(i + 1), RequestedAt: moment, Due: moment.Add(time.Hour),
		})
	}

	h = commanded(t, h,
		attachment.Create{By: p1},
		attachment.Adopt{By: p0, From: "same-login"},
		attachment.Activate{By: account.By("separate")},
		attachment.Depart{By: p1, Account: "bob"},
		attachment.Depart{By: account.By("anne"), Account: "anne", Vacant: true},
		attachment.Depart{By: account.By("bob"), Account: "bob"},
		attachment.Depart{By: account.Support("Léa"), Account: "carl"},
		attachment.Depart{By: p0, Account: "p-0"},
		attachment.Depart{By: account.By("anne"), Account: "anne", Vacant: true},
	)

	var actions []string

	for _, c := range h.Calls {
		for _, change := range c.Changes {
			actions = append(actions, change.Action())
		}
	}

	for i, refusal := range map[int]error{0: attachment.ErrPresent, 3: attachment.ErrNotYours, 4: attachment.ErrNotAlone} {
		require.ErrorIs(t, h.Calls[i].Err, refusal)
	}

	for _, action := range []string{"request adopted", "request kept", "user detached", "request withdrawn", "manager left"} {
		assert.Contains(t, actions, action)
	}

	assert.Equal(t, attachment.Vacant, h.End.Standing)

	h.Calls[6].End, h.Calls[6].Start = 2, 1
	assert.ErrorContains(t, storagetest.Linearizable(h), "had ended", "carl left before anybody had come")
}

func TestLinearizable_ASuccessWithoutChangesIsPlacedAfterWhoeverMadeItsVersion(t *testing.T) {
	h := quiet(t)
	settle := storagetest.Call{Command: attachment.Settle{By: account.System()}, At: moment, Start: 12, End: 19, Version: 2}

	h.Calls[1] = settle
	require.NoError(t, storagetest.Linearizable(h))

	for _, version := range []int64{1, 3} {
		h.Calls[1].Version = version
		require.ErrorContains(t, storagetest.Linearizable(h), "which none of the versions 2 to 2", "it was not current")
	}
}

func TestLinearizable_CallsThatDidNotHappenAreNotLookedAt(t *testing.T) {
	h := quiet(t)
	h.Calls = append(h.Calls, storagetest.Call{
		Command: attachment.Withdraw{By: account.By("p-0")}, At: moment, Start: 2, End: 3, Err: context.Canceled,
	})
	assert.NoError(t, storagetest.Linearizable(h))
}

func TestLinearizable_CallsAtOnceMayBeInAnyOrder(t *testing.T) {
	h := quiet(t)
	h.Calls[1].Start, h.Calls[1].End = -1, 100
	assert.NoError(t, storagetest.Linearizable(h), "the second request met the first, whenever that was")

	h.Calls[1].End = 0
	assert.ErrorContains(t, storagetest.Linearizable(h), "none of the versions 1 to 1", "there was no request yet")
}
