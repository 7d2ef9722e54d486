package guichet

import (
	"context"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// importStructure writes one structure with everybody attached to it, or nothing of it.
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

	if present && slice.Roster.Standing.Known() {
		same, err := p.importedBefore(ctx, r, slice, in)
		if err == nil && !same {
			err = &attachment.Error{Err: attachment.ErrPresent}
		}

		return storage.Batch{}, ImportReport{Present: 1}, err
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

// importedBefore tells whether a structure that is present can be what an earlier run of the import left: every user, the
// manager among them, was or is attached there. Who manages it by now, and under which identifier, is its own affair.
func (p *Portal) importedBefore(
	ctx context.Context, r storage.Reader, s storage.Slice, in ImportedStructure,
) (bool, error) {
	if len(in.Users) == 0 {
		return s.Roster.Holder == in.Manager, nil
	}

	for rest := in.Users; len(rest) > 0; {
		page := rest[:min(len(rest), importPage)]
		rest = rest[len(page):]

		query := storage.RosterQuery{Structure: s.Roster.Structure, At: p.at()}
		for _, u := range page {
			query.Accounts = append(query.Accounts, u.Account)
		}

		part, err := r.Roster(ctx, query)
		if err != nil {
			return false, err
		}

		for _, u := range page {
			row, _ := part.Roster.Row(attachment.Key{Account: u.Account, Service: u.Service})
			if row.State == 0 { // one who has gone since was there
				return false, nil
			}
		}
	}

	return true, nil
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
	if !slices.Contains(structure.Verifications(), in.Verification) {
		err = together(err, &structure.FieldError{Field: structure.FieldStatus, Err: structure.ErrStatus})
	}

	for _, u := range in.Users {
		err = together(err, keepable(u.Since))
	}

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
