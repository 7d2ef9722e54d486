package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Import is what an application brings along: its users, its structures, who manages them, who is attached with which
// profiles.
type Import struct {
	Accounts   []ImportedAccount
	Structures []ImportedStructure
}

// ImportedAccount is one user.
type ImportedAccount struct {
	ID            account.ID // the application's own; required
	Login         string
	Person        account.PersonForm
	ContactProved bool          // the application knows that the contact address is theirs
	State         account.State // Active unless said otherwise; Closed is refused
	Terms, Survey account.Consent
	CreatedAt     time.Time // now unless said otherwise
}

// ImportedStructure is one structure with everybody attached to it.
type ImportedStructure struct {
	Identity     identifier.ID
	Form         structure.Form // public structures may be imported (rule C4)
	Inactive     bool
	Verification structure.Verification // what the application knows; Unverified is asked about by Portal.Verify
	Services     []structure.ServiceForm
	Manager      account.ID // "" = the structure is vacant
	Users        []ImportedUser
}

// ImportedUser is one attachment. The main manager is among the users, at structure level.
type ImportedUser struct {
	Account   account.ID
	Service   structure.Code // "" = structure level
	Suspended bool
	Profiles  []habilitation.Profile // nil = the defaults (rule E3); without meaning for the main manager
	Since     time.Time              // now unless said otherwise
}

// ImportReport says what an import did.
type ImportReport struct {
	Accounts   int // written
	Structures int // written
	Present    int // there already, as an earlier run of the same import left them; what changed since is left alone
	Refused    []ImportRefusal
}

// ImportRefusal is one fault of what was not imported. Of a structure every fault is told, and each keeps the whole structure out.
type ImportRefusal struct {
	Identity identifier.ID  // of the structure that was refused; zero for an account
	Account  account.ID     // the account, or which of the structure's users the fault is about; "" = the structure itself
	Service  structure.Code // of that user
	Err      Fault
}

// importPage is how many accounts one transaction writes.
const importPage = 200

// Import takes over the users and structures of an application that had them before it used this portal. Nobody is mailed.
// Accounts come first, many in a transaction; then each structure in a transaction of its own, everything or nothing: its
// data, its services, its manager and its users with their profiles, checked like a roster that commands led to (see
// attachment.Check). What is refused is reported, and does not hold up the rest; an import that was interrupted is run
// again, and finds what it has written. What is named twice is refused the second time, and so is a structure that is present
// and lacks one of the users: what was there counts.
//
// The forms are checked like those that people fill in, but that public structures are welcome. A structure that somebody is
// registering at the moment is refused ([attachment.ErrClaimed]); one that nobody followed up is taken over.
//
// Errors: [ErrWithin]; the context's; those of the store. The report says what was done until then.
func (p *Portal) Import(ctx context.Context, in Import) (ImportReport, error) {
	if p.joined {
		return ImportReport{}, ErrWithin
	}

	accounts, structures, report := once(in)

	for rest := accounts; len(rest) > 0; {
		page := rest[:min(len(rest), importPage)]
		rest = rest[len(page):]

		done, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, ImportReport, error) {
			return p.importAccounts(ctx, r, page)
		})
		if err != nil {
			return report, err
		}

		report.add(done)
	}

	for _, s := range structures {
		id := structure.ID(p.newID())

		imported := func(ctx context.Context, r storage.Reader) (storage.Batch, ImportReport, error) {
			return p.importStructure(ctx, r, id, s)
		}

		done, err := update(ctx, p, p.newID(), imported)
		if errors.Is(err, attachment.ErrClaimed) { // its time may be over, which nobody has applied yet
			if err := p.settleClaim(ctx, s.Identity); err != nil {
				return report, err
			}

			done, err = update(ctx, p, p.newID(), imported)
		}

		switch {
		case err == nil:
			report.add(done)
		case len(Faults(err)) > 0:
			report.refuse(s.Identity, "", err)
		default:
			return report, err
		}
	}

	return report, nil
}

