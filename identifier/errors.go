package identifier

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
)

// The reasons for which an identifier is refused. Each reaches the caller
// inside a [*ParseError]; find it with errors.Is.
var (
	// ErrLength: there are too few or too many characters.
	ErrLength = errors.New("wrong length")
	// ErrEmpty: there is nothing but separators. It is also an ErrLength.
	ErrEmpty = fmt.Errorf("empty: %w", ErrLength)
	// ErrCharset: a character does not occur in identifiers of this kind.
	ErrCharset = errors.New("character not allowed")
	// ErrChecksum: a check digit does not fit the other digits.
	ErrChecksum = errors.New("check digit does not fit")
	// ErrComponent: a part has a value that is never given out, such as a
	// SIREN of zeros or a birth date in month 13.
	ErrComponent = errors.New("part is never given out")
	// ErrCountry: the country does not agree with the code or the kind, or is
	// no country.
	ErrCountry = errors.New("wrong country")
	// ErrKind: the kind is unknown.
	ErrKind = errors.New("kind unknown")
	// ErrEncoding: a text is not the encoding of an ID, or is another
	// spelling of it.
	ErrEncoding = errors.New("not an encoded identifier")
	// ErrUnusual: a code is accepted, but has an unusual form. Only
	// [ID.Warning] gives it.
	ErrUnusual = errors.New("unusual form")
)

// codes are stable: programs compare them, and translations may hang on them.
// ErrEmpty is an ErrLength and therefore comes before it.
var codes = wording.Codes{
	{Err: ErrEmpty, Code: "identifier.empty"},
	{Err: ErrLength, Code: "identifier.length"},
	{Err: ErrCharset, Code: "identifier.charset"},
	{Err: ErrChecksum, Code: "identifier.checksum"},
	{Err: ErrComponent, Code: "identifier.component"},
	{Err: ErrCountry, Code: "identifier.country"},
	{Err: ErrKind, Code: "identifier.kind"},
	{Err: ErrEncoding, Code: "identifier.encoding"},
	{Err: ErrUnusual, Code: "identifier.unusual"},
}

// ParseError tells why a text was refused, and what would have been accepted.
type ParseError struct {
	// Kind is the kind that was asked for; 0 when it is unknown, or when a
	// SIREN, a NIC or a VAT number was asked for.
	Kind Kind

	// What Text says beyond the exported fields. An error that is put
	// together elsewhere lacks it, and Text is then less precise.
	why   reason
	what  subject
	state uint8 // the VAT state concerned, as its number in states, from 1

	// Rule is the number of the rule in the project's rule book: "A2".
	Rule string
	// Input is the text as it was typed. It is empty when the kind is
	// [Individual], or when the text may be an individual's code.
	Input string
	// At is the position of the fault in Input, counting characters from 1 and
	// separators too. Where something is missing, it is the position after
	// the last character. It is 0 where no position can be named.
	At int
	// Want is what was expected at that position: the check digit that would
	// fit ("4"), several with a bar between them ("2|7"), a set ("0-9"), a
	// number of characters ("14"), a country ("FR"). A key of two characters
	// ("07") begins at the position. Want may be empty. Only one thing is
	// asked to change: a check digit that fits does not mean that the fault
	// was in the check digit.
	Want string
	// Err is one of the package's sentinels.
	Err error
}

// Error returns the English text, with the input (cut after 64 characters) and
// the rule. For a person's eyes there is [ParseError.Text].
func (e *ParseError) Error() string {
	var b strings.Builder
	b.WriteString("identifier: ")
	if e.Input != "" {
		b.WriteString(strconv.Quote(cut(e.Input, 64)))
		b.WriteString(": ")
	}
	b.WriteString(e.Text(language.English))
	if e.Rule != "" {
		b.WriteString(" (rule " + e.Rule + ")")
	}
	return b.String()
}

// Unwrap returns the sentinel.
func (e *ParseError) Unwrap() error { return e.Err }

// Code returns a stable name of the sentinel, such as "identifier.checksum".
func (e *ParseError) Code() string { return codes.Of(e.Err, "identifier") }

