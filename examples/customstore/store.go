// Package customstore keeps the rows of a portal in one file of go.etcd.io/bbolt, an embedded key-value store. It was
// written from the contract in package storage and nothing else, to show what a store of one's own takes: README.md has
// the way of the data, and what the contract left open.
package customstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/guichet-pro/guichet/storage"
)

// Store is a [storage.Store] in one file. It is the only one that has the file open: bbolt locks it.
type Store struct {
	reader

	db     *bbolt.DB
	turn   chan struct{}         // who has put something into it writes; unlike bbolt's own lock, one can stop waiting for it
	commit func(*bbolt.Tx) error // tests make it fail
}

var _ storage.Store = (*Store)(nil)

// Open opens the file at path, and makes it if it is not there. Without options it waits a second for a process that
// has the file open. Options that trade safety for speed, such as NoSync, break the contract's second sentence.
func Open(path string, opts *bbolt.Options) (*Store, error) {
	if opts == nil {
		opts = &bbolt.Options{Timeout: time.Second}
	}

	db, err := bbolt.Open(path, 0o600, opts)
	if err != nil {
		return nil, fmt.Errorf("customstore: open: %w", err)
	}

	if err := db.Update(createBuckets); err != nil {
		return nil, errors.Join(fmt.Errorf("customstore: open: %w", err), db.Close())
	}

	s := &Store{db: db, turn: make(chan struct{}, 1), commit: (*bbolt.Tx).Commit}
	s.reader = reader{store: s}

	return s, nil
}

// Close waits for what is under way, and closes the file. It may be called again.
func (s *Store) Close() error { return s.db.Close() }

// Update implements [storage.Store]. No transaction of bbolt is open while fn runs: each read is a snapshot of its own
// (sentence 7), and the batch's versions are compared when it is written. So a slow fn keeps nobody waiting, and a guard
// that somebody forgot is noticed here as it would be on a server.
func (s *Store) Update(ctx context.Context, fn func(context.Context, storage.Reader) (storage.Batch, error)) error {
	if err := s.enter(ctx, false); err != nil {
		return err
	}

	batch, err := fn(context.WithValue(ctx, within{s}, true), reader{store: s, inside: true})
	if err != nil {
		return err
	}

	if err := ctx.Err(); err != nil || batch.Empty() {
		return err
	}

	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()

	return s.write(ctx, batch)
}

// write applies a batch and commits it. What does not reach the commit is rolled back, a panic included.
func (s *Store) write(ctx context.Context, batch storage.Batch) error {
	tx, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back, and it says so

	if err := newWriter(tx).apply(batch); err != nil {
		return err
	}

	if err := ctx.Err(); err != nil {
		return err
	}

	// bbolt writes the new pages, then the page that makes them count, and syncs after each. It does not say which of
	// these failed. If it was the last sync, the batch is there for whoever reads next, and may be gone after a power cut.
	if err := s.commit(tx); err != nil {
		return fmt.Errorf("%w: %w", storage.ErrUncertain, err)
	}

	return nil
}

// within marks the contexts of functions that a store runs.
type within struct{ store *Store }

// enter is asked by every method before it does anything.
func (s *Store) enter(ctx context.Context, inside bool) error {
	if !inside && ctx.Value(within{s}) != nil {
		return storage.ErrNested
	}

	return ctx.Err()
}

func createBuckets(tx *bbolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}

	return nil
}
