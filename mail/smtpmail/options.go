package smtpmail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/guichet-pro/guichet/mail/internal/compose"
)

// TLS is how connections are encrypted.
type TLS uint8

// The ways to encrypt.
const (
	TLSByPort   TLS = iota // ImplicitTLS on port 465, StartTLS on every other
	StartTLS               // a connection begins in clear, and is encrypted before anything is said; a server that cannot is refused
	ImplicitTLS            // a connection is encrypted from its first byte
	NoTLS                  // nothing is encrypted, for a relay on the same machine: whoever listens reads the links
)

// The ports that are taken where none is given (RFC 8314; 25 is what relays listen on).
const (
	submissionPort  = 587
	submissionsPort = 465
	relayPort       = 25
)

// What is used where Options say nothing. A lease of the outbox is 5 minutes ([guichet.Portal.Deliver]), so that a Send
// must be over well before.
//
// [guichet.Portal.Deliver]: https://pkg.go.dev/github.com/guichet-pro/guichet#Portal.Deliver
const (
	defaultDialTimeout = 30 * time.Second
	defaultSendTimeout = 2 * time.Minute
	defaultIdleTime    = 30 * time.Second
	defaultConnections = 4
)

// Options are what a [Mailer] may be told. The zero value is a server that asks for no password, over STARTTLS.
type Options struct {
	Port      int            // 0 = 587; 465 with ImplicitTLS, 25 with NoTLS
	TLS       TLS            // TLSByPort
	RootCAs   *x509.CertPool // whose certificates are trusted; nil = the system's
	TLSConfig *tls.Config    // more about TLS, copied; nil = Go's defaults. ServerName is the host unless it says otherwise

	Username    string                                    // "" = without signing in
	Password    func(ctx context.Context) (string, error) // asked for at every connection; [Password] makes one of a string
	AccessToken bool                                      // what Password returns is an OAuth 2.0 access token (XOAUTH2)

	Name    string // shown before the sender's address; "" = the address alone
	ReplyTo string // where answers go, with or without a name; "" = to the sender
	Domain  string // of Message-IDs; "" = that of the sender's address
	Hello   string // how this machine introduces itself; "" = its host name

	DialTimeout time.Duration // for connecting, TLS and signing in together; 0 = 30 s
	SendTimeout time.Duration // for a whole Send; 0 = 2 min. Keep it below the 5 min that the portal leases a message for
	IdleTime    time.Duration // how long a connection is kept for the next Send; 0 = 30 s, negative = not at all
	Connections int           // at most so many at once, in use or kept; 0 = 4. Further Sends wait

	Now func() time.Time // what Date says; nil = time.Now
}

// Password returns a source of a password that never changes. Being a function, it is not printed with the options.
func Password(secret string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return secret, nil }
}

// settings are options with their defaults, checked.
type settings struct {
	Options

	host string
}

func settle(host string, options *Options) (settings, error) {
	s := settings{host: host}
	if options != nil {
		s.Options = *options
	}

	if s.TLS == TLSByPort {
		s.TLS = StartTLS
		if s.Port == submissionsPort {
			s.TLS = ImplicitTLS
		}
	}

	if s.Port == 0 {
		s.Port = map[TLS]int{StartTLS: submissionPort, ImplicitTLS: submissionsPort, NoTLS: relayPort}[s.TLS]
	}

	s.DialTimeout = either(s.DialTimeout, defaultDialTimeout)
	s.SendTimeout = either(s.SendTimeout, defaultSendTimeout)
	s.IdleTime = either(s.IdleTime, defaultIdleTime)
	s.Connections = either(s.Connections, defaultConnections)

	if s.Now == nil {
		s.Now = time.Now //nolint:forbidigo // the one default
	}

	if s.Hello == "" {
		s.Hello = hostname()
	}

	s.TLSConfig = s.tlsConfig()

	return s, s.check()
}

// tlsConfig copies what the options say, so that nobody changes it afterwards.
func (s *settings) tlsConfig() *tls.Config {
	config := s.TLSConfig.Clone()
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}

	if config.ServerName == "" {
		config.ServerName = s.host
	}

	if s.RootCAs != nil {
		config.RootCAs = s.RootCAs
	}

	return config
}

func (s *settings) check() error {
	switch {
	case !word(s.host):
		return fmt.Errorf("%w: the host is missing, or not in one piece", ErrOptions)
	case s.Port < 1 || s.Port > 65535:
		return fmt.Errorf("%w: port %d", ErrOptions, s.Port)
	case s.TLS > NoTLS:
		return fmt.Errorf("%w: TLS %d", ErrOptions, s.TLS)
	case (s.Username == "") != (s.Password == nil):
		return fmt.Errorf("%w: a user name without a password, or the other way round", ErrOptions)
	case s.Connections < 1 || s.DialTimeout < 0 || s.SendTimeout < 0:
		return fmt.Errorf("%w: a number of connections or a timeout is negative", ErrOptions)
	case !word(s.Hello):
		return fmt.Errorf("%w: Hello is not in one piece", ErrOptions)
	}

	if err := compose.Check(s.letter()); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}

	return nil
}

// letter returns what is the same for every message, and the time.
func (s *settings) letter() compose.Options {
	return compose.Options{Name: s.Name, ReplyTo: s.ReplyTo, Domain: s.Domain, Date: s.Now()}
}

// word tells whether a name of a machine is one, as far as a command is concerned.
func word(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

func hostname() string {
	if name, err := os.Hostname(); err == nil && word(name) {
		return name
	}

	return "localhost"
}

func either[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}

	return value
}

// ErrOptions is what [New] refuses. Its text says which option, and shows no secret.
var ErrOptions = errors.New("smtpmail: the options do not fit")