// Text says in French or English, in one sentence without a full stop, what is
// wrong, where, and what instead. It quotes at most one character of the
// input, a country, or an unknown literal; of an individual's code nothing.
func (e *ParseError) Text(lang language.Tag) string {
	key := e.why.key()
	if len(e.Want) == 2 { // two characters: the texts name both positions
		switch e.why { //nolint:exhaustive // the others have one text
		case wrongVAT:
			key = "checksum.vat.two"
		case fixedInVAT:
			key = "component.vat.two"
		}
	}
	if key == "" {
		key = e.Code()
	}
	if _, ok := texts[key]; !ok {
		key = "other"
	}
	if !strings.Contains(texts[key].FR, "%") {
		return texts.Text(lang, key)
	}
	var state, format, name string
	if e.state > 0 {
		s := &states[e.state-1]
		state, format = countryOf(s.country).name(lang), s.format(lang)
		if e.state == stateXI {
			state = texts.Text(lang, "state.XI")
		}
	}
	if c := countryOf(e.prefix()); c != 0 {
		name = c.name(lang)
	}
	return texts.Text(lang, key,
		texts.Text(lang, e.subject().key()),    // 1: what was asked for
		list(lang, strings.Split(e.Want, "|")), // 2
		kept(e.Input),                          // 3
		e.At,                                   // 4
		visible(lang, charAt(e.Input, e.At)),   // 5
		state,                                  // 6: the state whose VAT number it is
		format,                                 // 7: how its numbers are written
		quoted(lang, cut(e.Input, 64)),         // 8
		e.prefix(),                             // 9: the first two characters
		name,                                   // 10: the country that they name
		following(e.Input, e.At),               // 11: the position of the next character
	)
}

// subject says what was asked for.
func (e *ParseError) subject() subject {
	switch {
	case e.what != 0:
		return e.what
	case e.Kind == 0 && e.Rule == "A2":
		return aSIREN
	}
	return subject(e.Kind)
}

// prefix returns the first two characters of the input as they are read,
// whatever follows.
func (e *ParseError) prefix() string {
	if e.why == inUnion { // of a code that begins a name, and is folded like it
		var buf [2 * utf8.UTFMax]byte
		n, _, _ := readText(buf[:], e.Input, 2, allSpaces)
		return string(buf[:n])
	}
	var buf [2]byte
	n, _ := keep(buf[:], e.Input)
	return string(buf[:min(n, len(buf))])
}

// fault is a refusal before it has become an error: all that Valid needs, on
// the stack.
type fault struct {
	why   reason // fine: no fault
	what  subject
	state uint8  // as ParseError.state
	count uint8  // for lengths: the number of characters asked for
	keys  uint16 // check digits that fit, a bit each, where want does not say
	index int    // the character concerned, among those that are kept, from 0
	at    int    // its position, where it is known already
	want  string // as ParseError.Want
}

// decimals hold the check digits that can be expected, so that a refusal names
// them without allocating.
const decimals = "0123456789"

// error makes the refusal of input. It costs more than all that was read, so
// that it does no more than it must: the texts are put together when somebody
// asks for them.
func (f *fault) error(k Kind, rule, input string) *ParseError {
	e := &ParseError{Kind: k, why: f.why, what: f.what, state: f.state, Rule: rule, At: f.at, Want: f.want, Err: reasons[f.why].err}
	if e.At == 0 {
		e.At = position(input, f.index)
	}
	switch {
	case f.count != 0:
		e.Want = strconv.Itoa(int(f.count))
		e.why = f.why.precise(e.subject(), f.index, input)
	case f.keys != 0:
		e.Want = digitsOf(f.keys)
	}
	if k != Individual {
		e.Input = input
	}
	return e
}

// digitsOf names the digits whose bits are set: "2|7".
func digitsOf(keys uint16) string {
	var b []byte
	for i := range decimals {
		if keys>>i&1 != 0 {
			b = append(b, '|', decimals[i])
		}
	}
	return string(b[1:])
}

// visible quotes a character so that a reader can see it: by its name or its
// number where it has no shape.
func visible(lang language.Tag, char string) string {
	if char == "" {
		return ""
	}
	r, size := utf8.DecodeRuneInString(char)
	number := fmt.Sprintf("U+%04X", r)
	switch {
	case r == utf8.RuneError && size == 1:
		return texts.Text(lang, "char.broken", fmt.Sprintf("0x%02X", char[0]))
	case r == '\t':
		return texts.Text(lang, "char.tab")
	case r == '\n', r == '\r':
		return texts.Text(lang, "char.newline")
	case unicode.Is(unicode.Zs, r):
		return texts.Text(lang, "char.space", number)
	case unicode.IsGraphic(r):
		return texts.Text(lang, "char", char)
	}
	return texts.Text(lang, "char.invisible", number)
}

// quoted puts a text from outside between the quotes of the language, with
// what does not print escaped.
func quoted(lang language.Tag, text string) string {
	text = strconv.Quote(text)
	if texts.Text(lang, "lang") != "fr" {
		return text
	}
	return texts.Text(lang, "char", strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`))
}

// following returns the position of the character that is kept next behind a
// position.
func following(s string, at int) int {
	for next := at + 1; ; next++ {
		char := charAt(s, next)
		if char == "" {
			return at + 1
		}
		if kept(char) > 0 {
			return next
		}
	}
}

func cut(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
