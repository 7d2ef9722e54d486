package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
)

// registrations is the table of rule B11, written down a second time: a cell is the state that follows, or why none
// does. The columns are in the order of events.
var (
	registrationEvents = []account.RegistrationEvent{
		account.Approve, account.Designate, account.Activate, account.Refuse, account.Withdraw, account.Lapse,
	}

	registrations = map[account.RegistrationState][]any{
		account.AwaitingApproval: {
			account.AwaitingActivation, account.AwaitingActivation, account.ErrNotApproved,
			account.Refused, account.Withdrawn, account.Lapsed,
		},
		account.AwaitingActivation: {
			account.ErrAlreadyApproved, account.ErrAlreadyApproved, account.Activated,
			account.Refused, account.Withdrawn, account.Lapsed,
		},
		account.Activated: {
			account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded,
		},
		account.Refused: {
			account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded,
		},
		account.Withdrawn: {
			account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded,
		},
		account.Lapsed: {
			account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded, account.ErrEnded,
		},
	}
)

func TestB11_EachStateAndEventIsATransitionOrANamedRefusal(t *testing.T) {
	assert.Equal(t, registrationEvents, account.RegistrationEvents())
	assert.Len(t, account.RegistrationStates(), len(registrations))

	table := account.Transitions()
	require.Len(t, table, 36)

	i := 0

	for _, state := range account.RegistrationStates() {
		for column, event := range registrationEvents {
			want := account.RegistrationTransition{From: state, Event: event}

			switch cell := registrations[state][column].(type) {
			case account.RegistrationState:
				want.To = cell
			case error:
				want.Refusal = cell
			}

			assert.Equal(t, want, table[i], "%s, %s", state, event)
			i++

			to, err := state.After(event)
			assert.Equal(t, want.To, to)

			if want.Refusal == nil {
				assert.NoError(t, err)
				continue
			}

			require.ErrorIs(t, err, want.Refusal, "%s, %s", state, event)

			var refused *account.StateError

			require.ErrorAs(t, err, &refused)
			assert.Equal(t, state, refused.State)
			assert.Equal(t, event, refused.Event)
		}
	}
}

func TestB11_AStateThatDoesNotExistTakesNoEvent(t *testing.T) {
	for _, state := range []account.RegistrationState{0, account.Lapsed + 1} {
		for _, event := range registrationEvents {
			_, err := state.After(event)
			require.ErrorIs(t, err, account.ErrEnded)
		}
	}

	for _, state := range account.RegistrationStates() {
		for _, event := range []account.RegistrationEvent{0, account.Lapse + 1} {
			_, err := state.After(event)
			require.ErrorIs(t, err, account.ErrEnded, "%s", state)
		}
	}
}

func TestB11_StatesAndEventsHaveStableNames(t *testing.T) {
	for state, want := range map[account.RegistrationState]string{
		0: "invalid", account.AwaitingApproval: "awaiting approval", account.AwaitingActivation: "awaiting activation",
		account.Activated: "activated", account.Refused: "refused", account.Withdrawn: "withdrawn", account.Lapsed: "lapsed",
		account.Lapsed + 1: "invalid",
	} {
		assert.Equal(t, want, state.String())
	}

	for event, want := range map[account.RegistrationEvent]string{
		0: "invalid", account.Approve: "approve", account.Designate: "designate", account.Activate: "activate",
		account.Refuse: "refuse", account.Withdraw: "withdraw", account.Lapse: "lapse", account.Lapse + 1: "invalid",
	} {
		assert.Equal(t, want, event.String())
	}
}

func TestB11_OnlyAProvisionalRegistrationIsOpen(t *testing.T) {
	for state, open := range map[account.RegistrationState]bool{
		0: false, account.AwaitingApproval: true, account.AwaitingActivation: true, account.Activated: false,
		account.Refused: false, account.Withdrawn: false, account.Lapsed: false,
	} {
		assert.Equal(t, open, state.Open(), state)
		assert.Equal(t, open, account.Registration{State: state}.Open(), state)
	}
}

