package identifier

import "strings"

// VATNumber is an intra-Community VAT number (numéro de TVA
// intracommunautaire) of any member state, France and Monaco included, or of
// Northern Ireland. It is comparable; the zero VATNumber is no number.
type VATNumber struct{ code string }

// ParseVAT reads a VAT number with its prefix: "FR 44 732829320",
// "DE136695976". Input is treated as by [Parse], and so are the numbers of
// other states, which an [ID] of kind [European] can also hold; there is no
// level [Shape].
//
// French numbers are FR, a key of two characters, and the SIREN. The key is
// numeric, or has letters (all but I and O) where the company was given such a
// one. Numbers of Monaco begin with 000 where the SIREN would.
//
// It returns a *ParseError (rule A3, Kind 0) with [ErrEmpty], [ErrCharset],
// [ErrLength], [ErrComponent], [ErrChecksum], or [ErrCountry] for a prefix
// that is none.
func ParseVAT(s string) (VATNumber, error) {
	var buf [vatMax]byte
	n, _, f := readVAT(&buf, s, Strict, true)
	if f.why != fine {
		f.what = aVATNumber
		return VATNumber{}, f.error(0, "A3", s)
	}
	return VATNumber{same(s, buf[:n])}, nil
}

func parseEuropean(s string, level Level) (ID, error) {
	var buf [vatMax]byte
	n, state, f := readVAT(&buf, s, level, false)
	if f.why != fine {
		return ID{}, f.error(European, "A3", s)
	}
	return ID{kind: European, country: stateCountries[state-1], code: same(s, buf[:n])}, nil
}

func validEuropean(s string, level Level) bool {
	var buf [vatMax]byte
	_, _, f := readVAT(&buf, s, level, false)
	return f.why == fine
}

// stateCountries are the countries of states.
//
//nolint:gochecknoglobals // a table, never changed
var stateCountries = func() (t [len(states)]country) {
	for i := range states {
		t[i] = countryOf(states[i].country)
	}
	return t
}()

// readVAT puts the VAT number that is s into buf: its length, and its state
// from 1.
func readVAT(buf *[vatMax]byte, s string, level Level, french bool) (n int, state uint8, f fault) {
	n, f = keep(buf[:], s)
	switch {
	case f.why != fine && n < vatPrefix:
		return n, 0, f
	case n == 0:
		return n, 0, fault{why: nothingText, index: 0, at: plain(len(s), 0)}
	case n == 1:
		return n, 0, fault{why: noPrefix}
	}
	state = stateNumber(buf[0], buf[1])
	if state == 0 {
		return n, 0, prefixFault(string(buf[:vatPrefix]))
	}
	if buf[0] == 'F' && buf[1] == 'R' && !french {
		return n, state, fault{why: frenchVAT, want: "SIRET"}
	}
	of := &states[state-1]
	code := buf[vatPrefix:min(n, vatMax)]
	switch {
	case f.why != fine: // a foreign character, behind the prefix
		f.why = notInVAT
	case n > vatMax || !of.fits(code):
		if f = of.formFault(code, n-vatPrefix); f.why == vatLength {
			f.want = stateLengths[state-1]
		}
		f.index += vatPrefix
	default:
		filled := buf[0] == 'B' && buf[1] == 'E' && n == vatPrefix+9
		if filled {
			copy(buf[vatPrefix+1:], code)
			buf[vatPrefix] = '0'
			n++
			code = buf[vatPrefix:n]
		}
		if level == Shape {
			return n, state, fault{}
		}
		var slip slip
		if zeros(code) && (state != stateXI || n != vatPrefix+5) {
			slip.why = zerosInVAT
		} else {
			slip = checkVAT(state, code)
		}
		if slip.why == fine {
			return n, state, fault{}
		}
		f = fault{why: slip.why, index: vatPrefix + slip.index, keys: slip.keys, want: slip.want}
		if filled {
			f.index--
		}
	}
	f.state = state
	return n, state, f
}

// prefixFault explains why a prefix is that of no VAT number.
func prefixFault(prefix string) fault {
	switch {
	case prefix == "GR":
		return fault{why: greekPrefix, want: "EL"}
	case prefix == "GB":
		return fault{why: britishVAT, want: "XI"}
	case prefix == "EU", prefix == "IM":
		return fault{why: oneStopShop}
	case countryOf(prefix) != 0:
		return fault{why: outsideUnion}
	}
	return fault{why: noPrefix}
}

// checkFR holds the rule for what stands behind FR.
func checkFR(d []byte) slip {
	siren := number(d[2:])
	if siren == 0 {
		return slip{why: zerosInVAT, index: 2}
	}
	if d[2] != '0' || d[3] != '0' || d[4] != '0' { // else of Monaco, which is no SIREN
		if sum := luhn(d[2:], 1); sum%10 != 0 {
			want := (int(d[10]-'0') + 10 - sum%10) % 10
			return slip{why: wrongFrenchSIREN, index: 10, want: decimals[want : want+1]}
		}
	}
	key := frenchKey(siren)
	if d[0] <= '9' && d[1] <= '9' {
		s := twoDigits(d, 0, key)
		if s.why != fine {
			s.why = wrongFrenchKey
		}
		return s
	}
	// Keys with letters: the two characters as a number, in which a pair that
	// begins with a digit has a letter second.
	first, second := keyValue(d[0]), keyValue(d[1])
	letters := first*34 + second - 100
	if d[0] <= '9' {
		letters = first*24 + second - 10
	}
	if (siren+1+letters/11)%11 == letters%11 {
		return slip{}
	}
	return slip{why: wrongFrenchKey, want: pairs[2*key : 2*key+2]}
}

