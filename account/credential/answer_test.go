package credential_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account/credential"
)

func TestB8_AnAnswerIsFoundWhateverCaseAccentsAndSpaces(t *testing.T) {
	for typed, want := range map[string]string{
		"Crème Brûlée":               "creme brulee",
		"  crème \t BRU\u0302LÉE\n ": "creme brulee",
		"creme brulee":               "creme brulee",
		"Crème\u00a0Brûlée":          "creme brulee", // no-break space
		"Straße":                     "strasse",
		"ＡＢ１２":                       "ab12", // full width
		"ΜΆΪΟΣ":                      "μαιοσ",
		"İzmir":                      "izmir",
		"ЁЛКА":                       "елка",
		"दिल्ली":                     norm.NFC.String("दिल्ली"), // vowel signs are no accents
		"42":                         "42",
	} {
		got, err := credential.NormalizeAnswer(typed)
		require.NoError(t, err, typed)
		assert.Equal(t, want, got, typed)
	}
}

func TestB8_FoldingTwiceIsFoldingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		once := credential.Fold(s)
		assert.Equal(t, once, credential.Fold(once))
	})
}

// Every code point by itself, since a random string seldom meets the odd ones.
func TestB8_FoldingEveryCharacterTwiceIsFoldingItOnce(t *testing.T) {
	for r := range rune(0x110000) {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		if once := credential.Fold(string(r)); credential.Fold(once) != once {
			t.Errorf("U+%04X: %+q, then %+q", r, once, credential.Fold(once))
		}
	}
}

// Every mark of the blocks that Unicode gives to accents, and neither neighbour of a block.
func TestB8_AccentsAreTheMarksOfEuropeanScriptsAndNoOthers(t *testing.T) {
	for _, block := range [][2]rune{
		{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F},
	} {
		for r := block[0] - 1; r <= block[1]+1; r++ {
			accent := r >= block[0] && r <= block[1]
			assert.Equal(t, accent, credential.Fold("a"+string(r)+"b") == "ab", "U+%04X", r)
		}
	}
}

func TestB8_AnAnswerHas2To200Characters(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   error
	}{
		"empty":                        {"", credential.ErrAnswerShort},
		"spaces":                       {" \t\n ", credential.ErrAnswerShort},
		"one character":                {"x", credential.ErrAnswerShort},
		"one character and accents":    {"e\u0301\u0302", credential.ErrAnswerShort},
		"one character and spaces":     {"  x  ", credential.ErrAnswerShort},
		"two characters":               {"Xy", nil},
		"200 characters":               {strings.Repeat("é", 200), nil},
		"201 characters":               {strings.Repeat("é", 201), credential.ErrAnswerLong},
		"a megabyte of spaces":         {"xy" + strings.Repeat(" ", 1<<20), credential.ErrAnswerLong},
		"3,200 bytes as typed":         {"xy" + strings.Repeat(" ", 3198), nil},
		"3,201 bytes as typed":         {"xy" + strings.Repeat(" ", 3199), credential.ErrAnswerLong},
		"a control character":          {"ab\x00cd", credential.ErrAnswerEncoding},
		"not UTF-8":                    {"ab\xff", credential.ErrAnswerEncoding},
		"200 characters typed as many": {norm.NFD.String(strings.Repeat("\u1EA5", 200)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := credential.NormalizeAnswer(c.answer)
			if c.want == nil {
				require.NoError(t, err)
				assert.NotEmpty(t, got)
				return
			}
			require.ErrorIs(t, err, c.want)
			assert.Empty(t, got)
		})
	}
}

func TestB8_AQuestionHas1To200Characters(t *testing.T) {
	for name, c := range map[string]struct {
		question, want string
		err            error
	}{
		"empty":            {"", "", credential.ErrQuestionEmpty},
		"spaces":           {" \u00a0 ", "", credential.ErrQuestionEmpty},
		"one character":    {"?", "?", nil},
		"trimmed":          {"  Mon premier dessert ?\n", "Mon premier dessert ?", nil},
		"composed":         {"De\u0301part ?", "Départ ?", nil},
		"200 characters":   {strings.Repeat("é", 200), strings.Repeat("é", 200), nil},
		"201 characters":   {strings.Repeat("é", 201), "", credential.ErrQuestionLong},
		"200 and spaces":   {" " + strings.Repeat("x", 200) + " ", strings.Repeat("x", 200), nil},
		"a line break":     {"a\nb", "", credential.ErrQuestionEncoding},
		"an escape":        {"\x1b[31mred", "", credential.ErrQuestionEncoding},
		"not UTF-8":        {"caf\xe9 ?", "", credential.ErrQuestionEncoding},
		"two inner spaces": {"a  b", "a  b", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := credential.NormalizeQuestion(c.question)
			require.ErrorIs(t, err, c.err)
			assert.Equal(t, c.want, got)
		})
	}
}

func FuzzAnswer(f *testing.F) {
	for _, typed := range []string{
		"",
		"Félix",
		"  Crème \t BRU\u0302LÉE\n ", // spaces, accents, case
		"\u0130zmir",                 // whose lower case is two characters
		"\u0345a",                    // an accent that folding makes a letter
		"\uFDFA\uFDFA",               // 18 characters in one
		"ab\x00cd",
		"ab\xff",
		strings.Repeat("\u1EA5", 200),
	} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		normal, err := credential.NormalizeAnswer(typed)
		if err != nil {
			var fault *credential.Error
			if normal != "" || !errors.As(err, &fault) || fault.Code() == "" {
				t.Fatalf("%q with %v", normal, err)
			}
			return
		}
		if again, err := credential.NormalizeAnswer(normal); err != nil || again != normal {
			t.Fatalf("%q, then %q: %v", normal, again, err)
		}
		if n := utf8.RuneCountInString(normal); n < credential.MinAnswer || n > credential.MaxAnswer {
			t.Fatalf("accepted %d characters", n)
		}
		if louder, err := credential.NormalizeAnswer(" " + typed + " "); err == nil && louder != normal {
			t.Fatalf("%q with spaces around it is %q", normal, louder)
		}
	})
}
