package identifier_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
)

var (
	stdnum = identifier.MustParse(identifier.SIRET, "73282932000074")
	sample = mustShape("99999999999999")
)

func mustShape(s string) identifier.ID {
	id, err := identifier.Options{Level: identifier.Shape}.Parse(identifier.SIRET, s)
	if err != nil {
		panic(err)
	}
	return id
}

// any ID that can be made: mostly valid ones, sometimes of level Shape.
func anyID(src identifiertest.Source) identifier.ID {
	if src.IntN(2) == 1 {
		return identifiertest.ID(src)
	}
	if src.IntN(4) == 3 {
		return mustShape(fmt.Sprintf("%07d%07d", src.IntN(10_000_000), 1+src.IntN(9_999_999)))
	}
	return identifiertest.SIRET(src)
}

func TestA10_ZeroIDIsNoIdentifier(t *testing.T) {
	var id identifier.ID
	assert.True(t, id.IsZero())
	assert.Zero(t, id.Kind())
	assert.Empty(t, id.Code())
	assert.Empty(t, id.Display())
	assert.Empty(t, id.Country())
	assert.Empty(t, id.String())
	assert.False(t, stdnum.IsZero())
	_, err := id.In("FR")
	assert.ErrorIs(t, err, identifier.ErrKind)
}

func TestA10_EqualityIsOfCountryKindAndCode(t *testing.T) {
	same := identifier.MustParse(identifier.SIRET, "732 829 320 00074")
	assert.Equal(t, stdnum, same, "a spelling is not part of an ID")
	byID := map[identifier.ID]int{stdnum: 1}
	byID[same]++
	assert.Equal(t, map[identifier.ID]int{stdnum: 2}, byID)
}

func TestA10_OrderIsTotalAndAgreesWithEquality(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := []identifier.ID{anyID(source{t}), anyID(source{t}), anyID(source{t}), {}}
		for _, a := range ids {
			for _, b := range ids {
				assert.Equal(t, a == b, a.Compare(b) == 0)
				assert.Equal(t, a.Compare(b), -b.Compare(a))
			}
		}
		slices.SortFunc(ids, identifier.ID.Compare)
		assert.True(t, ids[0].IsZero())
		assert.True(t, slices.IsSortedFunc(ids, identifier.ID.Compare))
	})
}

func TestA10_CountryOfASIRETMustAgree(t *testing.T) {
	id, err := stdnum.In("FR")
	require.NoError(t, err)
	assert.Equal(t, stdnum, id)
	for _, country := range []string{"", "fr", "DE", "FRA", "RE", "MC"} {
		_, err := stdnum.In(country)
		require.ErrorIs(t, err, identifier.ErrCountry, country)
		assert.Equal(t, refusal{"identifier.country", 1, "FR"}, refused(t, err))
	}
}

func TestA10_MustParsePanicsWithTheError(t *testing.T) {
	defer func() {
		err, ok := recover().(error)
		require.True(t, ok)
		assert.ErrorIs(t, err, identifier.ErrChecksum)
	}()
	identifier.MustParse(identifier.SIRET, "73282932000075")
}

func TestA9_DisplayIsReadBack(t *testing.T) {
	assert.Equal(t, "732 829 320 00074", stdnum.Display())
	rapid.Check(t, func(t *rapid.T) {
		id := identifiertest.SIRET(source{t})
		read, err := identifier.Parse(id.Kind(), id.Display())
		require.NoError(t, err)
		assert.Equal(t, id, read)
	})
}

func TestA10_EncodingsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := anyID(source{t})

		text, err := id.MarshalText()
		require.NoError(t, err)
		var fromText identifier.ID
		require.NoError(t, fromText.UnmarshalText(text))
		assert.Equal(t, id, fromText)

		encoded, err := json.Marshal(id)
		require.NoError(t, err)
		var fromJSON identifier.ID
		require.NoError(t, json.Unmarshal(encoded, &fromJSON))
		assert.Equal(t, id, fromJSON)

		value, err := id.Value()
		require.NoError(t, err)
		var scanned identifier.ID
		require.NoError(t, scanned.Scan(value))
		assert.Equal(t, id, scanned)
		require.NoError(t, scanned.Scan(text)) // drivers also give bytes
		assert.Equal(t, id, scanned)
	})
}

func TestA10_EncodedForms(t *testing.T) {
	for id, want := range map[identifier.ID]string{
		stdnum: "SIRET:73282932000074",
		sample: "SIRET/shape:99999999999999",
		{}:     "",
	} {
		text, err := id.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
		encoded, err := json.Marshal(id)
		require.NoError(t, err)
		assert.Equal(t, `"`+want+`"`, string(encoded))
		assert.Equal(t, want, id.LogValue().String())
	}
	asKey, err := json.Marshal(map[identifier.ID]bool{stdnum: true})
	require.NoError(t, err)
	assert.JSONEq(t, `{"SIRET:73282932000074":true}`, string(asKey))

	value, err := identifier.ID{}.Value()
	require.NoError(t, err)
	assert.Nil(t, value)
	kept := stdnum
	require.NoError(t, kept.Scan(nil))
	assert.True(t, kept.IsZero())
}

