package smtpmail

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strings"
	"unicode"

	"github.com/guichet-pro/guichet/mail/internal/compose"
)

// What an [*Error] may wrap, besides errors of the network, of TLS, of the context, and *[textproto.Error].
var (
	// ErrMessage: a line break in a header, an address that is none, an empty id. Nothing was sent.
	ErrMessage = compose.ErrMessage
	// ErrNoTLS: the server does not offer STARTTLS. Nothing was sent.
	ErrNoTLS = errors.New("smtpmail: the server offers no encryption")
	// ErrNoLogin: the server offers no way to sign in that does not give the password away. It was not sent.
	ErrNoLogin = errors.New("smtpmail: the server offers no safe way to sign in")
	// ErrUTF8: an address is not ASCII, and the server does not take such (SMTPUTF8, RFC 6531). The message was not sent.
	ErrUTF8 = errors.New("smtpmail: the server takes ASCII addresses only")
	// ErrUncertain: the message was sent, and no answer came. The server may have accepted it, so that it is not sent
	// again before somebody asks for it.
	ErrUncertain = errors.New("smtpmail: the message was sent, but no answer came: it may have been accepted")
	// ErrClosed: the mailer is closed.
	ErrClosed = errors.New("smtpmail: the mailer is closed")
)

// Stage is how far a message came.
type Stage string

// The stages, in their order.
const (
	StageMessage   Stage = "message"   // before anything: the message itself cannot be sent
	StageConnect   Stage = "connect"   // waiting for a connection, or making one; greetings
	StageTLS       Stage = "TLS"       // encryption
	StageLogin     Stage = "login"     // user name and password
	StageSender    Stage = "sender"    // the sender's address (MAIL)
	StageRecipient Stage = "recipient" // the recipient's address (RCPT)
	StageData      Stage = "data"      // asking whether the message may be sent (DATA)
	StageContent   Stage = "content"   // the message itself
)

// Error is why [Mailer.Send] did not send. Neither its text nor what it wraps holds the password, or more than a few
// words of the message, whatever the server said.
type Error struct {
	Stage    Stage
	Code     int    // what the server answered, such as 550; 0 if it did not answer
	Enhanced string // the enhanced status code (RFC 3463), such as "5.1.1"; "" if there was none
	Err      error  // what happened; *[textproto.Error] where the server answered
}

// Error says what happened, on one line.
func (e *Error) Error() string {
	if answer, ok := e.Err.(*textproto.Error); ok { //nolint:errorlint // the answer itself; around it there would be more to say
		return fmt.Sprintf("smtpmail: %s: %03d %s", e.Stage, answer.Code, answer.Msg) // textproto would put it into quotation marks
	}

	return fmt.Sprintf("smtpmail: %s: %v", e.Stage, e.Err)
}

// Unwrap returns what happened.
func (e *Error) Unwrap() error { return e.Err }

// Permanent tells whether the same message will be refused again: the server answered with 5xx to its sender, its recipient
// or its content, or it is one that no mail can be made of ([ErrMessage], [ErrUTF8]). With [StageRecipient] it is the address
// that was refused. What is wrong with the connection, or with signing in, is not the message's fault, and never permanent: somebody may
// mend it.
func (e *Error) Permanent() bool {
	switch e.Stage {
	case StageMessage:
		return true
	case StageSender, StageRecipient, StageData, StageContent:
		return e.Code/100 == 5 && e.Code != 530 && e.Code != 538 || errors.Is(e.Err, ErrUTF8) // 53x: sign in first
	case StageConnect, StageTLS, StageLogin:
	}

	return false
}

// Temporary is the opposite of [Error.Permanent]: the message may be tried again later.
func (e *Error) Temporary() bool { return !e.Permanent() }

// failed makes an error of what happened at a stage. hide takes out of a text what must not be in it.
func failed(ctx context.Context, stage Stage, err error, hide func(string) string) *Error {
	e := &Error{Stage: stage, Err: err}

	var (
		answer    *textproto.Error
		malformed textproto.ProtocolError
	)

	switch {
	case errors.As(err, &answer):
		text := shortened(answer.Msg)
		e.Code, e.Enhanced = answer.Code, enhanced.FindString(text)
		e.Err = &textproto.Error{Code: answer.Code, Msg: hide(text)}
	case ctx.Err() != nil: // which is why the connection broke
		e.Err = context.Cause(ctx)
		if !errors.Is(e.Err, ctx.Err()) {
			e.Err = fmt.Errorf("%w: %w", ctx.Err(), e.Err)
		}
	case errors.As(err, &malformed): // it quotes the server
		e.Err = textproto.ProtocolError(hide(shortened(string(malformed))))
	case stage == StageLogin && !errors.Is(err, ErrNoLogin):
		e.Err = errors.New(hide(shortened(err.Error()))) // some mechanisms quote the server
	}

	if stage == StageContent && (e.Code < 400 || e.Code >= 600) {
		e.Err = fmt.Errorf("%w: %w", ErrUncertain, e.Err)
	}

	return e
}

// enhanced finds the enhanced status code that an answer begins with.
var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

const (
	longestAnswer = 300 // characters of an answer that are kept
	shortestQuote = 16  // characters of a message in a row that count as a quotation of it
)

// shortened puts an answer on one line, and keeps its beginning.
func shortened(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}

		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))

	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > longestAnswer {
		return string(runes[:longestAnswer]) + "…"
	}

	return string(runes)
}

// without returns a function that takes secrets out of texts, as they are and in the base64 that they travel in.
func without(username string, secret string) func(string) string {
	if secret == "" {
		return func(s string) string { return s }
	}

	replacer := strings.NewReplacer(
		secret, "…",
		base64.StdEncoding.EncodeToString([]byte(secret)), "…",
		base64.StdEncoding.EncodeToString([]byte("\x00"+username+"\x00"+secret)), "…",
	)

	return replacer.Replace
}

// unquoted returns a function that takes out of texts what they quote from a message: some servers show the link that they
// took offence at.
func unquoted(bodies ...string) func(string) string {
	all := strings.ToLower(strings.Join(bodies, "\x00"))
	quoted := func(runes []rune) bool { return strings.Contains(all, strings.ToLower(string(runes))) }

	return func(s string) string {
		var b strings.Builder

		for rest := []rune(s); len(rest) > 0; {
			n := 0
			for end := shortestQuote; end <= len(rest) && quoted(rest[:end]); end++ {
				n = end
			}

			if n == 0 {
				b.WriteRune(rest[0])
			} else {
				b.WriteString("…")
			}

			rest = rest[max(n, 1):]
		}

		return b.String()
	}
}
