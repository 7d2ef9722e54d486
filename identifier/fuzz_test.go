package identifier_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
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
