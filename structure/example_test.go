package structure_test

import (
	"errors"
	"fmt"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// Every fault of a form is reported at once, each with the words for the person who filled it in.
func ExampleForm_Check() {
	form := structure.Form{LegalName: "MENUISERIE POTIER", Town: "Paris", Country: "France"}
	_, err := form.Check(identifier.SIRET)

	if faults, ok := errors.AsType[*multierror.Error](err); ok {
		for _, fault := range faults.Errors {
			if f, ok := errors.AsType[*structure.FieldError](fault); ok {
				fmt.Println(f.Name(), f.Code(), "|", f.Text(language.French))
			}
		}
	}
	// Output:
	// address structure.required | Adresse : ce champ est obligatoire.
	// postal_code structure.required | Code postal : ce champ est obligatoire.
	// country structure.country | Pays : indiquez le code à deux lettres d'un pays (norme ISO 3166-1), par exemple FR.
}
