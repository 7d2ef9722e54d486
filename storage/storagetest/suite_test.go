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
	for _, f := range storagetest.Check(func() storage.Store { return memory.New() }, nil) {
		t.Error(f)
	}
}

func TestEveryDefectIsCaughtByName(t *testing.T) {
	var (
		mu     sync.Mutex
		caught = map[string]bool{}
	)

	t.Run("defects", func(t *testing.T) {
		for _, d := range defects() {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()

				var names []string

				for _, f := range storagetest.Check(d.newStore, few()) {
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

	for _, f := range failures {
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
	)
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
