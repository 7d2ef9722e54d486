package scenarios

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// inviting are the stories of users whom deciders attach by their login address (rule D7).
func inviting() []Scenario {
	return []Scenario{
		{"D7_WhoeverIsInvitedMakesAnAccountThatIsAttached", invited},
		{"D7_AnInvitationToAServiceAttachesThere", invitedToService},
		{"D7_AnAccountIsAttachedAtOnceAndToldAndShownLater", invitedAccount},
		{"D7_AnInvitationIsNotFullOfGaps", invitedFaults},
		{"D7_AnInvitationLapses", invitationLapses},
		{"D7_AnInvitationIsDismissed", dismissed},
		{"D7_WhoeverWaitsThereIsApprovedByAnInvitation", invitedWaiting},
		{"D7_AnAccountThatWaitsThereIsApprovedByAnInvitation", invitedAccountWaiting},
		{"D7_AnInvitedAddressThatGotAnAccountSignsInThroughIt", invitedMeanwhile},
		{"D7_OnlyDecidersInvite", invitedByWhom},
		{"D7_WhomADeciderSeesIsNotInvitedAgain", invitedSeen},
		{"D7_WhoeverGotAnAccountAndWasInvitedMeanwhileAsksNothing", invitedMidway},
		{"D7_WhetherAnAddressHasAnAccountShowsInNoInvitation", invitedAlike},
		{"D7_WhetherAnAddressHasAnAccountShowsInNoInvitationToAService", invitedAlikeToService},
		{"D7_WhetherAnAddressHasAnAccountShowsInNoInvitationToSeveralPlaces", invitedAlikeElsewhere},
	}
}

// invite has somebody invite an address.
func (w *World) invite(id structure.ID, who, name string, service structure.Code) {
	w.T.Helper()
	require.NoError(w.T, w.inviting(id, who, name, service))
	w.sound(id)
}

func (w *World) inviting(id structure.ID, who, name string, service structure.Code) error {
	return w.Portal.Invite(w.Ctx, guichet.Inviting{By: by(who), Structure: id, Service: service, Login: Login(name)})
}

// invitedMidway is about somebody who has no account when their registration is begun, and is enrolled and invited before it
// reads who is attached: it must not become a request that nobody would see of an address without an account.
func invitedMidway(w *World) {
	id := w.team("alice")

	p := w.Between("roster", func() {
		w.Enrol(Enrolment("bob"))
		require.NoError(w.T, w.inviting(id, "alice", "bob", ""))
	})
	_, err := p.Register(w.Ctx, Form("bob", Siret(0)))
	require.NoError(w.T, err)

	assert.Empty(w.T, w.waits("alice"))
	assert.Empty(w.T, w.registrations("bob"))
	w.is(id, at("bob"), attachment.Attached)
}

// accept uses the link of an invitation.
func (w *World) accept(token account.Token, name string) account.Account {
	w.T.Helper()

	c := Secrets()
	c.Person, c.AcceptsTerms = account.PersonForm{FirstName: "Prénom " + name, LastName: "Nom " + name}, true

	acc, err := w.Portal.Activate(w.Ctx, token, c)
	require.NoError(w.T, err)

	return acc
}

// members returns what deciders are shown of a structure's users, "who state at service".
func (w *World) members(id structure.ID, decider string) []string {
	w.T.Helper()

	page, err := w.Portal.Users(w.Ctx, by(decider), id, guichet.UserQuery{Window: all})
	require.NoError(w.T, err)

	var out []string

	for _, u := range page.Rows {
		line := strings.TrimSpace(u.Name + " " + u.Login)
		if u.Invited {
			line += " invited"
		}

		if u.Service.Code != "" {
			line += " at " + string(u.Service.Code)
		}

		out = append(out, line)
	}

	return out
}

