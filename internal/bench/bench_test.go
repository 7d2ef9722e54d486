package bench

import (
	"flag"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/validator/v10"

	"github.com/guichet-pro/guichet/identifier"
)

var rounds = flag.Int("rounds", 1, "take the least of `n` rounds for the table (300 are enough)")

// SIRETs: valid, with a wrong last digit, and of La Poste.
var (
	good     = []string{"73282932000074", "13002526500013", "21750001600019", "78430177200025"}
	wrongKey = []string{"73282932000075", "13002526500014", "21750001600010", "78430177200026"}
	laPoste  = []string{"35600000009075", "35600000049837", "35600000041461", "35600000018723"}
)

// candidate is a way to check a SIRET, and how many of the four wrong keys and of the four of La Poste it takes.
type candidate struct {
	name           string
	wrong, laPoste int
	valid          func(string) bool
}

func candidates() []candidate {
	var (
		v      = validator.New()
		digits = regexp.MustCompile(`^\d{14}$`)
	)
	return []candidate{
		{"identifier.Valid", 0, 4, func(s string) bool { return identifier.Valid(identifier.SIRET, s) }},
		{"identifier.Parse", 0, 4, func(s string) bool { _, err := identifier.Parse(identifier.SIRET, s); return err == nil }},
		{`validator "len=14,numeric"`, 4, 4, func(s string) bool { return v.Var(s, "len=14,numeric") == nil }},
		{`validator "len=14,luhn_checksum"`, 0, 0, func(s string) bool { return v.Var(s, "len=14,luhn_checksum") == nil }},
		{`regexp ^\d{14}$`, 4, 4, digits.MatchString},
	}
}

// TestTable measures what it prints under -v. It judges no time, but the verdicts that docs/performance.md reports.
func TestTable(t *testing.T) {
	const turns = 500
	all := candidates()
	least := make([][2]float64, len(all))
	for i := range least {
		least[i] = [2]float64{math.Inf(1), math.Inf(1)}
	}
	for range *rounds {
		for i, c := range all {
			for j, inputs := range [][]string{good, wrongKey} {
				start := time.Now()
				for turn := range turns {
					c.valid(inputs[turn&3])
				}
				least[i][j] = min(least[i][j], float64(time.Since(start).Nanoseconds())/turns)
			}
		}
	}
	count := func(valid func(string) bool, inputs []string) int {
		n := 0
		for _, s := range inputs {
			if valid(s) {
				n++
			}
		}
		return n
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-34s %8s %12s %18s %18s\n", "", "ns", "wrong key, ns", "wrong keys taken", "of La Poste taken")
	for i, c := range all {
		wrong, post := count(c.valid, wrongKey), count(c.valid, laPoste)
		if right := count(c.valid, good); right != len(good) || wrong != c.wrong || post != c.laPoste {
			t.Errorf("%s takes %d right ones, %d wrong keys, %d of La Poste; the document says 4, %d, %d",
				c.name, right, wrong, post, c.wrong, c.laPoste)
		}
		fmt.Fprintf(&b, "%-34s %8.1f %12.1f %16d/4 %16d/4\n", c.name, least[i][0], least[i][1], wrong, post)
	}
	t.Log(b.String())
}

func BenchmarkSIRET(b *testing.B) {
	for _, c := range candidates() {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.valid(good[0])
			}
		})
	}
}
