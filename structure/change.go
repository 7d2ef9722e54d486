package structure

import (
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Setter is who sets a field of a structure (rule C2).
type Setter uint8

// The setters. The zero Setter is invalid.
const (
	Author  Setter = iota + 1 // of a registration or a request that describes a structure which nobody knows
	Decider                   // of the structure
	Support
	Register // a directory
)

// Setters lists the setters in order.
func Setters() []Setter { return []Setter{Author, Decider, Support, Register} }

// String returns the stable name of the setter.
func (s Setter) String() string {
	switch s {
	case Author:
		return "author"
	case Decider:
		return "decider"
	case Support:
		return "support"
	case Register:
		return "directory"
	default:
		return "invalid"
	}
}

// MaySet tells whether somebody may set a field (rule C2): a structure's sector is its author's or support's to say, and
// not a decider's; a directory has no say on the label and the applications, which are the portal's own.
func (s Setter) MaySet(f Field) bool {
	switch f {
	case FieldSector:
		return s == Author || s == Support
	case FieldLabel, FieldApplications, FieldStatus, FieldIdentifier:
		return s == Author || s == Decider || s == Support
	case FieldLegalName, FieldLastName, FieldFirstName, FieldAddress, FieldComplement1, FieldComplement2,
		FieldPostalCode, FieldTown, FieldCountry, FieldNonDiffusible:
		return s == Author || s == Decider || s == Support || s == Register
	case FieldServiceCode, FieldServiceLabel, FieldServiceUntil:
		return s == Decider || s == Support
	default:
		return false
	}
}

// MayClear tells whether somebody may say that a structure is diffusible after all: a person may not (rule C2). Neither
// does a directory, ours: it would publish the address of somebody who asked that it be not.
func (s Setter) MayClear() bool { return s == Support }

// Change returns the structure with other details, as somebody sets them who is not its author, or every fault at once, as
// a [*multierror.Error] of [*FieldError] (rule C2).
func (s Structure) Change(by Setter, d Details) (Structure, error) {
	var faults *multierror.Error

	for _, change := range []struct {
		field Field
		made  bool
	}{
		{FieldSector, d.Sector != s.Sector},
		{FieldLegalName, d.Data.LegalName != s.Data.LegalName},
		{FieldLastName, d.Data.LastName != s.Data.LastName},
		{FieldFirstName, d.Data.FirstName != s.Data.FirstName},
		{FieldLabel, d.Data.Label != s.Data.Label},
		{FieldAddress, d.Data.Address != s.Data.Address},
		{FieldComplement1, d.Data.Complement1 != s.Data.Complement1},
		{FieldComplement2, d.Data.Complement2 != s.Data.Complement2},
		{FieldPostalCode, d.Data.PostalCode != s.Data.PostalCode},
		{FieldTown, d.Data.Town != s.Data.Town},
		{FieldCountry, d.Data.Country != s.Data.Country},
		{FieldApplications, !slices.Equal(d.Applications, s.Applications)},
		{FieldNonDiffusible, d.Data.NonDiffusible && !s.Data.NonDiffusible},
	} {
		if change.made && !by.MaySet(change.field) {
			faults = multierror.Append(faults, &FieldError{Field: change.field, Err: ErrNotYours})
		}
	}

	if s.Data.NonDiffusible && !d.Data.NonDiffusible && !by.MayClear() {
		faults = multierror.Append(faults, &FieldError{Field: FieldNonDiffusible, Err: ErrNonDiffusible})
	}

	if err := faults.ErrorOrNil(); err != nil {
		return s, err
	}

	s.Sector, s.Data, s.Applications = d.Sector, d.Data, slices.Clone(d.Applications)

	return s, nil
}

// Fold returns the form under which names and towns are searched (rule C11): case, accents, and everything that is
// neither a letter nor a digit make no difference.
func Fold(s string) string {
	var b strings.Builder

	gap := false

	// Unicode's compatibility caseless match (D146): what a compatibility character stands for has a case of its own.
	folded := norm.NFKD.String(cases.Fold().String(norm.NFD.String(s)))
	folded = norm.NFKD.String(cases.Fold().String(folded))

	for _, r := range folded {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}

			gap = false

			b.WriteRune(r)
		default:
			gap = true
		}
	}

	return b.String()
}
