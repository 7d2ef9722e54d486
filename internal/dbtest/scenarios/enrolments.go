package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
)

func enrolments() []Scenario { return slices.Concat(newUsers(), refusedUsers(), usersAtOnce()) }

// Enrolled is somebody of an application's who works for a structure.
func Enrolled(name string, id identifier.ID) guichet.Enrolment {
	out := Enrolment(name)
	out.Identity, out.Structure = id, Typed(name)

	return out
}

// Enrol enrols somebody.
func (w *World) Enrol(e guichet.Enrolment) guichet.Enrolled {
	w.T.Helper()

	out, err := w.Portal.Enrol(w.Ctx, e)
	require.NoError(w.T, err)

	return out
}

// newUsers are about what becomes of an application's users.
func newUsers() []Scenario {
	return []Scenario{
		{"B5_AnEnrolledUserManagesWhatNobodyHasNamed", func(w *World) {
			out := w.Enrol(Enrolled("agent", Siret(0)))

			stored := w.Stored(Siret(0))
			slice := w.Roster(Siret(0), "app-agent")
			assert.Equal(w.T, guichet.Joined{Structure: stored.ID, Manager: true, Version: slice.Roster.Version}, out.Joined)
			assert.Equal(w.T, account.Account{
				ID: "app-agent", Version: 1, State: account.Active, Login: out.Account.Login, Epoch: 1, CreatedAt: w.Clock,
				Person: account.Person{
					FirstName: "Prénom agent", LastName: "Nom agent", Contact: Login("agent"), Language: language.French,
				},
				Terms: account.Consent{Version: "1", At: w.Clock},
			}, out.Account)

			kept, err := w.Portal.Account(w.Ctx, "app-agent")
			require.NoError(w.T, err)
			assert.Equal(w.T, out.Account, kept, "what is returned is what is stored")
			assert.Equal(w.T, attachment.Managed, slice.Roster.Standing)
			assert.Equal(w.T, account.ID("app-agent"), slice.Roster.Holder)
			assert.Equal(w.T, "Société de agent", stored.Data.LegalName)
			assert.Equal(w.T, []string{
				"user attached →attached", "manager named unclaimed→managed", "account enrolled →active",
			}, w.Actions(stored.ID))
			require.NoError(w.T, w.May("app-agent", habilitation.Scope{Structure: stored.ID}, "factures-emises",
				habilitation.Modification))

			_, err = w.Store.Credential(w.Ctx, "app-agent")
			require.ErrorIs(w.T, err, storage.ErrNotFound, "the application keeps the password")
			assert.Empty(w.T, w.Deliver(), "it knows its users")

			// They are as good as anybody else.
			assert.Equal(w.T, guichet.NextApproval, w.Register("nouveau", Siret(0)).Next)
			w.One(w.Deliver(), "agent", mail.RequestToApprove)
			w.Approve("app-agent", "nouveau")
			w.Create("app-agent", Siret(1))
		}},
		{"B11_AUserMayWorkForNobodyYet", func(w *World) {
			enrolment := Enrolment("agent")
			enrolment.AcceptsTerms, enrolment.AcceptsSurvey, enrolment.ID = false, true, ""
			enrolment.Person.Language = language.English
			out := w.Enrol(enrolment)

			assert.NotEmpty(w.T, out.Account.ID, "one is made")
			assert.Equal(w.T, guichet.Joined{}, out.Joined)
			assert.False(w.T, out.Account.Terms.Given())
			assert.Equal(w.T, account.Consent{Version: "1", At: w.Clock}, out.Account.Survey)
			assert.Equal(w.T, language.English, out.Account.Person.Language)

			entries, err := storage.List(w.Ctx, w.Store, storage.JournalOf{Account: out.Account.ID})
			require.NoError(w.T, err)
			require.Len(w.T, entries.Rows, 1)
			assert.Equal(w.T, "account enrolled", entries.Rows[0].Action)
			assert.Empty(w.T, w.Deliver())

			rows, err := w.Portal.Habilitations(w.Ctx, out.Account.ID)
			require.NoError(w.T, err)
			assert.Empty(w.T, rows)
		}},
		{"B5_AnEnrolledUserWaitsWhereSomebodyManages", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			before := w.Stored(Siret(0))

			enrolment := Enrolled("agent", Siret(0))
			enrolment.Comment = "Du service informatique"
			out := w.Enrol(enrolment)
			assert.False(w.T, out.Manager)
			assert.Equal(w.T, before, w.Stored(Siret(0)), "its data are shown, and not written")

			plain := Enrolled("confrere", Siret(0)) // without comment, and nothing typed
			plain.Structure = Enrolled("x", identifier.ID{}).Structure
			plain.Structure.LegalName = ""
			w.Enrol(plain)

			told := w.Deliver()
			require.Equal(w.T, []string{
				"request to approve to gestionnaire@exemple.fr", "request to approve to gestionnaire@exemple.fr",
			}, Mails(told))
			assert.Contains(w.T, told[0].Text+told[1].Text, "Du service informatique")

			w.Approve(manager.ID, "agent")
			w.One(w.Deliver(), "agent", mail.AttachmentGranted)
			require.NoError(w.T, w.May("app-agent", habilitation.Scope{Structure: before.ID}, "factures-emises",
				habilitation.Modification))

			w.Refuse(manager.ID, "confrere", "Inconnu")
			w.One(w.Deliver(), "confrere", mail.Refused)
			acc, err := w.Portal.Account(w.Ctx, "app-confrere")
			require.NoError(w.T, err)
			assert.Equal(w.T, account.Active, acc.State, "a refusal leaves the account alone")
		}},
		{"B5_AnEnrolledUserQueuesBehindAClaim", func(w *World) {
			w.Register("premier", Siret(0))
			out := w.Enrol(Enrolled("agent", Siret(0)))
			assert.False(w.T, out.Manager)
			assert.Equal(w.T, attachment.Requested, w.Row(Siret(0), "app-agent").State)
			w.Deliver()
			w.Wait(time.Hour)
			w.Advance()
			assert.Equal(w.T, account.ID("app-agent"), w.Roster(Siret(0)).Roster.Holder)
			assert.Equal(w.T, "Société de agent", w.Stored(Siret(0)).Data.LegalName)
			w.One(w.Deliver(), "agent", mail.Appointed)
		}},
		{"B5_AnEnrolledUserManagesWhatALapsedClaimLeft", func(w *World) {
			w.Register("premier", Siret(0))
			w.Deliver()
			w.Wait(time.Hour) // and nobody advances
			assert.True(w.T, w.Enrol(Enrolled("agent", Siret(0))).Manager)
			w.One(w.Deliver(), "premier", mail.ClaimLapsed)
		}},
		{"B14_TheOwnRegistrationIsAdopted", func(w *World) {
			w.Register("agent", Siret(0))
			claim := w.Token(w.One(w.Deliver(), "agent", mail.ActivationLink))

			out := w.Enrol(Enrolment("agent"))
			_, err := w.Portal.Activate(w.Ctx, claim, Secrets())
			require.ErrorIs(w.T, err, guichet.ErrLoginBound, "the login is the account's")

			link := w.Token(w.One(w.Deliver(), "agent", mail.AddressUsed))
			_, err = w.Portal.Adopt(w.Ctx, link, out.Account.ID)
			require.NoError(w.T, err)
			assert.Equal(w.T, out.Account.ID, w.Roster(Siret(0)).Roster.Holder)
			assert.Equal(w.T, attachment.Managed, w.Roster(Siret(0)).Roster.Standing)
		}},
		{"B14_WhoeverRegistersAndIsEnrolledForOneStructureManagesIt", func(w *World) {
			w.Register("agent", Siret(0))
			w.Deliver()
			assert.False(w.T, w.Enrol(Enrolled("agent", Siret(0))).Manager, "behind a claim, whoever's it is")

			_, err := w.Portal.Adopt(w.Ctx, w.Token(w.One(w.Deliver(), "agent", mail.AddressUsed)), "app-agent")
			require.NoError(w.T, err)
			assert.Equal(w.T, account.ID("app-agent"), w.Roster(Siret(0)).Roster.Holder)
		}},
		{"B2_TheContactAddressIsConfirmedUnlessTheApplicationHas", func(w *World) {
			asked, proved := Enrolment("agent"), Enrolment("confrere")
			asked.Person.Contact, proved.Person.Contact = "contact@agent.fr", "contact@confrere.fr"
			proved.ContactProved = true

			acc := w.Enrol(asked).Account
			assert.Equal(w.T, Login("agent"), acc.NoticeAddress())
			assert.Equal(w.T, "contact@confrere.fr", w.Enrol(proved).Account.NoticeAddress())

			sent := w.Deliver()
			require.Equal(w.T, []string{"contact to confirm to contact@agent.fr"}, Mails(sent))

			acc, err := w.Portal.ConfirmContact(w.Ctx, w.Token(sent[0]))
			require.NoError(w.T, err)
			assert.Equal(w.T, "contact@agent.fr", acc.NoticeAddress())
		}},
	}
}

