package attachment_test

import (
	"maps"
	"slices"
	"testing"
	"time"

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
	adopted map[attachment.Key]bool // registrations whose request goes on as an account's, with its place in the queue
}

// decidedRequest is one request: its key alone would be any request of that person.
type decidedRequest struct {
	key   attachment.Key
	order int64
}

func TestD2_WhateverHappensTheRosterStaysWhole(t *testing.T) {
	for name, start := range map[string]func(tb) *world{
		"fresh": newWorld, "queued": queued, "overdue": overdue, "managed": managed, "served": served,
		"separate": separated, "shared": shared,
	} {
		t.Run(name, func(t *testing.T) { walk(t, start) })
	}
}

func walk(t *testing.T, start func(tb) *world) {
	t.Helper()

	rapid.Check(t, func(t *rapid.T) {
		w := &walker{
			world: start(t), draw: t, decided: map[decidedRequest]bool{}, adopted: map[attachment.Key]bool{},
		}
		w.orders = w.roster.Version
		w.owner("a1", "a@b.fr") // with which others register as well
		w.outsider("a2")

		t.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { w.check() },

			"register":       func(*rapid.T) { w.try(w.drawRegister()) },
			"register again": func(*rapid.T) { w.try(attachment.Register{By: account.By(w.id()), Details: w.details()}) },
			"create":         func(*rapid.T) { w.try(attachment.Create{By: account.By(w.requester()), Details: w.details()}) },
			"adopt":          func(*rapid.T) { w.try(w.drawAdopt()) },
			"adopt, too":     func(*rapid.T) { w.try(w.drawAdopt()) },
			"depart":         func(*rapid.T) { w.try(w.drawDepart()) },
			"request":        func(*rapid.T) { w.try(w.drawRequest()) },
			"request, too":   func(*rapid.T) { w.try(w.drawRequest()) },
			"withdraw":       func(*rapid.T) { w.try(w.drawWithdraw()) },
			"approve":        func(*rapid.T) { w.try(w.drawApprove()) },
			"approve, too":   func(*rapid.T) { w.try(w.drawApprove()) },
			"refuse":         func(*rapid.T) { w.try(w.drawRefuse()) },
			"activate": func(*rapid.T) {
				w.try(attachment.Activate{By: account.By(w.idIn(attachment.Claimed, attachment.Approved))})
			},
			"activate separately": func(*rapid.T) { w.try(attachment.Activate{By: account.By(w.separate())}) },
			"registrations lapse": func(*rapid.T) { w.lapse() },
			"mailed":              func(*rapid.T) { w.try(mailed(w.idIn(attachment.Claimed))) },
			"settle":              func(*rapid.T) { w.try(settle(w.id())) },
			"wait":                func(*rapid.T) { w.wait() },
			"wait until due":      func(*rapid.T) { w.waitUntilDue() },
			"account's events":    func(*rapid.T) { w.changeAccount() },
			"others' events":      func(*rapid.T) { w.changeElse() },
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

// separated has a claim and two requests by registrations that do not wait for an answer, and one that has no request.
func separated(t tb) *world {
	w := newWorld(t)
	for _, login := range []string{"a@b.fr", "c@d.fr", "e@f.fr"} {
		w.separately(login)
	}

	w.alone("a@b.fr")

	return w
}

// shared has a manager, registrations that wait, separate and not, and an account with the login of both.
func shared(t tb) *world {
	w := managed(t)
	w.facts.Services["rh"] = structure.Service{Code: "rh"}
	w.register("a@b.fr")
	w.separately("c@d.fr")
	w.attach("a1", "compta")

	return w
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

	w.followTaking(c, before)

	for i, change := range changes {
		w.followOrder(change)
		w.followAttachment(c, changes, i, before)
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
	if rapid.Bool().Draw(w.draw, "separate") {
		w.detach(c.By.ID)
	}

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

// drawAdopt mostly draws an open request of a registration and an account that has its login.
func (w *walker) drawAdopt() attachment.Command {
	from := w.idIn(attachment.Requested, attachment.Claimed, attachment.Approved)

	if rapid.IntRange(0, 3).Draw(w.draw, "separate") == 0 {
		from = w.separate()
	}

	var owners []account.ID

	for _, id := range w.ids() {
		if acc, ok := w.facts.Accounts[id]; ok && acc.Login.Same(w.facts.Registrations[from].Login) {
			owners = append(owners, id)
		}
	}

	if len(owners) == 0 || rapid.IntRange(0, 9).Draw(w.draw, "any") == 9 {
		return attachment.Adopt{By: account.By(w.id()), From: from}
	}

	return attachment.Adopt{By: account.By(rapid.SampledFrom(owners).Draw(w.draw, "owner")), From: from}
}

// drawDepart mostly draws somebody who has something here and goes by themselves.
func (w *walker) drawDepart() attachment.Command {
	c := attachment.Depart{
		Account: w.idIn(attachment.Attached, attachment.Suspended, attachment.Requested),
		Vacant:  rapid.Bool().Draw(w.draw, "vacant"),
	}
	c.By = account.By(c.Account)

	if rapid.IntRange(0, 3).Draw(w.draw, "by another") == 0 {
		c.By = w.actor()
	}

	return c
}

// separate mostly draws a separate registration that is open.
func (w *walker) separate() account.ID {
	var ids []account.ID

	for _, id := range w.ids() {
		if reg := w.facts.Registrations[id]; reg.Separate && reg.Open() {
			ids = append(ids, id)
		}
	}

	if len(ids) == 0 {
		return w.id()
	}

	return rapid.SampledFrom(ids).Draw(w.draw, "separate registration")
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
// vacant while it is active, activating and deactivating structures and services, changing the identifier.
func (w *walker) changeElse() {
	row := w.rowIn(attachment.Attached, attachment.Suspended)

	switch rapid.SampledFrom([]string{"suspend", "grant", "vacate", "structure", "service", "replace"}).Draw(w.draw, "event") {
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
		if w.roster.Standing.Known() && w.facts.Structure.Successor == "" {
			w.facts.Structure.Status = rapid.SampledFrom([]structure.Status{structure.Active, structure.Inactive}).Draw(w.draw, "status")
		}
	case "replace":
		if w.roster.Standing.Known() && rapid.IntRange(0, 3).Draw(w.draw, "replaced") == 0 {
			w.replace()
		}
	case "service":
		service := w.facts.Services["achats"]
		service.Inactive = !service.Inactive
		w.facts.Services["achats"] = service
	}
}
