package mail_test

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/mail"
)

func ExampleRender() {
	parts, err := mail.Render(mail.Refused, language.English, mail.Content{
		Recipient: "Daniel Potier", Structure: "Ateliers Potier SAS", Identifier: "SIRET 732 829 320 00074",
		Reason: "We do not know you.\nPlease call the office.",
	})
	if err != nil {
		fmt.Println(err)

		return
	}

	fmt.Println(parts.Subject)
	body, _, _ := strings.Cut(parts.Text, "\n-- \n") // without the line that says which software wrote it
	fmt.Println(body)

	// Output:
	// Request refused: Ateliers Potier SAS
	// Hello Daniel Potier,
	//
	// Your request concerning this structure has been refused:
	//
	//     Structure: Ateliers Potier SAS
	//     Identifier: SIRET 732 829 320 00074
	//
	// The reason given is this:
	//
	//     > We do not know you.
	//     > Please call the office.
	//
	// You may make a new request with the same login address.
}
