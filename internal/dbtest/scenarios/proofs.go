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
