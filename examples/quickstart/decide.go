package main

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
	"github.com/guichet-pro/guichet/storage"
)

// decide has every main manager look at the list of approvals, approve whoever has waited longest, and refuse the next.
// Others go on waiting.
func (d *demo) decide(ctx context.Context) error {
	d.begin("decide.title")

	for _, s := range d.structures {
		requests, err := d.approvals(ctx, s)
		if err != nil {
			return err
		}

		if err := d.decideOn(ctx, s, requests); err != nil {
			return err
		}
	}

	if err := d.deliver(ctx); err != nil {
		return err
	}

	return d.follow(ctx)
}

// decideOn gives the main manager's decisions.
func (d *demo) decideOn(ctx context.Context, s present, requests []storage.OpenRequest) error {
	by := account.By(s.manager.ID)

	for i, request := range requests[:min(2, len(requests))] {
		d.clock.wait(time.Minute)

		// Order says which request was on the screen: were it withdrawn and made again meanwhile, the decision would
		// not be about the new one.
		key := attachment.Key{Account: request.Attachment.Account, Service: request.Attachment.Service}
		order := request.Attachment.Order

		var (
			command attachment.Command = attachment.Approve{By: by, Account: key.Account, Service: key.Service, Order: order}
			text                       = "decide.approves"
		)

		if i == 1 {
			command = attachment.Refuse{
				By: by, Account: key.Account, Service: key.Service, Order: order,
				Reason: say(request.Person.Language, "decide.reason"),
			}
			text = "decide.refuses"
		}

		outcome, err := d.portal.Do(ctx, s.id, command)
		if err != nil {
			return err
		}

		if err := d.expect(len(outcome.Changes) > 0, "a decision changed nothing"); err != nil {
			return err
		}

		d.screen.say(text, s.manager.Person.Name(), request.Person.Name())
	}

	d.screen.print("")

	return nil
}

// approvals shows the list of requests that wait for a main manager, and compares it with what is stored.
func (d *demo) approvals(ctx context.Context, s present) ([]storage.OpenRequest, error) {
	page, err := d.portal.Approvals(ctx, s.manager.ID, storage.Window{Limit: storage.MaxLimit, Counted: true})
	if err != nil {
		return nil, err
	}

	rows := make([][]string, len(page.Rows))
	for i, r := range page.Rows {
		rows[i] = []string{
			r.Person.Name(), r.Login.String(), r.Structure.Identity.Code(), r.Structure.Data.Name(),
			when(r.Attachment.RequestedAt),
		}
	}

	d.screen.say("approvals.of", s.manager.Person.Name(), s.name)
	d.screen.print("")

	if len(rows) > 0 {
		d.screen.table(words(d.screen.lang, "approvals.head"), rows)
	}

	d.screen.say("results", len(rows), page.Count)
	d.screen.print("")

	open, err := d.db.audit.number(ctx,
		`SELECT count(*) FROM guichet_attachments WHERE structure = ? AND state = 'requested'`, string(s.id))
	if err != nil {
		return nil, err
	}

	return page.Rows, d.expect(len(rows) == min(open, storage.MaxLimit) && page.Count == min(open, storage.CountCap),
		"%s: %d requests are listed, %d are open", s.name, len(rows), open)
}
