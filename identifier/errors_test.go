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
	"github.com/guichet-pro/guichet/identifier/identifiertest"
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
			"en position 11, «\u00a0O\u00a0» n'est pas un chiffre ; un SIRET ne contient que des chiffres",
			"at position 11, “O” is not a digit; a SIRET holds digits only",
		},
		{
			identifier.SIRET, "732829320\t00074",
			"en position 10, une tabulation n'est pas un chiffre ; un SIRET ne contient que des chiffres",
			"at position 10, a tab is not a digit; a SIRET holds digits only",
		},
		{
			identifier.SIRET, "73282\xff",
			"en position 6, un octet illisible (0xFF) n'est pas un chiffre ; un SIRET ne contient que des chiffres",
			"at position 6, an unreadable byte (0xFF) is not a digit; a SIRET holds digits only",
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
			identifier.RIDET, "1 411 016",
			"ceci est un RID (7 chiffres), qui désigne l'entreprise : ajoutez les 3 chiffres de l'établissement",
			"this is a RID (7 digits), which names the company: add the 3 digits of the establishment",
		},
		{
			identifier.Tahiti, "F95709",
			"numéro incomplet : ces 6 caractères désignent l'entreprise, ajoutez les 3 chiffres de l'établissement",
			"incomplete number: these 6 characters name the company, add the 3 digits of the establishment",
		},
		{
			identifier.Tahiti, "075390-O01",
			"en position 8, «\u00a0O\u00a0» n'a pas sa place ; un numéro Tahiti est fait d'une lettre ou d'un chiffre, puis de 8 chiffres",
			"at position 8, “O” is out of place; a Tahiti number is a letter or a digit, then 8 digits",
		},
		{
			identifier.European, "FR44732829320",
			"une structure française se désigne par son SIRET, non par son numéro de TVA : choisissez le type SIRET",
			"a French structure is named by its SIRET, not by its VAT number: choose the type SIRET",
		},
		{
			identifier.European, "GR094259216",
			"un numéro de TVA grec commence par EL, non par GR",
			"a Greek VAT number begins with EL, not with GR",
		},
		{
			identifier.European, "CHE107787577",
			"ce pays (Suisse) n'est pas un État membre de l'Union européenne : choisissez le type «\u00a0hors Union européenne\u00a0»",
			"this country (Switzerland) is no member state of the European Union: choose the type “non-EU”",
		},
		{
			identifier.European, "LT1195115150",
			"un numéro de TVA de ce pays (Lituanie) s'écrit LT suivi de 9 ou 12 chiffres : on lit ici 12 caractères, préfixe compris",
			"a VAT number of this country (Lithuania) is written LT followed by 9 or 12 digits: here are 12 characters, prefix included",
		},
		{
			identifier.European, "AT13585627",
			"en position 3, «\u00a01\u00a0» n'a pas sa place ; un numéro de TVA de ce pays (Autriche) s'écrit ATU99999999 (9 = un chiffre)",
			"at position 3, “1” is out of place; a VAT number of this country (Austria) is written ATU99999999 (9 = a digit)",
		},
		{
			identifier.European, "RO1",
			"un numéro de TVA de ce pays (Roumanie) s'écrit RO suivi de 2 à 10 ou 13 chiffres, le premier de 1 à 9 s'il y en a 13 : on lit ici 3 caractères, préfixe compris",
			"a VAT number of this country (Romania) is written RO followed by 2 to 10 or 13 digits, the first from 1 to 9 if there are 13: here are 3 characters, prefix included",
		},
		{
			identifier.European, "DE 136695977",
			"la clé de ce numéro de TVA (Allemagne), en position 12, ne correspond pas au reste : avec lui, ce serait 6",
			"the check digit of this VAT number (Germany), at position 12, does not fit the rest: with it, it would be 6",
		},
		{
			identifier.European, "XI980780685",
			"la clé de ce numéro de TVA (Irlande du Nord), en positions 10 et 11, ne correspond pas au reste : avec lui, ce serait 84",
			"the check digits of this VAT number (Northern Ireland), at positions 10 and 11, do not fit the rest: with it, they would be 84",
		},
		{
			identifier.European, "SE123456789702",
			"dans un numéro de TVA de ce pays (Suède), les caractères en positions 13 et 14 sont toujours 01",
			"in a VAT number of this country (Sweden), the characters at positions 13 and 14 are always 01",
		},
		{
			identifier.NonEU, "DESIEMENS",
			"ce pays (Allemagne) est un État membre de l'Union européenne : la structure se désigne par son numéro de TVA",
			"this country (Germany) is a member state of the European Union: the structure is named by its VAT number",
		},
		{
			identifier.Individual, "AB",
			"le code d'un particulier compte au moins 3 caractères",
			"the code of a private individual has at least 3 characters",
		},
		{
			identifier.Kind(0), "x",
			"type d'identifiant inconnu : «\u00a0Kind(0)\u00a0»",
			`unknown type of identifier: "Kind(0)"`,
		},
	} {
		_, err := identifier.Parse(c.kind, c.input)
		assertTexts(t, err, c.fr, c.en)
	}
}

