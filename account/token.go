package account

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"time"
)

// The parts of a token, in bytes: the selector finds the stored link, the verifier proves that one was given it.
const (
	selectorSize = 12
	verifierSize = 32 // 256 random bits

	// TokenSize is how many random bytes a token is made of.
	TokenSize = selectorSize + verifierSize
)

// Selector is the public half of a token, the key of its [Link].
type Selector string

// Token is what a mailed link carries. It is a secret: it prints as "account.Token(redacted)", and only
// [Token.Reveal] shows it. The zero Token opens nothing.
type Token struct {
	// A pointer, so that printing a struct that holds a Token shows an address at the most; to a string, since fmt
	// follows a pointer to an array or a slice when the verb does not fit.
	bytes *string
}

// NewToken makes a token of [TokenSize] random bytes. Error: [ErrTokenSize].
func NewToken(random []byte) (Token, error) {
	if len(random) != TokenSize {
		return Token{}, ErrTokenSize
	}

	secret := string(random)

	return Token{bytes: &secret}, nil
}

// ParseToken reads what [Token.Reveal] wrote. What is no token is answered like a token that nobody issued: a
// [*LinkError] around [ErrLinkUnknown].
func ParseToken(s string) (Token, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != TokenSize {
		return Token{}, &LinkError{Err: ErrLinkUnknown}
	}

	return NewToken(raw)
}

// Reveal returns the secret, in the URL-safe alphabet, for the link in a mail.
func (t Token) Reveal() string {
	if t.bytes == nil {
		return ""
	}

	return base64.RawURLEncoding.EncodeToString([]byte(*t.bytes))
}

// Selector returns the public half.
func (t Token) Selector() Selector {
	if t.bytes == nil {
		return ""
	}

	return Selector(base64.RawURLEncoding.EncodeToString([]byte((*t.bytes)[:selectorSize])))
}

// hash is what is stored: the verifier has 256 random bits, so that a fast hash is enough.
func (t Token) hash() []byte {
	sum := sha256.New()
	sum.Write([]byte("guichet link 1\x00"))

	if t.bytes != nil {
		sum.Write([]byte(*t.bytes))
	}

	return sum.Sum(nil)
}

// String hides the secret.
func (Token) String() string { return "account.Token(redacted)" }

// Format hides the secret whatever the verb.
func (t Token) Format(f fmt.State, _ rune) { fmt.Fprint(f, t.String()) }

// Purpose tells what a link is for.
type Purpose uint8

// The purposes. The zero Purpose is invalid.
const (
	PurposeActivation   Purpose = iota + 1 // to choose a password and so activate the account
	PurposeAdoption                        // to take a registration over into the account that has its login (rule B14)
	PurposeContact                         // to confirm a contact address (rule B2)
	PurposeReactivation                    // to make a deactivated account active again (rule B12)
	PurposeContest                         // to contest who manages a structure, as a registration (rule D12)
	PurposeReset                           // to choose another password (rule B9)
	PurposeLogin                           // to confirm another login address (rule B13)
	PurposeFactor                          // to go on signing in, with a second factor: given to the caller, never mailed
)

// Purposes lists the purposes in order.
func Purposes() []Purpose {
	return []Purpose{PurposeActivation, PurposeAdoption, PurposeContact, PurposeReactivation, PurposeContest, PurposeReset, PurposeLogin, PurposeFactor}
}

// String returns the stable name of the purpose.
func (p Purpose) String() string {
	switch p {
	case PurposeActivation:
		return "activation"
	case PurposeAdoption:
		return "adoption"
	case PurposeContact:
		return "contact"
	case PurposeContest:
		return "contest"
	case PurposeReactivation:
		return "reactivation"
	case PurposeReset:
		return "reset"
	case PurposeLogin:
		return "login"
	case PurposeFactor:
		return "factor"
	default:
		return "invalid"
	}
}

