package memory

import (
	"context"
	"errors"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// What a caller of the store did wrong.
var (
	ErrBatch = errors.New("memory: a batch that no store takes")
)

// Store is a [storage.Store] in memory. Make it with [New]. It may be used by any number of goroutines.
type Store struct {
	view
}

var _ storage.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{view{tables: newTables()}} }

// Update runs fn once, without a lock, and applies its batch if everything that the batch relies on still holds.
// Errors: fn's own, the context's, [storage.ErrConflict], [storage.ErrExists], [ErrBatch], [storage.ErrNested]; whichever it
// is, nothing was written. It never answers [storage.ErrUncertain].
func (s *Store) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	if err := s.enter(ctx); err != nil {
		return err
	}

	batch, err := fn(context.WithValue(ctx, within{s.tables}, true), view{tables: s.tables, inside: true})
	if err != nil {
		return err
	}

	if err := ctx.Err(); err != nil {
		return err
	}

	batch = brought(batch)

	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()

	if err := s.tables.check(batch); err != nil {
		return err
	}

	return s.tables.apply(batch)
}

// within is the key under which a context says that it is that of a transaction on these tables.
type within struct{ tables *tables }

// view reads the tables: for the Store, or for a transaction of it.
type view struct {
	tables *tables
	inside bool
}

// enter tells whether the view may be used with this context.
func (v view) enter(ctx context.Context) error {
	if !v.inside && ctx.Value(within{v.tables}) != nil {
		return storage.ErrNested
	}

	return ctx.Err()
}

// read runs f on one snapshot.
func read[T any](ctx context.Context, v view, f func(*tables) (T, error)) (T, error) {
	if err := v.enter(ctx); err != nil {
		var none T

		return none, err
	}

	v.tables.mu.RLock()
	defer v.tables.mu.RUnlock()

	return f(v.tables)
}

// find returns the row of a key, or ErrNotFound.
func find[K comparable, V any](rows map[K]V, key K) (V, error) {
	row, ok := rows[key]
	if !ok {
		return row, storage.ErrNotFound
	}

	return row, nil
}

// Structure returns a structure. Errors: [storage.ErrNotFound].
func (v view) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	return read(ctx, v, func(t *tables) (structure.Structure, error) {
		row, err := find(t.structures, id)

		return row.Clone(), err
	})
}

// StructureByIdentity returns the structure with an identity. Errors: [storage.ErrNotFound].
func (v view) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	return read(ctx, v, func(t *tables) (structure.Structure, error) {
		owner, err := find(t.identities, id)

		return t.structures[owner].Clone(), err
	})
}

// Registration returns a registration. Errors: [storage.ErrNotFound].
func (v view) Registration(ctx context.Context, id account.ID) (account.Registration, error) {
	return read(ctx, v, func(t *tables) (account.Registration, error) { return find(t.registrations, id) })
}

// Account returns an account. Errors: [storage.ErrNotFound].
func (v view) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return read(ctx, v, func(t *tables) (account.Account, error) { return find(t.accounts, id) })
}

// AccountByLogin returns the account with a login key. Errors: [storage.ErrNotFound].
func (v view) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	return read(ctx, v, func(t *tables) (account.Account, error) {
		owner, err := find(t.logins, key)

		return t.accounts[owner], err
	})
}

// Credential returns an account's credential. Errors: [storage.ErrNotFound].
func (v view) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	return read(ctx, v, func(t *tables) (account.Credential, error) {
		row, err := find(t.credentials, id)

		return row.Clone(), err
	})
}

// Attempts returns the tries that are kept under a key. Errors: [storage.ErrNotFound].
func (v view) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	return read(ctx, v, func(t *tables) (account.Attempts, error) {
		row, err := find(t.attempts, key)

		return row.Clone(), err
	})
}

// Link returns an issued link. Errors: [storage.ErrNotFound].
func (v view) Link(ctx context.Context, selector account.Selector) (account.Link, error) {
	return read(ctx, v, func(t *tables) (account.Link, error) {
		row, err := find(t.links, selector)

		return row.Clone(), err
	})
}

// Links returns the newest links of an account for a purpose.
func (v view) Links(ctx context.Context, id account.ID, purpose account.Purpose) ([]account.Link, error) {
	return read(ctx, v, func(t *tables) ([]account.Link, error) { return t.newestLinks(id, purpose), nil })
}

// Roster returns a slice of a roster. Errors: [storage.ErrNotFound].
func (v view) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	return read(ctx, v, func(t *tables) (storage.Slice, error) { return t.slice(q) })
}

// Memberships returns an account with its attachments. Errors: [storage.ErrNotFound].
func (v view) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	return read(ctx, v, func(t *tables) (storage.Memberships, error) { return t.memberships(id) })
}

// Message returns a message of the outbox. Errors: [storage.ErrNotFound].
func (v view) Message(ctx context.Context, id string) (storage.Message, error) {
	return read(ctx, v, func(t *tables) (storage.Message, error) {
		row, err := find(t.messages, id)

		return row.Clone(), err
	})
}

// Journaled returns the try that committed an operation. Errors: [storage.ErrNotFound].
func (v view) Journaled(ctx context.Context, operation string) (int, error) {
	return read(ctx, v, func(t *tables) (int, error) { return t.try(operation) })
}

// Page returns one page of a list. Errors: [storage.ErrAfter].
func (v view) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return read(ctx, v, func(t *tables) (storage.Page, error) { return t.page(q) })
}
