package scenarios

import (
	"errors"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

func registrations() []Scenario {
	return slices.Concat([]Scenario{
		{"B4_WhoHasNotPassedTheCaptchaIsToldTheFormsFaultsAndNothingIsLookedUp", captchaFailed},
		{"B4_WhoHasPassedTheCaptchaRegisters", captchaPassed},
		{"B4_ABrokenCaptchaTakesNoRegistration", captchaBroken},
		{"B1_TheFaultsOfAllPartsOfTheFormComeAtOnce", faultsAtOnce},
		{"B6_AfterARefusalTheSameLoginIsListedAsARepeatFor30Days", refusedAndBack},
		{"B6_AnAccountThatWasRefusedIsListedAsARepeatFor30Days", refusedAccountBack},
		{"B14_AStrangerRegistersSomebodyElsesAddress", strangersAddress},
		{"D1_AStrangerNamesSomebodyElsesStructure", strangersStructure},
		{"B11_OfTwoPeopleWithOneLoginTheFirstToActivateHasIt", twoPeople},
		{"B11_NobodyBlocksAnAddressThatIsNotTheirs", addressNotBlocked},
		{"D1_AFormerClaimantComesBackLastInTheQueue", formerClaimant},
	}, immediates(), lapses(), orders())
}

func captchaFailed(w *World) {
	captcha := &answering{right: "sept"}
	store := w.Store
	w.Store = &nothing{}
	w.Reopen(func(o *guichet.Options) { o.Captcha, o.Directory = captcha, nothing{} })

	_, err := w.Portal.Register(w.Ctx, empty)
	assert.Equal(w.T, []string{
		"login account.required", "login_again account.required", "first_name account.required",
		"last_name account.required", "terms account.required", "identifier account.required", "captcha account.captcha",
	}, faults(err))

	registering := empty
	registering.Kind = identifier.Registering
	_, err = w.Portal.Register(w.Ctx, registering)
	assert.NotContains(w.T, faults(err), "identifier account.required", "a code is made where none is given")

	form := Form("alice", Siret(0))
	form.Captcha = "huit"

	_, err = w.Portal.Register(w.Ctx, form)
	assert.Equal(w.T, []string{"captcha account.captcha"}, faults(err))
	assert.Equal(w.T, []string{"", "", "huit"}, captcha.asked)

	w.Store = store
	assert.Empty(w.T, w.held(estate{structures: named(0), names: []string{"alice"}}))
}

func captchaPassed(w *World) {
	captcha := &answering{right: "sept"}
	w.Reopen(func(o *guichet.Options) { o.Captcha = captcha })

	form := Form("alice", Siret(0))
	form.Captcha, form.Structure.Town = "sept", ""

	_, err := w.Portal.Register(w.Ctx, form)
	assert.Equal(w.T, []string{"town structure.required"}, faults(err), "the captcha is no fault any more")

	form.Structure.Town = "Paris"
	receipt, err := w.Portal.Register(w.Ctx, form)
	require.NoError(w.T, err)
	assert.Equal(w.T, guichet.NextActivation, receipt.Next)
	assert.Equal(w.T, []string{"sept", "sept"}, captcha.asked, "verified once each time")
}

func captchaBroken(w *World) {
	down := errors.New("captcha down")
	w.Reopen(func(o *guichet.Options) { o.Captcha = &answering{err: down} })

	w.writesNothing(estate{structures: named(0), names: []string{"alice"}}, func() {
		_, err := w.Portal.Register(w.Ctx, Form("alice", Siret(0)))
		require.ErrorIs(w.T, err, down)
		assert.Empty(w.T, guichet.Faults(err), "it is nobody's fault who filled in the form")
	})
}

func faultsAtOnce(w *World) {
	form := Form("alice", Siret(0))
	form.LoginAgain, form.LastName, form.AcceptsTerms = Login("bob"), " ", false
	form.Contact, form.Structure.PostalCode, form.Structure.Country = "nulle part", "", "ZZ"

	w.writesNothing(estate{structures: named(0), names: []string{"alice"}}, func() {
		_, err := w.Portal.Register(w.Ctx, form)
		assert.Equal(w.T, []string{
			"login_again account.logins_differ", "last_name account.required", "contact account.address",
			"terms account.required", "postal_code structure.required", "country structure.country",
		}, faults(err))
	})
}

func refusedAndBack(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	first := w.Register("alice", Siret(0))
	w.Deliver()
	w.Refuse(daniel.ID, "alice", "Inconnue ici")

	refused := w.One(w.Deliver(), "alice", mail.Refused)
	assert.Contains(w.T, refused.Text, "Inconnue ici")
	assert.Empty(w.T, w.registrations("alice"))

	w.Wait(30*day - hour)
	assert.Equal(w.T, first, w.Register("alice", Siret(0)), "the receipt is the same")
	assert.True(w.T, w.Requests(daniel.ID)[Login("alice")].Attachment.Repeat)
	assert.Empty(w.T, of(w.Deliver(), mail.RequestToApprove), "nobody is mailed about a repeat")

	w.Refuse(daniel.ID, "alice", "")
	w.Wait(30 * day)
	w.Deliver()
	assert.Equal(w.T, first, w.Register("alice", Siret(0)))
	assert.False(w.T, w.Requests(daniel.ID)[Login("alice")].Attachment.Repeat)
	w.One(w.Deliver(), "daniel", mail.RequestToApprove)
}

func refusedAccountBack(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice := w.enrol("alice")

	w.ask("alice", alice.ID, Siret(0))
	w.One(w.Deliver(), "daniel", mail.RequestToApprove)
	w.Refuse(daniel.ID, "alice", "")
	w.One(w.Deliver(), "alice", mail.Refused)

	w.Wait(30*day - hour)
	w.ask("alice", alice.ID, Siret(0))
	assert.True(w.T, w.Requests(daniel.ID)[Login("alice")].Attachment.Repeat)
	assert.Empty(w.T, w.Deliver())

	w.Refuse(daniel.ID, "alice", "")
	w.Deliver()
	w.Wait(30 * day)
	w.ask("alice", alice.ID, Siret(0))
	assert.False(w.T, w.Requests(daniel.ID)[Login("alice")].Attachment.Repeat)
	w.One(w.Deliver(), "daniel", mail.RequestToApprove)
}

// Whoever reads the mails of the address may end what a stranger began with it; the stranger gets nothing.
func strangersAddress(w *World) {
	w.Register("alice", Siret(0)) // by a stranger
	token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	reg := w.registration("alice")

	require.NoError(w.T, w.Portal.Decline(w.Ctx, token))
	w.standing(Siret(0), attachment.Unclaimed, "")
	assert.Empty(w.T, w.Deliver(), "whoever declined knows it")

	ended, err := w.Store.Registration(w.Ctx, reg.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Withdrawn, ended.State)
	assert.Zero(w.T, ended.Person, "what was typed is erased")
	assert.True(w.T, ended.Login.IsZero())
	assert.Contains(w.T, w.Actions(w.ID(Siret(0))), "request withdrawn claimed→withdrawn")

	w.writesNothing(estate{structures: named(0)}, func() {
		require.ErrorIs(w.T, w.Portal.Decline(w.Ctx, token), account.ErrLinkUsed)

		_, err = w.Portal.Activate(w.Ctx, token, Secrets())
		require.ErrorIs(w.T, err, account.ErrLinkUsed)
	})

	assert.Equal(w.T, guichet.NextActivation, w.Register("alice", Siret(0)).Next, "and now by Alice herself")
	w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)))
}

