package storagetest

import (
	"context"
	"fmt"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// manyRows is a kind of row of which a batch may hold many.
type manyRows struct {
	kind string
	// of returns the n-th row, with a content that differs from change to change.
	of func(n, change int) storage.Batch
}

// Rows from different sizes of batches have different numbers.
const manySpan = 2000

func manyKinds() []manyRows {
	text := func(n, change int) string { return fmt.Sprintf("row %d, change %d", n, change) }
	where := func(n int) structure.ID { return name[structure.ID]("many", n) }

	return []manyRows{
		{"Structures", func(n, change int) storage.Batch {
			row := structure.New(where(n), siret(n), at(n))
			row.Data.Label = text(n, change)
			row.Applications = []structure.Application{structure.Application(text(n, change))}

			return storage.Batch{Structures: []structure.Structure{row}}
		}},
		{"Services", func(n, change int) storage.Batch {
			return storage.Batch{Services: []structure.Service{
				{Structure: house(1).ID, Code: name[structure.Code]("S", n), Label: text(n, change)},
			}}
		}},
		{"Registrations", func(n, change int) storage.Batch {
			row := applicant(name[account.ID]("applicant", n), house(1).ID)
			row.Person.FirstName = text(n, change)

			return storage.Batch{Registrations: []account.Registration{row}}
		}},
		{"Accounts", func(n, change int) storage.Batch {
			row := person(name[account.ID]("person", n))
			row.Person.FirstName = text(n, change)

			return storage.Batch{Accounts: []account.Account{row}}
		}},
		{"Credentials", func(n, change int) storage.Batch {
			return storage.Batch{Credentials: []account.Credential{
				{Account: name[account.ID]("person", n), Question: text(n, change)},
			}}
		}},
		{"Attempts", func(n, change int) storage.Batch {
			return storage.Batch{Attempts: []account.Attempts{{
				Key: name[string]("key", n), Answer: account.Gate{Pending: []account.Try{{ID: text(n, change)}}},
			}}}
		}},
		{"Links", func(n, change int) storage.Batch {
			b := links(name[account.Selector]("selector", n), name[account.ID]("person", n), 1)
			b.Links[0].Hash = []byte(text(n, change))

			return b
		}},
		{"Rosters", func(n, change int) storage.Batch {
			r := head(where(n))
			r.Attached = 1
			r.Rows = []attachment.Attachment{belongs(name[account.ID]("person", n), "", look())}
			r.Rows[0].Comment = text(n, change)

			return storage.Batch{Rosters: []attachment.Roster{r}}
		}},
		{"Messages", func(n, change int) storage.Batch {
			row := note(name[string]("message", n), at(n))
			row.LastError = text(n, change)

			return storage.Batch{Messages: []storage.Message{row}}
		}},
	}
}

// manyCases are about how many rows a batch may have.
func manyCases() []Case {
	const (
		sentence    = "nil from Update means: the whole batch is committed and every later read sees it."
		explanation = " come in one batch: 1, 200, 201 and 1,001 of them, and are changed in one batch, of which one row, the " +
			"last or one in the middle, loses a race first. An engine takes so many values in one statement and no more; a " +
			"store that cuts there, or commits piece by piece, promises what is not there."
	)

	var out []Case

	for _, kind := range manyKinds() {
		out = append(out, Case{
			Name: "S2_Many" + kind.kind, Sentence: sentence, Explanation: kind.kind + explanation,
			test: func(ctx context.Context, s bench) error { return manyOfAKind(ctx, s, kind) },
		})
	}

	return append(out, Case{
		Name: "S2_ManyRowsOfARoster", Sentence: sentence,
		Explanation: "The rows of one roster" + explanation,
		test:        manyRowsOfARoster,
	}, Case{
		Name: "S2_ManyEntries", Sentence: sentence,
		Explanation: "Journal entries with notes come in one batch: 1, 200, 201 and 1,001 of them, the last of which was there " +
			"before, and then without it. What is not in the journal did not happen.",
		test: manyEntries,
	}, Case{
		Name: "S2_ManyOfEveryKind", Sentence: sentence,
		Explanation: "One batch has 201 rows of every kind, and all of them are changed by another.",
		test:        manyOfEveryKind,
	}, Case{
		Name: "S2_ManyGrantsAndApplications", Sentence: sentence,
		Explanation: "A row has a thousand grants, and a structure, and the data of a registration, a thousand applications; " +
			"then half of them, then none.",
		test: manyGrants,
	})
}

func manySizes() []int { return []int{1, 200, 201, 1001} }

// manyGround is what the rows of one batch hang on.
func manyGround(kind string, from, size int) storage.Batch {
	var all []storage.Batch

	for n := from; n < from+size; n++ {
		switch kind {
		case "Rosters":
			all = append(all, manyKinds()[0].of(n, 0), manyKinds()[3].of(n, 0))
		case "Credentials", "Links":
			all = append(all, manyKinds()[3].of(n, 0))
		}
	}

	return beside(all...)
}

func manyOfAKind(ctx context.Context, s bench, kind manyRows) error {
	if err := given(ctx, s, storage.Batch{Structures: []structure.Structure{house(8000)}}); err != nil {
		return err
	}

	if err := given(ctx, s, storage.Batch{Structures: []structure.Structure{{
		ID: house(1).ID, Identity: siret(8001), Sector: structure.Private, Status: structure.Active,
	}}}); err != nil {
		return err
	}

	for i, size := range manySizes() {
		from := i * manySpan

		of := func(change int) storage.Batch {
			all := make([]storage.Batch, size)
			for n := range size {
				all[n] = kind.of(from+n, change)
			}

			return beside(all...)
		}

		if err := given(ctx, s, manyGround(kind.kind, from, size)); err != nil {
			return err
		}

		if err := steps(
			func() error { return none("inserting", write(ctx, s, of(1))) },
			func() error { return stored(ctx, s, of(1), 1) },
			func() error { return manyWithALoser(ctx, s, of(1), of(2)) },
			func() error { return none("changing", write(ctx, s, versioned(of(2), 1))) },
			func() error { return stored(ctx, s, of(2), 2) },
		); err != nil {
			return fmt.Errorf("%d %s: %w", size, kind.kind, err)
		}
	}

	return nil
}

// manyWithALoser changes rows of one kind, of which one has another version.
func manyWithALoser(ctx context.Context, s bench, before, after storage.Batch) error {
	size := 0
	for _, kind := range versionsIn(&after) {
		size = max(size, len(kind.versions))
	}

	for _, place := range slices.Compact([]int{size / 2, size - 1}) {
		b := versioned(after, 1)

		for _, kind := range versionsIn(&b) {
			if len(kind.versions) > 0 {
				*kind.versions[place] = 2
			}
		}

		if err := is(fmt.Sprintf("row %d loses a race", place), write(ctx, s, b), storage.ErrConflict); err != nil {
			return err
		}
	}

	return none("after a lost race", stored(ctx, s, before, 1))
}

func manyRowsOfARoster(ctx context.Context, s bench) error {
	for i, size := range manySizes() {
		where := house(i)

		of := func(version int64, change int) storage.Batch {
			r := head(where.ID)
			r.Version, r.Attached = version, size

			for n := range size {
				row := belongs(name[account.ID]("p", n), "", look())
				row.Order, row.Comment = int64(1+change), fmt.Sprintf("row %d, change %d", n, change)

				if change%2 == 1 {
					row.Grants = append(row.Grants, attachment.Grant{Profile: act(), By: account.System(), At: at(change)})
					row.Details = details(row.Comment)
				}

				r.Rows = append(r.Rows, row)
			}

			return storage.Batch{Rosters: []attachment.Roster{r}}
		}

		if err := steps(
			func() error { return given(ctx, s, storage.Batch{Structures: []structure.Structure{where}}) },
			func() error { return none("inserting", write(ctx, s, of(0, 0))) },
			func() error { return stored(ctx, s, of(0, 0), 1) },
			func() error { return is("a lost race", write(ctx, s, of(2, 1)), storage.ErrConflict) },
			func() error { return stored(ctx, s, of(0, 0), 1) },
			func() error { return none("changing", write(ctx, s, of(1, 1))) },
			func() error { return stored(ctx, s, of(1, 1), 2) },
			func() error { return none("changing again", write(ctx, s, of(2, 2))) },
			func() error { return stored(ctx, s, of(2, 2), 3) },
		); err != nil {
			return fmt.Errorf("%d rows: %w", size, err)
		}
	}

	return nil
}

func manyEntries(ctx context.Context, s bench) error {
	for i, size := range manySizes() {
		where := house(i)
		operation := name[string]("operation", i)
		b := storage.Batch{}

		for n := range size {
			b.Journal = append(b.Journal, storage.Entry{
				Operation: operation, Seq: n, Try: 3, At: at(n), Actor: account.System(), Action: "a", Structure: where.ID,
				Version: int64(n), Note: fmt.Sprintf("note %d", n),
			})
		}

		stands := b.Journal[size-1]
		stands.Operation += " that stands"
		refused := clone(b)
		refused.Journal[size-1] = stands

		want := slices.Concat(b.Journal, []storage.Entry{stands})
		slices.Reverse(want)

		history := func(want []storage.Entry) error {
			got, err := all(ctx, s, func(w storage.Window) storage.Of[storage.Entry] {
				return storage.History{Window: w, Structure: where.ID}
			}, storage.MaxLimit)

			return steps(
				func() error { return none("History", err) },
				func() error { return same("history", want, got) },
			)
		}

		if err := steps(
			func() error {
				return given(ctx, s, storage.Batch{
					Structures: []structure.Structure{where}, Journal: []storage.Entry{stands},
				})
			},
			func() error { return exists("one that stands", write(ctx, s, refused), storage.KeyJournal) },
			func() error { return history([]storage.Entry{stands}) },
			func() error { return none("Update", write(ctx, s, b)) },
			func() error { return history(want) },
			func() error {
				try, err := s.Journaled(ctx, operation)

				return steps(
					func() error { return none("Journaled", err) },
					func() error { return same("the try that committed", 3, try) },
				)
			},
		); err != nil {
			return fmt.Errorf("%d entries: %w", size, err)
		}
	}

	return nil
}

func manyOfEveryKind(ctx context.Context, s bench) error {
	const size = 201

	of := func(change int) storage.Batch {
		all := append(make([]storage.Batch, 0, 2000), storage.Batch{Structures: []structure.Structure{{
			ID: house(1).ID, Identity: siret(8001), Sector: structure.Private, Status: structure.Active,
		}}})

		for _, kind := range manyKinds() {
			for n := range size {
				all = append(all, kind.of(n, change))
			}
		}

		return beside(all...)
	}

	return steps(
		func() error { return none("inserting", write(ctx, s, of(1))) },
		func() error { return stored(ctx, s, of(1), 1) },
		func() error { return none("changing", write(ctx, s, versioned(of(2), 1))) },
		func() error { return stored(ctx, s, of(2), 2) },
	)
}

func manyGrants(ctx context.Context, s bench) error {
	of := func(version int64, count int) storage.Batch {
		where := house(1)
		row := belongs("anne", "")
		row.Details = details("data")
		row.Details.Applications = nil

		for n := range count {
			application := structure.Application(fmt.Sprintf("application-%04d", n))
			where.Applications = append(where.Applications, application)
			row.Details.Applications = append(row.Details.Applications, application)
			row.Grants = append(row.Grants, attachment.Grant{
				Profile: habilitation.Profile{Application: application, Level: habilitation.Consultation},
				By:      account.System(), At: at(n),
			})
		}

		r := head(where.ID)
		r.Attached, r.Rows = 1, []attachment.Attachment{row}

		return versioned(storage.Batch{
			Structures: []structure.Structure{where}, Rosters: []attachment.Roster{r},
		}, version)
	}

	for i, count := range []int{1001, 500, 0, 201, 200} {
		b := of(int64(i), count)

		if err := steps(
			func() error { return none("Update", write(ctx, s, b)) },
			func() error { return stored(ctx, s, b, int64(i)+1) },
		); err != nil {
			return fmt.Errorf("%d of each: %w", count, err)
		}
	}

	return nil
}
