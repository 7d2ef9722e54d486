package credential

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Bounds of a secret question and of its answer, in characters (Unicode code points). They are ours.
const (
	MaxQuestion = 200 // once trimmed
	MinAnswer   = 2   // once normalised
	MaxAnswer   = 200 // once normalised

	// maxTypedAnswer is the longest answer, in bytes, that is normalised at all: room for every character to come with
	// accents of its own, and for a good deal of spaces.
	maxTypedAnswer = 4 * 4 * MaxAnswer
)

// NormalizeQuestion gives a secret question as it is stored and shown again: without the spaces around it, in Unicode
// NFC.
//
// Errors: [ErrQuestionEncoding], [ErrQuestionEmpty], [ErrQuestionLong].
func NormalizeQuestion(question string) (string, error) {
	question = strings.TrimSpace(question)
	if !utf8.ValidString(question) || strings.ContainsFunc(question, unicode.IsControl) {
		return "", &Error{Err: ErrQuestionEncoding}
	}
	question = norm.NFC.String(question)
	switch {
	case question == "":
		return "", &Error{Err: ErrQuestionEmpty}
	case utf8.RuneCountInString(question) > MaxQuestion:
		return "", &Error{Err: ErrQuestionLong, Limit: MaxQuestion}
	}
	return question, nil
}

// NormalizeAnswer gives the form of an answer that is hashed, so that what a person recalls is found whatever the case,
// the accents and the spacing it was first typed with: "  Crème  BRÛLÉE" and "creme brulee" are one answer.
//
// Errors: [ErrAnswerEncoding], [ErrAnswerShort], [ErrAnswerLong].
func NormalizeAnswer(answer string) (string, error) {
	if len(answer) > maxTypedAnswer {
		return "", &Error{Err: ErrAnswerLong, Limit: MaxAnswer}
	}
	if !utf8.ValidString(answer) {
		return "", &Error{Err: ErrAnswerEncoding}
	}
	answer = strings.Join(strings.Fields(fold(answer)), " ")
	if strings.ContainsFunc(answer, unicode.IsControl) { // tabs and line breaks have become spaces
		return "", &Error{Err: ErrAnswerEncoding}
	}
	switch n := utf8.RuneCountInString(answer); {
	case n < MinAnswer:
		return "", &Error{Err: ErrAnswerShort, Limit: MinAnswer}
	case n > MaxAnswer:
		return "", &Error{Err: ErrAnswerLong, Limit: MaxAnswer}
	}
	return answer, nil
}

// fold takes case, accents and compatibility forms out of s. Folding what is folded changes nothing.
//
// Accents are taken out before case is folded, since folding can turn one into a letter (U+0345), and again after it,
// since it can make new ones (İ). Lower case comes last because the folding of x/text turns Cherokee letters from either
// case into the other.
func fold(s string) string {
	s = withoutAccents(norm.NFKD.String(s))
	s = withoutAccents(norm.NFKD.String(strings.ToLower(cases.Fold().String(s))))
	return norm.NFC.String(s)
}

// withoutAccents drops the combining marks of European scripts from decomposed text. Marks of other scripts are vowels
// and consonants rather than accents, and stay.
func withoutAccents(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x0300 && r <= 0x036F, // Combining Diacritical Marks
			r >= 0x1AB0 && r <= 0x1AFF, // Extended
			r >= 0x1DC0 && r <= 0x1DFF, // Supplement
			r >= 0x20D0 && r <= 0x20FF, // for Symbols
			r >= 0xFE20 && r <= 0xFE2F: // Half Marks
			return -1
		default:
			return r
		}
	}, s)
}
