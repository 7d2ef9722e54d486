package identifier

import "strings"

const (
	sirenLength = 9
	siretLength = 14

	laPoste           = "356000000"
	laPosteHeadOffice = "35600000000048"
)

// decimals and fives hold the check digits that can be expected, so that a
// refusal names them without allocating.
const decimals = "0123456789"

var fives = [5]string{"0|5", "1|6", "2|7", "3|8", "4|9"}

// doubled is the weight of a digit in the even places of Luhn's sum: twice the
// digit, less 9 above 9.
var doubled = [10]uint{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}

// parseSIRET reads a SIRET. A canonical text is kept as it is, without a copy.
func parseSIRET(s string, level Level) (ID, error) {
	var buf [siretLength]byte
	if f := readSIRET(&buf, s, level); f.err != nil {
		return ID{}, f.error(SIRET, "A2", s)
	}
	code := s
	if len(s) != siretLength {
		code = string(buf[:])
	}
	return newID(SIRET, "FR", code), nil
}

func validSIRET(s string, level Level) bool {
	var buf [siretLength]byte
	return readSIRET(&buf, s, level).err == nil
}

// readSIRET puts the 14 digits of s into buf and checks them.
func readSIRET(buf *[siretLength]byte, s string, level Level) fault {
	if f := digits(buf[:], s); f.err != nil {
		return f
	}
	return checkSIRET(buf, level)
}

// checkSIRET holds rule A2 for 14 digits. All zeros are no number at any
// level; the rest is left out at level Shape.
func checkSIRET(d *[siretLength]byte, level Level) fault {
	if level == Shape {
		if string(d[:]) == "00000000000000" {
			return fault{err: ErrComponent}
		}
		return fault{}
	}
	if f := checkSIREN((*[sirenLength]byte)(d[:])); f.err != nil {
		return f
	}
	if string(d[:sirenLength]) == laPoste {
		return checkLaPoste(d)
	}
	// Fourteen is even, so the doubled places are the even ones, from 0.
	var sum uint
	for i := 0; i < siretLength; i += 2 {
		sum += doubled[d[i]-'0'] + uint(d[i+1]-'0')
	}
	return luhnFault(sum, d[:])
}

// checkSIREN holds rule A2 for the nine digits of a SIREN. The zeros come
// first: with eight of them, Luhn would ask for a ninth.
func checkSIREN(d *[sirenLength]byte) fault {
	if string(d[:sirenLength-1]) == "00000000" {
		return fault{err: ErrComponent}
	}
	// Nine is odd: the doubled places are the odd ones, from 0.
	sum := uint(d[0] - '0')
	for i := 1; i < sirenLength; i += 2 {
		sum += doubled[d[i]-'0'] + uint(d[i+1]-'0')
	}
	return luhnFault(sum, d[:])
}

// luhnFault turns a Luhn sum that is no multiple of 10 into the fault of the
// last digit, which alone is asked to change.
func luhnFault(sum uint, d []byte) fault {
	if sum%10 == 0 {
		return fault{}
	}
	last := len(d) - 1
	fit := (uint(d[last]-'0') + 10 - sum%10) % 10
	return fault{err: ErrChecksum, index: last, want: decimals[fit : fit+1]}
}

// checkLaPoste holds the exception of rule A2. The head office is an exception
// to the exception: the sum of its digits is 26.
func checkLaPoste(d *[siretLength]byte) fault {
	var sum uint
	for _, c := range d {
		sum += uint(c - '0')
	}
	if sum%5 == 0 || string(d[:]) == laPosteHeadOffice {
		return fault{}
	}
	const last = siretLength - 1
	want := fives[(uint(d[last]-'0')+5-sum%5)%5]
	if string(d[:last]) == laPosteHeadOffice[:last] {
		want = "2|7|8" // by the sum of the digits, or the head office
	}
	return fault{err: ErrChecksum, index: last, want: want}
}

// SIREN is the number of a French company or public body, the first nine
// digits of the SIRET of each of its establishments. It is comparable; the
// zero SIREN is no number.
type SIREN struct{ code string }

// ParseSIREN reads a SIREN: nine digits, the last a Luhn key, not eight zeros
// in front. Input is treated as by [Parse]; there is no level [Shape].
//
// It returns a *ParseError (rule A2, Kind 0 since a SIREN is none of the seven
// kinds) with [ErrEmpty], [ErrCharset], [ErrLength], [ErrComponent] or
// [ErrChecksum]. Fourteen digits are answered that they are a SIRET.
func ParseSIREN(s string) (SIREN, error) {
	var buf [sirenLength]byte
	f := digits(buf[:], s)
	if f.err == nil {
		f = checkSIREN(&buf)
	}
	if f.err != nil {
		return SIREN{}, f.error(0, "A2", s)
	}
	if len(s) == sirenLength {
		return SIREN{s}, nil
	}
	return SIREN{string(buf[:])}, nil
}

// SIREN returns the company of a SIRET. It is false for an ID of another kind,
// and for one read at level [Shape] whose first nine digits are no SIREN.
func (id ID) SIREN() (SIREN, bool) {
	if id.kind != SIRET {
		return SIREN{}, false
	}
	code := id.code[:sirenLength]
	if checkSIREN((*[sirenLength]byte)([]byte(code))).err != nil {
		return SIREN{}, false
	}
	return SIREN{code}, true
}

// String returns the nine digits, or "" for the zero SIREN.
func (s SIREN) String() string { return s.code }

// Display returns the nine digits in groups: "732 829 320".
func (s SIREN) Display() string { return grouped(s.code, 3, 6) }

// IsZero reports whether s is the zero SIREN.
func (s SIREN) IsZero() bool { return s.code == "" }

// Compare orders by number, the zero SIREN first.
func (s SIREN) Compare(other SIREN) int { return strings.Compare(s.code, other.code) }

// MarshalText returns the nine digits; the zero SIREN is the empty text.
func (s SIREN) MarshalText() ([]byte, error) { return []byte(s.code), nil }

// UnmarshalText reads what [SIREN.MarshalText] writes and nothing else: no
// separators. It fails as [ParseSIREN] does, or with [ErrEncoding].
func (s *SIREN) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = SIREN{}
		return nil
	}
	parsed, err := ParseSIREN(string(text))
	if err != nil {
		return err
	}
	if parsed.code != string(text) {
		return &ParseError{Rule: "A10", Input: string(text), Want: parsed.code, Err: ErrEncoding}
	}
	*s = parsed
	return nil
}

// grouped puts a space into code before each of the given offsets.
func grouped(code string, offsets ...int) string {
	var b strings.Builder
	b.Grow(len(code) + len(offsets))
	from := 0
	for _, to := range offsets {
		if to >= len(code) {
			break
		}
		b.WriteString(code[from:to])
		b.WriteByte(' ')
		from = to
	}
	b.WriteString(code[from:])
	return b.String()
}
