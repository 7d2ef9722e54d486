package identifier_test

import (
	"math/rand/v2"
	"testing"

	"github.com/guichet-pro/guichet/identifier"
)

// One of these alone says little on a machine that does something else as
// well: TestRatioTable measures them in turn.

var siretInputs = []struct{ name, text string }{
	{"canonical", "73282932000074"},
	{"wrongKey", "73282932000075"},
	{"spaced", "732 829 320 00074"},
	{"laPoste", "35600000009075"},
	{"letter", "7328293200O074"},
	{"short", "732829320"},
}

func BenchmarkFloor(b *testing.B) {
	for _, floor := range []struct {
		name  string
		valid func(string) bool
	}{{"loop", scalarFloor}, {"words", wordFloor}, {"spaced", spacedFloor}} {
		for _, in := range siretInputs {
			b.Run(floor.name+"/"+in.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					floor.valid(in.text)
				}
			})
		}
	}
}

func BenchmarkValidSIRET(b *testing.B) {
	for _, in := range siretInputs {
		b.Run(in.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				identifier.Valid(identifier.SIRET, in.text)
			}
		})
	}
}

func BenchmarkParseSIRET(b *testing.B) {
	for _, in := range siretInputs {
		b.Run(in.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = identifier.Parse(identifier.SIRET, in.text)
			}
		})
	}
}

func BenchmarkValidEuropean(b *testing.B) {
	for _, text := range stateSamples {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				identifier.Valid(identifier.European, text)
			}
		})
	}
}

func BenchmarkValidKind(b *testing.B) {
	for _, k := range identifier.Kinds()[1:] {
		b.Run(k.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				identifier.Valid(k, kindSamples[k][0])
			}
		})
	}
}

// The floors are worth something only while they hold the rule.
func TestFloorsHoldTheRule(t *testing.T) {
	code := []byte("35600000000000")
	for _, head := range []string{"356000000", "732829320", "000000000", "000000001", "965874512"} {
		copy(code, head)
		for nic := range 100_000 {
			for i, n := 13, nic; i >= 9; i, n = i-1, n/10 {
				code[i] = '0' + byte(n%10)
			}
			s := string(code)
			want := identifier.Valid(identifier.SIRET, s)
			if scalarFloor(s) != want || wordFloor(s) != want || spacedFloor(s) != want {
				t.Fatalf("%s: %v, loop %v, words %v, spaced %v", s, want, scalarFloor(s), wordFloor(s), spacedFloor(s))
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 14))
	for range 1_000_000 {
		for i := range code {
			code[i] = '0' + byte(rng.IntN(10))
		}
		if rng.IntN(8) == 0 { // one of the 256 bytes somewhere
			code[rng.IntN(len(code))] = byte(rng.IntN(256))
		}
		s := string(code)
		if want := identifier.Valid(identifier.SIRET, s); scalarFloor(s) != want || wordFloor(s) != want {
			t.Fatalf("%+q: %v, loop %v, words %v", s, want, scalarFloor(s), wordFloor(s))
		}
	}
	for _, s := range []string{"7328293200O074", "732829320000７", "73282932\x7f0074", "\xff3282932000074", "", "732829320"} {
		if scalarFloor(s) || wordFloor(s) || spacedFloor(s) {
			t.Errorf("%+q is taken", s)
		}
	}
}
