package identifier

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Names and free codes are folded, so that one name has one code however it is
// typed: accents over Latin and Greek letters are dropped, letters raised,
// typographic marks replaced by those of a keyboard. Letters of other scripts
// are composed. Nothing is left out but those accents and outer spaces, since
// the law counts the characters of the name.

// ligatures and letters with a stroke, which have no decomposition.
func plainLetter(r rune) string {
	switch r {
	case 'ß', 'ẞ':
		return "SS"
	case 'æ', 'Æ':
		return "AE"
	case 'œ', 'Œ':
		return "OE"
	case 'ø', 'Ø':
		return "O"
	case 'đ', 'Đ', 'ð', 'Ð':
		return "D"
	case 'þ', 'Þ':
		return "TH"
	case 'ł', 'Ł':
		return "L"
	case 'ħ', 'Ħ':
		return "H"
	case 'ŧ', 'Ŧ':
		return "T"
	case 'ı':
		return "I"
	case '‘', '’', '‛', 'ʼ', '′':
		return "'"
	case '“', '”', '„', '‟', '«', '»', '″':
		return `"`
	case '‐', '‑', '‒', '–', '—', '―', '−':
		return "-"
	case '…':
		return "..."
	}
	return ""
}

// fold appends to out what the character r of s, at byte i, becomes, and
// returns how many characters that are: none for a mark, none and false for a
// character that does not print. Letters of other scripts go through
// [textWriter.cluster].
func fold(out *[8]rune, s string, i int, r rune) (n int, ok bool) {
	if '\uff01' <= r && r <= '\uff5e' { // full-width
		r -= '\uff01' - '!'
	}
	switch {
	case r < utf8.RuneSelf:
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		out[0] = r
		return 1, ' ' <= r && r < 0x7f
	case unicode.Is(unicode.Zs, r):
		out[0] = ' '
		return 1, true
	case !unicode.IsGraphic(r):
		return 0, false
	}
	parts := norm.NFD.PropertiesString(s[i:]).Decomposition()
	if parts == nil {
		return foldPart(out, 0, r), true
	}
	for len(parts) > 0 {
		part, size := utf8.DecodeRune(parts)
		n = foldPart(out, n, part)
		parts = parts[size:]
	}
	return n, true
}

// foldPart appends what a character without decomposition becomes.
func foldPart(out *[8]rune, n int, r rune) int {
	if unicode.Is(unicode.Mn, r) { // accents, and the other marks above and below
		return n
	}
	if letters := plainLetter(r); letters != "" {
		for _, letter := range letters {
			out[n] = letter
			n++
		}
		return n
	}
	out[n] = unicode.ToUpper(r)
	return n + 1
}

// otherScript reports whether r is a letter whose marks are part of it:
// neither Latin nor Greek, nor of all scripts.
func otherScript(r rune) bool {
	return r >= 0x0370 && unicode.IsLetter(r) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Common)
}

// spacing says what becomes of runs of spaces inside a text.
type spacing uint8

const (
	allSpaces     spacing = iota
	oneSpace              // a run becomes one
	behindCountry         // likewise, and none stands behind the country of a code
)

// room is how many of the spaces wanted there is room for behind what is
// written.
func (s spacing) room(wanted int, written []byte) int {
	switch {
	case s == allSpaces || wanted == 0:
		return wanted
	case s == behindCountry && (len(written) == 2 && string(written) != wallis[:2] || string(written) == wallis):
		return 0
	}
	return 1
}

// textWriter holds a text while it is folded.
type textWriter struct {
	buf    []byte
	n      int // what is written, in bytes and in characters
	count  int
	limit  int
	spaces int // read and not yet written
	inner  spacing
}

// put writes a character. It is false when there is no room.
func (w *textWriter) put(r rune) bool {
	if r == ' ' {
		if w.count > 0 {
			w.spaces++
		}
		return true
	}
	w.spaces = w.inner.room(w.spaces, w.buf[:w.n])
	if w.count+w.spaces >= w.limit {
		for ; w.count < w.limit; w.count++ { // for whoever cuts here
			w.buf[w.n] = ' '
			w.n++
		}
		return false
	}
	for ; w.spaces > 0; w.spaces-- {
		w.buf[w.n] = ' '
		w.n++
		w.count++
	}
	w.n += utf8.EncodeRune(w.buf[w.n:], r)
	w.count++
	return true
}

// composers hold what composes characters, which is too large for the stack.
//
//nolint:gochecknoglobals // memory that is used again, without a state
var composers = sync.Pool{New: func() any { return new(norm.Iter) }}

// cluster writes letters of another script with their marks: composed and
// raised. It is false when there is no room.
func (w *textWriter) cluster(s string) bool {
	if norm.NFC.QuickSpanString(s) == len(s) {
		for _, r := range s {
			if !w.put(raised(r)) {
				return false
			}
		}
		return true
	}
	composer, _ := composers.Get().(*norm.Iter)
	defer func() {
		composer.InitString(norm.NFC, "") // it may be a person's code
		composers.Put(composer)
	}()
	for composer.InitString(norm.NFC, s); !composer.Done(); {
		for part := composer.Next(); len(part) > 0; {
			r, size := utf8.DecodeRune(part)
			if !w.put(raised(r)) {
				return false
			}
			part = part[size:]
		}
	}
	return true
}

// readText folds s into buf, without its outer spaces, and counts the
// characters. There is room for limit of them.
func readText(buf []byte, s string, limit int, inner spacing) (n, count int, f fault) {
	w := textWriter{buf: buf, limit: limit, inner: inner}
	at := 0
	marked := false // marks stay: they stand behind a letter of another script
	var out [8]rune
	for i := 0; i < len(s); {
		at++
		if c := s[i]; ' ' < c && c < 0x7f && (c < 'a' || c > 'z') && w.spaces == 0 && w.count < limit {
			buf[w.n] = c // nothing to fold, as in a canonical code
			w.n, w.count, i = w.n+1, w.count+1, i+1
			marked = false
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if mark := unicode.IsMark(r); otherScript(r) || mark && marked {
			marked = true
			if size = norm.NFC.NextBoundaryInString(s[i:], true); size <= 0 {
				size = len(s) - i
			}
			cluster := s[i : i+size]
			if strange := strings.IndexFunc(cluster, notGraphic); strange >= 0 {
				return w.n, w.count, fault{why: noText, at: at + utf8.RuneCountInString(cluster[:strange])}
			}
			if !w.cluster(cluster) {
				return w.n, w.count, fault{why: textLong, at: at}
			}
			at += utf8.RuneCountInString(cluster) - 1
			i += size
			continue
		} else if !mark {
			marked = false
		}
		folded, ok := fold(&out, s, i, r)
		if !ok || r == utf8.RuneError { // broken UTF-8, or what is left of it
			return w.n, w.count, fault{why: noText, at: at}
		}
		i += size
		for _, r := range out[:folded] {
			if !w.put(r) {
				return w.n, w.count, fault{why: textLong, at: at}
			}
		}
	}
	return w.n, w.count, fault{}
}

// raised is unicode.ToUpper, which makes a letter of one mark (U+0345).
func raised(r rune) rune {
	if unicode.IsMark(r) {
		return r
	}
	return unicode.ToUpper(r)
}

func notGraphic(r rune) bool { return !unicode.IsGraphic(r) || r == utf8.RuneError }
