package scenarios

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
	"github.com/guichet-pro/guichet/structure/directorytest"
)

// Meanwhile returns a portal to whose first transaction fn happens between what it read and what it writes. No store holds
// anything while a transaction decides, so that every race can be told as a story.
func (w *World) Meanwhile(fn func(), change ...func(*guichet.Options)) *guichet.Portal {
	w.T.Helper()

	return w.late(&lateStore{Store: w.Store, before: "writing", happens: fn}, change...)
}

// Between returns a portal to whose first transaction fn happens before it reads an account by its login, or a roster.
func (w *World) Between(before string, fn func()) *guichet.Portal {
	w.T.Helper()

	return w.late(&lateStore{Store: w.Store, before: before, happens: fn})
}

func (w *World) late(store storage.Store, change ...func(*guichet.Options)) *guichet.Portal {
	w.T.Helper()

	beside := *w
	beside.Store = store

	return beside.Open(func(o *guichet.Options) {
		for _, c := range change {
			c(o)
		}
	})
}

// lateStore has something happen once in a transaction.
type lateStore struct {
	storage.Store

	before  string
	happens func()
}

// at has it happen if this is the moment.
func (s *lateStore) at(moment string) {
	if happens := s.happens; happens != nil && s.before == moment {
		s.happens = nil

		happens()
	}
}

// Update decides, and applies the batch.
func (s *lateStore) Update(
	ctx context.Context, fn func(ctx context.Context, r storage.Reader) (storage.Batch, error),
) error {
	return s.Store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		batch, err := fn(ctx, lateReader{Reader: r, store: s})
		s.at("writing")

		return batch, err
	})
}

// lateReader reads within such a transaction.
type lateReader struct {
	storage.Reader

	store *lateStore
}

// AccountByLogin returns the account with a login.
func (r lateReader) AccountByLogin(ctx context.Context, key string) (account.Account, error) {
	r.store.at("login")

	return r.Reader.AccountByLogin(ctx, key)
}

// Roster returns a slice of a roster.
func (r lateReader) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	r.store.at("roster")

	return r.Reader.Roster(ctx, q)
}

// manages are the use cases in the name of a structure, each of which changes it.
func manages(w *World, by account.Actor, id structure.ID, to identifier.ID) map[string]func(p *guichet.Portal) error {
	stored, err := w.Store.Structure(w.Ctx, id)
	require.NoError(w.T, err)

	form := formOf(stored)
	form.Label = "Atelier"

	return map[string]func(p *guichet.Portal) error{
		"structure changed": func(p *guichet.Portal) error {
			_, err := p.ChangeStructure(w.Ctx, by, id, form)
			return err
		},
		"structure deactivated": func(p *guichet.Portal) error {
			_, err := p.SetStatus(w.Ctx, by, id, structure.Inactive)
			return err
		},
		"service created": func(p *guichet.Portal) error {
			_, err := p.PutService(w.Ctx, by, id, structure.ServiceForm{Code: "A", Label: "A"})
			return err
		},
		"identifier changed": func(p *guichet.Portal) error {
			_, err := p.ChangeIdentifier(w.Ctx, by, id, to)
			return err
		},
	}
}

// lost plays every use case in the name of a structure while something happens that leaves it no right to be.
func lost(by account.Actor, happens func(w *World, id structure.ID) error, want error, but ...string) func(w *World) {
	return func(w *World) {
		n := 0

		for action := range manages(w, by, w.freshDeciders(0), number(0)) {
			n += 2
			id := w.freshDeciders(n)
			err := manages(w, by, id, number(n+1))[action](w.Meanwhile(func() { require.NoError(w.T, happens(w, id), action) }))

			if len(but) > 0 && action == but[0] {
				require.NoError(w.T, err, action)
				continue
			}

			require.ErrorIs(w.T, err, want, action)

			for _, e := range w.Entries(id) {
				assert.False(w.T, e.Action == action && e.Actor == by, action)
			}

			w.Unnamed(number(n + 1))
			assert.Empty(w.T, w.Services(id), action)
		}
	}
}

// freshDeciders makes a structure with the deciders app-gestionnaire and app-adjoint.
func (w *World) freshDeciders(n int) structure.ID {
	w.T.Helper()

	for _, id := range []account.ID{"app-gestionnaire", "app-adjoint"} {
		if acc, err := w.Portal.Account(w.Ctx, id); err == nil && acc.State == account.Blocked {
			_, err = w.Portal.Unblock(w.Ctx, helpdesk, id)
			require.NoError(w.T, err)
		}
	}

	w.Deciders(number(n), "gestionnaire", "adjoint")

	return w.ID(number(n))
}

