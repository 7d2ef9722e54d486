package dbtest

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// onBoth runs a test on each engine.
func onBoth(t *testing.T, test func(*testing.T, storage.Store)) {
	t.Helper()

	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, store)
		})
	}
}

func idOf(a account.Account) string { return string(a.ID) }

func TestDueRegistrations(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		due := func(id account.ID, state account.RegistrationState, at time.Time) account.Registration {
			r := applicant(id, state, string(id)+"@example.fr")
			r.Structure, r.Separate, r.Due = "", true, at

			return r
		}
		put(t, store, storage.Batch{Registrations: []account.Registration{
			due("a", account.AwaitingActivation, at(2)), due("b", account.AwaitingApproval, at(1)),
			due("c", account.AwaitingActivation, at(2)), due("d", account.AwaitingActivation, time.Time{}),
			due("e", account.Lapsed, at(1)), due("f", account.AwaitingActivation, at(2).Add(time.Microsecond)),
			due("g", account.Activated, at(1)), due("h", account.AwaitingActivation, time.Unix(-9, 0).UTC()),
		}})

		rows := pages(t, store, func(w storage.Window) storage.Of[account.Registration] {
			return storage.DueRegistrations{Window: w, At: at(2)}
		})
		assert.Equal(t, "h b a c", names(rows, func(r account.Registration) string { return string(r.ID) }))
		assert.Equal(t, at(1), rows[1].Due)
	})
}

func TestJournalOf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		entry := func(operation string, seq, minute int, on account.ID, by account.Actor) storage.Entry {
			return storage.Entry{
				Operation: operation, Seq: seq, At: at(minute), Account: on, Actor: by, Note: operation,
				Structure: structure.ID(fmt.Sprint("house-", seq)), Version: int64(9 - minute),
			}
		}
		put(t, store, storage.Batch{Journal: []storage.Entry{
			entry("a", 0, 1, "me", account.System()), entry("b", 0, 2, "other", account.By("me")),
			entry("c", 0, 1, "me", account.By("me")), entry("c", 1, 1, "", account.By("me")),
			entry("d", 0, 0, "me", account.By("other")), entry("e", 0, 7, "other", account.Support("me")),
			entry("f", 0, 7, "account:me", account.By("other")), entry("g", 0, 3, "me", account.Support("me")),
		}})

		rows := pages(t, store, func(w storage.Window) storage.Of[storage.Entry] {
			return storage.JournalOf{Window: w, Account: "me"}
		})
		assert.Equal(t, "g0 b0 c1 c0 a0 d0", names(rows, func(e storage.Entry) string {
			return fmt.Sprint(e.Operation, e.Seq)
		}))
		assert.Equal(t, "b", rows[1].Note)
	})
}

func TestRowsOf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		at := func(id account.ID, service structure.Code, state attachment.State) attachment.Attachment {
			row := asks(id, 1, 1)
			row.Service, row.State = service, state

			return row
		}
		granted := at("me", "s", attachment.Attached)
		granted.Grants = []attachment.Grant{
			{Profile: habilitation.Profile{Application: "a", Level: habilitation.Consultation}, By: account.System()},
			{Profile: habilitation.Manage, By: account.System()},
		}
		put(t, store, storage.Batch{
			Structures: []structure.Structure{house(1), house(2), house(3)},
			Rosters: []attachment.Roster{
				crowd("house-2", at("me", "", attachment.Refused), at("you", "", attachment.Attached), granted),
				crowd("house-1", at("me", "z", attachment.Requested), at("me", "S", attachment.Detached)),
				crowd("house-3", at("you", "", attachment.Attached)),
			},
		})

		rows := pages(t, store, func(w storage.Window) storage.Of[storage.RosterRow] {
			return storage.RowsOf{Window: w, Account: "me"}
		})
		assert.Equal(t, "house-1/S house-1/z house-2/ house-2/s", names(rows, func(r storage.RosterRow) string {
			return fmt.Sprintf("%s/%s", r.Structure.ID, r.Attachment.Service)
		}))
		assert.Equal(t, granted, rows[3].Attachment)

		house := house(2)
		house.Version = 1
		assert.Equal(t, house, rows[3].Structure)
	})
}

