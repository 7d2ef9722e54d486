package mail_test

import (
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
)

var (
	aTag    = regexp.MustCompile(`<[^<>]*>`)
	anHref  = regexp.MustCompile(`href="([^"]*)"`)
	aLang   = regexp.MustCompile(`lang="[^"]*"`)
	escapes = regexp.MustCompile(`&(?:amp|lt|gt|#34|#39|#43);`)
)

// nodes splits a document into its tags, as they are written, and the texts between them, as they are read.
func nodes(t *testing.T, doc string) (tags, texts []string) {
	t.Helper()

	for _, text := range aTag.Split(doc, -1) {
		// What could begin or end a tag, an attribute or a reference is escaped.
		if strings.ContainsAny(escapes.ReplaceAllString(text, ""), `<>"'&`) {
			t.Fatalf("not escaped: %q", text)
		}

		texts = append(texts, strings.TrimSpace(html.UnescapeString(text)))
	}

	return aTag.FindAllString(doc, -1), texts
}

// skeleton returns the tags of a document, hrefs emptied, and the addresses that were in them. Line breaks are left out,
// for a quotation has as many as it likes.
func skeleton(t *testing.T, doc string) (tags, addresses []string) {
	t.Helper()

	tags, _ = nodes(t, doc)
	tags = slices.DeleteFunc(tags, func(tag string) bool { return tag == "<br>" })

	for i, tag := range tags {
		if address := anHref.FindStringSubmatch(tag); address != nil {
			addresses = append(addresses, html.UnescapeString(address[1]))
			tags[i] = anHref.ReplaceAllString(tag, `href=""`)
		}
	}

	return tags, addresses
}

// everywhere has a value in every field that takes text.
func everywhere(s, link string) mail.Content {
	c := full()
	c.Recipient, c.Structure, c.Identifier, c.Formerly, c.Requester, c.Login, c.Service = s, s, s, s, s, s, s
	c.Comment, c.Reason, c.Profiles, c.Link = s, s, []string{s, s}, link

	return c
}

// hostile are values that a person may type.
var hostile = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onmouseover='alert(1)`,
	`<a href="javascript:alert(1)">Cliquez</a>`,
	`javascript:alert(1)`,
	`</p></div></body></html>`,
	`<!-- `, ` -->`, `]]>`, `<![CDATA[`,
	`<style>@import url(https://example.com/x.css)</style>`,
	`<link rel=stylesheet href=//example.com/x.css>`,
	`&lt;b&gt; &#60;b&#62; &amp;lt;`,
	`{{.Link}} {{template "link" .}}`,
	"Potier\r\nBcc: tous@exemple.fr\r\n\r\n<b>Bonjour</b>",
	"\u202e<b>\u2066gras\u2069</b>",
	"x\x1elink\x1fCliquez ici\x1fhttps://example.com", // the marks between a template and its blocks
	"x\n\x1elink\x1fCliquez ici\x1fhttps://example.com\n",
	"<\x00b>\xff<\xc0b>",
	strings.Repeat("<b", 200),
	strings.Repeat("é", 500),
}

func TestF3_NoValueAddsATagOrAnAttributeToTheHTML(t *testing.T) {
	for i, k := range mail.Kinds() {
		lang := languages[i%2] // their layout is the same
		want, _ := skeleton(t, page(t, k, lang, everywhere("x", full().Link)))

		for _, value := range hostile {
			tags, addresses := skeleton(t, page(t, k, lang, everywhere(value, full().Link)))
			assert.Equal(t, want, tags, "%s, %s: %q", k, lang, value)

			for _, address := range addresses {
				assert.Equal(t, full().Link, address)
			}
		}
	}
}

// Every tag is one of the layout's, letter by letter, and all that it takes from a mail are its language and its link.
func TestF3_TheHTMLHasTheTagsOfItsLayoutOnly(t *testing.T) {
	layout, err := os.ReadFile("templates/layout.html")
	require.NoError(t, err)

	plain := func(tag string) string {
		return aLang.ReplaceAllString(anHref.ReplaceAllString(tag, "href"), "lang")
	}

	known := map[string]bool{}
	for _, tag := range aTag.FindAllString(string(layout), -1) {
		known[plain(tag)] = true
		assert.NotContains(t, plain(tag), "{{", "a value in another attribute than lang and href")
	}

	for _, k := range mail.Kinds() { // of hostile values, see above
		tags, _ := nodes(t, page(t, k, language.French, full()))
		for _, tag := range tags {
			assert.True(t, known[plain(tag)], "%s: %s", k, tag)
		}
	}
}

