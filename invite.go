package guichet

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Inviting is a decider who attaches somebody by their login address (French: rattacher un utilisateur; rule D7).
type Inviting struct {
	By        account.Actor
	Structure structure.ID
	Service   structure.Code // "" = structure level
	Login     string         // as typed
	Language  language.Tag   // of the mail to an address that nobody knows yet; language.French unless English
}

// Invite attaches somebody by their login address (rule D7). Whoever has an account is attached at once, with the default
// profiles, and told; to any other address goes an invitation, whose link makes an account that is attached (see
// [Portal.Activate]). Which of the two happened is not told, and does not show: until that person next signs in, lists and the
// structure's history tell deciders nothing but the login that was typed (see [Portal.SignedIn]). A request of theirs that
// waits at the same place is thereby approved. Inviting somebody twice is answered like once.
//
// Errors: a [*account.FieldError] for what is no address; [*Error] around [ErrUnknownStructure]; [*attachment.Error] around
// [attachment.ErrNotDecider], [attachment.ErrNoManager], [attachment.ErrReplaced], [attachment.ErrServiceUnknown],
// [attachment.ErrServiceInactive], [attachment.ErrGuarded]; of somebody whom the decider can see,
// [attachment.ErrAttached] and [attachment.ErrSuspendedThere].
func (p *Portal) Invite(ctx context.Context, i Inviting) error {
	login, err := account.ParseLogin(i.Login)
	if err != nil {
		return &account.FieldError{Field: account.FieldLogin, Err: err}
	}

	inv := &inviting{
		Inviting: i, p: p, login: login, id: account.ID(p.newID()), key: attachment.Key{Service: i.Service},
	}

	_, err = update(ctx, p, p.newID(), inv.decide)

	return err
}

// inviting is one invitation under way. The id of the registration that it may make is made before the first try.
type inviting struct {
	Inviting

	p     *Portal
	login account.Login
	id    account.ID
	key   attachment.Key

	elsewhere []attachment.Attachment // invitations of the login to other places of the structure
}

func (i *inviting) decide(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
	p, at := i.p, i.p.at()

	slice, owner, waiting, err := i.read(ctx, r)
	if err != nil {
		return storage.Batch{}, struct{}{}, err
	}

	// Whoever has the login; who registered with it, and waits there or was invited before; or somebody new.
	command := attachment.Attach{
		By: i.By, Account: cmp.Or(owner.ID, waiting.ID, i.id), Service: i.Service, Login: i.login.String(),
	}

	if command.Account == i.id {
		slice.Facts.Registrations[i.id] = account.Registration{
			ID: i.id, State: account.AwaitingActivation, Structure: i.Structure, Login: i.login, Invited: true, CreatedAt: at,
			Person: account.Person{Contact: i.login.String(), Language: account.Spoken(i.Language)},
		}
	}

	e := p.effects(r, slice, i.By, at)

	changes, err := i.rules(ctx, r, slice, command)
	if err == nil {
		// Whoever has an account, and the whole structure, has its services (rule D9). An address is shown likewise, and no
		// guard is asked about either.
		if whole := slices.IndexFunc(i.elsewhere, func(a attachment.Attachment) bool { return a.Service == "" }); whole >= 0 {
			batch, err := i.again(ctx, e, slice.Facts.Registrations[i.elsewhere[whole].Account])

			return batch, struct{}{}, err
		}

		_, err = p.decide(ctx, r, slice, command, at)
	}

	if err != nil {
		if i.shown(slice, owner, waiting) || !i.unseen(err) {
			return storage.Batch{}, struct{}{}, err
		}

		batch, err := i.again(ctx, e, waiting)

		return batch, struct{}{}, err
	}

	// Whoever has an account is in no service any more once they have the whole (rule D3). An address is shown likewise.
	for _, row := range i.elsewhere {
		if i.Service == "" {
			if err := i.withdraw(ctx, e, row.Key, ""); err != nil {
				return storage.Batch{}, struct{}{}, err
			}
		}
	}

	if err := e.apply(ctx, changes); err != nil {
		return storage.Batch{}, struct{}{}, err
	}

	if err := i.answer(ctx, e, owner, waiting); err != nil {
		return storage.Batch{}, struct{}{}, err
	}

	return e.finish(), struct{}{}, nil
}

