package scenarios

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// proofs are the stories of an application that demands a proof of whoever is the first to name a structure (rules D1 and D12).
func proofs() []Scenario {
	return []Scenario{
		{"D12_WhoeverProvesTheirClaimActivatesIt", proved},
		{"D12_AProofIsAwaitedAndThenGivenOnThe20thDay", awaitedAndProved},
		{"D1_AProofIsAwaitedFor30DaysFromTheDesignationAtTheMost", awaitedTooLong},
		{"D1_ADateThatIsNotToComeLeavesTheTermAsItIs", awaitedWithoutDate},
		{"D1_NobodyKeepsAClaimByTryingAgainAndAgain", awaitedAgain},
		{"D12_WhoseProofIsRefusedMakesPlaceForTheNext", proofRefused},
		{"D12_AVerifierThatCannotTellChangesNothing", verifierSilent},
		{"D12_AnAnswerDoesNotHitWhoeverSucceededMeanwhile", answeredLate},
		{"D12_WhatIsAnsweredOnceNobodyWaitsAnyMoreCountsForNothing", answeredToNobody},
		{"D12_OfTwoAnswersAtOnceTheFirstCounts", answersAtOnce},
		{"D12_AClaimThatAwaitsAProofIsContestedAndRefusedBySupport", awaitedAndContested},
		{"D12_SupportRefusesWhileTheVerifierThinks", refusedWhileAsked},
		{"D12_AnAccountThatAdoptsAClaimProvesIt", adoptionProved},
		{"D12_WhoeverBecomesTheClaimantWhileTheyActivateIsAskedAboutThat", askedAsClaimant},
		{"D12_WhatCouldNotBeAskedAboutBeforeIsNotDoneUnasked", askedBetween},
		{"D12_AnAccountProvesBeforeItCreatesAStructure", creationProved},
		{"D12_AnAccountProvesBeforeItQueuesBehindAClaim", queueProved},
		{"D12_ImmediateWhoQueuesBehindAClaimProvesBeforeTheyActivate", immediateProved},
		{"D12_ARegistrationProvesOnceItSucceeds", successorProved},
		{"D12_AnotherIdentifierIsProvedUnlessSupportGivesIt", renamingProved},
		{"D12_NoProofIsAskedOfWhomTheApplicationVouchesForNorWhereSomebodyManages", nothingToProve},
		{"C11_AVerifierDoesNotTellWhetherAnIndividualIsPresent", individualProved},
	}
}

// clerk is a verifier that says what the story has it say.
type clerk struct {
	mu      sync.Mutex
	asked   []guichet.Claim
	says    guichet.Proof
	fails   error
	happens func() // once, while it thinks
}

// Verify answers as the story wants.
func (c *clerk) Verify(_ context.Context, claim guichet.Claim) (guichet.Proof, error) {
	c.mu.Lock()
	c.asked = append(c.asked, claim)
	happens, says, fails := c.happens, c.says, c.fails
	c.happens = nil
	c.mu.Unlock()

	if happens != nil {
		happens()
	}

	return says, fails
}

// verified goes on with a verifier.
func (w *World) verified(change ...func(*guichet.Options)) *clerk {
	w.T.Helper()

	c := &clerk{says: guichet.Proof{Verdict: guichet.Proved}}
	w.Reopen(func(o *guichet.Options) {
		o.ClaimVerifier = c
		for _, more := range change {
			more(o)
		}
	})

	return c
}

// await has the verifier wait until then.
func (c *clerk) await(until time.Time) {
	c.says = guichet.Proof{Verdict: guichet.Awaited, Until: until}
}

// refuse has the verifier say no.
func (c *clerk) refuse() {
	c.says = guichet.Proof{Verdict: guichet.Refused, Reason: " Le mandat est faux. "}
}

// prove has the verifier say yes.
func (c *clerk) prove() { c.says = guichet.Proof{Verdict: guichet.Proved} }

