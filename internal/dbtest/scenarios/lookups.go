package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// absent asserts that a look-up finds nobody under an identifier.
func (w *World) absent(id identifier.ID, why string) {
	w.T.Helper()

	_, err := w.Portal.FindStructure(w.Ctx, id)
	require.ErrorIs(w.T, err, guichet.ErrUnknownStructure, why)
	_, err = w.Portal.StructureID(w.Ctx, id)
	require.ErrorIs(w.T, err, guichet.ErrUnknownStructure, why)

	if stored, err := w.Store.StructureByIdentity(w.Ctx, id); err == nil {
		_, err = w.Portal.Structure(w.Ctx, "personne", stored.ID)
		require.ErrorIs(w.T, err, guichet.ErrUnknownStructure, why)
	}
}

// public imports a public structure that a manager of its own has.
func (w *World) public(name, town string, id identifier.ID, change func(*guichet.ImportedStructure)) structure.ID {
	w.T.Helper()

	manager := account.ID("app-" + id.Code())
	form := Typed("x")
	form.Sector, form.LegalName, form.Town = structure.Public, name, town

	in := guichet.ImportedStructure{
		Identity: id, Form: form, Manager: manager, Users: []guichet.ImportedUser{{Account: manager}},
	}
	if change != nil {
		change(&in)
	}

	report, err := w.Portal.Import(w.Ctx, guichet.Import{
		Accounts: []guichet.ImportedAccount{
			{ID: manager, Login: "m" + id.Code() + "@exemple.fr", Person: Enrolment("x").Person},
		},
		Structures: []guichet.ImportedStructure{in},
	})
	require.NoError(w.T, err)
	require.Empty(w.T, report.Refused)

	return w.ID(id)
}

// names returns the names of what a search finds, in order.
func (w *World) names(s structure.Search) []string {
	w.T.Helper()

	page, err := w.Portal.SearchStructures(w.Ctx, s, storage.Window{})
	require.NoError(w.T, err)

	var out []string
	for _, row := range page.Rows {
		out = append(out, row.Data.Name())
	}

	return out
}

