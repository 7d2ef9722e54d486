package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Who asks for a link by typing an address must not learn whether anybody has it: neither from the answer, nor from the time
// that it takes. So one and the same is written for every address, a message that says what was asked; who has the address is
// looked up when that message is leased, and it ends when it has been answered.

// asking returns the message that says that something was asked for with an address.
func (p *Portal) asking(kind mail.Kind, login account.Login, at time.Time) storage.Message {
	return storage.Message{
		ID: p.newID(), State: storage.Queued, Kind: kind, To: login.String(), NotBefore: at, CreatedAt: at,
	}
}

// isAsk tells whether a message only says what was asked for.
func isAsk(m storage.Message) bool {
	if m.Account != "" || m.To == "" {
		return false
	}

	switch m.Kind { //nolint:exhaustive // nobody asks for the others
	case mail.PasswordReset, mail.ActivationLink, mail.ReactivationLink, mail.AccountLocked, mail.ContestLink:
		return true
	default:
		return false
	}
}

// ask writes that somebody asks for a mail with an address, unless it was asked for too recently.
func (p *Portal) ask(
	ctx context.Context, kind mail.Kind, typed string, of func(a *account.Attempts) *account.Ask,
) error {
	login, err := account.ParseLogin(typed)
	if err != nil {
		return &account.FieldError{Field: account.FieldLogin, Err: err}
	}

	_, err = update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		at := p.at()

		row, err := attempts(ctx, r, p.attemptsOfLogin(login))
		if err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		asked, granted := of(&row).Grant(p.policy, at)
		*of(&row) = asked
		batch := storage.Batch{Attempts: []account.Attempts{row.Kept(p.policy, at)}}

		if granted {
			batch.Messages = append(batch.Messages, p.asking(kind, login, at))
		}

		return batch, struct{}{}, nil
	})

	return err
}

// answered deals with what was asked for, and returns why it could not.
func (p *Portal) answered(ctx context.Context, m storage.Message) error {
	login, err := account.ParseLogin(m.To)
	if err != nil {
		return err
	}

	switch m.Kind { //nolint:exhaustive // see isAsk
	case mail.PasswordReset:
		return p.sendReset(ctx, login)
	case mail.ActivationLink:
		return p.resendAll(ctx, login, m.Structure)
	case mail.ReactivationLink:
		return p.sendReactivation(ctx, login)
	case mail.ContestLink:
		return p.sendContest(ctx, login, m.Structure)
	case mail.AccountLocked:
		return p.tellLocked(ctx, login, m.CreatedAt)
	default:
		return nil
	}
}

// whose returns the account that has a login; ok is false if nobody has it.
func whose(ctx context.Context, r storage.Reader, login account.Login) (acc account.Account, ok bool, err error) {
	acc, err = r.AccountByLogin(ctx, login.Key())
	ok, err = found(err)

	return acc, ok, err
}

// tellLocked tells the owner of an account that signing in was locked by wrong tries.
func (p *Portal) tellLocked(ctx context.Context, login account.Login, since time.Time) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		acc, owned, err := whose(ctx, r, login)
		if err != nil || !owned || acc.State != account.Active {
			return storage.Batch{}, struct{}{}, err
		}

		e := p.personal(r, acc, account.System())
		e.tell(mail.AccountLocked, acc.ID, mail.Content{Until: since.Add(p.policy.LockTime).In(p.location)})
		e.note("sign-in locked", acc.ID, "", "")

		return e.batch, struct{}{}, nil
	})

	return err
}

// sendReset mails the owner of an account a link to choose another password, unless it has none here or a link waits.
func (p *Portal) sendReset(ctx context.Context, login account.Login) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		acc, owned, err := whose(ctx, r, login)
		if err != nil || !owned || acc.State != account.Active {
			return storage.Batch{}, struct{}{}, err
		}

		if p.passwords == nil {
			kept, err := r.Credential(ctx, acc.ID)
			if present, err := found(err); !present || err != nil || kept.Password == "" {
				return storage.Batch{}, struct{}{}, err // whoever keeps it resets it
			}
		}

		earlier, err := r.Links(ctx, acc.ID, account.PurposeReset)
		if err != nil || !account.MayIssue(boundTo(earlier, bound(acc, account.PurposeReset)), p.policy, p.at()) {
			return storage.Batch{}, struct{}{}, err
		}

		e := p.personal(r, acc, account.By(acc.ID))
		if err := e.sendBound(ctx, mail.PasswordReset, acc, account.PurposeReset, acc.Login.String()); err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		e.note("password reset asked", acc.ID, "", "")

		return e.relying(acc), struct{}{}, nil
	})

	return err
}

