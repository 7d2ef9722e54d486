package scenarios

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func imports() []Scenario { return slices.Concat(taken(), brokenImports(), twins(), importsBeside()) }

// Brought are accounts that an application brings along.
func Brought(names ...string) []guichet.ImportedAccount {
	out := make([]guichet.ImportedAccount, len(names))
	for i, name := range names {
		e := Enrolment(name)
		out[i] = guichet.ImportedAccount{ID: e.ID, Login: e.Login, Person: e.Person}
	}

	return out
}

// BroughtStructure is a structure with its manager, and others who are attached at structure level.
func BroughtStructure(id identifier.ID, names ...string) guichet.ImportedStructure {
	out := guichet.ImportedStructure{Identity: id, Form: Typed(names[0]), Manager: account.ID("app-" + names[0])}
	for _, name := range names {
		out.Users = append(out.Users, guichet.ImportedUser{Account: account.ID("app-" + name)})
	}

	return out
}

// Import imports, and returns the report.
func (w *World) Import(in guichet.Import) guichet.ImportReport {
	w.T.Helper()

	report, err := w.Portal.Import(w.Ctx, in)
	require.NoError(w.T, err)

	return report
}

// Everything is what an application brings along: two structures, one of them with services and all kinds of users.
func everything(at time.Time) guichet.Import {
	whole := BroughtStructure(Siret(0), "gestionnaire", "adjointe", "lectrice", "suspendu")
	whole.Form.Applications = []structure.Application{"factures-emises", "signature"}
	whole.Form.Sector = structure.Public
	whole.Verification = structure.Verified
	whole.Services = []structure.ServiceForm{{Code: "COMPTA", Label: "Comptabilité"}, {Code: "VIEUX", Label: "Ancien", Inactive: true}}
	whole.Users[1].Profiles = []habilitation.Profile{habilitation.Manage, {Application: "signature", Level: habilitation.Consultation}}
	whole.Users[1].Since = at.AddDate(-3, 0, 0)
	whole.Users[2].Profiles = []habilitation.Profile{} // none, as opposed to the defaults
	whole.Users[3].Suspended = true
	whole.Users = append(whole.Users,
		guichet.ImportedUser{Account: "app-comptable", Service: "COMPTA"}, guichet.ImportedUser{Account: "app-comptable", Service: "VIEUX"})

	vacant := BroughtStructure(Siret(1), "x")
	vacant.Manager, vacant.Users, vacant.Inactive = "", []guichet.ImportedUser{{Account: "app-gestionnaire"}}, true

	in := guichet.Import{
		Accounts:   Brought("gestionnaire", "adjointe", "lectrice", "suspendu", "comptable", "bloquee"),
		Structures: []guichet.ImportedStructure{whole, vacant},
	}
	in.Accounts[1].Person.Contact, in.Accounts[1].ContactProved = "adjointe@contact.fr", true
	in.Accounts[2].Person.Contact, in.Accounts[2].Person.Language = "lectrice@contact.fr", language.English
	in.Accounts[0].Terms = account.Consent{Version: "2019", At: at.AddDate(-5, 0, 0)}
	in.Accounts[0].CreatedAt = at.AddDate(-5, 0, 0)
	in.Accounts[5].State = account.Blocked

	return in
}

