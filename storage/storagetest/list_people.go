package storagetest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// peopleCases are about the lists of what one account, or one registration, has, and of whom a structure has.
func peopleCases() []Case {
	return []Case{
		listCase("DueRegistrations", "Registrations in every state that lapse before, at and after the moment, and never; with "+
			"and without a structure.", dueRegistrations),
		listCase("JournalOf", "Entries on an account, by it, and both, in several structures and in none, in an order that is not "+
			"that of their versions; support of the same name, and accounts whose ids begin or end alike. Who asks what is kept "+
			"about them must be told all, and nothing about others.", journalOfAnAccount),
		listCase("RowsOf", "Rows of an account and of a registration in every state, at structure level and at services, beside "+
			"others in the same rosters. A row that is missed survives the account that it belongs to.", rowsOfAnAccount),
		listCase("MessagesOf", "Messages about an account in every state, whoever they are to, and messages to it about others.",
			messagesOfAnAccount),
		listCase("UsersOf", "People who are attached or suspended, at structure level, at one service and at several, whatever "+
			"the state of their account, and people whose rows are in every other state. Who comes twice gets two mails.",
			usersOfAStructure),
		listCase("ServicesOf", "Services that are active, inactive, over and to come, and those of another structure with the same "+
			"codes.", servicesOfAStructure),
		{
			Name:     "S13_Past",
			Sentence: "the list is of those whose id is greater, byte for byte, besides what After says; \"\" = all",
			Explanation: "Deciders and users of a structure are listed past nobody, past each of them, and past ids between " +
				"theirs; and page after page, each past the last one that was seen. A mail to all of them goes on where it " +
				"stopped: it must neither come twice nor leave anybody out.",
			test: past,
		},
	}
}

func dueRegistrations(ctx context.Context, s bench) error {
	const now = 100

	b := storage.Batch{Structures: []structure.Structure{house(1)}}

	add := func(id account.ID, where structure.ID, due time.Time, state account.RegistrationState) account.Registration {
		reg := applicant(id, where)
		reg.Due, reg.State, reg.Separate, reg.CreatedAt = due, state, true, at(-len(b.Registrations))
		b.Registrations = append(b.Registrations, reg)
		reg.Version = 1

		return reg
	}

	want := []account.Registration{
		add("z", house(1).ID, at(1), account.AwaitingActivation),
		add("B", "", at(2), account.AwaitingActivation), // names no structure
		add("a", house(1).ID, at(2), account.AwaitingApproval),
		add("y", house(1).ID, at(now), account.AwaitingActivation),
	}

	add("later", house(1).ID, at(now).Add(time.Microsecond), account.AwaitingActivation)
	add("never", house(1).ID, time.Time{}, account.AwaitingActivation)

	for i, state := range account.RegistrationStates() {
		if !state.Open() {
			add(name[account.ID]("over", i), house(1).ID, at(1), state)
		}
	}

	slices.Reverse(b.Registrations)

	lapsed := want[0]
	lapsed.State, lapsed.EndedAt = account.Lapsed, at(now)

	due := func(want []account.Registration) error {
		return lists(ctx, s, want, func(w storage.Window) storage.Of[account.Registration] {
			return storage.DueRegistrations{Window: w, At: at(now)}
		})
	}

	return steps(
		func() error { return given(ctx, s, b) },
		func() error { return due(want) },
		func() error {
			return none("ending one", write(ctx, s, storage.Batch{Registrations: []account.Registration{lapsed}}))
		},
		func() error { return none("when one has lapsed", due(want[1:])) },
	)
}

func journalOfAnAccount(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1), house(2)}}
	jean := account.By("jean")

	add := func(n, minute int, actor account.Actor, on account.ID) storage.Entry {
		e := storage.Entry{
			Operation: name[string]("operation", n), Seq: n % 3, Try: 1, At: at(minute), Actor: actor, Action: "a",
			Structure: []structure.ID{house(1).ID, house(2).ID, ""}[n%3], Version: int64(9 - minute), Account: on, Note: "n",
		}
		b.Journal = append(b.Journal, e)

		return e
	}

	want := slices.Concat([]storage.Entry{
		add(1, 1, jean, "anne"),
		add(2, 1, account.By("anne"), "jean"),
		add(3, 1, account.By("anne"), "anne"), // once
		add(4, 2, account.Support("Léa"), "anne"),
		add(5, 2, account.By("anne"), ""),
		add(6, 3, account.System(), "anne"),
	}, make([]storage.Entry, 2))

	// Of one operation the last comes first.
	for i, seq := range []int{9, 10} {
		want[6+i] = want[5]
		want[6+i].Seq = seq
		b.Journal = append(b.Journal, want[6+i])
	}

	add(11, 4, account.Support("anne"), "jean")
	add(12, 4, account.System(), "")

	for i, other := range []account.ID{"ann", "anne-2", "xanne", "Anne", "account:anne", "support:anne"} {
		add(20+i, 4, account.By(other), "jean")
		add(30+i, 4, jean, other)
	}

	slices.SortFunc(want, func(a, b storage.Entry) int {
		return -cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Seq, b.Seq))
	})

	journal := func(id account.ID, want ...storage.Entry) func() error {
		return func() error {
			return none("of "+string(id), lists(ctx, s, want, func(w storage.Window) storage.Of[storage.Entry] {
				return storage.JournalOf{Window: w, Account: id}
			}))
		}
	}

	last := len(b.Journal) - 4 // two for each of the others

	return steps(
		func() error { return given(ctx, s, b) },
		journal("anne", want...),
		journal("account:anne", b.Journal[last+1], b.Journal[last]),
		journal("nobody"),
	)
}

