package identifier_test

import (
	"errors"
	"slices"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
)

var corpus = []string{
	// Canonical, one step from the floor.
	"73282932000074",
	// A leading zero that numbers lose.
	"05781313100026",
	// As the Sirene register prints it.
	"732 829 320 00074",
	// As French word processors space it: narrow no-break, then no-break.
	"732\u202f829\u202f320\u00a000074",
	// Dots, hyphens and spaces at both ends.
	" 732.829.320-00074 ",
	// Full-width digits and the ideographic space.
	"７３２　８２９　３２０　０００７４",
	// La Poste: head office, by the sum, and by Luhn only (refused).
	"35600000000048",
	"35600000009075",
	"35600000000014",
	// Beside the head office: three digits fit.
	"35600000000041",
	// Wrong key of the whole; wrong key of the SIREN under a good whole.
	"73282932000075",
	"96587451235874",
	// Zeros: everything, the SIREN, all but its key.
	"00000000000000",
	"00000000033834",
	"00000000100000",
	// A SIREN, alone and spaced; one digit too few and too many.
	"732829320",
	"732 829 320",
	"7328293200007",
	"732829320000744",
	// Nothing, and nothing but separators.
	"",
	" .-\u00a0",
	// Letters: the social pseudo-number, the letter O.
	"MONACOCONFO001",
	"7328293200O074",
	// What must not be repaired: tab, line feed, NUL, en dash, zero width.
	"73282932000074\t",
	"73282932000074\n",
	"7328293200007\x004",
	"732–829–320–00074",
	"\ufeff73282932000074",
	// Fourteen bytes, but not digits; broken UTF-8; digits of another script.
	"732829320000é",
	"\xff\xfe\xc2",
	"٧٣٢٨٢٩٣٢٠٠٠٠٧٤",
	// Encoded forms.
	"SIRET:73282932000074",
	"SIRET/shape:99999999999999",
	"PARTICULIER:FR:DURAND",
	`"SIRET:73282932000074"`,
}

// kindCorpus is for all kinds: each text is tried as each of them.
var kindCorpus = []string{
	// VAT numbers: one of each length and kind of check character.
	"DE136695976", "ATU13585627", "BE428759497", "BE0428759497", "CY10259033P", "IE8D79739I", "IE6433435OA", "NL002455799B11",
	"LT100001919017", "RO18547290", "XI980780684", "XIGD499",
	// Irish signs that occur nowhere else.
	"IE8+79739I", "IE8*79739I",
	// Longer than any number, and cut inside a check character.
	"RO1630615123457", "RO16306151234578", "NL004495445B",
	// Prefixes that are refused with a hint.
	"FR44732829320", "GR094259216", "GB980780684", "CHE107787577", "EU372022452",
	// French keys: digits, letters, I and O, Monaco, zeros.
	"FRK7399859412", "FR4Z123456782", "FRIO334175221", "FR53000004605", "FR12000000000",
	// Overseas: nine and ten digits, with the usual signs; the company alone.
	"0 122 531.001", "122531001", "1411016", "003970-001", "F95709001", "075390",
	// Outside the EU: the longest, the shortest, cut inside a letter.
	"USMICROSOFT CORPOR", "USA", "US", "CHSOCIÉT\xc3", "FRWFABC", "FR WFABC", "FRWF", "WFABC",
	// Characters that grow when they are folded, or vanish.
	"USßßßßßßßßß", "USe\u0301\u0301", "US\u0301", "USŒ…ﬁ", "DEſ36695976", "ıE6433435F",
	// A person, spelled in two ways; three characters and two.
	"1980193161FERDINANDHELOISE1", "1980193161Ferdinand Héloïse1", "ABC", "AB",
	// Spaces of all kinds around and between.
	"\u3000A\u00a0 \u2003B\u3000",
	// Characters that do not print: direction marks, a BOM, a noncharacter.
	"A\u202eBC", "\ufeffABC", "ABC\uffff", "ABC\ufffd",
}

