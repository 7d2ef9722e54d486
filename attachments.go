package guichet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

// Outcome is what a command did.
type Outcome struct {
	Version int64               // the roster's, after it: the order of all commands on one structure
	Changes []attachment.Change // in order; none = there was nothing to do
}

// Do carries out a command on a structure's roster: what people ask for ([attachment.Request], [attachment.Withdraw],
// [attachment.RequestProfiles], [attachment.DropProfiles], [attachment.Leave], [attachment.Depart],
// [attachment.ContestStanding]), what deciders do ([attachment.Approve], [attachment.Refuse], [attachment.Attach],
// [attachment.Detach], [attachment.Suspend], [attachment.Resume], [attachment.GrantProfiles], [attachment.RevokeProfiles],
// [attachment.CopyProfiles], [attachment.HandOver], [attachment.Confirm]), and support ([attachment.Appoint],
// [attachment.Freeze], [attachment.Release]).
//
// Attach names an account by its id, for applications that know their users; where people type a login, see [Portal.Invite].
// Registering, creating, adopting, activating and arriving have use cases of their own, time has [Portal.Advance], and proofs have
// Options.ClaimVerifier: for these commands the error is [ErrCommand].
//
// Errors: [*attachment.Error]; [*Error] around [ErrUnknownStructure]; the faults of a request's structure data as of
// [Portal.Register]; of a request behind somebody's claim [*Error] around [ErrProof] and [ErrWithin], see [ClaimVerifier].
func (p *Portal) Do(ctx context.Context, id structure.ID, c attachment.Command) (Outcome, error) {
	switch c := c.(type) {
	case attachment.Request:
		c.New = false // that is for those who enrol

		return p.request(ctx, id, c)
	case attachment.Attach:
		c.Login = "" // that is for those who invite

		return p.do(ctx, id, c)
	case attachment.Depart:
		c.Asked = true

		return p.do(ctx, id, c)
	case attachment.Withdraw, attachment.Approve, attachment.Refuse, attachment.Detach, attachment.Leave,
		attachment.Suspend, attachment.Resume, attachment.HandOver, attachment.Appoint, attachment.ContestStanding,
		attachment.Freeze, attachment.Release, attachment.Confirm, attachment.GrantProfiles, attachment.RevokeProfiles,
		attachment.CopyProfiles, attachment.RequestProfiles, attachment.DropProfiles:
		return p.do(ctx, id, c)
	case attachment.Register, attachment.Create, attachment.Adopt, attachment.Activate, attachment.Mailed,
		attachment.Settle, attachment.Arrive, attachment.Remind, attachment.AwaitProof, attachment.RefuseProof:
		return Outcome{}, ErrCommand
	}

	return Outcome{}, ErrCommand
}

// checked returns the command with what its caller typed checked like a form. A [structure.Details] is a form without
// faults, but anybody can write one down.
func (p *Portal) checked(command attachment.Command, kind identifier.Kind) (attachment.Command, error) {
	c, ok := command.(attachment.Request)
	if !ok || c.Details == nil {
		return command, nil
	}

	details, err := p.describe(c.Details.Form(), kind)
	c.Details = &details

	return c, err
}

func (p *Portal) do(ctx context.Context, id structure.ID, c attachment.Command) (Outcome, error) {
	return p.doProved(ctx, id, c, question{})
}

// doProved is do of a command about which a verifier said yes to a question.
func (p *Portal) doProved(
	ctx context.Context, id structure.ID, c attachment.Command, proved question,
) (Outcome, error) {
	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, Outcome, error) {
		at := p.at()

		slice, err := r.Roster(ctx, storage.RosterQuery{
			Structure: id, Accounts: c.Accounts(), Services: services(c), At: at,
		})
		if present, err := found(err); !present || err != nil {
			if err == nil {
				err = &Error{Err: ErrUnknownStructure}
			}

			return storage.Batch{}, Outcome{}, err
		}

		slice = p.known(slice)

		c, err := p.checked(c, slice.Facts.Structure.Identity.Kind())
		if err != nil {
			return storage.Batch{}, Outcome{}, err
		}

		e, changes, err := p.carryOut(ctx, r, slice, c, at, proved)
		if err != nil {
			return storage.Batch{}, Outcome{}, err
		}

		return e.finish(), e.outcome(changes), nil
	})
}

