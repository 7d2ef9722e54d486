package scenarios

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
)

// signingAlike are about what signing in tells strangers, and about what happens at the same moment.
func signingAlike() []Scenario {
	return []Scenario{
		{"B10_SigningInTellsNothingOfWhoHasTheLogin", alikeAnswers},
		{"B10_AskingForALinkTellsNothingOfWhoHasTheLogin", alikeAsks},
		{"B15_NoSessionBeginsWithAPasswordThatIsReplacedMeanwhile", meanwhileReset},
		{"B15_NoSessionBeginsInAnAccountThatIsBlockedMeanwhile", meanwhileBlocked},
		{"B13_NoSessionBeginsWithALoginThatIsLeftMeanwhile", meanwhileMoved},
		{"B15_ASessionThatBeginsWhileOthersEndIsANewOne", meanwhileEnded},
		{"B15_ASecondFactorThatIsAddedMeanwhileIsAskedFor", meanwhileFactor},
		{"B10_TriesAndResetsAtOnceLeaveOnePassword", resetsAndTries},
	}
}

// everySort makes somebody of each sort that an address can be: they are told apart by who knows the password only.
func (w *World) everySort() []string {
	w.T.Helper()

	gone := func(name string, n int, becomes func(id account.ID)) string {
		acc := w.Manager(name, Siret(n))
		becomes(acc.ID)

		return name
	}

	manager := w.Manager("gerante", Siret(0))
	w.Register("attend", Siret(0))
	w.Register("approuve", Siret(0))
	w.Approve(manager.ID, "approuve")
	w.Register("revendique", Siret(1))
	w.enrol("inscrit")
	require.NoError(w.T, w.Portal.Invite(w.Ctx, guichet.Inviting{
		By: account.By(manager.ID), Structure: w.ID(Siret(0)), Login: Login("invite"),
	}))

	out := []string{
		"personne", "gerante", "attend", "approuve", "revendique", "inscrit", "invite",
		gone("bloque", 2, func(id account.ID) { require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, id, ""))) }),
		gone("parti", 3, func(id account.ID) {
			require.NoError(w.T, second(w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(id), Account: id, LeaveVacant: true})))
		}),
		gone("clos", 4, func(id account.ID) { w.close(id, true) }),
	}

	w.Deliver()
	w.Wait(hour)

	return out
}

func alikeAnswers(w *World) {
	want := map[string][]string{}
	names := w.everySort()

	for _, name := range names {
		store := &counting{Store: w.Store}
		p := w.late(store)

		var done [][]string // what each try read and wrote

		for n := range 7 {
			already := len(store.seen)

			// The last is the right one, of those who have one: locked, it is told from no other.
			password := wrongPassword
			if n == 6 {
				password = firstPassword
			}

			out, err := p.SignIn(w.Ctx, guichet.SignIn{Login: Login(name), Password: password})
			assert.Zero(w.T, out)

			var refused *guichet.Error

			require.ErrorAs(w.T, err, &refused)
			done = append(done, slices.Clone(store.seen[already:]))
			store.count(fmt.Sprint(refused.Code(), " ", refused.Until.UTC(), " ", refused.Error()))
		}

		assert.Equal(w.T, done[0], done[5], "a lock is not told by how much is done")
		assert.Equal(w.T, done[5], done[6], "nor is the right password")

		want[name] = store.seen
		assert.Equal(w.T, want["personne"], want[name], name)
	}

	assert.Equal(w.T, []string{
		string(mail.AccountLocked) + " to " + Login("gerante"), string(mail.AccountLocked) + " to " + Login("inscrit"),
	}, Mails(w.Deliver()), "nobody is told who has no account that one might sign in to")
}

func alikeAsks(w *World) {
	names := w.everySort()

	for kind, asks := range map[string]func(p *guichet.Portal, login string) error{
		"forgotten":    func(p *guichet.Portal, login string) error { return p.ForgotPassword(w.Ctx, login) },
		"resent":       func(p *guichet.Portal, login string) error { return p.Resend(w.Ctx, login) },
		"reactivation": func(p *guichet.Portal, login string) error { return p.SendReactivation(w.Ctx, login) },
	} {
		want := map[string][]string{}

		for _, name := range names {
			store := &counting{Store: w.Store}
			p := w.late(store)

			for range 2 {
				require.NoError(w.T, asks(p, Login(name)))
			}

			want[name] = store.seen
			assert.Equal(w.T, want["personne"], want[name], "%s: %s", kind, name)
			assert.NotContains(w.T, store.seen, "login", kind)
		}
	}
}

