package storagetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// raceCases are about many callers at once.
func raceCases() []Case {
	return []Case{
		{
			Name:     "S4_D2_VersionsAreExactlyOneToN",
			Sentence: "The store writes Version+1.",
			Explanation: "Many callers change one roster at once, and read again whenever they lose. The versions that " +
				"they wrote must be 1 to N, each once: the order of what happened. Whatever came with a change that lost " +
				"must not be there.",
			test: versionsAreExactlyOneToN,
		},
		{
			Name:     "S4_B10_NoTryIsLost",
			Sentence: "Version 0 inserts: if the primary key exists the answer is ErrConflict.",
			Explanation: "Many callers count a try under one key at once, under which there is nothing yet, and read again whenever " +
				"they lose. All of them must have been counted. Where some are lost, more passwords are tried than may be wrong.",
			test: noTryIsLost,
		},
		{
			Name:     "S7_F1_NoTornState",
			Sentence: snapshotSentence,
			Explanation: "One caller changes head, row, structure, message and journal together, again and again, while " +
				"others read. A head of one moment with the rows of another decides on something that never was; a roster " +
				"without its message tells nobody.",
			test: noTornState,
		},
	}
}

// together runs f many times at once and returns the answers.
func together(n int, f func(i int) error) []error {
	var (
		ready sync.WaitGroup
		done  sync.WaitGroup
		start = make(chan struct{})
		out   = make([]error, n)
	)

	ready.Add(n)

	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start

			out[i] = errEnded
			out[i] = safely(func() error { return f(i) })
		})
	}

	ready.Wait()
	close(start)
	done.Wait()

	return out
}

// safely runs f, and returns a panic of the store as an error: in a goroutine of the suite's nobody else would recover.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the store panicked: %v\n%s", p, debug.Stack())
		}
	}()

	return f()
}

// yielding is the store with a pause after every fn, so that callers who race do meet: what one decided on is old when it
// is written.
type yielding struct{ storage.Store }

// Update runs fn, and lets others go first.
func (y yielding) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	return y.Store.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		b, err := fn(ctx, r)

		for range 10 {
			runtime.Gosched()
		}

		return b, err
	})
}

// try is one attempt of a caller to change the roster.
type try struct {
	batch   storage.Batch
	version int64 // the version it wrote; 0 = it lost
}

func versionsAreExactlyOneToN(ctx context.Context, s bench) error {
	const each = 4

	rows := storage.Batch{Structures: []structure.Structure{house(1)}}
	tries := make([][]try, s.options.Goroutines)

	for i := range tries {
		rows.Accounts = append(rows.Accounts, person(name[account.ID]("p", i)))
	}

	if err := given(ctx, s, rows); err != nil {
		return err
	}

	answers := together(len(tries), func(i int) error {
		for change := range each {
			for attempt := 0; ; attempt++ {
				t, err := raise(ctx, yielding{s}, i, fmt.Sprintf("%d-%d-%d", i, change, attempt))
				tries[i] = append(tries[i], t)

				if err == nil {
					break
				}

				if !errors.Is(err, storage.ErrConflict) {
					return err
				}

				if ctx.Err() != nil {
					return fmt.Errorf("after %d attempts: %w", attempt, ctx.Err())
				}
			}
		}

		return nil
	})

	for i, err := range answers {
		if err != nil {
			return fmt.Errorf("caller %d: %w", i, err)
		}
	}

	return checkTries(ctx, s, slices.Concat(tries...))
}

// raise advances the roster by one version, with a row of the caller's, a message and a journal entry.
func raise(ctx context.Context, s storage.Store, i int, id string) (try, error) {
	var t try

	err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		slice, err := r.Roster(ctx, storage.RosterQuery{Structure: house(1).ID})
		if err != nil {
			return storage.Batch{}, err
		}

		next := head(house(1).ID)
		next.Version = slice.Roster.Version
		next.Rows = []attachment.Attachment{asks(name[account.ID]("p", i), next.Version+1)}

		t.batch = storage.Batch{
			Rosters:  []attachment.Roster{next},
			Messages: []storage.Message{note("m-"+id, at(0))},
			Journal: []storage.Entry{{
				Operation: "o-" + id, Try: 1, At: at(0), Actor: account.System(), Action: "request made",
				Structure: house(1).ID,
			}},
		}

		return t.batch, nil
	})
	if err == nil {
		t.version = t.batch.Rosters[0].Version + 1
	}

	return t, err
}

// noTryIsLost has many callers count at once.
func noTryIsLost(ctx context.Context, s bench) error {
	const (
		each = 4
		key  = "key"
	)

	count := func() error {
		for attempt := 0; ; attempt++ {
			err := yielding{s}.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
				row, err := r.Attempts(ctx, key)
				if err != nil && !errors.Is(err, storage.ErrNotFound) {
					return storage.Batch{}, err
				}

				row.Key = key
				row.Password.Failed++

				return storage.Batch{Attempts: []account.Attempts{row}}, nil
			})

			switch {
			case err == nil || !errors.Is(err, storage.ErrConflict):
				return err
			case ctx.Err() != nil:
				return fmt.Errorf("after %d attempts: %w", attempt, ctx.Err())
			}
		}
	}

	for i, err := range together(s.options.Goroutines, func(int) error {
		for range each {
			if err := count(); err != nil {
				return err
			}
		}

		return nil
	}) {
		if err != nil {
			return fmt.Errorf("caller %d: %w", i, err)
		}
	}

	all := each * s.options.Goroutines
	want := storage.Batch{Attempts: []account.Attempts{{Key: key, Password: account.Gate{Failed: all}}}}

	return none("what was counted", stored(ctx, s, want, int64(all)))
}

