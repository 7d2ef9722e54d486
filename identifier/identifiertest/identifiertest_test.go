package identifiertest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
)

type zeros struct{}

func (zeros) IntN(int) int { return 0 }

type highest struct{}

func (highest) IntN(n int) int { return n - 1 }

type rapidSource struct{ t *rapid.T }

func (s rapidSource) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "n") }

func TestZerosGiveTheSimplest(t *testing.T) {
	assert.Equal(t, "00000001800010", identifiertest.SIRET(zeros{}).Code())
	assert.Equal(t, "000000018", identifiertest.SIREN(zeros{}).String())
	assert.Equal(t, "35600000000048", identifiertest.LaPoste(zeros{}).Code())
}

func TestEveryKindHasASimplest(t *testing.T) {
	for kind, want := range map[identifier.Kind]string{
		identifier.SIRET: "00000001800010", identifier.European: "ATU10000005", identifier.NonEU: "USA",
		identifier.RIDET: "0000001001", identifier.Tahiti: "000001001",
		identifier.Individual: "1000101000A1", identifier.Registering: "EC0000000000000000",
	} {
		assert.Equal(t, want, identifiertest.OfKind(zeros{}, kind).Code(), kind)
		identifiertest.Laws(t, identifiertest.OfKind(highest{}, kind))
	}
	assert.Equal(t, "FR23001000009", identifiertest.VAT(zeros{}).String())
	assert.Equal(t, identifier.SIRET, identifiertest.ID(zeros{}).Kind())
	assert.Panics(t, func() { identifiertest.OfKind(zeros{}, 0) })
}

func TestA10_LawsHoldForEveryKind(t *testing.T) {
	for _, k := range identifier.Kinds() {
		t.Run(k.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { identifiertest.Laws(t, identifiertest.OfKind(rapidSource{t}, k)) })
		})
	}
}

func TestA9_EverySpellingIsTheSameCode(t *testing.T) {
	for _, k := range identifier.Kinds() {
		t.Run(k.String(), func(t *testing.T) {
			other := 0
			rapid.Check(t, func(t *rapid.T) {
				id := identifiertest.OfKind(rapidSource{t}, k)
				text := identifiertest.Spelling(rapidSource{t}, id)
				if text != id.Code() {
					other++
				}
				read, err := identifier.Parse(k, text)
				if err != nil || read.Code() != id.Code() {
					t.Fatalf("%+q is read as %v, %v; it is a spelling of %v", text, read, err, id)
				}
				if !identifier.Valid(k, text) {
					t.Fatalf("%+q is not valid", text)
				}
			})
			assert.NotZero(t, other)
		})
	}
}

func TestA9_EveryCorruptedCodeIsRefused(t *testing.T) {
	for _, k := range identifier.Kinds() {
		t.Run(k.String(), func(t *testing.T) {
			seen := map[error]int{}
			rapid.Check(t, func(t *rapid.T) {
				id := identifiertest.OfKind(rapidSource{t}, k)
				text, want := identifiertest.Corrupt(rapidSource{t}, id)
				seen[want]++
				for _, level := range []identifier.Level{identifier.Strict, identifier.Shape} {
					if level == identifier.Shape && want == identifier.ErrChecksum { //nolint:errorlint // a sentinel, as it is
						continue
					}
					options := identifier.Options{Level: level}
					if _, err := options.Parse(k, text); !errors.Is(err, want) {
						t.Fatalf("%+q at level %d: %v, want %v", text, level, err, want)
					}
					if options.Valid(k, text) {
						t.Fatalf("%+q is valid", text)
					}
				}
			})
			assert.GreaterOrEqual(t, len(seen), 3, "kinds of faults")
		})
	}
}

// A suite that accepts everything is worth nothing: each of these breaks a law.
func TestLawsCatchWhatIsBroken(t *testing.T) {
	var caught recorder
	identifiertest.Laws(&caught, identifier.ID{})
	assert.Len(t, caught, 1)
}

type recorder []string

func (*recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) { *r = append(*r, fmt.Sprintf(format, args...)) }

func TestA3_EuropeanNumbersAreOfEveryState(t *testing.T) {
	src := rand.New(rand.NewPCG(3, 4))
	seen := map[string]int{}
	for range 5000 {
		seen[identifiertest.European(src).Code()[:2]]++
	}
	assert.Len(t, seen, 27, "26 member states and Northern Ireland")
	kinds := map[string]int{}
	for range 1000 {
		v := identifiertest.VAT(src)
		switch {
		case v.Monaco():
			kinds["Monaco"]++
		case v.Prefix() != "FR":
			kinds["European"]++
		case v.String()[2] > '9' || v.String()[3] > '9':
			kinds["letters"]++
		default:
			kinds["digits"]++
		}
	}
	assert.Len(t, kinds, 4)
	assert.Greater(t, kinds["letters"], 100)
}

func TestTheHighestChoicesAreValidToo(t *testing.T) {
	siren, ok := identifiertest.SIRET(highest{}).SIREN()
	require.True(t, ok)
	assert.Equal(t, "356000000", siren.String())
	assert.Equal(t, "999999998", identifiertest.SIREN(highest{}).String())
	assert.Equal(t, "35600000099995", identifiertest.LaPoste(highest{}).Code())
}

func TestA2_GeneratedSIRETsAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := identifiertest.SIRET(rapidSource{t})
		if !identifier.Valid(identifier.SIRET, id.Code()) {
			t.Fatalf("%s is not valid", id)
		}
		siren := identifiertest.SIREN(rapidSource{t})
		if _, err := identifier.ParseSIREN(siren.String()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestA2_GeneratedSIRETsIncludeLaPosteAndItsHeadOffice(t *testing.T) {
	src := rand.New(rand.NewPCG(1, 2))
	ordinary, laPoste, headOffice := 0, 0, 0
	for range 2000 {
		id := identifiertest.SIRET(src)
		siren, ok := id.SIREN()
		require.True(t, ok)
		switch {
		case id.Code() == "35600000000048":
			headOffice++
		case siren.String() == "356000000":
			laPoste++
		default:
			ordinary++
		}
	}
	assert.Greater(t, ordinary, 1500)
	assert.Greater(t, laPoste, 100)
	assert.Greater(t, headOffice, 20)
}
