package mail

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// What [Render] refuses.
var (
	ErrKind = errors.New("mail: unknown kind")
	ErrLink = errors.New("mail: link missing, or not in one piece")
)

// quoteWidth is the length of a quoted line, in characters. Quoted text is the only text that is wrapped: left to the
// reader's program, a long line of it would go on without its mark and could pass for the mail's own words.
const quoteWidth = 72

// The templates: a folder per language, in it a file per kind, whose first line is the subject, and layout.txt, which
// holds what they share.
//
//go:embed templates
var files embed.FS

// NeedsLink tells whether [Render] requires a [Content.Link] for the kind.
func (k Kind) NeedsLink() bool {
	return slices.Contains([]Kind{ActivationLink, Approved, ContactToConfirm, ReactivationLink, Invited, ContestLink}, k)
}

// Render returns subject and text of a mail: in English for a reader of English, in French for everybody else, the
// undetermined language included (rule F3). The subject is one line; the lines of the text end in "\n".
//
// [Content.Link] is written by the kinds that need it ([Kind.NeedsLink]) and, if there is one, by [AddressUsed], whose
// owner takes a registration over by signing in through it; [Content.Until] goes with it, in its own time zone. Other
// kinds leave both out. [ContactToConfirm] writes nothing else of the content, not even the recipient's name: whoever
// reads at an address that is not confirmed may be a stranger.
//
// Values stay what they are: a line break, a control character or an override of the writing direction in one of them
// is folded to a space or dropped, and Comment and Reason, which may have several lines, come as an indented quotation.
// Profiles are listed one a line, in the order given; [Content.Since] is written in its own time zone. No value can add a
// line to the subject or a line to the text that looks like the mail's own.
//
// Errors: [ErrKind]; [ErrLink] when a link is required and missing, or when there is one with a space or another
// character in it that no link has. An error never shows the link.
func Render(k Kind, lang language.Tag, c Content) (subject, text string, err error) {
	if !slices.Contains(Kinds(), k) {
		return "", "", fmt.Errorf("%w: %q", ErrKind, string(k))
	}

	if c.Link == "" && k.NeedsLink() || strings.ContainsFunc(c.Link, breaksLink) {
		return "", "", fmt.Errorf("%w: %s", ErrLink, k)
	}

	all, err := templates()
	if err != nil {
		return "", "", err
	}

	folder := spoken(lang)
	if k == ContactToConfirm {
		c = Content{Until: c.Until, Link: c.Link}
	}

	t, v := all[source{folder, k}], newView(folder, c)

	var s, b strings.Builder
	if err := errors.Join(t.ExecuteTemplate(&s, "subject", v), t.ExecuteTemplate(&b, "mail", v)); err != nil {
		return "", "", fmt.Errorf("mail: %s: %w", k, err)
	}

	// The values are folded already; the subject is a header, so it is folded whole, whatever the template says.
	return strings.TrimSpace(strings.Map(harmless, s.String())), b.String(), nil
}

// The languages, named like their folders.
const (
	french  = "fr"
	english = "en"
)

// spoken returns the language in which a reader is written to: English if asked for, French otherwise.
func spoken(lang language.Tag) string {
	if base, _ := lang.Base(); base.String() == english && lang != language.Und {
		return english
	}

	return french
}

// source names a template: a language and a kind.
type source struct {
	folder string
	kind   Kind
}

// path returns where the template is.
func (s source) path() string {
	return "templates/" + s.folder + "/" + strings.ReplaceAll(string(s.kind), " ", "-") + ".txt"
}

// templates returns the parsed templates. They are parsed once, when the first mail is rendered.
var templates = sync.OnceValues(parse) //nolint:gochecknoglobals // not written to once parsed

func parse() (map[source]*template.Template, error) {
	all := make(map[source]*template.Template)

	for _, folder := range []string{french, english} {
		layout, err := read("templates/" + folder + "/layout.txt")
		if err != nil {
			return nil, err
		}

		shared, err := template.New(folder).Parse(layout)
		if err != nil {
			return nil, fmt.Errorf("mail: layout: %w", err)
		}

		for _, kind := range Kinds() {
			from := source{folder, kind}

			all[from], err = from.parse(shared)
			if err != nil {
				return nil, fmt.Errorf("mail: %s: %w", from.path(), err)
			}
		}
	}

	return all, nil
}

// parse reads the template into a copy of what its language shares.
func (s source) parse(shared *template.Template) (*template.Template, error) {
	content, err := read(s.path())
	if err != nil {
		return nil, err
	}

	first, body, _ := strings.Cut(content, "\n")

	subject, ok := strings.CutPrefix(first, "Subject: ")
	if !ok {
		return nil, errors.New("the first line is not the subject")
	}

	t, err := shared.Clone()
	if err != nil {
		return nil, err
	}

	_, errSubject := t.New("subject").Parse(subject)
	_, errBody := t.New("body").Parse(strings.TrimSpace(body))

	return t, errors.Join(errSubject, errBody)
}

