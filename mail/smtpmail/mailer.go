package smtpmail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/internal/compose"
)

// Mailer hands messages over to one SMTP server. It may be used by several goroutines at once.
type Mailer struct {
	settings settings
	slots    chan struct{} // one for each connection in use

	mu     sync.Mutex
	kept   []*connection // the last one was used last
	closed bool
}

var _ mail.Mailer = (*Mailer)(nil)

// New returns a mailer for the server of that name or address; nil options are the zero ones. It connects to nobody: the
// first Send does. Errors: [ErrOptions].
func New(host string, options *Options) (*Mailer, error) {
	s, err := settle(host, options)
	if err != nil {
		return nil, err
	}

	return &Mailer{settings: s, slots: make(chan struct{}, s.Connections)}, nil
}

// Send hands a message over to the server, and returns nil once that has accepted it. It ends when ctx does, or after
// [Options.SendTimeout]. The message's sender and recipient are one address each, with or without a name. A message that
// was sent before is sent again, with the same Message-ID.
//
// A connection that was kept may have died meanwhile; then a new one is made, once, as long as the message itself is
// not on its way.
//
// Errors: an [*Error], always. It wraps [ErrMessage] for a message that no mail can be made of; [ErrNoTLS]; [ErrNoLogin];
// [ErrUTF8]; [ErrUncertain] where the server may have the message all the same; [ErrClosed]; the context's; what the
// network, TLS or [Options.Password] said; *[textproto.Error] where the server answered.
//
// [textproto.Error]: https://pkg.go.dev/net/textproto#Error
func (m *Mailer) Send(ctx context.Context, msg mail.Message) error {
	letter, err := compose.Compose(msg, m.settings.letter())
	if err != nil {
		return &Error{Stage: StageMessage, Err: err}
	}

	_, body, _ := bytes.Cut(letter.Bytes, []byte("\r\n\r\n"))
	hide := unquoted(msg.Text, msg.HTML, string(body))

	ctx, cancel := limited(ctx, m.settings.SendTimeout, "sending")
	defer cancel()

	if err := m.enter(ctx); err != nil {
		return failed(ctx, StageConnect, err, hide)
	}
	defer m.leave()

	if c := m.take(); c != nil {
		err := m.over(ctx, c, letter, hide)
		if err == nil || !err.stale() || ctx.Err() != nil {
			return orNil(err)
		}
	}

	c, failure := m.dial(ctx)
	if failure != nil {
		return failure
	}

	return orNil(m.over(ctx, c, letter, hide))
}

// Ready tells whether the server can be reached and lets the mailer in, without sending anything; the connection is kept for the
// next Send. It ends when ctx does, or after [Options.DialTimeout]. Who asks before [guichet.Portal.Deliver] leaves messages
// alone while the server is away: a try starts the life of a link, even one that fails.
//
// Errors: an [*Error], as of [Mailer.Send].
//
// [guichet.Portal.Deliver]: https://pkg.go.dev/github.com/guichet-pro/guichet#Portal.Deliver
func (m *Mailer) Ready(ctx context.Context) error {
	ctx, cancel := limited(ctx, m.settings.DialTimeout, "connecting")
	defer cancel()

	if err := m.enter(ctx); err != nil {
		return failed(ctx, StageConnect, err, unquoted())
	}
	defer m.leave()

	if c := m.take(); c != nil {
		stop := context.AfterFunc(ctx, c.cut)

		err := c.client.Noop()
		if stop() && err == nil {
			m.keep(ctx, c)

			return nil
		}

		c.cut()
	}

	c, err := m.dial(ctx)
	if err == nil {
		m.keep(ctx, c)
	}

	return err
}

// Close says goodbye to the connections that are kept, for 2 seconds at the most. A Send that is under way goes on, and
// ends its connection itself; later ones are refused. It may be called twice.
func (m *Mailer) Close() error {
	m.mu.Lock()
	kept := m.kept
	m.kept, m.closed = nil, true
	m.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), quitTime)
	defer cancel()

	for _, c := range kept {
		c.timer.Stop()
		c.quit(ctx)
	}

	return nil
}

// enter waits until another connection may be used.
func (m *Mailer) enter(ctx context.Context) error {
	if ctx.Err() != nil { // else it would be a matter of luck
		return ctx.Err()
	}

	select {
	case m.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}

	m.mu.Lock()
	defer m.mu.Unlock()

	if m.closed {
		m.leave()

		return ErrClosed
	}

	return nil
}

func (m *Mailer) leave() { <-m.slots }

// take returns the connection that was used last, or nil.
func (m *Mailer) take() *connection {
	m.mu.Lock()
	defer m.mu.Unlock()

	last := len(m.kept) - 1
	if last < 0 {
		return nil
	}

	c := m.kept[last]
	m.kept = m.kept[:last]
	c.timer.Stop()

	return c
}

// keep puts a connection aside for the next Send.
func (m *Mailer) keep(ctx context.Context, c *connection) {
	m.mu.Lock()

	if m.closed || m.settings.IdleTime < 0 {
		m.mu.Unlock()
		c.quit(ctx)

		return
	}
	defer m.mu.Unlock()

	m.kept = append(m.kept, c)
	c.timer = time.AfterFunc(m.settings.IdleTime, func() { //nolint:contextcheck // that of a Send ends with it, and this comes later
		if m.forget(c) {
			c.quit(context.Background())
		}
	})
}

// forget takes a connection away that was not used for too long. Another Send may be using it already.
func (m *Mailer) forget(c *connection) bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	i := slices.Index(m.kept, c)
	if i < 0 {
		return false
	}

	m.kept = slices.Delete(m.kept, i, i+1)

	return true
}

// over sends a letter over a connection, and keeps the connection if it can be used again.
func (m *Mailer) over(ctx context.Context, c *connection, letter compose.Letter, hide func(string) string) *Error {
	stop := context.AfterFunc(ctx, c.cut)

	stage, err := c.deliver(letter)

	var failure *Error
	if err != nil {
		failure = failed(ctx, stage, err, hide)
	}

	// A refusal leaves a connection as good as before, once the server has forgotten what it refused.
	usable := failure == nil || errors.Is(err, ErrUTF8) || failure.refused() && c.client.Reset() == nil

	if stop() && usable {
		m.keep(ctx, c)
	} else {
		c.cut()
	}

	return failure
}

// refused tells whether the server said no, and goes on listening.
func (e *Error) refused() bool { return e.Code >= 400 && e.Code != codeClosing }

// stale tells whether a connection turned out to be dead before the message was on its way.
func (e *Error) stale() bool {
	switch e.Stage {
	case StageSender, StageRecipient:
		return !e.refused() && !errors.Is(e.Err, ErrUTF8)
	case StageMessage, StageConnect, StageTLS, StageLogin, StageData, StageContent:
	}

	return false
}

// codeClosing is what a server answers to whatever was asked when it closes the connection.
const codeClosing = 421

// limited returns a context that ends after d, with a cause that says what took too long.
func limited(ctx context.Context, d time.Duration, what string) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, fmt.Errorf("%w: %s took longer than %s", context.DeadlineExceeded, what, d))
}

// orNil makes an error of an *Error that may be nil.
func orNil(e *Error) error {
	if e == nil {
		return nil
	}

	return e
}
