package scenarios

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/structure"
)

// vacantAtOnce has the only user leave at the moment in which somebody is invited by them, or asks and is approved.
func vacantAtOnce(w *World) {
	id := w.team("alice")

	for n := range tries() {
		name := fmt.Sprint("invitee", n)
		if n%2 == 0 {
			w.Loner(name)
		}

		errs := AtOnce(
			func() error { return w.inviting(id, "alice", name, "") },
			func() error { return w.Leave(app("alice"), id) },
		)

		roster := w.sound(id)

		if errs[1] == nil {
			require.ErrorIs(w.T, errs[0], attachment.ErrNotDecider)
			require.Equal(w.T, attachment.Vacant, roster.Standing)
			require.Zero(w.T, roster.Attached)
			w.done(id, attachment.Appoint{By: helpdesk, Account: app("alice")})
			w.status(id, "alice", structure.Active)
		} else {
			require.NoError(w.T, errs[0])
			require.ErrorIs(w.T, errs[1], attachment.ErrNotAlone)
			require.NoError(w.T, w.Portal.Dismiss(w.Ctx, by("alice"), id, Login(name)))
		}
	}
}

// shownAs counts the lines in which a decider is shown a login.
func (w *World) shownAs(id structure.ID, decider, name string) int {
	w.T.Helper()

	page, err := w.Portal.Users(w.Ctx, by(decider), id, guichet.UserQuery{Window: all, Search: name + "@"})
	require.NoError(w.T, err)

	n := 0

	for _, u := range page.Rows {
		if u.Login == Login(name) {
			n++
		}
	}

	return n
}

func invitationsAtOnce(w *World) {
	id := w.team("alice", "bob")
	w.services(id, "alice", "A")
	w.heal(id, []string{"bob"})

	for n := range tries() {
		name := fmt.Sprint("invitee", n)
		if n%2 == 0 {
			w.Loner(name)
		}

		w.Deliver()

		service := structure.Code("")
		if n%3 == 2 {
			service = "A"
		}

		for _, err := range AtOnce(
			func() error { return w.inviting(id, "alice", name, service) },
			func() error { return w.inviting(id, "alice", name, "") },
			func() error { return w.inviting(id, "alice", name, service) },
		) {
			require.NoError(w.T, err, "all are answered alike")
		}

		w.sound(id)
		assert.Equal(w.T, 1, w.shownAs(id, "alice", name))
		assert.LessOrEqual(w.T, len(w.registrations(name)), 1)

		sent := To(w.Deliver(), Login(name))
		assert.NotEmpty(w.T, sent)

		if n%2 == 1 {
			w.accept(w.Token(sent[len(sent)-1]), name)
			assert.Equal(w.T, 1, w.shownAs(id, "alice", name))
		}
	}
}

func invitedAndRegisteredAtOnce(w *World) {
	id := w.team("alice")

	for n := range tries() {
		name := fmt.Sprint("invitee", n)

		errs := AtOnce(
			func() error { return w.inviting(id, "alice", name, "") },
			func() error { return second(w.Portal.Register(w.Ctx, Form(name, Siret(0)))) },
			func() error { return second(w.Portal.Enrol(w.Ctx, Enrolment(name))) },
		)
		for _, err := range errs {
			require.NoError(w.T, err)
		}

		// Whichever came first, the account signs in through what it is sent, and is attached once.
		w.Wait(hour)
		require.NoError(w.T, w.inviting(id, "alice", name, ""))
		w.sound(id)
		assert.Equal(w.T, 1, w.shownAs(id, "alice", name))
		w.is(id, at(name), attachment.Attached)
		w.denied(name, id, "", "organisation/modification", habilitation.ErrNotGranted)
		assert.Empty(w.T, w.waits("alice"))
		assert.Empty(w.T, w.registrations(name))
	}
}

func grantAndDetach(w *World) {
	id := w.team("alice", "bob", "carole")
	w.heal(id, []string{"carole"})
	w.Deliver()

	manage := profiles("organisation/modification")

	for range tries() {
		attempts := w.atOnce(
			id,
			attachment.GrantProfiles{By: by("carole"), Account: app("bob"), Profiles: manage},
			attachment.Detach{By: by("alice"), Account: app("bob")},
			attachment.RequestProfiles{By: by("bob"), Profiles: manage, Comment: "x"},
		)
		require.NoError(w.T, attempts[1].err)

		for _, i := range []int{0, 2} {
			if attempts[i].err != nil {
				assert.True(w.T, errors.Is(attempts[i].err, attachment.ErrNotAttached) ||
					errors.Is(attempts[i].err, attachment.ErrProfile), "%v", attempts[i].err)
			}
		}

		row := w.place(id, at("bob"))
		assert.Empty(w.T, row.Grants)
		assert.False(w.T, row.Wish.Open())
		w.denied("bob", id, "", ofUsers[0], habilitation.ErrNotAttached)

		w.done(id, attachment.Attach{By: by("alice"), Account: app("bob")})
		w.denied("bob", id, "", "organisation/modification", habilitation.ErrNotGranted)
	}

	assert.Empty(w.T, of(w.Deliver(), mail.ProfilesRequested), "nothing waits any more")
}

