package scenarios

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func departures() []Scenario {
	return append([]Scenario{
		{"B12_ClosingAsTheOnlyUserNeedsAWordAboutTheStructure", closeOnlyUser},
		{"D6_AMainManagerOfSeveralStructuresIsToldOfAllThatAreInTheWay", closeSeveral},
		{"B12_ClosingAsOneOfSeveralUsersLeavesTheOthersAlone", closeOneOfSeveral},
		{"B12_ClosingWithdrawsWhatIsAskedForAndTheQueueGoesOn", closeAsking},
		{"B12_AClosedAccountsLoginIsFreeAgain", closeLoginFree},
		{"B12_LinksThatAreOutOpenNothingOnceTheAccountIsClosed", closeLinksOut},
		{"B12_WhatWaitsForAClosedAccountIsNotSent", closeThenDeliver},
		{"B12_AnIndividualsOwnStructureIsForgotten", closeIndividual},
		{"B12_AnIndividualsOwnStructureIsForgottenThoughItWasLeftBefore", closeIndividualLater},
		{"B12_AnIndividualsStructureWithOthersInItStays", closeIndividualShared},
		{"B12_ClosingIsThePersonsOrSupports", closeByWhom},
	}, manyDepartures()...)
}

// ids returns the internal keys of some structures.
func ids(w *World, n ...int) []structure.ID {
	out := make([]structure.ID, 0, len(n))
	for _, i := range n {
		out = append(out, w.ID(Siret(i)))
	}

	return out
}

// leave tries to close an account.
func (w *World) leave(id account.ID, vacant bool) error {
	return w.Portal.Close(w.Ctx, guichet.Departure{By: account.By(id), Account: id, LeaveVacant: vacant})
}

func closeOnlyUser(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	w.Register("bob", Siret(0)) // waits, and is nobody yet to whom one could hand over
	w.Deliver()

	w.writesNothing(estate{structures: named(0)}, func() {
		err := w.leave(daniel.ID, false)
		require.ErrorIs(w.T, err, guichet.ErrManages)
		require.ErrorIs(w.T, err, attachment.ErrMainManager)

		var refused *guichet.Error
		require.ErrorAs(w.T, err, &refused)
		assert.Equal(w.T, ids(w, 0), refused.Structures)
	})

	w.close(daniel.ID, true)
	w.standing(Siret(0), attachment.Vacant, "")

	found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
	require.NoError(w.T, err)
	assert.False(w.T, found.Active)
	assert.Equal(w.T, "Société de daniel", found.Data.LegalName)
	assert.Equal(w.T, 0, w.Roster(Siret(0)).Roster.Attached)

	acc, err := w.Portal.Account(w.Ctx, daniel.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Closed, acc.State)

	sent := w.Deliver()
	assert.Len(w.T, sent, 1)
	w.One(sent, "daniel", mail.AccountClosed)
	assert.Equal(w.T, attachment.Requested, w.row(Siret(0), w.registration("bob").ID).State, "requests wait")
	assert.Equal(w.T, guichet.NextApproval, w.Register("carol", Siret(0)).Next, "nobody succeeds by naming it")
	assert.Subset(w.T, w.Actions(w.ID(Siret(0))), []string{
		"account closed active→closed", "user detached attached→detached", "manager left managed→vacant",
	}[1:])
	assert.Contains(w.T, w.journaled(daniel.ID), "account closed active→closed")
}

func closeSeveral(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	w.create("daniel", daniel.ID, Siret(1))
	w.create("daniel", daniel.ID, Siret(2))
	w.User("alice", Siret(1), daniel.ID)
	w.Deliver()

	w.writesNothing(estate{structures: named(0, 1, 2)}, func() {
		var refused *guichet.Error
		require.ErrorAs(w.T, w.leave(daniel.ID, false), &refused)
		assert.ElementsMatch(w.T, ids(w, 0, 1, 2), refused.Structures)

		err := w.leave(daniel.ID, true)
		require.ErrorAs(w.T, err, &refused)
		assert.Equal(w.T, ids(w, 1), refused.Structures, "the one with others in it")
		require.ErrorIs(w.T, err, attachment.ErrNotAlone)
	})
	require.NoError(w.T, w.rights(daniel.ID, 0))
}

