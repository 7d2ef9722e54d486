package guichet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"
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

// Keys are the application's keys: the first seals, all open. To change the key, put a new one in front and keep the
// old one until nothing sealed under it is left: for links, until the outbox is empty.
type Keys []Key

// seals keeps the links in the outbox secret while they wait, with AES-256-GCM under a key derived from each of the application's.
type seals struct {
	current string
	ciphers map[string]cipher.AEAD
}

// newSeals derives a cipher from each key. Errors: ErrNoKeys, ErrKeys.
func newSeals(keys Keys) (*seals, error) {
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

		derived, err := hkdf.Key(sha256.New, k.Secret, nil, "guichet outbox links 1", KeySize)
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
