package guichet

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// decide decides on a command, with the facts that only some commands need and with the application's guards.
func (p *Portal) decide(
	ctx context.Context, r storage.Reader, s storage.Slice, c attachment.Command, at time.Time,
) ([]attachment.Change, error) {
	facts, err := p.facts(ctx, r, s, c)
	if err != nil {
		return nil, err
	}

	return attachment.Decide(s.Roster, facts, c, at, p.guards...)
}

// facts completes the facts about a roster. It is read after the roster, whose version covers what hangs on its rows.
func (p *Portal) facts(
	ctx context.Context, r storage.Reader, s storage.Slice, c attachment.Command,
) (attachment.Facts, error) {
	facts := s.Facts

	var err error

	if c.Actor().Kind == account.ActorSupport {
		if facts.Decider, err = decider(ctx, r, s.Roster); err != nil {
			return facts, err
		}
	}

	if _, departs := c.(attachment.Depart); departs {
		facts.Invited, err = invited(ctx, r, s.Roster, p.at())
	}

	return facts, err
}

// decider returns somebody besides the main manager who can decide (rule D5).
func decider(ctx context.Context, r storage.Reader, roster attachment.Roster) (account.ID, error) {
	if !roster.Standing.Known() {
		return "", nil
	}

	page, err := storage.List(ctx, r, storage.Deciders{Structure: roster.Structure, Window: storage.Window{Limit: 2}})
	if err != nil {
		return "", err
	}

	for _, acc := range page.Rows {
		if acc.ID != roster.Holder {
			return acc.ID, nil
		}
	}

	return "", nil
}

// invited tells whether an invitation to the structure is open. It matters to who would be alone there otherwise.
func invited(ctx context.Context, r storage.Reader, roster attachment.Roster, at time.Time) (bool, error) {
	if !roster.Standing.Known() || roster.Attached > 1 {
		return false, nil
	}

	open := false

	err := each(ctx, r, func(w storage.Window) storage.Of[storage.Member] {
		return storage.MembersOf{Window: w, Structure: roster.Structure}
	}, func(m storage.Member) {
		row := m.Attachment
		open = open || row.State == attachment.Approved && row.Invited != "" && (row.Due.IsZero() || at.Before(row.Due))
	})

	return open, err
}
