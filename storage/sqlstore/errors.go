package sqlstore

import "errors"

// The errors of this package, beside those of the contract in package storage. Compare with errors.Is.
var (
	ErrForeignKeys = errors.New("sqlstore: foreign keys are off, turn them on in the connection string")
	ErrPrefix      = errors.New("sqlstore: a prefix is made of a-z, 0-9 and _, does not begin with a digit, and is at most 32 long")
	ErrDialect     = errors.New("sqlstore: unknown dialect")
	ErrHolder      = errors.New("sqlstore: the holder of a roster has no row at structure level in it")
	ErrJoin        = errors.New("sqlstore: no transaction to join")
	ErrSchema      = errors.New("sqlstore: the tables are of a newer version than this program")
)
