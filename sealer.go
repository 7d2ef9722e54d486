package guichet

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// Sealer keeps the codes of individuals secret in the store (rule G1). [NewSealer] returns the default.
//
// It computes and waits for nobody: it is asked inside transactions, once for each structure of an individual that is read or
// written. Whoever has a key service gets the keys from there before [New]. Any number of goroutines may call it. Its errors
// tell neither a code nor a key, since they are logged.
type Sealer interface {
	// Seal returns plain encrypted under the key that seals now, so that nobody without the key reads it, nor changes it unnoticed.
	// It does not return the same twice, or whoever reads the store sees who is the same. bound is the associated data: it is
	// authenticated, and not part of what is returned. Of a sealed value and the key's name the store keeps every byte.
	Seal(plain, bound []byte) ([]byte, error)

	// Open returns what Seal was given, under whatever key that is still known. It refuses what Seal did not return, and what
	// was bound to something else. The portal answers any error of it as [ErrSealed].
	Open(sealed, bound []byte) ([]byte, error)

	// Hash returns the keyed hash under which a value is found: 16 to 48 bytes, always the same for the same value, and for
	// nobody without the key to compute. Its key is not that of Seal and never changes: under another one nobody is found any more,
	// and whoever registers again gets a second structure.
	Hash(value []byte) []byte

	// Current tells whether a sealed value lies under the key that seals now. What does not is sealed again by [Portal.Reseal].
	Current(sealed []byte) bool
}

// The labels under which the default sealer derives its keys: those of the links in the outbox are others, although an
// application may give the same [Keys] to both.
const (
	labelCodes  = "guichet individuals' codes 1"
	labelHashes = "guichet individuals' hashes 1"
)

// keySealer is the default [Sealer].
type keySealer struct {
	seals  *seals
	hashes hashes
}

// NewSealer returns the default [Sealer]: AES-256-GCM under keys derived from the application's, of which the first seals and
// all open, and HMAC-SHA256 under one derived from hashKey, which are at least [HashKeySize] random bytes that never change. Keys
// and hashKey may be those that the portal itself has. Printing it shows no key.
//
// Errors: [ErrNoKeys], [ErrKeys].
func NewSealer(keys Keys, hashKey HashKey) (Sealer, error) {
	sealing, err := newSeals(keys, labelCodes)
	if err != nil {
		return nil, err
	}

	if len(hashKey) < HashKeySize {
		return nil, fmt.Errorf("%w: the hash key has %d bytes of %d", ErrKeys, len(hashKey), HashKeySize)
	}

	derived, err := hkdf.Key(sha256.New, hashKey, nil, labelHashes, HashKeySize)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}

	return &keySealer{seals: sealing, hashes: newHMAC(derived)}, nil
}

// Seal is [Sealer].
func (s *keySealer) Seal(plain, bound []byte) ([]byte, error) {
	return s.seals.seal(string(plain), string(bound)), nil
}

// Open is [Sealer].
func (s *keySealer) Open(sealed, bound []byte) ([]byte, error) {
	plain, err := s.seals.open(sealed, string(bound))

	return []byte(plain), err
}

// Hash is [Sealer].
func (s *keySealer) Hash(value []byte) []byte { return s.hashes(string(value)) }

// Current is [Sealer].
func (s *keySealer) Current(sealed []byte) bool { return s.seals.under(sealed) }

// String hides the keys.
func (s *keySealer) String() string { return "guichet.Sealer(" + s.seals.current + ")" }

// Format hides the keys whatever the verb.
func (s *keySealer) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalJSON writes the name of the key that seals only.
func (s *keySealer) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }
