package attachment

import (
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account"
)

// Decide returns what follows from a command at a time, in order, or an [*Error] that names what refused it; then
// nothing follows, not even what was due. No changes and no error means: nothing to do.
func Decide(r Roster, f Facts, c Command, at time.Time) ([]Change, error) {
	d := decision{roster: r.Clone(), facts: f, at: at}

	d.settle(c.Accounts())

	if err := d.command(c); err != nil {
		return nil, err
	}

	return d.changes, nil
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
