package habilitation

import (
	"cmp"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

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
