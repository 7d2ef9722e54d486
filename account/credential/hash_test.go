package credential_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account/credential"
)

// cheap is the least that Argon2id takes: the rules are the same at every cost.
func cheap() credential.Params {
	return credential.Params{Memory: 8, Time: 1, Threads: 1, KeyLen: 16}
}

func salt(n int) []byte { return []byte(strings.Repeat("s", n)) }

// The reference implementation's own vectors for Argon2id, version 19 (phc-winner-argon2, src/test.c). The vector of
// RFC 9106, section 5.3, cannot be used here: it has a key and associated data, which PHC strings of passwords have not.
func TestB8_HashAgreesWithTheReferenceVectors(t *testing.T) {
	for _, v := range []struct {
		memory, time uint32
		threads      uint8
		secret, salt string
		key          string // hexadecimal
		phc          string // the tail that the reference prints
	}{
		{
			1 << 16, 2, 1, "password", "somesalt",
			"09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7",
			"$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		},
		{
			1 << 8, 2, 1, "password", "somesalt",
			"9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe",
			"$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		},
		{
			1 << 8, 2, 2, "password", "somesalt",
			"6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037",
			"$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
		},
		{
			1 << 16, 1, 1, "password", "somesalt",
			"f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98",
			"$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg",
		},
		{
			1 << 16, 4, 1, "password", "somesalt",
			"9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c",
			"$m=65536,t=4,p=1$c29tZXNhbHQ$kCXUjmjvc5XMqQedpMTsOv+zyJEf5PhtGiUghW9jFyw",
		},
		{
			1 << 16, 2, 1, "differentpassword", "somesalt",
			"0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde",
			"$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94",
		},
		{
			1 << 16, 2, 1, "password", "diffsalt",
			"bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c",
			"$m=65536,t=2,p=1$ZGlmZnNhbHQ$vfMrBczELrFdWP0ZsfhWsRPaHppYdP3MVEMIVlqoFBw",
		},
	} {
		t.Run(v.phc, func(t *testing.T) {
			p := credential.Params{Memory: v.memory, Time: v.time, Threads: v.threads, KeyLen: 32}
			stored, err := credential.Hash(v.secret, []byte(v.salt), p)
			require.NoError(t, err)
			assert.Equal(t, "$argon2id$v=19"+v.phc, stored)

			_, key, err := credential.ParsePHC(stored)
			require.NoError(t, err)
			assert.Equal(t, v.key, hex.EncodeToString(key))

			ok, err := credential.Verify(v.secret, stored)
			require.NoError(t, err)
			assert.True(t, ok)
		})
	}
}

func TestB8_DefaultIsTheOWASPMinimum(t *testing.T) {
	want := credential.Params{Memory: 19456, Time: 2, Threads: 1, KeyLen: 32}
	if diff := cmp.Diff(want, credential.Default()); diff != "" {
		t.Errorf("default cost (-want +got):\n%s", diff)
	}
	stored, err := credential.Hash("correct horse battery", salt(credential.SaltLen), credential.Default())
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$"), stored)
}

func TestB8_VerifyAcceptsTheSecretAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringN(1, 40, 160).Draw(t, "secret")
		other := rapid.StringN(0, 40, 160).Draw(t, "other")
		p := credential.Params{
			Memory:  rapid.Uint32Range(32, 128).Draw(t, "memory"),
			Time:    rapid.Uint32Range(1, 2).Draw(t, "time"),
			Threads: rapid.Uint8Range(1, 4).Draw(t, "threads"),
			KeyLen:  rapid.Uint32Range(credential.MinKeyLen, credential.MaxKeyLen).Draw(t, "key length"),
		}
		s := rapid.SliceOfN(rapid.Byte(), credential.MinSaltLen, credential.MaxSaltLen).Draw(t, "salt")

		stored, err := credential.Hash(secret, s, p)
		require.NoError(t, err)
		ok, err := credential.Verify(secret, stored)
		require.NoError(t, err)
		assert.True(t, ok, "the secret itself")
		ok, err = credential.Verify(other, stored)
		require.NoError(t, err)
		assert.Equal(t, other == secret, ok, "another secret")
	})
}

