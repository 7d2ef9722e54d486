package attachmenttest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
)

// Step is one command in one world.
type Step struct {
	Before  World // when the command is given: what is due has not been applied
	Command attachment.Command
	Guards  []attachment.Guard // of the application
	Changes []attachment.Change
	Err     error // the refusal
	After   World // is Before when the command was refused

	part   part
	slices map[part]World // of Before; nil outside an exploration
}

// Options are how to explore. The zero value explores all of a universe with the rules alone.
type Options struct {
	Guards     []attachment.Guard // of the application, asked as the portal asks them
	MaxRosters int                // how many rosters to give commands in, those that take the fewest commands first; 0 = all

	// World is asked about every roster, under all circumstances; nil = nothing is.
	World func(World) error
}

// Report is what an exploration saw.
type Report struct {
	Universe string
	Rosters  int            // different ones that were reached
	Explored int            // of those, in how many all commands were given
	Worlds   int            // those, under all their circumstances
	Steps    int            // commands given
	Depth    int            // how many commands the farthest roster took
	Refused  map[error]int  // the steps that were refused, by sentinel
	Changed  map[string]int // the changes that came of the others, by action
}

// String returns the counts on several lines.
func (r Report) String() string {
	var b strings.Builder

	fmt.Fprintf(&b, "universe %q: %d rosters, of which %d explored, %d commands deep; %d worlds, %d steps\n",
		r.Universe, r.Rosters, r.Explored, r.Depth, r.Worlds, r.Steps)

	for _, action := range slices.Sorted(maps.Keys(r.Changed)) {
		fmt.Fprintf(&b, "%9d %s\n", r.Changed[action], action)
	}

	refusals := slices.SortedFunc(maps.Keys(r.Refused), func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	for _, refusal := range refusals {
		fmt.Fprintf(&b, "%9d refused: %s\n", r.Refused[refusal], refusal)
	}

	return b.String()
}

// PathError is the first fault that an exploration met, and a shortest way to it.
type PathError struct {
	Universe string
	Path     []string // the commands, each with its circumstances, the one at fault last
	Err      error    // what was wrong
}

// Error returns the fault and the way to it, one command a line.
func (f *PathError) Error() string {
	var b strings.Builder

	fmt.Fprintf(&b, "attachmenttest: universe %q: %v", f.Universe, f.Err)

	for i, line := range f.Path {
		fmt.Fprintf(&b, "\n%3d. %s", i+1, line)
	}

	return b.String()
}

// Unwrap returns what was wrong.
func (f *PathError) Unwrap() error { return f.Err }

// Explore visits every roster that the commands of a universe lead to, breadth first. In each it gives all commands under all
// circumstances that matter for them, and asks check about every step; nil asks nothing. It stops at the first fault: the error
// is a [*PathError] around what check, or [Options].World, found, or around the [account.StateError] of a registration that could
// not follow.
//
// What varies, varies for the steps that may depend on it: an account's state where the command names it, where it is the
// holder or waits in the queue, and for commands of support where it may decide; services where the command names one, or
// anybody is attached to one. [SliceEqualsWhole] is what shows that the other accounts do not matter.
func Explore(u Universe, check func(Step) error, opts *Options) (Report, error) {
	if opts == nil {
		opts = &Options{}
	}

	e := &explorer{
		reducer: newReducer(u), check: check, opts: *opts, seen: map[string]bool{},
		report: Report{Universe: u.Name, Refused: map[error]int{}, Changed: map[string]int{}},
	}

	for _, c := range Commands(u) {
		e.commands = append(e.commands, e.order(c))
	}

	e.visit(u.Start(), way{from: -1})

	for e.report.Explored < len(e.found) {
		if opts.MaxRosters > 0 && e.report.Explored == opts.MaxRosters {
			break
		}

		if err := e.explore(e.report.Explored); err != nil {
			return e.report, err
		}

		e.report.Explored++
	}

	return e.report, nil
}

// explorer is an Explore under way.
type explorer struct {
	*reducer

	check    func(Step) error
	opts     Options
	commands []order
	found    []node
	seen     map[string]bool
	report   Report
}

// order is a command with what it may depend on.
type order struct {
	attachment.Command

	part part // what it names
}

// node is a roster that was reached.
type node struct {
	world World // empty once it is explored
	way   way
	depth int
}

// way is the last step to a roster.
type way struct {
	from          int // the node; -1 for the beginning
	command       attachment.Command
	circumstances Circumstances
}

// situation is a node's world under one of its circumstances.
type situation struct {
	World

	circumstances Circumstances
	blocked       uint8 // people
	slices        map[part]World
}

func (e *explorer) order(c attachment.Command) order {
	_, departs := c.(attachment.Depart)

	return order{Command: c, part: part{
		people: e.mask(c.Accounts()...), services: fmt.Sprint(services(c)),
		support: c.Actor().Kind == account.ActorSupport, departs: departs,
	}}
}

// mask is a set of people.
func (e *explorer) mask(ids ...account.ID) uint8 {
	var out uint8

	for _, id := range ids {
		if i := e.index(id); i > 0 {
			out |= 1 << (i - 1)
		}
	}

	return out
}

// visit adds a world that a step led to, unless it has been reached before.
func (e *explorer) visit(w World, by way) {
	w = e.reduce(w)

	key := e.key(w)
	if e.seen[key] {
		return
	}

	e.seen[key] = true

	depth := 0
	if by.from >= 0 {
		depth = e.found[by.from].depth + 1
	}

	e.found = append(e.found, node{world: w, way: by, depth: depth})
	e.report.Rosters, e.report.Depth = len(e.found), depth
}

// explore takes all steps from one roster.
func (e *explorer) explore(i int) error {
	w := e.found[i].world
	e.found[i].world = World{}

	situations := e.situations(w)
	e.report.Worlds += len(situations)

	for _, s := range situations {
		if e.opts.World != nil {
			if err := e.opts.World(s.World); err != nil {
				return e.fail(way{from: i, circumstances: s.circumstances}, err)
			}
		}
	}

	always, deciders, served := e.matter(w)

	for _, c := range e.commands {
		names := services(c.Command) != nil
		matter := c.part.people | always
		if c.part.support {
			matter |= deciders
		}

		for _, s := range situations {
			if s.blocked&^matter != 0 || !served && !names && len(s.circumstances.Closed) > 0 {
				continue
			}

			if err := e.step(c, s, way{i, c.Command, s.circumstances}); err != nil {
				return err
			}
		}
	}

	return nil
}

// matter returns whose accounts matter for every command in a world, whose for commands of support, and whether anybody has
// anything at a service.
func (e *explorer) matter(w World) (always, deciders uint8, served bool) {
	always = e.mask(w.Roster.Holder)

	for _, row := range w.Roster.Rows {
		if row.State == attachment.Requested && !w.Roster.Standing.Known() {
			always |= e.mask(row.Account)
		}

		if granted(row, habilitation.Manage) {
			deciders |= e.mask(row.Account)
		}

		served = served || row.Service != ""
	}

	return always, deciders, served
}

// situations are a world under all circumstances. Where nothing is ever over, no time passes.
func (e *explorer) situations(w World) []situation {
	u := e.Universe
	if !waits(w) {
		u.Waits = nil
	}

	all := every(func(src Source) Circumstances { return Circumstance(src, u, w) })

	out := make([]situation, 0, len(all))
	for _, c := range all {
		out = append(out, situation{
			World: w.In(c), circumstances: c, blocked: e.mask(c.Blocked...), slices: map[part]World{},
		})
	}

	return out
}

// waits tells whether anything will be over.
func waits(w World) bool {
	for _, reg := range w.Facts.Registrations {
		if reg.Separate && reg.Open() {
			return true
		}
	}

	return w.Roster.Standing == attachment.InClaim || slices.ContainsFunc(w.Roster.Rows, func(a attachment.Attachment) bool {
		return !a.Due.IsZero() || !a.Remind.IsZero()
	})
}

// step gives one command.
func (e *explorer) step(o order, s situation, by way) error {
	e.report.Steps++

	c := o.Command
	changes, err := attachment.Decide(s.Roster, s.Facts, c, s.Now, e.opts.Guards...)
	step := Step{
		Before: s.World, Command: c, Guards: e.opts.Guards, Changes: changes, Err: err, After: s.World,
		part: o.part, slices: s.slices,
	}

	if err != nil {
		e.refused(err)
	} else if step.After, err = s.after(c, changes); err != nil {
		return e.fail(by, err)
	}

	if e.check != nil {
		if err := e.check(step); err != nil {
			return e.fail(by, err)
		}
	}

	for _, change := range changes {
		e.report.Changed[change.Action()]++
	}

	if step.Err == nil && (len(changes) > 0 || moves(c)) {
		e.visit(step.After, by)
	}

	return nil
}

// refused counts a refusal by its sentinel.
func (e *explorer) refused(err error) {
	if refusal, ok := errors.AsType[*attachment.Error](err); ok {
		err = refusal.Err
	}

	e.report.Refused[err]++
}

// fail tells the way to a fault.
func (e *explorer) fail(last way, err error) error {
	f := &PathError{Universe: e.Name, Err: err}

	for w := last; ; w = e.found[w.from].way {
		if line := w.String(); line != "" {
			f.Path = append(f.Path, line)
		}

		if w.from < 0 {
			break
		}
	}

	slices.Reverse(f.Path)

	return f
}

// String returns a step in words.
func (w way) String() string {
	var words []string
	if w.command != nil {
		words = append(words, w.command.String())
	}

	if circumstances := w.circumstances.String(); circumstances != "" {
		words = append(words, circumstances)
	}

	return strings.Join(words, ", ")
}
