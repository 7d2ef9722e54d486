package storagetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// operationRounds is how often an operation meets a writer.
const operationRounds = 60

// duel is an operation and a writer who are not to miss each other: both rest on what was read before either of them.
type duel struct {
	m         model
	operation func(m model) storage.Batch // of what is stored when it is tried
	writer    storage.Batch
	late      int // how often the writer lets others go first, so that now the one comes first, now the other
}

// fight runs both at once. The operation is tried until it comes through; the writer tries once, and either comes first
// or has lost a race. The model is brought up to date with what must be stored then.
func (d *duel) fight(ctx context.Context, s storage.Store) error {
	var operated storage.Batch

	answers := together(2, func(i int) error { //nolint:mnd // the operation and the writer
		if i == 1 {
			for range d.late {
				runtime.Gosched()
			}

			return write(ctx, yielding{s}, d.writer)
		}

		for try := 0; ; try++ {
			m := d.m
			if try%2 == 1 { // somebody was first, or may have been
				m = m.after(d.writer)
			}

			operated = d.operation(m)

			err := write(ctx, yielding{s}, operated)
			if !errors.Is(err, storage.ErrConflict) || ctx.Err() != nil {
				return err
			}
		}
	})

	if err := none("the operation", answers[0]); err != nil {
		return err
	}

	known := d.m.with(written(d.writer))

	first := answers[1] == nil
	if first {
		d.m = d.m.after(d.writer)
	} else if err := is("the writer, who came second", answers[1], storage.ErrConflict); err != nil {
		return err
	}

	d.m = d.m.after(operated)

	if err := d.m.stored(ctx, s, d.m.with(known).Batch); err != nil {
		return fmt.Errorf("the writer came first: %t: %w", first, err)
	}

	return nil
}

func copyMissesNoRow(ctx context.Context, s bench) error {
	for i := range operationRounds {
		from, to := house(2*i), house(2*i+1)
		boss, asker := person(name[account.ID]("boss", i)), name[account.ID]("asker", i)

		r := head(from.ID)
		r.Standing, r.Holder, r.Attached = attachment.Managed, boss.ID, 1
		r.Rows = []attachment.Attachment{belongs(boss.ID, "")}
		world := storage.Batch{
			Structures: []structure.Structure{from, to}, Accounts: []account.Account{boss}, Rosters: []attachment.Roster{r},
		}

		if err := given(ctx, s, world); err != nil {
			return err
		}

		told := note(name[string]("told", i), at(0))
		told.Structure = from.ID

		d := duel{
			m: model{}.after(world),
			operation: func(m model) storage.Batch {
				return operates(storage.CopyStructure{From: from.ID, To: to.ID, Version: m.roster(from.ID).Version})
			},
			writer: storage.Batch{
				Guards: []storage.Guard{storage.RosterAt{Structure: from.ID, Version: 1}}, Messages: []storage.Message{told},
			},
		}

		if i%2 == 0 { // a request that swaps the roster, and not only a message that guards it
			r := head(from.ID)
			r.Version, r.Standing, r.Holder, r.Attached = 1, attachment.Managed, boss.ID, 1
			r.Rows = []attachment.Attachment{asks(asker, 2)}
			d.writer.Guards, d.writer.Rosters = nil, []attachment.Roster{r}
			d.writer.Registrations = []account.Registration{applicant(asker, from.ID)}
		}

		if err := d.meet(ctx, s, i); err != nil {
			return err
		}
	}

	return nil
}

func (d *duel) meet(ctx context.Context, s storage.Store, round int) error {
	d.late = round / 2 % 20 //nolint:mnd // twice as long as a yielding store waits

	if err := d.fight(ctx, s); err != nil {
		return fmt.Errorf("round %d: %w", round, err)
	}

	return nil
}

func erasureMissesNoRow(ctx context.Context, s bench) error {
	for i := range operationRounds {
		where, who := house(i), person(name[account.ID]("leaver", i))
		world := storage.Batch{Structures: []structure.Structure{where}, Accounts: []account.Account{who}}

		// Every other round the account has a row already, so that erasing it changes the roster. Whoever decided on what
		// they read there has lost a race, without a guard of the account.
		decided := i%2 == 0
		if decided {
			r := head(where.ID)
			r.Rows = []attachment.Attachment{row(who.ID, "", attachment.Requested, 1)}
			world.Rosters = []attachment.Roster{r}
		}

		if err := given(ctx, s, world); err != nil {
			return err
		}

		d := duel{
			m: model{}.after(world),
			operation: func(m model) storage.Batch {
				closing := m.account(who.ID)
				closing.State = account.Closed
				b := operates(storage.EraseAccount{Account: who.ID})
				b.Accounts = []account.Account{closing}

				return b
			},
			writer: storage.Batch{
				Journal: []storage.Entry{{
					Operation: name[string]("asks", i), Try: 1, At: at(0), Actor: account.By(who.ID), Action: "request made",
					Structure: where.ID, Account: who.ID, Note: "S'il vous plaît",
				}},
			},
		}

		r := head(where.ID)

		if decided {
			r.Version, r.Rows = 1, []attachment.Attachment{row(who.ID, "", attachment.Refused, 1)}
		} else {
			r.Rows = []attachment.Attachment{row(who.ID, "", attachment.Requested, 1)}
			d.writer.Guards = []storage.Guard{storage.AccountAt{ID: who.ID, Version: 1}}
			d.writer.Links = []account.Link{link(name[account.Selector]("link", i), who.ID, 1, later)}
		}

		d.writer.Rosters = []attachment.Roster{r}

		if err := d.meet(ctx, s, i); err != nil {
			return err
		}
	}

	return nil
}
