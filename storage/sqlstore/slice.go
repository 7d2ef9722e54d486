package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// withRoster defines whose rows a slice of a roster has: the accounts asked for, the holder, the newest registration
// with a login, and the queue, which is attachment.Roster.Line: the open requests at structure level that are not over
// and whose author can succeed, oldest first. Each finds its rows by an index, whatever the size of the roster.
const withRoster = `WITH queue AS MATERIALIZED (
	SELECT t.account AS id, t.ord FROM guichet_attachments AS t
		LEFT JOIN guichet_accounts AS a ON a.id = t.account
		LEFT JOIN guichet_registrations AS r ON r.id = t.account
	WHERE t.structure = ? AND t.state = 'requested' AND t.service = '' AND (t.due IS NULL OR t.due > ?)
		AND (a.state = 'active' OR a.id IS NULL AND r.state IN ('awaiting approval', 'awaiting activation')
			AND (NOT r.separate OR r.due IS NULL OR r.due > ?))
	ORDER BY t.ord, t.account LIMIT ?
), newest AS MATERIALIZED (
	SELECT r.id FROM guichet_registrations AS r
		JOIN guichet_attachments AS t ON t.structure = r.structure AND t.account = r.id AND t.service = ''
	WHERE r.structure = ? AND r.login_key = ? ORDER BY t.ord DESC, r.id DESC LIMIT 1
), wanted AS MATERIALIZED (
	SELECT id FROM queue UNION SELECT id FROM newest
	UNION SELECT holder FROM guichet_rosters WHERE structure = ? AND holder IS NOT NULL
	UNION `

// Roster returns a slice of a structure's roster.
func (v view) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	v.turn.wait(ctx, q.Structure)

	var (
		found bool
		queue []place
		given = grantsOf{}
		out   = storage.Slice{Facts: attachment.Facts{
			Registrations: map[account.ID]account.Registration{},
			Accounts:      map[account.ID]account.Account{},
			Services:      map[structure.Code]structure.Service{},
		}}
	)

	with := withRoster + anyOf(q.Accounts) + ")\n"
	args := slices.Concat([]any{
		q.Structure, stamp{&q.At}, stamp{&q.At}, attachment.QueueLength, q.Structure, q.Login, q.Structure,
	}, anys(q.Accounts))

	const (
		rows   = "WHERE t.structure = ? AND t.account IN (SELECT id FROM wanted)"
		people = "WHERE t.id IN (SELECT id FROM wanted)"
	)

	served := "WHERE t.structure = ? AND t.code IN (SELECT a.service FROM guichet_attachments AS a " +
		"WHERE a.structure = ? AND a.account IN (SELECT id FROM wanted) UNION " + anyOf(q.Services) + ")"

	err := v.gather(ctx, with, args,
		of(structures(), func(s structure.Structure) { out.Facts.Structure, found = s, true }, "WHERE t.id = ?", q.Structure),
		of(rosters(), func(r attachment.Roster) { out.Roster = r }, "WHERE t.structure = ?", q.Structure),
		sheet{cells: "id, ord", from: "FROM queue", add: func(cells []any) error {
			var p place

			err := errors.Join(assign(&p.account, cells[0]), assign(&p.order, cells[1]))
			queue = append(queue, p)

			return err
		}},
		sheet{cells: "id", from: "FROM newest", add: func(cells []any) error { return assign(&out.Newest, cells[0]) }},
		of(attachments(), func(r row) { out.Roster.Rows = append(out.Roster.Rows, r.Attachment) }, rows, q.Structure),
		of(grants(), given.add, rows, q.Structure),
		of(registrations(), func(r account.Registration) { out.Facts.Registrations[r.ID] = r }, people),
		of(accounts(), func(a account.Account) { out.Facts.Accounts[a.ID] = a }, people),
		of(services(), func(s structure.Service) { out.Facts.Services[s.Code] = s }, served,
			append([]any{q.Structure, q.Structure}, anys(q.Services)...)...),
	)
	if err == nil && !found {
		err = storage.ErrNotFound
	}

	if err != nil {
		return storage.Slice{}, err
	}

	slices.SortFunc(queue, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.account, b.account))
	})

	for _, p := range queue {
		out.Roster.Queue = append(out.Roster.Queue, p.account)
	}

	for i, r := range out.Roster.Rows {
		out.Roster.Rows[i].Grants = given.of(q.Structure, r.Key)
	}

	slices.SortFunc(out.Roster.Rows, func(a, b attachment.Attachment) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Service, b.Service))
	})

	out.Roster.Structure = q.Structure

	return out, nil
}

