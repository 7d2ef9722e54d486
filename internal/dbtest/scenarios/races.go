package scenarios

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// races are the stories of what people do at the same moment.
func races() []Scenario {
	return []Scenario{
		{"D2_WhateverDecidersDoToEachOtherAtOnceThereIsOneMainManager", struggle},
		{"D5_OfManyDecisionsAtOnceOneIsTaken", decisionsAtOnce},
		{"D6_WhoGoesAtTheMomentOfAHandOverIsNotLeftInCharge", handOverToWhoGoes},
		{"D6_TwoHandOversAtOnceHaveOneSuccessor", handOversAtOnce},
		{"D6_AStructureIsNotLeftVacantAtTheMomentSomebodyIsInvited", vacantAtOnce},
		{"D7_OfManyInvitationsAtOnceOneIsMade", invitationsAtOnce},
		{"D7_AnInvitationAndARegistrationAtOnceAreAttachedOnce", invitedAndRegisteredAtOnce},
		{"E4_WhoIsDetachedAtTheMomentOfAGrantHoldsNothing", grantAndDetach},
		{"E6_NothingIsHeldThatWasTakenBeforeItWasAskedFor", heldMeanwhile},
	}
}

// rounds is how often a race is run; the environment variable GUICHET_ROUNDS may ask for more.
const rounds = 25

func tries() int {
	if n, err := strconv.Atoi(os.Getenv("GUICHET_ROUNDS")); err == nil && n > rounds {
		return n
	}

	return rounds
}

// attempt is a command of several at once, and what came of it.
type attempt struct {
	command attachment.Command
	outcome guichet.Outcome
	err     error
}

// atOnce carries out commands at once, and asserts that what came of them is what would have come of them in some order, one
// after the other: those that succeeded in the order of their versions, those that were refused somewhere in between, for the
// reason that they were told.
func (w *World) atOnce(id structure.ID, commands ...attachment.Command) []attempt {
	w.T.Helper()

	var people []account.ID
	for _, c := range commands {
		people = append(people, c.Accounts()...)
	}

	before := w.whole(id, people...)
	before.Facts.Policy = account.Policy{}.WithDefaults()

	out := make([]attempt, len(commands))
	fns := make([]func() error, len(commands))

	for i, c := range commands {
		out[i].command = c
		fns[i] = func() error {
			out[i].outcome, out[i].err = w.Portal.Do(w.Ctx, id, c)

			return out[i].err
		}
	}

	AtOnce(fns...)
	w.serial(before, w.sound(id, people...), out)

	return out
}

// serial looks for that order.
func (w *World) serial(before storage.Slice, after attachment.Roster, attempts []attempt) {
	w.T.Helper()

	won := slices.DeleteFunc(slices.Clone(attempts), func(a attempt) bool {
		return a.err != nil || len(a.outcome.Changes) == 0
	})
	slices.SortFunc(won, func(a, b attempt) int { return int(a.outcome.Version - b.outcome.Version) })

	roster := before.Roster
	states := []attachment.Roster{roster}

	for i, a := range won {
		require.Equal(w.T, before.Roster.Version+int64(i)+1, a.outcome.Version, "each has a version of its own")

		changes, err := attachment.Decide(roster, before.Facts, a.command, w.Clock)
		require.NoError(w.T, err, "%s", a.command)
		require.Equal(w.T, a.outcome.Changes, changes, "%s", a.command)

		for _, c := range changes {
			roster = roster.Apply(c)
		}

		roster.Version = a.outcome.Version
		states = append(states, roster)
	}

	for _, key := range keysOf(roster) {
		was, _ := roster.Row(key)
		is, _ := after.Row(key)
		assert.Equal(w.T, was, is)
	}

	assert.Equal(w.T, roster.Holder, after.Holder)
	assert.Equal(w.T, roster.Standing, after.Standing)

	for _, a := range attempts {
		if a.err == nil && len(a.outcome.Changes) > 0 {
			continue
		}

		assert.True(w.T, slices.ContainsFunc(states, func(r attachment.Roster) bool {
			changes, err := attachment.Decide(r, before.Facts, a.command, w.Clock)

			return sameRefusal(err, a.err) && len(changes) == 0
		}), "%s: %v", a.command, a.err)
	}
}

func keysOf(r attachment.Roster) []attachment.Key {
	out := make([]attachment.Key, len(r.Rows))
	for i, row := range r.Rows {
		out[i] = row.Key
	}

	return out
}

// sameRefusal tells whether two errors say the same, who decided and when among it.
func sameRefusal(a, b error) bool {
	x, refused := errors.AsType[*attachment.Error](a)
	y, alike := errors.AsType[*attachment.Error](b)

	if !refused || !alike {
		return a == nil && b == nil
	}

	return x.Code() == y.Code() && x.By == y.By && x.At.Equal(y.At)
}

