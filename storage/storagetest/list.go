package storagetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const listSentence = "Lists are pages in the order that their Query names, without gaps or repetitions among rows that do " +
	"not change. A page's Next, given back as After, continues behind its last row; \"\" says there is no more."

// listCases are about lists.
func listCases() []Case {
	return slices.Concat([]Case{
		listCase("OpenRequests", "Requests and wishes of several structures, with equal times, at services, of accounts "+
			"and of registrations; other states, wishes that are decided, and other structures are left out.", openRequests),
		listCase("DueMessages", "Messages before, at and after the moment, in every state.", dueMessages),
		listCase("DueRows", "Claims, requests and approvals before, at and after the moment, and without one.", dueRows),
		listCase("D10_DueReminders", "Rows in several structures with reminders before, at and after the moment, and without one, "+
			"of requests and of wishes. Who is reminded too early is told of what they are just deciding on.", dueReminders),
		listCase("History", "Entries of several versions, of operations at one moment, of a clock that is fast, "+
			"and of other structures: newest first.", historyOfAStructure),
		listCase("RegistrationsOf", "Open and ended registrations of one login and of others.", registrationsOf),
		listCase("D5_Deciders", "A main manager with no grant of their own, a second decider, and everybody who nearly is "+
			"one.", deciders),
	}, peopleCases(), memberCases(), estateCases(), wholeCases(), placeCases(), windowCases())
}

// listCase is the case of one list: what is in it, and in which order.
func listCase(query, explanation string, test func(context.Context, bench) error) Case {
	return Case{
		Name: "S13_" + query, Sentence: listSentence,
		Explanation: explanation + " The list is read in pages of every small size.", test: test,
	}
}

// lists compares a list with what it should be, read in pages of every small size, and its count.
func lists[T any](
	ctx context.Context, r storage.Reader, want []T, query func(storage.Window) storage.Of[T],
) error {
	for limit := 1; limit <= len(want)+1; limit++ {
		got, err := all(ctx, r, query, limit)
		if err != nil {
			return fmt.Errorf("pages of %d: %w", limit, err)
		}

		if err := same(fmt.Sprintf("pages of %d", limit), want, got); err != nil {
			return err
		}
	}

	page, err := storage.List(ctx, r, query(storage.Window{Limit: max(1, len(want)), Counted: true}))

	return steps(
		func() error { return none("counting", err) },
		func() error { return same("count", len(want), page.Count) },
		func() error { return same("the whole list on one page: next", "", page.Next) },
	)
}

func dueMessages(ctx context.Context, s bench) error {
	const now = 100

	var b storage.Batch

	add := func(id string, minute int, state storage.MessageState) storage.Message {
		m := note(id, at(minute))
		m.State = state
		b.Messages = append(b.Messages, m)
		m.Version = 1

		return m
	}

	never := note("never", time.Time{}) // was due from the beginning
	b.Messages = append(b.Messages, never)
	never.Version = 1

	want := []storage.Message{
		never,
		add("z", 1, storage.Queued),
		add("B", 2, storage.Queued),
		add("a", 2, storage.Queued),
		add("é", 2, storage.Queued),
		add("y", now, storage.Queued),
	}

	add("later", now+1, storage.Queued)

	for _, state := range storage.MessageStates() {
		if state != storage.Queued {
			add(state.String(), 1, state)
		}
	}

	soon := note("a moment later", at(now).Add(time.Microsecond))
	b.Messages = append(b.Messages, soon)
	slices.Reverse(b.Messages)

	if err := given(ctx, s, b); err != nil {
		return err
	}

	return lists(ctx, s, want, func(w storage.Window) storage.Of[storage.Message] {
		return storage.DueMessages{Window: w, At: at(now)}
	})
}

