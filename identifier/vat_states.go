package identifier

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// vatState is a state whose VAT numbers are read, and how they are written.
type vatState struct {
	prefix  string
	country string
	// forms are the ways in which the part behind the prefix is written, at
	// most one of each length and first character. The letters are those of
	// formClass; U, B, D, G, H and A stand for themselves.
	forms []string
}

// states are the member states of the European Union and Northern Ireland. The
// forms are those of the European Commission's table for its VIES service
// ("VAT number structure").
var states = [...]vatState{
	{"AT", "AT", []string{"U99999999"}},
	// The old nine digits are the same number without its leading zero.
	{"BE", "BE", []string{"b999999999", "999999999"}},
	{"BG", "BG", []string{"999999999", "9999999999"}},
	{"CY", "CY", []string{"99999999L"}},
	{"CZ", "CZ", []string{"99999999", "999999999", "9999999999"}},
	{"DE", "DE", []string{"199999999"}},
	{"DK", "DK", []string{"19999999"}},
	{"EE", "EE", []string{"999999999"}},
	{"EL", "GR", []string{"999999999"}},
	{"ES", "ES", []string{"L9999999X", "99999999L"}},
	{"FI", "FI", []string{"99999999"}},
	{"FR", "FR", []string{"KK999999999"}},
	{"HR", "HR", []string{"99999999999"}},
	{"HU", "HU", []string{"99999999"}},
	{"IE", "IE", []string{"9S99999W", "9S99999WI"}},
	{"IT", "IT", []string{"99999999999"}},
	{"LT", "LT", []string{"999999999", "999999999999"}},
	{"LU", "LU", []string{"99999999"}},
	{"LV", "LV", []string{"99999999999"}},
	{"MT", "MT", []string{"19999999"}},
	{"NL", "NL", []string{"999999999B99"}},
	{"PL", "PL", []string{"9999999999"}},
	{"PT", "PT", []string{"199999999"}},
	// The table ends at ten digits; sources disagree on the thirteen of a
	// personal number.
	{"RO", "RO", []string{
		"99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999",
		"1999999999999",
	}},
	{"SE", "SE", []string{"999999999999"}},
	{"SI", "SI", []string{"19999999"}},
	{"SK", "SK", []string{"9999999999"}},
	{"XI", "GB", []string{"999999999", "999999999999", "GD999", "HA999"}},
}

// The numbers of states, from 1.
const (
	stateAT uint8 = 1 + iota
	stateBE
	stateBG
	stateCY
	stateCZ
	stateDE
	stateDK
	stateEE
	stateEL
	stateES
	stateFI
	stateFR
	stateHR
	stateHU
	stateIE
	stateIT
	stateLT
	stateLU
	stateLV
	stateMT
	stateNL
	statePL
	statePT
	stateRO
	stateSE
	stateSI
	stateSK
	stateXI
)

const (
	vatPrefix = 2
	vatMax    = vatPrefix + 13
)

// stateNumbers finds a state, as its number in states from 1, by the two
// letters of its prefix.
//
//nolint:gochecknoglobals // a table, never changed
var stateNumbers = func() (t [26 * 26]uint8) {
	for i := range states {
		p := states[i].prefix
		t[int(p[0]-'A')*26+int(p[1]-'A')] = uint8(i + 1)
	}
	return t
}()

func stateNumber(a, b byte) uint8 {
	if a < 'A' || a > 'Z' || b < 'A' || b > 'Z' {
		return 0
	}
	return stateNumbers[int(a-'A')*26+int(b-'A')]
}

// isMember reports whether a country, by its ISO code, is a member state of
// the European Union. Northern Ireland is none.
func isMember(code string) bool {
	if code == "GR" {
		return true
	}
	return code != "EL" && code != "XI" && len(code) == 2 && stateNumber(code[0], code[1]) != 0
}

// formClass says which characters a letter of a form stands for.
type formClass uint8

const (
	decimal   formClass          = 1 << iota // 9: 0-9
	nonZero                                  // 1: 1-9
	letter                                   // L: A-Z
	toW                                      // W: A-W
	zeroOrOne                                // b: 0 or 1
	irish                                    // S: a letter, a digit, + or *
	keyChar                                  // K: a digit or a letter but I and O
	toI                                      // I: A-I or W
	alphanum  = decimal | letter             // X
)

// formClasses gives the classes of a character.
//
//nolint:gochecknoglobals // a table, never changed
var formClasses = func() (t [256]formClass) {
	for c := '0'; c <= '9'; c++ {
		t[c] = decimal | nonZero | irish | keyChar
	}
	t['0'] &^= nonZero
	t['0'] |= zeroOrOne
	t['1'] |= zeroOrOne
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = letter | irish
		if c <= 'W' {
			t[c] |= toW
		}
		if c <= 'I' || c == 'W' {
			t[c] |= toI
		}
		if c != 'I' && c != 'O' {
			t[c] |= keyChar
		}
	}
	t['+'], t['*'] = irish, irish
	return t
}()

// formLetters gives the class that a letter of a form stands for, 0 for a
// letter that stands for itself.
var formLetters = [256]formClass{
	'9': decimal, '1': nonZero, 'L': letter, 'W': toW, 'b': zeroOrOne, 'S': irish, 'K': keyChar, 'X': alphanum, 'I': toI,
}

