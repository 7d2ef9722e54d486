package attachmenttest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/attachment/attachmenttest"
)

// sample is how many rosters are explored where there is no time for all.
func sample() int {
	if race {
		return 5
	}

	return 40
}

// explore visits all of every universe; under -short, or the race detector, what the fewest commands lead to.
func explore(
	t *testing.T, check func(attachmenttest.Step) error, world func(attachmenttest.Universe) func(attachmenttest.World) error,
) {
	t.Helper()

	for _, u := range attachmenttest.Universes() {
		t.Run(u.Name, func(t *testing.T) {
			t.Parallel()

			opts := &attachmenttest.Options{}
			if world != nil {
				opts.World = world(u)
			}

			if testing.Short() || race {
				opts.MaxRosters = sample()
			}

			start := time.Now()
			report, err := attachmenttest.Explore(u, check, opts)
			require.NoError(t, err)
			t.Log(time.Since(start), report)

			if opts.MaxRosters == 0 {
				assert.Equal(t, report.Rosters, report.Explored)
			}
		})
	}
}

// All that is about steps goes over the universes once: the checks share what a step costs.
func TestD2_D5_D6_D8_EveryStepOfEveryUniverseKeepsTheRules(t *testing.T) {
	t.Parallel()
	explore(t, attachmenttest.All(
		attachmenttest.Whole, attachmenttest.D2, attachmenttest.D5, attachmenttest.D6, attachmenttest.D8,
		attachmenttest.SliceEqualsWhole,
	), func(u attachmenttest.Universe) func(attachmenttest.World) error {
		d9, e6 := attachmenttest.D9(u), attachmenttest.E6(u)

		return func(w attachmenttest.World) error {
			if err := d9(w); err != nil {
				return err
			}

			return e6(w)
		}
	})
}

// prefix explores the beginning of every universe, which shows the same check alone, by its rule.
func prefix(t *testing.T, check func(attachmenttest.Step) error, world func(attachmenttest.Universe) func(attachmenttest.World) error) {
	t.Helper()

	for _, u := range attachmenttest.Universes() {
		opts := &attachmenttest.Options{MaxRosters: sample()}
		if world != nil {
			opts.World = world(u)
		}

		_, err := attachmenttest.Explore(u, check, opts)
		require.NoError(t, err, u.Name)
	}
}

func TestD2_AStructureThatWasManagedHasOneManagerOrIsVacant(t *testing.T) {
	prefix(t, attachmenttest.All(attachmenttest.Whole, attachmenttest.D2), nil)
}

func TestD5_ARequestIsDecidedOnceAndByADecider(t *testing.T) { prefix(t, attachmenttest.D5, nil) }

func TestD6_AMainManagerIsFollowedByWhoMayFollow(t *testing.T) { prefix(t, attachmenttest.D6, nil) }

func TestD8_DetachingAndSuspendingEndTheRightsAtOnce(t *testing.T) { prefix(t, attachmenttest.D8, nil) }

func TestD9_ARightReachesAsFarAsItsAttachment(t *testing.T) { prefix(t, nil, attachmenttest.D9) }

func TestE6_ARightCountsUnderAllConditionsOnly(t *testing.T) { prefix(t, nil, attachmenttest.E6) }

func TestSliceEqualsWhole_EveryDecisionOnASliceIsTheOneOnTheWhole(t *testing.T) {
	prefix(t, attachmenttest.SliceEqualsWhole, nil)
}

// What no command of a universe ever gets done is not explored.
func TestExplore_EveryKindOfCommandOfAUniverseGetsSomethingDone(t *testing.T) {
	for _, u := range attachmenttest.Universes() {
		done := map[string]bool{}

		u.Blocked, u.Inactive, u.Closed = false, false, false

		_, err := attachmenttest.Explore(u, func(s attachmenttest.Step) error {
			if s.Err == nil && len(s.Changes) > 0 {
				done[kind(s.Command)] = true
			}

			return nil
		}, &attachmenttest.Options{MaxRosters: 400})
		require.NoError(t, err)

		for _, c := range u.Kinds {
			assert.True(t, done[kind(c)], "%s: %s", u.Name, kind(c))
		}
	}
}

// The universes together give every command there is.
func TestUniverses_EveryKindOfCommandIsGivenInOne(t *testing.T) {
	given := map[string]bool{}

	for _, u := range attachmenttest.Universes() {
		for _, c := range u.Kinds {
			given[kind(c)] = true
		}
	}

	assert.Len(t, given, 31)
}