func closeOneOfSeveral(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice, bob := w.User("alice", Siret(0), daniel.ID), w.User("bob", Siret(0), daniel.ID)
	before := w.row(Siret(0), bob.ID)

	w.close(alice.ID, false)
	assert.Equal(w.T, attachment.Detached, w.row(Siret(0), alice.ID).State)
	assert.Equal(w.T, before, w.row(Siret(0), bob.ID))
	assert.Equal(w.T, 2, w.Roster(Siret(0)).Roster.Attached)
	w.standing(Siret(0), attachment.Managed, daniel.ID)

	rights, err := w.Portal.Habilitations(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Empty(w.T, rights)
	require.ErrorIs(w.T, w.leave(alice.ID, false), account.ErrClosed)
}

func closeAsking(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	w.Register("claude", Siret(1))
	w.Deliver()

	alice, bob := w.enrol("alice"), w.enrol("bob")
	w.ask("alice", alice.ID, Siret(0))
	w.ask("alice", alice.ID, Siret(1))
	w.ask("bob", bob.ID, Siret(1))

	w.close(alice.ID, false)
	assert.Equal(w.T, attachment.Withdrawn, w.row(Siret(0), alice.ID).State)
	assert.Equal(w.T, attachment.Withdrawn, w.row(Siret(1), alice.ID).State)
	assert.Empty(w.T, w.Requests(daniel.ID))
	assert.Empty(w.T, of(w.Deliver(), mail.RequestToApprove), "there is nothing to decide any more")

	w.Wait(hour)
	w.Advance()
	w.standing(Siret(1), attachment.Managed, bob.ID)
}

func closeLoginFree(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	first := w.User("alice", Siret(0), daniel.ID)
	w.close(first.ID, false)
	w.Deliver()

	assert.Equal(w.T, guichet.NextApproval, w.Register("alice", Siret(0)).Next)
	assert.False(w.T, w.Requests(daniel.ID)[Login("alice")].Attachment.Repeat)
	w.Approve(daniel.ID, "alice")

	second := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.Approved)))
	assert.NotEqual(w.T, first.ID, second.ID)
	w.attachedHere(second.ID, 0)

	exported, err := w.Portal.Export(w.Ctx, second.ID)
	require.NoError(w.T, err)
	assert.Len(w.T, exported.Attachments, 1, "nothing of the account before it")
}

func closeLinksOut(w *World) {
	w.Manager("daniel", Siret(0))
	alice := w.enrol("alice")
	w.changePerson(alice, func(f *account.PersonForm) { f.Contact = contact("alice") })
	confirm := w.Token(w.Deliver()[0])
	w.Register("alice", Siret(0))
	adopt := w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed))
	w.deactivate(alice.ID)
	require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")))
	reactivate := w.Token(w.One(w.Deliver(), "alice", mail.ReactivationLink))

	w.close(alice.ID, false)
	w.Deliver()

	w.writesNothing(estate{structures: named(0), people: []account.ID{alice.ID}}, func() {
		_, err := w.Portal.ConfirmContact(w.Ctx, confirm)
		require.ErrorIs(w.T, err, account.ErrLinkUnknown)
		_, err = w.Portal.Reactivate(w.Ctx, reactivate)
		require.ErrorIs(w.T, err, account.ErrLinkUnknown)
		_, err = w.Portal.Adopt(w.Ctx, adopt, alice.ID)
		require.ErrorIs(w.T, err, attachment.ErrAccountInactive)
		require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")))
	})

	assert.Len(w.T, w.registrations("alice"), 1, "whoever registered with the address goes on")
	require.NoError(w.T, w.Portal.Decline(w.Ctx, adopt), "and whoever reads its mails may end that")
}

// What was written before the account closed, and is still in the outbox, is not sent after it.
func closeThenDeliver(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice := w.User("alice", Siret(0), daniel.ID)
	w.create("alice", alice.ID, Siret(1))
	w.Deliver()

	w.changePerson(alice, func(f *account.PersonForm) { f.Contact = contact("alice") })
	w.Register("alice", Siret(2)) // by a stranger: its mail would be the owner's
	w.Register("bob", Siret(1))   // for her to decide
	w.create("daniel", daniel.ID, Siret(3))
	w.ask("alice", alice.ID, Siret(3))
	w.Approve(daniel.ID, "alice") // of which she would be told

	w.close(alice.ID, true)

	sent := w.Deliver()
	w.One(sent, "alice", mail.AccountClosed)
	assert.Empty(w.T, To(sent, contact("alice")))
	assert.Equal(w.T, []mail.Kind{mail.AccountClosed, mail.ActivationLink}, Kinds(To(sent, Login("alice"))),
		"the address is nobody's account any more, and whoever registered with it gets their link")
	assert.Empty(w.T, of(sent, mail.RequestToApprove))
	w.Wait(day)
	assert.Empty(w.T, w.Deliver())
}

