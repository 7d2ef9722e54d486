package guichet_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/devmail"
	"github.com/guichet-pro/guichet/storage/memory"
)

// hostile are texts that somebody types in the hope that a mail takes them for something else.
func hostile() []string {
	return []string{
		"Eve\r\nBcc: victime@exemple.fr",
		"Eve\nBcc: victime@exemple.fr",
		"Eve\rBcc: victime@exemple.fr",
		"Eve\r\n\r\n<script>alert(1)</script>",
		"Eve\u2028Bcc: victime@exemple.fr",
		"Eve\u0085Bcc: victime@exemple.fr",
		"Eve\x00Bcc: victime@exemple.fr",
		"=?utf-8?q?Eve=0D=0ABcc:_victime@exemple.fr?=",
		"<script>alert(1)</script>",
		`"><img src=x onerror=alert(1)>`,
		`' onmouseover='alert(1)`,
		`</td></table><a href="javascript:alert(1)">ici</a>`,
		"<!--", "-->", "]]>", "</style><style>*{display:none}",
		"{{.Link}}", "{{template \"x\"}}", "%s%n", "${7*7}",
		"Eve\u202Eevil", "&lt;script&gt;",
	}
}

// letters delivers to a recorder and, as a mail that a mail program reads, to a folder.
func (w *world) letters(folder *devmail.Folder) []mail.Message {
	w.t.Helper()

	w.sent = nil
	_, err := w.portal.Deliver(w.ctx, both{w, folder})
	require.NoError(w.t, err)

	return w.sent
}

type both struct {
	recorder *world
	folder   *devmail.Folder
}

func (b both) Send(ctx context.Context, m mail.Message) error {
	return errors.Join(b.recorder.Send(ctx, m), b.folder.Send(ctx, m))
}

// letterhead are the headers of every mail, and no more.
var letterhead = []string{
	"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To",
}

// harmless asserts that a mail is one to one person, whose HTML has the elements of ours and no others.
func (w *world) harmless(folder *devmail.Folder, m mail.Message, typed string) {
	w.t.Helper()

	for _, line := range []string{m.To, m.Subject, m.From, m.ID} {
		assert.False(w.t, strings.ContainsFunc(line, unicode.IsControl), "%s: %q", m.Kind, line)
	}

	file, err := os.Open(folder.File(m.ID))
	require.NoError(w.t, err)
	defer func() { require.NoError(w.t, file.Close()) }()

	read, err := netmail.ReadMessage(file)
	require.NoError(w.t, err)

	for header, values := range read.Header {
		assert.Contains(w.t, letterhead, header, "%s with %q", m.Kind, typed)
		assert.Len(w.t, values, 1, "%s with %q", header, typed)
	}

	to, err := read.Header.AddressList("To")
	require.NoError(w.t, err)
	require.Len(w.t, to, 1)
	assert.Equal(w.t, m.To, to[0].Address)

	html := parts(w.t, read)["text/html"]
	require.NotEmpty(w.t, html)

	for _, tag := range []string{"<script", "<img", "<iframe", "<svg", "<form", "<base", "<link", "javascript:", "{{", "ZgotmplZ"} {
		// An element cannot begin with what is escaped; of an address in href what is no link to the portal is not there at all.
		if tag == "{{" || tag == "javascript:" {
			assert.NotContains(w.t, attributes(html), tag, "%s with %q", m.Kind, typed)

			continue
		}

		assert.NotContains(w.t, html, tag, "%s with %q", m.Kind, typed)
	}

	assert.Equal(w.t, 1, strings.Count(html, "</table></body>")+strings.Count(html, "</body>"), "%s with %q", m.Kind, typed)

	for rest := html; ; {
		_, after, found := strings.Cut(rest, `href="`)
		if !found {
			break
		}

		href, tail, _ := strings.Cut(after, `"`)
		assert.True(w.t, strings.HasPrefix(href, "https://portal.example/"), "%s with %q leads to %s", m.Kind, typed, href)

		rest = tail
	}
}