// unproved asserts that a use case was not carried out since no proof was given, and returns what it said.
func (w *World) unproved(err, why error) *guichet.Error {
	w.T.Helper()

	var told *guichet.Error

	require.ErrorIs(w.T, err, why)
	require.ErrorIs(w.T, err, guichet.ErrProof)
	require.ErrorAs(w.T, err, &told)

	return told
}

// awaited asserts that a use case waits for a proof, until then.
func (w *World) awaited(err error, until time.Time) {
	w.T.Helper()
	assert.Equal(w.T, until, w.unproved(err, guichet.ErrProofAwaited).Until)
}

// activating uses a link.
func (w *World) activating(token account.Token) error {
	_, err := w.Portal.Activate(w.Ctx, token, Secrets())

	return err
}

// claims registers the first comer, and returns their link.
func (w *World) claims(name string) account.Token {
	w.T.Helper()
	w.Register(name, Siret(0))

	return w.Token(w.One(w.Deliver(), name, mail.ActivationLink))
}

// linkAgain has somebody sent another link.
func (w *World) linkAgain(name string) account.Token {
	w.T.Helper()
	require.NoError(w.T, w.Portal.Resend(w.Ctx, Login(name)))

	return w.Token(w.One(w.Deliver(), name, mail.ActivationLink))
}

// term is until when the claim of the structure lasts.
func (w *World) term() time.Time { return w.Roster(Siret(0)).Roster.Claim.Term }

func proved(w *World) {
	c := w.verified()
	token := w.claims("alice")
	reg := w.registration("alice")
	began := w.Clock
	w.Wait(hour / 2)

	alice := w.Activate(token)
	w.standing(Siret(0), attachment.Managed, alice.ID)
	assert.Empty(w.T, w.Deliver())

	details, err := Typed("alice").Check(identifier.SIRET)
	require.NoError(w.T, err)
	require.Len(w.T, c.asked, 1)

	asked := c.asked[0]
	assert.NotEmpty(w.T, asked.Details.Applications)
	asked.Details.Applications, details.Applications = nil, nil
	assert.Equal(w.T, guichet.Claim{
		Account: reg.ID, Registration: reg.ID, Structure: w.ID(Siret(0)), Identity: Siret(0), Login: reg.Login, Person: reg.Person,
		Designated: began, Details: details,
	}, asked)
}

func awaitedAndProved(w *World) {
	c := w.verified()
	token := w.claims("alice")
	w.Register("bob", Siret(0)) // waits behind her
	w.Deliver()

	began, until := w.Clock, w.Clock.Add(25*day)
	c.await(until)
	w.Wait(hour / 2)
	w.awaited(w.activating(token), until)
	assert.Equal(w.T, until, w.term())
	assert.Equal(w.T, began, w.Roster(Siret(0)).Roster.Claim.Designated)

	told := w.told("proof awaited to alice")[0]
	assert.Contains(w.T, told.Text, "Société de alice")
	assert.Contains(w.T, told.Text, "18 décembre 2026 à 09:00")

	// Trying again changes nothing, and nobody is told again. The link is as it was.
	w.Untouched(func() { w.awaited(w.activating(token), until) }, w.ID(Siret(0)))

	shown, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.True(w.T, shown.Manager)

	// The link has its own life, and another is sent for as long as the term lasts.
	w.Wait(hour)
	require.ErrorIs(w.T, w.activating(token), account.ErrLinkExpired)
	w.Advance()
	w.standing(Siret(0), attachment.InClaim, w.registration("alice").ID)

	token = w.linkAgain("alice")
	w.awaited(w.activating(token), until)
	w.Wait(20*day - 3*hour/2)

	token = w.linkAgain("alice")
	assert.Equal(w.T, until, w.term(), "a link sent again does not move the term")
	c.prove()

	alice := w.Activate(token)
	w.standing(Siret(0), attachment.Managed, alice.ID)
	assert.Len(w.T, w.Requests(alice.ID), 1, "bob waits for her now")
	assert.Equal(w.T, []string{
		"claim began →claimed", "claim mailed claimed→claimed", "request made →requested", "proof awaited claimed→claimed",
		"link sent again →", "link sent again →", "user attached claimed→attached", "manager named claimed→managed",
		"account activated awaiting activation→activated",
	}, w.Actions(w.ID(Siret(0))))
}

