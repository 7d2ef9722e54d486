package attachment

import (
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account"
)

// Decide returns what follows from a command at a time, in order, or an [*Error] that names what refused it; then
// nothing follows, not even what was due. No changes and no error means: nothing to do. What the rules allow, the guards may
// refuse.
func Decide(r Roster, f Facts, c Command, at time.Time, guards ...Guard) ([]Change, error) {
	if c == nil {
		return nil, &Error{Err: ErrCommand}
	}

	d := decision{roster: r.Clone(), facts: f, at: at}

	d.settle(c.Accounts())

	settled := d.roster
	if len(guards) > 0 {
		settled = settled.Clone()
	}

	if err := d.command(c); err != nil {
		return nil, err
	}

	for _, guard := range guards {
		if err := guard.ask(settled, f, c, at); err != nil {
			return nil, err
		}
	}

	return d.changes, nil
}

// Guard is a rule that an application adds to those of this package: it refuses a command, by an error that says why, or returns
// nil. It is pure, like they are: it is asked about the roster as it is before the command, once what is due is applied, and
// may be asked several times. It is a slice of the whole roster, see the package comment.
//
// A guard is asked about what the rules allow; not about what the system does by itself, and not about a [Depart] that is a
// part of closing an account. Asked about a [Register], it should look at the structure and the registration only: whether the
// address has an account must not show (rule B14).
type Guard func(r Roster, f Facts, c Command, at time.Time) error

func (g Guard) ask(r Roster, f Facts, c Command, at time.Time) error {
	if departs, ok := c.(Depart); ok && !departs.Asked || c.Actor().Kind == account.ActorSystem {
		return nil
	}

	if err := g(r, f, c, at); err != nil {
		return &Error{Key: Key{Account: c.Actor().ID}, Err: ErrGuarded, Cause: err}
	}

	return nil
}

// decision is a Decide under way: the roster as the changes so far leave it.
type decision struct {
	roster  Roster
	facts   Facts
	at      time.Time
	changes []Change
}

func (d *decision) emit(c Change) {
	d.changes = append(d.changes, c)
	d.roster.apply(c)

	// Whoever succeeded just now may decide in the same go: profiles start from what their structure has open.
	if named, ok := c.(ManagerNamed); ok && named.Details != nil {
		d.facts.Structure = d.facts.Structure.Describe(*named.Details)
	}
}

func (d *decision) command(command Command) error {
	switch c := command.(type) {
	case Register:
		return d.register(c)
	case Create:
		return d.create(c)
	case Adopt:
		return d.adopt(c)
	case Request:
		return d.request(c)
	case Withdraw:
		return d.withdraw(c)
	case Approve:
		return d.approve(c)
	case Refuse:
		return d.refuse(c)
	case Depart:
		return d.depart(c)
	case Activate:
		return d.activate(c)
	case Attach:
		return d.attachUser(c)
	case Detach:
		return d.detach(c)
	case Leave:
		return d.leave(c)
	case Suspend:
		return d.suspend(c)
	case Resume:
		return d.resume(c)
	case Arrive:
		return d.arrive(c)
	case HandOver:
		return d.handOver(c)
	case Appoint:
		return d.appoint(c)
	case ContestStanding:
		return d.contest(c)
	case Freeze:
		return d.freeze(c)
	case Release:
		return d.release(c)
	case Confirm:
		return d.confirm(c)
	case AwaitProof:
		return d.awaitProof(c)
	case RefuseProof:
		return d.refuseProof(c)
	case GrantProfiles:
		return d.grant(c)
	case RevokeProfiles:
		return d.revoke(c)
	case CopyProfiles:
		return d.copyProfiles(c)
	case RequestProfiles:
		return d.requestProfiles(c)
	case DropProfiles:
		return d.dropProfiles(c)
	case Remind:
		d.remind(c)

		return nil
	case Mailed:
		d.mailed(c)

		return nil
	case Settle:
		return nil
	}

	return &Error{Err: ErrCommand}
}

// settle applies what is due: open rows of the accounts concerned, then the claim (rules B11 and D1).
func (d *decision) settle(accounts []account.ID) {
	for _, id := range accounts {
		for _, row := range d.roster.RowsOf(id) {
			if row.over(d.at) {
				d.emit(TimeOver{Key: row.Key, At: d.at, Was: row.State})
			}
		}
	}

	switch {
	case d.roster.Standing == InClaim && !d.at.Before(d.roster.Claim.Term):
		holder := Key{Account: d.roster.Holder}
		d.emit(TimeOver{Key: holder, At: d.at, Was: Claimed})
		d.succeed(holder.Account)
	case d.roster.Standing == Unclaimed && len(d.roster.Queue) > 0:
		d.succeed("")
	}
}

// succeed gives the structure to the oldest open request at structure level: an active account becomes main manager
// at once, a registration becomes the claim; with none, the structure is unclaimed (rule D1). last is whose claim
// ended.
func (d *decision) succeed(last account.ID) {
	d.endContest(last, account.System(), false)

	for len(d.roster.Queue) > 0 {
		next := d.roster.Queue[0]
		d.roster.Queue = d.roster.Queue[1:]

		row, _ := d.roster.Row(Key{Account: next})
		if row.State != Requested || row.over(d.at) || !d.facts.canSucceed(next, d.at) {
			continue
		}

		if d.facts.active(next) {
			// Nobody was ever attached to a structure that is only claimed, so that nothing suspended is in the way.
			d.lead(row.Key, account.System(), row.Details)
		} else {
			d.emit(ClaimBegan{
				Account: next, Order: row.Order, Requested: row.RequestedAt, At: d.at,
				Until: d.facts.claimEnds(next, d.at), Succeeded: true, Details: row.Details,
			})
		}

		return
	}

	d.emit(NobodyLeft{Account: last, At: d.at})
}

// possible asks the table whether the row takes an event.
func (d *decision) possible(key Key, e Event) error {
	row, _ := d.roster.Row(key)

	_, err := row.State.next(e)
	if err == nil {
		return nil
	}

	if errors.Is(err, ErrDecided) {
		return &Error{Key: key, Err: err, By: row.Decision.By, At: row.Decision.At}
	}

	return d.refusal(key, err)
}

func (d *decision) refusal(key Key, err error) error { return &Error{Key: key, Err: err} }

func (d *decision) holdsClaim(id account.ID) bool {
	return d.roster.Standing == InClaim && d.roster.Holder == id
}
