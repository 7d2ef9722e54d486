package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// standings is the machine of a structure's standing, for which the library has no table: it is found by search.
func standings() machine {
	m := machine{
		title: "Standings of a structure",
		about: "What a structure is to the people who name it (rules D1, D2 and D6, `attachment.Standing`). There is no table of this: the\n" +
			"arrows are what `attachment.Decide` was seen to do when every command was given, again and again, in a structure with two\n" +
			"registrations and an account. They bear the changes of a roster that give it another standing or another holder. A dash is\n" +
			"a change that does not happen there.",
		starts: []string{attachment.Unclaimed.String()}, // as a roster that does not exist yet
	}
	steps := search()

	var actions []string

	for _, s := range steps {
		if !slices.Contains(actions, s.action) {
			actions = append(actions, s.action)
		}
	}

	for _, from := range allStandings() {
		for _, action := range actions {
			m.cells = append(m.cells, cell{from: from.String(), event: action, ways: waysOf(steps, from, action)})
		}
	}

	return m
}

// allStandings lists the standings in order: those that have a name.
func allStandings() []attachment.Standing {
	var out []attachment.Standing

	for s := attachment.Unclaimed; s.String() != "invalid"; s++ {
		out = append(out, s)
	}

	return out
}

// waysOf are the standings after a change that began in another.
func waysOf(steps []step, from attachment.Standing, action string) []way {
	var out []way

	for _, s := range steps {
		if s.from == from && s.action == action {
			out = append(out, way{to: s.to.String()})
		}
	}

	return out
}

// step is a change of the standing, or of its holder.
type step struct {
	from   attachment.Standing
	action string
	to     attachment.Standing
}

// The people of the search: two who have registered, and one who has an account and the login of the first.
const (
	first  account.ID = "first"
	second account.ID = "second"
	known  account.ID = "known"
)

func everybody() []account.ID { return []account.ID{first, second, known} }

// world is a roster with the facts that go with it.
type world struct {
	roster attachment.Roster
	facts  attachment.Facts
	now    time.Time
}

// newWorld has a structure that nobody has named.
func newWorld() world {
	login := account.StoredLogin("first@example.fr", "first@example.fr")

	return world{
		roster: attachment.Roster{Structure: "s"},
		facts: attachment.Facts{
			Structure: structure.Structure{
				ID: "s", Status: structure.Active, Applications: []structure.Application{habilitation.Manage.Application},
			},
			Registrations: map[account.ID]account.Registration{
				first:  {ID: first, State: account.AwaitingApproval, Login: login},
				second: {ID: second, State: account.AwaitingApproval},
			},
			Accounts: map[account.ID]account.Account{known: {ID: known, State: account.Active, Login: login}},
			Policy:   account.Policy{}.WithDefaults(),
		},
		now: began(),
	}
}

// began is when a world begins.
func began() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

// search gives every command in every world that can come of a new one, and returns each step once, in the order in
// which they were found. Worlds that differ by nothing but their times and versions count as one.
func search() []step {
	var steps []step

	found := []world{newWorld()}
	seen := map[string]bool{found[0].key(): true}
	orders := commands()

	for i := 0; i < len(found); i++ {
		for _, next := range found[i].after(orders, &steps) {
			if key := next.key(); !seen[key] {
				seen[key] = true

				found = append(found, next)
			}
		}
	}

	return steps
}

// after returns the worlds that come of the commands, given now or much later, and adds the steps on the way.
func (w world) after(orders []attachment.Command, steps *[]step) []world {
	var out []world

	later := w
	later.now = w.now.AddDate(1, 0, 0) // past every term

	for _, w := range []world{w, later} {
		w.roster.Queue = w.roster.Line(w.facts, w.now)
		w.facts.Decider, w.facts.Invited = w.roster.Decider(w.facts), w.roster.Invited(w.now)

		for _, c := range orders {
			changes, err := attachment.Decide(w.roster, w.facts, c, w.now)
			if err == nil && len(changes) > 0 {
				out = append(out, w.apply(changes, steps).follow(c))
			}
		}
	}

	return out
}

// apply returns the world with the roster after the changes, and adds the steps on the way.
func (w world) apply(changes []attachment.Change, steps *[]step) world {
	for _, change := range changes {
		before := w.roster
		w.roster = before.Apply(change)
		note(steps, before, w.roster, change)
	}

	return w
}

// note adds a step, unless nothing of the standing changed, or it has been seen.
func note(steps *[]step, before, after attachment.Roster, change attachment.Change) {
	if before.Standing == after.Standing && before.Holder == after.Holder {
		return
	}

	s := step{from: before.Standing, action: change.Action(), to: after.Standing}
	if !slices.Contains(*steps, s) {
		*steps = append(*steps, s)
	}
}

