package account_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
)

// began is when the tries of these tests begin.
var began = time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)

// passwords is how the rule book locks them.
func passwords() account.Lock { return account.Policy{}.WithDefaults().Lock() }

// fail has somebody try in vain, n times in a row.
func fail(t require.TestingT, g account.Gate, l account.Lock, n int, at time.Time) account.Gate {
	for range n {
		var verdict account.Verdict

		g, verdict = g.Enter(l, "try", at)
		require.Equal(t, account.Allowed, verdict)
		g = g.Wrong(l, "try", at)
	}

	return g
}

// says asserts what a gate says to another try.
func says(t *testing.T, want account.Verdict, g account.Gate, l account.Lock, at time.Time) {
	t.Helper()

	_, verdict := g.Enter(l, "another", at)
	assert.Equal(t, want.String(), verdict.String())
}

func TestB10_FiveWrongTriesInARowLockForFifteenMinutes(t *testing.T) {
	l := passwords()
	assert.Equal(t, account.Lock{Tries: 5, For: 15 * time.Minute, Forget: time.Minute}, l)

	g := fail(t, account.Gate{}, l, 4, began)
	says(t, account.Allowed, g, l, began)

	g = fail(t, g, l, 1, began)
	assert.Equal(t, began.Add(15*time.Minute), g.Until)

	for _, c := range []struct {
		after time.Duration
		want  account.Verdict
	}{
		{0, account.Locked}, {15*time.Minute - 1, account.Locked}, {15 * time.Minute, account.Allowed}, {time.Hour, account.Allowed},
	} {
		says(t, c.want, g, l, began.Add(c.after))
	}

	// Whoever goes on afterwards has five tries again, and is locked for as long.
	later := began.Add(15 * time.Minute)
	g = fail(t, g, l, 4, later)
	says(t, account.Allowed, g, l, later)
	says(t, account.Locked, fail(t, g, l, 1, later), l, later.Add(15*time.Minute-1))
}

func TestB10_ARightTryForgetsTheWrongOnes(t *testing.T) {
	l := passwords()

	g := fail(t, account.Gate{}, l, 4, began)
	g, _ = g.Enter(l, "right", began)
	g = g.Right("right")
	assert.Zero(t, g.Failed)

	says(t, account.Allowed, fail(t, g, l, 4, began), l, began)
	says(t, account.Locked, fail(t, g, l, 5, began), l, began)
}

func TestB10_ATryThatWasNotMadeCountsForNothing(t *testing.T) {
	l := passwords()

	g := fail(t, account.Gate{}, l, 4, began)
	for range 10 {
		g, _ = g.Enter(l, "given up", began)
		g = g.Forgo("given up")
	}

	says(t, account.Allowed, g, l, began)
	assert.Equal(t, 4, g.Failed)
}

func TestB10_OfManyAtOnceNoMoreAreLookedAtThanMayBeWrong(t *testing.T) {
	l := passwords()

	for failed := range l.Tries {
		g := fail(t, account.Gate{}, l, failed, began)
		allowed := 0

		for n := range 64 {
			var verdict account.Verdict
			if g, verdict = g.Enter(l, strconv.Itoa(n), began); verdict == account.Allowed {
				allowed++
			} else {
				assert.Equal(t, account.Crowded, verdict, "it may ask again")
			}
		}

		assert.Equal(t, l.Tries-failed, allowed, "after %d wrong ones", failed)
	}
}

func TestB10_AskingTwiceForATryIsAskingOnce(t *testing.T) {
	l := passwords()

	once, _ := account.Gate{}.Enter(l, "try", began)
	twice, verdict := once.Enter(l, "try", began.Add(time.Second))
	assert.Equal(t, account.Allowed, verdict)
	assert.Equal(t, once, twice)
}

func TestB10_AnOutcomeCountsOnce(t *testing.T) {
	l := passwords()

	for name, tell := range map[string]func(g account.Gate) account.Gate{
		"right":   func(g account.Gate) account.Gate { return g.Right("try") },
		"wrong":   func(g account.Gate) account.Gate { return g.Wrong(l, "try", began) },
		"forgone": func(g account.Gate) account.Gate { return g.Forgo("try") },
	} {
		g := fail(t, account.Gate{}, l, 2, began)
		g, _ = g.Enter(l, "somebody else's", began)
		g, _ = g.Enter(l, "try", began)

		once := tell(g)
		assert.Equal(t, []account.Try{{ID: "somebody else's", At: began}}, once.Pending, name)

		// The connection was lost, and it is told again; somebody failed meanwhile.
		assert.Equal(t, once, tell(once), name)

		locked := fail(t, once.Forgo("somebody else's"), l, l.Tries-once.Failed, began)
		assert.Equal(t, locked, tell(locked), name)
	}
}

func TestB10_ATryThatTellsNoOutcomeCountsAsWrong(t *testing.T) {
	l := passwords()

	var g account.Gate
	for n := range 5 { // each a second after the one before
		g, _ = g.Enter(l, strconv.Itoa(n), began.Add(time.Duration(n)*time.Second))
	}

	says(t, account.Crowded, g, l, began.Add(time.Minute-1))

	// They turn wrong one by one, however often somebody asks meanwhile, and the fifth locks.
	for n := range 4 {
		g, _ = g.Enter(l, "asking", began.Add(time.Minute+time.Duration(n)*time.Second))
		assert.Equal(t, n+1, g.Failed)
		g = g.Forgo("asking")
	}

	locks := began.Add(time.Minute + 4*time.Second)
	g, verdict := g.Enter(l, "asking", locks)
	assert.Equal(t, account.Locked, verdict)
	assert.Equal(t, locks.Add(15*time.Minute), g.Until)
	assert.Empty(t, g.Pending)

	// Who tells that one of them was right, much later, does not lift the lock that others brought about, too.
	assert.Equal(t, g, g.Right("4"))
}

