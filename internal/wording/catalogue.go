package wording

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Entry is one text of the catalogue.
type Entry struct {
	Phrase

	Key  string // of an error, its code: "account.required". Of a field, "field." and its name
	Rule string // the number of the rule that an error comes from; "" = no error
}

// Catalogue is everything that the library says to people but for mails, and for what package identifier composes from a
// digit's position and its kind: one list a package, in the order of the imports. What a code stands for is found here and
// nowhere else.
func Catalogue() map[string][]Entry {
	return map[string][]Entry{
		"identifier": ofIdentifier, "structure": ofStructure, "account": ofAccount, "account/credential": ofCredential,
		"habilitation": ofHabilitation, "attachment": ofAttachment, "guichet": ofPortal,
	}
}

// Texts returns the texts of a package.
func Texts(pkg string) Table {
	out := Table{}
	for _, e := range Catalogue()[pkg] {
		out[e.Key] = e.Phrase
	}

	return out
}

// With returns the table with the phrases of another one besides.
func (t Table) With(more Table) Table {
	out := maps.Clone(t)
	maps.Copy(out, more)

	return out
}

// Errors returns the entries of all errors, ordered by code.
func Errors() []Entry { return slices.Clone(errorsByCode()) }

var errorsByCode = sync.OnceValue(func() []Entry { //nolint:gochecknoglobals // not written to once made
	var out []Entry

	for _, entries := range Catalogue() {
		for _, e := range entries {
			if e.Rule != "" {
				out = append(out, e)
			}
		}
	}

	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })

	return out
})

// Rule returns the number of the rule that an error of this code comes from; "" if there is no such code.
func Rule(code string) string {
	all := errorsByCode()

	i, ok := slices.BinarySearchFunc(all, code, func(e Entry, code string) int { return strings.Compare(e.Key, code) })
	if !ok {
		return ""
	}

	return all[i].Rule
}
