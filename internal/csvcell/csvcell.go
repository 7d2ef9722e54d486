// Package csvcell makes texts harmless that end up in the cells of a spreadsheet.
//
// A spreadsheet runs a cell of a CSV file as a formula when it begins like one, whatever its quotes: a structure whose
// legal name is =HYPERLINK(…) would act on the machine of whoever opens the export.
package csvcell

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// starts are the characters that make a cell a formula: those of the common spreadsheets, the full-width ones that some
// of them fold, and the control characters at which some split a cell.
const starts = "=+-@\t\r\n＝＋－＠"

// Guard returns the text for a cell: with an apostrophe in front, which spreadsheets do not show or show as text, when
// it could be run as a formula, and else as it is. Space before the formula does not help it, since some programs trim
// cells. What a person typed with a leading + or -, such as a telephone number, gets the apostrophe too.
func Guard(s string) string {
	trimmed := strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) && !strings.ContainsRune(starts, r) || r == '\uFEFF' || r == 0
	})

	if first, size := utf8.DecodeRuneInString(trimmed); size > 0 && strings.ContainsRune(starts, first) {
		return "'" + s
	}

	return s
}

// Row guards every cell of a row, in place, and returns it.
func Row(cells ...string) []string {
	for i, c := range cells {
		cells[i] = Guard(c)
	}

	return cells
}