func TestB11_HandlingAnEventRecordsWhenARegistrationEnds(t *testing.T) {
	earlier := noon.Add(-48 * time.Hour)

	for _, cell := range account.Transitions() {
		r := account.Registration{ID: "r1", State: cell.From, CreatedAt: earlier, RefusedAt: earlier}
		next, err := r.Handle(cell.Event, noon)

		if cell.Refusal != nil {
			require.ErrorIs(t, err, cell.Refusal)
			assert.Equal(t, r, next, "stays as it was")
			continue
		}

		require.NoError(t, err)

		want := r
		want.State = cell.To

		switch cell.To {
		case account.Refused:
			want.EndedAt, want.RefusedAt = noon, noon
		case account.Activated, account.Withdrawn, account.Lapsed:
			want.EndedAt = noon
		}

		assert.Equal(t, want, next, "%s, %s", cell.From, cell.Event)
	}
}

// However events come, an ended registration stays as it ended, and no registration is activated without having been
// approved or designated.
func TestB11_NoSequenceOfEventsActivatesWhatWasNotApproved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := account.Registration{State: account.AwaitingApproval}
		approved := false

		for _, event := range rapid.SliceOf(rapid.SampledFrom(account.RegistrationEvents())).Draw(t, "events") {
			before := r
			next, err := r.Handle(event, noon)

			switch {
			case err == nil && !before.Open():
				t.Fatalf("%s took %s", before.State, event)
			case err == nil && next.State == account.Activated && !approved:
				t.Fatal("activated without approval")
			case err != nil && next != before:
				t.Fatalf("%s changed by the refused %s", before.State, event)
			}

			approved = approved || err == nil && (event == account.Approve || event == account.Designate)
			r = next
		}
	})
}

func TestB11_AnActivatedRegistrationKeepsItsID(t *testing.T) {
	r := account.Registration{
		ID: "r1", Version: 3, State: account.AwaitingActivation, Structure: "s1", Login: login(t, "daniel@potier.fr"),
		Person: account.Person{FirstName: "Daniel", LastName: "Potier", Language: language.French},
		Terms:  account.Consent{Version: "1", At: noon}, Survey: account.Consent{Version: "2", At: noon},
		CreatedAt: noon,
	}

	assert.Equal(t, account.Account{
		ID: "r1", State: account.Active, Login: r.Login, Person: r.Person, Terms: r.Terms, Survey: r.Survey,
		Epoch: 1, CreatedAt: noon.Add(time.Hour),
	}, r.Account(noon.Add(time.Hour)), "not stored yet, so without version")
}

func TestB6_ARegistrationWithin30DaysOfARefusalIsARepeat(t *testing.T) {
	const days = 24 * time.Hour

	for name, c := range map[string]struct {
		refused time.Time
		created time.Time
		repeats bool
	}{
		"never refused":      {time.Time{}, noon, false},
		"at once":            {noon, noon, true},
		"the next day":       {noon, noon.Add(days), true},
		"just within":        {noon, noon.Add(30*days - time.Microsecond), true},
		"30 days after":      {noon, noon.Add(30 * days), false},
		"a year after":       {noon, noon.Add(365 * days), false},
		"by the zero moment": {time.Time{}, time.Time{}.Add(time.Hour), false},
	} {
		r := account.Registration{RefusedAt: c.refused, CreatedAt: c.created}
		assert.Equal(t, c.repeats, r.Repeats(policy()), name)
	}

	short := policy()
	short.RepeatWithin = time.Hour
	r := account.Registration{RefusedAt: noon, CreatedAt: noon.Add(2 * time.Hour)}
	assert.False(t, r.Repeats(short), "as the policy says")
}

