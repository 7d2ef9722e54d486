package main

import (
	"context"
	"time"

	"github.com/guichet-pro/guichet/mail"
)

// careful is a mailer around the one that sends, which lets a message that is under way be finished when the program is
// told to stop.
type careful struct {
	mail.Mailer

	grace time.Duration
}

// Send hands a message over. The end of ctx gives it grace more: cut off in the middle, the message might have arrived, and
// would be sent a second time after the restart.
func (c careful) Send(ctx context.Context, m mail.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}

	under, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()

	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(c.grace, cancel)
		<-under.Done()
		timer.Stop()
	})
	defer stop()

	return c.Mailer.Send(under, m)
}
