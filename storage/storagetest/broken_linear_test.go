package storagetest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
)

const linearCase = "S4_D5_Linearizable"

// linearDefects are stores that are wrong about the order of what happens to one roster. Some words of the reason are
// given where there is one: a store without any order is found by whatever comes first.
func linearDefects() []struct {
	name     string
	newStore func() storage.Store
	reason   string
} {
	return []struct {
		name     string
		newStore func() storage.Store
		reason   string
	}{
		{"rosters are written without compare and swap", uncompared, ""},
		{"versions are told one too high", oneTooHigh, "nobody says that they produced version 2"},
		{"versions go on by two", byTwo, "nobody says that they produced version 3"},
		{"the second of two batches at once overwrites the rows of the first", overwriting, "both say that they produced version"},
		{"a lost race is told as a success", unwritten, ""},
		{"a commit is told as a lost race", doubting, ""},
		{"a roster is read as it was a moment ago", lagging, ""},
		{"somebody else is said to have decided", mistaken, ""},
	}
}

func TestLinear_ABrokenStoreIsCaughtByName(t *testing.T) {
	for _, d := range linearDefects() {
		t.Run(d.name, func(t *testing.T) {
			found := broke(linearCase, d.newStore)
			require.Len(t, found, 1, "not caught")
			assert.Equal(t, linearCase, found[0].Case.Name)
			assert.Contains(t, found[0].Error(), found[0].Case.Sentence)
			assert.Contains(t, found[0].Error(), d.reason)
			t.Log(found[0].Err)
		})
	}
}

// uncompared writes rosters and accounts under whatever version is stored, and looks at no guard.
func uncompared() storage.Store {
	var mu sync.Mutex

	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decided(ctx, s, f)
		if err != nil {
			return err
		}

		mu.Lock()
		defer mu.Unlock()

		return put(ctx, s, underStoredVersions(ctx, s, b))
	})()
}

// decided runs fn and writes nothing.
func decided(ctx context.Context, s *memory.Store, f fn) (storage.Batch, error) {
	var b storage.Batch

	err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		var err error
		b, err = f(ctx, r)

		return storage.Batch{}, err
	})

	return storagetest.Clone(b), err
}

// underStoredVersions returns a batch whose rosters and accounts replace whatever is stored.
func underStoredVersions(ctx context.Context, s *memory.Store, b storage.Batch) storage.Batch {
	b.Guards = nil

	for i, row := range b.Accounts {
		stored, _ := s.Account(ctx, row.ID)
		b.Accounts[i].Version = stored.Version
	}

	for i, row := range b.Rosters {
		stored, _ := s.Roster(ctx, storage.RosterQuery{Structure: row.Structure})
		b.Rosters[i].Version = stored.Roster.Version
	}

	return b
}

// shifted shows other versions of rosters than are stored.
type shifted struct {
	storage.Reader

	shown func(stored int64) int64
}

func (r shifted) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	got, err := r.Reader.Roster(ctx, q)
	if got.Roster.Version > 0 {
		got.Roster.Version = r.shown(got.Roster.Version)
	}

	return got, err
}

func shifting(shown, stored func(int64) int64) storage.Store {
	s := memory.New()
	read := func(r storage.Reader) storage.Reader { return shifted{r, shown} }

	return broken{Reader: read(s), store: s, read: read, update: func(ctx context.Context, s *memory.Store, f fn) error {
		return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			b, err := f(ctx, r)
			b = storagetest.Clone(b)

			for i, row := range b.Rosters {
				if row.Version > 0 {
					b.Rosters[i].Version = stored(row.Version)
				}
			}

			return b, err
		})
	}}
}

func oneTooHigh() storage.Store {
	return shifting(func(v int64) int64 { return v + 1 }, func(v int64) int64 { return v - 1 })
}

func byTwo() storage.Store {
	return shifting(func(v int64) int64 { return 2*v - 1 }, func(v int64) int64 { return (v + 1) / 2 })
}

// overwriting writes what lost a race all the same, over what is there; only heads keep the version they have.
func overwriting() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decided(ctx, s, f)
		if err != nil {
			return err
		}

		for err = put(ctx, s, b); errors.Is(err, storage.ErrConflict); err = put(ctx, s, b) {
			b = underStoredVersions(ctx, s, b)
		}

		return err
	})()
}

// unwritten says that all is well when somebody else was faster.
func unwritten() storage.Store {
	return answers(func(_ storage.Batch, err error) error {
		if errors.Is(err, storage.ErrConflict) {
			return nil
		}

		return err
	})()
}

// doubting commits, and now and then says that somebody else was faster.
func doubting() storage.Store {
	var (
		mu sync.Mutex
		n  int
	)

	return answers(func(b storage.Batch, err error) error {
		mu.Lock()
		defer mu.Unlock()

		if n++; err == nil && len(b.Journal) > 0 && n%5 == 0 {
			return storage.ErrConflict
		}

		return err
	})()
}

// lags reads every second time what the same question was answered the last time.
type lags struct {
	storage.Reader

	kept *sync.Map
}

func (l lags) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	if len(q.Accounts) > 2 { // what the case reads at its end
		return l.Reader.Roster(ctx, q)
	}

	key := fmt.Sprint(q.Structure, q.Accounts, q.Services)

	if old, ok := l.kept.LoadAndDelete(key); ok {
		kept, _ := old.(storage.Slice)
		kept.Roster = kept.Roster.Clone()

		return kept, nil
	}

	got, err := l.Reader.Roster(ctx, q)
	if err == nil {
		kept := got
		kept.Roster = got.Roster.Clone()
		l.kept.Store(key, kept)
	}

	return got, err
}

func lagging() storage.Store {
	kept := new(sync.Map)

	return reads(func(r storage.Reader) storage.Reader { return lags{r, kept} })()
}

// mistakes takes anne for bob, and bob for anne, where they decided.
type mistakes struct{ storage.Reader }

func (r mistakes) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	got, err := r.Reader.Roster(ctx, q)
	got.Roster = got.Roster.Clone()

	for i, row := range got.Roster.Rows {
		switch row.Decision.By.ID {
		case "anne":
			got.Roster.Rows[i].Decision.By.ID = "bob"
		case "bob":
			got.Roster.Rows[i].Decision.By.ID = "anne"
		}
	}

	return got, err
}

func mistaken() storage.Store {
	return reads(func(r storage.Reader) storage.Reader { return mistakes{r} })()
}

// broke runs one case on a store, and returns what it found.
func broke(name string, newStore func() storage.Store) []*storagetest.SentenceError {
	return storagetest.CheckOne(name, newStore, few()).Broken
}
