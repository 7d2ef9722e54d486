package structure

import (
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/internal/oneline"
)

// Found says what a directory answered about an identifier (rule C3).
type Found uint8

// The answers of a directory.
const (
	NotCovered Found = iota // the directory does not keep identifiers of this kind: the data are typed, and nothing is marked
	Listed                  // there, and active: the data are prefilled, and checked by the person
	Masked                  // there, and active, but non-diffusible: the data are typed
	Ceased                  // there, but closed: refused
	NotListed               // not there: refused
	Silent                  // no answer: down, slow, over quota. The data are typed, and the directory is asked again later
)

// Answers lists the answers in order.
func Answers() []Found { return []Found{NotCovered, Listed, Masked, Ceased, NotListed, Silent} }

// String returns the stable name of the answer.
func (f Found) String() string {
	switch f {
	case NotCovered:
		return "not covered"
	case Listed:
		return "listed"
	case Masked:
		return "masked"
	case Ceased:
		return "ceased"
	case NotListed:
		return "not listed"
	case Silent:
		return "silent"
	default:
		return "invalid"
	}
}

// Listing is a directory's answer about one identifier.
type Listing struct {
	Found  Found
	Sector Sector // 0 = the directory does not say
	Data   Data   // for Listed; what is masked in it counts as empty
}

// maskings are what directories write in place of what they may not publish.
var maskings = [...]string{"[ND]", "[NON-DIFFUSIBLE]"} //nolint:gochecknoglobals // a constant of array type

// masked tells whether a directory wrote that it may not publish the value.
func masked(value string) bool {
	for _, m := range maskings {
		if strings.Contains(strings.ToUpper(value), m) {
			return true
		}
	}

	return false
}

// Clean returns the listing without masked values, which are never data (rule C3), and without what no form would take. A
// listing with a masked value is of a non-diffusible structure, whatever it says; one without any name left is [Masked]. An
// unknown answer counts as [Silent].
func (l Listing) Clean() Listing {
	if l.Found > Silent {
		l.Found = Silent // an answer that nobody understands is none
	}

	if l.Sector != Public && l.Sector != Private || l.Found != Listed && l.Found != Masked {
		l.Sector = 0
	}

	if l.Found != Listed {
		l.Data = Data{NonDiffusible: l.Found == Masked}

		return l
	}

	for _, field := range fields(&l.Data) {
		if masked(*field) {
			*field, l.Data.NonDiffusible = "", true
		}

		// What no form would take is nothing that a person could be asked to mend.
		limit := maxName
		if field == &l.Data.PostalCode {
			limit = maxPostal
		}

		clean, err := oneline.Clean(*field, limit)
		if err != nil {
			clean = ""
		}

		*field = clean
	}

	if l.Data.Country = strings.ToUpper(l.Data.Country); identifier.CountryName(l.Data.Country, language.English) == "" {
		l.Data.Country = ""
	}

	if l.Data.Name() == "" && l.Data.NonDiffusible {
		l.Found, l.Data = Masked, Data{NonDiffusible: true}
	}

	return l
}

// fields returns the texts of the data.
func fields(d *Data) []*string {
	return []*string{
		&d.LegalName, &d.LastName, &d.FirstName, &d.Label, &d.Address, &d.Complement1, &d.Complement2, &d.PostalCode,
		&d.Town, &d.Country,
	}
}

// Refusal returns why no structure can be created for the identifier, or nil (rule C3).
func (l Listing) Refusal() error {
	switch l.Found {
	case Ceased:
		return ErrCeased
	case NotListed:
		return ErrNotListed
	case NotCovered, Listed, Masked, Silent:
		return nil
	default:
		return nil
	}
}

// Verification tells what a directory says of a structure's existence (rule C3).
type Verification uint8

// What a directory may say.
const (
	Unasked      Verification = iota // no directory keeps such identifiers
	Unverified                       // the directory was silent, or was not asked: it is asked again later
	Verified                         // the directory lists it
	Contradicted                     // the directory, asked again later, says that it has ceased or never was
)

// Verifications lists them in order.
func Verifications() []Verification {
	return []Verification{Unasked, Unverified, Verified, Contradicted}
}

// String returns the stable name.
func (v Verification) String() string {
	switch v {
	case Unasked:
		return "unasked"
	case Unverified:
		return "unverified"
	case Verified:
		return "verified"
	case Contradicted:
		return "contradicted"
	default:
		return "invalid"
	}
}

// Verification returns what the answer makes of a structure.
func (l Listing) Verification() Verification {
	switch l.Found {
	case NotCovered:
		return Unasked
	case Listed, Masked:
		return Verified
	case Ceased, NotListed:
		return Contradicted
	case Silent:
		return Unverified
	default:
		return Unverified
	}
}

// Heard returns the structure after a directory's answer. The directory may say that it is non-diffusible (rule C2), and
// never takes that back by being silent about it; the data stay those that the person has checked.
func (s Structure) Heard(l Listing, at time.Time) Structure {
	l = l.Clean()
	s.CheckedAt = at

	// What was once verified stays so while the directory does not answer.
	if l.Found != Silent || s.Verification == Unasked {
		s.Verification = l.Verification()
	}

	switch l.Found {
	case Masked:
		s.Data.NonDiffusible = true
	case Listed:
		s.Data.NonDiffusible = s.Data.NonDiffusible || l.Data.NonDiffusible
	case NotCovered, Ceased, NotListed, Silent:
	}

	return s
}

// Prefill returns the form with what a directory knows in every field that is left empty (rule C3). The sector is the
// directory's whenever it knows: what a public body is does not depend on who registers it (rule C4).
func (f Form) Prefill(l Listing) Form {
	label, first, second := f.Label, f.Complement1, f.Complement2

	f = f.Fill(l)
	l = l.Clean()
	f.Label, f.Complement1, f.Complement2 = or(label, l.Data.Label), or(first, l.Data.Complement1), or(second, l.Data.Complement2)

	return f
}

// or returns what was typed, or what is known where nothing was.
func or(typed, known string) string {
	if strings.TrimSpace(typed) == "" {
		return known
	}

	return typed
}

// Fill is [Form.Prefill] for a form that is submitted: only what is required is filled in where it is empty, since a person may
// have cleared the rest.
func (f Form) Fill(l Listing) Form {
	l = l.Clean()

	if l.Sector != 0 {
		f.Sector = l.Sector
	}

	for _, field := range []struct {
		typed *string
		known string
	}{
		{&f.LegalName, l.Data.LegalName},
		{&f.LastName, l.Data.LastName},
		{&f.FirstName, l.Data.FirstName},
		{&f.Address, l.Data.Address},
		{&f.PostalCode, l.Data.PostalCode},
		{&f.Town, l.Data.Town},
		{&f.Country, l.Data.Country},
	} {
		*field.typed = or(*field.typed, field.known)
	}

	f.NonDiffusible = f.NonDiffusible || l.Data.NonDiffusible

	return f
}
