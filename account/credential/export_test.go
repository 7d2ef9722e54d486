package credential

// ParsePHC and FormatPHC let the tests look at the stored form without deriving a key.
func ParsePHC(stored string) (p Params, key []byte, err error) {
	h, err := parsePHC(stored)
	return h.Params, h.key, err
}

// FormatPHC writes a stored form.
func FormatPHC(p Params, salt, key []byte) string {
	return phc{Params: p, salt: salt, key: key}.String()
}

// Codes gives the code of every sentinel.
func Codes() map[error]string { return codes }

// HasText says whether a code has a text of its own.
func HasText(code string) bool {
	e, ok := texts[code]
	return ok && e.FR != "" && e.EN != ""
}

// Fold is the folding of answers and names.
func Fold(s string) string { return fold(s) }

// MaxTyped is the longest password that is normalised, in bytes.
const MaxTyped = maxTyped

// CheckTexts says what is wrong with the texts.
func CheckTexts() error { return texts.Check() }

// Listed tells whether a word is on the list of common ones.
func Listed(word string) bool { return listed([]byte(word)) }

// CommonList is the list as it is written down.
func CommonList() string { return commonWords }

// Plain gives what a text without spaces stands for.
func Plain(s string) string { return undone(s) }
