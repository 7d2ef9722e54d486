package structure_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/structure"
)

// sentinels are all errors of the package, by name, with their codes.
var sentinels = map[string]struct {
	err  error
	code string
}{
	"ErrRequired":    {structure.ErrRequired, "structure.required"},
	"ErrTooLong":     {structure.ErrTooLong, "structure.too_long"},
	"ErrCharacters":  {structure.ErrCharacters, "structure.characters"},
	"ErrCountry":     {structure.ErrCountry, "structure.country"},
	"ErrSector":      {structure.ErrSector, "structure.sector"},
	"ErrPublic":      {structure.ErrPublic, "structure.public"},
	"ErrApplication": {structure.ErrApplication, "structure.application"},

	"ErrNotYours":      {structure.ErrNotYours, "structure.not_yours"},
	"ErrNonDiffusible": {structure.ErrNonDiffusible, "structure.non_diffusible"},
	"ErrServiceCode":   {structure.ErrServiceCode, "structure.service_code"},
	"ErrValidity":      {structure.ErrValidity, "structure.validity"},
	"ErrCeased":        {structure.ErrCeased, "structure.ceased"},
	"ErrNotListed":     {structure.ErrNotListed, "structure.not_listed"},
	"ErrReplaced":      {structure.ErrReplaced, "structure.replaced"},
	"ErrMasked":        {structure.ErrMasked, "structure.masked"},
	"ErrFormer":        {structure.ErrFormer, "structure.former"},
	"ErrTaken":         {structure.ErrTaken, "structure.taken"},
	"ErrSame":          {structure.ErrSame, "structure.same"},
	"ErrKind":          {structure.ErrKind, "structure.kind"},
	"ErrStatus":        {structure.ErrStatus, "structure.status"},
	"ErrTwice":         {structure.ErrTwice, "structure.twice"},
}

// declared lists the names that begin with a prefix among the package-level variables and constants of a file.
func declared(t *testing.T, file, prefix string) []string {
	t.Helper()

	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)

	var names []string

	for _, decl := range parsed.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}

		for _, spec := range group.Specs {
			if value, ok := spec.(*ast.ValueSpec); ok {
				for _, name := range value.Names {
					if strings.HasPrefix(name.Name, prefix) {
						names = append(names, name.Name)
					}
				}
			}
		}
	}

	return names
}

func TestEverySentinelHasACodeAndTexts(t *testing.T) {
	var names []string

	codes := map[string]bool{}

	for name, s := range sentinels {
		names = append(names, name)
		e := &structure.FieldError{Field: structure.FieldTown, Err: s.err}
		assert.Equal(t, s.code, e.Code(), name)
		require.ErrorIs(t, e, s.err)
		assert.True(t, strings.HasPrefix(s.err.Error(), "structure: "), name)

		codes[e.Code()] = true
	}

	assert.Len(t, codes, len(sentinels), "one code each")
	assert.ElementsMatch(t, declared(t, "errors.go", "Err"), names)
}

func TestTheTextsAreCompleteAndTakeTheirArguments(t *testing.T) {
	require.NoError(t, structure.CheckTexts())

	fields := []structure.Field{
		structure.FieldSector, structure.FieldLegalName, structure.FieldLastName, structure.FieldFirstName,
		structure.FieldLabel, structure.FieldAddress, structure.FieldComplement1, structure.FieldComplement2,
		structure.FieldPostalCode, structure.FieldTown, structure.FieldCountry, structure.FieldApplications,
		structure.FieldNonDiffusible, structure.FieldStatus, structure.FieldIdentifier, structure.FieldServiceCode, structure.FieldServiceLabel,
		structure.FieldServiceUntil,
	}
	assert.Len(t, declared(t, "errors.go", "Field"), len(fields))

	used := []string{"structure.invalid"}

	for _, s := range sentinels {
		used = append(used, s.code)
	}

	for _, field := range fields {
		used = append(used, "field."+string(field))

		for name, s := range sentinels {
			for _, lang := range []language.Tag{language.French, language.English} {
				text := (&structure.FieldError{Field: field, Limit: 80, Value: "x", Err: s.err}).Text(lang)
				assert.NotContains(t, text, "%!", name)
				assert.NotContains(t, text, "field.", field)
			}
		}
	}

	assert.ElementsMatch(t, used, structure.TextKeys(), "nothing is missing, and nothing is left over")
}

func TestAFaultNamesTheRuleThatTheValueBroke(t *testing.T) {
	rules := map[string]string{
		"ErrRequired": "B1", "ErrTooLong": "B1", "ErrCharacters": "B1", "ErrCountry": "B1", "ErrSector": "C2",
		"ErrPublic": "C4", "ErrApplication": "C10", "ErrNotYours": "C2", "ErrNonDiffusible": "C2", "ErrCeased": "C3",
		"ErrNotListed": "C3", "ErrMasked": "C3", "ErrServiceCode": "C6", "ErrValidity": "C6", "ErrReplaced": "C9",
		"ErrStatus": "C8", "ErrTwice": "C6", "ErrSame": "C9", "ErrKind": "C9", "ErrFormer": "C9", "ErrTaken": "C9",
	}
	assert.Len(t, rules, len(sentinels))

	for name, s := range sentinels {
		assert.Equal(t, rules[name], (&structure.FieldError{Err: s.err}).Rule(), name)
	}

	label := &structure.FieldError{Field: structure.FieldServiceLabel, Err: structure.ErrRequired}
	assert.Equal(t, "C6", label.Rule(), "a service's, not the form's")
}

func TestC4AndC10_TheRefusalsOfTheCatalogueExplainThemselves(t *testing.T) {
	public := &structure.FieldError{Field: structure.FieldSector, Err: structure.ErrPublic}
	assert.Equal(t, "Type de structure : une structure publique est créée par l'assistance, pas par une inscription.",
		public.Text(language.French))
	assert.Equal(t, "Sector: public structures are created by support, not by a registration.", public.Error())

	app := &structure.FieldError{Field: structure.FieldApplications, Value: "chasse", Err: structure.ErrApplication}
	assert.Equal(t, `Applications : « chasse » n'est pas une application ouverte à ce type de structure.`,
		app.Text(language.French))
	assert.Equal(t, `Applications: “chasse” is not an application open to this sector.`, app.Error())

	other := &structure.FieldError{Field: structure.FieldTown, Err: errors.New("some other")}
	assert.Equal(t, "structure.invalid", other.Code())
	assert.Equal(t, "Ville : valeur refusée.", other.Text(language.French))
}

func TestC10_ATextIsTextWhateverTheValueIs(t *testing.T) {
	for value, want := range map[string]string{
		"chasse": "chasse", "h\u00e9": "hé", "\xff": "\uFFFD", "ch\xc3": "ch\uFFFD", "a\xff\xfeb\xed\xa0\x80": "a\uFFFDb\uFFFD", "": "",
	} {
		e := &structure.FieldError{Field: structure.FieldApplications, Value: value, Err: structure.ErrApplication}
		assert.Equal(t, "Applications : «\u00a0"+want+"\u00a0» n'est pas une application ouverte à ce type de structure.", e.Text(language.French))
		assert.Equal(t, "Applications: “"+want+"” is not an application open to this sector.", e.Error())
		assert.Equal(t, value, e.Value, "the value itself stays")
	}
}
