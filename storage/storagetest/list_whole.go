package storagetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// wholeCases are about lists that no structure, account or moment bounds.
func wholeCases() []Case {
	return []Case{
		listCase("F4_ParkedMessages", "Messages in every state that were done with at several moments, and at none, to somebody and "+
			"to the deciders, of an account and of nobody. One is sent again and another is given up. What is not shown to who "+
			"looks after the outbox has not reached anybody.", parkedMessages),
		listCase("G1_Individuals", "Structures of every kind of identifier and in every standing, of individuals who are known and "+
			"whom nobody has claimed yet, sealed and not; one becomes a company. A code that is passed over when all are sealed "+
			"lies there in clear.", individuals),
		listCase("Factors", "Credentials with a second factor that is in use and that is being set up, and without any, some of "+
			"which have a part of one; of accounts in every state. One is removed and another is set up. A secret that is passed "+
			"over when keys change cannot be opened any more.", factors),
	}
}

// parkedOf are the messages that were given up, in the order of their list.
func parkedOf(rows []storage.Message) []storage.Message {
	out := kept(rows, func(m storage.Message) bool { return m.State == storage.Parked })
	slices.SortFunc(out, func(a, b storage.Message) int { return cmp.Or(a.DoneAt.Compare(b.DoneAt), cmp.Compare(a.ID, b.ID)) })

	return out
}

// individualsOf are the structures of individuals, in the order of their list.
func individualsOf(rows []structure.Structure) []structure.Structure {
	out := kept(rows, func(s structure.Structure) bool { return s.Identity.Kind() == identifier.Individual })
	slices.SortFunc(out, byKey(keyOfStructure))

	return out
}

// factorsOf are the credentials with a second factor, in the order of their list.
func factorsOf(rows []account.Credential) []account.Credential {
	out := kept(rows, func(c account.Credential) bool { return len(c.Factor.Sealed) > 0 })
	slices.SortFunc(out, byKey(keyOfCredential))

	return out
}

func parkedMessages(ctx context.Context, s bench) error {
	var b storage.Batch

	add := func(id string, done time.Time, state storage.MessageState) *storage.Message {
		m := note(id, at(-len(b.Messages))) // due, and written, in another order
		m.State, m.DoneAt, m.CreatedAt = state, done, at(-len(b.Messages))
		b.Messages = append(b.Messages, m)

		return &b.Messages[len(b.Messages)-1]
	}

	add("z", at(1), storage.Parked).Account = "anne"
	add("B", at(2), storage.Parked).Structure = house(1).ID
	add("a", at(2), storage.Parked).To = ""
	add("é", at(2).Add(time.Microsecond), storage.Parked)
	add("y", at(1_000_000), storage.Parked).Sealed = []byte{1}
	add("never", time.Time{}, storage.Parked)

	for _, state := range storage.MessageStates() {
		if state != storage.Parked {
			add("is "+state.String(), at(1), state)
		}
	}

	slices.Reverse(b.Messages)

	again := versioned(b, 1).Messages
	again = kept(again, func(m storage.Message) bool { return m.ID == "B" || m.ID == "is queued" })

	for i, m := range again {
		if m.ID == "B" {
			again[i].State, again[i].DoneAt, again[i].NotBefore = storage.Queued, time.Time{}, at(3)
		} else {
			again[i].State, again[i].DoneAt = storage.Parked, at(2)
		}
	}

	return changes(ctx, s, b, storage.Batch{Messages: again}, func(b storage.Batch) error {
		return lists(ctx, s, parkedOf(b.Messages), func(w storage.Window) storage.Of[storage.Message] {
			return storage.ParkedMessages{Window: w}
		})
	})
}

