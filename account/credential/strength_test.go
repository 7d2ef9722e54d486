package credential_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account/credential"
)

var daniel = []string{"daniel.potier@laposte.fr", "Daniel", "Jean Pierre"}

func TestB8_AnEstimateSeesWhatAPasswordIsMadeOf(t *testing.T) {
	const (
		short, personal, common = credential.ReasonShort, credential.ReasonPersonal, credential.ReasonCommon
		walk, repeat, date      = credential.ReasonWalk, credential.ReasonRepeat, credential.ReasonDate
		uniform                 = credential.ReasonUniform
	)
	char := func(size int) float64 { return math.Log2(float64(size)) }
	for password, want := range map[string]struct {
		bits    float64
		score   int
		reasons []credential.Reason
	}{
		"":                              {0, 0, []credential.Reason{short}},
		"x":                             {char(26), 0, []credential.Reason{short, uniform}},
		"xK":                            {2 * char(52), 0, []credential.Reason{short}},
		"azertyuiop":                    {6 + math.Log2(10), 0, []credential.Reason{short, walk, uniform}},
		"poiu":                          {6 + math.Log2(4), 0, []credential.Reason{short, walk, uniform}},
		"&é\"'(-è_çà":                   {6 + math.Log2(10), 0, []credential.Reason{short, walk}},
		"motdepasse":                    {14, 0, []credential.Reason{short, common, uniform}},
		"Motdepasse":                    {15, 0, []credential.Reason{short, common}},
		"M0tdepasse":                    {16, 0, []credential.Reason{short, common}},
		"Motdepasse1!":                  {15 + 2*char(95), 0, []credential.Reason{common}},
		"motdepasseMotdepasse":          {14 + 2 + 2*math.Log2(10), 0, []credential.Reason{common, repeat}},
		"xxxxxxxxxxxxxxxxxxxx":          {char(26) + 2 + math.Log2(19), 0, []credential.Reason{repeat}},
		"2024":                          {7, 0, []credential.Reason{short, date, uniform}},
		"20242024":                      {7 + 4 + 2, 0, []credential.Reason{short, repeat, date, uniform}},
		"19/11/1987":                    {15, 0, []credential.Reason{short, date}},
		"25121987":                      {15, 0, []credential.Reason{short, date, uniform}},
		"1987-11-19":                    {15, 0, []credential.Reason{short, date}},
		"11.19.87":                      {15, 0, []credential.Reason{short, date}},
		"2187":                          {4 * char(10), 0, []credential.Reason{short, uniform}},
		"Daniel":                        {4, 0, []credential.Reason{short, personal}},
		"D4ni€l.P0tier":                 {4, 0, []credential.Reason{personal}},
		"JeanPierre":                    {4, 0, []credential.Reason{short, personal}},
		"jean--pierre":                  {4, 0, []credential.Reason{personal}},
		"LaPoste":                       {4, 0, []credential.Reason{short, personal}},
		"密码":                            {2 * char(2000), 0, []credential.Reason{short, uniform}}, //nolint:gosmopolitan // many characters to choose from
		"жю":                            {2 * char(100), 0, []credential.Reason{short, uniform}},
		"Xq7!vL2#pR9z":                  {12 * char(95), 4, nil},
		"Xq7!vL2#pR":                    {10 * char(95), 3, []credential.Reason{short}},
		"pelleteuse gluante bolduc":     {3*17 + char(59) + 1, 2, nil}, // words that are not on the list
		"pelleteuse-gluante-bolduc-mur": {3*17 + char(59) + 2 + math.Min(17, 3*char(59)), 4, nil},
	} {
		t.Run(password, func(t *testing.T) {
			got := credential.Estimate(password, daniel...)
			assert.InDelta(t, want.bits, got.Bits, 1e-9)
			assert.Equal(t, want.score, got.Score)
			assert.Equal(t, want.reasons, got.Reasons)
		})
	}
}

func TestB8_TheScoreFollowsTheBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := credential.Estimate(anyPassword(t))
		want := 0
		for _, from := range []float64{30, 45, 60, 75} {
			if got.Bits >= from {
				want++
			}
		}
		assert.Equal(t, want, got.Score)
		assert.True(t, slices.IsSorted(got.Reasons))
		assert.True(t, got.Score < 4 || got.Reasons == nil)
	})
}

