package guichet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
)

// KeySize is the size of a key's secret, in bytes.
const KeySize = 32

// Key is one of the application's keys. Printing it shows the ID only.
type Key struct {
	ID     string // names the key in what it sealed; at most 255 bytes
	Secret []byte // KeySize random bytes
}

// String hides the secret.
func (k Key) String() string { return "guichet.Key(" + k.ID + ")" }

// Format hides the secret whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// MarshalJSON writes the ID only, so that handlers of structured logs do not show the secret.
func (k Key) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// Keys are the application's keys: the first seals, all open. To change the key, put a new one in front, in every process, and
// keep the old ones until nothing sealed under them is left:
//
//   - the links and codes of the outbox: until no message is queued that was written before the change;
//   - the secrets of second factors, and individuals' codes under the keys of [NewSealer], which lie in the store for as long as
//     their owners keep them: until [Portal.Reseal] has said that nothing is left. Who drops a key earlier locks people out who
//     have only their authenticator app.
//
// The last key is dropped together with what [Options.HashKey] derives from it, unless the application gives one.
type Keys []Key

// seals keeps secret what somebody has to read again, with AES-256-GCM under a key derived from each of the application's.
type seals struct {
	current string
	ciphers map[string]cipher.AEAD
}

// labelOutbox is the label of the portal's own seals. The first things sealed under it were links that wait in the outbox.
const labelOutbox = "guichet outbox links 1"

// newSeals derives a cipher from each key; under two labels they are two. Errors: ErrNoKeys, ErrKeys.
func newSeals(keys Keys, label string) (*seals, error) {
	if len(keys) == 0 {
		return nil, ErrNoKeys
	}

	s := &seals{current: keys[0].ID, ciphers: map[string]cipher.AEAD{}}

	for _, k := range keys {
		if len(k.Secret) != KeySize || len(k.ID) > 255 {
			return nil, fmt.Errorf("%w: key %q", ErrKeys, k.ID)
		}

		if s.ciphers[k.ID] != nil {
			return nil, fmt.Errorf("%w: key %q is given twice", ErrKeys, k.ID)
		}

		derived, err := hkdf.Key(sha256.New, k.Secret, nil, label, KeySize)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKeys, err)
		}

		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKeys, err)
		}

		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKeys, err)
		}

		s.ciphers[k.ID] = aead
	}

	return s, nil
}

// seal returns the length of the key's id, the id, the nonce and the ciphertext. What it is bound to cannot be opened
// as anything else: for a link, the id of the message that carries it.
func (s *seals) seal(plain, bound string) []byte {
	out := append([]byte{byte(len(s.current))}, s.current...) //nolint:gosec // at most 255, see newSeals

	return s.ciphers[s.current].Seal(out, nil, []byte(plain), []byte(bound)) //nolint:gosec // the cipher draws its nonce
}

// open returns what was sealed. Error: [ErrSealed].
func (s *seals) open(sealed []byte, bound string) (string, error) {
	if len(sealed) == 0 || len(sealed) < 1+int(sealed[0]) {
		return "", ErrSealed
	}

	n := 1 + int(sealed[0])

	aead, ok := s.ciphers[string(sealed[1:n])]
	if !ok {
		return "", fmt.Errorf("%w: key %q is not among the keys", ErrSealed, sealed[1:n])
	}

	plain, err := aead.Open(nil, nil, sealed[n:], []byte(bound))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSealed, err)
	}

	return string(plain), nil
}

// under tells whether something was sealed under the key that seals now.
func (s *seals) under(sealed []byte) bool {
	return len(sealed) > len(s.current) && int(sealed[0]) == len(s.current) && string(sealed[1:1+len(s.current)]) == s.current
}

// HashKeySize is how long a [HashKey] is at the least, in bytes.
const HashKeySize = 32

// HashKey is the key under which rows are found that do not say what they are about: at least [HashKeySize] random bytes that
// never change. Printing it shows nothing.
type HashKey []byte

// String hides the key.
func (HashKey) String() string { return "guichet.HashKey" }

// Format hides the key whatever the verb.
func (k HashKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// LogValue hides the key from handlers of structured logs, which write bytes as they are.
func (k HashKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON writes no byte of the key.
func (k HashKey) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// hashes makes keyed hashes. A function keeps its key from fmt, which prints the fields of a struct, and of what they point to.
type hashes func(value string) []byte

// newHMAC returns the HMAC-SHA256 of a key.
func newHMAC(key []byte) hashes {
	return func(value string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(value))

		return mac.Sum(nil)
	}
}

// newHashes derives the portal's hashes from the application's key, else from the last of its keys. Error: [ErrKeys].
func newHashes(given HashKey, keys Keys) (hashes, error) {
	if len(given) == 0 {
		given = keys[len(keys)-1].Secret
	} else if len(given) < HashKeySize {
		return nil, fmt.Errorf("%w: the hash key has %d bytes of %d", ErrKeys, len(given), HashKeySize)
	}

	derived, err := hkdf.Extract(sha256.New, given, []byte("guichet hashes 1"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}

	return newHMAC(derived), nil
}

// hashed returns the keyed hash of a value, in hexadecimal, for rows to be found by what they must not tell. Hashes under two
// labels say nothing about each other: each label has a key of its own.
func (p *Portal) hashed(label, value string) string {
	return hex.EncodeToString(newHMAC(p.hashes(label))(value))
}
