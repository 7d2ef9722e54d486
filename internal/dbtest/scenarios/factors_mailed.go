package scenarios

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// mailedFactors are the stories of codes that are mailed.
func mailedFactors() []Scenario {
	return []Scenario{
		{"B10_AMailedCodeCountsOnce", mailedOnce},
		{"B10_NoMoreThanOneCodeAMinuteIsMailed", mailedSeldom},
		{"B10_WhoKnowsAPasswordCannotFillItsOwnersMailbox", mailedFlood},
		{"B10_NoCodeIsMailedWhileCodesAreLocked", mailedLocked},
		{"B10_AMailedCodeLastsTenMinutesHoweverOftenOneBeginsAgain", mailedLasts},
		{"B10_AMailedCodeThatIsOverIsNotSent", mailedLate},
		{"G5_AMailedCodeStaysNowhere", mailedSecret},
	}
}

func mailedOnce(w *World) {
	w.Reopen(required)
	w.alice()

	challenge := w.challenged("alice", firstPassword, guichet.FactorMail)
	code := w.mailed("alice")
	other := fmt.Sprintf("%06d", (int(code[0]-'0')+1)%10*100000)
	require.ErrorIs(w.T, w.shows(challenge, other), guichet.ErrCode)
	require.NoError(w.T, w.shows(challenge, code))
	require.ErrorIs(w.T, w.shows(challenge, code), account.ErrLinkUsed)

	// The next sign-in has a code of its own, however soon it is.
	challenge = w.challenged("alice", firstPassword, guichet.FactorMail)
	if next := w.mailed("alice"); next != code {
		require.ErrorIs(w.T, w.shows(challenge, code), guichet.ErrCode)
		require.NoError(w.T, w.shows(challenge, next))
	}
}

func mailedSeldom(w *World) {
	w.Reopen(required)
	w.alice()

	first := w.challenged("alice", firstPassword, guichet.FactorMail)
	code := w.mailed("alice")
	last := first

	for range 5 {
		w.Wait(11 * time.Second)
		second := w.challenged("alice", firstPassword, guichet.FactorMail)
		assert.Empty(w.T, w.Deliver(), "the one that is out counts")
		last = second
	}

	require.NoError(w.T, w.shows(first, code))
	require.ErrorIs(w.T, w.shows(last, code), account.ErrLinkUsed, "a code counts once, for whichever")

	mails := 0

	for range 120 {
		w.challenged("alice", firstPassword, guichet.FactorMail)
		mails += len(w.Deliver())
		w.Wait(time.Second)
	}

	assert.LessOrEqual(w.T, mails, 2)
	assert.Positive(w.T, mails)
}

func mailedFlood(w *World) {
	w.Reopen(required)
	w.alice()

	began, mails := w.Clock, 0

	for w.Clock.Before(began.Add(24 * time.Hour)) {
		w.challenged("alice", firstPassword, guichet.FactorMail)
		mails += len(of(w.Deliver(), mail.FactorCode))
		w.Wait(30 * time.Second)
	}

	assert.LessOrEqual(w.T, mails, 24*60/5+3, "after the first ones one in five minutes: each lasts ten")

	// Its owner still has one that lasts at least for half its life.
	challenge := w.challenged("alice", firstPassword, guichet.FactorMail)
	w.Wait(5 * time.Minute)
	require.ErrorIs(w.T, w.shows(challenge, "no code"), guichet.ErrCode)

	w.Wait(5 * time.Minute)
	challenge = w.challenged("alice", firstPassword, guichet.FactorMail)
	require.NoError(w.T, w.shows(challenge, w.mailed("alice")))

	// A right one starts anew.
	w.challenged("alice", firstPassword, guichet.FactorMail)
	w.mailed("alice")
	w.Wait(time.Minute)
	w.challenged("alice", firstPassword, guichet.FactorMail)
	w.mailed("alice")
}

func mailedLocked(w *World) {
	w.Reopen(required)
	w.alice()

	challenge := w.challenged("alice", firstPassword, guichet.FactorMail)
	w.mailed("alice")

	for range 5 {
		require.ErrorIs(w.T, w.shows(challenge, "no code"), guichet.ErrCode)
	}

	ends := w.Clock.Add(15 * time.Minute)

	for w.Clock.Before(ends) {
		_, err := w.signIn("alice", firstPassword)
		require.ErrorIs(w.T, err, guichet.ErrLocked)

		var refused *guichet.Error
		require.ErrorAs(w.T, err, &refused)
		assert.Equal(w.T, ends, refused.Until)
		assert.Empty(w.T, of(w.Deliver(), mail.FactorCode))
		w.Wait(time.Minute)
	}

	w.misses("alice", 1) // who does not know the password learns nothing of it
	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorMail), w.mailed("alice")))
}

func mailedLasts(w *World) {
	w.Reopen(required)
	w.alice()

	challenge := w.challenged("alice", firstPassword, guichet.FactorMail)
	code := w.mailed("alice")
	out := w.Clock

	for w.Clock.Before(out.Add(10 * time.Minute)) {
		w.Wait(50 * time.Second)

		challenge = w.challenged("alice", firstPassword, guichet.FactorMail)

		for _, m := range of(w.Deliver(), mail.FactorCode) {
			if sixDigits.FindString(m.Text) == code {
				w.T.Skip("the same code was drawn twice, which happens once in a million")
			}
		}
	}

	require.Error(w.T, w.shows(challenge, code))
}

func mailedLate(w *World) {
	w.Reopen(required)
	w.alice()

	w.challenged("alice", firstPassword, guichet.FactorMail)
	w.Wait(10 * time.Minute)
	assert.Empty(w.T, w.Deliver())

	w.challenged("alice", firstPassword, guichet.FactorMail)
	require.NoError(w.T, second(w.Portal.EndSessions(w.Ctx, helpdesk, w.registered("alice"))))
	assert.Empty(w.T, w.Deliver())
}

// registered returns the id of the account with a login.
func (w *World) registered(name string) account.ID {
	w.T.Helper()

	login, err := account.ParseLogin(Login(name))
	require.NoError(w.T, err)

	acc, err := w.Store.AccountByLogin(w.Ctx, login.Key())
	require.NoError(w.T, err)

	return acc.ID
}

func mailedSecret(w *World) {
	w.Reopen(required)
	alice := w.alice()

	quoting := &bouncing{World: w, quotes: true, refuses: map[string]bool{Login("alice"): true}}
	w.challenged("alice", firstPassword, guichet.FactorMail)
	_, err := w.Portal.Deliver(w.Ctx, quoting)
	require.NoError(w.T, err)
	require.NotEmpty(w.T, quoting.last.Text)

	code := sixDigits.FindString(quoting.last.Text)
	require.NotEmpty(w.T, code)

	for _, m := range list(w, storage.MessagesOf{Account: alice.ID, Window: all}) {
		assert.NotContains(w.T, m.LastError, code, "an answer that quotes the mail")
		assert.NotContains(w.T, fmt.Sprintf("%+v", m), code)
	}

	w.Wait(5 * time.Minute)
	w.Deliver()

	for _, m := range list(w, storage.MessagesOf{Account: alice.ID, Window: all}) {
		assert.Empty(w.T, m.Sealed, "nothing of it is kept once it is out")
	}
}
