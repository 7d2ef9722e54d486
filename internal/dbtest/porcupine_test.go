package dbtest

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

var record = flag.Bool("record", false, "record the kept histories anew; the falsified ones may then need another look")

// keptRuns are the histories below testdata/histories, and how they were recorded.
var keptRuns = map[string]storagetest.Recording{
	"three": {Seed: 3, Callers: 3, Each: 14},
	"five":  {Seed: 12, Callers: 5, Each: 12},
}

func historyFile(name string) string { return filepath.Join("testdata", "histories", name+".json") }

// output is what a call was answered; of the read at the end, the whole roster.
type output struct {
	version int64
	changes []attachment.Change
	err     error
	whole   string
}

// written returns what two values must have in common to be the same, whoever made them.
func written(v any) string {
	content, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}

	return string(content)
}

// plain returns a roster as text, its rows in order and without its queue.
func plain(r attachment.Roster) string {
	r.Queue, r.Rows = nil, slices.Clone(r.Rows)
	slices.SortFunc(r.Rows, func(a, b attachment.Attachment) int { return cmp.Compare(written(a.Key), written(b.Key)) })

	return written(r)
}

// model is a roster, to which a command does what Decide and Apply make of it.
func model(h storagetest.History) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return h.Start },
		Step: func(state, input, out any) (bool, any) {
			roster, told := state.(attachment.Roster), out.(output)

			call, isCall := input.(storagetest.Call)
			if !isCall {
				return plain(roster) == told.whole, roster
			}

			roster = roster.Clone()
			line := roster.Line(h.Facts, call.At)
			roster.Queue = line[:min(len(line), attachment.QueueLength)]

			changes, err := attachment.Decide(roster, h.Facts, call.Command, call.At)
			for _, c := range changes {
				roster = roster.Apply(c)
			}

			if len(changes) > 0 {
				roster.Version++
			}

			if err != nil || told.err != nil {
				return sameRefusal(err, told.err), state
			}

			return roster.Version == told.version && written(changes) == written(told.changes), roster
		},
		Equal: func(a, b any) bool { return plain(a.(attachment.Roster)) == plain(b.(attachment.Roster)) },
	}
}

func sameRefusal(a, b error) bool {
	var x, y *attachment.Error
	if !errors.As(a, &x) || !errors.As(b, &y) {
		return false
	}

	same := x.Code() == y.Code() && x.Key == y.Key
	if errors.Is(x, attachment.ErrDecided) {
		same = same && x.By == y.By && x.At.Equal(y.At)
	}

	return same
}

// porcupineAgrees asks porcupine about the calls; with the end, also whether they lead to the stored roster, as if
// somebody had read it once all was over.
func porcupineAgrees(t *testing.T, h storagetest.History, withEnd bool) bool {
	t.Helper()

	var (
		operations []porcupine.Operation
		last       int64
	)

	for _, c := range h.Calls {
		last = max(last, c.End)
		operations = append(operations, porcupine.Operation{
			Input: c, Call: c.Start, Return: c.End,
			Output: output{version: c.Version, changes: c.Changes, err: c.Err},
		})
	}

	if withEnd {
		operations = append(operations, porcupine.Operation{
			Input: "the roster", Call: last + 1, Return: last + 2, Output: output{whole: plain(h.End)},
		})
	}

	result := porcupine.CheckOperationsTimeout(model(h), operations, time.Minute)
	require.NotEqual(t, porcupine.Unknown, result, "porcupine did not come to an end")

	return result == porcupine.Ok
}

func TestLinearizable_PorcupineAgreesOnKeptHistories(t *testing.T) {
	for name, run := range keptRuns {
		t.Run(name, func(t *testing.T) {
			if *record {
				h, err := storagetest.Record(t.Context(), memory.New(), run)
				require.NoError(t, err)
				writeHistory(t, historyFile(name), h)
			}

			h := readHistory(t, historyFile(name))
			assert.Len(t, h.Calls, run.Callers*run.Each)
			assert.True(t, overlaps(h), "callers who never meet prove nothing")
			require.NoError(t, storagetest.Linearizable(h))
			assert.True(t, porcupineAgrees(t, h, true))
		})
	}
}

// overlaps tells whether two calls that changed something were under way at once.
func overlaps(h storagetest.History) bool {
	for i, a := range h.Calls {
		for _, b := range h.Calls[:i] {
			if len(a.Changes) > 0 && len(b.Changes) > 0 && a.Start < b.End && b.Start < a.End {
				return true
			}
		}
	}

	return false
}

func TestLinearizable_PorcupineAgreesOnAFreshRun(t *testing.T) {
	run := storagetest.Recording{Seed: uint64(time.Now().UnixNano()), Callers: 4, Each: 12}

	for _, on := range []string{"memory", "SQLite"} {
		t.Run(fmt.Sprint(on, " seed ", run.Seed), func(t *testing.T) {
			var (
				h   storagetest.History
				err error
			)

			if on == "memory" {
				h, err = storagetest.Record(t.Context(), memory.New(), run)
			} else {
				h, err = storagetest.Record(t.Context(), fresh(t), run)
			}

			require.NoError(t, err)
			require.NoError(t, storagetest.Linearizable(h))
			assert.True(t, porcupineAgrees(t, h, true))
		})
	}
}