// A separate registration lapses by itself, because no request of its own need say when; any other with its request.
func TestB6_ASeparateRegistrationIsOverWhenItIsDue(t *testing.T) {
	for name, c := range map[string]struct {
		reg  account.Registration
		over bool // once it is due
	}{
		"separate":               {account.Registration{State: account.AwaitingActivation, Separate: true, Due: noon}, true},
		"separate, and awaiting": {account.Registration{State: account.AwaitingApproval, Separate: true, Due: noon}, true},
		"separate, without end":  {account.Registration{State: account.AwaitingActivation, Separate: true}, false},
		"separate, activated":    {account.Registration{State: account.Activated, Separate: true, Due: noon}, false},
		"separate, lapsed":       {account.Registration{State: account.Lapsed, Separate: true, Due: noon}, false},
		"waiting for an answer":  {account.Registration{State: account.AwaitingActivation, Due: noon}, false},
	} {
		assert.False(t, c.reg.Over(noon.Add(-time.Microsecond)), name)
		assert.Equal(t, c.over, c.reg.Over(noon), name)
		assert.Equal(t, c.over, c.reg.Over(noon.Add(1000*time.Hour)), name)
	}
}

// What happens to a request happens to its registration, and leaves a separate one alone: it remembers a refusal, and
// lapses at its own time.
func TestB6_ASeparateRegistrationGoesItsOwnWay(t *testing.T) {
	for _, cell := range account.Transitions() {
		waiting := account.Registration{ID: "r1", State: cell.From, CreatedAt: noon, Due: noon.Add(time.Hour)}
		handled, refusal := waiting.Handle(cell.Event, noon)
		followed, err := waiting.Follow(cell.Event, noon)
		assert.Equal(t, handled, followed, "%s, %s", cell.From, cell.Event)
		assert.Equal(t, refusal, err, "%s, %s", cell.From, cell.Event)

		for _, at := range []time.Time{noon, noon.Add(time.Hour)} {
			separate := waiting
			separate.Separate = true
			want := separate

			switch {
			case cell.Event == account.Refuse:
				want.RefusedAt = at
			case cell.Event == account.Lapse && separate.Over(at):
				want.State, want.EndedAt = account.Lapsed, at
			}

			followed, err = separate.Follow(cell.Event, at)
			require.NoError(t, err, "%s, %s", cell.From, cell.Event)
			assert.Equal(t, want, followed, "%s, %s", cell.From, cell.Event)
		}
	}
}

func TestG2_AnErasedRegistrationTellsNothingOfItsPerson(t *testing.T) {
	r := account.Registration{
		ID: "r1", Version: 2, State: account.Refused, Structure: "s1", Login: login(t, "daniel@potier.fr"),
		Person: account.Person{FirstName: "Daniel"}, Terms: account.Consent{Version: "1", At: noon},
		Survey: account.Consent{Version: "1", At: noon}, Claimed: true, RefusedAt: noon, CreatedAt: noon, EndedAt: noon,
		Separate: true, Due: noon,
	}

	assert.Equal(t, account.Registration{
		ID: "r1", Version: 2, State: account.Refused, Structure: "s1", Claimed: true, RefusedAt: noon, CreatedAt: noon,
		EndedAt: noon, Separate: true, Due: noon,
	}, r.Erase())
}

func TestB11_ARefusedTransitionExplainsItself(t *testing.T) {
	for err, want := range map[error]struct{ code, french, english string }{
		account.ErrNotApproved: {
			"account.not_approved", "Votre demande n'a pas encore été approuvée.", "The registration has not been approved yet.",
		},
		account.ErrAlreadyApproved: {
			"account.already_approved", "Cette demande est déjà approuvée.", "The registration is already approved.",
		},
		account.ErrEnded: {
			"account.ended", "Cette demande de création de compte est terminée.", "The registration has ended.",
		},
	} {
		refused := &account.StateError{Err: err}
		require.ErrorIs(t, refused, err)
		assert.Equal(t, want.code, refused.Code())
		assert.Equal(t, want.french, refused.Text(language.French))
		assert.Equal(t, want.english, refused.Error())
	}
}
