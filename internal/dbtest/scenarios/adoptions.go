package scenarios

import (
	"context"
	"errors"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
)

// Registrations with the login of an account that exists (rule B14).
func adoptions() []Scenario {
	return append([]Scenario{
		{"B14_TheOwnerAdoptsAClaim", adoptClaim},
		{"B14_TheOwnerAdoptsAWaitingRequest", adoptRequest},
		{"B14_TheOwnerAdoptsAnApprovedRequest", adoptApproved},
		{"B14_AnAccountThatIsAttachedThereKeepsWhatItHas", adoptAttached},
		{"B14_AnAccountThatAsksThereKeepsItsPlace", adoptAsking},
		{"B14_AClaimIsSucceededIfItsOwnerAsksThereAlready", adoptClaimAsking},
		{"B14_OnlyTheOwnerOfTheLoginAdopts", adoptForwarded},
		{"B14_ADeactivatedOwnerComesBackFirst", adoptDeactivated},
		{"B14_AnExpiredLinkIsRenewed", adoptExpired},
		{"B14_ALinkAdoptsOnce", adoptTwice},
		{"B14_OfManyWhoAdoptAtOnceOneDoes", adoptAtOnce},
		{"B14_AnAdoptedRequestKeepsItsPlaceInTheQueue", adoptQueue},
		{"B14_TheDecidersAreToldOnceWheneverTheRequestIsAdopted", adoptToldOnce},
		{"B14_ADeciderWhomNoMailReachedYetIsToldOfTheAdoptedRequest", adoptToldLate},
		{"B14_ARefusedRegistrationIsNotAdopted", adoptRefused},
		{"B14_ARegistrationGoesOnByItselfOnceTheAccountIsClosed", adoptClosed},
	}, declines()...)
}

// owned registers Alice, who has an account, and returns the account and the token that its owner is mailed.
func (w *World) owned() (account.Account, account.Token) {
	w.T.Helper()

	owner := w.enrol("alice")
	w.Register("alice", Siret(0))

	return owner, w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed))
}

// adopt adopts a registration.
func (w *World) adopt(token account.Token, id account.ID) {
	w.T.Helper()

	_, err := w.Portal.Adopt(w.Ctx, token, id)
	require.NoError(w.T, err)
}

// over asserts that a registration has ended as it does when it was adopted or declined, without a trace of its author.
func (w *World) over(id account.ID) {
	w.T.Helper()

	reg, err := w.Store.Registration(w.Ctx, id)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Withdrawn, reg.State)
	assert.Zero(w.T, reg.Person)
	assert.True(w.T, reg.Login.IsZero())
	assert.False(w.T, reg.Terms.Given())
	assert.Equal(w.T, w.Clock, reg.EndedAt)
}

func adoptClaim(w *World) {
	alice := w.enrol("alice")
	form := Form("alice", Siret(0))
	form.FirstName, form.Phone, form.AcceptsSurvey = "Zoé", "0102030405", true

	receipt, err := w.Portal.Register(w.Ctx, form)
	require.NoError(w.T, err)
	assert.Equal(w.T, guichet.NextActivation, receipt.Next, "like anybody else's")

	reg := w.registration("alice")
	sent := w.Deliver()
	assert.Len(w.T, sent, 1)

	told := w.One(sent, "alice", mail.AddressUsed)
	assert.NotContains(w.T, told.Text, "Zoé")

	invitation, err := w.Portal.Inspect(w.Ctx, w.Token(told))
	require.NoError(w.T, err)
	assert.Equal(w.T, account.PurposeAdoption, invitation.Purpose)
	assert.True(w.T, invitation.Manager)

	w.adopt(w.Token(told), alice.ID)
	w.standing(Siret(0), attachment.Managed, alice.ID)
	w.over(reg.ID)
	assert.Empty(w.T, w.Deliver(), "she knows")

	after, err := w.Portal.Account(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, alice.Person, after.Person)
	assert.False(w.T, after.Survey.Given(), "typed data never change the account")
	assert.Equal(w.T, alice.Epoch, after.Epoch)
	assert.Equal(w.T, []string{
		"claim began →claimed", "claim mailed claimed→claimed",
	}, without(w.Actions(w.ID(Siret(0))), "request withdrawn claimed→withdrawn", "user attached →attached", "manager named claimed→managed"))

	found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
	require.NoError(w.T, err)
	assert.Equal(w.T, "Société de alice", found.Data.LegalName)
}

