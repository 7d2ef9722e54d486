package sqlstore

import (
	"context"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// dueRegistrations are registrations of which only those are read that have a Due: a place in the list is never NULL.
func dueRegistrations() table[account.Registration] {
	t := registrations()
	columns := t.columns
	t.columns = func(r *account.Registration) []column { return instead(columns(r), "due", stamp{&r.Due}) }

	return t
}

// journalOf are two queries in one: entries on an account, and others by it. Each arm has an index in the list's order.
func journalOf() table[storage.Entry] {
	var shape storage.Entry

	t := journal()
	arm := "SELECT " + list(written(t.columns(&shape)), "") + " FROM " + t.from
	t.from = "(" + arm + " WHERE account = ? UNION ALL " + arm + " WHERE actor = ? AND account <> ?)"

	return t
}

// deciders are the main manager, and who is attached at structure level with Organisation/modification.
const deciders = `t.state = 'active' AND t.id IN (
	SELECT holder FROM guichet_rosters WHERE structure = ? AND standing = 'managed'
	UNION
	SELECT g.account FROM guichet_grants AS g
		JOIN guichet_attachments AS a ON a.structure = g.structure AND a.account = g.account AND a.service = g.service
	WHERE g.structure = ? AND g.service = '' AND g.application = 'organisation' AND g.level = 'modification'
		AND a.state = 'attached')`

// past is the place behind which a list of accounts begins.
func past(id account.ID) []any {
	if id == "" {
		return nil
	}

	return []any{string(id)}
}

// rowsOf reads an account's rows together with the structures that they are in.
func (v view) rowsOf(ctx context.Context, w storage.Window, q storage.RowsOf) (storage.Page, error) {
	var (
		given  = grantsOf{}
		houses = map[structure.ID]structure.Structure{}
	)

	rows, page, err := listing[row]{
		name:  storage.ListOf(q),
		rows:  attachments(),
		where: "t.account = ?",
		args:  []any{q.Account},
		order: []string{"structure", "service"},
		beside: []sheet{
			of(grants(), given.add, "WHERE (t.structure, t.account, t.service) IN (SELECT structure, account, service FROM page)"),
			of(structures(), func(s structure.Structure) { houses[s.ID] = s }, "WHERE t.id IN (SELECT structure FROM page)"),
		},
	}.read(ctx, v, w)
	if err != nil {
		return storage.Page{}, err
	}

	for _, r := range rows {
		r.Grants = given.of(r.structure, r.Key)
		page.Rows = append(page.Rows, storage.RosterRow{Structure: houses[r.structure], Attachment: r.Attachment})
	}

	return page, nil
}

// firstOf tells of a roster's row whether it is the first of its account's that are attached or suspended, and whether
// there is the account. With OFFSET, engines ask both row by row, instead of joining what is nowhere near the page.
const firstOf = `t.structure = ? AND t.state IN ('attached', 'suspended') AND NOT EXISTS (
		SELECT 1 FROM guichet_attachments AS a WHERE a.structure = t.structure AND a.account = t.account
			AND a.service < t.service AND a.state IN ('attached', 'suspended') LIMIT 1 OFFSET 0)
	AND EXISTS (SELECT 1 FROM guichet_accounts AS p WHERE p.id = t.account LIMIT 1 OFFSET 0)`

// usersOf reads the accounts of a roster's rows, in the order of the roster's primary key.
func (v view) usersOf(ctx context.Context, w storage.Window, q storage.UsersOf) (storage.Page, error) {
	people := map[account.ID]account.Account{}

	ids, page, err := listing[account.ID]{
		name: storage.ListOf(q),
		rows: table[account.ID]{
			from:    attachments().from,
			columns: func(id *account.ID) []column { return []column{{name: "account", at: id}} },
		},
		where:  firstOf,
		args:   []any{q.Structure},
		order:  []string{"account"},
		behind: past(q.Past),
		beside: []sheet{
			of(accounts(), func(a account.Account) { people[a.ID] = a }, "WHERE t.id IN (SELECT account FROM page)"),
		},
	}.read(ctx, v, w)
	if err != nil {
		return storage.Page{}, err
	}

	for _, id := range ids {
		page.Rows = append(page.Rows, people[id])
	}

	return page, nil
}
