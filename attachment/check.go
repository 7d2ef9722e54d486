package attachment

import (
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
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

		if err := r.checkRow(row); err != nil {
			return err
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

	if err := r.checkContest(); err != nil {
		return err
	}

	return r.checkStanding(claims, attached)
}

// checkRow looks at what a row carries in its state: profiles and wishes are for attachments, Organisation's at structure level
// only, and the main manager's come with the role (rules D3 and E3); reminders are of what waits (rule D10).
func (r Roster) checkRow(row Attachment) error {
	_, _, waits := row.Asked()
	manager := r.Standing == Managed && r.Holder == row.Account && row.Service == ""

	switch {
	case !row.State.present() && (len(row.Grants) > 0 || row.Wish.Open()):
		return fmt.Errorf("%w: %s has profiles while %s", ErrBroken, row.Account, row.State)
	case manager && (len(row.Grants) > 0 || row.Wish.Open()):
		return fmt.Errorf("%w: main manager %s has profiles besides those of the role", ErrBroken, row.Account)
	case !waits && !row.Remind.IsZero():
		return fmt.Errorf("%w: %s is reminded of while nothing waits", ErrBroken, row.Account)
	}

	for i, g := range row.Grants {
		switch {
		case g.Profile.Application == habilitation.Organisation && row.Service != "":
			return fmt.Errorf("%w: %s has %s at service %q", ErrBroken, row.Account, g.Profile, row.Service)
		case i > 0 && row.Grants[i-1].Profile.Compare(g.Profile) >= 0:
			return fmt.Errorf("%w: the profiles of %s are not sorted, or one is there twice", ErrBroken, row.Account)
		}
	}

	return nil
}

// checkContest: what is frozen is contested.
func (r Roster) checkContest() error {
	if open := !r.Contest.Since.IsZero(); open != (r.Contest.By != "") || r.Contest.Frozen && !open {
		return fmt.Errorf("%w: contest %+v", ErrBroken, r.Contest)
	}

	return nil
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
