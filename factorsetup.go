package guichet

import (
	"context"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// PrepareFactor makes the secret of a second factor for an account: show it as a QR code of [credential.TOTPSecret.URI] and as
// text, once. It counts for nothing until [Portal.AddFactor] proves that an app has it; asking again makes another.
//
// The password is typed again. Errors: those of [Portal.ChangePassword]; [*Error] around [ErrFactorOn].
func (p *Portal) PrepareFactor(ctx context.Context, id account.ID, password string) (credential.TOTPSecret, error) {
	secret, err := credential.NewTOTP(p.random.bytes(credential.TOTPSize))
	if err != nil {
		return credential.TOTPSecret{}, err
	}

	_, err = p.changeProved(ctx, id, password,
		func(_ context.Context, e *effects, acc account.Account, kept account.Credential) (account.Account, error) {
			if kept.Factor.On() {
				return acc, &Error{Err: ErrFactorOn}
			}

			kept.Factor = account.Factor{Sealed: p.sealFactor(id, secret.Reveal())}
			e.batch.Credentials = append(e.batch.Credentials, kept)
			e.note("second factor prepared", id, "", "")

			return acc, nil
		})
	if err != nil {
		return credential.TOTPSecret{}, err
	}

	return secret, nil
}

// AddFactor turns the second factor on that [Portal.PrepareFactor] made, with a first code of the app. It returns the recovery
// codes, each of which may be used once instead of a code: show them once; only their hashes are kept. Older sessions end (rule
// B15); the returned account has the epoch for the one that goes on.
//
// Errors: [*Error] around [ErrUnknownAccount], [ErrFactorOn], [ErrFactorOff] if none was prepared, [ErrCode], [ErrLocked];
// [*account.AccountError]; [ErrWithin].
func (p *Portal) AddFactor(
	ctx context.Context, id account.ID, code string,
) (account.Account, []credential.RecoveryCode, error) {
	codes, err := credential.NewRecoveryCodes(p.random.bytes(credential.RecoverySize))
	if err != nil {
		return account.Account{}, nil, err
	}

	after, err := p.withCode(ctx, id, code, func(e *effects, _ account.Account, kept account.Credential) (account.Credential, error) {
		switch {
		case kept.Factor.On():
			return kept, &Error{Err: ErrFactorOn}
		case len(kept.Factor.Sealed) == 0:
			return kept, &Error{Err: ErrFactorOff}
		}

		kept.Factor.Since = e.at

		return kept, nil
	}, func(e *effects, acc account.Account, kept account.Credential) (account.Account, account.Credential) {
		kept.Factor.Recovery = hashesOf(codes, id)
		e.told(acc, mail.FactorAdded, "second factor added")
		acc.Epoch++

		return acc, kept
	})
	if err != nil {
		return account.Account{}, nil, err
	}

	return after, codes, nil
}

// hashesOf is what is kept of recovery codes: they have random bits enough for a hash without a key, which would be one more to
// keep for ever.
func hashesOf(codes []credential.RecoveryCode, id account.ID) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = credential.RecoveryHash(nil, string(id), c)
	}

	return out
}

// told tells an account's owner what became of what protects it, and the journal.
func (e *effects) told(acc account.Account, kind mail.Kind, action string) {
	e.tell(kind, acc.ID, mail.Content{})
	e.note(action, acc.ID, "", "")
}

// withCode carries out a change of who shows a code of the second factor. ready says what the factor has to be before the code
// is looked at, and makes it so.
func (p *Portal) withCode(
	ctx context.Context, id account.ID, code string,
	ready func(e *effects, acc account.Account, kept account.Credential) (account.Credential, error),
	fn func(e *effects, acc account.Account, kept account.Credential) (account.Account, account.Credential),
) (account.Account, error) {
	if p.joined {
		return account.Account{}, ErrWithin
	}

	type result struct {
		after   account.Account
		refused error
	}

	res, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, result, error) {
		acc, err := accountOf(ctx, r, id)
		if err != nil {
			return storage.Batch{}, result{}, err
		}

		if err := active(acc); err != nil {
			return storage.Batch{}, result{}, err
		}

		e := p.personal(r, acc, account.By(id))

		kept, err := p.credential(ctx, r, id)
		if err != nil {
			return storage.Batch{}, result{}, err
		}

		if kept, err = ready(e, acc, kept); err != nil {
			return storage.Batch{}, result{}, err
		}

		refused, err := e.proveWith(ctx, acc, kept, "", code)
		if err != nil || refused != nil {
			return e.batch, result{refused: refused}, err
		}

		shown := len(e.batch.Credentials) - 1
		after, changed := fn(e, acc, e.batch.Credentials[shown])
		e.batch.Credentials[shown] = changed
		e.batch.Accounts = alone(e.batch.Accounts, after)
		after.Version++

		return e.batch, result{after: after}, nil
	})
	if err == nil {
		err = res.refused
	}

	return res.after, err
}

