package customstore_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"

	"example.com/guichet-examples/customstore"
)

// outgoing is a Mailer that keeps the last mail instead of sending it.
type outgoing struct{ last mail.Message }

func (o *outgoing) Send(_ context.Context, m mail.Message) error {
	o.last = m

	return nil
}

// A portal works on this store as on any other: somebody registers, opens the link in their mail, and is main manager,
// also after the file was closed and opened again.
func Example() {
	ctx := context.Background()

	folder, err := os.MkdirTemp("", "guichet-customstore-")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()

	path := filepath.Join(folder, "guichet.bolt")

	id, err := register(ctx, path)
	if err != nil {
		log.Print(err)

		return
	}

	store, err := customstore.Open(path, nil)
	if err != nil {
		log.Print(err)

		return
	}
	defer func() { _ = store.Close() }()

	held, err := store.Memberships(ctx, id)
	if err != nil {
		log.Print(err)

		return
	}

	for _, m := range held.Rows {
		fmt.Println(held.Account.Person.Name(), "·", m.Structure.Data.LegalName, "·", m.Standing, "·", m.Holder == id)
	}

	// Output:
	// Daniel Potier · La Poste · managed · true
}

// register opens the portal, plays the first comer, and closes the file.
func register(ctx context.Context, path string) (account.ID, error) {
	store, err := customstore.Open(path, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = store.Close() }()

	// The secret comes from the application's own configuration: 32 random bytes that survive a restart.
	keys := guichet.Keys{{ID: "2026-11", Secret: []byte("an example's secret of 32 bytes!")}}

	portal, err := guichet.New(store, keys, &guichet.Options{Site: "https://portal.example"})
	if err != nil {
		return "", err
	}

	if _, err := portal.Register(ctx, account.Form{
		Login: "daniel.potier@exemple.fr", LoginAgain: "daniel.potier@exemple.fr",
		FirstName: "Daniel", LastName: "Potier", AcceptsTerms: true, Language: language.French,
		Kind: identifier.SIRET, Code: "356 000 000 09075",
		Structure: structure.Form{
			LegalName: "La Poste", Address: "9 rue de Clichy", PostalCode: "75009", Town: "Paris", Country: "FR",
		},
	}); err != nil {
		return "", err
	}

	var mailer outgoing
	if _, err := portal.Deliver(ctx, &mailer); err != nil {
		return "", err
	}

	token, err := account.ParseToken(regexp.MustCompile(`lien=(\S+)`).FindStringSubmatch(mailer.last.Text)[1])
	if err != nil {
		return "", err
	}

	daniel, err := portal.Activate(ctx, token, account.Credentials{
		Password: "une phrase de passe bien longue", Question: "Ma première école ?", Answer: "Jules Ferry",
	})

	return daniel.ID, err
}
