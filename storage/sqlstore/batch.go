package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// errShort is what is known of a batch of which a part touched fewer rows than it should.
var errShort = errors.New("sqlstore: a row is not as it was read")

// parts returns the statements that write a batch: what a foreign key refers to comes first, and the rows of one table
// in the order of their keys, guarded or changed. With one order for everybody nobody waits for somebody who waits.
func parts(b storage.Batch) ([]part, error) {
	var houses, served, heads, people []part

	for _, g := range b.Guards {
		switch g := g.(type) {
		case storage.AccountAt:
			people = append(people, guarded(accounts(), g.Version, g.ID))
		case storage.StructureAt:
			houses = append(houses, guarded(structures(), g.Version, g.ID))
		case storage.ServiceAt:
			served = append(served, guarded(services(), g.Version, g.Structure, g.Code))
		case storage.RosterAt:
			heads = append(heads, guarded(rosters(), g.Version, g.Structure))
		default:
			return nil, fmt.Errorf("sqlstore: unknown guard %T", g)
		}
	}

	return slices.Concat(
		ordered(houses, put(structures(), b.Structures)),
		opens(b.Structures),
		ordered(served, put(services(), b.Services)),
		ordered(heads, put(rosters(), b.Rosters)),
		belongings(b.Rosters),
		ordered(nil, put(registrations(), b.Registrations)),
		ordered(people, put(accounts(), b.Accounts)),
		ordered(nil, put(credentials(), b.Credentials)),
		ordered(nil, put(attempts(), b.Attempts)),
		ordered(nil, put(links(), b.Links)),
		ordered(nil, put(messages(), b.Messages)),
		journaled(b.Journal),
	), nil
}

// ordered returns guards and changes of one table by key, before what is inserted.
func ordered(guards, puts []part) []part {
	all := slices.Concat(guards, puts)
	slices.SortStableFunc(all, func(a, b part) int {
		if a.key == "" || b.key == "" {
			return cmp.Compare(b.key, a.key)
		}

		return cmp.Compare(a.key, b.key)
	})

	return all
}

// apply writes a batch in a transaction, or says why it must not be. wrote tells, of a batch that failed, whether
// something of it has been written, which whoever began the transaction has to undo. With release, unique keys are
// given up first.
func (v view) apply(ctx context.Context, b storage.Batch, release bool) (wrote bool, err error) {
	all, err := parts(b)
	if err != nil {
		return false, err
	}

	if err := storable(all); err != nil {
		return false, err
	}

	if release {
		freed := slices.Concat(
			released(structures(), b.Structures), released(accounts(), b.Accounts), released(links(), b.Links),
		)
		if wrote, err := v.send(ctx, freed); err != nil {
			return wrote, err
		}
	}

	if wrote, err := v.send(ctx, all); err != nil {
		return wrote || release, err
	}

	for _, op := range b.Operations {
		if err := v.operate(ctx, op); err != nil {
			return true, err
		}
	}

	if err := v.held(ctx, b.Rosters); err != nil {
		return true, err
	}

	return false, nil
}

// errText is why a batch is refused that holds a text which not every engine keeps, and some only seem to.
var errText = errors.New("sqlstore: a text that is not valid UTF-8, or holds U+0000")

// storable refuses parts that write or guard a text that no row can hold.
func storable(all []part) error {
	for _, p := range all {
		plain, err := values(p.args)
		if err != nil {
			return fmt.Errorf("sqlstore: %w", err)
		}

		if slices.ContainsFunc(plain, unstorable) {
			return errText
		}
	}

	return nil
}

// packLength and packArgs are how many parts, and arguments of theirs, are sent as one statement where the engine takes
// that. PostgreSQL's protocol counts arguments with 16 bits.
const (
	packLength = 60
	packArgs   = 30_000
)

// send runs parts, packed into few statements where the engine can do that.
func (v view) send(ctx context.Context, all []part) (wrote bool, err error) {
	for len(all) > 0 {
		chunk := all[:v.packable(all)]
		all = all[len(chunk):]

		var some bool

		if len(chunk) == 1 {
			some, err = v.run(ctx, chunk[0])
		} else {
			some, err = true, v.pack(ctx, chunk)
		}

		if wrote = wrote || some; err != nil {
			return wrote, err
		}
	}

	return wrote, nil
}

