package structure_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-multierror"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// filled is the structure part of the guide's form, complete.
func filled() structure.Form {
	return structure.Form{
		LegalName: "MENUISERIE POTIER", Address: "12 rue de l'Église", PostalCode: "75001", Town: "Paris", Country: "FR",
	}
}

// fault is a [structure.FieldError] as far as a test looks at it.
type fault struct {
	Field structure.Field
	Code  string
}

// faultsOf unpacks an error of a form; nil has none. Anything but field errors fails the test.
func faultsOf(t require.TestingT, err error) []*structure.FieldError {
	if err == nil {
		return nil
	}

	var all *multierror.Error

	require.ErrorAs(t, err, &all)

	var out []*structure.FieldError

	for _, e := range all.Errors {
		var f *structure.FieldError

		require.ErrorAs(t, e, &f)

		out = append(out, f)
	}

	return out
}

// named reduces faults to field and code.
func named(faults []*structure.FieldError) []fault {
	var out []fault
	for _, f := range faults {
		out = append(out, fault{f.Field, f.Code()})
	}

	return out
}

func TestB1_ACompleteFormBecomesTheStructuresData(t *testing.T) {
	form := filled()
	form.Sector, form.Label, form.NonDiffusible = structure.Public, " Atelier\u00a0 2 ", true
	form.Complement1, form.Complement2, form.Country = "Bâtiment B", "BP 12", "fr"
	form.Applications = []structure.Application{"signature", "annuaire", "signature"}

	d, err := form.Check(identifier.SIRET)
	require.NoError(t, err)
	assert.Equal(t, structure.Details{
		Sector: structure.Public,
		Data: structure.Data{
			LegalName: "MENUISERIE POTIER", Label: "Atelier 2", Address: "12 rue de l'Église", Complement1: "Bâtiment B",
			Complement2: "BP 12", PostalCode: "75001", Town: "Paris", Country: "FR", NonDiffusible: true,
		},
		Applications: []structure.Application{"annuaire", "signature"},
	}, d)
	assert.Equal(t, []structure.Application{"signature", "annuaire", "signature"}, form.Applications, "the form stays as typed")
}

func TestB1_AStructureIsPrivateUnlessSaidOtherwise(t *testing.T) {
	d, err := filled().Check(identifier.SIRET)
	require.NoError(t, err)
	assert.Equal(t, structure.Private, d.Sector)
	assert.Empty(t, d.Applications)
}

// The structure part left empty: all of its faults, each with field, code and text, in the order of the screen.
func TestB1_AnEmptyStructureFormReportsEveryFaultAtOnce(t *testing.T) {
	type told struct {
		Field, Code, French, English string
	}

	address := []told{
		{"address", "structure.required", "Adresse : ce champ est obligatoire.", "Address: this field is required."},
		{"postal_code", "structure.required", "Code postal : ce champ est obligatoire.", "Postal code: this field is required."},
		{"town", "structure.required", "Ville : ce champ est obligatoire.", "Town: this field is required."},
		{"country", "structure.required", "Pays : ce champ est obligatoire.", "Country: this field is required."},
	}

	for kind, want := range map[identifier.Kind][]told{
		identifier.SIRET: append([]told{
			{"legal_name", "structure.required", "Raison sociale : ce champ est obligatoire.", "Legal name: this field is required."},
		}, address...),
		identifier.Individual: append([]told{
			{"structure_last_name", "structure.required", "Nom : ce champ est obligatoire.", "Last name: this field is required."},
			{"structure_first_name", "structure.required", "Prénom : ce champ est obligatoire.", "First name: this field is required."},
		}, address...),
	} {
		_, err := structure.Form{}.Check(kind)

		var got []told
		for _, f := range faultsOf(t, err) {
			require.ErrorIs(t, f, structure.ErrRequired)
			assert.Equal(t, f.Text(language.English), f.Error())
			got = append(got, told{f.Name(), f.Code(), f.Text(language.French), f.Text(language.English)})
		}

		assert.Equal(t, want, got, kind)
	}
}