// person is an individual's identifier, and what they type.
func person() identifier.ID {
	return identifier.MustParse(identifier.Individual, "1980193161FERDINANDHELOISE1")
}

func personForm(name string) account.Form {
	form := Form(name, person())
	form.Structure = structure.Form{
		FirstName: "Héloïse", LastName: "Ferdinand", Address: "9 rue de Clichy", PostalCode: "75009", Town: "Paris", Country: "FR",
	}

	return form
}

// heloise is an individual who manages herself.
func (w *World) heloise() account.Account {
	w.T.Helper()

	_, err := w.Portal.Register(w.Ctx, personForm("heloise"))
	require.NoError(w.T, err)

	return w.Activate(w.Token(w.One(w.Deliver(), "heloise", mail.ActivationLink)))
}

// forgotten asserts that nothing says any more whose a structure was.
func (w *World) forgotten(id structure.ID) {
	w.T.Helper()

	s, err := w.Store.Structure(w.Ctx, id)
	require.NoError(w.T, err)
	assert.Equal(w.T, identifier.Registering, s.Identity.Kind())
	assert.Zero(w.T, s.Data)

	_, err = w.Store.StructureByIdentity(w.Ctx, person())
	require.ErrorIs(w.T, err, storage.ErrNotFound)
}

func closeIndividual(w *World) {
	heloise := w.heloise()
	id := w.ID(person())
	w.close(heloise.ID, true)
	w.forgotten(id)

	again := w.heloise() // the identifier is free again, like the login
	assert.NotEqual(w.T, heloise.ID, again.ID)
	assert.NotEqual(w.T, id, w.ID(person()))
}

func closeIndividualLater(w *World) {
	heloise := w.heloise()
	id := w.ID(person())

	_, err := w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(heloise.ID), Account: heloise.ID, LeaveVacant: true})
	require.NoError(w.T, err)

	s, err := w.Store.Structure(w.Ctx, id)
	require.NoError(w.T, err)
	assert.Equal(w.T, person(), s.Identity, "she may come back")
	w.close(heloise.ID, false)
	w.forgotten(id)
}

func closeIndividualShared(w *World) {
	heloise := w.heloise()
	id := w.ID(person())

	_, err := w.Portal.Register(w.Ctx, func() account.Form { f := personForm("alice"); return f }())
	require.NoError(w.T, err)
	w.Approve(heloise.ID, "alice")
	alice := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.Approved)))

	require.ErrorIs(w.T, w.leave(heloise.ID, true), attachment.ErrNotAlone)
	w.close(alice.ID, false)

	s, err := w.Store.Structure(w.Ctx, id)
	require.NoError(w.T, err)
	assert.Equal(w.T, person(), s.Identity)
	assert.Equal(w.T, "Ferdinand", s.Data.LastName)
}

func closeByWhom(w *World) {
	alice, bob := w.enrol("alice"), w.enrol("bob")

	w.writesNothing(estate{people: []account.ID{alice.ID, bob.ID}}, func() {
		for _, by := range []account.Actor{account.By(bob.ID), account.System(), {}} {
			err := w.Portal.Close(w.Ctx, guichet.Departure{By: by, Account: alice.ID})
			require.ErrorIs(w.T, err, account.ErrNotYours)
		}

		require.ErrorIs(w.T, w.leave("nobody", false), guichet.ErrUnknownAccount)
	})

	_, err := w.Portal.Block(w.Ctx, account.Support("s"), alice.ID, "")
	require.NoError(w.T, err)
	require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: account.Support("s"), Account: alice.ID}))

	acc, err := w.Portal.Account(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Closed, acc.State)

	for name, err := range map[string]error{
		"close":   w.leave(alice.ID, false),
		"consent": second(w.Portal.Consent(w.Ctx, alice.ID, account.ToSurvey, true)),
		"unblock": second(w.Portal.Unblock(w.Ctx, account.Support("s"), alice.ID)),
		"person":  second(w.Portal.ChangePerson(w.Ctx, alice.ID, alice.Person.Form())),
	} {
		require.ErrorIs(w.T, err, account.ErrClosed, name)
	}
}

func second[T any](_ T, err error) error { return err }
