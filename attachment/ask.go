package attachment

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// maxComment is the longest comment or reason, in characters (rule D4; the guide gives no figure: ours).
const maxComment = 1000

func (d *decision) register(c Register) error {
	key := Key{Account: c.By.ID}

	if c.By.Kind != account.ActorAccount || !d.facts.waiting(c.By.ID, d.at) {
		return d.refusal(key, ErrNotRegistrant)
	}

	row := d.roster.Registered(c.By.ID)
	earlier, _ := d.roster.Row(Key{Account: c.Earlier})

	switch {
	case d.facts.Structure.Successor != "":
		return d.refusal(key, ErrReplaced)
	case len(d.roster.RowsOf(c.By.ID)) > 0 && !row.State.Open(): // ended just now: its time was over
		return d.refusal(key, ErrNotRegistrant)
	case row.State.Open(), c.Earlier != "" && earlier.State.Open():
		return d.refusal(key, ErrOpen)
	case c.Details == nil && !d.roster.Standing.Known():
		return d.refusal(key, ErrDetails)
	}

	if d.roster.Standing != Unclaimed {
		return d.ask(RequestMade{
			Key: key, Due: d.facts.due(c.By.ID, d.at), Repeat: c.Repeat, Details: d.needed(c.Details),
		})
	}

	if err := d.possible(key, EventClaim); err != nil {
		return err
	}

	d.emit(ClaimBegan{
		Account: c.By.ID, Order: d.order(), Requested: d.at, At: d.at,
		Until: d.facts.claimEnds(c.By.ID, d.at), Details: c.Details,
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
	case !fine || comment == "" && !c.New:
		return d.refusal(key, ErrComment)
	case d.facts.Structure.Successor != "":
		return d.refusal(key, ErrReplaced)
	case d.roster.Standing == Unclaimed:
		return d.refusal(key, ErrUnclaimed)
	case !known && c.Details == nil:
		return d.refusal(key, ErrDetails)
	}

	for _, code := range c.services() {
		if code == "" && len(c.More) > 0 { // the whole structure, and a part of it
			return d.refusal(key, ErrServiceUnknown)
		}

		key.Service = code

		if err := d.service(key); err != nil {
			return err
		}

		row, _ := d.roster.Row(key)

		if err := d.ask(RequestMade{
			Key: key, Comment: comment, Repeat: row.Decision.repeats(d.facts.Policy, d.at), Details: d.needed(c.Details),
		}); err != nil {
			return err
		}
	}

	return nil
}

// services returns what the request is for, each once, in order.
func (c Request) services() []structure.Code {
	out := append([]structure.Code{c.Service}, c.More...)
	slices.Sort(out)

	return slices.Compact(out)
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
	if !c.Repeat { // nobody is mailed about it (rule B6)
		c.Remind = reminder(d.facts.Policy, d.at, Attachment{}, d.at)
	}

	d.emit(c)

	return nil
}

func (d *decision) withdraw(c Withdraw) error {
	key := Key{Account: c.By.ID, Service: c.Service}

	if c.By.Kind != account.ActorAccount {
		return d.refusal(key, ErrNoRequest)
	}

	if _, exists := d.facts.Accounts[c.By.ID]; exists && !d.facts.active(c.By.ID) {
		return d.refusal(key, ErrAccountInactive)
	}

	if c.Wish {
		return d.withdrawWish(key)
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
