package habilitation_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/go-multierror"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

type (
	apps    = []structure.Application
	profile = habilitation.Profile
)

func TestE1_AProfileIsAnApplicationAtALevel(t *testing.T) {
	assert.Equal(t, []habilitation.Level{habilitation.Consultation, habilitation.Modification}, habilitation.Levels())
	assert.Equal(t, profile{Application: "organisation", Level: habilitation.Modification}, habilitation.Manage)
	assert.Equal(t, "organisation/modification", habilitation.Manage.String())

	for level, want := range map[habilitation.Level]string{
		0: "invalid", habilitation.Consultation: "consultation", habilitation.Modification: "modification", 3: "invalid",
	} {
		assert.Equal(t, want, level.String())
	}
}

func TestE1_ProfilesAreOrderedByApplicationThenLevel(t *testing.T) {
	ordered := []profile{
		{"annuaire", habilitation.Consultation},
		{"annuaire", habilitation.Modification},
		{"signature", habilitation.Consultation},
		{"signature", habilitation.Modification},
	}

	for i, a := range ordered {
		for j, b := range ordered {
			switch got := a.Compare(b); {
			case i < j:
				assert.Negative(t, got)
			case i > j:
				assert.Positive(t, got)
			default:
				assert.Zero(t, got)
			}
		}
	}
}

// The rule names the applications and domains; which sector opens which is this project's.
func TestE2_TheDefaultCatalogueHasTheGuidesApplicationsByDomain(t *testing.T) {
	byDomain := map[habilitation.Domain][]string{}

	codes := map[structure.Application]bool{}

	for _, e := range habilitation.DefaultCatalogue() {
		byDomain[e.Domain] = append(byDomain[e.Domain], e.French)
		assert.False(t, codes[e.Application], "%s twice", e.Application)
		codes[e.Application] = true

		assert.NotEmpty(t, e.English, e.Application)
		assert.True(t, e.Private || e.Public, "%s can be opened by somebody", e.Application)
	}

	assert.Equal(t, map[habilitation.Domain][]string{
		"marche":        {"Passation"},
		"commande":      {"Engagements", "Cessions"},
		"facturation":   {"Factures émises", "Factures reçues", "Factures à valider", "Factures de travaux", "Mémoires de frais de justice", "Remboursement de taxes"},
		"organisation":  {"Organisation", "Annuaire"},
		"raccordements": {"Raccordements"},
		"outils":        {"Signature"},
	}, byDomain)
}

func TestE2_TheSectorDecidesWhatMayBeOpened(t *testing.T) {
	c := habilitation.DefaultCatalogue()

	for app, want := range map[structure.Application]struct{ private, public bool }{
		"passation":              {true, true},
		"engagements":            {false, true},
		"cessions":               {true, true},
		"factures-emises":        {true, true},
		"factures-recues":        {false, true},
		"factures-a-valider":     {true, true},
		"factures-de-travaux":    {true, true},
		"frais-de-justice":       {true, true},
		"remboursement-de-taxes": {true, false},
		"organisation":           {true, true},
		"annuaire":               {true, true},
		"raccordements":          {true, true},
		"signature":              {true, true},
		"chasse":                 {false, false},
		"":                       {false, false},
	} {
		assert.Equal(t, want.private, c.Allows(structure.Private, app), app)
		assert.Equal(t, want.public, c.Allows(structure.Public, app), app)
		assert.False(t, c.Allows(0, app), app)
	}
}

func TestE2_AnApplicationIsFoundAndNamed(t *testing.T) {
	c := habilitation.DefaultCatalogue()

	entry, ok := c.Find("factures-emises")
	require.True(t, ok)
	assert.Equal(t, habilitation.Entry{
		Application: "factures-emises", Domain: habilitation.DomainBilling, French: "Factures émises",
		English: "Invoices sent", Private: true, Public: true, Default: true,
	}, entry)

	_, ok = c.Find("chasse")
	assert.False(t, ok)

	for tag, want := range map[language.Tag]string{
		language.French: "Factures émises", language.English: "Invoices sent", language.BritishEnglish: "Invoices sent",
		language.German: "Factures émises", language.Und: "Factures émises", // French by default (rule F3)
	} {
		assert.Equal(t, want, c.Name("factures-emises", tag), tag)
	}

	assert.Equal(t, "chasse", c.Name("chasse", language.French))

	sent := profile{"factures-emises", habilitation.Consultation}
	assert.Equal(t, "Factures émises consultation", sent.Label(c, language.French), "as on the guide's screen")
	assert.Equal(t, "Invoices sent consultation", sent.Label(c, language.English))
}

