package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// ChangeLogin asks for another login address for who is signed in and types the password again (rule B13): a link goes to the
// new address, a notice to the present one, and nothing changes until [Portal.ConfirmLogin]. Whether the new address is another
// account's is not told: whoever reads mail there is told when they open the link.
//
// Errors: those of [Portal.ChangePassword]; a [*account.FieldError] for what is no address, or around [account.ErrSame]; [*Error]
// around [ErrAsked] while a link was mailed there, or for the account, a short while ago.
func (p *Portal) ChangeLogin(ctx context.Context, id account.ID, password, address string) error {
	login, err := account.ParseLogin(address)
	if err != nil {
		return &account.FieldError{Field: account.FieldLogin, Err: err}
	}

	_, err = p.changeProved(ctx, id, password,
		func(ctx context.Context, e *effects, acc account.Account, _ account.Credential) (account.Account, error) {
			if login.String() == acc.Login.String() {
				return acc, &account.FieldError{Field: account.FieldLogin, Err: account.ErrSame}
			}

			earlier, err := e.r.Links(ctx, id, account.PurposeLogin)
			if err != nil {
				return acc, err
			}

			row, err := attempts(ctx, e.r, p.attemptsOfLogin(login))
			if err != nil {
				return acc, err
			}

			asked, granted := row.Move.Grant(p.policy.Seldom(), e.at)
			if !granted || !account.MayIssue(ofEpoch(earlier, acc), p.policy, e.at) {
				return acc, &Error{Err: ErrAsked}
			}

			row.Move = asked
			e.batch.Attempts = append(e.batch.Attempts, row.Kept(p.policy, e.at))

			m := e.message(mail.LoginToConfirm, id, mail.Content{})
			m.To = login.String()
			link := p.mint(&m, account.PurposeLogin, earlier, p.policy.LinkLife, e.at.Add(p.policy.LinkLife+p.policy.ApprovalLinkLife))
			link.Bound = bound(acc, account.PurposeLogin) + " " + login.String()

			e.batch.Messages = append(e.batch.Messages, m)
			e.batch.Links = append(e.batch.Links, link)
			e.told(acc, mail.LoginRequested, "login change asked")

			return acc, nil
		})

	return err
}

// ofEpoch returns the links that can still be used: from the account's present epoch.
func ofEpoch(links []account.Link, acc account.Account) []account.Link {
	var out []account.Link

	for _, l := range links {
		if to, _ := boundParts(l); to == bound(acc, l.Purpose) {
			out = append(out, l)
		}
	}

	return out
}

// ConfirmLogin uses the link that [Portal.ChangeLogin] mailed: its address is the account's login from now on (rule B13). A
// contact address that was the login goes with it. Older sessions end (rule B15), and both addresses are told. Registrations
// that bear the new login are now those of somebody with an account (rule B14).
//
// Errors: [*account.LinkError]; [*Error] around [ErrLoginTaken] if another account has the address.
func (p *Portal) ConfirmLogin(ctx context.Context, token account.Token) (account.Account, error) {
	return p.useOpened(ctx, token, account.PurposeLogin,
		func(ctx context.Context, e *effects, o opened) (account.Account, error) {
			acc := o.owner
			_, address := boundParts(o.link)

			login, err := account.ParseLogin(address)
			if err != nil {
				return acc, err
			}

			if owner, owned, err := whose(ctx, e.r, login); err != nil {
				return acc, err
			} else if owned && owner.ID != acc.ID {
				return acc, &Error{Err: ErrLoginTaken}
			}

			kept, err := p.credential(ctx, e.r, acc.ID)
			if err != nil {
				return acc, err
			}

			if !kept.ClearedAt.IsZero() { // its notice went elsewhere
				kept.ClearedAt = time.Time{}
				e.batch.Credentials = append(e.batch.Credentials, kept)
			}

			if err := e.unclear(ctx, acc.ID); err != nil {
				return acc, err
			}

			e.told(acc, mail.LoginChanged, "login changed")
			after := acc.Move(login)
			e.facts.Accounts[acc.ID] = after
			e.tell(mail.LoginChanged, acc.ID, mail.Content{})

			return after, e.greet(ctx, after)
		})
}

// useOpened carries out what a link to an account is for, once, with what the link says.
func (p *Portal) useOpened(
	ctx context.Context, token account.Token, purpose account.Purpose,
	fn func(ctx context.Context, e *effects, o opened) (account.Account, error),
) (account.Account, error) {
	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, account.Account, error) {
		at := p.at()

		o, err := p.open(ctx, r, token, at, purpose)
		if err != nil {
			return storage.Batch{}, account.Account{}, err
		}

		e := p.personal(r, o.owner, account.By(o.owner.ID))

		after, err := fn(ctx, e, o)
		if err != nil {
			return storage.Batch{}, account.Account{}, err
		}

		o.link.UsedAt = at
		e.batch.Links = append(e.batch.Links, o.link)
		e.batch.Accounts = alone(e.batch.Accounts, after)
		after.Version++

		return e.batch, after, nil
	})
}
