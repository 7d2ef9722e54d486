package identifiertest

import (
	"fmt"
	"strings"

	"github.com/guichet-pro/guichet/identifier"
)

// RIDET makes any RIDET of level Strict. The simplest is 0000001001.
func RIDET(src Source) identifier.ID {
	return identifier.MustParse(identifier.RIDET, fmt.Sprintf("%07d%03d", 1+src.IntN(9_999_999), 1+src.IntN(999)))
}

// Tahiti makes any Tahiti number. The simplest is 000001001.
func Tahiti(src Source) identifier.ID {
	const first = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	c := src.IntN(len(first))
	return identifier.MustParse(identifier.Tahiti, fmt.Sprintf("%c%05d%03d", first[c], 1+src.IntN(99_999), 1+src.IntN(999)))
}

// countries are some of those outside the EU and France.
var countries = []string{"US", "CH", "GB", "MC", "JP", "WF", "FRWF"}

// words are what names are made of, with all that folding is about.
var words = []string{
	"A", "LTD", "SOCIÉTÉ", "O'BRIEN", "SAINT-GALL", "& CO.", "Cœur", "Straße", "n°1", "東京", "“Ø”", //nolint:gosmopolitan // names are in all scripts
}

// NonEU makes a code from a country and a name. The simplest is USA.
func NonEU(src Source) identifier.ID {
	country := countries[src.IntN(len(countries))]
	id, err := identifier.NewNonEU(country, name(src))
	if err != nil {
		panic(err) // the generator is wrong
	}
	return id
}

func name(src Source) string {
	parts := make([]string, 1+src.IntN(4))
	for i := range parts {
		parts[i] = words[src.IntN(len(words))]
	}
	return strings.Join(parts, " ")
}

// Individual makes a code of a private individual of no person: the form of
// the known sample with a commune number that is never given out, or, one time
// in four, free text; in France or, one time in four, elsewhere. The simplest
// is 1000101000A1.
func Individual(src Source) identifier.ID {
	code := fmt.Sprintf("%d%02d%02d%02d000%s%d", 1+src.IntN(2), src.IntN(100), 1+src.IntN(12), 1+src.IntN(95),
		strings.ReplaceAll(name(src), "n°1", "ZOÉ"), 1+src.IntN(9))
	if src.IntN(4) == 3 {
		code = "X-" + name(src)
	}
	return abroad(src, identifier.MustParse(identifier.Individual, code))
}

// Registering makes a temporary code. The simplest is EC0000000000000000.
func Registering(src Source) identifier.ID {
	var random [10]byte
	for i := range random {
		random[i] = byte(src.IntN(256)) //nolint:gosec // below 256
	}
	return abroad(src, identifier.NewRegistering(random))
}

// abroad moves one identifier in four to another country.
func abroad(src Source, id identifier.ID) identifier.ID {
	if src.IntN(4) < 3 {
		return id
	}
	all := identifier.Countries()
	id, err := id.In(all[src.IntN(len(all))])
	if err != nil {
		panic(err) // every country is allowed
	}
	return id
}
