package credential

import (
	"crypto/subtle"

	"golang.org/x/crypto/argon2"
)

// Params is the cost of one hash. All four are stored with it, so that it can be verified after they change.
type Params struct {
	// Memory in KiB: at least 8 for each thread, at most [MaxMemory].
	Memory uint32
	// Time is the number of passes over the memory, from 1 to [MaxTime].
	Time uint32
	// Threads is the degree of parallelism, from 1 to [MaxThreads].
	Threads uint8
	// KeyLen is the length of the result in bytes, from [MinKeyLen] to [MaxKeyLen].
	KeyLen uint32
}

// Limits of what [Hash] writes and [Verify] accepts. The upper ones are ours: they leave room for thirteen times the
// memory of [Default] and keep a stored string that somebody tampered with from exhausting the machine that reads it.
// The lower ones are those of RFC 9106, section 3.1, and for the key the 16 bytes of its section 4.
const (
	MaxMemory  = 256 * 1024 // KiB: 256 MiB
	MaxTime    = 16
	MaxThreads = 16

	MinKeyLen = 16 // bytes
	MaxKeyLen = 64 // bytes

	// SaltLen is how many random bytes to draw for each secret: the 16 that RFC 9106, section 3.1, recommends.
	SaltLen    = 16
	MinSaltLen = 8  // bytes
	MaxSaltLen = 64 // bytes

	// MaxSecretBytes is the longest secret that is hashed; every normalised password and answer is far below it.
	MaxSecretBytes = 4096

	memoryPerThread = 8 // KiB, RFC 9106, section 3.1
)

// Default is the minimum that the OWASP Password Storage Cheat Sheet gives for Argon2id: 19 MiB of memory, two passes,
// one thread. The key has the 32 bytes that RFC 9106, section 4, recommends.
func Default() Params { return Params{Memory: 19 * 1024, Time: 2, Threads: 1, KeyLen: 32} }

// valid says whether p can be given to Argon2id and is within this package's limits.
func (p Params) valid() bool {
	return p.Threads >= 1 && p.Threads <= MaxThreads &&
		p.Memory >= memoryPerThread*uint32(p.Threads) && p.Memory <= MaxMemory &&
		p.Time >= 1 && p.Time <= MaxTime &&
		p.KeyLen >= MinKeyLen && p.KeyLen <= MaxKeyLen
}

// Hash gives the PHC string to store for a normalised secret ([NormalizePassword], [NormalizeAnswer]). The salt is
// [SaltLen] random bytes, drawn anew for each secret by the caller.
//
// Errors: [ErrSecret], [ErrSalt], [ErrParams].
func Hash(secret string, salt []byte, p Params) (string, error) {
	switch {
	case secret == "" || len(secret) > MaxSecretBytes:
		return "", &Error{Err: ErrSecret}
	case len(salt) < MinSaltLen || len(salt) > MaxSaltLen:
		return "", &Error{Err: ErrSalt}
	case !p.valid():
		return "", &Error{Err: ErrParams}
	}
	return phc{Params: p, salt: salt, key: derive(secret, salt, p)}.String(), nil
}

// Verify says whether a normalised secret is the one that was stored. Keys are compared in constant time. A secret that
// [Hash] would refuse matches nothing, and that is no error.
//
// Errors: [ErrPHC], when stored is not a string that [Hash] writes. It speaks of the store, not of the person.
func Verify(secret, stored string) (bool, error) {
	h, err := parsePHC(stored)
	if err != nil {
		return false, err
	}
	if secret == "" || len(secret) > MaxSecretBytes {
		return false, nil
	}
	return subtle.ConstantTimeCompare(derive(secret, h.salt, h.Params), h.key) == 1, nil
}

// NeedsRehash says whether a stored string was made with another cost than p, or with a salt shorter than [SaltLen], or
// cannot be read. Ask after [Verify] succeeded, when the secret is at hand.
func NeedsRehash(stored string, p Params) bool {
	h, err := parsePHC(stored)
	return err != nil || h.Params != p || len(h.salt) < SaltLen
}

// Dummy gives a PHC string of the cost p that no secret is known to fit: verify against it when there is no stored one,
// so that an unknown login takes as long as a known one (rule B10). It is the same each time; a cost that [Hash] would
// refuse is replaced by [Default].
func Dummy(p Params) string {
	if !p.valid() {
		p = Default()
	}
	// Finding a secret whose key is all zeros is as hard as finding the one of any other key.
	return phc{Params: p, salt: make([]byte, SaltLen), key: make([]byte, p.KeyLen)}.String()
}

func derive(secret string, salt []byte, p Params) []byte {
	return argon2.IDKey([]byte(secret), salt, p.Time, p.Memory, p.Threads, p.KeyLen)
}
