package guichet_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// users returns all users as somebody sees them, in pages of two.
func (w *world) users(by account.Actor, q guichet.UserQuery) []guichet.User {
	w.t.Helper()

	var out []guichet.User

	for q.Limit = 2; ; {
		page, err := w.portal.Users(w.ctx, by, w.id(), q)
		require.NoError(w.t, err)
		require.LessOrEqual(w.t, len(page.Rows), 2)

		out = append(out, page.Rows...)

		if q.After = page.Next; page.Next == "" {
			return out
		}
	}
}

func (w *world) invite(by account.ID, name string) {
	w.t.Helper()
	require.NoError(w.t, w.portal.Invite(w.ctx, guichet.Inviting{
		By: account.By(by), Structure: w.id(), Login: name + "@exemple.fr",
	}))
}

func names(users []guichet.User) []string {
	out := make([]string, len(users))
	for i, u := range users {
		if out[i] = u.Name; u.Invited {
			out[i] = u.Login
		}
	}

	return out
}

func TestE8_DecidersAndSupportSeeTheUsersWithTheirAttachments(t *testing.T) {
	w, store := newCountedWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")
	felix := w.elsewhere("felix", other)

	w.service(daniel.ID, "rh")
	w.service(daniel.ID, "compta")
	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Attach{By: account.By(daniel.ID), Account: felix.ID, Service: "rh"})
	w.do(attachment.Attach{By: account.By(daniel.ID), Account: felix.ID, Service: "compta"})
	w.do(attachment.Suspend{By: account.By(daniel.ID), Account: eloise.ID})

	_, err := w.portal.Block(w.ctx, account.Support("Anne"), felix.ID, "")
	require.NoError(t, err)

	for _, by := range []account.Actor{account.By(daniel.ID), account.Support("Anne")} {
		var page guichet.UserPage

		assert.Equal(t, 2, store.during(func() {
			page, err = w.portal.Users(w.ctx, by, w.id(), guichet.UserQuery{Window: storage.Window{Counted: true}})
			require.NoError(t, err)
		}))
		assert.Equal(t, 4, page.Count)
		assert.Empty(t, page.Next)
		assert.False(t, page.NamesOnly)
		require.Len(t, page.Rows, 4)

		first := page.Rows[0]
		assert.Equal(t, daniel.ID, first.Account)
		assert.Equal(t, "Prénom daniel Nom daniel", first.Name)
		assert.Equal(t, "daniel@exemple.fr", first.Login)
		assert.Equal(t, account.Active, first.State)
		assert.True(t, first.MainManager)
		assert.Len(t, first.Profiles, 8)
		assert.Contains(t, first.Profiles, habilitation.Manage)
		assert.Empty(t, first.Grants)

		second := page.Rows[1]
		assert.Equal(t, eloise.ID, second.Account)
		assert.True(t, second.Suspended)
		assert.Equal(t, w.clock, second.Since)
		assert.Len(t, second.Profiles, 7)
		assert.Equal(t, account.By(daniel.ID), second.Grants[0].By)

		assert.Equal(t, structure.Code("compta"), page.Rows[2].Service.Code)
		assert.Equal(t, "Service compta", page.Rows[2].Service.Label)
		assert.Equal(t, structure.Code("rh"), page.Rows[3].Service.Code)
		assert.Equal(t, account.Blocked, page.Rows[3].State)
		assert.False(t, page.Rows[3].MainManager)
		assert.Equal(t, w.clock, page.Rows[3].ApprovedAt)

		assert.Equal(t, page.Rows, w.users(by, guichet.UserQuery{}), "paged without gaps or repetitions")
		assert.Equal(t, page.Rows[3:], w.users(by, guichet.UserQuery{Service: "rh"}))
		assert.Equal(t, page.Rows[1:2], w.users(by, guichet.UserQuery{Search: "NOM ÉLOISE"}))
		assert.Equal(t, page.Rows[1:2], w.users(by, guichet.UserQuery{Search: "eloise@exemple"}))
		assert.Empty(t, w.users(by, guichet.UserQuery{Search: "gaston"}))
	}
}