func invited(w *World) {
	id := w.team("alice")
	w.invite(id, "alice", "bob", "")
	assert.Contains(w.T, w.members(id, "alice"), "bob@exemple.fr invited")
	assert.Empty(w.T, w.waits("alice"), "there is nothing to decide")

	token := w.Token(w.told("invited to bob")[0])
	invitation, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.True(w.T, invitation.Invited)
	assert.False(w.T, invitation.Manager)
	assert.Equal(w.T, "Société de suite", invitation.Structure.Data.LegalName)

	bob := w.accept(token, "bob")
	assert.Equal(w.T, "Prénom bob Nom bob", bob.Person.Name())
	assert.True(w.T, bob.Terms.Given())

	row := w.place(id, attachment.Key{Account: bob.ID})
	assert.Equal(w.T, attachment.Attached, row.State)
	assert.Equal(w.T, by("alice"), row.Grants[0].By)
	assert.Equal(w.T, 2, w.sound(id).Attached)
	assert.Contains(w.T, w.members(id, "alice"), "Prénom bob Nom bob bob@exemple.fr")
	w.told()

	rights, err := w.Portal.Habilitations(w.Ctx, bob.ID)
	require.NoError(w.T, err)
	assert.Len(w.T, rights, len(ofUsers))

	_, err = w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkUsed)
}

func invitedToService(w *World) {
	id := w.team("alice")
	w.services(id, "alice", "A", "B")
	w.invite(id, "alice", "bob", "A")
	assert.Contains(w.T, w.members(id, "alice"), "bob@exemple.fr invited at A")

	sent := w.told("invited to bob")
	assert.Contains(w.T, sent[0].Text, "Service A")
	bob := w.accept(w.Token(sent[0]), "bob")
	assert.Equal(w.T, attachment.Attached, w.place(id, attachment.Key{Account: bob.ID, Service: "A"}).State)
	assert.Zero(w.T, w.place(id, attachment.Key{Account: bob.ID}).State)

	rights, err := w.Portal.Habilitations(w.Ctx, bob.ID)
	require.NoError(w.T, err)
	require.Len(w.T, rights, len(billing))

	for i, row := range rights {
		assert.Equal(w.T, structure.Code("A"), row.Service.Code)
		assert.Equal(w.T, billing[i], row.Profile.String())
	}
}

func invitedAccount(w *World) {
	id := w.team("alice")
	w.Loner("bob")
	w.invite(id, "alice", "bob", "")
	w.is(id, at("bob"), attachment.Attached)
	w.holds("bob", id, "", ofUsers...)
	assert.Contains(w.T, w.members(id, "alice"), "bob@exemple.fr invited", "and not what they are called")
	w.told("attached to bob")

	require.NoError(w.T, w.Portal.SignedIn(w.Ctx, app("bob")))
	assert.Contains(w.T, w.members(id, "alice"), "Prénom bob Nom bob bob@exemple.fr")
	assert.Contains(w.T, w.Actions(id), "user arrived attached→attached")
	w.Untouched(func() { require.NoError(w.T, w.Portal.SignedIn(w.Ctx, app("bob"))) }, id)

	// By id, there is nothing to hide.
	w.Loner("carole")
	w.done(id, attachment.Attach{By: by("alice"), Account: app("carole"), Login: "ignored@exemple.fr"})
	assert.Contains(w.T, w.members(id, "alice"), "Prénom carole Nom carole carole@exemple.fr")
	w.told("attached to carole")
	w.refused(id, attachment.Attach{By: by("alice"), Account: app("personne")}, attachment.ErrAccountUnknown)
	w.refused(id, attachment.Attach{By: by("alice"), Account: app("carole")}, attachment.ErrAttached)
}

