package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/structure"
)

// brokenImports are about what no sequence of commands could have led to.
func brokenImports() []Scenario {
	return []Scenario{
		{"F1_ABrokenStructureIsRefusedWholeAndHoldsUpNobody", func(w *World) {
			with := func(change func(*guichet.ImportedStructure)) guichet.ImportedStructure {
				s := BroughtStructure(Siret(0), "gestionnaire", "utilisatrice")
				s.Services = []structure.ServiceForm{{Code: "COMPTA", Label: "Comptabilité"}}
				change(&s)

				return s
			}
			user := func(u guichet.ImportedUser) guichet.ImportedStructure {
				return with(func(s *guichet.ImportedStructure) { s.Users = append(s.Users, u) })
			}
			profile := func(app structure.Application, level habilitation.Level, at structure.Code) guichet.ImportedStructure {
				return user(guichet.ImportedUser{
					Account: "app-tierce", Service: at, Profiles: []habilitation.Profile{{Application: app, Level: level}},
				})
			}

			in := guichet.Import{Accounts: Brought("gestionnaire", "utilisatrice", "tierce", "bloquee")}
			in.Accounts[3].State = account.Blocked
			w.Import(in)

			for want, s := range map[string]guichet.ImportedStructure{
				"account_unknown, unknown":      user(guichet.ImportedUser{Account: "personne"}),
				"account_unknown, no id":        user(guichet.ImportedUser{}),
				"attached, twice":               user(guichet.ImportedUser{Account: "app-utilisatrice"}),
				"attached, at both levels":      user(guichet.ImportedUser{Account: "app-utilisatrice", Service: "COMPTA"}),
				"service_unknown":               user(guichet.ImportedUser{Account: "app-tierce", Service: "compta"}),
				"profile, closed application":   profile("signature", habilitation.Consultation, ""),
				"profile, no application":       profile("cuisine", habilitation.Consultation, ""),
				"profile, no level":             profile("factures-emises", 0, ""),
				"profile, Organisation":         profile(habilitation.Organisation, habilitation.Consultation, "COMPTA"),
				"not_attached, manager unnamed": with(func(s *guichet.ImportedStructure) { s.Manager = "app-tierce" }),
				"account_unknown, no manager":   with(func(s *guichet.ImportedStructure) { s.Manager = "personne" }),
				"suspended_there, manager":      with(func(s *guichet.ImportedStructure) { s.Users[0].Suspended = true }),
				"not_attached, manager at service": with(func(s *guichet.ImportedStructure) {
					s.Users[0].Service = "COMPTA"
				}),
				"account_inactive, blocked manager": with(func(s *guichet.ImportedStructure) {
					s.Manager, s.Users[0].Account = "app-bloquee", "app-bloquee"
				}),
			} {
				report := w.Import(guichet.Import{Structures: []guichet.ImportedStructure{
					s, BroughtStructure(Siret(1), "gestionnaire"),
				}})

				require.Len(w.T, report.Refused, 1, want)
				assert.Equal(w.T, 1, report.Structures+report.Present, "%s: the other is none the worse", want)
				assert.Equal(w.T, Siret(0), report.Refused[0].Identity)
				assert.Contains(w.T, append(usersOf(s), "personne", ""), report.Refused[0].Account)

				var refusal *attachment.Error
				require.ErrorAs(w.T, report.Refused[0].Err, &refusal, want)
				assert.Regexp(w.T, "^"+refusal.Code()[len("attachment."):]+"(,|$)", want)
				w.Unnamed(Siret(0))
			}

			assert.Empty(w.T, w.Waiting())

			// Mended, it is taken.
			report := w.Import(guichet.Import{Structures: []guichet.ImportedStructure{
				user(guichet.ImportedUser{Account: "app-tierce", Service: "COMPTA"}),
			}})
			assert.Equal(w.T, guichet.ImportReport{Structures: 1}, report)
		}},
		{"C6_TheFormsOfAnImportAreChecked", func(w *World) {
			w.Import(guichet.Import{Accounts: Brought("gestionnaire")})

			s := BroughtStructure(Siret(0), "gestionnaire")
			s.Form.LegalName, s.Form.Town = "", "[ND]"
			s.Form.Applications = []structure.Application{"factures-recues"}
			s.Services = []structure.ServiceForm{{Code: "A", Label: "A"}, {Code: "A", Label: "Deux fois"}, {Code: "un code"}}

			report := w.Import(guichet.Import{Structures: []guichet.ImportedStructure{s, {Form: Typed("x")}}})

			var got []string
			for _, r := range report.Refused {
				got = append(got, fmt.Sprint(r.Identity.Display(), " ", r.Err.(guichet.FieldFault).Name(), " ", r.Err.Code()))
			}

			slices.Sort(got)
			shown := Siret(0).Display()
			assert.Equal(w.T, []string{
				" identifier structure.required",
				shown + " applications structure.application", shown + " legal_name structure.required",
				shown + " service_code structure.service_code", shown + " service_code structure.twice",
				shown + " service_label structure.required", shown + " town structure.masked",
			}, got)
			w.Unnamed(Siret(0))
		}},
		{"B11_AnAccountThatCannotBeTakenOverIsReported", func(w *World) {
			w.Manager("existante", Siret(0))
			w.Register("nouvelle", Siret(0))

			in := guichet.Import{Accounts: Brought("bonne", "bonne", "copie", "existante", "sans", "fermee", "enregistree", "fausse")}
			in.Accounts[2].Login = Login("BONNE")
			in.Accounts[4].ID = ""
			in.Accounts[5].State = account.Closed
			in.Accounts[6].ID = w.pending("nouvelle").ID
			in.Accounts[7].Login, in.Accounts[7].Person.FirstName = "fausse", ""

			report := w.Import(in)
			assert.Equal(w.T, 1, report.Accounts)
			assert.Zero(w.T, report.Present)

			var got []string
			for _, r := range report.Refused {
				got = append(got, fmt.Sprint(r.Account, faultsIn(r.Err)))
			}

			assert.ElementsMatch(w.T, []string{
				"app-bonne[portal.id_taken]", "app-copie[portal.login_taken]", "app-existante[portal.login_taken]",
				"[id account.id]", "app-fermee[state account.state]",
				string(in.Accounts[6].ID) + "[portal.id_taken]", "app-fausse[login account.address]",
				"app-fausse[first_name account.required]",
			}, got)
		}},
	}
}

