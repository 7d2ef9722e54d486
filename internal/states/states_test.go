package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/attachment"
)

func TestStates_ThePageIsWhatTheCodeGenerates(t *testing.T) {
	got, err := os.ReadFile("../../docs/states.md")
	require.NoError(t, err, "run `go generate` at the root of the module")

	if want := page(machines()); want != string(got) {
		assert.Failf(t, "docs/states.md is out of date: run `go generate` at the root of the module", "%s", difference(want, string(got)))
	}
}

// difference shows the first line in which two texts differ.
func difference(want, got string) string {
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")

	for i, line := range wants {
		if i >= len(gots) || gots[i] != line {
			return fmt.Sprintf("line %d should be %q", i+1, line)
		}
	}

	return fmt.Sprintf("there should be no line %d", len(wants)+1)
}

// listed writes out the states or events that a package lists.
func listed[T fmt.Stringer](all []T) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = one.String()
	}

	return out
}

func TestStates_EveryStateWithEveryEventIsOnceInItsTableAndIsATransitionOrARefusal(t *testing.T) {
	for _, c := range []struct {
		machine        machine
		states, events []string
	}{
		{registrations(), listed(account.RegistrationStates()), listed(account.RegistrationEvents())},
		{accounts(), listed(account.States()), listed(account.Events())},
		{rows(), append([]string{nothing}, listed(attachment.States())...), listed(attachment.Events())},
	} {
		m := c.machine
		count := map[[2]string]int{}

		for _, cell := range m.cells {
			count[[2]string{cell.from, cell.event}]++
			name := fmt.Sprintf("%s: %s, %s", m.title, cell.from, cell.event)

			assert.NotEqual(t, len(cell.ways) > 0, cell.refusal != nil, "%s is a transition, or else a refusal", name)

			for _, w := range cell.ways {
				assert.Contains(t, c.states, w.to, name)
			}

			if cell.refusal != nil {
				explained(t, cell.refusal, name)
			}
		}

		for _, state := range c.states {
			for _, event := range c.events {
				assert.Equal(t, 1, count[[2]string{state, event}], "%s: %s, %s", m.title, state, event)
			}
		}

		assert.Len(t, m.cells, len(c.states)*len(c.events), m.title)
		assert.Equal(t, c.states, m.states(), "%s: the order of the rows", m.title)
		assert.Equal(t, c.events, m.events(), "%s: the order of the columns", m.title)
	}
}

// explained asserts that a refusal has a code of its own and says something in both languages.
func explained(t *testing.T, r refusal, name string) {
	t.Helper()

	assert.NotContains(t, []string{"account.invalid", "attachment.refused"}, r.Code(), "%s: the code of an error that has none", name)

	french, english := r.Text(language.French), r.Text(language.English)
	assert.NotEqual(t, french, english, name)

	for _, text := range []string{french, english} {
		assert.NotEmpty(t, text, name)
		assert.NotEqual(t, r.Code(), text, "%s: a code without a text", name)
		assert.NotContains(t, text, "%", "%s: a text that lacks an argument", name)
	}
}

func TestStates_ATableShowsAFieldForEachStateAndEvent(t *testing.T) {
	for _, m := range machines() {
		lines := strings.Split(strings.TrimSpace(m.table()), "\n")
		require.Len(t, lines, 2+len(m.states()), m.title)
		assert.Equal(t, append([]string{""}, m.events()...), fields(lines[0]), m.title)

		for i, state := range m.states() {
			got := fields(lines[2+i])
			require.Len(t, got, 1+len(m.events()), "%s: %s", m.title, state)
			assert.Equal(t, state, got[0])

			for j, c := range m.of(state) {
				assert.Equal(t, m.events()[j], c.event, "%s: %s: a field below the wrong event", m.title, state)
				assert.Equal(t, c.field(), got[1+j])
				assert.NotEmpty(t, got[1+j])
			}
		}
	}
}

// fields takes a line of a table apart.
func fields(line string) []string {
	out := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}

	return out
}

func TestStates_WhatHandleDoesAgreesWithTheTableOfAccounts(t *testing.T) {
	seen := handled()

	for _, tr := range account.AccountTransitions() {
		ways := seen[happening{state: tr.From, event: tr.Event}]

		if tr.Refusal != nil {
			assert.Empty(t, ways, "%s, %s", tr.From, tr.Event)
		} else {
			assert.Contains(t, ways, way{to: tr.To.String()}, "%s, %s", tr.From, tr.Event)
		}
	}

	assert.Equal(t, []way{{to: "active"}, {to: "deactivated", when: "if away"}},
		seen[happening{state: account.Blocked, event: account.Unblock}])
}

func TestStates_ARowOfARosterHasNoEndAsThePageSays(t *testing.T) {
	m := rows()
	assert.False(t, slices.ContainsFunc(m.states(), m.terminal))
}