func invitedFaults(w *World) {
	id := w.team("alice")
	w.invite(id, "alice", "bob", "")
	token := w.Token(w.told("invited to bob")[0])

	w.Untouched(func() {
		_, err := w.Portal.Activate(w.Ctx, token, account.Credentials{Password: "court"})
		assert.Equal(w.T, []string{
			"answer answer.short", "first_name account.required", "last_name account.required", "password password.classes",
			"password password.short",
			"question question.empty", "terms account.required",
		}, faultsIn(err))
	}, id)

	err := w.Portal.Invite(w.Ctx, guichet.Inviting{By: by("alice"), Structure: id, Login: "pas une adresse"})
	assert.Equal(w.T, []string{"login account.address"}, faultsIn(err))

	err = w.Portal.Invite(w.Ctx, guichet.Inviting{By: by("alice"), Structure: "nowhere", Login: Login("bob")})
	require.ErrorIs(w.T, err, guichet.ErrUnknownStructure)
	require.ErrorIs(w.T, w.inviting(id, "alice", "bob", "Z"), attachment.ErrServiceUnknown)
	w.accept(token, "bob")
}

func invitationLapses(w *World) {
	id := w.team("alice")
	w.invite(id, "alice", "bob", "")
	first := w.Token(w.told("invited to bob")[0])

	w.Wait(7 * day)
	_, err := w.Portal.Inspect(w.Ctx, first)
	require.ErrorIs(w.T, err, account.ErrLinkExpired)
	require.NoError(w.T, w.Portal.Resend(w.Ctx, Login("bob")))
	second := w.Token(w.told("invited to bob")[0])

	w.Wait(23 * day)
	_, err = w.Portal.Inspect(w.Ctx, second)
	require.ErrorIs(w.T, err, account.ErrLinkExpired)
	w.Wait(hour)
	assert.Equal(w.T, 1, w.Advance().Lapsed)
	assert.NotContains(w.T, fmt.Sprint(w.members(id, "alice")), "bob")
	assert.Empty(w.T, w.registrations("bob"))
	w.Deliver()

	// It is as if nobody had been invited.
	w.invite(id, "alice", "bob", "")
	w.accept(w.Token(w.told("invited to bob")[0]), "bob")
	assert.Equal(w.T, 2, w.sound(id).Attached)

	// Whether or not anybody has applied that its time is over.
	w.services(id, "alice", "A")
	w.invite(id, "alice", "carole", "")
	w.Register("denis", Siret(0))
	w.Deliver()
	w.Wait(180 * day)
	w.invite(id, "alice", "carole", "A")
	w.invite(id, "alice", "carole", "")
	w.invite(id, "alice", "denis", "")
	w.accept(w.Token(w.One(w.Deliver(), "carole", mail.Invited)), "carole")
}

func dismissed(w *World) {
	id := w.team("alice")
	w.services(id, "alice", "A")
	w.Loner("carole")

	for _, name := range []string{"bob", "carole"} {
		w.invite(id, "alice", name, "")
	}

	w.invite(id, "alice", "denis", "A")

	token := w.Token(w.One(w.told("invited to bob", "attached to carole", "invited to denis"), "bob", mail.Invited))

	w.Untouched(func() {
		require.ErrorIs(w.T, w.Portal.Dismiss(w.Ctx, by("alice"), id, Login("zoe")), attachment.ErrNotAttached)
		require.ErrorIs(w.T, w.Portal.Dismiss(w.Ctx, by("alice"), id, Login("ob")), attachment.ErrNotAttached)
		require.ErrorIs(w.T, w.Portal.Dismiss(w.Ctx, by("carole"), id, Login("bob")), attachment.ErrNotDecider)
	}, id)

	for _, name := range []string{"bob", "carole", "denis"} {
		require.NoError(w.T, w.Portal.Dismiss(w.Ctx, by("alice"), id, strings.ToUpper(Login(name))))
	}

	assert.Equal(w.T, []string{"Prénom alice Nom alice alice@exemple.fr"}, w.members(id, "alice"))
	assert.Equal(w.T, 1, w.sound(id).Attached)
	w.holds("carole", id, "")

	_, err := w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkExpired)
	w.told("detached to carole")
	require.ErrorIs(w.T, w.Portal.Dismiss(w.Ctx, by("alice"), id, Login("bob")), attachment.ErrNotAttached)
}

