package guichet

import (
	"context"
	"sync"
	"time"
)

// How long a try waits, and how often it asks the store again, while as many as may be wrong are being looked at.
const (
	crowdedPause = 20 * time.Millisecond // at first; twice as long each time
	crowdedWait  = 5 * time.Second
)

// crowds has the tries of one process at one gate wait for each other, so that a crowd does not ask the store again and again
// for what it cannot have yet.
type crowds struct {
	mu sync.Mutex
	at map[string]*crowd // by the key of the gate
}

// crowd is the tries at one gate.
type crowd struct {
	inside chan struct{} // those that ask the store, and look at their secrets
	here   int           // all of them
}

// join waits for one of so many places at a gate, in the order of coming. leave gives it back. Error: the context's.
func (c *crowds) join(ctx context.Context, key string, places int) (leave func(), err error) {
	mine := c.come(key, places)

	select {
	case mine.inside <- struct{}{}:
		return func() {
			<-mine.inside
			c.leave(key, mine)
		}, nil
	case <-ctx.Done():
		c.leave(key, mine)

		return nil, context.Cause(ctx)
	}
}

func (c *crowds) come(key string, places int) *crowd {
	c.mu.Lock()
	defer c.mu.Unlock()

	mine, ok := c.at[key]
	if !ok {
		mine = &crowd{inside: make(chan struct{}, places)}
		c.at[key] = mine
	}

	mine.here++

	return mine
}

// leave forgets a gate that nobody is at.
func (c *crowds) leave(key string, mine *crowd) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if mine.here--; mine.here == 0 {
		delete(c.at, key)
	}
}
