package storagetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// estateCases are about the lists of structures.
func estateCases() []Case {
	return []Case{
		listCase("C11_PublicStructures", "Structures of every standing, sector and kind of identifier, with accents, capitals and "+
			"signs in their names, some that mask their town, some that gave way to another. They are looked for by name, town "+
			"and kind, and by all of these. A private structure that is shown was not to be found by strangers; a public one "+
			"that is not is asked for by post.", publicStructures),
		{
			Name: "S13_C11_PublicStructuresChange", Sentence: listSentence,
			Explanation: "A structure in the list is renamed, moves, masks its town, gives way to another and becomes private, each " +
				"followed by the way back, and the standing of its roster changes. A store that keeps the searched form of a name " +
				"keeps it up to date.",
			test: publicStructuresChange,
		},
		listCase("C3_Unverified", "Structures of every verification and standing, last checked before, at and after the moment, and "+
			"never. One that is passed over stays unverified for ever; one that gave way is asked about in vain.", unverified),
	}
}

// estates collects structures with their rosters, and what is wanted of them.
type estates struct {
	rows storage.Batch
	want []structure.Structure
}

// add adds a structure with a roster of a standing; 0 is without any.
func (e *estates) add(s structure.Structure, standing attachment.Standing, known bool) structure.Structure {
	r := head(s.ID)
	r.Standing = standing

	switch standing {
	case attachment.InClaim:
		r.Holder, r.Claim = "claimant", attachment.Claim{Designated: at(0), Term: at(1)}
		r.Rows = []attachment.Attachment{asks("claimant", 1)}
		r.Rows[0].State = attachment.Claimed
	case attachment.Managed:
		r.Holder, r.Attached, r.Rows = "manager", 1, []attachment.Attachment{belongs("manager", "")}
	case attachment.Unclaimed, attachment.Vacant:
		r.Rows = []attachment.Attachment{asks("asker", 1)}
	}

	e.rows.Structures = append(e.rows.Structures, s)
	if known {
		e.rows.Rosters = append(e.rows.Rosters, r)
	}

	s.Version = 1

	return s
}

// lists adds a structure that is managed or vacant, by turns, and that is in the list.
func (e *estates) lists(s structure.Structure) {
	standing := []attachment.Standing{attachment.Managed, attachment.Vacant}[len(e.want)%2]
	e.want = append(e.want, e.add(s, standing, true))
}

// people are those who have rows in the rosters.
func (e *estates) people() storage.Batch {
	return storage.Batch{
		Accounts:      []account.Account{person("manager"), person("asker")},
		Registrations: []account.Registration{applicant("claimant", "")},
	}
}

// publicWorld is a world of public structures, and of others that nearly are in their list.
func publicWorld() *estates {
	e := &estates{}
	next := 0
	public := func(legalName, where string) structure.Structure {
		next++
		s := town(name[structure.ID]("s", next), next, legalName)
		s.Data.Town = where

		return s
	}

	for i, legalName := range []string{
		"Mairie", "MAIRIE DE TRIFOUILLY", "mairie", "Mairies associées", "Mairie-annexe", "Ma mairie", "École maternelle",
		"Ecole élémentaire", "ÉCOLE 10", "École 9", "Zoo", "Œuvres sociales", "«Œuvre»", "Straße & Fils", "Ёлка", "Мэрия", "Mairi\U00010428",
		"Mairiz", "100 % nature", "1_000",
	} {
		e.lists(public(legalName, []string{"Trifouilly", "TRIFOUILLY", "Trifouilly-les-Oies", "", "L'Haÿ-les-Roses"}[i%5]))
	}

	masked, inactive, named := public("Mairie masquée", "Trifouilly"), public("Mairie close", "Trifouilly"), public("", "Trifouilly")
	masked.Data.NonDiffusible, inactive.Status = true, structure.Inactive
	named.Data.FirstName, named.Data.LastName = "Maire", "Durand" // who has no legal name has another
	nameless := public("", "Trifouilly")
	after := public("Mairie suivante", "Trifouilly")
	after.Predecessor = inactive.ID

	for _, s := range []structure.Structure{masked, inactive, named, nameless, after} {
		e.lists(s)
	}

	for _, kind := range identifier.Kinds() {
		s := public("Mairie d'ailleurs", "Trifouilly")
		s.Identity = identifiertest.OfKind(&numbers{0, 900}, kind)

		if kind == identifier.Individual {
			s.Data.LegalName, s.Data.LastName = "", "Mairie"
			e.add(s, attachment.Managed, true)
		} else {
			e.lists(s)
		}
	}

	private, gone := public("Mairie", "Trifouilly"), public("Mairie", "Trifouilly")
	private.Sector, gone.Successor = structure.Private, after.ID
	e.add(private, attachment.Managed, true)
	e.add(gone, attachment.Managed, true)
	e.add(public("Mairie", "Trifouilly"), attachment.Unclaimed, false)
	e.add(public("Mairie", "Trifouilly"), attachment.Unclaimed, true)
	e.add(public("Mairie", "Trifouilly"), attachment.InClaim, true)

	return e
}

