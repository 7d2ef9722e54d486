package guichet

import (
	"context"
	"errors"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Departure says who goes, and what becomes of the structures whose main manager they are.
type Departure struct {
	By          account.Actor // the account itself, or support
	Account     account.ID
	LeaveVacant bool // a structure in which the main manager is alone is left vacant and inactive (rule D6)
}

// leaveAtOnce is how many structures are left in the transaction that closes an account; the rest follow in others.
const leaveAtOnce = 100

// Deactivate makes an account inactive until its person comes back through a mailed link (rule B12). Its attachments stay,
// and give no rights meanwhile. A main manager hands over first, or leaves the structure vacant.
//
// Errors: [*Error] around [ErrUnknownAccount], or around [ErrManages] with the structures concerned; [*account.AccountError].
func (p *Portal) Deactivate(ctx context.Context, d Departure) (account.Account, error) {
	return p.change(ctx, d.By, d.Account,
		func(ctx context.Context, e *effects, acc account.Account) (account.Account, error) {
			after, err := acc.Handle(account.Deactivate, d.By)
			if err != nil {
				return acc, err
			}

			managed, err := e.managed(ctx, acc.ID)
			if err != nil {
				return acc, err
			}

			e.moved(acc, after, mail.AccountDeactivated, "")

			return after, e.depart(ctx, d, managed, after)
		})
}

// Close ends an account for good (rules B12 and G2): it withdraws its open requests, detaches it everywhere, and erases what
// is personal about it; the journal goes on with the account's id, which says nothing about the person. The login is free
// again. A main manager hands over first, or leaves the structure vacant; a structure that is the closing individual's own
// loses its data and its identifier, which are theirs. The mail that tells them of it keeps their address until it is out. What
// they decided about others stays with these, and open registrations that bear the login go on: whoever typed them, they are
// not the account's (rule B14).
//
// Of an account with very many attachments those beyond the first 100 structures are ended after it is closed, each in a
// transaction of its own. If that is interrupted, closing again goes on with it.
//
// Errors: [*Error] around [ErrUnknownAccount], or around [ErrManages] with the structures concerned; [*account.AccountError].
func (p *Portal) Close(ctx context.Context, d Departure) error {
	_, err := p.change(ctx, d.By, d.Account,
		func(ctx context.Context, e *effects, acc account.Account) (account.Account, error) {
			after, err := acc.Handle(account.Close, d.By)
			if err != nil {
				return acc, err
			}

			managed, err := e.managed(ctx, acc.ID)
			if err != nil {
				return acc, err
			}

			rest, err := e.present(ctx, acc.ID)
			if err != nil {
				return acc, err
			}

			e.moved(acc, after, mail.AccountClosed, "")

			if err := e.depart(ctx, d, first(managed, rest, leaveAtOnce), after); err != nil {
				return acc, err
			}

			if err := e.forgetLeft(ctx, acc.ID); err != nil {
				return acc, err
			}

			after.ContactAt, after.LoginFailedAt, after.ContactFailedAt = time.Time{}, time.Time{}, time.Time{}
			e.batch.Operations = append(e.batch.Operations, storage.EraseAccount{Account: acc.ID})

			return after, nil
		})

	closed := errors.Is(err, account.ErrClosed) // before: it may have been interrupted then
	if err != nil && !closed {
		return err
	}

	if unfinished := p.sweep(ctx, d); unfinished != nil {
		return errors.Join(err, unfinished)
	}

	return err
}

// first returns the structures that must be left, and of the others as many as fit beside them.
func first(must, rest []structure.ID, limit int) []structure.ID {
	out := append([]structure.ID(nil), must...)
	seen := map[structure.ID]bool{}

	for _, id := range must {
		seen[id] = true
	}

	for _, id := range rest {
		if len(out) >= limit {
			break
		}

		if !seen[id] {
			out, seen[id] = append(out, id), true
		}
	}

	return out
}

// sweep ends what a closed account still has in structures.
func (p *Portal) sweep(ctx context.Context, d Departure) error {
	for {
		left, err := p.effects(p.store, p.known(storage.Slice{}), d.By, p.at()).present(ctx, d.Account)
		if err != nil || len(left) == 0 {
			return err
		}

		for _, id := range left {
			command := attachment.Depart{By: d.By, Account: d.Account, Vacant: true}
			if _, err := p.do(ctx, id, command); err != nil && !errors.Is(err, attachment.ErrNotAttached) {
				return err
			}
		}
	}
}

// managed returns the structures whose main manager an account is, but for those that another identifier has taken the
// place of: nobody is needed there.
func (e *effects) managed(ctx context.Context, id account.ID) ([]structure.ID, error) {
	m, err := e.r.Memberships(ctx, id)
	if err != nil {
		return nil, err
	}

	var out []structure.ID

	for _, row := range m.Rows {
		if row.Standing == attachment.Managed && row.Holder == id && row.Attachment.Service == "" &&
			row.Structure.Successor == "" {
			out = append(out, row.Structure.ID)
		}
	}

	return out, nil
}

// present returns the structures in which an account has or wants anything.
func (e *effects) present(ctx context.Context, id account.ID) ([]structure.ID, error) {
	var out []structure.ID

	query := storage.RowsOf{Account: id, Window: storage.Window{Limit: storage.MaxLimit}}

	for {
		page, err := storage.List(ctx, e.r, query)
		if err != nil {
			return nil, err
		}

		for _, row := range page.Rows {
			s := row.Attachment.State

			if !s.Open() && s != attachment.Attached && s != attachment.Suspended {
				continue
			}

			if n := len(out); n == 0 || out[n-1] != row.Structure.ID { // ordered by structure
				out = append(out, row.Structure.ID)
			}
		}

		if query.After = page.Next; page.Next == "" {
			return out, nil
		}
	}
}

// depart ends what an account has in several structures, in one batch. All that are in the way are told at once.
func (e *effects) depart(ctx context.Context, d Departure, from []structure.ID, after account.Account) error {
	refusal := &Error{Err: ErrManages}

	for _, id := range from {
		command := attachment.Depart{By: d.By, Account: d.Account, Vacant: d.LeaveVacant}

		part, err := e.decide(ctx, id, command, after)

		switch {
		case errors.Is(err, attachment.ErrMainManager) || errors.Is(err, attachment.ErrNotAlone):
			refusal.Structures = append(refusal.Structures, id)
			refusal.Cause = err
		case errors.Is(err, attachment.ErrNotAttached): // its time was over a moment ago
		case err != nil:
			return err
		default:
			if after.State == account.Closed && part.before.Holder == after.ID {
				if err := part.forget(ctx); err != nil {
					return err
				}
			}

			e.merge(part.finish())
		}
	}

	if len(refusal.Structures) > 0 {
		return refusal
	}

	return nil
}

// decide carries out a command on one roster of several: account is as the whole batch leaves it.
func (e *effects) decide(
	ctx context.Context, id structure.ID, command attachment.Command, acc account.Account,
) (*effects, error) {
	slice, err := e.r.Roster(ctx, storage.RosterQuery{Structure: id, Accounts: []account.ID{acc.ID}, At: e.at})
	if err != nil {
		return nil, err
	}

	slice = e.p.known(slice)
	slice.Facts.Accounts[acc.ID] = acc

	// The store has left whoever could not succeed out of the queue: an account that is coming back is in it again.
	line := slice.Roster.Line(slice.Facts, e.at)
	slice.Roster.Queue = line[:min(len(line), attachment.QueueLength)]

	changes, err := e.p.decide(ctx, e.r, slice, command, e.at)
	if err != nil {
		return nil, err
	}

	part := e.p.effects(e.r, slice, e.by, e.at)

	return part, part.apply(ctx, changes)
}

// forget leaves nothing of an individual's structure once nobody is left in it and nobody waits there: it is its last
// manager's own. A structure that is somebody else's still keeps its identifier, or the next to name it would have it.
func (e *effects) forget(ctx context.Context) error {
	s := e.facts.Structure
	if s.Identity.Kind() != identifier.Individual || s.Successor != "" ||
		e.roster.Standing != attachment.Vacant && e.roster.Standing != attachment.Unclaimed || e.roster.Attached > 0 {
		return nil
	}

	open, err := storage.List(ctx, e.r, storage.OpenRequests{
		Structures: []structure.ID{s.ID}, At: e.at, Window: storage.Window{Limit: storage.MaxLimit},
	})
	if err != nil {
		return err
	}

	for _, waits := range open.Rows { // as it is stored: what this batch ends is still in it
		if row, _ := e.roster.Row(waits.Attachment.Key); !e.keys[row.Key] {
			return nil
		}
	}

	e.facts.Structure = s.Forget(identifier.NewRegistering([10]byte(e.p.random.bytes(10))))
	e.putStructure()

	return nil
}

// forgetLeft does the same for the structures that an account left vacant before it is closed: those that nobody has managed
// since.
func (e *effects) forgetLeft(ctx context.Context, id account.ID) error {
	var left []structure.ID

	err := each(ctx, e.r, func(w storage.Window) storage.Of[storage.RosterRow] {
		return storage.RowsOf{Window: w, Account: id}
	}, func(row storage.RosterRow) {
		if row.Structure.Identity.Kind() == identifier.Individual && row.Attachment.State == attachment.Detached &&
			row.Attachment.Service == "" {
			left = append(left, row.Structure.ID)
		}
	})
	if err != nil {
		return err
	}

	for _, where := range left {
		slice, err := e.r.Roster(ctx, storage.RosterQuery{Structure: where, At: e.at})
		if err != nil {
			return err
		}

		last, err := e.lastManager(ctx, where)
		if err != nil {
			return err
		}

		if last != id {
			continue
		}

		part := e.p.effects(e.r, e.p.known(slice), e.by, e.at)
		if err := part.forget(ctx); err != nil {
			return err
		}

		if batch := part.batch; len(batch.Structures) > 0 { // vacant still, and nobody came back to it meanwhile
			batch.Guards = append(batch.Guards, storage.RosterAt{Structure: where, Version: part.roster.Version})
			e.merge(batch)
		}
	}

	return nil
}

// lastManager returns who left a structure as its manager last, as far as its journal goes back.
func (e *effects) lastManager(ctx context.Context, id structure.ID) (account.ID, error) {
	page, err := storage.List(ctx, e.r, storage.History{Structure: id, Window: storage.Window{Limit: storage.MaxLimit}})

	for _, entry := range page.Rows {
		if entry.Action == (attachment.ManagerLeft{}).Action() || entry.Action == (attachment.ManagerNamed{}).Action() {
			return entry.Account, err
		}
	}

	return "", err
}

// back gives an account that is active again what waited for it in structures that nobody has named any more (rule D1).
func (e *effects) back(ctx context.Context, acc account.Account) error {
	if acc.State != account.Active {
		return nil
	}

	ids, err := e.present(ctx, acc.ID)
	if err != nil {
		return err
	}

	for _, id := range ids {
		part, err := e.decide(ctx, id, attachment.Settle{By: account.System(), Account: acc.ID}, acc)
		if err != nil {
			return err
		}

		if len(part.keys) > 0 {
			e.merge(part.finish())
		}
	}

	return nil
}

// merge takes the batch of a part over. Accounts are written once, and guarded only if they are not.
func (e *effects) merge(part storage.Batch) {
	b := &e.batch

	b.Structures = append(b.Structures, part.Structures...)
	b.Registrations = append(b.Registrations, part.Registrations...)
	b.Links = append(b.Links, part.Links...)
	b.Rosters = append(b.Rosters, part.Rosters...)
	b.Messages = append(b.Messages, part.Messages...)
	b.Journal = append(b.Journal, part.Journal...)

	for _, acc := range part.Accounts {
		b.Accounts = alone(b.Accounts, acc)
	}

	written := map[account.ID]bool{}
	for id := range e.facts.Accounts {
		written[id] = true
	}

	for _, acc := range b.Accounts {
		written[acc.ID] = true
	}

	guards := append(b.Guards, part.Guards...) //nolint:gocritic // filtered right below
	b.Guards = nil

	for _, g := range guards {
		if acc, ok := g.(storage.AccountAt); !ok || !written[acc.ID] {
			b.Guards = append(b.Guards, g)
			written[acc.ID] = ok || written[acc.ID]
		}
	}
}
