package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Rights returns all that an account may do, as of now: load once, ask often. An account that does not exist has none.
func (p *Portal) Rights(ctx context.Context, id account.ID) (habilitation.Rights, error) {
	asOf := p.asOf()

	m, err := p.store.Memberships(ctx, id)
	if _, err := found(err); err != nil {
		return habilitation.Rights{}, err
	}

	return p.rightsOf(m, id, asOf), nil
}

// asOf is the time that a reading which begins now is sure to be as of.
func (p *Portal) asOf() time.Time {
	if p.joined {
		return p.since
	}

	return p.at()
}

// Check answers whether an account may do what a profile says, there, now (rule E6): nil, or a [*habilitation.Denied]
// that says which condition failed.
func (p *Portal) Check(ctx context.Context, id account.ID, s habilitation.Scope, profile habilitation.Profile) error {
	rights, err := p.Rights(ctx, id)
	if err != nil {
		return err
	}

	return rights.Check(p.at(), s, profile)
}

// Habilitations is the list "my habilitations" (French: mes habilitations): one row per structure, service and profile
// that counts (rule E7).
func (p *Portal) Habilitations(ctx context.Context, id account.ID) ([]habilitation.Row, error) {
	rights, err := p.Rights(ctx, id)
	if err != nil {
		return nil, err
	}

	return rights.Rows(p.at()), nil
}

// FindStructure looks a structure up by its exact identifier (rule C11). It is present from the activation of its
// first manager on; individuals are never found. A former identifier leads to the structure under its present one (rule C9).
//
// Errors: [*Error] around [ErrUnknownStructure].
func (p *Portal) FindStructure(ctx context.Context, id identifier.ID) (structure.Summary, error) {
	s, err := p.present(ctx, id)
	if err != nil {
		return structure.Summary{}, err
	}

	return publicSummary(s), nil
}

// StructureID returns the internal key of a structure that is present, for [Portal.Do]. Errors: like
// [Portal.FindStructure].
func (p *Portal) StructureID(ctx context.Context, id identifier.ID) (structure.ID, error) {
	s, err := p.present(ctx, id)

	return s.ID, err
}

func (p *Portal) present(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	unknown := &Error{Err: ErrUnknownStructure}

	if id.IsZero() || id.Kind() == identifier.Individual {
		return structure.Structure{}, unknown
	}

	for try := 0; ; try++ {
		slice, present, err := p.named(ctx, p.store, id, storage.RosterQuery{At: p.at()})

		switch {
		case errors.Is(err, storage.ErrConflict) && try < maxExists: // it moved between two reads
			continue
		case err != nil:
			return structure.Structure{}, err
		case !present || !slice.Roster.Standing.Known():
			return structure.Structure{}, unknown
		default:
			return slice.Facts.Structure, nil
		}
	}
}