func rowsOfAnAccount(ctx context.Context, s bench) error {
	var (
		b    storage.Batch
		want []storage.RosterRow
	)

	b.Accounts = []account.Account{person("anne"), person("anne-2"), person("manager")}

	for n, state := range attachment.States() {
		where := house(n + 1)
		where.Data, where.Applications = details("data").Data, details("data").Applications
		r := head(where.ID)
		r.Standing, r.Holder, r.Attached = attachment.Managed, "manager", 2

		mine := row("anne", "", state, int64(n+1))

		if state == attachment.Claimed {
			r.Standing, r.Holder, r.Attached = attachment.InClaim, "anne", 0
		} else {
			r.Rows = append(r.Rows, belongs("manager", ""))
		}

		other, theirs := mine.Clone(), mine.Clone()
		other.Account, other.State, other.Service, other.Grants = "anne-2", attachment.Requested, "9", nil
		theirs.Service, theirs.State, theirs.Grants = "9", attachment.Refused, nil
		tenth := theirs.Clone()
		tenth.Service = "10"
		r.Rows = append(r.Rows, tenth, other, theirs, mine) // 10 comes before 9

		b.Structures, b.Rosters = append(b.Structures, where), append(b.Rosters, r)
		b.Services = append(b.Services, structure.Service{Structure: where.ID, Code: "10"}, structure.Service{Structure: where.ID, Code: "9"})

		where.Version = 1
		for _, row := range []attachment.Attachment{mine, tenth, theirs} {
			want = append(want, storage.RosterRow{Structure: where, Attachment: row})
		}
	}

	asker := asks("asker", 9)
	b.Registrations = []account.Registration{applicant("asker", house(1).ID)}
	b.Rosters[0].Rows = append(b.Rosters[0].Rows, asker)

	slices.SortFunc(want, func(a, b storage.RosterRow) int {
		return cmp.Or(cmp.Compare(a.Structure.ID, b.Structure.ID), cmp.Compare(a.Attachment.Service, b.Attachment.Service))
	})

	rows := func(id account.ID, want ...storage.RosterRow) error {
		return none("of "+string(id), lists(ctx, s, want, func(w storage.Window) storage.Of[storage.RosterRow] {
			return storage.RowsOf{Window: w, Account: id}
		}))
	}

	if err := steps(
		func() error { return given(ctx, s, b) },
		func() error { return rows("anne", want...) },
		func() error {
			return rows("asker", storage.RosterRow{Structure: versioned(b, 1).Structures[0], Attachment: asker})
		},
		func() error { return rows("nobody") },
	); err != nil {
		return err
	}

	// What is over stays in the list, as it is now.
	ended := asker
	ended.State = attachment.Withdrawn
	r := b.Rosters[0].Clone()
	r.Version, r.Rows = 1, []attachment.Attachment{ended}

	return steps(
		func() error {
			return none("withdrawing a request", write(ctx, s, storage.Batch{Rosters: []attachment.Roster{r}}))
		},
		func() error {
			return rows("asker", storage.RosterRow{Structure: versioned(b, 1).Structures[0], Attachment: ended})
		},
	)
}

