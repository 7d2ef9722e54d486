package identifier

import (
	"strings"
	"unicode/utf8"
)

const (
	nonEUMin  = 3
	nonEUMax  = 18
	nonEUName = 16 // of the legal name, behind the country

	// wallis stands for Wallis and Futuna in the order of 9 December 2016,
	// before 14 characters of the name.
	wallis     = "FRWF"
	wallisName = 14
)

// NewNonEU makes the code of a structure outside the European Union (rule A4)
// from its country, an ISO 3166-1 alpha-2 code, and its legal name
// (dénomination sociale): the country and the first 16 characters of the name.
// For Wallis and Futuna there are two forms, and both are accepted: that of
// the order of 9 December 2016, for which country is "FRWF", with 14
// characters of the name, and "WF" with 16. They are two different codes.
//
// No text says how the name is to be written. The folding is this library's,
// and [Parse] applies it to codes as well:
//
//   - letters are raised, accents and other marks over Latin and Greek letters
//     dropped (É becomes E), and ligatures and letters with a stroke written
//     out (Œ: OE, ß: SS, Ø: O);
//   - typographic quotes, dashes and the ellipsis become those of a keyboard,
//     full-width characters those of ASCII, spaces of any kind the space;
//   - runs of spaces become one; outer spaces are dropped, also the one at
//     which the name is cut;
//   - everything else counts and stays: inner spaces, "&", ".", and letters of
//     other scripts with their marks, composed (Й, が, 한) however they were
//     typed: Unicode's normal form C.
//
// The error is a *ParseError (rule A4): [ErrCountry] with the country as Input,
// for what is none or lies inside the EU or France (the text says which kind
// to take instead); or, with the name as Input, [ErrEmpty], or [ErrCharset] for
// a character that does not print.
func NewNonEU(country, name string) (ID, error) {
	limit, raised := nonEUName, strings.ToUpper(country)
	if raised == wallis {
		limit = wallisName
	} else if f := nonEUCountry(raised); f.why != fine {
		return ID{}, f.error(NonEU, "A4", country)
	}
	var buf [nonEUName * utf8.UTFMax]byte
	n, count, f := readText(buf[:], name, limit, oneSpace)
	if count == 0 && f.why == fine {
		f = fault{why: nothingName}
	}
	if f.why != fine && f.why != textLong {
		return ID{}, f.error(NonEU, "A4", name)
	}
	return Parse(NonEU, raised+strings.TrimRight(string(buf[:n]), " "))
}

// nonEUCountry explains why a structure of a country has no code of kind
// NonEU.
func nonEUCountry(code string) fault {
	switch code {
	case "FR",
		// Parts of France with codes of their own, whose establishments have a
		// SIRET: the five overseas départements, Saint-Pierre-et-Miquelon,
		// Saint-Barthélemy and Saint-Martin.
		"GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF":
		return fault{why: inFrance, want: "SIRET"}
	case "NC":
		return fault{why: hasRIDET, want: "RIDET"}
	case "PF":
		return fault{why: hasTahiti, want: "TAHITI"}
	}
	switch {
	case isMember(code):
		return fault{why: inUnion, want: "UE_HORS_FRANCE"}
	case countryOf(code) == 0:
		return fault{why: noCountry}
	}
	return fault{}
}

// readNonEU puts the code that is s into buf: its length and its country.
func readNonEU(buf *[nonEUMax * utf8.UTFMax]byte, s string) (n int, c country, f fault) {
	n, count, f := readText(buf[:], s, nonEUMax, behindCountry)
	switch {
	case f.why == textLong:
		f.count = nonEUMax
		// Rather say that the country is wrong, since that decides the kind.
		if g := nonEUCountry(string(buf[:2])); g.why != fine && !strings.HasPrefix(string(buf[:4]), wallis) {
			f = g
		}
		return n, 0, f
	case f.why != fine:
		return n, 0, f
	case count == 0:
		return n, 0, fault{why: nothingText}
	case n < 2:
		return n, 0, fault{why: noCountry}
	}
	name := 2
	if n >= len(wallis) && string(buf[:len(wallis)]) == wallis {
		c, name = wallisAndFutuna, len(wallis)
	} else {
		if f = nonEUCountry(string(buf[:2])); f.why != fine {
			return n, 0, f
		}
		c = countryOf(string(buf[:2]))
	}
	if count <= name {
		return n, 0, fault{why: noName, at: utf8.RuneCountInString(s) + 1}
	}
	return n, c, fault{}
}

func parseNonEU(s string) (ID, error) {
	var buf [nonEUMax * utf8.UTFMax]byte
	n, c, f := readNonEU(&buf, s)
	if f.why != fine {
		return ID{}, f.error(NonEU, "A4", s)
	}
	return ID{kind: NonEU, country: c, code: same(s, buf[:n])}, nil
}

func validNonEU(s string) bool {
	var buf [nonEUMax * utf8.UTFMax]byte
	_, _, f := readNonEU(&buf, s)
	return f.why == fine
}
