package credential

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// phc is a stored secret, taken apart.
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>
//
// Salt and key are in base64 without padding. See the PHC string format specification.
type phc struct {
	Params

	salt, key []byte
}

// maxPHCLen is above the longest string that Hash can write (213 bytes).
const maxPHCLen = 256

// String writes the one form that parsePHC accepts.
func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.Memory, h.Time, h.Threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// parsePHC reads what String writes and nothing else. The limits are checked here, so that nothing that comes out of
// this function can make argon2 panic or take more than MaxMemory.
func parsePHC(s string) (phc, error) {
	malformed := &Error{Err: ErrPHC}
	if len(s) > maxPHCLen {
		return phc{}, malformed
	}
	// "", argon2id, v=19, m=…,t=…,p=…, salt, key
	parts := strings.Split(s, "$")
	if len(parts) != 6 {
		return phc{}, malformed
	}
	cost := strings.Split(parts[3], ",")
	if len(cost) != 3 {
		return phc{}, malformed
	}
	memory, okM := figure[uint32](cost[0], "m=", MaxMemory)
	passes, okT := figure[uint32](cost[1], "t=", MaxTime)
	threads, okP := figure[uint8](cost[2], "p=", MaxThreads)
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	if !okM || !okT || !okP || errSalt != nil || errKey != nil {
		return phc{}, malformed
	}
	h := phc{
		Params: Params{
			Memory:  memory,
			Time:    passes,
			Threads: threads,
			KeyLen:  uint32(len(key)), //nolint:gosec // shorter than maxPHCLen
		},
		salt: salt,
		key:  key,
	}
	// Writing it again catches every other spelling at once: another algorithm or version, leading zeros, a sign,
	// line breaks inside the base64 (which the decoder skips) and stray bits at its end.
	if !h.valid() || len(salt) < MinSaltLen || len(salt) > MaxSaltLen || h.String() != s {
		return phc{}, malformed
	}
	return h, nil
}

// figure reads "m=19456" and the like, up to most.
func figure[T uint8 | uint32](s, prefix string, most T) (T, bool) {
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return T(n), err == nil && n <= uint64(most)
}
