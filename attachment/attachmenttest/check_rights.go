package attachmenttest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// D9 returns a check that an attachment at structure level reaches the structure and all its services, and one to a service that
// service only.
func D9(u Universe) func(World) error {
	scopes, profiles := u.scopes(), u.Open

	return func(w World) error {
		for _, p := range u.People {
			if !active(w, p.ID) {
				continue
			}

			rights := w.Roster.Rights(w.Facts, p.ID, w.Now)
			whole, _ := w.Roster.Row(attachment.Key{Account: p.ID})

			for _, profile := range profiles {
				everywhere := rights.Check(w.Now, scopes[0], profile) == nil

				for _, scope := range scopes[1:] {
					row, _ := w.Roster.Row(attachment.Key{Account: p.ID, Service: scope.Service})
					here := rights.Check(w.Now, scope, profile) == nil

					if whole.State == attachment.Attached && here != everywhere ||
						whole.State != attachment.Attached && (everywhere || here && row.State != attachment.Attached) {
						return fmt.Errorf("D9: %s may %s in the structure: %t, at %q: %t, being %q there and %q at the service",
							p.ID, profile, everywhere, scope.Service, here, whole.State, row.State)
					}
				}
			}
		}

		return nil
	}
}

// E6 returns a check that a right counts if all conditions hold, and only then: the account is active, the attachment is one and
// not suspended, the service active, the application open, and of what changes anything, the structure active. A denial must name
// a condition that indeed fails.
func E6(u Universe) func(World) error {
	scopes := u.scopes()
	profiles := append(slices.Clone(u.Open), habilitation.Profile{Application: "closed", Level: habilitation.Consultation})

	return func(w World) error {
		for _, p := range u.People {
			rights := w.Roster.Rights(w.Facts, p.ID, w.Now)

			for _, scope := range scopes {
				for _, profile := range profiles {
					err := rights.Check(w.Now, scope, profile)
					if want := holds(w, p.ID, scope, profile); want != (err == nil) {
						return fmt.Errorf("E6: %s, %s at %q: %t, and the answer is %w", p.ID, profile, scope.Service, want, orDone(err))
					}

					if err != nil && !fails(w, p.ID, scope, profile, err) {
						return fmt.Errorf("E6: %s, %s at %q: what fails is not that: %w", p.ID, profile, scope.Service, err)
					}
				}
			}
		}

		return nil
	}
}

// holds is rule E6 in one sentence.
func holds(w World, id account.ID, scope habilitation.Scope, p habilitation.Profile) bool {
	return active(w, id) && open(w, p) && (p.Level == habilitation.Consultation || w.Facts.Structure.Status == structure.Active) &&
		slices.ContainsFunc(w.Roster.Rows, func(row attachment.Attachment) bool {
			return row.State == attachment.Attached && reaches(row, id, scope) && !closed(w, row) && given(w, row, p)
		})
}

func open(w World, p habilitation.Profile) bool {
	return p.Application == habilitation.Organisation || slices.Contains(w.Facts.Structure.Applications, p.Application)
}

func reaches(row attachment.Attachment, id account.ID, scope habilitation.Scope) bool {
	return row.Account == id && (row.Service == "" || row.Service == scope.Service)
}

func closed(w World, row attachment.Attachment) bool {
	return row.Service != "" && !w.Facts.Services[row.Service].ActiveAt(w.Now)
}

// given tells whether a row gives the profile: to the main manager all that is open.
func given(w World, row attachment.Attachment, p habilitation.Profile) bool {
	leads := w.Roster.Standing == attachment.Managed && w.Roster.Holder == row.Account && row.Service == ""

	return leads || granted(row, p)
}

// fails tells whether the condition that a denial names is one that fails.
func fails(w World, id account.ID, scope habilitation.Scope, p habilitation.Profile, err error) bool {
	some := func(is func(attachment.Attachment) bool) bool {
		return slices.ContainsFunc(w.Roster.Rows, func(row attachment.Attachment) bool {
			present := row.State == attachment.Attached || row.State == attachment.Suspended

			return present && reaches(row, id, scope) && is(row)
		})
	}

	switch {
	case errors.Is(err, habilitation.ErrAccountInactive):
		return !active(w, id)
	case errors.Is(err, habilitation.ErrNotAttached):
		return !some(func(attachment.Attachment) bool { return true })
	case errors.Is(err, habilitation.ErrSuspended):
		return some(func(row attachment.Attachment) bool { return row.State == attachment.Suspended })
	case errors.Is(err, habilitation.ErrServiceInactive):
		return some(func(row attachment.Attachment) bool { return closed(w, row) })
	case errors.Is(err, habilitation.ErrApplicationClosed):
		return !open(w, p)
	case errors.Is(err, habilitation.ErrNotGranted):
		return some(func(row attachment.Attachment) bool { return !given(w, row, p) })
	case errors.Is(err, habilitation.ErrStructureInactive):
		return w.Facts.Structure.Status != structure.Active
	default:
		return false
	}
}
