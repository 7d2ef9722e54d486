package scenarios

import (
	"context"
	"slices"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
	"github.com/guichet-pro/guichet/structure/directorytest"
)

// silences are about directories that do not answer.
func silences() []Scenario {
	return []Scenario{
		{"C3_ASlowDirectoryIsSilent", func(w *World) {
			w.Reopen(func(o *guichet.Options) { o.Directory, o.DirectoryWait = w.Directory, time.Millisecond })
			w.Directory.Hang(true)

			for n, door := range doors() {
				require.NoError(w.T, door.open(w, n, number(n), Typed("x")), door.name)
				assert.Equal(w.T, structure.Unverified, w.Stored(number(n)).Verification, door.name)
			}

			form, found, err := w.Portal.Prefill(w.Ctx, number(9))
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.Silent, found)
			assert.Equal(w.T, structure.Form{}, form)
		}},
		{"C3_AnAnswerThatComesTooLateIsSilence", func(w *World) {
			w.Reopen(func(o *guichet.Options) {
				o.Directory, o.DirectoryWait = late{Found: structure.Ceased}, time.Millisecond
			})
			w.Create(w.Loner("seule").ID, Siret(0))
			assert.Equal(w.T, structure.Unverified, w.Stored(Siret(0)).Verification)
		}},
		{"C3_WhoStopsWaitingForTheDirectoryGetsTheirOwnError", func(w *World) {
			w.Reopen(func(o *guichet.Options) { o.Directory = w.Directory })
			w.Directory.Fail(directorytest.ErrDown)

			manager := w.Loner("gestionnaire")
			id := w.Create(manager.ID, Siret(0)).Structure // unverified: Verify has something to ask
			enrolment := Enrolment("agent")
			enrolment.Identity, enrolment.Structure = Siret(1), Typed("x")

			w.Wait(2 * aDay)

			for name, call := range map[string]func(ctx context.Context) error{
				"Register": func(ctx context.Context) error {
					_, err := w.Portal.Register(ctx, Form("premiere", Siret(1)))
					return err
				},
				"CreateStructure": func(ctx context.Context) error {
					_, err := w.Portal.CreateStructure(ctx, guichet.Creation{By: manager.ID, Identity: Siret(1), Structure: Typed("x")})
					return err
				},
				"Enrol": func(ctx context.Context) error {
					_, err := w.Portal.Enrol(ctx, enrolment)
					return err
				},
				"ChangeIdentifier": func(ctx context.Context) error {
					_, err := w.Portal.ChangeIdentifier(ctx, account.By(manager.ID), id, Siret(1))
					return err
				},
				"Prefill": func(ctx context.Context) error {
					_, _, err := w.Portal.Prefill(ctx, Siret(1))
					return err
				},
				"Verify": func(ctx context.Context) error {
					_, err := w.Portal.Verify(ctx, 0)
					return err
				},
			} {
				ctx, end := context.WithCancel(w.Ctx)
				w.Reopen(func(o *guichet.Options) { o.Directory, o.DirectoryWait = hanging{end}, time.Hour })

				w.Untouched(func() {
					require.ErrorIs(w.T, call(ctx), context.Canceled, name)
				}, id)
				w.Unnamed(Siret(1))
			}
		}},
		{"C3_WhatIsHeardLaterCounts", func(w *World) {
			w.Consult()
			w.Directory.Fail(directorytest.ErrDown)
			w.Register("premiere", Siret(0))
			w.Deliver()
			w.Wait(time.Hour)
			w.Advance()
			assert.Equal(w.T, structure.Unverified, w.Stored(Siret(0)).Verification)

			w.Directory.Fail(nil)
			w.Directory.Say(Siret(0), structure.Listing{Found: structure.Masked})
			w.Create(w.Loner("seule").ID, Siret(0))
			assert.Equal(w.T, structure.Verified, w.Stored(Siret(0)).Verification)
			assert.True(w.T, w.Stored(Siret(0)).Data.NonDiffusible)
		}},
	}
}

