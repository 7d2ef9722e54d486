package guichet

import (
	"context"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Enrolment is a user that an application has already: it has checked who they are, and keeps their password.
type Enrolment struct {
	ID            account.ID // the application's own; "" = one is made
	Login         string
	Person        account.PersonForm
	ContactProved bool // the application knows that the contact address is theirs: it is not asked to be confirmed
	AcceptsTerms  bool
	AcceptsSurvey bool

	Identity  identifier.ID  // whom they work for; zero = nobody yet
	Structure structure.Form // what is known of it, as long as nobody manages it; see Portal.Prefill
	Comment   string         // for whoever decides; optional
}

// Enrolled is what became of an [Enrolment].
type Enrolled struct {
	Joined // zero if no structure was named

	Account account.Account
}

// Enrol creates the account of a user whom the application vouches for: active at once, under the application's own id, and
// without password (French: enrôlement). If nobody has named the structure before, the account is its main manager at once;
// otherwise its request waits, as after a registration. No [ClaimVerifier] is asked: the application vouches. Unlike [Portal.Register] it says openly when a login is taken.
//
// Errors: [*Error] around [ErrLoginTaken] or [ErrIDTaken]; a [*multierror.Error] of [FieldFault] values, all of them;
// [*attachment.Error] around [attachment.ErrComment] for a comment that cannot be kept.
func (p *Portal) Enrol(ctx context.Context, e Enrolment) (Enrolled, error) {
	if e.ID == "" {
		e.ID = account.ID(p.newID())
	}

	acc, faults := p.enrolled(e)

	var join *joining

	if !e.Identity.IsZero() {
		join = &joining{
			p: p, account: e.ID, identity: e.Identity, form: e.Structure, comment: e.Comment, enrolled: true,
		}
		if err := join.prepare(ctx); err != nil {
			return Enrolled{}, err
		}
	}

	if faults != nil {
		if join != nil {
			faults = together(faults, join.wrong)
		}

		return Enrolled{}, faults
	}

	out, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, Enrolled, error) {
		return p.enrol(ctx, r, acc, join)
	})

	if storage.Exists(err, storage.KeyLogin) { // in a transaction of the application's: trying again tells the same
		err = &Error{Err: ErrLoginTaken}
	}

	return out, err
}

// EnrolTx is [Portal.Enrol] in a transaction of the application's, so that its own user and the account are written together
// or not at all, see [Portal.Within]. Errors besides: [ErrNoTx]; [storage.ErrConflict], and the transaction begins again.
func (p *Portal) EnrolTx(ctx context.Context, q storage.Querier, e Enrolment) (Enrolled, error) {
	within, err := p.Within(q)
	if err != nil {
		return Enrolled{}, err
	}

	return within.Enrol(ctx, e)
}

// DoTx is [Portal.Do] in a transaction of the application's, see [Portal.Within].
func (p *Portal) DoTx(
	ctx context.Context, q storage.Querier, id structure.ID, c attachment.Command,
) (Outcome, error) {
	within, err := p.Within(q)
	if err != nil {
		return Outcome{}, err
	}

	return within.Do(ctx, id, c)
}

// enrolled checks what the application says of its user, and returns the account.
func (p *Portal) enrolled(e Enrolment) (account.Account, error) {
	at := p.at()

	login, wrong := account.ParseLogin(e.Login)
	if wrong != nil {
		wrong = &account.FieldError{Field: account.FieldLogin, Err: wrong}
	}

	person, faults := e.Person.Check(login)
	acc := account.Account{
		ID: e.ID, State: account.Active, Login: login, Person: person, Epoch: 1, CreatedAt: at,
	}

	if e.AcceptsTerms {
		acc.Terms = account.Consent{Version: p.policy.TermsVersion, At: at}
	}

	if e.AcceptsSurvey {
		acc.Survey = account.Consent{Version: p.policy.SurveyVersion, At: at}
	}

	if e.ContactProved {
		acc.ContactAt = at
	}

	return acc, together(e.ID.Check(), wrong, faults)
}

func (p *Portal) enrol(
	ctx context.Context, r storage.Reader, acc account.Account, join *joining,
) (storage.Batch, Enrolled, error) {
	if err := free(ctx, r, acc); err != nil {
		return storage.Batch{}, Enrolled{}, err
	}

	e := p.personal(r, acc, account.By(acc.ID))

	var joined Joined

	if join != nil {
		var err error
		if e, joined, err = join.decide(ctx, r, acc); err != nil {
			return storage.Batch{}, Enrolled{}, err
		}
	}

	if err := e.welcome(ctx, acc); err != nil {
		return storage.Batch{}, Enrolled{}, err
	}

	e.batch.Journal = append(e.batch.Journal, storage.Entry{
		At: e.at, Actor: e.by, Action: "account enrolled", Structure: e.roster.Structure, Version: e.version(),
		Account: acc.ID, After: acc.State.String(),
	})

	batch := e.finish()
	batch.Accounts = alone(batch.Accounts, acc)
	acc.Version = 1

	return batch, Enrolled{Account: acc, Joined: joined}, nil
}

// free refuses an account whose id or login somebody has.
func free(ctx context.Context, r storage.Reader, acc account.Account) error {
	_, err := r.Account(ctx, acc.ID)

	switch taken, err := found(err); {
	case err != nil:
		return err
	case taken:
		return &Error{Err: ErrIDTaken}
	default:
		return freeBeside(ctx, r, acc)
	}
}

// freeBeside refuses an account, known to be none yet, whose id a registration has, or whose login another account. Ids of
// registrations count: they become accounts under them. Each question may be answered later than the one before: what was
// written in between makes the transaction begin again.
func freeBeside(ctx context.Context, r storage.Reader, acc account.Account) error {
	_, err := r.Registration(ctx, acc.ID)
	if taken, err := found(err); taken || err != nil {
		if err == nil {
			err = &Error{Err: ErrIDTaken}
		}

		return err
	}

	owner, err := r.AccountByLogin(ctx, acc.Login.Key())

	switch taken, err := found(err); {
	case err != nil:
		return err
	case taken && owner.ID == acc.ID: // written since its id was looked for
		return storage.ErrConflict
	case taken:
		return &Error{Err: ErrLoginTaken}
	default:
		return nil
	}
}
