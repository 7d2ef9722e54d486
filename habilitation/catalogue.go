package habilitation

import (
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/structure"
)

// Domain groups applications as the portal's home page does (French: domaine).
type Domain string

// The domains of the guide.
const (
	DomainMarket       Domain = "marche"
	DomainOrder        Domain = "commande"
	DomainBilling      Domain = "facturation"
	DomainOrganisation Domain = "organisation"
	DomainConnections  Domain = "raccordements"
	DomainTools        Domain = "outils"
)

// Label returns the guide's name of the domain, in French or English; of a domain that is not the guide's, its code.
func (d Domain) Label(lang language.Tag) string {
	key := "domain." + string(d)
	if _, ok := texts[key]; !ok {
		return string(d)
	}

	return texts.Text(lang, key)
}

// Entry is one application of a [Catalogue].
type Entry struct {
	Application structure.Application
	Domain      Domain
	French      string
	English     string
	Private     bool // a private structure may open it
	Public      bool // a public structure may open it
	Default     bool // open in a new private structure that asked for nothing (rule C10)
}

// Sectors lists the sectors whose structures may open the application, in order.
func (e Entry) Sectors() []structure.Sector {
	var out []structure.Sector

	for _, s := range []structure.Sector{structure.Private, structure.Public} {
		if e.allows(s) {
			out = append(out, s)
		}
	}

	return out
}

func (e Entry) allows(s structure.Sector) bool {
	return s == structure.Private && e.Private || s == structure.Public && e.Public
}

// Catalogue is the list of applications, as data: an embedding application may bring its own (rule E2). It must hold
// [Organisation]; [Catalogue.Check] says what else is asked of it.
type Catalogue []Entry

// Check reports every fault of a catalogue at once, as a [*multierror.Error] of [*Error], in the order of the entries:
// [ErrNoCode], [ErrTwice], [ErrNoLabel] and [ErrNoSector] of an entry, and at last [ErrNoOrganisation]. A domain is not
// required.
func (c Catalogue) Check() error {
	var faults *multierror.Error

	seen := map[structure.Application]bool{}

	for i, e := range c {
		for _, fault := range []struct {
			found bool
			err   error
		}{
			{blank(string(e.Application)), ErrNoCode},
			{seen[e.Application] && !blank(string(e.Application)), ErrTwice},
			{blank(e.French) || blank(e.English), ErrNoLabel},
			{len(e.Sectors()) == 0, ErrNoSector},
		} {
			if fault.found {
				faults = multierror.Append(faults, &Error{Application: e.Application, Entry: i, Err: fault.err})
			}
		}

		seen[e.Application] = true
	}

	if !seen[Organisation] {
		faults = multierror.Append(faults, &Error{Application: Organisation, Entry: len(c), Err: ErrNoOrganisation})
	}

	return faults.ErrorOrNil()
}

// blank tells whether a text shows nothing.
func blank(s string) bool { return strings.TrimSpace(s) == "" }

// Section is one domain of a catalogue, with its applications (French: domaine).
type Section struct {
	Domain  Domain
	French  string
	English string
	Entries []Entry // in the catalogue's order
}

// Domains returns the catalogue by domain, in the order in which the domains first come, as the portal's home page
// shows it. Of a domain that is not the guide's, both names are its code.
func (c Catalogue) Domains() []Section {
	var out []Section

	for _, e := range c {
		i := slices.IndexFunc(out, func(s Section) bool { return s.Domain == e.Domain })
		if i < 0 {
			i = len(out)
			out = append(out, Section{
				Domain: e.Domain, French: e.Domain.Label(language.French), English: e.Domain.Label(language.English),
			})
		}

		out[i].Entries = append(out[i].Entries, e)
	}

	return out
}

