package structure_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// listed is what a directory knows of a diffusible structure, with every field filled in.
func listed() structure.Listing {
	return structure.Listing{Found: structure.Listed, Sector: structure.Public, Data: structure.Data{
		LegalName: "MAIRIE", LastName: "Potier", FirstName: "Daniel", Label: "Accueil", Address: "1 place de la Mairie",
		Complement1: "Bât. A", Complement2: "BP 1", PostalCode: "56000", Town: "Vannes", Country: "FR",
	}}
}

// answers are the directory's, each with what follows from it: whether a structure can be created, what it is marked as,
// and whether it is non-diffusible.
var answers = map[structure.Found]struct {
	name    string
	refusal error
	marked  structure.Verification
	nd      bool
}{
	structure.NotCovered: {"not covered", nil, structure.Unasked, false},
	structure.Listed:     {"listed", nil, structure.Verified, false},
	structure.Masked:     {"masked", nil, structure.Verified, true},
	structure.Ceased:     {"ceased", structure.ErrCeased, structure.Contradicted, false},
	structure.NotListed:  {"not listed", structure.ErrNotListed, structure.Contradicted, false},
	structure.Silent:     {"silent", nil, structure.Unverified, false},
}

func TestC3_EachAnswerOfADirectory(t *testing.T) {
	assert.Len(t, structure.Answers(), len(answers))

	for _, found := range structure.Answers() {
		want := answers[found]
		l := listed()
		l.Found = found

		assert.Equal(t, want.name, found.String())
		assert.Equal(t, want.marked, l.Verification(), want.name)

		if want.refusal == nil {
			require.NoError(t, l.Refusal(), want.name)
		} else {
			require.ErrorIs(t, l.Refusal(), want.refusal)
		}

		// Only what is listed prefills; of a masked structure nothing but that it is one is known.
		clean := l.Clean()
		assert.Equal(t, found, clean.Found, want.name)

		if found == structure.Listed {
			assert.Equal(t, l, clean)
		} else {
			assert.Equal(t, structure.Data{NonDiffusible: want.nd}, clean.Data, want.name)
		}

		heard := structure.New("s1", siret(), noon).Heard(l, noon)
		assert.Equal(t, structure.Structure{
			ID: "s1", Identity: siret(), Sector: structure.Private, Status: structure.Active, CreatedAt: noon,
			Data: structure.Data{NonDiffusible: want.nd}, Verification: want.marked, CheckedAt: noon,
		}, heard, "%s: the data stay those that the person has checked", want.name)
	}
}

func TestC3_AnAnswerThatDoesNotExistRefusesNothingAndVerifiesNothing(t *testing.T) {
	l := structure.Listing{Found: structure.Silent + 1}
	assert.Equal(t, "invalid", l.Found.String())
	require.NoError(t, l.Refusal())
	assert.Equal(t, structure.Unverified, l.Verification())
}

func TestC3_VerificationsHaveStableNames(t *testing.T) {
	names := map[structure.Verification]string{
		structure.Unasked: "unasked", structure.Unverified: "unverified", structure.Verified: "verified",
		structure.Contradicted: "contradicted",
	}
	assert.Len(t, structure.Verifications(), len(names))

	for _, v := range structure.Verifications() {
		assert.Equal(t, names[v], v.String())
	}

	assert.Equal(t, "invalid", (structure.Contradicted + 1).String())
}

// Every answer to every mark: what was said once stays while the directory is silent.
func TestC3_SilenceTakesNothingBack(t *testing.T) {
	for _, before := range structure.Verifications() {
		for _, found := range structure.Answers() {
			for _, nd := range []bool{false, true} {
				s := structure.New("s1", siret(), noon)
				s.Verification, s.Data.NonDiffusible = before, nd

				want := answers[found].marked
				if found == structure.Silent && before != structure.Unasked {
					want = before
				}

				after := s.Heard(structure.Listing{Found: found}, noon.AddDate(0, 0, 1))
				assert.Equal(t, want, after.Verification, "%s after %s", found, before)
				assert.Equal(t, noon.AddDate(0, 0, 1), after.CheckedAt, "asked, whatever was answered")
				assert.Equal(t, nd || found == structure.Masked, after.Data.NonDiffusible, "%s: a directory clears nothing (C2)", found)
			}
		}
	}
}

func TestC2_ADirectorySetsNonDiffusible(t *testing.T) {
	l := listed()
	l.Data.NonDiffusible = true
	assert.True(t, structure.New("s1", siret(), noon).Heard(l, noon).Data.NonDiffusible)
}

