package attachmenttest

import (
	"math"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// reducer takes from worlds what does not matter for what can happen next, and turns their clocks back to noon, so that a
// universe has finitely many of them.
type reducer struct {
	Universe

	policy  account.Policy
	details *structure.Details
	reviews bool // who approved what matters, since it may be reviewed
}

func newReducer(u Universe) *reducer {
	return &reducer{
		Universe: u, policy: u.Policy.WithDefaults(), details: u.details(),
		reviews: u.gives(func(c attachment.Command) bool {
			_, is := c.(attachment.Confirm)

			return is
		}),
	}
}

// What times become that are over, or were before: they only have to be before noon, and in their order.
const (
	over    = -time.Hour
	earlier = -2 * time.Hour
)

// reduce returns the world that stands for all that differ in nothing that matters. It is under ordinary circumstances.
func (r *reducer) reduce(w World) World {
	out := World{Roster: w.Roster, Facts: r.Start().Facts, Now: noon}
	known := w.Roster.Standing.Known()

	if known {
		out.Facts.Structure = out.Facts.Structure.Describe(*r.details)
	}

	for _, p := range r.People {
		if acc, exists := w.Facts.Accounts[p.ID]; exists {
			out.Facts.Accounts[p.ID] = account.Account{ID: p.ID, State: account.Active, Login: acc.Login}
		}

		if reg, exists := w.Facts.Registrations[p.ID]; exists {
			out.Facts.Registrations[p.ID] = r.registration(reg, w.Now)
		}
	}

	out.Roster.Rows = make([]attachment.Attachment, 0, len(w.Roster.Rows))
	for _, row := range w.Roster.Rows {
		if !forgotten(row, w.Facts) {
			out.Roster.Rows = append(out.Roster.Rows, r.row(row, w, out.Facts.Registrations[row.Account]))
		}
	}

	slices.SortFunc(out.Roster.Rows, func(a, b attachment.Attachment) int { return a.Compare(b.Key) })
	r.head(&out.Roster, out.Facts)
	out.Roster.Version = rank(out.Roster.Rows, known)

	return out.read()
}

// forgotten tells whether an account's row has ended in a way after which everything is as if there were none.
func forgotten(row attachment.Attachment, f attachment.Facts) bool {
	_, exists := f.Accounts[row.Account]

	switch row.State {
	case attachment.Withdrawn, attachment.Lapsed, attachment.Detached:
		return exists && row.Invited == ""
	case attachment.Requested, attachment.Claimed, attachment.Approved, attachment.Attached, attachment.Suspended,
		attachment.Refused:
		return false
	}

	return false
}

// registration keeps what a registration is, and whether its time is over.
func (r *reducer) registration(reg account.Registration, at time.Time) account.Registration {
	out := account.Registration{
		ID: reg.ID, State: reg.State, Structure: reg.Structure, Login: reg.Login, Separate: reg.Separate,
	}

	if reg.Separate && reg.Open() {
		out.Due = due(reg.Due, at, r.policy.ActivationLife)
	}

	return out
}

// due is when something lapses: it is over already, or has all the time that there is.
func due(t, at time.Time, life time.Duration) time.Time {
	switch {
	case t.IsZero():
		return time.Time{}
	case !at.Before(t):
		return noon.Add(over)
	default:
		return noon.Add(life)
	}
}

// head is the roster without its rows: the claim's times and the contest's.
func (r *reducer) head(out *attachment.Roster, f attachment.Facts) {
	if out.Standing == attachment.InClaim {
		claim := attachment.Claim{Designated: noon, Term: noon.Add(r.policy.ClaimMax)}
		if !out.Claim.Leased.IsZero() {
			claim.Leased, claim.Term = noon, noon.Add(r.policy.LinkLife)
		}

		if awaits(out.Claim, r.policy) {
			claim.Term = noon.Add(proofTime)
		}

		if reg := f.Registrations[out.Holder]; reg.Separate && reg.Due.Before(claim.Term) {
			claim.Term = reg.Due
		}

		out.Claim = claim
	}

	if contest := out.Contest; !contest.Since.IsZero() { // who was the first to contest is told, and decides nothing
		out.Contest = attachment.Contest{Since: noon.Add(over), By: contest.Of, Of: contest.Of, Frozen: contest.Frozen}
	}

	review := out.Review
	out.Review = attachment.Review{}

	for _, row := range out.Rows {
		if (row.State == attachment.Attached || row.State == attachment.Suspended) && row.Decision.Approved &&
			row.Decision.At.Equal(noon.Add(earlier)) {
			out.Review = attachment.Review{Of: review.Of, Until: noon.Add(earlier)}
		}
	}
}

// awaits tells whether a proof has put off the term of a claim: no mail gives it that long.
func awaits(c attachment.Claim, p account.Policy) bool {
	return !c.Leased.IsZero() && c.Term.After(c.Leased.Add(p.LinkLife))
}

// row keeps what becomes of a row depends on.
func (r *reducer) row(row attachment.Attachment, w World, reg account.Registration) attachment.Attachment {
	out := attachment.Attachment{
		Key: row.Key, State: row.State, Order: row.Order, RequestedAt: noon, Since: noon, Invited: row.Invited,
		Reminded: row.Reminded, Escalated: row.Escalated,
	}

	life := r.policy.RequestLife
	if row.State == attachment.Approved {
		life = r.policy.ActivationLife
	}

	out.Due = due(row.Due, w.Now, life)
	if reg.Separate && out.Due.After(noon) {
		out.Due = reg.Due
	}

	if !w.Roster.Standing.Known() && (row.State == attachment.Requested || row.State == attachment.Claimed) {
		out.Details = r.details
	}

	if !row.Contested.IsZero() && (row.State == attachment.Requested || row.State == attachment.Refused) {
		out.Contested = noon.Add(over)
	}

	for _, g := range row.Grants {
		out.Grants = append(out.Grants, attachment.Grant{Profile: g.Profile, By: account.System(), At: noon})
	}

	if row.Wish.Open() {
		out.Wish = attachment.Wish{Profiles: row.Wish.Profiles, At: noon, Order: row.Wish.Order}
	}

	out.Decision = r.decision(row, w.Roster.Review)
	r.reminders(&out, row, w.Now)

	return out
}

// decision keeps that somebody refused or approved; where it may be reviewed, also who, and before which replacement.
func (r *reducer) decision(row attachment.Attachment, review attachment.Review) attachment.Decision {
	d := attachment.Decision{By: account.Support("earlier"), At: noon.Add(over), Approved: row.Decision.Approved}
	present := row.State == attachment.Attached || row.State == attachment.Suspended

	switch {
	case row.Decision.At.IsZero():
		return attachment.Decision{}
	case row.State == attachment.Refused, row.State == attachment.Approved:
	case !present || !r.reviews || !row.Decision.Approved || row.Decision.By.Kind != account.ActorAccount:
		return attachment.Decision{}
	default:
		d.By = row.Decision.By
	}

	if reviewed(row, review) {
		d.At = noon.Add(earlier)
	}

	return d
}

// reviewed tells whether a row is up for review.
func reviewed(row attachment.Attachment, review attachment.Review) bool {
	return review.Of != "" && row.Decision.By.Is(review.Of) && !row.Decision.At.After(review.Until)
}

// reminders keep how long somebody has waited: not long, for a reminder, or until support is told.
func (r *reducer) reminders(out *attachment.Attachment, row attachment.Attachment, at time.Time) {
	asked, _, waits := row.Asked()
	if !waits || row.Remind.IsZero() {
		return
	}

	var age time.Duration

	switch waited := at.Sub(asked); {
	case r.policy.EscalateAfter > 0 && waited >= r.policy.EscalateAfter:
		age = r.policy.EscalateAfter + day
	case waited >= r.policy.RemindAfter:
		age = r.policy.RemindAfter + day
	}

	if out.State == attachment.Requested {
		out.RequestedAt = noon.Add(-age)
	} else {
		out.Wish.At = noon.Add(-age)
	}

	left := r.policy.RemindAfter
	if out.Reminded == 3 { // only support is still to be told
		left = r.policy.EscalateAfter - age
	}

	out.Remind = due(row.Remind, at, left)
}

// rank makes orders small, and returns the highest. Where a structure is known nobody succeeds by waiting longest, so that all
// that waits may have one order.
func rank(rows []attachment.Attachment, known bool) int64 {
	var orders []int64

	for _, row := range rows {
		if row.State == attachment.Requested {
			orders = append(orders, row.Order)
		}
	}

	slices.Sort(orders)
	orders = slices.Compact(orders)

	for i := range rows {
		row := &rows[i]

		switch {
		case row.State != attachment.Requested:
			row.Order = 1
		case known:
			row.Order = 1
		default:
			row.Order = 1 + int64(slices.Index(orders, row.Order))
		}

		if row.Wish.Open() {
			row.Wish.Order = 1
		}
	}

	if known {
		return 1
	}

	return max(1, int64(len(orders)))
}

// key writes a reduced world out: all that tells it from another.
func (r *reducer) key(w World) string {
	b := make([]byte, 0, 96)
	b = append(b, byte(w.Roster.Standing), r.index(w.Roster.Holder), flags(
		!w.Roster.Claim.Leased.IsZero(), !w.Roster.Contest.Since.IsZero(), w.Roster.Contest.Frozen, awaits(w.Roster.Claim, r.policy),
	), r.index(w.Roster.Contest.Of), r.index(w.Roster.Review.Of))

	for _, p := range r.People {
		_, exists := w.Facts.Accounts[p.ID]
		reg := w.Facts.Registrations[p.ID]
		b = append(b, byte(reg.State), flags(exists, reg.Due.Before(noon)))
	}

	for _, row := range w.Roster.Rows {
		b = append(b, r.index(row.Account), small(1+slices.Index(r.Services, row.Service)), byte(row.State), small(row.Order),
			flags(row.Due.IsZero(), row.Due.Before(noon), row.Decision.At.IsZero(), row.Decision.Approved,
				row.Decision.At.Before(noon.Add(over)), row.Invited != "", row.Escalated, row.Contested.IsZero()),
			flags(row.Remind.IsZero(), row.Remind.Before(noon)), small(row.Reminded), small(noon.Sub(row.RequestedAt)/day),
			small(noon.Sub(row.Wish.At)/day), r.index(row.Decision.By.ID))

		var held, wished uint16
		for _, g := range row.Grants {
			held |= r.bit(g.Profile)
		}

		for _, p := range row.Wish.Profiles {
			wished |= r.bit(p)
		}

		b = append(b, byte(held), byte(held>>8), byte(wished), byte(wished>>8))
	}

	return string(b)
}

// index is the place of somebody among the people, from 1.
func (r *reducer) index(id account.ID) byte {
	return small(1 + slices.IndexFunc(r.People, func(p Person) bool { return p.ID == id }))
}

// bit is the place of a profile among those that the structure has open.
func (r *reducer) bit(p habilitation.Profile) uint16 {
	i := slices.Index(r.Open, p)
	if i < 0 {
		panic("attachmenttest: the universe has not opened " + p.String())
	}

	return 1 << i
}

// small is a number that a byte holds: a place, an order, a count, or a number of days, of which more than a byte holds are all
// long ago.
func small[T ~int | ~int64](n T) byte { return byte(min(max(n, 0), math.MaxUint8)) }

func flags(all ...bool) byte {
	var out byte

	for i, is := range all {
		if is {
			out |= 1 << i
		}
	}

	return out
}