func TestE2_AnApplicationMayBringItsOwnCatalogue(t *testing.T) {
	own := habilitation.Catalogue{
		{Application: habilitation.Organisation, French: "Organisation", English: "Organisation", Private: true, Default: true},
		{Application: "chasse", French: "Chasse", English: "Hunting", Private: true},
	}

	open, err := own.Open(structure.Private, apps{"chasse"})
	require.NoError(t, err)
	assert.Equal(t, apps{"chasse", "organisation"}, open)

	_, err = own.Open(structure.Private, apps{"factures-emises"})
	require.ErrorIs(t, err, structure.ErrApplication)
}

func TestC10_AStructureOpensWhatItAskedForAndOrganisation(t *testing.T) {
	c := habilitation.DefaultCatalogue()

	for name, x := range map[string]struct {
		sector structure.Sector
		asked  apps
		want   apps
	}{
		"nothing asked, private": {structure.Private, nil, apps{"factures-a-valider", "factures-de-travaux", "factures-emises", "organisation"}},
		"nothing asked, public":  {structure.Public, apps{}, apps{"factures-a-valider", "factures-de-travaux", "factures-emises", "organisation"}},
		"one":                    {structure.Private, apps{"signature"}, apps{"organisation", "signature"}},
		"only organisation":      {structure.Private, apps{"organisation"}, apps{"organisation"}},
		"twice":                  {structure.Private, apps{"signature", "signature", "annuaire"}, apps{"annuaire", "organisation", "signature"}},
		"public":                 {structure.Public, apps{"factures-recues"}, apps{"factures-recues", "organisation"}},
	} {
		open, err := c.Open(x.sector, x.asked)
		require.NoError(t, err, name)
		assert.Equal(t, x.want, open, name)
	}

	for name, x := range map[string]struct {
		sector structure.Sector
		asked  apps
		first  string
	}{
		"of the other sector":     {structure.Private, apps{"signature", "factures-recues", "engagements"}, "factures-recues"},
		"of the other, public":    {structure.Public, apps{"remboursement-de-taxes"}, "remboursement-de-taxes"},
		"not in the catalogue":    {structure.Private, apps{"chasse"}, "chasse"},
		"a sector that is not":    {0, apps{"signature"}, "signature"},
		"nothing, but asked for":  {structure.Private, apps{""}, ""},
		"organisation and others": {structure.Private, apps{"organisation", "chasse"}, "chasse"},
	} {
		open, err := c.Open(x.sector, x.asked)
		require.ErrorIs(t, err, structure.ErrApplication, name)
		assert.Nil(t, open, name)

		var fault *structure.FieldError

		require.ErrorAs(t, err, &fault, name)
		assert.Equal(t, structure.FieldApplications, fault.Field, name)
		assert.Equal(t, x.first, fault.Value, name)
	}
}

func TestC10_OpenIsASortedSetWithOrganisation(t *testing.T) {
	c := habilitation.DefaultCatalogue()

	var private apps

	for _, e := range c {
		if e.Private {
			private = append(private, e.Application)
		}
	}

	rapid.Check(t, func(t *rapid.T) {
		asked := rapid.SliceOfN(rapid.SampledFrom(private), 1, 8).Draw(t, "asked")
		before := slices.Clone(asked)

		open, err := c.Open(structure.Private, asked)

		switch {
		case err != nil:
			t.Fatal(err)
		case !slices.Equal(asked, before):
			t.Fatal("what was asked for is rearranged")
		case !slices.IsSorted(open) || len(slices.Compact(slices.Clone(open))) != len(open):
			t.Fatalf("%v is no sorted set", open)
		}

		for _, app := range append(asked, habilitation.Organisation) {
			if !slices.Contains(open, app) {
				t.Fatalf("%s is missing in %v", app, open)
			}
		}

		for _, app := range open {
			if app != habilitation.Organisation && !slices.Contains(asked, app) {
				t.Fatalf("nobody asked for %s", app)
			}
		}
	})
}

