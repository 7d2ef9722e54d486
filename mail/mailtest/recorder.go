package mailtest

import (
	"context"
	"slices"
	"sync"

	"github.com/guichet-pro/guichet/mail"
)

// Recorder is a mailer that keeps messages in memory, in the order in which they come. Its zero value is empty. It may be
// used by several goroutines at once.
type Recorder struct {
	mu       sync.Mutex
	messages []mail.Message
}

var _ mail.Mailer = (*Recorder)(nil)

// Send keeps the message, repetitions too. It fails only if ctx has ended, with the context's error.
func (r *Recorder) Send(ctx context.Context, m mail.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	r.messages = append(r.messages, m)

	return nil
}

// All returns the messages.
func (r *Recorder) All() []mail.Message {
	r.mu.Lock()
	defer r.mu.Unlock()

	return slices.Clone(r.messages)
}

// To returns the messages to an address, written as it was when they were sent.
func (r *Recorder) To(address string) []mail.Message {
	return slices.DeleteFunc(r.All(), func(m mail.Message) bool { return m.To != address })
}

// Last returns the latest message of a kind, and false if there is none.
func (r *Recorder) Last(kind mail.Kind) (mail.Message, bool) {
	for _, m := range slices.Backward(r.All()) {
		if m.Kind == kind {
			return m, true
		}
	}

	return mail.Message{}, false
}

// Reset forgets the messages.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.messages = nil
}
