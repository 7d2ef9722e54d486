package scenarios

import (
	"maps"
	"slices"
	"time"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// The figures of the rule book that the portal keeps unless told otherwise.
const (
	modelClaim    = 24 * time.Hour
	modelLinkLife = time.Hour          // the life of a link, and the term of a claim whose mail is out
	modelApproved = 7 * 24 * time.Hour // the link in the mail that says "approved", and one to sign in through
	modelPause    = 10 * time.Minute   // between two links
	modelAsked    = 180 * 24 * time.Hour
	modelUnused   = 30 * 24 * time.Hour // after an approval, or a registration that waits for nobody
	modelRepeat   = 30 * 24 * time.Hour
	modelCreated  = 2 // structures that an account may name on one day: few, so that the limit is reached
)

// model is what the rule book says became of everything so far: who registered, who has an account, and who is what in
// which structure. What is over is ended by whatever happens next there, and not by the clock.
type model struct {
	immediate bool // the activation does not wait for the structure's answer (rule B6)
	now       time.Time

	accounts      []*modelAccount
	registrations []*modelRegistration
	places        []*modelPlace               // never reordered: who names one, names its index
	outbox        []modelLetter               // what waits to be sent, oldest first
	links         []*modelLink                // what was sent, oldest first
	instead       map[account.ID]modelInstead // when a mail to the owner last took the place of a registration's activation link
	asks          map[string]modelAsk         // what was asked for with an address
	used          map[account.ID]time.Time    // when the owner of a registration's address was last written to, if there is one
}

// modelAccount is an account. Closed, it has no login any more.
type modelAccount struct {
	id      account.ID
	login   string
	state   account.State
	away    bool // was deactivated when it was blocked
	turns   int  // how often its state changed: a link from before opens nothing
	day     time.Time
	created int // structures on that day
}

// modelRegistration is somebody's wish for an account.
type modelRegistration struct {
	id      account.ID
	login   string // "" once it is erased
	place   int    // -1 = names none
	state   account.RegistrationState
	apart   bool      // it goes its own way, whatever the structure answers (rule B6)
	until   time.Time // of one that goes its own way
	receipt guichet.Next
	refused time.Time // when the place last refused the login, now or before
	invited bool      // by a decider, and not by whoever has the address (rule D7)
}

// modelSeat is what somebody is in a structure.
type modelSeat struct {
	who   account.ID
	state attachment.State
	until time.Time // of an open one that may lapse by itself
	typed string    // who typed the structure's data that came with it

	repeat   bool                   // asks soon after a refusal, of which nobody is told (rule B6)
	invited  string                 // whose login a decider typed, and nothing else is shown of them yet (rule D7)
	grants   []habilitation.Profile // sorted, never changed in place; the main manager has none
	wish     []habilitation.Profile // likewise: what they ask for besides (rule E5)
	wished   time.Time              // when they last did
	answered time.Time              // when that was last decided
}

// modelPlace is a structure.
type modelPlace struct {
	id       structure.ID
	spot     int // which of the identifiers it has; -1 = it lost it
	standing attachment.Standing
	holder   account.ID
	begun    time.Time // of the claim
	term     time.Time
	mailed   bool
	seats    []modelSeat // each person's last; those who wait in the order in which they came
	inactive bool
	data     string                   // who typed what is known of it
	next     int                      // the place that has another identifier instead; -1 = none
	refused  map[account.ID]time.Time // when it last refused somebody, unless it approved them after
	offered  map[int]bool             // identifiers that it could not have, and its people were told
}

// modelOpen tells whether somebody still waits for something.
func modelOpen(s attachment.State) bool {
	return s == attachment.Requested || s == attachment.Claimed || s == attachment.Approved
}

// modelPresent tells whether somebody is attached, with or without rights.
func modelPresent(s attachment.State) bool {
	return s == attachment.Attached || s == attachment.Suspended
}

// end leaves nothing of a seat but its state.
func (s *modelSeat) end(state attachment.State) {
	*s = modelSeat{who: s.who, state: state, typed: s.typed, invited: s.invited}
}

// past tells whether a time has come. What has no end never does.
func (m *model) past(t time.Time) bool { return !t.IsZero() && !m.now.Before(t) }

// clone returns a copy that shares nothing that changes.
func (m *model) clone() *model {
	c := *m
	c.accounts, c.registrations, c.places, c.links = nil, nil, nil, nil
	c.outbox, c.used, c.instead = slices.Clone(m.outbox), maps.Clone(m.used), maps.Clone(m.instead)

	for _, a := range m.accounts {
		copied := *a
		c.accounts = append(c.accounts, &copied)
	}

	for _, r := range m.registrations {
		copied := *r
		c.registrations = append(c.registrations, &copied)
	}

	for _, l := range m.links {
		copied := *l
		c.links = append(c.links, &copied)
	}

	for _, p := range m.places {
		copied := *p
		copied.seats = slices.Clone(p.seats)
		copied.refused, copied.offered = maps.Clone(p.refused), maps.Clone(p.offered)
		c.places = append(c.places, &copied)
	}

	return &c
}

// attempt carries out a command, or nothing of it: what is refused ends not even what is over.
func (m *model) attempt(command func() error) error {
	before := m.clone()

	err := command()
	if err != nil {
		*m = *before
	}

	return err
}

func (m *model) account(id account.ID) *modelAccount {
	for _, a := range m.accounts {
		if a.id == id {
			return a
		}
	}

	return nil
}

// owner returns the account that has a login.
func (m *model) owner(login string) *modelAccount {
	for _, a := range m.accounts {
		if a.login == login && a.state != account.Closed {
			return a
		}
	}

	return nil
}

func (m *model) registration(id account.ID) *modelRegistration {
	for _, r := range m.registrations {
		if r.id == id {
			return r
		}
	}

	return nil
}

// waiting tells whether somebody is no account yet and still may become one.
func (m *model) waiting(id account.ID) bool {
	r := m.registration(id)

	return m.account(id) == nil && r != nil && r.state.Open() && !m.past(r.until)
}

func (m *model) active(id account.ID) bool {
	a := m.account(id)

	return a != nil && a.state == account.Active
}

// loginOf is where mails to somebody go.
func (m *model) loginOf(id account.ID) string {
	if a := m.account(id); a != nil {
		return a.login
	}

	return m.registration(id).login
}

// place returns the place that an identifier leads to; -1 = none (rules C1 and C9).
func (m *model) place(spot int) int {
	at := slices.IndexFunc(m.places, func(p *modelPlace) bool { return p.spot == spot })
	for at >= 0 && m.places[at].next >= 0 {
		at = m.places[at].next
	}

	return at
}

// named returns the place that an identifier leads to, or a new one.
func (m *model) named(spot int) int {
	at := m.place(spot)
	if at < 0 {
		at = m.found(spot)
	}

	return at
}

func (m *model) found(spot int) int {
	m.places = append(m.places, &modelPlace{spot: spot, next: -1, refused: map[account.ID]time.Time{}, offered: map[int]bool{}})

	return len(m.places) - 1
}

// seat returns what somebody is there; nothing if they never were.
func (p *modelPlace) seat(who account.ID) *modelSeat {
	for i := range p.seats {
		if p.seats[i].who == who {
			return &p.seats[i]
		}
	}

	return &modelSeat{who: who}
}

// sit gives somebody a new seat, behind everybody else.
func (p *modelPlace) sit(s modelSeat) *modelSeat {
	p.seats = slices.DeleteFunc(p.seats, func(other modelSeat) bool { return other.who == s.who })
	p.seats = append(p.seats, s)

	return &p.seats[len(p.seats)-1]
}

// attached are those who are attached, or suspended, in whatever state their account is.
func (p *modelPlace) attached() []account.ID {
	var out []account.ID

	for _, s := range p.seats {
		if modelPresent(s.state) {
			out = append(out, s.who)
		}
	}

	return out
}

// line is who could come next, the oldest first (rule D1).
func (m *model) line(p *modelPlace) []account.ID {
	var out []account.ID

	for _, s := range p.seats {
		if s.state == attachment.Requested && !m.past(s.until) && (m.active(s.who) || m.waiting(s.who)) {
			out = append(out, s.who)
		}
	}

	return out
}

// settle ends what is over: what the people concerned wait for, and the claim. Then whoever waits longest comes next
// (rule D1).
func (m *model) settle(p *modelPlace, concerned ...account.ID) {
	for _, who := range concerned {
		if s := p.seat(who); modelOpen(s.state) && m.past(s.until) {
			m.lapse(p, s)
		}
	}

	switch {
	case p.standing == attachment.InClaim && m.past(p.term):
		m.lapse(p, p.seat(p.holder))
		m.succeed(p)
	case p.standing == attachment.Unclaimed && len(m.line(p)) > 0:
		m.succeed(p)
	}
}

func (m *model) lapse(p *modelPlace, s *modelSeat) {
	kind := mail.RequestLapsed
	if s.state == attachment.Claimed {
		kind = mail.ClaimLapsed
	}

	m.tell(kind, s.who)

	s.end(attachment.Lapsed)

	if r := m.registration(s.who); !r.apart || m.past(r.until) {
		r.state = account.Lapsed
	}
}

// succeed gives the place to whoever waits longest: to an account at once, to a registration as a claim.
func (m *model) succeed(p *modelPlace) {
	p.standing, p.holder = attachment.Unclaimed, ""

	line := m.line(p)
	if len(line) == 0 {
		return
	}

	if s := p.seat(line[0]); m.account(s.who) != nil {
		m.tell(mail.Appointed, s.who)
		m.lead(p, s)
	} else {
		m.designate(p, s)
	}
}

// designate makes a registration the claim (rules B5 and D1).
func (m *model) designate(p *modelPlace, s *modelSeat) {
	r := m.registration(s.who)
	r.state = account.AwaitingActivation

	s.state, s.until = attachment.Claimed, time.Time{}
	p.standing, p.holder, p.begun, p.term, p.mailed = attachment.InClaim, s.who, m.now, m.now.Add(modelClaim), false

	end := p.term
	if r.apart {
		p.term, end = modelEarlier(p.term, r.until), r.until
	}

	m.write(modelLetter{
		kind: mail.ActivationLink, to: r.login, who: r.id, purpose: account.PurposeActivation, life: modelLinkLife, end: end,
	})
}

func modelEarlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}

	return a
}

