package identifier_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/identifier"
)

// accepts checks that each text is read, at both levels, as the code beside it.
func accepts(t *testing.T, k identifier.Kind, country string, codes map[string]string) {
	t.Helper()
	for text, code := range codes {
		for _, level := range []identifier.Level{identifier.Strict, identifier.Shape} {
			options := identifier.Options{Level: level}
			id, err := options.Parse(k, text)
			require.NoError(t, err, "%q", text)
			assert.Equal(t, code, id.Code(), "%q", text)
			assert.Equal(t, k, id.Kind())
			if country != "" {
				assert.Equal(t, country, id.Country(), "%q", text)
			}
			assert.Zero(t, testing.AllocsPerRun(10, func() {
				if !options.Valid(k, text) {
					t.Errorf("%q is not valid", text)
				}
			}), "%q", text)
		}
	}
}

// A no is a text that is refused, and how.
type no struct {
	text string
	is   error
	want refusal
}

// refuses checks the refusals at level Strict, and that they cost nothing.
func refuses(t *testing.T, k identifier.Kind, rule string, all []no) {
	t.Helper()
	for _, c := range all {
		_, err := identifier.Parse(k, c.text)
		require.ErrorIs(t, err, c.is, "%q", c.text)
		assert.Equal(t, c.want, refused(t, err), "%q", c.text)
		var e *identifier.ParseError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, k, e.Kind)
		assert.Equal(t, rule, e.Rule)
		if k == identifier.Individual {
			assert.Empty(t, e.Input)
		} else {
			assert.Equal(t, c.text, e.Input)
		}
		assert.Zero(t, testing.AllocsPerRun(10, func() {
			if identifier.Valid(k, c.text) {
				t.Errorf("%q is valid", c.text)
			}
		}), "%q", c.text)
	}
}

func TestA5_RIDET(t *testing.T) {
	accepts(t, identifier.RIDET, "NC", map[string]string{
		"0 122 531 001": "0122531001", // a department of the government of New Caledonia
		"122 531 001":   "0122531001",
		"122531001":     "0122531001",
		"0699 090.001":  "0699090001",
		"1 236 165.002": "1236165002",
		"1470261-001":   "1470261001", // its RID follows no Luhn key: there is none
		"１２３６１６５００２":    "1236165002",
		"0000000000":    "0000000000", // no rule speaks of zeros
	})
	refuses(t, identifier.RIDET, "A5", []no{
		{"", identifier.ErrEmpty, refusal{"identifier.empty", 1, "10"}},
		{"1411016", identifier.ErrLength, refusal{"identifier.length", 8, "10"}},
		{"1 411 016", identifier.ErrLength, refusal{"identifier.length", 10, "10"}},
		{"14110160", identifier.ErrLength, refusal{"identifier.length", 9, "10"}},
		{"12361650020", identifier.ErrLength, refusal{"identifier.length", 11, "10"}},
		{"R1236165", identifier.ErrCharset, refusal{"identifier.charset", 1, "0-9"}},
		{"1236165,002", identifier.ErrCharset, refusal{"identifier.charset", 8, "0-9"}},
	})
	assert.Equal(t, "0 122 531.001", identifier.MustParse(identifier.RIDET, "122531001").Display())
}

