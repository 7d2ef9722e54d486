package mail

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// view is what templates see of a [Content]. Its values are safe to write anywhere in a line; Comment and Reason are
// lines, for quote.
type view struct {
	Recipient, Structure, Identifier, Formerly, Requester, Login, Service string

	Place           string // the structure in a few words, for a subject: name, else identifier
	Comment, Reason string // several lines; "" = none
	Since, Until    string // date, time and zone; "" = not known
	Link, Code      string
	Profiles        []string // none of them blank
	Succeeded       bool
	Left            int
}

func newView(folder string, c Content) view {
	v := view{
		Recipient: fold(c.Recipient), Structure: fold(c.Structure), Identifier: fold(c.Identifier),
		Formerly: fold(c.Formerly), Requester: fold(c.Requester), Login: fold(c.Login), Service: fold(c.Service),
		Comment: foldLines(c.Comment), Reason: foldLines(c.Reason),
		Since: moment(folder, c.Since), Until: moment(folder, c.Until), Link: c.Link, Code: c.Code,
		Succeeded: c.Succeeded, Left: max(c.Left, 0),
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

// foldLines folds every line of s, and drops the blank ones at both ends; "" if nothing is written in s. Of several blank
// lines one is kept, so that a quotation cannot push the rest out of sight.
func foldLines(s string) string {
	var (
		lines []string
		gap   bool
	)

	s = strings.Map(newline, strings.ReplaceAll(s, "\r\n", "\n"))
	for line := range strings.SplitSeq(s, "\n") {
		line = fold(line)
		if line == "" {
			gap = len(lines) > 0

			continue
		}

		if gap {
			lines, gap = append(lines, ""), false
		}

		lines = append(lines, line)
	}

	return strings.Join(lines, "\n")
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

// breaksCode tells what no code has in it.
func breaksCode(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// newline makes "\n" of every character that some program shows as the end of a line.
func newline(r rune) rune {
	if strings.ContainsRune("\r\v\f\u0085\u2028\u2029", r) {
		return '\n'
	}

	return r
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
