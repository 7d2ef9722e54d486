package mailtest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/guichet-pro/guichet/mail"
)

func handOverCases() []kase {
	return []kase{
		{
			name: "F1_ItIsThereWhenSendReturnsNil", sentence: handsOver, test: thereAtOnce,
			explanation: "One message is sent, and looked for where it ought to be. What is only queued in memory when Send returns is " +
				"lost when the program ends, and nobody gives it again: the portal has noted it as sent.",
		},
		{
			name: "F1_ARefusalIsAnError", sentence: handsOver, needs: refusing, test: refusalIsError,
			explanation: "One message is sent while every delivery is refused. A mailer that keeps the refusal to itself loses mail: " +
				"the portal notes the message as sent.",
		},
		{
			name: "F1_AnEndedContextIsNoHandOver", sentence: handsOver, test: endedIsNoHandOver,
			explanation: "Send is called with a context that has ended already. It may hand the message over, or fail; a mailer that gives up and " +
				"returns nil loses the message.",
		},
		{
			name: "F1_NoAnswerIsNoHandOver", sentence: handsOver, needs: stalling, test: noAnswerIsNoHandOver,
			explanation: "Nothing answers, and the context ends. Nobody knows whether the message goes out: a mailer that returns nil loses it if " +
				"it does not.",
		},
		{
			name: "F1_AMessageIsTakenAgainAfterAnError", sentence: repeats, needs: refusing, test: takenAgain,
			explanation: "A message is refused, and given again once deliveries succeed. A mailer that remembers the ID before it has handed " +
				"the message over drops it the second time as a repetition, and it never arrives.",
		},
		{
			name: "F1_ARepetitionIsNoError", sentence: repeats, test: repetition,
			explanation: "A message is sent twice with success, as the portal does when its note of the first time is lost. It may arrive once or " +
				"twice, the same both times; a mailer that fails the second time has the portal try for days, and park it.",
		},
		{
			name: "F1_ConcurrentSendsDoNotMix", sentence: atOnce, test: concurrent,
			explanation: "Many messages are sent at once, each to somebody else, and all arrive. A mailer that keeps a message where another Send " +
				"finds it shows people the links of others. Run it with the race detector, too.",
		},
	}
}

func thereAtOnce(ctx context.Context, b bench) error {
	m := letter(1)
	if err := b.deliver(ctx, m); err != nil {
		return err
	}

	return b.isThere(m)
}

// isThere tells whether a message has arrived of which Send said so.
func (b bench) isThere(m mail.Message) error {
	got, err := b.arrived(m)
	if err != nil {
		return err
	}

	if len(got) == 0 {
		return errors.New("Send returned nil, and the message has not arrived")
	}

	return nil
}

func refusalIsError(ctx context.Context, b bench) error {
	mend := b.Refuse()
	defer mend()

	if stuck, err := b.send(ctx, letter(1)); stuck {
		return err
	} else if err == nil {
		return errors.New("the delivery was refused, and Send returned nil")
	}

	return nil
}

func endedIsNoHandOver(ctx context.Context, b bench) error {
	over, cancel := context.WithCancel(ctx)
	cancel()

	m := letter(1)
	if _, err := b.send(over, m); err != nil { // that it ends is another case's
		return nil //nolint:nilerr // an error is right
	}

	return b.isThere(m)
}

func noAnswerIsNoHandOver(ctx context.Context, b bench) error {
	reached, mend := b.Stall()
	defer mend()

	over, cancel := context.WithCancel(ctx)
	defer cancel()

	done, failure := b.begin(over, letter(1))
	if !b.wait(ctx, reached, done) {
		return fmt.Errorf("the message has not come to what is stalled within %v", b.Patience)
	}

	cancel()

	if b.wait(ctx, done, nil) && *failure == nil { // that it ends is another case's
		return errors.New("nothing had answered when the context ended, and Send returned nil")
	}

	return nil
}

func takenAgain(ctx context.Context, b bench) error {
	m := letter(1)

	mend := b.Refuse()
	stuck, _ := b.send(ctx, m) // that this is an error is another case's

	mend()

	if stuck {
		return errors.New("Send does not end when the delivery is refused")
	}

	if err := b.deliver(ctx, m); err != nil {
		return fmt.Errorf("the second time: %w", err)
	}

	if err := b.isThere(m); err != nil {
		return fmt.Errorf("the second time: %w", err)
	}

	return nil
}

func repetition(ctx context.Context, b bench) error {
	m := letter(1)

	for _, time := range []string{"first", "second"} {
		if err := b.deliver(ctx, m); err != nil {
			return fmt.Errorf("the %s time: %w", time, err)
		}
	}

	got, err := b.arrived(m)
	if err != nil {
		return err
	}

	if len(got) > 2 {
		return fmt.Errorf("sent twice, the message arrived %d times", len(got))
	}

	if len(got) == 2 {
		r, again := got[0], got[1]
		if err := errors.Join(
			field("Subject", r.Subject, again.Subject), field("Text", r.Text, again.Text), field("HTML", r.HTML, again.HTML),
		); err != nil {
			return fmt.Errorf("the second time something else arrived: %w", err)
		}
	}

	return nil
}

func concurrent(ctx context.Context, b bench) error {
	var (
		messages = make([]mail.Message, b.Goroutines)
		errs     = make([]error, b.Goroutines)
		start    = make(chan struct{})
		all      sync.WaitGroup
	)

	for i := range messages {
		messages[i] = letter(i + 1)

		all.Go(func() {
			<-start

			errs[i] = b.deliver(ctx, messages[i])
		})
	}

	close(start)
	all.Wait()

	if err := errors.Join(errs...); err != nil {
		return err
	}

	for _, m := range messages {
		got, err := b.arrived(m)
		if err != nil {
			return err
		}

		if len(got) == 0 {
			return fmt.Errorf("of %d messages sent at once, one has not arrived: %s", len(messages), m.ID)
		}

		for _, r := range got {
			if err := mixed(m, r, messages); err != nil {
				return err
			}
		}
	}

	return nil
}

// mixed tells what arrived in a message that is another one's. That it arrived as it was sent is another case's.
func mixed(m mail.Message, r Received, all []mail.Message) error {
	for _, other := range all {
		if other.ID == m.ID {
			continue
		}

		if r.ID == other.ID || r.To == other.To || r.Subject == other.Subject ||
			lines(r.Text) == lines(other.Text) || lines(r.HTML) == lines(other.HTML) {
			return fmt.Errorf("messages are mixed up: %s, for %s, arrived as %s, for %s: %s", m.ID, m.To, r.ID, r.To, short(r.Text))
		}
	}

	return nil
}
