package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
)

// The model says rules B5 to B7, B11, B12, B14, C1, C5, C9, D1, D2, D5 to D8 and E3 to E6 a second time, in maps and slices, and [Model] has
// the portal and the model do the same things at random and compares them after each. To be read in this order:
//
//   - model_rules.go: what there is (accounts, registrations, places with their seats) and the life of a claim;
//   - model_commands.go: what happens to registrations and requests;
//   - model_decide.go: who decides, and on what;
//   - model_users.go and model_managers.go: what deciders, main managers and support do with users;
//   - model_accounts.go: what happens to accounts, and what accounts do to places;
//   - model_mail.go: what is mailed to whom, and what a link answers;
//   - model_check.go: what is compared;
//   - model_run.go and model_run_users.go: how each of them is asked of the portal;
//   - this file: what can happen, and how it is drawn.
//
// The model knows nothing of the portal but its vocabulary: the names of states, of mails and of refusals. It follows the
// rule book where the two differ, so that a difference is a defect of one of them. On one point it follows the portal: what is
// over need not be ended at once, only by whatever happens next to it (see [modelRun.follow]).
//
// What it leaves out: services, copied and dropped profiles, contests, reminders, contact addresses, directories, individuals, mails that fail, and simultaneity.

// modelPeople are the logins.
var modelPeople = []string{"alice", "bruno", "chloé", "diane"}

const (
	modelSpots  = 3 // identifiers
	modelRounds = 5 // of rapid's steps: a round ends early when too little of what is drawn is possible
)

// Model has rapid drive a portal on fresh stores against the model, under both policies of activation. How long that takes is
// said by rapid's flags: 100 walks of up to 90 steps each, unless -rapid.checks and -rapid.steps say otherwise.
func Model(t *testing.T, newStore func(t *testing.T) storage.Store) {
	t.Helper()

	for name, activation := range map[string]account.Activation{
		"AfterApproval": account.AfterApproval, "Immediate": account.Immediate,
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(draw *rapid.T) {
				w := NewWorld(t, newStore(t), func(o *guichet.Options) {
					o.Policy.Activation, o.Policy.ClaimsPerDay = activation, modelCreated
					o.Support = Login(modelSupport)
				})

				x := &modelRun{World: w, t: draw, m: &model{immediate: activation == account.Immediate, used: map[account.ID]time.Time{}, asks: map[string]modelAsk{}, instead: map[account.ID]modelInstead{}}}
				x.begin()

				for range modelRounds {
					draw.Repeat(x.actions())
				}
			})
		})
	}
}

// modelRun is one walk.
type modelRun struct {
	*World

	t    *rapid.T
	m    *model
	step int
}

// begin takes the walk to a place from where there is more to see.
func (x *modelRun) begin() {
	x.m.now = x.Clock

	managed := func() {
		x.register("alice", 0)
		x.deliver()
		x.activate(0)
	}

	switch rapid.SampledFrom([]string{"nothing", "managed", "queued", "shared", "attached", "team", "away", "overdue"}).Draw(x.t, "start") {
	case "managed":
		managed()
	case "queued": // a claim, and two who wait behind it
		x.register("alice", 0)
		x.register("bruno", 0)
		x.register("chloé", 0)
		x.deliver()
	case "shared": // a manager whose login somebody uses elsewhere
		managed()
		x.register("alice", 1)
		x.register("bruno", 0)
		x.deliver()
	case "attached": // a manager who is not alone
		managed()
		x.enrol("bruno", 0)
		x.decide(account.By(x.m.places[0].holder), 0, x.m.owner("bruno").id, true)
		x.deliver()
	case "team": // several who decide, and a user
		managed()
		x.enrol("bruno", -1)
		x.enrol("chloé", -1)

		for _, name := range []string{"bruno", "chloé"} {
			x.add(account.By(x.m.places[0].holder), 0, x.m.owner(name).id)
		}

		x.grant(account.By(x.m.places[0].holder), 0, x.m.owner("bruno").id, []habilitation.Profile{habilitation.Manage})
		x.deliver()
	case "away": // somebody who waits behind a claim, and cannot be asked
		x.register("alice", 0)
		x.enrol("bruno", 0)
		x.deliver()
		x.deactivate(x.m.owner("bruno").id, false)
	case "overdue": // a claim that is over, which nobody has noticed, with a link that was sent again
		x.register("alice", 0)
		x.register("bruno", 0)
		x.deliver()
		x.wait(50 * time.Minute)
		x.resend("alice")
		x.deliver()
		x.wait(11 * time.Minute)
	}

	x.check()
}

