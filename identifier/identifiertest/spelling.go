package identifiertest

import (
	"strings"
	"unicode/utf8"

	"github.com/guichet-pro/guichet/identifier"
)

// separators are what people paste into numbers, the most usual first.
var separators = []string{" ", "\u00a0", "\u202f", ".", "-", "\u2009", "\u2011", "\u3000"}

// accented has letters that fold to one of ASCII.
var accented = map[rune]string{
	'A': "ÀÂÄ", 'C': "Ç", 'E': "ÉÈÊË", 'I': "ÎÏ", 'L': "Ł", 'N': "Ñ", 'O': "ÔÖØ", 'U': "ÙÛÜ", 'Y': "Ÿ", '\'': "’", '-': "–—", '"': "“”«»",
}

// Spelling writes the code of id in one of the ways in which people type and
// paste it, which [identifier.Parse] reads as the same code: with separators
// inside numbers, in lower case, with full-width digits, with accents in names,
// and without the leading zero that a RIDET or a Belgian number may lack. The
// simplest is the code itself.
//
// The country of an individual, or of a structure being registered, is not part
// of a code: what is read is in France.
func Spelling(src Source, id identifier.ID) string {
	code := id.Code()
	if src.IntN(4) == 0 {
		return code
	}
	free := id.Kind() == identifier.NonEU || id.Kind() == identifier.Individual || id.Kind() == identifier.Registering
	if short, ok := withoutZero(id); ok && src.IntN(4) == 3 {
		code = short
	}
	var b strings.Builder
	for i, c := range code {
		if !free || i == 0 {
			for range src.IntN(3) {
				b.WriteString(outer(src, free))
			}
		}
		b.WriteString(spelled(src, c, free))
	}
	for range src.IntN(2) {
		b.WriteString(outer(src, free))
	}
	return b.String()
}

// outer is a separator; around free texts, only spaces are left out.
func outer(src Source, free bool) string {
	if free {
		return separators[src.IntN(3)]
	}
	return separators[src.IntN(len(separators))]
}

func spelled(src Source, c rune, free bool) string {
	other := src.IntN(4) == 3
	switch {
	case !other:
	case '0' <= c && c <= '9':
		return string(c - '0' + '０')
	case free && c == ' ':
		return "\u00a0"
	case free && accented[c] != "":
		variants := []rune(accented[c])
		c = variants[src.IntN(len(variants))]
		if src.IntN(2) == 1 {
			return strings.ToLower(string(c))
		}
	case 'A' <= c && c <= 'Z':
		return strings.ToLower(string(c))
	}
	return string(c)
}

// withoutZero returns the code without its leading zero, where that is another
// way to write it.
func withoutZero(id identifier.ID) (string, bool) {
	code := id.Code()
	switch {
	case id.Kind() == identifier.RIDET:
		return strings.CutPrefix(code, "0")
	case strings.HasPrefix(code, "BE0"):
		return "BE" + code[3:], true
	}
	return code, false
}

// Corrupt spoils the code of id so that it must be refused, at both levels
// unless the error is [identifier.ErrChecksum], and returns the sentinel of
// the refusal. A key is only spoilt where the code has one of those that this
// package computes.
func Corrupt(src Source, id identifier.ID) (string, error) {
	code := id.Code()
	faults := []func() (string, error){
		func() (string, error) { // a character that is in no code
			i := src.IntN(utf8.RuneCountInString(code))
			chars := []rune(code)
			return string(chars[:i]) + "\t" + string(chars[i:]), identifier.ErrCharset
		},
		func() (string, error) { return strings.Repeat(" ", src.IntN(3)), identifier.ErrEmpty },
		func() (string, error) { return code + strings.Repeat("9", 81), identifier.ErrLength },
	}
	add := func(text string, err error) {
		faults = append(faults, func() (string, error) { return text, err })
	}
	switch id.Kind() {
	case identifier.SIRET:
		add(code[:13], identifier.ErrLength)
		add(code[:9], identifier.ErrLength)
		add(code+"0", identifier.ErrLength)
		add(code[:5]+"O"+code[6:], identifier.ErrCharset)
		add(strings.Repeat("0", 14), identifier.ErrComponent)
		if identifier.Valid(identifier.SIRET, code) {
			if key := raised(code, 13); key != headOffice {
				add(key, identifier.ErrChecksum)
			}
			add(raised(code, 8), identifier.ErrChecksum)
		}
	case identifier.European:
		add("FR"+code[2:], identifier.ErrCountry)
		add("GB"+code[2:], identifier.ErrCountry)
		add("ZZ"+code[2:], identifier.ErrCountry)
		add(code[2:], identifier.ErrCountry)
		if i, ok := keyPlace(code); ok {
			add(raised(code, i), identifier.ErrChecksum)
		}
	case identifier.NonEU:
		add("FRX", identifier.ErrCountry)
		add("DEX", identifier.ErrCountry)
		add("ZZX", identifier.ErrCountry)
		add("SUX", identifier.ErrCountry) // withdrawn
		if strings.HasPrefix(code, "FRWF") {
			add("FRWF", identifier.ErrLength)
		} else {
			add(code[:2], identifier.ErrLength)
		}
	case identifier.RIDET:
		add(code[:8], identifier.ErrLength)
		add(code[:7], identifier.ErrLength)
		add(code+"0", identifier.ErrLength)
		add("R"+code[1:], identifier.ErrCharset)
	case identifier.Tahiti:
		add(code[:6], identifier.ErrLength)
		add(code+"0", identifier.ErrLength)
		add(code[:4]+"O"+code[5:], identifier.ErrCharset)
	case identifier.Individual:
		add("AB", identifier.ErrLength)
	case identifier.Registering:
	}
	return faults[src.IntN(len(faults))]()
}

// raised adds one to the digit or letter in place i.
func raised(code string, i int) string {
	c := code[i] + 1
	switch c {
	case '9' + 1:
		c = '0'
	case 'W' + 1, 'Z' + 1: // Irish keys end at W
		c = 'A'
	}
	return code[:i] + string(rune(c)) + code[i+1:]
}

// keyPlace finds the last check character of a code in one of the forms. A
// Dutch number may also have a key over all of it, and is left alone.
func keyPlace(code string) (int, bool) {
	for _, f := range forms {
		if f.prefix == code[:2] && f.prefix != "NL" && len(f.body) == len(code)-2 && f.fits(code[2:]) {
			return 2 + strings.LastIndexByte(f.body, 'C'), true
		}
	}
	return 0, false
}

// fits reports whether body is one that make can make.
func (f form) fits(body string) bool {
	open := []byte(body)
	for i, c := range []byte(f.body) {
		switch {
		case c == 'C':
			open[i] = 'C'
		case c == 'd' && (body[i] < '1' || body[i] > '9'),
			c == '9' && (body[i] < '0' || body[i] > '9'),
			c != 'd' && c != '9' && c != body[i]:
			return false
		}
	}
	key := f.key(string(open))
	return key != "" && strings.Replace(string(open), strings.Repeat("C", len(key)), key, 1) == body
}
