package storagetest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// memberCases are about the list of a structure's users, row by row.
func memberCases() []Case {
	return []Case{
		listCase("E8_MembersOf", "Rows that are attached, suspended, approved of somebody who was invited, and in every other state, "+
			"at structure level and at services, of people with accents, capitals and equal names, and of some who are listed "+
			"under the login that a decider typed. They are looked for by what their search text holds, by service, by who "+
			"approved them, and by all of these. Somebody who was invited must not be found by a name that the decider does not "+
			"know yet.", membersOfAStructure),
		{
			Name: "S13_E8_MembersOfChange", Sentence: listSentence,
			Explanation: "A user marries, gets another address, is invited, signs in, leaves and comes back, each followed by the " +
				"list and by what is found of them. A store that keeps the searched form of a name keeps it up to date, in all " +
				"rosters.",
			test: membersOfChange,
		},
	}
}

// named is an active account with a name.
func named(id account.ID, last, first string) account.Account {
	a := person(id)
	a.Person.LastName, a.Person.FirstName = last, first

	return a
}

// approvedBy is a row as somebody decided on it.
func approvedBy(row attachment.Attachment, by account.Actor, approved bool) attachment.Attachment {
	row.Decision = attachment.Decision{By: by, At: at(3), Approved: approved}

	return row
}

// inviting is a row under the login that a decider typed.
func inviting(row attachment.Attachment, typed string) attachment.Attachment {
	row.Invited = typed

	return row
}

// was is a row in another state.
func was(row attachment.Attachment, state attachment.State) attachment.Attachment {
	row.State = state
	if state != attachment.Attached && state != attachment.Suspended {
		row.Grants = nil
	}

	return row
}

// memberRows are rows of house(1)'s roster in the order of the list, and then what is not in it.
func memberRows() (in, out []attachment.Attachment) {
	anne := account.By("anne")

	in = []attachment.Attachment{
		belongs("zoe", ""), // Abel
		approvedBy(belongs("anne", "", look(), act()), account.System(), true),               // Durand Anne
		approvedBy(belongs("a-durand", "S1", look()), anne, false),                           // Durand Zoé, of another address
		approvedBy(was(belongs("B-durand", "S1", look()), attachment.Suspended), anne, true), // Durand Zoé, twice
		approvedBy(belongs("B-durand", "S2", act()), account.Support("anne"), true),
		approvedBy(inviting(belongs("ann", "", look()), "Ebène@Example.fr"), account.By("anne-2"), true),
		approvedBy(inviting(was(belongs("z-new", ""), attachment.Approved), "Ébène@Example.fr"), anne, true),
		belongs("elu", ""), // ÉLUARD
		wishes(approvedBy(inviting(belongs("closed", "S2"), "x.y_z@Example.fr"), anne, true), 9, 1),
		belongs("Zoltan", ""),
	}

	for i, state := range attachment.States() {
		switch state {
		case attachment.Attached, attachment.Suspended, attachment.Claimed:
			continue
		case attachment.Requested, attachment.Approved, attachment.Refused, attachment.Withdrawn, attachment.Lapsed, attachment.Detached:
		}

		row := approvedBy(was(belongs(name[account.ID]("past", i), ""), state), anne, true)
		if state != attachment.Approved { // who was invited and approved is among them
			row.Invited = "past@Example.fr"
		}

		out = append(out, row)
	}

	return in, out
}