// RenewRecoveryCodes replaces an account's recovery codes by others, which are returned: show them once. It takes a code of the
// app, or one of the former recovery codes.
//
// Errors: [*Error] around [ErrUnknownAccount], [ErrFactorOff], [ErrCode], [ErrLocked]; [*account.AccountError]; [ErrWithin].
func (p *Portal) RenewRecoveryCodes(
	ctx context.Context, id account.ID, code string,
) (account.Account, []credential.RecoveryCode, error) {
	codes, err := credential.NewRecoveryCodes(p.random.bytes(credential.RecoverySize))
	if err != nil {
		return account.Account{}, nil, err
	}

	after, err := p.withCode(ctx, id, code, factorOn,
		func(e *effects, acc account.Account, kept account.Credential) (account.Account, account.Credential) {
			kept.Factor.Recovery = hashesOf(codes, id)
			e.told(acc, mail.RecoveryCodesChanged, "recovery codes changed")
			acc.Epoch++

			return acc, kept
		})
	if err != nil {
		return account.Account{}, nil, err
	}

	return after, codes, nil
}

func factorOn(_ *effects, _ account.Account, kept account.Credential) (account.Credential, error) {
	if !kept.Factor.On() {
		return kept, &Error{Err: ErrFactorOff}
	}

	return kept, nil
}

// RemoveFactor turns an account's second factor off, with a code of the app or a recovery code. Older sessions end (rule B15).
//
// Errors: like [Portal.RenewRecoveryCodes].
func (p *Portal) RemoveFactor(ctx context.Context, id account.ID, code string) (account.Account, error) {
	return p.withCode(ctx, id, code, factorOn,
		func(e *effects, acc account.Account, kept account.Credential) (account.Account, account.Credential) {
			kept.Factor = account.Factor{}
			e.told(acc, mail.FactorRemoved, "second factor removed")
			acc.Epoch++

			return acc, kept
		})
}

// ClearFactor turns the second factor off of an account whose owner has lost both the app and the recovery codes: support does,
// once it has made sure who asks. The owner is told by mail, and older sessions end (rule B15).
// It also ends a lock that wrong codes set, of the app or mailed.
//
// Errors: [*Error] around [ErrUnknownAccount], [ErrFactorOff] if there is neither; [*account.AccountError] around [account.ErrNotYours] for anybody but
// support, or [account.ErrClosed].
func (p *Portal) ClearFactor(ctx context.Context, by account.Actor, id account.ID) (account.Account, error) {
	return p.change(ctx, by, id, func(ctx context.Context, e *effects, acc account.Account) (account.Account, error) {
		switch {
		case by.Kind != account.ActorSupport:
			return acc, &account.AccountError{State: acc.State, Err: account.ErrNotYours}
		case acc.State == account.Closed:
			return acc, active(acc)
		}

		kept, err := p.credential(ctx, e.r, id)
		if err != nil {
			return acc, err
		}

		row, err := attempts(ctx, e.r, p.attemptsOf(id))
		if err != nil {
			return acc, err
		}

		on := kept.Factor.On()
		if !on && !e.at.Before(row.Code.Until) { // mailed codes lock, too
			return acc, &Error{Err: ErrFactorOff}
		}

		row.Code = account.Gate{}

		if on {
			kept.Factor = account.Factor{}
			e.batch.Credentials = append(e.batch.Credentials, kept)
		}

		e.batch.Attempts = append(e.batch.Attempts, row.Kept(p.policy, e.at))
		e.told(acc, mail.FactorRemoved, "second factor cleared")
		acc.Epoch++

		return acc, nil
	})
}

// sealFactor returns the secret of an account's app, sealed: it opens as nobody else's.
func (p *Portal) sealFactor(id account.ID, secret string) []byte {
	return p.seals.seal(secret, "factor "+string(id))
}

// openFactor returns what [Portal.sealFactor] sealed. Error: [ErrSealed].
func (p *Portal) openFactor(id account.ID, sealed []byte) (string, error) {
	return p.seals.open(sealed, "factor "+string(id))
}
