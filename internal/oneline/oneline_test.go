package oneline_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/internal/oneline"
)

func TestCleanFoldsSpaceAndComposes(t *testing.T) {
	for name, c := range map[string]struct{ typed, want string }{
		"nothing":                  {"", ""},
		"only space":               {" \t\u00a0\u3000 ", ""},
		"as it is":                 {"12 rue de l'Église", "12 rue de l'Église"},
		"around":                   {"  Daniel ", "Daniel"},
		"a line break at the end":  {"Daniel\r\n", "Daniel"},
		"inside":                   {"Daniel   Potier", "Daniel Potier"},
		"tab":                      {"Daniel\tPotier", "Daniel Potier"},
		"no-break space":           {"Daniel\u00a0Potier", "Daniel Potier"},
		"narrow no-break space":    {"75\u202f001", "75 001"},
		"ideographic space":        {"Daniel\u3000Potier", "Daniel Potier"},
		"decomposed":               {"He\u0301le\u0300ne", "Hélène"},
		"another script":           {"Ж\u3042 \u6771\u4eac", "Ж\u3042 \u6771\u4eac"},
		"right to left, unmarked":  {"שלום", "שלום"},
		"emoji of several symbols": {"👩\u200d💻", "👩\u200d💻"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := oneline.Clean(c.typed, 80)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestCleanRefusesWhatBreaksALineOrReordersIt(t *testing.T) {
	refused := []rune{0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069}
	for r := range rune(0xa0) { // all of C0, DEL and C1
		if r != '\t' && (r < 0x20 || r >= 0x7f) {
			refused = append(refused, r)
		}
	}

	for _, r := range refused {
		got, err := oneline.Clean("a"+string(r)+"b", 80)
		require.ErrorIs(t, err, oneline.ErrControl, "U+%04X", r)
		assert.Empty(t, got, "U+%04X", r)
	}

	for r := rune(0x20); r < 0x7f; r++ {
		_, err := oneline.Clean("a"+string(r)+"b", 80)
		require.NoError(t, err, "U+%04X", r)
	}

	for _, neighbour := range []rune{0x2027, 0x202f, 0x2065, 0x206a} {
		_, err := oneline.Clean("a"+string(neighbour)+"b", 80)
		require.NoError(t, err, "U+%04X", neighbour)
	}
}

func TestCleanFindsNothingInALineThatShowsNothing(t *testing.T) {
	for _, r := range []rune{
		0x200b, 0x200d, 0x00ad, 0x2060, 0xfeff, 0x200e, // zero width, joiner, soft hyphen, word joiner, BOM, mark
		0x0301,                                 // an accent without a letter
		0x115f, 0x1160, 0x3164, 0xffa0, 0x2800, // fillers
	} {
		for _, s := range []string{string(r), " " + string(r) + string(r) + " ", strings.Repeat(string(r), 100)} {
			got, err := oneline.Clean(s, 80)
			require.NoError(t, err, "%q", s)
			assert.Empty(t, got, "%q", s)
		}

		// Beside something to see it stays, unless it is composed with it.
		got, err := oneline.Clean("x"+string(r), 80)
		require.NoError(t, err)
		assert.Equal(t, "x"+string(r), got)
	}

	for _, s := range []string{"a", "1", "-", "€", "é", "\u6771", "👩"} {
		got, err := oneline.Clean(s, 80)
		require.NoError(t, err)
		assert.Equal(t, s, got)
	}
}

func TestCleanRefusesWhatIsNoText(t *testing.T) {
	for _, s := range []string{"\xff", "a\xc3", "\xed\xa0\x80", strings.Repeat("a", 200) + "\xff", "\n\xff"} {
		got, err := oneline.Clean(s, 80)
		require.ErrorIs(t, err, oneline.ErrEncoding, "%q", s)
		assert.Empty(t, got)
	}
}

func TestCleanCountsCharactersOnceClean(t *testing.T) {
	for name, c := range map[string]struct {
		typed string
		limit int
		fits  bool
	}{
		"at the limit":                 {"12345", 5, true},
		"one more":                     {"123456", 5, false},
		"bytes do not count":           {"éééàù", 5, true},
		"four bytes each":              {"🔑🔑🔑🔑🔑", 5, true},
		"space around does not count":  {"   12345   ", 5, true},
		"folded space counts once":     {"12    3", 4, true},
		"composed characters count":    {strings.Repeat("e\u0301", 5), 5, true},
		"nothing fits into nothing":    {"", 0, true},
		"something does not":           {"a", 0, false},
		"grows by being normalised":    {"\u0958", 1, false}, // excluded from composition: two characters
		"and then fits where two fit.": {"\u0958", 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := oneline.Clean(c.typed, c.limit)
			if c.fits {
				assert.NotErrorIs(t, err, oneline.ErrTooLong)
			} else {
				assert.ErrorIs(t, err, oneline.ErrTooLong)
			}
		})
	}

	_, err := oneline.Clean("123456\x00", 5) // both: the graver fault is told
	require.ErrorIs(t, err, oneline.ErrControl)
}

// What comes out is what the package comment promises, whatever goes in, and coming in again it stays as it is.
func TestCleanKeepsItsPromise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.OneOf(
			rapid.String(),
			rapid.StringOfN(rapid.SampledFrom([]rune("ae\u0301\u0300 \u00a0\t\n\u2028\u202e\u2066\u3000é\ufeff")), 0, 12, -1),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 12), func(b []byte) string { return string(b) }),
		).Draw(t, "typed")
		limit := rapid.IntRange(0, 12).Draw(t, "limit")

		clean, err := oneline.Clean(typed, limit)
		if err != nil {
			if clean != "" {
				t.Fatalf("refused, and yet %q", clean)
			}

			return
		}

		switch {
		case !utf8.ValidString(clean):
			t.Fatalf("%q is no text", clean)
		case !norm.NFC.IsNormalString(clean):
			t.Fatalf("%q is not in form NFC", clean)
		case utf8.RuneCountInString(clean) > limit:
			t.Fatalf("%q has more than %d characters", clean, limit)
		case strings.TrimSpace(clean) != clean || strings.Contains(clean, "  "):
			t.Fatalf("%q has space left", clean)
		}

		for _, r := range clean {
			if unicode.IsControl(r) || unicode.IsSpace(r) && r != ' ' || unicode.In(r, unicode.Zl, unicode.Zp) {
				t.Fatalf("%q has U+%04X", clean, r)
			}
		}

		again, err := oneline.Clean(clean, limit)
		if err != nil || again != clean {
			t.Fatalf("%q became %q (%v)", clean, again, err)
		}
	})
}
