package identifier_test

import (
	"errors"
	"fmt"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
)

func Example() {
	// As it is copied from a letterhead.
	id, err := identifier.Parse(identifier.SIRET, "732 829 320 00074")
	if err != nil {
		fmt.Println(err)
		return
	}
	siren, _ := id.SIREN()
	fmt.Println(id.Code())
	fmt.Println(id.Display())
	fmt.Println(id.Country(), siren)

	// Output:
	// 73282932000074
	// 732 829 320 00074
	// FR 732829320
}

func ExampleParseError() {
	for _, s := range []string{"732 829 320", "732 829 32O 00074", "732 829 320 00075"} {
		_, err := identifier.Parse(identifier.SIRET, s)
		if refused, ok := errors.AsType[*identifier.ParseError](err); ok {
			fmt.Println(refused.Code(), refused.At, refused.Want)
			fmt.Println(refused.Text(language.French))
		}
	}

	// Output:
	// identifier.length 12 14
	// ceci est un SIREN (9 chiffres) : ajoutez le NIC de 5 chiffres
	// identifier.charset 11 0-9
	// en position 11, “O” n'est pas un chiffre ; un SIRET ne contient que des chiffres
	// identifier.checksum 17 4
	// la clé du SIRET, en position 17, ne correspond pas aux autres chiffres : avec eux, ce serait 4
}

func ExampleOptions_Parse() {
	// The portal's test environment hands out numbers without valid keys.
	qualification := identifier.Options{Level: identifier.Shape}
	id, err := qualification.Parse(identifier.SIRET, "99999999999999")
	fmt.Println(id, err)
	fmt.Println(identifier.Valid(id.Kind(), id.Code()))

	// Output:
	// SIRET/shape:99999999999999 <nil>
	// false
}
