package storagetest

import (
	"context"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// faultyReader reads through a [Faulty] store, outside of a transaction or in one.
type faultyReader struct {
	faulty *Faulty
	reader storage.Reader
	update int // 0 = outside
}

// ask reads, with the fault that the plan has for it.
func ask[T any](ctx context.Context, r faultyReader, kind StepKind, read func() (T, error)) (T, error) {
	var none T

	switch r.faulty.next(kind, r.update) {
	case None:
	case Double:
		first, err := read()
		_, _ = read() // nobody hears the second

		return first, err
	case Hang:
		return none, hang(ctx)
	case Fail, DropBefore, DropAfter, DropLate, DropLater:
		return none, fmt.Errorf("%w: reading by %s", ErrFault, kind)
	}

	return read()
}

// Structure is that of the inner store, with the plan's faults.
func (r faultyReader) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	return ask(ctx, r, "Structure", func() (structure.Structure, error) { return r.reader.Structure(ctx, id) })
}

// StructureByIdentity is that of the inner store, with the plan's faults.
func (r faultyReader) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	return ask(ctx, r, "StructureByIdentity", func() (structure.Structure, error) { return r.reader.StructureByIdentity(ctx, id) })
}

// Registration is that of the inner store, with the plan's faults.
func (r faultyReader) Registration(ctx context.Context, id account.ID) (account.Registration, error) {
	return ask(ctx, r, "Registration", func() (account.Registration, error) { return r.reader.Registration(ctx, id) })
}

// Account is that of the inner store, with the plan's faults.
func (r faultyReader) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return ask(ctx, r, "Account", func() (account.Account, error) { return r.reader.Account(ctx, id) })
}

// AccountByLogin is that of the inner store, with the plan's faults.
func (r faultyReader) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	return ask(ctx, r, "AccountByLogin", func() (account.Account, error) { return r.reader.AccountByLogin(ctx, key) })
}

// Credential is that of the inner store, with the plan's faults.
func (r faultyReader) Credential(ctx context.Context, id account.ID) (account.Credential, error) {
	return ask(ctx, r, "Credential", func() (account.Credential, error) { return r.reader.Credential(ctx, id) })
}

// Attempts is that of the inner store, with the plan's faults.
func (r faultyReader) Attempts(ctx context.Context, key string) (account.Attempts, error) {
	return ask(ctx, r, "Attempts", func() (account.Attempts, error) { return r.reader.Attempts(ctx, key) })
}

// Link is that of the inner store, with the plan's faults.
func (r faultyReader) Link(ctx context.Context, selector account.Selector) (account.Link, error) {
	return ask(ctx, r, "Link", func() (account.Link, error) { return r.reader.Link(ctx, selector) })
}

// Links is that of the inner store, with the plan's faults.
func (r faultyReader) Links(ctx context.Context, id account.ID, purpose account.Purpose) ([]account.Link, error) {
	return ask(ctx, r, "Links", func() ([]account.Link, error) { return r.reader.Links(ctx, id, purpose) })
}

// Roster is that of the inner store, with the plan's faults.
func (r faultyReader) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	return ask(ctx, r, "Roster", func() (storage.Slice, error) { return r.reader.Roster(ctx, q) })
}

// Memberships is that of the inner store, with the plan's faults.
func (r faultyReader) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	return ask(ctx, r, "Memberships", func() (storage.Memberships, error) { return r.reader.Memberships(ctx, id) })
}

// Message is that of the inner store, with the plan's faults.
func (r faultyReader) Message(ctx context.Context, id string) (storage.Message, error) {
	return ask(ctx, r, "Message", func() (storage.Message, error) { return r.reader.Message(ctx, id) })
}

// Journaled is that of the inner store, with the plan's faults.
func (r faultyReader) Journaled(ctx context.Context, operation string) (int, error) {
	return ask(ctx, r, "Journaled", func() (int, error) { return r.reader.Journaled(ctx, operation) })
}

// Page is that of the inner store, with the plan's faults.
func (r faultyReader) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return ask(ctx, r, "Page", func() (storage.Page, error) { return r.reader.Page(ctx, q) })
}
