package guichet

import (
	"context"
	"errors"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// Advanced counts what [Portal.Advance] did.
type Advanced struct {
	Lapsed    int  // claims, requests and approvals whose time was over
	Succeeded int  // structures that somebody who waited succeeded to
	Reminded  int  // requests that deciders, or support, were told of again (rule D10)
	More      bool // limit was reached: there is more to do
}

// Advance applies what is due, at most limit rows (0 = 100): claims and registrations lapse, whoever waits
// succeeds, and deciders are reminded. Each is a transaction of its own; any number of processes may advance at once. Calling it seldom changes
// nothing but when people are told: decisions apply what is due by themselves.
//
// Errors: [ErrWithin]; the context's; those of the store. A row that fails does not hold up the others: its error is among those returned, joined.
func (p *Portal) Advance(ctx context.Context, limit int) (Advanced, error) {
	var (
		done   Advanced
		faults []error
	)

	if p.joined {
		return done, ErrWithin
	}

	if limit <= 0 {
		limit = 100
	}

	query := storage.DueRows{At: p.at(), Window: storage.Window{Limit: min(limit, storage.MaxLimit)}}

	for {
		page, err := storage.List(ctx, p.store, query)
		if err != nil {
			return done, errors.Join(append(faults, err)...)
		}

		for _, due := range page.Rows {
			if limit--; limit < 0 {
				done.More = true

				return done, errors.Join(faults...)
			}

			outcome, err := p.do(ctx, due.Structure, attachment.Settle{By: account.System(), Account: due.Account})
			if err != nil {
				faults = append(faults, err)

				if ctx.Err() != nil {
					return done, errors.Join(faults...)
				}
			}

			done.count(outcome)
		}

		if query.After = page.Next; page.Next == "" {
			break
		}
	}

	faults = append(faults, p.lapse(ctx, limit, &done), p.remind(ctx, limit, &done))

	return done, errors.Join(faults...)
}

// remind tells deciders, or support, of requests that have waited as long as the policy allows (rule D10).
func (p *Portal) remind(ctx context.Context, limit int, done *Advanced) error {
	var faults []error

	query := storage.DueReminders{At: p.at(), Window: storage.Window{Limit: min(limit+1, storage.MaxLimit)}}

	for {
		page, err := storage.List(ctx, p.store, query)
		if err != nil {
			return errors.Join(append(faults, err)...)
		}

		for _, due := range page.Rows {
			if limit--; limit < 0 {
				done.More = true

				return errors.Join(faults...)
			}

			command := attachment.Remind{By: account.System(), Account: due.Account, Service: due.Service}

			outcome, err := p.do(ctx, due.Structure, command)
			if err != nil {
				faults = append(faults, err)

				if ctx.Err() != nil {
					return errors.Join(faults...)
				}
			}

			done.count(outcome)
		}

		if query.After = page.Next; page.Next == "" {
			return errors.Join(faults...)
		}
	}
}

// lapse ends separate registrations whose time is over (rule B11): what their requests in structures leave of them, and those
// that name none.
func (p *Portal) lapse(ctx context.Context, limit int, done *Advanced) error {
	var faults []error

	query := storage.DueRegistrations{At: p.at(), Window: storage.Window{Limit: min(limit+1, storage.MaxLimit)}}

	for {
		page, err := storage.List(ctx, p.store, query)
		if err != nil {
			return errors.Join(append(faults, err)...)
		}

		for _, due := range page.Rows {
			if limit--; limit < 0 {
				done.More = true

				return errors.Join(faults...)
			}

			lapsed, err := p.lapsed(ctx, due.ID)
			if err != nil {
				faults = append(faults, err)

				if ctx.Err() != nil {
					return errors.Join(faults...)
				}
			}

			if lapsed {
				done.Lapsed++
			}
		}

		if query.After = page.Next; page.Next == "" {
			return errors.Join(faults...)
		}
	}
}

// lapsed ends one separate registration whose time is over, with its request if that is still open.
func (p *Portal) lapsed(ctx context.Context, id account.ID) (bool, error) {
	return update(ctx, p, p.newID(), func(ctx context.Context, r storage.Reader) (storage.Batch, bool, error) {
		at := p.at()

		due, err := r.Registration(ctx, id)
		if present, err := found(err); !present || err != nil {
			return storage.Batch{}, false, err
		}

		slice, reg, err := p.registered(ctx, r, due, at)
		if err != nil || !reg.Over(at) {
			return storage.Batch{}, false, err
		}

		e := p.effects(r, slice, account.System(), at)

		if reg.Structure != "" {
			changes, err := attachment.Decide(slice.Roster, slice.Facts, attachment.Settle{By: e.by, Account: reg.ID}, at)
			if err != nil {
				return storage.Batch{}, false, err
			}

			if err := e.apply(ctx, changes); err != nil {
				return storage.Batch{}, false, err
			}
		}

		if now := e.registration(reg.ID); now.Open() {
			ended, err := now.Handle(account.Lapse, at)
			if err != nil {
				return storage.Batch{}, false, err
			}

			e.registrations[reg.ID] = ended
			e.note("registration lapsed", reg.ID, now.State.String(), ended.State.String())
		}

		return e.finish(), true, nil
	})
}

func (a *Advanced) count(o Outcome) {
	for _, change := range o.Changes {
		switch change.(type) {
		case attachment.TimeOver:
			a.Lapsed++
		case attachment.ClaimBegan:
			a.Succeeded++
		case attachment.ManagerNamed:
			a.Succeeded++
		case attachment.RequestReminded, attachment.RequestEscalated:
			a.Reminded++
		case attachment.RequestMade, attachment.RequestApproved, attachment.RequestRefused, attachment.RequestWithdrawn,
			attachment.RequestAdopted, attachment.RequestKept, attachment.UserAttached, attachment.UserDetached,
			attachment.ManagerLeft, attachment.ClaimMailed, attachment.NobodyLeft, attachment.UserInvited,
			attachment.UserSuspended, attachment.UserResumed, attachment.UserArrived, attachment.ManagerRelieved,
			attachment.StandingContested, attachment.StandingFrozen, attachment.ContestEnded, attachment.ReviewBegan,
			attachment.AttachmentConfirmed, attachment.ProfilesGranted, attachment.ProfilesRevoked,
			attachment.ProfilesRequested, attachment.ProfilesApproved, attachment.ProfilesRefused,
			attachment.ProfilesWithdrawn, attachment.ProofAwaited:
		}
	}
}
