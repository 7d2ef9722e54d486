package guichet_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func TestB6_ApprovedIsToldWithALinkOfSevenDaysAndActivatesToTheDefaultProfiles(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")
	w.deliver()
	require.NoError(t, w.approve(daniel.ID, "eloise"))

	approved := w.to(w.deliver(), "eloise")
	assert.Equal(t, mail.Approved, approved.Kind)

	w.clock = w.clock.Add(7*24*time.Hour - time.Second)
	eloise := w.activate(w.token(approved))

	scope := habilitation.Scope{Structure: w.id()}
	issued := habilitation.Profile{Application: "factures-emises", Level: habilitation.Modification}
	require.NoError(t, w.portal.Check(w.ctx, eloise.ID, scope, issued))

	err := w.portal.Check(w.ctx, eloise.ID, scope, habilitation.Manage)
	require.ErrorIs(t, err, habilitation.ErrNotGranted, "E3: all but Organisation/modification")

	rows, err := w.portal.Habilitations(w.ctx, eloise.ID)
	require.NoError(t, err)
	assert.Len(t, rows, 7, "four default applications, two levels, less one")
}

func TestD4_ASignedInUserAsksForAnotherStructureAndIsAttachedOnApproval(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	_, err := w.portal.Register(w.ctx, form("eloise", "73282932000074"))
	require.NoError(t, err)

	eloise := w.activate(w.token(w.to(w.deliver(), "eloise")))
	request := attachment.Request{By: account.By(eloise.ID), Comment: "  "}

	_, err = w.portal.Do(w.ctx, w.id(), request)
	require.ErrorIs(t, err, attachment.ErrComment)

	request.Comment = "Veuillez accepter ma demande afin que je puisse émettre des factures"
	_, err = w.portal.Do(w.ctx, w.id(), request)
	require.NoError(t, err)
	_, err = w.portal.Do(w.ctx, w.id(), request)
	require.ErrorIs(t, err, attachment.ErrOpen)

	row := w.requests(daniel.ID)["eloise@exemple.fr"]
	assert.Equal(t, request.Comment, row.Attachment.Comment)
	assert.Contains(t, w.to(w.deliver(), "daniel").Text, "émettre des factures")

	require.NoError(t, w.approve(daniel.ID, "eloise"))
	assert.Equal(t, mail.AttachmentGranted, w.to(w.deliver(), "eloise").Kind)

	rows, err := w.portal.Habilitations(w.ctx, eloise.ID)
	require.NoError(t, err)
	assert.Len(t, rows, 8+7, "main manager in one structure, user in the other")
}

func TestD5_OnlyDecidersDecideAndTheSecondDecisionIsToldWhoAndWhen(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")

	row := w.requests(daniel.ID)["eloise@exemple.fr"]
	approve := attachment.Approve{By: account.By("nobody"), Account: row.Attachment.Account}

	_, err := w.portal.Do(w.ctx, w.id(), approve)
	require.ErrorIs(t, err, attachment.ErrNotDecider)

	_, err = w.portal.Do(w.ctx, w.id(), attachment.Approve{By: account.Support("Anne"), Account: row.Attachment.Account})
	require.ErrorIs(t, err, attachment.ErrNotDecider, "support decides only while nobody can")

	require.NoError(t, w.approve(daniel.ID, "eloise"))

	decided := w.clock
	w.clock = w.clock.Add(time.Minute)
	_, err = w.portal.Do(w.ctx, w.id(), attachment.Refuse{By: account.By(daniel.ID), Account: row.Attachment.Account})

	var refusal *attachment.Error
	require.ErrorAs(t, err, &refusal)
	require.ErrorIs(t, err, attachment.ErrDecided)
	assert.Equal(t, account.By(daniel.ID), refusal.By)
	assert.Equal(t, decided, refusal.At)
}

func TestD5_ManyDecisionsAtOnceHaveAnOutcomeEach(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")
	w.register("felix")

	requests := w.requests(daniel.ID)
	order := func(c attachment.Command) guichet.Order { return guichet.Order{Structure: w.id(), Command: c} }

	results, err := w.portal.DoAll(w.ctx, []guichet.Order{
		order(attachment.Approve{By: account.By(daniel.ID), Account: requests["eloise@exemple.fr"].Attachment.Account}),
		order(attachment.Approve{By: account.By(daniel.ID), Account: "nobody"}),
		order(attachment.Refuse{By: account.By(daniel.ID), Account: requests["felix@exemple.fr"].Attachment.Account}),
	})

	require.NoError(t, err)
	require.NoError(t, results[0].Err)
	require.ErrorIs(t, results[1].Err, attachment.ErrNoRequest)
	require.NoError(t, results[2].Err)
	assert.Empty(t, w.requests(daniel.ID))
}