// What the one who gives and takes knows for certain at a moment.
const (
	uncertain int64 = iota // it is being given, or takenAway
	given
	takenAway

	moments
)

// asker asks whether somebody holds a profile, over and over, while somebody else gives and takes it, and counts the answers that
// are wrong: what was taken before the question and not given again before the answer, and is said to be held; or the reverse.
type asker struct {
	*World

	moment   atomic.Int64 // counts the moments; modulo kinds it says what is certain
	asked    atomic.Int64
	wrong    atomic.Pointer[string]
	question func() bool
}

// next begins another moment of a kind.
func (a *asker) next(kind int64) {
	now := a.moment.Load()
	a.moment.Store(now - now%moments + moments + kind)
}

func (a *asker) ask() {
	before := a.moment.Load()
	held := a.question()

	if a.moment.Load() != before { // it may have been either
		return
	}

	a.asked.Add(1)

	switch kind := before % moments; {
	case kind == takenAway && held:
		a.wrong.Store(new("held although it was taken"))
	case kind == given && !held:
		a.wrong.Store(new("denied although it was given"))
	}
}

// heldMeanwhile gives and takes by everything that gives and takes.
func heldMeanwhile(w *World) {
	id := w.team("alice", "bob")
	profile := profile("factures-emises/modification")
	scope := habilitation.Scope{Structure: id}
	form := formOf(w.Stored(Siret(0)))
	closed := form
	closed.Applications = []structure.Application{"annuaire"}

	command := func(c attachment.Command) func() error {
		return func() error { return second(w.Portal.Do(w.Ctx, id, c)) }
	}
	status := func(s structure.Status) func() error {
		return func() error { return second(w.Portal.SetStatus(w.Ctx, by("alice"), id, s)) }
	}
	describe := func(f structure.Form) func() error {
		return func() error { return second(w.Portal.ChangeStructure(w.Ctx, by("alice"), id, f)) }
	}

	one := []habilitation.Profile{profile}
	pairs := [][2]func() error{
		{
			command(attachment.RevokeProfiles{By: by("alice"), Account: app("bob"), Profiles: one}),
			command(attachment.GrantProfiles{By: by("alice"), Account: app("bob"), Profiles: one}),
		},
		{command(attachment.Suspend{By: by("alice"), Account: app("bob")}), command(attachment.Resume{By: by("alice"), Account: app("bob")})},
		{command(attachment.Detach{By: by("alice"), Account: app("bob")}), command(attachment.Attach{By: by("alice"), Account: app("bob")})},
		{
			func() error { return second(w.Portal.Block(w.Ctx, helpdesk, app("bob"), "")) },
			func() error { return second(w.Portal.Unblock(w.Ctx, helpdesk, app("bob"))) },
		},
		{status(structure.Inactive), status(structure.Active)},
		{describe(closed), describe(form)},
	}

	questions := []func() bool{
		func() bool { return w.Portal.Check(w.Ctx, app("bob"), scope, profile) == nil },
		func() bool {
			rights, err := w.Portal.Rights(w.Ctx, app("bob"))

			return err == nil && rights.Check(w.Clock, scope, profile) == nil
		},
	}

	askers := make([]*asker, len(questions))
	stop := make(chan struct{})

	var all sync.WaitGroup

	for i, question := range questions {
		askers[i] = &asker{World: w, question: question}

		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					askers[i].ask()
				}
			}
		})
	}

	all.Go(func() {
		defer close(stop)

		for n := range tries() {
			for kind, act := range pairs[n%len(pairs)] {
				for _, a := range askers {
					a.next(uncertain)
				}

				if !assert.NoError(w.T, act()) {
					return
				}

				for _, a := range askers {
					a.next([]int64{takenAway, given}[kind])
					a.ask() // at least once in every moment
				}
			}
		}
	})
	all.Wait()

	for _, a := range askers {
		assert.Positive(w.T, a.asked.Load())

		if wrong := a.wrong.Load(); wrong != nil {
			assert.Fail(w.T, *wrong)
		}
	}

	// Going for good, and asked by somebody else meanwhile.
	errs := AtOnce(
		func() error { return w.Portal.Close(w.Ctx, guichet.Departure{By: by("bob"), Account: app("bob")}) },
		func() error { return w.Portal.Check(w.Ctx, app("bob"), scope, profile) },
	)
	require.NoError(w.T, errs[0])
	w.holds("bob", id, "")

	acc, err := w.Portal.Account(w.Ctx, app("bob"))
	require.NoError(w.T, err)
	assert.Equal(w.T, account.Closed, acc.State)
}