// without returns the lines that are not among some, each of which has to be there.
func without(lines []string, some ...string) []string {
	var out []string

	for _, line := range lines {
		known := false
		for i, s := range some {
			if s == line {
				some, known = append(append([]string(nil), some[:i]...), some[i+1:]...), true

				break
			}
		}

		if !known {
			out = append(out, line)
		}
	}

	return append(out, some...)
}

func adoptRequest(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice, token := w.owned()
	before := w.Requests(daniel.ID)[Login("alice")]
	w.Wait(day)
	w.adopt(token, alice.ID)
	w.over(before.Attachment.Account)

	after := w.Requests(daniel.ID)[Login("alice")]
	assert.Equal(w.T, alice.ID, after.Attachment.Account)
	assert.Equal(w.T, before.Attachment.Order, after.Attachment.Order)
	assert.Equal(w.T, before.Attachment.RequestedAt, after.Attachment.RequestedAt)
	assert.True(w.T, after.Attachment.Due.IsZero())
	assert.Empty(w.T, w.Deliver(), "nobody has to be told")

	w.Approve(daniel.ID, "alice")
	w.One(w.Deliver(), "alice", mail.AttachmentGranted)
	assert.Equal(w.T, attachment.Attached, w.row(Siret(0), alice.ID).State)
}

func adoptApproved(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice, token := w.owned()
	reg := w.registration("alice")

	w.Wait(hour)
	w.Approve(daniel.ID, "alice")
	newer := w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed))

	_, err := w.Portal.Adopt(w.Ctx, token, alice.ID)
	require.ErrorIs(w.T, err, account.ErrLinkReplaced)
	w.adopt(newer, alice.ID)
	w.over(reg.ID)

	row := w.row(Siret(0), alice.ID)
	assert.Equal(w.T, attachment.Attached, row.State)
	require.NotEmpty(w.T, row.Grants)
	assert.Equal(w.T, account.By(daniel.ID), row.Grants[0].By, "whoever approved gave them")
	assert.Equal(w.T, 2, w.Roster(Siret(0)).Roster.Attached)
	assert.Empty(w.T, w.Requests(daniel.ID))
}

func adoptAttached(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice := w.enrol("alice")
	w.ask("alice", alice.ID, Siret(0))
	w.Approve(daniel.ID, "alice")
	w.Deliver()

	before := w.row(Siret(0), alice.ID)
	w.Register("alice", Siret(0))

	reg := w.registration("alice")
	sent := w.Deliver()
	w.One(sent, "daniel", mail.RequestToApprove)
	w.adopt(w.Token(w.One(sent, "alice", mail.AddressUsed)), alice.ID)
	w.over(reg.ID)
	assert.Equal(w.T, before, w.row(Siret(0), alice.ID))
	assert.Equal(w.T, 2, w.Roster(Siret(0)).Roster.Attached)
	assert.Empty(w.T, w.Requests(daniel.ID))
}

func adoptAsking(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice := w.enrol("alice")
	w.ask("alice", alice.ID, Siret(0))

	before := w.row(Siret(0), alice.ID)
	w.Register("alice", Siret(0))
	w.adopt(w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed)), alice.ID)
	assert.Equal(w.T, before, w.row(Siret(0), alice.ID))
	assert.Len(w.T, w.Requests(daniel.ID), 1)
	assert.Empty(w.T, w.registrations("alice"))
}

