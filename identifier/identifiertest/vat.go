package identifiertest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/guichet-pro/guichet/identifier"
)

// form is one way in which VAT numbers are written. In body, 9 stands for any
// digit, d for one that is not zero, and C (CC for two) for the check
// characters; everything else stands for itself.
type form struct {
	prefix string
	body   string
	// key computes the check characters of a body in which they still stand as
	// C. It is "" if none fits; a change of the last digit then mends it.
	key func(body string) string
}

// forms are in the order of the prefixes. That of a state with several forms
// appears once for each that has a key.
var forms = []form{
	{"AT", "Ud999999C", func(b string) string { return mod10(6 - luhnSum(b[1:8], false)) }},
	{"BE", "0d999999CC", func(b string) string { return two(97 - value(b[:8])%97) }},
	{"BE", "1d999999CC", func(b string) string { return two(97 - value(b[:8])%97) }},
	{"BG", "d9999999C", bulgarian},
	{"CY", "10999999C", cypriot},
	{"CZ", "1999999C", func(b string) string { return mod10(max(1, (11-weighted(b, 8, 7, 6, 5, 4, 3, 2)%11)%11)) }},
	{"DE", "d9999999C", iso11x10},
	{"DK", "d999999C", func(b string) string { return mod11(-weighted(b, 2, 7, 6, 5, 4, 3, 2)) }},
	{"EE", "d9999999C", func(b string) string { return mod10(-weighted(b, 3, 7, 1, 3, 7, 1, 3, 7)) }},
	{"EL", "d9999999C", func(b string) string { return mod10(weighted(b, 256, 128, 64, 32, 16, 8, 4, 2) % 11) }},
	{"ES", "Bd999999C", func(b string) string { return mod10(-luhnSum(b[1:8], true)) }},
	{"ES", "d9999999C", func(b string) string { return spanishLetter(b[:8]) }},
	{"ES", "Xd999999C", func(b string) string { return spanishLetter("0" + b[1:8]) }},
	{"FI", "d999999C", func(b string) string { return mod11(-weighted(b, 7, 9, 10, 5, 8, 4, 2)) }},
	{"HR", "d999999999C", iso11x10},
	{"HU", "d999999C", func(b string) string { return mod10(-weighted(b, 9, 7, 3, 1, 9, 7, 3)) }},
	{"IE", "d999999C", func(b string) string { return irishLetter(weighted(b, 8, 7, 6, 5, 4, 3, 2)) }},
	{"IE", "d999999CA", func(b string) string { return irishLetter(weighted(b, 8, 7, 6, 5, 4, 3, 2) + 9) }},
	{"IT", "d999999001C", func(b string) string { return mod10(-luhnSum(b[:10], true)) }},
	{"LT", "d9999991C", lithuanian},
	{"LT", "d9999999991C", lithuanian},
	{"LU", "d99999CC", func(b string) string { return two(value(b[:6]) % 89) }},
	{"LV", "4999999999C", func(b string) string { return mod11(3 - weighted(b, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6)) }},
	{"MT", "d99999CC", func(b string) string { return two(37 - weighted(b, 3, 4, 6, 7, 8, 9)%37) }},
	{"NL", "d9999999CB01", func(b string) string { return mod11(weighted(b, 9, 8, 7, 6, 5, 4, 3, 2)) }},
	{"PL", "d99999999C", func(b string) string { return mod11(weighted(b, 6, 5, 7, 2, 3, 4, 5, 6, 7)) }},
	{"PT", "d9999999C", func(b string) string { return mod10((1100 - weighted(b, 9, 8, 7, 6, 5, 4, 3, 2)) % 11) }},
	{"RO", "dC", romanian},
	{"RO", "d999999C", romanian},
	{"RO", "d99999999C", romanian},
	{"SE", "d99999999C01", func(b string) string { return mod10(-luhnSum(b[:9], true)) }},
	{"SI", "d999999C", slovene},
	{"SK", "102999999C", func(b string) string { return mod11(-10 * (value(b[:9]) % 11)) }},
	{"XI", "d999999CC", func(b string) string { return two(97 - weighted(b, 8, 7, 6, 5, 4, 3, 2)%97) }},
}

// European makes a VAT number of any state but France, with a check digit. The
// simplest is ATU10000005.
func European(src Source) identifier.ID {
	return identifier.MustParse(identifier.European, forms[src.IntN(len(forms))].make(src))
}