// A claim by somebody who never shows up costs the others an hour, and tells them nothing.
func strangersStructure(w *World) {
	w.Register("stranger", Siret(0))
	token := w.Token(w.One(w.Deliver(), "stranger", mail.ActivationLink))
	assert.Equal(w.T, guichet.NextApproval, w.Register("alice", Siret(0)).Next)
	assert.Empty(w.T, w.Deliver())

	_, err := w.Portal.FindStructure(w.Ctx, Siret(0))
	require.ErrorIs(w.T, err, guichet.ErrUnknownStructure)

	w.Wait(hour)
	assert.Equal(w.T, guichet.Advanced{Lapsed: 1, Succeeded: 1}, w.Advance())

	sent := w.Deliver()
	w.One(sent, "stranger", mail.ClaimLapsed)

	alice := w.Activate(w.Token(w.One(sent, "alice", mail.ActivationLink)))
	w.standing(Siret(0), attachment.Managed, alice.ID)

	found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
	require.NoError(w.T, err)
	assert.Equal(w.T, "Société de alice", found.Data.LegalName, "what the stranger typed is gone")

	_, err = w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkExpired)
}

func twoPeople(w *World) {
	w.Register("alice", Siret(0))
	first := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))

	other := Form("alice", Siret(1))
	other.FirstName, other.LastName = "Zoé", "Autre"
	_, err := w.Portal.Register(w.Ctx, other)
	require.NoError(w.T, err)

	second := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	require.Len(w.T, w.registrations("alice"), 2)

	alice := w.Activate(first)
	told := w.One(w.Deliver(), "alice", mail.AddressUsed)
	assert.Contains(w.T, told.Text, Siret(1).Display(), "which structure it is about")
	assert.NotContains(w.T, told.Text, "Zoé")

	w.writesNothing(estate{structures: named(0, 1), people: []account.ID{alice.ID}}, func() {
		_, err = w.Portal.Activate(w.Ctx, second, Secrets())
		require.ErrorIs(w.T, err, guichet.ErrLoginBound)
	})

	_, err = w.Portal.Adopt(w.Ctx, second, alice.ID)
	require.NoError(w.T, err, "the link that was out does as well")
	w.standing(Siret(1), attachment.Managed, alice.ID)

	acc, err := w.Portal.Account(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, "Prénom alice", acc.Person.FirstName, "typed data never change the account")

	_, err = w.Portal.Adopt(w.Ctx, w.Token(told), alice.ID)
	require.ErrorIs(w.T, err, account.ErrLinkExpired, "there is nothing left to take over")
}

