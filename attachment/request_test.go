package attachment_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/structure"
)

func TestD4_AnActiveAccountAsksWithAComment(t *testing.T) {
	w := managed(t)
	by := w.outsider("a1")
	w.now = noon.Add(hour)

	assert.Equal(t, []attachment.Change{attachment.RequestMade{
		Key: key("a1"), Order: 3, At: w.now, Comment: "Je tiens les comptes.\nMerci",
	}}, w.do(attachment.Request{By: by, Comment: " Je tiens les comptes.\r\nMerci \n"}))

	assert.Equal(t, attachment.Attachment{
		Key: key("a1"), State: attachment.Requested, Order: 3, RequestedAt: w.now, Since: w.now,
		Comment: "Je tiens les comptes.\nMerci",
	}, w.row("a1", ""), "an account's request never lapses")
}

func TestD4_ACommentHas1To1000CharactersOnceTrimmed(t *testing.T) {
	for name, c := range map[string]struct {
		comment string
		fine    bool
		kept    string
	}{
		"none":                    {"", false, ""},
		"blank":                   {" \t\r\n\u00a0", false, ""},
		"one character":           {"x", true, "x"},
		"one character and space": {"  x\n", true, "x"},
		"1000":                    {strings.Repeat("é", 1000), true, strings.Repeat("é", 1000)},
		"1001":                    {strings.Repeat("é", 1001), false, ""},
		"1000 and space":          {" " + strings.Repeat("🔑", 1000) + "\n\n", true, strings.Repeat("🔑", 1000)},
		"lines, of any system":    {"a\r\nb\nc\td", true, "a\nb\nc\td"},
		"a lone carriage return":  {"a\rb", false, ""},
		"a control character":     {"a\x00b", false, ""},
		"an escape sequence":      {"a\x1b[31mb", false, ""},
		"delete":                  {"a\x7fb", false, ""},
		"next line":               {"a\u0085b", false, ""},
		"no text":                 {"a\xff", false, ""},
	} {
		w := managed(t)
		request := attachment.Request{By: w.outsider("a1"), Comment: c.comment}

		clean, fine := attachment.Comment(c.comment)
		assert.Equal(t, c.kept, clean, name)

		if !c.fine {
			w.refused(request, attachment.ErrComment)
			continue
		}

		assert.True(t, fine, name)
		w.do(request)
		assert.Equal(t, c.kept, w.row("a1", "").Comment, name)
	}

	clean, fine := attachment.Comment("")
	assert.True(t, fine, "a refusal needs no reason")
	assert.Empty(t, clean)
}

func TestD4_OnlyAnActiveAccountAsks(t *testing.T) {
	w := managed(t)
	w.register("second@potier.fr")
	w.outsider("a1")

	for _, state := range []account.State{0, account.Deactivated, account.Blocked, account.Closed} {
		w.become("a1", state)
		w.refused(attachment.Request{By: account.By("a1"), Comment: "x"}, attachment.ErrAccountInactive)
	}

	w.become("a1", account.Active)

	for _, by := range []account.Actor{
		{},
		account.System(), account.Support("Anne"), account.By("nobody"), account.By("r2"),
		{Kind: account.ActorSupport, ID: "a1"},
	} {
		w.refused(attachment.Request{By: by, Comment: "x"}, attachment.ErrAccountInactive)
	}
}

