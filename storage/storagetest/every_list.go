package storagetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// list is one of the lists, with rows that a number puts into its order: the smallest is the first.
type list struct {
	name  string
	query func(storage.Window) storage.Query
	id    func(row any) string
	// next is the same list, as far as a cursor goes; others are of the same type, and a cursor does not go with them.
	next   func(storage.Window) storage.Query
	others []func(storage.Window) storage.Query
	// of returns a batch that inserts rows by number.
	of func(rows []int, version int64) storage.Batch
	// out returns a batch that takes a row out of the list; nil where nothing leaves it.
	out func(row int, version int64) storage.Batch
}

func numbered(n int) string { return fmt.Sprintf("n-%06d", n) }

// ofRoster is the batch that puts rows into the roster of house(1).
func ofRoster(version int64, rows ...attachment.Attachment) storage.Batch {
	r := head(house(1).ID)
	r.Version, r.Rows = version, rows

	return storage.Batch{Rosters: []attachment.Roster{r}}
}

// rostered is a list of rows of house(1)'s roster, which row makes.
func rostered(row func(n int) attachment.Attachment) (of func([]int, int64) storage.Batch, out func(int, int64) storage.Batch) {
	of = func(numbers []int, version int64) storage.Batch {
		b := ofRoster(version)

		for _, n := range numbers {
			b.Rosters[0].Rows = append(b.Rosters[0].Rows, row(n))
			b.Accounts = append(b.Accounts, person(row(n).Account))
		}

		return b
	}
	out = func(n int, version int64) storage.Batch {
		ended := row(n)
		ended.State, ended.Grants, ended.Wish, ended.Remind = attachment.Withdrawn, nil, attachment.Wish{}, time.Time{}

		return ofRoster(version, ended)
	}

	return of, out
}

func everyList() []list {
	return slices.Concat(rosterLists(), messageLists(), registrationLists(), entryLists(), estateLists(), wholeLists())
}

// soon is a moment by which everything in a list is due, in minutes.
const soon = 100_000

// rosterLists are those of rows of one roster, and of the accounts that have them.
func rosterLists() []list {
	requests := list{
		name: "OpenRequests",
		query: func(w storage.Window) storage.Query {
			return storage.OpenRequests{Window: w, Structures: []structure.ID{house(1).ID}}
		},
		next: func(w storage.Window) storage.Query {
			return storage.OpenRequests{Window: w, Structures: []structure.ID{house(2).ID, house(1).ID}, At: at(-1)}
		},
		id: func(row any) string { return string(as[storage.OpenRequest](row).Attachment.Account) },
	}
	requests.of, requests.out = rostered(func(n int) attachment.Attachment {
		if n%4 == 1 {
			return wishes(belongs(account.ID(numbered(n)), ""), n, int64(n))
		}

		return asks(account.ID(numbered(n)), int64(n))
	})

	due := list{
		name:  "DueRows",
		query: func(w storage.Window) storage.Query { return storage.DueRows{Window: w, At: at(soon)} },
		next:  func(w storage.Window) storage.Query { return storage.DueRows{Window: w, At: at(soon + 1)} },
		id:    func(row any) string { return string(as[storage.DueRow](row).Account) },
	}
	due.of, due.out = rostered(func(n int) attachment.Attachment {
		row := asks(account.ID(numbered(n)), 1)
		row.Due = at(n)

		return row
	})

	reminders := list{
		name:  "DueReminders",
		query: func(w storage.Window) storage.Query { return storage.DueReminders{Window: w, At: at(soon)} },
		next:  func(w storage.Window) storage.Query { return storage.DueReminders{Window: w, At: at(soon + 1)} },
		id:    func(row any) string { return string(as[storage.DueRow](row).Account) },
	}
	reminders.of, reminders.out = rostered(func(n int) attachment.Attachment {
		row := asks(account.ID(numbered(n)), 1)
		row.Remind = at(n)

		return row
	})

	deciders := list{
		name:  "Deciders",
		query: func(w storage.Window) storage.Query { return storage.Deciders{Window: w, Structure: house(1).ID} },
		next: func(w storage.Window) storage.Query {
			return storage.Deciders{Window: w, Structure: house(1).ID, Past: "a"}
		},
		others: []func(storage.Window) storage.Query{
			func(w storage.Window) storage.Query { return storage.Deciders{Window: w, Structure: house(2).ID} },
		},
		id: func(row any) string { return string(as[account.Account](row).ID) },
	}
	deciders.of, deciders.out = rostered(func(n int) attachment.Attachment {
		return belongs(account.ID(numbered(n)), "", habilitation.Manage)
	})

	users := list{
		name:  "UsersOf",
		query: func(w storage.Window) storage.Query { return storage.UsersOf{Window: w, Structure: house(1).ID} },
		next: func(w storage.Window) storage.Query {
			return storage.UsersOf{Window: w, Structure: house(1).ID, Past: "a"}
		},
		others: []func(storage.Window) storage.Query{
			func(w storage.Window) storage.Query { return storage.UsersOf{Window: w, Structure: house(2).ID} },
		},
		id: func(row any) string { return string(as[account.Account](row).ID) },
	}
	users.of, users.out = rostered(func(n int) attachment.Attachment {
		row := belongs(account.ID(numbered(n)), "")
		row.State = []attachment.State{attachment.Attached, attachment.Suspended}[n%2]

		return row
	})

	ofHouse := func(w storage.Window) storage.MembersOf {
		return storage.MembersOf{Window: w, Structure: house(1).ID, Search: "example"}
	}
	members := list{
		name:  "MembersOf",
		query: func(w storage.Window) storage.Query { return ofHouse(w) },
		others: []func(storage.Window) storage.Query{
			func(w storage.Window) storage.Query { q := ofHouse(w); q.Structure = house(2).ID; return q },
			func(w storage.Window) storage.Query { q := ofHouse(w); q.Search = ""; return q },
			func(w storage.Window) storage.Query { q := ofHouse(w); q.Service = "S"; return q },
			func(w storage.Window) storage.Query { q := ofHouse(w); q.Approver = "anne"; return q },
		},
		id: func(row any) string { return string(as[storage.Member](row).Attachment.Account) },
	}
	members.of, members.out = rostered(func(n int) attachment.Attachment {
		row := belongs(account.ID(numbered(n)), "")
		if n%3 == 0 {
			row.Invited = numbered(n) + "@Example.fr"
		}

		return row
	})

	return []list{requests, due, reminders, deciders, users, members}
}

