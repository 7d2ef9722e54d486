package scenarios

import (
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
)

// Declining, and what an observer can learn of whether a login has an account: nothing (rule B14).
func declines() []Scenario {
	return []Scenario{
		{"B14_TheOwnerDeclinesAClaimAndTheNextSucceeds", declineByOwner},
		{"B14_TheRegistrantDeclinesAClaimAndTheNextSucceeds", declineByRegistrant},
		{"B14_ADeclinedRequestIsNotListedAnyMore", declineRequest},
		{"B14_ADeclinedApprovalLeavesNothing", declineApproved},
		{"B14_WhetherALoginHasAnAccountShowsInNoReceiptLookUpListOrRow", equalFirst},
		{"B14_WhetherALoginHasAnAccountShowsToNoDecider", equalWaiting},
		{"B14_RegisteringAgainIsAnsweredAlikeWhetherThereIsAnAccount", equalAgain},
		{"B14_RegisteringAgainShowsWhatIsDueWhetherOrNotAnybodyAppliedIt", equalDue},
		{"B14_ResendingIsAnsweredAlikeWhetherThereIsAnAccount", equalResend},
	}
}

func declineByOwner(w *World) {
	alice, token := w.owned()
	reg := w.registration("alice")
	w.Register("bob", Siret(0))

	require.NoError(w.T, w.Portal.Decline(w.Ctx, token))
	w.over(reg.ID)
	w.standing(Siret(0), attachment.InClaim, w.registration("bob").ID)
	w.One(w.Deliver(), "bob", mail.ActivationLink)

	acc, err := w.Portal.Account(w.Ctx, alice.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, alice, acc, "nothing changes for the account")
}

func declineByRegistrant(w *World) {
	w.Register("alice", Siret(0))
	token := w.Token(w.One(w.Deliver(), "alice", mail.ActivationLink))
	reg := w.registration("alice")
	bob := w.enrol("bob")
	w.ask("bob", bob.ID, Siret(0))

	require.NoError(w.T, w.Portal.Decline(w.Ctx, token))
	w.over(reg.ID)
	w.standing(Siret(0), attachment.Managed, bob.ID)
	w.One(w.Deliver(), "bob", mail.Appointed)
}

func declineRequest(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	_, token := w.owned()
	reg := w.registration("alice")

	require.NoError(w.T, w.Portal.Decline(w.Ctx, token))
	w.over(reg.ID)
	assert.Empty(w.T, w.Requests(daniel.ID))

	sent := w.Deliver()
	assert.Len(w.T, sent, 1)
	w.One(sent, "daniel", mail.RequestWithdrawn)
}

func declineApproved(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	w.Register("alice", Siret(0))
	w.Approve(daniel.ID, "alice")
	token := w.Token(w.One(w.Deliver(), "alice", mail.Approved))
	reg := w.registration("alice")

	require.NoError(w.T, w.Portal.Decline(w.Ctx, token))
	w.over(reg.ID)
	assert.Equal(w.T, attachment.Withdrawn, w.row(Siret(0), reg.ID).State)
	assert.Equal(w.T, 1, w.Roster(Siret(0)).Roster.Attached)

	_, err := w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkUsed)
}

// masked is a receipt with its author's name and the structure's number left out: what is left must be equal.
func masked(r guichet.Receipt, name string, id identifier.ID) string {
	hide := strings.NewReplacer(name, "*", id.Display(), "#")

	return hide.Replace(r.Text(r.Person.Language))
}

// equalFirst has one person with and one without an account name a structure each that nobody knows.
func equalFirst(w *World) {
	w.enrol("alice")

	counts, receipts, dues := make([]map[string]int, 0, 2), make([]string, 0, 2), make([]int, 0, 2)

	for i, name := range []string{"alice", "bob"} {
		e := estate{structures: named(i), names: []string{name}}
		before := len(w.held(estate{}))

		receipts = append(receipts, masked(w.Register(name, Siret(i)), name, Siret(i)))
		dues = append(dues, len(w.held(estate{}))-before)
		counts = append(counts, w.kinds(e))
		w.Deliver()

		_, err := w.Portal.FindStructure(w.Ctx, Siret(i))
		require.ErrorIs(w.T, err, guichet.ErrUnknownStructure)
		w.standing(Siret(i), attachment.InClaim, w.registration(name).ID)
	}

	assert.Equal(w.T, receipts[0], receipts[1])
	assert.Equal(w.T, dues[0], dues[1])

	for _, c := range counts { // the lists of what is due are of everybody: counted above
		for kind := range c {
			if strings.HasPrefix(kind, "due") {
				delete(c, kind)
			}
		}
	}

	assert.Equal(w.T, counts[0], counts[1], "rows of every kind, and as many")

	// The claims end alike too.
	w.Wait(hour)
	assert.Equal(w.T, guichet.Advanced{Lapsed: 2}, w.Advance())
}

