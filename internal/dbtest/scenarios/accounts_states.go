package scenarios

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
)

// The states of an account, and the epoch that ends older sessions (rules B11, B12 and B15).
func accountStates() []Scenario {
	return []Scenario{
		{"B15_EveryChangeOfStateAdvancesTheEpochOnce", statesEpoch},
		{"B11_SupportBlocksAndNobodyElse", statesBlock},
		{"B11_WhoWasDeactivatedWhenBlockedIsDeactivatedAgain", statesAway},
		{"B12_ADeactivatedPersonComesBackByAMailedLink", statesReactivate},
		{"B12_AskingForAReactivationTellsNothing", statesReactivationSilent},
		{"B15_AReactivationLinkIsForTheStateThatItWasSentIn", statesEpochLink},
		{"B12_AMainManagerHandsOverBeforeDeactivating", statesManager},
		{"B12_AMainManagerWhoIsAloneDeactivatesAndLeavesTheStructureVacant", statesVacant},
	}
}

func statesEpoch(w *World) {
	alice := w.enrol("alice")
	assert.Equal(w.T, int64(1), alice.Epoch)

	support := account.Support("s")
	assert.Equal(w.T, int64(2), w.deactivate(alice.ID).Epoch)
	assert.Equal(w.T, int64(3), w.comeBack("alice").Epoch)

	blocked, err := w.Portal.Block(w.Ctx, support, alice.ID, "")
	require.NoError(w.T, err)
	assert.Equal(w.T, int64(4), blocked.Epoch)

	unblocked, err := w.Portal.Unblock(w.Ctx, support, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, int64(5), unblocked.Epoch)

	changed := w.changePerson(unblocked, func(f *account.PersonForm) { f.Phone = "0102030405" })
	assert.Equal(w.T, int64(5), changed.Epoch, "a phone number ends no session")

	w.close(alice.ID, false)
	stored, err := w.Portal.Account(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, int64(6), stored.Epoch)
	assert.Equal(w.T, []string{
		"account enrolled →active", "account deactivated active→deactivated", "account reactivated deactivated→active",
		"account blocked active→blocked", "account unblocked blocked→active", "person changed →",
		"account closed active→closed",
	}, w.journaled(alice.ID))
}

func statesBlock(w *World) {
	daniel := w.Manager("daniel", Siret(0))

	w.writesNothing(estate{structures: named(0)}, func() {
		for _, by := range []account.Actor{account.By(daniel.ID), account.By("other"), account.System(), {}} {
			_, err := w.Portal.Block(w.Ctx, by, daniel.ID, "")
			require.ErrorIs(w.T, err, account.ErrNotYours)
		}

		_, err := w.Portal.Unblock(w.Ctx, account.Support("s"), daniel.ID)
		require.ErrorIs(w.T, err, account.ErrAlreadyActive)

		_, err = w.Portal.Block(w.Ctx, account.Support("s"), daniel.ID, "\x00")
		require.ErrorIs(w.T, err, attachment.ErrComment)

		_, err = w.Portal.Block(w.Ctx, account.Support("s"), "nobody", "")
		require.ErrorIs(w.T, err, guichet.ErrUnknownAccount)
	})

	blocked, err := w.Portal.Block(w.Ctx, account.Support("s"), daniel.ID, "Vérification en cours")
	require.NoError(w.T, err, "even a main manager")
	assert.Equal(w.T, account.Blocked, blocked.State)
	assert.Contains(w.T, w.One(w.Deliver(), "daniel", mail.AccountBlocked).Text, "Vérification en cours")
	require.ErrorIs(w.T, w.rights(daniel.ID, 0), habilitation.ErrAccountInactive)
	w.attachedHere(daniel.ID, 0)

	_, err = w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(daniel.ID), Account: daniel.ID, LeaveVacant: true})
	require.ErrorIs(w.T, err, account.ErrBlocked)

	err = w.Portal.Close(w.Ctx, guichet.Departure{By: account.By(daniel.ID), Account: daniel.ID, LeaveVacant: true})
	require.ErrorIs(w.T, err, account.ErrNotYours)

	_, err = w.Portal.Unblock(w.Ctx, account.Support("s"), daniel.ID)
	require.NoError(w.T, err)
	w.One(w.Deliver(), "daniel", mail.AccountUnblocked)
	require.NoError(w.T, w.rights(daniel.ID, 0), "everything is as it was")
}

func statesAway(w *World) {
	alice := w.enrol("alice")
	w.deactivate(alice.ID)

	support := account.Support("s")
	_, err := w.Portal.Block(w.Ctx, support, alice.ID, "")
	require.NoError(w.T, err)
	require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")))
	assert.Empty(w.T, of(w.Deliver(), mail.ReactivationLink), "support has to unblock it first")

	after, err := w.Portal.Unblock(w.Ctx, support, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Deactivated, after.State)
	assert.Equal(w.T, account.Active, w.comeBack("alice").State)
}

