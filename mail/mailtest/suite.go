package mailtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
)

// The sentences of the documentation of mail.Mailer that the cases prove.
const (
	handsOver = "Send returns nil once the message is handed over to what delivers it, and must not return nil before."
	repeats   = "Any error means that the message may or may not have gone out: it will be given again later, with the same ID, " +
		"so that an implementation that can recognise the ID may drop the repetition."
	ends    = "Send must end soon after ctx does."
	atOnce  = "It may be called by several goroutines at once."
	arrives = "Subject, text and HTML arrive as they are, with the ID, in the sender's name, for the recipient and for nobody else."
	addsNot = "No value adds a header or a recipient, whatever is in it: a message that would is refused, or sent without that."
)

// kase is a row of the suite's table.
type kase struct {
	name        string // rules first
	sentence    string // what it proves, quoted
	explanation string // what it does, and what a mailer that fails it does to people
	needs       need

	test func(context.Context, bench) error
}

// need is what a case needs that not every fixture has.
type need uint8

const (
	nothing need = iota
	refusing
	stalling
)

// lacking returns what the fixture lacks for the case; "" = nothing.
func (c kase) lacking(f Fixture) string {
	switch {
	case c.needs == refusing && f.Refuse == nil:
		return "Refuse"
	case c.needs == stalling && f.Stall == nil:
		return "Stall"
	default:
		return ""
	}
}

// cases returns the table, in order.
func cases() []kase {
	return slices.Concat(handOverCases(), fieldCases(), endCases())
}

// sentenceError is a sentence that a mailer was found to break.
type sentenceError struct {
	kase kase
	err  error
}

// Error prints the case, the sentence, why it matters, and what was found.
func (e *sentenceError) Error() string {
	return fmt.Sprintf("%s: the mailer breaks the sentence\n\t“%s”\n%s\nfound: %v",
		e.kase.name, e.kase.sentence, e.kase.explanation, e.err)
}

// Unwrap returns what was found.
func (e *sentenceError) Unwrap() error { return e.err }

// Run proves a mailer against the sentences of [mail.Mailer]'s documentation: every case as a subtest of its name, each on
// a fixture of its own from newFixture, which may register its closing with t.Cleanup. A case that fails quotes the
// sentence that is broken. A case for which the fixture lacks something is skipped, and says what it lacks.
//
// The addresses are below exemple.fr, so that nothing may go out.
func Run(t *testing.T, newFixture func(t *testing.T) Fixture) {
	t.Helper()

	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)

			if lacking := c.lacking(f); lacking != "" {
				t.Skipf("unproved, for the fixture has no %s: “%s”", lacking, c.sentence)
			}

			if err := c.prove(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// prove runs the case. Its error is a *sentenceError.
func (c kase) prove(ctx context.Context, f Fixture) error {
	if err := c.test(ctx, bench{f.withDefaults()}); err != nil {
		return &sentenceError{kase: c, err: err}
	}

	return nil
}

// bench is what a case works on.
type bench struct {
	Fixture
}

// begin calls Send, and returns what is closed when it has ended, and its error, which is to be read then.
func (b bench) begin(ctx context.Context, m mail.Message) (done <-chan struct{}, failure *error) {
	ended, err := make(chan struct{}), new(error)

	go func() { // ends with Send; a case that gives it up says so
		defer close(ended)

		*err = b.Mailer.Send(ctx, m)
	}()

	return ended, err
}

// wait waits for one of two things to happen, and tells whether one did within the fixture's patience.
func (b bench) wait(ctx context.Context, one, other <-chan struct{}) bool {
	patience, cancel := context.WithTimeout(ctx, b.Patience)
	defer cancel()

	select {
	case <-one:
		return true
	case <-other:
		return true
	case <-patience.Done():
		return false
	}
}

// send sends one message. stuck tells that Send did not end.
func (b bench) send(ctx context.Context, m mail.Message) (stuck bool, err error) {
	done, failure := b.begin(ctx, m)
	if !b.wait(context.WithoutCancel(ctx), done, nil) {
		return true, fmt.Errorf("Send has not ended after %v", b.Patience)
	}

	return false, *failure
}

// deliver sends one message, which ought to be handed over.
func (b bench) deliver(ctx context.Context, m mail.Message) error {
	if _, err := b.send(ctx, m); err != nil {
		return fmt.Errorf("Send: %w", err)
	}

	return nil
}

// arrived returns what has arrived of a message: with its ID or, should that be lost, for its recipient.
func (b bench) arrived(m mail.Message) ([]Received, error) {
	all, err := b.Received()
	if err != nil {
		return nil, fmt.Errorf("what arrived cannot be read: %w", err)
	}

	return slices.DeleteFunc(slices.Clone(all), func(r Received) bool { return r.ID != m.ID && r.To != m.To }), nil
}

// letter returns a message in which nothing is difficult. Different n make different messages.
func letter(n int) mail.Message {
	return mail.Message{
		ID:   fmt.Sprintf("0197d6e2c0de7a4f8b1d%04d", n),
		Kind: mail.Refused, From: "guichet@exemple.fr", To: fmt.Sprintf("daniel.potier.%d@exemple.fr", n),
		Subject:  fmt.Sprintf("Demand number %d refused", n),
		Text:     fmt.Sprintf("Hello,\n\nRequest number %d has been refused.\n", n),
		HTML:     fmt.Sprintf("<!DOCTYPE html>\n<html lang=\"en\"><body><p>Request number %d has been refused.</p></body></html>\n", n),
		Language: language.English,
	}
}

// field returns an error unless a field arrived as it was sent.
func field(name, sent, got string) error {
	if sent == got {
		return nil
	}

	return fmt.Errorf("%s: sent %s, arrived %s", name, short(sent), short(got))
}

// lines returns a text with one kind of line ends, and none at its end.
func lines(s string) string { return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n") }

// short quotes a text that may be long.
func short(s string) string {
	const most = 200
	if len(s) <= most {
		return fmt.Sprintf("%q", s)
	}

	return fmt.Sprintf("%q… (%d octets)", s[:most], len(s))
}