// checkTries looks at what every attempt left behind.
func checkTries(ctx context.Context, s storage.Store, tries []try) error {
	var versions []int64

	for _, t := range tries {
		beside := storage.Batch{Messages: t.batch.Messages, Journal: t.batch.Journal}

		var err error
		if t.version == 0 {
			err = none("one that lost", absent(ctx, s, storage.Batch{Messages: beside.Messages}))
		} else {
			versions = append(versions, t.version)
			err = none("one that won", stored(ctx, s, storage.Batch{Messages: beside.Messages}, 1))
		}

		if err != nil {
			return err
		}

		for _, e := range beside.Journal {
			if _, err := s.Journaled(ctx, e.Operation); (err == nil) != (t.version > 0) {
				return fmt.Errorf("version %d (0: lost): its journal entry: %w", t.version, orNone(err))
			}
		}
	}

	slices.Sort(versions)

	for i, v := range versions {
		if v != int64(i+1) {
			return fmt.Errorf("the versions written are %v, want exactly 1 to %d", versions, len(versions))
		}
	}

	slice, err := s.Roster(ctx, storage.RosterQuery{Structure: house(1).ID})

	return steps(
		func() error { return none("Roster", err) },
		func() error { return same("the last version", int64(len(versions)), slice.Roster.Version) },
	)
}

func noTornState(ctx context.Context, s bench) error {
	const (
		readers = 4
		reads   = 50 // of each of them, while somebody writes
	)

	of := func(version int64) storage.Batch {
		where, who := house(1), person("anne")
		where.Version, where.Data.Label = version, text(version+1)
		who.Version, who.Epoch = version, version+1
		r := head(where.ID)
		r.Version, r.Standing, r.Holder, r.Attached = version, attachment.Managed, who.ID, 1
		row := belongs(who.ID, "", look())
		row.Order, row.Grants[0].By = version+1, account.Support(text(version+1))
		r.Rows = []attachment.Attachment{row}

		return storage.Batch{
			Structures: []structure.Structure{where}, Accounts: []account.Account{who}, Rosters: []attachment.Roster{r},
			Messages: []storage.Message{note(fmt.Sprint("m-", version+1), at(0))},
			Journal: []storage.Entry{{
				Operation: fmt.Sprint("o-", version+1), Try: 1, At: at(0), Actor: account.System(), Action: "a",
				Structure: where.ID,
			}},
		}
	}

	if err := given(ctx, s, of(0)); err != nil {
		return err
	}

	var reading atomic.Int64

	reading.Store(readers)

	answers := together(1+readers, func(i int) error {
		if i == 0 {
			for v := int64(1); reading.Load() > 0; v++ {
				if err := write(ctx, s, of(v)); err != nil {
					return none("writing", err)
				}

				runtime.Gosched()
			}

			return nil
		}

		defer reading.Add(-1)

		for range reads {
			if err := notTorn(ctx, s); err != nil {
				return err
			}

			runtime.Gosched()
		}

		return nil
	})

	return errors.Join(answers...)
}

func text(version int64) string { return strconv.FormatInt(version, 10) }

// notTorn reads the roster, and then what was written with the version that it saw.
func notTorn(ctx context.Context, s storage.Reader) error {
	got, err := s.Roster(ctx, storage.RosterQuery{Structure: house(1).ID, Accounts: []account.ID{"anne"}})
	if err != nil {
		return none("Roster", err)
	}

	row, _ := got.Roster.Row(attachment.Key{Account: "anne"})
	v := got.Roster.Version

	switch {
	case row.Order != v || len(row.Grants) != 1 || row.Grants[0].By.Name != text(v):
		return fmt.Errorf("the head has version %d, its row is of version %d, with grants %+v", v, row.Order, row.Grants)
	case got.Facts.Structure.Version != v || got.Facts.Structure.Data.Label != text(v):
		return fmt.Errorf("the head has version %d, the structure %+v", v, got.Facts.Structure)
	case got.Facts.Accounts["anne"].Version != v:
		return fmt.Errorf("the head has version %d, the account %+v", v, got.Facts.Accounts["anne"])
	}

	member, err := s.Memberships(ctx, "anne")

	switch {
	case err != nil:
		return none("Memberships", err)
	case len(member.Rows) != 1:
		return fmt.Errorf("the account has %d memberships", len(member.Rows))
	case member.Account.Version != member.Rows[0].Attachment.Order ||
		member.Account.Version != member.Rows[0].Structure.Version:
		return fmt.Errorf("memberships are torn: %+v", member)
	case member.Account.Version < v:
		return fmt.Errorf("a later read sees version %d, an earlier one saw %d", member.Account.Version, v)
	}

	if _, err := s.Message(ctx, fmt.Sprint("m-", v)); err != nil {
		return none("the message of the version that was read", err)
	}

	if _, err := s.Journaled(ctx, fmt.Sprint("o-", v)); err != nil {
		return none("the journal entry of the version that was read", err)
	}

	return nil
}

const snapshotSentence = "Each method of Reader reads one snapshot, of all that was committed before it began."
