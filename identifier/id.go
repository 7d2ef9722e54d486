package identifier

import (
	"cmp"
	"fmt"
	"strings"
	"unique"
)

// Level says how much [Options.Parse] checks.
type Level uint8

const (
	// Strict checks shape, components and check digits. It is the default.
	Strict Level = iota
	// Shape checks length, characters and country only: what the portal's
	// test environment accepts.
	Shape
)

// Options are the choices for reading. The zero Options are those of the
// functions [Parse] and [Valid].
type Options struct {
	// Level is what is checked. Default: Strict.
	Level Level
}

// ID is the identifier of a structure: country, kind and canonical code.
//
// IDs are comparable, can be keys of a map, and are equal exactly when all
// three parts are; codes of different kinds never are. How an ID was typed,
// and at which level it was read, is not part of it. The zero ID is no
// identifier.
type ID struct {
	kind    Kind
	country country
	// code is the canonical code, except for an individual.
	code string
	// secret holds an individual's code. fmt prints a struct's unexported
	// fields without asking their methods, and would show a string; of a
	// handle it prints the address.
	secret unique.Handle[string]
}

// Parse reads an identifier of kind k at level [Strict].
//
// Separators are left out, lower case is raised, full-width digits are folded
// (rule A9); nothing else is repaired. A text that is canonical already is not
// copied: the ID shares its memory.
//
// The error is a *ParseError:
//
//   - [ErrEmpty] when there is nothing to read;
//   - [ErrCharset] for a character that is out of place;
//   - [ErrLength] for too few or too many: nine digits are answered that they
//     are a SIREN, seven that they are a RID, six characters that they are half
//     a Tahiti number;
//   - [ErrComponent] for a part that is never given out ([SIRET], [European]);
//   - [ErrChecksum] for a key that does not fit ([SIRET], [European]);
//   - [ErrCountry] for a country that the kind is not for, with the kind to
//     take instead ([European], [NonEU]);
//   - [ErrKind] if k is no kind.
func Parse(k Kind, s string) (ID, error) { return Options{}.Parse(k, s) }

// Valid reports whether [Parse] accepts s. It never allocates.
func Valid(k Kind, s string) bool {
	if k == SIRET { // the shortest way for what is asked most
		return validSIRET(s, Strict)
	}
	return Options{}.Valid(k, s)
}

// MustParse is [Parse] for identifiers known to be right, as in tests. It
// panics with Parse's error.
func MustParse(k Kind, s string) ID {
	id, err := Parse(k, s)
	if err != nil {
		panic(err)
	}
	return id
}

// Parse is the function [Parse] at o.Level. At [Shape], a SIRET is 14 digits
// that are not all zero, and a European number is written in one of the forms
// of its state. The other kinds have no check digits and are read alike at
// both levels.
func (o Options) Parse(k Kind, s string) (ID, error) {
	switch k {
	case SIRET:
		return parseSIRET(s, o.Level)
	case European:
		return parseEuropean(s, o.Level)
	case NonEU:
		return parseNonEU(s)
	case RIDET:
		return parseRIDET(s)
	case Tahiti:
		return parseTahiti(s)
	case Individual:
		return parseIndividual(s)
	case Registering:
		return parseRegistering(s)
	}
	return ID{}, &ParseError{why: unknownKind, Rule: "A1", Input: k.String(), Err: ErrKind}
}

// Valid reports whether [Options.Parse] accepts s. It never allocates.
func (o Options) Valid(k Kind, s string) bool {
	switch k {
	case SIRET:
		return validSIRET(s, o.Level)
	case European:
		return validEuropean(s, o.Level)
	case NonEU:
		return validNonEU(s)
	case RIDET:
		return validRIDET(s)
	case Tahiti:
		return validTahiti(s)
	case Individual:
		return validFree(s, individualMin)
	case Registering:
		return validFree(s, registeringMin)
	}
	return false
}

// Kind returns the kind, 0 for the zero ID.
func (id ID) Kind() Kind { return id.kind }

