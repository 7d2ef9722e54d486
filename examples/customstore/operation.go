package customstore

import (
	"bytes"
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func (w *writer) operate(op storage.Operation) error {
	switch op := op.(type) {
	case storage.CopyStructure:
		return w.copyStructure(op)
	case storage.EraseAccount:
		return w.eraseAccount(op.Account)
	case storage.Purge:
		return w.purge(op.Bounded())
	default:
		return fmt.Errorf("customstore: unknown operation %T", op)
	}
}

// copyStructure is sentence 17.
func (w *writer) copyStructure(op storage.CopyStructure) error {
	if err := compare(w, rosters, key(op.From), op.Version); err != nil {
		return err
	}

	head, err := get(w.tx, rosters, key(op.From))
	if err != nil {
		return err
	}

	_, exists, err := find(w.tx, structures, key(op.To))
	if err != nil {
		return err
	}

	_, copied, err := find(w.tx, rosters, key(op.To))
	if err != nil {
		return err
	}

	if !exists || copied || head.Standing != attachment.Managed && head.Standing != attachment.Vacant {
		return storage.ErrConflict
	}

	if err := w.touch(map[structure.ID]bool{op.From: true}); err != nil {
		return err
	}

	head.Structure, head.Claim = op.To, attachment.Claim{}
	w.rosters[op.To] = true

	if err := put(w, rosters, head); err != nil {
		return err
	}

	for _, step := range []func(from, to structure.ID) error{
		w.copyServices, w.copyMembers, w.moveRegistrations, w.moveMessages,
	} {
		if err := step(op.From, op.To); err != nil {
			return err
		}
	}

	return nil
}

func (w *writer) copyServices(from, to structure.ID) error {
	rows, err := inStructure(w, services, from)
	if err != nil {
		return err
	}

	for _, s := range rows {
		s.Structure, s.Version = to, 0

		if err := swap(w, services, s); err != nil {
			return err
		}
	}

	return nil
}

func (w *writer) copyMembers(from, to structure.ID) error {
	rows, err := inStructure(w, members, from)
	if err != nil {
		return err
	}

	people := map[account.ID]bool{}

	for _, m := range rows {
		people[m.Account] = true

		if err := w.leave(m); err != nil {
			return err
		}

		m.Structure = to

		if err := put(w, members, m); err != nil {
			return err
		}
	}

	for id := range people {
		acc, found, err := find(w.tx, accounts, key(id))
		if err != nil {
			return err
		}

		if found {
			if err := advance(w, accounts, acc); err != nil {
				return err
			}
		}
	}

	return nil
}

// leave makes of a row that was copied what stays behind of it.
func (w *writer) leave(m member) error {
	if m.State == attachment.Requested || m.State == attachment.Approved {
		return remove(w, members, m)
	}

	m.Wish, m.Remind = attachment.Wish{Decision: m.Wish.Decision}, time.Time{}

	return put(w, members, m)
}

func (w *writer) moveRegistrations(from, to structure.ID) error {
	return changeAll(w, registrations, byStructure, key(from), func(r *account.Registration) { r.Structure = to })
}

func (w *writer) moveMessages(from, to structure.ID) error {
	return changeAll(w, messages, byWaiting, key(from), func(m *storage.Message) { m.Structure = to })
}

// eraseAccount is sentence 18.
func (w *writer) eraseAccount(id account.ID) error {
	acc, found, err := find(w.tx, accounts, key(id))
	if err != nil {
		return err
	}

	if !found || acc.State != account.Closed {
		return storage.ErrConflict
	}

	addresses := []string{acc.Login.String(), acc.Person.Contact}

	if err := change(w, accounts, acc, func(a *account.Account) {
		a.Login, a.Person, a.Terms, a.Survey = account.Login{}, account.Person{}, account.Consent{}, account.Consent{}
	}); err != nil {
		return err
	}

	if err := w.eraseRegistration(id); err != nil {
		return err
	}

	if err := remove(w, credentials, account.Credential{Account: id}); err != nil {
		return err
	}

	if err := removeAll(w, links, bySequence, key(id)); err != nil {
		return err
	}

	if err := w.eraseMembers(id); err != nil {
		return err
	}

	if err := w.eraseNotes(id, true); err != nil {
		return err
	}

	if err := removeAll(w, messages, byAbout, key(id)); err != nil {
		return err
	}

	for _, address := range addresses {
		if address == "" {
			continue
		}

		if err := removeAll(w, messages, byTo, key(address)); err != nil {
			return err
		}
	}

	return nil
}

func (w *writer) eraseRegistration(id account.ID) error {
	reg, found, err := find(w.tx, registrations, key(id))
	if err != nil || !found {
		return err
	}

	return change(w, registrations, reg, func(r *account.Registration) {
		r.Login, r.Person, r.Terms, r.Survey = account.Login{}, account.Person{}, account.Consent{}, account.Consent{}
	})
}

func (w *writer) eraseMembers(id account.ID) error {
	rows, err := w.membersOf(id)
	if err != nil {
		return err
	}

	touched := map[structure.ID]bool{}

	for _, m := range rows {
		err := change(w, members, m, func(m *member) {
			m.Comment, m.Details, m.Decision.Reason = "", nil, ""
			m.Wish.Comment, m.Wish.Decision.Reason, m.Invited = "", "", ""
		})
		if err != nil {
			return err
		}

		touched[m.Structure] = true
	}

	return w.touch(touched)
}

// eraseNotes empties the notes of the journal entries about an account, and, if it is a person that goes and not only a
// registration, of those that it caused.
func (w *writer) eraseNotes(id account.ID, caused bool) error {
	return changeAll(w, journal, bySubject, key(id), func(e *storage.Entry) {
		if caused || e.Account == id {
			e.Note = ""
		}
	})
}

// purge is sentence 19.
func (w *writer) purge(p storage.Purge) error {
	touched := map[structure.ID]bool{}

	if err := oldest(w, registrations, byEnd, p.Registrations, p.Limit, func(r account.Registration) error {
		return w.purgeRegistration(r, touched)
	}); err != nil {
		return err
	}

	if err := w.touch(touched); err != nil {
		return err
	}

	if err := oldest(w, messages, byDone, p.Messages, p.Limit, deleting(w, messages)); err != nil {
		return err
	}

	if err := oldest(w, links, byNotAfter, p.Links, p.Limit, deleting(w, links)); err != nil {
		return err
	}

	if err := oldest(w, attempts, byOver, p.Attempts, p.Limit, deleting(w, attempts)); err != nil {
		return err
	}

	return oldest(w, journal, byTime, p.Journal, p.Limit, deleting(w, journal))
}

// purgeRegistration deletes a registration and, if no account came of it, what is left of it in rosters.
func (w *writer) purgeRegistration(r account.Registration, touched map[structure.ID]bool) error {
	if err := remove(w, registrations, r); err != nil {
		return err
	}

	if _, found, err := find(w.tx, accounts, key(r.ID)); err != nil || found {
		return err
	}

	rows, err := w.membersOf(r.ID)
	if err != nil {
		return err
	}

	for _, m := range rows {
		switch m.State {
		case attachment.Refused, attachment.Withdrawn, attachment.Lapsed, attachment.Detached:
			touched[m.Structure] = true

			if err := remove(w, members, m); err != nil {
				return err
			}
		case attachment.Requested, attachment.Claimed, attachment.Approved, attachment.Attached, attachment.Suspended:
		}
	}

	return w.eraseNotes(r.ID, false)
}

// touch gives the heads of rosters whose rows were changed their next version.
func (w *writer) touch(touched map[structure.ID]bool) error {
	for id := range touched {
		w.rosters[id] = true

		head, found, err := find(w.tx, rosters, key(id))
		if err != nil {
			return err
		}

		if found {
			if err := advance(w, rosters, head); err != nil {
				return err
			}
		}
	}

	return nil
}

// change puts a row as edited, under its next version.
func change[R any](w *writer, t *table[R], row R, edit func(*R)) error {
	edit(&row)

	return advance(w, t, row)
}

// changeAll changes the rows that an index leads to.
func changeAll[R any](w *writer, t *table[R], index string, prefix []byte, edit func(*R)) error {
	rows, err := rowsOf(w.tx, t, forward(w.tx, index, prefix, nil), 0)
	if err != nil {
		return err
	}

	for _, row := range rows {
		if err := change(w, t, row, edit); err != nil {
			return err
		}
	}

	return nil
}

// removeAll deletes them.
func removeAll[R any](w *writer, t *table[R], index string, prefix []byte) error {
	rows, err := rowsOf(w.tx, t, forward(w.tx, index, prefix, nil), 0)
	if err != nil {
		return err
	}

	for _, row := range rows {
		if err := remove(w, t, row); err != nil {
			return err
		}
	}

	return nil
}

// oldest does something to the first rows, at most limit, of an index by time that are from before a time. The zero
// time is before all others.
func oldest[R any](w *writer, t *table[R], index string, before time.Time, limit int, do func(R) error) error {
	end := key(before)
	old := func(yield func([]byte, []byte) bool) {
		for k, v := range forward(w.tx, index, nil, nil) {
			if bytes.Compare(k[:timeSize], end) >= 0 || !yield(k, v) {
				return
			}
		}
	}

	rows, err := rowsOf(w.tx, t, old, limit)
	if err != nil {
		return err
	}

	for _, row := range rows {
		if err := do(row); err != nil {
			return err
		}
	}

	return nil
}

func deleting[R any](w *writer, t *table[R]) func(R) error {
	return func(row R) error { return remove(w, t, row) }
}

// inStructure returns the rows of a kind whose keys begin with their structure.
func inStructure[R any](w *writer, t *table[R], id structure.ID) ([]R, error) {
	var out []R

	for _, data := range forward(w.tx, t.bucket, key(id), nil) {
		var row R
		if err := decode(data, &row); err != nil {
			return nil, err
		}

		out = append(out, row)
	}

	return out, nil
}
