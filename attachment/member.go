package attachment

import (
	"slices"

	"github.com/guichet-pro/guichet/account"
)

// attachUser attaches somebody who did not ask, or whose request waits (rule D7).
func (d *decision) attachUser(c Attach) error {
	key := Key{Account: c.Account, Service: c.Service}

	if err := d.manages(c.By, key, ActAttach); err != nil {
		return err
	}

	if d.facts.gone(c.Account, d.at) || d.ended(c.Account) {
		return d.refusal(key, ErrAccountUnknown)
	}

	if err := d.service(key); err != nil {
		return err
	}

	row, _ := d.roster.Row(key)

	if d.facts.waiting(c.Account, d.at) {
		return d.invite(c, row)
	}

	if err := d.possible(key, EventAdmit); err != nil {
		return err
	}

	if err := d.unsuspended(key); err != nil {
		return err
	}

	if d.shown(c.Account) {
		c.Login = ""
	}

	d.attach(key, UserAttached{By: c.By, Approved: true, Unasked: row.State != Requested, Invited: c.Login})

	return nil
}

// shown tells whether deciders see an account among the users already, so that there is nothing to hide.
func (d *decision) shown(id account.ID) bool {
	return slices.ContainsFunc(d.roster.RowsOf(id), func(a Attachment) bool { return a.State.present() && a.Invited == "" })
}

// ended tells whether a registration has ended with its row, perhaps just now: its time was over (rule B11).
func (d *decision) ended(id account.ID) bool {
	return d.facts.waiting(id, d.at) && !d.facts.Registrations[id].Separate && len(d.roster.RowsOf(id)) > 0 &&
		!d.roster.Registered(id).State.Open()
}

// invite has a registration attached once it is activated.
func (d *decision) invite(c Attach, row Attachment) error {
	due := d.at.Add(d.facts.Policy.ActivationLife)

	if row.State == Requested {
		d.emit(RequestApproved{Key: row.Key, By: c.By, At: d.at, Due: due, Invited: c.Login})

		return nil
	}

	if other := d.roster.Registered(c.Account); other.State.Open() || c.Login == "" { // a registration has one row, and a name to show
		return d.refusal(row.Key, ErrOpen)
	}

	if err := d.possible(row.Key, EventInvite); err != nil {
		return err
	}

	d.emit(UserInvited{Key: row.Key, By: c.By, At: d.at, Due: due, Login: c.Login})

	return nil
}

func (d *decision) detach(c Detach) error {
	key := Key{Account: c.Account, Service: c.Service}

	row, err := d.manageable(c.By, key, ActDetach)
	if err != nil {
		return err
	}

	if d.roster.Contest.Frozen {
		return d.refusal(key, ErrFrozen)
	}

	if row.State == Approved {
		d.emit(RequestWithdrawn{Key: key, At: d.at, By: c.By})

		return nil
	}

	if err := d.possible(key, EventDetach); err != nil {
		return err
	}

	d.emit(UserDetached{Key: key, By: c.By, At: d.at, Left: c.By.Is(c.Account)})

	return nil
}

func (d *decision) leave(c Leave) error {
	key := Key{Account: c.By.ID, Service: c.Service}

	switch {
	case c.By.Kind != account.ActorAccount || !d.facts.active(c.By.ID):
		return d.refusal(key, ErrAccountInactive)
	case d.leads(key):
		return d.refusal(key, ErrMainManager)
	}

	if err := d.possible(key, EventDetach); err != nil {
		return err
	}

	d.emit(UserDetached{Key: key, By: c.By, At: d.at, Left: true})

	return nil
}

func (d *decision) suspend(c Suspend) error {
	key := Key{Account: c.Account, Service: c.Service}

	if _, err := d.manageable(c.By, key, ActSuspend); err != nil {
		return err
	}

	if err := d.possible(key, EventSuspend); err != nil {
		return err
	}

	d.emit(UserSuspended{Key: key, By: c.By, At: d.at})

	return nil
}

func (d *decision) resume(c Resume) error {
	key := Key{Account: c.Account, Service: c.Service}

	if err := d.manages(c.By, key, ActSuspend); err != nil {
		return err
	}

	if err := d.possible(key, EventResume); err != nil {
		return err
	}

	d.emit(UserResumed{Key: key, By: c.By, At: d.at})

	return nil
}

// arrive shows whom a decider had invited, whatever has become of the invitation since.
func (d *decision) arrive(c Arrive) error {
	if c.By.Kind != account.ActorAccount || !d.facts.active(c.By.ID) {
		return d.refusal(Key{Account: c.By.ID}, ErrAccountInactive)
	}

	for _, row := range d.roster.RowsOf(c.By.ID) {
		if row.Invited != "" {
			d.emit(UserArrived{Key: row.Key, At: d.at})
		}
	}

	return nil
}

// manages refuses an actor who may not do something in the name of the structure.
func (d *decision) manages(by account.Actor, key Key, act Act) error {
	if err := d.roster.MayManage(d.facts, by, act, d.at); err != nil {
		return &Error{Key: key, Err: errNotDecider(err), Cause: err}
	}

	return nil
}

// manageable is manages for what nobody may do to the main manager (rule D6). It returns the row.
func (d *decision) manageable(by account.Actor, key Key, act Act) (Attachment, error) {
	if err := d.manages(by, key, act); err != nil {
		return Attachment{}, err
	}

	if d.leads(key) {
		return Attachment{}, d.refusal(key, ErrMainManager)
	}

	row, _ := d.roster.Row(key)

	return row, nil
}

// leads tells whether a row is the main manager's.
func (d *decision) leads(key Key) bool {
	return d.roster.Standing == Managed && d.roster.Holder == key.Account && key.Service == ""
}
