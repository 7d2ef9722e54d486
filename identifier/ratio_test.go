package identifier_test

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/guichet-pro/guichet/identifier"
)

var ratios = flag.Int("ratios", 1, "take the least of `n` rounds for the table of docs/performance.md (300 are enough)")

// A row is one measurement; its cost is reported as a multiple of those of
// other rows.
type row struct {
	name   string
	inputs []string
	run    func(inputs []string, turns int)
	least  float64 // nanoseconds
	floors []*row
	limits []float64
}

// taken is how many of its inputs the row is to accept: those that are only
// spaced are right, the other variants are wrong.
func (r *row) taken() int {
	if _, variant, found := strings.Cut(r.name, ", "); found && variant != "spaced" {
		return 0
	}
	return inputCount
}

// inputCount is the number of inputs that a row takes turns with. A power of
// two needs no division, which would cost more than some of the functions.
const inputCount = 16

// verdicts calls a function that answers yes or no. The floors go the same
// way.
func verdicts(f func(string) bool) func([]string, int) {
	return func(inputs []string, turns int) {
		inputs = inputs[:inputCount]
		for i := range turns {
			if f(inputs[i&(inputCount-1)]) {
				accepted++
			}
		}
	}
}

func valid(k identifier.Kind) func([]string, int) {
	return func(inputs []string, turns int) {
		inputs = inputs[:inputCount]
		for i := range turns {
			if identifier.Valid(k, inputs[i&(inputCount-1)]) {
				accepted++
			}
		}
	}
}

func parse(k identifier.Kind) func([]string, int) {
	return func(inputs []string, turns int) {
		inputs = inputs[:inputCount]
		for i := range turns {
			if _, err := identifier.Parse(k, inputs[i&(inputCount-1)]); err == nil {
				accepted++
			}
		}
	}
}

var accepted int // keeps the compiler from leaving out the calls

