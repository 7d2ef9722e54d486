package smtpmail_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail/smtpmail"
)

// What goes over the wire is tested in internal/smtptest, against a server.

func TestF1_OptionsThatCannotWorkAreRefusedAtOnce(t *testing.T) {
	for name, o := range map[string]smtpmail.Options{
		"a port":                        {Port: 70000},
		"a negative port":               {Port: -1},
		"no way to encrypt":             {TLS: 9},
		"a user without password":       {Username: "portail"},
		"a password without user":       {Password: smtpmail.Password("secret")},
		"negative connections":          {Connections: -1},
		"a negative time to connect":    {DialTimeout: -1},
		"a negative time to send":       {SendTimeout: -1},
		"a name in two lines":           {Name: "Portail\r\nBcc: x@exemple.fr"},
		"answers to nobody":             {ReplyTo: "aide"},
		"answers to two":                {ReplyTo: "a@exemple.fr, b@exemple.fr"},
		"a domain in two lines":         {Domain: "exemple.fr\r\nBcc: x@exemple.fr"},
		"an introduction in two words":  {Hello: "portail exemple"},
		"an introduction in two lines":  {Hello: "portail\r\nQUIT"},
		"an introduction with a escape": {Hello: "portail\x1b"},
	} {
		_, err := smtpmail.New("smtp.exemple.fr", &o)
		require.ErrorIs(t, err, smtpmail.ErrOptions, name)
		assert.NotContains(t, err.Error(), "secret")
		assert.NotContains(t, err.Error(), "\n")
	}

	for _, host := range []string{"", "smtp.exemple.fr\r\nQUIT", "smtp exemple"} {
		_, err := smtpmail.New(host, nil)
		require.ErrorIs(t, err, smtpmail.ErrOptions, host)
	}
}

func TestF1_NilOptionsAreEnough(t *testing.T) {
	m, err := smtpmail.New("smtp.exemple.fr", nil)
	require.NoError(t, err)
	require.NoError(t, m.Close())
}

// Somebody who shares one configuration between clients finds it as it was.
func TestG5_TheTLSConfigurationIsCopied(t *testing.T) {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	_, err := smtpmail.New("smtp.exemple.fr", &smtpmail.Options{TLSConfig: config})
	require.NoError(t, err)
	assert.Empty(t, config.ServerName)
}

func TestF4_WhatIsPermanentIsWhatTheMessageIsToBlameFor(t *testing.T) {
	for _, c := range []struct {
		err  smtpmail.Error
		want bool
	}{
		{smtpmail.Error{Stage: smtpmail.StageMessage, Err: smtpmail.ErrMessage}, true},
		{smtpmail.Error{Stage: smtpmail.StageRecipient, Err: smtpmail.ErrUTF8}, true},
		{smtpmail.Error{Stage: smtpmail.StageRecipient, Code: 550}, true},
		{smtpmail.Error{Stage: smtpmail.StageRecipient, Code: 450}, false},
		{smtpmail.Error{Stage: smtpmail.StageRecipient}, false},
		{smtpmail.Error{Stage: smtpmail.StageContent, Code: 554}, true},
		{smtpmail.Error{Stage: smtpmail.StageContent, Code: 250}, false},
		{smtpmail.Error{Stage: smtpmail.StageSender, Code: 530}, false},
		{smtpmail.Error{Stage: smtpmail.StageSender, Code: 538}, false},
		{smtpmail.Error{Stage: smtpmail.StageLogin, Code: 535}, false},
		{smtpmail.Error{Stage: smtpmail.StageTLS, Err: smtpmail.ErrNoTLS}, false},
		{smtpmail.Error{Stage: smtpmail.StageConnect, Code: 554}, false},
		{smtpmail.Error{Stage: smtpmail.StageConnect, Err: context.DeadlineExceeded}, false},
	} {
		assert.Equal(t, c.want, c.err.Permanent(), "%+v", c.err)
		assert.Equal(t, !c.want, c.err.Temporary(), "%+v", c.err)
	}
}

// A password is a function, so that it is not printed with the options.
func ExampleNew() {
	mailer, err := smtpmail.New("smtp.exemple.fr", &smtpmail.Options{
		Username: "portail", Password: smtpmail.Password("from your configuration"),
		Name: "Portail des factures", ReplyTo: "aide@exemple.fr", SendTimeout: time.Minute,
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	fmt.Println(mailer.Close())
	// Output: <nil>
}

func ExampleError() {
	// What Send returns when the server knows nobody of that name.
	var err error = &smtpmail.Error{
		Stage: smtpmail.StageRecipient, Code: 550, Enhanced: "5.1.1",
		Err: &textproto.Error{Code: 550, Msg: "5.1.1 no such user"},
	}

	if failure, ok := errors.AsType[*smtpmail.Error](err); ok && failure.Permanent() && failure.Stage == smtpmail.StageRecipient {
		fmt.Println("the address:", err)
	}
	// Output: the address: smtpmail: recipient: 550 5.1.1 no such user
}
