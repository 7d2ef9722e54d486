package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// Why a message is dropped instead of sent.
const (
	dropEnded    = "the registration has ended"
	dropNobody   = "nobody may decide"
	dropDecided  = "the request is not open any more"
	dropNewer    = "a newer link was sent"
	dropReplaced = "another message took its place"
	dropAnswered = "what was asked for with the address has been answered"
	dropOwner    = "the address has an account, which this is not about"
	dropClosed   = "the account is closed"

	dropNobodyOwns = "the address is no account's"
	dropNothing    = "there was nothing to say"
	parkedUnheard  = "its sending never ended"
)

// lease is a message that this process may send for a while, or what became of it instead.
type lease struct {
	message  storage.Message // ID "" = it is not to be had
	until    time.Time       // the end of its link's life
	expanded bool
	more     bool // the expansion goes on
	dropped  bool
	parked   bool
}

// lease takes a message for this process.
func (p *Portal) lease(
	ctx context.Context, r storage.Reader, id string, before time.Time,
) (storage.Batch, lease, error) {
	at := p.at()

	m, err := r.Message(ctx, id)
	if present, err := found(err); !present || err != nil {
		return storage.Batch{}, lease{}, err
	}

	l := &leasing{p: p, r: r, m: m, at: at, before: before}

	switch {
	case m.State != storage.Queued || m.NotBefore.After(at):
		return storage.Batch{}, lease{}, nil
	case m.To == "":
		return l.expand(ctx)
	case isAsk(m):
		return l.take(storage.Batch{}, time.Time{})
	case m.Kind == mail.QuestionCleared:
		return l.clear(ctx)
	case m.Selector != "":
		return l.link(ctx)
	case m.Kind == mail.AddressUsed:
		return l.owner(ctx)
	}

	why, err := l.pointless(ctx)

	switch {
	case err != nil:
		return storage.Batch{}, lease{}, err
	case why != "":
		return l.drop(storage.Batch{}, why)
	default:
		return l.take(storage.Batch{}, time.Time{})
	}
}

// leasing is one message that is being taken.
type leasing struct {
	p      *Portal
	r      storage.Reader
	m      storage.Message
	at     time.Time
	before time.Time // when the delivery began: what is due then is sent by it
}

// take leases the message, with what the batch writes besides.
func (l *leasing) take(batch storage.Batch, until time.Time) (storage.Batch, lease, error) {
	m := l.m

	if m.Tries >= maxTries { // whose last outcome nobody could record: what ends its sender would be tried for ever
		m.State, m.Sealed, m.DoneAt, m.LastError = storage.Parked, nil, l.at, parkedUnheard

		return storage.Batch{Messages: []storage.Message{m}}, lease{parked: true}, nil
	}

	m.Tries++
	m.NotBefore = l.at.Add(leaseTime)
	batch.Messages = append(batch.Messages, m)
	m.Version++ // as the store has it after the batch

	return batch, lease{message: m, until: until}, nil
}

// drop ends a message that there is no point in sending, and leaves others in its place: what it said is gone, and to whom.
func (l *leasing) drop(batch storage.Batch, why string, instead ...storage.Message) (storage.Batch, lease, error) {
	m := l.m
	m.State, m.Sealed, m.Content, m.DoneAt, m.LastError = storage.Dropped, nil, mail.Content{}, l.at, why
	m.To = ""
	batch.Messages = append(append(batch.Messages, m), instead...)

	return batch, lease{dropped: true}, nil
}

// pointless returns why a message without link should not be sent any more; "" = it should.
func (l *leasing) pointless(ctx context.Context) (why string, err error) {
	if closed, err := l.closed(ctx); closed || err != nil {
		return dropClosed, err
	}

	switch l.m.Kind { //nolint:exhaustive // the others keep their point
	case mail.ClaimLapsed, mail.RequestLapsed, mail.Refused, mail.Detached: // an approval that was taken back
		strange, err := l.strange(ctx)
		if strange {
			why = dropOwner
		}

		return why, err
	}

	switch {
	case l.m.Kind.Audience() != mail.OnePerson:
		return l.elsewhere(ctx)
	case l.toSupport():
		slice, err := l.roster(ctx)
		if err == nil && l.decided(slice.Roster) {
			why = dropDecided
		}

		return why, err
	}

	return "", nil
}

