package guichet_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

func TestD1_TheFirstToActivateIsMainManagerAndTheirDataBecomeTheStructures(t *testing.T) {
	w := newWorld(t)
	f := form("daniel", siret)
	f.Structure.Applications = []structure.Application{"factures-emises"}
	_, err := w.portal.Register(w.ctx, f)
	require.NoError(t, err)

	token := w.token(w.deliver()[0])
	invitation, err := w.portal.Inspect(w.ctx, token)
	require.NoError(t, err)
	assert.True(t, invitation.Manager)
	assert.Equal(t, "Société de daniel", invitation.Structure.Data.LegalName)

	daniel := w.activate(token)
	slice := w.roster(daniel.ID)
	assert.Equal(t, attachment.Managed, slice.Roster.Standing)
	assert.Equal(t, daniel.ID, slice.Roster.Holder)
	assert.Equal(t, "Société de daniel", slice.Facts.Structure.Data.LegalName)
	assert.Equal(t, []structure.Application{"factures-emises", "organisation"}, slice.Facts.Structure.Applications)

	found, err := w.portal.FindStructure(w.ctx, identifier.MustParse(identifier.SIRET, siret))
	require.NoError(t, err, "C11: present now")
	assert.Equal(t, "9 rue de Clichy", found.Data.Address)

	rows, err := w.portal.Habilitations(w.ctx, daniel.ID)
	require.NoError(t, err)
	assert.Len(t, rows, 4, "E3: every profile of the open applications, by role")
	require.NoError(t, w.portal.Check(w.ctx, daniel.ID, habilitation.Scope{Structure: w.id()}, habilitation.Manage))
}

func TestD1_TheNewManagerIsToldThatRequestsWait(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	token := w.token(w.deliver()[0])
	w.register("eloise")
	w.activate(token)

	assert.Equal(t, mail.RequestsToApprove, w.to(w.deliver(), "daniel").Kind)
}

func TestB8_SecretsAreHashedAndFaultsComeAtOnce(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	token := w.token(w.deliver()[0])

	_, err := w.portal.Activate(w.ctx, token, account.Credentials{Password: "court", Answer: "x"})

	var codes []string
	for _, f := range guichet.Faults(err) {
		codes = append(codes, f.Code())
	}

	assert.Equal(t, []string{"password.short", "password.classes", "question.empty", "answer.short"}, codes)
	assert.NotContains(t, err.Error(), "court ")

	acc := w.activate(token)
	stored, err := w.store.Credential(w.ctx, acc.ID)
	require.NoError(t, err)

	ok, err := credential.Verify(credential.NormalizePassword(secrets().Password), stored.Password)
	require.NoError(t, err)
	assert.True(t, ok)

	answer, err := credential.NormalizeAnswer("  FELIX ")
	require.NoError(t, err)
	ok, err = credential.Verify(answer, stored.Answer)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.NotContains(t, stored.Password+stored.Answer, "Félix")
}

func TestB7_OpeningALinkConsumesNothingUsingItDoesOnce(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	token := w.token(w.deliver()[0])

	for range 3 {
		_, err := w.portal.Inspect(w.ctx, token)
		require.NoError(t, err)
	}

	w.activate(token)

	_, err := w.portal.Activate(w.ctx, token, secrets())
	require.ErrorIs(t, err, account.ErrLinkUsed)
	_, err = w.portal.Inspect(w.ctx, token)
	require.ErrorIs(t, err, account.ErrLinkUsed)
}

func TestB7_ALinkIsUsedOnceUnderConcurrency(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	token := w.token(w.deliver()[0])

	errs := make([]error, 16)

	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = w.portal.Activate(w.ctx, token, secrets()) })
	}

	all.Wait()

	var won int

	for _, err := range errs {
		if err == nil {
			won++
		} else {
			require.ErrorIs(t, err, account.ErrLinkUsed)
		}
	}

	assert.Equal(t, 1, won)
}

