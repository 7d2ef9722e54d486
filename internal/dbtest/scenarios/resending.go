package scenarios

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
)

// resendings are about links that are sent again (rule B7).
func resendings() []Scenario {
	return []Scenario{
		{"B7_ADeciderHasTheLinkSentAgain", linkSentAgain},
		{"B7_WhoAsksByAddressAgainAndAgainWaitsLonger", askedAgainAndAgain},
	}
}

func linkSentAgain(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	id := w.ID(Siret(0))

	w.Register("bob", Siret(0))
	bob := w.registration("bob").ID
	again := func(by account.Actor) error { return w.Portal.SendAgain(w.Ctx, by, id, bob) }

	require.ErrorIs(w.T, again(account.By(daniel.ID)), attachment.ErrNoRequest, "nobody has approved it")
	w.Approve(daniel.ID, "bob")
	first := w.Token(w.One(w.Deliver(), "bob", mail.Approved))

	require.NoError(w.T, again(account.By(daniel.ID)))
	assert.Empty(w.T, w.Deliver(), "the last is not ten minutes old")

	w.Wait(hour)
	require.ErrorIs(w.T, again(account.By(w.Loner("passant").ID)), attachment.ErrNotDecider)
	require.NoError(w.T, again(account.By(daniel.ID)))
	second := w.Token(w.One(w.Deliver(), "bob", mail.Approved))

	_, err := w.Portal.Activate(w.Ctx, first, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkReplaced)
	_, err = w.Portal.Activate(w.Ctx, second, Secrets())
	require.NoError(w.T, err)

	require.ErrorIs(w.T, again(account.By(daniel.ID)), attachment.ErrNoRequest)
	require.ErrorIs(w.T, w.Portal.SendAgain(w.Ctx, account.By(daniel.ID), id, "nobody"), attachment.ErrNoRequest)
}

func askedAgainAndAgain(w *World) {
	alice := w.Loner("alice")
	w.deactivate(alice.ID)
	w.Deliver()

	sent := 0

	for range 24 * 12 { // every five minutes of a day
		require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")))
		sent += len(w.Deliver())

		w.Wait(hour / 12)
	}

	assert.Equal(w.T, 26, sent, "after 0, 10, 30 and 70 minutes, and then every hour")

	w.Wait(aDay)
	require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")))
	assert.Len(w.T, w.Deliver(), 1, "a day of silence later")
}
