package account_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
)

// filled is the guide's form with nothing but what is required.
func filled() account.Form {
	return account.Form{
		Login: "danielpotier@gmail.com", LoginAgain: "danielpotier@gmail.com", FirstName: "Daniel", LastName: "Potier",
		AcceptsTerms: true, Kind: identifier.SIRET, Code: "732 829 320 00074",
	}
}

func policy() account.Policy { return account.Policy{}.WithDefaults() }

func TestB1_AFormWithNothingButTheRequiredIsADraft(t *testing.T) {
	d, err := filled().Check(policy(), noon)
	require.NoError(t, err)

	assert.Equal(t, "danielpotier@gmail.com", d.Login.String())
	assert.Equal(t, account.Person{
		FirstName: "Daniel", LastName: "Potier", Contact: "danielpotier@gmail.com", Language: language.French,
	}, d.Person)
	assert.Equal(t, "Daniel Potier", d.Person.Name())
	assert.Equal(t, identifier.MustParse(identifier.SIRET, "73282932000074"), d.Identity)
}

// The guide's form left empty: all of its faults, each with field, code and text, in the order of the screen.
func TestB1_AnEmptyFormReportsEveryFaultAtOnce(t *testing.T) {
	_, err := account.Form{}.Check(policy(), noon)

	type told struct {
		Field, Code, French, English string
	}

	var got []told
	for _, f := range faultsOf(t, err) {
		require.ErrorIs(t, f, account.ErrRequired)
		assert.Equal(t, f.Text(language.English), f.Error())
		got = append(got, told{f.Name(), f.Code(), f.Text(language.French), f.Text(language.English)})
	}

	assert.Equal(t, []told{
		{"login", "account.required", "Adresse électronique de connexion : ce champ est obligatoire.", "Login address: this field is required."},
		{"login_again", "account.required", "Ressaisissez votre adresse électronique de connexion : ce champ est obligatoire.", "Login address, again: this field is required."},
		{"first_name", "account.required", "Prénom : ce champ est obligatoire.", "First name: this field is required."},
		{"last_name", "account.required", "Nom : ce champ est obligatoire.", "Last name: this field is required."},
		{"terms", "account.required", "J'accepte les conditions : ce champ est obligatoire.", "Acceptance of the conditions: this field is required."},
		{"identifier", "account.required", "Identifiant : ce champ est obligatoire.", "Identifier: this field is required."},
	}, got)
}