func TestE8_OtherUsersSeeNamesOnlyAndNobodyElseAnything(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")
	felix := w.elsewhere("felix", other)

	w.service(daniel.ID, "rh")
	w.service(daniel.ID, "compta")
	w.do(attachment.Attach{By: account.By(daniel.ID), Account: felix.ID, Service: "rh"})
	w.do(attachment.Attach{By: account.By(daniel.ID), Account: felix.ID, Service: "compta"})
	w.invite(daniel.ID, "gaston")

	shown := []guichet.User{
		{Name: "Prénom daniel Nom daniel"}, {Name: "Prénom eloise Nom eloise"}, {Name: "Prénom felix Nom felix"},
	}

	for _, id := range []account.ID{eloise.ID, felix.ID} {
		assert.Equal(t, shown, w.users(account.By(id), guichet.UserQuery{}), "each once, without the invited")

		page, err := w.portal.Users(w.ctx, account.By(id), w.id(), guichet.UserQuery{Window: storage.Window{Limit: 1, Counted: true}})
		require.NoError(t, err)
		assert.True(t, page.NamesOnly)
		assert.Zero(t, page.Count)

		for _, q := range []guichet.UserQuery{{Search: "daniel@exemple.fr"}, {Service: "rh"}, {Review: true}} {
			_, err := w.portal.Users(w.ctx, account.By(id), w.id(), q)
			require.ErrorIs(t, err, attachment.ErrNotDecider, "more than names")
		}

		_, err = w.portal.User(w.ctx, account.By(id), w.id(), daniel.ID)
		require.ErrorIs(t, err, attachment.ErrNotDecider)

		var file bytes.Buffer
		require.ErrorIs(t, w.portal.ExportUsers(w.ctx, account.By(id), w.id(), &file, language.French), attachment.ErrNotDecider)
		assert.Empty(t, file.Bytes())
	}

	refused := func(by account.Actor, cause error) {
		t.Helper()

		_, err := w.portal.Users(w.ctx, by, w.id(), guichet.UserQuery{})
		_, one := w.portal.User(w.ctx, by, w.id(), daniel.ID)

		for _, err := range []error{err, one} {
			var refusal *attachment.Error

			require.ErrorAs(t, err, &refusal)
			require.ErrorIs(t, err, attachment.ErrNotDecider)
			require.ErrorIs(t, err, cause)
		}
	}

	gustave := w.elsewhere("gustave", "55208131766522")
	w.do(attachment.Request{By: account.By(gustave.ID), Comment: "Bonjour"})
	refused(account.By(gustave.ID), habilitation.ErrNotAttached)
	refused(account.By("nobody"), habilitation.ErrAccountInactive)
	refused(account.System(), attachment.ErrNotDecider)

	w.do(attachment.Suspend{By: account.By(daniel.ID), Account: eloise.ID})
	refused(account.By(eloise.ID), habilitation.ErrSuspended)

	_, err := w.portal.Block(w.ctx, account.Support("Anne"), felix.ID, "")
	require.NoError(t, err)
	refused(account.By(felix.ID), habilitation.ErrAccountInactive)

	_, err = w.portal.Users(w.ctx, account.By(daniel.ID), "s", guichet.UserQuery{})
	require.ErrorIs(t, err, guichet.ErrUnknownStructure)
}

func TestC8_TheUsersOfAnInactiveStructureStayVisible(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")

	_, err := w.portal.SetStatus(w.ctx, account.By(daniel.ID), w.id(), structure.Inactive)
	require.NoError(t, err)

	assert.NotZero(t, w.users(account.By(daniel.ID), guichet.UserQuery{})[0].Account)
	assert.Equal(t, []string{"Prénom daniel Nom daniel", "Prénom eloise Nom eloise"},
		names(w.users(account.By(eloise.ID), guichet.UserQuery{})))
}

func TestC9_TheUsersUnderAFormerIdentifierAreTheSuccessors(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	former := w.id()

	renamed, err := w.portal.ChangeIdentifier(w.ctx, account.By(daniel.ID), former, identifier.MustParse(identifier.SIRET, other))
	require.NoError(t, err)

	_, err = w.portal.Users(w.ctx, account.By(daniel.ID), former, guichet.UserQuery{})
	require.ErrorIs(t, err, attachment.ErrReplaced)
	_, err = w.portal.User(w.ctx, account.By(daniel.ID), former, daniel.ID)
	require.ErrorIs(t, err, attachment.ErrReplaced)

	page, err := w.portal.Users(w.ctx, account.By(daniel.ID), renamed.ID, guichet.UserQuery{})
	require.NoError(t, err)
	assert.Len(t, page.Rows, 1)

	attachments, err := w.portal.Attachments(w.ctx, daniel.ID)
	require.NoError(t, err)
	require.Len(t, attachments, 2)

	for _, line := range attachments {
		assert.Equal(t, line.Place.ID == former, line.Place.Successor == renamed.ID)
	}
}

