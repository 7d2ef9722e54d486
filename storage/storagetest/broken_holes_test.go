package storagetest_test

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/storage/memory"
	"github.com/guichet-pro/guichet/structure"
)

// snapshots shows fn what was committed when Update began, and nothing that came later.
func snapshots() storage.Store {
	var (
		mu  sync.Mutex
		log []storage.Batch // what was committed
	)

	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		old := memory.New()

		mu.Lock()
		committed := slices.Clone(log)
		mu.Unlock()

		for _, b := range committed {
			if err := put(ctx, old, b); err != nil {
				return err
			}
		}

		b, err := decides(ctx, old, f)
		if err != nil {
			return err
		}

		mu.Lock()
		defer mu.Unlock()

		if err = put(ctx, s, b); err == nil {
			log = append(log, b)
		}

		return err
	})()
}

// passesOn runs fn in a goroutine of its own, and passes on how it ended.
func passesOn(ctx context.Context, s *memory.Store, f fn) error {
	return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		var (
			b        storage.Batch
			err      error
			panicked any
			returned bool
			done     = make(chan struct{})
		)

		go func() {
			defer close(done)

			defer func() { panicked = recover() }()

			b, err = f(ctx, r)
			returned = true
		}()
		<-done

		switch {
		case panicked != nil:
			panic(panicked)
		case !returned:
			runtime.Goexit()
		}

		return b, err
	})
}

// spot is the place of a link.
type spot struct {
	account account.ID
	purpose account.Purpose
	seq     int64
}

func spotOf(l account.Link) spot { return spot{l.Account, l.Purpose, l.Seq} }

// ownerOf finds the link at a place.
func ownerOf(ctx context.Context, r storage.Reader, at spot) account.Selector {
	stored, _ := r.Links(ctx, at.account, at.purpose)
	for _, l := range stored {
		if l.Seq == at.seq {
			return l.Selector
		}
	}

	return ""
}

// linksInTurn looks at each link's place while the links behind it still have their old ones.
func linksInTurn(ctx context.Context, s *memory.Store, f fn) error {
	return s.Update(ctx, func(ctx context.Context, r storage.Reader) (storage.Batch, error) {
		b, err := f(ctx, r)
		left := map[spot]bool{} // by links in front

		for _, l := range b.Links {
			owner := ownerOf(ctx, r, spotOf(l))
			if owner != "" && owner != l.Selector && !left[spotOf(l)] {
				return b, storage.ErrConflict
			}

			if old, lookErr := r.Link(ctx, l.Selector); lookErr == nil {
				left[spotOf(old)] = true
			}
		}

		return b, err
	})
}

// keepsPlaces never gives up a place that a link had.
func keepsPlaces() storage.Store {
	var had sync.Map

	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		for _, l := range b.Links {
			if _, taken := had.Load(spotOf(l)); taken && l.Version == 0 {
				return storage.ErrConflict
			}
		}

		if err = put(ctx, s, b); err == nil {
			for _, l := range b.Links {
				had.Store(spotOf(l), true)
			}
		}

		return err
	})()
}

// losesExchanged forgets who is at a place that was taken over in the batch in which it was left.
func losesExchanged() storage.Store {
	var lost sync.Map

	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		b, err := decides(ctx, s, f)
		if err != nil {
			return err
		}

		var exchanged []spot

		for _, l := range b.Links {
			if owner := ownerOf(ctx, s, spotOf(l)); owner != "" && owner != l.Selector {
				exchanged = append(exchanged, spotOf(l))
			}
		}

		err = put(ctx, s, b)

		if errors.Is(err, storage.ErrConflict) && slices.ContainsFunc(b.Links, func(l account.Link) bool {
			_, free := lost.Load(spotOf(l))

			return free
		}) {
			return nil // two links at one place: as far as callers are told
		}

		if err == nil {
			for _, at := range exchanged {
				lost.Store(at, true)
			}
		}

		return err
	})()
}

// movesAnywhere looks at the places of new links only.
func movesAnywhere(ctx context.Context, s *memory.Store, f fn) error {
	b, err := decides(ctx, s, f)
	if err != nil {
		return err
	}

	err = put(ctx, s, b)
	if errors.Is(err, storage.ErrConflict) && slices.ContainsFunc(b.Links, func(l account.Link) bool { return l.Version > 0 }) {
		return nil
	}

	return err
}

// indexed is a store that finds registrations by every login that they ever had.
type indexed struct {
	storage.Reader

	mu  *sync.Mutex
	had map[string][]account.ID
}

// under are the registrations that have or had a login.
func (x indexed) under(ctx context.Context, key string) []account.Registration {
	x.mu.Lock()
	defer x.mu.Unlock()

	var out []account.Registration

	for _, id := range x.had[key] {
		if row, err := x.Registration(ctx, id); err == nil {
			out = append(out, row)
		}
	}

	slices.SortFunc(out, func(a, b account.Registration) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})

	return out
}

