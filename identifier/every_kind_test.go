package identifier_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
)

// The rules of the kinds other than SIRET at level Shape, written with the
// slow tools.
var naiveForms = map[identifier.Kind]*regexp.Regexp{
	identifier.European: regexp.MustCompile(`^(ATU\d{8}|BE[01]?\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE[1-9]\d{8}|DK[1-9]\d{7}|EE\d{9}|EL\d{9}|` +
		`ES([A-Z]\d{7}[A-Z\d]|\d{8}[A-Z])|FI\d{8}|HR\d{11}|HU\d{8}|IE\d[A-Z\d+*]\d{5}[A-W][A-IW]?|IT\d{11}|LT(\d{9}|\d{12})|LU\d{8}|LV\d{11}|` +
		`MT[1-9]\d{7}|NL\d{9}B\d{2}|PL\d{10}|PT[1-9]\d{8}|RO(\d{2,10}|[1-9]\d{12})|SE\d{12}|SI[1-9]\d{7}|SK\d{10}|XI(\d{9}(\d{3})?|GD\d{3}|HA\d{3}))$`),
	identifier.RIDET:  regexp.MustCompile(`^\d{9,10}$`),
	identifier.Tahiti: regexp.MustCompile(`^[0-9A-Z]\d{8}$`),
}

// naiveFold is the folding of names, as far as the alphabets of the tests go.
func naiveFold(s string) string {
	s = strings.NewReplacer("œ", "OE", "Œ", "OE", "ß", "SS", "æ", "AE", "ø", "O", "’", "'", "–", "-").Replace(s)
	var out []rune
	marked := false
	for _, r := range norm.NFC.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
			if marked {
				out = append(out, r)
			}
			continue
		case unicode.Is(unicode.Zs, r):
			r = ' '
		case '！' <= r && r <= '～':
			r += '!' - '！'
		}
		if marked = unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana, unicode.Cyrillic); marked {
			out = append(out, unicode.ToUpper(r))
			continue
		}
		out = append(out, unicode.ToUpper([]rune(norm.NFD.String(string(r)))[0]))
	}
	return strings.Trim(string(out), " ")
}

// naiveShape is what level Shape asks of a text of any kind but SIRET.
func naiveShape(k identifier.Kind, s string) bool {
	if form := naiveForms[k]; form != nil {
		return form.MatchString(strings.ToUpper(naiveClean(strings.Map(func(r rune) rune {
			if r >= utf8.RuneSelf && r < '０' || r > '９' { // ToUpper would raise ı and ſ to ASCII
				if !strings.ContainsRune(string(separators), r) {
					return '?'
				}
			}
			return r
		}, s))))
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return false
	}
	code := naiveFold(s)
	switch k {
	case identifier.Individual:
		return 3 <= utf8.RuneCountInString(code) && utf8.RuneCountInString(code) <= 80
	case identifier.Registering:
		return code != "" && utf8.RuneCountInString(code) <= 80
	}
	code = strings.Join(strings.Fields(code), " ")
	country, name := "", ""
	if rest, ok := strings.CutPrefix(code, "FRWF"); ok {
		country, name = "FRWF", strings.TrimSpace(rest)
	} else if len(code) > 2 {
		country, name = code[:2], strings.TrimSpace(code[2:])
		if identifier.CountryName(country, language.French) == "" ||
			slices.Contains(strings.Fields("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"), country) ||
			slices.Contains(strings.Fields("GP MQ GF RE YT PM BL MF NC PF"), country) {
			return false
		}
	}
	return name != "" && utf8.RuneCountInString(country+name) <= 18
}

// agreeOn compares Valid, Parse and the naive rule, and the two levels.
func agreeOn(t assert.TestingT, k identifier.Kind, s string) {
	shape := identifier.Options{Level: identifier.Shape}
	id, err := shape.Parse(k, s)
	if want := naiveShape(k, s); want != (err == nil) {
		t.Errorf("%s %+q at level Shape: %v, want %v", k, s, err, want)
	}
	if shape.Valid(k, s) != (err == nil) {
		t.Errorf("%s %+q: Valid and Parse disagree at level Shape: %v", k, s, err)
	}
	strict, strictErr := identifier.Parse(k, s)
	if identifier.Valid(k, s) != (strictErr == nil) {
		t.Errorf("%s %+q: Valid and Parse disagree: %v", k, s, strictErr)
	}
	if strictErr == nil && strict != id {
		t.Errorf("%s %+q: %v at level Strict, %v at level Shape (%v)", k, s, strict, id, err)
	}
}

// Each of the 256 bytes in each place, put in, or put in place of a character.
func TestA9_EveryByteAtEveryPositionOfEveryKind(t *testing.T) {
	codes := map[identifier.Kind][]string{
		identifier.European:    append([]string{"XIGD499", "IE8D79739I", "be 428.759.497"}, stateSamples...),
		identifier.NonEU:       {"USMICROSOFT CORPO", "CHABB LTD", "FRWFABC", "WFÉLAN"},
		identifier.RIDET:       {"0122531001", "1 236 165.002"},
		identifier.Tahiti:      {"F95709001", "075390-001"},
		identifier.Individual:  {"1980193161FERDINANDHELOISE1", "ÀB C"},
		identifier.Registering: {"EC0123456789ABCDEF"},
	}
	for k, list := range codes {
		for _, code := range list {
			for i := range len(code) + 1 {
				for b := range 256 {
					char := string([]byte{byte(b)})
					agreeOn(t, k, code[:i]+char+code[i:])
					if i < len(code) {
						agreeOn(t, k, code[:i]+char+code[i+1:])
					}
				}
				agreeOn(t, k, code[:i])
			}
		}
	}
}

