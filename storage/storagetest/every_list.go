package storagetest

import (
	"fmt"

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
	// next is the same list, as far as a cursor goes; other is one of the same type that a cursor does not go with.
	next, other func(storage.Window) storage.Query
	// of returns a batch that inserts rows by number.
	of func(rows []int, version int64) storage.Batch
	// out returns a batch that takes a row out of the list.
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
		ended.State, ended.Grants = attachment.Withdrawn, nil

		return ofRoster(version, ended)
	}

	return of, out
}

func everyList() []list {
	const now = 100_000

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
	requests.of, requests.out = rostered(func(n int) attachment.Attachment { return asks(account.ID(numbered(n)), int64(n)) })

	due := list{
		name:  "DueRows",
		query: func(w storage.Window) storage.Query { return storage.DueRows{Window: w, At: at(now)} },
		next:  func(w storage.Window) storage.Query { return storage.DueRows{Window: w, At: at(now + 1)} },
		id:    func(row any) string { return string(as[storage.DueRow](row).Account) },
	}
	due.of, due.out = rostered(func(n int) attachment.Attachment {
		row := asks(account.ID(numbered(n)), 1)
		row.Due = at(n)

		return row
	})

	deciders := list{
		name: "Deciders",
		query: func(w storage.Window) storage.Query {
			return storage.Deciders{Window: w, Structure: house(1).ID}
		},
		other: func(w storage.Window) storage.Query {
			return storage.Deciders{Window: w, Structure: house(2).ID}
		},
		id: func(row any) string { return string(as[account.Account](row).ID) },
	}
	deciders.of, deciders.out = rostered(func(n int) attachment.Attachment {
		return belongs(account.ID(numbered(n)), "", habilitation.Manage)
	})

	messages := list{
		name:  "DueMessages",
		query: func(w storage.Window) storage.Query { return storage.DueMessages{Window: w, At: at(now)} },
		next:  func(w storage.Window) storage.Query { return storage.DueMessages{Window: w, At: at(now + 1)} },
		id:    func(row any) string { return as[storage.Message](row).ID },
		of: func(numbers []int, _ int64) storage.Batch {
			var b storage.Batch
			for _, n := range numbers {
				b.Messages = append(b.Messages, note(numbered(n), at(n)))
			}

			return b
		},
		out: func(n int, _ int64) storage.Batch {
			m := note(numbered(n), at(n))
			m.Version, m.State = 1, storage.Sent

			return storage.Batch{Messages: []storage.Message{m}}
		},
	}
	registration := func(n int) account.Registration {
		row := applicant(account.ID(numbered(n)), house(1).ID)
		row.Login, row.CreatedAt = login("x@example.fr"), at(n)

		return row
	}
	registrations := list{
		name: "RegistrationsOf",
		query: func(w storage.Window) storage.Query {
			return storage.RegistrationsOf{Window: w, Login: login("x@example.fr").Key()}
		},
		other: func(w storage.Window) storage.Query {
			return storage.RegistrationsOf{Window: w, Login: login("y@example.fr").Key()}
		},
		id: func(row any) string { return string(as[account.Registration](row).ID) },
		of: func(numbers []int, _ int64) storage.Batch {
			var b storage.Batch
			for _, n := range numbers {
				b.Registrations = append(b.Registrations, registration(n))
			}

			return b
		},
		out: func(n int, _ int64) storage.Batch {
			row := registration(n)
			row.Version, row.State = 1, account.Withdrawn

			return storage.Batch{Registrations: []account.Registration{row}}
		},
	}
	history := list{ // newest first; nothing leaves it
		name: "History",
		query: func(w storage.Window) storage.Query {
			return storage.History{Window: w, Structure: house(1).ID}
		},
		other: func(w storage.Window) storage.Query {
			return storage.History{Window: w, Structure: house(2).ID}
		},
		id: func(row any) string { return as[storage.Entry](row).Operation },
		of: func(numbers []int, _ int64) storage.Batch {
			var b storage.Batch
			for _, n := range numbers {
				b.Journal = append(b.Journal, storage.Entry{
					Operation: numbered(n), Try: 1, At: at(0), Actor: account.System(), Action: "a", Structure: house(1).ID,
					Version: int64(now - n),
				})
			}

			return b
		},
	}

	return []list{requests, messages, due, history, registrations, deciders}
}

// as is a row of a list; of another type it is a zero one, which compares with nothing.
func as[T any](row any) T {
	typed, _ := row.(T)

	return typed
}
