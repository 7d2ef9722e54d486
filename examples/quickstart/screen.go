package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// width is how many columns the output takes.
const width = 100

// screen writes to a terminal, in one language. The first error of its writer sticks, and ends the output.
type screen struct {
	out   io.Writer
	lang  language.Tag
	err   error
	blank bool // the last line was empty
}

// print writes a line. Of several empty ones in a row it writes one, so that every part may end with one.
func (s *screen) print(line string) {
	line = strings.TrimRight(visible(line), " ")

	if s.err == nil && (line != "" || !s.blank) {
		_, s.err = fmt.Fprintln(s.out, line)
	}

	s.blank = line == ""
}

// title begins a part of the output.
func (s *screen) title(key string, args ...any) {
	text := "━━ " + say(s.lang, key, args...) + " "

	s.print("")
	s.print(text + strings.Repeat("━", max(0, width-cells(text))))
	s.print("")
}

// say writes a text, wrapped, and indented as deep as it begins.
func (s *screen) say(key string, args ...any) {
	for text := range strings.SplitSeq(say(s.lang, key, args...), "\n") {
		for _, line := range wrap(text, width) {
			s.print(line)
		}
	}
}

// box shows a text in a frame, as the page or mail that it is.
func (s *screen) box(title, text string) {
	const inner = width - 4 // "│ " and " │"

	title = "─ " + cut(title, inner-4) + " "

	s.print("┌" + title + strings.Repeat("─", width-2-cells(title)) + "┐")

	for line := range strings.Lines(strings.Trim(text, "\n")) {
		for _, part := range wrap(strings.TrimSuffix(line, "\n"), inner) {
			s.print("│ " + pad(part, inner) + " │")
		}
	}

	s.print("└" + strings.Repeat("─", width-2) + "┘")
}

// table shows rows under their headings. A table that is too wide gives up the ends of its longest texts.
func (s *screen) table(head []string, rows [][]string) {
	const indent, gap = "  ", "  "

	wide := make([]int, len(head))
	room := width - len(indent) - len(gap)*(len(head)-1)

	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			wide[i] = max(wide[i], cells(cell))
		}
	}

	for total := sum(wide); total > room; total-- {
		wide[slices.Index(wide, slices.Max(wide))]--
	}

	line := func(row []string) {
		parts := make([]string, len(row))
		for i, cell := range row {
			parts[i] = pad(cut(cell, wide[i]), wide[i])
		}

		s.print(indent + strings.Join(parts, gap))
	}

	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = strings.Repeat("─", wide[i])
	}

	line(head)
	line(rule)

	for _, row := range rows {
		line(row)
	}
}

// cells is how many columns a text takes on a terminal: one for each character, which is right for the languages here.
// An accent that is a character of its own takes none.
func cells(s string) (n int) {
	for _, r := range s {
		if !unicode.Is(unicode.Mn, r) {
			n++
		}
	}

	return n
}

// visible replaces what steers a terminal, which a file may hold, instead of showing on it.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}

		return unicode.ReplacementChar
	}, s)
}

func pad(s string, to int) string { return s + strings.Repeat(" ", max(0, to-cells(s))) }

// cut shortens a text to so many columns.
func cut(s string, to int) string {
	if cells(s) <= to {
		return s
	}

	return string([]rune(s)[:max(0, to-1)]) + "…"
}

// wrap breaks a line at spaces, and indents what follows as deep as the line begins. A word that is too long, such as
// a link, stays in one piece, so that it can be copied.
func wrap(line string, to int) []string {
	rest := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(rest)]

	var (
		out     []string
		current = indent
	)

	for i, word := range strings.Split(rest, " ") {
		switch {
		case i == 0:
			current += word
		case cells(current)+1+cells(word) > to:
			out = append(out, current)
			current = indent + word
		default:
			current += " " + word
		}
	}

	return append(out, current)
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}

	return total
}
