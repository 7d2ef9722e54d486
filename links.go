package guichet

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Invitation is what a link is for, to show on the page that it opens.
type Invitation struct {
	Purpose   account.Purpose
	Person    account.Person
	Login     account.Login
	Structure structure.Summary // of an activation or an adoption; zero if it names none
	Manager   bool              // going on makes the person the structure's main manager
	Invited   bool              // a decider gave the address: the person tells their name and accepts the conditions with their password
	Contact   string            // the contact address that the link confirms, or the address that becomes the login
	Question  string            // of a link to choose another password: the secret question to answer; "" = none
	SetAnswer bool              // likewise: a new question and its answer have to be chosen
	Expires   time.Time         // the end of the link's life
}

// Inspect tells what a link is for. It consumes nothing: mail scanners open links (rule B7).
//
// Errors: [*account.LinkError] for a link that is unknown, used, replaced or expired; [*Error] around [ErrLoginBound] for an
// activation whose login got an account by another registration meanwhile: [Portal.Adopt] takes the link then.
func (p *Portal) Inspect(ctx context.Context, token account.Token) (Invitation, error) {
	at := p.at()

	// What is handed to who is signing in is no mailed link, and shows nothing.
	mailed := slices.DeleteFunc(account.Purposes(), func(p account.Purpose) bool { return p == account.PurposeFactor })

	opened, err := p.open(ctx, p.store, token, at, mailed...)
	if err != nil {
		return Invitation{}, err
	}

	out := Invitation{Purpose: opened.link.Purpose, Expires: opened.link.Expires()}

	switch opened.link.Purpose {
	case account.PurposeActivation, account.PurposeAdoption:
		if opened.link.Purpose == account.PurposeActivation && opened.owner.ID != "" {
			return Invitation{}, &Error{Err: ErrLoginBound}
		}

		row := opened.row
		out.Person, out.Login = opened.registration.Person, opened.registration.Login
		out.Manager, out.Invited = row.State == attachment.Claimed, opened.registration.Invited

		if stored := opened.slice.Facts.Structure; stored.ID != "" {
			out.Structure = summary(opened.slice, stored.Identity, row.Details)
		}
	case account.PurposeContact:
		out.Contact = opened.link.Bound
	case account.PurposeReactivation:
		out.Person, out.Login = opened.owner.Person, opened.owner.Login
	case account.PurposeReset:
		kept, err := p.credential(ctx, p.store, opened.owner.ID)
		if err != nil {
			return Invitation{}, err
		}

		out.Login = opened.owner.Login
		if p.asksAnswer(kept, at) {
			out.Question = kept.Question
		} else {
			out.SetAnswer = p.keepsQuestion()
		}
	case account.PurposeLogin:
		_, out.Contact = boundParts(opened.link)
		out.Login = opened.owner.Login
	case account.PurposeFactor:
	case account.PurposeContest:
		out.Person, out.Login = opened.registration.Person, opened.registration.Login
		out.Structure = summary(opened.slice, opened.slice.Facts.Structure.Identity, opened.row.Details)
	}

	return out, nil
}

// opened is a link that may be used, with what it opens.
type opened struct {
	link         account.Link
	registration account.Registration  // of an activation or an adoption
	slice        storage.Slice         // likewise
	row          attachment.Attachment // its row, once what is due is applied
	owner        account.Account       // the account that has the registration's login, if there is one; or the link's own
}

// open checks a token for one of several purposes and reads what it is for.
func (p *Portal) open(
	ctx context.Context, r storage.Reader, token account.Token, at time.Time, purposes ...account.Purpose,
) (opened, error) {
	link, err := r.Link(ctx, token.Selector())
	if errors.Is(err, storage.ErrNotFound) {
		return opened{}, &account.LinkError{Err: account.ErrLinkUnknown}
	} else if err != nil {
		return opened{}, err
	}

	for _, purpose := range purposes {
		if link.Purpose != purpose {
			continue
		}

		switch purpose {
		case account.PurposeActivation, account.PurposeAdoption:
			return p.openRegistration(ctx, r, token, link, at)
		case account.PurposeContest:
			return p.openContest(ctx, r, token, link, at)
		case account.PurposeContact, account.PurposeReactivation, account.PurposeReset, account.PurposeLogin,
			account.PurposeFactor:
			return p.openAccount(ctx, r, token, link, at)
		}
	}

	return opened{}, &account.LinkError{Err: account.ErrLinkUnknown}
}

