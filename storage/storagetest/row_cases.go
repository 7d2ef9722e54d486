package storagetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const (
	textsSentence  = "Texts compare byte for byte; they are valid UTF-8 without U+0000, which a store need not check. Times are UTC with microseconds: what was stored comes back equal. The zero time comes back zero."
	memorySentence = "What a Reader returns shares no memory with the store, and neither does what a Batch brought in."
)

// rowCases are about what comes back of what was written.
func rowCases() []Case {
	return slices.Concat([]Case{
		{
			Name:     "S10_EveryFieldComesBack",
			Sentence: textsSentence,
			Explanation: "Rows with every field filled are written, then all of them are changed. A field that a store " +
				"forgets is lost on its first update.",
			test: everyFieldComesBack,
		},
		{
			Name:     "S10_ZeroTimesComeBackZero",
			Sentence: textsSentence,
			Explanation: "Rows are written with nothing but their keys and states. A zero time means never, or not yet: a " +
				"link that was used in the year 1970 opens nothing.",
			test: zeroTimes,
		},
		{
			Name:        "S10_EveryStateComesBack",
			Sentence:    textsSentence,
			Explanation: "Rows are written in every state, kind and standing that there is.",
			test:        everyState,
		},
		{
			Name:     "S11_BatchSharesNoMemory",
			Sentence: memorySentence,
			Explanation: "The batch is overwritten after it was committed. A store that kept it would let its caller " +
				"change rows without a version.",
			test: batchSharesNoMemory,
		},
		{
			Name:     "S11_BatchStaysAsItWas",
			Sentence: memorySentence,
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
		{
			Name:     "G5_LinkAddressIsNotStored",
			Sentence: "Link string `json:\"-\"` // the address to open; never stored",
			Explanation: "A message comes with the address of its link filled in. Whoever reads the database could open " +
				"the link.",
			test: linkless,
		},
	}, valueCases(), textCases())
}

func everyFieldComesBack(ctx context.Context, s bench) error {
	first, second := full(1, 0), versioned(full(1, 1), 1)

	return steps(
		func() error { return none("inserting", write(ctx, s, first)) },
		func() error { return stored(ctx, s, first, 1) },
		func() error { return none("changing", write(ctx, s, second)) },
		func() error { return stored(ctx, s, second, 2) },
		func() error {
			_, err := s.AccountByLogin(ctx, first.Accounts[0].Login.Key())

			return is("the login it had", err, storage.ErrNotFound)
		},
		func() error {
			_, err := s.StructureByIdentity(ctx, first.Structures[0].Identity)

			return is("the identity it had", err, storage.ErrNotFound)
		},
	)
}

func zeroTimes(ctx context.Context, s bench) error {
	where := structure.Structure{
		ID: "house", Identity: siret(1), Sector: structure.Private, Status: structure.Active,
	}
	french := account.Person{FirstName: "A", LastName: "B", Language: language.French}

	b := storage.Batch{
		Structures: []structure.Structure{where},
		Services:   []structure.Service{{Structure: "house", Code: "SRV"}},
		Registrations: []account.Registration{{
			ID: "jean", State: account.AwaitingApproval, Structure: "house", Login: login("jean@example.fr"), Person: french,
		}},
		Accounts: []account.Account{
			{ID: "anne", State: account.Active, Login: login("anne@example.fr"), Person: french, Epoch: 1},
		},
		Credentials: []account.Credential{{Account: "anne"}},
		Links: []account.Link{{
			Selector: "s", Purpose: account.PurposeActivation, Account: "jean", Seq: 1, Hash: []byte{1},
		}},
		Rosters: []attachment.Roster{{
			Structure: "house", Standing: attachment.Managed, Holder: "anne", Attached: 1,
			Rows: []attachment.Attachment{
				{Key: attachment.Key{Account: "anne"}, State: attachment.Attached},
				{Key: attachment.Key{Account: "jean"}, State: attachment.Requested, Details: &structure.Details{}},
			},
		}},
		Messages: []storage.Message{
			{ID: "m", State: storage.Queued, Kind: mail.Refused, To: "a@example.fr", Language: language.French},
		},
		Journal: []storage.Entry{
			{Operation: "o", Try: 1, Actor: account.System(), Action: "time over", Structure: "house"},
		},
	}
	b.Rosters[0].Rows[1].Details.Sector = structure.Private

	return steps(
		func() error { return none("Update", write(ctx, s, b)) },
		func() error { return stored(ctx, s, b, 1) },
		func() error { return none("changing", write(ctx, s, withoutJournal(versioned(b, 1)))) },
		func() error { return stored(ctx, s, b, 2) },
	)
}

func withoutJournal(b storage.Batch) storage.Batch {
	b.Journal = nil

	return b
}

func everyState(ctx context.Context, s bench) error {
	var (
		b       storage.Batch
		english = person("x").Person
		next    = 0
	)

	id := func(what string) account.ID {
		next++

		return name[account.ID](what, next)
	}

	english.Language = language.English

	roster := head(house(1).ID)
	b.Structures = []structure.Structure{house(1)}

	for _, state := range account.RegistrationStates() {
		row := applicant(id("registration"), house(1).ID)
		row.State, row.Person = state, english
		b.Registrations = append(b.Registrations, row)
	}

	for _, state := range []account.State{account.Active, account.Deactivated, account.Blocked, account.Closed} {
		row := person(id("account"))
		row.State = state
		b.Accounts = append(b.Accounts, row)
	}

	for _, state := range storage.MessageStates() {
		for _, kind := range mail.Kinds() {
			row := note(string(id("message")), at(0))
			row.State, row.Kind = state, kind
			b.Messages = append(b.Messages, row)
		}
	}

	for _, state := range attachment.States() {
		if state == attachment.Claimed {
			continue // comes with the standing below
		}

		row := asks(id("row"), int64(next))
		row.State = state

		if state == attachment.Attached || state == attachment.Suspended {
			roster.Attached++

			for _, p := range habilitation.All([]structure.Application{"signature", habilitation.Organisation}) {
				row.Grants = append(row.Grants, attachment.Grant{Profile: p, By: account.By("row"), At: at(1)})
			}
		}

		b.Registrations = append(b.Registrations, applicant(row.Account, house(1).ID))
		roster.Rows = append(roster.Rows, row)
	}

	roster.Standing = attachment.Vacant
	b.Rosters = []attachment.Roster{roster}

	for i, standing := range []attachment.Standing{attachment.Unclaimed, attachment.InClaim, attachment.Managed} {
		where := house(10 + i)
		where.Sector, where.Status = structure.Public, structure.Inactive
		r := head(where.ID)
		r.Standing = standing

		switch standing {
		case attachment.InClaim:
			r.Holder, r.Claim = id("claimant"), attachment.Claim{Designated: at(1), Term: at(2)}
			row := asks(r.Holder, 1)
			row.State = attachment.Claimed
			r.Rows = []attachment.Attachment{row}
			b.Registrations = append(b.Registrations, applicant(r.Holder, where.ID))
		case attachment.Managed:
			r.Holder, r.Attached = id("manager"), 1
			r.Rows = []attachment.Attachment{belongs(r.Holder, "")}
			b.Accounts = append(b.Accounts, person(r.Holder))
		case attachment.Unclaimed, attachment.Vacant:
			r.Rows = []attachment.Attachment{asks("lonely", 1)}
			b.Registrations = append(b.Registrations, applicant("lonely", where.ID))
		}

		b.Structures = append(b.Structures, where)
		b.Rosters = append(b.Rosters, r)
	}

	for i, actor := range []account.Actor{{}, account.By("anne"), account.Support("Léa: accueil"), account.System()} {
		b.Journal = append(b.Journal, storage.Entry{
			Operation: "actors", Seq: i, Try: 1, At: at(i), Actor: actor, Action: "a", Structure: house(1).ID,
		})
	}

	return steps(
		func() error { return none("Update", write(ctx, s, b)) },
		func() error { return stored(ctx, s, b, 1) },
	)
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
	}

	for _, row := range b.Messages {
		v, err := r.Message(ctx, row.ID)
		add(v, err)
	}

	page(storage.DueMessages{At: at(1_000_000)})
	page(storage.DueRows{At: at(1_000_000)})

	return out, failed
}