func messagesOfAnAccount(ctx context.Context, s bench) error {
	var b storage.Batch

	add := func(id string, minute int, about account.ID, state storage.MessageState) storage.Message {
		m := note(id, at(-minute)) // due in another order
		m.Account, m.State, m.CreatedAt, m.To = about, state, at(minute), person("anne").Login.String()
		b.Messages = append(b.Messages, m)
		m.Version = 1

		return m
	}

	want := make([]storage.Message, 0, len(storage.MessageStates())+2)
	for i, state := range storage.MessageStates() {
		want = append(want, add("z-"+state.String(), i/2, "anne", state))
	}

	want = append(want, add("B", 9, "anne", storage.Sent), add("a", 9, "anne", storage.Queued))

	for i, other := range []account.ID{"Anne", "ann", "anne-2", "jean", ""} {
		add(name[string]("other", i), 1, other, storage.Sent)
	}

	slices.SortFunc(want, func(a, b storage.Message) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	slices.Reverse(b.Messages)

	if err := given(ctx, s, b); err != nil {
		return err
	}

	return lists(ctx, s, want, func(w storage.Window) storage.Of[storage.Message] {
		return storage.MessagesOf{Window: w, Account: "anne"}
	})
}

func usersOfAStructure(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1), house(2), house(3)}}

	for _, code := range []structure.Code{"S1", "S2"} {
		b.Services = append(b.Services, structure.Service{Structure: house(1).ID, Code: code})
	}

	r := head(house(1).ID)
	r.Standing, r.Holder = attachment.Managed, "manager"

	// add has a person with rows at structure level, or else at services, in these states.
	add := func(id account.ID, state account.State, structureLevel bool, states ...attachment.State) account.Account {
		a := person(id)
		a.State = state
		b.Accounts = append(b.Accounts, a)

		for i, state := range states {
			row := belongs(id, "", look())
			row.State = state

			if !structureLevel {
				row.Service = []structure.Code{"S1", "S2"}[i]
			}

			if state == attachment.Attached || state == attachment.Suspended {
				r.Attached++
			} else {
				row.Grants = nil
			}

			r.Rows = append(r.Rows, row)
		}

		a.Version = 1

		return a
	}

	want := []account.Account{ // byte for byte: capitals first
		add("B-closed", account.Closed, true, attachment.Attached),
		add("a-suspended", account.Active, true, attachment.Suspended),
		add("at-a-service", account.Deactivated, false, attachment.Attached),
		add("at-both", account.Blocked, false, attachment.Attached, attachment.Attached),
		add("at-one-no-more", account.Active, false, attachment.Detached, attachment.Suspended),
		add("manager", account.Active, true, attachment.Attached),
	}

	for _, state := range attachment.States() {
		if state != attachment.Attached && state != attachment.Suspended && state != attachment.Claimed {
			add(name[account.ID]("is-"+state.String(), 1), account.Active, true, state)
			add(name[account.ID]("is-"+state.String(), 2), account.Active, false, state, state)
		}
	}

	b.Accounts = append(b.Accounts, person("elsewhere"), person("claimant"))
	elsewhere, claimed := head(house(2).ID), head(house(3).ID)
	elsewhere.Standing, elsewhere.Attached, elsewhere.Rows = attachment.Vacant, 1, []attachment.Attachment{belongs("elsewhere", "")}
	claimed.Standing, claimed.Holder = attachment.InClaim, "claimant"
	claimed.Rows = []attachment.Attachment{asks("claimant", 1)}
	claimed.Rows[0].State = attachment.Claimed
	b.Rosters = []attachment.Roster{r, elsewhere, claimed}

	users := func(where structure.ID, want ...account.Account) func() error {
		return func() error {
			return none("of "+string(where), lists(ctx, s, want, func(w storage.Window) storage.Of[account.Account] {
				return storage.UsersOf{Window: w, Structure: where}
			}))
		}
	}

	return steps(
		func() error { return given(ctx, s, b) },
		users(house(1).ID, want...),
		users(house(2).ID, versioned(storage.Batch{Accounts: []account.Account{person("elsewhere")}}, 1).Accounts...),
		users(house(3).ID),
		users("nowhere"),
	)
}

func servicesOfAStructure(ctx context.Context, s bench) error {
	b := storage.Batch{Structures: []structure.Structure{house(1), house(2), house(3)}}
	want := []structure.Service{
		{Code: "10", Label: "Achats"},
		{Code: "9", Inactive: true},
		{Code: "B", Until: at(-1)},
		{Code: "a", From: at(1_000_000)},
		{Code: "é", Label: "École"},
	}

	for i := range want {
		want[i].Structure = house(1).ID
		b.Services = append(b.Services, want[i], structure.Service{Structure: house(2).ID, Code: want[i].Code})
		want[i].Version = 1
	}

	slices.Reverse(b.Services)

	changed := slices.Clone(want)
	changed[0].Label, changed[0].Inactive = "Ventes", true

	services := func(where structure.ID, want ...structure.Service) func() error {
		return func() error {
			return lists(ctx, s, want, func(w storage.Window) storage.Of[structure.Service] {
				return storage.ServicesOf{Window: w, Structure: where}
			})
		}
	}

	if err := steps(
		func() error { return given(ctx, s, b) },
		services(house(1).ID, want...),
		services(house(3).ID),
		func() error {
			return none("changing one", write(ctx, s, storage.Batch{Services: changed[:1]}))
		},
	); err != nil {
		return err
	}

	changed[0].Version++

	return services(house(1).ID, changed...)()
}