func TestB8_HashRefusesWhatItCouldNotVerify(t *testing.T) {
	change := func(f func(*credential.Params)) credential.Params {
		p := cheap()
		f(&p)
		return p
	}
	for name, c := range map[string]struct {
		secret string
		salt   int
		p      credential.Params
		want   error
	}{
		"no secret":      {"", 16, cheap(), credential.ErrSecret},
		"endless secret": {strings.Repeat("x", credential.MaxSecretBytes+1), 16, cheap(), credential.ErrSecret},
		"no salt":        {"secret", 0, cheap(), credential.ErrSalt},
		"short salt":     {"secret", credential.MinSaltLen - 1, cheap(), credential.ErrSalt},
		"long salt":      {"secret", credential.MaxSaltLen + 1, cheap(), credential.ErrSalt},
		"zero cost":      {"secret", 16, credential.Params{}, credential.ErrParams},
		"no threads":     {"secret", 16, change(func(p *credential.Params) { p.Threads = 0 }), credential.ErrParams},
		"17 threads": {
			"secret", 16,
			change(func(p *credential.Params) { p.Threads, p.Memory = credential.MaxThreads+1, 4096 }), credential.ErrParams,
		},
		"little memory":  {"secret", 16, change(func(p *credential.Params) { p.Threads = 2 }), credential.ErrParams},
		"much memory":    {"secret", 16, change(func(p *credential.Params) { p.Memory = credential.MaxMemory + 1 }), credential.ErrParams},
		"all the memory": {"secret", 16, change(func(p *credential.Params) { p.Memory = math.MaxUint32 }), credential.ErrParams},
		"no pass":        {"secret", 16, change(func(p *credential.Params) { p.Time = 0 }), credential.ErrParams},
		"many passes":    {"secret", 16, change(func(p *credential.Params) { p.Time = credential.MaxTime + 1 }), credential.ErrParams},
		"short key":      {"secret", 16, change(func(p *credential.Params) { p.KeyLen = credential.MinKeyLen - 1 }), credential.ErrParams},
		"long key":       {"secret", 16, change(func(p *credential.Params) { p.KeyLen = credential.MaxKeyLen + 1 }), credential.ErrParams},
	} {
		t.Run(name, func(t *testing.T) {
			stored, err := credential.Hash(c.secret, salt(c.salt), c.p)
			require.ErrorIs(t, err, c.want)
			assert.Empty(t, stored)
		})
	}
}

func TestB8_VerifyGivesNoErrorForASecretNobodyCouldHave(t *testing.T) {
	stored, err := credential.Hash("secret", salt(16), cheap())
	require.NoError(t, err)
	for _, typed := range []string{"", strings.Repeat("x", credential.MaxSecretBytes+1)} {
		ok, err := credential.Verify(typed, stored)
		require.NoError(t, err)
		assert.False(t, ok)
	}
}

// A store may hold the key of a secret that Hash refuses: it was not Hash that wrote it.
func TestB8_ASecretThatIsNeverHashedMatchesNothing(t *testing.T) {
	for length, want := range map[int]bool{0: false, 1: true, credential.MaxSecretBytes: true, credential.MaxSecretBytes + 1: false} {
		secret, p := strings.Repeat("x", length), cheap()
		key := argon2.IDKey([]byte(secret), salt(16), p.Time, p.Memory, p.Threads, p.KeyLen)

		ok, err := credential.Verify(secret, credential.FormatPHC(p, salt(16), key))
		require.NoError(t, err)
		assert.Equal(t, want, ok, "%d bytes", length)
	}
}

func TestB8_TheLongestSecretAndSaltAreHashed(t *testing.T) {
	for _, length := range []int{credential.MinSaltLen, credential.MaxSaltLen} {
		secret := strings.Repeat("x", credential.MaxSecretBytes)
		stored, err := credential.Hash(secret, salt(length), cheap())
		require.NoError(t, err)

		ok, err := credential.Verify(secret, stored)
		require.NoError(t, err)
		assert.True(t, ok)
	}
}

const (
	goodSalt = "c29tZXNhbHQ"
	goodKey  = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	good     = "$argon2id$v=19$m=256,t=2,p=1$" + goodSalt + "$" + goodKey
)

