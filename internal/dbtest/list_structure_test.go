package dbtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func houseOf(s structure.Structure) string { return string(s.ID) }

// streets is a batch of structures with a roster each.
type streets struct{ storage.Batch }

func (b *streets) add(id structure.ID, standing attachment.Standing, change func(*structure.Structure)) {
	s := house(len(b.Structures))
	s.ID, s.Sector = id, structure.Public
	change(&s)

	head := attachment.Roster{Structure: id, Standing: standing}

	switch standing {
	case attachment.InClaim:
		head.Holder, head.Rows = "c", []attachment.Attachment{asks("c", 1, 0)}
	case attachment.Managed:
		head.Holder, head.Rows = "m", []attachment.Attachment{asks("m", 1, 0)}
	case attachment.Unclaimed, attachment.Vacant:
	}

	b.Structures = append(b.Structures, s)
	b.Rosters = append(b.Rosters, head)
}

func known(t *testing.T, kind identifier.Kind, country, code string) identifier.ID {
	t.Helper()

	id, err := identifier.Parse(kind, code)
	if err == nil && country != "" {
		id, err = id.In(country)
	}

	if err != nil {
		t.Fatal(err)
	}

	return id
}

func TestPublicStructures(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		var b streets

		named := func(name, town string) func(*structure.Structure) {
			return func(s *structure.Structure) { s.Data.LegalName, s.Data.Town = name, town }
		}
		b.add("a", attachment.Managed, named("Mairie d'Évry", "Évry"))
		b.add("b", attachment.Vacant, named("MAIRIE D’EVRY", "Evry"))
		b.add("c", attachment.Vacant, named("Mairie", "Bourg-en-Bresse"))
		b.add("d", attachment.Managed, named("Mairies réunies", "Bourg en Bresse"))
		b.add("e", attachment.Managed, named("Zoo", "Évry"))
		b.add("f", attachment.Managed, func(s *structure.Structure) {
			s.Data.LegalName, s.Data.Town, s.Data.NonDiffusible = "Asile", "Évry", true
		})
		b.add("g", attachment.Managed, func(s *structure.Structure) {
			named("Māīrie ŝalono", "Łódź")(s)
			s.Identity = known(t, identifier.Registering, "", "XX-1")
		})
		b.add("h", attachment.Managed, func(*structure.Structure) {}) // without a name
		b.add("no-1", attachment.InClaim, named("Mairie", "Évry"))
		b.add("no-2", attachment.Unclaimed, named("Mairie", "Évry"))
		b.add("no-3", attachment.Managed, func(s *structure.Structure) {
			named("Mairie", "Évry")(s)
			s.Sector = structure.Private
		})
		b.add("no-4", attachment.Managed, func(s *structure.Structure) {
			named("Mairie", "Évry")(s)
			s.Successor = "a"
		})
		b.add("no-5", attachment.Managed, func(s *structure.Structure) {
			s.Data.LastName, s.Data.Town = "Mairie", "Évry"
			s.Identity = known(t, identifier.Individual, "", "PARTICULIER-1")
		})

		alone := house(90)
		alone.ID, alone.Sector = "no-6", structure.Public
		b.Structures = append(b.Structures, alone)
		put(t, store, b.Batch)

		for want, q := range map[string]storage.PublicStructures{
			"h f c a b g d e": {},
			"h f c a b d e":   {Kind: identifier.SIRET},
			"g":               {Kind: identifier.Registering},
			"":                {Kind: identifier.Individual},
			"a b e":           {Town: structure.Fold("ÉVRY")},
			"a b":             {Town: structure.Fold("ÉVRY"), Name: structure.Fold("Mairie"), Kind: identifier.SIRET},
			"c a b g d":       {Name: structure.Fold("mairie")},
			"a b g":           {Name: "mairie "},
			"d":               {Name: "mairies"},
			"c d":             {Town: structure.Fold("Bourg en Bresse")},
		} {
			rows := pages(t, store, func(w storage.Window) storage.Of[structure.Structure] {
				q.Window = w

				return q
			})
			assert.Equal(t, want, names(rows, houseOf), "%+v", q)
		}

		// What is found follows the data.
		b.Structures[0].Version, b.Structures[0].Data.LegalName = 1, "Hôtel de ville"
		put(t, store, storage.Batch{Structures: b.Structures[:1]})

		rows := pages(t, store, func(w storage.Window) storage.Of[structure.Structure] {
			return storage.PublicStructures{Window: w, Name: "hotel"}
		})
		assert.Equal(t, "a", names(rows, houseOf))
	})
}

func TestUnverified(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		var b streets

		asked := func(v structure.Verification, at time.Time) func(*structure.Structure) {
			return func(s *structure.Structure) { s.Sector, s.Verification, s.CheckedAt = structure.Private, v, at }
		}
		b.add("b", attachment.Managed, asked(structure.Unverified, at(1)))
		b.add("a", attachment.Vacant, asked(structure.Unverified, at(1)))
		b.add("c", attachment.Managed, asked(structure.Unverified, time.Time{}))
		b.add("d", attachment.Managed, asked(structure.Unverified, at(0)))
		b.add("no-1", attachment.Managed, asked(structure.Unverified, at(2)))
		b.add("no-2", attachment.Managed, asked(structure.Verified, at(0)))
		b.add("no-3", attachment.Managed, asked(structure.Contradicted, at(0)))
		b.add("no-4", attachment.Managed, asked(structure.Unasked, at(0)))
		b.add("no-5", attachment.InClaim, asked(structure.Unverified, at(0)))
		b.add("no-6", attachment.Unclaimed, asked(structure.Unverified, at(0)))
		b.add("no-7", attachment.Managed, func(s *structure.Structure) {
			asked(structure.Unverified, at(0))(s)
			s.Successor = "a"
		})
		put(t, store, b.Batch)

		for want, before := range map[string]time.Time{"c d a b": at(2), "c": {}, "c d": at(1)} {
			rows := pages(t, store, func(w storage.Window) storage.Of[structure.Structure] {
				return storage.Unverified{Window: w, At: before}
			})
			assert.Equal(t, want, names(rows, houseOf))
		}
	})
}

func TestServicesOf(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		serves := func(id structure.ID, code structure.Code, inactive bool) structure.Service {
			return structure.Service{Structure: id, Code: code, Label: "l", Inactive: inactive, Until: at(1)}
		}
		b := storage.Batch{
			Structures: []structure.Structure{house(1), house(2)},
			Services: []structure.Service{
				serves("house-1", "b", false), serves("house-1", "B", true), serves("house-1", "é", false),
				serves("house-1", "a/1", false), serves("house-2", "c", false),
			},
		}
		put(t, store, b)

		rows := pages(t, store, func(w storage.Window) storage.Of[structure.Service] {
			return storage.ServicesOf{Window: w, Structure: "house-1"}
		})
		assert.Equal(t, "B a/1 b é", names(rows, func(s structure.Service) string { return string(s.Code) }))

		b.Services[1].Version = 1
		assert.Equal(t, b.Services[1], rows[0])
	})
}
