package attachment

import (
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
)

// grant gives profiles (rule E4).
func (d *decision) grant(c GrantProfiles) error {
	key := Key{Account: c.Account, Service: c.Service}

	row, err := d.profiled(c.By, key)
	if err != nil {
		return err
	}

	if d.roster.Contest.Frozen {
		return d.refusal(key, ErrFrozen)
	}

	if err := d.givable(key, c.Profiles); err != nil {
		return err
	}

	d.give(row, c.Profiles, c.By)

	return nil
}

func (d *decision) revoke(c RevokeProfiles) error {
	key := Key{Account: c.Account, Service: c.Service}

	row, err := d.profiled(c.By, key)
	if err != nil {
		return err
	}

	return d.take(row, c.Profiles, c.By, false)
}

func (d *decision) dropProfiles(c DropProfiles) error {
	key := Key{Account: c.By.ID, Service: c.Service}

	row, err := d.own(c.By, key)
	if err != nil {
		return err
	}

	return d.take(row, c.Profiles, c.By, true)
}

// copyProfiles gives one user what another holds, and takes what the other does not (rule E4).
func (d *decision) copyProfiles(c CopyProfiles) error {
	to, err := d.profiled(c.By, c.To)
	if err != nil {
		return err
	}

	from, _ := d.roster.Row(c.From)

	switch {
	case !from.State.present():
		return d.refusal(c.From, ErrNotAttached)
	case d.roster.Contest.Frozen:
		return d.refusal(c.To, ErrFrozen)
	case c.From == c.To:
		return nil
	}

	wanted := from.profiles()
	if d.leads(c.From) { // the role is not for copying
		wanted = slices.DeleteFunc(habilitation.All(d.facts.Structure.Applications), func(p habilitation.Profile) bool {
			return p == habilitation.Manage
		})
	}

	// What both hold stays, even where it could not be given by now.
	surplus := slices.DeleteFunc(to.profiles(), func(p habilitation.Profile) bool {
		return slices.Contains(wanted, p) || p == habilitation.Manage && d.leads(c.From)
	})
	if len(surplus) > 0 {
		d.emit(ProfilesRevoked{Key: c.To, By: c.By, At: d.at, Profiles: surplus})
	}

	wanted = slices.DeleteFunc(wanted, func(p habilitation.Profile) bool { return d.holdable(c.To, p) != nil })

	d.give(to, wanted, c.By)

	return nil
}

// requestProfiles is a user's wish for more (rule E5).
func (d *decision) requestProfiles(c RequestProfiles) error {
	key := Key{Account: c.By.ID, Service: c.Service}

	row, err := d.own(c.By, key)
	if err != nil {
		return err
	}

	comment, fine := Comment(c.Comment)

	switch {
	case d.facts.Structure.Successor != "":
		return d.refusal(key, ErrReplaced)
	case row.State == Suspended:
		return d.refusal(key, ErrSuspendedThere)
	case !fine || comment == "":
		return d.refusal(key, ErrComment)
	case row.Wish.Open():
		return d.refusal(key, ErrOpen)
	}

	if err := d.givable(key, c.Profiles); err != nil {
		return err
	}

	more := row.lacks(c.Profiles)
	if len(more) == 0 {
		return d.refusal(key, ErrProfile)
	}

	d.emit(ProfilesRequested{
		Key: key, Order: d.order(), At: d.at, Comment: comment, Profiles: more,
		Remind: reminder(d.facts.Policy, d.at, Attachment{}, d.at),
	})

	return nil
}

// approveWish gives what is wished for, as far as it can be held there by now.
func (d *decision) approveWish(c Approve, key Key) error {
	row, err := d.wish(c.By, key, c.Order, ActApprove)
	if err != nil {
		return err
	}

	if row.State == Suspended {
		return d.refusal(key, ErrSuspendedThere)
	}

	if d.roster.Contest.Frozen {
		return d.refusal(key, ErrFrozen)
	}

	profiles := slices.DeleteFunc(slices.Clone(row.Wish.Profiles), func(p habilitation.Profile) bool {
		return d.holdable(key, p) != nil
	})
	if len(profiles) == 0 {
		return d.givable(key, row.Wish.Profiles)
	}

	d.emit(ProfilesApproved{Key: key, By: c.By, At: d.at})
	d.give(row, profiles, c.By)

	return nil
}

func (d *decision) refuseWish(c Refuse, key Key) error {
	if _, err := d.wish(c.By, key, c.Order, ActRefuse); err != nil {
		return err
	}

	reason, fine := Comment(c.Reason)
	if !fine {
		return d.refusal(key, ErrComment)
	}

	d.emit(ProfilesRefused{Key: key, By: c.By, At: d.at, Reason: reason})

	return nil
}

