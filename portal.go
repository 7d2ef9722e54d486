package guichet

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
)

// Portal carries out the use cases. Make one with [New]; any number of goroutines may use it.
type Portal struct {
	store     storage.Store
	seals     *seals
	hashes    hashes
	now       func() time.Time
	newID     func() string
	ids       *idClock
	random    *lockedReader
	policy    account.Policy
	catalogue habilitation.Catalogue
	hashing   credential.Params
	site      string
	sender    string
	location  *time.Location
	log       *slog.Logger
	directory Directory
	wait      time.Duration
	captcha   Captcha
	verifier  ClaimVerifier
	proofWait time.Duration
	passwords Passwords
	places    places
	crowds    *crowds
	progress  func(Delivery)
	guards    []attachment.Guard
	withhold  []habilitation.Profile
	support   string // an address; "" = none
	rightsAge time.Duration
	since     time.Time // of a joined portal: its transaction sees at least what was so then
	joined    bool      // works in a transaction of the application's, see Within
}

// Options are what a [Portal] may be told. Every field may be left zero.
type Options struct {
	Now       func() time.Time       // the clock; time.Now. A test gives its own
	Rand      io.Reader              // randomness for ids, tokens and salts; crypto/rand. Reads are serialised
	NewID     func() string          // makes ids; 26 characters that sort in the order they were made. Must never repeat, nor mind concurrent use
	Policy    account.Policy         // durations and switches; see its fields for the defaults
	Catalogue habilitation.Catalogue // the applications; habilitation.DefaultCatalogue
	Hashing   credential.Params      // the cost of password hashes; credential.Default
	Site      string                 // where links lead: Site + "/activation?lien=" + token, and likewise /reprise, /contact, /reactivation, /contestation, /mot-de-passe and /adresse; none: Deliver refuses to send links
	Sender    string                 // sender of all mails; "guichet@localhost"
	Location  *time.Location         // in which mails tell times; time.UTC
	Log       *slog.Logger           // what went wrong and was not returned to anybody; discarded

	Directory     Directory     // prefills and checks structures; none: people type their data, and nothing is verified
	DirectoryWait time.Duration // how long it may take; 5 seconds
	Captcha       Captcha       // verifies the registration form's captcha; none: the application vouches for it
	ClaimVerifier ClaimVerifier // may demand a proof of who is the first to name a structure; none: being the first is enough
	ProofWait     time.Duration // how long it may take; 5 seconds

	Passwords    Passwords // keeps the passwords, for an application that has users already; none: the portal does
	HashesAtOnce int       // how many secrets are hashed at once, each in Hashing.Memory KiB; one for each processor

	Progress func(Delivery) // is told what Deliver has done so far, after each message; none

	// HashKey is what rows are found by that must not say what they are about: who tried to sign in, and mailed codes. None: it
	// is derived from the last of the keys. When that key goes, locks are lifted, mailed codes are void, and nothing else.
	HashKey HashKey

	// Sealer keeps individuals' codes secret in the store (rule G1), see NewSealer; none: they lie in it as they are typed. Once given it
	// is given for good, and by every process: one without it would make a second structure for somebody whose code is sealed. To
	// begin, stop all of them, start them with it, and call Portal.Reseal for what lies open.
	Sealer Sealer

	Guards    []attachment.Guard     // rules of the application's own, which may refuse what the portal's rules allow
	Withhold  []habilitation.Profile // which users do not start with, besides those of rule E3
	RightsAge time.Duration          // how long rights that are kept answer, see habilitation.Rights.MaxAge; 0: for ever
	Support   string                 // address of the application's support, which is told of what waits for nobody, and of contests; none: it is not told
}