// lead makes an account the main manager of a place that had none.
func (m *model) lead(p *modelPlace, s *modelSeat) {
	p.data = s.typed
	m.crown(p, s)
}

// crown makes somebody the main manager. Everything comes with that (rule E3).
func (m *model) crown(p *modelPlace, s *modelSeat) {
	*s = modelSeat{who: s.who, state: attachment.Attached, typed: s.typed}
	p.standing, p.holder = attachment.Managed, s.who

	if len(m.line(p)) > 0 {
		m.tell(mail.RequestsToApprove, s.who)
	}
}

// ask makes somebody wait in a place, and tells whoever decides, unless they come back soon after a refusal (rule B6).
func (m *model) ask(p *modelPlace, s modelSeat, refused time.Time) {
	s.state, s.repeat = attachment.Requested, !refused.IsZero() && !m.past(refused.Add(modelRepeat))
	p.sit(s)

	if !s.repeat {
		m.wanted(p, mail.RequestToApprove, s.who)
	}
}

// wanted tells those who decide that somebody waits for a decision, or support where nobody is main manager (rule D6).
func (m *model) wanted(p *modelPlace, kind mail.Kind, who account.ID) {
	place := slices.Index(m.places, p)

	switch p.standing {
	case attachment.Managed:
		m.writeAll(kind, who, place)
	case attachment.Vacant:
		m.write(modelLetter{kind: mail.Unattended, to: modelSupport, who: who, place: place})
	case attachment.Unclaimed, attachment.InClaim: // nobody decides
	}
}

// refusedAt is when a place last refused a login that registered there, as far as it is kept whose registration that was. What
// became of the account since counts too: an approval makes up for the refusal before it.
func (m *model) refusedAt(place int, login string) time.Time {
	r := m.latestAt(login, place)
	if r == nil {
		return time.Time{}
	}

	if at := m.places[place].refused[r.id]; at.After(r.refused) {
		return at
	}

	return r.refused
}

// leave ends what somebody waits for because they want it. Who was to be the main manager makes room (rule D1).
func (m *model) leave(p *modelPlace, who account.ID) {
	claim := p.standing == attachment.InClaim && p.holder == who

	p.seat(who).end(attachment.Withdrawn)

	if claim {
		m.succeed(p)
	}
}

// renounce is leave for a request that deciders were told of, and need not decide any more.
func (m *model) renounce(p *modelPlace, who account.ID) {
	if s := p.seat(who); s.state == attachment.Requested && !s.repeat && p.standing == attachment.Managed {
		m.writeAll(mail.RequestWithdrawn, who, slices.Index(m.places, p))
	}

	m.leave(p, who)
}
