package scenarios

import (
	"errors"
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
