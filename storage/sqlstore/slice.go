package sqlstore

import (
	"context"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Roster returns a slice of a structure's roster. It runs the same few statements whatever the size of the roster, and
// each finds its rows by an index.
func (v view) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	var out storage.Slice

	s, err := v.Structure(ctx, q.Structure)
	if err != nil {
		return out, err
	}

	heads, err := load(ctx, v, rosters(), "WHERE t.structure = ?", q.Structure)
	if err != nil {
		return out, err
	}

	out.Roster.Structure = q.Structure
	if len(heads) > 0 {
		out.Roster = heads[0]
	}

	if out.Roster.Queue, err = v.queue(ctx, q); err != nil {
		return out, err
	}

	if out.Newest, err = v.newest(ctx, q); err != nil {
		return out, err
	}

	wanted := slices.Concat(q.Accounts, out.Roster.Queue, []account.ID{out.Roster.Holder, out.Newest})
	wanted = slices.DeleteFunc(distinct(wanted), func(id account.ID) bool { return id == "" })

	rows, err := v.rowsOf(ctx, q.Structure, wanted)
	if err != nil {
		return out, err
	}

	codes := slices.Clone(q.Services)

	for _, r := range rows {
		out.Roster.Rows = append(out.Roster.Rows, r.Attachment)
		codes = append(codes, r.Service)
	}

	out.Facts.Structure = s
	if out.Facts.Registrations, out.Facts.Accounts, err = v.people(ctx, wanted); err != nil {
		return out, err
	}

	out.Facts.Services, err = v.servicesOf(ctx, q.Structure, codes)

	return out, err
}

// readQueue is attachment.Roster.Line: the open requests at structure level that are not over and whose author can
// succeed, oldest first.
const readQueue = `SELECT t.account FROM guichet_attachments AS t
	LEFT JOIN guichet_accounts AS a ON a.id = t.account
	LEFT JOIN guichet_registrations AS r ON r.id = t.account
WHERE t.structure = ? AND t.state = 'requested' AND t.service = '' AND (t.due IS NULL OR t.due > ?)
	AND (a.state = 'active' OR a.id IS NULL AND r.state IN ('awaiting approval', 'awaiting activation'))
ORDER BY t.ord, t.account LIMIT ?`

func (v view) queue(ctx context.Context, q storage.RosterQuery) ([]account.ID, error) {
	return v.ids(ctx, readQueue, q.Structure, stamp{&q.At}, attachment.QueueLength)
}

// readNewest is the registration with a login in a structure whose row there has the highest order.
const readNewest = `SELECT r.id FROM guichet_registrations AS r
	JOIN guichet_attachments AS t ON t.structure = r.structure AND t.account = r.id AND t.service = ''
WHERE r.structure = ? AND r.login_key = ? ORDER BY t.ord DESC, r.id DESC LIMIT 1`

func (v view) newest(ctx context.Context, q storage.RosterQuery) (account.ID, error) {
	if q.Login == "" {
		return "", nil
	}

	ids, err := v.ids(ctx, readNewest, q.Structure, q.Login)
	if err != nil || len(ids) == 0 {
		return "", err
	}

	return ids[0], nil
}

// Memberships returns an account and all its rows in all structures that are attached or suspended.
func (v view) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	var out storage.Memberships

	a, err := v.Account(ctx, id)
	if err != nil {
		return out, err
	}

	const where = " WHERE t.account = ? AND t.state IN ('attached', 'suspended')"

	// of returns the tail that finds, by columns, what the rows name.
	of := func(columns, values string) string {
		return "WHERE " + columns + " IN (SELECT " + values + " FROM guichet_attachments AS t" + where + ")"
	}

	rows, err := load(ctx, v, attachments(), where+" ORDER BY t.structure, t.service", id)
	if err != nil {
		return out, err
	}

	err = v.addGrants(ctx, rows,
		of("(t.structure, t.account, t.service)", "t.structure, t.account, t.service"), id)
	if err != nil {
		return out, err
	}

	houses, err := index(ctx, v, structures(), structureID, of("t.id", "t.structure"), id)
	if err != nil {
		return out, err
	}

	heads, err := index(ctx, v, rosters(), rosterID, of("t.structure", "t.structure"), id)
	if err != nil {
		return out, err
	}

	served, err := index(ctx, v, services(), serviceID, of("(t.structure, t.code)", "t.structure, t.service"), id)
	if err != nil {
		return out, err
	}

	out.Account = a

	for _, r := range rows {
		head := heads[r.structure]
		out.Rows = append(out.Rows, storage.Membership{
			Attachment: r.Attachment, Structure: houses[r.structure], Service: served[r.serviceID()],
			Standing: head.Standing, Holder: head.Holder,
		})
	}

	return out, nil
}