func TestD4_OneOpenRequestPerUserStructureAndService(t *testing.T) {
	w := managed(t)
	w.request("a1", "compta")
	w.refused(attachment.Request{By: account.By("a1"), Service: "compta", Comment: "x"}, attachment.ErrOpen)

	// To the structure itself, and to another service, are other requests.
	w.facts.Services["rh"] = structure.Service{Code: "rh"}
	w.request("a1", "rh")
	w.request("a1", "")
	w.refused(attachment.Request{By: account.By("a1"), Comment: "x"}, attachment.ErrOpen)

	// Linked requests are decided one by one.
	w.do(attachment.Refuse{By: account.By("r1"), Account: "a1", Service: "rh"})
	w.do(attachment.Approve{By: account.By("r1"), Account: "a1", Service: "compta"})
	assert.Equal(t, attachment.Attached, w.row("a1", "compta").State)
	assert.Equal(t, attachment.Refused, w.row("a1", "rh").State)
	assert.Equal(t, attachment.Requested, w.row("a1", "").State)

	// One that ended makes room for the next, with a place and a comment of its own.
	order := w.request("a1", "rh")
	assert.Equal(t, w.roster.Version, order)
	w.refused(attachment.Request{By: account.By("a1"), Service: "compta", Comment: "x"}, attachment.ErrAttached)
}

func TestC6_OnlyAnActiveServiceCanBeAskedFor(t *testing.T) {
	w := managed(t)
	by := w.outsider("a1")
	w.refused(attachment.Request{By: by, Service: "achats", Comment: "x"}, attachment.ErrServiceInactive)
	w.refused(attachment.Request{By: by, Service: "chasse", Comment: "x"}, attachment.ErrServiceUnknown)

	w.facts.Services["rh"] = structure.Service{Code: "rh", From: noon.Add(hour)}
	w.refused(attachment.Request{By: by, Service: "rh", Comment: "x"}, attachment.ErrServiceInactive)

	w.now = noon.Add(hour)
	w.request("a1", "rh")
}

func TestD9_WhoeverIsAttachedAtStructureLevelHasTheServices(t *testing.T) {
	w := managed(t)
	w.attach("a1", "")
	w.refused(attachment.Request{By: account.By("a1"), Service: "compta", Comment: "x"}, attachment.ErrAttached)
	w.suspend("a1", "")
	w.refused(attachment.Request{By: account.By("a1"), Service: "compta", Comment: "x"}, attachment.ErrAttached)
}

func TestD1_AStructureThatNobodyNamedIsRegisteredAndNotAskedFor(t *testing.T) {
	w := newWorld(t)
	by := w.outsider("a1")
	w.refused(attachment.Request{By: by, Comment: "x", Details: details("a1")}, attachment.ErrUnclaimed)

	// While there is a claim, requests queue, with data of their own.
	w.register("first@potier.fr")
	w.refused(attachment.Request{By: by, Comment: "x"}, attachment.ErrDetails)
	w.refused(attachment.Request{By: by, Service: "compta", Comment: "x", Details: details("a1")}, attachment.ErrServiceUnknown)
	w.do(attachment.Request{By: by, Comment: "x", Details: details("a1")})
	assert.Equal(t, details("a1"), w.row("a1", "").Details)

	// A claim that is over and has no successor leaves a structure that nobody named.
	w = newWorld(t)
	w.register("first@potier.fr")
	w.now = noon.Add(24 * hour)
	w.refused(attachment.Request{By: w.outsider("a1"), Comment: "x", Details: details("a1")}, attachment.ErrUnclaimed)
}

func TestB1_AKnownStructureTakesNoDataFromARequest(t *testing.T) {
	w := managed(t)
	w.do(attachment.Request{By: w.outsider("a1"), Comment: "x", Details: details("a1")})
	assert.Nil(t, w.row("a1", "").Details)
}

