package identifier

import (
	"unicode"
	"unicode/utf8"
	"unique"
)

const (
	individualMin  = 3
	registeringMin = 1
	textMax        = 80
)

// readFree folds s, the free text of an individual or of a structure being
// registered, into buf.
func readFree(buf *[textMax * utf8.UTFMax]byte, s string, shortest uint8) (n int, f fault) {
	n, count, f := readText(buf[:], s, textMax, allSpaces)
	switch {
	case f.why == textLong:
		f.count = textMax
	case f.why != fine:
	case count == 0:
		f = fault{why: nothingText}
	case count < int(shortest):
		f = fault{why: textShort, at: utf8.RuneCountInString(s) + 1, count: shortest}
	}
	return n, f
}

func parseIndividual(s string) (ID, error) {
	var buf [textMax * utf8.UTFMax]byte
	n, f := readFree(&buf, s, individualMin)
	if f.why != fine {
		return ID{}, f.error(Individual, "A7", s)
	}
	return newIndividual(france, same(s, buf[:n])), nil
}

func newIndividual(c country, code string) ID {
	return ID{kind: Individual, country: c, secret: unique.Make(code)}
}

func parseRegistering(s string) (ID, error) {
	var buf [textMax * utf8.UTFMax]byte
	n, f := readFree(&buf, s, registeringMin)
	if f.why != fine {
		return ID{}, f.error(Registering, "A8", s)
	}
	return ID{kind: Registering, country: france, code: same(s, buf[:n])}, nil
}

func validFree(s string, shortest uint8) bool {
	var buf [textMax * utf8.UTFMax]byte
	_, f := readFree(&buf, s, shortest)
	return f.why == fine
}

// NewRegistering makes the temporary code of a structure that has no number
// yet (rule A8): "EC" (en cours) and 16 letters and digits, which hold the
// random bytes. The letters I, L, O and U are not among them, since they are
// misread. Two calls with the same bytes give the same ID; the country is
// France until [ID.In] says otherwise.
//
// The bytes come from the caller, as crypto/rand fills them: this package has
// no source of chance.
func NewRegistering(random [10]byte) ID {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base 32
	code := make([]byte, 0, 18)
	code = append(code, "EC"...)
	var bits uint
	held := 0
	for _, b := range random {
		bits = bits<<8 | uint(b)
		for held += 8; held >= 5; held -= 5 {
			code = append(code, alphabet[bits>>(held-5)&31])
		}
	}
	return ID{kind: Registering, country: france, code: string(code)}
}

// Warning returns what is unusual about an identifier that is accepted, for a
// person to look at: nil, or a *ParseError.
//
//   - For an [Individual] (rule A7), [ErrUnusual] if the code does not look
//     like the one sample that is known: the first ten characters of a social
//     security number (NIR), surname, first name, and a rank. Nothing official
//     says that codes look so, and nobody is to be asked for that number.
//   - For a code that only passes at level [Shape], the error of [Parse] at
//     level [Strict].
func (id ID) Warning() error {
	switch {
	case id.kind == Individual && !likeSample(id.secret.Value()):
		return &ParseError{Kind: Individual, why: unlikeSample, Rule: "A7", Err: ErrUnusual}
	case !id.strict():
		_, err := Parse(id.kind, id.code)
		return err
	}
	return nil
}

// likeSample reports whether a code has the form of the sample: sex, year and
// month of birth, département (2A and 2B in Corsica), commune; letters; digits.
func likeSample(code string) bool {
	const stem = 10
	if len(code) <= stem {
		return false
	}
	for i := range stem {
		c := code[i]
		switch {
		case i == 0 && c != '1' && c != '2' && c != '3' && c != '4' && c != '7' && c != '8':
			return false
		case i == 6 && code[5] == '2' && (c == 'A' || c == 'B'):
		case c < '0' || c > '9':
			return false
		}
	}
	letters, rank := 0, false
	for _, r := range code[stem:] {
		switch {
		case '0' <= r && r <= '9':
			rank = true
		case rank:
			return false
		case unicode.IsLetter(r):
			letters++
		case r != ' ' && r != '\'' && r != '-':
			return false
		}
	}
	return letters > 0
}
