package habilitation_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// guide are rights like those on the guide's screen: of a RIDET, and of an individual; and of a service besides.
func guide() habilitation.Rights {
	ridet := structure.Structure{
		ID: "s1", Identity: identifier.MustParse(identifier.RIDET, "0122531001"), Status: structure.Active,
		Data:         structure.Data{LegalName: "RIDET"},
		Applications: apps{"factures-a-valider", "factures-de-travaux", "factures-emises"},
	}
	individual := structure.Structure{
		ID: "s2", Identity: identifier.MustParse(identifier.Individual, "1980193161FERDINANDHELOISE1"),
		Status: structure.Active, Data: structure.Data{LastName: "Ferdinand", FirstName: "Héloïse"},
		Applications: ridet.Applications,
	}

	third := acme()
	third.ID = "s3"

	return rights(
		habilitation.Holding{Structure: ridet, Profiles: habilitation.All(ridet.Applications)},
		habilitation.Holding{Structure: individual, Profiles: habilitation.All(ridet.Applications)},
		habilitation.Holding{
			Structure: third, Service: structure.Service{Code: "compta_2", Label: "Comptabilité générale"},
			Profiles: []profile{read},
		},
	)
}

func catalogue() habilitation.Catalogue { return habilitation.DefaultCatalogue() }

// shown are rows as structure/service/profile.
func shown(rows []habilitation.Row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = strings.TrimSuffix(fmt.Sprintf("%s/%s/%s", r.Structure.ID, r.Service.Code, r.Profile), "ation")
	}

	return out
}

func TestE7_TheZeroListingIsAllRowsInTheirOrder(t *testing.T) {
	rows := guide().Rows(noon)
	require.Len(t, rows, 13)

	page, err := habilitation.Listing{}.Page(rows, catalogue(), language.French)
	require.NoError(t, err)
	assert.Equal(t, habilitation.Page{Rows: rows, Total: 13}, page)

	empty, err := habilitation.Listing{}.Page(nil, catalogue(), language.French)
	require.NoError(t, err)
	assert.Empty(t, empty.Rows)
	assert.Empty(t, empty.Next)
}

func TestE7_TheCountIsShownAsOnTheGuidesScreen(t *testing.T) {
	rows := guide().Rows(noon)

	page, err := habilitation.Listing{Search: "factures", Structure: "s1"}.Page(rows, catalogue(), language.French)
	require.NoError(t, err)
	assert.Equal(t, "Résultats 0 - 6 sur 6", page.Text(language.French))

	first, err := habilitation.Listing{Limit: 12}.Page(rows, catalogue(), language.English)
	require.NoError(t, err)
	assert.Equal(t, "Results 0 - 12 of 13", first.Text(language.English))

	second, err := habilitation.Listing{Limit: 12, After: first.Next}.Page(rows, catalogue(), language.English)
	require.NoError(t, err)
	assert.Equal(t, "Results 12 - 13 of 13", second.Text(language.English))
	assert.Empty(t, second.Next)

	assert.Equal(t, "Résultats 0 - 0 sur 0", habilitation.Page{}.Text(language.French))
	assert.Equal(t, "Résultats 0 - 12 sur 12", habilitation.Page{Rows: rows[:12], Total: 12}.Text(language.German))
}

func TestE7_HabilitationsAreSearchedInEveryColumn(t *testing.T) {
	rows := guide().Rows(noon)

	for search, want := range map[string]int{
		"":                            13,
		" - ":                         13, // nothing to search by
		"0122531001":                  6,
		"0 122 531.001":               6, // as it is usually written
		"ferdinandHELOISE":            6, // the identifier, or
		"heloise ferdinand":           6, // the name, without accents, in any order
		"Héloïse":                     6,
		"COMPTA_2":                    1,
		"comptabilite generale":       1,
		"factures émises":             5,
		"FACTURES EMISES CONSULT":     3,
		"ridet emises":                2, // a word in one column, a word in another
		"ridet compta":                0,
		"invoices":                    0, // not shown in this language
		"factures emises ridet chose": 0,
	} {
		got := habilitation.Listing{Search: search}.Select(rows, catalogue(), language.French)
		assert.Len(t, got, want, "%q", search)
	}

	assert.Len(t, habilitation.Listing{Search: "invoices SENT"}.Select(rows, catalogue(), language.English), 5)
}

