package storagetest_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
	"github.com/guichet-pro/guichet/structure"
)

type (
	fn     = func(context.Context, storage.Reader) (storage.Batch, error)
	update = func(ctx context.Context, s *memory.Store, f fn) error
)

// broken is a store that is wrong in one way: in how it reads, or in how it writes.
type broken struct {
	storage.Reader

	store  *memory.Store
	read   func(storage.Reader) storage.Reader
	update update
}

func (b broken) Update(ctx context.Context, f fn) error {
	return b.update(ctx, b.store, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		return f(ctx, b.read(r))
	})
}

func writes(u update) func() storage.Store {
	return func() storage.Store {
		s := memory.New()

		return broken{Reader: s, store: s, read: func(r storage.Reader) storage.Reader { return r }, update: u}
	}
}

func reads(read func(storage.Reader) storage.Reader) func() storage.Store {
	return func() storage.Store {
		s := memory.New()

		return broken{Reader: read(s), store: s, read: read, update: func(ctx context.Context, s *memory.Store, f fn) error {
			return s.Update(ctx, f)
		}}
	}
}

// tampers is a store that changes each batch before it writes it.
func tampers(tamper func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch) func() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			b, err := f(ctx, r)

			return tamper(ctx, r, storagetest.Clone(b)), err
		})
	})
}

// answers is a store that writes rightly and says something else.
func answers(answer func(b storage.Batch, err error) error) func() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		var b storage.Batch

		err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			var err error
			b, err = f(ctx, r)

			return b, err
		})

		return answer(b, err)
	})
}

// mends is a store that, when it cannot write a batch, writes something else of it.
func mends(able func(err error) bool, mend func(storage.Batch) storage.Batch) func() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		var b storage.Batch

		err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			var err error
			b, err = f(ctx, r)

			return b, err
		})
		if !able(err) {
			return err
		}

		return put(ctx, s, mend(storagetest.Clone(b)))
	})
}

func ignores(key storage.UniqueKey, mend func(*storage.Batch)) func() storage.Store {
	return mends(func(err error) bool { return storage.Exists(err, key) }, func(b storage.Batch) storage.Batch {
		mend(&b)

		return b
	})
}

func put(ctx context.Context, s *memory.Store, b storage.Batch) error {
	return s.Update(ctx, func(context.Context, storage.Reader) (storage.Batch, error) { return b, nil })
}

// locks is a store with one lock around everything.
func locks(update func(mu *sync.Mutex, run func() error) error) func() storage.Store {
	return func() storage.Store {
		var mu sync.Mutex

		return writes(func(ctx context.Context, s *memory.Store, f fn) error {
			return update(&mu, func() error { return s.Update(ctx, f) })
		})()
	}
}

// lastWriteWins writes whatever comes under the version that is stored.
func lastWriteWins() storage.Store {
	var mu sync.Mutex

	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		mu.Lock()
		defer mu.Unlock()

		b.Guards = nil

		return put(ctx, s, withStoredVersions(ctx, s, b))
	})()
}

// withStoredVersions gives each row the version that is stored.
func withStoredVersions(ctx context.Context, s storage.Reader, b storage.Batch) storage.Batch {
	b = storagetest.Clone(b)

	for i, row := range b.Structures {
		stored, _ := s.Structure(ctx, row.ID)
		b.Structures[i].Version = stored.Version
	}

	for i, row := range b.Services {
		slice, _ := s.Roster(ctx, storage.RosterQuery{
			Structure: row.Structure, Services: []structure.Code{row.Code},
		})
		b.Services[i].Version = slice.Facts.Services[row.Code].Version
	}

	for i, row := range b.Registrations {
		stored, _ := s.Registration(ctx, row.ID)
		b.Registrations[i].Version = stored.Version
	}

	for i, row := range b.Accounts {
		stored, _ := s.Account(ctx, row.ID)
		b.Accounts[i].Version = stored.Version
	}

	for i, row := range b.Credentials {
		stored, _ := s.Credential(ctx, row.Account)
		b.Credentials[i].Version = stored.Version
	}

	for i, row := range b.Attempts {
		stored, _ := s.Attempts(ctx, row.Key)
		b.Attempts[i].Version = stored.Version
	}

	for i, row := range b.Links {
		stored, _ := s.Link(ctx, row.Selector)
		b.Links[i].Version = stored.Version
	}

	for i, row := range b.Rosters {
		slice, _ := s.Roster(ctx, storage.RosterQuery{Structure: row.Structure})
		b.Rosters[i].Version = slice.Roster.Version
	}

	for i, row := range b.Messages {
		stored, _ := s.Message(ctx, row.ID)
		b.Messages[i].Version = stored.Version
	}

	return b
}