// packable returns how many of the parts go into the next statement: at least one.
func (v view) packable(all []part) int {
	if !v.packed || v.separate {
		return 1
	}

	n, args := 0, 0

	for n < min(len(all), packLength) && (n == 0 || args+len(all[n].args) <= packArgs) {
		args += len(all[n].args)
		n++
	}

	return n
}

// run sends one part.
func (v view) run(ctx context.Context, p part) (wrote bool, err error) {
	if p.guard {
		found, err := query(ctx, v, p.text+v.hold, p.args, one)
		if err != nil {
			return false, err
		}

		return false, p.judge(len(found))
	}

	n, err := v.exec(ctx, p.text, p.args...)
	if err != nil {
		return false, err
	}

	return n > 0, p.judge(int(n))
}

// judge tells whether a part touched what it should.
func (p part) judge(n int) error {
	if p.rows != anyNumber && n != p.rows {
		return errShort
	}

	return nil
}

// pack sends parts as one statement: each as a query of its WITH clause, and counts what they touched.
func (v view) pack(ctx context.Context, chunk []part) error {
	var (
		with   = make([]string, len(chunk))
		counts = make([]string, len(chunk))
		args   []any
	)

	for i, p := range chunk {
		text := p.text + " RETURNING 1"
		if p.guard {
			text = p.text + v.hold
		}

		with[i] = fmt.Sprintf("p%d AS (%s)", i, text)
		counts[i] = fmt.Sprintf("SELECT %d, COUNT(*) FROM p%d", i, i)
		args = append(args, p.args...)
	}

	type count struct{ part, rows int }

	touched, err := query(ctx, v, "WITH "+strings.Join(with, ",\n")+"\n"+strings.Join(counts, " UNION ALL "), args,
		func(c *count) []any { return []any{&c.part, &c.rows} })
	if err != nil {
		return err
	}

	if len(touched) != len(chunk) {
		return fmt.Errorf("sqlstore: %d of %d statements answered", len(touched), len(chunk))
	}

	for _, c := range touched {
		if err := chunk[c.part].judge(c.rows); err != nil {
			return err
		}
	}

	return nil
}

// held looks whether the holders of rosters have a row at structure level. Foreign keys do that too, but only when the
// transaction ends, which may be an application's.
func (v view) held(ctx context.Context, heads []attachment.Roster) error {
	for _, head := range heads {
		key := attachment.Key{Account: head.Holder}
		if _, named := head.Row(key); named || head.Holder == "" {
			continue
		}

		rows, err := load(ctx, v, attachments(), "WHERE t.structure = ? AND t.account = ? AND t.service = ''",
			head.Structure, head.Holder)
		if err != nil {
			return err
		}

		if len(rows) == 0 {
			return ErrHolder
		}
	}

	return nil
}

// refusal tells whether a failure is about the batch, and leaves the transaction to others.
func (v view) refusal(failure error) bool {
	state := v.state(failure)

	return errors.Is(failure, errShort) || errors.Is(failure, ErrHolder) || v.doubled(failure, state) ||
		v.dangling(failure, state)
}

