package scenarios

import (
	"errors"
	"fmt"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
)

func movedRace(w *World) {
	for n := range 5 {
		one, other := w.fresh(), w.fresh()
		to := fmt.Sprint("disputee", n)
		token := w.moves(one.ID, to)
		w.Wait(askTime)
		rival := w.moves(other.ID, to)

		errs := AtOnce(
			func() error { return second(w.Portal.ConfirmLogin(w.Ctx, token)) },
			func() error { return second(w.Portal.ConfirmLogin(w.Ctx, rival)) },
		)
		assert.Equal(w.T, map[error]int{nil: 1, guichet.ErrLoginTaken: 1}, tally(w, errs, guichet.ErrLoginTaken))

		winner := one
		if errs[0] != nil {
			winner = other
		}

		assert.Equal(w.T, winner.ID, w.comesIn(to, firstPassword).ID)
	}

	// One account is confirmed for two addresses at once.
	one := w.fresh()
	first := w.moves(one.ID, "premiere")
	errs := AtOnce(
		func() error { return second(w.Portal.ConfirmLogin(w.Ctx, first)) },
		func() error { return second(w.Portal.ConfirmLogin(w.Ctx, first)) },
	)
	assert.Equal(w.T, 1, tally(w, errs, account.ErrLinkUsed, account.ErrLinkExpired)[nil])
	assert.Equal(w.T, one.Epoch+1, w.now(one.ID).Epoch)
}

func movedActivated(w *World) {
	for n := range 4 {
		one := w.fresh()
		to := fmt.Sprint("disputee", n)
		w.Register(to, Siret(n))
		activation := w.Token(w.One(w.Deliver(), to, mail.ActivationLink))
		token := w.moves(one.ID, to)

		errs := AtOnce(
			func() error { return second(w.Portal.ConfirmLogin(w.Ctx, token)) },
			func() error { return second(w.Portal.Activate(w.Ctx, activation, Secrets())) },
		)
		lost := 0

		for _, err := range errs {
			if err != nil {
				require.True(w.T, errors.Is(err, guichet.ErrLoginTaken) || errors.Is(err, guichet.ErrLoginBound), "%v", err)

				lost++
			}
		}

		assert.Equal(w.T, 1, lost)
		w.comesIn(to, firstPassword)
	}
}

func movedGreets(w *World) {
	alice := w.alice()
	w.Register("alicia", Siret(1))
	claim := w.Token(w.One(w.Deliver(), "alicia", mail.ActivationLink))

	manager := w.Manager("gerante", Siret(2))
	w.Register("alicia", Siret(2))
	w.Deliver()

	require.NoError(w.T, second(w.Portal.ConfirmLogin(w.Ctx, w.moves(alice.ID, "alicia"))))
	require.ErrorIs(w.T, second(w.Portal.Activate(w.Ctx, claim, Secrets())), guichet.ErrLoginBound)

	sent := of(To(w.Deliver(), Login("alicia")), mail.AddressUsed)
	require.Len(w.T, sent, 2, "one for each")

	for _, m := range sent {
		require.NoError(w.T, second(w.Portal.Adopt(w.Ctx, w.Token(m), alice.ID)))
	}

	w.standing(Siret(1), attachment.Managed, alice.ID)
	assert.Contains(w.T, w.Requests(manager.ID), Login("alicia"))
}

func movedAway(w *World) {
	alice := w.alice()
	w.misses("alice", 5)
	require.NoError(w.T, second(w.Portal.ConfirmLogin(w.Ctx, w.moves(alice.ID, "alicia"))))
	w.comesIn("alicia", firstPassword)
	w.Deliver()

	// A lock is the login's, which says nothing of who has it.
	w.staysOut("alice", firstPassword, guichet.ErrLocked)
	w.Wait(lockTime)
	w.Register("alice", Siret(1))
	other := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)))
	assert.NotEqual(w.T, alice.ID, other.ID)
	assert.Equal(w.T, other.ID, w.comesIn("alice", firstPassword).ID)
	require.NoError(w.T, w.Portal.ForgotPassword(w.Ctx, Login("alice")))
	assert.Empty(w.T, To(w.Deliver(), Login("alicia")))
}
