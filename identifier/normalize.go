package identifier

import "unicode/utf8"

// What next answers in place of a byte of the code.
const (
	separator = 0x00 // left out before reading
	foreign   = 0xff // found in no code
)

// next reads the character of s that begins at byte i: the byte that stands
// for it in a canonical code, or separator, or foreign; and its length in
// bytes.
//
// Left out are what people paste to make numbers readable: spaces (the ASCII
// space and Unicode's fixed-width and no-break spaces), the full stop, the
// hyphen and its no-break form. Control characters, dashes and zero-width
// characters are not: they are foreign.
func next(s string, i int) (c byte, size int) {
	if c = s[i]; c < utf8.RuneSelf {
		switch {
		case c == ' ' || c == '.' || c == '-':
			return separator, 1
		case 'a' <= c && c <= 'z':
			return c - 'a' + 'A', 1
		case c < ' ' || c == 0x7f:
			return foreign, 1
		}
		return c, 1
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case '０' <= r && r <= '９': // full-width digits of East Asian keyboards
		return byte(r-'０') + '0', size
	case r == 0x00a0, // no-break space
		0x2000 <= r && r <= 0x200a, // en quad … hair space, with the figure (2007) and thin (2009) spaces
		r == 0x202f,                // narrow no-break space, which French typography puts between groups
		r == 0x205f,                // medium mathematical space
		r == 0x3000,                // ideographic space, as wide as a full-width digit
		r == 0x2010,                // hyphen
		r == 0x2011:                // no-break hyphen
		return separator, size
	}
	return foreign, size
}

// digits puts the digits of s into buf, which has the length of the code, and
// returns the fault that kept it from doing so.
func digits(buf []byte, s string) fault {
	if copyDigits(buf, s) {
		return fault{}
	}
	n := 0
	for i := 0; i < len(s); {
		c, size := next(s, i)
		i += size
		switch {
		case c == separator:
			continue
		case c < '0' || c > '9':
			return fault{err: ErrCharset, index: n, want: "0-9"}
		case n == len(buf):
			return fault{err: ErrLength, index: n}
		}
		buf[n] = c
		n++
	}
	switch n {
	case len(buf):
		return fault{}
	case 0:
		return fault{err: ErrEmpty}
	}
	return fault{err: ErrLength, index: n}
}

// copyDigits copies s to buf when s is nothing but len(buf) ASCII digits, as
// nearly every code is that a program sends.
func copyDigits(buf []byte, s string) bool {
	if len(s) != len(buf) {
		return false
	}
	for i := range buf {
		c := s[i]
		if c-'0' > 9 {
			return false
		}
		buf[i] = c
	}
	return true
}

// position returns where the character of s that is kept as number index
// (from 0) stands in s itself, counting characters from 1. When s keeps fewer,
// it is the position after the last character of s.
func position(s string, index int) int {
	at := 1
	for i := 0; i < len(s); at++ {
		c, size := next(s, i)
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