func FuzzParse(f *testing.F) {
	for _, s := range slices.Concat(corpus, kindCorpus) {
		for _, k := range identifier.Kinds() {
			f.Add(uint8(k), s)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, s string) {
		k := identifier.Kind(kind)
		if k == identifier.SIRET {
			agree(t, s)
		}
		if shape := (identifier.Options{Level: identifier.Shape}); identifier.Valid(k, s) && !shape.Valid(k, s) {
			t.Errorf("%v %+q: refused at level Shape only", k, s)
		}
		for _, level := range []identifier.Level{identifier.Strict, identifier.Shape} {
			options := identifier.Options{Level: level}
			id, err := options.Parse(k, s)
			if options.Valid(k, s) != (err == nil) {
				t.Errorf("%v %+q: Valid and Parse disagree at level %d: %v", k, s, level, err)
			}
			if err == nil {
				identifiertest.Laws(t, id)
				continue
			}
			var e *identifier.ParseError
			if !errors.As(err, &e) {
				t.Fatalf("%v %+q: %T", k, s, err)
			}
			if !slices.Contains(identifier.Kinds(), k) {
				continue
			}
			if (e.Input != s) != (k == identifier.Individual && s != "") || e.At < 1 || e.At > utf8.RuneCountInString(s)+1 {
				t.Errorf("%v %+q: position %d of %q", k, s, e.At, e.Input)
			}
			if e.Code() == "identifier" || e.Text(language.French) == e.Text(language.English) || e.Error() == "" {
				t.Errorf("%v %+q: %s: %s", k, s, e.Code(), e)
			}
		}
	})
}

// FuzzParseVAT is for the numbers that are no kind of their own.
func FuzzParseVAT(f *testing.F) {
	for _, s := range slices.Concat(corpus, kindCorpus) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if siren, err := identifier.ParseSIREN(s); err != nil {
			checkError(t, s, err)
		} else if shown, err := identifier.ParseSIREN(siren.Display()); err != nil || shown != siren {
			t.Errorf("%q is displayed as %q, which is read as %v, %v", s, siren.Display(), shown, err)
		}
		v, err := identifier.ParseVAT(s)
		if err != nil {
			checkError(t, s, err)
			return
		}
		if shown, err := identifier.ParseVAT(v.Display()); err != nil || shown != v {
			t.Errorf("%+q is displayed as %q, which is read as %v, %v", s, v.Display(), shown, err)
		}
		id, ok := v.ID()
		if ok != identifier.Valid(identifier.European, s) {
			t.Errorf("%+q: read as a European number %v, as a VAT number %v", s, !ok, v)
		}
		if ok {
			identifiertest.Laws(t, id)
		}
	})
}

func FuzzParseSIRET(f *testing.F) {
	for _, s := range corpus {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		agree(t, s)
		for _, level := range []identifier.Level{identifier.Strict, identifier.Shape} {
			options := identifier.Options{Level: level}
			id, err := options.Parse(identifier.SIRET, s)
			if err != nil {
				checkError(t, s, err)
				continue
			}
			if shown, err := options.Parse(identifier.SIRET, id.Display()); err != nil || shown != id {
				t.Errorf("%q is displayed as %q, which is read as %v, %v", s, id.Display(), shown, err)
			}
			if _, err := id.In(id.Country()); err != nil {
				t.Error(err)
			}
		}
		if siren, err := identifier.ParseSIREN(s); err != nil {
			checkError(t, s, err)
		} else if shown, err := identifier.ParseSIREN(siren.Display()); err != nil || shown != siren {
			t.Errorf("%q is displayed as %q, which is read as %v, %v", s, siren.Display(), shown, err)
		}
	})
}

// checkError checks that an error can be told to a person.
func checkError(t *testing.T, s string, err error) {
	t.Helper()

	var e *identifier.ParseError
	if !errors.As(err, &e) {
		t.Fatalf("%q: %T", s, err)
	}
	if e.Input != s || e.At < 1 || e.At > utf8.RuneCountInString(s)+1 {
		t.Errorf("%q: position %d of %q", s, e.At, e.Input)
	}
	if e.Code() == "identifier" || e.Text(language.French) == e.Text(language.English) || e.Error() == "" {
		t.Errorf("%q: %s: %s", s, e.Code(), e)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range corpus {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var id identifier.ID
		if err := id.UnmarshalText([]byte(s)); err == nil {
			if text, _ := id.MarshalText(); string(text) != s {
				t.Errorf("%q is read as %q", s, text)
			}
		} else if !id.IsZero() {
			t.Errorf("%q is refused and changes the ID: %v", s, err)
		}
		id = identifier.ID{}
		if err := id.UnmarshalJSON([]byte(s)); err != nil && !id.IsZero() {
			t.Errorf("%q is refused and changes the ID: %v", s, err)
		}
	})
}
