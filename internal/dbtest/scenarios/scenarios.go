// Package scenarios tells the portal's stories once, for every store: each is a test of the use cases of the root package
// that bears the number of the rule it is about. This package's own test runs them over package
// memory, and internal/dbtest over SQLite and PostgreSQL.
package scenarios

import (
	"testing"

	"github.com/guichet-pro/guichet/storage"
)

// Scenario is one story.
type Scenario struct {
	Name string // the number of its rule and the outcome, like a test's: "B14_TheOwnerAdoptsAWaitingRequest"
	Play func(w *World)
}

// All returns every scenario.
func All() []Scenario {
	var out []Scenario

	for _, topic := range [][]Scenario{
		registrations(), adoptions(), accounts(), departures(), personalData(),
		structures(), identities(), directories(), lookups(), enrolments(), imports(), mended(),
		asking(), managers(), inviting(), members(), profileStories(), contests(), proofs(), guarding(), races(),
		signing(), resets(), moves(), factors(), undelivered(), ownPasswords(), sealing(), resendings(),
	} {
		out = append(out, topic...)
	}

	return out
}

// Run plays every scenario, each on a store of its own.
func Run(t *testing.T, newStore func(t *testing.T) storage.Store) {
	t.Helper()

	for _, s := range All() {
		t.Run(s.Name, func(t *testing.T) {
			s.Play(NewWorld(t, newStore(t), nil))
		})
	}
}