// rules decides on the command by the rules alone, without the application's guards.
func (i *inviting) rules(
	ctx context.Context, r storage.Reader, s storage.Slice, c attachment.Command,
) ([]attachment.Change, error) {
	facts, err := i.p.facts(ctx, r, s, c)
	if err != nil {
		return nil, err
	}

	return attachment.Decide(s.Roster, facts, c, i.p.at())
}

// read returns the roster, the account that has the login, if there is one, and the registration with it whose row is open
// where the invitation is to.
func (i *inviting) read(
	ctx context.Context, r storage.Reader,
) (slice storage.Slice, owner account.Account, waiting account.Registration, err error) {
	owner, err = r.AccountByLogin(ctx, i.login.Key())
	if _, err := found(err); err != nil {
		return slice, owner, waiting, err
	}

	query := storage.RosterQuery{
		Structure: i.Structure, Accounts: attachment.Attach{By: i.By, Account: owner.ID}.Accounts(), At: i.p.at(),
	}
	if i.Service != "" {
		query.Services = []structure.Code{i.Service}
	}

	named, err := i.registrations(ctx, r)
	if err != nil {
		return slice, owner, waiting, err
	}

	query.Accounts = append(query.Accounts, named...)

	slice, err = r.Roster(ctx, query)
	if present, err := found(err); !present || err != nil {
		if err == nil {
			err = &Error{Err: ErrUnknownStructure}
		}

		return slice, owner, waiting, err
	}

	// What was made between the two reads is not in the roster's slice; what is made from now on changes the roster.
	again, err := i.registrations(ctx, r)
	for _, id := range again {
		if err == nil && !slices.Contains(named, id) {
			err = storage.ErrConflict
		}
	}

	if err != nil {
		return slice, owner, waiting, err
	}

	slice = i.p.known(slice)
	i.elsewhere = nil

	for _, reg := range slice.Facts.Registrations {
		row := slice.Roster.Registered(reg.ID)

		switch {
		case !row.State.Open() || !reg.Login.Same(i.login) || reg.ID == owner.ID:
		case reg.Over(query.At) || !row.Due.IsZero() && !query.At.Before(row.Due): // its time is over, and nobody has applied that yet
		case row.Service == i.Service:
			waiting = reg
		case row.Invited != "":
			i.elsewhere = append(i.elsewhere, row)
		}
	}

	slices.SortFunc(i.elsewhere, func(a, b attachment.Attachment) int { return cmp.Compare(a.Service, b.Service) })

	return slice, owner, waiting, nil
}

// registrations returns the open registrations with the login that name the structure.
func (i *inviting) registrations(ctx context.Context, r storage.Reader) ([]account.ID, error) {
	var out []account.ID

	err := each(ctx, r, func(w storage.Window) storage.Of[account.Registration] {
		return storage.RegistrationsOf{Window: w, Login: i.login.Key()}
	}, func(reg account.Registration) {
		if reg.Structure == i.Structure {
			out = append(out, reg.ID)
		}
	})

	return out, err
}

// shown tells whether the decider can see the person whom the command is about: then an error tells nothing new.
func (i *inviting) shown(s storage.Slice, owner account.Account, waiting account.Registration) bool {
	for _, id := range []account.ID{owner.ID, waiting.ID} {
		for _, row := range s.Roster.RowsOf(id) {
			if id != "" && row.Invited != "" {
				return false
			}
		}
	}

	return owner.ID != "" || waiting.ID != ""
}

// unseen tells whether an error would tell that somebody was invited before.
func (i *inviting) unseen(err error) bool {
	for _, tells := range []error{
		attachment.ErrAttached, attachment.ErrOpen, attachment.ErrSuspendedThere, attachment.ErrDecided,
	} {
		if errors.Is(err, tells) {
			return true
		}
	}

	return false
}

