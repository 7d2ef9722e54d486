package mail

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// What [Render] refuses.
var (
	ErrKind = errors.New("mail: unknown kind")
	ErrLink = errors.New("mail: link missing, or not in one piece")
	ErrCode = errors.New("mail: code missing, or not of digits and letters only")
)

// Parts is what is written in a mail.
type Parts struct {
	Subject string // one line
	Text    string // plain text, lines ended by "\n"
	HTML    string // the same words as a document of HTML, which loads nothing
}

// NeedsLink tells whether [Render] requires a [Content.Link] for the kind.
func (k Kind) NeedsLink() bool {
	return slices.Contains([]Kind{
		ActivationLink, Approved, ContactToConfirm, ReactivationLink, Invited, ContestLink, PasswordReset, LoginToConfirm,
	}, k)
}

// NeedsCode tells whether [Render] requires a [Content.Code] for the kind.
func (k Kind) NeedsCode() bool { return k == FactorCode }

// Render returns the parts of a mail: in English for a reader of English, in French for everybody else, the
// undetermined language included (rule F3). Text and HTML say the same in the same words: they are two layouts of one
// template.
//
// [Content.Link] is written by the kinds that need it ([Kind.NeedsLink]) and, if there is one, by [AddressUsed], whose
// owner takes a registration over by signing in through it; [Content.Until] goes with it, in its own time zone. Other
// kinds leave the link out. In the HTML one can click it if it is an address of http or https; any other is written out
// only. [Content.Code] is written by [FactorCode]. [ContactToConfirm] and [LoginToConfirm] write nothing of the content
// but link and Until, not even the recipient's name: whoever reads at an address that is not confirmed may be a stranger.
//
// Values stay what they are: a line break, a control character or an override of the writing direction in one of them
// is folded to a space or dropped, and Comment and Reason, which may have several lines, come as a quotation: indented in
// the text, a blockquote in the HTML. Profiles are listed one a line, in the order given; [Content.Since] is written in
// its own time zone. No value can add a line to the subject, a line to the text that looks like the mail's own, or a tag
// or an attribute to the HTML. The HTML has no style sheet, picture, font or script, and nothing in it is loaded from
// anywhere. Its lines may be longer than the 998 octets that a mail can have unencoded.
//
// Errors: [ErrKind]; [ErrLink] when a link is required and missing, or when there is one with a space or another
// character in it that no link has; [ErrCode] when a code is required and missing, or when there is one with something
// else than the digits and the 26 letters in it. An error shows neither link nor code.
func Render(k Kind, lang language.Tag, c Content) (Parts, error) {
	switch {
	case !slices.Contains(Kinds(), k):
		return Parts{}, fmt.Errorf("%w: %q", ErrKind, string(k))
	case c.Link == "" && k.NeedsLink() || strings.ContainsFunc(c.Link, breaksLink):
		return Parts{}, fmt.Errorf("%w: %s", ErrLink, k)
	case c.Code == "" && k.NeedsCode() || strings.ContainsFunc(c.Code, breaksCode):
		return Parts{}, fmt.Errorf("%w: %s", ErrCode, k)
	}

	all, err := layouts()
	if err != nil {
		return Parts{}, err
	}

	if k == ContactToConfirm || k == LoginToConfirm {
		c = Content{Until: c.Until, Link: c.Link}
	}

	folder := spoken(lang)

	d, err := all.describe(source{folder, k}, newView(folder, c))
	if err != nil {
		return Parts{}, fmt.Errorf("mail: %s: %w", k, err)
	}

	page, err := all.html(d)
	if err != nil {
		return Parts{}, fmt.Errorf("mail: %s: %w", k, err)
	}

	return Parts{Subject: d.Subject, Text: d.text(), HTML: page}, nil
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
