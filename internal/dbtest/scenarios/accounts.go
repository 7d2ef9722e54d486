package scenarios

import (
	"strings"
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
)

func accounts() []Scenario {
	return append([]Scenario{
		{"B2_AContactAddressGetsNoticesOnceItIsConfirmed", contactConfirmed},
		{"B2_AContactAddressThatChangesBeforeItIsConfirmed", contactChanged},
		{"B2_AContactAddressThatIsTheLoginNeedsNoConfirmation", contactIsLogin},
		{"B2_AContactLinkIsSentAgainButNotTooOften", contactAgain},
		{"B2_TheContactAddressOfADeactivatedAccountIsNotConfirmed", contactDeactivated},
		{"B1_TheFaultsOfAPersonComeAtOnceAndChangeNothing", personFaults},
		{"B3_ConsentsAreGivenAndTakenBack", consents},
		{"B3_AConsentToANewTextIsAnotherOne", consentNewText},
	}, accountStates()...)
}

func (w *World) changePerson(acc account.Account, change func(*account.PersonForm)) account.Account {
	w.T.Helper()

	form := acc.Person.Form()
	change(&form)

	after, err := w.Portal.ChangePerson(w.Ctx, acc.ID, form)
	require.NoError(w.T, err)

	return after
}

// contact is an address beside the login.
func contact(name string) string { return Login("contact." + name) }

// journaled returns what the journal says on somebody, the oldest first.
func (w *World) journaled(id account.ID) []string {
	w.T.Helper()

	var out []string
	for _, e := range list(w, storage.JournalOf{Account: id, Window: all}) {
		out = append([]string{e.Action + " " + e.Before + "→" + e.After}, out...)
	}

	return out
}

func contactConfirmed(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	form := Form("alice", Siret(0))
	form.Contact = contact("alice")
	_, err := w.Portal.Register(w.Ctx, form)
	require.NoError(w.T, err)
	w.Approve(daniel.ID, "alice")

	alice := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.Approved)))
	sent := w.Deliver()
	require.Len(w.T, sent, 1)
	assert.Equal(w.T, mail.ContactToConfirm, sent[0].Kind)
	assert.Equal(w.T, contact("alice"), sent[0].To)
	assert.NotContains(w.T, sent[0].Text, Login("alice"), "it may be anybody's address")

	token := w.Token(sent[0])
	invitation, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Equal(w.T, contact("alice"), invitation.Contact)
	assert.Zero(w.T, invitation.Person)

	w.create("alice", alice.ID, Siret(1))
	w.Register("bob", Siret(1))
	w.One(w.Deliver(), "alice", mail.RequestToApprove) // a notice, and nothing is confirmed yet

	confirmed, err := w.Portal.ConfirmContact(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Equal(w.T, w.Clock, confirmed.ContactAt)
	assert.Equal(w.T, alice.Epoch, confirmed.Epoch)
	assert.Contains(w.T, w.journaled(alice.ID), "contact confirmed →")

	w.Register("carol", Siret(1))
	assert.Equal(w.T, []mail.Kind{mail.RequestToApprove}, Kinds(To(w.Deliver(), contact("alice"))))

	_, err = w.Portal.Block(w.Ctx, account.Support("s"), alice.ID, "Vérification")
	require.NoError(w.T, err)
	assert.Contains(w.T, w.One(w.Deliver(), "alice", mail.AccountBlocked).Text, "Vérification") // a security mail

	_, err = w.Portal.ConfirmContact(w.Ctx, token)
	require.ErrorIs(w.T, err, account.ErrLinkUsed)
}

func contactChanged(w *World) {
	alice := w.enrol("alice")
	w.changePerson(alice, func(f *account.PersonForm) { f.Contact = contact("old") })
	old := w.Token(To(w.Deliver(), contact("old"))[0])

	after := w.changePerson(alice, func(f *account.PersonForm) { f.Contact = contact("new") })
	assert.Equal(w.T, Login("alice"), after.NoticeAddress())

	w.writesNothing(estate{people: []account.ID{alice.ID}}, func() {
		_, err := w.Portal.ConfirmContact(w.Ctx, old)
		require.ErrorIs(w.T, err, account.ErrLinkExpired, "it is for another address")

		_, err = w.Portal.Inspect(w.Ctx, old)
		require.ErrorIs(w.T, err, account.ErrLinkExpired)
	})

	assert.Empty(w.T, w.Deliver(), "another mail so soon would be a way to annoy strangers")
	w.Wait(10 * time.Minute)
	require.NoError(w.T, w.Portal.SendContact(w.Ctx, alice.ID))

	token := w.Token(To(w.Deliver(), contact("new"))[0])
	confirmed, err := w.Portal.ConfirmContact(w.Ctx, token)
	require.NoError(w.T, err)
	assert.Equal(w.T, contact("new"), confirmed.NoticeAddress())

	phoned := w.changePerson(confirmed, func(f *account.PersonForm) { f.Phone = "0102030405" })
	assert.Equal(w.T, contact("new"), phoned.NoticeAddress(), "the address is what was confirmed, not the rest")
	assert.Empty(w.T, w.Deliver())

	moved := w.changePerson(phoned, func(f *account.PersonForm) { f.Contact = contact("third") })
	assert.Equal(w.T, Login("alice"), moved.NoticeAddress(), "and is to be confirmed again")
}

