package compose_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/internal/compose"
)

// message is one with nothing special about it.
func message() mail.Message {
	return mail.Message{
		ID: "01jdp9", Kind: mail.Approved, From: "portail@exemple.fr", To: "eloise@exemple.fr", Subject: "Demande approuvée",
		Text: "Bonjour Éloïse,\n\nVotre demande est approuvée.\n", HTML: "<p>Bonjour Éloïse,</p>\n", Language: language.French,
	}
}

func date() time.Time { return time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC) }

// read parses a letter as a mail program does.
func read(t require.TestingT, letter compose.Letter) *netmail.Message {
	m, err := netmail.ReadMessage(bytes.NewReader(letter.Bytes))
	require.NoError(t, err)

	return m
}

func subject(t require.TestingT, m *netmail.Message) string {
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)

	return s
}

// text returns the plain text of a letter without HTML.
func text(t require.TestingT, m *netmail.Message) string {
	require.Equal(t, "quoted-printable", m.Header.Get("Content-Transfer-Encoding"))

	b, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	require.NoError(t, err)

	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

func TestF3_TextAndHTMLAreAlternatives(t *testing.T) {
	letter, err := compose.Compose(message(), compose.Options{Date: date()})
	require.NoError(t, err)

	m := read(t, letter)
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)

	var kinds, bodies []string

	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextPart() // it decodes
		if err != nil {
			require.ErrorIs(t, err, io.EOF)

			break
		}

		body, err := io.ReadAll(part)
		require.NoError(t, err)

		kinds = append(kinds, part.Header.Get("Content-Type"))
		bodies = append(bodies, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}

	// The last one is what a reader's program prefers (RFC 2046).
	assert.Equal(t, []string{"text/plain; charset=UTF-8", "text/html; charset=UTF-8"}, kinds)
	assert.Equal(t, []string{message().Text, message().HTML}, bodies)
}

func TestF1_TheHeadersSayWhatTheMessageIs(t *testing.T) {
	letter, err := compose.Compose(message(), compose.Options{
		Name: "Portail, société « Été »", ReplyTo: "Éric <aide@exemple.fr>", Date: date(),
	})
	require.NoError(t, err)

	m := read(t, letter)
	from, err := m.Header.AddressList("From")
	require.NoError(t, err)
	assert.Equal(t, []*netmail.Address{{Name: "Portail, société « Été »", Address: "portail@exemple.fr"}}, from)

	answers, err := m.Header.AddressList("Reply-To")
	require.NoError(t, err)
	assert.Equal(t, []*netmail.Address{{Name: "Éric", Address: "aide@exemple.fr"}}, answers)

	assert.Equal(t, "Demande approuvée", subject(t, m))
	assert.Equal(t, "<eloise@exemple.fr>", m.Header.Get("To"))
	assert.Equal(t, "<01jdp9@exemple.fr>", m.Header.Get("Message-Id"))
	assert.Equal(t, "Mon, 23 Nov 2026 09:30:00 +0000", m.Header.Get("Date"))
	assert.Equal(t, "fr", m.Header.Get("Content-Language"))
	assert.Equal(t, "auto-generated", m.Header.Get("Auto-Submitted"))
	assert.Equal(t, "<portail@exemple.fr>", letter.From)
	assert.Equal(t, "<eloise@exemple.fr>", letter.To)

	// Nothing else: no copies, no receipts, nothing that says what this runs on.
	var names []string
	for name := range m.Header {
		names = append(names, name)
	}

	assert.ElementsMatch(t, []string{
		"From", "To", "Reply-To", "Subject", "Date", "Message-Id", "Mime-Version", "Auto-Submitted", "Content-Language",
		"Content-Type",
	}, names)
	assert.True(t, ascii(letter.Bytes))
}

func TestF1_TheSameIDIsTheSameMessageID(t *testing.T) {
	ids := map[string]string{}

	for _, id := range []string{"a", "A", "a b", "a=20b", "a@b", "<a>", "é", "a.b", "a..b", "../a", "."} {
		m := message()
		m.ID = id

		for range 2 {
			letter, err := compose.Compose(m, compose.Options{Domain: "ids.exemple.fr"})
			require.NoError(t, err)

			got := read(t, letter).Header.Get("Message-Id")
			assert.Regexp(t, `^<[\w=-]+@ids\.exemple\.fr>$`, got)

			other, taken := ids[got]
			assert.True(t, !taken || other == id, "%q and %q share %s", id, other, got)
			ids[got] = id
		}
	}
}

