package dbtest

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

// falsification makes a history one that cannot have been.
type falsification struct {
	name    string
	falsify func(h *storagetest.History) bool // false: there is nothing in it to do this to
	reason  string                            // some words of it
	blind   string                            // why porcupine, which is shown calls, cannot see it without a read at the end; "" = it can
}

// writesOf returns the places of the calls that changed something, in the order of their versions.
func writesOf(h *storagetest.History) []int {
	var out []int

	for i, c := range h.Calls {
		if len(c.Changes) > 0 {
			out = append(out, i)
		}
	}

	slices.SortFunc(out, func(a, b int) int { return cmp.Compare(h.Calls[a].Version, h.Calls[b].Version) })

	return out
}

// find returns the first call of which f is true, in order of time.
func find(h *storagetest.History, f func(storagetest.Call) bool) (*storagetest.Call, bool) {
	slices.SortFunc(h.Calls, func(a, b storagetest.Call) int { return cmp.Compare(a.Start, b.Start) })

	i := slices.IndexFunc(h.Calls, f)
	if i < 0 {
		return nil, false
	}

	return &h.Calls[i], true
}

func refusedWith(sentinel error) func(storagetest.Call) bool {
	return func(c storagetest.Call) bool { return errors.Is(c.Err, sentinel) }
}

// toldOtherwise changes what somebody was told about a decision that was taken already.
func toldOtherwise(change func(*attachment.Error)) func(h *storagetest.History) bool {
	return func(h *storagetest.History) bool {
		c, ok := find(h, func(c storagetest.Call) bool {
			var told *attachment.Error

			return errors.As(c.Err, &told) && errors.Is(told, attachment.ErrDecided) && told.By.ID != ""
		})
		if !ok {
			return false
		}

		var told *attachment.Error

		errors.As(c.Err, &told)

		other := *told
		change(&other)
		c.Err = &other

		return true
	}
}

func falsifications() []falsification {
	return []falsification{
		{name: "two versions are swapped", reason: "did not do to version", falsify: func(h *storagetest.History) bool {
			w := writesOf(h)
			for i := 1; i < len(w); i++ {
				a, b := &h.Calls[w[i-1]], &h.Calls[w[i]]
				_, first := a.Changes[0].(attachment.RequestMade)
				_, second := b.Changes[0].(attachment.RequestMade)

				if first && second {
					a.Version, b.Version = b.Version, a.Version

					return true
				}
			}

			return false
		}},
		{name: "a version is given twice", reason: "both say that they produced version", falsify: func(h *storagetest.History) bool {
			w := writesOf(h)
			h.Calls[w[3]].Version = h.Calls[w[2]].Version

			return true
		}},
		{name: "a success happens twice", reason: "both say that they produced version", falsify: func(h *storagetest.History) bool {
			h.Calls = append(h.Calls, h.Calls[writesOf(h)[2]])

			return true
		}},
		{name: "a success is left out", reason: "nobody says that they produced version", falsify: func(h *storagetest.History) bool {
			w := writesOf(h)
			h.Calls = slices.Delete(h.Calls, w[len(w)/2], w[len(w)/2]+1)

			return true
		}},
		{
			name: "the last success is left out", reason: "the last that anybody says they produced is",
			blind: "without its last success a history may be another one, of a shorter run",
			falsify: func(h *storagetest.History) bool {
				w := writesOf(h)
				last := h.Calls[w[len(w)-1]]

				// With it go the refusals that may rest on it.
				h.Calls = slices.DeleteFunc(h.Calls, func(c storagetest.Call) bool {
					return c.Version == last.Version || c.Err != nil && c.End > last.Start
				})

				return true
			},
		},
		{name: "a refusal is told as a success", reason: "refuses it", falsify: func(h *storagetest.History) bool {
			c, ok := find(h, refusedWith(attachment.ErrNotDecider))
			if !ok {
				return false
			}

			h.End.Version++
			c.Err, c.Version = nil, h.End.Version
			c.Changes = []attachment.Change{attachment.RequestRefused{
				Key: attachment.Key{Account: "p-0"}, By: c.Command.Actor(), At: c.At,
			}}

			return true
		}},
		{name: "a success is told as a refusal", reason: "nobody says that they produced version", falsify: func(h *storagetest.History) bool {
			c := &h.Calls[writesOf(h)[2]]
			c.Version, c.Err = 0, &attachment.Error{Key: c.Changes[0].Subject(), Err: attachment.ErrServiceUnknown}
			c.Changes = nil

			return true
		}},
		{name: "a success comes after those that follow it", reason: "but had ended", falsify: func(h *storagetest.History) bool {
			c := &h.Calls[writesOf(h)[1]]
			c.Start, c.End = 1_000_000, 1_000_001

			return true
		}},
		{name: "a refusal comes before its reason", reason: "which none of the versions 1 to 1", falsify: func(h *storagetest.History) bool {
			c, ok := find(h, refusedWith(attachment.ErrOpen))
			if ok {
				c.Start, c.End = -2, -1
			}

			return ok
		}},
		{name: "somebody else is said to have decided", reason: "which none of the versions", falsify: toldOtherwise(
			func(e *attachment.Error) { e.By = account.By("carl") },
		)},
		{name: "it is said to have been decided at another time", reason: "which none of the versions", falsify: toldOtherwise(
			func(e *attachment.Error) { e.At = e.At.Add(time.Microsecond) },
		)},
		{name: "somebody else decided", reason: "did not do to version", falsify: func(h *storagetest.History) bool {
			c, ok := find(h, func(c storagetest.Call) bool {
				_, refuses := c.Command.(attachment.Refuse)

				return refuses && c.Err == nil
			})
			if !ok {
				return false
			}

			change, _ := c.Changes[0].(attachment.RequestRefused)
			change.By = account.By("carl")
			c.Changes[0] = change

			return true
		}},
		{name: "a refusal gives another reason", reason: "which none of the versions", falsify: func(h *storagetest.History) bool {
			c, ok := find(h, refusedWith(attachment.ErrOpen))
			if ok {
				c.Err = &attachment.Error{Key: attachment.Key{Account: c.Command.Actor().ID}, Err: attachment.ErrAccountInactive}
			}

			return ok
		}},
		{
			name: "another roster is stored", reason: "the stored roster is not the one",
			blind: "what is stored at the end is nobody's answer",
			falsify: func(h *storagetest.History) bool {
				for i, row := range h.End.Rows {
					if row.State == attachment.Requested {
						h.End.Rows[i].State = attachment.Withdrawn

						return true
					}
				}

				return false
			},
		},
	}
}