// VAT makes any VAT number: European ones, French ones with a numeric key or
// with letters, and numbers of Monaco. The simplest is
// FR23001000009.
func VAT(src Source) identifier.VATNumber {
	var number string
	switch src.IntN(4) {
	case 0:
		number = frenchSIREN(src)
		number = fmt.Sprintf("FR%02d%s", (value(number)%97*100+12)%97, number)
	case 1:
		number = letterKey(src, frenchSIREN(src))
	case 2:
		number = fmt.Sprintf("000%06d", 1+src.IntN(999_999))
		number = fmt.Sprintf("FR%02d%s", (value(number)%97*100+12)%97, number)
	case 3:
		number = European(src).Code()
	}
	vat, err := identifier.ParseVAT(number)
	if err != nil {
		panic(err) // the generator is wrong
	}
	return vat
}

// frenchSIREN makes a SIREN that does not begin with 000, which is Monaco's.
func frenchSIREN(src Source) string {
	number := fmt.Sprintf("%08d", 100_000+src.IntN(99_900_000))
	return number + luhn(number)
}

// letterKey puts a key before number that is a digit and a letter. Of any
// eleven letters in a row, one fits.
func letterKey(src Source, number string) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	first := src.IntN(10)
	from := 10 + src.IntN(14)
	for second := from; second < from+11; second++ {
		key := first*24 + second - 10
		if (value(number)+1+key/11)%11 == key%11 {
			return "FR" + alphabet[first:first+1] + alphabet[second:second+1] + number
		}
	}
	// A run of eleven keys may straddle two values of key/11 and miss.
	return fmt.Sprintf("FR%02d%s", (value(number)%97*100+12)%97, number)
}

const decimals = "0123456789"

// make draws a number of the form.
func (f form) make(src Source) string {
	body := []byte(f.body)
	last := 0 // the last digit drawn
	for i, c := range body {
		switch c {
		case '9':
			body[i], last = decimals[src.IntN(10)], i
		case 'd':
			body[i], last = decimals[1+src.IntN(9)], i
		}
	}
	key := f.key(string(body))
	if key == "" { // the next one has a key
		body[last] = '0' + (body[last]-'0'+1)%10
		key = f.key(string(body))
	}
	return f.prefix + strings.Replace(string(body), strings.Repeat("C", len(key)), key, 1)
}

func value(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		panic(err) // the generator is wrong
	}
	return n
}

func weighted(body string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += w * int(body[i]-'0')
	}
	return sum
}

// luhnSum doubles every second digit, the last one if double says so, and adds
// the digits of all.
func luhnSum(digits string, double bool) int {
	sum := 0
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			d *= 2
		}
		sum += d/10 + d%10
		double = !double
	}
	return sum
}

func mod10(n int) string { return strconv.Itoa((n%10 + 10) % 10) }

func mod11(n int) string {
	if n = (n%11 + 11) % 11; n == 10 {
		return ""
	}
	return strconv.Itoa(n)
}

func two(n int) string { return fmt.Sprintf("%02d", n) }

// iso11x10 is ISO 7064, mod 11,10, as the standard words it.
func iso11x10(body string) string {
	p := 10
	for _, c := range strings.TrimRight(body, "C") {
		s := (p + int(c-'0')) % 10
		if s == 0 {
			s = 10
		}
		p = 2 * s % 11
	}
	return mod10(11 - p)
}

func bulgarian(b string) string {
	n := weighted(b, 1, 2, 3, 4, 5, 6, 7, 8) % 11
	if n == 10 {
		n = weighted(b, 3, 4, 5, 6, 7, 8, 9, 10) % 11
	}
	return mod10(n)
}

func cypriot(b string) string {
	odd := []int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}
	sum := 0
	for i := range 8 {
		d := int(b[i] - '0')
		if i%2 == 0 {
			d = odd[d]
		}
		sum += d
	}
	return string(rune('A' + sum%26))
}

func spanishLetter(digits string) string {
	i := value(digits) % 23
	return "TRWAGMYFPDXBNJZSQVHLCKE"[i : i+1]
}

func irishLetter(sum int) string { return "WABCDEFGHIJKLMNOPQRSTUV"[sum%23 : sum%23+1] }

func lithuanian(b string) string {
	b = strings.TrimRight(b, "C")
	first, second := 0, 0
	for i, c := range b {
		first += (i%9 + 1) * int(c-'0')
		second += ((i+2)%9 + 1) * int(c-'0')
	}
	if first%11 < 10 {
		return mod10(first % 11)
	}
	return mod10(second % 11)
}

func romanian(b string) string {
	b = fmt.Sprintf("%09d", value(strings.TrimRight(b, "C")))
	return mod10(10 * weighted(b, 7, 5, 3, 2, 1, 7, 5, 3, 2) % 11)
}

func slovene(b string) string {
	switch n := 11 - weighted(b, 8, 7, 6, 5, 4, 3, 2)%11; n {
	case 11:
		return ""
	case 10:
		return "0"
	default:
		return strconv.Itoa(n)
	}
}
