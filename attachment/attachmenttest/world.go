package attachmenttest

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/structure"
)

// World is a whole roster at a time, with the facts that go with it. Its roster's Queue is the whole line, and its facts have
// Decider and Invited as a store would read them. Worlds are values: what returns another one leaves this one as it was.
type World struct { //nolint:recvcheck // what brings its own copy in step has pointers
	Roster attachment.Roster
	Facts  attachment.Facts
	Now    time.Time
}

// Circumstances are what else a decision depends on than its roster. The zero value is the ordinary: everybody is active, and no
// time has passed.
type Circumstances struct {
	After    time.Duration    // since the last command
	Blocked  []account.ID     // accounts that are blocked
	Inactive bool             // the structure is
	Closed   []structure.Code // services that are inactive
}

// String returns the circumstances in words; "" for the ordinary.
func (c Circumstances) String() string {
	var words []string

	if c.After > 0 {
		words = append(words, fmt.Sprintf("%s later", c.After))
	}

	for _, id := range c.Blocked {
		words = append(words, string(id)+" blocked")
	}

	if c.Inactive {
		words = append(words, "the structure inactive")
	}

	for _, code := range c.Closed {
		words = append(words, string(code)+" inactive")
	}

	return strings.Join(words, ", ")
}

// Circumstance draws circumstances of a world, from what varies in the universe. The simplest are the ordinary ones.
func Circumstance(src Source, u Universe, w World) Circumstances {
	var c Circumstances

	if i := src.IntN(len(u.Waits) + 1); i > 0 {
		c.After = u.Waits[i-1]
	}

	for _, p := range u.People {
		if _, exists := w.Facts.Accounts[p.ID]; u.Blocked && exists && coin(src) {
			c.Blocked = append(c.Blocked, p.ID)
		}
	}

	c.Inactive = u.Inactive && w.Roster.Standing.Known() && coin(src)

	for _, code := range u.Services {
		if u.Closed && coin(src) {
			c.Closed = append(c.Closed, code)
		}
	}

	return c
}

// In returns the world under circumstances.
func (w World) In(c Circumstances) World {
	w.Now = w.Now.Add(c.After)

	if len(c.Blocked) > 0 {
		w.Facts.Accounts = maps.Clone(w.Facts.Accounts)
	}

	for _, id := range c.Blocked {
		acc := w.Facts.Accounts[id]
		acc.State = account.Blocked
		w.Facts.Accounts[id] = acc
	}

	if c.Inactive {
		w.Facts.Structure.Status = structure.Inactive
	}

	if len(c.Closed) > 0 {
		w.Facts.Services = maps.Clone(w.Facts.Services)
	}

	for _, code := range c.Closed {
		service := w.Facts.Services[code]
		service.Inactive = true
		w.Facts.Services[code] = service
	}

	return w.read()
}

// read returns the world with what a store computes from the whole roster.
func (w World) read() World {
	w.Roster.Queue = w.Roster.Line(w.Facts, w.Now)
	w.Facts.Decider, w.Facts.Invited = w.Roster.Decider(w.Facts), w.Roster.Invited(w.Now)

	return w
}

// Do decides on a command, and returns the world after it: roster, registrations, accounts and structure as the portal leaves
// them. A refused command leaves the world as it is. Errors: those of [attachment.Decide]; [account.StateError] when a
// registration cannot follow what became of its request, which is a fault of the rules and no refusal.
func (w World) Do(c attachment.Command, guards ...attachment.Guard) (World, []attachment.Change, error) {
	changes, err := attachment.Decide(w.Roster, w.Facts, c, w.Now, guards...)
	if err != nil {
		return w, nil, err
	}

	next, err := w.after(c, changes)

	return next, changes, err
}

