package account_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
)

func TestB2_OneAddressInSeveralSpellingsIsOneLogin(t *testing.T) {
	for name, spellings := range map[string][]string{
		"case":               {"daniel.potier@gmail.com", "Daniel.Potier@GMail.com", "DANIEL.POTIER@GMAIL.COM"},
		"space around":       {"daniel@potier.fr", " daniel@potier.fr\t", "\u00a0daniel@potier.fr\r\n"},
		"accents, any case":  {"hélène@potier.fr", "HÉLÈNE@potier.fr"},
		"composed or not":    {"hélène@potier.fr", "he\u0301le\u0300ne@potier.fr", "HE\u0301LE\u0300NE@POTIER.FR"},
		"width":              {"jean@potier.fr", "ＪＥＡＮ@potier.fr", "jean@ｐｏｔｉｅｒ.fr"},
		"half-width kana":    {"カ@potier.fr", "ｶ@potier.fr"},
		"Kelvin is a letter": {"k@potier.fr", "\u212a@potier.fr"},
		"Cyrillic":           {"иван@пример.рф", "ИВАН@ПРИМЕР.РФ"},
		"Arabic":             {"أحمد@مثال.مصر"},
	} {
		t.Run(name, func(t *testing.T) {
			first := login(t, spellings[0])

			for _, s := range spellings {
				l := login(t, s)
				assert.Equal(t, strings.TrimSpace(s), l.String(), "mail goes to the address as typed")
				assert.Equal(t, first.Key(), l.Key())
				assert.True(t, l.Same(first) && first.Same(l))
				assert.False(t, l.IsZero())
			}
		})
	}
}

func TestB2_DifferentAddressesAreDifferentLogins(t *testing.T) {
	seen := map[string]string{}

	for _, s := range []string{
		"daniel@potier.fr", "danie1@potier.fr", "daniel@potier.com", "daniel+1@potier.fr", "dan.iel@potier.fr",
		"helene@potier.fr", "hélène@potier.fr", // accents count
		"а@potier.fr", "a@potier.fr", // Cyrillic and Latin
		"İ@potier.fr", "I@potier.fr", "ı@potier.fr", // the dots of Turkish count
	} {
		l := login(t, s)
		assert.Empty(t, seen[l.Key()], "%s and another", s)
		seen[l.Key()] = s
	}

	assert.False(t, login(t, "a@potier.fr").Same(login(t, "b@potier.fr")))
	assert.False(t, login(t, "a@potier.fr").Same(account.Login{}))
}

func TestB2_TheZeroLoginIsNoAddress(t *testing.T) {
	assert.True(t, account.Login{}.IsZero())
	assert.Empty(t, account.Login{}.String())
	assert.Empty(t, account.Login{}.Key())
}

func TestB2_AStoredLoginComesBackUnchecked(t *testing.T) {
	l := login(t, " Daniel@Potier.fr")
	assert.Equal(t, l, account.StoredLogin(l.String(), l.Key()))
	assert.True(t, account.StoredLogin("", "").IsZero())

	// What an earlier version accepted must still be readable.
	odd := account.StoredLogin("daniel@localhost", "daniel@localhost")
	assert.Equal(t, "daniel@localhost", odd.String())
	assert.Equal(t, "daniel@localhost", odd.Key())
}

