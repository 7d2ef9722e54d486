package mail

import (
	"net/url"
	"strings"
)

// description is what a mail says, before it is laid out.
type description struct {
	Language string // as in the lang attribute
	Subject  string
	Blocks   []block // the greeting first
	Footer   string  // which software wrote it
}

// block is a part of a mail. One of its fields is set.
type block struct {
	Paragraph string
	Facts     []fact
	Quote     []string // lines, "" = a blank one
	List      []string
	Link      *link
	Code      string
}

// fact is a value with its label, which may be "".
type fact struct{ Label, Value string }

// link is an address to open, in its own words.
type link struct{ Label, Address string }

// Href returns the address if it is one to click on: of http or https; "" otherwise.
func (l link) Href() string {
	u, err := url.Parse(l.Address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}

	return l.Address
}

// Between a template and its blocks, a line of its own that begins with mark stands for what is no paragraph; sep parts
// its fields, the first of which says what it is. Neither can be in a value: fold replaces control characters, and a link
// or code with one is refused.
const (
	mark = "\x1e"
	sep  = "\x1f"

	isFact  = "fact"
	isQuote = "quote"
	isItem  = "item"
	isLink  = "link"
	isCode  = "code"
)

// markup are the functions by which templates write blocks. Without a value they write nothing.
func markup() map[string]any {
	return map[string]any{
		"fact": func(label, value string) string {
			if value == "" {
				return ""
			}

			return marked(isFact, label, value)
		},
		"quote": func(text string) string {
			var s strings.Builder

			for line := range strings.Lines(text) {
				s.WriteString(marked(isQuote, strings.TrimSuffix(line, "\n")))
			}

			return s.String()
		},
		"list": func(items []string) string {
			var s strings.Builder

			for _, item := range items {
				s.WriteString(marked(isItem, item))
			}

			return s.String()
		},
		"link": func(label, address string) string { return marked(isLink, label, address) },
		"code": func(code string) string { return marked(isCode, code) },
	}
}

func marked(fields ...string) string { return "\n" + mark + strings.Join(fields, sep) + "\n" }

// blocks reads what a template wrote. Facts that follow each other are one block, and so are the lines of a quotation
// and the items of a list.
func blocks(body string) []block {
	var all []block

	for line := range strings.SplitSeq(body, "\n") {
		line = strings.Trim(line, " \t")
		if line == "" {
			continue
		}

		rest, special := strings.CutPrefix(line, mark)
		if !special {
			all = append(all, block{Paragraph: line})

			continue
		}

		fields := strings.Split(rest, sep)

		switch fields[0] {
		case isFact:
			last := open(&all, func(b *block) bool { return b.Facts != nil })
			last.Facts = append(last.Facts, fact{Label: fields[1], Value: fields[2]})
		case isQuote:
			last := open(&all, func(b *block) bool { return b.Quote != nil })
			last.Quote = append(last.Quote, fields[1])
		case isItem:
			last := open(&all, func(b *block) bool { return b.List != nil })
			last.List = append(last.List, fields[1])
		case isLink:
			all = append(all, block{Link: &link{Label: fields[1], Address: fields[2]}})
		case isCode:
			all = append(all, block{Code: fields[1]})
		}
	}

	return all
}

// open returns the last block, if it is one of these, else a new one.
func open(all *[]block, is func(*block) bool) *block {
	if n := len(*all); n == 0 || !is(&(*all)[n-1]) {
		*all = append(*all, block{})
	}

	return &(*all)[len(*all)-1]
}
