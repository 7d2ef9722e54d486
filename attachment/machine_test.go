package attachment_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/attachment"
)

// The table of states, written down a second time: a cell is the state that follows, or why none does. The columns
// are in the order of events.
var (
	events = []attachment.Event{
		attachment.EventRequest, attachment.EventClaim, attachment.EventApprove, attachment.EventAttach,
		attachment.EventRefuse, attachment.EventWithdraw, attachment.EventLapse, attachment.EventDetach,
		attachment.EventAdmit, attachment.EventInvite, attachment.EventSuspend, attachment.EventResume,
	}

	cells = map[attachment.State][]any{
		0: {
			attachment.Requested, attachment.Claimed, attachment.ErrNoRequest, attachment.ErrNoRequest,
			attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.ErrNotAttached,
			attachment.Attached, attachment.Approved, attachment.ErrNotAttached, attachment.ErrNotAttached,
		},
		attachment.Requested: {
			attachment.ErrOpen, attachment.Claimed, attachment.Approved, attachment.Attached,
			attachment.Refused, attachment.Withdrawn, attachment.Lapsed, attachment.ErrNotAttached,
			attachment.Attached, attachment.Approved, attachment.ErrNotAttached, attachment.ErrNotAttached,
		},
		attachment.Claimed: {
			attachment.ErrOpen, attachment.ErrOpen, attachment.ErrNoManager, attachment.Attached,
			attachment.Refused, attachment.Withdrawn, attachment.Lapsed, attachment.ErrNotAttached,
			attachment.ErrOpen, attachment.ErrOpen, attachment.ErrNotAttached, attachment.ErrNotAttached,
		},
		attachment.Approved: {
			attachment.ErrOpen, attachment.ErrOpen, attachment.ErrDecided, attachment.Attached,
			attachment.ErrDecided, attachment.Withdrawn, attachment.Lapsed, attachment.ErrNotAttached,
			attachment.ErrOpen, attachment.ErrOpen, attachment.ErrNotAttached, attachment.ErrNotAttached,
		},
		attachment.Attached: {
			attachment.ErrAttached, attachment.ErrAttached, attachment.ErrDecided, attachment.ErrAttached,
			attachment.ErrDecided, attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.Detached,
			attachment.ErrAttached, attachment.ErrAttached, attachment.Suspended, attachment.ErrNotSuspended,
		},
		attachment.Suspended: {
			attachment.ErrAttached, attachment.ErrAttached, attachment.ErrDecided, attachment.ErrAttached,
			attachment.ErrDecided, attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.Detached,
			attachment.ErrAttached, attachment.ErrAttached, attachment.ErrSuspendedThere, attachment.Attached,
		},
		attachment.Refused: {
			attachment.Requested, attachment.Claimed, attachment.ErrDecided, attachment.ErrNoRequest,
			attachment.ErrDecided, attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.ErrNotAttached,
			attachment.Attached, attachment.Approved, attachment.ErrNotAttached, attachment.ErrNotAttached,
		},
		attachment.Withdrawn: {
			attachment.Requested, attachment.Claimed, attachment.ErrNoRequest, attachment.ErrNoRequest,
			attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.ErrNotAttached,
			attachment.Attached, attachment.Approved, attachment.ErrNotAttached, attachment.ErrNotAttached,
		},
		attachment.Lapsed: {
			attachment.Requested, attachment.Claimed, attachment.ErrNoRequest, attachment.ErrNoRequest,
			attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.ErrNotAttached,
			attachment.Attached, attachment.Approved, attachment.ErrNotAttached, attachment.ErrNotAttached,
		},
		attachment.Detached: {
			attachment.Requested, attachment.Claimed, attachment.ErrNoRequest, attachment.ErrNoRequest,
			attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.ErrNoRequest, attachment.ErrNotAttached,
			attachment.Attached, attachment.Approved, attachment.ErrNotAttached, attachment.ErrNotAttached,
		},
	}
)

func TestB11_EachStateAndEventIsATransitionOrANamedRefusal(t *testing.T) {
	assert.Equal(t, events, attachment.Events())

	states := append([]attachment.State{0}, attachment.States()...)
	require.Len(t, states, len(cells))

	table := attachment.Transitions()
	require.Len(t, table, 120)

	i := 0

	for _, state := range states {
		for column, event := range events {
			want := attachment.Transition{From: state, Event: event}

			switch cell := cells[state][column].(type) {
			case attachment.State:
				want.To = cell
			case error:
				want.Refusal = cell
			}

			assert.Equal(t, want, table[i], "%q, %s", state, event)
			i++
		}
	}
}

func TestD11_StatesEventsAndStandingsHaveStableNames(t *testing.T) {
	for state, want := range map[attachment.State]string{
		0: "", attachment.Requested: "requested", attachment.Claimed: "claimed", attachment.Approved: "approved",
		attachment.Attached: "attached", attachment.Suspended: "suspended", attachment.Refused: "refused",
		attachment.Withdrawn: "withdrawn", attachment.Lapsed: "lapsed", attachment.Detached: "detached",
		attachment.Detached + 1: "",
	} {
		assert.Equal(t, want, state.String())
	}

	for event, want := range map[attachment.Event]string{
		0: "invalid", attachment.EventRequest: "request", attachment.EventClaim: "claim", attachment.EventApprove: "approve",
		attachment.EventAttach: "attach", attachment.EventRefuse: "refuse", attachment.EventWithdraw: "withdraw",
		attachment.EventLapse: "lapse", attachment.EventDetach: "detach", attachment.EventAdmit: "admit",
		attachment.EventInvite: "invite", attachment.EventSuspend: "suspend", attachment.EventResume: "resume",
		attachment.EventResume + 1: "invalid",
	} {
		assert.Equal(t, want, event.String())
	}

	for standing, want := range map[attachment.Standing]string{
		attachment.Unclaimed: "unclaimed", attachment.InClaim: "claimed", attachment.Managed: "managed",
		attachment.Vacant: "vacant", attachment.Vacant + 1: "invalid",
	} {
		assert.Equal(t, want, standing.String())
	}
}

func TestD2_AStructureIsKnownOnceItWasManaged(t *testing.T) {
	for standing, known := range map[attachment.Standing]bool{
		attachment.Unclaimed: false, attachment.InClaim: false, attachment.Managed: true, attachment.Vacant: true,
	} {
		assert.Equal(t, known, standing.Known(), standing)
	}
}

func TestB11_SomebodyWaitsForARequestAClaimAndAnApproval(t *testing.T) {
	open := map[attachment.State]bool{attachment.Requested: true, attachment.Claimed: true, attachment.Approved: true}

	for _, state := range append(attachment.States(), 0) {
		assert.Equal(t, open[state], state.Open(), state)
	}
}
