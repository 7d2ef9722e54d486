package scenarios

import (
	"errors"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
)

// deciders are those who can act in the name of a place: its main manager, and whoever was given
// Organisation/modification (rules C7 and D5), as long as their account is active and they are not suspended.
func (m *model) deciders(p *modelPlace) []account.ID {
	var out []account.ID

	for _, s := range p.seats {
		main := p.standing == attachment.Managed && p.holder == s.who
		if m.active(s.who) && s.state == attachment.Attached && (main || slices.Contains(s.grants, habilitation.Manage)) {
			out = append(out, s.who)
		}
	}

	return out
}

// manages tells whether somebody may act in the name of a place: its deciders, and support while there is none who can. In an
// inactive one little is left to do (rules C7, C8, D5 and D6).
func (m *model) manages(p *modelPlace, by account.Actor, whileInactive bool) error {
	deciders := m.deciders(p)

	switch {
	case !p.standing.Known():
		return attachment.ErrNoManager
	case by.Kind == account.ActorSupport && len(deciders) > 0,
		by.Kind == account.ActorAccount && !slices.Contains(deciders, by.ID):
		return attachment.ErrNotDecider
	case p.inactive && !whileInactive:
		return attachment.ErrNotDecider
	default:
		return nil
	}
}

// may is manages for a place that has kept its identifier: under the former one nothing is done any more (rule C9).
func (m *model) may(p *modelPlace, by account.Actor, whileInactive bool) error {
	if p.next >= 0 {
		return attachment.ErrReplaced
	}

	return m.manages(p, by, whileInactive)
}

// errModelRefused is a refusal that is told in one of several ways: who may not decide does not learn what there is.
var errModelRefused = errors.New("refused")

// decides tells whether somebody may decide on what somebody is in a place (rules D1, D4, D5 and D6).
func (m *model) decides(p *modelPlace, by account.Actor, s *modelSeat, yes bool) bool {
	switch {
	case p.next >= 0 && yes, by.ID == s.who:
		return false
	case by.Kind == account.ActorSupport && p.standing == attachment.InClaim:
		return !yes && s.state == attachment.Claimed
	case by.Kind == account.ActorSupport && p.standing == attachment.Unclaimed:
		return !yes
	default:
		return m.manages(p, by, !yes) == nil
	}
}

// decide is rule D5.
func (m *model) decide(by account.Actor, place int, who account.ID, yes bool) error {
	return m.attempt(func() error {
		p := m.places[place]
		m.settle(p, who)

		switch s := p.seat(who); {
		case !m.decides(p, by, s, yes):
			return errModelRefused
		case s.state == attachment.Approved, modelPresent(s.state), s.state == attachment.Refused:
			return attachment.ErrDecided
		case !modelOpen(s.state):
			return attachment.ErrNoRequest
		case yes:
			m.approve(p, s)
		default:
			m.refuse(p, s)
		}

		return nil
	})
}

func (m *model) approve(p *modelPlace, s *modelSeat) {
	delete(p.refused, s.who)

	if m.account(s.who) != nil {
		m.attach(s)
		m.tell(mail.AttachmentGranted, s.who)

		return
	}

	r := m.registration(s.who)
	r.state = account.AwaitingActivation
	s.state, s.until = attachment.Approved, m.now.Add(modelUnused)

	if r.apart {
		r.until = s.until
	}

	m.write(modelLetter{
		kind: mail.Approved, to: r.login, who: r.id, purpose: account.PurposeActivation, life: modelApproved, end: s.until,
	})
}

func (m *model) refuse(p *modelPlace, s *modelSeat) {
	claim := s.state == attachment.Claimed

	m.tell(mail.Refused, s.who)

	p.refused[s.who] = m.now
	s.end(attachment.Refused)

	if r := m.registration(s.who); r != nil && m.account(s.who) == nil {
		r.refused = m.now

		if !r.apart {
			r.state = account.Refused
		}
	}

	if claim {
		m.succeed(p)
	}
}
