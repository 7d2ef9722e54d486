package identifier_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
)

func TestA1_SevenKindsWithTheLiteralsOfTheAPI(t *testing.T) {
	want := []string{"SIRET", "UE_HORS_FRANCE", "HORS_UE", "RIDET", "TAHITI", "PARTICULIER", "AUTRE"}
	got := make([]string, 0, len(want))
	for _, k := range identifier.Kinds() {
		got = append(got, k.String())
		back, err := identifier.ParseKind(k.String())
		require.NoError(t, err)
		assert.Equal(t, k, back)
	}
	assert.Equal(t, want, got)
}

func TestA1_UnknownLiteralIsCarriedByTheError(t *testing.T) {
	for _, literal := range []string{"SIREN", "", "siret", "SIRET ", "EN_COURS_IMMATRICULATION", "\xff\n", "Kind(0)"} {
		k, err := identifier.ParseKind(literal)
		require.ErrorIs(t, err, identifier.ErrKind, "%q", literal)
		assert.Zero(t, k)
		var e *identifier.ParseError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, literal, e.Input)
		assert.Equal(t, "A1", e.Rule)
		assert.Equal(t, "identifier.kind", e.Code())
	}
}

func TestA1_KindAsTextIsTheLiteral(t *testing.T) {
	encoded, err := json.Marshal(map[string]identifier.Kind{"typeIdentifiantStructure": identifier.European})
	require.NoError(t, err)
	assert.JSONEq(t, `{"typeIdentifiantStructure":"UE_HORS_FRANCE"}`, string(encoded))

	var decoded map[string]identifier.Kind
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	assert.Equal(t, identifier.European, decoded["typeIdentifiantStructure"])

	kept := identifier.RIDET
	require.ErrorIs(t, kept.UnmarshalText([]byte("SIREN")), identifier.ErrKind)
	assert.Equal(t, identifier.RIDET, kept, "unchanged after an error")

	for _, k := range []identifier.Kind{0, 8, 255} {
		_, err := k.MarshalText()
		assert.ErrorIs(t, err, identifier.ErrKind)
	}
	assert.Equal(t, "Kind(8)", identifier.Kind(8).String())
}

func TestA1_KindsHaveNamesInBothLanguages(t *testing.T) {
	seen := map[string]identifier.Kind{}
	for _, k := range identifier.Kinds() {
		for _, lang := range []language.Tag{language.French, language.English} {
			name := k.Text(lang)
			assert.NotContains(t, name, "kind.", k)
			other, taken := seen[name]
			assert.False(t, taken && other != k, "%s and %s are both %q", k, other, name)
			seen[name] = k
		}
	}
	assert.Equal(t, "Structure européenne hors France", identifier.European.Text(language.French))
	assert.Equal(t, "Being registered", identifier.Registering.Text(language.English))
}
