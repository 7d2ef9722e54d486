package habilitation

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// Index holds the rights of many accounts, to answer whether one of them holds a profile without reading anything, and
// without allocating. It answers as the [Rights] do that it was given: [Index.Holds] is true when [Rights.Check] of the
// account's rights is nil at that time, and never else.
//
// All methods may be called at the same time. Readers wait for nobody; writers take turns. A reader sees an account's
// rights as they were before a Put or Remove, or as they are after it, never a mixture, and what was put before a
// question began is seen by it.
//
// What was revoked is denied from the Put or Remove on, as long as no older reading is put after a Remove, or from the end of [Rights.MaxAge] on, whichever comes first.
// So rights that nobody puts again when they change should have a MaxAge.
//
// It keeps the ids and codes of what it is given, but no names, addresses or identifiers. Codes of applications are
// kept once each, for as long as the index lives.
type Index struct {
	seed     maphash.Seed
	writing  sync.Mutex
	accounts atomic.Pointer[accounts]
	codes    atomic.Pointer[codebook]
	gone     int // accounts in the table that were removed; of the writers
	used     int // accounts in the table, with those; of the writers
}

// NewIndex returns an index without accounts.
func NewIndex() *Index {
	ix := &Index{seed: maphash.MakeSeed()}
	ix.accounts.Store(newAccounts(0))
	ix.codes.Store(&codebook{})

	return ix
}

// Put replaces the rights of an account, and tells whether it did. Rights that are older (AsOf) than those it has of
// the account are left out, so that of two who read and put at the same time the later reading stays. The caller may
// change r afterwards.
func (ix *Index) Put(r Rights) bool {
	ix.writing.Lock()
	defer ix.writing.Unlock()

	hash := maphash.String(ix.seed, string(r.Account))
	if old := ix.accounts.Load().find(hash, r.Account); old.known() && r.AsOf.Before(old.asOf) {
		return false
	}

	codes := ix.codes.Load().with(r.Holdings)
	ix.codes.Store(codes) // before what is written in them
	ix.put(hash, r.Account, ix.compile(r, codes))

	return true
}

// Remove forgets an account, which is then denied everything, and when its rights were read: even an older reading that is put
// after it counts. It may be called for an account that is not there.
func (ix *Index) Remove(id account.ID) {
	ix.writing.Lock()
	defer ix.writing.Unlock()

	hash := maphash.String(ix.seed, string(id))
	if old := ix.accounts.Load().find(hash, id); old.known() {
		ix.put(hash, id, &record{gone: true})
	}
}

// Len returns the number of accounts.
func (ix *Index) Len() int {
	ix.writing.Lock()
	defer ix.writing.Unlock()

	return ix.used - ix.gone
}

// Holds tells whether the account may do what the profile says, there, at that time (rule E6). An account that the
// index does not have may do nothing. It does not allocate.
func (ix *Index) Holds(at time.Time, id account.ID, s Scope, p Profile) bool {
	r := ix.accounts.Load().find(maphash.String(ix.seed, string(id)), id)

	return r.known() && ix.holds(r, at, s, p)
}

// Check answers like [Rights.Check]: nil, or a [*Denied] around the condition that failed. Of an account that the index
// does not have it is [ErrStale]: its rights are to be read. It is as fast as [Index.Holds] where that is true.
func (ix *Index) Check(at time.Time, id account.ID, s Scope, p Profile) error {
	r := ix.accounts.Load().find(maphash.String(ix.seed, string(id)), id)

	switch {
	case !r.known():
		return &Denied{Scope: s, Profile: p, Err: ErrStale}
	case ix.holds(r, at, s, p):
		return nil
	default:
		return r.rights(s.Structure, ix.codes.Load()).Check(at, s, p)
	}
}

// holds answers from the compiled rights. Which profiles count was said by [Holding.check] when they were put; what
// is left is the time, and what an attachment reaches ([Holding.covers]).
func (ix *Index) holds(r *record, at time.Time, s Scope, p Profile) bool {
	bit, ok := ix.codes.Load().bit(p)
	if !ok || stale(at, r.asOf, r.maxAge) {
		return false
	}

	if r.counts(ix.place(s.Structure, ""), at, s.Structure, "", bit) {
		return true
	}

	return s.Service != "" && r.counts(ix.place(s.Structure, s.Service), at, s.Structure, s.Service, bit)
}

// place is the number under which an account's attachments to a structure, or to one of its services, are found.
func (ix *Index) place(s structure.ID, service structure.Code) uint32 {
	const odd = 0x9e3779b97f4a7c15 // so that the two do not cancel each other out

	h := maphash.String(ix.seed, string(s))
	if service != "" {
		h = (bits.RotateLeft64(h, 32) ^ maphash.String(ix.seed, string(service))) * odd
	}

	return uint32(h >> 32)
}

// accounts is a hash table of records that is read while it is written to: a slot gets its account before its record,
// and keeps it; only the record is replaced.
type accounts struct {
	slots []slot // a power of two of them, of which some are always empty
}

type slot struct {
	hash    uint64
	account account.ID
	record  atomic.Pointer[record]
}

// newAccounts returns a table with room for n accounts and half as many again.
func newAccounts(n int) *accounts {
	return &accounts{slots: make([]slot, 1<<bits.Len(uint(max(n, 4)*3/2)))}
}

// find returns the record of an account, nil if there is none.
func (t *accounts) find(hash uint64, id account.ID) *record {
	r, _ := t.probe(hash, id)

	return r
}

// probe returns the record of an account and its slot, or nil and the slot where it would be.
func (t *accounts) probe(hash uint64, id account.ID) (*record, *slot) {
	mask := uint64(len(t.slots)) - 1

	for i := hash & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]

		r := s.record.Load()
		if r == nil || s.hash == hash && s.account == id {
			return r, s
		}
	}
}

// put puts a record into the table, which grows, or is rid of accounts that are gone, when they take too much room.
func (ix *Index) put(hash uint64, id account.ID, r *record) {
	table := ix.accounts.Load()
	old, place := table.probe(hash, id)

	if old == nil && (ix.used+1)*4 > len(table.slots)*3 {
		table = ix.remake()
		old, place = table.probe(hash, id)
	}

	if old == nil {
		place.hash, place.account = hash, id // nobody reads them before there is a record
		ix.used++
	} else if old.gone {
		ix.gone--
	}

	if r.gone {
		ix.gone++
	}

	place.record.Store(r)

	if ix.gone > ix.used/2 {
		ix.remake()
	}
}

// remake makes the table anew, without the accounts that are gone.
func (ix *Index) remake() *accounts {
	old := ix.accounts.Load()
	table := newAccounts(ix.used - ix.gone + 1)

	for i := range old.slots {
		s := &old.slots[i]

		if r := s.record.Load(); r.known() {
			_, place := table.probe(s.hash, s.account)
			place.hash, place.account = s.hash, s.account
			place.record.Store(r)
		}
	}

	ix.used, ix.gone = ix.used-ix.gone, 0
	ix.accounts.Store(table)

	return table
}
