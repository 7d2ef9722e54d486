package identifier

import (
	"encoding/binary"
	"math/bits"
)

const (
	sirenLength = 9
	siretLength = 14

	laPoste           = "356000000"
	laPosteHeadOffice = "35600000000048"
)

// siret is a SIRET in two words: the digits 0 to 7 and 6 to 13, as characters,
// the first in the lowest byte. All sums over its digits are taken a word at a
// time: several times faster than a loop, and without a branch.
type siret struct{ head, tail uint64 }

const (
	each  = 0x0101010101010101 // times a byte: that byte in each place
	evens = 0x00ff00ff00ff00ff // the even places of a word
	odds  = evens << 8
)

// word reads eight characters from i on. The compiler makes one load of it.
func word(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// wordsOf takes the 14 characters of s, whatever they are.
func wordsOf(s string) siret { return siret{word(s, 0), word(s, siretLength-8)} }

// strange marks the characters of a word that are no digits: the high bit of
// their byte is set.
func strange(w uint64) uint64 {
	// Below '0', taking '0' away borrows; above '9', adding what '9' lacks to
	// 0x80 reaches it. A borrow or a carry only spoils places above the first
	// one that is marked.
	return ((w + (0x7f-'9')*each) | (w - '0'*each)) & (0x80 * each)
}

// values turns digits into their values.
func values(w uint64) uint64 { return w & (0x0f * each) }

// doubled is the weight of a digit in the even places of Luhn's sum, for
// each value in a word: twice the digit, less 9 above 9.
func doubled(w uint64) uint64 {
	tens := (w + (0x80-5)*each) >> 7 & each // 1 where the digit is 5 or more
	return w<<1 - tens*9
}

// total adds the eight bytes of a word, up to 255.
func total(w uint64) uint64 { return w * each >> 56 }

// sums returns Luhn's sum of the SIREN and of the whole.
func (d siret) sums() (siren, whole uint64) {
	head, tail := values(d.head), values(d.tail)>>16
	double := doubled(head)
	// The doubled places count from the right: in nine digits the odd ones
	// from 0, in fourteen the even ones. The ninth digit is the first of tail.
	siren = total(head&evens|double&odds) + tail&0xff
	whole = total((head&odds | double&evens) + (tail&odds | doubled(tail)&evens))
	return siren, whole
}

// digitSum adds the digits.
func (d siret) digitSum() uint64 { return total(values(d.head) + values(d.tail)>>16) }

// check holds rule A2. All zeros are no number at any level; the rest is left
// out at level Shape.
func (d siret) check(level Level) reason {
	if level == Shape {
		if d.head|d.tail == '0'*each {
			return neverGivenSIREN
		}
		return fine
	}
	siren, whole := d.sums()
	switch {
	case d.head == '0'*each: // with eight zeros, Luhn would ask for a ninth
		return neverGivenSIREN
	case siren%10 != 0:
		return wrongSIREN
	case d.head == laPosteHead && d.tail>>16&0xff == '0':
		if d.digitSum()%5 == 0 || d == headOffice {
			return fine
		}
		return wrongLaPoste
	case whole%10 != 0:
		return wrongSIRET
	}
	return fine
}

//nolint:gochecknoglobals // a table, never changed
var headOffice = wordsOf(laPosteHeadOffice)

// laPosteHead is the first eight digits of La Poste's SIREN, as a word.
const laPosteHead = '3' | '5'<<8 | '6'<<16 | '0'<<24 | '0'<<32 | '0'<<40 | '0'<<48 | '0'<<56

// explain completes e, whose why check found: where the fault is, and what would
// fit there.
func (d siret) explain(e *ParseError) {
	index := siretLength - 1
	siren, whole := d.sums()
	last := d.tail >> 56
	switch e.why { //nolint:exhaustive // those that check finds
	case neverGivenSIREN:
		index = 0
	case wrongSIREN:
		index = sirenLength - 1
		value := fit(d.tail>>16&0xff, siren)
		e.Want = decimals[value : value+1]
	case wrongSIRET:
		value := fit(last, whole)
		e.Want = decimals[value : value+1]
	case wrongLaPoste:
		e.Want = fives[fit(last, d.digitSum())%5]
		if d.head == headOffice.head && (d.tail^headOffice.tail)<<8 == 0 {
			e.Want = "2|7|8" // by the sum of the digits, or the head office
		}
	}
	if e.At = index + 1; len(e.Input) != siretLength {
		e.At = position(e.Input, index)
	}
}

var fives = [5]string{"0|5", "1|6", "2|7", "3|8", "4|9"}

// fit returns the value that digit must have for sum, in which it counts once,
// to become a multiple of 10.
func fit(digit, sum uint64) uint64 { return (digit - '0' + 10 - sum%10) % 10 }

// gather finds the 14 digits of s among separators, a run of digits at a time.
// s has more than 14 bytes. It is false when there are fewer or more digits, or
// anything else.
func gather(s string) (siret, bool) {
	var low, high uint64 // the first eight digits, the other six
	n := 0
	for i := 0; i < len(s); {
		// The next eight bytes, with zeros behind the end of s.
		w := word(s, min(i, len(s)-8)) >> (8 * max(0, i+8-len(s)))
		run := bits.TrailingZeros64(strange(w)) / 8
		if n+run > siretLength {
			return siret{}, false
		}
		w &= 1<<(8*run) - 1
		if n < 8 {
			low |= w << (8 * n)
			high |= w >> (64 - 8*n)
		} else {
			high |= w << (8 * (n - 8))
		}
		n += run
		i += run
		if run == 8 || i == len(s) {
			continue
		}
		c, size := class[s[i]], 1
		if c == longer {
			c, size = next(s, i)
		}
		i += size
		if c == separator {
			continue
		}
		if c < '0' || c > '9' || n == siretLength {
			return siret{}, false
		}
		if n < 8 { // a full-width digit
			low |= uint64(c) << (8 * n)
		} else {
			high |= uint64(c) << (8 * (n - 8))
		}
		n++
	}
	return siret{low, high<<16 | low>>48}, n == siretLength
}

// readSIRET finds the 14 digits of s. Every digit takes a byte at least, so
// that fewer than 14 bytes, or 14 that are not all digits, are no SIRET.
func readSIRET(s string) (siret, bool) {
	switch {
	case len(s) == siretLength:
		d := wordsOf(s)
		return d, strange(d.head)|strange(d.tail) == 0
	case len(s) < siretLength:
		return siret{}, false
	}
	return gather(s)
}

// parseSIRET reads a SIRET. A canonical text is kept as it is, without a copy.
func parseSIRET(s string, level Level) (ID, error) {
	d, ok := readSIRET(s)
	why := fine
	if ok {
		if why = d.check(level); why == fine {
			if len(s) != siretLength {
				s = d.String()
			}
			return ID{kind: SIRET, country: france, code: s}, nil
		}
	}
	return ID{}, refuseSIRET(s, d, why)
}

// refuseSIRET explains what check found, or why there are no 14 digits. The
// allocation costs several times the reading, so that nothing is done twice
// where that can be helped.
//
//go:noinline
func refuseSIRET(s string, d siret, why reason) error {
	if why != fine {
		e := &ParseError{Kind: SIRET, why: why, Rule: "A2", Input: s, Err: reasons[why].err}
		d.explain(e)
		return e
	}
	var buf [siretLength]byte
	f := digits(buf[:], s, siretLength)
	return f.error(SIRET, "A2", s)
}

// validSIRET is parseSIRET's verdict.
func validSIRET(s string, level Level) bool {
	d, ok := readSIRET(s)
	return ok && d.check(level) == fine
}

// String returns the 14 digits.
func (d siret) String() string {
	var b [siretLength]byte
	binary.LittleEndian.PutUint64(b[:8], d.head)
	binary.LittleEndian.PutUint64(b[siretLength-8:], d.tail)
	return string(b[:])
}
