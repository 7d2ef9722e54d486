package guichet

import (
	"context"

	"github.com/hashicorp/go-multierror"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// named reads the roster of the structure that bears an identifier, or that took its place under another one (rule C9).
// present is false if there is none. What was read in two steps may have moved in between: then it is read again, from the
// start of the transaction.
func (p *Portal) named(
	ctx context.Context, r storage.Reader, id identifier.ID, q storage.RosterQuery,
) (slice storage.Slice, present bool, err error) {
	if id.IsZero() {
		return p.known(storage.Slice{}), false, nil
	}

	stored, err := r.StructureByIdentity(ctx, id)
	if present, err := found(err); !present || err != nil {
		return storage.Slice{}, false, err
	}

	for stored.Successor != "" {
		if stored, err = r.Structure(ctx, stored.Successor); err != nil {
			return storage.Slice{}, false, err
		}
	}

	q.Structure = stored.ID

	if slice, err = r.Roster(ctx, q); err != nil {
		return storage.Slice{}, false, err
	}

	if now := slice.Facts.Structure; now.Identity != stored.Identity || now.Successor != "" {
		return storage.Slice{}, false, storage.ErrConflict
	}

	return p.known(slice), true, nil
}

// known completes the facts that storage read with what the portal knows.
func (p *Portal) known(s storage.Slice) storage.Slice {
	s.Facts.Policy, s.Facts.Withhold = p.policy, p.withhold

	if s.Facts.Registrations == nil {
		s.Facts.Registrations = map[account.ID]account.Registration{}
	}

	if s.Facts.Accounts == nil {
		s.Facts.Accounts = map[account.ID]account.Account{}
	}

	return s
}

// describe checks what somebody typed of a structure that nobody knows yet (rules B1, C4 and C10).
func (p *Portal) describe(form structure.Form, kind identifier.Kind) (structure.Details, error) {
	details, err := form.Check(kind)

	if details.Sector == structure.Public && !p.policy.PublicByForm {
		err = together(err, &structure.FieldError{Field: structure.FieldSector, Err: structure.ErrPublic})
	}

	open, wrong := p.catalogue.Open(details.Sector, details.Applications)
	details.Applications = open

	return details, together(err, wrong)
}

// together joins the faults of several parts of a form into one error.
func together(errs ...error) error {
	var all *multierror.Error

	for _, err := range errs {
		if err != nil {
			all = multierror.Append(all, err)
		}
	}

	return all.ErrorOrNil()
}

// summary is what a receipt shows of the structure: what is known of it to anybody, or what its author just typed
// (rule B5). Of a known individual nothing is shown but what its author typed (rule B1).
func summary(s storage.Slice, identity identifier.ID, typed *structure.Details) structure.Summary {
	if typed == nil || s.Roster.Standing.Known() && identity.Kind() != identifier.Individual {
		return publicSummary(s.Facts.Structure)
	}

	return structure.Summary{Identity: identity, Sector: typed.Sector, Data: typed.Data}
}

// publicSummary is what anybody may see of a known structure (rules C11 and G4).
func publicSummary(s structure.Structure) structure.Summary {
	out := s.Summary()
	out.Data = out.Data.Masked()

	if s.Identity.Kind() == identifier.Individual {
		out.Data = structure.Data{}
	}

	return out
}
