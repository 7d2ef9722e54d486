package account_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
)

// sentinels are all errors of the package, by name, with their codes.
var sentinels = map[string]struct {
	err  error
	code string
}{
	"ErrRequired":        {account.ErrRequired, "account.required"},
	"ErrTooLong":         {account.ErrTooLong, "account.too_long"},
	"ErrCharacters":      {account.ErrCharacters, "account.characters"},
	"ErrAddress":         {account.ErrAddress, "account.address"},
	"ErrLoginsDiffer":    {account.ErrLoginsDiffer, "account.logins_differ"},
	"ErrLinkUnknown":     {account.ErrLinkUnknown, "account.link_unknown"},
	"ErrLinkUsed":        {account.ErrLinkUsed, "account.link_used"},
	"ErrLinkReplaced":    {account.ErrLinkReplaced, "account.link_replaced"},
	"ErrLinkExpired":     {account.ErrLinkExpired, "account.link_expired"},
	"ErrNotApproved":     {account.ErrNotApproved, "account.not_approved"},
	"ErrAlreadyApproved": {account.ErrAlreadyApproved, "account.already_approved"},
	"ErrEnded":           {account.ErrEnded, "account.ended"},
	"ErrCaptcha":         {account.ErrCaptcha, "account.captcha"},
	"ErrID":              {account.ErrID, "account.id"},
	"ErrConsent":         {account.ErrConsent, "account.consent"},
	"ErrState":           {account.ErrState, "account.state"},
	"ErrDate":            {account.ErrDate, "account.date"},
	"ErrSame":            {account.ErrSame, "account.same"},
	"ErrAlreadyActive":   {account.ErrAlreadyActive, "account.already_active"},
	"ErrDeactivated":     {account.ErrDeactivated, "account.deactivated"},
	"ErrBlocked":         {account.ErrBlocked, "account.blocked"},
	"ErrNotBlocked":      {account.ErrNotBlocked, "account.not_blocked"},
	"ErrClosed":          {account.ErrClosed, "account.closed"},
	"ErrNotYours":        {account.ErrNotYours, "account.not_yours"},
	"ErrCreated":         {account.ErrCreated, "account.created"},
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
	for name := range sentinels {
		names = append(names, name)
	}

	// A programmer's mistake, which no person ever reads.
	assert.ElementsMatch(t, declared(t, "errors.go", "Err"), append(names, "ErrTokenSize"))

	seen := map[string]string{}

	for name, want := range sentinels {
		e := &account.FieldError{Field: account.FieldLogin, Err: want.err}
		assert.Equal(t, want.code, e.Code(), name)
		assert.Empty(t, seen[e.Code()], "%s has the code of another", name)
		seen[e.Code()] = name

		assert.True(t, account.HasText(want.code), name)
		assert.True(t, strings.HasPrefix(want.err.Error(), "account: "), name)
	}
}

func TestTheTextsAreCompleteAndTakeTheirArguments(t *testing.T) {
	require.NoError(t, account.CheckTexts())

	fields := []account.Field{
		account.FieldLogin, account.FieldLoginAgain, account.FieldFirstName, account.FieldLastName, account.FieldPhone,
		account.FieldContact, account.FieldTerms, account.FieldSurvey, account.FieldCaptcha, account.FieldID, account.FieldState, account.FieldDate,
		account.FieldIdentifier, account.FieldPassword, account.FieldQuestion, account.FieldAnswer,
	}
	assert.Len(t, declared(t, "errors.go", "Field"), len(fields))

	used := []string{"account.explained", "account.invalid"}

	for _, field := range fields {
		used = append(used, "field."+string(field))
		assert.True(t, account.HasText("field."+string(field)), field)

		for _, name := range []string{
			"ErrRequired", "ErrTooLong", "ErrCharacters", "ErrAddress", "ErrLoginsDiffer", "ErrCaptcha", "ErrSame",
			"ErrID", "ErrConsent", "ErrState", "ErrDate",
		} {
			for _, lang := range []language.Tag{language.French, language.English} {
				text := (&account.FieldError{Field: field, Limit: 80, Err: sentinels[name].err}).Text(lang)
				assert.NotContains(t, text, "%!", name)
			}
		}
	}

	for _, s := range sentinels {
		used = append(used, s.code)
	}

	slices.Sort(used)

	keys := account.TextKeys()
	slices.Sort(keys)
	assert.Equal(t, used, keys, "nothing is missing, and nothing is left over")
}

func TestB11_TheFaultsOfAnImportExplainThemselves(t *testing.T) {
	for _, c := range []struct {
		field         account.Field
		limit         int
		err           error
		rule, fr, eng string
	}{
		{
			account.FieldID, 128, account.ErrID, "B11",
			"Référence : 1 à 128 octets de texte, sans caractère de contrôle ni espace aux extrémités.",
			"Id: 1 to 128 bytes of text without control characters, and without spaces at its ends.",
		},
		{
			account.FieldState, 0, account.ErrState, "B11", "État du compte : un compte se reprend actif, désactivé ou bloqué.",
			"State of the account: an account is taken over active, deactivated or blocked.",
		},
		{account.FieldDate, 0, account.ErrDate, "B11", "Date : une année de 1 à 9999.", "Date: a year from 1 to 9999."},
		{
			account.FieldTerms, 0, account.ErrConsent, "B3", "J'accepte les conditions : il n'y a pas de tel consentement.",
			"Acceptance of the conditions: there is no such consent.",
		},
	} {
		e := &account.FieldError{Field: c.field, Limit: c.limit, Err: c.err}
		require.ErrorIs(t, e, c.err)
		assert.Equal(t, c.rule, e.Rule(), c.field)
		assert.Equal(t, c.fr, e.Text(language.French))
		assert.Equal(t, c.eng, e.Error())
	}
}
