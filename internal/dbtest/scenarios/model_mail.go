package scenarios

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
)

// modelSupport is the login of support, in the application.
const modelSupport = "support"

// modelLetter is a mail that waits to be sent.
type modelLetter struct {
	kind    mail.Kind
	to      string // "" = whoever it is for when it goes out
	who     account.ID
	place   int             // of a letter to several, or one that asks for a decision
	purpose account.Purpose // of the link that it carries; 0 = none
	life    time.Duration   // of the link, once it is sent
	end     time.Time       // of the link, at the latest
	turn    int             // the account's, for a link that is worth nothing after the next
	written time.Time
	asks    func() // of one that only says what was asked for with an address: what that comes to
}

// modelAsk is when a mail of one kind was last asked for with an address, and granted.
type modelAsk struct {
	at    time.Time
	count int
}

// askFor is rule B14: what is asked for with an address is written down, whoever has it, and looked at when mails go out. Whoever
// asks again waits ten minutes, and twice as long each time, up to an hour, until they are silent for a day.
func (m *model) askFor(kind mail.Kind, login string, comes func()) {
	key := string(kind) + " " + login
	last, before := m.asks[key]

	pause := 10 * time.Minute
	for range last.count - 1 {
		pause = min(2*pause, time.Hour)
	}

	switch silence := m.now.Sub(last.at); {
	case !before || silence >= 24*time.Hour:
		last.count = 0
	case silence < pause:
		return
	}

	m.asks[key] = modelAsk{at: m.now, count: last.count + 1}
	m.write(modelLetter{kind: kind, to: login, asks: comes})
}

// modelLink is a link that somebody has in their mailbox.
type modelLink struct {
	token   account.Token // the portal's
	kind    mail.Kind     // of the mail that brought it
	to      string
	purpose account.Purpose
	who     account.ID
	sent    time.Time
	expires time.Time
	used    bool
	turn    int
	deleted bool // with the account that it was for
}

// modelInstead is when a mail took the place of a link, and how many links had been sent by then.
type modelInstead struct {
	at    time.Time
	links int
}

// modelPosted is a mail that went out.
type modelPosted struct {
	kind mail.Kind
	to   string
}

func (m *model) write(l modelLetter) {
	if l.written.IsZero() {
		l.written = m.now
	}

	if l.kind == mail.AddressUsed && l.written.After(m.used[l.who]) {
		m.used[l.who] = l.written
	}

	m.outbox = append(m.outbox, l)
}

// asked tells whether the owner of a registration's address, if there is one, is being told of it, or was a moment ago.
func (m *model) asked(who account.ID) bool {
	return m.now.Before(m.used[who].Add(modelPause)) || slices.ContainsFunc(m.outbox, func(l modelLetter) bool {
		return l.who == who && l.kind == mail.AddressUsed
	})
}

// tell writes to somebody's login address.
func (m *model) tell(kind mail.Kind, who account.ID) {
	m.write(modelLetter{kind: kind, to: m.loginOf(who), who: who})
}

// writeAll writes to whoever decides, or is attached, when the letter goes out.
func (m *model) writeAll(kind mail.Kind, about account.ID, place int) {
	m.write(modelLetter{kind: kind, who: about, place: place})
}

// busy tells whether a link for that purpose is on its way to somebody, and not for nothing, or was sent a moment ago (rule
// B7).
func (m *model) busy(who account.ID, purpose account.Purpose, turn int) bool {
	if purpose == account.PurposeActivation && m.now.Before(m.instead[who].at.Add(modelPause)) {
		return true
	}

	return slices.ContainsFunc(m.outbox, func(l modelLetter) bool {
		return l.who == who && l.purpose == purpose && l.turn == turn && !m.past(l.end)
	}) || slices.ContainsFunc(m.links, func(l *modelLink) bool {
		return l.who == who && l.purpose == purpose && l.turn == turn && m.now.Before(l.sent.Add(modelPause))
	})
}

