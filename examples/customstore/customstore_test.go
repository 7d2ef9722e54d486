package customstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/storagetest"
	"github.com/guichet-pro/guichet/structure"

	"example.com/guichet-examples/customstore"
)

func open(t *testing.T, opts *bbolt.Options) *customstore.Store {
	t.Helper()

	s, err := customstore.Open(filepath.Join(t.TempDir(), "guichet.bolt"), opts)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = s.Close() })

	return s
}

// TestStore is all that the contract asks for. A batch cannot join a transaction of database/sql here, and bbolt locks
// its file, so that no second process can open it.
func TestStore(t *testing.T) {
	empty := func(t *testing.T) storage.Store {
		t.Helper()

		return open(t, nil)
	}

	storagetest.Run(t, empty, &storagetest.Options{
		Lacks:    []storagetest.Capability{storagetest.Joining, storagetest.Reopening},
		Sabotage: sabotage,
	})
}

// sabotage stands for a disk that fails: bbolt reports an error for all three.
func sabotage(s storage.Store, how storagetest.Sabotage) error {
	store, ok := s.(*customstore.Store)
	if !ok {
		return fmt.Errorf("a %T cannot be broken", s)
	}

	store.NextCommit(func(tx *bbolt.Tx) error {
		broken := errors.New("input/output error")

		if how == storagetest.LostAfter { // the last sync failed
			return errors.Join(tx.Commit(), broken)
		}

		return errors.Join(tx.Rollback(), broken)
	})

	return nil
}

func TestS2_CommitOnABrokenFileIsUncertain(t *testing.T) {
	var file *os.File

	s := open(t, &bbolt.Options{OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		var err error
		file, err = os.OpenFile(name, flag, mode)

		return file, err
	}})

	if err := write(t.Context(), s, "m1"); err != nil {
		t.Fatal(err)
	}

	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	if err := write(t.Context(), s, "m2"); !errors.Is(err, storage.ErrUncertain) {
		t.Errorf("a commit without a file: %v", err)
	}

	if err := write(t.Context(), s, "m1"); !errors.Is(err, storage.ErrConflict) {
		t.Errorf("after it, a batch that loses a race: %v", err)
	}
}

func TestS12_WhoStopsWaitingForTheTurnWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, nil) // a channel of the bubble, so that its clock moves on when all wait for it
		done := s.Turn()

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()

		if err := write(ctx, s, "m1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while another writes: %v", err)
		}

		done()

		if _, err := s.Message(t.Context(), "m1"); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("what it did not write: %v", err)
		}

		if err := write(t.Context(), s, "m2"); err != nil {
			t.Errorf("the next: %v", err)
		}
	})
}

func TestOpen_AFileIsForOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guichet.bolt")

	s, err := customstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}

	if err := write(t.Context(), s, "m1"); err != nil {
		t.Fatal(err)
	}

	if other, err := customstore.Open(path, &bbolt.Options{Timeout: time.Millisecond}); err == nil {
		t.Error("opened twice", other.Close())
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s, err = customstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()

	if m, err := s.Message(t.Context(), "m1"); err != nil || m.Version != 1 {
		t.Errorf("opened again: version %d, %v", m.Version, err)
	}
}

// A decision in a roster of three and in one of thousands reads as much. Reading a row needs memory, so that allocations
// count rows; nobody else's may count with them.
func TestS8_RosterCostsTheSameWhateverItsSize(t *testing.T) {
	cost := func(size int) float64 {
		s, at := open(t, nil), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		house := structure.New("s1", identifier.MustParse(identifier.SIRET, "73282932000074"), at)
		batch := storage.Batch{Structures: []structure.Structure{house}}
		roster := attachment.Roster{Structure: house.ID, Standing: attachment.Vacant}

		for i := range size {
			id := account.ID(fmt.Sprintf("r%05d", i))
			batch.Registrations = append(batch.Registrations, account.Registration{
				ID: id, State: account.AwaitingApproval, Structure: house.ID, Login: account.StoredLogin("a@b.fr", "a@b.fr"), CreatedAt: at,
			})
			roster.Rows = append(roster.Rows, attachment.Attachment{
				Key: attachment.Key{Account: id}, State: attachment.Requested, Order: int64(i + 1), RequestedAt: at,
			})
		}

		batch.Rosters = append(batch.Rosters, roster)

		if err := s.Update(t.Context(), func(context.Context, storage.Reader) (storage.Batch, error) { return batch, nil }); err != nil {
			t.Fatal(err)
		}

		return testing.AllocsPerRun(10, func() {
			slice, err := s.Roster(t.Context(), storage.RosterQuery{Structure: house.ID, Login: "a@b.fr", At: at})
			if err != nil || len(slice.Roster.Queue) != attachment.QueueLength || slice.Newest != batch.Registrations[size-1].ID {
				t.Errorf("%d rows: queue %v, newest %q, %v", size, slice.Roster.Queue, slice.Newest, err)
			}
		})
	}

	if few, many := cost(4), cost(4000); many > few*1.2 {
		t.Errorf("%.0f allocations with four rows, %.0f with four thousand", few, many)
	}
}