// inPieces writes the messages, and then the rest.
func inPieces(ctx context.Context, s *memory.Store, f fn) error {
	var b storage.Batch

	err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		var err error
		b, err = f(ctx, r)

		return storage.Batch{Messages: b.Messages}, err
	})
	if err != nil {
		return err
	}

	b.Messages = nil

	return put(ctx, s, b)
}

func commitsInSpiteOfErrors(ctx context.Context, s *memory.Store, f fn) error {
	var refused error

	err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		var b storage.Batch
		b, refused = f(ctx, r)

		return b, nil
	})

	return cmp.Or(refused, err)
}

func retries(ctx context.Context, s *memory.Store, f fn) error {
	for range 5 {
		if err := s.Update(ctx, f); !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}

	return s.Update(ctx, f)
}

// elsewhere runs fn in a goroutine of its own.
func elsewhere(ctx context.Context, s *memory.Store, f fn) error {
	err := errors.New("ended")
	done := make(chan struct{})

	go func() {
		defer close(done)

		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()

		err = s.Update(ctx, f)
	}()
	<-done

	return err
}

func cancelledAfterTheCommit(ctx context.Context, s *memory.Store, f fn) error {
	if err := s.Update(context.WithoutCancel(ctx), func(_ context.Context, r storage.Reader) (storage.Batch, error) {
		return f(ctx, r)
	}); err != nil {
		return err
	}

	return ctx.Err()
}

// keeper keeps the structures that a batch brought in, or that somebody read, and gives them to whoever reads.
type keeper struct {
	storage.Reader

	mu   *sync.Mutex
	kept map[structure.ID]structure.Structure
}

func (k keeper) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	got, err := k.Reader.Structure(ctx, id)
	if err != nil {
		return got, err
	}

	k.mu.Lock()
	defer k.mu.Unlock()

	if kept, ok := k.kept[id]; ok && kept.Version == got.Version {
		return kept, nil
	}

	k.kept[id] = got

	return got, nil
}

func keepsWhatIsRead() storage.Store {
	k := keeper{mu: new(sync.Mutex), kept: map[structure.ID]structure.Structure{}}

	return reads(func(r storage.Reader) storage.Reader { return keeper{r, k.mu, k.kept} })()
}

func keepsWhatIsWritten() storage.Store {
	s := memory.New()
	k := keeper{s, new(sync.Mutex), map[structure.ID]structure.Structure{}}

	return broken{Reader: k, store: s, read: func(r storage.Reader) storage.Reader { return r }, update: func(
		ctx context.Context, s *memory.Store, f fn,
	) error {
		return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			b, err := f(ctx, r)

			k.mu.Lock()
			defer k.mu.Unlock()

			for _, row := range b.Structures {
				row.Version++
				k.kept[row.ID] = row
			}

			return b, err
		})
	}}
}

// keepsLinks keeps the address of a link.
func keepsLinks() storage.Store {
	var addresses sync.Map

	s := memory.New()

	return broken{
		Reader: messages{s, func(m storage.Message) storage.Message {
			if link, ok := addresses.Load(m.ID); ok {
				m.Content.Link, _ = link.(string)
			}

			return m
		}},
		store: s, read: func(r storage.Reader) storage.Reader { return r },
		update: func(ctx context.Context, s *memory.Store, f fn) error {
			return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
				b, err := f(ctx, r)
				for _, m := range b.Messages {
					addresses.Store(m.ID, m.Content.Link)
				}

				return b, err
			})
		},
	}
}