// again answers an invitation that was made before: its link is sent again, if the last is not too recent.
func (i *inviting) again(ctx context.Context, e *effects, waiting account.Registration) (storage.Batch, error) {
	if waiting.ID == "" {
		return storage.Batch{}, nil
	}

	return e.linkAgain(ctx, waiting)
}

// answer ends the request that somebody made, with the login of an account that is attached now (rule B14).
func (i *inviting) answer(ctx context.Context, e *effects, owner account.Account, waiting account.Registration) error {
	if owner.ID == "" || waiting.ID == "" {
		return nil
	}

	return i.withdraw(ctx, e, attachment.Key{Account: waiting.ID, Service: i.Service}, owner.ID)
}

// withdraw ends what a registration has in the structure, where an account may have it already: deciders are not told, since
// whoever has no account would have been approved (rule D7).
func (i *inviting) withdraw(ctx context.Context, e *effects, key attachment.Key, has account.ID) error {
	e.facts.Registrations[key.Account] = e.registration(key.Account)

	changes, err := attachment.Decide(e.roster, e.facts, attachment.Withdraw{
		By: account.By(key.Account), Service: key.Service,
	}, e.at)
	if err != nil {
		return err
	}

	for n, change := range changes {
		if c, ok := change.(attachment.RequestWithdrawn); ok && c.Account == key.Account {
			c.Adopted = has
			changes[n] = c
		}
	}

	lines := len(e.batch.Journal)

	if err := e.apply(ctx, changes); err != nil {
		return err
	}

	if has != "" { // a line more than without an account would tell; the invitation's own stands for both
		e.batch.Journal = e.batch.Journal[:lines]
	}

	return nil
}

// Dismiss ends what came of the invitations of a login to a structure, which deciders can only see by that login: the
// attachments, or the invitations if nobody has used them yet (rule D7).
//
// Errors: a [*account.FieldError] for what is no address; [*attachment.Error] around [attachment.ErrNotAttached] if nobody is
// shown under that login, and those of an [attachment.Detach].
func (p *Portal) Dismiss(ctx context.Context, by account.Actor, id structure.ID, login string) error {
	address, err := account.ParseLogin(login)
	if err != nil {
		return &account.FieldError{Field: account.FieldLogin, Err: err}
	}

	if _, err := p.manager(ctx, p.store, by, id, attachment.ActDetach, nil); err != nil {
		return err
	}

	var keys []attachment.Key

	err = each(ctx, p.store, func(w storage.Window) storage.Of[storage.Member] {
		return storage.MembersOf{Window: w, Structure: id, Search: structure.Fold(address.String())}
	}, func(m storage.Member) {
		if typed, err := account.ParseLogin(m.Attachment.Invited); err == nil && typed.Same(address) {
			keys = append(keys, m.Attachment.Key)
		}
	})
	if err != nil {
		return err
	}

	if len(keys) == 0 {
		return &attachment.Error{Err: attachment.ErrNotAttached}
	}

	for _, key := range keys {
		if _, err := p.do(ctx, id, attachment.Detach{By: by, Account: key.Account, Service: key.Service}); err != nil {
			return err
		}
	}

	return nil
}

// SignedIn says that somebody signed in: whom deciders had invited by their login is shown to them like any other user from
// then on (rule D7). An application that signs its users in itself calls it each time; it does nothing for most, at the cost of
// one query. What fails in one structure does not hold up the others: the errors are joined.
func (p *Portal) SignedIn(ctx context.Context, id account.ID) error {
	var (
		faults []error
		marked []structure.ID
	)

	err := each(ctx, p.store, func(w storage.Window) storage.Of[storage.RosterRow] {
		return storage.RowsOf{Window: w, Account: id}
	}, func(row storage.RosterRow) {
		if row.Attachment.Invited != "" {
			marked = append(marked, row.Structure.ID)
		}
	})
	if err != nil {
		return err
	}

	for _, where := range marked {
		if _, err := p.do(ctx, where, attachment.Arrive{By: account.By(id)}); err != nil {
			faults = append(faults, err)
		}
	}

	return errors.Join(faults...)
}
