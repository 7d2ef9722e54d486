package scenarios

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// What is held about people: shown to them, erased, and not kept for ever (rules G2 and G3).
func personalData() []Scenario {
	return []Scenario{
		{"G2_AnExportHoldsAllAboutThePersonAndNothingOfOthers", exportAll},
		{"G2_AnExportShowsAnIndividualsCodeToWhoIsAttachedThereOnly", exportIndividual},
		{"G2_AfterClosingNothingPersonalIsLeft", eraseAll},
		{"G2_AfterAdoptingNothingOfTheRegistrationIsLeft", eraseAdopted},
		{"G3_RegistrationsThatEndedAreDeletedAfter30Days", purgeRegistrations},
		{"G3_MailsAreDeletedAfter7Days", purgeMails},
		{"G3_LinksAreDeletedAfter30Days", purgeLinks},
		{"G3_TheJournalIsKeptUnlessTheApplicationSaysOtherwise", purgeJournal},
		{"G3_ARefusalIsRememberedForAsLongAsItCounts", purgeRefusal},
	}
}

// eventful lives through much, and leaves words in many places.
func eventful(w *World) (daniel, alice account.Account) {
	daniel = w.Manager("daniel", Siret(0))
	w.create("daniel", daniel.ID, Siret(1))
	w.create("daniel", daniel.ID, Siret(2))

	form := Form("alice", Siret(0))
	form.Phone, form.Contact, form.AcceptsSurvey = "0102030405", contact("alice"), true
	_, err := w.Portal.Register(w.Ctx, form)
	require.NoError(w.T, err)
	w.Deliver()
	w.Approve(daniel.ID, "alice")

	w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.Approved)))
	alice, err = w.Portal.ConfirmContact(w.Ctx, w.Token(To(w.Deliver(), contact("alice"))[0]))
	require.NoError(w.T, err)

	w.ask("alice", alice.ID, Siret(1)) // refused, with a reason
	w.Deliver()
	w.Refuse(daniel.ID, "alice", "Motif sur alice")
	w.ask("alice", alice.ID, Siret(2)) // waits
	w.create("alice", alice.ID, Siret(3))
	w.Register("bob", Siret(3)) // refused by her
	w.Deliver()
	w.Refuse(alice.ID, "bob", "Motif sur bob")
	w.Deliver()

	return daniel, alice
}

func exportAll(w *World) {
	daniel, alice := eventful(w)

	out, err := w.Portal.Export(w.Ctx, alice.ID)
	require.NoError(w.T, err)

	assert.Equal(w.T, Login("alice"), out.Login)
	assert.Equal(w.T, []string{"active", "Prénom alice", "Nom alice", "0102030405", contact("alice"), "fr"},
		[]string{out.State, out.FirstName, out.LastName, out.Phone, out.Contact, out.Language})
	assert.Equal(w.T, alice.ContactAt, out.ContactProved)
	assert.Equal(w.T, guichet.PersonalConsent(alice.Terms), out.Terms)
	assert.Equal(w.T, "1", out.Survey.Version)
	assert.Equal(w.T, Secrets().Question, out.Question)
	require.Len(w.T, out.Registrations, 1)
	assert.Equal(w.T, "activated", out.Registrations[0].State)

	attachments := map[string]guichet.PersonalAttachment{}
	for _, a := range out.Attachments {
		attachments[a.Structure] = a
	}

	require.Len(w.T, attachments, 4)
	assert.Equal(w.T, "attached", attachments[Siret(0).Display()].State)
	assert.NotEmpty(w.T, attachments[Siret(0).Display()].Profiles)
	assert.Equal(w.T, "Motif sur alice", attachments[Siret(1).Display()].Refusal)
	assert.Equal(w.T, "Commentaire de alice", attachments[Siret(2).Display()].Comment)
	assert.Equal(w.T, "attached", attachments[Siret(3).Display()].State)
	assert.Nil(w.T, attachments[Siret(3).Display()].Data, "what is known of a company is no personal data")

	w.Register("claude", Siret(4))
	w.ask("alice", alice.ID, Siret(4)) // with what she knows of a structure that is only claimed
	again, err := w.Portal.Export(w.Ctx, alice.ID)
	require.NoError(w.T, err)

	for _, a := range again.Attachments {
		if a.Structure == Siret(4).Display() {
			require.NotNil(w.T, a.Data)
			assert.Equal(w.T, "Société de alice", a.Data.LegalName)
		}
	}

	kinds := map[string]string{}
	for _, m := range out.Mails {
		kinds[m.Kind] = m.To
	}

	assert.Equal(w.T, Login("alice"), kinds["approved"])
	assert.Equal(w.T, contact("alice"), kinds["refused"])
	assert.Empty(w.T, kinds["request to approve"], "others' addresses are theirs")

	text, err := json.Marshal(out)
	require.NoError(w.T, err)
	assert.Contains(w.T, string(text), "Motif sur bob", "what she wrote")

	for _, other := range []string{Login("daniel"), "Prénom daniel", Login("bob"), "Prénom bob", string(daniel.ID), "$argon2id"} {
		assert.NotContains(w.T, string(text), other)
	}

	_, err = w.Portal.Export(w.Ctx, "nobody")
	require.ErrorIs(w.T, err, guichet.ErrUnknownAccount)
}

