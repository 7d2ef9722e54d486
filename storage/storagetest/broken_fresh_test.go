package storagetest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// repeating is a reader that is one commit behind in some answers: those that it has given before.
type repeating struct {
	storage.Reader

	known   *sync.Map
	commits *atomic.Int64
	what    string // which answers
}

// answer is what was answered, after so many commits.
type answer struct {
	value   any
	err     error
	commits int64
}

// twice gives an answer that was given before the last commit once more.
func twice[T any](r repeating, what, key string, read func() (T, error)) (T, error) {
	if r.what != what {
		return read()
	}

	now := r.commits.Load()

	if was, ok := r.known.Load(key); ok && was.(answer).commits == now-1 {
		value, _ := was.(answer).value.(T)

		return value, was.(answer).err
	}

	value, err := read()
	r.known.Store(key, answer{value, err, now})

	return value, err
}

func (r repeating) Message(ctx context.Context, id string) (storage.Message, error) {
	if r.what != "nothing" {
		return r.Reader.Message(ctx, id)
	}

	if _, missing := r.known.Load(id); missing {
		return storage.Message{}, storage.ErrNotFound
	}

	m, err := r.Reader.Message(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		r.known.Store(id, answer{})
	}

	return m, err
}

func (r repeating) Account(ctx context.Context, id account.ID) (account.Account, error) {
	return twice(r, "accounts", string(id), func() (account.Account, error) { return r.Reader.Account(ctx, id) })
}

func (r repeating) StructureByIdentity(ctx context.Context, id identifier.ID) (structure.Structure, error) {
	return twice(r, "identities", id.Code(), func() (structure.Structure, error) { return r.Reader.StructureByIdentity(ctx, id) })
}

func (r repeating) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	return twice(r, "slices", fmt.Sprintf("%#v", q), func() (storage.Slice, error) { return r.Reader.Roster(ctx, q) })
}

func (r repeating) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	return twice(r, "memberships", string(id), func() (storage.Memberships, error) { return r.Reader.Memberships(ctx, id) })
}

func (r repeating) Links(ctx context.Context, id account.ID, p account.Purpose) ([]account.Link, error) {
	return twice(r, "links", fmt.Sprint(id, p), func() ([]account.Link, error) { return r.Reader.Links(ctx, id, p) })
}

func (r repeating) Journaled(ctx context.Context, operation string) (int, error) {
	return twice(r, "journal", operation, func() (int, error) { return r.Reader.Journaled(ctx, operation) })
}

func (r repeating) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return twice(r, fmt.Sprintf("%T", q), fmt.Sprintf("%#v", q), func() (storage.Page, error) { return r.Reader.Page(ctx, q) })
}

// repeats is a store whose answers of one kind are one commit behind.
func repeats(what string) func() storage.Store {
	return func() storage.Store {
		known, commits := new(sync.Map), new(atomic.Int64)

		s := reads(func(r storage.Reader) storage.Reader { return repeating{r, known, commits, what} })().(broken)
		s.update = func(ctx context.Context, s *memory.Store, f fn) error {
			empty := true

			err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
				b, err := f(ctx, r)
				empty = b.Empty()

				return b, err
			})
			if err == nil && !empty {
				commits.Add(1)
			}

			return err
		}

		return s
	}
}

// remembersRefusals refuses again what it has refused once.
func remembersRefusals(of error) func() storage.Store {
	return func() storage.Store {
		var refused sync.Map

		return writes(func(ctx context.Context, s *memory.Store, f fn) error {
			b, err := decides(ctx, s, f)
			if err != nil {
				return err
			}

			key := fmt.Sprintf("%+v", b)
			if was, ok := refused.Load(key); ok {
				return was.(error)
			}

			if err = put(ctx, s, b); errors.Is(err, of) {
				refused.Store(key, err)
			}

			return err
		})()
	}
}

// oldInside shows transactions what was read outside of them.
type oldInside struct {
	storage.Reader

	seen   *sync.Map
	inside bool
}

func (o oldInside) Registration(ctx context.Context, id account.ID) (account.Registration, error) {
	if was, ok := o.seen.Load(id); ok && o.inside {
		return was.(account.Registration), nil
	}

	row, err := o.Reader.Registration(ctx, id)
	if err == nil {
		o.seen.LoadOrStore(id, row)
	}

	return row, err
}

func showsTheOldInside() storage.Store {
	seen := new(sync.Map)
	s := memory.New()

	return broken{
		Reader: oldInside{s, seen, false}, store: s,
		read: func(r storage.Reader) storage.Reader { return oldInside{r, seen, true} },
		update: func(ctx context.Context, s *memory.Store, f fn) error {
			return s.Update(ctx, f)
		},
	}
}

func freshDefects() []defect {
	fresh := []string{"S7_ReadsSeeWhatWasCommitted", "S7_OthersSeeWhatWasCommittedUnderRace"}

	out := []defect{
		{"what was not there is remembered", repeats("nothing"), fresh},
		{
			"a lost race is remembered", remembersRefusals(storage.ErrConflict), []string{"S2_RefusalsAreNotRemembered"},
		},
		{
			"a doubled key is remembered", remembersRefusals(storage.ErrExists), []string{"S2_RefusalsAreNotRemembered"},
		},
		{"transactions see what others have seen", showsTheOldInside, []string{"S3_LoserReadsTheWinner"}},
	}

	for _, what := range []string{
		"accounts", "identities", "slices", "memberships", "links", "journal", "storage.OpenRequests", "storage.DueMessages",
		"storage.DueRows", "storage.History", "storage.RegistrationsOf", "storage.Deciders",
	} {
		out = append(out, defect{"answers about " + what + " are one commit behind", repeats(what), fresh})
	}

	return out
}
