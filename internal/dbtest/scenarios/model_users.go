package scenarios

import (
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// modelOpened are the applications of every place: what a private structure opens that asks for none (rule C10).
var modelOpened = []structure.Application{"factures-a-valider", "factures-de-travaux", "factures-emises", habilitation.Organisation}

// The profiles that are given, wished for and asked about.
var (
	modelLook   = habilitation.Profile{Application: habilitation.Organisation, Level: habilitation.Consultation}
	modelBill   = habilitation.Profile{Application: "factures-emises", Level: habilitation.Modification}
	modelClosed = habilitation.Profile{Application: "signature", Level: habilitation.Consultation} // no place opens it

	modelTried = []habilitation.Profile{habilitation.Manage, modelLook, modelBill, modelClosed}
)

// modelDefaults is what a user starts with: everything but Organisation/modification (rule E3).
func modelDefaults() []habilitation.Profile {
	var out []habilitation.Profile

	for _, application := range modelOpened {
		for _, level := range habilitation.Levels() {
			if p := (habilitation.Profile{Application: application, Level: level}); p != habilitation.Manage {
				out = append(out, p)
			}
		}
	}

	return out
}

// allows is rule E6: nil, or what keeps an account from a profile in a place.
func (m *model) allows(p *modelPlace, a *modelAccount, profile habilitation.Profile) error {
	s := p.seat(a.id)
	main := p.standing == attachment.Managed && p.holder == a.id

	switch {
	case a.state != account.Active:
		return habilitation.ErrAccountInactive
	case !modelPresent(s.state):
		return habilitation.ErrNotAttached
	case s.state == attachment.Suspended:
		return habilitation.ErrSuspended
	case !slices.Contains(modelOpened, profile.Application):
		return habilitation.ErrApplicationClosed
	case !main && !slices.Contains(s.grants, profile):
		return habilitation.ErrNotGranted
	case profile.Level == habilitation.Modification && p.inactive:
		return habilitation.ErrStructureInactive
	default:
		return nil
	}
}

// attach gives a seat what an attachment starts with.
func (m *model) attach(s *modelSeat) {
	*s = modelSeat{who: s.who, state: attachment.Attached, typed: s.typed, grants: modelDefaults()}
}

// admit attaches an account by a decider's word: what it asked for is thereby approved (rule D7).
func (m *model) admit(p *modelPlace, who account.ID, login string) {
	kind := mail.AttachmentGranted

	if p.seat(who).state != attachment.Requested {
		kind = mail.Attached
		p.sit(modelSeat{who: who})
	}

	s := p.seat(who)
	m.attach(s)
	s.invited = login

	delete(p.refused, who)
	m.tell(kind, who)
}

// add is the decider who names an account (rule D7).
func (m *model) add(by account.Actor, place int, who account.ID) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		if err := m.may(p, by, false); err != nil {
			return err
		}

		a, s := m.account(who), p.seat(who)

		switch {
		case a == nil && !m.waiting(who), a != nil && a.state == account.Closed:
			return attachment.ErrAccountUnknown
		case a == nil && s.state == attachment.Requested:
			m.approve(p, s)
		case a == nil:
			return attachment.ErrOpen
		case modelPresent(s.state):
			return attachment.ErrAttached
		default:
			m.admit(p, who, "")
		}

		return nil
	})
}

// summon is the decider who names a login (rule D7). id is of the registration that it may make; made says whether it did.
func (m *model) summon(by account.Actor, place int, login string, id account.ID) (made bool, err error) {
	return made, m.attempt(func() error {
		p, owner, waiting := m.places[place], m.owner(login), m.waitingAt(place, login)

		who := id

		switch {
		case owner != nil:
			who = owner.id
		case waiting != nil:
			who = waiting.id
		}

		m.settle(p, who)

		if err := m.may(p, by, false); err != nil {
			return err
		}

		s := p.seat(who)

		switch {
		case owner != nil && modelPresent(s.state) && s.invited == "" && (waiting == nil || p.seat(waiting.id).invited == ""):
			return attachment.ErrAttached
		case owner != nil && modelPresent(s.state): // whom nobody has been shown: like once
			if waiting != nil {
				m.again(waiting)
			}
		case owner != nil:
			m.admit(p, who, login)

			if waiting != nil { // it was theirs, or nobody's
				m.leave(p, waiting.id)
				m.left(waiting)
			}
		case waiting != nil && s.state == attachment.Requested: // shown like the owner of an account would be
			m.approve(p, s)
			s.invited = login
		case waiting != nil && s.invited == "":
			return attachment.ErrOpen
		case waiting != nil:
			m.again(waiting)
		default:
			made = true
			m.summoned(place, login, id)
		}

		return nil
	})
}

