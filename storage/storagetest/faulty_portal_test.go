package storagetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
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
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
	"github.com/guichet-pro/guichet/structure"
)

const laPoste = "35600000000048"

func newPortal(t *testing.T, s storage.Store) *guichet.Portal {
	t.Helper()

	var ids atomic.Int64

	p, err := guichet.New(s, guichet.Keys{{ID: "test", Secret: bytes.Repeat([]byte{1}, guichet.KeySize)}}, &guichet.Options{
		Now:   func() time.Time { return moment },
		NewID: func() string { return fmt.Sprintf("id-%06d", ids.Add(1)) },
	})
	require.NoError(t, err)

	return p
}

func personalForm(name string) account.Form {
	address := name + "@example.fr"

	return account.Form{
		Login: address, LoginAgain: address, FirstName: "Jean", LastName: name, AcceptsTerms: true,
		Language: language.French, Kind: identifier.SIRET, Code: laPoste,
		Structure: structure.Form{
			LegalName: "La Poste", Address: "9 rue du Colonel", PostalCode: "75015", Town: "Paris", Country: "FR",
		},
	}
}

// traces are how often something was left behind.
type traces struct {
	Version  int64 // of the roster
	Rows     int   // of the roster, in a state that the use case leads to
	Messages int
	Journal  int // entries of the action that the use case leads to
}

// journeys are use cases, with what they leave behind if they happen.
type journey struct {
	name   string
	given  storage.Batch
	before traces
	after  traces
	do     func(ctx context.Context, p *guichet.Portal) error
	again  error  // what doing it once more answers
	twice  traces // what it leaves behind then
	state  attachment.State
	action string
}

func journeys() []journey {
	where := structure.New("house", identifier.MustParse(identifier.SIRET, laPoste), moment)
	row := func(id account.ID, s attachment.State, profiles ...habilitation.Profile) attachment.Attachment {
		a := attachment.Attachment{Key: attachment.Key{Account: id}, State: s, Order: 1, RequestedAt: moment, Since: moment}
		for _, p := range profiles {
			a.Grants = append(a.Grants, attachment.Grant{Profile: p, By: account.System(), At: moment})
		}

		return a
	}

	login := func(s string) account.Login {
		l, err := account.ParseLogin(s)
		if err != nil {
			panic(err)
		}

		return l
	}

	managed := storage.Batch{
		Structures: []structure.Structure{where},
		Accounts: []account.Account{
			{ID: "anne", State: account.Active, Login: login("anne@example.fr"), Epoch: 1, CreatedAt: moment},
			{ID: "jean", State: account.Active, Login: login("jean@example.fr"), Epoch: 1, CreatedAt: moment},
		},
		Rosters: []attachment.Roster{{
			Structure: "house", Standing: attachment.Managed, Holder: "anne", Attached: 1,
			Rows: []attachment.Attachment{row("anne", attachment.Attached), row("jean", attachment.Requested)},
		}},
	}

	decide := func(c attachment.Command) func(context.Context, *guichet.Portal) error {
		return func(ctx context.Context, p *guichet.Portal) error {
			_, err := p.Do(ctx, "house", c)

			return err
		}
	}

	anne := account.By("anne")

	return []journey{
		{
			name: "registering", state: attachment.Claimed, action: "claim began",
			after: traces{Version: 1, Rows: 1, Messages: 1, Journal: 1},
			twice: traces{Version: 2, Rows: 1, Messages: 2, Journal: 1}, // as much is written as for a newcomer
			do: func(ctx context.Context, p *guichet.Portal) error {
				receipt, err := p.Register(ctx, personalForm("jean"))
				if err == nil && receipt.Next != guichet.NextActivation {
					return fmt.Errorf("the claimant was told to wait for %v", receipt.Next)
				}

				return err
			},
		},
		{
			name: "approving", given: managed, state: attachment.Attached, action: "user attached",
			before: traces{Version: 1, Rows: 1}, after: traces{Version: 2, Rows: 2, Messages: 1, Journal: 1},
			twice: traces{Version: 2, Rows: 2, Messages: 1, Journal: 1},
			do:    decide(attachment.Approve{By: anne, Account: "jean", Order: 1}),
			again: attachment.ErrDecided,
		},
		{
			name: "refusing", given: managed, state: attachment.Refused, action: "request refused",
			before: traces{Version: 1}, after: traces{Version: 2, Rows: 1, Messages: 1, Journal: 1},
			twice: traces{Version: 2, Rows: 1, Messages: 1, Journal: 1},
			do:    decide(attachment.Refuse{By: anne, Account: "jean", Reason: "non"}),
			again: attachment.ErrDecided,
		},
	}
}

// left looks at what is left behind.
func (j journey) left(t *testing.T, s storage.Store) traces {
	t.Helper()

	var out traces

	where, err := s.StructureByIdentity(t.Context(), identifier.MustParse(identifier.SIRET, laPoste))
	if errors.Is(err, storage.ErrNotFound) {
		return out
	}

	require.NoError(t, err)

	slice, err := s.Roster(t.Context(), storage.RosterQuery{Structure: where.ID, Accounts: []account.ID{"anne", "jean"}})
	require.NoError(t, err)

	out.Version = slice.Roster.Version

	for _, row := range slice.Roster.Rows {
		if row.State == j.state {
			out.Rows++
		}
	}

	due, err := storage.List(t.Context(), s, storage.DueMessages{At: moment})
	require.NoError(t, err)

	out.Messages = len(due.Rows)

	history, err := storage.List(t.Context(), s, storage.History{Structure: where.ID})
	require.NoError(t, err)

	for _, e := range history.Rows {
		if e.Action == j.action {
			out.Journal++
		}
	}

	return out
}

