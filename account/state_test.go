package account_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
)

// accounts is the table of accounts, written down a second time: a cell is the state that follows, or why none does. The
// columns are in the order of events.
var (
	accountEvents = []account.Event{
		account.Deactivate, account.Reactivate, account.Block, account.Unblock, account.Close,
	}

	accounts = map[account.State][]any{
		account.Active: {
			account.Deactivated, account.ErrAlreadyActive, account.Blocked, account.ErrAlreadyActive, account.Closed,
		},
		account.Deactivated: {
			account.ErrDeactivated, account.Active, account.Blocked, account.ErrNotBlocked, account.Closed,
		},
		account.Blocked: {
			account.ErrBlocked, account.ErrBlocked, account.ErrBlocked, account.Active, account.Closed,
		},
		account.Closed: {
			account.ErrClosed, account.ErrClosed, account.ErrClosed, account.ErrClosed, account.ErrClosed,
		},
	}
)

// everyone has each kind of actor, with regard to the account "a".
var everyone = map[string]account.Actor{
	"the person":              account.By("a"),
	"another":                 account.By("b"),
	"support":                 account.Support("Anne"),
	"support, of the same id": {Kind: account.ActorSupport, ID: "a"},
	"the system":              account.System(),
	"the system, of that id":  {Kind: account.ActorSystem, ID: "a"},
	"nobody":                  {},
}

func TestB11_EachStateAndEventOfAnAccountIsATransitionOrANamedRefusal(t *testing.T) {
	assert.Equal(t, accountEvents, account.Events())
	assert.Len(t, account.States(), len(accounts))

	table := account.AccountTransitions()
	require.Len(t, table, 20)

	i := 0

	for _, state := range account.States() {
		for column, event := range accountEvents {
			want := account.AccountTransition{From: state, Event: event}

			switch cell := accounts[state][column].(type) {
			case account.State:
				want.To = cell
			case error:
				want.Refusal = cell
			}

			assert.Equal(t, want, table[i], "%s, %s", state, event)
			i++
		}
	}
}

// Every cell of the table with every kind of actor: who is not the one to cause an event is told so where the event
// would have been possible.
func TestB12_ThePersonGoesAndComesBackAndSupportBlocks(t *testing.T) {
	may := map[account.Event]map[string]bool{
		account.Deactivate: {"the person": true},
		account.Reactivate: {"the person": true},
		account.Block:      {"support": true, "support, of the same id": true},
		account.Unblock:    {"support": true, "support, of the same id": true},
		account.Close:      {"the person": true, "support": true, "support, of the same id": true},
	}

	for _, cell := range account.AccountTransitions() {
		for who, by := range everyone {
			before := account.Account{ID: "a", Version: 3, State: cell.From, Epoch: 7, CreatedAt: noon}
			after, err := before.Handle(cell.Event, by)

			want := cell.Refusal
			if want == nil && (!may[cell.Event][who] || cell.From == account.Blocked && cell.Event == account.Close && who == "the person") {
				want = account.ErrNotYours
			}

			if want != nil {
				require.ErrorIs(t, err, want, "%s, %s by %s", cell.From, cell.Event, who)
				assert.Equal(t, before, after, "stays as it was")

				var refused *account.AccountError

				require.ErrorAs(t, err, &refused)
				assert.Equal(t, cell.From, refused.State)
				assert.Equal(t, cell.Event, refused.Event)

				continue
			}

			require.NoError(t, err, "%s, %s by %s", cell.From, cell.Event, who)

			expected := before
			expected.State, expected.Epoch = cell.To, 8
			expected.Away = cell.From == account.Deactivated && cell.Event == account.Block
			assert.Equal(t, expected, after, "%s, %s by %s", cell.From, cell.Event, who)
		}
	}
}

