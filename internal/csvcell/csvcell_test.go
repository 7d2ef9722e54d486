package csvcell_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/internal/csvcell"
)

func TestGuard_OnlyWhatASpreadsheetWouldRunIsTouched(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "ACME": "ACME", "Société A = B": "Société A = B", "a-b@c+d": "a-b@c+d", "'quoted": "'quoted", " ": " ",
		"73282932000074": "73282932000074", "a\tb": "a\tb", " ACME": " ACME", "é=1": "é=1",

		"=1+1": "'=1+1", "+33 1": "'+33 1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"=":        "'=",
		" =1":      "' =1", // trimmed by some
		"\u00a0=1": "'\u00a0=1", "\uFEFF=1": "'\uFEFF=1", "\x00=1": "'\x00=1", " \t=1": "' \t=1",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠A": "'＠A", // folded by some
	} {
		assert.Equal(t, want, csvcell.Guard(cell), "%q", cell)
	}
}

func TestRow_GuardsEveryCell(t *testing.T) {
	assert.Equal(t, []string{"a", "'=b", "c"}, csvcell.Row("a", "=b", "c"))
	assert.Empty(t, csvcell.Row())
}

// FuzzGuard looks at what comes back from the file, as a spreadsheet would: no cell begins like a formula, none is
// lost, and none is changed but for the apostrophe.
func FuzzGuard(f *testing.F) {
	f.Add("=HYPERLINK(\"http://example.com\")") // a formula with quotes
	f.Add("a\",=1")                             // leaves its cell if quotes are not doubled
	f.Add("a\r\n=1")                            // leaves its line
	f.Add(" \u00a0\ufeff=1")                    // behind space
	f.Add("＝1")                                 // full-width

	f.Fuzz(func(t *testing.T, cell string) {
		var b bytes.Buffer

		w := csv.NewWriter(&b)
		require.NoError(t, w.Write(csvcell.Row("first", cell, "last")))
		w.Flush()
		require.NoError(t, w.Error())

		rows, err := csv.NewReader(&b).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Len(t, rows[0], 3)

		got := rows[0][1]
		if strings.TrimSpace(got) != "" && strings.ContainsAny(strings.TrimSpace(got)[:1], "=+-@") {
			t.Fatalf("%q is run", got)
		}

		// The csv package reads \r\n in a cell as \n.
		if got = strings.TrimPrefix(got, "'"); got != strings.ReplaceAll(strings.TrimPrefix(cell, "'"), "\r\n", "\n") {
			t.Fatalf("%q became %q", cell, got)
		}
	})
}