func addressNotBlocked(w *World) {
	for i := range 3 {
		w.Register("alice", Siret(i)) // by a stranger
	}

	w.Deliver()
	w.Register("alice", Siret(3)) // by Alice

	alice := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)))
	assert.Equal(w.T, account.Active, alice.State)
	assert.Len(w.T, w.registrations("alice"), 3, "the others stay, unwritten")
	assert.Len(w.T, of(w.Deliver(), mail.AddressUsed), 3)
}

func formerClaimant(w *World) {
	w.Register("claude", Siret(0))
	w.Deliver()
	w.Register("alice", Siret(0))
	w.Register("bob", Siret(0))
	w.Wait(hour)
	w.Advance()
	w.Deliver()

	assert.Equal(w.T, guichet.NextApproval, w.Register("claude", Siret(0)).Next)
	w.standing(Siret(0), attachment.InClaim, w.registration("alice").ID)

	w.Wait(hour)
	w.Advance()
	w.standing(Siret(0), attachment.InClaim, w.registration("bob").ID)
	w.Deliver()

	w.Wait(hour)
	w.Advance()
	w.standing(Siret(0), attachment.InClaim, w.registration("claude").ID)
	assert.Equal(w.T, []account.ID(nil), w.Roster(Siret(0)).Roster.Queue)
}

// dueRows returns the rows whose time is over.
func dueRows(w *World) []storage.DueRow { return list(w, storage.DueRows{At: w.Clock, Window: all}) }
