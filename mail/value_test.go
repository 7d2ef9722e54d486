package mail_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
)

// lineEnds is what some program or other shows as the end of a line.
var lineEnds = []string{"\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"}

func TestF1_NoValueAddsALineToTheSubject(t *testing.T) {
	for _, end := range lineEnds {
		evil := "Potier" + end + "Bcc: tous@exemple.fr" + end + end + "Bonjour"
		c := mail.Content{
			Recipient: evil, Structure: evil, Identifier: evil, Formerly: evil, Requester: evil, Login: evil,
			Service: evil, Profiles: []string{evil}, Comment: evil, Reason: evil, Link: full().Link, Code: full().Code,
		}

		for _, k := range mail.Kinds() {
			for _, lang := range languages {
				subject, _ := render(t, k, lang, c)
				assert.Len(t, strings.FieldsFunc(subject, ends), 1, "%q: %s", end, k)
				assert.False(t, strings.ContainsFunc(subject, unicode.IsControl), "%q: %s", end, k)
			}
		}
	}
}

func TestF1_ValuesInTheSubjectStayReadable(t *testing.T) {
	for value, want := range map[string]string{
		"Potier\r\nBcc: tous@exemple.fr": "Potier Bcc: tous@exemple.fr",
		" L'Étoile \t du  Nord ":         "L'Étoile du Nord",
		"A\x1b[31mB\x00":                 "A [31mB",
		"A\u202ecba\u202c":               "Acba", // no override of the writing direction
		"A\xffB":                         "A\uFFFDB",
		"{{.Link}} %s":                   "{{.Link}} %s", // a value is not a template
	} {
		c := full()
		c.Structure = value

		subject, text := render(t, mail.RequestToApprove, language.English, c)
		assert.Equal(t, "Attachment request to approve: "+want, subject)
		assert.Contains(t, text, "\n    Structure: "+want+"\n")
	}
}

func TestF1_TheSubjectFallsBackOnTheIdentifier(t *testing.T) {
	c := full()
	c.Structure = "\n"
	subject, text := render(t, mail.Appointed, language.English, c)
	assert.Equal(t, "You are now the main manager: SIRET 732 829 320 00074", subject)
	assert.NotContains(t, text, "Structure:")

	c.Identifier = ""
	subject, text = render(t, mail.Appointed, language.English, c)
	assert.Equal(t, "You are now the main manager", subject)
	assert.Contains(t, text, "\n    (not given)\n")
}

func TestF1_EveryLineOfACommentIsMarked(t *testing.T) {
	for _, k := range []mail.Kind{
		mail.RequestToApprove, mail.Refused, mail.AccountBlocked,
		mail.ProfilesRequested, mail.ProfilesRefused, mail.Contested, mail.ContestedToSupport, mail.ProofRefused,
	} {
		for _, end := range lineEnds {
			c := full()
			c.Comment = "premier" + end + "deuxième" + end + end + end + end + "  dernier" + end
			c.Reason = c.Comment

			_, text := render(t, k, language.French, c)
			assert.Contains(t, text, "\n\n    > premier\n    > deuxième\n    >\n    > dernier\n\n", "%q", end)
		}
	}
}

// A line longer than a window would go on without its mark.
func TestF1_LongLinesOfACommentAreMarkedToo(t *testing.T) {
	words := strings.Repeat("mot ", 250)
	c := full()
	c.Comment = words + strings.Repeat("é", 200) + strings.Repeat("\u00a0", 300) + "Bonjour Daniel"

	_, text := render(t, mail.RequestToApprove, language.French, c)

	var quoted strings.Builder

	for line := range strings.Lines(text) {
		if row, ok := strings.CutPrefix(line, "    > "); ok {
			assert.LessOrEqual(t, utf8.RuneCountInString(row), 72+1, line)
			quoted.WriteString(strings.TrimSuffix(row, "\n") + " ")
		}
	}

	assert.Equal(t, 250, strings.Count(quoted.String(), "mot "))
	assert.Equal(t, 200, strings.Count(quoted.String(), "é"))
	assert.Contains(t, text, "\n    > "+strings.Repeat("é", 72)+"\n")
	assert.Contains(t, text, " Bonjour Daniel\n") // on a marked line, the blanks folded
}

func TestF1_ABlankCommentIsNoComment(t *testing.T) {
	c := full()
	c.Comment = ""
	_, want := render(t, mail.RequestToApprove, language.French, c)

	for _, blank := range []string{" ", "\n\n", "\t\u00a0\r\n", "\u202e\u202c\n\u2066"} {
		c.Comment = blank
		_, text := render(t, mail.RequestToApprove, language.French, c)
		assert.Equal(t, want, text, "%q", blank)
	}
}