func TestStates_TheSearchReachesEveryStanding(t *testing.T) {
	assert.Empty(t, standings().unreached())
}

// A command that the search does not give may lead to a standing that the page does not show.
func TestStates_TheSearchGivesEveryCommandThereIs(t *testing.T) {
	var given []string

	for _, c := range commands() {
		if name := reflect.TypeOf(c).Name(); !slices.Contains(given, name) {
			given = append(given, name)
		}
	}

	assert.ElementsMatch(t, declaredCommands(t), given, "commands() in standings.go gives every attachment.Command")
}

// declaredCommands are the types of package attachment that have the method which seals attachment.Command.
func declaredCommands(t *testing.T) []string {
	t.Helper()

	paths, err := filepath.Glob("../../attachment/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, paths)

	var out []string

	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)

		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "command" || f.Type.Params.NumFields() > 0 {
				continue
			}

			if receiver, ok := f.Recv.List[0].Type.(*ast.Ident); ok {
				out = append(out, receiver.Name)
			}
		}
	}

	return out
}

var (
	declaration = regexp.MustCompile(`^    state "([a-z ]+)" as ([a-z_]+)$`)
	arrow       = regexp.MustCompile(`^    (\[\*\]|[a-z_]+) --> (\[\*\]|[a-z_]+)(?: : [a-z]+(?:,? [a-z]+)*)?$`)

	// reserved are words that mean something else to Mermaid than the id of a state.
	reserved = []string{"as", "class", "click", "default", "direction", "end", "href", "note", "scale", "state", "style"}
)

func TestStates_EveryLineOfADiagramIsWellFormed(t *testing.T) {
	diagrams := regexp.MustCompile("(?s)```mermaid\n(.*?)```").FindAllStringSubmatch(page(machines()), -1)
	require.Len(t, diagrams, len(machines()))

	for _, d := range diagrams {
		assert.NoError(t, wellFormed(d[1]))
	}
}

func TestStates_ADiagramThatIsNotWellFormedIsFound(t *testing.T) {
	const head = "stateDiagram-v2\n    state \"a b\" as a_b\n"

	require.NoError(t, wellFormed(head+"    [*] --> a_b : go\n"))

	for name, diagram := range map[string]string{
		"no header":             "    state \"a b\" as a_b\n    [*] --> a_b\n",
		"an id with a space":    "stateDiagram-v2\n    state \"a b\" as a b\n",
		"an id declared twice":  head + "    state \"a b\" as a_b\n    [*] --> a_b\n",
		"a reserved word":       "stateDiagram-v2\n    state \"end\" as end\n    [*] --> end\n",
		"to an unknown id":      head + "    a_b --> c\n",
		"from an unknown id":    head + "    c --> a_b\n",
		"from nowhere to there": head + "    a_b --> a_b\n    [*] --> [*]\n",
		"an arrow drawn twice":  head + "    [*] --> a_b : go\n    [*] --> a_b : come\n",
		"an id without arrow":   head,
		"a label with a colon":  head + "    [*] --> a_b : go: now\n",
		"something else":        head + "    [*] --> a_b\n    note\n",
		"an empty line":         head + "\n    [*] --> a_b\n",
	} {
		assert.Error(t, wellFormed(diagram), name)
	}
}

// wellFormed checks the part of Mermaid's language that is used here: a header, then states under ids that are
// declared once and before they are used, then arrows between them, at most one from each to each.
func wellFormed(diagram string) error {
	lines := strings.Split(strings.TrimSuffix(diagram, "\n"), "\n")
	if lines[0] != "stateDiagram-v2" {
		return fmt.Errorf("header %q", lines[0])
	}

	linked, drawn := map[string]bool{}, map[[2]string]bool{} // of the ids declared, whether an arrow touches them

	for _, line := range lines[1:] {
		if m := declaration.FindStringSubmatch(line); m != nil {
			if _, twice := linked[m[2]]; twice || slices.Contains(reserved, m[2]) {
				return fmt.Errorf("id in %q", line)
			}

			linked[m[2]] = false

			continue
		}

		m := arrow.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("line %q", line)
		}

		for _, end := range m[1:3] {
			if _, known := linked[end]; !known && end != "[*]" {
				return fmt.Errorf("unknown id in %q", line)
			}

			if end != "[*]" {
				linked[end] = true
			}
		}

		ends := [2]string{m[1], m[2]}
		if drawn[ends] || ends == [2]string{"[*]", "[*]"} {
			return fmt.Errorf("arrow %q", line)
		}

		drawn[ends] = true
	}

	for id, touched := range linked {
		if !touched {
			return fmt.Errorf("no arrow to or from %s", id)
		}
	}

	return nil
}
