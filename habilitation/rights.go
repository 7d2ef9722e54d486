package habilitation

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// Holding is one attachment of an account with everything its rights depend on (rule E6).
type Holding struct {
	Structure   structure.Structure
	Service     structure.Service // Code "" = structure level
	MainManager bool              // holds every profile of the open applications by role
	Suspended   bool
	Profiles    []Profile // granted one by one; without meaning for the main manager
}

// Rights are all that one account may do, as of a moment.
type Rights struct {
	Account  account.ID
	State    account.State
	AsOf     time.Time     // when they were read
	MaxAge   time.Duration // how long after AsOf they may be asked; 0 = for ever
	Holdings []Holding
}

// Stale tells whether the rights are past their age at that time. They then answer no question any more: [Rights.Check]
// denies with [ErrStale], and [Rights.Rows] and [Rights.Managed] list nothing, since what was true then may have been
// revoked since. A list that is empty for this reason is told from one that is empty by asking Stale.
func (r Rights) Stale(at time.Time) bool { return stale(at, r.AsOf, r.MaxAge) }

// stale is the one place where an age is judged: the moment asOf + maxAge itself still counts.
func stale(at, asOf time.Time, maxAge time.Duration) bool {
	return maxAge != 0 && at.After(asOf.Add(maxAge))
}

// Check answers whether the account may do what the profile says, there, at that time: nil, or a [*Denied] around
// the condition that failed. Rights that are past their age deny everything, with [ErrStale].
func (r Rights) Check(at time.Time, s Scope, p Profile) error {
	_, err := r.Explain(at, s, p)

	return err
}

// Explain answers like [Rights.Check], and says from which attachment the permission comes. Of several attachments
// that would do, the one at structure level is named; of several that fail, the reason that is nearest to a
// permission (see [Denied]).
func (r Rights) Explain(at time.Time, s Scope, p Profile) (Holding, error) {
	if r.Stale(at) {
		return Holding{}, &Denied{Scope: s, Profile: p, Err: ErrStale}
	}

	if r.State != account.Active {
		return Holding{}, &Denied{Scope: s, Profile: p, Err: ErrAccountInactive}
	}

	var (
		from    Holding
		allowed bool
	)

	denied := &Denied{Scope: s, Profile: p, Err: ErrNotAttached}

	for _, h := range r.Holdings {
		if !h.covers(s) {
			continue
		}

		switch err := h.check(at, p); {
		case err == nil && h.Service.Code == "":
			return h, nil
		case err == nil:
			from, allowed = h, true
		case nearness(err) > nearness(denied.Err):
			denied.Err = err
		}
	}

	if allowed {
		return from, nil
	}

	return Holding{}, denied
}

// Question is what [Rights.CheckAll] answers: may the account do what the profile says, there?
type Question struct {
	Scope   Scope
	Profile Profile
}

// CheckAll answers several questions as of one time: one answer each, in their order, as [Rights.Check] gives it.
func (r Rights) CheckAll(at time.Time, questions []Question) []error {
	out := make([]error, len(questions))
	for i, q := range questions {
		out[i] = r.Check(at, q.Scope, q.Profile)
	}

	return out
}

// covers tells whether the attachment reaches the scope: at structure level it reaches the structure and all its
// services, at service level that service only (rule D9).
func (h Holding) covers(s Scope) bool {
	return h.Structure.ID == s.Structure && (h.Service.Code == "" || h.Service.Code == s.Service)
}

// check is rule E6 for one attachment that reaches the scope.
func (h Holding) check(at time.Time, p Profile) error {
	switch {
	case h.Suspended:
		return ErrSuspended
	case h.Service.Code != "" && !h.Service.ActiveAt(at):
		return ErrServiceInactive
	case !h.open(p.Application):
		return ErrApplicationClosed
	case !p.Level.valid(), !h.MainManager && !slices.Contains(h.Profiles, p):
		return ErrNotGranted // nobody holds what is no level, not even by role
	case p.Level == Modification && h.Structure.Status != structure.Active:
		return ErrStructureInactive
	default:
		return nil
	}
}

// open tells whether the structure has opened the application; Organisation always is (rule C10).
func (h Holding) open(app structure.Application) bool {
	return app == Organisation || slices.Contains(h.Structure.Applications, app)
}

// profiles returns what the attachment would give if every condition held.
func (h Holding) profiles() []Profile {
	if h.MainManager {
		return All(structure.Sorted(append([]structure.Application{Organisation}, h.Structure.Applications...)))
	}

	return h.Profiles
}

// Row is one line of "my habilitations" (rule E7): a structure or service, and a profile that counts there.
type Row struct {
	Structure structure.Structure
	Service   structure.Service
	Profile   Profile
}

// Compare orders rows by structure identifier, service code and profile. It is 0 for two rows of one structure, service
// and profile.
func (r Row) Compare(other Row) int {
	return cmp.Or(
		r.Structure.Identity.Compare(other.Structure.Identity),
		cmp.Compare(r.Structure.ID, other.Structure.ID),
		cmp.Compare(r.Service.Code, other.Service.Code),
		r.Profile.Compare(other.Profile),
	)
}

// Rows returns one row per structure, service and profile that counts at that time, in their order ([Row.Compare]):
// what [Rights.Check] allows, and so nothing of rights that are past their age ([Rights.Stale]).
func (r Rights) Rows(at time.Time) []Row {
	var out []Row

	if r.State != account.Active || r.Stale(at) {
		return nil
	}

	for _, h := range r.Holdings {
		for _, p := range h.profiles() {
			if h.check(at, p) == nil {
				out = append(out, Row{Structure: h.Structure, Service: h.Service, Profile: p})
			}
		}
	}

	slices.SortFunc(out, Row.Compare)

	return slices.CompactFunc(out, func(a, b Row) bool { return a.Compare(b) == 0 })
}

// Managed returns the structures on whose requests the account decides: where it holds Organisation/modification, or
// would if the structure were active, since refusing stays possible in an inactive one (rule C8). Of rights that are
// past their age it lists none ([Rights.Stale]).
func (r Rights) Managed(at time.Time) []structure.ID {
	var out []structure.ID

	for _, h := range r.Holdings {
		err := r.Check(at, Scope{Structure: h.Structure.ID}, Manage)
		if err == nil || errors.Is(err, ErrStructureInactive) {
			out = append(out, h.Structure.ID)
		}
	}

	slices.Sort(out)

	return slices.Compact(out)
}
