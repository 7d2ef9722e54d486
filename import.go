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
	Present    int // accounts and structures that were there already, as an earlier run of the same import left them
	Refused    []ImportRefusal
}

// ImportRefusal is what was not imported, and why.
type ImportRefusal struct {
	Account  account.ID    // of an account
	Identity identifier.ID // of a structure
	Err      error
}

// importPage is how many accounts one transaction writes.
const importPage = 200

// Import takes over the users and structures of an application that had them before it used this portal. Nobody is mailed.
// Accounts come first, many in a transaction; then each structure in a transaction of its own, everything or nothing: its
// data, its services, its manager and its users with their profiles, checked like a roster that commands led to (see
// attachment.Check). What is refused is reported, and does not hold up the rest; an import that was interrupted is run
// again, and finds what it has written.
//
// The forms are checked like those that people fill in, but that public structures are welcome. A structure that somebody is
// registering at the moment is refused ([attachment.ErrClaimed]); one that nobody followed up is taken over.
//
// Errors: [ErrWithin]; the context's; those of the store. The report says what was done until then.
func (p *Portal) Import(ctx context.Context, in Import) (ImportReport, error) {
	if p.joined {
		return ImportReport{}, ErrWithin
	}

	var report ImportReport

	for rest := in.Accounts; len(rest) > 0; {
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

	for _, s := range in.Structures {
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
			report.Refused = append(report.Refused, ImportRefusal{Identity: s.Identity, Err: err})
		default:
			return report, err
		}
	}

	return report, nil
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
		ids    = map[account.ID]bool{}
		logins = map[string]bool{}
	)

	for _, in := range page {
		acc, err := p.imported(in)

		switch {
		case err != nil:
		case ids[acc.ID]:
			err = &Error{Err: ErrIDTaken}
		case logins[acc.Login.Key()]:
			err = &Error{Err: ErrLoginTaken}
		default:
			stored, missing := r.Account(ctx, acc.ID)

			present, fault := found(missing)
			if fault != nil {
				return storage.Batch{}, ImportReport{}, fault
			}

			if present && stored.Login.Same(acc.Login) {
				report.Present++

				continue
			}

			err = free(ctx, r, acc)
			if err != nil && len(Faults(err)) == 0 {
				return storage.Batch{}, ImportReport{}, err
			}
		}

		if err != nil {
			report.Refused = append(report.Refused, ImportRefusal{Account: in.ID, Err: err})

			continue
		}

		ids[acc.ID], logins[acc.Login.Key()] = true, true
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

	if in.ID == "" {
		err = together(err, &Error{Err: ErrUnknownAccount})
	}

	if in.State != 0 {
		acc.State = in.State
	}

	if in.State == account.Closed || in.State > account.Closed {
		err = together(err, &account.AccountError{State: in.State, Err: account.ErrClosed})
	}

	acc.Terms, acc.Survey = stamped(in.Terms), stamped(in.Survey)

	if !in.CreatedAt.IsZero() {
		acc.CreatedAt = instant(in.CreatedAt)
	}

	return acc, err
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

func (p *Portal) importStructure(
	ctx context.Context, r storage.Reader, id structure.ID, in ImportedStructure,
) (storage.Batch, ImportReport, error) {
	at := p.at()

	if in.Identity.IsZero() {
		return storage.Batch{}, ImportReport{}, fault(structure.ErrRequired)
	}

	slice, present, err := p.named(ctx, r, in.Identity, storage.RosterQuery{At: at})
	if err != nil {
		return storage.Batch{}, ImportReport{}, err
	}

	if !present {
		slice = p.known(storage.Slice{
			Roster: attachment.Roster{Structure: id},
			Facts:  attachment.Facts{Structure: structure.New(id, in.Identity, at)},
		})
	}

	if present && slice.Roster.Standing.Known() && slice.Roster.Holder == in.Manager {
		return storage.Batch{}, ImportReport{Present: 1}, nil
	}

	facts, services, err := p.importedFacts(ctx, r, slice.Facts, in)
	if err != nil {
		return storage.Batch{}, ImportReport{}, err
	}

	members := make([]attachment.Member, len(in.Users))
	for i, u := range in.Users {
		members[i] = attachment.Member{
			Key:       attachment.Key{Account: u.Account, Service: u.Service},
			Suspended: u.Suspended, Profiles: u.Profiles, Since: instant(u.Since),
		}
	}

	roster, err := slice.Roster.Assemble(facts, in.Manager, members, account.System(), at)
	if err != nil {
		return storage.Batch{}, ImportReport{}, err
	}

	batch := storage.Batch{
		Structures: []structure.Structure{facts.Structure},
		Services:   services,
		Rosters:    []attachment.Roster{roster},
		Journal: []storage.Entry{{
			At: at, Actor: account.System(), Action: "structure imported", Structure: roster.Structure,
			Version: roster.Version + 1, Account: in.Manager, Before: slice.Roster.Standing.String(),
			After: roster.Standing.String(),
		}},
	}

	for _, acc := range facts.Accounts { // that account's own events must see its attachment
		batch.Accounts = append(batch.Accounts, acc)
	}

	return batch, ImportReport{Structures: 1}, nil
}

// importedFacts checks the structure and its services, and reads the accounts that are to be attached.
func (p *Portal) importedFacts(
	ctx context.Context, r storage.Reader, facts attachment.Facts, in ImportedStructure,
) (attachment.Facts, []structure.Service, error) {
	details, wrong := in.Form.Check(in.Identity.Kind())

	open, refused := p.catalogue.Open(details.Sector, details.Applications)
	details.Applications = open

	s := facts.Structure.Describe(details)
	s.Verification = in.Verification

	if in.Inactive {
		s.Status = structure.Inactive
	}

	err := together(wrong, refused)
	services := make([]structure.Service, 0, len(in.Services))
	named := map[structure.Code]structure.Service{}

	for _, form := range in.Services {
		service, wrong := form.Check()
		service.Structure = s.ID

		if _, twice := named[service.Code]; twice && wrong == nil {
			wrong = &structure.FieldError{Field: structure.FieldServiceCode, Err: structure.ErrTwice}
		}

		named[service.Code] = service
		services = append(services, service)
		err = together(err, wrong)
	}

	if err != nil {
		return facts, nil, err
	}

	facts = attachment.Facts{
		Structure: s, Services: named, Accounts: map[account.ID]account.Account{}, Policy: p.policy,
	}

	ids := []account.ID{in.Manager}
	for _, u := range in.Users {
		ids = append(ids, u.Account)
	}

	for _, id := range ids {
		if _, read := facts.Accounts[id]; read || id == "" {
			continue
		}

		acc, err := r.Account(ctx, id)
		if present, err := found(err); err != nil {
			return facts, nil, err
		} else if present {
			facts.Accounts[acc.ID] = acc
		}
	}

	return facts, services, nil
}