func TestB2_WhatIsNoAddressIsRefused(t *testing.T) {
	for _, s := range []string{"", " ", "\t\r\n", "\u3000"} {
		l, err := account.ParseLogin(s)
		require.ErrorIs(t, err, account.ErrRequired, "%q", s)
		assert.True(t, l.IsZero())
	}

	for name, s := range map[string]string{
		"no at":                    "daniel",
		"no local part":            "@potier.fr",
		"no domain":                "daniel@",
		"two ats":                  "daniel@@potier.fr",
		"two addresses":            "a@potier.fr,b@potier.fr",
		"two more":                 "a@potier.fr b@potier.fr",
		"a list in semicolons":     "a@potier.fr;b@potier.fr",
		"a name":                   "Daniel <daniel@potier.fr>",
		"angle brackets":           "<daniel@potier.fr>",
		"a comment":                "daniel@potier.fr (Daniel)",
		"a comment in front":       "(Daniel)daniel@potier.fr",
		"a group":                  "x:daniel@potier.fr;",
		"mailto":                   "mailto:daniel@potier.fr",
		"a space":                  "daniel potier@potier.fr",
		"quoted space":             `"daniel potier"@potier.fr`,
		"quoted":                   `"daniel"@potier.fr`,
		"backslash":                `dan\iel@potier.fr`,
		"an undotted domain":       "daniel@localhost",
		"a domain of one dot":      "daniel@potier.",
		"a dot at the end":         "daniel@potier.fr.",
		"a dot in front":           "daniel@.potier.fr",
		"dots in a row":            "daniel@potier..fr",
		"local dots in a row":      "daniel..potier@potier.fr",
		"local dot in front":       ".daniel@potier.fr",
		"local dot at the end":     "daniel.@potier.fr",
		"a header":                 "daniel@potier.fr\r\nBcc: x@y.fr",
		"a line break":             "dan\niel@potier.fr",
		"a null":                   "daniel@potier.fr\x00",
		"a tab":                    "dan\tiel@potier.fr",
		"next line":                "dan\u0085iel@potier.fr",
		"line separator":           "dan\u2028iel@potier.fr",
		"zero width space":         "dan\u200biel@potier.fr",
		"bidirectional override":   "dan\u202eiel@potier.fr",
		"right to left":            "אבג@potier.fr", // mixed with left to right: RFC 5893
		"a ligature":               "ﬁlm@potier.fr",
		"an emoji":                 "🔑@potier.fr",
		"not UTF-8":                "dan\xffiel@potier.fr",
		"a surrogate":              "dan\xed\xa0\x80iel@potier.fr",
		"full-width at":            "daniel＠b@potier.fr", // once narrowed, like the next three
		"full-width comma":         "daniel，b@potier.fr",
		"full-width brackets":      "＜daniel＞@potier.fr",
		"full-width dots":          "daniel．．b@potier.fr",
		"local part of 65":         strings.Repeat("a", 65) + "@potier.fr",
		"local part of 66 in UTF8": strings.Repeat("é", 33) + "@potier.fr",
		"255 bytes":                strings.Repeat("a", 60) + "@" + strings.Repeat("b", 191) + ".fr",
		"a megabyte":               strings.Repeat("a", 1<<20) + "@potier.fr",
	} {
		t.Run(name, func(t *testing.T) {
			l, err := account.ParseLogin(s)
			require.ErrorIs(t, err, account.ErrAddress)
			assert.Equal(t, account.Login{}, l)
		})
	}
}

func TestB2_TheLongestAddressesFit(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("a", 64) + "@potier.fr",
		strings.Repeat("é", 32) + "@potier.fr",
		strings.Repeat("a", 59) + "@" + strings.Repeat("b", 191) + ".fr", // 254
		"a@b.c",
		"!#$%&'*+-/=?^_`{|}~@potier.fr",
	} {
		assert.Equal(t, s, login(t, s).String())
	}
}

// One address typed with other capitals is the same login, whatever the address.
func TestB2_CaseNeverMakesAnotherLogin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// It begins with a letter: x/text applies the bidirectional rule to whatever is not ASCII, and that refuses a
		// digit in front.
		s := rapid.StringMatching(`[a-zàâçéèêëîïôûùüœæ][a-zàâçéè0-9_+-]{0,10}(\.[a-zé0-9]{1,5})?@[a-zé0-9]{1,8}\.(fr|com)`).Draw(t, "address")

		raised := []rune(s)
		for i := range raised {
			if rapid.Bool().Draw(t, "raise") {
				raised[i] = unicode.ToUpper(raised[i])
			}
		}

		form := rapid.SampledFrom([]norm.Form{norm.NFC, norm.NFD}).Draw(t, "form")
		if a, b := login(t, s), login(t, form.String(string(raised))); !a.Same(b) {
			t.Fatalf("%q has key %q, %q has %q", a, a.Key(), b, b.Key())
		}
	})
}

