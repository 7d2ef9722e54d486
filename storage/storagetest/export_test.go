package storagetest

import "github.com/guichet-pro/guichet/storage"

// CheckOne is Check with one case.
func CheckOne(name string, newStore func() storage.Store, opts *Options) []*SentenceError {
	for _, c := range Cases() {
		if c.Name == name {
			if err := c.run(newStore(), opts.withDefaults()); err != nil {
				return []*SentenceError{{Case: c, Err: err}}
			}
		}
	}

	return nil
}

// Clone returns a copy of a batch.
func Clone(b storage.Batch) storage.Batch { return clone(b) }
