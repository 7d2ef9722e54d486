package storagetest

import (
	"context"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

const besideSentence = "Operations come after the guards and rows of their batch, in order, and see what these left; all or " +
	"nothing, like the rest."

// besideCases are about rows and guards in a batch that has operations too. A store that locks tables for its operations
// may go another way with such a batch; what it compares must be the same.
func besideCases() []Case {
	return []Case{
		{
			Name:     "S4_S16_StaleRowBesideAnOperation",
			Sentence: besideSentence,
			Explanation: "A batch with an operation that does nothing has one row of a version that is past, to come or of no " +
				"row, each kind in its turn, and a message. The race is lost as without the operation: who is closed and erased " +
				"in one batch may have been changed since they were read.",
			test: staleRowBeside,
		},
		{
			Name:     "S4_S16_GuardBesideAnOperation",
			Sentence: besideSentence,
			Explanation: "A batch with an operation that does nothing rests on a guard that does not hold, each kind in its turn, " +
				"and has a message. What an operation relied on must hold when it is applied.",
			test: guardBeside,
		},
		{
			Name:     "S5_S16_UniqueKeyBesideAnOperation",
			Sentence: besideSentence,
			Explanation: "A batch with an operation that does nothing doubles one unique key, each in its turn, or the place of a " +
				"link. Who takes over a structure's identity copies its roster in the same batch.",
			test: uniqueKeyBeside,
		},
		{
			Name:     "S6_S16_HolderBesideAnOperation",
			Sentence: besideSentence,
			Explanation: "A batch with an operation that does nothing leaves a new roster, and one that is handed over, with a " +
				"holder who has no row. It is refused as without the operation.",
			test: holderBeside,
		},
	}
}

// withNothing adds an operation that finds nothing to do, and a message that tells whether the batch was written.
func withNothing(b storage.Batch, message string) storage.Batch {
	b = beside(b, storage.Batch{Messages: []storage.Message{note(message, at(0))}})
	b.Operations = []storage.Operation{storage.Purge{}}

	return b
}

// justNote is the message that withNothing adds.
func justNote(message string) storage.Batch {
	return storage.Batch{Messages: []storage.Message{note(message, at(0))}}
}

func staleRowBeside(ctx context.Context, s bench) error {
	if err := given(ctx, s, base()); err != nil {
		return err
	}

	for _, row := range versionedRows() {
		lost := func(version int64, want error) func() error {
			what := fmt.Sprintf("%s, version %d", row.kind, version)

			return func() error {
				return steps(
					func() error { return is(what, write(ctx, s, withNothing(row.of(version, 99), what)), want) },
					func() error { return none(what, absent(ctx, s, justNote(what))) },
				)
			}
		}
		written := func(version int64, change int) func() error {
			what := fmt.Sprintf("%s, change %d", row.kind, change)

			return func() error {
				return steps(
					func() error { return none(what, write(ctx, s, withNothing(row.of(version, change), what))) },
					func() error { return none(what, stored(ctx, s, row.of(version, change), version+1)) },
					func() error { return none(what, stored(ctx, s, justNote(what), 1)) },
				)
			}
		}

		if err := steps(
			lost(1, storage.ErrConflict), // there is none
			func() error { return none(row.kind, absent(ctx, s, row.of(0, 99))) },
			written(0, 1),
			written(1, 2),
			lost(0, row.again),
			lost(1, storage.ErrConflict),
			lost(3, storage.ErrConflict),
			func() error { return none(row.kind, stored(ctx, s, row.of(1, 2), 2)) },
			written(2, 3),
		); err != nil {
			return err
		}
	}

	return nil
}

func guardBeside(ctx context.Context, s bench) error {
	const there, missing = 0, 1

	if err := given(ctx, s, ground(2)); err != nil {
		return err
	}

	for _, g := range guards() {
		if err := steps(
			func() error { return given(ctx, s, g.row(there, 0)) },
			func() error { return given(ctx, s, g.row(there, 1)) },
		); err != nil {
			return err
		}

		for i, try := range []struct {
			what  string
			guard storage.Guard
			want  error
		}{
			{"the version before", g.of(there, 1), storage.ErrConflict},
			{"a version to come", g.of(there, 3), storage.ErrConflict},
			{"version 0", g.of(there, 0), storage.ErrConflict},
			{"version 0, of a row that is not there", g.of(missing, 0), storage.ErrConflict},
			{"version 1, of a row that is not there", g.of(missing, 1), storage.ErrConflict},
			{"the version of the row", g.of(there, 2), nil},
		} {
			what, message := g.kind+": "+try.what, fmt.Sprintf("%s-%d", g.kind, i)
			err := write(ctx, s, withNothing(storage.Batch{Guards: []storage.Guard{try.guard}}, message))

			if err := steps(
				func() error {
					if try.want == nil {
						return steps(
							func() error { return none(what, err) },
							func() error { return none(what, stored(ctx, s, justNote(message), 1)) },
						)
					}

					return steps(
						func() error { return is(what, err, try.want) },
						func() error { return none(what, absent(ctx, s, justNote(message))) },
					)
				},
				func() error { return none("the row that was guarded", stored(ctx, s, g.row(there, 1), 2)) },
			); err != nil {
				return err
			}
		}
	}

	return nil
}

func uniqueKeyBeside(ctx context.Context, s bench) error {
	stand := full(1, 0)
	if err := given(ctx, s, stand); err != nil {
		return err
	}

	for i, d := range doublings() {
		message := name[string]("doubled", i)
		b := full(3, 0)
		d.double(&b, func(n int) int { return n - 1 }, stand)

		if err := steps(
			func() error { return exists("beside an operation", write(ctx, s, withNothing(b, message)), d.key) },
			func() error { return none(string(d.key), absent(ctx, s, full(3, 0))) },
			func() error { return none(string(d.key), absent(ctx, s, justNote(message))) },
		); err != nil {
			return err
		}
	}

	place := storage.Batch{Links: []account.Link{stand.Links[0].Clone()}}
	place.Links[0].Selector = "another"

	return steps(
		func() error {
			return is("a link's place, beside an operation", write(ctx, s, withNothing(place, "place")), storage.ErrConflict)
		},
		func() error { return absent(ctx, s, withNothing(place, "place")) },
		func() error { return stored(ctx, s, stand, 1) },
		func() error { return none("nothing doubled", write(ctx, s, withNothing(full(3, 0), "at last"))) },
		func() error { return stored(ctx, s, full(3, 0), 1) },
	)
}

func holderBeside(ctx context.Context, s bench) error {
	managed := func(n int, version int64, holder account.ID, rows ...attachment.Attachment) storage.Batch {
		r := head(house(n).ID)
		r.Version, r.Standing, r.Holder, r.Attached, r.Rows = version, attachment.Managed, holder, 1, rows

		return storage.Batch{Rosters: []attachment.Roster{r}}
	}

	rows := base()
	rows.Structures = append(rows.Structures, house(2))
	held := managed(1, 0, "anne", belongs("anne", ""))

	refused := func(what, message string, b storage.Batch) func() error {
		return func() error {
			err := write(ctx, s, withNothing(b, message))

			switch {
			case err == nil:
				return fmt.Errorf("%s was written", what)
			case isContract(err):
				return fmt.Errorf("%s: got %w, which says something else", what, err)
			default:
				return none(what, absent(ctx, s, justNote(message)))
			}
		}
	}

	return steps(
		func() error { return given(ctx, s, beside(rows, held)) },
		refused("a new roster whose holder has no row", "new", managed(2, 0, "anne")),
		refused("a hand-over to nobody", "handed", managed(1, 1, "jean")),
		func() error { return stored(ctx, s, held, 1) },
		func() error {
			slice, err := s.Roster(ctx, storage.RosterQuery{Structure: house(2).ID})

			return steps(
				func() error { return none("Roster", err) },
				func() error { return same("the version of the new roster", int64(0), slice.Roster.Version) },
			)
		},
		func() error {
			return none("a hand-over", write(ctx, s, withNothing(managed(1, 1, "jean", belongs("jean", "")), "handed")))
		},
		func() error { return stored(ctx, s, managed(1, 1, "jean", belongs("jean", "")), 2) },
	)
}
