package mailtest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/mail"
	"github.com/guichet-pro/guichet/mail/mailtest"
)

// broken is a mailer that is wrong in one way, and the cases that have to notice: the one that is for it, and those that
// cannot but notice too.
type broken struct {
	name  string
	fails []string
	// wrongly returns the mailer; name is that of the case, right a mailer that is right, on the same office.
	wrongly func(o *office, right sends, name string) sends
}

func brokenHandOver() []broken {
	return []broken{
		{
			"hands over when the next message comes",
			[]string{"F1_ItIsThereWhenSendReturnsNil", "F1_ConcurrentSendsDoNotMix", "F1_ARefusalIsAnError", "F1_AnEndedContextIsNoHandOver", "F1_NoAnswerIsNoHandOver"},
			func(_ *office, right sends, _ string) sends {
				var (
					mu   sync.Mutex
					kept []mail.Message
				)

				return func(ctx context.Context, m mail.Message) error {
					mu.Lock()
					defer mu.Unlock()

					last := kept
					kept = []mail.Message{m}

					for _, m := range last {
						return right(ctx, m)
					}

					return nil
				}
			},
		},
		{
			"keeps a refusal to itself",
			[]string{"F1_ARefusalIsAnError"},
			func(_ *office, right sends, _ string) sends {
				return func(ctx context.Context, m mail.Message) error {
					if err := right(ctx, m); !errors.Is(err, errRefused) {
						return err
					}

					return nil
				}
			},
		},
		{
			"takes an ended context for success",
			[]string{"F1_AnEndedContextIsNoHandOver"},
			func(_ *office, right sends, _ string) sends {
				return func(ctx context.Context, m mail.Message) error {
					if ctx.Err() != nil {
						return nil //nolint:nilerr // that is what is wrong with it
					}

					return right(ctx, m)
				}
			},
		},
		{
			"takes no answer for a good one",
			[]string{"F1_NoAnswerIsNoHandOver"},
			func(_ *office, right sends, _ string) sends {
				return func(ctx context.Context, m mail.Message) error {
					if err := right(ctx, m); !errors.Is(err, context.Canceled) {
						return err
					}

					return nil
				}
			},
		},
		{
			"remembers what it has not sent",
			[]string{"F1_AMessageIsTakenAgainAfterAnError"},
			func(_ *office, right sends, _ string) sends {
				var seen sync.Map

				return func(ctx context.Context, m mail.Message) error {
					if _, again := seen.LoadOrStore(m.ID, true); again {
						return nil
					}

					return right(ctx, m)
				}
			},
		},
		{
			"refuses a repetition",
			[]string{"F1_ARepetitionIsNoError"},
			func(_ *office, right sends, _ string) sends {
				var seen sync.Map

				return func(ctx context.Context, m mail.Message) error {
					if _, again := seen.Load(m.ID); again {
						return errors.New("duplicate key")
					}

					err := right(ctx, m)
					if err == nil {
						seen.Store(m.ID, true)
					}

					return err
				}
			},
		},
		{
			"writes otherwise the second time",
			[]string{"F1_ARepetitionIsNoError"},
			func(_ *office, right sends, _ string) sends {
				var seen sync.Map

				return func(ctx context.Context, m mail.Message) error {
					if _, again := seen.LoadOrStore(m.ID, true); again {
						m.Subject = "Re: " + m.Subject
					}

					return right(ctx, m)
				}
			},
		},
		{
			"repeats by itself",
			[]string{"F1_ARepetitionIsNoError"},
			func(_ *office, right sends, _ string) sends {
				return func(ctx context.Context, m mail.Message) error { return errors.Join(right(ctx, m), right(ctx, m)) }
			},
		},
		{"mixes up what is sent at once", []string{"F1_ConcurrentSendsDoNotMix"}, sharing(func(own, shared mail.Message) mail.Message {
			return shared
		})},
		{"mixes up texts", []string{"F1_ConcurrentSendsDoNotMix"}, sharing(func(own, shared mail.Message) mail.Message {
			own.Text = shared.Text

			return own
		})},
	}
}

// sharing is a mailer that keeps the message where the next Send finds it. The second of two at once waits for the first.
func sharing(mix func(own, shared mail.Message) mail.Message) func(*office, sends, string) sends {
	return func(_ *office, right sends, name string) sends {
		var (
			mu     sync.Mutex
			shared mail.Message
			n      int
			two    = make(chan struct{})
		)

		return func(ctx context.Context, m mail.Message) error {
			mu.Lock()

			shared = m
			if n++; n == 2 {
				close(two)
			}

			mu.Unlock()

			if name == "F1_ConcurrentSendsDoNotMix" {
				<-two
			}

			mu.Lock()
			m = mix(m, shared)
			mu.Unlock()

			return right(ctx, m)
		}
	}
}

func brokenEnds() []broken {
	return []broken{
		{"tries until it succeeds", []string{"F4_ItEndsWhenTheContextHasEndedAlready"}, func(_ *office, right sends, _ string) sends {
			return func(ctx context.Context, m mail.Message) error {
				if ctx.Err() != nil {
					select {} // ends with the test
				}

				return right(ctx, m)
			}
		}},
		{
			"does not look at the context",
			[]string{"F4_ItEndsWhenTheContextEnds", "F4_ItEndsWhileAnotherSendWaits"},
			func(_ *office, right sends, _ string) sends {
				return func(ctx context.Context, m mail.Message) error { return right(context.WithoutCancel(ctx), m) }
			},
		},
		{"has one lock around everything", []string{"F4_ItEndsWhileAnotherSendWaits"}, func(_ *office, right sends, _ string) sends {
			var mu sync.Mutex

			return func(ctx context.Context, m mail.Message) error {
				mu.Lock()
				defer mu.Unlock()

				return right(ctx, m)
			}
		}},
	}
}

func TestF1_EveryBrokenMailerIsFound(t *testing.T) {
	t.Parallel()

	meant := map[string]bool{}

	for _, b := range slices.Concat(brokenHandOver(), brokenFields(), brokenEnds()) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()

			findings := mailtest.Check(t.Context(), func(name string) mailtest.Fixture {
				o := newOffice()

				f := o.over(b.wrongly(o, rightly(o), name))
				if strings.HasPrefix(b.fails[0], "F4_") { // it is waited for
					f.Patience = time.Second
				}

				return f
			})

			want := slices.Clone(b.fails)
			slices.Sort(want)
			require.Equal(t, want, names(findings), "%v", findings)

			for _, f := range findings {
				assert.Contains(t, f.Err.Error(), "“"+mailtest.Sentences()[f.Case]+"”")
			}
		})

		meant[b.fails[0]] = true
	}

	for name := range mailtest.Sentences() {
		assert.True(t, meant[name], "%s: which mailer fails it?", name)
	}
}