// equalWaiting has one person with and one without an account ask to be attached to the same structure.
func equalWaiting(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	w.enrol("alice")
	w.Deliver()

	receipts, told, listed := make([]string, 0, 2), make([]string, 0, 2), make([]string, 0, 2)
	written := make([]int, 0, 2)

	for _, name := range []string{"alice", "bob"} {
		before := len(w.held(estate{structures: named(0)}))
		receipts = append(receipts, masked(w.Register(name, Siret(0)), name, Siret(0)))
		written = append(written, len(w.held(estate{structures: named(0)}))-before)

		told = append(told, strings.ReplaceAll(w.One(w.Deliver(), "daniel", mail.RequestToApprove).Text, name, "*"))

		row := w.Requests(daniel.ID)[Login(name)]
		listed = append(listed, strings.ReplaceAll(row.Person.Name()+" "+row.Login.String()+" "+
			row.Attachment.State.String()+" "+row.Attachment.Due.String()+" "+row.Attachment.Comment, name, "*"))
		assert.Nil(w.T, row.Attachment.Details)
		assert.False(w.T, row.Attachment.Repeat)
	}

	assert.Equal(w.T, receipts[0], receipts[1])
	assert.Equal(w.T, written[0], written[1], "as many rows")
	assert.Equal(w.T, told[0], told[1])
	assert.Equal(w.T, listed[0], listed[1])

	// A decider's decision is answered alike.
	outcomes := make([][]string, 0, 2)

	for _, name := range []string{"alice", "bob"} {
		row := w.Requests(daniel.ID)[Login(name)]
		outcome, err := w.Portal.Do(w.Ctx, row.Structure.ID, attachment.Approve{
			By: account.By(daniel.ID), Account: row.Attachment.Account,
		})
		require.NoError(w.T, err)

		actions := make([]string, 0, len(outcome.Changes))
		for _, c := range outcome.Changes {
			actions = append(actions, c.Action())
		}

		outcomes = append(outcomes, actions)
	}

	assert.Equal(w.T, outcomes[0], outcomes[1])
	assert.Equal(w.T, 1, w.Roster(Siret(0)).Roster.Attached)
}

func equalAgain(w *World) {
	w.enrol("alice")

	for i, name := range []string{"alice", "bob"} {
		first := w.Register(name, Siret(i))
		w.Deliver()
		w.Wait(hour / 2)
		assert.Equal(w.T, first, w.Register(name, Siret(i)))
		assert.Len(w.T, w.registrations(name), 1, "no second request")
		assert.Len(w.T, To(w.Deliver(), Login(name)), 1, "any current link again")
		w.Wait(5 * (hour / 60))

		// What is written takes as long as a newcomer's, and comes to nothing.
		assert.Equal(w.T, first, w.Register(name, Siret(i)))
		assert.Len(w.T, w.registrations(name), 1)
		assert.Empty(w.T, To(w.Deliver(), Login(name)), "and not too often")
	}
}

func equalResend(w *World) {
	w.enrol("alice")
	w.Register("alice", Siret(0))
	w.Register("bob", Siret(1))
	w.Deliver()
	w.Wait(hour / 2)

	for _, name := range []string{"alice", "bob", "nobody"} {
		require.NoError(w.T, w.Portal.Resend(w.Ctx, Login(name)))
	}

	sent := w.Deliver()
	assert.Len(w.T, sent, 2)
	w.One(sent, "alice", mail.AddressUsed)
	w.One(sent, "bob", mail.ActivationLink)
}

// equalDue is about a claim that is over: the receipt of who waits there is the same before and after somebody applies that.
func equalDue(w *World) {
	w.Register("alice", Siret(0))
	w.Deliver()
	bob := w.enrol("bob")
	w.ask("bob", bob.ID, Siret(0))
	w.Register("carole", Siret(0))
	w.Wait(2 * time.Hour)

	before := w.Register("carole", Siret(0))
	w.standing(Siret(0), attachment.InClaim, w.registration("alice").ID)
	w.Advance()
	w.standing(Siret(0), attachment.Managed, bob.ID)

	assert.Equal(w.T, w.Register("carole", Siret(0)), before)
	assert.Equal(w.T, w.Stored(Siret(0)).Data.LegalName, before.Structure.Data.LegalName)
}
