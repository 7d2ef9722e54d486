package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/guichet-pro/guichet/storage"
)

// Options are the choices for a run. Nil means the defaults.
type Options struct {
	// Goroutines is how many callers race at once. Default: 64.
	Goroutines int
	// Patience is how long one case may take before the store counts as stuck. Default: one minute.
	Patience time.Duration

	// Begin opens a transaction of the application's on the database of a store, for [Joining]. It may lock out other
	// writers from its beginning (BEGIN IMMEDIATE); it may not lock out readers.
	Begin func(ctx context.Context, s storage.Store) (Tx, error)
	// Again opens the rows of a store once more, as another process would, for [Reopening]. The store stays open; both
	// are used at once.
	Again func(s storage.Store) (storage.Store, error)
	// Sabotage makes the next commit of a store, and no other, go wrong, for [Breaking]. A batch that is refused before
	// it comes to a commit uses nothing up.
	Sabotage func(s storage.Store, how Sabotage) error
	// Lacks declares what the store cannot do. It changes no result: what is lacking is reported in any case, and a
	// declaration that is not true fails the cases that it names.
	Lacks []Capability
}

func (o *Options) withDefaults() Options {
	var out Options

	if o != nil {
		out = *o
	}

	if out.Goroutines <= 0 {
		out.Goroutines = 64
	}

	if out.Patience <= 0 {
		out.Patience = time.Minute
	}

	return out
}

// Case is one row of the suite's table.
type Case struct {
	Name        string     // sentences of the contract and rules first: "S4_CompareAndSwapAccount", "C1_D1_FirstCreatorRace"
	Sentence    string     // what the case proves, quoted from the documentation
	Explanation string     // what it does, and what a store that fails it does to people
	Needs       Capability // 0 = nothing that not every store has

	test func(context.Context, bench) error
}

// bench is what a case works on: an empty store, and the run's options.
type bench struct {
	storage.Store

	options Options
}

// Cases returns the table, in order.
func Cases() []Case {
	return slices.Concat(
		updateCases(), swapCases(), uniqueCases(), cancelCases(), rowCases(), rosterCases(), listCases(), growthCases(), raceCases(),
		operationCases(), commitCases(), joinCases(), againCases(), portalCases(), linearCases(),
	)
}

// SentenceError is a sentence that a store was found to break.
type SentenceError struct {
	Case Case
	Err  error
}

// Error prints the case, the sentence, why it matters, and what was found.
func (f *SentenceError) Error() string {
	return fmt.Sprintf("%s: the store breaks the sentence\n\t“%s”\n%s\nfound: %v",
		f.Case.Name, f.Case.Sentence, f.Case.Explanation, f.Err)
}

// Unwrap returns what was found.
func (f *SentenceError) Unwrap() error { return f.Err }

// Report is what [Check] found.
type Report struct {
	Broken   []*SentenceError // a store that keeps the contract has none
	Unproved []Unproved       // a store that has every capability has none
}

// Check runs every case, each on a new empty store, and reports the sentences that are broken, and those that could not be
// tried. opts may be nil.
//
// A case that outlasts the options' Patience is given up as failed; what it waits for keeps waiting.
func Check(newStore func() storage.Store, opts *Options) Report {
	return check(Cases(), newStore, opts)
}

func check(cases []Case, newStore func() storage.Store, opts *Options) Report {
	var out Report

	for _, c := range cases {
		lacking, err := c.prove(newStore(), opts.withDefaults())

		switch {
		case err != nil:
			out.Broken = append(out.Broken, &SentenceError{Case: c, Err: err})
		case lacking != nil:
			out.Unproved = append(out.Unproved, *lacking)
		}
	}

	return out
}

// Run runs every case as a subtest of its name, each on a store of its own from newStore, which must return an empty
// store and may register its closing with t.Cleanup. opts may be nil.
//
// A case that needs what the store lacks is skipped, and says what stays unproved and how that changes; at the end one
// line tells what the store lacks.
func Run(t *testing.T, newStore func(t *testing.T) storage.Store, opts *Options) {
	t.Helper()

	var unproved []Unproved

	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			lacking, err := c.prove(newStore(t), opts.withDefaults())

			switch {
			case err != nil:
				t.Fatal((&SentenceError{Case: c, Err: err}).Error())
			case lacking != nil:
				unproved = append(unproved, *lacking)
				t.Skip(lacking)
			}
		})
	}

	if line := summary(unproved); line != "" {
		t.Log(line)
	}
}

// errEnded is what is found when the store ended its caller's goroutine.
var errEnded = errors.New("the store ended its caller's goroutine")

// errStuck is what is found when a case does not end.
var errStuck = errors.New("the store did not answer in time: something waits for ever")

// run runs one case in a goroutine of its own, so that a store that hangs, panics or ends its caller fails the case and
// not the whole run.
func (c Case) run(store storage.Store, options Options) error {
	ctx, cancel := context.WithTimeout(context.Background(), options.Patience)
	defer cancel()

	done := make(chan error, 1)

	go func() {
		err := errEnded

		defer func() { done <- err }() // comes also when the case ends its goroutine

		err = safely(func() error { return c.test(ctx, bench{Store: store, options: options}) })
	}()

	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}

	// The case itself may have noticed that its context ended, and then says more.
	grace := time.NewTimer(time.Second)
	defer grace.Stop()

	select {
	case err := <-done:
		return err
	case <-grace.C:
		return errStuck
	}
}
