package guichet_test

import (
	"crypto/rand"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/account/credential"
	"github.com/guichet-pro/guichet/storage/memory"
)

// BenchmarkActivate activates accounts on all processors at the default cost, and hashes the two secrets of each alone, by turns
// in one run: the ratio is what an activation reaches of what its hashes alone would.
//
//	go test -run '^$' -bench Activate -benchtime 5s .
func BenchmarkActivate(b *testing.B) {
	const batch = 16 // at a time, so that what disturbs the machine disturbs both

	w := &world{t: new(testing.T), ctx: b.Context(), clock: time.Now()}

	portal, err := guichet.New(memory.New(), keys(), &guichet.Options{
		Site: "https://portal.example", Policy: account.Policy{Activation: account.Immediate},
	})
	require.NoError(b, err)

	w.portal = portal

	var (
		n                int
		activating, bare time.Duration
	)

	for b.Loop() {
		tokens := make([]account.Token, batch)

		for i := range tokens {
			f := form(name(n), "")
			f.Kind, f.Code = 0, ""
			n++
			_, err := portal.Register(w.ctx, f)
			require.NoError(b, err)

			tokens[i] = w.token(w.deliver()[0])
		}

		activating += atOnce(b, batch, func(i int) error {
			_, err := portal.Activate(w.ctx, tokens[i], secrets())

			return err
		})
		bare += atOnce(b, batch, func(int) error {
			for range 2 {
				salt := make([]byte, credential.SaltLen)
				_, _ = rand.Read(salt)

				if _, err := credential.Hash("quatre mots au hasard", salt, credential.Default()); err != nil {
					return err
				}
			}

			return nil
		})
	}

	b.ReportMetric(float64(n)/activating.Seconds(), "activations/s")
	b.ReportMetric(bare.Seconds()/activating.Seconds(), "of-the-hashes-alone")
}

// name is somebody's, whom nobody else is called.
func name(n int) string {
	out := []byte("p")
	for ; n > 0; n /= 26 {
		out = append(out, byte('a'+n%26))
	}

	return string(out)
}

// atOnce does n things on all processors and returns how long it took.
func atOnce(b *testing.B, n int, do func(i int) error) time.Duration {
	b.Helper()

	var (
		next atomic.Int64
		done = make(chan error)
	)

	begun := time.Now()

	for range runtime.GOMAXPROCS(0) {
		go func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					done <- nil

					return
				}

				if err := do(i); err != nil {
					done <- err

					return
				}
			}
		}()
	}

	for range runtime.GOMAXPROCS(0) {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}

	return time.Since(begun)
}
