package memory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// operate applies one operation. One that fails may have written something: whoever calls it undoes that.
func (t *tables) operate(op storage.Operation) error {
	switch op := op.(type) {
	case storage.CopyStructure:
		return t.copyStructure(op)
	case storage.EraseAccount:
		return t.eraseAccount(op)
	case storage.Purge:
		t.purge(op.Bounded())

		return nil
	default:
		return fmt.Errorf("%w: operation %T", ErrBatch, op)
	}
}

// copyStructure is sentence 17 of the contract.
func (t *tables) copyStructure(op storage.CopyStructure) error {
	from, found := t.rosters[op.From]
	_, known := t.structures[op.To]
	_, taken := t.rosters[op.To]

	switch {
	case !found || from.head.Version != op.Version:
		return fmt.Errorf("%w: the roster to copy is not as it was read", storage.ErrConflict)
	case from.head.Standing != attachment.Managed && from.head.Standing != attachment.Vacant:
		return fmt.Errorf("%w: the roster to copy is %s", storage.ErrConflict, from.head.Standing)
	case !known || taken:
		return fmt.Errorf("%w: the structure to copy to is missing, or has a roster", storage.ErrConflict)
	}

	head := from.head
	head.Structure, head.Claim = op.To, attachment.Claim{}
	t.setHead(head)
	t.touch(op.From)

	for id, rows := range from.rows {
		for _, row := range rows {
			t.setRow(op.To, row.Key, &row)

			if row.State == attachment.Requested || row.State == attachment.Approved {
				t.setRow(op.From, row.Key, nil)
			} else {
				row.Wish, row.Remind = attachment.Wish{Decision: row.Wish.Decision}, time.Time{}
				t.setRow(op.From, row.Key, &row)
			}
		}

		if row, ok := t.accounts[id]; ok && t.rowsOf.has(id, op.To) {
			row.Version++
			t.setAccount(id, &row)
		}
	}

	if err := t.copyServices(op); err != nil {
		return err
	}

	for id, row := range t.registrations {
		if row.Structure == op.From {
			row.Structure = op.To
			row.Version++
			t.setRegistration(id, &row)
		}
	}

	for id, row := range t.messages {
		if row.Structure == op.From && (row.State == storage.Queued || row.State == storage.Parked) {
			row.Structure = op.To
			row.Version++
			t.setMessage(id, &row)
		}
	}

	return nil
}

func (t *tables) copyServices(op storage.CopyStructure) error {
	var copied []structure.Service

	for _, row := range t.services {
		if row.Structure == op.From {
			row.Structure, row.Version = op.To, 1
			copied = append(copied, row)
		}
	}

	for _, row := range copied { // afterwards: a loop over the services might meet them
		if _, taken := t.services[keyOfService(row)]; taken {
			return fmt.Errorf("%w: the structure to copy to has a service of the same code", storage.ErrConflict)
		}

		t.setService(keyOfService(row), &row)
	}

	return nil
}

// eraseAccount is sentence 18 of the contract.
func (t *tables) eraseAccount(op storage.EraseAccount) error {
	id := op.Account

	who, ok := t.accounts[id]
	if !ok || who.State != account.Closed {
		return fmt.Errorf("%w: the account to erase is missing, or not closed", storage.ErrConflict)
	}

	for key, row := range t.messages {
		theirs := row.Account == id || row.To != "" && (row.To == who.Login.String() || row.To == who.Person.Contact)
		if theirs && row.State != storage.Queued {
			t.setMessage(key, nil)
		}
	}

	who.Login, who.Person, who.Terms, who.Survey = account.Login{}, account.Person{}, account.Consent{}, account.Consent{}
	who.Version++
	t.setAccount(id, &who)

	if row, ok := t.registrations[id]; ok {
		row.Login, row.Person, row.Terms, row.Survey = who.Login, who.Person, who.Terms, who.Survey
		row.Version++
		t.setRegistration(id, &row)
	}

	t.setCredential(id, nil)

	for selector, row := range t.links {
		if row.Account == id {
			t.setLink(selector, nil)
		}
	}

	for _, where := range slices.Collect(maps.Keys(t.rowsOf[id])) {
		for _, row := range t.rosters[where].rows[id] {
			row.Comment, row.Details, row.Decision.Reason = "", nil, ""
			row.Wish.Comment, row.Wish.Decision.Reason, row.Invited = "", "", ""
			t.setRow(where, row.Key, &row)
		}

		t.touch(where)
	}

	t.forget(func(e storage.Entry) bool { return e.Account == id || e.Actor.Is(id) })

	return nil
}

// purge is sentence 19 of the contract.
func (t *tables) purge(op storage.Purge) {
	gone, touched := map[account.ID]bool{}, map[structure.ID]bool{}

	for _, id := range oldest(t.registrations, op.Registrations, op.Limit, cmp.Compare, func(r account.Registration) time.Time {
		return unless(r.Open(), r.EndedAt)
	}) {
		t.setRegistration(id, nil)

		if _, became := t.accounts[id]; became {
			continue
		}

		gone[id] = true

		for _, where := range slices.Collect(maps.Keys(t.rowsOf[id])) {
			for _, row := range t.rosters[where].rows[id] {
				if ended(row.State) {
					t.setRow(where, row.Key, nil)

					touched[where] = true
				}
			}
		}
	}

	for where := range touched {
		t.touch(where)
	}

	t.forget(func(e storage.Entry) bool { return gone[e.Account] })

	for _, id := range oldest(t.messages, op.Messages, op.Limit, strings.Compare, func(m storage.Message) time.Time {
		return unless(m.State == storage.Queued, m.DoneAt)
	}) {
		t.setMessage(id, nil)
	}

	for _, selector := range oldest(t.links, op.Links, op.Limit, cmp.Compare, func(l account.Link) time.Time {
		return l.NotAfter
	}) {
		t.setLink(selector, nil)
	}

	for _, key := range oldest(t.attempts, op.Attempts, op.Limit, strings.Compare, func(a account.Attempts) time.Time {
		return a.Over
	}) {
		t.setAttempts(key, nil)
	}

	for _, key := range oldest(t.journal, op.Journal, op.Limit, entryKey.compare, func(e storage.Entry) time.Time {
		return e.At
	}) {
		t.setEntry(key, nil)
	}
}

// unless returns a time, or the zero time.
func unless(not bool, at time.Time) time.Time {
	if not {
		return time.Time{}
	}

	return at
}

// ended tells whether a row in this state is over.
func ended(s attachment.State) bool {
	return s == attachment.Refused || s == attachment.Withdrawn || s == attachment.Lapsed || s == attachment.Detached
}

// oldest returns the keys of the rows that ended before a time, the oldest first, then by key.
func oldest[K comparable, V any](
	rows map[K]V, before time.Time, limit int, compare func(a, b K) int, end func(V) time.Time,
) []K {
	var out []K

	before = before.Truncate(time.Microsecond)

	for key, row := range rows {
		if at := end(row); !at.IsZero() && at.Before(before) {
			out = append(out, key)
		}
	}

	slices.SortFunc(out, func(a, b K) int { return cmp.Or(end(rows[a]).Compare(end(rows[b])), compare(a, b)) })

	return out[:min(len(out), limit)]
}

// touch advances the version of a roster.
func (t *tables) touch(where structure.ID) {
	head := t.rosters[where].head
	head.Version++
	t.setHead(head)
}

// forget empties the notes of journal entries.
func (t *tables) forget(whose func(storage.Entry) bool) {
	for key, e := range t.journal {
		if e.Note != "" && whose(e) {
			e.Note = ""
			t.setEntry(key, &e)
		}
	}
}