// follow brings version and facts in step with the roster, as the portal does after a command.
func (w world) follow(c attachment.Command) world {
	w.roster.Version++
	w.facts.Accounts = maps.Clone(w.facts.Accounts)
	w.facts.Registrations = maps.Clone(w.facts.Registrations)

	for id, reg := range w.facts.Registrations {
		row, _ := w.roster.Row(attachment.Key{Account: id})
		if _, exists := w.facts.Accounts[id]; !exists {
			reg.State = registered(row.State)
			w.facts.Registrations[id] = reg
		}
	}

	if activated, ok := c.(attachment.Activate); ok {
		w.facts.Accounts[activated.By.ID] = w.facts.Registrations[activated.By.ID].Account(w.now)
	}

	return w
}

// registered is the state of a registration that has a row in that state.
func registered(s attachment.State) account.RegistrationState {
	switch s {
	case attachment.Claimed, attachment.Approved:
		return account.AwaitingActivation
	case attachment.Attached, attachment.Suspended, attachment.Detached:
		return account.Activated
	case attachment.Refused:
		return account.Refused
	case attachment.Withdrawn:
		return account.Withdrawn
	case attachment.Lapsed:
		return account.Lapsed
	case attachment.Requested:
		return account.AwaitingApproval
	}

	return account.AwaitingApproval // has no row yet
}

// key writes out what becomes of a world depends on.
func (w world) key() string {
	var b strings.Builder

	over := func(due time.Time) bool { return !due.IsZero() && !w.now.Before(due) }

	fmt.Fprint(&b, w.roster.Standing, w.roster.Holder, over(w.roster.Claim.Term), w.roster.Claim.Leased.IsZero())

	for _, id := range everybody() {
		_, active := w.facts.Accounts[id]
		row, _ := w.roster.Row(attachment.Key{Account: id})
		fmt.Fprint(&b, "|", ended(row.State), over(row.Due), active)
	}

	if !w.roster.Standing.Known() { // only a claim has successors
		fmt.Fprint(&b, "|", w.roster.Line(w.facts, w.now))
	}

	return b.String()
}

// ended is a row's state, and one for all in which nothing is left: what comes next is alike.
func ended(s attachment.State) attachment.State {
	switch s {
	case attachment.Refused, attachment.Withdrawn, attachment.Lapsed, attachment.Detached:
		return attachment.Detached
	case attachment.Requested, attachment.Claimed, attachment.Approved, attachment.Attached, attachment.Suspended:
		return s
	}

	return s // has no row yet
}

// commands are all that these people, support and the system may want.
func commands() []attachment.Command {
	var out []attachment.Command

	details, system, support := &structure.Details{}, account.System(), account.Support("")
	deciders := []account.Actor{support, account.By(first), account.By(second), account.By(known)}

	for _, id := range everybody() {
		by := account.By(id)
		out = append(out,
			attachment.Register{By: by, Details: details},
			attachment.Create{By: by, Details: details},
			attachment.Request{By: by, Comment: "please", Details: details},
			attachment.Adopt{By: account.By(known), From: id},
			attachment.Withdraw{By: by},
			attachment.Activate{By: by},
			attachment.Arrive{By: by},
			attachment.Leave{By: by},
			attachment.ContestStanding{By: by, Reason: "really?"},
			attachment.RequestProfiles{By: by, Profiles: manage(), Comment: "please"},
			attachment.DropProfiles{By: by, Profiles: manage()},
			attachment.Mailed{By: system, Account: id},
			attachment.AwaitProof{By: system, Account: id, Designated: began(), Until: began().AddDate(0, 0, 7)},
			attachment.RefuseProof{By: system, Account: id, Designated: began()},
			attachment.Settle{By: system, Account: id},
			attachment.Remind{By: system, Account: id},
			attachment.Appoint{By: support, Account: id, Unreachable: true},
		)

		for _, decider := range deciders {
			out = append(out,
				attachment.Approve{By: decider, Account: id},
				attachment.Refuse{By: decider, Account: id},
				attachment.Depart{By: decider, Account: id, Vacant: true},
				attachment.Attach{By: decider, Account: id, Login: "typed@example.fr"},
				attachment.Detach{By: decider, Account: id},
				attachment.Suspend{By: decider, Account: id},
				attachment.Resume{By: decider, Account: id},
				attachment.HandOver{By: decider, To: id},
				attachment.Confirm{By: decider, Account: id},
				attachment.GrantProfiles{By: decider, Account: id, Profiles: manage()},
				attachment.RevokeProfiles{By: decider, Account: id, Profiles: manage()},
				attachment.CopyProfiles{By: decider, From: attachment.Key{Account: known}, To: attachment.Key{Account: id}},
			)
		}
	}

	return append(out, attachment.Freeze{By: support}, attachment.Release{By: support})
}

func manage() []habilitation.Profile { return []habilitation.Profile{habilitation.Manage} }