// A text must not describe what was typed as right.
func TestA9_RefusalsOfVATNumbersDoNotContradictThemselves(t *testing.T) {
	const nb = "\u00a0"
	for _, c := range []struct{ input, fr, en string }{
		{
			"DE036695976",
			"en position 3, «" + nb + "0" + nb + "» n'a pas sa place ; un numéro de TVA de ce pays (Allemagne) s'écrit DE suivi de 9 chiffres, le premier de 1 à 9",
			"at position 3, “0” is out of place; a VAT number of this country (Germany) is written DE followed by 9 digits, the first from 1 to 9",
		},
		{
			"BE2428759497",
			"en position 3, «" + nb + "2" + nb + "» n'a pas sa place ; un numéro de TVA de ce pays (Belgique) s'écrit BE suivi de 9 ou 10 chiffres, le premier 0 ou 1 s'il y en a 10",
			"at position 3, “2” is out of place; a VAT number of this country (Belgium) is written BE followed by 9 or 10 digits, the first 0 or 1 if there are 10",
		},
		{
			"IE6433435X",
			"en position 10, «" + nb + "X" + nb + "» n'a pas sa place ; un numéro de TVA de ce pays (Irlande) s'écrit IE9X99999L ou IE9X99999LM " +
				"(9 = un chiffre ; L = une lettre de A à W ; M = une lettre de A à I, ou W ; X = un chiffre, une lettre, + ou *)",
			"at position 10, “X” is out of place; a VAT number of this country (Ireland) is written IE9X99999L or IE9X99999LM " +
				"(9 = a digit; L = a letter from A to W; M = a letter from A to I, or W; X = a digit, a letter, + or *)",
		},
		{
			"XIGB123",
			"en position 4, «" + nb + "B" + nb + "» n'a pas sa place ; un numéro de TVA de ce pays (Irlande du Nord) s'écrit XI suivi de 9 ou 12 chiffres, ou XIGD999, ou XIHA999 (9 = un chiffre)",
			"at position 4, “B” is out of place; a VAT number of this country (Northern Ireland) is written XI followed by 9 or 12 digits, or XIGD999, or XIHA999 (9 = a digit)",
		},
		{
			"BE 0428.759.49-8",
			"la clé de ce numéro de TVA (Belgique), en positions 14 et 16, ne correspond pas au reste : avec lui, ce serait 97",
			"the check digits of this VAT number (Belgium), at positions 14 and 16, do not fit the rest: with it, they would be 97",
		},
		{
			"BG7523169260",
			"la clé de ce numéro de TVA (Bulgarie), en position 12, ne correspond pas au reste : avec lui, ce serait 3, 5 ou 7",
			"the check digit of this VAT number (Bulgaria), at position 12, does not fit the rest: with it, it would be 3, 5 or 7",
		},
		{
			"LT119511505",
			"dans un numéro de TVA de ce pays (Lituanie), le caractère en position 10 est toujours 1",
			"in a VAT number of this country (Lithuania), the character at position 10 is always 1",
		},
		{
			"EU372022452",
			"un numéro qui commence par EU vient du guichet unique de TVA (OSS ou IOSS) et ne désigne pas une structure : " +
				"donnez le numéro de TVA attribué par l'État membre, ou choisissez le type «" + nb + "hors Union européenne" + nb + "»",
			"a number that begins with EU comes from the VAT one-stop shop (OSS or IOSS) and does not name a structure: " +
				"give the VAT number that the member state gave out, or choose the type “non-EU”",
		},
	} {
		_, err := identifier.Parse(identifier.European, c.input)
		assertTexts(t, err, c.fr, c.en)
	}
	for _, input := range []string{"DK03585628", "MT01679112", "PT001964843", "SI00223054"} {
		_, err := identifier.Parse(identifier.European, input)
		require.ErrorIs(t, err, identifier.ErrCharset, input)
		var e *identifier.ParseError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "1-9", e.Want)
		assert.Contains(t, e.Text(language.French), ", le premier de 1 à 9", input)
	}
	_, err := identifier.Parse(identifier.European, "IM5672050001")
	assert.ErrorContains(t, err, "one-stop shop")
	_, err = identifier.Parse(identifier.European, "XI98078068")
	assert.Equal(t, "7|11|14", refused(t, err).Want, "rising")
	_, err = identifier.ParseVAT("FR 45 732829320")
	assertTexts(t, err,
		"la clé de ce numéro de TVA français, en positions 4 et 5, ne correspond pas au SIREN qui la suit : avec lui, ce serait 44",
		"the key of this French VAT number, at positions 4 and 5, does not fit the SIREN behind it: with it, it would be 44")
}

