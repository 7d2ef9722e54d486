package smtptest_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail/smtpmail"
)

// The name that the test's certificate is for, and who may sign in.
const (
	host     = "127.0.0.1"
	username = "portail"
	password = "correct horse battery staple"
)

// received is a mail that the server accepted.
type received struct {
	from, to string
	utf8     bool // as the envelope says
	bytes    []byte
}

// server is a mail server on this machine, and what it saw.
type server struct {
	setup

	port  int
	roots *x509.CertPool
	done  chan struct{} // closed when the test is over: whoever keeps silent wakes up

	mu       sync.Mutex
	accepted []received
	opened   int            // connections
	commands map[string]int // by verb, as far as the wire could read them
	inside   int            // messages that are being received
	most     int            // of those, at once

	closed chan struct{} // one for each connection that ended
	silent chan struct{} // one for each time that the wire keeps silent
}

// setup is what a test wants of its server. The zero value offers STARTTLS, asks nobody to sign in and accepts everything.
type setup struct {
	plain     bool // neither STARTTLS nor TLS
	implicit  bool // TLS from the first byte
	noUTF8    bool
	address   string                // where it listens; "" = host
	mechanism []string              // how to sign in, and that one has to
	rcpt      func(to string) error // what it says to recipients
	data      func(*server) error   // what it says to content, before it accepts it
	faults    []fault               // of the wire, each once, in this order
}

func start(t *testing.T, s setup) *server {
	t.Helper()

	srv := &server{
		setup: s, done: make(chan struct{}), commands: map[string]int{},
		closed: make(chan struct{}, 1000), silent: make(chan struct{}, 1000),
	}

	certificate, roots := certify(t)
	srv.roots = roots

	backend := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: srv, conn: c}, nil
	}))
	backend.Domain = "smtp.exemple.fr"
	backend.EnableSMTPUTF8 = !s.noUTF8
	backend.AllowInsecureAuth = s.plain || s.implicit // go-smtp does not see that the wire decrypts
	backend.ErrorLog = quiet{}

	if !s.plain {
		backend.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}

	if s.address == "" {
		srv.address = host
	}

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(srv.address, "0"))
	if err != nil && srv.address != host {
		t.Skip("this machine has one address of its own:", err)
	}

	require.NoError(t, err)

	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)

	srv.port, err = strconv.Atoi(port)
	require.NoError(t, err)

	wired := &wires{Listener: listener, server: srv}
	if s.implicit {
		wired.tls = backend.TLSConfig
		backend.TLSConfig = nil
	}

	served := make(chan error, 1)

	go func() { served <- backend.Serve(wired) }()

	t.Cleanup(func() {
		close(srv.done)
		_ = backend.Close()  // of connections that are closed already, too
		_ = listener.Close() // which it does not know yet if it has hardly begun

		<-served
	})

	return srv
}

// certify returns a certificate for this machine, which nobody trusts, and the pool of those who do.
func certify(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()

	made := httptest.NewTLSServer(nil)
	defer made.Close()

	pool := x509.NewCertPool()
	pool.AddCert(made.Certificate())

	return made.TLS.Certificates[0], pool
}

// mailer returns a mailer for the server. It trusts its certificate; the test may change everything else.
func (s *server) mailer(t *testing.T, change func(*smtpmail.Options)) *smtpmail.Mailer {
	t.Helper()

	o := smtpmail.Options{Port: s.port, RootCAs: s.roots, Hello: "portail.exemple.fr"}

	switch {
	case s.plain:
		o.TLS = smtpmail.NoTLS
	case s.implicit:
		o.TLS = smtpmail.ImplicitTLS
	}

	if len(s.mechanism) > 0 {
		o.Username, o.Password = username, smtpmail.Password(password)
	}

	if change != nil {
		change(&o)
	}

	m, err := smtpmail.New(s.address, &o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })

	return m
}

// mails returns what the server accepted.
func (s *server) mails() []received {
	s.mu.Lock()
	defer s.mu.Unlock()

	return append([]received(nil), s.accepted...)
}

// count returns how often a command came, as far as it was not encrypted.
func (s *server) count(verb string) int {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.commands[verb]
}

func (s *server) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.opened
}

// session is one connection, as go-smtp sees it.
type session struct {
	server *server
	conn   *smtp.Conn
	signed bool
	mail   received
}

func (s *session) Mail(from string, opts *smtp.MailOptions) error {
	if len(s.server.mechanism) > 0 && !s.signed {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}

	s.mail = received{from: from, utf8: opts.UTF8}

	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.server.rcpt != nil {
		if err := s.server.rcpt(to); err != nil {
			return err
		}
	}

	s.mail.to = to

	return nil
}

func (s *session) Data(r io.Reader) error {
	s.server.enter(1)
	defer s.server.enter(-1)

	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}

	if s.server.data != nil {
		if err := s.server.data(s.server); err != nil {
			return err
		}
	}

	s.mail.bytes = content

	s.server.mu.Lock()
	defer s.server.mu.Unlock()

	s.server.accepted = append(s.server.accepted, s.mail)

	return nil
}

func (s *server) enter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.inside += n
	s.most = max(s.most, s.inside)
}

func (s *session) Reset()        { s.mail = received{} }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string { return s.server.mechanism }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, secret string) error {
		if user != username || secret != password {
			// Some servers say what they were told.
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "not " + user + " with " + secret}
		}

		s.signed = true

		return nil
	}

	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, secret string) error { return check(user, secret) }), nil
	case sasl.Login:
		return &login{check: check}, nil
	case "XOAUTH2":
		return bearer(check), nil
	default:
		return nil, smtp.ErrAuthUnknownMechanism
	}
}

// quiet drops what go-smtp logs about connections that break, as they should here.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