// anyPassword is built as people build them, now and then.
func anyPassword(t *rapid.T) string {
	part := rapid.OneOf(
		rapid.StringN(0, 12, -1),
		rapid.StringMatching(`[ -~]{1,12}`),
		rapid.SampledFrom([]string{"motdepasse", "P@ssw0rd", "azerty", "1234", "abcd", "2024", "01/02/1990", "daniel", "soleil", " ", "-", "xxxx"}),
	)
	return strings.Join(rapid.SliceOfN(part, 1, 6).Draw(t, "parts"), "")
}

// What is on top of a sum of single characters would be no cheapest way.
func TestB8_NoEstimateIsAboveThatOfSingleCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := anyPassword(t)
		got := credential.Estimate(typed, daniel...)
		assert.GreaterOrEqual(t, got.Bits, 0.0)
		assert.False(t, math.IsNaN(got.Bits) || math.IsInf(got.Bits, 0))
		characters := float64(min(utf8.RuneCountInString(credential.NormalizePassword(typed)), credential.MaxPassword))
		assert.LessOrEqual(t, got.Bits, characters*math.Log2(26+26+10+33+100+2000)+1e-9)
	})
}

func TestB8_KnowingThePersonNeverRaisesTheEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := anyPassword(t)
		assert.LessOrEqual(t, credential.Estimate(typed, daniel...).Bits, credential.Estimate(typed).Bits+1e-9)
	})
}

// A sign that continues nothing makes a password stronger; in front of it, too.
func TestB8_AnUnrelatedCharacterMakesAPasswordStronger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := anyPassword(t)
		// Not where it would end up beyond what counts, or where an accent would be put onto it.
		if strings.Contains(typed, "¤") || utf8.RuneCountInString(norm.NFKD.String(typed)) > 100 || typed != "" && unicode.IsMark([]rune(typed)[0]) {
			return
		}
		bits := credential.Estimate(typed).Bits
		assert.Greater(t, credential.Estimate(typed+"¤").Bits, bits)
		assert.Greater(t, credential.Estimate("¤"+typed).Bits, bits)
	})
}

// Saying it again adds no more than the words "once more" would.
func TestB8_ARepetitionHardlyHelps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.StringMatching(`[ -~]{1,40}`).Draw(t, "typed")
		once, twice := credential.Estimate(typed).Bits, credential.Estimate(typed+typed).Bits
		// The characters themselves, the way to say it, and what a phrase may look like that was none before.
		assert.LessOrEqual(t, twice, once+math.Max(math.Log2(95), 2+2*math.Log2(float64(len(typed))))+1e-9)
	})
}

func TestB8_AnEstimateIsTheSameHoweverThePasswordIsTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := anyPassword(t)
		assert.Equal(t, credential.Estimate(typed), credential.Estimate(norm.NFD.String(typed)))
	})
}

func TestB8_AnEstimateHasAnEnd(t *testing.T) {
	longest := strings.Repeat("Xq7!vL2#", 16)
	assert.Equal(t, credential.Estimate(longest), credential.Estimate(longest+"more"))
	assert.GreaterOrEqual(t, credential.Estimate(strings.Repeat("x", 1<<20)).Bits, 0.0)
}

func TestB8_ReasonsAndScoresAreToldInFrenchAndEnglish(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range credential.Reasons() {
		name := r.String()
		assert.NotEqual(t, "invalid", name)
		assert.False(t, seen[name], name)
		seen[name] = true
		assert.True(t, credential.HasText("strength."+name), name)
		assert.NotEqual(t, r.Text(language.French), r.Text(language.English))
	}
	assert.Len(t, seen, 7)
	assert.Equal(t, "invalid", credential.Reason(0).String())

	for score, want := range []string{"très faible", "faible", "moyen", "bon", "fort"} {
		assert.Equal(t, want, credential.Strength{Score: score}.Text(language.French))
	}
	assert.Equal(t, "very weak", credential.Strength{Score: -1}.Text(language.English))
	assert.Equal(t, "strong", credential.Strength{Score: 5}.Text(language.English))
}

func BenchmarkEstimate(b *testing.B) {
	for name, password := range map[string]string{
		"common": "P@ssw0rd2024!", "random": "Xq7!vL2#pR9z", "phrase": "quatre mots au hasard", "longest": strings.Repeat("motdepasse 1234 ", 8),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				credential.Estimate(password, daniel...)
			}
		})
	}
}