// messages changes messages on the way out.
type messages struct {
	storage.Reader

	change func(storage.Message) storage.Message
}

func (r messages) Message(ctx context.Context, id string) (storage.Message, error) {
	m, err := r.Reader.Message(ctx, id)

	return r.change(m), err
}

// houses changes structures on the way out.
type houses struct {
	storage.Reader

	change func(structure.Structure, error) (structure.Structure, error)
}

func (r houses) Structure(ctx context.Context, id structure.ID) (structure.Structure, error) {
	return r.change(r.Reader.Structure(ctx, id))
}

// slices of rosters are changed on the way out, or asked for otherwise.
type rosters struct {
	storage.Reader

	ask    func(storage.RosterQuery) storage.RosterQuery
	change func(storage.RosterQuery, storage.Slice, error) (storage.Slice, error)
}

func (r rosters) Roster(ctx context.Context, q storage.RosterQuery) (storage.Slice, error) {
	asked := q
	if r.ask != nil {
		asked = r.ask(q)
	}

	s, err := r.Reader.Roster(ctx, asked)
	if r.change != nil {
		return r.change(q, s, err)
	}

	return s, err
}

func slicesWith(change func(storage.RosterQuery, *storage.Slice)) func() storage.Store {
	return reads(func(r storage.Reader) storage.Reader {
		return rosters{Reader: r, change: func(q storage.RosterQuery, s storage.Slice, err error) (storage.Slice, error) {
			change(q, &s)

			return s, err
		}}
	})
}

// wholeRosters takes what was written last for the whole roster.
func wholeRosters() storage.Store {
	var (
		mu    sync.Mutex
		named = map[structure.ID]map[attachment.Key]bool{}
	)

	s := slicesWith(func(q storage.RosterQuery, s *storage.Slice) {
		mu.Lock()
		defer mu.Unlock()

		s.Roster = s.Roster.Only(named[q.Structure])
	})().(broken)

	s.update = func(ctx context.Context, s *memory.Store, f fn) error {
		return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			b, err := f(ctx, r)

			mu.Lock()
			defer mu.Unlock()

			for _, r := range b.Rosters {
				named[r.Structure] = map[attachment.Key]bool{}
				for _, row := range r.Rows {
					named[r.Structure][row.Key] = true
				}
			}

			return b, err
		})
	}

	return s
}

// staleHeads gives the head of one reading with the rows of the next.
func staleHeads() storage.Store {
	var (
		mu   sync.Mutex
		last = map[structure.ID]int64{}
	)

	return slicesWith(func(q storage.RosterQuery, s *storage.Slice) {
		mu.Lock()
		defer mu.Unlock()

		is := s.Roster.Version
		if stale, ok := last[q.Structure]; ok {
			s.Roster.Version = stale
		}

		last[q.Structure] = is
	})()
}

// mergesGrants adds grants and takes none away.
func mergesGrants(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
	for _, roster := range b.Rosters {
		for i, row := range roster.Rows {
			slice, _ := r.Roster(ctx, storage.RosterQuery{
				Structure: roster.Structure, Accounts: []account.ID{row.Account},
			})
			old, _ := slice.Roster.Row(row.Key)
			grants := slices.Concat(row.Grants, old.Grants)
			slices.SortStableFunc(grants, func(a, b attachment.Grant) int { return a.Profile.Compare(b.Profile) })
			roster.Rows[i].Grants = slices.CompactFunc(grants, func(a, b attachment.Grant) bool {
				return a.Profile == b.Profile
			})
		}
	}

	return b
}

// forgetful reads accounts and links wrongly.
type forgetful struct{ storage.Reader }

func (f forgetful) Memberships(ctx context.Context, id account.ID) (storage.Memberships, error) {
	m, err := f.Reader.Memberships(ctx, id)
	m.Rows = slices.DeleteFunc(m.Rows, func(row storage.Membership) bool {
		return row.Attachment.State == attachment.Suspended
	})

	return m, err
}