func TestD1_AClaimThatLapsesIsSucceededByTheOldestRegistration(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	late := w.token(w.deliver()[0])
	w.register("eloise")
	w.register("felix")

	w.clock = w.clock.Add(time.Hour)
	done, err := w.portal.Advance(w.ctx, 0)
	require.NoError(t, err)
	assert.Equal(t, guichet.Advanced{Lapsed: 1, Succeeded: 1}, done)

	sent := w.deliver()
	assert.Equal(t, mail.ClaimLapsed, w.to(sent, "daniel").Kind)
	assert.Contains(t, w.to(sent, "eloise").Text, "https://portal.example")

	_, err = w.portal.Activate(w.ctx, late, secrets())
	require.ErrorIs(t, err, account.ErrLinkExpired)

	again := w.register("daniel") // a former claimant may register again, last in the queue
	assert.Equal(t, guichet.NextApproval, again.Next)

	eloise := w.activate(w.token(w.to(sent, "eloise")))
	assert.Equal(t, eloise.ID, w.roster().Roster.Holder)
	assert.Equal(t, "Société de eloise", w.roster().Facts.Structure.Data.LegalName)

	page, err := w.portal.Approvals(w.ctx, eloise.ID, storage.Window{Counted: true})
	require.NoError(t, err)
	require.Len(t, page.Rows, 2)
	assert.Equal(t, 2, page.Count)
	assert.Equal(t, "felix@exemple.fr", page.Rows[0].Login.String())
	assert.Equal(t, "daniel@exemple.fr", page.Rows[1].Login.String())
}

func TestD1_ALapseIsAppliedByTheNextDecisionWithoutAdvance(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	w.deliver()

	w.clock = w.clock.Add(time.Hour)
	receipt := w.register("eloise")
	assert.Equal(t, guichet.NextActivation, receipt.Next, "nobody's claim was left: eloise is the first comer")

	sent := w.deliver()
	assert.Equal(t, mail.ClaimLapsed, w.to(sent, "daniel").Kind)
	assert.Equal(t, mail.ActivationLink, w.to(sent, "eloise").Kind)
}

func TestD1_AnActiveAccountThatWaitsBecomesManagerAtOnceWithTheDataItGave(t *testing.T) {
	w := newWorld(t)
	_, err := w.portal.Register(w.ctx, form("eloise", "73282932000074"))
	require.NoError(t, err)

	eloise := w.activate(w.token(w.deliver()[0]))
	w.register("daniel")
	w.deliver()

	request := attachment.Request{By: account.By(eloise.ID), Comment: "C'est mon établissement"}
	_, err = w.portal.Do(w.ctx, w.id(), request)
	require.ErrorIs(t, err, attachment.ErrDetails, "B1: nobody's data speak for it yet")

	details, err := form("eloise", siret).Structure.Check(identifier.SIRET)
	require.NoError(t, err)

	request.Details = &details
	_, err = w.portal.Do(w.ctx, w.id(), request)
	require.NoError(t, err)

	w.clock = w.clock.Add(time.Hour)
	done, err := w.portal.Advance(w.ctx, 0)
	require.NoError(t, err)
	assert.Equal(t, guichet.Advanced{Lapsed: 1, Succeeded: 1}, done)
	assert.Equal(t, eloise.ID, w.roster().Roster.Holder)
	assert.Equal(t, "Société de eloise", w.roster().Facts.Structure.Data.LegalName)
	assert.Equal(t, []structure.Application{
		"factures-a-valider", "factures-de-travaux", "factures-emises", "organisation",
	}, w.roster().Facts.Structure.Applications)
	assert.Equal(t, mail.Appointed, w.to(w.deliver(), "eloise").Kind)
	require.NoError(t, w.portal.Check(w.ctx, eloise.ID, habilitation.Scope{Structure: w.id()}, habilitation.Manage))
}

func TestD1_AWithdrawnClaimIsSucceeded(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	w.register("eloise")

	claimant := w.roster().Roster.Holder
	_, err := w.portal.Do(w.ctx, w.id(), attachment.Withdraw{By: account.By(claimant)})
	require.NoError(t, err)

	sent := w.deliver()
	require.Len(t, sent, 1, "the withdrawn claim's link is dropped instead of sent")
	assert.Equal(t, "eloise@exemple.fr", sent[0].To)
}

