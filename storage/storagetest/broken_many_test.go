package storagetest_test

import (
	"context"
	"reflect"
	"slices"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
)

// cuts is a store that takes so many rows of each kind and no more.
func cuts(rows int) func() storage.Store {
	return tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
		v := reflect.ValueOf(&b).Elem()
		for _, field := range v.Fields() {
			if field.Len() > rows {
				field.SetLen(rows)
			}
		}

		for i, r := range b.Rosters {
			b.Rosters[i].Rows = r.Rows[:min(rows, len(r.Rows))]
		}

		return b
	})
}

// chunks writes the first rows of each kind, and then the rest.
func chunks(rows int) func() storage.Store {
	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		first, rest := b, b
		v, w := reflect.ValueOf(&first).Elem(), reflect.ValueOf(&rest).Elem()

		for i := range v.NumField() {
			n := min(rows, v.Field(i).Len())
			v.Field(i).Set(v.Field(i).Slice(0, n))
			w.Field(i).Set(w.Field(i).Slice(n, w.Field(i).Len()))
		}

		if err := put(ctx, s, first); err != nil {
			return err
		}

		return put(ctx, s, rest)
	})
}

// kindByKind commits the rows of each kind by themselves.
func kindByKind(ctx context.Context, s *memory.Store, f fn) error {
	b, err := decides(ctx, s, f)
	if err != nil {
		return err
	}

	all := reflect.ValueOf(b)
	for i := range all.NumField() {
		var one storage.Batch

		reflect.ValueOf(&one).Elem().Field(i).Set(all.Field(i))

		if err := put(ctx, s, one); err != nil {
			return err
		}
	}

	return nil
}

func casesOfMany() []string {
	out := []string{"S2_ManyRowsOfARoster", "S2_ManyEntries"}
	for _, kind := range []string{
		"Structures", "Services", "Registrations", "Accounts", "Credentials", "Attempts", "Links", "Rosters", "Messages",
	} {
		out = append(out, "S2_Many"+kind)
	}

	return out
}

func manyDefects() []defect {
	return []defect{
		{"only a thousand rows of each kind are written", cuts(1000), casesOfMany()},
		{"only two hundred rows of each kind are written", cuts(200), append(casesOfMany(), "S2_ManyOfEveryKind")},
		{
			"rows are written by the hundred", chunks(100),
			slices.DeleteFunc(casesOfMany(), func(name string) bool { return name == "S2_ManyRowsOfARoster" }),
		},
		{
			"only a hundred grants are written",
			mergesRows(func(_ attachment.Attachment, row *attachment.Attachment) {
				row.Grants = row.Grants[:min(100, len(row.Grants))]
			}),
			[]string{"S2_ManyGrantsAndApplications"},
		},
		{
			"only a hundred applications are written",
			tampers(func(_ context.Context, _ storage.Reader, b storage.Batch) storage.Batch {
				for i, row := range b.Structures {
					b.Structures[i].Applications = row.Applications[:min(100, len(row.Applications))]
				}

				return b
			}),
			[]string{"S2_ManyGrantsAndApplications"},
		},
		{
			"applications are added to",
			tampers(func(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
				for i, row := range b.Structures {
					old, _ := r.Structure(ctx, row.ID)
					all := slices.Concat(row.Applications, old.Applications)
					slices.Sort(all)
					b.Structures[i].Applications = slices.Compact(all)
				}

				return b
			}),
			[]string{"S2_ManyGrantsAndApplications", "S10_FieldsGoBackToZero"},
		},
		{
			"each kind of row is committed by itself", writes(kindByKind),
			[]string{"S2_LostChangeChangesNothing", "S2_LastRowConflicts", "S5_NamesTheRightKey"},
		},
	}
}
