package identifier_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/identifier/identifiertest"
)

// source lets rapid make the choices of the generators, and shrink them.
type source struct{ t *rapid.T }

func (s source) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "n") }

// separators are all characters that are left out (rule A9).
var separators = []rune{
	' ', '.', '-',
	0x00a0,
	0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
	0x202f, 0x205f, 0x3000,
	0x2010, 0x2011,
}

const fullWidth = "０１２３４５６７８９"

// naiveClean is rule A9, written with the slow tools.
func naiveClean(s string) string {
	var out []rune
	for _, r := range s {
		if slices.Contains(separators, r) {
			continue
		}
		if i := slices.Index([]rune(fullWidth), r); i >= 0 {
			r = '0' + rune(i)
		}
		out = append(out, r)
	}
	return string(out)
}

// naiveLuhn walks from the right with a running flag, unlike the package.
func naiveLuhn(digits string) bool {
	sum, double := 0, false
	for _, r := range slices.Backward([]rune(digits)) {
		d := int(r - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// naiveSIRET is rule A2.
func naiveSIRET(s string, level identifier.Level) (string, bool) {
	code := naiveClean(s)
	if len(code) != 14 || strings.Trim(code, "0123456789") != "" || strings.Trim(code, "0") == "" {
		return "", false
	}
	if level == identifier.Shape {
		return code, true
	}
	if code[:9] == "000000000" || !naiveLuhn(code[:9]) {
		return "", false
	}
	if code[:9] != "356000000" || code == "35600000000048" {
		return code, naiveLuhn(code)
	}
	sum := 0
	for _, r := range code {
		sum += int(r - '0')
	}
	return code, sum%5 == 0
}

// agree compares Parse and Valid with the naive rule, at both levels.
func agree(t assert.TestingT, s string) {
	for _, level := range []identifier.Level{identifier.Strict, identifier.Shape} {
		options := identifier.Options{Level: level}
		want, ok := naiveSIRET(s, level)
		id, err := options.Parse(identifier.SIRET, s)
		assert.Equal(t, ok, err == nil, "%q at level %d: %v", s, level, err)
		assert.Equal(t, ok, options.Valid(identifier.SIRET, s), "Valid, %q at level %d", s, level)
		if ok && err == nil {
			assert.Equal(t, want, id.Code())
		}
	}
}

func TestA2_AgreesWithANaiveImplementation(t *testing.T) {
	t.Run("random digits", func(t *testing.T) {
		digits := rapid.StringMatching(`(356000000|[0-9]{9})[0-9]{5}`)
		rapid.Check(t, func(t *rapid.T) { agree(t, digits.Draw(t, "digits")) })
	})
	t.Run("one digit changed", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			code := []byte(identifiertest.SIRET(source{t}).Code())
			code[source{t}.IntN(len(code))] = '0' + byte(source{t}.IntN(10))
			agree(t, string(code))
		})
	})
	t.Run("any text", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { agree(t, rapid.String().Draw(t, "text")) })
	})
	t.Run("every NIC of La Poste", func(t *testing.T) {
		code := []byte("35600000000000")
		accepted, both, either := 0, 0, 0
		for nic := range 100_000 {
			for i, n := 13, nic; i >= 9; i, n = i-1, n/10 {
				code[i] = '0' + byte(n%10)
			}
			want, ok := naiveSIRET(string(code), identifier.Strict)
			if identifier.Valid(identifier.SIRET, string(code)) != ok {
				t.Fatalf("%s: naive says %v (%s)", code, ok, want)
			}
			if ok {
				accepted++
			}
			sum := 0
			for _, c := range code {
				sum += int(c - '0')
			}
			switch luhn := naiveLuhn(string(code)); {
			case luhn && sum%5 == 0:
				both++
				either++
			case luhn || sum%5 == 0:
				either++
			}
		}
		// One in five by the sum of the digits, and the head office.
		assert.Equal(t, 20_001, accepted)
		// The figures that the package documentation gives for the two schools.
		assert.Equal(t, 2_000, both)
		assert.Equal(t, 28_000, either)
	})
}