// malformed are strings a store may hold after an accident, an import or an attack, each with what is wrong in it.
func malformed() map[string]string {
	return map[string]string{
		"empty":                   "",
		"no leading dollar":       good[1:],
		"space before":            " " + good,
		"line break after":        good + "\n",
		"one part more":           good + "$",
		"no key":                  "$argon2id$v=19$m=256,t=2,p=1$" + goodSalt,
		"argon2i":                 strings.Replace(good, "argon2id", "argon2i", 1),
		"argon2d":                 strings.Replace(good, "argon2id", "argon2d", 1),
		"bcrypt":                  "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"capitals":                strings.Replace(good, "argon2id", "Argon2id", 1),
		"version 16":              strings.Replace(good, "v=19", "v=16", 1),
		"no version":              strings.Replace(good, "$v=19", "", 1),
		"other order":             strings.Replace(good, "m=256,t=2,p=1", "t=2,m=256,p=1", 1),
		"parameter missing":       strings.Replace(good, ",p=1", "", 1),
		"parameter more":          strings.Replace(good, ",p=1", ",p=1,keyid=AA", 1),
		"leading zero":            strings.Replace(good, "m=256", "m=0256", 1),
		"sign":                    strings.Replace(good, "m=256", "m=+256", 1),
		"negative":                strings.Replace(good, "t=2", "t=-2", 1),
		"hexadecimal":             strings.Replace(good, "m=256", "m=0x100", 1),
		"underscore":              strings.Replace(good, "m=256", "m=2_56", 1),
		"space in a figure":       strings.Replace(good, "m=256", "m= 256", 1),
		"empty figure":            strings.Replace(good, "m=256", "m=", 1),
		"memory beyond 32 bits":   strings.Replace(good, "m=256", "m=4294967552", 1), // 2^32 + 256
		"memory of 4 TiB":         strings.Replace(good, "m=256", "m=4294967295", 1),
		"memory above the limit":  strings.Replace(good, "m=256", fmt.Sprintf("m=%d", credential.MaxMemory+1), 1),
		"memory below 8 a thread": strings.Replace(good, "m=256,t=2,p=1", "m=31,t=2,p=4", 1),
		"no pass":                 strings.Replace(good, "t=2", "t=0", 1),
		"passes above the limit":  strings.Replace(good, "t=2", fmt.Sprintf("t=%d", credential.MaxTime+1), 1),
		"no thread":               strings.Replace(good, "p=1", "p=0", 1),
		"threads above the limit": strings.Replace(good, "p=1", fmt.Sprintf("p=%d", credential.MaxThreads+1), 1),
		"threads beyond 8 bits":   strings.Replace(good, "p=1", "p=257", 1),
		"padding":                 good + "=",
		"stray bits in the salt":  strings.Replace(good, goodSalt, "c29tZXNhbHR", 1),
		"URL alphabet":            strings.Replace(good, "/", "_", 1),
		"line break in the key":   strings.Replace(good, goodKey, goodKey[:20]+"\n"+goodKey[20:], 1),
		"return in the salt":      strings.Replace(good, goodSalt, goodSalt[:4]+"\r"+goodSalt[4:], 1),
		"short salt":              strings.Replace(good, goodSalt, "c29tZXM", 1),
		"short key":               strings.Replace(good, goodKey, goodKey[:20], 1),
		"long key":                strings.Replace(good, goodKey, strings.Repeat("A", 88), 1),
		"endless":                 good + strings.Repeat("A", 1<<20),
	}
}

func TestB8_AStoredStringIsReadStrictlyAndWithinLimits(t *testing.T) {
	ok, err := credential.Verify("password", good)
	require.NoError(t, err)
	require.True(t, ok, "the string that the others are changed from")

	for name, stored := range malformed() {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, good, stored, "the case changes nothing")
			ok, err := credential.Verify("password", stored)
			require.ErrorIs(t, err, credential.ErrPHC)
			assert.False(t, ok)
			assert.True(t, credential.NeedsRehash(stored, credential.Default()))
		})
	}
}

func TestB8_AHostileStringTakesNoMemory(t *testing.T) {
	hostile := strings.Replace(good, "m=256", "m=4294967295", 1)
	allocated := testing.AllocsPerRun(10, func() {
		if _, err := credential.Verify("password", hostile); err == nil {
			t.Error("accepted")
		}
	})
	assert.Less(t, allocated, 50.0)
}

func TestB8_TheLongestStoredStringIsReadable(t *testing.T) {
	p := credential.Params{
		Memory: credential.MaxMemory, Time: credential.MaxTime, Threads: credential.MaxThreads, KeyLen: credential.MaxKeyLen,
	}
	stored := credential.FormatPHC(p, make([]byte, credential.MaxSaltLen), make([]byte, credential.MaxKeyLen))
	got, _, err := credential.ParsePHC(stored)
	require.NoError(t, err, "%d bytes", len(stored))
	assert.Equal(t, p, got)
}

func TestB8_RehashWhenTheCostChanged(t *testing.T) {
	stored, err := credential.Hash("secret", salt(credential.SaltLen), cheap())
	require.NoError(t, err)
	assert.False(t, credential.NeedsRehash(stored, cheap()), "same cost")

	for name, change := range map[string]func(*credential.Params){
		"memory":      func(p *credential.Params) { p.Memory++ },
		"passes":      func(p *credential.Params) { p.Time++ },
		"threads":     func(p *credential.Params) { p.Threads++ },
		"key length":  func(p *credential.Params) { p.KeyLen++ },
		"less memory": func(p *credential.Params) { p.Memory-- },
	} {
		t.Run(name, func(t *testing.T) {
			p := cheap()
			change(&p)
			assert.True(t, credential.NeedsRehash(stored, p))
		})
	}

	stored, err = credential.Hash("secret", salt(credential.SaltLen-1), cheap())
	require.NoError(t, err)
	assert.True(t, credential.NeedsRehash(stored, cheap()), "short salt")
}