func TestA6_Tahiti(t *testing.T) {
	accepts(t, identifier.Tahiti, "PF", map[string]string{
		"075390001":   "075390001", // a bank
		"075390031":   "075390031",
		"003970-001":  "003970001",
		"F95709 001":  "F95709001",
		"g28823-002":  "G28823002",
		"D12345.001":  "D12345001",
		"０７５３９０ ００１ ": "075390001",
	})
	refuses(t, identifier.Tahiti, "A6", []no{
		{"", identifier.ErrEmpty, refusal{"identifier.empty", 1, "9"}},
		{"075390", identifier.ErrLength, refusal{"identifier.length", 7, "9"}},
		{"F95709", identifier.ErrLength, refusal{"identifier.length", 7, "9"}},
		{"111111", identifier.ErrLength, refusal{"identifier.length", 7, "9"}},
		{"07539000", identifier.ErrLength, refusal{"identifier.length", 9, "9"}},
		{"0753900011", identifier.ErrLength, refusal{"identifier.length", 10, "9"}},
		{"0A5390001", identifier.ErrCharset, refusal{"identifier.charset", 2, "0-9"}},
		{"075390-O01", identifier.ErrCharset, refusal{"identifier.charset", 8, "0-9"}},
		{"É75390001", identifier.ErrCharset, refusal{"identifier.charset", 1, "0-9|A-Z"}},
		{"+75390001", identifier.ErrCharset, refusal{"identifier.charset", 1, "0-9|A-Z"}},
	})
	assert.Equal(t, "F95709-001", identifier.MustParse(identifier.Tahiti, "f95709001").Display())
}

func TestA4_NonEU(t *testing.T) {
	accepts(t, identifier.NonEU, "", map[string]string{
		"USMICROSOFT CORPOR":  "USMICROSOFT CORPOR",
		"us microsoft corpor": "USMICROSOFT CORPOR",
		"CHABB LTD":           "CHABB LTD",
		" CHABB \u00a0 LTD ":  "CHABB LTD",
		"CHNestlé":            "CHNESTLE",
		"FRWFABC":             "FRWFABC",
		"FRWF ABCDEFGHIJKLMN": "FRWFABCDEFGHIJKLMN",
		"WFABCDEFGHIJKLMNOP":  "WFABCDEFGHIJKLMNOP",
		"JP東京電力":              "JP東京電力", //nolint:gosmopolitan // names are in all scripts
		"GBX":                 "GBX",
		"MCX":                 "MCX",
		"USANN’S “CAFÉ” – C":  `USANN'S "CAFE" - C`,
	})
	for text, country := range map[string]string{"FRWFABC": "WF", "WFABC": "WF", "USA": "US", "GBA": "GB"} {
		assert.Equal(t, country, identifier.MustParse(identifier.NonEU, text).Country())
	}
	refuses(t, identifier.NonEU, "A4", []no{
		{"", identifier.ErrEmpty, refusal{"identifier.empty", 1, ""}},
		{"U", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"US", identifier.ErrLength, refusal{"identifier.length", 3, ""}},
		{"FRWF", identifier.ErrLength, refusal{"identifier.length", 5, ""}},
		{"USMICROSOFT CORPORA", identifier.ErrLength, refusal{"identifier.length", 19, "18"}},
		{"FRMICROSOFT", identifier.ErrCountry, refusal{"identifier.country", 1, "SIRET"}},
		{"FRMICROSOFT CORPORATION FRANCE", identifier.ErrCountry, refusal{"identifier.country", 1, "SIRET"}},
		{"FR WFABC", identifier.ErrCountry, refusal{"identifier.country", 1, "SIRET"}},
		{"REMICROSOFT", identifier.ErrCountry, refusal{"identifier.country", 1, "SIRET"}},
		{"NCSOCIETE", identifier.ErrCountry, refusal{"identifier.country", 1, "RIDET"}},
		{"PFSOCIETE", identifier.ErrCountry, refusal{"identifier.country", 1, "TAHITI"}},
		{"DESIEMENS", identifier.ErrCountry, refusal{"identifier.country", 1, "UE_HORS_FRANCE"}},
		{"GRETAIREIA", identifier.ErrCountry, refusal{"identifier.country", 1, "UE_HORS_FRANCE"}},
		{"ELETAIREIA", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"XISOCIETY", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"DDKOMBINAT", identifier.ErrCountry, refusal{"identifier.country", 1, ""}}, // withdrawn
		{"SUKOMBINAT", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"UKSOCIETY", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"12SOCIETY", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"USA\tB", identifier.ErrCharset, refusal{"identifier.charset", 4, ""}},
		{"USA\u200bB", identifier.ErrCharset, refusal{"identifier.charset", 4, ""}},
		{"USA\xff", identifier.ErrCharset, refusal{"identifier.charset", 4, ""}},
		{"USA\xef\x41", identifier.ErrCharset, refusal{"identifier.charset", 4, ""}},
	})
	assert.Equal(t, "US MICROSOFT CORPOR", identifier.MustParse(identifier.NonEU, "USMICROSOFT CORPOR").Display())
	assert.Equal(t, "FRWF ABC", identifier.MustParse(identifier.NonEU, "FRWFABC").Display())
}

