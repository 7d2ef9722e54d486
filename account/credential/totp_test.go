package credential_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account/credential"
)

// totp is the secret of the vectors of both RFCs.
func totp(t require.TestingT) credential.TOTPSecret {
	s, err := credential.NewTOTP([]byte("12345678901234567890"))
	require.NoError(t, err)
	return s
}

// RFC 6238, appendix B, SHA-1. The vectors have eight digits, of which six are the last.
func TestB10_CodesAgreeWithTheVectorsOfRFC6238(t *testing.T) {
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		assert.Equal(t, want[2:], totp(t).Code(time.Unix(at, 0)))
		step, ok := totp(t).Check(want[2:], time.Unix(at, 0), 0)
		assert.True(t, ok)
		assert.Equal(t, at/30, step)
	}
}

// RFC 4226, appendix D: the codes of the counters 0 to 9.
func TestB10_CodesAgreeWithTheVectorsOfRFC4226(t *testing.T) {
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		for second := range int64(30) {
			assert.Equal(t, want, totp(t).Code(time.Unix(int64(step)*30+second, 999)))
		}
	}
}

func TestB10_ACodeOfTheStepBeforeOrAfterIsAccepted(t *testing.T) {
	now := time.Unix(1_700_000_010, 0) // a step begins
	for off, accepted := range map[time.Duration]bool{
		-31 * time.Second: false, -30 * time.Second: true, -time.Second: true, 0: true, 29 * time.Second: true,
		30 * time.Second: true, 59 * time.Second: true, 60 * time.Second: false,
	} {
		step, ok := totp(t).Check(totp(t).Code(now.Add(off)), now, 0)
		assert.Equal(t, accepted, ok, "%s", off)
		if ok {
			assert.Equal(t, now.Add(off).Unix()/30, step)
		} else {
			assert.Zero(t, step)
		}
	}
}

func TestB10_NoCodeIsAcceptedTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := credential.NewTOTP(rapid.SliceOfN(rapid.Byte(), credential.TOTPSize, credential.TOTPSize).Draw(t, "random"))
		require.NoError(t, err)
		at := time.Unix(rapid.Int64Range(90, 1<<40).Draw(t, "at"), 0)
		code := s.Code(at.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "step")) * credential.TOTPStep))
		step, ok := s.Check(code, at, 0)
		require.True(t, ok)
		assert.LessOrEqual(t, max(step-at.Unix()/30, at.Unix()/30-step), int64(1))
		for d := -3; d <= 0; d++ {
			if _, again := s.Check(code, at.Add(time.Duration(d)*credential.TOTPStep), step); again {
				t.Fatal("accepted twice")
			}
		}
		// The code of a later step is.
		next := time.Unix((step+1)*30, 0)
		if got, ok := s.Check(s.Code(next), next, step); !ok || got <= step {
			t.Fatalf("refused after another one was used: %d after %d", got, step)
		}
	})
}

// Two neighbouring steps share a code once in a million: this secret's do.
func TestB10_ACodeThatTwoStepsShareEndsBoth(t *testing.T) {
	s := totp(t)
	shared := int64(0)
	for step := int64(1); shared == 0; step++ {
		if s.Code(time.Unix(step*30, 0)) == s.Code(time.Unix(step*30+30, 0)) {
			shared = step
		}
	}
	at := time.Unix(shared*30, 0)
	step, ok := s.Check(s.Code(at), at, 0)
	require.True(t, ok)
	assert.Equal(t, shared+1, step)
	_, ok = s.Check(s.Code(at), at.Add(credential.TOTPStep), step)
	assert.False(t, ok)
}

func TestB10_ACodeIsReadAsPeopleTypeIt(t *testing.T) {
	at := time.Unix(59, 0) // 287082
	for typed, accepted := range map[string]bool{
		"287082":                            true,
		"287 082":                           true,
		" 287-082\n":                        true,
		"2 8 7 0 8 2":                       true,
		"287\u00a0082":                      true,
		"\u202a287082\u202c":                true, // marks of direction, from a copied message
		"２８７０８２":                            true,
		"287.082":                           true,
		"":                                  false,
		"28708":                             false,
		"2870820":                           false,
		"287083":                            false,
		"+287082":                           false,
		"28708O":                            false,
		"٢٨٧٠٨٢":                            false, // no app shows them
		"\xff287082":                        false,
		strings.Repeat(" ", 250) + "287082": true,
		strings.Repeat(" ", 251) + "287082": false,
	} {
		_, ok := totp(t).Check(typed, at, 0)
		assert.Equal(t, accepted, ok, "%q", typed)
	}
}