// The account asked while the registration, which is its own, had the claim: the oldest request succeeds.
func adoptClaimAsking(w *World) {
	alice, token := w.owned()
	w.Register("bob", Siret(0))
	w.ask("alice", alice.ID, Siret(0))
	w.Deliver()

	w.adopt(token, alice.ID)
	w.standing(Siret(0), attachment.InClaim, w.registration("bob").ID)

	bob := w.Activate(w.Token(w.One(w.Deliver(), "bob", mail.ActivationLink)))
	assert.Equal(w.T, alice.ID, w.Requests(bob.ID)[Login("alice")].Attachment.Account)
}

func adoptForwarded(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice, token := w.owned()
	mallory := w.enrol("mallory")

	w.writesNothing(estate{structures: named(0), people: []account.ID{alice.ID, mallory.ID}}, func() {
		for _, other := range []account.ID{mallory.ID, daniel.ID} {
			_, err := w.Portal.Adopt(w.Ctx, token, other)
			require.ErrorIs(w.T, err, attachment.ErrNotRegistrant)
		}

		for _, nobody := range []account.ID{"nobody", "", w.registration("alice").ID} {
			_, err := w.Portal.Adopt(w.Ctx, token, nobody)
			require.ErrorIs(w.T, err, attachment.ErrAccountInactive)
		}

		_, err := w.Portal.Activate(w.Ctx, token, Secrets())
		require.ErrorIs(w.T, err, account.ErrLinkUnknown, "it is no link to activate")
	})
	w.adopt(token, alice.ID)
}

func adoptDeactivated(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice := w.enrol("alice")
	w.deactivate(alice.ID)
	w.Deliver()
	assert.Equal(w.T, guichet.NextApproval, w.Register("alice", Siret(0)).Next)

	token := w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed))

	w.writesNothing(estate{structures: named(0), people: []account.ID{alice.ID}}, func() {
		_, err := w.Portal.Adopt(w.Ctx, token, alice.ID)
		require.ErrorIs(w.T, err, attachment.ErrAccountInactive)
	})

	w.comeBack("alice")
	w.adopt(token, alice.ID)
	assert.Equal(w.T, alice.ID, w.Requests(daniel.ID)[Login("alice")].Attachment.Account)
}

func adoptExpired(w *World) {
	w.Manager("daniel", Siret(0))
	alice, token := w.owned()
	w.Wait(7 * day)

	w.writesNothing(estate{structures: named(0), people: []account.ID{alice.ID}}, func() {
		_, err := w.Portal.Adopt(w.Ctx, token, alice.ID)
		require.ErrorIs(w.T, err, account.ErrLinkExpired)
		require.ErrorIs(w.T, w.Portal.Decline(w.Ctx, token), account.ErrLinkExpired)
	})

	require.NoError(w.T, w.Portal.Resend(w.Ctx, Login("alice")))
	w.adopt(w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed)), alice.ID)
}

func adoptTwice(w *World) {
	alice, token := w.owned()
	w.adopt(token, alice.ID)

	w.writesNothing(estate{structures: named(0), people: []account.ID{alice.ID}}, func() {
		_, err := w.Portal.Adopt(w.Ctx, token, alice.ID)
		require.ErrorIs(w.T, err, account.ErrLinkUsed)
		require.ErrorIs(w.T, w.Portal.Decline(w.Ctx, token), account.ErrLinkUsed)

		_, err = w.Portal.Inspect(w.Ctx, token)
		require.ErrorIs(w.T, err, account.ErrLinkUsed)
	})
}

func adoptAtOnce(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice, token := w.owned()
	errs := make([]error, 8)

	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = w.Portal.Adopt(w.Ctx, token, alice.ID) })
	}

	all.Wait()

	won := 0

	for _, err := range errs {
		if err == nil {
			won++
		} else {
			require.ErrorIs(w.T, err, account.ErrLinkUsed)
		}
	}

	assert.Equal(w.T, 1, won)
	assert.Len(w.T, w.Requests(daniel.ID), 1)
}

