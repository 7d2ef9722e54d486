package guichet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

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
// that has an account or an open registration already; in the latter case nothing is written but, if one is due, another
// link. Registering again is therefore harmless. A former identifier leads to the structure's present one (rule C9).
//
// Under the policy account.Immediate the activation link goes out at once whatever the structure, and the form need not
// name one (rule B6).
//
// The captcha is verified before anything else, and only then is anything looked up (rule B4). For a structure that is not
// known a directory is asked, if there is one (rule C3). A form with faults is answered by a [*multierror.Error] of
// [FieldFault] values, all of them, and nothing is stored.
//
// For a company that is being registered and gives no code, a temporary one is made (rule A8).
func (p *Portal) Register(ctx context.Context, form account.Form) (Receipt, error) {
	if form.Kind == identifier.Registering && strings.TrimSpace(form.Code) == "" {
		form.Code = identifier.NewRegistering([10]byte(p.random.bytes(10))).Code()
	}

	if err := p.passed(ctx, form); err != nil {
		return Receipt{}, err
	}

	reg := &registering{
		p: p, form: form, id: account.ID(p.newID()), structure: structure.ID(p.newID()),
	}

	var err error
	if reg.listing, err = p.consult(ctx, form); err != nil {
		return Receipt{}, err
	}

	return update(ctx, p, p.newID(), reg.decide)
}

// passed verifies the captcha. Whoever has not passed it is told the faults of what they typed, and nothing that has to be
// looked up.
func (p *Portal) passed(ctx context.Context, form account.Form) error {
	if p.captcha == nil {
		return nil
	}

	passed, err := p.captcha.Verify(ctx, form.Captcha)
	if err != nil || passed {
		return err
	}

	_, faults := form.Check(p.policy, p.at())

	return together(faults, &account.FieldError{Field: account.FieldCaptcha, Err: account.ErrCaptcha})
}

// consult asks the directory about the structure that the form names, unless it is known: then its data are shown, and
// nobody types any.
func (p *Portal) consult(ctx context.Context, form account.Form) (structure.Listing, error) {
	none := structure.Listing{Found: structure.NotCovered}

	if p.directory == nil {
		return none, nil
	}

	draft, _ := form.Check(p.policy, p.at())
	if draft.Identity.IsZero() {
		return none, nil
	}

	if _, err := p.present(ctx, draft.Identity); err == nil {
		return none, nil
	} else if !errors.Is(err, ErrUnknownStructure) {
		return none, err
	}

	return p.listing(ctx, draft.Identity)
}

// registering is one registration under way. Its ids are made before the first try.
type registering struct {
	p         *Portal
	form      account.Form
	id        account.ID
	structure structure.ID
	listing   structure.Listing // what the directory said
	owner     account.ID        // of the account that has the login, as read last; "" = none
}

