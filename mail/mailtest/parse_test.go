package mailtest_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/mailtest"
)

func TestF3_ParseReadsMailAsItIsSent(t *testing.T) {
	got, err := mailtest.Parse(strings.NewReader(strings.ReplaceAll(`Message-ID: <0197@mail.exemple.fr>
From: =?utf-8?q?Guichet_d'=C3=89tat?= <guichet@exemple.fr>
To: "Potier, Daniel" <daniel.potier@exemple.fr>
Subject: =?utf-8?q?Demande_refus=C3=A9e?=
 =?utf-8?b?IDogUG90aWVy?=
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

Refus=C3=A9=
e.
--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+UmVmdXPDqWU8
L3A+
--inner--
--outer
Content-Type: text/plain

an attachment
--outer--
`, "\n", "\r\n")))
	require.NoError(t, err)

	assert.Equal(t, "0197", got.ID)
	assert.Equal(t, "guichet@exemple.fr", got.From)
	assert.Equal(t, "daniel.potier@exemple.fr", got.To)
	assert.Equal(t, "Demande refusée : Potier", got.Subject)
	assert.Equal(t, "Refusée.", got.Text)
	assert.Equal(t, "<p>Refusée</p>", got.HTML)
	assert.Len(t, got.Header["Subject"], 1)
	assert.Nil(t, got.Recipients)
}

func TestF3_ParseTakesAMailOfOneTextWithoutAType(t *testing.T) {
	got, err := mailtest.Parse(strings.NewReader("From: a@exemple.fr, b@exemple.fr\r\nTo: nobody\r\nTo: c@exemple.fr\r\n\r\nBonjour\r\n"))
	require.NoError(t, err)
	assert.Equal(t, "Bonjour\r\n", got.Text)
	assert.Equal(t, "a@exemple.fr, b@exemple.fr", got.From, "several addresses, as they are written")
	assert.Equal(t, "nobody, c@exemple.fr", got.To)
}

func TestF3_ParseRefusesWhatItCannotRead(t *testing.T) {
	for _, raw := range []string{
		"",
		"no header\r\n\r\n",
		"Subject: =?koi8-r?q?=C1?=\r\n\r\n",
		"Content-Type: text/plain; charset=koi8-r\r\n\r\nx",
		"Content-Type: text/plain; charset\r\n\r\nx",
		"Content-Type: text/plain\r\nContent-Transfer-Encoding: uuencode\r\n\r\nx",
		"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nnever ended",
	} {
		_, err := mailtest.Parse(strings.NewReader(raw))
		assert.Error(t, err, raw)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Demande refusée", "Bonjour,\n\nHéloïse\n", "<p>Bonjour</p>")
	f.Add("=?utf-8?q?x?=", "--\r\n-- \n.\n", "")                                // what mail gives a meaning to
	f.Add("x\r\nBcc: y", "\r\n\r\n--b--\r\n", strings.Repeat("é", 600))         // likewise
	f.Add("\u00a0", "=3D=\n \n\t\n", "Content-Type: text/plain\n\nFrom x\n.\n") // quoted-printable

	f.Fuzz(func(t *testing.T, subject, text, html string) {
		if !utf8.ValidString(subject) || subject == "" {
			t.Skip()
		}

		// One kind of line ends: a lone "\r" is none of mail's, and quotedprintable takes one for half of a later "\n".
		ended := strings.NewReplacer("\r\n", "\n", "\r", "\n")
		text, html = ended.Replace(text), ended.Replace(html)

		m := mail.Message{ID: "1", From: "a@exemple.fr", To: "b@exemple.fr", Subject: subject, Text: text, HTML: html}

		got, err := mailtest.Parse(strings.NewReader(compose(m, encoded)))
		if err != nil {
			t.Fatal(err)
		}

		if got.Subject != subject || ended.Replace(got.Text) != text || ended.Replace(got.HTML) != html {
			t.Fatalf("%+v", got)
		}
	})
}
