package storagetest

import (
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// town is a public structure that waits for a directory.
func town(id structure.ID, number int, legalName string) structure.Structure {
	s := structure.New(id, siret(number), at(0))
	s.Sector, s.Verification = structure.Public, structure.Unverified
	s.Data.LegalName, s.Data.Town = legalName, "Trifouilly"

	return s
}

// stands is the roster of a structure without manager in which some people are.
func stands(id structure.ID, people ...account.ID) attachment.Roster {
	r := head(id)
	r.Standing, r.Attached = attachment.Vacant, len(people)

	for _, who := range people {
		r.Rows = append(r.Rows, belongs(who, ""))
	}

	return r
}

// estateLists are those of structures, of their services, and of the rows that one account, x, has in all of them.
func estateLists() []list {
	const apart = 100_000 // numbers of identifiers that nothing else has

	estate := func(n int) structure.Structure {
		s := town(structure.ID(numbered(n)), apart+n, numbered(n))
		s.CheckedAt = at(n)

		return s
	}
	of := func(numbers []int, version int64) storage.Batch {
		var b storage.Batch

		if version == 0 {
			b.Accounts = []account.Account{person("x")}
		}

		for _, n := range numbers {
			b.Structures = append(b.Structures, estate(n))
			b.Rosters = append(b.Rosters, stands(estate(n).ID, "x"))
		}

		return b
	}
	out := func(change func(*structure.Structure)) func(int, int64) storage.Batch {
		return func(n int, _ int64) storage.Batch {
			s := estate(n)
			s.Version = 1
			change(&s)

			return storage.Batch{Structures: []structure.Structure{s}}
		}
	}
	public := func(w storage.Window) storage.PublicStructures {
		return storage.PublicStructures{Window: w, Town: "trifouilly", Name: "n"}
	}
	id := func(row any) string { return string(as[structure.Structure](row).ID) }

	return []list{{
		name:  "PublicStructures",
		query: func(w storage.Window) storage.Query { return public(w) },
		others: []func(storage.Window) storage.Query{
			func(w storage.Window) storage.Query { q := public(w); q.Kind = identifier.SIRET; return q },
			func(w storage.Window) storage.Query { q := public(w); q.Town = ""; return q },
			func(w storage.Window) storage.Query { q := public(w); q.Name = ""; return q },
		},
		id: id, of: of, out: out(func(s *structure.Structure) { s.Sector = structure.Private }),
	}, {
		name:  "Unverified",
		query: func(w storage.Window) storage.Query { return storage.Unverified{Window: w, At: at(soon)} },
		next:  func(w storage.Window) storage.Query { return storage.Unverified{Window: w, At: at(soon + 1)} },
		id:    id, of: of, out: out(func(s *structure.Structure) { s.Verification = structure.Verified }),
	}, {
		name:  "RowsOf", // nothing leaves it
		query: func(w storage.Window) storage.Query { return storage.RowsOf{Window: w, Account: "x"} },
		others: []func(storage.Window) storage.Query{
			func(w storage.Window) storage.Query { return storage.RowsOf{Window: w, Account: "y"} },
		},
		id: func(row any) string { return string(as[storage.RosterRow](row).Structure.ID) }, of: of,
	}, {
		name:  "ServicesOf", // nor this one
		query: func(w storage.Window) storage.Query { return storage.ServicesOf{Window: w, Structure: house(1).ID} },
		others: []func(storage.Window) storage.Query{
			func(w storage.Window) storage.Query { return storage.ServicesOf{Window: w, Structure: house(2).ID} },
		},
		id: func(row any) string { return string(as[structure.Service](row).Code) },
		of: func(numbers []int, _ int64) storage.Batch {
			var b storage.Batch
			for _, n := range numbers {
				b.Services = append(b.Services, structure.Service{Structure: house(1).ID, Code: structure.Code(numbered(n))})
			}

			return b
		},
	}}
}