func individuals(ctx context.Context, s bench) error {
	var e estates

	add := func(id structure.ID, standing attachment.Standing, known bool, change func(*structure.Structure)) {
		n := len(e.rows.Structures)
		row := structure.New(id, individual(99-n), at(-n))

		if change != nil {
			change(&row)
		}

		e.add(row, standing, known)
	}

	add("unclaimed", attachment.Unclaimed, true, nil)
	add("claimed", attachment.InClaim, true, nil)
	add("Managed", attachment.Managed, true, nil)
	add("vacant", attachment.Vacant, true, nil)

	add("nobody-asked", attachment.Unclaimed, false, nil)
	add("sealed", attachment.Managed, true, func(s *structure.Structure) { s.Sealed = []byte{1} })
	add("é", attachment.Unclaimed, false, func(s *structure.Structure) { s.Status, s.Sector = structure.Inactive, structure.Public })
	add("followed", attachment.Unclaimed, false, func(s *structure.Structure) { s.Successor = "sealed" })
	add("elsewhere", attachment.Unclaimed, false, func(s *structure.Structure) {
		s.Identity, _ = s.Identity.In("BE") // one that was made above can be anywhere
	})

	for i, kind := range identifier.Kinds() {
		if kind != identifier.Individual {
			add(name[structure.ID]("kind", i), attachment.Managed, true, func(s *structure.Structure) {
				s.Identity, s.Sealed = identifiertest.OfKind(&numbers{0, 900}, kind), []byte{1} // sealed, whatever for
			})
		}
	}

	rows := beside(e.people(), e.rows)
	slices.Reverse(rows.Structures)

	becomes := kept(versioned(rows, 1).Structures, func(s structure.Structure) bool { return s.ID == "Managed" || s.ID == "kind-0" })
	for i, s := range becomes {
		becomes[i].Identity = siret(901)
		if s.Identity.Kind() != identifier.Individual {
			becomes[i].Identity = individual(901)
		}
	}

	return changes(ctx, s, rows, storage.Batch{Structures: becomes}, func(b storage.Batch) error {
		return lists(ctx, s, individualsOf(b.Structures), func(w storage.Window) storage.Of[structure.Structure] {
			return storage.Individuals{Window: w}
		})
	})
}

func factors(ctx context.Context, s bench) error {
	var b storage.Batch

	add := func(id account.ID, state account.State, f account.Factor) {
		holder := person("x")
		holder.ID, holder.State, holder.Login = id, state, login(fmt.Sprintf("p%d@example.fr", len(b.Accounts)))
		b.Accounts = append(b.Accounts, holder)
		b.Credentials = append(b.Credentials, account.Credential{Account: id, Password: "p", Factor: f})
	}

	add("B", account.Active, factor())
	add("a", account.Active, account.Factor{Sealed: []byte{0}}) // is being set up
	add("blocked", account.Blocked, factor())
	add("deactivated", account.Deactivated, factor())
	add("é", account.Closed, factor())
	add("none", account.Active, account.Factor{})
	add("steps", account.Active, account.Factor{Step: 1})
	add("codes", account.Active, account.Factor{Recovery: []string{"c"}})
	add("since", account.Active, account.Factor{Since: at(1)})

	slices.Reverse(b.Credentials)

	other := kept(versioned(b, 1).Credentials, func(c account.Credential) bool { return c.Account == "B" || c.Account == "none" })
	for i, c := range other {
		other[i].Factor = account.Factor{}
		if c.Account == "none" {
			other[i].Factor = factor()
		}
	}

	return changes(ctx, s, b, storage.Batch{Credentials: other}, func(b storage.Batch) error {
		return lists(ctx, s, factorsOf(b.Credentials), func(w storage.Window) storage.Of[account.Credential] {
			return storage.Factors{Window: w}
		})
	})
}

// changes writes rows, then changes some of them, and looks after each.
func changes(ctx context.Context, s bench, rows, change storage.Batch, look func(storage.Batch) error) error {
	m := model{}.after(rows)

	return steps(
		func() error { return given(ctx, s, rows) },
		func() error { return look(m.Batch) },
		func() error { return none("changing", write(ctx, s, change)) },
		func() error { return none("after a change", look(m.after(change).Batch)) },
	)
}

func parkedKeyByKey(ctx context.Context, s bench) error {
	var b storage.Batch

	want := byMinute(func(minute int, id string) {
		m := note(id, at(-len(b.Messages)))
		m.State, m.DoneAt, m.CreatedAt = storage.Parked, at(minute), at(-len(b.Messages))
		b.Messages = append(b.Messages, m)
	})

	slices.Reverse(b.Messages)

	return placed(ctx, s, b, want, func(w storage.Window) storage.Of[storage.Message] {
		return storage.ParkedMessages{Window: w}
	}, func(m storage.Message) string { return m.ID })
}