// service is the key of a service.
type service struct {
	structure structure.ID
	code      structure.Code
}

func (r row) serviceID() service { return service{r.structure, r.Service} }

func structureID(s structure.Structure) structure.ID   { return s.ID }
func rosterID(r attachment.Roster) structure.ID        { return r.Structure }
func serviceID(s structure.Service) service            { return service{s.Structure, s.Code} }
func serviceCode(s structure.Service) structure.Code   { return s.Code }
func accountID(a account.Account) account.ID           { return a.ID }
func registrationID(r account.Registration) account.ID { return r.ID }
func distinct[T ~string](values []T) []T               { return slices.Compact(slices.Sorted(slices.Values(values))) }

// index loads rows by their keys.
func index[K comparable, T any](
	ctx context.Context, v view, t table[T], key func(T) K, tail string, args ...any,
) (map[K]T, error) {
	rows, err := load(ctx, v, t, tail, args...)
	if err != nil {
		return nil, err
	}

	out := make(map[K]T, len(rows))
	for _, r := range rows {
		out[key(r)] = r
	}

	return out, nil
}

// ids reads ids of accounts.
func (v view) ids(ctx context.Context, text string, args ...any) ([]account.ID, error) {
	return query(ctx, v, text, args, func(at *account.ID) []any { return []any{at} })
}

// rowsOf returns the rows of accounts in a structure, with their grants.
func (v view) rowsOf(ctx context.Context, id structure.ID, accounts []account.ID) ([]row, error) {
	if len(accounts) == 0 {
		return nil, nil
	}

	tail := "WHERE t.structure = ? AND " + in("t.account", len(accounts))
	args := append([]any{id}, anys(accounts)...)

	rows, err := load(ctx, v, attachments(), tail+" ORDER BY t.account, t.service", args...)
	if err != nil {
		return nil, err
	}

	return rows, v.addGrants(ctx, rows, tail, args...)
}

// addGrants gives rows the grants that the tail finds.
func (v view) addGrants(ctx context.Context, rows []row, tail string, args ...any) error {
	if len(rows) == 0 {
		return nil
	}

	found, err := load(ctx, v, grants(), tail, args...)
	if err != nil {
		return err
	}

	type place struct {
		structure structure.ID
		key       attachment.Key
	}

	given := map[place][]attachment.Grant{}
	for _, g := range found {
		at := place{g.structure, g.key}
		given[at] = append(given[at], g.Grant)
	}

	for i, r := range rows {
		rows[i].Grants = given[place{r.structure, r.Key}]
		slices.SortFunc(rows[i].Grants, func(a, b attachment.Grant) int { return a.Profile.Compare(b.Profile) })
	}

	return nil
}

// people returns the registrations and the accounts of those ids, as far as there are any.
func (v view) people(ctx context.Context, ids []account.ID) (
	registered map[account.ID]account.Registration, active map[account.ID]account.Account, err error,
) {
	if len(ids) == 0 {
		return map[account.ID]account.Registration{}, map[account.ID]account.Account{}, nil
	}

	tail := "WHERE " + in("t.id", len(ids))

	registered, err = index(ctx, v, registrations(), registrationID, tail, anys(ids)...)
	if err != nil {
		return nil, nil, err
	}

	active, err = index(ctx, v, accounts(), accountID, tail, anys(ids)...)

	return registered, active, err
}

// servicesOf returns a structure's services of those codes, as far as there are any.
func (v view) servicesOf(ctx context.Context, id structure.ID, codes []structure.Code) (
	map[structure.Code]structure.Service, error,
) {
	codes = slices.DeleteFunc(distinct(codes), func(c structure.Code) bool { return c == "" })
	if len(codes) == 0 {
		return map[structure.Code]structure.Service{}, nil
	}

	return index(ctx, v, services(), serviceCode, "WHERE t.structure = ? AND "+in("t.code", len(codes)),
		append([]any{id}, anys(codes)...)...)
}
