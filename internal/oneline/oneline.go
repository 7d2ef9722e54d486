// Package oneline cleans a line of text that a person typed into a form: a name, a street, a town.
//
// What passes is safe to put into a mail header, a log line or a table cell: valid UTF-8, one line, no control
// or bidirectional override characters.
package oneline

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The faults of a line, in the order in which [Clean] looks for them.
var (
	ErrEncoding = errors.New("not valid UTF-8")
	ErrControl  = errors.New("control or line break character")
	ErrTooLong  = errors.New("too long")
)

// muchLonger is how many bytes there may be for each character: room for accents of their own and many spaces.
const muchLonger = 64

// Clean returns s in Unicode form NFC, without surrounding white space and with every run of inner white space
// folded to one space; "" if nothing of it can be seen. limit counts characters (code points), not bytes.
func Clean(s string, limit int) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrEncoding
	}

	s = strings.TrimSpace(s)
	if len(s) > muchLonger*limit { // normalising it is work that nobody asked for
		return "", ErrTooLong
	}

	for _, r := range s {
		if forbidden(r) {
			return "", ErrControl
		}
	}

	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	if !strings.ContainsFunc(s, visible) {
		return "", nil
	}

	if utf8.RuneCountInString(s) > limit {
		return "", ErrTooLong
	}

	return s, nil
}

// visible tells the characters that leave a mark by themselves: a line without any is an empty line, whatever
// zero-width characters, joiners or fillers it is made of.
func visible(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800': // fillers that count as letters or symbols, and show nothing
		return false
	default:
		return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
	}
}

// forbidden tells the characters that could break a line or reorder what surrounds it.
func forbidden(r rune) bool {
	switch {
	case unicode.IsControl(r) && r != '\t':
		return true
	case r == '\u2028', r == '\u2029': // line and paragraph separator
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069': // bidirectional overrides and isolates
		return true
	default:
		return false
	}
}
