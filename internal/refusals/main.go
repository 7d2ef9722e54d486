// Refusals writes docs/errors.md: every code that an error of the library may have, with its texts and the rule that it comes
// from. It is run by go generate in the root package.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/guichet-pro/guichet"
)

// page is where the page is, from the root of the module.
const page = "docs/errors.md"

func main() {
	if err := os.WriteFile(page, []byte(render()), 0o644); err != nil { //nolint:gosec // a document
		fmt.Fprintln(os.Stderr, "refusals:", err)
		os.Exit(1)
	}
}

const head = `# Errors

Every error that people may see has a code, which stays the same, a text in French and in English, and the rule that it comes
from ([rules.md](rules.md)). ` + "`guichet.Faults`" + ` takes an error apart into them, and ` + "`guichet.Refusals`" + ` is this table for programs. The
texts are written down in one place, ` + "`internal/wording`" + `; ` + "`%[1]s`" + ` and its like stand for what an error fills in: the field's
label, a limit, a name. Identifiers are told more precisely than here: which digit, at which position, and what instead.

This page is written by ` + "`go generate`" + `.

| code | rule | French | English |
|---|---|---|---|
`

// render returns the page.
func render() string {
	var b strings.Builder

	b.WriteString(head)

	for _, r := range guichet.Refusals() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Code, r.Rule, cell(r.French), cell(r.English))
	}

	b.WriteString("\n## Fields\n\nHow forms call their fields, as the portal's screens do.\n\n| name | French | English |\n|---|---|---|\n")

	for _, f := range guichet.Fields() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, cell(f.French), cell(f.English))
	}

	return b.String()
}

// cell makes a text fit for a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
