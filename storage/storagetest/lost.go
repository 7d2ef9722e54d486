package storagetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/habilitation"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// lostAnswerCases run the portal's use cases while a commit is lost.
func lostAnswerCases() []Case {
	return []Case{
		{
			Name:     "S2_D1_LostRegistration",
			Sentence: honestSentence,
			Explanation: "Two people register, and each time the connection breaks during the commit: for one after it, for the " +
				"other before. Both must be told what they would have been told otherwise, and be registered once.",
			Needs: Breaking,
			test:  lostRegistration,
		},
		{
			Name:     "S2_D5_LostDecision",
			Sentence: honestSentence,
			Explanation: "A manager approves two requests, and each time the connection breaks during the commit. Nobody may be " +
				"told that the request was decided already, by themselves.",
			Needs: Breaking,
			test:  lostDecision,
		},
		{
			Name:     "S2_CallerGoesAwayDuringALostCommit",
			Sentence: "ErrUncertain means: the batch is committed as a whole or not at all, and the store cannot tell.",
			Explanation: "The connection breaks during the commit of somebody who goes away at the same moment. What they are told " +
				"must leave it open whether they are registered, unless it is known.",
			Needs: Breaking,
			test:  goesAway,
		},
	}
}

func lostRegistration(ctx context.Context, s bench) error {
	p, ids, err := portal(s)
	if err != nil {
		return none("guichet.New", err)
	}

	for i, c := range []struct {
		how  Sabotage
		next guichet.Next
	}{{LostAfter, guichet.NextActivation}, {LostBefore, guichet.NextApproval}} {
		if err := s.sabotage(c.how); err != nil {
			return err
		}

		receipt, err := p.Register(ctx, filled(i))
		where, missing := s.StructureByIdentity(ctx, siret(1))

		if err := none(c.how.String(), steps(
			func() error { return none("Register", err) },
			func() error { return same("what happens next", c.next, receipt.Next) },
			func() error { return none("StructureByIdentity", missing) },
			func() error { return oneClaim(ctx, s, where.ID, i+1) },
			func() error { return oneStructure(ctx, s, where.ID, ids()) },
			func() error { return oneLink(ctx, s) },
			func() error { return once(ctx, s, where.ID) },
		)); err != nil {
			return err
		}
	}

	return nil
}

func lostDecision(ctx context.Context, s bench) error {
	r := head(house(1).ID)
	r.Standing, r.Holder, r.Attached = attachment.Managed, "anne", 1
	r.Rows = []attachment.Attachment{belongs("anne", "", habilitation.Manage), asks("jean", 1), asks("zoe", 2)}

	if err := given(ctx, s, storage.Batch{
		Accounts:   []account.Account{person("anne"), person("jean"), person("zoe")},
		Structures: []structure.Structure{house(1)}, Rosters: []attachment.Roster{r},
	}); err != nil {
		return err
	}

	p, _, err := portal(s)
	if err != nil {
		return none("guichet.New", err)
	}

	for i, c := range []struct {
		how Sabotage
		who account.ID
	}{{LostAfter, "jean"}, {LostBefore, "zoe"}} {
		if err := s.sabotage(c.how); err != nil {
			return err
		}

		outcome, err := p.Do(ctx, house(1).ID, attachment.Approve{By: account.By("anne"), Account: c.who})
		after, missing := s.Roster(ctx, storage.RosterQuery{Structure: house(1).ID, Accounts: []account.ID{c.who}})
		row, _ := after.Roster.Row(attachment.Key{Account: c.who})
		version := int64(i) + 2 //nolint:mnd // the first decision makes 2 of 1

		if err := none(c.how.String(), steps(
			func() error { return none("Do", err) },
			func() error { return same("the decision's version", version, outcome.Version) },
			func() error { return none("Roster", missing) },
			func() error { return same("the roster's version", version, after.Roster.Version) },
			func() error { return same("the request", attachment.Attached, row.State) },
			func() error { return once(ctx, s, house(1).ID) },
		)); err != nil {
			return err
		}
	}

	return nil
}

// leaving ends its caller's context as soon as the store cannot tell.
type leaving struct {
	storage.Store

	leave func()
}

// Update lets the caller go away.
func (l leaving) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	err := l.Store.Update(ctx, fn)
	if errors.Is(err, storage.ErrUncertain) {
		l.leave()
	}

	return err
}

func goesAway(ctx context.Context, s bench) error {
	var leave context.CancelFunc

	p, _, err := portal(leaving{s.Store, func() { leave() }})
	if err != nil {
		return none("guichet.New", err)
	}

	for i, how := range []Sabotage{LostAfter, LostBefore} {
		var ended context.Context

		ended, leave = context.WithCancel(ctx)
		defer leave()

		if err := s.sabotage(how); err != nil {
			return err
		}

		form := filled(i)
		form.Code = siret(i + 1).Code()

		_, answer := p.Register(ended, form)
		where, err := s.StructureByIdentity(ctx, siret(i+1))

		switch {
		case answer == nil:
			err = none("who was told that all is well", err)
		case !errors.Is(answer, storage.ErrUncertain):
			err = is("who went away", answer, storage.ErrUncertain)
		case errors.Is(err, storage.ErrNotFound):
			continue
		}

		if err := none(how.String(), steps(
			func() error { return err },
			func() error { return oneClaim(ctx, s, where.ID, 1) },
			func() error { return once(ctx, s, where.ID) },
		)); err != nil {
			return err
		}
	}

	return nil
}

// once tells whether everything that happened in a structure is in its history once, and was mailed once.
func once(ctx context.Context, r storage.Reader, id structure.ID) error {
	entries, err := all(ctx, r, func(w storage.Window) storage.Of[storage.Entry] {
		return storage.History{Window: w, Structure: id}
	}, storage.MaxLimit)
	if err != nil {
		return none("History", err)
	}

	messages, err := all(ctx, r, func(w storage.Window) storage.Of[storage.Message] {
		return storage.DueMessages{Window: w, At: at(1_000_000)}
	}, storage.MaxLimit)
	if err != nil {
		return none("DueMessages", err)
	}

	type event struct {
		action string
		who    account.ID
	}

	operations := map[event]string{}

	for _, e := range entries {
		this := event{e.Action, e.Account}
		if other, seen := operations[this]; seen {
			return fmt.Errorf("%q happened twice to %s: in the operations %s and %s", e.Action, e.Account, other, e.Operation)
		}

		operations[this] = e.Operation
	}

	type letter struct {
		kind mail.Kind
		to   string
		who  account.ID
	}

	sent := map[letter]bool{}

	for _, m := range messages {
		if this := (letter{m.Kind, m.To, m.Account}); m.Structure == id && sent[this] {
			return fmt.Errorf("a mail about %s waits twice: %s", m.Account, m.Kind)
		} else if m.Structure == id {
			sent[this] = true
		}
	}

	return nil
}
