package guichet

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// SecondFactor goes on with a sign-in that asked for a second factor: with a code of the app, a recovery code in its place, or
// the code that was mailed. A code counts once, and none from before the last that was used. Five wrong ones in a row lock for
// fifteen minutes, and twice as long each time after, up to a day; only a right code ends that.
//
// Errors: [*account.LinkError] for a challenge that is unknown, used or expired, or that what happened to the account since has
// ended; [*Error] around [ErrCode], [ErrLocked]; [ErrWithin].
func (p *Portal) SecondFactor(ctx context.Context, challenge account.Token, code string) (SignedIn, error) {
	if p.joined {
		return SignedIn{}, ErrWithin
	}

	type result struct {
		out     SignedIn
		refused error
	}

	res, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, result, error) {
		link, err := r.Link(ctx, challenge.Selector())
		if present, err := found(err); err != nil {
			return storage.Batch{}, result{}, err
		} else if !present || link.Purpose != account.PurposeFactor {
			return storage.Batch{}, result{}, &account.LinkError{Err: account.ErrLinkUnknown}
		}

		acc, err := accountOf(ctx, r, link.Account)
		if err != nil {
			return storage.Batch{}, result{}, err
		}

		if err := link.Check(challenge, nil, p.at()); err != nil {
			return storage.Batch{}, result{}, err
		}

		to, mailed := boundParts(link)
		if to != bound(acc, link.Purpose) {
			return storage.Batch{}, result{}, &account.LinkError{Err: account.ErrLinkExpired, At: link.Expires()}
		}

		e := p.personal(r, acc, account.By(acc.ID))

		refused, err := e.prove(ctx, acc, mailed, code)
		if err != nil || refused != nil {
			e.batch.Links = append(e.batch.Links, link) // or it was used meanwhile, and so was the code

			return e.batch, result{refused: refused}, err
		}

		if err := e.usedUp(ctx, link, mailed); err != nil {
			return storage.Batch{}, result{}, err
		}

		e.note("signed in", acc.ID, "", "")

		return e.relying(acc), result{out: SignedIn{Account: acc}}, nil
	})
	if err != nil || res.refused != nil {
		if err == nil {
			err = res.refused
		}

		return SignedIn{}, err
	}

	p.arrived(ctx, res.out.Account.ID)

	return res.out, nil
}

// usedUp writes that a challenge is used, and with it every other that the same mailed code would serve: it counts once.
func (e *effects) usedUp(ctx context.Context, link account.Link, mailed string) error {
	used := []account.Link{link}

	if mailed != "" {
		others, err := e.r.Links(ctx, link.Account, link.Purpose)
		if err != nil {
			return err
		}

		for _, l := range others {
			if l.Selector != link.Selector && l.Bound == link.Bound && l.UsedAt.IsZero() {
				used = append(used, l)
			}
		}
	}

	for _, l := range used {
		l.UsedAt = e.at
		e.batch.Links = append(e.batch.Links, l)
	}

	return nil
}

// prove checks a code of the second factor, counts the try, and writes that the code is used. mailed is the hash of the code that
// was mailed; "" = none was. refused is why it is not right: the batch says so, and must be written.
func (e *effects) prove(ctx context.Context, acc account.Account, mailed, code string) (refused, err error) {
	kept, err := e.p.credential(ctx, e.r, acc.ID)
	if err != nil {
		return nil, err
	}

	return e.proveWith(ctx, acc, kept, mailed, code)
}

// proveWith is prove with a credential that was read.
func (e *effects) proveWith(
	ctx context.Context, acc account.Account, kept account.Credential, mailed, code string,
) (refused, err error) {
	g := e.p.codeGate(acc.ID)

	row, err := attempts(ctx, e.r, g.key)
	if err != nil {
		return nil, err
	}

	const one = "this" // there is one try in the transaction

	before := row.Code
	counted, verdict := before.Enter(g.lock, one, e.at)
	row.Code = counted

	var shown proof

	if verdict == account.Allowed {
		if shown, err = e.p.checks(kept, acc, mailed, code, e.at); err != nil {
			return nil, err
		}

		outcome := wrong
		if shown.ok {
			outcome = right
		}

		row = g.settled(row, one, outcome, e.at)

		if shown.ok {
			row.Told = account.Ask{}
		}
	} else {
		refused = permit{verdict: verdict, until: counted.Until}.refusal()
	}

	if row.Code.Closed > before.Closed {
		e.locked(acc, row.Code)
	}

	e.batch.Attempts = append(e.batch.Attempts, row.Kept(e.p.policy, e.at))

	if refused != nil || !shown.ok {
		if refused == nil {
			refused = &Error{Err: ErrCode}
		}

		return refused, nil
	}

	if mailed == "" {
		e.batch.Credentials = append(e.batch.Credentials, shown.kept)
	}

	if shown.recovery {
		left := len(shown.kept.Factor.Recovery)
		e.tell(mail.RecoveryCodeUsed, acc.ID, mail.Content{Left: left})
		e.note("recovery code used", acc.ID, "", strconv.Itoa(left))
	}

	return nil, nil
}

// proof is what came of a code: the credential as it is once the code is used.
type proof struct {
	ok       bool
	recovery bool // it was a recovery code
	kept     account.Credential
}

// checks tells whether a code counts now.
func (p *Portal) checks(
	kept account.Credential, acc account.Account, mailed, code string, at time.Time,
) (proof, error) {
	if mailed != "" {
		return proof{ok: credential.CheckMailCode(mailed, p.codeKey(), codeFor(acc), code), kept: kept}, nil
	}

	if !kept.Factor.On() {
		return proof{}, nil
	}

	secret, err := p.openFactor(acc.ID, kept.Factor.Sealed)
	if err != nil {
		return proof{}, err
	}

	app, err := credential.ParseTOTP(secret)
	if err != nil {
		return proof{}, err
	}

	if step, ok := app.Check(code, at, kept.Factor.Step); ok {
		kept = kept.Clone()
		kept.Factor.Step = step

		return proof{ok: true, kept: kept}, nil
	}

	if i, ok := credential.FindRecovery(kept.Factor.Recovery, nil, string(acc.ID), code); ok {
		kept = kept.Clone()
		kept.Factor.Recovery = slices.Delete(kept.Factor.Recovery, i, i+1)

		return proof{ok: true, recovery: true, kept: kept}, nil
	}

	return proof{}, nil
}