// Resend mails another link to a login address (rules B7 and B14): for every registration that waits for its activation, or
// whose address is an account's, and was not sent one too recently. The answer is the same whether there is any, and so is the
// time that it takes: who has the address is looked up by [Portal.Deliver]. Whoever asks again and again waits longer each time,
// from ten minutes to an hour.
//
// Errors: a [*account.FieldError] for what is no address.
func (p *Portal) Resend(ctx context.Context, login string) error {
	return p.ask(ctx, mail.ActivationLink, login, func(a *account.Attempts) *account.Ask { return &a.Resend })
}

// resentAtOnce is how many registrations with one login are sent another link at once, the newest; ours.
const resentAtOnce = 5

// resendAll sends another link to every registration with a login that is due one: for a structure, if somebody registered there
// again, or for any.
func (p *Portal) resendAll(ctx context.Context, login account.Login, in structure.ID) error {
	var (
		ids    []account.ID
		faults []error
	)

	err := each(ctx, p.store, func(w storage.Window) storage.Of[account.Registration] {
		return storage.RegistrationsOf{Window: w, Login: login.Key()}
	}, func(reg account.Registration) {
		if in == "" || reg.Structure == in {
			ids = append(ids, reg.ID)
		}
	})
	if err != nil {
		return err
	}

	// Whoever registered somebody's address many times must not have each of them mailed again at once.
	if len(ids) > resentAtOnce {
		ids = ids[len(ids)-resentAtOnce:]
	}

	for _, id := range ids {
		faults = append(faults, p.resend(ctx, id))
	}

	return errors.Join(faults...)
}

// SendReactivation mails a link that makes a deactivated account active again (rule B12). The answer is the same whether
// there is such an account, and so is the time that it takes, see [Portal.Resend].
//
// Errors: a [*account.FieldError] for what is no address.
func (p *Portal) SendReactivation(ctx context.Context, login string) error {
	return p.ask(ctx, mail.ReactivationLink, login, func(a *account.Attempts) *account.Ask { return &a.Reactivate })
}

func (p *Portal) sendReactivation(ctx context.Context, login account.Login) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		acc, owned, err := whose(ctx, r, login)
		if err != nil || !owned || acc.State != account.Deactivated {
			return storage.Batch{}, struct{}{}, err
		}

		earlier, err := r.Links(ctx, acc.ID, account.PurposeReactivation)
		if err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		// A link from before the account was deactivated again opens nothing, and keeps no other from being sent.
		earlier = boundTo(earlier, bound(acc, account.PurposeReactivation))
		if !account.MayIssue(earlier, p.policy, p.at()) {
			return storage.Batch{}, struct{}{}, nil
		}

		e := p.personal(r, acc, account.By(acc.ID))
		err = e.sendBound(ctx, mail.ReactivationLink, acc, account.PurposeReactivation, acc.Login.String())

		return e.relying(acc), struct{}{}, err
	})

	return err
}

// boundTo returns the links that are bound to the same.
func boundTo(links []account.Link, to string) []account.Link {
	var out []account.Link

	for _, l := range links {
		if l.Bound == to {
			out = append(out, l)
		}
	}

	return out
}

// ForgotPassword mails a link to choose another password (rule B9). The answer is the same whether there is such an account,
// and so is the time that it takes, see [Portal.Resend]. An account whose password is not kept here is sent nothing.
//
// Errors: a [*account.FieldError] for what is no address.
func (p *Portal) ForgotPassword(ctx context.Context, login string) error {
	return p.ask(ctx, mail.PasswordReset, login, func(a *account.Attempts) *account.Ask { return &a.Reset })
}
