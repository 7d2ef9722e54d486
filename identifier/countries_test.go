package identifier_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
)

func TestA10_CountriesAreThoseOfISO3166(t *testing.T) {
	codes := identifier.Countries()
	assert.Len(t, codes, 249)
	assert.True(t, slices.IsSorted(codes))
	assert.Equal(t, codes, slices.Compact(slices.Clone(codes)))
	for _, code := range codes {
		for _, lang := range []language.Tag{language.French, language.English} {
			assert.NotEmpty(t, identifier.CountryName(code, lang), code)
		}
		id, err := identifier.MustParse(identifier.Registering, "X").In(code)
		require.NoError(t, err)
		assert.Equal(t, code, id.Country())
	}
	// Withdrawn, reserved, free for users, prefixes of VAT numbers, three letters.
	for _, code := range []string{"DD", "SU", "AN", "EU", "UK", "XK", "EL", "XI", "ZZ", "fr", "FRA", "F", "", "É"} {
		assert.NotContains(t, codes, code)
		assert.Empty(t, identifier.CountryName(code, language.French), code)
		_, err := identifier.MustParse(identifier.Registering, "X").In(code)
		assert.ErrorIs(t, err, identifier.ErrCountry, code)
	}
}

func TestA10_CountriesHaveNamesInFrenchAndEnglish(t *testing.T) {
	for code, names := range map[string][2]string{
		"CI": {"Côte d’Ivoire", "Côte d’Ivoire"},
		"DE": {"Allemagne", "Germany"},
		"FR": {"France", "France"},
		"GB": {"Royaume-Uni", "United Kingdom"},
		"GR": {"Grèce", "Greece"},
		"MK": {"Macédoine du Nord", "North Macedonia"},
		"NC": {"Nouvelle-Calédonie", "New Caledonia"},
		"PF": {"Polynésie française", "French Polynesia"},
		"SZ": {"Eswatini", "Eswatini"},
		"TR": {"Turquie", "Türkiye"},
		"WF": {"Wallis-et-Futuna", "Wallis & Futuna"},
	} {
		assert.Equal(t, names[0], identifier.CountryName(code, language.French), code)
		assert.Equal(t, names[1], identifier.CountryName(code, language.English), code)
	}
}
