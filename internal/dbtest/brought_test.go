package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet"
	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/internal/dbtest/postgres"
	"github.com/guichet-pro/guichet/internal/dbtest/scenarios"
	"github.com/guichet-pro/guichet/storage"
)

// A store that cannot keep a text says so: PostgreSQL once took a batch with such a text, wrote none of it, and said nothing.
func TestS2_ATextThatCannotBeKeptIsRefusedAndNotDropped(t *testing.T) {
	t.Parallel()

	_, pg := spiedPostgres(t, postgres.ReadCommitted)

	for name, store := range map[string]storage.Store{"PostgreSQL": pg, "SQLite": fresh(t)} {
		for _, text := range []string{"a\x00b", "a\xffb"} {
			batch := full(1)
			batch.Messages[0].LastError = text

			require.Error(t, write(t.Context(), store, batch), "%s, %q", name, text)

			_, err := store.Account(t.Context(), batch.Accounts[0].ID)
			require.ErrorIs(t, err, storage.ErrNotFound, name)
		}
	}
}

// Transactions of applications that race for one identifier lose it as storage.ErrConflict, and begin again.
func TestEnrolTx_LostRacesForAnIdentifierAreConflicts(t *testing.T) {
	t.Parallel()

	dsn := postgres.Open(t, postgres.ReadCommitted).DSN
	db := (&spy{driver: stdlib.GetDefaultDriver(), dsn: dsn}).open(t)
	w := scenarios.NewWorld(t, migrated(t, db, onPostgres()), nil)

	const users = 4

	for round := range 3 {
		var (
			all      sync.WaitGroup
			mu       sync.Mutex
			managers int
		)

		for n := range users {
			all.Go(func() {
				joined, err := enrolUntilDone(t.Context(), db, w.Portal, guichet.Enrolment{
					ID: account.ID(fmt.Sprintf("u%d-%d", round, n)), Login: fmt.Sprintf("u%d-%d@exemple.fr", round, n),
					Person: account.PersonForm{FirstName: "A", LastName: "B"}, Identity: scenarios.Siret(round),
					Structure: scenarios.Typed("x"),
				})
				if assert.NoError(t, err) && joined.Manager {
					mu.Lock()
					managers++
					mu.Unlock()
				}
			})
		}

		all.Wait()
		assert.Equal(t, 1, managers)
	}
}

// enrolUntilDone is the loop of an application that owns its transaction.
func enrolUntilDone(ctx context.Context, db *sql.DB, p *guichet.Portal, e guichet.Enrolment) (guichet.Enrolled, error) {
	for {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return guichet.Enrolled{}, err
		}

		enrolled, err := p.EnrolTx(ctx, tx, e)
		if err == nil {
			return enrolled, tx.Commit()
		}

		if err = errors.Join(err, tx.Rollback()); !errors.Is(err, storage.ErrConflict) {
			return enrolled, err
		}
	}
}