// due says which link a registration waits for: its mail, its life, and when it ends at the latest (rule B7).
func (m *model) due(r *modelRegistration) (kind mail.Kind, life time.Duration, end time.Time, ok bool) {
	if !m.waiting(r.id) {
		return "", 0, end, false
	}

	var s modelSeat
	if r.place >= 0 {
		s = *m.places[r.place].seat(r.id)
	}

	end = s.until
	if r.apart {
		end = r.until
	}

	switch {
	case s.state == attachment.Approved && r.invited:
		return mail.Invited, modelApproved, end, true
	case s.state == attachment.Approved:
		return mail.Approved, modelApproved, end, true
	case r.apart:
		return mail.ActivationLink, modelLinkLife, end, true
	case s.state == attachment.Claimed:
		return mail.ActivationLink, modelLinkLife, m.places[r.place].term, true
	default:
		return mail.AddressUsed, modelApproved, end, s.state == attachment.Requested
	}
}

// again sends a registration its link again. Who waits for the structure has none, but the owner of the address, who can
// sign in through one (rules B7 and B14).
func (m *model) again(r *modelRegistration) {
	kind, life, end, ok := m.due(r)

	switch {
	case !ok || m.past(end):
	case kind == mail.AddressUsed:
		if !m.asked(r.id) {
			m.tell(mail.AddressUsed, r.id)
		}
	case !m.busy(r.id, account.PurposeActivation, 0):
		m.write(modelLetter{kind: kind, to: r.login, who: r.id, purpose: account.PurposeActivation, life: life, end: end})
	}
}

// welcome tells a new account of the registrations that bear its login (rule B14).
func (m *model) welcome(a *modelAccount) {
	for _, r := range m.registrations {
		if r.id != a.id && r.login == a.login && r.place >= 0 && r.state.Open() {
			m.tell(mail.AddressUsed, r.id)
		}
	}
}

// deliver sends what waits, and what that leads to.
func (m *model) deliver() []modelPosted {
	var out []modelPosted

	for len(m.outbox) > 0 {
		l := m.outbox[0]
		m.outbox = m.outbox[1:]

		out = append(out, m.send(l)...)
	}

	return out
}

// send returns the mails that a letter comes to: one, none if it is pointless by now, or one for each recipient.
func (m *model) send(l modelLetter) []modelPosted {
	if l.asks != nil {
		l.asks()

		return nil
	}

	one := []modelPosted{{kind: l.kind, to: l.to}}

	// Who has closed their account is told that, and nothing else.
	if a := m.account(l.who); l.to != "" && l.to != modelSupport && l.kind != mail.AccountClosed && a != nil && a.state == account.Closed {
		return nil
	}

	switch l.kind {
	case mail.ActivationLink, mail.Approved, mail.Invited:
		return m.sendLink(l)
	case mail.AddressUsed:
		if l.purpose == 0 {
			m.toOwner(l)

			return nil
		}

		return m.sendLink(l)
	case mail.ReactivationLink:
		a := m.account(l.who)
		if a.state != account.Deactivated || a.turns != l.turn || m.past(l.end) {
			return nil
		}

		return m.post(l, modelEarlier(m.now.Add(l.life), l.end))
	case mail.Refused, mail.ClaimLapsed, mail.RequestLapsed, mail.Detached:
		// Somebody else's registration is none of the owner's business (rule B14).
		if r := m.registration(l.who); r != nil && r.login != "" {
			if owner := m.owner(r.login); owner != nil && owner.id != r.id {
				return nil
			}
		}
	case mail.RequestToApprove, mail.ProfilesRequested, mail.Unattended:
		s := m.places[l.place].seat(l.who)
		asks := s.state == attachment.Requested && !m.past(s.until)
		wishes := len(s.wish) > 0

		switch {
		case l.kind == mail.Unattended && (asks || wishes):
			return one
		case l.kind == mail.RequestToApprove && asks, l.kind == mail.ProfilesRequested && wishes:
			return m.toDeciders(l)
		}

		return nil
	case mail.StructureActivated, mail.StructureDeactivated, mail.IdentifierChanged, mail.UserLeft, mail.RequestWithdrawn:
		return m.toDeciders(l)
	case mail.IdentifierTaken:
		var out []modelPosted

		for _, who := range m.places[l.place].attached() {
			if m.active(who) {
				out = append(out, modelPosted{kind: l.kind, to: m.loginOf(who)})
			}
		}

		return out
	}

	return one
}

