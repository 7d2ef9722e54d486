package dbtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/guichet-pro/guichet/account"
	"github.com/guichet-pro/guichet/identifier"
	"github.com/guichet-pro/guichet/storage"
	"github.com/guichet-pro/guichet/structure"
)

func TestParkedMessages(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		var b storage.Batch

		for i, state := range append(storage.MessageStates(), storage.Parked, storage.Parked, storage.Parked) {
			b.Messages = append(b.Messages, storage.Message{ID: fmt.Sprint("m-", 9-i), State: state, DoneAt: at(i / 6)})
		}

		b.Messages[len(b.Messages)-1].DoneAt = time.Time{}
		put(t, store, b)

		rows := pages(t, store, func(w storage.Window) storage.Of[storage.Message] { return storage.ParkedMessages{Window: w} })
		assert.Equal(t, "m-2 m-4 m-5 m-3", names(rows, func(m storage.Message) string { return m.ID }))
	})
}

func TestIndividuals(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		var b storage.Batch

		for i, kind := range identifier.Kinds() {
			s := house(i)
			if kind == identifier.Individual {
				for _, id := range []structure.ID{"é", "a", "B"} {
					s.ID, s.Identity = id, known(t, kind, "", "PARTICULIER-"+string(id))
					b.Structures = append(b.Structures, s)
				}

				continue
			}

			b.Structures = append(b.Structures, s)
		}

		b.Structures[0].Sealed = []byte{1}
		put(t, store, b)

		rows := pages(t, store, func(w storage.Window) storage.Of[structure.Structure] { return storage.Individuals{Window: w} })
		assert.Equal(t, "B a é", names(rows, houseOf))
	})
}

func TestFactors(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, store storage.Store) {
		t.Helper()

		var b storage.Batch

		add := func(id account.ID, f account.Factor) {
			b.Accounts = append(b.Accounts, person(id, account.Active))
			b.Credentials = append(b.Credentials, account.Credential{Account: id, Factor: f})
		}
		add("c", account.Factor{Sealed: []byte{0}, Since: at(1)})
		add("b", account.Factor{Recovery: []string{"r"}, Since: at(1)})
		add("a", account.Factor{Sealed: []byte{1}})
		put(t, store, b)

		rows := pages(t, store, func(w storage.Window) storage.Of[account.Credential] { return storage.Factors{Window: w} })
		assert.Equal(t, "a c", names(rows, func(c account.Credential) string { return string(c.Account) }))
	})
}
