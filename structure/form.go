package structure

import (
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/internal/oneline"
)

// The longest values of the form, in characters. Ours: the portal publishes none.
const (
	maxName    = 160
	maxAddress = 160
	maxPostal  = 16
)

// Form is the part of the registration form that describes a structure (rule B1), as typed.
type Form struct {
	Sector        Sector // Private unless said otherwise
	LegalName     string
	LastName      string
	FirstName     string
	Label         string
	Address       string
	Complement1   string
	Complement2   string
	PostalCode    string
	Town          string
	Country       string // ISO 3166-1 alpha-2
	NonDiffusible bool   // "non diffusible" ticked
	Applications  []Application
}

// Details are a [Form] without faults: cleaned, complete, ready to become the data of a structure.
type Details struct {
	Sector       Sector
	Data         Data
	Applications []Application // sorted, without duplicates; empty = the catalogue's default
}

// Form returns the form that the details came from, to check them again where they come from outside.
func (d Details) Form() Form {
	return Form{
		Sector: d.Sector, LegalName: d.Data.LegalName, LastName: d.Data.LastName, FirstName: d.Data.FirstName,
		Label: d.Data.Label, Address: d.Data.Address, Complement1: d.Data.Complement1, Complement2: d.Data.Complement2,
		PostalCode: d.Data.PostalCode, Town: d.Data.Town, Country: d.Data.Country, NonDiffusible: d.Data.NonDiffusible,
		Applications: slices.Clone(d.Applications),
	}
}

// Clone returns a copy that shares no memory with d.
func (d Details) Clone() Details {
	d.Applications = slices.Clone(d.Applications)

	return d
}

// Check cleans the form and reports every fault at once, as a [*multierror.Error] of [*FieldError] (rule B1).
// The kind of identifier decides whose name is required: an individual's names, or a legal name. The other is left out.
func (f Form) Check(kind identifier.Kind) (Details, error) {
	var faults *multierror.Error

	line := func(field Field, value string, limit int, required bool) string {
		clean, err := oneline.Clean(value, limit)

		switch {
		case err != nil:
			faults = multierror.Append(faults, &FieldError{Field: field, Limit: limit, Err: fault(err)})
		case masked(clean):
			faults = multierror.Append(faults, &FieldError{Field: field, Err: ErrMasked})
		case clean == "" && required:
			faults = multierror.Append(faults, &FieldError{Field: field, Err: ErrRequired})
		}

		return clean
	}

	d := Details{Sector: f.Sector}

	if kind == identifier.Individual {
		d.Data.LastName = line(FieldLastName, f.LastName, maxName, true)
		d.Data.FirstName = line(FieldFirstName, f.FirstName, maxName, true)
	} else {
		d.Data.LegalName = line(FieldLegalName, f.LegalName, maxName, true)
	}

	d.Data.Label = line(FieldLabel, f.Label, maxName, false)
	d.Data.Address = line(FieldAddress, f.Address, maxAddress, true)
	d.Data.Complement1 = line(FieldComplement1, f.Complement1, maxAddress, false)
	d.Data.Complement2 = line(FieldComplement2, f.Complement2, maxAddress, false)
	d.Data.PostalCode = line(FieldPostalCode, f.PostalCode, maxPostal, true)
	d.Data.Town = line(FieldTown, f.Town, maxName, true)
	d.Data.NonDiffusible = f.NonDiffusible

	d.Data.Country = strings.ToUpper(line(FieldCountry, f.Country, maxName, true))
	if d.Data.Country != "" && identifier.CountryName(d.Data.Country, language.English) == "" {
		faults = multierror.Append(faults, &FieldError{Field: FieldCountry, Err: ErrCountry})
	}

	switch f.Sector {
	case 0:
		d.Sector = Private
	case Private, Public:
	default:
		faults = multierror.Append(faults, &FieldError{Field: FieldSector, Err: ErrSector})
	}

	d.Applications = Sorted(f.Applications)

	return d, faults.ErrorOrNil()
}

// Sorted returns the applications sorted and without duplicates, in a slice of its own.
func Sorted(apps []Application) []Application {
	out := slices.Clone(apps)
	slices.Sort(out)

	return slices.Compact(out)
}

// fault translates the fault of a line into this package's sentinel.
func fault(err error) error {
	switch {
	case errors.Is(err, oneline.ErrTooLong):
		return ErrTooLong
	default:
		return ErrCharacters
	}
}