// frenchKey is the numeric key of a French VAT number.
func frenchKey(siren int) int { return (siren%97*100 + 12) % 97 }

// keyValue is the place of a character in the alphabet of French keys, the
// digits and the letters without I and O.
func keyValue(c byte) int {
	switch {
	case c <= '9':
		return int(c - '0')
	case c < 'I':
		return int(c-'A') + 10
	case c < 'O':
		return int(c-'A') + 9
	}
	return int(c-'A') + 8
}

// VAT returns the French VAT number with the numeric key of s, which nearly
// every company has. A key with letters cannot be derived: compare with a
// number that was read by its SIREN, not by its text. It is the zero VATNumber
// for the zero SIREN.
func (s SIREN) VAT() VATNumber {
	if s.IsZero() {
		return VATNumber{}
	}
	key := frenchKey(number([]byte(s.code)))
	return VATNumber{"FR" + pairs[2*key:2*key+2] + s.code}
}

// VAT returns the VAT number that follows from id: that of a [European], or of
// the company of a [SIRET] as [SIREN.VAT] derives it. It is false for the other
// kinds, and where the code only passes at level [Shape].
func (id ID) VAT() (VATNumber, bool) {
	switch id.kind {
	case European:
		if id.strict() {
			return VATNumber{id.code}, true
		}
	case SIRET:
		if siren, ok := id.SIREN(); ok {
			return siren.VAT(), true
		}
	case NonEU, RIDET, Tahiti, Individual, Registering:
	}
	return VATNumber{}, false
}

// SIREN returns the company of a French number. It is false for other states
// and for Monaco.
func (v VATNumber) SIREN() (SIREN, bool) {
	if !strings.HasPrefix(v.code, "FR") || v.Monaco() {
		return SIREN{}, false
	}
	return SIREN{v.code[vatPrefix+2:]}, true
}

// ID returns the identifier of kind [European]. It is false for a French
// number: a French structure is identified by its SIRET.
func (v VATNumber) ID() (ID, bool) {
	if v.IsZero() || v.Prefix() == "FR" {
		return ID{}, false
	}
	state := stateNumber(v.code[0], v.code[1])
	return ID{kind: European, country: stateCountries[state-1], code: v.code}, true
}

// Prefix returns the first two letters: EL for Greece, XI for Northern
// Ireland, FR for Monaco.
func (v VATNumber) Prefix() string {
	if v.IsZero() {
		return ""
	}
	return v.code[:vatPrefix]
}

// Monaco reports whether it is a number of Monaco: FR, key, 000.
func (v VATNumber) Monaco() bool {
	return len(v.code) > 7 && v.code[:2] == "FR" && v.code[4:7] == "000"
}

// Country returns the ISO 3166-1 alpha-2 code of the country: GR for the
// prefix EL, GB for XI, MC for the numbers of Monaco.
func (v VATNumber) Country() string {
	switch {
	case v.IsZero():
		return ""
	case v.Monaco():
		return "MC"
	}
	return stateCountries[stateNumber(v.code[0], v.code[1])-1].String()
}

// String returns the number with its prefix, "FR44732829320", or "" for the
// zero VATNumber.
func (v VATNumber) String() string { return v.code }

// Display returns the number in groups: "FR 44 732829320", "DE 136695976".
// [ParseVAT] reads it back.
func (v VATNumber) Display() string {
	if v.Prefix() == "FR" {
		return grouped(v.code, vatPrefix, vatPrefix+2)
	}
	return grouped(v.code, vatPrefix)
}

// IsZero reports whether v is the zero VATNumber.
func (v VATNumber) IsZero() bool { return v.code == "" }

// Compare orders by text, the zero VATNumber first.
func (v VATNumber) Compare(other VATNumber) int { return strings.Compare(v.code, other.code) }

// MarshalText returns the text of String; the zero VATNumber is the empty text.
func (v VATNumber) MarshalText() ([]byte, error) { return []byte(v.code), nil }

// UnmarshalText reads what [VATNumber.MarshalText] writes and nothing else: no
// separators, no lower case. It fails as [ParseVAT] does, or with
// [ErrEncoding].
func (v *VATNumber) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = VATNumber{}
		return nil
	}
	parsed, err := ParseVAT(string(text))
	if err != nil {
		return err
	}
	if parsed.code != string(text) {
		return &ParseError{why: notEncoded, what: aVATNumber, Rule: "A10", Input: string(text), Want: parsed.code, Err: ErrEncoding}
	}
	*v = parsed
	return nil
}
