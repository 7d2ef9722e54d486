package structure_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// setters are the columns of the table, besides nobody and somebody who does not exist.
var setters = []structure.Setter{structure.Author, structure.Decider, structure.Support, structure.Register}

// maySet is the table of rule C2, written down a second time. The columns are in the order of setters.
var maySet = map[structure.Field][4]bool{
	structure.FieldSector:        {true, false, true, false},
	structure.FieldLegalName:     {true, true, true, true},
	structure.FieldLastName:      {true, true, true, true},
	structure.FieldFirstName:     {true, true, true, true},
	structure.FieldLabel:         {true, true, true, false},
	structure.FieldAddress:       {true, true, true, true},
	structure.FieldComplement1:   {true, true, true, true},
	structure.FieldComplement2:   {true, true, true, true},
	structure.FieldPostalCode:    {true, true, true, true},
	structure.FieldTown:          {true, true, true, true},
	structure.FieldCountry:       {true, true, true, true},
	structure.FieldApplications:  {true, true, true, false},
	structure.FieldNonDiffusible: {true, true, true, true},
	structure.FieldStatus:        {true, true, true, false},
	structure.FieldIdentifier:    {true, true, true, false},
	structure.FieldServiceCode:   {false, true, true, false},
	structure.FieldServiceLabel:  {false, true, true, false},
	structure.FieldServiceUntil:  {false, true, true, false},
	"something else":             {false, false, false, false},
}

func TestC2_WhoMaySetWhichField(t *testing.T) {
	assert.Equal(t, setters, structure.Setters())
	assert.Len(t, maySet, len(declared(t, "errors.go", "Field"))+1)

	for field, row := range maySet {
		for i, setter := range setters {
			assert.Equal(t, row[i], setter.MaySet(field), "%s, %s", setter, field)
		}

		assert.False(t, structure.Setter(0).MaySet(field), field)
		assert.False(t, (structure.Register + 1).MaySet(field), field)
	}
}

func TestC2_SettersHaveStableNames(t *testing.T) {
	for setter, want := range map[structure.Setter]string{
		0: "invalid", structure.Author: "author", structure.Decider: "decider", structure.Support: "support",
		structure.Register: "directory", structure.Register + 1: "invalid",
	} {
		assert.Equal(t, want, setter.String())
	}
}

// described is a structure as its author described it, and its details.
func described() (structure.Structure, structure.Details) {
	d := structure.Details{
		Sector: structure.Private, Applications: []structure.Application{"annuaire"},
		Data: structure.Data{LegalName: "ACME", Label: "Atelier", Address: "12 rue", PostalCode: "75001", Town: "Paris", Country: "FR"},
	}
	s := structure.New("s1", siret(), noon).Describe(d)
	s.Version, s.Verification, s.CheckedAt = 4, structure.Verified, noon

	return s, d
}

// changes sets one field each.
var changes = map[structure.Field]func(*structure.Details){
	structure.FieldSector:        func(d *structure.Details) { d.Sector = structure.Public },
	structure.FieldLegalName:     func(d *structure.Details) { d.Data.LegalName = "x" },
	structure.FieldLastName:      func(d *structure.Details) { d.Data.LastName = "x" },
	structure.FieldFirstName:     func(d *structure.Details) { d.Data.FirstName = "x" },
	structure.FieldLabel:         func(d *structure.Details) { d.Data.Label = "x" },
	structure.FieldAddress:       func(d *structure.Details) { d.Data.Address = "x" },
	structure.FieldComplement1:   func(d *structure.Details) { d.Data.Complement1 = "x" },
	structure.FieldComplement2:   func(d *structure.Details) { d.Data.Complement2 = "x" },
	structure.FieldPostalCode:    func(d *structure.Details) { d.Data.PostalCode = "x" },
	structure.FieldTown:          func(d *structure.Details) { d.Data.Town = "x" },
	structure.FieldCountry:       func(d *structure.Details) { d.Data.Country = "BE" },
	structure.FieldApplications:  func(d *structure.Details) { d.Applications = []structure.Application{"signature"} },
	structure.FieldNonDiffusible: func(d *structure.Details) { d.Data.NonDiffusible = true },
}

