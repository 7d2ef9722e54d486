package account

import (
	"slices"
	"time"
)

// Attempts count the tries to prove oneself (rule B10): one row for each login that is typed, whether or not anybody has it,
// and one for each account, for what is asked of who has shown already which account is theirs. They are kept under keyed
// hashes, so that a table of them tells nobody which addresses were typed.
type Attempts struct {
	Key     string // the keyed hash
	Version int64  // as read; 0 = not stored yet

	Password Gate // of a login's row, to sign in; of an account's, to change what protects it
	Answer   Gate // to the secret question
	Code     Gate // of the second factor

	Reset      Ask // links to choose another password that were asked for with the login
	Resend     Ask // likewise, to activate
	Reactivate Ask // likewise, to reactivate
	Move       Ask // likewise, to confirm the address as an account's new login
	Told       Ask // of a login's row, mails to the owner, if there is one, that signing in is locked; of an account's, codes that were mailed in a row and not shown

	Over time.Time // from then on nothing of it counts any more: it may be deleted
}

// Try is a try that is allowed, and whose outcome is not known yet.
type Try struct {
	ID string // made before it is asked for, so that asking again does not count it twice
	At time.Time
}

// Gate counts the tries of one kind: an unbroken row of wrong ones closes it for a while.
//
// A try is allowed before its secret is looked at, with [Gate.Enter], and its outcome is told afterwards, with [Gate.Right],
// [Gate.Wrong] or [Gate.Forgo]. So however many come at once, no more of them are looked at than may be wrong. Each of the
// methods may be repeated: an outcome counts once.
type Gate struct {
	Failed  int       // wrong tries in a row
	Pending []Try     // at most as many as may be wrong, the oldest first
	Until   time.Time // closed until then; zero = it was not closed since the last right try
	Closed  int       // how often it was closed since the last right try
}

// Verdict is what a [Gate] says to a try.
type Verdict uint8

// The verdicts. The zero Verdict is invalid.
const (
	Allowed Verdict = iota + 1 // the secret may be looked at; the outcome must be told
	Crowded                    // as many as may be wrong are being looked at: ask again in a moment
	Locked                     // closed until Gate.Until
)

// String returns the name of the verdict.
func (v Verdict) String() string {
	switch v {
	case Allowed:
		return "allowed"
	case Crowded:
		return "crowded"
	case Locked:
		return "locked"
	default:
		return "invalid"
	}
}

// Lock says how many wrong tries in a row close a gate, and for how long.
type Lock struct {
	Tries  int
	For    time.Duration // the first time
	Grows  bool          // twice as long each time in a row, a day at most: for secrets of few digits
	Forget time.Duration // after which a try that told no outcome counts as wrong: its process ended
}

// Lock returns how the policy locks passwords and answers (rule B10).
func (p Policy) Lock() Lock { return Lock{Tries: p.MaxTries, For: p.LockTime, Forget: p.TryTime} }

// CodeLock returns how the policy locks the codes of a second factor, which have six digits.
func (p Policy) CodeLock() Lock {
	l := p.Lock()
	l.Grows = true

	return l
}

// longestLock is the longest that a gate is closed, whatever the clock said when it was.
const longestLock = day

// pause returns for how long a gate is closed that is closed for the nth time in a row.
func (l Lock) pause(nth int) time.Duration {
	pause := l.For

	for n := 1; l.Grows && n < nth && pause < longestLock; n++ {
		pause *= 2
	}

	return min(pause, max(longestLock, l.For))
}

// Enter asks for a try.
func (g Gate) Enter(l Lock, id string, at time.Time) (Gate, Verdict) {
	g = g.settled(l, at)

	switch {
	case g.Closes(l, at):
		return g, Locked
	case slices.ContainsFunc(g.Pending, func(t Try) bool { return t.ID == id }):
		return g, Allowed
	case g.Failed+len(g.Pending) >= l.Tries:
		return g, Crowded
	default:
		g.Pending = append(slices.Clone(g.Pending), Try{ID: id, At: at})

		return g, Allowed
	}
}

// Closes tells whether every try is refused now.
func (g Gate) Closes(l Lock, at time.Time) bool {
	return at.Before(g.Until) && g.Until.Sub(at) <= max(longestLock, l.For) // what is farther was set by a clock that was wrong
}

