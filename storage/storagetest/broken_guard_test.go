package storagetest_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/storage/storagetest"
	"github.com/guichet-pro/guichet/structure"
)

var guardKinds = map[string]storage.Guard{
	"Account": storage.AccountAt{}, "Structure": storage.StructureAt{}, "Service": storage.ServiceAt{},
	"Roster": storage.RosterAt{},
}

func casesOfGuards(suffix string) []string {
	var out []string
	for kind := range guardKinds {
		out = append(out, "S4_Guard"+kind+suffix)
	}

	return out
}

// decides runs fn, and returns its batch without writing it.
func decides(ctx context.Context, s *memory.Store, f fn) (storage.Batch, error) {
	var b storage.Batch

	err := s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		var err error
		b, err = f(ctx, r)

		return storage.Batch{}, err
	})

	return storagetest.Clone(b), err
}

// early is a store that looks at some guards before it begins to write, and not again.
func early(guard storage.Guard) func() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		of := func(g storage.Guard) bool { return reflect.TypeOf(g) == reflect.TypeOf(guard) }
		looked := slices.DeleteFunc(slices.Clone(b.Guards), func(g storage.Guard) bool { return !of(g) })

		if err := put(ctx, s, storage.Batch{Guards: looked}); err != nil {
			return err
		}

		for range 20 {
			runtime.Gosched()
		}

		b.Guards = slices.DeleteFunc(b.Guards, of)

		return put(ctx, s, b)
	})
}

// guardsAs is a store that looks at other guards than it is given.
func guardsAs(change func(ctx context.Context, r storage.Reader, guards []storage.Guard) []storage.Guard) func() storage.Store {
	return tampers(func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
		b.Guards = change(ctx, r, b.Guards)

		return b
	})
}

// relied returns a guard's version.
func relied(g storage.Guard) int64 { return reflect.ValueOf(g).FieldByName("Version").Int() }

// version returns the stored version of what a guard names.
func version(ctx context.Context, r storage.Reader, g storage.Guard) int64 {
	switch g := g.(type) {
	case storage.AccountAt:
		row, _ := r.Account(ctx, g.ID)

		return row.Version
	case storage.StructureAt:
		row, _ := r.Structure(ctx, g.ID)

		return row.Version
	case storage.ServiceAt:
		slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: g.Structure, Services: []structure.Code{g.Code}})

		return slice.Facts.Services[g.Code].Version
	case storage.RosterAt:
		slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: g.Structure})

		return slice.Roster.Version
	default:
		return 0
	}
}

func withoutGuards(holds func(stored, relied int64) bool) func() storage.Store {
	return guardsAs(func(ctx context.Context, r storage.Reader, guards []storage.Guard) []storage.Guard {
		return slices.DeleteFunc(guards, func(g storage.Guard) bool { return holds(version(ctx, r, g), relied(g)) })
	})
}

// bumps is a store that writes what a guard names.
func bumps() storage.Store {
	return tampers(func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
		b.Guards = slices.DeleteFunc(b.Guards, func(g storage.Guard) bool {
			if relied(g) != version(ctx, r, g) {
				return false
			}

			switch g := g.(type) {
			case storage.AccountAt:
				row, err := r.Account(ctx, g.ID)
				b.Accounts = append(b.Accounts, row)

				return err == nil
			case storage.StructureAt:
				row, err := r.Structure(ctx, g.ID)
				b.Structures = append(b.Structures, row)

				return err == nil
			case storage.ServiceAt:
				slice, err := r.Roster(ctx, storage.RosterQuery{Structure: g.Structure, Services: []structure.Code{g.Code}})
				b.Services = append(b.Services, slice.Facts.Services[g.Code])

				return err == nil
			case storage.RosterAt:
				slice, err := r.Roster(ctx, storage.RosterQuery{Structure: g.Structure})
				b.Rosters = append(b.Rosters, slice.Roster)

				return err == nil
			}

			return false
		})

		return b
	})()
}

// saysConflict commits, and tells every second writer of a roster with a message that the race was lost.
func saysConflict() storage.Store {
	var commits atomic.Int64

	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		err = put(ctx, s, b)
		if err == nil && len(b.Rosters) == 1 && len(b.Messages) == 1 && commits.Add(1)%2 == 0 {
			return storage.ErrConflict
		}

		return err
	})()
}

// comparesEarly compares versions before it begins to write, and not again.
func comparesEarly() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		refused := errors.New("not written")
		err = s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
			if !reflect.DeepEqual(versions(b), versions(withStoredVersions(ctx, r, b))) {
				return storage.Batch{}, storage.ErrConflict
			}

			return storage.Batch{}, refused
		})
		if !errors.Is(err, refused) {
			return cmpConflict(ctx, s, b, err)
		}

		for range 20 {
			runtime.Gosched()
		}

		for range 1000 {
			if err = put(ctx, s, withStoredVersions(ctx, s, b)); !errors.Is(err, storage.ErrConflict) {
				break
			}
		}

		return err
	})()
}

