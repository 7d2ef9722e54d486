package guichet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
)

// How the portal waits between two tries of one transaction, and how often it tries after what should not happen
// twice. Lost races have no limit but the caller's context: each one is somebody else's progress.
const (
	firstPause   = 200 * time.Microsecond
	longestPause = 50 * time.Millisecond

	maxUncertain = 3
	maxUnsettled = 50 // more than a second of tries
	maxExists    = 20
)

// decide is what a transaction does: it reads, and returns what to write and what to tell the caller. It may be called
// several times, and must not do anything but read.
type decide[T any] func(ctx context.Context, r storage.Reader) (storage.Batch, T, error)

// update runs a transaction until it commits or is refused. It is the only place that retries: on a lost race, on a
// unique key that somebody else took meanwhile, and, after a commit of unknown outcome, once the journal says that it
// neither happened nor can happen any more. An operation's id is made before its first try, so that a commit that arrives
// late is found, and told as the success that it is, with the result of the try that committed (sentence 2 of the
// storage contract). In a transaction of the application's nothing is tried again.
func update[T any](ctx context.Context, p *Portal, operation string, fn decide[T]) (T, error) {
	var (
		zero      T
		results   = map[int]T{}
		uncertain int
		exists    int
	)

	for try := 1; ; try++ {
		journaled := false

		err := p.store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			batch, result, err := fn(ctx, r)
			results[try] = result
			journaled = len(batch.Journal) > 0

			for i := range batch.Journal {
				if err := named(batch.Journal[i].Actor); err != nil {
					return storage.Batch{}, err
				}

				batch.Journal[i].Operation, batch.Journal[i].Seq, batch.Journal[i].Try = operation, i, try
			}

			return batch, err
		})

		switch {
		case err == nil:
			return results[try], nil
		case p.joined: // who began the transaction begins it again, after what is only tried again here, too
			if errors.Is(err, storage.ErrExists) {
				err = fmt.Errorf("%w: %w", storage.ErrConflict, err)
			}

			return zero, err
		case errors.Is(err, storage.ErrUncertain):
			if uncertain++; uncertain > maxUncertain {
				return zero, err
			}

			if !journaled { // its rows' versions keep it from happening twice
				break
			}

			done, settled := p.settle(ctx, operation)
			if settled != nil {
				return zero, errors.Join(err, settled)
			}

			if done > 0 {
				return results[done], nil
			}

			operation, err = p.newID(), errNothing
		case errors.Is(err, storage.ErrConflict):
		case errors.Is(err, storage.ErrExists):
			if exists++; exists > maxExists {
				return zero, err
			}
		default:
			return zero, err
		}

		if stopped := pause(ctx, try); stopped != nil {
			return zero, fmt.Errorf("guichet: gave up after %d tries: %w", try, errors.Join(stopped, err))
		}
	}
}

// maxActor is the longest name of an actor, in bytes; ours.
const maxActor = 200

// named refuses an actor whose name no journal keeps: it is who at support, as the application calls them.
func named(a account.Actor) error {
	if len(a.Name) > maxActor || !utf8.ValidString(a.Name) || strings.ContainsFunc(a.Name, unicode.IsControl) {
		return fmt.Errorf("%w: the name has %d bytes", ErrActor, len(a.Name))
	}

	return nil
}

// errNothing is why another try was needed after an operation whose outcome was lost, and turned out to be nothing.
var errNothing = errors.New("guichet: the connection was lost, and nothing was written")

// actionLost is what the journal says of an operation whose outcome was lost and that did not happen.
const actionLost = "outcome lost"

// settle finds out what became of an operation whose commit had no answer: it returns the try that committed, or 0. It
// writes the operation's first journal entry itself. If that can be written, the operation did not happen, and a commit
// that is still on its way finds its place taken; if the entry exists, it says which try wrote it.
func (p *Portal) settle(ctx context.Context, operation string) (done int, err error) {
	closing := storage.Batch{Journal: []storage.Entry{{
		Operation: operation, At: p.at(), Actor: account.System(), Action: actionLost,
	}}}

	for try, failed := 1, 0; ; try++ {
		err := p.store.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) { return closing, nil })
		if storage.Exists(err, storage.KeyJournal) {
			done, err = p.store.Journaled(ctx, operation)
		}

		if err == nil {
			return done, nil
		}

		// Whatever went wrong, not knowing is worse: a server that was just restarted comes back.
		if !errors.Is(err, storage.ErrConflict) {
			if failed++; failed > maxUnsettled {
				return 0, err
			}
		}

		if stopped := pause(ctx, try); stopped != nil {
			return 0, errors.Join(stopped, err)
		}
	}
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