func TestB1_EachFaultNamesItsFieldAndReason(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*structure.Form)
		field  structure.Field
		err    error
		code   string
		french string
	}{
		"legal name blank": {
			func(f *structure.Form) { f.LegalName = " \t" }, structure.FieldLegalName, structure.ErrRequired,
			"structure.required", "Raison sociale : ce champ est obligatoire.",
		},
		"legal name too long": {
			func(f *structure.Form) { f.LegalName = strings.Repeat("é", 161) }, structure.FieldLegalName,
			structure.ErrTooLong, "structure.too_long", "Raison sociale : 160 caractères au plus.",
		},
		"postal code too long": {
			func(f *structure.Form) { f.PostalCode = strings.Repeat("7", 17) }, structure.FieldPostalCode,
			structure.ErrTooLong, "structure.too_long", "Code postal : 16 caractères au plus.",
		},
		"address with a line break": {
			func(f *structure.Form) { f.Address = "12 rue\nParis" }, structure.FieldAddress, structure.ErrCharacters,
			"structure.characters", "Adresse : saut de ligne, caractère de contrôle ou caractère illisible interdit.",
		},
		"town no text": {
			func(f *structure.Form) { f.Town = "\xff" }, structure.FieldTown, structure.ErrCharacters,
			"structure.characters", "Ville : saut de ligne, caractère de contrôle ou caractère illisible interdit.",
		},
		"label": {
			func(f *structure.Form) { f.Label = "a\x00b" }, structure.FieldLabel, structure.ErrCharacters,
			"structure.characters", "Libellé de l'organisation : saut de ligne, caractère de contrôle ou caractère illisible interdit.",
		},
		"first complement": {
			func(f *structure.Form) { f.Complement1 = strings.Repeat("x", 161) }, structure.FieldComplement1,
			structure.ErrTooLong, "structure.too_long", "Complément d'adresse 1 : 160 caractères au plus.",
		},
		"second complement": {
			func(f *structure.Form) { f.Complement2 = strings.Repeat("x", 161) }, structure.FieldComplement2,
			structure.ErrTooLong, "structure.too_long", "Complément d'adresse 2 : 160 caractères au plus.",
		},
		"country by its name": {
			func(f *structure.Form) { f.Country = "France" }, structure.FieldCountry, structure.ErrCountry,
			"structure.country", "Pays : indiquez le code à deux lettres d'un pays (norme ISO 3166-1), par exemple FR.",
		},
		"country of one letter": {
			func(f *structure.Form) { f.Country = "F" }, structure.FieldCountry, structure.ErrCountry,
			"structure.country", "",
		},
		"country with a digit": {
			func(f *structure.Form) { f.Country = "F1" }, structure.FieldCountry, structure.ErrCountry,
			"structure.country", "",
		},
		"sector": {
			func(f *structure.Form) { f.Sector = 9 }, structure.FieldSector, structure.ErrSector, "structure.sector",
			"Type de structure : choisissez « Privée » ou « Publique ».",
		},
	} {
		t.Run(name, func(t *testing.T) {
			form := filled()
			c.change(&form)

			_, err := form.Check(identifier.SIRET)
			require.ErrorIs(t, err, c.err)

			faults := faultsOf(t, err)
			require.Len(t, faults, 1)
			assert.Equal(t, fault{c.field, c.code}, named(faults)[0])

			if c.french != "" {
				assert.Equal(t, c.french, faults[0].Text(language.French))
			}
		})
	}
}