func (f forgetful) Links(ctx context.Context, id account.ID, p account.Purpose) ([]account.Link, error) {
	links, err := f.Reader.Links(ctx, id, p)
	slices.Reverse(links)

	return links, err
}

func (f forgetful) Journaled(ctx context.Context, operation string) (int, error) {
	_, err := f.Reader.Journaled(ctx, operation)

	return 1, err
}

// lister makes lists of its own, with cursors that count rows.
type lister struct {
	storage.Reader

	change func(q storage.Query, rows []any) (storage.Query, []any)
	cap    int
}

func relist(change func(q storage.Query, rows []any) []any) func() storage.Store {
	return reads(func(r storage.Reader) storage.Reader {
		return lister{Reader: r, cap: storage.CountCap, change: func(q storage.Query, rows []any) (storage.Query, []any) {
			return q, change(q, rows)
		}}
	})
}

// unfiltered is a store that reads other lists than it is asked for.
func unfiltered(change func(storage.Query) storage.Query) func() storage.Store {
	return reads(func(r storage.Reader) storage.Reader { return asker{Reader: r, change: change} })
}

type asker struct {
	storage.Reader

	change func(storage.Query) storage.Query
}

func (a asker) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	return a.Reader.Page(ctx, a.change(q))
}

func (l lister) Page(ctx context.Context, q storage.Query) (storage.Page, error) {
	rows, err := l.everything(ctx, q)
	if err != nil {
		return storage.Page{}, err
	}

	_, rows = l.change(q, rows)
	w := q.Bounds()
	from, _ := strconv.Atoi(w.After)
	from = min(from, len(rows))
	to := min(from+w.Limit, len(rows))
	page := storage.Page{Rows: rows[from:to]}

	if to < len(rows) {
		page.Next = strconv.Itoa(to)
	}

	if w.Counted {
		page.Count = min(len(rows), l.cap)
	}

	return page, nil
}

// everything reads a whole list.
func (l lister) everything(ctx context.Context, q storage.Query) ([]any, error) {
	var out []any

	w := storage.Window{Limit: storage.MaxLimit}

	for {
		page, err := l.Reader.Page(ctx, within(q, w))
		if err != nil {
			return nil, err
		}

		out = append(out, page.Rows...)

		if w.After = page.Next; w.After == "" {
			return out, nil
		}
	}
}

// within is a query with another window.
func within(q storage.Query, w storage.Window) storage.Query {
	out := reflect.New(reflect.TypeOf(q)).Elem()
	out.Set(reflect.ValueOf(q))
	out.FieldByName("Window").Set(reflect.ValueOf(w))

	return out.Interface().(storage.Query)
}

// defect is a way to be wrong, and cases that must find it.
type defect struct {
	name     string
	newStore func() storage.Store
	caught   []string
}

// named tells whether the defect names a case among those that must find it.
func (d defect) named(c storagetest.Case) bool { return slices.Contains(d.caught, c.Name) }

// suspected tells whether the defect is tried with a case: with all but those that hidden defects prove, for which it
// must name them.
func (d defect) suspected(c storagetest.Case) bool {
	return d.named(c) || !slices.ContainsFunc(hidden(), func(h defect) bool {
		return slices.Contains(h.caught, strings.TrimPrefix(c.Name, inTransaction))
	})
}

// hidden are defects that most cases do not see. They are tried with the cases that must find them, and no others:
// there are many of them.
func hidden() []defect {
	return slices.Concat(guardDefects(), keyDefects(), freshDefects(), valueDefects(), manyDefects(), memoryDefects(), rosterDefects(), listDefects(), besideDefects(), holeDefects(),
		fieldDefects(), peopleDefects(), estateDefects(), pastDefects(), memberDefects(), wishDefects(), attemptDefects(), secretDefects(), wholeDefects())
}

func swapsOf(kinds ...string) []string {
	var out []string
	for _, kind := range kinds {
		out = append(out, "S4_CompareAndSwap"+kind)
	}

	return out
}

