package storagetest

import (
	"context"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// spoiled is a way to make one row of a batch the reason why the whole batch is not written.
type spoiled struct {
	what  string
	spoil func(*storage.Batch)
	want  error // nil = any error
}

func spoils(before storage.Batch) []spoiled {
	return []spoiled{
		{"a guard", func(b *storage.Batch) {
			b.Guards = []storage.Guard{storage.StructureAt{ID: "nowhere", Version: 1}}
		}, storage.ErrConflict},
		{"a structure", func(b *storage.Batch) {
			b.Structures[len(b.Structures)-1].Version = 7
		}, storage.ErrConflict},
		{"a service", func(b *storage.Batch) { b.Services[len(b.Services)-1].Version = 7 }, storage.ErrConflict},
		{"a registration", func(b *storage.Batch) {
			b.Registrations[len(b.Registrations)-1].Version = 7
		}, storage.ErrConflict},
		{"an account", func(b *storage.Batch) { b.Accounts[len(b.Accounts)-1].Version = 7 }, storage.ErrConflict},
		{"a credential", func(b *storage.Batch) {
			b.Credentials[len(b.Credentials)-1].Version = 7
		}, storage.ErrConflict},
		{"attempts", func(b *storage.Batch) { b.Attempts[len(b.Attempts)-1].Version = 7 }, storage.ErrConflict},
		{"a link", func(b *storage.Batch) { b.Links[len(b.Links)-1].Version = 7 }, storage.ErrConflict},
		{"a roster", func(b *storage.Batch) { b.Rosters[len(b.Rosters)-1].Version = 7 }, storage.ErrConflict},
		{"a message", func(b *storage.Batch) { b.Messages[len(b.Messages)-1].Version = 7 }, storage.ErrConflict},
		{"an identity", func(b *storage.Batch) {
			b.Structures[len(b.Structures)-1].Identity = before.Structures[0].Identity
		}, storage.ErrExists},
		{"a login", func(b *storage.Batch) {
			b.Accounts[len(b.Accounts)-1].Login = before.Accounts[0].Login
		}, storage.ErrExists},
		{"a selector", func(b *storage.Batch) {
			b.Links[len(b.Links)-1].Selector = before.Links[0].Selector
		}, storage.ErrExists},
		{"a journal entry", func(b *storage.Batch) {
			e := &b.Journal[len(b.Journal)-1]
			e.Operation, e.Seq = before.Journal[0].Operation, before.Journal[0].Seq
		}, storage.ErrExists},
		{"a holder without a row", func(b *storage.Batch) {
			b.Rosters[len(b.Rosters)-1].Holder = "somebody else"
		}, nil},
	}
}

func lastRowConflicts(ctx context.Context, s bench) error {
	before := full(1, 0)
	if err := given(ctx, s, before); err != nil {
		return err
	}

	for i, c := range spoils(before) {
		b := full(10+i, 0)
		c.spoil(&b)

		err := write(ctx, s, b)

		switch {
		case c.want != nil:
			if err := is("Update with "+c.what, err, c.want); err != nil {
				return err
			}
		case err == nil:
			return fmt.Errorf("Update with %s succeeded", c.what)
		}

		// Rows whose keys are those of rows that stand already are looked for under the keys they would have had.
		if err := none("after "+c.what, absent(ctx, s, full(10+i, 0))); err != nil {
			return err
		}
	}

	return stored(ctx, s, before, 1)
}

// rowVersions are where the versions of a batch's rows are, by kind.
type rowVersions struct {
	kind     string
	versions []*int64
}

func versionsOf[T any](kind string, rows []T, version func(*T) *int64) rowVersions {
	out := rowVersions{kind: kind}
	for i := range rows {
		out.versions = append(out.versions, version(&rows[i]))
	}

	return out
}

func versionsIn(b *storage.Batch) []rowVersions {
	return []rowVersions{
		versionsOf("structure", b.Structures, func(r *structure.Structure) *int64 { return &r.Version }),
		versionsOf("service", b.Services, func(r *structure.Service) *int64 { return &r.Version }),
		versionsOf("registration", b.Registrations, func(r *account.Registration) *int64 { return &r.Version }),
		versionsOf("account", b.Accounts, func(r *account.Account) *int64 { return &r.Version }),
		versionsOf("credential", b.Credentials, func(r *account.Credential) *int64 { return &r.Version }),
		versionsOf("attempts", b.Attempts, func(r *account.Attempts) *int64 { return &r.Version }),
		versionsOf("link", b.Links, func(r *account.Link) *int64 { return &r.Version }),
		versionsOf("roster", b.Rosters, func(r *attachment.Roster) *int64 { return &r.Version }),
		versionsOf("message", b.Messages, func(r *storage.Message) *int64 { return &r.Version }),
	}
}

func lostChangeChangesNothing(ctx context.Context, s bench) error {
	before := full(1, 0)
	before.Links = append(before.Links, links("another", before.Accounts[0].ID, 1).Links...)

	changed := versioned(full(1, 1), 1)
	changed.Links = append(changed.Links, versioned(links("another", before.Accounts[0].ID, 2), 1).Links...)

	if err := given(ctx, s, before); err != nil {
		return err
	}

	untouched := func() error {
		return steps(
			func() error { return stored(ctx, s, before, 1) },
			func() error { return absent(ctx, s, storage.Batch{Journal: changed.Journal}) },
		)
	}

	for i, kind := range versionsIn(&changed) {
		for _, place := range []int{0, len(kind.versions) - 1} {
			for _, version := range []int64{0, 2} {
				if version == 0 && kind.kind == "link" {
					continue // its key is a unique key of sentence 5
				}

				b := clone(changed)
				*versionsIn(&b)[i].versions[place] = version
				what := fmt.Sprintf("%s %d of %d has version %d", kind.kind, 1+place, len(kind.versions), version)

				if err := steps(
					func() error { return is(what, write(ctx, s, b), storage.ErrConflict) },
					func() error { return none(what, untouched()) },
				); err != nil {
					return err
				}
			}
		}
	}

	return steps(
		func() error { return none("with the right versions", write(ctx, s, changed)) },
		func() error { return stored(ctx, s, withoutJournal(changed), 2) },
	)
}