func awaitedTooLong(w *World) {
	c := w.verified()
	began := w.Clock
	token := w.claims("alice")
	w.Register("bob", Siret(0))
	w.Deliver()
	w.Wait(hour / 2)
	c.await(began.Add(40 * day))

	w.awaited(w.activating(token), began.Add(30*day))
	w.told("proof awaited to alice")

	w.Wait(30*day - hour/2 - time.Microsecond)
	assert.Equal(w.T, guichet.Advanced{}, w.Advance())

	token = w.linkAgain("alice")
	w.Wait(time.Microsecond)
	require.ErrorIs(w.T, w.activating(token), account.ErrLinkExpired, "its link ends with the term")
	assert.Equal(w.T, guichet.Advanced{Lapsed: 1, Succeeded: 1}, w.Advance())
	w.standing(Siret(0), attachment.InClaim, w.registration("bob").ID)

	sent := w.told("claim lapsed to alice", "activation link to bob")
	assert.Equal(w.T, w.Clock.Add(hour), w.term(), "the successor's term is an hour, like anybody's")

	c.prove()
	w.Activate(w.Token(w.One(sent, "bob", mail.ActivationLink)))
}

func awaitedWithoutDate(w *World) {
	c := w.verified()
	token := w.claims("alice")
	term := w.Clock.Add(hour)
	w.Wait(hour / 2)

	for _, until := range []time.Time{{}, w.Clock.Add(-day), w.Clock} {
		c.await(until)
		w.Untouched(func() { w.awaited(w.activating(token), term) }, w.ID(Siret(0)))
	}

	w.Wait(hour / 2)
	w.Advance()
	w.standing(Siret(0), attachment.Unclaimed, "")
}

func awaitedAgain(w *World) {
	c := w.verified()
	token := w.claims("alice")

	first := w.Clock.Add(7 * day)
	c.await(first)
	w.awaited(w.activating(token), first)
	w.told("proof awaited to alice")

	for range 6 {
		w.Wait(day)

		token = w.linkAgain("alice")
		c.await(w.Clock.Add(7 * day))
		w.Untouched(func() { w.awaited(w.activating(token), first) }, w.ID(Siret(0)))
	}

	// Registering again is no other claim.
	w.Register("alice", Siret(0))
	w.told() // the last link is recent
	assert.Equal(w.T, first, w.term())

	nearer := w.Clock.Add(hour / 2)
	c.await(nearer)
	w.awaited(w.activating(token), nearer)
	w.told("proof awaited to alice")
	w.Wait(hour / 2)
	w.Advance()
	w.standing(Siret(0), attachment.Unclaimed, "")
	w.told("claim lapsed to alice")
}

func proofRefused(w *World) {
	c := w.verified()
	token := w.claims("alice")
	w.Register("bob", Siret(0))
	w.Register("carole", Siret(0))
	w.Deliver()
	c.refuse()

	told := w.unproved(w.activating(token), guichet.ErrProofRefused)
	assert.Equal(w.T, "Le mandat est faux.", told.Reason)
	w.standing(Siret(0), attachment.InClaim, w.registration("bob").ID)
	assert.Empty(w.T, w.registrations("alice"))

	sent := w.told("proof refused to alice", "activation link to bob")
	assert.Contains(w.T, w.One(sent, "alice", mail.ProofRefused).Text, "Le mandat est faux.")

	entries := w.Entries(w.ID(Siret(0)))
	for _, e := range entries {
		if e.Action == "request refused" {
			assert.Equal(w.T, account.System(), e.Actor)
			assert.Equal(w.T, "Le mandat est faux.", e.Note)
		}
	}

	require.ErrorIs(w.T, w.activating(token), account.ErrLinkExpired)
	assert.Len(w.T, c.asked, 1)

	// She may register again, last in the queue.
	w.Register("alice", Siret(0))
	w.Deliver()

	c.prove()
	bob := w.Activate(w.Token(w.One(sent, "bob", mail.ActivationLink)))
	assert.Len(w.T, w.Requests(bob.ID), 2)
	assert.Equal(w.T, bob.ID, c.asked[1].Account)
}