// actions are what can happen. What happens often stands there more than once.
func (x *modelRun) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"": func(*rapid.T) { x.check() },

		"register":            func(*rapid.T) { x.register(x.person(), x.spot()) },
		"register, too":       func(*rapid.T) { x.register(x.person(), x.spot()) },
		"register, likewise":  func(*rapid.T) { x.register(x.person(), x.spot()) },
		"register alone":      func(*rapid.T) { x.registerAlone() },
		"deliver":             func(*rapid.T) { x.deliver() },
		"deliver, too":        func(*rapid.T) { x.deliver() },
		"deliver, likewise":   func(*rapid.T) { x.deliver() },
		"activate":            func(*rapid.T) { x.activate(x.link(account.PurposeActivation)) },
		"activate, too":       func(*rapid.T) { x.activate(x.link(account.PurposeActivation)) },
		"activate, likewise":  func(*rapid.T) { x.activate(x.link(account.PurposeActivation)) },
		"adopt":               func(*rapid.T) { x.adoptSome() },
		"adopt, too":          func(*rapid.T) { x.adoptSome() },
		"decline":             func(*rapid.T) { x.decline(x.link(account.PurposeAdoption, account.PurposeActivation)) },
		"resend":              func(*rapid.T) { x.resendSome() },
		"resend, too":         func(*rapid.T) { x.resendSome() },
		"decide":              func(*rapid.T) { x.decideSome() },
		"decide, too":         func(*rapid.T) { x.decideSome() },
		"decide, likewise":    func(*rapid.T) { x.decideSome() },
		"withdraw":            func(*rapid.T) { x.withdrawSome() },
		"request":             func(*rapid.T) { x.requestSome() },
		"create":              func(*rapid.T) { x.create(x.account(account.Active), x.spot()) },
		"enrol":               func(*rapid.T) { x.enrol(x.person(), x.spot()) },
		"enrol alone":         func(*rapid.T) { x.enrol(x.person(), -1) },
		"deactivate":          func(*rapid.T) { x.deactivate(x.account(account.Active), x.yes()) },
		"send reactivation":   func(*rapid.T) { x.sendReactivationSome() },
		"reactivate, too":     func(*rapid.T) { x.reactivate(x.link(account.PurposeReactivation)) },
		"reactivate":          func(*rapid.T) { x.reactivate(x.link(account.PurposeReactivation)) },
		"block":               func(*rapid.T) { x.block(x.account(account.Active, account.Deactivated)) },
		"unblock":             func(*rapid.T) { x.unblock(x.account(account.Blocked)) },
		"close":               func(*rapid.T) { x.closeSome() },
		"status":              func(*rapid.T) { x.statusSome() },
		"change identifier":   func(*rapid.T) { x.renameSome() },
		"attach":              func(*rapid.T) { x.addSome() },
		"attach who waits":    func(*rapid.T) { x.addWaiting() },
		"invite":              func(*rapid.T) { x.summonSome() },
		"invite, too":         func(*rapid.T) { x.summonSome() },
		"sign in":             func(*rapid.T) { x.signInSome() },
		"detach":              func(*rapid.T) { x.removeSome() },
		"leave":               func(*rapid.T) { x.quitSome() },
		"suspend":             func(*rapid.T) { x.suspendSome() },
		"resume":              func(*rapid.T) { x.resumeSome() },
		"hand over":           func(*rapid.T) { x.handOverSome() },
		"appoint":             func(*rapid.T) { x.appointSome() },
		"grant":               func(*rapid.T) { x.grantSome() },
		"revoke":              func(*rapid.T) { x.revokeSome() },
		"wish":                func(*rapid.T) { x.wishSome() },
		"wish, too":           func(*rapid.T) { x.wishSome() },
		"fulfil":              func(*rapid.T) { x.fulfilSome() },
		"fulfil, too":         func(*rapid.T) { x.fulfilSome() },
		"fulfil, likewise":    func(*rapid.T) { x.fulfilSome() },
		"resume, too":         func(*rapid.T) { x.resumeSome() },
		"unwish":              func(*rapid.T) { x.unwishSome() },
		"advance":             func(*rapid.T) { x.advance() },
		"wait":                func(*rapid.T) { x.wait(x.time()) },
		"wait for what comes": func(*rapid.T) { x.wait(x.time()) },
	}
}

func (x *modelRun) person() string { return rapid.SampledFrom(modelPeople).Draw(x.t, "person") }
func (x *modelRun) spot() int      { return rapid.IntRange(0, modelSpots-1).Draw(x.t, "spot") }
func (x *modelRun) yes() bool      { return rapid.Bool().Draw(x.t, "yes") }

