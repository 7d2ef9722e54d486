package sqlstore

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// known tells whether a structure is present for the people who name it: managed or vacant, and without successor.
const known = ` AND t.successor IS NULL AND EXISTS (
	SELECT 1 FROM guichet_rosters AS r WHERE r.structure = t.id AND r.standing IN ('managed', 'vacant'))`

// lastRune follows everything in a folded text, which is made of letters, digits and spaces.
const lastRune = "\U0010FFFF"

// named is a structure with the name under which it is stored for searching: its place in the list, also once another
// release folds names in another way.
type named struct {
	structure.Structure

	search string
}

func namedStructures() table[named] {
	t := structures()

	return table[named]{
		from:    t.from,
		columns: func(n *named) []column { return instead(t.columns(&n.Structure), "search_name", &n.search) },
	}
}

// member is a row of a roster with its search text as it is stored: its place in the list, also once another release folds
// texts in another way.
type member struct {
	row

	search string
}

// members are the rows of rosters with their search texts, of which those of accounts are stored with these. So the rows of
// one structure are sorted when they are read; whoever writes an account writes none of its rows.
func members() table[member] {
	t := attachments()

	return table[member]{
		from: `(SELECT m.*, CASE WHEN m.invited <> '' THEN m.invited_search ELSE COALESCE(p.search, '') END AS search
			FROM guichet_attachments AS m LEFT JOIN guichet_accounts AS p ON p.id = m.account)`,
		columns: func(m *member) []column {
			return append(t.columns(&m.row), column{name: "search", at: &m.search})
		},
	}
}

// membersOf reads the rows of a structure's users together with what is shown with them.
func (v view) membersOf(ctx context.Context, w storage.Window, q storage.MembersOf) (storage.Page, error) {
	var (
		given  = grantsOf{}
		served = map[structure.Code]structure.Service{}
		people = map[account.ID]account.Account{}
	)

	l := listing[member]{
		name:  storage.ListOf(q),
		rows:  members(),
		where: "t.structure = ? AND (t.state IN ('attached', 'suspended') OR t.state = 'approved' AND t.invited <> '')",
		args:  []any{q.Structure},
		order: []string{"search", "account", "service"},
		beside: []sheet{
			of(grants(), given.add, "WHERE (t.structure, t.account, t.service) IN (SELECT structure, account, service FROM page)"),
			of(services(), func(s structure.Service) { served[s.Code] = s },
				"WHERE (t.structure, t.code) IN (SELECT structure, service FROM page)"),
			of(accounts(), func(a account.Account) { people[a.ID] = a }, "WHERE t.id IN (SELECT account FROM page)"),
		},
	}

	if q.Search != "" {
		l.where += " AND instr(t.search, ?) > 0"
		l.args = append(l.args, q.Search)
	}

	if q.Service != "" {
		l.where += " AND t.service = ?"
		l.args = append(l.args, q.Service)
	}

	if q.Approver != "" {
		l.where += " AND t.approved AND t.decided_by = ?"
		l.args = append(l.args, account.By(q.Approver).String())
	}

	rows, page, err := l.read(ctx, v, w)
	if err != nil {
		return storage.Page{}, err
	}

	for _, m := range rows {
		m.Grants = given.of(m.structure, m.Key)
		page.Rows = append(page.Rows, storage.Member{
			Attachment: m.Attachment, Service: served[m.Service], Account: people[m.Account],
		})
	}

	return page, nil
}

// publicStructures reads public structures by their names.
func (v view) publicStructures(ctx context.Context, w storage.Window, q storage.PublicStructures) (storage.Page, error) {
	l := listing[named]{
		name:   storage.ListOf(q),
		rows:   namedStructures(),
		where:  "t.sector = 'public' AND t.identity_kind <> ?" + known,
		args:   []any{identifier.Individual.String()},
		order:  []string{"search_name", "id"},
		behind: []any{q.Name, ""},
	}

	if q.Kind != 0 {
		l.where += " AND t.identity_kind = ?"
		l.args = append(l.args, q.Kind.String())
	}

	if q.Town != "" {
		l.where += " AND t.search_town = ?"
		l.args = append(l.args, q.Town)
	}

	if q.Name != "" { // what begins with it lies between it and the last text that does
		l.where += " AND t.search_name < ?"
		l.args = append(l.args, q.Name+lastRune)
	}

	rows, page, err := l.read(ctx, v, w)
	if err != nil {
		return storage.Page{}, err
	}

	for _, row := range rows {
		page.Rows = append(page.Rows, row.Structure)
	}

	return page, nil
}

func unverified(q storage.Unverified) listing[structure.Structure] {
	at := q.At
	if never := (time.Time{}).Add(time.Microsecond); at.Before(never) {
		at = never // the zero time is before every other
	}

	return listing[structure.Structure]{
		name:  storage.ListOf(q),
		rows:  structures(),
		where: "t.verification = 'unverified' AND t.checked_at < ?" + known,
		args:  []any{stamp{&at}},
		order: []string{"checked_at", "id"},
	}
}