// mismatch returns the first place where d is not as form says, len(d) if
// there is none. They need not be equally long.
func mismatch(form string, d []byte) int {
	n := min(len(d), len(form))
	for i, c := range d[:n] {
		if formClasses[c]&formLetters[form[i]] == 0 && c != form[i] {
			return i
		}
	}
	return n
}

// fits reports whether d is written in one of the forms.
func (s *vatState) fits(d []byte) bool {
	for _, form := range s.forms {
		if len(form) == len(d) && mismatch(form, d) == len(d) {
			return true
		}
	}
	return false
}

// formFault explains why d, the first of length characters, is written in no
// form: by the first character that a form of its length, or
// else every form, has not in its place, or by the length.
func (s *vatState) formFault(d []byte, length int) fault {
	furthest, equal, longest, whole := 0, -1, 0, false
	for _, form := range s.forms {
		m := mismatch(form, d)
		if len(form) == length {
			equal = max(equal, m)
		}
		furthest, longest, whole = max(furthest, m), max(longest, len(form)), whole || m == len(form)
	}
	if equal >= 0 {
		return fault{why: notInVAT, index: equal, want: s.expected(d, equal)}
	}
	// Too long for any form: what stands behind a number that is whole.
	long := length > longest && whole
	if furthest < min(len(d), longest) && !long {
		return fault{why: notInVAT, index: furthest, want: s.expected(d, furthest)}
	}
	return fault{why: vatLength, index: furthest}
}

// expected says what stands in place i in the form that d follows that far.
func (s *vatState) expected(d []byte, i int) string {
	for _, form := range s.forms {
		if i < len(form) && mismatch(form, d) == i {
			if set := formSets[form[i]]; set != "" {
				return set
			}
			return form[i : i+1]
		}
	}
	return ""
}

// formSets says what a letter of a form stands for, as ParseError.Want.
var formSets = [256]string{
	'9': "0-9", '1': "1-9", 'L': "A-Z", 'W': "A-W", 'b': "0|1", 'S': "0-9|A-Z|+|*", 'K': "0-9|A-H|J-N|P-Z", 'X': "0-9|A-Z", 'I': "A-I|W",
}

// stateLengths are the lengths of the states' numbers, with their prefix, as
// ParseError.Want.
//
//nolint:gochecknoglobals // a table, never changed
var stateLengths = func() (t [len(states)]string) {
	for i := range states {
		var lengths []int
		for _, form := range states[i].forms {
			lengths = append(lengths, vatPrefix+len(form))
		}
		slices.Sort(lengths)
		lengths = slices.Compact(lengths)
		all := make([]string, len(lengths))
		for j, n := range lengths {
			all[j] = strconv.Itoa(n)
		}
		t[i] = strings.Join(all, "|")
	}
	return t
}()

// format says how the state's numbers are written: "DE suivi de 9 chiffres, le
// premier de 1 à 9", "CY99999999L (9 = un chiffre ; L = une lettre)".
func (s *vatState) format(lang language.Tag) string {
	var lengths []int
	var parts, notes []string
	legend := map[byte]bool{}
	for _, form := range s.forms {
		if strings.Trim(form, "91b") != "" {
			parts = append(parts, s.prefix+pattern(form, legend))
			continue
		}
		lengths = append(lengths, len(form))
		switch first := form[:1]; {
		case first == "9":
		case len(s.forms) == 1:
			notes = append(notes, texts.Text(lang, "form.first."+first))
		default:
			notes = append(notes, texts.Text(lang, "form.first.of."+first, len(form)))
		}
	}
	text := list(lang, parts)
	if len(lengths) > 0 {
		slices.Sort(lengths)
		text = texts.Text(lang, "form.digits", s.prefix, list(lang, runs(lengths, texts.Text(lang, "form.to"))))
		for i, part := range parts {
			parts[i] = strings.TrimSpace(texts.Text(lang, "or")) + " " + part
		}
		text = strings.Join(slices.Concat([]string{text}, notes, parts), ", ")
	}
	var signs []string
	for _, sign := range []byte("9LWIKXS") {
		if legend[sign] {
			signs = append(signs, texts.Text(lang, "form."+string(sign)))
		}
	}
	if len(signs) > 0 {
		text += " (" + strings.Join(signs, texts.Text(lang, "form.and")) + ")"
	}
	return text
}

// pattern shows a form with the signs that its legend explains.
func pattern(form string, legend map[byte]bool) string {
	shown := []byte(form)
	for i, c := range shown {
		switch c {
		case 'U', 'B', 'D', 'G', 'H', 'A': // these stand for themselves
			continue
		case '1', 'b':
			c = '9'
			shown[i] = '9'
		case 'W':
			shown[i] = 'L'
		case 'I':
			shown[i] = 'M'
		case 'K', 'S':
			shown[i] = 'X'
		}
		legend[c] = true
	}
	return string(shown)
}

// list joins values as a sentence does: "2, 7 ou 8".
func list(lang language.Tag, values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + texts.Text(lang, "or") + values[last]
}

// runs writes rising numbers, three or more in a row as "2 to 10".
func runs(numbers []int, to string) []string {
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		if j-i < 2 {
			j = i
			parts = append(parts, strconv.Itoa(numbers[i]))
		} else {
			parts = append(parts, strconv.Itoa(numbers[i])+to+strconv.Itoa(numbers[j]))
		}
		i = j + 1
	}
	return parts
}