func (reg *registering) decide(ctx context.Context, r storage.Reader) (storage.Batch, Receipt, error) {
	p, at := reg.p, reg.p.at()
	draft, faults := reg.form.Check(p.policy, at)

	slice, err := reg.read(ctx, r, draft, at)
	if err != nil {
		return storage.Batch{}, Receipt{}, err
	}

	standing, err := standingAt(slice, at) // what is due is applied first, whether or not anybody has done so
	if err != nil {
		return storage.Batch{}, Receipt{}, err
	}

	details, wrong := reg.details(standing.Known())
	if err := together(faults, wrong); err != nil {
		return storage.Batch{}, Receipt{}, err
	}

	if draft.Identity.IsZero() {
		return reg.alone(ctx, r, draft, at)
	}

	// What a structure was marked with when somebody named it and did not follow it up is not the last word (rule C3).
	stored := slice.Facts.Structure
	if reg.listing.Found != structure.NotCovered && !standing.Known() {
		slice.Facts.Structure = stored.Heard(reg.listing, at)
	}

	newest := slice.Facts.Registrations[slice.Newest]
	mine := reg.registration(draft, slice.Roster.Structure, at)
	mine.RefusedAt = newest.RefusedAt

	// Once it is an account, a refusal of its request is kept with that (rule B6).
	if row, _ := slice.Roster.Row(attachment.Key{Account: newest.ID}); row.Decision.Refuses() && row.Decision.At.After(mine.RefusedAt) {
		mine.RefusedAt = row.Decision.At
	}

	slice.Facts.Registrations[reg.id] = mine

	// Whoever was invited here is not to be found out by registering with their address: it waits like an invitation whose
	// address nobody knew (rules B14 and D7).
	if invited := slices.ContainsFunc(slice.Roster.RowsOf(reg.owner), func(a attachment.Attachment) bool {
		return reg.owner != "" && a.Invited != "" && a.Service == "" && slice.Roster.Belongs(reg.owner)
	}); invited {
		batch, err := reg.unseen(ctx, r, slice, reg.owner, account.Login{})

		return batch, Receipt{
			Next: next(mine), Person: draft.Person, Login: draft.Login,
			Structure: summary(slice, slice.Facts.Structure.Identity, details),
		}, err
	}

	receipt := Receipt{
		Next: next(mine), Person: draft.Person, Login: draft.Login,
		Structure: summary(slice, slice.Facts.Structure.Identity, details),
	}

	changes, err := p.decide(ctx, r, slice, attachment.Register{
		By: account.By(reg.id), Earlier: slice.Newest, Details: details, Repeat: mine.Repeats(p.policy),
	}, at)
	if errors.Is(err, attachment.ErrOpen) {
		delete(slice.Facts.Registrations, reg.id)

		batch, err := reg.unseen(ctx, r, slice, newest.ID, draft.Login)
		if newest.Open() && !newest.Invited { // otherwise it is an account's request, which waits like anybody's
			receipt.Next = next(newest)
		}

		if err == nil && standing.Known() && !slice.Roster.Standing.Known() { // whoever succeeds gave its data
			receipt.Structure, err = p.afterSettling(ctx, r, slice, details, at)
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
	mine = e.registration(reg.id)
	e.registrations[reg.id] = mine

	if e.roster.Holder != reg.id {
		if err := e.invite(ctx, mine, details); err != nil {
			return storage.Batch{}, Receipt{}, err
		}

		e.mailed() // a repeated request is told to nobody
	}

	slice.Roster, slice.Facts.Structure = e.roster, e.facts.Structure
	receipt.Next, receipt.Structure = next(mine), summary(slice, e.facts.Structure.Identity, details)

	if len(e.batch.Structures) == 0 && !e.facts.Structure.Same(stored) {
		e.putStructure()
	}

	return e.finish(), receipt, nil
}

// afterSettling is what a receipt shows of a structure that becomes known by what is due, though nobody has applied it yet.
func (p *Portal) afterSettling(
	ctx context.Context, r storage.Reader, s storage.Slice, typed *structure.Details, at time.Time,
) (structure.Summary, error) {
	changes, err := attachment.Decide(s.Roster, s.Facts, attachment.Settle{By: account.System()}, at)
	if err != nil {
		return structure.Summary{}, err
	}

	e := p.effects(r, s, account.System(), at)
	if err := e.apply(ctx, changes); err != nil {
		return structure.Summary{}, err
	}

	s.Roster, s.Facts.Structure = e.roster, e.facts.Structure

	return summary(s, s.Facts.Structure.Identity, typed), nil
}

// registration is what is stored of the form's author.
func (reg *registering) registration(d account.Draft, in structure.ID, at time.Time) account.Registration {
	mine := account.Registration{
		ID: reg.id, State: account.AwaitingApproval, Structure: in, Login: d.Login, Person: d.Person, Terms: d.Terms,
		Survey: d.Survey, CreatedAt: at,
	}

	if reg.p.policy.Activation == account.Immediate {
		mine.State, mine.Separate, mine.Due = account.AwaitingActivation, true, at.Add(reg.p.policy.ActivationLife)
	}

	return mine
}

// next is what a registration's receipt says. It follows from what is stored, so that the same login is told the same.
func next(reg account.Registration) Next {
	switch {
	case reg.Claimed:
		return NextActivation
	case !reg.Separate:
		return NextApproval
	case reg.Structure == "":
		return NextAccount
	default:
		return NextAttachment
	}
}

// invite mails somebody whose request waits: the activation link, where it does not wait for an answer (rule B6), or, if
// the address turns out to be an account's, a link to sign in through. Whether it is shows when the mail is leased, so
// that the same is written here in either case (rule B14).
func (e *effects) invite(ctx context.Context, reg account.Registration, details *structure.Details) error {
	if reg.Separate {
		return e.sendLink(ctx, mail.ActivationLink, reg.ID, mail.Content{Structure: nameOf(details)},
			e.p.policy.LinkLife, reg.Due)
	}

	e.tell(mail.AddressUsed, reg.ID, mail.Content{})

	return nil
}

// alone registers somebody who names no structure (rule B6). Of one login one such registration is open.
func (reg *registering) alone(
	ctx context.Context, r storage.Reader, draft account.Draft, at time.Time,
) (storage.Batch, Receipt, error) {
	p := reg.p
	receipt := Receipt{Next: NextAccount, Person: draft.Person, Login: draft.Login}

	page, err := storage.List(ctx, r, storage.RegistrationsOf{Login: draft.Login.Key()})
	if err != nil {
		return storage.Batch{}, Receipt{}, err
	}

	for _, open := range page.Rows {
		if open.Structure == "" && !open.Over(at) {
			batch, err := reg.aloneAgain(ctx, r, open, at)

			return batch, receipt, err
		}
	}

	mine := reg.registration(draft, "", at)
	slice := p.known(storage.Slice{})
	slice.Facts.Registrations[reg.id] = mine

	e := p.effects(r, slice, account.By(reg.id), at)
	e.registrations[reg.id] = mine

	if err := e.invite(ctx, mine, nil); err != nil {
		return storage.Batch{}, Receipt{}, err
	}

	e.note("registered", reg.id, "", mine.State.String())

	return e.finish(), receipt, nil
}

// read returns the roster of the structure that the form names; an empty one if nobody has named it.
func (reg *registering) read(
	ctx context.Context, r storage.Reader, draft account.Draft, at time.Time,
) (storage.Slice, error) {
	p := reg.p

	owner, err := r.AccountByLogin(ctx, draft.Login.Key())
	if _, err := found(err); err != nil {
		return storage.Slice{}, err
	}

	query := storage.RosterQuery{Login: draft.Login.Key(), At: at}
	if reg.owner = owner.ID; reg.owner != "" {
		query.Accounts = []account.ID{reg.owner}
	}

	slice, present, err := p.named(ctx, r, draft.Identity, query)
	if !present && err == nil {
		slice = p.known(storage.Slice{
			Roster: attachment.Roster{Structure: reg.structure},
			Facts: attachment.Facts{
				Structure: structure.New(reg.structure, draft.Identity, at).Heard(reg.listing, at),
			},
		})
	}

	if err != nil {
		return slice, err
	}

	// Whoever got an account between the two reads may have been attached there, which the slice does not show; whoever gets
	// one from now on changes the roster when they are.
	again, err := r.AccountByLogin(ctx, draft.Login.Key())
	if _, err := found(err); err != nil {
		return slice, err
	}

	if again.ID != reg.owner {
		return slice, storage.ErrConflict
	}

	return slice, nil
}

// aloneAgain answers the same login that registers again without structure: another link, if the last is not too recent, and
// otherwise as much is written (rules B7 and B14).
func (reg *registering) aloneAgain(
	ctx context.Context, r storage.Reader, open account.Registration, at time.Time,
) (storage.Batch, error) {
	s := reg.p.known(storage.Slice{})

	batch, err := reg.p.linkAgain(ctx, r, s, open, at)
	if err != nil || !batch.Empty() {
		return batch, err
	}

	e := reg.p.effects(r, s, account.By(reg.id), at)
	e.registrations[open.ID] = open
	e.batch.Messages = append(e.batch.Messages, e.blank())
	reg.unsent(e)

	return e.finish(), nil
}

// linkAgain writes another link to a registration, if one is due and the last is not too recent.
func (p *Portal) linkAgain(
	ctx context.Context, r storage.Reader, s storage.Slice, open account.Registration, at time.Time,
) (storage.Batch, error) {
	s.Facts.Registrations[open.ID] = open

	return p.effects(r, s, account.By(open.ID), at).linkAgain(ctx, open)
}

// details checks the part of the form that describes the structure, filled in with what the directory knows. A known
// structure needs none, but for an individual, whose data are never shown: its author types them either way, and cannot
// tell whether anybody knows it (rule B1).
func (reg *registering) details(known bool) (*structure.Details, error) {
	unneeded := known && reg.form.Kind != identifier.Individual
	if unneeded || !reg.form.NamesStructure() && reg.p.policy.Activation == account.Immediate {
		return nil, nil //nolint:nilnil // neither data nor faults
	}

	details, err := reg.p.describe(reg.form.Structure.Fill(reg.listing), reg.form.Kind)

	return &details, together(refused(reg.listing), err)
}
