package mailtest

import (
	"context"
	"fmt"
)

func endCases() []kase {
	return []kase{
		{
			name: "F4_ItEndsWhenTheContextHasEndedAlready", sentence: ends, test: endedAlready,
			explanation: "Send is called with a context that has ended. It may hand the message over, or not: but it ends.",
		},
		{
			name: "F4_ItEndsWhenTheContextEnds", sentence: ends, needs: stalling, test: endsWhileStalled,
			explanation: "Nothing answers, and the context ends. A mailer that goes on waiting holds up everybody's mail, and the end of the " +
				"program.",
		},
		{
			name: "F4_ItEndsWhileAnotherSendWaits", sentence: ends, needs: stalling, test: endsBehindAnother,
			explanation: "Nothing answers, two Sends wait, and the context of the second ends. A mailer with one lock around everything lets " +
				"one server that does not answer hold up all the others.",
		},
	}
}

func endedAlready(ctx context.Context, b bench) error {
	over, cancel := context.WithCancel(ctx)
	cancel()

	if stuck, err := b.send(over, letter(1)); stuck {
		return err
	}

	return nil
}

func endsWhileStalled(ctx context.Context, b bench) error {
	reached, mend := b.Stall()
	defer mend()

	over, cancel := context.WithCancel(ctx)
	defer cancel()

	done, _ := b.begin(over, letter(1))
	if !b.wait(ctx, reached, done) {
		return fmt.Errorf("the message has not come to what is stalled within %v", b.Patience)
	}

	cancel()

	if !b.wait(ctx, done, nil) {
		return fmt.Errorf("%v after its context, Send has not ended", b.Patience)
	}

	return nil
}

func endsBehindAnother(ctx context.Context, b bench) error {
	reached, mend := b.Stall()
	defer mend()

	first, cancelFirst := context.WithCancel(ctx)
	defer cancelFirst()

	done, _ := b.begin(first, letter(1))
	if !b.wait(ctx, reached, done) {
		return fmt.Errorf("the message has not come to what is stalled within %v", b.Patience)
	}

	// Long enough to begin to wait.
	second, cancelSecond := context.WithTimeout(ctx, b.Patience/100)
	defer cancelSecond()

	if stuck, _ := b.send(second, letter(2)); stuck {
		return fmt.Errorf("%v after its context, the second Send has not ended", b.Patience)
	}

	return nil
}
