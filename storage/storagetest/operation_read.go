package storagetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// readWhole reads what the store holds of what known names: structures, services of any code in any of them, rows of
// anybody in any of their rosters, and the journals of all.
func readWhole(ctx context.Context, r storage.Reader, known storage.Batch) (model, error) {
	var (
		out    model
		people = peopleOf(known)
		codes  = make([]structure.Code, 0, len(known.Services))
	)

	for _, s := range known.Services {
		codes = append(codes, s.Code)
	}

	for _, s := range known.Structures {
		got, err := r.Roster(ctx, storage.RosterQuery{Structure: s.ID, Accounts: people, Services: codes})
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}

		entries, listed := all(ctx, r, func(w storage.Window) storage.Of[storage.Entry] {
			return storage.History{Window: w, Structure: s.ID}
		}, storage.MaxLimit)
		if err := errors.Join(err, listed); err != nil {
			return out, fmt.Errorf("reading structure %s: %w", s.ID, err)
		}

		out.Structures = append(out.Structures, got.Facts.Structure)
		out.Journal = append(out.Journal, entries...)

		for _, service := range got.Facts.Services {
			out.Services = append(out.Services, service)
		}

		if got.Roster.Version != 0 || len(got.Roster.Rows) > 0 {
			got.Roster.Queue = nil
			out.Rosters = append(out.Rosters, got.Roster)
		}
	}

	err := errors.Join(
		looked(people, &out.Registrations, func(id account.ID) (account.Registration, error) { return r.Registration(ctx, id) }),
		looked(people, &out.Accounts, func(id account.ID) (account.Account, error) { return r.Account(ctx, id) }),
		looked(people, &out.Credentials, func(id account.ID) (account.Credential, error) { return r.Credential(ctx, id) }),
		looked(known.Attempts, &out.Attempts, func(a account.Attempts) (account.Attempts, error) { return r.Attempts(ctx, a.Key) }),
		looked(known.Links, &out.Links, func(l account.Link) (account.Link, error) { return r.Link(ctx, l.Selector) }),
		looked(known.Messages, &out.Messages, func(m storage.Message) (storage.Message, error) { return r.Message(ctx, m.ID) }),
	)
	out.sort()

	return out, err
}

// peopleOf are the ids of all accounts and registrations, and of all who have a row somewhere.
func peopleOf(b storage.Batch) []account.ID {
	var out []account.ID

	for _, a := range b.Accounts {
		out = append(out, a.ID)
	}

	for _, r := range b.Registrations {
		out = append(out, r.ID)
	}

	for _, r := range b.Rosters {
		for _, row := range r.Rows {
			out = append(out, row.Account)
		}
	}

	slices.Sort(out)

	return slices.Compact(out)
}

// looked reads the row of each key, and leaves out those that are not there.
func looked[K, T any](keys []K, out *[]T, read func(K) (T, error)) error {
	for _, key := range keys {
		got, err := read(key)

		switch {
		case errors.Is(err, storage.ErrNotFound):
		case err != nil:
			return fmt.Errorf("reading a %T: %w", got, err)
		default:
			*out = append(*out, got)
		}
	}

	return nil
}

// holds returns nil if the store holds the model's rows, none of the others that are known, and if its lists show what it
// holds.
func (m model) holds(ctx context.Context, r storage.Reader, known storage.Batch) error {
	return steps(
		func() error { return m.stored(ctx, r, known) },
		func() error { return m.found(ctx, r, known) },
		func() error { return m.listed(ctx, r, known) },
	)
}

// stored compares rows, and looks whether rosters are whole.
func (m model) stored(ctx context.Context, r storage.Reader, known storage.Batch) error {
	got, err := readWhole(ctx, r, known)
	if err := cmp.Or(err, same("stored", m.Batch, got.Batch)); err != nil {
		return err
	}

	for _, r := range got.Rosters {
		if err := attachment.Check(sortedGrants(r)); err != nil {
			return fmt.Errorf("the roster of %s: %w", r.Structure, err)
		}
	}

	return nil
}

// sortedGrants is a roster with its grants in the order that rules want, and no store has to keep.
func sortedGrants(r attachment.Roster) attachment.Roster {
	r = r.Clone()
	for _, row := range r.Rows {
		slices.SortStableFunc(row.Grants, func(a, b attachment.Grant) int { return a.Profile.Compare(b.Profile) })
	}

	return r
}

// found looks for rows by their other keys.
func (m model) found(ctx context.Context, r storage.Reader, known storage.Batch) error {
	for _, want := range m.Structures {
		if got, err := r.StructureByIdentity(ctx, want.Identity); err != nil || got.ID != want.ID {
			return fmt.Errorf("structure %s is not found by its identity: %w", want.ID, orNone(err))
		}
	}

	for _, a := range known.Accounts {
		key := a.Login.Key()
		bears := func(a account.Account) bool { return key != "" && a.Login.Key() == key }
		i := slices.IndexFunc(m.Accounts, bears)

		switch got, err := r.AccountByLogin(ctx, key); {
		case i < 0 && !errors.Is(err, storage.ErrNotFound):
			return fmt.Errorf("an account is found by a login that none has any more: %s, %w", got.ID, orNone(err))
		case i >= 0 && (err != nil || got.ID != m.Accounts[i].ID):
			return fmt.Errorf("account %s is not found by its login: %w", m.Accounts[i].ID, orNone(err))
		}
	}

	for _, e := range known.Journal {
		kept := slices.ContainsFunc(m.Journal, func(other storage.Entry) bool { return other.Operation == e.Operation })
		if _, err := r.Journaled(ctx, e.Operation); (err == nil) != kept {
			return fmt.Errorf("reading operation %s: Journaled says %w, although it has entries: %t", e.Operation, orNone(err), kept)
		}
	}

	for _, id := range peopleOf(known) {
		for _, purpose := range account.Purposes() {
			want := kept(m.Links, func(l account.Link) bool { return l.Account == id && l.Purpose == purpose })
			slices.SortFunc(want, func(a, b account.Link) int { return cmp.Compare(b.Seq, a.Seq) })

			got, err := r.Links(ctx, id, purpose)
			if err := cmp.Or(err, same(fmt.Sprintf("links of %s for %s", id, purpose), want, got)); err != nil {
				return err
			}
		}
	}

	return nil
}
