package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"regexp"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const defaultPrefix = "guichet_"

var prefixes = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// Options are the choices for a [Store].
type Options struct {
	Dialect Dialect // of the database engine; SQLite
	Prefix  string  // of the names of tables and indexes, ^[a-z_][a-z0-9_]*$; "guichet_"
}

// Store keeps the portal's rows in a database. It implements [storage.Store], and may be used by any number of
// goroutines.
type Store struct {
	db      *sql.DB
	dialect dialect
	prefix  string
	writer  chan struct{} // room for one: who is in it writes
}

var _ storage.Store = (*Store)(nil)

// New returns the store in db. It does not touch the database: call [Store.Migrate] before anything else. opts may be
// nil. The caller goes on owning db. Errors: [ErrDialect], [ErrPrefix].
func New(db *sql.DB, opts *Options) (*Store, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}

	if o.Dialect == 0 {
		o.Dialect = SQLite
	}

	if o.Prefix == "" {
		o.Prefix = defaultPrefix
	}

	d, ok := o.Dialect.dialect()
	if !ok {
		return nil, fmt.Errorf("%w: %d", ErrDialect, o.Dialect)
	}

	if !prefixes.MatchString(o.Prefix) {
		return nil, fmt.Errorf("%w: %q", ErrPrefix, o.Prefix)
	}

	return &Store{db: db, dialect: d, prefix: o.Prefix, writer: make(chan struct{}, 1)}, nil
}

// inside is the key under which the context of an Update names its store.
type inside struct{ store *Store }

// nested tells whether ctx is that of an Update of this store that has not ended.
func (s *Store) nested(ctx context.Context) bool {
	tx, ok := ctx.Value(inside{s}).(*transaction)

	return ok && !tx.ended.Load()
}

// single reads with one statement, from the pool.
func single[K, T any](
	ctx context.Context, s *Store, read func(view, context.Context, K) (T, error), key K,
) (out T, err error) {
	if s.nested(ctx) {
		return out, storage.ErrNested
	}

	return read(view{store: s, on: s.db}, ctx, key)
}

// snapshot reads with several statements, in one transaction on a connection from the pool.
func snapshot[K, T any](
	ctx context.Context, s *Store, read func(view, context.Context, K) (T, error), key K,
) (out T, err error) {
	if s.nested(ctx) {
		return out, storage.ErrNested
	}

	conn, err := s.db.Conn(ctx)
	if err != nil {
		return out, s.wrap(ctx, err)
	}
	defer conn.Close() //nolint:errcheck // it says only that it is closed already

	if _, err := conn.ExecContext(ctx, s.dialect.beginRead); err != nil {
		discard(conn) // ctx may have ended while the engine began

		return out, s.wrap(ctx, err)
	}
	defer rollback(context.WithoutCancel(ctx), conn)

	return read(view{store: s, on: conn}, ctx, key)
}

// rollback ends a transaction and tells whether there was one to roll back. A connection of which that is not sure
// does not go back to the pool.
func rollback(ctx context.Context, conn *sql.Conn) bool {
	_, err := conn.ExecContext(ctx, "ROLLBACK")
	if err != nil {
		discard(conn)
	}

	return err == nil
}

// discard closes the connection instead of giving it back to the pool.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
}

// Structure returns a structure. Errors: storage.ErrNotFound.
func (s *Store) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	return single(ctx, s, view.Structure, id)
}

// StructureByIdentity returns the structure with that country, type and code. Errors: storage.ErrNotFound.
func (s *Store) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	return single(ctx, s, view.StructureByIdentity, id)
}

// Registration returns a registration in whatever state. Errors: storage.ErrNotFound.
func (s *Store) Registration(ctx context.Context, id account.ID) (account.Registration, error) {
	return single(ctx, s, view.Registration, id)
}

// Account returns an account in whatever state. Errors: storage.ErrNotFound.
func (s *Store) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return single(ctx, s, view.Account, id)
}

// AccountByLogin returns the account with that login key. Errors: storage.ErrNotFound.
func (s *Store) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	return single(ctx, s, view.AccountByLogin, key)
}

// Credential returns an account's credential. Errors: storage.ErrNotFound.
func (s *Store) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	return single(ctx, s, view.Credential, id)
}

// Link returns an issued link. Errors: storage.ErrNotFound.
func (s *Store) Link(ctx context.Context, selector account.Selector) (account.Link, error) {
	return single(ctx, s, view.Link, selector)
}

// Links returns the newest links issued to an account for a purpose, at most storage.LinksLength.
func (s *Store) Links(ctx context.Context, id account.ID, purpose account.Purpose) ([]account.Link, error) {
	return single(ctx, s, func(v view, ctx context.Context, id account.ID) ([]account.Link, error) {
		return v.Links(ctx, id, purpose)
	}, id)
}

// Roster returns a slice of a structure's roster and the facts about it, read in one snapshot. Errors:
// storage.ErrNotFound.
func (s *Store) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	return snapshot(ctx, s, view.Roster, q)
}

// Memberships returns an account and all its attachments, read in one snapshot. Errors: storage.ErrNotFound.
func (s *Store) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	return snapshot(ctx, s, view.Memberships, id)
}

// Message returns a message of the outbox. Errors: storage.ErrNotFound.
func (s *Store) Message(ctx context.Context, id string) (storage.Message, error) {
	return single(ctx, s, view.Message, id)
}

// Journaled returns the number of the try that committed an operation. Errors: storage.ErrNotFound.
func (s *Store) Journaled(ctx context.Context, operation string) (int, error) {
	return single(ctx, s, view.Journaled, operation)
}

// Page returns one page of a list, read in one snapshot. Errors: [storage.ErrAfter].
func (s *Store) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return snapshot(ctx, s, view.Page, q)
}
