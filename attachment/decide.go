package attachment

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// maxComment is the longest comment or reason, in characters (rule D4; the guide gives no figure: ours).
const maxComment = 1000

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
}

func (d *decision) command(command Command) error {
	switch c := command.(type) {
	case Register:
		return d.register(c)
	case Request:
		return d.request(c)
	case Withdraw:
		return d.withdraw(c)
	case Approve:
		return d.approve(c)
	case Refuse:
		return d.refuse(c)
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
		if row.State != Requested || row.over(d.at) || !d.facts.canSucceed(next) {
			continue
		}

		if d.facts.active(next) {
			// Nobody was ever attached to a structure that is only claimed, so that nothing suspended is in the way.
			d.lead(row.Key, account.System(), row.Details)
		} else {
			d.emit(ClaimBegan{
				Account: next, Order: row.Order, Requested: row.RequestedAt, At: d.at,
				Until: d.at.Add(d.facts.Policy.ClaimMax), Succeeded: true, Details: row.Details,
			})
		}

		return
	}

	d.emit(NobodyLeft{Account: last, At: d.at})
}

func (d *decision) register(c Register) error {
	key := Key{Account: c.By.ID}

	if c.By.Kind != account.ActorAccount || !d.facts.waiting(c.By.ID) {
		return d.refusal(key, ErrNotRegistrant)
	}

	row, again := d.roster.Row(key)
	earlier, _ := d.roster.Row(Key{Account: c.Earlier})

	switch {
	case again && !row.State.Open(): // ended just now: its time was over
		return d.refusal(key, ErrNotRegistrant)
	case c.Earlier != "" && earlier.State.Open():
		return d.refusal(key, ErrOpen)
	case c.Details == nil && !d.roster.Standing.Known():
		return d.refusal(key, ErrDetails)
	}

	if d.roster.Standing != Unclaimed {
		return d.ask(RequestMade{
			Key: key, Due: d.at.Add(d.facts.Policy.RequestLife), Repeat: c.Repeat, Details: d.needed(c.Details),
		})
	}

	if err := d.possible(key, EventClaim); err != nil {
		return err
	}

	d.emit(ClaimBegan{
		Account: c.By.ID, Order: d.order(), Requested: d.at, At: d.at,
		Until: d.at.Add(d.facts.Policy.ClaimMax), Details: c.Details,
	})

	return nil
}

func (d *decision) request(c Request) error {
	key := Key{Account: c.By.ID, Service: c.Service}
	known := d.roster.Standing.Known()
	comment, fine := Comment(c.Comment)

	switch {
	case c.By.Kind != account.ActorAccount || !d.facts.active(c.By.ID):
		return d.refusal(key, ErrAccountInactive)
	case !fine || comment == "":
		return d.refusal(key, ErrComment)
	case d.roster.Standing == Unclaimed:
		return d.refusal(key, ErrUnclaimed)
	case !known && c.Details == nil:
		return d.refusal(key, ErrDetails)
	}

	if err := d.service(key); err != nil {
		return err
	}

	return d.ask(RequestMade{Key: key, Comment: comment, Details: d.needed(c.Details)})
}

// service tells whether a request to the service is possible: only an active one can be asked for (rule C6), and
// whoever is attached at structure level has it already (rule D9).
func (d *decision) service(key Key) error {
	if key.Service == "" {
		return nil
	}

	service, exists := d.facts.Services[key.Service]
	whole, _ := d.roster.Row(Key{Account: key.Account})

	switch {
	case !exists || !d.roster.Standing.Known():
		return d.refusal(key, ErrServiceUnknown)
	case !service.ActiveAt(d.at):
		return d.refusal(key, ErrServiceInactive)
	case whole.State.present():
		return d.refusal(key, ErrAttached)
	default:
		return nil
	}
}

// ask makes a request that everything but the row's own state allows.
func (d *decision) ask(c RequestMade) error {
	if err := d.possible(c.Key, EventRequest); err != nil {
		return err
	}

	c.Order, c.At = d.order(), d.at
	d.emit(c)

	return nil
}

func (d *decision) withdraw(c Withdraw) error {
	key := Key{Account: c.By.ID, Service: c.Service}

	if c.By.Kind != account.ActorAccount {
		return d.refusal(key, ErrNoRequest)
	}

	if err := d.possible(key, EventWithdraw); err != nil {
		return err
	}

	claim := d.holdsClaim(c.By.ID)

	d.emit(RequestWithdrawn{Key: key, At: d.at})

	if claim && c.Service == "" {
		d.succeed(c.By.ID)
	}

	return nil
}

func (d *decision) approve(c Approve) error {
	key := Key{Account: c.Account, Service: c.Service}

	row, err := d.decidable(c.By, key, c.Order, EventApprove)
	if err != nil {
		return err
	}

	if d.facts.waiting(row.Account) {
		d.emit(RequestApproved{Key: key, By: c.By, At: d.at, Due: d.at.Add(d.facts.Policy.ActivationLife)})

		return nil
	}

	if err := d.unsuspended(key); err != nil {
		return err
	}

	d.attach(key, c.By, true)

	return nil
}

