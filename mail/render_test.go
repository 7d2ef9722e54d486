package mail_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
)

var languages = []language.Tag{language.French, language.English}

// full has a value in every field, two of them with several lines.
func full() mail.Content {
	return mail.Content{
		Recipient: "Daniel Potier", Structure: "Ateliers Potier SAS", Identifier: "SIRET 732 829 320 00074",
		Formerly: "SIRET 732 829 320 00066", Requester: "Héloïse Ferdinand", Login: "heloise.ferdinand@exemple.fr",
		Comment: "Bonjour,\n\nVeuillez accepter ma demande afin que je puisse émettre des factures.\n-- \nHéloïse",
		Reason:  "Je ne vous connais pas.\nAppelez-moi au bureau.",
		Service: "Facturation", Profiles: []string{"Factures émises consultation", "Factures émises modification"},
		Since: time.Date(2026, time.November, 1, 9, 30, 0, 0, time.UTC),
		Until: time.Date(2026, time.November, 23, 14, 5, 0, 0, time.UTC),
		Link:  "https://compte.exemple.fr/activation?jeton=abc", Code: "483920", Left: 7,
	}
}

func render(t *testing.T, k mail.Kind, lang language.Tag, c mail.Content) (subject, text string) {
	t.Helper()

	parts, err := mail.Render(k, lang, c)
	require.NoError(t, err)

	return parts.Subject, parts.Text
}

// page returns the HTML of a mail.
func page(t *testing.T, k mail.Kind, lang language.Tag, c mail.Content) string {
	t.Helper()

	parts, err := mail.Render(k, lang, c)
	require.NoError(t, err)

	return parts.HTML
}

// file returns the name of a kind in file names.
func file(k mail.Kind) string { return strings.ReplaceAll(string(k), " ", "-") }

func TestF2_EveryMailIsWellFormed(t *testing.T) {
	for _, k := range mail.Kinds() {
		for _, lang := range languages {
			for name, c := range map[string]mail.Content{"full": full(), "empty": {Link: full().Link, Code: full().Code}} {
				subject, text := render(t, k, lang, c)
				at := fmt.Sprintf("%s, %s, %s", k, lang, name)

				assert.NotEmpty(t, subject, at)
				assert.Equal(t, strings.TrimSpace(subject), subject, at)
				assert.True(t, strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\n\n"), at)
				assert.NotContains(t, text, "\r", at)
				assert.NotContains(t, text, "\n\n\n", at)
				assert.NotContains(t, subject+text, "<no value>", at)

				for line := range strings.Lines(text) {
					if line != "-- \n" {
						assert.Equal(t, strings.TrimRight(line, " \u00a0\n")+"\n", line, at)
					}
				}
			}
		}
	}
}

func TestF2_WhoTakesTheLinkFromAMailGetsItInOnePiece(t *testing.T) {
	for _, k := range mail.Kinds() {
		for _, lang := range languages {
			c := full()
			_, text := render(t, k, lang, c)
			shown := strings.Contains(text, "\n"+c.Link+"\n")

			assert.Equal(t, k.NeedsLink() || k == mail.AddressUsed, shown, "%s, %s", k, lang)
		}
	}
}

func TestF2_NeedsLink(t *testing.T) {
	needs := []mail.Kind{
		mail.ActivationLink, mail.Approved, mail.ContactToConfirm, mail.ReactivationLink, mail.Invited, mail.ContestLink,
		mail.PasswordReset, mail.LoginToConfirm,
	}

	for _, k := range mail.Kinds() {
		assert.Equal(t, slices.Contains(needs, k), k.NeedsLink(), k)

		_, err := mail.Render(k, language.French, mail.Content{Code: full().Code})
		if k.NeedsLink() {
			assert.ErrorIs(t, err, mail.ErrLink, k)
		} else {
			assert.NoError(t, err, k)
		}
	}

	assert.False(t, mail.Kind("").NeedsLink())
}

func TestF2_UnknownKindsAreRefused(t *testing.T) {
	for _, k := range []mail.Kind{"", "layout", "activation-link", "Approved", "../fr/approved"} {
		parts, err := mail.Render(k, language.French, full())
		assert.ErrorIs(t, err, mail.ErrKind, k)
		assert.Empty(t, parts, k)
	}
}

func TestF3_EveryKindHasBothLanguages(t *testing.T) {
	want := map[string]bool{"layout.txt": true}
	for _, k := range mail.Kinds() {
		want[file(k)+".txt"] = true
	}

	for _, lang := range languages {
		entries, err := os.ReadDir(filepath.Join("templates", lang.String()))
		require.NoError(t, err)

		got := map[string]bool{}
		for _, entry := range entries {
			got[entry.Name()] = true
		}

		assert.Equal(t, want, got, lang) // nothing missing, nothing left over
	}

	for _, k := range mail.Kinds() {
		french, frenchText := render(t, k, language.French, full())
		english, englishText := render(t, k, language.English, full())

		assert.NotEqual(t, french, english, k)

		name := " Daniel Potier"
		if k == mail.ContactToConfirm || k == mail.LoginToConfirm {
			name = "" // the reader may be a stranger
		}

		assert.True(t, strings.HasPrefix(frenchText, "Bonjour"+name+",\n"), k)
		assert.True(t, strings.HasPrefix(englishText, "Hello"+name+",\n"), k)
	}
}

func TestF3_BothLanguagesShowTheSameValues(t *testing.T) {
	value := regexp.MustCompile(`\.(Recipient|Structure|Identifier|Formerly|Requester|Login|Service|Profiles|Place|Comment|Reason|Since|Until|Link|Code|Left|Succeeded)\b|template "[a-z]+"|\{\{(fact|quote|list|link|code)\b`)

	for _, k := range append(mail.Kinds(), "layout") {
		french, err := os.ReadFile(filepath.Join("templates", "fr", file(k)+".txt"))
		require.NoError(t, err)

		english, err := os.ReadFile(filepath.Join("templates", "en", file(k)+".txt"))
		require.NoError(t, err)

		assert.Equal(t, value.FindAllString(string(french), -1), value.FindAllString(string(english), -1), k)
	}
}

func TestF3_FrenchUnlessEnglishIsAskedFor(t *testing.T) {
	for tag, greeting := range map[string]string{
		"fr": "Bonjour", "fr-CA": "Bonjour", "br": "Bonjour", "de": "Bonjour", "und": "Bonjour",
		"en": "Hello", "en-GB": "Hello",
	} {
		_, text := render(t, mail.Approved, language.MustParse(tag), full())
		assert.True(t, strings.HasPrefix(text, greeting+" "), tag)
	}

	_, text := render(t, mail.Approved, language.Tag{}, full())
	assert.True(t, strings.HasPrefix(text, "Bonjour "), "the zero tag")
}

// The spaces before : ; ! ? » and after « do not break, and every apostrophe is the plain one, as in the guide.
func TestF3_FrenchIsSetInFrench(t *testing.T) {
	action := regexp.MustCompile(`\{\{.*?\}\}`)
	literal := regexp.MustCompile(`\{\{(?:fact|link) "([^"]*)"`)
	faults := map[string]*regexp.Regexp{
		"breaking or missing space before a mark": regexp.MustCompile(`[^\x{a0}][:;!?»]`),
		"breaking or missing space after «":       regexp.MustCompile(`«[^\x{a0}]`),
		"typographic apostrophe":                  regexp.MustCompile(`’`),
		"three dots":                              regexp.MustCompile(`\.\.\.`),
		"two spaces":                              regexp.MustCompile(`[^\s›][ \x{a0}]{2,}\S`),
		"decomposed accent":                       regexp.MustCompile(`\p{Mn}`),
		"addressed with tu":                       regexp.MustCompile(`(?i)(^|\P{L})(tu|te|ton|ta|tes|toi)(\P{L}|$)`),
	}

	paths, err := filepath.Glob(filepath.Join("templates", "fr", "*.txt"))
	require.NoError(t, err)
	require.Len(t, paths, len(mail.Kinds())+1)

	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)

		texts := []string{strings.TrimPrefix(action.ReplaceAllString(string(content), "›"), "Subject: ")}
		for _, label := range literal.FindAllStringSubmatch(string(content), -1) {
			texts = append(texts, label[1])
		}

		text := strings.Join(texts, "\n")

		for name, fault := range faults {
			assert.Empty(t, fault.FindAllString(text, -1), "%s: %s", path, name)
		}
	}
}