func TestExplore_TheFirstFaultComesWithTheShortestWayToIt(t *testing.T) {
	fault := errors.New("somebody is suspended")

	_, err := attachmenttest.Explore(attachmenttest.Requests(), func(s attachmenttest.Step) error {
		for _, row := range s.After.Roster.Rows {
			if row.State == attachment.Suspended {
				return fault
			}
		}

		return nil
	}, nil)

	var failure *attachmenttest.PathError

	require.ErrorAs(t, err, &failure)
	require.ErrorIs(t, err, fault)
	assert.Equal(t, []string{
		"create by account:a", "attach b by account:a", "suspend b by account:a",
	}, failure.Path)
	assert.Contains(t, err.Error(), "\n  3. suspend b by account:a")
}

func TestExplore_GuardsAreAskedAndKeepTheirWordEverywhere(t *testing.T) {
	refused := errors.New("nobody is suspended here")
	guard := func(_ attachment.Roster, _ attachment.Facts, c attachment.Command, _ time.Time) error {
		if _, is := c.(attachment.Suspend); is {
			return refused
		}

		return nil
	}

	report, err := attachmenttest.Explore(attachmenttest.OneService(), attachmenttest.All(
		attachmenttest.D5, attachmenttest.D6, attachmenttest.SliceEqualsWhole,
	), &attachmenttest.Options{Guards: []attachment.Guard{guard}, MaxRosters: 40})
	require.NoError(t, err)
	assert.Zero(t, report.Changed["user suspended"])
	assert.Positive(t, report.Refused[attachment.ErrGuarded])
}

// A check that accepts everything is worth nothing: each of these is a step that no rule allows.
func TestChecks_EachCatchesAStepThatBreaksItsRule(t *testing.T) {
	u := attachmenttest.OneService()
	w := do(t, u.Start(), attachment.Create{By: account.By("a"), Details: details()})
	w = do(t, w, attachment.Attach{By: account.By("a"), Account: "b"})

	vacant := w
	vacant.Roster = w.Roster.Apply(attachment.ManagerLeft{Account: "a"})
	unclaimed := w
	unclaimed.Roster = w.Roster.Apply(attachment.NobodyLeft{Account: "a"})
	change := attachment.UserDetached{Key: attachment.Key{Account: "b"}}
	named := attachment.ManagerNamed{Account: "b"}
	led := w
	led.Roster = w.Roster.Apply(named)

	for name, c := range map[string]struct {
		check func(attachmenttest.Step) error
		step  attachmenttest.Step
	}{
		"D2": {attachmenttest.D2, attachmenttest.Step{
			Before: w, Command: attachment.Settle{By: account.System()}, Changes: []attachment.Change{attachment.NobodyLeft{Account: "a"}}, After: unclaimed,
		}},
		"whole": {attachmenttest.Whole, attachmenttest.Step{
			Before: w, Command: attachment.Settle{By: account.System()}, Changes: []attachment.Change{attachment.NobodyLeft{Account: "a"}}, After: unclaimed,
		}},
		"D5": {attachmenttest.D5, attachmenttest.Step{
			Before: w, Command: attachment.Approve{By: account.By("b"), Account: "a"}, After: w,
		}},
		"D5, kept from deciding": {attachmenttest.D5, attachmenttest.Step{
			Before: w, Command: attachment.Approve{By: account.By("a"), Account: "b"}, After: w,
			Err: &attachment.Error{Err: attachment.ErrNotDecider},
		}},
		"D6, gone": {attachmenttest.D6, attachmenttest.Step{
			Before: w, Command: attachment.Depart{By: account.By("a"), Account: "a", Vacant: true}, After: vacant,
		}},
		"D6, taken": {attachmenttest.D6, attachmenttest.Step{
			Before: w, Command: attachment.Leave{By: account.By("b")}, Changes: []attachment.Change{named}, After: led,
		}},
		"D6, refused": {attachmenttest.D6, attachmenttest.Step{
			Before: w, Command: attachment.HandOver{By: account.By("a"), To: "b"}, After: w,
			Err: &attachment.Error{Err: attachment.ErrNotAttached},
		}},
		"D8": {attachmenttest.D8, attachmenttest.Step{
			Before: w, Command: attachment.Suspend{By: account.By("a"), Account: "b"}, After: suspendedAlready(w),
			Changes: []attachment.Change{attachment.UserAttached{Key: attachment.Key{Account: "b"}}},
		}},
		"slice": {attachmenttest.SliceEqualsWhole, attachmenttest.Step{
			Before: w, Command: attachment.Detach{By: account.By("a"), Account: "b"}, Changes: []attachment.Change{change}, After: w,
		}},
	} {
		assert.Error(t, c.check(c.step), name)
	}
}

// suspendedAlready is a world whose facts are right and whose roster is not.
func suspendedAlready(w attachmenttest.World) attachmenttest.World {
	w.Roster = w.Roster.Apply(attachment.UserSuspended{Key: attachment.Key{Account: "b"}})

	return w
}

func do(t *testing.T, w attachmenttest.World, c attachment.Command) attachmenttest.World {
	t.Helper()

	next, _, err := w.Do(c)
	require.NoError(t, err, "%s", c)

	return next
}
