package attachment

import (
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

func (d *decision) activate(c Activate) error {
	row := d.roster.Registered(c.By.ID)
	key := row.Key

	separate := d.facts.Registrations[c.By.ID].Separate

	switch {
	case c.By.Kind != account.ActorAccount || !d.facts.waiting(c.By.ID, d.at):
		return d.refusal(key, ErrNotRegistrant)
	case row.State == Requested && separate:
		d.emit(RequestKept{Key: key, At: d.at})

		return nil
	case row.State == Requested:
		return d.refusal(key, ErrNotApproved)
	case separate && !row.State.Open():
		return nil
	}

	if err := d.possible(key, EventAttach); err != nil {
		return err
	}

	if d.holdsClaim(c.By.ID) {
		d.lead(key, c.By, row.Details)

		return nil
	}

	d.attach(key, UserAttached{By: row.Decision.By})

	return nil
}

func (d *decision) mailed(c Mailed) {
	if !d.holdsClaim(c.Account) || !d.roster.Claim.Leased.IsZero() {
		return
	}

	until := d.at.Add(d.facts.Policy.LinkLife)
	if d.roster.Claim.Term.Before(until) {
		until = d.roster.Claim.Term
	}

	d.emit(ClaimMailed{Account: c.Account, At: d.at, Until: until})
}

// attach makes a row an attachment with the default profiles (rule E3). as says by whom, and how it came.
func (d *decision) attach(key Key, as UserAttached) {
	d.absorb(key, as.By)

	as.Key, as.At = key, d.at
	as.Grants = given(nil, d.defaults(key.Service), as.By, d.at)

	d.emit(as)
}

// defaults are the profiles that an attachment starts from, without those that the application withholds (rule E3).
func (d *decision) defaults(service structure.Code) []habilitation.Profile {
	return slices.DeleteFunc(habilitation.Defaults(d.facts.Structure.Applications, service), func(p habilitation.Profile) bool {
		return slices.Contains(d.facts.Withhold, p)
	})
}

// lead attaches an account as the main manager, whose profiles come with the role and are no grants (rule E3).
func (d *decision) lead(key Key, by account.Actor, details *structure.Details) {
	d.absorb(key, by)
	d.emit(UserAttached{Key: key, By: by, At: d.at})
	d.emit(ManagerNamed{Account: key.Account, By: by, At: d.at, Details: details, Waiting: len(d.roster.Queue) > 0})
}

// absorb ends what an account has at service level when it becomes attached at structure level (rule D3).
func (d *decision) absorb(key Key, by account.Actor) {
	if key.Service != "" {
		return
	}

	for _, row := range d.roster.RowsOf(key.Account) {
		switch {
		case row.Service == "":
		case row.State == Requested:
			d.emit(RequestWithdrawn{Key: row.Key, At: d.at, Absorbed: true})
		case row.State.present():
			d.emit(UserDetached{Key: row.Key, By: by, At: d.at, Absorbed: true})
		}
	}
}

// unsuspended refuses an attachment at structure level while one of the account's is suspended (rule D3).
func (d *decision) unsuspended(key Key) error {
	for _, row := range d.roster.RowsOf(key.Account) {
		if key.Service == "" && row.State == Suspended {
			return d.refusal(key, ErrSuspendedThere)
		}
	}

	return nil
}
