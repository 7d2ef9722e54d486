package habilitation

import (
	"cmp"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/structure"
)

// Level is what a profile lets one do (rule E1).
type Level uint8

// The levels. The zero Level is invalid.
const (
	Consultation Level = iota + 1 // look
	Modification                  // act
)

// String returns the guide's word, which is the same in French and English.
func (l Level) String() string {
	switch l {
	case Consultation:
		return "consultation"
	case Modification:
		return "modification"
	default:
		return "invalid"
	}
}

// valid tells whether it is one of [Levels].
func (l Level) valid() bool { return l == Consultation || l == Modification }

// Levels lists the levels in order.
func Levels() []Level { return []Level{Consultation, Modification} }

// Profile is an application at a level (French: profil).
type Profile struct {
	Application structure.Application
	Level       Level
}

// Organisation is the application with which a structure and its users are managed. It is always open (rule C10).
const Organisation structure.Application = "organisation"

// Manage is the profile that makes its holder a decider: Organisation/modification.
var Manage = Profile{Application: Organisation, Level: Modification} //nolint:gochecknoglobals // a constant of struct type

// String returns "application/level".
func (p Profile) String() string { return string(p.Application) + "/" + p.Level.String() }

// Label returns the profile as the guide's screens show it: "Factures émises consultation".
func (p Profile) Label(c Catalogue, lang language.Tag) string {
	return c.Name(p.Application, lang) + " " + p.Level.String()
}

// Compare orders profiles by application, then level.
func (p Profile) Compare(other Profile) int {
	return cmp.Or(cmp.Compare(p.Application, other.Application), cmp.Compare(p.Level, other.Level))
}

// Scope is where something is done: in a structure, or in one of its services.
type Scope struct {
	Structure structure.ID
	Service   structure.Code // "" = structure level
}