// meanwhile tells for every moment of a sign-in what becomes of it when something happens to the account then.
func (w *World) meanwhile(happens func(acc account.Account, token account.Token), then func(acc account.Account, out guichet.SignedIn, err error)) {
	w.T.Helper()

	n := 0

	w.throughout(1, 2, func(name string, at func(fn func()) *guichet.Portal) {
		acc := w.Manager(name, Siret(n))
		n++
		token := w.forgets(name)
		out, err := at(func() { happens(acc, token) }).SignIn(w.Ctx, guichet.SignIn{Login: Login(name), Password: firstPassword})
		then(acc, out, err)
	})
}

func meanwhileReset(w *World) {
	w.meanwhile(func(_ account.Account, token account.Token) {
		require.NoError(w.T, w.reset(token, "Félix", secondPassword))
	}, func(acc account.Account, out guichet.SignedIn, err error) {
		require.ErrorIs(w.T, err, guichet.ErrCredentials)
		assert.Zero(w.T, out)

		now, err := w.Portal.SignIn(w.Ctx, guichet.SignIn{Login: acc.Login.String(), Password: secondPassword})
		require.NoError(w.T, err)
		assert.Equal(w.T, acc.Epoch+1, now.Account.Epoch)
	})
}

func meanwhileBlocked(w *World) {
	w.meanwhile(func(acc account.Account, _ account.Token) {
		require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, acc.ID, "")))
	}, func(_ account.Account, out guichet.SignedIn, err error) {
		require.ErrorIs(w.T, err, account.ErrBlocked)
		assert.Zero(w.T, out)
	})
}

func meanwhileMoved(w *World) {
	w.meanwhile(func(acc account.Account, _ account.Token) {
		token := w.moves(acc.ID, "nouvelle."+string(acc.ID))
		require.NoError(w.T, second(w.Portal.ConfirmLogin(w.Ctx, token)))
	}, func(_ account.Account, out guichet.SignedIn, err error) {
		require.ErrorIs(w.T, err, guichet.ErrCredentials)
		assert.Zero(w.T, out)
	})
}

func meanwhileEnded(w *World) {
	w.meanwhile(func(acc account.Account, _ account.Token) {
		require.NoError(w.T, second(w.Portal.EndSessions(w.Ctx, helpdesk, acc.ID)))
	}, func(acc account.Account, out guichet.SignedIn, err error) {
		require.NoError(w.T, err, "the password is still the right one")
		assert.Equal(w.T, acc.Epoch+1, out.Account.Epoch)
		require.NoError(w.T, w.Portal.Session(w.Ctx, acc.ID, out.Account.Epoch))
	})
}

func meanwhileFactor(w *World) {
	w.Reopen(offered)

	for n, writing := range []bool{false, true} {
		acc := w.Manager(fmt.Sprint("alice-", n), Siret(n))
		p := w.atStep(2, writing, func() { w.addFactor(acc) }, offered)
		out, err := p.SignIn(w.Ctx, guichet.SignIn{Login: acc.Login.String(), Password: firstPassword})
		require.NoError(w.T, err)
		assert.Equal(w.T, guichet.FactorApp, out.Factor)
		assert.Zero(w.T, out.Account)
	}
}

func resetsAndTries(w *World) {
	acc := w.alice()

	for n := range 5 {
		token := w.forgets("alice")
		tries := []func() error{func() error { return w.reset(token, "felix", secondPassword+strconv.Itoa(n)) }}
		epochs := make([]int64, crowd/8)

		for i := range epochs {
			tries = append(tries, func() error {
				out, err := w.signIn("alice", [...]string{firstPassword, secondPassword + strconv.Itoa(n-1)}[min(n, 1)])
				epochs[i] = out.Account.Epoch

				return err
			})
		}

		errs := AtOnce(tries...)
		require.NoError(w.T, errs[0])

		now, err := w.Portal.Account(w.Ctx, acc.ID)
		require.NoError(w.T, err)
		assert.False(w.T, slices.Contains(epochs, now.Epoch), "the former password opens no session that stays")
		assert.Equal(w.T, acc.Epoch+1, now.Epoch)
		acc = now

		w.Wait(lockTime)
		w.comesIn("alice", secondPassword+strconv.Itoa(n))
		w.Wait(24 * hour)
	}
}
