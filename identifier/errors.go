package identifier

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/wording"
)

// The reasons for which an identifier is refused. Each reaches the caller
// inside a [*ParseError]; find it with errors.Is.
var (
	// ErrLength: there are too few or too many characters.
	ErrLength = errors.New("wrong length")
	// ErrEmpty: there is nothing but separators. It is also an ErrLength.
	ErrEmpty = fmt.Errorf("empty: %w", ErrLength)
	// ErrCharset: a character does not occur in identifiers of this kind.
	ErrCharset = errors.New("character not allowed")
	// ErrChecksum: a check digit does not fit the other digits.
	ErrChecksum = errors.New("check digit does not fit")
	// ErrComponent: a part has a value that is never given out, such as a
	// SIREN of zeros.
	ErrComponent = errors.New("part is never given out")
	// ErrCountry: the country does not agree with the code, or is no country.
	ErrCountry = errors.New("wrong country")
	// ErrKind: the kind is unknown, or not read by this version.
	ErrKind = errors.New("kind unknown or not read")
	// ErrEncoding: a text is not the encoding of an ID, or is another
	// spelling of it.
	ErrEncoding = errors.New("not an encoded identifier")
)

// codes are stable: programs compare them, and translations may hang on them.
// ErrEmpty is an ErrLength and therefore comes before it.
var codes = []struct {
	err  error
	code string
}{
	{ErrEmpty, "identifier.empty"},
	{ErrLength, "identifier.length"},
	{ErrCharset, "identifier.charset"},
	{ErrChecksum, "identifier.checksum"},
	{ErrComponent, "identifier.component"},
	{ErrCountry, "identifier.country"},
	{ErrKind, "identifier.kind"},
	{ErrEncoding, "identifier.encoding"},
}

// ParseError tells why a text was refused, and what would have been accepted.
type ParseError struct {
	// Kind is the kind that was asked for; 0 when it is unknown, or when a
	// SIREN was asked for.
	Kind Kind
	// Rule is the number of the rule in the project's rule book: "A2".
	Rule string
	// Input is the text as it was typed. It is empty when the kind is
	// [Individual], or when the text may be an individual's code.
	Input string
	// At is the position of the fault in Input, counting characters from 1 and
	// separators too. Where something is missing, it is the position after
	// the last character. It is 0 where no position can be named.
	At int
	// Want is what was expected at that position: the check digit that would
	// fit ("4"), several with a bar between them ("2|7"), a set ("0-9"), a
	// number of characters ("14"), a country ("FR"). It may be empty. Only
	// one thing is asked to change: a check digit that fits does not mean
	// that the fault was in the check digit.
	Want string
	// Err is one of the package's sentinels.
	Err error
}

// Error returns the English text, with the input (cut after 64 characters) and
// the rule. For a person's eyes there is [ParseError.Text].
func (e *ParseError) Error() string {
	var b strings.Builder
	b.WriteString("identifier: ")
	if e.Input != "" {
		b.WriteString(strconv.Quote(cut(e.Input, 64)))
		b.WriteString(": ")
	}
	b.WriteString(e.Text(language.English))
	if e.Rule != "" {
		b.WriteString(" (rule " + e.Rule + ")")
	}
	return b.String()
}

// Unwrap returns the sentinel.
func (e *ParseError) Unwrap() error { return e.Err }

// Code returns a stable name of the sentinel, such as "identifier.checksum".
func (e *ParseError) Code() string {
	for _, c := range codes {
		if errors.Is(e.Err, c.err) {
			return c.code
		}
	}
	return "identifier"
}

// Text says in French or English, in one sentence without a full stop, what is
// wrong, where, and what instead. It quotes at most one character of the
// input, or an unknown literal.
func (e *ParseError) Text(lang language.Tag) string {
	var (
		name = e.subject()
		want = strings.ReplaceAll(e.Want, "|", texts.Text(lang, "or"))
		say  = func(key string, args ...any) string { return texts.Text(lang, key, args...) }
	)
	switch code := strings.TrimPrefix(e.Code(), "identifier."); code {
	case "empty":
		return say(code, name, want)
	case "length":
		return e.lengthText(say, name, want)
	case "charset":
		return say(code, name, e.At, visible(charAt(e.Input, e.At)))
	case "checksum":
		return say(e.checksumKey(), e.At, want)
	case "country":
		if e.Want == "" {
			return say("country.form")
		}
		return say(code, want)
	case "kind":
		if e.Kind.known() {
			return say("kind.unread", e.Kind.Text(lang))
		}
		return say("kind.unknown", cut(e.Input, 64))
	case "component", "encoding":
		return say(code)
	}
	return say("other")
}

// subject names what was asked for.
func (e *ParseError) subject() string {
	if e.Kind == 0 && e.Rule == "A2" {
		return "SIREN"
	}
	return e.Kind.String()
}

func (e *ParseError) lengthText(say func(string, ...any) string, name, want string) string {
	n := kept(e.Input)
	switch {
	case name == "SIRET" && n == sirenLength:
		return say("length.siren")
	case name == "SIREN" && n == siretLength:
		return say("length.siret")
	case e.At > utf8.RuneCountInString(e.Input):
		return say("length.short", name, want, n, e.At)
	}
	return say("length.long", name, want, e.At)
}