// struggle has three people who may decide hand over to, send away, suspend and demote each other, and go, at once.
func struggle(w *World) {
	people := []string{"alice", "bob", "carole"}
	id := w.team(people[0], people[1:]...)
	manage := profiles("organisation/modification")

	for range tries() {
		w.heal(id, people)

		commands := make([]attachment.Command, 2+rand.IntN(3))
		for i := range commands {
			who, whom := people[rand.IntN(3)], people[rand.IntN(3)]
			all := []attachment.Command{
				attachment.HandOver{By: by(who), To: app(whom)},
				attachment.HandOver{By: by(who), To: app(whom)},
				attachment.Detach{By: by(who), Account: app(whom)},
				attachment.Suspend{By: by(who), Account: app(whom)},
				attachment.RevokeProfiles{By: by(who), Account: app(whom), Profiles: manage},
				attachment.GrantProfiles{By: by(who), Account: app(whom), Profiles: manage},
				attachment.CopyProfiles{By: by(who), From: at(people[rand.IntN(3)]), To: at(whom)},
				attachment.Leave{By: by(who)},
				attachment.DropProfiles{By: by(who), Profiles: manage},
			}
			commands[i] = all[rand.IntN(len(all))]
		}

		w.atOnce(id, commands...)

		roster := w.sound(id)
		require.Equal(w.T, attachment.Managed, roster.Standing)

		// Whoever leads can act, and nobody else does as if they led.
		scope := habilitation.Scope{Structure: id}
		require.NoError(w.T, w.Portal.Check(w.Ctx, roster.Holder, scope, habilitation.Manage))
	}
}

// heal makes everybody a decider again.
func (w *World) heal(id structure.ID, people []string) {
	w.T.Helper()

	holder := account.By(w.sound(id).Holder)

	for _, name := range people {
		if holder.Is(app(name)) {
			continue
		}

		switch w.place(id, at(name)).State {
		case attachment.Suspended:
			w.done(id, attachment.Resume{By: holder, Account: app(name)})
		case attachment.Attached:
		default:
			w.done(id, attachment.Attach{By: holder, Account: app(name)})
		}

		_, err := w.Portal.Do(w.Ctx, id, attachment.GrantProfiles{
			By: holder, Account: app(name), Profiles: profiles(ofDeciders...),
		})
		require.NoError(w.T, err)
	}
}

func decisionsAtOnce(w *World) {
	id := w.team("alice", "bob", "carole")
	w.heal(id, []string{"alice", "bob", "carole"})
	w.Loner("denis")

	for n := range tries() {
		w.wants(id, "denis", "")
		w.Deliver()

		commands := []attachment.Command{
			attachment.Approve{By: by("alice"), Account: app("denis")},
			attachment.Refuse{By: by("bob"), Account: app("denis"), Reason: "Non"},
			attachment.Approve{By: by("carole"), Account: app("denis")},
		}
		if n%2 == 1 {
			commands = append(commands, attachment.Withdraw{By: by("denis")})
		}

		var won []string

		for _, a := range w.atOnce(id, commands...) {
			if a.err == nil {
				won = append(won, a.command.String())
			}
		}

		require.Len(w.T, won, 1, "one is taken")

		sent := w.Deliver()
		assert.Len(w.T, append(of(sent, mail.AttachmentGranted), of(sent, mail.Refused)...), len(To(sent, Login("denis"))))

		if w.place(id, at("denis")).State == attachment.Attached {
			w.done(id, attachment.Detach{By: by("alice"), Account: app("denis")})
		}
	}
}

func handOverToWhoGoes(w *World) {
	id := w.team("alice")

	for n := range tries() {
		name := fmt.Sprint("suite", n)
		w.Loner(name)
		w.done(id, attachment.Attach{By: by("alice"), Account: app(name)})

		goes := []func() error{
			func() error {
				return second(w.Portal.Deactivate(w.Ctx, guichet.Departure{By: by(name), Account: app(name)}))
			},
			func() error { return w.Portal.Close(w.Ctx, guichet.Departure{By: by(name), Account: app(name)}) },
			func() error { return second(w.Portal.Do(w.Ctx, id, attachment.Leave{By: by(name)})) },
			func() error {
				return second(w.Portal.Do(w.Ctx, id, attachment.Depart{By: by(name), Account: app(name)}))
			},
		}[n%4]

		errs := AtOnce(goes, func() error {
			return second(w.Portal.Do(w.Ctx, id, attachment.HandOver{By: by("alice"), To: app(name)}))
		})
		gone, handed := errs[0], errs[1]

		require.NotEqual(w.T, gone == nil, handed == nil, "one or the other: %v, %v", gone, handed)

		if handed == nil {
			w.leads(id, name)
			assert.True(w.T, errors.Is(gone, guichet.ErrManages) || errors.Is(gone, attachment.ErrMainManager) ||
				errors.Is(gone, attachment.ErrNotAlone), "%v", gone)
			w.done(id, attachment.HandOver{By: by(name), To: app("alice")})
			w.done(id, attachment.Leave{By: by(name)})
		} else {
			w.leads(id, "alice")
			assert.True(w.T, errors.Is(handed, attachment.ErrAccountInactive) || errors.Is(handed, attachment.ErrNotAttached), "%v", handed)

			if n%4 == 0 {
				w.done(id, attachment.Detach{By: by("alice"), Account: app(name)})
			}
		}
	}
}

func handOversAtOnce(w *World) {
	people := []string{"alice", "bob", "carole"}
	id := w.team(people[0], people[1:]...)

	for range tries() {
		holder := w.sound(id).Holder

		var commands []attachment.Command

		for _, name := range people {
			if app(name) != holder {
				commands = append(commands, attachment.HandOver{By: account.By(holder), To: app(name)})
			}
		}

		won := 0

		for _, a := range w.atOnce(id, append(commands, attachment.Appoint{
			By: helpdesk, Account: commands[0].(attachment.HandOver).To, Unreachable: true,
		})...) {
			if a.err == nil {
				won++
			}
		}

		assert.Positive(w.T, won)
		assert.NotEqual(w.T, holder, w.sound(id).Holder)
	}
}
