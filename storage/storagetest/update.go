package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// updateCases are about what Update does with a batch as a whole.
func updateCases() []Case {
	return slices.Concat([]Case{
		{
			Name:     "S2_NilMeansCommitted",
			Sentence: "nil from Update means: the whole batch is committed and every later read sees it.",
			Explanation: "A batch with rows of every kind is written and read back through every method. What is missing " +
				"was promised to somebody: a receipt was shown, a mail was not sent.",
			test: func(ctx context.Context, s bench) error {
				b := full(1, 0)

				return steps(
					func() error { return none("Update", write(ctx, s, b)) },
					func() error { return stored(ctx, s, b, 1) },
				)
			},
		},
		{
			Name:        "S2_EmptyBatchSucceeds",
			Sentence:    "An empty Batch commits nothing and succeeds.",
			Explanation: "A use case that finds nothing to do returns an empty batch.",
			test: func(ctx context.Context, s bench) error {
				return none("Update", write(ctx, s, storage.Batch{}))
			},
		},
		{
			Name:     "S1_FnRunsOnce",
			Sentence: "Update runs fn exactly once, in the caller's goroutine.",
			Explanation: "fn is counted when the batch commits, loses a race, meets a unique key, and when fn itself " +
				"fails. The portal owns the retry; a store that retries too runs decisions on facts nobody looked at.",
			test: fnRunsOnce,
		},
		{
			Name:     "S1_ErrorRollsBack",
			Sentence: "fn's error comes back so that errors.Is finds it, and nothing was written.",
			Explanation: "fn returns a batch with rows of every kind, and an error. A refused use case must not leave " +
				"half of itself behind, and the caller must learn which rule refused.",
			test: func(ctx context.Context, s bench) error {
				refused := errors.New("refused by a rule")
				b := full(1, 0)

				err := s.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
					return b, fmt.Errorf("the rule says: %w", refused)
				})

				return steps(
					func() error { return is("Update", err, refused) },
					func() error { return absent(ctx, s, b) },
					func() error { return usable(ctx, s) },
				)
			},
		},
		{
			Name:     "S1_PanicRollsBack",
			Sentence: "A panic of fn, or a runtime.Goexit, writes nothing, releases everything and goes on.",
			Explanation: "fn panics after it read. The panic must reach the caller, and the store must work afterwards: " +
				"one bad request must not take the portal down.",
			test: panicRollsBack,
		},
		{
			Name:     "S1_GoexitRollsBack",
			Sentence: "A panic of fn, or a runtime.Goexit, writes nothing, releases everything and goes on.",
			Explanation: "fn ends its goroutine, as testing.T.FailNow does. Update must not return, and the store must " +
				"work afterwards.",
			test: goexitRollsBack,
		},
		{
			Name:     "S2_LastRowConflicts",
			Sentence: "ErrConflict and ErrExists mean: nothing was committed.",
			Explanation: "A batch with rows of every kind is written, of which one row, each kind in its turn, loses a " +
				"race, doubles a key or leaves a roster without its holder. Whatever was written before that row was met " +
				"must be gone.",
			test: lastRowConflicts,
		},
		{
			Name:     "S2_LostChangeChangesNothing",
			Sentence: "ErrConflict and ErrExists mean: nothing was committed.",
			Explanation: "A batch changes rows of every kind that are stored, and the version of one, the first or the last of " +
				"each kind in its turn, is past or to come. All of them must be as they were.",
			test: lostChangeChangesNothing,
		},
		{
			Name:        "S15_NotFound",
			Sentence:    "Methods that look for one row answer ErrNotFound when there is none.",
			Explanation: "Every method is asked of an empty store. Lists are empty, and no error.",
			test:        notFound,
		},
	}, freshCases(), meanwhileCases(), manyCases())
}

// usable tells whether the store still takes and shows a batch.
func usable(ctx context.Context, s storage.Store) error {
	b := storage.Batch{Messages: []storage.Message{note("afterwards", at(0))}}

	return steps(
		func() error { return none("another Update afterwards", write(ctx, s, b)) },
		func() error { return stored(ctx, s, b, 1) },
	)
}

func fnRunsOnce(ctx context.Context, s bench) error {
	first := full(1, 0)
	refused := errors.New("refused")

	doubled := storage.Batch{Structures: []structure.Structure{first.Structures[0].Clone()}}
	doubled.Structures[0].ID = "another"

	for _, try := range []struct {
		what  string
		batch storage.Batch
		err   error
		want  error
	}{
		{"a commit", first, nil, nil},
		{"a lost race", first, nil, storage.ErrConflict},
		{"a unique key", doubled, nil, storage.ErrExists},
		{"an error of fn", full(2, 0), refused, refused},
	} {
		runs := 0

		// A lost race of a batch with a link may be told as its selector's unique key, so that the link is left out.
		batch := clone(try.batch)
		if try.want != nil {
			batch.Links, batch.Journal = nil, nil
		}

		caller, runner := goroutine(), ""

		err := s.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
			runs++
			runner = goroutine()

			return batch, try.err
		})
		if runs != 1 {
			return fmt.Errorf("%s: fn ran %d times", try.what, runs)
		}

		if runner != caller {
			return fmt.Errorf("%s: fn ran in %s, and its caller is %s", try.what, runner, caller)
		}

		if try.want == nil {
			if err != nil {
				return none(try.what, err)
			}

			continue
		}

		if err := is(try.what, err, try.want); err != nil {
			return err
		}
	}

	return nil
}

