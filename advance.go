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
	More      bool // limit was reached: there is more to do
}

// Advance applies what is due, at most limit rows (0 = 100): claims and registrations lapse, and whoever waits
// succeeds. Each is a transaction of its own; any number of processes may advance at once. Calling it seldom changes
// nothing but when people are told: decisions apply what is due by themselves.
//
// A row that fails does not hold up the others: its error is among those returned, joined.
func (p *Portal) Advance(ctx context.Context, limit int) (Advanced, error) {
	var (
		done   Advanced
		faults []error
	)

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
			return done, errors.Join(faults...)
		}
	}
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
		case attachment.RequestMade, attachment.RequestApproved, attachment.RequestRefused, attachment.RequestWithdrawn,
			attachment.UserAttached, attachment.UserDetached, attachment.ClaimMailed, attachment.NobodyLeft:
		}
	}
}
