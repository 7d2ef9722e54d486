package account

// RegistrationState is the state of a registration (rule B11).
type RegistrationState uint8

// The states of a registration. The zero state is invalid.
const (
	AwaitingApproval   RegistrationState = iota + 1 // waits for a decider of its structure
	AwaitingActivation                              // approved, or a claim: waits for its author to open the link
	Activated                                       // became an account
	Refused                                         // by a decider
	Withdrawn                                       // by its author
	Lapsed                                          // by the passing of time
)

// RegistrationStates lists the states in order.
func RegistrationStates() []RegistrationState {
	return []RegistrationState{AwaitingApproval, AwaitingActivation, Activated, Refused, Withdrawn, Lapsed}
}

// String returns the stable name of the state, as storage and the journal write it.
func (s RegistrationState) String() string {
	switch s {
	case AwaitingApproval:
		return "awaiting approval"
	case AwaitingActivation:
		return "awaiting activation"
	case Activated:
		return "activated"
	case Refused:
		return "refused"
	case Withdrawn:
		return "withdrawn"
	case Lapsed:
		return "lapsed"
	default:
		return "invalid"
	}
}

// Open tells whether a registration in this state can still become an account.
func (s RegistrationState) Open() bool { return s == AwaitingApproval || s == AwaitingActivation }

// RegistrationEvent is what can happen to a registration.
type RegistrationEvent uint8

// The events of a registration.
const (
	Approve   RegistrationEvent = iota + 1 // a decider approved it
	Designate                              // it succeeded to a claim (rule D1)
	Activate                               // its author opened the link and chose a password
	Refuse                                 // a decider refused it
	Withdraw                               // its author withdrew it
	Lapse                                  // its time was over
)

// RegistrationEvents lists the events in order.
func RegistrationEvents() []RegistrationEvent {
	return []RegistrationEvent{Approve, Designate, Activate, Refuse, Withdraw, Lapse}
}

// String returns the stable name of the event.
func (e RegistrationEvent) String() string {
	switch e {
	case Approve:
		return "approve"
	case Designate:
		return "designate"
	case Activate:
		return "activate"
	case Refuse:
		return "refuse"
	case Withdraw:
		return "withdraw"
	case Lapse:
		return "lapse"
	default:
		return "invalid"
	}
}

// RegistrationTransition is one cell of the table: the state after an event, or the reason why there is none.
type RegistrationTransition struct {
	From    RegistrationState
	Event   RegistrationEvent
	To      RegistrationState // 0 where the event is refused
	Refusal error             // nil where there is a transition
}

// Transitions returns the whole table, every state with every event, in order.
func Transitions() []RegistrationTransition {
	out := make([]RegistrationTransition, 0, len(RegistrationStates())*len(RegistrationEvents()))

	for _, from := range RegistrationStates() {
		for _, event := range RegistrationEvents() {
			to, err := from.next(event)
			out = append(out, RegistrationTransition{From: from, Event: event, To: to, Refusal: err})
		}
	}

	return out
}

// After returns the state after an event, or a [*StateError] around the reason.
func (s RegistrationState) After(e RegistrationEvent) (RegistrationState, error) {
	to, err := s.next(e)
	if err != nil {
		return 0, &StateError{State: s, Event: e, Err: err}
	}

	return to, nil
}

// next is the table itself.
func (s RegistrationState) next(e RegistrationEvent) (RegistrationState, error) {
	switch s {
	case AwaitingApproval:
		switch e {
		case Approve, Designate:
			return AwaitingActivation, nil
		case Activate:
			return 0, ErrNotApproved
		case Refuse:
			return Refused, nil
		case Withdraw:
			return Withdrawn, nil
		case Lapse:
			return Lapsed, nil
		}
	case AwaitingActivation:
		switch e {
		case Approve, Designate:
			return 0, ErrAlreadyApproved
		case Activate:
			return Activated, nil
		case Refuse: // a claim, by support; an approved one, by being detached
			return Refused, nil
		case Withdraw:
			return Withdrawn, nil
		case Lapse:
			return Lapsed, nil
		}
	case Activated, Refused, Withdrawn, Lapsed:
		return 0, ErrEnded
	}

	return 0, ErrEnded
}