// Whatever the field, whatever begins another line.
func TestG5_NoFieldCanAddAHeader(t *testing.T) {
	for _, attack := range []string{"\r\nBcc: x@exemple.fr", "\nBcc: x@exemple.fr", "\rBcc: x@exemple.fr", "\x00", "\x7f", "\u0085", "\u2028x", "\xff"} {
		for name, spoil := range map[string]func(*mail.Message, *compose.Options){
			"id":        func(m *mail.Message, _ *compose.Options) { m.ID += attack },
			"sender":    func(m *mail.Message, _ *compose.Options) { m.From += attack },
			"recipient": func(m *mail.Message, _ *compose.Options) { m.To += attack },
			"subject":   func(m *mail.Message, _ *compose.Options) { m.Subject += attack },
			"name":      func(_ *mail.Message, o *compose.Options) { o.Name += attack },
			"answers":   func(_ *mail.Message, o *compose.Options) { o.ReplyTo = "a@exemple.fr" + attack },
			"domain":    func(_ *mail.Message, o *compose.Options) { o.Domain = "exemple.fr" + attack },
		} {
			m, o := message(), compose.Options{}
			spoil(&m, &o)

			_, err := compose.Compose(m, o)
			require.ErrorIs(t, err, compose.ErrMessage, "%s %q", name, attack)
			assert.NotContains(t, err.Error(), "Bcc", "%s %q", name, attack)
		}
	}
}

func TestF4_WhatIsNoMessageIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*mail.Message){
		"no id":          func(m *mail.Message) { m.ID = "" },
		"no sender":      func(m *mail.Message) { m.From = "" },
		"no recipient":   func(m *mail.Message) { m.To = "" },
		"no address":     func(m *mail.Message) { m.To = "eloise" },
		"two recipients": func(m *mail.Message) { m.To = "a@exemple.fr, b@exemple.fr" },
		"a group":        func(m *mail.Message) { m.To = "all: a@exemple.fr, b@exemple.fr;" },
	} {
		m := message()
		spoil(&m)

		_, err := compose.Compose(m, compose.Options{})
		assert.ErrorIs(t, err, compose.ErrMessage, name)
	}
}

func TestF3_AddressesAreQuotedAndMarkedAsTheyNeed(t *testing.T) {
	for address, want := range map[string]struct {
		envelope string
		utf8     bool
	}{
		`"a b"@exemple.fr`:       {envelope: `<"a b"@exemple.fr>`},
		"o'neil+x@exemple.fr":    {envelope: "<o'neil+x@exemple.fr>"},
		"Élo <a@exemple.fr>":     {envelope: "<a@exemple.fr>"},
		"éloïse@exemple.fr":      {envelope: "<éloïse@exemple.fr>", utf8: true},
		"eloise@société.example": {envelope: "<eloise@société.example>", utf8: true},
	} {
		m := message()
		m.To = address

		letter, err := compose.Compose(m, compose.Options{})
		require.NoError(t, err, address)
		assert.Equal(t, want.envelope, letter.To, address)
		assert.Equal(t, want.utf8, letter.UTF8, address)
		assert.Equal(t, want.utf8, !ascii(letter.Bytes), address)

		list, err := read(t, letter).Header.AddressList("To")
		require.NoError(t, err, address)
		assert.Equal(t, want.envelope, (&netmail.Address{Address: list[0].Address}).String())
	}
}

// A company may be called what looks like an encoded word, or be written without a space.
func TestF3_EverySubjectAndTextComesBackAsItWas(t *testing.T) {
	check := func(t require.TestingT, s, body string) {
		m := message()
		m.Subject, m.Text, m.HTML = s, body, ""

		letter, err := compose.Compose(m, compose.Options{Date: date()})
		require.NoError(t, err)

		back := read(t, letter)
		assert.Equal(t, s, subject(t, back))
		assert.Equal(t, body, text(t, back))

		for line := range strings.SplitSeq(string(letter.Bytes), "\r\n") {
			assert.LessOrEqual(t, len(line), 78)
			assert.NotContains(t, line, "\n")
		}
	}

	for _, s := range []string{
		"", "plain", "=?UTF-8?B?QmNjOiB4?=", "é =?UTF-8?q?=0D=0A?=", strings.Repeat("x", 300), strings.Repeat("é", 300),
		strings.Repeat("mot ", 60) + "fin",
	} {
		check(t, s, "text\n")
	}

	for _, body := range []string{"", "\n", ".\n", "..\n.\n", "From here\n", strings.Repeat("long ", 100) + "\n", "a=b\n", "tab\t\n", "é"} {
		check(t, "s", body)
	}

	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[!-~éÀ€𝔊=?_]{1,80}`), 1, 8).Draw(rt, "subject")
		body := rapid.StringMatching(`([ -~éÀ€𝔊\n\t]{0,200})`).Draw(rt, "body")
		check(rt, strings.Join(words, " "), body)
	})
}

func TestF3_TextThatIsNotUTF8IsMended(t *testing.T) {
	m := message()
	m.Text, m.HTML = "caf\xe9\n", ""

	letter, err := compose.Compose(m, compose.Options{})
	require.NoError(t, err)
	assert.True(t, utf8.Valid(letter.Bytes))
	assert.Equal(t, "caf\uFFFD\n", text(t, read(t, letter)))
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}

	return true
}

func ExampleID() {
	fmt.Println(compose.ID("01jdp9"), compose.ID("../é"))
	// Output: 01jdp9 =2E=2E=2F=C3=A9
}