func TestB7_AnUnknownOrExpiredLinkSaysSoAndLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	token := w.token(w.deliver()[0])

	_, err := account.ParseToken("n'importe quoi")
	require.ErrorIs(t, err, account.ErrLinkUnknown)

	forged, err := account.NewToken(make([]byte, account.TokenSize))
	require.NoError(t, err)
	_, err = w.portal.Activate(w.ctx, forged, secrets())
	require.ErrorIs(t, err, account.ErrLinkUnknown)

	_, err = w.portal.Inspect(w.ctx, account.Token{})
	require.ErrorIs(t, err, account.ErrLinkUnknown)

	w.clock = w.clock.Add(time.Hour)
	_, err = w.portal.Activate(w.ctx, token, secrets())
	require.ErrorIs(t, err, account.ErrLinkExpired)
	assert.Equal(t, attachment.InClaim, w.roster().Roster.Standing, "time is applied by decisions, not by a look")
}

func TestB11_AnApprovedRegistrationLapsesAfter30DaysWhateverItsLinksSay(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")
	require.NoError(t, w.approve(daniel.ID, "eloise"))
	w.deliver()

	w.clock = w.clock.Add(29 * 24 * time.Hour)
	require.NoError(t, w.portal.Resend(w.ctx, "eloise@exemple.fr"))
	late := w.token(w.to(w.deliver(), "eloise"))

	invitation, err := w.portal.Inspect(w.ctx, late)
	require.NoError(t, err)
	assert.Equal(t, w.clock.Add(24*time.Hour), invitation.Expires, "not 7 days: the approval ends before")

	w.clock = w.clock.Add(24 * time.Hour)
	_, err = w.portal.Activate(w.ctx, late, secrets())
	require.ErrorIs(t, err, account.ErrLinkExpired)

	done, err := w.portal.Advance(w.ctx, 0)
	require.NoError(t, err)
	assert.Equal(t, guichet.Advanced{Lapsed: 1}, done)
}

func TestB14_OfTwoRegistrationsWithOneLoginTheSecondToActivateIsToldToSignIn(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	_, err := w.portal.Register(w.ctx, form("daniel", "73282932000074"))
	require.NoError(t, err)

	sent := w.deliver()
	require.Len(t, sent, 2)

	first, second := w.token(sent[0]), w.token(sent[1])
	w.activate(first)

	_, err = w.portal.Activate(w.ctx, second, secrets())
	require.ErrorIs(t, err, guichet.ErrLoginBound)
	assert.Len(t, guichet.Faults(err), 1)
}

func TestB14_OneLoginActivatedTwiceAtOnceIsOneAccount(t *testing.T) {
	w := newWorld(t)

	codes := []string{siret, "73282932000074", "78430177200025", "70204275500240"}
	for _, code := range codes {
		_, err := w.portal.Register(w.ctx, form("daniel", code))
		require.NoError(t, err)
	}

	sent := w.deliver()
	require.Len(t, sent, len(codes))

	errs := make([]error, len(sent))

	var all sync.WaitGroup
	for i, m := range sent {
		token := w.token(m)
		all.Go(func() { _, errs[i] = w.portal.Activate(context.WithoutCancel(w.ctx), token, secrets()) })
	}

	all.Wait()

	var won int

	for _, err := range errs {
		if err == nil {
			won++
		} else {
			require.ErrorIs(t, err, guichet.ErrLoginBound)
		}
	}

	assert.Equal(t, 1, won)
}

// meanwhile is a store in which something happens between what an Update read and its batch.
type meanwhile struct {
	storage.Store

	happens func()
}

func (m *meanwhile) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	return m.Store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		batch, err := fn(ctx, r)

		if happens := m.happens; happens != nil {
			m.happens = nil

			happens()
		}

		return batch, err
	})
}

func TestB7_ALinkThatIsReplacedInTheSameMomentIsOver(t *testing.T) {
	store := &meanwhile{Store: memory.New()}
	w := newWorldOn(t, store, nil)
	beside := newWorldOn(t, store.Store, nil)
	daniel := w.manager("daniel")

	w.register("eloise")
	require.NoError(t, w.approve(daniel.ID, "eloise"))
	first := w.token(w.to(w.deliver(), "eloise"))

	var second account.Token

	store.happens = func() {
		beside.clock = w.clock.Add(time.Hour)
		require.NoError(t, beside.portal.Resend(t.Context(), "eloise@exemple.fr"))

		second = beside.token(beside.to(beside.deliver(), "eloise"))
	}

	_, err := w.portal.Activate(w.ctx, first, secrets())
	require.ErrorIs(t, err, account.ErrLinkReplaced)

	w.clock = beside.clock
	w.activate(second)
}
