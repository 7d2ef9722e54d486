package scenarios

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
)

// register is rules B5, B6 and B14. It returns what the receipt says, and whether there is a registration more.
func (m *model) register(login string, spot int, id account.ID) (receipt guichet.Next, made bool) {
	r := &modelRegistration{
		id: id, login: login, place: -1, state: account.AwaitingApproval, receipt: m.queued(),
	}
	if m.immediate {
		r.state, r.apart, r.until = account.AwaitingActivation, true, m.now.Add(modelUnused)
	}

	if spot < 0 {
		return m.registerAlone(r)
	}

	if m.hidden(login, spot) {
		return r.receipt, false
	}

	if earlier := m.openAt(login, spot); earlier != nil {
		m.write(modelLetter{kind: mail.ActivationLink, to: login, asks: func() { m.resendAt(login, earlier.place) }})

		if earlier.state == account.Activated { // what the account asks for is not what its registration was told
			return r.receipt, false
		}

		return earlier.receipt, false
	}

	r.place = m.named(spot)
	p := m.places[r.place]

	if e := m.latestAt(login, r.place); e != nil {
		m.settle(p, e.id)
	} else {
		m.settle(p)
	}

	r.refused = m.refusedAt(r.place, login)
	m.registrations = append(m.registrations, r)

	s := modelSeat{who: id, until: m.now.Add(modelAsked), typed: login}
	if r.apart {
		s.until = r.until
	}

	if p.standing == attachment.Unclaimed {
		r.receipt = guichet.NextActivation
		m.designate(p, p.sit(s))

		return r.receipt, true
	}

	m.ask(p, s, r.refused)

	if r.apart {
		m.invite(r)
	} else {
		m.tell(mail.AddressUsed, id)
	}

	return r.receipt, true
}

// queued is what the receipt says of somebody who waits for the structure's answer.
func (m *model) queued() guichet.Next {
	if m.immediate {
		return guichet.NextAttachment
	}

	return guichet.NextApproval
}

// hidden tells whether the owner of a login was attached by it, and has not shown themselves: who registers with it must not
// find out (rule D7).
func (m *model) hidden(login string, spot int) bool {
	owner, at := m.owner(login), m.place(spot)
	if owner == nil || at < 0 {
		return false
	}

	s := m.places[at].seat(owner.id)

	return modelPresent(s.state) && s.invited != ""
}

// invite mails somebody the link that waits for nobody's answer (rule B6).
func (m *model) invite(r *modelRegistration) {
	m.write(modelLetter{
		kind: mail.ActivationLink, to: r.login, who: r.id, purpose: account.PurposeActivation, life: modelLinkLife, end: r.until,
	})
}

func (m *model) registerAlone(r *modelRegistration) (receipt guichet.Next, made bool) {
	r.receipt = guichet.NextAccount

	for _, other := range m.registrations {
		if other.login == r.login && other.place < 0 && m.waiting(other.id) {
			m.again(other)

			return r.receipt, false
		}
	}

	m.registrations = append(m.registrations, r)
	m.invite(r)

	return r.receipt, true
}

// latestAt returns the registration of a login for a place that asked last, be it as the account that it became.
func (m *model) latestAt(login string, place int) *modelRegistration {
	for _, s := range slices.Backward(m.places[place].seats) {
		if r := m.registration(s.who); r != nil && r.login == login && r.place == place {
			return r
		}
	}

	return nil
}

// openAt returns the registration of a login for a place whose request is open, once what is over has ended.
func (m *model) openAt(login string, spot int) *modelRegistration {
	at := m.place(spot)
	if at < 0 {
		return nil
	}

	r := m.latestAt(login, at)
	if r == nil {
		return nil
	}

	settled := m.clone()
	settled.settle(settled.places[at], r.id)

	if modelOpen(settled.places[at].seat(r.id).state) {
		return r
	}

	return nil
}

// activate is rules B7, B8 and D1: the registration becomes an account.
func (m *model) activate(link int) error {
	return m.attempt(func() error {
		l := m.links[link]
		if err := m.opens(link, account.PurposeActivation); err != nil {
			return err
		}

		r := m.registration(l.who)

		if r.place >= 0 {
			p := m.places[r.place]
			m.settle(p, r.id)
		}

		r.state, l.used = account.Activated, true
		a := &modelAccount{id: r.id, login: r.login, state: account.Active}
		m.accounts = append(m.accounts, a)

		if r.place >= 0 {
			m.become(m.places[r.place], m.places[r.place].seat(r.id))
		}

		m.welcome(a)

		return nil
	})
}

