package smtptest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/smtpmail"
)

// token is what nobody but the recipient may see.
const token = "Zq3vT8mK1xN5bW7cR2yH9dL4fG6jS0pA"

func message() mail.Message {
	return mail.Message{
		ID: "01jdp9", Kind: mail.ActivationLink, From: "portail@exemple.fr", To: "eloise@exemple.fr",
		Subject: "Activez votre compte : Société Générale d'Été",
		Text:    "Bonjour Éloïse,\n\n    https://portail.exemple.fr/activation?lien=" + token + "\n\n.\nÀ bientôt\n",
		HTML:    "<p>Bonjour Éloïse,</p>\n<a href=\"https://portail.exemple.fr/activation?lien=" + token + "\">Activer</a>\n",

		Language: language.French,
	}
}

// read parses a mail, and returns its parts by their type.
func read(t *testing.T, r received) (netmail.Header, map[string]string) {
	t.Helper()

	m, err := netmail.ReadMessage(bytes.NewReader(r.bytes))
	require.NoError(t, err)

	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)

	parts := map[string]string{}

	for all := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := all.NextPart()
		if errors.Is(err, io.EOF) {
			return m.Header, parts
		}

		require.NoError(t, err)

		body, err := io.ReadAll(part)
		require.NoError(t, err)

		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		require.NoError(t, err)

		parts[kind] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
}

func TestF1_AMailArrivesAsItWasWritten(t *testing.T) {
	for name, s := range map[string]setup{
		"STARTTLS": {}, "implicit TLS": {implicit: true}, "plain": {plain: true}, "an old server": {noUTF8: true},
	} {
		t.Run(name, func(t *testing.T) {
			srv := start(t, s)
			m := srv.mailer(t, func(o *smtpmail.Options) {
				o.Name, o.ReplyTo = "Portail des factures, été", "aide@exemple.fr"
				o.Now = func() time.Time { return time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC) }
			})

			require.NoError(t, m.Send(t.Context(), message()))
			require.Len(t, srv.mails(), 1)

			got := srv.mails()[0]
			assert.Equal(t, "portail@exemple.fr", got.from)
			assert.Equal(t, "eloise@exemple.fr", got.to)
			assert.False(t, got.utf8, "not asked for without need")

			header, parts := read(t, got)
			assert.Equal(t, map[string]string{"text/plain": message().Text, "text/html": message().HTML}, parts)

			subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
			require.NoError(t, err)
			assert.Equal(t, message().Subject, subject)

			from, err := header.AddressList("From")
			require.NoError(t, err)
			assert.Equal(t, "Portail des factures, été", from[0].Name)
			assert.Equal(t, "<aide@exemple.fr>", header.Get("Reply-To"))
			assert.Equal(t, "Mon, 23 Nov 2026 09:30:00 +0000", header.Get("Date"))
			assert.Equal(t, "fr", header.Get("Content-Language"))
			assert.Equal(t, "auto-generated", header.Get("Auto-Submitted"))
			assert.Empty(t, header.Get("Bcc"))
		})
	}
}

func TestF1_ARepetitionBearsTheSameMessageID(t *testing.T) {
	srv := start(t, setup{})
	m := srv.mailer(t, nil)

	require.NoError(t, m.Send(t.Context(), message()))
	require.NoError(t, m.Send(t.Context(), message()))

	another := message()
	another.ID = "01jdpa"
	require.NoError(t, m.Send(t.Context(), another))

	var ids []string

	for _, got := range srv.mails() {
		header, _ := read(t, got)
		ids = append(ids, header.Get("Message-Id"))
	}

	assert.Equal(t, []string{"<01jdp9@exemple.fr>", "<01jdp9@exemple.fr>", "<01jdpa@exemple.fr>"}, ids)
}

func TestF1_SigningIn(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "LOGIN", "XOAUTH2"} {
		t.Run(mechanism, func(t *testing.T) {
			srv := start(t, setup{mechanism: []string{"CRAM-MD5", mechanism}})
			asked := 0
			m := srv.mailer(t, func(o *smtpmail.Options) {
				o.AccessToken = mechanism == "XOAUTH2"
				o.Password = func(context.Context) (string, error) {
					asked++

					return password, nil
				}
			})

			require.NoError(t, m.Send(t.Context(), message()))
			require.NoError(t, m.Send(t.Context(), message()))
			assert.Len(t, srv.mails(), 2)
			assert.Equal(t, 1, asked, "once a connection")
		})
	}
}

func TestF3_AnAddressThatIsNotASCIIArrives(t *testing.T) {
	srv := start(t, setup{})
	msg := message()
	msg.To = "éloïse@société.example"

	require.NoError(t, srv.mailer(t, nil).Send(t.Context(), msg))
	require.Len(t, srv.mails(), 1)
	assert.Equal(t, "éloïse@société.example", srv.mails()[0].to)
	assert.True(t, srv.mails()[0].utf8)
}

func TestF4_AnAddressThatIsNotASCIIIsRefusedWhereTheServerDoesNotTakeIt(t *testing.T) {
	srv := start(t, setup{noUTF8: true})
	m := srv.mailer(t, nil)
	msg := message()
	msg.To = "éloïse@exemple.fr"

	err := m.Send(t.Context(), msg)
	require.ErrorIs(t, err, smtpmail.ErrUTF8)
	assert.True(t, failure(t, err).Permanent())
	assert.Equal(t, smtpmail.StageRecipient, failure(t, err).Stage)
	assert.Empty(t, srv.mails())

	require.NoError(t, m.Send(t.Context(), message()), "others go on")
	assert.Equal(t, 1, srv.connections())
}

func TestF4_ARefusedRecipientHoldsNobodyUp(t *testing.T) {
	srv := start(t, setup{plain: true, rcpt: func(to string) error {
		if to == "gone@exemple.fr" {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user: " + to}
		}

		return nil
	}})
	m := srv.mailer(t, nil)
	gone := message()
	gone.To = "gone@exemple.fr"

	err := m.Send(t.Context(), gone)
	got := failure(t, err)
	assert.True(t, got.Permanent())
	assert.False(t, got.Temporary())
	assert.Equal(t, smtpmail.StageRecipient, got.Stage)
	assert.Equal(t, 550, got.Code)
	assert.Equal(t, "5.1.1", got.Enhanced)
	assert.Equal(t, "smtpmail: recipient: 550 5.1.1 no such user: gone@exemple.fr", err.Error())

	require.NoError(t, m.Send(t.Context(), message()))
	require.Len(t, srv.mails(), 1)
	assert.Equal(t, "eloise@exemple.fr", srv.mails()[0].to)
	assert.Equal(t, 1, srv.connections(), "a refusal costs no connection")
	assert.Equal(t, 1, srv.count("RSET"), "the server forgets the sender of what it refused")
}

// failure returns the error that every Send fails with.
func failure(t *testing.T, err error) *smtpmail.Error {
	t.Helper()

	var got *smtpmail.Error

	require.ErrorAs(t, err, &got)

	return got
}
