package guichet_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

// verifying is a verifier made of a function.
type verifying func(ctx context.Context, c guichet.Claim) (guichet.Proof, error)

// Verify calls it.
func (f verifying) Verify(ctx context.Context, c guichet.Claim) (guichet.Proof, error) {
	return f(ctx, c)
}

// says is a verifier that always says the same.
func says(p guichet.Proof) verifying {
	return func(context.Context, guichet.Claim) (guichet.Proof, error) { return p, nil }
}

// claimed is a world with a verifier and a claim, and the claim's link.
func claimed(t *testing.T, store storage.Store, v guichet.ClaimVerifier, more ...func(*guichet.Options)) (*world, account.Token) {
	t.Helper()

	w := newWorldOn(t, store, func(o *guichet.Options) {
		o.ClaimVerifier = v
		for _, change := range more {
			change(o)
		}
	})
	w.register("daniel")

	return w, w.token(w.deliver()[0])
}

func (w *world) activating(token account.Token) error {
	_, err := w.portal.Activate(w.ctx, token, secrets())

	return err
}

func TestD12_WhatAVerifierKeepsFromGoingOnIsOneErrorThatSaysWhy(t *testing.T) {
	t.Parallel()

	until := time.Date(2026, time.December, 1, 10, 30, 0, 0, time.UTC)

	for code, c := range map[string]struct {
		err    *guichet.Error
		french string
	}{
		"portal.proof": {
			&guichet.Error{Err: guichet.ErrProof},
			"La vérification de votre qualité n'a pas pu être faite : réessayez plus tard.",
		},
		"portal.proof_awaited": {
			&guichet.Error{Err: guichet.ErrProofAwaited},
			"Une preuve est attendue avant que vous puissiez devenir gestionnaire principal de cette structure.",
		},
		"portal.proof_refused": {
			&guichet.Error{Err: guichet.ErrProofRefused, Reason: "secret"},
			"La preuve a été refusée : vous ne pouvez pas devenir gestionnaire principal de cette structure.",
		},
	} {
		require.ErrorIs(t, c.err, guichet.ErrProof, code)
		assert.Equal(t, code, c.err.Code())
		assert.Equal(t, c.french, c.err.Text(language.French))
	}

	awaited := &guichet.Error{Err: guichet.ErrProofAwaited, Until: until}
	assert.Equal(t, "portal.proof_awaited", awaited.Code())
	assert.Equal(t, "A proof is awaited until 2026-12-01 10:30:00 UTC before you can become the main manager of this structure.", awaited.Error())
	require.NotErrorIs(t, awaited, guichet.ErrProofRefused)
	require.NotErrorIs(t, &guichet.Error{Err: guichet.ErrProof}, guichet.ErrProofAwaited)
}

func TestD12_TheDateIsToldInTheApplicationsTime(t *testing.T) {
	t.Parallel()

	paris, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)

	until := time.Date(2026, time.December, 1, 10, 30, 0, 123, paris)
	w, token := claimed(t, memory.New(), says(guichet.Proof{Verdict: guichet.Awaited, Until: until}),
		func(o *guichet.Options) { o.Location = paris })

	var told *guichet.Error

	require.ErrorAs(t, w.activating(token), &told)
	assert.Equal(t, until.Truncate(time.Microsecond).UTC(), told.Until)

	sent := w.deliver()
	require.Len(t, sent, 1)
	assert.Equal(t, mail.ProofAwaited, sent[0].Kind)
	assert.Contains(t, sent[0].Text, "1er décembre 2026 à 10:30")
}