// usersOf are the accounts that a structure names.
func usersOf(s guichet.ImportedStructure) []account.ID {
	out := []account.ID{s.Manager}
	for _, u := range s.Users {
		out = append(out, u.Account)
	}

	return out
}

// twins are about what an import names twice.
func twins() []Scenario {
	return []Scenario{
		{"C1_WhatAnImportNamesTwiceIsRefusedTheSecondTime", func(w *World) {
			first, second := BroughtStructure(Siret(0), "gestionnaire"), BroughtStructure(Siret(0), "gestionnaire", "utilisatrice")
			report := w.Import(guichet.Import{
				Accounts: Brought("gestionnaire", "utilisatrice"), Structures: []guichet.ImportedStructure{first, second},
			})
			assert.Equal(w.T, 1, report.Structures)
			require.Len(w.T, report.Refused, 1)
			assert.Equal(w.T, []string{"identifier structure.twice"}, faultsIn(report.Refused[0].Err))

			// Nor is it taken for present later, while it lacks somebody.
			report = w.Import(guichet.Import{Structures: []guichet.ImportedStructure{second}})
			assert.Zero(w.T, report.Present)
			require.Len(w.T, report.Refused, 1)
			assert.Equal(w.T, []string{"attachment.present"}, faultsIn(report.Refused[0].Err))
		}},
		{"B11_AnIDThatNotEveryStoreKeepsIsRefused", func(w *World) {
			for _, id := range []account.ID{"a\x00b", "a\xffb", " ", "a\nb", account.ID(strings.Repeat("a", 129))} {
				_, err := w.Portal.Enrol(w.Ctx, guichet.Enrolment{ID: id, Login: Login("x"), Person: account.PersonForm{FirstName: "A", LastName: "B"}})
				assert.Equal(w.T, []string{"id account.id"}, faultsIn(err), "%q", id)
			}
		}},
		{"F1_AValueThatNoStoreKeepsIsRefusedAndHoldsUpNobody", func(w *World) {
			s := BroughtStructure(Siret(0), "gestionnaire")
			s.Verification = 99
			late := BroughtStructure(Siret(1), "gestionnaire")
			late.Users[0].Since = w.Clock.AddDate(300_000, 0, 0)

			report := w.Import(guichet.Import{
				Accounts:   Brought("gestionnaire"),
				Structures: []guichet.ImportedStructure{s, late, BroughtStructure(Siret(2), "gestionnaire")},
			})
			assert.Equal(w.T, 1, report.Structures)
			require.Len(w.T, report.Refused, 2)
			assert.Equal(w.T, []string{"status structure.status"}, faultsIn(report.Refused[0].Err))
			assert.Equal(w.T, []string{"date account.date"}, faultsIn(report.Refused[1].Err))
		}},
	}
}
