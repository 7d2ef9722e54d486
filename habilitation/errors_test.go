package habilitation_test

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

	"github.com/guichet-pro/guichet/habilitation"
)

// sentinels are all reasons for a denial, by name, with their codes.
var sentinels = map[string]struct {
	err           error
	code          string
	french, words string
}{
	"ErrStale":             {habilitation.ErrStale, "habilitation.stale", "les droits ne sont plus à jour, ils sont à relire.", "the rights are no longer up to date, they are to be read again."},
	"ErrAccountInactive":   {habilitation.ErrAccountInactive, "habilitation.account_inactive", "le compte n'est pas actif.", "the account is not active."},
	"ErrNotAttached":       {habilitation.ErrNotAttached, "habilitation.not_attached", "le compte n'est pas rattaché à cette structure ou à ce service.", "the account is not attached to this structure or service."},
	"ErrSuspended":         {habilitation.ErrSuspended, "habilitation.suspended", "le rattachement est suspendu.", "the attachment is suspended."},
	"ErrServiceInactive":   {habilitation.ErrServiceInactive, "habilitation.service_inactive", "le service n'est pas actif.", "the service is not active."},
	"ErrApplicationClosed": {habilitation.ErrApplicationClosed, "habilitation.application_closed", "la structure n'a pas ouvert cette application.", "the structure has not opened this application."},
	"ErrNotGranted":        {habilitation.ErrNotGranted, "habilitation.not_granted", "ce profil n'a pas été accordé.", "this profile has not been granted."},
	"ErrStructureInactive": {habilitation.ErrStructureInactive, "habilitation.structure_inactive", "la structure est inactive, seule la consultation reste possible.", "the structure is inactive: only consultation remains."},
}

// faults are the errors of the package that are no denial, by name, with their codes, as said of the entry "chasse" in
// second place.
var faults = map[string]struct {
	err           error
	code          string
	french, words string
}{
	"ErrPage":           {habilitation.ErrPage, "habilitation.page", "Cette page de la liste n'existe pas : reprenez au début.", "There is no such page of the list: begin again."},
	"ErrNoOrganisation": {habilitation.ErrNoOrganisation, "habilitation.no_organisation", "Catalogue : l'application chasse manque.", "Catalogue: the application chasse is missing."},
	"ErrTwice":          {habilitation.ErrTwice, "habilitation.twice", "Catalogue, application n° 2 (chasse) : ce code figure déjà plus haut.", "Catalogue, application no. 2 (chasse): the code is there already, further up."},
	"ErrNoCode":         {habilitation.ErrNoCode, "habilitation.no_code", "Catalogue, application n° 2 : il faut un code.", "Catalogue, application no. 2: a code is needed."},
	"ErrNoLabel":        {habilitation.ErrNoLabel, "habilitation.no_label", "Catalogue, application n° 2 (chasse) : il faut un nom en français et en anglais.", "Catalogue, application no. 2 (chasse): a name in French and in English is needed."},
	"ErrNoSector":       {habilitation.ErrNoSector, "habilitation.no_sector", "Catalogue, application n° 2 (chasse) : aucun secteur ne peut l'ouvrir.", "Catalogue, application no. 2 (chasse): no sector may open it."},
}

// labels are the texts that belong to no error.
func labels() []string {
	keys := []string{"results"}

	for _, c := range habilitation.Columns() {
		keys = append(keys, "column."+string(c))
	}

	for _, s := range habilitation.DefaultCatalogue().Domains() {
		keys = append(keys, "domain."+string(s.Domain))
	}

	return keys
}

// declared lists the package-level variables and constants of a file whose names begin with a prefix.
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

func TestE6_EveryReasonHasACodeAndTexts(t *testing.T) {
	require.NoError(t, habilitation.CheckTexts())

	var names []string

	used := []string{"habilitation.denied"}

	for name, s := range sentinels {
		names, used = append(names, name), append(used, s.code)
		assert.True(t, strings.HasPrefix(s.err.Error(), "habilitation: "), name)

		d := &habilitation.Denied{Profile: read, Err: s.err}
		require.ErrorIs(t, d, s.err)
		assert.Equal(t, s.code, d.Code())
		assert.Equal(t, "factures-emises/consultation : "+s.french, d.Text(language.French))
		assert.Equal(t, "factures-emises/consultation: "+s.words, d.Text(language.English))
		assert.Equal(t, d.Text(language.English), d.Error())
	}

	for name, f := range faults {
		names, used = append(names, name), append(used, f.code)
		assert.True(t, strings.HasPrefix(f.err.Error(), "habilitation: "), name)

		e := &habilitation.Error{Application: "chasse", Entry: 1, Err: f.err}
		require.ErrorIs(t, e, f.err)
		assert.Equal(t, f.code, e.Code())
		assert.Equal(t, f.french, e.Text(language.French))
		assert.Equal(t, f.words, e.Text(language.English))
		assert.Equal(t, e.Text(language.English), e.Error())
	}

	used = append(append(used, "habilitation.invalid"), labels()...)

	assert.ElementsMatch(t, declared(t, "errors.go", "Err"), names)
	assert.ElementsMatch(t, used, habilitation.TextKeys(), "nothing is missing, and nothing is left over")

	other := &habilitation.Denied{Profile: read, Err: errors.New("some other")}
	assert.Equal(t, "habilitation.denied", other.Code())
	assert.Equal(t, "factures-emises/consultation : refusé.", other.Text(language.French))

	fault := &habilitation.Error{Application: "chasse\xff", Entry: 1, Err: errors.New("some other")}
	assert.Equal(t, "habilitation.invalid", fault.Code())
	assert.Equal(t, "Catalogue, application n° 2 (chasse\uFFFD) : refusée.", fault.Text(language.French))
}
