package identifier

import "strings"

// checkSIREN holds rule A2 for the nine digits of a SIREN. The zeros come
// first: with eight of them, Luhn would ask for a ninth.
func checkSIREN(d *[sirenLength]byte) fault {
	if string(d[:sirenLength-1]) == "00000000" {
		return fault{why: neverGivenSIREN}
	}
	sum := luhn(d[:], 1)
	if sum%10 == 0 {
		return fault{}
	}
	value := (int(d[sirenLength-1]-'0') + 10 - sum%10) % 10
	return fault{why: wrongSIREN, index: sirenLength - 1, want: decimals[value : value+1]}
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
	f := digits(buf[:], s, sirenLength)
	if f.why == fine {
		f = checkSIREN(&buf)
	}
	if f.why != fine {
		f.what = aSIREN
		return SIREN{}, f.error(0, "A2", s)
	}
	return SIREN{same(s, buf[:])}, nil
}

// SIREN returns the company of a SIRET. It is false for an ID of another kind,
// and for one read at level [Shape] whose first nine digits are no SIREN.
func (id ID) SIREN() (SIREN, bool) {
	if id.kind != SIRET {
		return SIREN{}, false
	}
	code := id.code[:sirenLength]
	if checkSIREN((*[sirenLength]byte)([]byte(code))).why != fine {
		return SIREN{}, false
	}
	return SIREN{code}, true
}

// SIRET returns the establishment of company s with a NIC.
//
// It returns a *ParseError as [Parse] does, whose Input is the whole SIRET: the
// last digit of a NIC is a key that fits one company only ([ErrChecksum]).
func (s SIREN) SIRET(nic NIC) (ID, error) { return Parse(SIRET, s.code+nic.code) }

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
		return &ParseError{why: notEncoded, what: aSIREN, Rule: "A10", Input: string(text), Want: parsed.code, Err: ErrEncoding}
	}
	*s = parsed
	return nil
}

// NIC is the number of an establishment within its company (numéro interne de
// classement), the last five digits of a SIRET: four that count, and a key
// over the whole SIRET. It says nothing without the SIREN, and its key can be
// checked with it only, by [SIREN.SIRET]. It is comparable; the zero NIC is no
// number.
type NIC struct{ code string }

// ParseNIC reads the five digits of a NIC. Input is treated as by [Parse].
//
// It returns a *ParseError (rule A2, Kind 0) with [ErrEmpty], [ErrCharset] or
// [ErrLength].
func ParseNIC(s string) (NIC, error) {
	var buf [siretLength - sirenLength]byte
	if f := digits(buf[:], s, siretLength-sirenLength); f.why != fine {
		f.what = aNIC
		return NIC{}, f.error(0, "A2", s)
	}
	return NIC{same(s, buf[:])}, nil
}

// NIC returns the last five digits of a SIRET. It is false for an ID of
// another kind.
func (id ID) NIC() (NIC, bool) {
	if id.kind != SIRET {
		return NIC{}, false
	}
	return NIC{id.code[sirenLength:]}, true
}

// String returns the five digits, or "" for the zero NIC.
func (n NIC) String() string { return n.code }

// IsZero reports whether n is the zero NIC.
func (n NIC) IsZero() bool { return n.code == "" }

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