// after brings roster and facts in step with what was decided.
func (w World) after(c attachment.Command, changes []attachment.Change) (World, error) {
	if len(changes) == 0 && !moves(c) {
		return w, nil
	}

	before := w
	w.Roster = w.Roster.Clone()
	w.Facts.Registrations = maps.Clone(w.Facts.Registrations)

	for _, change := range changes {
		w.Roster = w.Roster.Apply(change)

		if err := w.follow(change); err != nil {
			return before, err
		}
	}

	if len(changes) > 0 {
		w.Roster.Version++
	}

	switch c := c.(type) { //nolint:gochecksumtype // those that do something besides
	case attachment.Activate:
		w.Facts.Accounts = maps.Clone(w.Facts.Accounts)
		w.Facts.Accounts[c.By.ID] = w.Facts.Registrations[c.By.ID].Account(w.Now)

		if err := w.move(c.By.ID, account.Activate, true); err != nil {
			return before, err
		}
	case attachment.Adopt: // a separate one leaves its request behind, and does not follow it
		if w.Facts.Registrations[c.From].Open() {
			if err := w.move(c.From, account.Withdraw, true); err != nil {
				return before, err
			}
		}
	}

	return w.read(), nil
}

// moves tells whether a command does something even where it changes no roster.
func moves(c attachment.Command) bool {
	_, activates := c.(attachment.Activate)
	_, adopts := c.(attachment.Adopt)

	return activates || adopts
}

// follow does what a change means for registrations and the structure.
func (w *World) follow(change attachment.Change) error {
	id := change.Subject().Account

	switch c := change.(type) { //nolint:gochecksumtype // those that mean something besides
	case attachment.ClaimBegan:
		return w.step(id, account.Designate)
	case attachment.RequestApproved:
		return w.approved(id, c.Due)
	case attachment.UserInvited:
		return w.approved(id, c.Due)
	case attachment.RequestRefused:
		return w.step(id, account.Refuse)
	case attachment.RequestWithdrawn:
		return w.step(id, account.Withdraw)
	case attachment.TimeOver:
		return w.step(id, account.Lapse)
	case attachment.ManagerLeft:
		w.Facts.Structure.Status = structure.Inactive
	case attachment.ManagerNamed:
		if c.Details != nil {
			w.Facts.Structure = w.Facts.Structure.Describe(*c.Details)
		}
	}

	return nil
}

// approved has a registration wait for its activation; a separate one has as long as any other that was approved.
func (w *World) approved(id account.ID, due time.Time) error {
	if reg := w.Facts.Registrations[id]; reg.Separate && reg.Open() {
		reg.Due = due
		w.Facts.Registrations[id] = reg
	}

	return w.step(id, account.Approve)
}

// step has a registration follow what happened to its request (rule B11). An account has none.
func (w *World) step(id account.ID, event account.RegistrationEvent) error {
	if _, exists := w.Facts.Accounts[id]; exists {
		return nil
	}

	return w.move(id, event, false)
}

// move moves a registration: by itself, or following its request.
func (w *World) move(id account.ID, event account.RegistrationEvent, itself bool) error {
	how := w.Facts.Registrations[id].Follow
	if itself {
		how = w.Facts.Registrations[id].Handle
	}

	reg, err := how(event, w.Now)
	if err != nil {
		return fmt.Errorf("registration %s: %w", id, err)
	}

	w.Facts.Registrations[id] = reg

	return nil
}

// Reach returns a world that at the most so many commands lead to, all of which were allowed. Draw the number of steps too
// where a source shrinks. The simplest world is where nobody has named the structure; the simplest way on is the first of
// [Commands] that does something. It stops early where no command does anything.
func Reach(src Source, u Universe, steps int) World {
	w, all := u.Start(), Commands(u)

	for range steps {
		w = w.In(Circumstances{After: Circumstance(src, Universe{Waits: u.Waits}, w).After})

		var next []World

		for _, c := range all {
			if after, changes, err := w.Do(c); err == nil && len(changes) > 0 {
				next = append(next, after)
			}
		}

		if len(next) == 0 {
			break
		}

		w = pick(src, next)
	}

	return w
}
