package attachment

import (
	"errors"
	"slices"
	"time"

	"github.com/hashicorp/go-multierror"

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
// What no sequence of commands could have led to is refused, every fault at once, as a [*multierror.Error] of [*Error]:
// [ErrPresent], [ErrClaimed], [ErrAccountUnknown], [ErrAccountInactive] for somebody closed and a manager who is not active,
// [ErrAttached] for one who is named twice, also at structure level and for a service (rule D3), [ErrNotAttached] for a manager
// who is no member at structure level, [ErrSuspendedThere] for one who is suspended, [ErrServiceUnknown], [ErrProfile].
func (r Roster) Assemble(
	f Facts, manager account.ID, members []Member, by account.Actor, at time.Time,
) (Roster, error) {
	switch {
	case r.Standing.Known():
		return r, multierror.Append(nil, &Error{Err: ErrPresent})
	case r.Standing == InClaim:
		return r, multierror.Append(nil, &Error{Err: ErrClaimed})
	}

	a := assembly{
		roster: Roster{Structure: r.Structure, Version: r.Version, Standing: Vacant},
		facts:  f, by: by, at: at, seen: map[account.ID]map[structure.Code]State{},
	}
	if manager != "" {
		a.roster.Standing, a.roster.Holder = Managed, manager
	}

	for _, m := range members {
		a.add(m)
	}

	a.checkManager()

	if err := a.faults.ErrorOrNil(); err != nil {
		return r, err
	}

	return a.roster, Check(a.roster)
}

// assembly is an Assemble under way.
type assembly struct {
	roster Roster
	facts  Facts
	by     account.Actor
	at     time.Time
	seen   map[account.ID]map[structure.Code]State // what each account has so far
	faults *multierror.Error
}

func (a *assembly) refuse(key Key, err error) {
	a.faults = multierror.Append(a.faults, &Error{Key: key, Err: err})
}

// add adds a member's row.
func (a *assembly) add(m Member) {
	acc, exists := a.facts.Accounts[m.Account]
	before := a.seen[m.Account]
	_, whole := before[""]
	_, twice := before[m.Service]

	switch {
	case !exists:
		a.refuse(m.Key, ErrAccountUnknown)

		return
	case acc.State == account.Closed:
		a.refuse(m.Key, ErrAccountInactive)

		return
	case m.Service != "" && a.facts.Services[m.Service].Code == "":
		a.refuse(m.Key, ErrServiceUnknown)

		return
	case whole, twice, m.Service == "" && len(before) > 0:
		a.refuse(m.Key, ErrAttached)

		return
	}

	row := Attachment{
		Key: m.Key, State: Attached, Order: a.roster.Version + 1, RequestedAt: a.at, Since: m.Since,
		Grants: a.grants(m),
	}
	if m.Suspended {
		row.State = Suspended
	}

	if row.Since.IsZero() {
		row.Since = a.at
	}

	if before == nil {
		a.seen[m.Account] = map[structure.Code]State{}
	}

	a.seen[m.Account][m.Service] = row.State
	a.roster.Rows = append(a.roster.Rows, row)
	a.roster.Attached++
}

// grants returns a member's profiles; the main manager's come with the role and are none (rule E3).
func (a *assembly) grants(m Member) []Grant {
	if a.roster.Holder == m.Account && m.Service == "" {
		return nil
	}

	profiles, since := m.Profiles, m.Since
	if profiles == nil {
		profiles = slices.DeleteFunc(habilitation.Defaults(a.facts.Structure.Applications, m.Service),
			func(p habilitation.Profile) bool { return slices.Contains(a.facts.Withhold, p) })
	}

	if since.IsZero() {
		since = a.at
	}

	profiles = slices.Clone(profiles)
	slices.SortFunc(profiles, habilitation.Profile.Compare)

	var out []Grant

	for _, p := range slices.Compact(profiles) {
		if !holdable(a.facts.Structure, m.Service, p) {
			a.refuse(m.Key, ErrProfile)

			return nil
		}

		out = append(out, Grant{Profile: p, By: a.by, At: since})
	}

	return out
}

// checkManager refuses a manager who cannot be one.
func (a *assembly) checkManager() {
	key := Key{Account: a.roster.Holder}
	state, member := a.seen[key.Account][""]

	if a.faults != nil && slices.ContainsFunc(a.faults.Errors, func(err error) bool {
		about, ok := errors.AsType[*Error](err)

		return ok && about.Account == key.Account
	}) {
		return // told already, by what is wrong with their rows
	}

	switch {
	case key.Account == "":
	case !a.facts.active(key.Account):
		if _, exists := a.facts.Accounts[key.Account]; exists {
			a.refuse(key, ErrAccountInactive)
		} else {
			a.refuse(key, ErrAccountUnknown)
		}
	case !member:
		a.refuse(key, ErrNotAttached)
	case state == Suspended:
		a.refuse(key, ErrSuspendedThere)
	}
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
