package guichet_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// timeline returns a structure's history as somebody sees it, newest first.
func (w *world) timeline(by account.Actor) []guichet.TimelineEntry {
	w.t.Helper()

	page, err := w.portal.StructureHistory(w.ctx, by, w.id(), storage.Window{Limit: storage.MaxLimit})
	require.NoError(w.t, err)
	require.Empty(w.t, page.Next)

	return page.Rows
}

func TestD11_TheHistoryNamesThoseWhomItIsAbout(t *testing.T) {
	w, store := newCountedWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")
	w.register("felix")
	w.clock = w.clock.Add(time.Hour)
	w.refuse(daniel.ID, "felix", "inconnu")

	var page guichet.Timeline

	assert.Equal(t, 3, store.during(func() {
		var err error
		page, err = w.portal.StructureHistory(w.ctx, account.By(daniel.ID), w.id(), storage.Window{Limit: 2, Counted: true})
		require.NoError(t, err)
	}))
	require.Len(t, page.Rows, 2)
	assert.NotEmpty(t, page.Next)
	assert.Empty(t, page.Predecessor)
	assert.Empty(t, page.Successor)

	refused := page.Rows[0]
	assert.Equal(t, "request refused", refused.Action)
	assert.Equal(t, account.By(daniel.ID), refused.Actor)
	assert.Equal(t, "Prénom daniel Nom daniel", refused.ActorName)
	assert.Equal(t, "Prénom felix Nom felix", refused.Name, "a registration")
	assert.Equal(t, "requested", refused.Before)
	assert.Equal(t, "refused", refused.After)
	assert.Equal(t, "inconnu", refused.Note)
	assert.Equal(t, w.clock, refused.At)
	assert.Equal(t, "request made", page.Rows[1].Action)

	all := w.timeline(account.By(daniel.ID))
	assert.Len(t, all, page.Count)
	assert.Equal(t, page.Rows, all[:2])
	assert.Equal(t, all, w.timeline(account.Support("Anne")))

	next, err := w.portal.StructureHistory(w.ctx, account.By(daniel.ID), w.id(), storage.Window{After: page.Next})
	require.NoError(t, err)
	assert.Equal(t, all[2:], next.Rows)

	_, err = w.portal.StructureHistory(w.ctx, account.By(daniel.ID), w.id(), storage.Window{After: "x"})
	require.ErrorIs(t, err, guichet.ErrPage)

	for _, by := range []account.Actor{account.By(eloise.ID), account.By("nobody"), account.System()} {
		_, err := w.portal.StructureHistory(w.ctx, by, w.id(), storage.Window{})

		var refusal *attachment.Error

		require.ErrorAs(t, err, &refusal)
		require.ErrorIs(t, err, attachment.ErrNotDecider)
	}

	_, err = w.portal.StructureHistory(w.ctx, account.By(daniel.ID), "s", storage.Window{})
	require.ErrorIs(t, err, guichet.ErrUnknownStructure)

	// Closing an account erases its name.
	require.NoError(t, w.portal.Close(w.ctx, guichet.Departure{By: account.By(eloise.ID), Account: eloise.ID}))

	for _, e := range w.timeline(account.By(daniel.ID)) {
		assert.NotContains(t, e.Name+e.ActorName, "eloise")
	}
}

func TestD1_TheHistoryOfAClaimIsSupports(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")

	claimant := w.roster().Roster.Holder
	_, err := w.portal.StructureHistory(w.ctx, account.By(claimant), w.id(), storage.Window{})
	require.ErrorIs(t, err, attachment.ErrNoManager)
	assert.Len(t, w.timeline(account.Support("Anne")), 1)
}

// invitation has a login invited, and what comes after it; it returns what the decider is shown.
func invitation(t *testing.T, exists bool, then func(w *world, by account.ID, login string)) []guichet.TimelineEntry {
	t.Helper()

	w := newWorld(t)
	daniel := w.manager("daniel")
	login := "gaston"

	felix := w.elsewhere("felix", other)
	if exists {
		login = "felix"
	}

	w.clock = w.clock.Add(time.Hour)
	before := len(w.timeline(account.By(daniel.ID)))
	w.invite(daniel.ID, login)
	w.clock = w.clock.Add(time.Hour)
	then(w, daniel.ID, login)

	entries := w.timeline(account.By(daniel.ID))
	text := encoded(t, entries[:len(entries)-before])
	assert.NotContains(t, text, string(felix.ID))
	assert.NotContains(t, text, "Nom felix")

	for i, e := range entries {
		if e.Login != "" {
			assert.Equal(t, login+"@exemple.fr", e.Login)
			entries[i].Login = "the login"
		}

		// The ids of two worlds are the same, since their randomness is; whose are not.
		if e.Actor.Is(daniel.ID) {
			entries[i].Actor = account.By("daniel")
		}
	}

	return entries[:len(entries)-before]
}

