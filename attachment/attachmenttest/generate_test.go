package attachmenttest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/attachment/attachmenttest"
	"github.com/guichet-pro/guichet/structure"
)

type zeros struct{}

func (zeros) IntN(int) int { return 0 }

type highest struct{}

func (highest) IntN(n int) int { return n - 1 }

type rapidSource struct{ t *rapid.T }

func (s rapidSource) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "n") }

func kind(c attachment.Command) string { return fmt.Sprintf("%T", c) }

func details() *structure.Details {
	return &structure.Details{Sector: structure.Private, Applications: []structure.Application{"factures-emises", "organisation"}}
}

func TestCommand_ZerosGiveTheSimplest(t *testing.T) {
	u := attachmenttest.Requests()
	assert.Equal(t, "register by account:r", attachmenttest.Command(zeros{}, u).String())
	assert.Equal(t, "settle b by system", attachmenttest.Command(highest{}, u).String())
	assert.Equal(t, attachmenttest.Command(zeros{}, u), attachmenttest.Commands(u)[0])
	assert.Empty(t, attachmenttest.Circumstance(zeros{}, u, u.Start()).String())
	assert.Equal(t, u.Start(), attachmenttest.Reach(zeros{}, u, 0))
}

func TestCommand_WhatIsDrawnIsWhatIsEnumerated(t *testing.T) {
	for _, u := range attachmenttest.Universes() {
		all := map[string]bool{}
		for _, c := range attachmenttest.Commands(u) {
			all[fmt.Sprintf("%#v", c.String())+kind(c)] = true
		}

		rapid.Check(t, func(t *rapid.T) {
			c := attachmenttest.Command(rapidSource{t}, u)
			if !all[fmt.Sprintf("%#v", c.String())+kind(c)] {
				t.Fatalf("%s is not enumerated", c)
			}
		})
	}
}

func TestReach_EveryWorldIsWhole(t *testing.T) {
	u := attachmenttest.OneService()

	rapid.Check(t, func(t *rapid.T) {
		w := attachmenttest.Reach(rapidSource{t}, u, rapid.IntRange(0, 6).Draw(t, "steps"))
		require.NoError(t, attachment.Check(w.Roster))
		require.NoError(t, attachmenttest.E6(u)(w.In(attachmenttest.Circumstance(rapidSource{t}, u, w))))
	})
}

// Rapid plugs in with five lines, and shrinks to the fewest and simplest commands.
func ExampleCommand() {
	u := attachmenttest.Requests()
	src := rand.New(rand.NewPCG(1, 2)) // in a test with rapid: source{t}, with
	//	type source struct{ t *rapid.T }
	//	func (s source) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "n") }

	w := u.Start()
	for range 1000 {
		w = w.In(attachmenttest.Circumstance(src, attachmenttest.Universe{Waits: u.Waits}, w))
		if next, _, err := w.Do(attachmenttest.Command(src, u)); err == nil {
			w = next
		}

		if err := attachment.Check(w.Roster); err != nil {
			fmt.Println(err)
		}
	}

	fmt.Println(w.Roster.Standing.Known())
	// Output: true
}

// A company that lets nobody be suspended explores what its guard leaves of the rules.
func ExampleExplore() {
	u := attachmenttest.Contests()
	u.People = u.People[:2]
	u.Kinds = []attachment.Command{attachment.Create{}, attachment.Attach{}, attachment.HandOver{}}
	u.Blocked = false

	_, err := attachmenttest.Explore(u, func(s attachmenttest.Step) error {
		if s.After.Roster.Holder == "b" && s.Before.Roster.Holder == "a" {
			return fmt.Errorf("%s took over", account.By("b"))
		}

		return nil
	}, nil)
	fmt.Println(err)
	// Output:
	// attachmenttest: universe "contests": account:b took over
	//   1. create by account:a
	//   2. attach b by account:a
	//   3. hand over to b by account:a
}