// checksumKey tells the keys of a SIRET apart. Which one failed follows from
// how many characters stand before the fault.
func (e *ParseError) checksumKey() string {
	switch {
	case position(e.Input, sirenLength-1) == e.At:
		return "checksum.siren"
	case strings.Contains(e.Want, "|"):
		return "checksum.laposte"
	}
	return "checksum.siret"
}

var texts = wording.Table{
	"kind.SIRET":          {FR: "SIRET", EN: "SIRET"},
	"kind.UE_HORS_FRANCE": {FR: "Structure européenne hors France", EN: "European structure outside France"},
	"kind.HORS_UE":        {FR: "Structure hors Union européenne", EN: "Non-EU structure"},
	"kind.RIDET":          {FR: "RIDET", EN: "RIDET"},
	"kind.TAHITI":         {FR: "Numéro Tahiti", EN: "Tahiti number"},
	"kind.PARTICULIER":    {FR: "Particulier", EN: "Private individual"},
	"kind.AUTRE":          {FR: "En cours d'immatriculation", EN: "Being registered"},

	"or": {FR: " ou ", EN: " or "},

	"empty": {
		FR: "il manque le %[1]s : %[2]s chiffres",
		EN: "the %[1]s is missing: %[2]s digits",
	},
	"length.siren": {
		FR: "ceci est un SIREN (9 chiffres) : ajoutez le NIC de 5 chiffres",
		EN: "this is a SIREN (9 digits): add the NIC of 5 digits",
	},
	"length.siret": {
		FR: "ceci est un SIRET (14 chiffres) : le SIREN est fait des 9 premiers",
		EN: "this is a SIRET (14 digits): the SIREN is the first 9",
	},
	"length.short": {
		FR: "un %[1]s compte %[2]s chiffres, on n'en lit ici que %[3]d : la suite manque en position %[4]d",
		EN: "a %[1]s has %[2]s digits, only %[3]d are here: the rest is missing at position %[4]d",
	},
	"length.long": {
		FR: "un %[1]s compte %[2]s chiffres : retirez ce qui est en trop à partir de la position %[3]d",
		EN: "a %[1]s has %[2]s digits: remove what is too much from position %[3]d on",
	},
	"charset": {
		FR: "en position %[2]d, %[3]s n'est pas un chiffre ; un %[1]s ne contient que des chiffres",
		EN: "at position %[2]d, %[3]s is not a digit; a %[1]s holds digits only",
	},
	"checksum.siren": {
		FR: "la clé du SIREN, en position %[1]d, ne correspond pas aux autres chiffres : avec eux, ce serait %[2]s",
		EN: "the check digit of the SIREN, at position %[1]d, does not fit the other digits: with them, it would be %[2]s",
	},
	"checksum.siret": {
		FR: "la clé du SIRET, en position %[1]d, ne correspond pas aux autres chiffres : avec eux, ce serait %[2]s",
		EN: "the check digit of the SIRET, at position %[1]d, does not fit the other digits: with them, it would be %[2]s",
	},
	"checksum.laposte": {
		FR: "la somme des chiffres d'un SIRET de La Poste est un multiple de 5 : en position %[1]d, ce serait %[2]s",
		EN: "the digits of a SIRET of La Poste add up to a multiple of 5: at position %[1]d, it would be %[2]s",
	},
	"component": {
		FR: "un SIREN ne commence jamais par huit zéros",
		EN: "no SIREN begins with eight zeros",
	},
	"country": {
		FR: "le pays ne correspond pas à cet identifiant : ce serait %[1]s",
		EN: "the country does not agree with this identifier: it would be %[1]s",
	},
	"country.form": {
		FR: "un pays s'écrit par les deux lettres majuscules de la norme ISO 3166-1",
		EN: "a country is written as the two capital letters of ISO 3166-1",
	},
	"kind.unread": {
		FR: "cette version ne lit pas encore ce type d'identifiant : %[1]s",
		EN: "this version does not read this type of identifier yet: %[1]s",
	},
	"kind.unknown": {
		FR: "type d'identifiant inconnu : %[1]q",
		EN: "unknown type of identifier: %[1]q",
	},
	"encoding": {
		FR: "ce texte n'est pas un identifiant dans sa forme enregistrée (TYPE:CODE)",
		EN: "this text is not an identifier in its stored form (KIND:CODE)",
	},
	"other": {FR: "identifiant refusé", EN: "identifier refused"},
}

// fault is a refusal before it has become an error: all that Valid needs, on
// the stack.
type fault struct {
	err   error  // a sentinel; nil: no fault
	index int    // the character concerned, among those that are kept, from 0
	want  string // as ParseError.Want; for lengths it follows from the kind
}

func (f fault) error(k Kind, rule, input string) *ParseError {
	e := &ParseError{Kind: k, Rule: rule, At: position(input, f.index), Want: f.want, Err: f.err}
	if errors.Is(f.err, ErrLength) {
		e.Want = strconv.Itoa(siretLength)
		if k != SIRET {
			e.Want = strconv.Itoa(sirenLength)
		}
	}
	if k != Individual {
		e.Input = input
	}
	return e
}

// visible quotes a character so that a reader can see it: by its number where
// it has no shape.
func visible(char string) string {
	r, size := utf8.DecodeRuneInString(char)
	switch {
	case r == utf8.RuneError && size == 1:
		return fmt.Sprintf("0x%02X", char[0])
	case unicode.IsGraphic(r) && !unicode.IsSpace(r):
		return "“" + char + "”"
	}
	return fmt.Sprintf("U+%04X", r)
}

func cut(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
