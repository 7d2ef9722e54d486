package credential_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account/credential"
)

func TestB8_ACommonPasswordIsRefusedInDisguise(t *testing.T) {
	for password, refused := range map[string]bool{
		"Motdepasse1!":                   true,
		"MOTDEPASSE-2024":                true,
		"mot de passe, 2024":             true,
		"M0tdep@553!!!":                  true,
		"!!motdepa553!":                  true, // signs at its end are letters of it
		"@zerty-2024-@":                  true,
		"P@ssw0rd2024!":                  true,
		"P.a.s.s.w.o.r.d.1":              true,
		"p1a2s3s4w5o6r7d8!":              true, // its letters stand apart
		"Azertyuiop123!":                 true,
		"Bonjour123456!":                 true,
		"Bonjour123Bonjour":              true,
		"BonjourBonjourBon1!":            true, // the last time in part
		"Éléphant2024!":                  true,
		"Bonjour!azerty1":                true, // a word and a walk
		"mon-cœur-1234":                  true, // a ligature
		"Ｍｏｔｄｅｐａｓｓｅ１!":                   true, // full width
		"Christophe75!":                  true,
		"correcthorsebatterystaple":      true,
		"Correct Horse Battery Staple 1": true,
		"motdepassemotdepasse!":          true,
		"aaaaaaaaaaaaaaaaaaaa":           true,
		"Xk9$Xk9$Xk9$":                   true, // four characters over and over
		"Xk9$zXk9$zXk9$z":                false,
		"Abc123456789!":                  true, // walks, and one character
		"01234567890123456789":           true,
		"&é\"'(-è_çà1A":                  true,
		"Qsdfghjklm123!":                 true,
		"poiuytrezaPOIUY1!":              true, // backwards
		"AA-01/01/1990!":                 true, // four characters and a date
		"AB-01/01/1990-!":                false,

		"quatre mots au hasard":           false,
		"une phrase de passe bien longue": false,
		"correct cheval batterie agrafe":  false,
		"Soleil-Bonjour-2024!":            false, // two words
		"Xq7!vL2#pR9z":                    false,
		"K4829103857561!z":                false, // digits that nobody walks along
		"p.1.l.2.o.3.T.":                  false, // a word too short to be found like this
	} {
		t.Run(password, func(t *testing.T) {
			err := credential.CheckPassword(password)
			assert.Equal(t, refused, errors.Is(err, credential.ErrPasswordCommon), "%v", err)
		})
	}
	// A password that is too short or too long has to change anyway.
	assert.NotErrorIs(t, credential.CheckPassword("Motdepasse1"), credential.ErrPasswordCommon)
	assert.ErrorIs(t, credential.CheckPassword(strings.Repeat("Motdepasse1!!!!!", 8)), credential.ErrPasswordCommon)
	assert.NotErrorIs(t, credential.CheckPassword(strings.Repeat("Motdepasse1!!!!!", 8)+"M"), credential.ErrPasswordCommon)
}

// words reads the list in another way than the look-up does.
func words(t *testing.T) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(credential.CommonList()) {
		word := ""
		for i, rest := 0, strings.TrimSuffix(line, "\n"); rest != ""; i++ {
			kept := 0
			if i > 0 {
				kept, rest = int(rest[0]-'A'), rest[1:]
			}
			end := strings.IndexFunc(rest, func(r rune) bool { return r < 'a' })
			if end < 0 {
				end = len(rest)
			}
			require.LessOrEqual(t, kept, len(word))
			word = word[:kept] + rest[:end]
			rest = rest[end:]
			all = append(all, word)
		}
	}
	return all
}

func TestB8_TheListIsSortedAndInTheFormThatIsLookedFor(t *testing.T) {
	all := words(t)
	assert.Greater(t, len(all), 12_000)
	assert.Less(t, len(credential.CommonList()), 60_000, "bytes of every program")
	for i, word := range all {
		require.Regexp(t, `^[a-z]{4,25}$`, word)
		require.Equal(t, word, credential.Plain(word), "would never be found")
		require.True(t, i == 0 || all[i-1] < word, "%s before %s", all[max(i, 1)-1], word)
		require.True(t, credential.Listed(word), word)
	}
	assert.Len(t, slices.MaxFunc(all, func(a, b string) int { return len(a) - len(b) }), 25)
}

