package attachment

import (
	"fmt"

	"github.com/guichet-pro/guichet/account"
)

// Check tells whether a whole roster keeps what no command may ever break (rule D2 and the table of states). The
// error says which sentence is broken. Storage suites and property tests call it after every step; a slice fails it.
func Check(r Roster) error {
	var claims, attached int

	seen := map[Key]bool{}

	for _, row := range r.Rows {
		if seen[row.Key] {
			return fmt.Errorf("%w: account %s has two rows at service %q", ErrBroken, row.Account, row.Service)
		}

		seen[row.Key] = true

		switch {
		case row.State == 0:
			return fmt.Errorf("%w: the row of %s has no state", ErrBroken, row.Account)
		case row.State == Claimed:
			claims++
		case row.State.present():
			attached++
		}

		if !row.State.present() && len(row.Grants) > 0 {
			return fmt.Errorf("%w: %s has grants while %s", ErrBroken, row.Account, row.State)
		}
	}

	if attached != r.Attached {
		return fmt.Errorf("%w: %d rows are attached, the roster says %d", ErrBroken, attached, r.Attached)
	}

	for _, row := range r.Rows {
		if row.Service != "" && row.State.present() && r.state(row.Account).present() {
			return fmt.Errorf("%w: %s is attached at structure level and to a service", ErrBroken, row.Account)
		}
	}

	return r.checkStanding(claims, attached)
}

func (r Roster) checkStanding(claims, attached int) error {
	switch r.Standing {
	case Unclaimed, InClaim:
		if attached > 0 {
			return fmt.Errorf("%w: %d attached although %s", ErrBroken, attached, r.Standing)
		}
	case Managed, Vacant:
	default:
		return fmt.Errorf("%w: standing %d does not exist", ErrBroken, r.Standing)
	}

	holder := r.Standing == InClaim || r.Standing == Managed

	switch {
	case holder != (r.Holder != ""):
		return fmt.Errorf("%w: %s with holder %q", ErrBroken, r.Standing, r.Holder)
	case r.Standing == InClaim && (claims != 1 || r.state(r.Holder) != Claimed):
		return fmt.Errorf("%w: claimed by %s, with %d claims", ErrBroken, r.Holder, claims)
	case r.Standing != InClaim && claims > 0:
		return fmt.Errorf("%w: %d claims although %s", ErrBroken, claims, r.Standing)
	case r.Standing == Managed && r.state(r.Holder) != Attached:
		return fmt.Errorf("%w: main manager %s is %q", ErrBroken, r.Holder, r.state(r.Holder))
	default:
		return nil
	}
}

// state returns the state of an account's row at structure level.
func (r Roster) state(id account.ID) State {
	row, _ := r.Row(Key{Account: id})

	return row.State
}