func TestMessagesOf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		about := func(id string, who account.ID, state storage.MessageState, at time.Time) storage.Message {
			return storage.Message{ID: id, Account: who, State: state, CreatedAt: at}
		}
		put(t, store, storage.Batch{Messages: []storage.Message{
			about("b", "me", storage.Queued, at(1)), about("a", "me", storage.Sent, at(1)),
			about("c", "me", storage.Parked, at(0)), about("d", "you", storage.Queued, at(0)),
			about("e", "me", storage.Dropped, time.Time{}), about("f", "", storage.Expanded, at(0)),
		}})

		rows := pages(t, store, func(w storage.Window) storage.Of[storage.Message] {
			return storage.MessagesOf{Window: w, Account: "me"}
		})
		assert.Equal(t, "e c a b", names(rows, func(m storage.Message) string { return m.ID }))
		assert.True(t, rows[0].CreatedAt.IsZero())
	})
}

// users is a roster where a to e are attached or suspended, at one level or several, and others are neither.
func users() storage.Batch {
	is := func(id account.ID, service structure.Code, state attachment.State) attachment.Attachment {
		return attachment.Attachment{
			Key: attachment.Key{Account: id, Service: service}, State: state,
			Grants: []attachment.Grant{{Profile: habilitation.Manage, By: account.System()}},
		}
	}
	b := storage.Batch{
		Structures: []structure.Structure{house(1), house(2)},
		Rosters: []attachment.Roster{
			crowd("house-1",
				is("a", "", attachment.Attached), is("b", "s", attachment.Suspended), is("c", "", attachment.Detached),
				is("c", "s", attachment.Attached), is("d", "", attachment.Attached), is("d", "s", attachment.Attached),
				is("d", "t", attachment.Suspended), is("e", "", attachment.Attached), is("f", "", attachment.Requested),
				is("g", "", attachment.Claimed), is("h", "", attachment.Detached), is("nobody", "", attachment.Attached)),
			crowd("house-2", is("x", "", attachment.Attached)),
		},
	}

	for _, id := range []account.ID{"a", "b", "c", "d", "e", "f", "g", "h", "x"} {
		b.Accounts = append(b.Accounts, person(id, account.Active))
	}

	b.Accounts[4].State = account.Blocked

	return b
}

func TestUsersOf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()
		put(t, store, users())

		for past, want := range map[account.ID]string{"": "a b c d e", "a": "b c d e", "cc": "d e", "e": "", "Z": "a b c d e"} {
			rows := pages(t, store, func(w storage.Window) storage.Of[account.Account] {
				return storage.UsersOf{Window: w, Structure: "house-1", Past: past}
			})
			assert.Equal(t, want, names(rows, idOf), "past %q", past)
		}
	})
}

func TestPastMayDifferFromPageToPage(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()
		put(t, store, users())

		for name, list := range map[string]func(storage.Window, account.ID) storage.Of[account.Account]{
			"a d": func(w storage.Window, past account.ID) storage.Of[account.Account] {
				return storage.Deciders{Window: w, Structure: "house-1", Past: past}
			},
			"a b c d e": func(w storage.Window, past account.ID) storage.Of[account.Account] {
				return storage.UsersOf{Window: w, Structure: "house-1", Past: past}
			},
		} {
			all := pages(t, store, func(w storage.Window) storage.Of[account.Account] { return list(w, "") })
			assert.Equal(t, name, names(all, idOf))

			first, err := storage.List(t.Context(), store, list(storage.Window{Limit: 1}, ""))
			require.NoError(t, err)

			// Whichever is further on, of the page before and of Past.
			next, err := storage.List(t.Context(), store, list(storage.Window{After: first.Next, Counted: true}, "c"))
			require.NoError(t, err)
			assert.Equal(t, name[len(name)-len(names(next.Rows, idOf)):], names(next.Rows, idOf))
			assert.Equal(t, "d", idOf(next.Rows[0]))
			assert.Equal(t, len(next.Rows), next.Count)

			next, err = storage.List(t.Context(), store, list(storage.Window{After: first.Next}, "A"))
			require.NoError(t, err)
			assert.Equal(t, name[2:], names(next.Rows, idOf))
		}
	})
}