func TestA4_NonEUFromCountryAndName(t *testing.T) {
	for _, c := range []struct{ country, name, want string }{
		{"US", "MICROSOFT CORPORATION", "USMICROSOFT CORPOR"},
		{"US", "Microsoft Corporation", "USMICROSOFT CORPOR"},
		{"CH", "ABB Ltd", "CHABB LTD"},
		{"CH", "  Société   Générale\u00a0SA ", "CHSOCIETE GENERALE"},
		{"GB", "Abcdefghij klmno pq", "GBABCDEFGHIJ KLMNO"}, // cut at a space
		{"IS", "Þórður & Æsir ehf.", "ISTHORDUR & AESIR"},
		{"WF", "Établissements du Pacifique", "WFETABLISSEMENTS D"},
		{"FRWF", "Établissements du Pacifique", "FRWFETABLISSEMENTS"},
		{"CH", "Straße “A” — B…", `CHSTRASSE "A" - B.`},
		{"JP", "株式会社", "JP株式会社"}, //nolint:gosmopolitan // names are in all scripts
		{"US", "e\u0301", "USE"},
	} {
		id, err := identifier.NewNonEU(c.country, c.name)
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, id.Code())
		again, err := identifier.Parse(identifier.NonEU, id.Code())
		require.NoError(t, err, "the code is a code")
		assert.Equal(t, id, again)
	}
	for _, c := range []struct {
		country, name string
		is            error
		input         string
	}{
		{"FR", "X", identifier.ErrCountry, "FR"},
		{"DE", "X", identifier.ErrCountry, "DE"},
		{"usa", "X", identifier.ErrCountry, "usa"},
		{"SU", "X", identifier.ErrCountry, "SU"},
		{"", "X", identifier.ErrCountry, ""},
		{"US", "", identifier.ErrEmpty, ""},
		{"US", " \u0301 ", identifier.ErrEmpty, " \u0301 "},
		{"US", "a\nb", identifier.ErrCharset, "a\nb"},
	} {
		_, err := identifier.NewNonEU(c.country, c.name)
		require.ErrorIs(t, err, c.is, "%q %q", c.country, c.name)
		var e *identifier.ParseError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, c.input, e.Input)
		assert.Equal(t, identifier.NonEU, e.Kind)
	}
}

func TestA7_Individual(t *testing.T) {
	accepts(t, identifier.Individual, "FR", map[string]string{
		"1980193161FERDINANDHELOISE1": "1980193161FERDINANDHELOISE1",
		"1980193161FerdinandHéloïse1": "1980193161FERDINANDHELOISE1",
		"１９80193161FERDINANDHELOISE1": "1980193161FERDINANDHELOISE1",
		" abc ":                       "ABC",
		"A B\u00a0 C":                 "A B  C", // opaque: inner spaces stay
		string(make80('x')):           string(make80('X')),
	})
	refuses(t, identifier.Individual, "A7", []no{
		{"", identifier.ErrEmpty, refusal{"identifier.empty", 1, ""}},
		{"AB", identifier.ErrLength, refusal{"identifier.length", 3, "3"}},
		{string(make80('X')) + "Y", identifier.ErrLength, refusal{"identifier.length", 81, "80"}},
		{"AB\nC", identifier.ErrCharset, refusal{"identifier.charset", 3, ""}},
		{"AB\u202eC", identifier.ErrCharset, refusal{"identifier.charset", 3, ""}},
	})
}

func make80(c byte) []byte {
	b := make([]byte, 80)
	for i := range b {
		b[i] = c
	}
	return b
}

