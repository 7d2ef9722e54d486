package sqlstore

import (
	"database/sql"
	"fmt"
	"regexp"

	"github.com/guichet-pro/guichet/storage"
)

const defaultPrefix = "guichet_"

var prefixes = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,31}$`)

// Options are the choices for a [Store].
type Options struct {
	Dialect Dialect // of the database engine; SQLite
	Prefix  string  // of the names of tables and indexes, ^[a-z_][a-z0-9_]{0,31}$; "guichet_"

	// Classify returns the SQLSTATE of an error of the engine, "" for none. It is asked about errors that have no method
	// SQLState() string themselves. Only PostgreSQL needs it; nil.
	Classify func(error) string

	// Separate sends the statements of a batch one by one. Set it for engines that speak PostgreSQL's language but refuse
	// WITH clauses that write to one table twice. It costs a round trip a statement; false.
	Separate bool
}

// Store keeps the portal's rows in a database. It implements [storage.Store] and [storage.Joiner], and may be used by any
// number of goroutines.
type Store struct {
	view

	db      *sql.DB
	turns   turns
	waiting waiting
	leader  chan struct{} // room for one: who is in it commits what waits
}

var (
	_ storage.Store  = (*Store)(nil)
	_ storage.Joiner = (*Store)(nil)
)

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

	e := &engine{dialect: d, prefix: o.Prefix, classify: o.Classify, separate: o.Separate}

	return &Store{view: view{engine: e, on: db}, db: db, leader: make(chan struct{}, 1)}, nil
}