// What a verifier says may be anything: its reason is kept as people's comments are, or not at all.
func TestD12_AReasonThatCannotBeKeptIsLeftOut(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ reason, kept string }{
		{"", ""},
		{" faux\r\n", "faux"},
		{strings.Repeat("é", 1000), strings.Repeat("é", 1000)},
		{strings.Repeat("é", 1001), ""},
		{"a\x00b", ""},
		{"\xff", ""},
	} {
		var log bytes.Buffer

		w, token := claimed(t, memory.New(), says(guichet.Proof{Verdict: guichet.Refused, Reason: c.reason}),
			func(o *guichet.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })

		var told *guichet.Error

		err := w.activating(token)
		require.ErrorIs(t, err, guichet.ErrProofRefused)
		require.ErrorAs(t, err, &told)
		assert.Equal(t, c.kept, told.Reason)
		assert.Equal(t, attachment.Unclaimed, w.roster().Roster.Standing)
		assert.Equal(t, c.kept == "" && c.reason != "", strings.Contains(log.String(), "reason cannot be kept"), "%q", c.reason)
		assert.NotContains(t, log.String(), "faux")
	}
}

func TestD12_TheVerifierIsAskedAgainOnlySoOften(t *testing.T) {
	t.Parallel()

	asked, n := 0, 0
	store := &moving{Store: memory.New()}
	w, token := claimed(t, store, verifying(func(context.Context, guichet.Claim) (guichet.Proof, error) {
		asked++

		return guichet.Proof{Verdict: guichet.Proved}, nil
	}))

	// A claim that is another each time it is looked at: no answer ever fits.
	store.change = func(s *storage.Slice) {
		n++
		s.Roster.Claim.Designated = w.clock.Add(-time.Duration(n) * time.Minute)
	}

	err := w.activating(token)
	require.ErrorIs(t, err, guichet.ErrProof)
	require.NotErrorIs(t, err, guichet.ErrProofAwaited)
	assert.Equal(t, 3, asked)

	store.change = nil
	assert.Equal(t, attachment.InClaim, w.roster().Roster.Standing)
	require.NoError(t, w.activating(token))
}

// moving is a store that shows rosters otherwise than they are.
type moving struct {
	storage.Store

	change func(s *storage.Slice)
}

// Roster returns what a test makes of a roster.
func (m *moving) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	s, err := m.Store.Roster(ctx, q)
	if m.change != nil && err == nil {
		m.change(&s)
	}

	return s, err
}

// joinable is a store of which every transaction is the application's.
type joinable struct{ storage.Store }

// Join returns the store.
func (j joinable) Join(storage.Querier) (storage.Store, error) { return j.Store, nil }

func TestD12_InATransactionOfTheApplicationsNobodyIsAskedAndWhatWouldAskIsNotDone(t *testing.T) {
	t.Parallel()

	asked := false
	w, token := claimed(t, joinable{memory.New()}, verifying(func(context.Context, guichet.Claim) (guichet.Proof, error) {
		asked = true

		return guichet.Proof{Verdict: guichet.Proved}, nil
	}))
	within, err := w.portal.Within(nil)
	require.NoError(t, err)

	enrol := func(p *guichet.Portal, id account.ID, to string) (guichet.Enrolled, error) {
		e := guichet.Enrolment{
			ID: id, Login: string(id) + "@exemple.fr", Person: account.PersonForm{FirstName: "A", LastName: "B"}, AcceptsTerms: true,
		}
		if to != "" {
			e.Identity, e.Structure = identifier.MustParse(identifier.SIRET, to), form("x", to).Structure
		}

		return p.Enrol(w.ctx, e)
	}

	_, err = enrol(within, "alice", "")
	require.NoError(t, err, "nobody asks about whom the application vouches for")
	_, err = enrol(within, "eloise", "35600000000001")
	require.NoError(t, err)

	details, err := form("alice", siret).Structure.Check(identifier.SIRET)
	require.NoError(t, err)

	before := w.roster("alice").Roster

	for name, door := range map[string]func() error{
		"activate": func() error {
			_, err := within.Activate(w.ctx, token, secrets())

			return err
		},
		"create": func() error {
			_, err := within.CreateStructure(w.ctx, guichet.Creation{
				By: "alice", Identity: identifier.MustParse(identifier.SIRET, "35600000000006"), Structure: form("alice", siret).Structure,
			})

			return err
		},
		"request": func() error {
			_, err := within.Do(w.ctx, w.id(), attachment.Request{By: account.By("alice"), Comment: "x", Details: &details})

			return err
		},
		"rename": func() error {
			stored, err := w.store.StructureByIdentity(w.ctx, identifier.MustParse(identifier.SIRET, "35600000000001"))
			require.NoError(t, err)

			_, err = within.ChangeIdentifier(w.ctx, account.By("eloise"), stored.ID, identifier.MustParse(identifier.SIRET, "35600000000006"))

			return err
		},
	} {
		require.ErrorIs(t, door(), guichet.ErrWithin, name)
	}

	assert.False(t, asked)
	assert.Equal(t, before, w.roster("alice").Roster)

	// What asks nobody goes on.
	require.NoError(t, within.Decline(w.ctx, token))
	assert.Equal(t, attachment.Unclaimed, w.roster().Roster.Standing)
}

