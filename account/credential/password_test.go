package credential_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/go-multierror"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account/credential"
)

func TestB8_APasswordHas12To128CharactersAfterNFKC(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		want     error
	}{
		"empty":                             {"", credential.ErrPasswordShort},
		"11 characters":                     {strings.Repeat("x", 11), credential.ErrPasswordShort},
		"12 characters":                     {strings.Repeat("x", 12), nil},
		"128 characters":                    {strings.Repeat("x", 128), nil},
		"129 characters":                    {strings.Repeat("x", 129), credential.ErrPasswordLong},
		"a megabyte":                        {strings.Repeat("x", 1<<20), credential.ErrPasswordLong},
		"11 characters of 33 bytes":         {strings.Repeat("€", 11), credential.ErrPasswordShort},
		"128 characters of 4 bytes":         {strings.Repeat("🔑", 128), nil},
		"12 decomposed, 6 composed":         {strings.Repeat("e\u0301", 6), credential.ErrPasswordShort},
		"6 ligatures are 12 letters":        {strings.Repeat("ﬁ", 6), nil},
		"8 of them that are 144 letters":    {strings.Repeat("\uFDFA", 8), credential.ErrPasswordLong},
		"128 characters typed as 4 each":    {norm.NFD.String(strings.Repeat("\u1F82", 128)), nil},
		"129 characters typed as 4 each":    {norm.NFD.String(strings.Repeat("\u1F82", 129)), credential.ErrPasswordLong},
		"spaces count":                      {"a b c d e f ", nil},
		"an emoji of several code points":   {strings.Repeat("👩\u200d💻", 4), nil},
		"text in another script":            {"пароль из слов", nil},
		"a passphrase":                      {"quatre mots au hasard", nil},
		"12 characters, 11 and a no-break ": {strings.Repeat("x", 11) + "\u00a0", nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := credential.CheckPassword(c.password)
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestB8_APasswordIsTextWithoutControls(t *testing.T) {
	require.ErrorIs(t, credential.CheckPassword("perfectly long \xff"), credential.ErrPasswordEncoding)
	for b := range 256 {
		r := rune(b)
		control := b < 0x20 || b >= 0x7f && b < 0xa0
		err := credential.CheckPassword("perfectly long" + string(r))
		assert.Equal(t, control, errors.Is(err, credential.ErrPasswordControl), "U+%04X", b)
	}
}

func TestB8_APasswordContainsNeitherLoginNorName(t *testing.T) {
	person := []string{"Daniel.Potier@example.com", "Hélène", "Lé", "Strauß"}
	for password, refused := range map[string]bool{
		"daniel.potier@example.com1": true,
		"my-DANIEL.POTIER-2024":      true, // the part before the @
		"zzHÉLÈNEzzzzz":              true,
		"zzhelenezzzzz":              true,  // without accents
		"zzhe\u0301le\u0300nezzzzz":  true,  // typed as letters and accents
		"xxＨélèneｘｘｘｘｘ":              true,  // full width
		"zzSTRAUSSzzzzz":             true,  // ß
		"correct lé battery":         false, // two letters are no name
		"daniel-potier-2024":         false,
		"example.com rocks":          false, // the domain is nobody's
		"heleene battery":            false,
	} {
		t.Run(password, func(t *testing.T) {
			err := credential.CheckPassword(password, person...)
			assert.Equal(t, refused, errors.Is(err, credential.ErrPasswordPersonal), "%v", err)
			assert.NoError(t, credential.CheckPassword(password), "of somebody else")
		})
	}
	require.NoError(t, credential.CheckPassword("quatre mots au hasard", "", "@", " "), "nothing known of the person")
}

func TestB8_ANameOfFourCharactersCounts(t *testing.T) {
	for name, counts := range map[string]bool{"Léa": false, "Anaé": true, "Zoé@x": false, "Théo@x": true} {
		local, _, _ := strings.Cut(name, "@")
		err := credential.CheckPassword("my password, "+local, name)
		assert.Equal(t, counts, errors.Is(err, credential.ErrPasswordPersonal), name)
	}
}

// What is longer than any password could be typed is neither normalised nor searched.
func TestB8_OnlyWhatMayBeAPasswordIsWorkedOn(t *testing.T) {
	longest := strings.Repeat("e\u0301", 682) + "xy"
	require.Len(t, longest, credential.MaxTyped)
	assert.Equal(t, strings.Repeat("é", 682)+"xy", credential.NormalizePassword(longest))
	assert.Equal(t, longest+"z", credential.NormalizePassword(longest+"z"))

	require.ErrorIs(t, credential.CheckPassword(longest, "eexy"), credential.ErrPasswordPersonal)
	assert.NotErrorIs(t, credential.CheckPassword(longest+"z", "eexy"), credential.ErrPasswordPersonal)
}

func TestB8_AllFaultsOfAPasswordComeAtOnce(t *testing.T) {
	err := credential.CheckPassword("hunter\t", "hunter")
	var all *multierror.Error
	require.ErrorAs(t, err, &all)
	codes := make([]string, 0, len(all.Errors))
	for _, e := range all.Errors {
		var fault *credential.Error
		require.ErrorAs(t, e, &fault)
		codes = append(codes, fault.Code())
	}
	assert.Equal(t, []string{"password.control", "password.short", "password.personal"}, codes)
}

// What is typed in another normal form is the same password, and normalising twice changes nothing: otherwise a
// password could be set and never typed again.
func TestB8_APasswordIsTheSameHoweverItIsTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.StringN(0, 60, credential.MaxTyped/8).Draw(t, "typed")
		want := credential.NormalizePassword(typed)
		for name, form := range map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD} {
			assert.Equal(t, want, credential.NormalizePassword(form.String(typed)), name)
		}
		assert.Equal(t, want, credential.NormalizePassword(want), "twice")
	})
}

