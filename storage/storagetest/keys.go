package storagetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// keyCases are about which key is named, and which keys are equal.
func keyCases() []Case {
	return []Case{
		{
			Name:     "S5_NamesTheRightKey",
			Sentence: uniqueSentence,
			Explanation: "A batch with rows of every kind, new or changed, doubles one unique key, each in its turn and as the " +
				"first and the last row of its kind. Whoever is told the wrong one looks for the wrong mistake, and a portal " +
				"takes another address for another structure.",
			test: namesTheRightKey,
		},
		{
			Name:     "S5_B2_OneLoginUnderRace",
			Sentence: "the login key among accounts that have one (KeyLogin)",
			Explanation: "Many accounts change to one address at once, and others are opened with it. One address must never " +
				"open two accounts, whoever comes first.",
			test: oneLoginUnderRace,
		},
		{
			Name:     "S5_B12_AccountsWithoutLogin",
			Sentence: "the login key among accounts that have one (KeyLogin)",
			Explanation: "Several accounts without a login stand beside each other, come in one batch, and are found by no " +
				"login. An account that was erased has none, and there will be many.",
			test: accountsWithoutLogin,
		},
		{
			Name:     "S5_S10_KeysByteForByte",
			Sentence: "Texts compare byte for byte",
			Explanation: "Logins that a collation takes for one, and identities of one code that differ by country or kind: all " +
				"of them are different, none is refused, and each is found by itself alone.",
			test: keysByteForByte,
		},
	}
}

// doubling makes one row of a batch, the first or the last of its kind, double a key of rows that stand.
type doubling struct {
	key    storage.UniqueKey
	double func(b *storage.Batch, place func(n int) int, stand storage.Batch)
}

func doublings() []doubling {
	return []doubling{
		{storage.KeyIdentity, func(b *storage.Batch, place func(n int) int, stand storage.Batch) {
			b.Structures[place(len(b.Structures))].Identity = stand.Structures[0].Identity
		}},
		{storage.KeyLogin, func(b *storage.Batch, place func(n int) int, stand storage.Batch) {
			b.Accounts[place(len(b.Accounts))].Login = stand.Accounts[0].Login
		}},
		{storage.KeySelector, func(b *storage.Batch, place func(n int) int, stand storage.Batch) {
			row := links(stand.Links[0].Selector, b.Registrations[1].ID, 1).Links
			if place(2) == 0 {
				b.Links = append(row, b.Links...)
			} else {
				b.Links = append(b.Links, row...)
			}
		}},
		{storage.KeyJournal, func(b *storage.Batch, place func(n int) int, stand storage.Batch) {
			e := &b.Journal[place(len(b.Journal))]
			e.Operation, e.Seq = stand.Journal[0].Operation, stand.Journal[0].Seq
		}},
	}
}

func namesTheRightKey(ctx context.Context, s bench) error {
	stand, changed := full(1, 0), full(2, 0)

	if err := steps(
		func() error { return given(ctx, s, stand) },
		func() error { return given(ctx, s, changed) },
	); err != nil {
		return err
	}

	for _, d := range doublings() {
		for i, place := range []func(n int) int{func(int) int { return 0 }, func(n int) int { return n - 1 }} {
			where := [...]string{"the first", "the last"}[i]
			inserted, swapped := full(3, 0), versioned(full(2, 1), 1)
			d.double(&inserted, place, stand)
			d.double(&swapped, place, stand)

			for j := range swapped.Links {
				if swapped.Links[j].Selector == stand.Links[0].Selector {
					swapped.Links[j].Version = 0
				}
			}

			if err := steps(
				func() error { return exists(where+" of new rows", write(ctx, s, inserted), d.key) },
				func() error { return none(where+" of new rows", absent(ctx, s, full(3, 0))) },
				func() error { return exists(where+" of changed rows", write(ctx, s, swapped), d.key) },
				func() error { return none(where+" of changed rows", stored(ctx, s, changed, 1)) },
			); err != nil {
				return err
			}
		}
	}

	return stored(ctx, s, stand, 1)
}

func oneLoginUnderRace(ctx context.Context, s bench) error {
	wanted := login("wanted@example.fr")

	var rows storage.Batch

	for i := range s.options.Goroutines {
		rows.Accounts = append(rows.Accounts, person(name[account.ID]("p", i)))
	}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	answers := together(len(rows.Accounts), func(i int) error {
		row := rows.Accounts[i]
		row.Version, row.Login = 1, wanted

		if i%2 == 1 {
			row.ID, row.Version = name[account.ID]("new", i), 0
		}

		return write(ctx, yielding{s}, storage.Batch{Accounts: []account.Account{row}})
	})

	won := 0

	for i, err := range answers {
		switch {
		case err == nil:
			won++

			continue
		case errors.Is(err, storage.ErrExists):
			if err := exists("one who lost", err, storage.KeyLogin, wanted.Key()); err != nil {
				return err
			}
		case !errors.Is(err, storage.ErrConflict):
			return fmt.Errorf("one who lost got %w", err)
		}

		if err := stored(ctx, s, storage.Batch{Accounts: rows.Accounts[i : i+1]}, 1); err != nil {
			return fmt.Errorf("one who lost: %w", err)
		}
	}

	return steps(
		func() error { return same("how many have the login", 1, won) },
		func() error {
			_, err := s.AccountByLogin(ctx, wanted.Key())

			return none("who has the login", err)
		},
	)
}