func adoptQueue(w *World) {
	w.Register("claude", Siret(0))
	w.Deliver()

	alice := w.enrol("alice")
	w.Register("alice", Siret(0))

	token := w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed))
	w.Register("bob", Siret(0))
	w.adopt(token, alice.ID)
	assert.Equal(w.T, []account.ID{alice.ID, w.registration("bob").ID}, w.Roster(Siret(0)).Roster.Queue)

	w.Wait(hour)
	w.Advance()
	w.standing(Siret(0), attachment.Managed, alice.ID)

	found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
	require.NoError(w.T, err)
	assert.Equal(w.T, "Société de alice", found.Data.LegalName, "with what the registration said of it")
}

func adoptToldOnce(w *World) {
	w.Manager("daniel", Siret(0))

	alice := w.enrol("alice")
	w.Register("alice", Siret(0))

	// The owner's mail is the only one to go out before the request is adopted.
	ctx, stop := context.WithCancel(w.Ctx)
	_, err := w.Portal.Deliver(ctx, sending(func(m mail.Message) error {
		if m.Kind == mail.AddressUsed {
			w.Sent = []mail.Message{m}

			stop()
		}

		if m.Kind == mail.RequestToApprove {
			return errors.New("not now")
		}

		return nil
	}))
	require.ErrorIs(w.T, err, context.Canceled)
	w.adopt(w.Token(w.Sent[0]), alice.ID)

	w.Wait(hour)
	assert.Len(w.T, of(w.Deliver(), mail.RequestToApprove), 1)
	w.Wait(hour)
	assert.Empty(w.T, of(w.Deliver(), mail.RequestToApprove))
}

// sending is a mailer.
type sending func(m mail.Message) error

// Send implements [mail.Mailer].
func (s sending) Send(_ context.Context, m mail.Message) error { return s(m) }

func adoptToldLate(w *World) {
	w.Manager("daniel", Siret(0))

	alice := w.enrol("alice")
	form := Form("alice", Siret(0))
	form.FirstName = "Zoé"
	_, err := w.Portal.Register(w.Ctx, form)
	require.NoError(w.T, err)

	var used mail.Message

	_, err = w.Portal.Deliver(w.Ctx, sending(func(m mail.Message) error {
		if m.Kind == mail.RequestToApprove {
			return errors.New("not now")
		}

		used = m

		return nil
	}))
	require.NoError(w.T, err)
	w.adopt(w.Token(used), alice.ID)

	w.Wait(hour)

	told := w.One(w.Deliver(), "daniel", mail.RequestToApprove)
	assert.Contains(w.T, told.Text, Login("alice"))
	assert.NotContains(w.T, told.Text, "Zoé", "what was typed is gone: the account asks now")
}

func adoptRefused(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice, token := w.owned()
	w.Refuse(daniel.ID, "alice", "")
	assert.Empty(w.T, w.Deliver(), "what became of it is not about the owner")

	w.writesNothing(estate{structures: named(0), people: []account.ID{alice.ID}}, func() {
		_, err := w.Portal.Adopt(w.Ctx, token, alice.ID)
		require.ErrorIs(w.T, err, account.ErrLinkExpired)
	})
}

// Its links went to the owner as long as there was one, and go out by themselves again.
func adoptClosed(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	alice, _ := w.owned()
	w.Wait(hour)
	w.Approve(daniel.ID, "alice")
	adopt := w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed))
	w.close(alice.ID, false)
	w.Wait(hour)

	_, err := w.Portal.Activate(w.Ctx, adopt, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkUnknown)
	require.NoError(w.T, w.Portal.Resend(w.Ctx, Login("alice")))

	second := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.Approved)))
	assert.NotEqual(w.T, alice.ID, second.ID)
	assert.Equal(w.T, attachment.Attached, w.row(Siret(0), second.ID).State)
}