// interleaved are about what happens between what a use case reads and what it writes.
func interleaved() []Scenario {
	deputy := account.By("app-adjoint")

	return []Scenario{
		{"C7_WhoeverLeavesMeanwhileChangesNothing", lost(deputy, func(w *World, id structure.ID) error {
			return w.Leave("app-adjoint", id)
		}, attachment.ErrNotDecider)},
		{"C7_WhoeverIsBlockedMeanwhileChangesNothing", lost(deputy, func(w *World, _ structure.ID) error {
			_, err := w.Portal.Block(w.Ctx, helpdesk, "app-adjoint", "")
			return err
		}, habilitation.ErrAccountInactive)},
		{"C8_WhatBecomesInactiveMeanwhileIsNotChanged", lost(deputy, func(w *World, id structure.ID) error {
			_, err := w.Portal.SetStatus(w.Ctx, account.By("app-gestionnaire"), id, structure.Inactive)
			return err
		}, habilitation.ErrStructureInactive, "structure deactivated")},
		{"C9_WhatGetsAnotherIdentifierMeanwhileIsNotChanged", lost(deputy, func(w *World, id structure.ID) error {
			stored, err := w.Store.Structure(w.Ctx, id)
			require.NoError(w.T, err)
			_, err = w.Portal.ChangeIdentifier(w.Ctx, account.By("app-gestionnaire"), id,
				identifier.MustParse(identifier.Tahiti, "A"+renamed(stored.Identity)))

			return err
		}, attachment.ErrReplaced)},
		{"C7_SupportChangesNothingOnceTheManagerIsBack", func(w *World) {
			for n, action := range []string{"structure deactivated", "service created", "identifier changed"} {
				id := w.freshDeciders(2 * n)
				_, err := w.Portal.Block(w.Ctx, helpdesk, "app-gestionnaire", "")
				require.NoError(w.T, err)

				err = manages(w, helpdesk, id, number(2*n+1))[action](w.Meanwhile(func() {
					_, err := w.Portal.Unblock(w.Ctx, helpdesk, "app-gestionnaire")
					require.NoError(w.T, err)
				}))
				require.ErrorIs(w.T, err, attachment.ErrNotDecider, action)
				assert.Len(w.T, w.Entries(id), 1)
			}
		}},
		{"C9_WhoeverRegistersMeanwhileKeepsTheIdentifier", func(w *World) {
			id := w.freshDeciders(0)
			w.Register("passant", number(1))
			w.Deliver()
			w.Wait(aDay)
			w.Advance()

			p := w.Meanwhile(func() { w.Register("nouveau", number(1)) })
			_, err := p.ChangeIdentifier(w.Ctx, deputy, id, number(1))
			require.ErrorIs(w.T, err, attachment.ErrClaimed)
			assert.Empty(w.T, w.Stored(number(0)).Successor)
			assert.Equal(w.T, attachment.InClaim, w.Roster(number(1)).Roster.Standing)

			// Nobody had named the next one.
			_, err = w.Meanwhile(func() { w.Register("nouvelle", number(2)) }).ChangeIdentifier(w.Ctx, deputy, id, number(2))
			require.ErrorIs(w.T, err, attachment.ErrClaimed)

			loner := w.Loner("seule")
			_, err = w.Meanwhile(func() { w.Create(loner.ID, number(3)) }).ChangeIdentifier(w.Ctx, deputy, id, number(3))
			assert.Equal(w.T, []string{"identifier structure.taken"}, faultsIn(err))
		}},
		{"C9_WhoeverLeavesMeanwhileOffersNothing", func(w *World) {
			id := w.freshDeciders(0)
			w.Create(w.Loner("seule").ID, number(1))

			p := w.Meanwhile(func() { require.NoError(w.T, w.Leave("app-adjoint", id)) })
			_, err := p.ChangeIdentifier(w.Ctx, deputy, id, number(1))
			require.ErrorIs(w.T, err, attachment.ErrNotDecider)
			assert.Empty(w.T, w.Deliver())
			assert.Equal(w.T, "user detached", w.Last(id).Action)
		}},
		{"C5_WhoeverIsBlockedMeanwhileCreatesNothing", func(w *World) {
			loner := w.Loner("seule")
			create := func(p *guichet.Portal, id identifier.ID) error {
				_, err := p.CreateStructure(w.Ctx, guichet.Creation{By: loner.ID, Identity: id, Structure: Typed("x")})
				return err
			}

			require.ErrorIs(w.T, create(w.Meanwhile(func() { w.Register("premier", Siret(0)) }), Siret(0)), attachment.ErrComment)
			require.ErrorIs(w.T, create(w.Meanwhile(func() { w.Create(w.Loner("autre").ID, Siret(1)) }), Siret(1)),
				attachment.ErrPresent)
			require.ErrorIs(w.T, create(w.Meanwhile(func() {
				_, err := w.Portal.Block(w.Ctx, helpdesk, loner.ID, "")
				require.NoError(w.T, err)
			}), Siret(2)), attachment.ErrAccountInactive)
			w.Unnamed(Siret(2))
		}},
		{"B11_WhoeverTakesTheLoginMeanwhileKeepsIt", func(w *World) {
			enrolment := Enrolled("agent", Siret(0))
			enrolment.ID = "app"
			_, err := w.Meanwhile(func() { w.Loner("agent") }).Enrol(w.Ctx, enrolment)
			require.ErrorIs(w.T, err, guichet.ErrLoginTaken)

			enrolment = Enrolled("agent", Siret(0))
			enrolment.Login = Login("autre")
			_, err = w.Meanwhile(func() {}).Enrol(w.Ctx, enrolment)
			require.ErrorIs(w.T, err, guichet.ErrIDTaken)

			enrolment.ID = "app"
			out, err := w.Meanwhile(func() { w.Register("premier", Siret(0)) }).Enrol(w.Ctx, enrolment)
			require.NoError(w.T, err)
			assert.False(w.T, out.Manager, "somebody was first")
		}},
		{"B11_TheSameEnrolmentAgainIsToldSoAtAnyMoment", func(w *World) {
			w.Register("premier", Siret(0))

			for n, before := range []string{"login", "roster", "writing"} {
				enrolment := Enrolled(fmt.Sprint("agent", n), Siret(0))
				again := func() { w.Enrol(enrolment) }

				p := w.Between(before, again)
				_, err := p.Enrol(w.Ctx, enrolment)
				require.ErrorIs(w.T, err, guichet.ErrIDTaken, before)

				in := guichet.Import{Accounts: Brought(fmt.Sprint("apportee", n))}
				report, err := w.Between(before, func() { w.Import(in) }).Import(w.Ctx, in)
				require.NoError(w.T, err)

				if before != "roster" { // none is read
					assert.Equal(w.T, guichet.ImportReport{Present: 1}, report, before)
				}
			}
		}},
		{"F1_WhatHappensDuringAnImportCounts", func(w *World) {
			in := guichet.Import{
				Accounts:   Brought("gestionnaire", "partie"),
				Structures: []guichet.ImportedStructure{BroughtStructure(Siret(0), "gestionnaire", "partie")},
			}
			w.Import(guichet.Import{Accounts: in.Accounts})

			in.Accounts = nil
			refused := func(want error, happens func()) {
				w.T.Helper()

				report, err := w.Meanwhile(happens).Import(w.Ctx, in)
				require.NoError(w.T, err)
				require.Len(w.T, report.Refused, 1)
				require.ErrorIs(w.T, report.Refused[0].Err, want)
			}

			refused(attachment.ErrAccountInactive, func() {
				require.NoError(w.T, w.Portal.Close(w.Ctx, guichet.Departure{By: helpdesk, Account: "app-partie"}))
			})
			w.Unnamed(Siret(0))

			in.Structures[0] = BroughtStructure(Siret(0), "gestionnaire")
			refused(attachment.ErrClaimed, func() { w.Register("premier", Siret(0)) })
		}},
		{"C3_WhatPeopleChangeMeanwhileStays", func(w *World) {
			w.Consult()
			w.Directory.Fail(directorytest.ErrDown)

			who := w.Loner("gestionnaire")
			id := w.Create(who.ID, Siret(0)).Structure
			w.Directory.Fail(nil)
			w.Directory.Say(Siret(0), listed("x"))
			w.Directory.Say(Siret(1), listed("x"))
			w.Wait(2 * aDay)

			form := formOf(w.Stored(Siret(0)))
			form.Label = "Atelier"
			n, err := w.Meanwhile(func() {
				_, err := w.Portal.ChangeStructure(w.Ctx, account.By(who.ID), id, form)
				require.NoError(w.T, err)
			}, func(o *guichet.Options) { o.Directory = w.Directory }).Verify(w.Ctx, 0)
			require.NoError(w.T, err)
			assert.Equal(w.T, 1, n)

			stored := w.Stored(Siret(0))
			assert.Equal(w.T, structure.Verified, stored.Verification)
			assert.Equal(w.T, "Atelier", stored.Data.Label)
		}},
	}
}

// renamed is the number of an identifier that nobody else has, for each.
func renamed(id identifier.ID) string {
	digits := "00000000" + id.Code()

	return digits[len(digits)-8:]
}
