package storage

import "errors"

// The answers of a store, see the contract in the package comment. Compare with errors.Is.
var (
	ErrNotFound  = errors.New("storage: not found")
	ErrConflict  = errors.New("storage: lost a race, read again")
	ErrExists    = errors.New("storage: unique key exists")
	ErrUncertain = errors.New("storage: committed or not, the store cannot tell")
	ErrNested    = errors.New("storage: a transaction used the store instead of its reader")
	ErrAfter     = errors.New("storage: After is not the Next of a page of this list")
)

// UniqueKey names a unique key. It never holds a value: values may be personal data.
type UniqueKey string

// The unique keys of sentence 5 of the contract.
const (
	KeyLogin    UniqueKey = "login"
	KeyIdentity UniqueKey = "structure identity"
	KeySelector UniqueKey = "link selector"
	KeyJournal  UniqueKey = "journal entry"
)

// ExistsError names the unique key that a batch would have doubled. It wraps [ErrExists].
type ExistsError struct{ Key UniqueKey }

// Error names the key.
func (e *ExistsError) Error() string { return ErrExists.Error() + ": " + string(e.Key) }

// Unwrap returns [ErrExists].
func (e *ExistsError) Unwrap() error { return ErrExists }

// Exists tells whether err says that this unique key exists.
func Exists(err error, key UniqueKey) bool {
	var e *ExistsError

	return errors.As(err, &e) && e.Key == key
}