func TestB10_BeforeItsTimeNothingIsACode(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(-1, 0), time.Unix(-15, 0)} {
		assert.Empty(t, totp(t).Code(at))
		_, ok := totp(t).Check("755224", at, -100)
		assert.False(t, ok, "%s", at)
	}
	_, ok := totp(t).Check("755224", time.Unix(0, 0), 0)
	assert.False(t, ok, "step 0 is what stands for none")
	step, ok := totp(t).Check("755224", time.Unix(0, 0), -1)
	assert.True(t, ok)
	assert.Zero(t, step)

	var zero credential.TOTPSecret
	assert.Empty(t, zero.Code(time.Unix(59, 0)))
	assert.Empty(t, zero.Reveal())
	for _, code := range []string{"", "000000", "287082"} {
		_, ok := zero.Check(code, time.Unix(59, 0), 0)
		assert.False(t, ok)
	}
}

func TestB10_ASecretIsMadeOf20BytesAndReadBack(t *testing.T) {
	for size := range 64 {
		_, err := credential.NewTOTP(make([]byte, size))
		if size == credential.TOTPSize {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, credential.ErrRandom)
		}
	}
	assert.Equal(t, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", totp(t).Reveal())
	for _, wrong := range []string{"", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ\n", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQO=="} {
		_, err := credential.ParseTOTP(wrong)
		require.ErrorIs(t, err, credential.ErrRandom, wrong)
	}
}

// A secret does not change when the caller reuses the buffer that it was made from.
func TestB10_ASecretKeepsItsOwnBytes(t *testing.T) {
	random := []byte("12345678901234567890")
	s, err := credential.NewTOTP(random)
	require.NoError(t, err)
	clear(random)
	assert.Equal(t, totp(t).Reveal(), s.Reveal())
}

func FuzzTOTPSecret(f *testing.F) {
	f.Add("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	f.Add("gezdgnbvgy3tqojqgezdgnbvgy3tqojq")   // in another case
	f.Add("GEZDGNBVGY3TQOJQG\nEZDGNBVGY3TQOJQ") // the decoder of the standard library skips line breaks
	f.Add("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQO==")   // padding
	f.Fuzz(func(t *testing.T, text string) {
		s, err := credential.ParseTOTP(text)
		if err == nil && s.Reveal() != text {
			t.Fatalf("%q is read as %q", text, s.Reveal())
		}
	})
}

func FuzzCode(f *testing.F) {
	for _, typed := range []string{"287082", "287 082", "２８７０８２", "٢٨٧٠٨٢", "28708²", "½", "\xff"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		// A second reading: what is left without anything but letters, marks and digits.
		_, ok := totp(t).Check(typed, time.Unix(59, 0), 0)
		if ok && !strings.ContainsAny(typed, "2２²₂②⒉𝟐𝟚𝟤𝟮𝟸🯲") {
			t.Fatalf("accepted %q", typed)
		}
		if _, spaced := totp(t).Check(" "+typed+" ", time.Unix(59, 0), 0); len(typed) < 250 && spaced != ok {
			t.Fatalf("%q: %t, with spaces %t", typed, ok, spaced)
		}
	})
}

func TestB10_TheAddressHoldsTheSecretIssuerAndLogin(t *testing.T) {
	for _, c := range []struct{ issuer, login, want string }{
		{"Guichet", "daniel@example.fr", "otpauth://totp/Guichet:daniel%40example.fr?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Guichet"},
		{"Mairie de Saint-Rémy", "a+b@example.fr", "otpauth://totp/Mairie%20de%20Saint-R%C3%A9my:a%2Bb%40example.fr?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mairie%20de%20Saint-R%C3%A9my"},
		{"A&B=C?#/%", "x:y", "otpauth://totp/A%26B%3DC%3F%23%2F%25:xy?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%26B%3DC%3F%23%2F%25"},
		{"", "daniel", "otpauth://totp/daniel?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
	} {
		assert.Equal(t, c.want, totp(t).URI(c.issuer, c.login))
	}
	rapid.Check(t, func(t *rapid.T) {
		issuer, login := rapid.String().Draw(t, "issuer"), rapid.String().Draw(t, "login")
		u, err := url.Parse(totp(t).URI(issuer, login))
		require.NoError(t, err)
		clean := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, ":", "")) }
		assert.Equal(t, "otpauth", u.Scheme)
		assert.Equal(t, "totp", u.Host)
		query, err := url.ParseQuery(u.RawQuery)
		require.NoError(t, err)
		assert.Equal(t, totp(t).Reveal(), query.Get("secret"))
		assert.Equal(t, clean(issuer), query.Get("issuer"))
		want := clean(login)
		if clean(issuer) != "" {
			want = clean(issuer) + ":" + want
		}
		assert.Equal(t, "/"+want, u.Path)
	})
}

func BenchmarkTOTPCheck(b *testing.B) {
	s, err := credential.NewTOTP(bytes.Repeat([]byte{7}, credential.TOTPSize))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		s.Check("123456", time.Unix(1_700_000_000, 0), 0)
	}
}