// once leaves out, and refuses, what an import names twice: which of the two is meant, nobody can tell.
func once(in Import) (accounts []ImportedAccount, structures []ImportedStructure, report ImportReport) {
	ids, logins, identities := map[account.ID]bool{}, map[string]bool{}, map[identifier.ID]bool{}

	for _, a := range in.Accounts {
		login, err := account.ParseLogin(a.Login)

		switch {
		case ids[a.ID]:
			report.refuse(identifier.ID{}, a.ID, &Error{Err: ErrIDTaken})
		case err == nil && logins[login.Key()]:
			report.refuse(identifier.ID{}, a.ID, &Error{Err: ErrLoginTaken})
		default:
			ids[a.ID], logins[login.Key()] = true, true
			accounts = append(accounts, a)
		}
	}

	for _, s := range in.Structures {
		if identities[s.Identity] && !s.Identity.IsZero() {
			report.refuse(s.Identity, "", fault(structure.ErrTwice))

			continue
		}

		identities[s.Identity] = true
		structures = append(structures, s)
	}

	return accounts, structures, report
}

// refuse adds every fault that an error holds.
func (r *ImportReport) refuse(identity identifier.ID, id account.ID, err error) {
	for _, f := range Faults(err) {
		refusal := ImportRefusal{Identity: identity, Account: id, Err: f}
		if about, ok := errors.AsType[*attachment.Error](f); ok {
			refusal.Account, refusal.Service = about.Account, about.Service
		}

		r.Refused = append(r.Refused, refusal)
	}
}

// settleClaim ends the claim of a structure if its time is over (rule D1).
func (p *Portal) settleClaim(ctx context.Context, identity identifier.ID) error {
	claimed, err := p.store.StructureByIdentity(ctx, identity)
	if err == nil {
		_, err = p.do(ctx, claimed.ID, attachment.Settle{By: account.System()})
	}

	return err
}

func (r *ImportReport) add(other ImportReport) {
	r.Accounts += other.Accounts
	r.Structures += other.Structures
	r.Present += other.Present
	r.Refused = append(r.Refused, other.Refused...)
}

func (p *Portal) importAccounts(
	ctx context.Context, r storage.Reader, page []ImportedAccount,
) (storage.Batch, ImportReport, error) {
	var (
		batch  storage.Batch
		report ImportReport
	)

	for _, in := range page {
		acc, err := p.imported(in)
		if err == nil {
			stored, missing := r.Account(ctx, acc.ID)

			present, fault := found(missing)
			if fault != nil {
				return storage.Batch{}, ImportReport{}, fault
			}

			if present && stored.Login.Same(acc.Login) {
				report.Present++

				continue
			}

			err = freeBeside(ctx, r, acc)
			if err != nil && len(Faults(err)) == 0 {
				return storage.Batch{}, ImportReport{}, err
			}
		}

		if err != nil {
			report.refuse(identifier.ID{}, in.ID, err)

			continue
		}

		report.Accounts++

		batch.Accounts = append(batch.Accounts, acc)
		batch.Journal = append(batch.Journal, storage.Entry{
			At: p.at(), Actor: account.System(), Action: "account imported", Account: acc.ID, After: acc.State.String(),
		})
	}

	return batch, report, nil
}

// imported checks one account.
func (p *Portal) imported(in ImportedAccount) (account.Account, error) {
	acc, err := p.enrolled(Enrolment{ID: in.ID, Login: in.Login, Person: in.Person, ContactProved: in.ContactProved})

	if in.State != 0 {
		acc.State = in.State
	}

	if in.State >= account.Closed {
		err = together(err, &account.FieldError{Field: account.FieldState, Err: account.ErrState})
	}

	for _, t := range []time.Time{in.CreatedAt, in.Terms.At, in.Survey.At} {
		err = together(err, keepable(t))
	}

	err = together(err, in.Terms.Check(account.FieldTerms), in.Survey.Check(account.FieldSurvey))
	acc.Terms, acc.Survey = stamped(in.Terms), stamped(in.Survey)

	if !in.CreatedAt.IsZero() {
		acc.CreatedAt = instant(in.CreatedAt)
	}

	return acc, err
}

// keepable refuses a time that some stores cannot keep.
func keepable(t time.Time) error {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return &account.FieldError{Field: account.FieldDate, Err: account.ErrDate}
	}

	return nil
}

// instant is a time as every store can keep it.
func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}

	return t.UTC().Truncate(time.Microsecond)
}

func stamped(c account.Consent) account.Consent {
	c.At = instant(c.At)

	return c
}
