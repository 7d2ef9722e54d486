package scenarios

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
)

// The policy account.Immediate: the link goes out at once and only the attachment waits (rule B6).
func immediates() []Scenario {
	return []Scenario{
		{"B6_ImmediateAnUnknownStructureIsClaimed", immediateUnknown},
		{"B6_ImmediateAKnownStructuresAttachmentWaits", immediateKnown},
		{"B6_ImmediateWhoeverWaitsBehindAClaimHasAnAccountAndSucceeds", immediateClaimed},
		{"B6_ImmediateNoStructureIsNeeded", immediateAlone},
		{"B6_ImmediateRefusedBeforeTheActivation", immediateRefusedBefore},
		{"B6_ImmediateRefusedAfterTheActivation", immediateRefusedAfter},
		{"B6_ImmediateApprovedBeforeTheActivation", immediateApprovedBefore},
		{"B6_ImmediateAClaimLapsesAndTheAccountIsActivatedAllTheSame", immediateClaimLapses},
		{"B11_ImmediateARegistrationLapsesAfter30Days", immediateLapses},
		{"B11_ImmediateARegistrationWithoutStructureLapsesAfter30Days", immediateAloneLapses},
		{"B6_ImmediateAChangedPolicyDoesNotChangeARegistration", immediateKept},
		{"B6_ImmediateTheOwnerOfTheLoginAdoptsTheRequestAndNoSecondAccount", immediateAdopted},
		{"B6_ImmediateWhoNamesNoStructureIsDeclined", immediateDeclined},
	}
}

func immediateUnknown(w *World) {
	w.Reopen(immediate)
	assert.Equal(w.T, guichet.NextActivation, w.Register("alice", Siret(0)).Next)
	w.standing(Siret(0), attachment.InClaim, w.registration("alice").ID)

	alice := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)))
	w.standing(Siret(0), attachment.Managed, alice.ID)
	assert.Empty(w.T, w.registrations("alice"))
}

func immediateKnown(w *World) {
	w.Reopen(immediate)
	daniel := w.Manager("daniel", Siret(0))

	form := Form("alice", Siret(0))
	form.Structure = Typed("")
	receipt, err := w.Portal.Register(w.Ctx, form)
	require.NoError(w.T, err)
	assert.Equal(w.T, guichet.NextAttachment, receipt.Next)
	assert.Equal(w.T, "Société de daniel", receipt.Structure.Data.LegalName)

	sent := w.Deliver()
	assert.Len(w.T, sent, 2)
	w.One(sent, "daniel", mail.RequestToApprove)

	alice := w.Activate(w.Token(w.One(sent, "alice", mail.ActivationLink)))
	row := w.Requests(daniel.ID)[Login("alice")].Attachment
	assert.Equal(w.T, alice.ID, row.Account)
	assert.True(w.T, row.Due.IsZero(), "an account's request waits for as long as it takes")
	assert.Empty(w.T, w.Deliver(), "and the deciders have been told")

	w.Approve(daniel.ID, "alice")
	w.One(w.Deliver(), "alice", mail.AttachmentGranted)
	assert.Equal(w.T, attachment.Attached, w.row(Siret(0), alice.ID).State)
}

func immediateClaimed(w *World) {
	w.Reopen(immediate)
	w.Register("claude", Siret(0))
	w.Deliver()
	assert.Equal(w.T, guichet.NextAttachment, w.Register("alice", Siret(0)).Next)

	alice := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)))
	assert.Equal(w.T, attachment.Requested, w.row(Siret(0), alice.ID).State)

	w.Wait(hour)
	w.Advance()
	w.standing(Siret(0), attachment.Managed, alice.ID)

	found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
	require.NoError(w.T, err)
	assert.Equal(w.T, "Société de alice", found.Data.LegalName)
}

// alone is the form of Alice, who names no structure.
func alone() account.Form {
	form := Form("alice", identifier.ID{})
	form.Kind, form.Code, form.Structure = 0, "", Typed("")

	return form
}

func immediateAlone(w *World) {
	_, err := w.Portal.Register(w.Ctx, alone())
	assert.Contains(w.T, faults(err), "identifier account.required", "under the default policy it is")

	w.Reopen(immediate)

	first, err := w.Portal.Register(w.Ctx, alone())
	require.NoError(w.T, err)
	assert.Equal(w.T, guichet.NextAccount, first.Next)
	assert.Zero(w.T, first.Structure)

	again, err := w.Portal.Register(w.Ctx, alone())
	require.NoError(w.T, err)
	assert.Equal(w.T, first, again)

	reg := w.registration("alice")
	assert.Empty(w.T, reg.Structure)

	token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	invitation, err := w.Portal.Inspect(w.Ctx, token)
	require.NoError(w.T, err)
	assert.False(w.T, invitation.Manager)
	assert.Zero(w.T, invitation.Structure)

	alice := w.Activate(token)
	assert.Equal(w.T, reg.ID, alice.ID)

	_, err = w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkUsed)

	rights, err := w.Portal.Habilitations(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Empty(w.T, rights)
	w.create("alice", alice.ID, Siret(0)) // and goes on signed in

	third, err := w.Portal.Register(w.Ctx, alone())
	require.NoError(w.T, err)
	assert.Equal(w.T, first, third, "whether there is an account shows nowhere")
}

