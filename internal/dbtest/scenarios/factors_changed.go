package scenarios

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
)

func factorLocks(w *World) {
	alice, app := w.withApp()
	wrong := func(n int) {
		for range n {
			require.ErrorIs(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.none(w)), guichet.ErrCode)
		}
	}

	for n, pause := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour} {
		challenge := w.challenged("alice", firstPassword, guichet.FactorApp)

		wrong(5)

		if told := of(w.Deliver(), mail.SecretsLocked); n == 2 {
			assert.Empty(w.T, told, "the first lock in a row is told, the second, the fourth and so on")
		} else if assert.Len(w.T, told, 1) {
			assert.Equal(w.T, Login("alice"), told[0].To)
			assert.Contains(w.T, told[0].Text, w.Clock.Add(pause).Format("15:04"))
		}

		until := w.Clock.Add(pause)
		refused := func(err error) {
			var locked *guichet.Error

			require.ErrorIs(w.T, err, guichet.ErrLocked)
			require.ErrorAs(w.T, err, &locked)
			assert.Equal(w.T, until, locked.Until.UTC())
		}

		refused(w.shows(challenge, app.code(w)))

		// Neither a recovery code, nor a reset by who reads the mail, ends it; nor does what else takes a code.
		refused(w.shows(challenge, app.paper[0].Reveal()))
		refused(second(w.Portal.RemoveFactor(w.Ctx, alice.ID, app.code(w))))
		refused(second(w.signIn("alice", firstPassword)))

		if n == 1 {
			require.NoError(w.T, w.reset(w.forgets("alice"), "Félix", firstPassword))
			refused(second(w.signIn("alice", firstPassword)))
		}

		w.Clock = until
	}

	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.code(w)))
	wrong(5)
	w.Wait(15 * time.Minute)
	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.code(w)), "a right one ended that")
}

func factorFlood(w *World) {
	_, app := w.withApp()
	challenge := w.challenged("alice", firstPassword, guichet.FactorApp)

	tries := make([]func() error, crowd)
	for n := range tries {
		tries[n] = func() error { return second(w.Portal.SecondFactor(w.Ctx, challenge, app.none(w))) }
	}

	assert.Equal(w.T, map[error]int{guichet.ErrCode: 5, guichet.ErrLocked: crowd - 5},
		tally(w, AtOnce(tries...), guichet.ErrCode, guichet.ErrLocked))
}

func factorPrepared(w *World) {
	alice, app := w.withApp()

	// Who has the session and the password has no app in the owner's stead.
	_, err := w.Portal.PrepareFactor(w.Ctx, alice.ID, firstPassword)
	require.ErrorIs(w.T, err, guichet.ErrFactorOn)
	_, _, err = w.Portal.AddFactor(w.Ctx, alice.ID, app.code(w))
	require.ErrorIs(w.T, err, guichet.ErrFactorOn)
	_, err = w.Portal.RemoveFactor(w.Ctx, alice.ID, app.none(w))
	require.ErrorIs(w.T, err, guichet.ErrCode)
	_, _, err = w.Portal.RenewRecoveryCodes(w.Ctx, alice.ID, app.none(w))
	require.ErrorIs(w.T, err, guichet.ErrCode)
	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.code(w)))

	// What is prepared counts for nothing until a code has come of it.
	bob := w.Manager("bob", Siret(1))
	_, _, err = w.Portal.AddFactor(w.Ctx, bob.ID, "123456")
	require.ErrorIs(w.T, err, guichet.ErrFactorOff)
	_, err = w.Portal.PrepareFactor(w.Ctx, bob.ID, wrongPassword)
	require.ErrorIs(w.T, err, guichet.ErrCredentials)

	first, err := w.Portal.PrepareFactor(w.Ctx, bob.ID, firstPassword)
	require.NoError(w.T, err)
	assert.Equal(w.T, bob.Epoch, w.comesIn("bob", firstPassword).Epoch)
	_, err = w.Portal.RemoveFactor(w.Ctx, bob.ID, first.Code(w.Clock))
	require.ErrorIs(w.T, err, guichet.ErrFactorOff)

	secret, err := w.Portal.PrepareFactor(w.Ctx, bob.ID, firstPassword)
	require.NoError(w.T, err)
	_, _, err = w.Portal.AddFactor(w.Ctx, bob.ID, first.Code(w.Clock))
	require.ErrorIs(w.T, err, guichet.ErrCode, "of the one before")

	after, paper, err := w.Portal.AddFactor(w.Ctx, bob.ID, secret.Code(w.Clock))
	require.NoError(w.T, err)
	assert.Equal(w.T, bob.Epoch+1, after.Epoch)
	w.One(w.Deliver(), "bob", mail.FactorAdded)

	challenge := w.challenged("bob", firstPassword, guichet.FactorApp)
	require.ErrorIs(w.T, w.shows(challenge, secret.Code(w.Clock)), guichet.ErrCode, "the code that set it up is used")
	require.ErrorIs(w.T, w.shows(challenge, app.paper[0].Reveal()), guichet.ErrCode, "somebody else's")
	require.NoError(w.T, w.shows(challenge, paper[0].Reveal()))

	require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, bob.ID, "")))
	_, err = w.Portal.RemoveFactor(w.Ctx, bob.ID, paper[1].Reveal())
	require.ErrorIs(w.T, err, account.ErrBlocked)
}