func statesReactivate(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice := w.User("alice", Siret(0), daniel.ID)
	w.deactivate(alice.ID)
	w.One(w.Deliver(), "alice", mail.AccountDeactivated)
	w.attachedHere(alice.ID, 0)

	rights, err := w.Portal.Habilitations(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Empty(w.T, rights)

	_, err = w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(alice.ID), Account: alice.ID})
	require.ErrorIs(w.T, err, account.ErrDeactivated)

	require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")))
	token := w.Token(w.One(w.Deliver(), "alice", mail.ReactivationLink))

	invitation, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.PurposeReactivation, invitation.Purpose)
	assert.Equal(w.T, Login("alice"), invitation.Login.String())

	back, err := w.Portal.Reactivate(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Active, back.State)
	w.One(w.Deliver(), "alice", mail.AccountReactivated)

	rights, err = w.Portal.Habilitations(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.NotEmpty(w.T, rights, "the attachment was there all along")

	_, err = w.Portal.Reactivate(w.Ctx, token)
	require.ErrorIs(w.T, err, account.ErrLinkUsed)
}

func statesReactivationSilent(w *World) {
	alice, bob := w.enrol("alice"), w.enrol("bob")
	w.deactivate(bob.ID)
	w.close(bob.ID, false)
	w.Deliver()

	for _, name := range []string{"alice", "bob", "nobody"} {
		require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login(name)))
	}

	assert.Empty(w.T, w.Deliver(), "nobody is to be reactivated")
	w.Wait(hour)
	assert.Equal(w.T, []string{"login account.address"}, faults(w.Portal.SendReactivation(w.Ctx, "nulle part")))

	w.deactivate(alice.ID)
	w.Deliver()

	for range 3 {
		require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")))
	}

	assert.Len(w.T, w.Deliver(), 1, "no more than one in a while")
}

func statesEpochLink(w *World) {
	alice := w.enrol("alice")
	w.deactivate(alice.ID)
	require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")))
	token := w.Token(w.One(w.Deliver(), "alice", mail.ReactivationLink))

	support := account.Support("s")
	_, err := w.Portal.Block(w.Ctx, support, alice.ID, "")
	require.NoError(w.T, err)

	for range 2 { // blocked, and deactivated once more
		w.writesNothing(estate{people: []account.ID{alice.ID}}, func() {
			_, err = w.Portal.Reactivate(w.Ctx, token)
			require.ErrorIs(w.T, err, account.ErrLinkExpired)
		})

		_, err = w.Portal.Unblock(w.Ctx, support, alice.ID)
		if err != nil {
			require.ErrorIs(w.T, err, account.ErrNotBlocked)
		}
	}

	w.Wait(hour)
	require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")), "the last link opens nothing and keeps none back")
	_, err = w.Portal.Reactivate(w.Ctx, w.Token(w.One(w.Deliver(), "alice", mail.ReactivationLink)))
	require.NoError(w.T, err)

	// A mail that still waits when the state changes is not sent.
	w.deactivate(alice.ID)
	w.Deliver()
	w.Wait(hour)
	require.NoError(w.T, w.Portal.SendReactivation(w.Ctx, Login("alice")))
	_, err = w.Portal.Block(w.Ctx, support, alice.ID, "")
	require.NoError(w.T, err)
	assert.Empty(w.T, of(w.Deliver(), mail.ReactivationLink))
}

func statesManager(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	w.create("daniel", daniel.ID, Siret(1))
	w.Deliver()

	w.writesNothing(estate{structures: named(0, 1)}, func() {
		_, err := w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(daniel.ID), Account: daniel.ID})
		require.ErrorIs(w.T, err, guichet.ErrManages)
		require.ErrorIs(w.T, err, attachment.ErrMainManager)

		var refused *guichet.Error
		require.ErrorAs(w.T, err, &refused)
		assert.ElementsMatch(w.T, refused.Structures, ids(w, 0, 1))

		_, err = w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.Support("s"), Account: daniel.ID, LeaveVacant: true})
		require.ErrorIs(w.T, err, account.ErrNotYours, "support blocks, and does not deactivate")
	})
}

func statesVacant(w *World) {
	daniel := w.Manager("daniel", Siret(0))

	after, err := w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(daniel.ID), Account: daniel.ID, LeaveVacant: true})
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Deactivated, after.State)
	w.standing(Siret(0), attachment.Vacant, "")

	found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
	require.NoError(w.T, err, "still present")
	assert.False(w.T, found.Active)

	w.comeBack("daniel")
	w.standing(Siret(0), attachment.Vacant, "")
	assert.Equal(w.T, attachment.Detached, w.row(Siret(0), daniel.ID).State, "it was left for good")
}
