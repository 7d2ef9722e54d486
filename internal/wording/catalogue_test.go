package wording_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
)

func TestTheCatalogueHasEveryTextOnceAndWhole(t *testing.T) {
	for pkg, entries := range wording.Catalogue() {
		table := wording.Texts(pkg)
		require.NoError(t, table.Check(), pkg)
		assert.Len(t, table, len(entries), "%s has a key twice", pkg)
	}
}

func TestErrorsAreOrderedAndKnowTheirRule(t *testing.T) {
	all := wording.Errors()

	assert.True(t, slices.IsSortedFunc(all, func(a, b wording.Entry) int { return strings.Compare(a.Key, b.Key) }))

	for _, e := range all {
		assert.Equal(t, e.Rule, wording.Rule(e.Key))
	}

	assert.Equal(t, "B4", wording.Rule("account.captcha"))
	assert.Empty(t, wording.Rule("account.nothing"))
	assert.Empty(t, wording.Rule("field.login"), "a label is no error")

	all[0].Rule = "Z1"
	assert.NotEqual(t, "Z1", wording.Rule(all[0].Key), "what is returned is the caller's")
}

func TestATableWithAnotherHasBoth(t *testing.T) {
	one := wording.Table{"a": {FR: "un", EN: "one"}}
	both := one.With(wording.Table{"b": {FR: "deux", EN: "two"}})

	assert.Equal(t, "one", both.Text(language.English, "a"))
	assert.Equal(t, "two", both.Text(language.English, "b"))
	assert.Len(t, one, 1)
}
