package scenarios

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
)

// signing are the stories of who signs in, and of who tries to.
func signing() []Scenario {
	return append([]Scenario{
		{"B10_FiveWrongPasswordsLockForFifteenMinutes", signingLocks},
		{"B10_ASuccessStartsTheCountAnew", signingResets},
		{"B10_ALoginIsLockedHoweverItIsTyped", signingTyped},
		{"B10_OfManyWrongPasswordsAtOnceFiveAreLookedAt", signingFlood},
		{"B10_ManyRightPasswordsAtOnceAllComeIn", signingCrowd},
		{"B10_ATryWhoseProcessEndedCountsAsWrong", signingCrash},
		{"B10_WhoeverLeavesTakesNoTryBack", signingLeft},
		{"B10_OnlyWhoKnowsThePasswordIsToldOfTheAccount", signingStates},
		{"B10_TheOwnerIsToldOfALockButNotOfEachOne", signingTold},
		{"B10_ALockOutlivesThePurge", signingPurged},
		{"B8_AHashOfAnotherCostIsReplacedAtSigningIn", signingRehash},
		{"G5_WhatIsTypedToSignInIsPrintedNowhere", signingSecret},
		{"B15_ASessionEndsWithWhatProtectsTheAccount", sessions},
		{"B15_SessionsAreEndedByTheirPersonOrBySupport", sessionsEnded},
	}, signingAlike()...)
}

func signingLocks(w *World) {
	alice := w.alice()
	w.misses("alice", 4)
	assert.Equal(w.T, alice.Epoch, w.comesIn("alice", firstPassword).Epoch)

	w.misses("alice", 5)

	until := w.Clock.Add(lockTime)

	for _, password := range []string{wrongPassword, firstPassword} {
		_, err := w.signIn("alice", password)

		var locked *guichet.Error

		require.ErrorIs(w.T, err, guichet.ErrLocked)
		require.ErrorAs(w.T, err, &locked)
		assert.Equal(w.T, until, locked.Until.UTC(), "it is not prolonged by trying")
		w.Wait(time.Minute)
	}

	told := w.One(w.Deliver(), "alice", mail.AccountLocked)
	assert.Contains(w.T, told.Text, until.Format("15:04"))

	w.Clock = until.Add(-time.Microsecond)
	w.staysOut("alice", firstPassword, guichet.ErrLocked)

	w.Clock = until
	w.comesIn("alice", firstPassword)
}

func signingResets(w *World) {
	w.alice()

	for range 3 {
		w.misses("alice", 4)
		w.comesIn("alice", firstPassword)
	}

	// What is wrong without anything right in between is in a row, however long it takes within a day.
	w.misses("alice", 4)
	w.Wait(23 * time.Hour)
	w.misses("alice", 1)
	w.staysOut("alice", firstPassword, guichet.ErrLocked)
}

func signingTyped(w *World) {
	w.alice()

	for _, typed := range []string{"alice@exemple.fr", "ALICE@exemple.fr", " alice@Exemple.fr ", "Alice@EXEMPLE.FR", "alice@exemple.fr"} {
		_, err := w.Portal.SignIn(w.Ctx, guichet.SignIn{Login: typed, Password: wrongPassword})
		require.ErrorIs(w.T, err, guichet.ErrCredentials, typed)
	}

	w.staysOut("alice", firstPassword, guichet.ErrLocked)

	_, err := w.Portal.SignIn(w.Ctx, guichet.SignIn{Login: "nulle part", Password: wrongPassword})
	assert.Equal(w.T, []string{"login account.address"}, faults(err))
}

// crowd is how many try at once.
const crowd = 64

// rush has many sign in at once with a password, and counts what they were answered.
func (w *World) rush(name, password string) map[error]int {
	w.T.Helper()

	tries := make([]func() error, crowd)
	for n := range tries {
		tries[n] = func() error { return second(w.signIn(name, password)) }
	}

	return tally(w, AtOnce(tries...), guichet.ErrCredentials, guichet.ErrLocked)
}

// tally counts errors by what they are.
func tally(w *World, errs []error, kinds ...error) map[error]int {
	w.T.Helper()

	out := map[error]int{}

	for _, err := range errs {
		var is error

		for _, kind := range kinds {
			if errors.Is(err, kind) {
				is = kind
			}
		}

		require.True(w.T, err == nil || is != nil, "%v", err)
		out[is]++
	}

	return out
}

