package credential

import (
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Strength is an estimate of how hard a password is to guess, for a meter beside the field. It decides nothing:
// [CheckPassword] does. It holds no part of the password.
//
// The estimate models somebody who knows how people build passwords. It takes the cheapest way to write the password down
// as a sequence of
//
//   - words of the person's login address and names;
//   - words of the list of common ones, in disguise or not;
//   - walks over the keyboard (azerty, qwerty, qwertz), the digits or the alphabet;
//   - repetitions of what came before;
//   - years and dates;
//   - in a phrase of three words or more, any words;
//   - and single characters, each worth the logarithm of the pool that the kinds of characters in the password make up,
//
// and adds up their bits. Such an estimate is rough: it knows neither quotations nor other languages' words, and takes the
// letters of a random password in groups for words. Being told more about the person never makes it higher.
type Strength struct {
	// Bits are the logarithm to base 2 of the number of guesses.
	Bits float64
	// Score is 0 (very weak, below 30 bits), 1 (weak, below 45), 2 (fair, below 60), 3 (good, below 75) or 4 (strong).
	Score int
	// Reasons say what keeps it from being stronger, ordered as the constants are; none for the score 4.
	Reasons []Reason
}

// Reason is what makes a password weak.
type Reason uint8

// The reasons. The zero Reason is invalid.
const (
	ReasonShort    Reason = iota + 1 // it has fewer than [MinPassword] characters
	ReasonPersonal                   // it holds the login address or a name of the person
	ReasonCommon                     // it holds a common word
	ReasonWalk                       // it holds neighbours on the keyboard or in the alphabet
	ReasonRepeat                     // it repeats characters or words
	ReasonDate                       // it holds a year or a date
	ReasonUniform                    // all its characters are of one kind
)

// Reasons lists the reasons in order.
func Reasons() []Reason {
	return []Reason{ReasonShort, ReasonPersonal, ReasonCommon, ReasonWalk, ReasonRepeat, ReasonDate, ReasonUniform}
}

// String returns the stable name of the reason.
func (r Reason) String() string {
	switch r {
	case ReasonShort:
		return "short"
	case ReasonPersonal:
		return "personal"
	case ReasonCommon:
		return "common"
	case ReasonWalk:
		return "walk"
	case ReasonRepeat:
		return "repeat"
	case ReasonDate:
		return "date"
	case ReasonUniform:
		return "uniform"
	default:
		return "invalid"
	}
}

// Text says the reason and what to do instead, in French or English.
func (r Reason) Text(lang language.Tag) string { return texts.Text(lang, "strength."+r.String()) }

// Text says the score in a word or two, in French or English.
func (s Strength) Text(lang language.Tag) string {
	words := [...]string{"very_weak", "weak", "fair", "good", "strong"}
	return texts.Text(lang, "strength."+words[min(max(s.Score, 0), len(words)-1)])
}

// What the pieces are worth, in bits. The figures are ours, of the order of those of zxcvbn (Wheeler, USENIX Security
// 2016).
const (
	bitsPersonal  = 4  // one of a few words, in a few spellings
	bitsCommon    = 14 // one of the 12,000 words of the list
	bitsDisguise  = 1  // capitals, likewise signs for letters
	bitsWalk      = 6  // where it starts and in which direction, without its length
	bitsRepeat    = 2  // without what is repeated and how long it goes on
	bitsYear      = 7
	bitsDate      = 15
	bitsWord      = 17 // one of 130,000 words
	bitsSeparator = 1  // between the words of a phrase, after the first

	minPhrase = 3 // words
	minWord   = 3 // letters of a word of a phrase
)

// scores are the bits from which the scores 1 to 4 are given.
var scores = [...]float64{30, 45, 60, 75}

// Estimate gives the strength of a password of a person whose login address and names are given as typed. No more than the
// first [MaxPassword] characters count. It takes some ten microseconds, a millisecond at the most.
func Estimate(password string, person ...string) Strength {
	if len(password) > maxTyped {
		password = password[:maxTyped]
	}
	typed := []rune(NormalizePassword(password))
	typed = typed[:min(len(typed), MaxPassword)]
	e := newEstimator(typed, person)
	bits, used := e.cheapest()

	s := Strength{Bits: bits}
	for s.Score < len(scores) && bits >= scores[s.Score] {
		s.Score++
	}
	if s.Score == len(scores) {
		return s
	}
	used[ReasonShort] = len(typed) < MinPassword
	used[ReasonUniform] = len(typed) > 0 && len(typed) < MinPassphrase && kinds(typed) == 1
	for _, reason := range Reasons() {
		if used[reason] {
			s.Reasons = append(s.Reasons, reason)
		}
	}
	return s
}

// estimator looks for the cheapest way to write a password down.
type estimator struct {
	typed []rune
	small []rune // without case
	word  []byte // what each character stands for, in the form of plain; 0 = no letter
	words [][]byte
	char  float64 // bits of a single character
	first rune    // the separator of a phrase; 0 = it is none
}

// piece is a way to write some characters down.
type piece struct {
	length int
	bits   float64
	reason Reason
}

func newEstimator(typed []rune, person []string) *estimator {
	e := &estimator{typed: typed, small: make([]rune, len(typed)), word: make([]byte, len(typed)), char: math.Log2(pool(typed))}
	for i, r := range typed {
		e.small[i] = unicode.ToLower(r)
		if bare := spelled(string(r)); len(bare) == 1 {
			if c := plain(bare[0]); c >= 'a' && c <= 'z' {
				e.word[i] = byte(c)
			}
		}
	}
	for _, p := range person {
		for _, part := range personal(p) {
			e.words = append(e.words, []byte(part))
		}
		for _, name := range append(domains(p), []byte(compound(p))) {
			if len(name) > 0 {
				e.words = append(e.words, name)
			}
		}
	}
	e.first = separator(typed)
	return e
}

// cheapest gives the bits of the cheapest sequence of pieces, and the reasons that occur in it.
func (e *estimator) cheapest() (bits float64, used map[Reason]bool) {
	n := len(e.typed)
	best := make([]float64, n+1) // of what begins there: from the end, so that each piece is looked at once
	next := make([]piece, n)
	for i := n - 1; i >= 0; i-- {
		best[i] = math.Inf(1)
		e.pieces(i, func(p piece) {
			if total := p.bits + best[i+p.length]; total < best[i] {
				best[i], next[i] = total, p
			}
		})
	}
	used = map[Reason]bool{}
	for i := 0; i < n; i += next[i].length {
		used[next[i].reason] = true
	}
	return best[0], used
}

// pieces gives what can begin at a character.
func (e *estimator) pieces(i int, yield func(piece)) {
	rest := e.small[i:]
	if e.first != 0 && e.typed[i] == e.first && slices.Index(e.typed, e.first) < i {
		yield(piece{1, min(bitsSeparator, e.char), 0})
	} else {
		yield(piece{1, e.char, 0})
	}
	for n := walk(rest); n >= minWalk; n-- {
		yield(piece{n, bitsWalk + math.Log2(float64(n)), ReasonWalk})
	}
	for j := range i {
		n := 0
		for n < len(rest) && e.small[j+n] == rest[n] {
			n++
		}
		if n >= minRun || n > 1 && j+n == i {
			yield(piece{n, bitsRepeat + math.Log2(float64(n)) + math.Log2(float64(i-j)), ReasonRepeat})
		}
	}
	switch n := date(rest); {
	case n == 4:
		yield(piece{n, bitsYear, ReasonDate})
	case n > 4:
		yield(piece{n, bitsDate, ReasonDate})
		if n = date(rest[:4]); n == 4 {
			yield(piece{n, bitsYear, ReasonDate})
		}
	}
	for _, word := range e.words {
		if n := e.standsFor(i, word); n > 0 {
			yield(piece{n, bitsPersonal, ReasonPersonal})
		}
	}
	for n := minCommon; n <= maxCommon && i+n <= len(e.word) && e.word[i+n-1] != 0; n++ {
		if listed(e.word[i : i+n]) {
			yield(piece{n, bitsCommon + e.disguise(i, n), ReasonCommon})
		}
	}
	if n := e.phraseWord(i); n >= minWord {
		yield(piece{n, bitsWord, 0})
	}
}

// standsFor gives how many characters from i stand for a word of the person's; 0 when they do not. Signs between the letters
// of the word are passed over.
func (e *estimator) standsFor(i int, word []byte) int {
	n := 0
	for _, r := range string(word) {
		for n > 0 && i+n < len(e.typed) && !e.is(i+n, r) && !unicode.IsLetter(e.typed[i+n]) {
			n++
		}
		if i+n == len(e.typed) || !e.is(i+n, r) {
			return 0
		}
		n++
	}
	return n
}

// is tells whether a character stands for another, which is given in the form of plain.
func (e *estimator) is(i int, r rune) bool { return rune(e.word[i]) == r || plain(e.small[i]) == r }

// disguise gives the bits of capitals and of signs that stand for letters.
func (e *estimator) disguise(i, n int) float64 {
	var capital, sign float64
	for _, r := range e.typed[i : i+n] {
		switch {
		case unicode.IsUpper(r):
			capital = bitsDisguise
		case !unicode.IsLetter(r):
			sign = bitsDisguise
		}
	}
	return capital + sign
}

// phraseWord gives the length of the word of a phrase that begins at i; 0 where none does.
func (e *estimator) phraseWord(i int) int {
	if e.first == 0 || i > 0 && unicode.IsLetter(e.typed[i-1]) {
		return 0
	}
	n := 0
	for i+n < len(e.typed) && unicode.IsLetter(e.typed[i+n]) {
		n++
	}
	return n
}

// separator gives the first character between two words, if there are words enough for a phrase; else 0.
func separator(typed []rune) rune {
	var first rune
	words, length := 0, 0
	for i := range len(typed) + 1 {
		if i < len(typed) && unicode.IsLetter(typed[i]) {
			length++
			continue
		}
		if length >= minWord {
			words++
		}
		if length > 0 && first == 0 && i < len(typed) {
			first = typed[i]
		}
		length = 0
	}
	if words < minPhrase {
		return 0
	}
	return first
}

// kindSizes are how many characters of each kind somebody would try: a-z, A-Z, 0-9, other ASCII, others, East Asian ones.
var kindSizes = [...]float64{26, 26, 10, 33, 100, 2000}

func kindOf(r rune) int {
	switch {
	case r >= 'a' && r <= 'z':
		return 0
	case r >= 'A' && r <= 'Z':
		return 1
	case r >= '0' && r <= '9':
		return 2
	case r < utf8.RuneSelf:
		return 3
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return 5
	default:
		return 4
	}
}

func present(typed []rune) (kinds [len(kindSizes)]bool) {
	for _, r := range typed {
		kinds[kindOf(r)] = true
	}
	return kinds
}

// pool gives how many characters somebody would try in each place.
func pool(typed []rune) float64 {
	size := 0.0
	for kind, there := range present(typed) {
		if there {
			size += kindSizes[kind]
		}
	}
	return size
}

func kinds(typed []rune) int {
	n := 0
	for _, there := range present(typed) {
		if there {
			n++
		}
	}
	return n
}