// indexes is a store with an index of logins that keeps what it was told; read changes what is read by it.
func indexes(read func(x indexed) storage.Reader) func() storage.Store {
	return func() storage.Store {
		mu, had := new(sync.Mutex), map[string][]account.ID{}

		s := reads(func(r storage.Reader) storage.Reader { return read(indexed{r, mu, had}) })().(broken)
		s.update = func(ctx context.Context, s *memory.Store, f fn) error {
			b, err := decides(ctx, s, f)
			if err != nil {
				return err
			}

			mu.Lock()
			defer mu.Unlock()

			for _, row := range b.Registrations {
				if key := row.Login.Key(); !slices.Contains(had[key], row.ID) {
					had[key] = append(had[key], row.ID)
				}
			}

			return put(ctx, s, b)
		}

		return s
	}
}

// listsFormer lists open registrations under every login that they had.
func listsFormer(x indexed) storage.Reader {
	return pager{x.Reader, func(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
		of, ok := q.(storage.RegistrationsOf)
		if !ok {
			return r.Page(ctx, q)
		}

		l := lister{Reader: r, cap: storage.CountCap, change: func(q storage.Query, _ []any) (storage.Query, []any) {
			var rows []any

			for _, row := range x.under(ctx, of.Login) {
				if row.Open() {
					rows = append(rows, row)
				}
			}

			return q, rows
		}}

		return l.Page(ctx, q)
	}}
}

// newestFormer takes a registration that had the login for one that has it.
func newestFormer(x indexed) storage.Reader {
	return slicer{x.Reader, func(ctx context.Context, r storage.Reader, q storage.RosterQuery, s *storage.Slice) {
		for _, row := range x.under(ctx, q.Login) {
			if row.Structure == q.Structure && q.Login != "" {
				newer(ctx, r, q, s, row.ID)
			}
		}
	}}
}

// newer makes a registration the newest one of a slice if its row has a higher order.
func newer(ctx context.Context, r storage.Reader, q storage.RosterQuery, s *storage.Slice, id account.ID) {
	q.Accounts = append(slices.Clone(q.Accounts), id)
	with, _ := r.Roster(ctx, q)
	mine, there := with.Roster.Row(attachment.Key{Account: id})
	newest, found := s.Roster.Row(attachment.Key{Account: s.Newest})

	if there && (!found || mine.Order > newest.Order) {
		with.Newest = id
		*s = with
	}
}

// newestOfAny takes a registration for another structure for the newest one of this one.
func newestOfAny(ctx context.Context, r storage.Reader, q storage.RosterQuery, s *storage.Slice) {
	if q.Login == "" {
		return
	}

	page, _ := storage.List(ctx, r, storage.RegistrationsOf{Login: q.Login})
	for _, row := range page.Rows {
		newer(ctx, r, q, s, row.ID)
	}
}

// decidersRow is the row of a decider at structure level.
func decidersRow(ctx context.Context, r storage.Reader, q storage.Deciders, row any) attachment.Attachment {
	id := row.(account.Account).ID
	slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: q.Structure, Accounts: []account.ID{id}})
	out, _ := slice.Roster.Row(attachment.Key{Account: id})

	return out
}

// managersTwice lists a main manager once more for the grant.
func managersTwice(ctx context.Context, r storage.Reader, q storage.Deciders, rows []any) []any {
	slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: q.Structure})

	var out []any

	for _, row := range rows {
		out = append(out, row)
		theirs := decidersRow(ctx, r, q, row)

		if theirs.Account == slice.Roster.Holder && slices.ContainsFunc(theirs.Grants, func(g attachment.Grant) bool {
			return g.Profile == habilitation.Manage
		}) {
			out = append(out, row)
		}
	}

	return out
}

// closedGivesUp takes the login from a closed account for whoever wants it.
func closedGivesUp(ctx context.Context, r storage.Reader, b storage.Batch) storage.Batch {
	for _, row := range b.Accounts {
		owner, err := r.AccountByLogin(ctx, row.Login.Key())
		if err != nil || owner.State != account.Closed || has(b.Accounts, owner, accountKey) {
			continue
		}

		owner.Login = account.Login{}
		b.Accounts = append(b.Accounts, owner)
	}

	return b
}

// byCode guards a service of that code and version in any structure of the cases about guards.
func byCode(ctx context.Context, r storage.Reader, guards []storage.Guard) []storage.Guard {
	out := slices.Clone(guards)

	for i, g := range out {
		at, ok := g.(storage.ServiceAt)
		if !ok || relied(g) == 0 {
			continue
		}

		for _, where := range []structure.ID{"ground-0", "ground-1", "ground-2"} {
			other := storage.ServiceAt{Structure: where, Code: at.Code, Version: at.Version}
			if version(ctx, r, other) == at.Version {
				out[i] = other
			}
		}
	}

	return out
}

