package attachment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/structure"
)

func remind(id account.ID, service structure.Code) attachment.Command {
	return attachment.Remind{By: account.System(), Account: id, Service: service}
}

// asking has a manager, whose policy is given, and a1 who asks at noon.
func asking(t tb, after, escalate time.Duration) *world {
	w := managed(t)
	w.facts.Policy.RemindAfter, w.facts.Policy.EscalateAfter = after, escalate
	w.request("a1", "")

	return w
}

// told has every row told of whenever its time comes, and returns when somebody was told, and who.
func (w *world) told(id account.ID, until time.Time) []string {
	w.t.Helper()

	var out []string

	for range 20 {
		next := w.row(id, "").Remind
		if next.IsZero() || next.After(until) {
			break
		}

		w.now = next.Add(-1)
		assert.Empty(w.t, w.do(remind(id, "")), "not before its time")
		w.now = next

		for _, change := range w.do(remind(id, "")) {
			days := next.Sub(noon).Hours() / 24

			switch c := change.(type) {
			case attachment.RequestEscalated:
				assert.Equal(w.t, attachment.RequestEscalated{Key: key(id), At: w.now, Next: w.row(id, "").Remind}, c)

				out = append(out, "support on day "+format(days))
			case attachment.RequestReminded:
				assert.Equal(w.t, attachment.RequestReminded{Key: key(id), At: w.now, Next: w.row(id, "").Remind, Skipped: c.Skipped}, c)

				if !c.Skipped {
					out = append(out, "deciders on day "+format(days))
				}
			}
		}
	}

	return out
}

func format(days float64) string {
	return time.Duration(days * float64(time.Second)).String()
}

func TestD10_DecidersAreRemindedThreeTimesAndSupportIsToldOnce(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		after, escalate time.Duration
		want            []string
	}{
		"off":           {0, 0, nil},
		"reminders":     {7 * day, 0, []string{"deciders on day 7s", "deciders on day 14s", "deciders on day 21s"}},
		"escalation":    {0, 10 * day, []string{"support on day 10s"}},
		"both":          {7 * day, 10 * day, []string{"deciders on day 7s", "support on day 10s", "deciders on day 14s", "deciders on day 21s"}},
		"at once":       {7 * day, 14 * day, []string{"deciders on day 7s", "support on day 14s", "deciders on day 21s", "deciders on day 28s"}},
		"support first": {7 * day, 3 * day, []string{"support on day 3s", "deciders on day 7s", "deciders on day 14s", "deciders on day 21s"}},
		"support last":  {7 * day, 30 * day, []string{"deciders on day 7s", "deciders on day 14s", "deciders on day 21s", "support on day 30s"}},
	} {
		w := asking(t, c.after, c.escalate)
		assert.Equal(t, c.want, w.told("a1", noon.Add(200*day)), name)
		assert.True(t, w.row("a1", "").Remind.IsZero(), name)
		assert.Empty(t, w.do(remind("a1", "")), name)
		assert.Equal(t, c.escalate > 0, w.row("a1", "").Escalated, name)
		assert.Equal(t, noon, w.row("a1", "").Since, name)
	}
}

// What is overdue, because nobody ran the reminders, comes once, and then after one more period.
func TestD10_WhatIsOverdueComesOnceAndThenAPeriodLater(t *testing.T) {
	t.Parallel()

	w := asking(t, 7*day, 0)
	w.now = noon.Add(15 * day)
	assert.Equal(t, []attachment.Change{attachment.RequestReminded{Key: key("a1"), At: w.now, Next: noon.Add(22 * day)}}, w.do(remind("a1", "")))
	assert.Equal(t, 1, w.row("a1", "").Reminded)

	w = asking(t, 7*day, 0) // a little late, and the next is on time
	w.now = noon.Add(8 * day)
	assert.Equal(t, []attachment.Change{attachment.RequestReminded{Key: key("a1"), At: w.now, Next: noon.Add(14 * day)}}, w.do(remind("a1", "")))

	w = asking(t, 7*day, 0)
	w.now = noon.Add(14 * day)
	assert.Equal(t, []attachment.Change{attachment.RequestReminded{Key: key("a1"), At: w.now, Next: noon.Add(21 * day)}}, w.do(remind("a1", "")))

	w = asking(t, 7*day, 10*day)
	w.now = noon.Add(11 * day)
	assert.Equal(t, []attachment.Change{attachment.RequestEscalated{Key: key("a1"), At: w.now, Next: noon.Add(18 * day)}}, w.do(remind("a1", "")))
	assert.Zero(t, w.row("a1", "").Reminded)
}