func TestB10_NoSecretFitsTheDummyAndItCostsTheSame(t *testing.T) {
	for name, p := range map[string]credential.Params{
		"cheap": cheap(), "default": credential.Default(), "short key": {Memory: 64, Time: 3, Threads: 2, KeyLen: credential.MinKeyLen},
		"long key": {Memory: 64, Time: 1, Threads: 1, KeyLen: credential.MaxKeyLen},
	} {
		t.Run(name, func(t *testing.T) {
			dummy := credential.Dummy(p)
			got, _, err := credential.ParsePHC(dummy)
			require.NoError(t, err)
			assert.Equal(t, p, got)
			assert.Equal(t, dummy, credential.Dummy(p))
			assert.False(t, credential.NeedsRehash(dummy, p), "like one that was just made")
			for _, typed := range []string{"", "quatre mots au hasard", "\x00"} {
				ok, err := credential.Verify(typed, dummy)
				require.NoError(t, err)
				assert.False(t, ok)
			}
			stored, err := credential.Hash("quatre mots au hasard", salt(credential.SaltLen), p)
			require.NoError(t, err)
			assert.Len(t, dummy, len(stored))
		})
	}
	assert.Equal(t, credential.Dummy(credential.Default()), credential.Dummy(credential.Params{}), "never one that cannot be verified")
}

// G5: no secret in errors.
func TestG5_NoErrorHoldsASecretOrAStoredString(t *testing.T) {
	const secret = "hunter2\x01"
	_, hash := credential.Hash(secret, nil, cheap())
	_, stored := credential.Verify(secret, good+"$")
	_, answer := credential.NormalizeAnswer(secret)
	_, question := credential.NormalizeQuestion(secret)
	password := credential.CheckPassword(secret, "hunter2@example.com")
	for name, err := range map[string]error{
		"hash": hash, "verify": stored, "answer": answer, "question": question, "password": password,
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, err)
			var fault *credential.Error
			require.ErrorAs(t, err, &fault)
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				for _, e := range []error{err, fault} {
					said := fmt.Sprintf(verb, e)
					assert.NotContains(t, said, "hunter2")
					assert.NotContains(t, said, goodKey)
					assert.NotContains(t, said, goodSalt)
				}
			}
		})
	}
}

// phcPattern is a second, independent reading of the form.
var phcPattern = regexp.MustCompile(
	`\A\$argon2id\$v=19\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,9}),p=([1-9][0-9]{0,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)\z`)

func FuzzPHC(f *testing.F) {
	f.Add(good)
	for _, stored := range malformed() { // one for each way of being wrong
		if len(stored) < 1024 {
			f.Add(stored)
		}
	}
	// the dearest string that is accepted
	f.Add(credential.FormatPHC(credential.Params{
		Memory: credential.MaxMemory, Time: credential.MaxTime, Threads: credential.MaxThreads, KeyLen: credential.MaxKeyLen,
	}, make([]byte, credential.MaxSaltLen), make([]byte, credential.MaxKeyLen)))

	f.Fuzz(func(t *testing.T, stored string) {
		p, key, err := credential.ParsePHC(stored)
		groups := phcPattern.FindStringSubmatch(stored)
		if err != nil {
			if !errors.Is(err, credential.ErrPHC) {
				t.Fatalf("error without its sentinel: %v", err)
			}
			return
		}
		if groups == nil {
			t.Fatalf("accepted what the pattern refuses: %q", stored)
		}
		for i, figure := range []uint64{uint64(p.Memory), uint64(p.Time), uint64(p.Threads)} {
			if groups[i+1] != strconv.FormatUint(figure, 10) {
				t.Fatalf("read %s as %d", groups[i+1], figure)
			}
		}
		if p.Memory > credential.MaxMemory || p.Time > credential.MaxTime || p.Threads > credential.MaxThreads {
			t.Fatalf("accepted a cost above the limits: %+v", p)
		}
		if uint32(len(key)) != p.KeyLen {
			t.Fatalf("key of %d bytes, KeyLen %d", len(key), p.KeyLen)
		}
		if p.Memory*p.Time <= 256 { // dearer ones are accepted too, but there is no time for them here
			if _, err := credential.Verify("password", stored); err != nil {
				t.Fatalf("parsed, but not verified: %v", err)
			}
		}
	})
}

func BenchmarkHash(b *testing.B) {
	s := salt(credential.SaltLen)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := credential.Hash("correct horse battery staple", s, credential.Default()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParsePHC(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := credential.ParsePHC(good); err != nil {
			b.Fatal(err)
		}
	}
}