// verifications are about asking again.
func verifications() []Scenario {
	return []Scenario{
		{"C3_TheDirectoryIsAskedAgainLater", func(w *World) {
			w.Consult()
			w.Directory.Fail(directorytest.ErrDown)

			manager := w.Loner("gestionnaire")
			ids := make([]structure.ID, 4)

			for n := range ids {
				ids[n] = w.Create(manager.ID, Siret(n)).Structure
			}

			w.Register("premiere", Siret(9)) // only claimed: nobody knows it, and nobody asks
			w.Directory.Fail(nil)
			w.Directory.Say(Siret(0), listed("Un autre nom"))
			w.Directory.Say(Siret(1), structure.Listing{Found: structure.Ceased})
			w.Directory.Say(Siret(2), structure.Listing{Found: structure.Masked})
			w.Directory.Say(Siret(3), structure.Listing{Found: structure.Silent})

			before := len(w.Directory.Asked())
			verify := func(want int) {
				w.T.Helper()

				n, err := w.Portal.Verify(w.Ctx, 0)
				require.NoError(w.T, err)
				assert.Equal(w.T, want, n)
			}

			verify(0)
			w.Wait(aDay)
			verify(0)
			assert.Len(w.T, w.Directory.Asked(), before, "not twice in a day")

			w.Wait(time.Second)
			verify(3)
			assert.Len(w.T, w.Directory.Asked(), before+4)

			for n, want := range []structure.Verification{
				structure.Verified, structure.Contradicted, structure.Verified, structure.Unverified,
			} {
				stored := w.Stored(Siret(n))
				assert.Equal(w.T, want, stored.Verification)
				assert.Equal(w.T, w.Clock, stored.CheckedAt)
				assert.Equal(w.T, "Société de suite", stored.Data.LegalName, "the data stay those that a person has checked")
				assert.Equal(w.T, structure.Active, stored.Status, "what becomes of it is for people to decide")
				assert.Equal(w.T, n == 2, stored.Data.NonDiffusible)

				last := w.Last(ids[n])
				if want == structure.Unverified {
					assert.Equal(w.T, "manager named", last.Action, "silence is not journaled")
				} else {
					assert.Equal(w.T, []any{"structure verified", "unverified", want.String(), account.System()},
						[]any{last.Action, last.Before, last.After, last.Actor})
				}
			}

			assert.Empty(w.T, To(w.Deliver(), Login("gestionnaire")))

			// Only who is silent still is asked again, after another day.
			w.Wait(aDay)
			verify(0)
			assert.Len(w.T, w.Directory.Asked(), before+4)
			w.Wait(time.Second)
			w.Directory.Say(Siret(3), structure.Listing{Found: structure.NotListed})
			verify(1)
			assert.Equal(w.T, Siret(3), w.Directory.Asked()[before+4])
			assert.Equal(w.T, structure.Contradicted, w.Stored(Siret(3)).Verification)
			w.Wait(2 * aDay)
			verify(0)
		}},
		{"C3_VerifyAsksNoMoreThanItsLimit", func(w *World) {
			w.Consult()
			w.Directory.Fail(directorytest.ErrQuota)

			manager := w.Loner("gestionnaire")
			for n := range 5 {
				w.Create(manager.ID, Siret(n))
				w.Directory.Say(Siret(n), listed("x"))
			}

			w.Directory.Fail(nil)
			w.Wait(2 * aDay)

			before := len(w.Directory.Asked())

			for _, want := range []int{2, 2, 1, 0} {
				n, err := w.Portal.Verify(w.Ctx, 2)
				require.NoError(w.T, err)
				assert.Equal(w.T, want, n)
			}

			asked := w.Directory.Asked()[before:]
			slices.SortFunc(asked, identifier.ID.Compare)
			assert.Len(w.T, slices.Compact(asked), 5, "each once")
		}},
		{"C3_WhatHasAnotherIdentifierByNowIsNotAskedAbout", func(w *World) {
			w.Consult()
			w.Directory.Fail(directorytest.ErrDown)

			manager := w.Loner("gestionnaire")
			w.Create(manager.ID, Siret(0))
			w.Directory.Fail(nil)
			w.Directory.Say(Siret(1), listed("x"))
			w.Rename(manager.ID, Siret(0), Siret(1))
			assert.Equal(w.T, structure.Verified, w.Stored(Siret(1)).Verification)

			before := len(w.Directory.Asked())

			w.Wait(2 * aDay)
			n, err := w.Portal.Verify(w.Ctx, 0)
			require.NoError(w.T, err)
			assert.Zero(w.T, n)
			assert.Len(w.T, w.Directory.Asked(), before)
		}},
		{"C3_WithoutADirectoryNothingIsMarked", func(w *World) {
			for n, door := range doors() {
				require.NoError(w.T, door.open(w, n, number(n), Typed("x")), door.name)
				assert.Equal(w.T, structure.Unasked, w.Stored(number(n)).Verification, door.name)
			}

			n, err := w.Portal.Verify(w.Ctx, 0)
			require.NoError(w.T, err)
			assert.Zero(w.T, n)

			form, found, err := w.Portal.Prefill(w.Ctx, number(20))
			require.NoError(w.T, err)
			assert.Equal(w.T, structure.NotCovered, found)
			assert.Equal(w.T, structure.Form{}, form)
		}},
	}
}