func publicStructures(ctx context.Context, s bench) error {
	e := publicWorld()

	if err := given(ctx, s, beside(e.people(), e.rows)); err != nil {
		return err
	}

	return lookedFor(ctx, s, e.want, []storage.PublicStructures{
		{},
		{Name: "mairie"},
		{Name: "mairie de"},
		{Name: "mairie de trifouilly"},
		{Name: "mairie de trifouilly sur mer"},
		{Name: "mairies"},
		{Name: "ma"},
		{Name: "ecole"},
		{Name: "ecole 1"},
		{Name: "œuvre"},
		{Name: "strasse"},
		{Name: "ё"},
		{Name: "е"},
		{Name: "m"},
		{Name: "1"},
		{Name: "trifouilly"}, // in the middle of a name, and a town
		{Name: "durand"},
		{Name: "zoo "},
		{Name: "%"},
		{Name: "_"},
		{Name: "mairie%"},
		{Town: "trifouilly"},
		{Town: "trifouilly les oies"},
		{Town: "l hay les roses"},
		{Town: "trif"}, // no town begins with it: it is one
		{Town: "oies"},
		{Town: "%"},
		{Kind: identifier.SIRET},
		{Kind: identifier.RIDET},
		{Kind: identifier.Individual},
		{Kind: identifier.Registering, Name: "mairie d ailleurs"},
		{Kind: identifier.SIRET, Town: "trifouilly", Name: "mairie"},
		{Kind: identifier.Tahiti, Town: "trifouilly les oies"},
		{Town: "trifouilly", Name: "ecole"},
	}...)
}

// lookedFor looks for structures, all of which stand, in several ways: the first in pages of every size.
func lookedFor(ctx context.Context, s storage.Reader, all []structure.Structure, ways ...storage.PublicStructures) error {
	all = slices.SortedFunc(slices.Values(all), func(a, b structure.Structure) int {
		return cmp.Or(cmp.Compare(a.SearchName(), b.SearchName()), cmp.Compare(a.ID, b.ID))
	})

	for i, q := range ways {
		want := slices.DeleteFunc(slices.Clone(all), func(s structure.Structure) bool {
			return s.Sector != structure.Public || s.Successor != "" || q.Kind != 0 && q.Kind != s.Identity.Kind() ||
				q.Town != "" && q.Town != s.SearchTown() || !strings.HasPrefix(s.SearchName(), q.Name)
		})

		read := lists[structure.Structure]
		if i > 0 {
			read = listsInFew
		}

		if err := read(ctx, s, want, func(w storage.Window) storage.Of[structure.Structure] {
			q.Window = w

			return q
		}); err != nil {
			return fmt.Errorf("kind %d, town %q, name %q: %w", q.Kind, q.Town, q.Name, err)
		}
	}

	return nil
}

// listsInFew compares a list with what it should be, read in pages of one size, and its count.
func listsInFew[T any](ctx context.Context, r storage.Reader, want []T, query func(storage.Window) storage.Of[T]) error {
	const limit = 5

	got, err1 := all(ctx, r, query, limit)
	page, err2 := storage.List(ctx, r, query(storage.Window{Counted: true}))

	return steps(
		func() error { return errors.Join(err1, err2) },
		func() error { return same("rows", want, got) },
		func() error { return same("count", len(want), page.Count) },
	)
}

