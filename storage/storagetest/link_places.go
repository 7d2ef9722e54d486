package storagetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
)

// linkPlaceCases are about the places of links that are stored already.
func linkPlaceCases() []Case {
	return []Case{{
		Name:     "S5_B7_LinkPlacesChangeHands",
		Sentence: "A link's (account, purpose, sequence) is a lost race: ErrConflict. " + exchangeSentence,
		Explanation: "Stored links move: to a place that is free, to one that another link of the batch gives up, and to one " +
			"that is taken, of the same account and of another. A place that was left is free, one that is taken is a lost " +
			"race, however it came to be taken. Otherwise two links are the newest, or none can be issued any more.",
		test: linkPlacesChangeHands,
	}}
}

// issuedAt is a stored link with the version that it is written with.
func issuedAt(selector account.Selector, to account.ID, seq, version int64) account.Link {
	row := links(selector, to, seq).Links[0]
	row.Version = version

	return row
}

func linkPlacesChangeHands(ctx context.Context, s bench) error {
	rows := base()
	rows.Links = []account.Link{issuedAt("a", "jean", 1, 0), issuedAt("b", "jean", 2, 0), issuedAt("c", "anne", 1, 0)}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	moves := func(what string, moved ...account.Link) func() error {
		return func() error {
			return none(what, write(ctx, s, storage.Batch{Links: moved}))
		}
	}
	taken := func(what string, moved ...account.Link) func() error {
		return func() error {
			b := storage.Batch{Links: moved, Messages: []storage.Message{note("beside", at(0))}}
			err := write(ctx, s, b)

			if errors.Is(err, storage.ErrExists) {
				return fmt.Errorf("%s: got %w: the place is no unique key, the caller shall read again", what, err)
			}

			return steps(
				func() error { return is(what, err, storage.ErrConflict) },
				func() error { return none(what, absent(ctx, s, storage.Batch{Messages: b.Messages})) },
			)
		}
	}
	// holds compares the links of both accounts, the newest first, with their versions.
	holds := func(what string, jean, anne []account.Link) func() error {
		return func() error {
			for id, want := range map[account.ID][]account.Link{"jean": jean, "anne": anne} {
				got, err := s.Links(ctx, id, account.PurposeActivation)

				if err := steps(
					func() error { return none(what, err) },
					func() error { return same(what+": the links of "+string(id), want, got) },
				); err != nil {
					return err
				}
			}

			return none(what, stored(ctx, s, storage.Batch{Links: jean[:1]}, jean[0].Version))
		}
	}
	of := func(rows ...account.Link) []account.Link { return rows }

	return steps(
		taken("a move to a place that is taken", issuedAt("a", "jean", 2, 1)),
		taken("a move to a taken place of another account", issuedAt("a", "anne", 1, 1)),
		holds("after moves that were refused",
			of(issuedAt("b", "jean", 2, 1), issuedAt("a", "jean", 1, 1)), of(issuedAt("c", "anne", 1, 1))),

		moves("a move to a free place", issuedAt("a", "jean", 3, 1)),
		taken("a new link at the place that was moved to", issuedAt("d", "jean", 3, 0)),
		moves("a new link at the place that was left", issuedAt("d", "jean", 1, 0)),
		taken("a move to the place that was left and taken again", issuedAt("a", "jean", 1, 2)),
		holds("after a move", of(issuedAt("a", "jean", 3, 2), issuedAt("b", "jean", 2, 1), issuedAt("d", "jean", 1, 1)),
			of(issuedAt("c", "anne", 1, 1))),

		moves("an exchange", issuedAt("a", "jean", 2, 2), issuedAt("b", "jean", 3, 1)),
		taken("a new link at the one place that was exchanged", issuedAt("e", "jean", 2, 0)),
		taken("a new link at the other place that was exchanged", issuedAt("e", "jean", 3, 0)),
		moves("an exchange back, the other way round", issuedAt("b", "jean", 2, 2), issuedAt("a", "jean", 3, 3)),
		holds("after exchanges", of(issuedAt("a", "jean", 3, 4), issuedAt("b", "jean", 2, 3), issuedAt("d", "jean", 1, 1)),
			of(issuedAt("c", "anne", 1, 1))),

		moves("an exchange between accounts", issuedAt("d", "anne", 1, 1), issuedAt("c", "jean", 1, 1)),
		moves("a chain that ends in a free place", issuedAt("b", "jean", 3, 3), issuedAt("a", "jean", 4, 4)),
		taken("two moves to one free place", issuedAt("b", "jean", 5, 4), issuedAt("a", "jean", 5, 5)),
		holds("at last", of(issuedAt("a", "jean", 4, 5), issuedAt("b", "jean", 3, 4), issuedAt("c", "jean", 1, 2)),
			of(issuedAt("d", "anne", 1, 2))),
	)
}

// meanwhileCases are about what fn sees of the commits of others.
func meanwhileCases() []Case {
	return []Case{{
		Name:     "S7_FnSeesWhatIsCommittedMeanwhileUnderRace",
		Sentence: snapshotSentence,
		Explanation: "fn reads a structure by every method that shows it, another caller changes it, and fn reads again: what was " +
			"committed in between must be there. A store that shows fn one snapshot of the time when it began lets it read a " +
			"roster, and then facts that are older than its version. One that makes others wait until fn returned is let off.",
		test: fnSeesWhatIsCommittedMeanwhile,
	}}
}

// meanwhile is how long fn waits for a commit of somebody else's, which a store may hold up until fn returned.
const meanwhile = 200 * time.Millisecond

func fnSeesWhatIsCommittedMeanwhile(ctx context.Context, s bench) error {
	rows := base()
	if err := given(ctx, s, rows); err != nil {
		return err
	}

	changed := versioned(storage.Batch{Structures: rows.Structures}, 1)
	changed.Structures[0].Data.Label = "changed meanwhile"

	shows := func(ctx context.Context, r storage.Reader, b storage.Batch, version int64) error {
		got, err := r.Roster(ctx, storage.RosterQuery{Structure: house(1).ID, At: at(0)})

		return steps(
			func() error { return stored(ctx, r, storage.Batch{Structures: b.Structures}, version) },
			func() error { return none("Roster", err) },
			func() error {
				return same("the structure of a slice", versioned(b, version).Structures[0], got.Facts.Structure)
			},
		)
	}

	var (
		other     = make(chan error, 1)
		waiting   bool
		committed bool
		found     error
	)

	// answered looks at the answer that the other caller got. A lost race is no commit.
	answered := func(err error) error {
		waiting, committed = false, err == nil

		if errors.Is(err, storage.ErrConflict) {
			return nil
		}

		return none("the change by somebody else", err)
	}

	err := s.Update(ctx, func(inside context.Context, r storage.Reader) (storage.Batch, error) {
		if found = none("before the change", shows(inside, r, rows, 1)); found != nil {
			return storage.Batch{}, nil
		}

		go func() { other <- safely(func() error { return write(ctx, s, changed) }) }()

		patience := time.NewTimer(meanwhile)
		defer patience.Stop()

		waiting = true

		select {
		case err := <-other:
			found = answered(err)
		case <-patience.C: // the store holds a lock
		}

		if committed {
			found = none("after the change by somebody else", shows(inside, r, changed, 2))
		}

		return storage.Batch{}, nil
	})

	if waiting {
		select {
		case err := <-other:
			found = answered(err)
		case <-ctx.Done():
			return errStuck
		}
	}

	return steps(
		func() error { return found },
		func() error { return none("Update", err) },
		func() error {
			if !committed {
				return nil
			}

			return none("after both", stored(ctx, s, changed, 2))
		},
	)
}