func (d *decision) refuse(c Refuse) error {
	key := Key{Account: c.Account, Service: c.Service}

	if _, err := d.decidable(c.By, key, c.Order, EventRefuse); err != nil {
		return err
	}

	reason, fine := Comment(c.Reason)
	if !fine {
		return d.refusal(key, ErrComment)
	}

	claim := d.holdsClaim(c.Account)

	d.emit(RequestRefused{Key: key, By: c.By, At: d.at, Reason: reason})

	if claim {
		d.succeed(c.Account)
	}

	return nil
}

// decidable checks, in this order, that the actor may decide here (rule D5), that the request is not their own, and
// that there is one that has not been decided: only deciders learn what became of a request.
func (d *decision) decidable(by account.Actor, key Key, order int64, e Event) (Attachment, error) {
	row, _ := d.roster.Row(key)

	if err := d.decider(by, row, e); err != nil {
		return Attachment{}, &Error{Key: key, Err: errNotDecider(err), Cause: err}
	}

	if by.Is(key.Account) {
		return Attachment{}, d.refusal(key, ErrOwnRequest)
	}

	if order != 0 && row.State == Requested && row.Order != order {
		return Attachment{}, &Error{Key: key, Err: ErrDecided, By: row.Decision.By, At: row.Decision.At}
	}

	return row, d.possible(key, e)
}

// decider tells whether the actor may decide on a request: whoever holds Organisation/modification here, and support
// while nobody can (rules D5 and D6). While there is only a claim nobody decides on what queues, and support may refuse
// the claim (rule D1). In an inactive structure refusing stays possible (rule C8); approvals wait (rule D4).
func (d *decision) decider(by account.Actor, row Attachment, e Event) error {
	standing := d.roster.Standing
	scope := habilitation.Scope{Structure: d.roster.Structure}

	switch by.Kind {
	case account.ActorSupport:
		manager := d.facts.Accounts[d.roster.Holder].State
		if standing == Managed && manager == account.Active {
			return ErrNotDecider
		}

		if !standing.Known() && e == EventApprove || standing == InClaim && row.State == Requested {
			return ErrNoManager
		}

		if e == EventApprove && d.facts.Structure.Status != structure.Active {
			return &habilitation.Denied{Scope: scope, Profile: habilitation.Manage, Err: habilitation.ErrStructureInactive}
		}

		return nil
	case account.ActorAccount:
		if !standing.Known() {
			return ErrNoManager
		}

		facts := d.facts
		if e == EventRefuse {
			facts.Structure.Status = structure.Active
		}

		return d.roster.Rights(facts, by.ID, d.at).Check(d.at, scope, habilitation.Manage)
	case account.ActorSystem:
		return ErrNotDecider
	default:
		return ErrNotDecider
	}
}

// errNotDecider is the sentinel that a decider's refusal is told under.
func errNotDecider(cause error) error {
	if errors.Is(cause, ErrNoManager) {
		return ErrNoManager
	}

	return ErrNotDecider
}

func (d *decision) activate(c Activate) error {
	key := Key{Account: c.By.ID}
	row, _ := d.roster.Row(key)

	switch {
	case c.By.Kind != account.ActorAccount || !d.facts.waiting(c.By.ID):
		return d.refusal(key, ErrNotRegistrant)
	case row.State == Requested:
		return d.refusal(key, ErrNotApproved)
	}

	if err := d.possible(key, EventAttach); err != nil {
		return err
	}

	if d.holdsClaim(c.By.ID) {
		d.lead(key, c.By, row.Details)

		return nil
	}

	d.attach(key, row.Decision.By, false)

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

// attach makes a row an attachment with the default profiles (rule E3).
func (d *decision) attach(key Key, by account.Actor, approved bool) {
	d.absorb(key, by)

	profiles := habilitation.Defaults(d.facts.Structure.Applications, key.Service)

	grants := make([]Grant, 0, len(profiles))
	for _, p := range profiles {
		grants = append(grants, Grant{Profile: p, By: by, At: d.at})
	}

	d.emit(UserAttached{Key: key, By: by, At: d.at, Approved: approved, Grants: grants})
}

// lead attaches an account as the main manager, whose profiles come with the role and are no grants (rule E3).
func (d *decision) lead(key Key, by account.Actor, details *structure.Details) {
	d.absorb(key, by)
	d.emit(UserAttached{Key: key, By: by, At: d.at})
	d.emit(ManagerNamed{Account: key.Account, At: d.at, Details: details, Waiting: len(d.roster.Queue) > 0})
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

// order is the place in the queue of what this decision asks for: the version that the roster will have.
func (d *decision) order() int64 { return d.roster.Version + 1 }

// needed keeps typed data only while the structure has none (rule B1).
func (d *decision) needed(details *structure.Details) *structure.Details {
	if d.roster.Standing.Known() {
		return nil
	}

	return details
}

// Comment cleans a comment or a reason: trimmed, valid UTF-8, at most 1000 characters, no control characters but line
// breaks and tabs. ok is false for what cannot be kept.
func Comment(s string) (clean string, ok bool) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))

	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxComment {
		return "", false
	}

	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return "", false
		}
	}

	return s, true
}
