package credential_test

import (
	"errors"
	"math/rand/v2"
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

// A password is as long as it may be whatever else is wrong with it.
func TestB8_APasswordHas12To128CharactersAfterNFKC(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		want     error
	}{
		"empty":                             {"", credential.ErrPasswordShort},
		"11 characters":                     {"Xq7!vL2#pR9", credential.ErrPasswordShort},
		"12 characters":                     {"Xq7!vL2#pR9z", nil},
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
		"12 characters, 11 and a no-break ": {strings.Repeat("x", 11) + "\u00a0", nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := credential.CheckPassword(c.password)
			for _, length := range []error{credential.ErrPasswordShort, credential.ErrPasswordLong} {
				assert.Equal(t, errors.Is(c.want, length), errors.Is(err, length), "%v: %v", length, err)
			}
		})
	}
}

func TestB8_APasswordHasFourClassesOrIsAPassphraseOf20(t *testing.T) {
	for password, accepted := range map[string]bool{
		"Xq7!vL2#pR9z":           true,
		"Xq7 vL2 pR9z":           true, // a space is another sign
		"xq7!vl2#pr9z":           false,
		"XQ7!VL2#PR9Z":           false,
		"Xqu!vLo#pRmz":           false,
		"Xq7evL2epR9z":           false,
		"tbn gir vert lac oie":   true,  // 20
		"tbn gir vert lac oi":    false, // 19
		"Éc7!vœ2#pr9z":           true,
		"éc7!vœ2#pr9z":           false, // a lower case letter with an accent is one without case as little
		"Xq٣!vLo#pRmz":           true,  // a digit of another script
		"Xq½!vLo#pRmz":           true,  // in NFKC: 1⁄2
		"Xq²!vLo#pRmz":           true,  // in NFKC: 2
		"ǲq7!vl2#pr9z":           true,  // in NFKC: Dz
		"ᾈq7!vl2#pr9z":           true,  // titlecase
		"пароль из7слов":         false,
		"Пароль из7слов":         true,
		"كلمةالسرجديدة7!":        true, // letters without case
		"密码是四个随机的汉字7!":           true, //nolint:gosmopolitan // a script without case
		"كلمةالسرجديدةة!":        false,
		"密码是四个随机的汉字77":           false, //nolint:gosmopolitan // likewise
		"XQ7!VL2#PRहि":           true,  // a letter without case, and its vowel
		"xQ7mVL2pPR\u0b02\u0b02": false, // vowels and accents are no signs
	} {
		t.Run(password, func(t *testing.T) {
			err := credential.CheckPassword(password)
			assert.Equal(t, !accepted, errors.Is(err, credential.ErrPasswordClasses), "%v", err)
			assert.NotErrorIs(t, err, credential.ErrPasswordCommon)
		})
	}
	var fault *credential.Error
	require.ErrorAs(t, credential.CheckPassword("xq7!vl2#pr9z"), &fault)
	assert.Equal(t, credential.MinPassphrase, fault.Limit)
	assert.Contains(t, fault.Text(language.French), "au moins 20 caractères")
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
		"zzH3l€n3zzzzz":              true,  // signs for letters
		"example.com rocks":          false, // the domain is nobody's
		"Example2024!!":              true,  // but it makes no password
		"!!3x@mple-2024":             true,
		"heleene battery":            false,
	} {
		t.Run(password, func(t *testing.T) {
			err := credential.CheckPassword(password, person...)
			assert.Equal(t, refused, errors.Is(err, credential.ErrPasswordPersonal), "%v", err)
			assert.NotErrorIs(t, credential.CheckPassword(password), credential.ErrPasswordPersonal, "of somebody else")
		})
	}
	require.NoError(t, credential.CheckPassword("quatre mots au hasard", "", "@", " "), "nothing known of the person")
}

