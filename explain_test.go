package guichet_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

func TestE6_APermissionIsExplainedByItsAttachmentAndWhoGaveIt(t *testing.T) {
	w, store := newCountedWorld(t)
	daniel := w.manager("daniel")
	eloise := w.elsewhere("eloise", other)
	w.service(daniel.ID, "rh")

	in := func(service structure.Code) habilitation.Scope {
		return habilitation.Scope{Structure: w.id(), Service: service}
	}
	explain := func(id account.ID, s habilitation.Scope, p habilitation.Profile) (out guichet.Explanation) {
		t.Helper()
		assert.Equal(t, 1, store.during(func() {
			var err error
			out, err = w.portal.Explain(w.ctx, id, s, p)
			require.NoError(t, err)
		}))
		assert.Equal(t, s, out.Scope)
		assert.Equal(t, p, out.Profile)

		return out
	}

	byRole := explain(daniel.ID, in(""), habilitation.Manage)
	assert.True(t, byRole.Allowed())
	assert.True(t, byRole.MainManager)
	assert.Equal(t, attachment.Key{Account: daniel.ID}, byRole.Attachment)
	assert.Zero(t, byRole.Grant)
	assert.Equal(t, attachment.Key{Account: daniel.ID}, explain(daniel.ID, in("rh"), invoices).Attachment, "D9: it reaches the service")

	missing := explain(eloise.ID, in("rh"), invoices)
	assert.False(t, missing.Allowed())
	require.ErrorIs(t, missing.Denied, habilitation.ErrNotAttached)
	assert.Zero(t, missing.Attachment)
	require.ErrorIs(t, explain("nobody", in(""), invoices).Denied, habilitation.ErrAccountInactive)

	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Attach{By: account.By(daniel.ID), Account: eloise.ID, Service: "rh"})

	given := explain(eloise.ID, in("rh"), invoices)
	assert.True(t, given.Allowed())
	assert.False(t, given.MainManager)
	assert.Equal(t, attachment.Key{Account: eloise.ID, Service: "rh"}, given.Attachment)
	assert.Equal(t, attachment.Grant{Profile: invoices, By: account.By(daniel.ID), At: w.clock}, given.Grant)
	require.ErrorIs(t, explain(eloise.ID, in(""), invoices).Denied, habilitation.ErrNotAttached, "D9: there only")

	// Grants of other structures are not mistaken for it.
	felix := w.elsewhere("felix", "55208131766522")
	s, err := w.portal.StructureID(w.ctx, identifier.MustParse(identifier.SIRET, "55208131766522"))
	require.NoError(t, err)
	_, err = w.portal.Do(w.ctx, s, attachment.Attach{By: account.By(felix.ID), Account: eloise.ID})
	require.NoError(t, err)
	w.do(attachment.Attach{By: account.By(daniel.ID), Account: eloise.ID})
	assert.Equal(t, account.By(felix.ID), explain(eloise.ID, habilitation.Scope{Structure: s}, invoices).Grant.By)
	assert.Equal(t, account.By(daniel.ID), explain(eloise.ID, in(""), invoices).Grant.By)
	assert.Equal(t, attachment.Key{Account: eloise.ID}, explain(eloise.ID, in("rh"), invoices).Attachment, "D3: absorbed")

	w.do(attachment.RevokeProfiles{
		By: account.By(daniel.ID), Account: eloise.ID, Profiles: []habilitation.Profile{invoices},
	})
	require.ErrorIs(t, explain(eloise.ID, in("rh"), invoices).Denied, habilitation.ErrNotGranted)
}

func TestE6_QuestionsAreAnsweredLikeOneByOneInOneQuery(t *testing.T) {
	w, store := newCountedWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")
	scope := habilitation.Scope{Structure: w.id()}

	questions := []habilitation.Question{
		{Scope: scope, Profile: invoices},
		{Scope: scope, Profile: habilitation.Manage},
		{Scope: habilitation.Scope{Structure: "elsewhere"}, Profile: invoices},
	}

	for _, id := range []account.ID{daniel.ID, eloise.ID, "nobody"} {
		var answers []error

		assert.Equal(t, 1, store.during(func() {
			var err error
			answers, err = w.portal.Questions(w.ctx, id, questions)
			require.NoError(t, err)
		}))
		require.Len(t, answers, len(questions))

		for i, q := range questions {
			assert.Equal(t, w.portal.Check(w.ctx, id, q.Scope, q.Profile), answers[i])
		}
	}
}

func TestE6_RefreshedRightsHoldNothingRevokedBeforeTheyWereRead(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")
	scope := habilitation.Scope{Structure: w.id()}

	rights, err := w.portal.Rights(w.ctx, eloise.ID)
	require.NoError(t, err)

	rights.MaxAge = time.Minute
	read := w.clock

	w.clock = w.clock.Add(2 * time.Minute)
	require.ErrorIs(t, rights.Check(w.clock, scope, invoices), habilitation.ErrStale)

	w.do(attachment.Suspend{By: account.By(daniel.ID), Account: eloise.ID})

	now, err := w.portal.Refresh(w.ctx, rights)
	require.NoError(t, err)
	assert.Equal(t, eloise.ID, now.Account)
	assert.Equal(t, w.clock, now.AsOf)
	assert.Equal(t, time.Minute, now.MaxAge)
	require.ErrorIs(t, now.Check(w.clock, scope, invoices), habilitation.ErrSuspended)
	require.NoError(t, rights.Check(read, scope, invoices), "those given are left as they were")
}

func TestE6_TheAgeOfRightsBeginsBeforeTheyAreRead(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	scope := habilitation.Scope{Structure: w.id()}

	// The store takes an hour, and what it answers was revoked meanwhile.
	slow := &slowStore{Store: w.store, wait: func() { w.clock = w.clock.Add(time.Hour) }}
	begun := w.clock

	rights, err := newWorldOn(t, slow, func(o *guichet.Options) {
		o.Now = func() time.Time { return w.clock }
	}).portal.Refresh(w.ctx, habilitation.Rights{Account: daniel.ID, MaxAge: time.Minute})
	require.NoError(t, err)
	assert.Equal(t, begun, rights.AsOf)
	require.ErrorIs(t, rights.Check(w.clock, scope, invoices), habilitation.ErrStale)
}

func TestRefresh_WithoutAnAnswerThereAreNoRights(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	rights, err := w.portal.Rights(w.ctx, daniel.ID)
	require.NoError(t, err)

	lost := errors.New("no answer")
	portal := newWorldOn(t, &slowStore{Store: w.store, err: lost}, nil).portal

	now, err := portal.Refresh(w.ctx, rights)
	require.ErrorIs(t, err, lost)
	require.Error(t, now.Check(w.clock, habilitation.Scope{Structure: w.id()}, invoices))

	_, err = portal.Explain(w.ctx, daniel.ID, habilitation.Scope{Structure: w.id()}, invoices)
	require.ErrorIs(t, err, lost)
	_, err = portal.Questions(w.ctx, daniel.ID, nil)
	require.ErrorIs(t, err, lost)
}
