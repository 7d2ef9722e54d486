package identifier_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
)

// Real numbers, public in the Sirene register or in the named documentation.
var validSIRETs = []string{
	"11000201100044",                                                       // a state buyer
	"13002526500013",                                                       // DINUM
	"11002001300097",                                                       // a public body
	"21750001600019",                                                       // city of Paris
	"22060001900016",                                                       // département of Alpes-Maritimes
	"73282932000074",                                                       // the example of python-stdnum
	"78430177200025",                                                       // the example of the ISO 6523 register
	"70204275500240",                                                       // the example of AFNOR XP Z12-013
	"05781313100026",                                                       // leading zero
	"18007003900110", "20003001300011", "21010053300012", "27770004300015", // public bodies
	"82161143100031", "41816609600051", "78913349300013",
	"55208131766522", "38012986646850", "54205118000066", "55203253400646", // large companies
}

func TestA2_SIRETsWithBothKeysAreValid(t *testing.T) {
	for _, s := range validSIRETs {
		id, err := identifier.Parse(identifier.SIRET, s)
		require.NoError(t, err, s)
		assert.Equal(t, s, id.Code())
		assert.Equal(t, identifier.SIRET, id.Kind())
		assert.Equal(t, "FR", id.Country())
		assert.True(t, identifier.Valid(identifier.SIRET, s), s)
	}
}

func TestA2_LaPosteHeadOfficeByLuhn(t *testing.T) {
	assert.True(t, identifier.Valid(identifier.SIRET, "35600000000048")) // its digits add up to 26
}

func TestA2_LaPosteOthersByDigitSum(t *testing.T) {
	for _, s := range []string{
		"35600000009075", "35600000049837", "35600000041461", "35600000018723", // fail Luhn
		"35600000000006", // passes both
	} {
		assert.True(t, identifier.Valid(identifier.SIRET, s), s)
	}
	for _, s := range []string{
		"35600000049838", "35600000041462", // neither
		"35600000000014", // passes Luhn, but only the head office may rest on that
	} {
		_, err := identifier.Parse(identifier.SIRET, s)
		assert.ErrorIs(t, err, identifier.ErrChecksum, s)
	}
}

// refusal is what a ParseError says, but for its texts.
type refusal struct {
	Code string
	At   int
	Want string
}

func refused(t *testing.T, err error) refusal {
	t.Helper()
	var e *identifier.ParseError
	require.ErrorAs(t, err, &e)
	return refusal{e.Code(), e.At, e.Want}
}

