package account_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-multierror"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
)

// noon is when things happen.
var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// fault is a [account.FieldError] as far as a test looks at it.
type fault struct {
	Field account.Field
	Code  string
}

// faultsOf unpacks an error of a form; nil has none. Anything but field errors fails the test.
func faultsOf(t require.TestingT, err error) []*account.FieldError {
	if err == nil {
		return nil
	}

	var all *multierror.Error

	require.ErrorAs(t, err, &all)

	var out []*account.FieldError

	for _, e := range all.Errors {
		var f *account.FieldError

		require.ErrorAs(t, e, &f)

		out = append(out, f)
	}

	return out
}

// named reduces faults to field and code.
func named(faults []*account.FieldError) []fault {
	var out []fault
	for _, f := range faults {
		out = append(out, fault{f.Field, f.Code()})
	}

	return out
}

// login parses an address that is known to be one.
func login(t require.TestingT, s string) account.Login {
	l, err := account.ParseLogin(s)
	require.NoError(t, err)

	return l
}

func TestB11_StatesOfAnAccountHaveStableNames(t *testing.T) {
	for state, want := range map[account.State]string{
		0: "invalid", account.Active: "active", account.Deactivated: "deactivated", account.Blocked: "blocked",
		account.Closed: "closed", account.Closed + 1: "invalid",
	} {
		assert.Equal(t, want, state.String())
	}
}

func TestD11_AnActorIsReadBackFromTheJournal(t *testing.T) {
	for written, actor := range map[string]account.Actor{
		"":                 {},
		"account:42":       account.By("42"),
		"account:a:b":      account.By("a:b"),
		"support:Anne":     account.Support("Anne"),
		"support:A: B, C":  account.Support("A: B, C"),
		"support:":         account.Support(""),
		"support:system":   account.Support("system"),
		"account:support:": account.By("support:"),
		"system":           account.System(),
	} {
		assert.Equal(t, written, actor.String())

		read, ok := account.ParseActor(written)
		assert.True(t, ok, written)
		assert.Equal(t, actor, read, written)
	}

	for _, s := range []string{"account", "account:", "support", "system:", "system:x", "invalid", "nobody:1", "Account:1", " system", "42"} {
		read, ok := account.ParseActor(s)
		assert.False(t, ok, s)
		assert.True(t, read.IsZero(), s)
	}
}

func TestB11_WhichIDsAnApplicationMayBring(t *testing.T) {
	uuid := "0190163d-8694-739b-aea5-966c26f8ad91"

	for name, c := range map[string]struct {
		id account.ID
		ok bool
	}{
		"one byte":                     {"a", true},
		"a number":                     {"42", true},
		"two UUIDs and a prefix":       {account.ID("import:" + uuid + ":" + uuid), true},
		"128 bytes":                    {account.ID(strings.Repeat("a", 128)), true},
		"128 bytes of 64 characters":   {account.ID(strings.Repeat("é", 64)), true},
		"128 bytes of 32 characters":   {account.ID(strings.Repeat("🔑", 32)), true},
		"other scripts":                {"\u6771\u4eac-שלום", true},
		"punctuation":                  {`:/'"\<%00>`, true},
		"a space inside":               {"a b", true},
		"a no-break space inside":      {"a\u00a0b", true},
		"U+FFFD, which is valid UTF-8": {"\ufffd", true},

		"none":                             {"", false},
		"129 bytes":                        {account.ID(strings.Repeat("a", 129)), false},
		"129 bytes of 65 characters":       {account.ID(strings.Repeat("é", 64) + "a"), false},
		"a byte that is none of UTF-8":     {"a\xff", false},
		"a character broken off":           {"a\xc3", false},
		"half of a surrogate pair":         {"\xed\xa0\x80", false},
		"longer than it takes to be short": {"\xc0\x80", false},
		"a space":                          {" ", false},
		"a space before":                   {" a", false},
		"a space behind":                   {"a ", false},
		"a line break behind":              {"a\n", false},
		"a no-break space before":          {"\u00a0a", false},
		"an ideographic space behind":      {"a\u3000", false},
		"a line separator behind":          {"a\u2028", false},
	} {
		err := c.id.Check()
		if c.ok {
			require.NoError(t, err, name)
			continue
		}

		var f *account.FieldError

		require.ErrorAs(t, err, &f, name)
		assert.Equal(t, account.FieldError{Field: account.FieldID, Limit: 128, Err: account.ErrID}, *f, name)
	}

	for r := range rune(0x100) {
		control := r < 0x20 || r >= 0x7f && r < 0xa0 // all of C0, DEL and C1
		assert.Equal(t, control, account.ID("a"+string(r)+"b").Check() != nil, "U+%04X", r)
	}
}

func TestActorsAreTold(t *testing.T) {
	assert.True(t, account.By("a").Is("a"))
	assert.False(t, account.By("a").Is("b"))
	assert.False(t, account.Support("a").Is("a"), "support is no account, whatever its name")
	assert.False(t, account.Actor{}.Is(""), "nobody is nobody's account")
	assert.False(t, account.System().Is(""))

	assert.True(t, account.Actor{}.IsZero())
	assert.False(t, account.System().IsZero())

	for kind, want := range map[account.ActorKind]string{
		0: "invalid", account.ActorAccount: "account", account.ActorSupport: "support", account.ActorSystem: "system",
		account.ActorSystem + 1: "invalid",
	} {
		assert.Equal(t, want, kind.String())
	}

	assert.Empty(t, account.Actor{Kind: 99, ID: "x"}.String())
}

// verbs are what somebody might print a secret with. %p is left out: fmt asks no method for it, and vet refuses it.
var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%c", "%U", "%t", "%5v"}

func TestG5_CredentialsAreNotPrinted(t *testing.T) {
	secret := account.Credentials{Password: "hunter2-hunter2", Question: "Nom du chat ?", Answer: "Grisou"}
	shown := func(s string) bool {
		for _, part := range []string{secret.Password, secret.Question, secret.Answer} {
			if strings.Contains(s, part) || strings.Contains(strings.ToLower(s), hex.EncodeToString([]byte(part))) {
				return true
			}
		}

		return false
	}

	type form struct{ Credentials account.Credentials }

	for _, verb := range verbs {
		for _, value := range []any{
			secret, &secret,
			form{secret},
			&form{secret},
			[]account.Credentials{secret},
			map[string]any{"c": secret},
			fmt.Errorf("activate: %w (%v)", errors.New("no"), secret),
		} {
			assert.False(t, shown(fmt.Sprintf(verb, value)), "%s of %T", verb, value)
		}
	}

	assert.Equal(t, "account.Credentials(redacted)", fmt.Sprint(secret))
	assert.Equal(t, "account.Credentials(redacted)", secret.String())

	var b strings.Builder

	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "credentials", secret)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "credentials", secret)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "form", form{secret}, "pointer", &form{secret})
	assert.Equal(t, 4, strings.Count(b.String(), "redacted"), b.String())
	assert.False(t, shown(b.String()))
}
