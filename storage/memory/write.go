package memory

import (
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// set makes row the row of a key, and nil makes it none. index is told which rows go out and which come in. While the
// tables keep track of what they do, it can be undone.
func set[K comparable, V any](t *tables, rows map[K]V, key K, row *V, index func(row V, in bool)) {
	var before *V

	if old, ok := rows[key]; ok {
		before = &old

		index(old, false)
	}

	if row == nil {
		delete(rows, key)
	} else {
		rows[key] = *row // in its place, so that a loop over the rows meets no row twice

		index(*row, true)
	}

	if t.tracks {
		t.undo = append(t.undo, func() { set(t, rows, key, before, index) })
	}
}

// attempt runs f, and undoes what it did if it fails.
func (t *tables) attempt(f func() error) error {
	t.tracks = true
	err := f()
	t.tracks = false

	if err != nil {
		for _, undo := range slices.Backward(t.undo) {
			undo()
		}
	}

	t.undo = nil

	return err
}

func (t *tables) setStructure(id structure.ID, row *structure.Structure) {
	set(t, t.structures, id, row, func(row structure.Structure, in bool) { own(t.identities, row.Identity, id, in) })
}

func (t *tables) setService(key serviceKey, row *structure.Service) {
	set(t, t.services, key, row, func(structure.Service, bool) {})
}

func (t *tables) setRegistration(id account.ID, row *account.Registration) {
	set(t, t.registrations, id, row, func(row account.Registration, in bool) {
		t.registered.set(row.Login.Key(), id, in)
	})
}

func (t *tables) setAccount(id account.ID, row *account.Account) {
	set(t, t.accounts, id, row, func(row account.Account, in bool) {
		own(t.logins, row.Login.Key(), id, in)

		if in {
			t.searched[id] = row.SearchText()
		} else {
			delete(t.searched, id)
		}
	})
}

func (t *tables) setCredential(id account.ID, row *account.Credential) {
	set(t, t.credentials, id, row, func(account.Credential, bool) {})
}

func (t *tables) setAttempts(key string, row *account.Attempts) {
	set(t, t.attempts, key, row, func(account.Attempts, bool) {})
}

func (t *tables) setLink(selector account.Selector, row *account.Link) {
	set(t, t.links, selector, row, func(row account.Link, in bool) {
		own(t.issued, issueOf(row), selector, in)
		t.linksOf.set(issuerOf(row), selector, in)
	})
}

func (t *tables) setMessage(id string, row *storage.Message) {
	set(t, t.messages, id, row, func(storage.Message, bool) {})
}

func (t *tables) setEntry(key entryKey, row *storage.Entry) {
	set(t, t.journal, key, row, func(row storage.Entry, in bool) {
		t.history.set(row.Structure, key, in)
		t.journaled.set(row.Account, key, in)

		if row.Actor.Kind == account.ActorAccount {
			t.journaled.set(row.Actor.ID, key, in)
		}

		t.entries.set(key.operation, key, in)
	})
}

// setHead makes head the head of its roster, which is there from then on.
func (t *tables) setHead(head attachment.Roster) {
	stored, ok := t.rosters[head.Structure]
	if !ok {
		stored = &roster{
			rows:  map[account.ID]map[structure.Code]attachment.Attachment{},
			asked: map[attachment.Key]struct{}{}, invited: map[attachment.Key]string{},
		}
		t.rosters[head.Structure] = stored
	}

	before := stored.head
	head.Rows, head.Queue = nil, nil
	stored.head = head

	if t.tracks {
		t.undo = append(t.undo, func() {
			stored.head = before

			if !ok {
				delete(t.rosters, head.Structure)
			}
		})
	}
}

// setRow makes row the row of a key in a roster that is there, and nil makes it none.
func (t *tables) setRow(where structure.ID, key attachment.Key, row *attachment.Attachment) {
	r := t.rosters[where]

	theirs := r.rows[key.Account]
	if theirs == nil {
		theirs = map[structure.Code]attachment.Attachment{}
		r.rows[key.Account] = theirs
	}

	set(t, theirs, key.Service, row, func(row attachment.Attachment, in bool) {
		r.queued(row, in)
		t.rowsOf.set(key.Account, where, in || len(theirs) > 1) // what goes out is still there
	})
}

// own makes id the owner of a unique key, or takes it from it, unless another one has it already: rows of one batch may
// exchange their keys. The zero key is no key.
func own[K, I comparable](owners map[K]I, key K, id I, in bool) {
	var none K

	switch {
	case key == none:
	case in:
		owners[key] = id
	case owners[key] == id:
		delete(owners, key)
	}
}
