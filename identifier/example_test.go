package identifier_test

import (
	"encoding/json"
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
	// en position 11, « O » n'est pas un chiffre ; un SIRET ne contient que des chiffres
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

func ExampleParse_european() {
	id, err := identifier.Parse(identifier.European, "el 094 259 216")
	fmt.Println(id.Code(), id.Country(), err)

	for _, s := range []string{"FR 44 732829320", "GR094259216", "DE136695977"} {
		_, err := identifier.Parse(identifier.European, s)
		if refused, ok := errors.AsType[*identifier.ParseError](err); ok {
			fmt.Println(refused.Text(language.French))
		}
	}

	// Output:
	// EL094259216 GR <nil>
	// une structure française se désigne par son SIRET, non par son numéro de TVA : choisissez le type SIRET
	// un numéro de TVA grec commence par EL, non par GR
	// la clé de ce numéro de TVA (Allemagne), en position 11, ne correspond pas au reste : avec lui, ce serait 6
}

func ExampleNewNonEU() {
	id, err := identifier.NewNonEU("CH", "Société Générale de Surveillance")
	fmt.Printf("%s, % s, %s, %v\n", id.Code(), id, id.Country(), err)

	id, err = identifier.NewNonEU("FRWF", "Établissements du Pacifique")
	fmt.Println(id.Code(), id.Country(), err)

	// Output:
	// CHSOCIETE GENERALE, CH SOCIETE GENERALE, CH, <nil>
	// FRWFETABLISSEMENTS WF <nil>
}

func ExampleParse_ridet() {
	// Nine digits are the same number without its leading zero.
	id, err := identifier.Parse(identifier.RIDET, "122 531 001")
	fmt.Println(id.Code(), id.Display(), id.Country(), err)

	// Output:
	// 0122531001 0 122 531.001 NC <nil>
}

func ExampleParse_tahiti() {
	id, err := identifier.Parse(identifier.Tahiti, "f95709-001")
	fmt.Println(id.Code(), id.Display(), id.Country(), err)

	_, err = identifier.Parse(identifier.Tahiti, "F95709")
	if refused, ok := errors.AsType[*identifier.ParseError](err); ok {
		fmt.Println(refused.Text(language.English))
	}

	// Output:
	// F95709001 F95709-001 PF <nil>
	// incomplete number: these 6 characters name the company, add the 3 digits of the establishment
}

func ExampleParse_individual() {
	id, err := identifier.Parse(identifier.Individual, "1980193161FerdinandHéloïse1")
	fmt.Println(id, err)
	fmt.Println(id.Warning())
	fmt.Println(len(id.Code()), "characters, shown by Code alone")

	// Output:
	// PARTICULIER:*** <nil>
	// <nil>
	// 27 characters, shown by Code alone
}

func ExampleNewRegistering() {
	// In a program, crypto/rand fills the bytes.
	random := [10]byte{0xde, 0xad, 0xbe, 0xef}
	id, err := identifier.NewRegistering(random).In("BE")
	fmt.Println(id, err)

	// Output:
	// AUTRE:BE:ECVTPVXVR000000000 <nil>
}

func ExampleSIREN() {
	siren, err := identifier.ParseSIREN("732 829 320")
	fmt.Println(siren, siren.Display(), siren.VAT(), err)

	// Output:
	// 732829320 732 829 320 FR44732829320 <nil>
}

func ExampleNIC() {
	siren, _ := identifier.ParseSIREN("732829320")
	nic, _ := identifier.ParseNIC("00074")
	id, err := siren.SIRET(nic)
	fmt.Println(id, err)

	// Output:
	// SIRET:73282932000074 <nil>
}

func ExampleVATNumber() {
	for _, s := range []string{"FR 44 732 829 320", "FRK7399859412", "FR53000004605", "DE136695976"} {
		vat, err := identifier.ParseVAT(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		siren, ok := vat.SIREN()
		fmt.Println(vat.Display(), vat.Country(), siren, ok)
	}

	// Output:
	// FR 44 732829320 FR 732829320 true
	// FR K7 399859412 FR 399859412 true
	// FR 53 000004605 MC  false
	// DE 136695976 DE  false
}

func ExampleID_VAT() {
	id := identifier.MustParse(identifier.SIRET, "73282932000074")
	vat, ok := id.VAT()
	fmt.Println(vat, ok)

	// Output:
	// FR44732829320 true
}

func ExampleFromScheme() {
	for _, pair := range [][2]string{
		{"1", "732 829 320 00074"}, // UBL, schemeName
		{"0228", "122531001"},      // CII, schemeID
		{"UE_HORS_FRANCE", "DE136695976"},
	} {
		id, err := identifier.FromScheme(pair[0], pair[1])
		fmt.Println(id, id.Kind().EDI(), id.Kind().ICD(), id.PES(), err)
	}

	// Output:
	// SIRET:73282932000074 1 0009 01 <nil>
	// RIDET:0122531001 4 0228 08 <nil>
	// UE_HORS_FRANCE:DE136695976 2 0223 05 <nil>
}

func ExampleAPIFields() {
	var structure struct {
		identifier.APIFields

		Name string `json:"designationStructure"`
	}
	// A number, which has lost its leading zero.
	err := json.Unmarshal([]byte(`{
		"typeIdentifiantStructure": "SIRET",
		"identifiantStructure": 5781313100026,
		"designationStructure": "Exemple"
	}`), &structure)
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := structure.ID()
	fmt.Println(id, err)

	// Output:
	// SIRET:05781313100026 <nil>
}
