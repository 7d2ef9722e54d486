package main

import (
	"sync"
	"time"
)

// clock is the time of the demo: it starts now, and goes on when the scenario says so, so that nobody has to wait an
// hour for a link to expire. A program in service leaves guichet.Options.Now alone and gets time.Now.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// tick is by how much every reading is later than the one before, as with a real clock: ids and lists are sorted by
// time, and at one same instant everything would be in no particular order.
const tick = 10 * time.Millisecond

func newClock(start time.Time) *clock { return &clock{now: start.UTC().Truncate(time.Minute)} }

// Now is given to the portal as guichet.Options.Now, and is called by whoever uses it.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.now = c.now.Add(tick)

	return c.now
}

// wait lets time go by.
func (c *clock) wait(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.now = c.now.Add(d)
}
