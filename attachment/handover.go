package attachment

import (
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
)

// handOver makes another user main manager (rule D6).
func (d *decision) handOver(c HandOver) error {
	to := Key{Account: c.To}

	if err := d.manages(c.By, to, ActHandOver); err != nil {
		return err
	}

	row, _ := d.roster.Row(to)

	switch {
	case !c.By.Is(d.roster.Holder):
		return d.refusal(Key{Account: c.By.ID}, ErrNotManager)
	case d.leads(to):
		return d.refusal(to, ErrIsManager)
	case row.State == Suspended:
		return d.refusal(to, ErrSuspendedThere)
	case row.State != Attached:
		return d.refusal(to, ErrNotAttached)
	case !d.facts.active(c.To):
		return d.refusal(to, ErrAccountInactive)
	case d.roster.Contest.Frozen:
		return d.refusal(to, ErrFrozen)
	}

	d.follow(c.To, c.By)

	return nil
}

// appoint is support that makes an account the main manager (rules D6 and D12).
func (d *decision) appoint(c Appoint) error {
	key := Key{Account: c.Account}

	switch {
	case c.By.Kind != account.ActorSupport:
		return d.refusal(key, ErrNotSupport)
	case d.facts.Structure.Successor != "":
		return d.refusal(key, ErrReplaced)
	case d.roster.Standing == Unclaimed:
		return d.refusal(key, ErrUnclaimed)
	case d.roster.Standing == InClaim:
		return d.refusal(key, ErrClaimed)
	case d.leads(key):
		return d.refusal(key, ErrIsManager)
	case !d.facts.active(c.Account):
		return d.refusal(key, ErrAccountInactive)
	case !d.replaceable(c):
		return d.refusal(key, ErrManagerActs)
	}

	if err := d.unsuspended(key); err != nil {
		return err
	}

	if contest := d.roster.Contest; !contest.Since.IsZero() {
		d.emit(ReviewBegan{Account: contest.Of, At: d.at})
		d.endContest(contest.Of, c.By, false)
	}

	if row, _ := d.roster.Row(key); row.State != Attached {
		d.absorb(key, c.By)
		d.emit(UserAttached{Key: key, By: c.By, At: d.at})
	}

	d.follow(c.Account, c.By)

	return nil
}

// replaceable tells whether support may put somebody else in the main manager's place.
func (d *decision) replaceable(c Appoint) bool {
	return d.roster.Standing == Vacant || !d.facts.active(d.roster.Holder) || c.Unreachable || !d.roster.Contest.Since.IsZero()
}

// follow makes a user at structure level the main manager, after whoever is.
func (d *decision) follow(id account.ID, by account.Actor) {
	var from account.ID

	if d.roster.Standing == Managed {
		from = d.roster.Holder
		keeps := slices.DeleteFunc(habilitation.All(d.facts.Structure.Applications), func(p habilitation.Profile) bool {
			return p == habilitation.Manage
		})

		d.emit(ManagerRelieved{Account: from, By: by, At: d.at, Grants: given(nil, keeps, by, d.at), To: id})
	}

	if row, _ := d.roster.Row(Key{Account: id}); row.Wish.Open() { // everything comes with the role
		d.emit(ProfilesWithdrawn{Key: row.Key, At: d.at})
	}

	d.emit(ManagerNamed{Account: id, By: by, At: d.at, From: from, Waiting: len(d.roster.Queue) > 0})
}

// contest is somebody who waits or was refused, and doubts the claimant or main manager (rule D12).
func (d *decision) contest(c ContestStanding) error {
	row := d.contester(c.By.ID)
	reason, fine := Comment(c.Reason)
	_, exists := d.facts.Accounts[c.By.ID]

	switch {
	case c.By.Kind != account.ActorAccount || exists && !d.facts.active(c.By.ID):
		return d.refusal(row.Key, ErrAccountInactive)
	case row.State != Requested && row.State != Refused, c.By.Is(d.roster.Holder):
		return d.refusal(row.Key, ErrNoRequest)
	case d.facts.Structure.Successor != "":
		return d.refusal(row.Key, ErrReplaced)
	case d.roster.Holder == "":
		return d.refusal(row.Key, ErrUnclaimed)
	case !fine || reason == "":
		return d.refusal(row.Key, ErrComment)
	case !row.Contested.IsZero():
		return d.refusal(row.Key, ErrContested)
	}

	d.emit(StandingContested{Key: row.Key, At: d.at, Reason: reason})

	return nil
}

// contester returns the row by which somebody may contest: an open request before one that was refused.
func (d *decision) contester(id account.ID) Attachment {
	rows := d.roster.RowsOf(id)

	for _, state := range []State{Requested, Refused} {
		if i := slices.IndexFunc(rows, func(a Attachment) bool { return a.State == state }); i >= 0 {
			return rows[i]
		}
	}

	return Attachment{Key: Key{Account: id}}
}

func (d *decision) freeze(c Freeze) error {
	if err := d.contested(c.By); err != nil {
		return err
	}

	if d.roster.Standing != Managed {
		return d.refusal(Key{Account: d.roster.Holder}, ErrNoManager)
	}

	if !d.roster.Contest.Frozen {
		d.emit(StandingFrozen{Account: d.roster.Holder, By: c.By, At: d.at})
	}

	return nil
}

func (d *decision) release(c Release) error {
	if err := d.contested(c.By); err != nil {
		return err
	}

	d.endContest(d.roster.Contest.Of, c.By, true)

	return nil
}

// contested refuses what only support may do, and only while somebody contests.
func (d *decision) contested(by account.Actor) error {
	key := Key{Account: d.roster.Holder}

	switch {
	case by.Kind != account.ActorSupport:
		return d.refusal(key, ErrNotSupport)
	case d.facts.Structure.Successor != "":
		return d.refusal(key, ErrReplaced)
	case d.roster.Contest.Since.IsZero():
		return d.refusal(key, ErrNotContested)
	default:
		return nil
	}
}

// endContest ends a contest, if there is one.
func (d *decision) endContest(of account.ID, by account.Actor, released bool) {
	if !d.roster.Contest.Since.IsZero() {
		d.emit(ContestEnded{Account: of, By: by, At: d.at, Released: released})
	}
}

// confirm leaves in place what a replaced manager had approved.
func (d *decision) confirm(c Confirm) error {
	key := Key{Account: c.Account, Service: c.Service}

	if err := d.manages(c.By, key, ActApprove); err != nil {
		return err
	}

	row, _ := d.roster.Row(key)
	review := d.roster.Review

	switch {
	case c.By.Is(c.Account):
		return d.refusal(key, ErrOwnRequest)
	case !row.State.present() || !row.Decision.Approved || review.Of == "" || !row.Decision.By.Is(review.Of) ||
		row.Decision.At.After(review.Until):
		return d.refusal(key, ErrNoReview)
	case c.By.Is(review.Of):
		return d.refusal(key, ErrNotDecider)
	}

	d.emit(AttachmentConfirmed{Key: key, By: c.By, At: d.at})

	return nil
}
