package storagetest

import (
	"context"
	"fmt"
)

// linearCases run a mix of commands on one structure, and look whether there is an order that explains all answers.
func linearCases() []Case {
	return []Case{
		{
			Name:     "S4_D5_Linearizable",
			Sentence: raceSentence,
			Explanation: "Many callers at once ask, withdraw, approve and refuse on one structure. Whatever the portal " +
				"answered must be as if they had come one after the other, in the order of the versions that they were told, " +
				"and the roster that is stored must be the one that this leads to. Otherwise somebody was told what did not " +
				"happen, or was refused for what was not so.",
			test: linearizable,
		},
	}
}

// linearSeed makes every run of the case draw the same commands. When they meet is up to the store.
const linearSeed = 5

func linearizable(ctx context.Context, s bench) error {
	const (
		most = 16 // more callers on one roster mostly wait for each other
		each = 12
	)

	h, err := Record(ctx, s, Recording{Seed: linearSeed, Callers: min(most, s.options.Goroutines), Each: each})
	if err != nil {
		return err
	}

	if err := Linearizable(h); err != nil {
		return fmt.Errorf("of %d calls: %w", len(h.Calls), err)
	}

	return nil
}
