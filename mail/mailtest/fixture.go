package mailtest

import (
	"time"

	"github.com/guichet-pro/guichet/mail"
)

// Fixture is a mailer on the bench: with what it hands messages over to, which nobody else uses, and which a test may
// disturb.
type Fixture struct {
	Mailer mail.Mailer

	// Received returns what has arrived where the mailer hands its messages over to, in whatever order, as it can be read
	// there: by [Parse], if what arrives is mail. It is asked when a Send has returned, and may be asked again.
	Received func() ([]Received, error)

	// Refuse makes every delivery fail from now on, as a server that answers with an error, until mend is called. nil: the
	// cases that need it are skipped.
	Refuse func() (mend func())

	// Stall makes every delivery wait from now on, as a server that does not answer, until mend is called; what waits
	// then may arrive or not. From reached one receives, or it is closed, once the first delivery waits. nil: the cases that
	// need it are skipped.
	Stall func() (reached <-chan struct{}, mend func())

	// Goroutines is how many callers send at once. Default: 16.
	Goroutines int
	// Patience is how long after its context a Send may end, and how long one may take at all. Default: 10 seconds.
	Patience time.Duration
}

// Received is a message as it arrived.
type Received struct {
	ID         string              // [mail.Message.ID], of a Message-ID the part before the @
	From, To   string              // addresses, as the header has them
	Subject    string              // decoded
	Text, HTML string              // decoded; ends of lines may be "\r\n", and there may be more of them at the end
	Header     map[string][]string // by name, as in net/mail; nil where there are none, as behind an interface that takes fields
	Recipients []string            // to whom it was handed over, whatever its header says (RCPT TO); nil where nothing tells
}

func (f Fixture) withDefaults() Fixture {
	if f.Goroutines <= 0 {
		f.Goroutines = 16
	}

	if f.Patience <= 0 {
		f.Patience = 10 * time.Second
	}

	return f
}
