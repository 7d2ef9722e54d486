package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Recording says what [Record] runs.
type Recording struct {
	Seed    uint64 // the same draws the same commands
	Callers int    // how many act at once
	Each    int    // how many commands each of them gives
}

// Record runs a random mix of commands on one structure of a store, which must be empty, through a portal, and returns
// what everybody was answered, for [Linearizable]. There is a main manager, a second decider, somebody who decides
// nothing, support, who may not while there is a manager, and a few people who ask, for eight callers one more;
// two services that can be asked for, and one that cannot.
//
// Errors: any answer that is neither a success nor an [*attachment.Error]; those of the store.
func Record(ctx context.Context, s storage.Store, what Recording) (History, error) {
	w := newWorld(what)

	if err := given(ctx, s, storage.Batch{
		Structures: []structure.Structure{w.facts.Structure}, Services: w.services(), Accounts: w.accounts(),
		Rosters: []attachment.Roster{w.start},
	}); err != nil {
		return History{}, err
	}

	w.start.Version = 1

	calls := make([][]Call, what.Callers)

	answers := together(what.Callers, func(i int) error {
		c, err := w.caller(s, i)
		if err != nil {
			return none("guichet.New", err)
		}

		calls[i], err = c.run(ctx, what.Each)

		return err
	})

	for i, err := range answers {
		if err != nil {
			return History{}, fmt.Errorf("caller %d: %w", i, err)
		}
	}

	end, err := s.Roster(ctx, storage.RosterQuery{Structure: w.start.Structure, Accounts: w.people})

	return History{Start: w.start, Facts: w.facts, Calls: slices.Concat(calls...), End: end.Roster}, none("Roster", err)
}

// linearWorld is what a recording begins with, and what its callers share.
type linearWorld struct {
	seed   uint64
	start  attachment.Roster
	facts  attachment.Facts
	people []account.ID // everybody
	askers []account.ID // those who ask

	clock, ids atomic.Int64
}

func newWorld(what Recording) *linearWorld {
	w := &linearWorld{seed: what.Seed, start: head(house(1).ID)}

	w.facts = attachment.Facts{
		Structure: house(1),
		Services:  map[structure.Code]structure.Service{},
		Accounts:  map[account.ID]account.Account{},
		Policy:    account.Policy{}.WithDefaults(),
	}
	w.facts.Structure.Applications = []structure.Application{"factures-emises"}

	for _, code := range w.codes() {
		w.facts.Services[code] = structure.Service{
			Structure: house(1).ID, Code: code, Label: string(code), Inactive: code == "closed",
		}
	}

	for i := range what.Callers/8 + 2 { //nolint:mnd // so few that they get into each other's way
		w.askers = append(w.askers, name[account.ID]("p", i))
	}

	w.people = append([]account.ID{"anne", "bob", "carl"}, w.askers...)

	for _, id := range w.people {
		w.facts.Accounts[id] = person(id)
	}

	w.start.Standing, w.start.Holder, w.start.Attached = attachment.Managed, "anne", 3
	w.start.Rows = []attachment.Attachment{
		belongs("anne", ""), belongs("bob", "", habilitation.Manage), belongs("carl", "", look()),
	}

	return w
}

func (*linearWorld) codes() []structure.Code { return []structure.Code{"closed", "sales", "works"} }

func (w *linearWorld) services() []structure.Service {
	out := make([]structure.Service, 0, len(w.facts.Services))
	for _, c := range w.codes() {
		out = append(out, w.facts.Services[c])
	}

	return out
}

func (w *linearWorld) accounts() []account.Account {
	out := make([]account.Account, 0, len(w.people))
	for _, id := range w.people {
		out = append(out, w.facts.Accounts[id])
	}

	return out
}

// linearCaller gives commands, one after the other, through a portal of its own, whose clock stands still during a call.
type linearCaller struct {
	world  *linearWorld
	draw   *rand.Rand
	portal *guichet.Portal
	now    atomic.Pointer[time.Time]
}

func (w *linearWorld) caller(s storage.Store, i int) (*linearCaller, error) {
	c := &linearCaller{world: w, draw: rand.New(rand.NewPCG(w.seed, uint64(i)))} //nolint:gosec // not negative

	portal, err := guichet.New(
		yielding{s}, guichet.Keys{{ID: "storagetest", Secret: bytes.Repeat([]byte{1}, guichet.KeySize)}},
		&guichet.Options{
			Now:   func() time.Time { return *c.now.Load() },
			NewID: func() string { return fmt.Sprintf("id-%06d", w.ids.Add(1)) },
		},
	)
	c.portal = portal

	return c, err
}

// run gives n commands and keeps the answers.
func (c *linearCaller) run(ctx context.Context, n int) ([]Call, error) {
	calls := make([]Call, n)

	for i := range calls {
		start := c.world.clock.Add(1)
		now := at(0).Add(time.Duration(start) * time.Second)
		c.now.Store(&now)

		command := c.command(i)
		outcome, err := c.portal.Do(ctx, c.world.start.Structure, command)

		calls[i] = Call{
			Command: command, At: now, Start: start, End: c.world.clock.Add(1), Version: outcome.Version,
			Changes: outcome.Changes, Err: err,
		}

		var refusal *attachment.Error
		if err != nil && !errors.As(err, &refusal) {
			return nil, fmt.Errorf("%s: the answer is neither a success nor a refusal: %w", command, err)
		}
	}

	return calls, nil
}

// command draws the n-th command. Everybody begins with asking, so that there is something to decide, and there are
// more refusals than approvals, because nobody who is attached asks again.
func (c *linearCaller) command(n int) attachment.Command {
	asker := c.world.askers[c.draw.IntN(len(c.world.askers))]
	service := []structure.Code{"", "", "", "", "sales", "sales", "works", "closed"}[c.draw.IntN(8)]
	order := int64(0)

	if c.draw.IntN(4) == 0 { // a decider who saw some request, perhaps not this one
		order = 2 + c.draw.Int64N(20)
	}

	deciders := []account.Actor{account.By("carl"), account.By(asker), account.Support("Léa")}
	decider := deciders[c.draw.IntN(len(deciders))]

	if c.draw.IntN(5) > 0 {
		decider = []account.Actor{account.By("anne"), account.By("bob")}[c.draw.IntN(2)]
	}

	switch kind := c.draw.IntN(100); {
	case n == 0 || kind < 35:
		return attachment.Request{By: account.By(asker), Service: service, Comment: "Bonjour"}
	case kind < 55:
		return attachment.Withdraw{By: account.By(asker), Service: service}
	case kind < 85:
		return attachment.Refuse{By: decider, Account: asker, Service: service, Order: order, Reason: "non"}
	default:
		return attachment.Approve{By: decider, Account: asker, Service: service, Order: order}
	}
}
