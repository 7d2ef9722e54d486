package attachmenttest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// All returns a check that asks several, and returns the first fault.
func All(checks ...func(Step) error) func(Step) error {
	return func(s Step) error {
		for _, check := range checks {
			if err := check(s); err != nil {
				return err
			}
		}

		return nil
	}
}

// Whole is [attachment.Check] after a step.
func Whole(s Step) error {
	if len(s.Changes) == 0 {
		return nil
	}

	return attachment.Check(s.After.Roster)
}

// D2 checks the standing of a structure: exactly one claim while it is claimed, exactly one main manager while it is managed, and
// from the first activation on it is managed or vacant.
func D2(s Step) error {
	if len(s.Changes) == 0 {
		return nil
	}

	before, after := s.Before.Roster, s.After.Roster

	claims := 0
	for _, row := range after.Rows {
		if row.State == attachment.Claimed {
			claims++
		}
	}

	holder, _ := after.Row(attachment.Key{Account: after.Holder})

	switch {
	case known(before) && !known(after):
		return fmt.Errorf("D2: the structure was %s, and is %s", before.Standing, after.Standing)
	case after.Standing == attachment.Managed && (holder.State != attachment.Attached || claims != 0):
		return fmt.Errorf("D2: managed by %q, who is %q, with %d claims", after.Holder, holder.State, claims)
	case after.Standing == attachment.InClaim && (holder.State != attachment.Claimed || claims != 1):
		return fmt.Errorf("D2: claimed by %q, who is %q, with %d claims", after.Holder, holder.State, claims)
	case (after.Standing == attachment.Unclaimed || after.Standing == attachment.Vacant) && (after.Holder != "" || claims != 0):
		return fmt.Errorf("D2: %s, with holder %q and %d claims", after.Standing, after.Holder, claims)
	default:
		return nil
	}
}

func known(r attachment.Roster) bool {
	return r.Standing == attachment.Managed || r.Standing == attachment.Vacant
}

// D5 checks decisions on requests and wishes: whoever may decide can, nobody else and nobody on their own, and each is decided
// once: whoever comes second is refused, and a decider is told who decided and when.
func D5(s Step) error {
	d, ok := decisionOf(s.Command)
	if !ok || errors.Is(s.Err, attachment.ErrGuarded) {
		return nil
	}

	w, err := settled(s)
	if err != nil {
		return err
	}

	row, _ := w.Roster.Row(d.key)
	may := d.may(w, s.Command.Actor(), row)

	switch {
	case s.Err == nil && s.Command.Actor().Is(d.key.Account):
		return fmt.Errorf("D5: %s decided on their own", d.key.Account)
	case s.Err == nil && !may:
		return fmt.Errorf("D5: %s may not decide", s.Command.Actor())
	case s.Err == nil && !d.waits(row):
		return fmt.Errorf("D5: there was nothing to decide on: %s", row.State)
	case may && (errors.Is(s.Err, attachment.ErrNotDecider) || errors.Is(s.Err, attachment.ErrNoManager)):
		return fmt.Errorf("D5: %s may decide, and is told: %w", s.Command.Actor(), s.Err)
	case s.Err == nil:
		return d.once(s, row)
	default:
		return nil
	}
}

// verdict is a command that decides.
type verdict struct {
	key      attachment.Key
	wish     bool
	approves bool
}

func decisionOf(command attachment.Command) (verdict, bool) {
	switch c := command.(type) { //nolint:gochecksumtype // those that decide
	case attachment.Approve:
		return verdict{attachment.Key{Account: c.Account, Service: c.Service}, c.Wish, true}, true
	case attachment.Refuse:
		return verdict{attachment.Key{Account: c.Account, Service: c.Service}, c.Wish, false}, true
	default:
		return verdict{}, false
	}
}

// may tells whether somebody may decide; of a wish only where there are users.
func (d verdict) may(w World, by account.Actor, row attachment.Attachment) bool {
	return mayDecide(w, by, row, d.approves) && (!d.wish || known(w.Roster))
}