// A key of bbolt has no room for a name as long as this, which sentence 10 allows.
func TestC11_AStructureIsFoundByAllOfALongName(t *testing.T) {
	s, at := open(t, nil), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	long := strings.Repeat("x", 40<<10)

	var batch storage.Batch

	for i, code := range []string{"73282932000074", "35600000009075"} {
		house := structure.New(structure.ID(fmt.Sprint("s", i)), identifier.MustParse(identifier.SIRET, code), at)
		house.Sector = structure.Public
		house.Data.LegalName, house.Data.Town = fmt.Sprint(long, i), fmt.Sprint(long, i)
		batch.Structures = append(batch.Structures, house)
		batch.Rosters = append(batch.Rosters, attachment.Roster{Structure: house.ID, Standing: attachment.Vacant})
	}

	if err := s.Update(t.Context(), func(context.Context, storage.Reader) (storage.Batch, error) { return batch, nil }); err != nil {
		t.Fatal(err)
	}

	for want, queries := range map[int][]storage.PublicStructures{
		2: {{}, {Name: "x"}, {Name: long}},
		1: {{Name: long + "0"}, {Town: long + "1"}, {Town: long + "0", Name: long}},
		0: {{Name: long + "2"}, {Town: long}, {Town: long + "0", Name: long + "1"}},
	} {
		for _, q := range queries {
			if page, err := storage.List(t.Context(), s, q); err != nil || len(page.Rows) != want {
				t.Errorf("town of %d, name of %d: %d structures, want %d, %v", len(q.Town), len(q.Name), len(page.Rows), want, err)
			}
		}
	}
}

// FuzzPage gives every list texts that it did not hand out.
func FuzzPage(f *testing.F) {
	f.Add("")         // the beginning
	f.Add("AAAAAA")   // a sum and no place
	f.Add("AAAAAAAA") // a place and a sum that is not its own
	f.Add("?")        // not the alphabet

	s, err := customstore.Open(filepath.Join(f.TempDir(), "guichet.bolt"), nil)
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = s.Close() }()

	f.Fuzz(func(t *testing.T, after string) {
		window := storage.Window{After: after}

		for _, q := range []storage.Query{
			storage.OpenRequests{Window: window},
			storage.DueMessages{Window: window},
			storage.DueRows{Window: window},
			storage.DueRegistrations{Window: window},
			storage.History{Window: window},
			storage.JournalOf{Window: window},
			storage.RegistrationsOf{Window: window},
			storage.RowsOf{Window: window},
			storage.MessagesOf{Window: window},
			storage.Deciders{Window: window},
			storage.UsersOf{Window: window},
			storage.ServicesOf{Window: window},
			storage.PublicStructures{Window: window},
			storage.Unverified{Window: window},
		} {
			if _, err := s.Page(t.Context(), q); (err == nil) != (after == "") || err != nil && !errors.Is(err, storage.ErrAfter) {
				t.Errorf("%T after %q: %v", q, after, err)
			}
		}
	})
}

// TestREADME_CountsLines keeps the table of files true.
func TestREADME_CountsLines(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}

	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}

	var total int

	for _, name := range files {
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}

		if strings.HasSuffix(name, "_test.go") {
			continue
		}

		lines := strings.Count(string(code), "\n")
		total += lines
		counted(t, readme, fmt.Sprintf("`%s`", name), lines)
	}

	counted(t, readme, "together", total)
}

// counted looks for a row of the table: | name | lines | what it does |.
func counted(t *testing.T, readme []byte, name string, lines int) {
	t.Helper()

	row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %s \| %d \|`, regexp.QuoteMeta(name), lines))
	if !row.Match(readme) {
		t.Errorf("README.md does not say that %s has %d lines", name, lines)
	}
}

// write writes a message.
func write(ctx context.Context, s storage.Store, id string) error {
	return s.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) {
		return storage.Batch{Messages: []storage.Message{{ID: id, State: storage.Queued}}}, nil
	})
}