func exportIndividual(w *World) {
	heloise := w.heloise()
	alice := w.enrol("alice")
	w.askHeloise(alice.ID)

	for id, whole := range map[account.ID]bool{heloise.ID: true, alice.ID: false} {
		out, err := w.Portal.Export(w.Ctx, id)
		require.NoError(w.T, err)
		require.Len(w.T, out.Attachments, 1)
		assert.Equal(w.T, whole, out.Attachments[0].Structure == person().Code())
		assert.Equal(w.T, whole, strings.Contains(fmt.Sprintf("%+v", out), "1980193161"))
		assert.Equal(w.T, whole, out.Attachments[0].Data != nil && out.Attachments[0].Data.LastName == "Ferdinand")
	}
}

// askHeloise has an account ask to be attached to the individual.
func (w *World) askHeloise(id account.ID) {
	w.T.Helper()

	_, err := w.Portal.Do(w.Ctx, w.ID(person()), attachment.Request{By: account.By(id), Comment: "Sa comptable"})
	require.NoError(w.T, err)
}

// words are what only she, or only about her, was written.
func words() []string {
	return []string{
		Login("alice"), contact("alice"), "Prénom alice", "Nom alice", "0102030405", "Commentaire de alice", "Motif sur alice",
		Secrets().Question, "$argon2id",
	}
}

// traces returns the lines that hold any of some words.
func traces(lines []string, words []string) []string {
	var out []string

	for _, line := range lines {
		for _, word := range words {
			if strings.Contains(line, word) {
				out = append(out, word+" in "+line)
			}
		}
	}

	return out
}

func eraseAll(w *World) {
	daniel, alice := eventful(w)
	w.changePerson(alice, func(f *account.PersonForm) { f.Contact = contact("alice") + ".fr" }) // a mail waits
	w.Register("alice", Siret(4))                                                               // and another one
	w.Deliver()

	for _, reg := range w.registrations("alice") { // is not hers to erase: somebody typed her address
		require.NoError(w.T, w.Portal.Decline(w.Ctx, w.Token(w.One(w.Sent, "alice", mail.AddressUsed))))
		assert.NotEqual(w.T, alice.ID, reg.ID)
	}

	e := estate{structures: named(0, 1, 2, 3, 4), people: []account.ID{alice.ID, daniel.ID}}
	require.NotEmpty(w.T, traces(w.held(e), words()))

	w.changePerson(alice, func(f *account.PersonForm) { f.Contact = contact("alice") }) // a mail that still waits
	w.close(alice.ID, true)
	assert.Equal(w.T, attachment.Withdrawn, w.row(Siret(2), alice.ID).State)

	sent := w.Deliver()
	w.One(sent, "alice", mail.AccountClosed)
	assert.Empty(w.T, except(traces(w.held(e), words()), daniel.ID, mail.AccountClosed))

	w.Wait(8 * day) // the mail that told her of it is kept like any other
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.Empty(w.T, except(traces(w.held(e), words()), daniel.ID, ""))

	out, err := w.Portal.Export(w.Ctx, alice.ID)
	require.NoError(w.T, err)

	text, err := json.Marshal(out)
	require.NoError(w.T, err)
	assert.Empty(w.T, traces([]string{string(text)}, words()))
	assert.NotEmpty(w.T, out.Journal, "the journal goes on under the id, which says nothing")
	assert.NotEmpty(w.T, out.Attachments)
	assert.Contains(w.T, w.Actions(w.ID(Siret(0))), "user detached attached→detached")

	_, err = w.Store.Credential(w.Ctx, alice.ID)
	require.ErrorIs(w.T, err, storage.ErrNotFound)
}

