package storagetest_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

// double is a store over memory that has every capability of the suite's, as an engine would: callers share commits, a
// commit can go wrong, the rows can be opened again, and an application's transaction locks other writers out. Seams
// make it wrong.
type double struct {
	storage.Reader
	*engine
}

// engine is what all handles of a double share.
type engine struct {
	seams

	disk   context.Context // of what is on its way to the disk: no caller's context ends that
	mem    *memory.Store
	writer chan struct{} // held by who commits, and by an application's transaction while it lasts

	mu    sync.Mutex // for what follows
	queue []*waiting
	next  storagetest.Sabotage // what happens to the next commit; 0 = nothing

	log  []storage.Batch // what was committed, in order; for who holds writer
	lost bool            // a commit went wrong; for who holds writer
}

// waiting is a batch that waits for its commit.
type waiting struct {
	batch  storage.Batch
	answer chan error
}

// seams are what can be wrong with a double. Nil is right.
type seams struct {
	newRows func() storage.Store                                                // what a joined store works on
	tell    func(e *engine, how storagetest.Sabotage, w *waiting, at int) error // the answer to the at-th batch of a commit that went wrong
	half    func(storage.Batch) storage.Batch                                   // what is written of a batch whose commit is lost before
	share   func(e *engine, group []*waiting) []error                           // commits a group
	again   func(d *double) storage.Store
	joined  func(j *joined) storage.Store
}

var errEngine = errors.New("double: the engine refuses the commit")

func newDouble(s seams) *double {
	mem := memory.New()

	if s.newRows == nil {
		s.newRows = func() storage.Store { return memory.New() }
	}

	return &double{Reader: mem, engine: &engine{seams: s, disk: context.Background(), mem: mem, writer: make(chan struct{}, 1)}}
}

// doubled are options with every capability of a double.
func doubled() *storagetest.Options {
	out := few()
	out.Begin = func(ctx context.Context, s storage.Store) (storagetest.Tx, error) { return s.(*double).begin(ctx) }
	out.Again = func(s storage.Store) (storage.Store, error) { return s.(*double).open(), nil }
	out.Sabotage = func(s storage.Store, how storagetest.Sabotage) error {
		d := s.(*double)

		d.mu.Lock()
		defer d.mu.Unlock()

		d.next = how

		return nil
	}

	return out
}

func copyOf(b storage.Batch) storage.Batch {
	out := storagetest.Clone(b)
	out.Operations = slices.Clone(b.Operations)

	return out
}

func insert(ctx context.Context, s storage.Store, b storage.Batch) error {
	return s.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) { return b, nil })
}

// deciding runs fn on a store, and commits nothing.
func deciding(ctx context.Context, s storage.Store, f fn) (storage.Batch, error) {
	var b storage.Batch

	err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		var err error
		b, err = f(ctx, r)
		b = copyOf(b)

		return storage.Batch{}, err
	})

	return b, err
}

func (d *double) Update(ctx context.Context, f fn) error {
	b, err := deciding(ctx, d.mem, f)
	if err != nil || b.Empty() {
		return err
	}

	return d.commit(ctx, b)
}

// commit has a batch committed together with those that came at the same time.
func (e *engine) commit(ctx context.Context, b storage.Batch) error {
	own := &waiting{batch: b, answer: make(chan error, 1)}

	e.mu.Lock()
	e.queue = append(e.queue, own)
	e.mu.Unlock()

	for range 5 {
		runtime.Gosched() // so that others come
	}

	select {
	case err := <-own.answer:
		return err
	case e.writer <- struct{}{}:
		defer func() { <-e.writer }()

		e.mu.Lock()
		group := e.queue
		e.queue = nil
		e.mu.Unlock()

		for i, err := range e.together(group) {
			group[i].answer <- err
		}

		return <-own.answer
	case <-ctx.Done():
	}

	if e.remove(own) {
		return ctx.Err()
	}

	return <-own.answer
}

// remove takes a batch back, and tells whether it was still waiting.
func (e *engine) remove(own *waiting) bool {
	e.mu.Lock()
	defer e.mu.Unlock()

	at := slices.Index(e.queue, own)
	if at < 0 {
		return false
	}

	e.queue = slices.Delete(e.queue, at, at+1)

	return true
}

// together commits a group, unless its commit goes wrong.
func (e *engine) together(group []*waiting) []error {
	if len(group) == 0 {
		return nil
	}

	e.mu.Lock()
	how := e.next
	e.mu.Unlock()

	if how == 0 {
		if e.share != nil {
			return e.share(e, group)
		}

		return e.write(group)
	}

	// What the engine takes is found on a copy; that is then what the commit is about.
	rows := e.replay(memory.New(), len(e.log))
	answers := make([]error, len(group))

	var taken []int

	for i, w := range group {
		if answers[i] = insert(e.disk, rows, w.batch); answers[i] == nil {
			taken = append(taken, i)
		}
	}

	if len(taken) == 0 {
		return answers // there was nothing to commit
	}

	e.mu.Lock()
	e.next = 0
	e.mu.Unlock()

	e.lost = true

	for at, i := range taken {
		switch {
		case how == storagetest.LostAfter:
			e.write(group[i : i+1])
		case how == storagetest.LostBefore && e.half != nil:
			e.write([]*waiting{{batch: e.half(group[i].batch)}})
		}

		answers[i] = storage.ErrUncertain
		if how == storagetest.Refused {
			answers[i] = errEngine
		}

		if e.tell != nil {
			answers[i] = e.tell(e, how, group[i], at)
		}
	}

	return answers
}

// write writes the batches of a group one by one.
func (e *engine) write(group []*waiting) []error {
	answers := make([]error, len(group))

	for i, w := range group {
		if answers[i] = insert(e.disk, e.mem, w.batch); answers[i] == nil {
			e.log = append(e.log, w.batch)
		}
	}

	return answers
}

// replay writes the first n commits into another store.
func (e *engine) replay(into storage.Store, n int) storage.Store {
	for _, b := range e.log[:n] {
		if err := insert(e.disk, into, b); err != nil {
			panic(err)
		}
	}

	return into
}

// open opens the rows again.
func (d *double) open() storage.Store {
	if d.again != nil {
		return d.again(d)
	}

	return &double{Reader: d.mem, engine: d.engine}
}