// lost tells whether a fault at a commit loses the answer only, so that the portal can find out what happened.
func lost(f storagetest.Fault) bool { return f != storagetest.Fail && f != storagetest.Hang }

func TestFaulty_PortalLosesNothingAndDoesNothingTwiceWhateverStepFails(t *testing.T) {
	for _, j := range journeys() {
		for _, fault := range storagetest.Faults() {
			t.Run(j.name+"/"+fault.String(), func(t *testing.T) {
				n := 1
				for j.survives(t, fault, n) {
					n++
				}

				assert.Greater(t, n, 3, "there were steps to go wrong")
			})
		}
	}
}

// survives lets one step go wrong, and tells whether there was such a step.
func (j journey) survives(t *testing.T, fault storagetest.Fault, n int) bool {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	var at storagetest.Step

	inner := memory.New()
	plan := atStep(n, fault, cancel)
	f := storagetest.NewFaulty(inner, func(s storagetest.Step) storagetest.Fault {
		if s.N == n {
			at = s
		}

		return plan(s)
	})

	require.NoError(t, put(t.Context(), inner, j.given))

	p := newPortal(t, f)
	err := j.do(ctx, p)

	if at.N == 0 {
		require.NoError(t, err)

		return false
	}

	f.Settle()

	what := fmt.Sprintf("%s at step %d (%s): %v", fault, n, at.Kind, err)
	left := j.left(t, inner)

	switch {
	case err == nil:
		assert.Equal(t, j.after, left, "%s: a success that is not there, or there twice", what)
	case errors.Is(err, storage.ErrUncertain):
		assert.Contains(t, []traces{j.before, j.after}, left, "%s: half done", what)
	default:
		assert.Equal(t, j.before, left, "%s: it failed, and left something behind", what)
	}

	if at.Kind == storagetest.StepCommit && lost(fault) || fault == storagetest.Double {
		require.NoError(t, err, "%s: the portal can find out what happened", what)
	} else {
		require.Error(t, err, what)
	}

	// Whoever was told of a failure may try again.
	want := j.after

	if again := j.do(t.Context(), p); err == nil || left == j.after {
		require.ErrorIs(t, again, j.again, what)

		want = j.twice
	} else {
		require.NoError(t, again, what)
	}

	assert.Equal(t, want, j.left(t, inner), "%s: tried again", what)

	return true
}

// lossy plans a few lost answers at commits that are drawn, never more than the portal bears for one operation.
func lossy(seed uint64) func(storagetest.Step) storagetest.Fault {
	const most = 3

	draw := rand.New(rand.NewPCG(seed, seed))
	faults := slices.DeleteFunc(storagetest.Faults(), func(f storagetest.Fault) bool { return !lost(f) })
	n := 0

	return func(s storagetest.Step) storagetest.Fault {
		if s.Kind != storagetest.StepCommit || s.Update == 1 || n == most || draw.IntN(4) > 0 {
			return storagetest.None
		}

		n++

		return faults[draw.IntN(len(faults))]
	}
}

func TestFaulty_PortalIsLinearizableWhenAnswersAreLost(t *testing.T) {
	for seed := range uint64(60) {
		f := storagetest.NewFaulty(memory.New(), lossy(seed))

		h, err := storagetest.Record(t.Context(), f, storagetest.Recording{Seed: seed, Callers: 6, Each: 6})
		require.NoError(t, err, "seed %d", seed)
		require.NoError(t, storagetest.Linearizable(h), "seed %d", seed)

		f.Settle()

		var everybody []account.ID
		for id := range h.Facts.Accounts {
			everybody = append(everybody, id)
		}

		end, err := f.Roster(t.Context(), storage.RosterQuery{Structure: h.Start.Structure, Accounts: everybody})
		require.NoError(t, err)

		h.End = end.Roster
		require.NoError(t, storagetest.Linearizable(h), "seed %d: what came late changed something", seed)
	}
}

func TestFaulty_PortalRegistersEverybodyOnceWhenAnswersAreLost(t *testing.T) {
	const people = 8

	for seed := range uint64(60) {
		inner := memory.New()
		f := storagetest.NewFaulty(inner, lossy(seed))
		p := newPortal(t, f)

		var done sync.WaitGroup

		for i := range people {
			done.Go(func() {
				_, err := p.Register(t.Context(), personalForm(fmt.Sprint("p", i)))
				assert.NoError(t, err, "seed %d", seed)
			})
		}

		done.Wait()
		f.Settle()

		for i := range people {
			of, err := storage.List(t.Context(), inner, storage.RegistrationsOf{Login: fmt.Sprintf("p%d@example.fr", i)})
			require.NoError(t, err)
			assert.Len(t, of.Rows, 1, "seed %d: person %d", seed, i)
		}

		where, err := inner.StructureByIdentity(t.Context(), identifier.MustParse(identifier.SIRET, laPoste))
		require.NoError(t, err)

		slice, err := inner.Roster(t.Context(), storage.RosterQuery{Structure: where.ID})
		require.NoError(t, err)
		assert.EqualValues(t, people, slice.Roster.Version, "seed %d", seed)

		due, err := storage.List(t.Context(), inner, storage.DueMessages{At: moment})
		require.NoError(t, err)

		links := 0

		for _, m := range due.Rows {
			if m.Kind == mail.ActivationLink {
				links++
			}
		}

		assert.Equal(t, 1, links, "seed %d", seed)
	}
}