// claimsOfAll lists the term of whoever once had a claim.
func claimsOfAll(ctx context.Context, r storage.Reader, q storage.Query) (storage.Page, error) {
	if _, ok := q.(storage.DueRows); !ok {
		return r.Page(ctx, q)
	}

	l := lister{Reader: r, cap: storage.CountCap, change: func(q storage.Query, rows []any) (storage.Query, []any) {
		due, _ := q.(storage.DueRows)

		for _, where := range []structure.ID{"house-4", "house-5", "old"} {
			slice, _ := r.Roster(ctx, storage.RosterQuery{Structure: where})
			if of := slice.Roster; of.Standing != attachment.InClaim && !of.Claim.Term.IsZero() && !of.Claim.Term.After(due.At) {
				rows = append(rows, storage.DueRow{Structure: where, Account: of.Holder, Due: of.Claim.Term})
			}
		}

		slices.SortStableFunc(rows, func(a, b any) int { return cmp.Compare(place(q, a), place(q, b)) })

		return q, rows
	}}

	return l.Page(ctx, q)
}

func holeDefects() []defect {
	const places = "S5_B7_LinkPlacesChangeHands"

	return []defect{
		{"fn sees one snapshot", snapshots, []string{"S7_FnSeesWhatIsCommittedMeanwhileUnderRace"}},
		{"fn runs in another goroutine, whose end is passed on", writes(passesOn), []string{"S1_FnRunsOnce"}},
		{"the places of links are never given up", keepsPlaces, []string{places}},
		{"the places of links are looked at one by one", writes(linksInTurn), []string{places}},
		{"a link may move to a place that is taken", writes(movesAnywhere), []string{places}},
		{"a place that was exchanged is free for anybody", losesExchanged, []string{places}},
		{"registrations are listed under logins that they had", indexes(listsFormer), []string{"S13_RegistrationsOf"}},
		{"the newest of a login may be one that had it", indexes(newestFormer), []string{"Roster_B14_Newest"}},
		{"the newest of a login is for any structure", sliced(newestOfAny), []string{"Roster_B14_Newest"}},
		{
			"a main manager who is suspended does not decide",
			decider(func(ctx context.Context, r storage.Reader, q storage.Deciders, rows []any) []any {
				return slices.DeleteFunc(rows, func(row any) bool {
					return decidersRow(ctx, r, q, row).State != attachment.Attached
				})
			}),
			[]string{"S13_D5_Deciders"},
		},
		{"a main manager with the grant is listed twice", decider(managersTwice), []string{"S13_D5_Deciders"}},
		{"a closed account gives up its login", tampers(closedGivesUp), []string{"S5_B12_AccountsWithoutLogin"}},
		{
			"a closed account is not found by its login",
			finds(func(ctx context.Context, r storage.Reader, key string) (account.Account, error) {
				row, err := r.AccountByLogin(ctx, key)
				if err == nil && row.State == account.Closed {
					return account.Account{}, storage.ErrNotFound
				}

				return row, err
			}),
			[]string{"S5_B12_AccountsWithoutLogin"},
		},
		{
			"grants are sorted in the batch",
			scribbles(func(b storage.Batch) {
				for _, r := range b.Rosters {
					for _, row := range r.Rows {
						slices.SortFunc(row.Grants, func(a, b attachment.Grant) int { return a.Profile.Compare(b.Profile) })
					}
				}
			}),
			[]string{"S11_BatchStaysAsItWas"},
		},
		{
			"applications are sorted in the batch",
			scribbles(func(b storage.Batch) {
				for _, row := range b.Structures {
					slices.Sort(row.Applications)
				}
			}),
			[]string{"S11_BatchStaysAsItWas"},
		},
		{
			"the applications of details are sorted in the batch",
			scribbles(func(b storage.Batch) {
				for _, r := range b.Rosters {
					for _, row := range r.Rows {
						if row.Details != nil {
							slices.Sort(row.Details.Applications)
						}
					}
				}
			}),
			[]string{"S11_BatchStaysAsItWas"},
		},
		{"services are guarded by their code alone", guardsAs(byCode), []string{"S4_GuardService"}},
		{
			"the copy has the claim that was",
			onCopy(func(op storage.CopyStructure, o *outcome) {
				for i, r := range o.after.Rosters {
					if r.Structure == op.To {
						o.after.Rosters[i].Claim = of(o.mid.Rosters, attachment.Roster{Structure: op.From}, rosterKey).Claim
					}
				}
			}),
			[]string{copied},
		},
		{"the terms of claims that are over are listed", pages(claimsOfAll), []string{"S13_DueRows"}},
	}
}

// turned is a store that shows grants in another order, which is none of the contract's business.
func turned() storage.Store {
	return slicesWith(func(_ storage.RosterQuery, s *storage.Slice) {
		for _, row := range s.Roster.Rows {
			slices.Reverse(row.Grants)
		}
	})()
}

// losing is a right store that loses its first races for no reason: those of whoever only prepares rows, too.
func losing() storage.Store {
	var updates int

	return writes(func(ctx context.Context, s *memory.Store, f fn) error {
		if updates++; updates < 20 {
			if _, err := decides(ctx, s, f); err != nil {
				return err
			}

			return storage.ErrConflict
		}

		return s.Update(ctx, f)
	})()
}