func membersOfAStructure(ctx context.Context, s bench) error {
	b := storage.Batch{
		Structures: []structure.Structure{house(1), house(2), house(3)},
		Services: []structure.Service{
			{Structure: house(1).ID, Code: "S1", Label: "here"},
			{Structure: house(1).ID, Code: "S2"},
			{Structure: house(2).ID, Code: "S1", Label: "there"},
		},
		Accounts: []account.Account{
			named("zoe", "Abel", "Élu"), named("anne", "durand", "Anne"), named("B-durand", "DURAND", "Zoé"),
			named("a-durand", "Dûrand", "zoe"), named("ann", "Aaron", "Ann"), named("elu", "ÉLUARD", "Paul"),
			named("closed", "Aaron", "Close"), named("Zoltan", "Žižek", "Zoltán"),
		},
		Registrations: []account.Registration{applicant("z-new", house(1).ID)},
	}
	b.Accounts[6].State = account.Closed

	in, out := memberRows()
	r, other := head(house(1).ID), head(house(2).ID)
	r.Rows = slices.Concat(out, in)
	slices.Reverse(r.Rows)
	other.Rows = []attachment.Attachment{belongs("zoe", "S1"), belongs("elu", "")}
	b.Rosters = []attachment.Roster{r, other}

	for _, row := range out {
		b.Accounts = append(b.Accounts, named(row.Account, "Durand", "Past"))
	}

	members := func(where structure.ID, rows ...attachment.Attachment) []storage.Member {
		want := make([]storage.Member, len(rows))

		for i, row := range rows {
			want[i].Attachment = row

			for _, service := range versioned(b, 1).Services {
				if service.Structure == where && service.Code == row.Service {
					want[i].Service = service
				}
			}

			for _, who := range versioned(b, 1).Accounts {
				if who.ID == row.Account {
					want[i].Account = who
				}
			}
		}

		return want
	}

	if err := given(ctx, s, b); err != nil {
		return err
	}

	pick := func(places ...int) []attachment.Attachment {
		rows := make([]attachment.Attachment, len(places))
		for i, place := range places {
			rows[i] = in[place]
		}

		return rows
	}

	for _, find := range []struct {
		q    storage.MembersOf
		want []attachment.Attachment
	}{
		{storage.MembersOf{Structure: house(1).ID}, in},
		{storage.MembersOf{Structure: house(2).ID}, []attachment.Attachment{other.Rows[0], other.Rows[1]}},
		{storage.MembersOf{Structure: house(3).ID}, nil},
		{storage.MembersOf{Structure: "nowhere"}, nil},
		{storage.MembersOf{Structure: house(1).ID, Search: structure.Fold("Élu")}, pick(0, 7)}, // a first name, and the beginning of a last one
		{storage.MembersOf{Structure: house(1).ID, Search: "rand z"}, pick(2, 3, 4)},
		{storage.MembersOf{Structure: house(1).ID, Search: "example fr"}, in},
		{storage.MembersOf{Structure: house(1).ID, Search: "ebene example"}, pick(5, 6)},
		{storage.MembersOf{Structure: house(1).ID, Search: "x y z"}, pick(8)},
		{storage.MembersOf{Structure: house(1).ID, Search: "aaron"}, nil},   // who was invited is not found by name
		{storage.MembersOf{Structure: house(1).ID, Search: "closed"}, nil},  // nor by their own address
		{storage.MembersOf{Structure: house(1).ID, Search: "z new"}, nil},   // nor by that of their registration
		{storage.MembersOf{Structure: house(1).ID, Search: "ÉLUARD"}, nil},  // which is not folded
		{storage.MembersOf{Structure: house(1).ID, Search: "el%ard"}, nil},  // nor a pattern
		{storage.MembersOf{Structure: house(1).ID, Search: "elu_rd"}, nil},  // likewise
		{storage.MembersOf{Structure: house(1).ID, Search: "elu*"}, nil},    // likewise
		{storage.MembersOf{Structure: house(1).ID, Search: "fr abel"}, nil}, // of two people
		{storage.MembersOf{Structure: house(1).ID, Service: "S1"}, pick(2, 3)},
		{storage.MembersOf{Structure: house(1).ID, Service: "S2"}, pick(4, 8)},
		{storage.MembersOf{Structure: house(1).ID, Service: "s1"}, nil},
		{storage.MembersOf{Structure: house(1).ID, Approver: "anne"}, pick(3, 6, 8)},
		{storage.MembersOf{Structure: house(1).ID, Approver: "anne-2"}, pick(5)},
		{storage.MembersOf{Structure: house(1).ID, Approver: "ann"}, nil},
		{storage.MembersOf{Structure: house(1).ID, Search: "durand", Service: "S1", Approver: "anne"}, pick(3)},
		{storage.MembersOf{Structure: house(1).ID, Search: "durand", Service: "S2", Approver: "anne"}, nil},
	} {
		if err := lists(ctx, s, members(find.q.Structure, find.want...), func(w storage.Window) storage.Of[storage.Member] {
			q := find.q
			q.Window = w

			return q
		}); err != nil {
			return fmt.Errorf("searching %q of %q approved by %q in %s: %w",
				find.q.Search, find.q.Service, find.q.Approver, find.q.Structure, err)
		}
	}

	return nil
}