// become gives an account what its seat is for.
func (m *model) become(p *modelPlace, s *modelSeat) {
	switch s.state {
	case attachment.Claimed:
		m.lead(p, s)
	case attachment.Approved:
		m.attach(s)
	case attachment.Requested: // it waits as long as it takes
		s.until = time.Time{}
	}
}

// adopt is rule B14: what a registration has comes to the account with its login, unless that has something there.
func (m *model) adopt(link int, by account.ID) error {
	return m.attempt(func() error {
		l := m.links[link]
		if err := m.takes(link); err != nil {
			return err
		}

		r := m.registration(l.who)

		switch a := m.account(by); {
		case a == nil || a.state != account.Active:
			return attachment.ErrAccountInactive
		case a.login != r.login:
			return attachment.ErrNotRegistrant
		}

		l.used = true

		defer m.withdraw(r)

		if r.place < 0 {
			return nil
		}

		p := m.places[r.place]
		led := p.holder == by
		m.settle(p, by, r.id)
		m.takeOver(p, r, by)

		if p.holder == by && !led { // a structure that comes with it counts like one that the account creates
			return m.count(m.account(by))
		}

		return nil
	})
}

// takes tells whether a link lets its holder take a registration over, or decline it.
func (m *model) takes(link int) error {
	err := m.opens(link, account.PurposeActivation, account.PurposeAdoption)
	if err == guichet.ErrLoginBound { //nolint:errorlint // the model's own
		return nil
	}

	return err
}

func (m *model) takeOver(p *modelPlace, r *modelRegistration, by account.ID) {
	s, mine := p.seat(r.id), p.seat(by)

	switch {
	case !modelOpen(s.state):
	case modelOpen(mine.state), modelPresent(mine.state):
		m.leave(p, r.id)
	default:
		// The account takes the seat, and with it the place in the queue; the registration's own is empty.
		taken := *s
		taken.who, taken.invited = by, mine.invited

		for i := range m.outbox {
			if l := &m.outbox[i]; (l.kind == mail.RequestToApprove || l.kind == mail.Unattended) && l.who == r.id && m.places[l.place] == p {
				l.who = by
			}
		}

		p.sit(modelSeat{who: by, state: attachment.Withdrawn})
		*p.seat(r.id), *p.seat(by) = taken, modelSeat{who: r.id, state: attachment.Withdrawn}
		m.become(p, p.seat(by))
	}
}

// withdraw ends a registration of which nothing is kept.
func (m *model) withdraw(r *modelRegistration) { r.state, r.login = account.Withdrawn, "" }

// decline is a registration's end by whoever holds its link.
func (m *model) decline(link int) error {
	return m.attempt(func() error {
		l := m.links[link]
		if err := m.takes(link); err != nil {
			return err
		}

		r := m.registration(l.who)

		if r.place >= 0 {
			p := m.places[r.place]
			m.settle(p, r.id)

			if modelOpen(p.seat(r.id).state) {
				m.renounce(p, r.id)
			}
		}

		m.withdraw(r)

		l.used = true

		return nil
	})
}

// resend is rule B7: whoever waits for a link to an address gets another.
func (m *model) resend(login string) {
	for _, r := range m.registrations {
		if r.login == login && r.state.Open() {
			m.again(r)
		}
	}
}

// resendAt is rule B14: whoever registers again in a place gets another link when mails go out.
func (m *model) resendAt(login string, place int) {
	for _, r := range m.registrations {
		if r.login == login && r.place == place && r.state.Open() {
			m.again(r)
		}
	}
}

// takeBack is a person's own end of what they wait for (rule D4).
func (m *model) takeBack(place int, who account.ID) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		if a := m.account(who); a != nil && a.state != account.Active {
			return attachment.ErrAccountInactive
		}

		if !modelOpen(p.seat(who).state) {
			return attachment.ErrNoRequest
		}

		m.renounce(p, who)

		if r := m.registration(who); r != nil && m.account(who) == nil && !r.apart {
			r.state = account.Withdrawn
		}

		return nil
	})
}

// request is rule D4: an account asks to be attached to a place that is known.
func (m *model) request(place int, who account.ID) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		switch s := p.seat(who); {
		case !m.active(who):
			return attachment.ErrAccountInactive
		case p.next >= 0:
			return attachment.ErrReplaced
		case modelOpen(s.state):
			return attachment.ErrOpen
		case modelPresent(s.state):
			return attachment.ErrAttached
		}

		m.ask(p, modelSeat{who: who}, p.refused[who])

		return nil
	})
}
