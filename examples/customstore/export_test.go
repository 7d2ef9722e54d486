package customstore

import "go.etcd.io/bbolt"

// Turn takes the writer's turn, and returns what gives it back: for a test of who waits.
func (s *Store) Turn() (done func()) {
	s.turn <- struct{}{}

	return func() { <-s.turn }
}

// NextCommit makes the next commit go another way.
func (s *Store) NextCommit(commit func(*bbolt.Tx) error) {
	s.commit = func(tx *bbolt.Tx) error {
		s.commit = (*bbolt.Tx).Commit // the writer's turn keeps others off

		return commit(tx)
	}
}
