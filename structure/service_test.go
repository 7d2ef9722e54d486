package structure_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/structure"
)

func TestC6_AServiceIsCleanedAndCanBeCheckedAgain(t *testing.T) {
	paris := time.FixedZone("UTC+1", 60*60)
	form := structure.ServiceForm{
		Code: " COMPTA/2-b_é.1\t", Label: " Comptabilité\u00a0 générale ", Inactive: true,
		From: noon.Add(999).In(paris), Until: noon.Add(time.Hour + 1999),
	}

	s, err := form.Check()
	require.NoError(t, err)
	assert.Equal(t, structure.Service{
		Code: "COMPTA/2-b_é.1", Label: "Comptabilité générale", Inactive: true,
		From: noon, Until: noon.Add(time.Hour + time.Microsecond),
	}, s, "without structure and version; in UTC, to the microsecond")

	again, err := s.Form().Check()
	require.NoError(t, err)
	assert.Equal(t, s, again)

	open, err := structure.ServiceForm{Code: "rh", Label: "RH"}.Check()
	require.NoError(t, err)
	assert.True(t, open.From.IsZero() && open.Until.IsZero(), "always")
	assert.True(t, open.ActiveAt(noon))
}

func TestC6_EachFaultOfAServiceNamesItsFieldAndReason(t *testing.T) {
	none := time.Time{}

	for name, c := range map[string]struct {
		code, label string
		from, until time.Time
		faults      []fault
	}{
		"the shortest":        {"a", "x", none, none, nil},
		"the longest":         {strings.Repeat("é", 100), strings.Repeat("é", 160), none, none, nil},
		"no code":             {" ", "x", none, none, []fault{{structure.FieldServiceCode, "structure.service_code"}}},
		"a long code":         {strings.Repeat("é", 101), "x", none, none, []fault{{structure.FieldServiceCode, "structure.service_code"}}},
		"a space in the code": {"a b", "x", none, none, []fault{{structure.FieldServiceCode, "structure.service_code"}}},
		"a sign in the code":  {"a:b", "x", none, none, []fault{{structure.FieldServiceCode, "structure.service_code"}}},
		"a code of no text":   {"a\xff", "x", none, none, []fault{{structure.FieldServiceCode, "structure.service_code"}}},
		"no label":            {"a", " ", none, none, []fault{{structure.FieldServiceLabel, "structure.required"}}},
		"a long label":        {"a", strings.Repeat("é", 161), none, none, []fault{{structure.FieldServiceLabel, "structure.too_long"}}},
		"a label of lines":    {"a", "x\ny", none, none, []fault{{structure.FieldServiceLabel, "structure.characters"}}},
		"ends as it begins":   {"a", "x", noon, noon, []fault{{structure.FieldServiceUntil, "structure.validity"}}},
		"ends before":         {"a", "x", noon, noon.Add(-time.Hour), []fault{{structure.FieldServiceUntil, "structure.validity"}}},
		"within a moment":     {"a", "x", noon, noon.Add(999), []fault{{structure.FieldServiceUntil, "structure.validity"}}},
		"a microsecond":       {"a", "x", noon, noon.Add(time.Microsecond), nil},
		"no beginning":        {"a", "x", none, noon, nil},
		"no end":              {"a", "x", noon, none, nil},
		"all at once": {"", "", noon, noon, []fault{
			{structure.FieldServiceCode, "structure.service_code"},
			{structure.FieldServiceLabel, "structure.required"},
			{structure.FieldServiceUntil, "structure.validity"},
		}},
	} {
		_, err := structure.ServiceForm{Code: c.code, Label: c.label, From: c.from, Until: c.until}.Check()
		faults := faultsOf(t, err)
		assert.Equal(t, c.faults, named(faults), name)

		for _, f := range faults {
			assert.Equal(t, "C6", f.Rule(), name)
			assert.NotContains(t, f.Text(language.French)+f.Error(), "%", name)
		}
	}

	_, err := structure.ServiceForm{Code: "a b", Label: "x"}.Check()
	assert.Equal(t, "Code service : 1 à 100 lettres sans espace, chiffres, points, tirets, traits de soulignement ou barres obliques.",
		faultsOf(t, err)[0].Text(language.French))
}