func verifierSilent(w *World) {
	for n, says := range []struct {
		proof guichet.Proof
		err   error
		hangs bool
	}{
		{guichet.Proof{Verdict: guichet.Proved}, errors.New("down"), false},
		{guichet.Proof{Verdict: guichet.Refused}, errors.New("down"), false},
		{guichet.Proof{}, nil, false},
		{guichet.Proof{Verdict: 4, Until: w.Clock.Add(day)}, nil, false},
		{guichet.Proof{Verdict: guichet.Proved}, nil, true},
		{guichet.Proof{Verdict: guichet.Refused}, nil, true},
	} {
		c := w.verified()
		name := string(rune('a'+n)) + "lice"
		w.Register(name, Siret(n))
		token := w.Token(w.One(w.Deliver(), name, mail.ActivationLink))
		c.says, c.fails = says.proof, says.err

		if says.hangs {
			w.Reopen(func(o *guichet.Options) { o.ClaimVerifier, o.ProofWait = slow{c}, time.Millisecond })
		}

		w.Untouched(func() {
			err := w.activating(token)
			w.unproved(err, guichet.ErrProof)
			require.NotErrorIs(w.T, err, guichet.ErrProofAwaited)
			require.NotErrorIs(w.T, err, guichet.ErrProofRefused)

			if says.err != nil {
				require.ErrorIs(w.T, err, says.err)
			}
		}, w.ID(Siret(n)))

		// Whoever gives up waiting is told so.
		ctx, cancel := context.WithCancelCause(w.Ctx)
		gone := errors.New("gone")

		cancel(gone)

		_, err := w.Portal.Activate(ctx, token, Secrets())
		require.Error(w.T, err)
		require.NotErrorIs(w.T, err, guichet.ErrProof)

		// Its term goes on, and so does the link.
		w.Reopen(nil)
		w.Activate(token)
	}
}

// slow is a verifier that takes longer than anybody waits, and answers all the same.
type slow struct{ *clerk }

// Verify waits for the end of the caller's patience.
func (s slow) Verify(ctx context.Context, c guichet.Claim) (guichet.Proof, error) {
	<-ctx.Done()

	return s.clerk.Verify(ctx, c)
}

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

func adoptionProved(w *World) {
	c := w.verified()
	alice := w.enrol("alice")
	w.Register("alice", Siret(0))
	reg := w.registration("alice")
	token := w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed))
	until := w.Clock.Add(20 * day)

	adopting := func() error {
		_, err := w.Portal.Adopt(w.Ctx, token, alice.ID)

		return err
	}

	c.await(until)
	w.awaited(adopting(), until)
	w.told("proof awaited to alice")
	assert.Equal(w.T, until, w.term())
	require.Len(w.T, c.asked, 1)

	asked := c.asked[0]
	assert.Equal(w.T, alice.ID, asked.Account)
	assert.Equal(w.T, reg.ID, asked.Registration)
	assert.Equal(w.T, alice.Person, asked.Person, "who adopts, and not what was typed")
	assert.Equal(w.T, "Société de alice", asked.Details.Data.LegalName)

	c.fails = errors.New("down")
	w.Untouched(func() { w.unproved(adopting(), guichet.ErrProof) }, w.ID(Siret(0)))
	c.fails = nil

	w.Wait(6 * day)
	w.Register("bob", Siret(0))
	w.Deliver()
	require.ErrorIs(w.T, adopting(), account.ErrLinkExpired)
	require.NoError(w.T, w.Portal.Resend(w.Ctx, Login("alice")))

	token = w.Token(w.told("address used to alice")[0])
	c.refuse()

	assert.Equal(w.T, "Le mandat est faux.", w.unproved(adopting(), guichet.ErrProofRefused).Reason)
	w.standing(Siret(0), attachment.InClaim, w.registration("bob").ID)
	w.told("proof refused to alice", "activation link to bob")
	require.ErrorIs(w.T, adopting(), account.ErrLinkExpired)

	w.Register("alice", Siret(1))
	token = w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed))
	c.prove()
	require.NoError(w.T, adopting())
	w.standing(Siret(1), attachment.Managed, alice.ID)
}