func TestB8_OnlyTheListIsListed(t *testing.T) {
	all := words(t)
	for _, word := range []string{"", "a", "aaa", "zzzzzzzzzzzzzzzzzzzzzzzzz", "zzzzzzzzzzzzzzzzzzzzzzzzzz", "motdepass", "motdepassee"} {
		assert.False(t, credential.Listed(word), word)
	}
	rapid.Check(t, func(t *rapid.T) {
		word := []byte(rapid.SampledFrom(all).Draw(t, "word"))
		at := rapid.IntRange(0, len(word)-1).Draw(t, "at")
		letter := rapid.ByteRange('a', 'z').Draw(t, "letter")
		changed := slices.Clone(word)
		changed[at] = letter
		for _, near := range [][]byte{word, changed, slices.Insert(slices.Clone(word), at, letter), slices.Delete(slices.Clone(word), at, at+1), append(word, letter)} {
			_, want := slices.BinarySearch(all, string(near))
			assert.Equal(t, want, credential.Listed(string(near)), "%s", near)
		}
	})
}

// Every word of ours is refused with a figure and a sign behind it, which shows that the generator and the look-up undo the
// same disguises.
func TestB8_EveryWordOfOursIsRefused(t *testing.T) {
	text, err := os.ReadFile("internal/commongen/ours.txt")
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			if len(word) < 4 {
				continue
			}
			n++
			password := strings.ToUpper(word[:1]) + word[1:] + "-2024-!!"
			require.ErrorIs(t, credential.CheckPassword(password), credential.ErrPasswordCommon, password)
		}
	}
	assert.Greater(t, n, 400)
}

// Disguises change nothing, in whatever combination.
func TestB8_NoDisguiseHidesACommonWord(t *testing.T) {
	all := words(t)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom(all).Draw(t, "word")
		var out strings.Builder
		for i, r := range word {
			spellings := map[rune]string{'o': "oO0ôＯ", 'l': "lL1|!iIïÎ", 'e': "eE3€éÊ", 'a': "aA4@à", 's': "sS5$", 't': "tT7+", 'b': "bB8", 'g': "gG9"}[r]
			if spellings == "" || i > 0 && i < len(word)-1 && rapid.Bool().Draw(t, "as it is") {
				spellings = string(r) + strings.ToUpper(string(r))
			}
			out.WriteRune(rapid.SampledFrom([]rune(spellings)).Draw(t, "letter"))
			out.WriteString(rapid.SampledFrom([]string{"", "", "", "-", " ", "."}).Draw(t, "separator"))
		}
		if !strings.ContainsFunc(out.String(), func(r rune) bool { return r >= 'A' && r < 0xff || r > 0xff }) {
			return // no letter at all
		}
		if len(word) < 8 { // signs for most letters of a short word leave too little of it
			return
		}
		password := rapid.StringMatching(`[-#*?]{0,3}`).Draw(t, "before") + out.String() + rapid.StringMatching(`[-#*?]{5,9}`).Draw(t, "after")
		assert.ErrorIs(t, credential.CheckPassword(password), credential.ErrPasswordCommon, password)
	})
}

func BenchmarkListed(b *testing.B) {
	for name, word := range map[string]string{"found": "motdepasse", "not found": "tromboneverte"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				credential.Listed(word)
			}
		})
	}
}

func BenchmarkCheckPassword(b *testing.B) {
	for name, password := range map[string]string{
		"common": "P@ssw0rd2024!", "random": "Xq7!vL2#pR9z", "phrase": "quatre mots au hasard", "longest": strings.Repeat("1!", 32) + "aB" + strings.Repeat("7?", 31),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = credential.CheckPassword(password, "daniel.potier@exemple.fr", "Daniel", "Potier")
			}
		})
	}
}
