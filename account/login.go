package account

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// Login is a login address (French: adresse électronique de connexion): the personal identifier of an account
// (rule B2). The zero Login is no address.
//
// It keeps the address as typed, for sending mail, and a key under which addresses are compared. Compare with
// [Login.Same], not with ==: two spellings of one address are different values with one key.
type Login struct {
	address string
	key     string
}

// Limits of a login address in bytes, from RFC 5321 section 4.5.3.1 (local part 64, path 256 with its brackets).
const (
	maxLogin = 254
	maxLocal = 64
)

// ParseLogin reads an address. Surrounding white space is removed; nothing else is repaired.
//
// Addresses are compared after the PRECIS profile UsernameCaseMapped (RFC 8265: width mapping, case folding, Unicode
// form NFC) of the whole address. Folding the local part as well is ours: two mailboxes that differ only by case are
// one login. Errors: [ErrRequired], [ErrAddress].
func ParseLogin(s string) (Login, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Login{}, ErrRequired
	}

	if !plausible(s) {
		return Login{}, ErrAddress
	}

	key, err := precis.UsernameCaseMapped.CompareKey(s)
	if err != nil {
		return Login{}, ErrAddress
	}

	return Login{address: s, key: key}, nil
}

// StoredLogin returns a login from its two stored forms, [Login.String] and [Login.Key], unchecked: for stores, so that
// what was accepted once stays readable when [ParseLogin] becomes stricter.
func StoredLogin(address, key string) Login { return Login{address: address, key: key} }

// plausible tells whether s is one bare address with a dotted domain.
func plausible(s string) bool {
	if len(s) > maxLogin || !utf8.ValidString(s) {
		return false
	}

	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Name != "" || parsed.Address != s {
		return false
	}

	at := strings.LastIndexByte(s, '@')
	domain := s[at+1:]

	return at > 0 && at <= maxLocal && strings.Contains(strings.Trim(domain, "."), ".")
}

// String returns the address as typed.
func (l Login) String() string { return l.address }

// Key returns the form under which addresses are compared and stored uniquely.
func (l Login) Key() string { return l.key }

// IsZero tells whether there is no address.
func (l Login) IsZero() bool { return l.key == "" }

// Same tells whether two addresses are the same login.
func (l Login) Same(other Login) bool { return l.key == other.key }