func TestA7_UnusualCodesOfIndividualsAreWarnedAbout(t *testing.T) {
	for code, usual := range map[string]bool{
		"1980193161FERDINANDHELOISE1":  true, // the sample of the user guide
		"2990220123O'BRIEN-SMITH ANNA": true,
		"299022A123X1":                 true, // Corsica
		"299022B123東京12":               true, //nolint:gosmopolitan // names are in all scripts
		"2990220123":                   false,
		"29902201231":                  false,
		"5990220123X1":                 false,
		"299022C123X1":                 false,
		"29902A0123X1":                 false,
		"2990220123X1Y":                false,
		"2990220123X,1":                false,
		"ABC":                          false,
		"X990220123X1":                 false,
	} {
		warning := identifier.MustParse(identifier.Individual, code).Warning()
		if usual {
			assert.NoError(t, warning, code)
			continue
		}
		require.ErrorIs(t, warning, identifier.ErrUnusual, code)
		assert.NotContains(t, warning.Error(), code)
		assertTexts(t, warning,
			"ce code de particulier n'a pas la forme habituelle (10 premiers caractères du numéro de sécurité sociale, nom, prénom, rang) : vérifiez-le",
			"this code of a private individual does not have the usual form (first 10 characters of the social security number, surname, first name, rank): check it")
	}
	assert.NoError(t, stdnum.Warning())
	assert.ErrorIs(t, sample.Warning(), identifier.ErrChecksum, "what level Strict would say")
	assert.NoError(t, identifier.ID{}.Warning())
}

func TestA8_Registering(t *testing.T) {
	accepts(t, identifier.Registering, "FR", map[string]string{
		"TMP:1":              "TMP:1",
		"é":                  "E",
		"EC0123456789ABCDEF": "EC0123456789ABCDEF",
	})
	refuses(t, identifier.Registering, "A8", []no{
		{" ", identifier.ErrEmpty, refusal{"identifier.empty", 2, ""}},
		{string(make80('X')) + "Y", identifier.ErrLength, refusal{"identifier.length", 81, "80"}},
		{"A\x00", identifier.ErrCharset, refusal{"identifier.charset", 2, ""}},
	})
}

func TestA8_GeneratedCodesHoldTheirBytes(t *testing.T) {
	seen := map[identifier.ID][10]byte{}
	for i := range 10 {
		for b := range 256 {
			var random [10]byte
			random[i] = byte(b)
			id := identifier.NewRegistering(random)
			assert.Len(t, id.Code(), 18)
			assert.Equal(t, "FR", id.Country())
			assert.Equal(t, id, identifier.MustParse(identifier.Registering, id.Code()))
			if other, ok := seen[id]; ok && other != random {
				t.Fatalf("%v and %v give %s", random, other, id)
			}
			seen[id] = random
		}
	}
	assert.Equal(t, "EC0000000000000000", identifier.NewRegistering([10]byte{}).Code())
	assert.Equal(t, "ECZZZZZZZZZZZZZZZZ", identifier.NewRegistering([10]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255}).Code())
}

func TestA1_UnknownKindsAreRefused(t *testing.T) {
	for _, k := range []identifier.Kind{0, 8, 255} {
		for _, options := range []identifier.Options{{}, {Level: identifier.Shape}} {
			id, err := options.Parse(k, "73282932000074")
			require.ErrorIs(t, err, identifier.ErrKind)
			assert.True(t, id.IsZero())
			assert.False(t, options.Valid(k, "73282932000074"))
		}
	}
}

func TestA9_TheCountryOfANameIsRaised(t *testing.T) {
	for country, want := range map[string]string{"us": "USX", "Us": "USX", "frwf": "FRWFX", "wf": "WFX"} {
		id, err := identifier.NewNonEU(country, "X")
		require.NoError(t, err, country)
		assert.Equal(t, want, id.Code())
	}
	for _, country := range []string{"ﬀ", "ıt", "ſe", "de", "fr", " us"} {
		_, err := identifier.NewNonEU(country, "X")
		require.ErrorIs(t, err, identifier.ErrCountry, country)
	}
}
