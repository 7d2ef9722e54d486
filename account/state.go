package account

// State is the state of an account (rule B11).
type State uint8

// The states of an account. The zero State is invalid.
const (
	Active      State = iota + 1
	Deactivated       // by the person, who can reactivate it
	Blocked           // by support
	Closed            // for good
)

// States lists the states in order.
func States() []State { return []State{Active, Deactivated, Blocked, Closed} }

// String returns the stable name of the state, as storage and the journal write it.
func (s State) String() string {
	switch s {
	case Active:
		return "active"
	case Deactivated:
		return "deactivated"
	case Blocked:
		return "blocked"
	case Closed:
		return "closed"
	default:
		return "invalid"
	}
}

// Event is what can happen to an account.
type Event uint8

// The events of an account.
const (
	Deactivate Event = iota + 1 // the person goes for a while
	Reactivate                  // the person comes back, by a mailed link
	Block                       // by support
	Unblock                     // by support: the account is what it was before, active or deactivated
	Close                       // for good, with erasure (rule B12)
)

// Events lists the events in order.
func Events() []Event { return []Event{Deactivate, Reactivate, Block, Unblock, Close} }

// String returns the stable name of the event.
func (e Event) String() string {
	switch e {
	case Deactivate:
		return "deactivate"
	case Reactivate:
		return "reactivate"
	case Block:
		return "block"
	case Unblock:
		return "unblock"
	case Close:
		return "close"
	default:
		return "invalid"
	}
}

// AccountTransition is one cell of the table of accounts: the state after an event, or the reason why there is none.
type AccountTransition struct { //nolint:revive // beside RegistrationTransition
	From    State
	Event   Event
	To      State // 0 where the event is refused
	Refusal error // nil where there is a transition
}

// AccountTransitions returns the whole table, every state with every event, in order.
func AccountTransitions() []AccountTransition { //nolint:revive // beside Transitions, which are of registrations
	out := make([]AccountTransition, 0, len(States())*len(Events()))

	for _, from := range States() {
		for _, event := range Events() {
			to, err := from.next(event)
			out = append(out, AccountTransition{From: from, Event: event, To: to, Refusal: err})
		}
	}

	return out
}

// next is the table itself.
func (s State) next(e Event) (State, error) {
	switch s {
	case Active:
		switch e {
		case Deactivate:
			return Deactivated, nil
		case Reactivate, Unblock:
			return 0, ErrAlreadyActive
		case Block:
			return Blocked, nil
		case Close:
			return Closed, nil
		}
	case Deactivated:
		switch e {
		case Deactivate:
			return 0, ErrDeactivated
		case Reactivate:
			return Active, nil
		case Block:
			return Blocked, nil
		case Unblock:
			return 0, ErrNotBlocked
		case Close:
			return Closed, nil
		}
	case Blocked:
		switch e {
		case Deactivate, Reactivate, Block:
			return 0, ErrBlocked
		case Unblock:
			return Active, nil
		case Close:
			return Closed, nil
		}
	case Closed:
		return 0, ErrClosed
	}

	return 0, ErrClosed
}

// allows tells whether that actor may cause the event (rule B12): support blocks, unblocks, and closes what is blocked;
// everything else the person does, and support may close in their stead.
func (s State) allows(e Event, id ID, by Actor) bool {
	switch e {
	case Block, Unblock:
		return by.Kind == ActorSupport
	case Close:
		return by.Kind == ActorSupport || by.Is(id) && s != Blocked
	case Deactivate, Reactivate:
		return by.Is(id)
	}

	return false
}

// Handle returns the account after an event that the actor causes. The credential epoch advances, so that sessions which
// began before end (rule B15). Error: an [*AccountError] around [ErrNotYours], or around what the table refuses.
func (a Account) Handle(e Event, by Actor) (Account, error) {
	next, err := a.State.next(e)
	left := a.Away

	switch {
	case err != nil:
		return a, &AccountError{State: a.State, Event: e, Err: err}
	case !a.State.allows(e, a.ID, by):
		return a, &AccountError{State: a.State, Event: e, Err: ErrNotYours}
	}

	a.Away = e == Block && a.State == Deactivated
	if e == Unblock && left {
		next = Deactivated
	}

	a.State = next
	a.Epoch++

	return a, nil
}