func TestD10_NobodyIsRemindedWhoCannotSayYes(t *testing.T) {
	t.Parallel()

	for name, given := range map[string]func(w *world){
		"inactive": func(w *world) { w.facts.Structure.Status = structure.Inactive },
		"vacant":   func(w *world) { w.do(attachment.Depart{By: manager, Account: "r1", Vacant: true}) },
		"the policy is off by now": func(w *world) {
			w.facts.Policy.RemindAfter = 0
		},
	} {
		w := asking(t, 7*day, 0)
		given(w)
		w.now = noon.Add(7 * day)

		next := w.now.Add(7 * day)
		if w.facts.Policy.RemindAfter == 0 {
			next = time.Time{}
		}

		assert.Equal(t, []attachment.Change{attachment.RequestReminded{Key: key("a1"), At: w.now, Next: next, Skipped: true}},
			w.do(remind("a1", "")), name)
		assert.Zero(t, w.row("a1", "").Reminded, name)
		assert.Equal(t, next, w.row("a1", "").Remind, name)
	}

	// A wish of somebody suspended.
	w := team(t)
	w.facts.Policy.RemindAfter = day
	wishing(w)
	w.suspend("user", "")
	w.now = noon.Add(day)
	assert.Equal(t, []attachment.Change{attachment.RequestReminded{Key: key("user"), At: w.now, Next: w.now.Add(day), Skipped: true}},
		w.do(remind("user", "")))
	w.do(attachment.Resume{By: manager, Account: "user"})
	w.now = noon.Add(2 * day)
	w.do(remind("user", ""))
	assert.Equal(t, 1, w.row("user", "").Reminded)
}

// The policy that the row's time came from is another by now: there is no fourth reminder, and none too early.
func TestD10_APolicyThatChangesRemindsOfNothingTwice(t *testing.T) {
	t.Parallel()

	w := asking(t, 7*day, 30*day)
	assert.Len(t, w.told("a1", noon.Add(21*day)), 3)
	w.facts.Policy.EscalateAfter = 40 * day
	w.now = noon.Add(30 * day)
	assert.Equal(t, []attachment.Change{
		attachment.RequestReminded{Key: key("a1"), At: w.now, Next: noon.Add(40 * day), Skipped: true},
	}, w.do(remind("a1", "")))
	assert.Equal(t, []string{"support on day 40s"}, w.told("a1", noon.Add(99*day)))

	w = asking(t, 7*day, 10*day)
	assert.Len(t, w.told("a1", noon.Add(10*day)), 2)
	w.facts.Policy.EscalateAfter = 10 * day
	assert.Equal(t, []string{"deciders on day 14s", "deciders on day 21s"}, w.told("a1", noon.Add(99*day)))
}

func TestD10_OnlyWhatWaitsIsRemindedOf(t *testing.T) {
	t.Parallel()

	for name, end := range map[string]attachment.Command{
		"approved":  attachment.Approve{By: manager, Account: "a1"},
		"refused":   attachment.Refuse{By: manager, Account: "a1"},
		"withdrawn": attachment.Withdraw{By: account.By("a1")},
		"departed":  attachment.Depart{By: account.By("a1"), Account: "a1"},
	} {
		w := asking(t, 7*day, 10*day)
		w.do(end)
		assert.True(t, w.row("a1", "").Remind.IsZero(), name)
		w.now = noon.Add(20 * day)
		assert.Empty(t, w.do(remind("a1", "")), name)
	}

	w := asking(t, 7*day, 10*day)
	w.now = noon.Add(20 * day)
	assert.Empty(t, w.do(remind("r1", "")))
	assert.Empty(t, w.do(remind("nobody", "")))

	// Who asks again waits anew, and so does whoever has a wish after they asked to be attached.
	w.do(remind("a1", ""))
	w.do(attachment.Withdraw{By: account.By("a1")})
	w.request("a1", "")
	assert.False(t, w.row("a1", "").Escalated)
	assert.Equal(t, w.now.Add(7*day), w.row("a1", "").Remind)
}

// Of an adopted request nobody is told twice (rules B14 and D10).
func TestD10_AnAdoptedRequestHasBeenRemindedOf(t *testing.T) {
	t.Parallel()

	w := managed(t)
	w.facts.Policy.RemindAfter, w.facts.Policy.EscalateAfter = 7*day, 10*day
	w.register("second@potier.fr")
	assert.Len(t, w.told("r2", noon.Add(10*day)), 2)
	w.owner("a1", "second@potier.fr")
	next := w.row("r2", "").Remind
	w.do(attachment.Adopt{By: account.By("a1"), From: "r2"})
	assert.Equal(t, next, w.row("a1", "").Remind)
	assert.Equal(t, []string{"deciders on day 14s", "deciders on day 21s"}, w.told("a1", noon.Add(99*day)))
}