func signingFlood(w *World) {
	v := w.outside()
	alice := w.alice()

	assert.Equal(w.T, map[error]int{guichet.ErrCredentials: 5, guichet.ErrLocked: crowd - 5}, w.rush("alice", wrongPassword))
	assert.Equal(w.T, 5, v.looked(alice.ID), "the others' passwords are not looked at")
	assert.Equal(w.T, map[error]int{guichet.ErrLocked: crowd}, w.rush("alice", firstPassword))

	assert.Equal(w.T, map[error]int{guichet.ErrCredentials: 5, guichet.ErrLocked: crowd - 5}, w.rush("personne", wrongPassword))

	// After three wrong ones there are two left.
	w.Wait(lockTime)
	w.misses("alice", 3)
	assert.Equal(w.T, map[error]int{guichet.ErrCredentials: 2, guichet.ErrLocked: crowd - 2}, w.rush("alice", wrongPassword))
}

func signingCrowd(w *World) {
	w.alice()
	assert.Equal(w.T, map[error]int{nil: crowd}, w.rush("alice", firstPassword))

	w.misses("alice", 4)
	assert.Equal(w.T, map[error]int{nil: crowd}, w.rush("alice", firstPassword), "there is one place left")
	w.misses("alice", 5)
}

func signingCrash(w *World) {
	v := w.outside()
	w.alice()

	crash := func() {
		v.verifying = func() (bool, error) { panic("the process ends") }
		defer func() { v.verifying = nil }()

		assert.Panics(w.T, func() { _, _ = w.signIn("alice", wrongPassword) })
	}

	for range 4 {
		crash()
	}

	w.comesIn("alice", firstPassword) // which says nothing of the four
	w.Wait(time.Minute)
	w.misses("alice", 1)
	w.staysOut("alice", firstPassword, guichet.ErrLocked)
	w.Wait(lockTime)

	// While five are looked at, the sixth waits, for as long as it likes to.
	for range 5 {
		crash()
	}

	ctx, cancel := context.WithTimeout(w.Ctx, 50*time.Millisecond)
	defer cancel()

	_, err := w.Portal.SignIn(ctx, guichet.SignIn{Login: Login("alice"), Password: firstPassword})
	require.ErrorIs(w.T, err, context.DeadlineExceeded)

	w.Wait(time.Minute)
	w.staysOut("alice", firstPassword, guichet.ErrLocked)
	w.Wait(lockTime)
	w.comesIn("alice", firstPassword)
}

func signingLeft(w *World) {
	v := w.outside()
	w.alice()

	for range 5 {
		ctx, cancel := context.WithCancel(w.Ctx)
		v.verifying = func() (bool, error) { cancel(); return false, nil }
		_, err := w.Portal.SignIn(ctx, guichet.SignIn{Login: Login("alice"), Password: wrongPassword})
		require.ErrorIs(w.T, err, guichet.ErrCredentials)
	}

	v.verifying = nil
	w.staysOut("alice", firstPassword, guichet.ErrLocked)
}

func signingStates(w *World) {
	alice := w.alice()

	for _, c := range []struct {
		becomes func() error
		why     error
	}{
		{func() error { return second(w.Portal.Block(w.Ctx, helpdesk, alice.ID, "")) }, account.ErrBlocked},
		{func() error { return second(w.Portal.Unblock(w.Ctx, helpdesk, alice.ID)) }, nil},
		{func() error {
			return second(w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(alice.ID), Account: alice.ID, LeaveVacant: true}))
		}, account.ErrDeactivated},
		{func() error { w.comeBack("alice"); return nil }, nil},
	} {
		require.NoError(w.T, c.becomes())
		w.misses("alice", 4)

		if c.why == nil {
			w.comesIn("alice", firstPassword)
		} else {
			w.staysOut("alice", firstPassword, c.why)
		}

		w.misses("alice", 4) // a right one was right, whatever the account is
		_, _ = w.signIn("alice", firstPassword)
	}

	w.close(alice.ID, true)
	w.staysOut("alice", firstPassword, guichet.ErrCredentials)
}

func signingTold(w *World) {
	w.alice()

	mails := 0

	for range 24 * 4 {
		w.misses("alice", 5)
		mails += len(of(w.Deliver(), mail.AccountLocked))
		w.Wait(lockTime)
	}

	assert.Positive(w.T, mails)
	assert.Less(w.T, mails, 12, "whoever locks it all day long does not fill the owner's mailbox")
	assert.Contains(w.T, strings.Join(w.journaled(w.comesIn("alice", firstPassword).ID), "\n"), "sign-in locked")
}