func TestA10_DecodingIsStrictAboutTheForm(t *testing.T) {
	for text, want := range map[string]error{
		"73282932000074":          identifier.ErrEncoding,
		"SIRET":                   identifier.ErrEncoding,
		"SIRET:732 829 320 00074": identifier.ErrEncoding,
		"SIRET:７３２８２９３２００００７４":       identifier.ErrEncoding,
		"SIRET/shape:73282932000074": identifier.ErrEncoding, // one text for one ID
		"SIRET:FR:73282932000074":    identifier.ErrCharset,
		"SIRET:":                     identifier.ErrEmpty,
		"SIRET:73282932000075":       identifier.ErrChecksum,
		"SIRET:99999999999999":       identifier.ErrChecksum,
		"SIRET:732829320":            identifier.ErrLength,
		"SIRET/shape:732829320":      identifier.ErrLength,
		"siret:73282932000074":       identifier.ErrEncoding,
		"SIREN:732829320":            identifier.ErrKind,
		" SIRET:73282932000074":      identifier.ErrEncoding,
		"SIRET:73282932000074\n":     identifier.ErrCharset,
		"RIDET:122531001":            identifier.ErrEncoding, // one text for one ID
		"RIDET/shape:0122531001":     identifier.ErrEncoding,
		"PARTICULIER:FR:Durand":      identifier.ErrEncoding,
		"PARTICULIER:XX:DURAND":      identifier.ErrCountry,
		"PARTICULIER:FR:DU":          identifier.ErrLength,
		"UE_HORS_FRANCE:GR094259216": identifier.ErrCountry,
		"HORS_UE:US MICROSOFT":       identifier.ErrEncoding,
		"PARTICULIER:***":            identifier.ErrEncoding,
		"AUTRE:X":                    identifier.ErrEncoding,
	} {
		id := stdnum
		assert.ErrorIs(t, id.UnmarshalText([]byte(text)), want, "%q", text)
		assert.Equal(t, stdnum, id, "unchanged after an error")
		var e *identifier.ParseError
		assert.ErrorAs(t, id.Scan(text), &e, "%q", text)
	}
}

func TestA10_DecodingNeverRepeatsWhatMayBeAPersonsCode(t *testing.T) {
	const person = "1980193161FERDINANDHELOISE1"
	for _, text := range []string{
		person,
		"PARTICULIER:" + person,
		"PARTICULIER:fr:" + person,
		"PARTICULIER:FR:" + person + "\n",
		"PARTICULIER/shape:FR:" + person,
		"PARTICULER:FR:" + person, // the literal is misspelt
		person + ":PARTICULIER",
	} {
		var id identifier.ID
		err := id.UnmarshalText([]byte(text))
		require.Error(t, err, text)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), "FERDINAND", text)
	}
}

func TestA10_JSONNumberIsASIRET(t *testing.T) {
	for number, want := range map[string]string{
		"73282932000074":   "73282932000074",
		"5781313100026":    "05781313100026", // the leading zero was lost
		" 73282932000074 ": "73282932000074", //nolint:gocritic // JSON allows space around a number
	} {
		var id identifier.ID
		require.NoError(t, id.UnmarshalJSON([]byte(number)), number)
		assert.Equal(t, want, id.Code())
	}
	for input, want := range map[string]error{
		"99999999999999":     identifier.ErrChecksum,
		"732829320":          identifier.ErrLength, // a SIREN
		"1236165002":         identifier.ErrLength, // ten digits: rather a RIDET
		"732829320000740":    identifier.ErrLength,
		"0":                  identifier.ErrLength,
		"-73282932000074":    identifier.ErrCharset,
		"7328293200007.4":    identifier.ErrCharset,
		"7.3282932000074e13": identifier.ErrCharset,
		"true":               identifier.ErrEncoding,
		"{}":                 identifier.ErrEncoding,
		"[1]":                identifier.ErrEncoding,
		"":                   identifier.ErrEncoding,
		`"`:                  identifier.ErrEncoding,
		`"73282932000074"`:   identifier.ErrEncoding,
	} {
		id := stdnum
		assert.ErrorIs(t, id.UnmarshalJSON([]byte(input)), want, "%q", input)
		assert.Equal(t, stdnum, id)
	}
	kept := stdnum
	require.NoError(t, json.Unmarshal([]byte("null"), &kept))
	assert.Equal(t, stdnum, kept)
	require.NoError(t, json.Unmarshal([]byte(`""`), &kept))
	assert.True(t, kept.IsZero())
}

func TestA10_ScanRefusesOtherTypes(t *testing.T) {
	var id identifier.ID
	err := id.Scan(int64(73282932000074))
	assert.ErrorIs(t, err, identifier.ErrEncoding)
	assert.ErrorContains(t, err, "int64")
}

func TestA9_FormatVerbs(t *testing.T) {
	for format, want := range map[string]string{
		"%v":    "SIRET:73282932000074",
		"%s":    "SIRET:73282932000074",
		"%+v":   "SIRET:73282932000074",
		"% v":   "732 829 320 00074",
		"% s":   "732 829 320 00074",
		"%q":    `"SIRET:73282932000074"`,
		"% q":   `"732 829 320 00074"`,
		"%#v":   "identifier.ID{SIRET:73282932000074}",
		"% 20s": "   732 829 320 00074",
		"%-22v": "SIRET:73282932000074  ",
		"%d":    "%!d(identifier.ID=SIRET:73282932000074)",
	} {
		assert.Equal(t, want, fmt.Sprintf(format, stdnum), format)
	}
}