// except leaves out the credential of somebody else, which has the same question, and the messages of a kind.
func except(lines []string, other account.ID, kind mail.Kind) []string {
	var out []string

	for _, line := range lines {
		theirs := strings.Contains(line, " in credential {Account:"+string(other))
		if !theirs && (kind == "" || !strings.Contains(line, " Kind:"+string(kind)+" ")) {
			out = append(out, line)
		}
	}

	return out
}

func eraseAdopted(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice := w.enrol("alice")
	form := Form("alice", Siret(0))
	form.FirstName, form.LastName, form.Phone, form.Contact = "Zoé", "Zola", "0607080910", contact("zoe")
	_, err := w.Portal.Register(w.Ctx, form)
	require.NoError(w.T, err)
	w.adopt(w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed)), alice.ID)

	e := estate{structures: named(0), people: []account.ID{alice.ID, daniel.ID}}

	var left []string

	for _, line := range traces(w.held(e), []string{"Zoé", "Zola", "0607080910", contact("zoe")}) {
		if !strings.Contains(line, " in message ") { // the mail that asked for an approval is kept like any other
			left = append(left, line)
		}
	}

	assert.Empty(w.T, left)
	w.Wait(8 * day)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.Empty(w.T, traces(w.held(e), []string{"Zoé", "Zola", "0607080910", contact("zoe")}))
}

func purgeRegistrations(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	w.Register("alice", Siret(0))
	w.Register("bob", Siret(0))

	reg := w.registration("alice")
	w.Refuse(daniel.ID, "alice", "Motif sur alice")

	for range 2 {
		require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
		_, err := w.Store.Registration(w.Ctx, reg.ID)
		require.NoError(w.T, err)
		w.Wait(15 * day)
	}

	w.Wait(hour)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))

	_, err := w.Store.Registration(w.Ctx, reg.ID)
	require.ErrorIs(w.T, err, storage.ErrNotFound)
	assert.Zero(w.T, w.row(Siret(0), reg.ID).State, "with its row")

	for _, e := range list(w, storage.JournalOf{Account: reg.ID, Window: all}) {
		assert.Empty(w.T, e.Note, "and what was written about it")
	}

	assert.Len(w.T, w.Requests(daniel.ID), 1, "what is open stays")
	_, err = w.Store.Registration(w.Ctx, daniel.ID)
	require.ErrorIs(w.T, err, storage.ErrNotFound, "one that became an account has done its part")
	w.standing(Siret(0), attachment.Managed, daniel.ID)
}

func purgeMails(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	assert.NotEmpty(w.T, list(w, storage.MessagesOf{Account: daniel.ID, Window: all}))
	w.Register("alice", Siret(0)) // waits in the outbox

	w.Wait(7 * day)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.NotEmpty(w.T, list(w, storage.MessagesOf{Account: daniel.ID, Window: all}))
	w.Wait(hour)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.Empty(w.T, list(w, storage.MessagesOf{Account: daniel.ID, Window: all}))
	w.One(w.Deliver(), "daniel", mail.RequestToApprove)
}

func purgeLinks(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	links := func() int {
		links, err := w.Store.Links(w.Ctx, daniel.ID, account.PurposeActivation)
		require.NoError(w.T, err)

		return len(links)
	}

	w.Wait(30 * day)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.Equal(w.T, 1, links(), "to say that it was used")
	w.Wait(2 * day)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.Zero(w.T, links())
}

func purgeJournal(w *World) {
	w.Manager("daniel", Siret(0))

	before := w.Actions(w.ID(Siret(0)))
	w.Wait(3650 * day)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.Equal(w.T, before, w.Actions(w.ID(Siret(0))))

	w.Reopen(func(o *guichet.Options) { o.Policy.KeepJournal = 3650*day + hour })
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.Equal(w.T, before, w.Actions(w.ID(Siret(0))))
	w.Wait(2 * hour)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	assert.Empty(w.T, w.Actions(w.ID(Siret(0))))
}

// An application that deletes registrations sooner does not thereby have its deciders mailed again.
func purgeRefusal(w *World) {
	w.Reopen(func(o *guichet.Options) { o.Policy.KeepRegistration = day })

	daniel := w.Manager("daniel", Siret(0))
	w.Register("alice", Siret(0))
	w.Deliver()
	w.Refuse(daniel.ID, "alice", "")
	w.Deliver()
	w.Wait(20 * day)
	require.NoError(w.T, w.Portal.Purge(w.Ctx, 0))
	w.Register("alice", Siret(0))
	assert.True(w.T, w.Requests(daniel.ID)[Login("alice")].Attachment.Repeat)
	assert.Empty(w.T, w.Deliver())
}