// read returns an embedded file, with the line ends that a mail has even where a checkout changed them.
func read(path string) (string, error) {
	content, err := files.ReadFile(path)

	return strings.ReplaceAll(string(content), "\r\n", "\n"), err
}

// view is what templates see of a [Content]. Its values are safe to write anywhere in a line; Comment and Reason are
// blocks of lines.
type view struct {
	Recipient, Structure, Identifier, Formerly, Requester, Login, Service string

	Place           string // the structure in a few words, for a subject: name, else identifier
	Comment, Reason string // quoted; "" = none
	Since, Until    string // date, time and zone; "" = not known
	Link            string
	Profiles        []string // none of them blank
	Succeeded       bool
}

func newView(folder string, c Content) view {
	v := view{
		Recipient: fold(c.Recipient), Structure: fold(c.Structure), Identifier: fold(c.Identifier),
		Formerly: fold(c.Formerly), Requester: fold(c.Requester), Login: fold(c.Login), Service: fold(c.Service),
		Comment: quote(c.Comment), Reason: quote(c.Reason),
		Since: moment(folder, c.Since), Until: moment(folder, c.Until), Link: c.Link, Succeeded: c.Succeeded,
	}

	for _, profile := range c.Profiles {
		if profile = fold(profile); profile != "" {
			v.Profiles = append(v.Profiles, profile)
		}
	}

	v.Place = v.Structure
	if v.Place == "" {
		v.Place = v.Identifier
	}

	return v
}

// fold makes one line of s, with single spaces.
func fold(s string) string {
	return strings.Join(strings.Fields(strings.Map(harmless, strings.ToValidUTF8(s, "\uFFFD"))), " ")
}

// harmless replaces what ends a line or steers a terminal by a space and drops (-1) what reorders the text around it.
func harmless(r rune) rune {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029': // line and paragraph separator
		return ' '
	case reorders(r):
		return -1
	default:
		return r
	}
}

// reorders tells the bidirectional embeddings, overrides and isolates.
func reorders(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }

// breaksLink tells what no link has in it.
func breaksLink(r rune) bool {
	return r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r) || reorders(r)
}

// newline makes "\n" of every character that some program shows as the end of a line.
func newline(r rune) rune {
	if strings.ContainsRune("\r\v\f\u0085\u2028\u2029", r) {
		return '\n'
	}

	return r
}

// quote returns s as an indented quotation, every line of it marked, without a "\n" at its end; "" if nothing is
// written in s. Of several blank lines one is kept, so that a quotation cannot push the rest out of sight.
func quote(s string) string {
	var (
		quoted []string
		gap    bool
	)

	s = strings.Map(newline, strings.ReplaceAll(s, "\r\n", "\n"))
	for line := range strings.SplitSeq(s, "\n") {
		rows := wrap(fold(line), quoteWidth)
		if len(rows) == 0 {
			gap = len(quoted) > 0

			continue
		}

		if gap {
			quoted, gap = append(quoted, "    >"), false
		}

		for _, row := range rows {
			quoted = append(quoted, "    > "+row)
		}
	}

	return strings.Join(quoted, "\n")
}

// wrap splits a line into rows of at most width characters: between words, and within a word only if it is longer
// than a row.
func wrap(line string, width int) []string {
	var (
		rows []string
		row  []rune
	)

	for field := range strings.FieldsSeq(line) {
		word := []rune(field)
		if len(row) > 0 && len(row)+1+len(word) > width {
			rows, row = append(rows, string(row)), nil
		}

		if len(row) > 0 {
			row = append(row, ' ')
		}

		row = append(row, word...)
		for len(row) > width {
			rows, row = append(rows, string(row[:width])), row[width:]
		}
	}

	if len(row) > 0 {
		rows = append(rows, string(row))
	}

	return rows
}

// mois are the French months. golang.org/x/text formats no dates.
var mois = [...]string{
	"janvier", "février", "mars", "avril", "mai", "juin",
	"juillet", "août", "septembre", "octobre", "novembre", "décembre",
}

// moment writes date and time for a person: "23 novembre 2026 à 14:05 (UTC)", "23 November 2026 at 14:05 (UTC)". It
// returns "" for the zero time.
func moment(folder string, t time.Time) string {
	if t.IsZero() {
		return ""
	}

	zone := fold(t.Format("MST"))
	if strings.HasPrefix(zone, "+") || strings.HasPrefix(zone, "-") {
		zone = "UTC" + t.Format("-07:00") // a zone without a name of its own
	}

	if folder == english {
		return t.Format("2 January 2006 at 15:04") + " (" + zone + ")"
	}

	day := t.Format("2")
	if t.Day() == 1 {
		day = "1er"
	}

	return day + " " + mois[t.Month()-1] + t.Format(" 2006 à 15:04") + " (" + zone + ")"
}
