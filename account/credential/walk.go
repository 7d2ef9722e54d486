package credential

import (
	"strings"
	"unicode/utf8"
)

const (
	// minWalk is the shortest walk and minRun the shortest repetition of one character.
	minWalk, minRun = 3, 3

	// minWordWalk is the shortest walk that is taken out before a word is looked for: shorter ones are in many words
	// ("espoir").
	minWordWalk = 4
)

// walks are what fingers and minds run along, in either direction: digits, the alphabet, and the rows and columns of the
// French, American and German keyboards, the French row of digits without and the American with shift.
var walks = []string{
	"01234567890", "&é\"'(-è_çà)", "!@#$%^&*()", "abcdefghijklmnopqrstuvwxyz",
	"azertyuiop", "qsdfghjklm", "wxcvbn", "1aqw2zsx3edc4rfv5tgb6yhn7uj", "aqwzsxedcrfvtgbyhnuj",
	"qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "qazwsxedcrfvtgbyhnujmik",
	"qwertzuiop", "yxcvbnm",
}

// walk gives the length of the longest walk at the beginning of s; 1 where there is none.
func walk(s []rune) int {
	longest := 1
	for _, row := range walks {
		at := strings.IndexRune(row, s[0])
		if at < 0 {
			continue
		}
		n := 0
		for _, r := range row[at:] {
			if n == len(s) || s[n] != r {
				break
			}
			n++
		}
		longest = max(longest, n)

		n = 1
		for before := row[:at]; before != "" && n < len(s); n++ {
			r, size := utf8.DecodeLastRuneInString(before)
			if s[n] != r {
				break
			}
			before = before[:len(before)-size]
		}
		longest = max(longest, n)
	}
	return longest
}

// run gives how often the first character of s stands at its beginning.
func run(s []rune) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}

// date gives the length of the year or date at the beginning of s, the longest: 2024, 010190, 01/01/1990, 1990-01-01; 0
// where there is none.
func date(s []rune) int {
	year := func(i int) int {
		if century := number(s, i, 2); number(s, i, 4) >= 0 && (century == 19 || century == 20) {
			return i + 4
		}
		return 0
	}
	// part gives where a day or month ends, with a separator that follows it.
	part := func(i, most int) int {
		if n := number(s, i, 2); i < 0 || n < 1 || n > most {
			return -1
		}
		if i+2 < len(s) && strings.ContainsRune("-/. ", s[i+2]) {
			return i + 3
		}
		return i + 2
	}
	longest := year(0)
	if longest > 0 { // 1990-01-01
		next := longest
		if next < len(s) && strings.ContainsRune("-/. ", s[next]) {
			next++
		}
		if month := part(next, 12); month > 0 && number(s, month, 2) >= 1 && number(s, month, 2) <= 31 {
			longest = month + 2
		}
	}
	for _, most := range [][2]int{{31, 12}, {12, 31}} {
		next := part(part(0, most[0]), most[1])
		if next < 0 {
			continue
		}
		if end := year(next); end > 0 {
			longest = max(longest, end)
		} else if number(s, next, 2) >= 0 {
			longest = max(longest, next+2)
		}
	}
	return longest
}

// number reads the digits of s from i; -1 when they are not all digits.
func number(s []rune, i, digits int) int {
	if i < 0 || i+digits > len(s) {
		return -1
	}
	n := 0
	for _, r := range s[i : i+digits] {
		if r < '0' || r > '9' {
			return -1
		}
		n = 10*n + int(r-'0')
	}
	return n
}

// without gives s without walks of at least that many characters, runs of one character, years and dates.
func without(s []rune, shortest int) []rune {
	rest := make([]rune, 0, len(s))
	for i := 0; i < len(s); {
		n := max(run(s[i:]), date(s[i:]))
		if n < minRun {
			n = 0
		}
		if w := walk(s[i:]); w >= shortest {
			n = max(n, w)
		}
		if n == 0 {
			rest, n = append(rest, s[i]), 1
		}
		i += n
	}
	return rest
}