// attributes returns what stands within tags.
func attributes(html string) string {
	var out strings.Builder

	for rest := html; ; {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return out.String()
		}

		tag, tail, _ := strings.Cut(after, ">")
		out.WriteString(tag)
		out.WriteString(" ")

		rest = tail
	}
}

// parts returns the texts of a mail by type.
func parts(t *testing.T, m *netmail.Message) map[string]string {
	t.Helper()

	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)

	out := map[string]string{}
	reader := multipart.NewReader(m.Body, params["boundary"])

	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return out
		}

		require.NoError(t, err)

		var body io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(part)
		}

		text, err := io.ReadAll(body)
		require.NoError(t, err)

		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		require.NoError(t, err)

		out[kind] = string(text)
	}
}

func TestF2_WhatSomebodyTypesIsTextInEveryMail(t *testing.T) {
	var refused, mailed, letters, escaped int

	for _, typed := range hostile() {
		folder, err := devmail.NewFolder(t.TempDir(), nil)
		require.NoError(t, err)

		w := newWorldOn(t, memory.New(), func(o *guichet.Options) { o.Support = "assistance@exemple.fr" })
		alice := w.manager("alice")

		// In every field of the form by itself: where it is refused, nobody is mailed anything.
		for i, set := range []func(f *account.Form){
			func(f *account.Form) { f.FirstName = typed },
			func(f *account.Form) { f.LastName = typed },
			func(f *account.Form) { f.Phone = typed },
			func(f *account.Form) { f.Contact = typed },
			func(f *account.Form) { f.Structure.LegalName = typed },
			func(f *account.Form) { f.Structure.Address = typed },
			func(f *account.Form) { f.Structure.Town = typed },
			func(f *account.Form) { f.Structure.Label = typed },
			func(f *account.Form) { f.Login, f.LoginAgain = typed, typed },
			func(f *account.Form) { f.Login, f.LoginAgain = typed+"@exemple.fr", typed+"@exemple.fr" },
			func(f *account.Form) { f.Login, f.LoginAgain = "a@"+typed, "a@"+typed },
		} {
			for _, code := range []string{siret, contended} { // where a decider is told, and where its author is
				f := form("eve-"+string(rune('a'+i))+code, code)
				set(&f)

				if _, err := w.portal.Register(w.ctx, f); err != nil {
					refused++

					assert.NotEmpty(t, guichet.Faults(err), "%v", err)

					continue
				}

				mailed++
			}
		}

		// In what deciders and support write.
		w.register("bob")
		w.register("carole")

		row := w.requests(alice.ID)["bob@exemple.fr"]
		_, err = w.portal.Do(w.ctx, row.Structure.ID, attachment.Refuse{
			By: account.By(alice.ID), Account: row.Attachment.Account, Reason: typed,
		})
		if err == nil {
			mailed++
		}

		require.NoError(t, w.portal.SendContest(w.ctx, "carole@exemple.fr", row.Structure.Identity))

		sent := w.letters(folder)

		if i := slices.IndexFunc(sent, func(m mail.Message) bool { return m.Kind == mail.ContestLink }); assert.GreaterOrEqual(t, i, 0) {
			token, err := account.ParseToken(anyLink.FindStringSubmatch(sent[i].Text)[1])
			require.NoError(t, err)

			if w.portal.Contest(w.ctx, token, typed) == nil {
				mailed++
			}
		}

		if _, err := w.portal.Block(w.ctx, account.Support("s"), alice.ID, typed); err == nil {
			mailed++
		}

		for _, m := range append(sent, w.letters(folder)...) {
			w.harmless(folder, m, typed)

			letters++

			if strings.Contains(m.HTML, "&lt;script&gt;alert(1)") {
				escaped++
			}
		}
	}

	t.Logf("%d refused, %d taken, %d mails", refused, mailed, letters)
	assert.Positive(t, refused)
	assert.Positive(t, escaped, "some of it is shown")
	assert.Greater(t, mailed, len(hostile()), "enough is taken for the mails to show something")
}
