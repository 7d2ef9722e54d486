package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// Account returns an account in whatever state. Errors: [*Error] around [ErrUnknownAccount].
func (p *Portal) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return accountOf(ctx, p.store, id)
}

func accountOf(ctx context.Context, r storage.Reader, id account.ID) (account.Account, error) {
	acc, err := r.Account(ctx, id)
	if present, err := found(err); !present || err != nil {
		if err == nil {
			err = &Error{Err: ErrUnknownAccount}
		}

		return account.Account{}, err
	}

	return acc, nil
}

// changing is what a use case does to an account. It returns the account as it is after it; the same means: nothing to do.
type changing func(ctx context.Context, e *effects, acc account.Account) (account.Account, error)

// change carries out a change of one account, with the mails and the journal that fn writes.
func (p *Portal) change(
	ctx context.Context, by account.Actor, id account.ID, fn changing,
) (account.Account, error) {
	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, account.Account, error) {
		acc, err := accountOf(ctx, r, id)
		if err != nil {
			return storage.Batch{}, account.Account{}, err
		}

		e := p.personal(r, acc, by)

		after, err := fn(ctx, e, acc)
		if err != nil || after == acc {
			return storage.Batch{}, after, err
		}

		e.batch.Accounts = alone(e.batch.Accounts, after)
		after.Version++

		return e.batch, after, nil
	})
}

// personal returns effects that concern an account and no structure.
func (p *Portal) personal(r storage.Reader, acc account.Account, by account.Actor) *effects {
	slice := p.known(storage.Slice{})
	slice.Facts.Accounts = map[account.ID]account.Account{acc.ID: acc}

	return p.effects(r, slice, by, p.at())
}

// alone returns the accounts with one of them as it is now, named once.
func alone(accounts []account.Account, now account.Account) []account.Account {
	out := []account.Account{now}

	for _, acc := range accounts {
		if acc.ID != now.ID {
			out = append(out, acc)
		}
	}

	return out
}

// active refuses what only an active account may do.
func active(acc account.Account) error {
	switch acc.State {
	case account.Active:
		return nil
	case account.Deactivated:
		return &account.AccountError{State: acc.State, Err: account.ErrDeactivated}
	case account.Blocked:
		return &account.AccountError{State: acc.State, Err: account.ErrBlocked}
	case account.Closed:
		return &account.AccountError{State: acc.State, Err: account.ErrClosed}
	default:
		return &account.AccountError{State: acc.State, Err: account.ErrClosed}
	}
}

// ChangePerson changes what an account says of its person: names, phone, contact address, language (French: mon compte). A
// contact address that is not the login address gets a link to confirm it, and no notice before that (rule B2); if such a link
// went out in the last ten minutes, [Portal.SendContact] sends the next.
//
// Errors: [*Error] around [ErrUnknownAccount]; [*account.AccountError] unless the account is active; the form's faults, all
// at once.
func (p *Portal) ChangePerson(ctx context.Context, id account.ID, form account.PersonForm) (account.Account, error) {
	return p.change(ctx, account.By(id), id,
		func(ctx context.Context, e *effects, acc account.Account) (account.Account, error) {
			if err := active(acc); err != nil {
				return acc, err
			}

			person, err := form.Check(acc.Login)
			if err != nil || person == acc.Person {
				return acc, err
			}

			after := acc.Reach(person)
			e.facts.Accounts[id] = after
			e.note("person changed", id, "", "")

			if after.Person.Contact == acc.Person.Contact {
				return after, nil
			}

			// Whoever changes it again and again does not mail strangers each time: SendContact does, after a while.
			earlier, err := e.r.Links(ctx, id, account.PurposeContact)
			if recent, ok := account.Current(earlier); err != nil || ok && e.at.Before(recent.LeasedAt.Add(p.policy.LinkAgain)) {
				return after, err
			}

			return after, e.confirm(ctx, after)
		})
}

// SendContact mails the link that confirms the contact address again, unless the last one is too recent (rules B2 and B7).
// Nothing to confirm is no error. Errors: [*Error] around [ErrUnknownAccount].
func (p *Portal) SendContact(ctx context.Context, id account.ID) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		batch, err := p.sendingContact(ctx, r, id)

		return batch, struct{}{}, err
	})

	return err
}

// sendingContact writes another link that confirms a contact address, if one is due.
func (p *Portal) sendingContact(ctx context.Context, r storage.Reader, id account.ID) (storage.Batch, error) {
	acc, err := accountOf(ctx, r, id)
	if err != nil || acc.State != account.Active {
		return storage.Batch{}, err
	}

	earlier, err := r.Links(ctx, id, account.PurposeContact)
	if err != nil || !account.MayIssue(earlier, p.policy, p.at()) {
		return storage.Batch{}, err
	}

	e := p.personal(r, acc, account.By(id))
	err = e.confirm(ctx, acc)

	return e.relying(acc), err
}

// relying returns the batch, which holds while the account is as it was read.
func (e *effects) relying(acc account.Account) storage.Batch {
	e.batch.Guards = append(e.batch.Guards, storage.AccountAt{ID: acc.ID, Version: acc.Version})

	return e.batch
}

// confirm mails a link to a contact address that has to be confirmed. It may be opened for as long as an approval's.
func (e *effects) confirm(ctx context.Context, acc account.Account) error {
	if !acc.MustConfirm() {
		return nil
	}

	return e.sendBound(ctx, mail.ContactToConfirm, acc, account.PurposeContact, acc.Person.Contact)
}