// refusedUsers are about enrolments that fail.
func refusedUsers() []Scenario {
	return []Scenario{
		{"B14_ALoginThatIsTakenIsSaidOpenly", func(w *World) {
			w.Manager("gestionnaire", Siret(0))

			taken := Enrolled("gestionnaire", Siret(1))
			taken.Login = strings.ToUpper(taken.Login)

			w.Untouched(func() {
				_, err := w.Portal.Enrol(w.Ctx, taken)
				require.ErrorIs(w.T, err, guichet.ErrLoginTaken)
				assert.Equal(w.T, []string{"portal.login_taken"}, faultsIn(err))
			}, w.ID(Siret(0)))
			w.Unnamed(Siret(1))

			_, err := w.Portal.Account(w.Ctx, taken.ID)
			require.ErrorIs(w.T, err, guichet.ErrUnknownAccount)
		}},
		{"B11_AnIDThatIsTakenIsSaidOpenly", func(w *World) {
			manager := w.Manager("gestionnaire", Siret(0))
			w.Register("nouveau", Siret(0))
			registration := w.Requests(manager.ID)[Login("nouveau")].Attachment.Account

			for _, id := range []account.ID{manager.ID, registration} {
				again := Enrolled("agent", Siret(1))
				again.ID = id

				w.Untouched(func() {
					_, err := w.Portal.Enrol(w.Ctx, again)
					require.ErrorIs(w.T, err, guichet.ErrIDTaken)
				}, w.ID(Siret(0)))
			}

			// An account that is gone keeps its id, and not its login.
			w.Loner("partie")
			require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: account.By("app-partie"), Account: "app-partie"}))

			again := Enrolment("partie")
			_, err := w.Portal.Enrol(w.Ctx, again)
			require.ErrorIs(w.T, err, guichet.ErrIDTaken)

			again.ID = "app-revenue"
			w.Enrol(again)
		}},
		{"B1_EveryFaultOfAnEnrolmentIsToldAtOnce", func(w *World) {
			w.Untouched(func() {
				_, err := w.Portal.Enrol(w.Ctx, guichet.Enrolment{
					Login: "pas une adresse", Person: account.PersonForm{LastName: "Nom", Contact: "non plus"}, Identity: Siret(0),
				})
				assert.Equal(w.T, []string{
					"address structure.required", "contact account.address", "country structure.required",
					"first_name account.required", "legal_name structure.required", "login account.address",
					"postal_code structure.required", "town structure.required",
				}, faultsIn(err))
			})
			w.Unnamed(Siret(0))
		}},
		{"D4_ACommentThatCannotBeKeptIsRefused", func(w *World) {
			w.Manager("gestionnaire", Siret(0))

			enrolment := Enrolled("agent", Siret(0))
			enrolment.Comment = strings.Repeat("x", 1001)

			w.Untouched(func() {
				_, err := w.Portal.Enrol(w.Ctx, enrolment)
				require.ErrorIs(w.T, err, attachment.ErrComment)
			}, w.ID(Siret(0)))

			_, err := w.Portal.Account(w.Ctx, "app-agent")
			require.ErrorIs(w.T, err, guichet.ErrUnknownAccount, "everything or nothing")
		}},
		{"C11_EnrollingDoesNotTellWhetherAnIndividualIsPresent", func(w *World) {
			claimed := identifier.MustParse(identifier.Individual, "2850175123DURANDANNE1")
			present := identifier.MustParse(identifier.Individual, "1850175123POTIERDANIEL1")
			w.individual("daniel", present)
			_, err := w.Portal.Register(w.Ctx, individualForm("anne", claimed))
			require.NoError(w.T, err)

			for n, id := range []identifier.ID{claimed, present} {
				enrolment := Enrolment(fmt.Sprint("agent", n))
				enrolment.Identity = id
				_, err := w.Portal.Enrol(w.Ctx, enrolment)
				assert.Len(w.T, faultsIn(err), 6)

				enrolment.Structure = individualForm("x", id).Structure
				assert.False(w.T, w.Enrol(enrolment).Manager)
			}
		}},
		{"F1_AStoreThatCannotJoinSaysSo", func(w *World) {
			if _, joins := storage.As[storage.Joiner](w.Store); joins {
				w.T.Skip("this one can: see Joined")
			}

			_, err := w.Portal.EnrolTx(w.Ctx, nil, Enrolment("agent"))
			require.ErrorIs(w.T, err, guichet.ErrNoTx)
			_, err = w.Portal.DoTx(w.Ctx, nil, "x", attachment.Request{})
			require.ErrorIs(w.T, err, guichet.ErrNoTx)
			_, err = w.Portal.Within(nil)
			require.ErrorIs(w.T, err, guichet.ErrNoTx)
		}},
	}
}

