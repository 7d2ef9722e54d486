package attachment

// State is the state of one row of a roster.
type State uint8

// The states of a row. The zero State means that there is no row.
const (
	Requested State = iota + 1 // open: waits for a decider
	Claimed                    // first comer's designation, waits for its activation (rule D1)
	Approved                   // a registration's request, approved, waits for its activation
	Attached                   //
	Suspended                  // attached, and without rights until it is resumed (rule D8)
	Refused                    //
	Withdrawn                  //
	Lapsed                     //
	Detached                   //
)

// States lists the states in order, without the zero State.
func States() []State {
	return []State{Requested, Claimed, Approved, Attached, Suspended, Refused, Withdrawn, Lapsed, Detached}
}

// String returns the stable name of the state, as storage and the journal write it; "" for no row.
func (s State) String() string {
	switch s {
	case Requested:
		return "requested"
	case Claimed:
		return "claimed"
	case Approved:
		return "approved"
	case Attached:
		return "attached"
	case Suspended:
		return "suspended"
	case Refused:
		return "refused"
	case Withdrawn:
		return "withdrawn"
	case Lapsed:
		return "lapsed"
	case Detached:
		return "detached"
	default:
		return ""
	}
}

// Open tells whether somebody still waits for something.
func (s State) Open() bool { return s == Requested || s == Claimed || s == Approved }

// present tells whether the row counts as an attachment.
func (s State) present() bool { return s == Attached || s == Suspended }

// Event is what can happen to a row.
type Event uint8

// The events of a row.
const (
	EventRequest  Event = iota + 1 // somebody asks to be attached
	EventClaim                     // somebody is designated main manager
	EventApprove                   // a registration's request is approved
	EventAttach                    // an account is attached: by approval, activation or succession
	EventRefuse                    //
	EventWithdraw                  //
	EventLapse                     //
	EventDetach                    //
	EventAdmit                     // an account is attached without a request of its own that was decided
	EventInvite                    // a registration is made by a decider's invitation (rule D7)
	EventSuspend                   //
	EventResume                    //
)

// Events lists the events in order.
func Events() []Event {
	return []Event{
		EventRequest, EventClaim, EventApprove, EventAttach, EventRefuse, EventWithdraw, EventLapse, EventDetach,
		EventAdmit, EventInvite, EventSuspend, EventResume,
	}
}

// String returns the stable name of the event.
func (e Event) String() string {
	names := [...]string{
		"invalid", "request", "claim", "approve", "attach", "refuse", "withdraw", "lapse", "detach", "admit", "invite",
		"suspend", "resume",
	}
	if int(e) >= len(names) {
		return names[0]
	}

	return names[e]
}

// Transition is one cell of the table: the state after an event, or the reason why there is none.
type Transition struct {
	From    State // 0 = no row
	Event   Event
	To      State // 0 where the event is refused
	Refusal error // nil where there is a transition
}

// Transitions returns the whole table, no row and every state with every event, in order.
func Transitions() []Transition {
	out := make([]Transition, 0, (1+len(States()))*len(Events()))

	for _, from := range append([]State{0}, States()...) {
		for _, event := range Events() {
			to, err := from.next(event)
			out = append(out, Transition{From: from, Event: event, To: to, Refusal: err})
		}
	}

	return out
}

// next is the table itself. Who may cause an event, and when, is decided in Decide; the table says what is possible
// at all.
func (s State) next(e Event) (State, error) {
	switch s {
	case 0, Withdrawn, Lapsed, Detached:
		return ended(e, ErrNoRequest)
	case Refused:
		return ended(e, ErrDecided)
	case Requested:
		switch e {
		case EventRequest:
			return 0, ErrOpen
		case EventClaim:
			return Claimed, nil
		case EventApprove:
			return Approved, nil
		case EventAttach, EventAdmit:
			return Attached, nil
		case EventRefuse:
			return Refused, nil
		case EventWithdraw:
			return Withdrawn, nil
		case EventLapse:
			return Lapsed, nil
		case EventInvite:
			return Approved, nil
		case EventDetach, EventSuspend, EventResume:
			return 0, ErrNotAttached
		}
	case Claimed:
		switch e {
		case EventRequest, EventClaim, EventAdmit, EventInvite:
			return 0, ErrOpen
		case EventApprove:
			return 0, ErrNoManager
		case EventAttach:
			return Attached, nil
		case EventRefuse: // by support
			return Refused, nil
		case EventWithdraw:
			return Withdrawn, nil
		case EventLapse:
			return Lapsed, nil
		case EventDetach, EventSuspend, EventResume:
			return 0, ErrNotAttached
		}
	case Approved:
		switch e {
		case EventRequest, EventClaim, EventAdmit, EventInvite:
			return 0, ErrOpen
		case EventApprove, EventRefuse:
			return 0, ErrDecided
		case EventAttach:
			return Attached, nil
		case EventWithdraw:
			return Withdrawn, nil
		case EventLapse:
			return Lapsed, nil
		case EventDetach, EventSuspend, EventResume:
			return 0, ErrNotAttached
		}
	case Attached, Suspended:
		switch e {
		case EventSuspend:
			if s == Suspended {
				return 0, ErrSuspendedThere
			}

			return Suspended, nil
		case EventResume:
			if s == Attached {
				return 0, ErrNotSuspended
			}

			return Attached, nil
		case EventRequest, EventClaim, EventAttach, EventAdmit, EventInvite:
			return 0, ErrAttached
		case EventApprove, EventRefuse:
			return 0, ErrDecided
		case EventWithdraw, EventLapse:
			return 0, ErrNoRequest
		case EventDetach:
			return Detached, nil
		}
	}

	return 0, ErrNoRequest
}

// ended is the table's row of a state in which nothing is left: one may start again. undecidable is the answer to
// somebody who would decide.
func ended(e Event, undecidable error) (State, error) {
	switch e {
	case EventRequest:
		return Requested, nil
	case EventClaim:
		return Claimed, nil
	case EventAdmit:
		return Attached, nil
	case EventInvite:
		return Approved, nil
	case EventApprove, EventRefuse:
		return 0, undecidable
	case EventDetach, EventSuspend, EventResume:
		return 0, ErrNotAttached
	case EventAttach, EventWithdraw, EventLapse:
		return 0, ErrNoRequest
	}

	return 0, ErrNoRequest
}