func TestE7_HabilitationsAreFiltered(t *testing.T) {
	rows := guide().Rows(noon)

	for name, c := range map[string]struct {
		listing habilitation.Listing
		want    []string
	}{
		"structure": {habilitation.Listing{Structure: "s2", Application: "factures-emises"}, []string{
			"s2//factures-emises/consult", "s2//factures-emises/modific",
		}},
		"service": {habilitation.Listing{Service: "compta_2"}, []string{"s3/compta_2/factures-emises/consult"}},
		"level": {habilitation.Listing{Structure: "s2", Level: habilitation.Modification}, []string{
			"s2//factures-a-valider/modific", "s2//factures-de-travaux/modific", "s2//factures-emises/modific",
		}},
		"everything": {habilitation.Listing{
			Search: "ferdinand", Structure: "s2", Application: "factures-emises", Level: habilitation.Consultation,
		}, []string{"s2//factures-emises/consult"}},
		"nothing is left": {habilitation.Listing{Structure: "s4"}, []string{}},
	} {
		assert.Equal(t, c.want, shown(c.listing.Select(rows, catalogue(), language.French)), name)
	}
}

// One row each that is first in a column, and last.
func TestE7_HabilitationsAreSortedByAnyColumn(t *testing.T) {
	row := func(id structure.ID, siret, name, code, label string, p profile) habilitation.Row {
		s := acme()
		s.ID, s.Identity, s.Data.LegalName = id, identifier.MustParse(identifier.SIRET, siret), name

		service := structure.Service{Code: structure.Code(code), Label: label}

		return habilitation.Row{Structure: s, Service: service, Profile: p}
	}
	rows := []habilitation.Row{
		row("1", "73282932000074", "École", "", "", read),
		row("2", "35600000000048", "éclair", "b", "àà", write),
		row("3", "13002526500013", "Zoo", "a", "B", profile{"engagements", habilitation.Modification}),
		row("4", "21750001600019", "eau", "B", "Ab", profile{"signature", habilitation.Consultation}),
	}

	order := func(l habilitation.Listing, lang language.Tag) string {
		var b strings.Builder
		for _, r := range l.Select(rows, catalogue(), lang) {
			b.WriteString(string(r.Structure.ID))
		}

		return b.String()
	}

	for sort, want := range map[habilitation.Column]string{
		habilitation.ColumnIdentifier:   "3421",
		habilitation.ColumnName:         "4213",
		habilitation.ColumnServiceCode:  "1432",
		habilitation.ColumnServiceLabel: "1243",
		habilitation.ColumnProfile:      "3124",
		"":                              "3421",
		"chose":                         "3421",
	} {
		assert.Equal(t, want, order(habilitation.Listing{Sort: sort}, language.French), sort)

		turned := []byte(want)
		slices.Reverse(turned)
		assert.Equal(t, string(turned), order(habilitation.Listing{Sort: sort, Descending: true}, language.French), sort)
	}

	assert.Equal(t, "3124", order(habilitation.Listing{Sort: habilitation.ColumnProfile}, language.English),
		"Commitments, Invoices sent, Signature")
}

func TestE7_RowsThatAreEqualInAColumnKeepTheirOrderBothWays(t *testing.T) {
	rows := guide().Rows(noon)
	want := shown(habilitation.Listing{Structure: "s1", Search: "ridet"}.Select(rows, catalogue(), language.French))

	for _, descending := range []bool{false, true} {
		l := habilitation.Listing{Structure: "s1", Search: "ridet", Sort: habilitation.ColumnName, Descending: descending}
		assert.Equal(t, want, shown(l.Select(rows, catalogue(), language.French)))
	}
}

