package storagetest_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
	"github.com/guichet-pro/guichet/structure"
)

// outcome is what an operation made of the rows.
type outcome struct {
	op    storage.Operation
	early storage.Batch // what was stored when fn returned, before anything was locked
	mid   storage.Batch // what was stored when the rows of the batch were written, and no operation was applied
	after storage.Batch // what should be stored; what a bungler makes of it is stored
}

// bungler is a store that applies operations rightly, and then makes something else of the rows: with their versions, so
// that nothing but the rows tells.
type bungler struct {
	now    atomic.Pointer[memory.Store]
	mu     sync.Mutex      // of writers
	wrote  []storage.Batch // all that came, so that all can be read
	bungle func(*outcome)
	waits  int // how often others go first when an operation has looked and not yet locked
}

func bungles(bungle func(*outcome)) func() storage.Store {
	return func() storage.Store {
		b := &bungler{bungle: bungle}
		b.now.Store(memory.New())

		return b
	}
}

// hesitates is a bungler that looks, and lets others commit before it locks.
func hesitates(bungle func(*outcome)) func() storage.Store {
	return func() storage.Store {
		b := &bungler{bungle: bungle, waits: 20_000}
		b.now.Store(memory.New())

		return b
	}
}

// onCopy, onErase and onPurge bungle one kind of operation.
func onCopy(bungle func(op storage.CopyStructure, o *outcome)) func() storage.Store {
	return bungles(func(o *outcome) {
		if op, ok := o.op.(storage.CopyStructure); ok {
			bungle(op, o)
		}
	})
}

func onErase(bungle func(id account.ID, o *outcome)) func() storage.Store {
	return bungles(func(o *outcome) {
		if op, ok := o.op.(storage.EraseAccount); ok {
			bungle(op.Account, o)
		}
	})
}

func onPurge(bungle func(op storage.Purge, o *outcome)) func() storage.Store {
	return bungles(func(o *outcome) {
		if op, ok := o.op.(storage.Purge); ok {
			bungle(op.Bounded(), o)
		}
	})
}

func (s *bungler) Update(ctx context.Context, f fn) error {
	var b storage.Batch

	if err := s.now.Load().Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		var err error
		b, err = f(ctx, r)

		return storage.Batch{}, err
	}); err != nil {
		return err
	}

	if len(b.Operations) == 0 {
		s.mu.Lock()
		defer s.mu.Unlock()

		s.wrote = append(s.wrote, storagetest.Clone(b))

		return put(ctx, s.now.Load(), b)
	}

	early, err := s.read(ctx)
	if err != nil {
		return err
	}

	for range s.waits {
		runtime.Gosched()
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	return s.operate(ctx, early, b)
}

// read reads everything.
func (s *bungler) read(ctx context.Context) (storage.Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.readLocked(ctx)
}

func (s *bungler) readLocked(ctx context.Context) (storage.Batch, error) {
	var known storage.Batch

	for _, b := range s.wrote {
		known = storagetest.With(known, b)
	}

	s.wrote = []storage.Batch{known}

	return storagetest.ReadWhole(ctx, s.now.Load(), known)
}

// operate writes a batch with operations, and bungles what they made of the rows.
func (s *bungler) operate(ctx context.Context, early, b storage.Batch) error {
	rows := storagetest.Clone(b)
	rows.Operations = nil
	s.wrote = append(s.wrote, rows)

	before, err := s.readLocked(ctx)
	if err != nil {
		return err
	}

	if err := put(ctx, s.now.Load(), b); err != nil {
		return err
	}

	o := outcome{early: early, after: storagetest.After(before, rows)}

	for _, o.op = range b.Operations {
		o.mid = storagetest.Clone(o.after)
		o.after = storagetest.After(o.after, storage.Batch{Operations: []storage.Operation{o.op}})
		s.bungle(&o)
	}

	s.wrote = append(s.wrote, o.after)

	return s.rebuild(ctx, o.after)
}

// rebuild makes a new store that holds rows with their versions: each is written as often as its version says.
func (s *bungler) rebuild(ctx context.Context, rows storage.Batch) error {
	next := memory.New()

	for version, left := int64(0), true; left; version++ {
		b := storagetest.Clone(rows)
		b.Structures = raised(b.Structures, version, func(r *structure.Structure) *int64 { return &r.Version })
		b.Services = raised(b.Services, version, func(r *structure.Service) *int64 { return &r.Version })
		b.Registrations = raised(b.Registrations, version, func(r *account.Registration) *int64 { return &r.Version })
		b.Accounts = raised(b.Accounts, version, func(r *account.Account) *int64 { return &r.Version })
		b.Credentials = raised(b.Credentials, version, func(r *account.Credential) *int64 { return &r.Version })
		b.Attempts = raised(b.Attempts, version, func(r *account.Attempts) *int64 { return &r.Version })
		b.Links = raised(b.Links, version, func(r *account.Link) *int64 { return &r.Version })
		b.Rosters = raised(b.Rosters, version, func(r *attachment.Roster) *int64 { return &r.Version })
		b.Messages = raised(b.Messages, version, func(r *storage.Message) *int64 { return &r.Version })

		if version > 0 {
			b.Journal = nil
		}

		if err := put(ctx, next, b); err != nil {
			return errors.Join(errors.New("a bungled operation that no store could hold"), err)
		}

		left = !b.Empty()
	}

	s.now.Store(next)

	return nil
}

// raised returns the rows whose version is above one, with that one.
func raised[T any](rows []T, to int64, version func(*T) *int64) []T {
	rows = slices.DeleteFunc(rows, func(row T) bool { return *version(&row) <= to })
	for i := range rows {
		*version(&rows[i]) = to
	}

	return rows
}

func (s *bungler) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	return s.now.Load().Structure(ctx, id)
}

func (s *bungler) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	return s.now.Load().StructureByIdentity(ctx, id)
}

func (s *bungler) Registration(ctx context.Context, id account.ID) (account.Registration, error) {
	return s.now.Load().Registration(ctx, id)
}

func (s *bungler) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return s.now.Load().Account(ctx, id)
}

func (s *bungler) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	return s.now.Load().AccountByLogin(ctx, key)
}

func (s *bungler) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	return s.now.Load().Credential(ctx, id)
}

func (s *bungler) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	return s.now.Load().Attempts(ctx, key)
}

func (s *bungler) Link(ctx context.Context, selector account.Selector) (account.Link, error) {
	return s.now.Load().Link(ctx, selector)
}

func (s *bungler) Links(ctx context.Context, id account.ID, p account.Purpose) ([]account.Link, error) {
	return s.now.Load().Links(ctx, id, p)
}

func (s *bungler) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	return s.now.Load().Roster(ctx, q)
}

func (s *bungler) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	return s.now.Load().Memberships(ctx, id)
}

func (s *bungler) Message(ctx context.Context, id string) (storage.Message, error) {
	return s.now.Load().Message(ctx, id)
}

func (s *bungler) Journaled(ctx context.Context, operation string) (int, error) {
	return s.now.Load().Journaled(ctx, operation)
}

func (s *bungler) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return s.now.Load().Page(ctx, q)
}
