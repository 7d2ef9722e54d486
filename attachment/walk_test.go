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

	present bool             // it was managed at some time
	orders  int64            // the highest order given so far
	claim   attachment.Claim // as of the last check
	holder  account.ID       // likewise
	awaits  bool             // a proof of the claim has been asked for
	decided map[decidedRequest]bool
	adopted map[attachment.Key]bool // registrations whose request goes on as an account's, with its place in the queue

	reminded  map[decidedRequest]int // how often deciders were reminded of it
	escalated map[decidedRequest]bool
}

// decidedRequest is one request, or wish: its key alone would be any request of that person.
type decidedRequest struct {
	key   attachment.Key
	order int64
}

func TestD2_WhateverHappensTheRosterStaysWhole(t *testing.T) {
	t.Parallel()

	for name, start := range map[string]func(tb) *world{
		"fresh": newWorld, "queued": queued, "overdue": overdue, "managed": managed, "served": served,
		"separate": separated, "shared": shared, "peopled": peopled, "contested": contested, "vacant": vacated,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			walk(t, start)
		})
	}
}

func walk(t *testing.T, start func(tb) *world) {
	t.Helper()

	rapid.Check(t, func(t *rapid.T) {
		w := &walker{
			world: start(t), draw: t, decided: map[decidedRequest]bool{}, adopted: map[attachment.Key]bool{},
			reminded: map[decidedRequest]int{}, escalated: map[decidedRequest]bool{},
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
			"await proof":         func(*rapid.T) { w.try(w.drawAwaitProof()) },
			"refuse proof":        func(*rapid.T) { w.try(w.drawRefuseProof()) },
			"settle":              func(*rapid.T) { w.try(settle(w.id())) },
			"wait":                func(*rapid.T) { w.wait() },
			"wait until due":      func(*rapid.T) { w.waitUntilDue() },
			"account's events":    func(*rapid.T) { w.changeAccount() },
			"others' events":      func(*rapid.T) { w.changeElse() },
			"policy":              func(*rapid.T) { w.changePolicy() },

			"attach":       func(*rapid.T) { w.try(w.drawAttach()) },
			"invite":       func(*rapid.T) { w.try(w.drawInvite()) },
			"detach":       func(*rapid.T) { w.try(w.drawDetach()) },
			"leave":        func(*rapid.T) { w.try(w.drawLeave()) },
			"suspend":      func(*rapid.T) { w.try(w.drawSuspend()) },
			"resume":       func(*rapid.T) { w.try(w.drawResume()) },
			"arrive":       func(*rapid.T) { w.try(attachment.Arrive{By: account.By(w.requester())}) },
			"remind":       func(*rapid.T) { w.try(w.drawRemind()) },
			"hand over":    func(*rapid.T) { w.try(w.drawHandOver()) },
			"appoint":      func(*rapid.T) { w.try(w.drawAppoint()) },
			"contest":      func(*rapid.T) { w.try(w.drawContest()) },
			"freeze":       func(*rapid.T) { w.try(attachment.Freeze{By: w.support()}) },
			"release":      func(*rapid.T) { w.try(attachment.Release{By: w.support()}) },
			"confirm":      func(*rapid.T) { w.try(w.drawConfirm()) },
			"grant":        func(*rapid.T) { w.try(w.drawGrant()) },
			"revoke":       func(*rapid.T) { w.try(w.drawRevoke()) },
			"copy":         func(*rapid.T) { w.try(w.drawCopy()) },
			"wish":         func(*rapid.T) { w.try(w.drawWish()) },
			"wish, too":    func(*rapid.T) { w.try(w.drawWish()) },
			"drop":         func(*rapid.T) { w.try(w.drawDrop()) },
			"decide wish":  func(*rapid.T) { w.try(w.drawWishDecision()) },
			"decide twice": func(*rapid.T) { w.try(w.drawWishDecision()) },
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

// peopled has a manager, another decider, users at both levels, of whom one is suspended and two wish for more, and somebody
// invited.
func peopled(t tb) *world {
	w := managed(t)
	w.facts.Services["rh"] = structure.Service{Code: "rh"}

	for _, id := range []account.ID{"a1", "a2", "a3"} {
		w.attach(id, "")
	}

	w.grant("a1", "", habilitation.Manage)
	w.do(attachment.RevokeProfiles{By: account.By("r1"), Account: "a2", Profiles: profiles{look, act}})
	w.do(attachment.RequestProfiles{By: account.By("a2"), Profiles: profiles{look, habilitation.Manage}, Comment: "x"})
	w.suspend("a3", "")
	w.attach("a4", "rh")
	w.do(attachment.DropProfiles{By: account.By("a4"), Service: "rh", Profiles: profiles{send}})
	w.do(attachment.RequestProfiles{By: account.By("a4"), Service: "rh", Profiles: profiles{send}, Comment: "x"})
	w.invite("e@f.fr", "")

	return w
}

// contested has a peopled structure whose manager's standing two contest, and support has frozen it.
func contested(t tb) *world {
	w := peopled(t)
	w.request("a5", "")
	w.register("c@d.fr")
	w.do(attachment.ContestStanding{By: account.By("a5"), Reason: "x"})
	w.do(attachment.ContestStanding{By: account.By("r3"), Reason: "x"})
	w.do(attachment.Freeze{By: account.Support("Anne")})

	return w
}

// vacated has a structure whose manager left it, a request that came before and one that came after.
func vacated(t tb) *world {
	w := managed(t)
	w.request("a1", "")
	w.do(attachment.Depart{By: account.By("r1"), Account: "r1", Vacant: true})
	w.register("c@d.fr")

	return w
}

// try carries out a command if it is not refused. That a refusal has no changes, that the slice decides like the whole
// and that nothing is mutated is asserted by [world.decide].
func (w *walker) try(c attachment.Command) {
	before := w.trySettledFirst(c)

	changes, err := w.decide(c)
	w.askGuards(c, err, before)
	w.registered(c, err)

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
	w.followProof(c, changes, before)
	w.followManager(c, changes, before)
	w.followOrders(changes)

	for i, change := range changes {
		w.followAttachment(c, changes, i, before)
		w.followDecision(c, change, before)
		w.followContest(c, change, before)
		w.followReminder(change)
	}
}

// registered keeps track of who registered or was invited; a registration that was refused was never stored.
func (w *walker) registered(command attachment.Command, err error) {
	switch c := command.(type) {
	case attachment.Attach:
		if reg := w.facts.Registrations[c.Account]; err != nil && reg.Invited && len(w.roster.RowsOf(c.Account)) == 0 {
			delete(w.facts.Registrations, c.Account)
		}
	case attachment.Register:
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
	c := attachment.Request{
		By: account.By(w.requester()), Service: w.service(), Details: w.details(),
		Comment: rapid.SampledFrom([]string{"x", "x", "x", ""}).Draw(w.draw, "comment"),
	}
	if rapid.IntRange(0, 2).Draw(w.draw, "several") == 0 {
		c.More = rapid.SliceOfN(rapid.SampledFrom([]structure.Code{"compta", "rh", "achats"}), 1, 2).Draw(w.draw, "more")
	}

	return c
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
		for _, due := range []time.Time{row.Due, row.Remind} {
			if due.After(w.now) && (!next.After(w.now) || due.Before(next)) {
				next = due
			}
		}
	}

	if next.After(w.now) {
		w.now = next
	}
}

// changeAccount is what an account's own events do. They are others' commands: here they only happen. Whoever has something
// here still is not closed (rule B12), and whoever is closed stays so.
func (w *walker) changeAccount() {
	id := w.id()

	acc, exists := w.facts.Accounts[id]
	if !exists || acc.State == account.Closed {
		return
	}

	states := []account.State{account.Active, account.Active, account.Deactivated, account.Blocked, account.Closed}
	state := rapid.SampledFrom(states).Draw(w.draw, "state")

	if state == account.Closed && slices.ContainsFunc(w.roster.RowsOf(id), func(row attachment.Attachment) bool {
		return row.State == attachment.Requested || row.State == attachment.Attached || row.State == attachment.Suspended
	}) {
		state = account.Blocked
	}

	w.become(id, state)
}

// changeElse is what other parts of the portal do: activating and deactivating structures and services, opening and closing
// applications, changing the identifier.
func (w *walker) changeElse() {
	if !w.roster.Standing.Known() {
		return
	}

	switch rapid.SampledFrom([]string{"structure", "structure", "service", "applications", "replace"}).Draw(w.draw, "event") {
	case "structure":
		if w.facts.Structure.Successor == "" {
			w.facts.Structure.Status = rapid.SampledFrom([]structure.Status{structure.Active, structure.Active, structure.Inactive}).Draw(w.draw, "status")
		}
	case "replace":
		if rapid.IntRange(0, 5).Draw(w.draw, "replaced") == 0 {
			w.replace()
		}
	case "applications":
		w.open(append(rapid.SliceOfDistinct(rapid.SampledFrom([]structure.Application{"annuaire", "factures-emises", "signature"}),
			rapid.ID).Draw(w.draw, "applications"), habilitation.Organisation)...)
	case "service":
		code := rapid.SampledFrom([]structure.Code{"achats", "compta"}).Draw(w.draw, "service")
		service := w.facts.Services[code]
		service.Inactive = !service.Inactive
		w.facts.Services[code] = service
	}
}

// changePolicy is an application that is configured anew.
func (w *walker) changePolicy() {
	p := &w.facts.Policy
	p.SoleDecider = rapid.IntRange(0, 2).Draw(w.draw, "sole decider") == 0
	p.RemindAfter = rapid.SampledFrom([]time.Duration{0, 7 * day, 10 * day}).Draw(w.draw, "remind after")
	p.EscalateAfter = rapid.SampledFrom([]time.Duration{0, 5 * day, 25 * day}).Draw(w.draw, "escalate after")
	w.facts.Withhold = rapid.SampledFrom([]profiles{nil, {send}}).Draw(w.draw, "withheld")
}
