package guichet

import (
	"context"
	"errors"

	"github.com/guichet-pro/guichet/storage"
)

// page reads one page of a list for a caller, who may have got After from a person.
func page[T any](ctx context.Context, r storage.Reader, q storage.Of[T]) (storage.PageOf[T], error) {
	out, err := storage.List(ctx, r, q)
	if errors.Is(err, storage.ErrAfter) {
		err = &Error{Err: ErrPage, Cause: err}
	}

	return out, err
}
