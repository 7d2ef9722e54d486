package scenarios

import (
	"errors"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// guarding are the stories of an application's own rules, and of what goes along when the identifier changes.
func guarding() []Scenario {
	return []Scenario{
		{"F1_AGuardRefusesWhatTheRulesAllow", guarded},
		{"F1_AGuardIsAskedByEveryUseCaseAndNotAboutTime", guardedEverywhere},
		{"B12_NoGuardKeepsAnAccountFromBeingClosed", guardedClosing},
		{"C9_WhatPeopleHaveAndWishForGoesAlongWithTheIdentifier", carriedOver},
		{"C9_AnInvitationGoesAlongWithTheIdentifier", invitationCarriedOver},
		{"C9_AContestGoesAlongWithTheIdentifier", contestCarriedOver},
	}
}

var errQuota = errors.New("pas plus de deux utilisateurs")

// quota is a rule of an application: two users in each structure.
func quota(r attachment.Roster, _ attachment.Facts, c attachment.Command, _ time.Time) error {
	switch c.(type) {
	case attachment.Attach, attachment.Approve:
		if r.Attached >= 2 {
			return errQuota
		}
	}

	return nil
}

func guarded(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Guards = []attachment.Guard{quota} })

	id := w.team("alice", "bob")
	w.Loner("carole")
	w.wants(id, "carole", "")

	approve := attachment.Approve{By: by("alice"), Account: app("carole")}
	refusal := w.refused(id, approve, attachment.ErrGuarded)
	require.ErrorIs(w.T, refusal, errQuota)
	assert.Equal(w.T, "attachment.guarded", refusal.Code())
	assert.Contains(w.T, refusal.Text(language.French), "pas plus de deux utilisateurs")
	assert.Equal(w.T, []string{"carole"}, w.waits("alice"))

	w.Untouched(func() {
		require.ErrorIs(w.T, w.inviting(id, "alice", "inconnue", ""), errQuota)
		require.ErrorIs(w.T, w.inviting(id, "alice", "carole", ""), errQuota)
	}, id)

	// What the rules refuse, no guard is asked about.
	w.refused(id, attachment.Approve{By: by("bob"), Account: app("carole")}, attachment.ErrNotDecider)

	w.done(id, attachment.Detach{By: by("alice"), Account: app("bob")})
	w.done(id, approve)
	w.holds("carole", id, "", ofUsers...)
}

func guardedEverywhere(w *World) {
	var asked []string

	w.Reopen(func(o *guichet.Options) {
		o.Guards = []attachment.Guard{func(_ attachment.Roster, _ attachment.Facts, c attachment.Command, _ time.Time) error {
			asked = append(asked, c.String())

			return errQuota
		}}
	})

	plain := w.Open(nil)
	once := func(err error) {
		w.T.Helper()
		require.ErrorIs(w.T, err, errQuota)
		require.NotEmpty(w.T, asked)

		asked = nil
	}

	w.Loner("alice")
	_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: app("alice"), Identity: Siret(0), Structure: Typed("x")})
	once(err)
	w.Unnamed(Siret(0))
	_, err = w.Portal.Register(w.Ctx, Form("bob", Siret(0)))
	once(err)
	w.Unnamed(Siret(0))
	assert.Empty(w.T, w.Deliver())

	guarding := w.Portal
	w.Portal = plain
	id := w.Create(app("alice"), Siret(0)).Structure
	w.Register("bob", Siret(0))
	w.Register("carole", Siret(1))
	token := w.Token(w.One(w.Deliver(), "carole", mail.ActivationLink))
	w.Portal = guarding

	_, err = w.Portal.Activate(w.Ctx, token, Secrets())
	once(err)
	_, err = w.Portal.Do(w.Ctx, id, attachment.Approve{By: by("alice"), Account: w.registration("bob").ID})
	once(err)

	// Time passes whatever anybody says.
	w.Wait(200 * day)
	assert.Equal(w.T, 2, w.Advance().Lapsed)
	assert.Empty(w.T, asked)
}

func guardedClosing(w *World) {
	id := w.team("alice", "bob")
	w.Loner("carole")
	w.wants(id, "carole", "")
	w.Reopen(func(o *guichet.Options) {
		o.Guards = []attachment.Guard{func(attachment.Roster, attachment.Facts, attachment.Command, time.Time) error {
			return errQuota
		}}
	})

	w.refused(id, attachment.Leave{By: by("bob")}, attachment.ErrGuarded)
	w.refused(id, attachment.Depart{By: by("bob"), Account: app("bob")}, attachment.ErrGuarded)
	w.refused(id, attachment.Depart{By: helpdesk, Account: app("bob")}, attachment.ErrNotYours)
	w.close(app("bob"), false)
	w.close(app("carole"), false)
}