func TestA9_KindsAgreeWithANaiveImplementation(t *testing.T) {
	alphabet := rapid.SampledFrom([]rune("0123456789ABDEGHIKLUWXY abdeuœéÀß.-+*\u00a0\u202f\u2011９Ａ\t\u200b\u0301’–東Йи\u0306\u30abガ\u3099\u1112\u1161\u11ab한\ufffd")) //nolint:gosmopolitan // names are in all scripts
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(identifier.Kinds()[1:]).Draw(t, "kind")
		if k == identifier.NonEU {
			country := rapid.SampledFrom([]string{"US", "ch", "FRWF", "WF", "FR", "ZZ", "DE", ""}).Draw(t, "country")
			agreeOn(t, k, country+rapid.StringOfN(alphabet, 0, 20, -1).Draw(t, "text"))
			return
		}
		id := identifiertest.OfKind(source{t}, k)
		text := []rune(identifiertest.Spelling(source{t}, id))
		agreeOn(t, k, string(text))
		i := source{t}.IntN(len(text))
		text[i] = alphabet.Draw(t, "char")
		agreeOn(t, k, string(text))
	})
}

// Folding twice is folding once, for every character there is: else a code
// would not be read back as itself.
func TestA7_FoldingIsDoneAfterOneTime(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		text := "AB" + string(r)
		id, err := identifier.Parse(identifier.Registering, text)
		if err != nil {
			if unicode.IsGraphic(r) && r != utf8.RuneError {
				t.Fatalf("%U is refused: %v", r, err)
			}
			continue
		}
		again, err := identifier.Parse(identifier.Registering, id.Code())
		if err != nil || again != id {
			t.Fatalf("%U: %q, then %q, %v", r, id.Code(), again.Code(), err)
		}
		// However the accents are encoded.
		decomposed, err := identifier.Parse(identifier.Registering, norm.NFD.String(text))
		if err != nil || decomposed != id {
			t.Fatalf("%U: %q, decomposed %q, %v", r, id.Code(), decomposed.Code(), err)
		}
	}
}

// However a name of any script is encoded, it has one code, and its letters
// are those that were typed.
func TestA4_LettersOfOtherScriptsKeepTheirMarks(t *testing.T) {
	for text, want := range map[string]string{
		"한국전력공사":              "한국전력공사",
		"ガス":                  "ガス",
		"чай ёлка":            "ЧАЙ ЁЛКА",
		"สกุลไทย ที่":         "สกุลไทย ที่",
		"हिन्दी":              "हिन्दी",
		"Ελλάς Ύδρα":          "ΕΛΛΑΣ ΥΔΡΑ",
		"ＡＢｃ（１）":              "ABC(1)",
		"И\u0301 e\u0301":     "И\u0301 E",
		"\u1112\u1161 \u0301": "하",
	} {
		for _, kind := range []identifier.Kind{identifier.NonEU, identifier.Individual, identifier.Registering} {
			country := ""
			if kind == identifier.NonEU {
				country = "KR"
			}
			composed, err := identifier.Parse(kind, country+"AB"+norm.NFC.String(text))
			assert.NoError(t, err, text)
			decomposed, err := identifier.Parse(kind, country+"AB"+norm.NFD.String(text))
			assert.NoError(t, err, text)
			assert.Equal(t, composed, decomposed, text)
			assert.Equal(t, country+"AB"+norm.NFC.String(want), composed.Code(), text)
		}
	}
}

// The same for texts of marks and letters in any order.
func TestA7_FoldingOfAnyTextIsDoneAfterOneTime(t *testing.T) {
	letters := rapid.SampledFrom([]rune("aÉßſıµΐЙи\u0306\u0301\u0323\u0345\u3099\u309aガか゛ーｶﾞ한\u1112\u1161\u11abกำ\u0e34\u0e48ह\u093f\u094d\u0902אּ\u05b8\u0488\u20dd\u212b\u2126豈\u09c7\u09be１Ａ '-& \u1025\u102e")) //nolint:gosmopolitan // names are in all scripts
	rapid.Check(t, func(t *rapid.T) {
		text := "X" + rapid.StringOfN(letters, 0, 100, -1).Draw(t, "text")
		id, err := identifier.Parse(identifier.Registering, text)
		decomposed, otherErr := identifier.Parse(identifier.Registering, norm.NFD.String(text))
		assert.Equal(t, err == nil, otherErr == nil)
		assert.Equal(t, id, decomposed)
		if err != nil {
			assert.ErrorIs(t, err, identifier.ErrLength)
			return
		}
		again, err := identifier.Parse(identifier.Registering, id.Code())
		assert.NoError(t, err)
		assert.Equal(t, id, again)
	})
}
