package dbtest

import (
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

// pages reads a list in pages of every small size, and returns it as pages of one gave it. All sizes must agree.
func pages[T any](t *testing.T, s storage.Reader, query func(storage.Window) storage.Of[T]) []T {
	t.Helper()

	var first []T

	for limit := 1; limit <= 4; limit++ {
		var (
			all   []T
			after string
		)

		for {
			page, err := storage.List(t.Context(), s, query(storage.Window{Limit: limit, After: after, Counted: true}))
			require.NoError(t, err)

			all = append(all, page.Rows...)
			if page.Next == "" {
				assert.Equal(t, len(all), page.Count)

				break
			}

			assert.Len(t, page.Rows, limit)

			after = page.Next
		}

		if limit == 1 {
			first = all
		}

		assert.Equal(t, first, all, "in pages of %d", limit)
	}

	return first
}

// crowd is a roster without holder, with those rows.
func crowd(id structure.ID, rows ...attachment.Attachment) attachment.Roster {
	return attachment.Roster{Structure: id, Standing: attachment.Vacant, Rows: rows}
}

func asks(id account.ID, order int64, minute int) attachment.Attachment {
	return attachment.Attachment{
		Key: attachment.Key{Account: id}, State: attachment.Requested, Order: order, RequestedAt: at(minute),
	}
}

func person(id account.ID, state account.State) account.Account {
	return account.Account{ID: id, State: state, Login: login(string(id) + "@example.fr"), Epoch: 1}
}

func applicant(id account.ID, state account.RegistrationState, address string) account.Registration {
	return account.Registration{ID: id, State: state, Structure: "house-1", Login: login(address), CreatedAt: at(0)}
}

func names[T any](rows []T, name func(T) string) string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = name(r)
	}

	return strings.Join(out, " ")
}

func TestOpenRequests(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	attached := asks("d", 1, 0)
	attached.State = attachment.Attached
	wishes := asks("w", 1, 0)
	wishes.State, wishes.Due = attachment.Attached, at(1)
	wishes.Wish = attachment.Wish{Profiles: []habilitation.Profile{habilitation.Manage}, At: at(5), Order: 1}
	atService := asks("a", 2, 5)
	atService.Service = "s"
	granted := asks("b", 2, 5)
	granted.Grants = []attachment.Grant{{Profile: habilitation.Manage, By: account.System(), At: at(1)}}

	put(t, store, storage.Batch{
		Structures:    []structure.Structure{house(1), house(2), house(3)},
		Services:      []structure.Service{{Structure: "house-1", Code: "s", Label: "S"}},
		Accounts:      []account.Account{person("a", account.Active)},
		Registrations: []account.Registration{applicant("b", account.AwaitingApproval, "b@example.fr")},
		Rosters: []attachment.Roster{
			crowd("house-1", asks("a", 3, 9), atService, granted, attached, wishes, asks("c", 1, 5)),
			crowd("house-2", asks("a", 1, 5), asks("e", 1, 5), asks("f", 2, 1)),
			crowd("house-3", asks("a", 1, 5)),
		},
	})

	name := func(r storage.OpenRequest) string {
		return fmt.Sprintf("%s/%s%s", r.Structure.ID, r.Attachment.Account, r.Attachment.Service)
	}
	rows := pages(t, store, func(w storage.Window) storage.Of[storage.OpenRequest] {
		return storage.OpenRequests{Window: w, Structures: []structure.ID{"house-2", "house-1", "house-2"}}
	})
	assert.Equal(t, "house-2/f house-1/c house-1/w house-1/as house-1/b house-2/a house-2/e house-1/a", names(rows, name))
	assert.Equal(t, "b@example.fr", rows[4].Login.String())
	assert.Equal(t, granted.Grants, rows[4].Attachment.Grants)
	assert.Equal(t, "a@example.fr", rows[3].Login.String())
	assert.Equal(t, "S", rows[3].Service.Label)
	assert.Equal(t, structure.Service{}, rows[4].Service)
	assert.True(t, rows[1].Login.IsZero())

	rows = pages(t, store, func(w storage.Window) storage.Of[storage.OpenRequest] {
		return storage.OpenRequests{Window: w, Structures: []structure.ID{"house-1"}}
	})
	assert.Equal(t, "house-1/c house-1/w house-1/as house-1/b house-1/a", names(rows, name))

	rows = pages(t, store, func(w storage.Window) storage.Of[storage.OpenRequest] {
		return storage.OpenRequests{Window: w, Structures: []structure.ID{"house-1"}, At: at(9)}
	})
	assert.Equal(t, "house-1/c house-1/w house-1/as house-1/b house-1/a", names(rows, name), "a Due is a request's")

	none, err := storage.List(t.Context(), store, storage.OpenRequests{Window: storage.Window{Counted: true}})
	require.NoError(t, err)
	assert.Empty(t, none.Rows)
}

func TestDueMessages(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	message := func(id string, due time.Time, state storage.MessageState) storage.Message {
		return storage.Message{ID: id, State: state, NotBefore: due}
	}
	put(t, store, storage.Batch{Messages: []storage.Message{
		message("a", at(2), storage.Queued), message("b", at(1), storage.Queued), message("c", at(2), storage.Queued),
		message("d", time.Time{}, storage.Queued), message("e", at(1), storage.Sent),
		message("f", at(2).Add(time.Microsecond), storage.Queued),
	}})

	rows := pages(t, store, func(w storage.Window) storage.Of[storage.Message] {
		return storage.DueMessages{Window: w, At: at(2)}
	})
	assert.Equal(t, "d b a c", names(rows, func(m storage.Message) string { return m.ID }))
}