// cmpConflict lets the store say itself why a batch of other versions is refused: a link's key is a unique key.
func cmpConflict(ctx context.Context, s *memory.Store, b storage.Batch, err error) error {
	if again := put(ctx, s, b); again != nil {
		return again
	}

	return err
}

// versions are the versions of a batch's rows.
func versions(b storage.Batch) []int64 {
	var out []int64

	v := reflect.ValueOf(b)
	for i := range v.NumField() {
		for j := range v.Field(i).Len() {
			row := v.Field(i).Index(j)
			if row.Kind() == reflect.Struct && v.Type().Field(i).Name != "Journal" {
				out = append(out, row.FieldByName("Version").Int())
			}
		}
	}

	return out
}

// atLeast swaps rows whose version is not past.
func atLeast(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
	stored := withStoredVersions(ctx, r, b)
	is, read := reflect.ValueOf(&stored).Elem(), reflect.ValueOf(&b).Elem()

	for i := range read.NumField() {
		if read.Type().Field(i).Name == "Journal" {
			continue
		}

		for j := range read.Field(i).Len() {
			if row := read.Field(i).Index(j); row.Kind() == reflect.Struct {
				has, wants := is.Field(i).Index(j).FieldByName("Version"), row.FieldByName("Version")
				if has.Int() > 0 && wants.Int() > has.Int() {
					wants.SetInt(has.Int())
				}
			}
		}
	}

	return b
}

func guardDefects() []defect {
	everyGuard := casesOfGuards("")

	out := []defect{
		{
			"a guard holds while the row is not older",
			withoutGuards(func(stored, relied int64) bool { return relied > 0 && stored >= relied }), everyGuard,
		},
		{
			"a guard holds while the row is not newer",
			withoutGuards(func(stored, relied int64) bool { return stored > 0 && relied >= stored }), everyGuard,
		},
		{
			"a guard of version 0 holds where there is no row",
			withoutGuards(func(stored, relied int64) bool { return stored == 0 && relied == 0 }), everyGuard,
		},
		{
			"a guard of version 0 is none",
			withoutGuards(func(_, relied int64) bool { return relied == 0 }), everyGuard,
		},
		{
			"guards of rows that are not there are passed over",
			withoutGuards(func(stored, _ int64) bool { return stored == 0 }), everyGuard,
		},
		{
			"a batch of guards alone is taken for an empty one",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				rows := b
				if rows.Guards = nil; rows.Empty() {
					return rows
				}

				return b
			}),
			everyGuard,
		},
		{
			"only the first guard is looked at",
			guardsAs(func(_ context.Context, _ storage.Reader, guards []storage.Guard) []storage.Guard {
				return guards[:min(1, len(guards))]
			}),
			append(casesOfGuards(""), "S4_ManyGuards"),
		},
		{
			"only the last guard is looked at",
			guardsAs(func(_ context.Context, _ storage.Reader, guards []storage.Guard) []storage.Guard {
				return guards[max(0, len(guards)-1):]
			}),
			append(casesOfGuards(""), "S4_ManyGuards"),
		},
		{
			"only a thousand guards are looked at",
			guardsAs(func(_ context.Context, _ storage.Reader, guards []storage.Guard) []storage.Guard {
				return guards[:min(1000, len(guards))]
			}),
			[]string{"S4_ManyGuards"},
		},
		{"a guard writes its row", bumps, everyGuard},
		{
			"a version to come is taken for the present one", tampers(atLeast),
			swapsOf("Structure", "Service", "Registration", "Account", "Credential", "Attempts", "Link", "Roster", "Message"),
		},
		{"versions are compared before the lock is taken", comparesEarly, []string{"S4_OneWinnerUnderRace"}},
		{
			"a commit is told as a lost race", saysConflict,
			[]string{"S4_OneWinnerUnderRace", "S4_D2_VersionsAreExactlyOneToN"},
		},
	}

	for kind, guard := range guardKinds {
		of := reflect.TypeOf(guard)
		out = append(out, defect{
			"guards of kind " + kind + " are left out",
			guardsAs(func(_ context.Context, _ storage.Reader, guards []storage.Guard) []storage.Guard {
				return slices.DeleteFunc(guards, func(g storage.Guard) bool { return reflect.TypeOf(g) == of })
			}),
			[]string{"S4_Guard" + kind, "S4_Guard" + kind + "HoldsUnderRace", "S4_ManyGuards", "S4_GuardsHoldUnderRace"},
		}, defect{
			"guards of kind " + kind + " are looked at before the lock is taken", early(guard),
			[]string{"S4_Guard" + kind + "HoldsUnderRace"},
		})
	}

	return out
}
