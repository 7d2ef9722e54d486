package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// clone returns a copy of a batch that shares no memory with it.
func clone(b storage.Batch) storage.Batch {
	return storage.Batch{
		Guards:        slices.Clone(b.Guards),
		Structures:    each(b.Structures, structure.Structure.Clone),
		Services:      slices.Clone(b.Services),
		Registrations: slices.Clone(b.Registrations),
		Accounts:      slices.Clone(b.Accounts),
		Credentials:   each(b.Credentials, account.Credential.Clone),
		Attempts:      each(b.Attempts, account.Attempts.Clone),
		Links:         each(b.Links, account.Link.Clone),
		Rosters:       each(b.Rosters, attachment.Roster.Clone),
		Messages:      each(b.Messages, storage.Message.Clone),
		Journal:       slices.Clone(b.Journal),
		Operations:    slices.Clone(b.Operations),
	}
}

func each[T, U any](rows []T, f func(T) U) []U {
	out := make([]U, len(rows))
	for i, row := range rows {
		out[i] = f(row)
	}

	return out
}

// versioned returns a batch whose rows all have a version.
func versioned(b storage.Batch, version int64) storage.Batch {
	b = clone(b)

	for i := range b.Structures {
		b.Structures[i].Version = version
	}

	for i := range b.Services {
		b.Services[i].Version = version
	}

	for i := range b.Registrations {
		b.Registrations[i].Version = version
	}

	for i := range b.Accounts {
		b.Accounts[i].Version = version
	}

	for i := range b.Credentials {
		b.Credentials[i].Version = version
	}

	for i := range b.Attempts {
		b.Attempts[i].Version = version
	}

	for i := range b.Links {
		b.Links[i].Version = version
	}

	for i := range b.Rosters {
		b.Rosters[i].Version = version
	}

	for i := range b.Messages {
		b.Messages[i].Version = version
	}

	return b
}

// write commits a batch.
func write(ctx context.Context, s storage.Store, b storage.Batch) error {
	return s.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) { return b, nil })
}

// given commits a batch that a case needs before it begins. A serialisable engine may lose races for no reason.
func given(ctx context.Context, s storage.Store, b storage.Batch) error {
	const most = 20

	err := write(ctx, s, b)
	for tries := 1; tries < most && errors.Is(err, storage.ErrConflict) && ctx.Err() == nil; tries++ {
		err = write(ctx, s, b)
	}

	return none("writing the rows that the case begins with", err)
}

// stored returns nil if the store holds the rows of a batch, all with this version.
func stored(ctx context.Context, r storage.Reader, b storage.Batch, version int64) error {
	got, err := readBack(ctx, r, b)
	if err != nil {
		return err
	}

	want := versioned(b, version)
	want.Guards = nil

	for i := range want.Rosters {
		want.Rosters[i].Queue = nil
		sortRows(want.Rosters[i].Rows)
	}

	return same("stored", want, got)
}

// absent returns nil if the store holds none of the rows of a batch.
func absent(ctx context.Context, r storage.Reader, b storage.Batch) error {
	got, err := readBack(ctx, r, b)
	if err != nil {
		return err
	}

	if !got.Empty() {
		return fmt.Errorf("rows were written: %+v", got)
	}

	return nil
}

func sortRows(rows []attachment.Attachment) {
	slices.SortFunc(rows, func(a, b attachment.Attachment) int { return a.Compare(b.Key) })
}

// readBack reads the rows of a batch's keys, each by every method that finds it, and leaves out those that are not
// there.
func readBack(ctx context.Context, r storage.Reader, b storage.Batch) (storage.Batch, error) {
	var out storage.Batch

	err := steps(
		func() error {
			return found(b.Structures, &out.Structures, func(s structure.Structure) (structure.Structure, error) {
				return readStructure(ctx, r, s)
			})
		},
		func() error {
			return found(b.Services, &out.Services, func(s structure.Service) (structure.Service, error) {
				return readService(ctx, r, s)
			})
		},
		func() error {
			return found(b.Registrations, &out.Registrations,
				func(g account.Registration) (account.Registration, error) { return r.Registration(ctx, g.ID) })
		},
		func() error {
			return found(b.Accounts, &out.Accounts, func(a account.Account) (account.Account, error) {
				return readAccount(ctx, r, a)
			})
		},
		func() error {
			return found(b.Credentials, &out.Credentials,
				func(c account.Credential) (account.Credential, error) { return r.Credential(ctx, c.Account) })
		},
		func() error {
			return found(b.Attempts, &out.Attempts,
				func(a account.Attempts) (account.Attempts, error) { return r.Attempts(ctx, a.Key) })
		},
		func() error {
			return found(b.Links, &out.Links,
				func(l account.Link) (account.Link, error) { return r.Link(ctx, l.Selector) })
		},
		func() error {
			return found(b.Rosters, &out.Rosters,
				func(want attachment.Roster) (attachment.Roster, error) { return readRoster(ctx, r, want) })
		},
		func() error {
			return found(b.Messages, &out.Messages,
				func(m storage.Message) (storage.Message, error) { return r.Message(ctx, m.ID) })
		},
		func() error {
			return found(b.Journal, &out.Journal,
				func(e storage.Entry) (storage.Entry, error) { return readEntry(ctx, r, e) })
		},
	)

	return out, err
}

