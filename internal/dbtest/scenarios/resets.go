package scenarios

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
)

// resets are the stories of who has forgotten a password, or the answer to the secret question.
func resets() []Scenario {
	return append([]Scenario{
		{"B9_ALinkTheAnswerAndAnotherPassword", resetDone},
		{"B9_AskingForALinkSendsNothingToWhoHasNoPassword", resetNobody},
		{"B9_AskingAgainAndAgainMailsSeldom", resetSeldom},
		{"B9_FiveWrongAnswersLockAnsweringAndSigningIn", resetLocks},
		{"B10_WrongAnswersAndWrongPasswordsLockTogether", resetTogether},
		{"B10_OfManyWrongAnswersAtOnceFiveAreLookedAt", resetFlood},
		{"B10_StrangersDoNotKeepTheOwnerFromProtectingTheAccount", resetStrangers},
		{"B9_FaultsOfTheNewPasswordCostNoAnswer", resetFaults},
		{"B9_ALinkIsForTheAccountAsItWas", resetBound},
		{"B9_OfTwoResetsAtOnceOneCounts", resetRace},
		{"B9_AResetStandsOnNothingThatChangesMeanwhile", resetMeanwhile},
		{"B9_ThePolicyMayDropTheQuestion", resetNoQuestion},
		{"B8_TheQuestionIsChangedByWhoKnowsThePassword", questionChanged},
		{"B8_ThePasswordIsChangedByWhoKnowsIt", passwordChanged},
	}, clearings()...)
}

func resetDone(w *World) {
	alice := w.alice()
	token := w.forgets("alice")

	w.writesNothing(estate{structures: named(0)}, func() {
		for range 3 {
			shown, err := w.Portal.Inspect(w.Ctx, token)
			require.NoError(w.T, err)
			assert.Equal(w.T, account.PurposeReset, shown.Purpose)
			assert.Equal(w.T, Secrets().Question, shown.Question)
			assert.Equal(w.T, Login("alice"), shown.Login.String())
			assert.False(w.T, shown.SetAnswer)
			assert.Equal(w.T, w.Clock.Add(time.Hour), shown.Expires)
		}
	})

	after, err := w.Portal.ResetPassword(w.Ctx, token, guichet.Reset{Answer: " FELIX ", Password: secondPassword})
	require.NoError(w.T, err)
	assert.Equal(w.T, alice.Epoch+1, after.Epoch)
	assert.Equal(w.T, []mail.Kind{mail.PasswordChanged}, Kinds(To(w.Deliver(), Login("alice"))))
	require.ErrorIs(w.T, w.Portal.Session(w.Ctx, alice.ID, alice.Epoch), guichet.ErrSessionOver)

	w.staysOut("alice", firstPassword, guichet.ErrCredentials)
	w.comesIn("alice", secondPassword)

	require.ErrorIs(w.T, w.reset(token, "Félix", firstPassword), account.ErrLinkUsed)
	require.ErrorIs(w.T, second(w.Portal.Inspect(w.Ctx, token)), account.ErrLinkUsed)
	assert.Contains(w.T, w.journaled(alice.ID), "password reset →")

	// The question stays.
	w.Wait(hour)
	shown, err := w.Portal.Inspect(w.Ctx, w.forgets("alice"))
	require.NoError(w.T, err)
	assert.Equal(w.T, Secrets().Question, shown.Question)
}

func resetNobody(w *World) {
	names := w.everySort()

	for _, name := range names {
		require.NoError(w.T, w.Portal.ForgotPassword(w.Ctx, Login(name)))
	}

	assert.Equal(w.T, []string{string(mail.PasswordReset) + " to " + Login("gerante")}, Mails(w.Deliver()))
	assert.Equal(w.T, []string{"login account.address"}, faults(w.Portal.ForgotPassword(w.Ctx, "nulle part")))
	assert.Empty(w.T, w.Waiting(), "and nothing is kept of who asked")
}

