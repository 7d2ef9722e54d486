package scenarios

import (
	"errors"
	"fmt"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// ownPasswords are the stories of an application that keeps passwords itself.
func ownPasswords() []Scenario {
	return []Scenario{
		{"B8_AnApplicationsPasswordsAreNotKeptHere", ownKept},
		{"B9_AnApplicationsPasswordsAreChosenAnewByALinkAlone", ownReset},
		{"B10_AnApplicationsPasswordsLockTheSame", ownLocked},
		{"B10_WhatAnApplicationCannotTellCountsForNothing", ownDown},
		{"B8_AnApplicationThatSaysYesToEverybodyLetsNobodyInWithoutAccount", ownYes},
		{"B8_APasswordThatIsNotTakenIsSaid", ownRefused},
		{"B9_OfTwoResetsAtOnceOnePasswordIsHandedOver", ownRace},
		{"B10_ASecondFactorGoesWithAnApplicationsPasswords", ownFactor},
	}
}

func ownKept(w *World) {
	v := w.outside()
	w.Register("alice", Siret(0))

	alice, err := w.Portal.Activate(w.Ctx, w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)),
		account.Credentials{Password: firstPassword, Question: "Le chat ?", Answer: "Félix"})
	require.NoError(w.T, err)
	assert.Equal(w.T, firstPassword, v.kept[alice.ID])

	_, err = w.Store.Credential(w.Ctx, alice.ID)
	require.ErrorIs(w.T, err, storage.ErrNotFound)

	w.comesIn("alice", firstPassword)
	w.staysOut("alice", wrongPassword, guichet.ErrCredentials)

	after, err := w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)
	require.NoError(w.T, err)
	assert.Equal(w.T, alice.Epoch+2, after.Epoch, "once more when the application has it")
	assert.Equal(w.T, secondPassword, v.kept[alice.ID])
	w.One(w.Deliver(), "alice", mail.PasswordChanged)

	assert.Contains(w.T, faults(second(w.Portal.ChangePassword(w.Ctx, alice.ID, secondPassword, "court"))), "password password.short")
	require.ErrorIs(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, wrongPassword, firstPassword)), guichet.ErrCredentials)
	assert.Equal(w.T, secondPassword, v.kept[alice.ID])

	_, err = w.Store.Credential(w.Ctx, alice.ID)
	require.ErrorIs(w.T, err, storage.ErrNotFound)
	require.ErrorIs(w.T, w.Portal.ChangeQuestion(w.Ctx, alice.ID, chosen), guichet.ErrNoPassword)
	require.ErrorIs(w.T, w.Portal.ClearQuestion(w.Ctx, helpdesk, alice.ID), guichet.ErrNoPassword)

	// Users whom the application brought come in, too.
	bob := w.enrol("bob")
	w.staysOut("bob", firstPassword, guichet.ErrCredentials)
	v.kept[bob.ID] = firstPassword
	assert.Equal(w.T, bob.ID, w.comesIn("bob", firstPassword).ID)
}

func ownReset(w *World) {
	v := w.outside()
	bob := w.enrol("bob")
	token := w.forgets("bob")

	shown, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Empty(w.T, shown.Question)
	assert.False(w.T, shown.SetAnswer)

	assert.Contains(w.T, faults(w.reset(token, "", "court")), "password password.short")
	require.NoError(w.T, w.reset(token, "", secondPassword))
	assert.Equal(w.T, secondPassword, v.kept[bob.ID])
	require.ErrorIs(w.T, w.reset(token, "", firstPassword), account.ErrLinkUsed)
	assert.Equal(w.T, secondPassword, v.kept[bob.ID])
	assert.Equal(w.T, bob.Epoch+2, w.comesIn("bob", secondPassword).Epoch)
}

func ownLocked(w *World) {
	v := w.outside()
	alice := w.alice()
	w.misses("alice", 5)
	looked := v.looked(alice.ID)
	w.staysOut("alice", firstPassword, guichet.ErrLocked)
	assert.Equal(w.T, looked, v.looked(alice.ID), "whoever keeps it is not asked about a password that does not count")

	// It is asked about somebody, though, as of a login that nobody has: about a different one each time.
	w.staysOut("personne", firstPassword, guichet.ErrCredentials)
	w.staysOut("personne", firstPassword, guichet.ErrCredentials)
	assert.Zero(w.T, v.looked(""))

	others := 0

	for id, times := range v.asked {
		if id != alice.ID {
			assert.Equal(w.T, 1, times)

			others++
		}
	}

	assert.Equal(w.T, 3, others)
}

func ownDown(w *World) {
	v := w.outside()
	alice := w.alice()
	down := errors.New("the directory is down")
	v.verifying = func() (bool, error) { return true, down }

	for range 10 {
		w.staysOut("alice", wrongPassword, down)
		w.staysOut("personne", wrongPassword, down)
		require.ErrorIs(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, wrongPassword, secondPassword)), down)
	}

	v.verifying = nil
	w.misses("alice", 4)
	w.comesIn("alice", firstPassword)
	require.NoError(w.T, second(w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)))
}

func ownYes(w *World) {
	v := w.outside()
	w.everySort()
	v.verifying = func() (bool, error) { return true, nil }

	for _, name := range []string{"personne", "attend", "approuve", "revendique", "invite", "clos"} {
		w.staysOut(name, wrongPassword, guichet.ErrCredentials)
	}

	w.staysOut("bloque", wrongPassword, account.ErrBlocked)
}

func ownRefused(w *World) {
	v := w.outside()
	alice := w.alice()
	full := errors.New("the directory is full")
	v.setting = full

	_, err := w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)
	require.ErrorIs(w.T, err, full)
	require.ErrorIs(w.T, w.reset(w.forgets("alice"), "", secondPassword), full)
	w.comesIn("alice", firstPassword)

	v.setting = nil

	w.Wait(hour)
	require.NoError(w.T, w.reset(w.forgets("alice"), "", secondPassword), "another link does")
	w.comesIn("alice", secondPassword)
}

func ownRace(w *World) {
	v := w.outside()
	alice := w.alice()

	for n := range 5 {
		token := w.forgets("alice")
		passwords := []string{fmt.Sprint("girafe meuble soleil ", n), fmt.Sprint("trombone table nuage ", n)}
		errs := AtOnce(
			func() error { return w.reset(token, "", passwords[0]) },
			func() error { return w.reset(token, "", passwords[1]) },
		)
		assert.Equal(w.T, 1, tally(w, errs, account.ErrLinkUsed, account.ErrLinkExpired)[nil])

		winner := 0
		if errs[0] != nil {
			winner = 1
		}

		assert.Equal(w.T, passwords[winner], v.kept[alice.ID])
		w.Wait(24 * hour)
	}
}

func ownFactor(w *World) {
	v := newVault()
	w.Reopen(func(o *guichet.Options) { o.Passwords = v; offered(o) })

	alice := w.alice()
	app := w.addFactor(alice)
	w.Wait(hour)
	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.code(w)))

	kept, err := w.Store.Credential(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Empty(w.T, kept.Password)

	require.NoError(w.T, w.reset(w.forgets("alice"), "", secondPassword))
	w.Wait(hour)

	challenge := w.challenged("alice", secondPassword, guichet.FactorApp)
	require.NoError(w.T, w.shows(challenge, app.code(w)), "a reset leaves it as it is")
	w.Wait(hour)
	require.NoError(w.T, second(w.Portal.RemoveFactor(w.Ctx, alice.ID, app.code(w))))
	w.comesIn("alice", secondPassword)
}
