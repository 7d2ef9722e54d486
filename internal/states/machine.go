package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// machine is a state machine, ready to be drawn.
type machine struct {
	title  string
	about  string   // a paragraph in Markdown
	starts []string // the states that something may begin in without an event of the table
	cells  []cell   // of every state with every event, in order
}

// nothing is the name of the state before there is anything. A diagram draws it as its beginning.
const nothing = "no row"

// cell is what an event means in a state: it has ways, or a refusal.
type cell struct {
	from  string
	event string
	ways  []way

	refusal refusal // nil where there is none
}

// way is one state after an event.
type way struct {
	to   string
	when string // the condition in words, where the event has another way besides; "" otherwise
}

// refusal is an error that people may see, as guichet.Fault has it.
type refusal interface {
	error

	Code() string
	Text(lang language.Tag) string
}

// states are the names of the states, in order.
func (m machine) states() []string {
	return names(m.cells, func(c cell) string { return c.from })
}

// events are the names of the events, in order.
func (m machine) events() []string {
	return names(m.cells, func(c cell) string { return c.event })
}

// names lists what the cells are called, each name once, in the order of the cells.
func names(cells []cell, name func(cell) string) []string {
	var out []string

	for _, c := range cells {
		if n := name(c); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}

	return out
}

// of are the cells of one state.
func (m machine) of(state string) []cell {
	return slices.DeleteFunc(slices.Clone(m.cells), func(c cell) bool { return c.from != state })
}

// terminal tells whether nothing leads out of a state.
func (m machine) terminal(state string) bool {
	return !slices.ContainsFunc(m.of(state), func(c cell) bool { return len(c.ways) > 0 })
}

// unreached lists the states that nothing leads to: what was prepared for an event that is still to come.
func (m machine) unreached() []string {
	return slices.DeleteFunc(m.states(), func(state string) bool {
		return state == nothing || slices.Contains(m.starts, state) || slices.ContainsFunc(m.cells, func(c cell) bool {
			return slices.ContainsFunc(c.ways, func(w way) bool { return w.to == state })
		})
	})
}

// diagram is the machine in Mermaid's language.
func (m machine) diagram() string {
	var b strings.Builder

	b.WriteString("stateDiagram-v2\n")

	for _, state := range m.states() {
		if state != nothing {
			fmt.Fprintf(&b, "    state %q as %s\n", state, id(state))
		}
	}

	for _, start := range m.starts {
		fmt.Fprintf(&b, "    [*] --> %s\n", id(start))
	}

	for _, state := range m.states() {
		m.arrows(&b, state)
	}

	return b.String()
}

// arrows draws what leads out of a state: one arrow to each other state, for arrows side by side hide their labels.
func (m machine) arrows(b *strings.Builder, state string) {
	var targets []string

	labels := map[string][]string{}

	for _, c := range m.of(state) {
		for _, w := range c.ways {
			if labels[w.to] == nil {
				targets = append(targets, w.to)
			}

			labels[w.to] = append(labels[w.to], strings.TrimSpace(c.event+" "+w.when))
		}
	}

	for _, to := range targets {
		fmt.Fprintf(b, "    %s --> %s : %s\n", id(state), id(to), strings.Join(labels[to], ", "))
	}

	if m.terminal(state) {
		fmt.Fprintf(b, "    %s --> [*]\n", id(state))
	}
}

// id is a state's name in a diagram, where names have no spaces.
func id(state string) string {
	if state == nothing {
		return "[*]"
	}

	return strings.ReplaceAll(state, " ", "_")
}

// table is the machine in Markdown: a row for each state, a column for each event.
func (m machine) table() string {
	var b strings.Builder

	events := m.events()

	fmt.Fprintf(&b, "| | %s |\n|---%s|\n", strings.Join(events, " | "), strings.Repeat("|---", len(events)))

	for _, state := range m.states() {
		fmt.Fprintf(&b, "| %s |", state)

		for _, c := range m.of(state) {
			fmt.Fprintf(&b, " %s |", c.field())
		}

		b.WriteString("\n")
	}

	return b.String()
}

// field is what a table shows of the cell.
func (c cell) field() string {
	if c.refusal != nil {
		return "`" + c.refusal.Code() + "`"
	}

	if len(c.ways) == 0 {
		return "–"
	}

	fields := make([]string, 0, len(c.ways))
	for _, w := range c.ways {
		fields = append(fields, strings.TrimSpace("**"+w.to+"** "+w.when))
	}

	return strings.Join(fields, ", ")
}
