package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/mail"
)

// factors are the stories of the second factor.
func factors() []Scenario {
	return append([]Scenario{
		{"B10_ThePolicySaysWhoShowsASecondFactor", factorPolicy},
		{"B10_AChallengeIsForOnce", factorOnce},
		{"B10_AChallengeEndsWithWhatItIsBoundTo", factorEnds},
		{"B10_ACodeOfTheAppCountsOnce", factorReplay},
		{"B10_FiveWrongCodesLockForLongerEachTime", factorLocks},
		{"B10_OfManyWrongCodesAtOnceFiveAreLookedAt", factorFlood},
		{"B10_OfTwoWithTheSameCodeAtOnceOneComesIn", factorTwice},
		{"B10_ARecoveryCodeCountsOnce", factorRecovery},
		{"B10_PreparingASecondFactorTakesNoneAway", factorPrepared},
		{"B15_WhatChangesTheSecondFactorEndsSessions", factorEpoch},
		{"B10_SupportHelpsWhoHasLostTheAppAndTheCodes", factorCleared},
		{"B7_AChallengeOpensNothingElseAndNothingElseAChallenge", factorPurpose},
	}, mailedFactors()...)
}

func offered(o *guichet.Options)  { o.Policy.SecondFactor = account.OfferedFactor }
func required(o *guichet.Options) { o.Policy.SecondFactor = account.RequiredFactor }

// phone is an app that shows codes, and the recovery codes on paper.
type phone struct {
	secret credential.TOTPSecret
	paper  []credential.RecoveryCode
}

// code is what the app shows.
func (p phone) code(w *World) string { return p.secret.Code(w.Clock) }

// none is a code that no app shows now.
func (p phone) none(w *World) string {
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%06d", n); !slices.Contains([]string{
			p.secret.Code(w.Clock.Add(-credential.TOTPStep)), p.code(w), p.secret.Code(w.Clock.Add(credential.TOTPStep)),
		}, code) {
			return code
		}
	}
}

// addFactor sets an app up.
func (w *World) addFactor(acc account.Account) phone {
	w.T.Helper()

	secret, err := w.Portal.PrepareFactor(w.Ctx, acc.ID, firstPassword)
	require.NoError(w.T, err)

	_, paper, err := w.Portal.AddFactor(w.Ctx, acc.ID, secret.Code(w.Clock))
	require.NoError(w.T, err)
	require.Len(w.T, paper, credential.RecoveryCodes)

	return phone{secret, paper}
}

// withApp is alice with an app, some time later.
func (w *World) withApp() (account.Account, phone) {
	w.T.Helper()
	w.Reopen(offered)

	acc := w.alice()
	app := w.addFactor(acc)
	w.Deliver()
	w.Wait(hour)

	acc, err := w.Portal.Account(w.Ctx, acc.ID)
	require.NoError(w.T, err)

	return acc, app
}

// challenged has somebody sign in who is asked for a second factor.
func (w *World) challenged(name, password string, factor guichet.Factor) account.Token {
	w.T.Helper()

	out, err := w.signIn(name, password)
	require.NoError(w.T, err)
	require.Equal(w.T, factor.String(), out.Factor.String())
	require.Zero(w.T, out.Account, "nobody is in yet")

	return out.Challenge
}

// shows goes on with a code.
func (w *World) shows(challenge account.Token, code string) error {
	out, err := w.Portal.SecondFactor(w.Ctx, challenge, code)
	assert.Equal(w.T, err != nil, out.Account.ID == "")

	return err
}

