package storagetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const memorySentence = "What a Reader returns shares no memory with the store, and neither does what a Batch brought in."

// sharingCases are about whose memory is whose.
func sharingCases() []Case {
	return []Case{
		{
			Name:     "S11_BatchSharesNoMemory",
			Sentence: memorySentence,
			Explanation: "The batch is overwritten after it was committed. A store that kept it would let its caller " +
				"change rows without a version.",
			test: batchSharesNoMemory,
		},
		{
			Name:     "S11_BatchStaysAsItWas",
			Sentence: "A store changes neither a Batch nor a Query.",
			Explanation: "A batch that was committed, one that was refused, and what a query names, are looked at afterwards. " +
				"A store that counts versions up or sorts in its caller's memory changes what the caller goes on with.",
			test: batchStaysAsItWas,
		},
		{
			Name:     "S11_ReaderSharesNoMemory",
			Sentence: memorySentence,
			Explanation: "Everything that the methods return is overwritten, then read again. One caller's scribbling " +
				"would change what others decide on.",
			test: readerSharesNoMemory,
		},
	}
}

func batchSharesNoMemory(ctx context.Context, s bench) error {
	b := full(1, 0)

	if err := given(ctx, s, b); err != nil {
		return err
	}

	scribble(b)

	changed := versioned(full(1, 1), 1)

	return steps(
		func() error { return none("after new rows were overwritten", stored(ctx, s, full(1, 0), 1)) },
		func() error { return none("changing", write(ctx, s, changed)) },
		func() error {
			scribble(changed)

			return none("after changed rows were overwritten", stored(ctx, s, full(1, 1), 2))
		},
	)
}

func batchStaysAsItWas(ctx context.Context, s bench) error {
	fresh, change := unsorted(full(1, 0)), unsorted(versioned(full(1, 1), 1))
	b, left := clone(fresh), clone(fresh)
	changed, leftChanged := clone(change), clone(change)
	refused, leftRefused := versioned(fresh, 1), versioned(fresh, 1)

	// Spare room behind a slice belongs to the caller too.
	accounts := append(make([]account.ID, 0, 32), "manager-1", "claimant-1", "another")
	houses := append(make([]structure.ID, 0, 32), "managed-1", "claimed-1", "another")
	codes := append(make([]structure.Code, 0, 32), "SRV-2", "SRV-1", "another")
	room := func() []any { return []any{accounts[:16], houses[:16], codes[:16]} }
	asked := []any{slices.Clone(accounts[:16]), slices.Clone(houses[:16]), slices.Clone(codes[:16])}

	return steps(
		func() error { return none("inserting", write(ctx, s, b)) },
		func() error { return same("the batch of new rows", left, b) },
		func() error { return same("the order in the batch of new rows", orders(left), orders(b)) },
		func() error { return none("changing", write(ctx, s, changed)) },
		func() error { return same("the batch of changed rows", leftChanged, changed) },
		func() error {
			return same("the order in the batch of changed rows", orders(leftChanged), orders(changed))
		},
		func() error { return is("a lost race", write(ctx, s, withoutJournal(refused)), storage.ErrConflict) },
		func() error { return same("the batch that was refused", leftRefused, refused) },
		func() error {
			return same("the order in the batch that was refused", orders(leftRefused), orders(refused))
		},
		func() error {
			_, err := s.Roster(ctx, storage.RosterQuery{
				Structure: "managed-1", Accounts: accounts, Services: codes, At: at(0),
			})

			return none("Roster", err)
		},
		func() error {
			_, err := s.Page(ctx, storage.OpenRequests{Structures: houses})

			return none("OpenRequests", err)
		},
		func() error { return same("what was asked for", asked, room()) },
	)
}

// unsorted returns a batch whose grants and applications are in another order than any that a store may keep them in.
func unsorted(b storage.Batch) storage.Batch {
	b = clone(b)

	for _, row := range b.Structures {
		slices.Reverse(row.Applications)
	}

	for _, r := range b.Rosters {
		for _, row := range r.Rows {
			slices.Reverse(row.Grants)

			if row.Details != nil {
				slices.Reverse(row.Details.Applications)
			}
		}
	}

	return b
}

// orders is in which order a batch has its grants and applications, which comparing rows does not tell.
func orders(b storage.Batch) []any {
	var out []any

	for _, row := range b.Structures {
		out = append(out, row.Applications)
	}

	for _, r := range b.Rosters {
		for _, row := range r.Rows {
			for _, g := range row.Grants {
				out = append(out, g.Profile)
			}

			if row.Details != nil {
				out = append(out, row.Details.Applications)
			}
		}
	}

	return out
}