// goroutine names the goroutine that calls it, as the first line of its stack does: "goroutine 7".
func goroutine() string {
	const enough = 64

	line := make([]byte, enough)
	line = line[:runtime.Stack(line, false)]
	of, _, _ := bytes.Cut(line, []byte(" ["))

	return string(of)
}

func panicRollsBack(ctx context.Context, s bench) error {
	b := full(1, 0)
	value := errors.New("a bug in fn")

	var got any

	func() {
		defer func() { got = recover() }()

		_ = s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			_, _ = r.Structure(ctx, "house")

			panic(value)
		})
	}()

	if got != any(value) {
		return fmt.Errorf("the caller recovered %v, want what fn panicked with", got)
	}

	return steps(
		func() error { return absent(ctx, s, b) },
		func() error { return usable(ctx, s) },
	)
}

func goexitRollsBack(ctx context.Context, s bench) error {
	var (
		err  = errGone
		done = make(chan struct{})
	)

	go func() {
		defer close(done)

		err = safely(func() error {
			return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
				_, _ = r.Structure(ctx, "house")

				runtime.Goexit()

				return storage.Batch{}, nil
			})
		})
	}()

	select {
	case <-done:
	case <-ctx.Done():
		return errStuck
	}

	if !errors.Is(err, errGone) {
		return fmt.Errorf("Update returned although fn ended its goroutine, so that fn ran in another one: %w", orNone(err))
	}

	return usable(ctx, s)
}

// errGone stands for the answer of an Update that did not return.
var errGone = errors.New("gone")

func notFound(ctx context.Context, s bench) error {
	answer := func(what string, err error) func() error {
		return func() error { return is(what, err, storage.ErrNotFound) }
	}

	_, err1 := s.Structure(ctx, "x")
	_, err2 := s.StructureByIdentity(ctx, siret(1))
	_, err3 := s.Registration(ctx, "x")
	_, err4 := s.Account(ctx, "x")
	_, err5 := s.AccountByLogin(ctx, "x@example.fr")
	_, err6 := s.Credential(ctx, "x")
	_, err7 := s.Link(ctx, "x")
	_, err8 := s.Roster(ctx, storage.RosterQuery{Structure: "x"})
	_, err9 := s.Memberships(ctx, "x")
	_, err10 := s.Message(ctx, "x")
	_, err11 := s.Journaled(ctx, "x")
	links, err12 := s.Links(ctx, "x", 1)
	_, err13 := s.Attempts(ctx, "x")

	return steps(
		answer("Structure", err1), answer("StructureByIdentity", err2), answer("Registration", err3),
		answer("Account", err4), answer("AccountByLogin", err5), answer("Credential", err6), answer("Link", err7),
		answer("Roster", err8), answer("Memberships", err9), answer("Message", err10), answer("Journaled", err11),
		answer("Attempts", err13),
		func() error { return none("Links", err12) },
		func() error { return same("Links", 0, len(links)) },
		func() error {
			for _, q := range []storage.Query{
				storage.OpenRequests{Structures: []structure.ID{"x"}},
				storage.OpenRequests{},
				storage.DueMessages{At: at(0)},
				storage.DueRows{At: at(0)},
				storage.History{Structure: "x"},
				storage.RegistrationsOf{Login: "x@example.fr"},
				storage.Deciders{Structure: "x"},
				storage.UsersOf{Structure: "x"},
				storage.ServicesOf{Structure: "x"},
				storage.JournalOf{Account: "x"},
				storage.RowsOf{Account: "x"},
				storage.MessagesOf{Account: "x"},
				storage.DueRegistrations{At: at(0)},
				storage.ParkedMessages{},
				storage.Individuals{},
				storage.Factors{},
				storage.PublicStructures{},
				storage.Unverified{At: at(0)},
			} {
				page, err := s.Page(ctx, q)
				if err != nil || len(page.Rows) > 0 || page.Next != "" || page.Count != 0 {
					return fmt.Errorf("%T of an empty store: %+v, %w", q, page, orNone(err))
				}
			}

			return nil
		},
	)
}

// linkless is a message whose content holds a link, which no store keeps; codeless one whose content holds a code.
func linkless(ctx context.Context, s bench) error {
	return withoutSecret(ctx, s, mail.Content{Reason: "non", Link: "https://example.fr/secret"})
}

func codeless(ctx context.Context, s bench) error {
	return withoutSecret(ctx, s, mail.Content{Until: at(1), Code: "123 456"})
}

func withoutSecret(ctx context.Context, s bench, content mail.Content) error {
	m := note("m", at(0))
	m.Content = content

	if err := given(ctx, s, storage.Batch{Messages: []storage.Message{m}}); err != nil {
		return err
	}

	got, err := s.Message(ctx, "m")
	if err != nil {
		return none("Message", err)
	}

	m.Version, m.Content.Link, m.Content.Code = 1, "", ""

	return same("message", m, got)
}

// head is a roster without rows.
func head(id structure.ID) attachment.Roster { return attachment.Roster{Structure: id} }
