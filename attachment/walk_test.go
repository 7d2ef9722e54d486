package attachment_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// walker walks at random through what can happen to one structure: every command by every actor, time, and what other
// parts of the portal do to accounts, services and the structure. After every step [walker.check] holds.
type walker struct {
	*world

	draw *rapid.T

	known   bool             // it was managed at some time
	orders  int64            // the highest order given so far
	claim   attachment.Claim // as of the last check
	holder  account.ID       // likewise
	decided map[decidedRequest]bool
}

// decidedRequest is one request: its key alone would be any request of that person.
type decidedRequest struct {
	key   attachment.Key
	order int64
}

func TestD2_WhateverHappensTheRosterStaysWhole(t *testing.T) {
	for name, start := range map[string]func(tb) *world{
		"fresh": newWorld, "queued": queued, "overdue": overdue, "managed": managed, "served": served,
	} {
		t.Run(name, func(t *testing.T) { walk(t, start) })
	}
}

func walk(t *testing.T, start func(tb) *world) {
	t.Helper()

	rapid.Check(t, func(t *rapid.T) {
		w := &walker{world: start(t), draw: t, decided: map[decidedRequest]bool{}}
		w.orders = w.roster.Version

		for _, id := range []account.ID{"a1", "a2"} {
			w.outsider(id)
		}

		t.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { w.check() },

			"register":       func(*rapid.T) { w.try(w.drawRegister()) },
			"register again": func(*rapid.T) { w.try(attachment.Register{By: account.By(w.id()), Details: w.details()}) },
			"request":        func(*rapid.T) { w.try(w.drawRequest()) },
			"request, too":   func(*rapid.T) { w.try(w.drawRequest()) },
			"withdraw":       func(*rapid.T) { w.try(w.drawWithdraw()) },
			"approve":        func(*rapid.T) { w.try(w.drawApprove()) },
			"approve, too":   func(*rapid.T) { w.try(w.drawApprove()) },
			"refuse":         func(*rapid.T) { w.try(w.drawRefuse()) },
			"activate": func(*rapid.T) {
				w.try(attachment.Activate{By: account.By(w.idIn(attachment.Claimed, attachment.Approved))})
			},
			"mailed":           func(*rapid.T) { w.try(mailed(w.idIn(attachment.Claimed))) },
			"settle":           func(*rapid.T) { w.try(settle(w.id())) },
			"wait":             func(*rapid.T) { w.wait() },
			"wait until due":   func(*rapid.T) { w.waitUntilDue() },
			"account's events": func(*rapid.T) { w.changeAccount() },
			"others' events":   func(*rapid.T) { w.changeElse() },
		})
	})
}

// overdue has a queue behind a claim whose mail was sent 59 minutes ago.
func overdue(t tb) *world {
	w := queued(t)
	w.do(mailed("r1"))
	w.now = noon.Add(59 * minute)

	return w
}

// served has a manager and an account that is attached to one service, asks for another, and asks for the whole.
func served(t tb) *world {
	w := managed(t)
	w.facts.Services["rh"] = structure.Service{Code: "rh"}
	w.attach("a1", "compta")
	w.request("a1", "rh")
	w.request("a1", "")

	return w
}

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
	reg := w.facts.Registrations[row.Account].State

	fits := map[attachment.State]bool{
		attachment.Requested: exists || reg == account.AwaitingApproval,
		attachment.Claimed:   reg == account.AwaitingActivation,
		attachment.Approved:  reg == account.AwaitingActivation,
		attachment.Attached:  exists,
		attachment.Suspended: exists,
		attachment.Refused:   exists || reg == account.Refused,
		attachment.Withdrawn: exists || reg == account.Withdrawn,
		attachment.Lapsed:    exists || reg == account.Lapsed,
		attachment.Detached:  exists,
	}

	switch {
	case !fits[row.State]:
		w.draw.Fatalf("%v is %s: account %t, registration %s", row.Key, row.State, exists, reg)
	case row.Details != nil && row.State != attachment.Requested && row.State != attachment.Claimed:
		w.draw.Fatalf("%v is %s and keeps typed data", row.Key, row.State)
	case !row.Due.IsZero() && !row.State.Open():
		w.draw.Fatalf("%v is %s and due", row.Key, row.State)
	}
}

