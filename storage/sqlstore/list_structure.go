package sqlstore

import (
	"context"
	"time"

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
