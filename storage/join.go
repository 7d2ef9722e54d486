package storage

import (
	"context"
	"database/sql"
)

// Querier runs statements in an application's transaction. *sql.Tx is one, and so is *sql.Conn with a transaction open.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Joiner is a [Store] that can work inside a transaction which the application began on the same database, and which
// the application commits or rolls back. Its sentences are 20 to 22 of the contract. Find it with [As].
type Joiner interface {
	// Join returns a store that reads and writes in q's transaction, for as long as that lasts. It does not touch the
	// database.
	Join(q Querier) (Store, error)
}

// As finds a power that not every store has, such as [Joiner], in s or in what it wraps: a wrapper has a method
// Unwrap() Store. A wrapper whose own behaviour a power would go past must have that power itself, or no Unwrap.
func As[T any](s Store) (T, bool) {
	for s != nil {
		if power, ok := s.(T); ok {
			return power, true
		}

		wrapper, ok := s.(interface{ Unwrap() Store })
		if !ok {
			break
		}

		s = wrapper.Unwrap()
	}

	var none T

	return none, false
}