func TestB1_EachFaultNamesItsFieldAndReason(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*account.Form)
		field   account.Field
		err     error
		code    string
		french  string
		english string
	}{
		"login missing": {
			func(f *account.Form) { f.Login = " " }, account.FieldLogin, account.ErrRequired, "account.required",
			"Adresse électronique de connexion : ce champ est obligatoire.", "Login address: this field is required.",
		},
		"login no address": {
			func(f *account.Form) { f.Login = "danielpotier" }, account.FieldLogin, account.ErrAddress, "account.address",
			"Adresse électronique de connexion : ce n'est pas une adresse électronique, par exemple prenom.nom@exemple.fr.",
			"Login address: not an e-mail address, such as first.last@example.com.",
		},
		"login not typed again": {
			func(f *account.Form) { f.LoginAgain = "" }, account.FieldLoginAgain, account.ErrRequired, "account.required",
			"Ressaisissez votre adresse électronique de connexion : ce champ est obligatoire.",
			"Login address, again: this field is required.",
		},
		"logins differ": {
			func(f *account.Form) { f.LoginAgain = "danielpotier@gmial.com" }, account.FieldLoginAgain,
			account.ErrLoginsDiffer, "account.logins_differ",
			"Ressaisissez votre adresse électronique de connexion : les deux adresses diffèrent.",
			"Login address, again: the two addresses differ.",
		},
		"logins differ in case": {
			func(f *account.Form) { f.LoginAgain = "DanielPotier@gmail.com" }, account.FieldLoginAgain,
			account.ErrLoginsDiffer, "account.logins_differ", "", "",
		},
		"login again no address": {
			func(f *account.Form) { f.LoginAgain = "danielpotier" }, account.FieldLoginAgain,
			account.ErrLoginsDiffer, "account.logins_differ", "", "",
		},
		"first name blank": {
			func(f *account.Form) { f.FirstName = " \u00a0\t" }, account.FieldFirstName, account.ErrRequired,
			"account.required", "Prénom : ce champ est obligatoire.", "First name: this field is required.",
		},
		"last name too long": {
			func(f *account.Form) { f.LastName = strings.Repeat("é", 81) }, account.FieldLastName, account.ErrTooLong,
			"account.too_long", "Nom : 80 caractères au plus.", "Last name: 80 characters at the most.",
		},
		"first name with a line break": {
			func(f *account.Form) { f.FirstName = "Daniel\r\nBcc: x@y.fr" }, account.FieldFirstName, account.ErrCharacters,
			"account.characters", "Prénom : saut de ligne, caractère de contrôle ou caractère illisible interdit.",
			"First name: line breaks, control characters and unreadable characters are not allowed.",
		},
		"last name no text": {
			func(f *account.Form) { f.LastName = "\xff" }, account.FieldLastName, account.ErrCharacters,
			"account.characters", "", "",
		},
		"phone too long": {
			func(f *account.Form) { f.Phone = strings.Repeat("0", 41) }, account.FieldPhone, account.ErrTooLong,
			"account.too_long", "Téléphone : 40 caractères au plus.", "Phone: 40 characters at the most.",
		},
		"contact no address": {
			func(f *account.Form) { f.Contact = "daniel" }, account.FieldContact, account.ErrAddress, "account.address",
			"E-mail du contact : ce n'est pas une adresse électronique, par exemple prenom.nom@exemple.fr.",
			"Contact address: not an e-mail address, such as first.last@example.com.",
		},
		"conditions not accepted": {
			func(f *account.Form) { f.AcceptsTerms = false }, account.FieldTerms, account.ErrRequired, "account.required",
			"J'accepte les conditions : ce champ est obligatoire.", "Acceptance of the conditions: this field is required.",
		},
		"type of identifier missing": {
			func(f *account.Form) { f.Kind = 0 }, account.FieldIdentifier, account.ErrRequired, "account.required",
			"Identifiant : ce champ est obligatoire.", "Identifier: this field is required.",
		},
		"identifier missing": {
			func(f *account.Form) { f.Code = "" }, account.FieldIdentifier, identifier.ErrEmpty, "identifier.empty",
			"Identifiant : il manque le SIRET : 14 chiffres", "Identifier: the SIRET is missing: 14 digits",
		},
		"identifier wrong": {
			func(f *account.Form) { f.Code = "73282932000075" }, account.FieldIdentifier, identifier.ErrChecksum,
			"identifier.checksum",
			"Identifiant : la clé du SIRET, en position 14, ne correspond pas aux autres chiffres : avec eux, ce serait 4",
			"Identifier: the check digit of the SIRET, at position 14, does not fit the other digits: with them, it would be 4",
		},
		"country of another": {
			func(f *account.Form) { f.Country = "BE" }, account.FieldIdentifier, identifier.ErrCountry, "identifier.country",
			"Identifiant : le pays ne correspond pas à cet identifiant : ce serait FR",
			"Identifier: the country does not agree with this identifier: it would be FR",
		},
	} {
		t.Run(name, func(t *testing.T) {
			form := filled()
			c.change(&form)

			_, err := form.Check(policy(), noon)
			require.ErrorIs(t, err, c.err)

			faults := faultsOf(t, err)
			require.Len(t, faults, 1)
			assert.Equal(t, fault{c.field, c.code}, named(faults)[0])
			require.ErrorIs(t, faults[0], c.err)

			if c.french != "" {
				assert.Equal(t, c.french, faults[0].Text(language.French))
				assert.Equal(t, c.english, faults[0].Text(language.English))
			}
		})
	}
}