// taken are about what is taken over.
func taken() []Scenario {
	return []Scenario{
		{"C4_AnApplicationsStructuresAreTakenOver", func(w *World) {
			in := everything(w.Clock)
			assert.Equal(w.T, guichet.ImportReport{Accounts: 6, Structures: 2}, w.Import(in))
			assert.Empty(w.T, w.Waiting(), "nobody is mailed")

			gestionnaire, err := w.Portal.Account(w.Ctx, "app-gestionnaire")
			require.NoError(w.T, err)
			assert.Equal(w.T, in.Accounts[0].CreatedAt, gestionnaire.CreatedAt)
			assert.Equal(w.T, in.Accounts[0].Terms, gestionnaire.Terms)
			assert.Equal(w.T, account.Active, gestionnaire.State)

			blocked, err := w.Portal.Account(w.Ctx, "app-bloquee")
			require.NoError(w.T, err)
			assert.Equal(w.T, account.Blocked, blocked.State)

			for name, address := range map[string]string{"adjointe": "adjointe@contact.fr", "lectrice": Login("lectrice")} {
				acc, err := w.Portal.Account(w.Ctx, account.ID("app-"+name))
				require.NoError(w.T, err)
				assert.Equal(w.T, address, acc.NoticeAddress())
			}

			stored := w.Stored(Siret(0))
			assert.Equal(w.T, structure.Public, stored.Sector)
			assert.Equal(w.T, "Société de gestionnaire", stored.Data.LegalName)
			assert.Equal(w.T, []structure.Application{"factures-emises", "organisation", "signature"}, stored.Applications)
			assert.Equal(w.T, structure.Verified, stored.Verification)
			assert.Len(w.T, w.Services(stored.ID), 2)
			assert.Equal(w.T, []string{"structure imported unclaimed→managed"}, w.Actions(stored.ID))

			roster := w.Roster(Siret(0), "app-adjointe", "app-suspendu", "app-comptable").Roster
			assert.Equal(w.T, attachment.Managed, roster.Standing)
			assert.Equal(w.T, account.ID("app-gestionnaire"), roster.Holder)
			assert.Equal(w.T, 6, roster.Attached)
			assert.Equal(w.T, attachment.Suspended, w.Row(Siret(0), "app-suspendu").State)
			assert.Equal(w.T, in.Structures[0].Users[1].Since, w.Row(Siret(0), "app-adjointe").Since)
			assert.Equal(w.T, w.Clock, w.Row(Siret(0), "app-gestionnaire").Since)

			assert.Equal(w.T, attachment.Vacant, w.Roster(Siret(1)).Roster.Standing)
			assert.Equal(w.T, structure.Inactive, w.Stored(Siret(1)).Status)

			// Rights are what they were said to be.
			scope := habilitation.Scope{Structure: stored.ID}
			compta, old := habilitation.Scope{Structure: stored.ID, Service: "COMPTA"}, habilitation.Scope{Structure: stored.ID, Service: "VIEUX"}

			for _, c := range []struct {
				who   account.ID
				in    habilitation.Scope
				app   structure.Application
				level habilitation.Level
				want  error
			}{
				{"app-gestionnaire", scope, "signature", habilitation.Modification, nil},
				{"app-adjointe", scope, habilitation.Organisation, habilitation.Modification, nil},
				{"app-adjointe", scope, "signature", habilitation.Consultation, nil},
				{"app-adjointe", scope, "signature", habilitation.Modification, habilitation.ErrNotGranted},
				{"app-lectrice", scope, "signature", habilitation.Consultation, habilitation.ErrNotGranted},
				{"app-suspendu", scope, "signature", habilitation.Consultation, habilitation.ErrSuspended},
				{"app-comptable", compta, "signature", habilitation.Modification, nil},
				{"app-comptable", compta, habilitation.Organisation, habilitation.Consultation, habilitation.ErrNotGranted},
				{"app-comptable", old, "signature", habilitation.Consultation, habilitation.ErrServiceInactive},
				{"app-comptable", scope, "signature", habilitation.Consultation, habilitation.ErrNotAttached},
			} {
				err := w.May(c.who, c.in, c.app, c.level)
				if c.want == nil {
					require.NoError(w.T, err, "%+v", c)
				} else {
					require.ErrorIs(w.T, err, c.want, "%+v", c)
				}
			}
		}},
		{"C4_TheUseCasesWorkOnWhatWasTakenOver", func(w *World) {
			w.Import(everything(w.Clock))

			id, vacant := w.ID(Siret(0)), w.ID(Siret(1))
			w.Register("nouvelle", Siret(0))

			told := w.Deliver()
			assert.Equal(w.T, []string{
				"request to approve to adjointe@contact.fr", "request to approve to gestionnaire@exemple.fr",
			}, Mails(told), "both deciders")
			w.Approve("app-adjointe", "nouvelle")
			w.Activate(w.Token(w.One(w.Deliver(), "nouvelle", mail.Approved)))

			require.NoError(w.T, w.Leave("app-lectrice", id))
			w.Service("app-adjointe", id, "ACHATS")
			w.Rename("app-gestionnaire", Siret(0), Siret(2))
			require.NoError(w.T, w.May("app-comptable", habilitation.Scope{Structure: w.ID(Siret(2)), Service: "COMPTA"}, "signature",
				habilitation.Modification))

			// Who is attached to the vacant one keeps that, and support helps it on.
			_, err := w.Portal.SetStatus(w.Ctx, helpdesk, vacant, structure.Active)
			require.NoError(w.T, err)
			require.NoError(w.T, w.May("app-gestionnaire", habilitation.Scope{Structure: vacant}, "factures-emises",
				habilitation.Modification))

			data, err := w.Portal.Export(w.Ctx, "app-comptable")
			require.NoError(w.T, err)
			assert.NotEmpty(w.T, data)
			require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: account.By("app-comptable"), Account: "app-comptable"}))
			w.Register("lectrice", Siret(2))
			w.One(w.Deliver(), "lectrice", mail.AddressUsed)
		}},
		{"F1_AnImportIsRunAgain", func(w *World) {
			in := everything(w.Clock)
			half := in
			half.Accounts, half.Structures = in.Accounts[:5], in.Structures[:1]

			assert.Equal(w.T, guichet.ImportReport{Accounts: 5, Structures: 1}, w.Import(half))
			assert.Equal(w.T, guichet.ImportReport{Accounts: 1, Structures: 1, Present: 6}, w.Import(in))

			w.Untouched(func() {
				assert.Equal(w.T, guichet.ImportReport{Present: 8}, w.Import(in))
			}, w.ID(Siret(0)), w.ID(Siret(1)))

			// Whatever happened since.
			w.Rename("app-gestionnaire", Siret(0), Siret(2))
			assert.Equal(w.T, guichet.ImportReport{Present: 8}, w.Import(in))
		}},
		{"C4_AThousandUsersInOneStructure", func(w *World) {
			in := guichet.Import{Structures: []guichet.ImportedStructure{{Identity: Siret(0), Form: Typed("x"), Manager: "app-0000"}}}

			for n := range 1000 {
				name := fmt.Sprintf("%04d", n)
				in.Accounts = append(in.Accounts, Brought(name)...)
				in.Structures[0].Users = append(in.Structures[0].Users, guichet.ImportedUser{Account: account.ID("app-" + name)})
			}

			assert.Equal(w.T, guichet.ImportReport{Accounts: 1000, Structures: 1}, w.Import(in))
			assert.Empty(w.T, w.Waiting())
			assert.Equal(w.T, 1000, w.Roster(Siret(0)).Roster.Attached)
			require.NoError(w.T, w.May("app-0999", habilitation.Scope{Structure: w.ID(Siret(0))}, "factures-emises",
				habilitation.Modification))
			assert.Equal(w.T, guichet.ImportReport{Present: 1001}, w.Import(in))

			// All of them are offered what the change of the identifier would have been.
			w.Manager("ailleurs", Siret(1))
			_, err := w.Portal.ChangeIdentifier(w.Ctx, account.By("app-0000"), w.ID(Siret(0)), Siret(1))
			assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(err))
			assert.Len(w.T, w.Deliver(), 1000)

			w.Rename("app-0000", Siret(0), Siret(2))
			assert.Equal(w.T, 1000, w.Roster(Siret(2)).Roster.Attached)
			assert.Len(w.T, w.Deliver(), 1, "the deciders alone")
		}},
	}
}

