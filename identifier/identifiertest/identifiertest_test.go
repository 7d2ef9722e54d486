package identifiertest_test

import (
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