// follow reads a listing page by page.
func follow(t require.TestingT, l habilitation.Listing, rows []habilitation.Row) []habilitation.Row {
	var out []habilitation.Row

	for {
		page, err := l.Page(rows, catalogue(), language.French)
		require.NoError(t, err)
		require.Equal(t, len(out), page.From)
		require.LessOrEqual(t, len(page.Rows), l.Limit)

		out = append(out, page.Rows...)

		if l.After = page.Next; page.Next == "" {
			require.Len(t, out, page.Total)

			return out
		}
	}
}

// The pages together are the whole, whatever the order in which the rows come, and how long the pages are.
func TestE7_PagesAreTheWholeListing(t *testing.T) {
	rows := guide().Rows(noon)

	rapid.Check(t, func(t *rapid.T) {
		l := habilitation.Listing{
			Search:      rapid.SampledFrom([]string{"", "factures", "ridet", "modif"}).Draw(t, "search"),
			Structure:   rapid.SampledFrom([]structure.ID{"", "s1", "s2"}).Draw(t, "structure"),
			Application: rapid.SampledFrom(apps{"", "factures-emises"}).Draw(t, "application"),
			Level:       rapid.SampledFrom([]habilitation.Level{0, habilitation.Consultation}).Draw(t, "level"),
			Sort:        rapid.SampledFrom(append(habilitation.Columns(), "")).Draw(t, "sort"),
			Descending:  rapid.Bool().Draw(t, "descending"),
		}
		mixed := slices.Clone(rows)
		rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))).Shuffle(len(mixed), func(i, j int) {
			mixed[i], mixed[j] = mixed[j], mixed[i]
		})
		before := slices.Clone(mixed)

		whole := l.Select(mixed, catalogue(), language.French)
		assert.Equal(t, shown(before), shown(mixed), "the caller's rows stay as they are")
		assert.Equal(t, shown(whole), shown(l.Select(append(mixed, rows...), catalogue(), language.French)), "once each")

		l.Limit = rapid.IntRange(1, 14).Draw(t, "limit")
		assert.Equal(t, shown(whole), shown(follow(t, l, mixed)))
	})
}

func TestE7_APageBeginsBehindTheOneBeforeWhateverCameOrWent(t *testing.T) {
	rows := guide().Rows(noon)

	first, err := habilitation.Listing{Limit: 4}.Page(rows, catalogue(), language.French)
	require.NoError(t, err)

	next := func(rows []habilitation.Row) ([]string, error) {
		page, err := habilitation.Listing{Limit: 4, After: first.Next}.Page(rows, catalogue(), language.French)

		return shown(page.Rows), err
	}

	want, err := next(rows)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"s2//factures-de-travaux/modific", "s2//factures-emises/consult", "s2//factures-emises/modific",
		"s1//factures-a-valider/consult",
	}, want)

	got, err := next(rows[2:]) // rows before it are gone
	require.NoError(t, err)
	assert.Equal(t, want, got)

	got, err = next(rows[4:]) // all of the page before is gone
	require.NoError(t, err)
	assert.Equal(t, want, got)

	got, err = next(slices.Delete(slices.Clone(rows), 3, 4)) // the last row of the page is gone
	require.NoError(t, err)
	assert.Equal(t, want, got)

	got, err = next(slices.Delete(slices.Clone(rows), 4, 5)) // the first row of the next page is gone
	require.NoError(t, err)
	assert.Equal(t, shown(rows[5:9]), got)

	got, err = next(rows[:4]) // there is no next page any more
	require.NoError(t, err)
	assert.Empty(t, got)

	_, err = next(slices.Delete(slices.Clone(rows), 3, 5)) // both are gone
	require.ErrorIs(t, err, habilitation.ErrPage)
}

