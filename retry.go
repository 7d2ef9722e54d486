package guichet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/guichet-pro/guichet/storage"
)

// How the portal waits between two tries of one transaction, and how often it tries after what should not happen
// twice. Lost races have no limit but the caller's context: each one is somebody else's progress.
const (
	firstPause   = 200 * time.Microsecond
	longestPause = 50 * time.Millisecond

	maxUncertain = 3
	maxExists    = 20
)

// decide is what a transaction does: it reads, and returns what to write and what to tell the caller. It may be called
// several times, and must not do anything but read.
type decide[T any] func(ctx context.Context, r storage.Reader) (storage.Batch, T, error)

// committedError ends an Update that found its own operation in the journal.
type committedError struct{ try int }

func (*committedError) Error() string { return "guichet: committed by an earlier try" }

// update runs a transaction until it commits or is refused. It is the only place that retries: on a lost race, on a
// unique key that somebody else took meanwhile, and, after a commit of unknown outcome, once the journal says that
// it did not happen. The operation's id is made before the first try, so that a commit that arrives late makes the
// next one collide, and is then found and told as the success that it is (sentence 2 of the storage contract).
func update[T any](ctx context.Context, p *Portal, operation string, fn decide[T]) (T, error) {
	var (
		zero      T
		results   = map[int]T{}
		uncertain int
		exists    int
	)

	for try := 1; ; try++ {
		err := p.store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			if uncertain > 0 {
				if done, err := r.Journaled(ctx, operation); err == nil {
					return storage.Batch{}, &committedError{try: done}
				} else if !errors.Is(err, storage.ErrNotFound) {
					return storage.Batch{}, err
				}
			}

			batch, result, err := fn(ctx, r)
			results[try] = result

			for i := range batch.Journal {
				batch.Journal[i].Operation, batch.Journal[i].Seq, batch.Journal[i].Try = operation, i, try
			}

			return batch, err
		})

		var committed *committedError

		switch {
		case err == nil:
			return results[try], nil
		case errors.As(err, &committed):
			return results[committed.try], nil
		case errors.Is(err, storage.ErrUncertain):
			if uncertain++; uncertain > maxUncertain {
				return zero, err
			}
		case errors.Is(err, storage.ErrConflict):
		case errors.Is(err, storage.ErrExists):
			if exists++; exists > maxExists {
				return zero, err
			}
		default:
			// After a commit of unknown outcome, a refusal may be the answer to what one did oneself.
			if done, found := p.done(ctx, operation, uncertain); found {
				return results[done], nil
			}

			return zero, err
		}

		if err := pause(ctx, try); err != nil {
			return zero, fmt.Errorf("guichet: gave up after %d tries: %w", try, err)
		}
	}
}

// done looks whether an operation whose commit was uncertain is in the journal, and by which try.
func (p *Portal) done(ctx context.Context, operation string, uncertain int) (try int, found bool) {
	if uncertain == 0 {
		return 0, false
	}

	try, err := p.store.Journaled(ctx, operation)

	return try, err == nil
}

// pause waits before the next try: longer each time, and by chance, so that those who lost one race do not meet in the
// next.
func pause(ctx context.Context, try int) error {
	longest := longestPause
	if try < 9 { // 200 µs · 2^8 is above the longest
		longest = min(longest, firstPause<<try)
	}

	timer := time.NewTimer(rand.N(longest) + 1)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
