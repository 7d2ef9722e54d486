package habilitation

import "time"

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

// CountsInOnePlace answers like an index in which the numbers of all attachments' places happen to be the same.
func CountsInOnePlace(r Rights, s Scope, p Profile) bool {
	const place = 7

	ix := NewIndex()
	codes := ix.codes.Load().with(r.Holdings)
	made := ix.compile(r, codes)

	for i := range made.entries {
		made.entries[i].place = place
	}

	bit, ok := codes.bit(p)

	return ok && made.counts(place, time.Time{}, s.Structure, s.Service, bit)
}
