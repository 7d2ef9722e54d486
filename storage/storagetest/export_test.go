package storagetest

import (
	"slices"

	"github.com/guichet-pro/guichet/storage"
)

// CheckOne is Check with one case.
func CheckOne(name string, newStore func() storage.Store, opts *Options) Report {
	return CheckThose(func(c Case) bool { return c.Name == name }, newStore, opts)
}

// CheckThose is Check with some cases.
func CheckThose(those func(Case) bool, newStore func() storage.Store, opts *Options) Report {
	return check(slices.DeleteFunc(Cases(), func(c Case) bool { return !those(c) }), newStore, opts)
}

// Clone returns a copy of a batch.
func Clone(b storage.Batch) storage.Batch { return clone(b) }

// Summary is the line with which Run ends.
func Summary(unproved []Unproved) string { return summary(unproved) }
