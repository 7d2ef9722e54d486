package scenarios

import (
	"errors"
	"fmt"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
)

func resetRace(w *World) {
	acc := w.alice()

	for n := range 5 {
		token := w.forgets("alice")
		passwords := []string{fmt.Sprint("girafe meuble soleil ", n), fmt.Sprint("trombone table nuage ", n)}

		errs := AtOnce(
			func() error { return w.reset(token, "Félix", passwords[0]) },
			func() error { return w.reset(token, "Félix", passwords[1]) },
		)

		winner := 0
		if errs[0] != nil {
			winner = 1
		}

		require.NoError(w.T, errs[winner])
		require.True(w.T, errors.Is(errs[1-winner], account.ErrLinkUsed) || errors.Is(errs[1-winner], account.ErrLinkExpired),
			"%v", errs[1-winner])
		w.staysOut("alice", passwords[1-winner], guichet.ErrCredentials)
		assert.Equal(w.T, acc.Epoch+int64(n)+1, w.comesIn("alice", passwords[winner]).Epoch)
		assert.Len(w.T, of(w.Deliver(), mail.PasswordChanged), 1)
		w.Wait(24 * hour)
	}
}

// resetMeanwhile is about what happens while the answer is looked at and the new password is hashed.
func resetMeanwhile(w *World) {
	for what, c := range map[string]struct {
		prepare func(acc account.Account)
		happens func(acc account.Account)
		why     error
	}{
		"question changed": {nil, func(acc account.Account) {
			require.NoError(w.T, w.Portal.ChangeQuestion(w.Ctx, acc.ID, chosen))
		}, guichet.ErrAnswer},
		"clearing stopped": {func(acc account.Account) {
			require.NoError(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, acc.ID))
			w.Deliver()
			w.Wait(day)
		}, func(acc account.Account) {
			require.NoError(w.T, w.Portal.ChangeQuestion(w.Ctx, acc.ID, chosen))
		}, guichet.ErrAnswer},
		"password changed": {nil, func(acc account.Account) {
			require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, acc.ID, firstPassword, secondPassword)))
		}, account.ErrLinkExpired},
		"blocked": {nil, func(acc account.Account) {
			require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, acc.ID, "")))
		}, account.ErrLinkExpired},
	} {
		last := 2
		if c.prepare != nil {
			last = 1 // no answer is looked at
		}

		for nth := 1; nth <= last; nth++ {
			for _, writing := range []bool{false, true} {
				who := w.fresh()

				if c.prepare != nil {
					c.prepare(who)
				}

				token := w.forgets(name(who))
				p := w.atStep(nth, writing, func() { c.happens(who) })
				_, err := p.ResetPassword(w.Ctx, token, guichet.Reset{
					Answer: "Félix", Password: "autre chose de bien long", Question: "Quoi donc ?", NewAnswer: "Rien",
				})
				require.ErrorIs(w.T, err, c.why, "%s, %d, %t", what, nth, writing)

				_, err = w.Portal.SignIn(w.Ctx, guichet.SignIn{Login: who.Login.String(), Password: "autre chose de bien long"})
				require.ErrorIs(w.T, err, guichet.ErrCredentials, what)
			}
		}
	}
}
