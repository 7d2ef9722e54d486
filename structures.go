package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// managing is what a use case does in the name of a structure. changed is false when there is nothing to do.
type managing func(ctx context.Context, e *effects) (changed bool, err error)

// manage carries out what only those may do who manage the structure (rule C7): fn changes e.facts.Structure and the batch.
// It rests on the roster, so that somebody who is no decider any more at that moment does nothing.
func (p *Portal) manage(
	ctx context.Context, by account.Actor, id structure.ID, act attachment.Act, fn managing,
) (structure.Structure, error) {
	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, structure.Structure, error) {
		e, err := p.manager(ctx, r, by, id, act, nil)
		if err != nil {
			return storage.Batch{}, structure.Structure{}, err
		}

		changed, err := fn(ctx, e)
		if err != nil || !changed {
			return storage.Batch{}, e.facts.Structure, err
		}

		e.putStructure()

		after := e.facts.Structure
		after.Version++

		return e.resting(), after, nil
	})
}

// manager reads what a use case in the name of a structure needs, and refuses whoever does not manage it.
func (p *Portal) manager(
	ctx context.Context, r storage.Reader, by account.Actor, id structure.ID, act attachment.Act, codes []structure.Code,
) (*effects, error) {
	at := p.at()

	var accounts []account.ID
	if by.Kind == account.ActorAccount {
		accounts = []account.ID{by.ID}
	}

	slice, err := r.Roster(ctx, storage.RosterQuery{Structure: id, Accounts: accounts, Services: codes, At: at})
	if present, err := found(err); !present || err != nil {
		if err == nil {
			err = &Error{Err: ErrUnknownStructure}
		}

		return nil, err
	}

	slice = p.known(slice)

	if by.Kind == account.ActorSupport {
		if slice.Facts.Decider, err = decider(ctx, r, slice.Roster); err != nil {
			return nil, err
		}
	}

	if err := slice.Roster.Manages(slice.Facts, by, act, at); err != nil {
		return nil, err
	}

	return p.effects(r, slice, by, at), nil
}

// resting returns the batch, which holds as long as whoever gave the command manages the structure.
func (e *effects) resting() storage.Batch {
	e.batch.Guards = append(e.batch.Guards,
		storage.RosterAt{Structure: e.roster.Structure, Version: e.roster.Version})

	if acc, ok := e.restsOn(); ok {
		e.batch.Guards = append(e.batch.Guards, storage.AccountAt{ID: acc.ID, Version: acc.Version})
	}

	return e.batch
}

// restsOn returns the account whose state decides whether the actor manages the structure: their own or, where support acts
// because the main manager cannot, the main manager's.
func (e *effects) restsOn() (acc account.Account, ok bool) {
	switch e.by.Kind {
	case account.ActorAccount:
		acc, ok = e.facts.Accounts[e.by.ID]
	case account.ActorSupport:
		acc, ok = e.facts.Accounts[e.roster.Holder]
	case account.ActorSystem:
	}

	return acc, ok
}

// setter is who an actor is to the fields of a structure.
func setter(by account.Actor) structure.Setter {
	if by.Kind == account.ActorSupport {
		return structure.Support
	}

	return structure.Decider
}

// ChangeStructure changes what is known of a structure, and which applications are open (rules C2, C7 and C10): the whole
// form counts, see [structure.Details.Form]. Opening an application gives nobody anything but the main manager; closing one
// suspends its grants (rule E3). Whoever manages the structure may, and support, which alone may change the sector and say
// that a structure is diffusible after all.
//
// Errors: [*Error] around [ErrUnknownStructure]; [*attachment.Error] for whom it is not to do; the form's faults, all at once.
func (p *Portal) ChangeStructure(
	ctx context.Context, by account.Actor, id structure.ID, form structure.Form,
) (structure.Structure, error) {
	return p.manage(ctx, by, id, attachment.ActDescribe, func(_ context.Context, e *effects) (bool, error) {
		stored := e.facts.Structure

		details, faults := form.Check(stored.Identity.Kind())

		open, wrong := p.catalogue.Reopen(details.Sector, stored.Applications, details.Applications)
		details.Applications = open

		after, refused := stored.Change(setter(by), details)
		if err := together(faults, wrong, refused); err != nil {
			return false, err
		}

		if after.Same(stored) {
			return false, nil
		}

		e.facts.Structure = after
		e.note("structure changed", "", "", "")

		return true, nil
	})
}

