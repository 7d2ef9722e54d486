package mailtest_test

import (
	"context"
	"fmt"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/mailtest"
)

// A server that fails once, and what has arrived after a second try.
func ExampleFailing() {
	var arrived mailtest.Recorder

	mailer := &mailtest.Failing{Mailer: &arrived, Faults: []mailtest.Fault{{To: "daniel.potier@exemple.fr", Times: 1}}}
	message := mail.Message{ID: "1", Kind: mail.Refused, To: "daniel.potier@exemple.fr", Subject: "Demande refusée"}

	fmt.Println(mailer.Send(context.Background(), message))
	fmt.Println(mailer.Send(context.Background(), message))

	last, _ := arrived.Last(mail.Refused)
	fmt.Println(len(arrived.To("daniel.potier@exemple.fr")), last.Subject)

	// Output:
	// mailtest: the delivery fails, as the test wants it
	// <nil>
	// 1 Demande refusée
}
