package habilitation

import (
	"encoding/csv"
	"fmt"
	"io"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/internal/csvcell"
)

// WriteCSV writes rows of "my habilitations" as comma-separated values in UTF-8 (rule E7): the columns of the guide's
// screen under their titles in French or English, then a line a row, in the order given ([Listing.Select] filters and
// sorts). An individual's code is written whole, since whoever holds a right there is attached there. A cell that a
// spreadsheet would run as a formula gets an apostrophe in front.
//
// The error is that of w, after which the file is incomplete.
func WriteCSV(w io.Writer, rows []Row, c Catalogue, lang language.Tag) error {
	var (
		out   = csv.NewWriter(w)
		cells = make([]string, len(Columns()))
	)

	for i, col := range Columns() {
		cells[i] = col.Label(lang)
	}

	err := out.Write(cells)

	for _, r := range rows {
		if err != nil {
			break
		}

		for i, col := range Columns() {
			cells[i] = csvcell.Guard(r.Cell(col, c, lang))
		}

		err = out.Write(cells)
	}

	out.Flush()

	if err == nil {
		err = out.Error()
	}

	if err != nil {
		return fmt.Errorf("habilitation: export: %w", err)
	}

	return nil
}