// Whatever fields are wrong together, each is reported exactly once, and no other.
func TestB1_FaultsDoNotHideEachOther(t *testing.T) {
	breakages := []struct {
		apply func(*account.Form)
		want  fault
	}{
		{func(f *account.Form) { f.Login = "" }, fault{account.FieldLogin, "account.required"}},
		{func(f *account.Form) { f.LoginAgain = "" }, fault{account.FieldLoginAgain, "account.required"}},
		{func(f *account.Form) { f.FirstName = "a\nb" }, fault{account.FieldFirstName, "account.characters"}},
		{func(f *account.Form) { f.LastName = "" }, fault{account.FieldLastName, "account.required"}},
		{func(f *account.Form) { f.Phone = strings.Repeat("1", 99) }, fault{account.FieldPhone, "account.too_long"}},
		{func(f *account.Form) { f.Contact = "?" }, fault{account.FieldContact, "account.address"}},
		{func(f *account.Form) { f.AcceptsTerms = false }, fault{account.FieldTerms, "account.required"}},
		{func(f *account.Form) { f.Code = "1" }, fault{account.FieldIdentifier, "identifier.length"}},
	}

	rapid.Check(t, func(t *rapid.T) {
		form := filled()

		var want []fault

		for i, broken := range rapid.SliceOfN(rapid.Bool(), len(breakages), len(breakages)).Draw(t, "broken") {
			if broken {
				breakages[i].apply(&form)
				want = append(want, breakages[i].want)
			}
		}

		_, err := form.Check(policy(), noon)
		if got := named(faultsOf(t, err)); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestB1_TheContactAddressIsTheLoginUnlessGiven(t *testing.T) {
	for typed, want := range map[string]string{
		"": "danielpotier@gmail.com", "  ": "danielpotier@gmail.com", "compta@potier.fr": "compta@potier.fr",
		" compta@potier.fr ": "compta@potier.fr",
	} {
		form := filled()
		form.Contact = typed

		d, err := form.Check(policy(), noon)
		require.NoError(t, err, "%q", typed)
		assert.Equal(t, want, d.Person.Contact, "%q", typed)
	}
}

func TestB1_NamesAndPhoneAreCleaned(t *testing.T) {
	form := filled()
	form.FirstName, form.LastName, form.Phone = " Jean   Paul ", "De\u0301sire\u0301", "+33\u00a01 23"

	d, err := form.Check(policy(), noon)
	require.NoError(t, err)
	assert.Equal(t, "Jean Paul Désiré", d.Person.Name())
	assert.Equal(t, "+33 1 23", d.Person.Phone)

	form.FirstName, form.Phone = strings.Repeat("é", 80), strings.Repeat("0", 40)
	_, err = form.Check(policy(), noon)
	require.NoError(t, err, "the longest that fit")
}

func TestB1_TheLoginTypedTwiceMayHaveSpaceAround(t *testing.T) {
	form := filled()
	form.Login, form.LoginAgain = " danielpotier@gmail.com", "danielpotier@gmail.com\n"

	d, err := form.Check(policy(), noon)
	require.NoError(t, err)
	assert.Equal(t, "danielpotier@gmail.com", d.Login.String())
}

func TestA2_ThePolicySaysHowStrictlyIdentifiersAreRead(t *testing.T) {
	form := filled()
	form.Code = "73282932000075"

	p := policy()
	_, err := form.Check(p, noon)
	require.ErrorIs(t, err, identifier.ErrChecksum)

	p.IdentifierLevel = identifier.Shape
	d, err := form.Check(p, noon)
	require.NoError(t, err)
	assert.Equal(t, "73282932000075", d.Identity.Code())
}

func TestA10_ACountryThatAgreesIsAccepted(t *testing.T) {
	form := filled()
	form.Country = "FR"

	d, err := form.Check(policy(), noon)
	require.NoError(t, err)
	assert.Equal(t, "FR", d.Identity.Country())
}

func TestB3_ConsentsAreRecordedWithVersionAndDate(t *testing.T) {
	p := policy()
	p.TermsVersion, p.SurveyVersion = "2026-01", "enquête 3"

	form := filled()
	d, err := form.Check(p, noon)
	require.NoError(t, err)
	assert.Equal(t, account.Consent{Version: "2026-01", At: noon}, d.Terms)
	assert.True(t, d.Terms.Given())
	assert.Equal(t, account.Consent{}, d.Survey, "the survey is optional, and unticked")
	assert.False(t, d.Survey.Given())

	form.AcceptsSurvey = true
	d, err = form.Check(p, noon.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, account.Consent{Version: "enquête 3", At: noon.Add(time.Hour)}, d.Survey)
	assert.True(t, d.Survey.Given())

	form.AcceptsTerms = false
	d, err = form.Check(p, noon)
	require.ErrorIs(t, err, account.ErrRequired, "agreeing to the survey is not agreeing to the conditions")
	assert.False(t, d.Terms.Given())
}

func TestF3_PeopleAreWrittenToInFrenchUnlessTheyAskForEnglish(t *testing.T) {
	for tag, want := range map[language.Tag]language.Tag{
		{}:                          language.French,
		language.French:             language.French,
		language.CanadianFrench:     language.French,
		language.German:             language.French,
		language.English:            language.English,
		language.BritishEnglish:     language.English,
		language.MustParse("en-NC"): language.English,
		language.MustParse("br-FR"): language.French,
	} {
		form := filled()
		form.Language = tag

		d, err := form.Check(policy(), noon)
		require.NoError(t, err)
		assert.Equal(t, want, d.Person.Language, tag)
	}
}

// Where the activation does not wait for the structure's answer, a form may name no structure at all; what it does name
// is read as strictly as ever.
func TestB6_UnderTheImmediatePolicyTheStructurePartIsOptional(t *testing.T) {
	for name, c := range map[string]struct {
		kind   identifier.Kind
		code   string
		names  bool
		always error // under the policy that waits
		now    error // under the one that does not
	}{
		"nothing":       {0, "", false, account.ErrRequired, nil},
		"blank":         {0, " \u00a0", false, account.ErrRequired, nil},
		"a type only":   {identifier.SIRET, "", true, identifier.ErrEmpty, identifier.ErrEmpty},
		"a code only":   {0, "73282932000074", true, account.ErrRequired, account.ErrRequired},
		"a wrong code":  {identifier.SIRET, "73282932000075", true, identifier.ErrChecksum, identifier.ErrChecksum},
		"type and code": {identifier.SIRET, "73282932000074", true, nil, nil},
	} {
		form := filled()
		form.Kind, form.Code = c.kind, c.code

		assert.Equal(t, c.names, form.NamesStructure(), name)

		immediate := policy()
		immediate.Activation = account.Immediate

		for _, under := range []struct {
			policy account.Policy
			want   error
		}{{policy(), c.always}, {immediate, c.now}} {
			d, err := form.Check(under.policy, noon)
			if under.want == nil {
				require.NoError(t, err, name)
				assert.Equal(t, c.names, !d.Identity.IsZero(), name)

				continue
			}

			require.ErrorIs(t, err, under.want, name)
			require.Len(t, faultsOf(t, err), 1, name)
			assert.Equal(t, account.FieldIdentifier, faultsOf(t, err)[0].Field, name)
		}
	}
}

func TestFieldErrorsWithoutAReasonOfOurs(t *testing.T) {
	f := &account.FieldError{Field: account.FieldPhone, Err: errors.New("some other")}
	assert.Equal(t, "account.invalid", f.Code())
	assert.Equal(t, "Téléphone : valeur refusée.", f.Text(language.French))
	assert.Equal(t, "Phone: value refused.", f.Error())
}

func TestAFaultNamesTheRuleThatTheValueBroke(t *testing.T) {
	for want, faults := range map[string][]account.FieldError{
		"B1": {
			{Field: account.FieldLogin, Err: account.ErrRequired},
			{Field: account.FieldLoginAgain, Err: account.ErrLoginsDiffer},
			{Field: account.FieldLastName, Err: account.ErrTooLong},
			{Field: account.FieldIdentifier, Err: account.ErrRequired},
		},
		"B2": {{Field: account.FieldLogin, Err: account.ErrAddress}, {Field: account.FieldContact, Err: account.ErrAddress}},
		"B3": {{Field: account.FieldTerms, Err: account.ErrRequired}},
		"B4": {{Field: account.FieldCaptcha, Err: account.ErrCaptcha}},
		"B8": {
			{Field: account.FieldPassword, Err: account.ErrRequired},
			{Field: account.FieldQuestion, Err: account.ErrTooLong},
			{Field: account.FieldAnswer, Err: account.ErrRequired},
		},
		"A2":  {{Field: account.FieldIdentifier, Err: &identifier.ParseError{Rule: "A2", Err: identifier.ErrLength}}},
		"A10": {{Field: account.FieldIdentifier, Err: &identifier.ParseError{Rule: "A10", Err: identifier.ErrCountry}}},
	} {
		for _, f := range faults {
			assert.Equal(t, want, f.Rule(), "%s: %s", f.Field, f.Err)
		}
	}
}
