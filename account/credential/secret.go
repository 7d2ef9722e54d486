package credential

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// secret is what the secrets of this package have in common: they do not print (rule G5).
type secret struct {
	// A pointer, so that printing a struct that holds one in an unexported field shows an address at the most; to a
	// string, since fmt follows a pointer to an array or a slice when the verb does not fit.
	text *string
}

func hidden(text string) secret { return secret{text: &text} }

// reveal gives the text, "" for the zero value.
func (s secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String hides the secret.
func (secret) String() string { return "credential(redacted)" }

// Format hides the secret whatever the verb.
func (s secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue hides the secret from handlers of structured logs.
func (s secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON hides the secret from what encodes a value that holds it.
func (s secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// keyed is HMAC-SHA256 in hexadecimal of parts whose borders count: ("ab", "c") and ("a", "bc") differ. The first part
// says what is hashed, so that the hash of one kind of code is never that of another.
func keyed(key []byte, parts ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// maxTypedCode is the longest typed code, in bytes, that is looked at: room for every separator somebody may put in.
const maxTypedCode = 256

// bare takes out of a typed code what people and apps put in to read it more easily: spaces and hyphens of every kind.
// Full-width letters and digits become ordinary ones, letters become capitals.
func bare(typed string) string {
	if len(typed) > maxTypedCode {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) || r == '\u2212' || r == '.' || r == '_' {
			return -1
		}
		return unicode.ToUpper(r)
	}, norm.NFKC.String(typed))
}

// sixDigits reads a code of six digits as typed.
func sixDigits(typed string) (code string, ok bool) {
	code = bare(typed)
	if len(code) != codeDigits {
		return "", false
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return "", false
		}
	}
	return code, true
}
