package scenarios

import (
	"context"
	"errors"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// mended are stories of faults that somebody found who tried to break the portal.
func mended() []Scenario {
	quentin := identifier.MustParse(identifier.Individual, "1850675123DUPONTQUENTIN1")

	return []Scenario{
		{"B12_AStrangersClosingLeavesAnIndividualsStructureAlone", func(w *World) {
			owner := w.individual("quentin", quentin)
			id := w.ID(quentin)
			_, err := w.Portal.Deactivate(w.Ctx, guichet.Departure{By: account.By(owner), Account: owner, LeaveVacant: true})
			require.NoError(w.T, err)

			stranger := w.Loner("paul").ID
			_, err = w.Portal.CreateStructure(w.Ctx, guichet.Creation{
				By: stranger, Identity: quentin, Structure: individualForm("x", quentin).Structure, Comment: "Pour voir",
			})
			require.NoError(w.T, err, "a request that waits")
			require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: account.By(stranger), Account: stranger}))

			left, err := w.Store.Structure(w.Ctx, id)
			require.NoError(w.T, err)
			assert.Equal(w.T, quentin, left.Identity, "or the next to name it would have it")

			// Its last manager's closing is another matter.
			require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: account.Support("s"), Account: owner}))
			left, err = w.Store.Structure(w.Ctx, id)
			require.NoError(w.T, err)
			assert.NotEqual(w.T, quentin, left.Identity)
			assert.Zero(w.T, left.Data)
		}},
		{"A7_AnIndividualsCodeIsForgottenWithTheClaim", func(w *World) {
			for n, ends := range []func(link account.Token){
				func(link account.Token) { require.NoError(w.T, w.Portal.Decline(w.Ctx, link)) },
				func(account.Token) { w.Wait(2 * time.Hour); w.Advance() },
			} {
				name := []string{"alice", "bruno"}[n]
				_, err := w.Portal.Register(w.Ctx, individualForm(name, quentin))
				require.NoError(w.T, err)

				ends(w.Token(w.One(w.Deliver(), name, mail.ActivationLink)))

				_, err = w.Store.StructureByIdentity(w.Ctx, quentin)
				require.ErrorIs(w.T, err, storage.ErrNotFound)
			}
		}},
		{"B14_ResendingShowsNobodyWhetherAnAddressHasAnAccount", func(w *World) {
			manager := w.Manager("gerante", Siret(0))
			w.Loner("victime")

			written := map[string]int{}

			for _, name := range []string{"victime", "personne"} {
				w.Register(name, Siret(0))
				w.Deliver()
				w.Wait(11 * time.Minute)

				history := len(w.Actions(w.ID(Siret(0))))
				waiting := len(w.Waiting())

				for range 3 { // asking often writes once
					require.NoError(w.T, w.Portal.Resend(w.Ctx, Login(name)))
				}

				written[name] = len(w.Waiting()) - waiting
				assert.Len(w.T, w.Actions(w.ID(Siret(0))), history, "deciders read it")
				w.Deliver()
			}

			assert.Equal(w.T, map[string]int{"victime": 1, "personne": 1}, written)
			assert.Len(w.T, w.Requests(manager.ID), 2)
		}},
		{"B12_AMailToSeveralIsNotSentToOneWhoHasGone", func(w *World) {
			manager := w.Manager("paul", Siret(0))
			w.Register("eloise", Siret(0))

			_, err := w.Portal.Deliver(w.Ctx, downed{})
			require.NoError(w.T, err)
			require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{
				By: account.By(manager.ID), Account: manager.ID, LeaveVacant: true,
			}))

			w.Wait(time.Hour)
			assert.Equal(w.T, []mail.Kind{mail.AccountClosed}, Kinds(To(w.Deliver(), Login("paul"))))
		}},
		{"B3_ThereIsNoConsentToNothing", func(w *World) {
			alice := w.enrol("alice")
			_, err := w.Portal.Consent(w.Ctx, alice.ID, 0, false)
			require.ErrorIs(w.T, err, account.ErrConsent)
		}},
		{"C5_AClaimThatIsAdoptedCounts", func(w *World) {
			w.Reopen(func(o *guichet.Options) { o.Policy.ClaimsPerDay = 1 })
			alice := w.enrol("alice")

			for n := range 2 {
				form := Form("alice", Siret(n))
				_, err := w.Portal.Register(w.Ctx, form)
				require.NoError(w.T, err)

				_, err = w.Portal.Adopt(w.Ctx, w.Token(w.One(w.Deliver(), "alice", mail.AddressUsed)), alice.ID)
				if n == 0 {
					require.NoError(w.T, err)
				} else {
					require.ErrorIs(w.T, err, account.ErrCreated)
				}
			}
		}},
		{"C8_TheManagerOfAnInactiveStructureIsToldThatItIsInactive", func(w *World) {
			manager := w.Manager("gerante", Siret(0))
			w.Register("eloise", Siret(0))
			request := w.Requests(manager.ID)[Login("eloise")]
			_, err := w.Portal.SetStatus(w.Ctx, account.By(manager.ID), w.ID(Siret(0)), structure.Inactive)
			require.NoError(w.T, err)

			_, err = w.Portal.Do(w.Ctx, w.ID(Siret(0)), attachment.Approve{
				By: account.By(manager.ID), Account: request.Attachment.Account,
			})
			assert.Equal(w.T, []string{"attachment.inactive"}, faultsIn(err))
		}},
		{"E7_APageThatIsNoneIsSaid", func(w *World) {
			w.Manager("gerante", Siret(0))
			_, err := w.Portal.History(w.Ctx, w.ID(Siret(0)), storage.Window{After: "n'importe quoi"})
			assert.Equal(w.T, []string{"portal.page"}, faultsIn(err))
		}},
	}
}

// downed is a mailer whose server is down.
type downed struct{}

func (downed) Send(context.Context, mail.Message) error { return errors.New("450 later") }
