package structure_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/internal/oneline"
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

func TestC3_AnAnswerThatDoesNotExistCountsAsSilence(t *testing.T) {
	for _, found := range []structure.Found{structure.Silent + 1, 255} {
		l := listed()
		l.Found, l.Data.NonDiffusible = found, true
		assert.Equal(t, structure.Listing{Found: structure.Silent}, l.Clean())
		assert.Equal(t, structure.Form{}, structure.Form{}.Prefill(l))
		assert.Equal(t, structure.Form{}, structure.Form{}.Fill(l))

		// It takes nothing back, as silence takes nothing back.
		for _, before := range structure.Verifications() {
			s := structure.New("s1", siret(), noon)
			s.Verification = before
			silent := structure.Listing{Found: structure.Silent}
			assert.Equal(t, s.Heard(silent, noon), s.Heard(l, noon), before)
		}
	}
}

func TestC3_OnlyOfWhatIsThereASectorIsKnown(t *testing.T) {
	for _, found := range structure.Answers() {
		there := found == structure.Listed || found == structure.Masked

		for sector, is := range map[structure.Sector]bool{
			0: false, structure.Private: true, structure.Public: true, structure.Public + 1: false, 255: false,
		} {
			l := listed()
			l.Found, l.Sector = found, sector

			want := structure.Sector(0)
			if there && is {
				want = sector
			}

			assert.Equal(t, want, l.Clean().Sector, "%s, sector %d", found, sector)

			typed := structure.Form{Sector: structure.Private}
			if want == 0 {
				want = structure.Private
			}

			assert.Equal(t, want, typed.Fill(l).Sector, "%s, sector %d", found, sector)
			assert.Equal(t, want, typed.Prefill(l).Sector, "%s, sector %d", found, sector)
		}
	}
}

// The places of two fields among those of a listing.
const (
	postalCode = 7
	country    = 9
)

