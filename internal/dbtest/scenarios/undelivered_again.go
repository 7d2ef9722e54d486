package scenarios

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

func sentAgain(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Policy.KeepMessage = 100 * day })

	alice := w.alice()
	require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)))

	waiting := w.Waiting()
	require.Len(w.T, waiting, 1)
	require.ErrorIs(w.T, w.Portal.SendParked(w.Ctx, waiting[0].ID), guichet.ErrNotParked)
	require.ErrorIs(w.T, w.Portal.SendParked(w.Ctx, "none"), guichet.ErrNotParked)

	w.giveUp()
	require.NoError(w.T, w.Portal.SendParked(w.Ctx, waiting[0].ID))
	assert.Empty(w.T, w.parked())
	require.ErrorIs(w.T, w.Portal.SendParked(w.Ctx, waiting[0].ID), guichet.ErrNotParked, "it is on its way")

	sent := w.One(w.Deliver(), "alice", mail.PasswordChanged)
	assert.NotEqual(w.T, waiting[0].ID, sent.ID, "a provider may have taken that one")
	assert.True(w.T, w.now(alice.ID).Reachable())
	assert.Empty(w.T, w.Waiting())

	// Of two who send it again one does.
	require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, secondPassword, firstPassword)))
	id := w.Waiting()[0].ID
	w.giveUp()

	again := func() error { return w.Portal.SendParked(w.Ctx, id) }
	assert.Equal(w.T, map[error]int{nil: 1, guichet.ErrNotParked: 2}, tally(w, AtOnce(again, again, again), guichet.ErrNotParked))
	assert.Len(w.T, w.Deliver(), 1)
}

func linkAgain(w *World) {
	manager := w.Manager("gerante", Siret(0))
	w.Deliver()
	w.Register("bob", Siret(0))
	w.Approve(manager.ID, "bob")
	w.giveUp(Login("bob"))
	require.Equal(w.T, []mail.Kind{mail.Approved}, w.parked())

	require.NoError(w.T, w.Portal.SendParked(w.Ctx, list(w, storage.ParkedMessages{Window: all})[0].ID))
	w.Activate(w.Token(w.One(w.Deliver(), "bob", mail.Approved)))

	// Who asked for a link asks again: what they wanted then is long past.
	require.NoError(w.T, w.Portal.ForgotPassword(w.Ctx, Login("bob")))
	w.giveUp(Login("bob"))

	parked := list(w, storage.ParkedMessages{Window: all})
	require.Len(w.T, parked, 1)
	require.ErrorIs(w.T, w.Portal.SendParked(w.Ctx, parked[0].ID), guichet.ErrNotParked)
	assert.Empty(w.T, w.Deliver())
}

func pointlessAgain(w *World) {
	manager := w.Manager("gerante", Siret(0))
	alice := w.Manager("alice", Siret(1))
	w.Deliver()
	w.Register("bob", Siret(0))
	require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)))
	w.giveUp()
	require.ElementsMatch(w.T, []mail.Kind{mail.RequestToApprove, mail.PasswordChanged}, w.parked())

	parked := list(w, storage.ParkedMessages{Window: all})
	w.Refuse(manager.ID, "bob", "")
	w.close(alice.ID, true)
	w.Deliver()

	for _, m := range parked {
		if err := w.Portal.SendParked(w.Ctx, m.ID); err != nil {
			require.ErrorIs(w.T, err, guichet.ErrNotParked) // erased with the account
		}
	}

	assert.Empty(w.T, w.Deliver(), "the request is decided, the account closed")
}

const supportAddress = "assistance@portal.example"

func unheard(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Support = supportAddress })
	id := w.ID(w.two())
	w.Register("bob", Siret(0))

	sent := w.giveUp(Login("gerante"), Login("adjointe"))
	told := of(To(sent, supportAddress), mail.MailUndeliverable)
	require.Len(w.T, told, 1, "%v", Kinds(sent))
	assert.Contains(w.T, told[0].Text, Login("bob"))
	assert.Len(w.T, w.parked(), 2)

	// Somebody else's request is another matter; while the flags stand, it is told of at once or once it is given up, too.
	w.Register("carole", Siret(0))
	assert.Len(w.T, of(To(w.giveUp(Login("gerante"), Login("adjointe")), supportAddress), mail.MailUndeliverable), 1)

	// A request that is decided meanwhile is not told of.
	w.Register("denis", Siret(0))
	require.NoError(w.T, second(w.Portal.Do(w.Ctx, id, attachment.Refuse{
		By: account.By("app-gerante"), Account: w.registration("denis").ID,
	})))
	assert.Empty(w.T, To(w.giveUp(Login("gerante"), Login("adjointe")), supportAddress))
}

func heardByOne(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Support = supportAddress })
	w.two()
	w.Register("bob", Siret(0))

	sent := w.giveUp(Login("gerante"))
	w.One(sent, "adjointe", mail.RequestToApprove)
	assert.Empty(w.T, To(sent, supportAddress))

	// Without a support there is nobody to tell, and nothing goes wrong.
	w.Reopen(nil)
	w.Register("carole", Siret(0))
	w.giveUp()
	assert.NotContains(w.T, w.parked(), mail.MailUndeliverable)
}
