package storagetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// Call is one command that somebody gave through a portal, and the answer. Err is nil for a success, an
// [*attachment.Error] for a refusal, and anything else for a call that did not happen, of which nothing is asked.
type Call struct {
	Command attachment.Command
	At      time.Time // what the portal's clock said; it must not go on during the call
	Start   int64     // of a clock that all callers share and that goes on with every look at it, before the call
	End     int64     // and after it
	Version int64     // guichet.Outcome's, of a success
	Changes []attachment.Change
	Err     error
}

// History is what many callers did to one structure.
type History struct {
	Start attachment.Roster // the whole of it, before the first call
	Facts attachment.Facts  // of everybody and every service that is named; they must not change meanwhile
	Calls []Call            // in any order
	End   attachment.Roster // the whole of it, as stored after the last call
}

// Linearizable tells whether everybody was answered as if the commands had been carried out one after the other, each at
// some moment between its start and its end. It needs no search: every success carries the version of the roster that it
// produced, and the versions are the order. The error names the call that does not fit, and says why.
//
// The successes are replayed, in the order of their versions, through [attachment.Decide] on the whole roster: their
// versions must be those from the first to the last, each once, and their changes the same; none may have ended before
// one that it follows began; and the roster at the end must be the stored one. Every refusal, and every success without
// changes, must follow from a version that was current during its call, and from none that is older than what somebody
// had been told before it began.
//
// An answer that is [storage.ErrUncertain] makes a history impossible to judge, and is an error.
func Linearizable(h History) error {
	r := &replay{history: h, states: []attachment.Roster{h.Start}}

	return steps(r.sort, r.versions, r.decide, r.realTime, r.explain, r.ending)
}

// replay is a check of a history under way.
type replay struct {
	history History
	writes  []int               // the calls that changed something, by version
	reads   []int               // the refusals, and the successes without changes, by start
	states  []attachment.Roster // the start, and after each write
}

// call returns a call by its place in the history.
func (r *replay) call(i int) Call { return r.history.Calls[i] }

// name returns how an error calls a call.
func (r *replay) name(i int) string { return fmt.Sprintf("call %d (%s)", i, r.call(i).Command) }

// state returns the roster of a version.
func (r *replay) state(version int64) attachment.Roster {
	return r.states[version-r.history.Start.Version]
}

// sort tells writes from reads.
func (r *replay) sort() error {
	for i, c := range r.history.Calls {
		var refusal *attachment.Error

		switch {
		case c.Start >= c.End:
			return fmt.Errorf("%s starts at %d and ends at %d: the clock must go on in between", r.name(i), c.Start, c.End)
		case c.Err == nil && len(c.Changes) > 0:
			r.writes = append(r.writes, i)
		case c.Err == nil || errors.As(c.Err, &refusal):
			r.reads = append(r.reads, i)
		case errors.Is(c.Err, storage.ErrUncertain):
			return fmt.Errorf("%s may have happened or not, so that nothing can be said of what followed: %w", r.name(i), c.Err)
		}
	}

	slices.SortStableFunc(r.writes, func(a, b int) int { return cmp.Compare(r.call(a).Version, r.call(b).Version) })
	slices.SortStableFunc(r.reads, func(a, b int) int { return cmp.Compare(r.call(a).Start, r.call(b).Start) })

	return nil
}

// versions tells whether the successes produced the versions from the first to the last, each once.
func (r *replay) versions() error {
	last := r.history.End.Version

	for n, i := range r.writes {
		version, want := r.call(i).Version, r.history.Start.Version+int64(n)+1

		switch {
		case n > 0 && version == r.call(r.writes[n-1]).Version:
			return fmt.Errorf("%s and %s both say that they produced version %d", r.name(r.writes[n-1]), r.name(i), version)
		case version < want:
			return fmt.Errorf("%s says that it produced version %d, and the first to be produced is %d", r.name(i), version, want)
		case version > want:
			return fmt.Errorf("nobody says that they produced version %d, and %s produced version %d", want, r.name(i), version)
		case version > last:
			return fmt.Errorf("%s says that it produced version %d, and the stored roster has version %d", r.name(i), version, last)
		}
	}

	if produced := r.history.Start.Version + int64(len(r.writes)); produced != last {
		return fmt.Errorf("the stored roster has version %d, and the last that anybody says they produced is %d", last, produced)
	}

	return nil
}

// answer is what a call would be answered, had it come to the roster of a version.
func (r *replay) answer(i int, version int64) ([]attachment.Change, error) {
	c, roster := r.call(i), r.state(version)

	roster.Queue = roster.Line(r.history.Facts, c.At)
	roster.Queue = roster.Queue[:min(len(roster.Queue), attachment.QueueLength)]

	return attachment.Decide(roster, r.history.Facts, c.Command, c.At)
}