// waitingAt returns the registration of a login that waits for something in a place.
func (m *model) waitingAt(place int, login string) *modelRegistration {
	for _, s := range m.places[place].seats {
		r := m.registration(s.who)
		if r != nil && r.login == login && m.account(r.id) == nil && modelOpen(s.state) && !m.past(s.until) && m.waiting(r.id) {
			return r
		}
	}

	return nil
}

// summoned makes the registration of somebody who is invited.
func (m *model) summoned(place int, login string, id account.ID) {
	r := &modelRegistration{
		id: id, login: login, place: place, state: account.AwaitingActivation, invited: true, receipt: m.queued(),
	}
	m.registrations = append(m.registrations, r)

	s := m.places[place].sit(modelSeat{who: id, state: attachment.Approved, until: m.now.Add(modelUnused), invited: login})

	m.write(modelLetter{
		kind: mail.Invited, to: login, who: id, purpose: account.PurposeActivation, life: modelApproved, end: s.until,
	})
}

// expects tells whether a place has invited somebody who has not answered yet. They count as if they were there (rule D6).
func (m *model) expects(p *modelPlace) bool {
	return slices.ContainsFunc(p.seats, func(s modelSeat) bool {
		return s.state == attachment.Approved && s.invited != "" && !m.past(s.until)
	})
}

// left has a registration follow its request, unless it goes its own way.
func (m *model) left(r *modelRegistration) {
	if r != nil && m.account(r.id) == nil && !r.apart {
		r.state = account.Withdrawn
	}
}

// signIn shows whom deciders had only seen by the login they typed.
func (m *model) signIn(who account.ID) error {
	for _, p := range m.places {
		if s := p.seat(who); s.invited != "" {
			if !m.active(who) {
				return attachment.ErrAccountInactive
			}

			s.invited = ""
		}
	}

	return nil
}

// remove is a decider who ends an attachment, or takes an approval back (rule D8).
func (m *model) remove(by account.Actor, place int, who account.ID) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		s := p.seat(who)

		switch err := m.may(p, by, true); {
		case err != nil:
			return err
		case p.holder == who:
			return attachment.ErrMainManager
		case s.state == attachment.Approved:
			if s.invited == "" {
				m.tell(mail.Detached, who)
			}

			m.leave(p, who)
			m.left(m.registration(who))
		case !modelPresent(s.state):
			return attachment.ErrNotAttached
		case by.ID == who:
			m.part(p, place, s)
		default:
			s.end(attachment.Detached)
			m.tell(mail.Detached, who)
		}

		return nil
	})
}

// part is somebody's own end of their attachment, of which those who decide are told.
func (m *model) part(p *modelPlace, place int, s *modelSeat) {
	who := s.who
	s.end(attachment.Detached)

	if p.standing == attachment.Managed {
		m.writeAll(mail.UserLeft, who, place)
	}
}

// quit is a user who leaves (rule D7).
func (m *model) quit(place int, who account.ID) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		switch s := p.seat(who); {
		case !m.active(who):
			return attachment.ErrAccountInactive
		case p.standing == attachment.Managed && p.holder == who:
			return attachment.ErrMainManager
		case !modelPresent(s.state):
			return attachment.ErrNotAttached
		default:
			m.part(p, place, s)
		}

		return nil
	})
}

// suspend is rule D8.
func (m *model) suspend(by account.Actor, place int, who account.ID) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		s := p.seat(who)

		switch err := m.may(p, by, false); {
		case err != nil:
			return err
		case p.holder == who:
			return attachment.ErrMainManager
		case s.state == attachment.Suspended:
			return attachment.ErrSuspendedThere
		case s.state != attachment.Attached:
			return attachment.ErrNotAttached
		}

		s.state = attachment.Suspended
		m.tell(mail.Suspended, who)

		return nil
	})
}

func (m *model) resume(by account.Actor, place int, who account.ID) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		s := p.seat(who)

		switch err := m.may(p, by, false); {
		case err != nil:
			return err
		case s.state == attachment.Attached:
			return attachment.ErrNotSuspended
		case s.state != attachment.Suspended:
			return attachment.ErrNotAttached
		}

		s.state = attachment.Attached
		m.tell(mail.Resumed, who)

		return nil
	})
}
