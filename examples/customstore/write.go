package customstore

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// writer applies a batch in a write transaction. Nobody else writes meanwhile, so that whatever it compares holds until
// the commit.
type writer struct {
	tx      *bbolt.Tx
	unique  map[string]entry      // keys that were given to a row; whose they are is looked at when all is written
	rosters map[structure.ID]bool // what was written to; likewise
}

func newWriter(tx *bbolt.Tx) *writer {
	return &writer{tx: tx, unique: map[string]entry{}, rosters: map[structure.ID]bool{}}
}

func (w *writer) apply(b storage.Batch) error {
	for _, g := range b.Guards {
		if err := w.guard(g); err != nil {
			return err
		}
	}

	// A roster's rows are listed by what is known of their people, so that these come first.
	for _, write := range []func() error{
		each(w, structures, b.Structures),
		each(w, services, b.Services),
		each(w, registrations, b.Registrations),
		each(w, accounts, b.Accounts),
		each(w, credentials, b.Credentials),
		each(w, attempts, b.Attempts),
		each(w, links, b.Links),
		each(w, messages, b.Messages),
		each(w, journal, b.Journal),
	} {
		if err := write(); err != nil {
			return err
		}
	}

	for _, r := range b.Rosters {
		if err := w.roster(r); err != nil {
			return err
		}
	}

	for _, op := range b.Operations {
		if err := w.operate(op); err != nil {
			return err
		}
	}

	return w.check()
}

// guard answers ErrConflict unless the row still has the version under which it was read.
func (w *writer) guard(g storage.Guard) error {
	switch g := g.(type) {
	case storage.AccountAt:
		return compare(w, accounts, key(g.ID), g.Version)
	case storage.StructureAt:
		return compare(w, structures, key(g.ID), g.Version)
	case storage.ServiceAt:
		return compare(w, services, key(g.Structure, g.Code), g.Version)
	case storage.RosterAt:
		return compare(w, rosters, key(g.Structure), g.Version)
	default:
		return fmt.Errorf("customstore: unknown guard %T", g)
	}
}

// compare answers ErrConflict unless there is a row of that version. No stored row has version 0.
func compare[R any](w *writer, t *table[R], k []byte, version int64) error {
	row, found, err := find(w.tx, t, k)

	switch {
	case err != nil:
		return err
	case !found || *t.version(&row) != version:
		return storage.ErrConflict
	default:
		return nil
	}
}

// roster writes a head and those rows of it that the batch names.
func (w *writer) roster(r attachment.Roster) error {
	head := r
	head.Queue, head.Rows = nil, nil
	w.rosters[r.Structure] = true

	if err := swap(w, rosters, head); err != nil {
		return err
	}

	for _, row := range r.Rows {
		if err := put(w, members, member{Structure: r.Structure, Attachment: row}); err != nil {
			return err
		}
	}

	return nil
}

// each writes the rows of one kind.
func each[R any](w *writer, t *table[R], rows []R) func() error {
	return func() error {
		for _, row := range rows {
			if err := swap(w, t, row); err != nil {
				return err
			}
		}

		return nil
	}
}

// swap inserts a row, or compares its version with the stored one and replaces it (sentence 4).
func swap[R any](w *writer, t *table[R], row R) error {
	if t.version == nil || *t.version(&row) == 0 {
		_, found, err := find(w.tx, t, t.key(row))

		switch {
		case err != nil:
			return err
		case found:
			return t.taken
		}
	} else if err := compare(w, t, t.key(row), *t.version(&row)); err != nil {
		return err
	}

	return advance(w, t, row)
}

// advance puts a row under its next version, if its kind has versions.
func advance[R any](w *writer, t *table[R], row R) error {
	if t.version != nil {
		*t.version(&row)++
	}

	return put(w, t, row)
}

// put stores a row as it is, in place of what was there.
func put[R any](w *writer, t *table[R], row R) error {
	data, err := encode(row)
	if err != nil {
		return err
	}

	return relist(w, t, row, func() error {
		if err := drop(w, t, row); err != nil {
			return err
		}

		if err := w.tx.Bucket([]byte(t.bucket)).Put(t.key(row), data); err != nil {
			return err
		}

		return register(w, t, row)
	})
}

// remove deletes a row.
func remove[R any](w *writer, t *table[R], row R) error {
	return relist(w, t, row, func() error { return drop(w, t, row) })
}

// drop deletes the stored row of a key, if there is one, and its entries.
func drop[R any](w *writer, t *table[R], row R) error {
	stored, found, err := find(w.tx, t, t.key(row))
	if err != nil || !found {
		return err
	}

	if err := withdraw(w, t, stored); err != nil {
		return err
	}

	return w.tx.Bucket([]byte(t.bucket)).Delete(t.key(row))
}

// relist changes an account or a registration, and with it the places of its rows in rosters.
func relist[R any](w *writer, t *table[R], row R, change func() error) error {
	if t.person == nil {
		return change()
	}

	rows, err := w.membersOf(t.person(row))
	if err != nil {
		return err
	}

	for _, m := range rows {
		if err := withdraw(w, members, m); err != nil {
			return err
		}
	}

	if err := change(); err != nil {
		return err
	}

	for _, m := range rows {
		if err := register(w, members, m); err != nil {
			return err
		}
	}

	return nil
}

func (w *writer) membersOf(id account.ID) ([]member, error) {
	return rowsOf(w.tx, members, forward(w.tx, byAccount, key(id), nil), 0)
}

// register makes a row's entries.
func register[R any](w *writer, t *table[R], row R) error {
	entries, err := t.list(w.tx, row)
	if err != nil {
		return err
	}

	for _, e := range entries {
		if err := w.tx.Bucket([]byte(e.index)).Put(e.key, e.value); err != nil {
			return err
		}

		if e.unique != nil {
			w.unique[e.index+string(e.unique)] = e
		}
	}

	return nil
}

// withdraw deletes them.
func withdraw[R any](w *writer, t *table[R], row R) error {
	entries, err := t.list(w.tx, row)
	if err != nil {
		return err
	}

	for _, e := range entries {
		if err := w.tx.Bucket([]byte(e.index)).Delete(e.key); err != nil {
			return err
		}
	}

	return nil
}

// check looks at what must be so once the batch is applied (sentences 5 and 6).
func (w *writer) check() error {
	for _, e := range w.unique {
		owners := 0

		for range forward(w.tx, e.index, e.unique, nil) {
			if owners++; owners > 1 {
				return e.taken
			}
		}
	}

	for id := range w.rosters {
		head, found, err := find(w.tx, rosters, key(id))
		if err != nil {
			return err
		}

		if found && head.Holder != "" && w.tx.Bucket([]byte(members.bucket)).Get(key(id, head.Holder, "")) == nil {
			return fmt.Errorf("customstore: the batch leaves the holder of %s without a row in its roster", id)
		}
	}

	return nil
}