func resetSeldom(w *World) {
	w.alice()

	mails := 0
	begun := w.Clock

	for w.Clock.Before(begun.Add(24 * hour)) {
		require.NoError(w.T, w.Portal.ForgotPassword(w.Ctx, Login("alice")))
		mails += len(of(w.Deliver(), mail.PasswordReset))
		w.Wait(5 * time.Minute)
	}

	assert.Equal(w.T, 26, mails, "nobody fills a mailbox, and a link lives at any time")
}

func resetLocks(w *World) {
	w.alice()
	token := w.forgets("alice")

	for _, answer := range []string{"", "Minou", "a\x00b", "Médor", "Félix Le Chat"} {
		require.ErrorIs(w.T, w.reset(token, answer, secondPassword), guichet.ErrAnswer)
	}

	var locked *guichet.Error

	err := w.reset(token, "Félix", secondPassword)
	require.ErrorIs(w.T, err, guichet.ErrLocked)
	require.ErrorAs(w.T, err, &locked)
	assert.Equal(w.T, w.Clock.Add(lockTime), locked.Until.UTC())
	w.staysOut("alice", firstPassword, guichet.ErrLocked)
	w.One(w.Deliver(), "alice", mail.AccountLocked)

	w.Wait(lockTime)
	require.NoError(w.T, w.reset(token, "Félix", secondPassword), "the link is as good as before")
	w.comesIn("alice", secondPassword)
}

func resetTogether(w *World) {
	for n, c := range []struct{ passwords, answers int }{{3, 2}, {1, 4}, {4, 1}} {
		name := fmt.Sprint("alice", n)
		w.Manager(name, Siret(n))
		token := w.forgets(name)
		w.misses(name, c.passwords)

		for range c.answers {
			require.ErrorIs(w.T, w.reset(token, "Minou", secondPassword), guichet.ErrAnswer)
		}

		w.staysOut(name, firstPassword, guichet.ErrLocked)
	}
}

func resetFlood(w *World) {
	w.alice()
	token := w.forgets("alice")

	tries := make([]func() error, crowd)
	for n := range tries {
		tries[n] = func() error { return w.reset(token, fmt.Sprint("Chat ", n), secondPassword) }
	}

	assert.Equal(w.T, map[error]int{guichet.ErrAnswer: 5, guichet.ErrLocked: crowd - 5},
		tally(w, AtOnce(tries...), guichet.ErrAnswer, guichet.ErrLocked))
	w.staysOut("alice", firstPassword, guichet.ErrLocked)
}

func resetStrangers(w *World) {
	alice := w.alice()
	w.misses("alice", 5)

	// Who is signed in goes on, and who has the mailbox and the answer, too.
	changed, err := w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)
	require.NoError(w.T, err)
	w.staysOut("alice", secondPassword, guichet.ErrLocked)

	require.NoError(w.T, w.reset(w.forgets("alice"), "Félix", firstPassword))
	assert.Equal(w.T, changed.Epoch+1, w.comesIn("alice", firstPassword).Epoch, "a reset lifts the lock")

	// Whoever found an open session tries passwords no longer than a stranger.
	for range 5 {
		_, err = w.Portal.ChangePassword(w.Ctx, alice.ID, wrongPassword, secondPassword)
		require.ErrorIs(w.T, err, guichet.ErrCredentials)
	}

	w.One(w.Deliver(), "alice", mail.SecretsLocked)

	for _, does := range []func() error{
		func() error {
			return second(w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword))
		},
		func() error { return second(w.Portal.PrepareFactor(w.Ctx, alice.ID, firstPassword)) },
		func() error { return w.Portal.ChangeLogin(w.Ctx, alice.ID, firstPassword, Login("alicia")) },
		func() error {
			return w.Portal.ChangeQuestion(w.Ctx, alice.ID, guichet.Chosen{Password: firstPassword, Question: "Q", Answer: "Aa"})
		},
	} {
		require.ErrorIs(w.T, does(), guichet.ErrLocked)
	}

	w.comesIn("alice", firstPassword)
}