func TestB8_ACompoundNameIsFoundHoweverItIsJoined(t *testing.T) {
	for password, refused := range map[string]bool{
		"xx Jean-Pierre 7":   true,
		"xx Jean Pierre 7":   true,
		"xxJEANPIERRExx7":    true,
		"xx j3an_pierre 7":   true,
		"xx Jean et Pierre7": false,
		"xx Pierre Jean 7":   false,
	} {
		for _, name := range []string{"Jean-Pierre", "Jean Pierre", "jean  pierre"} {
			err := credential.CheckPassword(password, name)
			assert.Equal(t, refused, errors.Is(err, credential.ErrPasswordPersonal), "%s: %v", password, err)
		}
	}
	// What is short is found across the words of any phrase.
	assert.NotErrorIs(t, credential.CheckPassword("la colle gommée", "Leg O"), credential.ErrPasswordPersonal)
	assert.ErrorIs(t, credential.CheckPassword("la colle gommée", "Leg-Omm"), credential.ErrPasswordPersonal)
	assert.NotErrorIs(t, credential.CheckPassword("la colle gommée", "Legomm"), credential.ErrPasswordPersonal)
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
	assert.Equal(t, []string{"password.control", "password.short", "password.classes", "password.personal"}, codes)

	err = credential.CheckPassword("motdepasse\t11", "Mot De Passe")
	for _, want := range []error{credential.ErrPasswordControl, credential.ErrPasswordCommon, credential.ErrPasswordPersonal} {
		require.ErrorIs(t, err, want)
	}
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

// Nobody is refused a password that a machine has drawn.
func TestB8_RandomPasswordsAreAccepted(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 4))
	refused := 0
	for range 20_000 {
		typed := make([]byte, 14)
		for i := range typed {
			typed[i] = byte('!' + random.IntN('~'-'!'+1))
		}
		if errors.Is(credential.CheckPassword(string(typed), "Daniel.Potier@laposte.fr", "Daniel", "Potier"), credential.ErrPasswordCommon) {
			refused++
			t.Logf("refused: %s", typed)
		}
	}
	assert.LessOrEqual(t, refused, 2, "one in 10,000")
}

func FuzzPassword(f *testing.F) {
	for _, typed := range []string{
		"",
		"Motdepasse1!",                         // common
		"quatre mots au hasard",                // accepted
		"&é\"'(-è_çà1A",                        // a row of the French keyboard
		"1990-01-01-1990",                      // dates
		"daniel.potier@laposte.fr",             // personal
		strings.Repeat("\u1F82", 128),          // as long as it may be
		"\xff",                                 // not UTF-8
		"ß\u0345\u0130",                        // characters that folding makes more or fewer of
		strings.Repeat("1!", 60) + "a1!" + "b", // many signs around letters
	} {
		f.Add(typed, "daniel.potier@laposte.fr", "Jean-Pierre")
	}
	f.Fuzz(func(t *testing.T, typed, login, name string) {
		err := credential.CheckPassword(typed, login, name)
		strength := credential.Estimate(typed, login, name)
		if strength.Bits < 0 || strength.Score < 0 || strength.Score > 4 {
			t.Fatalf("%+v", strength)
		}
		if err != nil {
			var fault *credential.Error
			if !errors.As(err, &fault) || fault.Code() == "" {
				t.Fatalf("error without its sentinel: %v", err)
			}
			if again := credential.CheckPassword(typed); again == nil && !errors.Is(err, credential.ErrPasswordPersonal) {
				t.Fatalf("refused because of the person, for another reason: %v", err)
			}
			return
		}
		normal := credential.NormalizePassword(typed)
		if n := utf8.RuneCountInString(normal); n < credential.MinPassword || n > credential.MaxPassword {
			t.Fatalf("accepted %d characters", n)
		}
		if len(normal) > credential.MaxSecretBytes {
			t.Fatal("accepted what cannot be hashed")
		}
		if err := credential.CheckPassword(normal, login, name); err != nil {
			t.Fatalf("refused in the form that is hashed: %v", err)
		}
	})
}

// A password that is accepted can be hashed and then verified.
func TestB8_WhatIsAcceptedCanBeHashed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.StringN(20, 130, -1).Draw(t, "typed")
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
		credential.ErrAnswerShort: true, credential.ErrAnswerLong: true, credential.ErrPasswordClasses: true,
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