func factorEpoch(w *World) {
	alice, app := w.withApp()

	renewed, _, err := w.Portal.RenewRecoveryCodes(w.Ctx, alice.ID, app.code(w))
	require.NoError(w.T, err)
	assert.Equal(w.T, alice.Epoch+1, renewed.Epoch)
	assert.Equal(w.T, []mail.Kind{mail.RecoveryCodesChanged}, Kinds(w.Deliver()))

	w.Wait(hour)

	removed, err := w.Portal.RemoveFactor(w.Ctx, alice.ID, app.code(w))
	require.NoError(w.T, err)
	assert.Equal(w.T, alice.Epoch+2, removed.Epoch)
	assert.Equal(w.T, []mail.Kind{mail.FactorRemoved}, Kinds(w.Deliver()))
	require.ErrorIs(w.T, w.Portal.Session(w.Ctx, alice.ID, renewed.Epoch), guichet.ErrSessionOver)
	w.comesIn("alice", firstPassword)

	kept, err := w.Store.Credential(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Factor{}, kept.Factor, "nothing of it is kept")
}

func factorCleared(w *World) {
	alice, app := w.withApp()
	challenge := w.challenged("alice", firstPassword, guichet.FactorApp)

	for range 5 {
		require.ErrorIs(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.none(w)), guichet.ErrCode)
	}

	for _, by := range []account.Actor{account.By(alice.ID), account.System(), {}} {
		require.ErrorIs(w.T, second(w.Portal.ClearFactor(w.Ctx, by, alice.ID)), account.ErrNotYours)
	}

	after, err := w.Portal.ClearFactor(w.Ctx, helpdesk, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, alice.Epoch+1, after.Epoch)
	w.One(w.Deliver(), "alice", mail.FactorRemoved)
	require.ErrorIs(w.T, w.shows(challenge, app.code(w)), account.ErrLinkExpired)

	require.ErrorIs(w.T, second(w.Portal.ClearFactor(w.Ctx, helpdesk, alice.ID)), guichet.ErrFactorOff)
	w.comesIn("alice", firstPassword)

	// A new one starts with a clean slate.
	app = w.addFactor(alice)
	w.Wait(time.Minute)
	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.code(w)))
}

func factorPurpose(w *World) {
	_, app := w.withApp()
	challenge := w.challenged("alice", firstPassword, guichet.FactorApp)
	bob := w.enrol("bob")

	for name, use := range map[string]func(t account.Token) error{
		"Inspect":        func(t account.Token) error { return second(w.Portal.Inspect(w.Ctx, t)) },
		"Activate":       func(t account.Token) error { return second(w.Portal.Activate(w.Ctx, t, Secrets())) },
		"Adopt":          func(t account.Token) error { return second(w.Portal.Adopt(w.Ctx, t, bob.ID)) },
		"ResetPassword":  func(t account.Token) error { return w.reset(t, "Félix", secondPassword) },
		"ConfirmLogin":   func(t account.Token) error { return second(w.Portal.ConfirmLogin(w.Ctx, t)) },
		"ConfirmContact": func(t account.Token) error { return second(w.Portal.ConfirmContact(w.Ctx, t)) },
		"Reactivate":     func(t account.Token) error { return second(w.Portal.Reactivate(w.Ctx, t)) },
	} {
		require.ErrorIs(w.T, use(challenge), account.ErrLinkUnknown, name)
	}

	reset := w.forgets("alice")
	require.ErrorIs(w.T, w.shows(reset, app.code(w)), account.ErrLinkUnknown)
	require.ErrorIs(w.T, second(w.Portal.ConfirmLogin(w.Ctx, reset)), account.ErrLinkUnknown)
	require.NoError(w.T, w.shows(challenge, app.code(w)), "it is as good as new")
}
