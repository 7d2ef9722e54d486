package identifier_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/identifier"
)

// meant says why a verdict differs from python-stdnum's on purpose, "" where it
// must not differ. accepted is ours.
func meant(what, number string, accepted bool) string {
	code := strings.TrimPrefix(number, what)
	switch {
	case accepted && what == "LV" && code[0] <= '3':
		return "persons: the key is not confirmed, and new numbers hold no date"
	case accepted && what == "CZ" && len(code) == 9 && code[0] != '6':
		return "born before 1954: no key, the form decides, whatever the date"
	case accepted && what == "RO" && len(code) == 13 && code[0] != '0':
		return "personal numbers: sources disagree, the form decides"
	case !accepted && what == "IE" && len(code) == 9 && strings.Trim(code[8:], "ABCDEFGHIW") != "":
		return "the second letter is A to I or W: others were never given out"
	}
	return ""
}

func TestA3_AgreesWithPythonStdnum(t *testing.T) {
	file, err := os.Open("testdata/stdnum/stdnum.tsv")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	lines := bufio.NewScanner(file)
	require.True(t, lines.Scan())
	require.Equal(t, "# python-stdnum 1.18, seed 20260101, by generate.py", lines.Text())

	accepted, refused, differs := map[string]int{}, map[string]int{}, map[string]int{}
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		require.Len(t, fields, 4)
		what, number, want, canonical := fields[0], fields[1], fields[2] == "1", fields[3]
		got, ok := verdict(what, number)
		if ok != want {
			why := meant(what, number, ok)
			if why == "" {
				t.Errorf("%s: python-stdnum says %v, we say %v", number, want, ok)
			}
			differs[why]++
			continue
		}
		if !ok {
			refused[what]++
			continue
		}
		accepted[what]++
		if got != canonical {
			t.Errorf("%s: canonical form %s, for python-stdnum %s", number, got, canonical)
		}
	}
	require.NoError(t, lines.Err())
	for _, what := range append(vatPrefixes, "SIREN", "SIRET") {
		assert.GreaterOrEqual(t, accepted[what], 30, what)
		assert.GreaterOrEqual(t, refused[what], 30, what)
	}
	for why, n := range differs {
		t.Logf("%4d: %s", n, why)
	}
}

var vatPrefixes = []string{
	"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU",
	"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
}

// verdict reads a number as what it is said to be.
func verdict(what, number string) (string, bool) {
	switch what {
	case "SIREN":
		siren, err := identifier.ParseSIREN(number)
		return siren.String(), err == nil
	case "SIRET":
		id, err := identifier.Parse(identifier.SIRET, number)
		return id.Code(), err == nil
	case "FR":
		v, err := identifier.ParseVAT(number)
		return v.String(), err == nil
	}
	id, err := identifier.Parse(identifier.European, number)
	return id.Code(), err == nil
}