func accountsWithoutLogin(ctx context.Context, s bench) error {
	closed := func(id account.ID) account.Account {
		row := person(id)
		row.State, row.Login = account.Closed, account.Login{}

		return row
	}
	read := func(id account.ID, version int64) func() error {
		return func() error {
			want := closed(id)
			want.Version = version
			got, err := s.Account(ctx, id)

			return steps(
				func() error { return none("Account", err) },
				func() error { return same("account", want, got) },
			)
		}
	}
	open := person("c")
	erased := closed("c")
	erased.Version = 1

	return steps(
		func() error {
			return none("two in one batch", write(ctx, s, storage.Batch{Accounts: []account.Account{closed("a"), closed("b"), open}}))
		},
		func() error {
			return none("one that had a login", write(ctx, s, storage.Batch{Accounts: []account.Account{erased}}))
		},
		read("a", 1), read("b", 1), read("c", 2),
		func() error {
			_, err := s.AccountByLogin(ctx, "")

			return is("whoever has no login", err, storage.ErrNotFound)
		},
		func() error {
			_, err := s.AccountByLogin(ctx, open.Login.Key())

			return is("the login that was given up", err, storage.ErrNotFound)
		},
		func() error {
			again := open
			again.ID = "d"

			return none("the login that was given up", write(ctx, s, storage.Batch{Accounts: []account.Account{again}}))
		},
		func() error { return closedKeepsItsLogin(ctx, s) },
	)
}

// closedKeepsItsLogin closes an account that was not erased: its login is still its own.
func closedKeepsItsLogin(ctx context.Context, s bench) error {
	kept, other := person("e"), person("f")
	kept.State, other.Login = account.Closed, kept.Login
	rows := storage.Batch{Accounts: []account.Account{kept}}

	return steps(
		func() error { return none("a closed account with a login", write(ctx, s, rows)) },
		func() error {
			err := write(ctx, s, storage.Batch{Accounts: []account.Account{other}})

			return exists("the login of a closed account", err, storage.KeyLogin, kept.Login.Key())
		},
		func() error {
			return none("who wanted it", absent(ctx, s, storage.Batch{Accounts: []account.Account{other}}))
		},
		func() error { return none("the closed account", stored(ctx, s, rows, 1)) },
	)
}

// lookalikeLogins are addresses of different keys.
func lookalikeLogins() []string {
	return []string{
		"jose@example.fr", "josé@example.fr", "josè@example.fr", "jose@example.fr.com", "jo.se@example.fr", "jose+a@example.fr",
		"jose@exampłe.fr", "ł@example.fr", "l@example.fr", "ı@example.fr", "i@example.fr", "ø@example.fr", "o@example.fr",
		"œ@example.fr", "oe@example.fr", "æ@example.fr", "ae@example.fr", "_@example.fr", "%@example.fr", "1@example.fr", "01@example.fr",
	}
}

// lookalikeIdentities are identifiers of which some have one code.
func lookalikeIdentities() []identifier.ID {
	in := func(id identifier.ID, country string) identifier.ID {
		other, err := id.In(country)
		if err != nil {
			panic(err)
		}

		return other
	}
	code := siret(1).Code()
	person, registering := identifier.MustParse(identifier.Individual, code), identifier.MustParse(identifier.Registering, code)

	return []identifier.ID{
		siret(1), person, registering, in(person, "BE"), in(person, "DE"), in(registering, "BE"), in(registering, "DE"),
	}
}

func keysByteForByte(ctx context.Context, s bench) error {
	var b storage.Batch

	for i, text := range lookalikeLogins() {
		row := person(name[account.ID]("p", i))
		row.Login = login(text)
		b.Accounts = append(b.Accounts, row)
	}

	for i, id := range lookalikeIdentities() {
		b.Structures = append(b.Structures, structure.New(name[structure.ID]("s", i), id, at(0)))
	}

	// One after the other, so that each is looked for before it is there.
	for i := range b.Accounts {
		one := storage.Batch{Accounts: b.Accounts[i : i+1]}
		_, err := s.AccountByLogin(ctx, one.Accounts[0].Login.Key())

		if err := steps(
			func() error { return is(fmt.Sprintf("login %d before it is there", i), err, storage.ErrNotFound) },
			func() error { return none(fmt.Sprintf("login %d", i), write(ctx, s, one)) },
		); err != nil {
			return err
		}
	}

	for i := range b.Structures {
		one := storage.Batch{Structures: b.Structures[i : i+1]}
		_, err := s.StructureByIdentity(ctx, one.Structures[0].Identity)

		if err := steps(
			func() error { return is(fmt.Sprintf("identity %d before it is there", i), err, storage.ErrNotFound) },
			func() error { return none(fmt.Sprintf("identity %d", i), write(ctx, s, one)) },
		); err != nil {
			return err
		}
	}

	return steps(
		func() error { return stored(ctx, s, b, 1) },
		func() error {
			for _, key := range []string{"JOSE@example.fr", "jose@example.fr ", " jose@example.fr", "jose@EXAMPLE.fr", "jose"} {
				if _, err := s.AccountByLogin(ctx, key); !errors.Is(err, storage.ErrNotFound) {
					return fmt.Errorf("the key %q, which nobody has: got %w, want %w", key, orNone(err), storage.ErrNotFound)
				}
			}

			return nil
		},
	)
}