// A mail that waits when the address changes is not sent to the old one any more.
func contactIsLogin(w *World) {
	alice := w.enrol("alice")
	w.changePerson(alice, func(f *account.PersonForm) { f.Contact = contact("old") })

	after := w.changePerson(alice, func(f *account.PersonForm) {
		f.Contact = strings.ToUpper(Login("alice"))
		f.Language = language.English
	})
	assert.Empty(w.T, w.Deliver())
	assert.Equal(w.T, strings.ToUpper(Login("alice")), after.NoticeAddress(), "the same mailbox in another spelling")

	w.changePerson(after, func(f *account.PersonForm) { f.Contact = "" })
	assert.Empty(w.T, w.Deliver())
	require.NoError(w.T, w.Portal.SendContact(w.Ctx, alice.ID), "there is nothing to confirm")
	assert.Empty(w.T, w.Deliver())
	assert.Len(w.T, w.journaled(alice.ID), 4, "enrolled, and changed three times")
}

func contactAgain(w *World) {
	alice := w.enrol("alice")
	w.changePerson(alice, func(f *account.PersonForm) { f.Contact = contact("alice") })
	first := w.Token(w.Deliver()[0])

	require.NoError(w.T, w.Portal.SendContact(w.Ctx, alice.ID))
	assert.Empty(w.T, w.Deliver(), "too soon")
	w.Wait(hour)
	require.NoError(w.T, w.Portal.SendContact(w.Ctx, alice.ID))
	second := w.Token(w.Deliver()[0])

	_, err := w.Portal.ConfirmContact(w.Ctx, first)
	require.ErrorIs(w.T, err, account.ErrLinkReplaced)
	_, err = w.Portal.ConfirmContact(w.Ctx, second)
	require.NoError(w.T, err)

	w.Wait(hour)
	require.NoError(w.T, w.Portal.SendContact(w.Ctx, alice.ID))
	assert.Empty(w.T, w.Deliver(), "there is nothing to confirm any more")
	require.ErrorIs(w.T, w.Portal.SendContact(w.Ctx, "nobody"), guichet.ErrUnknownAccount)
}

func contactDeactivated(w *World) {
	alice := w.enrol("alice")
	alice = w.changePerson(alice, func(f *account.PersonForm) { f.Contact = contact("alice") })
	token := w.Token(w.Deliver()[0])
	w.deactivate(alice.ID)

	w.writesNothing(estate{people: []account.ID{alice.ID}}, func() {
		_, err := w.Portal.ConfirmContact(w.Ctx, token)
		require.ErrorIs(w.T, err, account.ErrLinkExpired)

		_, err = w.Portal.ChangePerson(w.Ctx, alice.ID, alice.Person.Form())
		require.ErrorIs(w.T, err, account.ErrDeactivated)
		require.NoError(w.T, w.Portal.SendContact(w.Ctx, alice.ID))
	})

	w.comeBack("alice")

	_, err := w.Portal.ConfirmContact(w.Ctx, token)
	require.NoError(w.T, err, "the address is still the one that it is for")
}

func personFaults(w *World) {
	alice := w.enrol("alice")

	w.writesNothing(estate{people: []account.ID{alice.ID}}, func() {
		_, err := w.Portal.ChangePerson(w.Ctx, alice.ID, account.PersonForm{
			LastName: strings.Repeat("n", 81), Phone: "01\n02", Contact: "nulle part",
		})
		assert.Equal(w.T, []string{
			"first_name account.required", "last_name account.too_long", "phone account.characters", "contact account.address",
		}, faults(err))

		_, err = w.Portal.ChangePerson(w.Ctx, "nobody", alice.Person.Form())
		require.ErrorIs(w.T, err, guichet.ErrUnknownAccount)

		_, err = w.Portal.ChangePerson(w.Ctx, alice.ID, alice.Person.Form())
		require.NoError(w.T, err, "the same again is no change")
	})
}

func consents(w *World) {
	alice := w.enrol("alice")
	assert.True(w.T, alice.Terms.Given())
	assert.False(w.T, alice.Survey.Given())
	w.Wait(day)

	after, err := w.Portal.Consent(w.Ctx, alice.ID, account.ToSurvey, true)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Consent{Version: "1", At: w.Clock}, after.Survey)
	w.Wait(day)

	again, err := w.Portal.Consent(w.Ctx, alice.ID, account.ToSurvey, true)
	require.NoError(w.T, err)
	assert.Equal(w.T, after.Survey, again.Survey, "the first date counts")

	w.deactivate(alice.ID)

	for range 2 {
		after, err = w.Portal.Consent(w.Ctx, alice.ID, account.ToSurvey, false)
		require.NoError(w.T, err, "at any time")
		assert.Zero(w.T, after.Survey)
	}

	after, err = w.Portal.Consent(w.Ctx, alice.ID, account.ToTerms, false)
	require.NoError(w.T, err)
	assert.Zero(w.T, after.Terms)
	assert.Equal(w.T, []string{
		"account enrolled →active", "survey consent given →1", "account deactivated active→deactivated",
		"survey consent withdrawn →", "terms consent withdrawn →",
	}, w.journaled(alice.ID))

	w.close(alice.ID, false)

	_, err = w.Portal.Consent(w.Ctx, alice.ID, account.ToSurvey, true)
	require.ErrorIs(w.T, err, account.ErrClosed)
}

func consentNewText(w *World) {
	alice := w.enrol("alice")
	w.Wait(day)
	w.Reopen(func(o *guichet.Options) { o.Policy.TermsVersion = "2" })

	after, err := w.Portal.Consent(w.Ctx, alice.ID, account.ToTerms, true)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Consent{Version: "2", At: w.Clock}, after.Terms)
}

// rights tells whether somebody may do anything in a structure.
func (w *World) rights(id account.ID, n int) error {
	return w.Portal.Check(w.Ctx, id, habilitation.Scope{Structure: w.ID(Siret(n))}, habilitation.Manage)
}

// attachedHere asserts that somebody is attached whatever their account is.
func (w *World) attachedHere(id account.ID, n int) {
	w.T.Helper()
	assert.Equal(w.T, attachment.Attached, w.row(Siret(n), id).State)
}