func publicStructuresChange(ctx context.Context, s bench) error {
	var e estates

	stays, moves := town("a-stays", 1, "Mairie"), town("b-moves", 2, "Mairie")
	e.lists(stays)
	e.lists(moves)

	if err := given(ctx, s, beside(e.people(), e.rows)); err != nil {
		return err
	}

	stays.Version, moves.Version = 1, 1
	ways := []storage.PublicStructures{
		{},
		{Kind: identifier.SIRET},
		{Town: "trifouilly"},
		{Name: "mairie"},
		{Name: "hotel de ville"},
		{Name: "durand"},
		{Town: "paris"},
		{Kind: identifier.SIRET, Town: "trifouilly", Name: "mairie"},
	}

	for what, change := range map[string]func(*structure.Structure){
		"renamed":            func(s *structure.Structure) { s.Data.LegalName = "Hôtel de ville" },
		"moved":              func(s *structure.Structure) { s.Data.Town = "Paris" },
		"masked":             func(s *structure.Structure) { s.Data.NonDiffusible = true },
		"followed":           func(s *structure.Structure) { s.Successor = "a-stays" },
		"private":            func(s *structure.Structure) { s.Sector = structure.Private },
		"of another kind":    func(s *structure.Structure) { s.Identity = identifiertest.OfKind(&numbers{0, 900}, identifier.RIDET) },
		"a person's name":    func(s *structure.Structure) { s.Data.LegalName, s.Data.LastName = "", "Durand" },
		"its label, nothing": func(s *structure.Structure) { s.Data.Label = "Hôtel de ville" },
	} {
		for _, change := range []func(*structure.Structure){change, func(*structure.Structure) {}} {
			version := moves.Version
			moves = town("b-moves", 2, "Mairie")
			moves.Version = version
			change(&moves)

			err := write(ctx, s, storage.Batch{Structures: []structure.Structure{moves}})
			moves.Version++

			if err := cmp.Or(err, lookedFor(ctx, s, []structure.Structure{stays, moves}, ways...)); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
		}
	}

	for i, standing := range []attachment.Standing{attachment.Unclaimed, attachment.Vacant, attachment.InClaim, attachment.Managed} {
		want := []structure.Structure{stays}
		if standing == attachment.Vacant || standing == attachment.Managed {
			want = append(want, moves)
		}

		var of estates

		of.add(moves, standing, true)
		r := of.rows.Rosters[0]
		r.Version = int64(i + 1)

		if err := steps(
			func() error { return write(ctx, s, storage.Batch{Rosters: []attachment.Roster{r}}) },
			func() error {
				return lists(ctx, s, want, func(w storage.Window) storage.Of[structure.Structure] {
					return storage.PublicStructures{Window: w, Name: "mairie"}
				})
			},
		); err != nil {
			return fmt.Errorf("it is %s: %w", standing, err)
		}
	}

	return nil
}

func unverified(ctx context.Context, s bench) error {
	const now = 100

	var e estates

	next := 0
	asked := func(id structure.ID, when time.Time) structure.Structure {
		next++
		s := town(id, next, "Mairie")
		s.CheckedAt = when
		s.CreatedAt = at(-next)

		return s
	}

	private := asked("private", at(now-1))
	private.Sector = structure.Private
	individual := asked("individual", at(now).Add(-time.Microsecond))
	individual.Identity = identifiertest.OfKind(&numbers{0, 900}, identifier.Individual)

	for _, s := range []structure.Structure{
		asked("never-10", time.Time{}), asked("never-9", time.Time{}), asked("z", at(1)), asked("B", at(2)), asked("a", at(2)),
		private, individual,
	} {
		e.lists(s)
	}

	never := e.want[:2]

	e.add(asked("at-the-moment", at(now)), attachment.Managed, true)
	e.add(asked("later", at(now+1)), attachment.Managed, true)

	for _, verification := range structure.Verifications() {
		if verification != structure.Unverified {
			s := asked(structure.ID("is "+verification.String()), at(1))
			s.Verification = verification
			e.add(s, attachment.Managed, true)
		}
	}

	followed := asked("followed", at(1))
	followed.Successor = "z"
	e.add(followed, attachment.Vacant, true)
	e.add(asked("without-roster", at(1)), attachment.Unclaimed, false)
	e.add(asked("unclaimed", at(1)), attachment.Unclaimed, true)
	e.add(asked("in-claim", at(1)), attachment.InClaim, true)

	waiting := func(when time.Time, want ...structure.Structure) func() error {
		return func() error {
			return lists(ctx, s, want, func(w storage.Window) storage.Of[structure.Structure] {
				return storage.Unverified{Window: w, At: when}
			})
		}
	}

	checked := e.want[2]
	checked.CheckedAt = at(now)
	verified := e.want[3]
	verified.Verification = structure.Verified

	return steps(
		func() error { return given(ctx, s, beside(e.people(), e.rows)) },
		waiting(at(now), e.want...),
		waiting(at(2), e.want[:3]...),
		func() error { return none("without a moment", waiting(time.Time{}, never...)()) },
		func() error {
			return none("asking again", write(ctx, s, storage.Batch{Structures: []structure.Structure{checked, verified}}))
		},
		waiting(at(now), slices.Delete(slices.Clone(e.want), 2, 4)...),
	)
}