func TestC3_MaskedValuesAreNeverData(t *testing.T) {
	// Each value in turn: it is left out, the others stay, and the structure is non-diffusible.
	for i := range 10 {
		for _, mask := range []string{"[ND]", "[nd]", "[NON-DIFFUSIBLE]", "12 [ND] PARIS", "[ND][ND]"} {
			l, want := listed(), listed()
			*field(&l.Data, i), *field(&want.Data, i), want.Data.NonDiffusible = mask, "", true
			assert.Equal(t, want, l.Clean(), "%d %s", i, mask)
			assert.Equal(t, mask, *field(&l.Data, i), "a copy")
			assert.True(t, structure.New("s1", siret(), noon).Heard(l, noon).Data.NonDiffusible)
		}
	}

	// Without any name nothing is left to prefill.
	nameless := listed()
	nameless.Data.LegalName, nameless.Data.LastName, nameless.Data.FirstName = "[ND]", "[ND]", "[ND]"
	assert.Equal(t, structure.Listing{
		Found: structure.Masked, Sector: structure.Public, Data: structure.Data{NonDiffusible: true},
	}, nameless.Clean())

	// One that merely has no name says nothing about being masked.
	bare := structure.Listing{Found: structure.Listed, Data: structure.Data{Town: "Vannes"}}
	assert.Equal(t, bare, bare.Clean())

	for _, honest := range []string{"ND", "[N D]", "SARL [NDB]", "NON-DIFFUSIBLE"} {
		l := listed()
		l.Data.LegalName = honest
		assert.Equal(t, l, l.Clean(), honest)
	}
}

func TestC3_NobodyTypesAMask(t *testing.T) {
	for i, want := range []structure.Field{
		structure.FieldLegalName, "", "", structure.FieldLabel, structure.FieldAddress, structure.FieldComplement1,
		structure.FieldComplement2, structure.FieldPostalCode, structure.FieldTown, structure.FieldCountry,
	} {
		if want == "" { // an individual's
			continue
		}

		d, err := filled().Check(identifier.SIRET)
		require.NoError(t, err)

		*field(&d.Data, i) = "[nd]"
		_, err = d.Form().Check(identifier.SIRET)
		assert.Contains(t, named(faultsOf(t, err)), fault{want, "structure.masked"})
	}
}

func TestC3_CleaningTwiceIsCleaningOnce(t *testing.T) {
	values := rapid.SampledFrom([]string{"", "[ND]", "Vannes", "[NON-DIFFUSIBLE]"})

	rapid.Check(t, func(t *rapid.T) {
		l := structure.Listing{
			Found: rapid.SampledFrom(structure.Answers()).Draw(t, "found"),
			Data:  structure.Data{NonDiffusible: rapid.Bool().Draw(t, "non-diffusible")},
		}
		for i := range 10 {
			*field(&l.Data, i) = values.Draw(t, "value")
		}

		once := l.Clean()
		require.Equal(t, once, once.Clean())

		for i := range 10 {
			if v := *field(&once.Data, i); v != "" && v != "Vannes" {
				t.Fatalf("%q is kept", v)
			}
		}
	})
}

// field is the n-th text of the data.
func field(d *structure.Data, n int) *string {
	return []*string{
		&d.LegalName, &d.LastName, &d.FirstName, &d.Label, &d.Address, &d.Complement1, &d.Complement2, &d.PostalCode,
		&d.Town, &d.Country,
	}[n]
}

func TestC3_ADirectoryPrefillsWhatIsLeftEmptyAndThePersonChecksIt(t *testing.T) {
	l := listed()
	l.Data.NonDiffusible = true

	empty := structure.Form{LegalName: " \t", Applications: []structure.Application{"signature"}}.Prefill(l)
	assert.Equal(t, structure.Form{
		Sector: structure.Public, LegalName: "MAIRIE", LastName: "Potier", FirstName: "Daniel", Label: "Accueil",
		Address: "1 place de la Mairie", Complement1: "Bât. A", Complement2: "BP 1", PostalCode: "56000", Town: "Vannes",
		Country: "FR", NonDiffusible: true, Applications: []structure.Application{"signature"},
	}, empty)

	typed := structure.Form{
		Sector: structure.Private, LegalName: "a", LastName: "b", FirstName: "c", Label: "d", Address: "e", Complement1: "f",
		Complement2: "g", PostalCode: "h", Town: "i", Country: "j", NonDiffusible: true,
	}
	silent := l
	silent.Sector = 0
	assert.Equal(t, typed, typed.Prefill(silent), "what is typed wins")

	public := typed
	public.Sector = structure.Public
	assert.Equal(t, public, typed.Prefill(l), "but what a public body is does not depend on who registers it (C4)")
	assert.Equal(t, public, typed.Prefill(listed()), "being silent about it does not make a structure diffusible (C2)")

	// Only a listing prefills; the empty form stays empty but for what the answer says.
	for _, found := range structure.Answers() {
		if found == structure.Listed {
			continue
		}

		l := structure.Listing{Found: found, Data: listed().Data}
		assert.Equal(t, structure.Form{NonDiffusible: answers[found].nd}, structure.Form{}.Prefill(l), found)
	}

	masks := listed()
	masks.Data.Address = "[ND]"
	form := structure.Form{}.Prefill(masks)
	assert.Empty(t, form.Address)
	assert.True(t, form.NonDiffusible)
}