func TestMembersOf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		is := func(id account.ID, service structure.Code, state attachment.State, invited string) attachment.Attachment {
			return attachment.Attachment{
				Key: attachment.Key{Account: id, Service: service}, State: state, Invited: invited,
				Decision: attachment.Decision{By: account.By("d"), At: at(1), Approved: true},
			}
		}
		b := storage.Batch{
			Structures: []structure.Structure{house(1), house(2)},
			Services:   []structure.Service{{Structure: "house-1", Code: "s", Label: "S"}},
			Rosters: []attachment.Roster{
				crowd("house-1",
					is("d", "", attachment.Attached, ""), is("c", "s", attachment.Suspended, ""), is("b", "", attachment.Attached, "100%@x.fr"),
					is("a", "", attachment.Approved, "Y_z@x.fr"), is("e", "", attachment.Approved, ""), is("f", "", attachment.Detached, "f"),
					is("c", "", attachment.Requested, "")),
				crowd("house-2", is("d", "", attachment.Attached, "")),
			},
		}

		for id, last := range map[account.ID]string{"a": "Zoé", "b": "Abel", "c": "Éluard", "d": "Zola", "e": "E", "f": "F"} {
			who := person(id, account.Active)
			who.Person.LastName = last
			b.Accounts = append(b.Accounts, who)
		}

		b.Rosters[0].Rows[0].Decision = attachment.Decision{By: account.Support("d"), At: at(1), Approved: true}
		put(t, store, b)

		for want, q := range map[string]storage.MembersOf{
			"100%@x.fr/b Éluard/c Y_z@x.fr/a Zola/d": {},
			"100%@x.fr/b Éluard/c Y_z@x.fr/a":        {Approver: "d"},
			"Éluard/c":                               {Service: "s"},
			"100%@x.fr/b Y_z@x.fr/a":                 {Search: "x fr"},
			"Éluard/c Zola/d":                        {Search: "example fr"},
			"Y_z@x.fr/a":                             {Search: "y z"},
			"":                                       {Search: "abel"},
			" ":                                      {Search: "%"},
		} {
			rows := pages(t, store, func(w storage.Window) storage.Of[storage.Member] {
				q.Window, q.Structure = w, "house-1"

				return q
			})
			assert.Equal(t, strings.TrimSpace(want), names(rows, func(m storage.Member) string {
				return cmp.Or(m.Attachment.Invited, m.Account.Person.LastName) + "/" + string(m.Attachment.Account)
			}), "%+v", q)
		}
	})
}

func TestDueReminders(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		remind := func(id account.ID, service structure.Code, when time.Time) attachment.Attachment {
			row := asks(id, 1, 0)
			row.Service, row.Remind = service, when

			return row
		}
		put(t, store, storage.Batch{
			Structures: []structure.Structure{house(1), house(2)},
			Rosters: []attachment.Roster{
				crowd("house-1", remind("b", "", at(2)), remind("a", "s", at(2)), remind("a", "", at(2)), remind("c", "", time.Time{})),
				crowd("house-2", remind("a", "", at(1)), remind("d", "", at(2).Add(time.Microsecond))),
			},
		})

		rows := pages(t, store, func(w storage.Window) storage.Of[storage.DueRow] {
			return storage.DueReminders{Window: w, At: at(2)}
		})
		assert.Equal(t, []storage.DueRow{
			{Structure: "house-2", Account: "a", Due: at(1)},
			{Structure: "house-1", Account: "a", Due: at(2)},
			{Structure: "house-1", Account: "a", Service: "s", Due: at(2)},
			{Structure: "house-1", Account: "b", Due: at(2)},
		}, rows)
	})
}