// TestD7_… : felix has an account, gaston has none. What anybody is shown of them is the same but for the login.
func TestD7_WhoeverIsInvitedIsALoginUntilTheySignIn(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	felix := w.elsewhere("felix", other)
	w.service(daniel.ID, "rh")

	w.invite(daniel.ID, "felix")
	w.invite(daniel.ID, "gaston")
	require.NoError(t, w.portal.Invite(w.ctx, guichet.Inviting{
		By: account.By(daniel.ID), Structure: w.id(), Login: "hélène@exemple.fr", Service: "rh",
	}))

	for _, by := range []account.Actor{account.By(daniel.ID), account.Support("Anne")} {
		users := w.users(by, guichet.UserQuery{})
		require.Len(t, users, 4)
		assert.Equal(t, guichet.User{Login: "felix@exemple.fr", Invited: true}, users[0])
		assert.Equal(t, guichet.User{Login: "gaston@exemple.fr", Invited: true}, users[1])
		assert.True(t, users[2].Invited)
		assert.Equal(t, structure.Code("rh"), users[2].Service.Code)
		assert.Equal(t, daniel.ID, users[3].Account)

		assert.Len(t, w.users(by, guichet.UserQuery{Search: "gaston@exemple.fr"}), 1)
		assert.Len(t, w.users(by, guichet.UserQuery{Search: "felix@exemple.fr"}), 1)
		assert.Empty(t, w.users(by, guichet.UserQuery{Search: "Nom felix"}), "the name is not searched either")

		_, err := w.portal.User(w.ctx, by, w.id(), felix.ID)
		require.ErrorIs(t, err, attachment.ErrNotAttached)
	}

	w.clock = w.clock.Add(time.Hour)
	require.NoError(t, w.portal.SignedIn(w.ctx, felix.ID))

	users := w.users(account.By(daniel.ID), guichet.UserQuery{Search: "felix"})
	require.Len(t, users, 1)
	assert.False(t, users[0].Invited)
	assert.Equal(t, "Prénom felix Nom felix", users[0].Name)

	detail, err := w.portal.User(w.ctx, account.By(daniel.ID), w.id(), felix.ID)
	require.NoError(t, err)
	assert.Len(t, detail.Attachments, 1)
}

func TestD7_ThePageAfterTellsNothingAboutTheLastLine(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	felix := w.elsewhere("felix", other)
	w.invite(daniel.ID, "felix")

	page, err := w.portal.Users(w.ctx, account.By(daniel.ID), w.id(), guichet.UserQuery{Window: storage.Window{Limit: 1}})
	require.NoError(t, err)
	require.True(t, page.Rows[0].Invited)

	raw, err := base64.RawURLEncoding.DecodeString(page.Next)
	require.NoError(t, err)
	assert.NotContains(t, string(raw), string(felix.ID))
	assert.NotContains(t, string(raw), "felix")

	eloise := w.user(daniel.ID, "eloise")

	for _, c := range []struct {
		by    account.Actor
		after string
	}{
		{account.By(daniel.ID), "x"},
		{account.By(daniel.ID), base64.RawURLEncoding.EncodeToString(raw[1:])},
		{account.By(eloise.ID), page.Next}, // who sees less
	} {
		_, err := w.portal.Users(w.ctx, c.by, w.id(), guichet.UserQuery{Window: storage.Window{After: c.after}})
		require.ErrorIs(t, err, guichet.ErrPage)
	}

	_, err = w.portal.Users(w.ctx, account.By(daniel.ID), w.id(), guichet.UserQuery{
		Window: storage.Window{After: page.Next}, Search: "daniel",
	})
	require.ErrorIs(t, err, guichet.ErrPage, "another list")
}

func TestE8_AUserIsShownWithAllTheirAttachments(t *testing.T) {
	w, store := newCountedWorld(t)
	daniel := w.manager("daniel")
	felix := w.elsewhere("felix", other)

	for _, code := range []structure.Code{"rh", "compta"} {
		w.service(daniel.ID, string(code))
		w.do(attachment.Attach{By: account.By(daniel.ID), Account: felix.ID, Service: code})
	}

	w.service(daniel.ID, "achats")
	w.do(attachment.Request{By: account.By(felix.ID), Service: "achats", Comment: "Bonjour"})

	var detail guichet.UserDetail

	assert.Equal(t, 1, store.during(func() {
		var err error
		detail, err = w.portal.User(w.ctx, account.Support("Anne"), w.id(), felix.ID)
		require.NoError(t, err)
	}))
	assert.Equal(t, "Prénom felix Nom felix", detail.Name)
	assert.Equal(t, "felix@exemple.fr", detail.Login)
	assert.Equal(t, account.Active, detail.State)
	require.Len(t, detail.Attachments, 2, "what is only asked for is none")
	assert.Equal(t, "Service compta", detail.Attachments[0].Service.Label)
	assert.Equal(t, "Service rh", detail.Attachments[1].Service.Label)
	assert.NotEmpty(t, detail.Attachments[0].Profiles)

	self, err := w.portal.User(w.ctx, account.By(daniel.ID), w.id(), daniel.ID)
	require.NoError(t, err)
	assert.True(t, self.Attachments[0].MainManager)

	_, err = w.portal.User(w.ctx, account.By(daniel.ID), w.id(), "nobody")
	require.ErrorIs(t, err, attachment.ErrNotAttached)

	// In the structure of felix, daniel is nobody.
	s, err := w.portal.StructureID(w.ctx, identifier.MustParse(identifier.SIRET, other))
	require.NoError(t, err)
	_, err = w.portal.User(w.ctx, account.By(daniel.ID), s, felix.ID)
	require.ErrorIs(t, err, attachment.ErrNotDecider)
}

