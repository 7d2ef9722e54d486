package guichet

import (
	"strings"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/structure"
)

// Next is what a registration waits for.
type Next uint8

// What a registration may wait for. The zero Next is invalid.
const (
	NextActivation Next = iota + 1 // its author is the first to name the structure: the activation link is under way
	NextApproval                   // the structure's main manager decides first
	NextAttachment                 // the activation link is under way, and the attachment waits for the main manager (policy Immediate)
	NextAccount                    // the activation link is under way; no structure was named (policy Immediate)
)

// Receipt is what a person is shown once their registration is in (rule B5). It looks the same whether or not the
// login already has an account or an open registration (rule B14): it holds nothing but what its reader has just
// typed, what is known of the structure to anybody, and what happens next.
type Receipt struct {
	Next      Next
	Person    account.Person
	Login     account.Login
	Structure structure.Summary
}

// Text returns the receipt with the guide's wording, in French or English, one line after the other.
func (r Receipt) Text(lang language.Tag) string {
	which := map[Next]string{
		NextActivation: "receipt.first", NextApproval: "receipt.waits", NextAttachment: "receipt.attachment",
		NextAccount: "receipt.account",
	}[r.Next]

	d := r.Structure.Data

	lines := []string{
		texts.Text(lang, "receipt.title"),
		"",
		texts.Text(lang, which, r.Person.Name()),
		"",
	}
	if r.Next == NextActivation {
		lines = append(lines, texts.Text(lang, which+".1"))
	} else {
		lines = append(lines, texts.Text(lang, which+".1", r.Login.String()))
	}

	if r.Next == NextAccount {
		return strings.Join(append(lines, "", texts.Text(lang, which+".2")), "\n") + "\n"
	}

	lines = append(lines, "", texts.Text(lang, which+".to"))

	for _, line := range []struct{ key, value string }{
		{"receipt.name", d.Name()},
		{"receipt.identifier", r.Structure.Identity.Display()},
		{"receipt.sector", texts.Text(lang, "sector."+r.Structure.Sector.String())},
		{"receipt.address", joined(d.Address, d.Complement1, d.Complement2)},
		{"receipt.postal", d.PostalCode},
		{"receipt.town", d.Town},
		{"receipt.country", identifier.CountryName(d.Country, lang)},
	} {
		if line.value != "" {
			lines = append(lines, "- "+texts.Text(lang, line.key, line.value))
		}
	}

	lines = append(lines, "", texts.Text(lang, which+".2", r.Login.String()))

	return strings.Join(lines, "\n") + "\n"
}

func joined(parts ...string) string {
	var out []string

	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}

	return strings.Join(out, ", ")
}

// shown is how an identifier is shown to people who may not see an individual's: type and code, or the type alone.
func shown(id identifier.ID) string {
	if id.Kind() == identifier.Individual {
		return id.Kind().Text(language.French)
	}

	return id.Kind().Text(language.French) + " " + id.Display()
}
