package attachment

import (
	"github.com/guichet-pro/guichet/account"
)

// create makes an active account the main manager of a structure that nobody has named (rule C5).
func (d *decision) create(c Create) error {
	key := Key{Account: c.By.ID}

	switch {
	case c.By.Kind != account.ActorAccount || !d.facts.active(c.By.ID):
		return d.refusal(key, ErrAccountInactive)
	case d.facts.Structure.Successor != "":
		return d.refusal(key, ErrReplaced)
	case d.roster.Standing.Known():
		return d.refusal(key, ErrPresent)
	case d.roster.Standing == InClaim:
		return d.refusal(key, ErrClaimed)
	case c.Details == nil:
		return d.refusal(key, ErrDetails)
	}

	if err := d.possible(key, EventAdmit); err != nil {
		return err
	}

	d.lead(key, c.By, c.Details)

	return nil
}

// adopt takes a registration's row over into an account (rule B14).
func (d *decision) adopt(c Adopt) error {
	row := d.roster.Registered(c.From)
	to, from := Key{Account: c.By.ID, Service: row.Service}, row.Key
	reg := d.facts.Registrations[c.From]

	switch {
	case c.By.Kind != account.ActorAccount || !d.facts.active(c.By.ID):
		return d.refusal(to, ErrAccountInactive)
	case !d.facts.waiting(c.From, d.at) || !reg.Login.Same(d.facts.Accounts[c.By.ID].Login):
		return d.refusal(from, ErrNotRegistrant)
	}

	mine, _ := d.roster.Row(to)
	if whole, _ := d.roster.Row(Key{Account: c.By.ID}); whole.State.present() {
		mine = whole // it reaches every service (rule D9)
	}

	claim := d.holdsClaim(c.From)

	switch {
	case !row.State.Open() && reg.Separate: // its request has ended, and only the registration is left
		return nil
	case !row.State.Open():
		return d.refusal(from, ErrNotRegistrant)
	case row.State == Approved && !mine.State.Open() && !mine.State.present():
		if err := d.unsuspended(to); err != nil {
			return err
		}
	}

	d.emit(RequestWithdrawn{Key: from, At: d.at, Adopted: c.By.ID})

	switch {
	case mine.State.Open() || mine.State.present():
		if claim {
			d.succeed(c.From)
		}
	case claim:
		d.lead(to, c.By, row.Details)
	case row.State == Approved:
		d.attach(to, UserAttached{By: row.Decision.By})
	default:
		d.emit(RequestAdopted{
			Key: to, From: c.From, Order: row.Order, Requested: row.RequestedAt, At: d.at,
			Comment: row.Comment, Repeat: row.Repeat, Details: row.Details,
			Remind: row.Remind, Reminded: row.Reminded, Escalated: row.Escalated,
		})
	}

	return nil
}

// depart ends all that an account has and wants in the structure (rules B12 and D6).
func (d *decision) depart(c Depart) error {
	key := Key{Account: c.Account}
	manager := d.roster.Standing == Managed && d.roster.Holder == c.Account

	switch {
	case c.By.Kind != account.ActorSupport && !c.By.Is(c.Account):
		return d.refusal(key, ErrNotYours)
	case c.Asked && c.By.Kind == account.ActorSupport: // deciders detach
		return d.refusal(key, ErrNotYours)
	case c.Asked && !d.facts.active(c.Account):
		return d.refusal(key, ErrAccountInactive)
	case c.Asked && manager && d.roster.Contest.Frozen:
		return d.refusal(key, ErrFrozen)
	case manager && d.facts.Structure.Successor != "": // left behind under its former identifier: nobody is needed there
	case manager && (d.roster.Attached > 1 || d.facts.Invited): // who was invited counts, account or not (rule D7)
		return d.refusal(key, ErrNotAlone)
	case manager && !c.Vacant:
		return d.refusal(key, ErrMainManager)
	}

	before := len(d.changes)

	for _, row := range d.roster.RowsOf(c.Account) {
		switch {
		case row.State == Requested:
			d.emit(RequestWithdrawn{Key: row.Key, At: d.at})
		case row.State.present():
			d.emit(UserDetached{Key: row.Key, By: c.By, At: d.at})
		}
	}

	if len(d.changes) == before {
		return d.refusal(key, ErrNotAttached)
	}

	if manager {
		d.emit(ManagerLeft{Account: c.Account, At: d.at})
	}

	return nil
}
