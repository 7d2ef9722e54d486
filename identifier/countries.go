package identifier

import "golang.org/x/text/language"

//go:generate go run ./internal/countrygen -out countries_gen.go

// country is the number of a country in the generated table, from 1; 0 is
// none. One byte keeps an ID small; the number never leaves the process.
type country uint8

// The countries that rules name.
//
//nolint:gochecknoglobals // tables that are looked up once, and never change
var (
	france          = countryOf("FR")
	newCaledonia    = countryOf("NC")
	polynesia       = countryOf("PF")
	wallisAndFutuna = countryOf("WF")
)

// countryOf finds a country by its alpha-2 code in capitals.
func countryOf(code string) country {
	if len(code) != 2 {
		return 0
	}
	low, high := 0, countryCount
	for low < high {
		middle := int(uint(low+high) / 2)
		switch at := countryCodes[2*middle : 2*middle+2]; {
		case at == code:
			return country(middle + 1)
		case at < code:
			low = middle + 1
		default:
			high = middle
		}
	}
	return 0
}

// String returns the alpha-2 code, "" for none.
func (c country) String() string {
	if c == 0 {
		return ""
	}
	return countryCodes[2*c.index() : 2*c.index()+2]
}

func (c country) index() int { return int(c) - 1 }

// name returns the name for a person.
func (c country) name(lang language.Tag) string {
	if c == 0 {
		return ""
	}
	names := countryNames[c.index()]
	if texts.Text(lang, "lang") == "fr" {
		return names.fr
	}
	return names.en
}

// Countries returns the alpha-2 codes of ISO 3166-1 in alphabetical order.
// Withdrawn codes (DD, SU) and codes that ISO has only reserved or left to
// users (EU, UK, XI, XK) are not among them.
func Countries() []string {
	codes := make([]string, countryCount)
	for i := range codes {
		codes[i] = countryCodes[2*i : 2*i+2]
	}
	return codes
}

// CountryName names a country of [Countries] in French or English, as the
// Common Locale Data Repository of Unicode does: "Grèce", "Côte d’Ivoire",
// "Falkland Islands". It returns "" for any other code.
func CountryName(code string, lang language.Tag) string { return countryOf(code).name(lang) }
