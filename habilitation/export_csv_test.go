package habilitation_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

func TestE7_HabilitationsAreExportedAsTheGuideShowsThem(t *testing.T) {
	rows := habilitation.Listing{Application: "factures-emises", Level: habilitation.Consultation}.Select(
		guide().Rows(noon), catalogue(), language.French)

	for lang, want := range map[language.Tag]string{
		language.French: `Structure,Raison Sociale,Code service,Libellé service,Profils
35600000000048,ACME,compta_2,Comptabilité générale,Factures émises consultation
1980193161FERDINANDHELOISE1,Héloïse Ferdinand,,,Factures émises consultation
0122531001,RIDET,,,Factures émises consultation
`,
		language.English: `Structure,Legal name,Service code,Service label,Profiles
35600000000048,ACME,compta_2,Comptabilité générale,Invoices sent consultation
1980193161FERDINANDHELOISE1,Héloïse Ferdinand,,,Invoices sent consultation
0122531001,RIDET,,,Invoices sent consultation
`,
	} {
		var b strings.Builder

		require.NoError(t, habilitation.WriteCSV(&b, rows, catalogue(), lang))
		assert.Equal(t, want, b.String())
	}

	var b strings.Builder

	require.NoError(t, habilitation.WriteCSV(&b, nil, nil, language.English))
	assert.Equal(t, "Structure,Legal name,Service code,Service label,Profiles\n", b.String())
}

func TestE7_AnExportedCellIsNoFormula(t *testing.T) {
	s := acme()
	s.Data.LegalName = `=HYPERLINK("http://example.com","x")`
	own := habilitation.Catalogue{{Application: "chasse", French: "+Chasse", English: "\tHunting"}}
	row := habilitation.Row{
		Structure: s, Service: structure.Service{Code: "-1", Label: "@a, b"},
		Profile: profile{"chasse", habilitation.Consultation},
	}

	var b strings.Builder

	require.NoError(t, habilitation.WriteCSV(&b, []habilitation.Row{row}, own, language.French))
	assert.Equal(t,
		`35600000000048,"'=HYPERLINK(""http://example.com"",""x"")",'-1,"'@a, b",'+Chasse consultation`,
		strings.Split(b.String(), "\n")[1])
}

// full is a file that takes n bytes.
type full struct {
	n   int
	err error
}

func (f *full) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, f.err
	}

	return len(b), nil
}

func TestE7_AnExportThatCannotBeWrittenSaysSo(t *testing.T) {
	var (
		rows = make([]habilitation.Row, 2000)
		all  bytes.Buffer
		gone = errors.New("no space left")
	)

	for i := range rows {
		rows[i] = habilitation.Row{Structure: acme(), Profile: read}
	}

	require.NoError(t, habilitation.WriteCSV(&all, rows, catalogue(), language.French))

	for _, n := range []int{0, 10, 5000, all.Len() - 1} {
		require.ErrorIs(t, habilitation.WriteCSV(&full{n, gone}, rows, catalogue(), language.French), gone, n)
	}

	require.NoError(t, habilitation.WriteCSV(&full{all.Len(), gone}, rows, catalogue(), language.French))
}