// askedAsClaimant: under account.Immediate a link works for who waits behind a claim, too. It is answered about them as such, and
// counts for nothing once they are the claimant.
func askedAsClaimant(w *World) {
	c := w.verified(immediate)
	w.claims("alice")
	w.Wait(hour / 2)
	w.Register("bob", Siret(0))
	token := w.Token(w.One(w.Deliver(), "bob", mail.ActivationLink))
	w.Wait(hour / 2) // and nobody applies that alice's claim is over
	c.await(w.Clock.Add(3 * day))

	began := w.Clock
	c.happens = func() { w.Wait(time.Second) } // verifiers take their time

	w.awaited(w.activating(token), began.Add(3*day))
	require.Len(w.T, c.asked, 1)
	assert.Equal(w.T, began, c.asked[0].Designated, "what was due has been applied before it was asked")
	w.standing(Siret(0), attachment.InClaim, w.registration("bob").ID)

	// And where it becomes due while the verifier thinks, it is asked again.
	w.Register("carole", Siret(1))
	w.Deliver()
	w.Wait(hour / 2)
	w.Register("denis", Siret(1))
	token = w.Token(w.One(w.Deliver(), "denis", mail.ActivationLink))
	c.asked = nil
	c.prove()

	c.happens = func() {
		w.Wait(hour / 2)
		c.refuse()
	}

	// It said yes about somebody who waits; about the claimant it says no.
	w.unproved(w.activating(token), guichet.ErrProofRefused)
	require.Len(w.T, c.asked, 2)
	assert.Zero(w.T, c.asked[0].Designated)
	assert.Equal(w.T, w.Clock, c.asked[1].Designated)
	w.standing(Siret(1), attachment.Unclaimed, "")
}

// askedBetween: what a use case found to be refused anyway, so that nobody was asked, may be allowed by the time of its transaction.
func askedBetween(w *World) {
	c := w.verified(supported)

	// between returns a portal to whose next transaction something happens before it reads.
	between := func(fn func()) *guichet.Portal {
		return w.late(&lateStore{Store: w.Store, before: "roster", happens: fn}, func(o *guichet.Options) { o.ClaimVerifier = c })
	}

	w.claims("claude")

	id := w.ID(Siret(0))
	alice := w.Loner("alice")
	w.ask("alice", alice.ID, Siret(0))

	details, err := Typed("alice").Check(identifier.SIRET)
	require.NoError(w.T, err)

	gone := func() { w.done(id, attachment.Withdraw{By: account.By(alice.ID)}) }

	for name, door := range map[string]func(p *guichet.Portal) error{
		"request": func(p *guichet.Portal) error {
			_, err := p.Do(w.Ctx, id, attachment.Request{By: account.By(alice.ID), Comment: "x", Details: &details})

			return err
		},
		"create": func(p *guichet.Portal) error {
			_, err := p.CreateStructure(w.Ctx, guichet.Creation{By: alice.ID, Identity: Siret(0), Structure: Typed("alice"), Comment: "x"})

			return err
		},
	} {
		c.asked = nil

		require.ErrorIs(w.T, door(w.Portal), attachment.ErrOpen, name)
		assert.Empty(w.T, c.asked, name)
		c.refuse()
		w.unproved(door(between(gone)), guichet.ErrProofRefused)
		assert.Len(w.T, c.asked, 1, name)
		assert.Equal(w.T, attachment.Withdrawn, w.row(Siret(0), alice.ID).State, name)
		c.prove()
		w.ask("alice", alice.ID, Siret(0))
	}

	// Whoever adopts a request proves it; that it has become the claim meanwhile is another question.
	bob := w.enrol("bob")
	w.Register("carole", Siret(1))
	w.Deliver()
	w.Wait(hour / 2)
	w.Register("bob", Siret(1))
	token := w.Token(w.One(w.Deliver(), "bob", mail.AddressUsed))
	c.asked = nil

	c.happens = func() {
		w.Wait(hour / 2)
		c.refuse()
	}

	_, err = w.Portal.Adopt(w.Ctx, token, bob.ID)
	w.unproved(err, guichet.ErrProofRefused)
	require.Len(w.T, c.asked, 2)
	assert.Zero(w.T, c.asked[0].Designated)
	assert.Equal(w.T, w.Clock, c.asked[1].Designated)
	w.standing(Siret(1), attachment.Unclaimed, "")

	// What support has frozen nobody is asked about; what it releases in that moment is not done.
	c.prove()
	w.create("bob", bob.ID, Siret(2))
	w.doubtful(w.ID(Siret(2)))
	c.asked = nil

	renaming := func(p *guichet.Portal) error {
		_, err := p.ChangeIdentifier(w.Ctx, account.By(bob.ID), w.ID(Siret(2)), Siret(3))

		return err
	}

	require.ErrorIs(w.T, renaming(w.Portal), attachment.ErrFrozen)
	w.unproved(renaming(between(func() { w.done(w.ID(Siret(2)), attachment.Release{By: helpdesk}) })), guichet.ErrProof)
	assert.Empty(w.T, c.asked)
	w.Unnamed(Siret(3))
	require.NoError(w.T, renaming(w.Portal))
	assert.Len(w.T, c.asked, 1)
}

