package dbtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func TestQueueIsTheHeadOfTheLine(t *testing.T) {
	t.Parallel()

	over := asks("over", 1, 0)
	over.Due = at(10)
	inTime := asks("in-time", 7, 0)
	inTime.Due = at(10).Add(time.Microsecond)
	atService := asks("b", 0, 0)
	atService.Service = "s"

	separate := func(id account.ID, due time.Time) account.Registration {
		r := applicant(id, account.AwaitingActivation, string(id)+"@example.fr")
		r.Separate, r.Due = true, due

		return r
	}

	store := fresh(t)
	batch := storage.Batch{
		Structures: []structure.Structure{house(1)},
		Accounts: []account.Account{
			person("blocked", account.Blocked), person("active", account.Active), person("closed", account.Closed),
		},
		Registrations: []account.Registration{
			applicant("over", account.AwaitingApproval, "o@example.fr"), applicant("ended", account.Refused, "e@example.fr"),
			applicant("blocked", account.AwaitingApproval, "c@example.fr"),
			applicant("in-time", account.AwaitingApproval, "i@example.fr"), applicant("b", account.AwaitingActivation, "b@example.fr"),
			applicant("last", account.AwaitingApproval, "l@example.fr"),
			separate("ends", at(10)), separate("lasts", time.Time{}),
		},
		Rosters: []attachment.Roster{crowd("house-1", over, atService, asks("nobody", 2, 0), asks("ended", 3, 0),
			asks("blocked", 4, 0), asks("closed", 5, 0), asks("last", 9, 0), asks("active", 8, 0), inTime, asks("b", 7, 0),
			asks("ends", 0, 0), asks("lasts", 6, 0))},
	}
	put(t, store, batch)

	all := make([]account.ID, 0, len(batch.Rosters[0].Rows))
	for _, row := range batch.Rosters[0].Rows {
		all = append(all, row.Account)
	}

	for _, minute := range []int{0, 10, 11} {
		slice, err := store.Roster(t.Context(), storage.RosterQuery{Structure: "house-1", At: at(minute), Accounts: all})
		require.NoError(t, err)
		assert.Equal(t, slice.Roster.Line(slice.Facts, at(minute))[:attachment.QueueLength], slice.Roster.Queue)

		slice, err = store.Roster(t.Context(), storage.RosterQuery{Structure: "house-1", At: at(minute), Services: []structure.Code{"x"}})
		require.NoError(t, err)

		for _, id := range slice.Roster.Queue {
			assert.NotEmpty(t, slice.Roster.RowsOf(id))
		}
	}
}

func TestNewestRegistrationOfALogin(t *testing.T) {
	t.Parallel()

	store := fresh(t)
	first, second, other := asks("first", 4, 0), asks("second", 3, 0), asks("other", 9, 0)
	first.State, second.State = attachment.Refused, attachment.Lapsed
	put(t, store, storage.Batch{
		Structures: []structure.Structure{house(1)},
		Registrations: []account.Registration{
			applicant("first", account.Refused, "a@example.fr"), applicant("second", account.Lapsed, "a@example.fr"),
			applicant("third", account.Lapsed, "a@example.fr"), applicant("other", account.AwaitingApproval, "b@example.fr"),
		},
		Rosters: []attachment.Roster{crowd("house-1", first, second, other)},
	})

	slice, err := store.Roster(t.Context(), storage.RosterQuery{Structure: "house-1", Login: login("A@example.fr").Key()})
	require.NoError(t, err)
	assert.EqualValues(t, "first", slice.Newest)
	assert.Equal(t, "first", string(slice.Roster.RowsOf("first")[0].Account))
	assert.Contains(t, slice.Facts.Registrations, account.ID("first"))

	slice, err = store.Roster(t.Context(), storage.RosterQuery{Structure: "house-1"})
	require.NoError(t, err)
	assert.Empty(t, slice.Newest)
}
