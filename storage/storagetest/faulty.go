package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/guichet-pro/guichet/storage"
)

// ErrFault is what a [Faulty] store answers where it was told to [Fail].
var ErrFault = errors.New("storagetest: a fault that the test asked for")

// Fault is what goes wrong at a [Step].
type Fault uint8

// The faults. The last five concern [StepCommit], where the answer is what gets lost; at any other step Double reads
// twice, or does nothing before fn, which runs once whatever happens, and the others fail like Fail: what was not
// written cannot be uncertain.
const (
	None       Fault = iota // the step goes well
	Fail                    // nothing happens, and ErrFault is answered
	Hang                    // the step waits until the caller's context ends, and answers its error: nothing is written
	DropBefore              // nothing is written, and storage.ErrUncertain is answered
	DropAfter               // the batch is sent, whatever the store answers: storage.ErrUncertain is passed on
	DropLate                // storage.ErrUncertain at once; the batch arrives just before the next commit of anybody, or on Settle
	DropLater               // likewise, but just after the next commit
	Double                  // the commit is made, its answer passed on, and its duplicate arrives like DropLate's batch
)

// Faults lists the faults in order, without None.
func Faults() []Fault { return []Fault{Fail, Hang, DropBefore, DropAfter, DropLate, DropLater, Double} }

// String returns the name of the fault.
func (f Fault) String() string {
	names := [...]string{"None", "Fail", "Hang", "DropBefore", "DropAfter", "DropLate", "DropLater", "Double"}
	if int(f) >= len(names) {
		return fmt.Sprintf("Fault(%d)", uint8(f))
	}

	return names[f]
}

// StepKind is what a step does: one of the constants, or the name of the method of [storage.Reader] that is read by.
type StepKind string

// The steps of an Update that are not reads.
const (
	StepDecide StepKind = "decide" // an Update begins: fn has not run
	StepCommit StepKind = "commit" // fn returned a batch that is not empty, and no error
)

// Step is one thing that a [Faulty] store is about to do.
type Step struct {
	N      int // how many steps the store has come to, with this one
	Kind   StepKind
	Update int // which Update it belongs to, from 1; 0 = it is a read outside of any
}

// Faulty is a store around another one that misbehaves at the steps that its plan chooses: for tests of what a
// program does when its database fails, hangs, and loses or repeats commits. Make it with [NewFaulty]. But for the
// faults asked for it keeps the contract if the store in it does; any number of goroutines may use it.
//
// The function of an Update runs in one transaction of the inner store, which writes nothing; its batch is then written
// by another, so that batches that arrive late can come in between. Versions and guards stand for what was read, as the
// contract has it.
//
// It has no Unwrap on purpose: [storage.As] must not find a [storage.Joiner] behind it, whose transactions would go past
// its faults.
type Faulty struct {
	faultyReader

	inner   storage.Store
	updates atomic.Int64

	planning sync.Mutex // plan sees one step at a time, in the order of their numbers
	steps    int
	plan     func(Step) Fault

	waiting sync.Mutex
	early   []storage.Batch // arrive before the next commit
	late    []storage.Batch // arrive after it
	arrived []error
}

var _ storage.Store = (*Faulty)(nil)

// NewFaulty returns a store around s. plan is asked before each step what goes wrong at it; nil means that nothing does.
// It is called for one step at a time, from the goroutine that came to it, and must not use the store, but it may end
// the context of a caller who is about to hang, or call [Faulty.Settle].
func NewFaulty(s storage.Store, plan func(Step) Fault) *Faulty {
	if plan == nil {
		plan = func(Step) Fault { return None }
	}

	f := &Faulty{inner: s, plan: plan}
	f.faultyReader = faultyReader{faulty: f, reader: s}

	return f
}

// Settle lets the batches that are still on their way arrive now.
func (f *Faulty) Settle() {
	early, late := f.take()
	f.arrive(early)
	f.arrive(late)
}

// Arrivals returns what the inner store answered to each batch that arrived late, in the order in which they arrived: nil
// for one that was committed. Their callers have never heard of it.
func (f *Faulty) Arrivals() []error {
	f.waiting.Lock()
	defer f.waiting.Unlock()

	return slices.Clone(f.arrived)
}

// Steps returns how many steps the store has come to.
func (f *Faulty) Steps() int {
	f.planning.Lock()
	defer f.planning.Unlock()

	return f.steps
}

// Update is Update of the inner store, with the plan's faults before fn and at the commit. An empty batch has nothing to
// commit, and thus no [StepCommit]. Errors: fn's; the context's; [ErrFault]; those of the inner store.
func (f *Faulty) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	update := int(f.updates.Add(1))

	switch f.next(StepDecide, update) {
	case None, Double:
	case Hang:
		return hang(ctx)
	case Fail, DropBefore, DropAfter, DropLate, DropLater:
		return fmt.Errorf("%w: before fn", ErrFault)
	}

	var batch storage.Batch

	err := f.inner.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		var err error

		batch, err = fn(ctx, faultyReader{faulty: f, reader: r, update: update})

		return storage.Batch{}, err
	})
	if err != nil || batch.Empty() {
		return err
	}

	return f.commit(ctx, batch, f.next(StepCommit, update))
}

func (f *Faulty) commit(ctx context.Context, batch storage.Batch, fault Fault) error {
	switch fault {
	case Fail:
		return fmt.Errorf("%w: at the commit", ErrFault)
	case Hang:
		return hang(ctx)
	case DropBefore:
		return storage.ErrUncertain
	case DropLate, DropLater:
		f.delay(batch, fault == DropLater)

		return storage.ErrUncertain
	case None, DropAfter, Double:
	}

	early, late := f.take()

	f.arrive(early) //nolint:contextcheck // whoever sent it has been answered: no caller's context is its own
	err := write(ctx, f.inner, batch)
	f.arrive(late) //nolint:contextcheck // likewise

	switch {
	case fault == DropAfter:
		return storage.ErrUncertain
	case fault == Double && err == nil:
		f.delay(batch, false)
	}

	return err
}

// next counts a step and asks the plan about it.
func (f *Faulty) next(kind StepKind, update int) Fault {
	f.planning.Lock()
	defer f.planning.Unlock()

	f.steps++

	return f.plan(Step{N: f.steps, Kind: kind, Update: update})
}

// delay puts a batch on its way. It is copied: when it arrives, its caller has long had it back.
func (f *Faulty) delay(b storage.Batch, late bool) {
	operations := slices.Clone(b.Operations)
	b = clone(b)
	b.Operations = operations

	f.waiting.Lock()
	defer f.waiting.Unlock()

	if late {
		f.late = append(f.late, b)
	} else {
		f.early = append(f.early, b)
	}
}

// take returns what is on its way, and leaves nothing there.
func (f *Faulty) take() (early, late []storage.Batch) {
	f.waiting.Lock()
	defer f.waiting.Unlock()

	early, late = f.early, f.late
	f.early, f.late = nil, nil

	return early, late
}

// arrive commits what was on its way, for nobody: whoever sent it was answered long ago.
func (f *Faulty) arrive(batches []storage.Batch) {
	for _, b := range batches {
		err := write(context.Background(), f.inner, b)

		f.waiting.Lock()
		f.arrived = append(f.arrived, err)
		f.waiting.Unlock()
	}
}

// hang waits until nobody waits any more.
func hang(ctx context.Context) error {
	<-ctx.Done()

	return ctx.Err()
}