// openRegistration checks a link to a registration.
func (p *Portal) openRegistration(
	ctx context.Context, r storage.Reader, token account.Token, link account.Link, at time.Time,
) (opened, error) {
	reg, err := r.Registration(ctx, link.Account)

	switch present, err := found(err); {
	case err != nil:
		return opened{}, err
	case !present && !link.UsedAt.IsZero(): // kept for as long as it had to be, and deleted since
		return opened{}, &account.LinkError{Err: account.ErrLinkUsed, At: link.UsedAt}
	case !present:
		return opened{}, &account.LinkError{Err: account.ErrLinkExpired, At: link.Expires()}
	}

	// The registration as the roster's snapshot has it: the roster is read first, the rest is covered by its version.
	slice, reg, err := p.registered(ctx, r, reg, at)
	if err != nil {
		return opened{}, err
	}

	if err := check(ctx, r, link, token, at); err != nil {
		return opened{}, err
	}

	switch {
	case reg.State == account.Activated: // by this link, a moment ago
		return opened{}, &account.LinkError{Err: account.ErrLinkUsed, At: reg.EndedAt}
	case !reg.Open() || reg.Over(at):
		return opened{}, &account.LinkError{Err: account.ErrLinkExpired, At: reg.EndedAt}
	}

	// What is due may not have been applied yet: what a link opens does not depend on that.
	e := p.effects(r, slice, account.System(), at)
	if e.roster, err = settledRoster(slice, reg.ID, at); err != nil {
		return opened{}, err
	}

	row := e.roster.Registered(reg.ID)
	if until, waiting := e.due(reg, row); !waiting || !at.Before(until.notAfter) {
		return opened{}, &account.LinkError{Err: account.ErrLinkExpired, At: until.notAfter}
	}

	owner, err := r.AccountByLogin(ctx, reg.Login.Key())

	switch bound, err := found(err); {
	case err != nil:
		return opened{}, err
	case bound && owner.ID == reg.ID: // the same link, used a moment ago
		return opened{}, &account.LinkError{Err: account.ErrLinkUsed, At: owner.CreatedAt}
	default:
		return opened{link: link, registration: reg, slice: slice, row: row, owner: owner}, nil
	}
}

// openAccount checks a link to an account: what it is bound to must still be so.
func (p *Portal) openAccount(
	ctx context.Context, r storage.Reader, token account.Token, link account.Link, at time.Time,
) (opened, error) {
	owner, err := r.Account(ctx, link.Account)
	if present, err := found(err); !present || err != nil {
		if err == nil {
			err = &account.LinkError{Err: account.ErrLinkUnknown}
		}

		return opened{}, err
	}

	if err := check(ctx, r, link, token, at); err != nil {
		return opened{}, err
	}

	if to, _ := boundParts(link); to != bound(owner, link.Purpose) {
		return opened{}, &account.LinkError{Err: account.ErrLinkExpired, At: link.Expires()}
	}

	return opened{link: link, owner: owner}, nil
}

// check tells whether the token opens the link now.
func check(ctx context.Context, r storage.Reader, link account.Link, token account.Token, at time.Time) error {
	links, err := r.Links(ctx, link.Account, link.Purpose)
	if err != nil {
		return err
	}

	for _, now := range links {
		if now.Selector == link.Selector { // it may have been used since it was read
			link = now
		}
	}

	return link.Check(token, links, at)
}

// boundParts takes what a link is bound to apart: what must still be so, and what it carries besides, such as the address that
// it makes the login.
func boundParts(link account.Link) (to, with string) {
	switch link.Purpose { //nolint:exhaustive // the others carry nothing
	case account.PurposeLogin, account.PurposeFactor:
		to, with, _ = strings.Cut(link.Bound, " ")

		return to, with
	default:
		return link.Bound, ""
	}
}

// bound is what a link to an account is bound to: it is worth nothing any more once that has changed.
func bound(acc account.Account, purpose account.Purpose) string {
	switch purpose {
	case account.PurposeContact:
		if acc.State != account.Active || !acc.MustConfirm() {
			return "nothing to confirm"
		}

		return acc.Person.Contact
	case account.PurposeReactivation:
		if acc.State != account.Deactivated {
			return "nothing to reactivate"
		}

		return strconv.FormatInt(acc.Epoch, 10)
	case account.PurposeReset, account.PurposeLogin, account.PurposeFactor:
		if acc.State != account.Active {
			return "nothing to change"
		}

		return strconv.FormatInt(acc.Epoch, 10)
	case account.PurposeActivation, account.PurposeAdoption, account.PurposeContest:
		return ""
	}

	return ""
}