func TestD4_TheRequesterMayWithdraw(t *testing.T) {
	w := managed(t)
	w.request("a1", "compta")
	w.request("a1", "")
	w.register("second@potier.fr")
	w.register("third@potier.fr")
	w.do(attachment.Approve{By: account.By("r1"), Account: "r3"})
	w.now = noon.Add(hour)

	for _, c := range []struct {
		id      account.ID
		service structure.Code
	}{{"a1", "compta"}, {"a1", ""}, {"r2", ""}, {"r3", ""}} {
		withdraw := attachment.Withdraw{By: account.By(c.id), Service: c.service}
		assert.Equal(t, []attachment.Change{attachment.RequestWithdrawn{
			Key: attachment.Key{Account: c.id, Service: c.service}, At: w.now,
		}}, w.do(withdraw))

		row := w.row(c.id, c.service)
		assert.Equal(t, attachment.Withdrawn, row.State)
		assert.Equal(t, w.now, row.Since)
		assert.True(t, row.Due.IsZero())
		w.refused(withdraw, attachment.ErrNoRequest)
	}

	assert.Equal(t, "s'il vous plaît", w.row("a1", "").Comment, "history, erasable")
	assert.Equal(t, attachment.Decision{By: account.By("r1"), At: noon, Approved: true}, w.row("r3", "").Decision)

	// Attached, or nothing at all: leaving is another command.
	w.refused(attachment.Withdraw{By: account.By("r1")}, attachment.ErrNoRequest)
	w.refused(attachment.Withdraw{By: account.By("nobody")}, attachment.ErrNoRequest)

	for _, by := range []account.Actor{{}, account.System(), account.Support("Anne"), {Kind: account.ActorSystem, ID: "a1"}} {
		w.refused(attachment.Withdraw{By: by}, attachment.ErrNoRequest)
	}
}

func TestB11_ARequestLapsesWhenItIsDueAndNotBefore(t *testing.T) {
	w := managed(t)
	w.register("second@potier.fr")
	due := w.row("r2", "").Due
	assert.Equal(t, noon.Add(180*day), due)

	w.now = due.Add(-1)
	assert.Empty(t, w.do(settle("r2")))

	w.now = due
	assert.Equal(t, []attachment.Change{
		attachment.TimeOver{Key: key("r2"), At: due, Was: attachment.Requested},
	}, w.do(settle("r2")))
	assert.Equal(t, attachment.Lapsed, w.row("r2", "").State)
	assert.Equal(t, account.Lapsed, w.facts.Registrations["r2"].State)
	assert.Empty(t, w.do(settle("r2")), "once")
}

func TestB11_AnApprovalLapsesAfter30Days(t *testing.T) {
	w := managed(t)
	w.register("second@potier.fr")
	w.now = noon.Add(179 * day)
	w.do(attachment.Approve{By: account.By("r1"), Account: "r2"})
	due := w.now.Add(30 * day)
	assert.Equal(t, due, w.row("r2", "").Due, "from the approval, whenever the request was made")

	w.now = due.Add(-1)
	assert.Empty(t, w.do(settle("r2")))

	w.now = due
	w.refused(attachment.Activate{By: account.By("r2")}, attachment.ErrNoRequest)
	assert.Equal(t, []attachment.Change{
		attachment.TimeOver{Key: key("r2"), At: due, Was: attachment.Approved},
	}, w.do(settle("r2")))
}

func TestB11_WhatIsDueIsAppliedBeforeADecision(t *testing.T) {
	w := managed(t)
	w.register("second@potier.fr")
	w.now = noon.Add(180*day - 1)
	approve := attachment.Approve{By: account.By("r1"), Account: "r2"}
	_, err := w.decide(approve)
	require.NoError(t, err, "at the last moment")

	w.now = noon.Add(180 * day)
	w.refused(approve, attachment.ErrNoRequest)
	w.refused(attachment.Refuse{By: account.By("r1"), Account: "r2"}, attachment.ErrNoRequest)
	w.refused(attachment.Withdraw{By: account.By("r2")}, attachment.ErrNoRequest)
	assert.Equal(t, attachment.Requested, w.row("r2", "").State, "a refused command writes nothing")
}

func TestD4_ARequestToAnInactiveStructureWaitsUntilItIsActive(t *testing.T) {
	w := managed(t)
	w.facts.Structure.Status = structure.Inactive
	w.request("a1", "")
	w.refused(attachment.Approve{By: account.By("r1"), Account: "a1"}, attachment.ErrNotDecider)

	w.facts.Structure.Status = structure.Active
	w.do(attachment.Approve{By: account.By("r1"), Account: "a1"})
}