func TestB8_CaseAndSpacesOfAPasswordCount(t *testing.T) {
	for _, typed := range []string{"Correct Horse", "correct horse", "Correct  Horse", " Correct Horse", "Correct Horse "} {
		assert.Equal(t, typed, credential.NormalizePassword(typed))
	}
}

// A password that is accepted can be hashed and then verified.
func TestB8_WhatIsAcceptedCanBeHashed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.StringN(12, 130, -1).Draw(t, "typed")
		if credential.CheckPassword(typed) != nil {
			return
		}
		normal := credential.NormalizePassword(typed)
		n := utf8.RuneCountInString(normal)
		assert.True(t, n >= credential.MinPassword && n <= credential.MaxPassword, "%d characters", n)
		stored, err := credential.Hash(normal, salt(credential.SaltLen), cheap())
		require.NoError(t, err)
		ok, err := credential.Verify(credential.NormalizePassword(typed), stored)
		require.NoError(t, err)
		assert.True(t, ok)
	})
}

func TestB8_EveryFaultHasACodeAndTextsInFrenchAndEnglish(t *testing.T) {
	require.NoError(t, credential.CheckTexts())
	seen := map[string]error{}
	figured := map[error]bool{
		credential.ErrPasswordShort: true, credential.ErrPasswordLong: true, credential.ErrQuestionLong: true,
		credential.ErrAnswerShort: true, credential.ErrAnswerLong: true,
	}
	for sentinel, code := range credential.Codes() {
		require.NotEmpty(t, code)
		require.NotContains(t, seen, code, "%v and %v", sentinel, seen[code])
		seen[code] = sentinel
		assert.True(t, credential.HasText(code), code)

		fault := &credential.Error{Err: sentinel, Limit: 12}
		fr, en := fault.Text(language.French), fault.Text(language.BritishEnglish)
		assert.NotEqual(t, fr, en)
		require.ErrorIs(t, fault, sentinel)
		assert.Contains(t, fault.Error(), sentinel.Error())

		if !figured[sentinel] { // and is told without one
			plain := &credential.Error{Err: sentinel}
			assert.NotContains(t, plain.Text(language.French)+plain.Text(language.English), "%!", code)
		}
	}

	var fault *credential.Error
	require.ErrorAs(t, credential.CheckPassword("short"), &fault)
	assert.Equal(t, "Le mot de passe doit compter au moins 12 caractères.", fault.Text(language.French))
	assert.Equal(t, "The password must have at least 12 characters.", fault.Text(language.English))
}
