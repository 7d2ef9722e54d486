package storagetest

import (
	"context"
	"fmt"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// script is what a case about operations does with the populated world: it changes the world before it is written, if it
// has a world, and then writes batches, each of which a model foresees.
type script struct {
	world func(*storage.Batch)
	steps func(m model) []step
}

// run writes the world and plays the steps.
func (c script) run(ctx context.Context, s bench) error {
	world := populated()
	if c.world != nil {
		c.world(&world)
	}

	m, err := settled(ctx, s, world)
	if err != nil {
		return err
	}

	return play(ctx, s, m, c.steps(m)...)
}

// The version of the world's rosters, and of its other rows.
const (
	headVersion = 3
	rowVersion  = 2
)

// operates is a batch with nothing but operations.
func operates(ops ...storage.Operation) storage.Batch { return storage.Batch{Operations: ops} }

// copies makes a copy of the structure of the world that is there to be copied.
func copies() storage.CopyStructure {
	return storage.CopyStructure{From: "old", To: "new", Version: headVersion}
}

func operationCases() []Case {
	return []Case{
		{
			Name:     "S16_OperationsSeeTheBatch",
			Sentence: "Operations come after the guards and rows of their batch, in order, and see what these left; all or nothing, like the rest.",
			Explanation: "The rows of a batch close the account that it erases, put the structure that it copies to, and " +
				"end what it purges, each with rows that hang on it. A row that the batch brings and its operation misses " +
				"is left behind for ever: nobody looks for it again.",
			test: script{steps: operationsThatSeeTheBatch}.run,
		},
		{
			Name:     "S16_OperationsInOrder",
			Sentence: "Operations come after the guards and rows of their batch, in order, and see what these left",
			Explanation: "One batch copies, erases, purges, and copies the copy. Each operation advances the versions of the " +
				"rows that it changes, so that who read any of them in between has lost a race.",
			test: script{steps: operationsInOrder}.run,
		},
		{
			Name:     "S16_RefusedOperationLeavesNothing",
			Sentence: "all or nothing, like the rest.",
			Explanation: "A batch with rows of every kind and two operations that succeed ends with one that is refused, " +
				"and a batch with operations loses a race. Nothing of either may be there.",
			test: script{steps: refusedOperations}.run,
		},
		{
			Name: "S16_CopyMissesNoRow",
			Sentence: "No row that another transaction commits meanwhile is missed: a store locks the account or the rosters " +
				"concerned before it looks for what hangs on them, and whoever adds such a row writes or guards those.",
			Explanation: "While a structure is copied others add a row to its roster, with a registration and a message, or " +
				"guard its roster. Whoever comes second has lost a race; what came first is at the new structure too. A " +
				"request that stays behind waits for deciders who have left.",
			test: copyMissesNoRow,
		},
		{
			Name: "S16_ErasureMissesNoRow",
			Sentence: "No row that another transaction commits meanwhile is missed: a store locks the account or the rosters " +
				"concerned before it looks for what hangs on them, and whoever adds such a row writes or guards those.",
			Explanation: "While an account is closed and erased it asks for something with a comment, is sent a link, and is " +
				"decided on. Whoever comes second has lost a race; what came first is erased. A comment that stays behind is " +
				"personal data of somebody who was told that there is none.",
			test: erasureMissesNoRow,
		},
		{
			Name: "S17_C9_CopyStructure",
			Sentence: "Every row of From is inserted at To, with its grants; those requested or approved are then deleted at " +
				"From, and of the others there the Wish becomes empty but for its Decision, and Remind zero. Every account that " +
				"has a row at To gets Version+1. Every registration for From is for To. Messages about From that are queued or " +
				"parked are about To.",
			Explanation: "A structure with services, rows, registrations and messages in every state is copied, beside others " +
				"that hold the same people. Every row is compared, with its version, and every list is read. People who are " +
				"forgotten lose their rights on the day their organisation changes its number.",
			test: script{steps: func(model) []step { return []step{{what: "a copy", batch: operates(copies())}} }}.run,
		},
		{
			Name: "S17_C9_CopyOfAVacantStructure",
			Sentence: "To's head is From's as it was: standing, holder, attached, contest, review, and its version, so that " +
				"orders stay below it; there is no claim.",
			Explanation: "A structure without manager is copied, and so is one without a row. A request whose order is above its " +
				"roster's version comes before requests that are older.",
			test: script{
				world: func(b *storage.Batch) {
					b.Rosters = append(b.Rosters, attachment.Roster{Structure: "spare", Standing: attachment.Vacant})
				},
				steps: func(model) []step {
					return []step{
						{what: "a vacant one", batch: operates(storage.CopyStructure{From: "old-2", To: "new", Version: headVersion})},
						{what: "one without a row", batch: storage.Batch{
							Structures: []structure.Structure{place("bare", 7)},
							Operations: []storage.Operation{
								storage.CopyStructure{From: "spare", To: "bare", Version: headVersion},
							},
						}},
					}
				},
			}.run,
		},
		{
			Name:     "S17_CopyIsRefused",
			Sentence: "CopyStructure compares and swaps the version of From's roster; it answers ErrConflict unless From is managed or vacant, To has a structure, no roster, and no service of a code that From has.",
			Explanation: "A copy is tried with versions that are past, to come and of no row, from structures that are claimed, " +
				"unclaimed and missing, and to ones that have a roster, a service of the same code, or do not exist, each time in a batch with a row. Two " +
				"rosters that are mixed cannot be told apart again.",
			test: script{steps: refusedCopies}.run,
		},
		{
			Name: "S18_B12_EraseAccount",
			Sentence: "Of the account and of the registration of the same id, login, person and both consents become zero. " +
				"Its credential and its links are deleted. Of its rows in rosters, comment, details, the decision's reason, " +
				"the wish's comment and its decision's reason, and Invited become empty. Of journal entries whose Account or Actor it is, the note becomes empty. Messages that are not " +
				"queued are deleted if their Account is it, or their To is the login or the contact address that the account " +
				"had, as typed; an empty address is none.",
			Explanation: "An account that left traces everywhere is erased, and then one without registration and contact " +
				"address, beside others that differ in one letter. Every row is compared, with its version, and every list is " +
				"read. What stays is personal data kept without a reason; what goes too is somebody else's.",
			test: script{steps: func(model) []step {
				return []step{
					{what: "an account", batch: operates(storage.EraseAccount{Account: "gone"})},
					{what: "one without registration and contact", batch: operates(storage.EraseAccount{Account: "gone-2"})},
				}
			}}.run,
		},
		{
			Name:     "S18_ErasingTwiceDoesNoHarm",
			Sentence: "Doing it twice does no harm.",
			Explanation: "An account is erased, and erased again when it has no address any more. Messages to the deciders have " +
				"none either, and must not go with it. Versions advance each time, also where nothing is left to change.",
			test: erasedTwice,
		},
		{
			Name:     "S18_ErasureIsRefused",
			Sentence: "EraseAccount answers ErrConflict unless there is such an account and it is closed.",
			Explanation: "Accounts that are active, deactivated and blocked are to be erased, a registration that became no " +
				"account, and nobody, each time in a batch with a row. Whoever is erased while they are active can never log in.",
			test: script{
				world: func(b *storage.Batch) {
					b.Accounts[1].State, b.Accounts[2].State = account.Deactivated, account.Blocked
				},
				steps: refusedErasures,
			}.run,
		},
		purges("Registrations", "with what remains of them in rosters. What is open stays, and what became an account, and "+
			"rows that are not over, a holder's above all.",
			func(when time.Time, n int) storage.Purge { return storage.Purge{Registrations: when, Limit: n} }),
		purges("Messages", "in every state. What is queued has not been sent yet.",
			func(when time.Time, n int) storage.Purge { return storage.Purge{Messages: when, Limit: n} }),
		purges("Links", "with and without an end.",
			func(when time.Time, n int) storage.Purge { return storage.Purge{Links: when, Limit: n} }),
		purges("Attempts", "with and without an end. What is forgotten too early lets somebody try passwords for ever.",
			func(when time.Time, n int) storage.Purge { return storage.Purge{Attempts: when, Limit: n} }),
		purges("Journal", "of operations that are purged as a whole and in part.",
			func(when time.Time, n int) storage.Purge { return storage.Purge{Journal: when, Limit: n} }),
		{
			Name:     "S19_PurgeIsBounded",
			Sentence: "rows of each kind at the most; 0 or more than MaxLimit = MaxLimit",
			Explanation: "A journal of more than two thousand entries is purged without a limit, and with one that is too " +
				"large. Whoever purges for the first time after years must not lock everybody else out.",
			test: purgeIsBounded,
		},
		{
			Name:        "S19_PurgeOfAllKinds",
			Sentence:    "Nothing to delete is no error. A zero time leaves its kind alone.",
			Explanation: "Nothing is purged, then every kind at once, each with its own time, then what is gone already.",
			test: script{steps: func(model) []step {
				everything := storage.Purge{
					Registrations: at(limit), Messages: at(sooner), Links: at(limit + 1), Attempts: at(sooner + 1),
					Journal: at(later + 1),
				}

				return []step{
					{what: "no kind", batch: operates(storage.Purge{})},
					{what: "every kind", batch: operates(everything)},
					{what: "what is gone already", batch: operates(everything)},
				}
			}}.run,
		},
	}
}

// purgeIsBounded purges a journal that is longer than any limit.
func purgeIsBounded(ctx context.Context, s bench) error {
	const left = 3

	b := storage.Batch{Structures: []structure.Structure{house(1)}}

	for i := range 2*storage.MaxLimit + left {
		b.Journal = append(b.Journal, storage.Entry{
			Operation: fmt.Sprintf("operation-%04d", i), Try: 1, At: at(i), Actor: account.System(), Action: "a",
			Structure: house(1).ID, Version: int64(i + 1), Note: "n",
		})

		if len(b.Journal) == storage.MaxLimit || i == 2*storage.MaxLimit+left-1 {
			if err := given(ctx, s, b); err != nil {
				return err
			}

			b = storage.Batch{}
		}
	}

	for _, purge := range []struct{ limit, left int }{{0, storage.MaxLimit + left}, {storage.MaxLimit + 1, left}} {
		if err := write(ctx, s, operates(storage.Purge{Journal: at(1_000_000), Limit: purge.limit})); err != nil {
			return none("Update", err)
		}

		entries, err := all(ctx, s, func(w storage.Window) storage.Of[storage.Entry] {
			return storage.History{Window: w, Structure: house(1).ID}
		}, storage.MaxLimit)

		oldest := int64(2*storage.MaxLimit + left - purge.left + 1)
		if err != nil || len(entries) != purge.left || entries[len(entries)-1].Version != oldest {
			return fmt.Errorf("limit %d: %d of %d entries are left, want the newest %d: %w", purge.limit, len(entries),
				2*storage.MaxLimit+left, purge.left, orNone(err))
		}
	}

	return nil
}

// purges is the case of one kind: what is purged is asked for one row at a time, three at a time, and all at once.
func purges(kind, explanation string, purge func(when time.Time, n int) storage.Purge) Case {
	return Case{
		Name: "S19_G3_Purge" + kind,
		Sentence: "Purge deletes, of each kind, at most Limit rows that ended before the time given for it, the oldest first, " +
			"then by key",
		Explanation: fmt.Sprintf("%s are purged that ended before, at and after the time, and never, many of them at once, %s "+
			"Each purge takes so many rows that ties decide which. What is purged cannot be brought back.", kind, explanation),
		test: script{steps: func(model) []step {
			return []step{
				{what: "before anything ended", batch: operates(purge(at(soonest), 0))},
				{what: "the oldest", batch: operates(purge(at(limit), 1))},
				{what: "the next one", batch: operates(purge(at(limit), 1))},
				{what: "a moment after a tie", batch: operates(purge(at(soonest).Add(time.Microsecond), 10))},
				{what: "up to the time", batch: operates(purge(at(limit), 0))},
				{what: "a moment later", batch: operates(purge(at(limit).Add(time.Microsecond), storage.MaxLimit))},
				{what: "everything that ever ended", batch: operates(purge(at(1_000_000), storage.MaxLimit+1))},
			}
		}}.run,
	}
}
