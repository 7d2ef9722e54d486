package habilitation

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"github.com/guichet-pro/guichet/structure"
)

// Column is a column of "my habilitations" (rule E7).
type Column string

// The columns, in the order of the guide's screen.
const (
	ColumnIdentifier   Column = "identifier"    // the structure's identifier, an individual's whole
	ColumnName         Column = "legal_name"    // the legal name, or an individual's
	ColumnServiceCode  Column = "service_code"  // empty at structure level
	ColumnServiceLabel Column = "service_label" // empty at structure level
	ColumnProfile      Column = "profile"       // the profile's label
)

// Columns lists the columns in order.
func Columns() []Column {
	return []Column{ColumnIdentifier, ColumnName, ColumnServiceCode, ColumnServiceLabel, ColumnProfile}
}

// Label returns the column's title as the guide's screen has it, in French or English.
func (c Column) Label(lang language.Tag) string { return texts.Text(lang, "column."+string(c)) }

// Cell returns what the row shows in a column; "" for what is no column. The code of an individual is shown whole,
// since whoever holds a right there is attached there (rule A7).
func (r Row) Cell(col Column, c Catalogue, lang language.Tag) string {
	switch col {
	case ColumnIdentifier:
		return r.Structure.Identity.Code()
	case ColumnName:
		return r.Structure.Data.Name()
	case ColumnServiceCode:
		return string(r.Service.Code)
	case ColumnServiceLabel:
		return r.Service.Label
	case ColumnProfile:
		return r.Profile.Label(c, lang)
	default:
		return ""
	}
}

// The number of rows on a page.
const (
	DefaultLimit = 50
	MaxLimit     = 1000
)

// Listing says which rows of "my habilitations" are wanted, in which order, and which page of them (rule E7). The zero
// Listing is the first page of all rows, in the order of [Rights.Rows].
type Listing struct {
	// Search has words that must all be found, each in any column as it is shown, whole or in part. Case, accents and
	// punctuation make no difference (see [structure.Fold]).
	Search string

	Structure   structure.ID          // only this structure; "" = all
	Service     structure.Code        // only services with this code; "" = all, and the structure level
	Application structure.Application // only its profiles; "" = all
	Level       Level                 // only profiles at this level; 0 = both

	// Sort is the column to sort by: names without regard to case and accents, codes as they are. Rows that are equal in
	// it are in the order of [Row.Compare], and so are all rows if it is no column.
	Sort       Column
	Descending bool // turns the order around, but not that of rows which are equal in the column

	After string // the Next of the page before; "" = from the beginning
	Limit int    // rows at the most; 0 or less = DefaultLimit, never more than MaxLimit
}

// Page is one page of a listing.
type Page struct {
	Rows  []Row
	From  int    // rows of the listing before this page
	Total int    // rows of the listing
	Next  string // the After of the next page; "" = this is the last
}

// Text returns the line below the list, as on the guide's screen: "Résultats 0 - 12 sur 12", "Results 0 - 12 of 12".
func (p Page) Text(lang language.Tag) string {
	return texts.Text(lang, "results", p.From, p.From+len(p.Rows), p.Total)
}

// Select returns all rows that are wanted, in order, whatever After and Limit say: what is exported. Rows that are
// equal ([Row.Compare]) are one. The catalogue and the language are those in which profiles are shown, found and
// sorted. It changes none of the rows it is given.
func (l Listing) Select(rows []Row, c Catalogue, lang language.Tag) []Row {
	// Names are folded once each: most rows share theirs with others.
	folded := map[string]string{}
	fold := func(s string) string {
		f, ok := folded[s]
		if !ok {
			f = structure.Fold(s)
			folded[s] = f
		}

		return f
	}

	type keyed struct {
		row Row
		key string
	}

	var (
		words    = strings.Fields(structure.Fold(l.Search))
		byColumn = slices.Contains(Columns(), l.Sort)
		found    []keyed
	)

	for _, r := range rows {
		if l.wants(r) && finds(r, words, c, lang, fold) {
			found = append(found, keyed{row: r, key: l.Sort.key(r, c, lang, fold)})
		}
	}

	slices.SortStableFunc(found, func(a, b keyed) int {
		order := strings.Compare(a.key, b.key)
		if !byColumn {
			order = a.row.Compare(b.row)
		}

		if l.Descending {
			order = -order
		}

		return cmp.Or(order, a.row.Compare(b.row))
	})

	found = slices.CompactFunc(found, func(a, b keyed) bool { return a.row.Compare(b.row) == 0 })
	out := make([]Row, len(found))

	for i, f := range found {
		out[i] = f.row
	}

	return out
}

