package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// Query is a list. The set is sealed: [OpenRequests], [DueMessages], [ParkedMessages], [Individuals],
// [Factors], [DueRows], [DueReminders],
// [DueRegistrations], [History], [JournalOf], [RegistrationsOf], [RowsOf], [MessagesOf], [Deciders], [UsersOf], [MembersOf],
// [ServicesOf], [PublicStructures] and [Unverified]. Each embeds a [Window] and has its own row type, see [List].
//
//sumtype:decl
type Query interface {
	Bounds() Window

	query()
}

// Window is which part of a list to read.
type Window struct {
	After   string // the Next of the page before; "" = from the start
	Limit   int    // rows at the most; 0 = DefaultLimit, never more than MaxLimit
	Counted bool   // asks for Page.Count
}

// The sizes of a page, in rows. CountCap is where counting stops: a list with more says "1000+".
const (
	DefaultLimit = 50
	MaxLimit     = 1000
	CountCap     = 1001
)

// Bounds returns the window with its limit filled in.
func (w Window) Bounds() Window {
	switch {
	case w.Limit <= 0:
		w.Limit = DefaultLimit
	case w.Limit > MaxLimit:
		w.Limit = MaxLimit
	}

	return w
}

// Page is one page of a list.
type Page struct {
	Rows  []any  // of the query's row type
	Next  string // opaque: goes back as Window.After; "" = there is no more
	Count int    // if asked for: how many rows the whole list has, at most CountCap
}

// OpenRequests are the rows of the structures named that wait for a decision, whether to be attached or for more profiles
// (attachment.Attachment.Asked), without requests to be attached whose Due is at or before At (a zero Due is never), oldest
// first: ordered by the time and the order that Asked returns (time, structure, order), then account, service. Row: [OpenRequest].
type OpenRequests struct {
	Window

	Structures []structure.ID
	At         time.Time // zero leaves nothing out
}

// OpenRequest is one line of the approvals list.
type OpenRequest struct {
	Structure  structure.Structure
	Service    structure.Service // Code "" at structure level
	Attachment attachment.Attachment
	Login      account.Login  // of the requester, from the account if there is one, else from the registration
	Person     account.Person // likewise
}

// DueMessages are the messages that are queued and whose NotBefore is not after At: ordered by NotBefore, id. Row:
// [Message].
type DueMessages struct {
	Window

	At time.Time
}

// ParkedMessages are the messages that were given up: ordered by DoneAt, id. Row: [Message].
type ParkedMessages struct{ Window }

// Individuals are the structures whose identifier is an individual's (identifier.Individual), sealed or not, in whatever standing:
// ordered by id. Row: [structure.Structure].
type Individuals struct{ Window }

// Factors are the credentials with a second factor (Factor.Sealed is not empty), in use or not: ordered by account. Row: [account.Credential].
type Factors struct{ Window }

// DueRows are the claims whose Term, and the requested or approved rows whose Due, is not after At (a zero time is
// never): ordered by that time, structure, account, service. Row: [DueRow].
type DueRows struct {
	Window

	At time.Time
}

// DueRow names a row whose time is over.
type DueRow struct {
	Structure structure.ID
	Account   account.ID // of a claim, the claimant
	Service   structure.Code
	Due       time.Time
}

// DueReminders are the rows whose Remind is not after At (a zero time is never): ordered by that time, structure, account,
// service. Row: [DueRow], with Remind as its Due.
type DueReminders struct {
	Window

	At time.Time
}

// History is the journal of a structure, newest first: ordered by Version, At, operation, Seq, all descending. The
// roster's version comes first because clocks of several processes differ, and versions do not. Row: [Entry].
type History struct {
	Window

	Structure structure.ID
}

// DueRegistrations are the open registrations, separate or not, whose own Due is not after At (a zero Due is never): ordered
// by Due, id.
// Row: [account.Registration].
type DueRegistrations struct {
	Window

	At time.Time
}

// JournalOf are the journal's entries on an account or by it (Account, or an Actor that is it), whatever the structure,
// newest first: ordered by At, operation, Seq, all descending. Row: [Entry].
type JournalOf struct {
	Window

	Account account.ID
}

// RegistrationsOf are the open registrations (account.RegistrationState.Open) with a login key: ordered by CreatedAt,
// id. Row: [account.Registration].
type RegistrationsOf struct {
	Window

	Login string
}

// Deciders are the accounts that hold Organisation/modification in a structure and are active, each once: the holder of a
// managed roster, whatever its row, and who is attached (not suspended) at structure level with that grant. Ordered by
// account id. Row: [account.Account].
type Deciders struct {
	Window

	Structure structure.ID
	Past      account.ID // the list is of those whose id is greater, byte for byte, besides what After says; "" = all
}

// RowsOf are the rows that an account, or a registration, has in rosters, in every state: ordered by structure, service.
// Row: [RosterRow].
type RowsOf struct {
	Window

	Account account.ID
}

// RosterRow is one row of a roster with the structure that it is in.
type RosterRow struct {
	Structure  structure.Structure
	Attachment attachment.Attachment
}

// MessagesOf are the messages of the outbox whose Account is that one, in every state: ordered by CreatedAt, id. Row:
// [Message].
type MessagesOf struct {
	Window

	Account account.ID
}

// UsersOf are the accounts that have a row in a structure's roster which is attached or suspended, each once, whatever the
// account's state: ordered by account id. The holder counts like anybody else. Row: [account.Account].
type UsersOf struct {
	Window

	Structure structure.ID
	Past      account.ID // the list is of those whose id is greater, byte for byte, besides what After says; "" = all
}