func TestB10_CodesAreLockedTwiceAsLongEachTimeUpToADay(t *testing.T) {
	l := account.Policy{}.WithDefaults().CodeLock()
	at := began

	var g account.Gate

	for _, minutes := range []int{15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440} {
		g = fail(t, g, l, 5, at)
		assert.Equal(t, time.Duration(minutes)*time.Minute, g.Until.Sub(at))
		says(t, account.Locked, g, l, g.Until.Add(-1))
		at = g.Until
	}

	// Only a right code ends that.
	g, _ = g.Enter(l, "right", at)
	g = fail(t, g.Right("right"), l, 5, at)
	assert.Equal(t, 15*time.Minute, g.Until.Sub(at))
}

func TestB10_TriesThatTellNoOutcomeLockCodesForLongerToo(t *testing.T) {
	l := account.Policy{}.WithDefaults().CodeLock()
	g := fail(t, account.Gate{}, l, 5, began)
	at := g.Until

	for n := range 5 {
		g, _ = g.Enter(l, strconv.Itoa(n), at)
	}

	g, verdict := g.Enter(l, "another", at.Add(time.Minute))
	assert.Equal(t, account.Locked, verdict)
	assert.Equal(t, 30*time.Minute, g.Until.Sub(at.Add(time.Minute)))
}

func TestB10_TheLocksAreThePolicys(t *testing.T) {
	p := account.Policy{MaxTries: 3, LockTime: 48 * time.Hour, TryTime: time.Second}.WithDefaults()
	assert.Equal(t, account.Lock{Tries: 3, For: 48 * time.Hour, Forget: time.Second}, p.Lock())
	assert.Equal(t, account.Lock{Tries: 3, For: 48 * time.Hour, Forget: time.Second, Grows: true}, p.CodeLock())

	for _, l := range []account.Lock{p.Lock(), p.CodeLock()} {
		g := fail(t, account.Gate{}, l, 3, began)
		says(t, account.Locked, g, l, began.Add(48*time.Hour-1))
		assert.Equal(t, 48*time.Hour, fail(t, g, l, 3, g.Until).Until.Sub(g.Until), "a lock of more than a day does not grow")
	}
}

func TestB10_AClockThatWasWrongLocksNobodyForEver(t *testing.T) {
	l := passwords()
	ahead := began.AddDate(1, 0, 0)

	says(t, account.Allowed, fail(t, account.Gate{}, l, 5, ahead), l, began)

	var g account.Gate
	for n := range 5 {
		g, _ = g.Enter(l, strconv.Itoa(n), ahead)
	}

	g, verdict := g.Enter(l, "another", began) // they tell no outcome any more
	assert.Equal(t, account.Locked, verdict)
	says(t, account.Allowed, g, l, began.Add(15*time.Minute))
}

func TestB10_AWrongTryAtAnotherGateCountsHere(t *testing.T) {
	l := passwords()

	g := fail(t, account.Gate{}, l, 3, began)
	g = g.Fail(l, began)
	says(t, account.Allowed, g, l, began)
	g = g.Fail(l, began)
	says(t, account.Locked, g, l, began)
	assert.Equal(t, 1, g.Closed)
}

func TestB10_VerdictsHaveStableNames(t *testing.T) {
	for v, want := range map[account.Verdict]string{
		0: "invalid", account.Allowed: "allowed", account.Crowded: "crowded", account.Locked: "locked", account.Locked + 1: "invalid",
	} {
		assert.Equal(t, want, v.String())
	}
}

func TestB10_AGateThatClosesSaysSoBeforeItIsTried(t *testing.T) {
	l := account.Policy{}.WithDefaults().CodeLock()
	g := fail(t, account.Gate{}, l, 4, began)
	assert.False(t, g.Closes(l, began))

	g = fail(t, g, l, 1, began)

	for _, c := range []struct {
		at   time.Time
		want bool
	}{
		{began, true},
		{began.Add(15*time.Minute - 1), true},
		{began.Add(15 * time.Minute), false},
		{began.Add(-23*time.Hour - 45*time.Minute), true},
		{began.Add(-23*time.Hour - 45*time.Minute - 1), false}, // what is farther than a day was set by a clock that was wrong
	} {
		assert.Equal(t, c.want, g.Closes(l, c.at), c.at)

		_, verdict := g.Enter(l, "another", c.at)
		assert.Equal(t, c.want, verdict == account.Locked, c.at)
	}
}

func TestB10_MailedCodesAreRarerEachTimeButAlwaysLastForHalfTheirLife(t *testing.T) {
	for _, c := range []struct {
		life time.Duration
		want []time.Duration // pauses, from one code to the next
	}{
		{10 * time.Minute, []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute}},
		{time.Minute, []time.Duration{30 * time.Second, 30 * time.Second, 30 * time.Second}},
	} {
		var asked account.Ask

		p := account.Policy{FactorLife: c.life}.WithDefaults().Codes()

		at := began
		asked, granted := asked.Grant(p, at)
		require.True(t, granted)

		for _, pause := range c.want {
			_, granted = asked.Grant(p, at.Add(pause-1))
			assert.False(t, granted, "%s before %s", c.life, pause)

			at = at.Add(pause)
			asked, granted = asked.Grant(p, at)
			assert.True(t, granted, "%s after %s", c.life, pause)
		}
	}
}

func TestF2_LocksInARowAreToldLessOftenEachTime(t *testing.T) {
	var told []int

	for n := range 40 {
		if (account.Gate{Closed: n}).Tells() {
			told = append(told, n)
		}
	}

	assert.Equal(t, []int{1, 2, 4, 8, 16, 32}, told)
}
