package scenarios

import (
	"errors"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
)

func answeredLate(w *World) {
	for n, answer := range []func(c *clerk){
		func(c *clerk) { c.refuse() }, func(c *clerk) { c.await(w.Clock.Add(7 * day)) }, func(c *clerk) { c.prove() },
	} {
		c := w.verified()
		first, next := string(rune('a'+n))+"lice", string(rune('a'+n))+"ob"
		w.Register(first, Siret(n))
		token := w.Token(w.One(w.Deliver(), first, mail.ActivationLink))
		w.Register(next, Siret(n))
		w.Deliver()
		answer(c)

		c.happens = func() {
			w.Wait(hour)
			w.Advance()
		}

		require.ErrorIs(w.T, w.activating(token), account.ErrLinkExpired)
		assert.Len(w.T, c.asked, 1)

		w.standing(Siret(n), attachment.InClaim, w.registration(next).ID)

		claim := w.Roster(Siret(n)).Roster.Claim
		assert.Equal(w.T, attachment.Claim{Designated: w.Clock, Term: w.Clock.Add(day)}, claim, "nothing hit it")

		sent := w.Deliver()
		w.One(sent, first, mail.ClaimLapsed)
		assert.Len(w.T, To(sent, Login(first)), 1)
		c.prove()
		w.Activate(w.Token(w.One(sent, next, mail.ActivationLink)))
	}
}

func answeredToNobody(w *World) {
	for n, answer := range []func(c *clerk){func(c *clerk) { c.refuse() }, func(c *clerk) { c.await(w.Clock.Add(7 * day)) }} {
		c := w.verified()
		w.Register("alice", Siret(n))
		token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
		answer(c)

		// Nobody has applied that the claim is over: what is due comes first all the same.
		c.happens = func() { w.Wait(hour) }

		require.ErrorIs(w.T, w.activating(token), account.ErrLinkExpired)
		w.Advance()
		w.standing(Siret(n), attachment.Unclaimed, "")
		w.told("claim lapsed to alice")
	}
}

func answersAtOnce(w *World) {
	const aWeek = 7 * day

	for n, c := range []struct {
		first, second func(c *clerk)
		want          error
		standing      attachment.Standing
	}{
		{(*clerk).prove, (*clerk).prove, account.ErrLinkUsed, attachment.Managed},
		{(*clerk).prove, (*clerk).refuse, account.ErrLinkUsed, attachment.Managed},
		{(*clerk).prove, func(c *clerk) { c.await(w.Clock.Add(aWeek)) }, account.ErrLinkUsed, attachment.Managed},
		{(*clerk).refuse, (*clerk).prove, account.ErrLinkExpired, attachment.Unclaimed},
		{(*clerk).refuse, (*clerk).refuse, account.ErrLinkExpired, attachment.Unclaimed},
		{func(c *clerk) { c.await(w.Clock.Add(aWeek)) }, (*clerk).refuse, guichet.ErrProofRefused, attachment.Unclaimed},
		{func(c *clerk) { c.await(w.Clock.Add(aWeek)) }, (*clerk).prove, nil, attachment.Managed},
		{func(c *clerk) { c.await(w.Clock.Add(aWeek)) }, func(c *clerk) { c.await(w.Clock.Add(2 * aWeek)) }, guichet.ErrProofAwaited, attachment.InClaim},
	} {
		first, second := &clerk{}, w.verified()
		c.first(first)
		c.second(second)

		other := w.Open(func(o *guichet.Options) { o.ClaimVerifier = first })
		name := string(rune('a'+n)) + "lice"
		w.Register(name, Siret(n))
		token := w.Token(w.One(w.Deliver(), name, mail.ActivationLink))

		second.happens = func() { _, _ = other.Activate(w.Ctx, token, Secrets()) }

		err := w.activating(token)
		require.ErrorIs(w.T, err, c.want, n)
		assert.Equal(w.T, c.standing.String(), w.Roster(Siret(n)).Roster.Standing.String(), n)

		if errors.Is(err, guichet.ErrProofAwaited) {
			w.awaited(err, w.Clock.Add(aWeek)) // the first has put it off
		}
	}
}

func awaitedAndContested(w *World) {
	c := w.verified(supported)
	token := w.claims("alice")
	w.Register("bob", Siret(0))
	w.Deliver()
	c.await(w.Clock.Add(20 * day))
	w.awaited(w.activating(token), w.Clock.Add(20*day))
	w.told("proof awaited to alice")

	w.Wait(day)
	require.NoError(w.T, w.Portal.SendContest(w.Ctx, Login("bob"), Siret(0)))
	contest := w.Token(w.told("contest link to bob")[0])
	require.NoError(w.T, w.Portal.Contest(w.Ctx, contest, "Ce n'est pas elle"))
	w.told("contested to alice", "contested to support to assistance")
	assert.Equal(w.T, attachment.Contest{
		Since: w.Clock, By: w.registration("bob").ID, Of: w.registration("alice").ID,
	}, w.Roster(Siret(0)).Roster.Contest)

	// Support says no by hand. What the verifier would say comes too late.
	w.done(w.ID(Siret(0)), attachment.Refuse{By: helpdesk, Account: w.registration("alice").ID, Reason: "Usurpation"})
	w.standing(Siret(0), attachment.InClaim, w.registration("bob").ID)
	assert.Zero(w.T, w.Roster(Siret(0)).Roster.Contest)

	sent := w.told("refused to alice", "activation link to bob")
	require.ErrorIs(w.T, w.activating(token), account.ErrLinkExpired)
	c.prove()
	w.Activate(w.Token(w.One(sent, "bob", mail.ActivationLink)))
}

func refusedWhileAsked(w *World) {
	for n, answer := range []func(c *clerk){
		(*clerk).refuse, (*clerk).prove, func(c *clerk) { c.await(w.Clock.Add(7 * day)) },
	} {
		c := w.verified()
		w.Register("alice", Siret(n))
		token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
		answer(c)

		c.happens = func() {
			w.done(w.ID(Siret(n)), attachment.Refuse{By: helpdesk, Account: w.registration("alice").ID})
		}

		require.ErrorIs(w.T, w.activating(token), account.ErrLinkExpired)
		w.standing(Siret(n), attachment.Unclaimed, "")
		w.told("refused to alice")
	}
}
