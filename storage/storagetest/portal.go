package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

const raceSentence = "Whoever stores a roster compares and swaps its version: that one comparison settles the first " +
	"creator, two decisions at once and the single main manager."

// portalCases run the portal's use cases on the store, with many callers at once.
func portalCases() []Case {
	return []Case{
		{
			Name:     "C1_D1_FirstCreatorRace",
			Sentence: raceSentence,
			Explanation: "Many people register on one SIRET that nobody has named, at once. One structure, one claim, one " +
				"activation link; all others are requests, each with a place of its own in the queue.",
			test: firstCreatorRace,
		},
		{
			Name:     "D5_ApproveRace",
			Sentence: raceSentence,
			Explanation: "Many deciders approve or refuse one request at once: two deciders, one decider twice, one " +
				"beside a manager who is blocked, support twice. Exactly one decision is taken; everybody else is told who decided, and when.",
			test: approveRace,
		},
	}
}

// portal returns a portal on the store, whose clock goes on with every look at it, and a list of the ids that it made.
func portal(s storage.Store) (*guichet.Portal, func() []string, error) {
	var (
		ticks atomic.Int64
		mu    sync.Mutex
		ids   []string
	)

	keys := guichet.Keys{{ID: "storagetest", Secret: bytes.Repeat([]byte{1}, guichet.KeySize)}}

	p, err := guichet.New(yielding{s}, keys, &guichet.Options{
		Now: func() time.Time { return at(0).Add(time.Duration(ticks.Add(1)) * time.Millisecond) },
		NewID: func() string {
			mu.Lock()
			defer mu.Unlock()

			ids = append(ids, fmt.Sprintf("id-%06d", len(ids)))

			return ids[len(ids)-1]
		},
	})

	return p, func() []string {
		mu.Lock()
		defer mu.Unlock()

		return slices.Clone(ids)
	}, err
}

// filled is a registration form without faults.
func filled(n int) account.Form {
	address := fmt.Sprintf("person-%d@example.fr", n)

	return account.Form{
		Login: address, LoginAgain: address, FirstName: "Jean", LastName: fmt.Sprint("Dupont ", n), AcceptsTerms: true,
		Language: language.French, Kind: identifier.SIRET, Code: siret(1).Code(),
		Structure: structure.Form{
			LegalName: "Boulangerie Durand", Address: "1 rue du Four", PostalCode: "75006", Town: "Paris", Country: "FR",
		},
	}
}

func firstCreatorRace(ctx context.Context, s bench) error {
	p, ids, err := portal(s)
	if err != nil {
		return none("guichet.New", err)
	}

	n := s.options.Goroutines
	receipts := make([]guichet.Receipt, n)

	answers := together(n, func(i int) error {
		var err error
		receipts[i], err = p.Register(ctx, filled(i))

		return err
	})

	claims := 0

	for i, err := range answers {
		if err != nil {
			return fmt.Errorf("registration %d: %w", i, err)
		}

		if receipts[i].Next == guichet.NextActivation {
			claims++
		}
	}

	where, err := s.StructureByIdentity(ctx, siret(1))

	return steps(
		func() error { return same("people who were told that they are first", 1, claims) },
		func() error { return none("StructureByIdentity", err) },
		func() error { return oneClaim(ctx, s, where.ID, n) },
		func() error { return oneStructure(ctx, s, where.ID, ids()) },
		func() error { return oneLink(ctx, s) },
	)
}

// whole reads a roster with the rows of everybody who has one.
func whole(ctx context.Context, s storage.Reader, id structure.ID) (attachment.Roster, error) {
	open, err := all(ctx, s, func(w storage.Window) storage.Of[storage.OpenRequest] {
		return storage.OpenRequests{Window: w, Structures: []structure.ID{id}}
	}, storage.MaxLimit)
	if err != nil {
		return attachment.Roster{}, err
	}

	q := storage.RosterQuery{Structure: id, At: at(0)}
	for _, r := range open {
		q.Accounts = append(q.Accounts, r.Attachment.Account)
	}

	got, err := s.Roster(ctx, q)

	return got.Roster, err
}

// oneClaim tells whether a roster has one claim and otherwise requests, each with an order of its own.
func oneClaim(ctx context.Context, s storage.Reader, id structure.ID, people int) error {
	r, err := whole(ctx, s, id)
	if err != nil {
		return none("Roster", err)
	}

	var (
		claims, requests int
		orders           = map[int64]bool{}
	)

	for _, row := range r.Rows {
		orders[row.Order] = true

		switch row.State { //nolint:exhaustive // every other state makes the counts wrong
		case attachment.Claimed:
			claims++
		case attachment.Requested:
			requests++
		}
	}

	return steps(
		func() error { return none("the roster", attachment.Check(r)) },
		func() error { return same("claims", 1, claims) },
		func() error { return same("requests", people-1, requests) },
		func() error { return same("different orders", people, len(orders)) },
		func() error { return same("the roster's version", int64(people), r.Version) },
		func() error { return same("standing", attachment.InClaim, r.Standing) },
	)
}