func TestA2_Refusals(t *testing.T) {
	for _, c := range []struct {
		input string
		is    error
		want  refusal
	}{
		{"82161143100039", identifier.ErrChecksum, refusal{"identifier.checksum", 14, "1"}},
		{"41816609600052", identifier.ErrChecksum, refusal{"identifier.checksum", 14, "1"}},
		{"79237773100022", identifier.ErrChecksum, refusal{"identifier.checksum", 14, "3"}},
		{"12345678901234", identifier.ErrChecksum, refusal{"identifier.checksum", 9, "2"}},
		// The whole passes Luhn, the SIREN does not.
		{"96587451235874", identifier.ErrChecksum, refusal{"identifier.checksum", 9, "4"}},
		{"99999999999999", identifier.ErrChecksum, refusal{"identifier.checksum", 9, "8"}},
		{"965 874 512 35874", identifier.ErrChecksum, refusal{"identifier.checksum", 11, "4"}},
		// La Poste: two digits fit, or three beside the head office.
		{"35600000049838", identifier.ErrChecksum, refusal{"identifier.checksum", 14, "2|7"}},
		{"35600000000014", identifier.ErrChecksum, refusal{"identifier.checksum", 14, "0|5"}},
		{"35600000000041", identifier.ErrChecksum, refusal{"identifier.checksum", 14, "2|7|8"}},
		// Zeros.
		{"00000000033834", identifier.ErrComponent, refusal{"identifier.component", 1, ""}},
		{"00000000000000", identifier.ErrComponent, refusal{"identifier.component", 1, ""}},
		{"00000000112345", identifier.ErrComponent, refusal{"identifier.component", 1, ""}},
		// Length.
		{"", identifier.ErrEmpty, refusal{"identifier.empty", 1, "14"}},
		{"  ", identifier.ErrEmpty, refusal{"identifier.empty", 3, "14"}},
		{"732829320", identifier.ErrLength, refusal{"identifier.length", 10, "14"}},
		{"7328293200007", identifier.ErrLength, refusal{"identifier.length", 14, "14"}},
		{"732 829 320 0007 ", identifier.ErrLength, refusal{"identifier.length", 18, "14"}},
		{"732829320000744", identifier.ErrLength, refusal{"identifier.length", 15, "14"}},
		{"732 829 320 00074 4", identifier.ErrLength, refusal{"identifier.length", 19, "14"}},
		// Characters.
		{"MONACOCONFO001", identifier.ErrCharset, refusal{"identifier.charset", 1, "0-9"}},
		{"7328293200O074", identifier.ErrCharset, refusal{"identifier.charset", 11, "0-9"}},
		{"732\u202f829\u202f32O 00074", identifier.ErrCharset, refusal{"identifier.charset", 11, "0-9"}},
		{"73282932000074\n", identifier.ErrCharset, refusal{"identifier.charset", 15, "0-9"}},
		{"73282932\x00000074", identifier.ErrCharset, refusal{"identifier.charset", 9, "0-9"}},
		{"73282932\xff00074", identifier.ErrCharset, refusal{"identifier.charset", 9, "0-9"}},
		{"\u200b73282932000074", identifier.ErrCharset, refusal{"identifier.charset", 1, "0-9"}},
		{"732–829–320–00074", identifier.ErrCharset, refusal{"identifier.charset", 4, "0-9"}}, // en dashes
	} {
		_, err := identifier.Parse(identifier.SIRET, c.input)
		require.ErrorIs(t, err, c.is, "%q", c.input)
		if diff := cmp.Diff(c.want, refused(t, err)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.input, diff)
		}
		var e *identifier.ParseError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, c.input, e.Input)
		assert.Equal(t, identifier.SIRET, e.Kind)
		assert.Equal(t, "A2", e.Rule)
		assert.False(t, identifier.Valid(identifier.SIRET, c.input), "%q", c.input)
	}
}

func TestA2_ShapeLeavesTheKeysOut(t *testing.T) {
	shape := identifier.Options{Level: identifier.Shape}
	for _, s := range []string{
		"99999999999999", "00000000033834", "96587451235874", // samples of the portal's test environment
		"12345678901234", "35600000000014",
	} {
		id, err := shape.Parse(identifier.SIRET, s)
		require.NoError(t, err, s)
		assert.Equal(t, s, id.Code())
		assert.True(t, shape.Valid(identifier.SIRET, s))
		assert.False(t, identifier.Valid(identifier.SIRET, s))
	}
	for s, want := range map[string]error{
		"00000000000000": identifier.ErrComponent, // no number at any level
		"MONACOCONFO001": identifier.ErrCharset,
		"732829320":      identifier.ErrLength,
		"":               identifier.ErrEmpty,
	} {
		_, err := shape.Parse(identifier.SIRET, s)
		assert.ErrorIs(t, err, want, s)
		assert.False(t, shape.Valid(identifier.SIRET, s))
	}
}

func TestA2_LevelIsNotPartOfTheID(t *testing.T) {
	id, err := identifier.Options{Level: identifier.Shape}.Parse(identifier.SIRET, "73282932000074")
	require.NoError(t, err)
	assert.Equal(t, identifier.MustParse(identifier.SIRET, "73282932000074"), id)
}

// Putting the expected digit where the error points makes the input valid, or
// at least moves the fault on: a SIREN key may uncover the key of the whole.
func TestA2_TheExpectedDigitFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input := rapid.StringMatching(`(356000000|[0-9]{8}[1-9])[0-9]{5}`).Draw(t, "digits")
		_, err := identifier.Parse(identifier.SIRET, input)
		var e *identifier.ParseError
		if !errors.As(err, &e) || !errors.Is(err, identifier.ErrChecksum) {
			return
		}
		for digit := range strings.SplitSeq(e.Want, "|") {
			mended := input[:e.At-1] + digit + input[e.At:]
			_, err := identifier.Parse(identifier.SIRET, mended)
			var next *identifier.ParseError
			if errors.As(err, &next) && next.At <= e.At {
				t.Fatalf("%s asks for %s at %d, and %s is refused: %v", input, e.Want, e.At, mended, err)
			}
		}
	})
}

