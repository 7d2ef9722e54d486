// Package compose writes a message of the portal as it travels: headers, and a body of plain text or of plain text and
// HTML. Package smtpmail sends what it writes, and devmail stores it, so that what one looks at is what goes out.
package compose

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
)

// ErrMessage says that a message cannot be written as a mail: a line break or another control character in a header, an
// address that is none, an empty id. It will never be possible, however often it is tried. Its text names the field, and
// never shows what is in it.
var ErrMessage = errors.New("mail: the message cannot be written")

// Options are what a message does not bring along itself. Each may be empty.
type Options struct {
	Name    string    // shown before the sender's address, if that has no name of its own
	ReplyTo string    // the address that answers go to, with or without a name
	Domain  string    // of the Message-ID, instead of that of the sender's address
	Date    time.Time // of the message
}

// Letter is a message that is written, and its envelope.
type Letter struct {
	From, To string // addresses in angle brackets
	UTF8     bool   // one of them is not ASCII: only servers with SMTPUTF8 take it
	Bytes    []byte // lines end in CRLF; only ASCII, unless UTF8
}

// Compose writes a message. The same message with the same options is the same letter but for the boundary between text
// and HTML. Errors: [ErrMessage].
func Compose(m mail.Message, o Options) (Letter, error) {
	if err := oneLine(map[string]string{
		"id": m.ID, "sender": m.From, "recipient": m.To, "subject": m.Subject,
		"sender's name": o.Name, "address for answers": o.ReplyTo, "domain": o.Domain,
	}); err != nil {
		return Letter{}, err
	}

	from, err := address("sender", m.From)
	if err != nil {
		return Letter{}, err
	}

	to, err := address("recipient", m.To)
	if err != nil {
		return Letter{}, err
	}

	if m.ID == "" {
		return Letter{}, fmt.Errorf("%w: it has no id", ErrMessage)
	}

	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())

	if o.ReplyTo != "" {
		answers, err := address("address for answers", o.ReplyTo)
		if err != nil {
			return Letter{}, err
		}

		msg.ReplyToMailAddress(answers)
	}

	letter := Letter{From: envelope(from), To: envelope(to)}
	letter.UTF8 = !ascii(letter.From) || !ascii(letter.To)

	if from.Name == "" {
		from.Name = o.Name
	}

	domain := o.Domain
	if domain == "" {
		domain = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	}

	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.SetGenHeader(gomail.HeaderSubject, encoded(m.Subject))
	msg.SetDateWithValue(o.Date)
	msg.SetMessageIDWithValue(ID(m.ID) + "@" + escape(domain, "."))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no absence notices, please

	if m.Language != language.Und {
		msg.SetGenHeader("Content-Language", m.Language.String())
	}

	msg.SetBodyString(gomail.TypeTextPlain, strings.ToValidUTF8(m.Text, "\uFFFD"))

	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, strings.ToValidUTF8(m.HTML, "\uFFFD"))
	}

	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return Letter{}, fmt.Errorf("%w: %w", ErrMessage, err)
	}

	letter.Bytes = b.Bytes()

	return letter, nil
}

// Check tells whether messages can be written with these options. Errors: [ErrMessage].
func Check(o Options) error {
	_, err := Compose(mail.Message{ID: "check", From: "check@localhost", To: "check@localhost"}, o)

	return err
}

// oneLine refuses whatever could begin another line, or is no text at all.
func oneLine(fields map[string]string) error {
	for name, value := range fields {
		if !utf8.ValidString(value) || strings.ContainsFunc(value, breaks) {
			return fmt.Errorf("%w: the %s holds a line break, another control character, or is not UTF-8", ErrMessage, name)
		}
	}

	return nil
}

func breaks(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// address reads one address, with or without a name.
func address(name, s string) (*netmail.Address, error) {
	a, err := netmail.ParseAddress(s)
	if err != nil { // which quotes what it could not read
		return nil, fmt.Errorf("%w: the %s is no address", ErrMessage, name)
	}

	return a, nil
}

// envelope returns an address as SMTP has it: quoted where that is needed, without the name.
func envelope(a *netmail.Address) string { return (&netmail.Address{Address: a.Address}).String() }

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// ID returns a message's id with nothing in it but letters, digits, "-", "_" and, before two hexadecimal digits, "=": fit for a
// Message-ID and for the name of a file. Different ids stay different.
func ID(id string) string { return escape(id, "") }

// escape writes the bytes that are neither letters, digits, "-" or "_" nor among the others allowed as "=" and two digits.
func escape(s, allowed string) string {
	var b strings.Builder

	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_',
			strings.IndexByte(allowed, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}

	return b.String()
}

// How a subject is cut: a word of a header may have 75 characters (RFC 2047), of which base64 fills 60 with 45 bytes.
const (
	longestWord  = 60
	encodedBytes = 45
)

// encoded returns a subject that go-mail may encode. It leaves plain ASCII as it is: what only looks as if it were
// encoded (somebody may call their company that) would be decoded by the reader's program, and a word longer than a line
// would be a line longer than servers take.
func encoded(s string) string {
	long := false
	for word := range strings.FieldsSeq(s) {
		long = long || len(word) > longestWord
	}

	if !ascii(s) || !long && !strings.Contains(s, "=?") {
		return s
	}

	var words []string

	for len(s) > 0 { // ASCII: it may be cut anywhere
		n := min(len(s), encodedBytes)
		words = append(words, "=?UTF-8?b?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}

	return strings.Join(words, " ")
}
