package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// town is a structure with n attached users and n requests, its manager and somebody to read.
func town(id structure.ID, n int) storage.Batch {
	roster := attachment.Roster{Structure: id, Standing: attachment.Managed, Holder: "manager-" + account.ID(id)}
	b := storage.Batch{Structures: []structure.Structure{house(len(id) % 90)}}
	b.Structures[0].ID = id

	add := func(who string, state attachment.State, order int) {
		row := asks(account.ID(who+"-"+string(id)), int64(order), order)
		row.State = state

		if state == attachment.Attached {
			for _, p := range habilitation.Defaults([]structure.Application{"a", "organisation"}, "") {
				row.Grants = append(row.Grants, attachment.Grant{Profile: p, By: account.System(), At: at(0)})
			}
		}

		roster.Rows = append(roster.Rows, row)
		b.Accounts = append(b.Accounts, person(row.Account, account.Active))
	}

	add("manager", attachment.Attached, 0)

	for i := range n {
		add(fmt.Sprint("user-", i), attachment.Attached, i)
		add(fmt.Sprint("asks-", i), attachment.Requested, i)
	}

	b.Rosters = []attachment.Roster{roster}

	return b
}

func TestRosterCostsTheSameWhateverItsSize(t *testing.T) {
	t.Parallel()

	s := &spy{dsn: dsn(file(t))}
	db := s.open(t)
	store := migrated(t, db, nil)
	put(t, store, town("small", 3))
	put(t, store, town("large-one", 300))

	read := func(id structure.ID) ([]statement, storage.Slice) {
		var slice storage.Slice

		seen := s.watch(func() {
			var err error

			slice, err = store.Roster(t.Context(), storage.RosterQuery{
				Structure: id, At: at(0), Login: "nobody", Accounts: []account.ID{"user-1-" + account.ID(id)},
				Services: []structure.Code{"s"},
			})
			require.NoError(t, err)
		})

		return seen, slice
	}

	few, small := read("small")
	many, large := read("large-one")
	assert.Len(t, many, len(few))
	assert.Len(t, large.Roster.Rows, len(small.Roster.Rows))
	assert.Len(t, large.Roster.Queue, attachment.QueueLength)

	for i, one := range many {
		assert.Equal(t, few[i].text, one.text)
		plan := explain(t, db, one)
		assert.Empty(t, scans(plan), "%s\n%s", one.text, plan)
	}
}

// scans returns what a plan reads whole: none of it may be a table. The page itself is called t, and read once.
func scans(plan string) []string {
	var out []string

	if _, page, found := strings.Cut(plan, "MATERIALIZE page\n"); found {
		plan = strings.Replace(page, "SCAN t", "", 1)
	}

	for line := range strings.Lines(plan) {
		what, isScan := strings.CutPrefix(strings.TrimSpace(line), "SCAN ")
		if isScan && !slices.Contains([]string{"queue", "newest", "wanted", "mine", "page", "c", "CONSTANT ROW"}, what) {
			out = append(out, what)
		}
	}

	return out
}

// explain returns how SQLite goes about a statement.
func explain(t *testing.T, db *sql.DB, s statement) string {
	t.Helper()

	args := make([]any, len(s.args))
	for i, arg := range s.args {
		args[i] = arg.Value
	}

	rows, err := db.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+s.text, args...)
	require.NoError(t, err)

	defer rows.Close()

	var out []string

	for rows.Next() {
		var (
			id, parent, unused int
			detail             string
		)

		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		out = append(out, detail)
	}

	require.NoError(t, rows.Err())

	return strings.Join(out, "\n")
}
