package storagetest_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

// few keeps the many runs of the suite below short.
func few() *storagetest.Options {
	return &storagetest.Options{Goroutines: 16, Patience: 2 * time.Second}
}

func TestARightStoreHasNoFailures(t *testing.T) {
	report := storagetest.Check(func() storage.Store { return memory.New() }, nil)
	for _, f := range report.Broken {
		t.Error(f)
	}

	// A store in memory can do none of what takes a database.
	for _, c := range storagetest.Cases() {
		reported := slices.ContainsFunc(report.Unproved, func(u storagetest.Unproved) bool {
			return u.Case.Name == c.Name && u.Lacks == c.Needs && !u.Declared
		})
		if reported != (c.Needs != 0) {
			t.Errorf("%s needs %s; reported as unproved: %t", c.Name, c.Needs, reported)
		}
	}
}

func TestARightStoreWithAllCapabilitiesHasNoFailures(t *testing.T) {
	options := doubled()
	options.Patience = time.Minute // the machine may be busy, and nothing hangs

	report := storagetest.Check(func() storage.Store { return newDouble(seams{}) }, options)
	for _, f := range report.Broken {
		t.Error(f)
	}

	for _, u := range report.Unproved {
		t.Error(u)
	}
}

// trial is a defect with the options and the cases with which it is tried.
type trial struct {
	defect

	options *storagetest.Options
	cases   func(storagetest.Case) bool
}

func trials() []trial {
	var out []trial

	// A defect is tried with the cases that must find it, and few others: there are many of both.
	for _, d := range defects() {
		out = append(out, trial{d, few(), d.suspected})
	}

	for _, d := range hidden() {
		out = append(out, trial{d, few(), d.named})
	}

	for _, d := range slices.Concat(brokenCommits(), brokenHandles(), brokenJoiners()) {
		out = append(out, trial{d, doubled(), d.suspected})
	}

	for _, d := range joinedDefects(defects()) {
		out = append(out, trial{d, doubled(), func(c storagetest.Case) bool {
			return strings.HasPrefix(c.Name, inTransaction) && d.suspected(c)
		}})
	}

	for _, d := range joinedDefects(hidden()) {
		out = append(out, trial{d, doubled(), d.named})
	}

	return out
}

func TestEveryDefectIsCaughtByName(t *testing.T) {
	if raced {
		t.Skip("races of stores that are wrong on purpose show nothing, and take minutes: run it without -race, as `make test` does")
	}

	var (
		mu     sync.Mutex
		caught = map[string]bool{}
	)

	t.Run("defects", func(t *testing.T) {
		for _, d := range trials() {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()

				var names []string

				for _, f := range storagetest.CheckThose(d.cases, d.newStore, d.options).Broken {
					names = append(names, f.Case.Name)

					if !strings.Contains(f.Error(), f.Case.Sentence) {
						t.Errorf("the failure of %s does not print the sentence:\n%v", f.Case.Name, f)
					}
				}

				for _, name := range d.caught {
					if !slices.Contains(names, name) {
						t.Errorf("%s did not catch it; caught by %v", name, names)
					}
				}

				mu.Lock()
				defer mu.Unlock()

				for _, name := range names {
					caught[name] = true
				}
			})
		}
	})

	// A case that catches nothing proves nothing.
	for _, c := range storagetest.Cases() {
		if !caught[c.Name] && !t.Failed() {
			t.Errorf("no defect is caught by %s", c.Name)
		}
	}
}

// stuck never answers, panicking panics.
type (
	stuck     struct{ storage.Store }
	panicking struct{ storage.Store }
)

func (stuck) Update(context.Context, func(context.Context, storage.Reader) (storage.Batch, error)) error {
	select {}
}

func (panicking) Update(context.Context, func(context.Context, storage.Reader) (storage.Batch, error)) error {
	panic("no")
}

func TestAStoreThatPanicsFailsItsCases(t *testing.T) {
	failures := storagetest.Check(func() storage.Store { return panicking{memory.New()} }, few())

	for _, f := range failures.Broken {
		if f.Case.Name == "S2_NilMeansCommitted" {
			if !strings.Contains(f.Error(), "the store panicked: no") {
				t.Error(f)
			}

			return
		}
	}

	t.Error("not caught")
}

func TestAStoreThatHangsFailsItsCases(t *testing.T) {
	options := few()
	options.Patience = time.Millisecond

	failures := storagetest.CheckOne(
		"S2_NilMeansCommitted", func() storage.Store { return stuck{memory.New()} }, options,
	).Broken
	if len(failures) != 1 || !strings.Contains(failures[0].Error(), "did not answer in time") {
		t.Error("not caught:", failures)
	}
}

func TestSentencesAreQuoted(t *testing.T) {
	var text strings.Builder

	for _, pattern := range []string{"../*.go", "../../attachment/*.go", "../../account/*.go", "../../mail/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}

		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}

			text.Write(content)
		}
	}

	documentation := words(text.String())

	for _, c := range storagetest.Cases() {
		if c.Name == "" || c.Sentence == "" || c.Explanation == "" {
			t.Errorf("%q lacks something", c.Name)
		}

		if !strings.Contains(documentation, words(c.Sentence)) {
			t.Errorf("%s quotes what is written nowhere: %q", c.Name, c.Sentence)
		}
	}
}

// words leaves out what comments and doc links add to a sentence.
func words(s string) string {
	s = regexp.MustCompile(`(?m)^\s*//`).ReplaceAllString(s, " ")
	s = strings.NewReplacer("[", "", "]", "", "*", "").Replace(s)

	return strings.Join(strings.Fields(s), " ")
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}

	for _, c := range storagetest.Cases() {
		if seen[c.Name] {
			t.Errorf("%s comes twice", c.Name)
		}

		seen[c.Name] = true
	}
}
