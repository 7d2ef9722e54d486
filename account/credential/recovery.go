package credential

import (
	"crypto/subtle"
	"encoding/base32"
	"strings"
)

const (
	// RecoveryCodes is how many codes somebody gets who sets a second factor up; each opens once.
	RecoveryCodes = 10
	// RecoverySize is how many random bytes all of them take: 120 bits each, out of reach of guessing also for who
	// has stolen the hashes, so that a fast hash is enough, with a key or without (OWASP ASVS 5.0, 6.5.2, asks for 112).
	RecoverySize = RecoveryCodes * recoveryBytes

	recoveryBytes = 15
	recoveryGroup = 4 // characters; six groups of them
)

// recoveryAlphabet is Crockford's: no I, L and O, which are taken for 1 and 0, and no U, which keeps the codes decent.
var recoveryAlphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding) //nolint:gochecknoglobals // never written to

// RecoveryCode lets somebody in who has lost their app. It is a secret: it prints as "credential(redacted)", and only
// [RecoveryCode.Reveal] shows it.
type RecoveryCode struct{ secret }

// NewRecoveryCodes makes [RecoveryCodes] codes of [RecoverySize] random bytes. Error: [ErrRandom].
func NewRecoveryCodes(random []byte) ([]RecoveryCode, error) {
	if len(random) != RecoverySize {
		return nil, &Error{Err: ErrRandom}
	}
	codes := make([]RecoveryCode, 0, RecoveryCodes)
	for ; len(random) > 0; random = random[recoveryBytes:] {
		codes = append(codes, RecoveryCode{hidden(recoveryAlphabet.EncodeToString(random[:recoveryBytes]))})
	}
	return codes, nil
}

// ParseRecoveryCode reads a code as somebody types it from paper: case, spaces and hyphens do not matter, and O is 0, I
// and L are 1.
func ParseRecoveryCode(typed string) (code RecoveryCode, ok bool) {
	text := strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(bare(typed))
	if _, err := recoveryAlphabet.DecodeString(text); err != nil || len(text) != recoveryAlphabet.EncodedLen(recoveryBytes) {
		return RecoveryCode{}, false
	}
	return RecoveryCode{hidden(text)}, true
}

// Reveal returns the code as it is shown, once: "7K2M-9XQ4-0C3D-TT5W-1A2B-3C4D". "" for the zero code.
func (c RecoveryCode) Reveal() string {
	text := c.reveal()
	var groups []string
	for ; len(text) > recoveryGroup; text = text[recoveryGroup:] {
		groups = append(groups, text[:recoveryGroup])
	}
	return strings.Join(append(groups, text), "-")
}

// RecoveryHash is what is stored of a code of an account: HMAC-SHA256 in hexadecimal under a key of 32 random bytes,
// or under none, so that there is none to be lost. Bound to the account, it opens no other.
func RecoveryHash(key []byte, account string, code RecoveryCode) string {
	return keyed(key, "guichet recovery code 1", account, code.reveal())
}

// FindRecovery tells which of an account's hashes is that of a code as typed; remove it, for a code opens once. All are
// compared, in constant time.
func FindRecovery(hashes []string, key []byte, account, typed string) (index int, ok bool) {
	code, ok := ParseRecoveryCode(typed)
	if !ok {
		return 0, false
	}
	want, found := []byte(RecoveryHash(key, account, code)), 0
	for i, hash := range hashes {
		same := subtle.ConstantTimeCompare([]byte(hash), want)
		index, found = subtle.ConstantTimeSelect(same, i, index), found|same
	}
	return index, found == 1
}
