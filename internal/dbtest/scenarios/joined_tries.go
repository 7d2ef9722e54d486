package scenarios

import (
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/mail"
)

// triesWithin is about an application that would roll back what was refused, and with it what counts the tries.
func triesWithin(w *joining) {
	acc := w.Manager(w.name("alice"), w.id(0))
	w.Deliver()
	require.NoError(w.T, w.Portal.ForgotPassword(w.Ctx, acc.Login.String()))
	token := w.Token(w.One(w.Deliver(), w.name("alice"), mail.PasswordReset))

	tx := w.tx()

	within, err := w.Portal.Within(tx)
	require.NoError(w.T, err)

	for what, does := range map[string]func() error{
		"SignIn": func() error {
			return second(within.SignIn(w.Ctx, guichet.SignIn{Login: acc.Login.String(), Password: firstPassword}))
		},
		"SecondFactor": func() error { return second(within.SecondFactor(w.Ctx, token, "123456")) },
		"ResetPassword": func() error {
			return second(within.ResetPassword(w.Ctx, token, guichet.Reset{Answer: "Félix", Password: secondPassword}))
		},
		"ChangePassword": func() error {
			return second(within.ChangePassword(w.Ctx, acc.ID, firstPassword, secondPassword))
		},
		"ChangeQuestion": func() error { return within.ChangeQuestion(w.Ctx, acc.ID, chosen) },
		"ChangeLogin": func() error {
			return within.ChangeLogin(w.Ctx, acc.ID, firstPassword, Login(w.name("alicia")))
		},
		"PrepareFactor": func() error { return second(within.PrepareFactor(w.Ctx, acc.ID, firstPassword)) },
		"AddFactor": func() error {
			_, _, err := within.AddFactor(w.Ctx, acc.ID, "123456")

			return err
		},
		"RenewRecoveryCodes": func() error {
			_, _, err := within.RenewRecoveryCodes(w.Ctx, acc.ID, "123456")

			return err
		},
		"RemoveFactor": func() error { return second(within.RemoveFactor(w.Ctx, acc.ID, "123456")) },
		"SendParked":   func() error { return within.SendParked(w.Ctx, "any") },
	} {
		require.ErrorIs(w.T, does(), guichet.ErrWithin, what)
	}

	require.NoError(w.T, tx.Rollback())

	// What counts no tries may be part of one.
	tx = w.tx()
	within, err = w.Portal.Within(tx)
	require.NoError(w.T, err)

	after, err := within.EndSessions(w.Ctx, helpdesk, acc.ID)
	require.NoError(w.T, err)
	require.NoError(w.T, tx.Rollback())
	require.NoError(w.T, w.Portal.Session(w.Ctx, acc.ID, acc.Epoch))
	require.ErrorIs(w.T, w.Portal.Session(w.Ctx, acc.ID, after.Epoch), guichet.ErrSessionOver)
}
