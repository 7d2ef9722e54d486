package credential

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/unicode/norm"
)

// Bounds of a password, in characters (Unicode code points) after NFKC. They are ours: the portal publishes none.
const (
	MinPassword = 12
	MaxPassword = 128

	// MinPassphrase is how long a password without all four classes of characters has to be.
	MinPassphrase = 20

	// minPersonal is the shortest name, in characters, that a password must not contain: shorter ones are found by
	// chance inside ordinary words.
	minPersonal = 4

	// minCompound is likewise that of a name of several words, written as one: it is found across words, too.
	minCompound = 6

	// maxTyped is the longest input, in bytes, that is normalised at all. MaxPassword characters decompose into at
	// most four code points of at most four bytes each, so no acceptable password is longer, however it was typed.
	maxTyped = 4 * 4 * MaxPassword
)

// NormalizePassword gives the form of a password that is hashed: Unicode NFKC, so that the same characters typed on
// another keyboard or system are the same password. Case, accents and spaces count and stay.
//
// The choice is rule B8's, and NIST SP 800-63B's for the same reason. The OpaqueString profile of RFC 8265 would be the
// other candidate: it normalises with NFC only, so that full-width and ordinary digits differ.
func NormalizePassword(password string) string {
	if len(password) > maxTyped {
		return password // no such password was ever accepted; it needs no work to be refused
	}
	return norm.NFKC.String(password)
}

// CheckPassword says whether a person may choose a password (rule B8). The person's login address and names are given as
// typed; they are looked for without regard to case, accents and signs that stand for letters ("D4niel"). Of an address the
// part before the @ counts too; what follows it is nobody's, but with nothing but digits and punctuation it makes no
// password. A name of fewer than four characters does not count.
//
// All faults come at once, as a [*multierror.Error] of [*Error]: [ErrPasswordEncoding] alone, or those of
// [ErrPasswordControl], [ErrPasswordShort], [ErrPasswordLong], [ErrPasswordClasses], [ErrPasswordCommon] and
// [ErrPasswordPersonal] that apply. It may be called as often as the person types.
func CheckPassword(password string, person ...string) error {
	if !utf8.ValidString(password) { // characters can be neither counted nor compared
		return multierror.Append(nil, &Error{Err: ErrPasswordEncoding})
	}
	// A further rule of the policy is a further line here.
	rules := []func(password string, person []string) *Error{
		withoutControls,
		longEnough,
		shortEnough,
		varied,
		uncommon,
		impersonal,
	}
	var faults *multierror.Error
	for _, rule := range rules {
		if fault := rule(password, person); fault != nil {
			faults = multierror.Append(faults, fault)
		}
	}
	return faults.ErrorOrNil()
}

func withoutControls(password string, _ []string) *Error {
	if strings.ContainsFunc(password, unicode.IsControl) {
		return &Error{Err: ErrPasswordControl}
	}
	return nil
}

func longEnough(password string, _ []string) *Error {
	if utf8.RuneCountInString(NormalizePassword(password)) < MinPassword {
		return &Error{Err: ErrPasswordShort, Limit: MinPassword}
	}
	return nil
}

func shortEnough(password string, _ []string) *Error {
	if utf8.RuneCountInString(NormalizePassword(password)) > MaxPassword {
		return &Error{Err: ErrPasswordLong, Limit: MaxPassword}
	}
	return nil
}

func varied(password string, _ []string) *Error {
	if utf8.RuneCountInString(NormalizePassword(password)) < MinPassphrase && !classes(password) {
		return &Error{Err: ErrPasswordClasses, Limit: MinPassphrase}
	}
	return nil
}

// uncommon looks only at what could be a password: one that is too short or too long has to change anyway.
func uncommon(password string, _ []string) *Error {
	if n := utf8.RuneCountInString(NormalizePassword(password)); n >= MinPassword && n <= MaxPassword && common(password) {
		return &Error{Err: ErrPasswordCommon}
	}
	return nil
}

func impersonal(password string, person []string) *Error {
	if len(password) > maxTyped {
		return nil // too long already, and searching it is work
	}
	text := undone(password)
	joined := string(onlyLetters(nil, []rune(text)))
	for _, p := range person {
		for _, part := range personal(p) {
			if strings.Contains(text, part) {
				return &Error{Err: ErrPasswordPersonal}
			}
		}
		if name := compound(p); name != "" && strings.Contains(joined, name) || onlyDomain(password, p) {
			return &Error{Err: ErrPasswordPersonal}
		}
	}
	return nil
}

// compound gives a name of several words in one, since "Jean Pierre", "Jean-Pierre" and "JeanPierre" are one name; "" for
// any other.
func compound(p string) string {
	text := undone(p)
	name := string(onlyLetters(nil, []rune(text)))
	if len(name) == len(text) || len(name) < minCompound || strings.Contains(p, "@") {
		return ""
	}
	return name
}

// personal gives what a password must not contain because of a name or an address, in the form of undone.
func personal(p string) []string {
	local, _, _ := strings.Cut(p, "@")
	parts := make([]string, 0, 2)
	for _, part := range []string{p, local} {
		if part = undone(part); utf8.RuneCountInString(part) >= minPersonal {
			parts = append(parts, part)
		}
	}
	return parts
}

// onlyDomain tells whether a password is a name of an address's domain in disguise: "Laposte2024!" of somebody at
// laposte.fr.
func onlyDomain(password, p string) bool {
	for _, name := range domains(p) {
		if disguises(password, func(word []byte) bool { return bytes.Equal(word, name) }) {
			return true
		}
	}
	return false
}

// domains gives the names that an address's domain is made of, but for the last, in the form of plain.
func domains(p string) [][]byte {
	var names [][]byte
	_, domain, _ := strings.Cut(p, "@")
	labels := strings.Split(domain, ".")
	for _, label := range labels[:len(labels)-1] {
		if name := letters(nil, spelled(label)); len(name) >= minPersonal {
			names = append(names, name)
		}
	}
	return names
}

// undone gives the text that s stands for when it is read without regard to case and accents, and signs for letters are
// taken for those.
func undone(s string) string {
	return strings.Map(plain, string(spelled(strings.TrimSpace(s))))
}
