package credential

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// commonWords are what common passwords are made of, each in the form of [plain]: made by internal/commongen, which says
// from what and how it is written down.
//
//go:embed common.txt
var commonWords string

const (
	minCommon = 4  // letters of the shortest word of the list
	maxCommon = 25 // and of the longest

	// minScattered is the shortest word that counts when its letters stand apart: shorter ones are found by chance in
	// random passwords.
	minScattered = 5

	// maxSigns is how many signs before the first letter and after the last may stand for letters ("@zerty",
	// "motdepa553"); what lies beyond is added to the word.
	maxSigns = 4

	// maxLeft is how many characters besides walks and repetitions do not make a password of them.
	maxLeft = 4
)

// common tells whether a password is a common one in disguise: one word of the list, whatever its case and accents,
// once or several times over, with signs for letters, with walks over the keyboard, digits and punctuation added; or
// nothing but such walks and repetitions.
func common(password string) bool {
	return disguises(password, listed) || monotonous(lower(password))
}

// monotonous tells whether s, as [lower] gives it, is one short thing over and over, or walks with hardly anything else.
func monotonous(s []rune) bool {
	return len(unit(s)) <= maxLeft || len(without(s, minWalk)) <= maxLeft
}

// disguises tells whether known accepts a word that the password may stand for. The words are given in the form of
// [plain], and are the caller's only for the time of the call.
func disguises(password string, known func(word []byte) bool) bool {
	// Spaces, hyphens and the like say nothing wherever they are.
	folded := spelled(password)
	text := make([]rune, 0, len(folded))
	for _, r := range folded {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || plain(r) != r {
			text = append(text, r)
		}
	}
	first, last := ends(text)
	if first < 0 {
		return false
	}
	word := make([]byte, 0, len(text))

	// The word stands in one piece, and some of the signs around it may be letters of its own.
	for from := max(first-maxSigns, 0); from <= first; from++ {
		for to := last + 1; to <= min(last+1+maxSigns, len(text)); to++ {
			if word = letters(word[:0], text[from:to]); len(word) == to-from && either(word, known) {
				return true
			}
		}
	}
	// Or its letters stand apart, with anything between them, or walks.
	for _, rest := range [][]rune{folded, without(folded, minWordWalk)} {
		word = onlyLetters(word[:0], rest)
		if len(word) >= minScattered && either(word, known) {
			return true
		}
	}
	return false
}

// either asks for a word, and for what it may be a repetition of.
func either(word []byte, known func(word []byte) bool) bool {
	once := unit(word)
	return known(word) || len(once) < len(word) && known(once)
}

// ends returns where the first and the last letter are; -1 when there is none.
func ends(text []rune) (first, last int) {
	first, last = -1, -1
	for i, r := range text {
		if unicode.IsLetter(r) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	return first, last
}

// letters appends what text stands for, as far as that is letters from a to z.
func letters(word []byte, text []rune) []byte {
	for _, r := range text {
		if r = plain(r); r >= 'a' && r <= 'z' {
			word = append(word, byte(r))
		}
	}
	return word
}

// onlyLetters appends the letters from a to z of text without undoing substitutions.
func onlyLetters(word []byte, text []rune) []byte {
	for _, r := range text {
		if r >= 'a' && r <= 'z' {
			word = append(word, byte(plain(r))) //nolint:gosec // a letter stays one
		}
	}
	return word
}

// plain undoes the substitution of one character: what stands for a letter becomes that letter, and i becomes l, since 1
// and ! stand for both.
func plain(r rune) rune {
	switch r {
	case '0':
		return 'o'
	case '1', '!', '|', 'i':
		return 'l'
	case '3', '€':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '7', '+':
		return 't'
	case '8':
		return 'b'
	case '9':
		return 'g'
	default:
		return r
	}
}

// spelled gives the characters of s without case, accents and ligatures.
func spelled(s string) []rune {
	return []rune(strings.ReplaceAll(strings.ReplaceAll(fold(s), "œ", "oe"), "æ", "ae"))
}

// lower gives the characters of s in NFKC and without case, one for each of the password's.
func lower(s string) []rune {
	out := []rune(norm.NFKC.String(s))
	for i, r := range out {
		out[i] = unicode.ToLower(r)
	}
	return out
}

// unit gives the shortest beginning of s that s repeats, at least twice and the last time perhaps in part; else s.
func unit[E byte | rune](s []E) []E {
	for n := 1; n <= len(s)/2; n++ {
		i := n
		for i < len(s) && s[i] == s[i-n] {
			i++
		}
		if i == len(s) {
			return s[:n]
		}
	}
	return s
}

// listed tells whether a word is on the list. It finds the line by its first word, then goes through the line.
func listed(word []byte) bool {
	if len(word) < minCommon || len(word) > maxCommon {
		return false
	}
	line, end := 0, len(commonWords) // where the line starts, unless later, and what it starts before
	for {
		middle := line + (end-line)/2
		start := line + strings.LastIndexByte(commonWords[line:middle], '\n') + 1
		if start == line {
			start = middle + strings.IndexByte(commonWords[middle:], '\n') + 1
		}
		if start >= end {
			return inLine(commonWords[line:], word)
		}
		if later(commonWords[start:], word) {
			end = start
		} else {
			line = start
		}
	}
}

// later tells whether the first word of a line comes after a word.
func later(line string, word []byte) bool {
	for i := 0; isLetter(line[i]); i++ {
		if i == len(word) || line[i] != word[i] {
			return i == len(word) || line[i] > word[i]
		}
	}
	return false
}

// inLine tells whether a line has a word. It compares only the letters that tell the words of the list apart: kept is
// how many a word has in common with the one before it, same how many that one has in common with the word looked for.
func inLine(line string, word []byte) bool {
	for i, kept, same := 0, 0, 0; kept >= same; i++ {
		if kept == same {
			for same < len(word) && line[i] == word[same] {
				same, i = same+1, i+1
			}
			switch {
			case !isLetter(line[i]) && same == len(word):
				return true
			case isLetter(line[i]) && (same == len(word) || line[i] > word[same]):
				return false // it is later, and so are all that follow
			}
		}
		for isLetter(line[i]) {
			i++
		}
		if line[i] == '\n' {
			return false
		}
		kept = int(line[i] - 'A')
	}
	return false // it parts from the one before earlier than the word does, and so is later
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// classes tells whether a password has characters of all four classes: lower case letters, capitals, digits, and others.
// Letters of scripts without case count for both classes of letters, which a person who writes in one could not meet;
// accents that stand by themselves belong to their letter and count for none.
func classes(password string) bool {
	var small, capital, digit, other bool
	for _, r := range NormalizePassword(password) {
		switch {
		case unicode.IsLower(r):
			small = true
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			capital = true
		case unicode.IsLetter(r):
			small, capital = true, true
		case unicode.IsDigit(r):
			digit = true
		case !unicode.IsMark(r) && r != utf8.RuneError:
			other = true
		}
	}
	return small && capital && digit && other
}
