package guichet_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage/memory"
)

// BenchmarkTiming measures whether the time that a use case takes tells whose login was typed (rules B10 and B14): that of an
// account, of nobody, of somebody who has not activated, and, to sign in, one that is locked. It reports by how much the medians
// differ at the most, and how often (p) they differ as much when it is drawn by lot whose each time was: a p near 0 tells them
// apart. It is a benchmark since no test should depend on time; that the calls of the store are the same is tested.
//
//	go test -run '^$' -bench Timing -benchtime 200x .
func BenchmarkTiming(b *testing.B) {
	const pw = "aucune de ces phrases ne va"

	for _, use := range []struct {
		name string
		do   func(w *world, login string) error
	}{
		{"SignIn", func(w *world, login string) error {
			_, err := w.portal.SignIn(w.ctx, guichet.SignIn{Login: login, Password: pw})

			return err
		}},
		{"ForgotPassword", func(w *world, login string) error { return w.portal.ForgotPassword(w.ctx, login) }},
		{"Resend", func(w *world, login string) error { return w.portal.Resend(w.ctx, login) }},
		{"Register", func(w *world, login string) error {
			f := form("x", siret)
			f.Login, f.LoginAgain = login, login
			_, err := w.portal.Register(w.ctx, f)

			return err
		}},
	} {
		b.Run(use.name, func(b *testing.B) {
			whose := []string{"known", "unknown", "unactivated"}
			if use.name == "SignIn" {
				whose = append(whose, "locked")
			}

			times := make([][]float64, len(whose))

			for n := 0; b.Loop(); n++ {
				w, logins := timed(b, n, whose)

				for _, i := range rand.Perm(len(whose)) {
					begun := time.Now()
					_ = use.do(w, logins[i])
					times[i] = append(times[i], float64(time.Since(begun)))
				}
			}

			differ := spread(times)
			b.ReportMetric(100*differ/median(times[0]), "%-apart")
			b.ReportMetric(lot(times, differ), "p")
		})
	}
}

// timed returns a portal, at the default cost, with somebody of each sort.
func timed(b *testing.B, n int, whose []string) (*world, []string) {
	b.Helper()

	w := &world{t: new(testing.T), ctx: b.Context(), store: memory.New(), clock: time.Now()}

	portal, err := guichet.New(w.store, keys(), &guichet.Options{
		Site: "https://portal.example", Now: func() time.Time { return w.clock },
	})
	require.NoError(b, err)

	w.portal = portal

	logins := make([]string, len(whose))
	w.manager("gerante")

	for i, sort := range whose {
		person := fmt.Sprint(sort, n)
		logins[i] = person + "@exemple.fr"

		switch sort {
		case "known":
			_, err := portal.Enrol(w.ctx, guichet.Enrolment{
				Login: logins[i], AcceptsTerms: true, Person: account.PersonForm{FirstName: "Prénom", LastName: "Nom"},
			})
			require.NoError(b, err)
		case "unactivated":
			_, err := portal.Register(w.ctx, form(person, "73282932000074"))
			require.NoError(b, err)
		case "locked":
			for range 5 {
				_, _ = portal.SignIn(w.ctx, guichet.SignIn{Login: logins[i], Password: "aucune de ces phrases"})
			}
		}
	}

	return w, logins
}

func median(times []float64) float64 {
	sorted := slices.Sorted(slices.Values(times))

	return sorted[len(sorted)/2]
}

// spread is how far the medians are apart.
func spread(times [][]float64) float64 {
	medians := make([]float64, len(times))
	for i := range times {
		medians[i] = median(times[i])
	}

	return slices.Max(medians) - slices.Min(medians)
}

// lot is how often the medians are as far apart when the times are dealt out anew.
func lot(times [][]float64, differ float64) float64 {
	const deals = 1000

	all, n, as := slices.Concat(times...), len(times[0]), 0

	for range deals {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })

		dealt := make([][]float64, len(times))
		for i := range dealt {
			dealt[i] = all[i*n : (i+1)*n]
		}

		if spread(dealt) >= differ {
			as++
		}
	}

	return float64(as) / deals
}