// carryOut decides on a command, and works out what follows.
func (p *Portal) carryOut(
	ctx context.Context, r storage.Reader, s storage.Slice, c attachment.Command, at time.Time, proved question,
) (*effects, []attachment.Change, error) {
	changes, err := p.decide(ctx, r, s, c, at)
	if err == nil {
		err = p.asked(s, changes, false, proved)
	}

	if err != nil {
		return nil, nil, err
	}

	e := p.effects(r, s, c.Actor(), at)

	for _, id := range []account.ID{s.Roster.Contest.By, s.Roster.Contest.Of} { // whom the end of a contest is told
		if err := e.acquaint(ctx, id); err != nil {
			return nil, nil, err
		}
	}

	return e, changes, e.apply(ctx, changes)
}

// services returns the services that a command names, whose facts its decision needs besides those of the rows.
func services(command attachment.Command) []structure.Code {
	var codes []structure.Code

	switch c := command.(type) {
	case attachment.Request:
		codes = append([]structure.Code{c.Service}, c.More...)
	case attachment.Withdraw:
		codes = append(codes, c.Service)
	case attachment.Approve:
		codes = append(codes, c.Service)
	case attachment.Refuse:
		codes = append(codes, c.Service)
	case attachment.Attach:
		codes = append(codes, c.Service)
	case attachment.Register, attachment.Create, attachment.Adopt, attachment.Depart, attachment.Activate,
		attachment.Mailed, attachment.Settle, attachment.Detach, attachment.Leave, attachment.Suspend, attachment.Resume,
		attachment.Arrive, attachment.Remind, attachment.HandOver, attachment.Appoint, attachment.ContestStanding,
		attachment.Freeze, attachment.Release, attachment.Confirm, attachment.GrantProfiles, attachment.RevokeProfiles,
		attachment.CopyProfiles, attachment.RequestProfiles, attachment.DropProfiles, attachment.AwaitProof,
		attachment.RefuseProof:
	}

	return slices.DeleteFunc(codes, func(code structure.Code) bool { return code == "" })
}

// Order is one command of several.
type Order struct {
	Structure structure.ID
	Command   attachment.Command
}

// Result is what became of an [Order].
type Result struct {
	Order   Order
	Outcome Outcome
	Err     error // as of Portal.Do
}

// MaxOrders is how many orders DoAll takes at once.
const MaxOrders = 500

// DoAll carries out several commands, which may concern several structures, each in a transaction of its own and with
// its own result, in order: what one refuses does not hold up the others (rule D5). When ctx ends, the orders not tried
// carry its error, and it is returned. Errors: [ErrTooMany], and then nothing was tried.
func (p *Portal) DoAll(ctx context.Context, orders []Order) ([]Result, error) {
	if len(orders) > MaxOrders {
		return nil, fmt.Errorf("%w: %d, at most %d", ErrTooMany, len(orders), MaxOrders)
	}

	out := make([]Result, len(orders))

	for i, o := range orders {
		out[i].Order = o

		if out[i].Err = context.Cause(ctx); out[i].Err == nil {
			out[i].Outcome, out[i].Err = p.Do(ctx, o.Structure, o.Command)
		}
	}

	return out, context.Cause(ctx)
}

// Approvals is the list of requests that an account may decide, oldest first (French: approbations). With
// window.Counted it counts them, up to storage.CountCap.
func (p *Portal) Approvals(
	ctx context.Context, decider account.ID, window storage.Window,
) (storage.PageOf[storage.OpenRequest], error) {
	rights, err := p.Rights(ctx, decider)
	if err != nil {
		return storage.PageOf[storage.OpenRequest]{}, err
	}

	ids := rights.Managed(p.at())
	if len(ids) == 0 {
		return storage.PageOf[storage.OpenRequest]{}, nil
	}

	out, err := page[storage.OpenRequest](ctx, p.store, storage.OpenRequests{Window: window, Structures: ids, At: p.at()})
	for i := range out.Rows {
		out.Rows[i].Attachment.Contested = time.Time{} // who contests is for support (rule D12)
	}

	return out, err
}

// History is the journal of a structure, newest first (rule D11). Who may read it is the caller's to check.
func (p *Portal) History(
	ctx context.Context, id structure.ID, window storage.Window,
) (storage.PageOf[storage.Entry], error) {
	return page[storage.Entry](ctx, p.store, storage.History{Window: window, Structure: id})
}
