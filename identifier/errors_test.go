package identifier_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
)

func TestA9_RefusalsExplainThemselves(t *testing.T) {
	for _, c := range []struct {
		kind   identifier.Kind
		input  string
		fr, en string
	}{
		{
			identifier.SIRET, "",
			"il manque le SIRET : 14 chiffres",
			"the SIRET is missing: 14 digits",
		},
		{
			identifier.SIRET, "732 829 320",
			"ceci est un SIREN (9 chiffres) : ajoutez le NIC de 5 chiffres",
			"this is a SIREN (9 digits): add the NIC of 5 digits",
		},
		{
			identifier.SIRET, "732 829 320 0007",
			"un SIRET compte 14 chiffres, on n'en lit ici que 13 : la suite manque en position 17",
			"a SIRET has 14 digits, only 13 are here: the rest is missing at position 17",
		},
		{
			identifier.SIRET, "732829320000741",
			"un SIRET compte 14 chiffres : retirez ce qui est en trop à partir de la position 15",
			"a SIRET has 14 digits: remove what is too much from position 15 on",
		},
		{
			identifier.SIRET, "732 829 32O 00074",
			"en position 11, “O” n'est pas un chiffre ; un SIRET ne contient que des chiffres",
			"at position 11, “O” is not a digit; a SIRET holds digits only",
		},
		{
			identifier.SIRET, "732829320\t00074",
			"en position 10, U+0009 n'est pas un chiffre ; un SIRET ne contient que des chiffres",
			"at position 10, U+0009 is not a digit; a SIRET holds digits only",
		},
		{
			identifier.SIRET, "73282\xff",
			"en position 6, 0xFF n'est pas un chiffre ; un SIRET ne contient que des chiffres",
			"at position 6, 0xFF is not a digit; a SIRET holds digits only",
		},
		{
			identifier.SIRET, "965 874 512 35874",
			"la clé du SIREN, en position 11, ne correspond pas aux autres chiffres : avec eux, ce serait 4",
			"the check digit of the SIREN, at position 11, does not fit the other digits: with them, it would be 4",
		},
		{
			identifier.SIRET, "73282932000075",
			"la clé du SIRET, en position 14, ne correspond pas aux autres chiffres : avec eux, ce serait 4",
			"the check digit of the SIRET, at position 14, does not fit the other digits: with them, it would be 4",
		},
		{
			identifier.SIRET, "35600000049838",
			"la somme des chiffres d'un SIRET de La Poste est un multiple de 5 : en position 14, ce serait 2 ou 7",
			"the digits of a SIRET of La Poste add up to a multiple of 5: at position 14, it would be 2 or 7",
		},
		{
			identifier.SIRET, "00000000033834",
			"un SIREN ne commence jamais par huit zéros",
			"no SIREN begins with eight zeros",
		},
		{
			identifier.RIDET, "0122531001",
			"cette version ne lit pas encore ce type d'identifiant : RIDET",
			"this version does not read this type of identifier yet: RIDET",
		},
		{
			identifier.Kind(0), "x",
			`type d'identifiant inconnu : "Kind(0)"`,
			`unknown type of identifier: "Kind(0)"`,
		},
	} {
		_, err := identifier.Parse(c.kind, c.input)
		assertTexts(t, err, c.fr, c.en)
	}
}

func TestA9_RefusalsOfASIRENExplainThemselves(t *testing.T) {
	_, err := identifier.ParseSIREN("73282932000074")
	assertTexts(t, err,
		"ceci est un SIRET (14 chiffres) : le SIREN est fait des 9 premiers",
		"this is a SIRET (14 digits): the SIREN is the first 9")
	_, err = identifier.ParseSIREN("732829321")
	assertTexts(t, err,
		"la clé du SIREN, en position 9, ne correspond pas aux autres chiffres : avec eux, ce serait 0",
		"the check digit of the SIREN, at position 9, does not fit the other digits: with them, it would be 0")
	_, err = identifier.ParseSIREN("")
	assertTexts(t, err, "il manque le SIREN : 9 chiffres", "the SIREN is missing: 9 digits")
}

func TestA10_RefusalsOfACountryOrAnEncodingExplainThemselves(t *testing.T) {
	_, err := stdnum.In("DE")
	assertTexts(t, err,
		"le pays ne correspond pas à cet identifiant : ce serait FR",
		"the country does not agree with this identifier: it would be FR")
	var id identifier.ID
	assertTexts(t, id.UnmarshalText([]byte("73282932000074")),
		"ce texte n'est pas un identifiant dans sa forme enregistrée (TYPE:CODE)",
		"this text is not an identifier in its stored form (KIND:CODE)")
}

func assertTexts(t *testing.T, err error, fr, en string) {
	t.Helper()
	var e *identifier.ParseError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, fr, e.Text(language.French))
	assert.Equal(t, fr, e.Text(language.MustParse("fr-FR")))
	assert.Equal(t, en, e.Text(language.English))
	assert.Equal(t, fr, e.Text(language.German), "neither French nor English: French (rule F3)")
	assert.Contains(t, err.Error(), en)
	assert.Contains(t, err.Error(), "(rule "+e.Rule+")")
}

func TestA9_EveryRefusalHasACodeAndASentinel(t *testing.T) {
	for sentinel, code := range map[error]string{
		identifier.ErrLength:    "identifier.length",
		identifier.ErrEmpty:     "identifier.empty",
		identifier.ErrCharset:   "identifier.charset",
		identifier.ErrChecksum:  "identifier.checksum",
		identifier.ErrComponent: "identifier.component",
		identifier.ErrCountry:   "identifier.country",
		identifier.ErrKind:      "identifier.kind",
		identifier.ErrEncoding:  "identifier.encoding",
		errors.New("another"):   "identifier",
	} {
		err := &identifier.ParseError{Err: sentinel}
		assert.Equal(t, code, err.Code())
		assert.ErrorIs(t, fmt.Errorf("field: %w", err), sentinel)
		assert.NotEmpty(t, err.Text(language.French))
	}
	assert.ErrorIs(t, identifier.ErrEmpty, identifier.ErrLength, "nothing is also too short")
	_, err := identifier.Parse(identifier.SIRET, "")
	assert.ErrorIs(t, err, identifier.ErrLength)
}

func TestA9_ErrorTextQuotesAndCutsTheInput(t *testing.T) {
	_, err := identifier.Parse(identifier.SIRET, "7328\n2932000075")
	require.ErrorContains(t, err, `"7328\n2932000075"`)
	_, err = identifier.Parse(identifier.SIRET, strings.Repeat("é", 10_000))
	assert.Less(t, len(err.Error()), 500)
	_, err = identifier.ParseKind(strings.Repeat("X", 10_000))
	assert.Less(t, len(err.Error()), 500)
}

// A text that misses its wording, or an argument, shows it by one of these.
func TestA9_NoTextHasAHole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9 ]{0,16}`)).Draw(t, "input")
		_, err := identifier.Parse(identifier.SIRET, input)
		if _, sirenErr := identifier.ParseSIREN(input); err == nil {
			err = sirenErr
		}
		var e *identifier.ParseError
		if !errors.As(err, &e) {
			return
		}
		for _, lang := range []language.Tag{language.French, language.English} {
			text := e.Text(lang)
			for _, hole := range []string{"%!", "checksum.", "length.", "  "} {
				assert.NotContains(t, text, hole, "%+q", input)
			}
		}
	})
}