// waits tells whether there is something to decide on; a claim is support's to refuse.
func (d verdict) waits(row attachment.Attachment) bool {
	if d.wish {
		return row.Wish.Open()
	}

	return row.State == attachment.Requested || row.State == attachment.Claimed && !d.approves
}

// once gives the same decision, and the other one, again: by everybody.
func (d verdict) once(s Step, row attachment.Attachment) error {
	order := row.Order
	if d.wish {
		order = row.Wish.Order
	}

	after, _ := s.After.Roster.Row(d.key)

	for _, by := range append(everybody(s.After), account.Support("second")) {
		for _, again := range []attachment.Command{
			attachment.Approve{By: by, Account: d.key.Account, Service: d.key.Service, Wish: d.wish, Order: order},
			attachment.Refuse{By: by, Account: d.key.Account, Service: d.key.Service, Wish: d.wish, Order: order},
		} {
			second, _ := decisionOf(again)
			_, err := attachment.Decide(s.After.Roster, s.After.Facts, again, s.After.Now)
			told, _ := errors.AsType[*attachment.Error](err)

			switch {
			case err == nil:
				return fmt.Errorf("D5: the same request was decided again: %s", again)
			case by.Is(d.key.Account) || !second.may(s.After, by, after):
			case !errors.Is(err, attachment.ErrDecided) || told.By != s.Command.Actor() || !told.At.Equal(s.Before.Now):
				return fmt.Errorf("D5: %s is told %w by %q at %s", again, err, told.By, told.At)
			}
		}
	}

	return nil
}

// everybody are all people as actors.
func everybody(w World) []account.Actor {
	var out []account.Actor
	for id := range w.Facts.Accounts {
		out = append(out, account.By(id))
	}

	for id := range w.Facts.Registrations {
		if _, exists := w.Facts.Accounts[id]; !exists {
			out = append(out, account.By(id))
		}
	}

	return out
}

// mayDecide is who decides on a row: in a structure that is known, whoever holds Organisation/modification, or support while
// nobody does whose account is active; on a claim, and on what is left of one, support may say no.
func mayDecide(w World, by account.Actor, row attachment.Attachment, approve bool) bool {
	manage := func(id account.ID) bool {
		if !approve {
			w.Facts.Structure.Status = structure.Active // rule C8: refusing stays possible
		}

		return holds(w, id, habilitation.Scope{Structure: w.Roster.Structure}, habilitation.Manage)
	}

	switch {
	case w.Facts.Structure.Successor != "" && approve:
		return false
	case by.Kind == account.ActorAccount:
		return known(w.Roster) && manage(by.ID)
	case by.Kind != account.ActorSupport:
		return false
	case !known(w.Roster):
		return !approve && (w.Roster.Standing == attachment.Unclaimed || row.State != attachment.Requested)
	case approve && w.Facts.Structure.Status != structure.Active:
		return false
	default:
		return nobodyDecides(w)
	}
}

// nobodyDecides tells whether no active account holds Organisation/modification, as far as the structure's own state goes.
func nobodyDecides(w World) bool {
	w.Facts.Structure.Status = structure.Active

	return !slices.ContainsFunc(everybody(w), func(a account.Actor) bool {
		return holds(w, a.ID, habilitation.Scope{Structure: w.Roster.Structure}, habilitation.Manage)
	})
}

