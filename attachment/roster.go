package attachment

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// Standing is what a structure is to the people who name it (rule D2).
type Standing uint8

// The standings. The zero Standing is Unclaimed: a roster that does not exist yet is unclaimed.
const (
	Unclaimed Standing = iota
	InClaim            // exactly one claim
	Managed            // exactly one main manager
	Vacant             // known, without manager
)

// String returns the stable name of the standing, as storage and the journal write it.
func (s Standing) String() string {
	switch s {
	case Unclaimed:
		return "unclaimed"
	case InClaim:
		return "claimed"
	case Managed:
		return "managed"
	case Vacant:
		return "vacant"
	default:
		return "invalid"
	}
}

// Known tells whether the structure is present for the people who name it (rules B1 and C11).
func (s Standing) Known() bool { return s == Managed || s == Vacant }

// Claim is when a claim began and when it ends (rule D1).
type Claim struct {
	Designated time.Time
	Leased     time.Time // when its mail was first leased for sending, or a proof awaited before that; zero = not yet
	Term       time.Time // from when on it is over
}

// Contest is what came of somebody's doubt that the claimant or main manager speaks for the structure (rule D12).
type Contest struct {
	Since  time.Time  // when somebody first contested; zero = nobody does
	By     account.ID // who that was
	Of     account.ID // whose standing they contested; it stays so when that manager hands over or leaves
	Frozen bool       // support holds hand-over, change of identifier, detaching and granting
}

// Review is what the main manager whom support replaced had approved, which their successor looks through (rule D12).
type Review struct {
	Of    account.ID // the replaced manager; "" = there is nothing to review
	Until time.Time  // what was approved up to then
}

// Roster is the attachments of one structure and its standing, under one version.
type Roster struct {
	Structure structure.ID
	Version   int64 // as read; 0 = not stored yet
	Standing  Standing
	Holder    account.ID // the claimant (a registration) or the main manager; empty otherwise
	Claim     Claim      // of the claimant; zero otherwise
	Contest   Contest    // of the holder's standing
	Review    Review
	Attached  int          // how many rows are attached or suspended, in the whole roster
	Queue     []account.ID // the oldest open requests at structure level that can succeed at the time of reading: the head of Line
	Rows      []Attachment // in no order; a slice of the whole, see the package comment
}

// QueueLength is how many of the queue a slice holds: one decision may need three, when a claim is over, the first in
// the queue is the one who withdraws, and the second, now main manager, is told whether anybody waits.
const QueueLength = 3

// Row returns the row of a key. ok is false if there is none.
func (r Roster) Row(k Key) (Attachment, bool) {
	if i := r.index(k); i >= 0 {
		return r.Rows[i], true
	}

	return Attachment{Key: k}, false
}

// RowsOf returns the rows of one account, at structure level and to services, ordered by service.
func (r Roster) RowsOf(id account.ID) []Attachment {
	var out []Attachment

	for _, row := range r.Rows {
		if row.Account == id {
			out = append(out, row)
		}
	}

	slices.SortFunc(out, func(a, b Attachment) int { return a.Compare(b.Key) })

	return out
}

// Registered returns the row of a registration: the open one, of which it has one at the most, at structure level or, if it was
// invited, perhaps at a service; else its row at structure level, which has no state if there is none.
func (r Roster) Registered(id account.ID) Attachment {
	for _, row := range r.RowsOf(id) {
		if row.State.Open() {
			return row
		}
	}

	row, _ := r.Row(Key{Account: id})

	return row
}

// Belongs tells whether an account is attached, or suspended, at structure level or to a service.
func (r Roster) Belongs(id account.ID) bool {
	return slices.ContainsFunc(r.Rows, func(a Attachment) bool { return a.Account == id && a.State.present() })
}

func (r Roster) index(k Key) int {
	return slices.IndexFunc(r.Rows, func(a Attachment) bool { return a.Key == k })
}

// Clone returns a copy that shares no memory with r.
func (r Roster) Clone() Roster {
	r.Queue = slices.Clone(r.Queue)

	rows := make([]Attachment, len(r.Rows))
	for i, row := range r.Rows {
		rows[i] = row.Clone()
	}

	r.Rows = rows

	return r
}

// Only returns the roster with none but the rows of those keys: what a writer puts after a decision.
func (r Roster) Only(keys map[Key]bool) Roster {
	out := r
	out.Rows = nil

	for _, row := range r.Rows {
		if keys[row.Key] {
			out.Rows = append(out.Rows, row)
		}
	}

	return out
}

// Line returns the open requests at structure level that can succeed at that time, oldest first: those not past
// their Due, whose account, if there is one, is active, or whose registration is open and not over. Of requests made by
// one version the order is that of the accounts. A whole roster's Queue is the head of the line.
func (r Roster) Line(f Facts, at time.Time) []account.ID {
	var open []Attachment

	for _, row := range r.Rows {
		if row.State == Requested && row.Service == "" && !row.over(at) && f.canSucceed(row.Account, at) {
			open = append(open, row)
		}
	}

	slices.SortFunc(open, func(a, b Attachment) int {
		if a.Order != b.Order {
			return int(a.Order - b.Order)
		}

		return a.Compare(b.Key)
	})

	ids := make([]account.ID, len(open))
	for i, row := range open {
		ids[i] = row.Account
	}

	return ids
}

// over tells whether the row's time is over, which is for open rows only.
func (a Attachment) over(at time.Time) bool {
	return a.State.Open() && !a.Due.IsZero() && !at.Before(a.Due)
}
