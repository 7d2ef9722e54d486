package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const uniqueSentence = "Unique keys answer ErrExists with an *ExistsError that names the key and no value"

// uniqueCases are about unique keys.
func uniqueCases() []Case {
	return slices.Concat([]Case{
		{
			Name:     "S5_B2_LoginIsUnique",
			Sentence: uniqueSentence,
			Explanation: "Two accounts want one address, spelt in two ways: one after the other, in one batch, and by a " +
				"change of address. One address must never open two accounts.",
			test: loginIsUnique,
		},
		{
			Name:     "S5_C1_IdentityIsUnique",
			Sentence: uniqueSentence,
			Explanation: "Two structures want one identifier: one after the other, in one batch, and by a change. Two " +
				"structures with one SIRET would have two main managers.",
			test: identityIsUnique,
		},
		{
			Name:        "S5_B7_SelectorIsUnique",
			Sentence:    uniqueSentence,
			Explanation: "Two links want one selector. The second would open what the first was mailed for.",
			test:        selectorIsUnique,
		},
		{
			Name:     "S5_D11_JournalEntryIsUnique",
			Sentence: uniqueSentence,
			Explanation: "Two entries want one operation and sequence. It is how an operation that was cut off during its " +
				"commit learns that it had happened.",
			test: journalEntryIsUnique,
		},
		{
			Name:     "S5_B7_LinkPlaceIsALostRace",
			Sentence: "A link's (account, purpose, sequence) is a lost race: ErrConflict.",
			Explanation: "Two links are issued to one account at once and want the same place. Both would be the newest, " +
				"and neither would end the other.",
			test: linkPlaceIsALostRace,
		},
		{
			Name:     "B11_RegistrationsShareALogin",
			Sentence: "Several provisional registrations may bear one login address",
			Explanation: "Registrations bear the address of each other and of an account. A store that refuses lets " +
				"anybody block an address that is not theirs, and tells who has an account.",
			test: registrationsShareALogin,
		},
		{
			Name:     "S5_C1_OneRowUnderRace",
			Sentence: "a structure's identity (KeyIdentity)",
			Explanation: "Many callers insert structures of one identity at once. Exactly one may succeed, and the others " +
				"must learn that nothing of theirs was written.",
			test: oneRowUnderRace,
		},
	}, keyCases(), exchangeCases(), linkPlaceCases())
}

func loginIsUnique(ctx context.Context, s bench) error {
	of := func(id account.ID, address string) account.Account {
		a := person(id)
		a.Login = login(address)

		return a
	}
	first := storage.Batch{Accounts: []account.Account{of("anne", "Anne.Durand@Example.fr"), of("paul", "paul@example.fr")}}

	if err := given(ctx, s, first); err != nil {
		return err
	}

	other := storage.Batch{
		Accounts: []account.Account{of("zoe", "anne.durand@example.FR")},
		Messages: []storage.Message{note("beside", at(0))},
	}
	both := storage.Batch{Accounts: []account.Account{of("leo", "leo@example.fr"), of("lea", "LEO@example.fr")}}
	changed := storage.Batch{Accounts: []account.Account{of("paul", "anne.durand@example.fr")}}
	changed.Accounts[0].Version = 1

	same := storage.Batch{Accounts: []account.Account{of("anne", "ANNE.DURAND@example.fr")}}
	same.Accounts[0].Version = 1

	return steps(
		func() error {
			return exists("another account", write(ctx, s, other), storage.KeyLogin, "anne.durand", "Anne.Durand")
		},
		func() error { return absent(ctx, s, other) },
		func() error { return exists("two in one batch", write(ctx, s, both), storage.KeyLogin, "leo@", "LEO@") },
		func() error { return absent(ctx, s, both) },
		func() error { return exists("a change", write(ctx, s, changed), storage.KeyLogin, "anne.durand") },
		func() error { return stored(ctx, s, first, 1) },
		func() error { return none("the account's own address, spelt otherwise", write(ctx, s, same)) },
		func() error { return stored(ctx, s, same, 2) },
	)
}

func identityIsUnique(ctx context.Context, s bench) error {
	of := func(id structure.ID, n int) structure.Structure { return structure.New(id, siret(n), at(0)) }
	first := storage.Batch{Structures: []structure.Structure{of("a", 1), of("b", 2)}}

	if err := given(ctx, s, first); err != nil {
		return err
	}

	other := storage.Batch{
		Structures: []structure.Structure{of("c", 1)}, Messages: []storage.Message{note("beside", at(0))},
	}
	both := storage.Batch{Structures: []structure.Structure{of("d", 3), of("e", 3)}}
	changed := storage.Batch{Structures: []structure.Structure{of("b", 1)}}
	changed.Structures[0].Version = 1

	moved := storage.Batch{Structures: []structure.Structure{of("a", 4)}}
	moved.Structures[0].Version = 1
	freed := storage.Batch{Structures: []structure.Structure{of("f", 1)}}

	return steps(
		func() error {
			return exists("another structure", write(ctx, s, other), storage.KeyIdentity, siret(1).Code())
		},
		func() error { return absent(ctx, s, other) },
		func() error {
			return exists("two in one batch", write(ctx, s, both), storage.KeyIdentity, siret(3).Code())
		},
		func() error { return absent(ctx, s, both) },
		func() error { return exists("a change", write(ctx, s, changed), storage.KeyIdentity, siret(1).Code()) },
		func() error { return stored(ctx, s, first, 1) },
		func() error { return none("a change to an identity that is free", write(ctx, s, moved)) },
		func() error { return stored(ctx, s, moved, 2) },
		func() error {
			_, err := s.StructureByIdentity(ctx, siret(1))

			return is("the identity it had", err, storage.ErrNotFound)
		},
		func() error { return none("the identity it had, by another structure", write(ctx, s, freed)) },
		func() error { return stored(ctx, s, freed, 1) },
	)
}

