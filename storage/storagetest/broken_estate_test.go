package storagetest_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// search says which structures are found, and in which order.
type search struct {
	lives   func(structure.Structure) bool
	stands  func(attachment.Roster) bool
	kind    func(structure.Structure, storage.PublicStructures) bool
	town    func(structure.Structure, storage.PublicStructures) bool
	name    func(structure.Structure, storage.PublicStructures) bool
	ordered func(structure.Structure) string
}

// rightly is a search as the contract says.
func rightly() search {
	return search{
		lives: func(s structure.Structure) bool { return s.Sector == structure.Public && s.Successor == "" },
		stands: func(r attachment.Roster) bool {
			return r.Standing == attachment.Managed || r.Standing == attachment.Vacant
		},
		kind: func(s structure.Structure, q storage.PublicStructures) bool {
			kind := s.Identity.Kind()

			return kind != identifier.Individual && (q.Kind == 0 || q.Kind == kind)
		},
		town: func(s structure.Structure, q storage.PublicStructures) bool {
			return q.Town == "" || q.Town == s.SearchTown()
		},
		name: func(s structure.Structure, q storage.PublicStructures) bool {
			return strings.HasPrefix(s.SearchName(), q.Name)
		},
		ordered: structure.Structure.SearchName,
	}
}

// searches is a store that looks for public structures in a way of its own.
func searches(change func(*search)) func() storage.Store {
	look := rightly()
	change(&look)

	return shows(func(ctx context.Context, r storage.Reader, q storage.PublicStructures, _ []any) []any {
		ids := []structure.ID{"a-stays", "b-moves"}
		for i := range 60 {
			ids = append(ids, structure.ID(fmt.Sprint("s-", i)))
		}

		var found []structure.Structure

		for _, id := range ids {
			slice, err := r.Roster(ctx, storage.RosterQuery{Structure: id})
			s := slice.Facts.Structure

			if err == nil && look.lives(s) && look.stands(slice.Roster) && look.kind(s, q) && look.town(s, q) && look.name(s, q) {
				found = append(found, s)
			}
		}

		slices.SortFunc(found, func(a, b structure.Structure) int {
			return cmp.Or(cmp.Compare(look.ordered(a), look.ordered(b)), cmp.Compare(a.ID, b.ID))
		})

		rows := make([]any, len(found))
		for i, s := range found {
			rows[i] = s
		}

		return rows
	})
}

// keepsNames finds structures by the first name that they had.
func keepsNames() storage.Store {
	var first sync.Map

	named := func(s structure.Structure) string {
		name, _ := first.Load(s.ID)

		return fmt.Sprint(name)
	}

	s := searches(func(look *search) {
		look.name = func(s structure.Structure, q storage.PublicStructures) bool {
			return strings.HasPrefix(named(s), q.Name)
		}
		look.ordered = named
	})().(broken)

	s.update = func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		for _, row := range b.Structures {
			first.LoadOrStore(row.ID, row.SearchName())
		}

		return put(ctx, s, b)
	}

	return s
}

