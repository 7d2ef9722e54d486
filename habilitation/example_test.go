package habilitation_test

import (
	"fmt"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// Somebody attached to a service may look at invoices there, and nowhere else.
func ExampleRights_Check() {
	at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	look := habilitation.Profile{Application: "factures-emises", Level: habilitation.Consultation}
	rights := habilitation.Rights{
		Account: "anne", State: account.Active, AsOf: at,
		Holdings: []habilitation.Holding{{
			Structure: structure.Structure{
				ID: "s1", Status: structure.Active, Applications: []structure.Application{"factures-emises"},
			},
			Service:  structure.Service{Structure: "s1", Code: "compta"},
			Profiles: []habilitation.Profile{look},
		}},
	}

	fmt.Println(look.Label(habilitation.DefaultCatalogue(), language.French))
	fmt.Println(rights.Check(at, habilitation.Scope{Structure: "s1", Service: "compta"}, look))
	fmt.Println(rights.Check(at, habilitation.Scope{Structure: "s1"}, look))
	// Output:
	// Factures émises consultation
	// <nil>
	// factures-emises/consultation: the account is not attached to this structure or service.
}
