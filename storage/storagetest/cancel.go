package storagetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/guichet-pro/guichet/storage"
)

const cancelSentence = "Cancelling a caller's context hurts that caller only: others' transactions go on. A caller whose " +
	"context ends before its batch was handed to the engine gets the context's error, and nothing was written; one that still waits for its turn gets it at once."

// cancelCases are about callers who go away.
func cancelCases() []Case {
	return []Case{
		{
			Name:     "S12_CancelledBefore",
			Sentence: cancelSentence,
			Explanation: "The context has ended when Update is called. Nothing is written, and the answer says why. " +
				"Reading with it may fail, and harms nothing.",
			test: func(ctx context.Context, s bench) error {
				ended, cancel := context.WithCancel(ctx)
				cancel()

				b := full(1, 0)
				err := write(ended, s, b)
				_, _ = s.Structure(ended, "house")

				return steps(
					func() error { return is("Update", err, context.Canceled) },
					func() error { return absent(ctx, s, b) },
					func() error { return usable(ctx, s) },
				)
			},
		},
		{
			Name:     "S12_CancelledInFn",
			Sentence: cancelSentence,
			Explanation: "The context ends while fn runs. Nothing is written, and the next caller's batch is, complete. " +
				"A browser that closes must not roll back somebody else's registration.",
			test: func(ctx context.Context, s bench) error {
				ended, cancel := context.WithCancel(ctx)
				defer cancel()

				b := full(1, 0)

				err := s.Update(ended, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
					_, _ = r.Structure(ctx, "house")

					cancel()

					return b, nil
				})

				return steps(
					func() error { return is("Update", err, context.Canceled) },
					func() error { return absent(ctx, s, b) },
					func() error { return none("the next caller", write(ctx, s, b)) },
					func() error { return stored(ctx, s, b, 1) },
				)
			},
		},
		{
			Name:     "S12_CancelledWhileQueued",
			Sentence: cancelSentence,
			Explanation: "One caller's fn is still running when a second caller comes and goes away. The second must not " +
				"have to wait for the first, and the first must commit.",
			test: cancelledWhileQueued,
		},
		{
			Name:     "S12_CancelledAmongOthers",
			Sentence: cancelSentence,
			Explanation: "Many callers write at once and half of them go away at odd moments. Whoever stays commits; whose " +
				"answer is the context's error has written nothing. Stores that let callers share a commit are found here.",
			test: cancelledAmongOthers,
		},
	}
}

func cancelledWhileQueued(ctx context.Context, s bench) error {
	first, second, third := full(1, 0), full(2, 0), full(3, 0)

	running, release := make(chan struct{}), make(chan struct{})
	firstDone, secondDone := make(chan error, 1), make(chan error, 1)

	go func() {
		firstDone <- safely(func() error {
			return s.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
				close(running)
				<-release

				return first, nil
			})
		})
	}()

	select {
	case <-running:
	case err := <-firstDone:
		return fmt.Errorf("fn did not run: %w", orNone(err))
	}

	ended, cancel := context.WithCancel(ctx)
	defer cancel()

	go func() {
		secondDone <- safely(func() error {
			return s.Update(ended, func(ctx context.Context, _ storage.Reader) (storage.Batch, error) {
				<-ctx.Done()

				return second, nil
			})
		})
	}()

	runtime.Gosched()
	cancel()

	// A store may take its time; it may not take the first caller's.
	const patience = 10 * time.Second

	timer := time.NewTimer(min(patience, s.options.Patience/2)) //nolint:mnd // leaves time to report
	defer timer.Stop()

	var answer error

	select {
	case answer = <-secondDone:
	case <-timer.C:
		close(release)

		return errors.New("a caller whose context ended waits for another caller's fn")
	}

	close(release)

	return steps(
		func() error { return is("the one who went away", answer, context.Canceled) },
		func() error { return none("the one who was first", <-firstDone) },
		func() error { return stored(ctx, s, first, 1) },
		func() error { return absent(ctx, s, second) },
		func() error { return none("the next caller", write(ctx, s, third)) },
		func() error { return stored(ctx, s, third, 1) },
	)
}

func cancelledAmongOthers(ctx context.Context, s bench) error {
	const rounds = 8

	for round := range rounds {
		if err := someGoAway(ctx, s, round); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
	}

	return nil
}

// someGoAway has many callers write, every other of whom goes away before, while or after fn returns: by round, and by
// caller.
func someGoAway(ctx context.Context, s bench, round int) error {
	const moments = 8

	batch := func(i int) storage.Batch {
		return storage.Batch{Messages: []storage.Message{
			note(fmt.Sprintf("first-%d-%d", round, i), at(0)), note(fmt.Sprintf("second-%d-%d", round, i), at(0)),
		}}
	}
	leaves := func(i int) bool { return i%2 == 1 }
	wait := func(moments int) {
		for range moments {
			runtime.Gosched()
		}
	}

	answers := together(s.options.Goroutines, func(i int) error {
		ended, cancel := context.WithCancel(ctx)
		defer cancel()

		return s.Update(ended, func(context.Context, storage.Reader) (storage.Batch, error) {
			if leaves(i) {
				go func() {
					wait(i / 2 % moments)
					cancel()
				}()
			}

			wait(round)

			return batch(i), nil
		})
	})

	for i, err := range answers {
		who := "who stayed"
		if leaves(i) {
			who = "who went away"
		}

		switch {
		case err == nil:
			err = stored(ctx, s, batch(i), 1)
		case leaves(i) && errors.Is(err, context.Canceled):
			err = absent(ctx, s, batch(i))
		case leaves(i) && errors.Is(err, storage.ErrUncertain):
			err = allOrNone(ctx, s, batch(i))
		}

		if err != nil {
			return fmt.Errorf("caller %d, %s: %w", i, who, err)
		}
	}

	return nil
}

// allOrNone returns nil if a batch was written as a whole or not at all.
func allOrNone(ctx context.Context, s storage.Reader, b storage.Batch) error {
	if absent(ctx, s, b) == nil {
		return nil
	}

	return stored(ctx, s, b, 1)
}