// diagnose says which answer of the contract a batch gets that failed, and of which nothing is left: the first unique
// key that another row has; else a lost race, if a row is not as it was read; else what the engine said.
func (v view) diagnose(ctx context.Context, b storage.Batch, failure error) error {
	if !v.refusal(failure) || errors.Is(failure, ErrHolder) || errors.Is(failure, errLost) {
		return failure
	}

	for _, look := range []func() (bool, storage.UniqueKey, error){
		func() (bool, storage.UniqueKey, error) {
			taken, err := taken(ctx, v, structures(), b.Structures, "identity_key")

			return taken, storage.KeyIdentity, err
		},
		func() (bool, storage.UniqueKey, error) {
			owned := slices.DeleteFunc(slices.Clone(b.Accounts), func(a account.Account) bool { return a.Login.IsZero() })
			taken, err := taken(ctx, v, accounts(), owned, "login_key")

			return taken, storage.KeyLogin, err
		},
		func() (bool, storage.UniqueKey, error) {
			added := slices.DeleteFunc(slices.Clone(b.Links), func(l account.Link) bool { return l.Version != 0 })
			taken, err := taken(ctx, v, links(), added, "selector")

			return taken, storage.KeySelector, err
		},
		func() (bool, storage.UniqueKey, error) {
			taken, err := taken(ctx, v, journal(), b.Journal, "operation", "seq")

			return taken, storage.KeyJournal, err
		},
	} {
		found, key, err := look()
		if err != nil {
			return err
		}

		if found {
			return &storage.ExistsError{Key: key}
		}
	}

	lost := errors.Is(failure, errShort) || v.doubled(failure, v.state(failure))

	if !lost { // what a row refers to may be missing because it lost a race itself
		var err error
		if lost, err = v.stale(ctx, b); err != nil {
			return err
		}
	}

	if lost {
		return fmt.Errorf("%w: %w", storage.ErrConflict, failure)
	}

	return failure
}

// stale tells whether a row that others of the batch refer to is not as it was read.
func (v view) stale(ctx context.Context, b storage.Batch) (bool, error) {
	if is, err := stale(ctx, v, structures(), b.Structures); is || err != nil {
		return is, err
	}

	if is, err := stale(ctx, v, accounts(), b.Accounts); is || err != nil {
		return is, err
	}

	return stale(ctx, v, rosters(), b.Rosters)
}

func stale[T any](ctx context.Context, v view, t table[T], rows []T) (bool, error) {
	for _, row := range rows {
		columns := t.columns(&row)

		found, err := query(ctx, v, "SELECT version FROM "+t.from+" WHERE "+equal(t.key), pointers(pick(columns, t.key)),
			func(at *int64) []any { return []any{at} })
		if err != nil {
			return false, err
		}

		if want := *version(columns); len(found) == 0 && want != 0 || len(found) > 0 && found[0] != want {
			return true, nil
		}
	}

	return false, nil
}

// taken tells whether one of these rows would double a unique key: that of another of them, or of a row that is stored
// and stays as it is. Where the key is the primary key, every row that has it is another.
func taken[T any](ctx context.Context, v view, t table[T], rows []T, names ...string) (bool, error) {
	var (
		primary = slices.Equal(names, t.key)
		seen    = map[string]bool{} // unique keys
		own     = map[string]bool{} // primary keys, of one column
	)

	for _, row := range rows {
		columns := t.columns(&row)
		own[keyOf(pointers(pick(columns, t.key)))] = !primary

		key := keyOf(pointers(pick(columns, names)))
		if seen[key] {
			return true, nil
		}

		seen[key] = true
	}

	for _, row := range rows {
		owners, err := query(ctx, v, "SELECT "+t.key[0]+" FROM "+t.from+" WHERE "+equal(names),
			pointers(pick(t.columns(&row), names)), func(id *string) []any { return []any{id} })
		if err != nil {
			return false, err
		}

		for _, id := range owners {
			if !own[keyOf([]any{id})] {
				return true, nil
			}
		}
	}

	return false, nil
}

// one reads the 1 of a query that asks whether there is a row.
func one(at *int) []any { return []any{at} }

// exchanges tells whether one row of a batch may take a unique key that another gives up.
func exchanges(b storage.Batch) bool {
	return len(b.Structures) > 1 || len(b.Accounts) > 1 || len(b.Links) > 1
}

// twice does something with a batch, and a second time, in which unique keys are given up first, if it fails and
// that may have been the reason.
func (v view) twice(ctx context.Context, b storage.Batch, do func(release bool) error) error {
	for _, release := range []bool{false, true} {
		err := do(release)
		if err == nil || errors.Is(err, storage.ErrUncertain) {
			return err
		}

		if again := !release && exchanges(b) && v.refusal(err); !again {
			return v.diagnose(ctx, b, err)
		}
	}

	return nil // the second time has its answer
}
