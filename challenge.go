package guichet

import (
	"context"
	"strconv"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/mail"
)

// challenged is what a challenge is made of, drawn before the transaction.
type challenged struct {
	token account.Token
	code  credential.MailCode
}

func (p *Portal) challenge() challenged {
	token, err := account.NewToken(p.random.bytes(account.TokenSize))
	if err != nil { // the size is the one it asks for
		panic(err)
	}

	for {
		code, err := credential.NewMailCode(p.random.bytes(credential.MailCodeSize))
		if err == nil { // or else, once in 10^27, drawn again
			return challenged{token: token, code: code}
		}
	}
}

// factor tells what signing in asks for besides the password.
func (p *Portal) factor(kept account.Credential) Factor {
	switch {
	case p.policy.SecondFactor == account.NoFactor:
		return 0
	case kept.Factor.On():
		return FactorApp
	case p.policy.SecondFactor == account.RequiredFactor:
		return FactorMail
	default:
		return 0
	}
}

// codeKey is the key of the hashes of mailed codes.
func (p *Portal) codeKey() []byte { return []byte(p.hashed("mailed codes", "")) }

// codeFor is what a mailed code is bound to: it opens nothing else.
func codeFor(acc account.Account) string {
	return string(acc.ID) + " " + strconv.FormatInt(acc.Epoch, 10)
}

// challenge writes that somebody who knew the password has to show a second factor, and mails the code if there is no app. While
// codes are locked there is none, nor a mail.
func (e *effects) challenge(
	ctx context.Context, acc account.Account, factor Factor, fresh challenged,
) (permit, error) {
	g := e.p.codeGate(acc.ID)

	row, err := attempts(ctx, e.r, g.key)
	if err != nil {
		return permit{}, err
	}

	if closed := g.of(&row); closed.Closes(g.lock, e.at) {
		return permit{verdict: account.Locked, until: closed.Until}, nil
	}

	earlier, err := e.r.Links(ctx, acc.ID, account.PurposeFactor)
	if err != nil {
		return permit{}, err
	}

	life := e.p.policy.FactorLife
	link := account.NewLink(fresh.token, account.PurposeFactor, acc.ID, earlier, life, e.at.Add(life)).Leased(e.at)
	link.Bound = bound(acc, account.PurposeFactor)

	e.note("second factor asked", acc.ID, "", factor.String())

	if factor == FactorMail {
		e.mailCode(acc, &link, earlier, row, fresh.code)
	}

	e.batch.Links = append(e.batch.Links, link)

	return permit{verdict: account.Allowed}, nil
}

// mailCode mails the code that a challenge takes, unless one is out that serves: whoever knows a password must not fill its
// owner's mailbox.
func (e *effects) mailCode(
	acc account.Account, link *account.Link, earlier []account.Link, row account.Attempts, code credential.MailCode,
) {
	granted, again := row.Told.Grant(e.p.policy.Codes(), e.at)

	if last, ok := account.Current(earlier); ok && !again && last.UsedAt.IsZero() && !last.Over(e.at) {
		if to, with := boundParts(last); to == link.Bound && with != "" {
			link.Bound, link.LeasedAt = last.Bound, last.LeasedAt // which lasts no longer for it

			return
		}
	}

	link.Bound += " " + code.Hash(e.p.codeKey(), codeFor(acc))

	row.Told = granted
	e.batch.Attempts = append(e.batch.Attempts, row.Kept(e.p.policy, e.at))

	m := e.message(mail.FactorCode, acc.ID, mail.Content{Recipient: acc.Person.Name()})
	m.Selector, m.Sealed = link.Selector, e.p.seals.seal(code.Reveal(), m.ID)
	e.batch.Messages = append(e.batch.Messages, m)
}
