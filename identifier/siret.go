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

// word reads eight characters from i on, in one load.
func word(s string, i int) uint64 { return binary.LittleEndian.Uint64([]byte(s[i : i+8])) }

// ahead reads the next eight characters of s, which has as many, from i on, with
// zeros behind its end.
func ahead(s string, i int) uint64 {
	behind := max(0, i+8-len(s))
	return word(s, i-behind) >> (8 * behind)
}

// strange marks the characters of a word that are no digits: the high bit of
// their byte is set.
func strange(w uint64) uint64 {
	// Below '0', taking '0' away borrows; above '9', adding what '9' lacks to
	// 0x80 reaches it. A borrow or a carry only spoils places above the first
	// one that is marked.
	return ((w + (0x7f-'9')*each) | (w - '0'*each)) & (0x80 * each)
}

// run counts the digits that w begins with.
func run(w uint64) int { return bits.TrailingZeros64(strange(w)) / 8 }

// values turns digits into their values.
func values(w uint64) uint64 { return w & (0x0f * each) }

// fives has 1 in the place of each value of 5 or more, 0 elsewhere.
func fives(values uint64) uint64 { return (values + (0x80-5)*each) >> 7 & each }

// total adds the eight bytes of a word, up to 255.
func total(w uint64) uint64 { return w * each >> 56 }

// Luhn's sum counts every other digit twice, less 9 from 5 on. The two sums
// here add 1 instead of taking 9 away, which is the same to the last digit.
// Their doubled places count from the right: in nine digits they are the odd
// ones from 0, in fourteen the even ones.

// sirenSum is Luhn's sum of the first nine digits. It is 0 for zeros alone.
func (d siret) sirenSum() uint64 {
	head := values(d.head)
	return total(head+(head+fives(head))&odds) + d.tail>>16&0x0f
}

// wholeSum is Luhn's sum of all fourteen.
func (d siret) wholeSum() uint64 {
	head, tail := values(d.head), values(d.tail)>>16
	return total(head + tail + (head+fives(head)+tail+fives(tail))&evens)
}

// digitSum adds the digits.
func (d siret) digitSum() uint64 { return total(values(d.head) + values(d.tail)>>16) }

// examineSIRET reads the 14 digits of s and holds rule A2. All zeros are no
// number at any level; the rest is left out at level Shape. Where there are no
// 14 digits, it finds noDigit, whatever they lack.
//
// It is one function, down to the reading of a canonical text, since each call
// on the way would cost as much as a fourth of it.
func examineSIRET(s string, level Level) (siret, reason) {
	var d siret
	if len(s) == siretLength {
		// A digit takes a byte at least: in 14 bytes, each must be one.
		d = siret{word(s, 0), word(s, siretLength-8)}
		if strange(d.head)|strange(d.tail) != 0 {
			return d, noDigit
		}
	} else if gathered, ok := gather(s); ok {
		d = gathered
	} else {
		return d, noDigit
	}
	switch {
	case level == Shape:
		if d.head|d.tail == '0'*each {
			return d, neverGivenSIREN
		}
	case d.head == '0'*each: // with eight zeros, Luhn would ask for a ninth
		return d, neverGivenSIREN
	case !tenfold[d.sirenSum()&0xff]:
		return d, wrongSIREN
	case d.head == laPosteHead && d.tail>>16&0xff == '0':
		if d.digitSum()%5 != 0 && d != headOffice {
			return d, wrongLaPoste
		}
	case !tenfold[d.wholeSum()&0xff]:
		return d, wrongSIRET
	}
	return d, fine
}

// tenfold tells which sums are multiples of ten, sooner than a division.
//
//nolint:gochecknoglobals // a table, never changed
var tenfold = func() (table [256]bool) {
	for i := 0; i < len(table); i += 10 {
		table[i] = true
	}
	return table
}()

//nolint:gochecknoglobals // a table, never changed
var headOffice = siret{word(laPosteHeadOffice, 0), word(laPosteHeadOffice, siretLength-8)}

// laPosteHead is the first eight digits of La Poste's SIREN, as a word.
const laPosteHead = '3' | '5'<<8 | '6'<<16 | '0'<<24 | '0'<<32 | '0'<<40 | '0'<<48 | '0'<<56

