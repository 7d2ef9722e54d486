package guichet_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
)

// code is what a stable code of an error looks like.
var code = regexp.MustCompile(`^(identifier|structure|account|password|question|answer|credential|habilitation|attachment|portal)\.[a-z_]+$`)

// codesInSource returns the codes that the packages' sentinels have, and those that they fall back on.
func codesInSource(t *testing.T) map[string]bool {
	t.Helper()

	out := map[string]bool{}

	for _, dir := range []string{".", "identifier", "structure", "account", "account/credential", "habilitation", "attachment"} {
		paths, err := filepath.Glob(dir + "/*.go")
		require.NoError(t, err)

		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}

			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			require.NoError(t, err)

			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}

				if text, err := strconv.Unquote(lit.Value); err == nil && code.MatchString(text) {
					out[text] = true
				}

				return true
			})
		}
	}

	return out
}

func TestErrors_EveryCodeHasItsTextsAndItsRuleAndEveryTextItsCode(t *testing.T) {
	t.Parallel()

	codes := codesInSource(t)
	require.Greater(t, len(codes), 100, "the codes are found")

	numbers := ruleNumbers()
	catalogue := map[string]guichet.Refusal{}

	for _, r := range guichet.Refusals() {
		assert.NotContains(t, catalogue, r.Code, "one entry a code")
		catalogue[r.Code] = r

		assert.NotEmpty(t, strings.TrimSpace(r.French), "%s has no French text", r.Code)
		assert.NotEmpty(t, strings.TrimSpace(r.English), "%s has no English text", r.Code)
		assert.NotEqual(t, r.French, r.English, r.Code)

		require.Regexp(t, `^[A-G]\d+$`, r.Rule, r.Code)

		n, err := strconv.Atoi(r.Rule[1:])
		require.NoError(t, err)
		assert.LessOrEqual(t, n, numbers[r.Rule[:1]], "%s comes from %s, which is no rule", r.Code, r.Rule)
		assert.Positive(t, n)
		assert.True(t, codes[r.Code], "%s is nobody's code", r.Code)
	}

	for c := range codes {
		assert.Contains(t, catalogue, c, "no text")
	}
}

func TestErrors_FieldsAreNamedAsOnThePortalsScreens(t *testing.T) {
	t.Parallel()

	seen := map[string]bool{}

	for _, f := range guichet.Fields() {
		assert.False(t, seen[f.Name], "%s has two labels", f.Name)
		seen[f.Name] = true

		assert.NotEmpty(t, f.French, f.Name)
		assert.NotEmpty(t, f.English, f.Name)
	}

	assert.True(t, seen["login"] && seen["legal_name"] && seen["captcha"] && seen["service_code"])
}