func TestE7_AnAfterThatIsNotOfThisListIsRefused(t *testing.T) {
	rows := guide().Rows(noon)
	l := habilitation.Listing{Search: "factures", Sort: habilitation.ColumnName, Limit: 3}

	page, err := l.Page(rows, catalogue(), language.French)
	require.NoError(t, err)

	for name, change := range map[string]func(l *habilitation.Listing){
		"search":      func(l *habilitation.Listing) { l.Search = "emises" },
		"structure":   func(l *habilitation.Listing) { l.Structure = "s1" },
		"service":     func(l *habilitation.Listing) { l.Service = "compta_2" },
		"application": func(l *habilitation.Listing) { l.Application = "factures-emises" },
		"level":       func(l *habilitation.Listing) { l.Level = habilitation.Consultation },
		"sort":        func(l *habilitation.Listing) { l.Sort = "" },
		"direction":   func(l *habilitation.Listing) { l.Descending = true },
		"cut off":     func(l *habilitation.Listing) { l.After = l.After[1:] },
		"longer":      func(l *habilitation.Listing) { l.After += "AAAA" },
		"no alphabet": func(l *habilitation.Listing) { l.After = "*" + l.After[1:] },
		"turned":      func(l *habilitation.Listing) { l.After = strings.ToUpper(l.After) },
		"of nothing":  func(l *habilitation.Listing) { l.After = "0" },
	} {
		other := l
		other.After = page.Next
		change(&other)

		got, err := other.Page(rows, catalogue(), language.French)
		require.ErrorIs(t, err, habilitation.ErrPage, name)
		assert.Equal(t, habilitation.Page{}, got, name)

		var fault *habilitation.Error

		require.ErrorAs(t, err, &fault, name)
		assert.Equal(t, "habilitation.page", fault.Code())
	}

	l.After = page.Next

	_, err = l.Page(rows, catalogue(), language.English)
	require.ErrorIs(t, err, habilitation.ErrPage, "another language is another order")

	others := rights(habilitation.Holding{Structure: potier(), MainManager: true}).Rows(noon)
	_, err = l.Page(others, catalogue(), language.French)
	require.ErrorIs(t, err, habilitation.ErrPage, "somebody else's rows")

	l.Search, l.Limit = "  FACTURES ", 5
	_, err = l.Page(rows, catalogue(), language.CanadianFrench)
	require.NoError(t, err, "what makes no difference")
}

func TestE7_AnAfterIsShortAndShowsNothingOfTheRows(t *testing.T) {
	page, err := habilitation.Listing{Structure: "s2", Limit: 1}.Page(guide().Rows(noon), catalogue(), language.French)
	require.NoError(t, err)
	assert.Regexp(t, `^[A-Za-z0-9_-]{48}$`, page.Next)
}

func TestE7_APageHasItsLimits(t *testing.T) {
	var rows []habilitation.Row

	for i := range habilitation.MaxLimit + 1 {
		s := acme()
		s.ID = structure.ID(fmt.Sprintf("%04d", i))
		rows = append(rows, habilitation.Row{Structure: s, Profile: read})
	}

	for limit, want := range map[int]int{
		0: habilitation.DefaultLimit, -1: habilitation.DefaultLimit, 1: 1, 7: 7,
		habilitation.MaxLimit + 1: habilitation.MaxLimit,
	} {
		page, err := habilitation.Listing{Limit: limit}.Page(rows, catalogue(), language.French)
		require.NoError(t, err)
		assert.Len(t, page.Rows, want)
		assert.Equal(t, len(rows), page.Total)
		assert.NotEmpty(t, page.Next)
	}
}

func TestE7_TheColumnsAreThoseOfTheGuidesScreen(t *testing.T) {
	var french, english []string

	for _, c := range habilitation.Columns() {
		french, english = append(french, c.Label(language.French)), append(english, c.Label(language.English))
	}

	assert.Equal(t, []string{"Structure", "Raison Sociale", "Code service", "Libellé service", "Profils"}, french)
	assert.Equal(t, []string{"Structure", "Legal name", "Service code", "Service label", "Profiles"}, english)
	assert.Empty(t, habilitation.Row{}.Cell("chose", nil, language.French))
}
