package identifier_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
)

func TestA3_EuropeanNumbersOfEveryState(t *testing.T) {
	for _, s := range append(stateSamples, "IE6433435F", "IE8D79739I", "XIGD499", "XIHA500", "XI980780684123", "IE8+79739N"[:0]) {
		if s == "" {
			continue
		}
		id, err := identifier.Parse(identifier.European, s)
		require.NoError(t, err, s)
		assert.Equal(t, s, id.Code())
		country := s[:2]
		switch country {
		case "EL":
			country = "GR"
		case "XI":
			country = "GB"
		}
		assert.Equal(t, country, id.Country(), s)
		assert.Zero(t, testing.AllocsPerRun(10, func() { identifier.Valid(identifier.European, s) }), s)
		assert.Zero(t, testing.AllocsPerRun(10, func() { _, _ = identifier.Parse(identifier.European, s) }), s)
		vat, ok := id.VAT()
		assert.True(t, ok)
		assert.Equal(t, s, vat.String())
		back, ok := vat.ID()
		assert.True(t, ok)
		assert.Equal(t, id, back)
	}
	accepts(t, identifier.European, "", map[string]string{
		"de 136.695.976":    "DE136695976",
		"BE428759497":       "BE0428759497", // as it was written before 2005
		"BE 0428.759.497":   "BE0428759497",
		"ATU 1358 5627":     "ATU13585627",
		"NL 004495445 B 01": "NL004495445B01",
		"ie8d79739i":        "IE8D79739I",
		"ＤＥ"[:0] + "DE１３６６９５９７６": "DE136695976",
	})
}