func (d *decision) withdrawWish(key Key) error {
	row, _ := d.roster.Row(key)
	if !row.Wish.Open() {
		return d.refusal(key, ErrNoRequest)
	}

	d.emit(ProfilesWithdrawn{Key: key, At: d.at})

	return nil
}

// wish returns the row of a wish that the actor may decide: like decidable.
func (d *decision) wish(by account.Actor, key Key, order int64, act Act) (Attachment, error) {
	if err := d.manages(by, key, act); err != nil {
		return Attachment{}, err
	}

	row, _ := d.roster.Row(key)
	decided := row.Wish.Decision

	switch {
	case by.Is(key.Account):
		return Attachment{}, d.refusal(key, ErrOwnRequest)
	case row.Wish.Open() && (order == 0 || order == row.Wish.Order):
		return row, nil
	case decided.At.IsZero() || !row.Wish.Open() && decided.At.Before(row.Wish.At): // none was made, or the last was withdrawn
		return Attachment{}, d.refusal(key, ErrNoRequest)
	default:
		return Attachment{}, &Error{Key: key, Err: ErrDecided, By: decided.By, At: decided.At}
	}
}

// profiled returns the row of somebody attached whose profiles the actor may change: not the main manager's, whose profiles
// come with the role (rules D6 and E4).
func (d *decision) profiled(by account.Actor, key Key) (Attachment, error) {
	row, err := d.manageable(by, key, ActGrant)
	if err == nil && !row.State.present() {
		err = d.refusal(key, ErrNotAttached)
	}

	return row, err
}

// own returns the actor's own row, of an attachment with profiles of its own.
func (d *decision) own(by account.Actor, key Key) (Attachment, error) {
	row, _ := d.roster.Row(key)

	switch {
	case by.Kind != account.ActorAccount || !d.facts.active(by.ID):
		return row, d.refusal(key, ErrAccountInactive)
	case !row.State.present():
		return row, d.refusal(key, ErrNotAttached)
	case d.leads(key):
		return row, d.refusal(key, ErrMainManager)
	default:
		return row, nil
	}
}

// givable refuses profiles that cannot be given there, or none at all.
func (d *decision) givable(key Key, profiles []habilitation.Profile) error {
	if len(profiles) == 0 {
		return d.refusal(key, ErrProfile)
	}

	for _, p := range profiles {
		if err := d.holdable(key, p); err != nil {
			return d.refusal(key, err)
		}
	}

	return nil
}

// holdable tells why a profile cannot be given there: a closed application, the wrong level, or the policy (rules D3 and E4).
func (d *decision) holdable(key Key, p habilitation.Profile) error {
	switch {
	case !holdable(d.facts.Structure, key.Service, p):
		return ErrProfile
	case p == habilitation.Manage && d.facts.Policy.SoleDecider:
		return ErrSole
	default:
		return nil
	}
}

// give gives what of some profiles the row does not hold.
func (d *decision) give(row Attachment, profiles []habilitation.Profile, by account.Actor) {
	if more := row.lacks(profiles); len(more) > 0 {
		d.emit(ProfilesGranted{Key: row.Key, By: by, At: d.at, Profiles: more})
	}
}

// take takes what of some profiles the row holds.
func (d *decision) take(row Attachment, profiles []habilitation.Profile, by account.Actor, dropped bool) error {
	for _, p := range profiles {
		if p.Application == "" || !slices.Contains(habilitation.Levels(), p.Level) {
			return d.refusal(row.Key, ErrProfile)
		}
	}

	held := slices.DeleteFunc(row.profiles(), func(p habilitation.Profile) bool { return !slices.Contains(profiles, p) })

	switch {
	case len(profiles) == 0:
		return d.refusal(row.Key, ErrProfile)
	case len(held) > 0:
		d.emit(ProfilesRevoked{Key: row.Key, By: by, At: d.at, Profiles: held, Dropped: dropped})
	}

	return nil
}

// profiles returns the profiles that a row was granted, sorted.
func (a Attachment) profiles() []habilitation.Profile {
	out := make([]habilitation.Profile, len(a.Grants))
	for i, g := range a.Grants {
		out[i] = g.Profile
	}

	return out
}

// lacks returns what of some profiles the row was not granted, sorted, each once.
func (a Attachment) lacks(profiles []habilitation.Profile) []habilitation.Profile {
	held := a.profiles()
	out := slices.DeleteFunc(slices.Clone(profiles), func(p habilitation.Profile) bool { return slices.Contains(held, p) })

	slices.SortFunc(out, habilitation.Profile.Compare)

	return slices.Compact(out)
}
