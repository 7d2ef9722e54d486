package scenarios

import (
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
)

// handOver is the main manager who makes room for another (rule D6).
func (m *model) handOver(by account.Actor, place int, to account.ID) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, to)

		s := p.seat(to)

		switch err := m.may(p, by, true); {
		case err != nil:
			return err
		case p.holder != by.ID || by.Kind != account.ActorAccount:
			return attachment.ErrNotManager
		case p.holder == to:
			return attachment.ErrIsManager
		case s.state == attachment.Suspended:
			return attachment.ErrSuspendedThere
		case s.state != attachment.Attached:
			return attachment.ErrNotAttached
		case !m.active(to):
			return attachment.ErrAccountInactive
		}

		m.relieve(p, mail.HandedOver)
		m.tell(mail.TookOver, to)
		m.crown(p, s)

		return nil
	})
}

// relieve leaves the main manager everything but what makes one.
func (m *model) relieve(p *modelPlace, kind mail.Kind) {
	m.tell(kind, p.holder)
	p.seat(p.holder).grants = modelDefaults()
}

// appoint is support, which names a main manager where there is none who can act (rule D6).
func (m *model) appoint(by account.Actor, place int, who account.ID, unreachable bool) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		s := p.seat(who)

		switch {
		case by.Kind != account.ActorSupport:
			return attachment.ErrNotSupport
		case p.next >= 0:
			return attachment.ErrReplaced
		case p.standing == attachment.Unclaimed:
			return attachment.ErrUnclaimed
		case p.standing == attachment.InClaim:
			return attachment.ErrClaimed
		case p.holder == who:
			return attachment.ErrIsManager
		case !m.active(who):
			return attachment.ErrAccountInactive
		case p.standing == attachment.Managed && m.active(p.holder) && !unreachable:
			return attachment.ErrManagerActs
		case s.state == attachment.Suspended:
			return attachment.ErrSuspendedThere
		}

		if p.standing == attachment.Managed {
			m.relieve(p, mail.Replaced)
		}

		if s.state == 0 {
			s = p.sit(*s)
		}

		m.tell(mail.Appointed, who)
		m.crown(p, s)

		return nil
	})
}

// profiled refuses to change the profiles of somebody.
func (m *model) profiled(by account.Actor, place int, who account.ID) error {
	p := m.places[place]

	switch err := m.may(p, by, false); {
	case err != nil:
		return err
	case p.holder == who:
		return attachment.ErrMainManager
	case !modelPresent(p.seat(who).state):
		return attachment.ErrNotAttached
	default:
		return nil
	}
}

// grant is rule E4.
func (m *model) grant(by account.Actor, place int, who account.ID, profiles []habilitation.Profile) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		switch err := m.profiled(by, place, who); {
		case err != nil:
			return err
		case slices.Contains(profiles, modelClosed):
			return attachment.ErrProfile
		}

		m.give(p.seat(who), profiles)

		return nil
	})
}

// give gives what is not held yet.
func (m *model) give(s *modelSeat, profiles []habilitation.Profile) {
	more := modelBut(profiles, s.grants)
	if len(more) == 0 {
		return
	}

	s.grants = append(slices.Clone(s.grants), more...)
	slices.SortFunc(s.grants, habilitation.Profile.Compare)

	m.tell(mail.ProfilesChanged, s.who)
}

// revoke takes what is held.
func (m *model) revoke(by account.Actor, place int, who account.ID, profiles []habilitation.Profile) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		if err := m.profiled(by, place, who); err != nil {
			return err
		}

		s := p.seat(who)

		if left := modelBut(s.grants, profiles); len(left) < len(s.grants) {
			s.grants = left
			m.tell(mail.ProfilesChanged, who)
		}

		return nil
	})
}

// modelBut returns some profiles without others, sorted.
func modelBut(some, others []habilitation.Profile) []habilitation.Profile {
	out := slices.DeleteFunc(slices.Clone(some), func(p habilitation.Profile) bool { return slices.Contains(others, p) })
	slices.SortFunc(out, habilitation.Profile.Compare)

	return out
}

// wish is a user who asks for more profiles (rule E5).
func (m *model) wish(place int, who account.ID, profiles []habilitation.Profile) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		s := p.seat(who)
		more := modelBut(profiles, s.grants)

		switch {
		case !m.active(who):
			return attachment.ErrAccountInactive
		case !modelPresent(s.state):
			return attachment.ErrNotAttached
		case p.standing == attachment.Managed && p.holder == who:
			return attachment.ErrMainManager
		case p.next >= 0:
			return attachment.ErrReplaced
		case s.state == attachment.Suspended:
			return attachment.ErrSuspendedThere
		case len(s.wish) > 0:
			return attachment.ErrOpen
		case slices.Contains(profiles, modelClosed), len(more) == 0:
			return attachment.ErrProfile
		}

		s.wish, s.wished = more, m.now
		m.wanted(p, mail.ProfilesRequested, who)

		return nil
	})
}

// fulfil decides on a wish.
func (m *model) fulfil(by account.Actor, place int, who account.ID, yes bool) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		s := p.seat(who)

		err := m.manages(p, by, !yes)
		if yes { // to say no is possible wherever somebody waits
			err = m.may(p, by, false)
		}

		switch {
		case err != nil:
			return err
		case by.ID == who:
			return attachment.ErrOwnRequest
		case len(s.wish) == 0 && (s.answered.IsZero() || s.answered.Before(s.wished)):
			return attachment.ErrNoRequest
		case len(s.wish) == 0:
			return attachment.ErrDecided
		case yes && s.state == attachment.Suspended:
			return attachment.ErrSuspendedThere
		}

		wished := s.wish
		s.wish, s.answered = nil, m.now

		if yes {
			m.give(s, wished)
		} else {
			m.tell(mail.ProfilesRefused, who)
		}

		return nil
	})
}

// unwish is somebody who does not wish any more.
func (m *model) unwish(place int, who account.ID) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		if a := m.account(who); a != nil && a.state != account.Active {
			return attachment.ErrAccountInactive
		}

		s := p.seat(who)
		if len(s.wish) == 0 {
			return attachment.ErrNoRequest
		}

		s.wish = nil

		return nil
	})
}