// Link is an issued token as it is stored: never the secret, only its hash (rule B7).
//
// A person may have been issued several links for one purpose. The current one is the newest whose mail was leased
// for sending, see [Current]: a link that nobody can have received yet does not end the one before it.
type Link struct {
	Selector Selector
	Version  int64 // as read; 0 = not stored yet
	Purpose  Purpose
	Account  ID    // the registration, or the account, that it was issued to
	Seq      int64 // 1, 2, 3 … per account and purpose: unique, so that two at once cannot both be the newest
	Hash     []byte
	Life     time.Duration // counted from the first lease of its mail
	NotAfter time.Time     // the end whatever happens: a claim's term, a registration's lapse; zero = none
	LeasedAt time.Time     // when its mail was first leased; zero = not yet
	UsedAt   time.Time     // zero until it is used
	Bound    string        // what must still be so when it is used: the contact address that it confirms, the epoch that it reactivates, the address that becomes the login; empty otherwise
}

// NewLink returns the link for a token; earlier are the links that the same account was issued for the same purpose.
func NewLink(t Token, purpose Purpose, account ID, earlier []Link, life time.Duration, notAfter time.Time) Link {
	return Link{
		Selector: t.Selector(), Purpose: purpose, Account: account, Seq: newest(earlier).Seq + 1,
		Hash: t.hash(), Life: life, NotAfter: notAfter,
	}
}

// newest returns the link with the highest Seq; the zero Link if there is none.
func newest(links []Link) Link {
	var out Link

	for _, l := range links {
		if l.Seq > out.Seq {
			out = l
		}
	}

	return out
}

// Current returns the link that counts among those issued to one account for one purpose: the newest whose mail was
// leased. ok is false if there is none.
func Current(links []Link) (current Link, ok bool) {
	for _, l := range links {
		if !l.LeasedAt.IsZero() && l.Seq > current.Seq {
			current = l
		}
	}

	return current, current.Seq > 0
}

// MayIssue tells whether another link may be issued now: not while the newest one still waits to be sent in time, and not
// within the policy's LinkAgain after it was, so that nobody can end somebody's links faster than they can be opened.
func MayIssue(links []Link, p Policy, at time.Time) bool {
	last := newest(links)

	switch {
	case last.Seq == 0:
		return true
	case last.LeasedAt.IsZero():
		return last.Over(at) // nobody can have received it, and nobody will
	default:
		return !at.Before(last.LeasedAt.Add(p.LinkAgain))
	}
}

// Within returns the link with its end no later than a time: a claim's term may have moved nearer since the link was
// issued. The zero time changes nothing.
func (l Link) Within(end time.Time) Link {
	if !end.IsZero() && (l.NotAfter.IsZero() || end.Before(l.NotAfter)) {
		l.NotAfter = end
	}

	return l
}

// Leased returns the link once its mail is being sent: its life starts with the first lease and with no later one.
func (l Link) Leased(at time.Time) Link {
	if l.LeasedAt.IsZero() {
		l.LeasedAt = at
	}

	return l
}

// Expires returns when the link's life ends; zero while that is not known.
func (l Link) Expires() time.Time {
	if l.LeasedAt.IsZero() {
		return l.NotAfter
	}

	end := l.LeasedAt.Add(l.Life)
	if !l.NotAfter.IsZero() && l.NotAfter.Before(end) {
		return l.NotAfter
	}

	return end
}

// Over tells whether the link's life is over.
func (l Link) Over(at time.Time) bool {
	end := l.Expires()

	return !end.IsZero() && !at.Before(end)
}

// Check tells whether a token opens the link (rule B7). links are those issued to the same account for the same
// purpose: one that a newer one ended does not open. The error is a [*LinkError] around [ErrLinkUnknown],
// [ErrLinkUsed], [ErrLinkReplaced] or [ErrLinkExpired]. The token is compared in constant time.
func (l Link) Check(t Token, links []Link, at time.Time) error {
	if t.bytes == nil || subtle.ConstantTimeCompare(l.Hash, t.hash()) != 1 {
		return &LinkError{Err: ErrLinkUnknown}
	}

	current, ok := Current(links)

	switch {
	case !l.UsedAt.IsZero():
		return &LinkError{Err: ErrLinkUsed, At: l.UsedAt}
	case ok && current.Seq > l.Seq:
		return &LinkError{Err: ErrLinkReplaced}
	case l.Over(at):
		return &LinkError{Err: ErrLinkExpired, At: l.Expires()}
	default:
		return nil
	}
}

// Clone returns a copy that shares no memory with l.
func (l Link) Clone() Link {
	l.Hash = append([]byte(nil), l.Hash...)

	return l
}