// decide replays the successes.
func (r *replay) decide() error {
	for _, i := range r.writes {
		c := r.call(i)

		changes, err := r.answer(i, c.Version-1)
		if err != nil {
			return fmt.Errorf("%s says that it produced version %d, and version %d refuses it: %w",
				r.name(i), c.Version, c.Version-1, err)
		}

		if err := same("changes", changes, c.Changes); err != nil {
			return fmt.Errorf("%s did not do to version %d what follows from it: %w", r.name(i), c.Version-1, err)
		}

		next := r.state(c.Version - 1)
		for _, change := range changes {
			next = next.Apply(change)
		}

		next.Version, next.Queue = c.Version, nil
		r.states = append(r.states, next)
	}

	return nil
}

// realTime tells whether a success ended before one that it follows began.
func (r *replay) realTime() error {
	if len(r.writes) == 0 {
		return nil
	}

	newest := r.writes[0] // of those before, the one that began last

	for _, i := range r.writes[1:] {
		if r.call(i).End < r.call(newest).Start {
			return fmt.Errorf("%s produced version %d, but had ended (at %d) before %s, which produced version %d, began (at %d)",
				r.name(i), r.call(i).Version, r.call(i).End, r.name(newest), r.call(newest).Version, r.call(newest).Start)
		}

		if r.call(i).Start > r.call(newest).Start {
			newest = i
		}
	}

	return nil
}

// current returns the first and the last version that may have been current during a call.
func (r *replay) current(i int) (first, last int64) {
	first, last = r.history.Start.Version, r.history.End.Version

	for _, w := range r.writes {
		switch {
		case r.call(w).End < r.call(i).Start:
			first = max(first, r.call(w).Version)
		case r.call(w).Start > r.call(i).End:
			last = min(last, r.call(w).Version-1)
		}
	}

	return first, last
}

// explain finds for each read the oldest version that explains it and that is not older than what explains those that
// ended before it began. Taking the oldest leaves the most room to those that come after, so that nothing is tried
// twice.
func (r *replay) explain() error {
	seen := map[int]int64{}

	for n, i := range r.reads {
		first, last := r.current(i)
		floor, teller := first, -1

		for _, earlier := range r.reads[:n] {
			if r.call(earlier).End < r.call(i).Start && seen[earlier] > floor {
				floor, teller = seen[earlier], earlier
			}
		}

		v := floor
		for v <= last && !r.explains(i, v) {
			v++
		}

		if v > last {
			return r.unexplained(i, first, floor, last, teller)
		}

		seen[i] = v
	}

	return nil
}

// explains tells whether a version answers a read as it was answered.
func (r *replay) explains(i int, version int64) bool {
	c := r.call(i)
	changes, err := r.answer(i, version)

	if c.Err == nil {
		return err == nil && len(changes) == 0 && c.Version == version
	}

	var want, got *attachment.Error

	if !errors.As(c.Err, &want) || !errors.As(err, &got) || !errors.Is(got.Err, want.Err) || got.Key != want.Key {
		return false
	}

	return !errors.Is(got.Err, attachment.ErrDecided) || got.By == want.By && got.At.Equal(want.At)
}

// unexplained says why nothing explains a read.
func (r *replay) unexplained(i int, first, floor, last int64, teller int) error {
	told := "nothing to do"
	if err := r.call(i).Err; err != nil {
		told = err.Error()
	}

	for v := first; v < floor; v++ {
		if r.explains(i, v) {
			return fmt.Errorf("%s was answered %q from version %d, but %s, which had ended before it began, had been answered from version %d or later",
				r.name(i), told, v, r.name(teller), floor)
		}
	}

	changes, err := r.answer(i, last)

	would := fmt.Sprintf("%d changes", len(changes))
	if err != nil {
		would = fmt.Sprintf("%q", err)
	}

	return fmt.Errorf("%s was answered %q, which none of the versions %d to %d that were current during it answers; version %d answers %s",
		r.name(i), told, first, last, last, would)
}

// ending compares the replayed roster with the stored one.
func (r *replay) ending() error {
	plain := func(roster attachment.Roster) attachment.Roster {
		roster.Queue, roster.Rows = nil, slices.Clone(roster.Rows)
		slices.SortFunc(roster.Rows, func(a, b attachment.Attachment) int { return a.Compare(b.Key) })

		return roster
	}

	if err := same("roster", plain(r.state(r.history.End.Version)), plain(r.history.End)); err != nil {
		return fmt.Errorf("the stored roster is not the one that the calls lead to: %w", err)
	}

	return nil
}
