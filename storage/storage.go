package storage

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// Store keeps the portal's rows. Its sentences are in the package comment.
type Store interface {
	Reader

	// Update runs fn once with a Reader, then applies the Batch that fn returned, all or nothing. An empty Batch
	// commits nothing and succeeds. Errors: fn's; the context's; ErrConflict, ErrExists, ErrUncertain, ErrNested; what
	// the engine says, and then nothing was written.
	Update(ctx context.Context, fn func(ctx context.Context, r Reader) (Batch, error)) error
}

// Reader reads rows. Inside [Store.Update] it sees what is committed, and what an enclosing transaction wrote. Errors of
// every method, besides those that it names: the context's; ErrNested; what the engine says.
type Reader interface {
	// Structure returns a structure. Errors: ErrNotFound.
	Structure(ctx context.Context, id structure.ID) (structure.Structure, error)

	// StructureByIdentity returns the structure with that country, type and code. Errors: ErrNotFound.
	StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error)

	// Registration returns a registration in whatever state. Errors: ErrNotFound.
	Registration(ctx context.Context, id account.ID) (account.Registration, error)

	// Account returns an account in whatever state. Errors: ErrNotFound.
	Account(ctx context.Context, id account.ID) (account.Account, error)

	// AccountByLogin returns the account with that login key (account.Login.Key). Errors: ErrNotFound.
	AccountByLogin(ctx context.Context, key string) (account.Account, error)

	// Credential returns an account's credential. Errors: ErrNotFound.
	Credential(ctx context.Context, id account.ID) (account.Credential, error)

	// Attempts returns the tries that are kept under a key. Errors: ErrNotFound.
	Attempts(ctx context.Context, key string) (account.Attempts, error)

	// Link returns an issued link. Errors: ErrNotFound.
	Link(ctx context.Context, selector account.Selector) (account.Link, error)

	// Links returns the newest links issued to an account for a purpose, at most LinksLength, the highest Seq first.
	Links(ctx context.Context, id account.ID, purpose account.Purpose) ([]account.Link, error)

	// Roster returns a slice of a structure's roster and the facts about it. Errors: ErrNotFound when the structure
	// does not exist.
	Roster(ctx context.Context, q RosterQuery) (Slice, error)

	// Memberships returns an account and all its rows in all structures that are attached or suspended. Errors:
	// ErrNotFound when there is no such account.
	Memberships(ctx context.Context, id account.ID) (Memberships, error)

	// Message returns a message of the outbox. Errors: ErrNotFound.
	Message(ctx context.Context, id string) (Message, error)

	// Journaled returns the number of the try (Entry.Try) that committed an operation. Errors: ErrNotFound when none
	// did.
	Journaled(ctx context.Context, operation string) (try int, err error)

	// Page returns one page of a list. Errors: ErrAfter.
	Page(ctx context.Context, q Query) (Page, error)
}

// LinksLength is how many links Reader.Links returns at the most.
const LinksLength = 10

// RosterQuery says which slice of a roster to read.
type RosterQuery struct {
	Structure structure.ID
	Accounts  []account.ID     // whose rows are needed
	Login     string           // a login key: the newest registration with it in this structure is needed too; "" = none
	Services  []structure.Code // whose facts are needed, besides those that the rows name
	At        time.Time        // requests whose Due is at or before it are left out of the queue
}

// Slice is what Reader.Roster returns, read in one snapshot.
//
// Roster holds the head (with Queue: attachment.Roster.Line cut to attachment.QueueLength), and all rows, at every
// service and in every state, of: the accounts asked for, the holder, the accounts in Queue, and Newest. Facts hold
// the structure, the registrations and accounts of all these, and the services that the rows or the query name.
// Facts.Policy is not set.
type Slice struct {
	Roster attachment.Roster
	Facts  attachment.Facts

	// Newest is the registration for this structure with the query's Login whose row at structure level has the highest
	// Order, and of several the greatest id; "" = none.
	Newest account.ID
}

// Memberships are an account with its attachments, read in one snapshot.
type Memberships struct {
	Account account.Account
	Rows    []Membership // ordered by structure, then service
}

// Membership is one attachment with what its rights depend on.
type Membership struct {
	Attachment attachment.Attachment
	Structure  structure.Structure
	Service    structure.Service // Code "" at structure level
	Standing   attachment.Standing
	Holder     account.ID
}

// Batch is what one transaction writes: guards first, then rows, then operations, all or nothing. The order of rows says
// nothing. A row is named once, by a guard or as a row, and not by an operation of the same batch unless the operation
// is meant to find it: a store may refuse a batch that names one twice.
type Batch struct {
	Guards        []Guard
	Structures    []structure.Structure
	Services      []structure.Service
	Registrations []account.Registration
	Accounts      []account.Account
	Credentials   []account.Credential
	Attempts      []account.Attempts
	Links         []account.Link
	Rosters       []attachment.Roster
	Messages      []Message
	Journal       []Entry
	Operations    []Operation
}

// Empty tells whether there is nothing to write or to guard.
func (b Batch) Empty() bool {
	return len(b.Guards)+len(b.Structures)+len(b.Services)+len(b.Registrations)+len(b.Accounts)+len(b.Credentials)+
		len(b.Attempts)+len(b.Links)+len(b.Rosters)+len(b.Messages)+len(b.Journal)+len(b.Operations) == 0
}

// Guard lets a batch be applied only while a row that it relied on, and does not write, still has the version under
// which it was read. Version 0 is no row's, so that such a guard never holds: what must not exist is inserted. The set
// is sealed: [AccountAt], [StructureAt], [ServiceAt] and [RosterAt].
//
//sumtype:decl
type Guard interface{ guard() }

// AccountAt guards an account's version.
type AccountAt struct {
	ID      account.ID
	Version int64
}

// StructureAt guards a structure's version.
type StructureAt struct {
	ID      structure.ID
	Version int64
}

// ServiceAt guards a service's version.
type ServiceAt struct {
	Structure structure.ID
	Code      structure.Code
	Version   int64
}

// RosterAt guards a roster's version.
type RosterAt struct {
	Structure structure.ID
	Version   int64
}

func (AccountAt) guard()   {}
func (StructureAt) guard() {}
func (ServiceAt) guard()   {}
func (RosterAt) guard()    {}
