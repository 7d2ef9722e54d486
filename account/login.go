package account

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
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
// Addresses are compared after the PRECIS profile UsernameCaseMapped (RFC 8265: width mapping, lower case, Unicode form
// NFC) and Unicode's full case folding of the whole address. Folding the local part as well is ours: two mailboxes that
// differ only by case are one login. Errors: [ErrRequired], [ErrAddress].
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

	// A full-width comma is a letter like any other to a mail address, and a comma once it is mapped.
	if key = folded(key); !plausible(key) {
		return Login{}, ErrAddress
	}

	return Login{address: s, key: key}, nil
}

// folded returns the case folding of a key. Folding alone swaps the case of some letters, Cherokee ones for example;
// lower case behind it makes folding twice the same as folding once.
func folded(key string) string {
	return norm.NFC.String(strings.ToLower(cases.Fold().String(key)))
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

	// A local part that begins with a hyphen is read as an option by some programs that send mail.
	return at > 0 && at <= maxLocal && s[0] != '-' && isDomain(s[at+1:])
}

// isDomain tells whether s is two or more labels of letters, digits and inner hyphens, the last of them no number:
// addresses on a bare IP address are nobody's login.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")

	for _, label := range labels {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.ContainsFunc(label, func(r rune) bool {
				return r != '-' && !unicode.In(r, unicode.L, unicode.M, unicode.N)
			}) {
			return false
		}
	}

	last := labels[len(labels)-1]

	return len(labels) > 1 && strings.ContainsFunc(last, func(r rune) bool { return !unicode.IsDigit(r) })
}

// String returns the address as typed.
func (l Login) String() string { return l.address }

// Key returns the form under which addresses are compared and stored uniquely.
func (l Login) Key() string { return l.key }

// IsZero tells whether there is no address.
func (l Login) IsZero() bool { return l.key == "" }

// Same tells whether two addresses are the same login.
func (l Login) Same(other Login) bool { return l.key == other.key }