func TestD7_TheHistoryDoesNotTellWhetherWhoWasInvitedHasAnAccount(t *testing.T) {
	for name, c := range map[string]struct {
		then func(w *world, by account.ID, login string)
		want []string
	}{
		"invited": {func(*world, account.ID, string) {}, []string{guichet.ActionInvitation}},
		"invited twice": {func(w *world, by account.ID, login string) {
			w.invite(by, login)
		}, []string{guichet.ActionInvitation}},
		"taken back": {func(w *world, by account.ID, login string) {
			require.NoError(w.t, w.portal.Dismiss(w.ctx, account.By(by), w.id(), login+"@exemple.fr"))
		}, []string{guichet.ActionInvitationEnded, guichet.ActionInvitation}},
		"invited again": {func(w *world, by account.ID, login string) {
			require.NoError(w.t, w.portal.Dismiss(w.ctx, account.By(by), w.id(), login+"@exemple.fr"))
			w.clock = w.clock.Add(time.Hour)
			w.invite(by, login)
		}, []string{guichet.ActionInvitation, guichet.ActionInvitationEnded, guichet.ActionInvitation}},
	} {
		t.Run(name, func(t *testing.T) {
			with, without := invitation(t, true, c.then), invitation(t, false, c.then)

			actions := func(entries []guichet.TimelineEntry) []string {
				var out []string

				for _, e := range entries {
					out = append(out, e.Action)
					assert.Empty(t, e.Account)
					assert.Empty(t, e.Name)
					assert.Empty(t, e.Before)
					assert.Empty(t, e.After)
					assert.Equal(t, account.By("daniel"), e.Actor)
				}

				return out
			}

			assert.Equal(t, c.want, actions(with))
			assert.Equal(t, c.want, actions(without))
			assert.Equal(t, with, without)
		})
	}
}

func TestD7_WhoeverHasSignedInIsNamedInTheHistoryOfTheirInvitation(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	felix := w.elsewhere("felix", other)
	w.invite(daniel.ID, "felix")

	hidden := w.timeline(account.By(daniel.ID))[0]
	assert.Equal(t, guichet.TimelineEntry{
		At: w.clock, Action: guichet.ActionInvitation, Actor: account.By(daniel.ID), ActorName: "Prénom daniel Nom daniel",
		Login: "felix@exemple.fr",
	}, hidden)

	w.clock = w.clock.Add(time.Hour)
	require.NoError(t, w.portal.SignedIn(w.ctx, felix.ID))

	entries := w.timeline(account.By(daniel.ID))
	assert.Equal(t, "user arrived", entries[0].Action)
	assert.Equal(t, felix.ID, entries[0].Account)
	assert.Equal(t, "user invited", entries[1].Action)
	assert.Equal(t, felix.ID, entries[1].Account)
	assert.Equal(t, "Prénom felix Nom felix", entries[1].Name)
}

func TestD7_WhatCameOfAnInvitationWithoutSigningInIsNotShown(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	felix := w.elsewhere("felix", other)

	// What was known of felix before stays known.
	w.do(attachment.Attach{By: account.By(daniel.ID), Account: felix.ID})
	w.do(attachment.Suspend{By: account.By(daniel.ID), Account: felix.ID})
	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Detach{By: account.By(daniel.ID), Account: felix.ID})

	before := w.timeline(account.By(daniel.ID))
	require.Equal(t, "Prénom felix Nom felix", before[0].Name)

	w.clock = w.clock.Add(time.Hour)
	w.invite(daniel.ID, "felix")
	invited := w.timeline(account.By(daniel.ID))
	assert.Equal(t, before, invited[1:])

	// An application that knows felix by id suspends them: only an account can be.
	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Suspend{By: account.By(daniel.ID), Account: felix.ID})
	assert.Equal(t, invited, w.timeline(account.By(daniel.ID)))

	w.clock = w.clock.Add(time.Hour)
	require.NoError(t, w.portal.Close(w.ctx, guichet.Departure{
		By: account.Support("Anne"), Account: felix.ID, LeaveVacant: true,
	}))

	// The login is erased with the account, and the name.
	for _, e := range w.timeline(account.By(daniel.ID)) {
		assert.Empty(t, e.Login)
		assert.NotContains(t, e.Name, "felix")
	}
}