func estateDefects() []defect {
	const public, changes = "S13_C11_PublicStructures", "S13_C11_PublicStructuresChange"

	anyName := func(same func(searched, name string) bool) func(*search) {
		return func(look *search) {
			look.name = func(s structure.Structure, q storage.PublicStructures) bool { return same(s.SearchName(), q.Name) }
		}
	}
	anyTown := func(same func(s structure.Structure, town string) bool) func(*search) {
		return func(look *search) {
			look.town = func(s structure.Structure, q storage.PublicStructures) bool { return q.Town == "" || same(s, q.Town) }
		}
	}

	return append([]defect{
		{
			"private structures are public",
			searches(func(look *search) { look.lives = func(s structure.Structure) bool { return s.Successor == "" } }),
			[]string{public, changes},
		},
		{
			"structures that gave way are still there",
			searches(func(look *search) {
				look.lives = func(s structure.Structure) bool { return s.Sector == structure.Public }
			}),
			[]string{public, changes},
		},
		{
			"structures that nobody claimed are there",
			searches(func(look *search) {
				look.stands = func(r attachment.Roster) bool { return r.Standing != attachment.InClaim }
			}),
			[]string{public, changes},
		},
		{
			"structures in a claim are there",
			searches(func(look *search) {
				look.stands = func(r attachment.Roster) bool { return r.Standing != attachment.Unclaimed }
			}),
			[]string{public, changes},
		},
		{
			"vacant structures are not there",
			searches(func(look *search) {
				look.stands = func(r attachment.Roster) bool { return r.Standing == attachment.Managed }
			}),
			[]string{public, changes},
		},
		{
			"inactive structures are not there",
			hides(func(_ storage.PublicStructures, s structure.Structure) bool { return s.Status == structure.Inactive }),
			[]string{public, "S7_ReadsSeeWhatWasCommitted"},
		},
		{
			"individuals are among the public structures",
			searches(func(look *search) {
				look.kind = func(s structure.Structure, q storage.PublicStructures) bool {
					return q.Kind == 0 || q.Kind == s.Identity.Kind()
				}
			}),
			[]string{public},
		},
		{"structures are looked for whatever their kind", asksFor(func(q *storage.PublicStructures) { q.Kind = 0 }), []string{public, changes}},
		{"structures are looked for whatever their town", asksFor(func(q *storage.PublicStructures) { q.Town = "" }), []string{public, changes}},
		{"structures are looked for whatever their name", asksFor(func(q *storage.PublicStructures) { q.Name = "" }), []string{public, changes}},
		{"a name is found in the middle of another", searches(anyName(strings.Contains)), []string{public}},
		{
			"a name is found as a whole",
			searches(anyName(func(searched, name string) bool { return name == "" || searched == name })),
			[]string{public},
		},
		{
			"signs in a name stand for any",
			searches(anyName(func(searched, name string) bool {
				return strings.HasPrefix(searched, strings.TrimRight(name, "%_"))
			})),
			[]string{public},
		},
		{
			"spaces behind a name are none",
			searches(anyName(func(searched, name string) bool { return strings.HasPrefix(searched, strings.TrimSpace(name)) })),
			[]string{public},
		},
		{
			"names are found up to the last letter that there is", // as a range that ends with z
			searches(anyName(func(searched, name string) bool { return searched >= name && searched <= name+"z" })),
			[]string{public},
		},
		{
			"a name is looked for as it is written",
			searches(func(look *search) {
				look.name = func(s structure.Structure, q storage.PublicStructures) bool {
					return strings.HasPrefix(strings.ToLower(s.Data.Name()), q.Name)
				}
			}),
			[]string{public},
		},
		{
			"only a legal name is a name",
			searches(func(look *search) {
				look.name = func(s structure.Structure, q storage.PublicStructures) bool {
					return strings.HasPrefix(structure.Fold(s.Data.LegalName), q.Name)
				}
			}),
			[]string{public, changes},
		},
		{
			"a label is a name",
			searches(func(look *search) {
				look.name = func(s structure.Structure, q storage.PublicStructures) bool {
					return strings.HasPrefix(s.SearchName(), q.Name) || strings.HasPrefix(structure.Fold(s.Data.Label), "hotel") && q.Name != ""
				}
			}),
			[]string{changes},
		},
		{
			"a town is found by how it begins",
			searches(anyTown(func(s structure.Structure, town string) bool { return strings.HasPrefix(s.SearchTown(), town) })),
			[]string{public},
		},
		{
			"a town that is masked is found",
			searches(anyTown(func(s structure.Structure, town string) bool { return structure.Fold(s.Data.Town) == town })),
			[]string{public, changes},
		},
		{
			"structures are in the order of their names as written",
			searches(func(look *search) { look.ordered = func(s structure.Structure) string { return s.Data.Name() } }),
			[]string{public},
		},
		{"structures are found by the first name that they had", keepsNames, []string{changes}},
	}, unverifiedDefects()...)
}

func unverifiedDefects() []defect {
	caught := []string{"S13_C3_Unverified"}
	also := func(id structure.ID) func() storage.Store {
		return adds(func(ctx context.Context, r storage.Reader, _ storage.Unverified) (structure.Structure, error) {
			return r.Structure(ctx, id)
		})
	}

	return []defect{
		{
			"directories are asked again at once",
			asksFor(func(q *storage.Unverified) { q.At = q.At.AddDate(1, 0, 0) }),
			caught,
		},
		{
			"directories are asked again at the moment",
			asksFor(func(q *storage.Unverified) { q.At = q.At.Add(time.Microsecond) }), caught,
		},
		{
			"who was never asked about is not asked about",
			hides(func(_ storage.Unverified, s structure.Structure) bool { return s.CheckedAt.IsZero() }), caught,
		},
		{
			"without a moment nobody is asked about",
			hides(func(q storage.Unverified, _ structure.Structure) bool { return q.At.IsZero() }), caught,
		},
		{
			"private structures are not asked about",
			hides(func(_ storage.Unverified, s structure.Structure) bool { return s.Sector == structure.Private }), caught,
		},
		{
			"individuals are not asked about",
			hides(func(_ storage.Unverified, s structure.Structure) bool {
				return s.Identity.Kind() == identifier.Individual
			}), caught,
		},
		{"what is verified is asked about", also("is verified"), caught},
		{"what no directory keeps is asked about", also("is unasked"), caught},
		{"what a directory contradicted is asked about", also("is contradicted"), caught},
		{"what gave way is asked about", also("followed"), caught},
		{"what nobody has is asked about", also("without-roster"), caught},
		{"what nobody claimed is asked about", also("unclaimed"), caught},
		{"what is in a claim is asked about", also("in-claim"), caught},
	}
}
