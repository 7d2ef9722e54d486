package scenarios

import (
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
)

func lapses() []Scenario {
	return []Scenario{
		{"D1_AClaimEndsWithNobodyWaitingAndTheStructureIsUnknownAgain", lapseAlone},
		{"D1_AWaitingRequestComesTrueWhenADeactivatedPersonReturns", lapseDeactivatedReturns},
		{"D1_AWaitingRequestComesTrueWhenABlockedPersonIsUnblocked", lapseBlockedReturns},
		{"B11_AnApprovalThatIsNotUsedLapsesAfter30DaysAndMayBeAskedAgain", approvalLapses},
	}
}

// orders returns a story for every order in which three may wait.
func orders() []Scenario {
	const each = 6

	out := make([]Scenario, 0, each)

	for _, order := range []string{"rad", "rda", "ard", "adr", "dra", "dar"} {
		out = append(out, Scenario{
			"D1_AClaimLapsesWhileThreeWaitInTheOrder" + strings.ToUpper(order),
			func(w *World) { lapseWithThree(w, order) },
		})
	}

	return out
}

// named returns some identifiers.
func named(n ...int) []identifier.ID {
	out := make([]identifier.ID, 0, len(n))
	for _, i := range n {
		out = append(out, Siret(i))
	}

	return out
}

func lapseAlone(w *World) {
	w.Register("claude", Siret(0))
	w.Deliver()
	w.Wait(hour)
	assert.Len(w.T, dueRows(w), 1)
	assert.Equal(w.T, guichet.Advanced{Lapsed: 1}, w.Advance())
	assert.Empty(w.T, dueRows(w))

	w.standing(Siret(0), attachment.Unclaimed, "")
	w.One(w.Deliver(), "claude", mail.ClaimLapsed)

	assert.Equal(w.T, guichet.NextActivation, w.Register("alice", Siret(0)).Next, "treated as unknown")
	w.standing(Siret(0), attachment.InClaim, w.registration("alice").ID)
	assert.Equal(w.T, []string{
		"claim began →claimed", "claim mailed claimed→claimed", "time over claimed→lapsed", "nobody left lapsed→lapsed",
		"claim began →claimed",
	}, w.Actions(w.ID(Siret(0))))
}

// lapseWithThree has a registration (r), an active account (a) and a deactivated one (d) wait in some order while the
// claim lapses: the first of them who can succeed does, the others keep their places.
func lapseWithThree(w *World, order string) {
	w.Register("claude", Siret(0))
	w.Deliver()

	active, away := w.enrol("active"), w.enrol("away")

	for _, who := range order {
		switch who {
		case 'r':
			w.Register("registrant", Siret(0))
		case 'a':
			w.ask("active", active.ID, Siret(0))
		case 'd':
			w.ask("away", away.ID, Siret(0))
		}
	}

	w.deactivate(away.ID)
	w.Deliver()

	ids := map[rune]account.ID{'r': w.registration("registrant").ID, 'a': active.ID, 'd': away.ID}
	line := []rune(strings.ReplaceAll(order, "d", ""))
	before := map[rune]int64{}

	for who, id := range ids {
		before[who] = w.row(Siret(0), id).Order
	}

	w.Wait(hour)
	assert.Equal(w.T, guichet.Advanced{Lapsed: 1, Succeeded: 1}, w.Advance())

	sent := w.Deliver()
	w.One(sent, "claude", mail.ClaimLapsed)

	if line[0] == 'a' {
		w.standing(Siret(0), attachment.Managed, active.ID)
		w.One(sent, "active", mail.Appointed)
		w.One(sent, "active", mail.RequestsToApprove)

		found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
		require.NoError(w.T, err)
		assert.Equal(w.T, "Société de active", found.Data.LegalName)
		assert.Equal(w.T, []string{Login("away"), Login("registrant")}, logins(w, active.ID))
	} else {
		w.standing(Siret(0), attachment.InClaim, ids['r'])
		assert.Empty(w.T, To(sent, Login("active")))

		token := w.Token(w.One(sent, "registrant", mail.ActivationLink))
		manager := w.Activate(token)
		w.standing(Siret(0), attachment.Managed, manager.ID)
		w.One(w.Deliver(), "registrant", mail.RequestsToApprove)
		assert.Equal(w.T, []string{Login("active"), Login("away")}, logins(w, manager.ID))
	}

	for _, who := range order {
		if who == line[0] {
			continue
		}

		row := w.row(Siret(0), ids[who])
		assert.Equal(w.T, attachment.Requested, row.State)
		assert.Equal(w.T, before[who], row.Order, "everybody keeps their place")
	}

	back := w.comeBack("away")
	assert.Equal(w.T, attachment.Requested, w.row(Siret(0), back.ID).State, "somebody else was there first")
}

// logins returns who asks, in alphabetical order.
func logins(w *World, decider account.ID) []string {
	w.T.Helper()

	return slices.Sorted(maps.Keys(w.Requests(decider)))
}

func lapseDeactivatedReturns(w *World) {
	w.Register("claude", Siret(0))
	w.Deliver()

	away := w.enrol("away")
	w.ask("away", away.ID, Siret(0))
	w.deactivate(away.ID)
	w.Wait(hour)
	w.Advance()
	w.standing(Siret(0), attachment.Unclaimed, "")
	w.Deliver()

	back := w.comeBack("away")
	assert.Equal(w.T, account.Active, back.State)
	w.standing(Siret(0), attachment.Managed, away.ID)

	sent := w.Deliver()
	w.One(sent, "away", mail.AccountReactivated)
	w.One(sent, "away", mail.Appointed)

	found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
	require.NoError(w.T, err)
	assert.Equal(w.T, "Société de away", found.Data.LegalName)
}

func lapseBlockedReturns(w *World) {
	w.Register("claude", Siret(0))
	w.Deliver()

	away := w.enrol("away")
	w.ask("away", away.ID, Siret(0))

	_, err := w.Portal.Block(w.Ctx, account.Support("s"), away.ID, "")
	require.NoError(w.T, err)
	w.Wait(hour)
	w.Advance()
	w.standing(Siret(0), attachment.Unclaimed, "")

	_, err = w.Portal.Unblock(w.Ctx, account.Support("s"), away.ID)
	require.NoError(w.T, err)
	w.standing(Siret(0), attachment.Managed, away.ID)

	acc, err := w.Portal.Account(w.Ctx, away.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Active, acc.State, "written once with all that follows")
}

func approvalLapses(w *World) {
	daniel := w.Manager("daniel", Siret(0))
	w.Register("alice", Siret(0))
	w.Approve(daniel.ID, "alice")
	token := w.Token(w.One(w.Deliver(), "alice", mail.Approved))
	reg := w.registration("alice")

	w.Wait(30 * day)
	assert.Equal(w.T, guichet.Advanced{Lapsed: 1}, w.Advance())
	w.One(w.Deliver(), "alice", mail.RequestLapsed)

	_, err := w.Portal.Activate(w.Ctx, token, Secrets())
	require.ErrorIs(w.T, err, account.ErrLinkExpired)

	ended, err := w.Store.Registration(w.Ctx, reg.ID)
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Lapsed, ended.State)

	w.Register("alice", Siret(0))
	assert.False(w.T, w.Requests(daniel.ID)[Login("alice")].Attachment.Repeat, "nobody has refused her")
	w.One(w.Deliver(), "daniel", mail.RequestToApprove)
}
