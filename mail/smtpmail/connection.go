package smtpmail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/guichet-pro/guichet/mail/internal/compose"
)

// connection is a connection to the server, encrypted and signed in to.
type connection struct {
	raw    net.Conn // under the encryption: closing it ends whatever waits for the server
	client *smtp.Client
	timer  *time.Timer // while it is kept
}

// dial makes a connection. go-mail's own Client is not used for it: it leaves the connection open when the server
// refuses, and knows no context after connecting.
func (m *Mailer) dial(ctx context.Context) (*connection, error) {
	s := &m.settings

	ctx, cancel := limited(ctx, s.DialTimeout, "connecting")
	defer cancel()

	var (
		secret string
		err    error
	)

	if s.Username != "" {
		if secret, err = s.Password(ctx); err != nil { // it is not for us to show
			return nil, &Error{Stage: StageLogin, Err: err}
		}
	}

	hide := without(s.Username, secret)

	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(s.host, strconv.Itoa(s.Port)))
	if err != nil {
		return nil, failed(ctx, StageConnect, err, hide)
	}

	c := &connection{raw: raw}
	stop := context.AfterFunc(ctx, c.cut)

	stage, err := c.open(ctx, s, secret)
	if !stop() && err == nil {
		err = ctx.Err()
	}

	if err != nil {
		c.cut()

		return nil, failed(ctx, stage, err, hide)
	}

	return c, nil
}

// open greets, encrypts and signs in. It tells how far it came.
func (c *connection) open(ctx context.Context, s *settings, secret string) (stage Stage, err error) {
	conn := c.raw

	if s.TLS == ImplicitTLS {
		encrypted := tls.Client(conn, s.TLSConfig)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return StageTLS, err
		}

		conn = encrypted
	}

	if c.client, err = smtp.NewClient(conn, s.host); err != nil {
		return StageConnect, err
	}

	if err := c.client.Hello(s.Hello); err != nil {
		return StageConnect, err
	}

	if s.TLS == StartTLS {
		if offered, _ := c.client.Extension("STARTTLS"); !offered {
			return StageTLS, ErrNoTLS
		}

		if err := c.client.StartTLS(s.TLSConfig); err != nil {
			return StageTLS, err
		}
	}

	if s.Username == "" {
		return StageLogin, nil
	}

	auth, err := s.auth(c.client, secret)
	if err == nil {
		err = c.client.Auth(auth)
	}

	return StageLogin, err
}

// auth chooses a way to sign in: one that does not show the password if the server has it, and else one that does, but only
// through encryption, or to this machine.
func (s *settings) auth(client *smtp.Client, secret string) (smtp.Auth, error) {
	_, offered := client.Extension("AUTH")
	offers := strings.Fields(strings.ToUpper(offered))
	private := s.TLS != NoTLS || slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, s.host)

	switch {
	case s.AccessToken && private && slices.Contains(offers, "XOAUTH2"):
		return smtp.XOAuth2Auth(s.Username, secret), nil
	case s.AccessToken:
		return nil, ErrNoLogin
	case slices.Contains(offers, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(s.Username, secret), nil
	case private && slices.Contains(offers, "PLAIN"):
		return smtp.PlainAuth("", s.Username, secret, s.host, true), nil
	case private && slices.Contains(offers, "LOGIN"):
		return smtp.LoginAuth(s.Username, secret, s.host, true), nil
	default:
		return nil, ErrNoLogin
	}
}

// deliver sends a letter. It tells how far it came.
func (c *connection) deliver(letter compose.Letter) (Stage, error) {
	if letter.UTF8 {
		if able, _ := c.client.Extension("SMTPUTF8"); !able {
			return StageRecipient, ErrUTF8
		}
	}

	// Asked for without need, it might keep the message from servers further on that do not have it.
	c.client.SkipSMTPUTF8(!letter.UTF8)

	if err := c.client.Mail(letter.From); err != nil {
		return StageSender, err
	}

	if err := c.client.Rcpt(letter.To); err != nil {
		return StageRecipient, err
	}

	w, err := c.client.Data()
	if err != nil {
		return StageData, err
	}

	_, written := w.Write(letter.Bytes)

	// Even if not all could be written: the server may say why it stopped reading.
	err = w.Close()
	if _, answered := errors.AsType[*textproto.Error](err); written != nil && !answered {
		err = errors.Join(written, err)
	}

	return StageContent, err
}

// cut ends a connection at once, whoever waits for it.
func (c *connection) cut() { _ = c.raw.Close() }

// quitTime is for how long a server's goodbye is waited for.
const quitTime = 2 * time.Second

// quit ends a connection as the protocol wants it, unless ctx or quitTime ends before the server's goodbye.
func (c *connection) quit(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, quitTime)
	defer cancel()

	stop := context.AfterFunc(ctx, c.cut)

	_ = c.client.Quit()

	stop()
	c.cut()
}
