package account_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/account"
)

// However tries and their outcomes are mixed, no more than the lock's number are wrong between two right ones without the gate
// being closed in between, and for as long as it says.
func TestB10_HoweverTriesAreMixedNoMoreAreWrongThanMayBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			l = account.Lock{
				Tries: rapid.IntRange(1, 6).Draw(t, "tries"), For: 15 * time.Minute, Forget: time.Minute,
				Grows: rapid.Bool().Draw(t, "grows"),
			}
			g      account.Gate
			at     = began
			wrong  int                      // in a row
			asked  = map[string]time.Time{} // whose outcome is awaited
			closed time.Time                // until then
		)

		fails := func(id string) {
			delete(asked, id)

			if wrong++; wrong == l.Tries {
				wrong, closed = 0, at.Add(l.For)
			}
		}

		for n := range rapid.IntRange(1, 60).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 30, 90, 600}).Draw(t, "seconds")) * time.Second)
			before, kept := g, slices.Clone(g.Pending)

			if len(asked) == 0 || rapid.Bool().Draw(t, "asks") {
				for _, try := range g.Pending {
					if !at.Before(try.At.Add(l.Forget)) {
						fails(try.ID)
					}
				}

				var verdict account.Verdict

				id := strconv.Itoa(n)
				g, verdict = g.Enter(l, id, at)

				switch {
				case at.Before(closed):
					require.Equal(t, account.Locked, verdict)
				case wrong+len(asked) >= l.Tries:
					require.True(t, verdict == account.Crowded || l.Grows && verdict == account.Locked)
				case verdict == account.Allowed:
					asked[id] = at
				default:
					require.True(t, l.Grows, "a lock that does not grow is over")
				}
			} else {
				ids := make([]string, 0, len(asked))
				for id := range asked {
					ids = append(ids, id)
				}

				slices.Sort(ids)
				id := rapid.SampledFrom(ids).Draw(t, "id")

				switch rapid.SampledFrom([]string{"wrong", "wrong", "wrong", "right", "forgone"}).Draw(t, "outcome") {
				case "wrong":
					g = g.Wrong(l, id, at)
					fails(id)
				case "right":
					g = g.Right(id)
					delete(asked, id)

					wrong, closed = 0, time.Time{}
				default:
					g = g.Forgo(id)
					delete(asked, id)
				}
			}

			require.Equal(t, wrong, g.Failed)
			require.Len(t, g.Pending, len(asked))
			require.LessOrEqual(t, g.Failed+len(g.Pending), l.Tries)
			require.Equal(t, kept, slices.Clone(before.Pending), "what was read is not written to")
		}
	})
}
