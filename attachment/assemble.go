package attachment

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// Member is one attachment of a structure that is taken over from elsewhere.
type Member struct {
	Key

	Suspended bool
	Profiles  []habilitation.Profile // nil = the defaults (rule E3); without meaning for the main manager
	Since     time.Time
}

// Assemble returns the roster of a structure that is taken over from elsewhere: managed by the manager, or vacant if that is
// "", with the members as its attachments. r is the roster as it is stored, which nobody may have claimed; its other rows stay.
//
// What no sequence of commands could have led to is refused by an [*Error]: [ErrPresent], [ErrClaimed], [ErrAccountInactive]
// for a manager who is not active and anybody who is unknown or closed, [ErrAttached] for one who is named twice, also at
// structure level and for a service (rule D3), [ErrNotAttached] for a manager who is no member at structure level,
// [ErrSuspendedThere] for one who is suspended, [ErrServiceUnknown], [ErrProfile].
func (r Roster) Assemble(
	f Facts, manager account.ID, members []Member, by account.Actor, at time.Time,
) (Roster, error) {
	switch {
	case r.Standing.Known():
		return r, &Error{Err: ErrPresent}
	case r.Standing == InClaim:
		return r, &Error{Err: ErrClaimed}
	}

	out := Roster{Structure: r.Structure, Version: r.Version, Standing: Vacant}
	if manager != "" {
		out.Standing, out.Holder = Managed, manager
	}

	for _, m := range members {
		row, err := m.row(out, f, by, at)
		if err != nil {
			return r, err
		}

		out.Rows = append(out.Rows, row)
		out.Attached++
	}

	key := Key{Account: manager}
	lead, exists := out.Row(key)

	switch {
	case manager == "":
	case !f.active(manager):
		return r, &Error{Key: key, Err: ErrAccountInactive}
	case !exists:
		return r, &Error{Key: key, Err: ErrNotAttached}
	case lead.State == Suspended:
		return r, &Error{Key: key, Err: ErrSuspendedThere}
	}

	return out, Check(out)
}

// row returns the member's row in the roster, as far as that stands.
func (m Member) row(r Roster, f Facts, by account.Actor, at time.Time) (Attachment, error) {
	acc, exists := f.Accounts[m.Account]

	switch {
	case !exists || acc.State == account.Closed:
		return Attachment{}, &Error{Key: m.Key, Err: ErrAccountInactive}
	case m.Service != "" && f.Services[m.Service].Code == "":
		return Attachment{}, &Error{Key: m.Key, Err: ErrServiceUnknown}
	}

	for _, row := range r.Rows {
		if row.Account == m.Account && (row.Service == m.Service || row.Service == "" || m.Service == "") {
			return Attachment{}, &Error{Key: m.Key, Err: ErrAttached}
		}
	}

	row := Attachment{Key: m.Key, State: Attached, Order: r.Version + 1, RequestedAt: at, Since: m.Since}
	if m.Suspended {
		row.State = Suspended
	}

	if row.Since.IsZero() {
		row.Since = at
	}

	if r.Holder == m.Account && m.Service == "" {
		return row, nil
	}

	profiles := m.Profiles
	if profiles == nil {
		profiles = habilitation.Defaults(f.Structure.Applications, m.Service)
	}

	profiles = slices.Clone(profiles)
	slices.SortFunc(profiles, habilitation.Profile.Compare)

	for _, p := range slices.Compact(profiles) {
		if !holdable(f.Structure, m.Service, p) {
			return Attachment{}, &Error{Key: m.Key, Err: ErrProfile}
		}

		row.Grants = append(row.Grants, Grant{Profile: p, By: by, At: row.Since})
	}

	return row, nil
}

// holdable tells whether a profile can be held at all: of an open application, and an Organisation profile at structure level
// only (rule D3).
func holdable(s structure.Structure, service structure.Code, p habilitation.Profile) bool {
	if p.Application == habilitation.Organisation && service != "" {
		return false
	}

	return slices.Contains(habilitation.Levels(), p.Level) &&
		(p.Application == habilitation.Organisation || slices.Contains(s.Applications, p.Application))
}
