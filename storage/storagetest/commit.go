package storagetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

const honestSentence = "A store never returns nil for a commit that failed, and nothing but ErrUncertain when it does not know."

// commitCases are about commits that go wrong, and about those who share a commit.
func commitCases() []Case {
	return append([]Case{
		{
			Name:     "S2_RefusedCommit",
			Sentence: "A store never returns nil for a commit that failed",
			Explanation: "The engine takes a batch with rows of every kind, and refuses the commit: a full disk, a deferred " +
				"constraint. Whoever is told nil hands out a receipt for what nobody kept.",
			Needs: Breaking,
			test: func(ctx context.Context, s bench) error {
				return commitGoesWrong(ctx, s, Refused)
			},
		},
		{
			Name:     "S2_LostCommit",
			Sentence: honestSentence,
			Explanation: "The connection breaks during the commit: once before the engine was reached, once after it " +
				"committed. The answer must agree with what is there, and only ErrUncertain agrees with both: a conflict " +
				"that is none makes the portal decide again, and refuse what it granted itself.",
			Needs: Breaking,
			test: func(ctx context.Context, s bench) error {
				return steps(
					func() error { return commitGoesWrong(ctx, s, LostBefore) },
					func() error { return commitGoesWrong(ctx, s, LostAfter) },
				)
			},
		},
		{
			Name:     "S2_NeighboursOfALostCommit",
			Sentence: "ErrUncertain means: the batch is committed as a whole or not at all, and the store cannot tell.",
			Explanation: "Many callers write at once, and one commit goes wrong, in each of the three ways. Where callers " +
				"share commits all those concerned must be told, and nobody else.",
			Needs: Breaking,
			test: func(ctx context.Context, s bench) error {
				for round, how := range []Sabotage{Refused, LostBefore, LostAfter} {
					if err := none(how.String(), neighboursOfALostCommit(ctx, s, round, how)); err != nil {
						return err
					}
				}

				return nil
			},
		},
		{
			Name:     "S2_NeighboursOfARefusedBatch",
			Sentence: "nil from Update means: the whole batch is committed and every later read sees it. ErrConflict and ErrExists mean: nothing was committed.",
			Explanation: "Many callers write at once; every third loses a race, doubles a key or leaves a holder without a row. " +
				"The others' batches must be there, complete: where callers share commits, a refusal must not take them along.",
			test: neighboursOfARefusedBatch,
		},
	}, lostAnswerCases()...)
}

// commitGoesWrong has one commit go wrong, and looks at the answer, at what is there, and at what comes after.
func commitGoesWrong(ctx context.Context, s bench, how Sabotage) error {
	before, b, after := full(10*int(how), 0), full(10*int(how)+1, 0), full(10*int(how)+2, 0)

	if err := given(ctx, s, before); err != nil {
		return err
	}

	if err := s.sabotage(how); err != nil {
		return err
	}

	answer := write(ctx, s, b)

	return none(how.String(), steps(
		func() error {
			if how == Refused && answer == nil {
				return errors.New("Update answered nil")
			}

			return agrees(ctx, s, b, answer)
		},
		func() error {
			if how == LostAfter {
				return none("Options.Sabotage promises that the batch is written", stored(ctx, s, b, 1))
			}

			return nil
		},
		func() error { return none("what was there before", stored(ctx, s, before, 1)) },
		func() error { return none("another Update afterwards", write(ctx, s, after)) },
		func() error { return stored(ctx, s, after, 1) },
	))
}

// agrees returns nil if an answer of Update agrees with what is there.
func agrees(ctx context.Context, r storage.Reader, b storage.Batch, answer error) error {
	switch {
	case answer == nil:
		return none("the answer is nil", stored(ctx, r, b, 1))
	case errors.Is(answer, storage.ErrUncertain):
		return none("after ErrUncertain", allOrNone(ctx, r, b))
	}

	if err := absent(ctx, r, b); err != nil {
		return fmt.Errorf("the answer says that nothing was committed (%w), yet %w", answer, err)
	}

	return nil
}