// doubtful has somebody contest who manages a structure, and support freeze it.
func (w *World) doubtful(id structure.ID) {
	w.T.Helper()
	w.doubt(id, "zoe")
	w.done(id, attachment.Freeze{By: helpdesk})
	w.Deliver()
}

func creationProved(w *World) {
	c := w.verified()
	alice := w.Loner("alice")
	until := w.Clock.Add(9 * day)

	creating := func() error {
		_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: alice.ID, Identity: Siret(0), Structure: Typed("alice"), Comment: "x"})

		return err
	}

	c.await(until)
	w.awaited(creating(), until)
	c.await(w.Clock.Add(-day))
	w.awaited(creating(), time.Time{})
	c.refuse()
	assert.Equal(w.T, "Le mandat est faux.", w.unproved(creating(), guichet.ErrProofRefused).Reason)
	c.fails = errors.New("down")
	w.unproved(creating(), guichet.ErrProof)
	w.Unnamed(Siret(0))
	w.told()
	assert.Len(w.T, c.asked, 4)
	assert.Equal(w.T, alice.ID, c.asked[0].Account)
	assert.Empty(w.T, c.asked[0].Registration)
	assert.Empty(w.T, c.asked[0].Structure)
	assert.Equal(w.T, Siret(0), c.asked[0].Identity)
	assert.Equal(w.T, "Société de alice", c.asked[0].Details.Data.LegalName)

	// What is refused anyway nobody is asked about.
	_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: alice.ID, Identity: Siret(0)})
	assert.NotEmpty(w.T, faultsIn(err))
	assert.Len(w.T, c.asked, 4)

	// Somebody else is faster while the verifier thinks, so that she queues: she has proved that she may.
	c.fails = nil
	c.prove()

	c.happens = func() { w.Register("bob", Siret(0)) }

	require.NoError(w.T, creating())
	w.standing(Siret(0), attachment.InClaim, w.registration("bob").ID)
	assert.Equal(w.T, attachment.Requested, w.row(Siret(0), alice.ID).State)

	w.create("alice", alice.ID, Siret(1))
	w.standing(Siret(1), attachment.Managed, alice.ID)
}

