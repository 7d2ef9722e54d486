package identifier

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Names and free codes are folded, so that one name has one code however it is
// typed: accents are dropped, letters raised, typographic marks replaced by
// those of a keyboard. Nothing is left out but marks and outer spaces, since
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
// character that does not print.
func fold(out *[8]rune, s string, i int, r rune) (n int, ok bool) {
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
	case '０' <= r && r <= '９':
		out[0] = r - '０' + '0'
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

// readText folds s into buf, without its outer spaces, and counts the
// characters. There is room for limit of them.
func readText(buf []byte, s string, limit int, inner spacing) (n, count int, f fault) {
	spaces, at := 0, 0
	var out [8]rune
	for i := 0; i < len(s); {
		at++
		if c := s[i]; ' ' < c && c < 0x7f && (c < 'a' || c > 'z') && spaces == 0 && count < limit {
			buf[n] = c // nothing to fold, as in a canonical code
			n, count, i = n+1, count+1, i+1
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		folded, ok := fold(&out, s, i, r)
		if !ok || r == utf8.RuneError { // broken UTF-8, or what is left of it
			return n, count, fault{why: noText, at: at}
		}
		i += size
		for _, r := range out[:folded] {
			if r == ' ' {
				if count > 0 {
					spaces++
				}
				continue
			}
			spaces = inner.room(spaces, buf[:n])
			if count+spaces >= limit {
				for ; count < limit; count++ { // for whoever cuts here
					buf[n] = ' '
					n++
				}
				return n, count, fault{why: textLong, at: at}
			}
			for ; spaces > 0; spaces-- {
				buf[n] = ' '
				n++
				count++
			}
			n += utf8.EncodeRune(buf[n:], r)
			count++
		}
	}
	return n, count, fault{}
}
