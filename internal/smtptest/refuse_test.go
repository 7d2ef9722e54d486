package smtptest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail/smtpmail"
)

// Whatever is refused, and however: what it was, whether it may be tried again, and nothing was accepted.
func TestF4_PermanentAndTemporaryRefusalsAtEveryStage(t *testing.T) {
	for _, c := range []struct {
		verb, answer string
		stage        smtpmail.Stage
		permanent    bool
	}{
		{greeting, "421 too busy", smtpmail.StageConnect, false},
		{greeting, "554 5.7.1 not you", smtpmail.StageConnect, false}, // this machine is refused, not the message
		{"MAIL", "451 4.3.0 later", smtpmail.StageSender, false},
		{"MAIL", "550 5.1.8 no such sender", smtpmail.StageSender, true},
		{"MAIL", "530 5.7.0 sign in first", smtpmail.StageSender, false}, // the options are wrong, not the message
		{"RCPT", "450 4.2.1 greylisted", smtpmail.StageRecipient, false},
		{"RCPT", "452 4.2.2 mailbox full", smtpmail.StageRecipient, false},
		{"RCPT", "550 5.1.1 no such user", smtpmail.StageRecipient, true},
		{"RCPT", "421 4.3.2 going down", smtpmail.StageRecipient, false},
		{"DATA", "451 4.3.0 later", smtpmail.StageData, false},
		{"DATA", "554 5.5.1 no", smtpmail.StageData, true},
	} {
		t.Run(c.answer, func(t *testing.T) {
			srv := start(t, setup{plain: true, faults: []fault{{c.verb, reply, c.answer}}})
			m := srv.mailer(t, nil)
			err := m.Send(t.Context(), message())

			got := failure(t, err)
			assert.Equal(t, c.stage, got.Stage)
			assert.Equal(t, c.permanent, got.Permanent())
			assert.Equal(t, c.answer[:3], strconv.Itoa(got.Code))
			assert.Equal(t, fmt.Sprintf("smtpmail: %s: %s", c.stage, c.answer), err.Error())
			assert.NotErrorIs(t, err, smtpmail.ErrUncertain)

			var answer *textproto.Error

			require.ErrorAs(t, err, &answer)
			assert.Equal(t, got.Code, answer.Code)
			assert.Empty(t, srv.mails())

			require.NoError(t, m.Send(t.Context(), message()), "the next one goes out")
			assert.Len(t, srv.mails(), 1)
		})
	}
}

func TestF4_RefusedContentIsPermanentOrNot(t *testing.T) {
	for code, permanent := range map[int]bool{451: false, 452: false, 421: false, 550: true, 552: true, 554: true} {
		refused := false
		srv := start(t, setup{data: func(*server) error {
			if refused {
				return nil
			}

			refused = true

			return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 7, 1}, Message: "no, thank you"}
		}})
		m := srv.mailer(t, nil)
		err := m.Send(t.Context(), message())

		got := failure(t, err)
		assert.Equal(t, smtpmail.StageContent, got.Stage)
		assert.Equal(t, code, got.Code)
		assert.Equal(t, permanent, got.Permanent(), code)
		assert.NotErrorIs(t, err, smtpmail.ErrUncertain, "it said so")
		assert.Empty(t, srv.mails())
		require.NoError(t, m.Send(t.Context(), message()))
	}
}

func TestG5_NothingIsSentInClearUnlessAskedFor(t *testing.T) {
	for name, s := range map[string]setup{
		"no STARTTLS":       {plain: true},
		"STARTTLS hidden":   {faults: []fault{{"EHLO", reply, "502 what?"}}}, // by somebody in between
		"STARTTLS refused":  {faults: []fault{{"STARTTLS", reply, "454 4.7.0 not now"}}},
		"STARTTLS declined": {faults: []fault{{"STARTTLS", reply, "250 fine, go on"}}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := start(t, s)
			m := srv.mailer(t, func(o *smtpmail.Options) {
				o.TLS, o.Username, o.Password = smtpmail.TLSByPort, username, smtpmail.Password(password)
			})

			err := m.Send(t.Context(), message())
			assert.Equal(t, smtpmail.StageTLS, failure(t, err).Stage)
			assert.False(t, failure(t, err).Permanent())

			if name == "no STARTTLS" || name == "STARTTLS hidden" {
				require.ErrorIs(t, err, smtpmail.ErrNoTLS)
			}

			assert.Zero(t, srv.count("AUTH")+srv.count("MAIL")+srv.count("RCPT")+srv.count("DATA"))
			assert.Empty(t, srv.mails())
		})
	}
}

