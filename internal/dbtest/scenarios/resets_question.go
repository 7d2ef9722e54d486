package scenarios

import (
	"errors"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// clearings are the stories of who has forgotten the answer, and of support, which clears the question.
func clearings() []Scenario {
	return []Scenario{
		{"B9_AClearedQuestionIsAskedForADayAfterTheNotice", clearedLater},
		{"B9_WhoKnowsTheAnswerStopsTheClearing", clearingStopped},
		{"B9_NothingIsClearedOfWhichTheOwnerIsNotTold", clearingUnheard},
		{"B9_TheDayBeginsOnceTheNoticeIsOut", clearingLate},
		{"B9_OnlySupportClearsAQuestionAndOnce", clearingByWhom},
	}
}

var chosen = guichet.Chosen{Password: firstPassword, Question: "La couleur du cheval ?", Answer: "blanc"}

// asks tells whether a reset asks for the answer.
func (w *World) asks(name string) bool {
	w.T.Helper()
	w.Wait(24 * hour) // whatever was asked for before

	return w.asksNow(name)
}

func (w *World) asksNow(name string) bool {
	w.T.Helper()

	shown, err := w.Portal.Inspect(w.Ctx, w.forgets(name))
	require.NoError(w.T, err)
	assert.Equal(w.T, shown.Question == "", shown.SetAnswer)

	return shown.Question != ""
}

func clearedLater(w *World) {
	alice := w.alice()
	require.NoError(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID))
	assert.Contains(w.T, w.One(w.Deliver(), "alice", mail.QuestionCleared).Text, "24 novembre 2026 à 09:00")

	w.Wait(day - time.Minute)

	token := w.forgets("alice")
	require.ErrorIs(w.T, w.reset(token, "", secondPassword), guichet.ErrAnswer)
	w.Wait(time.Minute)

	shown, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Empty(w.T, shown.Question)
	assert.True(w.T, shown.SetAnswer)

	err = w.reset(token, "Félix", secondPassword)
	assert.Len(w.T, faults(err), 2, "another question has to be chosen: %v", err)
	require.NoError(w.T, second(w.Portal.ResetPassword(w.Ctx, token, guichet.Reset{
		Password: secondPassword, Question: chosen.Question, NewAnswer: chosen.Answer,
	})))

	// From now on that one is asked.
	w.Wait(2 * day)
	token = w.forgets("alice")
	require.ErrorIs(w.T, w.reset(token, "Félix", firstPassword), guichet.ErrAnswer)
	require.NoError(w.T, w.reset(token, "Blanc", firstPassword))
	assert.Equal(w.T, alice.Epoch+2, w.comesIn("alice", firstPassword).Epoch)
}

func clearingStopped(w *World) {
	alice := w.alice()

	stops := map[string]func(){
		"another question": func() { require.NoError(w.T, w.Portal.ChangeQuestion(w.Ctx, alice.ID, chosen)) },
		"the answer": func() {
			w.Wait(hour)

			token := w.forgets("alice")
			if errors.Is(w.reset(token, "Félix", firstPassword), guichet.ErrAnswer) {
				require.NoError(w.T, w.reset(token, chosen.Answer, firstPassword))
			}
		},
	}

	for how, stop := range stops {
		for _, first := range []bool{true, false} { // before the notice is out, and after
			require.NoError(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID))

			if !first {
				w.Deliver()
			}

			stop()
			w.Deliver()
			w.Wait(day)
			assert.True(w.T, w.asks("alice"), "%s, %t", how, first)
			w.Wait(day)
		}
	}

	// Neither the former login's mailbox nor the new one's has heard of what is asked for at the time of a change.
	for n, first := range []bool{true, false} {
		require.NoError(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID))

		if !first {
			w.Deliver()
		}

		next := []string{"alicia", "alix"}[n]
		require.NoError(w.T, second(w.Portal.ConfirmLogin(w.Ctx, w.moves(alice.ID, next))))
		w.Deliver()
		assert.True(w.T, w.asks(next), "%t", first)
	}
}

func clearingUnheard(w *World) {
	alice := w.alice()
	require.NoError(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID))
	w.giveUp()
	assert.Equal(w.T, []mail.Kind{mail.QuestionCleared}, w.parked())

	w.Wait(2 * day)
	assert.True(w.T, w.asks("alice"), "nobody was told")

	// Sent again, it takes a day from then.
	w.Deliver()

	for _, m := range list(w, storage.ParkedMessages{Window: all}) {
		require.NoError(w.T, w.Portal.SendParked(w.Ctx, m.ID))
	}

	w.One(w.Deliver(), "alice", mail.QuestionCleared)
	w.Wait(day - time.Minute)
	assert.True(w.T, w.asksNow("alice"))
	assert.False(w.T, w.asks("alice"))
}

func clearingLate(w *World) {
	alice := w.alice()
	require.NoError(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID))

	// The mail server is down for days, and nobody delivers meanwhile.
	_, err := w.Portal.Deliver(w.Ctx, downed{})
	require.NoError(w.T, err)
	w.Wait(2 * day)

	require.NoError(w.T, w.Portal.ForgotPassword(w.Ctx, Login("alice")))

	sent := w.Deliver()
	told := w.One(sent, "alice", mail.QuestionCleared)
	assert.Contains(w.T, told.Text, "26 novembre 2026 à 09:00", "it says from when on")

	token := w.Token(w.One(sent, "alice", mail.PasswordReset))
	shown, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.NotEmpty(w.T, shown.Question)
	require.ErrorIs(w.T, w.reset(token, "", secondPassword), guichet.ErrAnswer)

	assert.False(w.T, w.asks("alice"))
}

