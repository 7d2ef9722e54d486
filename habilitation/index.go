package habilitation

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"slices"
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
// What was revoked is denied from the Put or Remove on, or from the end of [Rights.MaxAge] on, whichever comes first.
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

// Remove forgets an account, which is then denied everything. It may be called for one that is not there.
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

// record is what the index has of one account. It is not changed once it is in the table.
type record struct {
	asOf    time.Time
	maxAge  time.Duration
	entries []entry // by place
	state   account.State
	gone    bool // removed: only the slot is left, until the table is made anew
}

// entry is one attachment.
type entry struct {
	place     uint32
	status    structure.Status
	suspended bool
	inactive  bool // the service
	main      bool
	structure structure.ID
	service   structure.Code
	rest      *rest // what most attachments do not have
	first     words // of the first 32 applications
}

// words are sets of profiles, as bits of the same 32 applications.
type words struct {
	counts  uint64 // what counts whenever the service is valid and the rights are not stale
	granted uint64 // what Check needs besides, to say why something does not
	open    uint64
}

// rest is what an attachment has besides an entry.
type rest struct {
	words       []words   // of the applications after the first 32
	from, until time.Time // of the service
}

// span returns the service as far as its validity goes.
func (r *rest) span() structure.Service {
	if r == nil {
		return structure.Service{}
	}

	return structure.Service{From: r.from, Until: r.until}
}

// word returns a pointer to the words of the bit, nil if there are none.
func (e *entry) word(bit int) *words {
	i := bit/wordBits - 1

	switch {
	case i < 0:
		return &e.first
	case e.rest == nil || i >= len(e.rest.words):
		return nil
	default:
		return &e.rest.words[i]
	}
}

// wordBits is the size of a word of profiles.
const wordBits = 64

func (r *record) known() bool { return r != nil && !r.gone }

// counts tells whether a profile counts by an attachment to exactly this structure or service.
func (r *record) counts(place uint32, at time.Time, s structure.ID, service structure.Code, bit int) bool {
	for i := r.first(place); i < len(r.entries) && r.entries[i].place == place; i++ {
		e := &r.entries[i]

		w := e.word(bit)
		if w == nil || w.counts>>(bit%wordBits)&1 == 0 || e.structure != s || e.service != service {
			continue
		}

		if e.rest == nil || e.rest.span().ActiveAt(at) {
			return true
		}
	}

	return false
}

// first returns where the entries of a place begin, if there are any.
func (r *record) first(place uint32) int {
	const few = 8 // most accounts have fewer attachments, and looking at all of them takes less than halving

	low, high := 0, len(r.entries)

	for high-low > few {
		if mid := (low + high) / 2; r.entries[mid].place < place {
			low = mid + 1
		} else {
			high = mid
		}
	}

	for low < high && r.entries[low].place < place {
		low++
	}

	return low
}

// compile makes a record of rights.
func (ix *Index) compile(r Rights, codes *codebook) *record {
	out := &record{asOf: r.AsOf, maxAge: r.MaxAge, state: r.State}
	if r.State != account.Active { // nothing counts, and Check needs to know no more
		return out
	}

	out.entries = make([]entry, len(r.Holdings))

	for i, h := range r.Holdings {
		out.entries[i] = ix.compileHolding(h, codes)
	}

	slices.SortFunc(out.entries, func(a, b entry) int { return cmp.Compare(a.place, b.place) })

	return out
}

func (ix *Index) compileHolding(h Holding, codes *codebook) entry {
	e := entry{
		structure: h.Structure.ID, service: h.Service.Code, place: ix.place(h.Structure.ID, h.Service.Code),
		status: h.Structure.Status, suspended: h.Suspended, inactive: h.Service.Inactive, main: h.MainManager,
	}

	if h.Service.Code != "" && (!h.Service.From.IsZero() || !h.Service.Until.IsZero()) {
		e.rest = &rest{from: h.Service.From, until: h.Service.Until}
	}

	always := h
	always.Service.From, always.Service.Until = time.Time{}, time.Time{}

	for _, p := range h.profiles() {
		if bit, ok := codes.bit(p); ok && always.check(time.Time{}, p) == nil {
			e.need(bit).counts |= 1 << (bit % wordBits)
		}
	}

	for _, p := range h.Profiles {
		if bit, ok := codes.bit(p); ok {
			e.need(bit).granted |= 1 << (bit % wordBits)
		}
	}

	for _, app := range h.Structure.Applications {
		if bit, ok := codes.bit(Profile{Application: app, Level: Consultation}); ok {
			e.need(bit).open |= 1 << (bit % wordBits)
		}
	}

	return e
}

// need returns the words of the bit, which are made if there are none. Only for an entry that nobody else has yet.
func (e *entry) need(bit int) *words {
	for e.word(bit) == nil {
		if e.rest == nil {
			e.rest = &rest{}
		}

		e.rest.words = append(e.rest.words, words{})
	}

	return e.word(bit)
}

// rights returns what Check needs to answer for one structure, so that the reasons of a denial are in [Rights.Check]
// only.
func (r *record) rights(s structure.ID, codes *codebook) Rights {
	out := Rights{State: r.state, AsOf: r.asOf, MaxAge: r.maxAge}

	for i := range r.entries {
		if e := &r.entries[i]; e.structure == s {
			out.Holdings = append(out.Holdings, e.holding(codes))
		}
	}

	return out
}

func (e *entry) holding(codes *codebook) Holding {
	h := Holding{
		Structure: structure.Structure{ID: e.structure, Status: e.status}, Service: e.rest.span(),
		MainManager: e.main, Suspended: e.suspended,
	}
	h.Service.Code, h.Service.Inactive = e.service, e.inactive

	for bit := range len(codes.applications) * len(Levels()) {
		w := e.word(bit)
		if w == nil {
			break
		}

		p := codes.profile(bit)
		if w.granted>>(bit%wordBits)&1 != 0 {
			h.Profiles = append(h.Profiles, p)
		}

		if w.open>>(bit%wordBits)&1 != 0 {
			h.Structure.Applications = append(h.Structure.Applications, p.Application)
		}
	}

	return h
}

// codebook numbers the profiles: two to an application. It is not changed once it is in an index, and those that
// follow it give the same numbers.
type codebook struct {
	number       map[structure.Application]int
	applications []structure.Application // by number
}

// bit returns the number of a profile; false for a level that is none, and an application that no rights speak of.
func (c *codebook) bit(p Profile) (int, bool) {
	n, ok := c.number[p.Application]

	return n*len(Levels()) + int(p.Level) - int(Consultation), ok && p.Level.valid()
}

// profile returns the profile with a number.
func (c *codebook) profile(bit int) Profile {
	return Profile{Application: c.applications[bit/len(Levels())], Level: Levels()[bit%len(Levels())]}
}

// with returns the codebook, or a longer one if the attachments speak of applications that are not in it.
func (c *codebook) with(holdings []Holding) *codebook {
	out := c

	add := func(app structure.Application) {
		if _, ok := out.number[app]; ok {
			return
		}

		longer := &codebook{
			number:       make(map[structure.Application]int, len(out.number)+1),
			applications: append(slices.Clone(out.applications), app),
		}
		for i, a := range longer.applications {
			longer.number[a] = i
		}

		out = longer
	}

	for _, h := range holdings {
		for _, p := range h.Profiles {
			add(p.Application)
		}

		for _, app := range h.Structure.Applications {
			add(app)
		}
	}

	add(Organisation) // which is open everywhere

	return out
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
