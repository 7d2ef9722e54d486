package wording_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
)

func table() wording.Table {
	return wording.Table{
		"hello": {FR: "Bonjour %[1]s", EN: "Hello %[1]s"},
		"order": {FR: "%[2]d sur %[1]s", EN: "%[1]s: %[2]d"},
		"plain": {FR: "100 %%", EN: "100%%"},
	}
}

func TestF3_TextIsFrenchUnlessTheReaderReadsEnglish(t *testing.T) {
	for tag, want := range map[string]string{
		"fr": "Bonjour Héloïse", "fr-FR": "Bonjour Héloïse", "fr-CA": "Bonjour Héloïse", "fr-NC": "Bonjour Héloïse",
		"br": "Bonjour Héloïse", "de": "Bonjour Héloïse", "ja": "Bonjour Héloïse", "und": "Bonjour Héloïse",
		"en": "Hello Héloïse", "en-GB": "Hello Héloïse", "en-NC": "Hello Héloïse",
	} {
		assert.Equal(t, want, table().Text(language.MustParse(tag), "hello", "Héloïse"), tag)
	}
}

func TestTextDoesNotGroupDigits(t *testing.T) {
	assert.Equal(t, "73282932000074 sur SIRET", table().Text(language.French, "order", "SIRET", 73282932000074))
	assert.Equal(t, "SIRET: 73282932000074", table().Text(language.English, "order", "SIRET", 73282932000074))
	assert.Equal(t, "100 %", table().Text(language.French, "plain"))
}

func TestTextAnswersAMissingKeyWithTheKey(t *testing.T) {
	assert.Equal(t, "nowhere", table().Text(language.French, "nowhere", 1))
}

func TestCheckPassesACompleteTable(t *testing.T) {
	require.NoError(t, table().Check())
	require.NoError(t, wording.Table{}.Check())
}

func TestCheckFindsEveryFault(t *testing.T) {
	for name, c := range map[string]struct {
		phrase wording.Phrase
		want   string
	}{
		"French missing":      {wording.Phrase{EN: "x"}, "key: no French text"},
		"English missing":     {wording.Phrase{FR: "x", EN: " "}, "key: no English text"},
		"argument missing":    {wording.Phrase{FR: "%[1]s %[2]s", EN: "%[1]s"}, "key: French uses [[1]s [2]s], English uses [[1]s]"},
		"other verb":          {wording.Phrase{FR: "%[1]s", EN: "%[1]d"}, "key: French uses [[1]s], English uses [[1]d]"},
		"argument not named":  {wording.Phrase{FR: "%s", EN: "%s"}, "does not name its argument"},
		"format breaks off":   {wording.Phrase{FR: "%[1]", EN: "%[1]"}, "does not name its argument"},
		"percent at the end":  {wording.Phrase{FR: "100 %", EN: "100%"}, "does not name its argument"},
		"argument repeated":   {wording.Phrase{FR: "%[1]s %[1]s", EN: "%[1]s"}, ""},
		"order is free":       {wording.Phrase{FR: "%[2]s %[1]s", EN: "%[1]s %[2]s"}, ""},
		"doubled percent, ok": {wording.Phrase{FR: "%% %[1]s", EN: "%[1]s"}, ""},
	} {
		err := wording.Table{"key": c.phrase}.Check()
		if c.want == "" {
			assert.NoError(t, err, name)
			continue
		}
		assert.ErrorContains(t, err, c.want, name)
	}
}