// MembersOf are the rows of a structure's roster that are attached or suspended, or approved with an Invited. Search is folded
// (structure.Fold) and occurs in the row's attachment.Attachment.SearchText, "" in any; Service is one service's rows, "" any
// level's; Approver is the account that approved them (Decision.Approved, and Decision.By is it), "" anybody. Ordered by
// SearchText, account, service. A store may keep what the methods returned when the rows were written: a release in which they
// return something else says so. Row: [Member].
type MembersOf struct {
	Window

	Structure structure.ID
	Search    string
	Service   structure.Code
	Approver  account.ID
}

// Member is one line of a structure's users.
type Member struct {
	Attachment attachment.Attachment
	Service    structure.Service // Code "" at structure level
	Account    account.Account   // as it is stored; zero for a registration, which was invited
}

// ServicesOf are the services of a structure, active or not: ordered by code. Row: [structure.Service].
type ServicesOf struct {
	Window

	Structure structure.ID
}

// PublicStructures are the structures of the public sector, active or not, that are managed or vacant and have no successor, and whose
// identifier is of the Kind (0 = any), whose SearchTown is Town ("" = any), and whose SearchName begins with Name ("" = any):
// ordered by SearchName, id. A structure that is an individual is not among them. A store may keep what the two methods
// returned when the structure was written: a release in which they return something else says so. Row: [structure.Structure].
type PublicStructures struct {
	Window

	Kind identifier.Kind
	Town string // folded, see structure.Fold
	Name string // folded likewise
}

// Unverified are the structures that are structure.Unverified and were asked about before At (a zero CheckedAt
// is always before), and are managed or vacant and without successor: ordered by CheckedAt, id. Row: [structure.Structure].
type Unverified struct {
	Window

	At time.Time
}

func (OpenRequests) query()     {}
func (DueMessages) query()      {}
func (ParkedMessages) query()   {}
func (Individuals) query()      {}
func (Factors) query()          {}
func (DueRows) query()          {}
func (DueRegistrations) query() {}
func (History) query()          {}
func (JournalOf) query()        {}
func (RegistrationsOf) query()  {}
func (RowsOf) query()           {}
func (MessagesOf) query()       {}
func (Deciders) query()         {}
func (UsersOf) query()          {}
func (MembersOf) query()        {}
func (DueReminders) query()     {}
func (ServicesOf) query()       {}
func (PublicStructures) query() {}
func (Unverified) query()       {}

// ListOf names the list that a query reads: its type and what it is of (Structure, Account, Login; of public structures
// Kind, Town and Name; of members Search, Service and Approver too). A page's Next goes with a list, and a store that keeps the name in it notices when it is given
// to another one (sentence 13). The name tells no login, and
// nothing that was searched for.
func ListOf(q Query) string {
	var of string

	switch q := q.(type) {
	case History:
		of = string(q.Structure)
	case JournalOf:
		of = string(q.Account)
	case RegistrationsOf:
		of = q.Login
	case RowsOf:
		of = string(q.Account)
	case MessagesOf:
		of = string(q.Account)
	case Deciders:
		of = string(q.Structure)
	case UsersOf:
		of = string(q.Structure)
	case MembersOf:
		of = fmt.Sprintf("%q/%q/%q/%q", q.Structure, q.Search, q.Service, q.Approver)
	case ServicesOf:
		of = string(q.Structure)
	case PublicStructures:
		of = fmt.Sprintf("%d/%q/%q", q.Kind, q.Town, q.Name)
	case OpenRequests, DueMessages, ParkedMessages, Individuals, Factors, DueRows, DueReminders, DueRegistrations, Unverified:
	}

	sum := sha256.Sum256([]byte(fmt.Sprintf("%T/%s", q, of)))

	return hex.EncodeToString(sum[:8])
}

// Of is a query whose rows are T.
type Of[T any] interface {
	Query
	row(T)
}

func (OpenRequests) row(OpenRequest)              {}
func (DueMessages) row(Message)                   {}
func (ParkedMessages) row(Message)                {}
func (Individuals) row(structure.Structure)       {}
func (Factors) row(account.Credential)            {}
func (DueRows) row(DueRow)                        {}
func (DueRegistrations) row(account.Registration) {}
func (History) row(Entry)                         {}
func (JournalOf) row(Entry)                       {}
func (RegistrationsOf) row(account.Registration)  {}
func (RowsOf) row(RosterRow)                      {}
func (MessagesOf) row(Message)                    {}
func (Deciders) row(account.Account)              {}
func (UsersOf) row(account.Account)               {}
func (MembersOf) row(Member)                      {}
func (DueReminders) row(DueRow)                   {}
func (ServicesOf) row(structure.Service)          {}
func (PublicStructures) row(structure.Structure)  {}
func (Unverified) row(structure.Structure)        {}

// PageOf is one page with typed rows.
type PageOf[T any] struct {
	Rows  []T
	Next  string
	Count int
}

// List reads one page of a list, with its rows typed by the query.
func List[T any](ctx context.Context, r Reader, q Of[T]) (PageOf[T], error) {
	page, err := r.Page(ctx, q)
	if err != nil {
		return PageOf[T]{}, err
	}

	out := PageOf[T]{Rows: make([]T, len(page.Rows)), Next: page.Next, Count: page.Count}

	for i, row := range page.Rows {
		typed, ok := row.(T)
		if !ok {
			return PageOf[T]{}, fmt.Errorf("storage: the store returned a %T row for %T", row, q)
		}

		out.Rows[i] = typed
	}

	return out, nil
}
