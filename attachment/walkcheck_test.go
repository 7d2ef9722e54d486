package attachment_test

import (
	"errors"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// check asserts what holds in every state, whatever led to it.
func (w *walker) check() {
	require.NoError(w.draw, attachment.Check(w.roster))

	if w.known && !w.roster.Standing.Known() {
		w.draw.Fatalf("a structure that was managed is %s (rule D2)", w.roster.Standing)
	}

	w.known = w.known || w.roster.Standing.Known()
	w.checkClaim()
	w.checkOrders()

	for _, row := range w.roster.Rows {
		w.checkRow(row)
	}
}

// checkClaim is about a claim's term (rule D1).
func (w *walker) checkClaim() {
	claim := w.roster.Claim

	switch {
	case w.roster.Standing != attachment.InClaim:
		require.Equal(w.draw, attachment.Claim{}, claim)
	case claim.Term.After(claim.Designated.Add(24 * hour)):
		w.draw.Fatalf("a claim of more than 24 hours: %v", claim)
	case !claim.Leased.IsZero() && claim.Term.After(claim.Leased.Add(hour)):
		w.draw.Fatalf("more than 60 minutes from the lease: %v", claim)
	case w.holder != w.roster.Holder:
	case !w.claim.Leased.IsZero() && claim != w.claim, claim.Term.After(w.claim.Term):
		w.draw.Fatalf("the term was extended from %v to %v", w.claim, claim)
	}

	w.claim, w.holder = claim, w.roster.Holder
}

// checkOrders is about the queue: orders are unique, and the line goes by them.
func (w *walker) checkOrders() {
	seen := map[int64]attachment.Key{}

	for _, row := range w.roster.Rows {
		if w.adopted[row.Key] || row.Order == 0 { // the account has its place; whoever never asked has none
			continue
		}

		if other, twice := seen[row.Order]; twice {
			w.draw.Fatalf("%v and %v share the order %d", other, row.Key, row.Order)
		}

		seen[row.Order] = row.Key
	}

	var last int64

	for _, id := range w.roster.Line(w.facts, w.now) {
		if order := w.row(id, "").Order; order <= last {
			w.draw.Fatalf("%s stands in the line with order %d after %d", id, order, last)
		} else {
			last = order
		}
	}
}

// checkRow is about one row and the registration or account it belongs to.
func (w *walker) checkRow(row attachment.Attachment) {
	_, exists := w.facts.Accounts[row.Account]
	reg := w.facts.Registrations[row.Account]
	like := func(state account.RegistrationState) bool { return exists || reg.Separate || reg.State == state }
	awaited := !exists && like(account.AwaitingActivation)

	fits := map[attachment.State]bool{
		attachment.Requested: like(account.AwaitingApproval),
		attachment.Claimed:   awaited,
		attachment.Approved:  awaited,
		attachment.Attached:  exists,
		attachment.Suspended: exists,
		attachment.Refused:   like(account.Refused),
		attachment.Withdrawn: like(account.Withdrawn),
		attachment.Lapsed:    like(account.Lapsed),
		attachment.Detached:  exists,
	}

	over := !row.Due.IsZero() && !w.now.Before(row.Due) ||
		row.State == attachment.Claimed && !w.now.Before(w.roster.Claim.Term)

	switch {
	case !fits[row.State]:
		w.draw.Fatalf("%v is %s: account %t, registration %s", row.Key, row.State, exists, reg.State)
	case row.Details != nil && row.State != attachment.Requested && row.State != attachment.Claimed:
		w.draw.Fatalf("%v is %s and keeps typed data", row.Key, row.State)
	case !row.Due.IsZero() && (!row.State.Open() || exists):
		w.draw.Fatalf("%v is %s and due: account %t", row.Key, row.State, exists)
	case row.State.Open() && !exists && (!reg.Open() || reg.Over(w.now)) && !over:
		w.draw.Fatalf("%v, %s until %s, outlives its registration (rule B6)", row.Key, row.State, row.Due)
	}
}

// followOrder asserts that places in the queue increase.
func (w *walker) followOrder(change attachment.Change) {
	var order int64

	switch c := change.(type) {
	case attachment.RequestMade:
		order = c.Order
	case attachment.ClaimBegan:
		if c.Succeeded {
			return
		}

		order = c.Order
	default:
		return
	}

	if order <= w.orders {
		w.draw.Fatalf("%s was given the order %d after %d", change.Action(), order, w.orders)
	}

	w.orders = order
}

// followAttachment asserts that nothing suspended is absorbed (rule D3), that else only somebody who goes is detached
// (rule B12), and that profiles start from the defaults (rule E3).
func (w *walker) followAttachment(c attachment.Command, changes []attachment.Change, i int, before *world) {
	switch change := changes[i].(type) {
	case attachment.UserDetached:
		row, _ := before.roster.Row(change.Key)
		gone, goes := c.(attachment.Depart)

		if change.Absorbed && row.State == attachment.Suspended || !change.Absorbed && (!goes || gone.Account != row.Account) {
			w.draw.Fatalf("%v, that was %s, was detached by %s", change.Key, row.State, c)
		}
	case attachment.UserAttached:
		want := defaults(w.world, change.Service, change.By)
		if _, leads := append(changes, nil)[i+1].(attachment.ManagerNamed); leads {
			want = nil // by role
		}

		require.Equal(w.draw, want, change.Grants, "%v", change.Key)
	}
}

// followTaking asserts what creating, adopting and departing come to. before is the world once what was due was applied.
func (w *walker) followTaking(command attachment.Command, before *world) {
	switch c := command.(type) {
	case attachment.Create:
		if before.roster.Standing != attachment.Unclaimed || w.roster.Holder != c.By.ID || w.roster.Standing != attachment.Managed {
			w.draw.Fatalf("%s, while %s: %s by %s", c, before.roster.Standing, w.roster.Standing, w.roster.Holder)
		}
	case attachment.Adopt:
		w.followAdoption(c, before)
	case attachment.Depart:
		w.followDeparture(c, before)
	case attachment.Activate: // whoever has an account now and waits, waits for as long as it takes (rule B6)
		if row := w.row(c.By.ID, ""); row.State.Open() && !before.facts.Registrations[c.By.ID].Separate {
			w.draw.Fatalf("%s left %v %s", c, row.Key, row.State)
		}
	}
}

// followAdoption asserts that what came of a registration came to the account that has its login, unless that has one
// there already (rule B14).
func (w *walker) followAdoption(c attachment.Adopt, before *world) {
	from, mine := before.row(c.From, ""), before.row(c.By.ID, "")
	reg, acc := before.facts.Registrations[c.From], before.facts.Accounts[c.By.ID]
	had := mine.State.Open() || mine.State == attachment.Attached || mine.State == attachment.Suspended

	want := map[attachment.State]attachment.State{
		attachment.Requested: attachment.Requested, attachment.Claimed: attachment.Attached, attachment.Approved: attachment.Attached,
	}[from.State]

	switch now := w.row(c.By.ID, ""); {
	case acc.State != account.Active || !acc.Login.Same(reg.Login) || !reg.Open() || reg.Over(w.now):
		w.draw.Fatalf("%s, for %v of %v", c, reg, acc)
	case w.row(c.From, "").State.Open():
		w.draw.Fatalf("%s left the registration's own", c)
	case !had && want != 0 && now.State != want:
		w.draw.Fatalf("%s, that was %s: %s", c, from.State, now.State)
	case had && from.State != attachment.Claimed:
		require.Equal(w.draw, mine, now, "%s", c)
	case from.State == attachment.Claimed && !had && w.roster.Holder != c.By.ID:
		w.draw.Fatalf("%s, that was the claim, and %s manages", c, w.roster.Holder)
	}

	if had || from.State != attachment.Requested {
		return
	}

	// The place in the queue stays.
	w.adopted[from.Key] = true
	line := before.roster.Line(before.facts, w.now)

	for i := range line {
		if line[i] == c.From {
			line[i] = c.By.ID
		}
	}

	require.Equal(w.draw, line, w.roster.Line(w.facts, w.now), "%s", c)
}

// followDeparture asserts that whoever goes has nothing left, that others keep what they have, and that a main manager
// goes from nobody (rules B12 and D6).
func (w *walker) followDeparture(c attachment.Depart, before *world) {
	for _, row := range w.roster.Rows {
		switch {
		case row.Account != c.Account:
			other, _ := before.roster.Row(row.Key)
			require.Equal(w.draw, other, row, "%s", c)
		case row.State == attachment.Requested, row.State == attachment.Attached, row.State == attachment.Suspended:
			w.draw.Fatalf("%s left %v %s", c, row.Key, row.State)
		}
	}

	manager := before.roster.Standing == attachment.Managed && before.roster.Holder == c.Account

	switch {
	case !c.By.Is(c.Account) && c.By.Kind != account.ActorSupport:
		w.draw.Fatalf("%s", c)
	case !manager:
		require.Equal(w.draw, [2]any{before.roster.Standing, before.roster.Holder}, [2]any{w.roster.Standing, w.roster.Holder}, "%s", c)
	case before.facts.Structure.Successor == "" && (before.roster.Attached != 1 || !c.Vacant):
		w.draw.Fatalf("%s, although %d are attached", c, before.roster.Attached)
	default:
		w.standing(attachment.Vacant, "")
	}
}

// mayDecide is rule D5 written down a second time: tells whether somebody may decide on a request, once what was due
// has been applied.
func mayDecide(w *world, by account.Actor, row attachment.Attachment, approve bool) bool {
	active := w.facts.Structure.Status == structure.Active
	if w.facts.Structure.Successor != "" && approve {
		return false
	}

	own := w.row(by.ID, "")
	manage := slices.ContainsFunc(own.Grants, func(g attachment.Grant) bool { return g.Profile == habilitation.Manage })

	switch by.Kind {
	case account.ActorAccount:
		return w.roster.Standing.Known() && own.State == attachment.Attached && by.ID != row.Account && (active || !approve) &&
			w.facts.Accounts[by.ID].State == account.Active && (manage || w.roster.Holder == by.ID)
	case account.ActorSupport:
		switch w.roster.Standing {
		case attachment.InClaim:
			return !approve && row.Account == w.roster.Holder
		case attachment.Unclaimed:
			return !approve
		case attachment.Managed:
			return w.facts.Accounts[w.roster.Holder].State != account.Active && (active || !approve)
		case attachment.Vacant:
			return active || !approve
		}
	}

	return false
}

// followDecision asserts that one request is decided once (rule D5), by somebody who may and who meant that request,
// and that nobody can decide on it at once again.
func (w *walker) followDecision(c attachment.Command, change attachment.Change, before *world) {
	switch change := change.(type) {
	case attachment.RequestApproved, attachment.RequestRefused:
	case attachment.UserAttached:
		if !change.Approved {
			return
		}
	default:
		return
	}

	row, _ := before.roster.Row(change.Subject())
	_, refused := change.(attachment.RequestRefused)

	if !mayDecide(before, c.Actor(), row, !refused) {
		w.draw.Fatalf("%s, by somebody who may not", c)
	}

	if seen := orderOf(c); row.State == attachment.Requested && seen != 0 && seen != row.Order {
		w.draw.Fatalf("%s was meant for %d and hit %d", c, seen, row.Order)
	}

	request := decidedRequest{row.Key, row.Order}

	if w.decided[request] {
		w.draw.Fatalf("%s decided the request %v a second time", c, request)
	}

	w.decided[request] = true

	for _, by := range append(w.ids(), "") {
		actor := account.By(by)
		if by == "" {
			actor = account.Support("Anne")
		}

		for _, again := range []attachment.Command{
			attachment.Approve{By: actor, Account: row.Account, Service: row.Service, Order: row.Order},
			attachment.Refuse{By: actor, Account: row.Account, Service: row.Service, Order: row.Order},
			attachment.Approve{By: actor, Account: row.Account, Service: row.Service},
		} {
			if _, err := attachment.Decide(w.whole(), w.facts, again, w.now); err == nil {
				w.draw.Fatalf("after %s, %s succeeded", c, again)
			}
		}
	}
}

// followRefusal asserts that nobody who may decide is told that they may not, and that nobody is kept from going without
// a reason.
func (w *walker) followRefusal(c attachment.Command, err error, before *world) {
	if gone, ok := c.(attachment.Depart); ok {
		w.followStay(gone, err, before)
	}

	if !errors.Is(err, attachment.ErrNotDecider) && !errors.Is(err, attachment.ErrNoManager) {
		return
	}

	var refused *attachment.Error

	require.ErrorAs(w.draw, err, &refused)

	row, _ := before.roster.Row(refused.Key)
	_, approve := c.(attachment.Approve)

	if mayDecide(before, c.Actor(), row, approve) {
		w.draw.Fatalf("%s: %v", c, err)
	}
}

func (w *walker) followStay(c attachment.Depart, err error, before *world) {
	others := before.roster.Attached > 1
	manager := before.roster.Standing == attachment.Managed && before.roster.Holder == c.Account &&
		before.facts.Structure.Successor == ""
	had := slices.ContainsFunc(before.roster.RowsOf(c.Account), func(row attachment.Attachment) bool {
		return row.State == attachment.Requested || row.State == attachment.Attached || row.State == attachment.Suspended
	})

	for why, fits := range map[error]bool{
		attachment.ErrNotYours:    !c.By.Is(c.Account) && c.By.Kind != account.ActorSupport,
		attachment.ErrNotAlone:    manager && others,
		attachment.ErrMainManager: manager && !others && !c.Vacant,
		attachment.ErrNotAttached: !had,
	} {
		if errors.Is(err, why) && fits {
			return
		}
	}

	w.draw.Fatalf("%s: %v", c, err)
}

func orderOf(c attachment.Command) int64 {
	switch c := c.(type) {
	case attachment.Approve:
		return c.Order
	case attachment.Refuse:
		return c.Order
	default:
		return 0
	}
}

// trySettledFirst asserts that a decision does not depend on whether what was due had been applied before. It returns
// the world in which it had.
func (w *walker) trySettledFirst(c attachment.Command) *world {
	w.tryLapsedFirst(c)

	settled, atOnce := w.clone(), w.clone()

	for _, id := range append(c.Accounts(), "") {
		due, err := attachment.Decide(settled.whole(), settled.facts, settle(id), settled.now)
		require.NoError(w.draw, err)
		settled.apply(settle(id), due)
	}

	settled.roster.Version = w.roster.Version // orders come from it
	before := settled.clone()

	changes, err := attachment.Decide(atOnce.whole(), atOnce.facts, c, atOnce.now)
	later, refusal := attachment.Decide(settled.whole(), settled.facts, c, settled.now)

	if (err == nil) != (refusal == nil) {
		w.draw.Fatalf("%s: %v, and settled before: %v", c, err, refusal)
	}

	if err != nil {
		return before
	}

	atOnce.apply(c, changes)
	settled.apply(c, later)
	settled.roster.Version = atOnce.roster.Version
	require.Equal(w.draw, snapshot(w.draw, sorted(atOnce.roster), atOnce.facts), snapshot(w.draw, sorted(settled.roster), settled.facts), "%s", c)

	return before
}

// tryLapsedFirst asserts that a decision does not depend on whether separate registrations that are over have been told.
func (w *walker) tryLapsedFirst(c attachment.Command) {
	lapsed := w.clone()
	lapsed.lapse()

	changes, err := attachment.Decide(w.whole(), w.facts, c, w.now)
	later, refusal := attachment.Decide(lapsed.whole(), lapsed.facts, c, lapsed.now)
	require.Equal(w.draw, changes, later, "%s", c)
	require.Equal(w.draw, reason(err), reason(refusal), "%s", c)
}

func sorted(r attachment.Roster) attachment.Roster {
	r = r.Clone()
	r.Queue = nil
	slices.SortFunc(r.Rows, func(a, b attachment.Attachment) int { return a.Compare(b.Key) })

	return r
}
