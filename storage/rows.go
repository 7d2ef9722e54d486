package storage

import (
	"slices"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// MessageState is the state of a message of the outbox.
type MessageState uint8

// The states of a message. The zero state is invalid.
const (
	Queued   MessageState = iota + 1 // waits until NotBefore, then is due
	Sent                             // handed over to the mailer
	Expanded                         // was addressed to several: one message for each took its place
	Dropped                          // pointless before it was sent: LastError says why
	Parked                           // given up: LastError says why
)

// MessageStates lists the states in order.
func MessageStates() []MessageState { return []MessageState{Queued, Sent, Expanded, Dropped, Parked} }

// String returns the stable name of the state.
func (s MessageState) String() string {
	switch s {
	case Queued:
		return "queued"
	case Sent:
		return "sent"
	case Expanded:
		return "expanded"
	case Dropped:
		return "dropped"
	case Parked:
		return "parked"
	default:
		return "invalid"
	}
}

// Message is one mail in the outbox (rule F1): written in the transaction that causes it, sent afterwards. A link, or a
// code, is kept sealed, under the portal's keys and with the message's id as associated data, and wiped once it is sent.
type Message struct {
	ID        string // also the idempotency key for the mailer
	Version   int64  // as read; 0 = not stored yet
	State     MessageState
	Kind      mail.Kind
	To        string       // recipient's address; "" = several people of Structure, see mail.Kind.Audience
	Account   account.ID   // whom it is about, or whose link it carries; "" = whoever To is, which is looked up when it is leased
	Structure structure.ID // which structure it is about
	Language  language.Tag
	Content   mail.Content
	Selector  account.Selector // of the link it carries; "" = none
	Sealed    []byte           // the link's token, or the code that goes with the link, sealed; empty = none, or wiped
	Tries     int              // how often it was leased
	NotBefore time.Time        // a queued message is due from then on; a lease moves it on
	LastError string           // of the last try, as the mailer told it, without the link
	CreatedAt time.Time
	DoneAt    time.Time  // when it left Queued
	Recipient account.ID // whose account it goes to, where it is one of several; of the message to all of them, the last who has got theirs; "" = none
}

// Clone returns a copy that shares no memory with m.
func (m Message) Clone() Message {
	m.Sealed = slices.Clone(m.Sealed)
	m.Content.Profiles = slices.Clone(m.Content.Profiles)

	return m
}

// Entry is one line of the journal (rule D11). It holds ids and codes only; what people wrote is kept beside it, in
// Note, where it can be erased.
type Entry struct {
	Operation string // the transaction's operation; made before its first try
	Seq       int    // from 0, in the order of the changes
	Try       int    // which try of the operation wrote them all, from 1; 0 closes one whose outcome was lost
	At        time.Time
	Actor     account.Actor
	Action    string // stable name of what happened
	Structure structure.ID
	Version   int64      // the version that the structure's roster has after it: the order of a structure's history
	Account   account.ID // on whom; "" = nobody in particular
	Service   structure.Code
	Before    string // stable name of the state before; "" = none
	After     string // stable name of the state after; "" = none
	Note      string // comment or reason; personal data, erasable
}