func FuzzParseLogin(f *testing.F) {
	for _, s := range []string{
		"danielpotier@gmail.com",         // the guide's
		" Daniel.Potier@GMAIL.com\n",     // to be trimmed and folded
		"he\u0301le\u0300ne@potier.fr",   // to be composed
		"ＪＥＡＮ@ｐｏｔｉｅｒ.ｆｒ",                 // to be narrowed
		"a＠b@potier.fr",                  // a second at, once narrowed
		"A＞@potier.fr",                   // a bracket, once narrowed
		"A，@potier.fr",                   // a comma, once narrowed
		"ΣΑΣ@potier.fr",                  // sigma is lower-cased by its place
		"İ@potier.fr",                    // grows when lower-cased
		"Daniel <daniel@potier.fr>",      // a name
		`"a b"@potier.fr`,                // quoted
		"a@potier.fr\r\nBcc: b@c.fr",     // header injection
		"a@[127.0.0.1]",                  // a literal
		"a@xn--exmple-cua.fr",            // punycode
		"a@exämple.fr",                   // and what it stands for
		"\u0958@potier.fr",               // decomposes in form NFC
		"\xff@potier.fr",                 // no text
		"(c)a@potier.fr", "a@potier.fr.", // comment, root
	} {
		f.Add(s)
	}

	f.Fuzz(func(t *testing.T, s string) {
		l, err := account.ParseLogin(s)
		if err != nil {
			if !errors.Is(err, account.ErrRequired) && !errors.Is(err, account.ErrAddress) {
				t.Fatalf("%q: an error of its own: %v", s, err)
			}

			if !l.IsZero() || l.String() != "" {
				t.Fatalf("%q is refused and yet %q", s, l)
			}

			return
		}

		switch {
		case l.String() != strings.TrimSpace(s):
			t.Fatalf("%q became %q", s, l)
		case l.IsZero() || l.Key() == "":
			t.Fatalf("%q has no key", s)
		case len(l.String()) > 254:
			t.Fatalf("%q has %d bytes", s, len(l.String()))
		}

		for _, r := range l.String() + l.Key() {
			if unicode.IsControl(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar {
				t.Fatalf("%q keeps U+%04X", s, r)
			}
		}

		if strings.ContainsAny(l.String()+l.Key(), "<>,;:") {
			t.Fatalf("%q is more than an address", s)
		}

		again, err := account.ParseLogin(l.String())
		if err != nil || again != l {
			t.Fatalf("%q is read again as %q, %v", l, again, err)
		}

		if lower, err := account.ParseLogin(asciiLower(l.String())); err != nil || !lower.Same(l) {
			t.Fatalf("%q in lower case is another login, %v", l, err)
		}

		if key, err := account.ParseLogin(l.Key()); err != nil || !key.Same(l) {
			t.Fatalf("the key %q has the key %q, %v", l.Key(), key.Key(), err)
		}
	})
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}

		return r
	}, s)
}

func TestB2_LoginsAreComparedByFullCaseFolding(t *testing.T) {
	for _, pair := range [][2]string{
		{"ΣΑΣ@exemple.gr", "σας@exemple.gr"},
		{"STRASSE@exemple.de", "straße@exemple.de"},
		{"Élodie@Exemple.FR", "élodie@exemple.fr"},
		{"ꭰꭱ@exemple.fr", "ᎠᎡ@exemple.fr"}, // Cherokee letters, whose folding is upwards
	} {
		a, err := account.ParseLogin(pair[0])
		require.NoError(t, err)
		b, err := account.ParseLogin(pair[1])
		require.NoError(t, err)
		assert.True(t, a.Same(b), pair)

		again, err := account.ParseLogin(a.Key())
		require.NoError(t, err)
		assert.Equal(t, a.Key(), again.Key(), "folding twice is folding once")
	}
}

func TestB2_AddressesThatNobodyReadsAreRefused(t *testing.T) {
	for _, address := range []string{
		"a@[127.0.0.1]", "a@127.0.0.1", "-oQ/tmp@exemple.fr", "a@exemple.fr?x", "a@exemple.fr#", "a@-exemple.fr", "a@exemple-.fr",
		"a@exemple", "a@.fr", "a@exemple..fr",
	} {
		_, err := account.ParseLogin(address)
		require.ErrorIs(t, err, account.ErrAddress, address)
	}
}
