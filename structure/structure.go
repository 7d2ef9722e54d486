package structure

import (
	"slices"
	"time"

	"github.com/guichet-pro/guichet/identifier"
)

// ID is the internal key of a structure. It says nothing about the structure and never changes, unlike its
// identifier.
type ID string

// Application is the code of an application of the portal, such as "factures-emises". Which codes exist is said by
// the catalogue in package habilitation.
type Application string

// Sector tells private from public structures (French: type de structure).
type Sector uint8

// The sectors. The zero Sector is invalid.
const (
	Private Sector = iota + 1 // privée
	Public                    // publique
)

// String returns "private", "public" or "invalid".
func (s Sector) String() string {
	switch s {
	case Private:
		return "private"
	case Public:
		return "public"
	default:
		return "invalid"
	}
}

// Status tells whether a structure may be acted for (rule C8).
type Status uint8

// The statuses. The zero Status is invalid.
const (
	Active Status = iota + 1
	Inactive
)

// String returns "active", "inactive" or "invalid".
func (s Status) String() string {
	switch s {
	case Active:
		return "active"
	case Inactive:
		return "inactive"
	default:
		return "invalid"
	}
}

// Data are what the guide's form shows of a structure (rule C2). All are empty until the first manager activates
// their account.
type Data struct {
	LegalName     string // raison sociale; empty for an individual
	LastName      string // nom, of an individual
	FirstName     string // prénom, of an individual
	Label         string // libellé de l'organisation
	Address       string // adresse
	Complement1   string // complément d'adresse 1
	Complement2   string // complément d'adresse 2
	PostalCode    string // code postal
	Town          string // ville
	Country       string // pays, ISO 3166-1 alpha-2
	NonDiffusible bool   // non diffusible: the address is shown to nobody but the people attached (rule G4)
}

// Name returns the legal name, or an individual's first and last name.
func (d Data) Name() string {
	if d.LegalName != "" {
		return d.LegalName
	}

	if d.FirstName == "" {
		return d.LastName
	}

	return d.FirstName + " " + d.LastName
}

// Masked returns the data as a person who is not attached may see them: without the address when the structure is
// non-diffusible (rule G4).
func (d Data) Masked() Data {
	if !d.NonDiffusible {
		return d
	}

	d.Address, d.Complement1, d.Complement2, d.PostalCode, d.Town, d.Country = "", "", "", "", "", ""

	return d
}

// Structure is one structure as it is stored.
type Structure struct {
	ID           ID
	Version      int64 // as read; 0 = not stored yet
	Identity     identifier.ID
	Sector       Sector
	Status       Status
	Data         Data
	Applications []Application // open applications, sorted, without duplicates (rule C10)
	CreatedAt    time.Time

	Predecessor  ID // the structure that this one is a copy of, under its former identifier; "" = none (rule C9)
	Successor    ID // the structure that took this one's place; "" = none
	Verification Verification
	CheckedAt    time.Time // when a directory was last asked; zero = never

	// Sealed is an individual's code, encrypted, where the application seals such codes (rule G1): Identity is then as
	// long as the structure lies in a store one whose code is a keyed hash. Nobody but the portal's own layer over the
	// store sees it.
	Sealed []byte
}

// SearchName returns the form under which the structure's name is found (rule C11): see [Fold].
func (s Structure) SearchName() string { return Fold(s.Data.Name()) }

// SearchTown returns the form under which the structure's town is found; of a non-diffusible structure nothing.
func (s Structure) SearchTown() string { return Fold(s.Data.Masked().Town) }

// Rename returns the structure under another identifier, as a copy that takes the old one's place, and the old one, left
// inactive and leading to it (rule C9). Errors: [ErrSame], [ErrReplaced], [ErrKind].
func (s Structure) Rename(id ID, identity identifier.ID, at time.Time) (before, after Structure, err error) {
	switch {
	case s.Successor != "":
		return s, s, ErrReplaced
	case identity == s.Identity:
		return s, s, ErrSame
	case (identity.Kind() == identifier.Individual) != (s.Identity.Kind() == identifier.Individual),
		identity.Kind() == identifier.Registering: // a temporary code is exchanged for a definitive one, and not back (rule A8)
		return s, s, ErrKind
	}

	before, after = s.Clone(), s.Clone()
	before.Status, before.Successor = Inactive, id
	after.ID, after.Version, after.Identity, after.CreatedAt = id, 0, identity, at
	after.Predecessor = s.ID
	after.Verification, after.CheckedAt = Unasked, time.Time{}

	return before, after, nil
}

// New returns the structure that the first registration with an unknown identifier creates: an identity without
// data, in the private sector until an activation says otherwise.
func New(id ID, identity identifier.ID, at time.Time) Structure {
	return Structure{ID: id, Identity: identity, Sector: Private, Status: Active, CreatedAt: at}
}

// Describe returns s with the data of the registration whose activation makes it known (rules B1 and C10).
func (s Structure) Describe(f Details) Structure {
	hidden := s.Data.NonDiffusible // a directory may have said so when the structure was created
	s.Sector, s.Data, s.Applications = f.Sector, f.Data, slices.Clone(f.Applications)
	s.Data.NonDiffusible = s.Data.NonDiffusible || hidden

	return s
}

// Forget returns the structure without anything that says whose it was: of an individual who is gone, the structure is
// personal data (rule B12). Its identity is replaced by a generated one.
func (s Structure) Forget(identity identifier.ID) Structure {
	s.Identity, s.Data = identity, Data{}

	return s
}

// Clone returns a copy that shares no memory with s.
func (s Structure) Clone() Structure {
	s.Applications, s.Sealed = slices.Clone(s.Applications), slices.Clone(s.Sealed)

	return s
}

// Same tells whether two versions of a structure say the same.
func (s Structure) Same(other Structure) bool {
	return slices.Equal(s.Applications, other.Applications) && s.ID == other.ID && s.Identity == other.Identity && s.Sector == other.Sector &&
		s.Status == other.Status && s.Data == other.Data && s.Predecessor == other.Predecessor &&
		s.Successor == other.Successor && s.Verification == other.Verification &&
		s.CreatedAt.Equal(other.CreatedAt) && s.CheckedAt.Equal(other.CheckedAt)
}

// Summary returns what somebody who is attached there sees.
func (s Structure) Summary() Summary {
	return Summary{Identity: s.Identity, Sector: s.Sector, Data: s.Data, Active: s.Status == Active}
}

// Search is what public structures are searched by (rule C11), as typed. At least a name or a town is needed.
type Search struct {
	Kind identifier.Kind // of the identifier; 0 = any
	Town string          // whole
	Name string          // its beginning
}

// Summary is what a look-up or a receipt shows of a structure (rules B5 and C11).
type Summary struct {
	Identity identifier.ID
	Sector   Sector
	Data     Data // masked where rule G4 says so
	Active   bool // people may act for it (rule C8)
}
