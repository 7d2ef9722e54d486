package sqlstore

import (
	"database/sql/driver"
	"encoding/json"

	"github.com/guichet-pro/guichet/structure"
)

// details is what the form said of a structure, as JSON with names of its own; NULL for nothing.
type details struct{ at **structure.Details }

type storedDetails struct {
	Sector       string                  `json:"sector"`
	Data         storedData              `json:"data"`
	Applications []structure.Application `json:"applications,omitempty"`
}

// storedData has the fields of structure.Data: a field that is added there does not compile before it is added here.
type storedData struct {
	LegalName     string `json:"legalName,omitempty"`
	LastName      string `json:"lastName,omitempty"`
	FirstName     string `json:"firstName,omitempty"`
	Label         string `json:"label,omitempty"`
	Address       string `json:"address,omitempty"`
	Complement1   string `json:"complement1,omitempty"`
	Complement2   string `json:"complement2,omitempty"`
	PostalCode    string `json:"postalCode,omitempty"`
	Town          string `json:"town,omitempty"`
	Country       string `json:"country,omitempty"`
	NonDiffusible bool   `json:"nonDiffusible,omitempty"`
}

func (c details) Value() (driver.Value, error) {
	d := *c.at
	if d == nil {
		return null()
	}

	encoded, err := json.Marshal(storedDetails{d.Sector.String(), storedData(d.Data), d.Applications})

	return string(encoded), err
}

func (c details) Scan(src any) error {
	*c.at = nil

	s, err := text(src)
	if err != nil || s == "" {
		return err
	}

	var stored storedDetails
	if err := json.Unmarshal([]byte(s), &stored); err != nil {
		return err
	}

	d := structure.Details{Data: structure.Data(stored.Data), Applications: stored.Applications}
	*c.at = &d

	return name[structure.Sector]{&d.Sector}.Scan(stored.Sector)
}
