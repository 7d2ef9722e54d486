package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/storage"
)

// delivery is the loop that the portal leaves to the application.
type delivery struct {
	portal  *guichet.Portal
	mailer  mail.Mailer
	ready   func(context.Context) error // whether the mailer can send at all
	log     *slog.Logger
	every   time.Duration // between two rounds
	longest time.Duration // the same, while nothing goes out
}

// run delivers on so many goroutines until ctx ends. They need not know of each other, nor of other processes: a message
// is leased by one of them.
func (d *delivery) run(ctx context.Context, workers int) {
	var all sync.WaitGroup

	for range workers {
		all.Go(func() { d.loop(ctx) })
	}

	all.Wait()
	d.log.Info("delivery has ended")
}

// loop delivers, waits, and delivers again: longer each time while it fails, and never in step with the others.
func (d *delivery) loop(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		err := d.round(ctx)

		switch {
		case err == nil:
			failures = 0
		case ctx.Err() == nil:
			failures++
			d.log.Error("no delivery", "error", err, "times", failures)
		}

		timer := time.NewTimer(d.pause(failures))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// pause doubles with each failure, up to the longest, and varies by a half.
func (d *delivery) pause(failures int) time.Duration {
	pause := min(d.every<<min(failures, 10), d.longest)

	return pause/2 + rand.N(pause)
}

// round delivers what is due, unless the mail server is away: a message that is leased starts the life of its link, and the term
// of whoever is the first to name a structure, whether it goes out or not. One message that fails is no failure of the round: the
// portal tries it again.
func (d *delivery) round(ctx context.Context) error {
	if err := d.ready(ctx); err != nil {
		return err
	}

	done, err := d.portal.Deliver(ctx, d.mailer)

	if done != (guichet.Delivery{}) {
		d.log.Info("delivered", "sent", done.Sent, "failed", done.Failed, "parked", done.Parked, "dropped", done.Dropped,
			"expanded", done.Expanded)
	}

	if err == nil && done.Parked > 0 {
		err = d.listParked(ctx)
	}

	return err
}

// listParked shows the mails that were given up. Somebody looks at their errors, mends what is wrong, and calls
// Portal.SendParked with the id.
func (d *delivery) listParked(ctx context.Context) error {
	for window := (storage.Window{}); ; {
		page, err := d.portal.ParkedMails(ctx, window)
		if err != nil {
			return err
		}

		for _, m := range page.Rows {
			d.log.Warn("given up", "message", m.ID, "kind", m.Kind, "tries", m.Tries, "error", m.LastError)
		}

		if window.After = page.Next; page.Next == "" {
			return nil
		}
	}
}
