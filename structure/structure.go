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
}

// New returns the structure that the first registration with an unknown identifier creates: an identity without
// data, in the private sector until an activation says otherwise.
func New(id ID, identity identifier.ID, at time.Time) Structure {
	return Structure{ID: id, Identity: identity, Sector: Private, Status: Active, CreatedAt: at}
}

// Describe returns s with the data of the registration whose activation makes it known (rules B1 and C10).
func (s Structure) Describe(f Details) Structure {
	s.Sector, s.Data, s.Applications = f.Sector, f.Data, slices.Clone(f.Applications)

	return s
}

// Clone returns a copy that shares no memory with s.
func (s Structure) Clone() Structure {
	s.Applications = slices.Clone(s.Applications)

	return s
}

// Summary is what a look-up or a receipt shows of a structure (rules B5 and C11).
type Summary struct {
	Identity identifier.ID
	Sector   Sector
	Data     Data // masked where rule G4 says so
}
