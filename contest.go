package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// SendContest mails a link to somebody who registered for a structure and waits there, or was refused: through it they contest
// whoever claims or manages the structure (rule D12). The answer is the same whether there is any such registration, and so is
// the time that it takes: it is looked up by [Portal.Deliver]. Whoever has an account contests by
// [attachment.ContestStanding].
//
// Errors: a [*account.FieldError] for what is no address.
func (p *Portal) SendContest(ctx context.Context, login string, id identifier.ID) error {
	address, err := account.ParseLogin(login)
	if err != nil {
		return &account.FieldError{Field: account.FieldLogin, Err: err}
	}

	_, err = update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		m := p.asking(mail.ContestLink, address, p.at())

		if !id.IsZero() {
			stored, err := r.StructureByIdentity(ctx, id)
			if _, err := found(err); err != nil {
				return storage.Batch{}, struct{}{}, err
			}

			m.Structure = stored.ID // "" = nobody has named it
		}

		return storage.Batch{Messages: []storage.Message{m}}, struct{}{}, nil
	})

	return err
}

// sendContest sends the link that was asked for with an address, if there is somebody to send it to.
func (p *Portal) sendContest(ctx context.Context, login account.Login, in structure.ID) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		at := p.at()

		stored, err := r.Structure(ctx, in)
		if present, err := found(err); !present || err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		slice, present, err := p.named(ctx, r, stored.Identity, storage.RosterQuery{Login: login.Key(), At: at})
		if !present || err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		row, may := contestant(slice, slice.Newest)
		if !may {
			return storage.Batch{}, struct{}{}, nil
		}

		earlier, err := r.Links(ctx, slice.Newest, account.PurposeContest)
		if err != nil || !account.MayIssue(earlier, p.policy, at) {
			return storage.Batch{}, struct{}{}, err
		}

		e := p.effects(r, slice, account.System(), at)
		m := e.message(mail.ContestLink, slice.Newest, mail.Content{Structure: e.name(row)})
		link := p.mint(&m, account.PurposeContest, earlier, p.policy.ApprovalLinkLife, at.Add(p.policy.RepeatWithin))

		return storage.Batch{
			Messages: []storage.Message{m}, Links: []account.Link{link},
			Guards: []storage.Guard{storage.RosterAt{Structure: slice.Roster.Structure, Version: slice.Roster.Version}},
		}, struct{}{}, nil
	})

	return err
}

// contestant returns the row by which a registration may contest who holds the structure.
func contestant(s storage.Slice, id account.ID) (attachment.Attachment, bool) {
	row, _ := s.Roster.Row(attachment.Key{Account: id})
	waits := row.State == attachment.Requested || row.State == attachment.Refused
	_, activated := s.Facts.Accounts[id]

	return row, id != "" && waits && !activated && row.Contested.IsZero() && s.Roster.Holder != ""
}

// Contest uses a link of [Portal.SendContest]: the registration contests whoever claims or manages the structure (rule D12).
// Support and whose standing it is are told. The link is used up.
//
// Errors: [*account.LinkError]; [*attachment.Error] as of [attachment.ContestStanding].
func (p *Portal) Contest(ctx context.Context, token account.Token, reason string) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		at := p.at()

		opened, err := p.open(ctx, r, token, at, account.PurposeContest)
		if err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		command := attachment.ContestStanding{By: account.By(opened.registration.ID), Reason: reason}

		changes, err := p.decide(ctx, r, opened.slice, command, at)
		if err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		e := p.effects(r, opened.slice, command.By, at)
		if err := e.apply(ctx, changes); err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		link := opened.link
		link.UsedAt = at
		e.batch.Links = append(e.batch.Links, link)

		return e.finish(), struct{}{}, nil
	})

	return err
}

// openContest checks a link by which a registration contests.
func (p *Portal) openContest(
	ctx context.Context, r storage.Reader, token account.Token, link account.Link, at time.Time,
) (opened, error) {
	reg, err := r.Registration(ctx, link.Account)
	if present, err := found(err); !present || err != nil {
		if err == nil {
			err = &account.LinkError{Err: account.ErrLinkExpired, At: link.Expires()}
		}

		return opened{}, err
	}

	slice, reg, err := p.registered(ctx, r, reg, at)
	if err != nil {
		return opened{}, err
	}

	if err := check(ctx, r, link, token, at); err != nil {
		return opened{}, err
	}

	row, may := contestant(slice, reg.ID)
	if !may {
		return opened{}, &account.LinkError{Err: account.ErrLinkExpired, At: link.Expires()}
	}

	return opened{link: link, registration: reg, slice: slice, row: row}, nil
}

// contestLink takes a message with a link to contest, unless there is nothing to contest any more.
func (l *leasing) contestLink(ctx context.Context, link account.Link) (storage.Batch, lease, error) {
	slice, err := l.roster(ctx)
	if err != nil {
		return storage.Batch{}, lease{}, err
	}

	if _, may := contestant(slice, link.Account); !may {
		return l.drop(storage.Batch{}, dropDecided)
	}

	return l.start(ctx, storage.Batch{}, link)
}