func clearingByWhom(w *World) {
	alice := w.alice()
	bob := w.enrol("bob")

	for _, by := range []account.Actor{account.By(alice.ID), account.By(bob.ID), account.System(), {}} {
		require.ErrorIs(w.T, w.Portal.ClearQuestion(w.Ctx, by, alice.ID), account.ErrNotYours)
	}

	require.ErrorIs(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, bob.ID), guichet.ErrNoPassword)
	require.ErrorIs(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, "nobody"), guichet.ErrUnknownAccount)
	assert.Empty(w.T, w.Deliver())

	require.NoError(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID))
	require.NoError(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID))
	w.One(w.Deliver(), "alice", mail.QuestionCleared)

	w.Wait(12 * hour)
	require.NoError(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID))
	assert.Empty(w.T, w.Deliver(), "nobody is told twice")
	w.Wait(12 * hour)
	assert.False(w.T, w.asksNow("alice"), "nor does it take longer")

	require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, alice.ID, "")))
	require.ErrorIs(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID), account.ErrBlocked)
}

func questionChanged(w *World) {
	alice := w.alice()

	wrong := chosen
	wrong.Password = wrongPassword
	require.ErrorIs(w.T, w.Portal.ChangeQuestion(w.Ctx, alice.ID, wrong), guichet.ErrCredentials)
	assert.Equal(w.T, []string{"question question.empty", "answer answer.short"},
		faults(w.Portal.ChangeQuestion(w.Ctx, alice.ID, guichet.Chosen{Password: firstPassword})))
	require.ErrorIs(w.T, w.Portal.ChangeQuestion(w.Ctx, w.enrol("bob").ID, chosen), guichet.ErrNoPassword)
	assert.Empty(w.T, w.Deliver())

	require.NoError(w.T, w.Portal.ChangeQuestion(w.Ctx, alice.ID, chosen))
	w.One(w.Deliver(), "alice", mail.QuestionChanged)

	token := w.forgets("alice")
	shown, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Equal(w.T, chosen.Question, shown.Question)
	require.ErrorIs(w.T, w.reset(token, "Félix", secondPassword), guichet.ErrAnswer)

	// A link that is out stays, and asks what is asked by then.
	back := chosen
	back.Question, back.Answer = Secrets().Question, "Félix"
	require.NoError(w.T, w.Portal.ChangeQuestion(w.Ctx, alice.ID, back))
	require.ErrorIs(w.T, w.reset(token, chosen.Answer, secondPassword), guichet.ErrAnswer)
	require.NoError(w.T, w.reset(token, "Félix", secondPassword))
}

func passwordChanged(w *World) {
	alice := w.alice()
	token := w.forgets("alice")

	for _, c := range []struct {
		present, next string
		why           error
	}{
		{wrongPassword, secondPassword, guichet.ErrCredentials},
		{"", secondPassword, guichet.ErrCredentials},
	} {
		require.ErrorIs(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, c.present, c.next)), c.why)
	}

	assert.Contains(w.T, faults(second(w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, "court"))), "password password.short")
	require.ErrorIs(w.T, second(w.Portal.ChangePassword(w.Ctx, "nobody", firstPassword, secondPassword)), guichet.ErrUnknownAccount)
	require.ErrorIs(w.T, second(w.Portal.ChangePassword(w.Ctx, w.enrol("bob").ID, firstPassword, secondPassword)), guichet.ErrNoPassword)
	assert.Empty(w.T, w.Deliver())

	after, err := w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)
	require.NoError(w.T, err)
	assert.Equal(w.T, alice.Epoch+1, after.Epoch)
	w.One(w.Deliver(), "alice", mail.PasswordChanged)
	w.staysOut("alice", firstPassword, guichet.ErrCredentials)
	w.comesIn("alice", secondPassword)
	require.ErrorIs(w.T, w.reset(token, "Félix", firstPassword), account.ErrLinkExpired)

	// What changes while the present one is looked at is not undone.
	for n, writing := range []bool{false, true} {
		before := w.now(alice.ID)
		p := w.atStep(2, writing, func() {
			_, err := w.Portal.ChangePassword(w.Ctx, alice.ID, secondPassword, secondPassword)
			require.NoError(w.T, err)
		})
		_, err := p.ChangePassword(w.Ctx, alice.ID, secondPassword, "trombone table nuage zero")
		require.ErrorIs(w.T, err, guichet.ErrSessionOver, "%d", n)
		assert.Equal(w.T, before.Epoch+1, w.comesIn("alice", secondPassword).Epoch)
	}

	// Two at once are not both the last.
	errs := tally(w, AtOnce(
		func() error {
			return second(w.Portal.ChangePassword(w.Ctx, alice.ID, secondPassword, "trombone table nuage un"))
		},
		func() error {
			return second(w.Portal.ChangePassword(w.Ctx, alice.ID, secondPassword, "trombone table nuage deux"))
		},
	), guichet.ErrSessionOver, guichet.ErrCredentials)
	assert.Equal(w.T, 1, errs[nil], "%v", errs)

	require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, alice.ID, "")))
	require.ErrorIs(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, secondPassword, firstPassword)), account.ErrBlocked)
}
