package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/storage"
)

// Capability is a power that not every store has, and that some cases need.
type Capability uint8

// The capabilities. What a store lacks is reported, see [Unproved].
const (
	// Joining is to work in a transaction of the application's: the store is a [storage.Joiner], found by [storage.As],
	// and Options.Begin opens the transaction.
	Joining Capability = iota + 1
	// Reopening is to open a store's rows once more, as another process would: Options.Again does.
	Reopening
	// Breaking is to make a commit go wrong: Options.Sabotage does.
	Breaking
)

// String returns the name of the capability.
func (c Capability) String() string {
	switch c {
	case Joining:
		return "joining"
	case Reopening:
		return "reopening"
	case Breaking:
		return "breaking"
	default:
		return "invalid"
	}
}

// offer says how a capability is offered to the suite.
func (c Capability) offer() string {
	switch c {
	case Joining:
		return "let storage.As[storage.Joiner] find the store (a wrapper that hides it needs Unwrap), and give Options.Begin"
	case Reopening:
		return "give Options.Again"
	case Breaking:
		return "give Options.Sabotage"
	default:
		return "there is no such capability"
	}
}

// Tx is a transaction that the application began. *sql.Tx is one.
type Tx interface {
	storage.Querier

	Commit() error
	Rollback() error
}

// Sabotage is a way in which a commit goes wrong.
type Sabotage uint8

// The ways. For how a driver does them: the statement COMMIT fails and is followed by a rollback; the connection breaks
// instead of sending COMMIT; it breaks instead of reading the answer.
const (
	Refused    Sabotage = iota + 1 // the engine refuses the commit, and says so: nothing is written
	LostBefore                     // the connection is lost before the commit reaches the engine: nothing is written
	LostAfter                      // the connection is lost after the engine committed: everything is written
)

// String returns the name of the way.
func (h Sabotage) String() string {
	switch h {
	case Refused:
		return "a commit that the engine refuses"
	case LostBefore:
		return "a commit that is lost on its way to the engine"
	case LostAfter:
		return "a commit whose answer is lost"
	default:
		return "invalid"
	}
}

// Unproved is a case that could not be tried on a store, because the store lacks what it takes.
type Unproved struct {
	Case     Case
	Lacks    Capability
	Declared bool // in Options.Lacks; else the suite found out
}

// String says what stays unproved, and how that changes.
func (u Unproved) String() string {
	how := "not declared in Options.Lacks"
	if u.Declared {
		how = "declared in Options.Lacks"
	}

	return fmt.Sprintf("%s: not tried, the store lacks %s (%s). Unproved stays\n\t“%s”\nTo prove it, %s.",
		u.Case.Name, u.Lacks, how, u.Case.Sentence, u.Lacks.offer())
}

// summary tells in one line what a store was found to lack. It is "" if nothing stays unproved.
func summary(unproved []Unproved) string {
	cases := map[Capability]int{}
	for _, u := range unproved {
		cases[u.Lacks]++
	}

	var lines []string

	for _, c := range []Capability{Joining, Reopening, Breaking} {
		if cases[c] > 0 {
			lines = append(lines, fmt.Sprintf("%s (%d cases; %s)", c, cases[c], c.offer()))
		}
	}

	if len(lines) == 0 {
		return ""
	}

	return fmt.Sprintf("storagetest: %d cases stay unproved, the store lacks: %s", len(unproved), strings.Join(lines, "; "))
}

// What is wrong with the options, rather than with the store.
var (
	errDeclared = errors.New("the store has what Options.Lacks says it lacks: take it out")
	errBegin    = errors.New("the store is a storage.Joiner, and Options.Begin is nil: give Begin, which opens a transaction " +
		"of the application's on the store's own database (sql.DB.BeginTx does), so that joining can be tried")
)

// lacks tells whether a store lacks a capability. Errors: the options are wrong about it.
func (o *Options) lacks(c Capability, s storage.Store) (bool, error) {
	var has bool

	switch c {
	case Joining:
		_, has = storage.As[storage.Joiner](s)
	case Reopening:
		has = o.Again != nil
	case Breaking:
		has = o.Sabotage != nil
	default: // a case that needs nothing
		return false, nil
	}

	switch {
	case has && slices.Contains(o.Lacks, c):
		return false, fmt.Errorf("%s: %w", c, errDeclared)
	case has && c == Joining && o.Begin == nil:
		return false, fmt.Errorf("%s: %w", c, errBegin)
	}

	return !has, nil
}

// prove runs a case on a store, or tells why it cannot be run.
func (c Case) prove(store storage.Store, o Options) (*Unproved, error) {
	lacking, err := o.lacks(c.Needs, store)

	switch {
	case err != nil:
		return nil, err
	case lacking:
		return &Unproved{Case: c, Lacks: c.Needs, Declared: slices.Contains(o.Lacks, c.Needs)}, nil
	}

	return nil, c.run(store, o)
}

// sabotage makes the store's next commit go wrong.
func (s bench) sabotage(how Sabotage) error {
	return none("Options.Sabotage", s.options.Sabotage(s.Store, how))
}

// again opens the store's rows once more.
func (s bench) again() (bench, error) {
	other, err := s.options.Again(s.Store)

	return bench{Store: other, options: s.options}, none("Options.Again", err)
}

// joining runs f in a transaction of the application's, with a store that has joined it, and rolls back what f did not
// commit.
func (s bench) joining(ctx context.Context, f func(tx Tx, joined bench) error) error {
	tx, err := s.options.Begin(ctx, s.Store)
	if err != nil {
		return none("Options.Begin", err)
	}

	defer func() { _ = tx.Rollback() }() // after a commit it says that there is nothing to roll back

	joined, err := s.join(tx)
	if err != nil {
		return err
	}

	return f(tx, joined)
}

// join joins a transaction.
func (s bench) join(tx Tx) (bench, error) {
	joiner, ok := storage.As[storage.Joiner](s.Store)
	if !ok {
		return bench{}, errors.New("the store is no storage.Joiner any more")
	}

	joined, err := joiner.Join(tx)

	return bench{Store: joined, options: s.options}, none("Join", err)
}