// usersAtOnce are about several enrolments at the same moment.
func usersAtOnce() []Scenario {
	enrol := func(w *World, e guichet.Enrolment) func() error {
		return func() error {
			_, err := w.Portal.Enrol(w.Ctx, e)

			return err
		}
	}

	// won returns which of several succeeded, and asserts that the others were told why not.
	won := func(w *World, errs []error, want error) int {
		w.T.Helper()

		winner := -1

		for i, err := range errs {
			if err == nil {
				assert.Equal(w.T, -1, winner, "one alone")
				winner = i
			} else {
				require.ErrorIs(w.T, err, want)
			}
		}

		require.NotEqual(w.T, -1, winner, "%v", errs)

		return winner
	}

	return []Scenario{
		{"B11_OneLoginOneAccountHoweverManyAtOnce", func(w *World) {
			var tries []func() error

			for n := range 5 {
				e := Enrolled("agent", Siret(n))
				e.ID = account.ID(fmt.Sprint("app-", n))
				tries = append(tries, enrol(w, e))
			}

			winner := won(w, AtOnce(tries...), guichet.ErrLoginTaken)

			for n := range 5 {
				if n == winner {
					assert.Equal(w.T, account.ID(fmt.Sprint("app-", n)), w.Roster(Siret(n)).Roster.Holder)
				} else {
					w.Unnamed(Siret(n))
				}
			}
		}},
		{"B11_OneIDOneAccountHoweverManyAtOnce", func(w *World) {
			var tries []func() error

			for n := range 5 {
				e := Enrolled(fmt.Sprint("agent", n), Siret(n))
				e.ID = "app"
				tries = append(tries, enrol(w, e))
			}

			winner := won(w, AtOnce(tries...), guichet.ErrIDTaken)

			for n := range 5 {
				if n != winner {
					w.Unnamed(Siret(n))
				}
			}
		}},
		{"B11_TheSameEnrolmentTwiceIsOneAccount", func(w *World) {
			e := Enrolled("agent", Siret(0))
			won(w, AtOnce(enrol(w, e), enrol(w, e), enrol(w, e)), guichet.ErrIDTaken)
			assert.Len(w.T, w.Actions(w.ID(Siret(0))), 3)
		}},
		{"C1_EnrolmentsAtOnceMakeOneStructure", func(w *World) {
			var tries []func() error
			for n := range 5 {
				tries = append(tries, enrol(w, Enrolled(fmt.Sprint("agent", n), Siret(0))))
			}

			require.NoError(w.T, errors.Join(AtOnce(tries...)...))

			roster := w.Roster(Siret(0)).Roster
			assert.Equal(w.T, attachment.Managed, roster.Standing)
			assert.Equal(w.T, 1, roster.Attached)
			assert.Len(w.T, w.Requests(roster.Holder), 4)
		}},
	}
}
