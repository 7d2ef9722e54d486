package account

// CheckTexts says what is wrong with the texts.
func CheckTexts() error { return texts.Check() }

// HasText says whether a key has a text.
func HasText(key string) bool {
	_, ok := texts[key]

	return ok
}

// TextKeys lists the keys of the texts.
func TextKeys() []string {
	var keys []string
	for key := range texts {
		keys = append(keys, key)
	}

	return keys
}