func dueRows(ctx context.Context, s bench) error {
	const now = 100

	var b storage.Batch

	roster := func(n int, term int, rows ...attachment.Attachment) structure.ID {
		r := head(house(n).ID)
		r.Rows = rows

		for _, row := range rows {
			b.Registrations = append(b.Registrations, applicant(row.Account, r.Structure))
		}

		if term > 0 {
			r.Standing, r.Holder = attachment.InClaim, name[account.ID]("claimant", n)
			r.Claim = attachment.Claim{Designated: at(0), Term: at(term)}
			row := asks(r.Holder, 1)
			row.State = attachment.Claimed
			r.Rows = append(r.Rows, row)
			b.Registrations = append(b.Registrations, applicant(r.Holder, r.Structure))
		}

		b.Structures = append(b.Structures, house(n))
		b.Rosters = append(b.Rosters, r)

		return r.Structure
	}
	row := func(id account.ID, service structure.Code, state attachment.State, due int) attachment.Attachment {
		out := asks(id, 2)
		out.State, out.Service = state, service

		if due > 0 {
			out.Due = at(due)
		}

		return out
	}

	one := roster(1, 50,
		row("a", "", attachment.Requested, 50), row("b", "", attachment.Requested, now),
		row("c", "", attachment.Requested, now+1), row("d", "", attachment.Requested, 0))
	two := roster(2, now,
		row("e", "", attachment.Approved, 50), row("f", "", attachment.Refused, 10), row("g", "S1", attachment.Requested, 20),
		row("g", "S2", attachment.Requested, 20))
	roster(3, now+1)

	// What is no claim any more has no end, whatever its head still says.
	over := head(house(4).ID)
	over.Standing, over.Holder, over.Attached = attachment.Managed, "manager", 1
	over.Claim, over.Rows = attachment.Claim{Designated: at(0), Leased: at(1), Term: at(30)}, []attachment.Attachment{belongs("manager", "")}
	vacant := head(house(5).ID)
	vacant.Standing, vacant.Claim = attachment.Vacant, over.Claim
	b.Structures = append(b.Structures, house(4), house(5))
	b.Accounts = append(b.Accounts, person("manager"))
	b.Rosters = append(b.Rosters, over, vacant)

	b.Services = []structure.Service{{Structure: two, Code: "S1"}, {Structure: two, Code: "S2"}}
	b.Registrations = slices.CompactFunc(b.Registrations, func(a, b account.Registration) bool { return a.ID == b.ID })

	if err := given(ctx, s, b); err != nil {
		return err
	}

	want := []storage.DueRow{
		{Structure: two, Account: "g", Service: "S1", Due: at(20)},
		{Structure: two, Account: "g", Service: "S2", Due: at(20)},
		{Structure: one, Account: "a", Due: at(50)},
		{Structure: one, Account: "claimant-1", Due: at(50)},
		{Structure: two, Account: "e", Due: at(50)},
		{Structure: one, Account: "b", Due: at(now)},
		{Structure: two, Account: "claimant-2", Due: at(now)},
	}

	return lists(ctx, s, want, func(w storage.Window) storage.Of[storage.DueRow] {
		return storage.DueRows{Window: w, At: at(now)}
	})
}

func historyOfAStructure(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1), house(2)}}

	want := make([]storage.Entry, 0, 24)

	for i := range cap(want) {
		e := storage.Entry{
			Operation: name[string]("operation", i%3), Seq: i, Try: 1, At: at(i / 6 % 2), Actor: account.System(),
			Action: "a", Structure: house(1).ID, Version: int64(9 + i/12), Note: "n", // 9 comes before 10
		}
		if i == 0 {
			e.At = at(1000) // a clock that is fast: the version is what counts
		}

		want = append(want, e)

		e.Operation, e.Structure = "elsewhere", house(2).ID
		b.Journal = append(b.Journal, e)
	}

	b.Journal = append(b.Journal, want...)

	slices.SortFunc(want, func(a, b storage.Entry) int {
		return -cmp.Or(cmp.Compare(a.Version, b.Version), a.At.Compare(b.At), cmp.Compare(a.Operation, b.Operation),
			cmp.Compare(a.Seq, b.Seq))
	})

	if err := given(ctx, s, b); err != nil {
		return err
	}

	return lists(ctx, s, want, func(w storage.Window) storage.Of[storage.Entry] {
		return storage.History{Window: w, Structure: house(1).ID}
	})
}

