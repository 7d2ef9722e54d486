package storagetest

import (
	"context"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const exchangeSentence = "Keys are looked at as the rows of the batch leave them: one row may take what another row of the same batch " +
	"gives up."

// keyed is a kind of row with a unique key. Rows and keys are numbers; noKey is no key at all.
type keyed struct {
	key     storage.UniqueKey
	row     func(id, key int, version int64) storage.Batch
	owner   func(ctx context.Context, r storage.Reader, key int) (string, error) // the id of the row with a key
	id      func(id int) string
	value   func(key int) string // what no error may show
	keyless bool                 // a row may have no key
}

const noKey = -1

func logins() keyed {
	address := func(key int) string { return fmt.Sprintf("Key-%d@example.fr", key) }
	id := func(n int) account.ID { return name[account.ID]("owner", n) }

	return keyed{
		key: storage.KeyLogin,
		row: func(n, key int, version int64) storage.Batch {
			row := person(id(n))
			row.Version, row.Login = version, account.Login{}

			if key == noKey {
				row.State = account.Closed
			} else {
				row.Login = login(address(key))
			}

			return storage.Batch{Accounts: []account.Account{row}}
		},
		owner: func(ctx context.Context, r storage.Reader, key int) (string, error) {
			row, err := r.AccountByLogin(ctx, login(address(key)).Key())

			return string(row.ID), err
		},
		id:      func(n int) string { return string(id(n)) },
		value:   func(key int) string { return login(address(key)).Key() },
		keyless: true,
	}
}

func identities() keyed {
	id := func(n int) structure.ID { return name[structure.ID]("owner", n) }

	return keyed{
		key: storage.KeyIdentity,
		row: func(n, key int, version int64) storage.Batch {
			row := structure.New(id(n), siret(key), at(0))
			row.Version = version

			return storage.Batch{Structures: []structure.Structure{row}}
		},
		owner: func(ctx context.Context, r storage.Reader, key int) (string, error) {
			row, err := r.StructureByIdentity(ctx, siret(key))

			return string(row.ID), err
		},
		id:    func(n int) string { return string(id(n)) },
		value: func(key int) string { return siret(key).Code() },
	}
}

// exchange is a batch in which keys change hands: each move gives a row, which is new if it is not among the stored
// ones, a key. The stored rows are 0 to Stored-1, and each has the key of its own number.
type exchange struct {
	what    string
	stored  int
	moves   []move
	keyless bool // needs rows that may have no key
}

type move struct{ row, key int }

func exchanges() []exchange {
	return []exchange{
		{"a hand-over to a new row", 1, []move{{0, 9}, {1, 0}}, false},
		{"a one-way transfer between two stored rows", 2, []move{{0, 9}, {1, 0}}, false},
		{"an exchange", 2, []move{{0, 1}, {1, 0}}, false},
		{"a ring of three", 3, []move{{0, 1}, {1, 2}, {2, 0}}, false},
		{"a chain of three", 3, []move{{0, 1}, {1, 2}, {2, 9}}, false},
		{"a chain that ends in a new row", 2, []move{{0, 9}, {1, 0}, {2, 1}}, false},
		{"an exchange beside a row that keeps its key", 3, []move{{0, 1}, {1, 0}, {2, 2}}, false},
		{"a key that is given up altogether, to a new row", 1, []move{{0, noKey}, {1, 0}}, true},
		{"a key that is given up altogether, to a stored row", 2, []move{{0, noKey}, {1, 0}}, true},
		{"keys that are all given up", 2, []move{{0, noKey}, {1, noKey}}, true},
	}
}

// exchangeCases are about keys that change hands.
func exchangeCases() []Case {
	const explanation = " change hands within one batch: a hand-over, a transfer, an exchange, a ring, a chain, with the rows " +
		"in every order. A store that looks at one row after the other refuses what is right."

	const doubled = " change hands, and one row beside takes what a row of the batch has now, or what a row outside it has. " +
		"The batch is refused for the right key, and nothing of it is written: two rows with one key would be two owners."

	return []Case{
		{
			Name: "S5_B2_LoginsChangeHands", Sentence: exchangeSentence, Explanation: "Logins" + explanation,
			test: func(ctx context.Context, s bench) error { return changesHands(ctx, s, logins()) },
		},
		{
			Name: "S5_C1_IdentitiesChangeHands", Sentence: exchangeSentence, Explanation: "Identities" + explanation,
			test: func(ctx context.Context, s bench) error { return changesHands(ctx, s, identities()) },
		},
		{
			Name: "S5_B2_DoubledAmongExchangedLogins", Sentence: exchangeSentence, Explanation: "Logins" + doubled,
			test: func(ctx context.Context, s bench) error { return doubledAmong(ctx, s, logins()) },
		},
		{
			Name: "S5_C1_DoubledAmongExchangedIdentities", Sentence: exchangeSentence, Explanation: "Identities" + doubled,
			test: func(ctx context.Context, s bench) error { return doubledAmong(ctx, s, identities()) },
		},
	}
}

// permutations returns all orders of some moves.
func permutations(moves []move) [][]move {
	if len(moves) < 2 {
		return [][]move{moves}
	}

	var out [][]move

	for i, first := range moves {
		for _, rest := range permutations(slices.Concat(moves[:i], moves[i+1:])) {
			out = append(out, slices.Concat([]move{first}, rest))
		}
	}

	return out
}

// arena is one exchange in one order, whose rows and keys nobody else has.
type arena struct {
	keyed
	exchange

	number int
}

func (a arena) of(m move, version int64) storage.Batch {
	if m.key != noKey {
		m.key += 20 * a.number
	}

	return a.row(m.row+20*a.number, m.key, version)
}

// before are the stored rows, and a bystander who has key 7.
func (a arena) before() (stored []move) {
	for n := range a.stored {
		stored = append(stored, move{n, n})
	}

	return append(stored, move{7, 7})
}

func (a arena) batch(moves []move) storage.Batch {
	out := storage.Batch{Messages: []storage.Message{note(fmt.Sprintf("%s-%d", a.key, a.number), at(0))}}

	for _, m := range moves {
		version := int64(0)
		if m.row < a.stored || m.row == 7 {
			version = 1
		}

		out = beside(out, a.of(m, version))
	}

	return out
}

// holds tells whether the rows have these keys and versions, found by id and by key.
func (a arena) holds(ctx context.Context, r storage.Reader, moves []move, version func(row int) int64) error {
	owners := map[int]string{}

	for _, m := range moves {
		if m.key != noKey {
			owners[m.key] = a.id(m.row + 20*a.number)

			if err := stored(ctx, r, a.of(m, version(m.row)), version(m.row)); err != nil {
				return err
			}
		}
	}

	for key := range 10 {
		got, err := a.owner(ctx, r, key+20*a.number)

		if want, owned := owners[key]; owned {
			if err := steps(
				func() error { return none("by key", err) },
				func() error { return same(fmt.Sprintf("the owner of key %d", key), want, got) },
			); err != nil {
				return err
			}
		} else if err := is(fmt.Sprintf("the owner of key %d, which nobody has", key), err, storage.ErrNotFound); err != nil {
			return err
		}
	}

	return nil
}

// arenas runs f for every exchange, in every order of its rows, on rows that are stored.
func arenas(ctx context.Context, s bench, kind keyed, f func(arena) error) error {
	number := 0

	for _, x := range exchanges() {
		if x.keyless && !kind.keyless {
			continue
		}

		for _, moves := range permutations(x.moves) {
			a := arena{kind, x, number}
			a.moves = moves
			number++

			var rows storage.Batch
			for _, m := range a.before() {
				rows = beside(rows, a.of(m, 0))
			}

			if err := steps(
				func() error { return given(ctx, s, rows) },
				func() error { return f(a) },
			); err != nil {
				return fmt.Errorf("%s, as (row, key) in the order %v: %w", x.what, moves, err)
			}
		}
	}

	return nil
}

func changesHands(ctx context.Context, s bench, kind keyed) error {
	return arenas(ctx, s, kind, func(a arena) error {
		b := a.batch(a.moves)

		return steps(
			func() error { return none("Update", write(ctx, s, b)) },
			func() error { return stored(ctx, s, storage.Batch{Messages: b.Messages}, 1) },
			func() error {
				return a.holds(ctx, s, append(slices.Clone(a.moves), move{7, 7}), func(row int) int64 {
					if row < a.stored {
						return 2
					}

					return 1
				})
			},
		)
	})
}

func doubledAmong(ctx context.Context, s bench, kind keyed) error {
	return arenas(ctx, s, kind, func(a arena) error {
		last := a.moves[len(a.moves)-1]

		doubles := []move{{8, 7}, {7, last.key}} // a new row takes the bystander's key, the bystander takes another's
		if last.key == noKey {
			doubles = doubles[:1]
		} else {
			doubles = append(doubles, move{8, last.key}) // a new row takes what a row of the batch has now
		}

		for _, double := range doubles {
			for i, moves := range [][]move{
				slices.Concat(a.moves, []move{double}), slices.Concat([]move{double}, a.moves),
			} {
				b := a.batch(moves)
				what := fmt.Sprintf("row %d takes key %d too, as the %s", double.row, double.key, [...]string{"last", "first"}[i])

				if err := steps(
					func() error {
						return exists(what, write(ctx, s, b), a.key, a.value(double.key+20*a.number))
					},
					func() error { return none(what, absent(ctx, s, storage.Batch{Messages: b.Messages})) },
					func() error {
						return none(what, a.holds(ctx, s, a.before(), func(int) int64 { return 1 }))
					},
				); err != nil {
					return err
				}
			}
		}

		return nil
	})
}