// Tells says whether the owner is told that the gate was closed: the first time since the last right try, the second, the fourth,
// the eighth and so on, so that who goes on for days does not fill a mailbox.
func (g Gate) Tells() bool { return g.Closed > 0 && g.Closed&(g.Closed-1) == 0 }

// settled counts the tries that told no outcome in time as wrong.
func (g Gate) settled(l Lock, at time.Time) Gate {
	for _, t := range g.Pending {
		if end := t.At.Add(l.Forget); !at.Before(end) || t.At.Sub(at) > l.Forget {
			g = g.Wrong(l, t.ID, at)
		}
	}

	return g
}

// without returns the gate without a pending try; ok is false if there is none of that id.
func (g Gate) without(id string) (out Gate, ok bool) {
	i := slices.IndexFunc(g.Pending, func(t Try) bool { return t.ID == id })
	if i < 0 {
		return g, false
	}

	g.Pending = slices.Delete(slices.Clone(g.Pending), i, i+1)

	return g, true
}

// Right tells that a try was right: what was wrong before is forgotten. One that was settled already changes nothing.
func (g Gate) Right(id string) Gate {
	out, ok := g.without(id)
	if !ok {
		return g
	}

	return Gate{Pending: out.Pending}
}

// Forgo tells that a try was not made: its secret was not looked at.
func (g Gate) Forgo(id string) Gate {
	g, _ = g.without(id)

	return g
}

// Wrong tells that a try was wrong. As many in a row as the lock says close the gate.
func (g Gate) Wrong(l Lock, id string, at time.Time) Gate {
	out, ok := g.without(id)
	if !ok {
		return g
	}

	return out.Fail(l, at)
}

// Fail counts a wrong try that was allowed at another gate.
func (g Gate) Fail(l Lock, at time.Time) Gate {
	if g.Failed++; g.Failed < l.Tries {
		return g
	}

	g.Failed = 0
	g.Closed++
	g.Until = at.Add(l.pause(g.Closed))

	return g
}

// Ask is when mails of one kind were last asked for with a login. Whoever asks again and again waits longer each time, so that
// nobody can fill somebody's mailbox, nor end their links faster than they can be opened.
type Ask struct {
	At    time.Time // the last that was granted
	Count int       // how many were, without a day's silence
}

// next returns from when on another is granted.
func (a Ask) next(p Policy) time.Time {
	// No longer than a link lives: whoever asks in a stranger's stead could else see to it that its owner has none.
	longest := max(p.LinkLife, p.LinkAgain)

	pause := p.LinkAgain
	for n := 1; n < a.Count && pause < longest; n++ {
		pause *= 2
	}

	return a.At.Add(min(pause, longest))
}

// Seldom returns the policy for mails that carry nothing their reader waits for: the pause between them grows up to six hours.
func (p Policy) Seldom() Policy {
	p.LinkLife = max(p.LinkLife, 6*time.Hour)

	return p
}

// Codes returns the policy for the codes that are mailed to who knows a password: one a minute at first, then less often each
// time until one is shown, but always as often as it takes that one still lasts for half its life.
func (p Policy) Codes() Policy {
	p.LinkAgain, p.LinkLife = min(time.Minute, p.FactorLife/2), p.FactorLife/2

	return p
}

// Grant tells whether a mail that is asked for now is sent, and returns the ask after it.
func (a Ask) Grant(p Policy, at time.Time) (Ask, bool) {
	switch {
	case a.Count == 0 || at.Sub(a.At) >= day || a.At.Sub(at) > day:
		return Ask{At: at, Count: 1}, true
	case at.Before(a.next(p)):
		return a, false
	default:
		return Ask{At: at, Count: a.Count + 1}, true
	}
}

// Kept returns the attempts with the time from when on they may be forgotten: what is in a row is remembered for the policy's
// KeepAttempts after the last try, and at least for as long as it locks.
func (a Attempts) Kept(p Policy, at time.Time) Attempts {
	a.Over = at.Add(p.KeepAttempts)

	for _, g := range []Gate{a.Password, a.Answer, a.Code} {
		if end := g.Until.Add(p.KeepAttempts); !g.Until.IsZero() && end.After(a.Over) {
			a.Over = end
		}
	}

	return a
}

// Clone returns a copy that shares no memory with a.
func (a Attempts) Clone() Attempts {
	for _, g := range []*Gate{&a.Password, &a.Answer, &a.Code} {
		g.Pending = slices.Clone(g.Pending)
	}

	return a
}
