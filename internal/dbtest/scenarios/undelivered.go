package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// undelivered are the stories of mails that do not arrive (rule F4).
func undelivered() []Scenario {
	return []Scenario{
		{"F4_AMailThatFailsIsTriedAgainAndThenGivenUp", givenUp},
		{"F4_ABadAddressHoldsUpNoOther", bouncesAlone},
		{"F4_AnAddressIsFlaggedUntilAMailArrives", flagged},
		{"F4_NoticesGoToTheLoginWhileTheContactAddressIsFlagged", flaggedContact},
		{"F4_AnAddressThatIsNotTheAccountsAnyMoreIsNotFlagged", flaggedFormer},
		{"F4_AMailThatWasGivenUpIsSentAgainUnderAnotherId", sentAgain},
		{"F4_ALinkThatWasGivenUpIsReplacedByAnother", linkAgain},
		{"F4_AMailThatHasNoPointAnyMoreIsNotSentAgain", pointlessAgain},
		{"F4_ARequestOfWhichNoDeciderHearsGoesToSupportOnce", unheard},
		{"F4_ARequestOfWhichOneDeciderHearsDoesNotGoToSupport", heardByOne},
	}
}

// bouncing is a mailer that some addresses refuse.
type bouncing struct {
	*World

	refuses map[string]bool
	quotes  bool // the answer has the whole mail in it
	last    mail.Message
}

// Send implements [mail.Mailer].
func (b *bouncing) Send(ctx context.Context, m mail.Message) error {
	b.last = m

	switch {
	case b.refuses[m.To] && b.quotes:
		return errors.New("550 refused: " + m.Text)
	case b.refuses[m.To]:
		return fmt.Errorf("550 no mailbox %s", m.To)
	default:
		return b.World.Send(ctx, m)
	}
}

// giveUp delivers until all mail to some addresses, or to all, is given up, and returns what arrived elsewhere.
func (w *World) giveUp(addresses ...string) []mail.Message {
	w.T.Helper()

	w.Sent = nil

	var mailer mail.Mailer = downed{}

	if len(addresses) > 0 {
		refuses := map[string]bool{}
		for _, a := range addresses {
			refuses[a] = true
		}

		mailer = &bouncing{World: w, refuses: refuses}
	}

	for range 40 {
		_, err := w.Portal.Deliver(w.Ctx, mailer)
		require.NoError(w.T, err)
		w.Wait(time.Hour)
	}

	for range 12 {
		_, err := w.Portal.Deliver(w.Ctx, mailer)
		require.NoError(w.T, err)
		w.Wait(7 * time.Hour)
	}

	return w.Sent
}

// parked returns what was given up, the oldest first.
func (w *World) parked() []mail.Kind {
	w.T.Helper()

	page, err := w.Portal.ParkedMails(w.Ctx, all)
	require.NoError(w.T, err)

	out := make([]mail.Kind, len(page.Rows))
	for i, m := range page.Rows {
		out[i] = m.Kind
		assert.Equal(w.T, storage.Parked, m.State)
		assert.NotEmpty(w.T, m.LastError)
		assert.Empty(w.T, m.Sealed, "a link that is not sent lies nowhere")
	}

	return out
}

// state of somebody, as it is stored.
func (w *World) now(id account.ID) account.Account {
	w.T.Helper()

	acc, err := w.Portal.Account(w.Ctx, id)
	require.NoError(w.T, err)

	return acc
}

func givenUp(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Policy.KeepMessage = 100 * day })

	alice := w.alice()
	require.NoError(w.T, second(w.Portal.EndSessions(w.Ctx, helpdesk, alice.ID)))
	require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)))

	mailer := &bouncing{World: w, refuses: map[string]bool{Login("alice"): true}}

	var pauses []time.Duration

	tried := w.Clock

	for n := 0; len(w.parked()) == 0; {
		done, err := w.Portal.Deliver(w.Ctx, mailer)
		require.NoError(w.T, err)

		if done.Failed+done.Parked > 0 {
			if n++; n > 1 {
				pauses = append(pauses, w.Clock.Sub(tried))
			}

			tried = w.Clock
		}

		w.Wait(10 * time.Second)
	}

	assert.Greater(w.T, len(pauses), 8)

	for n, pause := range pauses {
		assert.Greater(w.T, pause, 45*time.Second)
		assert.Less(w.T, pause, 7*time.Hour)

		if n > 0 && pauses[n-1] < 4*time.Hour {
			assert.Greater(w.T, pause, pauses[n-1], "each waits for longer")
		}
	}

	page, err := w.Portal.ParkedMails(w.Ctx, all)
	require.NoError(w.T, err)
	require.Len(w.T, page.Rows, 1)
	assert.Equal(w.T, mail.PasswordChanged, page.Rows[0].Kind)
	assert.Equal(w.T, Login("alice"), page.Rows[0].To)
	assert.Equal(w.T, "550 no mailbox alice@exemple.fr", page.Rows[0].LastError)
	assert.False(w.T, w.now(alice.ID).LoginFailedAt.IsZero())

	w.Wait(7 * day)
	assert.Empty(w.T, w.Deliver(), "nobody tries any more")
	w.Wait(100 * day)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.Empty(w.T, w.parked())
}