// clear takes the message that says that a question is cleared: a day after it is out the question is not asked any more (rule
// B9). What it says of that is of the time when it is first tried: tried later, another takes its place.
func (l *leasing) clear(ctx context.Context) (storage.Batch, lease, error) {
	kept, err := l.r.Credential(ctx, l.m.Account)

	switch present, err := found(err); {
	case err != nil:
		return storage.Batch{}, lease{}, err
	case !present || kept.Answer == "":
		return l.drop(storage.Batch{}, dropEnded)
	case l.m.Content.Until.IsZero():
		l.m.Content.Until = l.at.Add(l.p.policy.ClearAfter).In(l.p.location)

		return l.take(storage.Batch{}, time.Time{})
	}

	next := l.again()
	next.Tries, next.Content.Until = l.m.Tries, time.Time{}

	return l.drop(storage.Batch{}, dropReplaced, next)
}

// toSupport tells whether the message goes to support, about somebody else.
func (l *leasing) toSupport() bool {
	switch l.m.Kind { //nolint:exhaustive // the others go to people
	case mail.Escalation, mail.Unattended, mail.ContestedToSupport, mail.MailUndeliverable:
		return true
	default:
		return false
	}
}

// elsewhere returns why a message that was written to one of several people is not for them any more: they are gone, or do
// not belong to those whom it is for (rules B12 and D8). Otherwise it goes to where they are reached by now (rule B2).
func (l *leasing) elsewhere(ctx context.Context) (why string, err error) {
	to := l.m.Recipient

	slice, err := l.roster(ctx, to)
	if err != nil {
		return "", err
	}

	acc := slice.Facts.Accounts[to]
	theirs := slice.Roster.Belongs(to)

	if l.m.Kind.Audience() == mail.ToDeciders { // who may refuse decides, also in an inactive structure
		theirs = slice.Roster.MayManage(slice.Facts, account.By(to), attachment.ActRefuse, l.at) == nil
	}

	switch {
	case l.decided(slice.Roster):
		return dropDecided, nil
	case acc.State != account.Active:
		return dropClosed, nil
	case !theirs:
		return dropNobody, nil
	}

	l.m.To = addressOf(acc, l.m.Kind)

	return "", nil
}

// closed tells whether the message is to somebody whose account is closed, and not the one that tells them so: nothing
// else is about them any more (rule B12). What goes to several people is about somebody else.
func (l *leasing) closed(ctx context.Context) (bool, error) {
	if l.m.Kind == mail.AccountClosed || l.m.Kind.Audience() != mail.OnePerson || l.toSupport() {
		return false, nil
	}

	acc, err := l.r.Account(ctx, l.m.Account)
	_, err = found(err)

	return acc.State == account.Closed, err
}

// roster reads the roster of the message's structure, with the rows of whom it is about and of others; an empty one if it
// names none.
func (l *leasing) roster(ctx context.Context, others ...account.ID) (storage.Slice, error) {
	if l.m.Structure == "" {
		return l.p.known(storage.Slice{}), nil
	}

	slice, err := l.r.Roster(ctx, storage.RosterQuery{
		Structure: l.m.Structure, Accounts: append(others, l.m.Account), At: l.at,
	})

	return l.p.known(slice), err
}

// decided tells whether a mail asks for a decision that nobody waits for any more.
func (l *leasing) decided(r attachment.Roster) bool {
	switch l.m.Kind { //nolint:exhaustive // the others ask for nothing
	case mail.RequestToApprove:
		return !waits(r, l.m.Account, l.at, func(row attachment.Attachment) bool { return row.State == attachment.Requested })
	case mail.ProfilesRequested:
		return !waits(r, l.m.Account, l.at, func(row attachment.Attachment) bool { return row.Wish.Open() })
	case mail.Reminder, mail.Escalation, mail.Unattended, mail.MailUndeliverable:
		return !waits(r, l.m.Account, l.at, func(attachment.Attachment) bool { return true })
	default:
		return false
	}
}

// waits tells whether somebody has an open request, or a wish, of the kind that is meant, whose time is not over.
func waits(r attachment.Roster, id account.ID, at time.Time, meant func(attachment.Attachment) bool) bool {
	for _, row := range r.RowsOf(id) {
		if _, _, open := row.Asked(); open && meant(row) && (row.Due.IsZero() || at.Before(row.Due)) {
			return true
		}
	}

	return false
}

// strange tells whether a mail would tell the owner of an account what became of a registration that somebody made with
// their address: they were told to sign in if it is theirs (rule B14), and the rest is not about them.
func (l *leasing) strange(ctx context.Context) (bool, error) {
	reg, err := l.r.Registration(ctx, l.m.Account)
	if registered, err := found(err); !registered || err != nil || reg.Login.IsZero() {
		return false, err
	}

	owner, err := l.r.AccountByLogin(ctx, reg.Login.Key())
	bound, err := found(err)

	return bound && owner.ID != l.m.Account, err
}
