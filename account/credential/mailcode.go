package credential

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"math"
)

// MailCodeSize is how many random bytes a [MailCode] takes: two draws of 64 bits, of which the first is used unless it
// falls into the incomplete last million, as 1 in 33 million millions do.
const MailCodeSize = 16

// MailCode is a code of six decimal digits that is sent by mail, for who has no app. It is a secret: it prints as
// "credential(redacted)", and only [MailCode.Reveal] shows it. It has 20 bits: what it opens has to end soon and count
// the tries.
type MailCode struct{ secret }

// NewMailCode makes a code of [MailCodeSize] random bytes; every code is equally likely. Error: [ErrRandom], when there
// are more or fewer, or when neither draw is of use, of which the chance is below 1 in 10^27.
func NewMailCode(random []byte) (MailCode, error) {
	const draw = 8
	if len(random) != MailCodeSize {
		return MailCode{}, &Error{Err: ErrRandom}
	}
	for ; len(random) > 0; random = random[draw:] {
		// The numbers from 0 to 2^64-1 are whole millions and a rest; a draw from the rest would favour small codes.
		if n := binary.BigEndian.Uint64(random); n < math.MaxUint64-math.MaxUint64%codeModulus {
			return MailCode{hidden(fmt.Sprintf("%0*d", codeDigits, n%codeModulus))}, nil
		}
	}
	return MailCode{}, &Error{Err: ErrRandom}
}

// Reveal returns the six digits, for the mail; "" for the zero code.
func (c MailCode) Reveal() string { return c.reveal() }

// Hash is what is stored of the code: HMAC-SHA256 in hexadecimal under a key of the portal's, of 32 random bytes, without
// which a million guesses would find the code. bound says what the code is for, an account and an occasion for instance:
// it opens nothing else.
func (c MailCode) Hash(key []byte, bound string) string {
	return keyed(key, "guichet mail code 1", bound, c.reveal())
}

// CheckMailCode tells whether a code as typed is the one whose hash was stored. Spaces and full-width digits do not
// matter. Hashes are compared in constant time.
func CheckMailCode(hash string, key []byte, bound, typed string) bool {
	digits, ok := sixDigits(typed)
	if !ok {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(hash), []byte(MailCode{hidden(digits)}.Hash(key, bound))) == 1
}