// oneStructure tells whether of all ids that were made for a structure only one became one.
func oneStructure(ctx context.Context, s storage.Reader, want structure.ID, ids []string) error {
	for _, id := range ids {
		got, err := s.Structure(ctx, structure.ID(id))

		switch {
		case err == nil && got.ID != want:
			return fmt.Errorf("there is another structure: %s beside %s, both %s", got.ID, want, got.Identity)
		case err != nil && !errors.Is(err, storage.ErrNotFound):
			return none("Structure", err)
		}
	}

	return nil
}

// oneLink tells whether one activation link waits in the outbox.
func oneLink(ctx context.Context, s storage.Reader) error {
	due, err := all(ctx, s, func(w storage.Window) storage.Of[storage.Message] {
		return storage.DueMessages{Window: w, At: at(1_000_000)}
	}, storage.MaxLimit)

	sent := 0

	for _, m := range due {
		if m.Kind == mail.ActivationLink {
			sent++
		}
	}

	return steps(
		func() error { return none("DueMessages", err) },
		func() error { return same("activation links in the outbox", 1, sent) },
	)
}

// contest is one request and those who decide on it.
type contest struct {
	what   string
	holder account.ID // "" = the structure is vacant; the account of carl is blocked
	by     []account.Actor
}

func contests() []contest {
	anne, bob, lea, leo := account.By("anne"), account.By("bob"), account.Support("Léa"), account.Support("Léo")

	return []contest{
		{what: "two deciders", holder: "anne", by: []account.Actor{anne, bob}},
		{what: "one decider twice", holder: "anne", by: []account.Actor{anne, anne}},
		{what: "a decider beside a manager who is blocked", holder: "carl", by: []account.Actor{bob, bob}},
		{what: "support twice", by: []account.Actor{lea, leo}},
	}
}

func approveRace(ctx context.Context, s bench) error {
	blocked := person("carl")
	blocked.State = account.Blocked

	if err := given(ctx, s, storage.Batch{
		Accounts: []account.Account{person("anne"), person("bob"), blocked, person("jean")},
	}); err != nil {
		return err
	}

	p, _, err := portal(s)
	if err != nil {
		return none("guichet.New", err)
	}

	for i, c := range contests() {
		if err := none(c.what, c.run(ctx, s, p, house(i))); err != nil {
			return err
		}
	}

	return nil
}

// run has everybody decide on one request at once: half of them yes, half of them no.
func (c contest) run(ctx context.Context, s bench, p *guichet.Portal, where structure.Structure) error {
	r := head(where.ID)
	r.Standing, r.Holder, r.Attached = attachment.Managed, c.holder, 3
	r.Rows = []attachment.Attachment{
		belongs("anne", ""), belongs("bob", "", habilitation.Manage), belongs("carl", ""),
		asks("jean", 1),
	}

	if c.holder == "" {
		r.Standing = attachment.Vacant
		r.Rows[1].Grants = nil // support decides while nobody else can
	}

	if err := given(ctx, s, storage.Batch{
		Structures: []structure.Structure{where}, Rosters: []attachment.Roster{r},
	}); err != nil {
		return err
	}

	commands := make([]attachment.Command, s.options.Goroutines)

	for i := range commands {
		by := c.by[i%len(c.by)]
		if i/len(c.by)%2 == 0 {
			commands[i] = attachment.Approve{By: by, Account: "jean", Order: 1}
		} else {
			commands[i] = attachment.Refuse{By: by, Account: "jean", Order: 1}
		}
	}

	outcomes := make([]guichet.Outcome, len(commands))
	answers := together(len(commands), func(i int) error {
		var err error
		outcomes[i], err = p.Do(ctx, where.ID, commands[i])

		return err
	})

	after, err := s.Roster(ctx, storage.RosterQuery{
		Structure: where.ID, Accounts: []account.ID{"anne", "bob", "carl", "jean"},
	})
	if err != nil {
		return none("Roster", err)
	}

	winner := slices.Index(answers, nil)
	if winner < 0 {
		return fmt.Errorf("nobody decided: %w", errors.Join(answers...))
	}

	row, _ := after.Roster.Row(attachment.Key{Account: "jean"})
	state := attachment.Attached

	if _, refused := commands[winner].(attachment.Refuse); refused {
		state = attachment.Refused
	}

	return steps(
		func() error { return none("the roster", attachment.Check(after.Roster)) },
		func() error { return same("the winner's version", int64(2), outcomes[winner].Version) }, //nolint:mnd // one after 1
		func() error { return same("the roster's version", int64(2), after.Roster.Version) },     //nolint:mnd // likewise
		func() error { return same("the request", state, row.State) },
		func() error { return same("who decided", commands[winner].Actor(), row.Decision.By) },
		func() error { return losers(answers, winner, row.Decision) },
	)
}

// losers tells whether everybody but the winner was told who decided, and when.
func losers(answers []error, winner int, decision attachment.Decision) error {
	for i, err := range answers {
		if i == winner {
			continue
		}

		var told *attachment.Error

		switch {
		case err == nil:
			return fmt.Errorf("callers %d and %d both decided", winner, i)
		case !errors.Is(err, attachment.ErrDecided) || !errors.As(err, &told):
			return fmt.Errorf("caller %d got %w, want %w", i, err, attachment.ErrDecided)
		case told.By != decision.By || !told.At.Equal(decision.At):
			return fmt.Errorf("caller %d was told that %s decided at %s, and it was %s at %s",
				i, told.By, told.At, decision.By, decision.At)
		}
	}

	return nil
}