func immediateRefusedBefore(w *World) {
	w.Reopen(immediate)
	daniel := w.Manager("daniel", Siret(0))
	w.Register("alice", Siret(0))
	token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))

	w.Refuse(daniel.ID, "alice", "Inconnue ici")
	w.One(w.Deliver(), "alice", mail.Refused)
	assert.Equal(w.T, account.AwaitingActivation, w.registration("alice").State, "a refusal leaves the account alone")

	alice := w.Activate(token)
	assert.Equal(w.T, account.Active, alice.State)
	assert.Equal(w.T, attachment.Refused, w.row(Siret(0), alice.ID).State)
	assert.Empty(w.T, w.Requests(daniel.ID))
}

func immediateRefusedAfter(w *World) {
	w.Reopen(immediate)
	daniel := w.Manager("daniel", Siret(0))
	w.Register("alice", Siret(0))

	alice := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)))
	w.Refuse(daniel.ID, "alice", "Inconnue ici")
	w.One(w.Deliver(), "alice", mail.Refused)

	acc, err := w.Portal.Account(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Active, acc.State)

	w.ask("alice", alice.ID, Siret(0))
	assert.True(w.T, w.Requests(daniel.ID)[Login("alice")].Attachment.Repeat)
	assert.Empty(w.T, w.Deliver())
}

func immediateApprovedBefore(w *World) {
	w.Reopen(immediate)
	daniel := w.Manager("daniel", Siret(0))
	w.Register("alice", Siret(0))
	w.Deliver()
	w.Wait(20 * day)
	w.Approve(daniel.ID, "alice")

	token := w.Token(w.One(w.Deliver(), "alice", mail.Approved))
	w.Wait(7*day - hour)

	alice := w.Activate(token)
	assert.Equal(w.T, attachment.Attached, w.row(Siret(0), alice.ID).State)
	assert.NotEmpty(w.T, w.row(Siret(0), alice.ID).Grants)
}

func immediateClaimLapses(w *World) {
	w.Reopen(immediate)
	w.Register("alice", Siret(0))

	late := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	w.Wait(hour)
	assert.Equal(w.T, guichet.Advanced{Lapsed: 1}, w.Advance())
	w.One(w.Deliver(), "alice", mail.ClaimLapsed)
	w.standing(Siret(0), attachment.Unclaimed, "")

	_, err := w.Portal.Activate(w.Ctx, late, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkExpired)
	require.NoError(w.T, w.Portal.Resend(w.Ctx, Login("alice")))

	alice := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)))
	assert.Equal(w.T, account.Active, alice.State)
	w.standing(Siret(0), attachment.Unclaimed, "")
	w.create("alice", alice.ID, Siret(0)) // which nobody else has named
}

func immediateLapses(w *World) {
	w.Reopen(immediate)
	daniel := w.Manager("daniel", Siret(0))
	w.Register("alice", Siret(0))
	token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	reg := w.registration("alice")

	w.Wait(30*day - hour)
	assert.Zero(w.T, w.Advance())
	w.Wait(hour)
	assert.Equal(w.T, guichet.Advanced{Lapsed: 1}, w.Advance())
	assert.Zero(w.T, w.Advance())

	ended, err := w.Store.Registration(w.Ctx, reg.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Lapsed, ended.State)
	assert.Equal(w.T, attachment.Lapsed, w.row(Siret(0), reg.ID).State)
	assert.Empty(w.T, w.Requests(daniel.ID))
	w.One(w.Deliver(), "alice", mail.RequestLapsed)

	_, err = w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkExpired)
}

func immediateAloneLapses(w *World) {
	w.Reopen(immediate)
	_, err := w.Portal.Register(w.Ctx, alone())
	require.NoError(w.T, err)

	token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	reg := w.registration("alice")

	w.Wait(30 * day)
	_, err = w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkExpired)
	assert.Equal(w.T, guichet.Advanced{Lapsed: 1}, w.Advance())

	ended, err := w.Store.Registration(w.Ctx, reg.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Lapsed, ended.State)
	assert.Equal(w.T, w.Clock, ended.EndedAt)
	assert.Zero(w.T, w.Advance())
}

func immediateKept(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	w.Reopen(immediate)
	w.Register("alice", Siret(0))
	w.Reopen(nil)

	alice := w.Activate(w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink)))
	assert.Equal(w.T, alice.ID, w.Requests(daniel.ID)[Login("alice")].Attachment.Account)
}

func immediateAdopted(w *World) {
	w.Reopen(immediate)
	daniel := w.Manager("daniel", Siret(0))
	alice := w.enrol("alice")
	assert.Equal(w.T, guichet.NextAttachment, w.Register("alice", Siret(0)).Next)

	sent := w.Deliver()
	token := w.Token(w.One(sent, "alice", mail.AddressUsed))
	assert.Empty(w.T, of(sent, mail.ActivationLink))

	_, err := w.Portal.Adopt(w.Ctx, token, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, alice.ID, w.Requests(daniel.ID)[Login("alice")].Attachment.Account)
	assert.Empty(w.T, w.registrations("alice"))

	w.Wait(40 * day)
	assert.Zero(w.T, w.Advance(), "the account's request waits for as long as it takes")
}

func immediateDeclined(w *World) {
	w.Reopen(immediate)
	_, err := w.Portal.Register(w.Ctx, alone())
	require.NoError(w.T, err)

	reg := w.registration("alice")
	token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	require.NoError(w.T, w.Portal.Decline(w.Ctx, token))
	assert.Empty(w.T, w.registrations("alice"))

	_, err = w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkUsed)

	ended, err := w.Store.Registration(w.Ctx, reg.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Withdrawn, ended.State)
}