func TestG5_ACertificateThatNobodyVouchesForIsRefused(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		srv := start(t, setup{implicit: implicit, mechanism: []string{"PLAIN"}})
		m := srv.mailer(t, func(o *smtpmail.Options) { o.RootCAs = nil })

		err := m.Send(t.Context(), message())
		assert.Equal(t, smtpmail.StageTLS, failure(t, err).Stage)
		assert.ErrorContains(t, err, "certificate")
		assert.Empty(t, srv.mails())
		assert.Zero(t, srv.count("AUTH"))
	}
}

func TestG5_ThePasswordIsInNoError(t *testing.T) {
	wrong := "another battery staple"

	for _, mechanism := range []string{"PLAIN", "LOGIN", "XOAUTH2"} {
		srv := start(t, setup{mechanism: []string{mechanism}}) // it says in its answer what it was told
		m := srv.mailer(t, func(o *smtpmail.Options) {
			o.Password, o.AccessToken = smtpmail.Password(wrong), mechanism == "XOAUTH2"
		})

		err := m.Send(t.Context(), message())
		got := failure(t, err)
		assert.Equal(t, smtpmail.StageLogin, got.Stage)
		assert.Equal(t, 535, got.Code)
		assert.False(t, got.Permanent(), "somebody may mend the options")
		assert.Empty(t, srv.mails())
		clean(t, err, wrong, base64.StdEncoding.EncodeToString([]byte(wrong)))

		options := smtpmail.Options{Username: username, Password: smtpmail.Password(wrong)}
		for _, shown := range []string{fmt.Sprintf("%+v", options), fmt.Sprintf("%#v", options), fmt.Sprintf("%+v", m), fmt.Sprintf("%#v", m)} {
			assert.NotContains(t, shown, wrong)
		}
	}
}

// clean fails if an error, or what it wraps, shows one of these texts.
func clean(t *testing.T, err error, secrets ...string) {
	t.Helper()

	for ; err != nil; err = errors.Unwrap(err) {
		for _, secret := range secrets {
			assert.NotContains(t, err.Error(), secret)
			assert.NotContains(t, fmt.Sprintf("%+v", err), secret)
		}
	}
}

func TestG5_ThePasswordIsNotSentWhereOthersCouldReadIt(t *testing.T) {
	srv := start(t, setup{mechanism: []string{"CRAM-MD5"}})
	err := srv.mailer(t, nil).Send(t.Context(), message())
	require.ErrorIs(t, err, smtpmail.ErrNoLogin)
	assert.Equal(t, smtpmail.StageLogin, failure(t, err).Stage)

	srv = start(t, setup{})
	m := srv.mailer(t, func(o *smtpmail.Options) { o.Username, o.Password = username, smtpmail.Password(password) })
	require.ErrorIs(t, m.Send(t.Context(), message()), smtpmail.ErrNoLogin, "a server that signs nobody in")

	// Without encryption only to this very machine, and 127.0.0.2 might be another one.
	srv = start(t, setup{plain: true, mechanism: []string{"PLAIN", "LOGIN"}, address: "127.0.0.2"})
	require.ErrorIs(t, srv.mailer(t, nil).Send(t.Context(), message()), smtpmail.ErrNoLogin)
	assert.Zero(t, srv.count("AUTH"))
}

func TestG5_WhatAServerQuotesOfTheMailIsCutOut(t *testing.T) {
	for _, quote := range []string{
		"spam: https://portail.exemple.fr/activation?lien=" + token,
		"spam: HTTPS://PORTAIL.EXEMPLE.FR/ACTIVATION?LIEN=" + token,
		"spam: " + token[:20],
		"Bonjour Éloïse, Activer " + token,
	} {
		srv := start(t, setup{data: func(*server) error {
			return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: quote + " refused by policy"}
		}})

		err := srv.mailer(t, nil).Send(t.Context(), message())
		clean(t, err, token, token[:16])
		assert.ErrorContains(t, err, "refused by policy")
		assert.Equal(t, 554, failure(t, err).Code)
	}
}

func TestF4_WhatIsNoMessageNeverReachesTheServer(t *testing.T) {
	srv := start(t, setup{})
	m := srv.mailer(t, nil)
	msg := message()
	msg.Subject = "x\r\nBcc: y@exemple.fr"

	err := m.Send(t.Context(), msg)
	require.ErrorIs(t, err, smtpmail.ErrMessage)
	assert.True(t, failure(t, err).Permanent())
	assert.Equal(t, smtpmail.StageMessage, failure(t, err).Stage)
	assert.Zero(t, srv.connections())
}

func TestF4_APasswordThatCannotBeHadIsNoFaultOfTheMessage(t *testing.T) {
	vault := errors.New("the vault is locked")
	srv := start(t, setup{})
	m := srv.mailer(t, func(o *smtpmail.Options) {
		o.Username, o.Password = username, func(context.Context) (string, error) { return "", vault }
	})

	err := m.Send(t.Context(), message())
	require.ErrorIs(t, err, vault)
	assert.False(t, failure(t, err).Permanent())
	assert.Zero(t, srv.connections())
}
