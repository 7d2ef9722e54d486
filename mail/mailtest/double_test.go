package mailtest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"slices"
	"strings"
	"sync"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/mailtest"
)

var errRefused = errors.New("double: 550 refused")

// office is what a double hands its mail over to. It keeps what arrives as it is sent.
type office struct {
	mu      sync.Mutex
	arrived []envelope
	refuses bool
	stalled chan struct{} // closed when it answers again; nil = it does
	reached chan struct{}
}

type envelope struct {
	recipients []string
	raw        string
}

func newOffice() *office { return &office{reached: make(chan struct{}, 1)} }

// take accepts a mail.
func (o *office) take(ctx context.Context, raw string, recipients ...string) error {
	o.mu.Lock()
	stalled, refuses := o.stalled, o.refuses
	o.mu.Unlock()

	if refuses {
		return errRefused
	}

	if stalled != nil {
		select {
		case o.reached <- struct{}{}:
		default:
		}

		select {
		case <-stalled:
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	o.mu.Lock()
	defer o.mu.Unlock()

	o.arrived = append(o.arrived, envelope{recipients, raw})

	return nil
}

func (o *office) received() ([]mailtest.Received, error) {
	o.mu.Lock()
	defer o.mu.Unlock()

	var all []mailtest.Received

	for _, e := range o.arrived {
		r, err := mailtest.Parse(strings.NewReader(e.raw))
		if err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, e.raw)
		}

		r.Recipients = e.recipients
		all = append(all, r)
	}

	return all, nil
}

func (o *office) refuse() func() {
	set := func(refuses bool) {
		o.mu.Lock()
		defer o.mu.Unlock()

		o.refuses = refuses
	}
	set(true)

	return func() { set(false) }
}

func (o *office) stall() (<-chan struct{}, func()) {
	stalled := make(chan struct{})

	o.mu.Lock()
	defer o.mu.Unlock()

	o.stalled = stalled

	return o.reached, func() {
		close(stalled)

		o.mu.Lock()
		defer o.mu.Unlock()

		o.stalled = nil
	}
}

// sends is a mailer that is a function.
type sends func(ctx context.Context, m mail.Message) error

func (s sends) Send(ctx context.Context, m mail.Message) error { return s(ctx, m) }

// rightly is a mailer that keeps the contract.
func rightly(o *office) sends {
	return func(ctx context.Context, m mail.Message) error {
		if strings.ContainsAny(m.ID+m.From+m.To+m.Subject, "\r\n") {
			return errors.New("double: an end of line in a header")
		}

		return o.take(ctx, compose(m, encoded), m.To)
	}
}

// over is the bench of a mailer that hands over to the office.
func (o *office) over(m mail.Mailer) mailtest.Fixture {
	return mailtest.Fixture{
		Mailer: m, Received: o.received, Refuse: o.refuse, Stall: o.stall,
	}
}

func encoded(subject string) string {
	return "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(subject)) + "?="
}

// compose writes a mail: quoted-printable parts, and a subject by the function.
func compose(m mail.Message, subject func(string) string) string {
	var s strings.Builder

	fmt.Fprintf(&s, "Message-ID: <%s@exemple.fr>\r\nFrom: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nMIME-Version: 1.0\r\n",
		m.ID, m.From, m.To, subject(m.Subject))

	parts := multipart.NewWriter(&s)
	fmt.Fprintf(&s, "Content-Type: multipart/alternative; boundary=%q\r\n\r\n", parts.Boundary())

	write := func(kind, content string) {
		part, _ := parts.CreatePart(textproto.MIMEHeader{
			"Content-Type": {kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
		})

		w := quotedprintable.NewWriter(part)
		_, _ = w.Write([]byte(content))
		_ = w.Close()
	}

	write("text/plain", m.Text)

	if m.HTML != "" {
		write("text/html", m.HTML)
	}

	_ = parts.Close()

	return s.String()
}

// names returns the cases that failed, sorted.
func names(findings []mailtest.Finding) []string {
	all := []string{}
	for _, f := range findings {
		all = append(all, f.Case)
	}

	slices.Sort(all)

	return all
}