func queueProved(w *World) {
	c := w.verified()
	w.claims("claude")

	id := w.ID(Siret(0))
	alice := w.Loner("alice")
	details, err := Typed("alice").Check(identifier.SIRET)
	require.NoError(w.T, err)

	request := attachment.Request{By: account.By(alice.ID), Comment: "x", Details: &details}

	asking := func() error {
		_, err := w.Portal.Do(w.Ctx, id, request)

		return err
	}

	creating := func() error {
		_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
			By: alice.ID, Identity: Siret(0), Structure: Typed("alice"), Comment: "x",
		})

		return err
	}

	for _, door := range []func() error{asking, creating} {
		c.refuse()
		w.Untouched(func() { w.unproved(door(), guichet.ErrProofRefused) }, id)
		c.await(w.Clock.Add(day))
		w.Untouched(func() { w.awaited(door(), w.Clock.Add(day)) }, id)
		c.says = guichet.Proof{}
		w.Untouched(func() { w.unproved(door(), guichet.ErrProof) }, id)
	}

	c.asked = nil
	w.refused(id, attachment.Request{By: account.By(alice.ID), Details: &details}, attachment.ErrComment)
	assert.Empty(w.T, c.asked)

	// So does whoever adopts a request that waits there.
	bob := w.enrol("bob")
	w.Register("bob", Siret(0))
	token := w.Token(w.One(w.Deliver(), "bob", mail.AddressUsed))
	c.refuse()
	w.Untouched(func() {
		_, err := w.Portal.Adopt(w.Ctx, token, bob.ID)
		w.unproved(err, guichet.ErrProofRefused)
	}, id)
	assert.Equal(w.T, bob.ID, c.asked[0].Account)
	assert.NotEmpty(w.T, c.asked[0].Registration)

	c.prove()
	require.NoError(w.T, asking())
	require.ErrorIs(w.T, creating(), attachment.ErrOpen)
	w.adopt(token, bob.ID)

	// The claim lapses: bob, whose registration came before, succeeds at once, since he proved it before.
	c.asked = nil
	c.refuse()
	w.Wait(hour)
	w.Advance()
	w.standing(Siret(0), attachment.Managed, bob.ID)
	assert.Len(w.T, w.Requests(bob.ID), 1)
	assert.Empty(w.T, c.asked)
}

func immediateProved(w *World) {
	c := w.verified(immediate)
	claude := w.claims("claude")
	w.Register("alice", Siret(0))
	alice := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))

	c.refuse()
	w.Untouched(func() { w.unproved(w.activating(alice), guichet.ErrProofRefused) }, w.ID(Siret(0)))

	// The claim is refused, too: his account is his, without the structure.
	w.unproved(w.activating(claude), guichet.ErrProofRefused)
	w.standing(Siret(0), attachment.InClaim, w.registration("alice").ID)

	acc := w.Activate(claude)
	assert.Equal(w.T, account.Active, acc.State)
	assert.Equal(w.T, attachment.Refused, w.row(Siret(0), acc.ID).State)

	c.prove()
	w.standing(Siret(0), attachment.Managed, w.Activate(alice).ID)
	assert.Len(w.T, c.asked, 3, "nobody asks about an account that has no structure")
}

func successorProved(w *World) {
	c := w.verified()
	w.claims("claude")
	w.Register("alice", Siret(0))
	w.Deliver()
	w.Wait(hour)
	w.Advance()

	token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	c.refuse()
	w.unproved(w.activating(token), guichet.ErrProofRefused)
	w.standing(Siret(0), attachment.Unclaimed, "")
	assert.Equal(w.T, w.Clock, c.asked[0].Designated)
}