// messageLists are those of the outbox. All their messages are about x.
func messageLists() []list {
	of := func(numbers []int, _ int64) storage.Batch {
		var b storage.Batch
		for _, n := range numbers {
			b.Messages = append(b.Messages, noteOf("x", n))
		}

		return b
	}
	// out is a change of one message.
	out := func(change func(*storage.Message)) func(int, int64) storage.Batch {
		return func(n int, _ int64) storage.Batch {
			m := noteOf("x", n)
			m.Version = 1
			change(&m)

			return storage.Batch{Messages: []storage.Message{m}}
		}
	}
	id := func(row any) string { return as[storage.Message](row).ID }

	return []list{{
		name:  "DueMessages",
		query: func(w storage.Window) storage.Query { return storage.DueMessages{Window: w, At: at(soon)} },
		next:  func(w storage.Window) storage.Query { return storage.DueMessages{Window: w, At: at(soon + 1)} },
		id:    id, of: of, out: out(func(m *storage.Message) { m.State = storage.Sent }),
	}, {
		name:  "MessagesOf",
		query: func(w storage.Window) storage.Query { return storage.MessagesOf{Window: w, Account: "x"} },
		others: []func(storage.Window) storage.Query{
			func(w storage.Window) storage.Query { return storage.MessagesOf{Window: w, Account: "y"} },
		},
		id: id, of: of, out: out(func(m *storage.Message) { m.Account = "y" }),
	}}
}

// noteOf is the n-th message about an account.
func noteOf(id account.ID, n int) storage.Message {
	m := note(numbered(n), at(n))
	m.Account, m.CreatedAt = id, at(n)

	return m
}

// registrationLists are those of registrations. All of theirs have one login.
func registrationLists() []list {
	registration := func(n int) account.Registration {
		row := applicant(account.ID(numbered(n)), house(1).ID)
		row.Login, row.CreatedAt, row.Due, row.Separate = login("x@example.fr"), at(n), at(n), true

		return row
	}
	of := func(numbers []int, _ int64) storage.Batch {
		var b storage.Batch
		for _, n := range numbers {
			b.Registrations = append(b.Registrations, registration(n))
		}

		return b
	}
	out := func(n int, _ int64) storage.Batch {
		row := registration(n)
		row.Version, row.State = 1, account.Withdrawn

		return storage.Batch{Registrations: []account.Registration{row}}
	}
	id := func(row any) string { return string(as[account.Registration](row).ID) }

	return []list{{
		name: "RegistrationsOf",
		query: func(w storage.Window) storage.Query {
			return storage.RegistrationsOf{Window: w, Login: login("x@example.fr").Key()}
		},
		others: []func(storage.Window) storage.Query{func(w storage.Window) storage.Query {
			return storage.RegistrationsOf{Window: w, Login: login("y@example.fr").Key()}
		}},
		id: id, of: of, out: out,
	}, {
		name:  "DueRegistrations",
		query: func(w storage.Window) storage.Query { return storage.DueRegistrations{Window: w, At: at(soon)} },
		next:  func(w storage.Window) storage.Query { return storage.DueRegistrations{Window: w, At: at(soon + 1)} },
		id:    id, of: of, out: out,
	}}
}

// entryLists are those of the journal, newest first; nothing leaves them.
func entryLists() []list {
	entry := func(n int, when time.Time) storage.Entry {
		return storage.Entry{
			Operation: numbered(n), Try: 1, At: when, Actor: account.System(), Action: "a", Structure: house(1).ID,
			Version: int64(soon - n),
		}
	}
	of := func(entry func(n int) storage.Entry) func([]int, int64) storage.Batch {
		return func(numbers []int, _ int64) storage.Batch {
			var b storage.Batch
			for _, n := range numbers {
				b.Journal = append(b.Journal, entry(n))
			}

			return b
		}
	}
	id := func(row any) string { return as[storage.Entry](row).Operation }

	return []list{{
		name:  "History",
		query: func(w storage.Window) storage.Query { return storage.History{Window: w, Structure: house(1).ID} },
		others: []func(storage.Window) storage.Query{
			func(w storage.Window) storage.Query { return storage.History{Window: w, Structure: house(2).ID} },
		},
		id: id, of: of(func(n int) storage.Entry { return entry(n, at(0)) }),
	}, {
		name:  "JournalOf",
		query: func(w storage.Window) storage.Query { return storage.JournalOf{Window: w, Account: "x"} },
		others: []func(storage.Window) storage.Query{
			func(w storage.Window) storage.Query { return storage.JournalOf{Window: w, Account: "y"} },
		},
		id: id, of: of(func(n int) storage.Entry {
			e := entry(n, at(soon-n))
			if n%2 == 0 {
				e.Account = "x"
			} else {
				e.Actor = account.By("x")
			}

			return e
		}),
	}}
}

// as is a row of a list; of another type it is a zero one, which compares with nothing.
func as[T any](row any) T {
	typed, _ := row.(T)

	return typed
}
