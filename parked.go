package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// ParkedMails lists the mails that were given up, the oldest first, with the last error of each (rule F4). They are deleted by
// [Portal.Purge] like those that were sent. It is one query. Errors: [*Error] around [ErrPage].
func (p *Portal) ParkedMails(ctx context.Context, w storage.Window) (storage.PageOf[storage.Message], error) {
	return page(ctx, p.store, storage.ParkedMessages{Window: w})
}

// SendParked has a mail that was given up sent again, under an id of its own, since it may be another by now: it is looked at
// when it is leased whether it still has a point. One with a link to activate, adopt, confirm or contest is replaced by one with
// another link; who asked for a link to reset, reactivate or change something asks again.
//
// Errors: [*Error] around [ErrNotParked]; [ErrAsked] while a link was sent a short while ago; [ErrWithin].
func (p *Portal) SendParked(ctx context.Context, id string) error {
	if p.joined {
		return ErrWithin
	}

	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		m, err := r.Message(ctx, id)
		if present, err := found(err); err != nil {
			return storage.Batch{}, struct{}{}, err
		} else if !present || m.State != storage.Parked {
			return storage.Batch{}, struct{}{}, &Error{Err: ErrNotParked}
		}

		var batch storage.Batch

		if m.Selector != "" {
			if batch, err = p.linkForParked(ctx, r, m); err != nil {
				return storage.Batch{}, struct{}{}, err
			}
		} else {
			l := &leasing{p: p, r: r, m: m, at: p.at(), before: p.at()}
			next := l.again()
			next.CreatedAt, next.DoneAt = l.at, time.Time{}
			batch.Messages = append(batch.Messages, next)
		}

		m.State, m.Content, m.To, m.LastError = storage.Dropped, mail.Content{}, "", dropReplaced
		batch.Messages = append(batch.Messages, m)

		return batch, struct{}{}, nil
	})

	return err
}

// linkForParked returns what sends another link in place of one that was given up.
func (p *Portal) linkForParked(ctx context.Context, r storage.Reader, m storage.Message) (storage.Batch, error) {
	link, err := r.Link(ctx, m.Selector)
	if present, err := found(err); !present || err != nil {
		if err == nil {
			err = &Error{Err: ErrNotParked}
		}

		return storage.Batch{}, err
	}

	var batch storage.Batch

	switch link.Purpose { //nolint:exhaustive // the person asks for the others
	case account.PurposeActivation, account.PurposeAdoption:
		batch, err = p.resending(ctx, r, link.Account)
	case account.PurposeContact:
		batch, err = p.sendingContact(ctx, r, link.Account)
	default:
		return storage.Batch{}, &Error{Err: ErrNotParked}
	}

	if err == nil && len(batch.Messages) == 0 {
		err = &Error{Err: ErrAsked}
	}

	return batch, err
}
