package guichet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-multierror"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Register takes the registration form of somebody who is not signed in (rules B1, B5, B14).
//
// If nobody has named the structure before, the registration becomes its claim and its author is mailed an activation
// link; otherwise it waits for approval, and the structure's deciders are told. The answer is the same for a login
// that has an account or an open registration already; in the latter case nothing is written but, if that one waits
// for its activation, another link. Registering again is therefore harmless.
//
// A form with faults is answered by a [*multierror.Error] of [FieldFault] values, all of them, and nothing is stored.
//
// For a company that is being registered and gives no code, a temporary one is made (rule A8).
func (p *Portal) Register(ctx context.Context, form account.Form) (Receipt, error) {
	if form.Kind == identifier.Registering && strings.TrimSpace(form.Code) == "" {
		form.Code = identifier.NewRegistering([10]byte(p.random.bytes(10))).Code()
	}

	reg := &registering{
		p: p, form: form, id: account.ID(p.newID()), structure: structure.ID(p.newID()),
	}

	return update(ctx, p, p.newID(), reg.decide)
}

// registering is one registration under way. Its ids are made before the first try.
type registering struct {
	p         *Portal
	form      account.Form
	id        account.ID
	structure structure.ID
}

func (reg *registering) decide(ctx context.Context, r storage.Reader) (storage.Batch, Receipt, error) {
	p, at := reg.p, reg.p.at()
	draft, faults := reg.form.Check(p.policy, at)

	slice, err := reg.read(ctx, r, draft, at)
	if err != nil {
		return storage.Batch{}, Receipt{}, err
	}

	details, wrong := p.details(reg.form, slice.Roster.Standing.Known())
	if err := together(faults, wrong); err != nil {
		return storage.Batch{}, Receipt{}, err
	}

	newest := slice.Facts.Registrations[slice.Newest]
	mine := account.Registration{
		ID: reg.id, State: account.AwaitingApproval, Structure: slice.Roster.Structure, Login: draft.Login,
		Person: draft.Person, Terms: draft.Terms, Survey: draft.Survey, RefusedAt: newest.RefusedAt, CreatedAt: at,
	}
	slice.Facts.Registrations[reg.id] = mine

	receipt := Receipt{
		Next: NextApproval, Person: draft.Person, Login: draft.Login,
		Structure: summary(slice, draft.Identity, details),
	}

	changes, err := attachment.Decide(slice.Roster, slice.Facts, attachment.Register{
		By: account.By(reg.id), Earlier: slice.Newest, Details: details, Repeat: mine.Repeats(p.policy),
	}, at)
	if errors.Is(err, attachment.ErrOpen) {
		batch, err := p.linkAgain(ctx, r, slice, newest, at)
		if newest.Claimed {
			receipt.Next = NextActivation
		}

		return batch, receipt, err
	}

	if err != nil {
		return storage.Batch{}, Receipt{}, err
	}

	e := p.effects(r, slice, account.By(reg.id), at)
	if err := e.apply(ctx, changes); err != nil {
		return storage.Batch{}, Receipt{}, err
	}

	// A registration that only waits has had no event: it is written all the same.
	e.registrations[reg.id] = e.registration(reg.id)

	if e.registrations[reg.id].Claimed {
		receipt.Next = NextActivation
	}

	return e.finish(), receipt, nil
}

// read returns the roster of the structure that the form names; an empty one if nobody has named it.
func (reg *registering) read(
	ctx context.Context, r storage.Reader, draft account.Draft, at time.Time,
) (storage.Slice, error) {
	empty := storage.Slice{
		Roster: attachment.Roster{Structure: reg.structure},
		Facts:  attachment.Facts{Structure: structure.New(reg.structure, draft.Identity, at)},
	}

	if draft.Identity.IsZero() {
		return reg.p.known(empty), nil
	}

	stored, err := r.StructureByIdentity(ctx, draft.Identity)
	if present, err := found(err); !present || err != nil {
		return reg.p.known(empty), err
	}

	slice, err := r.Roster(ctx, storage.RosterQuery{Structure: stored.ID, Login: draft.Login.Key(), At: at})

	return reg.p.known(slice), err
}

// known completes the facts that storage read with what the portal knows.
func (p *Portal) known(s storage.Slice) storage.Slice {
	s.Facts.Policy = p.policy

	if s.Facts.Registrations == nil {
		s.Facts.Registrations = map[account.ID]account.Registration{}
	}

	return s
}

// linkAgain answers the same login that registers for the same structure while a registration is open: another link, if
// that registration waits for its activation and the last link is not too recent (rules B7 and B14).
func (p *Portal) linkAgain(
	ctx context.Context, r storage.Reader, s storage.Slice, open account.Registration, at time.Time,
) (storage.Batch, error) {
	if open.State != account.AwaitingActivation {
		return storage.Batch{}, nil
	}

	e := p.effects(r, s, account.By(open.ID), at)

	return e.linkAgain(ctx, open)
}

