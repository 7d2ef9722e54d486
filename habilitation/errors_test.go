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

// sentinels are all errors of the package, by name, with their codes.
var sentinels = map[string]struct {
	err           error
	code          string
	french, words string
}{
	"ErrAccountInactive":   {habilitation.ErrAccountInactive, "habilitation.account_inactive", "le compte n'est pas actif.", "the account is not active."},
	"ErrNotAttached":       {habilitation.ErrNotAttached, "habilitation.not_attached", "le compte n'est pas rattaché à cette structure ou à ce service.", "the account is not attached to this structure or service."},
	"ErrSuspended":         {habilitation.ErrSuspended, "habilitation.suspended", "le rattachement est suspendu.", "the attachment is suspended."},
	"ErrServiceInactive":   {habilitation.ErrServiceInactive, "habilitation.service_inactive", "le service n'est pas actif.", "the service is not active."},
	"ErrApplicationClosed": {habilitation.ErrApplicationClosed, "habilitation.application_closed", "la structure n'a pas ouvert cette application.", "the structure has not opened this application."},
	"ErrNotGranted":        {habilitation.ErrNotGranted, "habilitation.not_granted", "ce profil n'a pas été accordé.", "this profile has not been granted."},
	"ErrStructureInactive": {habilitation.ErrStructureInactive, "habilitation.structure_inactive", "la structure est inactive, seule la consultation reste possible.", "the structure is inactive: only consultation remains."},
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

	assert.ElementsMatch(t, declared(t, "errors.go", "Err"), names)
	assert.ElementsMatch(t, used, habilitation.TextKeys(), "nothing is missing, and nothing is left over")

	other := &habilitation.Denied{Profile: read, Err: errors.New("some other")}
	assert.Equal(t, "habilitation.denied", other.Code())
	assert.Equal(t, "factures-emises/consultation : refusé.", other.Text(language.French))
}