// sendBound writes a mail to an address with a link that is worth something only as long as the account is what it was.
func (e *effects) sendBound(
	ctx context.Context, kind mail.Kind, acc account.Account, purpose account.Purpose, to string,
) error {
	earlier, err := e.r.Links(ctx, acc.ID, purpose)
	if err != nil {
		return err
	}

	life := e.p.policy.LinkLife
	if purpose == account.PurposeContact {
		life = e.p.policy.ApprovalLinkLife
	}

	m := e.message(kind, acc.ID, mail.Content{})
	m.To, m.Account, m.Language = to, acc.ID, acc.Person.Language
	m.Content.Recipient = acc.Person.Name()

	// It ends some day even if its mail never goes out.
	link := e.p.mint(&m, purpose, earlier, life, e.at.Add(life+e.p.policy.ApprovalLinkLife))
	link.Bound = bound(acc, purpose)

	e.batch.Messages = append(e.batch.Messages, m)
	e.batch.Links = append(e.batch.Links, link)

	return nil
}

// ConfirmContact uses the link that was mailed to a contact address: notices go there from now on (rule B2).
//
// Errors: [*account.LinkError]; a link for another address than the account has by now has expired.
func (p *Portal) ConfirmContact(ctx context.Context, token account.Token) (account.Account, error) {
	return p.use(ctx, token, account.PurposeContact,
		func(_ context.Context, e *effects, acc account.Account) (account.Account, error) {
			acc.ContactAt, acc.ContactFailedAt = e.at, time.Time{}
			e.note("contact confirmed", acc.ID, "", "")

			return acc, nil
		})
}

// use carries out what a link to an account is for, once.
func (p *Portal) use(
	ctx context.Context, token account.Token, purpose account.Purpose, fn changing,
) (account.Account, error) {
	return p.useOpened(ctx, token, purpose, func(ctx context.Context, e *effects, o opened) (account.Account, error) {
		return fn(ctx, e, o.owner)
	})
}

// Consent records that a person agrees to the current text of the conditions or of the survey, or takes it back, which is
// possible at any time and takes effect at once (rule B3). What an application does with an account that has taken back its
// acceptance of the conditions is the application's to say: nothing of its rights changes here.
//
// Errors: [*Error] around [ErrUnknownAccount]; [*account.AccountError] once the account is closed.
func (p *Portal) Consent(ctx context.Context, id account.ID, to account.ConsentTo, given bool) (account.Account, error) {
	return p.change(ctx, account.By(id), id,
		func(_ context.Context, e *effects, acc account.Account) (account.Account, error) {
			switch {
			case acc.State == account.Closed:
				return acc, active(acc)
			case to != account.ToTerms && to != account.ToSurvey:
				return acc, &account.FieldError{Field: account.FieldTerms, Err: account.ErrConsent}
			}

			after, changed := acc.Consents(to, given, p.policy, e.at)
			if !changed {
				return acc, nil
			}

			version := after.Terms.Version
			action := to.String() + " consent withdrawn"

			if to == account.ToSurvey {
				version = after.Survey.Version
			}

			if given {
				action = to.String() + " consent given"
			}

			e.note(action, id, "", version)

			return after, nil
		})
}

// Block keeps an account from doing anything until it is unblocked (rules B11 and D8): support does that. A main manager
// may be blocked, and support appoints another meanwhile. reason is mailed with it; it may be empty.
//
// Errors: [*Error] around [ErrUnknownAccount]; [*account.AccountError]; [attachment.ErrComment] as an [*attachment.Error] for
// a reason that cannot be kept.
func (p *Portal) Block(ctx context.Context, by account.Actor, id account.ID, reason string) (account.Account, error) {
	clean, fine := attachment.Comment(reason)
	if !fine {
		return account.Account{}, &attachment.Error{Key: attachment.Key{Account: id}, Err: attachment.ErrComment}
	}

	return p.change(ctx, by, id,
		func(_ context.Context, e *effects, acc account.Account) (account.Account, error) {
			after, err := acc.Handle(account.Block, by)
			if err != nil {
				return acc, err
			}

			e.moved(acc, after, mail.AccountBlocked, clean)

			return after, nil
		})
}

// moved writes the journal and the mail of an account whose state has changed.
func (e *effects) moved(before, after account.Account, kind mail.Kind, reason string) {
	e.note(string(kind), after.ID, before.State.String(), after.State.String())
	e.batch.Journal[len(e.batch.Journal)-1].Note = reason
	e.tell(kind, before.ID, mail.Content{Reason: reason})
}

// Unblock ends what [Portal.Block] began: the account is what it was before, active or deactivated. What waited for it in a
// structure that nobody has named any more comes to it now (rule D1).
//
// Errors: like [Portal.Block].
func (p *Portal) Unblock(ctx context.Context, by account.Actor, id account.ID) (account.Account, error) {
	return p.change(ctx, by, id,
		func(ctx context.Context, e *effects, acc account.Account) (account.Account, error) {
			after, err := acc.Handle(account.Unblock, by)
			if err != nil {
				return acc, err
			}

			e.moved(acc, after, mail.AccountUnblocked, "")

			return after, e.back(ctx, after)
		})
}

// Reactivate uses the link that [Portal.SendReactivation] mailed. What waited for the account in a structure that nobody has
// named any more comes to it now (rule D1). Errors: [*account.LinkError].
func (p *Portal) Reactivate(ctx context.Context, token account.Token) (account.Account, error) {
	return p.use(ctx, token, account.PurposeReactivation,
		func(ctx context.Context, e *effects, acc account.Account) (account.Account, error) {
			after, err := acc.Handle(account.Reactivate, account.By(acc.ID))
			if err != nil {
				return acc, err
			}

			e.moved(acc, after, mail.AccountReactivated, "")

			return after, e.back(ctx, after)
		})
}
