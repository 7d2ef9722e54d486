package storagetest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/storage"
)

const (
	writtenSentence = "nil from Update means: the whole batch is written, and is committed if the application commits; if it " +
		"rolls back, nothing was written."
	untouchedSentence = "A joined Update that fails leaves the transaction as it was before it, and usable."
)

// joinCases are about a store that works in a transaction of the application's. Nobody else writes while such a
// transaction is open: on some engines nobody else could.
func joinCases() []Case {
	return append([]Case{
		{
			Name:     "S20_WrittenNotCommitted",
			Sentence: writtenSentence,
			Explanation: "A batch with rows of every kind is written in the application's transaction. Nobody else sees any of " +
				"it before the application commits, and everybody all of it afterwards.",
			Needs: Joining,
			test:  writtenNotCommitted,
		},
		{
			Name:     "S20_RollbackLeavesNothing",
			Sentence: writtenSentence,
			Explanation: "Rows are inserted and changed in the application's transaction, which it rolls back. What stays of it " +
				"belongs to an order, a contract, a case that does not exist.",
			Needs: Joining,
			test:  rollbackLeavesNothing,
		},
		{
			Name:     "S20_ReadsSeeTheTransaction",
			Sentence: "Its reads see what that transaction wrote.",
			Explanation: "Rows of every kind are written and changed in one transaction, and read back there: by the joined " +
				"store, by the Reader of a later Update, and by another store that joined the same transaction.",
			Needs: Joining,
			test:  readsSeeTheTransaction,
		},
		{
			Name:     "S21_RefusedBatchLeavesTheTransaction",
			Sentence: untouchedSentence,
			Explanation: "Of several batches in one transaction, some lose a race, double a key or leave a holder without a row. " +
				"Nothing of those is there, everything of the others is, and the transaction goes on and commits.",
			Needs: Joining,
			test:  refusedBatchLeaves,
		},
		{
			Name:     "S21_FnThatFailsLeavesTheTransaction",
			Sentence: untouchedSentence,
			Explanation: "In one transaction, after a batch that was written, fn returns an error, and panics. The transaction " +
				"goes on, and commits what was written before and after.",
			Needs: Joining,
			test:  fnThatFailsLeaves,
		},
		{
			Name:     "S21_ClashIsALostRace",
			Sentence: "A lost race is ErrConflict",
			Explanation: "Rows of every kind, and guards, are written in the application's transaction as they were read before " +
				"the store itself changed them. The application must learn that it has to begin again, and a batch that was " +
				"read anew must be written.",
			Needs: Joining,
			test:  clashIsALostRace,
		},
		{
			Name:     "S22_HolderIsLookedAtBeforeUpdateReturns",
			Sentence: "What a batch must leave behind, such as a holder's row, is looked at before Update returns, and not only when the application commits.",
			Explanation: "A batch that leaves a roster's holder without a row is refused by Update. If only the application's commit " +
				"fails, all of the application's own work is lost with it, and nobody knows why.",
			Needs: Joining,
			test:  holderIsLookedAt,
		},
	}, joinedCases()...)
}

// several tells whether an ordinary case takes several callers at once, as its name says. A joined store is for one
// goroutine at a time.
func several(name string) bool {
	return strings.HasSuffix(name, "UnderRace") || strings.HasSuffix(name, "MissesNoRow")
}

// large tells whether a case is about many rows or long ones. Joined, it would show what it shows already.
func large(name string) bool {
	return strings.HasPrefix(name, "S2_Many") || strings.HasSuffix(name, "LimitsAndCounts") || name == "S10_LongTexts"
}

// joinedCases are the ordinary cases, each on a store that has joined a transaction.
func joinedCases() []Case {
	var out []Case

	for _, c := range slices.Concat(
		updateCases(), swapCases(), uniqueCases(), rowCases(), rosterCases(), listCases(), operationCases(),
	) {
		if several(c.Name) || large(c.Name) {
			continue
		}

		out = append(out, Case{
			Name:     "S22_Joined_" + c.Name,
			Sentence: "Other sentences hold as they are, but for 12 and 14",
			Explanation: fmt.Sprintf("In a transaction of the application's, which rolls it back afterwards: “%s” %s",
				c.Sentence, c.Explanation),
			Needs: Joining,
			test:  func(ctx context.Context, s bench) error { return joinedCase(ctx, s, c) },
		})
	}

	return out
}

func joinedCase(ctx context.Context, s bench, c Case) error {
	err := s.joining(ctx, func(tx Tx, joined bench) error {
		return steps(
			func() error { return c.test(ctx, joined) },
			func() error { return none("Rollback", tx.Rollback()) },
		)
	})

	return steps(
		func() error { return err },
		func() error { return none("once it is rolled back", usable(ctx, s)) }, // the case may have done the same
	)
}

func writtenNotCommitted(ctx context.Context, s bench) error {
	b := full(1, 0)

	return s.joining(ctx, func(tx Tx, joined bench) error {
		return steps(
			func() error { return none("Update", write(ctx, joined, b)) },
			func() error { return none("before the commit, for others", absent(ctx, s, b)) },
			func() error { return none("Commit", tx.Commit()) },
			func() error { return none("after the commit", stored(ctx, s, b, 1)) },
			func() error { return usable(ctx, s) },
		)
	})
}

func rollbackLeavesNothing(ctx context.Context, s bench) error {
	before, changed, more := full(1, 0), versioned(full(1, 1), 1), full(2, 0)
	if err := given(ctx, s, before); err != nil {
		return err
	}

	return s.joining(ctx, func(tx Tx, joined bench) error {
		return steps(
			func() error { return none("inserting", write(ctx, joined, more)) },
			func() error { return none("changing", write(ctx, joined, changed)) },
			func() error { return none("Rollback", tx.Rollback()) },
			func() error { return none("what was inserted", absent(ctx, s, more)) },
			func() error { return none("what was changed", stored(ctx, s, before, 1)) },
			func() error { return none("the same change, by the store itself", write(ctx, s, changed)) },
			func() error { return stored(ctx, s, changed, 2) },
		)
	})
}

func readsSeeTheTransaction(ctx context.Context, s bench) error {
	first, changed, more := full(1, 0), versioned(full(1, 1), 1), full(2, 0)

	// sees reads a batch by the joined store, by the Reader of an Update, and by a second store in the same transaction.
	sees := func(tx Tx, joined bench, b storage.Batch, version int64) error {
		return steps(
			func() error { return none("the joined store", stored(ctx, joined, b, version)) },
			func() error {
				return none("fn", joined.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
					return storage.Batch{}, stored(ctx, r, b, version)
				}))
			},
			func() error {
				other, err := s.join(tx)
				if err != nil {
					return err
				}

				return none("another store that joined", stored(ctx, other, b, version))
			},
		)
	}

	return s.joining(ctx, func(tx Tx, joined bench) error {
		return steps(
			func() error { return none("inserting", write(ctx, joined, first)) },
			func() error { return sees(tx, joined, first, 1) },
			func() error { return none("changing", write(ctx, joined, changed)) },
			func() error { return sees(tx, joined, changed, 2) },
			func() error { return none("inserting more", write(ctx, joined, more)) },
			func() error { return sees(tx, joined, more, 1) },
			func() error { return sees(tx, joined, changed, 2) },
			func() error { return none("Commit", tx.Commit()) },
			func() error { return none("once it is committed", stored(ctx, s, changed, 2)) },
		)
	})
}
