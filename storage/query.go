package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/structure"
)

// Query is a list. The set is sealed: [OpenRequests], [DueMessages], [DueRows], [History], [RegistrationsOf] and
// [Deciders]. Each embeds a [Window] and has its own row type, see [List].
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

// OpenRequests are the requests that wait for a decision in the structures named, without those whose Due is at or
// before At (a zero Due is never), oldest first: ordered by RequestedAt, structure, Order, account, service. Row:
// [OpenRequest].
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

// History is the journal of a structure, newest first: ordered by Version, At, operation, Seq, all descending. The
// roster's version comes first because clocks of several processes differ, and versions do not. Row: [Entry].
type History struct {
	Window

	Structure structure.ID
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
}

func (OpenRequests) query()    {}
func (DueMessages) query()     {}
func (DueRows) query()         {}
func (History) query()         {}
func (RegistrationsOf) query() {}
func (Deciders) query()        {}

// ListOf names the list that a query reads: its type and its Structure or Login. A page's Next goes with a list, and a
// store that keeps the name in it notices when it is given to another one (sentence 13). The name tells no login.
func ListOf(q Query) string {
	var of string

	switch q := q.(type) {
	case History:
		of = string(q.Structure)
	case RegistrationsOf:
		of = q.Login
	case Deciders:
		of = string(q.Structure)
	case OpenRequests, DueMessages, DueRows:
	}

	sum := sha256.Sum256([]byte(fmt.Sprintf("%T/%s", q, of)))

	return hex.EncodeToString(sum[:8])
}

// Of is a query whose rows are T.
type Of[T any] interface {
	Query
	row(T)
}

func (OpenRequests) row(OpenRequest)             {}
func (DueMessages) row(Message)                  {}
func (DueRows) row(DueRow)                       {}
func (History) row(Entry)                        {}
func (RegistrationsOf) row(account.Registration) {}
func (Deciders) row(account.Account)             {}

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
