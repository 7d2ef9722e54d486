package credential_test

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account/credential"
)

var key = []byte("a key of thirty-two random bytes")

func recoveryCodes(t require.TestingT, seed byte) []credential.RecoveryCode {
	random := make([]byte, credential.RecoverySize)
	rand.NewChaCha8([32]byte{seed}).Read(random)
	codes, err := credential.NewRecoveryCodes(random)
	require.NoError(t, err)
	return codes
}

var recoveryForm = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}$`)

func TestB10_ThereAreTenRecoveryCodesOf120Bits(t *testing.T) {
	codes := recoveryCodes(t, 1)
	seen := map[string]bool{}
	for _, c := range codes {
		assert.Regexp(t, recoveryForm, c.Reveal())
		seen[c.Reveal()] = true
	}
	assert.Len(t, codes, 10)
	assert.Len(t, seen, 10)

	for _, size := range []int{0, 1, credential.RecoverySize - 1, credential.RecoverySize + 1} {
		_, err := credential.NewRecoveryCodes(make([]byte, size))
		require.ErrorIs(t, err, credential.ErrRandom)
	}

	// Every bit counts: the first and the last of a code are in the code.
	random := make([]byte, credential.RecoverySize)
	random[0], random[14], random[149] = 0x80, 1, 0xff
	codes, err := credential.NewRecoveryCodes(random)
	require.NoError(t, err)
	assert.Equal(t, "G000-0000-0000-0000-0000-0001", codes[0].Reveal())
	assert.Equal(t, "0000-0000-0000-0000-0000-007Z", codes[9].Reveal())
	assert.Empty(t, credential.RecoveryCode{}.Reveal())
}

func TestB10_ARecoveryCodeIsFoundHoweverItIsTyped(t *testing.T) {
	random := bytes.Repeat([]byte{0, 0x44, 0x32}, 50)[:credential.RecoverySize]
	codes, err := credential.NewRecoveryCodes(random)
	require.NoError(t, err)
	code := codes[0].Reveal()
	require.Contains(t, code, "0")
	require.Contains(t, code, "1")

	for _, typed := range []string{
		code, strings.ToLower(code), " " + code + "\n",
		strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " "), strings.ReplaceAll(code, "-", " – "), strings.ReplaceAll(code, "-", "\u2011"),
		strings.ReplaceAll(code, "0", "O"), strings.ReplaceAll(code, "0", "o"),
		strings.ReplaceAll(code, "1", "I"), strings.ReplaceAll(code, "1", "l"), strings.ReplaceAll(code, "1", "i"), strings.ReplaceAll(code, "1", "L"),
	} {
		got, ok := credential.ParseRecoveryCode(typed)
		require.True(t, ok, "%q", typed)
		assert.Equal(t, code, got.Reveal(), "%q", typed)
	}
	for _, typed := range []string{"", "-", code[1:], code + "0", code[:28] + "U", code[:28] + "!", "é" + code[1:], code + strings.Repeat(" ", 256)} {
		_, ok := credential.ParseRecoveryCode(typed)
		assert.False(t, ok, "%q", typed)
	}
}

func TestB10_ARecoveryCodeOpensTheAccountItWasMadeForOnly(t *testing.T) {
	codes := recoveryCodes(t, 2)
	hashes := make([]string, 0, len(codes))
	for _, c := range codes {
		hash := credential.RecoveryHash(key, "daniel", c)
		require.Regexp(t, `^[0-9a-f]{64}$`, hash)
		hashes = append(hashes, hash)
	}
	for i, c := range codes {
		index, ok := credential.FindRecovery(hashes, key, "daniel", strings.ToLower(c.Reveal()))
		assert.True(t, ok)
		assert.Equal(t, i, index)

		for name, find := range map[string]func() (int, bool){
			"another account": func() (int, bool) { return credential.FindRecovery(hashes, key, "eloise", c.Reveal()) },
			"another key":     func() (int, bool) { return credential.FindRecovery(hashes, key[1:], "daniel", c.Reveal()) },
			"used before": func() (int, bool) {
				return credential.FindRecovery(append(append([]string{}, hashes[:i]...), hashes[i+1:]...), key, "daniel", c.Reveal())
			},
			"none left": func() (int, bool) { return credential.FindRecovery(nil, key, "daniel", c.Reveal()) },
		} {
			index, ok := find()
			assert.False(t, ok, name)
			assert.Zero(t, index)
		}
	}
	for _, typed := range []string{"", "0000", hashes[0], recoveryCodes(t, 3)[0].Reveal()} {
		_, ok := credential.FindRecovery(append(hashes, ""), key, "daniel", typed)
		assert.False(t, ok, typed)
	}
	// The border between the account and the code is part of what is hashed, and so is what the hash is for.
	code, err := credential.NewMailCode(make([]byte, credential.MailCodeSize))
	require.NoError(t, err)
	assert.NotEqual(t, credential.RecoveryHash(key, "daniel", credential.RecoveryCode{}), credential.RecoveryHash(key, "", credential.RecoveryCode{}))
	assert.NotEqual(t, code.Hash(key, "a"), code.Hash(key, "a\x00"))
	assert.NotEqual(t, credential.MailCode{}.Hash(key, "a"), credential.RecoveryHash(key, "a", credential.RecoveryCode{}))
}

// The stored form stays what it is: codes on paper are kept for years. Computed by other means:
// HMAC-SHA256 over each part with its length before it, in 8 bytes.
func TestB10_TheStoredFormOfCodesStaysTheSame(t *testing.T) {
	code, ok := credential.ParseRecoveryCode("7K2M-9XQ4-0C3D-TT5W-1A2B-3C4D")
	require.True(t, ok)
	assert.Equal(t, recoveryVector, credential.RecoveryHash(key, "daniel", code))

	mailed, err := credential.NewMailCode([]byte("\x00\x00\x00\x00\x00\x01\xe2\x40" + "12345678")) // 123456
	require.NoError(t, err)
	assert.Equal(t, mailVector, mailed.Hash(key, "daniel"))
}

const (
	recoveryVector = "d1cb463e7212e4c08c89bbec0b24097926ecb9f144a0f431f62e8934d9e1b883"
	mailVector     = "a0abbc57a0e1cd76645f2ae6f0f2a974397a4f49db24c6f2750b24b931b39df3"
)

func FuzzRecoveryCode(f *testing.F) {
	f.Add("7K2M-9XQ4-0C3D-TT5W-1A2B-3C4D")
	f.Add("7k2m 9xq4 oc3d tt5w la2b 3c4d") // as typed from paper
	f.Add("iIlL oO10 0000 0000 0000 0000") // look-alikes
	f.Add("7K2M-9XQ4-0C3D-TT5W-1A2B-3C4U") // U is no digit
	f.Add("７Ｋ２Ｍ９ＸＱ４０Ｃ３ＤＴＴ５Ｗ")              // full width
	f.Add("7K2M-9XQ4-0C3D-TT5\r")
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := credential.ParseRecoveryCode(typed)
		if !ok {
			if code.Reveal() != "" {
				t.Fatal("refused, but not empty")
			}
			return
		}
		if !recoveryForm.MatchString(code.Reveal()) {
			t.Fatalf("%q is read as %q", typed, code.Reveal())
		}
		if again, ok := credential.ParseRecoveryCode(code.Reveal()); !ok || again.Reveal() != code.Reveal() {
			t.Fatalf("%q is not read back", code.Reveal())
		}
	})
}

func TestB10_WhatIsShownIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codes, err := credential.NewRecoveryCodes(rapid.SliceOfN(rapid.Byte(), credential.RecoverySize, credential.RecoverySize).Draw(t, "random"))
		require.NoError(t, err)
		for _, c := range codes {
			again, ok := credential.ParseRecoveryCode(c.Reveal())
			require.True(t, ok)
			assert.Equal(t, c.Reveal(), again.Reveal())
		}
	})
}
