package scenarios

import (
	"fmt"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
	"github.com/guichet-pro/guichet/structure/directorytest"
)

func directories() []Scenario { return slices.Concat(answers(), silences(), verifications()) }

// Consult goes on with the directory, which knows nobody until it is told.
func (w *World) Consult() {
	w.T.Helper()
	w.Reopen(func(o *guichet.Options) { o.Directory = w.Directory })
}

// listed is a directory's answer about a structure that is there.
func listed(name string) structure.Listing {
	return structure.Listing{Found: structure.Listed, Data: structure.Data{
		LegalName: name, Address: "1 place de l'Hôtel-de-Ville", PostalCode: "75004", Town: "Paris", Country: "FR",
	}}
}

// door is one way of naming a structure that nobody knows.
type door struct {
	name string
	open func(w *World, n int, id identifier.ID, form structure.Form) error
}

// doors are all of them. Each takes a number of its own.
func doors() []door {
	return []door{
		{"register", func(w *World, n int, id identifier.ID, typed structure.Form) error {
			form := Form(fmt.Sprint("inscrite", n), id)
			form.Structure = typed
			_, err := w.Portal.Register(w.Ctx, form)

			return err
		}},
		{"create", func(w *World, n int, id identifier.ID, typed structure.Form) error {
			_, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{
				By: w.Loner(fmt.Sprint("seule", n)).ID, Identity: id, Structure: typed,
			})

			return err
		}},
		{"enrol", func(w *World, n int, id identifier.ID, typed structure.Form) error {
			enrolment := Enrolment(fmt.Sprint("agent", n))
			enrolment.Identity, enrolment.Structure = id, typed
			_, err := w.Portal.Enrol(w.Ctx, enrolment)

			return err
		}},
		{"rename", func(w *World, n int, id identifier.ID, typed structure.Form) error {
			temporary := identifier.NewRegistering([10]byte{byte(n), byte(n >> 8), byte(id.Kind()), 1})
			manager := w.Loner(fmt.Sprint("fondatrice", n))
			joined, err := w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: manager.ID, Identity: temporary, Structure: typed})
			require.NoError(w.T, err)
			_, err = w.Portal.ChangeIdentifier(w.Ctx, account.By(manager.ID), joined.Structure, id)

			return err
		}},
	}
}

