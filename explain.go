package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Explanation says why somebody may do something, or may not (rule E6).
type Explanation struct {
	Scope   habilitation.Scope
	Profile habilitation.Profile

	// Denied says what is missing; nil = the profile is held, and the rest says where it comes from.
	Denied *habilitation.Denied

	Attachment  attachment.Key   // by which it is held: at structure level, though the question was about a service, if that reaches it (rule D9)
	MainManager bool             // held by role (rule E3)
	Grant       attachment.Grant // who gave it, and when; zero for a main manager
}

// Allowed tells whether the profile is held.
func (e Explanation) Allowed() bool { return e.Denied == nil }

// Explain says from which attachment an account has a profile, there, now, and who gave it; or what is missing (rule E6). Both
// are answers, and not errors. Of several attachments that would do it names the one at structure level; of several
// reasons the one nearest to a permission. It answers as [Portal.Check] does. It is one query. Who may read it is the
// caller's to check: it names who gave the profile.
//
// Errors: those of the store.
func (p *Portal) Explain(
	ctx context.Context, id account.ID, s habilitation.Scope, profile habilitation.Profile,
) (Explanation, error) {
	out := Explanation{Scope: s, Profile: profile}

	asOf := p.asOf()

	members, err := p.store.Memberships(ctx, id)
	if _, err := found(err); err != nil {
		return out, err
	}

	from, err := p.rightsOf(members, id, asOf).Explain(p.at(), s, profile)
	if denied, ok := errors.AsType[*habilitation.Denied](err); ok {
		out.Denied = denied

		return out, nil
	}

	out.Attachment = attachment.Key{Account: id, Service: from.Service.Code}
	out.MainManager = from.MainManager
	out.Grant = grantOf(members, s.Structure, from.Service.Code, profile)

	return out, err
}

// rightsOf returns the rights that memberships, read no earlier than asOf, give their account.
func (p *Portal) rightsOf(m storage.Memberships, id account.ID, asOf time.Time) habilitation.Rights {
	rights := habilitation.Rights{Account: id, State: m.Account.State, AsOf: asOf, MaxAge: p.rightsAge}

	for _, row := range m.Rows {
		main := row.Standing == attachment.Managed && row.Holder == id

		if h, ok := row.Attachment.Holding(row.Structure, row.Service, main); ok {
			rights.Holdings = append(rights.Holdings, h)
		}
	}

	return rights
}

// grantOf returns the grant of a profile by one attachment, zero if there is none.
func grantOf(
	m storage.Memberships, id structure.ID, service structure.Code, profile habilitation.Profile,
) attachment.Grant {
	for _, row := range m.Rows {
		if row.Structure.ID != id || row.Attachment.Service != service {
			continue
		}

		for _, g := range row.Attachment.Grants {
			if g.Profile == profile {
				return g
			}
		}
	}

	return attachment.Grant{}
}

// Questions answers several questions about one account as of one moment: nil or a [*habilitation.Denied] each, in their
// order, as [Portal.Check] would. It is one query, whatever their number.
//
// Errors: those of the store, and then there is no answer.
func (p *Portal) Questions(
	ctx context.Context, id account.ID, questions []habilitation.Question,
) ([]error, error) {
	rights, err := p.Rights(ctx, id)
	if err != nil {
		return nil, err
	}

	return rights.CheckAll(p.at(), questions), nil
}

// Refresh returns rights as of now, for the same account and with the same MaxAge. Their AsOf was taken before they were
// read, so that they hold nothing that was revoked before it, by the clock of this process; whatever was revoked later they may
// still hold until the next Refresh, or until MaxAge ends. It is one query.
//
// Errors: those of the store. The rights returned then are none, and deny everything; those given are as good as they were.
func (p *Portal) Refresh(ctx context.Context, rights habilitation.Rights) (habilitation.Rights, error) {
	now, err := p.Rights(ctx, rights.Account)
	if err != nil {
		return habilitation.Rights{Account: rights.Account}, err
	}

	now.MaxAge = rights.MaxAge

	return now, nil
}