// A change is what the table allows: every setter with every field, one at a time.
func TestC2_AChangeSetsWhatItsSetterMaySet(t *testing.T) {
	for _, setter := range append(setters, 0) {
		for field, change := range changes {
			s, d := described()
			change(&d)

			after, err := s.Change(setter, d)
			if !setter.MaySet(field) {
				require.ErrorIs(t, err, structure.ErrNotYours, "%s, %s", setter, field)
				assert.Equal(t, []fault{{field, "structure.not_yours"}}, named(faultsOf(t, err)), "%s, %s", setter, field)
				assert.Equal(t, s, after, "stays as it was")

				continue
			}

			require.NoError(t, err, "%s, %s", setter, field)
			assert.Equal(t, s.Describe(d), after, "%s, %s: nothing else changes", setter, field)
		}

		s, d := described()
		after, err := s.Change(setter, d)
		require.NoError(t, err, "%s sets nothing that is not so already", setter)
		assert.Equal(t, s, after)
	}

	s, d := described()
	after, err := s.Change(structure.Support, d)
	require.NoError(t, err)

	after.Applications[0] = "x"
	assert.Equal(t, structure.Application("annuaire"), d.Applications[0], "shares no memory")
}

func TestC2_APersonMaySetNonDiffusibleAndNotClearIt(t *testing.T) {
	for setter, may := range map[structure.Setter]bool{
		0: false, structure.Author: false, structure.Decider: false, structure.Support: true, structure.Register: false,
	} {
		assert.Equal(t, may, setter.MayClear(), setter)

		s, d := described()
		s.Data.NonDiffusible = true

		after, err := s.Change(setter, d)
		assert.Equal(t, !may, after.Data.NonDiffusible, setter)

		if may {
			require.NoError(t, err)
			continue
		}

		assert.Contains(t, named(faultsOf(t, err)), fault{structure.FieldNonDiffusible, "structure.non_diffusible"})
	}

	// Both faults at once.
	s, d := described()
	s.Data.NonDiffusible, d.Sector = true, structure.Public
	_, err := s.Change(structure.Decider, d)
	assert.Equal(t, []fault{
		{structure.FieldSector, "structure.not_yours"}, {structure.FieldNonDiffusible, "structure.non_diffusible"},
	}, named(faultsOf(t, err)))
}

func TestC11_NamesAreFoundWhateverTheirCaseAndAccents(t *testing.T) {
	for name, want := range map[string]string{
		"":                            "",
		" - ":                         "",
		"ACME":                        "acme",
		"Éts. Lefèvre & Fils":         "ets lefevre fils",
		"  L'ÉCLAIR  ":                "l eclair",
		"L’éclair":                    "l eclair",
		"Saint-Étienne":               "saint etienne",
		"SAINT  ETIENNE":              "saint etienne",
		"E\u0301cole":                 "ecole",
		"Straße":                      "strasse",
		"Œuvre":                       "œuvre",
		"ＡＢＣ １２":                      "abc 12",
		"N° 5":                        "n 5",
		"№ 5":                         "no 5", // what a compatibility character stands for has a case of its own
		"ACME™":                       "acmetm",
		"\u1d2cBC":                    "abc",
		"Ελλάς":                       "ελλασ",
		"42 rue de la Paix, 3e étage": "42 rue de la paix 3e etage",
	} {
		assert.Equal(t, want, structure.Fold(name), name)
	}
}

func TestC11_FoldingTwiceIsFoldingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		once := structure.Fold(name)
		require.Equal(t, once, structure.Fold(once), "%q", name)
		require.Equal(t, strings.TrimSpace(once), once)

		for _, r := range once {
			if r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				t.Fatalf("%q keeps %q", once, r)
			}
		}
	})

	// Every letter there is, in the company of others.
	for r := range unicode.MaxRune {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.S) {
			continue
		}

		once := structure.Fold("a" + string(r) + "b")
		if twice := structure.Fold(once); twice != once {
			t.Errorf("%U: %q, and again %q", r, once, twice)
		}
	}
}

