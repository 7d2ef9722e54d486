package mail

import (
	"context"

	"golang.org/x/text/language"
)

// Mailer brings messages to people. Consumers implement it, and mailtest.Run tells whether rightly.
//
// Send returns nil once the message is handed over to what delivers it, and must not return nil before. Any error
// means that the message may or may not have gone out: it will be given again later, with the same ID, so that an
// implementation that can recognise the ID may drop the repetition. Send must end soon after ctx does. It may be
// called by several goroutines at once.
//
// Subject, text and HTML arrive as they are, with the ID, in the sender's name, for the recipient and for nobody else.
// No value adds a header or a recipient, whatever is in it: a message that would is refused, or sent without that.
type Mailer interface {
	Send(ctx context.Context, m Message) error
}

// Message is one mail, ready to be sent.
type Message struct {
	ID       string // the idempotency key: the same for every try of one message
	Kind     Kind
	From     string // sender's address, as the portal was configured
	To       string // recipient's address
	Subject  string // one line
	Text     string // plain text, lines ended by "\n"
	HTML     string // the same as a document of HTML, for programs that show it; "" = none
	Language language.Tag
}

// Permanent is what an error of a [Mailer] may be that knows that another try would fail the same: the server refused the
// recipient's address, or the mail itself. Such a mail is given up at once (rule F4). Errors that do not say so are tried again.
type Permanent interface {
	error
	Permanent() bool
}