// links is a batch with a link.
func links(selector account.Selector, to account.ID, seq int64) storage.Batch {
	return storage.Batch{Links: []account.Link{{
		Selector: selector, Purpose: account.PurposeActivation, Account: to, Seq: seq, Hash: []byte{1, 2, 3},
	}}}
}

func selectorIsUnique(ctx context.Context, s bench) error {
	rows := base()
	rows.Links = links("selector", "jean", 1).Links

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	other := links("selector", "anne", 1)
	other.Messages = []storage.Message{note("beside", at(0))}

	return steps(
		func() error { return exists("another link", write(ctx, s, other), storage.KeySelector, "\"selector\"") },
		func() error { return absent(ctx, s, storage.Batch{Messages: other.Messages}) },
		func() error { return stored(ctx, s, rows, 1) },
	)
}

func linkPlaceIsALostRace(ctx context.Context, s bench) error {
	rows := base()
	rows.Links = links("selector", "jean", 1).Links

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	other := links("another", "jean", 1)
	err := write(ctx, s, other)

	if errors.Is(err, storage.ErrExists) {
		return fmt.Errorf("got %w: the place is no unique key, the caller shall read again", err)
	}

	return steps(
		func() error { return is("another link", err, storage.ErrConflict) },
		func() error { return absent(ctx, s, other) },
		func() error { return none("the next place", write(ctx, s, links("another", "jean", 2))) },
		func() error { return none("the place of somebody else", write(ctx, s, links("third", "anne", 1))) },
		func() error { return stored(ctx, s, rows, 1) },
	)
}

func journalEntryIsUnique(ctx context.Context, s bench) error {
	entry := func(operation string, seq, try int) storage.Batch {
		return storage.Batch{Journal: []storage.Entry{{
			Operation: operation, Seq: seq, Try: try, At: at(try), Actor: account.System(), Action: "request made",
			Structure: house(1).ID,
		}}}
	}

	first := entry("operation", 0, 1)

	if err := given(ctx, s, base()); err != nil {
		return err
	}

	if err := given(ctx, s, first); err != nil {
		return err
	}

	again := entry("operation", 0, 2)
	again.Messages = []storage.Message{note("beside", at(0))}

	return steps(
		func() error {
			return exists("the same entry", write(ctx, s, again), storage.KeyJournal, "\"operation\"")
		},
		func() error { return absent(ctx, s, storage.Batch{Messages: again.Messages}) },
		func() error { return stored(ctx, s, first, 0) },
		func() error {
			try, err := s.Journaled(ctx, "operation")

			return steps(
				func() error { return none("Journaled", err) },
				func() error { return same("the try that committed", 1, try) },
			)
		},
		func() error { return none("the next of the operation", write(ctx, s, entry("operation", 1, 1))) },
		func() error { return none("another operation", write(ctx, s, entry("another", 0, 1))) },
	)
}

func registrationsShareALogin(ctx context.Context, s bench) error {
	rows := base()

	for _, id := range []account.ID{"a", "b", "c"} {
		r := applicant(id, house(1).ID)
		r.Login = person("anne").Login
		rows.Registrations = append(rows.Registrations, r)
	}

	return steps(
		func() error { return none("Update", write(ctx, s, rows)) },
		func() error { return stored(ctx, s, rows, 1) },
	)
}

func oneRowUnderRace(ctx context.Context, s bench) error {
	batch := func(i int) storage.Batch {
		return storage.Batch{
			Structures: []structure.Structure{structure.New(name[structure.ID]("s", i), siret(1), at(0))},
			Messages:   []storage.Message{note(name[string]("m", i), at(0))},
		}
	}

	answers := together(s.options.Goroutines, func(i int) error { return write(ctx, s, batch(i)) })

	won := 0

	for i, err := range answers {
		switch {
		case err == nil:
			won++

			if err := stored(ctx, s, batch(i), 1); err != nil {
				return fmt.Errorf("the one who won: %w", err)
			}
		case errors.Is(err, storage.ErrExists), errors.Is(err, storage.ErrConflict):
			if err := absent(ctx, s, batch(i)); err != nil {
				return fmt.Errorf("one who lost: %w", err)
			}
		default:
			return fmt.Errorf("one who lost got %w", err)
		}
	}

	if won != 1 {
		return fmt.Errorf("%d of %d created the structure", won, s.options.Goroutines)
	}

	return nil
}