func (m *model) toDeciders(l modelLetter) []modelPosted {
	var out []modelPosted

	for _, who := range m.deciders(m.places[l.place]) {
		out = append(out, modelPosted{kind: l.kind, to: m.loginOf(who)})
	}

	return out
}

// toOwner has the owner of a registration's address told to sign in, instead of what a letter says.
func (m *model) toOwner(l modelLetter) {
	r := m.registration(l.who)
	_, life, end, ok := m.due(r)
	owner := m.owner(r.login)

	if ok && owner != nil && !m.busy(r.id, account.PurposeAdoption, 0) {
		m.write(modelLetter{
			kind: mail.AddressUsed, to: owner.login, who: r.id, purpose: account.PurposeAdoption, life: life, end: end,
			written: l.written,
		})
	}
}

// sendLink sends a link to a registration. With the mail of a claim its hour begins (rule D1). A login that has an account
// is told to sign in instead (rule B14).
func (m *model) sendLink(l modelLetter) []modelPosted {
	r := m.registration(l.who)

	if r.place >= 0 {
		p := m.places[r.place]
		m.settle(p, r.id)

		if p.standing == attachment.InClaim && p.holder == r.id && !p.mailed {
			p.mailed, p.term = true, modelEarlier(p.term, m.now.Add(modelLinkLife))
		}
	}

	_, _, end, ok := m.due(r)
	if !ok {
		return nil
	}

	owned := m.owner(r.login) != nil
	expires := modelEarlier(modelEarlier(m.now.Add(l.life), l.end), end)

	switch {
	case owned && l.purpose == account.PurposeActivation:
		m.instead[r.id] = modelInstead{at: m.now, links: len(m.links)}
		m.toOwner(l)

		return nil
	case !owned && l.purpose == account.PurposeAdoption, m.past(expires):
		return nil
	}

	return m.post(l, expires)
}

// post sends a link.
func (m *model) post(l modelLetter, expires time.Time) []modelPosted {
	m.links = append(m.links, &modelLink{
		kind: l.kind, to: l.to, purpose: l.purpose, who: l.who, sent: m.now, expires: expires, turn: l.turn,
	})

	return []modelPosted{{l.kind, l.to}}
}

// verdict says what a link answers (rule B7), once what is over has ended: nil = it opens.
func (m *model) verdict(link int) error {
	then := m.clone()
	then.advance()

	return then.answer(link)
}

func (m *model) answer(link int) error {
	l := m.links[link]
	newer := slices.ContainsFunc(m.links[link+1:], func(other *modelLink) bool {
		return other.who == l.who && other.purpose == l.purpose
	})

	switch {
	case l.deleted:
		return account.ErrLinkUnknown
	case l.used:
		return account.ErrLinkUsed
	case newer, l.purpose == account.PurposeActivation && link < m.instead[l.who].links:
		return account.ErrLinkReplaced
	case m.past(l.expires):
		return account.ErrLinkExpired
	}

	if l.purpose == account.PurposeReactivation {
		if a := m.account(l.who); a.state != account.Deactivated || a.turns != l.turn {
			return account.ErrLinkExpired
		}

		return nil
	}

	r := m.registration(l.who)

	switch {
	case r.state == account.Activated:
		return account.ErrLinkUsed
	case !m.waiting(r.id):
		return account.ErrLinkExpired
	case l.purpose == account.PurposeActivation && m.owner(r.login) != nil:
		return guichet.ErrLoginBound
	default:
		return nil
	}
}

// opens is verdict for one who wants to do something: with a link for something else that is nothing.
func (m *model) opens(link int, purposes ...account.Purpose) error {
	if !slices.Contains(purposes, m.links[link].purpose) {
		return account.ErrLinkUnknown
	}

	return m.verdict(link)
}