// New returns a portal on a store. keys seal the links that wait in the outbox: the first seals, all of them open, so
// that keys can be changed while mails wait.
//
// Errors: [ErrNoStore], [ErrNoKeys] (links sealed under a passing key would be lost on restart), [ErrKeys], also for a sealer
// that does not do what [Sealer] says; the faults of a
// catalogue, see [habilitation.Catalogue.Check].
func New(store storage.Store, keys Keys, opts *Options) (*Portal, error) {
	if store == nil {
		return nil, ErrNoStore
	}

	sealing, err := newSeals(keys, labelOutbox)
	if err != nil {
		return nil, err
	}

	var o Options
	if opts != nil {
		o = *opts
	}

	hashing, err := newHashes(o.HashKey, keys)
	if err != nil {
		return nil, err
	}

	p := &Portal{
		store: store, seals: sealing, hashes: hashing, now: o.Now, newID: o.NewID, random: &lockedReader{source: o.Rand},
		policy: o.Policy.WithDefaults(), catalogue: o.Catalogue, hashing: o.Hashing, site: o.Site, sender: o.Sender,
		location: o.Location, log: o.Log, ids: &idClock{}, directory: o.Directory, wait: o.DirectoryWait, captcha: o.Captcha,
		guards: o.Guards, withhold: o.Withhold, support: o.Support, rightsAge: o.RightsAge,
	}

	if p.now == nil {
		p.now = time.Now //nolint:forbidigo // the one default
	}

	if o.Rand == nil {
		p.random.source = rand.Reader
	}

	if p.newID == nil {
		p.newID = p.timedID
	}

	if p.catalogue == nil {
		p.catalogue = habilitation.DefaultCatalogue()
	}

	if err := p.catalogue.Check(); err != nil {
		return nil, err
	}

	if p.hashing == (credential.Params{}) {
		p.hashing = credential.Default()
	}

	p.passwords, p.progress = o.Passwords, o.Progress
	p.verifier, p.proofWait = o.ClaimVerifier, o.ProofWait

	if o.HashesAtOnce <= 0 {
		o.HashesAtOnce = runtime.GOMAXPROCS(0)
	}

	p.places = make(places, o.HashesAtOnce)
	p.crowds = &crowds{at: map[string]*crowd{}}

	if p.sender == "" {
		p.sender = "guichet@localhost"
	}

	if p.location == nil {
		p.location = time.UTC
	}

	if p.wait <= 0 {
		p.wait = directoryWait
	}

	if p.proofWait <= 0 {
		p.proofWait = proofWait
	}

	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}

	if o.Sealer != nil {
		if err := usable(o.Sealer); err != nil {
			return nil, err
		}

		p.store = Sealed(store, o.Sealer, p.log)
	}

	return p, nil
}

// Catalogue returns the applications that the portal knows.
func (p *Portal) Catalogue() habilitation.Catalogue { return p.catalogue }

// at returns the time of a transaction, as every store can keep it: UTC, microseconds.
func (p *Portal) at() time.Time { return p.now().UTC().Truncate(time.Microsecond) }

// The default ids, in bytes: 48 bits of milliseconds, 16 bits that count within one, and 64 random ones; in an alphabet
// that keeps their order.
const (
	idOrder  = 8
	idRandom = 8
)

// idClock makes numbers that grow with the time, and grow even if the clock stands still or goes back.
type idClock struct {
	mu   sync.Mutex
	last uint64
}

// next returns the number for a time.
func (c *idClock) next(at time.Time) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.last = max(c.last+1, uint64(at.UnixMilli())<<16)

	return c.last
}

// idAlphabet keeps the order of what it encodes.
var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding) //nolint:gochecknoglobals // never changes

// timedID makes an id that sorts after those that this portal made before: mails of one transaction keep their order,
// and the indexes of a database stay compact.
func (p *Portal) timedID() string {
	var raw [idOrder + idRandom]byte

	binary.BigEndian.PutUint64(raw[:], p.ids.next(p.now()))
	p.random.fill(raw[idOrder:])

	return idAlphabet.EncodeToString(raw[:])
}

// lockedReader reads randomness for one caller at a time.
type lockedReader struct {
	mu     sync.Mutex
	source io.Reader
}

// fill fills b, or panics: without randomness there are no secrets, and nothing may go on with weak ones. crypto/rand
// never fails.
func (r *lockedReader) fill(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if _, err := io.ReadFull(r.source, b); err != nil {
		panic(fmt.Sprintf("guichet: no randomness: %v", err))
	}
}

// bytes returns n random bytes.
func (r *lockedReader) bytes(n int) []byte {
	b := make([]byte, n)
	r.fill(b)

	return b
}