func readerSharesNoMemory(ctx context.Context, s bench) error {
	b := full(1, 0)

	if err := given(ctx, s, b); err != nil {
		return err
	}

	read := func() ([]any, error) { return everything(ctx, s, b) }

	before, err := read()
	if err != nil {
		return err
	}

	// What is read a second time may be the same memory: it is compared with a copy of the suite's own.
	want, _ := reflect.TypeAssert[[]any](deepCopy(reflect.ValueOf(before)))

	for _, v := range before {
		scribble(v)
	}

	after, err := read()
	if err != nil {
		return err
	}

	return steps(
		func() error { return same("read again", want, after) },
		func() error { return stored(ctx, s, b, 1) },
	)
}

// deepCopy returns a copy of a value that shares no memory with it.
func deepCopy(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)

	switch v.Kind() { //nolint:exhaustive // the others hold no memory that somebody else could hold too
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(deepCopy(v.Elem()))
		}
	case reflect.Interface:
		if !v.IsNil() {
			out.Set(deepCopy(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))

			for i := range v.Len() {
				out.Index(i).Set(deepCopy(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMap(v.Type()))

			for _, k := range v.MapKeys() {
				out.SetMapIndex(k, deepCopy(v.MapIndex(k)))
			}
		}
	case reflect.Struct:
		if !opaque(v.Type()) {
			for i := range v.NumField() {
				out.Field(i).Set(deepCopy(v.Field(i)))
			}
		}
	}

	return out
}

// everything is what every method of a Reader answers about a batch of full.
func everything(ctx context.Context, r storage.Reader, b storage.Batch) ([]any, error) {
	var (
		out    []any
		failed error
	)

	add := func(v any, err error) {
		if err != nil && failed == nil {
			failed = fmt.Errorf("reading a %T: %w", v, err)
		}

		out = append(out, v)
	}
	page := func(q storage.Query) { v, err := r.Page(ctx, q); add(v.Rows, err) }

	for _, row := range b.Structures {
		v, err := r.Structure(ctx, row.ID)
		add(v, err)

		v, err = r.StructureByIdentity(ctx, row.Identity)
		add(v, err)

		page(storage.OpenRequests{Structures: []structure.ID{row.ID}})
		page(storage.History{Structure: row.ID})
		page(storage.Deciders{Structure: row.ID})
		page(storage.UsersOf{Structure: row.ID})
		page(storage.ServicesOf{Structure: row.ID})
	}

	for _, row := range b.Credentials {
		v, err := r.Credential(ctx, row.Account)
		add(v, err)
	}

	for _, row := range b.Attempts {
		v, err := r.Attempts(ctx, row.Key)
		add(v, err)
	}

	for _, row := range b.Links {
		v, err := r.Link(ctx, row.Selector)
		add(v, err)

		list, err := r.Links(ctx, row.Account, row.Purpose)
		add(list, err)
	}

	for _, row := range b.Rosters {
		q := storage.RosterQuery{Structure: row.Structure, Services: []structure.Code{"SRV-2"}}
		for _, a := range row.Rows {
			q.Accounts = append(q.Accounts, a.Account)
		}

		v, err := r.Roster(ctx, q)
		sortRows(v.Roster.Rows)
		add(v, err)
	}

	for _, row := range b.Accounts {
		v, err := r.Memberships(ctx, row.ID)
		add(v, err)

		page(storage.RowsOf{Account: row.ID})
		page(storage.JournalOf{Account: row.ID})
		page(storage.MessagesOf{Account: row.ID})
	}

	for _, row := range b.Registrations {
		page(storage.RowsOf{Account: row.ID})
		page(storage.MessagesOf{Account: row.ID})
	}

	for _, row := range b.Messages {
		v, err := r.Message(ctx, row.ID)
		add(v, err)
	}

	page(storage.DueMessages{At: at(1_000_000)})
	page(storage.DueRows{At: at(1_000_000)})
	page(storage.DueRegistrations{At: at(1_000_000)})
	page(storage.ParkedMessages{})
	page(storage.Individuals{})
	page(storage.Factors{})
	page(storage.PublicStructures{})
	page(storage.Unverified{At: at(1_000_000)})

	return out, failed
}
