package scenarios

import (
	"errors"
	"slices"
	"time"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// turn moves an account (rules B11 and B15).
func (m *model) turn(a *modelAccount, to account.State, kind mail.Kind) {
	m.tell(kind, a.id)
	a.state = to
	a.turns++
}

// led are the places whose main manager an account is. One that has another identifier by now needs nobody.
func (m *model) led(who account.ID) []*modelPlace {
	var out []*modelPlace

	for _, p := range m.places {
		if p.standing == attachment.Managed && p.holder == who && p.next < 0 {
			out = append(out, p)
		}
	}

	return out
}

// mayGo tells whether a main manager may go: alone, and if they say so (rules B12 and D6).
func (m *model) mayGo(who account.ID, vacant bool) error {
	for _, p := range m.led(who) {
		if !vacant || len(p.attached()) > 1 || m.expects(p) {
			return guichet.ErrManages
		}
	}

	return nil
}

// depart ends all that somebody has in a place, once what is over there has ended.
func (m *model) depart(p *modelPlace, who account.ID) {
	if s := p.seat(who); modelOpen(s.state) || modelPresent(s.state) {
		m.settle(p, who)
	}

	s := p.seat(who)

	switch {
	case modelOpen(s.state):
		m.renounce(p, who)
	case modelPresent(s.state):
		s.end(attachment.Detached)
	}

	if p.standing == attachment.Managed && p.holder == who {
		p.standing, p.holder, p.inactive = attachment.Vacant, "", true

		if line := m.line(p); len(line) > 0 {
			m.wanted(p, mail.RequestToApprove, line[0])
		}
	}
}

// deactivate is rule B12.
func (m *model) deactivate(who account.ID, vacant bool) error {
	a := m.account(who)

	switch a.state {
	case account.Deactivated:
		return account.ErrDeactivated
	case account.Blocked:
		return account.ErrBlocked
	case account.Closed:
		return account.ErrClosed
	case account.Active:
	}

	if err := m.mayGo(who, vacant); err != nil {
		return err
	}

	m.turn(a, account.Deactivated, mail.AccountDeactivated)

	for _, p := range m.led(who) {
		m.depart(p, who)
	}

	return nil
}

// block and unblock are support's (rule B11).
func (m *model) block(who account.ID) error {
	switch a := m.account(who); a.state {
	case account.Blocked:
		return account.ErrBlocked
	case account.Closed:
		return account.ErrClosed
	case account.Active, account.Deactivated:
		a.away = a.state == account.Deactivated
		m.turn(a, account.Blocked, mail.AccountBlocked)
	}

	return nil
}

func (m *model) unblock(who account.ID) error {
	switch a := m.account(who); a.state {
	case account.Active:
		return account.ErrAlreadyActive
	case account.Deactivated:
		return account.ErrNotBlocked
	case account.Closed:
		return account.ErrClosed
	case account.Blocked:
		to := account.Active
		if a.away {
			to = account.Deactivated
		}

		m.turn(a, to, mail.AccountUnblocked)
		m.back(a)
	}

	return nil
}

// back gives an account what waited for it (rule D1).
func (m *model) back(a *modelAccount) {
	if a.state != account.Active {
		return
	}

	for _, p := range m.places {
		if p.standing == attachment.Unclaimed && slices.Contains(m.line(p), a.id) {
			m.settle(p)
		}
	}
}

// sendReactivation mails a link to whoever deactivated their account (rule B12).
func (m *model) sendReactivation(login string) {
	a := m.owner(login)
	if a == nil || a.state != account.Deactivated || m.busy(a.id, account.PurposeReactivation, a.turns) {
		return
	}

	m.write(modelLetter{
		kind: mail.ReactivationLink, to: login, who: a.id, purpose: account.PurposeReactivation, turn: a.turns,
		life: modelLinkLife, end: m.now.Add(modelLinkLife + modelApproved),
	})
}

func (m *model) reactivate(link int) error {
	if err := m.opens(link, account.PurposeReactivation); err != nil {
		return err
	}

	l := m.links[link]
	a := m.account(l.who)
	l.used = true

	m.turn(a, account.Active, mail.AccountReactivated)
	m.back(a)

	return nil
}

// close is rule B12: nothing that is personal is left, and the login is free.
func (m *model) close(by account.Actor, who account.ID, vacant bool) error {
	a := m.account(who)

	switch {
	case a.state == account.Closed:
		return account.ErrClosed
	case a.state == account.Blocked && by.Kind != account.ActorSupport:
		return account.ErrNotYours
	}

	if err := m.mayGo(who, vacant); err != nil {
		return err
	}

	m.turn(a, account.Closed, mail.AccountClosed)

	for _, r := range m.registrations { // the mails to the address are erased
		if r.login == a.login {
			delete(m.used, r.id)
		}
	}

	a.login = ""

	for _, p := range m.places {
		m.depart(p, who)
		p.seat(who).invited = ""
	}

	if r := m.registration(who); r != nil {
		r.login = ""
	}

	for _, l := range m.links {
		l.deleted = l.deleted || l.who == who
	}

	return nil
}

// create is rule C5. While somebody else has the claim, the account waits behind them.
func (m *model) create(who account.ID, spot int) error {
	return m.attempt(func() error {
		a := m.account(who)
		p := m.places[m.named(spot)]
		m.settle(p, who)

		switch {
		case a.state != account.Active:
			return attachment.ErrAccountInactive
		case p.standing.Known():
			return attachment.ErrPresent
		case p.standing == attachment.InClaim && modelOpen(p.seat(who).state):
			return attachment.ErrOpen
		}

		if err := m.count(a); err != nil {
			return err
		}

		s := modelSeat{who: who, typed: a.login}
		if p.standing == attachment.InClaim {
			m.ask(p, s, p.refused[who])
		} else {
			m.lead(p, p.sit(s))
		}

		return nil
	})
}

// count is the limit of rule C5.
func (m *model) count(a *modelAccount) error {
	today := m.now.Truncate(24 * time.Hour)
	if !a.day.Equal(today) {
		a.day, a.created = today, 0
	}

	if a.created == modelCreated {
		return account.ErrCreated
	}

	a.created++

	return nil
}

// enrol is the account of somebody whom the application vouches for: like a registration that is activated at once.
func (m *model) enrol(login string, spot int, id account.ID) error {
	if m.owner(login) != nil {
		return guichet.ErrLoginTaken
	}

	a := &modelAccount{id: id, login: login, state: account.Active}
	m.accounts = append(m.accounts, a)

	if spot >= 0 {
		p := m.places[m.named(spot)]
		m.settle(p, id)

		if s := (modelSeat{who: id, typed: login}); p.standing == attachment.Unclaimed {
			m.lead(p, p.sit(s))
		} else {
			m.ask(p, s, time.Time{})
		}
	}

	m.welcome(a)

	return nil
}

// status is rule C7: who manages a place puts it out of use, and back.
func (m *model) status(by account.Actor, place int, inactive bool) error {
	p := m.places[place]

	switch err := m.may(p, by, true); {
	case err != nil:
		return err
	case p.inactive == inactive:
		return nil
	}

	p.inactive = inactive

	kind := mail.StructureActivated
	if inactive {
		kind = mail.StructureDeactivated
	}

	m.writeAll(kind, "", place)

	return nil
}

// rename is rule C9: the place goes on as a copy under another identifier, unless somebody has that.
func (m *model) rename(by account.Actor, place, spot int) error {
	p := m.places[place]

	switch err := m.may(p, by, false); {
	case err != nil:
		return err
	case p.spot == spot:
		return structure.ErrSame
	case m.place(spot) == place:
		return structure.ErrFormer
	}

	err := m.attempt(func() error {
		if at := m.place(spot); at >= 0 {
			if err := m.free(m.places[at]); err != nil {
				return err
			}
		}

		if by.Kind == account.ActorAccount {
			if err := m.count(m.account(by.ID)); err != nil {
				return err
			}
		}

		m.move(place, m.found(spot))

		return nil
	})

	if p = m.places[place]; errors.Is(err, structure.ErrTaken) && !p.offered[spot] {
		p.offered[spot] = true
		m.writeAll(mail.IdentifierTaken, "", place)
	}

	return err
}

// free takes the identifier from a place that nobody has: somebody named it once, and did not follow it up.
func (m *model) free(p *modelPlace) error {
	if p.standing.Known() {
		return structure.ErrTaken
	}

	m.settle(p)

	switch {
	case p.standing != attachment.Unclaimed: // whoever came next has it
		return attachment.ErrClaimed
	case slices.ContainsFunc(p.seats, func(s modelSeat) bool { return modelOpen(s.state) && !m.past(s.until) }):
		return attachment.ErrClaimed
	}

	p.spot = -1

	return nil
}

// move makes a place the copy of another, and takes over what is open there.
func (m *model) move(from, to int) {
	m.writeAll(mail.IdentifierChanged, "", from)

	old, copied := m.places[from], m.places[to]
	id, spot := copied.id, copied.spot
	*copied = *old
	copied.id, copied.spot, copied.seats = id, spot, slices.Clone(old.seats)
	copied.offered = map[int]bool{}
	old.inactive, old.next, old.refused = true, to, nil

	old.seats = slices.DeleteFunc(old.seats, func(s modelSeat) bool { return modelOpen(s.state) })

	for i := range old.seats {
		old.seats[i].wish, old.seats[i].wished = nil, time.Time{}
	}

	for _, r := range m.registrations {
		if r.place == from {
			r.place = to
		}
	}

	for i := range m.outbox {
		if m.outbox[i].place == from {
			m.outbox[i].place = to
		}
	}
}
