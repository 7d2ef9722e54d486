package sqlstore

import (
	"context"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func structures() table[structure.Structure] {
	return table[structure.Structure]{
		from:   "guichet_structures",
		key:    []string{"id"},
		taken:  storage.ErrConflict,
		unique: []unique{{[]string{"identity_key"}, &storage.ExistsError{Key: storage.KeyIdentity}}},
		columns: func(s *structure.Structure) []column {
			return []column{
				{name: "id", at: &s.ID},
				{name: "version", at: &s.Version},
				{name: "identity_key", at: &s.Identity},
				{name: "identity_kind", at: derived(func() any { return s.Identity.Kind().String() })},
				{name: "identity_country", at: derived(func() any { return s.Identity.Country() })},
				{name: "identity_code", at: derived(func() any { return s.Identity.Code() })},
				{name: "sector", at: name[structure.Sector]{&s.Sector}},
				{name: "status", at: name[structure.Status]{&s.Status}},
				{name: "legal_name", at: &s.Data.LegalName},
				{name: "last_name", at: &s.Data.LastName},
				{name: "first_name", at: &s.Data.FirstName},
				{name: "label", at: &s.Data.Label},
				{name: "address", at: &s.Data.Address},
				{name: "complement1", at: &s.Data.Complement1},
				{name: "complement2", at: &s.Data.Complement2},
				{name: "postal_code", at: &s.Data.PostalCode},
				{name: "town", at: &s.Data.Town},
				{name: "country", at: &s.Data.Country},
				{name: "non_diffusible", at: &s.Data.NonDiffusible},
				{name: "applications", at: lines[structure.Application]{&s.Applications}, read: readApplications},
				{name: "search_name", at: derived(func() any { return s.SearchName() })},
				{name: "search_town", at: derived(func() any { return s.SearchTown() })},
				{name: "predecessor", at: optional[structure.ID]{&s.Predecessor}},
				{name: "successor", at: optional[structure.ID]{&s.Successor}},
				{name: "verification", at: name[structure.Verification]{&s.Verification}},
				{name: "checked_at", at: stamp{&s.CheckedAt}},
				{name: "created_at", at: when{&s.CreatedAt}},
				{name: "identity_sealed", at: octets{&s.Sealed}},
			}
		},
	}
}

// readApplications reads the open applications with their structure, one a line.
const readApplications = `(SELECT string_agg(a.application, '` + "\n" + `' ORDER BY a.application)
	FROM guichet_structure_applications AS a WHERE a.structure = t.id)`

// opened is one open application of a structure.
type opened struct {
	structure   structure.ID
	application structure.Application
}

func applications() table[opened] {
	return table[opened]{
		from: "guichet_structure_applications",
		key:  []string{"structure", "application"},
		columns: func(o *opened) []column {
			return []column{
				{name: "structure", at: &o.structure},
				{name: "application", at: &o.application},
			}
		},
	}
}

func services() table[structure.Service] {
	return table[structure.Service]{
		from:  "guichet_services",
		key:   []string{"structure", "code"},
		taken: storage.ErrConflict,
		columns: func(s *structure.Service) []column {
			return []column{
				{name: "structure", at: &s.Structure},
				{name: "code", at: &s.Code},
				{name: "version", at: &s.Version},
				{name: "label", at: &s.Label},
				{name: "inactive", at: &s.Inactive},
				{name: "valid_from", at: when{&s.From}},
				{name: "valid_until", at: when{&s.Until}},
			}
		},
	}
}

// Structure returns a structure.
func (v view) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	return find(ctx, v, structures(), "WHERE t.id = ?", id)
}

// StructureByIdentity returns the structure with that identity.
func (v view) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	return find(ctx, v, structures(), "WHERE t.identity_key = ?", id)
}

// opens writes the open applications of structures.
func opens(rows []structure.Structure) []part {
	var (
		owners = make([][]any, len(rows))
		open   []opened
	)

	for i, row := range rows {
		owners[i] = []any{row.ID}
		for _, app := range row.Applications {
			open = append(open, opened{row.ID, app})
		}
	}

	return belong(applications(), []string{"structure"}, owners, open)
}