func TestE8_TheUsersAreExported(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	evil := form("eloise", siret)
	evil.FirstName = "=HYPERLINK(1)"
	_, err := w.portal.Register(w.ctx, evil)
	require.NoError(t, err)
	require.NoError(t, w.approve(daniel.ID, "eloise"))

	eloise := w.activate(w.token(w.to(w.deliver(), "eloise")))
	w.do(attachment.Suspend{By: account.By(daniel.ID), Account: eloise.ID})
	w.invite(daniel.ID, "gaston")

	var file bytes.Buffer
	require.NoError(t, w.portal.ExportUsers(w.ctx, account.By(daniel.ID), w.id(), &file, language.French))

	lines, err := csv.NewReader(&file).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 4)
	assert.Equal(t, []string{
		"Utilisateur", "Adresse de connexion", "État du compte", "Code service", "Libellé service", "Rôle", "Rattachement",
		"Depuis", "Profils",
	}, lines[0])
	assert.Equal(t, []string{"", "gaston@exemple.fr", "", "", "", "", "invité", "", ""}, lines[1])
	assert.Equal(t, []string{
		"Prénom daniel Nom daniel", "daniel@exemple.fr", "actif", "", "", "gestionnaire principal", "rattaché", "2026-11-23",
	}, lines[2][:8])
	assert.Equal(t, "'=HYPERLINK(1) Nom eloise", lines[3][0])
	assert.Equal(t, []string{"utilisateur simple", "suspendu"}, lines[3][5:7])
	assert.Contains(t, lines[3][8], "Factures émises modification")

	file.Reset()
	require.NoError(t, w.portal.ExportUsers(w.ctx, account.Support("Anne"), w.id(), &file, language.English))
	assert.Contains(t, file.String(), "main manager")
}

func TestE8_EveryStateOfAnAccountHasAWordInTheExport(t *testing.T) {
	for _, state := range account.States() {
		for _, lang := range []language.Tag{language.French, language.English} {
			assert.NotEmpty(t, guichet.Heading(lang, state.String()))
		}

		assert.NotEqual(t, state.String(), guichet.Heading(language.French, state.String()), "a key without text comes back as it is")
	}

	require.NoError(t, guichet.CheckHeadings())
}

func TestD12_WhatAReplacedManagerApprovedIsListedForReview(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	eloise := w.user(daniel.ID, "eloise")
	felix := w.elsewhere("felix", other)
	gustave := w.elsewhere("gustave", "55208131766522")

	w.do(attachment.Attach{By: account.By(daniel.ID), Account: felix.ID})
	assert.Empty(t, w.users(account.By(daniel.ID), guichet.UserQuery{Review: true}), "nobody was replaced")

	w.do(attachment.Request{By: account.By(gustave.ID), Comment: "Bonjour"})
	w.do(attachment.ContestStanding{By: account.By(gustave.ID), Reason: "C'est ma société"})
	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Appoint{By: account.Support("Anne"), Account: gustave.ID})

	review := func() []string {
		return names(w.users(account.By(gustave.ID), guichet.UserQuery{Review: true}))
	}
	assert.Equal(t, []string{"Prénom eloise Nom eloise", "Prénom felix Nom felix"}, review())

	w.clock = w.clock.Add(time.Hour)
	w.do(attachment.Confirm{By: account.By(gustave.ID), Account: eloise.ID})
	assert.Equal(t, []string{"Prénom felix Nom felix"}, review())

	w.do(attachment.Detach{By: account.By(gustave.ID), Account: felix.ID})
	assert.Empty(t, review())

	// What daniel approves later, as somebody whom the new manager trusts, is not up for review.
	w.do(attachment.GrantProfiles{
		By: account.By(gustave.ID), Account: daniel.ID, Profiles: []habilitation.Profile{habilitation.Manage},
	})
	w.do(attachment.Attach{By: account.By(daniel.ID), Account: felix.ID})
	assert.Empty(t, review())
}

func TestG5_TheUsersOfAnIndividualDoNotSayWhoseStructureItIs(t *testing.T) {
	w, id, daniel, eloise := individual(t)

	_, err := w.portal.Do(w.ctx, id, attachment.Approve{By: account.By(daniel.ID), Account: eloise.ID})
	require.NoError(t, err)

	page, err := w.portal.Users(w.ctx, account.By(daniel.ID), id, guichet.UserQuery{})
	require.NoError(t, err)
	require.Len(t, page.Rows, 2)

	assert.NotContains(t, encoded(t, page), nir)
}