func lookups() []Scenario { //nolint:maintidx // one story after the other
	return []Scenario{
		{"C11_AStructureIsPresentFromTheFirstActivationOn", func(w *World) {
			w.absent(Siret(0), "nobody has named it")
			w.absent(identifier.ID{}, "no identifier")

			w.Register("premier", Siret(0))
			w.absent(Siret(0), "only claimed")
			w.Deliver()
			w.Wait(time.Hour)
			w.Advance()
			w.absent(Siret(0), "the claim has lapsed")

			manager := w.Manager("gestionnaire", Siret(0))
			found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.Summary{
				Identity: Siret(0), Sector: structure.Private, Active: true, Data: structure.Data{
					LegalName: "Société de gestionnaire", Address: "9 rue de Clichy", PostalCode: "75009", Town: "Paris", Country: "FR",
				},
			}, found)

			id, err := w.Portal.StructureID(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.Equal(w.T, w.ID(Siret(0)), id)

			// And for good.
			require.NoError(w.T, w.Leave(manager.ID, id))
			found, err = w.Portal.FindStructure(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.False(w.T, found.Active)
			w.absent(Siret(1), "another one")
		}},
		{"C11_IndividualsAreNeverFound", func(w *World) {
			id := identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL1")
			daniel := w.individual("daniel", id)
			w.absent(id, "an individual")
			assert.Empty(w.T, w.names(structure.Search{Name: "Potier"}))
			assert.Empty(w.T, w.names(structure.Search{Name: "Daniel", Kind: identifier.Individual}))

			// But they see themselves.
			own, err := w.Portal.Structure(w.Ctx, daniel, w.ID(id))
			require.NoError(w.T, err)
			assert.Equal(w.T, "Daniel Potier", own.Data.Name())
			assert.Equal(w.T, "Paris", own.Data.Town)
			assert.Equal(w.T, id, own.Identity)

			// Whoever registers for one reads what they typed themselves.
			form := individualForm("curieux", id)
			form.Structure.LastName, form.Structure.Town = "Quelconque", "Lille"
			receipt, err := w.Portal.Register(w.Ctx, form)
			require.NoError(w.T, err)

			text := receipt.Text(language.French)
			assert.Contains(w.T, text, "Quelconque")
			assert.Contains(w.T, text, "Lille")
			assert.NotContains(w.T, text, "Potier")
			assert.NotContains(w.T, text, "POTIER", "the code is masked")

			// Nor does the mail to the decider show it.
			for _, m := range w.Deliver() {
				assert.NotContains(w.T, m.Text, "1850175123")
			}
		}},
		{"C11_APrivateStructureIsFoundByItsExactIdentifierOnly", func(w *World) {
			w.Manager("gestionnaire", Siret(0))
			w.public("Société de transport public", "Paris", Siret(1), nil)

			for _, s := range []structure.Search{
				{Name: "Société"}, {Town: "Paris"}, {Town: "Paris", Kind: identifier.SIRET},
			} {
				assert.Equal(w.T, []string{"Société de transport public"}, w.names(s))
			}

			_, err := w.Portal.FindStructure(w.Ctx, Siret(0))
			require.NoError(w.T, err)
		}},
		{"C11_PublicStructuresAreSearchedByTypeTownAndName", func(w *World) {
			w.public("Commune de Saint-Étienne", "Saint-Étienne", Siret(0), nil)
			w.public("École de Saint-Étienne", "SAINT ETIENNE", Siret(1), nil)
			w.public("Commune de Nouméa", "Nouméa", number(1), nil)
			w.public("commune d'Écully", "Écully", Siret(2), func(in *guichet.ImportedStructure) { in.Inactive = true })

			for want, s := range map[string]structure.Search{
				"commune d'Écully, Commune de Nouméa, Commune de Saint-Étienne": {Name: "COMMUNE D"},
				"Commune de Nouméa": {Name: "commune", Kind: identifier.RIDET},
				"Commune de Saint-Étienne, École de Saint-Étienne": {Town: "saint étienne"},
				"École de Saint-Étienne":                           {Town: "Saint-Etienne", Name: "ecole"},
				"":                                                 {Name: "de Saint"}, // names are searched by their beginning
			} {
				assert.Equal(w.T, want, strings.Join(w.names(s), ", "), "%+v", s)
			}

			assert.Empty(w.T, w.names(structure.Search{Town: "Saint"}), "towns are searched whole")

			// Something must be asked for.
			for _, s := range []structure.Search{{}, {Kind: identifier.SIRET}, {Name: " - ", Town: "…"}} {
				_, err := w.Portal.SearchStructures(w.Ctx, s, storage.Window{})
				require.ErrorIs(w.T, err, guichet.ErrSearch)
			}
		}},
		{"C11_ASearchIsReadInPages", func(w *World) {
			for n := range 7 {
				w.public(fmt.Sprintf("Commune %d", n), "Ville", Siret(n), nil)
			}

			var (
				names []string
				next  string
			)

			for range 3 {
				page, err := w.Portal.SearchStructures(w.Ctx, structure.Search{Town: "ville"},
					storage.Window{Limit: 3, After: next, Counted: true})
				require.NoError(w.T, err)
				assert.Equal(w.T, 7, page.Count)

				for _, row := range page.Rows {
					names = append(names, row.Data.LegalName)
				}

				next = page.Next
			}

			assert.Empty(w.T, next)
			assert.Equal(w.T, []string{
				"Commune 0", "Commune 1", "Commune 2", "Commune 3", "Commune 4", "Commune 5", "Commune 6",
			}, names)

			_, err := w.Portal.SearchStructures(w.Ctx, structure.Search{Town: "ville"}, storage.Window{After: "ailleurs"})
			require.ErrorIs(w.T, err, storage.ErrAfter)
		}},
		{"C11_ASearchFindsWhatIsThereNow", func(w *World) {
			id := w.public("Commune d'Exemple", "Exemple", Siret(0), nil)
			manager := account.ID("app-" + Siret(0).Code())
			w.Reopen(func(o *guichet.Options) { o.Policy.PublicByForm = true })

			// A claim is nothing yet.
			form := Form("premier", Siret(5))
			form.Structure.Sector, form.Structure.LegalName = structure.Public, "Commune d'Exemple-les-Bains"
			_, err := w.Portal.Register(w.Ctx, form)
			require.NoError(w.T, err)
			assert.Equal(w.T, []string{"Commune d'Exemple"}, w.names(structure.Search{Name: "commune"}))

			w.Activate(w.Token(w.One(w.Deliver(), "premier", mail.ActivationLink)))
			assert.Len(w.T, w.names(structure.Search{Name: "commune"}), 2)

			change := formOf(w.Stored(Siret(0)))
			change.LegalName = "Ville d'Exemple"
			_, err = w.Portal.ChangeStructure(w.Ctx, account.By(manager), id, change)
			require.NoError(w.T, err)
			w.Rename(manager, Siret(0), Siret(1))

			page, err := w.Portal.SearchStructures(w.Ctx, structure.Search{Name: "Ville"}, storage.Window{})
			require.NoError(w.T, err)
			require.Len(w.T, page.Rows, 1, "under its present identifier alone")
			assert.Equal(w.T, Siret(1), page.Rows[0].Identity)
		}},
		{"G4_TheAddressOfANonDiffusibleStructureIsMasked", func(w *World) {
			id := w.public("Centre d'Exemple", "Exemple", Siret(0), func(in *guichet.ImportedStructure) { in.Form.NonDiffusible = true })
			masked := structure.Data{LegalName: "Centre d'Exemple", NonDiffusible: true}

			found, err := w.Portal.FindStructure(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.Equal(w.T, masked, found.Data)

			receipt := w.Register("nouveau", Siret(0))
			assert.Equal(w.T, masked, receipt.Structure.Data)

			for _, lang := range []language.Tag{language.French, language.English} {
				text := receipt.Text(lang)
				assert.Contains(w.T, text, "Centre d'Exemple")
				assert.NotContains(w.T, text, "Clichy")
				assert.NotContains(w.T, text, "75009")
			}

			assert.Empty(w.T, w.names(structure.Search{Town: "Exemple"}), "its town would tell its address")

			page, err := w.Portal.SearchStructures(w.Ctx, structure.Search{Name: "Centre"}, storage.Window{})
			require.NoError(w.T, err)
			require.Len(w.T, page.Rows, 1)
			assert.Equal(w.T, masked, page.Rows[0].Data)

			seen, err := w.Portal.Structure(w.Ctx, w.Loner("curieuse").ID, id)
			require.NoError(w.T, err)
			assert.Equal(w.T, masked, seen.Data)
		}},
		{"G4_WhoeverIsAttachedSeesTheAddress", func(w *World) {
			clerk, left, suspended, away := w.Loner("comptable"), w.Loner("partie"), w.Loner("suspendue"), w.Loner("absente")
			asker := w.Loner("demandeuse")
			id := w.public("Centre d'Exemple", "Exemple", Siret(0), func(in *guichet.ImportedStructure) {
				in.Form.NonDiffusible = true
				in.Services = []structure.ServiceForm{{Code: "COMPTA", Label: "Comptabilité"}}
				in.Users = append(in.Users,
					guichet.ImportedUser{Account: clerk.ID, Service: "COMPTA"}, guichet.ImportedUser{Account: left.ID},
					guichet.ImportedUser{Account: suspended.ID, Suspended: true}, guichet.ImportedUser{Account: away.ID})
			})

			town := func(who account.ID) string {
				seen, err := w.Portal.Structure(w.Ctx, who, id)
				require.NoError(w.T, err)

				return seen.Data.Town
			}

			require.NoError(w.T, w.Ask(asker.ID, id, ""))
			_, err := w.Portal.Block(w.Ctx, helpdesk, away.ID, "")
			require.NoError(w.T, err)

			assert.Equal(w.T, "Exemple", town(account.ID("app-"+Siret(0).Code())), "the manager")
			assert.Equal(w.T, "Exemple", town(clerk.ID), "at a service")
			assert.Equal(w.T, "Exemple", town(left.ID))
			assert.Empty(w.T, town(suspended.ID))
			assert.Empty(w.T, town(away.ID), "blocked")
			assert.Empty(w.T, town(asker.ID), "asks only")
			assert.Empty(w.T, town(""))

			require.NoError(w.T, w.Leave(left.ID, id))
			assert.Empty(w.T, town(left.ID), "has left")

			_, err = w.Portal.Structure(w.Ctx, clerk.ID, "nulle part")
			require.ErrorIs(w.T, err, guichet.ErrUnknownStructure)
		}},
	}
}
