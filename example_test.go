package guichet_test

import (
	"context"
	"fmt"
	"log"
	"regexp"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// outgoing is a Mailer that keeps the last mail instead of sending it.
type outgoing struct{ last mail.Message }

func (o *outgoing) Send(_ context.Context, m mail.Message) error {
	o.last = m

	return nil
}

// A person registers for a company that nobody has named yet, follows the link in their mail, and is its main manager.
func Example() {
	ctx := context.Background()

	// The secret comes from the application's own configuration: 32 random bytes that survive a restart.
	keys := guichet.Keys{{ID: "2026-11", Secret: []byte("an example's secret of 32 bytes!")}}

	portal, err := guichet.New(memory.New(), keys, &guichet.Options{Site: "https://portal.example"})
	if err != nil {
		log.Fatal(err)
	}

	receipt, err := portal.Register(ctx, account.Form{
		Login: "daniel.potier@exemple.fr", LoginAgain: "daniel.potier@exemple.fr",
		FirstName: "Daniel", LastName: "Potier", AcceptsTerms: true, Language: language.French,
		Kind: identifier.SIRET, Code: "356 000 000 09075",
		Structure: structure.Form{
			LegalName: "La Poste", Address: "9 rue de Clichy", PostalCode: "75009", Town: "Paris", Country: "FR",
		},
	})
	if err != nil { // a form with faults: one for each field
		for _, fault := range guichet.Faults(err) {
			fmt.Println(fault.Code(), fault.Text(language.French))
		}

		return
	}

	fmt.Println("first to name the structure:", receipt.Next == guichet.NextActivation)

	// The application calls Deliver as often as it likes; here, once.
	var mailer outgoing
	if _, err := portal.Deliver(ctx, &mailer); err != nil {
		log.Fatal(err)
	}

	link := regexp.MustCompile(`lien=(\S+)`).FindStringSubmatch(mailer.last.Text)

	token, err := account.ParseToken(link[1])
	if err != nil {
		log.Fatal(err)
	}

	daniel, err := portal.Activate(ctx, token, account.Credentials{
		Password: "une phrase de passe bien longue", Question: "Ma première école ?", Answer: "Jules Ferry",
	})
	if err != nil {
		log.Fatal(err)
	}

	rows, err := portal.Habilitations(ctx, daniel.ID)
	if err != nil {
		log.Fatal(err)
	}

	for _, row := range rows {
		fmt.Println(row.Structure.Data.LegalName, "·", row.Profile.Label(portal.Catalogue(), language.French))
	}

	err = portal.Check(ctx, daniel.ID, habilitation.Scope{Structure: rows[0].Structure.ID}, habilitation.Profile{
		Application: "passation", Level: habilitation.Modification,
	})
	fmt.Println(err)

	// Output:
	// first to name the structure: true
	// La Poste · Factures à valider consultation
	// La Poste · Factures à valider modification
	// La Poste · Factures de travaux consultation
	// La Poste · Factures de travaux modification
	// La Poste · Factures émises consultation
	// La Poste · Factures émises modification
	// La Poste · Organisation consultation
	// La Poste · Organisation modification
	// passation/modification: the structure has not opened this application.
}
