package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/guichet-pro/guichet/storage"
)

// groupLength is how many batches share one commit at the most.
const groupLength = 64

// writing is a batch that waits to be committed, or is being.
type writing struct {
	batch  storage.Batch
	answer chan error // gets the answer; has room for it
}

// waiting are the batches that wait, in the order in which they came.
type waiting struct {
	mu    sync.Mutex
	queue []*writing
}

func (w *waiting) add(one *writing) {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.queue = append(w.queue, one)
}

// remove takes one batch back, and tells whether it was still there.
func (w *waiting) remove(one *writing) bool {
	w.mu.Lock()
	defer w.mu.Unlock()

	at := slices.Index(w.queue, one)
	if at < 0 {
		return false
	}

	w.queue = slices.Delete(w.queue, at, at+1)

	return true
}

// take takes the batches that are next.
func (w *waiting) take() []*writing {
	w.mu.Lock()
	defer w.mu.Unlock()

	n := min(len(w.queue), groupLength)
	group := slices.Clone(w.queue[:n])
	w.queue = slices.Delete(w.queue, 0, n)

	return group
}

// share has a batch committed together with those of other callers. Batches queue; one of the callers at a time leads,
// and writes what has queued by then in one transaction, its own batch included. No caller's context ends what others
// have a share in: one whose context ends in the queue takes its batch back, and one whose batch is being written waits
// for the answer.
func (s *Store) share(ctx context.Context, b storage.Batch) error {
	own := &writing{batch: b, answer: make(chan error, 1)}
	s.waiting.add(own)

	select {
	case err := <-own.answer:
		return err
	case s.leader <- struct{}{}:
		return s.lead(ctx, own)
	case <-ctx.Done():
		if s.waiting.remove(own) {
			return ctx.Err()
		}

		return <-own.answer
	}
}

// lead commits what has queued until the leader's own batch has its answer.
func (s *Store) lead(ctx context.Context, own *writing) error {
	defer func() { <-s.leader }()

	for {
		select {
		case err := <-own.answer:
			return err
		default:
		}

		conn, err := s.begin(ctx)
		if err != nil {
			s.waiting.remove(own) // nobody else leads: it is there

			return err
		}

		s.together(context.WithoutCancel(ctx), conn, s.waiting.take())
	}
}

// errAborted is the answer to batches whose transaction ended before they had one.
var errAborted = fmt.Errorf("%w: the transaction was aborted", storage.ErrUncertain)

// together writes a group of batches in one transaction, which has begun, and answers them.
//
// They are written without savepoints, which would cost more than the rest: what is wrong with a batch mostly shows
// before anything of it is written, and it is left out. Where something has been written already, everything is rolled
// back and done again, with a savepoint for each.
func (s *Store) together(ctx context.Context, conn *sql.Conn, group []*writing) {
	answers := make([]error, len(group))
	for i := range answers {
		answers[i] = errAborted
	}

	defer func() {
		_ = conn.Close()

		for i, one := range group {
			one.answer <- answers[i]
		}
	}()

	v := s.during(conn)

	if failure := s.plainly(ctx, v, group, answers); failure != nil {
		if err := s.carefully(ctx, v, conn, group, answers); err != nil {
			fill(answers, fmt.Errorf("%w: %w", err, failure))

			return
		}
	}

	if err := s.end(ctx, conn); err != nil {
		fill(answers, err)
	}
}

// errLost means that the engine ended the transaction by itself: nothing was written.
var errLost = errors.New("sqlstore: the engine gave the transaction up")

// plainly writes batches one after another. It returns why one failed that has to be undone, or after which nobody knows
// what the engine did to the transaction.
func (s *Store) plainly(ctx context.Context, v view, group []*writing, answers []error) error {
	for i, one := range group {
		wrote, err := v.apply(ctx, one.batch, false)
		if err == nil {
			answers[i] = nil

			continue
		}

		if wrote || !v.refusal(err) || exchanges(one.batch) {
			return err
		}

		answers[i] = v.diagnose(ctx, one.batch, err)
	}

	return nil
}

// carefully begins the transaction again, and writes each batch in a savepoint. Its error means that nothing is written.
func (s *Store) carefully(
	ctx context.Context, v view, conn *sql.Conn, group []*writing, answers []error,
) error {
	if !s.rollback(ctx, conn) {
		return errLost
	}

	if _, err := conn.ExecContext(ctx, s.dialect.begin); err != nil {
		discard(conn)

		return s.wrap(ctx, err)
	}

	for i, one := range group {
		if answers[i] = v.write(ctx, one.batch); errors.Is(answers[i], errLost) {
			s.rollback(ctx, conn)

			return answers[i]
		}
	}

	return nil
}

// fill answers everybody alike: what a refusal rested on may not be there.
func fill(answers []error, err error) {
	for i := range answers {
		answers[i] = err
	}
}