// DefaultCatalogue returns the portal's applications. The guide shows three of them as profiles (factures émises,
// factures à valider, factures de travaux); the other names are inferred from its domains and screens. Which sector
// may open which is ours: no source has the matrix.
func DefaultCatalogue() Catalogue {
	return Catalogue{
		{"passation", DomainMarket, "Passation", "Tendering", true, true, false},
		{"engagements", DomainOrder, "Engagements", "Commitments", false, true, false},
		{"cessions", DomainOrder, "Cessions", "Assignments", true, true, false},
		{"factures-emises", DomainBilling, "Factures émises", "Invoices sent", true, true, true},
		{"factures-recues", DomainBilling, "Factures reçues", "Invoices received", false, true, false},
		{"factures-a-valider", DomainBilling, "Factures à valider", "Invoices to validate", true, true, true},
		{"factures-de-travaux", DomainBilling, "Factures de travaux", "Works invoices", true, true, true},
		{"frais-de-justice", DomainBilling, "Mémoires de frais de justice", "Statements of legal costs", true, true, false},
		{"remboursement-de-taxes", DomainBilling, "Remboursement de taxes", "Tax refunds", true, false, false},
		{Organisation, DomainOrganisation, "Organisation", "Organisation", true, true, true},
		{"annuaire", DomainOrganisation, "Annuaire", "Directory", true, true, false},
		{"raccordements", DomainConnections, "Raccordements", "Connections", true, true, false},
		{"signature", DomainTools, "Signature", "Signature", true, true, false},
	}
}

// Find returns the entry of an application.
func (c Catalogue) Find(app structure.Application) (Entry, bool) {
	i := slices.IndexFunc(c, func(e Entry) bool { return e.Application == app })
	if i < 0 {
		return Entry{}, false
	}

	return c[i], true
}

// Name returns the name of an application in French or English; its code if it is not in the catalogue.
func (c Catalogue) Name(app structure.Application, lang language.Tag) string {
	e, ok := c.Find(app)
	if !ok {
		return string(app)
	}

	if base, _ := lang.Base(); base.String() == "en" && lang != language.Und {
		return e.English
	}

	return e.French
}

// Allows tells whether a structure of that sector may open an application (rule E2).
func (c Catalogue) Allows(sector structure.Sector, app structure.Application) bool {
	e, ok := c.Find(app)

	return ok && e.allows(sector)
}

// Open returns the applications that a new structure opens: those asked for, or the default of its sector if none
// was, and always Organisation (rule C10). Error: a [*structure.FieldError] around [structure.ErrApplication] for the
// first that the sector may not open.
func (c Catalogue) Open(sector structure.Sector, asked []structure.Application) ([]structure.Application, error) {
	open := []structure.Application{Organisation}

	for _, app := range asked {
		if !c.Allows(sector, app) {
			return nil, &structure.FieldError{
				Field: structure.FieldApplications, Value: string(app), Err: structure.ErrApplication,
			}
		}

		open = append(open, app)
	}

	if len(asked) == 0 {
		for _, e := range c {
			if e.Default && c.Allows(sector, e.Application) {
				open = append(open, e.Application)
			}
		}
	}

	return structure.Sorted(open), nil
}

// Reopen returns the applications that an existing structure opens from now on: those asked for, and always Organisation,
// even if nothing is asked for (rule C10). What is open already stays possible, whatever the catalogue says by now. Error:
// like [Catalogue.Open].
func (c Catalogue) Reopen(
	sector structure.Sector, open, asked []structure.Application,
) ([]structure.Application, error) {
	out := []structure.Application{Organisation}

	for _, app := range asked {
		if !c.Allows(sector, app) && !slices.Contains(open, app) {
			return nil, &structure.FieldError{
				Field: structure.FieldApplications, Value: string(app), Err: structure.ErrApplication,
			}
		}

		out = append(out, app)
	}

	return structure.Sorted(out), nil
}

// Defaults returns the profiles a newly attached user starts with (rule E3): at structure level all profiles of the
// open applications except Organisation/modification; at service level all except the Organisation profiles.
func Defaults(open []structure.Application, service structure.Code) []Profile {
	var out []Profile

	for _, p := range All(open) {
		if p == Manage || p.Application == Organisation && service != "" {
			continue
		}

		out = append(out, p)
	}

	return out
}

// All returns every profile of the open applications, which is what the main manager holds by role (rule E3).
func All(open []structure.Application) []Profile {
	out := make([]Profile, 0, len(open)*len(Levels()))

	for _, app := range open {
		for _, level := range Levels() {
			out = append(out, Profile{Application: app, Level: level})
		}
	}

	slices.SortFunc(out, Profile.Compare)

	return out
}