// seldom is true once in a while.
func (x *modelRun) seldom() bool {
	return rapid.SampledFrom([]bool{false, false, false, false, false, false, false, true}).Draw(x.t, "seldom")
}

// sample draws one of those that fit, and sometimes any; if none fits, the action is not possible. Nothing has been drawn then,
// where that is likely: rapid gives a round up after too many steps that draw something and come to nothing, and cannot make a
// walk that does so shorter.
func sample[T any](x *modelRun, name string, all []T, fits func(T) bool) T {
	var fit []T

	for _, v := range all {
		if fits(v) {
			fit = append(fit, v)
		}
	}

	switch {
	case len(fit) == 0:
		x.t.Skip("no " + name)
	case x.seldom():
		fit = all
	}

	return rapid.SampledFrom(fit).Draw(x.t, name)
}

// account mostly draws an account in one of the states.
func (x *modelRun) account(states ...account.State) account.ID {
	return sample(x, "account", x.m.accounts, func(a *modelAccount) bool { return slices.Contains(states, a.state) }).id
}

// place mostly draws a place that is known.
func (x *modelRun) place() int {
	all := make([]int, len(x.m.places))
	for i := range all {
		all[i] = i
	}

	return sample(x, "place", all, func(i int) bool { return x.m.places[i].standing.Known() && x.m.places[i].next < 0 })
}

// link mostly draws a link that opens for one of the purposes.
func (x *modelRun) link(purposes ...account.Purpose) int {
	all := make([]int, len(x.m.links))
	for i := range all {
		all[i] = i
	}

	return sample(x, "link", all, func(i int) bool { return x.m.opens(i, purposes...) == nil })
}

// seat draws somebody in a place, mostly one who waits.
func (x *modelRun) seat() (place int, who account.ID) {
	return x.seatWhere(func(_ *modelPlace, s modelSeat) bool { return modelOpen(s.state) })
}

func (x *modelRun) seatWhere(fits func(*modelPlace, modelSeat) bool) (place int, who account.ID) {
	type seat struct {
		modelSeat

		place int
	}

	var all []seat

	for i, p := range x.m.places {
		for _, s := range p.seats {
			all = append(all, seat{s, i})
		}
	}

	drawn := sample(x, "seat", all, func(s seat) bool { return fits(x.m.places[s.place], s.modelSeat) })

	return drawn.place, drawn.who
}

// decider mostly draws whoever decides in a place.
func (x *modelRun) decider(place int) account.Actor {
	deciders := x.m.deciders(x.m.places[place])

	switch {
	case x.seldom() && len(x.m.accounts) > 0:
		return account.By(rapid.SampledFrom(x.m.accounts).Draw(x.t, "anybody").id)
	case len(deciders) > 0 && !x.seldom():
		return account.By(rapid.SampledFrom(deciders).Draw(x.t, "decider"))
	default:
		return account.Support("Anne")
	}
}

// time draws how long nothing happens: a while, or until something is over, or just not.
func (x *modelRun) time() time.Duration {
	const day = 24 * time.Hour

	var ends []time.Duration

	add := func(t time.Time) {
		if d := t.Sub(x.m.now); !t.IsZero() && d > time.Microsecond {
			ends = append(ends, d, d-time.Microsecond)
		}
	}

	for _, p := range x.m.places {
		add(p.term)

		for _, s := range p.seats {
			add(s.until)
		}
	}

	for _, r := range x.m.registrations {
		add(r.until)
	}

	for _, l := range x.m.links {
		add(l.expires)
		add(l.sent.Add(modelPause))
	}

	if len(ends) > 0 && rapid.Bool().Draw(x.t, "until something is over") {
		return rapid.SampledFrom(ends).Draw(x.t, "until")
	}

	return rapid.SampledFrom([]time.Duration{
		time.Minute, 11 * time.Minute, 31 * time.Minute, 2 * time.Hour, 25 * time.Hour, 8 * day, 31 * day, 181 * day,
	}).Draw(x.t, "for")
}

// tellf writes a line of the story that is shown when the walk fails.
func (x *modelRun) tellf(format string, args ...any) {
	x.step++
	x.t.Logf("%d. %s  %s", x.step, x.m.now.Format("2 Jan 15:04:05"), fmt.Sprintf(format, args...))
}

// agree asserts that the portal refused what the model refuses, and for the same reason.
func (x *modelRun) agree(want, got error) {
	switch _, refused := errors.AsType[*attachment.Error](got); {
	case want == nil:
		require.NoError(x.t, got)
	case errors.Is(want, errModelRefused):
		require.True(x.t, refused, "want a refusal, got %v", got)
	default:
		require.ErrorIs(x.t, got, want)
	}
}