// D6 checks what cannot happen to a main manager, and who may follow: a hand-over goes to an active account attached at structure
// level, an appointment by support to any active account where nobody manages, or whoever does is not active, is unreachable or
// contested; the predecessor keeps every open profile but Organisation/modification; and only a manager who is alone, invitations
// counted, leaves the structure vacant.
func D6(s Step) error {
	if errors.Is(s.Err, attachment.ErrGuarded) {
		return nil
	}

	w, err := settled(s)
	if err != nil {
		return err
	}

	allowed, why := followable(w, s.Command)
	if done := s.Err == nil; why != "" && done != allowed {
		return fmt.Errorf("D6: allowed: %t, since %s; and the answer is %w", allowed, why, orDone(s.Err))
	}

	if s.Err != nil || w.Roster.Standing != attachment.Managed {
		return nil //nolint:nilerr // a refusal is no fault
	}

	before, after := w.Roster.Holder, s.After.Roster
	row, _ := after.Row(attachment.Key{Account: before})

	switch {
	case after.Standing == attachment.Managed && after.Holder == before:
		if row.State != attachment.Attached {
			return fmt.Errorf("D6: main manager %s is %s", before, row.State)
		}
	case why == "":
		return fmt.Errorf("D6: main manager %s is one no more", before)
	case after.Standing == attachment.Managed:
		return kept(w, row)
	}

	return nil
}

// errDone stands for a command that was not refused.
var errDone = errors.New("done")

func orDone(err error) error {
	if err == nil {
		return errDone
	}

	return err
}

// followable tells whether a command that ends a main manager's standing is allowed, and why; why is "" for any other command.
func followable(w World, command attachment.Command) (allowed bool, why string) {
	managed := w.Roster.Standing == attachment.Managed
	holder := w.Roster.Holder

	switch c := command.(type) { //nolint:gochecksumtype // those by which somebody else manages
	case attachment.HandOver:
		to, _ := w.Roster.Row(attachment.Key{Account: c.To})
		allowed = managed && c.By.Is(holder) && active(w, holder) && c.To != holder &&
			to.State == attachment.Attached && active(w, c.To) && !w.Roster.Contest.Frozen

		return allowed, fmt.Sprintf("the successor is %q, active: %t", to.State, active(w, c.To))
	case attachment.Appoint:
		suspended := slices.ContainsFunc(w.Roster.RowsOf(c.Account), func(a attachment.Attachment) bool {
			return a.State == attachment.Suspended
		})
		free := w.Roster.Standing == attachment.Vacant ||
			managed && (!active(w, holder) || c.Unreachable || !w.Roster.Contest.Since.IsZero())
		allowed = c.By.Kind == account.ActorSupport && free && active(w, c.Account) && !suspended &&
			(!managed || c.Account != holder)

		return allowed, fmt.Sprintf("free: %t, the appointee active: %t, suspended: %t", free, active(w, c.Account), suspended)
	case attachment.Depart:
		if !managed || c.Account != holder {
			return false, ""
		}

		others := slices.ContainsFunc(w.Roster.Rows, func(a attachment.Attachment) bool {
			invited := a.State == attachment.Approved && a.Invited != "" && (a.Due.IsZero() || w.Now.Before(a.Due))

			return a.Account != holder && (a.State == attachment.Attached || a.State == attachment.Suspended || invited)
		})
		allowed = c.Vacant && !others && (c.By.Is(holder) || c.By.Kind == account.ActorSupport)

		return allowed, fmt.Sprintf("others: %t", others)
	default:
		return false, ""
	}
}

func active(w World, id account.ID) bool { return w.Facts.Accounts[id].State == account.Active }

// kept checks what a main manager keeps who is followed by another.
func kept(w World, row attachment.Attachment) error {
	for _, app := range w.Facts.Structure.Applications {
		for _, level := range habilitation.Levels() {
			p := habilitation.Profile{Application: app, Level: level}
			if granted(row, p) == (p == habilitation.Manage) {
				return fmt.Errorf("D6: %s, replaced, is %s and holds %s: %t", row.Account, row.State, p, granted(row, p))
			}
		}
	}

	if row.State != attachment.Attached {
		return fmt.Errorf("D6: %s, replaced, is %s", row.Account, row.State)
	}

	return nil
}

func granted(row attachment.Attachment, p habilitation.Profile) bool {
	return slices.ContainsFunc(row.Grants, func(g attachment.Grant) bool { return g.Profile == p })
}

