package storage

import (
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/structure"
)

// Operation changes a set of rows whose number nobody knows, so that it cannot be read and written back row by row. It
// is applied after the guards and rows of its batch, on what these left, in the order of [Batch.Operations]; the package
// comment says what it does to which row. The set is sealed: [CopyStructure], [EraseAccount] and [Purge].
//
//sumtype:decl
type Operation interface{ operation() }

// CopyStructure takes a structure's services, roster, registrations and waiting messages over to another structure (rule
// C9: the identifier changes, and the old structure is left inactive). Sentence 17 of the contract says what becomes of
// which row. Errors: ErrConflict.
type CopyStructure struct {
	From, To structure.ID
	Version  int64 // of From's roster, as the rows of the batch leave it
}

// EraseAccount erases what is personal about a closed account (rules B12 and G2). What remains, the journal above all,
// goes by its id, which is the pseudonym: ids say nothing about people. Sentence 18 of the contract says what becomes
// of which row. Doing it twice does no harm. Errors: ErrConflict.
type EraseAccount struct{ Account account.ID }

// Purge deletes what has been kept long enough (rule G3), a bounded number of rows at a time. Sentence 19 of the contract
// says which. Nothing to delete is no error. A zero time leaves its kind alone.
type Purge struct {
	Registrations time.Time // deletes those that ended before it
	Messages      time.Time // deletes those that left the queue before it
	Links         time.Time // deletes those whose life ended before it at the latest
	Attempts      time.Time // deletes those that were over before it
	Journal       time.Time // deletes entries from before it; what still waits for an answer must be younger
	Limit         int       // rows of each kind at the most; 0 or more than MaxLimit = MaxLimit
}

// Bounded returns the operation with its limit filled in.
func (p Purge) Bounded() Purge {
	if p.Limit <= 0 || p.Limit > MaxLimit {
		p.Limit = MaxLimit
	}

	return p
}

func (CopyStructure) operation() {}
func (EraseAccount) operation()  {}
func (Purge) operation()         {}