func TestD12_AdoptingAClaimInATransactionOfTheApplicationsIsNotDone(t *testing.T) {
	t.Parallel()

	w := newWorldOn(t, joinable{memory.New()}, func(o *guichet.Options) {
		o.ClaimVerifier = says(guichet.Proof{Verdict: guichet.Proved})
	})
	enrolled, err := w.portal.Enrol(w.ctx, guichet.Enrolment{
		Login: form("daniel", siret).Login, Person: account.PersonForm{FirstName: "A", LastName: "B"}, AcceptsTerms: true,
	})
	require.NoError(t, err)
	w.register("daniel")

	told := w.deliver()[0]
	told.Text = strings.ReplaceAll(told.Text, "/reprise?", "/activation?")
	token := w.token(told)
	within, err := w.portal.Within(nil)
	require.NoError(t, err)

	_, err = within.Adopt(w.ctx, token, enrolled.Account.ID)
	require.ErrorIs(t, err, guichet.ErrWithin)
	assert.Equal(t, attachment.InClaim, w.roster().Roster.Standing)

	_, err = w.portal.Adopt(w.ctx, token, enrolled.Account.ID)
	require.NoError(t, err)
	assert.Equal(t, enrolled.Account.ID, w.roster().Roster.Holder)
}

// Many use one link at once, and the verifier says something else each time: whatever it is, it comes to one end.
func TestD12_OfManyAnswersAtOnceOneEndsTheClaim(t *testing.T) {
	t.Parallel()

	for round := range 20 {
		var (
			mu    sync.Mutex
			count int
		)

		until := time.Date(2026, time.December, 20, 10, 0, 0, 0, time.UTC)
		answers := []guichet.Proof{
			{Verdict: guichet.Awaited, Until: until},
			{Verdict: guichet.Refused},
			{Verdict: guichet.Proved},
			{Verdict: guichet.Awaited, Until: until.Add(time.Hour)},
		}

		w, token := claimed(t, memory.New(), verifying(func(context.Context, guichet.Claim) (guichet.Proof, error) {
			mu.Lock()
			defer mu.Unlock()

			count++

			return answers[(count+round)%len(answers)], nil
		}))
		w.register("eloise")

		var wg sync.WaitGroup

		errs := make([]error, 8)

		for i := range errs {
			wg.Go(func() { errs[i] = w.activating(token) })
		}

		wg.Wait()

		activated, refused := 0, 0

		for _, err := range errs {
			switch {
			case err == nil:
				activated++
			case errors.Is(err, guichet.ErrProofRefused):
				refused++
			case errors.Is(err, guichet.ErrProofAwaited), errors.Is(err, account.ErrLinkUsed), errors.Is(err, account.ErrLinkExpired):
			default:
				require.NoError(t, err)
			}
		}

		require.Equal(t, 1, activated+refused, "%v", errs)

		if roster := w.roster().Roster; activated == 1 {
			assert.Equal(t, attachment.Managed, roster.Standing)
		} else {
			assert.Equal(t, attachment.InClaim, roster.Standing, "eloise succeeded")
			assert.Equal(t, roster.Claim.Designated.Add(24*time.Hour), roster.Claim.Term, "and nothing hit her claim")
		}
	}
}