func registrationsOf(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1), house(2)}}

	add := func(id account.ID, n, minute int, address string, state account.RegistrationState) account.Registration {
		reg := applicant(id, house(n).ID)
		reg.Login, reg.CreatedAt, reg.State = login(address), at(minute), state
		b.Registrations = append(b.Registrations, reg)
		reg.Version = 1

		return reg
	}

	want := []account.Registration{
		add("z", 1, 1, "Anne@example.fr", account.AwaitingApproval),
		add("B", 2, 2, "anne@example.fr", account.AwaitingActivation),
		add("a", 1, 2, "anne@Example.fr", account.AwaitingApproval),
	}

	for i, state := range account.RegistrationStates() {
		if !state.Open() {
			add(name[account.ID]("over", i), 1, 1, "anne@example.fr", state)
		}
	}

	add("other", 1, 1, "other@example.fr", account.AwaitingApproval)
	slices.Reverse(b.Registrations)

	if err := given(ctx, s, b); err != nil {
		return err
	}

	of := func(key string, want ...account.Registration) func() error {
		return func() error {
			return none("of "+key, lists(ctx, s, want, func(w storage.Window) storage.Of[account.Registration] {
				return storage.RegistrationsOf{Window: w, Login: key}
			}))
		}
	}

	// A login that is corrected is one of another list from then on.
	corrected := want[1]
	corrected.Login = login("corrected@example.fr")
	written := corrected
	written.Version++

	return steps(
		of("anne@example.fr", want...),
		func() error {
			return none("correcting a login", write(ctx, s, storage.Batch{Registrations: []account.Registration{corrected}}))
		},
		of("anne@example.fr", want[0], want[2]),
		of("corrected@example.fr", written),
	)
}

func deciders(ctx context.Context, s bench) error {
	b := storage.Batch{
		Structures: []structure.Structure{house(1), house(2), house(3), house(4), house(5)},
		Services:   []structure.Service{{Structure: house(1).ID, Code: "SRV"}},
	}

	r := head(house(1).ID)
	r.Standing, r.Holder = attachment.Managed, "manager"

	add := func(state account.State, row attachment.Attachment) account.Account {
		a := person(row.Account)
		a.State = state
		b.Accounts = append(b.Accounts, a)
		r.Rows = append(r.Rows, row)

		if row.State == attachment.Attached || row.State == attachment.Suspended {
			r.Attached++
		}

		a.Version = 1

		return a
	}

	want := []account.Account{ // byte for byte: capitals first
		add(account.Active, belongs("B", "", look(), habilitation.Manage)),
		add(account.Active, belongs("a", "", habilitation.Manage)),
		add(account.Active, belongs("manager", "")),
	}

	add(account.Active, belongs("no-grant", ""))
	add(account.Active, belongs("another-grant", "", act(),
		habilitation.Profile{Application: habilitation.Organisation, Level: habilitation.Consultation}))
	add(account.Active, belongs("at-a-service", "SRV", habilitation.Manage))
	add(account.Blocked, belongs("blocked", "", habilitation.Manage))
	add(account.Deactivated, belongs("deactivated", "", habilitation.Manage))

	suspended := belongs("suspended", "", habilitation.Manage)
	suspended.State = attachment.Suspended
	add(account.Active, suspended)

	detached := belongs("detached", "")
	detached.State = attachment.Detached
	add(account.Active, detached)

	// In a second house the manager is blocked, and in a third there is only a claim.
	second, third := head(house(2).ID), head(house(3).ID)
	second.Standing, second.Holder, second.Attached = attachment.Managed, "blocked", 1
	second.Rows = []attachment.Attachment{belongs("blocked", "")}
	third.Standing, third.Holder = attachment.InClaim, "manager"
	third.Rows = []attachment.Attachment{asks("manager", 1)}
	third.Rows[0].State = attachment.Claimed

	// In a fourth the manager is suspended, beside somebody with the grant; in a fifth the manager has the grant too.
	fourth, fifth := head(house(4).ID), head(house(5).ID)
	fourth.Standing, fourth.Holder, fourth.Attached = attachment.Managed, "manager", 2
	fourth.Rows = []attachment.Attachment{belongs("manager", ""), belongs("a", "", habilitation.Manage)}
	fourth.Rows[0].State = attachment.Suspended
	fifth.Standing, fifth.Holder, fifth.Attached = attachment.Managed, "manager", 1
	fifth.Rows = []attachment.Attachment{belongs("manager", "", look(), habilitation.Manage)}
	b.Rosters = []attachment.Roster{r, second, third, fourth, fifth}

	if err := given(ctx, s, b); err != nil {
		return err
	}

	query := func(n int) func(storage.Window) storage.Of[account.Account] {
		return func(w storage.Window) storage.Of[account.Account] {
			return storage.Deciders{Window: w, Structure: house(n).ID}
		}
	}

	return steps(
		func() error { return lists(ctx, s, want, query(1)) },
		func() error { return none("a blocked manager", lists(ctx, s, nil, query(2))) },
		func() error { return none("a claimant", lists(ctx, s, nil, query(3))) },
		func() error { return none("a manager who is suspended", lists(ctx, s, want[1:], query(4))) },
		func() error { return none("a manager with the grant", lists(ctx, s, want[2:], query(5))) },
	)
}