func individualsKeyByKey(ctx context.Context, s bench) error {
	var b storage.Batch

	for i, id := range bytewise() {
		b.Structures = append(b.Structures, structure.New(structure.ID(id), individual(99-i), at(-i)))
	}

	slices.Reverse(b.Structures)

	return placed(ctx, s, b, bytewise(), func(w storage.Window) storage.Of[structure.Structure] {
		return storage.Individuals{Window: w}
	}, func(s structure.Structure) string { return string(s.ID) })
}

func factorsKeyByKey(ctx context.Context, s bench) error {
	var b storage.Batch

	for i, id := range bytewise() {
		holder := person("x")
		holder.ID, holder.Login = account.ID(id), login(fmt.Sprintf("p%d@example.fr", 99-i))
		b.Accounts = append(b.Accounts, holder)

		f := factor()
		f.Since, f.Step = at(-i), int64(99-i)
		b.Credentials = append(b.Credentials, account.Credential{Account: holder.ID, Factor: f})
	}

	slices.Reverse(b.Credentials)

	return placed(ctx, s, b, bytewise(), func(w storage.Window) storage.Of[account.Credential] {
		return storage.Factors{Window: w}
	}, func(c account.Credential) string { return string(c.Account) })
}

// wholeLists are those that no structure, account or moment bounds. Their rows are not those of other lists.
func wholeLists() []list {
	const apart = 200_000 // numbers of identifiers that nothing else has

	parked := func(n int) storage.Batch {
		m := note("parked-"+numbered(n), at(0))
		m.State, m.DoneAt = storage.Parked, at(n)

		return storage.Batch{Messages: []storage.Message{m}}
	}
	ofOne := func(n int) storage.Batch {
		return storage.Batch{Structures: []structure.Structure{
			structure.New(structure.ID("individual-"+numbered(n)), individual(n), at(0)),
		}}
	}
	withFactor := func(n int) storage.Batch {
		holder := person(account.ID("factor-" + numbered(n)))

		return storage.Batch{
			Accounts: []account.Account{holder}, Credentials: []account.Credential{{Account: holder.ID, Factor: factor()}},
		}
	}
	of := func(row func(n int) storage.Batch) func([]int, int64) storage.Batch {
		return func(numbers []int, _ int64) storage.Batch {
			return beside(each(numbers, row)...)
		}
	}
	out := func(change func(n int) storage.Batch) func(int, int64) storage.Batch {
		return func(n int, _ int64) storage.Batch { return versioned(change(n), 1) }
	}

	return []list{{
		name:  "ParkedMessages",
		query: func(w storage.Window) storage.Query { return storage.ParkedMessages{Window: w} },
		id:    func(row any) string { return strings.TrimPrefix(as[storage.Message](row).ID, "parked-") },
		of:    of(parked),
		out: out(func(n int) storage.Batch {
			b := parked(n)
			b.Messages[0].State, b.Messages[0].DoneAt = storage.Queued, time.Time{}

			return b
		}),
	}, {
		name:  "Individuals",
		query: func(w storage.Window) storage.Query { return storage.Individuals{Window: w} },
		id: func(row any) string {
			return strings.TrimPrefix(string(as[structure.Structure](row).ID), "individual-")
		},
		of: of(ofOne),
		out: out(func(n int) storage.Batch {
			b := ofOne(n)
			b.Structures[0].Identity = siret(apart + n)

			return b
		}),
	}, {
		name:  "Factors",
		query: func(w storage.Window) storage.Query { return storage.Factors{Window: w} },
		id: func(row any) string {
			return strings.TrimPrefix(string(as[account.Credential](row).Account), "factor-")
		},
		of: of(withFactor),
		out: out(func(n int) storage.Batch {
			b := storage.Batch{Credentials: withFactor(n).Credentials}
			b.Credentials[0].Factor = account.Factor{}

			return b
		}),
	}}
}