func TestE3_TheMainManagerHoldsEveryProfileOfTheOpenApplications(t *testing.T) {
	assert.Equal(t, []profile{
		{"annuaire", habilitation.Consultation},
		{"annuaire", habilitation.Modification},
		{"organisation", habilitation.Consultation},
		{"organisation", habilitation.Modification},
	}, habilitation.All(apps{"organisation", "annuaire"}))
	assert.Empty(t, habilitation.All(nil))
}

func TestE3_AUserStartsWithAllButTheRightToManage(t *testing.T) {
	open := apps{"annuaire", "organisation", "signature"}

	assert.Equal(t, []profile{
		{"annuaire", habilitation.Consultation},
		{"annuaire", habilitation.Modification},
		{"organisation", habilitation.Consultation},
		{"signature", habilitation.Consultation},
		{"signature", habilitation.Modification},
	}, habilitation.Defaults(open, ""), "structure level: all but Organisation/modification")

	assert.Equal(t, []profile{
		{"annuaire", habilitation.Consultation},
		{"annuaire", habilitation.Modification},
		{"signature", habilitation.Consultation},
		{"signature", habilitation.Modification},
	}, habilitation.Defaults(open, "compta"), "service level: all but the Organisation profiles")
}

func TestC10_AnExistingStructureOpensWhatItAsksForAndKeepsWhatItHas(t *testing.T) {
	c := habilitation.DefaultCatalogue()

	for name, x := range map[string]struct {
		open, asked, want apps
		refused           string
	}{
		"nothing asked for leaves Organisation": {open: apps{"signature"}, want: apps{"organisation"}},
		"what is asked for, sorted and once": {
			asked: apps{"signature", "annuaire", "signature"}, want: apps{"annuaire", "organisation", "signature"},
		},
		"what the sector may not open": {asked: apps{"factures-recues"}, refused: "factures-recues"},
		"what it may not open any more, and has": {
			open: apps{"factures-recues"}, asked: apps{"factures-recues"}, want: apps{"factures-recues", "organisation"},
		},
		"what nobody knows": {asked: apps{"chasse"}, refused: "chasse"},
	} {
		open, err := c.Reopen(structure.Private, x.open, x.asked)

		if x.refused == "" {
			require.NoError(t, err, name)
			assert.Equal(t, x.want, open, name)

			continue
		}

		var fault *structure.FieldError

		require.ErrorAs(t, err, &fault, name)
		require.ErrorIs(t, err, structure.ErrApplication, name)
		assert.Equal(t, x.refused, fault.Value, name)
	}
}

func TestE2_TheCatalogueIsShownByDomainWithItsNames(t *testing.T) {
	type section struct{ domain, french, english string }

	var (
		got     []section
		entries habilitation.Catalogue
	)

	for _, s := range habilitation.DefaultCatalogue().Domains() {
		got = append(got, section{string(s.Domain), s.French, s.English})
		entries = append(entries, s.Entries...)

		assert.Equal(t, s.French, s.Domain.Label(language.French))
		assert.Equal(t, s.English, s.Domain.Label(language.BritishEnglish))
	}

	assert.Equal(t, []section{
		{"marche", "Marché", "Public contracts"},
		{"commande", "Commande", "Orders"},
		{"facturation", "Facturation", "Invoicing"},
		{"organisation", "Organisation", "Organisation"},
		{"raccordements", "Raccordements", "Connections"},
		{"outils", "Outils", "Tools"},
	}, got)
	assert.Equal(t, habilitation.DefaultCatalogue(), entries, "every application is in one of them, in its order")

	own := habilitation.Catalogue{
		{Application: "chasse", Domain: "nature", French: "Chasse", English: "Hunting"},
		{Application: habilitation.Organisation, Domain: habilitation.DomainOrganisation},
		{Application: "peche", Domain: "nature", French: "Pêche", English: "Fishing"},
	}.Domains()

	require.Len(t, own, 2)
	assert.Equal(t, section{"nature", "nature", "nature"}, section{string(own[0].Domain), own[0].French, own[0].English})
	assert.Len(t, own[0].Entries, 2)
	assert.Empty(t, habilitation.Catalogue(nil).Domains())
}

