package storagetest

import (
	"context"

	"github.com/guichet-pro/guichet/storage"
)

// ReadWhole returns what a store holds of what is known.
func ReadWhole(ctx context.Context, r storage.Reader, known storage.Batch) (storage.Batch, error) {
	m, err := readWhole(ctx, r, known)

	return m.Batch, err
}

// After returns what a store holds after a batch, by the model.
func After(rows, b storage.Batch) storage.Batch { return model{rows}.after(b).Batch }

// With returns the rows of both, and those of other where both have them.
func With(rows, other storage.Batch) storage.Batch { return model{rows}.with(model{other}).Batch }