func invitedWaiting(w *World) {
	id := w.team("alice")
	w.Register("bob", Siret(0))
	w.Deliver()
	w.invite(id, "alice", "bob", "")
	assert.Empty(w.T, w.waits("alice"))
	assert.Len(w.T, w.registrations("bob"), 1, "the one that waited")

	bob := w.Activate(w.Token(w.told("approved to bob")[0]))
	assert.Equal(w.T, attachment.Attached, w.place(id, attachment.Key{Account: bob.ID}).State)
	assert.Equal(w.T, 2, w.sound(id).Attached)
}

func invitedAccountWaiting(w *World) {
	id := w.team("alice")
	w.Loner("bob")
	w.wants(id, "bob", "")
	w.Deliver()
	w.invite(id, "alice", "bob", "")
	assert.Empty(w.T, w.waits("alice"))
	w.is(id, at("bob"), attachment.Attached)
	w.told("attachment granted to bob")

	// A registration with the login of an account that is attached so is answered with it.
	w.Loner("carole")
	w.Register("carole", Siret(0))
	w.Deliver()
	w.invite(id, "alice", "carole", "")
	assert.Empty(w.T, w.waits("alice"))
	w.is(id, at("carole"), attachment.Attached)
	assert.Empty(w.T, w.registrations("carole"))
	assert.Equal(w.T, 3, w.sound(id).Attached)
}

func invitedMeanwhile(w *World) {
	id := w.team("alice")
	w.invite(id, "alice", "bob", "")
	token := w.Token(w.told("invited to bob")[0])

	bob := w.Loner("bob")
	_, err := w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, guichet.ErrLoginBound)

	w.adopt(token, bob.ID)
	w.is(id, at("bob"), attachment.Attached)
	w.holds("bob", id, "", ofUsers...)
	assert.Equal(w.T, 2, w.sound(id).Attached)
	assert.Empty(w.T, w.registrations("bob"))

	// Sent again once there is an account, the mail is one to sign in through.
	w.invite(id, "alice", "carole", "")
	w.Loner("carole")
	assert.Contains(w.T, Kinds(w.Deliver()), mail.AddressUsed)
}

func invitedByWhom(w *World) {
	id := w.team("alice", "bob")
	w.Loner("zoe")

	for _, who := range []string{"bob", "zoe"} {
		for _, name := range []string{"inconnue", "zoe", "alice"} {
			w.Untouched(func() { require.ErrorIs(w.T, w.inviting(id, who, name, ""), attachment.ErrNotDecider) }, id)
		}
	}

	w.Register("denis", Siret(1))
	claimed := w.ID(Siret(1))
	w.Untouched(func() { require.ErrorIs(w.T, w.inviting(claimed, "zoe", "zoe", ""), attachment.ErrNoManager) }, claimed)
	w.Deliver()

	w.status(id, "alice", structure.Inactive)
	w.Untouched(func() { require.ErrorIs(w.T, w.inviting(id, "alice", "inconnue", ""), attachment.ErrNotDecider) }, id)
}

func invitedSeen(w *World) {
	id := w.team("alice", "bob", "carole")
	w.services(id, "alice", "A")
	w.done(id, attachment.Suspend{By: by("alice"), Account: app("carole")})
	w.Deliver()

	w.Untouched(func() {
		require.ErrorIs(w.T, w.inviting(id, "alice", "bob", ""), attachment.ErrAttached)
		require.ErrorIs(w.T, w.inviting(id, "alice", "bob", "A"), attachment.ErrAttached)
		require.ErrorIs(w.T, w.inviting(id, "alice", "alice", ""), attachment.ErrAttached)
		require.ErrorIs(w.T, w.inviting(id, "alice", "carole", ""), attachment.ErrAttached)
	}, id)
}
