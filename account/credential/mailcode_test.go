package credential_test

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account/credential"
)

func draws(first, second uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, first), second)
}

func TestB10_AMailedCodeHasSixDigitsAllEquallyLikely(t *testing.T) {
	// The largest number of whole millions that 64 bits hold, by other means than the code's.
	whole := new(big.Int).Lsh(big.NewInt(1), 64)
	million := big.NewInt(1_000_000)
	whole.Mul(whole.Div(whole, million), million)
	limit := whole.Uint64()

	for _, c := range []struct {
		first, second uint64
		want          string
	}{
		{0, 7, "000000"},
		{42, 7, "000042"},
		{123_456, 7, "123456"},
		{999_999, 7, "999999"},
		{1_000_000, 7, "000000"},
		{limit - 1, 7, "999999"},
		{limit, 7, "000007"}, // would be 000000 once too often
		{math.MaxUint64, 1_000_007, "000007"},
		{limit, limit - 1, "999999"},
	} {
		code, err := credential.NewMailCode(draws(c.first, c.second))
		require.NoError(t, err)
		assert.Equal(t, c.want, code.Reveal())
	}
	for _, random := range [][]byte{nil, make([]byte, 8), make([]byte, 15), make([]byte, 17), draws(limit, limit), draws(math.MaxUint64, limit)} {
		_, err := credential.NewMailCode(random)
		require.ErrorIs(t, err, credential.ErrRandom, "%x", random)
	}
}

func TestB10_MailedCodesAreSpreadEvenly(t *testing.T) {
	const draw = 100_000
	source := rand.NewChaCha8([32]byte{7})
	var count [6][10]int
	random := make([]byte, credential.MailCodeSize)
	for range draw {
		_, _ = source.Read(random)
		code, err := credential.NewMailCode(random)
		require.NoError(t, err)
		for place, digit := range code.Reveal() {
			count[place][digit-'0']++
		}
	}
	for place := range count {
		for digit, n := range count[place] {
			assert.InDelta(t, draw/10, n, 500, "%d in place %d", digit, place) // five standard deviations
		}
	}
}

func TestB10_AMailedCodeOpensWhatItIsForOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code, err := credential.NewMailCode(draws(rapid.Uint64Range(0, 1<<63).Draw(t, "random"), 0))
		require.NoError(t, err)
		bound := rapid.String().Draw(t, "bound")
		hash := code.Hash(key, bound)
		typed := code.Reveal()

		assert.Regexp(t, `^[0-9a-f]{64}$`, hash)
		assert.True(t, credential.CheckMailCode(hash, key, bound, typed))
		assert.True(t, credential.CheckMailCode(hash, key, bound, " "+typed[:3]+" "+typed[3:]))
		assert.False(t, credential.CheckMailCode(hash, key, bound+"x", typed), "something else")
		assert.False(t, credential.CheckMailCode(hash, key[1:], bound, typed), "another key")
		assert.False(t, credential.CheckMailCode("", key, bound, typed), "none was sent")
		assert.False(t, credential.CheckMailCode(hash, key, bound, typed[1:]))
		other := []byte(typed)
		other[rapid.IntRange(0, 5).Draw(t, "place")] ^= 1
		assert.False(t, credential.CheckMailCode(hash, key, bound, string(other)))
	})
	var zero credential.MailCode
	assert.Empty(t, zero.Reveal())
	assert.False(t, credential.CheckMailCode(zero.Hash(key, "daniel"), key, "daniel", ""))
}
