package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
)

func TestB2_NoticesGoToTheContactAddressOnceItIsConfirmedIfItDiffers(t *testing.T) {
	const own = "Daniel@Potier.fr"

	for name, c := range map[string]struct {
		contact   string
		confirmed bool
		notices   string
		must      bool
	}{
		"none":                             {"", false, own, false},
		"none, once confirmed":             {"", true, own, false},
		"the login address":                {own, false, own, false},
		"the login in another spelling":    {"daniel@potier.fr", false, "daniel@potier.fr", false},
		"another, unconfirmed":             {"compta@potier.fr", false, own, true},
		"another, confirmed":               {"compta@potier.fr", true, "compta@potier.fr", false},
		"what is no address, unconfirmed":  {"compta chez potier", false, own, true},
		"another that only begins alike":   {"daniel@potier.fr.example", false, own, true},
		"another that differs by a letter": {"daniel@potier.re", false, own, true},
	} {
		a := account.Account{Login: login(t, own), Person: account.Person{Contact: c.contact}}
		if c.confirmed {
			a.ContactAt = noon
		}

		assert.Equal(t, c.notices, a.NoticeAddress(), name)
		assert.Equal(t, c.must, a.MustConfirm(), name)
	}

	// A login that was accepted once, and is none by today's reading, is its own contact address all the same.
	old := account.Account{Login: account.StoredLogin("daniel@potier", "daniel@potier"), Person: account.Person{Contact: "daniel@potier"}}
	assert.Equal(t, "daniel@potier", old.NoticeAddress())
	assert.False(t, old.MustConfirm())
}

// What is one login may be two mailboxes: only the case of ASCII letters never tells two apart.
func TestB2_AnAddressOfTheSameLoginMayBeAnotherMailbox(t *testing.T) {
	for _, c := range []struct {
		own, contact string
		must         bool
	}{
		{"Daniel@Potier.fr", "dANIEL@pOTIER.FR", false},
		{"AZ[az@potier.fr", "az[az@potier.fr", false}, // the letters at either end of the alphabet, and no other byte
		{"hélène@potier.fr", "HéLèNE@POTIER.FR", false},
		{"info@strasse.example", "info@straße.example", true},
		{"info@straße.example", "info@strasse.example", true},
		{"hélène@potier.fr", "HÉLÈNE@potier.fr", true},
		{"hélène@potier.fr", "he\u0301le\u0300ne@potier.fr", true}, // decomposed
		{"daniel@potier.fr", "ｄaniel@potier.fr", true},             // full-width
		{"kim@potier.fr", "\u212aim@potier.fr", true},              // the Kelvin sign, whose lower case is k
	} {
		a := account.Account{Login: account.StoredLogin(c.own, c.own), Person: account.Person{Contact: c.contact}}
		assert.Equal(t, c.must, a.MustConfirm(), "%s, %s", c.own, c.contact)

		notices := c.contact
		if c.must {
			notices = c.own
		}

		assert.Equal(t, notices, a.NoticeAddress(), "%s, %s", c.own, c.contact)

		a.ContactAt = noon
		assert.False(t, a.MustConfirm())
		assert.Equal(t, c.contact, a.NoticeAddress())
	}

	assert.True(t, login(t, "info@strasse.example").Same(login(t, "info@straße.example")), "one login all the same")
}

func TestB2_AContactAddressThatChangesIsConfirmedAgain(t *testing.T) {
	a := account.Account{
		ID: "a", Login: login(t, "daniel@potier.fr"), ContactAt: noon,
		Person: account.Person{FirstName: "Daniel", Contact: "compta@potier.fr"},
	}

	named := a.Reach(account.Person{FirstName: "Daniela", Contact: "compta@potier.fr"})
	assert.Equal(t, noon, named.ContactAt, "another name is no other mailbox")
	assert.Equal(t, "Daniela", named.Person.FirstName)
	assert.Equal(t, "Daniel", a.Person.FirstName, "a copy")

	moved := named.Reach(account.Person{FirstName: "Daniela", Contact: "paie@potier.fr"})
	assert.True(t, moved.ContactAt.IsZero())
	assert.True(t, moved.MustConfirm())
	assert.Equal(t, "daniel@potier.fr", moved.NoticeAddress())

	back := moved.Reach(account.Person{Contact: "compta@potier.fr"})
	assert.True(t, back.MustConfirm(), "what was confirmed once is not for ever")

	same := back.Reach(account.Person{Contact: "daniel@potier.fr"})
	assert.False(t, same.MustConfirm(), "the login address needs no confirming")
}