// An application sends these mails in its own name: they name no portal but the software that wrote them.
func TestF3_NoMailPassesForTheStates(t *testing.T) {
	require.NoError(t, fs.WalkDir(os.DirFS("templates"), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}

		content, err := os.ReadFile(filepath.Join("templates", path))
		assert.NotRegexp(t, `(?i)chorus|aife|gouv|république|ministère|ministry`, string(content), path)

		return err
	}))
}

func TestF3_DatesSayTheirZone(t *testing.T) {
	at := time.Date(2026, time.November, 23, 14, 5, 59, 0, time.UTC)
	first := time.Date(2027, time.August, 1, 0, 0, 0, 0, time.UTC)

	for _, c := range []struct {
		until           time.Time
		french, english string
	}{
		{at, "le 23 novembre 2026 à 14:05 (UTC)", "on 23 November 2026 at 14:05 (UTC)"},
		{first, "le 1er août 2027 à 00:00 (UTC)", "on 1 August 2027 at 00:00 (UTC)"},
		{at.In(time.FixedZone("CET", 3600)), "le 23 novembre 2026 à 15:05 (CET)", "on 23 November 2026 at 15:05 (CET)"},
		{at.In(time.FixedZone("", 11*3600)), "le 24 novembre 2026 à 01:05 (UTC+11:00)", "on 24 November 2026 at 01:05 (UTC+11:00)"},
		{at.In(time.FixedZone("", -9*3600-1800)), "le 23 novembre 2026 à 04:35 (UTC-09:30)", "on 23 November 2026 at 04:35 (UTC-09:30)"},
		{at.In(time.FixedZone("A\nB", 0)), "le 23 novembre 2026 à 14:05 (A B)", "on 23 November 2026 at 14:05 (A B)"},
	} {
		content := full()
		content.Until = c.until

		_, text := render(t, mail.ActivationLink, language.French, content)
		assert.Contains(t, text, "expire "+c.french+".")

		_, text = render(t, mail.ActivationLink, language.English, content)
		assert.Contains(t, text, "expires "+c.english+".")
	}
}

func TestF3_EveryMonthHasItsFrenchName(t *testing.T) {
	for i, name := range []string{
		"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre",
	} {
		c := full()
		c.Until = time.Date(2027, time.Month(i+1), 15, 9, 0, 0, 0, time.UTC)

		_, text := render(t, mail.Approved, language.French, c)
		assert.Contains(t, text, " expire le 15 "+name+" 2027 à 09:00 (UTC).")
	}
}
