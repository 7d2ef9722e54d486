package main

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/account"
)

// lapse lets the time of a claim go by: whoever is next in line becomes main manager, by a link of their own.
func (d *demo) lapse(ctx context.Context) error {
	d.begin("lapse.title")

	if d.late.IsZero() {
		d.screen.say("lapse.none")

		return nil
	}

	// An hour from when the link was sent, by default, and a minute more.
	life := account.Policy{}.WithDefaults().LinkLife + time.Minute
	d.clock.wait(life)
	d.screen.say("lapse.later", int(life.Minutes()))

	advanced, err := d.portal.Advance(ctx, 0)
	if err != nil {
		return err
	}

	d.screen.say("lapse.advanced", advanced.Lapsed, advanced.Succeeded)
	d.screen.print("")

	if err := d.deliver(ctx); err != nil {
		return err
	}

	if err := d.follow(ctx); err != nil {
		return err
	}

	if err := d.deliver(ctx); err != nil {
		return err
	}

	return d.succeeded(ctx)
}

// succeeded checks who has taken over, and shows every main manager what still waits.
func (d *demo) succeeded(ctx context.Context) error {
	heir := d.queue(d.late)[1]
	found := false

	for _, s := range d.structures {
		found = found || s.identity == d.late && s.manager.Login.Same(heir)
	}

	if err := d.expect(found, "the next in line did not become main manager"); err != nil {
		return err
	}

	for _, s := range d.structures {
		if _, err := d.approvals(ctx, s); err != nil {
			return err
		}
	}

	return nil
}