// carriedOver changes the identifier of a structure in which there is something of everything.
func carriedOver(w *World) {
	w.Reopen(insistent)

	id := w.team("alice", "bob", "carole")
	w.services(id, "alice", "A")
	w.inService(id, "alice", "denis", "A")
	w.Loner("emile")
	w.wants(id, "emile", "")
	w.done(id, w.wishful("organisation/modification"))
	w.done(id, attachment.RevokeProfiles{By: by("alice"), Account: app("carole"), Profiles: profiles(billing...)})
	w.done(id, attachment.Suspend{By: by("alice"), Account: app("carole")})
	w.Deliver()

	before := w.whole(id).Roster
	renamed, err := w.Portal.ChangeIdentifier(w.Ctx, by("alice"), id, Siret(1))
	require.NoError(w.T, err)
	w.told("identifier changed to alice")

	after := w.sound(renamed.ID)
	w.sound(id)
	assert.Equal(w.T, before.Attached, after.Attached)
	assert.Equal(w.T, app("alice"), after.Holder)

	for _, key := range []attachment.Key{at("alice"), at("bob"), at("carole"), at("emile"), in("denis", "A")} {
		was, _ := before.Row(key)
		assert.Equal(w.T, was, w.place(renamed.ID, key))
	}

	// It waits in one place, once, and is reminded of once.
	assert.ElementsMatch(w.T, []string{"emile", "bob"}, w.waits("alice"))
	w.Wait(2 * day)
	assert.Equal(w.T, guichet.Advanced{Reminded: 2}, w.Advance())
	w.told("reminder to alice", "reminder to alice")
	w.refused(id, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true}, attachment.ErrReplaced)
	w.refused(id, attachment.Attach{By: by("alice"), Account: app("emile")}, attachment.ErrReplaced)
	w.refused(id, attachment.HandOver{By: by("alice"), To: app("bob")}, attachment.ErrReplaced)

	w.done(renamed.ID, attachment.Approve{By: by("alice"), Account: app("bob"), Wish: true})
	w.holds("bob", renamed.ID, "", ofDeciders...)
	w.done(renamed.ID, attachment.Approve{By: by("alice"), Account: app("emile")})
	w.holds("carole", renamed.ID, "")
	w.denied("carole", renamed.ID, "", "organisation/consultation", habilitation.ErrSuspended)
	w.done(renamed.ID, attachment.Resume{By: by("alice"), Account: app("carole")})
	w.holds("carole", renamed.ID, "", "organisation/consultation")
	w.holds("denis", renamed.ID, "A", billing...)
	w.told("profiles changed to bob", "attachment granted to emile", "resumed to carole")
}

func invitationCarriedOver(w *World) {
	id := w.team("alice")
	w.invite(id, "alice", "bob", "")
	w.Loner("carole")
	w.invite(id, "alice", "carole", "")

	token := w.Token(w.One(w.told("invited to bob", "attached to carole"), "bob", mail.Invited))
	renamed, err := w.Portal.ChangeIdentifier(w.Ctx, by("alice"), id, Siret(1))
	require.NoError(w.T, err)
	assert.ElementsMatch(w.T, []string{
		"Prénom alice Nom alice alice@exemple.fr", "bob@exemple.fr invited", "carole@exemple.fr invited",
	}, w.members(renamed.ID, "alice"))

	bob := w.accept(token, "bob")
	assert.Equal(w.T, attachment.Attached, w.place(renamed.ID, attachment.Key{Account: bob.ID}).State)
	assert.Zero(w.T, w.place(id, attachment.Key{Account: bob.ID}).State, "nothing is left of it under the former identifier")
	require.NoError(w.T, w.Portal.SignedIn(w.Ctx, app("carole")))
	assert.Contains(w.T, w.members(renamed.ID, "alice"), "Prénom carole Nom carole carole@exemple.fr")
	assert.Equal(w.T, 3, w.sound(renamed.ID).Attached)

	for _, row := range list(w, storage.RowsOf{Account: app("carole"), Window: all}) {
		assert.Empty(w.T, row.Attachment.Invited)
	}
}

func contestCarriedOver(w *World) {
	id := w.team("alice", "bob")
	w.doubt(id, "carole")
	renamed, err := w.Portal.ChangeIdentifier(w.Ctx, by("alice"), id, Siret(1))
	require.NoError(w.T, err)

	for _, c := range []attachment.Command{attachment.Freeze{By: helpdesk}, attachment.Release{By: helpdesk}} {
		w.refused(id, c, attachment.ErrReplaced)
	}

	w.done(renamed.ID, attachment.Freeze{By: helpdesk})
	w.done(renamed.ID, attachment.Appoint{By: helpdesk, Account: app("carole")})
	w.leads(renamed.ID, "carole")
	assert.Equal(w.T, app("alice"), w.sound(renamed.ID).Review.Of)
	w.Deliver()

	s, err := w.Store.Structure(w.Ctx, id)
	require.NoError(w.T, err)
	assert.Equal(w.T, structure.Inactive, s.Status)
	assert.Equal(w.T, account.Active, w.whole(id).Facts.Accounts[app("alice")].State)
}