// SetStatus makes a structure inactive, or active again (rules C7 and C8): in an inactive one consultation stays, and
// modification is denied. Its deciders are told.
//
// Errors: [*Error] around [ErrUnknownStructure]; [*attachment.Error] for whom it is not to do, or around
// [attachment.ErrReplaced] once another identifier has taken its place; [*structure.FieldError] for what is no status.
func (p *Portal) SetStatus(
	ctx context.Context, by account.Actor, id structure.ID, status structure.Status,
) (structure.Structure, error) {
	kind := mail.StructureActivated

	switch status {
	case structure.Active:
	case structure.Inactive:
		kind = mail.StructureDeactivated
	default:
		return structure.Structure{}, &structure.FieldError{Field: structure.FieldStatus, Err: structure.ErrStatus}
	}

	// Whoever may make it active may say so, or the contrary, of one that is inactive: to say it twice is no fault.
	return p.manage(ctx, by, id, attachment.ActActivate, func(_ context.Context, e *effects) (bool, error) {
		before := e.facts.Structure.Status
		if before == status {
			return false, nil
		}

		e.facts.Structure.Status = status
		e.note(string(kind), "", before.String(), status.String())
		e.tellAll(kind, "", mail.Content{Structure: e.facts.Structure.Data.Name()})

		return true, nil
	})
}

// PutService creates a service of a structure, or changes the one that has its code (rules C6 and C7). Who is attached to a
// service that is not active any more stays attached, without rights there (rule E6).
//
// Errors: like [Portal.ChangeStructure].
func (p *Portal) PutService(
	ctx context.Context, by account.Actor, id structure.ID, form structure.ServiceForm,
) (structure.Service, error) {
	typed, err := form.Check()
	if err != nil {
		return structure.Service{}, err
	}

	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, structure.Service, error) {
		e, err := p.manager(ctx, r, by, id, attachment.ActChange, []structure.Code{typed.Code})
		if err != nil {
			return storage.Batch{}, structure.Service{}, err
		}

		stored, exists := e.facts.Services[typed.Code]
		after := typed
		after.Structure, after.Version = id, stored.Version

		if after == stored {
			return storage.Batch{}, stored, nil
		}

		action := "service created"
		if exists {
			action = "service changed"
		}

		e.note(action, "", "", "")
		e.batch.Journal[len(e.batch.Journal)-1].Service = typed.Code
		e.batch.Services = append(e.batch.Services, after)

		// The structure is relied on, not written: it must be what it was.
		e.batch.Guards = append(e.batch.Guards,
			storage.StructureAt{ID: e.facts.Structure.ID, Version: e.facts.Structure.Version})

		batch := e.resting()
		after.Version++

		return batch, after, nil
	})
}

// Services is the list of a structure's services, by code. Who may read it is the caller's to check.
func (p *Portal) Services(
	ctx context.Context, id structure.ID, window storage.Window,
) (storage.PageOf[structure.Service], error) {
	return page[structure.Service](ctx, p.store, storage.ServicesOf{Window: window, Structure: id})
}

// Structure returns what an account may see of a structure (rules C11 and G4): everything if it is attached there; else what
// anybody may.
//
// Errors: [*Error] around [ErrUnknownStructure], also for what nobody has activated yet.
func (p *Portal) Structure(ctx context.Context, viewer account.ID, id structure.ID) (structure.Summary, error) {
	slice, err := p.store.Roster(ctx, storage.RosterQuery{
		Structure: id, Accounts: []account.ID{viewer}, At: p.at(),
	})
	if present, err := found(err); err != nil {
		return structure.Summary{}, err
	} else if !present || !slice.Roster.Standing.Known() {
		return structure.Summary{}, &Error{Err: ErrUnknownStructure}
	}

	stored := slice.Facts.Structure

	if slice.Facts.Accounts[viewer].State == account.Active {
		for _, row := range slice.Roster.RowsOf(viewer) {
			if row.State == attachment.Attached {
				return stored.Summary(), nil
			}
		}
	}

	if stored.Identity.Kind() == identifier.Individual { // not to be looked up by anybody
		return structure.Summary{}, &Error{Err: ErrUnknownStructure}
	}

	return publicSummary(stored), nil
}