func TestA9_CharactersThatCannotBeSeenAreNamed(t *testing.T) {
	for char, want := range map[string][2]string{
		"\n":     {"un saut de ligne", "a line break"},
		"\t":     {"une tabulation", "a tab"},
		"\u200b": {"un caractère invisible (U+200B)", "an invisible character (U+200B)"},
		"\u1680": {"une espace inhabituelle (U+1680)", "an unusual space (U+1680)"},
		"\xff":   {"un octet illisible (0xFF)", "an unreadable byte (0xFF)"},
		"O":      {"«\u00a0O\u00a0»", "“O”"},
	} {
		_, err := identifier.Parse(identifier.RIDET, "1"+char)
		assertTexts(t, err,
			"en position 2, "+want[0]+" n'est pas un chiffre ; un RIDET ne contient que des chiffres",
			"at position 2, "+want[1]+" is not a digit; a RIDET holds digits only")
	}
	_, err := identifier.ParseScheme("a\n\"b")
	assertTexts(t, err,
		"ce code ne désigne aucun type d'identifiant d'une structure : «\u00a0a\\n\"b\u00a0»",
		`this code stands for no type of identifier of a structure: "a\n\"b"`)
}

func TestA9_TheCountryIsNamedWhateverFollowsIt(t *testing.T) {
	for _, c := range []struct {
		kind   identifier.Kind
		input  string
		inside string
	}{
		{identifier.NonEU, "DEÉtablissements Müller", "(Allemagne)"},
		{identifier.NonEU, " DE Ö", "(Allemagne)"},
		{identifier.NonEU, "ＤＥ東", "(Allemagne)"}, //nolint:gosmopolitan // names are in all scripts
		{identifier.European, "CHÉ", "(Suisse)"},
		{identifier.European, "US\tA", "(États-Unis"},
	} {
		_, err := identifier.Parse(c.kind, c.input)
		var e *identifier.ParseError
		require.ErrorAs(t, err, &e, c.input)
		assert.Contains(t, e.Text(language.French), c.inside, c.input)
	}
}

func TestA4_ANameThatIsMissingIsSaid(t *testing.T) {
	_, err := identifier.NewNonEU("US", " ")
	require.ErrorIs(t, err, identifier.ErrEmpty)
	assertTexts(t, err, "il manque la raison sociale", "the legal name is missing")
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
	keys := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(identifier.Kinds()).Draw(t, "kind")
		input := rapid.OneOf(
			rapid.String(), rapid.StringMatching(`[0-9 ]{0,16}`), rapid.StringMatching(`[A-Z]{2}[0-9A-Z]{0,14}`),
			rapid.Custom(func(t *rapid.T) string {
				text, _ := identifiertest.Corrupt(source{t}, identifiertest.OfKind(source{t}, kind))
				return text
			}),
		).Draw(t, "input")
		_, err := identifier.Parse(kind, input)
		_, sirenErr := identifier.ParseSIREN(input)
		_, vatErr := identifier.ParseVAT(input)
		_, schemeErr := identifier.ParseScheme(input)
		for _, err := range []error{err, sirenErr, vatErr, schemeErr} {
			var e *identifier.ParseError
			if !errors.As(err, &e) {
				continue
			}
			for _, lang := range []language.Tag{language.French, language.English} {
				text := e.Text(lang)
				keys[text[:min(len(text), 12)]] = true
				for _, hole := range []string{"%!", ".plain", "checksum.", "length.", "charset.", "country.", "component.", "()", "  ", ", ,"} {
					if strings.Contains(text, hole) && !strings.Contains(input, hole) {
						t.Fatalf("%v: %+q: %s", kind, input, text)
					}
				}
			}
		}
	})
	assert.Greater(t, len(keys), 15)
}