func TestE2_AnEntryNamesTheSectorsThatMayOpenIt(t *testing.T) {
	for want, e := range map[[2]bool]habilitation.Entry{
		{true, true}: {Private: true, Public: true}, {true, false}: {Private: true}, {false, true}: {Public: true}, {}: {},
	} {
		sectors := e.Sectors()
		assert.Equal(t, want, [2]bool{
			slices.Contains(sectors, structure.Private), slices.Contains(sectors, structure.Public),
		})
		assert.True(t, slices.IsSorted(sectors))
	}
}

func TestE2_ACatalogueIsToldAllItsFaultsAtOnce(t *testing.T) {
	require.NoError(t, habilitation.DefaultCatalogue().Check())

	organisation, _ := habilitation.DefaultCatalogue().Find(habilitation.Organisation)
	hunting := habilitation.Entry{Application: "chasse", French: "Chasse", English: "Hunting", Private: true}
	change := func(f func(e *habilitation.Entry)) habilitation.Entry {
		e := hunting
		f(&e)

		return e
	}

	type fault struct {
		entry int
		app   structure.Application
		err   error
	}

	for name, c := range map[string]struct {
		catalogue habilitation.Catalogue
		want      []fault
	}{
		"right":           {habilitation.Catalogue{organisation, hunting}, nil},
		"empty":           {nil, []fault{{0, "organisation", habilitation.ErrNoOrganisation}}},
		"no organisation": {habilitation.Catalogue{hunting}, []fault{{1, "organisation", habilitation.ErrNoOrganisation}}},
		"twice": {
			habilitation.Catalogue{hunting, organisation, hunting, hunting},
			[]fault{{2, "chasse", habilitation.ErrTwice}, {3, "chasse", habilitation.ErrTwice}},
		},
		"no French": {
			habilitation.Catalogue{organisation, change(func(e *habilitation.Entry) { e.French = " " })},
			[]fault{{1, "chasse", habilitation.ErrNoLabel}},
		},
		"no English": {
			habilitation.Catalogue{organisation, change(func(e *habilitation.Entry) { e.English = "" })},
			[]fault{{1, "chasse", habilitation.ErrNoLabel}},
		},
		"no sector": {
			habilitation.Catalogue{change(func(e *habilitation.Entry) { e.Private = false }), organisation},
			[]fault{{0, "chasse", habilitation.ErrNoSector}},
		},
		"everything": {
			habilitation.Catalogue{{}, {}, hunting, hunting},
			[]fault{
				{0, "", habilitation.ErrNoCode},
				{0, "", habilitation.ErrNoLabel},
				{0, "", habilitation.ErrNoSector},
				{1, "", habilitation.ErrNoCode},
				{1, "", habilitation.ErrNoLabel},
				{1, "", habilitation.ErrNoSector},
				{3, "chasse", habilitation.ErrTwice},
				{4, "organisation", habilitation.ErrNoOrganisation},
			},
		},
	} {
		err := c.catalogue.Check()
		if c.want == nil {
			require.NoError(t, err, name)
			continue
		}

		var several *multierror.Error

		require.ErrorAs(t, err, &several, name)
		require.Len(t, several.Errors, len(c.want), name)

		for i, want := range c.want {
			var got *habilitation.Error

			require.ErrorAs(t, several.Errors[i], &got, name)
			require.ErrorIs(t, got, want.err, name)
			assert.Equal(t, habilitation.Error{Application: want.app, Entry: want.entry, Err: want.err}, *got, name)
		}
	}
}
