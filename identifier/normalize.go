package identifier

import "unicode/utf8"

// What class and next answer in place of a character of the code.
const (
	separator = 0x00 // left out before reading
	longer    = 0xfe // the first byte of more, or broken UTF-8: ask next
	foreign   = 0xff // found in no code
)

// class says what a byte of the input stands for: the character of the code,
// or one of the three constants.
//
//nolint:gochecknoglobals // a table, never changed
var class = func() (t [256]byte) {
	for c := range t {
		switch b := byte(c); {
		case c >= utf8.RuneSelf:
			t[c] = longer
		case c == ' ' || c == '.' || c == '-':
			t[c] = separator
		case 'a' <= c && c <= 'z':
			t[c] = b - 'a' + 'A'
		case c < ' ' || c == 0x7f:
			t[c] = foreign
		default:
			t[c] = b
		}
	}
	return t
}()

// next reads the character of s that begins at byte i: the byte that stands
// for it in a canonical code, or separator, or foreign; and its length in
// bytes.
//
// Left out are what people paste to make numbers readable: spaces (the ASCII
// space and Unicode's fixed-width and no-break spaces), the full stop, the
// hyphen and its no-break form. Control characters, dashes and zero-width
// characters are not: they are foreign.
func next(s string, i int) (c byte, size int) {
	if c = class[s[i]]; c != longer {
		return c, 1
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case '０' <= r && r <= '９': // full-width digits of East Asian keyboards
		return byte(r-'０') + '0', size
	case isSpace(r),
		r == 0x2010, // hyphen
		r == 0x2011: // no-break hyphen
		return separator, size
	}
	return foreign, size
}

// isSpace reports whether r is a space outside ASCII that takes room on the
// line: one that a person sees as a space.
func isSpace(r rune) bool {
	return r == 0x00a0 || // no-break space
		0x2000 <= r && r <= 0x200a || // en quad … hair space, with the figure (2007) and thin (2009) spaces
		r == 0x202f || // narrow no-break space, which French typography puts between groups
		r == 0x205f || // medium mathematical space
		r == 0x3000 // ideographic space, as wide as a full-width digit
}

// digits puts the digits of s into buf, from the front, and returns the fault
// that kept it from filling buf. want says how many were asked for.
func digits(buf []byte, s string, want uint8) fault {
	n := 0
	for n < len(s) && n < len(buf) && s[n]-'0' <= 9 { // as far as s is canonical
		buf[n] = s[n]
		n++
	}
	for i := n; i < len(s); {
		c, size := s[i], 1
		if c-'0' > 9 {
			if c, size = next(s, i); c == separator {
				i += size
				continue
			}
			if c-'0' > 9 {
				return fault{why: noDigit, index: n, at: plain(i, n), want: "0-9"}
			}
		}
		if n == len(buf) {
			return fault{why: tooLong, index: n, at: plain(i, n), count: want}
		}
		buf[n] = c
		n++
		i += size
	}
	if n == len(buf) {
		return fault{}
	}
	return short(s, n, want)
}

// short is the fault of too few characters.
func short(s string, n int, want uint8) fault {
	f := fault{why: tooShort, index: n, at: plain(len(s), n), count: want}
	if n == 0 {
		f.why = nothing
	}
	return f
}

// plain is the position of byte i, before which n characters were kept, where
// that can be told without counting: nothing was left out or longer than a
// byte. Elsewhere it is 0.
func plain(i, n int) int {
	if i != n {
		return 0
	}
	return n + 1
}

// keep puts the characters of s that are not left out into buf, raised and
// folded, and counts them: all of them, up to one more than buf holds. It
// stops at a character that occurs in no code.
func keep(buf []byte, s string) (n int, f fault) {
	for i := 0; i < len(s); {
		c, size := class[s[i]], 1
		if c-1 >= longer-1 { // none of the code's characters as they are
			if c, size = next(s, i); c == separator {
				i += size
				continue
			}
			if c == foreign {
				return n, fault{why: noCharacter, index: n}
			}
		}
		if n == len(buf) {
			return n + 1, fault{}
		}
		buf[n] = c
		n++
		i += size
	}
	return n, fault{}
}

// same returns s if that is the code, so that a canonical text is not copied.
func same(s string, code []byte) string {
	if s == string(code) {
		return s
	}
	return string(code)
}

// position returns where the character of s that is kept as number index
// (from 0) stands in s itself, counting characters from 1. When s keeps fewer,
// it is the position after the last character of s.
func position(s string, index int) int {
	at := 1
	for i := 0; i < len(s); at++ {
		c, size := class[s[i]], 1
		if c == longer {
			c, size = next(s, i)
		}
		i += size
		if c == separator {
			continue
		}
		if index == 0 {
			return at
		}
		index--
	}
	return at
}

// kept counts the characters of s that are not left out.
func kept(s string) int {
	n := 0
	for i := 0; i < len(s); {
		c, size := next(s, i)
		i += size
		if c != separator {
			n++
		}
	}
	return n
}

// charAt returns the character at a position as counted by [position], or "".
func charAt(s string, at int) string {
	for i := 0; i < len(s); at-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		if at == 1 {
			return s[i : i+size]
		}
		i += size
	}
	return ""
}