// explain completes e, whose why examineSIRET found: where the fault is, and what would
// fit there.
func (d siret) explain(e *ParseError) {
	index := siretLength - 1
	last := d.tail >> 56
	switch e.why { //nolint:exhaustive // those that examineSIRET finds
	case neverGivenSIREN:
		index = 0
	case wrongSIREN:
		index = sirenLength - 1
		value := fit(d.tail>>16&0xff, d.sirenSum())
		e.Want = decimals[value : value+1]
	case wrongSIRET:
		value := fit(last, d.wholeSum())
		e.Want = decimals[value : value+1]
	case wrongLaPoste:
		e.Want = fifths[fit(last, d.digitSum())%5]
		if d.head == headOffice.head && (d.tail^headOffice.tail)<<8 == 0 {
			e.Want = "2|7|8" // by the sum of the digits, or the head office
		}
	}
	if e.At = index + 1; len(e.Input) != siretLength {
		e.At = position(e.Input, index)
	}
}

var fifths = [5]string{"0|5", "1|6", "2|7", "3|8", "4|9"}

// fit returns the value that digit must have for sum, in which it counts once,
// to become a multiple of 10.
func fit(digit, sum uint64) uint64 { return (digit - '0' + 10 - sum%10) % 10 }

// gather finds the 14 digits of s among separators, a run of digits at a time.
// It is false when there are fewer or more digits, or anything else.
func gather(s string) (siret, bool) {
	if len(s) < siretLength { // every digit takes a byte at least
		return siret{}, false
	}
	var low, high uint64 // the first eight digits, the other six
	n := 0
	for i := 0; i < len(s); {
		w := ahead(s, i)
		run := run(w)
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

// parseSIRET reads a SIRET. A canonical text is kept as it is, without a copy.
func parseSIRET(s string, level Level) (ID, error) {
	d, why := examineSIRET(s, level)
	if why != fine {
		return ID{}, refuseSIRET(s, d, why)
	}
	if len(s) != siretLength {
		s = d.String()
	}
	return ID{kind: SIRET, country: france, code: s}, nil
}

// refuseSIRET explains what examineSIRET found. The allocation costs several times
// the reading, so that nothing is done twice where that can be helped.
//
//go:noinline
func refuseSIRET(s string, d siret, why reason) error {
	if why != noDigit {
		e := &ParseError{Kind: SIRET, why: why, Rule: "A2", Input: s, Err: reasons[why].err}
		d.explain(e)
		return e
	}
	f := unreadable(s)
	return f.error(SIRET, "A2", s)
}

// unreadable is the fault of a text without 14 digits: that of digits, found a
// word at a time where s is digits up to the fault. It brings its want along,
// since a number would have to be put into words.
func unreadable(s string) fault {
	n := 0 // digits in front
	if len(s) >= sirenLength {
		if n = run(word(s, 0)); n == 8 {
			n += run(ahead(s, 8))
		}
	} else {
		for n < len(s) && s[n]-'0' <= 9 {
			n++
		}
	}
	switch {
	case n > siretLength: // of a run of 15 or 16
		return fault{why: tooLong, index: siretLength, at: siretLength + 1, want: "14"}
	case n == len(s):
		why := nothing
		if n > 0 {
			why = tooShort.precise(subject(SIRET), n, s)
		}
		return fault{why: why, index: n, at: n + 1, want: "14"}
	case class[s[n]] != separator && class[s[n]] != longer:
		return fault{why: noDigit, index: n, at: n + 1, want: "0-9"}
	}
	var buf [siretLength]byte
	return digits(buf[:], s, siretLength)
}

// validSIRET is parseSIRET's verdict.
func validSIRET(s string, level Level) bool {
	_, why := examineSIRET(s, level)
	return why == fine
}

// String returns the 14 digits.
func (d siret) String() string {
	var b [siretLength]byte
	binary.LittleEndian.PutUint64(b[:8], d.head)
	binary.LittleEndian.PutUint64(b[siretLength-8:], d.tail)
	return string(b[:])
}