// try carries out a command if it is not refused. That a refusal has no changes, that the slice decides like the whole
// and that nothing is mutated is asserted by [world.decide].
func (w *walker) try(c attachment.Command) {
	before := w.trySettledFirst(c)

	changes, err := w.decide(c)
	if register, ok := c.(attachment.Register); ok {
		w.registered(register, err)
	}

	if err != nil {
		w.followRefusal(c, err, before)

		return
	}

	w.apply(c, changes)

	// What is due was applied, so that nobody who could lead is left waiting for it.
	switch {
	case w.roster.Standing == attachment.InClaim && !w.now.Before(w.roster.Claim.Term):
		w.draw.Fatalf("%s left a claim that is over", c)
	case w.roster.Standing == attachment.Unclaimed && len(w.roster.Line(w.facts, w.now)) > 0:
		w.draw.Fatalf("%s left the structure unclaimed although somebody waits", c)
	}

	for _, change := range changes {
		w.followOrder(change)
		w.followAttachment(change, before)
		w.followDecision(c, change, before)
	}
}

// registered keeps track of who registered; a registration that was refused was never stored.
func (w *walker) registered(c attachment.Register, err error) {
	if _, exists := w.roster.Row(key(c.By.ID)); exists {
		return
	}

	for login, ids := range w.logins {
		if err != nil && ids[len(ids)-1] == c.By.ID {
			w.logins[login] = ids[:len(ids)-1]
			delete(w.facts.Registrations, c.By.ID)
		}

		if len(w.logins[login]) == 0 {
			delete(w.logins, login)
		}
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

// followAttachment asserts that nothing suspended is absorbed (rule D3), and that profiles start from the defaults
// (rule E3).
func (w *walker) followAttachment(change attachment.Change, before *world) {
	switch change := change.(type) {
	case attachment.UserDetached:
		if row, _ := before.roster.Row(change.Key); row.State == attachment.Suspended || !change.Absorbed {
			w.draw.Fatalf("%v, that was %s, was detached", change.Key, row.State)
		}
	case attachment.UserAttached:
		want := defaults(w.world, change.Service, change.By)
		if w.roster.Holder == change.Account {
			want = nil // by role
		}

		require.Equal(w.draw, want, change.Grants, "%v", change.Key)
	}
}

// mayDecide is rule D5 written down a second time: tells whether somebody may decide on a request, once what was due
// has been applied.
func mayDecide(w *world, by account.Actor, row attachment.Attachment, approve bool) bool {
	active := w.facts.Structure.Status == structure.Active
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

// followRefusal asserts that nobody who may decide is told that they may not.
func (w *walker) followRefusal(c attachment.Command, err error, before *world) {
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

func sorted(r attachment.Roster) attachment.Roster {
	r = r.Clone()
	r.Queue = nil
	slices.SortFunc(r.Rows, func(a, b attachment.Attachment) int { return a.Compare(b.Key) })

	return r
}

// ids are all that ever came up, in order.
func (w *walker) ids() []account.ID {
	ids := map[account.ID]bool{"nobody": true}
	for id := range w.facts.Registrations {
		ids[id] = true
	}

	for id := range w.facts.Accounts {
		ids[id] = true
	}

	return slices.Sorted(maps.Keys(ids))
}

// id draws any of them.
func (w *walker) id() account.ID { return rapid.SampledFrom(w.ids()).Draw(w.draw, "id") }

// requester mostly draws an account.
func (w *walker) requester() account.ID {
	if rapid.IntRange(0, 9).Draw(w.draw, "any") == 9 {
		return w.id()
	}

	return rapid.SampledFrom(slices.Sorted(maps.Keys(w.facts.Accounts))).Draw(w.draw, "account")
}

// rowIn mostly draws a row in one of the states, and sometimes any row; a key of nothing if there is none.
func (w *walker) rowIn(states ...attachment.State) attachment.Attachment {
	var rows, all []attachment.Attachment

	for _, row := range w.roster.Rows {
		all = append(all, row)

		if slices.Contains(states, row.State) {
			rows = append(rows, row)
		}
	}

	if len(rows) == 0 || rapid.IntRange(0, 9).Draw(w.draw, "any") == 9 {
		rows = all
	}

	if len(rows) == 0 {
		return attachment.Attachment{Key: attachment.Key{Account: w.id(), Service: w.service()}}
	}

	return rapid.SampledFrom(rows).Draw(w.draw, "row")
}

func (w *walker) idIn(states ...attachment.State) account.ID { return w.rowIn(states...).Account }

func (w *walker) service() structure.Code {
	return rapid.SampledFrom([]structure.Code{"", "compta", "rh", "achats", "chasse"}).Draw(w.draw, "service")
}

// actor mostly draws the holder, and else anybody.
func (w *walker) actor() account.Actor {
	switch rapid.IntRange(0, 9).Draw(w.draw, "actor") {
	case 0, 1, 2, 3, 4:
		if w.roster.Holder != "" {
			return account.By(w.roster.Holder)
		}

		fallthrough
	case 5, 6:
		return account.Support("Anne")
	case 7:
		return rapid.SampledFrom([]account.Actor{account.System(), {}}).Draw(w.draw, "nobody")
	default:
		return account.By(w.id())
	}
}

// details are mostly given when they are needed.
func (w *walker) details() *structure.Details {
	if w.roster.Standing.Known() || rapid.IntRange(0, 9).Draw(w.draw, "details") == 9 {
		return nil
	}

	return details("somebody")
}

func (w *walker) drawRegister() attachment.Command {
	if len(w.facts.Registrations) >= 8 {
		return settle("")
	}

	login := rapid.SampledFrom([]string{"a@b.fr", "c@d.fr", "e@f.fr"}).Draw(w.draw, "login")
	c := w.registration(login)
	c.Details, c.Repeat = w.details(), rapid.Bool().Draw(w.draw, "repeat")
	w.logins[login] = append(w.logins[login], c.By.ID)

	return c
}

func (w *walker) drawRequest() attachment.Command {
	return attachment.Request{
		By: account.By(w.requester()), Service: w.service(), Details: w.details(),
		Comment: rapid.SampledFrom([]string{"x", "x", "x", ""}).Draw(w.draw, "comment"),
	}
}

func (w *walker) drawWithdraw() attachment.Command {
	row := w.rowIn(attachment.Requested, attachment.Claimed, attachment.Approved)

	return attachment.Withdraw{By: account.By(row.Account), Service: row.Service}
}

func (w *walker) drawApprove() attachment.Command {
	row := w.rowIn(attachment.Requested)

	return attachment.Approve{By: w.actor(), Account: row.Account, Service: row.Service, Order: w.order(row)}
}

func (w *walker) drawRefuse() attachment.Command {
	row := w.rowIn(attachment.Requested, attachment.Claimed)

	return attachment.Refuse{By: w.actor(), Account: row.Account, Service: row.Service, Order: w.order(row)}
}

// order is what a decider saw: the request, no matter which, or an earlier one.
func (w *walker) order(row attachment.Attachment) int64 {
	return rapid.SampledFrom([]int64{row.Order, 0, max(row.Order-1, 0)}).Draw(w.draw, "order")
}

func (w *walker) wait() {
	w.now = w.now.Add(rapid.SampledFrom([]time.Duration{
		minute, 59 * minute, hour, 12 * hour, 24 * hour, 20 * day, 30 * day, 180 * day,
	}).Draw(w.draw, "wait"))
}

// waitUntilDue waits until the moment at which the next thing is over.
func (w *walker) waitUntilDue() {
	next := w.roster.Claim.Term
	for _, row := range w.roster.Rows {
		if row.Due.After(w.now) && (!next.After(w.now) || row.Due.Before(next)) {
			next = row.Due
		}
	}

	if next.After(w.now) {
		w.now = next
	}
}

// changeAccount is what an account's own events do. They are others' commands: here they only happen.
func (w *walker) changeAccount() {
	id := w.id()
	if _, exists := w.facts.Accounts[id]; exists {
		w.become(id, rapid.SampledFrom([]account.State{account.Active, account.Active, account.Deactivated, account.Blocked}).Draw(w.draw, "state"))
	}
}

// changeElse is what commands do that this version does not have: suspending, resuming, granting, leaving a structure
// vacant, activating and deactivating structures and services.
func (w *walker) changeElse() {
	row := w.rowIn(attachment.Attached, attachment.Suspended)

	switch rapid.SampledFrom([]string{"suspend", "grant", "vacate", "structure", "service"}).Draw(w.draw, "event") {
	case "suspend":
		w.edit(row.Account, row.Service, func(row *attachment.Attachment) {
			if row.State == attachment.Suspended {
				row.State = attachment.Attached
			} else if row.State == attachment.Attached && row.Account != w.roster.Holder {
				row.State = attachment.Suspended
			}
		})
	case "grant":
		w.edit(row.Account, row.Service, func(row *attachment.Attachment) {
			if row.State == attachment.Attached {
				row.Grants = append(row.Grants, attachment.Grant{Profile: habilitation.Manage, By: account.System(), At: w.now})
			}
		})
	case "vacate":
		if w.roster.Standing == attachment.Managed && w.roster.Attached == 1 {
			w.vacate()
		}
	case "structure":
		if w.roster.Standing.Known() {
			w.facts.Structure.Status = rapid.SampledFrom([]structure.Status{structure.Active, structure.Inactive}).Draw(w.draw, "status")
		}
	case "service":
		service := w.facts.Services["achats"]
		service.Inactive = !service.Inactive
		w.facts.Services["achats"] = service
	}
}