func TestA3_RefusalsOfEuropeanNumbers(t *testing.T) {
	refuses(t, identifier.European, "A3", []no{
		{"", identifier.ErrEmpty, refusal{"identifier.empty", 1, ""}},
		{" - ", identifier.ErrEmpty, refusal{"identifier.empty", 4, ""}},
		// The country.
		{"D", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"136695976", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"FR44732829320", identifier.ErrCountry, refusal{"identifier.country", 1, "SIRET"}},
		{"FR53000004605", identifier.ErrCountry, refusal{"identifier.country", 1, "SIRET"}},
		{" GR094259216", identifier.ErrCountry, refusal{"identifier.country", 2, "EL"}},
		{"GB980780684", identifier.ErrCountry, refusal{"identifier.country", 1, "XI"}},
		{"CHE107787577", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"EU372022452", identifier.ErrCountry, refusal{"identifier.country", 1, ""}}, // one-stop shop
		{"IM5672050001", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		// The form.
		{"DE", identifier.ErrLength, refusal{"identifier.length", 3, "11"}},
		{"DE13669597", identifier.ErrLength, refusal{"identifier.length", 11, "11"}},
		{"DE1366959760", identifier.ErrLength, refusal{"identifier.length", 12, "11"}},
		{"LT1195115150", identifier.ErrLength, refusal{"identifier.length", 13, "11|14"}},
		{"DE13669597612345678", identifier.ErrLength, refusal{"identifier.length", 12, "11"}},
		{"DE036695976", identifier.ErrCharset, refusal{"identifier.charset", 3, "1-9"}},
		{"DE 13669 597O", identifier.ErrCharset, refusal{"identifier.charset", 13, "0-9"}},
		{"DE136695976\n", identifier.ErrCharset, refusal{"identifier.charset", 12, ""}},
		{"D\tE136695976", identifier.ErrCharset, refusal{"identifier.charset", 2, ""}},
		{"AT13585627", identifier.ErrCharset, refusal{"identifier.charset", 3, "U"}},
		{"BE2428759497", identifier.ErrCharset, refusal{"identifier.charset", 3, "0|1"}},
		{"NL004495445A01", identifier.ErrCharset, refusal{"identifier.charset", 12, "B"}},
		{"EL94259216", identifier.ErrLength, refusal{"identifier.length", 11, "11"}}, // an old form that is not repaired
		{"XIHA12O", identifier.ErrCharset, refusal{"identifier.charset", 7, "0-9"}},
		{"IE6433435F9", identifier.ErrCharset, refusal{"identifier.charset", 11, "A-I|W"}},
		{"IE6433435F99", identifier.ErrLength, refusal{"identifier.length", 11, "10|11"}},
		{"XIGB123", identifier.ErrCharset, refusal{"identifier.charset", 4, "D"}},
		// The key.
		{"DE136695977", identifier.ErrChecksum, refusal{"identifier.checksum", 11, "6"}},
		{"BE 428759498", identifier.ErrChecksum, refusal{"identifier.checksum", 11, "97"}},
		{"BE0428759498", identifier.ErrChecksum, refusal{"identifier.checksum", 11, "97"}},
		{"LU15027443", identifier.ErrChecksum, refusal{"identifier.checksum", 9, "42"}},
		{"CY10259033Q", identifier.ErrChecksum, refusal{"identifier.checksum", 11, "P"}},
		{"ESB64717839", identifier.ErrChecksum, refusal{"identifier.checksum", 11, "8|H"}},
		{"PL0000000010", identifier.ErrChecksum, refusal{"identifier.checksum", 12, "7"}},
		{"BG7523169260", identifier.ErrChecksum, refusal{"identifier.checksum", 12, "3|5|7"}},
		{"SI50223050", identifier.ErrChecksum, refusal{"identifier.checksum", 10, "4"}},
		// A part.
		{"LU00000000", identifier.ErrComponent, refusal{"identifier.component", 3, ""}},
		{"EL000000000", identifier.ErrComponent, refusal{"identifier.component", 3, ""}},
		{"CY12259033P", identifier.ErrComponent, refusal{"identifier.component", 3, ""}},
		{"IT00000001017", identifier.ErrComponent, refusal{"identifier.component", 3, ""}},
		{"NL000000000B01", identifier.ErrComponent, refusal{"identifier.component", 3, ""}},
		{"FR", identifier.ErrCountry, refusal{"identifier.country", 1, "SIRET"}},
		{"IT00743111017", identifier.ErrComponent, refusal{"identifier.component", 10, ""}},
		{"LT119511505", identifier.ErrComponent, refusal{"identifier.component", 10, "1"}},
		{"SE123456789702", identifier.ErrComponent, refusal{"identifier.component", 13, "01"}},
		{"NL004495445B00", identifier.ErrComponent, refusal{"identifier.component", 13, ""}},
		{"CZ7103192746", identifier.ErrChecksum, refusal{"identifier.checksum", 12, "5"}},
		{"CZ7113192745", identifier.ErrComponent, refusal{"identifier.component", 3, ""}}, // month 13
		{"CZ7103322745", identifier.ErrComponent, refusal{"identifier.component", 3, ""}},
		{"CZ791231123", identifier.ErrComponent, refusal{"identifier.component", 3, ""}}, // nine digits, after 1953
		{"XIGD500", identifier.ErrComponent, refusal{"identifier.component", 5, ""}},
		{"RO0123456", identifier.ErrComponent, refusal{"identifier.component", 3, ""}},
	})
	// No digit fits: the fault is elsewhere.
	_, err := identifier.Parse(identifier.European, "DK10020000")
	assert.ErrorIs(t, err, identifier.ErrChecksum)
	assert.Empty(t, refused(t, err).Want)
}

// The second letter of an Irish number is A to I, or W.
func TestA3_IrishNumbersHaveASecondLetterThatIsGivenOut(t *testing.T) {
	for _, s := range []string{"IE2821321AK", "IE1020780VT", "IE9835303OS"} {
		for _, level := range []identifier.Level{identifier.Strict, identifier.Shape} {
			_, err := identifier.Options{Level: level}.Parse(identifier.European, s)
			require.ErrorIs(t, err, identifier.ErrCharset, s)
			assert.Equal(t, refusal{"identifier.charset", 11, "A-I|W"}, refused(t, err), s)
		}
	}
	assert.True(t, identifier.Valid(identifier.European, "IE6433435OA"))
	assert.True(t, identifier.Valid(identifier.European, "IE6433435FW"))
}

func TestA3_WhereTheAlgorithmIsIncompleteTheFormDecides(t *testing.T) {
	for _, s := range []string{
		"LV01017012345", "LV32123456789", // persons, with and without a date
		"CZ531231123", "CZ005131999", "CZ991231123", // born before 1954
		"RO1630615123457", "RO1630615123458", // personal numbers
	} {
		assert.True(t, identifier.Valid(identifier.European, s), s)
	}
}

func TestA3_ShapeLeavesKeysAndPartsOut(t *testing.T) {
	shape := identifier.Options{Level: identifier.Shape}
	for _, s := range []string{"DE136695977", "BE0428759498", "LU00000000", "SE123456789702", "IT00743111017", "CZ7103322745", "SK1152749619"} {
		id, err := shape.Parse(identifier.European, s)
		require.NoError(t, err, s)
		assert.False(t, identifier.Valid(identifier.European, s), s)
		_, ok := id.VAT()
		assert.False(t, ok, "a VATNumber is always valid")
		text, _ := id.MarshalText()
		assert.Equal(t, "UE_HORS_FRANCE/shape:"+s, string(text))
		assert.Error(t, id.Warning())
		identifiertest.Laws(t, id)
	}
	for _, s := range []string{"DE036695976", "DE13669597", "FR44732829320", "XX136695976", "IE6433435X", ""} {
		assert.False(t, shape.Valid(identifier.European, s), s)
	}
}

func TestA3_FrenchVATNumberOfASIREN(t *testing.T) {
	for siren, want := range map[string]string{
		"732829320": "FR44732829320", "404833048": "FR83404833048", "303265045": "FR40303265045",
		"130025265": "FR07130025265", // a key with a leading zero
		"552008443": "FR19552008443", "356000000": "FR39356000000", "391838042": "FR44391838042",
	} {
		s, err := identifier.ParseSIREN(siren)
		require.NoError(t, err)
		assert.Equal(t, want, s.VAT().String())
		read, err := identifier.ParseVAT(want)
		require.NoError(t, err)
		assert.Equal(t, s.VAT(), read)
		back, ok := read.SIREN()
		assert.True(t, ok)
		assert.Equal(t, s, back)
	}
	assert.True(t, identifier.SIREN{}.VAT().IsZero())
	vat, ok := stdnum.VAT()
	assert.True(t, ok)
	assert.Equal(t, "FR44732829320", vat.String(), "SIRET, SIREN, VAT number")
	_, ok = sample.VAT()
	assert.False(t, ok)
	_, ok = identifier.MustParse(identifier.RIDET, "0122531001").VAT()
	assert.False(t, ok)
}

func TestA3_ParseVAT(t *testing.T) {
	for text, want := range map[string]string{
		"FR 44 732 829 320": "FR44732829320",
		"fr44732829320":     "FR44732829320",
		"FRK7399859412":     "FRK7399859412", // keys with letters
		"FR4Z123456782":     "FR4Z123456782",
		"FR0L433754066":     "FR0L433754066",
		"FR53000004605":     "FR53000004605", // Monaco
		"DE136695976":       "DE136695976",
		"EL094259216":       "EL094259216",
		"BE428759497":       "BE0428759497",
	} {
		v, err := identifier.ParseVAT(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, v.String())
		shown, err := identifier.ParseVAT(v.Display())
		require.NoError(t, err, v.Display())
		assert.Equal(t, v, shown)
	}
	for _, c := range []no{
		{"FR84323140391", identifier.ErrChecksum, refusal{"identifier.checksum", 13, "2"}},
		{"FR11356000000", identifier.ErrChecksum, refusal{"identifier.checksum", 3, "39"}},
		{"FR 45 732829320", identifier.ErrChecksum, refusal{"identifier.checksum", 4, "44"}},
		{"FRK8399859412", identifier.ErrChecksum, refusal{"identifier.checksum", 3, "06"}},
		{"FRIO334175221", identifier.ErrCharset, refusal{"identifier.charset", 3, "0-9|A-H|J-N|P-Z"}},
		{"FR12000000000", identifier.ErrComponent, refusal{"identifier.component", 5, ""}},
		{"FR4473282932", identifier.ErrLength, refusal{"identifier.length", 13, "13"}},
		{"732829320", identifier.ErrCountry, refusal{"identifier.country", 1, ""}},
		{"GB980780684", identifier.ErrCountry, refusal{"identifier.country", 1, "XI"}},
		{"", identifier.ErrEmpty, refusal{"identifier.empty", 1, ""}},
	} {
		v, err := identifier.ParseVAT(c.text)
		require.ErrorIs(t, err, c.is, c.text)
		assert.Equal(t, c.want, refused(t, err), c.text)
		assert.True(t, v.IsZero())
		var e *identifier.ParseError
		require.ErrorAs(t, err, &e)
		assert.Zero(t, e.Kind)
		assert.Equal(t, "A3", e.Rule)
	}
}

func TestA3_VATNumbersOfMonaco(t *testing.T) {
	v, err := identifier.ParseVAT("FR53000004605")
	require.NoError(t, err)
	assert.True(t, v.Monaco())
	assert.Equal(t, "MC", v.Country())
	assert.Equal(t, "FR", v.Prefix())
	_, ok := v.SIREN()
	assert.False(t, ok)
	_, ok = v.ID()
	assert.False(t, ok)
}

func TestA3_VATNumbersAreValues(t *testing.T) {
	var zero identifier.VATNumber
	assert.Empty(t, zero.String()+zero.Display()+zero.Prefix()+zero.Country())
	_, ok := zero.ID()
	assert.False(t, ok)
	rapid.Check(t, func(t *rapid.T) {
		v := identifiertest.VAT(source{t})
		text, err := v.MarshalText()
		require.NoError(t, err)
		var back identifier.VATNumber
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, v, back)
		assert.Zero(t, v.Compare(back))
		assert.Positive(t, v.Compare(zero))
		shown, err := identifier.ParseVAT(v.Display())
		require.NoError(t, err)
		assert.Equal(t, v, shown)
		assert.Contains(t, identifier.Countries(), v.Country())
		id, ok := v.ID()
		assert.Equal(t, v.Prefix() != "FR", ok)
		if ok {
			assert.Equal(t, v.Country(), id.Country())
		}
	})
	assert.ErrorIs(t, zero.UnmarshalText([]byte("FR 44732829320")), identifier.ErrEncoding)
	assert.ErrorIs(t, zero.UnmarshalText([]byte("FR45732829320")), identifier.ErrChecksum)
	require.NoError(t, zero.UnmarshalText(nil))
}

