package devmail

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/internal/compose"
)

// Printer is a [mail.Mailer] that prints messages. It may be used by several goroutines at once.
type Printer struct {
	out  io.Writer
	turn chan struct{} // whose turn it is
}

var _ mail.Mailer = (*Printer)(nil)

// NewPrinter returns a mailer that prints to out, one message at a time.
func NewPrinter(out io.Writer) *Printer { return &Printer{out: out, turn: make(chan struct{}, 1)} }

// Send prints a message: who, whom, what about, and the text; of HTML only how much there is. A message that is sent
// again is printed again. Control characters are shown as "�", so that no message does anything to a terminal. What out takes its time for,
// ctx cannot end. Errors: [ErrMessage]; the context's; out's.
func (p *Printer) Send(ctx context.Context, m mail.Message) error {
	if _, err := compose.Compose(m, compose.Options{}); err != nil {
		return fmt.Errorf("devmail: %w", err)
	}

	if err := ctx.Err(); err != nil {
		return fmt.Errorf("devmail: %w", err)
	}

	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return fmt.Errorf("devmail: %w", ctx.Err())
	}

	if _, err := io.WriteString(p.out, readable(m)); err != nil {
		return fmt.Errorf("devmail: %w", err)
	}

	return nil
}

// readable returns what a message looks like.
func readable(m mail.Message) string {
	var b strings.Builder

	fmt.Fprintf(&b, "---- %s\nFrom: %s\nTo: %s\nSubject: %s\n", m.ID, m.From, m.To, m.Subject)

	if m.Language != language.Und {
		fmt.Fprintf(&b, "Language: %s\n", m.Language)
	}

	if m.HTML != "" {
		fmt.Fprintf(&b, "HTML: %d bytes\n", len(m.HTML))
	}

	fmt.Fprintf(&b, "\n%s\n\n", strings.TrimRight(m.Text, "\n"))

	return strings.Map(shown, strings.ReplaceAll(b.String(), "\r\n", "\n"))
}

// shown replaces what a terminal would obey.
func shown(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' {
		return unicode.ReplacementChar
	}

	return r
}