func TestC11_AStructureIsSearchedByNameAndTown(t *testing.T) {
	s, _ := described()
	s.Data.LegalName, s.Data.Town = "Éts. ACME", "Saint-Étienne"
	assert.Equal(t, "ets acme", s.SearchName())
	assert.Equal(t, "saint etienne", s.SearchTown())

	s.Data = structure.Data{FirstName: "Daniel", LastName: "Pötier"}
	assert.Equal(t, "daniel potier", s.SearchName())
	assert.Empty(t, s.SearchTown())
}

func TestG4_TheTownOfANonDiffusibleStructureIsNotSearched(t *testing.T) {
	s, _ := described()
	s.Data.NonDiffusible = true
	assert.Empty(t, s.SearchTown())
	assert.Equal(t, "acme", s.SearchName(), "its name is no address")
}

func TestC9_ANewIdentifierIsACopyLinkedBothWays(t *testing.T) {
	s, _ := described()
	s.Predecessor = "s0"
	later := noon.AddDate(1, 0, 0)
	other := identifier.MustParse(identifier.SIRET, "35600000000048")

	before, after, err := s.Rename("s2", other, later)
	require.NoError(t, err)

	want := s
	want.Status, want.Successor = structure.Inactive, "s2"
	assert.Equal(t, want, before, "inactive, under its former identifier, and otherwise as it was")

	want = s
	want.ID, want.Version, want.Identity, want.CreatedAt, want.Predecessor = "s2", 0, other, later, "s1"
	want.Verification, want.CheckedAt = structure.Unasked, time.Time{}
	assert.Equal(t, want, after, "no directory was asked about the new identifier")
	assert.Equal(t, structure.Active, s.Status, "a copy")

	after.Applications[0], before.Applications[0] = "x", "y"
	assert.Equal(t, structure.Application("annuaire"), s.Applications[0], "neither shares memory with it")
	assert.Equal(t, structure.Application("x"), after.Applications[0], "nor with each other")

	// The copy may be renamed in turn; the old one leads to it and to no other.
	_, third, err := after.Rename("s3", siret(), later)
	require.NoError(t, err)
	assert.Equal(t, structure.ID("s2"), third.Predecessor)

	_, _, err = before.Rename("s3", identifier.MustParse(identifier.SIRET, "73282932000074"), later)
	require.ErrorIs(t, err, structure.ErrReplaced)
}

// A temporary code is exchanged for a definitive identifier, and not back (rule A8).
func TestC9_WhichIdentifiersDoNotTakeAnothersPlace(t *testing.T) {
	s, _ := described()
	individual := identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL1")
	registering := identifier.MustParse(identifier.Registering, "EC1")

	for name, c := range map[string]struct {
		from, to identifier.ID
		want     error
	}{
		"the same":                   {siret(), siret(), structure.ErrSame},
		"a company, an individual":   {siret(), individual, structure.ErrKind},
		"an individual, a company":   {individual, siret(), structure.ErrKind},
		"registered at last":         {registering, siret(), nil},
		"another of a company":       {siret(), identifier.MustParse(identifier.SIRET, "35600000000048"), nil},
		"a temporary code again":     {siret(), registering, structure.ErrKind},
		"an individual, a temporary": {individual, registering, structure.ErrKind},
		"another temporary code":     {registering, identifier.MustParse(identifier.Registering, "EC2"), structure.ErrKind},
		"the same temporary code":    {registering, registering, structure.ErrSame},
		"an individual, another one": {individual, identifier.MustParse(identifier.Individual, "2850175123POTIERDANIELE1"), nil},
	} {
		s.Identity = c.from

		before, after, err := s.Rename("s2", c.to, noon)
		if c.want == nil {
			require.NoError(t, err, name)
			continue
		}

		require.ErrorIs(t, err, c.want, name)
		assert.Equal(t, s, before, name)
		assert.Equal(t, s, after, name)
	}
}