// Two people hold an account: the person goes and comes back, support blocks and unblocks, and neither undoes what the
// other did.
func TestB12_UnblockedAnAccountIsWhatItWasBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := account.Account{ID: "a", State: account.Active, Epoch: 1}

		var away, blocked, closed bool

		for _, event := range rapid.SliceOf(rapid.SampledFrom(accountEvents)).Draw(t, "events") {
			by := rapid.SampledFrom([]account.Actor{account.By("a"), account.Support("Anne")}).Draw(t, "by")
			support := by.Kind == account.ActorSupport
			before := a
			may := false

			switch event {
			case account.Deactivate:
				may = !support && !blocked && !away
				away = away || may && !closed
			case account.Reactivate:
				may = !support && !blocked && away
				away = away && (!may || closed)
			case account.Block:
				may = support && !blocked
				blocked = blocked || may && !closed
			case account.Unblock:
				may = support && blocked
				blocked = blocked && (!may || closed)
			case account.Close:
				may = support || !blocked
			}

			may = may && !closed
			closed = closed || may && event == account.Close

			want := account.Active

			switch {
			case closed:
				want = account.Closed
			case blocked:
				want = account.Blocked
			case away:
				want = account.Deactivated
			}

			var err error
			if a, err = a.Handle(event, by); (err == nil) != may {
				t.Fatalf("%s, %s by %s: %v", before.State, event, by, err)
			}

			switch {
			case a.State != want:
				t.Fatalf("%s, %s by %s: %s instead of %s", before.State, event, by, a.State, want)
			case err == nil && a.Epoch != before.Epoch+1:
				t.Fatalf("%s left the sessions that began before (rule B15)", event)
			case err != nil && a != before:
				t.Fatalf("the refused %s changed %v to %v", event, before, a)
			}
		}
	})
}

// Blocked while the person was away, and what every event makes of that: only unblocking gives it back, and only once.
func TestB12_WhoWasAwayWhenBlockedIsAwayAgain(t *testing.T) {
	away := account.Account{ID: "a", State: account.Deactivated, Epoch: 1}

	blocked, err := away.Handle(account.Block, account.Support("Anne"))
	require.NoError(t, err)
	assert.Equal(t, account.Account{ID: "a", State: account.Blocked, Epoch: 2, Away: true}, blocked)

	closed, err := blocked.Handle(account.Close, account.Support("Anne"))
	require.NoError(t, err)
	assert.Equal(t, account.Account{ID: "a", State: account.Closed, Epoch: 3}, closed)

	unblocked, err := blocked.Handle(account.Unblock, account.Support("Anne"))
	require.NoError(t, err)
	assert.Equal(t, account.Account{ID: "a", State: account.Deactivated, Epoch: 3}, unblocked)

	back, err := unblocked.Handle(account.Reactivate, account.By("a"))
	require.NoError(t, err)
	assert.Equal(t, account.Account{ID: "a", State: account.Active, Epoch: 4}, back)
}

func TestB11_AnAccountInNoStateTakesNoEvent(t *testing.T) {
	for _, state := range []account.State{0, account.Closed + 1} {
		for _, event := range accountEvents {
			_, err := account.Account{ID: "a", State: state}.Handle(event, account.Support("Anne"))
			require.ErrorIs(t, err, account.ErrClosed)
		}
	}

	for _, state := range account.States() {
		for _, event := range []account.Event{0, account.Close + 1} {
			_, err := account.Account{ID: "a", State: state}.Handle(event, account.By("a"))
			require.ErrorIs(t, err, account.ErrClosed, "%s", state)
		}
	}
}

func TestD11_EventsOfAnAccountHaveStableNames(t *testing.T) {
	for event, want := range map[account.Event]string{
		0: "invalid", account.Deactivate: "deactivate", account.Reactivate: "reactivate", account.Block: "block",
		account.Unblock: "unblock", account.Close: "close", account.Close + 1: "invalid",
	} {
		assert.Equal(t, want, event.String())
	}
}

func TestB11_ARefusedEventOfAnAccountExplainsItself(t *testing.T) {
	for err, want := range map[error]struct{ code, french, english string }{
		account.ErrAlreadyActive: {"account.already_active", "Le compte est déjà actif.", "The account is active already."},
		account.ErrDeactivated: {
			"account.deactivated", "Le compte est désactivé : réactivez-le par le lien qui vous sera envoyé.",
			"The account is deactivated: reactivate it by the link that will be mailed to you.",
		},
		account.ErrBlocked:    {"account.blocked", "Le compte est bloqué par l'assistance.", "The account is blocked by support."},
		account.ErrNotBlocked: {"account.not_blocked", "Le compte n'est pas bloqué.", "The account is not blocked."},
		account.ErrClosed:     {"account.closed", "Le compte est fermé.", "The account is closed."},
		account.ErrNotYours: {
			"account.not_yours", "Cette action revient au titulaire du compte ou à l'assistance.",
			"This is for the account's holder, or for support, to do.",
		},
		account.ErrCreated: {
			"account.created", "Vous avez créé trop de structures aujourd'hui : réessayez demain.",
			"You have created too many structures today: try again tomorrow.",
		},
	} {
		refused := &account.AccountError{Err: err}
		require.ErrorIs(t, refused, err)
		assert.Equal(t, want.code, refused.Code())
		assert.Equal(t, want.french, refused.Text(language.French))
		assert.Equal(t, want.english, refused.Error())
	}
}