func TestB3_WhichConsentsFromElsewhereCanBeKept(t *testing.T) {
	for name, c := range map[string]struct {
		consent account.Consent
		ok      bool
	}{
		"none":                         {account.Consent{}, true},
		"a version and a date":         {account.Consent{Version: "terms 2", At: noon}, true},
		"40 characters":                {account.Consent{Version: strings.Repeat("é", 40), At: noon}, true},
		"41 characters":                {account.Consent{Version: strings.Repeat("é", 41), At: noon}, false},
		"a version without a date":     {account.Consent{Version: "terms 2"}, false},
		"a date without a version":     {account.Consent{At: noon}, false},
		"a version that is but space":  {account.Consent{Version: " ", At: noon}, false},
		"a version with space around":  {account.Consent{Version: " 2", At: noon}, false},
		"a version on two lines":       {account.Consent{Version: "terms\n2", At: noon}, false},
		"a version that is no text":    {account.Consent{Version: "\xff", At: noon}, false},
		"a version that shows nothing": {account.Consent{Version: "\u200b", At: noon}, false},
		"a decomposed version":         {account.Consent{Version: "e\u0301", At: noon}, false},
	} {
		for _, field := range []account.Field{account.FieldTerms, account.FieldSurvey} {
			err := c.consent.Check(field)
			if c.ok {
				require.NoError(t, err, name)
				continue
			}

			var f *account.FieldError

			require.ErrorAs(t, err, &f, name)
			assert.Equal(t, account.FieldError{Field: field, Err: account.ErrConsent}, *f, name)
			assert.Equal(t, "B3", f.Rule())
		}
	}
}

func TestB3_AConsentIsGivenOnceToEachTextAndTakenBackAtAnyTime(t *testing.T) {
	p := policy()
	p.TermsVersion, p.SurveyVersion = "terms 2", "survey 2"

	earlier := noon.Add(-time.Hour)
	none, old := account.Consent{}, account.Consent{Version: "old", At: earlier}

	for _, c := range []struct {
		to   account.ConsentTo
		text string
		of   func(*account.Account) *account.Consent
	}{
		{account.ToTerms, "terms 2", func(a *account.Account) *account.Consent { return &a.Terms }},
		{account.ToSurvey, "survey 2", func(a *account.Account) *account.Consent { return &a.Survey }},
	} {
		now, current := account.Consent{Version: c.text, At: noon}, account.Consent{Version: c.text, At: earlier}

		for _, cell := range []struct {
			before  account.Consent
			given   bool
			after   account.Consent
			changed bool
		}{
			{none, true, now, true},
			{none, false, none, false},
			{old, true, now, true},
			{old, false, none, true},
			{current, true, current, false}, // the first date counts
			{current, false, none, true},
		} {
			a := account.Account{ID: "a", Terms: account.Consent{Version: "t", At: earlier}, Survey: account.Consent{Version: "s", At: earlier}}
			*c.of(&a) = cell.before
			want := a
			*c.of(&want) = cell.after

			after, changed := a.Consents(c.to, cell.given, p, noon)
			assert.Equal(t, want, after, "%s %t, before %v: and the other consent stays", c.to, cell.given, cell.before)
			assert.Equal(t, cell.changed, changed, "%s %t, before %v", c.to, cell.given, cell.before)
			assert.Equal(t, cell.before, *c.of(&a), "a copy")
		}
	}
}

func TestD11_ConsentsHaveStableNames(t *testing.T) {
	for to, want := range map[account.ConsentTo]string{
		0: "invalid", account.ToTerms: "terms", account.ToSurvey: "survey", account.ToSurvey + 1: "invalid",
	} {
		assert.Equal(t, want, to.String())
	}
}