func factorPolicy(w *World) {
	alice, app := w.withApp()
	bob := w.Manager("bob", Siret(1))

	w.challenged("alice", firstPassword, guichet.FactorApp)
	w.comesIn("bob", firstPassword)

	w.Reopen(nil)
	w.comesIn("alice", firstPassword)

	w.Reopen(required)

	challenge := w.challenged("alice", firstPassword, guichet.FactorApp)
	assert.Empty(w.T, of(w.Deliver(), mail.FactorCode), "who has an app is mailed none")
	require.NoError(w.T, w.shows(challenge, app.code(w)))

	challenge = w.challenged("bob", firstPassword, guichet.FactorMail)
	out, err := w.Portal.SecondFactor(w.Ctx, challenge, w.mailed("bob"))
	require.NoError(w.T, err)
	assert.Equal(w.T, bob.ID, out.Account.ID)
	require.NoError(w.T, w.Portal.Session(w.Ctx, bob.ID, out.Account.Epoch))

	// A wrong password is asked for nothing.
	w.misses("alice", 1)
	assert.Contains(w.T, w.journaled(alice.ID), "second factor asked →app")
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b|\b\d{3} \d{3}\b`)

// mailed returns the code that somebody is mailed.
func (w *World) mailed(name string) string {
	w.T.Helper()

	m := w.One(w.Deliver(), name, mail.FactorCode)
	code := sixDigits.FindString(m.Text)
	require.NotEmpty(w.T, code, m.Text)
	require.NotContains(w.T, m.Text, "https://", "there is nothing to open")

	return code
}

func factorOnce(w *World) {
	_, app := w.withApp()

	challenge := w.challenged("alice", firstPassword, guichet.FactorApp)
	require.ErrorIs(w.T, w.shows(challenge, app.none(w)), guichet.ErrCode)
	require.NoError(w.T, w.shows(challenge, app.code(w)), "a wrong one does not use it up")
	w.Wait(time.Minute)
	require.ErrorIs(w.T, w.shows(challenge, app.code(w)), account.ErrLinkUsed)

	// One that was not used in time is over.
	challenge = w.challenged("alice", firstPassword, guichet.FactorApp)
	w.Wait(10 * time.Minute)
	require.ErrorIs(w.T, w.shows(challenge, app.code(w)), account.ErrLinkExpired)

	// Somebody else who knows the password does not end what its owner has begun.
	earlier := w.challenged("alice", firstPassword, guichet.FactorApp)
	w.Wait(10*time.Minute - time.Microsecond)
	w.challenged("alice", firstPassword, guichet.FactorApp)
	require.NoError(w.T, w.shows(earlier, app.code(w)))

	require.ErrorIs(w.T, w.shows(account.Token{}, app.code(w)), account.ErrLinkUnknown)
}

func factorEnds(w *World) {
	alice, app := w.withApp()

	for what, does := range map[string]func(){
		"password changed": func() {
			_, err := w.Portal.ChangePassword(w.Ctx, alice.ID, firstPassword, firstPassword)
			require.NoError(w.T, err)
		},
		"password reset": func() { require.NoError(w.T, w.reset(w.forgets("alice"), "Félix", firstPassword)) },
		"blocked":        func() { require.NoError(w.T, second(w.Portal.Block(w.Ctx, helpdesk, alice.ID, ""))) },
		"sessions ended": func() { require.NoError(w.T, second(w.Portal.EndSessions(w.Ctx, helpdesk, alice.ID))) },
	} {
		challenge := w.challenged("alice", firstPassword, guichet.FactorApp)

		does()
		w.Wait(time.Minute)
		require.ErrorIs(w.T, w.shows(challenge, app.code(w)), account.ErrLinkExpired, what)

		_, _ = w.Portal.Unblock(w.Ctx, helpdesk, alice.ID)
		require.ErrorIs(w.T, w.shows(challenge, app.code(w)), account.ErrLinkExpired, what)
	}

	// Also at the very moment that the code is looked at.
	for _, writing := range []bool{false, true} {
		w.Wait(time.Minute)

		challenge := w.challenged("alice", firstPassword, guichet.FactorApp)
		p := w.atStep(1, writing, func() {
			require.NoError(w.T, second(w.Portal.EndSessions(w.Ctx, helpdesk, alice.ID)))
		}, offered)
		_, err := p.SecondFactor(w.Ctx, challenge, app.code(w))
		require.ErrorIs(w.T, err, account.ErrLinkExpired)
	}
}

func factorReplay(w *World) {
	_, app := w.withApp()
	code := app.code(w)

	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), code))
	require.ErrorIs(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), code), guichet.ErrCode, "used")

	w.Wait(credential.TOTPStep)
	require.ErrorIs(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), code), guichet.ErrCode, "used, of the step before")
	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.code(w)))

	// Who uses the one of the next step, which an app ahead of time shows, has used all before.
	w.Wait(hour)

	ahead := app.secret.Code(w.Clock.Add(credential.TOTPStep))
	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), ahead))
	require.ErrorIs(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.code(w)), guichet.ErrCode)

	w.Wait(hour)
	spaced := app.code(w)[:3] + " " + app.code(w)[3:]
	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), spaced))
}

func factorTwice(w *World) {
	_, app := w.withApp()

	for range 10 {
		w.Wait(hour)

		challenge, code := w.challenged("alice", firstPassword, guichet.FactorApp), app.code(w)
		try := func() error { return second(w.Portal.SecondFactor(w.Ctx, challenge, code)) }
		got := tally(w, AtOnce(try, try, try), account.ErrLinkUsed, guichet.ErrCode)
		assert.Equal(w.T, 1, got[nil], "%v", got)
	}
}

func factorRecovery(w *World) {
	alice, app := w.withApp()
	typed := strings.ToLower(strings.ReplaceAll(app.paper[3].Reveal(), "-", " "))

	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), typed))
	assert.Contains(w.T, w.One(w.Deliver(), "alice", mail.RecoveryCodeUsed).Text, "9 codes")
	require.ErrorIs(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), typed), guichet.ErrCode)

	for n, code := range append(slices.Clone(app.paper[:3]), app.paper[4:]...) {
		require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), code.Reveal()), "%d", n)
	}

	require.ErrorIs(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), app.paper[0].Reveal()), guichet.ErrCode)

	// Others are made with a code, and the former count no more.
	w.Wait(hour)

	_, paper, err := w.Portal.RenewRecoveryCodes(w.Ctx, alice.ID, app.code(w))
	require.NoError(w.T, err)
	w.Wait(hour)

	again, more, err := w.Portal.RenewRecoveryCodes(w.Ctx, alice.ID, paper[0].Reveal())
	require.NoError(w.T, err)
	assert.Equal(w.T, alice.Epoch+2, again.Epoch)
	require.ErrorIs(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), paper[1].Reveal()), guichet.ErrCode)
	require.NoError(w.T, w.shows(w.challenged("alice", firstPassword, guichet.FactorApp), more[1].Reveal()))

	kept, err := w.Store.Credential(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Len(w.T, kept.Factor.Recovery, 9)
	assert.Empty(w.T, traces(w.heldOf(alice.ID), []string{more[2].Reveal(), app.secret.Reveal()}), "they lie nowhere as they are")
}
