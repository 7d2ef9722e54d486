package guichet

import "golang.org/x/text/language"

// Heading returns a word of the export of users.
func Heading(lang language.Tag, key string) string { return headings.Text(lang, key) }

// CheckHeadings checks the words of the export of users.
func CheckHeadings() error { return headings.Check() }
