package habilitation

import (
	"time"

	"github.com/guichet-pro/guichet/account"
)

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

// HoldsInOneHash answers like an index in which the hashes of all accounts happen to be the same.
func HoldsInOneHash(all []Rights, id account.ID, s Scope, p Profile) bool {
	const hash = 7

	ix := NewIndex()

	for _, r := range all {
		codes := ix.codes.Load().with(r.Holdings)
		ix.codes.Store(codes)
		ix.put(hash, r.Account, ix.compile(r, codes))
	}

	r := ix.accounts.Load().find(hash, id)

	return r.known() && ix.holds(r, time.Time{}, s, p)
}

// Places counts the different numbers under which an index finds the attachments.
func Places(r Rights) int {
	ix := NewIndex()
	places := map[uint32]bool{}

	for _, h := range r.Holdings {
		places[ix.place(h.Structure.ID, h.Service.Code)] = true
	}

	return len(places)
}

// MoreWords counts the words that an index has of an attachment besides the first.
func MoreWords(h Holding) int {
	ix := NewIndex()
	codes := ix.codes.Load().with([]Holding{h})

	if e := ix.compileHolding(h, codes); e.rest != nil {
		return len(e.rest.words)
	}

	return 0
}

// Table returns which table an index has, and the number of its slots.
func Table(ix *Index) (table any, slots int) {
	t := ix.accounts.Load()

	return t, len(t.slots)
}