// Putting what was expected where the error points makes the number valid.
func TestA3_TheExpectedKeyFits(t *testing.T) {
	mended := 0
	rapid.Check(t, func(t *rapid.T) {
		number := []byte(identifiertest.VAT(source{t}).String())
		i := 2 + source{t}.IntN(len(number)-2)
		if number[i] < '0' || number[i] > '9' {
			return
		}
		number[i] = '0' + byte(source{t}.IntN(10))
		_, err := identifier.ParseVAT(string(number))
		var e *identifier.ParseError
		if !errors.As(err, &e) || !errors.Is(err, identifier.ErrChecksum) {
			return
		}
		for want := range strings.SplitSeq(e.Want, "|") {
			if want == "" {
				continue
			}
			text := string(number[:e.At-1]) + want + string(number[e.At-1+len(want):])
			if _, err := identifier.ParseVAT(text); err != nil {
				var next *identifier.ParseError
				if errors.As(err, &next) && next.At == 3 && strings.HasPrefix(text, "FR") {
					continue // the SIREN is right now, and the key in front no longer is
				}
				t.Fatalf("%s asks for %s at %d, and %s is refused: %v", number, e.Want, e.At, text, err)
			}
			mended++
		}
	})
	assert.Positive(t, mended)
}

// The numeric key and those with letters, counted: a company has one numeric
// key, and about a hundred others would pass.
func TestA3_KeysWithLettersCannotBeDerived(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits, letters := 0, 0
	for _, a := range alphabet {
		for _, b := range alphabet {
			if _, err := identifier.ParseVAT("FR" + string(a) + string(b) + "732829320"); err == nil {
				if a <= '9' && b <= '9' {
					digits++
				} else {
					letters++
				}
			}
		}
	}
	assert.Equal(t, 1, digits)
	assert.Equal(t, 96, letters)
}

func TestA2_NIC(t *testing.T) {
	nic, ok := stdnum.NIC()
	require.True(t, ok)
	assert.Equal(t, "00074", nic.String())
	read, err := identifier.ParseNIC(" 000 74 ")
	require.NoError(t, err)
	assert.Equal(t, nic, read)
	siren, _ := stdnum.SIREN()
	id, err := siren.SIRET(nic)
	require.NoError(t, err)
	assert.Equal(t, stdnum, id)

	other, err := identifier.ParseSIREN("404833048")
	require.NoError(t, err)
	_, err = other.SIRET(nic)
	assert.ErrorIs(t, err, identifier.ErrChecksum, "the key of a NIC is that of one company")
	_, err = identifier.SIREN{}.SIRET(nic)
	assert.ErrorIs(t, err, identifier.ErrLength)
	_, ok = identifier.ID{}.NIC()
	assert.False(t, ok)
	assert.True(t, identifier.NIC{}.IsZero())
	for text, want := range map[string]error{"": identifier.ErrEmpty, "0007": identifier.ErrLength, "000745": identifier.ErrLength, "0007O": identifier.ErrCharset} {
		_, err := identifier.ParseNIC(text)
		assert.ErrorIs(t, err, want, text)
	}
}
