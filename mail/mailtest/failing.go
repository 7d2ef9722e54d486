package mailtest

import (
	"context"
	"errors"
	"sync"

	"github.com/guichet-pro/guichet/mail"
)

// ErrFailing is what [Failing] returns for a [Fault] without an error of its own.
var ErrFailing = errors.New("mailtest: the delivery fails, as the test wants it")

// Fault is a way for a delivery to fail. Its zero value is that every delivery does, at once, and nothing is handed over.
type Fault struct {
	To    string    // for this address only, written as in the message; "" = whatever the address
	Kind  mail.Kind // for this kind only; "" = whatever the kind
	Times int       // for so many messages, then no more; 0 = for ever
	Block bool      // wait until the context ends, and return its error, as a server that does not answer
	Sent  bool      // hand the message over, and fail all the same, as a connection that breaks before the answer
	Err   error     // what Send returns; nil = ErrFailing
}

// Failing is a mailer that fails by a script. A message that no fault is for goes to Mailer. Its fields are not to be
// changed once it is used, by several goroutines if need be.
type Failing struct {
	Mailer mail.Mailer // nil = messages that do not fail go nowhere
	Faults []Fault     // the first one that is for a message, and not used up, is what happens to it

	mu     sync.Mutex
	failed map[int]int // by index of the fault
}

var _ mail.Mailer = (*Failing)(nil)

// Send does with the message what the script says. A fault that is Sent ends as whatever Mailer answers if that fails itself.
func (f *Failing) Send(ctx context.Context, m mail.Message) error {
	fault, fails := f.next(m)

	switch {
	case !fails:
		return f.handOver(ctx, m)
	case fault.Sent:
		if err := f.handOver(ctx, m); err != nil {
			return err
		}
	}

	if fault.Block {
		<-ctx.Done()

		return ctx.Err()
	}

	if fault.Err != nil {
		return fault.Err
	}

	return ErrFailing
}

// Failures returns how many messages have met a fault.
func (f *Failing) Failures() int {
	f.mu.Lock()
	defer f.mu.Unlock()

	var sum int
	for _, n := range f.failed {
		sum += n
	}

	return sum
}

// next returns the fault that is for the message, and counts it.
func (f *Failing) next(m mail.Message) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()

	for i, fault := range f.Faults {
		switch {
		case fault.To != "" && fault.To != m.To, fault.Kind != "" && fault.Kind != m.Kind,
			fault.Times > 0 && f.failed[i] >= fault.Times:
			continue
		}

		if f.failed == nil {
			f.failed = make(map[int]int)
		}

		f.failed[i]++

		return fault, true
	}

	return Fault{}, false
}

func (f *Failing) handOver(ctx context.Context, m mail.Message) error {
	if f.Mailer == nil {
		return nil
	}

	return f.Mailer.Send(ctx, m)
}