func TestD11_EveryCommandLeavesItsLineInTheJournal(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")
	w.register("felix")
	require.NoError(t, w.approve(daniel.ID, "eloise"))
	w.refuse(daniel.ID, "felix", "inconnu")

	assert.Equal(t, []string{
		"claim began →claimed",
		"claim mailed claimed→claimed",
		"user attached claimed→attached",
		"manager named claimed→managed",
		"account activated awaiting activation→activated",
		"request made →requested",
		"request made →requested",
		"request approved requested→approved",
		"request refused requested→refused",
	}, w.actions())

	page, err := w.portal.History(w.ctx, w.id(), storage.Window{Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, account.By(daniel.ID), page.Rows[0].Actor)
	assert.Equal(t, w.clock, page.Rows[0].At)
	assert.Equal(t, "inconnu", page.Rows[0].Note)
	assert.NotEmpty(t, page.Next)
}

func TestDo_CommandsWithAUseCaseOfTheirOwnAreRefused(t *testing.T) {
	w := newWorld(t)

	for _, c := range []attachment.Command{
		attachment.Register{By: account.By("x")},
		attachment.Activate{By: account.By("x")},
		attachment.Mailed{By: account.System()},
		attachment.Settle{By: account.System()},
	} {
		_, err := w.portal.Do(w.ctx, "s", c)
		require.ErrorIs(t, err, guichet.ErrCommand, c)
	}

	_, err := w.portal.Do(w.ctx, "s", attachment.Withdraw{By: account.By("x")})
	require.ErrorIs(t, err, guichet.ErrUnknownStructure)
}

func TestB1_ARequestsStructureDataAreCheckedLikeAForm(t *testing.T) {
	w := newWorld(t)
	_, err := w.portal.Register(w.ctx, form("eloise", "73282932000074"))
	require.NoError(t, err)

	eloise := w.activate(w.token(w.deliver()[0]))
	w.register("daniel")

	version := w.roster().Roster.Version
	_, err = w.portal.Do(w.ctx, w.id(), attachment.Request{
		By: account.By(eloise.ID), Comment: "Bonjour",
		Details: &structure.Details{
			Sector: structure.Public,
			Data:   structure.Data{LegalName: "Evil\r\nBcc: x", Country: "nowhere", Town: "\x00"},
		},
	})

	var codes []string
	for _, f := range guichet.Faults(err) {
		codes = append(codes, f.Code())
	}

	assert.ElementsMatch(t, []string{
		"structure.characters", "structure.required", "structure.required", "structure.characters", "structure.country",
		"structure.public",
	}, codes)
	assert.Equal(t, version, w.roster().Roster.Version)
}

func TestD11_ASuccessionIsTheSystemsDoingWhoeverCausedIt(t *testing.T) {
	w := newWorld(t)
	_, err := w.portal.Register(w.ctx, form("eloise", "73282932000074"))
	require.NoError(t, err)

	eloise := w.activate(w.token(w.deliver()[0]))
	w.register("daniel")

	details, err := form("eloise", siret).Structure.Check(identifier.SIRET)
	require.NoError(t, err)
	_, err = w.portal.Do(w.ctx, w.id(), attachment.Request{
		By: account.By(eloise.ID), Comment: "Bonjour", Details: &details,
	})
	require.NoError(t, err)

	w.clock = w.clock.Add(24 * time.Hour)
	w.register("stranger") // applies what is due

	page, err := w.portal.History(w.ctx, w.id(), storage.Window{})
	require.NoError(t, err)

	for _, e := range page.Rows {
		if e.Account == eloise.ID && e.Action != "request made" {
			assert.Equal(t, account.System(), e.Actor, e.Action)
		}
	}
}

func TestB5_WhoeverWaitedIsInvitedToTheStructureAsItIsKnown(t *testing.T) {
	w := newWorld(t)
	w.register("daniel")
	w.register("eloise")
	daniel := w.activate(w.token(w.deliver()[0]))
	require.NoError(t, w.approve(daniel.ID, "eloise"))

	invitation, err := w.portal.Inspect(w.ctx, w.token(w.to(w.deliver(), "eloise")))
	require.NoError(t, err)
	assert.Equal(t, "Société de daniel", invitation.Structure.Data.LegalName)
	assert.False(t, invitation.Manager)
}

func TestD5_WhatHasLapsedIsNotListedAnyMore(t *testing.T) {
	w := newWorld(t)
	daniel := w.manager("daniel")
	w.register("eloise")

	w.clock = w.clock.Add(180*24*time.Hour - time.Microsecond)
	assert.Len(t, w.requests(daniel.ID), 1)

	w.clock = w.clock.Add(time.Microsecond)
	assert.Empty(t, w.requests(daniel.ID), "although nothing has applied it yet")
}

func TestDoAll_TakesNoMoreThanItSays(t *testing.T) {
	w := newWorld(t)

	_, err := w.portal.DoAll(w.ctx, make([]guichet.Order, guichet.MaxOrders+1))
	require.ErrorIs(t, err, guichet.ErrTooMany)
}
