package memory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
	"github.com/guichet-pro/guichet/structure"
)

func TestStoreKeepsTheContract(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storage.Store { return memory.New() }, nil)
}

func put(t *testing.T, s *memory.Store, b storage.Batch) error {
	t.Helper()

	return s.Update(t.Context(), func(context.Context, storage.Reader) (storage.Batch, error) { return b, nil })
}

func TestS9_TransactionsThatUseTheStoreAreFound(t *testing.T) {
	s, other := memory.New(), memory.New()

	err := s.Update(t.Context(), func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		if _, err := r.Message(ctx, "m"); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("its Reader: %v", err)
		}

		if _, err := other.Message(ctx, "m"); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("another store: %v", err)
		}

		_, err := s.Message(ctx, "m")

		return storage.Batch{}, err
	})
	if !errors.Is(err, storage.ErrNested) {
		t.Errorf("reading past the Reader: %v", err)
	}

	err = s.Update(t.Context(), func(ctx context.Context, _ storage.Reader) (storage.Batch, error) {
		return storage.Batch{}, s.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
			return storage.Batch{}, nil
		})
	})
	if !errors.Is(err, storage.ErrNested) {
		t.Errorf("an Update in an Update: %v", err)
	}
}

func TestBatchesThatNameARowTwiceAreRefused(t *testing.T) {
	row := attachment.Attachment{Key: attachment.Key{Account: "a"}, State: attachment.Requested}

	for name, b := range map[string]storage.Batch{
		"a message":         {Messages: []storage.Message{{ID: "m"}, {ID: "m"}}},
		"a row of a roster": {Rosters: []attachment.Roster{{Structure: "s", Rows: []attachment.Attachment{row, row}}}},
		"no guard":          {Guards: []storage.Guard{nil}},
	} {
		if err := put(t, memory.New(), b); !errors.Is(err, memory.ErrBatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRowsOfOneBatchMaySwapTheirUniqueKeys(t *testing.T) {
	login := func(s string) account.Login {
		l, err := account.ParseLogin(s)
		if err != nil {
			t.Fatal(err)
		}

		return l
	}
	anne, jean := login("anne@example.fr"), login("jean@example.fr")

	s := memory.New()

	if err := put(t, s, storage.Batch{Accounts: []account.Account{{ID: "1", Login: anne}, {ID: "2", Login: jean}}}); err != nil {
		t.Fatal(err)
	}

	if err := put(t, s, storage.Batch{Accounts: []account.Account{
		{ID: "1", Version: 1, Login: jean}, {ID: "2", Version: 1, Login: anne},
	}}); err != nil {
		t.Fatal(err)
	}

	for key, want := range map[string]account.ID{"anne@example.fr": "2", "jean@example.fr": "1"} {
		if got, err := s.AccountByLogin(t.Context(), key); err != nil || got.ID != want {
			t.Errorf("%s: %s, %v", key, got.ID, err)
		}
	}
}

func TestAccountsWithoutLoginAreNoneOfEachOther(t *testing.T) {
	s := memory.New()

	if err := put(t, s, storage.Batch{Accounts: []account.Account{
		{ID: "1", State: account.Closed}, {ID: "2", State: account.Closed},
	}}); err != nil {
		t.Fatal(err)
	}

	if _, err := s.AccountByLogin(t.Context(), ""); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("no login: %v", err)
	}
}

func TestS10_TimesAreKeptAsADatabaseKeepsThem(t *testing.T) {
	moment := time.Date(2026, time.March, 1, 12, 0, 0, 123456789, time.FixedZone("CET", 3600))
	want := time.Date(2026, time.March, 1, 11, 0, 0, 123456000, time.UTC)

	s := memory.New()

	if err := put(t, s, storage.Batch{
		Structures: []structure.Structure{{ID: "s", CreatedAt: moment}},
		Rosters: []attachment.Roster{{
			Structure: "s", Claim: attachment.Claim{Term: moment},
			Rows: []attachment.Attachment{{
				Key: attachment.Key{Account: "a"}, State: attachment.Attached, Decision: attachment.Decision{At: moment},
				Grants: []attachment.Grant{{Profile: habilitation.Manage, At: moment}},
			}},
		}},
	}); err != nil {
		t.Fatal(err)
	}

	got, err := s.Roster(t.Context(), storage.RosterQuery{Structure: "s", Accounts: []account.ID{"a"}})
	if err != nil {
		t.Fatal(err)
	}

	row := got.Roster.Rows[0]

	for name, at := range map[string]time.Time{
		"a structure's": got.Facts.Structure.CreatedAt, "a head's": got.Roster.Claim.Term, "a row's": row.Decision.At,
		"a grant's": row.Grants[0].At,
	} {
		if at != want { // the zone counts too
			t.Errorf("%s: %v", name, at)
		}
	}

	if !row.Since.IsZero() {
		t.Errorf("the zero time: %v", row.Since)
	}
}

func TestS13_ForeignCursorsAreRefused(t *testing.T) {
	s := memory.New()

	if err := put(t, s, storage.Batch{Messages: []storage.Message{
		{ID: "1", State: storage.Queued}, {ID: "2", State: storage.Queued},
	}}); err != nil {
		t.Fatal(err)
	}

	page, err := s.Page(t.Context(), storage.DueMessages{Window: storage.Window{Limit: 1}})
	if err != nil || page.Next == "" {
		t.Fatal(page, err)
	}

	for _, after := range []string{page.Next, "?", "bm9uZQ"} {
		q := storage.DueRows{Window: storage.Window{After: after}}
		if _, err := s.Page(t.Context(), q); !errors.Is(err, storage.ErrAfter) {
			t.Errorf("%q: %v", after, err)
		}
	}
}

// The cost of a slice does not grow with the roster (sentence 8): it allocates as much in a roster of three as in one
// of thousands.
func TestS8_ASliceOfALargeRosterCostsWhatASmallOneDoes(t *testing.T) {
	allocations := func(people int) float64 {
		s := memory.New()
		roster := attachment.Roster{Structure: "s"}
		b := storage.Batch{Structures: []structure.Structure{{ID: "s"}}}

		for i := range people {
			id := account.ID(time.Duration(i).String())
			roster.Rows = append(roster.Rows, attachment.Attachment{
				Key: attachment.Key{Account: id}, State: attachment.Requested, Order: int64(i),
			})
			b.Registrations = append(b.Registrations, account.Registration{ID: id, State: account.AwaitingApproval})
		}

		b.Rosters = []attachment.Roster{roster}

		if err := put(t, s, b); err != nil {
			t.Fatal(err)
		}

		return testing.AllocsPerRun(10, func() {
			if _, err := s.Roster(t.Context(), storage.RosterQuery{Structure: "s", Accounts: []account.ID{"2ns"}}); err != nil {
				t.Fatal(err)
			}
		})
	}

	small, large := allocations(attachment.QueueLength+1), allocations(5000)
	if large > small+5 {
		t.Errorf("%v allocations in a small roster, %v in a large one", small, large)
	}
}

func TestS5_NewRowsMayTakeWhatOthersGiveUp(t *testing.T) {
	s, logins := memory.New(), make([]account.Login, 4)

	for i := range logins {
		var err error
		if logins[i], err = account.ParseLogin(string(rune('a'+i)) + "@example.fr"); err != nil {
			t.Fatal(err)
		}
	}

	if err := put(t, s, storage.Batch{Accounts: []account.Account{
		{ID: "0", Login: logins[0]}, {ID: "1", Login: logins[1]}, {ID: "2", Login: logins[2]},
	}}); err != nil {
		t.Fatal(err)
	}

	// Three go round, of which one leaves the circle and a new one enters it.
	turn := []account.Account{
		{ID: "3", Login: logins[0]},
		{ID: "0", Version: 1, Login: logins[1]},
		{ID: "1", Version: 1, Login: logins[2]},
		{ID: "2", Version: 1, Login: logins[3]},
	}
	if err := put(t, s, storage.Batch{Accounts: turn}); err != nil {
		t.Fatal(err)
	}

	for _, want := range turn {
		if got, err := s.AccountByLogin(t.Context(), want.Login.Key()); err != nil || got.ID != want.ID {
			t.Errorf("%s: %s, %v", want.Login, got.ID, err)
		}
	}
}