// TestRatioTable measures what it prints under -v, and judges no time, since a
// timed test fails when something else runs. It does judge that every row does
// what its name says, and that Valid and a canonical Parse allocate nothing.
// The rounds go over all rows in turn, and the least of each row counts: one
// row measured at a stretch drifts by half between runs.
func TestRatioTable(t *testing.T) {
	spaced := make([]string, len(validSIRETs))
	wrong := make([]string, len(validSIRETs))
	letters := make([]string, len(validSIRETs))
	for i, s := range validSIRETs {
		spaced[i] = s[:3] + " " + s[3:6] + " " + s[6:9] + " " + s[9:]
		wrong[i] = s[:13] + string('0'+(s[13]-'0'+1)%10)
		letters[i] = s[:11] + "O" + s[12:]
	}
	cutOff := func(n int) []string {
		out := make([]string, len(validSIRETs))
		for i, s := range validSIRETs {
			out[i] = (s + "00")[:n]
		}
		return out
	}

	var rows []*row
	add := func(name string, run func([]string, int), inputs []string) *row {
		inputs = slices.Repeat(inputs, inputCount)[:inputCount]
		r := &row{name: name, inputs: inputs, run: run, least: math.Inf(1)}
		rows = append(rows, r)
		return r
	}
	beside := func(r, floor *row, limit float64) {
		r.floors, r.limits = append(r.floors, floor), append(r.limits, limit)
	}

	scalar := add("floor: loop", verdicts(scalarFloor), validSIRETs)
	words := add("floor: words", verdicts(wordFloor), validSIRETs)
	scalarWrong := add("floor: loop, wrong key", verdicts(scalarFloor), wrong)
	wordsWrong := add("floor: words, wrong key", verdicts(wordFloor), wrong)
	loopSpaced := add("floor: loop, spaced", verdicts(spacedFloor), spaced)

	accept := add("Valid SIRET", valid(identifier.SIRET), validSIRETs)
	beside(accept, scalar, 1.3)
	beside(accept, words, 2)
	refuse := add("Valid SIRET, wrong key", valid(identifier.SIRET), wrong)
	beside(refuse, scalarWrong, 1.3)
	beside(refuse, wordsWrong, 2)
	beside(add("Valid SIRET, spaced", valid(identifier.SIRET), spaced), loopSpaced, 2)
	beside(refuse, accept, 3)
	beside(add("Valid SIRET, a letter", valid(identifier.SIRET), letters), accept, 3)
	beside(add("Valid SIRET, 9 digits", valid(identifier.SIRET), cutOff(9)), accept, 3)
	beside(add("Valid SIRET, 15 digits", valid(identifier.SIRET), cutOff(15)), accept, 3)

	acceptParse := add("Parse SIRET", parse(identifier.SIRET), validSIRETs)
	beside(add("Parse SIRET, wrong key", parse(identifier.SIRET), wrong), acceptParse, 5)
	beside(add("Parse SIRET, a letter", parse(identifier.SIRET), letters), acceptParse, 5)
	beside(add("Parse SIRET, 9 digits", parse(identifier.SIRET), cutOff(9)), acceptParse, 5)
	beside(add("Parse SIRET, 15 digits", parse(identifier.SIRET), cutOff(15)), acceptParse, 5)
	add("Parse SIRET, spaced", parse(identifier.SIRET), spaced)

	for _, k := range identifier.Kinds()[1:] {
		good, bad := kindSamples[k][:1], kindSamples[k][1:]
		v := add("Valid "+k.String(), valid(k), good)
		beside(add("Valid "+k.String()+", refused", valid(k), bad), v, 3)
		p := add("Parse "+k.String(), parse(k), good)
		beside(add("Parse "+k.String()+", refused", parse(k), bad), p, 5)
	}
	for _, s := range stateSamples {
		v := add("Valid "+s[:2], valid(identifier.European), []string{s})
		last := len(s) - 1
		wrong := s[:last] + string('0'+(s[last]+1)%10)
		beside(add("Valid "+s[:2]+", wrong", valid(identifier.European), []string{wrong}), v, 3)
		p := add("Parse "+s[:2], parse(identifier.European), []string{s})
		beside(add("Parse "+s[:2]+", wrong", parse(identifier.European), []string{wrong}), p, 5)
	}

	const turns = 1000
	for range *ratios {
		for _, r := range rows {
			start := time.Now()
			r.run(r.inputs, turns)
			r.least = min(r.least, float64(time.Since(start).Nanoseconds())/turns)
		}
	}

	var b strings.Builder
	fmt.Fprintf(&b, "\n%-34s %9s %8s  %s\n", "", "ns", "allocs", "times (at most)")
	for _, r := range rows {
		before := accepted
		r.run(r.inputs, inputCount)
		if taken, want := accepted-before, r.taken(); taken != want {
			t.Errorf("%s takes %d of %d inputs, not %d", r.name, taken, inputCount, want)
		}

		allocs := int64(testing.AllocsPerRun(100, func() { r.run(r.inputs, 1) }))
		if allocs > 0 && (!strings.HasPrefix(r.name, "Parse") || r.name == "Parse SIRET") {
			t.Errorf("%s allocates %d times", r.name, allocs)
		}

		fmt.Fprintf(&b, "%-34s %9.1f %8d ", r.name, r.least, allocs)
		for i, floor := range r.floors {
			fmt.Fprintf(&b, "  %.2f of %s (%.1f)", r.least/floor.least, floor.name, r.limits[i])
			if r.least > r.limits[i]*floor.least {
				b.WriteString(" !")
			}
		}
		b.WriteByte('\n')
	}
	t.Log(b.String())
}

// kindSamples are a canonical code of each kind and one that is refused.
var kindSamples = map[identifier.Kind][]string{
	identifier.European:    {"DE136695976", "DE136695977"},
	identifier.NonEU:       {"USMICROSOFT CORPOR", "FRMICROSOFT CORPOR"},
	identifier.RIDET:       {"0122531001", "012253100"[:8]},
	identifier.Tahiti:      {"075390001", "075390O01"},
	identifier.Individual:  {"1980193161FERDINANDHELOISE1", "AB"},
	identifier.Registering: {"EC0123456789ABCDEF", "EC01234567\n9ABCDEF"},
}

// stateSamples are a number of each state with a check digit.
var stateSamples = []string{
	"ATU13585627", "BE0428759497", "BG175074752", "CY10259033P", "CZ25123891", "DE136695976", "DK13585628", "EE100594102",
	"EL094259216", "ESB64717838", "FI20774740", "HR33392005961", "HU12892312", "IE6433435OA", "IT00743110157", "LT119511515",
	"LT100001919017", "LU15027442", "LV40003521600", "MT11679112", "NL004495445B01", "NL002455799B11", "PL8567346215",
	"PT501964843", "RO18547290", "SE123456789701", "SI50223054", "SK2022749619", "XI980780684", "BG7523169263", "CZ7103192745",
}
