package sqlstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// turnPatience is how long a caller waits for its turn at a roster. Whoever has it may be slow; then callers race again.
const turnPatience = time.Second

// turnsLength is how many rosters are remembered as raced for. Forgetting some costs a lost race.
const turnsLength = 1024

// turns make callers of one process who race for a roster come one after another. Decisions rest on versions, and need
// no turns; but of many who want one roster all but one would have to read and decide again, and again. So a roster that
// somebody lost a race for is remembered, and who reads it to change it next waits until the one before has its answer.
type turns struct {
	mu    sync.Mutex
	raced map[structure.ID]*turnstile
}

// turnstile lets one caller through at a time.
type turnstile struct {
	pass   chan struct{} // room for one: who is in it has the turn
	coming int           // callers who have it or wait for it
}

// lost remembers the rosters of a batch that lost a race.
func (t *turns) lost(b storage.Batch) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.raced == nil || len(t.raced) > turnsLength {
		t.raced = map[structure.ID]*turnstile{}
	}

	for _, head := range b.Rosters {
		if t.raced[head.Structure] == nil {
			t.raced[head.Structure] = &turnstile{pass: make(chan struct{}, 1)}
		}
	}
}

// coming returns the turnstile of a roster that callers race for; nil if they do not.
func (t *turns) coming(id structure.ID) *turnstile {
	t.mu.Lock()
	defer t.mu.Unlock()

	at := t.raced[id]
	if at != nil {
		at.coming++
	}

	return at
}

// gone ends a caller's interest in a roster. With the last one the race is over.
func (t *turns) gone(id structure.ID, at *turnstile) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if at.coming--; at.coming == 0 && t.raced[id] == at {
		delete(t.raced, id)
	}
}

// turn is what one Update has of the turns: one at the most, so that nobody waits in a circle, after one wait at the most.
type turn struct {
	turns *turns

	mu     sync.Mutex
	waited bool // for one, or the Update is over
	end    func()
}

// wait waits for the turn at a roster, if callers race for it.
func (t *turn) wait(ctx context.Context, id structure.ID) {
	if t == nil {
		return
	}

	t.mu.Lock() // who reads in several goroutines waits in all of them
	defer t.mu.Unlock()

	if t.waited {
		return
	}

	at := t.turns.coming(id)
	if at == nil {
		return
	}

	t.waited = true

	timer := time.NewTimer(turnPatience)
	defer timer.Stop()

	select {
	case at.pass <- struct{}{}:
		t.end = func() {
			<-at.pass
			t.turns.gone(id, at)
		}
	case <-timer.C:
		t.turns.gone(id, at)
	case <-ctx.Done():
		t.turns.gone(id, at)
	}
}

// over ends the turn, and remembers what was raced for.
func (t *turn) over(b storage.Batch, err error) {
	if errors.Is(err, storage.ErrConflict) {
		t.turns.lost(b)
	}

	t.mu.Lock()
	defer t.mu.Unlock()

	t.waited = true

	if t.end != nil {
		t.end()
	}
}