func defects() []defect {
	everyRow := swapsOf("Structure", "Service", "Registration", "Account", "Credential", "Attempts", "Link", "Roster", "Message")
	everyGuard := []string{"S4_GuardAccount", "S4_GuardStructure", "S4_GuardService", "S4_GuardRoster"}

	return []defect{
		{
			"a commit that failed is told as success",
			answers(func(_ storage.Batch, err error) error {
				if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists) {
					return nil
				}

				return err
			}),
			slices.Concat(everyRow, everyGuard, []string{
				"S2_LastRowConflicts", "S4_D2_VersionsAreExactlyOneToN", "S5_B2_LoginIsUnique", "S5_C1_OneRowUnderRace",
				"C1_D1_FirstCreatorRace", "D5_ApproveRace", "S4_GuardsHoldUnderRace",
			}),
		},
		{
			"no compare and swap", lastWriteWins,
			slices.Concat(everyRow, everyGuard, []string{"S4_D2_VersionsAreExactlyOneToN", "S4_GuardsHoldUnderRace", "D5_ApproveRace"}),
		},
		{
			"guards are ignored",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				b.Guards = nil

				return b
			}),
			append(everyGuard, "S4_GuardsHoldUnderRace"),
		},
		{
			"no unique login", ignores(storage.KeyLogin, func(b *storage.Batch) { b.Accounts = nil }),
			[]string{"S5_B2_LoginIsUnique", "S2_LastRowConflicts"},
		},
		{
			"no unique identity", ignores(storage.KeyIdentity, func(b *storage.Batch) { b.Structures = nil }),
			[]string{"S5_C1_IdentityIsUnique", "S5_C1_OneRowUnderRace"},
		},
		{
			"no unique selector", ignores(storage.KeySelector, func(b *storage.Batch) { b.Links = nil }),
			[]string{"S5_B7_SelectorIsUnique"},
		},
		{
			"no unique journal entry", ignores(storage.KeyJournal, func(b *storage.Batch) { b.Journal = nil }),
			[]string{"S5_D11_JournalEntryIsUnique"},
		},
		{
			"a link's place is told as a unique key",
			answers(func(b storage.Batch, err error) error {
				if errors.Is(err, storage.ErrConflict) && len(b.Links) > 0 {
					return &storage.ExistsError{Key: storage.KeySelector}
				}

				return err
			}),
			[]string{"S5_B7_LinkPlaceIsALostRace"},
		},
		{
			"registrations are unique by login",
			tampers(func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
				seen := map[string]bool{}
				b.Registrations = slices.DeleteFunc(b.Registrations, func(reg account.Registration) bool {
					doubled := seen[reg.Login.Key()]
					seen[reg.Login.Key()] = true

					return doubled
				})

				return b
			}),
			[]string{"B11_RegistrationsShareALogin"},
		},
		{
			"a unique key is told as a lost race",
			answers(func(_ storage.Batch, err error) error {
				if errors.Is(err, storage.ErrExists) {
					return storage.ErrConflict
				}

				return err
			}),
			[]string{"S5_B2_LoginIsUnique", "S5_C1_IdentityIsUnique", "S5_B7_SelectorIsUnique", "S5_D11_JournalEntryIsUnique"},
		},
		{
			"an error shows the value of a unique key",
			answers(func(b storage.Batch, err error) error {
				if errors.Is(err, storage.ErrExists) {
					return fmt.Errorf("%w: %+v %+v", err, b.Accounts, b.Structures)
				}

				return err
			}),
			[]string{"S5_B2_LoginIsUnique", "S5_C1_IdentityIsUnique"},
		},
		{
			"errors are texts",
			answers(func(_ storage.Batch, err error) error {
				if err != nil {
					return errors.New(err.Error())
				}

				return nil
			}),
			[]string{"S1_ErrorRollsBack", "S4_CompareAndSwapRoster", "S12_CancelledInFn"},
		},
		{"batches are applied in pieces", writes(inPieces), []string{"S2_LastRowConflicts"}},
		{"the batch is applied in spite of an error", writes(commitsInSpiteOfErrors), []string{"S1_ErrorRollsBack"}},
		{
			"the messages are forgotten",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				b.Messages = nil

				return b
			}),
			[]string{"S2_NilMeansCommitted", "S4_D2_VersionsAreExactlyOneToN", "S7_F1_NoTornState", "C1_D1_FirstCreatorRace"},
		},
		{
			"an empty batch is an error",
			answers(func(b storage.Batch, err error) error {
				if err == nil && b.Empty() {
					return storage.ErrConflict
				}

				return err
			}),
			[]string{"S2_EmptyBatchSucceeds"},
		},
		{"fn runs again", writes(retries), []string{"S1_FnRunsOnce"}},
		{"fn runs in another goroutine", writes(elsewhere), []string{"S1_PanicRollsBack", "S1_GoexitRollsBack"}},
		{
			"the lock is kept when fn does not return",
			locks(func(mu *sync.Mutex, run func() error) error {
				mu.Lock()
				err := run()
				mu.Unlock()

				return err
			}),
			[]string{"S1_PanicRollsBack", "S1_GoexitRollsBack"},
		},
		{
			"who waits cannot go away",
			locks(func(mu *sync.Mutex, run func() error) error {
				mu.Lock()
				defer mu.Unlock()

				return run()
			}),
			[]string{"S12_CancelledWhileQueued"},
		},
		{
			"cancellation is lost",
			writes(func(ctx context.Context, s *memory.Store, f fn) error {
				return s.Update(context.WithoutCancel(ctx), f)
			}),
			[]string{"S12_CancelledBefore", "S12_CancelledInFn", "S12_CancelledWhileQueued"},
		},
		{
			"a caller who went away is told nothing was written", writes(cancelledAfterTheCommit),
			[]string{"S12_CancelledInFn", "S12_CancelledAmongOthers"},
		},
		{
			"times lose their microseconds",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, m := range b.Messages {
					b.Messages[i].CreatedAt = m.CreatedAt.Truncate(time.Millisecond)
				}

				return b
			}),
			[]string{"S10_EveryFieldComesBack"},
		},
		{
			"times are local",
			reads(func(r storage.Reader) storage.Reader {
				return messages{r, func(m storage.Message) storage.Message {
					m.CreatedAt = m.CreatedAt.In(time.FixedZone("CET", 3600))

					return m
				}}
			}),
			[]string{"S10_EveryFieldComesBack"},
		},
		{
			"the zero time is 1970",
			reads(func(r storage.Reader) storage.Reader {
				return messages{r, func(m storage.Message) storage.Message {
					if m.DoneAt.IsZero() {
						m.DoneAt = time.Unix(0, 0).UTC()
					}

					return m
				}}
			}),
			[]string{"S10_ZeroTimesComeBackZero"},
		},
		{
			"a field is forgotten on update",
			tampers(func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
				for i, row := range b.Credentials {
					if old, err := r.Credential(ctx, row.Account); err == nil {
						b.Credentials[i].Answer, b.Credentials[i].Question = old.Answer, old.Question
					}
				}

				return b
			}),
			[]string{"S10_EveryFieldComesBack"},
		},
		{
			"a state is taken for another",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, m := range b.Messages {
					if m.State == storage.Expanded {
						b.Messages[i].State = storage.Sent
					}
				}

				return b
			}),
			[]string{"S10_EveryStateComesBack"},
		},
		{
			"trailing spaces are cut off",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, m := range b.Messages {
					b.Messages[i].LastError = strings.TrimRight(m.LastError, " \u00a0")
				}

				return b
			}),
			[]string{"S10_TextsByteForByte"},
		},
		{
			"keys are compared without case",
			reads(func(r storage.Reader) storage.Reader { return caseless{r} }),
			[]string{"S10_TextsByteForByte"},
		},
		{"the store shares memory with batches", keepsWhatIsWritten, []string{"S11_BatchSharesNoMemory"}},
		{"the store shares memory with readers", keepsWhatIsRead, []string{"S11_ReaderSharesNoMemory"}},
		{"the address of a link is stored", keepsLinks, []string{"G5_LinkAddressIsNotStored"}},
		{
			"what is written of a roster is taken for the whole", wholeRosters,
			[]string{"S6_RowsNotNamedStay"},
		},
		{"grants are added to", tampers(mergesGrants), []string{"S6_E4_GrantsAreReplaced"}},
		{
			"the queue is stored",
			slicesWith(func(_ storage.RosterQuery, s *storage.Slice) {
				s.Roster.Queue = append(s.Roster.Queue, "jean")
			}),
			[]string{"S6_QueueIsNotStored", "Roster_D1_Queue"},
		},
		{
			"a holder without a row is let through",
			mends(func(err error) bool { return errors.Is(err, memory.ErrBatch) }, func(b storage.Batch) storage.Batch {
				for i := range b.Rosters {
					b.Rosters[i].Holder = ""
				}

				return b
			}),
			[]string{"S6_D2_HolderHasARow", "S2_LastRowConflicts"},
		},
		{"head and rows are read one after the other", staleHeads, []string{"S7_F1_NoTornState"}},
		{
			"the services asked for are not among the facts",
			reads(func(r storage.Reader) storage.Reader {
				return rosters{Reader: r, ask: func(q storage.RosterQuery) storage.RosterQuery {
					q.Services = nil

					return q
				}}
			}),
			[]string{"Roster_Slice", "Roster_SliceOfAnEmptyRoster"},
		},
		{
			"the whole roster is read",
			reads(func(r storage.Reader) storage.Reader {
				return rosters{Reader: r, ask: func(q storage.RosterQuery) storage.RosterQuery {
					q.Accounts = append(slices.Clone(q.Accounts), "bystander")

					return q
				}}
			}),
			[]string{"Roster_Slice"},
		},
		{
			"the queue does not look at the time",
			reads(func(r storage.Reader) storage.Reader {
				return rosters{Reader: r, ask: func(q storage.RosterQuery) storage.RosterQuery {
					q.At = time.Time{}

					return q
				}}
			}),
			[]string{"Roster_D1_Queue"},
		},
		{
			"the newest of a login is not looked for",
			slicesWith(func(_ storage.RosterQuery, s *storage.Slice) { s.Newest = "" }),
			[]string{"Roster_B14_Newest"},
		},
		{
			"suspended attachments, the order of links and the try are forgotten",
			reads(func(r storage.Reader) storage.Reader { return forgetful{r} }),
			[]string{"Memberships_E7", "Links_B7_Newest", "S2_NilMeansCommitted"},
		},
		{
			"a row that is not there is an empty one",
			reads(func(r storage.Reader) storage.Reader {
				return houses{r, func(s structure.Structure, _ error) (structure.Structure, error) { return s, nil }}
			}),
			[]string{"S15_NotFound"},
		},
		{
			"lists are in the wrong order",
			relist(func(_ storage.Query, rows []any) []any {
				slices.Reverse(rows)

				return rows
			}),
			everyMainList(),
		},
		{
			"lists show what has lapsed",
			unfiltered(func(q storage.Query) storage.Query {
				if q, ok := q.(storage.OpenRequests); ok {
					q.At = time.Time{}

					return q
				}

				return q
			}),
			[]string{"S13_OpenRequests"},
		},
		{
			"lists lack their last row",
			relist(func(_ storage.Query, rows []any) []any { return rows[:max(0, len(rows)-1)] }),
			everyMainList(),
		},
		{
			"cursors count rows",
			relist(func(_ storage.Query, rows []any) []any { return rows }),
			[]string{"S13_DueMessagesWhileRowsChange"},
		},
		{
			"everything is counted",
			reads(func(r storage.Reader) storage.Reader {
				return lister{Reader: r, cap: 1 << 30, change: func(q storage.Query, rows []any) (storage.Query, []any) {
					return q, rows
				}}
			}),
			[]string{"S13_DueMessagesLimitsAndCounts"},
		},
	}
}

// caseless finds messages whatever the case of their id.
type caseless struct{ storage.Reader }

func (c caseless) Message(ctx context.Context, id string) (storage.Message, error) {
	if m, err := c.Reader.Message(ctx, strings.ToLower(id)); err == nil {
		return m, nil
	}

	return c.Reader.Message(ctx, id)
}
