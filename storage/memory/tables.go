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
	attempts      map[string]account.Attempts
	links         map[account.Selector]account.Link
	rosters       map[structure.ID]*roster
	messages      map[string]storage.Message
	journal       map[entryKey]storage.Entry

	identities map[identifier.ID]structure.ID
	logins     map[string]account.ID
	searched   map[account.ID]string // search texts of accounts
	issued     map[issue]account.Selector

	registered index[string, account.ID]       // registrations by login key
	linksOf    index[issuer, account.Selector] // by whom they were issued to, and what for
	rowsOf     index[account.ID, structure.ID] // in whose rosters an account has rows
	history    index[structure.ID, entryKey]   // journal entries of a structure
	journaled  index[account.ID, entryKey]     // journal entries on an account or by it
	entries    index[string, entryKey]         // journal entries of an operation

	tracks bool     // whether what is done is kept in undo
	undo   []func() // what undoes it, in the order in which it was done
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

func (k entryKey) compare(other entryKey) int {
	return cmp.Or(cmp.Compare(k.operation, other.operation), cmp.Compare(k.seq, other.seq))
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
		attempts:      map[string]account.Attempts{},
		links:         map[account.Selector]account.Link{},
		rosters:       map[structure.ID]*roster{},
		messages:      map[string]storage.Message{},
		journal:       map[entryKey]storage.Entry{},
		identities:    map[identifier.ID]structure.ID{},
		logins:        map[string]account.ID{},
		searched:      map[account.ID]string{},
		issued:        map[issue]account.Selector{},
		registered:    index[string, account.ID]{},
		linksOf:       index[issuer, account.Selector]{},
		rowsOf:        index[account.ID, structure.ID]{},
		history:       index[structure.ID, entryKey]{},
		journaled:     index[account.ID, entryKey]{},
		entries:       index[string, entryKey]{},
	}
}

func keyOfService(s structure.Service) serviceKey { return serviceKey{s.Structure, s.Code} }

func keyOfEntry(e storage.Entry) entryKey { return entryKey{e.Operation, e.Seq} }

func issuerOf(l account.Link) issuer { return issuer{l.Account, l.Purpose} }

func issueOf(l account.Link) issue { return issue{issuerOf(l), l.Seq} }

// index finds the rows that have something in common.
type index[K, V comparable] map[K]map[V]struct{}

// set puts a value in, or takes it out.
func (x index[K, V]) set(key K, value V, in bool) {
	switch {
	case !in:
		delete(x[key], value)

		if len(x[key]) == 0 {
			delete(x, key)
		}
	case x[key] == nil:
		x[key] = map[V]struct{}{value: {}}
	default:
		x[key][value] = struct{}{}
	}
}

func (x index[K, V]) has(key K, value V) bool {
	_, in := x[key][value]

	return in
}

// try is the number of the try that committed an operation, which all its entries have.
func (t *tables) try(operation string) (int, error) {
	for key := range t.entries[operation] {
		return t.journal[key].Try, nil
	}

	return 0, storage.ErrNotFound
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