// A separator in front moves the fault by one character and changes nothing
// else: what is digits up to the fault is explained on a way of its own.
func TestA2_ASeparatorInFrontMovesTheFault(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input := rapid.StringMatching(`[0-9]{0,18}([A-Zé０. \n][0-9]{0,8})?`).Draw(t, "input")
		_, plain := identifier.Parse(identifier.SIRET, input)
		_, moved := identifier.Parse(identifier.SIRET, " "+input)
		assert.Equal(t, plain == nil, moved == nil)
		assert.Equal(t, plain == nil, identifier.Valid(identifier.SIRET, input))
		var a, b *identifier.ParseError
		if errors.As(plain, &a) && errors.As(moved, &b) {
			a.Input, a.At = b.Input, a.At+1
			assert.Equal(t, a, b)
		}
	})
}

func TestA2_SIREN(t *testing.T) {
	for _, s := range []string{"732829320", "404833048", "303265045", "130025265", "552008443", "356000000", "391838042"} {
		siren, err := identifier.ParseSIREN(s)
		require.NoError(t, err, s)
		assert.Equal(t, s, siren.String())
		assert.False(t, siren.IsZero())
	}
	for _, c := range []struct {
		input string
		is    error
		want  refusal
	}{
		{"732829321", identifier.ErrChecksum, refusal{"identifier.checksum", 9, "0"}},
		{"732.829.321", identifier.ErrChecksum, refusal{"identifier.checksum", 11, "0"}},
		{"000000000", identifier.ErrComponent, refusal{"identifier.component", 1, ""}},
		{"73282932", identifier.ErrLength, refusal{"identifier.length", 9, "9"}},
		{"73282932000074", identifier.ErrLength, refusal{"identifier.length", 10, "9"}},
		{"FR44732829320", identifier.ErrCharset, refusal{"identifier.charset", 1, "0-9"}},
		{"", identifier.ErrEmpty, refusal{"identifier.empty", 1, "9"}},
	} {
		siren, err := identifier.ParseSIREN(c.input)
		require.ErrorIs(t, err, c.is, c.input)
		assert.Equal(t, c.want, refused(t, err), c.input)
		assert.True(t, siren.IsZero())
	}
	siren, err := identifier.ParseSIREN(" 732 829 320 ")
	require.NoError(t, err)
	assert.Equal(t, "732829320", siren.String())
	assert.Equal(t, "732 829 320", siren.Display())
	assert.Empty(t, identifier.SIREN{}.Display())
}

func TestA2_SIRENOfASIRET(t *testing.T) {
	siren, ok := identifier.MustParse(identifier.SIRET, "73282932000074").SIREN()
	assert.True(t, ok)
	assert.Equal(t, "732829320", siren.String())

	_, ok = identifier.ID{}.SIREN()
	assert.False(t, ok)

	sample, err := identifier.Options{Level: identifier.Shape}.Parse(identifier.SIRET, "99999999999999")
	require.NoError(t, err)
	_, ok = sample.SIREN()
	assert.False(t, ok, "a SIREN is always valid")
}

func TestA2_SIRENRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		siren := identifiertest.SIREN(source{t})
		text, err := siren.MarshalText()
		require.NoError(t, err)
		var back identifier.SIREN
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, siren, back)
		assert.Zero(t, siren.Compare(back))
		shown, err := identifier.ParseSIREN(siren.Display())
		require.NoError(t, err)
		assert.Equal(t, siren, shown)
	})
	var siren identifier.SIREN
	require.NoError(t, siren.UnmarshalText(nil))
	assert.True(t, siren.IsZero())
	assert.ErrorIs(t, siren.UnmarshalText([]byte("732 829 320")), identifier.ErrEncoding)
	assert.ErrorIs(t, siren.UnmarshalText([]byte("732829321")), identifier.ErrChecksum)
}

func TestA2_CostsNoAllocation(t *testing.T) {
	for _, s := range []string{
		"73282932000074", "732 829 320 00074", "35600000009075",
		"73282932000075", "35600000000041", "732829320", "MONACOCONFO001", "", "\xff",
	} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { identifier.Valid(identifier.SIRET, s) }), "Valid(%q)", s)
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := identifier.Parse(identifier.SIRET, "73282932000074"); err != nil {
			t.Error(err)
		}
	}))
}
