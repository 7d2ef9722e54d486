package dbtest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/storage"
)

func TestRowsThatNameNoStructure(t *testing.T) {
	t.Parallel()

	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		b := storage.Batch{
			Registrations: full(1).Registrations, Messages: full(1).Messages, Journal: full(1).Journal,
		}
		b.Registrations[0].Structure, b.Messages[0].Structure, b.Journal[0].Structure = "", "", ""
		put(t, store, b)

		registration, err := store.Registration(t.Context(), b.Registrations[0].ID)
		require.NoError(t, err)
		assert.Empty(t, registration.Structure)

		message, err := store.Message(t.Context(), b.Messages[0].ID)
		require.NoError(t, err)
		assert.Empty(t, message.Structure)

		entries, err := storage.List(t.Context(), store, storage.History{})
		require.NoError(t, err)
		assert.Equal(t, b.Journal, entries.Rows)
	})
}

func TestEveryPurposeIsKept(t *testing.T) {
	t.Parallel()

	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		for i, purpose := range account.Purposes() {
			link := full(i).Links[0]
			link.Purpose = purpose
			put(t, store, storage.Batch{Links: []account.Link{link}})

			link.Version = 1
			got, err := store.Links(t.Context(), link.Account, purpose)
			require.NoError(t, err)
			assert.Equal(t, []account.Link{link}, got)
		}
	})
}