// key returns what a row is sorted by in a column.
func (c Column) key(r Row, catalogue Catalogue, lang language.Tag, fold func(string) string) string {
	cell := r.Cell(c, catalogue, lang)
	if c == ColumnIdentifier || c == ColumnServiceCode {
		return cell // codes, in which every character counts
	}

	return fold(cell)
}

// wants tells whether the filters let a row through.
func (l Listing) wants(r Row) bool {
	return (l.Structure == "" || l.Structure == r.Structure.ID) &&
		(l.Service == "" || l.Service == r.Service.Code) &&
		(l.Application == "" || l.Application == r.Profile.Application) &&
		(l.Level == 0 || l.Level == r.Profile.Level)
}

// finds tells whether every word is in some column of the row.
func finds(r Row, words []string, c Catalogue, lang language.Tag, fold func(string) string) bool {
	if len(words) == 0 {
		return true
	}

	cells := make([]string, 0, len(Columns()))
	for _, col := range Columns() {
		cells = append(cells, fold(r.Cell(col, c, lang)))
	}

	return !slices.ContainsFunc(words, func(word string) bool {
		return !slices.ContainsFunc(cells, func(cell string) bool { return strings.Contains(cell, word) })
	})
}

// Page returns one page of the rows that are wanted. The next page begins behind the last row of this one, wherever
// that row is by then, so that rights which come or go meanwhile make no row appear twice, and none disappear.
//
// Errors: [*Error] around [ErrPage] if After is not the Next of a page of this listing in this language (Limit may
// differ), or if the two rows between which that page ended are both gone.
func (l Listing) Page(rows []Row, c Catalogue, lang language.Tag) (Page, error) {
	all := l.Select(rows, c, lang)

	from, ok := l.begin(all, lang)
	if !ok {
		return Page{}, &Error{Err: ErrPage}
	}

	limit := l.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}

	to := min(from+min(limit, MaxLimit), len(all))
	page := Page{Rows: all[from:to:to], From: from, Total: len(all)}

	if to < len(all) {
		page.Next = bookmark{list: l.digest(lang), last: all[to-1].digest(), next: all[to].digest()}.String()
	}

	return page, nil
}

// begin returns where the page after After begins.
func (l Listing) begin(all []Row, lang language.Tag) (int, bool) {
	if l.After == "" {
		return 0, true
	}

	mark, ok := parseBookmark(l.After)
	if !ok || mark.list != l.digest(lang) {
		return 0, false
	}

	next := -1

	for i, r := range all {
		switch r.digest() {
		case mark.last:
			return i + 1, true
		case mark.next:
			next = i
		}
	}

	return next, next >= 0
}

// digest stands for a row, or a list, where nothing of it may be read: After comes in addresses of pages, which end up
// in logs, and an individual's code or name may not.
type digest [12]byte

func digestOf(parts ...string) digest {
	h := sha256.New()

	for _, p := range parts {
		var size [8]byte

		binary.BigEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write([]byte(p))
	}

	return digest(h.Sum(nil))
}

func (r Row) digest() digest {
	return digestOf(
		string(r.Structure.ID), string(r.Service.Code), string(r.Profile.Application), r.Profile.Level.String(),
	)
}

// digest stands for everything that makes two listings the same list.
func (l Listing) digest(lang language.Tag) digest {
	order := "ascending"
	if l.Descending {
		order = "descending"
	}

	return digestOf(
		structure.Fold(l.Search), string(l.Structure), string(l.Service), string(l.Application), l.Level.String(),
		string(l.Sort), order, ColumnName.Label(lang), // the language, as far as it matters
	)
}

// bookmark is where a page ended: which list, its last row, and the one after.
type bookmark struct{ list, last, next digest }

// String returns the bookmark as After has it.
func (b bookmark) String() string {
	return base64.RawURLEncoding.EncodeToString(slices.Concat(b.list[:], b.last[:], b.next[:]))
}

func parseBookmark(s string) (bookmark, bool) {
	const size = len(digest{})

	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != 3*size {
		return bookmark{}, false
	}

	return bookmark{list: digest(raw), last: digest(raw[size:]), next: digest(raw[2*size:])}, true
}