func TestF3_TheHTMLLoadsNothing(t *testing.T) {
	remote := regexp.MustCompile(`(?i)src|url\(|@import|<(img|link|script|style|iframe|object|embed|video|audio|svg|base|form)\b|background=|poster=|ping=|http|//|\bon[a-z]+=`)

	for _, k := range mail.Kinds() {
		for _, lang := range languages {
			for _, c := range []mail.Content{full(), everywhere("x", full().Link)} {
				doc := page(t, k, lang, c)
				assert.Empty(t, remote.FindAllString(strings.ReplaceAll(doc, full().Link, ""), -1), k)
			}
		}
	}
}

func TestF3_OnlyAnAddressOfTheWebIsClickable(t *testing.T) {
	for link, clickable := range map[string]bool{
		"https://exemple.fr/activation?lien=a&b=c":     true,
		"http://127.0.0.1:8080/activation?lien=abc-_9": true,
		"HTTPS://EXEMPLE.FR/":                          true,
		`https://exemple.fr/"onmouseover="alert(1)`:    true, // escaped
		`https://exemple.fr/'><script>alert(1)`:        true, // likewise
		"javascript:alert(1)":                          false,
		"JavaScript:alert(1)//https://exemple.fr":      false,
		"javascript://exemple.fr/%0Aalert(1)":          false,
		"data:text/html,<script>alert(1)</script>":     false,
		"vbscript:x":            false,
		"ftp://exemple.fr/":     false,
		"mailto:a@exemple.fr":   false,
		"//exemple.fr/x":        false,
		"/activation":           false,
		"https:exemple.fr":      false,
		"https://":              false,
		"http://exemple.fr:x/y": false,
		`"><b>`:                 false,
	} {
		for _, k := range mail.Kinds() {
			shown := k.NeedsLink() || k == mail.AddressUsed
			if !shown && k != mail.Refused { // for all those that leave it out
				continue
			}

			doc := page(t, k, language.French, everywhere("x", link))
			tags, texts := nodes(t, doc)
			hrefs := strings.Count(strings.Join(tags, ""), "href=")

			if !shown {
				assert.Zero(t, hrefs, k)
				assert.NotContains(t, texts, link, k)
			} else {
				assert.Equal(t, clickable, hrefs == 2, "%s: %s", k, link) // the button, and the link written out
				assert.Equal(t, clickable, hrefs != 0, "%s: %s", k, link)
				assert.Contains(t, texts, link, k)
			}

			want, _ := skeleton(t, page(t, k, language.French, everywhere("x", full().Link)))
			if tags, _ := skeleton(t, doc); clickable {
				assert.Equal(t, want, tags, "%s: %s", k, link)
			}
		}
	}
}

func TestF3_TheHTMLSaysItsLanguageAndItsSubject(t *testing.T) {
	for _, k := range mail.Kinds() {
		for _, lang := range languages {
			parts, err := mail.Render(k, lang, full())
			require.NoError(t, err)

			assert.True(t, strings.HasPrefix(parts.HTML, "<!DOCTYPE html>\n<html lang=\""+lang.String()+"\">\n"), k)
			assert.Contains(t, parts.HTML, "<title>"+html.EscapeString(parts.Subject)+"</title>", k)
			assert.Contains(t, parts.HTML, `<meta name="viewport" content="width=device-width, initial-scale=1">`, k)
			assert.True(t, strings.HasSuffix(parts.HTML, "</html>\n"), k)
		}
	}
}

// words returns what is written, without what a layout adds: the marks of quotations and lists, the colon of a label.
func words(s string) string {
	var out []string

	for word := range strings.FieldsSeq(s) {
		if word = strings.TrimSuffix(strings.TrimSuffix(word, ":"), "\u00a0"); word != "" && word != ">" && word != "-" && word != "--" {
			out = append(out, word)
		}
	}

	return strings.Join(out, " ")
}

// But for the title and for what is written on the button, which is the address there.
func TestF3_BothPartsSayTheSame(t *testing.T) {
	button := regexp.MustCompile(`(<p style="[^"]*"><a href="[^"]*" style="display:inline-block;[^"]*">)[^<]*(</a></p>)`)
	title := regexp.MustCompile(`<title>[^<]*</title>`)

	for _, c := range goldens() {
		for _, lang := range languages {
			parts, err := mail.Render(c.kind, lang, c.content)
			require.NoError(t, err)

			_, texts := nodes(t, button.ReplaceAllString(title.ReplaceAllString(parts.HTML, ""), "$1$2"))
			assert.Equal(t, words(parts.Text), words(strings.Join(texts, "\n")), "%s, %s", c.name, lang)
		}
	}
}

func TestF3_AQuotationKeepsItsLinesInTheHTML(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("mot ", 250)) // wrapped in the text
	c := full()
	c.Comment = "\n premier\u2028deuxième\r\n\n\n\n" + long + "\n"

	doc := page(t, mail.RequestToApprove, language.French, c)
	assert.Contains(t, doc, "\">\npremier<br>\ndeuxième<br>\n<br>\n"+long+"\n</blockquote>\n")
}
