package identifier

import (
	"strconv"

	"golang.org/x/text/language"
)

// Kind is the kind of an identifier (type d'identifiant). The zero Kind is no
// kind. The numbers are private to a process: store and send the literal.
type Kind uint8

// The seven kinds, in the order of the portal's API (typeIdentifiantStructure).
const (
	// SIRET is the number of a French establishment.
	SIRET Kind = iota + 1
	// European is the intra-Community VAT number of a structure in another
	// member state of the EU, or in Northern Ireland.
	European
	// NonEU is made of the country and the legal name of a structure
	// outside the EU.
	NonEU
	// RIDET is the number of an establishment in New Caledonia.
	RIDET
	// Tahiti is the number of an establishment in French Polynesia.
	Tahiti
	// Individual (particulier) identifies a person without a SIRET. Its code
	// is personal data.
	Individual
	// Registering (en cours d'immatriculation) is a temporary code for a
	// company that has no number yet. That its literal is AUTRE follows by
	// elimination from the portal's lists; no text says so.
	Registering
)

// literals are those of typeIdentifiantStructure in the portal's API.
var literals = [...]string{
	SIRET:       "SIRET",
	European:    "UE_HORS_FRANCE",
	NonEU:       "HORS_UE",
	RIDET:       "RIDET",
	Tahiti:      "TAHITI",
	Individual:  "PARTICULIER",
	Registering: "AUTRE",
}

// Kinds returns all kinds in the order of the API.
func Kinds() []Kind {
	return []Kind{SIRET, European, NonEU, RIDET, Tahiti, Individual, Registering}
}

// ParseKind reads an API literal, exactly as the API writes it. For any other
// text it returns a *ParseError (rule A1, [ErrKind]) whose Input is that text
// in full, so that what came from outside can be kept and shown.
func ParseKind(literal string) (Kind, error) {
	for _, k := range Kinds() {
		if literals[k] == literal {
			return k, nil
		}
	}
	return 0, &ParseError{why: unknownKind, Rule: "A1", Input: literal, Err: ErrKind}
}

// String returns the API literal, or "Kind(n)" for a value that is no kind.
func (k Kind) String() string {
	if !k.known() {
		return "Kind(" + strconv.Itoa(int(k)) + ")"
	}
	return literals[k]
}

// Text names the kind for a person, as the portal's forms do, in French or
// English.
func (k Kind) Text(lang language.Tag) string {
	return texts.Text(lang, "kind."+k.String())
}

// MarshalText returns the API literal. It fails with [ErrKind] for a value
// that is no kind.
func (k Kind) MarshalText() ([]byte, error) {
	if !k.known() {
		return nil, &ParseError{why: unknownKind, Rule: "A1", Input: k.String(), Err: ErrKind}
	}
	return []byte(literals[k]), nil
}

// UnmarshalText reads an API literal, with the errors of [ParseKind].
func (k *Kind) UnmarshalText(text []byte) error {
	parsed, err := ParseKind(string(text))
	if err != nil {
		return err
	}
	*k = parsed
	return nil
}

func (k Kind) known() bool { return SIRET <= k && k <= Registering }

// carriesCountry reports whether the country is given beside the code; for
// the other kinds it follows from the code.
func (k Kind) carriesCountry() bool { return k == Individual || k == Registering }
