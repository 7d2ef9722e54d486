package scenarios

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/mail"
)

// sessions is about what ends a session, and what does not (rule B15).
func sessions(w *World) {
	w.Reopen(offered)

	alice := w.alice()
	token := w.moves(alice.ID, "alicia")

	app := w.addFactor(alice)

	for what, does := range map[string]func(acc account.Account) (account.Account, error){
		"password changed": func(acc account.Account) (account.Account, error) {
			return w.Portal.ChangePassword(w.Ctx, acc.ID, firstPassword, firstPassword)
		},
		"sessions ended": func(acc account.Account) (account.Account, error) {
			return w.Portal.EndSessions(w.Ctx, account.By(acc.ID), acc.ID)
		},
		"recovery codes": func(acc account.Account) (account.Account, error) {
			w.Wait(hour)

			after, _, err := w.Portal.RenewRecoveryCodes(w.Ctx, acc.ID, app.code(w))

			return after, err
		},
		"blocked and unblocked": func(acc account.Account) (account.Account, error) {
			require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, acc.ID, "")))
			require.ErrorIs(w.T, w.Portal.Session(w.Ctx, acc.ID, acc.Epoch), account.ErrBlocked)
			require.ErrorIs(w.T, w.Portal.Session(w.Ctx, acc.ID, acc.Epoch+1), account.ErrBlocked)

			return w.Portal.Unblock(w.Ctx, helpdesk, acc.ID)
		},
	} {
		before, err := w.Portal.Account(w.Ctx, alice.ID)
		require.NoError(w.T, err)
		require.NoError(w.T, w.Portal.Session(w.Ctx, alice.ID, before.Epoch))

		after, err := does(before)
		require.NoError(w.T, err, what)
		require.ErrorIs(w.T, w.Portal.Session(w.Ctx, alice.ID, before.Epoch), guichet.ErrSessionOver, what)
		require.NoError(w.T, w.Portal.Session(w.Ctx, alice.ID, after.Epoch), "%s: the one that it was done in goes on", what)
	}

	require.ErrorIs(w.T, second(w.Portal.ConfirmLogin(w.Ctx, token)), account.ErrLinkExpired)

	before, err := w.Portal.Account(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	w.changePerson(before, func(f *account.PersonForm) { f.Phone = "0102030405" })
	require.NoError(w.T, w.Portal.ChangeQuestion(w.Ctx, alice.ID, guichet.Chosen{
		Password: firstPassword, Question: "La couleur du cheval ?", Answer: "blanc",
	}))
	require.NoError(w.T, w.Portal.Session(w.Ctx, alice.ID, before.Epoch), "neither is what one signs in with")
	require.ErrorIs(w.T, w.Portal.Session(w.Ctx, "nobody", 1), guichet.ErrUnknownAccount)

	w.close(alice.ID, true)
	require.ErrorIs(w.T, w.Portal.Session(w.Ctx, alice.ID, before.Epoch), account.ErrClosed)
}

func sessionsEnded(w *World) {
	alice, bob := w.alice(), w.Manager("bob", Siret(1))
	w.Deliver()

	for _, by := range []account.Actor{account.By(bob.ID), account.System(), {}} {
		require.ErrorIs(w.T, second(w.Portal.EndSessions(w.Ctx, by, alice.ID)), account.ErrNotYours)
	}

	require.NoError(w.T, w.Portal.Session(w.Ctx, alice.ID, alice.Epoch))

	for n, by := range []account.Actor{account.By(alice.ID), helpdesk} {
		after, err := w.Portal.EndSessions(w.Ctx, by, alice.ID)
		require.NoError(w.T, err)
		assert.Equal(w.T, alice.Epoch+int64(n)+1, after.Epoch)
		assert.Equal(w.T, after.Epoch, w.comesIn("alice", firstPassword).Epoch, "the password stays")
	}

	assert.Contains(w.T, w.journaled(alice.ID), "sessions ended →")
	assert.Empty(w.T, of(w.Deliver(), mail.PasswordChanged))

	require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, alice.ID, "")))
	require.ErrorIs(w.T, second(w.Portal.EndSessions(w.Ctx, helpdesk, alice.ID)), account.ErrBlocked)
	require.ErrorIs(w.T, second(w.Portal.EndSessions(w.Ctx, helpdesk, "nobody")), guichet.ErrUnknownAccount)
}

func signingPurged(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Policy.LockTime = 48 * hour; o.Policy.KeepAttempts = time.Minute })
	w.alice()
	w.misses("alice", 5)

	for range 47 {
		w.Wait(hour)
		require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
		w.staysOut("alice", firstPassword, guichet.ErrLocked)
	}

	w.Wait(hour)
	w.comesIn("alice", firstPassword)
}

func signingRehash(w *World) {
	alice := w.alice()
	stored := func() string {
		kept, err := w.Store.Credential(w.Ctx, alice.ID)
		require.NoError(w.T, err)

		return kept.Password
	}

	before := stored()
	dearer := func(o *guichet.Options) { o.Hashing = credential.Params{Memory: 128, Time: 2, Threads: 1, KeyLen: 32} }

	w.comesIn("alice", firstPassword)
	assert.Equal(w.T, before, stored(), "its cost is today's")

	// A password that is chosen at the same moment is not overwritten by the former one.
	p := w.atStep(3, true, func() {
		_, err := w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, secondPassword)
		require.NoError(w.T, err)
	}, dearer)
	_, err := p.SignIn(w.Ctx, guichet.SignIn{Login: Login("alice"), Password: firstPassword})
	require.NoError(w.T, err, "it was let in before")
	assert.Contains(w.T, stored(), "m=64,", "the other password stays")
	w.staysOut("alice", firstPassword, guichet.ErrCredentials)

	w.Reopen(dearer)
	w.misses("alice", 1)
	assert.Contains(w.T, stored(), "m=64,", "nobody has shown that it is theirs")

	epoch := w.comesIn("alice", secondPassword).Epoch
	assert.Contains(w.T, stored(), "m=128,t=2,")
	assert.Equal(w.T, epoch, w.comesIn("alice", secondPassword).Epoch, "it ends no session")
}

func signingSecret(w *World) {
	alice := w.alice()
	w.misses("alice", 1)
	w.comesIn("alice", firstPassword)

	for _, typed := range []any{
		guichet.SignIn{Password: firstPassword},
		guichet.Reset{Password: firstPassword, Answer: firstPassword, Question: firstPassword, NewAnswer: firstPassword},
		guichet.Chosen{Password: firstPassword, Question: firstPassword, Answer: firstPassword},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			for _, value := range []any{typed, []any{typed}, struct{ V any }{typed}} {
				assert.NotContains(w.T, fmt.Sprintf(verb, value), "correct", verb)
				assert.NotContains(w.T, fmt.Sprintf(verb, value), fmt.Sprintf("%x", "correct"), verb)
			}
		}
	}

	assert.Empty(w.T, traces(w.heldOf(alice.ID), []string{firstPassword, wrongPassword, "felix", "Félix"}))
}
