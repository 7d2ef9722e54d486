// Package identifiertest makes identifiers for property tests: valid by
// construction, without a rejection loop, and the simplest choice first, so
// that a shrinking source ends at the identifier that is easiest to read.
//
//	ID, OfKind      an identifier of any kind, of a given kind
//	SIRET, LaPoste, European, NonEU, RIDET, Tahiti, Individual, Registering
//	SIREN, VAT      the numbers that are no kind of their own
//	Spelling        a way to type it that is read as the same identifier
//	Corrupt         a text that must be refused, and with which error
//	Laws            what holds for every identifier, as a test
//
// The check digits are computed here once more, by plain arithmetic, so that
// the generators are a second opinion on package identifier.
//
// A *math/rand/v2.Rand is a [Source]. For pgregory.net/rapid, which shrinks,
// write the adaptor into your own test; this package does not import rapid:
//
//	type source struct{ t *rapid.T }
//
//	func (s source) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "n") }
//
// Draw every choice through IntN, as here, and do not seed a generator from
// one drawn number: the shrinker could then only exchange one random value for
// another.
package identifiertest

import (
	"fmt"
	"strconv"

	"github.com/guichet-pro/guichet/identifier"
)

// Source is where the choices come from. IntN returns a number from 0 to n-1;
// 0 is the simplest choice. n is positive.
type Source interface{ IntN(n int) int }

// ID makes an identifier of any kind, a SIRET as the simplest.
func ID(src Source) identifier.ID {
	kinds := identifier.Kinds()
	return OfKind(src, kinds[src.IntN(len(kinds))])
}

// OfKind makes an identifier of kind k. It panics if k is no kind.
func OfKind(src Source, k identifier.Kind) identifier.ID {
	switch k {
	case identifier.SIRET:
		return SIRET(src)
	case identifier.European:
		return European(src)
	case identifier.NonEU:
		return NonEU(src)
	case identifier.RIDET:
		return RIDET(src)
	case identifier.Tahiti:
		return Tahiti(src)
	case identifier.Individual:
		return Individual(src)
	case identifier.Registering:
		return Registering(src)
	}
	panic("identifiertest: no generator for " + k.String())
}

const (
	laPoste    = "356000000"
	headOffice = "35600000000048" // the one SIRET of La Poste that follows Luhn
)

// SIREN makes any SIREN. The simplest is 000000018.
func SIREN(src Source) identifier.SIREN {
	siren, err := identifier.ParseSIREN(siren(src))
	if err != nil {
		panic(err) // the generator is wrong
	}
	return siren
}

// SIRET makes any SIRET of level Strict, one in eight of La Poste. The
// simplest is 00000001800010.
func SIRET(src Source) identifier.ID {
	if src.IntN(8) == 7 {
		return LaPoste(src)
	}
	number := siren(src)
	if number == laPoste {
		return LaPoste(src)
	}
	number += fmt.Sprintf("%04d", 1+src.IntN(9999))
	return identifier.MustParse(identifier.SIRET, number+luhn(number))
}

// LaPoste makes any SIRET of La Poste. The simplest is its head office,
// 35600000000048; every other follows the sum of its digits.
func LaPoste(src Source) identifier.ID {
	if src.IntN(4) == 0 {
		return identifier.MustParse(identifier.SIRET, headOffice)
	}
	number := laPoste + fmt.Sprintf("%04d", src.IntN(10_000))
	sum := 0
	for _, c := range number {
		sum += int(c - '0')
	}
	last := (5-sum%5)%5 + 5*src.IntN(2)
	return identifier.MustParse(identifier.SIRET, number+strconv.Itoa(last))
}

func siren(src Source) string {
	number := fmt.Sprintf("%08d", 1+src.IntN(99_999_999))
	return number + luhn(number)
}

// luhn returns the digit that completes number.
func luhn(number string) string {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 0 { // the digit to come is the last, so this one is doubled
			d *= 2
		}
		sum += d/10 + d%10
	}
	return strconv.Itoa((10 - sum%10) % 10)
}
