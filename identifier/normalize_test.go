package identifier_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
)

func TestA9_SeparatorsAreLeftOutEverywhere(t *testing.T) {
	const code = "73282932000074"
	for _, separator := range separators {
		for i := range len(code) + 1 {
			s := code[:i] + string(separator) + code[i:]
			id, err := identifier.Parse(identifier.SIRET, s)
			require.NoError(t, err, "%+q", s)
			assert.Equal(t, code, id.Code())
			assert.True(t, identifier.Valid(identifier.SIRET, s), "%+q", s)
		}
	}
}

func TestA9_FullWidthDigitsAreFolded(t *testing.T) {
	id, err := identifier.Parse(identifier.SIRET, "７３２　８２９　３２０　０００７４")
	require.NoError(t, err)
	assert.Equal(t, identifier.MustParse(identifier.SIRET, "73282932000074"), id)
}

func TestA9_NothingElseIsRepaired(t *testing.T) {
	const code = "73282932000074"
	for name, char := range map[string]string{
		"tab": "\t", "line feed": "\n", "carriage return": "\r", "NUL": "\x00", "delete": "\x7f",
		"zero-width space": "\u200b", "byte order mark": "\ufeff", "soft hyphen": "\u00ad", "word joiner": "\u2060",
		"figure dash": "\u2012", "en dash": "\u2013", "minus": "\u2212", "Ogham space": "\u1680",
		"underline": "_", "slash": "/", "comma": ",", "middle dot": "·", "apostrophe": "'",
		"Arabic seven": "٧", "superscript two": "²", "full-width O": "Ｏ", "letter O": "O", "letter l": "l",
		"broken UTF-8": "\xc2", "surrogate": "\xed\xa0\x80",
	} {
		for i := range len(code) + 1 {
			s := code[:i] + char + code[i:]
			_, err := identifier.Parse(identifier.SIRET, s)
			require.ErrorIs(t, err, identifier.ErrCharset, "%s: %+q", name, s)
			assert.Equal(t, i+1, refused(t, err).At, "%s: %+q", name, s)
		}
	}
}

func TestA9_PositionCountsCharactersAsTyped(t *testing.T) {
	for input, at := range map[string]int{
		"732829320O0074":           10,
		"732 829 320 O0074":        13,
		"７３２　８２９　３２０　Ｏ":            13, // three bytes a character
		"\u00a0\u00a0732 829 32X":  13,
		"\xff":                     1,
		"732\u202f829\u202f320...": 15, // the rest is missing after the last character
	} {
		_, err := identifier.Parse(identifier.SIRET, input)
		assert.Equal(t, at, refused(t, err).At, "%+q", input)
	}
}

// Each of the 256 bytes in each place, put in, or put in place of a digit.
func TestA9_EveryByteAtEveryPosition(t *testing.T) {
	for _, code := range []string{"73282932000074", "35600000009075", "35600000000048", "732 829 320 00074"} {
		for i := range len(code) + 1 {
			for b := range 256 {
				char := string([]byte{byte(b)})
				agree(t, code[:i]+char+code[i:])
				if i < len(code) {
					agree(t, code[:i]+char+code[i+1:])
				}
			}
			agree(t, code[:i])
			agree(t, code[i:])
		}
	}
}

func TestA9_AnySpellingIsTheSameID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := identifiertest.SIRET(source{t})
		s := spelling(source{t}, id.Code())
		read, err := identifier.Parse(identifier.SIRET, s)
		require.NoError(t, err, "%+q", s)
		assert.Equal(t, id, read)
		agree(t, s)
	})
}

// spelling writes code with separators and full-width digits in any place.
func spelling(src identifiertest.Source, code string) string {
	var b strings.Builder
	for _, c := range code {
		for range src.IntN(3) {
			b.WriteRune(separators[src.IntN(len(separators))])
		}
		if src.IntN(4) == 3 {
			c = []rune(fullWidth)[c-'0']
		}
		b.WriteRune(c)
	}
	return b.String()
}