func resetFaults(w *World) {
	w.alice()
	token := w.forgets("alice")

	for range 6 {
		err := w.reset(token, "Minou", "court")
		assert.Contains(w.T, faults(err), "password password.short")
		require.NotErrorIs(w.T, err, guichet.ErrAnswer, "nothing is told of the answer")
	}

	for range 6 {
		err := second(w.Portal.ResetPassword(w.Ctx, token, guichet.Reset{
			Answer: "Félix", Password: "Prénom alice 2026", Question: "Quoi ?", NewAnswer: "",
		}))
		assert.Len(w.T, faults(err), 2, "%v", err)
	}

	require.NoError(w.T, w.reset(token, "Félix", secondPassword))
}

func resetBound(w *World) {
	for n, c := range []struct {
		why  error
		does func(acc account.Account)
	}{
		{account.ErrLinkExpired, func(account.Account) { w.Wait(hour) }},
		{account.ErrLinkReplaced, func(acc account.Account) {
			w.Wait(askTime)
			w.forgets(name(acc))
		}},
		{account.ErrLinkExpired, func(acc account.Account) {
			require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, acc.ID, firstPassword, secondPassword)))
		}},
		{account.ErrLinkExpired, func(acc account.Account) {
			require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, acc.ID, "")))
		}},
		{account.ErrLinkExpired, func(acc account.Account) {
			require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, acc.ID, "")))
			require.NoError(w.T, second(w.Portal.Unblock(w.Ctx, helpdesk, acc.ID)))
		}},
		{account.ErrLinkExpired, func(acc account.Account) {
			require.NoError(w.T, second(w.Portal.ConfirmLogin(w.Ctx, w.moves(acc.ID, "nouvelle."+name(acc)))))
		}},
		{account.ErrLinkUnknown, func(acc account.Account) { w.close(acc.ID, true) }},
	} {
		acc := w.Manager(fmt.Sprint("alice", n), Siret(n))
		token := w.forgets(name(acc))
		c.does(acc)

		require.ErrorIs(w.T, w.reset(token, "Félix", secondPassword), c.why, "%d", n)
		require.ErrorIs(w.T, second(w.Portal.Inspect(w.Ctx, token)), c.why, "%d", n)
	}

	// A mail that waits meanwhile is not sent.
	acc := w.Manager("derniere", Siret(9))
	w.Deliver()
	require.NoError(w.T, w.Portal.ForgotPassword(w.Ctx, Login("derniere")))
	require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, acc.ID, "")))
	assert.Equal(w.T, []mail.Kind{mail.AccountBlocked}, Kinds(w.Deliver()))
}

// name is who somebody is in these stories.
func name(acc account.Account) string {
	login := acc.Login.String()

	return login[:len(login)-len(Login(""))]
}

func resetNoQuestion(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Policy.NoQuestion = true })
	w.Register("alice", Siret(0))

	acc, err := w.Portal.Activate(w.Ctx, w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)),
		account.Credentials{Password: firstPassword})
	require.NoError(w.T, err)

	token := w.forgets("alice")
	shown, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Empty(w.T, shown.Question)
	assert.False(w.T, shown.SetAnswer)
	require.NoError(w.T, w.reset(token, "", secondPassword))
	w.comesIn("alice", secondPassword)

	chosen := guichet.Chosen{Password: secondPassword, Question: "Le chat ?", Answer: "Félix"}
	require.ErrorIs(w.T, w.Portal.ChangeQuestion(w.Ctx, acc.ID, chosen), guichet.ErrNoPassword)
	require.ErrorIs(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, acc.ID), guichet.ErrNoPassword)

	// Once there are questions again, who has none chooses one with the next reset.
	w.Reopen(nil)
	w.Wait(hour)
	token = w.forgets("alice")
	shown, err = w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.True(w.T, shown.SetAnswer)
	assert.Equal(w.T, []string{"question question.empty", "answer answer.short"}, faults(w.reset(token, "", firstPassword)))
	require.NoError(w.T, second(w.Portal.ResetPassword(w.Ctx, token, guichet.Reset{
		Password: firstPassword, Question: "Le chat ?", NewAnswer: "Félix",
	})))

	w.Wait(hour)
	require.ErrorIs(w.T, w.reset(w.forgets("alice"), "Minou", secondPassword), guichet.ErrAnswer)
}
