package main

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
)

// registrations is the machine of account.Transitions.
func registrations() machine {
	m := machine{
		title: "Registrations",
		about: "A registration is somebody's wish for an account (rule B11, `account.Transitions`). It begins by awaiting approval, and by\n" +
			"awaiting activation under the policy `account.Immediate` (rule B6). One that becomes a claim is *designated*.",
		starts: []string{account.AwaitingApproval.String(), account.AwaitingActivation.String()}, // as Portal.Register does
	}

	for _, t := range account.Transitions() {
		c := cell{from: t.From.String(), event: t.Event.String()}

		if t.Refusal != nil {
			c.refusal = &account.StateError{State: t.From, Event: t.Event, Err: t.Refusal}
		} else {
			c.ways = []way{{to: t.To.String()}}
		}

		m.cells = append(m.cells, c)
	}

	return m
}

// accounts is the machine of account.AccountTransitions, with what [account.Account.Handle] does besides.
func accounts() machine {
	m := machine{
		title: "Accounts",
		about: "An account begins with the activation of its registration (rules B11 and B12, `account.AccountTransitions`). It is *away*\n" +
			"(`account.Account.Away`) if its person had deactivated it when support blocked it.",
		starts: []string{born().State.String()},
	}
	seen := handled()

	for _, t := range account.AccountTransitions() {
		c := cell{from: t.From.String(), event: t.Event.String()}

		if t.Refusal != nil {
			c.refusal = &account.AccountError{State: t.From, Event: t.Event, Err: t.Refusal}
		} else {
			c.ways = seen[happening{state: t.From, event: t.Event}]
		}

		m.cells = append(m.cells, c)
	}

	return m
}

// born is an account as its activation makes it.
func born() account.Account {
	return account.Registration{ID: "somebody"}.Account(time.Time{})
}

// happening is an event in a state.
type happening struct {
	state account.State
	event account.Event
}

// handled finds the ways of each event by letting all of them happen to every account that can come of a new one: the
// table alone does not know that an account may come back from a block to where it was.
func handled() map[happening][]way {
	ways := map[happening][]way{}
	found := []account.Account{born()}

	for i := 0; i < len(found); i++ {
		before := found[i]

		for _, event := range account.Events() {
			after, possible := handle(before, event)
			if !possible {
				continue
			}

			at := happening{state: before.State, event: event}
			ways[at] = also(ways[at], before, after)

			if !slices.ContainsFunc(found, func(a account.Account) bool { return alike(a, after) }) {
				found = append(found, after)
			}
		}
	}

	return ways
}

// handle returns the account after an event, whoever may cause it: the person, or support.
func handle(before account.Account, event account.Event) (after account.Account, possible bool) {
	for _, by := range []account.Actor{account.By(before.ID), account.Support("")} {
		if after, err := before.Handle(event, by); err == nil {
			return after, true
		}
	}

	return account.Account{}, false
}

// also adds the way that an account took, if it leads where none did. Accounts that are not away are found first, so
// that the condition stands where being away makes the difference.
func also(ways []way, before, after account.Account) []way {
	to := after.State.String()
	if slices.ContainsFunc(ways, func(w way) bool { return w.to == to }) {
		return ways
	}

	if before.Away {
		return append(ways, way{to: to, when: "if away"})
	}

	return append(ways, way{to: to})
}

// alike tells whether two accounts have the same life before them.
func alike(a, b account.Account) bool { return a.State == b.State && a.Away == b.Away }

// rows is the machine of attachment.Transitions.
func rows() machine {
	m := machine{
		title: "Rows of a roster",
		about: "A row is what an account or a registration has in a structure, or in one of its services (rules D1 to D5 and D8,\n" +
			"`attachment.Transitions`). The beginning of the diagram is the table's *" + nothing + "*. A row has no end: whoever was refused, has\n" +
			"withdrawn or was detached may ask again.",
	}

	for _, t := range attachment.Transitions() {
		c := cell{from: rowState(t.From), event: t.Event.String()}

		if t.Refusal != nil {
			c.refusal = &attachment.Error{Err: t.Refusal}
		} else {
			c.ways = []way{{to: rowState(t.To)}}
		}

		m.cells = append(m.cells, c)
	}

	return m
}

// rowState is the name of a row's state. The zero state has none of its own.
func rowState(s attachment.State) string {
	if s == 0 {
		return nothing
	}

	return s.String()
}