func neighboursOfALostCommit(ctx context.Context, s bench, round int, how Sabotage) error {
	batch := func(i int) storage.Batch {
		return storage.Batch{Messages: []storage.Message{
			note(fmt.Sprintf("first-%d-%d", round, i), at(0)), note(fmt.Sprintf("second-%d-%d", round, i), at(0)),
		}}
	}

	if err := s.sabotage(how); err != nil {
		return err
	}

	told := 0

	for i, answer := range together(s.options.Goroutines, func(i int) error { return write(ctx, s, batch(i)) }) {
		if answer != nil {
			told++
		}

		if err := agrees(ctx, s, batch(i), answer); err != nil {
			return fmt.Errorf("caller %d: %w", i, err)
		}
	}

	if how == Refused && told == 0 {
		return errors.New("a commit was refused, and everybody was told nil")
	}

	after := storage.Batch{Messages: []storage.Message{note(fmt.Sprint("afterwards-", round), at(0))}}

	return steps(
		func() error { return none("another Update afterwards", write(ctx, s, after)) },
		func() error { return stored(ctx, s, after, 1) },
	)
}

// neighbour is one of many callers at once: one who is in the right, or one whose batch must be refused.
type neighbour struct {
	batch   storage.Batch
	refused bool
	want    error // nil = any error
}

func neighboursOfARefusedBatch(ctx context.Context, s bench) error {
	const rounds = 8

	before := base()
	before.Messages = []storage.Message{note("stands", at(0))}
	before.Journal = []storage.Entry{{
		Operation: "stands", Try: 1, At: at(0), Actor: account.System(), Action: "a", Structure: house(1).ID,
	}}

	if err := given(ctx, s, before); err != nil {
		return err
	}

	for round := range rounds {
		neighbours := make([]neighbour, s.options.Goroutines)
		for i := range neighbours {
			neighbours[i] = neighbourOf(before, round, i)
		}

		answers := together(len(neighbours), func(i int) error { return neighbours[i].call(ctx, s) })

		for i, n := range neighbours {
			if err := n.check(ctx, s, answers[i]); err != nil {
				return fmt.Errorf("round %d, caller %d: %w", round, i, err)
			}
		}
	}

	return stored(ctx, s, before, 1)
}

func neighbourOf(before storage.Batch, round, i int) neighbour {
	const third = 3

	id := fmt.Sprintf("%d-%d", round, i)
	b := storage.Batch{
		Accounts: []account.Account{person(account.ID("p-" + id))},
		Messages: []storage.Message{note("first-"+id, at(0)), note("second-"+id, at(0))},
	}

	if i%third != 1 {
		return neighbour{batch: b}
	}

	spoilt := []spoiled{
		{"", func(b *storage.Batch) {
			b.Guards = []storage.Guard{storage.StructureAt{ID: house(1).ID, Version: 7}}
		}, storage.ErrConflict},
		{"", func(b *storage.Batch) { b.Messages[1].Version = 7 }, storage.ErrConflict},
		{"", func(b *storage.Batch) { b.Messages[1].ID = before.Messages[0].ID }, storage.ErrConflict},
		{"", func(b *storage.Batch) { b.Accounts[0].Login = before.Accounts[0].Login }, storage.ErrExists},
		{"", func(b *storage.Batch) { b.Journal = before.Journal }, storage.ErrExists},
		{"", func(b *storage.Batch) {
			b.Rosters = []attachment.Roster{{Structure: house(1).ID, Standing: attachment.Managed, Holder: "anne"}}
		}, nil},
	}[(round+i/third)%6]
	spoilt.spoil(&b)

	return neighbour{batch: b, refused: true, want: spoilt.want}
}

// call writes the neighbour's batch. Who is in the right may be told of a lost race all the same, by an engine that
// serialises, and tries again as the portal does.
func (n neighbour) call(ctx context.Context, s storage.Store) error {
	for {
		err := write(ctx, s, n.batch)
		if n.refused || !errors.Is(err, storage.ErrConflict) || ctx.Err() != nil {
			return err
		}
	}
}

// check looks at the neighbour's answer, and at what is there.
func (n neighbour) check(ctx context.Context, r storage.Reader, answer error) error {
	own := storage.Batch{Messages: n.batch.Messages[:1]} // what nobody else could have written

	switch {
	case !n.refused:
		return steps(
			func() error { return none("who is in the right", answer) },
			func() error { return none("who is in the right", stored(ctx, r, n.batch, 1)) },
		)
	case answer == nil:
		return errors.New("a batch that had to be refused was not")
	case n.want != nil && !errors.Is(answer, n.want):
		return is("who had to be refused", answer, n.want)
	}

	return none("who was refused", absent(ctx, r, own))
}
