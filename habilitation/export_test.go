package habilitation

// CheckTexts says what is wrong with the texts.
func CheckTexts() error { return texts.Check() }

// TextKeys lists the keys of the texts.
func TextKeys() []string {
	var keys []string
	for key := range texts {
		keys = append(keys, key)
	}

	return keys
}