// importsBeside are about imports into what is there already.
func importsBeside() []Scenario {
	return []Scenario{
		{"D1_WhatNobodyFollowedUpIsTakenOver", func(w *World) {
			for n, advanced := range []bool{true, false} {
				name := fmt.Sprint("gestionnaire", n)
				w.Register("passant", Siret(n))
				link := w.Token(w.One(w.Deliver(), "passant", mail.ActivationLink))
				ghost := w.ID(Siret(n))

				w.Wait(time.Hour)

				if advanced {
					w.Advance()
				}

				report := w.Import(guichet.Import{
					Accounts: Brought(name), Structures: []guichet.ImportedStructure{BroughtStructure(Siret(n), name)},
				})
				assert.Equal(w.T, guichet.ImportReport{Accounts: 1, Structures: 1}, report)
				assert.Equal(w.T, ghost, w.ID(Siret(n)))
				assert.Equal(w.T, account.ID("app-"+name), w.Roster(Siret(n)).Roster.Holder)
				assert.Equal(w.T, []string{"claim lapsed to passant@exemple.fr"}, Mails(w.Deliver()), "which the import did not do")

				_, err := w.Portal.Activate(w.Ctx, link, Secrets())
				require.ErrorIs(w.T, err, account.ErrLinkExpired)
				assert.Equal(w.T, guichet.NextApproval, w.Register("passant", Siret(n)).Next)
				w.Deliver()
			}
		}},
		{"D1_WhatSomebodyIsRegisteringIsRefused", func(w *World) {
			w.Register("premier", Siret(0))
			link := w.Token(w.One(w.Deliver(), "premier", mail.ActivationLink))
			in := guichet.Import{
				Accounts: Brought("gestionnaire"), Structures: []guichet.ImportedStructure{BroughtStructure(Siret(0), "gestionnaire")},
			}

			w.Import(guichet.Import{Accounts: in.Accounts})
			w.Untouched(func() {
				report := w.Import(in)
				require.Len(w.T, report.Refused, 1)
				require.ErrorIs(w.T, report.Refused[0].Err, attachment.ErrClaimed)
			}, w.ID(Siret(0)))

			w.Activate(link)
			w.Untouched(func() {
				report := w.Import(in)
				require.Len(w.T, report.Refused, 1)
				require.ErrorIs(w.T, report.Refused[0].Err, attachment.ErrPresent, "another manager's")
			}, w.ID(Siret(0)))
		}},
		{"D1_WhoWaitsThereWaitsForTheImportedManager", func(w *World) {
			loner := w.Loner("seule")
			w.Register("premier", Siret(0))
			w.Deliver()
			require.NoError(w.T, w.Ask(loner.ID, w.ID(Siret(0)), ""))
			_, err := w.Portal.Block(w.Ctx, helpdesk, loner.ID, "")
			require.NoError(w.T, err)
			w.Wait(time.Hour)
			w.Advance()

			report := w.Import(guichet.Import{
				Accounts: Brought("gestionnaire"), Structures: []guichet.ImportedStructure{BroughtStructure(Siret(0), "gestionnaire")},
			})
			assert.Equal(w.T, guichet.ImportReport{Accounts: 1, Structures: 1}, report)
			_, err = w.Portal.Unblock(w.Ctx, helpdesk, loner.ID)
			require.NoError(w.T, err)
			w.Approve("app-gestionnaire", "seule")
			assert.Equal(w.T, 2, w.Roster(Siret(0)).Roster.Attached)
		}},
		{"B14_AnImportedLoginIsBoundAtOnce", func(w *World) {
			w.Register("agent", Siret(0))
			claim := w.Token(w.One(w.Deliver(), "agent", mail.ActivationLink))
			w.Import(guichet.Import{Accounts: Brought("agent")})
			assert.Empty(w.T, w.Waiting(), "not even about that")

			_, err := w.Portal.Activate(w.Ctx, claim, Secrets())
			require.ErrorIs(w.T, err, guichet.ErrLoginBound)
			_, err = w.Portal.Adopt(w.Ctx, claim, "app-agent")
			require.NoError(w.T, err)
			assert.Equal(w.T, account.ID("app-agent"), w.Roster(Siret(0)).Roster.Holder)
		}},
		{"C1_ImportsAtOnceMakeOneStructure", func(w *World) {
			in := everything(w.Clock)
			reports := make([]guichet.ImportReport, 3)

			var tries []func() error

			for i := range reports {
				tries = append(tries, func() error {
					var err error
					reports[i], err = w.Portal.Import(w.Ctx, in)

					return err
				})
			}

			for _, err := range AtOnce(tries...) {
				require.NoError(w.T, err)
			}

			var all guichet.ImportReport

			for _, r := range reports {
				assert.Empty(w.T, r.Refused)
				all.Accounts += r.Accounts
				all.Structures += r.Structures
				all.Present += r.Present
			}

			assert.Equal(w.T, guichet.ImportReport{Accounts: 6, Structures: 2, Present: 16}, all)
			assert.Len(w.T, w.Actions(w.ID(Siret(0))), 1)
		}},
		{"C3_AnImportedStructureIsVerifiedLater", func(w *World) {
			in := everything(w.Clock)
			in.Structures[0].Verification, in.Structures[1].Verification = structure.Unverified, structure.Verified
			w.Consult()
			w.Import(in)
			assert.Empty(w.T, w.Directory.Asked())

			w.Directory.Say(Siret(0), listed("x"))
			n, err := w.Portal.Verify(w.Ctx, 0)
			require.NoError(w.T, err)
			assert.Equal(w.T, 1, n)
			assert.Equal(w.T, []identifier.ID{Siret(0)}, w.Directory.Asked())
			assert.Equal(w.T, structure.Verified, w.Stored(Siret(0)).Verification)
		}},
		{"G2_AnImportIsJournaled", func(w *World) {
			w.Import(everything(w.Clock))

			entries, err := storage.List(w.Ctx, w.Store, storage.JournalOf{Account: "app-gestionnaire"})
			require.NoError(w.T, err)
			require.Len(w.T, entries.Rows, 2)

			for _, e := range entries.Rows {
				assert.Equal(w.T, account.System(), e.Actor)
			}
		}},
	}
}