// found reads rows one by one, and leaves out those that are not found.
func found[T any](rows []T, out *[]T, read func(T) (T, error)) error {
	for _, row := range rows {
		got, err := read(row)

		switch {
		case errors.Is(err, storage.ErrNotFound):
		case err != nil:
			return fmt.Errorf("reading a %T: %w", row, err)
		default:
			*out = append(*out, got)
		}
	}

	return nil
}

func readStructure(ctx context.Context, r storage.Reader, s structure.Structure) (structure.Structure, error) {
	got, err := r.Structure(ctx, s.ID)
	if err != nil {
		return got, err
	}

	other, err := r.StructureByIdentity(ctx, got.Identity)
	if err != nil {
		return got, fmt.Errorf("found by id and not by identity: %w", hidden(err))
	}

	return got, same("by identity", got, other)
}

func readAccount(ctx context.Context, r storage.Reader, a account.Account) (account.Account, error) {
	got, err := r.Account(ctx, a.ID)
	if err != nil {
		return got, err
	}

	other, err := r.AccountByLogin(ctx, got.Login.Key())
	if err != nil {
		return got, fmt.Errorf("found by id and not by login: %w", hidden(err))
	}

	return got, same("by login", got, other)
}

// hidden keeps an ErrNotFound that is wrong from being taken for a row that is not there.
func hidden(err error) error { return errors.New(err.Error()) }

func readService(ctx context.Context, r storage.Reader, s structure.Service) (structure.Service, error) {
	slice, err := r.Roster(ctx, storage.RosterQuery{Structure: s.Structure, Services: []structure.Code{s.Code}})
	if err != nil {
		return structure.Service{}, err
	}

	got, ok := slice.Facts.Services[s.Code]
	if !ok {
		return got, storage.ErrNotFound
	}

	return got, nil
}

// readRoster reads a roster with the rows of the keys that want has.
func readRoster(ctx context.Context, r storage.Reader, want attachment.Roster) (attachment.Roster, error) {
	q := storage.RosterQuery{Structure: want.Structure}
	keys := map[attachment.Key]bool{}

	for _, row := range want.Rows {
		q.Accounts = append(q.Accounts, row.Account)
		keys[row.Key] = true
	}

	slice, err := r.Roster(ctx, q)
	if err != nil {
		return attachment.Roster{}, err
	}

	got := slice.Roster.Only(keys)
	if got.Version == 0 && len(got.Rows) == 0 && got.Standing == attachment.Unclaimed {
		return got, storage.ErrNotFound
	}

	got.Queue = nil
	sortRows(got.Rows)

	return got, nil
}

func readEntry(ctx context.Context, r storage.Reader, e storage.Entry) (storage.Entry, error) {
	try, err := r.Journaled(ctx, e.Operation)
	if err != nil {
		return storage.Entry{}, err
	}

	entries, err := all(ctx, r, func(w storage.Window) storage.Of[storage.Entry] {
		return storage.History{Window: w, Structure: e.Structure}
	}, storage.MaxLimit)
	if err != nil {
		return storage.Entry{}, err
	}

	for _, got := range entries {
		if got.Operation == e.Operation && got.Seq == e.Seq {
			return got, same("Journaled", got.Try, try)
		}
	}

	return storage.Entry{}, storage.ErrNotFound
}

// all reads a whole list, page by page.
func all[T any](
	ctx context.Context, r storage.Reader, query func(storage.Window) storage.Of[T], limit int,
) ([]T, error) {
	var (
		out  []T
		w    = storage.Window{Limit: limit}
		seen = map[string]bool{}
	)

	for {
		page, err := storage.List(ctx, r, query(w))
		if err != nil {
			return nil, fmt.Errorf("reading a list after %d rows: %w", len(out), err)
		}

		if len(page.Rows) > limit {
			return nil, fmt.Errorf("a page of %d rows where %d were asked for", len(page.Rows), limit)
		}

		out = append(out, page.Rows...)

		if page.Next == "" {
			return out, nil
		}

		if seen[page.Next] {
			return nil, errors.New("the list goes round: one cursor came twice")
		}

		seen[page.Next] = true
		w.After = page.Next
	}
}