func TestB1_APersonsFormIsCleanedAndReportsEveryFaultAtOnce(t *testing.T) {
	own := login(t, "daniel@potier.fr")

	p, err := account.PersonForm{FirstName: " Daniel ", LastName: "Potier", Phone: "+33\u00a01", Language: language.BritishEnglish}.Check(own)
	require.NoError(t, err)
	assert.Equal(t, account.Person{
		FirstName: "Daniel", LastName: "Potier", Phone: "+33 1", Contact: "daniel@potier.fr", Language: language.English,
	}, p)

	_, err = account.PersonForm{
		FirstName: "a\nb", Phone: strings.Repeat("1", 41), Contact: "daniel",
	}.Check(own)
	assert.Equal(t, []fault{
		{account.FieldFirstName, "account.characters"},
		{account.FieldLastName, "account.required"},
		{account.FieldPhone, "account.too_long"},
		{account.FieldContact, "account.address"},
	}, named(faultsOf(t, err)))
}

// What a form gave comes out as it was when the form is filled in again from it, so that one field can be changed alone.
func TestB1_APersonCanBeCheckedAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aéÉ \u00a0\u0301-'ßﬁ")), 1, 12, -1)
		form := account.PersonForm{
			FirstName: "x" + text.Draw(t, "first"), LastName: "x" + text.Draw(t, "last"), Phone: text.Draw(t, "phone"),
			Contact:  rapid.SampledFrom([]string{"", " ", "compta@potier.fr", " Compta@Potier.FR"}).Draw(t, "contact"),
			Language: rapid.SampledFrom([]language.Tag{{}, language.French, language.English, language.German}).Draw(t, "language"),
		}

		once, err := form.Check(login(t, "daniel@potier.fr"))
		require.NoError(t, err)

		twice, err := once.Form().Check(login(t, "daniel@potier.fr"))
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}

func TestC5_AnAccountCreates20StructuresADay(t *testing.T) {
	p := policy()
	a := account.Account{ID: "a", State: account.Active}

	for i := range 20 {
		var err error
		a, err = a.Claim(p, noon.Add(time.Duration(i)*time.Minute))
		require.NoError(t, err, "%d", i)
		assert.Equal(t, i+1, a.Claims)
		assert.Equal(t, time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC), a.ClaimDay)
	}

	// The day is UTC's, wherever the clock is.
	east := time.FixedZone("UTC+11", 11*60*60)
	last := time.Date(2026, time.March, 1, 23, 59, 59, 999_999_000, time.UTC)

	for _, at := range []time.Time{noon.Add(time.Hour), last, last.In(east)} {
		refused, err := a.Claim(p, at)
		require.ErrorIs(t, err, account.ErrCreated)
		assert.Equal(t, a, refused, "stays as it was")

		var told *account.AccountError

		require.ErrorAs(t, err, &told)
		assert.Equal(t, account.Active, told.State)
	}

	next, err := a.Claim(p, last.Add(time.Microsecond).In(east))
	require.NoError(t, err)
	assert.Equal(t, 1, next.Claims)
	assert.Equal(t, time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC), next.ClaimDay)

	p.ClaimsPerDay = 2
	next, err = next.Claim(p, last.Add(time.Hour))
	require.NoError(t, err)
	_, err = next.Claim(p, last.Add(time.Hour))
	require.ErrorIs(t, err, account.ErrCreated, "as the policy says")
}

func TestB1_ANameIsNoLink(t *testing.T) {
	for _, name := range []string{"https://exemple.fr", "Voir WWW.exemple.fr", "x://y"} {
		_, err := account.PersonForm{FirstName: name, LastName: "Potier"}.Check(account.Login{})
		require.ErrorIs(t, err, account.ErrCharacters, name)
	}

	_, err := account.PersonForm{FirstName: "Anne-Sophie", LastName: "d'Arc / Potier"}.Check(account.Login{})
	require.NoError(t, err)
}