func TestD7_OnlyADecidersHandIsShownInTheEndOfAnInvitation(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	felix := w.elsewhere("felix", other)

	// Whoever goes without having signed in, and whose time is over, end alike.
	w.clock = w.clock.Add(time.Hour)
	w.invite(daniel.ID, "felix")
	w.do(attachment.Leave{By: account.By(felix.ID)})

	want := guichet.TimelineEntry{At: w.clock, Action: guichet.ActionInvitationEnded, Login: "felix@exemple.fr"}
	assert.Equal(t, want, w.timeline(account.By(daniel.ID))[0])

	w.invite(daniel.ID, "gaston")
	w.clock = w.clock.Add(31 * 24 * time.Hour)
	_, err := w.portal.Advance(w.ctx, 0)
	require.NoError(t, err)

	want.At, want.Login = w.clock, "gaston@exemple.fr"
	assert.Equal(t, want, w.timeline(account.By(daniel.ID))[0])

	// What somebody asked for openly is told openly.
	w.do(attachment.Request{By: account.By(felix.ID), Comment: "Bonjour"})

	asked := w.timeline(account.By(daniel.ID))[0]
	assert.Equal(t, "request made", asked.Action)
	assert.Equal(t, "Prénom felix Nom felix", asked.Name)

	w.do(attachment.Refuse{By: account.By(daniel.ID), Account: felix.ID})
	assert.Equal(t, "request refused", w.timeline(account.By(daniel.ID))[0].Action)
	w.do(attachment.Request{By: account.By(felix.ID), Comment: "Encore"})

	asked = w.timeline(account.By(daniel.ID))[0]
	w.clock = w.clock.Add(time.Hour)
	w.invite(daniel.ID, "felix")
	assert.Equal(t, asked, w.timeline(account.By(daniel.ID))[1])
}

func TestG3_OfAnInvitationThatIsPurgedTheLoginIsGone(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.invite(daniel.ID, "gaston")

	w.clock = w.clock.Add(31 * 24 * time.Hour)
	_, err := w.portal.Advance(w.ctx, 0)
	require.NoError(t, err)

	w.clock = w.clock.Add(31 * 24 * time.Hour)
	require.NoError(t, w.portal.Purge(w.ctx, 0))

	entries := w.timeline(account.By(daniel.ID))
	assert.Equal(t, guichet.ActionInvitationEnded, entries[0].Action)
	assert.Equal(t, guichet.ActionInvitation, entries[1].Action)

	for _, e := range entries[:2] {
		assert.Empty(t, e.Login)
		assert.Empty(t, e.Account)
	}
}

func TestD11_WhoActedIsNamedThoughTheEntryIsAboutSomebodyElse(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")
	felix := w.elsewhere("felix", other)

	w.do(attachment.GrantProfiles{
		By: account.By(daniel.ID), Account: eloise.ID, Profiles: []habilitation.Profile{habilitation.Manage},
	})
	w.do(attachment.Attach{By: account.By(eloise.ID), Account: felix.ID})

	page, err := w.portal.StructureHistory(w.ctx, account.By(daniel.ID), w.id(), storage.Window{Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, "Prénom eloise Nom eloise", page.Rows[0].ActorName)
	assert.Equal(t, "Prénom felix Nom felix", page.Rows[0].Name)
}

func TestD12_WhoContestsAndWhyIsForSupportOnly(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	gustave := w.elsewhere("gustave", other)
	w.do(attachment.Request{By: account.By(gustave.ID), Comment: "Bonjour"})
	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.ContestStanding{By: account.By(gustave.ID), Reason: "C'est ma société"})

	assert.Equal(t, guichet.TimelineEntry{At: w.clock, Action: "standing contested"}, w.timeline(account.By(daniel.ID))[0])

	whole := w.timeline(account.Support("Anne"))[0]
	assert.Equal(t, gustave.ID, whole.Account)
	assert.Equal(t, "Prénom gustave Nom gustave", whole.ActorName)
	assert.Equal(t, "C'est ma société", whole.Note)
}

func TestC9_TheHistoryUnderAFormerIdentifierIsForTheSuccessorsDeciders(t *testing.T) {
	w, store := newCountedWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")
	former := w.id()

	renamed, err := w.portal.ChangeIdentifier(w.ctx, account.By(daniel.ID), former, identifier.MustParse(identifier.SIRET, other))
	require.NoError(t, err)

	_, err = w.portal.Do(w.ctx, renamed.ID, attachment.HandOver{By: account.By(daniel.ID), To: eloise.ID})
	require.NoError(t, err)
	_, err = w.portal.Do(w.ctx, renamed.ID, attachment.Leave{By: account.By(daniel.ID)})
	require.NoError(t, err)

	history := func(by account.Actor, id structure.ID) (guichet.Timeline, error) {
		return w.portal.StructureHistory(w.ctx, by, id, storage.Window{})
	}

	_, err = history(account.By(daniel.ID), former)
	require.ErrorIs(t, err, attachment.ErrNotDecider, "main manager under the former identifier for ever")

	assert.Equal(t, 4, store.during(func() {
		old, err := history(account.By(eloise.ID), former)
		require.NoError(t, err)
		assert.Equal(t, renamed.ID, old.Successor)
		assert.Equal(t, "identifier changed", old.Rows[0].Action)
		assert.Equal(t, "Prénom daniel Nom daniel", old.Rows[0].ActorName)
	}))

	now, err := history(account.By(eloise.ID), renamed.ID)
	require.NoError(t, err)
	assert.Equal(t, former, now.Predecessor)
	assert.Equal(t, "user detached", now.Rows[0].Action)

	_, err = history(account.Support("Anne"), former)
	require.NoError(t, err)
}
