package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// SendAgain mails another link to somebody whom a decider approved, by who may decide in the structure (rule B7), unless one was
// sent in the last ten minutes or nothing is due: that is no error. Whoever was invited is invited again, see [Portal.Invite].
//
// Errors: [*Error] around [ErrUnknownStructure]; those of [attachment.Approve] for who may not decide; [*attachment.Error] around
// [attachment.ErrNoRequest] for who was not approved there.
func (p *Portal) SendAgain(ctx context.Context, by account.Actor, id structure.ID, registration account.ID) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		if _, err := p.manager(ctx, r, by, id, attachment.ActApprove, nil); err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		reg, err := r.Registration(ctx, registration)
		if _, err := found(err); err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		if reg.Structure != id || reg.State != account.AwaitingActivation || reg.Invited || reg.Claimed && !reg.Separate {
			return storage.Batch{}, struct{}{}, &attachment.Error{
				Key: attachment.Key{Account: registration}, Err: attachment.ErrNoRequest,
			}
		}

		batch, err := p.resending(ctx, r, registration)

		return batch, struct{}{}, err
	})

	return err
}

// resend sends another link to a registration that is due one.
func (p *Portal) resend(ctx context.Context, id account.ID) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		batch, err := p.resending(ctx, r, id)

		return batch, struct{}{}, err
	})

	return err
}

// resending writes another link to a registration, if it is due one.
func (p *Portal) resending(ctx context.Context, r storage.Reader, id account.ID) (storage.Batch, error) {
	seen, err := r.Registration(ctx, id)
	if present, err := found(err); !present || err != nil {
		return storage.Batch{}, err
	}

	slice, reg, err := p.registered(ctx, r, seen, p.at())
	if err != nil {
		return storage.Batch{}, err
	}

	return p.linkAgain(ctx, r, slice, reg, p.at())
}

// registered reads a registration with the roster of its structure, if it names one. The registration is as the roster's
// snapshot has it. reg was read in the same transaction.
func (p *Portal) registered(
	ctx context.Context, r storage.Reader, reg account.Registration, at time.Time,
) (storage.Slice, account.Registration, error) {
	if reg.Structure == "" {
		now, err := r.Registration(ctx, reg.ID)
		if err != nil {
			return storage.Slice{}, reg, err
		}

		slice := p.known(storage.Slice{})
		slice.Facts.Registrations[now.ID] = now

		return slice, now, nil
	}

	slice, err := r.Roster(ctx, storage.RosterQuery{Structure: reg.Structure, Accounts: []account.ID{reg.ID}, At: at})
	if err != nil {
		return storage.Slice{}, reg, err
	}

	now := slice.Facts.Registrations[reg.ID]
	if now.Structure != reg.Structure && now.ID != "" { // the structure has another identifier since (rule C9)
		return storage.Slice{}, reg, storage.ErrConflict
	}

	return p.known(slice), now, nil
}

// due is a link that somebody waits for: which mail carries it, and how long it lives.
type due struct {
	kind     mail.Kind
	life     time.Duration
	notAfter time.Time
}

// due returns which link a registration is due, whatever was sent before. A claim's link ends with the claim's term,
// however often it is sent (rule D1).
func (e *effects) due(reg account.Registration, row attachment.Attachment) (due, bool) {
	p := e.p.policy

	switch {
	case !reg.Open() || reg.Over(e.at):
		return due{}, false
	case row.State == attachment.Approved && reg.Invited:
		return due{mail.Invited, p.ApprovalLinkLife, row.Due}, true
	case row.State == attachment.Approved && reg.Separate:
		return due{mail.Approved, p.ApprovalLinkLife, reg.Due}, true
	case reg.Separate:
		return due{mail.ActivationLink, p.LinkLife, reg.Due}, true
	case row.State == attachment.Approved:
		return due{mail.Approved, p.ApprovalLinkLife, row.Due}, true
	case row.State == attachment.Claimed:
		return due{mail.ActivationLink, p.LinkLife, e.roster.Claim.Term}, true
	default:
		return due{mail.AddressUsed, p.ApprovalLinkLife, row.Due}, row.State == attachment.Requested
	}
}

// linkAgain writes another link to a registration that is due one, unless the last is too recent. Who only waits for an
// approval is due one only if the address is an account's, to sign in through, which shows when the mail is leased: what is
// written here is the same in either case, and not in the structure's history (rule B14).
func (e *effects) linkAgain(ctx context.Context, reg account.Registration) (storage.Batch, error) {
	row := e.roster.Registered(reg.ID)

	again, ok := e.due(reg, row)
	if !ok || !again.notAfter.After(e.at) {
		return storage.Batch{}, nil
	}

	if again.kind == mail.AddressUsed {
		if asked, err := e.asked(ctx, reg.ID); asked || err != nil {
			return storage.Batch{}, err
		}

		e.tell(again.kind, reg.ID, mail.Content{})
	} else {
		earlier, err := e.r.Links(ctx, reg.ID, account.PurposeActivation)
		if err != nil || !account.MayIssue(earlier, e.p.policy, e.at) {
			return storage.Batch{}, err
		}

		content := mail.Content{Structure: e.name(row)}
		if err := e.sendLink(ctx, again.kind, reg.ID, content, again.life, again.notAfter); err != nil {
			return storage.Batch{}, err
		}

		e.note("link sent again", reg.ID, "", "")

		if reg.Invited { // not for the structure's history: who has an account is sent no link again (rule D7)
			last := &e.batch.Journal[len(e.batch.Journal)-1]
			last.Structure, last.Version = "", 0
		}
	}

	// The link rests on the roster's state, or on the registration's own: were it to change meanwhile, the link would be
	// for nothing.
	if e.roster.Version > 0 {
		e.batch.Guards = append(e.batch.Guards, storage.RosterAt{Structure: e.roster.Structure, Version: e.roster.Version})
	} else {
		e.batch.Registrations = append(e.batch.Registrations, reg)
	}

	return e.batch, nil
}

// asked tells whether it was asked a short while ago whose address a registration bears, or is still to be.
func (e *effects) asked(ctx context.Context, id account.ID) (bool, error) {
	asked := false

	err := each(ctx, e.r, func(w storage.Window) storage.Of[storage.Message] {
		return storage.MessagesOf{Window: w, Account: id}
	}, func(m storage.Message) {
		recent := e.at.Before(m.CreatedAt.Add(e.p.policy.LinkAgain))
		asked = asked || m.Kind == mail.AddressUsed && (m.State == storage.Queued || recent)
	})

	return asked, err
}
