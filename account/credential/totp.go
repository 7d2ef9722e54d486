package credential

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 and every authenticator app use it; HMAC does not need collision resistance
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Codes of an authenticator app, RFC 6238 over RFC 4226, with the figures that every app knows.
//
// This is our own code because the algorithm is one HMAC and a remainder, which the vectors of both RFCs pin down, while
// the best-known library (github.com/pquerna/otp) brings a generator of barcodes into every consumer's build, remembers
// no step, so that the ban on replays would be ours all the same, and takes the random bytes from where it likes. The
// tests of the database module compare the two.
const (
	// TOTPSize is how many random bytes a secret is made of: the 160 bits that RFC 4226, section 4, recommends.
	TOTPSize = 20
	// TOTPStep is how long a code is shown (RFC 6238, section 5.2).
	TOTPStep = 30 * time.Second

	// totpSkew is how many steps a clock may be off in either direction: the one that section 5.2 recommends.
	totpSkew = 1

	codeDigits  = 6
	codeModulus = 1_000_000
)

// TOTPSecret is what an authenticator app and the portal share. It is a secret: it prints as "credential(redacted)",
// and only [TOTPSecret.Reveal] and [TOTPSecret.URI] show it. The zero TOTPSecret accepts no code.
type TOTPSecret struct{ secret }

// NewTOTP makes a secret of [TOTPSize] random bytes. Error: [ErrRandom].
func NewTOTP(random []byte) (TOTPSecret, error) {
	if len(random) != TOTPSize {
		return TOTPSecret{}, &Error{Err: ErrRandom}
	}
	return TOTPSecret{hidden(string(random))}, nil
}

// ParseTOTP reads what [TOTPSecret.Reveal] wrote. Error: [ErrRandom].
func ParseTOTP(s string) (TOTPSecret, error) {
	raw, err := base32.StdEncoding.DecodeString(s)
	if err != nil || len(s) != base32.StdEncoding.EncodedLen(TOTPSize) { // the decoder skips line breaks
		return TOTPSecret{}, &Error{Err: ErrRandom}
	}
	return NewTOTP(raw)
}

// Reveal returns the secret in base32, 32 capitals and digits: for somebody who types it into an app, and to be sealed
// and stored.
func (t TOTPSecret) Reveal() string { return base32.StdEncoding.EncodeToString([]byte(t.reveal())) }

// URI returns the otpauth address that an app reads from a barcode. The issuer is the name of the portal, the login says
// which account; colons are taken out of both, for which the format has no place. It holds the secret. Algorithm, digits
// and period are the ones that apps assume, and left out: some ignore them, and the barcode is finer without.
func (t TOTPSecret) URI(issuer, login string) string {
	issuer, login = uriText(issuer), uriText(login)
	label, query := login, "?secret="+t.Reveal()
	if issuer != "" {
		label, query = issuer+":"+login, query+"&issuer="+issuer
	}
	return "otpauth://totp/" + label + query
}

// uriText escapes all that is not a letter, a digit or one of -_.~, with %20 for a space: some apps show a plus as such.
func uriText(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, ":", ""))
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// Code returns what an app shows at a time; "" before 1970 and for the zero TOTPSecret. It is for tests and
// demonstrations: a portal only checks.
func (t TOTPSecret) Code(at time.Time) string {
	if at.Unix() < 0 || t.text == nil {
		return ""
	}
	return t.at(stepAt(at))
}

// Check tells whether a code is the one of the step of that time, the one before or the one after, and of a step later
// than last, so that no code is accepted twice: store the step that it returns and give it as last the next time. Before
// any code was used, last is 0. Spaces and full-width digits in the code do not matter. Codes are compared in constant
// time.
func (t TOTPSecret) Check(code string, at time.Time, last int64) (step int64, ok bool) {
	typed, right := sixDigits(code)
	if !right || at.Unix() < 0 || t.text == nil {
		return 0, false
	}
	now := stepAt(at)
	for s := now - totpSkew; s <= now+totpSkew; s++ { // all of them, whichever fits
		if s <= last || s < 0 {
			continue // says something about the step that was used last, and nothing about the code
		}
		if subtle.ConstantTimeCompare([]byte(t.at(s)), []byte(typed)) == 1 {
			step, ok = s, true // the latest, so that a code that two steps happen to share is not accepted twice
		}
	}
	return step, ok
}

func stepAt(at time.Time) int64 { return at.Unix() / int64(TOTPStep/time.Second) }

// at is the code of a step: HOTP of RFC 4226, section 5.3, with the step as its counter.
func (t TOTPSecret) at(step int64) string {
	mac := hmac.New(sha1.New, []byte(t.reveal()))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step))) //nolint:gosec // a step is never negative here
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fff_ffff
	return fmt.Sprintf("%0*d", codeDigits, number%codeModulus)
}