// Code returns the canonical code: "73282932000074". It is the one method that
// shows the code of an [Individual], which is personal data. It returns "" for
// the zero ID.
func (id ID) Code() string {
	if id.kind == Individual {
		return id.secret.Value()
	}
	return id.code
}

// mask stands for an individual's code. Together with the kind alone it is no
// encoding that UnmarshalText would take.
const mask = "***"

// Display returns the code for people, in the groups in which it is usually
// written:
//
//	SIRET     732 829 320 00074
//	European  DE 136695976
//	NonEU     US MICROSOFT CORPOR
//	RIDET     0 122 531.001
//	Tahiti    003970-001
//
// [Parse] reads it back. An individual's code is masked; that of a structure
// being registered stays as it is. It returns "" for the zero ID.
func (id ID) Display() string {
	switch id.kind {
	case SIRET:
		return grouped(id.code, 3, 6, sirenLength)
	case European:
		return grouped(id.code, vatPrefix)
	case NonEU:
		if strings.HasPrefix(id.code, wallis) {
			return grouped(id.code, len(wallis))
		}
		return grouped(id.code, 2)
	case RIDET:
		return grouped(id.code[:ridLength], 1, 4) + "." + id.code[ridLength:]
	case Tahiti:
		return id.code[:tahitiEnterprise] + "-" + id.code[tahitiEnterprise:]
	case Individual:
		return mask
	case Registering:
	}
	return id.code
}

// Country returns the ISO 3166-1 alpha-2 code of the country, "" for the zero
// ID. For a SIRET it is FR, also where the establishment lies in an overseas
// part of France that has a code of its own. For a European number it is that
// of the state: GR for the prefix EL, GB for XI.
func (id ID) Country() string { return id.country.String() }

// IsZero reports whether id is the zero ID.
func (id ID) IsZero() bool { return id == ID{} }

// Compare orders by country, kind (in the order of the API) and code, the zero
// ID first. It is 0 exactly when id == other.
func (id ID) Compare(other ID) int {
	return cmp.Or(
		cmp.Compare(id.country, other.country), // numbered alphabetically
		cmp.Compare(id.kind, other.kind),
		strings.Compare(id.Code(), other.Code()),
	)
}

// In returns id in a country, one of [Countries].
// The country of an [Individual] and of a [Registering] is France unless it is
// set here. For every other kind it follows from the code: In then returns id
// when country is that one.
//
// Otherwise it returns a *ParseError (rule A10, [ErrCountry]) whose Input is
// the country and whose Want, if known, is the right one. For the zero ID the
// error is [ErrKind].
func (id ID) In(country string) (ID, error) {
	if id.IsZero() {
		return ID{}, &ParseError{why: unknownKind, Rule: "A1", Input: id.kind.String(), Err: ErrKind}
	}
	e := &ParseError{Kind: id.kind, why: countryForm, Rule: "A10", At: 1, Err: ErrCountry}
	switch {
	case !id.kind.carriesCountry():
		if country == id.Country() {
			return id, nil
		}
		e.why, e.Input, e.Want = otherCountry, country, id.Country()
	case countryOf(country) != 0:
		id.country = countryOf(country)
		return id, nil
	case id.kind != Individual:
		e.Input = country
	}
	return ID{}, e
}

// String returns the text of [ID.MarshalText], with an individual's code
// masked: "SIRET:73282932000074", "PARTICULIER:***". It returns "" for the
// zero ID.
func (id ID) String() string {
	if id.kind == Individual {
		return id.kind.String() + ":" + mask
	}
	text, _ := id.AppendText(nil) // never fails
	return string(text)
}

// Format implements fmt.Formatter. %s and %v print String, and with the space
// flag (% s) Display; %q quotes either; %#v prints String between
// "identifier.ID{" and "}". Width and precision apply. No verb shows an
// individual's code.
func (id ID) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = fmt.Fprintf(f, "identifier.ID{%s}", id.String())
		return
	}
	text := id.String()
	if f.Flag(' ') {
		text = id.Display()
	}
	switch verb {
	case 's', 'v', 'q':
		_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), text)
	default:
		_, _ = fmt.Fprintf(f, "%%!%c(identifier.ID=%s)", verb, text)
	}
}
