package attachment

import (
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// maxReminders is how often deciders are reminded of one request. Ours.
const maxReminders = 3

// reminder returns when somebody is told next that a request waits: deciders, or, once, support (rule D10). asked is when it
// was made, row what has been done about it; what is overdue comes after one more period. The zero time is never.
func reminder(p account.Policy, asked time.Time, row Attachment, at time.Time) time.Time {
	var next time.Time

	if p.RemindAfter > 0 && row.Reminded < maxReminders {
		next = asked.Add(p.RemindAfter * time.Duration(row.Reminded+1))
		if !next.After(at) {
			next = at.Add(p.RemindAfter)
		}
	}

	if p.EscalateAfter > 0 && !row.Escalated {
		if end := asked.Add(p.EscalateAfter); next.IsZero() || end.Before(next) {
			next = end
		}
	}

	return next
}

// remind reminds of a request, or tells support, as the policy says by now.
func (d *decision) remind(c Remind) {
	row, _ := d.roster.Row(Key{Account: c.Account, Service: c.Service})
	asked, _, waits := row.Asked()
	policy := d.facts.Policy

	if !waits || row.Remind.IsZero() || d.at.Before(row.Remind) {
		return
	}

	if policy.EscalateAfter > 0 && !row.Escalated && !d.at.Before(asked.Add(policy.EscalateAfter)) {
		row.Escalated = true
		d.emit(RequestEscalated{Key: row.Key, At: d.at, Next: reminder(policy, asked, row, d.at)})

		return
	}

	// Nobody can say yes at the moment: there is no manager, or the structure or the attachment rests. Or the policy has
	// changed since, and asks for no reminder by now.
	skipped := d.roster.Standing != Managed || d.facts.Structure.Status != structure.Active || row.State == Suspended ||
		policy.RemindAfter <= 0 || row.Reminded >= maxReminders
	if !skipped {
		row.Reminded++
	}

	d.emit(RequestReminded{Key: row.Key, At: d.at, Next: reminder(policy, asked, row, d.at), Skipped: skipped})
}