func TestLinearizable_PorcupineAgreesOnFalsifiedHistories(t *testing.T) {
	for name := range keptRuns {
		for _, f := range falsifications() {
			t.Run(name+"/"+f.name, func(t *testing.T) {
				h := readHistory(t, historyFile(name))
				require.True(t, f.falsify(&h), "the history has nothing to falsify in this way: record another one")

				require.ErrorContains(t, storagetest.Linearizable(h), f.reason)
				assert.False(t, porcupineAgrees(t, h, true), "with a read at the end")
				assert.Equal(t, f.blind != "", porcupineAgrees(t, h, false), "of the calls alone; blind: %q", f.blind)
			})
		}
	}
}

// Two refusals, each of which is right by itself: while jean's request was being approved, one caller was told that it
// is approved, and a later one that it is still open.
func TestLinearizable_NobodyIsToldWhatIsOlderThanWhatWasToldBefore(t *testing.T) {
	h := readHistory(t, historyFile("three"))
	anne, p0 := account.By("anne"), account.By("p-0")

	h.Start.Rows = append(h.Start.Rows, attachment.Attachment{
		Key: attachment.Key{Account: "p-0"}, State: attachment.Requested, Order: 1,
	})

	when := time.Date(2026, time.January, 5, 10, 0, 0, 0, time.UTC)
	approve := attachment.Approve{By: anne, Account: "p-0"}
	ask := attachment.Request{By: p0, Comment: "Bonjour"}

	changes, err := attachment.Decide(h.Start, h.Facts, approve, when)
	require.NoError(t, err)

	approved := h.Start
	for _, c := range changes {
		approved = approved.Apply(c)
	}

	approved.Version++
	h.End = approved

	_, open := attachment.Decide(h.Start, h.Facts, ask, when)
	_, attached := attachment.Decide(approved, h.Facts, ask, when)
	require.ErrorIs(t, open, attachment.ErrOpen)
	require.ErrorIs(t, attached, attachment.ErrAttached)

	h.Calls = []storagetest.Call{
		{Command: approve, At: when, Start: 1, End: 100, Version: approved.Version, Changes: changes},
		{Command: ask, At: when, Start: 10, End: 20, Err: open},
		{Command: ask, At: when, Start: 30, End: 40, Err: attached},
	}
	require.NoError(t, storagetest.Linearizable(h))
	assert.True(t, porcupineAgrees(t, h, true))

	h.Calls[1].Err, h.Calls[2].Err = attached, open
	require.ErrorContains(t, storagetest.Linearizable(h), "had been answered from version")
	assert.False(t, porcupineAgrees(t, h, true))
	assert.False(t, porcupineAgrees(t, h, false))
}
