package credential

import (
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

	// minPersonal is the shortest name, in characters, that a password must not contain: shorter ones are found by
	// chance inside ordinary words.
	minPersonal = 4

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

// CheckPassword says whether a person may choose a password. The person's login address and names are given as typed;
// of an address the part before the @ counts too, and a name of fewer than four characters does not count. They are
// looked for without regard to case and accents.
//
// All faults come at once, as a [*multierror.Error] of [*Error]: [ErrPasswordEncoding] alone, or those of
// [ErrPasswordControl], [ErrPasswordShort], [ErrPasswordLong] and [ErrPasswordPersonal] that apply.
func CheckPassword(password string, person ...string) error {
	if !utf8.ValidString(password) { // characters can be neither counted nor compared
		return multierror.Append(nil, &Error{Err: ErrPasswordEncoding})
	}
	// A further rule of the policy is a further line here.
	rules := []func(password string, person []string) *Error{
		withoutControls,
		longEnough,
		shortEnough,
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

func impersonal(password string, person []string) *Error {
	if len(password) > maxTyped {
		return nil // too long already, and searching it is work
	}
	folded := fold(password)
	for _, p := range person {
		local, _, _ := strings.Cut(p, "@")
		for _, part := range []string{fold(p), fold(local)} {
			if utf8.RuneCountInString(part) >= minPersonal && strings.Contains(folded, part) {
				return &Error{Err: ErrPasswordPersonal}
			}
		}
	}
	return nil
}