// SearchStructures finds public structures by the beginning of their name, by town and by type of identifier (rule C11), in
// the order of their names. Case and accents make no difference. Private structures are found by their exact identifier
// only ([Portal.FindStructure]), and individuals not at all; a non-diffusible structure is not found by its town. How often
// anybody may search is the application's to limit.
//
// Errors: [*Error] around [ErrSearch] when neither a name nor a town is given.
func (p *Portal) SearchStructures(
	ctx context.Context, search structure.Search, window storage.Window,
) (storage.PageOf[structure.Summary], error) {
	query := storage.PublicStructures{
		Window: window, Kind: search.Kind, Name: structure.Fold(search.Name), Town: structure.Fold(search.Town),
	}
	if query.Name == "" && query.Town == "" {
		return storage.PageOf[structure.Summary]{}, &Error{Err: ErrSearch}
	}

	found, err := page[structure.Structure](ctx, p.store, query)
	out := storage.PageOf[structure.Summary]{Next: found.Next, Count: found.Count}

	for _, s := range found.Rows {
		out.Rows = append(out.Rows, publicSummary(s))
	}

	return out, err
}

// Verify asks the directory again about the structures of which it could not tell before (rule C3), at most limit of them
// (0 = 100), each no more than once a day. What it says is kept with the structure, see [structure.Verification]: one that it
// does not know, or that has ceased, is contradicted, and what becomes of it is for people to decide. It returns how many
// answers were recorded.
//
// Errors: [ErrWithin]; the context's; those of the store.
func (p *Portal) Verify(ctx context.Context, limit int) (answered int, err error) {
	if p.joined {
		return 0, ErrWithin
	}

	if limit <= 0 {
		limit = 100
	}

	query := storage.Unverified{At: p.at().Add(-verifyAgain), Window: storage.Window{Limit: min(limit, storage.MaxLimit)}}

	for p.directory != nil {
		page, err := storage.List(ctx, p.store, query)
		if err != nil {
			return answered, err
		}

		for _, s := range page.Rows {
			if limit--; limit < 0 {
				return answered, nil
			}

			listing, err := p.listing(ctx, s.Identity)
			if err != nil {
				return answered, err
			}

			if err := p.heard(ctx, s, listing); err != nil {
				return answered, err
			}

			if listing.Found != structure.Silent {
				answered++
			}
		}

		if query.After = page.Next; page.Next == "" {
			return answered, nil
		}
	}

	return answered, nil
}

// verifyAgain is the least time between two questions about one structure; ours.
const verifyAgain = 24 * time.Hour

// heard records what the directory said about a structure, unless that is another by now.
func (p *Portal) heard(ctx context.Context, asked structure.Structure, listing structure.Listing) error {
	_, err := update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, struct{}, error) {
		slice, err := r.Roster(ctx, storage.RosterQuery{Structure: asked.ID, At: p.at()})

		now := slice.Facts.Structure
		if err != nil || now.Identity != asked.Identity {
			return storage.Batch{}, struct{}{}, err
		}

		after := now.Heard(listing, p.at())

		batch := storage.Batch{Structures: []structure.Structure{after}}
		if after.Verification != now.Verification {
			batch.Journal = []storage.Entry{{
				At: p.at(), Actor: account.System(), Action: "structure verified", Structure: now.ID,
				Version: slice.Roster.Version,
				Before:  now.Verification.String(), After: after.Verification.String(),
			}}
		}

		return batch, struct{}{}, nil
	})

	return err
}