// details checks the part of the form that describes the structure. A known structure needs none, but for an individual,
// whose data are never shown: its author types them either way, and cannot tell whether anybody knows it (rule B1).
func (p *Portal) details(form account.Form, known bool) (*structure.Details, error) {
	if known && form.Kind != identifier.Individual {
		return nil, nil //nolint:nilnil // neither data nor faults
	}

	details, err := p.describe(form.Structure, form.Kind)

	return &details, err
}

// describe checks what somebody typed of a structure that nobody knows yet (rules B1, C4 and C10).
func (p *Portal) describe(form structure.Form, kind identifier.Kind) (structure.Details, error) {
	details, err := form.Check(kind)

	if details.Sector == structure.Public && !p.policy.PublicByForm {
		err = together(err, &structure.FieldError{Field: structure.FieldSector, Err: structure.ErrPublic})
	}

	open, wrong := p.catalogue.Open(details.Sector, details.Applications)
	details.Applications = open

	return details, together(err, wrong)
}

// together joins the faults of several parts of a form into one error.
func together(errs ...error) error {
	var all *multierror.Error

	for _, err := range errs {
		if err != nil {
			all = multierror.Append(all, err)
		}
	}

	return all.ErrorOrNil()
}

// summary is what a receipt shows of the structure: what is known of it to anybody, or what its author just typed
// (rule B5). Of a known individual nothing is shown but what its author typed (rule B1).
func summary(s storage.Slice, identity identifier.ID, typed *structure.Details) structure.Summary {
	if typed == nil || s.Roster.Standing.Known() && identity.Kind() != identifier.Individual {
		return publicSummary(s.Facts.Structure)
	}

	return structure.Summary{Identity: identity, Sector: typed.Sector, Data: typed.Data}
}

// publicSummary is what anybody may see of a known structure (rules C11 and G4).
func publicSummary(s structure.Structure) structure.Summary {
	data := s.Data.Masked()
	if s.Identity.Kind() == identifier.Individual {
		data = structure.Data{}
	}

	return structure.Summary{Identity: s.Identity, Sector: s.Sector, Data: data}
}

// Resend mails another activation link to a login address (rule B7): for every registration that waits for its
// activation and was not sent one too recently. The answer is the same whether there is any.
//
// Errors: a [*account.FieldError] for what is no address.
func (p *Portal) Resend(ctx context.Context, login string) error {
	address, err := account.ParseLogin(login)
	if err != nil {
		return &account.FieldError{Field: account.FieldLogin, Err: err}
	}

	query := storage.RegistrationsOf{Login: address.Key()}

	for {
		page, err := storage.List(ctx, p.store, query)
		if err != nil {
			return err
		}

		for _, reg := range page.Rows {
			if reg.State != account.AwaitingActivation {
				continue
			}

			if err := p.resend(ctx, reg.ID, reg.Structure); err != nil {
				return err
			}
		}

		if query.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

func (p *Portal) resend(ctx context.Context, id account.ID, in structure.ID) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		at := p.at()

		slice, err := r.Roster(ctx, storage.RosterQuery{Structure: in, Accounts: []account.ID{id}, At: at})
		if err != nil {
			return storage.Batch{}, struct{}{}, err
		}

		reg := slice.Facts.Registrations[id]
		if reg.State != account.AwaitingActivation {
			return storage.Batch{}, struct{}{}, nil
		}

		batch, err := p.linkAgain(ctx, r, p.known(slice), reg, at)

		return batch, struct{}{}, err
	})

	return err
}

// linkAgain writes another link to a registration that waits for its activation, unless its time is over or the last link
// is too recent. A claim's link ends with the claim's term, however often it is sent (rule D1).
func (e *effects) linkAgain(ctx context.Context, reg account.Registration) (storage.Batch, error) {
	row, _ := e.roster.Row(attachment.Key{Account: reg.ID})

	kind, life, end := mail.Approved, e.p.policy.ApprovalLinkLife, row.Due
	if row.State == attachment.Claimed {
		kind, life, end = mail.ActivationLink, e.p.policy.LinkLife, e.roster.Claim.Term
	}

	earlier, err := e.r.Links(ctx, reg.ID, account.PurposeActivation)
	if err != nil || !slices.Contains([]attachment.State{attachment.Claimed, attachment.Approved}, row.State) {
		return storage.Batch{}, err
	}

	if !end.After(e.at) || !account.MayIssue(earlier, e.p.policy, e.at) {
		return storage.Batch{}, nil
	}

	if err := e.sendLink(ctx, kind, reg.ID, mail.Content{Structure: e.name(row)}, life, end); err != nil {
		return storage.Batch{}, err
	}

	e.batch.Journal = append(e.batch.Journal, storage.Entry{
		At: e.at, Actor: e.by, Action: "link sent again", Structure: e.roster.Structure,
		Version: e.roster.Version, Account: reg.ID,
	})
	// The link rests on the roster's state: were it to change meanwhile, the link would be for nothing.
	e.batch.Guards = append(e.batch.Guards, storage.RosterAt{Structure: e.roster.Structure, Version: e.roster.Version})

	return e.batch, nil
}
