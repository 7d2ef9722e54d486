package guichet_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDocs_EveryTestThatTheSecurityPageNamesExists(t *testing.T) {
	src := readSource(t)

	for path, least := range map[string]int{"SECURITY.md": 0, "docs/security.md": 100} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)

		named := testName.FindAllStringSubmatch(string(text), -1)
		assert.GreaterOrEqualf(t, len(named), least, "%s names its tests", path)
		assert.NotContainsf(t, string(text), "TEST(", "%s still says what to prove, and not by what", path)

		for _, test := range named {
			assert.Truef(t, src.tests[test[1]], "%s names %s, which does not exist", path, test[1])
		}
	}
}