// Whatever fields are wrong together, each is reported exactly once, and no other.
func TestB1_FaultsDoNotHideEachOther(t *testing.T) {
	breakages := []struct {
		apply func(*structure.Form)
		want  fault
	}{
		{func(f *structure.Form) { f.LegalName = "" }, fault{structure.FieldLegalName, "structure.required"}},
		{func(f *structure.Form) { f.Label = "a\nb" }, fault{structure.FieldLabel, "structure.characters"}},
		{func(f *structure.Form) { f.Address = strings.Repeat("a", 999) }, fault{structure.FieldAddress, "structure.too_long"}},
		{func(f *structure.Form) { f.Complement1 = "\xff" }, fault{structure.FieldComplement1, "structure.characters"}},
		{func(f *structure.Form) { f.Complement2 = "\u202e" }, fault{structure.FieldComplement2, "structure.characters"}},
		{func(f *structure.Form) { f.PostalCode = "" }, fault{structure.FieldPostalCode, "structure.required"}},
		{func(f *structure.Form) { f.Town = " " }, fault{structure.FieldTown, "structure.required"}},
		{func(f *structure.Form) { f.Country = "FRA" }, fault{structure.FieldCountry, "structure.country"}},
		{func(f *structure.Form) { f.Sector = 3 }, fault{structure.FieldSector, "structure.sector"}},
	}

	rapid.Check(t, func(t *rapid.T) {
		form := filled()

		var want []fault

		for i, broken := range rapid.SliceOfN(rapid.Bool(), len(breakages), len(breakages)).Draw(t, "broken") {
			if broken {
				breakages[i].apply(&form)
				want = append(want, breakages[i].want)
			}
		}

		_, err := form.Check(identifier.SIRET)
		if got := named(faultsOf(t, err)); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestC2_AnIndividualHasNamesAndAllOthersALegalName(t *testing.T) {
	form := filled()
	form.LegalName, form.FirstName, form.LastName = "ACME", "Daniel", "Potier"

	for _, kind := range identifier.Kinds() {
		d, err := form.Check(kind)
		require.NoError(t, err)

		if kind == identifier.Individual {
			assert.Equal(t, []string{"", "Daniel", "Potier"}, []string{d.Data.LegalName, d.Data.FirstName, d.Data.LastName})
			assert.Equal(t, "Daniel Potier", d.Data.Name())
		} else {
			assert.Equal(t, []string{"ACME", "", ""}, []string{d.Data.LegalName, d.Data.FirstName, d.Data.LastName}, kind)
			assert.Equal(t, "ACME", d.Data.Name())
		}
	}
}

func TestC2_TheLongestValuesFit(t *testing.T) {
	long := strings.Repeat("é", 160)
	form := structure.Form{
		LegalName: long, Label: long, Address: long, Complement1: long, Complement2: long,
		PostalCode: strings.Repeat("7", 16), Town: long, Country: "RE",
	}

	d, err := form.Check(identifier.SIRET)
	require.NoError(t, err)
	assert.Equal(t, long, d.Data.Name())
}

// Details that come from outside are checked like a form: those that a form gave come out as they were.
func TestB1_DetailsCanBeCheckedAgain(t *testing.T) {
	for _, kind := range []identifier.Kind{identifier.SIRET, identifier.Individual} {
		form := filled()
		form.Sector, form.FirstName, form.LastName, form.Label = structure.Public, "Daniel", "Potier", "Atelier"
		form.Complement1, form.Complement2, form.NonDiffusible = "Bâtiment B", "BP 12", true
		form.Applications = []structure.Application{"signature", "annuaire"}

		once, err := form.Check(kind)
		require.NoError(t, err)

		twice, err := once.Form().Check(kind)
		require.NoError(t, err)
		assert.Equal(t, once, twice, kind)

		again := once.Form()
		again.Applications[0] = "x"
		assert.Equal(t, twice, once, "the form shares no memory with the details")
	}

	_, err := structure.Details{}.Form().Check(identifier.SIRET)
	assert.Len(t, faultsOf(t, err), 5)
}

func TestSortedIsASetInASliceOfItsOwn(t *testing.T) {
	typed := []structure.Application{"b", "a", "b", "c", "a"}
	sorted := structure.Sorted(typed)
	assert.Equal(t, []structure.Application{"a", "b", "c"}, sorted)
	assert.Equal(t, []structure.Application{"b", "a", "b", "c", "a"}, typed)
	assert.Empty(t, structure.Sorted(nil))
}

func TestDetailsCloneSharesNoMemory(t *testing.T) {
	d := structure.Details{Applications: []structure.Application{"a", "b"}}
	clone := d.Clone()
	assert.Equal(t, d, clone)

	clone.Applications[0] = "x"
	assert.Equal(t, structure.Application("a"), d.Applications[0])
}