// anyOf is a query for n given texts; for none, if there are none.
func anyOf[T ~string](texts []T) string {
	if len(texts) == 0 {
		return "SELECT '' WHERE 1 = 0"
	}

	return "VALUES (CAST(? AS TEXT))" + strings.Repeat(", (?)", len(texts)-1)
}

// place is an account's place in the queue.
type place struct {
	account account.ID
	order   int64
}

// grantsOf are grants by the row that they belong to.
type grantsOf map[rowKey][]attachment.Grant

type rowKey struct {
	structure structure.ID
	key       attachment.Key
}

func (g grantsOf) add(given grant) {
	key := rowKey{given.structure, given.key}
	g[key] = append(g[key], given.Grant)
}

// of returns a row's grants, in the order of their profiles.
func (g grantsOf) of(id structure.ID, key attachment.Key) []attachment.Grant {
	out := g[rowKey{id, key}]
	slices.SortFunc(out, func(a, b attachment.Grant) int { return a.Profile.Compare(b.Profile) })

	return out
}

// Memberships returns an account and all its rows in all structures that are attached or suspended.
func (v view) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	var (
		found  bool
		rows   []row
		given  = grantsOf{}
		out    storage.Memberships
		houses = map[structure.ID]structure.Structure{}
		heads  = map[structure.ID]attachment.Roster{}
		served = map[serviceKey]structure.Service{}
	)

	const with = `WITH mine AS MATERIALIZED (SELECT t.structure, t.account, t.service FROM guichet_attachments AS t
		WHERE t.account = ? AND t.state IN ('attached', 'suspended'))
`

	err := v.gather(ctx, with, []any{id},
		of(accounts(), func(a account.Account) { out.Account, found = a, true }, "WHERE t.id = ?", id),
		of(attachments(), func(r row) { rows = append(rows, r) },
			"WHERE (t.structure, t.account, t.service) IN (SELECT structure, account, service FROM mine)"),
		of(grants(), given.add,
			"WHERE (t.structure, t.account, t.service) IN (SELECT structure, account, service FROM mine)"),
		of(structures(), func(s structure.Structure) { houses[s.ID] = s }, "WHERE t.id IN (SELECT structure FROM mine)"),
		of(rosters(), func(r attachment.Roster) { heads[r.Structure] = r },
			"WHERE t.structure IN (SELECT structure FROM mine)"),
		of(services(), func(s structure.Service) { served[serviceKey{s.Structure, s.Code}] = s },
			"WHERE (t.structure, t.code) IN (SELECT structure, service FROM mine)"),
	)
	if err == nil && !found {
		err = storage.ErrNotFound
	}

	if err != nil {
		return storage.Memberships{}, err
	}

	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.structure, b.structure), cmp.Compare(a.Service, b.Service))
	})

	for _, r := range rows {
		r.Grants = given.of(r.structure, r.Key)
		head := heads[r.structure]
		out.Rows = append(out.Rows, storage.Membership{
			Attachment: r.Attachment, Structure: houses[r.structure], Service: served[serviceKey{r.structure, r.Service}],
			Standing: head.Standing, Holder: head.Holder,
		})
	}

	return out, nil
}

// serviceKey is the key of a service.
type serviceKey struct {
	structure structure.ID
	code      structure.Code
}
