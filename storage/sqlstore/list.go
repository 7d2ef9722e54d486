package sqlstore

import (
	"context"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
)

// Page returns one page of a list.
func (v view) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	w := q.Bounds()

	switch q := q.(type) {
	case storage.OpenRequests:
		return v.openRequests(ctx, w, q)
	case storage.DueMessages:
		return listing[storage.Message]{
			rows:  messages(),
			where: "t.state = 'queued' AND t.not_before <= ?",
			args:  []any{stamp{&q.At}},
			order: []string{"not_before", "id"},
		}.page(ctx, v, w)
	case storage.DueRows:
		return listing[storage.DueRow]{
			rows:  dueRows(),
			where: "t.due <= ?",
			args:  []any{stamp{&q.At}},
			order: []string{"due", "structure", "account", "service"},
		}.page(ctx, v, w)
	case storage.History:
		return listing[storage.Entry]{
			rows:  journal(),
			where: "t.structure = ?",
			args:  []any{q.Structure},
			order: []string{"roster_version", "at", "operation", "seq"},
			down:  true,
		}.page(ctx, v, w)
	case storage.RegistrationsOf:
		return listing[account.Registration]{
			rows:  registrations(),
			where: "t.login_key = ? AND t.state IN ('awaiting approval', 'awaiting activation')",
			args:  []any{q.Login},
			order: []string{"created_at", "id"},
		}.page(ctx, v, w)
	case storage.Deciders:
		return listing[account.Account]{
			rows:  accounts(),
			where: deciders,
			args:  []any{q.Structure, q.Structure},
			order: []string{"id"},
		}.page(ctx, v, w)
	default:
		return storage.Page{}, fmt.Errorf("sqlstore: unknown query %T", q)
	}
}

// dueRows are two queries in one: claims and open rows, each with when it ends.
func dueRows() table[storage.DueRow] {
	return table[storage.DueRow]{
		from: `(SELECT structure, holder AS account, holder_service AS service, term AS due FROM guichet_rosters
				WHERE standing = 'claimed'
			UNION ALL
			SELECT structure, account, service, due FROM guichet_attachments
				WHERE state IN ('requested', 'approved'))`,
		columns: func(r *storage.DueRow) []column {
			return []column{
				{name: "structure", at: &r.Structure},
				{name: "account", at: &r.Account},
				{name: "service", at: &r.Service},
				{name: "due", at: stamp{&r.Due}},
			}
		},
	}
}

// deciders are the main manager, and who is attached at structure level with Organisation/modification.
const deciders = `t.state = 'active' AND t.id IN (
	SELECT holder FROM guichet_rosters WHERE structure = ? AND standing = 'managed'
	UNION
	SELECT g.account FROM guichet_grants AS g
		JOIN guichet_attachments AS a ON a.structure = g.structure AND a.account = g.account AND a.service = g.service
	WHERE g.structure = ? AND g.service = '' AND g.application = 'organisation' AND g.level = 'modification'
		AND a.state = 'attached')`

// openRequests reads the requests, then what is shown with them.
func (v view) openRequests(ctx context.Context, w storage.Window, q storage.OpenRequests) (storage.Page, error) {
	if len(q.Structures) == 0 {
		return storage.Page{}, nil
	}

	asked := distinct(q.Structures)

	rows, page, err := listing[row]{
		rows:  attachments(),
		where: in("t.structure", len(asked)) + " AND t.state = 'requested' AND (t.due IS NULL OR t.due > ?)",
		args:  append(anys(asked), stamp{&q.At}), // every Due is after the zero time
		order: []string{"requested_at", "structure", "ord", "account", "service"},
	}.read(ctx, v, w)
	if err != nil || len(rows) == 0 {
		return page, err
	}

	var keys, places []any

	ids := make([]account.ID, len(rows))

	for i, r := range rows {
		ids[i] = r.Account
		keys = append(keys, r.structure, r.Account, r.Service)
		places = append(places, r.structure, r.Service)
	}

	err = v.addGrants(ctx, rows, "WHERE (t.structure, t.account, t.service) IN (VALUES "+tuples(len(rows), 3)+")", keys...)
	if err != nil {
		return page, err
	}

	houses, err := index(ctx, v, structures(), structureID, "WHERE "+in("t.id", len(asked)), anys(asked)...)
	if err != nil {
		return page, err
	}

	served, err := index(ctx, v, services(), serviceID,
		"WHERE (t.structure, t.code) IN (VALUES "+tuples(len(rows), 2)+")", places...)
	if err != nil {
		return page, err
	}

	registered, active, err := v.people(ctx, distinct(ids))
	if err != nil {
		return page, err
	}

	for _, r := range rows {
		line := storage.OpenRequest{
			Structure: houses[r.structure], Service: served[r.serviceID()], Attachment: r.Attachment,
			Login: registered[r.Account].Login, Person: registered[r.Account].Person,
		}
		if a, ok := active[r.Account]; ok {
			line.Login, line.Person = a.Login, a.Person
		}

		page.Rows = append(page.Rows, line)
	}

	return page, nil
}