func TestDueRows(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	due := func(id account.ID, state attachment.State, minute int) attachment.Attachment {
		row := asks(id, 1, 0)
		row.State, row.Due = state, at(minute)

		return row
	}
	claim := attachment.Roster{
		Structure: "house-2", Standing: attachment.InClaim, Holder: "c", Claim: attachment.Claim{Term: at(4)},
		Rows: []attachment.Attachment{{Key: attachment.Key{Account: "c"}, State: attachment.Claimed}},
	}
	put(t, store, storage.Batch{
		Structures: []structure.Structure{house(1), house(2)},
		Rosters: []attachment.Roster{
			crowd("house-1", due("a", attachment.Requested, 5), due("b", attachment.Approved, 4),
				due("c", attachment.Attached, 1), due("d", attachment.Requested, 6), asks("e", 1, 1)),
			claim,
		},
	})

	rows := pages(t, store, func(w storage.Window) storage.Of[storage.DueRow] {
		return storage.DueRows{Window: w, At: at(5)}
	})
	assert.Equal(t, []storage.DueRow{
		{Structure: "house-1", Account: "b", Due: at(4)},
		{Structure: "house-2", Account: "c", Due: at(4)},
		{Structure: "house-1", Account: "a", Due: at(5)},
	}, rows)
}

func TestHistory(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	entry := func(operation string, seq, minute int) storage.Entry {
		return storage.Entry{Operation: operation, Seq: seq, Structure: "house-1", At: at(minute), Actor: account.System()}
	}
	late := entry("e", 0, 0)
	late.Version = 1
	other := entry("other", 0, 1)
	other.Structure = "house-2"
	put(t, store, storage.Batch{Journal: []storage.Entry{
		entry("a", 0, 1), entry("a", 1, 1), entry("b", 0, 1), entry("c", 0, 0), entry("d", 0, 7), late, other,
	}})

	rows := pages(t, store, func(w storage.Window) storage.Of[storage.Entry] {
		return storage.History{Window: w, Structure: "house-1"}
	})
	assert.Equal(t, "e0 d0 b0 a1 a0 c0", names(rows, func(e storage.Entry) string { return fmt.Sprint(e.Operation, e.Seq) }))
}

func TestRegistrationsOf(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	put(t, store, storage.Batch{
		Structures: []structure.Structure{house(1)},
		Registrations: []account.Registration{
			applicant("c", account.AwaitingApproval, "A@example.fr"),
			applicant("b", account.AwaitingActivation, "a@EXAMPLE.fr"),
			applicant("a", account.Lapsed, "a@example.fr"), applicant("d", account.AwaitingApproval, "d@example.fr"),
		},
	})

	rows := pages(t, store, func(w storage.Window) storage.Of[account.Registration] {
		return storage.RegistrationsOf{Window: w, Login: login("a@example.fr").Key()}
	})
	assert.Equal(t, "b c", names(rows, func(r account.Registration) string { return string(r.ID) }))
}

func TestDeciders(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	decides := func(id account.ID, service structure.Code, state attachment.State) attachment.Attachment {
		return attachment.Attachment{
			Key: attachment.Key{Account: id, Service: service}, State: state,
			Grants: []attachment.Grant{{Profile: habilitation.Manage, By: account.System()}},
		}
	}
	looks := decides("g", "", attachment.Attached)
	looks.Grants[0].Profile.Level = habilitation.Consultation

	roster := crowd("house-1", decides("a", "", attachment.Attached), decides("b", "s", attachment.Attached),
		decides("c", "", attachment.Suspended), decides("d", "", attachment.Attached),
		decides("e", "", attachment.Attached), attachment.Attachment{Key: attachment.Key{Account: "f"}, State: attachment.Attached},
		looks)
	roster.Standing, roster.Holder = attachment.Managed, "f"

	batch := storage.Batch{Structures: []structure.Structure{house(1)}, Rosters: []attachment.Roster{roster}}
	for _, id := range []account.ID{"a", "b", "c", "e", "f", "g"} {
		batch.Accounts = append(batch.Accounts, person(id, account.Active))
	}

	batch.Accounts[3].State = account.Deactivated

	put(t, store, batch)

	rows := pages(t, store, func(w storage.Window) storage.Of[account.Account] {
		return storage.Deciders{Window: w, Structure: "house-1"}
	})
	assert.Equal(t, "a f", names(rows, func(a account.Account) string { return string(a.ID) }))
}

func TestCountsStop(t *testing.T) {
	t.Parallel()

	store := fresh(t)

	var b storage.Batch
	for i := range storage.CountCap + 5 {
		b.Messages = append(b.Messages, storage.Message{ID: fmt.Sprintf("%05d", i), State: storage.Queued})
	}

	put(t, store, b)

	page, err := storage.List(t.Context(), store, storage.DueMessages{
		At: at(0), Window: storage.Window{Limit: 5000, Counted: true},
	})
	require.NoError(t, err)
	assert.Equal(t, storage.CountCap, page.Count)
	assert.Len(t, page.Rows, storage.MaxLimit)
	assert.NotEmpty(t, page.Next)
}

func TestForeignCursorIsRefused(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	for _, after := range []string{"x", "!", "W10", "bnVsbA", "W251bGwsMV0", "WzEuNSwiYSJd"} {
		_, err := store.Page(t.Context(), storage.DueMessages{Window: storage.Window{After: after}})
		require.ErrorIs(t, err, storage.ErrAfter, after)
	}
}