// D8 checks that whoever was detached or suspended by a step has no right left by that attachment, that a new attachment starts
// from the defaults, as of now, and that one that is resumed has what it had.
func D8(s Step) error {
	for i, change := range s.Changes {
		key := change.Subject()
		row, _ := s.After.Roster.Row(key)

		switch c := change.(type) { //nolint:gochecksumtype // those that end or begin rights
		case attachment.UserDetached:
			if err := ended(s.After, row); err != nil {
				return err
			}

			if len(row.Grants) > 0 && row.State == attachment.Detached {
				return fmt.Errorf("D8: %s is detached and keeps %d profiles", key.Account, len(row.Grants))
			}
		case attachment.UserSuspended:
			if err := ended(s.After, row); err != nil {
				return err
			}
		case attachment.UserResumed:
			before, _ := s.Before.Roster.Row(key)
			if !slices.Equal(before.Grants, row.Grants) {
				return fmt.Errorf("D8: %s is resumed with other profiles", key.Account)
			}
		case attachment.UserAttached:
			leads := slices.ContainsFunc(s.Changes[i:], func(later attachment.Change) bool {
				named, ok := later.(attachment.ManagerNamed)

				return ok && named.Account == key.Account
			})

			if err := begins(s.After, c, leads); err != nil {
				return err
			}
		}
	}

	return nil
}

// ended checks that an account holds nothing by a row that is no attachment, or that is suspended. What was absorbed goes on
// at structure level.
func ended(w World, row attachment.Attachment) error {
	if row.State == attachment.Attached { // attached again in the same step
		return nil
	}

	whole, _ := w.Roster.Row(attachment.Key{Account: row.Account})
	rights := w.Roster.Rights(w.Facts, row.Account, w.Now)
	scope := habilitation.Scope{Structure: w.Roster.Structure, Service: row.Service}

	for _, p := range habilitation.All(w.Facts.Structure.Applications) {
		if err := rights.Check(w.Now, scope, p); err == nil && whole.State != attachment.Attached {
			return fmt.Errorf("D8: %s is %s at %q and may %s there", row.Account, row.State, row.Service, p)
		}
	}

	return nil
}

// begins checks the profiles of a new attachment: every open one but Organisation/modification, at a service none of
// Organisation's; the main manager's come with the role.
func begins(w World, c attachment.UserAttached, leads bool) error {
	for _, p := range habilitation.All(w.Facts.Structure.Applications) {
		organisation := p.Application == habilitation.Organisation
		want := !leads && p != habilitation.Manage && (c.Service == "" || !organisation)

		has := slices.ContainsFunc(c.Grants, func(g attachment.Grant) bool { return g.Profile == p })
		if has != want {
			return fmt.Errorf("D8: %s is attached at %q, and %s is given: %t", c.Account, c.Service, p, has)
		}
	}

	for _, g := range c.Grants {
		if !g.At.Equal(w.Now) || g.By != c.By {
			return fmt.Errorf("D8: %s is attached at %q with %s of %s by %s", c.Account, c.Service, g.Profile, g.At, g.By)
		}
	}

	return nil
}

// settled returns the world of a step once what is due has been applied, in which the rules speak of its command.
func settled(s Step) (World, error) {
	w := s.Before
	accounts := s.Command.Accounts()

	due := w.Roster.Standing == attachment.InClaim && !w.Now.Before(w.Roster.Claim.Term) ||
		w.Roster.Standing == attachment.Unclaimed && len(w.Roster.Queue) > 0 ||
		slices.ContainsFunc(w.Roster.Rows, func(row attachment.Attachment) bool {
			return !row.Due.IsZero() && !w.Now.Before(row.Due) && slices.Contains(accounts, row.Account)
		})
	if !due {
		return w, nil
	}

	for _, id := range append(slices.Clone(accounts), "") {
		var err error
		if w, _, err = w.Do(attachment.Settle{By: account.System(), Account: id}); err != nil {
			return w, fmt.Errorf("what is due is refused: %w", err)
		}
	}

	return w, nil
}
