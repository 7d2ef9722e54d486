package storagetest_test

import (
	"strings"
	"testing"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

const joinCase = "S20_WrittenNotCommitted"

func inMemory() storage.Store { return memory.New() }

func TestWhatAStoreLacksIsReportedWithWhatItTakes(t *testing.T) {
	for name, words := range map[string][]string{
		joinCase:                    {"joining", "Options.Begin", "storage.Joiner", "the whole batch is written"},
		"S2_StillThereWhenReopened": {"reopening", "Options.Again", "every later read sees it"},
		"S2_RefusedCommit":          {"breaking", "Options.Sabotage", "never returns nil"},
	} {
		report := storagetest.CheckOne(name, inMemory, few())
		if len(report.Broken) != 0 || len(report.Unproved) != 1 || report.Unproved[0].Declared {
			t.Errorf("%s: %+v", name, report)

			continue
		}

		for _, word := range append(words, name, "not declared") {
			if !strings.Contains(report.Unproved[0].String(), word) {
				t.Errorf("%s: the report lacks %q:\n%s", name, word, report.Unproved[0])
			}
		}
	}
}

func TestWhatAStoreIsDeclaredToLackIsReportedToo(t *testing.T) {
	options := few()
	options.Lacks = []storagetest.Capability{storagetest.Joining}

	report := storagetest.CheckOne(joinCase, inMemory, options)
	if len(report.Broken) != 0 || len(report.Unproved) != 1 || !report.Unproved[0].Declared {
		t.Errorf("%+v", report)
	}
}

func TestADeclarationThatIsWrongFails(t *testing.T) {
	for name, lacks := range map[string]storagetest.Capability{
		joinCase:                    storagetest.Joining,
		"S2_StillThereWhenReopened": storagetest.Reopening,
		"S2_RefusedCommit":          storagetest.Breaking,
	} {
		options := doubled()
		options.Lacks = []storagetest.Capability{lacks}

		report := storagetest.CheckOne(name, func() storage.Store { return newDouble(seams{}) }, options)
		if len(report.Broken) != 1 || !strings.Contains(report.Broken[0].Error(), "take it out") {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

// wrapping looks through to what it wraps.
type wrapping struct{ storage.Store }

func (w wrapping) Unwrap() storage.Store { return w.Store }

func TestAJoinerWithoutBeginFails(t *testing.T) {
	options := doubled()
	options.Begin = nil

	for _, newStore := range []func() storage.Store{
		func() storage.Store { return newDouble(seams{}) },
		func() storage.Store { return wrapping{newDouble(seams{})} },
	} {
		report := storagetest.CheckOne(joinCase, newStore, options)
		if len(report.Broken) != 1 || !strings.Contains(report.Broken[0].Error(), "give Begin") {
			t.Errorf("%+v", report)
		}
	}
}

func TestTheSummaryIsOneLine(t *testing.T) {
	line := storagetest.Summary(storagetest.Check(inMemory, few()).Unproved)
	if strings.Contains(line, "\n") {
		t.Error(line)
	}

	for _, word := range []string{"joining (", "reopening (", "breaking (", "Options.Begin", "Options.Again", "Options.Sabotage"} {
		if !strings.Contains(line, word) {
			t.Errorf("it lacks %q: %s", word, line)
		}
	}

	if got := storagetest.Summary(nil); got != "" {
		t.Errorf("nothing is unproved: %q", got)
	}
}