// answers are about what a directory says.
func answers() []Scenario {
	return []Scenario{
		{"C3_WhatADirectoryListsIsPrefilled", func(w *World) {
			w.Consult()
			w.Directory.Say(Siret(0), listed("Société Exemple"))

			form, found, err := w.Portal.Prefill(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.Listed, found)
			assert.Equal(w.T, structure.Form{
				LegalName: "Société Exemple", Address: "1 place de l'Hôtel-de-Ville", PostalCode: "75004", Town: "Paris", Country: "FR",
			}, form)
			w.Unnamed(Siret(0))

			// The person checks it: what they type counts, what they leave empty is filled in.
			typed := Form("premiere", Siret(0))
			typed.Structure = structure.Form{LegalName: "Société Exemple et Fils", Label: "Atelier"}
			receipt, err := w.Portal.Register(w.Ctx, typed)
			require.NoError(w.T, err)
			assert.Equal(w.T, "Société Exemple et Fils", receipt.Structure.Data.LegalName)
			assert.Equal(w.T, "75004", receipt.Structure.Data.PostalCode)

			at := w.Clock
			w.Activate(w.Token(w.One(w.Deliver(), "premiere", mail.ActivationLink)))

			stored := w.Stored(Siret(0))
			assert.Equal(w.T, structure.Data{
				LegalName: "Société Exemple et Fils", Label: "Atelier", Address: "1 place de l'Hôtel-de-Ville", PostalCode: "75004",
				Town: "Paris", Country: "FR",
			}, stored.Data)
			assert.Equal(w.T, structure.Verified, stored.Verification)
			assert.Equal(w.T, at, stored.CheckedAt)
		}},
		{"C3_EveryAnswerAtEveryDoor", func(w *World) {
			w.Consult()

			n := 0
			masked := listed("Société [ND]")
			masked.Data.Address = "[NON-DIFFUSIBLE]"

			for _, c := range []struct {
				says          structure.Listing
				fails         error
				refused       string
				verification  structure.Verification
				nonDiffusible bool
			}{
				{says: listed("Société"), verification: structure.Verified},
				{says: masked, verification: structure.Verified, nonDiffusible: true},
				{says: structure.Listing{Found: structure.Masked}, verification: structure.Verified, nonDiffusible: true},
				{says: structure.Listing{Found: structure.Ceased}, refused: "structure.ceased"},
				{says: structure.Listing{Found: structure.NotListed}, refused: "structure.not_listed"},
				{says: structure.Listing{Found: structure.NotCovered}, verification: structure.Unasked},
				{says: structure.Listing{Found: structure.Silent}, verification: structure.Unverified},
				{fails: directorytest.ErrDown, verification: structure.Unverified},
				{fails: directorytest.ErrQuota, verification: structure.Unverified},
			} {
				w.Directory.Fail(c.fails)

				for _, door := range doors() {
					n++
					id := number(n)
					w.Directory.Say(id, c.says)
					err := door.open(w, n, id, Typed("x"))

					what := fmt.Sprintf("%s, %s, %v", door.name, c.says.Found, c.fails)

					if c.refused != "" {
						assert.Equal(w.T, []string{"identifier " + c.refused}, faultsIn(err), what)
						w.Unnamed(id)

						continue
					}

					require.NoError(w.T, err, what)

					stored := w.Stored(id)
					assert.Equal(w.T, c.verification, stored.Verification, what)
					assert.Equal(w.T, c.nonDiffusible, stored.Data.NonDiffusible, what)
				}
			}
		}},
		{"C3_WhatIsWrongIsToldTogetherWithTheRest", func(w *World) {
			w.Consult()
			w.Directory.Say(Siret(0), structure.Listing{Found: structure.Ceased})

			form := Form("premiere", Siret(0))
			form.FirstName, form.Structure.Town = "", ""
			_, err := w.Portal.Register(w.Ctx, form)
			assert.Equal(w.T, []string{
				"first_name account.required", "identifier structure.ceased", "town structure.required",
			}, faultsIn(err))

			enrolment := Enrolment("agent")
			enrolment.Person.FirstName, enrolment.Identity = "", Siret(1)
			_, err = w.Portal.Enrol(w.Ctx, enrolment)
			assert.Equal(w.T, []string{
				"address structure.required", "country structure.required", "first_name account.required",
				"identifier structure.not_listed", "legal_name structure.required", "postal_code structure.required",
				"town structure.required",
			}, faultsIn(err))

			_, found, err := w.Portal.Prefill(w.Ctx, Siret(0))
			assert.Equal(w.T, structure.Ceased, found)
			assert.Equal(w.T, []string{"identifier structure.ceased"}, faultsIn(err))
		}},
		{"C3_MaskedValuesAreNeverData", func(w *World) {
			w.Consult()

			partly := listed("Entreprise Potier")
			partly.Data.Address, partly.Data.PostalCode, partly.Data.Town = "[ND]", "[nd]", "[NON-DIFFUSIBLE] (44)"
			w.Directory.Say(Siret(0), partly)

			form, _, err := w.Portal.Prefill(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.Form{LegalName: "Entreprise Potier", Country: "FR", NonDiffusible: true}, form)

			// What is masked has to be typed, and not as a mask.
			typed := Form("premiere", Siret(0))
			typed.Structure = structure.Form{Address: "[ND]", PostalCode: "44000"}
			_, err = w.Portal.Register(w.Ctx, typed)
			assert.Equal(w.T, []string{"address structure.masked", "town structure.required"}, faultsIn(err))
			w.Unnamed(Siret(0))

			typed.Structure.Address, typed.Structure.Town = "2 quai de la Fosse", "Nantes"
			receipt, err := w.Portal.Register(w.Ctx, typed)
			require.NoError(w.T, err)
			assert.Equal(w.T, "Nantes", receipt.Structure.Data.Town, "its author's own")

			manager := w.Activate(w.Token(w.One(w.Deliver(), "premiere", mail.ActivationLink)))
			stored := w.Stored(Siret(0))
			assert.Equal(w.T, structure.Data{
				LegalName: "Entreprise Potier", Address: "2 quai de la Fosse", PostalCode: "44000", Town: "Nantes", Country: "FR",
				NonDiffusible: true,
			}, stored.Data)

			change := formOf(stored)
			change.Label = "Atelier [Non-diffusible]"

			w.Untouched(func() {
				_, err := w.Portal.ChangeStructure(w.Ctx, account.By(manager.ID), stored.ID, change)
				assert.Equal(w.T, []string{"label structure.masked"}, faultsIn(err))
			}, stored.ID)
		}},
		{"C3_TheDirectorySaysThatAClaimedStructureIsNonDiffusible", func(w *World) {
			w.Consult()
			w.Directory.Say(Siret(0), structure.Listing{Found: structure.Masked})
			w.Register("premiere", Siret(0))
			w.Activate(w.Token(w.One(w.Deliver(), "premiere", mail.ActivationLink)))
			assert.True(w.T, w.Stored(Siret(0)).Data.NonDiffusible, "although its author did not tick it")
		}},
		{"C4_WhatAPublicBodyIsDoesNotDependOnWhoRegistersIt", func(w *World) {
			w.Consult()

			town := listed("Commune d'Exemple")
			town.Sector = structure.Public
			company := listed("Société Exemple")
			company.Sector = structure.Private

			for n, door := range doors() {
				w.Directory.Say(number(n), town)
				err := door.open(w, n, number(n), Typed("x"))

				field := "sector"
				if door.name == "rename" {
					field = "identifier"
				}

				assert.Equal(w.T, []string{field + " structure.public"}, faultsIn(err), door.name)
				w.Unnamed(number(n))
			}

			// Nor is a company a public body because somebody ticks it.
			typed := Form("premiere", Siret(0))
			typed.Structure.Sector = structure.Public
			w.Directory.Say(Siret(0), company)
			receipt, err := w.Portal.Register(w.Ctx, typed)
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.Private, receipt.Structure.Sector)

			w.Reopen(func(o *guichet.Options) { o.Directory, o.Policy.PublicByForm = w.Directory, true })

			for n, door := range doors() {
				require.NoError(w.T, door.open(w, 10+n, number(n), Typed("x")), door.name)
			}
		}},
		{"C3_NothingIsAskedAboutWhoIsKnown", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			other := w.Manager("ailleurs", Siret(1))
			loner := w.Loner("seule")
			person := identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL1")
			w.Consult()

			// Structures that are present.
			w.Register("nouveau", Siret(0))
			_, found, err := w.Portal.Prefill(w.Ctx, Siret(0))
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.NotCovered, found)
			_, err = w.Portal.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Identity: Siret(0)})
			require.Error(w.T, err)

			enrolment := Enrolment("agent")
			enrolment.Identity = Siret(0)
			_, err = w.Portal.Enrol(w.Ctx, enrolment)
			require.NoError(w.T, err)
			_, err = w.Portal.ChangeIdentifier(w.Ctx, account.By(other.ID), w.ID(Siret(1)), Siret(0))
			require.Error(w.T, err)

			// People, and companies that have no identifier yet.
			w.individual("daniel", person)
			_, _, err = w.Portal.Prefill(w.Ctx, person)
			require.NoError(w.T, err)
			w.Create(loner.ID, identifier.NewRegistering([10]byte{1}))

			// Whoever has no say.
			_, err = w.Portal.ChangeIdentifier(w.Ctx, account.By(other.ID), w.ID(Siret(0)), Siret(2))
			require.Error(w.T, err)
			assert.Empty(w.T, w.Directory.Asked())

			// Nor under a former identifier.
			w.Directory.Say(Siret(2), listed("x"))
			w.Rename(manager.ID, Siret(0), Siret(2))
			w.Register("tardif", Siret(0))
			assert.Equal(w.T, []identifier.ID{Siret(2)}, w.Directory.Asked(), "once, for the new one")
		}},
	}
}