func membersOfChange(ctx context.Context, s bench) error {
	zoe, other := named("zoe", "Martin", "Zoé"), named("anne", "Nguyên", "Anne")
	b := storage.Batch{
		Structures: []structure.Structure{house(1), house(2)}, Accounts: []account.Account{zoe, other},
		Rosters: []attachment.Roster{
			stands(house(1).ID, "zoe", "anne"), stands(house(2).ID, "anne", "zoe"),
		},
	}

	if err := given(ctx, s, b); err != nil {
		return err
	}

	// expect reads the list of both structures, and what is found of a search.
	expect := func(what, search string, found bool, order [2]string) func() error {
		return func() error {
			for i, want := range order {
				for _, q := range []storage.MembersOf{{}, {Search: search}} {
					q.Structure = house(i + 1).ID

					page, err := storage.List(ctx, s, q)
					if err != nil {
						return none(what, err)
					}

					var got strings.Builder
					for _, m := range page.Rows {
						got.WriteString(string(m.Attachment.Account) + " ")
					}

					if q.Search != "" {
						want = ""
						if found {
							want = "zoe "
						}
					}

					if err := same(fmt.Sprintf("%s: members of %s with %q", what, q.Structure, q.Search), want, got.String()); err != nil {
						return err
					}
				}
			}

			return nil
		}
	}
	renamed := func(change func(*account.Account)) func() error {
		return func() error {
			zoe.Version++
			change(&zoe)

			return none("changing an account", write(ctx, s, storage.Batch{Accounts: []account.Account{zoe}}))
		}
	}
	version := int64(0)
	changed := func(change func(*attachment.Attachment)) func() error {
		return func() error {
			version++

			r := stands(house(1).ID, "zoe", "anne")
			r.Version, r.Rows = version, r.Rows[:1]
			change(&r.Rows[0])

			return none("changing a row", write(ctx, s, storage.Batch{Rosters: []attachment.Roster{r}}))
		}
	}

	first, last := [2]string{"zoe anne ", "zoe anne "}, [2]string{"anne zoe ", "anne zoe "}

	return steps(
		expect("at first", "martin", true, first),
		renamed(func(a *account.Account) { a.Person.LastName = "Östberg" }),
		expect("another name", "ostberg", true, last),
		expect("another name", "martin", false, last),
		renamed(func(a *account.Account) { a.Login = login("Pivert@Example.fr") }),
		expect("another address", "pivert", true, last),
		changed(func(row *attachment.Attachment) { row.Invited = "Aube@Example.fr" }),
		expect("invited in one", "nobody", false, [2]string{"zoe anne ", "anne zoe "}),
		changed(func(*attachment.Attachment) {}),
		expect("signed in", "ostberg", true, last),
		expect("signed in", "aube", false, last),
		changed(func(row *attachment.Attachment) { *row = was(*row, attachment.Detached) }),
		expect("gone from one", "nobody", false, [2]string{"anne ", "anne zoe "}),
		changed(func(*attachment.Attachment) {}),
		expect("back", "ostberg", true, last),
	)
}

func membersKeyByKey(ctx context.Context, s bench) error {
	var (
		b    = storage.Batch{Structures: []structure.Structure{house(1)}}
		r    = head(house(1).ID)
		want = make([]string, 0, 128)
	)

	codes := []structure.Code{"", "10", "9"}
	for _, code := range codes[1:] {
		b.Services = append(b.Services, structure.Service{Structure: house(1).ID, Code: code})
	}

	// Names and typed logins in the order of the forms under which they are found. Closed accounts may have one name.
	for i, texts := range [][]string{
		{"", "«»"}, {"10"}, {"9"}, {"ÉCOLE", "@école"}, {"École 10", "ecole@10"}, {"ecole-9"}, {"Écoles"}, {"Zoo", "zoo@"}, {"Ёлка"}, {"𐐨"},
	} {
		for j, id := range bytewise()[:3] {
			who := person("x")
			who.ID, who.State, who.Login = account.ID(fmt.Sprintf("%c %s", 'z'-i, id)), account.Closed, account.Login{}
			who.Person.LastName, who.Person.FirstName = texts[0], ""
			typed := texts[j%len(texts)]

			if j%2 == 1 && structure.Fold(typed) != "" { // this one is listed under what a decider typed
				who.Person.LastName = "Élu"
			} else {
				typed = ""
			}

			b.Accounts = append(b.Accounts, who)

			for _, code := range codes {
				row := inviting(belongs(who.ID, code), typed)
				row.Order, row.RequestedAt = int64(1000-len(want)), at(-len(want))
				r.Rows = append(r.Rows, row)
				want = append(want, fmt.Sprintf("%q %q", who.ID, code))
			}
		}
	}

	slices.Reverse(r.Rows)
	slices.Reverse(b.Accounts)
	b.Rosters = []attachment.Roster{r}

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.Member] {
		return storage.MembersOf{Window: w, Structure: house(1).ID}
	}, func(m storage.Member) string { return fmt.Sprintf("%q %q", m.Attachment.Account, m.Attachment.Service) })
}
