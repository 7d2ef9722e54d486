// Package attachmenttest is for engineers who put the rules of package attachment, or their own [attachment.Guard], to the
// test: with commands drawn at random, or with all of them.
//
//   - [Command], [Circumstance] and [Reach] make commands, facts and rosters that commands led to, valid by construction,
//     without a rejection loop, and the simplest choice first, so that a shrinking source ends at what is easiest to read.
//   - [Explore] visits every roster that the commands of a small [Universe] lead to, gives every command by everybody in each,
//     under all circumstances, and reports the shortest way to the first fault.
//   - [Whole], [D2], [D5], [D6], [D8], [SliceEqualsWhole] look at one step, [D9] and [E6] at one world. They are rules of
//     docs/rules.md written down a second time, in other words than package attachment has for them.
//
// A *math/rand/v2.Rand is a [Source]. For pgregory.net/rapid, which shrinks, write the adaptor into your own test, as the
// example of [Command] does; this package does not import rapid:
//
//	type source struct{ t *rapid.T }
//
//	func (s source) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "n") }
//
// Draw every choice through IntN, as here, and do not seed a generator from one drawn number: the shrinker could then only
// exchange one random value for another.
//
// # What a small universe shows
//
// Faults in rules like these need few people: a manager, somebody who may follow, and somebody who waits. So a search through
// all that a few people can do finds what a random walk among many would find, and finds the shortest way to it. What it cannot
// show is what takes more people than it has, and what depends on lengths of time that it does not tell apart: see [Universe].
package attachmenttest
