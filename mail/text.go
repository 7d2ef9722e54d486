package mail

import "strings"

// quoteWidth is the length of a quoted line, in characters. Quoted text is the only text that is wrapped: left to the
// reader's program, a long line of it would go on without its mark and could pass for the mail's own words.
const quoteWidth = 72

// indent sets off what is no paragraph.
const indent = "    "

// text lays a description out as plain text.
func (d description) text() string {
	var s strings.Builder

	for _, b := range d.Blocks {
		s.WriteString(strings.Join(b.lines(d.Language), "\n"))
		s.WriteString("\n\n")
	}

	s.WriteString("-- \n" + d.Footer + "\n") // by this line programs tell a signature

	return s.String()
}

// lines returns the lines of a block.
func (b block) lines(folder string) []string {
	var lines []string

	colon := "\u00a0: "
	if folder == english {
		colon = ": "
	}

	switch {
	case b.Link != nil:
		return []string{b.Link.Address} // at the margin, so that it can be taken in one piece
	case b.Code != "":
		return []string{indent + b.Code}
	case b.Paragraph != "":
		return []string{b.Paragraph}
	}

	for _, f := range b.Facts {
		if f.Label != "" {
			f.Value = f.Label + colon + f.Value
		}

		lines = append(lines, indent+f.Value)
	}

	for _, item := range b.List {
		lines = append(lines, indent+"- "+item)
	}

	for _, line := range b.Quote {
		if line == "" {
			lines = append(lines, indent+">")
		}

		for _, row := range wrap(line, quoteWidth) {
			lines = append(lines, indent+"> "+row)
		}
	}

	return lines
}

// wrap splits a line into rows of at most width characters: between words, and within a word only if it is longer
// than a row.
func wrap(line string, width int) []string {
	var (
		rows []string
		row  []rune
	)

	for field := range strings.FieldsSeq(line) {
		word := []rune(field)
		if len(row) > 0 && len(row)+1+len(word) > width {
			rows, row = append(rows, string(row)), nil
		}

		if len(row) > 0 {
			row = append(row, ' ')
		}

		row = append(row, word...)
		for len(row) > width {
			rows, row = append(rows, string(row[:width])), row[width:]
		}
	}

	if len(row) > 0 {
		rows = append(rows, string(row))
	}

	return rows
}
