package guichet

import (
	"slices"
	"strings"

	"github.com/guichet-pro/guichet/internal/wording"
)

// Refusal is one error that people may see, as the catalogue has it. A verb such as %[1]s in a text stands for what the error
// fills in.
type Refusal struct {
	Code    string
	Rule    string // the number of the rule that it comes from, as in docs/rules.md
	French  string
	English string
}

// Refusals returns every error that people may see, ordered by code. docs/errors.md shows them.
func Refusals() []Refusal {
	entries := wording.Errors()
	out := make([]Refusal, len(entries))

	for i, e := range entries {
		out[i] = Refusal{Code: e.Key, Rule: e.Rule, French: e.FR, English: e.EN}
	}

	return out
}

// Field is a field of a form, as [FieldFault] names it and the portal's screens label it.
type Field struct {
	Name    string
	French  string
	English string
}

// Fields returns the fields of all forms, ordered by name.
func Fields() []Field {
	var out []Field

	for _, entries := range wording.Catalogue() {
		for _, e := range entries {
			if name, ok := strings.CutPrefix(e.Key, "field."); ok {
				out = append(out, Field{Name: name, French: e.FR, English: e.EN})
			}
		}
	}

	slices.SortFunc(out, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })

	return slices.Compact(out)
}