func renamingProved(w *World) {
	c := w.verified()
	alice := w.Loner("alice")
	w.create("alice", alice.ID, Siret(0))

	id := w.ID(Siret(0))
	renaming := func(by account.Actor, to identifier.ID) error {
		_, err := w.Portal.ChangeIdentifier(w.Ctx, by, id, to)

		return err
	}

	c.asked = nil
	c.refuse()
	w.Untouched(func() { w.unproved(renaming(account.By(alice.ID), Siret(1)), guichet.ErrProofRefused) }, id)
	c.await(w.Clock.Add(day))
	w.Untouched(func() { w.awaited(renaming(account.By(alice.ID), Siret(1)), w.Clock.Add(day)) }, id)
	w.Unnamed(Siret(1))
	assert.Len(w.T, c.asked, 2)
	assert.Equal(w.T, alice.ID, c.asked[0].Account)
	assert.Equal(w.T, id, c.asked[0].Structure)
	assert.Equal(w.T, Siret(1), c.asked[0].Identity)
	assert.Equal(w.T, "Société de alice", c.asked[0].Details.Data.LegalName)

	// Not about what another has, or what is its own.
	bob := w.Loner("bob")
	c.prove()
	w.create("bob", bob.ID, Siret(2))
	c.asked = nil
	require.Error(w.T, renaming(account.By(alice.ID), Siret(2)))
	require.Error(w.T, renaming(account.By(alice.ID), Siret(0)))
	assert.Empty(w.T, c.asked)

	// Support vouches, where it may change it.
	_, err := w.Portal.Block(w.Ctx, helpdesk, alice.ID, "")
	require.NoError(w.T, err)
	c.refuse()
	require.NoError(w.T, renaming(helpdesk, Siret(3)))
	assert.Empty(w.T, c.asked)

	id = w.ID(Siret(2))
	c.prove()
	require.NoError(w.T, renaming(account.By(bob.ID), Siret(4)))
	assert.Len(w.T, c.asked, 1)
}

func nothingToProve(w *World) {
	c := w.verified()
	c.refuse()

	enrolled := w.Enrol(guichet.Enrolment{
		Login: Login("agent"), Person: account.PersonForm{FirstName: "Prénom", LastName: "Nom"}, AcceptsTerms: true,
		Identity: Siret(0), Structure: Typed("agent"),
	})
	assert.True(w.T, enrolled.Manager)

	// Where somebody manages, they decide.
	alice := w.User("alice", Siret(0), enrolled.Account.ID)
	assert.Equal(w.T, attachment.Attached, w.row(Siret(0), alice.ID).State)

	bob := w.Loner("bob")
	w.done(w.ID(Siret(0)), attachment.Request{By: account.By(bob.ID), Comment: "x"})
	w.done(w.ID(Siret(0)), attachment.HandOver{By: account.By(enrolled.Account.ID), To: alice.ID})
	w.done(w.ID(Siret(0)), attachment.Appoint{By: helpdesk, Account: bob.ID, Unreachable: true})

	// Nor is anybody asked about who waits for a claim that is somebody else's, or gives theirs up.
	w.Deliver()
	w.Register("carole", Siret(1))
	token := w.Token(w.One(w.Deliver(), "carole", mail.ActivationLink))
	w.Register("denis", Siret(1))
	require.NoError(w.T, w.Portal.Decline(w.Ctx, token))
	w.standing(Siret(1), attachment.InClaim, w.registration("denis").ID)
	assert.Empty(w.T, c.asked)
}

func individualProved(w *World) {
	c := w.verified()
	present := identifier.MustParse(identifier.Individual, "1980193161ferdinandheloise1")
	absent := identifier.MustParse(identifier.Individual, "1980193161ferdinandheloise2")
	form := Typed("")
	form.FirstName, form.LastName = "Héloïse", "Ferdinand"

	creating := func(name string, id identifier.ID) error {
		_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: app(name), Identity: id, Structure: form, Comment: "x"})

		return err
	}

	w.Loner("alice")
	w.Loner("bob")
	require.NoError(w.T, creating("alice", present))

	for _, answer := range []func(){func() { c.await(w.Clock.Add(day)) }, c.refuse, func() { c.says = guichet.Proof{} }} {
		answer()

		there, elsewhere := creating("bob", present), creating("bob", absent)
		require.Error(w.T, there)
		assert.Equal(w.T, elsewhere, there)
	}

	c.prove()
	require.NoError(w.T, creating("bob", present))
	assert.Equal(w.T, attachment.Requested, w.row(present, app("bob")).State)
}