func TestG5_BrokenLinksAreRefusedAndNotShown(t *testing.T) {
	const secret = "s3cr3t"

	for _, link := range []string{
		"https://exemple.fr/" + secret + "\nCliquez plutôt ici", "https://exemple.fr/ " + secret,
		"https://exemple.fr/\u2028" + secret, "https://exemple.fr/\u202e" + secret, secret + "\x00", secret + "\xff",
	} {
		for _, k := range mail.Kinds() {
			c := full()
			c.Link = link

			parts, err := mail.Render(k, language.French, c)
			assert.ErrorIs(t, err, mail.ErrLink, "%q", link)
			assert.NotContains(t, err.Error(), secret)
			assert.Empty(t, parts)
		}
	}
}

func TestG5_BrokenCodesAreRefusedAndNotShown(t *testing.T) {
	const secret = "s3cr3t"

	for _, code := range []string{
		secret + "\nappelez le 01", secret + " 1", secret + "-1", secret + "\u202e", secret + "\x1e", secret + "\xff", "é" + secret, "<" + secret + ">",
		secret + "/", secret + ":", secret + "@", secret + "[", secret + "`", secret + "{",
	} {
		for _, k := range mail.Kinds() {
			c := full()
			c.Code = code

			parts, err := mail.Render(k, language.French, c)
			assert.ErrorIs(t, err, mail.ErrCode, "%q", code)
			assert.NotContains(t, err.Error(), secret)
			assert.Empty(t, parts)
		}
	}
}

// ends tells the characters of lineEnds.
func ends(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }

// own returns the lines of a text that are not a quotation, the values of the labels, of a list and of the greeting left out.
func own(text string) []string {
	var lines []string

	for i, line := range strings.FieldsFunc(text, ends) {
		label, _, labelled := strings.Cut(line, ": ")

		switch {
		case strings.HasPrefix(line, "    >"):
		case strings.HasPrefix(line, "    - "):
			lines = append(lines, "    -")
		case i == 0:
			lines = append(lines, "Hello")
		case strings.HasPrefix(line, "    ") && labelled:
			lines = append(lines, label)
		default:
			lines = append(lines, line)
		}
	}

	return lines
}

// Whatever people type, the mail's own lines are those it has for a harmless value, and so are its tags.
func FuzzRender(f *testing.F) {
	link := full().Link

	seeds := append([]string{
		"x",
		"x\nHello,\n\nOpen this link: https://example.com", // a mail within the mail
		"x\r\n\r\n-- \r\n",          // ends it
		"x\u2028y\u2029z\u0085\v\f", // line ends few think of
		"x\u202ey\u2066",            // reordered
		"{{template \"link\" .}}",   // template text
		strings.Repeat("x ", 300),   // longer than a window
		"x\xff\xc0\n",               // not UTF-8
	}, hostile...)

	// Between them they have every block.
	for _, k := range []mail.Kind{mail.AddressUsed, mail.RequestToApprove, mail.ProfilesRefused, mail.FactorCode} {
		i := slices.Index(mail.Kinds(), k)

		for _, seed := range seeds {
			f.Add(i, seed, link)
		}

		f.Add(i, "x", "javascript:alert(1)")        // not to be clicked
		f.Add(i, "x", "https://example.com/\"><b>") // would end the attribute
	}

	f.Fuzz(func(t *testing.T, i int, s, link string) {
		k := mail.Kinds()[uint(i)%uint(len(mail.Kinds()))]
		evil, calm := everywhere("x"+s, link), everywhere("x", link) // a blank value is left out, label and all

		got, err := mail.Render(k, language.English, evil)
		if errors.Is(err, mail.ErrLink) {
			return
		}

		want, wantErr := mail.Render(k, language.English, calm)
		if err := errors.Join(err, wantErr); err != nil {
			t.Fatal(k, err)
		}

		if strings.ContainsFunc(got.Subject, ends) || !utf8.ValidString(got.Subject+got.Text+got.HTML) {
			t.Fatalf("%s: %q", k, got)
		}

		if got, want := own(got.Text), own(want.Text); !slices.Equal(want, got) {
			t.Fatalf("%s:\n got %q\nwant %q", k, got, want)
		}

		gotTags, addresses := skeleton(t, got.HTML)
		if wantTags, _ := skeleton(t, want.HTML); !slices.Equal(wantTags, gotTags) {
			t.Fatalf("%s:\n got %q\nwant %q", k, gotTags, wantTags)
		}

		for _, address := range addresses {
			if scheme := strings.ToLower(address); !strings.HasPrefix(scheme, "http://") && !strings.HasPrefix(scheme, "https://") {
				t.Fatalf("%s: %q is clickable", k, address)
			}
		}
	})
}
