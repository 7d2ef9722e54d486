package memory

import (
	"cmp"
	"slices"
	"sync"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// tables are all rows, and the indexes that find them. Rows in a table are never changed, only replaced, and leave it
// as copies.
type tables struct {
	mu sync.RWMutex

	structures    map[structure.ID]structure.Structure
	services      map[serviceKey]structure.Service
	registrations map[account.ID]account.Registration
	accounts      map[account.ID]account.Account
	credentials   map[account.ID]account.Credential
	links         map[account.Selector]account.Link
	rosters       map[structure.ID]*roster
	messages      map[string]storage.Message
	journal       map[entryKey]storage.Entry

	identities map[identifier.ID]structure.ID
	logins     map[string]account.ID
	issued     map[issue]account.Selector
	tries      map[string]int

	registered index[string, account.ID]       // registrations by login key
	linksOf    index[issuer, account.Selector] // by whom they were issued to, and what for
	rowsOf     index[account.ID, structure.ID] // in whose rosters an account has rows
	history    index[structure.ID, entryKey]   // journal entries of a structure
}

// serviceKey is the primary key of a service.
type serviceKey struct {
	structure structure.ID
	code      structure.Code
}

// entryKey is the primary key of a journal entry.
type entryKey struct {
	operation string
	seq       int
}

// issuer is whom links are issued to, and what for.
type issuer struct {
	account account.ID
	purpose account.Purpose
}

// issue is the place of a link among those of its issuer.
type issue struct {
	issuer

	seq int64
}

func newTables() *tables {
	return &tables{
		structures:    map[structure.ID]structure.Structure{},
		services:      map[serviceKey]structure.Service{},
		registrations: map[account.ID]account.Registration{},
		accounts:      map[account.ID]account.Account{},
		credentials:   map[account.ID]account.Credential{},
		links:         map[account.Selector]account.Link{},
		rosters:       map[structure.ID]*roster{},
		messages:      map[string]storage.Message{},
		journal:       map[entryKey]storage.Entry{},
		identities:    map[identifier.ID]structure.ID{},
		logins:        map[string]account.ID{},
		issued:        map[issue]account.Selector{},
		tries:         map[string]int{},
		registered:    index[string, account.ID]{},
		linksOf:       index[issuer, account.Selector]{},
		rowsOf:        index[account.ID, structure.ID]{},
		history:       index[structure.ID, entryKey]{},
	}
}

func keyOfService(s structure.Service) serviceKey { return serviceKey{s.Structure, s.Code} }

func keyOfEntry(e storage.Entry) entryKey { return entryKey{e.Operation, e.Seq} }

func issuerOf(l account.Link) issuer { return issuer{l.Account, l.Purpose} }

func issueOf(l account.Link) issue { return issue{issuerOf(l), l.Seq} }

// index finds the rows that have something in common.
type index[K, V comparable] map[K]map[V]struct{}

func (x index[K, V]) add(key K, value V) {
	if x[key] == nil {
		x[key] = map[V]struct{}{}
	}

	x[key][value] = struct{}{}
}

func (x index[K, V]) remove(key K, value V) {
	delete(x[key], value)

	if len(x[key]) == 0 {
		delete(x, key)
	}
}

func (t *tables) newestLinks(id account.ID, purpose account.Purpose) []account.Link {
	var out []account.Link
	for selector := range t.linksOf[issuer{id, purpose}] {
		out = append(out, t.links[selector])
	}

	slices.SortFunc(out, func(a, b account.Link) int { return cmp.Compare(b.Seq, a.Seq) })
	out = out[:min(len(out), storage.LinksLength)]

	for i, link := range out {
		out[i] = link.Clone()
	}

	return out
}

func (t *tables) memberships(id account.ID) (storage.Memberships, error) {
	holder, err := find(t.accounts, id)
	if err != nil {
		return storage.Memberships{}, err
	}

	out := storage.Memberships{Account: holder}

	for where := range t.rowsOf[id] {
		r := t.rosters[where]

		for _, row := range r.rows[id] {
			if !present(row.State) {
				continue
			}

			out.Rows = append(out.Rows, storage.Membership{
				Attachment: row.Clone(),
				Structure:  t.structures[where].Clone(),
				Service:    t.services[serviceKey{where, row.Service}],
				Standing:   r.head.Standing,
				Holder:     r.head.Holder,
			})
		}
	}

	slices.SortFunc(out.Rows, func(a, b storage.Membership) int {
		return cmp.Or(
			cmp.Compare(a.Structure.ID, b.Structure.ID),
			cmp.Compare(a.Attachment.Service, b.Attachment.Service),
		)
	})

	return out, nil
}