func bouncesAlone(w *World) {
	for n := range 5 {
		w.Register(fmt.Sprint("alice", n), Siret(n))
	}

	mailer := &bouncing{World: w, refuses: map[string]bool{Login("alice0"): true, Login("alice3"): true}}
	done, err := w.Portal.Deliver(w.Ctx, mailer)
	require.NoError(w.T, err)
	assert.Equal(w.T, guichet.Delivery{Sent: 3, Failed: 2}, done)
}

func flagged(w *World) {
	alice := w.alice()
	require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)))
	w.giveUp()

	missed := w.now(alice.ID)
	assert.False(w.T, missed.LoginFailedAt.IsZero())
	assert.False(w.T, missed.Reachable())
	assert.Equal(w.T, alice.Epoch+1, missed.Epoch, "it ends no session")

	// Security mails go there all the same, and one that arrives says that it is well again.
	require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, secondPassword, firstPassword)))
	w.One(w.Deliver(), "alice", mail.PasswordChanged)
	assert.True(w.T, w.now(alice.ID).Reachable())
}

func flaggedContact(w *World) {
	manager := w.Manager("gerante", Siret(0))
	w.changePerson(manager, func(f *account.PersonForm) { f.Contact = contact("gerante") })
	token := w.Token(of(w.Deliver(), mail.ContactToConfirm)[0])
	require.NoError(w.T, second(w.Portal.ConfirmContact(w.Ctx, token)))

	w.Register("bob", Siret(0))
	w.giveUp(contact("gerante"))
	assert.Equal(w.T, []mail.Kind{mail.RequestToApprove}, w.parked())
	assert.False(w.T, w.now(manager.ID).ContactFailedAt.IsZero())
	assert.Zero(w.T, w.now(manager.ID).LoginFailedAt)

	w.Register("carole", Siret(0))
	w.One(w.Deliver(), "gerante", mail.RequestToApprove)
	assert.False(w.T, w.now(manager.ID).ContactFailedAt.IsZero(), "the other address says nothing of it")

	// Confirmed anew it counts again: the mail with the link arrived.
	w.changePerson(w.now(manager.ID), func(f *account.PersonForm) { f.Contact = "" })
	w.Wait(hour)
	w.changePerson(w.now(manager.ID), func(f *account.PersonForm) { f.Contact = contact("gerante") })
	token = w.Token(of(w.Deliver(), mail.ContactToConfirm)[0])
	require.NoError(w.T, second(w.Portal.ConfirmContact(w.Ctx, token)))
	assert.Equal(w.T, contact("gerante"), w.now(manager.ID).NoticeAddress())
}

func flaggedFormer(w *World) {
	alice := w.alice()
	require.NoError(w.T, w.Portal.ChangeLogin(w.Ctx, alice.ID, firstPassword, Login("alicia")))

	// The link arrives, the notice to the former address does not.
	mailer := &bouncing{World: w, refuses: map[string]bool{Login("alice"): true}}
	w.Sent = nil
	_, err := w.Portal.Deliver(w.Ctx, mailer)
	require.NoError(w.T, err)
	require.NoError(w.T, second(w.Portal.ConfirmLogin(w.Ctx, w.Token(w.One(w.Sent, "alicia", mail.LoginToConfirm)))))

	w.giveUp(Login("alice"))
	assert.NotEmpty(w.T, w.parked())
	assert.True(w.T, w.now(alice.ID).Reachable())
	assert.Zero(w.T, w.now(alice.ID).LoginFailedAt)
}