func TestC3_WhatNoFormTakesIsNotPrefilled(t *testing.T) {
	for value, want := range map[string]string{
		"a\x00b":                            "",
		"a\nb":                              "",
		"a\u202eb":                          "",
		"a\xff":                             "",
		strings.Repeat("é", 161):            "",
		"\u200b":                            "", // nothing to see
		"  Vannes \t en  Bretagne\n":        "Vannes en Bretagne",
		"He\u0301le\u0300ne":                "Hélène",
		"NON-DIFFUSIBLE (" + "\u00ad" + ")": "NON-DIFFUSIBLE (\u00ad)",
	} {
		for i := range 10 {
			want := want
			if i == postalCode && utf8.RuneCountInString(want) > 16 || i == country { // which have limits of their own
				want = ""
			}

			l, cleaned := listed(), listed()
			*field(&l.Data, i), *field(&cleaned.Data, i) = value, want
			assert.Equal(t, cleaned, l.Clean(), "%d %q: the others stay, and nothing is masked", i, value)
			assert.Equal(t, value, *field(&l.Data, i), "a copy")
		}
	}

	long := listed()
	long.Data.LegalName = strings.Repeat("é", 160)
	assert.Equal(t, long, long.Clean(), "a form takes that")

	// A mask is told from what no form takes, whatever else is in the value.
	for _, mask := range []string{"[ND]\x00", "[nd]\xff", strings.Repeat("a", 160) + "[ND]"} {
		l, want := listed(), listed()
		l.Data.Town, want.Data.Town, want.Data.NonDiffusible = mask, "", true
		assert.Equal(t, want, l.Clean(), "%q", mask)
	}

	// Without a name that a form takes it is listed all the same: the person types one.
	nameless := listed()
	nameless.Data.LegalName, nameless.Data.LastName, nameless.Data.FirstName = "\x00", "\x00", "\x00"
	assert.Equal(t, structure.Listed, nameless.Clean().Found)
	assert.Equal(t, "Vannes", nameless.Clean().Data.Town)
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
	values := rapid.OneOf(
		rapid.SampledFrom([]string{"", "[ND]", "Vannes", "[NON-DIFFUSIBLE]", " Vannes\n", "\x00", "[ND\xff]", strings.Repeat("a", 161)}),
		rapid.StringOfN(rapid.SampledFrom([]rune("[NDnd] \t\u00a0e\u0301\u200b\u202e")), 0, 8, -1),
	)

	rapid.Check(t, func(t *rapid.T) {
		l := structure.Listing{
			Found:  structure.Found(rapid.Uint8Max(uint8(structure.Silent)+1).Draw(t, "found")),
			Sector: structure.Sector(rapid.Uint8Max(uint8(structure.Public)+1).Draw(t, "sector")),
			Data:   structure.Data{NonDiffusible: rapid.Bool().Draw(t, "non-diffusible")},
		}
		for i := range 10 {
			*field(&l.Data, i) = values.Draw(t, "value")
		}

		once := l.Clean()
		require.Equal(t, once, once.Clean())

		for i := range 10 {
			v := *field(&once.Data, i)
			if clean, err := oneline.Clean(v, 160); err != nil || clean != v || strings.Contains(strings.ToUpper(v), "[ND]") {
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

func TestC3_OfAFormThatIsSubmittedOnlyTheRequiredIsFilledIn(t *testing.T) {
	l := listed()
	l.Data.NonDiffusible = true

	// What a person may have cleared stays cleared; what is required is known.
	filled := structure.Form{LegalName: " \t", Label: " ", Applications: []structure.Application{"signature"}}.Fill(l)
	assert.Equal(t, structure.Form{
		Sector: structure.Public, LegalName: "MAIRIE", LastName: "Potier", FirstName: "Daniel", Label: " ",
		Address: "1 place de la Mairie", PostalCode: "56000", Town: "Vannes", Country: "FR", NonDiffusible: true,
		Applications: []structure.Application{"signature"},
	}, filled)

	// Prefilling is filling, and what is optional besides.
	prefilled := structure.Form{}.Prefill(l)
	bare := prefilled
	bare.Label, bare.Complement1, bare.Complement2 = "", "", ""
	assert.Equal(t, structure.Form{}.Fill(l), bare)
	assert.Equal(t, prefilled, bare.Prefill(l))
	assert.Equal(t, []string{"Accueil", "Bât. A", "BP 1"}, []string{prefilled.Label, prefilled.Complement1, prefilled.Complement2})

	// What is typed wins over what is known, but for the sector (C4) and being non-diffusible (C2).
	typed := structure.Form{
		Sector: structure.Private, LegalName: "a", LastName: "b", FirstName: "c", Label: "d", Address: "e", Complement1: "f",
		Complement2: "g", PostalCode: "h", Town: "i", Country: "j",
	}
	want := typed
	want.Sector, want.NonDiffusible = structure.Public, true
	assert.Equal(t, want, typed.Fill(l))
	assert.Equal(t, want, typed.Prefill(l))

	// A form that lacks what is required passes once it is filled in.
	for _, kind := range []identifier.Kind{identifier.SIRET, identifier.Individual} {
		_, err := structure.Form{}.Check(kind)
		require.Error(t, err)

		details, err := structure.Form{}.Fill(l).Check(kind)
		require.NoError(t, err)
		assert.Empty(t, details.Data.Label+details.Data.Complement1+details.Data.Complement2)
	}

	// Only a listing fills in, and no mask does.
	for _, found := range structure.Answers() {
		if found != structure.Listed {
			l := structure.Listing{Found: found, Data: listed().Data}
			assert.Equal(t, structure.Form{NonDiffusible: answers[found].nd}, structure.Form{}.Fill(l), found)
		}
	}

	l.Data.Town = "[ND]"
	assert.Empty(t, structure.Form{}.Fill(l).Town)
}
