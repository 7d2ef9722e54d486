package memory

import (
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// check tells whether a batch can be applied: guards, versions, unique keys, holders, in this order.
func (t *tables) check(b storage.Batch) error {
	for _, g := range b.Guards {
		if err := t.guarded(g); err != nil {
			return err
		}
	}

	if err := t.versions(b); err != nil {
		return err
	}

	if err := t.uniqueKeys(b); err != nil {
		return err
	}

	return t.holders(b)
}

func (t *tables) guarded(g storage.Guard) error {
	var stored, relied int64

	switch g := g.(type) {
	case storage.AccountAt:
		stored, relied = t.accounts[g.ID].Version, g.Version
	case storage.StructureAt:
		stored, relied = t.structures[g.ID].Version, g.Version
	case storage.ServiceAt:
		stored, relied = t.services[serviceKey{g.Structure, g.Code}].Version, g.Version
	case storage.RosterAt:
		stored, relied = t.rosterVersion(g.Structure), g.Version
	default:
		return fmt.Errorf("%w: guard %T", ErrBatch, g)
	}

	if stored != relied || stored == 0 {
		return fmt.Errorf("%w: %T guards version %d, the row has %d", storage.ErrConflict, g, relied, stored)
	}

	return nil
}

func (t *tables) rosterVersion(id structure.ID) int64 {
	if r, ok := t.rosters[id]; ok {
		return r.head.Version
	}

	return 0
}

// versions compares every row's version with the stored one, and finds rows that are named twice.
func (t *tables) versions(b storage.Batch) error {
	for _, l := range b.Links {
		if _, taken := t.links[l.Selector]; taken && l.Version == 0 {
			return &storage.ExistsError{Key: storage.KeySelector}
		}
	}

	return firstError(
		func() error {
			return swaps("structure", b.Structures,
				func(s structure.Structure) structure.ID { return s.ID },
				func(s structure.Structure) int64 { return s.Version },
				func(id structure.ID) int64 { return t.structures[id].Version })
		},
		func() error {
			return swaps("service", b.Services, keyOfService,
				func(s structure.Service) int64 { return s.Version },
				func(k serviceKey) int64 { return t.services[k].Version })
		},
		func() error {
			return swaps("registration", b.Registrations,
				func(r account.Registration) account.ID { return r.ID },
				func(r account.Registration) int64 { return r.Version },
				func(id account.ID) int64 { return t.registrations[id].Version })
		},
		func() error {
			return swaps("account", b.Accounts,
				func(a account.Account) account.ID { return a.ID },
				func(a account.Account) int64 { return a.Version },
				func(id account.ID) int64 { return t.accounts[id].Version })
		},
		func() error {
			return swaps("credential", b.Credentials,
				func(c account.Credential) account.ID { return c.Account },
				func(c account.Credential) int64 { return c.Version },
				func(id account.ID) int64 { return t.credentials[id].Version })
		},
		func() error {
			return swaps("attempts", b.Attempts,
				func(a account.Attempts) string { return a.Key },
				func(a account.Attempts) int64 { return a.Version },
				func(key string) int64 { return t.attempts[key].Version })
		},
		func() error {
			return swaps("link", b.Links,
				func(l account.Link) account.Selector { return l.Selector },
				func(l account.Link) int64 { return l.Version },
				func(s account.Selector) int64 { return t.links[s].Version })
		},
		func() error {
			return swaps("roster", b.Rosters,
				func(r attachment.Roster) structure.ID { return r.Structure },
				func(r attachment.Roster) int64 { return r.Version },
				t.rosterVersion)
		},
		func() error {
			return swaps("message", b.Messages,
				func(m storage.Message) string { return m.ID },
				func(m storage.Message) int64 { return m.Version },
				func(id string) int64 { return t.messages[id].Version })
		},
		func() error { return rowsNamedTwice(b.Rosters) },
	)
}

func firstError(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}

	return nil
}

// swaps compares the rows of one table. A row that is not stored has version 0, so that inserting is comparing with 0.
func swaps[K comparable, V any](
	kind string, rows []V, key func(V) K, version func(V) int64, stored func(K) int64,
) error {
	named := make(map[K]bool, len(rows))

	for _, row := range rows {
		k := key(row)
		if named[k] {
			return fmt.Errorf("%w: it names a %s twice", ErrBatch, kind)
		}

		named[k] = true

		if is, read := stored(k), version(row); is != read {
			return fmt.Errorf("%w: a %s has version %d, not %d", storage.ErrConflict, kind, is, read)
		}
	}

	return nil
}

func rowsNamedTwice(rosters []attachment.Roster) error {
	for _, r := range rosters {
		named := make(map[attachment.Key]bool, len(r.Rows))

		for _, row := range r.Rows {
			if named[row.Key] {
				return fmt.Errorf("%w: it names a row of a roster twice", ErrBatch)
			}

			named[row.Key] = true
		}
	}

	return nil
}

// uniqueKeys looks at what the tables would hold once the batch is applied.
func (t *tables) uniqueKeys(b storage.Batch) error {
	switch {
	case doubled(t.logins, b.Accounts,
		func(a account.Account) account.ID { return a.ID },
		func(a account.Account) string { return a.Login.Key() }):
		return &storage.ExistsError{Key: storage.KeyLogin}
	case doubled(t.identities, b.Structures,
		func(s structure.Structure) structure.ID { return s.ID },
		func(s structure.Structure) identifier.ID { return s.Identity }):
		return &storage.ExistsError{Key: storage.KeyIdentity}
	case doubled(t.issued, b.Links,
		func(l account.Link) account.Selector { return l.Selector }, issueOf):
		return fmt.Errorf("%w: a link's place is taken", storage.ErrConflict)
	}

	named := make(map[entryKey]bool, len(b.Journal))

	for _, e := range b.Journal {
		k := keyOfEntry(e)
		if _, taken := t.journal[k]; taken || named[k] {
			return &storage.ExistsError{Key: storage.KeyJournal}
		}

		named[k] = true
	}

	return nil
}

// doubled tells whether two rows would have one key. The zero key is no key: a closed account has no login.
func doubled[K, I comparable, V any](owners map[K]I, rows []V, id func(V) I, key func(V) K) bool {
	rewritten := make(map[I]bool, len(rows))
	for _, row := range rows {
		rewritten[id(row)] = true
	}

	var none K

	taken := make(map[K]bool, len(rows))

	for _, row := range rows {
		k := key(row)
		if k == none {
			continue
		}

		owner, owned := owners[k]
		if taken[k] || owned && !rewritten[owner] {
			return true
		}

		taken[k] = true
	}

	return false
}

// holders finds rosters whose holder would have no row at structure level.
func (t *tables) holders(b storage.Batch) error {
	for _, r := range b.Rosters {
		if r.Holder == "" {
			continue
		}

		if _, named := r.Row(attachment.Key{Account: r.Holder}); named {
			continue
		}

		if old, ok := t.rosters[r.Structure]; ok {
			if _, stored := old.rows[r.Holder][""]; stored {
				continue
			}
		}

		return fmt.Errorf("%w: the holder of a roster has no row in it", ErrBatch)
	}

	return nil
}
